#include "qonduit/gtin.h"

#include <endian.h>
#include <stdarg.h>
#include <stdio.h>

#include "qonduit/decimal.h"
#include "qonduit/unicode.h"

#define WHY_SIZE 200
#define GTIN_MAX 14
#define SHOWN_BYTES 60
#define LENGTHS "8, 12, 13 or 14 digits"

/* "TEXT" and the sentence go to `why`. */
static __attribute__((format(printf, 3, 4))) bool refuse(char *why, struct str text, const char *format, ...)
{
	va_list args;
	struct str shown = utf8_head(text, SHOWN_BYTES);
	int at = snprintf(why, WHY_SIZE, "\"%.*s%s\" ", STR_ARG(shown), shown.n < text.n ? "…" : "");
	va_start(args, format);
	vsnprintf(why + at, WHY_SIZE - (size_t)at, format, args);
	va_end(args);
	return false;
}

/* The digit that belongs at the end of `n` - 1 digits: weights 3 and 1 from the right. */
static char check_digit(const char *digits, size_t n)
{
	int sum = 0;
	for (size_t i = 0; i + 1 < n; i++)
		sum += (digits[i] - '0') * ((n - i) % 2 ? 1 : 3);
	return (char)('0' + (10 - sum % 10) % 10);
}

/* digits[mark digits]E[+-]digits: what a spreadsheet shows of a long number. */
static bool is_scientific(struct str s)
{
	bool mantissa = false, power = false;
	while (s.n && (str_is_digit(s.p[0]) || s.p[0] == '.' || s.p[0] == ',')) {
		mantissa = true;
		s = str_from(s, 1);
	}
	if (!mantissa || s.n < 2 || (s.p[0] != 'E' && s.p[0] != 'e'))
		return false;
	s = str_from(s, s.p[1] == '+' || s.p[1] == '-' ? 2 : 1);
	while (s.n && str_is_digit(s.p[0])) {
		power = true;
		s = str_from(s, 1);
	}
	return power && s.n == 0;
}

static bool all_digits(struct str s)
{
	size_t n = 0;
	while (n < s.n && str_is_digit(s.p[n]))
		n++;
	return n == s.n;
}

/* Without outer white space, invisible characters and a leading apostrophe; the length, 0 where it does not fit. */
static size_t bare(struct str text, char *out, size_t room)
{
	if (text.n && text.n <= room && all_digits(text)) {
		memcpy(out, text.p, text.n);
		return text.n;
	}
	size_t n = 0;
	uint32_t codepoint;
	for (size_t length; (length = utf8_next(text, &codepoint)) != 0; text = str_from(text, length)) {
		bool seen = codepoint > ' ' && codepoint < 0x7f;
		if (!seen && (uni_is_invisible(codepoint) || (n == 0 && uni_is_space(codepoint))))
			continue;
		if (n + length > room)
			return 0;
		memcpy(out + n, text.p, length);
		n += length;
	}
	struct str trimmed = uni_trim((struct str){ out, n });
	if (trimmed.n && trimmed.p[0] == '\'')
		memmove(out, out + 1, --trimmed.n);
	return trimmed.n;
}

/* The digits of a number cell, which may be written 5.012345678900E+12: nothing is lost in those. */
static size_t plain_digits(struct str s, char out[DECIMAL_TEXT_MAX])
{
	struct decimal d;
	int64_t whole;
	if (decimal_parse(s, &d) != DECIMAL_OK || !decimal_to_i64(d, &whole) || whole < 0)
		return 0;
	return decimal_print(decimal_of(whole), out);
}

#define EACH(byte) (0x0101010101010101u * (byte))

/* Eight digits as numbers; false where not all are digits. */
static bool digits_of(const char *p, uint64_t *digits)
{
	uint64_t word;
	memcpy(&word, p, 8);
	*digits = le64toh(word) ^ EACH('0');
	return ((*digits | (*digits + EACH(0x76))) & EACH(0x80)) == 0;
}

/* The sum of eight digits by their weights, the last one's being 1. */
static unsigned weighted(uint64_t digits)
{
	uint64_t pairs = (digits >> 8 & 0x00ff00ff00ff00ffu) + 3 * (digits & 0x00ff00ff00ff00ffu);
	return (unsigned)(pairs * 0x0001000100010001u >> 48);
}

bool gtin_is_right(struct str text)
{
	uint64_t first, last;
	if (text.n != 13 || !digits_of(text.p, &first) || !digits_of(text.p + 5, &last) || (first | last) == 0)
		return false;
	return (weighted(first << 8) + weighted(last >> 16 << 16)) % 10 == 0; /* digits 1 to 7, and 8 to 13 */
}

/* A cell that is a right number as it stands, as nearly all are. */
static bool read_plain(struct str text, char out[15], size_t *length)
{
	char padded[] = "0000000000000000"; /* sixteen */
	uint64_t first, last;
	if (text.n != 13 && text.n != 14 && text.n != 12 && text.n != 8)
		return false;
	memcpy(padded + 16 - text.n, text.p, text.n);
	if (!digits_of(padded, &first) || !digits_of(padded + 8, &last) || (first | last) == 0 ||
	    (weighted(first) + weighted(last)) % 10 != 0)
		return false;
	*length = text.n < 13 ? 13 : text.n;
	memcpy(out, padded + 16 - *length, *length);
	out[*length] = '\0';
	return true;
}

bool gtin_read(struct str text, bool number, char out[15], size_t *length, char *why)
{
	if (!number && read_plain(text, out, length))
		return true;
	char digits[DECIMAL_TEXT_MAX], padded[GTIN_MAX] = "0000000000000";
	size_t n = bare(text, digits, sizeof digits), zeros = 0;
	if (number)
		n = plain_digits((struct str){ digits, n }, digits);
	if (n == 0)
		return refuse(why, text, "is not a GTIN: a GTIN has " LENGTHS);
	if (is_scientific((struct str){ digits, n }))
		return refuse(why, text, "is scientific text whose last digits are lost; a GTIN has " LENGTHS
			": export the column as text");
	for (size_t i = 0; i < n; i++) {
		if (!str_is_digit(digits[i]))
			return refuse(why, text, "is not a GTIN: expected digits only, " LENGTHS);
		zeros += digits[i] == '0';
	}
	if (n > GTIN_MAX || (!number && n != 8 && n < 12))
		return refuse(why, text, "has %zu digits; a GTIN has " LENGTHS, n);
	if (zeros == n)
		return refuse(why, text, "is no article's number: all its digits are zero");
	char right = check_digit(digits, n);
	if (digits[n - 1] != right)
		return refuse(why, text, "has the check digit %c, expected %c: a digit is wrong or missing", digits[n - 1],
			right);
	*length = n < 13 ? 13 : n;
	memcpy(padded + (*length - n), digits, n);
	memcpy(out, padded, *length);
	out[*length] = '\0';
	return true;
}

bool gtin_resize(struct str gtin, int digits, char out[15], char *why)
{
	char all[GTIN_MAX];
	memset(all, '0', sizeof all);
	if (gtin.n > GTIN_MAX)
		return refuse(why, gtin, "is not a GTIN: a GTIN has " LENGTHS);
	memcpy(all + GTIN_MAX - gtin.n, gtin.p, gtin.n);
	size_t cut = (size_t)(GTIN_MAX - digits);
	for (size_t i = 0; i < cut; i++) {
		if (all[i] != '0')
			return refuse(why, gtin, "does not fit into %d digits: only leading zeros can be left out", digits);
	}
	memcpy(out, all + cut, (size_t)digits);
	out[digits] = '\0';
	return true;
}
