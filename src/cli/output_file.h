/* output_file - the file that -o names where a command writes one: it is replaced when what is to stand there is whole.
 * Private to src/cli.
 *
 * output_file_find before anything is asked of others; then io_replace_begin with its path and mode, and instead of
 * io_replace_commit output_file_commit.
 */
#ifndef QONDUIT_CLI_OUTPUT_FILE_H
#define QONDUIT_CLI_OUTPUT_FILE_H

#include "qonduit/arena.h"
#include "qonduit/io.h"

struct output_file {
	const char *path;
	unsigned mode; /* that it has, or will have */
};

/* A symlink stays, what it points to is replaced; what is there and is no file is refused (output.taken). */
int output_file_find(struct output_file *f, const char *path, struct arena *arena, struct err *e);
/* A file that is there keeps its mode, whatever the umask. */
int output_file_commit(const struct output_file *f, struct replacement *r, struct err *e);

#endif
