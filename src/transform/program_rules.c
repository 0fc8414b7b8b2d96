/* The part of the compile that resolves rules and conditions. */
#include "compile.h"

#include <stdio.h>

#include "qonduit/json_write.h"

struct str compile_json_key(struct str name, struct arena *a)
{
	struct buf b = { 0 };

	json_escape(&b, name);
	buf_addc(&b, ':');
	struct str key = arena_copy(a, buf_str(&b));
	buf_release(&b);
	return key;
}

static bool is_number(enum value_type t)
{
	return t == VALUE_INTEGER || t == VALUE_DECIMAL;
}

/* The type of a value that is of one type or of the other; false where there is none. */
static bool join_types(enum value_type *into, enum value_type other)
{
	if (other == VALUE_EMPTY || *into == other)
		return true;
	if (*into == VALUE_EMPTY)
		*into = other;
	else if (is_number(*into) && is_number(other))
		*into = VALUE_DECIMAL;
	else
		return false;
	return true;
}

unsigned compile_takes(const struct contract_field *f)
{
	static const unsigned takes[] = {
		[FIELD_ANY] = ~0u,
		[FIELD_STRING] = TYPES_TEXT,
		[FIELD_NUMBER] = TYPES_NUMBER,
		[FIELD_INTEGER] = 1u << VALUE_INTEGER,
		[FIELD_BOOLEAN] = TYPES_BOOLEAN,
		[FIELD_OBJECT] = 1u << VALUE_JSON,
		[FIELD_LIST] = 1u << VALUE_JSON,
	};

	return f ? takes[f->type] : ~0u;
}

void compile_field_type(const struct contract_field *f, enum value_type type, const struct json *at, struct scope *s)
{
	const char *advice = "";

	if (type == VALUE_EMPTY || compile_takes(f) & 1u << type)
		return;
	if (type == VALUE_JSON)
		advice = f->type == FIELD_BOOLEAN ? ": end with a condition such as \"present\"" : "";
	else if (f->type == FIELD_STRING)
		advice = (1u << type) & TYPES_MOMENT
			? ": put \"to_text\" or \"to_date\" behind it" : ": put \"to_text\" behind it";
	else if (f->type == FIELD_NUMBER && type == VALUE_TEXT)
		advice = ": give the column \"type\": \"decimal\", or put \"to_decimal\" behind it";
	else if (f->type == FIELD_INTEGER)
		advice = type == VALUE_TEXT
			? ": give the column \"type\": \"integer\", or put \"to_integer\" behind it"
			: ": put \"to_integer\" behind it";
	else if (f->type == FIELD_BOOLEAN)
		advice = ": give the column \"type\": \"boolean\", or end with a condition such as { \"at_least\": 1 }";
	scope_fault(s, at, "mapping.type", "\"%s\" takes %s, but the rule gives %s%s", f->name.p,
		field_type_name(f->type), value_type_name(type), advice);
}

static void compile_columns(struct rule *out, const struct json *names, struct scope *s)
{
	const struct json *list = names->kind == JSON_ARRAY ? names->child : names;
	size_t count = names->kind == JSON_ARRAY ? names->count : 1;
	int *columns = ARENA_ARRAY(s->arena, count, int);

	for (size_t i = 0; i < count; i++, list = list->next) {
		int column = scope_column(s, list, list->text);
		if (column < 0)
			continue;
		columns[out->column_count++] = column;
		if (!join_types(&out->type, column_value_type(&s->columns[column])))
			scope_fault(s, list, "mapping.type", "\"%s\" is %s, the columns before it are %s: one field has one type",
				list->text.p, value_type_name(column_value_type(&s->columns[column])), value_type_name(out->type));
	}
	out->columns = columns;
}

