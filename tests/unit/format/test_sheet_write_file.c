/* The sheets of a book and what stands beside their cells; the file that becomes of them. */
#include "qonduit/sheet_write.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "book_bench.h"
#include "qonduit/io.h"
#include "unit.h"

static void sheets_take_rows_in_turns_and_cells_in_any_order(void)
{
	const char *path = bench_path();
	struct book *b = bench_begin(path);
	struct sheet *one = bench_sheet(b, "One"), *two = bench_sheet(b, "Two");
	for (uint32_t i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(sheet_put_text(one, i, 2, STR("c"), 0, &bench_error), 0);
		CU_ASSERT_EQUAL(sheet_put_number(two, 5 * i, 0, decimal_of(i), 0, &bench_error), 0);
		CU_ASSERT_EQUAL(sheet_put_text(one, i, 0, STR("old"), 0, &bench_error), 0);
		CU_ASSERT_EQUAL(sheet_put_boolean(one, i, 0, i == 1, 0, &bench_error), 0);
	}
	bench_end(b);
	ASSERT_CELL(path, 1, 0, CELL_BOOLEAN, "true");
	ASSERT_CELL(path, 2, 0, CELL_BOOLEAN, "false");
	ASSERT_CELL(path, 2, 2, CELL_TEXT, "c");
	ASSERT_STR(cell_str(bench_cell(path, 1, 10, 0)), "2");
	bench_finish();
}

static void what_a_sheet_cannot_hold_is_refused_with_its_place(void)
{
	struct book *b = bench_begin(bench_path());
	struct sheet *s = bench_sheet(b, "Rows");
	CU_ASSERT_EQUAL(sheet_put_text(s, SHEET_ROWS_MAX - 1, SHEET_COLUMNS_MAX - 1, STR("last"), 0, &bench_error), 0);
	CU_ASSERT_EQUAL(sheet_put_text(s, SHEET_ROWS_MAX, 0, STR("x"), 0, &bench_error), -1);
	CU_ASSERT_TRUE(bench_error.class == ERR_INPUT && bench_error.row == SHEET_ROWS_MAX + 1);
	err_clear(&bench_error);
	CU_ASSERT_EQUAL(sheet_put_number(s, SHEET_ROWS_MAX - 1, 65536, decimal_of(1), 0, &bench_error), -1);
	CU_ASSERT_EQUAL(bench_error.class, ERR_INPUT);
	err_clear(&bench_error);
	CU_ASSERT_EQUAL(sheet_put_text(s, 7, 0, STR("x"), 0, &bench_error), -1);
	CU_ASSERT_EQUAL(bench_error.class, ERR_INTERNAL);
	book_abandon(b);
	bench_finish();
}

static void equal_looks_are_one(void)
{
	char format[] = "0.0";
	const char *path = bench_path();
	struct book *b = bench_begin(path);
	struct sheet *s = bench_sheet(b, "Looks");
	CU_ASSERT_EQUAL(book_look(b, &(struct book_look){ 0 }), 0);
	int one = book_look(b, &(struct book_look){ .number_format = format, .bold = true, .fill = 0xFFC7CE });
	format[0] = '#';
	CU_ASSERT_EQUAL(book_look(b, &(struct book_look){ .number_format = "0.0", .bold = true, .fill = 0xFFC7CE }), one);
	CU_ASSERT_NOT_EQUAL(book_look(b, &(struct book_look){ .number_format = "0.0", .bold = true }), one);
	int link = book_look(b, &(struct book_look){ .link = true });
	char longest[SHEET_FORMAT_MAX + 2];
	memset(longest, '0', sizeof longest);
	longest[SHEET_FORMAT_MAX + 1] = '\0';
	CU_ASSERT_EQUAL(book_look(b, &(struct book_look){ .number_format = longest }), 0);
	CU_ASSERT_EQUAL(book_look(b, &(struct book_look){ .number_format = "0\n" }), 0);
	longest[SHEET_FORMAT_MAX] = '\0';
	CU_ASSERT_NOT_EQUAL(book_look(b, &(struct book_look){ .number_format = longest }), 0);
	CU_ASSERT_EQUAL(sheet_put_number(s, 0, 0, decimal_of(1), one, &bench_error), 0);
	CU_ASSERT_EQUAL(sheet_put_text(s, 0, 1, STR("x"), link, &bench_error), 0);
	bench_end(b);
	struct str styles = bench_part(path, "xl/styles.xml");
	CU_ASSERT_TRUE(bench_holds(styles, "<cellXfs count=\"3\">"));
	CU_ASSERT_TRUE(bench_holds(styles, "formatCode=\"0.0\""));
	CU_ASSERT_TRUE(bench_holds(styles, "FFFFC7CE"));
	CU_ASSERT_TRUE(bench_holds(styles, "<b/>") && bench_holds(styles, "<u/>"));
	bench_finish();
}

