/* deliver - the loop: parcels of one target become requests, jobs are polled to their end, outcomes go to the ledger.
 *
 * In each turn the request that may go first goes: the next parcel in order, or a poll of the oldest job that is due;
 * both under the rate limits, polls leaving room for parcels. Every outcome is judged (retry.h) and on disk before the
 * next step. Of a file of lines one parcel is under way at a time: its lines go out with up to `concurrency` requests
 * in flight, and its outcome is on disk before the next parcel begins. A line that fails is tried again after its own
 * pause while others go on; nothing goes where the server asks to wait, or where two requests fail with no answer in
 * between, and then one at a time until something is answered. A line whose tries are used up is left to be sent, and
 * the others go on; where ten in a row fail with no answer in between, it is not they, and the delivery stops. A body
 * that is refused for its size (413) goes in halves, down to one record.
 *
 * deliver_output returns when every parcel has ended, or when it must stop:
 *   ERR_CREDENTIALS  credentials or account refused; what was not sent stays to be sent
 *   ERR_DELIVERY     tries used up, a system in trouble, a wait longer than max_wait_ms, a job over its time, a server
 *                    that breaks the contract, another delivery under way (no_wait), superseded. resume goes on
 *   class ERR_NONE with `signal` set: a signal came; the request at hand was finished or abandoned as in doubt
 * Requests to a target that works later are planned by how long its jobs take: as the last deliveries found, and as the
 * progress of those that run tells (poll.h). The oldest is asked first, and none so early that there may be no request
 * left for another within the same window.
 *
 * Refused records are no failure: they are counted; so are those in doubt that may not be sent again (ledger.h).
 */
#ifndef QONDUIT_DELIVER_H
#define QONDUIT_DELIVER_H

#include <signal.h>

#include "qonduit/connection.h"
#include "qonduit/ledger.h"
#include "qonduit/transport.h"

enum deliver_wait {
	DELIVER_WORKS,       /* not waiting */
	DELIVER_WAITS_RATE,  /* for a slot */
	DELIVER_WAITS_SERVER,/* as long as the server asked for */
	DELIVER_WAITS_RETRY, /* before another try */
	DELIVER_WAITS_JOB,   /* for jobs to end */
	DELIVER_WAITS_OTHER, /* for another delivery to the same target and account */
};

/* How far a delivery is, for whoever draws it. */
struct deliver_state {
	struct str target;
	uint64_t parcels, sent, ended;     /* of them; of lines: records */
	uint64_t records, accepted, refused;
	uint64_t jobs_running;
	enum deliver_wait wait;
	int64_t wait_ms;                   /* still to wait */
	const char *why;                   /* one clause, "429 throttle_limit_reached", "run …, process 4711"; "": none */
};

struct deliver {
	struct run *run;
	const char *state;                 /* the state directory */
	const struct contract *contract;
	const struct connection *connection;
	struct transport *transport;
	struct rate *rate;
	struct clock *clock;
	uint32_t (*random)(void *arg);     /* jitter; null: none, the full ceiling */
	const volatile sig_atomic_t *signal; /* null: none */
	int64_t max_wait_ms;
	bool no_wait;
	/* Gets other credentials into the connection, over the same transport, with nothing of the delivery in flight; null:
	 * there are none to get. Called where a request is answered with 401, which then goes again. As often as a delivery
	 * outlives its credentials: but once for a request, and not again before the new ones were good for something. So a
	 * second 401 for one request, or one with nothing answered otherwise since the renewal, is ERR_CREDENTIALS. */
	int (*renew)(void *arg, struct err *e);
	void (*progress)(void *arg, const struct deliver_state *s); /* null: none; called at each change, at most some
	                                    * ten times a second, and each second */
	void *arg;                         /* of random, renew and progress */
};

struct deliver_result {
	struct run_http http;
	uint64_t doubts;                   /* requests sent again because their outcome was not known */
	int signal;                        /* that ended it; 0: none */
	int64_t resume_ms;                 /* wall clock from which going on makes sense; 0: at once */
};

int deliver_output(const struct deliver *d, struct deliver_result *out, struct err *e);

/* What --dry-run says. */
struct deliver_plan {
	uint64_t records, requests, polls; /* polls: at least one for each request that starts a job */
	int64_t least_ms;                  /* at least this long under the limits */
};

void deliver_plan(const struct contract *contract, const struct connection *connection, uint64_t records,
	uint64_t requests, struct deliver_plan *out);

#endif
