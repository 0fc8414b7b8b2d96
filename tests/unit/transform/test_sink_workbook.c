/* Workbooks as the sink leaves them, read again as a source would read them. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "mapping_texts.h"
#include "qonduit/sheet_read.h"
#include "qonduit/sink.h"
#include "sink_tools.h"
#include "unit.h"

#define HEAD "{'qonduit': 1, 'source': {'columns': {'id': 'I', 'name': 'N', 'price': {'header': 'P', 'type': 'decimal'}, " \
	"'day': {'header': 'D', 'type': 'date'}, 'new': {'header': 'W', 'type': 'boolean'}}}, 'outputs': {'report.xlsx': {'sheets': "
#define TAIL "}}}"

static struct compiled c;
static struct report report; /* of the mapping, with limits of its own */
static struct sink sink;
static struct err e;
static struct arena scratch;
static const char *dir;
static int dirfd, rows;
static bool marked;          /* texts are shown with an apostrophe, as a spreadsheet's user would type them */

static void begin(const char *sheets, uint32_t rows_max, uint32_t groups_max)
{
	char text[4000];
	snprintf(text, sizeof text, HEAD "%s" TAIL, sheets);
	compile_text(&c, text, NULL, 0);
	if (c.faults.errors)
		printf("\n%s\n", fault_message(&c, 0));
	CU_ASSERT_EQUAL_FATAL(c.faults.errors, 0);
	report = *c.program.outputs[0].report;
	report.rows_max = rows_max ? rows_max : report.rows_max;
	report.groups_max = groups_max ? groups_max : report.groups_max;
	e = (struct err){ 0 };
	sink = (struct sink){ .report = &report };
	dir = unit_folder();
	dirfd = open(dir, O_RDONLY | O_DIRECTORY);
	rows = 0;
	CU_ASSERT_EQUAL_FATAL(sink_open(&sink, &c.program.outputs[0].shape, dirfd, (struct str){ 0 }, &c.arena, &e), 0);
}

/* A row of the source, an empty text being an empty cell, through the mapping into the sink. */
static int add(const char *id, const char *name, const char *price, const char *day, const char *new)
{
	const char *const cells[] = { id, name, price, day, new };
	int at[] = { 0, 1, 2, 3, 4 };
	struct binding binding = { .at = at, .star = (struct str[5]){ { 0 } }, .header = (struct str[5]){ { 0 } }, .found = 5 };
	struct runner r;
	struct batch b;
	struct buf why = { 0 };

	batch_init(&b);
	batch_begin_row(&b, 2, 2);
	for (size_t i = 0; i < 5; i++)
		batch_add_cell(&b, cell_of(str_of(cells[i]), CELL_TEXT));
	runner_init(&r, &c.program);
	runner_bind(&r, &binding, 5);
	CU_ASSERT_EQUAL_FATAL(program_row(&r, &b, 0, &scratch), ROW_WRITTEN);
	int status = -1;
	size_t field;
	if (sink_fits(&sink, r.values[0], &scratch, &field, &why))
		status = sink_add(&sink, r.values[0], arena_printf(&scratch, "in.csv:%d", ++rows + 1), &scratch, &e);
	else
		err_set(&e, ERR_ROWS, "does.not_fit", "%s", buf_text(&why));
	buf_release(&why);
	runner_release(&r);
	batch_release(&b);
	arena_clear(&scratch);
	return status;
}

static void end(void)
{
	sink_release(&sink);
	compiled_release(&c);
	arena_release(&scratch);
	close(dirfd);
}

static struct str content(const char *name)
{
	struct str text = { 0 };
	struct err failed = { 0 };
	CU_ASSERT_EQUAL(io_read_file(arena_printf(&c.arena, "%s/%s", dir, name).p, 1 << 24, &c.arena, &text, &failed), 0);
	return text;
}

static void print_rows(struct sheet_reader *r, struct buf *to)
{
	struct batch b;
	struct err failed = { 0 };
	batch_init(&b);
	while (batch_clear(&b), sheet_reader_fill(r, &b, 64, &failed) == 0 && b.rows) {
		for (size_t row = 0; row < b.rows; row++) {
			buf_printf(to, "%llu:", (unsigned long long)b.row[row].number);
			for (size_t i = 0; i < b.row[row].width; i++) {
				struct cell cell = batch_get(&b, row, i);
				buf_printf(to, "%s%s", i ? " | " : " ", marked && cell.kind == CELL_TEXT ? "'" : "");
				buf_add(to, cell_str(cell));
			}
			buf_addc(to, '\n');
		}
	}
	CU_ASSERT_EQUAL(failed.class, ERR_NONE);
	batch_release(&b);
}

