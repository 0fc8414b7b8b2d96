#include "qonduit/xml_write.h"

#include "byte_run.h"
#include "qonduit/utf8.h"

#define NOT_UTF8 UINT32_MAX

static const struct str text_escapes[256] = {
	['&'] = { "&amp;", 5 },
	['<'] = { "&lt;", 4 },
	['>'] = { "&gt;", 4 },
	['\r'] = { "&#13;", 5 },
};

static const struct str attribute_escapes[256] = {
	['&'] = { "&amp;", 5 },
	['<'] = { "&lt;", 4 },
	['>'] = { "&gt;", 4 },
	['"'] = { "&quot;", 6 },
	['\t'] = { "&#9;", 4 },
	['\n'] = { "&#10;", 5 },
	['\r'] = { "&#13;", 5 },
};

/* What stands before the first byte to be escaped; in text those are few. */
static size_t bare_length(struct str text, const struct str escapes[256])
{
	if (escapes == text_escapes)
		return byte_run_until(text, '&', '<', '>', '\r');
	size_t n = 0;
	while (n < text.n && !escapes[(unsigned char)text.p[n]].n)
		n++;
	return n;
}

static void add_escaped(struct buf *to, struct str text, const struct str escapes[256])
{
	for (;;) {
		size_t n = bare_length(text, escapes);
		buf_add(to, str_head(text, n));
		if (n == text.n)
			break;
		buf_add(to, escapes[(unsigned char)text.p[n]]);
		text = str_from(text, n + 1);
	}
}

static void end_tag(struct xml_out *w)
{
	if (w->tag)
		buf_addc(w->to, '>');
	w->tag = false;
}

static void begin_line(struct xml_out *w)
{
	if (w->begun)
		buf_addc(w->to, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		buf_add(w->to, STR("  "));
}

struct xml_out xml_out(struct buf *to)
{
	return (struct xml_out){ .to = to };
}

void xml_out_declare(struct xml_out *w)
{
	buf_add(w->to, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
	w->begun = true;
}

void xml_out_begin(struct xml_out *w, struct str name)
{
	end_tag(w);
	begin_line(w);
	buf_addc(w->to, '<');
	buf_add(w->to, name);
	w->depth++;
	w->begun = w->tag = true;
	w->text = false;
}

void xml_out_attribute(struct xml_out *w, struct str name, struct str value)
{
	buf_addc(w->to, ' ');
	buf_add(w->to, name);
	buf_add(w->to, STR("=\""));
	add_escaped(w->to, value, attribute_escapes);
	buf_addc(w->to, '"');
}

void xml_out_text(struct xml_out *w, struct str text)
{
	end_tag(w);
	add_escaped(w->to, text, text_escapes);
	w->text = true;
}

/* The bytes at the start of `text` that may stand in one section: up to a CR, or to within ]]>. */
static size_t section_length(struct str text)
{
	size_t n = 0;
	for (; (n += byte_run_until(str_from(text, n), '\r', '>', '\r', '>')) < text.n; n++) {
		if (text.p[n] == '\r' || (n >= 2 && text.p[n - 1] == ']' && text.p[n - 2] == ']'))
			break;
	}
	return n;
}

void xml_out_cdata(struct xml_out *w, struct str text)
{
	end_tag(w);
	w->text = true;
	while (text.n) {
		size_t n = section_length(text);
		if (n) {
			buf_add(w->to, STR("<![CDATA["));
			buf_add(w->to, str_head(text, n));
			buf_add(w->to, STR("]]>"));
		} else {
			buf_add(w->to, STR("&#13;"));
			n = 1;
		}
		text = str_from(text, n);
	}
}

void xml_out_end(struct xml_out *w, struct str name)
{
	bool empty = w->tag;
	w->depth--;
	if (empty) {
		buf_add(w->to, STR("/>"));
	} else {
		if (!w->text)
			begin_line(w);
		buf_add(w->to, STR("</"));
		buf_add(w->to, name);
		buf_addc(w->to, '>');
	}
	w->tag = w->text = false;
}

struct xml_out xml_out_within(struct buf *to, unsigned depth)
{
	return (struct xml_out){ .to = to, .depth = depth, .begun = true };
}

void xml_out_printed(struct xml_out *w, struct str elements)
{
	end_tag(w);
	buf_add(w->to, elements);
	w->text = false;
}

void xml_out_finish(struct xml_out *w)
{
	buf_addc(w->to, '\n');
}

static bool is_held(uint32_t c)
{
	return c >= ' ' ? c != 0xfffe && c != 0xffff && c != NOT_UTF8 : c == '\t' || c == '\n' || c == '\r';
}

bool xml_holds(struct str text, uint32_t *character, size_t *place)
{
	*place = 0;
	for (size_t at = 0, n; at < text.n; at += n) {
		n = byte_run_text(str_from(text, at));
		*place += n;
		if (n)
			continue;
		n = utf8_next(str_from(text, at), character);
		++*place;
		if (!n)
			*character = NOT_UTF8;
		if (!is_held(*character))
			return false;
	}
	return true;
}

static bool is_name_start(char c)
{
	return ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
}

static bool is_plain_name(struct str s)
{
	if (!s.n || !is_name_start(s.p[0]))
		return false;
	for (size_t i = 1; i < s.n; i++) {
		char c = s.p[i];
		if (!is_name_start(c) && !(c >= '0' && c <= '9') && c != '-' && c != '.')
			return false;
	}
	return true;
}

bool xml_is_name(struct str name)
{
	struct str local;
	struct str prefix = str_cut(name, ':', &local);
	return is_plain_name(prefix) && (!local.p || is_plain_name(local));
}
