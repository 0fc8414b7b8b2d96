#include "qonduit/moment.h"
#include "qonduit/step.h"

/* The type of what is written as text and wanted as one of `types`. */
static enum value_type type_wanted(unsigned types)
{
	static const enum value_type order[] = { VALUE_TEXT, VALUE_DECIMAL, VALUE_INTEGER, VALUE_BOOLEAN, VALUE_DATETIME,
		VALUE_DATE };
	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		if (types & 1u << order[i])
			return order[i];
	}
	return VALUE_EMPTY;
}

static bool read_number(struct str text, unsigned types, struct value *out)
{
	struct decimal number;
	if (decimal_parse(text, &number) != DECIMAL_OK)
		return false;
	bool whole = number.scale == 0 && types & 1u << VALUE_INTEGER;
	if (!whole && !(types & 1u << VALUE_DECIMAL))
		return false;
	*out = value_number(number, whole ? VALUE_INTEGER : VALUE_DECIMAL);
	return true;
}

/* Text as a value of one of `types`. */
static bool read_text(struct str text, unsigned types, struct value *out)
{
	switch (type_wanted(types)) {
	case VALUE_TEXT:
		*out = (struct value){ .type = VALUE_TEXT, .text = text };
		return true;
	case VALUE_DECIMAL:
	case VALUE_INTEGER:
		return read_number(text, types, out);
	case VALUE_BOOLEAN:
		*out = value_truth(str_eq(text, STR("true")));
		return out->truth || str_eq(text, STR("false"));
	case VALUE_DATETIME:
	case VALUE_DATE:
		return moment_parse_iso(text, !(types & 1u << VALUE_DATETIME), out);
	default:
		return false;
	}
}

static int constant(struct operand *o, const struct json *arg, unsigned types, struct scope *s)
{
	bool good = false;
	if (arg->kind == JSON_STRING)
		good = read_text(arg->text, types, &o->constant);
	else if (arg->kind == JSON_NUMBER)
		good = read_number(arg->text, types, &o->constant);
	else if (json_is_bool(arg) && types & TYPES_BOOLEAN) {
		o->constant = value_truth(arg->kind == JSON_TRUE);
		good = true;
	}
	o->type = o->constant.type;
	if (good)
		return 0;
	bool unquoted = types == TYPES_TEXT && (arg->kind == JSON_NUMBER || json_is_bool(arg));
	const char *found = scope_found(s, arg);
	return scope_fault(s, arg, "argument", "%s is expected here, but %s was found%s%s%s", scope_types(s, types), found,
		unquoted ? "; write \"" : "", unquoted ? found : "", unquoted ? "\"" : "");
}

static int wrong_type(struct scope *s, const struct json *at, const char *what, struct str name, enum value_type type,
	unsigned types)
{
	return scope_fault(s, at, "argument", "%s is expected here, but the %s \"%.*s\" is %s", scope_types(s, types), what,
		STR_ARG(name), type == VALUE_JSON ? "an object or a list" : scope_types(s, 1u << type));
}

static int named(struct scope *s, const struct json *at)
{
	return at->kind == JSON_STRING ? 0
		: scope_expected(s, at, "a name");
}

static int parameter(struct operand *o, const struct json *at, unsigned types, struct scope *s)
{
	int i = named(s, at) == 0 ? scope_param(s, at, at->text) : -1;
	if (i < 0)
		return -1;
	const struct param *p = &s->params[i];
	o->name = p->name;
	o->type = p->type;
	o->constant = p->value;
	if (p->type == VALUE_TEXT && p->value.type == VALUE_EMPTY)
		o->constant = (struct value){ .type = VALUE_TEXT, .text = STR("") };
	return types & 1u << p->type ? 0 : wrong_type(s, at, "parameter", p->name, p->type, types);
}

static int column(struct operand *o, const struct json *at, unsigned types, struct scope *s)
{
	o->column = named(s, at) == 0 ? scope_column_as(s, at, at->text, types) : -1;
	if (o->column < 0)
		return -1;
	o->name = at->text;
	o->type = column_value_type(&s->columns[o->column]);
	return types & 1u << o->type ? 0 : wrong_type(s, at, "column", o->name, o->type, types);
}

static int table(struct operand *o, const struct json *name, const struct json *of, unsigned types, struct scope *s)
{
	o->from = OPERAND_LOOKUP;
	o->table = named(s, name) == 0 ? scope_table(s, name, name->text) : NULL;
	if (!of)
		return scope_fault(s, name, "argument", "\"lookup\" as a value needs \"of\", the column to look up");
	int found = column(o, of, TYPES_SCALAR, s);
	o->type = type_wanted(types);
	return o->table ? found : -1;
}

