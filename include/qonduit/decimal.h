/* decimal - exact numbers: a 128-bit whole number and a count of decimal places.
 *
 * The value is mantissa / 10^scale. Every operation is exact or says that it is not possible: nothing wraps, nothing is
 * rounded unless rounding was asked for by name. |mantissa| is at most 10^38 - 1 and scale is 0 to 38; a result that
 * would not fit is first freed of trailing zeros, and if it still does not fit the function returns DECIMAL_OVERFLOW
 * and leaves *out alone. The scale of the text is kept ("10.00" stays 10.00), comparisons go by value.
 */
#ifndef QONDUIT_DECIMAL_H
#define QONDUIT_DECIMAL_H

#include "qonduit/buf.h"

typedef __int128 decimal_mantissa __attribute__((aligned(8))); /* 24 bytes a number, not 32 */

struct decimal {
	decimal_mantissa mantissa;
	int scale;
};

enum decimal_status {
	DECIMAL_OK = 0,
	DECIMAL_SYNTAX,    /* not a number */
	DECIMAL_OVERFLOW,  /* more than 38 digits */
	DECIMAL_BY_ZERO,
};

enum rounding { ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_UP, ROUND_DOWN }; /* up: away from zero; down: to zero */

#define DECIMAL_DIGITS 38
#define DECIMAL_DIVIDE_PLACES 12
#define DECIMAL_TEXT_MAX 96 /* a printed decimal never takes more */

/* [+-]digits[.digits][(e|E)[+-]digits], all of the slice; ".5" and "5." are numbers too, "" and "." are not. An
 * exponent is carried out exactly (1e3 is 1000). */
enum decimal_status decimal_parse(struct str text, struct decimal *out);
struct decimal decimal_of(int64_t whole);
/* Writes plain digits, never an exponent: "-0.05", "10.00". Zero has no sign. Returns the length; not terminated. */
size_t decimal_print(struct decimal d, char out[DECIMAL_TEXT_MAX]);
void decimal_add_to(struct decimal d, struct buf *to);

enum decimal_status decimal_add(struct decimal a, struct decimal b, struct decimal *out);
enum decimal_status decimal_subtract(struct decimal a, struct decimal b, struct decimal *out);
enum decimal_status decimal_multiply(struct decimal a, struct decimal b, struct decimal *out);
/* To DECIMAL_DIVIDE_PLACES places, half even; trailing zeros are taken off. */
enum decimal_status decimal_divide(struct decimal a, struct decimal b, struct decimal *out);
/* To `places` (0 to 38) places; fewer places are padded with zeros, so the result always has that scale. */
enum decimal_status decimal_round(struct decimal d, int places, enum rounding mode, struct decimal *out);
/* To the nearest multiple of `step` in the sense of `mode`; the result has the scale of `step`. A step that is not
 * above zero is DECIMAL_BY_ZERO. */
enum decimal_status decimal_round_step(struct decimal d, struct decimal step, enum rounding mode, struct decimal *out);
/* By value: negative, 0, positive. Never fails. */
int decimal_compare(struct decimal a, struct decimal b);
struct decimal decimal_negate(struct decimal d);
/* Without trailing zeros behind the point. */
struct decimal decimal_trim(struct decimal d);
/* Whole and within int64_t, or false. */
bool decimal_to_i64(struct decimal d, int64_t *out);
bool decimal_is_whole(struct decimal d);

#endif
