/* Values whole, made into trees. */
#include "json_pull_parts.h"

#include "qonduit/utf8.h"

#define SHOWN 100 /* bytes of a key in a message */

struct builder {
	struct json_pull *p;
	struct arena *arena;
	struct json *next;               /* begun by its key, or null */
	unsigned depth;                  /* of the open ones */
	struct json *open[JSON_PULL_DEPTH];
	const struct json **tail[JSON_PULL_DEPTH]; /* where the next child of each goes */
};

/* A line for the tree, where they have 32 bits; 0 where it is too large to be told. */
static uint32_t line_of(struct json_place at)
{
	return at.line <= UINT32_MAX ? (uint32_t)at.line : 0;
}

static enum json_kind kind_of(enum json_token token)
{
	switch (token) {
	case JSON_PULL_OBJECT:
		return JSON_OBJECT;
	case JSON_PULL_ARRAY:
		return JSON_ARRAY;
	case JSON_PULL_STRING:
		return JSON_STRING;
	case JSON_PULL_NUMBER:
		return JSON_NUMBER;
	case JSON_PULL_TRUE:
		return JSON_TRUE;
	case JSON_PULL_FALSE:
		return JSON_FALSE;
	default:
		return JSON_NULL;
	}
}

/* A node that is the last child of what is open. */
static struct json *add_node(struct builder *b)
{
	struct json *j = ARENA_NEW(b->arena, struct json);
	if (b->depth) {
		struct json *parent = b->open[b->depth - 1];
		j->parent = parent;
		j->index = parent->count++;
		*b->tail[b->depth - 1] = j;
		b->tail[b->depth - 1] = &j->next;
	}
	return j;
}

static void add_key(struct builder *b)
{
	b->next = add_node(b);
	b->next->key = arena_copy(b->arena, b->p->text);
	b->next->key_line = line_of(b->p->place);
	b->next->key_col = b->p->place.col;
}

static struct json *add_value(struct builder *b)
{
	struct json *j = b->next ? b->next : add_node(b);
	b->next = NULL;
	j->kind = kind_of(b->p->token);
	j->line = line_of(b->p->place);
	j->col = b->p->place.col;
	if (j->kind == JSON_STRING || j->kind == JSON_NUMBER)
		j->text = arena_copy(b->arena, b->p->text);
	if (json_token_opens(b->p->token)) {
		b->open[b->depth] = j;
		b->tail[b->depth++] = &j->child;
	}
	return j;
}

/* As much of a key as a message should have. */
static struct str shown(struct str key)
{
	return utf8_head(key, SHOWN);
}

static void close_object(struct builder *b)
{
	const struct json *first, *second = json_twice(b->open[--b->depth], &first);
	if (!second || b->p->input.twice)
		return;
	struct json_place at = { second->key_line, second->key_col };
	json_pull_fail(b->p, at, "json.duplicate_key",
		"expected each key once, found \"%.*s\" again: it stands in line %u, column %u already",
		STR_ARG(shown(second->key)), (unsigned)first->key_line, (unsigned)first->key_col);
}

/* The token that was given last, which is not the first of the tree. */
static void add_token(struct builder *b)
{
	switch (b->p->token) {
	case JSON_PULL_KEY:
		add_key(b);
		break;
	case JSON_PULL_END_OBJECT:
		close_object(b);
		break;
	case JSON_PULL_END_ARRAY:
		b->depth--;
		break;
	default:
		add_value(b);
	}
}

static void refuse_long(struct json_pull *p, struct json_place at, size_t most)
{
	bool large = most >> 20;
	json_pull_fail(p, at, "json.too_long", "expected a value of at most %zu %s of text, found a longer one",
		large ? most >> 20 : most, large ? "MiB" : "bytes");
}

int json_pull_tree(struct json_pull *p, struct arena *arena, size_t most, const struct json **out, struct err *e)
{
	enum json_token token = p->token;
	*out = NULL;
	if (p->fault.class)
		return json_pull_failed(p, e);
	if (token == JSON_PULL_KEY && json_pull_next(p, &token, e))
		return -1;
	struct json_place at = p->place;
	uint64_t from = p->token_at;
	struct builder b; /* large: only what is used is filled */
	b.p = p;
	b.arena = arena;
	b.next = NULL;
	b.depth = 0;
	const struct json *root = add_value(&b);
	for (;;) {
		if (json_pull_offset(p) - from > most)
			refuse_long(p, at, most);
		if (p->fault.class)
			return json_pull_failed(p, e);
		if (b.depth == 0)
			break;
		if (json_pull_next(p, &token, e) == 0)
			add_token(&b);
	}
	*out = root;
	return 0;
}
