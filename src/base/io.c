#include "io_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_STEP ((size_t)64 << 10)
#define FILE_BUFFER ((size_t)256 << 10)
#define LOOK_MS 100 /* between two looks at whether to stop */

int io_fail(struct err *e, const char *code, int errnum, const char *name, const char *what)
{
	err_sys(e, ERR_INPUT, code, errnum, "%s", what);
	err_at_file(e, name);
	return -1;
}

int io_fail_plain(struct err *e, const char *code, const char *name, const char *what)
{
	err_set(e, ERR_INPUT, code, "%s", what);
	err_at_file(e, name);
	return -1;
}

char *io_without_slashes(const char *path)
{
	char *copy = mem_copy(path);
	for (size_t n = strlen(copy); n > 1 && copy[n - 1] == '/'; n--)
		copy[n - 1] = '\0';
	return copy;
}

char *io_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return mem_copy(".");
	char *parent = mem_copy(path);
	parent[slash == path ? 1 : slash - path] = '\0';
	return parent;
}

char *io_name_beside(const char *path)
{
	char *parent = io_parent(path), *beside = NULL;
	unsigned number = 0;
	if (getrandom(&number, sizeof number, 0) != sizeof number)
		number = (unsigned)getpid();
	if (asprintf(&beside, "%s/.%.200s.%08x", parent, io_basename(path), number) < 0)
		beside = NULL;
	free(parent);
	return beside ? beside : mem_copy("");
}

static int sync_folder(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool synced = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL); /* EINVAL: a file system that cannot sync a folder */
	int errnum = errno;
	if (fd >= 0)
		close(fd);
	return synced ? 0 : io_fail(e, "io.sync", errnum, path, "cannot be synced to disk");
}

int io_sync_parent(const char *path, struct err *e)
{
	char *parent = io_parent(path);
	int status = sync_folder(parent, e);
	free(parent);
	return status;
}

bool io_is_dots(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

static int create_at(int dirfd, const char *name, mode_t mode)
{
	return openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

static int remove_at(int dirfd, const char *name)
{
	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	int status = 0;
	for (struct dirent *entry; status == 0 && (entry = readdir(dir));) {
		if (!io_is_dots(entry->d_name))
			status = remove_at(fd, entry->d_name);
	}
	int errnum = errno;
	closedir(dir);
	errno = errnum;
	return status == 0 ? unlinkat(dirfd, name, AT_REMOVEDIR) : -1;
}

/* Only a head start: where the file system lacks it, the sync does the whole work. */
static void start_writeback(int fd)
{
	sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

static int flush(struct file *f, struct err *e)
{
	if (f->pending.n == 0)
		return 0;
	if (f->sum)
		digest_add(f->sum, f->pending.p, f->pending.n);
	int status = io_write_all(f->fd, f->pending.p, f->pending.n, f->name, e);
	buf_clear(&f->pending);
	return status;
}

int io_read_file(const char *path, size_t max, struct arena *arena, struct str *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return io_fail(e, "io.open", errno, path, "cannot be opened");
	struct stat st;
	struct buf content = { 0 };
	size_t step = READ_STEP;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		step = (size_t)st.st_size + 1; /* one more, to meet the end */
	int status = 0;
	for (;;) {
		size_t want = step <= max - content.n ? step : max - content.n + 1;
		buf_room(&content, want);
		ssize_t n = io_read(fd, content.p + content.n, want, NULL);
		if (n < 0)
			status = io_fail(e, "io.read", errno, path, "cannot be read");
		if (n <= 0)
			break;
		content.n += (size_t)n;
		step = READ_STEP;
		if (content.n > max) {
			err_set(e, ERR_INPUT, "io.too_large", "is larger than the %zu bytes that are read here at most", max);
			err_at_file(e, path);
			status = -1;
			break;
		}
	}
	close(fd);
	if (status == 0)
		*out = arena_copy(arena, buf_str(&content));
	buf_release(&content);
	return status;
}

const char *io_basename(const char *path)
{
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	while (n > 1 && path[n - 2] != '/')
		n--;
	return n ? path + n - 1 : path;
}

int io_make_folders(const char *path, unsigned mode, struct err *e)
{
	char *copy = mem_copy(path);
	int status = 0;
	for (char *at = copy; status == 0 && *at;) {
		char *end = at + strspn(at, "/");
		end += strcspn(end, "/");
		char after = *end;
		*end = '\0';
		if (mkdir(copy, mode) != 0 && errno != EEXIST && errno != EISDIR)
			status = io_fail(e, "io.create", errno, copy, "cannot be made");
		*end = after;
		at = end;
	}
	free(copy);
	struct stat st;
	if (status == 0 && stat(path, &st) != 0)
		return io_fail(e, "io.create", errno, path, "cannot be made");
	if (status == 0 && !S_ISDIR(st.st_mode))
		return io_fail_plain(e, "io.create", path, "stands where a folder is needed");
	return status;
}

int io_remove_tree(const char *path, struct err *e)
{
	char *name = io_without_slashes(path);
	int status = remove_at(AT_FDCWD, name) == 0 ? 0 : io_fail(e, "io.remove", errno, path, "cannot be removed");
	free(name);
	return status;
}

int io_unnamed_file(struct err *e)
{
	const char *chosen = getenv("TMPDIR"), *folder = chosen && *chosen ? chosen : "/tmp";
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char *name = NULL;
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR) && asprintf(&name, "%s/qonduit-XXXXXX", folder) > 0) {
		fd = mkostemp(name, O_CLOEXEC);
		if (fd >= 0)
			unlink(name);
		free(name);
	}
	return fd >= 0 ? fd : io_fail(e, "io.unnamed", errno, folder, "cannot hold a temporary file");
}

/* Waits no longer than a signal that came right before may go unseen. */
static bool is_ready(int fd)
{
	int ready = poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, LOOK_MS);
	return ready > 0 || (ready < 0 && errno != EINTR);
}

