/* Tags: names, attributes, namespaces, which elements are open. */
#include "qonduit/utf8.h"
#include "xml_scan_parts.h"

#define XML_XML "http://www.w3.org/XML/1998/namespace" /* the prefix xml, which needs no declaration */

/* ---- namespaces ---- */

static struct str prefix_of(const struct xml_scan *s, const struct xml_scan_space *d)
{
	return d->prefix_n ? (struct str){ s->declared.p + d->at, d->prefix_n } : (struct str){ 0 };
}

static struct str uri_of(const struct xml_scan *s, const struct xml_scan_space *d)
{
	return d->uri_n ? (struct str){ s->declared.p + d->at + d->prefix_n, d->uri_n } : (struct str){ 0 };
}

static const struct xml_scan_space *find_space(const struct xml_scan *s, struct str prefix)
{
	for (size_t i = s->space_count; i-- > 0;) {
		if (str_eq(prefix_of(s, &s->spaces[i]), prefix))
			return &s->spaces[i];
	}
	return NULL;
}

/* An empty prefix is the default namespace, which may be none. */
static bool declare(struct xml_scan *s, struct str prefix, struct str uri)
{
	if (s->space_count == XML_SCAN_SPACES || uri.n > XML_NAMESPACE_MAX || (uri.n == 0 && prefix.n) ||
		str_starts(prefix, STR("xml")) || (uri.n && memchr(uri.p, XML_SEPARATOR, uri.n)) || str_eq(uri, STR(XML_XML)) ||
		str_eq(uri, STR("http://www.w3.org/2000/xmlns/")))
		return false;
	s->spaces[s->space_count++] = (struct xml_scan_space){ .prefix_n = prefix.n, .uri_n = uri.n, .at = s->declared.n,
		.space = uri.n ? xml_space_of(uri) : XML_NONE };
	buf_add(&s->declared, prefix);
	buf_add(&s->declared, uri);
	if (prefix.n == 0)
		s->unprefixed = s->spaces[s->space_count - 1].space;
	return true;
}

static void forget_spaces(struct xml_scan *s, const struct xml_scan_element *outer)
{
	if (s->space_count > outer->spaces)
		s->declared.n = s->spaces[outer->spaces].at;
	s->space_count = outer->spaces;
	s->unprefixed = outer->unprefixed;
}

/* ---- start tags ---- */

struct attribute {
	char *name, *value;
	size_t name_n, value_n;
	size_t colon;          /* bytes of the prefix; 0: it has none */
	unsigned look;         /* XML_… of its bytes */
};

struct tag {
	char *name;
	size_t name_n, colon;
	struct attribute attributes[XML_SCAN_ATTRIBUTES];
	size_t count;
	bool empty;            /* <a/> */
	char *end;             /* behind it */
};

static char *skip_blanks(char *p, const char *end)
{
	while (p < end && xml_is_blank(*p))
		p++;
	return p;
}

/* A name at `*p`; *p is then behind it. */
static enum step read_name(char **p, const char *end, size_t *n, size_t *colon)
{
	char *from = *p, *at = from;
	*colon = 0;
	for (; at < end && xml_is_name(*at); at++) {
		if (*at != ':')
			continue;
		if (*colon || at == from || (at + 1 < end && !xml_begins_name(at[1])))
			return HARD;
		*colon = (size_t)(at - from);
	}
	if (at == end)
		return SHORT;
	*p = at;
	*n = (size_t)(at - from);
	return *n && xml_begins_name(*from) && from[*n - 1] != ':' ? TAKEN : HARD;
}

static enum step read_value(char **p, const char *end, struct attribute *a)
{
	char quote = **p, *at = *p + 1;
	if (quote != '"' && quote != '\'')
		return HARD;
	a->value = at;
	a->look = 0;
	for (; at < end && *at != quote; at++)
		a->look |= xml_look[(unsigned char)*at];
	if (at == end)
		return SHORT;
	a->value_n = (size_t)(at - a->value);
	*p = at + 1;
	if (a->look & (XML_ANGLE | XML_CONTROL) || (a->look & XML_WIDE && !xml_scan_is_text(a->value, a->value_n)))
		return HARD;
	return TAKEN;
}

static enum step read_attribute(struct tag *t, char **p, const char *end)
{
	if (t->count == XML_SCAN_ATTRIBUTES)
		return HARD;
	struct attribute *a = &t->attributes[t->count++];
	a->name = *p;
	enum step step = read_name(p, end, &a->name_n, &a->colon);
	if (step != TAKEN)
		return step;
	*p = skip_blanks(*p, end);
	if (*p == end)
		return SHORT;
	if (**p != '=')
		return HARD;
	*p = skip_blanks(*p + 1, end);
	return *p == end ? SHORT : read_value(p, end, a);
}

