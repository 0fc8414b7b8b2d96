#include <stdio.h>
#include <stdlib.h>

#include "qonduit/log.h"
#include "small_server.h"
#include "unit.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"

static struct connection connection_of(const char *header, bool login)
{
	return (struct connection){ .base_url = "http://127.0.0.1", .header = header, .connect_timeout_ms = 5000,
		.timeout_ms = 5000, .concurrency = 4, .user = login ? "me" : NULL, .password = login ? "secret" : NULL };
}

static bool asks(const char *request, const char *line)
{
	char text[400];
	snprintf(text, sizeof text, "\r\n%s\r\n", line);
	return strstr(request, text) != NULL;
}

static void sends_the_credentials_that_hold_now(void)
{
	struct server s;
	struct exchange x = { 0 };
	struct connection c = connection_of("Authorization: Bearer old1", true);
	server_start(&s, REPLY_ALWAYS, OK_REPLY);
	struct transport *t = server_transport(&c);
	for (int i = 0; i < 2; i++) {
		const char *method = i ? "POST" : "GET", *body = i ? "{\"n\":1}" : NULL;
		c.header = "Authorization: Bearer old1";
		server_exchange(t, &x, &s, method, body);
		CU_ASSERT_TRUE(asks(s.request, "Authorization: Bearer old1"));
		c.header = "Authorization: Bearer new2";
		server_exchange(t, &x, &s, method, body);
		CU_ASSERT_TRUE(asks(s.request, "Authorization: Bearer new2"));
		CU_ASSERT_PTR_NULL(strstr(s.request, "old1"));
		x.options.bare = true;
		server_exchange(t, &x, &s, method, body);
		CU_ASSERT_PTR_NULL(strstr(s.request, "Authorization"));
		x.options.bare = false;
		c.header = NULL;
		server_exchange(t, &x, &s, method, body);
		CU_ASSERT_PTR_NULL(strstr(s.request, "Authorization"));
	}
	t->close(t);
	server_stop(&s);
	exchange_release(&x);
}

static void keeps_cookies_where_there_is_a_login(bool login)
{
	/* Each on a connection of its own. */
	static const char *const each[] = { OK
		"Set-Cookie: refresh=c00kie-value; Path=/; HttpOnly; Secure\r\nset-cookie: other=2; Path=/elsewhere\r\n\r\nok",
		OK "Set-Cookie: refresh=rotated-value; Path=/\r\n\r\nok", OK "\r\nok", OK "\r\nok" };
	struct server s;
	struct exchange x = { 0 };
	struct connection c = connection_of(NULL, login);
	struct buf masked = { 0 };
	server_start(&s, REPLY_EACH, NULL);
	s.each = each;
	struct transport *t = server_transport(&c), *other = server_transport(&c);
	server_exchange(t, &x, &s, "POST", NULL);
	CU_ASSERT_PTR_NULL(strstr(s.request, "Cookie"));
	server_exchange(t, &x, &s, "POST", NULL);
	CU_ASSERT_EQUAL(asks(s.request, "Cookie: refresh=c00kie-value"), login);
	server_exchange(t, &x, &s, "GET", NULL); /* another handle */
	CU_ASSERT_EQUAL(asks(s.request, "Cookie: refresh=rotated-value"), login);
	server_exchange(other, &x, &s, "GET", NULL);
	CU_ASSERT_PTR_NULL(strstr(s.request, "Cookie"));
	log_mask(STR("c00kie-value rotated-value"), &masked);
	ASSERT_STR(buf_str(&masked), login ? "*** ***" : "c00kie-value rotated-value");
	t->close(t);
	other->close(other);
	server_stop(&s);
	exchange_release(&x);
	buf_release(&masked);
	log_release();
}

static void keeps_cookies_in_memory_for_logins_alone(void)
{
	keeps_cookies_where_there_is_a_login(true);
	keeps_cookies_where_there_is_a_login(false);
}

static void says_what_it_accepts_and_what_came(void)
{
	struct server s;
	struct exchange x = { .options = { .accept = "text/csv" } };
	struct connection c = connection_of(NULL, false);
	server_start(&s, REPLY_ALWAYS, "HTTP/1.1 200 OK\r\ncontent-type:  text/csv; charset=utf-8 \r\nContent-Length: 4\r\n\r\na,b\n");
	struct transport *t = server_transport(&c);
	server_exchange(t, &x, &s, "GET", NULL);
	CU_ASSERT_TRUE(asks(s.request, "Accept: text/csv"));
	CU_ASSERT_STRING_EQUAL(x.type, "text/csv; charset=utf-8");
	CU_ASSERT_EQUAL(x.bytes, 4);
	CU_ASSERT_EQUAL(x.expected, 4);
	x.options.accept = NULL;
	server_exchange(t, &x, &s, "POST", NULL);
	CU_ASSERT_TRUE(asks(s.request, "Accept: application/json"));
	CU_ASSERT_TRUE(asks(s.request, "Content-Length: 0"));
	CU_ASSERT_PTR_NULL(strstr(s.request, "Content-Type"));
	server_exchange(t, &x, &s, "DELETE", NULL);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.request, "DELETE /products/import HTTP/1.1\r\n"));
	CU_ASSERT_PTR_NULL(strstr(s.request, "Content-Type"));
	static const struct system typed = { .content_type = true };
	c.of = &typed;
	server_exchange(t, &x, &s, "GET", NULL);
	CU_ASSERT_TRUE(asks(s.request, "Content-Type: application/json"));
	t->close(t);
	server_stop(&s);
	exchange_release(&x);
}

