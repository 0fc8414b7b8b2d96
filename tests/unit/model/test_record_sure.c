/* The bytes that a record of sure values takes at most, held against what is printed of the worst ones. */
#include "qonduit/record.h"

#include <stdint.h>

#include "unit.h"

#define FIELDS 9
#define LONGEST 5000

static struct arena arena;

static const struct str sizes[] = { { "1", 1 }, { "2", 1 } };

static const struct contract_field fields[] = {
	{ .name = { "sku", 3 }, .type = FIELD_STRING, .required = true, .places = -1, .max_length = 40,
		.warn_max_length = 30 },
	{ .name = { "note", 4 }, .type = FIELD_STRING, .places = -1 },
	{ .name = { "price", 5 }, .type = FIELD_NUMBER, .places = 20, .number_as_string = true },
	{ .name = { "ratio", 5 }, .type = FIELD_NUMBER, .places = -1, .number_as_string = true },
	{ .name = { "units", 5 }, .type = FIELD_INTEGER, .places = -1, .number_as_string = true },
	{ .name = { "long", 4 }, .type = FIELD_STRING, .places = -1, .max_length = 1000000 },
	{ .name = { "size", 4 }, .type = FIELD_NUMBER, .places = -1, .number_as_string = true, .values = sizes,
		.value_count = 2 },
};

static const struct contract contract = { .target = { "shop.things", 11 }, .fields = fields, .field_count = 7 };

static struct record_field shape_fields[FIELDS] = {
	{ { "sku", 3 }, { "\"sku\":", 6 }, VALUE_TEXT, &fields[0], { 0 } },
	{ { "\x01", 1 }, { "\"\\u0001\":", 9 }, VALUE_TEXT, &fields[1], { 0 } },
	{ { "price", 5 }, { "\"price\":", 8 }, VALUE_DECIMAL, &fields[2], { 0 } },
	{ { "ratio", 5 }, { "\"ratio\":", 8 }, VALUE_DECIMAL, &fields[3], { 0 } },
	{ { "units", 5 }, { "\"units\":", 8 }, VALUE_INTEGER, &fields[4], { 0 } },
	{ { "long", 4 }, { "\"long\":", 7 }, VALUE_TEXT, &fields[5], { 0 } },
	{ { "free", 4 }, { "\"free\":", 7 }, VALUE_TEXT, NULL, { 0 } },
	{ { "open", 4 }, { "\"open\":", 7 }, VALUE_DECIMAL, NULL, { 0 } },
	{ { "size", 4 }, { "\"size\":", 7 }, VALUE_DECIMAL, &fields[6], { 0 } }, /* no text is ever sure of it */
};

static const struct record_shape shape = { .contract = &contract, .fields = shape_fields, .count = FIELDS, .key = 0 };

static void settle(void)
{
	for (size_t i = 0; i < FIELDS; i++)
		record_field_settle(&shape_fields[i]);
}

static size_t printed_bytes(const struct record_shape *s, const struct value *values)
{
	struct buf text = { 0 };
	record_print(s, values, &arena, &text);
	size_t n = text.n;
	buf_release(&text);
	arena_release(&arena);
	return n;
}

static struct value text_of(char byte, size_t n)
{
	static char room[FIELDS][LONGEST];
	static size_t next;
	char *text = room[next++ % FIELDS];
	memset(text, byte, n);
	return value_text((struct str){ text, n });
}

static struct value number(const char *text)
{
	struct decimal d;
	CU_ASSERT_EQUAL_FATAL(decimal_parse(str_of(text), &d), DECIMAL_OK);
	return value_number(d, VALUE_DECIMAL);
}

static bool all_sure(const struct value *values)
{
	for (size_t i = 0; i < FIELDS; i++) {
		if (!record_is_sure(&shape_fields[i], &values[i]))
			return false;
	}
	return true;
}

/* The longest text that is sure of a field. */
static size_t longest(size_t field)
{
	static char room[LONGEST];
	size_t n = 0;
	for (size_t i = 1; i <= LONGEST; i++) {
		struct value v = value_text((struct str){ room, i });
		n = record_is_sure(&shape_fields[field], &v) ? i : n;
	}
	return n;
}

static void every_byte_of_a_text_may_become_six(void)
{
	static const char bytes[] = { '\x01', '"', '\\', '\n', 'x', '\x7f', '\xc3' };
	settle();
	CU_ASSERT_EQUAL(longest(0), 30);
	CU_ASSERT(longest(1) >= 1000 && longest(1) < LONGEST);
	for (size_t i = 0; i < sizeof bytes; i++) {
		struct value values[FIELDS] = { 0 };
		for (size_t f = 0; f < FIELDS; f++)
			values[f] = text_of(bytes[i], longest(f)); /* any field may be given a text */
		CU_ASSERT(all_sure(values));
		CU_ASSERT(printed_bytes(&shape, values) <= record_sure_bytes(&shape));
	}
}

/* Close enough for most records to be passed over: the longest texts, all escaped, take all but what numbers might. */
static void says_not_much_more_than_it_takes(void)
{
	settle();
	struct value values[FIELDS] = { 0 };
	for (size_t f = 0; f < FIELDS; f++)
		values[f] = text_of('\x01', longest(f));
	CU_ASSERT(record_sure_bytes(&shape) - printed_bytes(&shape, values) <= FIELDS * (DECIMAL_TEXT_MAX + 10));
}

