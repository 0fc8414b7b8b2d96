#include <stdio.h>

#include "api_script.h"
#include "qonduit/log.h"
#include "unit.h"

#define LOGIN "POST /auth/login/"
#define REFRESH "POST /auth/refresh/"
#define TOKEN(n) "{\"accessToken\":\"token-" #n "\",\"user\":{\"email\":\"me\"}}"
#define BEARER(n) "Authorization: Bearer " n

static void ASSERT_SAYS(const struct shop *s, const char *part)
{
	CU_ASSERT_PTR_NOT_NULL(strstr(s->e.message, part));
	if (!strstr(s->e.message, part))
		fprintf(stderr, "\nfound \"%s\", expected \"%s\"\n", s->e.message, part);
}

static void sends_a_request_with_a_ready_token(void)
{
	static const struct reply script[] = { REPLY("GET /orders/?page=2", 200, "{\"a\":1}"), { 0 } };
	struct shop s;
	struct session_reply r;
	shop_open(&s, script, true, false, NULL, 0);
	CU_ASSERT_EQUAL(shop_get(&s, "/orders/?page=2", &r), 0);
	CU_ASSERT_EQUAL(r.status, 200);
	ASSERT_STR(r.body, "{\"a\":1}");
	CU_ASSERT_EQUAL(r.bytes, 7);
	CU_ASSERT_STRING_EQUAL(r.type, "application/json");
	CU_ASSERT_STRING_EQUAL(s.headers[0], BEARER("ready"));
	CU_ASSERT_EQUAL(session_requests(s.session), 1);
	shop_close(&s);
}

static void takes_whole_addresses_below_the_base_only(void)
{
	static const struct reply script[] = { REPLY("GET /orders/", 200, "1"), REPLY("GET ?a=%C3%A9", 200, "2"), { 0 } };
	static const char *const wrong[] = { "https://shop.test.evil/v1/orders/", "https://shop.test/v2/", "",
		"http://shop.test/v1/orders/", "https://shop.test/v1x", "orders/", "/a/../../x", "/%2e%2E/x", "/a/.%2e", "/a b", "/a#b",
		"/\xC3\xA9", "/a\\..\\b", "https://shop.test@evil/v1/", "/./a", "/a\r\nX: y" };
	struct shop s;
	struct session_reply r;
	shop_open(&s, script, true, false, NULL, 0);
	CU_ASSERT_EQUAL(shop_get(&s, "https://shop.test/v1/orders/", &r), 0);
	CU_ASSERT_EQUAL(shop_get(&s, "https://shop.test/v1?a=%C3%A9", &r), 0);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		CU_ASSERT_EQUAL(shop_get(&s, wrong[i], &r), -1);
		CU_ASSERT_EQUAL(s.e.class, ERR_USAGE);
		CU_ASSERT_STRING_EQUAL(s.e.code, "session.address");
	}
	shop_close(&s);
}

static void leaves_other_replies_to_the_caller_with_the_servers_words(void)
{
	static const struct reply script[] = {
		REPLY("GET /orders/7/", 404, "{\"code\":\"not_found\",\"message\":\"No such order\"}"),
		REPLY("POST /carts/", 400, "{\"gtin\":[\"This field is required.\"]}"),
		REPLY("GET /x", 403, ""), REPLY("POST /carts/", 500, "{\"message\":\"boom\"}"), { 0 }
	};
	struct shop s;
	struct session_reply r;
	shop_open(&s, script, true, false, NULL, 0);
	CU_ASSERT_EQUAL(shop_get(&s, "/orders/7/", &r), 0);
	CU_ASSERT_EQUAL(r.status, 404);
	ASSERT_STR(r.message, "404 not_found: No such order");
	CU_ASSERT_EQUAL(shop_send(&s, "POST", "/carts/", "{}", &r), 0);
	ASSERT_STR(r.message, "400: gtin: This field is required.");
	CU_ASSERT_EQUAL(shop_get(&s, "/x", &r), 0);
	CU_ASSERT_EQUAL(r.status, 403);
	CU_ASSERT_EQUAL(shop_send(&s, "POST", "/carts/", "{}", &r), 0);
	CU_ASSERT_EQUAL(r.status, 500);
	shop_close(&s);
}

