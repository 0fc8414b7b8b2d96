/* What may pass 128 bits on the way goes through `struct wide`. */
#include "decimal_parts.h"

/* Kept apart from a short way, which then needs no frame. */
#define LONG_WAY __attribute__((noinline))

struct wide {
	u128 hi, lo;
};

static bool is_short(u128 a, u128 b)
{
	return ((a | b) >> 64) == 0;
}

static struct wide wide_multiply(u128 a, u128 b)
{
	if (is_short(a, b)) /* nearly always */
		return (struct wide){ 0, (u128)(uint64_t)a * (uint64_t)b };
	u128 mask = UINT64_MAX, a0 = a & mask, a1 = a >> 64, b0 = b & mask, b1 = b >> 64;
	u128 low = a0 * b0, middle = a1 * b0 + (low >> 64), other = a0 * b1 + (middle & mask);
	return (struct wide){ a1 * b1 + (middle >> 64) + (other >> 64), other << 64 | (low & mask) };
}

static struct wide wide_add(struct wide a, struct wide b)
{
	u128 lo = a.lo + b.lo;
	return (struct wide){ a.hi + b.hi + (lo < a.lo), lo };
}

/* a is not below b. */
static struct wide wide_subtract(struct wide a, struct wide b)
{
	return (struct wide){ a.hi - b.hi - (a.lo < b.lo), a.lo - b.lo };
}

static int wide_compare(struct wide a, struct wide b)
{
	return a.hi != b.hi ? (a.hi > b.hi ? 1 : -1) : (a.lo > b.lo) - (a.lo < b.lo);
}

/* Where n takes more than 128 bits, `by` is below 10^38, so that twice a rest still fits. */
static struct wide wide_divide(struct wide n, u128 by, u128 *rest)
{
	if (n.hi == 0 && is_short(n.lo, by)) {
		*rest = (uint64_t)n.lo % (uint64_t)by;
		return (struct wide){ 0, (uint64_t)n.lo / (uint64_t)by };
	}
	if (n.hi == 0) {
		*rest = n.lo % by;
		return (struct wide){ 0, n.lo / by };
	}
	struct wide quotient = { n.hi / by, 0 };
	u128 left = n.hi % by;
	for (int bit = 127; bit >= 0; bit--) {
		left = left << 1 | (n.lo >> bit & 1);
		if (left >= by) {
			left -= by;
			quotient.lo |= (u128)1 << bit;
		}
	}
	*rest = left;
	return quotient;
}

/* The result of an operation where it fits, as it stands or without trailing zeros. */
static enum decimal_status finish(bool negative, struct wide mantissa, int scale, struct decimal *out)
{
	if (mantissa.hi || mantissa.lo >= MANTISSA_END || scale > DECIMAL_DIGITS) {
		u128 digit;
		for (struct wide shorter; scale > 0; mantissa = shorter, scale--) {
			shorter = wide_divide(mantissa, 10, &digit);
			if (digit != 0)
				break;
		}
		if (mantissa.hi || mantissa.lo >= MANTISSA_END || scale > DECIMAL_DIGITS)
			return DECIMAL_OVERFLOW;
	}
	*out = with_sign(negative, mantissa.lo, scale);
	return DECIMAL_OK;
}

/* The magnitude at a scale that is not smaller than its own. */
static struct wide at_scale(struct decimal d, int scale)
{
	return wide_multiply(magnitude(d), ten_to(scale - d.scale));
}

/* Whether a quotient with this rest is to be one further from zero. */
static bool rounds_away(enum rounding mode, bool odd, u128 rest, u128 divisor)
{
	switch (mode) {
	case ROUND_UP:
		return rest != 0;
	case ROUND_HALF_UP:
		return rest >= divisor - rest;
	case ROUND_HALF_EVEN:
		return rest > divisor - rest || (rest == divisor - rest && odd);
	case ROUND_DOWN:
		break;
	}
	return false;
}