/* The tag at the head, all of it or nothing; changes no byte. */
static enum step read_tag(const struct xml_scan *s, struct tag *t)
{
	char *p = s->text + s->at + 1;
	const char *end = xml_scan_tail(s);
	t->name = p;
	t->count = 0;
	enum step step = read_name(&p, end, &t->name_n, &t->colon);
	while (step == TAKEN) {
		char *before = p;
		p = skip_blanks(p, end);
		if (p == end || (*p == '/' && p + 1 == end))
			return SHORT;
		t->empty = *p == '/';
		if (*p == '>' || t->empty) {
			t->end = p + 1 + t->empty;
			return t->end[-1] == '>' ? TAKEN : HARD;
		}
		step = p == before ? HARD : read_attribute(t, &p, end);
	}
	return step;
}

/* Resolves references and blanks in place; the text only gets shorter. */
static bool resolve(struct attribute *a)
{
	char *to = a->value, *end = a->value + a->value_n;
	if (!(a->look & (XML_AMPERSAND | XML_BREAK)))
		return true;
	for (char *p = a->value; p < end;) {
		uint32_t codepoint;
		const char *next;
		if (*p != '&') {
			*to++ = xml_is_blank(*p) ? ' ' : *p;
			p++;
			continue;
		}
		if (xml_scan_reference(p, end, &codepoint, &next) != TAKEN)
			return false;
		to += utf8_put(codepoint, to);
		p += next - p;
	}
	a->value_n = (size_t)(to - a->value);
	return true;
}

/* Whether all references of the tag are plain, before a byte is changed. */
static bool references_are_plain(const struct tag *t)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct attribute *a = &t->attributes[i];
		const char *p = a->value, *end = p + a->value_n;
		while ((a->look & XML_AMPERSAND) && (p = memchr(p, '&', (size_t)(end - p)))) {
			uint32_t codepoint;
			if (xml_scan_reference(p, end, &codepoint, &p) != TAKEN)
				return false;
		}
	}
	return true;
}

static bool is_declaration(const struct attribute *a)
{
	return a->name_n >= 5 && memcmp(a->name, "xmlns", 5) == 0 && (a->name_n == 5 || a->name[5] == ':');
}

/* No two attributes have one name. Two with prefixes and the same local part may be one. */
static bool names_differ(const struct tag *t)
{
	for (size_t i = 1; i < t->count; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct attribute *a = &t->attributes[i], *b = &t->attributes[j];
			size_t from = a->colon && b->colon ? a->colon : 0, other = a->colon && b->colon ? b->colon : 0;
			if (a->name_n - from == b->name_n - other &&
				memcmp(a->name + from, b->name + other, a->name_n - from) == 0 &&
				(!is_declaration(a) || a->name_n == b->name_n))
				return false;
		}
	}
	return true;
}

static bool declare_all(struct xml_scan *s, struct tag *t)
{
	for (size_t i = 0; i < t->count; i++) {
		struct attribute *a = &t->attributes[i];
		if (!is_declaration(a))
			continue;
		size_t prefix = a->name_n == 5 ? 5 : 6;
		if (a->look & (XML_AMPERSAND | XML_BREAK) ||
			!declare(s, (struct str){ a->name + prefix, a->name_n - prefix }, (struct str){ a->value, a->value_n }))
			return false;
	}
	return true;
}

/* Names of attributes with a prefix become URI, separator, local part. */
static bool expand_all(struct xml_scan *s, struct tag *t)
{
	buf_clear(&s->expanded);
	for (size_t i = 0; i < t->count; i++) {
		struct attribute *a = &t->attributes[i];
		if (!a->colon || is_declaration(a))
			continue;
		struct str prefix = { a->name, a->colon };
		const struct xml_scan_space *d = find_space(s, prefix);
		if (!d && !str_eq(prefix, STR("xml")))
			return false;
		buf_add(&s->expanded, d ? uri_of(s, d) : STR(XML_XML));
		buf_addc(&s->expanded, XML_SEPARATOR);
		buf_add(&s->expanded, (struct str){ a->name + a->colon + 1, a->name_n - a->colon - 1 });
		buf_addc(&s->expanded, '\0');
	}
	return true;
}

/* Names and values in turns, each with a NUL behind it; the bytes of the tag are overwritten. */
static void list_attributes(struct xml_scan *s, struct tag *t, const char **list)
{
	const char *expanded = s->expanded.p;
	size_t n = 0;
	for (size_t i = 0; i < t->count; i++) {
		struct attribute *a = &t->attributes[i];
		if (is_declaration(a))
			continue;
		resolve(a);
		a->name[a->name_n] = '\0';
		a->value[a->value_n] = '\0';
		list[n++] = a->colon ? expanded : a->name;
		list[n++] = a->value;
		if (a->colon)
			expanded += strlen(expanded) + 1;
	}
	list[n] = NULL;
}

