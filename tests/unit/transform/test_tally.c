#include "qonduit/tally.h"

#include "unit.h"

static struct arena arena;

static struct value number(const char *text)
{
	struct decimal d = { 0 };
	CU_ASSERT_EQUAL(decimal_parse(str_of(text), &d), DECIMAL_OK);
	return value_number(d, d.scale ? VALUE_DECIMAL : VALUE_INTEGER);
}

/* The measure of the numbers, "" standing for an empty value; the list ends with null. */
static struct str measured(enum measure_kind kind, const char *const *numbers)
{
	struct tally t = { 0 };
	struct value result;
	for (; *numbers; numbers++) {
		struct value v = **numbers ? number(*numbers) : value_empty();
		if (!tally_add(&t, kind, &v))
			return STR("too large");
	}
	return tally_result(&t, kind, &result) ? value_print(&arena, &result) : STR("too large");
}

#define MEASURED(kind, ...) measured(kind, (const char *const[]){ __VA_ARGS__, NULL })

static void counts_what_is_not_empty(void)
{
	struct tally t = { 0 };
	struct value values[] = { value_text(STR("a")), value_empty(), value_truth(false), value_text(STR("")) }, result;
	for (size_t i = 0; i < 4; i++)
		CU_ASSERT(tally_add(&t, MEASURE_COUNT, &values[i]));
	CU_ASSERT(tally_result(&t, MEASURE_COUNT, &result));
	ASSERT_STR(value_print(&arena, &result), "2");
	CU_ASSERT_EQUAL(result.type, VALUE_INTEGER);
	arena_release(&arena);
}

static void sums_exactly(void)
{
	ASSERT_STR(MEASURED(MEASURE_SUM, "0.1", "0.2", "", "0.30"), "0.60");
	ASSERT_STR(MEASURED(MEASURE_SUM, "9007199254740993", "0.01", "-9007199254740993"), "0.01");
	ASSERT_STR(MEASURED(MEASURE_SUM, "1", "2"), "3");
	arena_release(&arena);
}

static void averages_to_twelve_places_half_even(void)
{
	ASSERT_STR(MEASURED(MEASURE_AVERAGE, "10", "10", "", "11.5"), "10.5");
	ASSERT_STR(MEASURED(MEASURE_AVERAGE, "1", "0", "0"), "0.333333333333");
	ASSERT_STR(MEASURED(MEASURE_AVERAGE, "0.000000000001", "0"), "0");              /* 0.0000000000005 */
	ASSERT_STR(MEASURED(MEASURE_AVERAGE, "0.000000000003", "0"), "0.000000000002"); /* 0.0000000000015 */
	arena_release(&arena);
}

static void finds_the_lowest_and_the_highest_of_numbers_and_dates(void)
{
	ASSERT_STR(MEASURED(MEASURE_LOWEST, "10.50", "", "-2", "9"), "-2");
	ASSERT_STR(MEASURED(MEASURE_HIGHEST, "-10.5", "-2", "-9"), "-2");
	struct tally low = { 0 }, high = { 0 };
	struct value result;
	for (int day = 20; day > 0; day -= 7) {
		struct value v = { .type = VALUE_DATE, .when = { .ms = day * 86400000ll } };
		CU_ASSERT(tally_add(&low, MEASURE_LOWEST, &v) && tally_add(&high, MEASURE_HIGHEST, &v));
	}
	CU_ASSERT(tally_result(&low, MEASURE_LOWEST, &result));
	ASSERT_STR(value_print(&arena, &result), "1970-01-07");
	CU_ASSERT(tally_result(&high, MEASURE_HIGHEST, &result));
	ASSERT_STR(value_print(&arena, &result), "1970-01-21");
	arena_release(&arena);
}

static void of_nothing_a_sum_is_zero_and_an_average_empty(void)
{
	ASSERT_STR(MEASURED(MEASURE_COUNT, ""), "0");
	ASSERT_STR(MEASURED(MEASURE_SUM, ""), "0");
	ASSERT_STR(MEASURED(MEASURE_AVERAGE, ""), "");
	ASSERT_STR(MEASURED(MEASURE_LOWEST, ""), "");
	arena_release(&arena);
}

static void says_where_a_sum_is_too_large(void)
{
	ASSERT_STR(MEASURED(MEASURE_SUM, "99999999999999999999999999999999999999", "1"), "too large");
	ASSERT_STR(MEASURED(MEASURE_SUM, "99999999999999999999999999999999999999", "-1"),
		"99999999999999999999999999999999999998");
	arena_release(&arena);
}

static void knows_its_words(void)
{
	CU_ASSERT_EQUAL(measure_of(STR("average")), MEASURE_AVERAGE);
	CU_ASSERT_EQUAL(measure_of(STR("mean")), MEASURE_NONE);
	CU_ASSERT_EQUAL(measure_of(STR("")), MEASURE_NONE);
	for (int kind = MEASURE_COUNT; kind <= MEASURE_HIGHEST; kind++)
		CU_ASSERT_EQUAL((int)measure_of(str_of(measure_word((enum measure_kind)kind))), kind);
	CU_ASSERT(measure_takes(MEASURE_COUNT) & 1u << VALUE_TEXT);
	CU_ASSERT_FALSE(measure_takes(MEASURE_SUM) & 1u << VALUE_DATE);
	CU_ASSERT(measure_takes(MEASURE_LOWEST) & 1u << VALUE_DATE);
	CU_ASSERT_EQUAL(measure_gives(MEASURE_COUNT, VALUE_TEXT), VALUE_INTEGER);
	CU_ASSERT_EQUAL(measure_gives(MEASURE_AVERAGE, VALUE_INTEGER), VALUE_DECIMAL);
	CU_ASSERT_EQUAL(measure_gives(MEASURE_HIGHEST, VALUE_DATE), VALUE_DATE);
}

UNIT_SUITE(tally, UNIT(counts_what_is_not_empty), UNIT(sums_exactly), UNIT(averages_to_twelve_places_half_even),
	UNIT(finds_the_lowest_and_the_highest_of_numbers_and_dates), UNIT(of_nothing_a_sum_is_zero_and_an_average_empty),
	UNIT(says_where_a_sum_is_too_large), UNIT(knows_its_words))