static void compile_constant(struct rule *out, const struct json *j, struct scope *s)
{
	struct buf text = { 0 };
	struct decimal number;

	switch (j->kind) {
	case JSON_NULL:
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		out->constant = value_truth(j->kind == JSON_TRUE);
		break;
	case JSON_STRING:
		out->constant = value_text(j->text);
		break;
	case JSON_NUMBER:
		if (decimal_parse(j->text, &number) != DECIMAL_OK)
			scope_fault(s, j, "mapping.number", "%s has more than %d digits", j->text.p, DECIMAL_DIGITS);
		else
			out->constant = value_number(number, number.scale ? VALUE_DECIMAL : VALUE_INTEGER);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		json_print(j, &text);
		out->constant = (struct value){ .type = VALUE_JSON, .text = arena_copy(s->arena, buf_str(&text)) };
		buf_release(&text);
		break;
	}
	out->type = out->constant.type;
}

/* A number may be written as text: "10.00" for a field that takes a number. */
static void take_text_as_number(struct rule *out, const struct contract_field *f)
{
	struct decimal number;

	if (out->type != VALUE_TEXT || !f || (f->type != FIELD_NUMBER && f->type != FIELD_INTEGER) ||
	    decimal_parse(out->constant.text, &number) != DECIMAL_OK)
		return;
	out->constant = value_number(number, number.scale ? VALUE_DECIMAL : VALUE_INTEGER);
	out->type = out->constant.type;
}

static void compile_param(struct rule *out, const struct json *name, struct scope *s)
{
	int param = scope_param(s, name, name->text);

	out->kind = RULE_VALUE;
	if (param < 0)
		return;
	out->constant = s->params[param].value;
	out->type = s->params[param].type;
}

/* "{brand} {name?}"; {{ and }} stand for the braces themselves. */
static void compile_template(struct rule *out, const struct json *j, struct scope *s)
{
	struct template_part *parts = ARENA_ARRAY(s->arena, j->text.n + 1, struct template_part);
	struct buf text = { 0 };
	struct str rest = j->text;

	while (rest.n) {
		char c = rest.p[0];
		if ((c == '{' || c == '}') && rest.n > 1 && rest.p[1] == c) {
			buf_addc(&text, c);
			rest = str_from(rest, 2);
			continue;
		}
		ptrdiff_t end = c == '{' ? str_find(rest, STR("}")) : -1;
		if (c == '}' || (c == '{' && end < 0)) {
			scope_fault(s, j, "mapping.template",
				"a brace stands alone: expected {column}, {column?}, or {{ and }} for braces");
			break;
		}
		if (c != '{') {
			buf_addc(&text, c);
			rest = str_from(rest, 1);
			continue;
		}
		if (text.n)
			parts[out->part_count++] = (struct template_part){ .text = arena_copy(s->arena, buf_str(&text)),
				.column = -1 };
		buf_clear(&text);
		struct str name = { rest.p + 1, (size_t)end - 1 };
		bool optional = str_ends(name, STR("?"));
		int column = scope_column_as(s, j, arena_copy(s->arena, str_head(name, name.n - optional)), TYPES_TEXT);
		if (column >= 0)
			parts[out->part_count++] = (struct template_part){ .column = column, .optional = optional };
		rest = str_from(rest, (size_t)end + 1);
	}
	if (text.n)
		parts[out->part_count++] = (struct template_part){ .text = arena_copy(s->arena, buf_str(&text)), .column = -1 };
	buf_release(&text);
	out->parts = parts;
	out->type = out->part_count ? VALUE_TEXT : VALUE_EMPTY;
}

static void join_branch(struct rule *out, const struct rule *branch, const struct json *at, struct scope *s)
{
	if (!join_types(&out->type, branch->type))
		scope_fault(s, at, "mapping.type", "this branch gives %s, the ones before it %s: one field has one type",
			value_type_name(branch->type), value_type_name(out->type));
}

static void compile_when(struct rule *out, const struct mapping_rule *rule, const struct contract_field *contract,
	struct scope *s)
{
	struct rule_case *cases = ARENA_ARRAY(s->arena, rule->case_count, struct rule_case);

