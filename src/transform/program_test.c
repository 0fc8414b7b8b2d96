/* The inline tests of a mapping: a row of headers and cells, or a document with one record, and what must come of it.
 */
#include <stdio.h>

#include "qonduit/json_rows.h"
#include "qonduit/program.h"

struct test_run {
	const struct program *p;
	const struct mapping_test *test;
	struct runner *runner;
	struct faults *faults;
	struct arena *arena;
};

static int fail(struct test_run *t, const struct json *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct test_run *t, const struct json *at, const char *format, ...)
{
	char sentence[1200];
	struct err *e = faults_add(t->faults, FAULT_ERROR);
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	err_set(e, ERR_MAPPING, "test.failed", "test %zu: %s", t->test->at->index + 1, sentence);
	err_at_file(e, t->p->mapping->file);
	json_place(at, false, e);
	return -1;
}

static bool is_comment(const struct json *member)
{
	return str_eq(member->key, STR("$comment"));
}

/* Two rows of a batch: the headers of `given`, and its cells. */
static void given_cells(const struct json *given, struct batch *b)
{
	static const enum cell_kind kinds[] = {
		[JSON_NULL] = CELL_EMPTY, [JSON_FALSE] = CELL_BOOLEAN, [JSON_TRUE] = CELL_BOOLEAN, [JSON_NUMBER] = CELL_NUMBER,
		[JSON_STRING] = CELL_TEXT, [JSON_ARRAY] = CELL_EMPTY, [JSON_OBJECT] = CELL_EMPTY,
	};

	batch_begin_row(b, 1, 1);
	for (const struct json *j = given->child; j; j = j->next)
		batch_add_cell(b, is_comment(j) ? cell_of(STR(""), CELL_EMPTY) : cell_of(j->key, CELL_TEXT));
	batch_begin_row(b, 2, 2);
	for (const struct json *j = given->child; j; j = j->next) {
		struct str text = json_is_bool(j) ? (j->kind == JSON_TRUE ? STR("true") : STR("false"))
			: json_text(j, (struct str){ 0 });
		batch_add_cell(b, cell_of(text, kinds[j->kind]));
	}
}

/* ---- a document ---- */

/* Whether the outermost array may be there, by its first key. */
static bool fits(const struct records *records, const struct json *document)
{
	const struct records_level *level = records->levels;
	const struct json *member = json_is(document, JSON_OBJECT) ? document->child : NULL;

	if (!records->level_count)
		return false;
	if (!level->key_count)
		return json_is(document, JSON_ARRAY);
	while (member && !str_eq(member->key, level->keys[0]))
		member = member->next;
	return member;
}

/* The records that the document has, as a source chooses them: the first that fit, else those that take any object,
 * else the first, which then say what is not there. */
static const struct records *records_of(const struct source_options *o, const struct json *document)
{
	for (size_t i = 0; i < o->records_count; i++) {
		if (fits(&o->records[i], document))
			return &o->records[i];
	}
	for (size_t i = 0; i < o->records_count; i++) {
		if (!o->records[i].level_count && json_is(document, JSON_OBJECT))
			return &o->records[i];
	}
	return o->records;
}

/* All rows of a document. */
static int read_document(const struct program *p, const struct json *given, struct batch *b, struct err *e)
{
	const struct records *records = records_of(&p->mapping->source, given);
	struct buf text = { 0 };
	size_t before;
	int result;

	json_print(given, &text);
	struct str left = buf_str(&text);
	struct json_pull_input input = { .next = json_pull_whole, .arg = &left, .many = !records };
	struct json_pull *pull = json_pull_open(&input);
	struct json_rows *rows = json_rows_open(p->columns, p->column_count, records, !records);
	do {
		before = b->rows;
		result = json_rows_fill(rows, pull, b, 512, e);
	} while (result == 0 && b->rows > before);
	json_rows_close(rows);
	json_pull_close(pull);
	buf_release(&text);
	return result;
}

/* The document's one row, which is the last of the batch. */
static int given_document(struct test_run *t, struct batch *b, struct binding *binding)
{
	const struct program *p = t->p;
	struct err e = { 0 };

	*binding = (struct binding){ .at = ARENA_ARRAY(t->arena, p->column_count, int),
		.star = ARENA_ARRAY(t->arena, p->column_count, struct str),
		.header = ARENA_ARRAY(t->arena, p->column_count, struct str) };
	for (size_t i = 0; i < p->column_count; i++)
		binding->at[i] = p->columns[i].path_count ? (int)i : -1;
	if (read_document(p, t->test->given, b, &e) != 0)
		return fail(t, t->test->given, "%s", e.message);
	if (b->rows != 1)
		return fail(t, t->test->given, "found a document with %zu records, expected one record", b->rows);
	return 0;
}

