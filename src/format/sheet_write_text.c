/* What may stand in cells and names, and how it is written there. */
#include "sheet_write_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "qonduit/utf8.h"

#define ESCAPE_ADDS 6             /* an escape is seven characters long */
#define SHEET_NAME_MAX 31
#define DOUBLE_DIGITS_END 1000000000000000 /* 10^15 */
#define DAY_MS INT64_C(86400000)
#define EPOCH_DAYS 25569          /* from 1899-12-30 to 1970-01-01 */
#define FIRST_DAY 61              /* 1900-03-01 */
#define END_DAY 2958466           /* 10000-01-01 */
#define ADDRESS_MAX 2079          /* bytes; libxlsxwriter cuts an attribute there, within a character if need be */
#define FORMULA_TEXT_MAX 255      /* of a text in a formula */

static bool is_one_of(char c, const char *these)
{
	return c && strchr(these, c);
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* The length of the character that `s` begins with where it is to be escaped, else 0. Of an escape that was meant as
 * text the first character is, whatever follows its digits: that may be an escape of ours. */
static size_t to_escape(struct str s, bool controls, unsigned *code)
{
	unsigned char c = (unsigned char)s.p[0];
	*code = c;
	if (c == '_')
		return s.n >= 6 && s.p[1] == 'x' && is_hex(s.p[2]) && is_hex(s.p[3]) && is_hex(s.p[4]) && is_hex(s.p[5]);
	if (c == 0xef && s.n >= 3 && (unsigned char)s.p[1] == 0xbf && (unsigned char)s.p[2] >= 0xbe) {
		*code = 0xff00u | (unsigned)((unsigned char)s.p[2] + 0x40);
		return 3;
	}
	return c == '\0' || (controls && c < 0x20 && c != '\t' && c != '\n');
}

/* Nearly always false. */
static bool may_need_escape(struct str s)
{
	return s.n && (memchr(s.p, '_', s.n) || memchr(s.p, '\0', s.n) || memchr(s.p, 0xef, s.n));
}

static bool needs_escape(struct str s)
{
	unsigned code;
	while (s.n && !to_escape(s, true, &code))
		s = str_from(s, 1);
	return s.n > 0;
}

/* As UTF-16 counts. */
static size_t units(struct str s)
{
	size_t count = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		count += (c & 0xc0) != 0x80;
		count += c >= 0xf0;
	}
	return count;
}

const char *sheet_name_fault(struct str name)
{
	if (name.n == 0)
		return "it is empty";
	if (utf8_invalid_at(name) < name.n)
		return "it is not valid UTF-8";
	if (units(name) > SHEET_NAME_MAX)
		return "it has more than 31 characters";
	for (size_t i = 0; i < name.n; i++) {
		unsigned code;
		if (is_one_of(name.p[i], "[]:*?/\\"))
			return "it has one of the characters []:*?/\\";
		if ((unsigned char)name.p[i] < 0x20 || to_escape(str_from(name, i), true, &code))
			return "it has a control character or an escape (_xHHHH_)";
	}
	if (name.p[0] == '\'' || name.p[name.n - 1] == '\'')
		return "it begins or ends with an apostrophe";
	if (str_eq_nocase(name, STR("History")))
		return "Excel keeps this name for itself";
	return NULL;
}

bool sheet_text_fits(struct str text)
{
	size_t extra = 0;
	unsigned code;
	if (text.n <= SHEET_TEXT_MAX / (1 + ESCAPE_ADDS))
		return true;
	if (may_need_escape(text)) {
		for (struct str s = text; s.n; s = str_from(s, 1))
			extra += to_escape(s, false, &code) ? ESCAPE_ADDS : 0;
	}
	return units(text) <= SHEET_TEXT_MAX && utf8_count(text) + extra <= SHEET_TEXT_MAX;
}

const char *sheet_escaped(struct buf *b, struct str text, bool controls)
{
	buf_clear(b);
	if (!controls && !may_need_escape(text)) {
		buf_add(b, text);
		return buf_text(b);
	}
	while (text.n) {
		unsigned code;
		size_t n = to_escape(text, controls, &code);
		if (n)
			buf_printf(b, "_x%04X_", code);
		else
			buf_addc(b, text.p[0]);
		text = str_from(text, n ? n : 1);
	}
	return buf_text(b);
}

/* Doubles, for that is what a workbook holds. Where both numbers are whole and exact, the division rounds as it should;
 * strtod always does, but takes longer. The library prints 16 digits ("9.949999999999999"): of a number of at most 15
 * they lead back to the same double, and that to the same 15 digits. */
