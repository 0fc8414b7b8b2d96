#include <stdio.h>

#include "qonduit/clock.h"
#include "qonduit/delivery.h"
#include "qonduit/json_write.h"
#include "qonduit/metrics.h"
#include "qonduit/progress.h"
#include "qonduit/prune.h"
#include "qonduit/summary.h"

#define NAME_SHOWN 32 /* characters of a mapping's name in the table */

enum verb { SHOW, RESUME, PRUNE, LIST };
static const char *const verbs[] = { "show", "resume", "prune" }; /* LIST has no word */

#define VERBS (sizeof verbs / sizeof *verbs)

/* ---- the list ---- */

static void list_member(struct json_out *w, const char *name, const struct run_record *all, size_t count)
{
	json_key(w, str_of(name));
	json_open(w, '[');
	for (size_t i = 0; i < count; i++) {
		json_open(w, '{');
		summary_json_members(&all[i], w);
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void list_json(const struct run_record *all, size_t count, struct buf *to)
{
	struct json_out w = json_out(to);
	json_open(&w, '{');
	list_member(&w, "runs", all, count);
	json_close(&w, '}');
	buf_addc(to, '\n');
}

static struct run_output totals(const struct run_record *r)
{
	struct run_output sum = { 0 };
	for (size_t i = 0; i < r->output_count; i++) {
		if (r->outputs[i].host.n == 0)
			continue;
		sum.records += r->outputs[i].records;
		sum.accepted += r->outputs[i].accepted + r->outputs[i].unchanged;
		sum.refused += r->outputs[i].refused;
	}
	return sum;
}

static void list_text(const struct run_record *all, size_t count, struct buf *to)
{
	if (count == 0) {
		buf_add(to, STR("no runs yet\n"));
		return;
	}
	int width = 7;
	for (size_t i = 0; i < count; i++) {
		int n = all[i].mapping.n < NAME_SHOWN ? (int)all[i].mapping.n : NAME_SHOWN;
		width = n > width ? n : width;
	}
	buf_printf(to, "%-20s  %-16s  %-10s  %-*s  %9s  %9s  %9s  %9s\n", "run", "started (UTC)", "status", width,
		"mapping", "rejected", "records", "accepted", "refused");
	for (size_t i = 0; i < count; i++) {
		const struct run_record *r = &all[i];
		struct run_output sum = totals(r);
		char n[4][32], started[17];
		snprintf(started, sizeof started, "%.*s", STR_ARG(str_head(r->started, 16)));
		if (r->started.n > 10)
			started[10] = ' ';
		buf_printf(to, "%-20.*s  %-16s  %-10s  %-*.*s  %9s  %9s  %9s  %9s\n", STR_ARG(r->id), started,
			run_status_name(r->status), width, STR_ARG(str_head(r->mapping, NAME_SHOWN)),
			progress_number(r->rows.rejected, n[0]), progress_number(sum.records, n[1]),
			progress_number(sum.accepted, n[2]), progress_number(sum.refused, n[3]));
	}
}

static int print(struct buf *text, struct err *e)
{
	int rc = summary_output(buf_str(text), e);
	buf_release(text);
	return rc == 0 ? 0 : (int)e->class;
}

static int list(struct options *o, const char *state, struct err *e)
{
	struct run_record *all;
	size_t count;
	struct buf text = { 0 };
	if (ledger_list(state, &o->arena, &all, &count, e) != 0)
		return (int)e->class;
	if (o->json)
		list_json(all, count, &text);
	else
		list_text(all, count, &text);
	return print(&text, e);
}

/* ---- one run ---- */

#define PIECE ((size_t)64 << 10) /* of what is shown, that is kept before it is printed */

struct details {
	struct run_record run;
	struct manifest payload;
	struct rejected *rejected;
	size_t rejected_count;
	struct buf text;
	struct json_out json;
};

struct member {
	const char *key;
	struct str value;
};

/* An object of texts. */
static void texts_json(struct json_out *w, const struct member *members, size_t count)
{
	json_open(w, '{');
	for (size_t i = 0; i < count; i++) {
		json_key(w, str_of(members[i].key));
		json_string(w, members[i].value);
	}
	json_close(w, '}');
}

static int print_piece(struct details *d, struct err *e)
{
	if (d->text.n < PIECE)
		return 0;
	int rc = summary_output(buf_str(&d->text), e);
	buf_clear(&d->text);
	return rc;
}

static int refused_json(void *arg, const struct refused *r, struct err *e)
{
	struct details *d = arg;
	const struct member members[] = { { "target", r->target }, { "key", r->key }, { "origin", r->origin },
		{ "code", r->code }, { "message", r->message }, { "field", r->field } };
	texts_json(&d->json, members, sizeof members / sizeof *members - (r->field.n == 0)); /* only where one is named */
	return print_piece(d, e);
}

static int details_json(struct details *d, const char *state, const char *id, struct err *e)
{
	struct json_out *w = &d->json;
	json_open(w, '{');
	summary_json_members(&d->run, w);
	summary_suspects(&d->payload, w);
	json_key(w, STR("refused"));
	json_open(w, '[');
	if (ledger_each_refused(state, id, refused_json, d, e) != 0)
		return -1;
	json_close(w, ']');
	json_key(w, STR("rejected"));
	json_open(w, '[');
	for (size_t i = 0; i < d->rejected_count; i++) {
		const struct rejected *r = &d->rejected[i];
		const struct member members[] = { { "origin", r->origin }, { "column", r->column }, { "value", r->value },
			{ "reason", r->reason } };
		texts_json(w, members, sizeof members / sizeof *members);
		if (print_piece(d, e) != 0)
			return -1;
	}
	json_close(w, ']');
	json_close(w, '}');
	buf_addc(&d->text, '\n');
	return 0;
}

static void line(struct buf *to, const char *word, struct str text)
{
	if (text.n == 0)
		return;
	buf_printf(to, "%-9s ", word);
	buf_add_visible(to, text);
	buf_addc(to, '\n');
}

static int refused_text(void *arg, const struct refused *r, struct err *e)
{
	struct details *d = arg;
	struct buf *to = &d->text;
	buf_printf(to, "refused   %.*s  ", STR_ARG(r->target));
	buf_add_visible(to, r->key.n ? r->key : STR("-"));
	buf_add(to, STR("  "));
	buf_add_visible(to, r->origin);
	buf_add(to, STR("  "));
	buf_add_visible(to, r->code);
	if (r->field.n) {
		buf_add(to, STR(" ("));
		buf_add_visible(to, r->field);
		buf_addc(to, ')');
	}
	buf_add(to, STR(": "));
	buf_add_visible(to, r->message);
	buf_addc(to, '\n');
	return print_piece(d, e);
}

static void rejected_text(const struct rejected *r, struct buf *to)
{
	buf_add(to, STR("rejected  "));
	buf_add_visible(to, r->origin);
	buf_add(to, STR("  "));
	buf_add_visible(to, r->column.n ? r->column : STR("-"));
	buf_add(to, STR(" \""));
	buf_add_visible(to, str_head(r->value, 60));
	buf_add(to, STR("\": "));
	buf_add_visible(to, r->reason);
	buf_addc(to, '\n');
}

static int details_text(struct details *d, const char *state, const char *id, struct err *e)
{
	struct buf *to = &d->text;
	struct summary s = { .run = d->run, .delivers = true };
	line(to, "started", d->run.started);
	for (size_t i = 0; i < d->run.input_count; i++)
		line(to, "input", d->run.inputs[i]);
	line(to, "reason", d->run.reason);
	line(to, "spool", d->run.spool);
	summary_text(&s, to);
	int rc = ledger_each_refused(state, id, refused_text, d, e);
	for (size_t i = 0; rc == 0 && i < d->rejected_count; i++) {
		rejected_text(&d->rejected[i], to);
		rc = print_piece(d, e);
	}
	return rc;
}

/* However many records were refused, they pass one by one. */
static int show(struct options *o, const char *state, const char *id, struct err *e)
{
	struct details d = { 0 };
	d.json = json_out(&d.text);
	int rc = ledger_show(state, id, &o->arena, &d.run, e);
	struct err ignored = { 0 }; /* a payload that is not whole has nothing to tell */
	if (rc == 0)
		manifest_read(d.run.spool.p, &o->arena, &d.payload, &ignored);
	if (rc == 0)
		rc = ledger_rejected(&d.run, &o->arena, &d.rejected, &d.rejected_count, e);
	if (rc == 0)
		rc = o->json ? details_json(&d, state, id, e) : details_text(&d, state, id, e);
	if (rc == 0)
		return print(&d.text, e);
	buf_release(&d.text);
	return (int)e->class;
}

static int resume(struct options *o, const char *id, struct err *e)
{
	struct faults faults;
	struct contracts contracts;
	faults_init(&faults, &o->arena);
	if (contracts_load(o->contracts, &o->arena, &contracts, &faults) != 0) {
		*e = faults.first->what;
		return (int)e->class;
	}
	delivery_signals();
	return delivery_resume(o, id, &contracts, e);
}

/* ---- removing runs ---- */

static void pruned_json(const struct options *o, const struct pruned *p, struct buf *to)
{
	struct json_out w = json_out(to);
	json_open(&w, '{');
	json_key(&w, STR("dry_run"));
	json_bool(&w, o->dry_run);
	list_member(&w, "removed", p->gone, p->count);
	json_key(&w, STR("left"));
	json_int(&w, (int64_t)p->left);
	json_close(&w, '}');
	buf_addc(to, '\n');
}

static void pruned_text(const struct options *o, const struct pruned *p, struct buf *to)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct run_record *r = &p->gone[i];
		buf_printf(to, "%s %.*s  %-10s  ", o->dry_run ? "would remove" : "removed", STR_ARG(r->id),
			run_status_name(r->status));
		buf_add_visible(to, r->mapping);
		buf_addc(to, '\n');
	}
	buf_printf(to, "%zu %s%s, %zu %s\n", p->count, p->count == 1 ? "run" : "runs",
		o->dry_run ? " would go" : " removed", p->left, p->left == 1 ? "stays" : "stay");
}

