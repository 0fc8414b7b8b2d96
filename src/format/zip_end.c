#include "zip_directory.h"

#include <errno.h>
#include <stdlib.h>

#include "qonduit/io.h"

#define COMMENT_MAX UINT16_MAX

ssize_t zip_bytes_read(const struct zip_bytes *f, uint64_t at, char *to, size_t n)
{
	uint64_t behind = at < f->size ? f->size - at : 0;
	return behind ? io_read_at(f->fd, to, n < behind ? n : (size_t)behind, (off_t)at) : 0;
}

int zip_bytes_get(const struct zip_bytes *f, uint64_t at, char *to, size_t n, struct err *e)
{
	ssize_t got = zip_bytes_read(f, at, to, n);
	if (got < 0)
		return err_sys(e, ERR_INPUT, "zip.read", errno, "the archive cannot be read");
	if ((size_t)got < n)
		return err_set(e, ERR_INPUT, "zip.read", "the archive became shorter while it was read");
	return 0;
}

static bool is_at(const struct zip_bytes *f, uint64_t at, uint32_t signature)
{
	char bytes[4];
	return at < f->size && zip_bytes_read(f, at, bytes, sizeof bytes) == sizeof bytes && zip_u32(bytes) == signature;
}

/* The record that the locator before the end record leads to, where it ends as it should: right before the locator. */
static bool read_record64(const struct zip_bytes *f, uint64_t at, uint64_t locator, char *record)
{
	if (at >= locator || locator - at < ZIP_END64_SIZE || !is_at(f, at, ZIP_END64) ||
		zip_bytes_read(f, at, record, ZIP_END64_SIZE) != ZIP_END64_SIZE)
		return false;
	return zip_u64(record + 4) == locator - at - 12;
}

/* Whether the short field says the same, or leaves it to the long one. */
static bool agree(uint64_t in_short, uint64_t ones, uint64_t in_long)
{
	return in_short == ones || in_short == in_long;
}

static void read_end64(const struct zip_bytes *f, const char *locator, struct zip_end *c)
{
	char record[ZIP_END64_SIZE];
	uint64_t at = c->at - ZIP_LOCATOR_SIZE, start = zip_u64(locator + 8);
	if (!read_record64(f, start, at, record)) {
		start = at - ZIP_END64_SIZE; /* where it is if the offsets do not count what stands before the archive */
		if (at < ZIP_END64_SIZE || !read_record64(f, start, at, record)) {
			c->broken = true;
			return;
		}
	}
	uint64_t count = zip_u64(record + 32), bytes = zip_u64(record + 40), offset = zip_u64(record + 48);
	c->broken = !agree(c->count, UINT16_MAX, count) || !agree(c->bytes, UINT32_MAX, bytes) ||
		!agree(c->offset, UINT32_MAX, offset);
	c->one_disk = zip_u32(record + 16) == 0 && zip_u32(record + 20) == 0 && zip_u64(record + 24) == count &&
		zip_u32(locator + 16) <= 1;
	c->start = start;
	c->count = count;
	c->bytes = bytes;
	c->offset = offset;
}

static void read_end(const struct zip_bytes *f, const char *p, uint64_t at, struct zip_end *c)
{
	char locator[ZIP_LOCATOR_SIZE];
	*c = (struct zip_end){ .at = at, .start = at, .count = zip_u16(p + 10), .bytes = zip_u32(p + 12),
		.offset = zip_u32(p + 16), .comment = zip_u16(p + 20) };
	c->one_disk = zip_u16(p + 4) == 0 && zip_u16(p + 6) == 0 && zip_u16(p + 8) == c->count;
	if (at >= ZIP_LOCATOR_SIZE && is_at(f, at - ZIP_LOCATOR_SIZE, ZIP_LOCATOR) &&
		zip_bytes_read(f, at - ZIP_LOCATOR_SIZE, locator, ZIP_LOCATOR_SIZE) == ZIP_LOCATOR_SIZE)
		read_end64(f, locator, c);
}

/* Whether the directory begins at `at`, as far as its first bytes say. */
static bool stands_at(const struct zip_bytes *f, const struct zip_end *c, uint64_t at)
{
	if (c->bytes > c->start || at > c->start - c->bytes)
		return false;
	return c->count ? is_at(f, at, ZIP_CENTRAL) : at == c->start;
}

static bool stands_as_said(const struct zip_bytes *f, const struct zip_end *c)
{
	return stands_at(f, c, c->offset);
}

