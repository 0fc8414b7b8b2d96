/* Sources without columns: which row is the header, which delimiter it is, and raw rows. */
#include <stdio.h>

#include "qonduit/io.h"
#include "qonduit/source.h"
#include "unit.h"

static struct source_options options(void)
{
	return (struct source_options){ .format = "auto", .encoding = "auto" };
}

static const char *write_input(struct str content)
{
	static char path[300];
	static const char *folder;
	struct err e = { 0 };
	folder = folder ? folder : unit_folder();
	snprintf(path, sizeof path, "%s/in.csv", folder);
	CU_ASSERT_EQUAL_FATAL(io_replace_file(path, content, 0600, &e), 0);
	return path;
}

/* "HEADER_ROW DELIMITER: NUMBER[cell|cell]…", with "!" and the error where there is one. */
static const char *read_text(struct str content, const struct source_options *o)
{
	static struct buf out;
	struct source s = { 0 };
	struct batch b;
	struct err e = { 0 };
	buf_clear(&out);
	batch_init(&b);
	int result = source_open(&s, write_input(content), STR("in.csv"), o, &e);
	if (result == 0)
		buf_printf(&out, "%llu %c:", (unsigned long long)s.header_row, s.delimiter == '\t' ? 'T' : s.delimiter);
	for (bool more = result == 0; more; more = result == 0 && b.rows) {
		result = source_fill(&s, &b, &e);
		for (size_t i = 0; i < b.rows && out.n < 2000; i++) {
			buf_printf(&out, " %llu[", (unsigned long long)b.row[i].number);
			for (size_t c = 0; c < b.row[i].width; c++)
				buf_printf(&out, "%s%.*s", c ? "|" : "", STR_ARG(cell_str(batch_get(&b, i, c))));
			buf_addc(&out, ']');
		}
	}
	if (result) {
		buf_addc(&out, '!');
		err_print(&e, &out);
	}
	source_close(&s);
	batch_release(&b);
	return buf_text(&out);
}

static void reads(const char *content, const char *expected)
{
	struct source_options o = options();
	ASSERT_STR(str_of(read_text(str_of(content), &o)), expected);
}

static void reads_raw(const char *content, const char *expected)
{
	struct source_options o = options();
	o.raw = true;
	ASSERT_STR(str_of(read_text(str_of(content), &o)), expected);
}

static void the_header_is_the_first_row_as_wide_as_most(void)
{
	reads("a,b\n1,2\n3,4\n", "1 ,: 2[1|2] 3[3|4]");
	reads("Report of today\na,b\n1,2\n", "2 ,: 3[1|2]");
	reads("Report, of today\n\na,b,c\n1,2,3\n4,5,6\n", "3 ,: 4[1|2|3] 5[4|5|6]");
	reads("one\ntwo\n", "1 ,: 2[two]");
}

/* A row that is too long must not become the header: the rows above it would be lost. */
static void a_row_that_is_too_long_is_no_header(void)
{
	reads("a,b,c\n1,2,3,4\n", "1 ,: 2[1|2|3|4]");
	reads("a,b\n1,2\n3,4\n5,6,7,8\n", "1 ,: 2[1|2] 3[3|4] 4[5|6|7|8]");
	reads("name\nPlain\nSmith, John\nOther\n", "1 ,: 2[Plain] 3[Smith| John] 4[Other]");
}

static void titles_with_empty_cells_behind_them_are_passed_over(void)
{
	reads("Qogita Catalog,,,,\nAs of,today,,,\n,,,,\na,b,c,d,e\n1,2,3,4,5\n", "4 ,: 5[1|2|3|4|5]");
	reads(",b,c\n0,1,2\n", "1 ,: 2[0|1|2]"); /* a column without a name in front is no title */
	reads(",,c\n0,1,2\n", "1 ,: 2[0|1|2]");
	reads("a,\n1,2\n", "1 ,: 2[1|2]");
}

static void a_declared_header_row_is_taken_at_its_word(void)
{
	struct source_options o = options();
	o.header_row = 3;
	ASSERT_STR(str_of(read_text(STR("a;b;c\n1;2;3\nx,y\n5,6\n"), &o)), "3 ,: 4[5|6]");
	ASSERT_STR(str_of(read_text(STR("a\nb\n\nx\n"), &o)), "!in.csv: row 3 (\"header_row\") is blank or behind the end of the input");
}

