#include "qonduit/deliver.h"

#include <stdio.h>

#include "qonduit/log.h"
#include "deliver_parts.h"

#define OTHER_MS 1000  /* between two looks at the signal flag while another delivery goes on */

/* Called while another delivery has the target. */
static bool wait_for_other(void *arg, const char *holder)
{
	struct courier *c = arg;
	if (c->d->no_wait || courier_signalled(c))
		return false;
	if (strcmp(c->why, holder) != 0)
		log_line(LOG_LEVEL_INFO, "busy", "waiting for another delivery to %.*s, account \"%.*s\": %s",
			STR_ARG(c->d->contract->target), STR_ARG(c->d->connection->account), holder);
	snprintf(c->why, sizeof c->why, "%s", holder);
	courier_tell(c, DELIVER_WAITS_OTHER, 0);
	c->d->clock->sleep(c->d->clock, OTHER_MS);
	return !courier_signalled(c);
}

/* Everything of the target is ours from here on: 1 where other parcels took the place of those that were there, 0, or
 * -1. */
static int begin(struct courier *c)
{
	const struct deliver *d = c->d;
	const struct connection *to = d->connection;
	if (run_bind(d->run, d->contract->target, str_of(to->host), to->account, c->e) != 0 ||
	    accepted_open(d->state, d->contract, str_of(to->host), to->account, run_id(d->run), wait_for_other, c,
		&c->accepted, c->e) != 0)
		return -1;
	c->why[0] = '\0';
	if (accepted_begin(c->accepted, run_id(d->run), d->resumed, c->e) != 0)
		return -1;
	return run_pack(d->run, d->contract, c->accepted, c->e);
}

/* The target stays ours while what was read of its parcels is read anew. */
static struct accepted *keep_accepted(struct courier *c)
{
	struct accepted *a = c->accepted;
	c->accepted = NULL;
	return a;
}

static void note_http(struct courier *c)
{
	struct err failed = { 0 };
	if (run_add_http(c->d->run, &c->out->http, &failed) != 0)
		log_err(&failed);
}

static int begin_bodies(struct bodies *b, const struct deliver *d, struct deliver_result *out, struct err *e)
{
	int rc = begin(&b->c);
	if (rc != 1)
		return rc;
	struct accepted *a = keep_accepted(&b->c);
	bodies_close(b);
	*b = (struct bodies){ 0 };
	rc = bodies_open(b, d, out, e);
	b->c.accepted = a;
	return rc;
}

static int deliver_bodies(const struct deliver *d, struct deliver_result *out, struct err *e)
{
	struct bodies b = { 0 };
	int rc = bodies_open(&b, d, out, e);
	if (rc == 0 && !b.c.cargo->over(&b.c) && (rc = begin_bodies(&b, d, out, e)) == 0) {
		rc = courier_run(&b.c, 0);
		note_http(&b.c);
		if (rc == 0 && !out->signal)
			rc = bodies_check(&b);
	}
	bodies_close(&b);
	return rc;
}

static int begin_lines(struct lines *l, const struct deliver *d, struct deliver_result *out, struct err *e)
{
	int rc = begin(&l->c);
	if (rc != 1)
		return rc;
	struct accepted *a = keep_accepted(&l->c);
	lines_close(l);
	*l = (struct lines){ 0 };
	rc = lines_open(l, d, out, e);
	l->c.accepted = a;
	return rc;
}

static int deliver_lines(const struct deliver *d, struct deliver_result *out, struct err *e)
{
	struct lines l = { 0 };
	int rc = lines_open(&l, d, out, e);
	if (rc == 0 && !l.c.cargo->over(&l.c) && (rc = begin_lines(&l, d, out, e)) == 0) {
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
	int rc = style == FILE_LINES ? deliver_lines(d, out, e) : deliver_bodies(d, out, e);
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
