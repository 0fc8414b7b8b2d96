#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "qonduit/csv_read.h"

/* The rows as text: NUMBER@LINE[cell|cell], and !CODE@LINE for a fault. `step` is the size of the pieces, 0: one piece. */
static const char *rows_of(struct str text, char delimiter, size_t step)
{
	static struct buf out;
	struct batch b;
	struct err e = { 0 };
	struct csv_reader *r = csv_reader_open(delimiter, '"');
	batch_init(&b);
	buf_release(&out);
	int result = 0;
	for (struct str rest = text; rest.n && result == 0; rest = str_from(rest, step ? step : rest.n))
		result = csv_reader_feed(r, step ? str_head(rest, step) : rest, &b, &e);
	if (result == 0)
		csv_reader_end(r, &b, &e);
	for (size_t i = 0; i < b.rows; i++) {
		buf_printf(&out, "%llu@%llu[", (unsigned long long)b.row[i].number, (unsigned long long)b.row[i].line);
		for (size_t c = 0; c < b.row[i].width; c++) {
			if (c)
				buf_addc(&out, '|');
			buf_add(&out, cell_str(batch_get(&b, i, c)));
		}
		buf_addc(&out, ']');
	}
	if (e.class)
		buf_printf(&out, "!%s@%llu", e.code, (unsigned long long)e.line);
	csv_reader_close(r);
	batch_release(&b);
	buf_addc(&out, '\0');
	return buf_text(&out);
}

static void reads(const char *text, const char *expected)
{
	for (size_t step = 0; step <= strlen(text); step++)
		ASSERT_STR(str_of(rows_of(str_of(text), ',', step)), expected);
}

static void rows_end_at_lf_cr_or_crlf(void)
{
	reads("a,b\nc,d\n", "1@1[a|b]2@2[c|d]");
	reads("a,b\r\nc,d\r\n", "1@1[a|b]2@2[c|d]");
	reads("a,b\rc,d\r", "1@1[a|b]2@2[c|d]");
	reads("a\r\nb\nc\rd\n\re", "1@1[a]2@2[b]3@3[c]4@4[d]6@6[e]");
	reads("a,b", "1@1[a|b]");
	reads("", "");
}

static void blank_lines_are_no_rows_but_count(void)
{
	reads("\n\na\n\nb\n", "3@3[a]5@5[b]");
	reads("\r\n\r\na\r\n\r\nb", "3@3[a]5@5[b]");
	reads("\r\r\na", "3@3[a]");
	reads("a\rbcd\n\ne", "1@1[a]2@2[bcd]4@4[e]");
	reads("\"\"\n \n", "1@1[]2@2[ ]");
}

static void empty_cells_are_kept(void)
{
	reads(",\n,,\n\"\",x,\n", "1@1[|]2@2[||]3@3[|x|]");
}

static void line_ends_in_quotes_are_data(void)
{
	reads("\"a\nb\",c\nd\n", "1@1[a\nb|c]2@3[d]");
	reads("\"a\r\nb\",\"\r\"\r\nd\n", "1@1[a\r\nb|\r]2@4[d]");
}

static void quotes_in_quotes_are_doubled(void)
{
	reads("\"a \"\"b\"\"\",\"\"\"\"\n\"x\",\"y\"\n", "1@1[a \"b\"|\"]2@2[x|y]");
}

static void a_quote_in_an_unquoted_field_is_data(void)
{
	reads("5\" tube,6\"\na\"b\"c,\"q\"\n", "1@1[5\" tube|6\"]2@2[a\"b\"c|q]");
	reads(" \"a\",b\n", "1@1[ \"a\"|b]");
}

static void blanks_around_fields_are_data(void)
{
	reads(" a , b\t\n\t\n", "1@1[ a | b\t]2@2[\t]");
}

static void text_after_a_closing_quote_is_a_fault(void)
{
	reads("a\n\"b\"c\nd\n", "1@1[a]!csv.text_after_quote@2");
	reads("a\n\"b\n\nb\" ,c\n", "1@1[a]!csv.text_after_quote@4");
}

static void an_open_quote_is_a_fault_where_it_opened(void)
{
	reads("a,b\nc,\"d\ne\nf", "1@1[a|b]!csv.unclosed_quote@2");
	reads("\"a\nb\",c,\"", "!csv.unclosed_quote@2");
	reads("\"a\n\n\"\"", "!csv.unclosed_quote@1");
}

static void nul_and_other_separators_are_data(void)
{
	struct str text = STR("a\0b,\xe2\x80\xa8,\xc2\x85,\f\n");
	struct batch b;
	struct err e = { 0 };
	struct csv_reader *r = csv_reader_open(',', '"');
	batch_init(&b);
	CU_ASSERT_EQUAL(csv_reader_feed(r, text, &b, &e), 0);
	CU_ASSERT_EQUAL(b.row[0].width, 4);
	CU_ASSERT_TRUE(str_eq(cell_str(batch_get(&b, 0, 0)), STR("a\0b")));
	batch_release(&b);
	csv_reader_close(r);
}

