/* The part of a run that is about "each": elements are read one at a time, each in an arena of its own, so that a long
 * array costs what it gives and not what it is. */
#include <stdlib.h>

#include "qonduit/json_pull.h"
#include "qonduit/json_rows.h"
#include "qonduit/unicode.h"
#include "running.h"

#define ELEMENT_MAX ((size_t)1 << 20) /* bytes of an element's text */
#define SHOWN_MAX 200                 /* bytes of a value beside its reason */

struct elements {
	const struct rule_each *each;
	struct runner *r;
	struct arena *row;       /* where results live */
	struct arena arena;      /* of the element at hand */
	struct json_pull *pull;
	struct str text;         /* of the array, as long as it is not given out */
	size_t index;
	struct value *columns, *values;
	struct buf out;
};

static int next_piece(void *arg, struct str *piece, struct err *e)
{
	struct elements *all = arg;

	*piece = all->text;
	all->text = (struct str){ 0 };
	return 0;
}

/* Where the fault is, from the field on; `shown` is what stands there. */
static int fault_at(struct elements *all, struct str name, struct str shown)
{
	struct runner *r = all->r;

	r->where = arena_printf(all->row, "/%zu%s%.*s%.*s", all->index, name.n ? "/" : "", STR_ARG(name),
		STR_ARG(r->where));
	r->shown = arena_copy(all->row, utf8_head(shown, SHOWN_MAX));
	return -1;
}

static struct cell cell_in(const struct json *j, struct arena *a)
{
	switch (j->kind) {
	case JSON_NULL:
		break;
	case JSON_FALSE:
		return cell_of(STR("false"), CELL_BOOLEAN);
	case JSON_TRUE:
		return cell_of(STR("true"), CELL_BOOLEAN);
	case JSON_NUMBER:
		return cell_of(j->text, CELL_NUMBER);
	case JSON_STRING:
		return cell_of(j->text, CELL_TEXT);
	case JSON_ARRAY:
	case JSON_OBJECT:
		return cell_of(json_printed(j, a), CELL_JSON);
	}
	return (struct cell){ 0 };
}

/* The value on the way that has no members: the path up to it leads somewhere, and one part more astray. */
static int refuse_way(struct elements *all, const struct column *c, const struct json *element)
{
	struct column_path way = { c->name, c->paths->parts, 1 };
	size_t bytes = 0;
	bool misled = false;

	for (way.count = 2; column_path_find(&way, element, &misled) || !misled; way.count++)
		;
	way.count--;
	for (size_t i = 0; i < way.count; i++)
		bytes += way.parts[i].n + 1;
	const struct json *found = column_path_find(&way, element, &misled);
	run_refuse(&all->r->run, "found %s at \"%.*s\", which has no \"%.*s\"", json_kind_name(found),
		STR_ARG(str_head(c->name, bytes - 1)), STR_ARG(way.parts[way.count]));
	return fault_at(all, c->name, json_printed(found, &all->arena));
}

/* One path from an element. A place that takes objects and lists has anything as JSON, to judge it itself. */
static int read_path(struct elements *all, const struct column *c, const struct json *element, struct value *out)
{
	bool misled = false;
	const struct json *j = column_path_find(c->paths, element, &misled);
	struct cell cell = j ? cell_in(j, &all->arena) : (struct cell){ 0 };

	*out = value_empty();
	if (misled)
		return refuse_way(all, c, element);
	if (column_path_is_twice(c->paths, element))
		return fault_at(all, c->name, (struct str){ 0 }), run_refuse(&all->r->run, "it stands twice in its object");
	if (cell.kind == CELL_EMPTY || !uni_trim(cell_str(cell)).n)
		return 0;
	if (c->type == COLUMN_JSON)
		*out = (struct value){ .type = VALUE_JSON, .text = json_printed(j, &all->arena) };
	else if (!column_read(c, cell, (struct str){ 0 }, &all->arena, out, &all->r->run.why))
		return fault_at(all, c->name, cell_str(cell));
	return 0;
}

/* The first value that a rule reads. */
static struct str source_of(const struct rule *rule, const struct runner *r, struct arena *a)
{
	for (size_t i = 0; i < rule->column_count; i++) {
		const struct value *v = &r->columns[rule->columns[i]];
		if (v->type != VALUE_EMPTY)
			return value_print(a, v);
	}
	return (struct str){ 0 };
}

