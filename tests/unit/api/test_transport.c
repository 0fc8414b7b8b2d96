#include <stdio.h>

#include "small_server.h"
#include "unit.h"

static const struct connection connection = {
	.header = "Authorization: Bearer t0ken", .connect_timeout_ms = 5000, .timeout_ms = 5000, .concurrency = 4
};

static void carries_a_request_and_its_reply(void)
{
	struct server s;
	struct exchange x = { 0 };
	server_start(&s, REPLY_ALWAYS, OK_REPLY);
	struct transport *t = server_transport(&connection);
	server_exchange(t, &x, &s, "POST", "{\"n\":1}");
	CU_ASSERT_EQUAL(x.end, EXCHANGE_REPLY);
	CU_ASSERT_EQUAL(x.status, 200);
	ASSERT_STR(buf_str(&x.body), "ok");
	CU_ASSERT_STRING_EQUAL(x.retry_after, "7");
	CU_ASSERT_STRING_EQUAL(x.date, "Sat, 21 Nov 2026 18:10:00 GMT");
	server_exchange(t, &x, &s, "POST", "{\"n\":2}");
	CU_ASSERT_EQUAL(x.end, EXCHANGE_REPLY);
	t->close(t);
	server_stop(&s);
	CU_ASSERT_EQUAL(s.connections, 1);
	CU_ASSERT_EQUAL(s.requests, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.request, "POST /products/import HTTP/1.1\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.request, "\r\nAuthorization: Bearer t0ken\r\n"));
	CU_ASSERT_PTR_NULL(strstr(strstr(s.request, "t0ken") + 5, "t0ken"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.request, "\r\nContent-Type: application/json\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.request, "\r\nUser-Agent: qonduit/" QONDUIT_VERSION "\r\n"));
	CU_ASSERT_PTR_NULL(strstr(s.request, "Expect"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.request, "\r\n\r\n{\"n\":2}"));
	exchange_release(&x);
}

static void sends_once(enum trick trick, const char *method, const char *body)
{
	struct server s;
	struct exchange x = { 0 };
	server_start(&s, trick, OK_REPLY);
	struct transport *t = server_transport(&connection);
	server_exchange(t, &x, &s, method, body);
	CU_ASSERT_EQUAL(x.end, EXCHANGE_REPLY);
	server_exchange(t, &x, &s, method, body);
	CU_ASSERT_EQUAL(x.end, EXCHANGE_UNKNOWN);
	CU_ASSERT_TRUE(x.problem[0] != '\0');
	t->close(t);
	server_stop(&s);
	CU_ASSERT_EQUAL(s.requests, 2);
	CU_ASSERT_EQUAL(s.bodies, body ? 2 : 0);
	exchange_release(&x);
}

static void never_sends_a_body_twice_when_a_kept_connection_dies(void)
{
	sends_once(RESET_AFTER_SECOND, "POST", "{\"n\":1}");
	sends_once(CLOSE_AFTER_SECOND, "POST", "{\"n\":1}");
}

static void never_sends_a_get_twice_either(void)
{
	sends_once(RESET_AFTER_SECOND, "GET", NULL);
	sends_once(CLOSE_AFTER_SECOND, "GET", NULL);
}

static void does_not_follow_redirects(void)
{
	static const int statuses[] = { 301, 302, 303, 307, 308 };
	struct server elsewhere;
	server_start(&elsewhere, REPLY_ALWAYS, OK_REPLY);
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
		struct server s;
		struct exchange x = { 0 };
		char reply[200], target[64];
		snprintf(target, sizeof target, "http://127.0.0.2:%d/stolen", elsewhere.port);
		snprintf(reply, sizeof reply, "HTTP/1.1 %d Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", statuses[i], target);
		server_start(&s, REPLY_ALWAYS, reply);
		struct transport *t = server_transport(&connection);
		server_exchange(t, &x, &s, "POST", "{\"n\":1}");
		CU_ASSERT_EQUAL(x.end, EXCHANGE_REPLY);
		CU_ASSERT_EQUAL(x.status, statuses[i]);
		CU_ASSERT_STRING_EQUAL(x.location, target);
		t->close(t);
		server_stop(&s);
		exchange_release(&x);
	}
	server_stop(&elsewhere);
	CU_ASSERT_EQUAL(elsewhere.requests, 0);
}

static void breaks_off(enum trick trick, const char *why)
{
	struct server s;
	struct exchange x = { 0 };
	server_start(&s, trick, NULL);
	struct transport *t = server_transport(&connection);
	server_exchange(t, &x, &s, "POST", "{\"n\":1}");
	CU_ASSERT_EQUAL(x.end, EXCHANGE_UNKNOWN);
	CU_ASSERT_PTR_NOT_NULL(strstr(x.problem, why));
	CU_ASSERT_TRUE(x.body.n <= TRANSPORT_REPLY_MAX);
	t->close(t);
	server_stop(&s);
	exchange_release(&x);
}

static void breaks_off_replies_that_are_too_large_or_cut(void)
{
	breaks_off(REPLY_HUGE, "larger than 8 MiB");
	breaks_off(REPLY_MANY_HEADERS, "larger than 256 KiB");
	breaks_off(REPLY_CUT, "");
}

static void tells_what_was_never_sent_from_what_is_in_doubt(void)
{
	struct server s;
	struct exchange x = { 0 };
	server_start(&s, SAY_NOTHING, NULL);
	struct connection hasty = connection;
	hasty.timeout_ms = 150;
	struct transport *t = server_transport(&hasty);
	server_exchange(t, &x, &s, "POST", "{\"n\":1}");
	CU_ASSERT_EQUAL(x.end, EXCHANGE_UNKNOWN); /* it was read, and no answer came in time */
	t->close(t);
	server_stop(&s);
	t = server_transport(&connection);
	server_exchange(t, &x, &s, "POST", "{\"n\":1}"); /* nobody listens there any more */
	CU_ASSERT_EQUAL(x.end, EXCHANGE_UNSENT);
	t->close(t);
	exchange_release(&x);
}

static void refuses(const char *url)
{
	struct exchange x = { .request = { "GET", url, { 0 } } };
	struct err e = { 0 };
	struct transport *t = server_transport(&connection);
	CU_ASSERT_EQUAL(t->submit(t, &x, &e), 0);
	struct exchange *ended = NULL;
	for (int i = 0; !ended && i < 20; i++)
		ended = t->step(t, 100);
	CU_ASSERT_PTR_EQUAL(ended, &x);
	CU_ASSERT_EQUAL(x.end, EXCHANGE_REFUSED);
	CU_ASSERT_EQUAL(x.body.n, 0);
	CU_ASSERT_TRUE(x.problem[0]);
	t->close(t);
	exchange_release(&x);
}

static void refuses_other_protocols(void)
{
	refuses("file:///etc/hostname");
	refuses("ftp://127.0.0.1/");
}

static void refuses_what_is_no_address(void)
{
	refuses("http://127.0.0.1:99999/");
	refuses("http://[::1/");
	refuses("http://a b/");
	refuses("");
}

static void says_at_once_where_the_ca_file_cannot_be_read(void)
{
	struct connection c = connection;
	struct err e = { 0 };
	c.ca_file = "/nowhere/ca.pem";
	CU_ASSERT_PTR_NULL(transport_http_open(&c, &e));
	CU_ASSERT_EQUAL(e.class, ERR_USAGE);
	CU_ASSERT_STRING_EQUAL(e.code, "connection.ca_file");
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "the CA file /nowhere/ca.pem cannot be read: No such file"));
}

