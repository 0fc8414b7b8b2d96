#include "unit.h"

#include <stdio.h>

#include "qonduit/column.h"

static struct arena arena;

/* What the cell is worth as text, or "! " and the reason. */
static const char *read_cell(const struct column *c, const char *text, enum cell_kind kind)
{
	struct value v = value_empty();
	struct buf why = { 0 };
	struct cell cell = cell_of(str_of(text), kind);
	const char *result;
	if (column_read(c, cell, (struct str){ 0 }, &arena, &v, &why))
		result = arena_copy(&arena, value_print(&arena, &v)).p;
	else
		result = arena_printf(&arena, "! %s", buf_text(&why)).p;
	buf_release(&why);
	return result;
}

static struct column column(enum column_type type)
{
	return (struct column){ .name = STR("c"), .header_of = -1, .type = type, .decimal_mark = '.' };
}

#define READS(c, text, expected) ASSERT_STR(str_of(read_cell(&(c), text, CELL_TEXT)), expected)
#define READS_KIND(c, text, kind, expected) ASSERT_STR(str_of(read_cell(&(c), text, kind)), expected)

static void text_stays_as_it_stands(void)
{
	struct column c = column(COLUMN_TEXT);
	READS(c, " Eau  de Parfum ", " Eau  de Parfum ");
	READS(c, "007", "007");
	READS_KIND(c, "1.50", CELL_NUMBER, "1.50");
}

static void white_space_is_empty_and_gives_the_default(void)
{
	struct column c = column(COLUMN_INTEGER);
	READS(c, "", "");
	READS(c, " \t", "");
	READS(c, "\xc2\xa0\xe2\x80\x83", "");
	c.standard = value_number(decimal_of(0), VALUE_INTEGER);
	READS(c, "\xc2\xa0", "0");
	READS(c, "5", "5");
}

static void error_cells_never_parse(void)
{
	for (int t = COLUMN_TEXT; t <= COLUMN_CURRENCY; t++) {
		struct column c = column((enum column_type)t);
		READS_KIND(c, "#N/A", CELL_ERROR, "! \"#N/A\" is an error of the workbook, not a value");
	}
}

static void integers_have_no_fraction(void)
{
	struct column c = column(COLUMN_INTEGER);
	READS(c, "5", "5");
	READS(c, "+5", "5");
	READS(c, "-5", "-5");
	READS(c, " 12.0 ", "12");
	READS(c, "1e3", "1000");
	READS(c, "31216", "31216");
	READS(c, "12.5", "! \"12.5\" is not a whole number");
	READS(c, "twelve", "! \"twelve\" is not a whole number");
	READS(c, "12 pcs", "! \"12 pcs\" is not a whole number: \" \" is not expected");
}

static void decimals_keep_their_scale(void)
{
	struct column c = column(COLUMN_DECIMAL);
	READS(c, "10.00", "10.00");
	READS(c, "1.9", "1.9");
	READS(c, "-.5", "-0.5");
	READS(c, "1e-3", "0.001");
	READS(c, "\xc2\xa0" "7 ", "7");
	READS_KIND(c, "1.2E+21", CELL_NUMBER, "1200000000000000000000");
}

static void a_currency_around_a_number_is_skipped(void)
{
	struct column c = column(COLUMN_DECIMAL);
	READS(c, "€10.00", "10.00");
	READS(c, "-€5", "-5");
	READS(c, "€ -5", "-5");
	READS(c, "- 5 EUR", "-5");
	READS(c, "10.00 zł", "10.00");
	READS(c, "â‚¬ 3.5", "3.5");
	READS(c, "€", "! \"€\" is not a decimal number");
	READS(c, "EUR", "! \"EUR\" is not a decimal number");
	READS(c, "10 XYZ", "! \"10 XYZ\" is not a decimal number: \" \" is not expected");
	READS(c, "--5", "! \"--5\" is not a decimal number");
}

