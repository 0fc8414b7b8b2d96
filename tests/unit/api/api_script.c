#include "api_script.h"

#include <stdio.h>

#include "qonduit/log.h"
#include "unit.h"

#define BASE "https://shop.test/v1"
#define START_MS 1795284600000 /* 2026-11-21T18:10:00Z */

static struct shop *of_clock(struct clock *c)
{
	return (struct shop *)(void *)((char *)c - offsetof(struct shop, clock));
}

static int64_t shop_wall(struct clock *c)
{
	return START_MS + of_clock(c)->now_ms;
}

static int64_t shop_mono(struct clock *c)
{
	return 5000 + of_clock(c)->now_ms;
}

static int shop_sleep(struct clock *c, int64_t ms)
{
	of_clock(c)->now_ms += ms > 0 ? ms : 0;
	return 0;
}

static int shop_submit(struct transport *t, struct exchange *x, struct err *e)
{
	struct shop *s = (struct shop *)t;
	char asked[300];
	size_t i = s->at < 63 ? s->at : 63;
	const char *url = x->request.url, *header = s->connection.header;
	bool below = strncmp(url, s->base, strlen(s->base)) == 0;
	snprintf(asked, sizeof asked, "%s %s", x->request.method, below ? url + strlen(s->base) : url);
	if (!s->wrong && (s->under_way || !s->replies[s->at].asked || strcmp(s->replies[s->at].asked, asked) != 0)) {
		s->wrong = true;
		memcpy(s->first_wrong, asked, sizeof asked);
	}
	snprintf(s->headers[i], sizeof s->headers[0], "%s", x->options.bare || !header ? "" : header);
	snprintf(s->bodies[i], sizeof s->bodies[0], "%.*s", STR_ARG(x->request.body));
	s->accept[i] = x->options.accept;
	s->times[i] = s->now_ms;
	s->under_way = x;
	return 0;
}

static void give_body(struct exchange *x, const struct reply *r)
{
	struct str body = { r->body, r->length ? r->length : r->body ? strlen(r->body) : 0 };
	x->bytes = x->expected = body.n;
	if (x->options.reply_max && body.n > x->options.reply_max) {
		x->end = EXCHANGE_UNKNOWN;
		x->lasting = true;
		snprintf(x->problem, sizeof x->problem, "the reply is too large");
		return;
	}
	if (!x->options.take || (r->status && (r->status < 200 || r->status > 299))) {
		buf_add(&x->body, body);
		return;
	}
	for (struct str left = body; left.n; left = str_from(left, 7)) { /* pieces are cut anywhere */
		if (!x->options.take(x->options.arg, str_head(left, 7))) {
			x->end = EXCHANGE_UNKNOWN;
			return;
		}
	}
}

static struct exchange *shop_step(struct transport *t, int64_t timeout_ms)
{
	struct shop *s = (struct shop *)t;
	struct exchange *x = s->under_way;
	const struct reply *r = &s->replies[s->at];
	if (s->signal_at == s->at + 1)
		s->signal = 15;
	if (!x || s->hangs) {
		s->now_ms += timeout_ms;
		return NULL;
	}
	s->now_ms += 100;
	s->under_way = NULL;
	x->date[0] = x->location[0] = x->problem[0] = '\0';
	buf_clear(&x->body);
	if (!r->asked) {
		x->end = EXCHANGE_REFUSED;
		snprintf(x->problem, sizeof x->problem, "the script is over");
		return x;
	}
	s->at++;
	x->end = r->status ? EXCHANGE_REPLY : r->end;
	x->status = r->status;
	snprintf(x->retry_after, sizeof x->retry_after, "%s", r->retry_after ? r->retry_after : "");
	snprintf(x->type, sizeof x->type, "%s", r->type ? r->type : "application/json");
	if (r->status == 0)
		snprintf(x->problem, sizeof x->problem, "connection reset");
	give_body(x, r);
	return x;
}

static void shop_cancel(struct transport *t, struct exchange *x)
{
	struct shop *s = (struct shop *)t;
	s->under_way = NULL;
	s->cancelled++;
}

static void on_progress(void *arg, uint64_t bytes, uint64_t expected, int64_t wait_ms, const char *why)
{
	struct shop *s = arg;
	s->told_bytes = bytes;
	if (why[0])
		snprintf(s->told_why, sizeof s->told_why, "%s", why);
}

void shop_open(struct shop *s, const struct reply *replies, bool ready, bool user, const struct rate_rule *limits,
	size_t limit_count)
{
	*s = (struct shop){ .transport = { shop_submit, shop_step, shop_cancel, NULL }, .base = BASE,
		.clock = { shop_wall, shop_mono, shop_sleep }, .replies = replies };
	s->system = (struct system){ .name = STR("shop"), .token_variable = STR("SHOP_TOKEN"),
		.user_variable = STR("SHOP_EMAIL"), .password_variable = STR("SHOP_PASSWORD"),
		.login = { STR("/auth/login/"), STR("email"), STR("password"), STR("accessToken"), STR("/auth/refresh/") },
		.error_code = STR("code"), .error_message = STR("message"),
		.paging = { STR("page"), STR("size"), 0, STR("count"), STR("next"), STR("results") } };
	s->connection = (struct connection){ .system = "shop", .base_url = BASE, .host = "shop.test",
		.auth_header = "Authorization: Bearer ", .header = ready ? "Authorization: Bearer ready" : NULL,
		.user = user ? "me@shop.test" : NULL, .password = user ? "pass\"word" : NULL,
		.limits = limits, .limit_count = limit_count, .timeout_ms = 60000, .backoff_ms = 500, .backoff_max_ms = 60000,
		.retries = 3, .concurrency = 1 };
	log_setup(LOG_LEVEL_ERROR, LOG_TEXT, false);
	CU_ASSERT_EQUAL_FATAL(rate_open(unit_folder(), STR("shop.test"), STR(""), limits, limit_count, 60000, &s->clock,
		&s->rate, &s->e), 0);
	struct session_setup setup = { .system = &s->system, .connection = &s->connection, .transport = &s->transport,
		.rate = s->rate, .clock = &s->clock, .signal = &s->signal, .max_wait_ms = 900000, .progress = on_progress,
		.arg = s };
	s->session = session_open(&setup);
}

void shop_close(struct shop *s)
{
	if (s->wrong)
		fprintf(stderr, "request %zu: asked \"%s\", expected \"%s\"\n", s->at, s->first_wrong,
			s->replies[s->at].asked ? s->replies[s->at].asked : "nothing");
	CU_ASSERT_FALSE(s->wrong);
	CU_ASSERT_PTR_NULL(s->replies[s->at].asked);
	session_close(s->session);
	rate_close(s->rate);
	arena_release(&s->arena);
	log_release();
	log_setup(LOG_LEVEL_INFO, LOG_TEXT, false);
}

int shop_send(struct shop *s, const char *method, const char *path, const char *body, struct session_reply *out)
{
	struct session_request q = { .method = method, .path = str_of(path), .body = str_of(body) };
	s->e = (struct err){ 0 };
	return session_request(s->session, &q, out, &s->e);
}

int shop_get(struct shop *s, const char *path, struct session_reply *out)
{
	return shop_send(s, "GET", path, NULL, out);
}