/* Whether it stands right before its end, wherever it says that it does: there are readers that look there. */
static bool stands_before(const struct zip_bytes *f, const struct zip_end *c)
{
	return c->bytes <= c->start && stands_at(f, c, c->start - c->bytes);
}

static bool reaches_the_end(const struct zip_bytes *f, const struct zip_end *c)
{
	return c->at + ZIP_END_SIZE + c->comment == f->size;
}

/* The last bytes of the file, in which the end record must be. */
struct tail {
	char *p;
	size_t n;
	uint64_t at;
};

static bool next_end(const struct zip_bytes *f, const struct tail *t, size_t *i, struct zip_end *c)
{
	for (; *i + ZIP_END_SIZE <= t->n; (*i)++) {
		if (zip_u32(t->p + *i) == ZIP_END) {
			read_end(f, t->p + *i, t->at + *i, c);
			(*i)++;
			return true;
		}
	}
	return false;
}

/* The best one: it reaches the end of the file, and its directory is where it says. */
static bool choose_end(const struct zip_bytes *f, const struct tail *t, struct zip_end *best)
{
	int rank = -1;
	struct zip_end c;
	for (size_t i = 0; next_end(f, t, &i, &c);) {
		int its = 2 * reaches_the_end(f, &c) + stands_as_said(f, &c);
		if (its >= rank) {
			*best = c;
			rank = its;
		}
	}
	return rank >= 0;
}

/* Another end record that some reader could take for the end. One among the data is that of an archive in the archive,
 * unless its directory is where it says in this file too. */
static bool has_other_end(const struct zip_bytes *f, const struct tail *t, const struct zip_end *chosen)
{
	struct zip_end c;
	for (size_t i = 0; next_end(f, t, &i, &c);)
		if (c.at != chosen->at && (stands_as_said(f, &c) || (c.at >= chosen->offset && stands_before(f, &c))))
			return true;
	return false;
}

static int fail_cut(const struct zip_bytes *f, struct err *e)
{
	if (!is_at(f, 0, ZIP_LOCAL))
		return err_set(e, ERR_INPUT, "zip.none", "found no ZIP archive, expected one");
	return err_set(e, ERR_INPUT, "zip.cut",
		"the archive is cut short: its directory, which stands at the end, is missing");
}

static int judge_end(const struct zip_bytes *f, const struct zip_end *c, struct err *e)
{
	uint64_t end = c->at + ZIP_END_SIZE + c->comment;
	if (end != f->size && (end > f->size || !stands_as_said(f, c)))
		return fail_cut(f, e);
	if (end != f->size)
		return err_set(e, ERR_INPUT, "zip.trailing", "found %llu bytes behind the end of the archive, expected none",
			(unsigned long long)(f->size - end));
	if (!c->one_disk)
		return err_set(e, ERR_INPUT, "zip.disks", "the archive is one of several disks, expected a whole one");
	if (c->broken)
		return err_set(e, ERR_INPUT, "zip.directory", "the archive is damaged: its two end records do not agree");
	if (c->bytes <= c->start && c->offset == c->start - c->bytes && stands_as_said(f, c))
		return 0;
	if (stands_before(f, c) && c->offset < c->start - c->bytes)
		return err_set(e, ERR_INPUT, "zip.prefix", "found %llu bytes before the archive that its offsets do not count",
			(unsigned long long)(c->start - c->bytes - c->offset));
	return err_set(e, ERR_INPUT, "zip.directory", "the archive is damaged: expected its directory at byte %llu, %llu "
		"bytes long, found none that ends where the end record begins, at byte %llu", (unsigned long long)c->offset,
		(unsigned long long)c->bytes, (unsigned long long)c->start);
}

int zip_end_find(const struct zip_bytes *f, struct zip_end *out, struct err *e)
{
	struct tail t = { .n = f->size < ZIP_END_SIZE + COMMENT_MAX ? (size_t)f->size : ZIP_END_SIZE + COMMENT_MAX };
	t.at = f->size - t.n;
	t.p = mem_alloc(t.n + 1);
	int status = zip_bytes_get(f, t.at, t.p, t.n, e);
	if (status == 0 && !choose_end(f, &t, out))
		status = fail_cut(f, e);
	else if (status == 0)
		status = judge_end(f, out, e);
	if (status == 0 && has_other_end(f, &t, out))
		status = err_set(e, ERR_INPUT, "zip.two_directories", "the archive has two directories, expected one");
	free(t.p);
	return status;
}
