/* What needs the rows' order: counts, which of equals is kept, keys, and what is written. */
#include "transform_parts.h"

#include "qonduit/utf8.h"

#define ROWS_AHEAD 8 /* whose keys are being fetched */
#define SHOWN_MAX 200 /* bytes of a text of a rejected row that is kept to be shown */
#define SHOWN_FAULTS 4

/* A row whose outcome is known. */
struct taken {
	struct work *work;
	struct outcome *outcome;
	size_t row;
	uint64_t ordinal;
};

static struct arena *arena_of(const struct taken *t)
{
	return &t->work->batch.arena;
}

static const struct batch_row *row_of(const struct taken *t)
{
	return &t->work->batch.row[t->row];
}

/* ---- rows ---- */

/* So much of a text as is shown of it. */
static void add_head(struct buf *to, struct str text)
{
	struct str head = utf8_head(text, SHOWN_MAX);
	if (to->n && text.n)
		buf_add(to, STR("; "));
	buf_add(to, head);
	if (head.n < text.n)
		buf_add(to, STR("…"));
}

static struct str taken_from(struct buf *b, struct arena *a)
{
	struct str text = arena_copy(a, buf_str(b));
	buf_release(b);
	return text;
}

/* The first ones are kept for whoever has to say why a guard stopped the run. */
static void note_rejected(struct transform_seen *seen, struct str origin, const struct row_fault *faults, size_t count,
	struct arena *a)
{
	struct buf columns = { 0 }, values = { 0 }, reasons = { 0 };
	if (seen->rejected_count == TRANSFORM_REJECTED)
		return;
	for (size_t i = 0; i < count && i < SHOWN_FAULTS; i++) {
		add_head(&columns, faults[i].column);
		add_head(&values, faults[i].value);
		add_head(&reasons, faults[i].reason);
	}
	seen->rejected[seen->rejected_count++] = (struct rejected){ arena_copy(a, origin), taken_from(&columns, a),
		taken_from(&values, a), taken_from(&reasons, a) };
}

static int reject(struct loop *l, const struct taken *t, struct err *e)
{
	const struct row_fault *faults = t->outcome->faults;
	size_t count = t->outcome->fault_count;
	l->m->rows.rejected++;
	if (l->silent || l->displaced)
		return 0;
	for (size_t i = 0; i < count && l->t->rejected && to_stdout(l); i++)
		l->t->rejected(l->t->arg, inputs_cells(&l->inputs, l->input, row_of(t), &faults[i], 1, arena_of(t)), &faults[i]);
	struct str origin = inputs_cells(&l->inputs, l->input, row_of(t), faults, count, arena_of(t));
	if (rejects_add(l->rejects, &t->work->batch, t->row, origin, faults, count, e) != 0)
		return -1;
	if (l->t->seen)
		note_rejected(l->t->seen, origin, faults, count, l->arena);
	return loop_guard(l, false, e);
}

/* Whether `unique` keeps this row, as far as is known. */
static bool keeps(struct loop *l, const struct taken *t)
{
	const struct outcome *o = t->outcome;
	bool displaced = false;
	if (!l->unique || !o->has_unique || l->settled)
		return !o->lost;
	const struct value *by = l->t->program->prefer_column >= 0 ? &o->preferred : NULL;
	bool best = keyset_offer(l->unique, o->unique, t->ordinal, by, &displaced);
	if (displaced)
		l->displaced = true;
	return best;
}

static void add_fault(struct outcome *o, struct row_fault fault, struct arena *a)
{
	struct row_fault *faults = arena_alloc(a, (o->fault_count + 1) * sizeof *faults);
	if (o->fault_count)
		memcpy(faults, o->faults, o->fault_count * sizeof *faults);
	faults[o->fault_count++] = fault;
	o->faults = faults;
}

static struct str tell_within(const struct program_output *to, struct identity id, struct arena *a)
{
	const struct record_shape *shape = &to->shape;
	struct str *names = arena_alloc(a, (shape->within_count + 1) * sizeof *names);
	struct buf text = { 0 };
	for (size_t i = 0; i < shape->within_count; i++)
		names[i] = shape->fields[shape->within[i]].name;
	identity_tell(&text, names, shape->within_count, identity_scope(id));
	struct str told = arena_copy(a, buf_str(&text));
	buf_release(&text);
	return told;
}

