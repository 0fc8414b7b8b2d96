/* rate - how soon a request may go under several limits at once.
 *
 * A limit is `requests` in any `per_ms` for the endpoints under `path`, counted for all that leaves to a host or for
 * one account. What went before is a list of slots. A slot is taken just before its request leaves and given back with
 * the time its reply came, which is the latest moment the server can have counted it; until then, and after a crash, it
 * counts as long as the request can possibly live. So no window of the server ever holds more than the limit, whatever
 * the latency, and what is spoilt is never more than the latency.
 *
 * rate_when is a pure function of rules, slots and time. A `struct rate` adds a file in STATE/limits/ for each host:
 * the slots of every process that shares the state directory, read and written under a kernel lock (flock). Its lines
 * are RATE_LINE bytes each, "TIME ID ACCOUNT low|high PATH", and are changed in place, one write a change. Times are
 * wall clock; within a process they advance with the monotonic clock. A slot that lies further ahead than a request can
 * live proves that the clock went back: it counts as taken now. A file that cannot be understood counts as full.
 *
 * Low priority (polls) leaves room: of each limit shared with the requests still to come (`path`, `pending`), polls use
 * only what these cannot use themselves within that window.
 */
#ifndef QONDUIT_RATE_H
#define QONDUIT_RATE_H

#include "qonduit/arena.h"
#include "qonduit/clock.h"
#include "qonduit/err.h"

#define RATE_LINE 128
#define RATE_PATH 73 /* bytes of a path that are kept, with the NUL */
#define RATE_NEVER INT64_MAX

struct rate_rule {
	struct str path;    /* whole segments from the start: "/a/b" covers "/a/b/7", not "/a/b_status"; "" covers all */
	uint32_t requests;  /* at least 1 */
	int64_t per_ms;     /* at least 1 */
	bool per_account;
};

struct rate_slot {
	int64_t at;          /* the latest moment at which the server can have seen it */
	uint64_t id;         /* of the request; unique among the processes of a host */
	uint64_t account;    /* str_hash */
	bool low;
	char path[RATE_PATH];
};

/* A request that wants to go, and those that have precedence over it where it is of low priority. */
struct rate_request {
	struct str path;
	bool low;
	struct str pending_path;
	uint64_t pending;    /* how many of those are still to come */
	uint32_t spare;      /* of low priority: requests for which there must be room besides this one */
};

/* The first moment, not before `now`, at which the request may go if nothing else does until then. */
int64_t rate_when(const struct rate_rule *rules, size_t rule_count, const struct rate_slot *slots, size_t slot_count,
	uint64_t account, const struct rate_request *r, int64_t now);

struct rate;

/* No rules: no file, and every request may go at once. `life_ms`: the longest a request can live. */
int rate_open(const char *state, struct str host, struct str account, const struct rate_rule *rules, size_t count,
	int64_t life_ms, struct clock *clock, struct rate **out, struct err *e);
/* Takes the slot if the request may go now: *id is then not 0. Otherwise *id is 0 and *wait_ms says how long. */
int rate_take(struct rate *r, const struct rate_request *q, uint64_t *id, int64_t *wait_ms, struct err *e);
/* The reply came, or the request has failed for good, just now. */
int rate_done(struct rate *r, uint64_t id, struct err *e);
void rate_close(struct rate *r);

/* Whether the endpoint is one of the rule's. */
bool rate_covers(const struct rate_rule *rule, struct str path);
/* The least time that so many requests take from a standing start. */
struct rate_load {
	struct str path;
	uint64_t count;
};
int64_t rate_least(const struct rate_rule *rules, size_t rule_count, const struct rate_load *loads, size_t load_count);

#endif