static int lookup_value(const struct operand *o, struct run *r, struct value *out)
{
	const struct value *cell = &r->columns[o->column];
	struct str key = cell->type == VALUE_TEXT ? cell->text : value_print(r->arena, cell);
	const struct str *found = lookup_find(o->table, key);
	if (!found)
		return run_refuse(r, "%s is not in the table \"%.*s\"", run_shown_text(r, key), STR_ARG(o->table->name));
	*out = value_empty();
	if (found->n == 0)
		return 0;
	unsigned types = 1u << o->type;
	if (!read_text(*found, types, out))
		return run_refuse(r, "%s, which the table \"%.*s\" has for %s, is not %s", run_shown_text(r, *found),
			STR_ARG(o->table->name), run_shown_text(r, key),
			o->type == VALUE_DECIMAL ? "a number" : value_type_name(o->type));
	return 0;
}

bool operand_is(const struct json *arg)
{
	return !json_is(arg, JSON_OBJECT) || json_get(arg, "param") || json_get(arg, "column") || json_get(arg, "lookup");
}

int operand_compile(struct operand *o, const struct json *arg, unsigned types, struct scope *s)
{
	*o = (struct operand){ 0 };
	if (!json_is(arg, JSON_OBJECT))
		return constant(o, arg, types, s);
	struct member members[] = { { .name = "param" }, { .name = "column" }, { .name = "lookup" }, { .name = "of" } };
	if (scope_members(s, arg, "a value", members, 4) != 0)
		return -1;
	const struct json *param = members[0].found, *of = members[3].found;
	int forms = (param != NULL) + (members[1].found != NULL) + (members[2].found != NULL);
	if (forms != 1 || (of && !members[2].found))
		return scope_fault(s, arg, "argument", "a value is a constant, { \"param\": name }, { \"column\": name } or "
			"{ \"lookup\": table, \"of\": column }");
	if (param)
		return parameter(o, param, types, s);
	if (members[2].found)
		return table(o, members[2].found, of, types, s);
	o->from = OPERAND_COLUMN;
	return column(o, members[1].found, types, s);
}

int operand_compile_known(struct operand *o, const struct json *arg, unsigned types, struct scope *s)
{
	if (json_is(arg, JSON_OBJECT) && (json_get(arg, "column") || json_get(arg, "lookup")))
		return scope_fault(s, arg, "argument", "%s that is known before the first row is expected here: a constant or "
			"a parameter", scope_types(s, types));
	return operand_compile(o, arg, types, s);
}

int operand_whole(int64_t *out, const struct json *arg, int64_t least, int64_t most, struct scope *s)
{
	struct operand o = { 0 };
	if (operand_compile_known(&o, arg, 1u << VALUE_INTEGER, s) != 0)
		return -1;
	*out = least;
	bool settled = o.constant.type != VALUE_EMPTY;
	if (settled && (!decimal_to_i64(o.constant.number, out) || *out < least || *out > most))
		return scope_fault(s, arg, "argument", "a whole number from %lld to %lld is expected here, but %s was found",
			(long long)least, (long long)most, scope_found(s, arg));
	return 0;
}

int operand_text(struct str *out, const struct json *arg, const char *what, struct scope *s)
{
	struct operand o = { 0 };
	if (operand_compile_known(&o, arg, TYPES_TEXT, s) != 0)
		return -1;
	*out = arena_copy(s->arena, o.constant.text);
	return out->n ? 0 : scope_fault(s, arg, "argument", "%s is expected here, but the text is empty", what);
}

int operand_read(const struct operand *o, struct run *r, struct value *out)
{
	if (o->from == OPERAND_LOOKUP && r->columns[o->column].type != VALUE_EMPTY)
		return lookup_value(o, r, out);
	*out = o->from == OPERAND_CONSTANT ? o->constant : r->columns[o->column];
	return 0;
}

int operand_value(const struct operand *o, struct run *r, struct value *out)
{
	if (operand_read(o, r, out) != 0)
		return -1;
	if (out->type != VALUE_EMPTY)
		return 0;
	if (o->from == OPERAND_CONSTANT)
		return run_refuse(r, "the parameter \"%.*s\" has no value", STR_ARG(o->name));
	const struct value *cell = &r->columns[o->column];
	if (o->from == OPERAND_LOOKUP && cell->type != VALUE_EMPTY)
		return run_refuse(r, "the table \"%.*s\" has no value for %s", STR_ARG(o->table->name), run_shown(r, cell));
	return run_refuse(r, "the column \"%.*s\" is empty", STR_ARG(o->name));
}
