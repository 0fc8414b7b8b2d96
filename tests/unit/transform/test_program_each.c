/* Elements of arrays: what a row with a long, a deep or a wrong one gives. */
#include <stdio.h>

#include "mapping_texts.h"
#include "unit.h"

#define MAPPING "{'qonduit': 1, 'source': {'format': 'json', 'columns': {'id': 'id'}},\n" \
	"'outputs': {'file.ndjson': {'fields': {'id': 'id', 'f': {'each': 'parts', 'object': {%s}}}}}}"

struct trial {
	struct compiled c;
	struct runner runner;
	struct batch batch;
	enum verdict verdict;
};

/* Runs a row whose array is that text. */
static void run_text(struct trial *t, const char *object, struct str array)
{
	char mapping[600];
	int at[2] = { 0, 1 };
	struct str none[2] = { { 0 } };
	struct binding binding = { at, none, none, 2 };

	snprintf(mapping, sizeof mapping, MAPPING, object);
	compile_text(&t->c, mapping, NULL, 0);
	CU_ASSERT_EQUAL_FATAL(t->c.faults.errors, 0);
	batch_init(&t->batch);
	batch_begin_row(&t->batch, 1, 1);
	batch_add_cell(&t->batch, cell_of(STR("7"), CELL_TEXT));
	batch_add_cell(&t->batch, cell_of(array, CELL_JSON));
	runner_init(&t->runner, &t->c.program);
	runner_bind(&t->runner, &binding, 2);
	t->verdict = program_row(&t->runner, &t->batch, 0, &t->batch.arena);
}

static void trial_release(struct trial *t)
{
	runner_release(&t->runner);
	batch_release(&t->batch);
	compiled_release(&t->c);
}

static void assert_gives(const char *object, const char *array, const char *expected)
{
	struct trial t;
	run_text(&t, object, str_of(array));
	CU_ASSERT_EQUAL(t.verdict, ROW_WRITTEN);
	const struct value *v = &t.runner.values[0][1];
	CU_ASSERT_EQUAL(v->type, expected ? VALUE_JSON : VALUE_EMPTY);
	if (expected && v->type == VALUE_JSON)
		ASSERT_STR(v->text, expected);
	trial_release(&t);
}

static void assert_refuses(const char *object, const char *array, const char *column, const char *value,
	const char *reason)
{
	struct trial t;
	run_text(&t, object, str_of(array));
	CU_ASSERT_EQUAL_FATAL(t.verdict, ROW_REJECTED);
	CU_ASSERT_EQUAL(t.runner.fault_count, 1);
	CU_ASSERT_EQUAL(t.runner.faults[0].at, 1);
	ASSERT_STR(t.runner.faults[0].column, column);
	ASSERT_STR(t.runner.faults[0].value, value);
	ASSERT_STR(t.runner.faults[0].reason, reason);
	trial_release(&t);
}

static void elements_become_objects_in_their_order(void)
{
	static const char rules[] = "'x': 'a', 'y': {'from': 'b.0', 'then': [{'multiply': 2}]}, 'z': {'each': 'c', 'object': {'d': 'd'}}";
	assert_gives(rules, "[{\"a\":\"q\\\"\\u0000\",\"b\":[1.50],\"c\":[{\"d\":1},{\"d\":2}]},{\"a\":1E-7}]",
		"[{\"x\":\"q\\\"\\u0000\",\"y\":3.00,\"z\":[{\"d\":\"1\"},{\"d\":\"2\"}]},{\"x\":\"1E-7\"}]");
	assert_gives(rules, "[]", NULL);
	assert_gives(rules, "[{},{\"a\":null},{\"a\":\" \"},{\"c\":[]},{\"c\":[{}]},{\"e\":1}]", NULL);
	assert_gives(rules, "[{},{\"b\":[12345678901234567890]},{}]", "[{\"y\":24691357802469135780}]");
}