static void a_nul_is_no_mark(void)
{
	struct column c = column(COLUMN_DECIMAL);
	struct value v = value_empty();
	struct buf why = { 0 };
	CU_ASSERT_FALSE(column_read(&c, cell_of(STR("10\0"), CELL_TEXT), (struct str){ 0 }, &arena, &v, &why));
	CU_ASSERT_STRING_EQUAL(buf_text(&why), "\"10\\x00\" is not a decimal number");
	buf_release(&why);
}

static void marks_must_be_declared(void)
{
	struct column c = column(COLUMN_DECIMAL);
	READS(c, "12,5", "! \"12,5\" is not a decimal number: \",\" is not expected (declare \"decimal_mark\")");
	READS(c, "1,234", "! \"1,234\" is not a decimal number: \",\" is not expected (declare \"decimal_mark\" or \"group_mark\")");
	READS(c, "1,234.50", "! \"1,234.50\" is not a decimal number: \",\" is not expected (declare \"group_mark\")");
	READS(c, "1.234,56", "! \"1.234,56\" is not a decimal number: \",\" is not expected (declare \"decimal_mark\" and \"group_mark\")");
	READS(c, "1 234", "! \"1 234\" is not a decimal number: \" \" is not expected (declare \"group_mark\")");
	READS(c, "1'234", "! \"1'234\" is not a decimal number: \"'\" is not expected (declare \"group_mark\")");
}

static void declared_marks_are_read(void)
{
	struct column c = column(COLUMN_DECIMAL);
	c.decimal_mark = ',';
	c.group_mark = '.';
	READS(c, "1.234,50", "1234.50");
	READS(c, "12.345.678", "12345678");
	READS(c, "1234,5", "1234.5");
	READS(c, "-1.234,50 €", "-1234.50");
	READS(c, "1234.5", "! \"1234.5\" is not a decimal number: there are not three digits behind each \".\"");
	READS(c, "1.23,5", "! \"1.23,5\" is not a decimal number: there are not three digits behind each \".\"");
	READS(c, "1.2345", "! \"1.2345\" is not a decimal number: there are not three digits behind each \".\"");
	READS(c, ".234", "! \".234\" is not a decimal number: there are not three digits behind each \".\"");
	READS(c, "1,5.000", "! \"1,5.000\" is not a decimal number: \".\" is not expected there (the mapping declares its marks otherwise)");
	READS_KIND(c, "1234.5", CELL_NUMBER, "1234.5");
	c.group_mark = 0;
	READS(c, "1.5", "! \"1.5\" is not a decimal number: \".\" is not expected");
	c.group_mark = ' ';
	READS(c, "1 234,5", "1234.5");
	READS(c, "1\xc2\xa0" "234\xe2\x80\xaf" "567", "1234567");
}

static void long_numbers_are_refused_not_rounded(void)
{
	struct column c = column(COLUMN_DECIMAL);
	READS(c, "99999999999999999999999999999999999999", "99999999999999999999999999999999999999");
	READS(c, "999999999999999999999999999999999999999", "! \"999999999999999999999999999999999999999\" has more digits than a number can "
		"have here (38)");
}

static void booleans_are_words(void)
{
	struct column c = column(COLUMN_BOOLEAN);
	READS(c, "Yes", "true");
	READS(c, "Y", "true");
	READS(c, "1", "true");
	READS(c, "TRUE", "true");
	READS(c, " no ", "false");
	READS(c, "0", "false");
	READS_KIND(c, "false", CELL_BOOLEAN, "false");
	READS(c, "maybe", "! \"maybe\" is not one of yes, true, 1, y or no, false, 0, n");
	struct str yes[] = { STR("Tak"), STR("ДА") }, no[] = { STR("Nie") };
	c.true_words = yes;
	c.true_count = 2;
	c.false_words = no;
	c.false_count = 1;
	READS(c, "TAK", "true");
	READS(c, "да", "true");
	READS(c, "nie", "false");
	READS(c, "yes", "! \"yes\" is not one of Tak, ДА or Nie");
	READS_KIND(c, "true", CELL_BOOLEAN, "true");
}

