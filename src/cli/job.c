#include "qonduit/job.h"

#include <stdio.h>
#include <stdlib.h>

#include "qonduit/charset.h"
#include "qonduit/delivery.h"
#include "qonduit/guards.h"
#include "qonduit/log.h"
#include "qonduit/pipeline.h"
#include "qonduit/progress.h"
#include "qonduit/relay.h"

#define HEADER_ROW_MAX 1000000 /* as in a mapping */

/* Findings in the order of the file, as a reader goes through it; those without a place first. */
static int by_place(const void *left, const void *right)
{
	const struct fault *a = *(const struct fault *const *)left, *b = *(const struct fault *const *)right;
	int order = strcmp(a->what.file, b->what.file);

	if (order == 0)
		order = (a->what.line > b->what.line) - (a->what.line < b->what.line);
	if (order == 0)
		order = (a->what.col > b->what.col) - (a->what.col < b->what.col);
	return order ? order : (a > b) - (a < b);
}

int job_say_faults(struct job *j)
{
	size_t count = j->faults.errors + j->faults.warnings, at = 0, fresh = 0;
	const struct fault **list = ARENA_ARRAY(&j->arena, count, const struct fault *);
	enum err_class gravest = ERR_NONE;

	for (const struct fault *f = j->faults.first; f; f = f->next, at++) {
		if (f->severity == FAULT_ERROR && (gravest == ERR_NONE || f->what.class == ERR_MAPPING))
			gravest = f->what.class;
		if (at >= j->said)
			list[fresh++] = f;
	}
	qsort(list, fresh, sizeof *list, by_place);
	for (size_t i = 0; i < fresh; i++)
		log_fault(list[i]);
	j->said = at;
	return (int)gravest;
}

static void begin(struct job *j)
{
	*j = (struct job){ 0 };
	arena_init(&j->arena, 64 << 10);
	faults_init(&j->faults, &j->arena);
}

int job_contracts(struct job *j, const struct options *o)
{
	begin(j);
	return contracts_load(o->contracts, &j->arena, &j->contracts, &j->faults) == 0 ? 0 : job_say_faults(j);
}

/* One character other than a quote and a line end, written as it is, as \t or as a word. */
static int read_delimiter(const char *text, char *to, struct err *e)
{
	struct str s = str_of(text);

	if (str_eq_nocase(s, STR("auto")))
		*to = 0;
	else if (str_eq_nocase(s, STR("tab")) || str_eq(s, STR("\\t")))
		*to = '\t';
	else if (s.n == 1 && (unsigned char)s.p[0] < 0x80 && !strchr("\"\r\n", s.p[0]))
		*to = s.p[0];
	else
		return err_set(e, ERR_USAGE, "usage.argument",
			"--delimiter: found \"%s\", expected one ASCII character, tab or auto", text);
	return 0;
}

int job_source(const struct options *o, struct source_options *s, struct err *e)
{
	if (o->format)
		s->format = o->format;
	if (o->encoding && strcmp(o->encoding, "auto") != 0 && !charset_known(o->encoding))
		return err_set(e, ERR_USAGE, "usage.argument", "--encoding: \"%s\" is not an encoding that this machine knows",
			o->encoding);
	if (o->encoding)
		s->encoding = o->encoding;
	if (o->delimiter && read_delimiter(o->delimiter, &s->delimiter, e) != 0)
		return -1;
	if (o->header_row > HEADER_ROW_MAX)
		return err_set(e, ERR_USAGE, "usage.argument", "--header-row: found %llu, expected 1 to %d",
			(unsigned long long)o->header_row, HEADER_ROW_MAX);
	if (o->header_row)
		s->header_row = o->header_row;
	if (o->sheet) {
		s->sheet = str_of(o->sheet);
		str_to_u64(s->sheet, &s->sheet_number);
	}
	s->limits = (struct workbook_limits){ .part_bytes = o->max_part, .parts = o->max_parts,
		.string_bytes = o->max_strings, .cell_bytes = o->max_cell };
	return 0;
}

int job_open(struct job *j, const struct options *o, const char *mapping, bool lenient)
{
	int status = job_contracts(j, o);

	if (status != 0)
		return status;
	j->name = mapping;
	mapping_read(&j->mapping, mapping, &j->faults);
	struct err e = { 0 };
	if (job_source(o, &j->mapping.source, &e) != 0)
		*faults_add(&j->faults, FAULT_ERROR) = e;
	if (j->mapping.root && (j->faults.errors == 0 || j->mapping.source.column_count)) {
		program_compile(&j->program, &j->mapping, &j->contracts, o->set.all, o->set.count, lenient, &j->faults);
		j->compiled = true;
	}
	return job_say_faults(j);
}

