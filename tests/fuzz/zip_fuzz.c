/* Any bytes as an archive: every part of it is read, or refused with a reason. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/zip_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void read_part(struct zip_reader *z, size_t part)
{
	struct err e = { 0 };
	struct str piece = { 0 };
	struct zip_part *p = zip_part_open(z, part, &e);
	int result = p ? 0 : -1;
	while (result == 0) {
		result = zip_part_next(p, &piece, &e);
		if (piece.n == 0)
			break;
	}
	if ((result != 0) != (e.class != ERR_NONE))
		abort();
	zip_part_close(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const struct zip_limits limits = { .part_bytes = 1 << 20, .parts = 50 };
	struct err e = { 0 };
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || io_write_all(fd, bytes, n, "fuzz", &e) != 0)
		abort();
	struct zip_reader *z = zip_reader_open(fd, &limits, &e);
	if (!z != (e.class != ERR_NONE))
		abort();
	for (size_t i = 0; z && i < zip_reader_count(z); i++)
		read_part(z, i);
	zip_reader_close(z);
	close(fd);
	return 0;
}
