#include <stdio.h>

#include "qonduit/log.h"
#include "deliver_parts.h"

#define SLICE_MS 1000  /* the longest wait between two looks at the signal flag */
#define DRAIN_MS 2500  /* how long a signal lets the requests at hand go on */
#define TELL_MS 100    /* between two tellings of the same */
#define FLIGHTS_MAX 256
#define TROUBLE_MAX 10 /* so many errands in a row that fail are not at fault themselves */

void courier_open(struct courier *c, const struct cargo *cargo, const struct deliver *d, struct accepted *accepted,
	struct deliver_result *out, struct err *e)
{
	*c = (struct courier){ .cargo = cargo, .d = d, .accepted = accepted, .out = out, .wire = &d->contract->wire,
		.e = e };
	c->flight_count = d->connection->concurrency < FLIGHTS_MAX ? d->connection->concurrency : FLIGHTS_MAX;
	c->flights = ARENA_ARRAY(&c->arena, c->flight_count, struct flight);
}

void courier_close(struct courier *c)
{
	arena_release(&c->arena);
}

void courier_tell(struct courier *c, enum deliver_wait wait, int64_t wait_ms)
{
	int64_t now = courier_mono(c);
	if (!c->d->progress || (wait == c->told && c->told_ms && now - c->told_ms < TELL_MS))
		return;
	c->told = wait;
	c->told_ms = now;
	struct deliver_state s = { .target = c->d->contract->target, .wait = wait, .wait_ms = wait_ms };
	s.why = wait == DELIVER_WAITS_SERVER || wait == DELIVER_WAITS_RETRY ? c->why : "";
	c->cargo->count(c, &s);
	c->d->progress(c->d->arg, &s);
}

/* ---- sending ---- */

struct flight *courier_free_flight(struct courier *c)
{
	if (c->stale || (c->failures > 1 && c->flying))
		return NULL;
	for (size_t i = 0; c->flying < c->flight_count && i < c->flight_count; i++) {
		if (!c->flights[i].errand)
			return &c->flights[i];
	}
	return NULL;
}

static void land(struct courier *c, struct flight *f)
{
	f->errand->flying = false;
	f->errand = NULL;
	c->flying--;
	arena_release(&f->arena);
	buf_release(&f->body);
	exchange_release(&f->x);
	f->x = (struct exchange){ 0 };
}

int courier_launch(struct courier *c, struct flight *f, struct errand *errand, bool poll, uint64_t slot)
{
	f->errand = errand;
	f->poll = poll;
	f->slot = slot;
	f->renewals = c->renewals;
	f->x.tag = f;
	errand->flying = true;
	errand->sent_ms = courier_mono(c);
	c->flying++;
	c->out->http.requests++;
	c->out->http.retries += errand->tries > 0;
	return c->d->transport->submit(c->d->transport, &f->x, c->e);
}

int courier_take_slot(struct courier *c, int64_t next_ms, enum deliver_wait next_why, const struct rate_request *q,
	uint64_t *slot, int64_t *wait_ms, enum deliver_wait *why)
{
	int64_t not_before = next_ms > c->hold_ms ? next_ms : c->hold_ms;
	*slot = 0;
	*wait_ms = not_before ? not_before - courier_mono(c) : 0;
	*why = c->hold_ms >= next_ms ? c->hold_why : next_why;
	if (*wait_ms > 0)
		return 0;
	*why = DELIVER_WAITS_RATE;
	return rate_take(c->d->rate, q, slot, wait_ms, c->e);
}

/* ---- what became of it ---- */

static int exchange_ended(struct courier *c, struct exchange *x)
{
	struct flight *f = x->tag;
	int rc = rate_done(c->d->rate, f->slot, c->e);
	if (x->end == EXCHANGE_REPLY && x->status != 401 && f->renewals == c->renewals)
		f->errand->renewed = c->unproven = false;
	if (rc == 0)
		rc = c->cargo->ended(c, f);
	land(c, f);
	courier_tell(c, DELIVER_WORKS, 0);
	return rc;
}

