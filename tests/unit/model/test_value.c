#include "unit.h"

#include "qonduit/moment.h"

static struct value number(const char *text, enum value_type type)
{
	struct decimal d = { 0 };
	CU_ASSERT_EQUAL(decimal_parse(str_of(text), &d), DECIMAL_OK);
	return value_number(d, type);
}

static struct value moment(const char *text, bool date_only)
{
	struct value v = value_empty();
	CU_ASSERT_TRUE(moment_parse_iso(str_of(text), date_only, &v));
	return v;
}

static void prints_every_type(void)
{
	struct arena a;
	arena_init(&a, 0);
	struct value v[] = { value_empty(), value_text(STR("a b")), number("10.00", VALUE_DECIMAL), number("-7", VALUE_INTEGER),
		value_truth(true), value_truth(false), moment("2026-11-21", true), moment("2026-11-21 18:00", false) };
	const char *expected[] = { "", "a b", "10.00", "-7", "true", "false", "2026-11-21", "2026-11-21T18:00:00" };
	for (size_t i = 0; i < sizeof v / sizeof *v; i++)
		ASSERT_STR(value_print(&a, &v[i]), expected[i]);
	arena_release(&a);
}

static void no_text_is_empty(void)
{
	CU_ASSERT_EQUAL(value_text(STR("")).type, VALUE_EMPTY);
	CU_ASSERT_EQUAL(value_text((struct str){ 0 }).type, VALUE_EMPTY);
	CU_ASSERT_EQUAL(value_text(STR(" ")).type, VALUE_TEXT);
}

static void compares_by_value(void)
{
	struct value one = number("1.0", VALUE_DECIMAL), also_one = number("1", VALUE_INTEGER), two = number("2", VALUE_INTEGER);
	struct value a = value_text(STR("a")), b = value_text(STR("b"));
	struct value early = moment("2026-11-21T18:00:00+01:00", false), same = moment("2026-11-21T17:00:00Z", false);
	struct value late = moment("2026-11-22", false), no = value_truth(false), yes = value_truth(true);
	CU_ASSERT_TRUE(value_equal(&one, &also_one));
	CU_ASSERT_TRUE(value_compare(&one, &two) < 0);
	CU_ASSERT_TRUE(value_compare(&b, &a) > 0);
	CU_ASSERT_TRUE(value_equal(&early, &same));
	CU_ASSERT_TRUE(value_compare(&early, &late) < 0);
	CU_ASSERT_TRUE(value_compare(&no, &yes) < 0);
}

static void values_of_other_kinds_are_not_equal(void)
{
	struct value one = number("1", VALUE_INTEGER), text = value_text(STR("1")), empty = value_empty();
	CU_ASSERT_FALSE(value_equal(&one, &text));
	CU_ASSERT_FALSE(value_equal(&empty, &text));
	CU_ASSERT_TRUE(value_equal(&empty, &empty));
}

static void types_have_names(void)
{
	ASSERT_STR(str_of(value_type_name(VALUE_TEXT)), "text");
	ASSERT_STR(str_of(value_type_name(VALUE_DATETIME)), "datetime");
	ASSERT_STR(str_of(value_type_name(VALUE_JSON)), "json");
}

UNIT_SUITE(value, UNIT(prints_every_type), UNIT(no_text_is_empty), UNIT(compares_by_value),
	UNIT(values_of_other_kinds_are_not_equal), UNIT(types_have_names))
