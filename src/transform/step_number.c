#include "step_functions.h"

#define ENDING_DIGITS 12 /* before the point of an ending of charm */

struct rule {              /* of round */
	enum rounding mode;
	int places;
	bool to_step;      /* to multiples of `step`, not to places */
	struct operand step;
};

struct tier {
	bool open;         /* the last: no up_to */
	struct decimal up_to;
	bool multiplies, adds;
	struct operand multiply, add;
};

struct tiers {
	size_t count;
	struct tier *tier;
};

typedef enum decimal_status operation(struct decimal a, struct decimal b, struct decimal *out);

static int too_long(const struct value *a, const char *sign, const struct value *b, struct run *r)
{
	return run_refuse(r, "%s %s %s has more than %d digits", run_shown(r, a), sign, run_shown(r, b), DECIMAL_DIGITS);
}

/* Puts the result of `v` and a second number in v. */
static int calculate_with(struct value *v, const struct value *by, operation *operate, const char *sign, struct run *r)
{
	switch (operate(v->number, by->number, &v->number)) {
	case DECIMAL_OK:
		return 0;
	case DECIMAL_BY_ZERO:
		return run_refuse(r, "%s cannot be divided by zero", run_shown(r, v));
	default:
		return too_long(v, sign, by, r);
	}
}

static bool is_settled(const struct operand *o)
{
	return o->from == OPERAND_CONSTANT && o->constant.type != VALUE_EMPTY;
}

static int calculate(const struct step *s, struct value *v, operation *operate, const char *sign, struct run *r)
{
	const struct value *by = &s->a.constant;
	struct value read;
	if (!is_settled(&s->a)) {
		if (operand_value(&s->a, r, &read) != 0)
			return -1;
		by = &read;
	}
	if (calculate_with(v, by, operate, sign, r) != 0)
		return -1;
	v->type = s->out;
	return 0;
}

/* The argument takes the place of a number that is beyond it on the side of `beyond`: -1 below, 1 above. */
static int clamp(const struct step *s, struct value *v, int beyond, struct run *r)
{
	struct value limit;
	if (operand_value(&s->a, r, &limit) != 0)
		return -1;
	bool replace = decimal_compare(v->number, limit.number) * beyond > 0;
	*v = value_number(replace ? limit.number : v->number, s->out);
	return 0;
}

static struct decimal power_of_ten(int power)
{
	struct decimal result = decimal_of(1);
	while (power-- > 0)
		result.mantissa *= 10;
	return result;
}

static int sign_of(struct decimal d)
{
	return decimal_compare(d, decimal_of(0));
}

static bool is_ending(struct decimal d)
{
	return sign_of(d) >= 0 && decimal_compare(d, power_of_ten(ENDING_DIGITS)) < 0;
}

/* The mode's word; half_up where there is none. */
static int compile_mode(enum rounding *mode, const struct json *arg, struct scope *scope)
{
	static const struct str words[] = { { "half_up", 7 }, { "half_even", 9 }, { "up", 2 }, { "down", 4 } };
	static const enum rounding modes[] = { ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_UP, ROUND_DOWN };
	int word = arg ? scope_word(scope, arg, words, 4) : 0;
	*mode = modes[word < 0 ? 0 : word];
	return word < 0 ? -1 : 0;
}

/* Negative places are steps of 10, 100, …, as in a spreadsheet. */
static int compile_places(struct rule *rule, const struct json *arg, struct scope *scope)
{
	int64_t places;
	if (operand_whole(&places, arg, -DECIMAL_DIGITS + 1, DECIMAL_DIGITS, scope) != 0)
		return -1;
	rule->places = (int)places;
	rule->to_step = places < 0;
	if (rule->to_step)
		rule->step.constant = value_number(power_of_ten((int)-places), VALUE_INTEGER);
	return 0;
}

static int compile_step(struct rule *rule, const struct json *arg, struct scope *scope)
{
	rule->to_step = true;
	if (operand_compile(&rule->step, arg, TYPES_NUMBER, scope) != 0)
		return -1;
	if (is_settled(&rule->step) && sign_of(rule->step.constant.number) <= 0)
		return scope_expected(scope, arg, "a step above zero");
	return 0;
}