static void holds_for_numbers_of_any_width(void)
{
	static const char *const numbers[] = { "0", "9223372036854775806", "9223372036854775807", "0.5", "0.00000000000000000001",
		"9.223372036854775806", "0.00000000000000000009223372036854775806", "0.00000000000000000000000000000000000001",
		"99999999999999999999999999999999999999", "9999999999999999999.9999999999999999999",
		"0.99999999999999999999999999999999999999", "-1", "-0.99999999999999999999999999999999999999",
		"-99999999999999999999999999999999999999" };
	settle();
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		bool wide = str_of(numbers[i]).n > 40 || strspn(numbers[i], "-") || strspn(numbers[i], "9.") > 20;
		for (size_t f = 0; f < FIELDS; f++) {
			struct value values[FIELDS] = { [0] = value_text(STR("abc")), [1] = text_of('\x01', longest(1)) };
			values[f] = number(numbers[i]);
			CU_ASSERT_FALSE(wide && record_is_sure(&shape_fields[f], &values[f])); /* 38 digits never are */
			if (all_sure(values))
				CU_ASSERT(printed_bytes(&shape, values) <= record_sure_bytes(&shape));
		}
	}
	struct value price = number("0.5"), ratio = number("0.00000000000000000000000000000000000001");
	CU_ASSERT(record_is_sure(&shape_fields[2], &price) && record_is_sure(&shape_fields[3], &ratio));
	CU_ASSERT_FALSE(record_is_sure(&shape_fields[2], &ratio));
}

static struct value random_value(uint64_t r)
{
	switch (r % 7) {
	case 0:
		return value_empty();
	case 1:
	case 2:
		return text_of("\x01\x1f\"\\x"[r / 7 % 5], 1 + r / 64 % 34);
	case 3:
		return value_number((struct decimal){ (int64_t)(r / 7), (int)(r / 1024 % 39) }, VALUE_DECIMAL);
	case 4:
		return value_number((struct decimal){ INT64_MAX - (int64_t)(r / 7 % 3), (int)(r / 1024 % 39) }, VALUE_INTEGER);
	case 5:
		return (struct value){ .type = r & 8 ? VALUE_DATE : VALUE_DATETIME,
			.when = { .ms = (int64_t)(r / 16) % 253402300799999, .zoned = r & 16 } };
	default:
		return value_truth(r & 8);
	}
}

/* Whatever type a value has, and whatever its field is. */
static void holds_for_random_records(void)
{
	uint64_t state = 88172645463325252u;
	size_t sure = 0, over = 0;
	settle();
	for (int n = 0; n < 20000; n++) {
		struct value values[FIELDS];
		for (size_t f = 0; f < FIELDS; f++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			values[f] = random_value(state);
		}
		bool is_sure = all_sure(values);
		sure += is_sure;
		over += is_sure && printed_bytes(&shape, values) > record_sure_bytes(&shape);
	}
	CU_ASSERT(sure > 500);
	CU_ASSERT_EQUAL(over, 0);
}

/* One field at a time, so that no other's reserve hides what it lacks. */
static void holds_for_each_field_alone(void)
{
	uint64_t state = 362436069;
	size_t sure = 0, over = 0;
	settle();
	for (int n = 0; n < 40000; n++) {
		struct record_shape one = { .contract = &contract, .fields = &shape_fields[n % FIELDS], .count = 1, .key = -1 };
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		struct value v = random_value(state);
		bool is_sure = record_is_sure(one.fields, &v);
		sure += is_sure;
		over += is_sure && printed_bytes(&one, &v) > record_sure_bytes(&one);
	}
	CU_ASSERT(sure > 5000);
	CU_ASSERT_EQUAL(over, 0);
}

static void says_nothing_where_a_value_may_be_json(void)
{
	for (size_t at = 0; at < FIELDS; at++) {
		struct record_field some[FIELDS];
		struct record_shape s = shape;
		memcpy(some, shape_fields, sizeof some);
		some[at].sure = (struct record_sure){ .json = true };
		for (size_t i = 0; i < FIELDS; i++)
			record_field_settle(&some[i]);
		s.fields = some;
		CU_ASSERT_EQUAL(record_sure_bytes(&s), SIZE_MAX);
		struct value list = { .type = VALUE_JSON, .text = STR("[1]") };
		CU_ASSERT(record_is_sure(&some[at], &list));
		CU_ASSERT_FALSE(record_is_sure(&some[(at + 1) % FIELDS], &list));
	}
}

static void takes_little_without_fields(void)
{
	const struct record_shape none = { .contract = &contract };
	CU_ASSERT_EQUAL(record_sure_bytes(&none), printed_bytes(&none, NULL));
}

UNIT_SUITE(record_sure, UNIT(every_byte_of_a_text_may_become_six), UNIT(says_not_much_more_than_it_takes),
	UNIT(holds_for_numbers_of_any_width), UNIT(holds_for_random_records), UNIT(holds_for_each_field_alone),
	UNIT(says_nothing_where_a_value_may_be_json), UNIT(takes_little_without_fields))
