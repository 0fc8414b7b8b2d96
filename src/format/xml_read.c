#include "qonduit/xml_read.h"

#include <expat.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "xml_scan.h"

#define SLICE ((size_t)64 << 10)

#define MEMORY_MAX ((size_t)24 << 20) /* the parser keeps each different name of the document until its end */

struct xml_reader {
	const struct xml_handler *handler;
	void *arg;
	struct xml_scan scan;  /* reads what is plain */
	XML_Parser parser;     /* from where it was not; null before */
	bool replays;          /* it is told what was open there */
	struct xml_place from; /* where that was */
	size_t replayed;       /* characters that it was told, in its first line */
	struct err *e;         /* of the feed that is under way */
	bool failed;
	unsigned depth;
	unsigned declarations; /* of namespaces, in the tag that is being read */
	uint64_t fed;
	size_t memory;         /* that the parser holds */
	/* The namespace of the last element, with its separator. */
	char last[XML_NAMESPACE_MAX + 1];
	size_t last_n;
	enum xml_space last_space;
	/* Of the elements that are open: their namespaces, and where in their names the local parts begin. */
	struct {
		enum xml_space space;
		size_t local;
	} open[XML_DEPTH_MAX];
};

static const struct {
	struct str uri;
	enum xml_space space;
} spaces[] = {
#define SPACE(uri, space) { { (uri), sizeof(uri) - 1 }, (space) }
	SPACE("http://schemas.openxmlformats.org/spreadsheetml/2006/main", XML_SHEET),
	SPACE("http://purl.oclc.org/ooxml/spreadsheetml/main", XML_SHEET),
	SPACE("http://schemas.openxmlformats.org/officeDocument/2006/relationships", XML_RELATION),
	SPACE("http://purl.oclc.org/ooxml/officeDocument/relationships", XML_RELATION),
	SPACE("http://schemas.openxmlformats.org/package/2006/relationships", XML_RELATIONSHIPS),
	SPACE("http://schemas.openxmlformats.org/package/2006/content-types", XML_TYPES),
#undef SPACE
};

/* ---- memory ---- */

/* expat hands nothing of ours to its allocator: whose memory is meant stands here while the parser is at work. */
static _Thread_local size_t *held;

static void *take(void *p, size_t size)
{
	size_t before = p ? malloc_usable_size(p) : 0;
	if (size > MEMORY_MAX || *held - before + size > MEMORY_MAX)
		return NULL;
	p = mem_resize(p, size);
	*held += malloc_usable_size(p) - before;
	return p;
}

static void *take_new(size_t size)
{
	return take(NULL, size);
}

static void give(void *p)
{
	if (p)
		*held -= malloc_usable_size(p);
	free(p);
}

/* ---- names ---- */

enum xml_space xml_space_of(struct str uri)
{
	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
		if (str_eq(uri, spaces[i].uri))
			return spaces[i].space;
	}
	return XML_OTHER;
}

/* expat writes a name as URI, separator, local part; without a namespace it is the local part alone. */
static struct xml_name name_of(struct xml_reader *x, const char *full)
{
	if (x->last_n && strncmp(full, x->last, x->last_n) == 0)
		return (struct xml_name){ x->last_space, full + x->last_n };
	const char *at = strchr(full, XML_SEPARATOR);
	if (!at)
		return (struct xml_name){ XML_NONE, full };
	size_t n = (size_t)(at - full);
	enum xml_space space = xml_space_of((struct str){ full, n });
	if (n < sizeof x->last) {
		memcpy(x->last, full, n + 1);
		x->last_n = n + 1;
		x->last_space = space;
	}
	return (struct xml_name){ space, at + 1 };
}

const char *xml_attribute(const char *const *attributes, enum xml_space space, const char *local)
{
	for (; *attributes; attributes += 2) {
		const char *name = *attributes;
		if (space != XML_NONE) {
			const char *at = strchr(name, XML_SEPARATOR);
			if (!at || xml_space_of((struct str){ name, (size_t)(at - name) }) != space)
				continue;
			name = at + 1;
		}
		if (strcmp(name, local) == 0)
			return attributes[1];
	}
	return NULL;
}

/* ---- what the parser finds ---- */

static void stop(struct xml_reader *x)
{
	x->failed = true;
	if (x->parser)
		XML_StopParser(x->parser, XML_FALSE);
}

