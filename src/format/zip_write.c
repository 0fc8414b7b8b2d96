#include "qonduit/zip_write.h"

#include <endian.h>

#include "qonduit/io.h"

#define VERSION_DEFLATE 20
#define VERSION_ZIP64 45
#define METHOD_DEFLATE 8
#define FIRST_DAY 0x21 /* 1980-01-01 */
#define NAMES_UTF8 0x800

static void put(struct buf *to, uint64_t n, unsigned bytes)
{
	uint64_t le = htole64(n);
	buf_add(to, (struct str){ (const char *)&le, bytes });
}

static void put_short(struct buf *to, uint64_t n)
{
	put(to, n < UINT32_MAX ? n : UINT32_MAX, 4);
}

/* What a local header and one in the directory share, behind their signatures. */
static void put_common(struct buf *to, struct str name, const struct deflated *sums, bool large, unsigned extra)
{
	put(to, large ? VERSION_ZIP64 : VERSION_DEFLATE, 2);
	put(to, NAMES_UTF8, 2);
	put(to, METHOD_DEFLATE, 2);
	put(to, 0, 2);
	put(to, FIRST_DAY, 2);
	put(to, sums->crc, 4);
	put(to, large ? UINT32_MAX : sums->packed, 4);
	put(to, large ? UINT32_MAX : sums->plain, 4);
	put(to, name.n, 2);
	put(to, extra, 2);
}

static int put_out(struct zip_writer *w, struct buf *header, struct err *e)
{
	int status = zip_writer_data(w, buf_str(header), e);
	buf_release(header);
	return status;
}

int zip_writer_part(struct zip_writer *w, struct str name, const struct deflated *sums, struct err *e)
{
	bool large = sums->packed >= UINT32_MAX || sums->plain >= UINT32_MAX, far = w->at >= UINT32_MAX;
	struct buf local = { 0 }, *d = &w->directory;

	put(&local, 0x04034b50, 4);
	put_common(&local, name, sums, large, large ? 20 : 0);
	buf_add(&local, name);
	put(d, 0x02014b50, 4);
	put(d, VERSION_ZIP64, 2); /* made by */
	put_common(d, name, sums, large, large || far ? 4 + 16 * large + 8 * far : 0);
	put(d, 0, 2); /* no comment, the first disk, no attributes */
	put(d, 0, 2);
	put(d, 0, 2);
	put(d, 0, 4);
	put_short(d, w->at);
	buf_add(d, name);
	if (large || far) {
		put(d, 1, 2);
		put(d, 16 * large + 8 * far, 2);
	}
	if (large) {
		put(&local, 1, 2);
		put(&local, 16, 2);
		put(&local, sums->plain, 8);
		put(&local, sums->packed, 8);
		put(d, sums->plain, 8);
		put(d, sums->packed, 8);
	}
	if (far)
		put(d, w->at, 8);
	w->parts++;
	return put_out(w, &local, e);
}

int zip_writer_data(struct zip_writer *w, struct str packed, struct err *e)
{
	w->at += packed.n;
	return io_write_all(w->fd, packed.p, packed.n, w->name, e);
}

static void put_zip64_end(struct buf *to, const struct zip_writer *w)
{
	put(to, 0x06064b50, 4);
	put(to, 44, 8); /* bytes that follow */
	put(to, VERSION_ZIP64, 2);
	put(to, VERSION_ZIP64, 2);
	put(to, 0, 8); /* one disk */
	put(to, w->parts, 8);
	put(to, w->parts, 8);
	put(to, w->directory.n, 8);
	put(to, w->at, 8);
	put(to, 0x07064b50, 4);
	put(to, 0, 4);
	put(to, w->at + w->directory.n, 8);
	put(to, 1, 4);
}

int zip_writer_end(struct zip_writer *w, struct err *e)
{
	struct buf end = { 0 };
	uint64_t from = w->at, parts = w->parts < UINT16_MAX ? w->parts : UINT16_MAX;

	if (w->at >= UINT32_MAX || w->parts >= UINT16_MAX)
		put_zip64_end(&end, w);
	put(&end, 0x06054b50, 4);
	put(&end, 0, 4); /* one disk */
	put(&end, parts, 2);
	put(&end, parts, 2);
	put_short(&end, w->directory.n);
	put_short(&end, from);
	put(&end, 0, 2);
	if (zip_writer_data(w, buf_str(&w->directory), e) == 0)
		return put_out(w, &end, e);
	buf_release(&end);
	return -1;
}

void zip_writer_release(struct zip_writer *w)
{
	buf_release(&w->directory);
}
