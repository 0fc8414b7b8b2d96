/* What any thread does for a batch: it is filled, its rows run through the program, and what they give is printed. */
#include <stdlib.h>

#include "step_functions.h"
#include "transform_parts.h"

#define KEPT_MAX ((size_t)4 << 20) /* bytes of a buf that is kept for the next batch */

/* ---- what remembers ---- */

static bool rule_remembers(const struct rule *r);

static bool any_remembers(const struct rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (rule_remembers(&rules[i]))
			return true;
	}
	return false;
}

static bool rule_remembers(const struct rule *r)
{
	for (size_t i = 0; i < r->step_count; i++) {
		if (r->steps[i].kind->run == step_fingerprint)
			return true;
	}
	for (size_t i = 0; i < r->case_count; i++) {
		if (rule_remembers(&r->cases[i].use))
			return true;
	}
	for (size_t i = 0; i < r->member_count; i++) {
		if (rule_remembers(&r->members[i].rule))
			return true;
	}
	return (r->otherwise && rule_remembers(r->otherwise)) || (r->each && rule_remembers(r->each->object));
}

bool loop_remembers(const struct program *p)
{
	for (size_t i = 0; i < p->output_count; i++) {
		if (any_remembers(p->outputs[i].rules, p->outputs[i].shape.count))
			return true;
	}
	return false;
}

/* ---- workers ---- */

void loop_open_workers(struct loop *l)
{
	l->workers = mem_alloc(l->threads * sizeof *l->workers);
	memset(l->workers, 0, l->threads * sizeof *l->workers);
	l->work_count = l->threads > 1 ? l->threads + 2 : 1;
	l->works = mem_alloc(l->work_count * sizeof *l->works);
	for (size_t i = 0; i < l->work_count; i++) {
		l->works[i] = (struct work){ 0 };
		batch_init(&l->works[i].batch);
	}
}

void loop_close_workers(struct loop *l)
{
	for (unsigned i = 0; i < l->threads; i++) {
		if (l->workers[i].runner.program)
			runner_release(&l->workers[i].runner);
		arena_release(&l->workers[i].scratch);
		buf_release(&l->workers[i].why);
	}
	for (size_t i = 0; i < l->work_count; i++) {
		struct work *w = &l->works[i];
		batch_release(&w->batch);
		buf_release(&w->text);
		buf_release(&w->origins);
		free(w->outcomes);
	}
	free(l->workers);
	free(l->works);
}

static struct worker *worker_of(struct loop *l, unsigned thread)
{
	struct worker *k = &l->workers[thread];
	if (!k->runner.program) {
		runner_init(&k->runner, l->t->program);
		arena_init(&k->scratch, 4096);
		buf_init(&k->why, 4096);
	}
	if (!k->bound)
		runner_bind(&k->runner, &l->source->binding, l->source->width);
	k->bound = true;
	return k;
}

/* ---- one row ---- */

/* Whether every output can hold its record. */
static bool fits(const struct loop *l, struct worker *k, struct arena *a)
{
	const struct program *p = l->t->program;
	size_t field;
	for (size_t i = 0; i < p->output_count; i++) {
		if (k->runner.sure[i] && sink_fits_sure(&l->sinks[i]))
			continue;
		if (sink_fits(&l->sinks[i], k->runner.values[i], &k->scratch, &field, &k->why))
			continue;
		struct str why = arena_copy(a, buf_str(&k->why));
		if (field == SIZE_MAX)
			runner_fault(&k->runner, -1, p->outputs[i].target, (struct str){ 0 }, why);
		else
			runner_fault_of(&k->runner, &p->outputs[i], field, why);
	}
	return k->runner.fault_count == 0;
}

static void keep_faults(struct outcome *o, const struct runner *r, struct arena *a)
{
	struct row_fault *faults = arena_alloc(a, r->fault_count * sizeof *faults);
	memcpy(faults, r->faults, r->fault_count * sizeof *faults);
	o->faults = faults;
	o->fault_count = r->fault_count;
}

static void keep_unique(const struct loop *l, struct outcome *o, const struct runner *r, const struct batch_row *row,
	struct arena *a)
{
	const struct program *p = l->t->program;
	if (!l->unique)
		return;
	struct str key = program_unique_key(r, a);
	if (!key.n)
		return;
	o->has_unique = true;
	o->unique = keyset_key(l->unique, key);
	if (p->prefer_column >= 0)
		o->preferred = r->columns[p->prefer_column];
	if (l->settled)
		o->lost = !keyset_keeps(l->unique, o->unique, inputs_ordinal(&l->inputs, l->input, row->number));
}

static void keep_warnings(struct outcome *o, const struct runner *r, struct arena *a)
{
	const struct program *p = r->program;
	bool *at = arena_alloc(a, program_fields(p) * sizeof *at);
	o->warned = at;
	for (size_t i = 0; i < p->output_count; at += p->outputs[i++].shape.count)
		memcpy(at, r->warned[i], p->outputs[i].shape.count * sizeof *at);
}