static int given_row(struct test_run *t, struct batch *b, struct binding *binding)
{
	if (t->p->mapping->for_json)
		return given_document(t, b, binding);
	for (const struct json *j = t->test->given->child; j; j = j->next) {
		if (!is_comment(j) && (json_is(j, JSON_ARRAY) || json_is(j, JSON_OBJECT)))
			return fail(t, j, "found %s, expected a cell: text, a number, true, false or null", json_kind_name(j));
	}
	given_cells(t->test->given, b);
	columns_bind(t->p->columns, t->p->column_count, b, 0, t->arena, binding, NULL);
	return 0;
}

/* How many elements, or members that are no comments. */
static size_t count(const struct json *j)
{
	return j->count - (json_is(j, JSON_OBJECT) && json_get(j, "$comment") ? 1 : 0);
}

static bool json_equal(const struct json *a, const struct json *b)
{
	struct decimal x, y;

	if (a->kind != b->kind || count(a) != count(b))
		return false;
	if (a->kind == JSON_NUMBER)
		return decimal_parse(a->text, &x) == DECIMAL_OK && decimal_parse(b->text, &y) == DECIMAL_OK
			? decimal_compare(x, y) == 0 : str_eq(a->text, b->text);
	if (a->kind == JSON_STRING)
		return str_eq(a->text, b->text);
	if (a->kind == JSON_ARRAY) {
		for (a = a->child, b = b->child; a; a = a->next, b = b->next)
			if (!json_equal(a, b))
				return false;
	} else if (a->kind == JSON_OBJECT) {
		for (const struct json *member = a->child; member; member = member->next) {
			const struct json *other = json_get(b, member->key.p);
			if (!is_comment(member) && (!other || !json_equal(member, other)))
				return false;
		}
	}
	return true;
}

/* The record's value as it goes out, against what is expected of it. */
static int expect_field(struct test_run *t, const struct record_field *f, const struct value *v,
	const struct json *expected)
{
	struct buf found = { 0 }, wanted = { 0 };
	struct err e = { 0 };
	int result = 0;

	json_print(expected, &wanted);
	if (v->type == VALUE_EMPTY)
		buf_add(&found, STR("null"));
	else
		record_print_value(f, v, t->arena, &found);
	const struct json *j = json_parse(buf_str(&found), "record", ERR_INTERNAL, t->arena, &e);
	if (!j || !json_equal(j, expected))
		result = fail(t, expected, "\"%s\" is %s, expected %s", f->name.p,
			v->type == VALUE_EMPTY ? "left out" : buf_text(&found), buf_text(&wanted));
	buf_release(&found);
	buf_release(&wanted);
	return result;
}

static int expect_output(struct test_run *t, const struct json *target)
{
	const struct program *p = t->p;
	size_t o = 0, f;
	int result = 0;

	while (o < p->output_count && !str_eq(p->outputs[o].target, target->key))
		o++;
	if (o == p->output_count)
		return fail(t, target, "the mapping has no output \"%s\"", target->key.p);
	if (!json_is(target, JSON_OBJECT))
		return fail(t, target, "found %s, expected an object of field: value", json_kind_name(target));
	for (const struct json *expected = target->child; expected; expected = expected->next) {
		const struct record_shape *shape = &p->outputs[o].shape;
		if (is_comment(expected))
			continue;
		for (f = 0; f < shape->count && !str_eq(shape->fields[f].name, expected->key); f++)
			;
		if (f == shape->count) {
			struct str *names = ARENA_ARRAY(t->arena, shape->count, struct str);
			for (size_t i = 0; i < shape->count; i++)
				names[i] = shape->fields[i].name;
			int near = str_nearest(expected->key, names, shape->count);
			result = fail(t, expected, "\"%s\" has no field \"%s\"%s%s%s", target->key.p, expected->key.p,
				near < 0 ? "" : ", did you mean \"", near < 0 ? "" : names[near].p, near < 0 ? "" : "\"?");
		} else if (expect_field(t, &shape->fields[f], &t->runner->values[o][f], expected) != 0) {
			result = -1;
		}
	}
	return result;
}

static struct str list_faults(struct test_run *t)
{
	struct buf all = { .max = 900 };

	for (size_t i = 0; i < t->runner->fault_count; i++)
		buf_printf(&all, "%s%.*s (%.*s)", i ? "; " : "", STR_ARG(t->runner->faults[i].column),
			STR_ARG(t->runner->faults[i].reason));
	struct str text = arena_copy(t->arena, buf_str(&all));
	buf_release(&all);
	return text;
}

/* The column or field itself, or what stands within it: "lines/2/price" is at "lines". */
static bool is_at(struct str column, struct str name)
{
	return str_eq(column, name) || (str_starts(column, name) && column.p[name.n] == '/');
}