/* Closes the sink and reads its workbook: "[Name]", then a line for each row. */
static struct str written(void)
{
	struct buf text = { 0 };
	struct err failed = { 0 };
	CU_ASSERT_EQUAL_FATAL(sink_close(&sink, &e), 0);
	int fd = openat(dirfd, "report.xlsx", O_RDONLY);
	struct workbook *w = workbook_open(fd, &(struct workbook_limits){ 0 }, &failed);
	for (size_t i = 0; w && i < workbook_sheet_count(w); i++) {
		buf_printf(&text, "[%.*s]\n", STR_ARG(workbook_sheet(w, i)->name));
		struct sheet_reader *r = sheet_reader_open(w, i, false, &failed);
		if (r)
			print_rows(r, &text);
		sheet_reader_close(r);
	}
	CU_ASSERT_EQUAL(failed.class, ERR_NONE);
	workbook_free(w);
	close(fd);
	struct str copy = arena_copy(&c.arena, buf_str(&text));
	buf_release(&text);
	return copy;
}

static void rows_are_written_as_what_they_are(void)
{
	begin("[{'name': 'Rows', 'fields': {'Id': 'id', 'Name': 'name', 'Price': 'price', 'Day': 'day', 'New': 'new'}}]", 0, 0);
	CU_ASSERT_EQUAL(add("0042", "=1+1", "10.50", "2026-11-21", "yes"), 0);
	CU_ASSERT_EQUAL(add("", "Crème", "-0.1", "", "no"), 0);
	CU_ASSERT_EQUAL(add("3", "", "12345678901234567891", "", ""), 0);
	marked = true;
	ASSERT_STR(written(), "[Rows]\n1: 'Id | 'Name | 'Price | 'Day | 'New\n2: '0042 | '=1+1 | 10.5 | 2026-11-21 | true\n"
		"3:  | 'Crème | -0.1 |  | false\n4: '3 |  | '12345678901234567891\n");
	marked = false;
	ASSERT_STR(content("report.xlsx.rows"), "in.csv:2\nin.csv:3\nin.csv:4\n");
	CU_ASSERT_EQUAL_FATAL(sink.file_count, 1);
	unsigned char sum[DIGEST_BYTES];
	char hex[DIGEST_HEX];
	digest_of(content("report.xlsx"), sum);
	digest_hex(sum, hex);
	CU_ASSERT_STRING_EQUAL(sink.files[0].sha256, hex);
	CU_ASSERT_EQUAL(sink.files[0].bytes, content("report.xlsx").n);
	CU_ASSERT_EQUAL(sink.files[0].records, 3);
	ASSERT_STR(sink.files[0].name, "report.xlsx");
	end();
}

static void totals_stand_below_their_columns(void)
{
	begin("[{'name': 'R', 'fields': {'Id': 'id', 'Name': 'name', 'Sum': 'price', 'Mean': 'price', 'Low': 'price', 'Day': 'day'},"
		"'totals': {'Name': 'count', 'Sum': 'sum', 'Mean': 'average', 'Low': 'lowest', 'Day': 'highest'}}]", 0, 0);
	add("1", "a", "0.1", "2026-11-20", "");
	add("2", "", "0.2", "2026-11-21", "");
	add("3", "c", "", "", "");
	ASSERT_STR(written(), "[R]\n1: Id | Name | Sum | Mean | Low | Day\n2: 1 | a | 0.1 | 0.1 | 0.1 | 2026-11-20\n"
		"3: 2 |  | 0.2 | 0.2 | 0.2 | 2026-11-21\n4: 3 | c\n5: Total | 2 | 0.3 | 0.15 | 0.1 | 2026-11-21\n");
	end();
}

static const char grouped[] = "[{'name': 'G', 'group_by': 'name', 'title': 'Name', 'measures': {'Rows': {'count': 'id'}, "
	"'Sum': {'sum': 'price'}, 'Mean': {'average': 'price'}, 'Last': {'highest': 'day'}}, 'sort_by': 'Rows', 'descending': true%s}]";

static void begin_grouped(const char *more)
{
	char sheets[600];
	snprintf(sheets, sizeof sheets, grouped, more);
	begin(sheets, 0, 0);
	add("1", "b", "1", "2026-11-20", "");
	add("2", "", "7", "2026-11-25", "");
	add("3", "a", "10.5", "2026-11-21", "");
	add("4", "c", "", "", "");
	add("5", "c", "2", "", "");
	add("6", "a", "2", "", "");
	add("7", "a", "2", "2026-11-22", "");
	add("8", "", "1", "", "");
	add("9", "", "1", "", "");
	add("10", "", "1", "", "");
}

