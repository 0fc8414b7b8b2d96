#include "unit.h"

#include <stdio.h>

#include "qonduit/decimal.h"

#define NINES "99999999999999999999999999999999999999" /* the largest: 38 digits */

static struct decimal number(const char *text)
{
	struct decimal d = { 0, 0 };
	CU_ASSERT_EQUAL_FATAL(decimal_parse(str_of(text), &d), DECIMAL_OK);
	return d;
}

static void assert_text(struct decimal d, const char *expected, int line)
{
	char text[DECIMAL_TEXT_MAX];
	size_t n = decimal_print(d, text);
	unit_str((struct str){ text, n }, expected, __FILE__, line);
}

/* The result, or the word of the failure, which must leave `out` alone. */
static void assert_result(enum decimal_status status, struct decimal out, const char *expected, int line)
{
	static const char *const words[] = { "", "syntax", "overflow", "by zero" };
	if (status == DECIMAL_OK)
		assert_text(out, expected, line);
	else
		unit_str(str_of(out.mantissa == 77 && out.scale == 7 ? words[status] : "changed"), expected, __FILE__, line);
}

#define ASSERT_TEXT(d, expected) assert_text((d), (expected), __LINE__)
#define ASSERT_OP(op, a, b, expected) \
	do { \
		struct decimal out = { 77, 7 }; \
		enum decimal_status status = decimal_##op(number(a), number(b), &out); \
		assert_result(status, out, (expected), __LINE__); \
	} while (0)
#define ASSERT_PARSE(text, expected) \
	do { \
		struct decimal out = { 77, 7 }; \
		enum decimal_status status = decimal_parse(STR(text), &out); \
		assert_result(status, out, (expected), __LINE__); \
	} while (0)
#define ASSERT_ROUND(text, places, mode, expected) \
	do { \
		struct decimal out = { 77, 7 }; \
		enum decimal_status status = decimal_round(number(text), (places), (mode), &out); \
		assert_result(status, out, (expected), __LINE__); \
	} while (0)
#define ASSERT_STEP(text, step, mode, expected) \
	do { \
		struct decimal out = { 77, 7 }; \
		enum decimal_status status = decimal_round_step(number(text), number(step), (mode), &out); \
		assert_result(status, out, (expected), __LINE__); \
	} while (0)

static void parses_and_keeps_the_scale(void)
{
	ASSERT_PARSE("12.99", "12.99");
	ASSERT_PARSE("10.00", "10.00");
	ASSERT_PARSE("+007.50", "7.50");
	ASSERT_PARSE(".5", "0.5");
	ASSERT_PARSE("5.", "5");
	ASSERT_PARSE("-0.05", "-0.05");
	ASSERT_PARSE("-0.00", "0.00");
	ASSERT_PARSE("123456789012345678", "123456789012345678");
	ASSERT_PARSE("-0.123456789012345678", "-0.123456789012345678");
	ASSERT_PARSE("9999999999999999999", "9999999999999999999");
	ASSERT_PARSE(NINES, NINES);
	ASSERT_PARSE("-0." NINES, "-0." NINES);
	ASSERT_PARSE("00000000000000000000000000000000000000000000000000.1", "0.1");
}

static void carries_out_exponents(void)
{
	ASSERT_PARSE("1e3", "1000");
	ASSERT_PARSE("1.50E1", "15.0");
	ASSERT_PARSE("1.5e-2", "0.015");
	ASSERT_PARSE("-3.34967E+12", "-3349670000000");
	ASSERT_PARSE("1e37", "10000000000000000000000000000000000000");
	ASSERT_PARSE("1e38", "overflow");
	ASSERT_PARSE("1e-38", "0.00000000000000000000000000000000000001");
	ASSERT_PARSE("1e-39", "overflow");
	ASSERT_PARSE("10e-39", "0.00000000000000000000000000000000000001");
	ASSERT_PARSE("0e99999999999999999999999999", "0");
	ASSERT_PARSE("1e99999999999999999999999999", "overflow");
	ASSERT_PARSE("1e-99999999999999999999999999", "overflow");
}

static void refuses_what_is_no_number(void)
{
	ASSERT_PARSE("", "syntax");
	ASSERT_PARSE(".", "syntax");
	ASSERT_PARSE("-", "syntax");
	ASSERT_PARSE("+-1", "syntax");
	ASSERT_PARSE("1.2.3", "syntax");
	ASSERT_PARSE("1,5", "syntax");
	ASSERT_PARSE(" 1", "syntax");
	ASSERT_PARSE("1 ", "syntax");
	ASSERT_PARSE("1e", "syntax");
	ASSERT_PARSE("1e+", "syntax");
	ASSERT_PARSE("e5", "syntax");
	ASSERT_PARSE("1e5x", "syntax");
	ASSERT_PARSE("0x10", "syntax");
	ASSERT_PARSE("NaN", "syntax");
	ASSERT_PARSE("1\0", "syntax");
	ASSERT_PARSE("12345678901234567890,5", "syntax");
}

