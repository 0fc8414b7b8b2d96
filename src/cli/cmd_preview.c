/* The first rows of an input, or one of them step by step, beside what a mapping makes of them. Nothing is written. */
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "preview.h"
#include "qonduit/io.h"
#include "qonduit/job.h"
#include "qonduit/log.h"

#define ROWS 10
#define WIDTH 120
#define WIDTH_LEAST 60
#define WIDTH_MOST 240
#define BATCH_ROWS_MOST 512

struct reading {
	struct preview preview;
	const struct options *o;
	uint64_t limit, rows, last;     /* rows shown; the number of the last one that was read */
	uint64_t verdicts[ROW_REJECTED + 1];
};

struct str preview_verdict(const struct preview *p)
{
	static const struct str names[] = { [ROW_WRITTEN] = STR("written"), [ROW_FILTERED] = STR("filtered"),
		[ROW_REJECTED] = STR("rejected") };

	return names[p->verdict];
}

bool preview_has(const struct preview *p, size_t column)
{
	const int *at = p->source->binding.at;

	if (at[column] < 0 || p->program->columns[column].header_of >= 0)
		return false;
	for (size_t i = 0; i < column; i++)
		if (at[i] == at[column] && p->program->columns[i].header_of < 0)
			return false;
	return true;
}

struct cell preview_cell(const struct preview *p, size_t column)
{
	return batch_get(&p->batch, p->row, (size_t)p->source->binding.at[column]);
}

const struct row_fault *preview_fault(const struct preview *p, size_t column)
{
	for (size_t i = 0; p->runner.bad[column] && i < p->runner.fault_count; i++)
		if (str_eq(p->runner.faults[i].column, p->program->columns[column].name))
			return &p->runner.faults[i];
	return NULL;
}

static size_t terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col)
		return WIDTH;
	return size.ws_col < WIDTH_LEAST ? WIDTH_LEAST : size.ws_col > WIDTH_MOST ? WIDTH_MOST : size.ws_col;
}

/* "catalog.csv:17", "catalog.xlsx!Catalog!17", "orders.json:/orders/3" */
static struct str origin(struct preview *p)
{
	const struct batch_row *row = &p->batch.row[p->row];
	const struct source *s = p->source;
	struct str place = row->place;

	if (!place.n)
		place = arena_printf(&p->batch.arena, "%llu", (unsigned long long)row->number);
	return arena_printf(&p->batch.arena, "%.*s%s%.*s%s%.*s", STR_ARG(s->name), s->sheet.n ? "!" : "",
		STR_ARG(s->sheet), s->sheet.n ? "!" : ":", STR_ARG(place));
}

static void trace_row(struct preview *p)
{
	bool possible = p->verdict != ROW_FILTERED && trace_is_possible(&p->runner, &p->batch, p->row);

	p->traces = ARENA_ARRAY(&p->batch.arena, p->program->output_count + 1, struct trace *);
	for (size_t i = 0; possible && i < p->program->output_count; i++) {
		p->traces[i] = ARENA_ARRAY(&p->batch.arena, p->program->outputs[i].shape.count + 1, struct trace);
		trace_output(&p->runner, i, p->traces[i]);
	}
}

static int show_row(struct reading *r, size_t row, struct err *e)
{
	struct preview *p = &r->preview;

	p->row = row;
	p->verdict = program_row(&p->runner, &p->batch, row, &p->batch.arena);
	p->origin = origin(p);
	r->rows++;
	r->verdicts[p->verdict]++;
	if (r->o->row)
		trace_row(p);
	(r->o->json ? preview_json : r->o->row ? preview_steps : preview_table)(p);
	int result = io_write_all(STDOUT_FILENO, p->out.p, p->out.n, "standard output", e);
	buf_clear(&p->out);
	return result;
}

static int show_batch(struct reading *r, struct err *e)
{
	const struct batch *b = &r->preview.batch;

	for (size_t row = 0; row < b->rows && r->rows < r->limit; row++) {
		r->last = b->row[row].number;
		if ((!r->o->row || r->o->row == r->last) && show_row(r, row, e) != 0)
			return -1;
	}
	return 0;
}

/* Why there is no such row. */
static int refuse_row(const struct reading *r, struct err *e)
{
	const struct source *s = r->preview.source;
	unsigned long long row = r->o->row;

	err_at_file(e, s->name.p);
	if (row <= s->header_row)
		return err_set(e, ERR_USAGE, "usage.row", "--row: row %llu is %s, expected a row below it", row,
			row == s->header_row ? "the header" : "above the header");
	if (row > r->last)
		return err_set(e, ERR_USAGE, "usage.row", "--row: there is no row %llu, the last one is %llu", row,
			(unsigned long long)r->last);
	return err_set(e, ERR_USAGE, "usage.row", "--row: row %llu is blank", row);
}

