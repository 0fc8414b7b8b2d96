/* xml_scan_parts - what the files of the scanner share: xml_scan.c reads text and the document around it,
 * xml_scan_tag.c tags. Private to src/format.
 */
#ifndef QONDUIT_FORMAT_XML_SCAN_PARTS_H
#define QONDUIT_FORMAT_XML_SCAN_PARTS_H

#include "xml_scan.h"
#include "xml_scan_bytes.h"

enum step { TAKEN, SHORT, HARD, FAILED }; /* SHORT: more bytes are needed */

static inline const char *xml_scan_head(const struct xml_scan *s)
{
	return s->text + s->at;
}

static inline const char *xml_scan_tail(const struct xml_scan *s)
{
	return s->text + s->n;
}

static inline enum step xml_scan_take(struct xml_scan *s, const char *to)
{
	s->at = (size_t)(to - s->text);
	return TAKEN;
}

/* Whether it is UTF-8 of characters that XML has. */
bool xml_scan_is_text(const char *p, size_t n);
/* &amp; &#9; &#x20AC; at `p`: the character, and in *to what follows. */
enum step xml_scan_reference(const char *p, const char *end, uint32_t *codepoint, const char **to);

/* The tag at the head. */
enum step xml_scan_start(struct xml_scan *s, struct err *e);
enum step xml_scan_end(struct xml_scan *s, struct err *e);

#endif