ssize_t io_read(int fd, void *to, size_t n, const volatile sig_atomic_t *stop)
{
	while (!stop || !__atomic_load_n(stop, __ATOMIC_RELAXED)) {
		if (stop && !is_ready(fd))
			continue;
		ssize_t got = read(fd, to, n);
		if (got >= 0 || errno != EINTR)
			return got;
	}
	errno = EINTR;
	return -1;
}

ssize_t io_read_at(int fd, void *to, size_t n, off_t at)
{
	size_t done = 0;
	while (done < n) {
		ssize_t got = pread(fd, (char *)to + done, n - done, at + (off_t)done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

int io_write_all(int fd, const void *bytes, size_t n, const char *name, struct err *e)
{
	const char *p = bytes;
	while (n) {
		ssize_t done = write(fd, p, n);
		if (done < 0 && errno == EAGAIN) /* standard output may be a pipe that somebody made non-blocking */
			poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
		else if (done < 0 && errno != EINTR)
			return io_fail(e, "io.write", errno, name, "cannot be written");
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	return 0;
}

int io_write_file(int dirfd, const char *name, struct str content, struct err *e)
{
	int fd = create_at(dirfd, name, 0644);
	if (fd < 0)
		return io_fail(e, "io.create", errno, name, "cannot be created");
	int status = io_write_all(fd, content.p, content.n, name, e);
	start_writeback(fd);
	if (close(fd) != 0 && status == 0)
		status = io_fail(e, "io.write", errno, name, "cannot be written");
	return status;
}

int file_create(struct file *f, int dirfd, const char *name, struct err *e)
{
	*f = (struct file){ .fd = create_at(dirfd, name, 0644) };
	if (f->fd < 0)
		return io_fail(e, "io.create", errno, name, "cannot be created");
	f->name = mem_copy(name);
	f->sum = digest_new();
	buf_init(&f->pending, FILE_BUFFER);
	buf_room(&f->pending, FILE_BUFFER);
	return 0;
}

void file_unsummed(struct file *f)
{
	digest_free(f->sum);
	f->sum = NULL;
}

int file_write(struct file *f, struct str bytes, struct err *e)
{
	f->bytes += bytes.n;
	while (bytes.n) {
		struct str part = str_head(bytes, FILE_BUFFER - f->pending.n);
		buf_add(&f->pending, part);
		bytes = str_from(bytes, part.n);
		if (f->pending.n == FILE_BUFFER && flush(f, e) != 0)
			return -1;
	}
	return 0;
}

int file_close(struct file *f, char hex[DIGEST_HEX], uint64_t *bytes, struct err *e)
{
	int status = flush(f, e);
	start_writeback(f->fd);
	if (close(f->fd) != 0 && status == 0)
		status = io_fail(e, "io.write", errno, f->name, "cannot be written");
	f->fd = -1;
	if (status == 0 && hex) {
		digest_end_hex(f->sum, hex);
		f->sum = NULL;
	}
	if (status == 0 && bytes)
		*bytes = f->bytes;
	file_abandon(f);
	return status;
}

void file_abandon(struct file *f)
{
	if (f->name && f->fd >= 0)
		close(f->fd);
	free(f->name);
	digest_free(f->sum);
	buf_release(&f->pending);
	*f = (struct file){ .fd = -1 };
}
