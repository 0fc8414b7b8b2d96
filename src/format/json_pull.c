/* Tokens. What a piece holds whole is judged where it stands; what its end cuts is gathered first, by the same rules.
 */
#include "json_pull_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "qonduit/utf8.h"

/* ---- the text ---- */

bool json_pull_refill(struct json_pull *p)
{
	struct str piece = { 0 };
	if (p->ended)
		return false;
	if (p->input.next(p->input.arg, &piece, &p->fault))
		err_set(&p->fault, ERR_INPUT, "json.unreadable", "the text cannot be read");
	p->ended = piece.n == 0 || p->fault.class;
	if (p->fault.class && !p->fault.line) {
		struct json_place at = json_pull_place_of(p, p->end_at);
		err_at_line(&p->fault, at.line, at.col);
	}
	if (p->ended)
		return false;
	p->p = piece.p;
	p->end = piece.p + piece.n;
	p->end_at += piece.n;
	return true;
}

static const char *spaces_end(const char *p, const char *end)
{
	for (; end - p >= 8; p += 8) {
		uint64_t other;
		memcpy(&other, p, 8);
		other = le64toh(other) ^ JSON_EACH(' ');
		if (other)
			return p + __builtin_ctzll(other) / 8;
	}
	while (p < end && *p == ' ')
		p++;
	return p;
}

int json_pull_blanks(struct json_pull *p)
{
	const char *at = p->p, *end = p->end;
	int c = -1;
	for (; at < end; at++) {
		c = (unsigned char)*at;
		if (c == '\n') {
			p->line++;
			p->line_at = p->end_at - (uint64_t)(end - at) + 1;
			at = spaces_end(at + 1, end) - 1;
		} else if (c != ' ' && c != '\t' && c != '\r') {
			break;
		}
	}
	p->p = at;
	return at < end ? c : -1;
}

/* The byte that comes next but for white space, or -1 at the end of the text, or where it cannot be read. */
static inline int look(struct json_pull *p)
{
	if (p->p < p->end && (unsigned char)*p->p > ' ')
		return (unsigned char)*p->p;
	int c;
	do {
		c = json_pull_blanks(p);
	} while (c < 0 && json_pull_refill(p));
	return c;
}

static inline int look_behind(struct json_pull *p)
{
	p->p++;
	return look(p);
}

/* ---- faults ---- */

int json_pull_fail(struct json_pull *p, struct json_place at, const char *code, const char *format, ...)
{
	if (p->fault.class)
		return -1;
	va_list args;
	char message[2 * sizeof p->fault.message]; /* so that it is err_set that cuts it */
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	err_set(&p->fault, ERR_INPUT, code, "%s", message);
	err_at_line(&p->fault, at.line, at.col);
	return -1;
}

int json_pull_failed(const struct json_pull *p, struct err *e)
{
	if (e->class == ERR_NONE)
		*e = p->fault;
	return -1;
}

int json_pull_too_long(struct json_pull *p, const char *kind)
{
	return json_pull_fail(p, p->place, "json.too_long", "expected a %s of at most %zu MiB, found a longer one", kind,
		JSON_PULL_TOKEN >> 20);
}

int json_pull_unclosed(struct json_pull *p, const char *what, const char *kind, struct json_place from)
{
	return json_pull_fail(p, json_pull_place_of(p, json_pull_offset(p)), "json.unclosed",
		"expected %s, found the end of the text: the %s that begins in line %llu, column %u, is not closed", what, kind,
		(unsigned long long)from.line, (unsigned)from.col);
}

static int refuse(struct json_pull *p, struct json_place at, const char *what, struct str found)
{
	struct buf b;
	buf_init(&b, 0);
	buf_printf(&b, "expected %s, found ", what);
	json_describe(found, &b);
	json_pull_fail(p, at, "json.syntax", "%s", buf_text(&b));
	buf_release(&b);
	return -1;
}

/* Another byte may change how these are described. */
static bool is_open(struct str s)
{
	uint32_t codepoint;
	if (s.n == 0)
		return true;
	if (json_is_word(s.p[0]))
		return json_is_word(s.p[s.n - 1]) && s.n < JSON_DESCRIBED;
	if (s.p[0] == '/')
		return s.n < 2;
	return s.n < 4 && utf8_next(s, &codepoint) == 0;
}