void job_close(struct job *j)
{
	if (j->compiled)
		program_release(&j->program);
	for (size_t i = 0; i < j->input_count; i++)
		live_input_close(&j->live[i]);
	mapping_release(&j->mapping);
	arena_release(&j->arena);
	*j = (struct job){ 0 };
}

static void show_progress(void *arg, const struct payload_counts *rows, uint64_t bytes, uint64_t of)
{
	char read[32], rejected[32], share[16] = "";

	(void)arg;
	if (of)
		snprintf(share, sizeof share, ", %u %%", (unsigned)(bytes * 100 / of));
	progress_show("reading: %s rows, %s rejected%s", progress_number(rows->read, read),
		progress_number(rows->rejected, rejected), share);
}

static void say_rejected(void *arg, struct str origin, const struct row_fault *fault)
{
	(void)arg;
	log_row(origin, fault->column, fault->reason);
}

static void say_warned(void *arg, const struct record_shape *shape, size_t field, uint64_t times)
{
	char count[32];

	(void)arg;
	log_line(LOG_LEVEL_WARNING, "client_limit",
		"%s %s a \"%.*s\" outside of what the clients of %.*s take; %s written all the same",
		progress_number(times, count), times == 1 ? "record has" : "records have", STR_ARG(shape->fields[field].name),
		STR_ARG(shape->contract->target), times == 1 ? "it is" : "they are");
}

static void say_unseen(void *arg, struct str input, struct str paths)
{
	(void)arg;
	log_line(LOG_LEVEL_WARNING, "unseen", "%.*s: no element has %.*s, which \"each\" reads; what comes of it is left out",
		STR_ARG(input), STR_ARG(paths));
}

/* The parameters as they were set, for the manifest. */
static void list_params(struct job *j, struct transform *t)
{
	struct str *names = ARENA_ARRAY(&j->arena, j->program.param_count, struct str);
	struct str *values = ARENA_ARRAY(&j->arena, j->program.param_count, struct str);

	for (size_t i = 0; i < j->program.param_count; i++) {
		names[i] = j->program.params[i].name;
		values[i] = value_print(&j->arena, &j->program.params[i].value);
	}
	t->param_names = names;
	t->param_values = values;
	t->param_count = j->program.param_count;
}

static int check_inputs(const char *const *inputs, size_t count, struct err *e)
{
	size_t standard = 0;

	for (size_t i = 0; i < count; i++)
		standard += strcmp(inputs[i], "-") == 0;
	return standard > 1 ? err_set(e, ERR_USAGE, "usage.stdin", "standard input (-) can be read only once") : 0;
}

int job_inputs(struct job *j, struct options *o, const char *const *inputs, size_t count, struct err *e)
{
	if (check_inputs(inputs, count, e) != 0)
		return -1;
	j->live = ARENA_ARRAY(&j->arena, count, struct live_input);
	j->inputs = ARENA_ARRAY(&j->arena, count, const char *);
	j->input_names = ARENA_ARRAY(&j->arena, count, struct str);
	for (; j->input_count < count; j->input_count++) {
		struct live_input *in = &j->live[j->input_count];
		if (live_input_open(in, o, inputs[j->input_count], e) != 0)
			return -1;
		j->inputs[j->input_count] = in->path;
		if (in->fd >= 0)
			j->input_names[j->input_count] = in->name;
	}
	return 0;
}

int job_transform(struct job *j, const struct options *o, const char *output, const struct str *accounts,
	struct manifest *m, struct err *e)
{
	struct transform t = {
		.program = &j->program,
		.inputs = j->inputs,
		.names = j->input_names,
		.input_count = j->input_count,
		.output = output,
		.replace = o->force && payload_is_ours(output),
		.accounts = accounts,
		.limit = o->limit,
		.shard = { (uint32_t)o->shard.index, (uint32_t)o->shard.count },
		.has_max_rejects = o->has_max_rejects,
		.max_rejects = o->max_rejects,
		.max_rejects_percent = o->max_rejects_percent,
		.threads = transform_threads(o->threads),
		.allow_empty = o->allow_empty,
		.refuse_suspect = o->refuse_suspect,
		.seen = &j->seen,
		.stop = &delivery_signal,
		.progress = show_progress,
		.rejected = say_rejected,
		.warned = say_warned,
		.unseen = say_unseen,
	};

	list_params(j, &t);
	relay_allow(t.threads > 1);
	progress_begin(o);
	int result = transform_run(&t, &j->arena, m, e);
	progress_end();
	if (strcmp(output, "-") == 0)
		j->seen.rejected_count = 0; /* they were told as they came */
	if (result == 0)
		guard_warn(m);
	for (size_t i = 0; result != 0 && i < j->input_count; i++)
		live_input_tell(&j->live[i], e);
	return result;
}
