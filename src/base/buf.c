#include "qonduit/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "qonduit/arena.h"
#include "qonduit/utf8.h"

/* A control character: ASCII's, or U+0080 to U+009F, which some terminals obey too. */
static bool is_control(uint32_t codepoint)
{
	return codepoint < 0x20 || (codepoint >= 0x7f && codepoint < 0xa0);
}

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_release(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ .max = b->max };
}

bool buf_room(struct buf *b, size_t more)
{
	size_t ceiling = b->max ? b->max : PTRDIFF_MAX - 1;
	if (more > ceiling - b->n) {
		b->full = true;
		return false;
	}
	if (more <= b->cap - b->n)
		return true;
	size_t cap = b->cap < 128 ? 256 : b->cap > ceiling / 2 ? ceiling : b->cap * 2;
	if (cap < b->n + more)
		cap = b->n + more;
	if (cap > ceiling)
		cap = ceiling;
	b->p = mem_resize(b->p, cap + 1); /* one more for buf_text and buf_printf */
	b->cap = cap;
	return true;
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = b->p ? vsnprintf(b->p + b->n, b->cap - b->n + 1, format, args) : vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n <= 0)
		return;
	if (!b->p || (size_t)n > b->cap - b->n) {
		if (!buf_room(b, (size_t)n))
			return;
		va_start(args, format);
		vsnprintf(b->p + b->n, (size_t)n + 1, format, args);
		va_end(args);
	}
	b->n += (size_t)n;
}

static size_t plain_head(struct str s)
{
	size_t n = 0;
	while (n < s.n && s.p[n] >= ' ' && s.p[n] <= '~')
		n++;
	return n;
}

void buf_add_visible(struct buf *b, struct str s)
{
	uint32_t codepoint;
	for (size_t n; s.n; s = str_from(s, n)) {
		n = plain_head(s);
		if (n) {
			buf_add(b, str_head(s, n));
			continue;
		}
		n = utf8_next(s, &codepoint);
		if (n && !is_control(codepoint)) {
			buf_add(b, str_head(s, n));
			continue;
		}
		n = n ? n : 1;
		for (size_t i = 0; i < n; i++)
			buf_printf(b, "\\x%02x", (unsigned)(unsigned char)s.p[i]);
	}
}

void buf_add_percent(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
			c == '.' || c == '_' || c == '~';
		if (plain)
			buf_addc(b, c);
		else
			buf_printf(b, "%%%02X", (unsigned)(unsigned char)c);
	}
}

const char *buf_text(struct buf *b)
{
	if (!b->p)
		return "";
	b->p[b->n] = '\0';
	return b->p;
}