/* ---- bodies that are taken as they come ---- */

struct taken {
	struct buf text;
	uint64_t bytes, most; /* `most`: then it takes no more; 0: no end */
};

static bool take(void *arg, struct str piece)
{
	struct taken *t = arg;
	t->bytes += piece.n;
	if (t->bytes < 10000)
		buf_add(&t->text, piece);
	return t->most == 0 || t->bytes <= t->most;
}

static void begin(struct server *s, struct connection *c, struct exchange *x, struct taken *t, enum trick trick)
{
	*t = (struct taken){ 0 };
	*x = (struct exchange){ .options = { .take = take, .arg = t } };
	*c = connection_of(NULL, false);
	server_start(s, trick, NULL);
}

static void end(struct server *s, struct exchange *x, struct taken *t, struct transport *door)
{
	door->close(door);
	server_stop(s);
	exchange_release(x);
	buf_release(&t->text);
}

static void gives_bodies_of_success_away(void)
{
	struct server s;
	struct exchange x;
	struct connection c;
	struct taken got;
	begin(&s, &c, &x, &got, REPLY_ALWAYS);
	struct transport *t = server_transport(&c);
	s.reply = "HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello";
	server_exchange(t, &x, &s, "GET", NULL);
	ASSERT_STR(buf_str(&got.text), "hello");
	CU_ASSERT_TRUE(asks(s.request, "Accept-Encoding: identity"));
	CU_ASSERT_EQUAL(x.body.n, 0);
	CU_ASSERT_EQUAL(x.bytes, 5);
	s.reply = "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nwrong";
	server_exchange(t, &x, &s, "GET", NULL);
	CU_ASSERT_EQUAL(got.bytes, 5);
	ASSERT_STR(buf_str(&x.body), "wrong");
	s.reply = "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 5\r\n\r\nmoved";
	server_exchange(t, &x, &s, "GET", NULL);
	CU_ASSERT_EQUAL(got.bytes, 5);
	end(&s, &x, &got, t);
}

static void has_no_ceiling_for_what_is_taken_but_the_one_asked_for(void)
{
	struct server s;
	struct exchange x;
	struct connection c;
	struct taken got;
	begin(&s, &c, &x, &got, REPLY_HUGE);
	struct transport *t = server_transport(&c);
	server_exchange(t, &x, &s, "GET", NULL); /* the server closes without the last chunk */
	CU_ASSERT_EQUAL(x.end, EXCHANGE_UNKNOWN);
	CU_ASSERT_EQUAL(got.bytes, 64 << 20);
	CU_ASSERT_EQUAL(x.body.cap, 0);
	got.bytes = 0;
	x.options.reply_max = 1 << 20;
	server_exchange(t, &x, &s, "GET", NULL);
	CU_ASSERT_EQUAL(x.end, EXCHANGE_UNKNOWN);
	CU_ASSERT_PTR_NOT_NULL(strstr(x.problem, "larger than 1 MiB"));
	CU_ASSERT_TRUE(got.bytes <= 1 << 20);
	x.options.reply_max = 0;
	got.bytes = 0;
	got.most = 100000;
	server_exchange(t, &x, &s, "GET", NULL);
	CU_ASSERT_EQUAL(x.end, EXCHANGE_UNKNOWN);
	CU_ASSERT_TRUE(got.bytes < 1 << 20);
	end(&s, &x, &got, t);
}

static void waits_for_a_long_download_that_goes_on(void)
{
	struct server s;
	struct exchange x;
	struct connection c;
	struct taken got;
	begin(&s, &c, &x, &got, REPLY_SLOWLY);
	s.reply = "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n0123456789012345678901234567890123456789";
	c.timeout_ms = 150;
	struct transport *t = server_transport(&c);
	server_exchange(t, &x, &s, "GET", NULL);
	CU_ASSERT_EQUAL(x.end, EXCHANGE_REPLY);
	CU_ASSERT_EQUAL(got.bytes, 40);
	x.options.take = NULL; /* the same handle: what is not taken has its time */
	server_exchange(t, &x, &s, "GET", NULL);
	CU_ASSERT_EQUAL(x.end, EXCHANGE_UNKNOWN);
	end(&s, &x, &got, t);
}

/* ---- bodies that are cut ---- */

