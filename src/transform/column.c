#include "qonduit/column.h"

#include <stdarg.h>
#include <stdio.h>

#include "qonduit/currency.h"
#include "qonduit/gtin.h"
#include "qonduit/json_doc.h"
#include "qonduit/unicode.h"

#include "column_parts.h"

#define SHOWN_BYTES 120
#define SENTENCE_MAX 600
#define GTIN_TRAITS TEXT_ALL

struct reading {
	const struct column *c;
	struct cell cell;
	struct str text;     /* the cell's, trimmed */
	struct arena *arena;
	struct value *out;
	struct buf *why;
};

typedef bool reads(struct reading *r);

static bool is_visible(char c)
{
	return c > ' ' && c < 0x7f;
}

static bool is_blank(struct str s)
{
	return !(s.n && is_visible(s.p[0])) && uni_trim(s).n == 0;
}

/* uni_trim of what is not blank. */
static struct str trimmed(struct str s)
{
	return is_visible(s.p[0]) && is_visible(s.p[s.n - 1]) ? s : uni_trim(s);
}

static bool read_decimal(struct reading *r)
{
	struct decimal d;
	if (!column_number(r->c, r->text, r->cell.kind == CELL_NUMBER || r->cell.kind == CELL_ROUNDED, &d, r->why))
		return false;
	*r->out = value_number(d, VALUE_DECIMAL);
	return true;
}

/* A cell of digits, as nearly all are, whatever its marks would be. */
static bool plain_digits(struct str text, int64_t *out)
{
	int64_t whole = 0;
	if (text.n > 18)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		unsigned digit = (unsigned)(unsigned char)text.p[i] - '0';
		if (digit > 9)
			return false;
		whole = whole * 10 + digit;
	}
	*out = whole;
	return true;
}

static bool read_integer(struct reading *r)
{
	struct decimal d;
	int64_t whole;
	if (plain_digits(r->text, &whole)) {
		*r->out = value_number(decimal_of(whole), VALUE_INTEGER);
		return true;
	}
	if (!column_number(r->c, r->text, r->cell.kind == CELL_NUMBER, &d, r->why))
		return false;
	if (!decimal_is_whole(d))
		return column_refuse(r->why, r->text, "is not a whole number");
	*r->out = value_number(decimal_trim(d), VALUE_INTEGER);
	return true;
}

static bool is_one_of(struct arena *a, struct str text, const struct str *words, size_t count, bool fold)
{
	struct str folded = fold ? uni_fold(a, text) : text;
	for (size_t i = 0; i < count; i++) {
		if (fold ? str_eq(folded, uni_fold(a, words[i])) : text.n == words[i].n && str_eq_nocase(text, words[i]))
			return true;
	}
	return false;
}

static bool refuse_boolean(struct reading *r, const struct str *const words[2], const size_t count[2])
{
	struct buf list = { .max = SENTENCE_MAX / 2 };
	for (int i = 0; i < 2; i++) {
		for (size_t w = 0; w < count[i]; w++)
			buf_printf(&list, "%s%.*s", w ? ", " : i ? " or " : "", STR_ARG(words[i][w]));
	}
	column_refuse(r->why, r->text, "is not one of %s", buf_text(&list));
	buf_release(&list);
	return false;
}

static bool read_boolean(struct reading *r)
{
	static const struct str usual[2][4] = { { { "yes", 3 }, { "true", 4 }, { "1", 1 }, { "y", 1 } },
		{ { "no", 2 }, { "false", 5 }, { "0", 1 }, { "n", 1 } } };
	const struct column *c = r->c;
	const struct str *words[2] = { c->true_count ? c->true_words : usual[0],
		c->false_count ? c->false_words : usual[1] };
	size_t count[2] = { c->true_count ? c->true_count : 4, c->false_count ? c->false_count : 4 };
	for (int look = 0; look < 4; look++) { /* first as ASCII, which nearly always tells */
		bool is_false = look & 1;
		if (is_one_of(r->arena, r->text, words[is_false], count[is_false], look >= 2) ||
			(r->cell.kind == CELL_BOOLEAN && str_eq(r->text, usual[is_false][1]))) {
			*r->out = value_truth(!is_false);
			return true;
		}
	}
	return refuse_boolean(r, words, count);
}

static bool read_moment(struct reading *r)
{
	return column_moment(r->c, r->cell, r->text, r->arena, r->out, r->why);
}

