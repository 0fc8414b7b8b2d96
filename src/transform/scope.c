#include <stdarg.h>
#include <stdio.h>

#include "qonduit/json_rows.h"
#include "qonduit/step.h"

static __attribute__((format(printf, 5, 0))) int fault(struct scope *s, const struct json *at, bool at_key,
	const char *code, const char *format, va_list args)
{
	char message[sizeof(((struct err *)0)->message)];
	vsnprintf(message, sizeof message, format, args);
	struct err *e = faults_add(s->faults, FAULT_ERROR);
	err_set(e, ERR_MAPPING, code, "%s", message);
	err_at_file(e, s->file);
	json_place(at, at_key, e);
	return -1;
}

int scope_fault(struct scope *s, const struct json *at, const char *code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fault(s, at, false, code, format, args);
	va_end(args);
	return -1;
}

int scope_fault_key(struct scope *s, const struct json *at, const char *code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fault(s, at, true, code, format, args);
	va_end(args);
	return -1;
}

const char *scope_near(struct scope *s, struct str word, const struct str *words, size_t count)
{
	int nearest = str_nearest(word, words, count);
	return nearest < 0 ? "" : arena_printf(s->arena, ", did you mean \"%.*s\"?", STR_ARG(words[nearest])).p;
}

/* The column type for a place that takes those types: text where it does. */
static enum column_type type_for(unsigned types)
{
	static const enum column_type order[] = { COLUMN_TEXT, COLUMN_DECIMAL, COLUMN_INTEGER, COLUMN_BOOLEAN,
		COLUMN_DATETIME, COLUMN_DATE };
	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		struct column one = { .type = order[i] };
		if (types & 1u << column_value_type(&one))
			return order[i];
	}
	return COLUMN_JSON;
}

static int add_path(struct scope *s, const struct json *at, struct str name, enum column_type type)
{
	struct buf why = { .max = 1024 };
	struct column_path *path = ARENA_NEW(s->arena, struct column_path);
	bool fine = column_path_parse(name, s->arena, path, &why);
	if (!fine)
		scope_fault(s, at, "column.path", "%s", buf_text(&why));
	else if (str_eq(path->parts[0], STR("$")))
		fine = (scope_fault(s, at, "column.path", "paths within \"each\" start at the element: \"$\" is out of reach"),
			false);
	buf_release(&why);
	if (!fine)
		return -1;
	if (s->column_count == s->column_cap) {
		struct column *more = ARENA_ARRAY(s->arena, s->column_cap = s->column_cap * 2 + 8, struct column);
		for (size_t i = 0; i < s->column_count; i++)
			more[i] = s->columns[i];
		s->columns = more;
	}
	s->columns[s->column_count] = (struct column){ .name = name, .paths = path, .path_count = 1, .header_of = -1,
		.type = type, .optional = true, .decimal_mark = '.' };
	return (int)s->column_count++;
}

int scope_column(struct scope *s, const struct json *at, struct str name)
{
	return scope_column_as(s, at, name, s->wanted ? s->wanted : ~0u);
}

int scope_column_as(struct scope *s, const struct json *at, struct str name, unsigned types)
{
	enum column_type type = s->by_path ? type_for(types) : COLUMN_TEXT;
	for (size_t i = 0; i < s->column_count; i++) {
		if (str_eq(s->columns[i].name, name) && (!s->by_path || s->columns[i].type == type)) {
			if (s->column_used)
				s->column_used[i] = true;
			return (int)i;
		}
	}
	if (s->by_path)
		return add_path(s, at, name, type);
	if (s->no_columns)
		return scope_fault(s, at, "column.unknown", "\"%.*s\" would be a column, and %s", STR_ARG(name), s->no_columns);
	struct str *names = ARENA_ARRAY(s->arena, s->column_count, struct str);
	for (size_t i = 0; i < s->column_count; i++)
		names[i] = s->columns[i].name;
	return scope_fault(s, at, "column.unknown", "the source has no column \"%.*s\"%s", STR_ARG(name),
		scope_near(s, name, names, s->column_count));
}

int scope_param(struct scope *s, const struct json *at, struct str name)
{
	for (size_t i = 0; i < s->param_count; i++) {
		if (str_eq(s->params[i].name, name))
			return (int)i;
	}
	struct str *names = ARENA_ARRAY(s->arena, s->param_count, struct str);
	for (size_t i = 0; i < s->param_count; i++)
		names[i] = s->params[i].name;
	return scope_fault(s, at, "param.unknown", "there is no parameter \"%.*s\"%s", STR_ARG(name),
		scope_near(s, name, names, s->param_count));
}

const struct lookup *scope_table(struct scope *s, const struct json *at, struct str name)
{
	for (size_t i = 0; i < s->table_count; i++) {
		if (str_eq(s->tables[i]->name, name))
			return s->tables[i];
	}
	struct str *names = ARENA_ARRAY(s->arena, s->table_count, struct str);
	for (size_t i = 0; i < s->table_count; i++)
		names[i] = s->tables[i]->name;
	scope_fault(s, at, "table.unknown", "there is no table \"%.*s\"%s", STR_ARG(name),
		scope_near(s, name, names, s->table_count));
	return NULL;
}

