#include "json_show.h"

#include <stdio.h>

#include "unit.h"

static struct arena arena;
static struct err err;

/* Reads up to the token of this number, from 1. */
static struct json_pull *begin(struct json_cutter *c, const char *text, size_t step, int tokens)
{
	enum json_token token;
	*c = (struct json_cutter){ .text = str_of(text), .rest = step };
	struct json_pull *p = json_cutter_open(c, false);
	err_clear(&err);
	while (tokens--)
		CU_ASSERT_EQUAL(json_pull_next(p, &token, &err), 0);
	return p;
}

static void skips(const char *text, int tokens, enum json_token expected, const char *expected_text)
{
	struct json_cutter c;
	for (size_t step = 0; step < 3; step++) {
		struct json_pull *p = begin(&c, text, step, tokens);
		enum json_token token;
		CU_ASSERT_EQUAL(json_pull_skip(p, &err), 0);
		CU_ASSERT_EQUAL(json_pull_next(p, &token, &err), 0);
		CU_ASSERT_EQUAL(token, expected);
		ASSERT_STR(json_pull_text(p), expected_text);
		json_cutter_close(&c, p);
	}
}

static void a_value_is_passed_over_whole(void)
{
	skips("[{\"a\":[1,{}],\"b\":{}},2]", 2, JSON_PULL_NUMBER, "2");
	skips("[{\"a\":[1,{}],\"b\":{}},2]", 4, JSON_PULL_KEY, "b");
	skips("[1,2]", 2, JSON_PULL_NUMBER, "2");
	skips("[[],2]", 1, JSON_PULL_END, "");
	skips("{\"a\":[1,{}],\"b\":3}", 2, JSON_PULL_KEY, "b");
	skips("{\"a\":null,\"b\":3}", 2, JSON_PULL_KEY, "b");
	skips("[[1],2]", 4, JSON_PULL_NUMBER, "2");
}

static void what_is_passed_over_is_judged_too(void)
{
	struct json_cutter c;
	struct json_pull *p = begin(&c, "[[1,\n01]]", 0, 2);
	CU_ASSERT_EQUAL(json_pull_skip(p, &err), -1);
	CU_ASSERT(err.line == 2 && err.col == 1);
	json_cutter_close(&c, p);
}

/* The tree of the value whose first token has this number; null with `err` filled where it is refused. */
static const struct json *tree_of(const char *text, size_t step, int tokens, size_t most)
{
	struct json_cutter c;
	struct json_pull *p = begin(&c, text, step, tokens);
	const struct json *tree;
	arena_release(&arena);
	CU_ASSERT_EQUAL(json_pull_tree(p, &arena, most, &tree, &err), tree ? 0 : -1);
	CU_ASSERT_EQUAL(tree == NULL, err.class == ERR_INPUT);
	json_cutter_close(&c, p);
	return tree;
}

static void printed(const struct json *j, const char *expected)
{
	struct buf b = { 0 };
	CU_ASSERT_PTR_NOT_NULL_FATAL(j);
	json_print(j, &b);
	ASSERT_STR(buf_str(&b), expected);
	buf_release(&b);
}

static void a_value_is_given_as_a_tree(void)
{
	const char *text = "{ \"o\" : [ {\"a\\n\": [1.50, \"x\\u00e9\", {}, []], \"b\": {\"c\": null}}, true, false ] }";
	for (size_t step = 0; step < 4; step++) {
		printed(tree_of(text, step, 1, SIZE_MAX),
			"{\"o\":[{\"a\\n\":[1.50,\"xé\",{},[]],\"b\":{\"c\":null}},true,false]}");
		printed(tree_of(text, step, 4, SIZE_MAX), "{\"a\\n\":[1.50,\"xé\",{},[]],\"b\":{\"c\":null}}");
		printed(tree_of(text, step, 7, SIZE_MAX), "1.50");
		printed(tree_of(text, step, 5, SIZE_MAX), "[1.50,\"xé\",{},[]]");
	}
	arena_release(&arena);
}

static void a_tree_is_as_json_doc_makes_it(void)
{
	const struct json *root = tree_of("[\n{\"é\": 1, \"b\" :\r\n  [ true,\"x\\u0000y\" ]}]", 1, 2, SIZE_MAX);
	CU_ASSERT_PTR_NOT_NULL_FATAL(root);
	CU_ASSERT(root->kind == JSON_OBJECT && root->line == 2 && root->col == 1 && root->key_line == 0);
	CU_ASSERT(!root->parent && !root->next);
	const struct json *first = json_get(root, "é"), *b = json_get(root, "b"), *x = json_path(root, STR("b.1"));
	CU_ASSERT(first->line == 2 && first->col == 7 && first->key_line == 2 && first->key_col == 2 && first->index == 0);
	CU_ASSERT(b->line == 3 && b->col == 3 && b->key_line == 2 && b->key_col == 10 && b->count == 2 && b->index == 1);
	CU_ASSERT(x->line == 3 && x->col == 10 && x->index == 1 && x->parent == b && b->parent == root && root->count == 2);
	CU_ASSERT(root->child == first && first->next == b && !b->next && x->kind == JSON_STRING);
	CU_ASSERT(str_eq(x->text, STR("x\0y")));
	CU_ASSERT(x->text.p[3] == '\0' && first->key.p[2] == '\0' && first->text.p[1] == '\0');
	arena_release(&arena);
}

static void a_tree_of_a_key_is_its_value(void)
{
	printed(tree_of("{\"a\":{\"b\":1},\"c\":2}", 0, 2, SIZE_MAX), "{\"b\":1}");
	arena_release(&arena);
}

