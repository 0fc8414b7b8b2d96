#include "qonduit/zip_read.h"

#include <stdlib.h>
#include <unistd.h>

#include "archive.h"
#include "unit.h"

static void reads_stored_deflated_and_empty_parts(void)
{
	struct archive z = { 0 };
	archive_add(&z, "xl/", STR(""), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_add(&z, "xl/", STR(""), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_add(&z, "xl/a.xml", STR("<a/>"), ARCHIVE_DEFLATED, ARCHIVE_PLAIN);
	archive_add(&z, "xl/b.xml", STR("<bb/>"), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_add(&z, "none", STR(""), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_add(&z, "nothing", STR(""), ARCHIVE_DEFLATED, ARCHIVE_PLAIN);
	archive_finish(&z, STR(""));
	int fd;
	struct zip_reader *r = archive_reader(&z, &fd);
	CU_ASSERT_EQUAL(zip_reader_count(r), 6);
	ASSERT_STR(zip_reader_name(r, 2), "xl/a.xml");
	archive_reads_from(r, "xl/a.xml", "<a/>");
	archive_reads_from(r, "xl/b.xml", "<bb/>");
	archive_reads_from(r, "none", "");
	archive_reads_from(r, "nothing", "");
	archive_reads_from(r, "xl/a.xml", "<a/>");
	zip_reader_close(r);
	close(fd);
	archive_release(&z);
}

static void finds_names_in_any_ascii_case_and_with_either_slash(void)
{
	struct archive z = { 0 };
	archive_add(&z, "XL\\SharedStrings.xml", STR("<sst/>"), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_add(&z, "xl/\xc3\x9c.xml", STR("<u/>"), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_finish(&z, STR(""));
	int fd;
	struct zip_reader *r = archive_reader(&z, &fd);
	CU_ASSERT_EQUAL(zip_reader_find(r, STR("xl/sharedStrings.xml")), 0);
	ASSERT_STR(zip_reader_name(r, 0), "XL\\SharedStrings.xml");
	CU_ASSERT_EQUAL(zip_reader_find(r, STR("XL/\xc3\x9c.XML")), 1);
	CU_ASSERT_EQUAL(zip_reader_find(r, STR("xl/\xc3\xbc.xml")), -1);
	CU_ASSERT_EQUAL(zip_reader_find(r, STR("xl/sharedStrings.xm")), -1);
	CU_ASSERT_EQUAL(zip_reader_find(r, STR("/xl/sharedStrings.xml")), -1);
	zip_reader_close(r);
	close(fd);
	archive_release(&z);
}

static void reads_what_a_writer_left_for_later(void)
{
	struct archive z = { 0 };
	archive_add(&z, "a", STR("streamed"), ARCHIVE_DEFLATED, ARCHIVE_STREAMED);
	archive_add(&z, "b", STR("long"), ARCHIVE_DEFLATED, ARCHIVE_LONG);
	archive_finish(&z, STR(""));
	int fd;
	struct zip_reader *r = archive_reader(&z, &fd);
	archive_reads_from(r, "a", "streamed");
	archive_reads_from(r, "b", "long");
	zip_reader_close(r);
	close(fd);
	archive_release(&z);
}

static void an_odd_part_is_refused_when_it_is_opened(void)
{
	struct archive z = archive_of_two();
	archive_lie(&z, z.central[1] + ARCHIVE_METHOD, 12, 2);
	archive_reads(z, "a.xml", "<a/>");
	z = archive_of_two();
	archive_lie(&z, z.central[1] + ARCHIVE_METHOD, 12, 2);
	archive_refuses_part(z, "b.xml", "zip.method",
		"part \"b.xml\" is packed by method 12, expected 0 (stored) or 8 (deflated)");
	z = archive_of_two();
	archive_lie(&z, z.central[1] + ARCHIVE_FLAGS, 1, 2);
	archive_refuses_part(z, "b.xml", "zip.password", "part \"b.xml\" is protected by a password");
	z = archive_of_two();
	archive_lie(&z, z.local[1], 0, 4);
	archive_refuses_part(z, "b.xml", "zip.header",
		"part \"b.xml\" has no header at byte 44, where the directory says that it begins");
}

static void a_header_that_says_otherwise_is_refused(void)
{
	static const struct {
		size_t at;
		unsigned bytes;
		uint64_t lie;
		const char *message;
	} lies[] = {
		{ ARCHIVE_LOCAL_NAME, 1, 'c', "the header of part \"b.xml\" calls it \"c.xml\"" },
		{ ARCHIVE_LOCAL_METHOD, 2, 8, "the header of part \"b.xml\" says method 8, the directory 0" },
		{ ARCHIVE_LOCAL_FLAGS, 2, 1, "the header of part \"b.xml\" says encryption 1, the directory 0" },
		{ ARCHIVE_LOCAL_PACKED, 4, 4, "the header of part \"b.xml\" says packed length 4, the directory 5" },
		{ ARCHIVE_LOCAL_LENGTH, 4, UINT32_MAX, "the header of part \"b.xml\" says length 4294967295, the directory 5" },
		{ ARCHIVE_LOCAL_CRC, 4, 7, "the header of part \"b.xml\" says CRC 7, the directory 2884806554" },
	};
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		struct archive z = archive_of_two();
		archive_lie(&z, z.local[1] + lies[i].at, lies[i].lie, lies[i].bytes);
		archive_refuses_part(z, "b.xml", "zip.header", lies[i].message);
	}
}

static void a_claim_beyond_the_limit_is_refused_unread(void)
{
	struct archive z = archive_of_two();
	archive_lie(&z, z.central[0] + ARCHIVE_LENGTH, ARCHIVE_PART_BYTES + 1, 4);
	archive_refuses_part(z, "a.xml", "zip.too_long",
		"part \"a.xml\" is 8388609 bytes long, expected at most 8388608");
	z = archive_of_two();
	archive_lie(&z, z.central[0] + ARCHIVE_LENGTH, UINT32_MAX, 4);
	archive_refuses_part(z, "a.xml", "zip.too_long",
		"part \"a.xml\" is 4294967295 bytes long, expected at most 8388608");
	z = (struct archive){ 0 };
	archive_add(&z, "a", STR("text"), ARCHIVE_DEFLATED, ARCHIVE_LONG);
	archive_finish(&z, STR(""));
	archive_lie(&z, z.central[0] + ARCHIVE_NAME + 1 + 4, UINT64_MAX, 8);
	archive_refuses_part(z, "a", "zip.too_long",
		"part \"a\" is 18446744073709551615 bytes long, expected at most 8388608");
}

/* A part of which the directory, and its own header with it, say something else. */
static struct archive liar(struct str text, unsigned method, size_t field, uint64_t n)
{
	struct archive z = { 0 };
	archive_add(&z, "a", text, method, ARCHIVE_PLAIN);
	archive_finish(&z, STR(""));
	archive_lie(&z, z.central[0] + field, n, 4);
	archive_lie(&z, z.local[0] + field - (ARCHIVE_CRC - ARCHIVE_LOCAL_CRC), n, 4);
	return z;
}

static struct str long_text(void)
{
	size_t n = ((size_t)2 << 20) + 12345;
	char *p = mem_alloc(n);
	for (size_t i = 0; i < n; i++)
		p[i] = (char)(i * 2654435761u >> 13);
	return (struct str){ p, n };
}

static void more_or_less_than_said_is_refused(void)
{
	struct str text = long_text();
	archive_refuses_part(liar(STR("text"), ARCHIVE_DEFLATED, ARCHIVE_LENGTH, 0), "a", "zip.length",
		"part \"a\" has more than 4 bytes, expected 0 as the directory says");
	archive_refuses_part(liar(STR("text"), ARCHIVE_STORED, ARCHIVE_LENGTH, 3), "a", "zip.length",
		"part \"a\" has more than 4 bytes, expected 3 as the directory says");
	archive_refuses_part(liar(STR("text"), ARCHIVE_DEFLATED, ARCHIVE_LENGTH, 5), "a", "zip.length",
		"part \"a\" has 4 bytes, expected 5 as the directory says");
	archive_refuses_part(liar(STR("text"), ARCHIVE_DEFLATED, ARCHIVE_LENGTH, 2 << 20), "a", "zip.length",
		"part \"a\" has 4 bytes, expected 2097152 as the directory says");
	archive_refuses_part(liar(text, ARCHIVE_DEFLATED, ARCHIVE_LENGTH, text.n + 1), "a", "zip.length",
		"part \"a\" has 2109497 bytes, expected 2109498 as the directory says");
	free((char *)text.p);
}

static void damage_is_refused_with_its_kind(void)
{
	struct str text = long_text();
	struct archive z = liar(STR("text"), ARCHIVE_DEFLATED, ARCHIVE_CRC, 1);
	archive_refuses_part(z, "a", "zip.crc", "part \"a\" is damaged: its CRC is wrong");
	z = liar(text, ARCHIVE_DEFLATED, ARCHIVE_CRC, 1);
	archive_refuses_part(z, "a", "zip.crc", "part \"a\" is damaged: its CRC is wrong");
	z = liar(text, ARCHIVE_STORED, ARCHIVE_CRC, 1);
	z.file.p[z.data[0] + text.n / 2] ^= 1;
	archive_refuses_part(z, "a", "zip.crc", "part \"a\" is damaged: its CRC is wrong");
	z = liar(STR("text"), ARCHIVE_DEFLATED, ARCHIVE_CRC, 1);
	z.file.p[z.data[0]] = 7;
	archive_refuses_part(z, "a", "zip.data", "part \"a\" is damaged and cannot be unpacked: invalid block");
	free((char *)text.p);
}

static void packed_data_that_stop_are_refused(void)
{
	struct archive z = liar(STR("text that is not all there"), ARCHIVE_DEFLATED, ARCHIVE_PACKED, 15);
	archive_refuses_part(z, "a", "zip.length", "part \"a\" has 10 bytes, expected 26 as the directory says");
}

static void a_long_part_comes_whole_and_in_order(void)
{
	struct str text = long_text();
	for (unsigned method = ARCHIVE_STORED; method <= ARCHIVE_DEFLATED; method += ARCHIVE_DEFLATED) {
		struct archive z = { 0 };
		struct err e = { 0 };
		struct buf b = { 0 };
		int fd;
		archive_add(&z, "a", text, method, method ? ARCHIVE_STREAMED : ARCHIVE_PLAIN);
		archive_finish(&z, STR(""));
		struct zip_reader *r = archive_reader(&z, &fd);
		for (int again = 0; again < 2; again++) {
			CU_ASSERT_EQUAL(archive_read(r, "a", &b, &e), 0);
			CU_ASSERT(str_eq(buf_str(&b), text));
		}
		zip_reader_close(r);
		close(fd);
		buf_release(&b);
		archive_release(&z);
	}
	free((char *)text.p);
}

static void parts_are_read_side_by_side_and_left_early(void)
{
	struct str text = long_text(), one, other;
	struct err e = { 0 };
	struct archive z = { 0 };
	int fd;
	archive_add(&z, "a", text, ARCHIVE_DEFLATED, ARCHIVE_PLAIN);
	archive_add(&z, "b", STR("short"), ARCHIVE_DEFLATED, ARCHIVE_PLAIN);
	archive_finish(&z, STR(""));
	struct zip_reader *r = archive_reader(&z, &fd);
	lseek(fd, 3, SEEK_SET);
	for (int pieces = 0; pieces < 6; pieces++) {
		struct zip_part *first = zip_part_open(r, 0, &e), *second = zip_part_open(r, 0, &e);
		size_t at = 0;
		CU_ASSERT_EQUAL(zip_part_progress(first), 0);
		for (int i = 0; i < pieces; i++) {
			CU_ASSERT_EQUAL(zip_part_next(first, &one, &e), 0);
			CU_ASSERT_EQUAL(zip_part_next(second, &other, &e), 0);
			CU_ASSERT(str_eq(one, other) && str_eq(one, str_head(str_from(text, at), one.n)));
			archive_reads_from(r, "b", "short");
			at += one.n;
		}
		CU_ASSERT_EQUAL(zip_part_progress(first), at * 1000 / text.n);
		zip_part_close(first);
		zip_part_close(second);
	}
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_CUR), 3);
	zip_reader_close(r);
	close(fd);
	archive_release(&z);
	free((char *)text.p);
}

static void the_end_stays_the_end(void)
{
	struct archive z = archive_of_two();
	struct str piece;
	struct err e = { 0 };
	int fd;
	struct zip_reader *r = archive_reader(&z, &fd);
	struct zip_part *p = zip_part_open(r, 0, &e);
	CU_ASSERT_EQUAL(zip_part_next(p, &piece, &e), 0);
	ASSERT_STR(piece, "<a/>");
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(zip_part_next(p, &piece, &e), 0);
		ASSERT_STR(piece, "");
	}
	CU_ASSERT_EQUAL(zip_part_progress(p), 1000);
	zip_part_close(p);
	zip_part_close(NULL);
	zip_reader_close(r);
	zip_reader_close(NULL);
	close(fd);
	archive_release(&z);
}

UNIT_SUITE(zip_read, UNIT(reads_stored_deflated_and_empty_parts),
	UNIT(finds_names_in_any_ascii_case_and_with_either_slash), UNIT(reads_what_a_writer_left_for_later),
	UNIT(an_odd_part_is_refused_when_it_is_opened), UNIT(a_header_that_says_otherwise_is_refused),
	UNIT(a_claim_beyond_the_limit_is_refused_unread), UNIT(more_or_less_than_said_is_refused),
	UNIT(damage_is_refused_with_its_kind), UNIT(packed_data_that_stop_are_refused),
	UNIT(a_long_part_comes_whole_and_in_order), UNIT(parts_are_read_side_by_side_and_left_early),
	UNIT(the_end_stays_the_end))
