/* guards - what stops a push before anything is sent, besides those of the transform (--max-rejects, an empty input).
 */
#ifndef QONDUIT_GUARDS_H
#define QONDUIT_GUARDS_H

#include "qonduit/ledger.h"
#include "qonduit/options.h"

/* --max-rejects for rows that an earlier process read: ERR_GUARD "guard.max_rejects" where more are rejected. */
int guard_rejects(const struct options *o, const struct payload_counts *rows, struct err *e);
/* --allow-shrink: compares each output of the payload that is sent with the last run of the ledger that
 * was delivered to its end (status done) to the same target, host and account. ERR_GUARD "guard.allow_shrink" where it
 * has fewer records by more than is allowed. Counted is what the job has, before --changed-only leaves anything out.
 * Where there is no such run, or the place is not known yet, a line of the log says that nothing was compared. Nothing
 * without the option. */
int guard_shrink(
	struct options *o, const char *state, const struct manifest *m, const struct contracts *contracts, struct err *e);

#endif
