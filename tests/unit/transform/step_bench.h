/* step_bench - a mapping's surroundings for tests of steps: columns, parameters, tables, and one row.
 *
 *     bench_outcome("text", "\"a\"", "\"upper\"")  → "text A", "-reason" of a rejected row, "!message" of a fault
 */
#ifndef STEP_BENCH_H
#define STEP_BENCH_H

#include "qonduit/step.h"

struct bench {
	struct arena arena;
	struct faults faults;
	struct scope scope;
	struct run run;
	struct value row[8];
	bool used[8];
};

/* Columns name, price (10.00), cost (empty), stock (7), active, day, currency (USD), other (SEK); parameters margin, ending, label,
 * unset; tables categories, rates. */
void bench_open(struct bench *b);
void bench_close(struct bench *b);
const struct json *bench_json(struct bench *b, const char *text);
/* The first fault's message, or "". */
const char *bench_fault(const struct bench *b);
enum value_type bench_type(const char *name);

/* What becomes of a JSON constant of the type when the steps (one, or a list) run on it; static, until the next call. */
const char *bench_outcome(const char *type, const char *in, const char *steps);

#endif
