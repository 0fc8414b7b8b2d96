/* xml_scan - reads XML by itself as long as it is plain: UTF-8 without a comment, CDATA or instruction; elements,
 * attributes, namespaces, text, character references and the five entities that need no declaration. In front of
 * anything else, of what is not well-formed and of what is over a limit of xml_read.h it stops, and says what is open
 * and where it is, so that expat goes on from there and is the judge. Private to src/format.
 *
 *     xml_scan_open(&s, handler, arg)
 *     xml_scan_feed(&s, piece, end, e)     until it is XML_SCAN_HARD: then xml_scan_rest, xml_scan_replay
 *     xml_scan_close(&s)
 */
#ifndef QONDUIT_FORMAT_XML_SCAN_H
#define QONDUIT_FORMAT_XML_SCAN_H

#include "qonduit/buf.h"
#include "qonduit/xml_read.h"

#define XML_SEPARATOR '|'           /* between the namespace of an attribute and its name */
#define XML_NAMESPACE_MAX ((size_t)255)
#define XML_SCAN_ATTRIBUTES 32      /* of one element; more are left to expat */
#define XML_SCAN_SPACES 64          /* declarations in force */

struct xml_place {
	uint64_t line, column;          /* from 1; in characters, from 0 */
};

struct xml_scan {
	const struct xml_handler *handler;
	void *arg;
	uint64_t unused, unused_max;    /* bytes of what says nothing */
	bool begun;                     /* what may stand only at the very beginning is behind */
	bool over;                      /* the root is closed */
	/* Bytes that are not taken yet: [at, n) of `text`, which has room behind. `place` is that of the first one when the
	 * last piece came, `after` that behind all that came before it. */
	char *text;
	size_t at, n, cap;
	struct xml_place place, after;
	/* Elements that are open, their names one behind the other with a NUL each. */
	struct xml_scan_element {
		size_t name, local;         /* in `names` */
		size_t name_n;
		enum xml_space space, unprefixed; /* `unprefixed`: the default namespace outside of it */
		size_t spaces;              /* declarations outside of it */
	} open[XML_DEPTH_MAX];
	unsigned depth;
	struct buf names;
	enum xml_space unprefixed;      /* the default namespace */
	struct xml_scan_space {
		size_t prefix_n, uri_n;     /* in `declared`, from `at`: prefix, then URI */
		size_t at;
		enum xml_space space;
	} spaces[XML_SCAN_SPACES];
	size_t space_count;
	struct buf declared;
	struct buf expanded;            /* names of attributes with a prefix, of the element at hand */
};

enum xml_scanned { XML_SCAN_FINE, XML_SCAN_HARD, XML_SCAN_FAILED };

void xml_scan_open(struct xml_scan *s, const struct xml_handler *handler, void *arg);
enum xml_scanned xml_scan_feed(struct xml_scan *s, struct str piece, bool end, struct err *e);
/* What was fed and not told, from the place *place on. */
struct str xml_scan_rest(const struct xml_scan *s, struct xml_place *place);
/* The beginning of a document that opens what is open, for another reader to begin with; empty at the very beginning. */
void xml_scan_replay(const struct xml_scan *s, struct buf *to);
void xml_scan_close(struct xml_scan *s);

/* For tests: expat reads all, of readers that are opened from now on. */
extern bool xml_read_judged;

/* What a namespace's URI means. */
enum xml_space xml_space_of(struct str uri);

#endif
