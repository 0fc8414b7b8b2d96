/* variables - an environment that a test makes up, in place of the process's own. */
#ifndef QONDUIT_VARIABLES_H
#define QONDUIT_VARIABLES_H

/* NAME=VALUE, null at the end; null: an environment with nothing in it. Must outlive its use. */
void variables_set(const char *const *all);
/* Like getenv. */
const char *variables_get(const char *name);

#endif