static int refuse_empty(const struct source *s, struct err *e)
{
	err_at_file(e, s->name.p);
	if (!s->header_row)
		return err_set(e, ERR_INPUT, "source.no_rows", "there is no record in the input");
	return err_set(e, ERR_INPUT, "source.no_rows", "there is no row below the header in row %llu",
		(unsigned long long)s->header_row);
}

static int show_rows(struct reading *r, struct source *s, struct err *e)
{
	struct err ignored = { 0 };
	int result;

	do { /* the rows before a fault are shown too, and are enough where they are all that was asked for */
		result = source_fill(s, &r->preview.batch, e);
		if (show_batch(r, result ? &ignored : e) != 0)
			return -1;
		if (result != 0 && r->rows == r->limit) {
			err_clear(e);
			return 0;
		}
	} while (result == 0 && r->preview.batch.rows && r->rows < r->limit && !(r->o->row && r->last > r->o->row));
	if (result != 0 || r->rows)
		return result;
	return r->last && r->o->row ? refuse_row(r, e) : refuse_empty(s, e);
}

static void say_shown(const struct reading *r)
{
	log_line(LOG_LEVEL_INFO, "preview", "%llu %s: %llu written, %llu filtered, %llu rejected%s",
		(unsigned long long)r->rows, r->rows == 1 ? "row" : "rows", (unsigned long long)r->verdicts[ROW_WRITTEN],
		(unsigned long long)r->verdicts[ROW_FILTERED], (unsigned long long)r->verdicts[ROW_REJECTED],
		r->preview.program->unique_count ? "; rows that \"unique\" would leave out are not told" : "");
}

static int show_input(struct job *j, const struct options *o, const struct live_input *in, struct err *e)
{
	struct source_options options = j->program.source;
	struct reading r = { .o = o, .limit = o->row ? 1 : o->limit ? o->limit : ROWS };
	struct source s = { 0 };

	if (!o->row && r.limit < BATCH_ROWS_MOST)
		options.batch_rows = r.limit;
	r.preview.source = &s;
	r.preview.program = &j->program;
	r.preview.width = terminal_width();
	batch_init(&r.preview.batch);
	runner_init(&r.preview.runner, &j->program);
	int result = source_open(&s, in->path, in->name, &options, e);
	if (result == 0) {
		runner_bind(&r.preview.runner, &s.binding, s.width);
		result = show_rows(&r, &s, e);
	}
	if (result == 0)
		say_shown(&r);
	else
		live_input_tell(in, e);
	source_close(&s);
	runner_release(&r.preview.runner);
	batch_release(&r.preview.batch);
	buf_release(&r.preview.out);
	return result;
}

static int check_usage(const struct options *o, struct err *e)
{
	if (o->operands.count != 2)
		return err_set(e, ERR_USAGE, "usage", "preview takes a mapping and an input: qonduit preview MAPPING INPUT");
	if (o->row && o->limit)
		return err_set(e, ERR_USAGE, "usage", "--row shows one row: leave --limit out");
	return 0;
}

static int run(struct options *o, struct err *e)
{
	struct job j;
	struct live_input in;

	if (check_usage(o, e) != 0)
		return ERR_USAGE;
	int status = job_open(&j, o, o->operands.all[0], false);
	if (status == 0 && live_input_open(&in, o, o->operands.all[1], e) != 0) {
		status = live_status(e);
	} else if (status == 0) {
		signal(SIGPIPE, SIG_DFL); /* who reads the rows may have enough of them */
		status = show_input(&j, o, &in, e) == 0 ? 0 : (int)e->class;
		live_input_close(&in);
	}
	job_close(&j);
	return status;
}

const struct command command_preview = {
	.name = "preview",
	.synopsis = "MAPPING INPUT [--limit N | --row N]",
	.summary = "the first rows beside what a mapping makes of them; writes and sends nothing",
	.text = "INPUT is a file, - for standard input, or a resource (qogita:orders?status=PAID), which is fetched.\n"
		"The first 10 rows are shown, or --limit N: the cells that the mapping reads and the fields of each target, or\n"
		"why a row is filtered or rejected, which does not change the exit status.\n"
		"--row N shows one row: each column as it was read, and for each field the value after every step (of \"each\"\n"
		"the whole list, not the steps of its elements). N counts as a spreadsheet does, the header included; records\n"
		"of JSON count from 1.\n"
		"--json prints {\"row\":…,\"origin\":…,\"verdict\":…,\"source\":{…},\"outputs\":{…},\"faults\":[…]}\n"
		"a line, with --row \"columns\" and \"steps\" too.\n"
		"Every row is looked at by itself: duplicates (\"unique\") are not told.\n",
	.options = "row limit set max-part max-parts max-strings max-cell contracts max-wait state config env-file json",
	.run = run,
};
