#include "qonduit/tally.h"

static const char *const words[] = {
	[MEASURE_NONE] = "", [MEASURE_COUNT] = "count", [MEASURE_SUM] = "sum", [MEASURE_AVERAGE] = "average",
	[MEASURE_LOWEST] = "lowest", [MEASURE_HIGHEST] = "highest",
};

const char *measure_word(enum measure_kind kind)
{
	return words[kind];
}

enum measure_kind measure_of(struct str word)
{
	for (int kind = MEASURE_COUNT; kind <= MEASURE_HIGHEST; kind++) {
		if (str_eq(word, str_of(words[kind])))
			return (enum measure_kind)kind;
	}
	return MEASURE_NONE;
}

unsigned measure_takes(enum measure_kind kind)
{
	if (kind == MEASURE_SUM || kind == MEASURE_AVERAGE)
		return TYPES_NUMBER;
	return kind == MEASURE_LOWEST || kind == MEASURE_HIGHEST ? TYPES_NUMBER | TYPES_MOMENT : ~0u;
}

enum value_type measure_gives(enum measure_kind kind, enum value_type of)
{
	return kind == MEASURE_COUNT ? VALUE_INTEGER : kind == MEASURE_AVERAGE ? VALUE_DECIMAL : of;
}

static bool add_up(struct value *sum, const struct value *v)
{
	if (sum->type == VALUE_EMPTY) {
		*sum = *v;
		return true;
	}
	if (v->type == VALUE_DECIMAL)
		sum->type = VALUE_DECIMAL;
	return decimal_add(sum->number, v->number, &sum->number) == DECIMAL_OK;
}

bool tally_add(struct tally *t, enum measure_kind kind, const struct value *v)
{
	if (v->type == VALUE_EMPTY)
		return true;
	t->count++;
	switch (kind) {
	case MEASURE_NONE:
	case MEASURE_COUNT:
		break;
	case MEASURE_SUM:
	case MEASURE_AVERAGE:
		return add_up(&t->so_far, v);
	case MEASURE_LOWEST:
		if (t->so_far.type == VALUE_EMPTY || value_compare(v, &t->so_far) < 0)
			t->so_far = *v;
		break;
	case MEASURE_HIGHEST:
		if (t->so_far.type == VALUE_EMPTY || value_compare(v, &t->so_far) > 0)
			t->so_far = *v;
		break;
	}
	return true;
}

bool tally_result(const struct tally *t, enum measure_kind kind, struct value *out)
{
	*out = t->so_far;
	if (kind == MEASURE_COUNT)
		*out = value_number(decimal_of((int64_t)t->count), VALUE_INTEGER);
	else if (kind == MEASURE_SUM && !t->count)
		*out = value_number(decimal_of(0), VALUE_INTEGER);
	else if (kind == MEASURE_AVERAGE && t->count) {
		out->type = VALUE_DECIMAL;
		return decimal_divide(out->number, decimal_of((int64_t)t->count), &out->number) == DECIMAL_OK;
	}
	return true;
}
