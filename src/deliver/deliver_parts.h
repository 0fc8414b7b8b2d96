/* deliver_parts - the loop of a delivery and its two files: deliver.c sends and waits, outcome.c judges what became of
 * it. Private to src/deliver.
 */
#ifndef QONDUIT_DELIVER_PARTS_H
#define QONDUIT_DELIVER_PARTS_H

#include "qonduit/deliver.h"

/* A parcel and what this process knows of it besides the ledger. */
struct task {
	struct parcel parcel;
	uint32_t tries;       /* failures in a row, of its upload or its polls */
	uint32_t polls;
	int64_t next_ms;      /* not before (monotonic) */
	int64_t began_ms;     /* of its job, or of going on with it */
	bool flying, overdue;
	bool ask_first;       /* its job began in an earlier process: it is asked for before anything is sent */
	bool gone;            /* the server has forgotten its job once */
	bool word_told;       /* that its job is in a state that is not known */
};

struct flight {
	struct exchange x;
	struct task *task;    /* null: free */
	struct arena arena;   /* of the request */
	struct buf body;
	uint64_t slot;
	bool poll;
};

struct loop {
	const struct deliver *d;
	struct deliver_result *out;
	const struct contract_wire *wire;
	struct accepted *accepted;
	struct arena arena;
	struct task *tasks;
	size_t task_count;
	struct flight *flights;
	size_t flight_count, flying;
	int64_t job_ms;           /* how long a job takes, as far as jobs that ended tell; 0: none has */
	int64_t ran_ms;           /* the greatest age at which one was found running */
	int64_t hold_ms;          /* nothing goes before (monotonic) */
	enum deliver_wait hold_why;
	char why[160];            /* of that wait */
	struct err *e;
	struct err late;          /* what fails after the first failure, while requests at hand come to their end */
};

static inline int64_t loop_mono(const struct loop *l)
{
	return l->d->clock->mono(l->d->clock);
}

/* The parcel's body, if it is still what was registered. */
int task_read_body(struct loop *l, struct task *t, struct arena *arena, struct payload_body *out);
/* Judges the end of an exchange and notes it in the ledger; the flight still holds its request and reply. */
int outcome_of_upload(struct loop *l, struct flight *f);
int outcome_of_poll(struct loop *l, struct flight *f);

#endif