static const char packed[] =
	"\037\213\010\000\000\000\000\000\002\003\125\324\053\122\104\061\024\105\121\317\050\250\326\055\162"
	"\177\371\214\200\302\264\352\011\040\272\032\004\314\137\202\311\011\373\311\175\324\252\344\345\355"
	"\376\176\273\336\076\276\037\057\331\376\175\327\313\375\363\353\347\371\332\056\350\143\167\103\267"
	"\334\335\321\335\166\017\366\271\173\242\107\355\136\350\351\273\167\366\265\373\100\257\276\373\104"
	"\357\261\373\102\037\362\032\301\343\200\051\236\022\033\311\113\144\243\171\311\154\100\133\023\332"
	"\240\066\223\332\072\007\261\015\156\163\271\015\160\013\301\015\162\113\311\275\161\220\334\041\267"
	"\072\147\015\271\165\311\075\070\110\356\224\017\311\235\362\051\271\123\076\045\167\312\227\344\016"
	"\271\067\311\035\162\067\311\243\161\220\074\040\167\227\074\040\367\070\327\074\070\110\036\220\173"
	"\112\036\220\173\111\036\235\203\344\001\271\167\311\203\362\041\171\120\076\045\117\312\247\344\111"
	"\371\222\074\041\217\046\171\006\207\363\207\103\036\046\171\102\036\056\171\166\016\222\047\344\021"
	"\222\047\344\221\222\047\344\121\222\127\343\040\171\101\036\135\362\242\174\110\136\224\017\311\213"
	"\362\171\036\067\312\227\344\105\371\222\274\040\317\046\171\101\236\046\171\375\311\177\001\106\317"
	"\024\251\334\005\000\000";

static void judges(struct str reply, enum exchange_end expected, uint64_t bytes)
{
	for (int taken = 0; taken < 2; taken++) {
		struct server s;
		struct exchange x;
		struct connection c;
		struct taken got;
		begin(&s, &c, &x, &got, REPLY_RAW);
		s.raw = reply;
		if (!taken)
			x.options.take = NULL;
		struct transport *t = server_transport(&c);
		server_exchange(t, &x, &s, "GET", NULL);
		bool unasked = taken && str_find(reply, STR("Content-Encoding: gzip")) >= 0;
		CU_ASSERT_EQUAL(x.end, unasked ? EXCHANGE_UNKNOWN : expected);
		CU_ASSERT_EQUAL(x.lasting, unasked);
		CU_ASSERT_EQUAL(strstr(x.problem, "compressed, which was not asked for") != NULL, unasked);
		if (unasked || expected == EXCHANGE_REPLY)
			CU_ASSERT_EQUAL(taken ? got.bytes : x.body.n, unasked ? 0 : bytes);
		end(&s, &x, &got, t);
	}
}

static void judges_packed(const char *headers, size_t packed_bytes, bool chunked, enum exchange_end expected)
{
	struct buf b = { 0 };
	buf_printf(&b, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n%s\r\n", headers);
	if (chunked)
		buf_printf(&b, "%zx\r\n", packed_bytes);
	buf_add(&b, (struct str){ packed, packed_bytes });
	if (chunked)
		buf_add(&b, STR("\r\n0\r\n\r\n"));
	judges(buf_str(&b), expected, 1500);
	buf_release(&b);
}

static void knows_bodies_that_are_cut(void)
{
	judges(STR("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"), EXCHANGE_REPLY, 10);
	judges(STR("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789"), EXCHANGE_UNKNOWN, 0);
	judges(STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n0\r\n\r\n"), EXCHANGE_REPLY, 5);
	judges(STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n"), EXCHANGE_UNKNOWN, 0);
	judges(STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n012"), EXCHANGE_UNKNOWN, 0);
	judges(STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\nzz\r\n"), EXCHANGE_UNKNOWN, 0);
}

static void knows_compressed_bodies_that_are_cut(void)
{
	char length[64];
	size_t all = sizeof packed - 1;
	snprintf(length, sizeof length, "Content-Length: %zu\r\n", all);
	judges_packed(length, all, false, EXCHANGE_REPLY);
	judges_packed(length, all - 1, false, EXCHANGE_UNKNOWN);
	judges_packed("Transfer-Encoding: chunked\r\n", all, true, EXCHANGE_REPLY);
	judges(STR("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone"), EXCHANGE_UNKNOWN, 0);
}

UNIT_SUITE(transport_bodies, UNIT(sends_the_credentials_that_hold_now), UNIT(keeps_cookies_in_memory_for_logins_alone),
	UNIT(says_what_it_accepts_and_what_came), UNIT(gives_bodies_of_success_away),
	UNIT(has_no_ceiling_for_what_is_taken_but_the_one_asked_for), UNIT(waits_for_a_long_download_that_goes_on),
	UNIT(knows_bodies_that_are_cut), UNIT(knows_compressed_bodies_that_are_cut))