static void tries_again_what_is_safe_to_try_again(void)
{
	static const struct reply script[] = { REPLY("GET /a", 503, "{\"message\":\"busy\"}"), { "GET /a", 0, .end = EXCHANGE_UNKNOWN },
		{ "GET /a", 429, "", .retry_after = "7" }, REPLY("GET /a", 200, "1"), { "PATCH /a", 429, "", .retry_after = "3" },
		{ "PATCH /a", 0, .end = EXCHANGE_UNSENT }, REPLY("PATCH /a", 200, "2"), { 0 } };
	struct shop s;
	struct session_reply r;
	shop_open(&s, script, true, false, NULL, 0);
	CU_ASSERT_EQUAL(shop_get(&s, "/a", &r), 0);
	ASSERT_STR(r.body, "1");
	CU_ASSERT_EQUAL(s.times[1] - s.times[0], 600); /* 100 for the reply, then 500, doubled each time */
	CU_ASSERT_EQUAL(s.times[2] - s.times[1], 1100);
	CU_ASSERT_EQUAL(s.times[3] - s.times[2], 7100);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.told_why, "429"));
	CU_ASSERT_EQUAL(shop_send(&s, "PATCH", "/a", "{}", &r), 0);
	CU_ASSERT_STRING_EQUAL(s.bodies[6], "{}");
	CU_ASSERT_EQUAL(session_requests(s.session), 7);
	shop_close(&s);
}

