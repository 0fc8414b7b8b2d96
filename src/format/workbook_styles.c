#include <stdlib.h>

#include "workbook_parts.h"

#define FORMATS_MAX 65536 /* ids; a number format has sixteen bits in every Excel */
#define STYLES_MAX 65536
#define NO_FORMAT 0xff

/* ---- what a format code means ---- */

enum token { TOKEN_NONE, TOKEN_DATE, TOKEN_HOUR, TOKEN_SECOND, TOKEN_MONTH_OR_MINUTE };

struct meaning {
	enum token last;
	bool unsure; /* an m that is a minute if seconds follow, else a month */
	bool date, time, elapsed, number;
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* How often the first letter stands there, in either case. */
static size_t run_length(struct str s)
{
	size_t n = 1;
	while (n < s.n && lower(s.p[n]) == lower(s.p[0]))
		n++;
	return n;
}

static void settle(struct meaning *m, bool seconds_follow)
{
	if (m->unsure && seconds_follow)
		m->time = true;
	else if (m->unsure)
		m->date = true;
	m->unsure = false;
}

static void take_token(struct meaning *m, enum token token)
{
	if (token == TOKEN_MONTH_OR_MINUTE && m->last == TOKEN_HOUR) {
		m->time = true;
	} else {
		settle(m, token == TOKEN_SECOND);
		m->unsure = token == TOKEN_MONTH_OR_MINUTE;
		m->date |= token == TOKEN_DATE;
		m->time |= token == TOKEN_HOUR || token == TOKEN_SECOND;
	}
	m->last = token;
}

/* The length of what stands from a [ to its ]: [h], [mm] and [ss] are elapsed time, others colours and conditions. */
static size_t take_brackets(struct meaning *m, struct str s)
{
	const char *end = memchr(s.p, ']', s.n);
	struct str inner = { s.p + 1, end ? (size_t)(end - s.p) - 1 : 0 };
	char first = inner.n ? lower(inner.p[0]) : '\0';
	if ((first == 'h' || first == 'm' || first == 's') && run_length(inner) == inner.n) {
		m->elapsed = true;
		take_token(m, first == 'h' ? TOKEN_HOUR : TOKEN_SECOND);
	}
	return end ? inner.n + 2 : s.n;
}

static size_t quoted_length(struct str s)
{
	const char *end = memchr(s.p + 1, '"', s.n - 1);
	return end ? (size_t)(end - s.p) + 1 : s.n;
}

/* A letter of a date or a time, repeated. */
static size_t take_letters(struct meaning *m, struct str s)
{
	size_t n = run_length(s);
	char c = lower(s.p[0]);
	if (c == 'h')
		take_token(m, TOKEN_HOUR);
	else if (c == 's')
		take_token(m, TOKEN_SECOND);
	else if (c == 'm')
		take_token(m, n > 2 ? TOKEN_DATE : TOKEN_MONTH_OR_MINUTE);
	else if (c == 'y' || c == 'd' || c == 'g' || c == 'b' || c == 'e') /* g, e: eras; b: the Buddhist year */
		take_token(m, TOKEN_DATE);
	return n;
}

/* The length of a fixed word that `s` begins with, or 0. */
static size_t take_word(struct meaning *m, struct str s)
{
	static const struct str words[] = { { "General", 7 }, { "AM/PM", 5 }, { "A/P", 3 } };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!str_eq_nocase(str_head(s, words[i].n), words[i]))
			continue;
		m->time |= words[i].p[0] == 'A';
		return words[i].n;
	}
	return 0;
}

/* The fraction of seconds is no digit of a number. */
static size_t take_digits(struct meaning *m, struct str s)
{
	size_t n = s.p[0] == '.' && s.n > 1 && s.p[1] == '0' ? 1 + run_length(str_from(s, 1)) : 1;
	if (m->last != TOKEN_SECOND || n == 1)
		m->number |= s.p[0] != '.' || n > 1;
	return n;
}

static size_t take_next(struct meaning *m, struct str s)
{
	size_t word = take_word(m, s);
	if (word)
		return word;
	switch (s.p[0]) {
	case '"': return quoted_length(s);
	case '\\': case '_': case '*': return 2;
	case '[': return take_brackets(m, s);
	case '0': case '#': case '?': case '.': return take_digits(m, s);
	default: return take_letters(m, s);
	}
}

enum number_style number_style_of(struct str code)
{
	struct meaning m = { 0 };
	while (code.n && code.p[0] != ';') /* the first section decides: the others are for negative numbers and zero */
		code = str_from(code, take_next(&m, code));
	settle(&m, false);
	if (m.number)
		return STYLE_NUMBER;
	if (m.date)
		return m.time ? STYLE_DATETIME : STYLE_DATE;
	return m.elapsed ? STYLE_ELAPSED : m.time ? STYLE_TIME : STYLE_NUMBER;
}

