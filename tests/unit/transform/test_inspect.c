#include "qonduit/inspect.h"

#include <stdio.h>

#include "qonduit/io.h"
#include "unit.h"

/* The profile of a text with what `look` makes of it. */
static void inspect_as(const struct source_options *options, const char *content, void (*look)(const struct profile *p))
{
	static const char *folder;
	char path[300];
	struct source s = { 0 };
	struct profile p = { 0 };
	struct err e = { 0 };
	folder = folder ? folder : unit_folder();
	snprintf(path, sizeof path, "%s/in.csv", folder);
	CU_ASSERT_EQUAL_FATAL(io_replace_file(path, str_of(content), 0600, &e), 0);
	CU_ASSERT_EQUAL_FATAL(source_open(&s, path, STR("in.csv"), options, &e), 0);
	CU_ASSERT_EQUAL(profile_read(&p, &s, &e), 0);
	look(&p);
	profile_release(&p);
	source_close(&s);
}

static void inspect(const char *content, void (*look)(const struct profile *p))
{
	static const struct source_options options = { .format = "csv", .encoding = "auto" };
	inspect_as(&options, content, look);
}

static struct buf seen;

static void see_type(const struct profile *p)
{
	const struct profile_column *c = &p->columns[0];
	buf_clear(&seen);
	buf_printf(&seen, "%s", column_type_name(c->type));
	if (c->note.n)
		buf_printf(&seen, ": %.*s", STR_ARG(c->note));
}

/* A column of the cells, parted by blanks (~ stands for one); its type and note. */
static void is(const char *cells, const char *expected)
{
	struct buf text = { 0 };
	buf_add(&text, STR("Header,x\n"));
	while (*cells) {
		size_t n = strcspn(cells, " ");
		buf_addc(&text, '"');
		for (size_t i = 0; i < n; i++)
			buf_addc(&text, (char)(cells[i] == '~' ? ' ' : cells[i]));
		buf_add(&text, STR("\",1\n"));
		cells += n + (cells[n] == ' ');
	}
	inspect(buf_text(&text), see_type);
	ASSERT_STR(buf_str(&seen), expected);
	buf_release(&text);
}

static void the_narrowest_type_that_reads_every_cell_is_proposed(void)
{
	is("3349668566372 4006381333931", "gtin");
	is("036000291452 96385074", "gtin");
	is("12 0 -5", "integer");
	is("12 5.0 7", "integer");
	is("12 0.5", "decimal");
	is("€~10.00 12.50~EUR", "decimal");
	is("yes No Y", "boolean");
	is("2026-11-21 2026-01-02", "date");
	is("2026-11-21 2026-01-02T18:00:00Z", "datetime");
	is("https://a.example/1 http://b.example", "url");
	is("EUR € gbp", "currency");
	is("Eau 12 yes", "text");
	is("12 yes", "text");
}

static void ones_and_zeros_are_numbers(void)
{
	is("0 1 1", "integer");
	is("0 1 no", "boolean");
}

static void empty_cells_do_not_count(void)
{
	is("12  ~~ 13", "integer");
	is(" ~", "text: empty");
}

static void identifiers_are_no_numbers(void)
{
	is("007 012", "text");
	is("-01 2", "text");
	is("007.5", "text");
	is("+48123456789", "text");
	is("12E3 4E5", "decimal");
	is("000123456 000123457", "text"); /* nor are they seconds */
	is("0 0.5 -0.25", "decimal");
}

static void few_digits_are_no_gtin(void)
{
	is("24 17", "integer"); /* their check digits would be right */
	is("3349668566373", "integer");
}

static void other_marks_are_tried_and_told(void)
{
	is("1,5 2,25", "decimal: \"decimal_mark\": \",\"");
	is("1.234,50 7,00", "decimal: \"decimal_mark\": \",\", \"group_mark\": \".\"");
	is("1,234.50 7.00", "decimal: \"group_mark\": \",\"");
	is("1~234,50 7,00", "decimal: \"decimal_mark\": \",\", \"group_mark\": \" \"");
	is("1,234,567 1", "decimal: \"group_mark\": \",\"");
}

static void a_comma_that_may_be_either_mark_is_not_guessed(void)
{
	is("1,234 5,678", "text: a number whose comma may be a decimal mark or a group mark: declare one of them");
	is("1,234 12", "text: a number whose comma may be a decimal mark or a group mark: declare one of them");
	is("1.234 5.678", "decimal: three digits behind every point: is it a group mark?");
	is("1.234 5.67", "decimal");
}

static void other_forms_of_dates_are_tried_and_told(void)
{
	is("21.11.2026 1.2.2026", "date: \"format\": \"%d.%m.%Y\"");
	is("21/11/2026 01/02/2026", "date: \"format\": \"%d/%m/%Y\"");
	is("11/21/2026 01/02/2026", "date: \"format\": \"%m/%d/%Y\"");
	is("01/02/2026 03/04/2026", "date: \"format\": \"%d/%m/%Y\"; day and month may be the other way round: none is above 12");
	is("21.11.2026~18:00 21.11.2026~18:00:30", "datetime: \"format\": [\"%d.%m.%Y %H:%M:%S\", \"%d.%m.%Y %H:%M\", \"%d.%m.%Y\"]");
	is("21.11.26", "text"); /* the year 26 */
	is("21.11.2026 11/21/2026", "text");
}

static void cells_that_do_not_fit_are_counted(void)
{
	is("1 2 3 4 5 6 7 8 9 x", "text: integer but for 1 cell, the first in row 11");
	is("1 2 3 4 5 6 7 8 y x", "text");
	is("1,5 2,5 3,5 4,5 5,5 6,5 7,5 8,5 9,5 x", "text: decimal with \"decimal_mark\": \",\" but for 1 cell, the first in row 11");
}

