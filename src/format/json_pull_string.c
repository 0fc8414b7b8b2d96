/* Between quotes. A string that lies whole in the piece, without escapes, is a slice of it; any other is put together
 * in the buf, run by run: what stands between two of escape, quote and piece's end.
 */
#include "json_pull_parts.h"

#include "qonduit/utf8.h"

const char json_escapes[256] = { ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n',
	['r'] = '\r', ['t'] = '\t' };

const char *json_run_end(const char *p, const char *end)
{
	for (p = json_plain_end(p, end); p < end && (unsigned char)*p >= 0x80; p = json_plain_end(p, end)) {
		while (p < end && (unsigned char)*p >= 0x80)
			p++;
	}
	return p;
}

size_t json_continuations(struct str s)
{
	size_t n = 0, i = 0;
	for (; s.n - i >= 8; i += 8) {
		uint64_t word;
		memcpy(&word, s.p + i, 8);
		n += (((word & ~(word << 1)) >> 7 & JSON_EACH(0x01)) * JSON_EACH(0x01)) >> 56;
	}
	for (; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) == 0x80;
	return n;
}

/* At the end of the text. */
static int unclosed(struct json_pull *p)
{
	return json_pull_unclosed(p, "a \" that ends the string", "string", p->place);
}

static int bad_escape(struct json_pull *p, struct json_place at)
{
	return json_pull_fail(p, at, "json.syntax", "%s", JSON_BAD_ESCAPE);
}

static int refuse_byte(struct json_pull *p, size_t at)
{
	return json_pull_fail(p, json_pull_place_of(p, json_pull_offset(p) - (p->buf.n - at)), "json.syntax",
		"expected UTF-8, found the byte 0x%02X", (unsigned)(unsigned char)p->buf.p[at]);
}

/* The run that ends at `to` goes into the buf; p->p is then behind it. A fault less than four bytes before the piece's
 * end may be a character that goes on in the next piece. */
static int take_run(struct json_pull *p, const char *to, bool may_go_on)
{
	struct str run = str_head((struct str){ p->p, (size_t)(to - p->p) }, JSON_PULL_TOKEN + 4 - p->buf.n);
	buf_add(&p->buf, run);
	p->p += run.n;
	struct str fresh = str_from(buf_str(&p->buf), p->checked);
	size_t valid = utf8_invalid_at(fresh);
	p->line_at += json_continuations(str_head(fresh, valid));
	p->checked += valid;
	if (p->checked > JSON_PULL_TOKEN)
		return json_pull_too_long(p, "string");
	bool cut = may_go_on && p->buf.n - p->checked < 4;
	return cut || p->checked == p->buf.n ? 0 : refuse_byte(p, p->checked);
}

/* The next byte of an escape, or -1. */
static int next_byte(struct json_pull *p)
{
	if (p->p == p->end && !json_pull_refill(p))
		return unclosed(p);
	return (unsigned char)*p->p++;
}

/* The digits behind "\u", or -1. */
static int32_t take_unit(struct json_pull *p)
{
	int32_t value = 0;
	for (int i = 0; i < 4; i++) {
		int digit = str_hex(next_byte(p));
		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* The second half of a surrogate pair with its "\u", or -1. */
static int32_t take_low_half(struct json_pull *p)
{
	int32_t unit = next_byte(p) == '\\' && next_byte(p) == 'u' ? take_unit(p) : -1;
	return (unit & ~0x3ff) == 0xdc00 ? unit : -1;
}

/* A character by its code, in one or two units; "\u" is taken. */
static int take_codepoint(struct json_pull *p, struct json_place at)
{
	int32_t unit = take_unit(p);
	if (unit < 0)
		return bad_escape(p, at);
	uint32_t codepoint = (uint32_t)unit;
	if ((unit & 0xf800) == 0xd800) {
		int32_t low = unit < 0xdc00 ? take_low_half(p) : -1;
		if (low < 0)
			return json_pull_fail(p, at, "json.syntax", "%s", JSON_HALF_PAIR);
		codepoint = 0x10000 + ((codepoint & 0x3ff) << 10) + ((uint32_t)low & 0x3ff);
	}
	char text[4];
	buf_add(&p->buf, (struct str){ text, utf8_put(codepoint, text) });
	return 0;
}

static int take_escape(struct json_pull *p)
{
	struct json_place at = json_pull_place_of(p, json_pull_offset(p));
	p->p++;
	int c = next_byte(p);
	if (c == 'u') {
		if (take_codepoint(p, at))
			return -1;
	} else if (c >= 0 && json_escapes[c]) {
		buf_addc(&p->buf, json_escapes[c]);
	} else {
		return bad_escape(p, at);
	}
	p->checked = p->buf.n;
	return 0;
}

/* Of the first run the end is known. */
static int take_runs(struct json_pull *p, const char *to)
{
	buf_clear(&p->buf);
	p->checked = 0;
	for (;; to = json_run_end(p->p, p->end)) {
		if (take_run(p, to, to == p->end && !p->ended))
			return -1;
		if (p->p == p->end) {
			if (json_pull_refill(p) || p->checked < p->buf.n)
				continue;
			return unclosed(p);
		}
		if (*p->p == '"')
			return 0;
		if (*p->p == '\n' || *p->p == '\r')
			return json_pull_expected(p, "a \" that ends the string");
		if (*p->p != '\\')
			return json_pull_expected(p, "an escape such as \\t or \\u0001");
		if (take_escape(p))
			return -1;
	}
}

int json_pull_other_string(struct json_pull *p, const char *to)
{
	to = json_run_end(to, p->end);
	struct str whole = { p->p, (size_t)(to - p->p) };
	if (to < p->end && *to == '"' && whole.n <= JSON_PULL_TOKEN && utf8_invalid_at(whole) == whole.n) {
		p->text = whole;
		p->line_at += json_continuations(whole);
		p->p = to + 1;
		return 0;
	}
	if (take_runs(p, to))
		return -1;
	p->text = buf_str(&p->buf);
	p->p++;
	return 0;
}
