#include "qonduit/csv_write.h"

#include "unit.h"

static struct buf text;

static struct csv_out comma_separated(void)
{
	buf_init(&text, 0);
	return csv_out(&text, ',', '"');
}

static void check(const char *expected)
{
	ASSERT_STR(buf_str(&text), expected);
	buf_release(&text);
}

static void fields_are_separated_and_rows_end_with_a_line_feed(void)
{
	struct csv_out w = comma_separated();
	csv_field(&w, STR("a"));
	csv_field(&w, STR(""));
	csv_field(&w, STR("c d"));
	csv_end_row(&w);
	csv_field(&w, STR(""));
	csv_field(&w, STR("é"));
	csv_end_row(&w);
	check("a,,c d\n,é\n");
}

static void what_would_be_misread_is_quoted(void)
{
	static const char *const values[][2] = {
		{ "a,b", "\"a,b\"" }, { "5\" tube", "\"5\"\" tube\"" }, { "a\nb", "\"a\nb\"" }, { "a\rb", "\"a\rb\"" },
		{ " a", "\" a\"" },   { "a\t", "\"a\t\"" },             { "\"", "\"\"\"\"" },   { "a;b", "a;b" },
		{ "a b", "a b" },     { " ", "\" \"" },
	};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		struct csv_out w = comma_separated();
		csv_field(&w, str_of(values[i][0]));
		check(values[i][1]);
	}
}

static void delimiter_and_quote_are_the_ones_asked_for(void)
{
	buf_init(&text, 0);
	struct csv_out w = csv_out(&text, ';', '\'');
	csv_field(&w, STR("a;b"));
	csv_field(&w, STR("it's"));
	csv_field(&w, STR("a,\"b\""));
	csv_end_row(&w);
	check("'a;b';'it''s';a,\"b\"\n");
}

static void a_row_of_one_empty_field_is_no_empty_line(void)
{
	struct csv_out w = comma_separated();
	csv_field(&w, STR(""));
	csv_end_row(&w);
	csv_field(&w, STR(""));
	csv_field(&w, STR(""));
	csv_end_row(&w);
	csv_field(&w, STR(""));
	csv_end_row(&w);
	csv_end_row(&w);
	check("\"\"\n,\n\"\"\n\n");
}

UNIT_SUITE(csv_write,
	UNIT(fields_are_separated_and_rows_end_with_a_line_feed),
	UNIT(what_would_be_misread_is_quoted),
	UNIT(delimiter_and_quote_are_the_ones_asked_for),
	UNIT(a_row_of_one_empty_field_is_no_empty_line))
