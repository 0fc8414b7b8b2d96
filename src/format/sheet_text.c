#include "sheet_text.h"

#include "qonduit/utf8.h"

#define ESCAPE_LENGTH 7 /* _xHHHH_ */

/* The unit of the escape that `s` begins with, or -1. */
static int32_t escaped_unit(struct str s)
{
	int32_t unit = 0;
	if (s.n < ESCAPE_LENGTH || s.p[0] != '_' || s.p[1] != 'x' || s.p[ESCAPE_LENGTH - 1] != '_')
		return -1;
	for (size_t i = 2; i < ESCAPE_LENGTH - 1; i++) {
		int digit = str_hex(s.p[i]);
		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

/* The length of the escapes that `s` begins with and that make one character; 0: none. */
static size_t escaped_character(struct str s, uint32_t *codepoint)
{
	int32_t unit = escaped_unit(s);
	if (unit <= 0 || (unit >= 0xDC00 && unit <= 0xDFFF))
		return 0;
	*codepoint = (uint32_t)unit;
	if (unit < 0xD800 || unit > 0xDBFF)
		return ESCAPE_LENGTH;
	int32_t second = escaped_unit(str_from(s, ESCAPE_LENGTH));
	if (second < 0xDC00 || second > 0xDFFF)
		return 0;
	*codepoint = 0x10000 + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(second - 0xDC00);
	return (size_t)2 * ESCAPE_LENGTH;
}

void sheet_text_unescape_from(struct buf *b, size_t from)
{
	size_t to = from; /* where the next byte goes */
	while (from < b->n) {
		uint32_t codepoint;
		struct str rest = str_from(buf_str(b), from);
		const char *at = memchr(rest.p, '_', rest.n);
		size_t plain = at ? (size_t)(at - rest.p) : rest.n;
		size_t taken = at ? escaped_character(str_from(rest, plain), &codepoint) : 0;
		plain += at && !taken;
		if (to != from)
			memmove(b->p + to, rest.p, plain);
		to += plain;
		if (taken)
			to += utf8_put(codepoint, b->p + to);
		from += plain + taken;
	}
	b->n = to;
}
