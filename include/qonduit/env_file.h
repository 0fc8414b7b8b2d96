/* env_file - a file of NAME=VALUE lines with secrets: "export " before, quotes around the value and # comments are
 * understood. ERR_CREDENTIALS where others than its owner may read or change it, or put another in its place (the
 * message says the chmod), or where a line is wrong; no part of a line is ever shown.
 */
#ifndef QONDUIT_ENV_FILE_H
#define QONDUIT_ENV_FILE_H

#include "qonduit/err.h"

struct stat;

struct env_entry {
	struct str name, value; /* NUL behind the value */
	uint64_t line;
};

struct env_file {
	struct env_entry *all; /* in the arena */
	size_t count;
};

/* `path` null: ./.env.local, and nothing where it does not exist. */
int env_file_read(const char *path, struct arena *arena, struct env_file *out, struct err *e);
/* ERR_CREDENTIALS where a file with a secret, called `what`, is not its user's or root's, or others may read it, or may
 * write to the folder that it stands in, or that its link stands in, without the sticky bit. */
int env_file_private(const struct stat *st, const char *what, const char *path, struct err *e);
/* Null where it is not there; of two lines the last. */
const char *env_file_get(const struct env_file *f, const char *name);

#endif
