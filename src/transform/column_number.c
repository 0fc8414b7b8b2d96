#include <stdio.h>

#include "qonduit/currency.h"
#include "qonduit/unicode.h"

#include "column_parts.h"

#define PLAIN_MAX 256      /* longer texts are no numbers */
#define GROUP_DIGITS 3

struct reading {
	const struct column *c;
	struct str text, rest;      /* the cell, and what of it is not read yet */
	char plain[PLAIN_MAX];      /* as decimal_parse wants it */
	size_t n;
	size_t group;               /* digits since the last group mark */
	bool digits, grouped, fraction;
	struct buf *why;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *kind(const struct column *c)
{
	return c->type == COLUMN_INTEGER ? "a whole number" : "a decimal number";
}

static uint32_t decimal_mark(const struct column *c)
{
	return c->decimal_mark ? c->decimal_mark : '.';
}

/* White space of any width is the same mark: a no-break space looks like a blank. */
static bool is_mark(uint32_t codepoint, uint32_t mark)
{
	return mark && (codepoint == mark || (uni_is_space(codepoint) && uni_is_space(mark)));
}

/* What to declare for a mark that is not expected; "" where declaring does not help. */
static const char *hint(const struct reading *r, uint32_t codepoint, struct str behind)
{
	size_t digits = 0;
	while (digits < behind.n && is_digit(behind.p[digits]))
		digits++;
	if (codepoint == r->c->group_mark || codepoint == r->c->decimal_mark)
		return codepoint == '.' && r->c->decimal_mark == '.' ? "" : " there (the mapping declares its marks otherwise)";
	if (r->fraction)
		return codepoint == '.' || codepoint == ',' ? " (declare \"decimal_mark\" and \"group_mark\")" : "";
	if (codepoint == '\'' || codepoint == 0x2019 || uni_is_space(codepoint))
		return digits == GROUP_DIGITS ? " (declare \"group_mark\")" : "";
	if (codepoint != '.' && codepoint != ',')
		return "";
	if (decimal_mark(r->c) != '.')
		return digits == GROUP_DIGITS ? " (declare \"group_mark\")" : "";
	if (digits != GROUP_DIGITS)
		return " (declare \"decimal_mark\")";
	return digits == behind.n ? " (declare \"decimal_mark\" or \"group_mark\")" : " (declare \"group_mark\")";
}

static bool refuse_character(struct reading *r, uint32_t codepoint, size_t length)
{
	if (codepoint == 0 || (!r->digits && codepoint != '.' && codepoint != ','))
		return column_refuse(r->why, r->text, "is not %s", kind(r->c));
	return column_refuse(r->why, r->text, "is not %s: \"%.*s\" is not expected%s", kind(r->c), (int)length, r->rest.p,
		hint(r, codepoint, str_from(r->rest, length)));
}

static bool refuse_group(struct reading *r)
{
	char mark[4];
	return column_refuse(r->why, r->text, "is not %s: there are not three digits behind each \"%.*s\"", kind(r->c),
		(int)utf8_put(r->c->group_mark, mark), mark);
}

/* A group ends here: the first has one to three digits, the others three. */
static bool end_group(const struct reading *r)
{
	return r->grouped ? r->group == GROUP_DIGITS : r->group >= 1 && r->group <= GROUP_DIGITS;
}

static void take(struct reading *r, size_t length, char plain)
{
	r->plain[r->n++] = plain;
	r->rest = str_from(r->rest, length);
}

static bool take_sign(struct reading *r)
{
	if (r->rest.n == 0 || (r->rest.p[0] != '-' && r->rest.p[0] != '+'))
		return false;
	take(r, 1, r->rest.p[0]);
	return true;
}

static bool is_exponent(struct str s)
{
	size_t sign = s.n > 1 && (s.p[1] == '+' || s.p[1] == '-');
	return s.n > 1 + sign && (s.p[0] == 'e' || s.p[0] == 'E') && is_digit(s.p[1 + sign]);
}

/* Digits, marks and exponent, without marks and with a point. */
static bool take_digits(struct reading *r)
{
	uint32_t codepoint;
	for (size_t length; (length = utf8_next(r->rest, &codepoint)) != 0;) {
		if (is_digit(r->rest.p[0])) {
			take(r, 1, r->rest.p[0]);
			r->digits = true;
			r->group++;
		} else if (codepoint == decimal_mark(r->c) && !r->fraction) {
			if (r->grouped && !end_group(r))
				return refuse_group(r);
			take(r, length, '.');
			r->fraction = true;
		} else if (is_mark(codepoint, r->c->group_mark) && !r->fraction) {
			if (!end_group(r))
				return refuse_group(r);
			r->rest = str_from(r->rest, length);
			r->grouped = true;
			r->group = 0;
		} else if (r->digits && is_exponent(r->rest)) {
			break;
		} else {
			return refuse_character(r, codepoint, length);
		}
	}
	if (r->grouped && !r->fraction && !end_group(r))
		return refuse_group(r);
	memcpy(r->plain + r->n, r->rest.p, r->rest.n);
	r->n += r->rest.n;
	return true;
}

/* What decimal_parse alone does not take: marks, a currency. False where the reason is told already. */
static bool read_marked(const struct column *c, struct str text, enum decimal_status *status, struct decimal *out,
	struct buf *why)
{
	struct reading r = { .c = c, .text = text, .rest = text, .why = why };
	bool sign = take_sign(&r);
	r.rest = currency_strip(uni_trim(r.rest));
	if (!sign)
		take_sign(&r);
	if (!take_digits(&r))
		return false;
	*status = decimal_parse((struct str){ r.plain, r.n }, out);
	return true;
}

bool column_number(const struct column *c, struct str text, bool native, struct decimal *out, struct buf *why)
{
	enum decimal_status status = DECIMAL_SYNTAX;
	if (native || decimal_mark(c) == '.')
		status = decimal_parse(text, out);
	if (status == DECIMAL_OK)
		return true;
	if (status == DECIMAL_SYNTAX && text.n >= PLAIN_MAX)
		return column_refuse(why, text, "is not %s", kind(c));
	if (status == DECIMAL_SYNTAX && !native && !read_marked(c, text, &status, out, why))
		return false;
	if (status == DECIMAL_OVERFLOW)
		return column_refuse(why, text, "has more digits than a number can have here (%d)", DECIMAL_DIGITS);
	return status == DECIMAL_OK || column_refuse(why, text, "is not %s", kind(c));
}
