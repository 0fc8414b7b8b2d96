/* The loop of the first half; transform.h draws it. */
#include "qonduit/transform.h"

#include <stdlib.h>
#include <unistd.h>

#include "inputs.h"
#include "qonduit/keyset.h"
#include "qonduit/sink.h"

/* One run. */
struct loop {
	const struct transform *t;
	struct arena *arena;          /* of the caller: the manifest lives there */
	struct manifest *m;
	struct runner runner;
	struct batch batch;
	struct folder folder;         /* zeroed where records go to standard output */
	struct sink *sinks;           /* one an output */
	struct keyset **keys;         /* one an output with a key; else null */
	struct keyset *unique;        /* null: none */
	struct rejects *rejects;
	struct inputs inputs;
	uint64_t done;                /* bytes of the inputs behind us */
	struct payload_file *reject_files;
	size_t reject_file_count, reject_file_cap;
	bool silent;                  /* the pass only finds the winners: nothing is written */
	bool settled;                 /* the winners of `unique` are known */
	bool displaced;               /* a row that was written has lost: a second pass is needed */
	bool has_header;              /* the last input: it is a table */
	struct buf why;
};

static bool to_stdout(const struct loop *l)
{
	return strcmp(l->t->output, "-") == 0;
}

/* ---- opening and closing of a pass ---- */

/* Whether `unique` keeps the keys of an output apart already: its key is the very column
 * that rows are told apart by. */
static bool key_is_unique(const struct program *p, size_t output)
{
	const struct rule *key = &p->outputs[output].rules[p->outputs[output].shape.key];

	return p->unique_count == 1 && key->kind == RULE_COLUMN && key->step_count == 0 && key->columns[0] == p->unique[0];
}

static int open_pass(struct loop *l, struct err *e)
{
	const struct program *p = l->t->program;

	l->m->rows = (struct payload_counts){ 0 };
	l->done = 0;
	if (!to_stdout(l) && folder_begin(&l->folder, l->t->output, l->t->replace, e) != 0)
		return -1;
	int dirfd = to_stdout(l) ? -1 : l->folder.fd;
	l->rejects = rejects_open(dirfd);
	for (size_t i = 0; i < p->output_count; i++) {
		struct sink *s = &l->sinks[i];
		s->report = p->outputs[i].report;
		s->head = &p->outputs[i].head;
		s->head_values = p->outputs[i].head_values;
		if (sink_open(s, &p->outputs[i].shape, dirfd, l->t->accounts ? l->t->accounts[i] : (struct str){ 0 },
		    l->arena, e) != 0)
			return -1;
		if (p->outputs[i].shape.key >= 0 && !key_is_unique(p, i))
			l->keys[i] = keyset_new(KEEP_FIRST);
	}
	return 0;
}

static void abandon_pass(struct loop *l)
{
	for (size_t i = 0; i < l->t->program->output_count; i++) {
		sink_release(&l->sinks[i]);
		keyset_free(l->keys[i]);
		l->keys[i] = NULL;
	}
	if (l->rejects)
		rejects_abandon(l->rejects);
	l->rejects = NULL;
	if (l->folder.temporary)
		folder_abandon(&l->folder);
}

/* ---- rows ---- */

static int reject(struct loop *l, size_t input, size_t row, struct err *e)
{
	const struct row_fault *faults = l->runner.faults;
	size_t count = l->runner.fault_count;
	const struct batch_row *at = &l->batch.row[row];
	l->m->rows.rejected++;
	if (l->silent || l->displaced)
		return 0;
	for (size_t i = 0; i < count && l->t->rejected && to_stdout(l); i++)
		l->t->rejected(l->t->arg, inputs_cells(&l->inputs, input, at, &faults[i], 1, &l->batch.arena), &faults[i]);
	struct str origin = inputs_cells(&l->inputs, input, at, faults, count, &l->batch.arena);
	return rejects_add(l->rejects, &l->batch, row, origin, faults, count, e);
}

