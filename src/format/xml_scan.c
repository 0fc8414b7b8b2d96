#include <stdlib.h>

#include "qonduit/unicode.h"
#include "xml_scan_parts.h"

/* ---- text ---- */

bool xml_scan_is_text(const char *p, size_t n)
{
	struct str s = { p, n };
	if (utf8_invalid_at(s) != n)
		return false;
	for (ptrdiff_t at; (at = str_find(s, STR("\xEF\xBF"))) >= 0; s = str_from(s, (size_t)at + 3)) {
		if ((unsigned char)s.p[at + 2] >= 0xBE) /* U+FFFE and U+FFFF */
			return false;
	}
	return true;
}

/* Bytes at the end of [from, to) that begin a character and do not end it. */
static size_t cut_character(const char *from, const char *to)
{
	for (size_t n = 1; n <= 3 && (size_t)(to - from) >= n; n++) {
		unsigned char c = (unsigned char)to[-(ptrdiff_t)n];
		if (c >= 0xC0)
			return (c >= 0xF0 ? 4u : c >= 0xE0 ? 3u : 2u) > n ? n : 0;
		if (c < 0x80)
			return 0;
	}
	return 0;
}

static enum step unused(struct xml_scan *s, size_t n)
{
	s->unused += n;
	return TAKEN;
}

static enum step give_text(struct xml_scan *s, const char *p, size_t n, struct err *e)
{
	int result = s->handler->text ? s->handler->text(s->arg, (struct str){ p, n }, e) : XML_UNUSED;
	return result == XML_UNUSED ? unused(s, n) : result ? FAILED : TAKEN;
}

enum step xml_scan_reference(const char *p, const char *end, uint32_t *codepoint, const char **to)
{
	static const struct {
		struct str name;
		char byte;
	} entities[] = { { { "amp;", 4 }, '&' }, { { "lt;", 3 }, '<' }, { { "gt;", 3 }, '>' }, { { "quot;", 5 }, '"' },
		{ { "apos;", 5 }, '\'' } };
	struct str s = { p + 1, (size_t)(end - p - 1) };
	const char *semicolon = memchr(s.p, ';', s.n < 16 ? s.n : 16);
	if (!semicolon)
		return s.n < 16 ? SHORT : HARD;
	*to = semicolon + 1;
	for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
		if (str_starts(s, entities[i].name)) {
			*codepoint = (unsigned char)entities[i].byte;
			return TAKEN;
		}
	}
	bool hex = s.n > 1 && s.p[1] == 'x';
	const char *digit = s.p + 1 + hex;
	uint64_t value = 0;
	if (s.p[0] != '#' || digit == semicolon)
		return HARD;
	for (; digit < semicolon; digit++) {
		int worth = xml_digit(*digit, hex);
		if (worth < 0)
			return HARD;
		value = value * (hex ? 16 : 10) + (unsigned)worth;
	}
	*codepoint = (uint32_t)value;
	return value <= 0x10FFFF && xml_is_character((uint32_t)value) ? TAKEN : HARD;
}

static enum step take_reference(struct xml_scan *s, struct err *e)
{
	uint32_t codepoint;
	const char *to;
	char bytes[4];
	enum step step = xml_scan_reference(xml_scan_head(s), xml_scan_tail(s), &codepoint, &to);
	if (step != TAKEN)
		return step;
	xml_scan_take(s, to);
	return give_text(s, bytes, utf8_put(codepoint, bytes), e);
}

/* A carriage return is a line end, with the line feed behind it or without. */
static enum step take_return(struct xml_scan *s, bool final, struct err *e)
{
	const char *p = xml_scan_head(s);
	if (p + 1 == xml_scan_tail(s) && !final)
		return SHORT;
	xml_scan_take(s, p + 1 < xml_scan_tail(s) && p[1] == '\n' ? p + 2 : p + 1);
	return give_text(s, "\n", 1, e);
}

/* Text from `from` up to what ends it, or as far as it surely is some. */
static const char *end_of_text(const char *from, const char *end, bool final, bool *wide)
{
	const char *p = from;
	for (;;) {
		p = xml_stop(p, end, wide);
		if (p == end)
			return *wide && !final ? end - cut_character(from, end) : end;
		if (*p == ']' && end - p < 3 && !final && !memchr(p, '<', (size_t)(end - p)))
			return p;
		if ((*p == ']' && (end - p < 3 || p[1] != ']' || p[2] != '>')) || *p == '\t' || *p == '\n')
			p++;
		else
			return p;
	}
}

static enum step take_text(struct xml_scan *s, bool final, struct err *e)
{
	const char *from = xml_scan_head(s);
	bool wide = false;
	const char *to = end_of_text(from, xml_scan_tail(s), final, &wide);
	if (to == from) {
		if (*from == '&')
			return take_reference(s, e);
		if (*from == '\r')
			return take_return(s, final, e);
		bool begins = *from == ']' ? xml_scan_tail(s) - from < 3 : (unsigned char)*from >= 0x80;
		return begins && !final ? SHORT : HARD;
	}
	if (wide && !xml_scan_is_text(from, (size_t)(to - from)))
		return HARD;
	xml_scan_take(s, to);
	return give_text(s, from, (size_t)(to - from), e);
}

