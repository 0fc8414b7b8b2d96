/* small_server - an HTTP server of a few lines on loopback, for tests of the transport: it plays tricks.
 */
#ifndef QONDUIT_SMALL_SERVER_H
#define QONDUIT_SMALL_SERVER_H

#include <pthread.h>

#include "qonduit/connection.h"
#include "qonduit/transport.h"

#define OK_REPLY \
	"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nRetry-After: 7\r\nDate: Sat, 21 Nov 2026 18:10:00 GMT\r\n\r\nok"

enum trick {
	REPLY_ALWAYS,
	RESET_AFTER_SECOND,
	CLOSE_AFTER_SECOND,
	REPLY_HUGE,
	REPLY_CUT,
	REPLY_MANY_HEADERS,
	SAY_NOTHING,
	REPLY_RAW,
	REPLY_SLOWLY,
	REPLY_EACH
};

/* A server that reads requests and answers each as its trick says, a connection at a time, until it is shut down. */
struct server {
	enum trick trick;
	const char *reply;
	struct str raw;          /* of REPLY_RAW: sent as it is, then the connection is closed */
	const char *const *each; /* of REPLY_EACH: one for each request */
	int listener, port;
	pthread_t thread;
	int connections, requests, bodies;
	char request[8192];      /* the last one */
	char before[8192];       /* the one before it */
};

void server_start(struct server *s, enum trick trick, const char *reply);
void server_stop(struct server *s);

struct transport *server_transport(const struct connection *c);
/* Carries one request to its end. */
void server_exchange(struct transport *t, struct exchange *x, const struct server *s, const char *method,
	const char *body);

#endif
