#include <stdlib.h>
#include <unistd.h>

#include "archive.h"
#include "unit.h"

static void reads_a_directory_with_long_numbers(void)
{
	struct archive z = { 0 };
	archive_add(&z, "a", STR("text"), ARCHIVE_DEFLATED, ARCHIVE_LONG);
	archive_finish64(&z, 1);
	archive_reads(z, "a", "text");
}

static void an_archive_may_be_empty(void)
{
	struct archive z = { 0 };
	int fd;
	archive_finish(&z, STR(""));
	struct zip_reader *r = archive_reader(&z, &fd);
	CU_ASSERT_EQUAL(zip_reader_count(r), 0);
	CU_ASSERT_EQUAL(zip_reader_find(r, STR("a")), -1);
	zip_reader_close(r);
	close(fd);
	archive_release(&z);
}

static void a_long_field_holds_only_what_is_all_ones(void)
{
	struct archive z = { 0 };
	archive_add(&z, "a", STR("text"), ARCHIVE_DEFLATED, ARCHIVE_LONG);
	archive_finish(&z, STR(""));
	archive_lie(&z, z.central[0] + ARCHIVE_LENGTH, 4, 4);
	archive_lie(&z, z.central[0] + ARCHIVE_NAME + 1 + 4, 4 + 5, 8); /* packed */
	archive_lie(&z, z.central[0] + ARCHIVE_NAME + 1 + 4 + 8, UINT64_MAX, 8);
	archive_reads(z, "a", "text");
}

