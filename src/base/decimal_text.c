/* Decimals as text, both ways. */
#include <endian.h>

#include "decimal_parts.h"

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

/* How many digits a number has; 0 has none. */
static int count_digits(uint64_t n)
{
	if (n == 0)
		return 0;
	int about = (64 - __builtin_clzll(n)) * 1233 >> 12; /* log10(2): the digits, or one too few */
	return about + (n >= powers[about]);
}

static const char pairs[] =
	"00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495"
	"051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/* The last `count` digits of `n`, ending at `end`, two at a time; returns what is left of n. */
static inline uint64_t put_digits(uint64_t n, int count, char *end)
{
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

/* A whole number of one digit or two: what counts mostly are. */
static inline size_t print_pair(unsigned n, char *out)
{
	memcpy(out, pairs + 2 * n + (n < 10), 2);
	return n < 10 ? 1 : 2;
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
	if ((u128)d.mantissa < 100 && d.scale == 0)
		return print_pair((unsigned)d.mantissa, out);
	bool is_short_one = (u128)d.mantissa < powers[8] && d.scale < 8;
	return is_short_one ? print_short(d, out) : print_long(d, out);
}

void decimal_add_to(struct decimal d, struct buf *to)
{
	char text[DECIMAL_TEXT_MAX];
	size_t n = decimal_print(d, text);
	buf_add(to, (struct str){ text, n });
}
