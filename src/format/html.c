#include "qonduit/html.h"

#include <gumbo.h>
#include <stdlib.h>

#include "qonduit/buf.h"

/* The parser's time grows with the square of the nesting. Longer markup is read in parts, which is the same but where a
 * part ends within a script, a comment or a table. */
#define PART_TAGS 2000

/* What a browser begins a new line for, and the cells of tables. */
static const bool is_block[GUMBO_TAG_LAST + 1] = {
	[GUMBO_TAG_ADDRESS] = true, [GUMBO_TAG_ARTICLE] = true, [GUMBO_TAG_ASIDE] = true, [GUMBO_TAG_BLOCKQUOTE] = true,
	[GUMBO_TAG_BODY] = true, [GUMBO_TAG_BR] = true, [GUMBO_TAG_CAPTION] = true, [GUMBO_TAG_CENTER] = true,
	[GUMBO_TAG_DD] = true, [GUMBO_TAG_DETAILS] = true, [GUMBO_TAG_DIR] = true, [GUMBO_TAG_DIV] = true,
	[GUMBO_TAG_DL] = true, [GUMBO_TAG_DT] = true, [GUMBO_TAG_FIELDSET] = true, [GUMBO_TAG_FIGCAPTION] = true,
	[GUMBO_TAG_FIGURE] = true, [GUMBO_TAG_FOOTER] = true, [GUMBO_TAG_FORM] = true, [GUMBO_TAG_H1] = true,
	[GUMBO_TAG_H2] = true, [GUMBO_TAG_H3] = true, [GUMBO_TAG_H4] = true, [GUMBO_TAG_H5] = true, [GUMBO_TAG_H6] = true,
	[GUMBO_TAG_HEADER] = true, [GUMBO_TAG_HGROUP] = true, [GUMBO_TAG_HR] = true, [GUMBO_TAG_LEGEND] = true,
	[GUMBO_TAG_LI] = true, [GUMBO_TAG_MAIN] = true, [GUMBO_TAG_MENU] = true, [GUMBO_TAG_NAV] = true,
	[GUMBO_TAG_OL] = true, [GUMBO_TAG_OPTGROUP] = true, [GUMBO_TAG_OPTION] = true, [GUMBO_TAG_P] = true,
	[GUMBO_TAG_PRE] = true, [GUMBO_TAG_SECTION] = true, [GUMBO_TAG_SUMMARY] = true, [GUMBO_TAG_TABLE] = true,
	[GUMBO_TAG_TBODY] = true, [GUMBO_TAG_TD] = true, [GUMBO_TAG_TFOOT] = true, [GUMBO_TAG_TH] = true,
	[GUMBO_TAG_THEAD] = true, [GUMBO_TAG_TITLE] = true, [GUMBO_TAG_TR] = true, [GUMBO_TAG_UL] = true,
};

