#include <sys/stat.h>

#include "qonduit/clock.h"
#include "qonduit/delivery.h"
#include "qonduit/guards.h"
#include "qonduit/job.h"
#include "qonduit/log.h"
#include "qonduit/metrics.h"
#include "qonduit/summary.h"

/* What both ways of pushing share: `push MAPPING INPUT…` and `push DIR`. */
struct push {
	struct options *o;
	struct job job;
	const char *state;
	struct run *run;
	struct manifest m;
	bool folder;        /* DIR: `m` is read, not made */
	int64_t started_ms; /* on the monotonic clock; 0: not begun */
};

static bool is_folder(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int begin_run(struct push *p, struct str mapping, const char *const *inputs, size_t count, struct err *e)
{
	struct str *names = ARENA_ARRAY(&p->job.arena, count, struct str);
	struct clock *clock = clock_system();

	for (size_t i = 0; i < count; i++)
		names[i] = str_of(inputs[i]);
	p->started_ms = clock->mono(clock);
	if (ledger_folder(p->o->state, &p->job.arena, &p->state, e) != 0)
		return -1;
	if (run_create(p->state, "push", mapping, names, count, clock->wall(clock), &p->run, e) != 0)
		return -1;
	log_run(run_id(p->run));
	return p->o->changed_only ? run_changed_only(p->run, e) : 0;
}

/* The spool is whole: plan or deliver. */
static int go_on(struct push *p, struct err *e)
{
	struct clock *clock = clock_system();
	int status;

	if (p->o->dry_run) {
		status = delivery_plan(p->o, p->state, run_spool(p->run), &p->job.contracts, e);
		run_forget(p->run);
		return status;
	}
	run_set_transform_ms(p->run, clock->mono(clock) - p->started_ms);
	return delivery_run(p->o, p->run, &p->job.contracts, e);
}

/* The rows that convert rejected; less is said where they cannot be read. */
static void see_rejected(struct push *p)
{
	struct transform_seen *seen = &p->job.seen;
	const struct run_record made = { .spool = str_of(p->o->operands.all[0]), .files = p->m.files,
		.file_count = p->m.file_count };
	struct rejected *all;
	struct err failed = { 0 };
	size_t count;

	seen->all = true;
	if (ledger_rejected(&made, &p->job.arena, &all, &count, &failed) != 0)
		log_err(&failed);
	for (size_t i = 0; i < count && i < TRANSFORM_REJECTED; i++)
		seen->rejected[seen->rejected_count++] = all[i];
}

static int give_up_guarded(struct push *p, const struct err *e)
{
	struct clock *clock = clock_system();
	const struct run_record run = { .command = STR("push"), .mapping = summary_mapping(p->m.mapping.p),
		.transform_ms = p->started_ms ? clock->mono(clock) - p->started_ms : 0 };

	if (p->folder)
		see_rejected(p);
	return guard_stopped(&run, &p->job.seen, &p->m, p->o->json, e);
}

/* Nothing was sent and nothing is kept. */
static int give_up(struct push *p, int status, struct err *e)
{
	if (p->run)
		run_forget(p->run);
	log_run(NULL);
	if (delivery_signal)
		status = 128 + delivery_signal;
	else if (e->class == ERR_GUARD)
		return give_up_guarded(p, e);
	const char *mapping = !p->folder ? p->o->operands.all[0] : p->m.mapping.n ? p->m.mapping.p : "";
	return summary_stopped("push", mapping, p->o->json, status ? status : (int)e->class, e);
}

/* Nothing to send, and no row at fault either: a bad filter or a bad export, not a delivery. */
static int guard_empty(const struct push *p, const struct manifest *m, struct err *e)
{
	bool empty_shard = m->shard.n && !m->rows.read; /* of an input that has rows */
	if (m->rows.written || m->rows.rejected || p->o->allow_empty || empty_shard)
		return 0;
	return err_set(e, ERR_GUARD, "guard.empty",
		"no record is left to send: all %llu rows are filtered out (--allow-empty takes that)",
		(unsigned long long)m->rows.filtered);
}

/* What is not known is not passed over in silence: the delivery says so. */
static bool is_sent(const struct manifest *m, const struct contracts *contracts)
{
	for (size_t i = 0; i < m->output_count; i++) {
		const struct contract *c = contracts_find(contracts, m->outputs[i].target);
		if (!c || c->has_wire)
			return true;
	}
	return false;
}

/* A payload goes to the account and under the contract that it was made for; told before there is a run. */
static int check_output(struct push *p, const struct payload_output *o, struct err *e)
{
	const struct contract *c = contracts_find(&p->job.contracts, o->target);
	struct connection connection = { 0 };

	if (!c || !c->has_wire)
		return 0; /* what is not known is refused where it is registered */
	if (!str_eq(o->contract, c->version))
		return err_set(e, ERR_USAGE, "push.contract",
			"the payload was made under another version of the contract of %.*s (found %.*s, this program has %.*s): "
			"convert again",
			STR_ARG(o->target), STR_ARG(o->contract), STR_ARG(c->version));
	if (delivery_connection(p->o, c, p->o->dry_run ? CONNECTION_SETTINGS : CONNECTION_READY, &connection, e) != 0)
		return -1;
	if (o->account.n && connection.account.n && !str_eq(o->account, connection.account))
		return err_set(e, ERR_USAGE, "push.account",
			"the payload was made for account \"%.*s\", the connection is that of account \"%.*s\"",
			STR_ARG(o->account), STR_ARG(connection.account));
	return 0;
}

/* The rows were read by convert: what says which, and with what, comes too late. */
static int refuse_reading(const struct options *o, const char *dir, struct err *e)
{
	const char *late = o->set.count ? "--set" : o->limit ? "--limit" : o->shard.count ? "--shard" : NULL;
	return late ? err_set(e, ERR_USAGE, "usage.folder", "%s does not go with a folder: give it to the convert that makes %s",
		late, dir) : 0;
}

static int check_folder(struct push *p, const char *dir, struct manifest *m, struct err *e)
{
	if (refuse_reading(p->o, dir, e) != 0)
		return -1;
	if (manifest_read(dir, &p->job.arena, m, e) != 0)
		return -1;
	if (!is_sent(m, &p->job.contracts))
		return err_set(e, ERR_USAGE, "usage.nothing_to_push", "no output in %s is sent anywhere", dir);
	for (size_t i = 0; i < m->output_count; i++)
		if (check_output(p, &m->outputs[i], e) != 0)
			return -1;
	if (guard_rejects(p->o, &m->rows, e) != 0 || guard_empty(p, m, e) != 0 || guard_suspect(p->o, m, e) != 0)
		return -1;
	guard_warn(m);
	return 0;
}

static int push_folder(struct push *p, const char *dir, struct err *e)
{
	int status = job_contracts(&p->job, p->o);

	p->folder = true;
	if (status != 0 || check_folder(p, dir, &p->m, e) != 0 ||
	    begin_run(p, summary_mapping(p->m.mapping.p), &dir, 1, e) != 0 || run_adopt(p->run, dir, e) != 0 ||
	    guard_shrink(p->o, p->state, &p->m, &p->job.contracts, e) != 0)
		return give_up(p, status, e);
	return go_on(p, e);
}

/* Every output that is delivered must have what its system wants, before a row is read. A dry run needs none of it. */
static int connect(struct push *p, struct str *accounts, struct err *e)
{
	size_t wired = 0;

	for (size_t i = 0; i < p->job.program.output_count; i++) {
		const struct contract *c = p->job.program.outputs[i].shape.contract;
		struct connection connection = { 0 };
		if (!c->has_wire)
			continue;
		wired++;
		if (delivery_connection(p->o, c, p->o->dry_run ? CONNECTION_SETTINGS : CONNECTION_READY, &connection, e) != 0)
			return -1;
		accounts[i] = c->account.n ? connection.account : (struct str){ 0 };
	}
	return wired ? 0 : err_set(e, ERR_USAGE, "usage.nothing_to_push",
		"no output of %s is sent anywhere: convert writes files", p->job.name);
}

static int push_mapping(struct push *p, struct err *e)
{
	struct options *o = p->o;
	int status = job_open(&p->job, o, o->operands.all[0], false);

	if (status != 0)
		return give_up(p, status, e);
	struct str *accounts = ARENA_ARRAY(&p->job.arena, p->job.program.output_count, struct str);
	if (connect(p, accounts, e) != 0 || job_inputs(&p->job, o, o->operands.all + 1, o->operands.count - 1, e) != 0 ||
	    begin_run(p, summary_mapping(p->job.name), o->operands.all + 1, o->operands.count - 1, e) != 0 ||
	    job_transform(&p->job, o, run_spool(p->run), accounts, &p->m, e) != 0 || guard_empty(p, &p->m, e) != 0 ||
	    guard_shrink(o, p->state, &p->m, &p->job.contracts, e) != 0)
		return give_up(p, 0, e);
	return go_on(p, e);
}

static int run(struct options *o, struct err *e)
{
	struct push p = { .o = o };
	int status;

	if (!o->operands.count || (o->operands.count == 1 && !is_folder(o->operands.all[0])))
		return err_set(e, ERR_USAGE, "usage", "push needs a mapping and an input, or a folder that convert wrote: "
			"qonduit push MAPPING INPUT…"), ERR_USAGE;
	if (o->operands.count > 1 && is_folder(o->operands.all[0]))
		return err_set(e, ERR_USAGE, "usage", "%s is a folder: push delivers one folder at a time",
			o->operands.all[0]), ERR_USAGE;
	delivery_signals();
	umask(077); /* the spool is part of the ledger */
	status = o->operands.count == 1 ? push_folder(&p, o->operands.all[0], e) : push_mapping(&p, e);
	job_close(&p.job);
	return status;
}

const struct command command_push = {
	.name = "push",
	.synopsis = "MAPPING INPUT… | DIR",
	.summary = "writes the payload, delivers it, polls jobs until they end, and reports",
	.text = "INPUT is a file, - for standard input, or a resource such as qogita:catalog, which is fetched first.\n"
		"DIR is a folder that convert wrote. Where a delivery stops before its end (exit 5), "
		"`qonduit runs resume ID` goes on.\n" METRICS_HELP,
	.options = "set limit shard threads max-rejects allow-shrink refuse-suspect allow-empty max-part max-parts "
		"max-strings max-cell contracts changed-only full dry-run no-wait max-wait state config env-file metrics json",
	.run = run,
};