	for (size_t i = 0; i < rule->case_count; i++) {
		compile_cond(&cases[i].cond, &rule->cases[i].cond, s);
		compile_rule(&cases[i].use, &rule->cases[i].use, contract, s);
		join_branch(out, &cases[i].use, rule->cases[i].use.at, s);
	}
	out->cases = cases;
	out->case_count = rule->case_count;
	if (rule->otherwise) {
		struct rule *otherwise = ARENA_NEW(s->arena, struct rule);
		compile_rule(otherwise, rule->otherwise, contract, s);
		join_branch(out, otherwise, rule->otherwise->at, s);
		out->otherwise = otherwise;
	}
}

static const struct contract_field *nested_field(const struct contract_field *contract, const struct mapping_field *f,
	struct scope *s)
{
	if (!contract || !contract->fields)
		return NULL;
	struct str *names = ARENA_ARRAY(s->arena, contract->field_count, struct str);
	for (size_t i = 0; i < contract->field_count; i++) {
		if (str_eq(contract->fields[i].name, f->name))
			return &contract->fields[i];
		names[i] = contract->fields[i].name;
	}
	scope_fault_key(s, f->at, "mapping.unknown_field", "\"%s\" has no field \"%s\"%s", contract->name.p, f->name.p,
		scope_near(s, f->name, names, contract->field_count));
	return NULL;
}

void compile_nesting(const struct contract_field *contract, bool object, const struct json *at, struct scope *s)
{
	enum field_type given = object ? FIELD_OBJECT : FIELD_LIST;

	if (contract && contract->type != given && (contract->type == FIELD_OBJECT || contract->type == FIELD_LIST))
		scope_fault(s, at, "mapping.type", "\"%s\" takes %s, but the rule gives %s", contract->name.p,
			field_type_name(contract->type), field_type_name(given));
}

const struct contract_field *compile_element(const struct contract_field *list, struct scope *s)
{
	if (!list || list->type != FIELD_LIST)
		return NULL;
	struct contract_field *element = ARENA_NEW(s->arena, struct contract_field);
	*element = (struct contract_field){ .name = list->name, .type = list->element, .places = -1, .fields = list->fields,
		.field_count = list->field_count };
	return element;
}

/* The shape of an object of which the contract says something: its records are checked like those of a target. */
static const struct record_shape *nested_shape(const struct rule *rule, const struct contract_field *contract,
	const struct json *at, struct scope *s)
{
	struct record_field *fields = ARENA_ARRAY(s->arena, rule->member_count, struct record_field);
	struct record_shape *shape = ARENA_NEW(s->arena, struct record_shape);
	struct contract *of = ARENA_NEW(s->arena, struct contract);

	for (size_t i = 0; i < rule->member_count; i++)
		fields[i] = rule->members[i].field;
	for (size_t f = 0; f < contract->field_count; f++) {
		size_t i = 0;
		while (i < rule->member_count && !str_eq(fields[i].name, contract->fields[f].name))
			i++;
		if (i == rule->member_count && contract->fields[f].required)
			scope_fault(s, at, "mapping.required", "\"%s\" requires \"%s\", which has no rule here", contract->name.p,
				contract->fields[f].name.p);
	}
	of->target = contract->name;
	*shape = (struct record_shape){ .contract = of, .fields = fields, .count = rule->member_count, .key = -1 };
	return shape;
}

/* Whether the contract has limits that are counted, not enforced, for the members of an object: a rule's own check
 * counts none. */
static bool has_warnings(const struct contract_field *object)
{
	for (size_t i = 0; i < object->field_count; i++) {
		const struct contract_field *f = &object->fields[i];
		if (f->warn_min_length || f->warn_max_length || f->warn_has_minimum || f->warn_has_maximum ||
		    (f->fields && has_warnings(f)))
			return true;
	}
	return false;
}

