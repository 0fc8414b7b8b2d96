#include "unit.h"

#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/zip_read.h"
#include "qonduit/zip_write.h"

static int to_buf(void *arg, struct str packed, struct err *e)
{
	buf_add(arg, packed);
	return 0;
}

static struct deflated packed(struct str text, bool last, struct buf *to)
{
	struct err e = { 0 };
	struct deflated sums;
	struct deflater *d = deflater_new(to_buf, to);
	CU_ASSERT_EQUAL(deflater_add(d, text, &e), 0);
	CU_ASSERT_EQUAL(deflater_end(d, last, &sums, &e), 0);
	deflater_free(d);
	return sums;
}

static void add(struct zip_writer *w, const char *name, struct buf *data, const struct deflated *sums)
{
	struct err e = { 0 };
	CU_ASSERT_EQUAL(zip_writer_part(w, str_of(name), sums, &e), 0);
	CU_ASSERT_EQUAL(zip_writer_data(w, buf_str(data), &e), 0);
	buf_release(data);
}

/* The text of the part, as zip_read has it, which proves its length and its CRC. */
static void holds(struct zip_reader *z, const char *name, struct str expected)
{
	struct err e = { 0 };
	struct buf found = { 0 };
	struct str piece;
	int part = zip_reader_find(z, str_of(name));
	CU_ASSERT_TRUE_FATAL(part >= 0);
	struct zip_part *p = zip_part_open(z, (size_t)part, &e);
	while (p && zip_part_next(p, &piece, &e) == 0 && piece.n)
		buf_add(&found, piece);
	CU_ASSERT_EQUAL(e.class, ERR_NONE);
	CU_ASSERT_TRUE(str_eq(buf_str(&found), expected));
	zip_part_close(p);
	buf_release(&found);
}

static void segments_made_apart_are_one_part(void)
{
	const struct zip_limits limits = { .part_bytes = 1 << 30, .parts = 10 };
	struct buf whole = { 0 }, text = { 0 }, data = { 0 };
	struct err e = { 0 };
	struct zip_writer w = { .fd = io_unnamed_file(&e), .name = "test.zip" };
	struct deflated sums = { 0 };
	for (int i = 0; i < 40000; i++)
		buf_printf(&whole, "<row r=\"%d\"/>", i);
	for (size_t from = 0, step = 1; from < whole.n; from += step, step *= 7) { /* also longer than zlib's window */
		bool last = from + step >= whole.n;
		struct deflated next = packed(str_head(str_from(buf_str(&whole), from), step), last, &data);
		if (from == 0)
			sums = next;
		else
			deflated_join(&sums, &next);
	}
	CU_ASSERT_TRUE(sums.plain == whole.n && sums.packed == data.n);
	add(&w, "rows.xml", &data, &sums);
	sums = packed((struct str){ 0 }, true, &data);
	add(&w, "empty", &data, &sums);
	buf_add(&text, STR("naïve"));
	sums = packed(buf_str(&text), true, &data);
	add(&w, "häß/text", &data, &sums);
	CU_ASSERT_EQUAL(zip_writer_end(&w, &e), 0);
	struct zip_reader *z = zip_reader_open(w.fd, &limits, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(z);
	CU_ASSERT_EQUAL(zip_reader_count(z), 3);
	holds(z, "rows.xml", buf_str(&whole));
	holds(z, "empty", (struct str){ 0 });
	holds(z, "häß/text", STR("naïve"));
	zip_reader_close(z);
	zip_writer_release(&w);
	close(w.fd);
	buf_release(&whole);
	buf_release(&text);
}

/* Headers of a part and an archive that are longer than 4 GiB; nothing of that length is written. */
static void long_parts_and_archives_are_zip64(void)
{
	struct err e = { 0 };
	struct zip_writer w = { .fd = io_unnamed_file(&e), .name = "test.zip" };
	struct deflated sums = { .crc = 1, .plain = UINT64_C(5) << 32, .packed = 7 };
	char bytes[512];
	CU_ASSERT_EQUAL(zip_writer_part(&w, STR("long"), &sums, &e), 0);
	CU_ASSERT_EQUAL(zip_writer_data(&w, STR("1234567"), &e), 0);
	uint64_t before = w.at;
	w.at += UINT64_C(1) << 32; /* as if so much stood there */
	sums.plain = 9;
	CU_ASSERT_EQUAL(zip_writer_part(&w, STR("far"), &sums, &e), 0);
	CU_ASSERT_EQUAL(zip_writer_end(&w, &e), 0);
	ssize_t n = pread(w.fd, bytes, sizeof bytes, 0);
	struct str all = { bytes, n > 0 ? (size_t)n : 0 };
	CU_ASSERT_TRUE(before == 30 + 4 + 20 + 7 && str_starts(all, STR("PK\3\4\55\0")));
	CU_ASSERT_TRUE(str_find(all, STR("long\1\0\20\0\0\0\0\0\5\0\0\0\7\0\0\0\0\0\0\0" "1234567")) == 30);
	CU_ASSERT_TRUE(str_find(all, STR("far\1\0\10\0\75\0\0\0\1\0\0\0")) > 0);
	CU_ASSERT_TRUE(str_find(all, STR("PK\6\6\54\0\0\0\0\0\0\0")) > 0);
	CU_ASSERT_TRUE(str_find(all, STR("PK\6\7\0\0\0\0")) > 0);
	CU_ASSERT_TRUE(str_find(all, STR("PK\5\6\0\0\0\0\2\0\2\0")) > 0);
	zip_writer_release(&w);
	close(w.fd);
}

UNIT_SUITE(zip_write, UNIT(segments_made_apart_are_one_part), UNIT(long_parts_and_archives_are_zip64))