bool sheet_number_fits(struct decimal number, double *out)
{
	static const double tens[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
	char text[DECIMAL_TEXT_MAX + 1];
	__int128 digits = number.mantissa < 0 ? -number.mantissa : number.mantissa;
	if (digits < DOUBLE_DIGITS_END && (size_t)number.scale < sizeof tens / sizeof *tens) {
		*out = (double)(int64_t)number.mantissa / tens[number.scale];
		return true;
	}
	while (digits >= DOUBLE_DIGITS_END && digits % 10 == 0)
		digits /= 10;
	if (digits >= DOUBLE_DIGITS_END)
		return false;
	text[decimal_print(number, text)] = '\0';
	*out = strtod(text, NULL);
	return true;
}

static int64_t day_of(int64_t ms)
{
	return ms / DAY_MS - (ms % DAY_MS < 0);
}

/* A double, for that is what a workbook holds. The division rounds once: a part of a day is right to a microsecond. */
bool sheet_moment_serial(int64_t ms, bool has_time, double *out)
{
	int64_t day = day_of(ms) + EPOCH_DAYS;
	if (day < FIRST_DAY || day >= END_DAY)
		return false;
	*out = has_time ? (double)(ms + EPOCH_DAYS * DAY_MS) / (double)DAY_MS : (double)day;
	return true;
}

struct str sheet_moment_text(int64_t ms, bool has_time, char out[SHEET_MOMENT_TEXT_MAX])
{
	int64_t of_day = ms - day_of(ms) * DAY_MS;
	time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
	struct tm tm = { 0 };
	gmtime_r(&seconds, &tm);
	size_t n = (size_t)snprintf(out, SHEET_MOMENT_TEXT_MAX, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1,
		tm.tm_mday);
	if (has_time)
		n += strftime(out + n, SHEET_MOMENT_TEXT_MAX - n, "T%H:%M:%S", &tm);
	if (has_time && of_day % 1000)
		n += (size_t)snprintf(out + n, SHEET_MOMENT_TEXT_MAX - n, ".%03d", (int)(of_day % 1000));
	return (struct str){ out, n };
}

const char *sheet_error_text(struct str error)
{
	static const char *const known[] = {
		"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#GETTING_DATA",
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (str_eq(error, str_of(known[i])))
			return known[i];
	}
	return "#N/A";
}

/* No text can be taken for such a formula, for "<" stands in none as it is. */
void sheet_mend_errors(struct str row, FILE *to)
{
	for (ptrdiff_t at; (at = str_find(row, STR(" t=\"str\"><f>#"))) >= 0;) {
		fwrite(row.p, 1, (size_t)at, to);
		fputs(" t=\"e\">", to);
		row = str_from(row, (size_t)at);
		row = str_from(row, (size_t)str_find(row, STR("<v>")));
	}
	fwrite(row.p, 1, row.n, to);
}

bool sheet_is_address(struct str address)
{
	static const char *const schemes[] = { "http://", "https://", "mailto:" };
	size_t scheme = 0;
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		struct str s = str_of(schemes[i]);
		if (str_eq_nocase(str_head(address, s.n), s))
			scheme = s.n;
	}
	for (size_t i = 0; i < address.n; i++) {
		unsigned char c = (unsigned char)address.p[i];
		unsigned code;
		if (c <= ' ' || c == 0x7f || (c == 0xef && to_escape(str_from(address, i), true, &code) == 3))
			return false;
	}
	return scheme && address.n > scheme;
}

/* It takes these words anywhere in an address for a scheme of its own, and writes some characters as %XX. */
bool sheet_address_fits(struct str address)
{
	size_t n = address.n;
	for (size_t i = 0; i < address.n; i++)
		n += is_one_of(address.p[i], "\"<>[]`^{}%") ? 2 : 0;
	return n <= ADDRESS_MAX && str_find(address, STR("internal:")) < 0 && str_find(address, STR("external:")) < 0;
}

/* In quotes, those within doubled. */
static void add_quoted(struct buf *b, struct str text, char quote)
{
	buf_addc(b, quote);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == quote)
			buf_addc(b, quote);
		buf_addc(b, text.p[i]);
	}
	buf_addc(b, quote);
}

static bool fits_formula(struct str text)
{
	size_t quotes = 0;
	for (size_t i = 0; i < text.n; i++) {
		if ((unsigned char)text.p[i] < 0x20)
			return false;
		quotes += text.p[i] == '"';
	}
	return units(text) + quotes <= FORMULA_TEXT_MAX && !(may_need_escape(text) && needs_escape(text)) &&
		str_trim(text).n == text.n;
}

const char *sheet_link_formula(struct buf *b, struct str address, struct str text)
{
	if (!fits_formula(address) || !fits_formula(text))
		return NULL;
	buf_clear(b);
	buf_add(b, STR("HYPERLINK("));
	add_quoted(b, address, '"');
	if (!str_eq(address, text)) {
		buf_addc(b, ',');
		add_quoted(b, text, '"');
	}
	buf_addc(b, ')');
	return buf_text(b);
}

const char *sheet_quoted_name(struct buf *b, struct str name)
{
	buf_clear(b);
	add_quoted(b, name, '\'');
	return buf_text(b);
}
