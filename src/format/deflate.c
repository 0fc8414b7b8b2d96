#include "qonduit/deflate.h"

#include <stdlib.h>
#include <zlib.h>

#define STEP ((size_t)64 << 10)
#define WINDOW_BITS 15
#define MEMORY_LEVEL 8 /* zlib's default */

struct deflater {
	z_stream z;
	int (*put)(void *arg, struct str packed, struct err *e);
	void *arg;
	struct deflated sums;
	unsigned char room[STEP];
};

struct deflater *deflater_new(int (*put)(void *arg, struct str packed, struct err *e), void *arg)
{
	struct deflater *d = mem_alloc(sizeof *d);
	*d = (struct deflater){ .put = put, .arg = arg, .sums = { .crc = (uint32_t)crc32(0, NULL, 0) } };
	if (deflateInit2(&d->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		abort(); /* there is no memory */
	return d;
}

/* Until all is taken, and with a flush until all is given out. */
static int run(struct deflater *d, int flush, struct err *e)
{
	do {
		d->z.next_out = d->room;
		d->z.avail_out = STEP;
		deflate(&d->z, flush); /* which has no other end than Z_BUF_ERROR: nothing was left to do */
		size_t n = STEP - d->z.avail_out;
		d->sums.packed += n;
		if (n && d->put(d->arg, (struct str){ (const char *)d->room, n }, e))
			return -1;
	} while (d->z.avail_out == 0);
	return 0;
}

int deflater_add(struct deflater *d, struct str bytes, struct err *e)
{
	while (bytes.n) {
		struct str step = str_head(bytes, STEP);
		bytes = str_from(bytes, step.n);
		d->sums.crc = (uint32_t)crc32(d->sums.crc, (const unsigned char *)step.p, (uInt)step.n);
		d->sums.plain += step.n;
		d->z.next_in = (unsigned char *)(uintptr_t)step.p; /* zlib only reads it */
		d->z.avail_in = (uInt)step.n;
		if (run(d, Z_NO_FLUSH, e))
			return -1;
	}
	return 0;
}

int deflater_end(struct deflater *d, bool last, struct deflated *out, struct err *e)
{
	d->z.avail_in = 0;
	int status = run(d, last ? Z_FINISH : Z_SYNC_FLUSH, e);
	*out = d->sums;
	return status;
}

void deflater_free(struct deflater *d)
{
	if (d)
		deflateEnd(&d->z);
	free(d);
}

void deflated_join(struct deflated *to, const struct deflated *next)
{
	to->crc = (uint32_t)crc32_combine(to->crc, next->crc, (z_off_t)next->plain);
	to->plain += next->plain;
	to->packed += next->packed;
}

const char *deflate_library(void)
{
	return zlibVersion();
}