/* Where the first record of the output that is known by the same is from; -1 where that cannot be told. */
static int refuse_key(const struct loop *l, const struct taken *t, size_t output, uint64_t first, struct err *e)
{
	const struct program_output *to = &l->t->program->outputs[output];
	struct arena *a = arena_of(t);
	struct str key = t->outcome->made[output].id.key, origin;
	if (inputs_origin_of(&l->inputs, first, a, &origin, e) != 0)
		return -1;
	struct str reason = arena_printf(a, "\"%.*s\"%.*s is already in %.*s, from %.*s", STR_ARG(key),
		STR_ARG(tell_within(to, t->outcome->made[output].id, a)), STR_ARG(to->target), STR_ARG(origin));
	if (t->outcome->fault_count < ROW_FAULTS_MAX)
		add_fault(t->outcome, (struct row_fault){ to->shape.fields[to->shape.key].name, key, reason, -1 }, a);
	return 0;
}

/* No two records of one output are known by the same: the second row is at fault. What they are known by is noted only
 * once the row is known to be written to every output; with one output that is at once. */
static int check_keys(struct loop *l, const struct taken *t, struct err *e)
{
	size_t outputs = l->t->program->output_count;
	const struct made *made = t->outcome->made;
	uint64_t first;
	for (size_t i = 0; i < outputs; i++) {
		if (!made[i].id.key.n)
			continue;
		bool known = outputs == 1 ? !keyset_put(l->keys[i], made[i].hash, t->ordinal, &first) :
			keyset_find(l->keys[i], made[i].hash, &first);
		if (known && refuse_key(l, t, i, first, e) != 0)
			return -1;
	}
	for (size_t i = 0; i < outputs && outputs > 1 && t->outcome->fault_count == 0; i++) {
		if (made[i].id.key.n)
			keyset_put(l->keys[i], made[i].hash, t->ordinal, &first);
	}
	return 0;
}

static void count_warnings(struct loop *l, const struct outcome *o)
{
	size_t fields = o->warned ? program_fields(l->t->program) : 0;
	for (size_t i = 0; i < fields; i++)
		l->warnings[i] += o->warned[i];
}

static int write_row(struct loop *l, const struct taken *t, struct err *e)
{
	const struct work *w = t->work;
	const struct outcome *o = t->outcome;
	struct sink_record r = { .origin = { w->origins.p + o->origin_at, o->origin_n } };
	for (size_t i = 0; i < l->t->program->output_count; i++) {
		r.text = (struct str){ w->text.p + o->made[i].at, o->made[i].n };
		r.values = o->made[i].values;
		if (sink_take(&l->sinks[i], &r, e) != 0)
			return -1;
	}
	suspects_take(l->suspects, o->look);
	l->m->rows.written++;
	count_warnings(l, o);
	return 0;
}

static int take_row(struct loop *l, const struct taken *t, struct err *e)
{
	struct payload_counts *counts = &l->m->rows;
	if (t->outcome->elsewhere) {
		l->elsewhere++;
		return 0;
	}
	counts->read++;
	l->m->inputs[l->input].rows++;
	switch (t->outcome->verdict) {
	case ROW_FILTERED:
		counts->filtered++;
		return 0;
	case ROW_REJECTED:
		return reject(l, t, e);
	case ROW_WRITTEN:
		break;
	}
	if (!keeps(l, t)) {
		counts->duplicates++;
		return 0;
	}
	if (l->silent || l->displaced)
		return 0;
	if (check_keys(l, t, e) != 0)
		return -1;
	return t->outcome->fault_count ? reject(l, t, e) : write_row(l, t, e);
}

/* ---- guards ---- */

/* What may be said of the output when a run ends early: lines that went to standard output cannot be called back. */
const char *loop_nothing_done(const struct loop *l)
{
	return to_stdout(l) ? "" : ": nothing was written or sent";
}

