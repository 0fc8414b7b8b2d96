#include "archive.h"

#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"

const struct zip_limits archive_limits = { .part_bytes = ARCHIVE_PART_BYTES, .parts = 6 };

static void put(struct buf *b, uint64_t n, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		buf_addc(b, (char)(n >> 8 * i));
}

void archive_lie(struct archive *z, size_t at, uint64_t n, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		z->file.p[at + i] = (char)(n >> 8 * i);
}

static uint32_t crc(struct str s)
{
	uint32_t r = UINT32_MAX;
	for (size_t i = 0; i < s.n; i++) {
		r ^= (unsigned char)s.p[i];
		for (int bit = 0; bit < 8; bit++)
			r = r >> 1 ^ (r & 1 ? 0xedb88320 : 0);
	}
	return ~r;
}

/* A deflate stream of blocks that are not compressed. */
static void deflate(struct buf *to, struct str text)
{
	do {
		struct str block = str_head(text, UINT16_MAX);
		text = str_from(text, block.n);
		put(to, text.n == 0, 1);
		put(to, block.n, 2);
		put(to, ~block.n, 2);
		buf_add(to, block);
	} while (text.n);
}

struct sizes {
	uint32_t crc;
	size_t packed, length;
};

/* What both headers share. */
static void put_header(struct buf *b, const char *name, unsigned method, enum archive_how how, struct sizes sizes)
{
	put(b, 20, 2);
	put(b, how == ARCHIVE_STREAMED ? 8 : 0, 2);
	put(b, method, 2);
	put(b, 0, 4);
	put(b, sizes.crc, 4);
	put(b, how == ARCHIVE_LONG ? UINT32_MAX : sizes.packed, 4);
	put(b, how == ARCHIVE_LONG ? UINT32_MAX : sizes.length, 4);
	put(b, strlen(name), 2);
	put(b, how == ARCHIVE_LONG ? 20 : 0, 2);
}

static void put_name(struct buf *b, const char *name, enum archive_how how, struct sizes sizes)
{
	buf_add(b, str_of(name));
	if (how != ARCHIVE_LONG)
		return;
	put(b, 1, 2);
	put(b, 16, 2);
	put(b, sizes.length, 8);
	put(b, sizes.packed, 8);
}

static void add_packed(struct archive *z, const char *name, struct str packed, unsigned method, enum archive_how how,
	struct sizes sizes)
{
	unsigned i = z->parts++;
	z->local[i] = z->file.n;
	put(&z->file, 0x04034b50, 4);
	put_header(&z->file, name, method, how, how == ARCHIVE_STREAMED ? (struct sizes){ 0 } : sizes);
	put_name(&z->file, name, how, sizes);
	z->data[i] = z->file.n;
	buf_add(&z->file, packed);
	if (how == ARCHIVE_STREAMED) {
		put(&z->file, 0x08074b50, 4);
		put(&z->file, sizes.crc, 4);
		put(&z->file, sizes.packed, 4);
		put(&z->file, sizes.length, 4);
	}
	z->central[i] = z->directory.n;
	put(&z->directory, 0x02014b50, 4);
	put(&z->directory, 20, 2);
	put_header(&z->directory, name, method, how, sizes);
	put(&z->directory, 0, 6); /* comment, disk, attributes */
	put(&z->directory, 0, 4);
	put(&z->directory, z->local[i], 4);
	put_name(&z->directory, name, how, sizes);
}

void archive_add(struct archive *z, const char *name, struct str text, unsigned method, enum archive_how how)
{
	struct buf packed = { 0 };
	if (method == ARCHIVE_DEFLATED)
		deflate(&packed, text);
	else
		buf_add(&packed, text);
	add_packed(z, name, buf_str(&packed), method, how, (struct sizes){ crc(text), packed.n, text.n });
	buf_release(&packed);
}

static void put_directory(struct archive *z)
{
	size_t at = z->file.n;
	for (unsigned i = 0; i < z->parts; i++)
		z->central[i] += at;
	buf_add(&z->file, buf_str(&z->directory));
}

static void put_end(struct archive *z, uint64_t count, uint64_t bytes, uint64_t offset, struct str comment)
{
	z->end = z->file.n;
	put(&z->file, 0x06054b50, 4);
	put(&z->file, 0, 4);
	put(&z->file, count, 2);
	put(&z->file, count, 2);
	put(&z->file, bytes, 4);
	put(&z->file, offset, 4);
	put(&z->file, comment.n, 2);
	buf_add(&z->file, comment);
}

