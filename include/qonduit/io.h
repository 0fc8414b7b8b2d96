/* io - files: whole ones in, whole ones out, names that appear only when the content is on disk.
 *
 * A `struct folder` is an output folder in the making: folder_begin makes a temporary one beside the final name, files
 * are written into it with io_write_file or file_*, and folder_commit syncs them and renames; folder_abandon removes
 * it; what a killed process left of one is cleared away by the next for the same name. Whatever happens, the final name
 * holds the old content, nothing, or the whole new content.
 *
 * A `struct file` is a buffered output file with its SHA-256 kept on the way.
 * All failures are class ERR_INPUT with the file's name, "No space left on device" among them.
 */
#ifndef QONDUIT_IO_H
#define QONDUIT_IO_H

#include <signal.h>
#include <sys/types.h>

#include "qonduit/digest.h"
#include "qonduit/err.h"

/* A whole file, at most `max` bytes, into the arena. A folder, a missing or an unreadable file fail by name. */
int io_read_file(const char *path, size_t max, struct arena *arena, struct str *out, struct err *e);
/* The last part of a path. */
const char *io_basename(const char *path);
/* Makes a folder and its parents; what is new has `mode` (less the umask). */
int io_make_folders(const char *path, unsigned mode, struct err *e);
/* Removes a folder with all in it. Missing is fine. Never follows a symlink. */
int io_remove_tree(const char *path, struct err *e);
/* A file that takes the place of `path`, or appears there, once it is whole: begin, write to `fd`, commit (syncs and
 * renames) or abandon. Where the file system can, it has no name until then, so that nothing is left of it however the
 * process ends. */
struct replacement {
	int fd;
	char *path, *beside;  /* beside: its temporary name, where it has one */
	unsigned mode;
};

int io_replace_begin(struct replacement *r, const char *path, unsigned mode, struct err *e);
int io_replace_commit(struct replacement *r, struct err *e);
void io_replace_abandon(struct replacement *r); /* one that was committed is fine */
/* The same for a content that is there already. */
int io_replace_file(const char *path, struct str content, unsigned mode, struct err *e);
/* A file without a name in TMPDIR or /tmp, which is gone once it is closed; -1 on failure. */
int io_unnamed_file(struct err *e);
/* read(2), which goes on after a signal unless it has set `stop` (null: none can end it): then -1 with EINTR. */
ssize_t io_read(int fd, void *to, size_t n, const volatile sig_atomic_t *stop);
/* pread(2) until `n` are read or the file ends; how many were. */
ssize_t io_read_at(int fd, void *to, size_t n, off_t at);
/* write(2) until all is written. */
int io_write_all(int fd, const void *bytes, size_t n, const char *name, struct err *e);

struct file {
	int fd;
	char *name;           /* as it is named in errors */
	struct buf pending;
	struct digest *sum;   /* of all bytes so far; null: nobody wants it */
	uint64_t bytes;
};

/* Creates `name` in the folder `dirfd` (AT_FDCWD allowed), which must not exist. */
int file_create(struct file *f, int dirfd, const char *name, struct err *e);
/* Before the first byte, of a file whose sum nobody wants. */
void file_unsummed(struct file *f);
int file_write(struct file *f, struct str bytes, struct err *e);
/* Flushes and closes; `hex` and `bytes` (null allowed) receive the SHA-256 and the length. */
int file_close(struct file *f, char hex[DIGEST_HEX], uint64_t *bytes, struct err *e);
/* Closes without a result after a failure; a zeroed or closed file is fine. */
void file_abandon(struct file *f);
/* One whole small file. */
int io_write_file(int dirfd, const char *name, struct str content, struct err *e);

struct folder {
	int fd;          /* the temporary folder: create files here */
	char *temporary; /* its path */
	char *final;     /* the path it will have */
	bool replace;    /* `final` exists and is taken the place of */
};

/* `replace` says that an existing `final` may be taken the place of (the caller has checked that it is ours). An
 * existing empty folder is always fine; anything else there is refused. An existing folder's mode and group are taken
 * over. Missing parents are made. Where `final` is a symlink to a folder, it stays, and the folder is replaced. */
int folder_begin(struct folder *f, const char *final, bool replace, struct err *e);
/* Syncs everything in it, renames (exchanging with and then removing an old one), syncs the parent. */
int folder_commit(struct folder *f, struct err *e);
void folder_abandon(struct folder *f);

#endif
