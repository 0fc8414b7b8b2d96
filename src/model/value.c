#include "qonduit/value.h"

#include "qonduit/moment.h"

static const char *const type_names[] = {
	[VALUE_EMPTY] = "empty",
	[VALUE_TEXT] = "text",
	[VALUE_INTEGER] = "integer",
	[VALUE_DECIMAL] = "decimal",
	[VALUE_BOOLEAN] = "boolean",
	[VALUE_DATE] = "date",
	[VALUE_DATETIME] = "datetime",
	[VALUE_JSON] = "json",
};

/* The set of types that a value can be compared with. */
static unsigned family(enum value_type t)
{
	unsigned one = 1u << t;
	return one & TYPES_NUMBER ? TYPES_NUMBER : one & TYPES_MOMENT ? TYPES_MOMENT : one;
}

static struct str print_number(struct arena *a, struct decimal number)
{
	char text[DECIMAL_TEXT_MAX];
	return arena_copy(a, (struct str){ text, decimal_print(number, text) });
}

struct str value_print(struct arena *a, const struct value *v)
{
	switch (v->type) {
	case VALUE_EMPTY:
		break;
	case VALUE_TEXT:
	case VALUE_JSON:
		return v->text;
	case VALUE_INTEGER:
	case VALUE_DECIMAL:
		return print_number(a, v->number);
	case VALUE_BOOLEAN:
		return v->truth ? STR("true") : STR("false");
	case VALUE_DATE:
	case VALUE_DATETIME:
		return moment_print_iso(a, v);
	}
	return STR("");
}

int value_compare_other(const struct value *a, const struct value *b)
{
	if (a->type != b->type && family(a->type) != family(b->type))
		return a->type < b->type ? -1 : 1;
	switch (a->type) {
	case VALUE_EMPTY:
		break;
	case VALUE_TEXT:
	case VALUE_JSON:
		return str_cmp(a->text, b->text);
	case VALUE_INTEGER:
	case VALUE_DECIMAL:
		return decimal_compare(a->number, b->number);
	case VALUE_BOOLEAN:
		return a->truth - b->truth;
	case VALUE_DATE:
	case VALUE_DATETIME:
		return (a->when.ms > b->when.ms) - (a->when.ms < b->when.ms);
	}
	return 0;
}

bool value_equal(const struct value *a, const struct value *b)
{
	if (a->type == VALUE_TEXT && b->type == VALUE_TEXT)
		return str_eq(a->text, b->text);
	if (a->type == VALUE_BOOLEAN && b->type == VALUE_BOOLEAN)
		return a->truth == b->truth;
	return value_compare(a, b) == 0;
}

const char *value_type_name(enum value_type t)
{
	return type_names[t];
}