static void reading_goes_on_behind_a_tree(void)
{
	struct json_cutter c;
	for (size_t step = 0; step < 3; step++) {
		struct json_pull *p = begin(&c, "[{\"a\":[1]},2]", step, 2);
		const struct json *tree;
		enum json_token token;
		CU_ASSERT_EQUAL(json_pull_tree(p, &arena, 100, &tree, &err), 0);
		CU_ASSERT_EQUAL(json_pull_depth(p), 1);
		CU_ASSERT(json_pull_next(p, &token, &err) == 0 && token == JSON_PULL_NUMBER);
		ASSERT_STR(json_pull_text(p), "2");
		json_cutter_close(&c, p);
		arena_release(&arena);
	}
}

static void a_member_that_stands_twice_is_refused(void)
{
	CU_ASSERT_PTR_NULL(tree_of("[{\n \"a\": 1,\n \"b\": {\"a\": 1},\n  \"\\u0061\": 2}]", 1, 2, SIZE_MAX));
	ASSERT_STR(str_of(err.message), "expected each key once, found \"a\" again: it stands in line 2, column 2 already");
	ASSERT_STR(str_of(err.code), "json.duplicate_key");
	CU_ASSERT(err.line == 4 && err.col == 3);
	CU_ASSERT_PTR_NULL(tree_of("{\"b\":1,\"a\":2,\"b\":3,\"a\":4}", 0, 1, SIZE_MAX));
	CU_ASSERT(err.line == 1 && err.col == 14);
	CU_ASSERT_PTR_NULL(tree_of("{\"x\":[{\"\":1,\"\":2}]}", 0, 1, SIZE_MAX));
	printed(tree_of("{\"a\":1,\"A\":2,\"\":3,\"aa\":4,\"a\\u0000\":5}", 0, 1, SIZE_MAX),
		"{\"a\":1,\"A\":2,\"\":3,\"aa\":4,\"a\\u0000\":5}");
	arena_release(&arena);
}

static void of_many_that_stand_twice_the_first_is_told(void)
{
	struct buf b = { 0 };
	buf_addc(&b, '{');
	for (int i = 0; i < 20; i++)
		buf_printf(&b, "\n\"k%d\":0,", i);
	buf_add(&b, STR("\n\"k9\":0,\n\"k3\":0,\n\"k9\":0,\n\"k12\":0}"));
	CU_ASSERT_PTR_NULL(tree_of(buf_text(&b), 0, 1, SIZE_MAX));
	CU_ASSERT(err.line == 22 && err.col == 1);
	ASSERT_STR(str_of(err.message),
		"expected each key once, found \"k9\" again: it stands in line 11, column 1 already");
	buf_release(&b);
	arena_release(&arena);
}

static void a_long_key_is_shown_by_its_beginning(void)
{
	char text[600], key[250], expected[250];
	snprintf(key, sizeof key, "%098d日%0100d", 0, 0); /* the hundredth byte is within a character */
	snprintf(text, sizeof text, "{\"%s\":1,\"%s\":2}", key, key);
	snprintf(expected, sizeof expected,
		"expected each key once, found \"%098d\" again: it stands in line 1, column 2 already", 0);
	CU_ASSERT_PTR_NULL(tree_of(text, 0, 1, SIZE_MAX));
	ASSERT_STR(str_of(err.message), expected);
	arena_release(&arena);
}

static void many_members_take_no_long_time(void)
{
	struct buf b = { 0 };
	buf_addc(&b, '{');
	for (int i = 0; i < 100000; i++)
		buf_printf(&b, "\n\"a key that is long at its beginning %d\":%d,", i, i);
	size_t n = b.n;
	b.p[n - 1] = '}';
	const struct json *tree = tree_of(buf_text(&b), 0, 1, SIZE_MAX);
	CU_ASSERT(tree && tree->count == 100000);
	b.p[n - 1] = ',';
	buf_add(&b, STR("\n\"a key that is long at its beginning 77\":0}"));
	CU_ASSERT_PTR_NULL(tree_of(buf_text(&b), 0, 1, SIZE_MAX));
	CU_ASSERT(err.line == 100002 && err.col == 1);
	ASSERT_STR(str_of(err.message), "expected each key once, found \"a key that is long at its beginning 77\" again: "
		"it stands in line 79, column 1 already");
	buf_release(&b);
	arena_release(&arena);
}

static void a_tree_has_a_ceiling(void)
{
	printed(tree_of(" [1, [2,3]] ", 0, 1, 10), "[1,[2,3]]");
	for (size_t step = 0; step < 3; step++) {
		CU_ASSERT_PTR_NULL(tree_of("[\n [1, [2,3]] ]", step, 2, 9));
		ASSERT_STR(str_of(err.message), "expected a value of at most 9 bytes of text, found a longer one");
		ASSERT_STR(str_of(err.code), "json.too_long");
		CU_ASSERT(err.line == 2 && err.col == 2);
	}
	CU_ASSERT_PTR_NULL(tree_of("\"text\"", 0, 1, 5));
	CU_ASSERT_PTR_NOT_NULL(tree_of("\"text\"", 0, 1, 6));
	arena_release(&arena);
}

UNIT_SUITE(json_pull_tree,
	UNIT(a_value_is_passed_over_whole),
	UNIT(what_is_passed_over_is_judged_too),
	UNIT(a_value_is_given_as_a_tree),
	UNIT(a_tree_is_as_json_doc_makes_it),
	UNIT(a_tree_of_a_key_is_its_value),
	UNIT(reading_goes_on_behind_a_tree),
	UNIT(a_member_that_stands_twice_is_refused),
	UNIT(of_many_that_stand_twice_the_first_is_told),
	UNIT(a_long_key_is_shown_by_its_beginning),
	UNIT(many_members_take_no_long_time),
	UNIT(a_tree_has_a_ceiling))