/* What an element gives, behind the others; an element of which nothing is taken gives nothing. */
static int take_values(struct elements *all)
{
	const struct rule *object = all->each->object;
	struct runner *r = all->r;
	struct record_fault fault;
	bool any = false;

	if (running_members(object, r, all->values, &any) != 0)
		return fault_at(all, object->members[r->member].field.name,
			r->where.n ? r->shown : source_of(&object->members[r->member].rule, r, &all->arena));
	if (object->shape && record_check(object->shape, all->values, &all->arena, &fault, 1, NULL) != 0) {
		buf_clear(&r->run.why);
		buf_add(&r->run.why, fault.reason);
		return fault_at(all, object->members[fault.field].field.name,
			value_print(&all->arena, &all->values[fault.field]));
	}
	if (!any)
		return 0;
	buf_addc(&all->out, all->out.n ? ',' : '[');
	running_print(object, all->values, &all->arena, &all->out);
	return 0;
}

/* The rules of the object run with the element's values in the place of the row's. */
static int take_element(struct elements *all, const struct json *element)
{
	struct runner *r = all->r;
	struct value *columns = r->columns;
	int result = 0;

	buf_clear(&r->run.why);
	for (size_t i = 0; i < all->each->column_count && result == 0; i++)
		result = read_path(all, &all->each->columns[i], element, &all->columns[i]);
	if (result != 0)
		return -1;
	r->columns = all->columns;
	r->run.columns = all->columns;
	r->run.arena = &all->arena;
	result = take_values(all);
	r->columns = columns;
	r->run.columns = columns;
	r->run.arena = all->row;
	return result;
}

static int refuse_text(struct elements *all, const struct err *e)
{
	run_refuse(&all->r->run, "it cannot be read as JSON: %s", e->message);
	return -1;
}

/* The elements up to the end of the array. */
static int take_elements(struct elements *all)
{
	enum json_token token;
	const struct json *element;
	struct err e = { 0 };

	for (; json_pull_next(all->pull, &token, &e) == 0 && token != JSON_PULL_END_ARRAY; all->index++) {
		arena_clear(&all->arena);
		if (json_pull_tree(all->pull, &all->arena, ELEMENT_MAX, &element, &e) != 0)
			return fault_at(all, (struct str){ 0 }, (struct str){ 0 }), refuse_text(all, &e);
		if (element->kind != JSON_OBJECT) {
			run_refuse(&all->r->run, "found %s, expected an object", json_kind_name(element));
			return fault_at(all, (struct str){ 0 }, json_printed(element, &all->arena));
		}
		if (take_element(all, element) != 0)
			return -1;
	}
	if (!e.class && json_pull_next(all->pull, &token, &e) == 0)
		return 0;
	return refuse_text(all, &e);
}

static int take_array(struct elements *all)
{
	enum json_token token;
	struct err e = { 0 };

	if (json_pull_next(all->pull, &token, &e) != 0)
		return refuse_text(all, &e);
	if (token != JSON_PULL_ARRAY)
		return run_refuse(&all->r->run, "found %s, expected an array", json_token_name(token));
	return take_elements(all);
}

int running_each(const struct rule *rule, struct runner *r, struct value *out)
{
	const struct value *array = &r->columns[rule->columns[0]];
	const struct rule_each *each = rule->each;

	*out = value_empty();
	if (array->type == VALUE_EMPTY)
		return 0;
	struct elements all = { .each = each, .r = r, .row = r->run.arena, .text = array->text,
		.columns = ARENA_ARRAY(r->run.arena, each->column_count, struct value),
		.values = ARENA_ARRAY(r->run.arena, each->object->member_count, struct value) };
	struct json_pull_input input = { .next = next_piece, .arg = &all, .twice = true };
	arena_init(&all.arena, 4096);
	all.pull = json_pull_open(&input);
	int result = take_array(&all);
	if (result == 0 && all.out.n) {
		buf_addc(&all.out, ']');
		*out = (struct value){ .type = VALUE_JSON, .text = arena_copy(all.row, buf_str(&all.out)) };
	}
	json_pull_close(all.pull);
	arena_release(&all.arena);
	buf_release(&all.out);
	return result;
}