static void other_delimiters_and_quotes(void)
{
	ASSERT_STR(str_of(rows_of(STR("a;b,c;\"d;e\"\n"), ';', 0)), "1@1[a|b,c|d;e]");
	ASSERT_STR(str_of(rows_of(STR("a\tb\t\n"), '\t', 1)), "1@1[a|b|]");
	ASSERT_STR(str_of(rows_of(STR("a|b"), '|', 0)), "1@1[a|b]");
	struct batch b;
	struct err e = { 0 };
	struct csv_reader *r = csv_reader_open(',', '\'');
	batch_init(&b);
	CU_ASSERT_EQUAL(csv_reader_feed(r, STR("'a,b',\"c\"\n"), &b, &e), 0);
	ASSERT_STR(cell_str(batch_get(&b, 0, 0)), "a,b");
	ASSERT_STR(cell_str(batch_get(&b, 0, 1)), "\"c\"");
	batch_release(&b);
	csv_reader_close(r);
}

/* A field of `size` bytes, quoted, in the third line; read in pieces of `step` bytes. */
static const char *read_long(size_t size, size_t step)
{
	struct buf text = { 0 };
	buf_add(&text, STR("a\nb\nc,\""));
	for (size_t i = 0; i < size; i++)
		buf_addc(&text, i % 100 == 99 ? '\n' : 'x');
	buf_add(&text, STR("\"\n"));
	const char *rows = rows_of(buf_str(&text), ',', step);
	buf_release(&text);
	return rows;
}

static void a_field_may_have_a_mebibyte(void)
{
	CU_ASSERT_PTR_NULL(strchr(read_long(CSV_FIELD_MAX, 30000), '!'));
	CU_ASSERT_PTR_NULL(strchr(read_long(CSV_FIELD_MAX, 7 + CSV_FIELD_MAX + 1), '!')); /* the second begins behind the quote */
	ASSERT_STR(str_of(read_long(CSV_FIELD_MAX + 1, 7 + CSV_FIELD_MAX + 2)), "1@1[a]2@2[b]!csv.field_too_long@3");
	ASSERT_STR(str_of(read_long(CSV_FIELD_MAX + 1, 30000)), "1@1[a]2@2[b]!csv.field_too_long@3");
	ASSERT_STR(str_of(read_long(CSV_FIELD_MAX * 3, 30000)), "1@1[a]2@2[b]!csv.field_too_long@3");
}

static void rows_may_be_wide_but_not_without_end(void)
{
	struct batch b;
	struct err e = { 0 };
	struct csv_reader *r = csv_reader_open(',', '"');
	char *commas = mem_alloc(CSV_COLUMNS_MAX);
	memset(commas, ',', CSV_COLUMNS_MAX);
	batch_init(&b);
	CU_ASSERT_EQUAL(csv_reader_feed(r, (struct str){ commas, CSV_COLUMNS_MAX - 1 }, &b, &e), 0);
	CU_ASSERT_EQUAL(csv_reader_feed(r, STR("\n"), &b, &e), 0);
	CU_ASSERT_EQUAL(b.row[0].width, CSV_COLUMNS_MAX);
	CU_ASSERT_EQUAL(csv_reader_feed(r, (struct str){ commas, CSV_COLUMNS_MAX }, &b, &e), 0);
	CU_ASSERT_EQUAL(csv_reader_feed(r, STR("\n"), &b, &e), -1);
	ASSERT_STR(str_of(e.code), "csv.too_many_columns");
	CU_ASSERT_EQUAL(e.line, 2);
	CU_ASSERT_EQUAL(b.rows, 1);
	free(commas);
	batch_release(&b);
	csv_reader_close(r);
}

static void stops_at_the_number_of_rows_asked_for(void)
{
	static const char *const texts[] = { "a\nb\nc\nd\n", "a\r\nb\r\nc\r\nd\r\n", "a\rb\rc\rd\r", "\"a\"\n\"b\"\n\"c\"\n\"d\"\n", "a\n\nb\n\n\nc\nd" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct batch b;
		struct err e = { 0 };
		struct str rest = str_of(texts[i]);
		struct csv_reader *r = csv_reader_open(',', '"');
		batch_init(&b);
		CU_ASSERT_EQUAL(csv_reader_feed_rows(r, &rest, 3, &b, &e), 0);
		CU_ASSERT_EQUAL(b.rows, 3);
		batch_clear(&b);
		CU_ASSERT_EQUAL(csv_reader_feed_rows(r, &rest, 3, &b, &e), 0);
		CU_ASSERT_EQUAL(csv_reader_end(r, &b, &e), 0);
		CU_ASSERT_EQUAL(b.rows, 1);
		ASSERT_STR(cell_str(batch_get(&b, 0, 0)), "d");
		CU_ASSERT_EQUAL(rest.n, 0);
		batch_release(&b);
		csv_reader_close(r);
	}
}

UNIT_SUITE(csv_read, UNIT(rows_end_at_lf_cr_or_crlf), UNIT(blank_lines_are_no_rows_but_count), UNIT(empty_cells_are_kept),
	UNIT(line_ends_in_quotes_are_data), UNIT(quotes_in_quotes_are_doubled), UNIT(a_quote_in_an_unquoted_field_is_data),
	UNIT(blanks_around_fields_are_data), UNIT(text_after_a_closing_quote_is_a_fault),
	UNIT(an_open_quote_is_a_fault_where_it_opened), UNIT(nul_and_other_separators_are_data), UNIT(other_delimiters_and_quotes),
	UNIT(a_field_may_have_a_mebibyte), UNIT(rows_may_be_wide_but_not_without_end), UNIT(stops_at_the_number_of_rows_asked_for))
