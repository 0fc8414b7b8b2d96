/* Magnitudes are unsigned and signs are kept apart; what may pass 128 bits on the way goes through `struct wide`. What
 * 64 bits hold, nearly everything, takes a short way that gives the same. */
#include "qonduit/decimal.h"

#include <endian.h>

typedef unsigned __int128 u128;

struct wide {
	u128 hi, lo;
};

#define TEN(n) ((u128)powers[n])
#define MANTISSA_END (TEN(19) * TEN(19)) /* 10^38: the first that is too large */
#define SHORT_DIGITS 19                  /* as many as 64 bits always hold */

static const uint64_t powers[SHORT_DIGITS + 1] = {
	1u, 10u, 100u, 1000u, 10000u, 100000u, 1000000u, 10000000u, 100000000u, 1000000000u, 10000000000u,
	100000000000u, 1000000000000u, 10000000000000u, 100000000000000u, 1000000000000000u, 10000000000000000u,
	100000000000000000u, 1000000000000000000u, 10000000000000000000u,
};

/* 10^n, n from 0 to 38. */
static u128 ten_to(int n)
{
	return n <= SHORT_DIGITS ? TEN(n) : TEN(SHORT_DIGITS) * TEN(n - SHORT_DIGITS);
}

static u128 magnitude(struct decimal d)
{
	return d.mantissa < 0 ? -(u128)d.mantissa : (u128)d.mantissa;
}

static struct decimal with_sign(bool negative, u128 mantissa, int scale)
{
	return (struct decimal){ negative ? -(__int128)mantissa : (__int128)mantissa, scale };
}

/* Whether the mantissa fits into 64 bits with its sign. */
static bool is_small(struct decimal d)
{
	return d.mantissa == (int64_t)d.mantissa;
}

static uint64_t small_magnitude(struct decimal d)
{
	int64_t mantissa = (int64_t)d.mantissa;
	return mantissa < 0 ? -(uint64_t)mantissa : (uint64_t)mantissa;
}

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

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Takes the digits that `s` begins with off it. */
static struct str take_digits(struct str *s)
{
	size_t n = 0;
	while (n < s->n && is_digit(s->p[n]))
		n++;
	struct str digits = str_head(*s, n);
	*s = str_from(*s, n);
	return digits;
}

static bool take_char(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_from(*s, 1);
	return true;
}

/* [(e|E)[+-]digits] up to the end. What is far beyond any number that fits is cut to that. */
static bool take_exponent(struct str *s, int64_t *out)
{
	*out = 0;
	if (s->n == 0)
		return true;
	if (!take_char(s, 'e') && !take_char(s, 'E'))
		return false;
	bool negative = take_char(s, '-');
	if (!negative)
		take_char(s, '+');
	struct str digits = take_digits(s);
	for (size_t i = 0; i < digits.n; i++) {
		if (*out < INT64_MAX / 100)
			*out = *out * 10 + (digits.p[i] - '0');
	}
	if (negative)
		*out = -*out;
	return digits.n && s->n == 0;
}

/* Any number without its sign, of any length. */
static enum decimal_status parse_long(struct str s, bool negative, struct decimal *out)
{
	int64_t exponent;
	struct str whole = take_digits(&s), fraction = { 0 };
	if (take_char(&s, '.'))
		fraction = take_digits(&s);
	if (whole.n + fraction.n == 0 || !take_exponent(&s, &exponent))
		return DECIMAL_SYNTAX;
	u128 mantissa = 0;
	int64_t zeros = 0, scale = (int64_t)fraction.n - exponent; /* zeros: seen, not yet in the mantissa */
	for (size_t i = 0; i < whole.n + fraction.n; i++) {
		char digit = i < whole.n ? whole.p[i] : fraction.p[i - whole.n];
		if (digit == '0') {
			zeros++;
			continue;
		}
		if (mantissa == 0)
			zeros = 0;
		if (zeros >= DECIMAL_DIGITS || mantissa >= ten_to(DECIMAL_DIGITS - 1 - (int)zeros))
			return DECIMAL_OVERFLOW;
		mantissa = mantissa * ten_to((int)zeros + 1) + (u128)(digit - '0');
		zeros = 0;
	}
	/* Now the number is mantissa * 10^(zeros - scale). Its zeros stay where all of them fit. */
	if (mantissa == 0) {
		*out = (struct decimal){ 0, scale > 0 && scale <= DECIMAL_DIGITS ? (int)scale : 0 };
		return DECIMAL_OK;
	}
	int64_t added = scale < 0 ? zeros - scale : zeros;
	int64_t places = scale < 0 ? 0 : scale;
	if (places > DECIMAL_DIGITS || added >= DECIMAL_DIGITS || mantissa >= ten_to(DECIMAL_DIGITS - (int)added)) {
		int64_t dropped = added < places ? added : places;
		added -= dropped;
		places -= dropped;
	}
	if (places > DECIMAL_DIGITS || added >= DECIMAL_DIGITS || mantissa >= ten_to(DECIMAL_DIGITS - (int)added))
		return DECIMAL_OVERFLOW;
	*out = with_sign(negative, mantissa * ten_to((int)added), (int)places);
	return DECIMAL_OK;
}

