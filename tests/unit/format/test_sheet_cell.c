#include "unit.h"

#include "../../../src/format/sheet_cell.h"
#include "qonduit/sheet_read.h"

/* --- references --- */

static void reads_reference(const char *text, uint32_t col, uint32_t row)
{
	uint32_t found_col = 0, found_row = 0;
	CU_ASSERT_TRUE(sheet_reference(text, &found_col, &found_row));
	CU_ASSERT_EQUAL(found_col, col);
	CU_ASSERT_EQUAL(found_row, row);
}

static void references_go_from_a1_to_xfd1048576(void)
{
	reads_reference("A1", 0, 1);
	reads_reference("Z9", 25, 9);
	reads_reference("AA10", 26, 10);
	reads_reference("ZZ99", 701, 99);
	reads_reference("AAA100", 702, 100);
	reads_reference("XFD1048576", 16383, 1048576);
	reads_reference("e17", 4, 17);
}

static void what_is_no_reference_is_refused(void)
{
	static const char *const wrong[] = { "", "A", "1", "A0", "A01", "A-1", "A+1", "$A$1", "A$1", "A1 ", " A1", "A1:B2",
		"AAAAAAAAA1", "XFE1", "ZZZ1", "AAAA1", "A1048577", "A4294967297", "A18446744073709551617", "@1", "[1", "`1",
		"{1",
		"\xc3\x84\x31", "A1.0", "A1x" };
	uint32_t col, row;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		CU_ASSERT_FALSE(sheet_reference(wrong[i], &col, &row));
	}
}

static void areas_are_one_cell_or_two_corners(void)
{
	struct sheet_area a;
	CU_ASSERT_TRUE(sheet_area_read("B3", &a));
	CU_ASSERT_TRUE(a.col == 1 && a.row == 3 && a.last_col == 1 && a.last_row == 3);
	CU_ASSERT_TRUE(sheet_area_read("B3:D10", &a));
	CU_ASSERT_TRUE(a.col == 1 && a.row == 3 && a.last_col == 3 && a.last_row == 10);
	CU_ASSERT_FALSE(sheet_area_read("D10:B3", &a));
	CU_ASSERT_FALSE(sheet_area_read("D3:B10", &a));
	CU_ASSERT_FALSE(sheet_area_read("B3:", &a));
	CU_ASSERT_FALSE(sheet_area_read("B3:D10:E11", &a));
	CU_ASSERT_FALSE(sheet_area_read("B:D", &a));
}

static void columns_have_letters(void)
{
	char out[SHEET_LETTERS_MAX];
	CU_ASSERT_STRING_EQUAL(sheet_letters(0, out), "A");
	CU_ASSERT_STRING_EQUAL(sheet_letters(25, out), "Z");
	CU_ASSERT_STRING_EQUAL(sheet_letters(26, out), "AA");
	CU_ASSERT_STRING_EQUAL(sheet_letters(701, out), "ZZ");
	CU_ASSERT_STRING_EQUAL(sheet_letters(702, out), "AAA");
	CU_ASSERT_STRING_EQUAL(sheet_letters(16383, out), "XFD");
	CU_ASSERT_EQUAL(strlen(sheet_letters(SIZE_MAX, out)), SHEET_LETTERS_MAX - 1);
	for (uint32_t i = 0; i < SHEET_COLUMNS_MAX; i++) {
		char text[16];
		uint32_t col, row;
		strcat(strcpy(text, sheet_letters(i, out)), "7");
		CU_ASSERT_TRUE(sheet_reference(text, &col, &row) && col == i && row == 7);
	}
}

/* --- numbers --- */

/* CELL_ROUNDED has a ~ in front, what is refused is "none". */
static void number(const char *raw, const char *expected)
{
	char out[SHEET_NUMBER_MAX], shown[SHEET_NUMBER_MAX + 2];
	enum cell_kind kind;
	struct str found = sheet_number(str_of(raw), out, &kind);
	size_t n = kind == CELL_ROUNDED;
	if (!found.n)
		found = STR("none");
	shown[0] = '~';
	memcpy(shown + n, found.p, found.n);
	ASSERT_STR(((struct str){ shown, found.n + n }), expected);
}