int json_pull_expected(struct json_pull *p, const char *what)
{
	struct json_place at = json_pull_place_of(p, json_pull_offset(p));
	char seen[JSON_DESCRIBED];
	struct str found = { seen, 0 };
	while (is_open(found) && (p->p < p->end || json_pull_refill(p)))
		seen[found.n++] = *p->p++;
	if (found.n || p->depth == 0)
		return refuse(p, at, what, found);
	const struct json_level *open = &p->levels[p->depth - 1];
	return json_pull_unclosed(p, what, open->object ? "object" : "array", open->at);
}

/* ---- words and numbers ---- */

/* A word goes into the buf, or its first `most` bytes. */
static struct str take_word(struct json_pull *p, size_t most)
{
	buf_clear(&p->buf);
	do {
		const char *from = p->p;
		while (p->p < p->end && json_is_word(*p->p) && p->buf.n + (size_t)(p->p - from) < most)
			p->p++;
		buf_add(&p->buf, (struct str){ from, (size_t)(p->p - from) });
	} while (p->p == p->end && json_pull_refill(p));
	return buf_str(&p->buf);
}

static int take_literal(struct json_pull *p, struct str word)
{
	const char *to = json_word_end(p->p, p->end, word);
	if (to) {
		p->p = to;
		return 0;
	}
	struct str found = take_word(p, JSON_DESCRIBED);
	return str_eq(found, word) && !p->fault.class ? 0 : refuse(p, p->place, "a value", found);
}