static void widths_filters_and_panes_may_come_last(void)
{
	const char *path = bench_path();
	struct book *b = bench_begin(path);
	struct sheet *s = bench_sheet(b, "Q1");
	for (uint32_t i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(sheet_put_text(s, i, 0, STR("x"), 0, &bench_error), 0);
	CU_ASSERT_EQUAL(sheet_filter(s, 0, 8, 2, &bench_error), 0);
	CU_ASSERT_EQUAL(sheet_freeze(s, 1, &bench_error), 0);
	CU_ASSERT_EQUAL(sheet_width(s, 0, 30, &bench_error), 0);
	CU_ASSERT_EQUAL(sheet_width(s, 200, 1000, &bench_error), 0);
	CU_ASSERT_EQUAL(sheet_put_text(s, 10, 0, STR("total"), 0, &bench_error), 0);
	CU_ASSERT_EQUAL(sheet_filter(s, 0, SHEET_ROWS_MAX, 2, &bench_error), -1);
	err_clear(&bench_error);
	bench_end(b);
	struct str xml = bench_part(path, "xl/worksheets/sheet1.xml");
	CU_ASSERT_TRUE(bench_holds(xml, "<autoFilter ref=\"A1:C9\"/>"));
	CU_ASSERT_TRUE(bench_holds(xml, "state=\"frozen\""));
	CU_ASSERT_TRUE(bench_holds(xml, "ySplit=\"1\""));
	CU_ASSERT_TRUE(bench_holds(xml, "<col min=\"1\" max=\"1\" width=\"30.7"));
	CU_ASSERT_TRUE(bench_holds(xml, "<col min=\"201\" max=\"201\" width=\"255.7"));
	CU_ASSERT_TRUE(bench_holds(bench_part(path, "xl/workbook.xml"), "hidden=\"1\">'Q1'!$A$1:$C$9</definedName>"));
	bench_finish();
}

static void refers(struct str chart, const char *element, const char *name, const char *range)
{
	CU_ASSERT_TRUE(bench_holds(chart, arena_printf(&bench_arena, "%s<c:f>%s!%s</c:f>", element, name, range).p));
}

static void charts_refer_to_their_sheet_whatever_its_name(void)
{
	static const char *const names[][2] = { { "Bestes für \"2026\"", "'Bestes für \"2026\"'" }, { "it's", "'it''s'" },
		{ "2026", "'2026'" }, { "R1C1", "'R1C1'" },
		{ "日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日", "'日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日'" } };
	const char *path = bench_path();
	struct book *b = bench_begin(path);
	const uint32_t values[] = { 2, 1 };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct sheet *s = bench_sheet(b, names[i][0]);
		CU_ASSERT_EQUAL(sheet_put_text(s, 5, 0, STR("x"), 0, &bench_error), 0);
		CU_ASSERT_EQUAL(sheet_filter(s, 0, SHEET_ROWS_MAX - 1, SHEET_COLUMNS_MAX - 1, &bench_error), 0);
		struct chart c = { .kind = (enum chart_kind)(i % 4), .title = STR("=Top <&>\n"), .first_row = 1, .last_row = 4,
			.value_cols = values, .value_count = 2, .at_row = 1, .at_col = 4 };
		CU_ASSERT_EQUAL(sheet_chart(s, &c, &bench_error), 0);
		c.at_col = SHEET_COLUMNS_MAX;
		CU_ASSERT_EQUAL(sheet_chart(s, &c, &bench_error), -1);
		err_clear(&bench_error);
	}
	bench_end(b);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct str xml = bench_part(path, arena_printf(&bench_arena, "xl/charts/chart%zu.xml", i + 1).p);
		const char *name = names[i][1];
		refers(xml, "<c:cat><c:strRef>", name, "$A$2:$A$5");
		refers(xml, "<c:tx><c:strRef>", name, "$C$1");
		refers(xml, "<c:val><c:numRef>", name, "$B$2:$B$5");
		CU_ASSERT_TRUE(bench_holds(xml, "<a:t> =Top &lt;&amp;&gt;</a:t>"));
		CU_ASSERT_TRUE(bench_holds(bench_part(path, "xl/workbook.xml"),
			arena_printf(&bench_arena, ">%s!$A$1:$XFD$1048576</definedName>", name).p));
	}
	bench_finish();
}

