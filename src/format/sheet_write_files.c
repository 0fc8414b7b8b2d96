/* The files under a book: the workbook itself, and the temporary files of libxlsxwriter.
 *
 * The library keeps rows in files until the end, and never looks whether they arrive there: on a full disk 1.1.4 makes
 * a workbook with rows missing and says that all is well. It asks for these files by lxw_tmpfile, which is meant to be
 * replaced where safety requires it (a comment in its utility.c says so); the one below takes the place of the
 * library's own when the program is linked. Its files have no name, so that a killed process leaves none, and the first
 * failure of any is kept. Behind a failure nothing is read any more: the library comes to its end early. */
#include "sheet_write_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/io.h"

#define READ_STEP ((size_t)64 << 10)

struct scratch_file {
	struct scratch *owner;
	struct scratch_file *next;
	FILE *stream;
	int fd;
	char room[64 << 10]; /* of the stream: much is written, and read again */
};

static _Thread_local struct scratch *serving;

FILE *lxw_tmpfile(char *folder);

static void fail(struct scratch *s, const char *what)
{
	err_sys(&s->failed, ERR_INPUT, "sheet_write.scratch", errno, "the temporary file of its rows cannot be %s", what);
}

static ssize_t scratch_write(void *arg, const char *p, size_t n)
{
	struct scratch_file *f = arg;
	if (f->owner->failed.class)
		return 0;
	for (size_t left = n; left;) {
		ssize_t done = write(f->fd, p + (n - left), left);
		if (done < 0 && errno != EINTR) {
			fail(f->owner, "written");
			return 0;
		}
		left -= done > 0 ? (size_t)done : 0;
	}
	return (ssize_t)n;
}

static ssize_t scratch_read(void *arg, char *p, size_t n)
{
	struct scratch_file *f = arg;
	ssize_t done = -1;
	if (f->owner->failed.class)
		return -1;
	done = io_read(f->fd, p, n, NULL);
	if (done < 0)
		fail(f->owner, "read");
	return done;
}

static int scratch_seek(void *arg, off64_t *offset, int whence)
{
	struct scratch_file *f = arg;
	off64_t at = lseek(f->fd, *offset, whence);
	if (at < 0)
		fail(f->owner, "read");
	*offset = at;
	return at < 0 ? -1 : 0;
}

static int scratch_close(void *arg)
{
	struct scratch_file *f = arg, **at = &f->owner->files;
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	close(f->fd);
	free(f);
	return 0;
}

FILE *lxw_tmpfile(char *folder)
{
	static const cookie_io_functions_t functions = {
		.read = scratch_read, .write = scratch_write, .seek = scratch_seek, .close = scratch_close,
	};
	struct scratch *s = serving;
	if (s && s->of_rows) {
		s->used = true;
		return packing_rows(s->packing, &s->failed);
	}
	int fd = s ? io_unnamed_file(&s->failed) : -1;
	if (fd < 0)
		return NULL;
	struct scratch_file *f = mem_alloc(sizeof *f);
	f->owner = s;
	f->next = s->files;
	f->fd = fd;
	f->stream = fopencookie(f, "w+", functions);
	if (!f->stream) {
		fail(s, "made");
		close(fd);
		free(f);
		return NULL;
	}
	setvbuf(f->stream, f->room, _IOFBF, sizeof f->room);
	s->files = f;
	s->used = true;
	return f->stream;
}

void scratch_serve(struct scratch *s)
{
	FILE *nowhere = fopen("/dev/null", "we");
	s->heard = stderr;
	if (nowhere)
		stderr = nowhere;
	serving = s;
}

void scratch_rest(struct scratch *s)
{
	serving = NULL;
	if (stderr != s->heard)
		fclose(stderr);
	stderr = s->heard;
}

void scratch_end(struct scratch *s)
{
	while (s->files)
		fclose(s->files->stream);
}

int sheet_file_create(int dirfd, const char *name, struct err *e)
{
	int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0) {
		err_sys(e, ERR_INPUT, "io.create", errno, "cannot be created");
		err_at_file(e, name);
	}
	return fd;
}

int sheet_file_sum(int fd, const char *name, char hex[DIGEST_HEX], uint64_t *bytes, struct err *e)
{
	struct digest *d = digest_new();
	char *piece = mem_alloc(READ_STEP);
	ssize_t n;
	*bytes = 0;
	while ((n = io_read_at(fd, piece, READ_STEP, (off_t)*bytes)) > 0) {
		digest_add(d, piece, (size_t)n);
		*bytes += (uint64_t)n;
	}
	free(piece);
	digest_end_hex(d, hex);
	if (n == 0 && fsync(fd) == 0)
		return 0;
	err_sys(e, ERR_INPUT, n < 0 ? "io.read" : "io.sync", errno,
		n < 0 ? "cannot be read again" : "cannot be synced to disk");
	err_at_file(e, name);
	return -1;
}
