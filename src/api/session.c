#include "session_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "qonduit/address.h"
#include "qonduit/log.h"

#define SLICE_MS 1000 /* the longest wait between two looks at the signal flag */
#define DRAIN_MS 2500 /* how long a signal lets a request go on that may not be sent twice */
#define TELL_MS 100   /* between two tellings of the same */
#define LONG_MS 5000  /* waits for a rate limit from here on are told */

static int64_t now_of(struct session *s)
{
	return s->to.clock->mono(s->to.clock);
}

static bool signalled(const struct session *s)
{
	return s->to.signal && *s->to.signal;
}

static void tell(struct session *s, int64_t wait_ms, const char *why)
{
	int64_t now = now_of(s);
	if (!s->to.progress || (s->told_ms && now - s->told_ms < TELL_MS))
		return;
	s->told_ms = now;
	s->to.progress(s->to.arg, s->bytes + s->x.bytes, s->x.expected ? s->bytes + s->x.expected : 0, wait_ms, why);
}

/* ---- the address ---- */

/* What stands behind the base address; a null pointer where it is not below it. */
static struct str below_base(const struct connection *c, struct str address)
{
	struct str base = str_of(c->base_url), rest = address;
	if (str_starts(address, base))
		rest = str_from(address, base.n);
	else if (!str_starts(address, STR("/")))
		return (struct str){ 0 };
	return rest.n && rest.p[0] != '/' && rest.p[0] != '?' ? (struct str){ 0 } : rest;
}

static bool is_plain(struct str rest, struct str path)
{
	for (size_t i = 0; i < rest.n; i++) {
		if (rest.p[i] <= ' ' || rest.p[i] > '~' || rest.p[i] == '#' || rest.p[i] == '\\')
			return false;
	}
	return !address_dots(path).p;
}

int errand_begin(struct session *s, const struct session_request *q, struct errand *er, struct err *e)
{
	const struct connection *c = s->to.connection;
	struct str rest = below_base(c, q->path), query;
	*er = (struct errand){ .q = q, .s = s, .e = e };
	er->path = str_cut(rest, '?', &query);
	if (!rest.p || !is_plain(rest, er->path)) {
		struct str shown = retry_text(q->path, &s->arena);
		return err_set(e, ERR_USAGE, "session.address",
			"\"%.*s\" is not an address below %s, expected a path such as \"/orders/?page=2\", percent-encoded and "
			"without \".\" and \"..\"", STR_ARG(shown), c->base_url);
	}
	er->url = arena_printf(&s->arena, "%s%.*s", c->base_url, STR_ARG(rest)).p;
	er->name = arena_printf(&s->arena, "%s: %s %.*s", c->system, q->method, STR_ARG(er->path));
	er->repeatable = strcmp(q->method, "GET") == 0 || strcmp(q->method, "HEAD") == 0;
	return 0;
}

/* ---- one try ---- */

/* -1 without an error where a signal came. */
static int wait_for(struct session *s, int64_t wait_ms, const char *why)
{
	int64_t end = now_of(s) + wait_ms;
	for (int64_t left = wait_ms; left > 0; left = end - now_of(s)) {
		if (signalled(s))
			return -1;
		tell(s, left, why);
		s->to.clock->sleep(s->to.clock, left < SLICE_MS ? left : SLICE_MS);
	}
	return signalled(s) ? -1 : 0;
}

static int take_slot(struct errand *er)
{
	struct session *s = er->s;
	struct rate_request q = { .path = er->path };
	for (bool told = false;; told = true) {
		int64_t wait_ms;
		if (rate_take(s->to.rate, &q, &er->slot, &wait_ms, er->e) != 0)
			return -1;
		if (er->slot)
			return 0;
		if (!told && wait_ms >= LONG_MS)
			log_line(LOG_LEVEL_INFO, "rate_limit", "%.*s: the rate limit is used up; it goes on in %lld s",
				STR_ARG(er->name), (long long)((wait_ms + 999) / 1000));
		if (wait_for(s, wait_ms < SLICE_MS ? wait_ms : SLICE_MS, "the rate limit") != 0)
			return -1;
	}
}

/* The server has counted it by now. */
static int give_slot(struct errand *er)
{
	uint64_t slot = er->slot;
	er->slot = 0;
	return slot ? rate_done(er->s->to.rate, slot, er->e) : 0;
}

static bool take_piece(void *arg, struct str piece)
{
	struct errand *er = arg;
	if (give_slot(er) != 0)
		return false;
	er->given = true;
	tell(er->s, 0, "");
	return er->q->take(er->q->arg, piece, er->e) == 0;
}

/* Until the exchange has ended; -1 where a signal ended it, without an error. */
static int await(struct errand *er)
{
	struct session *s = er->s;
	int64_t end = 0;
	while (s->to.transport->step(s->to.transport, SLICE_MS) != &s->x) {
		tell(s, 0, "");
		if (!signalled(s))
			continue;
		if (end == 0)
			end = now_of(s) + (er->repeatable ? 0 : DRAIN_MS);
		if (now_of(s) < end)
			continue;
		s->to.transport->cancel(s->to.transport, &s->x);
		if (!er->repeatable)
			log_line(LOG_LEVEL_WARNING, "in_doubt", "%.*s: interrupted before its reply came; it may have been taken",
				STR_ARG(er->name));
		return -1;
	}
	return 0;
}

static int try_once(struct errand *er)
{
	struct session *s = er->s;
	const struct session_request *q = er->q;
	if (take_slot(er) != 0)
		return -1;
	s->x.request = (struct request){ q->method, er->url, q->body };
	s->x.options = (struct request_options){ .accept = q->accept, .reply_max = q->reply_max, .bare = er->bare,
		.take = q->take ? take_piece : NULL, .arg = er };
	s->x.bytes = s->x.expected = 0;
	er->given = false;
	s->requests++;
	int rc = s->to.transport->submit(s->to.transport, &s->x, er->e);
	if (rc == 0)
		rc = await(er);
	return give_slot(er) != 0 || er->e->class ? -1 : rc;
}