static void frees_a_long_number_of_trailing_zeros_before_it_gives_up(void)
{
	ASSERT_PARSE("1.0000000000000000000000000000000000000000000000", "1");
	ASSERT_PARSE("1" NINES, "overflow");
	ASSERT_PARSE("0.1" NINES, "overflow");
	ASSERT_OP(multiply, "1.000000000000000000000", "2.000000000000000000000", "2");
	ASSERT_OP(add, "33", "5.5000000000000000000000000000000000000", "38.5");
	ASSERT_OP(subtract, "35", "5.5000000000000000000000000000000000000", "29.5");
	ASSERT_OP(add, "10000000000000000000000000000000000000", "0.00", "10000000000000000000000000000000000000");
}

static void adds_and_subtracts_exactly(void)
{
	ASSERT_OP(add, "0.1", "0.2", "0.3");
	ASSERT_OP(add, "1.10", "2", "3.10");
	ASSERT_OP(add, "-1.5", "1.50", "0.00");
	ASSERT_OP(add, "1", "-3.25", "-2.25");
	ASSERT_OP(subtract, "1", "0.01", "0.99");
	ASSERT_OP(subtract, "-1", "-1", "0");
	ASSERT_OP(add, NINES, "1", "overflow");
	ASSERT_OP(add, NINES, NINES, "overflow");
	ASSERT_OP(subtract, "-" NINES, "1", "overflow");
	ASSERT_OP(add, NINES, "0.1", "overflow");
	ASSERT_OP(subtract, NINES, NINES, "0");
}

static void multiplies_exactly_or_not_at_all(void)
{
	ASSERT_OP(multiply, "12.99", "1.35", "17.5365");
	ASSERT_OP(multiply, "-0.05", "0.1", "-0.005");
	ASSERT_OP(multiply, "0.00", "-5", "0.00");
	ASSERT_OP(multiply, "9999999999999999999", "9999999999999999999", "99999999999999999980000000000000000001");
	ASSERT_OP(multiply, "10000000000000000000", "10000000000000000000", "overflow");
	ASSERT_OP(multiply, NINES, NINES, "overflow");
	ASSERT_OP(multiply, "1e-20", "1e-19", "overflow");
	ASSERT_OP(multiply, "18446744073709551616", "18446744073709551616", "overflow");
}

static void divides_to_twelve_places(void)
{
	ASSERT_OP(divide, "1", "3", "0.333333333333");
	ASSERT_OP(divide, "2", "3", "0.666666666667");
	ASSERT_OP(divide, "10.00", "4", "2.5");
	ASSERT_OP(divide, "-6", "2", "-3");
	ASSERT_OP(divide, "0.000000000001", "2", "0");
	ASSERT_OP(divide, "0.000000000003", "2", "0.000000000002");
	ASSERT_OP(divide, "0.000000000005", "-2", "-0.000000000002");
	ASSERT_OP(divide, NINES, "1", NINES);
	ASSERT_OP(divide, NINES, "0.1", "overflow");
	ASSERT_OP(divide, NINES, "1e-38", "overflow");
	ASSERT_OP(divide, "1e-38", NINES, "0");
	ASSERT_OP(divide, "1", "0.00", "by zero");
}

static void rounds_in_four_ways(void)
{
	ASSERT_ROUND("2.345", 2, ROUND_HALF_UP, "2.35");
	ASSERT_ROUND("-2.345", 2, ROUND_HALF_UP, "-2.35");
	ASSERT_ROUND("2.345", 2, ROUND_HALF_EVEN, "2.34");
	ASSERT_ROUND("2.355", 2, ROUND_HALF_EVEN, "2.36");
	ASSERT_ROUND("2.3451", 2, ROUND_HALF_EVEN, "2.35");
	ASSERT_ROUND("2.341", 2, ROUND_UP, "2.35");
	ASSERT_ROUND("-2.341", 2, ROUND_UP, "-2.35");
	ASSERT_ROUND("-2.349", 2, ROUND_DOWN, "-2.34");
	ASSERT_ROUND("-0.4", 0, ROUND_HALF_UP, "0");
	ASSERT_ROUND("9.995", 2, ROUND_HALF_UP, "10.00");
	ASSERT_ROUND("5", 2, ROUND_HALF_UP, "5.00");
	ASSERT_ROUND(NINES, 1, ROUND_HALF_UP, "overflow");
	ASSERT_ROUND("0." NINES, 0, ROUND_HALF_UP, "1");
}

