#include "step_bench.h"

#include <stdio.h>

#include "unit.h"

#include "qonduit/moment.h"

#define NAMED(text) .name = { (text), sizeof(text) - 1 }, .header_of = -1

static struct column columns[] = {
	{ NAMED("name"), .type = COLUMN_TEXT },
	{ NAMED("price"), .type = COLUMN_DECIMAL },
	{ NAMED("cost"), .type = COLUMN_DECIMAL },
	{ NAMED("stock"), .type = COLUMN_INTEGER },
	{ NAMED("active"), .type = COLUMN_BOOLEAN },
	{ NAMED("day"), .type = COLUMN_DATE },
	{ NAMED("currency"), .type = COLUMN_CURRENCY },
	{ NAMED("other"), .type = COLUMN_CURRENCY },
};

static struct lookup *table(struct bench *b, const char *name, const char *const *pairs)
{
	struct lookup *l = ARENA_NEW(&b->arena, struct lookup);
	size_t count = 0;
	while (pairs[count * 2])
		count++;
	struct str *keys = ARENA_ARRAY(&b->arena, count, struct str), *values = ARENA_ARRAY(&b->arena, count, struct str);
	for (size_t i = 0; i < count; i++) {
		keys[i] = str_of(pairs[i * 2]);
		values[i] = str_of(pairs[i * 2 + 1]);
	}
	l->name = str_of(name);
	lookup_of(l, keys, values, count, &b->arena);
	return l;
}

/* Patterns of a bench are released when it closes. */
static struct {
	void (*release)(void *);
	void *p;
} deferred[16];
static size_t deferred_count;

static void defer(struct scope *s, void (*release)(void *), void *p)
{
	deferred[deferred_count].release = release;
	deferred[deferred_count++].p = p;
}

static struct value number(const char *text, enum value_type type)
{
	struct decimal d;
	CU_ASSERT_EQUAL_FATAL(decimal_parse(str_of(text), &d), DECIMAL_OK);
	return value_number(d, type);
}

void bench_open(struct bench *b)
{
	static const char *const categories[] = { "Fragrance", "Perfume", "Nothing", "", NULL, NULL };
	static const char *const rates[] = { "EUR", "1", "USD", "1.10", "SEKS", "x", "7", "0.5", "GBP", "abc", NULL, NULL };
	*b = (struct bench){ 0 };
	arena_init(&b->arena, 1 << 14);
	faults_init(&b->faults, &b->arena);
	struct param *params = ARENA_ARRAY(&b->arena, 5, struct param);
	params[0] = (struct param){ STR("margin"), VALUE_DECIMAL, number("1.35", VALUE_DECIMAL) };
	params[1] = (struct param){ STR("places"), VALUE_INTEGER, number("2", VALUE_INTEGER) };
	params[2] = (struct param){ STR("label"), VALUE_TEXT, value_text(STR("Q-")) };
	params[3] = (struct param){ STR("unset"), VALUE_DECIMAL, value_empty() };
	params[4] = (struct param){ STR("blank"), VALUE_TEXT, value_empty() };
	const struct lookup **tables = ARENA_ARRAY(&b->arena, 2, const struct lookup *);
	tables[0] = table(b, "categories", categories);
	tables[1] = table(b, "rates", rates);
	b->scope = (struct scope){ .arena = &b->arena, .faults = &b->faults, .file = "m.json", .columns = columns,
		.column_count = sizeof columns / sizeof *columns, .column_used = b->used, .params = params, .param_count = 5,
		.tables = tables, .table_count = 2, .defer = defer };
	b->row[0] = value_text(STR("Eau de Parfum"));
	b->row[1] = number("10.00", VALUE_DECIMAL);
	b->row[3] = number("7", VALUE_INTEGER);
	b->row[4] = value_truth(true);
	CU_ASSERT_FATAL(moment_parse_iso(STR("2026-11-21"), true, &b->row[5]));
	b->row[6] = value_text(STR("USD"));
	b->row[7] = value_text(STR("SEK"));
	b->run = (struct run){ .arena = &b->arena, .columns = b->row, .scratch = pattern_scratch_new() };
}

void bench_close(struct bench *b)
{
	while (deferred_count) {
		deferred_count--;
		deferred[deferred_count].release(deferred[deferred_count].p);
	}
	pattern_scratch_free(b->run.scratch);
	buf_release(&b->run.why);
	arena_release(&b->arena);
}

const struct json *bench_json(struct bench *b, const char *text)
{
	struct err e = { 0 };
	const struct json *j = json_parse(str_of(text), "test", ERR_MAPPING, &b->arena, &e);
	if (!j)
		fprintf(stderr, "%s: %s\n", text, e.message);
	CU_ASSERT_FATAL(j != NULL);
	return j;
}

const char *bench_fault(const struct bench *b)
{
	return b->faults.first ? b->faults.first->what.message : "";
}

enum value_type bench_type(const char *name)
{
	for (enum value_type t = VALUE_EMPTY; t <= VALUE_JSON; t++) {
		if (strcmp(name, value_type_name(t)) == 0)
			return t;
	}
	return VALUE_EMPTY;
}

static struct value constant(const struct json *j, enum value_type type)
{
	struct value v = value_empty();
	if (j->kind == JSON_NULL)
		return v;
	if (type == VALUE_TEXT)
		return value_text(j->text);
	if (TYPES_NUMBER & 1u << type)
		return number(j->text.p, type);
	if (type == VALUE_BOOLEAN)
		return value_truth(j->kind == JSON_TRUE);
	CU_ASSERT_FATAL(moment_parse_iso(j->text, type == VALUE_DATE, &v));
	return v;
}

/* Every step must give the type that its compile said. */
static int run_checked(struct bench *b, const struct step *steps, size_t count, struct value *v)
{
	for (size_t i = 0; i < count; i++) {
		if (steps_run(&steps[i], 1, v, &b->run) != 0)
			return -1;
		CU_ASSERT(v->type == VALUE_EMPTY || v->type == steps[i].out);
		CU_ASSERT(v->type != VALUE_TEXT || v->text.n > 0);
		CU_ASSERT(v->type != VALUE_INTEGER || v->number.scale == 0);
	}
	return 0;
}

static void outcome(struct bench *b, const char *type, const char *in, const char *then, char *out, size_t room)
{
	enum value_type now = bench_type(type);
	struct value v = constant(bench_json(b, in), now);
	const struct json *list = bench_json(b, then), *j = list->kind == JSON_ARRAY ? list->child : list;
	struct step steps[8];
	size_t count = 0;
	for (; j; j = list->kind == JSON_ARRAY ? j->next : NULL) {
		if (step_compile(&steps[count], j, now, &b->scope) != 0) {
			CU_ASSERT(b->faults.errors > 0);
			snprintf(out, room, "!%s", bench_fault(b));
			return;
		}
		now = steps[count++].out;
	}
	CU_ASSERT_EQUAL(b->faults.errors, 0);
	if (run_checked(b, steps, count, &v) != 0) {
		snprintf(out, room, "-%s", buf_text(&b->run.why));
	} else if (v.type == VALUE_EMPTY) {
		snprintf(out, room, "empty");
	} else {
		struct str text = value_print(&b->arena, &v);
		snprintf(out, room, "%s %.*s", value_type_name(v.type), STR_ARG(text));
	}
}

const char *bench_outcome(const char *type, const char *in, const char *then)
{
	static char out[2000];
	struct bench b;
	bench_open(&b);
	outcome(&b, type, in, then, out, sizeof out);
	bench_close(&b);
	return out;
}
