/* prune - removes runs of the ledger that are over, with their spools; what was accepted stays known (accepted/).
 *
 * Only runs that are done or superseded go, and with `stopped` those that stopped, which cannot be gone on with then;
 * never one that a process has. What stays in any case: the `keep` newest of those that may go, what began within
 * `older_than_ms`, and the last run that was delivered to its end to each target, host and account with each shard, as
 * --allow-shrink compares with it. A run that cannot be read stays.
 *
 * A run is taken out of the list under its lock, by one rename, before it is removed. What a removal that was cut short
 * left behind is cleared away by the next.
 */
#ifndef QONDUIT_PRUNE_H
#define QONDUIT_PRUNE_H

#include "qonduit/ledger.h"

struct prune {
	uint64_t keep;
	int64_t older_than_ms; /* 0: of any age */
	bool stopped;
	bool dry_run;   /* only tells */
	int64_t now_ms; /* wall clock */
};

struct pruned {
	struct run_record *gone; /* or, of a dry run, what would go; newest first */
	size_t count;
	size_t left;             /* runs that stay */
};

/* On failure `out` tells what went before it. */
int ledger_prune(const char *state, const struct prune *p, struct arena *arena, struct pruned *out, struct err *e);

#endif