static int long_wait(struct courier *c, const struct judgement *j)
{
	char until[25];
	c->out->resume_ms = courier_wall(c) + j->wait_ms;
	clock_iso(c->out->resume_ms, until);
	return err_set(c->e, ERR_DELIVERY, "delivery.long_wait",
		"the server asks to wait %lld s, until %s, which is longer than the %lld s of --max-wait (%.*s)",
		(long long)(j->wait_ms / 1000), until, (long long)(c->d->max_wait_ms / 1000), STR_ARG(j->message));
}

/* Until then nothing goes. */
static void hold(struct courier *c, int64_t until, const struct judgement *j)
{
	if (until <= c->hold_ms)
		return;
	c->hold_ms = until;
	c->hold_why = j->wait_ms ? DELIVER_WAITS_SERVER : DELIVER_WAITS_RETRY;
}

static int64_t pause_after(struct courier *c, uint32_t tries, const struct judgement *j)
{
	const struct connection *to = c->d->connection;
	uint32_t jitter = c->d->random ? c->d->random(c->d->arg) : UINT32_MAX;
	snprintf(c->why, sizeof c->why, "%.*s", STR_ARG(j->message));
	if (tries < c->troubled)
		tries = c->troubled;
	return retry_backoff(tries, to->backoff_ms, to->backoff_max_ms, jitter, j->wait_ms);
}

static void note_failure(struct courier *c, struct errand *errand, const struct judgement *j)
{
	errand->tries++;
	c->failures++;
	c->out->http.throttled += j->throttled;
	if (errand->tries > 1 || j->throttled || errand->sent_ms < c->troubled_ms)
		return;
	c->troubled++;
	c->troubled_ms = courier_mono(c);
}

static int all_in_trouble(struct courier *c, struct str name, const struct judgement *j)
{
	return err_set(c->e, ERR_DELIVERY, "delivery.trouble",
		"%u in a row failed, and nothing was answered in between: the system is in trouble, and no more is sent for now; "
		"the last one (%.*s) failed with: %.*s", c->troubled, STR_ARG(name), STR_ARG(j->message));
}

int courier_give_up(struct courier *c, struct errand *errand, struct str name, const struct judgement *j)
{
	note_failure(c, errand, j);
	if (c->troubled >= TROUBLE_MAX)
		return all_in_trouble(c, name, j);
	if (c->failures > 1)
		hold(c, courier_mono(c) + pause_after(c, 1, j), j);
	log_line(LOG_LEVEL_WARNING, "given_up", "%.*s: %.*s; it was sent %u times and stays to be sent", STR_ARG(name),
		STR_ARG(j->message), errand->tries);
	return 0;
}

int courier_again(struct courier *c, struct errand *errand, struct str name, const char *doing, bool all,
	const struct judgement *j)
{
	uint32_t most = c->d->connection->retries;
	note_failure(c, errand, j);
	if (j->wait_ms > c->d->max_wait_ms)
		return long_wait(c, j);
	if (errand->tries > most)
		return err_set(c->e, ERR_DELIVERY, "delivery.tries", "%.*s: %s failed %u times, the last time with: %.*s",
			STR_ARG(name), doing, errand->tries, STR_ARG(j->message));
	if (c->troubled >= TROUBLE_MAX)
		return all_in_trouble(c, name, j);
	int64_t wait = pause_after(c, errand->tries, j);
	if (all)
		hold(c, courier_mono(c) + wait, j);
	else
		errand->next_ms = courier_mono(c) + wait;
	log_line(LOG_LEVEL_INFO, j->throttled ? "throttled" : "retry", "%.*s: %.*s; try %u of %u in %lld ms", STR_ARG(name),
		STR_ARG(j->message), errand->tries + 1, most + 1, (long long)wait);
	return 0;
}

