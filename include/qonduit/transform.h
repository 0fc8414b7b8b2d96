/* transform - the loop of the first half: source → program → records in payload files, rejects, manifest.
 *
 *   1 open     the source finds its header and binds the columns                                source_open
 *   2 fill     a batch of rows                                                                  source_fill
 *   3 row      columns → values, keep, fields, shape check                                      program_row
 *   4 print    the record of each output as its file has it                                     sink_fits, sink_print
 *   5 unique   is this row the one to keep for its key?                                         keyset_offer
 *   6 key      no two records of one output have the same key (identity.h)                      keyset_put
 *   7 write    a record in a payload file with its origin, or a line of rejects                 sink_take, rejects_add
 *   8 put      bodies that are whole on the disk                                                sink_work
 *   9 close    manifest; the folder gets its name                                               folder_commit
 *
 * `unique` streams: a row that is the best so far is written at once. Only where a later row displaces one that was
 * written is the input read a second time, with the winners known; standard input is kept in an unnamed file for that.
 * Records on their way to standard output cannot be called back: there the first pass only looks.
 *
 * Several batches are under way at once: 3, 4 and 8 are done by as many threads as are asked for, 2 and 5 to 7 for one
 * batch after the other, by whichever thread is free (pipeline.h). So the output is the same for any number of
 * threads, and so is the error: that of the earliest row. With one thread all is done in turn. A program with the step
 * "fingerprint", which remembers the texts before, goes through 3 and 4 in order too.
 *
 * In a shard, rows of the others leave no trace, so that what the runs of all shards count adds up to what one run of all
 * rows would. A row that would be written belongs where its key says (of `unique`, else of the first output that
 * has one), any other where its place in the input says: the same in every run.
 *
 * Pure and deterministic: no clock, no network, no environment. Memory: a batch or two more than there are threads, a
 * body or two, and the keys.
 */
#ifndef QONDUIT_TRANSFORM_H
#define QONDUIT_TRANSFORM_H

#include <signal.h>

#include "qonduit/payload.h"
#include "qonduit/program.h"

#define TRANSFORM_REJECTED 10

/* What a run that ends early has seen; its counts are in the manifest. */
struct transform_seen {
	struct rejected rejected[TRANSFORM_REJECTED]; /* the first rows, in order; long texts are cut short */
	size_t rejected_count;
	bool all;                         /* all rows were read: the counts are not only those so far */
};

struct transform {
	const struct program *program;
	const char *const *inputs;
	const struct str *names;          /* for each, how origins call it; empty, or all null: by its file's name */
	size_t input_count;
	const char *output;               /* folder, or "-" for JSON lines on standard output */
	bool replace;                     /* an earlier output of ours may be replaced */
	const struct str *accounts;       /* for each output; empty where not known */
	const struct str *param_names, *param_values; /* for the manifest */
	size_t param_count;
	uint64_t limit;                   /* rows; 0: all */
	struct { uint32_t index, count; } shard; /* which of how many, from 1; 0 of 0: all rows */
	unsigned threads;                 /* that work on rows: transform_threads */
	bool has_max_rejects;
	uint64_t max_rejects;
	uint32_t max_rejects_percent;     /* hundredths of a per cent; 0: none */
	bool allow_empty;                 /* no row at all is fine */
	bool refuse_suspect;              /* what payload.h calls suspect ends the run; else the manifest has it */
	struct transform_seen *seen;      /* filled, its texts in the arena; null: nobody asks */
	const volatile sig_atomic_t *stop; /* not 0: end as soon as possible, with nothing written; null: never */
	/* These are called by one thread at a time, not always the same one, in order.
	 * Called after each batch: rows and bytes so far, bytes of all inputs (0: not known). Null: never. */
	void (*progress)(void *arg, const struct payload_counts *rows, uint64_t bytes, uint64_t of);
	/* Each fault of a rejected row as it is found, where records go to standard output. Null: never. */
	void (*rejected)(void *arg, struct str origin, const struct row_fault *fault);
	/* At the end, for each field that broke a limit which only the target's real clients
	 * enforce: how often. Null: never. */
	void (*warned)(void *arg, const struct record_shape *shape, size_t field, uint64_t times);
	/* At the end of an input: paths of "each" that no element in it had. Null: never. */
	void (*unseen)(void *arg, struct str input, struct str paths);
	void *arg;                        /* of the four */
};

/* The threads that are meant by a number of them; by 0 the cores that the process may use, at most 8. */
unsigned transform_threads(uint64_t asked);
/* Fills `out` (in `arena`). Nothing stands under the final name unless 0 is returned. Stopped by a guard: ERR_GUARD,
 * with the counts and what is suspect in `out`; --max-rejects with a number stops at the row that is one too many. No
 * row at all in the input: ERR_INPUT. */
int transform_run(const struct transform *t, struct arena *arena, struct manifest *out, struct err *e);

#endif