static struct xml_place place_of(const struct xml_reader *x)
{
	struct xml_place at = x->from;
	if (!x->parser) {
		xml_scan_rest(&x->scan, &at);
		return at;
	}
	uint64_t lines = XML_GetCurrentLineNumber(x->parser) - 1, column = XML_GetCurrentColumnNumber(x->parser);
	at.column = lines ? column : at.column + column - x->replayed;
	at.line += lines;
	return at;
}

static __attribute__((format(printf, 3, 4))) void refuse(struct xml_reader *x, const char *code,
	const char *format, ...)
{
	char text[200];
	va_list args;
	if (x->failed)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	struct xml_place at = place_of(x);
	err_set(x->e, ERR_INPUT, code, "the XML at line %llu, column %llu %s", (unsigned long long)at.line,
		(unsigned long long)at.column + 1, text);
	stop(x);
}

static void refuse_tag(struct xml_reader *x)
{
	refuse(x, "xml.tag", "has a tag or a comment of more than %zu KiB", XML_TAG_MAX >> 10);
}

static void begin_element(struct xml_reader *x, const char *full, const char *const *attributes)
{
	struct xml_name name = name_of(x, full);
	x->open[x->depth - 1].space = name.space;
	x->open[x->depth - 1].local = (size_t)(name.local - full);
	if (!x->replays && x->handler->start && x->handler->start(x->arg, name, attributes, x->e))
		stop(x);
}

static void on_start(void *arg, const char *name, const char **attributes)
{
	struct xml_reader *x = arg;
	x->declarations = 0;
	if (x->failed)
		return;
	x->scan.unused_max += x->replays ? 0 : XML_UNUSED_EACH;
	if (++x->depth > XML_DEPTH_MAX)
		refuse(x, "xml.depth", "has more than %u elements within each other", XML_DEPTH_MAX);
	else if ((size_t)XML_GetCurrentByteCount(x->parser) > XML_TAG_MAX)
		refuse_tag(x);
	else if (XML_GetSpecifiedAttributeCount(x->parser) > 2 * XML_ATTRIBUTES_MAX)
		refuse(x, "xml.attributes", "has an element with more than %u attributes", XML_ATTRIBUTES_MAX);
	else
		begin_element(x, name, (const char *const *)attributes);
}

/* An end has the name of its start. */
static void on_end(void *arg, const char *full)
{
	struct xml_reader *x = arg;
	if (x->failed)
		return;
	x->depth--;
	struct xml_name name = { x->open[x->depth].space, full + x->open[x->depth].local };
	if (!x->replays && x->handler->end && x->handler->end(x->arg, name, x->e))
		stop(x);
}

static void refuse_unused(struct xml_reader *x)
{
	refuse(x, "xml.unused", "has more than %u MiB of blanks, comments or other text that says nothing",
		(unsigned)(XML_UNUSED_MAX >> 20));
}

/* Comments, instructions and what stands outside of the root come here alone. */
static void on_unused(void *arg, const char *p, int n)
{
	struct xml_reader *x = arg;
	x->scan.unused += (size_t)n;
	if (x->scan.unused > x->scan.unused_max)
		refuse_unused(x);
}

static void on_text(void *arg, const char *p, int n)
{
	struct xml_reader *x = arg;
	if (x->failed)
		return;
	int result = x->handler->text ? x->handler->text(x->arg, (struct str){ p, (size_t)n }, x->e) : XML_UNUSED;
	if (result == XML_UNUSED)
		on_unused(x, p, n);
	else if (result)
		stop(x);
}

static void on_declaration(void *arg, const char *prefix, const char *uri)
{
	struct xml_reader *x = arg;
	if (++x->declarations > XML_ATTRIBUTES_MAX)
		refuse(x, "xml.attributes", "has an element with more than %u namespaces", XML_ATTRIBUTES_MAX);
	else if (uri && strlen(uri) > XML_NAMESPACE_MAX)
		refuse(x, "xml.namespace", "has a namespace of more than %zu bytes", XML_NAMESPACE_MAX);
}

static void on_doctype(void *arg, const char *name, const char *system, const char *public, int subset)
{
	refuse(arg, "xml.doctype", "has a document type declaration (DOCTYPE), which no workbook needs");
}

