/* poll - when to ask for a job again, and what its answer means for the records of its parcel; the same for a reply
 * that gives results by record at once. Pure functions.
 */
#ifndef QONDUIT_POLL_H
#define QONDUIT_POLL_H

#include "qonduit/ledger.h"

enum poll_end { POLL_RUNNING, POLL_COMPLETED, POLL_FAILED };

struct poll_answer {
	enum poll_end end;
	bool known_word;          /* the state's word is one of the contract's; an unknown one means running */
	struct str word;
	uint64_t processed, total; /* 0 where not said */
};

void poll_read(const struct contract_job *job, const struct json *body, struct poll_answer *out);

/* Milliseconds until the job's end at the earliest, as far as its progress tells after `age_ms`; -1 where it tells nothing.
 * The record under way counts as done: where a job has few, each is a great part of its time. */
int64_t poll_left(const struct poll_answer *a, int64_t age_ms);

/* Milliseconds until the next poll: grows from `first_ms` to `most_ms` with the number of polls so far, or is what the
 * progress leaves (`age_ms` since the job began), and an eighth of the age at least: a wrong guess then costs little. */
int64_t poll_pause(uint32_t polls, int64_t first_ms, int64_t most_ms, const struct poll_answer *a, int64_t age_ms);

/* The end of a job, or of a request, record by record. */
struct poll_verdict {
	struct refused *refused;   /* in order of the records, those without a key at the end */
	size_t count;
	bool *is_refused;          /* for each record of the body */
	bool certain;              /* every refusal is tied to its record: the others are known to be accepted */
	struct str warning;        /* numbers that contradict each other; "" where none do */
};

void poll_judge(const struct contract *c, const struct json *body, enum poll_end end, const struct payload_body *parcel,
	struct str file, struct arena *arena, struct poll_verdict *out);

/* The reply to a request of many records, where the contract's "items" says where its results are (the list is known
 * to be there). Where a result may say yes ("ok"), a record without one is not taken for accepted: it is refused with
 * the code "no_result"; else every result is a refusal. */
void items_judge(const struct contract *c, const struct json *reply, const struct payload_body *body, struct str file,
	struct arena *arena, struct poll_verdict *out);

#endif