/* The formats that need no code in the file (ECMA-376 part 1, 18.8.30). 34, 35, 55 and 56 vary between the languages of
 * East Asia and are dates in most. */
static enum number_style built_in(uint64_t id)
{
	static const struct {
		uint8_t first, last, style;
	} ranges[] = {
		{ 14, 17, STYLE_DATE }, { 18, 21, STYLE_TIME }, { 22, 22, STYLE_DATETIME }, { 27, 31, STYLE_DATE },
		{ 32, 33, STYLE_TIME }, { 34, 36, STYLE_DATE }, { 45, 45, STYLE_TIME }, { 46, 46, STYLE_ELAPSED },
		{ 47, 47, STYLE_TIME }, { 50, 58, STYLE_DATE }, { 71, 74, STYLE_DATE }, { 75, 76, STYLE_TIME },
		{ 77, 77, STYLE_DATETIME }, { 78, 78, STYLE_TIME }, { 79, 79, STYLE_ELAPSED }, { 80, 80, STYLE_TIME },
		{ 81, 81, STYLE_DATE },
	};
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		if (id >= ranges[i].first && id <= ranges[i].last)
			return ranges[i].style;
	}
	return STYLE_NUMBER;
}

/* ---- the part ---- */

enum section { SECTION_OTHER, SECTION_FORMATS, SECTION_CELLS };

struct styles_reader {
	struct cell_styles *to;
	uint8_t *format;      /* by id: what the file says, or NO_FORMAT */
	uint16_t *id;         /* of the format of each style */
	size_t id_cap;
	unsigned level;       /* of elements: 1 is <styleSheet> */
	enum section section;
};

static int format_id(const char *const *attributes, uint64_t *id, struct err *e)
{
	const char *text = xml_attribute(attributes, XML_NONE, "numFmtId");
	*id = 0;
	if (!text || (str_to_u64(str_trim(str_of(text)), id) && *id < FORMATS_MAX))
		return 0;
	return err_set(e, ERR_INPUT, "workbook.styles",
		"found the number format \"%.40s\" in the styles, expected a number up to %d", text, FORMATS_MAX - 1);
}

static int take_format(struct styles_reader *r, const char *const *attributes, struct err *e)
{
	uint64_t id;
	const char *code = xml_attribute(attributes, XML_NONE, "formatCode");
	if (format_id(attributes, &id, e))
		return -1;
	if (code)
		r->format[id] = (uint8_t)number_style_of(str_of(code));
	return 0;
}

static int take_style(struct styles_reader *r, const char *const *attributes, struct err *e)
{
	uint64_t id;
	if (format_id(attributes, &id, e))
		return -1;
	if (r->to->count == STYLES_MAX)
		return err_set(e, ERR_INPUT, "workbook.styles", "the workbook has more than %d styles of cells", STYLES_MAX);
	r->id = mem_grow(r->id, &r->id_cap, r->to->count + 1, sizeof *r->id);
	r->id[r->to->count++] = (uint16_t)id;
	return 0;
}

static int start_element(void *arg, struct xml_name name, const char *const *attributes, struct err *e)
{
	struct styles_reader *r = arg;
	bool sheet = name.space == XML_SHEET;
	r->level++;
	if (r->level == 2)
		r->section = sheet && strcmp(name.local, "numFmts") == 0 ? SECTION_FORMATS
			: sheet && strcmp(name.local, "cellXfs") == 0 ? SECTION_CELLS : SECTION_OTHER;
	else if (r->level == 3 && r->section == SECTION_FORMATS && sheet && strcmp(name.local, "numFmt") == 0)
		return take_format(r, attributes, e);
	else if (r->level == 3 && r->section == SECTION_CELLS && sheet && strcmp(name.local, "xf") == 0)
		return take_style(r, attributes, e);
	return 0;
}

static int end_element(void *arg, struct xml_name name, struct err *e)
{
	struct styles_reader *r = arg;
	r->level--;
	return 0;
}

/* What the file says of a number goes before what is built in. */
static void resolve(struct styles_reader *r)
{
	r->to->style = mem_alloc(r->to->count);
	for (size_t i = 0; i < r->to->count; i++) {
		uint8_t said = r->format[r->id[i]];
		r->to->style[i] = said == NO_FORMAT ? (uint8_t)built_in(r->id[i]) : said;
	}
}

int cell_styles_read(struct cell_styles *s, struct zip_reader *z, size_t part, struct err *e)
{
	static const struct xml_handler handler = { .start = start_element, .end = end_element };
	struct styles_reader r = { .to = s, .format = mem_alloc(FORMATS_MAX) };
	memset(r.format, NO_FORMAT, FORMATS_MAX);
	int result = package_read(z, part, &handler, &r, e);
	resolve(&r);
	free(r.format);
	free(r.id);
	return result;
}

void cell_styles_release(struct cell_styles *s)
{
	free(s->style);
	*s = (struct cell_styles){ 0 };
}
