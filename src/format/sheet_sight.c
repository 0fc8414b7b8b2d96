#include "sheet_sight.h"

#define STYLE_DIGITS 9

static const char *take_type(const char *p, enum sheet_type *type)
{
	switch (*p) {
	case 's':
		*type = p[1] == 't' && p[2] == 'r' ? TYPE_TEXT : TYPE_SHARED;
		return *type == TYPE_TEXT ? p + 3 : p + 1;
	case 'i':
		*type = TYPE_INLINE;
		return memcmp(p, "inlineStr", 9) == 0 ? p + 9 : NULL;
	case 'n':
	case 'b':
	case 'd':
	case 'e':
		*type = *p == 'n' ? TYPE_NUMBER : *p == 'b' ? TYPE_BOOLEAN : *p == 'd' ? TYPE_DATE : TYPE_ERROR;
		return p + 1;
	default:
		return NULL;
	}
}

static const char *take_style(const char *p, uint64_t *style)
{
	const char *from = p;
	for (*style = 0; *p >= '0' && *p <= '9' && p - from < STYLE_DIGITS; p++)
		*style = *style * 10 + (uint64_t)(*p - '0');
	return p > from ? p : NULL;
}

/* The row number in front of `end`, with the quote behind it. */
static void remember_row(struct sheet_sight *c, const char *end)
{
	const char *digits = end;
	while (digits[-1] >= '0' && digits[-1] <= '9')
		digits--;
	c->last_digits = (size_t)(end - digits); /* seven at most */
	c->last_mask = 0;
	memset(&c->last_mask, 0xFF, c->last_digits + 1);
	memcpy(&c->last, digits, sizeof c->last);
	c->last &= c->last_mask;
	c->last_row = c->row;
}

static const char *take_reference(const char *p, struct sheet_sight *c)
{
	uint32_t col = 0;
	uint64_t digits;
	const char *at = p;
	for (; *at >= 'A' && *at <= 'Z' && at - p < 2; at++)
		col = col * 26 + (uint32_t)(*at - 'A' + 1);
	memcpy(&digits, at, sizeof digits);
	if (col && c->last_mask && (digits & c->last_mask) == c->last) {
		c->col = col - 1;
		c->row = c->last_row;
		return at + c->last_digits;
	}
	at = sheet_reference_take(p, &c->col, &c->row);
	if (at)
		remember_row(c, at);
	return at;
}

/* Attributes of one letter each, none of them twice. What is read at a time is shorter than the slack, which no
 * attribute goes on in. */
static bool take_attributes(const char **p, const char *end, struct sheet_sight *c)
{
	bool ref = false, style = false, type = false;
	while (*p < end && **p == ' ') {
		const char *at = *p + 4;
		char letter = (*p)[1], quote = (*p)[3];
		if ((*p)[2] != '=' || (quote != '"' && quote != '\''))
			return false;
		if (letter == 'r' && !ref) {
			ref = true;
			at = take_reference(at, c);
		} else if (letter == 't' && !type) {
			type = true;
			at = take_type(at, &c->type);
		} else if (letter == 's' && !style) {
			style = true;
			at = take_style(at, &c->style);
		} else {
			return false;
		}
		if (!at || *at != quote)
			return false;
		*p = at + 1;
	}
	return true;
}

/* What stands in a cell, up to the end of its <v> or <is>. */
static bool take_content(const char **p, const char *end, struct sheet_sight *c)
{
	if (xml_sight_skip(p, end, STR("<v>"))) {
		c->holds = SIGHT_VALUE;
		c->elements = 2;
		return xml_sight_text(p, end, &c->text) && xml_sight_skip(p, end, STR("</v>"));
	}
	if (!xml_sight_skip(p, end, STR("<is><t")))
		return true;
	c->holds = SIGHT_INLINE;
	c->elements = 3;
	xml_sight_skip(p, end, STR(" xml:space=\"preserve\""));
	return xml_sight_skip(p, end, STR(">")) && xml_sight_text(p, end, &c->text) &&
		xml_sight_skip(p, end, STR("</t></is>"));
}

bool sheet_sight_cell(const char **p, const char *end, struct sheet_sight *c)
{
	const char *at = *p;
	c->row = 0;
	c->style = 0;
	c->type = TYPE_NUMBER;
	c->holds = SIGHT_EMPTY;
	c->elements = 1;
	if (!xml_sight_skip(&at, end, STR("<c")) || !take_attributes(&at, end, c))
		return false;
	if (!xml_sight_skip(&at, end, STR("/>")) &&
		!(xml_sight_skip(&at, end, STR(">")) && take_content(&at, end, c) && xml_sight_skip(&at, end, STR("</c>"))))
		return false;
	*p = at;
	return true;
}