static void groups_are_counted_summed_and_sorted(void)
{
	begin_grouped("");
	ASSERT_STR(written(), "[G]\n1: Name | Rows | Sum | Mean | Last\n2: a | 3 | 14.5 | 4.833333333333 | 2026-11-22\n"
		"3: c | 2 | 2 | 2\n4: b | 1 | 1 | 1 | 2026-11-20\n5: (blank) | 4 | 10 | 2.5 | 2026-11-25\n");
	end();
}

static void totals_of_groups_are_over_all_rows(void)
{
	begin_grouped(", 'top': 2, 'totals': {'Name': 'count', 'Rows': 'sum', 'Sum': 'sum', 'Mean': 'average', 'Last': 'highest'}");
	ASSERT_STR(written(), "[G]\n1: Name | Rows | Sum | Mean | Last\n2: a | 3 | 14.5 | 4.833333333333 | 2026-11-22\n"
		"3: c | 2 | 2 | 2\n4: 3 | 10 | 27.5 | 3.055555555556 | 2026-11-25\n");
	end();
}

static void averages_are_numbers_whatever_their_digits(void)
{
	marked = true;
	begin("[{'name': 'R', 'fields': {'P': 'price'}, 'totals': {'P': 'average'}}]", 0, 0);
	add("", "", "100000", "", "");
	add("", "", "0", "", "");
	add("", "", "0", "", "");
	ASSERT_STR(written(), "[R]\n1: 'P\n2: 100000\n3: 0\n4: 0\n5: 33333.3333333333\n");
	end();
	begin("[{'name': 'R', 'fields': {'P': 'price'}, 'totals': {'P': 'average'}}]", 0, 0);
	add("", "", "-299999999999999.5", "", "");
	add("", "", "-0", "", "");
	ASSERT_STR(written(), "[R]\n1: 'P\n2: '-299999999999999.5\n3: 0\n4: -150000000000000\n");
	end();
	marked = false;
}

static void an_output_without_a_row_is_a_whole_workbook(void)
{
	begin("[{'name': 'R', 'fields': {'Id': 'id', 'Price': 'price'}, 'totals': {'Price': 'sum'}},"
		"{'name': 'G', 'group_by': 'name', 'measures': {'Rows': {'count': 'id'}}, 'totals': {'Rows': 'count'},"
		"'chart': {'type': 'pie', 'values': 'Rows'}}]", 0, 0);
	ASSERT_STR(written(), "[R]\n1: Id | Price\n2: Total | 0\n[G]\n1: name | Rows\n2: Total | 0\n");
	ASSERT_STR(content("report.xlsx.rows"), "");
	end();
}

static void rows_beyond_a_sheet_go_on_in_the_next(void)
{
	begin("[{'name': 'R', 'fields': {'Id': 'id', 'P': 'price'}, 'totals': {'P': 'sum'}}, {'name': 'S', 'fields': {'Id': 'id'}}]", 4, 0);
	for (int i = 1; i <= 5; i++)
		add(arena_printf(&c.arena, "%d", i).p, "", "1", "", "");
	ASSERT_STR(written(), "[R]\n1: Id | P\n2: 1 | 1\n3: 2 | 1\n[S]\n1: Id\n2: 1\n3: 2\n4: 3\n"
		"[R (2)]\n1: Id | P\n2: 3 | 1\n3: 4 | 1\n[S (2)]\n1: Id\n2: 4\n3: 5\n[R (3)]\n1: Id | P\n2: 5 | 1\n3: Total | 5\n");
	end();
}

static void a_sheet_that_is_just_full_is_one_sheet(void)
{
	begin("[{'name': 'R', 'fields': {'Id': 'id', 'P': 'price'}, 'totals': {'P': 'sum'}}, {'name': 'S', 'fields': {'Id': 'id'}}]", 4, 0);
	add("1", "", "1", "", "");
	add("2", "", "1", "", "");
	ASSERT_STR(written(), "[R]\n1: Id | P\n2: 1 | 1\n3: 2 | 1\n4: Total | 2\n[S]\n1: Id\n2: 1\n3: 2\n");
	end();
}