/* ---- all tries ---- */

static int long_wait(struct errand *er, const struct judgement *j)
{
	struct session *s = er->s;
	char until[25];
	clock_iso(s->to.clock->wall(s->to.clock) + j->wait_ms, until);
	return err_set(er->e, ERR_DELIVERY, "session.long_wait",
		"%.*s: the server asks to wait %lld s, until %s, which is longer than the %lld s of --max-wait (%.*s)",
		STR_ARG(er->name), (long long)(j->wait_ms / 1000), until, (long long)(s->to.max_wait_ms / 1000),
		STR_ARG(j->message));
}

static int pause_before(struct errand *er, uint32_t tries, const struct judgement *j)
{
	struct session *s = er->s;
	const struct connection *c = s->to.connection;
	char why[200];
	if (j->wait_ms > s->to.max_wait_ms)
		return long_wait(er, j);
	if (tries > c->retries)
		return err_set(er->e, ERR_DELIVERY, "session.tries", "%.*s failed %u %s, the last time with: %.*s",
			STR_ARG(er->name), tries, tries == 1 ? "time" : "times", STR_ARG(j->message));
	if (er->given && (!er->q->again || er->q->again(er->q->arg, er->e) != 0))
		return err_set(er->e, ERR_DELIVERY, "session.broken", "%.*s: %.*s", STR_ARG(er->name), STR_ARG(j->message));
	uint32_t jitter = s->to.random ? s->to.random(s->to.arg) : UINT32_MAX;
	int64_t wait = retry_backoff(tries, c->backoff_ms, c->backoff_max_ms, jitter, j->wait_ms);
	log_line(LOG_LEVEL_INFO, j->throttled ? "throttled" : "retry", "%.*s: %.*s; try %u of %u in %lld ms",
		STR_ARG(er->name), STR_ARG(j->message), tries + 1, c->retries + 1, (long long)wait);
	snprintf(why, sizeof why, "%.*s", STR_ARG(j->message));
	return wait_for(s, wait, why);
}

/* Whether the same may be sent again. */
static bool may_again(const struct errand *er, const struct judgement *j)
{
	if ((j->verdict != VERDICT_AGAIN && j->verdict != VERDICT_UNKNOWN) || er->s->x.lasting)
		return false;
	if (er->q->once)
		return false;
	return er->repeatable || j->throttled || er->s->x.end == EXCHANGE_UNSENT;
}

int errand_run(struct errand *er, struct judgement *j)
{
	struct session *s = er->s;
	const struct retry_words words = { s->to.system->error_code, s->to.system->error_message };
	for (uint32_t tries = 1;; tries++) {
		if (try_once(er) != 0)
			return -1;
		retry_judge_request(&words, &s->x, s->to.clock->wall(s->to.clock), &s->arena, j);
		if (!may_again(er, j))
			break;
		if (pause_before(er, tries, j) != 0)
			return -1;
	}
	s->bytes += s->x.bytes;
	if (s->x.end == EXCHANGE_REPLY)
		return 0;
	return err_set(er->e, ERR_DELIVERY, j->code, "%.*s: %.*s%s", STR_ARG(er->name), STR_ARG(j->message),
		j->verdict == VERDICT_UNKNOWN && !er->repeatable ? "; it may have been taken and is not sent again" : "");
}

/* ---- the door ---- */

struct session *session_open(const struct session_setup *setup)
{
	struct session *s = mem_alloc(sizeof *s);
	*s = (struct session){ .to = *setup, .first_header = setup->connection->header };
	arena_init(&s->kept, 4096);
	arena_init(&s->arena, 16384);
	return s;
}

void session_close(struct session *s)
{
	if (!s)
		return;
	s->to.connection->header = s->first_header;
	exchange_release(&s->x);
	arena_release(&s->arena);
	arena_release(&s->kept);
	free(s);
}

uint64_t session_requests(const struct session *s)
{
	return s->requests;
}

const struct connection *session_connection(const struct session *s)
{
	return s->to.connection;
}

int session_token(struct session *s, bool renew, struct err *e)
{
	if (s->to.connection->header && !renew)
		return 0;
	if (session_can_log_in(s))
		return session_renew(s, e);
	if (s->to.connection->header)
		return session_refused(s, STR("it has expired or was never good"), e);
	if (s->to.system->anonymous)
		return 0;
	return err_set(e, ERR_CREDENTIALS, "credentials.missing", "the token of %.*s is missing: give it as %.*s",
		STR_ARG(s->to.system->name), STR_ARG(s->to.system->token_variable));
}

static void hand_out(struct session *s, const struct judgement *j, struct session_reply *out)
{
	*out = (struct session_reply){ .status = s->x.status, .body = buf_str(&s->x.body), .message = j->message,
		.bytes = s->x.bytes };
	snprintf(out->type, sizeof out->type, "%s", s->x.type);
}

int session_request(struct session *s, const struct session_request *q, struct session_reply *out, struct err *e)
{
	struct errand er;
	struct judgement j;
	bool renewed = false;
	arena_clear(&s->arena);
	if (errand_begin(s, q, &er, e) != 0 || session_token(s, false, e) != 0)
		return -1;
	for (;;) {
		if (errand_run(&er, &j) != 0)
			return -1;
		hand_out(s, &j, out);
		if (out->status != 401)
			return 0;
		if (renewed || !session_can_log_in(s))
			return session_refused(s, j.message, e);
		if (session_renew(s, e) != 0)
			return -1;
		renewed = true;
	}
}
