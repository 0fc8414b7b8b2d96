#include "qonduit/record.h"

#include "unit.h"

static struct arena arena;

static const struct str kinds[] = { { "new", 3 }, { "used", 4 } };

static const struct contract_field fields[] = {
	{ .name = { "sku", 3 }, .type = FIELD_STRING, .required = true, .places = -1, .min_length = 2, .max_length = 4, .warn_min_length = 3 },
	{ .name = { "price", 5 }, .type = FIELD_NUMBER, .places = 2, .number_as_string = true, .has_minimum = true },
	{ .name = { "cost", 4 }, .type = FIELD_NUMBER, .places = -1, .warn_has_minimum = true },
	{ .name = { "units", 5 }, .type = FIELD_INTEGER, .places = -1 },
	{ .name = { "kind", 4 }, .type = FIELD_STRING, .places = -1, .values = kinds, .value_count = 2 },
	{ .name = { "weight", 6 }, .type = FIELD_NUMBER, .places = 3 },
};

static const struct contract contract = { .target = { "shop.things", 11 }, .fields = fields, .field_count = 6 };

static const struct record_field shape_fields[] = {
	{ { "sku", 3 }, { "\"sku\":", 6 }, VALUE_TEXT, &fields[0] },
	{ { "price", 5 }, { "\"price\":", 8 }, VALUE_DECIMAL, &fields[1] },
	{ { "cost", 4 }, { "\"cost\":", 7 }, VALUE_DECIMAL, &fields[2] },
	{ { "units", 5 }, { "\"units\":", 8 }, VALUE_INTEGER, &fields[3] },
	{ { "kind", 4 }, { "\"kind\":", 7 }, VALUE_TEXT, &fields[4] },
	{ { "weight", 6 }, { "\"weight\":", 9 }, VALUE_DECIMAL, &fields[5] },
	{ { "free", 4 }, { "\"free\":", 7 }, VALUE_TEXT, NULL },
};

#define FIELDS 7

static const struct record_shape shape = { .contract = &contract, .fields = shape_fields, .count = FIELDS, .key = 0 };

static struct value number(const char *text)
{
	struct decimal d;
	CU_ASSERT_EQUAL_FATAL(decimal_parse(str_of(text), &d), DECIMAL_OK);
	return value_number(d, VALUE_DECIMAL);
}

static struct value text(const char *s)
{
	return value_text(str_of(s));
}

static struct str printed(const struct value *values)
{
	struct buf b = { 0 };
	record_print(&shape, values, &arena, &b);
	struct str copy = arena_copy(&arena, buf_str(&b));
	buf_release(&b);
	return copy;
}

/* The first fault of a record that has this value in one field and is right otherwise; "" where it is right. */
static struct str fault_of(size_t field, struct value v)
{
	struct value values[FIELDS] = { [0] = text("abc") };
	struct record_fault faults[4];
	values[field] = v;
	size_t n = record_check(&shape, values, &arena, faults, 4, NULL);
	CU_ASSERT(n <= 1);
	if (n)
		CU_ASSERT_EQUAL(faults[0].field, field);
	return n ? faults[0].reason : STR("");
}

static void prints_numbers_exactly_and_leaves_empty_ones_out(void)
{
	struct value values[FIELDS] = { [0] = text("a\"\n"), [1] = number("10"), [2] = number("0.10"), [5] = number("1.5"), [6] = text("ü") };
	ASSERT_STR(printed(values), "{\"sku\":\"a\\\"\\n\",\"price\":\"10.00\",\"cost\":0.10,\"weight\":1.5,\"free\":\"ü\"}");
	struct value empty[FIELDS] = { 0 };
	ASSERT_STR(printed(empty), "{}");
	values[2] = number("-99999999999999999999999999999999999.999");
	values[5] = number("1.5000");
	values[3] = number("3.0");
	ASSERT_STR(printed(values), "{\"sku\":\"a\\\"\\n\",\"price\":\"10.00\",\"cost\":-99999999999999999999999999999999999.999,\"units\":3,"
		"\"weight\":1.500,\"free\":\"ü\"}");
	arena_release(&arena);
}

static void prints_each_type(void)
{
	struct value values[FIELDS] = { [1] = number("1.005"), [2] = value_truth(false), [3] = value_number(decimal_of(-7), VALUE_INTEGER) };
	values[4] = (struct value){ .type = VALUE_JSON, .text = STR("[1,{\"a\":null}]") };
	values[5] = (struct value){ .type = VALUE_DATETIME, .when = { .ms = 0, .zoned = true } };
	values[6] = (struct value){ .type = VALUE_DATE, .when = { .ms = 86400000 } };
	ASSERT_STR(printed(values), "{\"price\":\"1.00\",\"cost\":false,\"units\":-7,\"kind\":[1,{\"a\":null}],"
		"\"weight\":\"1970-01-01T00:00:00Z\",\"free\":\"1970-01-02\"}");
	arena_release(&arena);
}

