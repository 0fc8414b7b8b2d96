#include "qonduit/json_write.h"

#include "qonduit/traits.h"

/* Length of what stands at the start and needs no escape. */
static size_t bare_run(struct str s)
{
	size_t n = 0;
	while (n < s.n && (unsigned char)s.p[n] >= 0x20 && s.p[n] != '"' && s.p[n] != '\\')
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
	char digits[20];
	size_t at = sizeof digits;
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	separate(w);
	do
		digits[--at] = (char)('0' + left % 10);
	while (left /= 10);
	if (value < 0)
		digits[--at] = '-';
	buf_add(w->to, (struct str){ digits + at, sizeof digits - at });
}

void json_bool(struct json_out *w, bool value)
{
	json_raw(w, value ? STR("true") : STR("false"));
}

/* Piece by piece, up to the ceiling. */
static void escape_full(struct buf *to, struct str value)
{
	buf_addc(to, '"');
	while (value.n) {
		size_t n = bare_run(value);
		buf_add(to, str_head(value, n));
		if (n < value.n)
			add_escape(to, (unsigned char)value.p[n++]);
		value = str_from(value, n);
	}
	buf_addc(to, '"');
}

void json_escape(struct buf *to, struct str value)
{
	if (to->cap - to->n < value.n + 2 && !buf_room(to, value.n + 2)) {
		escape_full(to, value);
		return;
	}
	to->p[to->n++] = '"';
	for (;;) {
		size_t n = text_copy_bare(to->p + to->n, value);
		to->n += n;
		if (n == value.n)
			break;
		add_escape(to, (unsigned char)value.p[n]);
		value = str_from(value, n + 1);
		if (to->cap - to->n < value.n + 1 && !buf_room(to, value.n + 1))
			return;
	}
	buf_addc(to, '"');
}

void json_member_open(struct json_out *w, const char *key, char brace)
{
	json_key(w, str_of(key));
	json_open(w, brace);
}

void json_member_string(struct json_out *w, const char *key, struct str value)
{
	json_key(w, str_of(key));
	json_string(w, value);
}

void json_member_int(struct json_out *w, const char *key, int64_t value)
{
	json_key(w, str_of(key));
	json_int(w, value);
}

void json_member_bool(struct json_out *w, const char *key, bool value)
{
	json_key(w, str_of(key));
	json_bool(w, value);
}
