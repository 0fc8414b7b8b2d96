#include "qonduit/json_doc.h"

#include <stdio.h>

#include "unit.h"

static struct arena arena;
static struct err err;

static const struct json *parse(const char *text)
{
	arena_release(&arena);
	err_clear(&err);
	return json_parse(str_of(text), "a.json", ERR_MAPPING, &arena, &err);
}

static void printed(const struct json *j, const char *expected)
{
	struct buf b;
	buf_init(&b, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(j);
	json_print(j, &b);
	ASSERT_STR(buf_str(&b), expected);
	buf_release(&b);
}

/* Expects a refusal at line:col. */
static void refused(const char *text, unsigned line, unsigned col, const char *message)
{
	CU_ASSERT_PTR_NULL(parse(text));
	CU_ASSERT_EQUAL(err.class, ERR_MAPPING);
	ASSERT_STR(str_of(err.message), message);
	ASSERT_STR(str_of(err.file), "a.json");
	CU_ASSERT_EQUAL(err.line, line);
	CU_ASSERT_EQUAL(err.col, col);
	arena_release(&arena);
}

static void accepted(const char *text)
{
	CU_ASSERT_PTR_NOT_NULL(parse(text));
	ASSERT_STR(str_of(err.message), "");
	arena_release(&arena);
}

static void numbers_keep_their_text(void)
{
	printed(parse(" [0.10, -0, 1E+2, 12345678901234567890, 1.0] "), "[0.10,-0,1E+2,12345678901234567890,1.0]");
	ASSERT_STR(json_text(json_path(parse("{\"a\":[1.50]}"), STR("a.0")), STR("?")), "1.50");
	arena_release(&arena);
}

static void every_value_knows_its_place(void)
{
	const struct json *root = parse("\xef\xbb\xbf{\n\t\"é\": 1, \"b\" :\r\n  [ true,\"x\" ]}");
	CU_ASSERT_PTR_NOT_NULL_FATAL(root);
	CU_ASSERT(root->line == 1 && root->col == 1 && root->key_line == 0);
	const struct json *first = json_get(root, "é"), *b = json_get(root, "b"), *x = json_path(root, STR("b.1"));
	CU_ASSERT(first->line == 2 && first->col == 7 && first->key_line == 2 && first->key_col == 2);
	CU_ASSERT(b->line == 3 && b->col == 3 && b->key_line == 2 && b->key_col == 10);
	CU_ASSERT(x->line == 3 && x->col == 10 && x->index == 1 && x->parent == b && b->count == 2);
	err_clear(&err);
	json_place(b, true, &err);
	CU_ASSERT(err.line == 2 && err.col == 10);
	ASSERT_STR(str_of(err.pointer), "/b");
	json_place(x, false, &err);
	ASSERT_STR(str_of(err.pointer), "/b");
	err_clear(&err);
	json_place(x, true, &err);
	CU_ASSERT(err.line == 3 && err.col == 10);
	ASSERT_STR(str_of(err.pointer), "/b/1");
	arena_release(&arena);
}

static void pointers_escape_tilde_and_slash(void)
{
	const struct json *root = parse("{\"outputs\":{\"a/b~c\":[0,{\"\":1}]}}");
	struct buf b;
	buf_init(&b, 0);
	json_pointer(json_path(root, STR("outputs.a/b~c.1"))->child, &b);
	ASSERT_STR(buf_str(&b), "/outputs/a~1b~0c/1/");
	buf_clear(&b);
	json_pointer(root, &b);
	CU_ASSERT_EQUAL(b.n, 0);
	buf_release(&b);
	arena_release(&arena);
}

static void strings_are_unescaped_and_terminated(void)
{
	const struct json *root = parse("{\"k\\u00e9y\":\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u20AC\\ud83d\\ude00é\"}");
	CU_ASSERT_PTR_NOT_NULL_FATAL(root);
	ASSERT_STR(root->child->key, "kéy");
	ASSERT_STR(root->child->text, "a\"\\/\b\f\n\r\t€😀é");
	CU_ASSERT_EQUAL(root->child->text.p[root->child->text.n], '\0');
	CU_ASSERT_EQUAL(root->child->key.p[root->child->key.n], '\0');
	printed(root, "{\"kéy\":\"a\\\"\\\\/\\b\\f\\n\\r\\t€😀é\"}");
	arena_release(&arena);
}

static void paths_lead_through_objects_and_arrays(void)
{
	const struct json *root = parse("{\"a\":{\"b\":[10,{\"c\":null}]},\"A\":2}");
	CU_ASSERT(json_is(json_path(root, STR("a.b.1.c")), JSON_NULL));
	ASSERT_STR(json_text(json_path(root, STR("A")), STR("")), "2");
	CU_ASSERT_PTR_EQUAL(json_path(root, STR("")), root);
	CU_ASSERT_PTR_NULL(json_path(root, STR("a.b.2")));
	CU_ASSERT_PTR_NULL(json_path(root, STR("a.b.x")));
	CU_ASSERT_PTR_NULL(json_path(root, STR("a.b.0.x")));
	CU_ASSERT_PTR_NULL(json_path(NULL, STR("a")));
	CU_ASSERT_PTR_NULL(json_get(json_get(root, "none"), "x"));
	ASSERT_STR(json_text(NULL, STR("otherwise")), "otherwise");
	ASSERT_STR(str_of(json_kind_name(json_path(root, STR("a.b")))), "an array");
	arena_release(&arena);
}

static void whole_numbers_are_taken_exactly(void)
{
	static const struct {
		const char *text;
		bool whole;
		int64_t value;
	} cases[] = {
		{ "9223372036854775807", true, INT64_MAX }, { "-9223372036854775808", true, INT64_MIN },
		{ "9223372036854775808", false, 0 },        { "1.0", true, 1 },
		{ "1e3", true, 1000 },                      { "1.5", false, 0 },
		{ "\"1\"", false, 0 },                      { "9007199254740993", true, 9007199254740993 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t value = 0;
		CU_ASSERT_EQUAL(json_to_i64(parse(cases[i].text), &value), cases[i].whole);
		CU_ASSERT_EQUAL(value, cases[i].value);
	}
	CU_ASSERT_FALSE(json_to_i64(NULL, &(int64_t){ 0 }));
	arena_release(&arena);
}

static void faults_say_what_was_expected_and_found(void)
{
	refused("{\"a\": 1 x}", 1, 9, "expected \",\" or \"}\", found \"x\"");
	refused("{\"a\": 1\n \"b\": 2}", 2, 2, "expected \",\" or \"}\", found a string");
	refused("{\"x\": {\"a\": 1, \"b\": 2} \"y\": 3}", 1, 24, "expected \",\" or \"}\", found a string");
	refused("[1 2]", 1, 4, "expected \",\" or \"]\", found \"2\"");
	refused("{\"a\" 1}", 1, 6, "expected \":\" behind the key, found \"1\"");
	refused("{\"a\":1,}", 1, 8, "expected a key in double quotes, found \"}\"");
	refused("{a:1}", 1, 2, "expected a key in double quotes or \"}\", found \"a\"");
	refused("[1,]", 1, 4, "expected a value, found \"]\"");
	refused("[True]", 1, 2, "expected a value, found \"True\"");
	refused("[nullx]", 1, 2, "expected a value, found \"nullx\"");
	refused("['é']", 1, 2, "expected a value, found a single quote, where JSON has double ones");
	refused("[\"é\", é]", 1, 7, "expected a value, found \"é\" (U+00E9)");
	refused("[\xc2\xa0" "1]", 1, 2, "expected a value, found \"\xc2\xa0\" (U+00A0)");
	refused("[1, // one\n2]", 1, 5, "expected a value, found a comment, which JSON does not have");
	refused("", 1, 1, "expected a value, found the end of the text");
	refused("{\"a\":\n[1", 2, 3, "expected \",\" or \"]\", found the end of the text");
	refused("{} {}", 1, 4, "expected the end of the text behind the document, found \"{\"");
	refused("\xef\xbb\xbf\xef\xbb\xbf{}", 1, 1, "expected a value, found \"\xef\xbb\xbf\" (U+FEFF)");
	refused("[\v1]", 1, 2, "expected a value, found the control character U+000B");
}

static void numbers_that_json_does_not_know_are_refused(void)
{
	static const char *const wrong[] = { "01", "+1", ".5", "1.", "-", "1e", "1e+", "00", "1x", "-a", "0x10", "1.2.3",
		"1-2" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char message[100];
		snprintf(message, sizeof message, "expected a number as JSON writes them (10, -0.5, 1e3), found \"%s\"", wrong[i]);
		refused(wrong[i], 1, 1, message);
	}
	CU_ASSERT_PTR_NULL(parse("[NaN]"));
	CU_ASSERT_PTR_NULL(parse("[-Infinity]"));
	accepted("[123456789012345678901234567890123456789012345678901234567890123]");
	refused("[1234567890123456789012345678901234567890123456789012345678901234]", 1, 2,
		"expected a number of at most 63 characters, found \"123456789012345678901234\"");
}

static void strings_that_are_not_text_are_refused(void)
{
	refused("[\"a\nb\"]", 1, 4, "expected a \" that ends the string, found the end of the line");
	refused("[\"a", 1, 4, "expected a \" that ends the string, found the end of the text");
	refused("[\"a\\", 1, 4, "expected an escape that JSON knows (\\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and four "
		"hexadecimal digits), found another behind \"\\\"");
	refused("[\"\t\"]", 1, 3, "expected an escape such as \\t or \\u0001, found the control character U+0009");
	refused("[\"ab\xe9\"]", 1, 5, "expected UTF-8, found the byte 0xE9");
	refused("[\"\xc0\x80\"]", 1, 3, "expected UTF-8, found the byte 0xC0");
	refused("[\"\xed\xa0\x80\"]", 1, 3, "expected UTF-8, found the byte 0xED");
	refused("[\"a\\u0000\"]", 1, 4, "expected a character that text can hold, found \\u0000");
	refused("{\"\\u0000\":1}", 1, 3, "expected a character that text can hold, found \\u0000");
	static const char *const halves[] = { "\"\\ud800\"", "\"\\ud800\\n\"", "\"\\udc00\\udc00\"", "\"\\ud800\\ud800\"",
		"\"\\ud800\\u0041\"" };
	for (size_t i = 0; i < sizeof halves / sizeof *halves; i++)
		refused(halves[i], 1, 2, "expected a pair of surrogates (\\uD83D\\uDE00), found half of one");
	CU_ASSERT_PTR_NULL(parse("\"\\x41\""));
	CU_ASSERT_PTR_NULL(parse("\"\\u12g4\""));
	CU_ASSERT_PTR_NULL(parse("\"\\u12"));
	arena_release(&arena);
	err_clear(&err);
	CU_ASSERT_PTR_NULL(json_parse((struct str){ "\"a\0b\"", 5 }, "a.json", ERR_MAPPING, &arena, &err));
	CU_ASSERT_EQUAL(err.col, 3);
	arena_release(&arena);
}

static void a_key_given_twice_is_refused_at_the_second(void)
{
	refused("{\n \"a\": 1,\n \"b\": {\"a\": 1},\n \"a\": 2}", 4, 2,
		"expected each key once, found \"a\" again: line 2 has it already");
	ASSERT_STR(str_of(err.pointer), "/a");
	ASSERT_STR(str_of(err.code), "json.duplicate_key");
	refused("{\"x\":[{\"b\":1,\"a\":2,\"\\u0061\":3,\"b\":4}]}", 1, 20,
		"expected each key once, found \"a\" again: line 1 has it already");
	refused("{\"b\":1,\"a\":2,\"b\":3,\"a\":4}", 1, 14,
		"expected each key once, found \"b\" again: line 1 has it already");
	accepted("{\"a\":1,\"A\":2,\"\":3,\"aa\":4}");
}

static void nesting_ends_at_a_hundred(void)
{
	struct buf b;
	for (int levels = 100; levels <= 20000; levels = levels == 100 ? 101 : levels * 10) {
		buf_init(&b, 0);
		for (int i = 0; i < levels; i++)
			buf_addc(&b, '[');
		for (int i = 0; i < levels; i++)
			buf_addc(&b, ']');
		if (levels == 100)
			accepted(buf_text(&b));
		else
			refused(buf_text(&b), 1, 101, "expected at most 100 levels of nesting, found more");
		buf_release(&b);
	}
}

static void many_keys_take_no_long_time(void)
{
	struct buf b;
	buf_init(&b, 0);
	buf_addc(&b, '{');
	for (int i = 0; i < 200000; i++)
		buf_printf(&b, "\"key%d\":%d,", i, i);
	buf_add(&b, STR("\"key77\":0}"));
	CU_ASSERT_PTR_NULL(parse(buf_text(&b)));
	ASSERT_STR(str_of(err.code), "json.duplicate_key");
	buf_release(&b);
	arena_release(&arena);
}

UNIT_SUITE(json_doc,
	UNIT(numbers_keep_their_text),
	UNIT(every_value_knows_its_place),
	UNIT(pointers_escape_tilde_and_slash),
	UNIT(strings_are_unescaped_and_terminated),
	UNIT(paths_lead_through_objects_and_arrays),
	UNIT(whole_numbers_are_taken_exactly),
	UNIT(faults_say_what_was_expected_and_found),
	UNIT(numbers_that_json_does_not_know_are_refused),
	UNIT(strings_that_are_not_text_are_refused),
	UNIT(a_key_given_twice_is_refused_at_the_second),
	UNIT(nesting_ends_at_a_hundred),
	UNIT(many_keys_take_no_long_time))