static int judge(struct test_run *t, enum verdict verdict)
{
	static const char *const names[] = { "written", "filtered", "rejected" };
	const struct mapping_test *test = t->test;
	int result = 0;

	if (test->filtered)
		return verdict == ROW_FILTERED ? 0 : fail(t, test->at, "the row is %s, expected filtered%s%s", names[verdict],
			verdict == ROW_REJECTED ? ": " : "", verdict == ROW_REJECTED ? list_faults(t).p : "");
	if (test->reject) {
		if (verdict != ROW_REJECTED)
			return fail(t, test->reject, "the row is %s, expected rejected for \"%s\"", names[verdict],
				test->reject->text.p);
		for (size_t i = 0; i < t->runner->fault_count; i++)
			if (is_at(t->runner->faults[i].column, test->reject->text))
				return 0;
		return fail(t, test->reject, "the row is rejected, but not for \"%s\": %s", test->reject->text.p,
			list_faults(t).p);
	}
	if (verdict != ROW_WRITTEN)
		return fail(t, test->expect, "the row is %s, expected written%s%s", names[verdict],
			verdict == ROW_REJECTED ? ": " : "", verdict == ROW_REJECTED ? list_faults(t).p : "");
	for (const struct json *target = test->expect->child; target; target = target->next)
		if (!is_comment(target) && expect_output(t, target) != 0)
			result = -1;
	return result;
}

static bool run_test(const struct test_run *test)
{
	struct runner runner;
	struct test_run with = *test, *t = &with;
	struct batch b;
	struct binding binding;
	bool passed = false;

	batch_init(&b);
	runner_init(&runner, t->p);
	with.runner = &runner;
	if (given_row(t, &b, &binding) == 0) {
		runner_bind(&runner, &binding, b.row[0].width);
		passed = judge(t, program_row(&runner, &b, b.rows - 1, t->arena)) == 0;
	}
	runner_release(&runner);
	batch_release(&b);
	return passed;
}

/* ---- parameters ---- */

/* What --set would be given, or null with a fault. */
static const char *param_text(struct test_run *t, const struct json *member)
{
	struct str text = member->text;

	if (json_is_bool(member))
		text = member->kind == JSON_TRUE ? STR("true") : STR("false");
	else if (member->kind != JSON_STRING && member->kind != JSON_NUMBER)
		return fail(t, member, "parameter \"%s\": found %s, expected a text, a number or a boolean", member->key.p,
			json_kind_name(member)), NULL;
	if (memchr(text.p, '\0', text.n) || memchr(member->key.p, '=', member->key.n))
		return fail(t, member, "parameter \"%s\": a name has no \"=\" in it, and a value no U+0000", member->key.p), NULL;
	return arena_printf(t->arena, "%.*s=%.*s", STR_ARG(member->key), STR_ARG(text)).p;
}

/* The parameters that a test sets are compiled one by one first, so that a fault has the place of its value. */
static bool add_param(struct test_run *t, const struct json *member, const struct contracts *contracts,
	const char **set, size_t set_count)
{
	struct program trial;
	struct faults faults;
	struct arena arena;

	if (!(set[set_count] = param_text(t, member)))
		return false;
	arena_init(&arena, 4096);
	faults_init(&faults, &arena);
	bool fine = program_compile(&trial, t->p->mapping, contracts, set, set_count + 1, true, &faults) == 0;
	if (!fine)
		fail(t, member, "%s", faults.first->what.message);
	program_release(&trial);
	arena_release(&arena);
	return fine;
}

static bool run_test_with_params(struct test_run *t, const struct contracts *contracts)
{
	const char **set = ARENA_ARRAY(t->arena, t->test->set->count, const char *);
	struct program own;
	size_t count = 0, errors = t->faults->errors;
	bool passed = false;

	for (const struct json *member = t->test->set->child; member; member = member->next)
		if (!is_comment(member))
			count += add_param(t, member, contracts, set, count);
	if (t->faults->errors > errors)
		return false;
	if (program_compile(&own, t->p->mapping, contracts, set, count, true, t->faults) == 0) {
		struct test_run with = *t;
		with.p = &own;
		passed = run_test(&with);
	}
	program_release(&own);
	return passed;
}

size_t program_test(const struct program *p, const struct contracts *contracts, struct faults *faults)
{
	size_t passed = 0;
	struct arena arena;

	arena_init(&arena, 16 << 10);
	for (size_t i = 0; i < p->mapping->test_count; i++) {
		struct test_run t = { .p = p, .test = &p->mapping->tests[i], .faults = faults, .arena = &arena };
		arena_clear(&arena);
		passed += t.test->set ? run_test_with_params(&t, contracts) : run_test(&t);
	}
	arena_release(&arena);
	return passed;
}