void archive_finish(struct archive *z, struct str comment)
{
	size_t offset = z->file.n;
	put_directory(z);
	put_end(z, z->parts, z->directory.n, offset, comment);
}

void archive_finish64(struct archive *z, uint64_t count)
{
	size_t offset = z->file.n;
	put_directory(z);
	size_t at = z->file.n;
	put(&z->file, 0x06064b50, 4);
	put(&z->file, 44, 8);
	put(&z->file, 45, 2);
	put(&z->file, 45, 2);
	put(&z->file, 0, 8);
	put(&z->file, count, 8);
	put(&z->file, count, 8);
	put(&z->file, z->directory.n, 8);
	put(&z->file, offset, 8);
	put(&z->file, 0x07064b50, 4);
	put(&z->file, 0, 4);
	put(&z->file, at, 8);
	put(&z->file, 1, 4);
	put_end(z, UINT16_MAX, UINT32_MAX, UINT32_MAX, STR(""));
}

struct archive archive_of_two(void)
{
	struct archive z = { 0 };
	archive_add(&z, "a.xml", STR("<a/>"), ARCHIVE_DEFLATED, ARCHIVE_PLAIN);
	archive_add(&z, "b.xml", STR("<bb/>"), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_finish(&z, STR(""));
	return z;
}

void archive_release(struct archive *z)
{
	buf_release(&z->file);
	buf_release(&z->directory);
}

int archive_file(struct str bytes)
{
	int fd = memfd_create("zip", 0);
	CU_ASSERT_EQUAL_FATAL(write(fd, bytes.p, bytes.n), (ssize_t)bytes.n);
	return fd;
}

struct zip_reader *archive_reader(const struct archive *z, int *fd)
{
	struct err e = { 0 };
	*fd = archive_file(buf_str(&z->file));
	struct zip_reader *r = zip_reader_open(*fd, &archive_limits, &e);
	ASSERT_STR(str_of(e.message), "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	return r;
}

void archive_refuses_bytes(struct str bytes, const char *code, const char *message)
{
	struct err e = { 0 };
	int fd = archive_file(bytes);
	CU_ASSERT_PTR_NULL(zip_reader_open(fd, &archive_limits, &e));
	CU_ASSERT_EQUAL(e.class, ERR_INPUT);
	ASSERT_STR(str_of(e.code), code);
	ASSERT_STR(str_of(e.message), message);
	close(fd);
}

void archive_refuses(struct archive z, const char *code, const char *message)
{
	archive_refuses_bytes(buf_str(&z.file), code, message);
	archive_release(&z);
}

int archive_read(struct zip_reader *r, const char *name, struct buf *to, struct err *e)
{
	struct str piece = { 0 };
	int part = zip_reader_find(r, str_of(name)), status = -1;
	CU_ASSERT_NOT_EQUAL_FATAL(part, -1);
	struct zip_part *p = zip_part_open(r, (size_t)part, e);
	buf_clear(to);
	while (p && (status = zip_part_next(p, &piece, e)) == 0 && piece.n)
		buf_add(to, piece);
	if (p && status) { /* and does not go on */
		struct err again = { 0 };
		CU_ASSERT_EQUAL(zip_part_next(p, &piece, &again), -1);
		ASSERT_STR(str_of(again.message), e->message);
	}
	zip_part_close(p);
	return status;
}

void archive_reads_from(struct zip_reader *r, const char *name, const char *text)
{
	struct err e = { 0 };
	struct buf b = { 0 };
	CU_ASSERT_EQUAL(archive_read(r, name, &b, &e), 0);
	ASSERT_STR(str_of(e.message), "");
	ASSERT_STR(buf_str(&b), text);
	buf_release(&b);
}

void archive_reads(struct archive z, const char *name, const char *text)
{
	int fd;
	struct zip_reader *r = archive_reader(&z, &fd);
	archive_reads_from(r, name, text);
	zip_reader_close(r);
	close(fd);
	archive_release(&z);
}

void archive_refuses_part(struct archive z, const char *name, const char *code, const char *message)
{
	int fd;
	struct err e = { 0 };
	struct buf b = { 0 };
	struct zip_reader *r = archive_reader(&z, &fd);
	CU_ASSERT_EQUAL(archive_read(r, name, &b, &e), -1);
	CU_ASSERT_EQUAL(b.n % ARCHIVE_PIECE, 0); /* nothing is given out of the piece that is wrong */
	CU_ASSERT_EQUAL(e.class, ERR_INPUT);
	ASSERT_STR(str_of(e.code), code);
	ASSERT_STR(str_of(e.message), message);
	zip_reader_close(r);
	close(fd);
	buf_release(&b);
	archive_release(&z);
}