/* Whether what this pass has counted so far stands: a row that loses later gives its key to one that was rejected for it. */
static bool counts_stand(const struct loop *l, bool end)
{
	if (l->settled || !may_read_twice(l->t->program))
		return true;
	return end && !l->silent && !l->displaced;
}

int loop_guard(const struct loop *l, bool end, struct err *e)
{
	const struct transform *t = l->t;
	uint64_t rejected = l->m->rows.rejected, read = l->m->rows.read;
	if (!counts_stand(l, end))
		return 0;
	if (t->has_max_rejects && rejected > t->max_rejects)
		return err_set(e, ERR_GUARD, "guard.max_rejects",
			"more than %llu rows are rejected (--max-rejects), %llu of the %llu read%s%s",
			(unsigned long long)t->max_rejects, (unsigned long long)rejected, (unsigned long long)read,
			end ? "" : " so far", loop_nothing_done(l));
	if (end && payload_rejects_over(&l->m->rows, t->max_rejects_percent))
		return err_set(e, ERR_GUARD, "guard.max_rejects",
			"%llu of %llu rows are rejected, more than %u.%02u %% (--max-rejects)%s",
			(unsigned long long)rejected, (unsigned long long)read, t->max_rejects_percent / 100,
			t->max_rejects_percent % 100, loop_nothing_done(l));
	return 0;
}

int loop_stop(const struct loop *l, struct err *e)
{
	if (strcmp(e->code, "source.read") == 0)
		err_clear(e);
	return err_set(e, ERR_DELIVERY, "stopped", "stopped by a signal%s", loop_nothing_done(l));
}

/* ---- the stage ---- */

static bool keeps_places(const struct loop *l)
{
	for (size_t i = 0; i < l->t->program->output_count && !l->silent; i++) {
		if (l->keys[i])
			return true;
	}
	return false;
}

/* Has the places of a row's keys fetched. */
static void expect_keys(const struct loop *l, const struct outcome *o)
{
	if (o->verdict != ROW_WRITTEN || o->elsewhere)
		return;
	if (o->has_unique)
		keyset_expect(l->unique, o->unique);
	for (size_t i = 0; o->made && i < l->t->program->output_count; i++) {
		if (o->made[i].id.key.n)
			keyset_expect(l->keys[i], o->made[i].hash);
	}
}

static int take_rows(struct loop *l, struct work *w, struct err *e)
{
	bool places = keeps_places(l);
	for (size_t row = 0; row < w->rows; row++) {
		const struct batch_row *at = &w->batch.row[row];
		if (row + ROWS_AHEAD < w->rows)
			expect_keys(l, &w->outcomes[row + ROWS_AHEAD]);
		struct taken t = { w, &w->outcomes[row], row, inputs_ordinal(&l->inputs, l->input, at->number) };
		if (places && inputs_keep(&l->inputs, l->input, at, e) != 0)
			return -1;
		if (take_row(l, &t, e) != 0)
			return -1;
		l->last = at->number > l->last ? at->number : l->last; /* a sheet's rows may come in any order */
	}
	return 0;
}

static int end_work(struct loop *l, struct work *w, struct err *e)
{
	if (take_rows(l, w, e) != 0)
		return -1;
	if (w->fault.class) {
		*e = w->fault;
		return -1;
	}
	l->cut = w->cut;
	if (w->cut || w->rows == 0)
		return 0;
	if (l->t->progress)
		l->t->progress(l->t->arg, &l->m->rows, l->done + w->behind, l->inputs.bytes);
	return is_stopped(l) ? loop_stop(l, e) : 0;
}

bool loop_end(void *arg, void *piece)
{
	struct loop *l = arg;
	l->failed = end_work(l, piece, l->e) != 0;
	if (l->failed) /* a thread may wait for input */
		source_give_up(l->source);
	return !l->failed;
}

/* Bodies that are whole need no order to be written. */
void loop_after(void *arg)
{
	struct loop *l = arg;
	for (size_t i = 0; i < l->t->program->output_count; i++)
		sink_work(&l->sinks[i]);
}
