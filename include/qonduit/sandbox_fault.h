/* sandbox_fault - one --fault of the command line: when it strikes and what it does to the reply. The words are in
 * sandbox.h.
 *
 * sandbox_fault_parse, then for each request sandbox_fault_hits; of those that hit, the first with `reply` set shapes
 * the reply (sandbox_fault_apply), and `traits` of all go to the system.
 */
#ifndef QONDUIT_SANDBOX_FAULT_H
#define QONDUIT_SANDBOX_FAULT_H

#include "qonduit/err.h"
#include "qonduit/sandbox_system.h"

enum { FAULT_RANGES = 32 };

struct sandbox_fault {
	struct str route;     /* "any": every one */
	uint64_t every;       /* 0: not given */
	struct { uint64_t from, to; } ranges[FAULT_RANGES];
	size_t range_count;   /* none and no `every`: always */

	struct str what;      /* as written */
	unsigned traits;      /* for the job */
	bool reply;           /* it shapes the reply */
	bool instead;         /* the system does not see the request */
	int kind;
	unsigned status;      /* of a plain status, a redirect */
	struct str value;     /* behind '=' */
};

/* `spec` must outlive `f`. ERR_USAGE says which part is wrong and what was expected. `routes`: the known ones. */
int sandbox_fault_parse(const char *spec, const struct str *routes, size_t route_count, struct sandbox_fault *f,
	struct err *e);
/* `of_route` and `of_all` number the request from 1, on its route and on all of them. */
bool sandbox_fault_hits(const struct sandbox_fault *f, struct str route, uint64_t of_route, uint64_t of_all);
/* `system` answers. */
void sandbox_fault_apply(const struct sandbox_fault *f, const struct sandbox_system *system, int64_t wall,
	struct sandbox_reply *r);
/* The word of the i-th kind of fault; null behind the last. */
const char *sandbox_fault_word(size_t i);

#endif