static void dates_are_iso_or_of_the_declared_forms(void)
{
	static const char *const forms[] = { "%d.%m.%Y", "%d/%m/%Y" };
	struct column c = column(COLUMN_DATE);
	READS(c, "2026-11-21", "2026-11-21");
	READS(c, "21.11.2026", "! \"21.11.2026\" is not a date such as 2026-11-21 (other forms: declare \"format\")");
	c.forms = forms;
	c.form_count = 2;
	READS(c, "21.11.2026", "2026-11-21");
	READS(c, "21/11/2026", "2026-11-21");
	READS(c, "2026-11-21", "! \"2026-11-21\" is not a date in the form %d.%m.%Y or one of the others declared");
	READS_KIND(c, "2026-11-21", CELL_DATE, "2026-11-21");
}

static void times_are_placed_in_their_zone(void)
{
	struct column c = column(COLUMN_DATETIME);
	READS(c, "2026-11-21 18:00", "2026-11-21T18:00:00");
	READS(c, "1795284000", "2026-11-21T18:00:00Z");
	c.zone = "Europe/Warsaw";
	READS(c, "2026-11-21 18:00", "2026-11-21T17:00:00Z");
	READS(c, "2026-03-29 02:30", "! \"2026-03-29 02:30\" does not exist in Europe/Warsaw: the clock goes forward over it");
	READS(c, "noon", "! \"noon\" is not a date and time such as 2026-11-21T18:00:00Z (other forms: declare \"format\")");
}

static void a_date_that_is_refused_is_told_what_would_read_it(void)
{
	static const char *const forms[] = { "%d.%m.%Y", "%d/%m/%Y" };
	struct column c = column(COLUMN_DATE);
	READS(c, "2026-11-21T18:00:00+01:00", "! \"2026-11-21T18:00:00+01:00\" is 2026-11-21T17:00:00Z, which has a time of day, "
		"expected a date alone (declare the type \"datetime\"; the step \"to_date\" makes a date of it)");
	READS(c, "2026-11-21 18:00", "! \"2026-11-21 18:00\" is 2026-11-21T18:00:00, which has a time of day, "
		"expected a date alone (declare the type \"datetime\"; the step \"to_date\" makes a date of it)");
	READS(c, "1795284000", "! \"1795284000\" is 2026-11-21T18:00:00Z, which has a time of day, "
		"expected a date alone (declare the type \"datetime\"; the step \"to_date\" makes a date of it)");
	READS(c, "20261121", "! \"20261121\" is not a date such as 2026-11-21, and too short a number for Unix time, which has 9 "
		"digits or more (declare \"format\": \"%s\" where it is Unix seconds, or a form such as \"%Y%m%d\")");
	READS(c, "25:99", "! \"25:99\" is not a date such as 2026-11-21 (other forms: declare \"format\")");
	c.forms = forms;
	c.form_count = 1;
	READS(c, "21.11.2026 18:00:30", "! \"21.11.2026 18:00:30\" has a time of day behind what the form %d.%m.%Y reads (declare "
		"the type \"datetime\", and a \"format\" with %H:%M:%S)");
	READS_KIND(c, "2026-11-21T18:00:00", CELL_DATE, "! \"2026-11-21T18:00:00\" is 2026-11-21T18:00:00, which has a time of day, "
		"expected a date alone (declare the type \"datetime\"; the step \"to_date\" makes a date of it)");
	c.type = COLUMN_DATETIME;
	c.form_count = 2;
	READS(c, "21/11/2026 9:05", "! \"21/11/2026 9:05\" has a time of day behind what the form %d.%m.%Y, or another one, reads "
		"(declare the type \"datetime\", and a \"format\" with %H:%M)");
	READS(c, "21/11/2026 noon", "! \"21/11/2026 noon\" is not a date and time in the form %d.%m.%Y or one of the others declared");
	READS(c, " 18:00", "! \"18:00\" is not a date and time in the form %d.%m.%Y or one of the others declared");
	READS(c, "T8:0", "! \"T8:0\" is not a date and time in the form %d.%m.%Y or one of the others declared");
	c.form_count = 0;
	READS(c, "99999999", "! \"99999999\" is not a date and time such as 2026-11-21T18:00:00Z, and too short a number for Unix "
		"time, which has 9 digits or more (declare \"format\": \"%s\" where it is Unix seconds, or a form such as \"%Y%m%d\")");
}