/* n * 10^shift / by, rounded to a whole number; shift is -38 to 50. False where that is 10^50 or more. */
static bool scaled_quotient(u128 n, int shift, u128 by, enum rounding mode, struct wide *out)
{
	if (shift < 0) {
		struct wide divisor = wide_multiply(by, ten_to(-shift));
		if (divisor.hi) { /* more than twice any mantissa: the quotient is less than a half */
			*out = (struct wide){ 0, mode == ROUND_UP && n != 0 };
			return true;
		}
		by = divisor.lo;
		shift = 0;
	}
	int first = shift < DECIMAL_DIGITS ? shift : DECIMAL_DIGITS, then = shift - first;
	u128 rest;
	struct wide quotient = wide_divide(wide_multiply(n, ten_to(first)), by, &rest);
	struct wide limit = wide_multiply(MANTISSA_END, ten_to(12 - then));
	if (wide_compare(quotient, limit) >= 0)
		return false;
	if (then) {
		struct wide more = wide_divide(wide_multiply(rest, ten_to(then)), by, &rest);
		struct wide low = wide_multiply(quotient.lo, ten_to(then)), high = wide_multiply(quotient.hi, ten_to(then));
		quotient = wide_add((struct wide){ low.hi + high.lo, low.lo }, more);
	}
	if (rounds_away(mode, quotient.lo & 1, rest, by))
		quotient = wide_add(quotient, (struct wide){ 0, 1 });
	*out = quotient;
	return true;
}

/* d / 10^drop, rounded to a whole number; d is small, drop is 0 to SHORT_DIGITS. */
static uint64_t small_quotient(struct decimal d, int drop, enum rounding mode)
{
	uint64_t magnitude = small_magnitude(d), by = powers[drop], quotient = magnitude / by;
	return quotient + rounds_away(mode, quotient & 1, magnitude - quotient * by, by);
}

struct decimal decimal_of(int64_t whole)
{
	return (struct decimal){ whole, 0 };
}

enum decimal_status decimal_add(struct decimal a, struct decimal b, struct decimal *out)
{
	if (a.scale == b.scale && is_small(a) && is_small(b)) {
		*out = (struct decimal){ a.mantissa + b.mantissa, a.scale };
		return DECIMAL_OK;
	}
	bool negative = a.mantissa < 0, alike = negative == (b.mantissa < 0);
	int scale = a.scale > b.scale ? a.scale : b.scale;
	struct wide x = at_scale(a, scale), y = at_scale(b, scale);
	if (alike)
		return finish(negative, wide_add(x, y), scale, out);
	if (wide_compare(x, y) >= 0)
		return finish(negative, wide_subtract(x, y), scale, out);
	return finish(!negative, wide_subtract(y, x), scale, out);
}

enum decimal_status decimal_subtract(struct decimal a, struct decimal b, struct decimal *out)
{
	return decimal_add(a, decimal_negate(b), out);
}

static LONG_WAY enum decimal_status multiply_long(struct decimal a, struct decimal b, struct decimal *out)
{
	bool negative = (a.mantissa < 0) != (b.mantissa < 0);
	return finish(negative, wide_multiply(magnitude(a), magnitude(b)), a.scale + b.scale, out);
}

enum decimal_status decimal_multiply(struct decimal a, struct decimal b, struct decimal *out)
{
	if (is_small(a) && is_small(b) && a.scale + b.scale <= DECIMAL_DIGITS) { /* at most 2^126, below 10^38 */
		*out = (struct decimal){ (__int128)(int64_t)a.mantissa * (int64_t)b.mantissa, a.scale + b.scale };
		return DECIMAL_OK;
	}
	return multiply_long(a, b, out);
}

enum decimal_status decimal_divide(struct decimal a, struct decimal b, struct decimal *out)
{
	if (b.mantissa == 0)
		return DECIMAL_BY_ZERO;
	struct wide quotient;
	int shift = DECIMAL_DIVIDE_PLACES + b.scale - a.scale;
	if (!scaled_quotient(magnitude(a), shift, magnitude(b), ROUND_HALF_EVEN, &quotient))
		return DECIMAL_OVERFLOW;
	struct decimal result;
	bool negative = (a.mantissa < 0) != (b.mantissa < 0);
	enum decimal_status status = finish(negative, quotient, DECIMAL_DIVIDE_PLACES, &result);
	if (status == DECIMAL_OK)
		*out = decimal_trim(result);
	return status;
}

