/* xml_read - XML as a stream of elements and text, with namespaces resolved and the traps taken out.
 *
 * Plain XML, which is what nearly all writers of workbooks write, is read by a scanner of ours (src/format/xml_scan.h),
 * in a third of the time; from the first thing on that is not plain, expat reads, and is the judge. Both tell the same.
 *
 * xml_reader_open with handlers, xml_reader_feed with each piece of the text in order and, at the end, with `end`;
 * xml_reader_close. Handlers are called in the order of the document; one that returns -1 (with its reason in `e`) ends
 * the reading. Text comes in pieces of any length; CDATA and character references are text.
 *
 * Refused by name (ERR_INPUT): any DOCTYPE, and with it every entity of its own (nothing is ever opened or fetched);
 * more than XML_DEPTH_MAX elements within each other; more than XML_ATTRIBUTES_MAX attributes or namespaces of one; a
 * tag of more than XML_TAG_MAX bytes, and a comment of twice that; a namespace of more than 255 bytes; behind the first
 * thing that is not plain, more different names than 24 MiB hold; more than XML_UNUSED_MAX bytes of comments and of
 * text that does not count, and XML_UNUSED_EACH more for each element, as some writers indent; what is not well-formed,
 * with line and column; other encodings than UTF-8, UTF-16, ISO-8859-1 and ASCII. What was fed is told at the end at
 * the latest: of a tag that comes in pieces the handler may hear later.
 */
#ifndef QONDUIT_XML_READ_H
#define QONDUIT_XML_READ_H

#include "qonduit/err.h"

#define XML_DEPTH_MAX 64
#define XML_ATTRIBUTES_MAX 256
#define XML_TAG_MAX ((size_t)1 << 20)
#define XML_UNUSED_MAX ((uint64_t)16 << 20)
#define XML_UNUSED_EACH 64

/* The namespaces of workbooks, each in its transitional and its strict spelling (ECMA-376, ISO/IEC 29500). */
enum xml_space {
	XML_NONE,          /* no namespace */
	XML_SHEET,         /* spreadsheetml/main */
	XML_RELATION,      /* officeDocument/relationships: r:id */
	XML_RELATIONSHIPS, /* package/relationships: the .rels parts */
	XML_TYPES,         /* package/content-types */
	XML_OTHER,
};

struct xml_name {
	enum xml_space space;
	const char *local;
};

struct xml_handler {
	/* `attributes` for xml_attribute, until the handler returns: names and values in turns, then null. One without a
	 * namespace stands under its plain name, others under longer ones. */
	int (*start)(void *arg, struct xml_name name, const char *const *attributes, struct err *e);
	int (*end)(void *arg, struct xml_name name, struct err *e);
	int (*text)(void *arg, struct str text, struct err *e); /* may return XML_UNUSED; null: none counts */
	/* May be null. Takes elements that the handler knows by sight, so that none of the above is called for them:
	 * `ahead` begins with a <, the default namespace is XML_SHEET, XML_SIGHT_SLACK bytes behind `ahead` are NUL. How
	 * many bytes it took, whole elements well-formed to their last byte, and in *elements how many they are; 0: it
	 * knows none; -1: the reading ends. What it takes must mean the same as if it were told: it is not always asked. */
	ptrdiff_t (*sight)(void *arg, struct str ahead, unsigned *elements, struct err *e);
};

#define XML_SIGHT_SLACK 16
#define XML_UNUSED 1 /* the text stands where none counts */

struct xml_reader;

struct xml_reader *xml_reader_open(const struct xml_handler *handler, void *arg);
int xml_reader_feed(struct xml_reader *x, struct str piece, bool end, struct err *e);
/* The value of the attribute, or null; `space` XML_NONE is the usual one. */
const char *xml_attribute(const char *const *attributes, enum xml_space space, const char *local);
void xml_reader_close(struct xml_reader *x); /* null is allowed */

/* The version of expat that runs, "expat_2.5.0". */
const char *xml_library(void);

#endif
