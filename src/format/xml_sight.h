/* xml_sight - what is known by sight of XML that is plain: `sight` of struct xml_handler looks with it. Whatever is not
 * exactly as expected is left to xml_scan and to expat. Private to src/format.
 */
#ifndef QONDUIT_FORMAT_XML_SIGHT_H
#define QONDUIT_FORMAT_XML_SIGHT_H

#include "qonduit/xml_read.h"

/* Text between two tags. */
struct xml_sight_text {
	struct str raw;
	bool references; /* there are some in it, each of a character that XML has */
};

/* Whether `literal` stands at *p, which is then behind it. */
static inline bool xml_sight_skip(const char **p, const char *end, struct str literal)
{
	bool there = (size_t)(end - *p) >= literal.n && memcmp(*p, literal.p, literal.n) == 0;
	*p += there ? literal.n : 0;
	return there;
}

/* The text at *p up to a <, where *p is then. False: it does not end here, or is not plain. */
bool xml_sight_text(const char **p, const char *end, struct xml_sight_text *t);
/* Hands it to `text` of a handler. 0 or -1. */
int xml_sight_tell(const struct xml_sight_text *t, int (*text)(void *arg, struct str text, struct err *e), void *arg,
	struct err *e);

#endif
