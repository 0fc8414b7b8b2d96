#include "small_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

/* Reads one request; false where the other side has closed. */
static bool read_request(struct server *s, int fd)
{
	size_t n = 0, need = 0;
	char before[sizeof s->before];
	memcpy(before, s->request, sizeof before);
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
	memcpy(s->before, before, sizeof before);
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
	case REPLY_ALWAYS:
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
	case REPLY_RAW:
		send(fd, s->raw.p, s->raw.n, MSG_NOSIGNAL);
		return false;
	case REPLY_SLOWLY:
		for (struct str left = str_of(s->reply); left.n; left = str_from(left, 4)) {
			send(fd, left.p, left.n < 4 ? left.n : 4, MSG_NOSIGNAL);
			usleep(20000);
		}
		return true;
	case REPLY_EACH:
		send_text(fd, s->each[s->requests - 1]);
		return false;
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

void server_start(struct server *s, enum trick trick, const char *reply)
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

void server_stop(struct server *s)
{
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
}

struct transport *server_transport(const struct connection *c)
{
	struct err e = { 0 };
	struct transport *t = transport_http_open(c, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	return t;
}

void server_exchange(
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