static void whole_numbers_keep_every_digit(void)
{
	number("0", "0");
	number("5012345678900", "5012345678900");
	number("-17", "-17");
	number("007", "7");
	number("-007", "-7");
	number("+7", "7");
	number("-0", "0");
	number("000", "0");
	number("1234567890123456", "1234567890123456");
	number("9007199254740992", "9007199254740992");
}

static void whole_numbers_beyond_2_to_the_53_are_rounded(void)
{
	number("9007199254740993", "~9007199254740993");
	number("-9007199254740993", "~-9007199254740993");
	number("12345678901234567890", "~12345678901234567890");
	number("10000000000000000", "~10000000000000000");
	number("9007199254740993.0", "~9007199254740992");
	number("9007199254740992.5", "~9007199254740992");
	number("1E+20", "~100000000000000000000");
	number("1.5E+30", "~1.5E+30");
}

static void numbers_are_printed_as_short_as_their_double_allows(void)
{
	number("1.1000000000000001", "1.1");
	number("0.30000000000000004", "0.30000000000000004");
	number("6.0999999999999996", "6.1");
	number("123456789012345.6789", "123456789012345.67");
	number("0.1234567890123456789", "0.12345678901234568");
	number("1.9", "1.9");
	number("1.50", "1.5");
	number("1.00", "1");
	number("10.00", "10");
	number("0.0", "0");
	number("-0.00", "0");
	number("-0.5", "-0.5");
	number("00.5", "0.5");
	number(".5", "0.5");
	number("5.", "5");
	number("+1.25", "1.25");
}

static void exponents_go_where_21_digits_are_enough(void)
{
	number("3.349668566372E+12", "3349668566372");
	number("5.012345678900E12", "5012345678900");
	number("1e3", "1000");
	number("1.5e1", "15");
	number("125e-2", "1.25");
	number("1E-7", "0.0000001");
	number("1E-20", "0.00000000000000000001");
	number("1E-21", "1E-21");
	number("1E-30", "1E-30");
	number("-1.250E-30", "-1.25E-30");
	number("1E+21", "~1E+21");
	number("9.007199254740992E+15", "9007199254740992");
	number("1.1000000000000001E+2", "110.00000000000001");
	number("0E99999999999999999999", "0");
}