/* Whether `unique` keeps this row, as far as is known. */
static bool keeps(struct loop *l, uint64_t ordinal)
{
	struct str key;
	bool displaced = false;

	if (!l->unique)
		return true;
	key = program_unique_key(&l->runner, &l->batch.arena);
	if (!key.n)
		return true;
	if (l->settled)
		return keyset_keeps(l->unique, key, ordinal);
	const struct program *p = l->t->program;
	const struct value *by = p->prefer_column >= 0 ? &l->runner.columns[p->prefer_column] : NULL;
	bool best = keyset_offer(l->unique, key, ordinal, by, &displaced);
	l->displaced = l->displaced || displaced;
	return best;
}

/* Whether every output can hold its record. */
static bool fits(struct loop *l)
{
	const struct program *p = l->t->program;
	struct arena *a = &l->batch.arena;
	size_t field;

	for (size_t i = 0; i < p->output_count; i++) {
		if (sink_fits(&l->sinks[i], l->runner.values[i], a, &field, &l->why))
			continue;
		struct str why = arena_copy(a, buf_str(&l->why));
		if (field == SIZE_MAX)
			runner_fault(&l->runner, -1, p->outputs[i].target, (struct str){ 0 }, why);
		else
			runner_fault_of(&l->runner, &p->outputs[i], field, why);
	}
	return l->runner.fault_count == 0;
}

/* No two records of one output have the same key: the second row is at fault, and says where the first is. Keys are noted
 * only once the row is known to be written to every output. -1 where it cannot be told where the first is. */
static int check_keys(struct loop *l, uint64_t ordinal, struct err *e)
{
	const struct program *p = l->t->program;
	struct arena *a = &l->batch.arena;
	struct str *key = arena_alloc(a, p->output_count * sizeof *key);
	struct str origin;
	uint64_t first;

	for (size_t i = 0; i < p->output_count; i++) {
		key[i] = l->keys[i] ? record_key(&p->outputs[i].shape, l->runner.values[i], a) : (struct str){ 0 };
		if (!key[i].n || !keyset_find(l->keys[i], key[i], &first))
			continue;
		if (inputs_origin_of(&l->inputs, first, a, &origin, e) != 0)
			return -1;
		runner_fault(&l->runner, -1, p->outputs[i].shape.fields[p->outputs[i].shape.key].name, key[i],
			arena_printf(a, "\"%.*s\" is already in %.*s, from %.*s", STR_ARG(key[i]), STR_ARG(p->outputs[i].target),
				STR_ARG(origin)));
	}
	for (size_t i = 0; i < p->output_count && l->runner.fault_count == 0; i++)
		if (key[i].n)
			keyset_put(l->keys[i], key[i], ordinal, &first);
	return 0;
}

/* Whether somebody may ask for the origin of an earlier row. */
static bool has_keys(const struct loop *l)
{
	for (size_t i = 0; i < l->t->program->output_count; i++)
		if (l->keys[i])
			return true;
	return false;
}

static int write_row(struct loop *l, size_t input, size_t row, struct err *e)
{
	struct str origin = inputs_origin(&l->inputs, input, &l->batch.row[row], &l->batch.arena);

	for (size_t i = 0; i < l->t->program->output_count; i++)
		if (sink_add(&l->sinks[i], l->runner.values[i], origin, &l->batch.arena, e) != 0)
			return -1;
	l->m->rows.written++;
	return 0;
}

static int take_row(struct loop *l, size_t input, size_t row, struct err *e)
{
	uint64_t ordinal = inputs_ordinal(&l->inputs, input, l->batch.row[row].number);
	struct payload_counts *counts = &l->m->rows;

	counts->read++;
	l->m->inputs[input].rows++;
	switch (program_row(&l->runner, &l->batch, row, &l->batch.arena)) {
	case ROW_FILTERED:
		counts->filtered++;
		return 0;
	case ROW_REJECTED:
		return reject(l, input, row, e);
	case ROW_WRITTEN:
		break;
	}
	if (!fits(l))
		return reject(l, input, row, e);
	if (!keeps(l, ordinal)) {
		counts->duplicates++;
		return 0;
	}
	if (l->silent || l->displaced)
		return 0;
	if (check_keys(l, ordinal, e) != 0)
		return -1;
	if (l->runner.fault_count)
		return reject(l, input, row, e);
	return write_row(l, input, row, e);
}