static void the_delimiter_parts_the_rows_evenly(void)
{
	reads("a;b;c\n1;2,5;3\n", "1 ;: 2[1|2,5|3]");
	reads("a\tb\n1\t2\n", "1 T: 2[1|2]");
	reads("a|b\n1|2\n", "1 |: 2[1|2]");
	reads("\"a\";\"b\"\n\"1\";\"2\"\n", "1 ;: 2[1|2]");
	reads("sep=;\na;b;c\n1;2;3\n4;5;6\n", "2 ;: 3[1|2|3] 4[4|5|6]");
	reads("a;b,c;d\n1;2,3;4\n", "1 ;: 2[1|2,3|4]");   /* three cells, not two */
	reads("a;b,c|d\n1;2,3|4\n", "1 ,: 2[1;2|3|4]");    /* two each: the comma */
}

static void free_text_is_not_parted(void)
{
	reads("note\nfirst; second\nno mark\nlast; of; all\nnothing\n", "1 ,: 2[first; second] 3[no mark] 4[last; of; all] 5[nothing]");
	reads_raw("first; second\nno mark\nlast; of; all\nnothing\n", "0 ,: 1[first; second] 2[no mark] 3[last; of; all] 4[nothing]");
}

static void nine_of_ten_rows_are_even_enough(void)
{
	struct source_options o = options();
	struct buf text = { 0 };
	for (int i = 0; i < 20; i++)
		buf_add(&text, i == 7 || i == 12 ? STR("x\n") : STR("1;2\n"));
	CU_ASSERT_EQUAL(read_text(buf_str(&text), &o)[2], ';');
	buf_add(&text, STR("x\n"));
	CU_ASSERT_EQUAL(read_text(buf_str(&text), &o)[2], ',');
	buf_release(&text);
}

/* Where the comma meets a fault, another delimiter may be right, but must be as good. */
static void a_fault_is_not_hidden_behind_another_delimiter(void)
{
	reads("a,b\n1,\"x\"y\n", "!in.csv:2: found text after a closing quote, expected \",\" or the end of the row; a quote within quotes is "
		"written twice");
	reads_raw("a,b\n1,\"x\"y\n", "!in.csv:2: found text after a closing quote, expected \",\" or the end of the row; a quote within "
		"quotes is written twice");
}

static void raw_rows_have_no_header(void)
{
	reads_raw("Title\n\na;b\n1;2\n", "0 ;: 1[Title] 3[a|b] 4[1|2]");
	reads_raw("a,,\n\"\n\",x\n", "0 ,: 1[a||] 2[\n|x]");
	struct source_options o = options();
	struct source s = { 0 };
	struct err e = { 0 };
	o.raw = true;
	o.delimiter = ';';
	ASSERT_STR(str_of(read_text(STR("a,b;c\n\"x"), &o)), "0 ;: 1[a,b|c]!in.csv:2: the quote that opens here is never closed");
	CU_ASSERT_EQUAL(source_open(&s, write_input(STR("a;b\n")), STR("in.csv"), &o, &e), 0);
	CU_ASSERT_EQUAL(s.width, 0);
	CU_ASSERT_EQUAL(s.preamble.rows, 0);
	CU_ASSERT_EQUAL(s.binding.found, 0);
	source_close(&s);
}

static void a_first_row_beyond_the_head_is_raw_too(void)
{
	struct source_options o = options();
	struct buf text = { 0 };
	struct source s = { 0 };
	struct batch b;
	struct err e = { 0 };
	o.raw = true;
	while (text.n < 3 << 20)
		buf_add(&text, STR("cell,"));
	batch_init(&b);
	CU_ASSERT_EQUAL(source_open(&s, write_input(buf_str(&text)), STR("in.csv"), &o, &e), 0);
	CU_ASSERT_EQUAL(source_fill(&s, &b, &e), 0);
	CU_ASSERT_EQUAL_FATAL(b.rows, 1);
	CU_ASSERT_EQUAL(b.row[0].width, text.n / 5 + 1);
	source_close(&s);
	batch_release(&b);
	buf_release(&text);
}

static void inputs_without_rows_are_refused(void)
{
	reads("\n\n", "!in.csv: there is no row in the input, expected a header and rows");
	reads_raw("\n\n", "!in.csv: there is no row in the input, expected a header and rows");
	reads_raw("", "!in.csv: the input is empty, expected a header and rows");
}

UNIT_SUITE(source_likely, UNIT(the_header_is_the_first_row_as_wide_as_most), UNIT(a_row_that_is_too_long_is_no_header),
	UNIT(titles_with_empty_cells_behind_them_are_passed_over), UNIT(a_declared_header_row_is_taken_at_its_word),
	UNIT(the_delimiter_parts_the_rows_evenly), UNIT(free_text_is_not_parted), UNIT(nine_of_ten_rows_are_even_enough),
	UNIT(a_fault_is_not_hidden_behind_another_delimiter), UNIT(raw_rows_have_no_header),
	UNIT(a_first_row_beyond_the_head_is_raw_too), UNIT(inputs_without_rows_are_refused))