static void what_is_no_number_is_refused(void)
{
	static const char *const wrong[] = { "", "-", "+", ".", "-.", "abc", "NaN", "INF", "-inf", "0x10", "1e", "1e+",
		"1e5x",
		"1,5", "1 2", "1..2", "1.2.3", "--1", "1-", "e5", "1e5.5", "\xd9\xa1" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		number(wrong[i], "none");
}

static void what_no_double_holds_is_refused_and_what_is_too_small_is_zero(void)
{
	char digits[400];
	number("1e400", "none");
	number("-1e400", "none");
	number("1.8e308", "none");
	number("1E999999999999999999999999", "none");
	number("1.7E+308", "~1.7E+308");
	number("1e-400", "0");
	number("-1E-999999999999999999999999", "0");
	number("4.9E-324", "4.9E-324");
	memset(digits, '9', sizeof digits);
	digits[309] = '\0';
	number(digits, "none");
	digits[308] = '\0';
	char expected[400] = "~";
	number(digits, strcat(expected, digits));
}

static void digits_without_end_are_read_in_the_same_room(void)
{
	static char text[100000];
	memset(text, '0', sizeof text - 1);
	memcpy(text, "0.", 2);
	strcpy(text + 90000, "15E+89999");
	number(text, "1.5");
	memset(text, '3', sizeof text - 1);
	memcpy(text, "0.", 2);
	text[sizeof text - 1] = '\0';
	number(text, "0.3333333333333333");
	/* Half way between 1 and the double behind it, and then a little more. */
	memset(text, '0', 2000);
	memcpy(text, "1.00000000000000011102230246251565404236316680908203125", 55);
	text[2000] = '\0';
	number(text, "1");
	text[1999] = '1';
	number(text, "1.0000000000000002");
}

/* --- dates --- */

static void moment(const char *raw, enum number_style style, bool from_1904, const char *expected)
{
	char out[SHEET_MOMENT_MAX];
	ASSERT_STR(sheet_moment(str_of(raw), style, from_1904, out), expected);
}

static void days_are_counted_from_1900_as_excel_counts_them(void)
{
	moment("1", STYLE_DATE, false, "1900-01-01");
	moment("59", STYLE_DATE, false, "1900-02-28");
	moment("60", STYLE_DATE, false, "1900-02-29");
	moment("61", STYLE_DATE, false, "1900-03-01");
	moment("46347", STYLE_DATE, false, "2026-11-21");
	moment("2958465", STYLE_DATE, false, "9999-12-31");
}

static void days_are_counted_from_1904(void)
{
	moment("1", STYLE_DATE, true, "1904-01-02");
	moment("60", STYLE_DATE, true, "1904-03-01");
	moment("44885", STYLE_DATE, true, "2026-11-21");
	moment("2957003", STYLE_DATE, true, "9999-12-31");
	moment("2957004", STYLE_DATE, true, "");
}

static void a_time_is_shown_where_the_value_or_the_format_has_one(void)
{
	moment("46347.75", STYLE_DATE, false, "2026-11-21T18:00:00");
	moment("46347.75", STYLE_DATETIME, false, "2026-11-21T18:00:00");
	moment("46347", STYLE_DATETIME, false, "2026-11-21T00:00:00");
	moment("46347.75", STYLE_TIME, false, "2026-11-21T18:00:00");
	moment("60.5", STYLE_DATE, false, "1900-02-29T12:00:00");
	moment("4.634775E+4", STYLE_DATE, false, "2026-11-21T18:00:00");
}

static void less_than_a_day_is_a_time_of_day(void)
{
	moment("0.75", STYLE_TIME, false, "18:00:00");
	moment("0.75", STYLE_DATE, false, "18:00:00");
	moment("0", STYLE_DATETIME, false, "00:00:00");
	moment("0.5", STYLE_DATE, true, "12:00:00");
}

static void elapsed_time_counts_hours_on(void)
{
	moment("1.1041666666666667", STYLE_ELAPSED, false, "26:30:00");
	moment("0.0625", STYLE_ELAPSED, false, "01:30:00");
	moment("100", STYLE_ELAPSED, false, "2400:00:00");
}

static void moments_are_rounded_to_the_millisecond(void)
{
	moment("46347.750005787034", STYLE_DATETIME, false, "2026-11-21T18:00:00.500");
	moment("0.041666666666666664", STYLE_TIME, false, "01:00:00");
	moment("46347.416666666664", STYLE_DATE, false, "2026-11-21T10:00:00");
	moment("46347.9999999999", STYLE_DATE, false, "2026-11-22");
	moment("0.9999999999", STYLE_TIME, false, "1900-01-01T00:00:00");
	moment("0.00000001157407", STYLE_TIME, false, "00:00:00.001");
}

static void negative_and_far_moments_are_none(void)
{
	moment("-1", STYLE_DATE, false, "");
	moment("-0.5", STYLE_ELAPSED, false, "");
	moment("2958466", STYLE_DATE, false, "");
	moment("2958465.9999999999", STYLE_DATE, false, "");
	moment("1E+300", STYLE_DATE, false, "");
	moment("-0", STYLE_DATE, false, "00:00:00");
}

/* --- HYPERLINK --- */

static void hyperlink(const char *formula, enum sheet_hyperlink expected, const char *address, const char *text)
{
	struct buf found_address = { 0 }, found_text = { 0 };
	CU_ASSERT_EQUAL(sheet_hyperlink(str_of(formula), &found_address, &found_text), expected);
	if (expected != HYPERLINK_NONE)
		ASSERT_STR(buf_str(&found_address), address);
	if (expected == HYPERLINK_BOTH)
		ASSERT_STR(buf_str(&found_text), text);
	buf_release(&found_address);
	buf_release(&found_text);
}

static void hyperlinks_of_constants_are_read(void)
{
	hyperlink("HYPERLINK(\"https://a.example/1/\", \"View Product\")", HYPERLINK_BOTH, "https://a.example/1/",
		"View Product");
	hyperlink("HYPERLINK(\"https://a.example/\")", HYPERLINK_BOTH, "https://a.example/", "https://a.example/");
	hyperlink(" = _xlfn.hyperlink ( \"x\" ,\n\"y\" ) ", HYPERLINK_BOTH, "x", "y");
	hyperlink("HYPERLINK(\"a\"\"b\",\"say \"\"hi\"\", (now)\")", HYPERLINK_BOTH, "a\"b", "say \"hi\", (now)");
	hyperlink("HYPERLINK(\"https://\"&\"a.example/\" & \"1\",\"x\"&\"y\")", HYPERLINK_BOTH, "https://a.example/1",
		"xy");
	hyperlink("HYPERLINK(\"x\",\"\")", HYPERLINK_BOTH, "x", "x");
}

static void an_address_is_known_where_only_the_text_is_computed(void)
{
	hyperlink("HYPERLINK(\"x\",A2)", HYPERLINK_ADDRESS, "x", "");
	hyperlink("HYPERLINK(\"x\",\"a\"&B1)", HYPERLINK_ADDRESS, "x", "");
	hyperlink("HYPERLINK(\"x\",IF(A1=\")\",\"(\",'a)b'!C1))", HYPERLINK_ADDRESS, "x", "");
	hyperlink("HYPERLINK(\"x\",)", HYPERLINK_ADDRESS, "x", "");
}

static void other_formulas_are_no_hyperlinks(void)
{
	static const char *const others[] = { "", "A1", "SUM(A1:A2)", "HYPERLINK(A1,\"x\")", "HYPERLINK(\"x\"&A1)",
		"HYPERLINK",
		"HYPERLINK(", "HYPERLINK(\"x", "HYPERLINK(\"x\"", "HYPERLINK(\"x\",\"y\"", "HYPERLINK(\"x\",\"y\")&\"z\"",
		"HYPERLINK(\"x\",A2)&HYPERLINK(\"y\",A3)", "IF(A1,HYPERLINK(\"x\",\"y\"))", "HYPERLINK(\"x\")*2",
		"MYHYPERLINK(\"x\",\"y\")", "HYPERLINK(\"x\";\"y\")", "HYPERLINK(\"x\",A2" };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		hyperlink(others[i], HYPERLINK_NONE, "", "");
}

UNIT_SUITE(sheet_cell, UNIT(references_go_from_a1_to_xfd1048576), UNIT(what_is_no_reference_is_refused),
	UNIT(areas_are_one_cell_or_two_corners), UNIT(columns_have_letters), UNIT(whole_numbers_keep_every_digit),
	UNIT(whole_numbers_beyond_2_to_the_53_are_rounded), UNIT(numbers_are_printed_as_short_as_their_double_allows),
	UNIT(exponents_go_where_21_digits_are_enough), UNIT(what_is_no_number_is_refused),
	UNIT(what_no_double_holds_is_refused_and_what_is_too_small_is_zero),
	UNIT(digits_without_end_are_read_in_the_same_room), UNIT(days_are_counted_from_1900_as_excel_counts_them),
	UNIT(days_are_counted_from_1904), UNIT(a_time_is_shown_where_the_value_or_the_format_has_one),
	UNIT(less_than_a_day_is_a_time_of_day), UNIT(elapsed_time_counts_hours_on),
	UNIT(moments_are_rounded_to_the_millisecond), UNIT(negative_and_far_moments_are_none),
	UNIT(hyperlinks_of_constants_are_read), UNIT(an_address_is_known_where_only_the_text_is_computed),
	UNIT(other_formulas_are_no_hyperlinks))