static void comments_are_kept_up_to_their_limit(void)
{
	const char *path = bench_path();
	struct book *b = bench_begin(path);
	struct sheet *s = bench_sheet(b, "Rejects");
	for (uint32_t i = 0; i < SHEET_COMMENTS_MAX + 5; i++)
		CU_ASSERT_EQUAL(sheet_put_comment(s, i, 3, STR("found \x01\r <b>"), &bench_error), 0);
	CU_ASSERT_EQUAL(sheet_put_text(s, SHEET_COMMENTS_MAX + 5, 0, STR("x"), 0, &bench_error), 0);
	bench_end(b);
	struct str xml = bench_part(path, "xl/comments1.xml");
	CU_ASSERT_EQUAL(bench_count(xml, "<comment "), SHEET_COMMENTS_MAX);
	CU_ASSERT_TRUE(bench_holds(xml, "<t>found _x0001__x000D_ &lt;b&gt;</t>"));
	bench_finish();
}

/* ---- the file ---- */

static void write_rows(struct book *b, uint32_t rows)
{
	struct sheet *s = bench_sheet(b, "Catalog");
	for (uint32_t i = 0; i < rows; i++) {
		if (sheet_put_number(s, i, 0, decimal_of(i), 0, &bench_error) != 0)
			return;
		sheet_put_text(s, i, 1, STR("Eau de Parfum"), 0, &bench_error);
	}
	sheet_put_link(s, rows, 0, STR("x"), STR("https://x.com/"), 0, &bench_error);
	sheet_put_error(s, rows, 1, STR("#N/A"), 0, &bench_error);
	sheet_filter(s, 0, rows - 1, 1, &bench_error);
}

static void equal_calls_give_equal_bytes_at_any_time(void)
{
	char first[DIGEST_HEX];
	for (int i = 0; i < 2; i++) {
		const char *path = bench_path();
		struct book *b = bench_begin(path);
		write_rows(b, 100);
		bench_end(b);
		if (i == 0)
			strcpy(first, bench_hex);
		struct str core = bench_part(path, "docProps/core.xml"), file;
		CU_ASSERT_EQUAL(bench_count(core, ">1980-01-01T00:00:00Z<"), 2);
		CU_ASSERT_EQUAL(io_read_file(path, 1 << 20, &bench_arena, &file, &bench_error), 0);
		CU_ASSERT_EQUAL(file.n, bench_length);
		CU_ASSERT_TRUE(bench_count(file, "PK\x03\x04") >= 10);
		for (ptrdiff_t at; (at = str_find(file, STR("PK\x03\x04"))) >= 0;) {
			CU_ASSERT_EQUAL(memcmp(file.p + at + 10, "\0\0\x21\0", 4), 0); /* 1980-01-01 00:00 */
			file = str_from(file, (size_t)at + 1);
		}
	}
	CU_ASSERT_STRING_EQUAL(bench_hex, first);
	bench_finish();
}

static void the_file_is_made_anew_with_its_sum(void)
{
	const char *path = bench_path();
	struct stat st = { 0 };
	unsigned char sum[DIGEST_BYTES];
	char expected[DIGEST_HEX];
	struct str content;
	mode_t mask = umask(027);
	struct book *b = bench_begin(path);
	umask(mask);
	CU_ASSERT_PTR_NULL(book_open(AT_FDCWD, path, &bench_error));
	CU_ASSERT_TRUE(bench_error.class == ERR_INPUT && bench_holds(str_of(bench_error.message), "File exists"));
	err_clear(&bench_error);
	write_rows(b, 1000);
	bench_end(b);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_TRUE((st.st_mode & 0777) == 0640 && (uint64_t)st.st_size == bench_length);
	CU_ASSERT_EQUAL(io_read_file(path, 1 << 20, &bench_arena, &content, &bench_error), 0);
	digest_of(content, sum);
	digest_hex(sum, expected);
	CU_ASSERT_STRING_EQUAL(bench_hex, expected);
	bench_finish();
}

/* In a child whose files may not grow beyond `limit` bytes: 0 where the book was written as `expected` says, 1 where
 * that failed with a reason, 2 for anything else. */
