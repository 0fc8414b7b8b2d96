/* deliver_parts - what the files of a delivery share. deliver.c begins and ends it; courier.c carries its requests,
 * waits and tries again; bodies.c sends files of bodies and polls their jobs, outcome.c judges what became of those,
 * halves.c cuts those that are too large; lines.c sends lines and judges them, clerk.c reads their parcels and notes
 * them. Private to src/deliver.
 */
#ifndef QONDUIT_DELIVER_PARTS_H
#define QONDUIT_DELIVER_PARTS_H

#include "qonduit/deliver.h"
#include "qonduit/poll.h"
#include "qonduit/relay.h"
#include "qonduit/retry.h"

/* A signal has come, now or before. */
static inline bool deliver_signalled(const struct deliver *d, struct deliver_result *out)
{
	if (d->signal && *d->signal)
		out->signal = (int)*d->signal;
	return out->signal != 0;
}

/* ---- courier ---- */

/* What a request is about: a body, its job, a line. */
struct errand {
	uint32_t tries;       /* failures in a row */
	int64_t sent_ms;      /* when the last one left */
	int64_t next_ms;      /* not before (monotonic) */
	bool flying;
	bool renewed;         /* the credentials were renewed because of it, and it was not answered since */
};

struct flight {
	struct exchange x;
	struct errand *errand; /* null: free */
	struct arena arena;    /* of the request */
	struct buf body;
	uint64_t slot;
	uint32_t renewals;     /* of the credentials it left with */
	bool poll;
};

struct courier;

/* What there is to send. */
struct cargo {
	/* Starts the request that may go first; where none may go, says how long to wait and why. Both are RATE_NEVER and
	 * DELIVER_WORKS before; *wait_ms is 0 where it is to be called again. */
	int (*start)(struct courier *c, int64_t *wait_ms, enum deliver_wait *why);
	/* Judges the end of an exchange and notes it; the flight still holds its request and reply. */
	int (*ended)(struct courier *c, struct flight *f);
	/* The request was taken back: what became of it is not known. */
	void (*abandoned)(struct courier *c, struct flight *f);
	bool (*over)(struct courier *c);
	void (*count)(struct courier *c, struct deliver_state *s);
};

struct courier {
	const struct cargo *cargo;
	const struct deliver *d;
	struct deliver_result *out;
	const struct contract_wire *wire;
	struct accepted *accepted;
	struct arena arena;
	struct flight *flights;
	size_t flight_count, flying;
	uint32_t failures;        /* requests that failed since one was answered, */
	uint32_t troubled;        /* … and how many errands failed for the first time, those under way together as one */
	int64_t troubled_ms;      /* when that was counted last */
	int64_t hold_ms;          /* nothing goes before (monotonic) */
	enum deliver_wait hold_why;
	char why[160];            /* of that wait */
	uint32_t renewals;        /* of the credentials, so far */
	bool stale;               /* they are to be renewed, once nothing is in flight: the same transport logs in */
	bool unproven;            /* nothing was answered since they were */
	enum deliver_wait told;   /* what was told last, and when */
	int64_t told_ms;
	struct err *e;
	struct err late;          /* what fails after the first failure, while requests at hand come to their end */
};

void courier_open(struct courier *c, const struct cargo *cargo, const struct deliver *d, struct accepted *accepted,
	struct deliver_result *out, struct err *e);
/* Until all is over, something fails or a signal comes; then the requests at hand may end for `drain_ms` (where
 * something failed: `failed_drain_ms`). */
int courier_run(struct courier *c, int64_t failed_drain_ms);
void courier_close(struct courier *c);

static inline int64_t courier_mono(const struct courier *c)
{
	return c->d->clock->mono(c->d->clock);
}

static inline int64_t courier_wall(const struct courier *c)
{
	return c->d->clock->wall(c->d->clock);
}