static int on_encoding(void *arg, const char *name, XML_Encoding *info)
{
	refuse(arg, "xml.encoding", "is encoded in \"%.40s\", expected UTF-8, UTF-16, ISO-8859-1 or US-ASCII", name);
	return XML_STATUS_ERROR;
}

/* ---- the reader ---- */

bool xml_read_judged;

struct xml_reader *xml_reader_open(const struct xml_handler *handler, void *arg)
{
	struct xml_reader *x = mem_alloc(sizeof *x);
	*x = (struct xml_reader){ .handler = handler, .arg = arg, .from = { 1, 0 } };
	xml_scan_open(&x->scan, handler, arg);
	return x;
}

/* `encoding` null: as the document says. */
static void begin_parser(struct xml_reader *x, const char *encoding)
{
	static const XML_Memory_Handling_Suite suite = { take_new, take, give };
	static const char separator[] = { XML_SEPARATOR, '\0' };
	x->parser = XML_ParserCreate_MM(encoding, &suite, separator);
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, on_start, on_end);
	XML_SetCharacterDataHandler(x->parser, on_text);
	XML_SetDefaultHandler(x->parser, on_unused);
	XML_SetStartNamespaceDeclHandler(x->parser, on_declaration);
	XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
	XML_SetUnknownEncodingHandler(x->parser, on_encoding, x);
}

static void refuse_malformed(struct xml_reader *x)
{
	enum XML_Error why = XML_GetErrorCode(x->parser);
	if (why == XML_ERROR_NO_MEMORY)
		refuse(x, "xml.memory", "needs more than %zu MiB to be read: it has too many different names",
			MEMORY_MAX >> 20);
	else
		refuse(x, "xml.malformed", "is not well-formed (%s)", XML_ErrorString(why));
}

/* What the parser was given and has not told of is an unfinished tag or comment. It looks at a long one only each time
 * that it has doubled, and has no index in between: one of twice the limit gets through, which on_start judges. */
static bool waits_too_long(const struct xml_reader *x)
{
	XML_Index at = XML_GetCurrentByteIndex(x->parser);
	return at >= 0 && x->fed - (uint64_t)at > XML_TAG_MAX;
}

static void parse(struct xml_reader *x, struct str slice, bool end)
{
	x->fed += slice.n;
	if (XML_Parse(x->parser, slice.p, (int)slice.n, end) != XML_STATUS_OK)
		refuse_malformed(x);
	else if (waits_too_long(x))
		refuse_tag(x);
}

/* From here on it is expat that reads. It is told what is open first. */
static void hand_over(struct xml_reader *x, bool end)
{
	struct buf replay = { 0 };
	struct str rest = xml_scan_rest(&x->scan, &x->from);
	begin_parser(x, x->scan.begun ? "UTF-8" : NULL);
	xml_scan_replay(&x->scan, &replay);
	x->replays = true;
	if (replay.n)
		parse(x, buf_str(&replay), false);
	x->replays = false;
	x->replayed = replay.n;
	buf_release(&replay);
	parse(x, rest, end);
}

static void scan(struct xml_reader *x, struct str piece, bool end)
{
	enum xml_scanned result = xml_scan_feed(&x->scan, piece, end, x->e);
	if (result == XML_SCAN_FAILED)
		x->failed = true;
	else if (x->scan.unused > x->scan.unused_max)
		refuse_unused(x);
	else if (result == XML_SCAN_HARD)
		hand_over(x, end);
}

int xml_reader_feed(struct xml_reader *x, struct str piece, bool end, struct err *e)
{
	size_t *outer = held;
	x->e = e;
	held = &x->memory;
	if (xml_read_judged && !x->parser)
		begin_parser(x, NULL);
	do {
		struct str slice = str_head(piece, SLICE);
		piece = str_from(piece, slice.n);
		if (x->parser && !x->failed)
			parse(x, slice, end && piece.n == 0);
		else if (!x->failed)
			scan(x, slice, end && piece.n == 0);
	} while (piece.n && !x->failed);
	held = outer;
	return x->failed ? -1 : 0;
}

void xml_reader_close(struct xml_reader *x)
{
	if (!x)
		return;
	size_t *outer = held;
	held = &x->memory;
	if (x->parser)
		XML_ParserFree(x->parser);
	held = outer;
	xml_scan_close(&x->scan);
	free(x);
}

const char *xml_library(void)
{
	return XML_ExpatVersion();
}