static bool is_digit(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

static const char *digits_end(const char *p, const char *end)
{
	for (; end - p >= 8; p += 8) {
		uint64_t word;
		memcpy(&word, p, 8);
		word = le64toh(word) ^ JSON_EACH('0'); /* digits are 0 to 9 then: adding 0x76 leaves their highest bit */
		uint64_t found = (word | (word + JSON_EACH(0x76))) & JSON_EACH(0x80);
		if (found)
			return p + __builtin_ctzll(found) / 8;
	}
	while (is_digit(p, end))
		p++;
	return p;
}

const char *json_number_end(const char *p, const char *end)
{
	if (p < end && *p == '-')
		p++;
	if (!is_digit(p, end))
		return NULL;
	p = *p == '0' ? p + 1 : digits_end(p, end);
	if (p < end && *p == '.') {
		if (!is_digit(++p, end))
			return NULL;
		p = digits_end(p, end);
	}
	if (p < end && (*p | 32) == 'e') {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		if (!is_digit(p, end))
			return NULL;
		p = digits_end(p, end);
	}
	return p;
}

static int take_number(struct json_pull *p)
{
	const char *to = json_number_end(p->p, p->end);
	if (to && to < p->end && !json_is_word(*to) && (size_t)(to - p->p) <= JSON_PULL_TOKEN) {
		p->text = (struct str){ p->p, (size_t)(to - p->p) };
		p->p = to;
		return 0;
	}
	p->text = take_word(p, JSON_PULL_TOKEN + 1);
	if (p->text.n > JSON_PULL_TOKEN)
		return json_pull_too_long(p, "number");
	if (p->fault.class)
		return -1;
	const char *end = p->text.p + p->text.n;
	if (json_number_end(p->text.p, end) == end)
		return 0;
	return refuse(p, p->place, "a number as JSON writes them (10, -0.5, 1e3)", p->text);
}

/* ---- tokens ---- */

static void begin(struct json_pull *p, enum json_token token)
{
	p->token = token;
	p->token_at = json_pull_offset(p);
	p->place = json_pull_place_of(p, p->token_at);
}

static int take_open(struct json_pull *p, bool object)
{
	begin(p, object ? JSON_PULL_OBJECT : JSON_PULL_ARRAY);
	if (p->depth == JSON_PULL_DEPTH)
		return json_pull_fail(p, p->place, "json.depth", "expected at most %d levels of nesting, found more",
			JSON_PULL_DEPTH);
	json_pull_push(p, object);
	return 0;
}

static int take_close(struct json_pull *p)
{
	begin(p, p->in_object ? JSON_PULL_END_OBJECT : JSON_PULL_END_ARRAY);
	json_pull_pop(p);
	return 0;
}

/* A value that begins with `c`. */
static inline int take_value(struct json_pull *p, int c)
{
	int result;
	switch (c) {
	case '{':
	case '[':
		return take_open(p, c == '{');
	case '"':
		begin(p, JSON_PULL_STRING);
		result = json_pull_string(p);
		break;
	case 't':
		begin(p, JSON_PULL_TRUE);
		result = take_literal(p, STR("true"));
		break;
	case 'f':
		begin(p, JSON_PULL_FALSE);
		result = take_literal(p, STR("false"));
		break;
	case 'n':
		begin(p, JSON_PULL_NULL);
		result = take_literal(p, STR("null"));
		break;
	default:
		if ((c < '0' || c > '9') && c != '-' && c != '+' && c != '.')
			return json_pull_expected(p, "a value");
		begin(p, JSON_PULL_NUMBER);
		result = take_number(p);
	}
	json_pull_await_next(p);
	return result;
}

static inline int take_key(struct json_pull *p, int c)
{
	if (c != '"' && p->awaited == JSON_AWAITS_FIRST)
		return json_pull_expected(p, "a key in double quotes or \"}\"");
	if (c != '"')
		return json_pull_expected(p, "a key in double quotes");
	begin(p, JSON_PULL_KEY);
	p->awaited = JSON_AWAITS_COLON;
	return json_pull_string(p);
}

static inline int take_child(struct json_pull *p, int c)
{
	return p->in_object ? take_key(p, c) : take_value(p, c);
}

static int take_end(struct json_pull *p)
{
	begin(p, JSON_PULL_END);
	return p->fault.class ? -1 : 0;
}

/* Behind the document. */
static int refuse_more(struct json_pull *p, int c)
{
	static const char what[] = "the end of the text behind the document";
	if (c != '{' && c != '[')
		return json_pull_expected(p, what);
	begin(p, JSON_PULL_END);
	return json_pull_fail(p, p->place, "json.syntax", "expected %s, found a second one", what);
}

static inline int take_token(struct json_pull *p)
{
	int c = look(p);
	char close = p->in_object ? '}' : ']';
	p->text = (struct str){ 0 };
	switch (p->awaited) {
	case JSON_AWAITS_DOCUMENT:
		return c < 0 && p->input.many ? take_end(p) : take_value(p, c);
	case JSON_AWAITS_END:
		return c < 0 ? take_end(p) : refuse_more(p, c);
	case JSON_AWAITS_FIRST:
		return c == close ? take_close(p) : take_child(p, c);
	case JSON_AWAITS_COLON:
		return c == ':' ? take_value(p, look_behind(p)) : json_pull_expected(p, "\":\" behind the key");
	case JSON_AWAITS_COMMA:
		if (c == close)
			return take_close(p);
		if (c != ',')
			return json_pull_expected(p, p->in_object ? "\",\" or \"}\"" : "\",\" or \"]\"");
		return take_child(p, look_behind(p));
	}
	return -1;
}

int json_pull_next(struct json_pull *p, enum json_token *token, struct err *e)
{
	if (p->fault.class || take_token(p))
		return json_pull_failed(p, e);
	*token = p->token;
	return 0;
}

const char *json_token_name(enum json_token token)
{
	static const char *const names[] = {
		[JSON_PULL_OBJECT] = "an object", [JSON_PULL_ARRAY] = "an array", [JSON_PULL_STRING] = "a text",
		[JSON_PULL_NUMBER] = "a number", [JSON_PULL_TRUE] = "a boolean", [JSON_PULL_FALSE] = "a boolean",
		[JSON_PULL_NULL] = "null",
	};
	return (size_t)token < sizeof names / sizeof *names && names[token] ? names[token] : "nothing";
}

struct str json_pull_text(const struct json_pull *p)
{
	return p->text;
}

void json_pull_place(const struct json_pull *p, uint64_t *line, uint32_t *col)
{
	*line = p->place.line;
	*col = p->place.col;
}

void json_pull_span(const struct json_pull *p, uint64_t *from, uint64_t *to)
{
	*from = p->token_at;
	*to = json_pull_offset(p);
}

unsigned json_pull_depth(const struct json_pull *p)
{
	return p->depth;
}

int json_pull_whole(void *arg, struct str *piece, struct err *e)
{
	struct str *text = arg;
	*piece = *text;
	*text = (struct str){ 0 };
	return 0;
}

struct json_pull *json_pull_open(const struct json_pull_input *input)
{
	struct json_pull *p = mem_alloc(sizeof *p);
	*p = (struct json_pull){ .input = *input, .line = 1, .p = "", .end = "" };
	p->end = p->p;
	return p;
}

void json_pull_close(struct json_pull *p)
{
	if (p)
		buf_release(&p->buf);
	free(p);
}
