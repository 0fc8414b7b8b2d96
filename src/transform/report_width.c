/* How many characters a cell shows: near enough to choose the width of a column by. */
#include "qonduit/unicode.h"
#include "report_parts.h"

#define DATE_WIDTH 10 /* 2026-11-21 */
#define TIME_WIDTH 19 /* 2026-11-21 18:00:00 */

/* What a part in brackets shows: of "[$€-407]" the sign, of a colour or a condition nothing. */
static uint32_t bracket_width(struct str inner)
{
	struct str rest;
	return str_starts(inner, STR("$")) ? (uint32_t)uni_length(str_cut(str_from(inner, 1), '-', &rest)) : 0;
}

struct number_width number_width_of(const char *format)
{
	struct number_width w = { .general = !format || strstr(format, "General") };
	bool point = false;
	uint32_t character;
	if (w.general)
		return w;
	for (struct str s = str_of(format); s.n && s.p[0] != ';';) {
		char c = s.p[0];
		ptrdiff_t end = c == '"' || c == '[' ? str_find(str_from(s, 1), c == '"' ? STR("\"") : STR("]")) : -1;
		size_t taken = end >= 0 ? (size_t)end + 2 : utf8_next(s, &character);
		if (c == '"' && end >= 0)
			w.others += (uint32_t)uni_length(str_head(str_from(s, 1), (size_t)end));
		else if (c == '[' && end >= 0)
			w.others += bracket_width(str_head(str_from(s, 1), (size_t)end));
		else if (c == '\\' || c == '_' || c == '*')
			taken += utf8_next(str_from(s, 1), &character), w.others += c != '*';
		else if (c == '0' || c == '#' || c == '?')
			w.places += point, w.digits += !point && c != '#';
		else if (c == '.')
			point = true;
		else if (c == ',')
			w.grouped = true;
		else
			w.others += c == '%' ? 3 : 1; /* a percentage has two digits more */
		s = str_from(s, taken ? taken : 1);
	}
	return w;
}

static uint32_t digits_of(__int128 mantissa)
{
	unsigned __int128 rest = mantissa < 0 ? -(unsigned __int128)mantissa : (unsigned __int128)mantissa;
	uint32_t digits = 0;
	for (; rest >> 64; digits++)
		rest /= 10;
	for (uint64_t low = (uint64_t)rest; low; digits++)
		low /= 10;
	return digits;
}

static uint32_t number_width(const struct number_width *w, struct decimal d)
{
	if (w->general)
		d = decimal_trim(d);
	uint32_t digits = digits_of(d.mantissa), scale = (uint32_t)d.scale, whole = digits > scale ? digits - scale : 1;
	uint32_t places = w->general ? scale : w->places;
	if (whole < w->digits)
		whole = w->digits;
	return (d.mantissa < 0) + whole + (w->grouped ? (whole - 1) / 3 : 0) + (places ? 1 + places : 0) + w->others;
}

static uint32_t text_width(struct str text, uint32_t already)
{
	uint32_t widest = 0;
	if (text.n <= already) /* as most texts are: bytes are never fewer than characters */
		return 0;
	for (struct str rest = text, line; rest.n;) {
		line = str_cut(rest, '\n', &rest);
		size_t length = line.n <= already ? 0 : uni_visible(line) == line.n ? line.n : uni_length(line);
		widest = length > widest ? (uint32_t)length : widest;
	}
	return widest;
}

uint32_t report_width(const struct value *v, const struct laying *c, uint32_t already)
{
	uint32_t form = c->plan->number_format ? (uint32_t)strlen(c->plan->number_format) : 0, usual = 0;
	switch (v->type) {
	case VALUE_TEXT:
		return text_width(v->text, already);
	case VALUE_INTEGER:
	case VALUE_DECIMAL:
		return number_width(&c->number, v->number);
	case VALUE_DATE:
	case VALUE_DATETIME:
		usual = v->type == VALUE_DATE ? DATE_WIDTH : TIME_WIDTH;
		break;
	case VALUE_EMPTY:
	case VALUE_BOOLEAN: /* less than the least width */
	case VALUE_JSON:
		return 0;
	}
	return form > usual ? form : usual;
}
