#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qonduit/connection.h"
#include "qonduit/transport.h"
#include "unit.h"

#define OK_REPLY \
	"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nRetry-After: 7\r\nDate: Sat, 21 Nov 2026 18:10:00 GMT\r\n\r\nok"

enum trick { REPLY, RESET_AFTER_SECOND, CLOSE_AFTER_SECOND, REPLY_HUGE, REPLY_CUT, REPLY_MANY_HEADERS, SAY_NOTHING };

/* A server that reads requests and answers each as its trick says, a connection at a time, until it is shut down. */
struct server {
	enum trick trick;
	const char *reply;
	int listener, port;
	pthread_t thread;
	int connections, requests, bodies;
	char request[8192]; /* the last one */
};

/* Reads one request; false where the other side has closed. */
static bool read_request(struct server *s, int fd)
{
	size_t n = 0, need = 0;
	while (!need || n < need) {
		ssize_t got = n < sizeof s->request - 1 ? recv(fd, s->request + n, sizeof s->request - 1 - n, 0) : -1;
		if (got <= 0)
			return false;
		n += (size_t)got;
		s->request[n] = '\0';
		const char *end = strstr(s->request, "\r\n\r\n"), *length = strcasestr(s->request, "\r\ncontent-length: ");
		if (end)
			need = (size_t)(end + 4 - s->request) + (length ? strtoul(length + 18, NULL, 10) : 0);
	}
	s->requests++;
	s->bodies += strstr(s->request, "{\"n\":") != NULL;
	return true;
}

static void send_text(int fd, const char *text)
{
	send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static void send_huge(int fd)
{
	char piece[65536 + 16];
	send_text(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	memset(piece, 'x', sizeof piece);
	memcpy(piece, "10000\r\n", 7);
	memcpy(piece + 7 + 65536, "\r\n", 2);
	for (int i = 0; i < 1024 && send(fd, piece, 7 + 65536 + 2, MSG_NOSIGNAL) > 0; i++)
		continue;
}

static void send_many_headers(int fd)
{
	send_text(fd, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 20000 && send(fd, "X-Filler: 0123456789012345678901234567890\r\n", 43, MSG_NOSIGNAL) > 0; i++)
		continue;
	send_text(fd, "Content-Length: 2\r\n\r\nok");
}

/* False where the connection is to be closed. */
static bool answer(struct server *s, int fd)
{
	struct linger hard = { 1, 0 };
	switch (s->trick) {
	case REPLY:
		send_text(fd, s->reply);
		return true;
	case RESET_AFTER_SECOND:
	case CLOSE_AFTER_SECOND:
		if (s->requests == 1) {
			send_text(fd, s->reply);
			return true;
		}
		if (s->trick == RESET_AFTER_SECOND)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
		return false;
	case REPLY_HUGE:
		send_huge(fd);
		return false;
	case REPLY_CUT:
		send_text(fd, "HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\n{\"job_id\":");
		return false;
	case REPLY_MANY_HEADERS:
		send_many_headers(fd);
		return false;
	case SAY_NOTHING:
		return true;
	}
	return false;
}

static void *serve(void *arg)
{
	struct server *s = arg;
	int fd;
	while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
		s->connections++;
		while (read_request(s, fd) && answer(s, fd))
			continue;
		close(fd);
	}
	return NULL;
}

static void start(struct server *s, enum trick trick, const char *reply)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof at;
	*s = (struct server){ .trick = trick, .reply = reply, .listener = socket(AF_INET, SOCK_STREAM, 0) };
	CU_ASSERT_EQUAL_FATAL(bind(s->listener, (struct sockaddr *)&at, n), 0);
	listen(s->listener, 8);
	getsockname(s->listener, (struct sockaddr *)&at, &n);
	s->port = ntohs(at.sin_port);
	pthread_create(&s->thread, NULL, serve, s);
}

static void stop(struct server *s)
{
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
}

static const struct connection connection = {
	.header = "Authorization: Bearer t0ken", .connect_timeout_ms = 5000, .timeout_ms = 5000, .concurrency = 4
};

