/* value - what a cell, a step or a field is worth: empty, or a text, number, boolean or moment of a known type.
 *
 * Types are known before row 1 (the compile sees to it), so a value says only whether it is empty and what it holds.
 * Numbers are exact decimals; a text is a slice that lives as long as the batch it came from.
 */
#ifndef QONDUIT_VALUE_H
#define QONDUIT_VALUE_H

#include "qonduit/arena.h"
#include "qonduit/decimal.h"
#include "qonduit/traits.h"

enum value_type {
	VALUE_EMPTY,
	VALUE_TEXT,
	VALUE_INTEGER,  /* number with scale 0 */
	VALUE_DECIMAL,
	VALUE_BOOLEAN,
	VALUE_DATE,
	VALUE_DATETIME,
	VALUE_JSON,     /* an object or a list, as JSON text in .text */
};

/* Sets of types, for what a step takes. */
#define TYPES_TEXT     (1u << VALUE_TEXT)
#define TYPES_NUMBER   (1u << VALUE_INTEGER | 1u << VALUE_DECIMAL)
#define TYPES_BOOLEAN  (1u << VALUE_BOOLEAN)
#define TYPES_MOMENT   (1u << VALUE_DATE | 1u << VALUE_DATETIME)
#define TYPES_SCALAR   (TYPES_TEXT | TYPES_NUMBER | TYPES_BOOLEAN | TYPES_MOMENT)

struct moment {
	int64_t ms;     /* since 1970-01-01T00:00:00, UTC where `zoned`, else on the wall it was written on */
	bool zoned;
};

struct value {
	enum value_type type;
	uint8_t traits; /* of a text, as far as they are known (traits.h); whoever changes .text sets it to 0 */
	union {
		struct str text;
		struct decimal number;
		bool truth;
		struct moment when;
	};
};

static inline struct value value_empty(void)
{
	return (struct value){ .type = VALUE_EMPTY };
}

/* A text; "" is empty. */
static inline struct value value_text(struct str text)
{
	return text.n ? (struct value){ .type = VALUE_TEXT, .text = text } : value_empty();
}

/* The traits of a text, found out at the first call. */
static inline unsigned value_traits(struct value *v)
{
	if (!v->traits)
		v->traits = (uint8_t)text_traits(v->text);
	return v->traits;
}

/* Another text, which is not "", in the place of a text. */
static inline void value_set_text(struct value *v, struct str text)
{
	v->text = text;
	v->traits = 0;
}

static inline struct value value_truth(bool truth)
{
	return (struct value){ .type = VALUE_BOOLEAN, .truth = truth };
}

static inline struct value value_number(struct decimal number, enum value_type type)
{
	return (struct value){ .type = type, .number = number };
}

/* As text: numbers with their scale, true/false, ISO 8601 (2026-11-21, 2026-11-21T18:00:00Z,
 * no Z where no zone is known). */
struct str value_print(struct arena *a, const struct value *v);
/* By value: numbers by size, text by bytes, moments by time. Both must be of comparable types. */
int value_compare_other(const struct value *a, const struct value *b);
/* The same, at once for what is mostly asked: numbers with as many places, and whether one is above zero. */
static inline int value_compare(const struct value *a, const struct value *b)
{
	bool numbers = !((1u << a->type | 1u << b->type) & ~TYPES_NUMBER);
	if (!numbers || (a->number.scale != b->number.scale && b->number.mantissa != 0))
		return value_compare_other(a, b);
	return (a->number.mantissa > b->number.mantissa) - (a->number.mantissa < b->number.mantissa);
}
bool value_equal(const struct value *a, const struct value *b);
const char *value_type_name(enum value_type t); /* "text", "decimal", … */

#endif
