/* accepted_parts - what is kept of a place, and the files that keep it: accepted.c what was last accepted for each
 * identity, accepted_order.c which run's values are newer. Private to src/deliver.
 */
#ifndef QONDUIT_ACCEPTED_PARTS_H
#define QONDUIT_ACCEPTED_PARTS_H

#include "ledger_parts.h"

struct accepted {
	struct db *db;            /* null: there is none yet, and it is only looked at */
	int lock;                 /* -1: it is only looked at */
	const struct contract *contract;
	bool compares;
	char *place;      /* target, host and account, as its file is called */
	bool rivalled;    /* a later run has delivered since this one began to, or, where it has not begun, was made */
	int64_t seen;     /* deliveries by then */
	int64_t delivery; /* of this run; 0: it has not begun to send */
	char run[RUN_ID_SIZE];
};

/* Target, host and account as a file is called. */
void accepted_place(struct str target, struct str host, struct str account, struct buf *out);
/* Its path but for ".db" and ".lock". */
void accepted_file(const char *state, struct str target, struct str host, struct str account, struct buf *out);
int accepted_read(const char *path, struct db **out, struct err *e);
/* Within a transaction: from here on the run is one that delivers; `delivery` is its number once that is on disk. */
int accepted_note_delivery(struct accepted *a, int64_t *delivery, struct err *e);

/* Later deliveries that left something out because it stood already: they claim all keys, or, once it is told which
 * they wanted, and that these are all, those. To be asked once, before accepted_check_order. */
struct accepted_claim { int64_t delivery; struct str run; };
int accepted_claims(struct accepted *a, struct arena *arena, struct accepted_claim **out, size_t *count, struct err *e);
int accepted_want(struct accepted *a, int64_t delivery, const struct payload_body *body, struct err *e);
int accepted_want_no_more(struct accepted *a, int64_t delivery, struct err *e);

/* Whether the record is the first of its body, or is within something else than the one before it. */
static inline bool accepted_is_new_scope(const struct payload_body *body, size_t record)
{
	return record == 0 || !str_eq(identity_scope(payload_identity(body, record)),
		identity_scope(payload_identity(body, record - 1)));
}

#endif
