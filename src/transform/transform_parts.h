/* transform_parts - what the files of the loop share: transform.c (runs, passes, inputs), transform_work.c (rows of one
 * batch, by any thread), transform_write.c (what needs their order). */
#ifndef QONDUIT_TRANSFORM_PARTS_H
#define QONDUIT_TRANSFORM_PARTS_H

#include <stdatomic.h>

#include "inputs.h"
#include "qonduit/keyset.h"
#include "qonduit/pipeline.h"
#include "qonduit/sink.h"
#include "qonduit/transform.h"
#include "suspects.h"

/* What a row gives to one output. */
struct made {
	size_t at, n;                 /* where its text is in the work's */
	const struct value *values;   /* instead, where the sink does not print */
	struct identity id;           /* without a key: it has none, or nobody asks */
	uint64_t hash;                /* of the identity, as the output's keyset takes it */
};

struct outcome {
	enum verdict verdict;
	bool elsewhere;               /* it belongs to another shard: nothing else is said of it */
	const struct row_fault *faults;
	size_t fault_count;
	bool has_unique;              /* a key that `unique` looks at */
	uint64_t unique;              /* as its keyset takes it */
	struct value preferred;       /* what `unique` compares */
	bool lost;                    /* another row is known to be kept for its key */
	struct made *made;            /* one an output; null: nothing was printed */
	size_t origin_at, origin_n;   /* its line of .rows, in the work's */
	const unsigned char *look;    /* suspects_look of the record */
	const bool *warned;           /* of the fields of all outputs, one output behind the other; null: none is */
};

/* A batch under way. All it says lives in its batch's arena and its own bufs until it is filled again. */
struct work {
	struct batch batch;
	size_t rows;                  /* of the batch, as far as --limit takes them */
	bool cut;                     /* it ends there */
	uint64_t behind;              /* bytes of the input whose rows were given with it */
	struct outcome *outcomes;     /* of the rows */
	size_t outcome_cap;
	struct buf text, origins;
	struct err fault;             /* of what comes behind the rows */
};

/* What one thread needs. */
struct worker {
	struct runner runner;         /* begun with the thread's first row */
	bool bound;                   /* to the source at hand */
	struct arena scratch;         /* of a record */
	struct buf why;
};

/* One run. What threads share while rows are worked on only changes between inputs, but for what is the order's: counts,
 * sinks (of which they see what sink_open has set), keysets (unless `settled`), rejects, and places of inputs. */
struct loop {
	const struct transform *t;
	struct arena *arena;          /* of the caller: the manifest lives there */
	struct manifest *m;
	struct worker *workers;
	unsigned threads;
	struct work *works;
	size_t work_count;
	struct folder folder;         /* zeroed where records go to standard output */
	struct sink *sinks;           /* one an output */
	struct keyset **keys;         /* one an output with a key; else null */
	struct keyset *unique;        /* null: none */
	struct rejects *rejects;
	struct suspects *suspects;
	uint64_t *warnings;           /* how many records that were written are `warned` of, by field */
	struct inputs inputs;
	uint64_t done;                /* bytes of the inputs behind us */
	struct payload_file *reject_files;
	size_t reject_file_count, reject_file_cap;
	bool one_by_one;              /* the program remembers rows: they run through it in order */
	bool silent;                  /* the pass only finds the winners: nothing is written */
	bool settled;                 /* the winners of `unique` are known */
	atomic_bool displaced;        /* a row that was written has lost: a second pass is needed */
	bool has_header;              /* the last input: it is a table */

	/* The input at hand. */
	struct source *source;
	size_t input;
	uint64_t filled;              /* rows of the pass that were given so far */
	bool cut;                     /* --limit has ended it */
	uint64_t last;                /* the highest row number so far */
	uint64_t elsewhere;           /* rows of other shards, of all inputs and passes */
	bool failed;
	struct err *e;                /* why */
};

/* Fields of all outputs. */
static inline size_t program_fields(const struct program *p)
{
	size_t count = 0;
	for (size_t i = 0; i < p->output_count; i++)
		count += p->outputs[i].shape.count;
	return count;
}

static inline bool to_stdout(const struct loop *l)
{
	return strcmp(l->t->output, "-") == 0;
}

static inline bool may_read_twice(const struct program *p)
{
	return p->unique_count && p->prefer != PREFER_FIRST;
}

static inline bool is_stopped(const struct loop *l)
{
	return l->t->stop && __atomic_load_n(l->t->stop, __ATOMIC_RELAXED);
}

/* ---- transform_work.c ---- */

/* Whether what a row gives depends on the rows before it: two texts of a run must not have one fingerprint. */
bool loop_remembers(const struct program *p);
void loop_open_workers(struct loop *l);
void loop_close_workers(struct loop *l);
/* Stages of the pipeline over the input at hand; `arg` is the loop, a piece a struct work. */
bool loop_fill(void *arg, void *piece);
void loop_work(void *arg, unsigned thread, void *piece);

/* ---- transform_write.c ---- */

bool loop_end(void *arg, void *piece);
void loop_after(void *arg);
/* Whether too many rows are rejected; `end`: all are read. */
int loop_guard(const struct loop *l, bool end, struct err *e);
/* What may be said of the output when a run ends early. */
const char *loop_nothing_done(const struct loop *l);
/* A signal came, which may have broken off a read. */
int loop_stop(const struct loop *l, struct err *e);

#endif