/* What may be said of the output when a run ends early: lines that went to standard output cannot be called back. */
static const char *nothing_done(const struct loop *l)
{
	return to_stdout(l) ? "" : ": nothing was written or sent";
}

static bool may_read_twice(const struct program *p)
{
	return p->unique_count && p->prefer != PREFER_FIRST;
}

/* Whether what this pass has counted so far stands: a row that loses later gives its key to one that was rejected for it. */
static bool counts_stand(const struct loop *l, bool end)
{
	if (l->settled || !may_read_twice(l->t->program))
		return true;
	return end && !l->silent && !l->displaced;
}

static int guard_rejects(const struct loop *l, bool end, struct err *e)
{
	const struct transform *t = l->t;
	uint64_t rejected = l->m->rows.rejected, read = l->m->rows.read;

	if (!counts_stand(l, end))
		return 0;
	if (t->has_max_rejects && rejected > t->max_rejects)
		return err_set(e, ERR_GUARD, "guard.max_rejects",
			"more than %llu rows are rejected (--max-rejects)%s", (unsigned long long)t->max_rejects,
			nothing_done(l));
	if (end && t->max_rejects_percent &&
	    (unsigned __int128)rejected * 10000 > (unsigned __int128)read * t->max_rejects_percent)
		return err_set(e, ERR_GUARD, "guard.max_rejects",
			"%llu of %llu rows are rejected, more than %u.%02u %% (--max-rejects)%s",
			(unsigned long long)rejected, (unsigned long long)read, t->max_rejects_percent / 100,
			t->max_rejects_percent % 100, nothing_done(l));
	return 0;
}

/* A signal came, which may have broken off a read. */
static int stop(const struct loop *l, struct err *e)
{
	if (strcmp(e->code, "source.read") == 0)
		err_clear(e);
	return err_set(e, ERR_DELIVERY, "stopped", "stopped by a signal%s", nothing_done(l));
}

static int take_rows(struct loop *l, struct source *s, size_t input, uint64_t *last, struct err *e)
{
	const struct transform *t = l->t;
	bool keeps_places = has_keys(l) && !l->silent;

	for (;;) {
		if (source_fill(s, &l->batch, e) != 0)
			return -1;
		if (!l->batch.rows)
			return 0;
		for (size_t row = 0; row < l->batch.rows; row++) {
			if (t->limit && l->m->rows.read == t->limit)
				return source_drain(s, e);
			if (keeps_places && inputs_keep(&l->inputs, input, &l->batch.row[row], e) != 0)
				return -1;
			if (take_row(l, input, row, e) != 0)
				return -1;
		}
		for (size_t row = 0; row < l->batch.rows; row++) /* a sheet's rows may come in any order */
			*last = l->batch.row[row].number > *last ? l->batch.row[row].number : *last;
		if (guard_rejects(l, false, e) != 0)
			return -1;
		if (t->progress)
			t->progress(t->arg, &l->m->rows, l->done + s->behind, l->inputs.bytes);
		if (t->stop && *t->stop)
			return stop(l, e);
	}
}

