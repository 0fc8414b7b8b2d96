#include "xml_sight.h"

#include "qonduit/utf8.h"
#include "xml_scan_parts.h"

/* Behind the byte at `p`, which ended a run of text without being a <; null: it is not for us to judge. */
static const char *pass(const char *p, const char *end, bool *references)
{
	uint32_t codepoint;
	switch (*p) {
	case '&':
		*references = true;
		return xml_scan_reference(p, end, &codepoint, &p) == TAKEN ? p : NULL;
	case ']':
		return p[1] == ']' ? NULL : p + 1;
	case '\t':
	case '\n':
		return p + 1;
	default:
		return NULL;
	}
}

bool xml_sight_text(const char **p, const char *end, struct xml_sight_text *t)
{
	const char *from = *p, *to = from;
	bool wide = false;
	t->references = false;
	while ((to = xml_stop(to, end, &wide)) < end && *to != '<') {
		to = pass(to, end, &t->references);
		if (!to)
			return false;
	}
	t->raw = (struct str){ from, (size_t)(to - from) };
	*p = to;
	return to < end && (!wide || xml_scan_is_text(from, t->raw.n));
}

int xml_sight_tell(const struct xml_sight_text *t, int (*text)(void *arg, struct str text, struct err *e), void *arg,
	struct err *e)
{
	const char *p = t->raw.p, *end = p + t->raw.n, *at;
	while (t->references && (at = memchr(p, '&', (size_t)(end - p)))) {
		uint32_t codepoint = 0;
		char bytes[4];
		if (at > p && text(arg, (struct str){ p, (size_t)(at - p) }, e))
			return -1;
		xml_scan_reference(at, end, &codepoint, &p);
		if (text(arg, (struct str){ bytes, utf8_put(codepoint, bytes) }, e))
			return -1;
	}
	return p < end && text(arg, (struct str){ p, (size_t)(end - p) }, e) ? -1 : 0;
}