static void never_sends_a_write_twice_that_may_have_arrived(void)
{
	static const struct reply script[] = { { "DELETE /a", 0, .end = EXCHANGE_UNKNOWN }, REPLY("POST /b", 503, ""), { 0 } };
	struct shop s;
	struct session_reply r;
	shop_open(&s, script, true, false, NULL, 0);
	CU_ASSERT_EQUAL(shop_send(&s, "DELETE", "/a", NULL, &r), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
	ASSERT_SAYS(&s, "may have been taken");
	CU_ASSERT_EQUAL(shop_send(&s, "POST", "/b", "{}", &r), 0);
	CU_ASSERT_EQUAL(r.status, 503);
	shop_close(&s);
}

static void sends_once_what_is_to_be_sent_once(void)
{
	static const struct reply script[] = { REPLY("POST /a", 429, "{}"), REPLY("POST /a", 401, "{}"),
		REPLY("POST /auth/login/", 200, "{\"accessToken\":\"two\"}"), REPLY("POST /a", 503, "{}"), { 0 } };
	struct shop s;
	struct session_reply r;
	struct session_request q = { .method = "POST", .path = STR("/a"), .once = true };
	shop_open(&s, script, true, true, NULL, 0);
	CU_ASSERT_EQUAL(session_request(s.session, &q, &r, &s.e), 0);
	CU_ASSERT_EQUAL(r.status, 429);
	CU_ASSERT_EQUAL(session_request(s.session, &q, &r, &s.e), 0);
	CU_ASSERT_EQUAL(r.status, 503);
	shop_close(&s);
}

static void gives_up_after_the_tries_and_on_long_waits(void)
{
	static const struct reply script[] = { REPLY("GET /a", 500, ""), REPLY("GET /a", 502, ""), REPLY("GET /a", 503, ""),
		REPLY("GET /a", 504, "{\"message\":\"dead\"}"), { "GET /b", 429, "", .retry_after = "3600" },
		{ "GET /c", 0, .end = EXCHANGE_REFUSED }, { 0 } };
	struct shop s;
	struct session_reply r;
	shop_open(&s, script, true, false, NULL, 0);
	CU_ASSERT_EQUAL(shop_get(&s, "/a", &r), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
	ASSERT_SAYS(&s, "shop: GET /a failed 4 times, the last time with: 504: dead");
	CU_ASSERT_EQUAL(shop_get(&s, "/b", &r), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
	ASSERT_SAYS(&s, "3600 s");
	CU_ASSERT_EQUAL(shop_get(&s, "/c", &r), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
	shop_close(&s);
}

static void does_not_ask_again_for_what_is_too_large(void)
{
	static const struct reply script[] = { REPLY("GET /a", 200, "0123456789"), { 0 } };
	struct shop s;
	struct session_reply r;
	struct session_request q = { .method = "GET", .path = STR("/a"), .reply_max = 9 };
	shop_open(&s, script, true, false, NULL, 0);
	CU_ASSERT_EQUAL(session_request(s.session, &q, &r, &s.e), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
	CU_ASSERT_STRING_EQUAL(s.e.message, "shop: GET /a: the reply is too large");
	shop_close(&s);
}

static void keeps_the_limits(void)
{
	static const struct rate_rule limits[] = { { { "/slow/", 6 }, 2, 10000, false }, { { "", 0 }, 3, 10000, false } };
	static const struct reply script[] = { REPLY("GET /slow/?a=1", 200, "1"), REPLY("GET /slow/?a=2", 200, "1"),
		REPLY("GET /other", 200, "1"), REPLY("GET /slow/", 200, "1"), { 0 } };
	struct shop s;
	struct session_reply r;
	shop_open(&s, script, true, false, limits, 2);
	CU_ASSERT_EQUAL(shop_get(&s, "/slow/?a=1", &r), 0);
	CU_ASSERT_EQUAL(shop_get(&s, "/slow/?a=2", &r), 0);
	CU_ASSERT_EQUAL(shop_get(&s, "/other", &r), 0);
	CU_ASSERT_TRUE(s.now_ms < 1000);
	CU_ASSERT_EQUAL(shop_get(&s, "/slow/", &r), 0);
	CU_ASSERT_TRUE(s.times[3] >= 10000 && s.times[3] < 12000);
	CU_ASSERT_STRING_EQUAL(s.told_why, "the rate limit");
	shop_close(&s);
}

static void logs_in_before_the_first_request(void)
{
	static const struct reply script[] = { REPLY(LOGIN, 200, TOKEN(1)), REPLY("GET /a", 200, "1"), REPLY("GET /b", 200, "2"), { 0 } };
	struct shop s;
	struct session_reply r;
	struct buf masked = { 0 };
	shop_open(&s, script, false, true, NULL, 0);
	CU_ASSERT_EQUAL(shop_get(&s, "/a", &r), 0);
	CU_ASSERT_EQUAL(shop_get(&s, "/b", &r), 0);
	CU_ASSERT_STRING_EQUAL(s.headers[0], "");
	CU_ASSERT_STRING_EQUAL(s.bodies[0], "{\"email\":\"me@shop.test\",\"password\":\"pass\\\"word\"}");
	CU_ASSERT_STRING_EQUAL(s.headers[1], BEARER("token-1"));
	CU_ASSERT_STRING_EQUAL(s.headers[2], BEARER("token-1"));
	log_mask(STR("it is token-1"), &masked);
	ASSERT_STR(buf_str(&masked), "it is ***");
	buf_release(&masked);
	shop_close(&s);
	CU_ASSERT_PTR_NULL(s.connection.header);
}

static void refreshes_a_token_that_expires(void)
{
	static const struct reply script[] = { REPLY(LOGIN, 200, TOKEN(1)), REPLY("GET /a", 200, "1"), REPLY("GET /b", 401, ""),
		REPLY(REFRESH, 200, TOKEN(2)), REPLY("GET /b", 200, "2"), REPLY("GET /c", 401, ""), REPLY(REFRESH, 200, TOKEN(3)),
		REPLY("GET /c", 200, "3"), { 0 } };
	struct shop s;
	struct session_reply r;
	shop_open(&s, script, false, true, NULL, 0);
	CU_ASSERT_EQUAL(shop_get(&s, "/a", &r), 0);
	CU_ASSERT_EQUAL(shop_get(&s, "/b", &r), 0);
	ASSERT_STR(r.body, "2");
	CU_ASSERT_STRING_EQUAL(s.headers[3], "");
	CU_ASSERT_STRING_EQUAL(s.bodies[3], "");
	CU_ASSERT_STRING_EQUAL(s.headers[4], BEARER("token-2"));
	CU_ASSERT_EQUAL(shop_get(&s, "/c", &r), 0);
	CU_ASSERT_STRING_EQUAL(s.headers[7], BEARER("token-3"));
	shop_close(&s);
}

static void logs_in_afresh_where_the_refresh_is_refused(void)
{
	static const struct reply script[] = { REPLY(LOGIN, 200, TOKEN(1)), REPLY("GET /b", 401, ""), REPLY(REFRESH, 401, "{}"),
		REPLY(LOGIN, 200, TOKEN(2)), REPLY("GET /b", 200, "2"), { 0 } };
	struct shop s;
	struct session_reply r;
	shop_open(&s, script, false, true, NULL, 0);
	CU_ASSERT_EQUAL(shop_get(&s, "/b", &r), 0);
	CU_ASSERT_STRING_EQUAL(s.headers[4], BEARER("token-2"));
	shop_close(&s);
}

static void ends_with_a_second_401(void)
{
	static const struct reply script[] = { REPLY(LOGIN, 200, TOKEN(1)), REPLY("GET /b", 401, ""), REPLY(REFRESH, 200, TOKEN(2)),
		REPLY("GET /b", 401, "{\"message\":\"not you\"}"), { 0 } };
	struct shop s;
	struct session_reply r;
	shop_open(&s, script, false, true, NULL, 0);
	CU_ASSERT_EQUAL(shop_get(&s, "/b", &r), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_CREDENTIALS);
	ASSERT_SAYS(&s, "shop refuses the token that it gave for SHOP_EMAIL and SHOP_PASSWORD: 401: not you");
	shop_close(&s);
}

static void does_not_log_in_for_a_ready_token_without_a_user(void)
{
	static const struct reply script[] = { REPLY("GET /b", 401, "{\"message\":\"expired\"}"), { 0 } };
	struct shop s;
	struct session_reply r;
	shop_open(&s, script, true, false, NULL, 0);
	CU_ASSERT_EQUAL(shop_get(&s, "/b", &r), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_CREDENTIALS);
	ASSERT_SAYS(&s, "shop refuses the token in SHOP_TOKEN: 401: expired");
	CU_ASSERT_EQUAL(session_token(s.session, false, &s.e), 0);
	err_clear(&s.e);
	CU_ASSERT_EQUAL(session_token(s.session, true, &s.e), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_CREDENTIALS);
	shop_close(&s);
}

static void replaces_a_ready_token_where_it_has_a_user(void)
{
	static const struct reply script[] = { REPLY("GET /b", 401, ""), REPLY(LOGIN, 200, TOKEN(1)), REPLY("GET /b", 200, "1"), { 0 } };
	struct shop s;
	struct session_reply r;
	shop_open(&s, script, true, true, NULL, 0);
	CU_ASSERT_EQUAL(shop_get(&s, "/b", &r), 0);
	CU_ASSERT_STRING_EQUAL(s.headers[0], BEARER("ready"));
	CU_ASSERT_STRING_EQUAL(s.headers[2], BEARER("token-1"));
	shop_close(&s);
	CU_ASSERT_STRING_EQUAL(s.connection.header, BEARER("ready"));
}

static void waits_for_a_login_that_is_throttled(void)
{
	static const struct reply script[] = { { LOGIN, 429, "{}", .retry_after = "30" }, REPLY(LOGIN, 503, ""),
		{ LOGIN, 0, .end = EXCHANGE_UNKNOWN }, REPLY(LOGIN, 200, TOKEN(1)), REPLY("GET /b", 200, "1"), { 0 } };
	struct shop s;
	struct session_reply r;
	shop_open(&s, script, false, true, NULL, 0);
	CU_ASSERT_EQUAL(shop_get(&s, "/b", &r), 0);
	CU_ASSERT_TRUE(s.times[1] >= 30000);
	shop_close(&s);
}

static void refuses(const struct reply *script, enum err_class class, const char *words)
{
	struct shop s;
	struct session_reply r;
	shop_open(&s, script, false, true, NULL, 0);
	CU_ASSERT_EQUAL(shop_get(&s, "/b", &r), -1);
	CU_ASSERT_EQUAL(s.e.class, class);
	ASSERT_SAYS(&s, words);
	shop_close(&s);
}

static void says_why_a_login_fails(void)
{
	refuses((struct reply[]){ REPLY(LOGIN, 401, "{\"message\":\"No active account\"}"), { 0 } }, ERR_CREDENTIALS,
		"shop refuses the login with SHOP_EMAIL and SHOP_PASSWORD: 401: No active account");
	refuses((struct reply[]){ REPLY(LOGIN, 400, "{\"email\":[\"Enter a valid address.\"]}"), { 0 } }, ERR_CREDENTIALS,
		"400: email: Enter a valid address.");
	refuses((struct reply[]){ REPLY(LOGIN, 404, ""), { 0 } }, ERR_DELIVERY, "404");
	refuses((struct reply[]){ REPLY(LOGIN, 200, "{\"access\":\"s3cret\",\"user\":{}}"), { 0 } }, ERR_DELIVERY,
		"the reply has no \"accessToken\", found \"access\", \"user\"");
	refuses((struct reply[]){ REPLY(LOGIN, 200, "<html>s3cret"), { 0 } }, ERR_DELIVERY, "found no JSON");
	refuses((struct reply[]){ REPLY(LOGIN, 200, "{\"accessToken\":\"\"}"), { 0 } }, ERR_DELIVERY, "found \"accessToken\"");
	refuses((struct reply[]){ REPLY(LOGIN, 200, "{\"accessToken\":\"a\\r\\nX: y\"}"), { 0 } }, ERR_CREDENTIALS, "0x0d");
	refuses((struct reply[]){ REPLY(LOGIN, 200, TOKEN(1)), REPLY("GET /b", 401, ""), REPLY(REFRESH, 401, ""),
		REPLY(LOGIN, 403, "{\"message\":\"blocked pass\\\"word\"}"), { 0 } }, ERR_CREDENTIALS, "403: blocked");
}

static void names_what_is_missing_where_it_cannot_log_in(void)
{
	static const struct reply script[] = { REPLY("GET /b", 200, "1"), { 0 } };
	struct shop s;
	struct session_reply r;
	shop_open(&s, script, false, false, NULL, 0);
	CU_ASSERT_EQUAL(shop_get(&s, "/b", &r), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_CREDENTIALS);
	ASSERT_SAYS(&s, "SHOP_TOKEN");
	s.system.anonymous = true;
	CU_ASSERT_EQUAL(shop_get(&s, "/b", &r), 0);
	shop_close(&s);
}

struct taken {
	struct buf text;
	int again;
	bool full;
};

static int take(void *arg, struct str bytes, struct err *e)
{
	struct taken *t = arg;
	if (t->full)
		return err_set(e, ERR_INPUT, "disk.full", "No space left on device");
	buf_add(&t->text, bytes);
	return 0;
}

static int take_back(void *arg, struct err *e)
{
	struct taken *t = arg;
	buf_clear(&t->text);
	t->again++;
	return 0;
}

static int download(struct shop *s, struct taken *t, struct session_reply *r)
{
	struct session_request q = { .method = "GET", .path = STR("/file"), .accept = "text/csv", .take = take,
		.again = take_back, .arg = t };
	s->e = (struct err){ 0 };
	return session_request(s->session, &q, r, &s->e);
}

static void gives_a_body_away_as_it_comes(void)
{
	static const struct reply script[] = { REPLY("GET /file", 401, "no"), REPLY(LOGIN, 200, TOKEN(1)), REPLY("GET /file", 503, "busy"),
		{ "GET /file", 0, "a,b\n1,2\n3,", .end = EXCHANGE_UNKNOWN }, { "GET /file", 200, "a,b\n1,2\n3,4\n", .type = "text/csv" },
		{ 0 } };
	struct shop s;
	struct session_reply r;
	struct taken t = { 0 };
	shop_open(&s, script, true, true, NULL, 0);
	CU_ASSERT_EQUAL(download(&s, &t, &r), 0);
	ASSERT_STR(buf_str(&t.text), "a,b\n1,2\n3,4\n");
	CU_ASSERT_EQUAL(t.again, 1);
	CU_ASSERT_EQUAL(r.bytes, 12);
	CU_ASSERT_EQUAL(r.body.n, 0);
	CU_ASSERT_STRING_EQUAL(r.type, "text/csv");
	CU_ASSERT_STRING_EQUAL(s.accept[0], "text/csv");
	CU_ASSERT_TRUE(s.told_bytes > 0);
	buf_release(&t.text);
	shop_close(&s);
}

static void ends_where_the_body_cannot_be_taken(void)
{
	static const struct reply script[] = { REPLY("GET /file", 200, "a,b\n1,2\n"), { 0 } };
	struct shop s;
	struct session_reply r;
	struct taken t = { .full = true };
	shop_open(&s, script, true, false, NULL, 0);
	CU_ASSERT_EQUAL(download(&s, &t, &r), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_INPUT);
	CU_ASSERT_STRING_EQUAL(s.e.code, "disk.full");
	shop_close(&s);
}

static void stops_at_a_signal(void)
{
	static const struct reply script[] = { REPLY("GET /a", 503, ""), REPLY("GET /a", 200, ""), { 0 } };
	struct shop s;
	struct session_reply r;
	shop_open(&s, script, true, false, NULL, 0);
	s.signal_at = 1;
	CU_ASSERT_EQUAL(shop_get(&s, "/a", &r), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_NONE);
	CU_ASSERT_EQUAL(s.at, 1);
	s.signal = 0;
	s.hangs = true;
	s.signal_at = 2;
	CU_ASSERT_EQUAL(shop_get(&s, "/a", &r), -1);
	CU_ASSERT_EQUAL(s.cancelled, 1);
	s.signal = 0;
	int64_t before = s.now_ms;
	CU_ASSERT_EQUAL(shop_send(&s, "POST", "/a", "{}", &r), -1); /* may have arrived: it is given some time */
	CU_ASSERT_EQUAL(s.cancelled, 2);
	CU_ASSERT_TRUE(s.now_ms - before >= 2500);
	s.at = 2;
	s.wrong = false;
	shop_close(&s);
}

UNIT_SUITE(session, UNIT(sends_a_request_with_a_ready_token), UNIT(takes_whole_addresses_below_the_base_only),
	UNIT(leaves_other_replies_to_the_caller_with_the_servers_words), UNIT(tries_again_what_is_safe_to_try_again),
	UNIT(never_sends_a_write_twice_that_may_have_arrived), UNIT(sends_once_what_is_to_be_sent_once),
	UNIT(gives_up_after_the_tries_and_on_long_waits),
	UNIT(does_not_ask_again_for_what_is_too_large), UNIT(keeps_the_limits), UNIT(logs_in_before_the_first_request),
	UNIT(refreshes_a_token_that_expires), UNIT(logs_in_afresh_where_the_refresh_is_refused), UNIT(ends_with_a_second_401),
	UNIT(does_not_log_in_for_a_ready_token_without_a_user), UNIT(replaces_a_ready_token_where_it_has_a_user),
	UNIT(waits_for_a_login_that_is_throttled), UNIT(says_why_a_login_fails), UNIT(names_what_is_missing_where_it_cannot_log_in),
	UNIT(gives_a_body_away_as_it_comes), UNIT(ends_where_the_body_cannot_be_taken), UNIT(stops_at_a_signal))