static struct transport *open_transport(const struct connection *c)
{
	struct err e = { 0 };
	struct transport *t = transport_http_open(c, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	return t;
}

static void exchange(
	struct transport *t, struct exchange *x, const struct server *s, const char *method, const char *body)
{
	static char url[64];
	struct err e = { 0 };
	snprintf(url, sizeof url, "http://127.0.0.1:%d/products/import", s->port);
	x->request = (struct request){ method, url, str_of(body) };
	CU_ASSERT_EQUAL(t->submit(t, x, &e), 0);
	struct exchange *ended = NULL;
	for (int i = 0; !ended && i < 100; i++)
		ended = t->step(t, 100);
	CU_ASSERT_PTR_EQUAL_FATAL(ended, x);
}

static void carries_a_request_and_its_reply(void)
{
	struct server s;
	struct exchange x = { 0 };
	start(&s, REPLY, OK_REPLY);
	struct transport *t = open_transport(&connection);
	exchange(t, &x, &s, "POST", "{\"n\":1}");
	CU_ASSERT_EQUAL(x.end, EXCHANGE_REPLY);
	CU_ASSERT_EQUAL(x.status, 200);
	ASSERT_STR(buf_str(&x.body), "ok");
	CU_ASSERT_STRING_EQUAL(x.retry_after, "7");
	CU_ASSERT_STRING_EQUAL(x.date, "Sat, 21 Nov 2026 18:10:00 GMT");
	exchange(t, &x, &s, "POST", "{\"n\":2}");
	CU_ASSERT_EQUAL(x.end, EXCHANGE_REPLY);
	t->close(t);
	stop(&s);
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
	start(&s, trick, OK_REPLY);
	struct transport *t = open_transport(&connection);
	exchange(t, &x, &s, method, body);
	CU_ASSERT_EQUAL(x.end, EXCHANGE_REPLY);
	exchange(t, &x, &s, method, body);
	CU_ASSERT_EQUAL(x.end, EXCHANGE_UNKNOWN);
	CU_ASSERT_TRUE(x.problem[0] != '\0');
	t->close(t);
	stop(&s);
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
	start(&elsewhere, REPLY, OK_REPLY);
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
		struct server s;
		struct exchange x = { 0 };
		char reply[200], target[64];
		snprintf(target, sizeof target, "http://127.0.0.2:%d/stolen", elsewhere.port);
		snprintf(reply, sizeof reply, "HTTP/1.1 %d Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", statuses[i], target);
		start(&s, REPLY, reply);
		struct transport *t = open_transport(&connection);
		exchange(t, &x, &s, "POST", "{\"n\":1}");
		CU_ASSERT_EQUAL(x.end, EXCHANGE_REPLY);
		CU_ASSERT_EQUAL(x.status, statuses[i]);
		CU_ASSERT_STRING_EQUAL(x.location, target);
		t->close(t);
		stop(&s);
		exchange_release(&x);
	}
	stop(&elsewhere);
	CU_ASSERT_EQUAL(elsewhere.requests, 0);
}

static void breaks_off(enum trick trick, const char *why)
{
	struct server s;
	struct exchange x = { 0 };
	start(&s, trick, NULL);
	struct transport *t = open_transport(&connection);
	exchange(t, &x, &s, "POST", "{\"n\":1}");
	CU_ASSERT_EQUAL(x.end, EXCHANGE_UNKNOWN);
	CU_ASSERT_PTR_NOT_NULL(strstr(x.problem, why));
	CU_ASSERT_TRUE(x.body.n <= TRANSPORT_REPLY_MAX);
	t->close(t);
	stop(&s);
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
	start(&s, SAY_NOTHING, NULL);
	struct connection hasty = connection;
	hasty.timeout_ms = 150;
	struct transport *t = open_transport(&hasty);
	exchange(t, &x, &s, "POST", "{\"n\":1}");
	CU_ASSERT_EQUAL(x.end, EXCHANGE_UNKNOWN); /* it was read, and no answer came in time */
	t->close(t);
	stop(&s);
	t = open_transport(&connection);
	exchange(t, &x, &s, "POST", "{\"n\":1}"); /* nobody listens there any more */
	CU_ASSERT_EQUAL(x.end, EXCHANGE_UNSENT);
	t->close(t);
	exchange_release(&x);
}

static void refuses_other_protocols(void)
{
	struct exchange x = { .request = { "GET", "file:///etc/hostname", { 0 } } };
	struct err e = { 0 };
	struct transport *t = open_transport(&connection);
	CU_ASSERT_EQUAL(t->submit(t, &x, &e), 0);
	struct exchange *ended = NULL;
	for (int i = 0; !ended && i < 20; i++)
		ended = t->step(t, 100);
	CU_ASSERT_PTR_EQUAL(ended, &x);
	CU_ASSERT_EQUAL(x.end, EXCHANGE_REFUSED);
	CU_ASSERT_EQUAL(x.body.n, 0);
	t->close(t);
	exchange_release(&x);
}

static void carries_several_at_once_and_takes_one_back(void)
{
	struct server s;
	struct exchange a = { 0 }, b = { 0 };
	struct err e = { 0 };
	char url[64];
	start(&s, SAY_NOTHING, NULL);
	struct transport *t = open_transport(&connection);
	snprintf(url, sizeof url, "http://127.0.0.1:%d/", s.port);
	a.request = b.request = (struct request){ "POST", url, STR("{\"n\":1}") };
	CU_ASSERT_EQUAL(t->submit(t, &a, &e), 0);
	CU_ASSERT_EQUAL(t->submit(t, &b, &e), 0);
	CU_ASSERT_PTR_NULL(t->step(t, 10));
	t->cancel(t, &a);
	CU_ASSERT_PTR_NULL(t->step(t, 10));
	t->close(t); /* takes the other one back */
	stop(&s);
	exchange_release(&a);
	exchange_release(&b);
}

UNIT_SUITE(transport, UNIT(carries_a_request_and_its_reply), UNIT(never_sends_a_body_twice_when_a_kept_connection_dies),
	UNIT(never_sends_a_get_twice_either), UNIT(does_not_follow_redirects),
	UNIT(breaks_off_replies_that_are_too_large_or_cut), UNIT(tells_what_was_never_sent_from_what_is_in_doubt),
	UNIT(refuses_other_protocols), UNIT(carries_several_at_once_and_takes_one_back))