static bool members_are_sure(const struct rule *rule)
{
	for (size_t i = 0; i < rule->member_count; i++)
		if (rule->members[i].rule.type == VALUE_JSON && !rule->members[i].field.sure.json)
			return false;
	return true;
}

/* Whether what the rule makes was checked against the contract, all of it, when it was made. JSON that comes from
 * elsewhere, a cell or a constant, was not. */
static bool checks_itself(const struct contract_field *f, const struct rule *rule)
{
	if (rule->step_count || (f->max_items && rule->kind != RULE_OBJECT))
		return false;
	if (rule->kind == RULE_EACH)
		rule = rule->each->object;
	else if (rule->kind == RULE_LIST)
		return f->type == FIELD_LIST && members_are_sure(rule);
	return rule->kind == RULE_OBJECT && rule->shape && members_are_sure(rule) && !has_warnings(f);
}

void compile_sure(struct record_field *field, const struct rule *rule)
{
	field->sure.json = field->contract && checks_itself(field->contract, rule);
	record_field_settle(field);
}

void compile_members(struct rule *out, const struct mapping_rule *rule, const struct contract_field *contract,
	struct scope *s)
{
	struct rule_member *members = ARENA_ARRAY(s->arena, rule->member_count, struct rule_member);
	bool object = rule->kind == RULE_OBJECT;

	compile_nesting(contract, object, rule->at, s);
	for (size_t i = 0; i < rule->member_count; i++) {
		const struct mapping_field *f = &rule->members[i];
		const struct contract_field *inner = object ? nested_field(contract, f, s)
			: compile_element(contract, s);
		s->wanted = compile_takes(inner);
		compile_rule(&members[i].rule, &f->rule, inner, s);
		compile_field_type(inner, members[i].rule.type, f->at, s);
		members[i].field = (struct record_field){ .name = f->name, .type = members[i].rule.type, .contract = inner };
		compile_sure(&members[i].field, &members[i].rule);
		if (object)
			members[i].field.json_key = compile_json_key(f->name, s->arena);
	}
	out->members = members;
	out->member_count = rule->member_count;
	out->type = VALUE_JSON;
	if (object && contract && contract->fields)
		out->shape = nested_shape(out, contract, rule->at, s);
}

static void settle_way(struct rule *rule)
{
	if (rule->kind == RULE_COLUMN && rule->column_count)
		rule->way = RULE_COPIES;
	else if (rule->kind == RULE_VALUE || rule->kind == RULE_PARAM)
		rule->way = RULE_IS_KNOWN;
	else if (rule->kind == RULE_WHEN)
		rule->way = RULE_CHOOSES;
}

static void settle_idle(struct rule *rule)
{
	rule->idle = TEXT_SEEN;
	rule->idle_bytes = SIZE_MAX;
	for (size_t i = 0; i < rule->step_count && rule->steps[i].kind->idle; i++, rule->idle_steps++) {
		rule->idle |= rule->steps[i].kind->idle;
		if (rule->steps[i].idle_bytes < rule->idle_bytes)
			rule->idle_bytes = rule->steps[i].idle_bytes;
	}
}

void compile_rule(struct rule *out, const struct mapping_rule *rule, const struct contract_field *contract,
	struct scope *s)
{
	unsigned wanted = s->wanted;

