#include "sheet_cell.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "qonduit/sheet_read.h"

#define DIGITS_MAX 800   /* more cannot change which double is nearest */
#define DOUBLE_DIGITS 15 /* of a decimal number, which every double keeps */
#define PLAIN_DIGITS 21  /* longest number that is printed without an exponent */
#define LARGEST_WHOLE "9007199254740992" /* 2^53 */

#define DAY_MS INT64_C(86400000)
#define DAYS_MAX 2958466 /* more are behind the year 9999 in both epochs */

/* --- references --- */

const char *sheet_reference_take(const char *p, uint32_t *col, uint32_t *row)
{
	uint32_t letters = 0, number = 0;
	const char *start = p;

	for (; (*p | 0x20) >= 'a' && (*p | 0x20) <= 'z' && p - start < 3; p++)
		letters = letters * 26 + (uint32_t)((*p | 0x20) - 'a' + 1);
	if (letters == 0 || letters > SHEET_COLUMNS_MAX || *p < '1' || *p > '9')
		return NULL;
	for (; *p >= '0' && *p <= '9' && number <= SHEET_ROWS_MAX; p++)
		number = number * 10 + (uint32_t)(*p - '0');
	*col = letters - 1;
	*row = number;
	return number <= SHEET_ROWS_MAX ? p : NULL;
}

bool sheet_reference(const char *text, uint32_t *col, uint32_t *row)
{
	const char *end = sheet_reference_take(text, col, row);
	return end && *end == '\0';
}

bool sheet_area_read(const char *text, struct sheet_area *out)
{
	const char *end = sheet_reference_take(text, &out->col, &out->row);
	if (!end)
		return false;
	out->last_col = out->col;
	out->last_row = out->row;
	if (*end == ':')
		end = sheet_reference_take(end + 1, &out->last_col, &out->last_row);
	return end && *end == '\0' && out->col <= out->last_col && out->row <= out->last_row;
}

const char *sheet_letters(size_t at, char out[SHEET_LETTERS_MAX])
{
	size_t to = SHEET_LETTERS_MAX - 1;
	out[to] = '\0';
	do {
		out[--to] = (char)('A' + at % 26);
		at /= 26;
	} while (at-- && to);
	return out + to;
}

/* --- numbers --- */

/* 0.DIGITS times ten to the power of `point`; zero has no digits. */
struct number {
	bool negative;
	bool all_digits;         /* written without point and exponent */
	char digits[DIGITS_MAX]; /* neither the first nor the last is 0 */
	int count;
	int64_t point;
};

/* At most 15 digits as any printer would write them: no zero in front or behind, no plus, no -0, no exponent. */
static bool is_plain(struct str s)
{
	size_t sign = s.n && s.p[0] == '-', at = sign, point = 0;
	for (; at < s.n; at++) {
		if (s.p[at] == '.' && !point && at > sign)
			point = at;
		else if (s.p[at] < '0' || s.p[at] > '9')
			return false;
	}
	if (at == sign || at - sign > DOUBLE_DIGITS || (point && (s.p[at - 1] == '0' || s.p[at - 1] == '.')))
		return false;
	return s.p[sign] != '0' || point == sign + 1 || at == 1;
}

static bool take_exponent(struct str s, int64_t *exponent)
{
	const int64_t ceiling = INT64_C(1) << 40;
	size_t at = 1;
	bool negative = at < s.n && s.p[at] == '-';

	if ((s.p[0] | 0x20) != 'e')
		return false;
	at += at < s.n && (s.p[at] == '-' || s.p[at] == '+');
	if (at == s.n)
		return false;
	for (*exponent = 0; at < s.n; at++) {
		if (s.p[at] < '0' || s.p[at] > '9')
			return false;
		if (*exponent < ceiling)
			*exponent = *exponent * 10 + (s.p[at] - '0');
	}
	*exponent = negative ? -*exponent : *exponent;
	return true;
}

static void add_digit(struct number *n, char c, bool behind_point)
{
	if (n->count == 0 && c == '0') {
		n->point -= behind_point;
		return;
	}
	n->point += !behind_point;
	if (n->count < DIGITS_MAX)
		n->digits[n->count++] = c;
	else if (c != '0')
		n->digits[DIGITS_MAX - 1] = '1'; /* all that matters is that there is more */
}

static void strip_zeros(struct number *n)
{
	while (n->count && n->digits[n->count - 1] == '0')
		n->count--;
	if (n->count == 0)
		*n = (struct number){ .all_digits = n->all_digits };
}