static int compile_tier(struct tier *tier, const struct tier *before, const struct json *arg, struct scope *scope)
{
	struct member members[] = { { .name = "up_to" }, { .name = "multiply" }, { .name = "add" } };
	if (scope_members(scope, arg, "a tier", members, 3) != 0)
		return -1;
	const struct json *up_to = members[0].found, *multiply = members[1].found, *add = members[2].found;
	tier->open = !up_to;
	tier->multiplies = multiply != NULL;
	tier->adds = add != NULL;
	if (tier->open && arg->next)
		return scope_fault(scope, arg, "argument",
			"only the last tier has no \"up_to\": the tiers behind this one would never be used");
	if (!tier->open && !arg->next)
		return scope_fault_key(scope, up_to, "argument",
			"the last tier has no \"up_to\": it is for all numbers above the others");
	if (!multiply && !add)
		return scope_fault(scope, arg, "key.missing", "a tier needs \"multiply\", \"add\" or both");
	if ((multiply && operand_compile(&tier->multiply, multiply, TYPES_NUMBER, scope) != 0) ||
	    (add && operand_compile(&tier->add, add, TYPES_NUMBER, scope) != 0))
		return -1;
	struct operand limit;
	if (tier->open)
		return 0;
	if (operand_compile_known(&limit, up_to, TYPES_NUMBER, scope) != 0)
		return -1;
	if (!is_settled(&limit))
		return scope_fault(scope, up_to, "argument", "the parameter \"%.*s\" has no value", STR_ARG(limit.name));
	tier->up_to = limit.constant.number;
	if (before && decimal_compare(tier->up_to, before->up_to) <= 0)
		return scope_fault(scope, up_to, "argument", "\"up_to\" must rise from tier to tier, but %s was found "
			"behind a number that is not below it", scope_found(scope, up_to));
	return 0;
}

int step_compile_number(struct step *s, const struct json *arg, struct scope *scope)
{
	if (operand_compile(&s->a, arg, TYPES_NUMBER, scope) != 0)
		return -1;
	if (s->out == VALUE_EMPTY)
		s->out = s->in == VALUE_INTEGER && s->a.type == VALUE_INTEGER ? VALUE_INTEGER : VALUE_DECIMAL;
	return 0;
}

int step_compile_divide(struct step *s, const struct json *arg, struct scope *scope)
{
	if (step_compile_number(s, arg, scope) != 0)
		return -1;
	if (is_settled(&s->a) && sign_of(s->a.constant.number) == 0)
		return scope_fault(scope, arg, "argument",
			"a number other than zero is expected here: nothing can be divided by zero");
	return 0;
}

int step_compile_round(struct step *s, const struct json *arg, struct scope *scope)
{
	struct rule *rule = ARENA_NEW(scope->arena, struct rule);
	struct member members[] = { { .name = "to" }, { .name = "step" }, { .name = "mode" } };
	s->data = rule;
	if (operand_is(arg))
		return compile_places(rule, arg, scope);
	if (scope_members(scope, arg, "round", members, 3) != 0 || compile_mode(&rule->mode, members[2].found, scope) != 0)
		return -1;
	const struct json *to = members[0].found, *step = members[1].found;
	if (!to == !step)
		return scope_fault(scope, arg, "argument", "round needs either \"to\", the places, or \"step\"");
	return to ? compile_places(rule, to, scope) : compile_step(rule, step, scope);
}

int step_compile_charm(struct step *s, const struct json *arg, struct scope *scope)
{
	if (step_compile_number(s, arg, scope) != 0)
		return -1;
	if (is_settled(&s->a) && !is_ending(s->a.constant.number))
		return scope_expected(scope, arg, "an ending such as \"0.99\"");
	return 0;
}

int step_compile_tiers(struct step *s, const struct json *arg, struct scope *scope)
{
	if (!json_is(arg, JSON_ARRAY) || arg->count == 0)
		return scope_expected(scope, arg, "a list of tiers");
	struct tiers *tiers = ARENA_NEW(scope->arena, struct tiers);
	tiers->tier = ARENA_ARRAY(scope->arena, arg->count, struct tier);
	s->data = tiers;
	int status = 0;
	for (const struct json *j = arg->child; j && status == 0; j = j->next, tiers->count++) {
		struct tier *tier = &tiers->tier[tiers->count];
		status = compile_tier(tier, tiers->count ? tier - 1 : NULL, j, scope);
	}
	return status;
}