/* The length that is told is that of a body which does not come. */
static void asks_for_a_head_without_waiting_for_a_body(void)
{
	struct server s;
	struct exchange x = { 0 };
	server_start(&s, REPLY_ALWAYS, "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n");
	struct transport *t = server_transport(&connection);
	server_exchange(t, &x, &s, "HEAD", NULL);
	CU_ASSERT_EQUAL(x.end, EXCHANGE_REPLY);
	CU_ASSERT_EQUAL(x.status, 200);
	CU_ASSERT_EQUAL(x.body.n, 0);
	t->close(t);
	server_stop(&s);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.request, "HEAD /products/import HTTP/1.1\r\n"));
	exchange_release(&x);
}

static void carries_several_at_once_and_takes_one_back(void)
{
	struct server s;
	struct exchange a = { 0 }, b = { 0 };
	struct err e = { 0 };
	char url[64];
	server_start(&s, SAY_NOTHING, NULL);
	struct transport *t = server_transport(&connection);
	snprintf(url, sizeof url, "http://127.0.0.1:%d/", s.port);
	a.request = b.request = (struct request){ "POST", url, STR("{\"n\":1}") };
	CU_ASSERT_EQUAL(t->submit(t, &a, &e), 0);
	CU_ASSERT_EQUAL(t->submit(t, &b, &e), 0);
	CU_ASSERT_PTR_NULL(t->step(t, 10));
	t->cancel(t, &a);
	CU_ASSERT_PTR_NULL(t->step(t, 10));
	t->close(t); /* takes the other one back */
	server_stop(&s);
	exchange_release(&a);
	exchange_release(&b);
}

UNIT_SUITE(transport, UNIT(carries_a_request_and_its_reply), UNIT(never_sends_a_body_twice_when_a_kept_connection_dies),
	UNIT(never_sends_a_get_twice_either), UNIT(does_not_follow_redirects),
	UNIT(breaks_off_replies_that_are_too_large_or_cut), UNIT(tells_what_was_never_sent_from_what_is_in_doubt),
	UNIT(refuses_other_protocols), UNIT(refuses_what_is_no_address),
	UNIT(says_at_once_where_the_ca_file_cannot_be_read), UNIT(asks_for_a_head_without_waiting_for_a_body),
	UNIT(carries_several_at_once_and_takes_one_back))
