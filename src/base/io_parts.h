/* io_parts - what the files of io share. Private to src/base. */
#ifndef QONDUIT_BASE_IO_PARTS_H
#define QONDUIT_BASE_IO_PARTS_H

#include "qonduit/io.h"

#define IO_RANDOM_DIGITS 8  /* at the end of a temporary name */
#define IO_BESIDE_TRIES 100 /* to find one that is not taken */

/* Both return -1. */
int io_fail(struct err *e, const char *code, int errnum, const char *name, const char *what);
int io_fail_plain(struct err *e, const char *code, const char *name, const char *what);
bool io_is_dots(const char *name);
/* Paths for the caller to free. The path without slashes at its end, which would follow a symlink. */
char *io_without_slashes(const char *path);
/* The folder that holds `path`, which has no slash at its end. */
char *io_parent(const char *path);
/* A name for something temporary in the same folder as `path`: ".NAME.random", cut where NAME is long. */
char *io_name_beside(const char *path);
int io_sync_parent(const char *path, struct err *e);

#endif