static void a_comment_may_hold_anything_but_a_directory(void)
{
	struct archive z = { 0 };
	archive_add(&z, "a", STR("text"), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_finish(&z, STR("This is no PK\5\6 end record, though 22 bytes"));
	archive_reads(z, "a", "text");
	struct archive other = archive_of_two(), outer = { 0 };
	archive_add(&outer, "a", STR("text"), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_finish(&outer, buf_str(&other.file));
	archive_refuses(outer, "zip.two_directories", "the archive has two directories, expected one");
	archive_release(&other);
}

static void an_archive_in_the_archive_is_no_second_directory(void)
{
	struct archive inner = archive_of_two(), z = { 0 };
	archive_add(&z, "a", STR("text"), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_add(&z, "embedded.xlsx", buf_str(&inner.file), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_finish(&z, STR(""));
	archive_reads(z, "a", "text");
	archive_release(&inner);
}

/* Its offsets are right in the file as a whole. */
static void a_directory_among_the_data_is_refused(void)
{
	char header[ARCHIVE_LOCAL_NAME + sizeof "outer" - 1] = { 0 };
	struct archive inner = { 0 }, z = { 0 };
	buf_add(&inner.file, (struct str){ header, sizeof header });
	archive_add(&inner, "inner", STR("text"), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_finish(&inner, STR(""));
	archive_add(&z, "outer", str_from(buf_str(&inner.file), sizeof header), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_finish(&z, STR(""));
	archive_refuses(z, "zip.two_directories", "the archive has two directories, expected one");
	archive_release(&inner);
}

/* The same with other bytes before it. */
static void refuses_behind(struct str before, struct archive z, const char *message)
{
	struct buf b = { 0 };
	buf_add(&b, before);
	buf_add(&b, buf_str(&z.file));
	archive_refuses_bytes(buf_str(&b), "zip.prefix", message);
	buf_release(&b);
	archive_release(&z);
}

static void bytes_before_the_archive_must_be_counted(void)
{
	struct archive z = { 0 };
	buf_add(&z.file, STR("#!/bin/sh\n"));
	archive_add(&z, "a", STR("text"), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_finish(&z, STR(""));
	archive_reads(z, "a", "text");
	refuses_behind(STR("#!/bin/sh\n"), archive_of_two(),
		"found 10 bytes before the archive that its offsets do not count");
	z = (struct archive){ 0 };
	archive_add(&z, "a", STR("text"), ARCHIVE_STORED, ARCHIVE_LONG);
	archive_finish64(&z, 1);
	refuses_behind(STR("0123"), z, "found 4 bytes before the archive that its offsets do not count");
	z = (struct archive){ 0 };
	archive_add(&z, "a", STR("text"), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_finish(&z, STR(""));
	refuses_behind(buf_str(&z.file), archive_of_two(),
		"found 104 bytes before the archive that its offsets do not count");
	archive_release(&z);
}

static void what_is_cut_short_is_called_so(void)
{
	struct archive z = archive_of_two();
	for (size_t n = 4; n < z.file.n; n++)
		archive_refuses_bytes(str_head(buf_str(&z.file), n), "zip.cut",
			"the archive is cut short: its directory, which stands at the end, is missing");
	archive_refuses_bytes(STR("PK\3"), "zip.none", "found no ZIP archive, expected one");
	archive_refuses_bytes(STR(""), "zip.none", "found no ZIP archive, expected one");
	archive_refuses_bytes(STR("a,b,c\n1,2,3\n4,5,6\n7,8,9\n"), "zip.none", "found no ZIP archive, expected one");
	archive_release(&z);
}

static void bytes_behind_the_end_are_refused(void)
{
	struct archive z = archive_of_two();
	buf_add(&z.file, STR("\r\n"));
	archive_refuses(z, "zip.trailing", "found 2 bytes behind the end of the archive, expected none");
}

static void an_archive_of_several_disks_is_refused(void)
{
	struct archive z = archive_of_two();
	archive_lie(&z, z.end + ARCHIVE_DISK, 1, 2);
	archive_refuses(z, "zip.disks", "the archive is one of several disks, expected a whole one");
	z = archive_of_two();
	archive_lie(&z, z.end + ARCHIVE_COUNT_HERE, 1, 2);
	archive_refuses(z, "zip.disks", "the archive is one of several disks, expected a whole one");
}

static void a_count_is_judged_before_anything_is_read(void)
{
	struct archive z = { 0 };
	archive_add(&z, "a", STR(""), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_finish64(&z, 100000);
	archive_refuses(z, "zip.too_many", "the archive has 100000 parts, expected at most 6");
	z = (struct archive){ 0 };
	archive_add(&z, "a", STR(""), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_finish64(&z, UINT64_MAX);
	archive_refuses(z, "zip.too_many", "the archive has 18446744073709551615 parts, expected at most 6");
}

static void a_directory_that_does_not_add_up_is_refused(void)
{
	struct archive z = archive_of_two();
	archive_lie(&z, z.end + ARCHIVE_COUNT_HERE, 3, 2);
	archive_lie(&z, z.end + ARCHIVE_COUNT, 3, 2);
	archive_refuses(z, "zip.directory", "the directory of the archive is damaged: found 2 parts, expected 3");
	z = archive_of_two();
	archive_lie(&z, z.end + ARCHIVE_COUNT_HERE, 1, 2);
	archive_lie(&z, z.end + ARCHIVE_COUNT, 1, 2);
	archive_refuses(z, "zip.directory", "the directory of the archive is damaged: found 51 bytes behind its 1 parts");
	z = archive_of_two();
	archive_lie(&z, z.central[1] + ARCHIVE_EXTRA_SIZE, 1, 2);
	archive_refuses(z, "zip.directory", "the directory of the archive is damaged: found 1 parts, expected 2");
	z = archive_of_two();
	archive_lie(&z, z.end + ARCHIVE_BYTES, 50, 4);
	archive_refuses(z, "zip.directory", "the archive is damaged: expected its directory at byte 84, 50 bytes long, "
		"found none that ends where the end record begins, at byte 186");
	z = archive_of_two();
	archive_lie(&z, z.end + ARCHIVE_OFFSET, UINT32_MAX, 4);
	archive_refuses(z, "zip.directory", "the archive is damaged: expected its directory at byte 4294967295, 102 bytes "
		"long, found none that ends where the end record begins, at byte 186");
	z = (struct archive){ 0 };
	archive_add(&z, "a", STR(""), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_finish64(&z, 1);
	archive_lie(&z, z.end + ARCHIVE_COUNT, 2, 2);
	archive_refuses(z, "zip.directory", "the archive is damaged: its two end records do not agree");
	z = (struct archive){ 0 };
	for (int i = 0; i < 2; i++) {
		char *name = mem_alloc(60000);
		memset(name, 'a' + i, 60000);
		name[59999] = '\0';
		archive_add(&z, name, STR(""), ARCHIVE_STORED, ARCHIVE_PLAIN);
		free(name);
	}
	archive_finish(&z, STR(""));
	archive_refuses(z, "zip.directory",
		"the directory of the archive is 120090 bytes long, expected at most 71680 for 6 parts");
}

static void names_that_are_one_are_refused(void)
{
	struct archive z = { 0 };
	archive_add(&z, "xl/a.xml", STR("1"), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_add(&z, "b", STR("2"), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_add(&z, "XL\\A.xml", STR("3"), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_finish(&z, STR(""));
	archive_refuses(z, "zip.twice", "found parts \"xl/a.xml\" and \"XL\\A.xml\", whose names are one");
	z = (struct archive){ 0 };
	archive_add(&z, "a.xml", STR("1"), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_add(&z, "a.xml", STR("1"), ARCHIVE_STORED, ARCHIVE_PLAIN);
	archive_finish(&z, STR(""));
	archive_refuses(z, "zip.twice", "found part \"a.xml\" twice");
}

static void parts_may_not_share_bytes(void)
{
	struct archive z = archive_of_two();
	archive_lie(&z, z.central[1] + ARCHIVE_HEADER, 0, 4);
	archive_refuses(z, "zip.overlap", "the data of parts \"a.xml\" and \"b.xml\" overlap");
	z = archive_of_two();
	archive_lie(&z, z.central[0] + ARCHIVE_PACKED, 10, 4);
	archive_refuses(z, "zip.overlap", "the data of parts \"a.xml\" and \"b.xml\" overlap");
	z = archive_of_two(); /* the header of the second in an extra field of the first */
	archive_lie(&z, z.local[0] + ARCHIVE_LOCAL_EXTRA_SIZE, 10, 2);
	archive_refuses(z, "zip.overlap", "the data of parts \"a.xml\" and \"b.xml\" overlap");
	z = archive_of_two();
	archive_lie(&z, z.central[1] + ARCHIVE_PACKED, 6, 4);
	archive_refuses(z, "zip.overlap", "the data of part \"b.xml\" overlap with the directory, which begins at byte 84");
	z = archive_of_two();
	archive_lie(&z, z.central[1] + ARCHIVE_HEADER, UINT32_MAX, 4);
	archive_refuses(z, "zip.overlap", "the data of part \"b.xml\" overlap with the directory, which begins at byte 84");
	z = (struct archive){ 0 };
	archive_add(&z, "a", STR("text"), ARCHIVE_STORED, ARCHIVE_LONG);
	archive_finish(&z, STR(""));
	archive_lie(&z, z.central[0] + ARCHIVE_NAME + 1 + 4 + 8, UINT64_MAX, 8);
	archive_refuses(z, "zip.overlap", "the data of part \"a\" overlap with the directory, which begins at byte 55");
}

UNIT_SUITE(zip_directory, UNIT(reads_a_directory_with_long_numbers), UNIT(an_archive_may_be_empty),
	UNIT(a_long_field_holds_only_what_is_all_ones),
	UNIT(a_comment_may_hold_anything_but_a_directory), UNIT(an_archive_in_the_archive_is_no_second_directory),
	UNIT(a_directory_among_the_data_is_refused), UNIT(bytes_before_the_archive_must_be_counted),
	UNIT(what_is_cut_short_is_called_so), UNIT(bytes_behind_the_end_are_refused),
	UNIT(an_archive_of_several_disks_is_refused), UNIT(a_count_is_judged_before_anything_is_read),
	UNIT(a_directory_that_does_not_add_up_is_refused), UNIT(names_that_are_one_are_refused),
	UNIT(parts_may_not_share_bytes))