static void gives_values_as_text_for_a_table(void)
{
	struct value price = number("10"), truth = value_truth(true), empty = value_empty(), words = text("a\"b");
	ASSERT_STR(record_value_text(&shape_fields[1], &price, &arena), "10.00");
	ASSERT_STR(record_value_text(&shape_fields[6], &truth, &arena), "true");
	ASSERT_STR(record_value_text(&shape_fields[0], &empty, &arena), "");
	ASSERT_STR(record_value_text(&shape_fields[0], &words, &arena), "a\"b");
	arena_release(&arena);
}

static void requires_what_the_contract_requires(void)
{
	ASSERT_STR(fault_of(0, value_empty()), "\"sku\" is required by shop.things and is empty");
	ASSERT_STR(fault_of(1, value_empty()), "");
	arena_release(&arena);
}

static void counts_characters_not_bytes(void)
{
	ASSERT_STR(fault_of(0, text("ä")), "\"sku\" has 1 character; shop.things takes at least 2");
	ASSERT_STR(fault_of(0, text("äöüß")), "");
	ASSERT_STR(fault_of(0, text("äöüßx")), "\"sku\" has 5 characters; shop.things takes at most 4");
	arena_release(&arena);
}

static void takes_only_allowed_values(void)
{
	ASSERT_STR(fault_of(4, text("used")), "");
	ASSERT_STR(fault_of(4, text("Used")), "\"kind\" is \"Used\"; shop.things takes \"new\", \"used\"");
	ASSERT_STR(fault_of(4, text("1234567890123456789012345678901234567890x")),
		"\"kind\" is \"1234567890123456789012345678901234567890…\"; shop.things takes \"new\", \"used\"");
	arena_release(&arena);
}

static void takes_numbers_within_their_limits(void)
{
	ASSERT_STR(fault_of(1, number("0")), "");
	ASSERT_STR(fault_of(1, number("-0.01")), "\"price\" is -0.01; shop.things takes 0 or more");
	ASSERT_STR(fault_of(1, number("1.005")), "\"price\" is 1.005, with 3 places; shop.things takes at most 2");
	ASSERT_STR(fault_of(1, number("1.500")), "");
	ASSERT_STR(fault_of(3, number("1.5")), "\"units\" is 1.5; shop.things takes a whole number");
	ASSERT_STR(fault_of(3, number("2.0")), "");
	ASSERT_STR(fault_of(2, number("-1")), "");
	arena_release(&arena);
}

static void counts_what_only_clients_enforce_without_rejecting(void)
{
	uint64_t warnings[FIELDS] = { 0 };
	struct value values[FIELDS] = { [0] = text("ab"), [2] = number("-1") };
	CU_ASSERT_EQUAL(record_check(&shape, values, &arena, NULL, 0, warnings), 0);
	values[0] = text("abc");
	CU_ASSERT_EQUAL(record_check(&shape, values, &arena, NULL, 0, warnings), 0);
	CU_ASSERT(warnings[0] == 1 && warnings[2] == 2 && warnings[1] == 0);
}

static void counts_all_faults_and_tells_as_many_as_there_is_room_for(void)
{
	struct value values[FIELDS] = { [1] = number("-1.001"), [4] = text("x") };
	struct record_fault faults[2] = { 0 };
	CU_ASSERT_EQUAL(record_check(&shape, values, &arena, faults, 1, NULL), 4);
	CU_ASSERT_EQUAL(faults[0].field, 0);
	CU_ASSERT_PTR_NULL(faults[1].reason.p);
	arena_release(&arena);
}

static void gives_the_key_as_text(void)
{
	struct value values[FIELDS] = { [0] = text("abc"), [1] = number("7") };
	struct record_shape by_price = shape, by_none = shape;
	by_price.key = 1;
	by_none.key = -1;
	ASSERT_STR(record_key(&shape, values, &arena), "abc");
	ASSERT_STR(record_key(&by_price, values, &arena), "7.00");
	ASSERT_STR(record_key(&by_none, values, &arena), "");
	values[0] = value_empty();
	ASSERT_STR(record_key(&shape, values, &arena), "");
	arena_release(&arena);
}

static void takes_equal_numbers_for_one_key(void)
{
	struct value values[FIELDS] = { [2] = number("7.00") };
	struct record_shape by_cost = shape;
	by_cost.key = 2;
	ASSERT_STR(record_key(&by_cost, values, &arena), "7");
	values[2] = number("7");
	ASSERT_STR(record_key(&by_cost, values, &arena), "7");
	values[2] = number("0.70");
	ASSERT_STR(record_key(&by_cost, values, &arena), "0.7");
	arena_release(&arena);
}

UNIT_SUITE(record, UNIT(prints_numbers_exactly_and_leaves_empty_ones_out), UNIT(prints_each_type),
	UNIT(gives_values_as_text_for_a_table), UNIT(requires_what_the_contract_requires), UNIT(counts_characters_not_bytes),
	UNIT(takes_only_allowed_values), UNIT(takes_numbers_within_their_limits), UNIT(counts_what_only_clients_enforce_without_rejecting),
	UNIT(counts_all_faults_and_tells_as_many_as_there_is_room_for), UNIT(gives_the_key_as_text),
	UNIT(takes_equal_numbers_for_one_key))