/* The text so far. A blank is owed where blocks met; it is written before the next word, so none is at an end. */
struct words {
	struct buf text;
	bool owed;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void end_block(struct words *w)
{
	while (w->text.n && is_blank(w->text.p[w->text.n - 1]))
		w->text.n--;
	w->owed = true;
}

static void add_text(struct words *w, struct str s)
{
	while (w->owed && s.n && is_blank(s.p[0]))
		s = str_from(s, 1);
	if (s.n == 0)
		return;
	if (w->owed && w->text.n)
		buf_addc(&w->text, ' ');
	w->owed = false;
	buf_add(&w->text, s);
}

/* What is shown of an element, or null. */
static const GumboVector *children_of(const GumboNode *node)
{
	if (node->type != GUMBO_NODE_ELEMENT)
		return NULL;
	GumboTag tag = node->v.element.tag;
	return tag == GUMBO_TAG_SCRIPT || tag == GUMBO_TAG_STYLE ? NULL : &node->v.element.children;
}

static bool begins_line(const GumboNode *node)
{
	return node->type == GUMBO_NODE_ELEMENT && is_block[node->v.element.tag];
}

static bool is_text(const GumboNode *node)
{
	return node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE || node->type == GUMBO_NODE_CDATA;
}

/* Goes over the tree without recursion: markup may be nested as deep as it is long. */
static void walk(struct words *w, const GumboNode *root)
{
	struct level {
		const GumboNode *node;
		unsigned next; /* child to visit */
	} *levels = NULL;
	size_t cap = 0, depth = 0;
	for (const GumboNode *node = root; node;) {
		if (is_text(node))
			add_text(w, str_of(node->v.text.text));
		if (begins_line(node))
			end_block(w);
		levels = mem_grow(levels, &cap, depth + 1, sizeof *levels);
		levels[depth++] = (struct level){ .node = node };
		for (node = NULL; depth && !node;) {
			struct level *top = &levels[depth - 1];
			const GumboVector *children = children_of(top->node);
			if (children && top->next < children->length) {
				node = children->data[top->next++];
			} else {
				if (begins_line(top->node))
					end_block(w);
				depth--;
			}
		}
	}
	free(levels);
}

/* A "<" behind the last ">" begins no tag, whatever follows it; the parser would take it for one that is cut off. */
static struct str without_open_tag(struct arena *a, struct str markup)
{
	const char *last = memrchr(markup.p, '>', markup.n);
	size_t at = last ? (size_t)(last - markup.p) + 1 : 0;
	const char *open = memchr(markup.p + at, '<', markup.n - at);
	if (!open)
		return markup;
	struct str head = str_head(markup, (size_t)(open - markup.p)), tail = str_from(markup, head.n);
	char *text = arena_alloc(a, head.n + tail.n * 4);
	size_t n = head.n;
	memcpy(text, head.p, head.n);
	for (size_t i = 0; i < tail.n; i++) {
		bool tag = tail.p[i] == '<' && !str_starts(str_from(tail, i), STR("<!"));
		memcpy(text + n, tag ? "&lt;" : tail.p + i, tag ? 4 : 1);
		n += tag ? 4 : 1;
	}
	return (struct str){ text, n };
}

/* Takes a part off the front of *markup. */
static struct str next_part(struct str *markup)
{
	struct str all = *markup;
	const char *end = all.p + all.n, *tag = all.p;
	for (int tags = 0; tag && tags < PART_TAGS; tags++)
		tag = memchr(tag + 1, '<', (size_t)(end - tag - 1));
	size_t n = tag ? (size_t)(tag - all.p) : all.n;
	*markup = str_from(all, n);
	return str_head(all, n);
}

/* Zeroed: libgumbo 0.10.1 reads a flag that it has not set. */
static void *allocate(void *scratch, size_t size)
{
	return arena_zalloc(scratch, size);
}

static void release(void *scratch, void *p)
{
}

static void read_part(struct words *w, struct arena *scratch, struct str part)
{
	GumboOptions options = kGumboDefaultOptions;
	options.allocator = allocate;
	options.deallocator = release;
	options.userdata = scratch;
	options.max_errors = 0;
	options.fragment_context = GUMBO_TAG_TEMPLATE; /* there, cells without their table are cells */
	walk(w, gumbo_parse_with_options(&options, part.p, part.n)->root);
	arena_clear(scratch); /* not gumbo_destroy_output, which recurses as deep as the tree is */
}

struct str html_text(struct arena *a, struct str markup)
{
	if (markup.n == 0 || (!memchr(markup.p, '<', markup.n) && !memchr(markup.p, '&', markup.n)))
		return markup;
	struct arena scratch;
	struct words w = { 0 };
	arena_init(&scratch, (size_t)64 << 10);
	for (struct str rest = without_open_tag(a, markup); rest.n;)
		read_part(&w, &scratch, next_part(&rest));
	struct str text = arena_copy(a, buf_str(&w.text));
	buf_release(&w.text);
	arena_release(&scratch);
	return text;
}