static int prune(struct options *o, const char *state, struct err *e)
{
	struct clock *clock = clock_system();
	struct prune p = { .keep = o->keep == UINT64_MAX ? 0 : o->keep,
		.older_than_ms = o->older_than_ms < 0 ? 0 : o->older_than_ms, .stopped = o->stopped, .dry_run = o->dry_run,
		.now_ms = clock->wall(clock) };
	struct pruned pruned;
	struct buf text = { 0 };
	if (o->keep == UINT64_MAX && o->older_than_ms < 0)
		return err_set(e, ERR_USAGE, "usage",
			"runs prune needs --keep N, --older-than 90d or both: they say what stays"), ERR_USAGE;
	int rc = ledger_prune(state, &p, &o->arena, &pruned, e);
	if (o->json)
		pruned_json(o, &pruned, &text);
	else
		pruned_text(o, &pruned, &text);
	struct err failed = { 0 };
	int status = print(&text, rc == 0 ? e : &failed);
	return rc == 0 ? status : (int)e->class;
}

/* ---- the command ---- */

static int find_verb(const char *word, struct err *e)
{
	struct str known[VERBS];
	for (size_t i = 0; i < VERBS; i++) {
		known[i] = str_of(verbs[i]);
		if (strcmp(word, verbs[i]) == 0)
			return (int)i;
	}
	int near = str_nearest(str_of(word), known, VERBS);
	return err_set(e, ERR_USAGE, "usage",
		"runs does not know \"%s\"%s%s%s; it is runs, runs show ID, runs resume ID or runs prune", word,
		near >= 0 ? ", did you mean \"" : "", near >= 0 ? verbs[near] : "", near >= 0 ? "\"?" : "");
}

