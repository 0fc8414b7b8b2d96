#include "qonduit/record.h"

#include "unit.h"

static struct arena arena;

static const struct str kinds[] = { { "new", 3 }, { "used", 4 } };

static const struct contract_field fields[] = {
	{ .name = { "sku", 3 }, .type = FIELD_STRING, .required = true, .places = -1, .min_length = 2, .max_length = 4, .warn_min_length = 3 },
	{ .name = { "price", 5 }, .type = FIELD_NUMBER, .places = 2, .number_as_string = true, .has_minimum = true },
	{ .name = { "cost", 4 }, .type = FIELD_NUMBER, .places = -1, .warn_has_minimum = true, .warn_has_maximum = true,
		.warn_maximum = { .mantissa = 1000 } },
	{ .name = { "units", 5 }, .type = FIELD_INTEGER, .places = -1, .has_maximum = true, .maximum = { .mantissa = 2147483647 } },
	{ .name = { "kind", 4 }, .type = FIELD_STRING, .places = -1, .values = kinds, .value_count = 2 },
	{ .name = { "weight", 6 }, .type = FIELD_NUMBER, .places = 3 },
};

static const struct contract contract = { .target = { "shop.things", 11 }, .fields = fields, .field_count = 6 };

static const struct record_field shape_fields[] = {
	{ { "sku", 3 }, { "\"sku\":", 6 }, VALUE_TEXT, &fields[0], { 0 } },
	{ { "price", 5 }, { "\"price\":", 8 }, VALUE_DECIMAL, &fields[1], { 0 } },
	{ { "cost", 4 }, { "\"cost\":", 7 }, VALUE_DECIMAL, &fields[2], { 0 } },
	{ { "units", 5 }, { "\"units\":", 8 }, VALUE_INTEGER, &fields[3], { 0 } },
	{ { "kind", 4 }, { "\"kind\":", 7 }, VALUE_TEXT, &fields[4], { 0 } },
	{ { "weight", 6 }, { "\"weight\":", 9 }, VALUE_DECIMAL, &fields[5], { 0 } },
	{ { "free", 4 }, { "\"free\":", 7 }, VALUE_TEXT, NULL, { 0 } },
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

/* The shape where the compile has worked out what is sure; `settled` become its own fields. */
static struct record_shape settled_shape(struct record_field settled[FIELDS])
{
	struct record_shape s = shape;
	memcpy(settled, shape_fields, sizeof shape_fields);
	for (size_t i = 0; i < FIELDS; i++)
		record_field_settle(&settled[i]);
	s.fields = settled;
	return s;
}

static struct str printed_of(const struct record_shape *s, const struct value *values)
{
	struct buf b = { 0 };
	record_print(s, values, &arena, &b);
	struct str copy = arena_copy(&arena, buf_str(&b));
	buf_release(&b);
	return copy;
}

/* What is printed, whether the fields are settled or not. */
static struct str printed(const struct value *values)
{
	struct record_field settled[FIELDS];
	const struct record_shape s = settled_shape(settled);
	struct str copy = printed_of(&shape, values);
	ASSERT_STR(printed_of(&s, values), copy.p);
	return copy;
}

/* record_check where the compile has worked out what is sure. */
static size_t check_settled(const struct value *values, struct record_fault *faults, size_t max, bool *warned)
{
	struct record_field settled[FIELDS];
	const struct record_shape s = settled_shape(settled);
	return record_check(&s, values, &arena, faults, max, warned);
}

/* The first fault of a record that has this value in one field and is right otherwise; "" where it is right. */
static struct str fault_of(size_t field, struct value v)
{
	struct value values[FIELDS] = { [0] = text("abc") };
	struct record_fault faults[4], again[4];
	values[field] = v;
	size_t n = record_check(&shape, values, &arena, faults, 4, NULL);
	CU_ASSERT_EQUAL(check_settled(values, again, 4, NULL), n);
	if (n)
		ASSERT_STR(again[0].reason, arena_copy(&arena, faults[0].reason).p);
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
	ASSERT_STR(fault_of(3, number("2147483647.00")), "");
	ASSERT_STR(fault_of(3, number("2147483648")), "\"units\" is 2147483648; shop.things takes 2147483647 or less");
	ASSERT_STR(fault_of(3, number("99999999999999999999999999999999999999")),
		"\"units\" is 99999999999999999999999999999999999999; shop.things takes 2147483647 or less");
	ASSERT_STR(fault_of(2, number("-1")), "");
	arena_release(&arena);
}

static void takes_only_the_characters_that_are_allowed(void)
{
	bool letters[256] = { 0 };
	for (const char *c = "-0123456789_abcdefghijklmnopqrstuvwxyz"; *c; c++)
		letters[(unsigned char)*c] = true;
	const struct contract_field id = { .name = { "id", 2 }, .type = FIELD_STRING, .places = -1, .characters = STR("a-z0-9_-"),
		.character = letters };
	const struct record_field field = { { "id", 2 }, { "\"id\":", 5 }, VALUE_TEXT, &id, { 0 } };
	const struct record_shape of_id = { .contract = &contract, .fields = &field, .count = 1, .key = 0 };
	static const struct {
		struct str text;
		const char *reason;
	} cases[] = {
		{ { "az_09-", 6 }, "" },
		{ { "ab/1", 4 }, "\"id\" is \"ab/1\", with \"/\" as character 3; shop.things takes only a-z0-9_-" },
		{ { "äé", 4 }, "\"id\" is \"äé\", with \"ä\" as character 1; shop.things takes only a-z0-9_-" },
		{ { "x😀", 5 }, "\"id\" is \"x😀\", with \"😀\" as character 2; shop.things takes only a-z0-9_-" },
		{ { "a\0b", 3 }, "\"id\" is \"a\\x00b\", with \"\\x00\" as character 2; shop.things takes only a-z0-9_-" },
		{ { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA", 48 }, "\"id\" is \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…\", "
			"with \"A\" as character 48; shop.things takes only a-z0-9_-" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct value v = value_text(cases[i].text);
		struct record_fault f = { 0 };
		size_t n = record_check(&of_id, &v, &arena, &f, 1, NULL);
		CU_ASSERT_EQUAL(n, cases[i].reason[0] != '\0');
		ASSERT_STR(f.reason, cases[i].reason);
	}
	arena_release(&arena);
}

/* ---- values that are JSON ---- */

static const struct contract_field category[] = {
	{ .name = { "id", 2 }, .type = FIELD_INTEGER, .places = -1, .required = true },
	{ .name = { "name", 4 }, .type = FIELD_STRING, .places = -1, .max_length = 5, .values = kinds, .value_count = 2 },
	{ .name = { "price", 5 }, .type = FIELD_NUMBER, .places = 2, .number_as_string = true },
	{ .name = { "tags", 4 }, .type = FIELD_LIST, .places = -1, .element = FIELD_STRING, .max_items = 2 },
	{ .name = { "on", 2 }, .type = FIELD_BOOLEAN, .places = -1 },
	{ .name = { "rest", 4 }, .type = FIELD_ANY, .places = -1 },
};

static const struct contract_field nested[] = {
	{ .name = { "all", 3 }, .type = FIELD_LIST, .places = -1, .element = FIELD_OBJECT, .max_items = 3, .fields = category, .field_count = 6 },
	{ .name = { "one", 3 }, .type = FIELD_OBJECT, .places = -1, .fields = category, .field_count = 6 },
	{ .name = { "any", 3 }, .type = FIELD_LIST, .places = -1, .element = FIELD_ANY },
	{ .name = { "few", 3 }, .type = FIELD_LIST, .places = -1, .element = FIELD_ANY, .max_items = 2 },
	{ .name = { "free", 4 }, .type = FIELD_OBJECT, .places = -1 },
	{ .name = { "open", 4 }, .type = FIELD_ANY, .places = -1 },
};

/* All faults of a value that is JSON, one a line. */
static struct str faults_of_json(size_t field, struct str json)
{
	const struct record_field of = { nested[field].name, { "", 0 }, VALUE_JSON, &nested[field], { 0 } };
	const struct record_shape s = { .contract = &contract, .fields = &of, .count = 1, .key = -1 };
	struct value v = { .type = VALUE_JSON, .text = json };
	struct record_fault faults[8] = { 0 };
	size_t n = record_check(&s, &v, &arena, faults, 8, NULL);
	struct str all = STR("");
	for (size_t i = 0; i < n && i < 8; i++)
		all = arena_printf(&arena, "%.*s%s%.*s", STR_ARG(all), i ? "\n" : "", STR_ARG(faults[i].reason));
	return all;
}

static void looks_into_objects_and_lists(void)
{
	static const struct {
		size_t field;
		const char *json, *faults;
	} cases[] = {
		{ 0, "[]", "" },
		{ 0, "[{\"id\":1,\"name\":\"used\",\"price\":\"1.50\",\"tags\":[\"a\",\"b\"],\"on\":true,\"rest\":[{}]},{\"id\":2.0,\"name\":null}]", "" },
		{ 0, "[{\"id\":1},{\"id\":2},{\"id\":3},{\"id\":4}]", "\"all\" has 4 items; shop.things takes at most 3" },
		{ 0, "{\"id\":1}", "\"all\" is an object; shop.things takes a list" },
		{ 0, "[1]", "\"all.0\" is a number; shop.things takes an object" },
		{ 0, "[{\"id\":1},null]", "\"all.1\" is required by shop.things and is empty" },
		{ 0, "[{}]", "\"all.0.id\" is required by shop.things and is empty" },
		{ 0, "[{\"id\":null}]", "\"all.0.id\" is required by shop.things and is empty" },
		{ 0, "[{\"id\":1.5}]", "\"all.0.id\" is 1.5; shop.things takes a whole number" },
		{ 0, "[{\"id\":\"1\"}]", "\"all.0.id\" is a string; shop.things takes a whole number of at most 38 digits" },
		{ 0, "[{\"id\":1,\"name\":\"newest\"}]", "\"all.0.name\" has 6 characters; shop.things takes at most 5\n"
			"\"all.0.name\" is \"newest\"; shop.things takes \"new\", \"used\"" },
		{ 0, "[{\"id\":1,\"price\":1.5}]", "\"all.0.price\" is a number; shop.things takes a number of at most 38 digits, as a string" },
		{ 0, "[{\"id\":1,\"price\":\"1.505\"}]", "\"all.0.price\" is 1.505, with 3 places; shop.things takes at most 2" },
		{ 0, "[{\"id\":1,\"price\":\"cheap\"}]", "\"all.0.price\" is a string; shop.things takes a number of at most 38 digits, as a string" },
		{ 0, "[{\"id\":1,\"tags\":[\"a\",\"b\",\"c\"]}]", "\"all.0.tags\" has 3 items; shop.things takes at most 2" },
		{ 0, "[{\"id\":1,\"tags\":[\"a\",2]}]", "\"all.0.tags.1\" is a number; shop.things takes a string" },
		{ 0, "[{\"id\":1,\"on\":\"yes\"}]", "\"all.0.on\" is a string; shop.things takes true or false" },
		{ 0, "[{\"id\":1,\"nam\":2}]", "\"all.0\" has \"nam\", which shop.things does not know" },
		{ 0, "[{\"id\":1e40}]", "\"all.0.id\" is a number; shop.things takes a whole number of at most 38 digits" },
		{ 1, "{\"id\":7}", "" },
		{ 1, "[]", "\"one\" is an array; shop.things takes an object" },
		{ 1, "{\"id\":\"x\",\"on\":1}", "\"one.id\" is a string; shop.things takes a whole number of at most 38 digits\n"
			"\"one.on\" is a number; shop.things takes true or false" },
		{ 2, "[1,[2],{}]", "" },
		{ 2, "{}", "\"any\" is an object; shop.things takes a list" },
		{ 3, "[[1,2,3],\"[,,]\"]", "" },
		{ 3, "[1,2,3]", "\"few\" has 3 items; shop.things takes at most 2" },
		{ 4, "{\"a\":[1,2,3]}", "" },
		{ 4, "[]", "\"free\" is an array; shop.things takes an object" },
		{ 5, "[1,2,3]", "" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ASSERT_STR(faults_of_json(cases[i].field, str_of(cases[i].json)), cases[i].faults);
	CU_ASSERT(str_starts(faults_of_json(0, STR("[{\"id\":1,\"id\":2}]")), STR("\"all\" cannot be read as JSON: ")));
	CU_ASSERT(str_starts(faults_of_json(0, STR("[{\"id\":1,\"name\":\"\\u0000\"}]")), STR("\"all\" cannot be read as JSON: ")));
	arena_release(&arena);
}

static void gives_marketplace_decimals(void)
{
	struct value values[FIELDS] = { [0] = text("abc"), [1] = number("10.5") };
	ASSERT_STR(printed(values), "{\"sku\":\"abc\",\"price\":\"10.50\"}");
	values[1] = number("1e2");
	ASSERT_STR(printed(values), "{\"sku\":\"abc\",\"price\":\"100.00\"}");
	values[1] = number("0.10000");
	ASSERT_STR(printed(values), "{\"sku\":\"abc\",\"price\":\"0.10\"}");
	ASSERT_STR(fault_of(1, number("0.10000")), "");
	ASSERT_STR(fault_of(1, number("0.101")), "\"price\" is 0.101, with 3 places; shop.things takes at most 2");
	values[1] = number("99999999999999999999999999999999999999");
	ASSERT_STR(fault_of(1, values[1]), "");
	ASSERT_STR(printed(values), "{\"sku\":\"abc\",\"price\":\"99999999999999999999999999999999999999\"}");
	arena_release(&arena);
}

static void writes_whole_numbers_as_strings_without_a_point(void)
{
	const struct contract_field stock = { .name = { "stock", 5 }, .type = FIELD_INTEGER, .places = -1, .number_as_string = true };
	const struct record_field field = { { "stock", 5 }, { "\"stock\":", 8 }, VALUE_INTEGER, &stock, { 0 } };
	const struct record_shape s = { .contract = &contract, .fields = &field, .count = 1, .key = 0 };
	static const char *const cases[][2] = { { "7", "7" }, { "7.000", "7" }, { "-0", "0" }, { "12345678901234567890", "12345678901234567890" } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct value v = number(cases[i][0]);
		struct buf out = { 0 };
		record_print(&s, &v, &arena, &out);
		ASSERT_STR(buf_str(&out), arena_printf(&arena, "{\"stock\":\"%s\"}", cases[i][1]).p);
		buf_release(&out);
		ASSERT_STR(record_key(&s, &v, &arena), cases[i][1]);
	}
	arena_release(&arena);
}

static void tells_what_only_clients_enforce_without_rejecting(void)
{
	bool warned[FIELDS] = { 0 };
	struct value values[FIELDS] = { [0] = text("ab"), [2] = number("-1") };
	CU_ASSERT_EQUAL(record_check(&shape, values, &arena, NULL, 0, warned), 0);
	CU_ASSERT(warned[0] && warned[2] && !warned[1]);
	values[0] = text("abc");
	static const struct { const char *number; bool warned; } table[] = {
		{ "-1", true }, { "0", false }, { "1000.00", false }, { "1000.01", true },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		memset(warned, 0, sizeof warned);
		values[2] = number(table[i].number);
		CU_ASSERT_EQUAL(record_check(&shape, values, &arena, NULL, 0, warned), 0);
		CU_ASSERT(!warned[0] && warned[2] == table[i].warned);
	}
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

/* What is sure is passed over, and nothing else: the same faults and warnings, whatever stands in the fields. */
static void passes_over_only_what_is_sure(void)
{
	static const char *const texts[] = { "a", "ab", "abc", "abcd", "abcde", "abcdefgh", "ä", "äö", "äöü", "äöüß", "äöüßx", "new", "used" };
	static const char *const numbers[] = { "0", "1", "-1", "0.00", "0.01", "-0.01", "1.005", "1.500", "2.0", "2.5", "999.99", "1000", "1000.00",
		"1000.01", "1001", "2147483646", "2147483647", "2147483647.0", "2147483648", "9223372036854775807", "9223372036854775808",
		"-9223372036854775808", "99999999999999999999999999999999999999", "0.00000000000000000000000000000000000001" };
	size_t text_count = sizeof texts / sizeof *texts, count = text_count + sizeof numbers / sizeof *numbers;
	for (size_t field = 0; field < FIELDS; field++) {
		for (size_t i = 0; i < 2 * count; i++) {
			struct value values[FIELDS] = { [0] = text("abc") };
			struct record_fault faults[8], again[8];
			bool warned[FIELDS] = { 0 }, again_warned[FIELDS] = { 0 };
			values[field] = i / 2 < text_count ? text(texts[i / 2]) : number(numbers[i / 2 - text_count]);
			if (i % 2 && values[field].type == VALUE_TEXT)
				value_traits(&values[field]);
			size_t n = record_check(&shape, values, &arena, faults, 8, warned);
			CU_ASSERT_EQUAL_FATAL(check_settled(values, again, 8, again_warned), n);
			for (size_t f = 0; f < n && f < 8; f++)
				ASSERT_STR(again[f].reason, arena_copy(&arena, faults[f].reason).p);
			CU_ASSERT_EQUAL(memcmp(warned, again_warned, sizeof warned), 0);
		}
	}
	arena_release(&arena);
}

static void prints_texts_with_and_without_known_traits_alike(void)
{
	struct value plain[FIELDS] = { 0 }, seen[FIELDS];
	char text[80];
	for (size_t n = 1; n < sizeof text; n++) {
		for (size_t at = 0; at <= n; at++) {
			memset(text, 'x', sizeof text);
			if (at < n)
				text[at] = "\"\\\n\x1f\x7f \xc3"[at % 7];
			plain[0] = plain[6] = value_text((struct str){ text, n });
			memcpy(seen, plain, sizeof seen);
			value_traits(&seen[0]);
			ASSERT_STR(printed(seen), printed(plain).p);
		}
	}
	arena_release(&arena);
}

/* A buf that has room for so many bytes and no more. */
static struct buf buf_of(size_t room)
{
	return (struct buf){ .p = mem_alloc(room ? room : 1), .cap = room };
}

static void prints_the_same_in_any_room_and_with_keys_of_any_length(void)
{
	static const char letters[] = "\"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";
	struct value values[FIELDS] = { [0] = text("a text, longer than a block of any kind is"), [1] = number("-0.5"), [2] = value_truth(true),
		[3] = number("99999999999999999999999999999999999999"), [4] = text("é"), [5] = value_truth(false), [6] = text("\"") };
	values[0].traits = (uint8_t)text_traits(values[0].text);
	for (size_t n = 1; n + 2 < sizeof letters; n++) {
		struct record_field settled[FIELDS];
		struct record_shape s = settled_shape(settled);
		struct str key = arena_printf(&arena, "%.*s\":", (int)n + 1, letters), expected = { 0 };
		for (size_t i = 0; i < FIELDS; i++) {
			settled[i].json_key = key;
			settled[i].sure = (struct record_sure){ 0 };
		}
		expected = printed_of(&s, values);
		for (size_t i = 0; i < FIELDS; i++)
			record_field_settle(&settled[i]);
		for (size_t room = 0; room < expected.n + 200; room++) {
			struct buf b = buf_of(room);
			record_print(&s, values, &arena, &b);
			CU_ASSERT(str_eq(buf_str(&b), expected));
			buf_release(&b);
		}
	}
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
	UNIT(takes_only_allowed_values), UNIT(takes_numbers_within_their_limits), UNIT(tells_what_only_clients_enforce_without_rejecting),
	UNIT(counts_all_faults_and_tells_as_many_as_there_is_room_for), UNIT(gives_the_key_as_text),
	UNIT(takes_equal_numbers_for_one_key), UNIT(takes_only_the_characters_that_are_allowed), UNIT(looks_into_objects_and_lists),
	UNIT(passes_over_only_what_is_sure), UNIT(prints_the_same_in_any_room_and_with_keys_of_any_length),
	UNIT(prints_texts_with_and_without_known_traits_alike), UNIT(gives_marketplace_decimals), UNIT(writes_whole_numbers_as_strings_without_a_point))
