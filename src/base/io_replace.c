#include "io_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Without a name nothing is left behind, however the process ends. */
static int open_unnamed(const char *path, mode_t mode)
{
	char *parent = io_parent(path);
	bool can_be_named = access("/proc/self/fd", X_OK) == 0;
	int fd = can_be_named ? open(parent, O_TMPFILE | O_RDWR | O_CLOEXEC, mode) : -1;
	free(parent);
	return fd;
}

/* Calls `make` with names beside the path until one is not taken. */
static int find_name(struct replacement *r, int (*make)(const struct replacement *r))
{
	int made = -1;
	for (int i = 0; i < IO_BESIDE_TRIES && made < 0; i++) {
		free(r->beside);
		r->beside = io_name_beside(r->path);
		made = make(r);
		if (made < 0 && errno != EEXIST)
			break;
	}
	if (made < 0) {
		int errnum = errno;
		free(r->beside);
		r->beside = NULL;
		errno = errnum;
	}
	return made;
}

static int make_file(const struct replacement *r)
{
	return open(r->beside, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, r->mode);
}

static int make_link(const struct replacement *r)
{
	char name[40];
	snprintf(name, sizeof name, "/proc/self/fd/%d", r->fd);
	return linkat(AT_FDCWD, name, AT_FDCWD, r->beside, AT_SYMLINK_FOLLOW);
}

int io_replace_begin(struct replacement *r, const char *path, unsigned mode, struct err *e)
{
	*r = (struct replacement){ .path = mem_copy(path), .mode = mode };
	r->fd = open_unnamed(r->path, (mode_t)mode);
	if (r->fd < 0)
		r->fd = find_name(r, make_file);
	if (r->fd >= 0)
		return 0;
	io_fail(e, "io.create", errno, path, "cannot be written");
	io_replace_abandon(r);
	return -1;
}

int io_replace_commit(struct replacement *r, struct err *e)
{
	int status = 0;
	if (fsync(r->fd) != 0)
		status = io_fail(e, "io.sync", errno, r->path, "cannot be synced to disk");
	if (status == 0 && !r->beside && find_name(r, make_link) != 0)
		status = io_fail(e, "io.create", errno, r->path, "cannot be written");
	if (close(r->fd) != 0 && status == 0)
		status = io_fail(e, "io.write", errno, r->path, "cannot be written");
	r->fd = -1;
	if (status == 0 && rename(r->beside, r->path) != 0)
		status = io_fail(e, "io.rename", errno, r->path, "cannot be replaced");
	if (status == 0) {
		free(r->beside);
		r->beside = NULL;
		status = io_sync_parent(r->path, e);
	}
	io_replace_abandon(r);
	return status;
}

void io_replace_abandon(struct replacement *r)
{
	if (r->path && r->fd >= 0)
		close(r->fd);
	if (r->beside)
		unlink(r->beside);
	free(r->beside);
	free(r->path);
	*r = (struct replacement){ .fd = -1 };
}

int io_replace_file(const char *path, struct str content, unsigned mode, struct err *e)
{
	struct replacement r;
	if (io_replace_begin(&r, path, mode, e) != 0)
		return -1;
	if (io_write_all(r.fd, content.p, content.n, path, e) == 0)
		return io_replace_commit(&r, e);
	io_replace_abandon(&r);
	return -1;
}