enum decimal_status decimal_round(struct decimal d, int places, enum rounding mode, struct decimal *out)
{
	int drop = d.scale - places;
	if (drop == 0 && d.mantissa < (__int128)MANTISSA_END && -d.mantissa < (__int128)MANTISSA_END) {
		*out = d;
		return DECIMAL_OK;
	}
	if (drop > 0 && drop <= SHORT_DIGITS && is_small(d)) {
		*out = with_sign(d.mantissa < 0, small_quotient(d, drop, mode), places);
		return DECIMAL_OK;
	}
	return decimal_round_step(d, (struct decimal){ 1, places }, mode, out);
}

LONG_WAY enum decimal_status decimal_round_step(struct decimal d, struct decimal step, enum rounding mode,
	struct decimal *out)
{
	if (step.mantissa <= 0)
		return DECIMAL_BY_ZERO;
	struct wide steps;
	if (!scaled_quotient(magnitude(d), step.scale - d.scale, (u128)step.mantissa, mode, &steps) || steps.hi)
		return DECIMAL_OVERFLOW;
	struct wide result = wide_multiply(steps.lo, (u128)step.mantissa);
	if (result.hi || result.lo >= MANTISSA_END)
		return DECIMAL_OVERFLOW;
	*out = with_sign(d.mantissa < 0, result.lo, step.scale);
	return DECIMAL_OK;
}

int decimal_compare(struct decimal a, struct decimal b)
{
	if (a.scale == b.scale || (a.mantissa < 0) != (b.mantissa < 0))
		return (a.mantissa > b.mantissa) - (a.mantissa < b.mantissa);
	if (a.mantissa == 0 || b.mantissa == 0) /* the other is not below zero either */
		return (a.mantissa != 0) - (b.mantissa != 0);
	int scale = a.scale > b.scale ? a.scale : b.scale;
	if (is_small(a) && is_small(b) && scale - a.scale <= SHORT_DIGITS && scale - b.scale <= SHORT_DIGITS) {
		u128 x = (u128)small_magnitude(a) * powers[scale - a.scale];
		u128 y = (u128)small_magnitude(b) * powers[scale - b.scale];
		int larger = (x > y) - (x < y);
		return a.mantissa < 0 ? -larger : larger;
	}
	int order = wide_compare(at_scale(a, scale), at_scale(b, scale));
	return a.mantissa < 0 ? -order : order;
}

struct decimal decimal_negate(struct decimal d)
{
	return (struct decimal){ -d.mantissa, d.scale };
}

struct decimal decimal_trim(struct decimal d)
{
	if (d.scale == 0)
		return d;
	u128 mantissa = magnitude(d);
	while (d.scale > 0 && mantissa > UINT64_MAX && mantissa % 10 == 0) {
		mantissa /= 10;
		d.scale--;
	}
	if (mantissa <= UINT64_MAX) {
		uint64_t shorter = (uint64_t)mantissa;
		while (d.scale > 0 && shorter % 10 == 0) {
			shorter /= 10;
			d.scale--;
		}
		mantissa = shorter;
	}
	return with_sign(d.mantissa < 0, mantissa, d.scale);
}

bool decimal_to_i64(struct decimal d, int64_t *out)
{
	d = decimal_trim(d);
	if (d.scale || d.mantissa < INT64_MIN || d.mantissa > INT64_MAX)
		return false;
	*out = (int64_t)d.mantissa;
	return true;
}

bool decimal_is_whole(struct decimal d)
{
	if (is_small(d) && d.scale <= SHORT_DIGITS)
		return d.scale == 0 || small_magnitude(d) % powers[d.scale] == 0;
	return magnitude(d) % ten_to(d.scale) == 0;
}