	*out = (struct rule){ .kind = rule->kind };
	if (rule->then && rule->then->child)
		s->wanted = compile_step_takes(rule->then->child, wanted, s);
	switch (rule->kind) {
	case RULE_COLUMN:
	case RULE_FIRST_OF:
		if (rule->subject && (rule->subject->kind == JSON_STRING || rule->subject->kind == JSON_ARRAY))
			compile_columns(out, rule->subject, s);
		break;
	case RULE_VALUE:
		if (rule->subject)
			compile_constant(out, rule->subject, s);
		if (!rule->then && !(wanted & TYPES_TEXT))
			take_text_as_number(out, contract);
		if (out->type == VALUE_JSON)
			compile_nesting(contract, rule->subject->kind == JSON_OBJECT, rule->at, s);
		break;
	case RULE_PARAM:
		compile_param(out, rule->subject, s);
		break;
	case RULE_TEMPLATE:
		compile_template(out, rule->subject, s);
		break;
	case RULE_WHEN:
		compile_when(out, rule, contract, s);
		break;
	case RULE_OBJECT:
	case RULE_LIST:
		compile_members(out, rule, contract, s);
		break;
	case RULE_EACH:
		compile_each(out, rule, contract, s);
		break;
	}
	s->wanted = wanted;
	if (out->constant.type == VALUE_TEXT)
		value_traits(&out->constant);
	settle_way(out);
	if (!rule->then)
		return;
	struct step *steps = ARENA_ARRAY(s->arena, rule->then->count, struct step);
	for (const struct json *j = rule->then->child; j; j = j->next) {
		struct step *step = &steps[out->step_count];
		if (step_compile(step, j, out->type, s) != 0)
			break;
		out->type = step->out;
		out->step_count++;
	}
	out->steps = steps;
	settle_idle(out);
}

/* What a draft leaves open passes the check, so that what else is wrong can be seen. */
static bool is_to_be_filled(const struct value *constant)
{
	return constant->type == VALUE_TEXT && str_eq(constant->text, STR(MAPPING_TODO));
}

void compile_constants(const struct record_shape *shape, size_t field, const struct rule *rule,
	const struct mapping_rule *from, struct scope *s)
{
	const struct record_shape one = { .contract = shape->contract, .fields = &shape->fields[field], .count = 1, .key = -1 };
	struct record_fault fault;

	if (rule->step_count)
		return;
	if (rule->kind == RULE_VALUE && rule->constant.type != VALUE_EMPTY && !is_to_be_filled(&rule->constant) &&
		record_check(&one, &rule->constant, s->arena, &fault, 1, NULL) != 0)
		scope_fault(s, from->subject, "mapping.value", "this constant is refused in every row: %.*s",
			STR_ARG(fault.reason));
	for (size_t i = 0; i < rule->case_count; i++)
		compile_constants(shape, field, &rule->cases[i].use, &from->cases[i].use, s);
	if (rule->otherwise)
		compile_constants(shape, field, rule->otherwise, from->otherwise, s);
}

static void compile_test(struct cond *out, const struct mapping_cond *cond, struct scope *s)
{
	if (!cond->column || !cond->test)
		return;
	const struct step_kind *kind = step_find(cond->test->key);
	out->column = scope_column_as(s, cond->column, cond->column->text,
		kind ? compile_word_takes(kind, cond->test, ~0u, s) : ~0u);
	if (!kind || kind->group != STEP_CONDITION) {
		struct str words[64];
		size_t count = 0;
		for (const struct step_kind *k = step_kinds; k->name && count < 64; k++)
			if (k->group == STEP_CONDITION)
				words[count++] = str_of(k->name);
		scope_fault_key(s, cond->test, "mapping.unknown_condition", "\"%s\" is not a condition%s", cond->test->key.p,
			scope_near(s, cond->test->key, words, count));
		return;
	}
	if (out->column >= 0)
		step_compile_condition(&out->test, kind, cond->test, cond->test,
			column_value_type(&s->columns[out->column]), s);
}

void compile_cond(struct cond *out, const struct mapping_cond *cond, struct scope *s)
{
	struct cond *parts = ARENA_ARRAY(s->arena, cond->part_count, struct cond);

	*out = (struct cond){ .kind = cond->kind, .parts = parts, .part_count = cond->part_count };
	if (cond->kind == COND_TEST)
		compile_test(out, cond, s);
	for (size_t i = 0; i < cond->part_count; i++)
		compile_cond(&parts[i], &cond->parts[i], s);
}
