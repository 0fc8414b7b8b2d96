/* ledger_parts - what run.c, ledger.c and accepted.c share. Private to src/deliver. */
#ifndef QONDUIT_LEDGER_PARTS_H
#define QONDUIT_LEDGER_PARTS_H

#include "qonduit/db.h"
#include "qonduit/ledger.h"

#define RUN_DB_VERSION 1

#define HOLDER_SIZE 96

/* Takes a lock file and writes `mark` into it, or tells what its holder wrote: 1 taken, 0 not, -1 a failure. *fd holds
 * it. */
int lock_file(const char *path, const char *mark, int *fd, char holder[HOLDER_SIZE], struct err *e);
/* Whether a living process holds it. */
bool lock_held(const char *path);

/* What run.db says. `held`: a living process has the run. */
int record_read(struct db *db, const char *state, const char *id, bool held, struct arena *arena,
	struct run_record *out, struct err *e);

/* Whether another run has delivered to that place after run `id` did, or, where that never began, was made. */
int accepted_superseded(const char *state, const struct run_output *o, const char *id, bool *out, struct err *e);

#endif
