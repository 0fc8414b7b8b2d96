/* job - what convert, push and check begin with: contracts, a mapping, the program, and all faults told. One code path,
 * so that a mapping that `check` passes is one that `convert` and `push` take.
 *
 * job_open, then the program, then job_close; a job that failed to open is closed too.
 */
#ifndef QONDUIT_JOB_H
#define QONDUIT_JOB_H

#include "qonduit/live_input.h"
#include "qonduit/options.h"
#include "qonduit/program.h"
#include "qonduit/transform.h"

struct job {
	struct arena arena;
	struct faults faults;
	size_t said;            /* of them, on standard error */
	struct contracts contracts;
	struct mapping mapping;
	struct program program;
	bool compiled;
	const char *name;       /* of the mapping, as given */
	struct live_input *live; /* its inputs: job_inputs */
	const char **inputs;
	struct str *input_names;
	size_t input_count;
	struct transform_seen seen; /* of the transform, as far as it came */
};

/* The built-in contracts and those of --contracts. */
int job_contracts(struct job *j, const struct options *o);
/* What the options say of a source goes over what stands in `s`: its form (cat, inspect) and the limits of workbooks.
 * The texts live as long as the options. */
int job_source(const struct options *o, struct source_options *s, struct err *e);
/* Reads and compiles; with `lenient` parameters may be missing. 0, or the exit status after the faults
 * were said on standard error. */
int job_open(struct job *j, const struct options *o, const char *mapping, bool lenient);
void job_close(struct job *j);
/* Says the faults that were not said yet; returns the exit status of the gravest of all. */
int job_say_faults(struct job *j);

/* The inputs of `convert` and `push`; those that are resources are fetched here. */
int job_inputs(struct job *j, struct options *o, const char *const *inputs, size_t count, struct err *e);
/* Runs their transform with the options, draws progress, warns of what is suspect. `accounts` may be null. Fills the
 * manifest in the job's arena. */
int job_transform(struct job *j, const struct options *o, const char *output, const struct str *accounts,
	struct manifest *m, struct err *e);

#endif
