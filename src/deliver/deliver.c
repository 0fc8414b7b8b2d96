#include "qonduit/deliver.h"

#include <stdio.h>

#include "qonduit/log.h"
#include "deliver_parts.h"

#define OTHER_MS 1000  /* between two looks at the signal flag while another delivery goes on */

/* The wait for the target. */
struct turn {
	const struct deliver *d;
	struct deliver_result *out;
	const struct run_totals *totals;
	char holder[160];
};

static void tell_wait(const struct turn *t)
{
	const struct run_totals *n = t->totals;
	bool lines = t->d->contract->style == FILE_LINES;
	struct deliver_state s = { .target = t->d->contract->target, .wait = DELIVER_WAITS_OTHER, .why = t->holder,
		.parcels = lines ? n->records : n->parcels, .records = n->records, .accepted = n->accepted,
		.refused = n->refused };
	s.sent = s.ended = lines ? n->accepted + n->refused : n->ended;
	if (t->d->progress)
		t->d->progress(t->d->arg, &s);
}

/* Called while another delivery has the target. */
static bool wait_for_other(void *arg, const char *holder)
{
	struct turn *t = arg;
	const struct deliver *d = t->d;
	if (d->no_wait || deliver_signalled(d, t->out))
		return false;
	if (strcmp(t->holder, holder) != 0)
		log_line(LOG_LEVEL_INFO, "busy", "waiting for another delivery to %.*s, account \"%.*s\": %s",
			STR_ARG(d->contract->target), STR_ARG(d->connection->account), holder);
	snprintf(t->holder, sizeof t->holder, "%s", holder);
	tell_wait(t);
	d->clock->sleep(d->clock, OTHER_MS);
	return !deliver_signalled(d, t->out);
}

/* Everything of the target is ours from here on, until *out is closed; what is unchanged is left out. */
static int take_target(const struct deliver *d, const struct run_totals *totals, struct deliver_result *out,
	struct accepted **accepted, struct err *e)
{
	const struct connection *to = d->connection;
	struct turn turn = { .d = d, .out = out, .totals = totals };
	if (run_bind(d->run, d->contract->target, str_of(to->host), to->account, e) != 0 ||
	    accepted_open(d->state, d->contract, str_of(to->host), to->account, run_id(d->run), wait_for_other, &turn,
		accepted, e) != 0 ||
	    accepted_begin(*accepted, d->run, e) != 0 ||
	    run_check_order(d->run, d->contract, *accepted, d->signal, e) != 0)
		return -1;
	int rc = run_pack(d->run, d->contract, *accepted, d->signal, e);
	return rc < 0 || deliver_signalled(d, out) ? -1 : 0;
}

static void note_http(struct courier *c)
{
	struct err failed = { 0 };
	if (run_add_http(c->d->run, &c->out->http, &failed) != 0)
		log_err(&failed);
}

static int deliver_bodies(
	const struct deliver *d, struct accepted *accepted, struct deliver_result *out, struct err *e)
{
	struct bodies b = { 0 };
	int rc = bodies_open(&b, d, accepted, out, e);
	if (rc == 0) {
		rc = courier_run(&b.c, 0);
		note_http(&b.c);
		bodies_note_pace(&b);
		if (rc == 0 && !out->signal)
			rc = bodies_check(&b);
	}
	bodies_close(&b);
	return rc;
}

static int deliver_lines(const struct deliver *d, struct accepted *accepted, struct deliver_result *out, struct err *e)
{
	struct lines l = { 0 };
	int rc = lines_open(&l, d, accepted, out, e);
	if (rc == 0) {
		rc = courier_run(&l.c, LINES_DRAIN_MS);
		if (lines_leave(&l) != 0)
			rc = -1;
		note_http(&l.c);
		if (rc == 0 && !out->signal)
			rc = lines_check(&l);
	}
	lines_close(&l);
	return rc;
}

int deliver_output(const struct deliver *d, struct deliver_result *out, struct err *e)
{
	enum file_style style = d->contract->style;
	*out = (struct deliver_result){ 0 };
	if (style != FILE_BATCHES && style != FILE_ARRAY && style != FILE_LINES)
		return err_set(e, ERR_USAGE, "delivery.style",
			"%.*s is written as a file of its own, which this version does not deliver", STR_ARG(d->contract->target));
	struct run_totals totals;
	struct accepted *accepted = NULL;
	if (run_totals(d->run, d->contract->target, &totals, e) != 0)
		return -1;
	if (totals.ended == totals.parcels) /* nothing to do, and nobody to wait for */
		return 0;
	int rc = take_target(d, &totals, out, &accepted, e);
	if (rc == 0)
		rc = style == FILE_LINES ? deliver_lines(d, accepted, out, e) : deliver_bodies(d, accepted, out, e);
	accepted_close(accepted);
	if (out->signal) { /* it ended the wait or the loop; nothing has failed */
		err_clear(e);
		rc = 0;
	}
	return rc;
}

void deliver_plan(const struct contract *contract, const struct connection *connection, uint64_t records,
	uint64_t requests, struct deliver_plan *out)
{
	const struct contract_wire *w = &contract->wire;
	*out = (struct deliver_plan){ .records = records, .requests = requests, .polls = w->has_job ? requests : 0 };
	struct rate_load loads[] = { { w->path, requests }, { w->job.path, out->polls } };
	out->least_ms = rate_least(connection->limits, connection->limit_count, loads, w->has_job ? 2 : 1);
}
