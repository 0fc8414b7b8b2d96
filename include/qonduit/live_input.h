/* live_input - an INPUT that may be a resource: `qogita:orders?status=PAID` in place of a file.
 *
 * What no file is called and begins with the name of a system is fetched, whole, into an unnamed file with mode 0600 in
 * $TMPDIR, which is gone once it is closed, and read from there as often as one likes. Everything else is left alone.
 *
 *     live_input_open     fetches; signals end it (live_status)
 *     source_open(&s, in.path, in.name, …)
 *     live_input_tell     where the reader failed: fields that are gone are told behind a missing column
 *     live_input_close
 */
#ifndef QONDUIT_LIVE_INPUT_H
#define QONDUIT_LIVE_INPUT_H

#include "qonduit/options.h"

struct systems;

struct live_input {
	const char *path;   /* to read from */
	struct str name;    /* how origins and errors call it: as given; NUL behind */
	int fd;             /* of the unnamed file; -1: it is no resource */
	struct str gone;
	char place[32];
};

/* Whether the operand is to be fetched. ERR_USAGE where it is meant to be and is none, ERR_MAPPING where the systems of
 * --contracts have faults; then -1. */
int live_input_is(struct options *o, const char *operand, struct systems *systems, bool *is, struct err *e);
int live_input_open(struct live_input *in, struct options *o, const char *operand, struct err *e);
void live_input_tell(const struct live_input *in, struct err *e);
/* The exit status of what failed: where a signal ended it, 128+n. */
int live_status(const struct err *e);
void live_input_close(struct live_input *in); /* a zeroed one is not fine: open it first */

#endif
