/* running - what the files that run a program share. */
#ifndef QONDUIT_TRANSFORM_RUNNING_H
#define QONDUIT_TRANSFORM_RUNNING_H

#include "qonduit/program.h"

/* Kept out of the way of what every row runs through, so that its frames stay small. */
#define RARE __attribute__((noinline))

/* Sets the values of outputs that no row changes, and plans the others; readers are bound. */
void running_bind_outputs(struct runner *r);
/* The values of an output's fields, from the columns, and whether all are surely as the contract wants them; what is not gets
 * a fault. */
void running_output(struct runner *r, size_t output);
/* Whether the condition holds; `fine` is false where that cannot be told, with the reason in run.why. */
bool running_holds(const struct cond *c, struct runner *r, bool *fine);
/* What a rule gives, whatever its way; -1 where it is refused, with the reason in run.why, and in an "each" with `where` and `shown` of
 * the runner. */
int running_value(const struct rule *rule, struct runner *r, struct value *out);
/* The rule that a "when" chooses; null where no case holds and there is no "else". `fine` is false where a condition
 * cannot be told, with the reason in run.why. */
const struct rule *running_choice(const struct rule *rule, struct runner *r, bool *fine);
/* What the members of an object or a list give. */
int running_members(const struct rule *rule, struct runner *r, struct value *values, bool *any);
/* The members as JSON, behind `to`; `object`: with their names. */
void running_print(const struct rule *rule, const struct value *values, struct arena *scratch, struct buf *to);
/* An object for each element of the array; empty where there is none. */
int running_each(const struct rule *rule, struct runner *r, struct value *out);

#endif