static void gtins_are_checked(void)
{
	struct column c = column(COLUMN_GTIN);
	READS(c, "'96385074 ", "0000096385074");
	READS_KIND(c, "33000002668", CELL_NUMBER, "0033000002668");
	READS(c, "3349668566373", "! \"3349668566373\" has the check digit 3, expected 2: a digit is wrong or missing");
}

static void urls_have_a_scheme_and_a_host(void)
{
	struct column c = column(COLUMN_URL);
	READS(c, " https://static.example/a.jpg?x=1#y ", "https://static.example/a.jpg?x=1#y");
	READS(c, "HTTP://example", "HTTP://example");
	READS(c, "ftp://example/a", "! \"ftp://example/a\" is not a URL: it does not begin with http:// or https://");
	READS(c, "www.example.com", "! \"www.example.com\" is not a URL: it does not begin with http:// or https://");
	READS(c, "https://", "! \"https://\" is not a URL: it has no host");
	READS(c, "https:///a", "! \"https:///a\" is not a URL: it has no host");
	READS(c, "https://example/a b", "! \"https://example/a b\" is not a URL: it has white space in it");
	READS(c, "https://example/a\x01", "! \"https://example/a\\x01\" is not a URL: it has a control character in it");
}

static void currencies_are_codes_or_signs(void)
{
	struct column c = column(COLUMN_CURRENCY);
	READS(c, "€", "EUR");
	READS(c, " gbp", "GBP");
	READS(c, "kr", "! \"kr\" is not the code (such as EUR) or the sign of one currency");
}

static void a_header_of_column_reads_the_star(void)
{
	struct column c = column(COLUMN_CURRENCY);
	struct value v;
	struct buf why = { 0 };
	c.header_of = 0;
	CU_ASSERT_TRUE(column_read(&c, cell_of(STR("10.00"), CELL_TEXT), STR("£"), &arena, &v, &why));
	ASSERT_STR(value_print(&arena, &v), "GBP");
	CU_ASSERT_TRUE(column_read(&c, cell_of(STR("10.00"), CELL_TEXT), STR(""), &arena, &v, &why));
	CU_ASSERT_EQUAL(v.type, VALUE_EMPTY);
	buf_release(&why);
}

static void reasons_show_long_cells_shortened(void)
{
	struct column c = column(COLUMN_INTEGER);
	char text[400];
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	const char *reason = read_cell(&c, text, CELL_TEXT);
	CU_ASSERT_TRUE(strlen(reason) < 200);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "x…\" is not a whole number"));
}

static void json_stays_as_it_stands(void)
{
	struct column c = column(COLUMN_JSON);
	READS_KIND(c, "{\"a\":[1.50]}", CELL_JSON, "{\"a\":[1.50]}");
	READS_KIND(c, "135.10", CELL_NUMBER, "135.10");
	READS_KIND(c, "true", CELL_BOOLEAN, "true");
	READS(c, " { \"a\":\n [1.50, \"\\u00e9\"] } ", "{\"a\":[1.50,\"é\"]}");
	READS(c, "\"text\"", "\"text\"");
	READS(c, "null", "");
	READS(c, "", "");
	READS(c, "text", "! \"text\" is not JSON: expected a value, found \"text\"");
	READS(c, "{\"a\":1,\"a\":2}", "! \"{\"a\":1,\"a\":2}\" is not JSON: expected each key once, found \"a\" again: line 1 has it already");
	READS(c, "[1] [2]", "! \"[1] [2]\" is not JSON: expected the end of the text behind the document, found \"[\"");
}

