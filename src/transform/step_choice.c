#include "step_functions.h"

/* What becomes of a key that a table does not have. */
enum missing { MISSING_REJECT, MISSING_EMPTY, MISSING_KEEP };

struct map {
	struct lookup from;   /* only its keys */
	struct value *to;     /* parallel to them */
	bool has_other;       /* "*" */
	struct value other;
};

/* The types that may stand in for what comes in. */
static unsigned types_for(enum value_type in)
{
	return in == VALUE_EMPTY ? TYPES_SCALAR : TYPES_NUMBER & 1u << in ? TYPES_NUMBER : 1u << in;
}

/* A key as value_print gives the values that it is to match; a fault where none can. */
static int compile_from(struct str *key, const struct json *member, enum value_type in, struct scope *scope)
{
	*key = member->key;
	if (in == VALUE_INTEGER) {
		struct decimal number;
		if (decimal_parse(member->key, &number) != DECIMAL_OK || !decimal_is_whole(number))
			return scope_fault_key(scope, member, "argument", "an integer comes in here, which is never \"%.*s\"",
				STR_ARG(member->key));
		struct value whole = value_number(decimal_trim(number), VALUE_INTEGER);
		*key = value_print(scope->arena, &whole);
	} else if (in == VALUE_BOOLEAN && !str_eq(*key, STR("true")) && !str_eq(*key, STR("false"))) {
		return scope_fault_key(scope, member, "argument",
			"a boolean comes in here, which is true or false and never \"%.*s\"", STR_ARG(member->key));
	} else if (key->n == 0) {
		return scope_fault_key(scope, member, "argument", "an empty value skips map; \"default\" gives it a value");
	}
	return 0;
}

/* One result; they must agree on a type, of which `out` knows what was settled before. */
static int compile_to(struct value *to, enum value_type *out, const struct json *arg, struct scope *scope)
{
	struct operand o;
	if (arg->kind == JSON_NULL)
		return 0;
	if (operand_compile_known(&o, arg, TYPES_TEXT | TYPES_NUMBER | TYPES_BOOLEAN, scope) != 0)
		return -1;
	*to = o.type == VALUE_TEXT && o.constant.text.n == 0 ? value_empty() : o.constant;
	bool numbers = TYPES_NUMBER & 1u << o.type && TYPES_NUMBER & 1u << *out;
	if (*out != VALUE_EMPTY && *out != o.type && !numbers)
		return scope_fault(scope, arg, "argument", "all results of a map have one type, but %s was found behind %s",
			scope_found(scope, arg), scope_types(scope, 1u << *out));
	if (*out != VALUE_DECIMAL)
		*out = o.type;
	return 0;
}

/* No two keys may find the same, such as "1" and "1.0" of an integer: one of them would never be used. */
static int check_keys(const struct map *map, const struct str *keys, const struct json *arg, struct scope *scope)
{
	ptrdiff_t at = 0;
	for (const struct json *j = arg->child; j; j = j->next) {
		if (str_eq(j->key, STR("$comment")) || str_eq(j->key, STR("*")))
			continue;
		if (lookup_index(&map->from, keys[at]) != at)
			return scope_fault_key(scope, j, "argument", "\"%.*s\" finds the same as a key before it",
				STR_ARG(j->key));
		at++;
	}
	return 0;
}

int step_compile_default(struct step *s, const struct json *arg, struct scope *scope)
{
	if (operand_compile(&s->a, arg, types_for(s->in), scope) != 0)
		return -1;
	s->out = s->in == VALUE_EMPTY || s->in == VALUE_INTEGER ? s->a.type : s->in;
	if (s->a.type == VALUE_TEXT && s->a.from == OPERAND_CONSTANT && s->a.constant.text.n == 0)
		s->a.constant = value_empty();
	return 0;
}

int step_compile_lookup(struct step *s, const struct json *arg, struct scope *scope)
{
	static const struct str words[] = { { "reject", 6 }, { "empty", 5 }, { "keep", 4 } }; /* as enum missing */
	struct member members[] = { { .name = "table", .required = true }, { .name = "missing" } };
	if (json_is(arg, JSON_OBJECT)) {
		if (scope_members(scope, arg, "lookup", members, 2) != 0)
			return -1;
		s->n = members[1].found ? scope_word(scope, members[1].found, words, 3) : MISSING_REJECT;
		if (s->n < 0)
			return -1;
		arg = members[0].found;
	}
	if (arg->kind != JSON_STRING)
		return scope_expected(scope, arg, "the name of a table");
	s->data = scope_table(scope, arg, arg->text);
	return s->data ? 0 : -1;
}

int step_compile_map(struct step *s, const struct json *arg, struct scope *scope)
{
	if (!json_is(arg, JSON_OBJECT) || arg->count == 0)
		return scope_expected(scope, arg, "an object of what to find and what it becomes");
	struct map *map = ARENA_NEW(scope->arena, struct map);
	struct str *keys = ARENA_ARRAY(scope->arena, arg->count, struct str);
	size_t count = 0;
	int status = 0;
	map->to = ARENA_ARRAY(scope->arena, arg->count, struct value);
	for (const struct json *j = arg->child; j; j = j->next) {
		if (str_eq(j->key, STR("$comment")))
			continue;
		bool other = str_eq(j->key, STR("*"));
		map->has_other |= other;
		if (!other && compile_from(&keys[count], j, s->in, scope) != 0)
			status = -1;
		if (compile_to(other ? &map->other : &map->to[count], &s->out, j, scope) != 0)
			status = -1;
		count += !other;
	}
	for (size_t i = 0; s->out == VALUE_DECIMAL && i <= count; i++) {
		struct value *to = i < count ? &map->to[i] : &map->other;
		if (to->type == VALUE_INTEGER)
			to->type = VALUE_DECIMAL;
	}
	lookup_of(&map->from, keys, NULL, count, scope->arena);
	s->data = map;
	return status == 0 ? check_keys(map, keys, arg, scope) : status;
}

int step_empty_if(const struct step *s, struct value *v, struct run *r)
{
	bool found;
	if (step_is_one_of(s, v, r, &found) != 0)
		return -1;
	if (found)
		*v = value_empty();
	return 0;
}

int step_default(const struct step *s, struct value *v, struct run *r)
{
	if (v->type == VALUE_EMPTY && operand_read(&s->a, r, v) != 0)
		return -1;
	if (v->type == VALUE_INTEGER)
		v->type = s->out;
	return 0;
}

int step_lookup(const struct step *s, struct value *v, struct run *r)
{
	const struct lookup *table = s->data;
	const struct str *found = lookup_find(table, v->text);
	if (!found && s->n == MISSING_REJECT)
		return run_refuse(r, "%s is not in the table \"%.*s\"", run_shown(r, v), STR_ARG(table->name));
	if (found)
		*v = value_text(*found);
	else if (s->n == MISSING_EMPTY)
		*v = value_empty();
	return 0;
}

int step_map(const struct step *s, struct value *v, struct run *r)
{
	const struct map *map = s->data;
	struct str key = v->type == VALUE_TEXT ? v->text : value_print(r->arena, v);
	ptrdiff_t at = lookup_index(&map->from, key);
	if (at < 0 && !map->has_other)
		return run_refuse(r, "%s is not in the map, which has no \"*\" for what it does not name", run_shown(r, v));
	*v = at < 0 ? map->other : map->to[at];
	return 0;
}
