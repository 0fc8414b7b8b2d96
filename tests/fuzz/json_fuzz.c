/* Any bytes as JSON. The first byte says how the rest is read: its low bits cut the text into pieces, its highest
 * allows many values. Tokens, places and faults must be those of the text in one piece, those behind a value that is
 * skipped those that stand behind it, and a tree what json_doc makes of the same text.
 */
#include <stdlib.h>

#include "qonduit/json_pull.h"
#include "qonduit/unicode.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Each piece in memory of its own. */
struct cutter {
	struct str text;
	size_t step;
	char *piece;
};

static int next_piece(void *arg, struct str *piece, struct err *e)
{
	struct cutter *c = arg;
	struct str part = str_head(c->text, c->step);
	free(c->piece);
	c->piece = part.n ? memcpy(mem_alloc(part.n), part.p, part.n) : NULL;
	*piece = (struct str){ c->piece, part.n };
	c->text = str_from(c->text, part.n);
	return 0;
}

static void show_fault(const struct err *e, struct buf *out)
{
	if (e->class != ERR_INPUT || e->line == 0 || e->col == 0)
		abort();
	buf_printf(out, "%s %llu %u %s", e->code, (unsigned long long)e->line, (unsigned)e->col, e->message);
}

/* What was read; the tokens, and the fault behind them. */
struct reading {
	struct buf shown;
	struct token {
		enum json_token token;
		unsigned depth;
		size_t to;          /* in shown */
	} *tokens;
	size_t n, cap;
};

static void add_token(struct reading *r, const struct json_pull *p, enum json_token token)
{
	struct str s = json_pull_text(p);
	uint64_t line;
	uint32_t col;
	json_pull_place(p, &line, &col);
	buf_printf(&r->shown, "%d %u %llu:%u %zu ", (int)token, json_pull_depth(p), (unsigned long long)line, (unsigned)col,
		s.n);
	buf_add(&r->shown, s);
	if (utf8_invalid_at(s) != s.n || json_pull_depth(p) > JSON_PULL_DEPTH)
		abort();
	r->tokens = mem_grow(r->tokens, &r->cap, r->n + 1, sizeof *r->tokens);
	r->tokens[r->n++] = (struct token){ token, json_pull_depth(p), r->shown.n };
}

/* At the token of the number `skipped` its value is passed over. */
static void read_tokens(struct str text, bool many, size_t step, size_t skipped, struct reading *r)
{
	struct cutter cutter = { .text = text, .step = step };
	struct json_pull *p = json_pull_open(&(struct json_pull_input){ .next = next_piece, .arg = &cutter, .many = many });
	enum json_token token = JSON_PULL_NULL;
	struct err e = { 0 };
	while (token != JSON_PULL_END && json_pull_next(p, &token, &e) == 0) {
		add_token(r, p, token);
		if (r->n - 1 == skipped && json_pull_skip(p, &e))
			break;
	}
	if (e.class)
		show_fault(&e, &r->shown);
	json_pull_close(p);
	free(cutter.piece);
}

/* The last token that is passed over at the token `i`. */
static size_t skipped_to(const struct reading *r, size_t i)
{
	if (r->tokens[i].token == JSON_PULL_KEY && i + 1 < r->n)
		i++;
	unsigned depth = r->tokens[i].depth;
	if (r->tokens[i].token != JSON_PULL_OBJECT && r->tokens[i].token != JSON_PULL_ARRAY)
		return i;
	while (i + 1 < r->n && r->tokens[i + 1].depth >= depth)
		i++;
	return i + 1 < r->n ? i + 1 : i;
}

static void release(struct reading *r)
{
	buf_release(&r->shown);
	free(r->tokens);
}

static void compare_tokens(struct str text, bool many, size_t step)
{
	struct reading whole = { 0 }, cut = { 0 };
	read_tokens(text, many, SIZE_MAX, SIZE_MAX, &whole);
	read_tokens(text, many, step, SIZE_MAX, &cut);
	if (!str_eq(buf_str(&whole.shown), buf_str(&cut.shown)))
		abort();
	for (size_t i = text.n % 3; i < whole.n; i += i / 4 + 1) {
		struct reading without = { 0 };
		struct str all = buf_str(&whole.shown);
		read_tokens(text, many, i % 2 ? step : SIZE_MAX, i, &without);
		struct str before = str_head(all, whole.tokens[i].to), shown = buf_str(&without.shown);
		if (!str_starts(shown, before) ||
			!str_eq(str_from(shown, before.n), str_from(all, whole.tokens[skipped_to(&whole, i)].to)))
			abort();
		release(&without);
	}
	release(&whole);
	release(&cut);
}

static const struct json *read_tree(struct str text, size_t step, struct arena *arena, struct err *e)
{
	struct cutter cutter = { .text = text, .step = step };
	struct json_pull *p = json_pull_open(&(struct json_pull_input){ .next = next_piece, .arg = &cutter });
	enum json_token token;
	const struct json *tree = NULL;
	if (json_pull_next(p, &token, e) == 0)
		json_pull_tree(p, arena, SIZE_MAX, &tree, e);
	if (tree && json_pull_next(p, &token, e))
		tree = NULL;
	json_pull_close(p);
	free(cutter.piece);
	return tree;
}

static void show_tree(const struct json *j, struct buf *out)
{
	buf_printf(out, "%d %u:%u %u:%u %zu %zu ", (int)j->kind, j->line, j->col, j->key_line, j->key_col, j->index,
		j->count);
	buf_add(out, j->key);
	buf_add(out, j->text);
	for (const struct json *c = j->child; c; c = c->next) {
		if (c->parent != j)
			abort();
		show_tree(c, out);
	}
}

/* json_doc knows fewer levels, shorter numbers and no NUL. */
static bool is_beyond_doc(const struct err *e)
{
	return strcmp(e->code, "json.depth") == 0 || strstr(e->message, "63 characters") ||
		strstr(e->message, "found \\u0000");
}

static void compare_trees(struct str text, size_t step)
{
	struct arena arena = { 0 };
	struct err e = { 0 }, doc_e = { 0 };
	struct buf shown = { 0 }, doc_shown = { 0 };
	const struct json *tree = read_tree(text, step, &arena, &e);
	const struct json *doc = json_parse(text, "doc", ERR_INPUT, &arena, &doc_e);
	if (!tree != (e.class != ERR_NONE) || (doc && !tree) || (tree && !doc && !is_beyond_doc(&doc_e)))
		abort();
	if (tree && doc) {
		show_tree(tree, &shown);
		show_tree(doc, &doc_shown);
		if (!str_eq(buf_str(&shown), buf_str(&doc_shown)))
			abort();
	}
	buf_release(&shown);
	buf_release(&doc_shown);
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	if (n == 0)
		return 0;
	struct str text = { (const char *)bytes + 1, n - 1 };
	bool many = bytes[0] & 0x80;
	size_t step = bytes[0] & 0x7f ? bytes[0] & 0x7f : 1;
	compare_tokens(text, many, step);
	if (!str_starts(text, STR("\xef\xbb\xbf"))) /* which json_doc skips */
		compare_trees(text, step);
	return 0;
}
