#include <stdio.h>

#include "qonduit/job.h"
#include "qonduit/json_write.h"
#include "qonduit/log.h"
#include "qonduit/sheet_read.h"

#define SAMPLE_ROWS 100

/* "catalog.csv:17: price: …", or the cell of a workbook, or the place of a JSON record. */
static void say_rejected(const struct source *s, const struct batch *b, size_t at, const struct row_fault *f)
{
	char letters[SHEET_LETTERS_MAX];
	uint64_t row = b->row[at].number;

	if (b->row[at].place.n) {
		log_line(LOG_LEVEL_WARNING, "row_rejected", "%.*s:%.*s: %.*s%s%.*s", STR_ARG(s->name),
			STR_ARG(b->row[at].place), STR_ARG(f->column), f->column.n ? ": " : "", STR_ARG(f->reason));
		return;
	}
	log_line(LOG_LEVEL_WARNING, "row_rejected", "%.*s%s%.*s%s%s%llu: %.*s%s%.*s", STR_ARG(s->name),
		s->sheet.n ? "!" : "", STR_ARG(s->sheet), s->sheet.n ? "!" : ":",
		s->sheet.n && f->at >= 0 ? sheet_letters((size_t)f->at, letters) : "", (unsigned long long)row,
		STR_ARG(f->column), f->column.n ? ": " : "", STR_ARG(f->reason));
}

/* The header of a file and its first rows, through the program. */
static int check_sample(struct job *j, struct options *o, const char *input)
{
	struct err e = { 0 };
	struct live_input in;
	struct source s = { 0 };
	struct batch b;
	struct runner r;
	uint64_t read = 0, rejected = 0;

	batch_init(&b);
	runner_init(&r, &j->program);
	int result = live_input_open(&in, o, input, &e);
	if (result == 0)
		result = source_open(&s, in.path, in.name, &j->program.source, &e);
	if (result == 0)
		runner_bind(&r, &s.binding, s.width);
	while (result == 0 && read < SAMPLE_ROWS && (result = source_fill(&s, &b, &e)) == 0 && b.rows)
		for (size_t row = 0; row < b.rows && read < SAMPLE_ROWS; row++, read++) {
			if (program_row(&r, &b, row, &b.arena) != ROW_REJECTED)
				continue;
			rejected++;
			for (size_t i = 0; i < r.fault_count; i++)
				say_rejected(&s, &b, row, &r.faults[i]);
		}
	if (result == 0)
		log_line(LOG_LEVEL_INFO, "sample", "%s: %s takes it; %llu of the first %llu rows would be rejected", j->name,
			input, (unsigned long long)rejected, (unsigned long long)read);
	else {
		live_input_tell(&in, &e);
		log_err(&e);
	}
	source_close(&s);
	live_input_close(&in);
	runner_release(&r);
	batch_release(&b);
	return result != 0 ? live_status(&e) : rejected ? ERR_ROWS : 0;
}

static void write_fault(struct json_out *w, const struct fault *f)
{
	json_open(w, '{');
	json_key(w, STR("severity"));
	json_string(w, f->severity == FAULT_ERROR ? STR("error") : STR("warning"));
	json_key(w, STR("code"));
	json_string(w, str_of(f->what.code));
	json_key(w, STR("file"));
	json_string(w, str_of(f->what.file));
	json_key(w, STR("line"));
	json_int(w, (int64_t)f->what.line);
	json_key(w, STR("column"));
	json_int(w, f->what.col);
	json_key(w, STR("pointer"));
	json_string(w, str_of(f->what.pointer));
	json_key(w, STR("message"));
	json_string(w, str_of(f->what.message));
	json_close(w, '}');
}

/* With the mapping's own parameters: --set is for a run, and for samples. */
static size_t run_tests(const struct options *o, struct job *j)
{
	struct program own;
	size_t passed = 0;

	if (!o->set.count)
		return program_test(&j->program, &j->contracts, &j->faults);
	if (program_compile(&own, &j->mapping, &j->contracts, NULL, 0, true, &j->faults) == 0)
		passed = program_test(&own, &j->contracts, &j->faults);
	program_release(&own);
	return passed;
}

static int check_one(struct options *o, const char *name, struct json_out *w)
{
	struct job j;
	int status = job_open(&j, o, name, true);
	size_t passed = 0, before = j.faults.errors;

	if (j.compiled && before == 0) {
		passed = run_tests(o, &j);
		if (j.faults.errors)
			status = job_say_faults(&j);
	}
	if (status == 0)
		log_line(LOG_LEVEL_INFO, "checked", "%s: no fault, %zu of %zu tests passed", name, passed,
			j.mapping.test_count);
	for (size_t i = 0; status == 0 && i < o->sample.count; i++)
		status = check_sample(&j, o, o->sample.all[i]);
	json_open(w, '{');
	json_key(w, STR("mapping"));
	json_string(w, str_of(name));
	json_key(w, STR("status"));
	json_int(w, status);
	json_key(w, STR("tests"));
	json_int(w, (int64_t)j.mapping.test_count);
	json_key(w, STR("passed"));
	json_int(w, (int64_t)passed);
	json_key(w, STR("faults"));
	json_open(w, '[');
	for (const struct fault *f = j.faults.first; f; f = f->next)
		write_fault(w, f);
	json_close(w, ']');
	json_close(w, '}');
	job_close(&j);
	return status;
}

static int run(struct options *o, struct err *e)
{
	struct buf text = { 0 };
	struct json_out w = json_out(&text);
	int status = 0;

	if (!o->operands.count)
		return err_set(e, ERR_USAGE, "usage", "check needs a mapping: qonduit check MAPPING…"), ERR_USAGE;
	json_open(&w, '{');
	json_key(&w, STR("mappings"));
	json_open(&w, '[');
	for (size_t i = 0; i < o->operands.count; i++) {
		int one = check_one(o, o->operands.all[i], &w);
		status = one > status ? one : status;
	}
	json_close(&w, ']');
	json_close(&w, '}');
	buf_addc(&text, '\n');
	if (o->json)
		fwrite(text.p, 1, text.n, stdout);
	buf_release(&text);
	return status;
}

const struct command command_check = {
	.name = "check",
	.synopsis = "MAPPING…",
	.summary = "checks mappings without reading data, and runs their tests",
	.text = "Every fault is told at once, with file, line, column and JSON pointer; "
		"the exit status is 3 where there is one.\n"
		"Mappings are loaded as convert and push load them. --sample takes a file, or a resource, which is fetched.\n",
	.options = "set contracts sample max-part max-parts max-strings max-cell max-wait state config env-file json",
	.run = run,
};