enum decimal_status decimal_parse(struct str text, struct decimal *out)
{
	bool negative = take_char(&text, '-');
	if (!negative)
		take_char(&text, '+');
	if (text.n > SHORT_DIGITS)
		return parse_long(text, negative, out);
	uint64_t mantissa = 0;
	size_t point = text.n, i;
	for (i = 0; i < text.n; i++) {
		unsigned digit = (unsigned)(unsigned char)text.p[i] - '0';
		if (digit < 10)
			mantissa = mantissa * 10 + digit;
		else if (text.p[i] == '.' && point == text.n)
			point = i;
		else
			return parse_long(text, negative, out);
	}
	if (text.n == 0 || (text.n == 1 && point == 0))
		return DECIMAL_SYNTAX;
	*out = with_sign(negative, mantissa, point < text.n ? (int)(text.n - point - 1) : 0);
	return DECIMAL_OK;
}

struct decimal decimal_of(int64_t whole)
{
	return (struct decimal){ whole, 0 };
}

/* How many digits a number has; 0 has none. */
static int count_digits(uint64_t n)
{
	if (n == 0)
		return 0;
	int about = (64 - __builtin_clzll(n)) * 1233 >> 12; /* log10(2): the digits, or one too few */
	return about + (n >= powers[about]);
}

/* The last `count` digits of `n`, ending at `end`, two at a time; returns what is left of n. */
static inline uint64_t put_digits(uint64_t n, int count, char *end)
{
	static const char pairs[] =
		"00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495"
		"051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
	for (; count >= 2; count -= 2, n /= 100)
		memcpy(end -= 2, pairs + n % 100 * 2, 2);
	if (count) {
		*--end = (char)('0' + n % 10);
		n /= 10;
	}
	return n;
}

/* The digits of a number below 10^8, zeros in front, the first in the lowest byte: two, four, then eight at once. */
static inline uint64_t eight_digits(uint64_t n)
{
	uint64_t fours = n / 10000 | n % 10000 << 32;
	uint64_t hundreds = fours * 10486 >> 20 & 0x0000007f0000007fu;
	uint64_t twos = hundreds | (fours - 100 * hundreds) << 16;
	uint64_t tens = twos * 103 >> 10 & 0x000f000f000f000fu;
	return tens | (twos - 10 * tens) << 8;
}

/* A number of at most eight digits, of which at most seven are behind the point: what prices and amounts are. */
static inline size_t print_short(struct decimal d, char *out)
{
	uint64_t digits = eight_digits((uint64_t)d.mantissa);
	int zeros = __builtin_ctzll(digits | (uint64_t)1 << 56) >> 3, whole = 8 - zeros - d.scale;
	if (whole < 1)
		whole = 1;
	digits = htole64((digits | 0x3030303030303030u) >> 8 * (8 - whole - d.scale));
	memcpy(out, &digits, 8);
	if (d.scale == 0)
		return (size_t)whole;
	out[whole] = '.';
	digits = htole64(le64toh(digits) >> 8 * whole);
	memcpy(out + whole + 1, &digits, 8);
	return (size_t)(whole + 1 + d.scale);
}

/* The same for a mantissa of 64 bits. */
static inline size_t print_small(struct decimal d, char *out)
{
	uint64_t rest = small_magnitude(d);
	int digits = count_digits(rest), whole = digits > d.scale ? digits - d.scale : 1;
	char *p = out;
	if (d.mantissa < 0)
		*p++ = '-';
	if (d.scale == 0) {
		put_digits(rest, whole, p + whole);
		return (size_t)(p - out + whole);
	}
	p[whole] = '.';
	rest = put_digits(rest, d.scale, p + whole + 1 + d.scale);
	put_digits(rest, whole, p + whole);
	return (size_t)(p - out + whole + 1 + d.scale);
}

static __attribute__((noinline)) size_t print_long(struct decimal d, char *out)
{
	if (is_small(d))
		return print_small(d, out);
	char digits[DECIMAL_TEXT_MAX], *end = digits + sizeof digits, *p = end;
	u128 rest = magnitude(d);
	while (rest > UINT64_MAX) {
		uint64_t part = (uint64_t)(rest % powers[18]);
		rest /= powers[18];
		for (int i = 0; i < 18; i++, part /= 10)
			*--p = (char)('0' + part % 10);
	}
	for (uint64_t part = (uint64_t)rest; part; part /= 10)
		*--p = (char)('0' + part % 10);
	while (end - p <= d.scale)
		*--p = '0';
	size_t n = 0, whole = (size_t)(end - p - d.scale);
	if (d.mantissa < 0)
		out[n++] = '-';
	memcpy(out + n, p, whole);
	n += whole;
	if (d.scale) {
		out[n++] = '.';
		memcpy(out + n, p + whole, (size_t)d.scale);
		n += (size_t)d.scale;
	}
	return n;
}

size_t decimal_print(struct decimal d, char out[DECIMAL_TEXT_MAX])
{
	bool is_short_one = (u128)d.mantissa < powers[8] && d.scale < 8;
	return is_short_one ? print_short(d, out) : print_long(d, out);
}

void decimal_add_to(struct decimal d, struct buf *to)
{
	char text[DECIMAL_TEXT_MAX];
	size_t n = decimal_print(d, text);
	buf_add(to, (struct str){ text, n });
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

enum decimal_status decimal_multiply(struct decimal a, struct decimal b, struct decimal *out)
{
	if (is_small(a) && is_small(b) && a.scale + b.scale <= DECIMAL_DIGITS) { /* at most 2^126, below 10^38 */
		*out = (struct decimal){ (__int128)(int64_t)a.mantissa * (int64_t)b.mantissa, a.scale + b.scale };
		return DECIMAL_OK;
	}
	bool negative = (a.mantissa < 0) != (b.mantissa < 0);
	return finish(negative, wide_multiply(magnitude(a), magnitude(b)), a.scale + b.scale, out);
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

enum decimal_status decimal_round_step(struct decimal d, struct decimal step, enum rounding mode, struct decimal *out)
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