static inline bool courier_signalled(struct courier *c)
{
	return deliver_signalled(c->d, c->out);
}
/* Null where as many requests are in flight as may be; in trouble that is one, before credentials are renewed none. */
struct flight *courier_free_flight(struct courier *c);
/* A slot for a request that may not go before `next_ms`, if it may go now; else *wait_ms is how long not, at least. */
int courier_take_slot(struct courier *c, int64_t next_ms, enum deliver_wait next_why, const struct rate_request *q,
	uint64_t *slot, int64_t *wait_ms, enum deliver_wait *why);
/* Sends the flight's request. */
int courier_launch(struct courier *c, struct flight *f, struct errand *errand, bool poll, uint64_t slot);
/* Not taken, or not known to be: again after a pause, unless the tries or the patience are used up, or so many errands
 * failed in a row that it is not they. `name`: of what, for sentences; `doing`: "sending it". `all`: until then nothing
 * else goes either. */
int courier_again(struct courier *c, struct errand *errand, struct str name, const char *doing, bool all,
	const struct judgement *j);
/* Its tries are used up, and others may go on: -1 where too many failed in a row. */
int courier_give_up(struct courier *c, struct errand *errand, struct str name, const struct judgement *j);
/* Not known to be taken, and not to be sent again: the others go on after a pause, unless that many in a row failed as
 * one may have tries. */
int courier_in_doubt(struct courier *c, struct str name, const struct judgement *j);
/* The server answered a request, with yes or no. */
static inline void courier_answered(struct courier *c)
{
	c->failures = c->troubled = 0;
}
/* The verdict is VERDICT_STOP: -1, unless it is the credentials that can be renewed; then the request goes again. */
int courier_stop(struct courier *c, struct flight *f, struct str name, const struct judgement *j);
void courier_tell(struct courier *c, enum deliver_wait wait, int64_t wait_ms);

/* ---- files of bodies ---- */

/* A parcel and what this process knows of it besides the ledger. */
struct task {
	struct errand errand; /* of its upload or its polls */
	struct parcel parcel;
	uint32_t polls;
	int64_t began_ms;     /* of its job, or of going on with it */
	bool overdue;
	bool ask_first;       /* its job began in an earlier process: it is asked for before anything is sent */
	bool gone;            /* the server has forgotten its job once */
	bool word_told;       /* that its job is in a state that is not known */
};

struct bodies {
	struct courier c;     /* first */
	struct task **tasks;  /* in the order of their records */
	size_t task_count, task_room;
	int64_t job_ms;       /* how long a job takes, as far as earlier ones tell; 0: there are none */
	int64_t ran_ms;       /* the greatest age at which one was found running */
	uint64_t jobs_ended, job_records; /* in this delivery, and the most records that one had */
};

/* Zeroed before. */
int bodies_open(struct bodies *b, const struct deliver *d, struct accepted *accepted, struct deliver_result *out,
	struct err *e);
/* Keeps how long jobs took, for the next delivery. */
void bodies_note_pace(struct bodies *b);
/* The age at which a job is asked for the first time, where a poll can be spared. */
int64_t bodies_first_look(const struct bodies *b);
/* That at which it is asked at all events. */
int64_t bodies_sure_age(const struct bodies *b);
/* What has not ended though nothing failed. */
int bodies_check(struct bodies *b);
void bodies_close(struct bodies *b);
/* The parcel's body, if it is still what was registered. */
int bodies_read(struct bodies *b, struct task *t, struct arena *arena, struct payload_body *out);
/* What is known no better is never sent again: the parcel counts as refused. */
int bodies_refuse_doubt(struct bodies *b, struct task *t, struct str reason, struct arena *arena);
/* Judges the end of an exchange and notes it in the ledger. */
int bodies_outcome_of_upload(struct bodies *b, struct flight *f);
int bodies_outcome_of_poll(struct bodies *b, struct flight *f);

/* ---- halves ---- */