/* An option of another verb is a slip: `runs --keep 3` lists, and removes nothing. */
static int check_options(const struct options *o, enum verb verb, struct err *e)
{
	if (o->metrics && verb != RESUME) {
		metrics_forget();
		return err_set(e, ERR_USAGE, "usage", "--metrics goes with runs resume only");
	}
	if (verb != PRUNE && (o->keep != UINT64_MAX || o->older_than_ms >= 0 || o->stopped || o->dry_run))
		return err_set(e, ERR_USAGE, "usage",
			"--keep, --older-than, --stopped and --dry-run go with runs prune only");
	return 0;
}

static int run(struct options *o, struct err *e)
{
	const struct string_list *words = &o->operands;
	const char *state;
	int verb = words->count ? find_verb(words->all[0], e) : LIST;
	if (e->class || check_options(o, (enum verb)verb, e) != 0)
		return ERR_USAGE;
	if (verb == PRUNE && words->count > 1)
		return err_set(e, ERR_USAGE, "usage", "runs prune takes no run: --keep and --older-than say what stays"),
			ERR_USAGE;
	if (verb != PRUNE && (words->count == 1 || words->count > 2))
		return err_set(e, ERR_USAGE, "usage", "runs %s takes one run: qonduit runs %s ID", words->all[0],
			words->all[0]), ERR_USAGE;
	if (ledger_folder(o->state, &o->arena, &state, e) != 0)
		return (int)e->class;
	switch ((enum verb)verb) {
	case SHOW: return show(o, state, words->all[1], e);
	case RESUME: return resume(o, words->all[1], e);
	case PRUNE: return prune(o, state, e);
	case LIST: break;
	}
	return list(o, state, e);
}

const struct command command_runs = {
	.name = "runs",
	.synopsis = "[show ID | resume ID | prune]",
	.summary = "past runs: what they sent, what was refused and why; goes on with one that stopped",
	.text =
		"Without more: all runs of the ledger, newest first.\n"
		"show ID      one run, with every refused record and every rejected row\n"
		"resume ID    goes on: jobs are polled first, what is in doubt is sent again. Where a target does not know\n"
		"             its records again, what is in doubt is never sent twice: it counts as refused (in_doubt).\n"
		"             Where a later run has since sent something for one of its keys, it is refused (exit 5).\n"
		"prune        removes runs that are done or superseded, with their payload files: all but the --keep N newest\n"
		"             and those that began within --older-than 90d; with both, what either keeps stays. --dry-run\n"
		"             only tells. --stopped takes those that stopped too. What is running stays, and so does the last run\n"
		"             that was delivered to its end to each target and account with each --shard, as --allow-shrink\n"
		"             compares with it.\n"
		"             What was accepted stays known.\n"
		"`qonduit diff RUN1 RUN2` shows what changed from one run to another, field by field.\n" METRICS_HELP,
	.options = "state contracts config env-file no-wait max-wait keep older-than stopped dry-run metrics json",
	.run = run,
};