static void no_other_type_takes_a_structure(void)
{
	static const char *const expected[] = { [COLUMN_TEXT] = "a text", [COLUMN_INTEGER] = "a whole number", [COLUMN_DECIMAL] = "a number",
		[COLUMN_BOOLEAN] = "a boolean", [COLUMN_DATE] = "a date", [COLUMN_DATETIME] = "a date and time", [COLUMN_GTIN] = "a GTIN",
		[COLUMN_URL] = "a URL", [COLUMN_CURRENCY] = "a currency" };
	for (int t = COLUMN_TEXT; t < COLUMN_JSON; t++) {
		struct column c = column((enum column_type)t);
		char sentence[100];
		snprintf(sentence, sizeof sentence, "! found an object, expected %s", expected[t]);
		READS_KIND(c, "{}", CELL_JSON, sentence);
		snprintf(sentence, sizeof sentence, "! found an array, expected %s", expected[t]);
		READS_KIND(c, "[1]", CELL_JSON, sentence);
		READS_KIND(c, "found a text at \"a\"", CELL_ASTRAY,
			"! found a text at \"a\", which has nothing below it that the column's path could lead to");
	}
}

static void numbers_of_json_keep_all_digits(void)
{
	struct column text = column(COLUMN_TEXT), whole = column(COLUMN_INTEGER), decimal = column(COLUMN_DECIMAL), gtin = column(COLUMN_GTIN),
		when = column(COLUMN_DATETIME), truth = column(COLUMN_BOOLEAN);
	READS_KIND(whole, "9007199254740993", CELL_NUMBER, "9007199254740993");
	READS_KIND(whole, "1e3", CELL_NUMBER, "1000");
	READS_KIND(whole, "1.5", CELL_NUMBER, "! \"1.5\" is not a whole number");
	READS_KIND(text, "1E-7", CELL_NUMBER, "1E-7");
	READS_KIND(decimal, "1E-7", CELL_NUMBER, "0.0000001");
	READS_KIND(decimal, "135.10", CELL_NUMBER, "135.10");
	decimal.decimal_mark = ',';
	READS_KIND(decimal, "135.10", CELL_NUMBER, "135.10");
	READS_KIND(gtin, "36000291452", CELL_NUMBER, "0036000291452");
	READS_KIND(when, "1706177560706", CELL_NUMBER, "2024-01-25T10:12:40.706Z");
	READS_KIND(truth, "true", CELL_BOOLEAN, "true");
}

static void types_have_names_and_values(void)
{
	for (int t = COLUMN_TEXT; t <= COLUMN_CURRENCY; t++)
		CU_ASSERT_EQUAL(column_type_of(str_of(column_type_name((enum column_type)t))), t);
	CU_ASSERT_EQUAL(column_type_of(STR("money")), -1);
	struct column c = column(COLUMN_GTIN);
	CU_ASSERT_EQUAL(column_value_type(&c), VALUE_TEXT);
	c.type = COLUMN_INTEGER;
	CU_ASSERT_EQUAL(column_value_type(&c), VALUE_INTEGER);
	arena_release(&arena);
}

/* Whether the text has the shape that most cells of the type have; what is then read is what column_read gives. */
static bool is_usual(struct column c, const char *text)
{
	column_usual *usual = column_usual_of(&c);
	struct value quick = value_empty(), v = value_empty();
	struct buf why = { 0 };
	if (!usual || !usual(str_of(text), &quick))
		return false;
	CU_ASSERT_TRUE(column_read(&c, cell_of(str_of(text), CELL_TEXT), (struct str){ 0 }, &arena, &v, &why));
	CU_ASSERT_EQUAL(quick.type, v.type);
	CU_ASSERT_TRUE(value_equal(&quick, &v));
	CU_ASSERT_TRUE(str_eq(value_print(&arena, &quick), value_print(&arena, &v)));
	CU_ASSERT_TRUE(v.type != VALUE_TEXT || value_traits(&quick) == text_traits(v.text));
	buf_release(&why);
	return true;
}