int step_add(const struct step *s, struct value *v, struct run *r)
{
	return calculate(s, v, decimal_add, "+", r);
}

int step_subtract(const struct step *s, struct value *v, struct run *r)
{
	return calculate(s, v, decimal_subtract, "−", r);
}

int step_multiply(const struct step *s, struct value *v, struct run *r)
{
	return calculate(s, v, decimal_multiply, "×", r);
}

int step_divide(const struct step *s, struct value *v, struct run *r)
{
	return calculate(s, v, decimal_divide, "÷", r);
}

int step_percent(const struct step *s, struct value *v, struct run *r)
{
	static const struct decimal hundredth = { .mantissa = 1, .scale = 2 };
	struct value percent;
	if (operand_value(&s->a, r, &percent) != 0)
		return -1;
	struct decimal product;
	if (decimal_multiply(v->number, percent.number, &product) != DECIMAL_OK ||
	    decimal_multiply(product, hundredth, &product) != DECIMAL_OK)
		return too_long(v, "×", &percent, r);
	*v = value_number(decimal_trim(product), s->out);
	return 0;
}

int step_round(const struct step *s, struct value *v, struct run *r)
{
	const struct rule *rule = s->data;
	enum decimal_status status;
	struct value step;
	if (!rule->to_step) {
		status = decimal_round(v->number, rule->places, rule->mode, &v->number);
	} else if (operand_value(&rule->step, r, &step) != 0) {
		return -1;
	} else if (sign_of(step.number) <= 0) {
		return run_refuse(r, "nothing can be rounded to steps of %s", run_shown(r, &step));
	} else {
		status = decimal_round_step(v->number, step.number, rule->mode, &v->number);
	}
	if (status != DECIMAL_OK)
		return run_refuse(r, "%s, rounded, has more than %d digits", run_shown(r, v), DECIMAL_DIGITS);
	v->type = s->out;
	return 0;
}

/* The ending repeats every 1, 10, 100, …: the first of them that is above its whole part. */
int step_charm(const struct step *s, struct value *v, struct run *r)
{
	struct value ending;
	if (operand_value(&s->a, r, &ending) != 0)
		return -1;
	if (!is_ending(ending.number))
		return run_refuse(r, "%s is no ending of a price", run_shown(r, &ending));
	if (sign_of(v->number) < 0)
		return run_refuse(r, "%s is below zero and has no price above it that ends so", run_shown(r, v));
	struct decimal result = ending.number, over;
	if (decimal_compare(v->number, result) > 0) {
		int power = 0;
		while (decimal_compare(power_of_ten(power), ending.number) <= 0)
			power++;
		if (decimal_subtract(v->number, ending.number, &over) != DECIMAL_OK ||
		    decimal_round_step(over, power_of_ten(power), ROUND_UP, &over) != DECIMAL_OK ||
		    decimal_add(over, ending.number, &result) != DECIMAL_OK)
			return run_refuse(r, "%s has no price above it that ends so: it would have more than %d digits",
				run_shown(r, v), DECIMAL_DIGITS);
	}
	*v = value_number(result, s->out);
	return 0;
}

int step_tiers(const struct step *s, struct value *v, struct run *r)
{
	const struct tiers *tiers = s->data;
	const struct tier *tier = tiers->tier;
	while (!tier->open && decimal_compare(v->number, tier->up_to) > 0)
		tier++;
	struct value by;
	if (tier->multiplies &&
	    (operand_value(&tier->multiply, r, &by) != 0 || calculate_with(v, &by, decimal_multiply, "×", r) != 0))
		return -1;
	if (tier->adds && (operand_value(&tier->add, r, &by) != 0 || calculate_with(v, &by, decimal_add, "+", r) != 0))
		return -1;
	v->type = s->out;
	return 0;
}

int step_not_below(const struct step *s, struct value *v, struct run *r)
{
	return clamp(s, v, -1, r);
}

int step_not_above(const struct step *s, struct value *v, struct run *r)
{
	return clamp(s, v, 1, r);
}

int step_negate(const struct step *s, struct value *v, struct run *r)
{
	v->number = decimal_negate(v->number);
	return 0;
}
