/* session - single requests to a system, outside of a delivery: logged in, under its limits, tried again where that is
 * safe. fetch.h and `qonduit api` go through it, and a delivery that needs a token.
 *
 *     session_open(&s, &setup)           no request is sent yet
 *     session_request(s, &q, &reply, e)  logs in first where the connection has no token
 *     session_close(s)
 *
 * A token that a login gives is kept in memory only, and is registered with log_secret. Where a request is answered
 * with 401 the session renews it once (refresh with the login's cookies where the system has one, else or where that is
 * refused a fresh login) and sends the request again; a second 401 for the same request is ERR_CREDENTIALS, and so is
 * one where there is nothing to renew. Logins are requests like all others: they stand under limits, and a 429 is
 * waited for.
 *
 * GET and logins are sent again after 408, 425, 429, 5xx and a connection that failed, with the pauses of retry.h, up
 * to the connection's retries; other methods only where surely nothing arrived, or after a 429, and `once` never. A
 * reply that is too large, or compressed unasked, is not asked for again. The request's address must be below the
 * connection's base address, percent-encoded where it is not plain ASCII, and without "." and ".." for segments
 * (ERR_USAGE).
 */
#ifndef QONDUIT_SESSION_H
#define QONDUIT_SESSION_H

#include <signal.h>

#include "qonduit/connection.h"
#include "qonduit/retry.h"
#include "qonduit/system.h"
#include "qonduit/transport.h"

struct session;

struct session_setup {
	const struct system *system;
	struct connection *connection;   /* its header is set by a login, until session_close; must outlive the session */
	struct transport *transport;     /* that of the connection; nobody else has requests under way on it meanwhile */
	struct rate *rate;
	struct clock *clock;
	uint32_t (*random)(void *arg);   /* jitter; null: none */
	const volatile sig_atomic_t *signal;
	int64_t max_wait_ms;
	/* Told of waits and bytes, at most some ten times a second; null: nobody. `bytes`: of all replies so far,
	 * `expected`: what that will be when the one at hand has come, 0 where that is not known. `why`: "" while bytes
	 * come, else what is waited for: "the rate limit", "503: busy". */
	void (*progress)(void *arg, uint64_t bytes, uint64_t expected, int64_t wait_ms, const char *why);
	void *arg;
};

struct session_request {
	const char *method;
	struct str path;                 /* below the base address, with query: "/orders/?page=2"; or a whole address */
	struct str body;                 /* JSON; null pointer: none */
	const char *accept;              /* null: application/json */
	bool once;                       /* not tried again, whatever comes; with a renewed token alone */
	uint64_t reply_max;              /* bytes; 0: TRANSPORT_REPLY_MAX, or no end with `take` */
	/* Takes the body of a 2xx reply as it comes; null: it is kept in `reply`. A try that breaks off after bytes were
	 * given is followed by `again`, which takes back what was given; -1 and an error in `e` end the request. */
	int (*take)(void *arg, struct str bytes, struct err *e);
	int (*again)(void *arg, struct err *e);
	void *arg;
};

struct session_reply {
	int status;                      /* 200…599; statuses other than 2xx are the caller's to judge, except 401 */
	struct str body;                 /* until the next request or session_close */
	struct str message;              /* of an error: what the server says, fit to be shown, "404 not_found: …" */
	char type[128];                  /* Content-Type, "" where absent */
	uint64_t bytes;                  /* of the body, decompressed */
};

struct session *session_open(const struct session_setup *setup);
/* 0: a whole reply came. Else ERR_DELIVERY, ERR_CREDENTIALS, or ERR_NONE with a signal in *setup->signal. */
int session_request(struct session *s, const struct session_request *q, struct session_reply *out, struct err *e);
/* Makes sure that the connection has a token; `renew`: another one than the last. */
int session_token(struct session *s, bool renew, struct err *e);
uint64_t session_requests(const struct session *s); /* that were sent */
const struct connection *session_connection(const struct session *s);
void session_close(struct session *s);

#endif
