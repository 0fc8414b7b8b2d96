/* Rows through a program: what stays from row to row, and what steps may be passed over. */
#include <stdio.h>

#include "mapping_texts.h"
#include "unit.h"

#define COLUMNS 3

struct trial {
	struct compiled c;
	struct runner runner;
	struct batch batch;
};

static void trial_open(struct trial *t, const char *mapping)
{
	*t = (struct trial){ 0 };
	compile_text(&t->c, mapping, NULL, 0);
	CU_ASSERT_EQUAL_FATAL(t->c.faults.errors, 0);
	batch_init(&t->batch);
	runner_init(&t->runner, &t->c.program);
}

static void trial_close(struct trial *t)
{
	runner_release(&t->runner);
	batch_release(&t->batch);
	compiled_release(&t->c);
}

/* Where the columns are, -1: nowhere. */
static void bind(struct trial *t, struct binding *binding, int a, int b, int c)
{
	binding->at[0] = a;
	binding->at[1] = b;
	binding->at[2] = c;
	runner_bind(&t->runner, binding, COLUMNS);
}

/* The record that a row gives, or why it is rejected. */
static struct str run(struct trial *t, const char *x, const char *y, const char *z)
{
	const char *const cells[COLUMNS] = { x, y, z };
	struct buf text = { 0 };
	batch_clear(&t->batch);
	batch_begin_row(&t->batch, 1, 1);
	for (size_t i = 0; i < COLUMNS; i++)
		batch_add_cell(&t->batch, cell_of(str_of(cells[i]), CELL_TEXT));
	if (program_row(&t->runner, &t->batch, 0, &t->batch.arena) == ROW_WRITTEN)
		record_print(&t->c.program.outputs[0].shape, t->runner.values[0], &t->batch.arena, &text);
	else
		buf_add(&text, t->runner.fault_count ? t->runner.faults[0].column : STR("filtered"));
	struct str copy = arena_copy(&t->batch.arena, buf_str(&text));
	buf_release(&text);
	return copy;
}

static void values_stay_only_as_long_as_a_binding(void)
{
	struct trial t;
	int at[COLUMNS];
	struct str star[COLUMNS] = { { 0 } }, header[COLUMNS] = { { 0 } };
	struct binding binding = { at, star, header, COLUMNS };
	trial_open(&t, "{'qonduit': 1, 'source': {'columns': {'id': 'ID', 'size': {'header': 'Size', 'default': 'M', 'optional': true},\n"
		"'price': {'header': 'Price', 'type': 'decimal', 'optional': true}}}, 'outputs': {'file.ndjson': {'fields': {\n"
		"'kind': {'value': 'shoe'}, 'size': 'size', 'id': 'id', 'half': {'from': 'price', 'then': [{'divide': 2}]},\n"
		"'label': {'value': 'x', 'then': ['upper']}, 'price': 'price', 'cheap': {'when': [{'if': {'column': 'price', 'less_than': 5},\n"
		"'use': {'value': 'yes'}}]}}}}}");
	bind(&t, &binding, 0, -1, -1);
	ASSERT_STR(run(&t, "1", "", ""), "{\"kind\":\"shoe\",\"size\":\"M\",\"id\":\"1\",\"label\":\"X\"}");
	ASSERT_STR(run(&t, "2", "L", "3"), "{\"kind\":\"shoe\",\"size\":\"M\",\"id\":\"2\",\"label\":\"X\"}");
	bind(&t, &binding, 0, 1, 2);
	ASSERT_STR(run(&t, "3", "L", "3"), "{\"kind\":\"shoe\",\"size\":\"L\",\"id\":\"3\",\"half\":1.5,\"label\":\"X\",\"price\":3,\"cheap\":\"yes\"}");
	ASSERT_STR(run(&t, "4", "", "abc"), "price");
	ASSERT_STR(run(&t, "5", "", ""), "{\"kind\":\"shoe\",\"size\":\"M\",\"id\":\"5\",\"label\":\"X\"}");
	bind(&t, &binding, 2, -1, 0);
	ASSERT_STR(run(&t, "8", "L", "6"), "{\"kind\":\"shoe\",\"size\":\"M\",\"id\":\"6\",\"half\":4,\"label\":\"X\",\"price\":8}");
	trial_close(&t);
}

static void steps_are_passed_over_only_where_none_would_do_anything(void)
{
	static const struct {
		const char *in, *out;
	} texts[] = {
		{ "Eau", "Eau" }, { "Eau de Par", "Eau de Par" }, { "Eau de Parf", "Eau de Par" }, { "Eau  de", "Eau de" }, { "Eau ", "Eau" },
		{ "CrÃ¨me", "Crème" }, { "Crème", "Crème" }, { "Crème brûlé", "Crème brûl" }, { "Cr\u00adème", "Crème" }, { "a\u00a0 b", "a b" },
		{ "a\u200b", "a" }, { "ÃŠtre", "Être" }, { "\u200b", "" },
	};
	struct trial t;
	int at[COLUMNS];
	struct str star[COLUMNS] = { { 0 } }, header[COLUMNS] = { { 0 } };
	struct binding binding = { at, star, header, COLUMNS };
	trial_open(&t, "{'qonduit': 1, 'source': {'columns': {'a': 'A', 'b': {'header': 'B', 'optional': true},\n"
		"'c': {'header': 'C', 'optional': true}}}, 'outputs': {'file.ndjson': {'fields': {\n"
		"'a': {'from': 'a', 'then': ['repair_encoding', 'clean', 'squeeze', {'truncate': 10}]},\n"
		"'b': {'from': 'a', 'then': ['repair_encoding', {'truncate': 10}, 'clean', 'squeeze', 'upper', 'clean']}}}}}");
	CU_ASSERT_EQUAL(t.c.program.outputs[0].rules[0].idle_steps, 4);
	CU_ASSERT_EQUAL(t.c.program.outputs[0].rules[1].idle_steps, 4);
	bind(&t, &binding, 0, -1, -1);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char expected[80];
		struct str found = run(&t, texts[i].in, "", "");
		snprintf(expected, sizeof expected, texts[i].out[0] ? "{\"a\":\"%s\"," : "{}", texts[i].out);
		ASSERT_STR(str_head(found, strlen(expected)), expected);
	}
	ASSERT_STR(run(&t, "Eau de Parf", "", ""), "{\"a\":\"Eau de Par\",\"b\":\"EAU DE PAR\"}");
	trial_close(&t);
}

UNIT_SUITE(program_run, UNIT(values_stay_only_as_long_as_a_binding), UNIT(steps_are_passed_over_only_where_none_would_do_anything))
