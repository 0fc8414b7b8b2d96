/* The walk: one pass over the tokens, down where a key is wanted, past what is not. What is open and wanted stands in
 * frames, so that a fill may end behind any record and the next one go on there. */
#include "json_rows_parts.h"

#include <stdlib.h>

#define BATCH_BYTES ((size_t)256 << 10) /* of texts and cells, behind which a batch is enough */

/* ---- steps ---- */

static inline struct json_node *find_key(struct json_frame *f, struct str key)
{
	struct json_node *in = f->node;
	if (!(in->keys & json_key_bit(key)))
		return NULL;
	for (size_t i = 0, at = f->expected; i < in->child_count; i++, at++) {
		if (at >= in->child_count)
			at = 0;
		struct json_node *child = &in->children[at];
		if (child->key.n == key.n && memcmp(child->key.p, key.p, key.n) == 0) {
			f->expected = at + 1;
			return child;
		}
	}
	return NULL;
}

static int refuse_twice(struct json_rows *r, const struct json_node *node)
{
	return json_rows_fail(r, node, "json.duplicate_key", "found \"%.*s\" a second time in its object, expected it once",
		STR_ARG(node->key));
}

static int step_object(struct json_rows *r, struct json_frame *f)
{
	enum json_token token;
	for (size_t depth = r->depth; r->depth == depth;) {
		if (json_rows_next(r, &token))
			return -1;
		if (token == JSON_PULL_END_OBJECT)
			return json_rows_pop(r);
		struct json_node *node = find_key(f, json_pull_text(r->pull));
		if (!node) {
			if (json_rows_pass(r, token))
				return -1;
			continue;
		}
		if (node->in == f->serial)
			return refuse_twice(r, node);
		node->in = f->serial;
		if (json_rows_next(r, &token) || json_rows_take(r, node, f->scope, token))
			return -1;
	}
	return 0;
}

static struct json_node *find_index(const struct json_node *in, uint64_t index)
{
	for (size_t i = 0; i < in->child_count; i++) {
		if (in->children[i].is_index && in->children[i].index == index)
			return &in->children[i];
	}
	return in->any;
}

static int step_array(struct json_rows *r, struct json_frame *f)
{
	enum json_token token;
	for (size_t i = 0; i < f->node->child_count; i++) /* an array may be too short for it */
		f->node->children[i].met = f->node->children[i].met || f->node->children[i].is_index;
	for (size_t depth = r->depth; r->depth == depth;) {
		if (json_rows_next(r, &token))
			return -1;
		if (token == JSON_PULL_END_ARRAY)
			return json_rows_pop(r);
		struct json_node *node = find_index(f->node, f->index++);
		if (node ? json_rows_take(r, node, f->scope, token) : json_rows_pass(r, token))
			return -1;
	}
	return 0;
}

static void add_index(struct buf *to, uint64_t index)
{
	char digits[24];
	size_t at = sizeof digits;
	do
		digits[--at] = (char)('0' + index % 10);
	while (index /= 10);
	digits[--at] = '/';
	buf_add(to, (struct str){ digits + at, sizeof digits - at });
}

static int step_level(struct json_rows *r, struct json_frame *f)
{
	struct json_scope *inner = &r->scopes[f->scope + 1];
	enum json_token token;
	if (json_rows_next(r, &token))
		return -1;
	if (token == JSON_PULL_END_ARRAY)
		return json_rows_pop(r);
	f->index++;
	if (token != JSON_PULL_OBJECT)
		return json_rows_fail(r, NULL, "json.record", "found %s, expected an object: a record",
			json_token_name(token));
	inner->place.n = inner->place_array;
	add_index(&inner->place, f->index - 1);
	json_rows_push_record(r, f->scope + 1);
	return 0;
}

/* Behind the one document. */
static int step_end(struct json_rows *r)
{
	enum json_token token;
	struct err fault = { 0 };
	if (json_pull_next(r->pull, &token, &fault) == 0 && token == JSON_PULL_END) {
		r->ended = true;
		return 0;
	}
	bool second = !fault.class || str_ends(str_of(fault.message), STR("a second one"));
	if (!second) {
		if (r->err->class == ERR_NONE)
			*r->err = fault;
		return -1;
	}
	return json_rows_fail(r, NULL, "json.document", "found a second document behind the first, expected the end of "
		"the input (where each line is a document, declare \"format\": \"ndjson\")");
}

