#include "../../../src/cli/diff_fields.h"
#include "qonduit/buf.h"
#include "unit.h"

/* "path old>new; …", "-" for what is not there. */
static void check(const char *old, const char *new, const char *expected)
{
	struct arena arena = { 0 };
	struct err e = { 0 };
	struct diff_fields fields = { 0 };
	struct buf found = { 0 };
	const struct json *left = json_parse(str_of(old), "old", ERR_INPUT, &arena, &e);
	const struct json *right = json_parse(str_of(new), "new", ERR_INPUT, &arena, &e);
	CU_ASSERT_FATAL(left && right);
	diff_fields_compare(left, right, &arena, &fields);
	for (size_t i = 0; i < fields.count; i++) {
		const struct diff_field *f = &fields.all[i];
		buf_printf(&found, "%s%.*s ", i ? "; " : "", STR_ARG(f->path));
		if (f->old)
			json_print(f->old, &found);
		buf_add(&found, f->old ? STR(">") : STR("->"));
		if (f->new)
			json_print(f->new, &found);
		else
			buf_addc(&found, '-');
	}
	ASSERT_STR(buf_str(&found), expected);
	diff_fields_release(&fields);
	CU_ASSERT(!fields.all && !fields.count);
	buf_release(&found);
	arena_release(&arena);
}

static void what_is_equal_is_not_told(void)
{
	check("{}", "{}", "");
	check("{\"a\":1,\"b\":\"x\"}", "{\"b\":\"x\",\"a\":1}", "");
	check("{\"a\":1.0}", "{\"a\":1.00}", "");
	check("{\"a\":10}", "{\"a\":1e1}", "");
	check("{\"a\":[{\"x\":1,\"y\":2.50}]}", "{\"a\":[{\"y\":2.5,\"x\":1}]}", "");
	check("{\"a\":{\"b\":{}}}", "{\"a\":{\"b\":{}}}", "");
}

static void each_field_is_told_by_its_path(void)
{
	check("{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":3}", "b 2>3");
	check("{\"a\":{\"b\":{\"c\":true}}}", "{\"a\":{\"b\":{\"c\":false}}}", "a.b.c true>false");
	check("{\"a\":\"1\"}", "{\"a\":1}", "a \"1\">1");
	check("{\"a\":null}", "{\"a\":\"\"}", "a null>\"\"");
	check("{\"a\":\"\xc3\xa9\"}", "{\"a\":\"e\xcc\x81\"}", "a \"\xc3\xa9\">\"e\xcc\x81\"");
}

static void what_is_there_on_one_side_alone_is_told_too(void)
{
	check("{\"a\":1,\"b\":2}", "{\"b\":2,\"c\":3}", "a 1>-; c ->3");
	check("{\"a\":{\"x\":1}}", "{\"a\":{\"y\":1}}", "a.x 1>-; a.y ->1");
	check("{\"a\":{\"x\":1}}", "{\"a\":[1]}", "a {\"x\":1}>[1]");
	check("{}", "{\"a\":{\"x\":1}}", "a ->{\"x\":1}");
	check("{\"a\":null}", "{}", "a null>-");
}

/* Which of their elements is which nobody knows. */
static void lists_are_compared_as_a_whole(void)
{
	check("{\"a\":[1,2]}", "{\"a\":[2,1]}", "a [1,2]>[2,1]");
	check("{\"a\":[1,2]}", "{\"a\":[1,2,3]}", "a [1,2]>[1,2,3]");
	check("[1]", "[2]", " [1]>[2]");
}

UNIT_SUITE(diff_fields, UNIT(what_is_equal_is_not_told), UNIT(each_field_is_told_by_its_path),
	UNIT(what_is_there_on_one_side_alone_is_told_too), UNIT(lists_are_compared_as_a_whole))