static void rounds_to_a_step(void)
{
	ASSERT_STEP("17.5365", "0.05", ROUND_HALF_UP, "17.55");
	ASSERT_STEP("17.525", "0.05", ROUND_HALF_UP, "17.55");
	ASSERT_STEP("17.525", "0.05", ROUND_HALF_EVEN, "17.50");
	ASSERT_STEP("17.51", "0.50", ROUND_UP, "18.00");
	ASSERT_STEP("-17.99", "5", ROUND_DOWN, "-15");
	ASSERT_STEP("1", "3", ROUND_HALF_UP, "0");
	ASSERT_STEP("1e-38", NINES, ROUND_UP, NINES);
	ASSERT_STEP("1e-38", NINES, ROUND_HALF_UP, "0");
	ASSERT_STEP(NINES, "1e-2", ROUND_DOWN, "overflow");
	ASSERT_STEP("1", "0.00", ROUND_UP, "by zero");
	ASSERT_STEP("1", "-1", ROUND_UP, "by zero");
}

static void compares_by_value(void)
{
	CU_ASSERT_EQUAL(decimal_compare(number("10.00"), number("10")), 0);
	CU_ASSERT_TRUE(decimal_compare(number("9.99"), number("10")) < 0);
	CU_ASSERT_TRUE(decimal_compare(number("-9.99"), number("-10")) > 0);
	CU_ASSERT_TRUE(decimal_compare(number("-1"), number("0.001")) < 0);
	CU_ASSERT_TRUE(decimal_compare(number(NINES), number("0." NINES)) > 0);
	CU_ASSERT_TRUE(decimal_compare(number("-" NINES), number("-0." NINES)) < 0);
	CU_ASSERT_EQUAL(decimal_compare(number("0.00"), number("0")), 0);
}

static void knows_whole_numbers(void)
{
	int64_t n = 7;
	CU_ASSERT_TRUE(decimal_to_i64(number("-9223372036854775808.000"), &n));
	CU_ASSERT_EQUAL(n, INT64_MIN);
	CU_ASSERT_FALSE(decimal_to_i64(number("9223372036854775808"), &n));
	CU_ASSERT_FALSE(decimal_to_i64(number("1.5"), &n));
	CU_ASSERT_EQUAL(n, INT64_MIN);
	CU_ASSERT_TRUE(decimal_is_whole(number("10.00")));
	CU_ASSERT_FALSE(decimal_is_whole(number("10.01")));
	CU_ASSERT_TRUE(decimal_is_whole(number("0.000")));
	ASSERT_TEXT(decimal_of(INT64_MIN), "-9223372036854775808");
}

static void trims_and_negates(void)
{
	ASSERT_TEXT(decimal_trim(number("10.500")), "10.5");
	ASSERT_TEXT(decimal_trim(number("-100.00")), "-100");
	ASSERT_TEXT(decimal_trim(number("0.000")), "0");
	ASSERT_TEXT(decimal_trim(number("1.0000000000000000000000000000000000000")), "1");
	ASSERT_TEXT(decimal_trim(number("12345678901234567890123456789.0100")), "12345678901234567890123456789.01");
	ASSERT_TEXT(decimal_negate(number("1.50")), "-1.50");
	ASSERT_TEXT(decimal_negate(number("0.00")), "0.00");
}

static void prints_into_a_buffer(void)
{
	struct buf b = { 0 };
	decimal_add_to(number("-0.0500"), &b);
	buf_addc(&b, ' ');
	decimal_add_to(number("123456789012345678901234567890.12"), &b);
	ASSERT_STR(buf_str(&b), "-0.0500 123456789012345678901234567890.12");
	buf_release(&b);
}

/* Around every power of ten, at every scale that short numbers have and one more. */
static void prints_short_numbers_as_long_ones(void)
{
	char expected[64], text[DECIMAL_TEXT_MAX];
	for (uint64_t power = 1; power <= 1000000000; power *= 10) {
		for (uint64_t n = power - 1; n <= power + 123; n++) {
			for (int scale = 0; scale <= 8; scale++) {
				uint64_t by = 1;
				for (int i = 0; i < scale; i++)
					by *= 10;
				int length = scale ? snprintf(expected, sizeof expected, "%llu.%0*llu", (unsigned long long)(n / by),
					scale, (unsigned long long)(n % by)) : snprintf(expected, sizeof expected, "%llu",
					(unsigned long long)n);
				size_t found = decimal_print((struct decimal){ (__int128)n, scale }, text);
				CU_ASSERT_TRUE(found == (size_t)length && memcmp(text, expected, found) == 0);
			}
		}
	}
}

UNIT_SUITE(decimal, UNIT(prints_short_numbers_as_long_ones), UNIT(parses_and_keeps_the_scale), UNIT(carries_out_exponents), UNIT(refuses_what_is_no_number),
	UNIT(frees_a_long_number_of_trailing_zeros_before_it_gives_up), UNIT(adds_and_subtracts_exactly),
	UNIT(multiplies_exactly_or_not_at_all), UNIT(divides_to_twelve_places), UNIT(rounds_in_four_ways),
	UNIT(rounds_to_a_step), UNIT(compares_by_value), UNIT(knows_whole_numbers), UNIT(trims_and_negates),
	UNIT(prints_into_a_buffer))