static int take_input(struct loop *l, size_t input, struct err *e)
{
	struct payload_input *in = &l->m->inputs[input];
	struct source s = { .stop = l->t->stop };
	uint64_t last = 0;
	bool again = in->sha256[0] != 0;

	in->rows = 0;
	int result = source_open(&s, l->t->inputs[input], in->name, &l->t->program->source, e);
	if (result == 0) {
		l->has_header = s.header_row != 0;
		inputs_begin(&l->inputs, input, s.sheet, l->arena);
		rejects_source(l->rejects, &s);
		runner_bind(&l->runner, &s.binding, s.width);
		result = take_rows(l, &s, input, &last, e);
	}
	if (result == 0 && again && strcmp(in->sha256, s.sha256) != 0)
		result = err_set(e, ERR_INPUT, "input.changed", "the file changed while it was read");
	if (result == 0 && !again && s.unseen.n && l->t->unseen)
		l->t->unseen(l->t->arg, s.name, buf_str(&s.unseen));
	if (result == 0) {
		memcpy(in->sha256, s.sha256, sizeof in->sha256);
		in->bytes = s.bytes;
		l->done += s.bytes;
		inputs_ended(&l->inputs, input, last > s.header_row ? last : s.header_row);
	}
	source_close(&s);
	if (result != 0 && l->t->stop && *l->t->stop)
		stop(l, e);
	if (result != 0)
		err_at_file(e, in->name.p);
	return result;
}

static int run_pass(struct loop *l, struct err *e)
{
	if (open_pass(l, e) != 0 || inputs_rewind(&l->inputs, e) != 0)
		return -1;
	for (size_t i = 0; i < l->t->input_count; i++)
		if (take_input(l, i, e) != 0)
			return -1;
	return guard_rejects(l, true, e);
}

/* ---- the end ---- */

static int check_empty(const struct loop *l, struct err *e)
{
	if (l->m->rows.read || l->t->allow_empty)
		return 0;
	err_at_file(e, l->m->inputs[0].name.p);
	return err_set(e, ERR_INPUT, "input.no_rows", "there is %s (--allow-empty takes that)",
		l->has_header ? "a header, but no row below it" : "no record in it");
}

/* Bodies, or lines of bodies that a system waits for; any other file is no request. */
static uint64_t requests_of(const struct contract *c, const struct sink *s)
{
	if (c->style == FILE_BATCHES)
		return s->file_count;
	return c->has_wire && c->style == FILE_LINES ? s->records : 0;
}

static void list_files(struct loop *l)
{
	const struct program *p = l->t->program;
	struct manifest *m = l->m;
	size_t count = l->reject_file_count, at = 0;

	for (size_t i = 0; i < p->output_count; i++)
		count += l->sinks[i].file_count;
	m->files = ARENA_ARRAY(l->arena, count, struct payload_file);
	for (size_t i = 0; i < p->output_count; i++) {
		struct payload_output *o = &m->outputs[i];
		o->target = p->outputs[i].target;
		o->contract = p->outputs[i].shape.contract->version;
		o->account = p->outputs[i].shape.contract->account.n && l->t->accounts ? l->t->accounts[i] : (struct str){ 0 };
		o->records = l->sinks[i].records;
		o->requests = requests_of(p->outputs[i].shape.contract, &l->sinks[i]);
		for (size_t f = 0; f < l->sinks[i].file_count; f++)
			m->files[at++] = l->sinks[i].files[f];
	}
	for (size_t i = 0; i < l->reject_file_count; i++)
		m->files[at++] = l->reject_files[i];
	m->file_count = at;
}

/* Breaches of limits that only a target's real clients enforce. */
static void tell_warnings(const struct loop *l)
{
	const struct program *p = l->t->program;

	for (size_t o = 0; o < p->output_count && l->t->warned; o++)
		for (size_t f = 0; f < p->outputs[o].shape.count; f++)
			if (l->runner.warnings[o][f])
				l->t->warned(l->t->arg, &p->outputs[o].shape, f, l->runner.warnings[o][f]);
}

static int assert_sums(const struct loop *l, struct err *e)
{
	const struct payload_counts *c = &l->m->rows;

	if (c->read != c->filtered + c->duplicates + c->rejected + c->written)
		return err_set(e, ERR_INTERNAL, "rows.sum",
			"rows do not add up: %llu read, %llu filtered, %llu duplicates, %llu rejected, %llu written",
			(unsigned long long)c->read, (unsigned long long)c->filtered, (unsigned long long)c->duplicates,
			(unsigned long long)c->rejected, (unsigned long long)c->written);
	for (size_t i = 0; i < l->t->program->output_count; i++)
		if (l->sinks[i].records != c->written)
			return err_set(e, ERR_INTERNAL, "records.sum", "records do not add up: %llu rows written, %llu records",
				(unsigned long long)c->written, (unsigned long long)l->sinks[i].records);
	return 0;
}

