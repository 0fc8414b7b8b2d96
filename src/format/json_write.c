#include "qonduit/json_write.h"

#define EACH_BYTE(value) (UINT64_MAX / 255 * (value))

static bool must_escape(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\';
}

/* Exact over the whole word: the high bit of some byte is set where a byte is below `limit` (at most 128). */
static uint64_t bytes_below(uint64_t word, uint64_t limit)
{
	return (word - EACH_BYTE(limit)) & ~word & EACH_BYTE(0x80);
}

/* Whether one of the eight bytes must be escaped. */
static bool word_must_escape(const char *p)
{
	uint64_t word;
	memcpy(&word, p, 8);
	return (bytes_below(word, 0x20) | bytes_below(word ^ EACH_BYTE('"'), 1) |
		bytes_below(word ^ EACH_BYTE('\\'), 1)) != 0;
}

/* Length of what stands at the start and needs no escape. */
static size_t plain_run(struct str s)
{
	size_t n = 0;
	while (s.n - n >= 8 && !word_must_escape(s.p + n))
		n += 8;
	if (s.n - n < 8 && s.n >= 8 && !word_must_escape(s.p + s.n - 8))
		return s.n;
	while (n < s.n && !must_escape((unsigned char)s.p[n]))
		n++;
	return n;
}

static void add_escape(struct buf *to, unsigned char c)
{
	static const char shorts[] = {
		['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\'
	};
	static const char digits[] = "0123456789abcdef";
	if (shorts[c])
		buf_add(to, (struct str){ (char[]){ '\\', shorts[c] }, 2 });
	else
		buf_add(to, (struct str){ (char[]){ '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] }, 6 });
}

static void separate(struct json_out *w)
{
	if (w->comma)
		buf_addc(w->to, ',');
	w->comma = true;
}

struct json_out json_out(struct buf *to)
{
	return (struct json_out){ .to = to };
}

void json_open(struct json_out *w, char brace)
{
	separate(w);
	buf_addc(w->to, brace);
	w->comma = false;
}

void json_close(struct json_out *w, char brace)
{
	buf_addc(w->to, brace);
	w->comma = true;
}

void json_key(struct json_out *w, struct str key)
{
	json_string(w, key);
	buf_addc(w->to, ':');
	w->comma = false;
}

void json_string(struct json_out *w, struct str value)
{
	separate(w);
	json_escape(w->to, value);
}

void json_raw(struct json_out *w, struct str value)
{
	separate(w);
	buf_add(w->to, value);
}

void json_int(struct json_out *w, int64_t value)
{
	separate(w);
	buf_printf(w->to, "%lld", (long long)value);
}

void json_bool(struct json_out *w, bool value)
{
	json_raw(w, value ? STR("true") : STR("false"));
}

void json_escape(struct buf *to, struct str value)
{
	if (to->cap - to->n < value.n + 2)
		buf_room(to, value.n + 2);
	buf_addc(to, '"');
	while (value.n) {
		size_t n = plain_run(value);
		buf_add(to, str_head(value, n));
		if (n < value.n)
			add_escape(to, (unsigned char)value.p[n++]);
		value = str_from(value, n);
	}
	buf_addc(to, '"');
}
