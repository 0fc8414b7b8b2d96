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

/* Asks for the argument. Nothing can be said of an empty one: the condition is then false,
 * as it is of an empty value. */
static int ask(const struct step *s, struct value *v, struct run *r,
	bool (*holds)(const struct value *v, const struct value *with))
{
	struct value with;
	if (s->holds)
		return answer(v, s->holds(s, v));
	if (operand_read(&s->a, r, &with) != 0)
		return -1;
	return answer(v, with.type != VALUE_EMPTY && holds(v, &with));
}

int step_compile_compared(struct step *s, const struct json *arg, struct scope *scope)
{
	return step_compile_known(s, operand_compile(&s->a, arg, types_like(s->in), scope));
}

int step_compile_known(struct step *s, int status)
{
	if (s->a.from == OPERAND_CONSTANT && s->a.constant.type != VALUE_EMPTY)
		s->holds = s->kind->holds;
	return status;
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
	s->holds = s->kind->holds;
	return !arg || json_is_bool(arg) ? 0
		: scope_expected(scope, arg, "true or false");
}

#define CONDITION(name, truth) \
	static bool name##_with(const struct value *v, const struct value *with) \
	{ \
		return truth; \
	} \
	bool name##_holds(const struct step *s, const struct value *v) \
	{ \
		return name##_with(v, &s->a.constant); \
	} \
	int step_##name(const struct step *s, struct value *v, struct run *r) \
	{ \
		return ask(s, v, r, name##_with); \
	}

CONDITION(equals, value_equal(v, with))
CONDITION(not_equals, !value_equal(v, with))
CONDITION(at_least, value_compare(v, with) >= 0)
CONDITION(more_than, value_compare(v, with) > 0)
CONDITION(at_most, value_compare(v, with) <= 0)
CONDITION(less_than, value_compare(v, with) < 0)
CONDITION(contains, str_find(v->text, with->text) >= 0)
CONDITION(starts_with, str_starts(v->text, with->text))
CONDITION(ends_with, str_ends(v->text, with->text))

int step_is_one_of(const struct step *s, const struct value *v, struct run *r, bool *found)
{
	const struct list *list = s->data;
	*found = false;
	for (size_t i = 0; i < list->count && !*found; i++) {
		const struct value *with = &list->of[i].constant;
		struct value read;
		if (list->of[i].from != OPERAND_CONSTANT) {
			if (operand_read(&list->of[i], r, &read) != 0)
				return -1;
			with = &read;
		}
		*found = with->type != VALUE_EMPTY && value_equal(v, with);
	}
	return 0;
}

int step_one_of(const struct step *s, struct value *v, struct run *r)
{
	bool found;
	return step_is_one_of(s, v, r, &found) == 0 ? answer(v, found) : -1;
}

int step_matches(const struct step *s, struct value *v, struct run *r)
{
	enum pattern_result result = pattern_matches(s->data, r->scratch, v->text);
	return result == PATTERN_LIMIT ? step_pattern_limit(s, v->text, r) : answer(v, result == PATTERN_MATCH);
}

bool empty_holds(const struct step *s, const struct value *v)
{
	return (v->type == VALUE_EMPTY) == s->flag;
}

bool present_holds(const struct step *s, const struct value *v)
{
	return (v->type != VALUE_EMPTY) == s->flag;
}

int step_empty(const struct step *s, struct value *v, struct run *r)
{
	return answer(v, empty_holds(s, v));
}

int step_present(const struct step *s, struct value *v, struct run *r)
{
	return answer(v, present_holds(s, v));
}