/* `all` of a file becomes those of its records that `part` names, as a body of their own. */
void bodies_slice(const struct payload_lines *part, struct payload_body *all, struct arena *arena);
/* The server refused a request of several records for its size: it becomes two, on disk before either is sent. */
int bodies_halve(struct bodies *b, struct task *t, const struct judgement *j);

/* "whether it was taken is not known (…)": of a record of LEDGER_IN_DOUBT. */
struct str deliver_in_doubt(struct str reason, struct arena *arena);

/* ---- lines ---- */

struct line {
	struct errand errand; /* first */
	bool doubt;           /* it was sent, and whether it was taken is not known */
};

/* A parcel that is under way. */
struct load {
	struct parcel parcel;     /* no records: none is */
	struct arena arena;
	struct payload_body body;
	struct line *all;
	size_t next, ended, left; /* the first that was never sent; how many have an outcome; how many were given up */
	struct line **waiting;    /* for another try */
	size_t waiting_count;
	struct refused *refusals; /* new ones */
	size_t refusal_count;
	bool *known;              /* those that have an outcome, by now or since an earlier process */
	bool *except;             /* not accepted just now */
	uint64_t doubts;          /* sent again because their outcome was not known, and not put on disk as such yet */
};

/* Notes parcels in the ledger. While its thread is at work, the ledger is the thread's alone: every function of it
 * below waits for that. */
struct clerk {
	struct relay relay;
	bool asked, busy;         /* for a thread; its work was not waited for yet */
	int64_t after;            /* the id of the parcel under way, behind which … */
	bool prepares;            /* … the next one is to be prepared */
	struct load *owes;        /* ended, and its outcome is not on disk; null: none */
	struct err e;
};

#define CLERK_QUICK_MS 1000 /* where a parcel takes longer, nothing is prepared */

struct lines {
	struct courier c;         /* first */
	struct run_totals before; /* of the run, when this process began */
	uint64_t accepted, refused; /* since then, those of the parcel under way included */
	const char *method, *url;
	bool exhausted;           /* no parcel is left */
	struct load load, last;   /* the one under way; the one before it, whose last line may still land */
	struct load next;         /* the clerk's: the one behind it; its intent is on disk where it is `sending` */
	struct clerk clerk;
	int64_t began_ms;         /* when the one under way began */
	struct arena scratch;     /* of one judgement */
	int64_t noted_ms;         /* when something of the parcel was put on disk last */
	uint64_t given_up;        /* of all parcels: their tries were used up while others were taken */
	struct str why_given_up;  /* the first of them, as a sentence */
};

/* Zeroed before. */
int lines_open(struct lines *l, const struct deliver *d, struct accepted *accepted, struct deliver_result *out,
	struct err *e);
/* What is left to be sent though nothing stopped the others. */
int lines_check(struct lines *l);
/* How long requests at hand may go on where one has failed: what becomes of them is worth to know. */
#define LINES_DRAIN_MS 2500
/* Keeps what is known of a parcel within which the delivery stopped. */
int lines_leave(struct lines *l);
void lines_close(struct lines *l);

/* ---- clerk ---- */

/* Reads the next parcel of which something is to be sent behind that of l->load, in its place: 1, none: 0, or -1. */
int clerk_load(struct lines *l);
/* Intent on disk; then its lines may go. `again`: how many of them are sent again though they may have been taken. */
int clerk_begin(struct lines *l, uint64_t again);
/* The outcome of all of its lines on disk. */
int clerk_end(struct lines *l);
/* The same, and on to the next one: 1. The intent of that one is on disk already, or comes with the outcome in one
 * commit; in the first case the outcome is on disk when the next turn comes, or clerk_back. `tell` is asked for
 * clerk_begin's `again`. 0 where there is none, or it cannot be read: nothing was done. -1: a failure. */
int clerk_turn(struct lines *l, uint64_t (*tell)(struct lines *l));
/* The ledger is as if nothing had been prepared. */
int clerk_back(struct lines *l);
void clerk_close(struct lines *l);

#endif
