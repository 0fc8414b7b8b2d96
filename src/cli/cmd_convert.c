#include <dirent.h>
#include <sys/stat.h>

#include "qonduit/clock.h"
#include "qonduit/delivery.h"
#include "qonduit/guards.h"
#include "qonduit/job.h"
#include "qonduit/log.h"
#include "qonduit/metrics.h"
#include "qonduit/summary.h"

/* The accounts that are known stand in the bodies; a connection that is not set up is no fault of a conversion. */
static int find_accounts(struct job *j, struct options *o, struct str *accounts, struct err *e)
{
	for (size_t i = 0; i < j->program.output_count; i++) {
		const struct contract *c = j->program.outputs[i].shape.contract;
		struct connection connection = { 0 };
		if (!c->has_wire || !c->account.n)
			continue;
		if (delivery_connection(o, c, CONNECTION_SETTINGS, &connection, e) != 0)
			return -1;
		accounts[i] = connection.account;
	}
	return 0;
}

/* What stands at the output's place, told before a row is read; folder_commit is the judge in the end. */
static int check_output(const struct options *o, struct err *e)
{
	struct stat st;

	if (stat(o->output, &st) == 0 && !S_ISDIR(st.st_mode)) {
		err_at_file(e, o->output);
		return err_set(e, ERR_USAGE, "output.taken", "exists and is not a folder: give another one");
	}
	DIR *d = opendir(o->output);
	bool empty = true;

	for (struct dirent *entry; d && (entry = readdir(d));)
		empty = empty && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
	if (d)
		closedir(d);
	if (empty)
		return 0;
	err_at_file(e, o->output);
	if (!payload_is_ours(o->output))
		return err_set(e, ERR_USAGE, "output.taken",
			"the folder is not empty and not an earlier output: give another one");
	if (!o->force)
		return err_set(e, ERR_USAGE, "output.exists", "an earlier output is there: --force takes its place");
	err_clear(e); /* its place is not that of what may come */
	return 0;
}

static int check_usage(const struct options *o, const struct job *j, struct err *e)
{
	if (strcmp(o->output, "-") != 0)
		return check_output(o, e);
	if (o->json)
		return err_set(e, ERR_USAGE, "usage.stdout", "-o - and --json both write to standard output");
	if (j->program.output_count > 1)
		return err_set(e, ERR_USAGE, "usage.stdout", "-o - writes one output, the mapping has %zu: give a folder",
			j->program.output_count);
	if (j->program.output_count && j->program.outputs[0].report)
		return err_set(e, ERR_USAGE, "usage.stdout", "-o - writes lines, and %.*s is a workbook: give a folder",
			STR_ARG(j->program.outputs[0].target));
	return 0;
}

static int give_up(const struct job *j, const struct options *o, const struct manifest *m, int64_t ms,
	const struct err *e)
{
	const struct run_record run = { .command = STR("convert"), .mapping = summary_mapping(j->name),
		.transform_ms = ms };
	int status = delivery_signal ? 128 + delivery_signal : (int)e->class;

	if (status != ERR_GUARD)
		return summary_stopped("convert", j->name, o->json, status, e);
	return guard_stopped(&run, &j->seen, m, o->json, e);
}

static int convert(struct job *j, struct options *o, struct err *e)
{
	struct str *accounts = ARENA_ARRAY(&j->arena, j->program.output_count, struct str);
	struct clock *clock = clock_system();
	int64_t start = clock->mono(clock);
	struct summary s = { 0 };
	struct manifest m;

	if (check_usage(o, j, e) != 0 || find_accounts(j, o, accounts, e) != 0 ||
		job_inputs(j, o, o->operands.all + 1, o->operands.count - 1, e) != 0 ||
		job_transform(j, o, o->output, accounts, &m, e) != 0)
		return give_up(j, o, &m, clock->mono(clock) - start, e);
	s.exit = m.rows.rejected ? ERR_ROWS : 0;
	s.run = (struct run_record){ .command = STR("convert"), .mapping = summary_mapping(j->name),
		.shard = m.shard, .status = RUN_DONE, .rows = m.rows, .files = m.files, .file_count = m.file_count,
		.transform_ms = clock->mono(clock) - start };
	s.run.spool = strcmp(o->output, "-") == 0 ? (struct str){ 0 } : str_of(o->output);
	s.run.outputs = ARENA_ARRAY(&j->arena, m.output_count, struct run_output);
	s.run.output_count = m.output_count;
	for (size_t i = 0; i < m.output_count; i++)
		s.run.outputs[i] = (struct run_output){ .target = m.outputs[i].target, .account = m.outputs[i].account,
			.records = m.outputs[i].records, .requests = m.outputs[i].requests };
	s.payload = &m;
	metrics_take(&s.run, false);
	return summary_print(&s, o->json, e) == 0 ? s.exit : (int)e->class;
}

static int run(struct options *o, struct err *e)
{
	struct job j;

	if (o->operands.count < 2)
		return err_set(e, ERR_USAGE, "usage",
			"convert needs a mapping and an input: qonduit convert MAPPING INPUT… -o DIR"), ERR_USAGE;
	if (!o->output)
		return err_set(e, ERR_USAGE, "usage",
			"convert needs -o DIR, or -o - for JSON lines on standard output"), ERR_USAGE;
	delivery_signals();
	int status = job_open(&j, o, o->operands.all[0], false);
	status = status == 0 ? convert(&j, o, e) : summary_stopped("convert", o->operands.all[0], o->json, status, e);
	job_close(&j);
	return status;
}

const struct command command_convert = {
	.name = "convert",
	.synopsis = "MAPPING INPUT… -o DIR",
	.summary = "writes the payload files of an input; sends nothing",
	.text = "MAPPING is a file or the name of a shipped mapping (qogita-to-quotiza). "
		"INPUT is a file, - for standard input, or a resource (qogita:catalog?brand_name=…), which is fetched.\n"
		"DIR must not exist, be empty, or with --force be an earlier output.\n" METRICS_HELP,
	.options = "output set limit shard threads max-rejects refuse-suspect allow-empty force max-part max-parts "
		"max-strings max-cell contracts max-wait state config env-file metrics json",
	.run = run,
};