static bool read_gtin(struct reading *r)
{
	char digits[15], reason[200];
	size_t length;
	if (!gtin_read(r->text, r->cell.kind == CELL_NUMBER, digits, &length, reason)) {
		buf_add_visible(r->why, str_of(reason));
		return false;
	}
	struct str found = { digits, length };
	*r->out = value_text(str_eq(found, r->text) ? r->text : arena_copy(r->arena, found));
	r->out->traits = GTIN_TRAITS;
	return true;
}

static bool read_url(struct reading *r)
{
	struct str text = r->text;
	bool usual = str_starts(text, STR("https://"));
	bool plain = !usual && str_eq_nocase(str_head(text, 7), STR("http://"));
	size_t scheme = plain ? 7 : 8;
	unsigned traits = text_traits(text), visible = TEXT_PLAIN | TEXT_SOLID;
	uint32_t codepoint;
	if (!usual && !plain && !str_eq_nocase(str_head(text, 8), STR("https://")))
		return column_refuse(r->why, text, "is not a URL: it does not begin with http:// or https://");
	if (scheme == text.n || strchr("/?#:@", text.p[scheme]))
		return column_refuse(r->why, text, "is not a URL: it has no host");
	size_t at = (traits & visible) == visible ? text.n : scheme;
	for (size_t n; (at += uni_visible(str_from(text, at))) < text.n; at += n ? n : 1) {
		n = utf8_next(str_from(text, at), &codepoint);
		if (uni_is_space(codepoint))
			return column_refuse(r->why, r->text, "is not a URL: it has white space in it");
		if (codepoint < 0x20 || (codepoint >= 0x7f && codepoint < 0xa0))
			return column_refuse(r->why, r->text, "is not a URL: it has a control character in it");
	}
	*r->out = value_text(text);
	r->out->traits = (uint8_t)traits;
	return true;
}

static bool read_currency(struct reading *r)
{
	const char *code = currency_code(r->text);
	if (!code)
		return column_refuse(r->why, r->text, "is not the code (such as EUR) or the sign of one currency");
	*r->out = value_text(str_of(code));
	return true;
}

/* A text holds JSON, as it does in rejects; it goes on without white space, on one line. */
static bool read_json(struct reading *r)
{
	struct err fault = { 0 };
	struct buf text = { 0 };
	if (r->cell.kind == CELL_JSON) {
		*r->out = (struct value){ .type = VALUE_JSON, .text = r->text };
		return true;
	}
	const struct json *j = json_parse(r->text, "", ERR_ROWS, r->arena, &fault);
	if (!j)
		return column_refuse(r->why, r->text, "is not JSON: %s", fault.message);
	json_print(j, &text);
	*r->out = j->kind == JSON_NULL ? r->c->standard :
		(struct value){ .type = VALUE_JSON, .text = arena_copy(r->arena, buf_str(&text)) };
	buf_release(&text);
	return true;
}

/* ---- what most cells are ---- */

static bool usual_text(struct str text, struct value *out)
{
	if (!is_visible(text.p[0]))
		return false;
	*out = (struct value){ .type = VALUE_TEXT, .text = text };
	return true;
}

static bool usual_integer(struct str text, struct value *out)
{
	int64_t whole;
	if (!plain_digits(text, &whole))
		return false;
	out->type = VALUE_INTEGER;
	out->traits = 0;
	out->number = (struct decimal){ whole, 0 };
	return true;
}

static bool usual_decimal(struct str text, struct value *out)
{
	if (decimal_parse(text, &out->number) != DECIMAL_OK)
		return false;
	out->type = VALUE_DECIMAL;
	out->traits = 0;
	return true;
}

static bool usual_boolean(struct str text, struct value *out)
{
	bool yes = text.n == 3 && memcmp(text.p, "Yes", 3) == 0;
	if (!yes && (text.n != 2 || memcmp(text.p, "No", 2) != 0))
		return false;
	*out = value_truth(yes);
	return true;
}

static bool usual_gtin(struct str text, struct value *out)
{
	if (!gtin_is_right(text))
		return false;
	*out = (struct value){ .type = VALUE_TEXT, .traits = GTIN_TRAITS, .text = text };
	return true;
}

static bool usual_url(struct str text, struct value *out)
{
	static const struct str scheme = { "https://", 8 };
	if (text.n <= scheme.n || memcmp(text.p, scheme.p, 8) != 0 || !((unsigned)(text.p[8] | 0x20) - 'a' < 26))
		return false;
	unsigned traits = text_traits(text), visible = TEXT_PLAIN | TEXT_SOLID;
	if ((traits & visible) != visible)
		return false;
	*out = (struct value){ .type = VALUE_TEXT, .traits = (uint8_t)traits, .text = text };
	return true;
}

