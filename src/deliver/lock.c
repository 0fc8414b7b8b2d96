#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
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
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	bool held = flock(fd, LOCK_SH | LOCK_NB) != 0;
	close(fd);
	return held;
}
