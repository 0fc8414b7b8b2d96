/* ledger_parts - what the files of the ledger share: run.c (a run from its beginning to its end), spool.c (what it is
 * to send), pack.c (what of it is left out), parcel.c (what becomes of it), ledger.c (looking back), accepted.c.
 * Private to src/deliver.
 */
#ifndef QONDUIT_LEDGER_PARTS_H
#define QONDUIT_LEDGER_PARTS_H

#include "qonduit/db.h"
#include "qonduit/ledger.h"

#define RUN_DB_VERSION 3

struct run {
	char *state, *folder, *spool;
	char id[RUN_ID_SIZE];
	int lock;
	struct db *db;
};

/* FOLDER/NAME; the caller frees it. */
char *run_join(const char *folder, const char *name);
int run_set_text(struct run *r, const char *name, struct str value, struct err *e);
int run_set_int(struct run *r, const char *name, int64_t value, struct err *e);
int run_add_int(struct run *r, const char *name, int64_t more, struct err *e);
/* Commits where `rc` is 0, else undoes. */
int run_commit_if(struct run *r, int rc, struct err *e);
/* Brings a run.db of an earlier version up to this one. */
int run_upgrade(struct db *db, struct err *e);
/* ERR_DELIVERY "ledger.damaged" where what run.db says does not go together, as after a bit that flipped. */
int run_check(struct run *r, struct err *e);

/* A file of the spool, and the parcels of it. */
int run_add_file(struct run *r, const struct payload_file *f, const struct contract *c, struct err *e);
#define UNCHANGED_UNKNOWN (-1) /* of an output: to be compared before it is sent */

#define HOLDER_SIZE 96

/* Takes a lock file and writes `mark` into it, or tells what its holder wrote: 1 taken, 0 not, -1 a failure. *fd holds
 * it. */
int lock_file(const char *path, const char *mark, int *fd, char holder[HOLDER_SIZE], struct err *e);
/* Whether a living process holds it. */
bool lock_held(const char *path);
/* lock_file for those who wait for it: of them the one whose run is the earliest has the first turn, so that what a
 * later run sends comes later. A waiter stands in line by a lock of its own beside it, PATH-RUN, held by *place (-1 at
 * first) until lock_leave. */
int lock_in_turn(const char *path, const char *run, const char *mark, int *place, int *fd, char holder[HOLDER_SIZE],
	struct err *e);
void lock_leave(const char *path, const char *run, int place);

/* What run.db says. `held`: a living process has the run. */
int record_read(struct db *db, const char *state, const char *id, bool held, struct arena *arena,
	struct run_record *out, struct err *e);

/* Notes in the run's ledger how many deliveries each place has seen: later ones are later than the run. */
int accepted_note_seen(struct run *r, struct err *e);
/* Whether another run has delivered to that place after run `id` did. */
int accepted_superseded(
	const char *state, struct db *run, const struct run_output *o, const char *id, bool *out, struct err *e);

#endif
