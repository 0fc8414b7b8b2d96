#include "step_functions.h"

struct list {
	size_t count;
	struct operand *of;
};

/* What a value of type `in` can be compared with. */
static unsigned types_like(enum value_type in)
{
	static const unsigned families[] = { TYPES_TEXT, TYPES_NUMBER, TYPES_BOOLEAN, TYPES_MOMENT };
	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		if (families[i] & 1u << in)
			return families[i];
	}
	return TYPES_SCALAR;
}

static int answer(struct value *v, bool truth)
{
	*v = value_truth(truth);
	return 0;
}

/* Whether the value stands to the argument as asked: below it, equal, above it. */
static int compare(const struct step *s, struct value *v, struct run *r, bool below, bool equal, bool above)
{
	struct value with;
	if (operand_value(&s->a, r, &with) != 0)
		return -1;
	int order = value_compare(v, &with);
	return answer(v, order < 0 ? below : order > 0 ? above : equal);
}

int step_compile_compared(struct step *s, const struct json *arg, struct scope *scope)
{
	return operand_compile(&s->a, arg, types_like(s->in), scope);
}

int step_compile_list(struct step *s, const struct json *arg, struct scope *scope)
{
	if (!json_is(arg, JSON_ARRAY) || arg->count == 0)
		return scope_expected(scope, arg, "a list of values");
	struct list *list = ARENA_NEW(scope->arena, struct list);
	list->of = ARENA_ARRAY(scope->arena, arg->count, struct operand);
	s->data = list;
	int status = 0;
	for (const struct json *j = arg->child; j; j = j->next)
		status |= operand_compile(&list->of[list->count++], j, types_like(s->in), scope);
	return status;
}

int step_compile_empty(struct step *s, const struct json *arg, struct scope *scope)
{
	s->flag = !arg || arg->kind == JSON_TRUE;
	return !arg || json_is_bool(arg) ? 0
		: scope_expected(scope, arg, "true or false");
}

int step_equals(const struct step *s, struct value *v, struct run *r)
{
	struct value with;
	return operand_value(&s->a, r, &with) == 0 ? answer(v, value_equal(v, &with)) : -1;
}

int step_not_equals(const struct step *s, struct value *v, struct run *r)
{
	struct value with;
	return operand_value(&s->a, r, &with) == 0 ? answer(v, !value_equal(v, &with)) : -1;
}

int step_one_of(const struct step *s, struct value *v, struct run *r)
{
	const struct list *list = s->data;
	bool found = false;
	for (size_t i = 0; i < list->count && !found; i++) {
		struct value with;
		if (operand_value(&list->of[i], r, &with) != 0)
			return -1;
		found = value_equal(v, &with);
	}
	return answer(v, found);
}

int step_at_least(const struct step *s, struct value *v, struct run *r)
{
	return compare(s, v, r, false, true, true);
}

int step_more_than(const struct step *s, struct value *v, struct run *r)
{
	return compare(s, v, r, false, false, true);
}

int step_at_most(const struct step *s, struct value *v, struct run *r)
{
	return compare(s, v, r, true, true, false);
}

int step_less_than(const struct step *s, struct value *v, struct run *r)
{
	return compare(s, v, r, true, false, false);
}

int step_matches(const struct step *s, struct value *v, struct run *r)
{
	enum pattern_result result = pattern_matches(s->data, r->scratch, v->text);
	return result == PATTERN_LIMIT ? step_pattern_limit(s, v->text, r) : answer(v, result == PATTERN_MATCH);
}

int step_contains(const struct step *s, struct value *v, struct run *r)
{
	struct value part;
	return operand_value(&s->a, r, &part) == 0 ? answer(v, str_find(v->text, part.text) >= 0) : -1;
}

int step_starts_with(const struct step *s, struct value *v, struct run *r)
{
	struct value part;
	return operand_value(&s->a, r, &part) == 0 ? answer(v, str_starts(v->text, part.text)) : -1;
}

int step_ends_with(const struct step *s, struct value *v, struct run *r)
{
	struct value part;
	return operand_value(&s->a, r, &part) == 0 ? answer(v, str_ends(v->text, part.text)) : -1;
}

int step_empty(const struct step *s, struct value *v, struct run *r)
{
	return answer(v, (v->type == VALUE_EMPTY) == s->flag);
}

int step_present(const struct step *s, struct value *v, struct run *r)
{
	return answer(v, (v->type != VALUE_EMPTY) == s->flag);
}