static int write_within(rlim_t limit, const char *path, const char *expected)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){ limit, limit });
		struct book *b = book_open(AT_FDCWD, path, &bench_error);
		if (b)
			write_rows(b, 300);
		bool whole = b && book_close(b, bench_hex, &bench_length, &bench_error) == 0;
		bool told = bench_error.class == ERR_INPUT && bench_error.file[0] &&
			bench_holds(str_of(bench_error.message), "File too large");
		_exit(whole ? (strcmp(bench_hex, expected) == 0 ? 0 : 2) : (told ? 1 : 2));
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

static void on_a_full_disk_a_book_is_whole_or_an_error(void)
{
	const char *folder = unit_folder();
	const char *path = arena_printf(&bench_arena, "%s/whole.xlsx", folder).p;
	struct book *b = bench_begin(path);
	write_rows(b, 300);
	bench_end(b);
	uint64_t length = bench_length;
	char expected[DIGEST_HEX];
	strcpy(expected, bench_hex);
	int results[3] = { 0 };
	for (rlim_t limit = 0; limit < length + 2000; limit += limit + 5000 < length ? 601 : 199)
		results[write_within(limit, arena_printf(&bench_arena, "%s/%lu.xlsx", folder, limit).p, expected)]++;
	CU_ASSERT_TRUE(results[0] > 5 && results[1] > 20);
	CU_ASSERT_EQUAL(results[2], 0);
	bench_finish();
}

/* What is open under this path. */
static int descriptor_of(const char *path)
{
	char real[4096], link[64], *wanted = realpath(path, NULL);
	int found = -1;
	for (int fd = 3; fd < 256 && found < 0; fd++) {
		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		ssize_t n = readlink(link, real, sizeof real);
		if (n > 0 && str_eq((struct str){ real, (size_t)n }, str_of(wanted)))
			found = fd;
	}
	free(wanted);
	return found;
}

static void a_workbook_that_cannot_be_written_is_named(void)
{
	const char *path = bench_path();
	struct book *b = bench_begin(path);
	int full = open("/dev/full", O_RDWR | O_CLOEXEC), fd = descriptor_of(path);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	write_rows(b, 3000);
	dup2(full, fd);
	CU_ASSERT_EQUAL(book_close(b, bench_hex, &bench_length, &bench_error), -1);
	CU_ASSERT_EQUAL(bench_error.class, ERR_INPUT);
	ASSERT_STR(str_of(bench_error.file), path);
	ASSERT_STR(str_of(bench_error.message), "cannot be written: No space left on device");
	close(full);
	bench_finish();
}

static int open_descriptors(void)
{
	int n = 0;
	DIR *dir = opendir("/proc/self/fd");
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void nothing_stays_open_or_on_disk_however_a_book_ends(void)
{
	const char *folder = unit_folder(), *before = getenv("TMPDIR");
	char *kept = before ? mem_copy(before) : NULL;
	int descriptors = open_descriptors(), entries = 0;
	setenv("TMPDIR", folder, 1);
	for (int ending = 0; ending < 2; ending++) {
		struct book *b = bench_begin(arena_printf(&bench_arena, "%s/%d.xlsx", folder, ending).p);
		write_rows(b, 2000);
		bench_sheet(b, "More");
		if (ending == 0)
			bench_end(b);
		else
			book_abandon(b);
	}
	CU_ASSERT_EQUAL(open_descriptors(), descriptors);
	DIR *dir = opendir(folder);
	while (readdir(dir))
		entries++;
	closedir(dir);
	CU_ASSERT_EQUAL(entries, 4);
	if (kept)
		setenv("TMPDIR", kept, 1);
	else
		unsetenv("TMPDIR");
	free(kept);
	bench_finish();
}

UNIT_SUITE(sheet_write_file,
	UNIT(sheets_take_rows_in_turns_and_cells_in_any_order),
	UNIT(what_a_sheet_cannot_hold_is_refused_with_its_place),
	UNIT(equal_looks_are_one),
	UNIT(widths_filters_and_panes_may_come_last),
	UNIT(charts_refer_to_their_sheet_whatever_its_name),
	UNIT(comments_are_kept_up_to_their_limit),
	UNIT(equal_calls_give_equal_bytes_at_any_time),
	UNIT(the_file_is_made_anew_with_its_sum),
	UNIT(on_a_full_disk_a_book_is_whole_or_an_error),
	UNIT(a_workbook_that_cannot_be_written_is_named),
	UNIT(nothing_stays_open_or_on_disk_however_a_book_ends))
