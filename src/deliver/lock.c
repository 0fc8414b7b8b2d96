#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger_parts.h"

static void read_holder(int fd, char holder[HOLDER_SIZE])
{
	ssize_t n = pread(fd, holder, HOLDER_SIZE - 1, 0);
	holder[n > 0 ? n : 0] = '\0';
	if (n <= 0)
		snprintf(holder, HOLDER_SIZE, "another process");
}

static void write_mark(int fd, const char *mark)
{
	/* For people only: where it cannot be written, the lock holds all the same. */
	ssize_t n = ftruncate(fd, 0) == 0 ? pwrite(fd, mark, strlen(mark), 0) : 0;
	(void)n;
}

int lock_file(const char *path, const char *mark, int *fd, char holder[HOLDER_SIZE], struct err *e)
{
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int rc = *fd < 0 ? -1 : flock(*fd, LOCK_EX | LOCK_NB) == 0 ? 1 : errno == EWOULDBLOCK ? 0 : -1;
	if (rc == 1) {
		write_mark(*fd, mark);
		return 1;
	}
	if (rc == 0) {
		read_holder(*fd, holder);
	} else {
		err_sys(e, ERR_DELIVERY, "ledger.lock", errno, "the lock cannot be taken");
		err_at_file(e, path);
	}
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return rc;
}

bool lock_held(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	bool held = flock(fd, LOCK_SH | LOCK_NB) != 0;
	close(fd);
	return held;
}

/* ---- in line ---- */

static void place_name(const char *path, const char *run, struct buf *out)
{
	buf_clear(out);
	buf_printf(out, "%s-%s", path, run);
}

/* Whether a living process stands there; a dead one's place is cleared. */
static bool is_taken(const char *place, char holder[HOLDER_SIZE])
{
	if (!lock_held(place)) {
		unlink(place);
		return false;
	}
	int fd = open(place, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	read_holder(fd, holder);
	if (fd >= 0)
		close(fd);
	return true;
}

static bool earlier_waits(const char *path, const char *run, char holder[HOLDER_SIZE])
{
	struct buf name = { 0 };
	const char *slash = strrchr(path, '/');
	bool found = false;
	buf_add(&name, slash ? (struct str){ path, (size_t)(slash - path) } : STR("."));
	DIR *dir = opendir(buf_text(&name));
	struct str head = str_of(slash ? slash + 1 : path);
	for (struct dirent *entry; dir && !found && (entry = readdir(dir));) {
		struct str file = str_of(entry->d_name);
		if (!str_starts(file, head) || file.n <= head.n || file.p[head.n] != '-' ||
			strcmp(file.p + head.n + 1, run) >= 0)
			continue;
		place_name(path, file.p + head.n + 1, &name);
		found = is_taken(buf_text(&name), holder);
	}
	if (dir)
		closedir(dir);
	buf_release(&name);
	return found;
}

/* Where it cannot be had, or was cleared before it was locked, only the turn is lost. */
static void stand_in_line(const char *path, const char *run, const char *mark, int *place)
{
	struct stat st;
	if (*place >= 0 && fstat(*place, &st) == 0 && st.st_nlink)
		return;
	char ignored[HOLDER_SIZE];
	struct err failed = { 0 };
	struct buf name = { 0 };
	if (*place >= 0)
		close(*place);
	place_name(path, run, &name);
	lock_file(buf_text(&name), mark, place, ignored, &failed);
	buf_release(&name);
}

int lock_in_turn(const char *path, const char *run, const char *mark, int *place, int *fd, char holder[HOLDER_SIZE],
	struct err *e)
{
	int rc = earlier_waits(path, run, holder) ? 0 : lock_file(path, mark, fd, holder, e);
	if (rc == 0)
		stand_in_line(path, run, mark, place);
	return rc;
}

void lock_leave(const char *path, const char *run, int place)
{
	struct buf name = { 0 };
	if (place < 0)
		return;
	place_name(path, run, &name);
	unlink(buf_text(&name));
	close(place);
	buf_release(&name);
}