static int refuse_document(struct json_rows *r, enum json_token token)
{
	if (r->levels)
		return json_rows_fail(r, NULL, "json.records", "the document is %s, expected an object with \"%.*s\": "
			"\"records\" is \"%.*s\"%s", json_token_name(token), STR_ARG(r->records->levels[0].keys[0]),
			STR_ARG(r->records->text), token == JSON_PULL_ARRAY ? " (an array that is the document is \"[]\")" : "");
	if (token == JSON_PULL_ARRAY)
		return json_rows_fail(r, NULL, "json.records", "the document is an array, expected an object: a record (for the "
			"records in it, declare \"records\": \"[]\")");
	return json_rows_fail(r, NULL, "json.record", "found %s, expected an object: a record", json_token_name(token));
}

static int begin_document(struct json_rows *r, enum json_token token)
{
	struct json_scope *s = &r->scopes[0];
	uint32_t col;
	json_pull_place(r->pull, &r->line, &col);
	if (r->documents && r->line == r->end_line)
		return json_rows_fail(r, NULL, "json.document", "found a second document in the line, expected the end of the "
			"line behind the first");
	r->documents++;
	r->end_line = r->line;
	r->level_met = false;
	buf_clear(&s->place);
	json_rows_pointer(r, 0, true, &s->place);
	if (s->root.level)
		return json_rows_take(r, &s->root, 0, token);
	if (token != JSON_PULL_OBJECT)
		return refuse_document(r, token);
	json_rows_push_record(r, 0);
	return 0;
}

static int step_document(struct json_rows *r)
{
	enum json_token token;
	if (r->documents && !r->lines)
		return step_end(r);
	r->now = &r->scopes[0];
	if (json_rows_next(r, &token))
		return -1;
	r->ended = token == JSON_PULL_END;
	if (r->ended && r->documents == 0)
		return json_rows_fail(r, NULL, "json.document", "found no document, expected one");
	return r->ended ? 0 : begin_document(r, token);
}

static int step(struct json_rows *r)
{
	if (r->depth == 0)
		return step_document(r);
	struct json_frame *f = &r->frames[r->depth - 1];
	if (f->kind == JSON_FRAME_OBJECT)
		return step_object(r, f);
	return f->kind == JSON_FRAME_ARRAY ? step_array(r, f) : step_level(r, f);
}

/* ---- interface ---- */

struct json_rows *json_rows_open(const struct column *columns, size_t column_count, const struct records *records,
	bool lines)
{
	struct json_rows *r = mem_alloc(sizeof *r);
	memset(r, 0, sizeof *r);
	r->columns = columns;
	r->column_count = column_count;
	r->records = records;
	r->levels = records ? records->level_count : 0;
	r->lines = lines;
	r->captured.max = JSON_ROWS_WAIT;
	arena_init(&r->arena, 4096);
	r->scopes = ARENA_ARRAY(&r->arena, r->levels + 1, struct json_scope);
	for (size_t i = 0; i <= r->levels; i++) {
		r->scopes[i].level = records && i ? &records->levels[i - 1] : NULL;
		r->scopes[i].waiting = JSON_ROWS_NONE;
		arena_init(&r->scopes[i].arena, 4096);
	}
	r->now = &r->scopes[0];
	json_rows_plant(r);
	return r;
}

int json_rows_fill(struct json_rows *r, struct json_pull *p, struct batch *b, size_t most, struct err *e)
{
	r->pull = p;
	r->batch = b;
	r->err = e;
	r->fill++;
	r->before = b->rows;
	r->bytes = 0;
	while (!r->ended && (r->within || r->waiting || b->rows == 0 || (b->rows < most && r->bytes < BATCH_BYTES))) {
		if (step(r))
			return -1;
	}
	return 0;
}

void json_rows_close(struct json_rows *r)
{
	if (!r)
		return;
	for (size_t i = 0; i <= r->levels; i++) {
		arena_release(&r->scopes[i].arena);
		buf_release(&r->scopes[i].place);
	}
	buf_release(&r->captured);
	free(r->ranks);
	arena_release(&r->arena);
	free(r);
}