/* "a, b and c" */
static const char *join(struct scope *s, const char *const *words, size_t count, const char *last)
{
	struct str all = STR("nothing");
	for (size_t i = 0; i < count; i++) {
		if (i == 0)
			all = str_of(words[i]);
		else if (i + 1 < count)
			all = arena_printf(s->arena, "%.*s, %s", STR_ARG(all), words[i]);
		else
			all = arena_printf(s->arena, "%.*s %s %s", STR_ARG(all), last, words[i]);
	}
	return all.p;
}

static const char *join_quoted(struct scope *s, const struct str *words, size_t count, const char *last)
{
	const char **quoted = ARENA_ARRAY(s->arena, count, const char *);
	for (size_t i = 0; i < count; i++)
		quoted[i] = arena_printf(s->arena, "\"%.*s\"", STR_ARG(words[i])).p;
	return join(s, quoted, count, last);
}

static int unknown_member(struct scope *s, const struct json *member, const char *what, const struct member *members,
	size_t count)
{
	struct str *names = ARENA_ARRAY(s->arena, count, struct str);
	for (size_t i = 0; i < count; i++)
		names[i] = str_of(members[i].name);
	const char *near = scope_near(s, member->key, names, count);
	if (near[0])
		return scope_fault_key(s, member, "key.unknown", "%s has no \"%.*s\"%s", what, STR_ARG(member->key), near);
	return scope_fault_key(s, member, "key.unknown", "%s has no \"%.*s\", it may have %s", what, STR_ARG(member->key),
		join_quoted(s, names, count, "and"));
}

int scope_members(struct scope *s, const struct json *object, const char *what, struct member *members, size_t count)
{
	int status = 0;
	if (!json_is(object, JSON_OBJECT))
		return scope_fault(s, object, "kind", "%s is an object, but %s was found", what, scope_found(s, object));
	for (const struct json *m = object->child; m; m = m->next) {
		struct member *found = NULL;
		for (size_t i = 0; i < count && !found; i++) {
			if (str_eq(m->key, str_of(members[i].name)))
				found = &members[i];
		}
		if (found)
			found->found = m;
		else if (!str_eq(m->key, STR("$comment")))
			status = unknown_member(s, m, what, members, count);
	}
	for (size_t i = 0; i < count; i++) {
		if (members[i].required && !members[i].found)
			status = scope_fault(s, object, "key.missing", "%s needs \"%s\"", what, members[i].name);
	}
	return status;
}

const char *scope_types(struct scope *s, unsigned types)
{
	static const struct {
		unsigned types;
		const char *name;
	} names[] = {
		{ TYPES_TEXT, "text" }, { TYPES_NUMBER, "a number" }, { 1u << VALUE_INTEGER, "a whole number" },
		{ 1u << VALUE_DECIMAL, "a decimal number" },
		{ TYPES_BOOLEAN, "true or false" }, { TYPES_MOMENT, "a date" }, { 1u << VALUE_DATE, "a date" },
		{ 1u << VALUE_DATETIME, "a date and time" },
	};
	if ((types & TYPES_SCALAR) == TYPES_SCALAR)
		return "a value";
	const char *found[8];
	size_t count = 0;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if ((types & names[i].types) == names[i].types) {
			found[count++] = names[i].name;
			types &= ~names[i].types;
		}
	}
	return join(s, found, count, "or");
}

/* The parameter that stands there, with its value; null where there is none. */
static const char *param_found(struct scope *s, const struct json *at)
{
	const struct json *name = at->kind == JSON_OBJECT ? json_get(at, "param") : NULL;
	for (size_t i = 0; name && name->kind == JSON_STRING && i < s->param_count; i++) {
		const struct param *p = &s->params[i];
		if (str_eq(p->name, name->text) && p->value.type != VALUE_EMPTY) {
			struct str value = value_print(s->arena, &p->value);
			return arena_printf(s->arena, "the parameter \"%.*s\" (%.*s)", STR_ARG(p->name), STR_ARG(value)).p;
		}
	}
	return NULL;
}

const char *scope_found(struct scope *s, const struct json *at)
{
	const char *param = param_found(s, at);
	if (param)
		return param;
	if (at->kind == JSON_OBJECT || at->kind == JSON_ARRAY)
		return at->count ? json_kind_name(at) : at->kind == JSON_OBJECT ? "an empty object" : "an empty array";
	struct buf text;
	buf_init(&text, 200);
	json_print(at, &text);
	const char *found = arena_copy(s->arena, buf_str(&text)).p;
	buf_release(&text);
	return found;
}

int scope_expected(struct scope *s, const struct json *at, const char *expected)
{
	return scope_fault(s, at, "argument", "%s is expected here, but %s was found", expected, scope_found(s, at));
}

int scope_word(struct scope *s, const struct json *at, const struct str *words, size_t count)
{
	for (size_t i = 0; at->kind == JSON_STRING && i < count; i++) {
		if (str_eq(at->text, words[i]))
			return (int)i;
	}
	const char *near = at->kind == JSON_STRING ? scope_near(s, at->text, words, count) : "";
	return scope_fault(s, at, "argument", "%s is expected here, but %s was found%s", join_quoted(s, words, count, "or"),
		scope_found(s, at), near);
}
