#include "diff_fields.h"

#include <stdlib.h>

#include "qonduit/decimal.h"

/* By value: numbers by size, objects whatever the order of their members. */
static bool equal(const struct json *a, const struct json *b)
{
	struct decimal left, right;
	if (!a || !b || a->kind != b->kind || a->count != b->count)
		return a == b;
	if (a->kind == JSON_NUMBER && decimal_parse(a->text, &left) == DECIMAL_OK &&
	    decimal_parse(b->text, &right) == DECIMAL_OK)
		return decimal_compare(left, right) == 0;
	if (a->kind == JSON_NUMBER || a->kind == JSON_STRING)
		return str_eq(a->text, b->text);
	const struct json *other = b->child;
	for (const struct json *p = a->child; p; p = p->next, other = other->next) {
		if (!equal(p, a->kind == JSON_OBJECT ? json_get(b, p->key.p) : other))
			return false;
	}
	return true;
}

static struct str path_of(struct str within, struct str key, struct arena *arena)
{
	return within.n ? arena_printf(arena, "%.*s.%.*s", STR_ARG(within), STR_ARG(key)) : key;
}

static void compare(struct str path, const struct json *old, const struct json *new, struct arena *arena,
	struct diff_fields *out);

static void compare_members(struct str within, const struct json *old, const struct json *new, struct arena *arena,
	struct diff_fields *out)
{
	for (const struct json *p = old->child; p; p = p->next)
		compare(path_of(within, p->key, arena), p, json_get(new, p->key.p), arena, out);
	for (const struct json *p = new->child; p; p = p->next) {
		if (!json_get(old, p->key.p))
			compare(path_of(within, p->key, arena), NULL, p, arena, out);
	}
}

/* Lists are compared as a whole: which of their elements is which nobody knows. */
static void compare(struct str path, const struct json *old, const struct json *new, struct arena *arena,
	struct diff_fields *out)
{
	if (json_is(old, JSON_OBJECT) && json_is(new, JSON_OBJECT)) {
		compare_members(path, old, new, arena, out);
		return;
	}
	if (equal(old, new))
		return;
	out->all = mem_grow(out->all, &out->cap, out->count + 1, sizeof *out->all);
	out->all[out->count++] = (struct diff_field){ path, old, new };
}

void diff_fields_compare(const struct json *old, const struct json *new, struct arena *arena, struct diff_fields *out)
{
	compare((struct str){ 0 }, old, new, arena, out);
}

void diff_fields_release(struct diff_fields *f)
{
	free(f->all);
	*f = (struct diff_fields){ 0 };
}
