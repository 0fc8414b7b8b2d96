/* The part of the compile that is about "each": its rules see an element of an array, where paths have no declared
 * type, so that the place where one stands says what it is. */
#include "compile.h"

/* The types of an argument as it is written; 0 where that says nothing. */
static unsigned argument_types(const struct json *arg, const struct scope *s)
{
	const struct json *param = json_get(arg, "param");

	if (json_is(arg, JSON_ARRAY))
		arg = arg->child;
	for (size_t i = 0; json_is(param, JSON_STRING) && i < s->param_count; i++) {
		if (str_eq(s->params[i].name, param->text))
			return 1u << s->params[i].type & TYPES_NUMBER ? TYPES_NUMBER : 1u << s->params[i].type;
	}
	if (json_is(arg, JSON_NUMBER))
		return TYPES_NUMBER;
	return json_is_bool(arg) ? TYPES_BOOLEAN : json_is(arg, JSON_STRING) ? TYPES_TEXT : 0;
}

unsigned compile_word_takes(const struct step_kind *kind, const struct json *arg, unsigned types, struct scope *s)
{
	unsigned takes = kind->takes, of_argument = argument_types(arg, s) & takes;
	bool keeps = kind->gives == STEP_SAME || kind->gives == STEP_OWN;

	if (takes & 1u << VALUE_JSON) /* whatever it is, it is there or not */
		return 1u << VALUE_JSON;
	if (takes & TYPES_TEXT && of_argument)
		takes = of_argument;
	return keeps && takes & types ? takes & types : takes;
}

unsigned compile_step_takes(const struct json *step, unsigned types, struct scope *s)
{
	const struct json *arg = json_is(step, JSON_OBJECT) ? step->child : NULL;

	while (arg && str_eq(arg->key, STR("$comment")))
		arg = arg->next;
	const struct step_kind *kind = step_find(arg ? arg->key : json_text(step, (struct str){ 0 }));
	return kind ? compile_word_takes(kind, arg, types, s) : ~0u;
}

/* The column with the array, or -1 after a fault, which of a rule of the row was told by the parse. */
static int array_column(const struct mapping_rule *rule, struct scope *s)
{
	if (!s->by_path && !s->no_columns)
		return rule->each;
	return rule->subject ? scope_column_as(s, rule->subject, rule->subject->text, 1u << VALUE_JSON) : -1;
}

/* Whether a step says what is to be where there is nothing. */
static bool takes_empty(const struct rule *rule)
{
	static const char *const words[] = { "default", "empty", "present" };
	for (size_t i = 0; i < rule->step_count; i++) {
		for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
			if (strcmp(rule->steps[i].kind->name, words[w]) == 0)
				return true;
		}
	}
	return false;
}

/* What a field takes as it stands is told where no element has it. */
static void note_wanted(const struct rule *object, struct scope *inside)
{
	for (size_t i = 0; i < object->member_count; i++) {
		const struct rule *rule = &object->members[i].rule;
		if (rule->kind == RULE_COLUMN && rule->column_count == 1 && rule->columns[0] >= 0 && !takes_empty(rule))
			inside->columns[rule->columns[0]].optional = false;
	}
}

/* Who walks the array is to know which members of its elements are wanted. */
static void note_within(int column, const struct scope *inside, struct scope *s)
{
	struct column *c = &s->columns[column];
	struct column_within *w = ARENA_NEW(s->arena, struct column_within);

	*w = (struct column_within){ inside->columns, inside->column_count, c->within };
	c->within = w;
}

void compile_each(struct rule *out, const struct mapping_rule *rule, const struct contract_field *contract,
	struct scope *s)
{
	const struct contract_field *element = compile_element(contract, s);
	struct mapping_rule body = *rule;
	struct rule_each *each = ARENA_NEW(s->arena, struct rule_each);
	struct rule *object = ARENA_NEW(s->arena, struct rule);
	struct scope inside = *s;
	int *column = ARENA_NEW(s->arena, int);

	*column = array_column(rule, s);
	out->columns = column;
	out->column_count = *column >= 0;
	compile_nesting(contract, false, rule->at, s);
	compile_field_type(element, VALUE_JSON, rule->at, s);
	inside.columns = NULL;
	inside.column_count = inside.column_cap = 0;
	inside.column_used = NULL;
	inside.no_columns = NULL;
	inside.by_path = true;
	body.kind = object->kind = RULE_OBJECT;
	compile_members(object, &body, element, &inside);
	note_wanted(object, &inside);
	if (*column >= 0)
		note_within(*column, &inside, s);
	*each = (struct rule_each){ inside.columns, inside.column_count, object };
	out->each = each;
	out->type = VALUE_JSON;
}
