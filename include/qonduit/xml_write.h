/* xml_write - XML 1.0 text into a buf, an element a line, indented by its depth.
 *
 *     struct xml_out w = xml_out(&buf);
 *     xml_out_begin(&w, STR("item")); xml_out_attribute(&w, STR("id"), id); xml_out_text(&w, title);
 *     xml_out_end(&w, STR("item"));
 *
 * The buf may be emptied between any two calls: what was written is not looked at again. No library: a writer is the
 * few escapes below, for which libxml2 (the one that streams) would be another dependency.
 *
 * Texts must be such as xml_holds says yes to; whatever they hold then comes out of a parser as it went in. In text &,
 * < and > are escaped, and CR, which a parser would take for LF; in attributes also ", tab and LF, which it would take
 * for blanks. A CDATA section is ended and begun again within ]]> and around CR. An element holds text or elements, not
 * both.
 */
#ifndef QONDUIT_XML_WRITE_H
#define QONDUIT_XML_WRITE_H

#include "qonduit/buf.h"

struct xml_out {
	struct buf *to;
	unsigned depth; /* elements that are open */
	bool begun;     /* something was written */
	bool tag;       /* the innermost start tag has not ended: attributes may follow */
	bool text;      /* text stands in the innermost element */
};

struct xml_out xml_out(struct buf *to);
void xml_out_declare(struct xml_out *w); /* <?xml version="1.0" encoding="UTF-8"?> */
void xml_out_begin(struct xml_out *w, struct str name);
void xml_out_attribute(struct xml_out *w, struct str name, struct str value); /* behind xml_begin */
void xml_out_text(struct xml_out *w, struct str text);
void xml_out_cdata(struct xml_out *w, struct str text);
/* Ends the innermost element, which has this name; one without content is <name/>. */
void xml_out_end(struct xml_out *w, struct str name);
void xml_out_finish(struct xml_out *w); /* the line's end behind the outermost element */

/* Elements can be printed apart: a writer of those that stand within `depth` others, and the place where they are put. */
struct xml_out xml_out_within(struct buf *to, unsigned depth);
void xml_out_printed(struct xml_out *w, struct str elements);

/* Whether XML 1.0 has all characters of the text: not controls other than tab, LF and CR, not U+FFFE and U+FFFF,
 * nothing that is not UTF-8. False with the character and its place (counted in characters from 1); *character is
 * 0xFFFFFFFF for what is not UTF-8. */
bool xml_holds(struct str text, uint32_t *character, size_t *place);
/* Whether it may be the name of an element or attribute: ASCII letters, digits, '_', '-' and '.', beginning with a
 * letter or '_', with at most one prefix before ':'. (XML would take more; no format asks for it.) */
bool xml_is_name(struct str name);

#endif