/* ---- elements ---- */

static void push(struct xml_scan *s, const struct tag *t, const struct xml_scan_element *outer, enum xml_space space)
{
	struct xml_scan_element *el = &s->open[s->depth++];
	*el = *outer;
	el->name = s->names.n;
	el->name_n = t->name_n;
	el->local = s->names.n + (t->colon ? t->colon + 1 : 0);
	el->space = space;
	buf_add(&s->names, (struct str){ t->name, t->name_n });
	buf_addc(&s->names, '\0');
}

static enum step end_element(struct xml_scan *s, struct err *e)
{
	const struct xml_scan_element *el = &s->open[s->depth - 1];
	struct xml_name name = { el->space, s->names.p + el->local };
	int result = s->handler->end ? s->handler->end(s->arg, name, e) : 0;
	s->names.n = el->name;
	s->depth--;
	s->over = s->depth == 0;
	forget_spaces(s, el);
	return result ? FAILED : TAKEN;
}

static enum step begin_element(struct xml_scan *s, struct tag *t, enum xml_space space, struct err *e)
{
	const char *list[2 * XML_SCAN_ATTRIBUTES + 1];
	list_attributes(s, t, list);
	struct xml_name name = { space, s->names.p + s->open[s->depth - 1].local };
	s->unused_max += XML_UNUSED_EACH;
	xml_scan_take(s, t->end);
	if (s->handler->start && s->handler->start(s->arg, name, list, e))
		return FAILED;
	return t->empty ? end_element(s, e) : TAKEN;
}

enum step xml_scan_start(struct xml_scan *s, struct err *e)
{
	struct tag t;
	enum step step = read_tag(s, &t);
	if (step != TAKEN)
		return step;
	struct xml_scan_element outer = { .spaces = s->space_count, .unprefixed = s->unprefixed };
	if (s->over || s->depth == XML_DEPTH_MAX || (size_t)(t.end - xml_scan_head(s)) > XML_TAG_MAX || !names_differ(&t) ||
		!references_are_plain(&t))
		return HARD;
	const struct xml_scan_space *d = NULL;
	bool fine = declare_all(s, &t) && expand_all(s, &t);
	if (fine && t.colon) {
		d = find_space(s, (struct str){ t.name, t.colon });
		fine = d != NULL;
	}
	if (!fine) {
		forget_spaces(s, &outer);
		return HARD;
	}
	push(s, &t, &outer, d ? d->space : s->unprefixed);
	return begin_element(s, &t, d ? d->space : s->unprefixed, e);
}

enum step xml_scan_end(struct xml_scan *s, struct err *e)
{
	const char *p = xml_scan_head(s) + 2, *end = xml_scan_tail(s);
	if (s->depth == 0)
		return HARD;
	const struct xml_scan_element *el = &s->open[s->depth - 1];
	if ((size_t)(end - p) <= el->name_n)
		return SHORT;
	if (memcmp(p, s->names.p + el->name, el->name_n) != 0)
		return HARD;
	for (p += el->name_n; p < end && xml_is_blank(*p); p++)
		;
	if (p == end)
		return SHORT;
	if (*p != '>')
		return HARD;
	xml_scan_take(s, p + 1);
	return end_element(s, e);
}

/* ---- for another reader ---- */

static void replay_spaces(const struct xml_scan *s, size_t from, size_t to, struct buf *out)
{
	for (size_t i = from; i < to; i++) {
		const struct xml_scan_space *d = &s->spaces[i];
		bool single = str_find(uri_of(s, d), STR("\"")) >= 0;
		buf_add(out, d->prefix_n ? STR(" xmlns:") : STR(" xmlns"));
		buf_add(out, prefix_of(s, d));
		buf_add(out, single ? STR("='") : STR("=\""));
		buf_add(out, uri_of(s, d));
		buf_addc(out, single ? '\'' : '"');
	}
}

void xml_scan_replay(const struct xml_scan *s, struct buf *to)
{
	if (s->begun)
		buf_add(to, STR("<?xml version='1.0'?>")); /* no byte order mark and no other declaration may follow */
	if (s->over)
		buf_add(to, STR("<over/>"));
	for (unsigned i = 0; i < s->depth; i++) {
		buf_addc(to, '<');
		buf_add(to, (struct str){ s->names.p + s->open[i].name, s->open[i].name_n });
		replay_spaces(s, s->open[i].spaces, i + 1 < s->depth ? s->open[i + 1].spaces : s->space_count, to);
		buf_addc(to, '>');
	}
}