/* [+-]digits[.digits][e[+-]digits] */
static bool read_number(struct str s, struct number *n)
{
	bool signed_ = s.n && (s.p[0] == '-' || s.p[0] == '+'), point = false;
	size_t at = signed_, seen = 0;
	int64_t exponent = 0;

	n->negative = signed_ && s.p[0] == '-';
	n->count = 0;
	n->point = 0;
	for (; at < s.n; at++) {
		if (s.p[at] == '.' && !point) {
			point = true;
			continue;
		}
		if (s.p[at] < '0' || s.p[at] > '9')
			break;
		add_digit(n, s.p[at], point);
		seen++;
	}
	n->all_digits = !point && at == s.n;
	if (seen == 0 || (at < s.n && !take_exponent(str_from(s, at), &exponent)))
		return false;
	n->point += exponent;
	strip_zeros(n);
	return true;
}

/* The nearest double. A workbook's numbers are doubles that were printed: with more than 15 digits, only the double
 * tells which number was meant. No decimal point is used, so the locale is of no concern. */
static double to_double(const struct number *n)
{
	char text[DIGITS_MAX + 32];
	if (n->count == 0)
		return 0;
	snprintf(text, sizeof text, "%s%.*sE%lld", n->negative ? "-" : "", n->count, n->digits,
		(long long)(n->point - n->count));
	return strtod(text, NULL);
}

/* The fewest digits, 15 at least, that give `value` back. */
static void shorten(struct number *n, double value)
{
	char text[40];
	for (int precision = DOUBLE_DIGITS; precision <= DBL_DECIMAL_DIG; precision++) {
		snprintf(text, sizeof text, "%.*e", precision - 1, fabs(value));
		if (strtod(text, NULL) == fabs(value))
			break;
	}
	const char *p = text;
	for (n->count = 0; *p != 'e'; p++) {
		if (*p >= '0' && *p <= '9') /* else it is the point, whatever the locale has for one */
			n->digits[n->count++] = *p;
	}
	n->point = strtol(p + 1, NULL, 10) + 1;
	strip_zeros(n);
}

static bool beyond_whole(const struct number *n)
{
	const int length = sizeof LARGEST_WHOLE - 1;
	if (n->point != length)
		return n->point > length;
	int order = memcmp(n->digits, LARGEST_WHOLE, (size_t)(n->count < length ? n->count : length));
	return order > 0 || (order == 0 && n->count > length);
}

static struct str print_number(const struct number *n, char out[SHEET_NUMBER_MAX])
{
	int64_t whole = n->point > 0 ? n->point : 1, length = n->point > 0 ? n->point : 1 - n->point + n->count;
	size_t at = 0;

	if (n->negative)
		out[at++] = '-';
	if (!n->all_digits && (length > n->count ? length : n->count) > PLAIN_DIGITS) {
		at += (size_t)snprintf(out + at, SHEET_NUMBER_MAX - at, "%c%s%.*sE%+lld", n->digits[0], n->count > 1 ? "." : "",
			n->count - 1, n->digits + 1, (long long)n->point - 1);
		return (struct str){ out, at };
	}
	int64_t first = n->point > 0 ? 0 : n->point - 1; /* the digit printed first: 0.05 has two zeros before its digits */
	for (int64_t i = first; i < first + whole || i < n->count; i++) {
		if (i == first + whole)
			out[at++] = '.';
		out[at++] = i >= 0 && i < n->count ? n->digits[i] : '0';
	}
	return (struct str){ out, at };
}

struct str sheet_number(struct str raw, char out[SHEET_NUMBER_MAX], enum cell_kind *kind)
{
	struct number n;

	*kind = CELL_NUMBER;
	if (is_plain(raw))
		return raw;
	if (!read_number(raw, &n))
		return (struct str){ 0 };
	bool beyond = beyond_whole(&n);
	double value = to_double(&n);
	if (fabs(value) > DBL_MAX)
		return (struct str){ 0 };
	if (value == 0) /* also where it is too small for a double */
		return STR("0");
	if (!n.all_digits && n.count > DOUBLE_DIGITS)
		shorten(&n, value);
	if (beyond)
		*kind = CELL_ROUNDED;
	return print_number(&n, out);
}

/* --- dates --- */