static void a_fault_names_its_field_its_element_and_what_stands_there(void)
{
	static const char rules[] = "'x': 'a', 'y': {'from': 'b', 'then': [{'multiply': 2}]}, "
		"'z': {'each': 'c.d', 'object': {'w': {'from': 'e', 'then': [{'extract': '^(\\\\d)'}, 'to_integer', {'divide': {'column': 'n'}}]}}}";
	assert_refuses(rules, "[{},{\"b\":\"ten\"}]", "f/1/b", "ten", "\"ten\" is not a decimal number");
	assert_refuses(rules, "[{\"a\":{\"k\":1}}]", "f/0/a", "{\"k\":1}", "found an object, expected a text");
	assert_refuses(rules, "[{},{},null]", "f/2", "null", "found null, expected an object");
	assert_refuses(rules, "[[1]]", "f/0", "[1]", "found an array, expected an object");
	assert_refuses(rules, "[{\"c\":5}]", "f/0/c.d", "5", "found a number at \"c\", which has no \"d\"");
	assert_refuses(rules, "[{\"c\":{\"d\":{}}}]", "f/0/z", "{}", "found an object, expected an array");
	assert_refuses(rules, "[{},{\"c\":{\"d\":[{\"e\":\"\"},{\"e\":\"1\",\"n\":0}]}}]", "f/1/z/1/w", "1", "1 cannot be divided by zero");
	assert_refuses(rules, "[{},{\"c\":{\"d\":[{\"e\":\"\"},true]}}]", "f/1/z/1", "true", "found true, expected an object");
	assert_refuses(rules, "{\"a\":1}", "f", "{\"a\":1}", "found an object, expected an array");
}

static void a_long_array_costs_what_it_gives(void)
{
	struct buf text = { 0 };
	struct trial t;
	for (int i = 0; i < 20000; i++)
		buf_printf(&text, "%c{\"a\":%d,\"b\":[0],\"blob\":\"%0500d\"}", i ? ',' : '[', i, 0);
	buf_addc(&text, ']');
	run_text(&t, "'x': {'from': 'a', 'then': ['to_integer', {'equals': 19999}, {'map': {'true': 'last', 'false': null}}]}",
		buf_str(&text));
	CU_ASSERT_EQUAL(t.verdict, ROW_WRITTEN);
	ASSERT_STR(t.runner.values[0][1].text, "[{\"x\":\"last\"}]");
	CU_ASSERT_PTR_EQUAL(t.batch.arena.first, t.batch.arena.now); /* one block does, though the array has 10 MB */
	trial_release(&t);
	buf_release(&text);
}

static void an_element_that_is_too_long_or_too_deep_is_refused(void)
{
	struct buf text = { 0 };
	struct trial t;
	buf_printf(&text, "[{\"a\":\"%0*d\"}]", 2 << 20, 0);
	run_text(&t, "'x': 'a'", buf_str(&text));
	CU_ASSERT_EQUAL(t.verdict, ROW_REJECTED);
	ASSERT_STR(t.runner.faults[0].column, "f/0");
	CU_ASSERT_TRUE(str_find(t.runner.faults[0].reason, STR("at most 1 MiB")) >= 0);
	CU_ASSERT_TRUE(t.runner.faults[0].value.n < 300);
	trial_release(&t);
	buf_clear(&text);
	buf_add(&text, STR("[{\"a\":"));
	for (int i = 0; i < 200; i++)
		buf_addc(&text, '[');
	for (int i = 0; i < 200; i++)
		buf_addc(&text, ']');
	buf_add(&text, STR("}]"));
	run_text(&t, "'x': {'from': 'a', 'then': ['present']}", buf_str(&text));
	CU_ASSERT_EQUAL(t.verdict, ROW_REJECTED);
	CU_ASSERT_TRUE(str_find(t.runner.faults[0].reason, STR("128")) >= 0);
	trial_release(&t);
	buf_release(&text);
}

UNIT_SUITE(program_each, UNIT(elements_become_objects_in_their_order),
	UNIT(a_fault_names_its_field_its_element_and_what_stands_there), UNIT(a_long_array_costs_what_it_gives),
	UNIT(an_element_that_is_too_long_or_too_deep_is_refused))