int courier_in_doubt(struct courier *c, struct str name, const struct judgement *j)
{
	log_line(LOG_LEVEL_WARNING, "in_doubt", "%.*s: %.*s; it may have been taken and is not sent again", STR_ARG(name),
		STR_ARG(j->message));
	if (++c->failures > c->d->connection->retries)
		return err_set(c->e, ERR_DELIVERY, "delivery.tries",
			"%u requests in a row failed, the last one (%.*s) with: %.*s", c->failures, STR_ARG(name),
			STR_ARG(j->message));
	hold(c, courier_mono(c) + pause_after(c, c->failures, j), j);
	return 0;
}

/* Whether other credentials may help: they are renewed, once for a request, and not again before the new ones were good
 * for something. One that left before that goes again. */
static bool renewable(struct courier *c, struct flight *f)
{
	if (f->x.end != EXCHANGE_REPLY || f->x.status != 401 || !c->d->renew)
		return false;
	if (c->stale || f->renewals < c->renewals)
		return true;
	if (f->errand->renewed || c->unproven)
		return false;
	f->errand->renewed = c->stale = true;
	return true;
}

static int renew(struct courier *c)
{
	log_line(LOG_LEVEL_DEBUG, "renewed", "the credentials of %s are renewed", c->d->connection->system);
	c->stale = false;
	c->unproven = true;
	c->renewals++;
	int rc = c->d->renew(c->d->arg, c->e);
	courier_signalled(c);
	return rc;
}

int courier_stop(struct courier *c, struct flight *f, struct str name, const struct judgement *j)
{
	if (renewable(c, f))
		return 0;
	const char *code = j->class == ERR_CREDENTIALS ? "credentials.refused" : j->code;
	return err_set(c->e, j->class, code, "%.*s: %.*s", STR_ARG(name), STR_ARG(j->message));
}

/* ---- the loop ---- */

static int wait_a_little(struct courier *c, int64_t wait_ms, enum deliver_wait why)
{
	int64_t slice = wait_ms < SLICE_MS ? wait_ms : SLICE_MS, start = courier_mono(c);
	courier_tell(c, c->flying ? DELIVER_WORKS : why, c->flying ? 0 : wait_ms);
	if (c->flying) {
		struct exchange *x = c->d->transport->step(c->d->transport, slice);
		return x ? exchange_ended(c, x) : 0;
	}
	c->d->clock->sleep(c->d->clock, slice);
	if (why != DELIVER_WAITS_JOB)
		c->out->http.waited_ms += courier_mono(c) - start;
	return 0;
}

/* The requests at hand may end for a while; what has not is abandoned: an upload is then in doubt. */
static void drain(struct courier *c, int64_t most_ms)
{
	int64_t end = courier_mono(c) + most_ms;
	struct err *first = c->e;
	if (first->class != ERR_NONE)
		c->e = &c->late;
	while (c->flying && courier_mono(c) < end) {
		int64_t left = end - courier_mono(c);
		struct exchange *x = c->d->transport->step(c->d->transport, left < SLICE_MS ? left : SLICE_MS);
		if (x)
			exchange_ended(c, x);
	}
	for (size_t i = 0; i < c->flight_count; i++) {
		struct flight *f = &c->flights[i];
		if (!f->errand) { /* nothing there, or what could not be sent */
			arena_release(&f->arena);
			buf_release(&f->body);
			continue;
		}
		c->d->transport->cancel(c->d->transport, &f->x);
		rate_done(c->d->rate, f->slot, c->e);
		c->cargo->abandoned(c, f);
		land(c, f);
	}
	c->e = first;
}

int courier_run(struct courier *c, int64_t failed_drain_ms)
{
	int rc = 0;
	while (rc == 0 && !(c->cargo->over(c) && c->flying == 0) && !courier_signalled(c)) {
		int64_t wait_ms = RATE_NEVER;
		enum deliver_wait why = DELIVER_WORKS;
		if (c->stale && c->flying == 0) {
			rc = renew(c);
			continue;
		}
		rc = c->cargo->start(c, &wait_ms, &why);
		if (rc == 0 && wait_ms > 0)
			rc = wait_a_little(c, wait_ms, why);
	}
	drain(c, rc == 0 ? DRAIN_MS : failed_drain_ms);
	return rc;
}