static void names_of_further_sheets_fit_and_are_free(void)
{
	begin("[{'name': 'Catalog', 'fields': {'Id': 'id'}}, {'name': 'CATALOG (2)', 'group_by': 'id', 'measures': {'n': {'count': 'id'}}},"
		"{'name': 'abcdefghijklmnopqrstuvwxyz 1234', 'fields': {'Id': 'id'}}, {'name': 'abcdefghijklmnopqrstuvwxyz 123', 'fields': {'Id': 'id'}}]", 2, 0);
	add("1", "", "", "", "");
	add("2", "", "", "", "");
	struct str text = written();
	CU_ASSERT(str_find(text, STR("[Catalog (3)]\n")) >= 0);
	CU_ASSERT(str_find(text, STR("[Catalog (2)]\n")) < 0);
	CU_ASSERT(str_find(text, STR("[abcdefghijklmnopqrstuvwxyz (2)]\n")) >= 0);
	CU_ASSERT(str_find(text, STR("[abcdefghijklmnopqrstuvwxyz (3)]\n")) >= 0);
	end();
}

static void a_text_too_long_for_a_cell_does_not_fit(void)
{
	static char just[32768], over[32769];
	memset(just, 'x', 32767);
	memset(over, 'x', 32768);
	begin("[{'name': 'R', 'fields': {'Id': 'id', 'Long name': 'name'}}, {'name': 'G', 'group_by': 'id', 'measures': {'n': {'count': 'name'}}}]", 0, 0);
	CU_ASSERT_EQUAL(add("1", just, "", "", ""), 0);
	CU_ASSERT_EQUAL(add("2", over, "", "", ""), -1);
	CU_ASSERT_STRING_EQUAL(e.message, "\"Long name\" is too long for a cell: a workbook takes at most 32767 characters");
	end();
	begin("[{'name': 'G', 'group_by': 'id', 'measures': {'n': {'count': 'name'}}}]", 0, 0);
	CU_ASSERT_EQUAL(add("1", over, "", "", ""), 0);
	CU_ASSERT_EQUAL(add(over, "x", "", "", ""), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "\"id\" is too long for a cell"));
	end();
}

static void too_many_groups_and_too_large_sums_end_the_run(void)
{
	begin("[{'name': 'Ids', 'group_by': 'id', 'measures': {'n': {'count': 'id'}}}]", 0, 2);
	CU_ASSERT_EQUAL(add("1", "", "", "", ""), 0);
	CU_ASSERT_EQUAL(add("2", "", "", "", ""), 0);
	CU_ASSERT_EQUAL(add("1", "", "", "", ""), 0);
	CU_ASSERT_EQUAL(add("3", "", "", "", ""), -1);
	CU_ASSERT_EQUAL(e.class, ERR_INPUT);
	CU_ASSERT_STRING_EQUAL(e.message, "sheet \"Ids\": \"id\" makes more than 2 groups");
	end();
	begin("[{'name': 'R', 'fields': {'Price': 'price'}, 'totals': {'Price': 'sum'}}]", 0, 0);
	CU_ASSERT_EQUAL(add("", "", "99999999999999999999999999999999999999", "", ""), 0);
	CU_ASSERT_EQUAL(add("", "", "1", "", ""), -1);
	CU_ASSERT_EQUAL(e.class, ERR_INPUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "sheet \"R\": the numbers of \"Price\" add up to more than the 38 digits"));
	end();
}

static void equal_runs_give_equal_bytes(void)
{
	char sums[2][DIGEST_HEX];
	for (int run = 0; run < 2; run++) {
		begin_grouped(", 'chart': {'type': 'column', 'values': ['Rows', 'Sum']}");
		CU_ASSERT_EQUAL(sink_close(&sink, &e), 0);
		memcpy(sums[run], sink.files[0].sha256, DIGEST_HEX);
		end();
	}
	CU_ASSERT_STRING_EQUAL(sums[0], sums[1]);
}

UNIT_SUITE(sink_workbook, UNIT(rows_are_written_as_what_they_are), UNIT(totals_stand_below_their_columns),
	UNIT(groups_are_counted_summed_and_sorted), UNIT(totals_of_groups_are_over_all_rows),
	UNIT(averages_are_numbers_whatever_their_digits), UNIT(an_output_without_a_row_is_a_whole_workbook), UNIT(rows_beyond_a_sheet_go_on_in_the_next),
	UNIT(a_sheet_that_is_just_full_is_one_sheet), UNIT(names_of_further_sheets_fit_and_are_free),
	UNIT(a_text_too_long_for_a_cell_does_not_fit), UNIT(too_many_groups_and_too_large_sums_end_the_run),
	UNIT(equal_runs_give_equal_bytes))