static size_t print_date(int64_t day, bool from_1904, char *out, size_t room)
{
	if (!from_1904 && day == 60) /* a day that the epoch counts and the calendar has not */
		return (size_t)snprintf(out, room, "1900-02-29");
	int64_t unix_day = from_1904 ? day - 24107 : day < 60 ? day - 25568 : day - 25569;
	time_t seconds = (time_t)(unix_day * (DAY_MS / 1000));
	struct tm t = { 0 };
	gmtime_r(&seconds, &t);
	return (size_t)snprintf(out, room, "%04d-%02d-%02d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday);
}

static size_t print_time(int64_t ms, char *out, size_t room)
{
	int64_t seconds = ms / 1000;
	size_t n = (size_t)snprintf(out, room, "%02lld:%02d:%02d", (long long)(seconds / 3600), (int)(seconds / 60 % 60),
		(int)(seconds % 60));
	if (ms % 1000)
		n += (size_t)snprintf(out + n, room - n, ".%03d", (int)(ms % 1000));
	return n;
}

struct str sheet_moment(struct str raw, enum number_style style, bool from_1904, char out[SHEET_MOMENT_MAX])
{
	struct number number;
	size_t n = 0;

	if (!read_number(raw, &number) || number.negative || number.point > 7)
		return (struct str){ 0 };
	/* A moment is a double in the file. The part of a day comes off without loss, and is rounded to a millisecond; from
	 * there on all is whole. */
	double value = to_double(&number), days = floor(value);
	int64_t ms = (int64_t)days * DAY_MS + llround((value - days) * (double)DAY_MS);
	if (ms >= (from_1904 ? DAYS_MAX - 1462 : DAYS_MAX) * DAY_MS)
		return (struct str){ 0 };
	if (style == STYLE_ELAPSED || ms < DAY_MS)
		return (struct str){ out, print_time(ms, out, SHEET_MOMENT_MAX) };
	n = print_date(ms / DAY_MS, from_1904, out, SHEET_MOMENT_MAX);
	if (style != STYLE_DATE || ms % DAY_MS) {
		out[n++] = 'T';
		n += print_time(ms % DAY_MS, out + n, SHEET_MOMENT_MAX - n);
	}
	return (struct str){ out, n };
}

/* --- HYPERLINK --- */

static bool take_byte(struct str *s, char byte)
{
	*s = str_trim(*s);
	if (s->n == 0 || s->p[0] != byte)
		return false;
	*s = str_from(*s, 1);
	return true;
}

static bool take_word(struct str *s, struct str word)
{
	if (!str_eq_nocase(str_head(*s, word.n), word))
		return false;
	*s = str_from(*s, word.n);
	return true;
}

/* "text", in which a quote is written twice. */
static bool take_text(struct str *s, struct buf *to)
{
	if (!take_byte(s, '"'))
		return false;
	for (;;) {
		const char *quote = memchr(s->p, '"', s->n);
		if (!quote)
			return false;
		buf_add(to, str_head(*s, (size_t)(quote - s->p)));
		*s = str_from(*s, (size_t)(quote - s->p) + 1);
		if (s->n == 0 || s->p[0] != '"')
			return true;
		buf_addc(to, '"');
		*s = str_from(*s, 1);
	}
}

/* "one" & "two" */
static bool take_constant(struct str *s, struct buf *to)
{
	do {
		if (!take_text(s, to))
			return false;
	} while (take_byte(s, '&'));
	return true;
}

static bool take_end(struct str *s)
{
	return take_byte(s, ')') && str_trim(*s).n == 0;
}

/* Whether `s`, what follows an opening bracket, is closed by its last byte and not before. */
static bool closes_at_end(struct str s)
{
	char quote = 0;
	int depth = 1;

	s = str_trim(s);
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '(')
			depth++;
		else if (c == ')' && --depth == 0)
			return i + 1 == s.n;
	}
	return false;
}

enum sheet_hyperlink sheet_hyperlink(struct str formula, struct buf *address, struct buf *text)
{
	struct str s = str_trim(formula);

	buf_clear(address);
	buf_clear(text);
	take_byte(&s, '=');
	s = str_trim(s);
	take_word(&s, STR("_xlfn."));
	if (!take_word(&s, STR("HYPERLINK")) || !take_byte(&s, '(') || !take_constant(&s, address))
		return HYPERLINK_NONE;
	struct str rest = s;
	if (!take_end(&rest)) {
		if (!take_byte(&s, ','))
			return HYPERLINK_NONE;
		rest = s;
		if (!take_constant(&rest, text) || !take_end(&rest)) {
			buf_clear(text);
			return closes_at_end(s) ? HYPERLINK_ADDRESS : HYPERLINK_NONE;
		}
	}
	if (text->n == 0)
		buf_add(text, buf_str(address));
	return HYPERLINK_BOTH;
}
