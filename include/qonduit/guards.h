/* guards - what stops a push before anything is sent, besides those of the transform (--max-rejects, --refuse-suspect,
 * an empty input), and what a run says that a guard has stopped.
 */
#ifndef QONDUIT_GUARDS_H
#define QONDUIT_GUARDS_H

#include "qonduit/ledger.h"
#include "qonduit/options.h"

struct transform_seen;

/* --max-rejects for rows that an earlier process read: ERR_GUARD "guard.max_rejects" where more are rejected. */
int guard_rejects(const struct options *o, const struct payload_counts *rows, struct err *e);
/* --refuse-suspect for a payload that an earlier process wrote: ERR_GUARD "guard.suspect". */
int guard_suspect(const struct options *o, const struct manifest *m, struct err *e);
/* A warning for each field that has the value which its contract calls suspect in all records. */
void guard_warn(const struct manifest *m);
/* The summary of a run that a guard has stopped with `e`: the rows of the manifest and the first rejected ones. Returns
 * the exit status. */
int guard_stopped(const struct run_record *run, const struct transform_seen *seen, const struct manifest *m, bool json,
	const struct err *e);
/* --allow-shrink: compares each output of the payload that is sent with the last run of the ledger that was delivered
 * to its end (status done) to the same target, host and account, with the same shard. ERR_GUARD "guard.allow_shrink"
 * where it has fewer records by more than is allowed. Counted is what the job has, before --changed-only leaves
 * anything out. Where there is no such run, or the place is not known yet, a line of the log says that nothing was
 * compared. Nothing without the option. */
int guard_shrink(
	struct options *o, const char *state, const struct manifest *m, const struct contracts *contracts, struct err *e);

#endif