static void usual_cells_are_read_as_the_others(void)
{
	static const char *const texts[] = {
		"3349668566372", "3349668566373", "0", "007", "12", "-3", "+3", "1.50", ".5", "5.", ".", "1e3", "1,234.50", "1.234,50", " 12", "12 ",
		"Yes", "No", "yes", "NO", "Ye", "Yess", "Ja", "999999999999999999", "9999999999999999999", "a", " a", "a ", "\xc3\xa9t\xc3\xa9", "\t",
		"https://a.b/c", "HTTPS://a.b/c", "https://", "https:///c", "https://a b", "https://\xc3\xa9.fr", "https://a\"b", "http://a.b/c", "https://1.2.3.4/",
		"EUR", "2026-11-21", "2026-11-21T18:00:00Z", "{}", "[1]", "\x7f", "12345678901234567890123456789012345678901234567890",
	};
	for (int t = COLUMN_TEXT; t <= COLUMN_JSON; t++) {
		for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
			is_usual(column((enum column_type)t), texts[i]);
	}
	CU_ASSERT_TRUE(is_usual(column(COLUMN_GTIN), "3349668566372"));
	CU_ASSERT_TRUE(is_usual(column(COLUMN_INTEGER), "12"));
	CU_ASSERT_TRUE(is_usual(column(COLUMN_DECIMAL), "1.50"));
	CU_ASSERT_TRUE(is_usual(column(COLUMN_BOOLEAN), "No"));
	CU_ASSERT_TRUE(is_usual(column(COLUMN_URL), "https://a.b/c"));
	CU_ASSERT_FALSE(is_usual(column(COLUMN_URL), "https://a b"));
	CU_ASSERT_FALSE(is_usual(column(COLUMN_TEXT), " a"));
}

static void own_words_and_marks_look_at_every_cell(void)
{
	static const struct str words[] = { { "No", 2 } };
	struct column truth = column(COLUMN_BOOLEAN), price = column(COLUMN_DECIMAL);
	truth.true_words = words;
	truth.true_count = 1;
	price.decimal_mark = ',';
	CU_ASSERT_FALSE(is_usual(truth, "No"));
	CU_ASSERT_FALSE(is_usual(price, "1.50"));
}

UNIT_SUITE(column, UNIT(usual_cells_are_read_as_the_others), UNIT(own_words_and_marks_look_at_every_cell),
	UNIT(text_stays_as_it_stands), UNIT(white_space_is_empty_and_gives_the_default), UNIT(error_cells_never_parse),
	UNIT(integers_have_no_fraction), UNIT(decimals_keep_their_scale), UNIT(a_currency_around_a_number_is_skipped),
	UNIT(a_nul_is_no_mark), UNIT(marks_must_be_declared), UNIT(declared_marks_are_read), UNIT(long_numbers_are_refused_not_rounded),
	UNIT(booleans_are_words), UNIT(dates_are_iso_or_of_the_declared_forms), UNIT(times_are_placed_in_their_zone),
	UNIT(a_date_that_is_refused_is_told_what_would_read_it),
	UNIT(gtins_are_checked), UNIT(urls_have_a_scheme_and_a_host), UNIT(currencies_are_codes_or_signs),
	UNIT(a_header_of_column_reads_the_star), UNIT(reasons_show_long_cells_shortened), UNIT(json_stays_as_it_stands), UNIT(no_other_type_takes_a_structure), UNIT(numbers_of_json_keep_all_digits),
	UNIT(types_have_names_and_values))