/* ---- the document ---- */

/* <?xml version="1.0" encoding="UTF-8" standalone="yes"?> as writers write it; any other is expat's. */
static bool is_plain_declaration(struct str s)
{
	static const char *const good[] = { "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>",
		"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
		"<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>", "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
		"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>", "<?xml version='1.0' encoding='UTF-8'?>",
		"<?xml version=\"1.0\"?>" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		if (str_eq(s, str_of(good[i])))
			return true;
	}
	return false;
}

/* The byte order mark and the declaration. */
static enum step take_beginning(struct xml_scan *s, bool final)
{
	struct str rest = { xml_scan_head(s), s->n - s->at };
	if (rest.n < 5 && !final)
		return SHORT;
	if (str_starts(rest, STR("\xEF\xBB\xBF")))
		rest = str_from(rest, 3);
	if (!str_starts(rest, STR("<"))) /* blanks before it are fine where there is no declaration */
		return HARD;
	if (str_starts(rest, STR("<?"))) {
		ptrdiff_t end = str_find(rest, STR("?>"));
		if (end < 0)
			return SHORT;
		if (!is_plain_declaration(str_head(rest, (size_t)end + 2)))
			return HARD;
		s->unused += (size_t)end + 2;
		rest = str_from(rest, (size_t)end + 2);
	}
	s->begun = true;
	return xml_scan_take(s, rest.p);
}

static enum step take_outside(struct xml_scan *s)
{
	const char *p = xml_scan_head(s), *end = xml_scan_tail(s);
	while (p < end && xml_is_blank(*p))
		p++;
	if (p == xml_scan_head(s))
		return HARD;
	unused(s, (size_t)(p - xml_scan_head(s)));
	return xml_scan_take(s, p);
}

/* Elements that the handler knows by sight; false: there are none. */
static bool take_by_sight(struct xml_scan *s, enum step *step, struct err *e)
{
	unsigned elements = 0;
	ptrdiff_t n = s->handler->sight(s->arg, (struct str){ xml_scan_head(s), s->n - s->at }, &elements, e);
	s->unused_max += (uint64_t)elements * XML_UNUSED_EACH;
	s->at += n > 0 ? (size_t)n : 0;
	*step = n < 0 ? FAILED : TAKEN;
	return n != 0;
}

static enum step take_next(struct xml_scan *s, bool final, struct err *e)
{
	const char *p = xml_scan_head(s);
	if (!s->begun)
		return take_beginning(s, final);
	if (*p != '<')
		return s->depth ? take_text(s, final, e) : take_outside(s);
	enum step step;
	if (s->handler->sight && s->unprefixed == XML_SHEET && take_by_sight(s, &step, e))
		return step;
	if (xml_scan_tail(s) - p < 2)
		return SHORT;
	return p[1] == '/' ? xml_scan_end(s, e) : xml_scan_start(s, e);
}

static void add_piece(struct xml_scan *s, struct str piece)
{
	if (s->at)
		memmove(s->text, s->text + s->at, s->n - s->at);
	s->n -= s->at;
	s->at = 0;
	s->text = mem_grow(s->text, &s->cap, s->n + piece.n + XML_STOP_SLACK, 1);
	if (piece.n)
		memcpy(s->text + s->n, piece.p, piece.n);
	s->n += piece.n;
	memset(s->text + s->n, 0, XML_STOP_SLACK);
}

/* What is left of the piece has not been changed, and what was left of earlier ones is a beginning of one thing. */
static void note_places(struct xml_scan *s, struct str piece)
{
	size_t left = s->n - s->at;
	if (left <= piece.n) {
		s->place = s->after;
		xml_count(str_head(piece, piece.n - left), &s->place.line, &s->place.column);
		s->after = s->place;
		piece = str_from(piece, piece.n - left);
	}
	xml_count(piece, &s->after.line, &s->after.column);
}

enum xml_scanned xml_scan_feed(struct xml_scan *s, struct str piece, bool end, struct err *e)
{
	enum step step = TAKEN;
	add_piece(s, piece);
	while (step == TAKEN && s->at < s->n && s->unused <= s->unused_max)
		step = take_next(s, end, e);
	if (step == FAILED)
		return XML_SCAN_FAILED;
	note_places(s, piece);
	bool unfinished = end && (s->at < s->n || !s->over);
	return step == HARD || unfinished || s->n - s->at > XML_TAG_MAX ? XML_SCAN_HARD : XML_SCAN_FINE;
}

struct str xml_scan_rest(const struct xml_scan *s, struct xml_place *place)
{
	*place = s->place;
	return s->text ? (struct str){ s->text + s->at, s->n - s->at } : (struct str){ 0 };
}

void xml_scan_open(struct xml_scan *s, const struct xml_handler *handler, void *arg)
{
	*s = (struct xml_scan){ .handler = handler, .arg = arg, .unused_max = XML_UNUSED_MAX, .place = { 1, 0 },
		.after = { 1, 0 } };
}

void xml_scan_close(struct xml_scan *s)
{
	free(s->text);
	buf_release(&s->names);
	buf_release(&s->declared);
	buf_release(&s->expanded);
	*s = (struct xml_scan){ 0 };
}