static int close_pass(struct loop *l, struct err *e)
{
	struct buf text = { 0 };
	int result;

	for (size_t i = 0; i < l->t->program->output_count; i++)
		if (sink_close(&l->sinks[i], e) != 0)
			return -1;
	result = rejects_close(l->rejects, l->arena, &l->reject_files, &l->reject_file_count, &l->reject_file_cap, e);
	l->rejects = NULL;
	if (result != 0 || assert_sums(l, e) != 0)
		return -1;
	list_files(l);
	if (to_stdout(l))
		return 0;
	manifest_print(l->m, &text);
	result = io_write_file(l->folder.fd, PAYLOAD_MANIFEST, buf_str(&text), e);
	buf_release(&text);
	return result == 0 ? folder_commit(&l->folder, e) : -1;
}

/* ---- before the first pass ---- */

static void fill_manifest(struct loop *l)
{
	const struct transform *t = l->t;
	const struct mapping *mapping = t->program->mapping;
	struct manifest *m = l->m;

	m->program = STR("qonduit " QONDUIT_VERSION);
	m->mapping = arena_copy(l->arena, str_of(io_basename(mapping->file)));
	memcpy(m->mapping_sha256, mapping->sha256, sizeof m->mapping_sha256);
	m->param_names = t->param_names;
	m->param_values = t->param_values;
	m->param_count = t->param_count;
	m->outputs = ARENA_ARRAY(l->arena, t->program->output_count, struct payload_output);
	m->output_count = t->program->output_count;
	m->inputs = ARENA_ARRAY(l->arena, t->input_count, struct payload_input);
	m->input_count = t->input_count;
	for (size_t i = 0; i < t->input_count; i++)
		m->inputs[i].name = l->inputs.names[i];
}

static struct keyset *new_unique(const struct program *p)
{
	static const enum keyset_order orders[] = {
		[PREFER_FIRST] = KEEP_FIRST, [PREFER_LAST] = KEEP_LAST, [PREFER_LOWEST] = KEEP_LOWEST,
		[PREFER_HIGHEST] = KEEP_HIGHEST,
	};
	return p->unique_count ? keyset_new(orders[p->prefer]) : NULL;
}

static void release(struct loop *l)
{
	abandon_pass(l);
	inputs_close(&l->inputs);
	keyset_free(l->unique);
	runner_release(&l->runner);
	batch_release(&l->batch);
	buf_release(&l->why);
	free(l->reject_files);
}

int transform_run(const struct transform *t, struct arena *arena, struct manifest *out, struct err *e)
{
	size_t outputs = t->program->output_count;
	struct loop l = { .t = t, .arena = arena, .m = out, .unique = new_unique(t->program), .why = { .max = 4096 } };

	*out = (struct manifest){ 0 };
	l.sinks = ARENA_ARRAY(arena, outputs, struct sink);
	l.keys = ARENA_ARRAY(arena, outputs, struct keyset *);
	batch_init(&l.batch);
	runner_init(&l.runner, t->program);
	int result = inputs_open(&l.inputs, t->inputs, t->input_count, may_read_twice(t->program), t->stop, arena, e);
	fill_manifest(&l);
	l.silent = to_stdout(&l) && may_read_twice(t->program);
	if (result == 0)
		result = run_pass(&l, e);
	if (result == 0 && (l.displaced || l.silent)) {
		abandon_pass(&l);
		runner_forget_warnings(&l.runner);
		l.settled = true;
		l.silent = l.displaced = false;
		result = run_pass(&l, e);
	}
	if (result == 0)
		result = check_empty(&l, e);
	if (result == 0)
		result = close_pass(&l, e);
	if (result == 0)
		tell_warnings(&l);
	release(&l);
	return result;
}