static const struct {
	const char *name;
	enum value_type type;
	reads *read;
	column_usual *usual;
	const char *expected;
} types[] = {
	[COLUMN_TEXT] = { "text", VALUE_TEXT, NULL, usual_text, "a text" },
	[COLUMN_INTEGER] = { "integer", VALUE_INTEGER, read_integer, usual_integer, "a whole number" },
	[COLUMN_DECIMAL] = { "decimal", VALUE_DECIMAL, read_decimal, usual_decimal, "a number" },
	[COLUMN_BOOLEAN] = { "boolean", VALUE_BOOLEAN, read_boolean, usual_boolean, "a boolean" },
	[COLUMN_DATE] = { "date", VALUE_DATE, read_moment, NULL, "a date" },
	[COLUMN_DATETIME] = { "datetime", VALUE_DATETIME, read_moment, NULL, "a date and time" },
	[COLUMN_GTIN] = { "gtin", VALUE_TEXT, read_gtin, usual_gtin, "a GTIN" },
	[COLUMN_URL] = { "url", VALUE_TEXT, read_url, usual_url, "a URL" },
	[COLUMN_CURRENCY] = { "currency", VALUE_TEXT, read_currency, NULL, "a currency" },
	[COLUMN_JSON] = { "json", VALUE_JSON, read_json, NULL, "JSON" },
};

column_usual *column_usual_of(const struct column *c)
{
	bool own_marks = c->type == COLUMN_DECIMAL && c->decimal_mark && c->decimal_mark != '.';
	bool own_words = c->type == COLUMN_BOOLEAN && (c->true_count || c->false_count);
	return own_marks || own_words ? NULL : types[c->type].usual;
}

bool column_refuse(struct buf *why, struct str text, const char *format, ...)
{
	char sentence[SENTENCE_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	struct str shown = utf8_head(text, SHOWN_BYTES);
	buf_addc(why, '"');
	buf_add_visible(why, shown);
	buf_add(why, shown.n < text.n ? STR("…\" ") : STR("\" "));
	buf_add_visible(why, utf8_whole(str_of(sentence)));
	return false;
}

enum value_type column_value_type(const struct column *c)
{
	return types[c->type].type;
}

const char *column_type_name(enum column_type t)
{
	return types[t].name;
}

int column_type_of(struct str name)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (str_eq(name, str_of(types[i].name)))
			return (int)i;
	}
	return -1;
}

/* What JSON has where one value should be. */
static bool refuse_structure(const struct column *c, struct cell cell, struct buf *why)
{
	if (cell.kind == CELL_ASTRAY)
		buf_printf(why, "%.*s, which has nothing below it that the column's path could lead to",
			STR_ARG(cell_str(cell)));
	else
		buf_printf(why, "found an %s, expected %s", *cell.p == '[' ? "array" : "object", types[c->type].expected);
	return false;
}

/* Whether a cell that is not empty, and neither text nor a number, has a value that the column takes. */
static bool takes_kind(const struct column *c, struct cell cell, struct buf *why)
{
	struct str text = cell_str(cell);
	if (cell.kind == CELL_ERROR)
		return column_refuse(why, text, "is an error of the workbook, not a value");
	if (cell.kind == CELL_FORMULA)
		return column_refuse(why, text, "is a formula whose value the workbook does not hold: open it in a spreadsheet "
			"program and save it");
	if (cell.kind == CELL_ASTRAY || (cell.kind == CELL_JSON && c->type != COLUMN_JSON))
		return refuse_structure(c, cell, why);
	if (cell.kind == CELL_ROUNDED && c->type != COLUMN_DECIMAL)
		return column_refuse(why, text, "is a number of more than 15 digits, of which a spreadsheet does not keep the "
			"last: store it as text");
	return true;
}

bool column_read_other(const struct column *c, struct cell cell, struct arena *a, struct value *out, struct buf *why)
{
	if (c->type == COLUMN_URL && cell.linked)
		cell = cell_of(cell_link(cell), CELL_TEXT);
	struct str text = cell_str(cell);
	if (cell.kind == CELL_EMPTY || is_blank(text)) {
		*out = c->standard;
		return true;
	}
	if (cell.kind != CELL_TEXT && cell.kind != CELL_NUMBER && !takes_kind(c, cell, why))
		return false;
	if (c->type == COLUMN_TEXT) {
		*out = value_text(text);
		return true;
	}
	struct reading r = { c, cell, trimmed(text), a, out, why };
	return types[c->type].read(&r);
}

bool column_read(const struct column *c, struct cell cell, struct str star, struct arena *a, struct value *out,
	struct buf *why)
{
	return column_read_cell(c, c->header_of >= 0 ? cell_of(star, CELL_TEXT) : cell, a, out, why);
}