static void see_counts(const struct profile *p)
{
	const struct profile_column *c = p->columns;
	buf_clear(&seen);
	buf_printf(&seen, "%llu rows, %llu ragged", (unsigned long long)p->rows, (unsigned long long)p->ragged);
	for (size_t i = 0; i < p->column_count; i++) {
		buf_printf(&seen, "; %.*s %llu/%llu", STR_ARG(c[i].header), (unsigned long long)c[i].empty, (unsigned long long)c[i].filled);
		for (size_t n = 0; n < c[i].example_count; n++)
			buf_printf(&seen, " %.*s", STR_ARG(c[i].examples[n]));
	}
}

static void cells_are_counted_and_the_first_that_differ_are_shown(void)
{
	inspect("a,b,c\n1,x,\n1,y\n2,x, \n3,z,\n4,w,5,6\n", see_counts);
	ASSERT_STR(buf_str(&seen), "5 rows, 2 ragged; a 0/5 1 2 3; b 0/5 x y z; c 4/1 5");
}

static void see_example(const struct profile *p)
{
	struct str example = p->columns[1].examples[0];
	CU_ASSERT_EQUAL(p->columns[1].example_count, 1);
	CU_ASSERT_EQUAL(example.n, PROFILE_EXAMPLE_BYTES - 1 + 3);
	CU_ASSERT_TRUE(str_ends(example, STR("é…")));
}

static void a_long_example_is_cut_between_characters(void)
{
	struct buf text = { 0 };
	buf_add(&text, STR("n,t\n1,x"));
	for (int i = 0; i < 300; i++)
		buf_add(&text, STR("é"));
	buf_add(&text, STR("\n"));
	inspect(buf_text(&text), see_example);
	buf_release(&text);
}

static void see_readings(const struct profile *p)
{
	uint64_t others = 9;
	const struct column *reading = profile_reading(&p->columns[0], COLUMN_DECIMAL, &others);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reading);
	CU_ASSERT_EQUAL(others, 0);
	ASSERT_STR(str_of(profile_declaration(reading)), "");
	reading = profile_reading(&p->columns[1], COLUMN_DECIMAL, &others);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reading);
	CU_ASSERT_EQUAL(others, 1);
	ASSERT_STR(str_of(profile_declaration(reading)), "\"decimal_mark\": \",\"");
	CU_ASSERT_PTR_NULL(profile_reading(&p->columns[1], COLUMN_INTEGER, &others));
	CU_ASSERT_PTR_NOT_NULL(profile_reading(&p->columns[2], COLUMN_GTIN, &others)); /* nothing speaks against it */
	CU_ASSERT_PTR_NULL(profile_reading(&p->columns[3], COLUMN_DECIMAL, &others));
	CU_ASSERT_PTR_NOT_NULL(profile_reading(&p->columns[3], COLUMN_TEXT, &others));
}

static void a_column_can_be_asked_for_another_type(void)
{
	struct buf text = { 0 };
	buf_add(&text, STR("whole,price,nothing,either\n"));
	for (int i = 0; i < 11; i++)
		buf_printf(&text, "%d,\"%s\",,\"1,234\"\n", i, i ? "1,5" : "n/a");
	inspect(buf_text(&text), see_readings);
	buf_release(&text);
}

/* A column "a" of JSON documents with these values, parted by blanks. */
static void json_is(const char *values, const char *expected)
{
	static const struct str part = { "a", 1 };
	static const struct column_path path = { { "a", 1 }, &part, 1 };
	static const struct column column = { .name = { "a", 1 }, .headers = &part, .header_count = 1, .paths = &path,
		.path_count = 1, .header_of = -1, .optional = true, .decimal_mark = '.' };
	static const struct source_options options = { .format = "ndjson", .encoding = "auto", .columns = &column,
		.column_count = 1 };
	struct buf text = { 0 };
	while (*values) {
		size_t n = strcspn(values, " ");
		buf_printf(&text, "{\"a\":%.*s}\n", (int)n, values);
		values += n + (values[n] == ' ');
	}
	inspect_as(&options, buf_text(&text), see_type);
	ASSERT_STR(buf_str(&seen), expected);
	buf_release(&text);
}

static void values_of_json_have_types_too(void)
{
	json_is("1 20 -3 null", "integer");
	json_is("1 20 -3.0", "decimal");
	json_is("1E-7 2", "decimal");
	json_is("\"1.50\" 2", "decimal");
	json_is("\"007\" 2", "text");
	json_is("true false", "boolean");
	json_is("\"2024-01-25T10:12:40.706Z\"", "datetime");
	json_is("3349668566372 \"4006381333931\"", "gtin");
	json_is("[1] {} null", "json");
	json_is("[1] 2 3", "text: 1 with an object or an array");
	json_is("null", "text: empty");
}

UNIT_SUITE(inspect, UNIT(the_narrowest_type_that_reads_every_cell_is_proposed), UNIT(ones_and_zeros_are_numbers),
	UNIT(empty_cells_do_not_count), UNIT(identifiers_are_no_numbers), UNIT(few_digits_are_no_gtin),
	UNIT(other_marks_are_tried_and_told), UNIT(a_comma_that_may_be_either_mark_is_not_guessed),
	UNIT(other_forms_of_dates_are_tried_and_told), UNIT(cells_that_do_not_fit_are_counted),
	UNIT(cells_are_counted_and_the_first_that_differ_are_shown), UNIT(a_long_example_is_cut_between_characters),
	UNIT(a_column_can_be_asked_for_another_type), UNIT(values_of_json_have_types_too))