static int make(const struct loop *l, size_t output, struct work *w, struct worker *k, struct made *to)
{
	const struct value *values = k->runner.values[output];
	const struct record_shape *shape = &l->t->program->outputs[output].shape;
	struct arena *a = &w->batch.arena;
	*to = (struct made){ .at = w->text.n };
	if (l->keys[output]) {
		to->id = record_identity(shape, values, a);
		to->hash = keyset_key(l->keys[output], identity_bytes(to->id));
	}
	if (sink_prints(&l->sinks[output])) {
		if (sink_print(&l->sinks[output], values, &k->scratch, &w->text, &w->fault) != 0)
			return -1;
		to->n = w->text.n - to->at;
		return 0;
	}
	struct value *kept = arena_alloc(a, shape->count * sizeof *kept);
	if (shape->count)
		memcpy(kept, values, shape->count * sizeof *kept);
	to->values = kept;
	return 0;
}

static int make_records(const struct loop *l, struct work *w, size_t row, struct worker *k)
{
	struct outcome *o = &w->outcomes[row];
	size_t outputs = l->t->program->output_count;
	o->made = arena_alloc(&w->batch.arena, outputs * sizeof *o->made);
	for (size_t i = 0; i < outputs; i++) {
		if (make(l, i, w, k, &o->made[i]) != 0)
			return -1;
	}
	o->origin_at = w->origins.n;
	inputs_add_origin(&l->inputs, l->input, &w->batch.row[row], &w->origins);
	o->origin_n = w->origins.n - o->origin_at;
	o->look = suspects_look(l->suspects, k->runner.values, &w->batch.arena);
	return 0;
}

/* ---- shards ---- */

/* What says where a row that would be written belongs. */
static struct str shard_key(const struct runner *r, struct arena *a)
{
	const struct program *p = r->program;
	struct str key = p->unique_count ? program_unique_key(r, a) : (struct str){ 0 };
	for (size_t i = 0; i < p->output_count && !key.n; i++)
		key = record_key(&p->outputs[i].shape, r->values[i], a);
	return key;
}

static bool is_elsewhere(const struct loop *l, const struct runner *r, enum verdict verdict, uint64_t number, struct arena *a)
{
	static const uint64_t known[2] = { 0, 0 }; /* the same in every run */
	struct str key = verdict == ROW_WRITTEN ? shard_key(r, a) : (struct str){ 0 };
	uint64_t place = key.n ? keyset_hash(known, key) : inputs_ordinal(&l->inputs, l->input, number);
	return place % l->t->shard.count != l->t->shard.index - 1;
}

static int work_row(const struct loop *l, struct work *w, size_t row, struct worker *k)
{
	struct outcome *o = &w->outcomes[row];
	struct arena *a = &w->batch.arena;
	*o = (struct outcome){ 0 };
	if (k->runner.any_warned)
		runner_forget_warnings(&k->runner);
	o->verdict = program_row(&k->runner, &w->batch, row, a);
	o->elsewhere = l->t->shard.count && is_elsewhere(l, &k->runner, o->verdict, w->batch.row[row].number, a);
	if (o->elsewhere)
		return 0;
	if (o->verdict == ROW_WRITTEN && !fits(l, k, a))
		o->verdict = ROW_REJECTED;
	if (o->verdict == ROW_REJECTED)
		keep_faults(o, &k->runner, a);
	int status = 0;
	if (o->verdict == ROW_WRITTEN) {
		if (k->runner.any_warned)
			keep_warnings(o, &k->runner, a);
		keep_unique(l, o, &k->runner, &w->batch.row[row], a);
		if (!o->lost && !l->silent && !atomic_load_explicit(&l->displaced, memory_order_relaxed))
			status = make_records(l, w, row, k);
	}
	arena_clear(&k->scratch);
	return status;
}

/* ---- the stages ---- */

static void work_rows(struct loop *l, struct worker *k, struct work *w)
{
	w->outcomes = mem_grow(w->outcomes, &w->outcome_cap, w->rows, sizeof *w->outcomes);
	for (size_t row = 0; row < w->rows; row++) {
		if (work_row(l, w, row, k) != 0)
			w->rows = row; /* its fault comes behind the rows before it */
	}
}

static void use_again(struct buf *b)
{
	if (b->cap > KEPT_MAX)
		buf_release(b);
	buf_clear(b);
}

bool loop_fill(void *arg, void *piece)
{
	struct loop *l = arg;
	struct work *w = piece;
	uint64_t limit = l->t->limit;
	w->rows = 0;
	w->cut = false;
	err_clear(&w->fault);
	use_again(&w->text);
	use_again(&w->origins);
	if (source_fill(l->source, &w->batch, &w->fault) != 0)
		return false;
	w->rows = w->batch.rows;
	w->behind = l->source->behind;
	if (limit && w->rows > limit - l->filled) {
		w->rows = (size_t)(limit - l->filled);
		w->cut = true;
	}
	l->filled += w->rows;
	if (l->one_by_one && w->rows)
		work_rows(l, worker_of(l, 0), w);
	return w->batch.rows && !w->cut;
}

void loop_work(void *arg, unsigned thread, void *piece)
{
	struct loop *l = arg;
	struct work *w = piece;
	if (!l->one_by_one && w->rows)
		work_rows(l, worker_of(l, thread), w);
}
