/* The loop of the first half; transform.h draws it. */
#include "qonduit/transform.h"

#include <stdlib.h>

#include "transform_parts.h"

#define THREADS_USUAL 8 /* most of them: reading and writing, which one does at a time, take a tenth each */

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
	memset(l->warnings, 0, program_fields(p) * sizeof *l->warnings);
	l->done = l->filled = 0;
	suspects_begin(l->suspects);
	if (l->t->seen)
		*l->t->seen = (struct transform_seen){ 0 };
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

/* ---- inputs ---- */

static int take_rows(struct loop *l, struct err *e)
{
	static const struct pipeline_stages stages = { loop_fill, loop_work, loop_end, loop_after };
	void **pieces = mem_alloc(l->work_count * sizeof *pieces);

	for (size_t i = 0; i < l->work_count; i++)
		pieces[i] = &l->works[i];
	for (unsigned i = 0; i < l->threads; i++)
		l->workers[i].bound = false;
	l->last = 0;
	l->cut = l->failed = false;
	l->e = e;
	pipeline_run(&stages, l, pieces, l->work_count, l->threads);
	free(pieces);
	if (l->failed)
		return -1;
	return l->cut ? source_drain(l->source, e) : 0;
}

static int take_input(struct loop *l, size_t input, struct err *e)
{
	struct payload_input *in = &l->m->inputs[input];
	struct source s = { .stop = l->t->stop, .threads = l->threads };
	bool again = in->sha256[0] != 0;

	in->rows = 0;
	int result = source_open(&s, l->t->inputs[input], in->name, &l->t->program->source, e);
	if (result == 0) {
		l->has_header = s.header_row != 0;
		inputs_begin(&l->inputs, input, s.sheet, l->arena);
		rejects_source(l->rejects, &s);
		l->source = &s;
		l->input = input;
		result = take_rows(l, e);
	}
	if (result == 0 && again && strcmp(in->sha256, s.sha256) != 0)
		result = err_set(e, ERR_INPUT, "input.changed", "the file changed while it was read");
	if (result == 0 && !again && s.unseen.n && l->t->unseen)
		l->t->unseen(l->t->arg, s.name, buf_str(&s.unseen));
	if (result == 0) {
		memcpy(in->sha256, s.sha256, sizeof in->sha256);
		in->bytes = s.bytes;
		l->done += s.bytes;
		inputs_ended(&l->inputs, input, l->last > s.header_row ? l->last : s.header_row);
	}
	source_close(&s);
	l->source = NULL;
	if (result != 0 && is_stopped(l))
		loop_stop(l, e);
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
	if (l->t->seen)
		l->t->seen->all = true;
	return loop_guard(l, true, e);
}

/* ---- the end ---- */

static int check_empty(const struct loop *l, struct err *e)
{
	if (l->m->rows.read || l->elsewhere || l->t->allow_empty)
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
	const uint64_t *times = l->warnings;

	for (size_t o = 0; o < p->output_count && l->t->warned; o++) {
		for (size_t f = 0; f < p->outputs[o].shape.count; f++, times++) {
			if (*times)
				l->t->warned(l->t->arg, &p->outputs[o].shape, f, *times);
		}
	}
}

/* What is suspect is told before anything gets its name. */
static int check_suspects(const struct loop *l, struct err *e)
{
	suspects_tell(l->suspects, l->arena, l->m);
	return l->t->refuse_suspect ? payload_refuse_suspects(l->m, loop_nothing_done(l), e) : 0;
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
	if (t->shard.count)
		m->shard = arena_printf(l->arena, "%u/%u", t->shard.index, t->shard.count);
	m->outputs = ARENA_ARRAY(l->arena, t->program->output_count, struct payload_output);
	m->output_count = t->program->output_count;
	for (size_t i = 0; i < m->output_count; i++)
		m->outputs[i].target = t->program->outputs[i].target;
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
	suspects_close(l->suspects);
	loop_close_workers(l);
	free(l->reject_files);
}

unsigned transform_threads(uint64_t asked)
{
	unsigned cores = pipeline_cores();

	if (asked)
		return asked < PIPELINE_THREADS_MAX ? (unsigned)asked : PIPELINE_THREADS_MAX;
	return cores < THREADS_USUAL ? cores : THREADS_USUAL;
}

int transform_run(const struct transform *t, struct arena *arena, struct manifest *out, struct err *e)
{
	size_t outputs = t->program->output_count;
	struct loop l = { .t = t, .arena = arena, .m = out, .unique = new_unique(t->program),
		.suspects = suspects_open(t->program), .threads = t->threads ? t->threads : 1,
		.one_by_one = loop_remembers(t->program) };

	*out = (struct manifest){ 0 };
	l.sinks = ARENA_ARRAY(arena, outputs, struct sink);
	l.keys = ARENA_ARRAY(arena, outputs, struct keyset *);
	l.warnings = ARENA_ARRAY(arena, program_fields(t->program), uint64_t);
	loop_open_workers(&l);
	int result = inputs_open(&l.inputs, t->inputs, t->names, t->input_count, may_read_twice(t->program), t->stop, arena,
		e);
	fill_manifest(&l);
	l.silent = to_stdout(&l) && may_read_twice(t->program);
	if (result == 0)
		result = run_pass(&l, e);
	if (result == 0 && (l.displaced || l.silent)) {
		abandon_pass(&l);
		l.settled = true;
		l.silent = false;
		l.displaced = false;
		result = run_pass(&l, e);
	}
	if (result == 0)
		result = check_empty(&l, e);
	if (result == 0)
		result = check_suspects(&l, e);
	if (result == 0)
		result = close_pass(&l, e);
	if (result == 0)
		tell_warnings(&l);
	release(&l);
	return result;
}
