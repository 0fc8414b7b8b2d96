/* Rows: the cells of the record at hand, and those of outer records, which may come to them later. */
#include "json_rows_parts.h"

#define ROW_BYTES (sizeof(struct batch_row))

struct arena *json_rows_arena(struct json_rows *r, size_t scope)
{
	return scope == r->levels ? &r->batch->arena : &r->scopes[scope].arena;
}

struct str json_rows_keep(struct json_rows *r, size_t scope, struct str text)
{
	r->bytes += scope == r->levels ? text.n : 0;
	return arena_copy(json_rows_arena(r, scope), text);
}

/* What was found for a slot, with its text in the batch. */
static struct cell cell_in_batch(struct json_rows *r, size_t slot)
{
	struct cell *c = &r->given[slot];
	if (r->scope_of[slot] == r->levels)
		return r->cells[slot];
	if (r->given_in[slot] != r->fill) {
		*c = r->cells[slot];
		c->p = arena_copy(&r->batch->arena, cell_str(*c)).p;
		r->bytes += c->n;
		r->given_in[slot] = r->fill;
	}
	return *c;
}

/* The first path that found something counts, then the first that was led astray, unless another one found null. Of one
 * scope, or of all (-1). */
static unsigned best(struct json_rows *r, const struct json_ends *e, int scope, struct cell *out)
{
	size_t astray = e->count;
	bool null = false;
	*out = (struct cell){ 0 };
	for (size_t i = 0; i < e->count; i++) {
		size_t slot = e->slots[i];
		if (scope >= 0 && r->scope_of[slot] != (size_t)scope)
			continue;
		if (r->cells[slot].kind == CELL_EMPTY) {
			null = null || r->cells[slot].p;
			continue;
		}
		if (r->cells[slot].kind != CELL_ASTRAY) {
			*out = cell_in_batch(r, slot);
			return (unsigned)i;
		}
		astray = astray < i ? astray : i;
	}
	if (astray == e->count || (null && e->scope >= 0))
		return JSON_ROWS_NOTHING;
	*out = cell_in_batch(r, e->slots[astray]);
	return JSON_ROWS_ASTRAY + (unsigned)astray;
}

static uint16_t *rank_of(struct json_rows *r, size_t row, const struct json_ends *e)
{
	return &r->ranks[(row - r->before) * r->mixed + e->rank];
}

static void add_cells(struct json_rows *r)
{
	struct batch *b = r->batch;
	struct cell cell;
	for (size_t i = 0; i < r->column_count; i++) {
		const struct json_ends *e = &r->ends[i];
		if (e->count == 1 && e->scope == (int)r->levels) {
			batch_add_cell(b, r->cells[e->slots[0]]);
			continue;
		}
		unsigned rank = best(r, e, -1, &cell);
		if (e->scope < 0)
			*rank_of(r, b->rows - 1, e) = (uint16_t)rank;
		batch_add_cell(b, cell);
	}
}

static int refuse_wait(struct json_rows *r, const struct json_scope *s)
{
	size_t slot = s->slot;
	while (r->decided[slot])
		slot++;
	return json_rows_fail(r, NULL, "json.wait", "the rows up to here wait for \"%.*s\", which has not come yet, and "
		"more than %zu MiB would have to wait: it must stand before the records", STR_ARG(r->node_of[slot]->path),
		JSON_ROWS_WAIT >> 20);
}

static int await_outer(struct json_rows *r)
{
	for (size_t i = 0; i < r->levels; i++) {
		struct json_scope *s = &r->scopes[i];
		if (s->undecided == 0)
			continue;
		if (s->waiting == JSON_ROWS_NONE) {
			s->waiting = r->batch->rows - 1;
			r->waiting++;
		}
		if (r->bytes > JSON_ROWS_WAIT)
			return refuse_wait(r, s);
	}
	return 0;
}

int json_rows_add(struct json_rows *r)
{
	struct batch *b = r->batch;
	const struct json_scope *s = &r->scopes[r->levels];
	batch_begin_row(b, ++r->rows, s->line);
	b->row[b->rows - 1].place = arena_copy(&b->arena, buf_str(&s->place));
	r->bytes += s->place.n + ROW_BYTES + r->column_count * sizeof(struct cell);
	if (r->mixed)
		r->ranks = mem_grow(r->ranks, &r->rank_cap, (b->rows - r->before) * r->mixed, sizeof *r->ranks);
	add_cells(r);
	return await_outer(r);
}

static void complete_column(struct json_rows *r, size_t scope, size_t column)
{
	struct batch *b = r->batch;
	const struct json_ends *e = &r->ends[column];
	struct cell cell;
	unsigned rank = best(r, e, (int)scope, &cell);
	for (size_t row = r->scopes[scope].waiting; row < b->rows; row++) {
		if (e->scope < 0 && *rank_of(r, row, e) <= rank)
			continue;
		if (e->scope < 0)
			*rank_of(r, row, e) = (uint16_t)rank;
		b->cells[b->row[row].first + column] = cell;
	}
}

void json_rows_complete(struct json_rows *r, size_t scope)
{
	struct json_scope *s = &r->scopes[scope];
	if (s->waiting == JSON_ROWS_NONE)
		return;
	for (size_t i = 0; i < r->column_count; i++) {
		if (r->ends[i].scope == (int)scope || r->ends[i].scope < 0)
			complete_column(r, scope, i);
	}
	s->waiting = JSON_ROWS_NONE;
	r->waiting--;
}
