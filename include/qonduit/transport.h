/* transport - the door to the network: carries requests, gives back what became of them. A small vtable, so that
 * delivery is tested against scripts; transport_http_open is the one that talks HTTP (libcurl).
 *
 * Asynchronous: submit starts an exchange and returns at once, step works until one of those under way has ended and
 * gives it back. The caller owns the exchange and what its request points to until step gives it back, cancel takes it
 * away, or the transport is closed.
 *
 * What the HTTP transport promises:
 *   - a request leaves at most once: a connection that dies is never quietly replaced and the request sent again;
 *   - redirects are not followed; the reply is given back with its target in `location`;
 *   - a reply over reply_max bytes (counted after decompression), with very large headers, or slower than low_speed for
 *     long, is broken off. A request whose body is taken as it comes may last as long as it makes progress: the total
 *     timeout of the connection does not hold for it, low_speed does. It is asked for uncompressed, so that its length
 *     is known before and checked; one that comes compressed all the same is broken off;
 *   - only https, and http to loopback (connection.h refuses other addresses before); https goes through the proxy that
 *     HTTPS_PROXY, ALL_PROXY and NO_PROXY name, if any, which sees nothing of it; http never does;
 *   - the credentials' header goes into requests of this connection and nowhere else. It is read when a request is
 *     submitted, so that it may change between two;
 *   - where the connection has a user and a password, the cookies that the system sets are sent back to it, kept in
 *     memory until the transport is closed; other connections know no cookies.
 */
#ifndef QONDUIT_TRANSPORT_H
#define QONDUIT_TRANSPORT_H

#include "qonduit/buf.h"
#include "qonduit/err.h"

#define TRANSPORT_REPLY_MAX (8u << 20)

struct connection;

struct request {
	const char *method; /* "GET", "POST", … */
	const char *url;    /* absolute */
	struct str body;    /* sent as application/json; null pointer: none */
};

/* What a request may ask for besides; zeroed: nothing. */
struct request_options {
	const char *accept; /* null: application/json */
	uint64_t reply_max; /* bytes; 0: TRANSPORT_REPLY_MAX, or no end where they are taken */
	bool bare;          /* without the credentials' header: a login */
	/* Takes the body of a 2xx reply piece by piece, while step works; null: it goes to the exchange, as that of other
	 * replies does. False breaks the reply off. */
	bool (*take)(void *arg, struct str piece);
	void *arg;
};

enum exchange_end {
	EXCHANGE_REPLY,   /* a whole reply came: status, body */
	EXCHANGE_UNSENT,  /* surely nothing of the request arrived: no address, no connection, no TLS */
	EXCHANGE_UNKNOWN, /* broke off after something may have arrived: time out, reset, reply cut short or too large */
	EXCHANGE_REFUSED, /* surely nothing arrived, and trying again cannot help: a certificate that is not trusted, … */
};

struct exchange {
	struct request request; /* set by the caller, before submit */
	struct request_options options; /* likewise */
	void *tag;              /* the caller's own */

	enum exchange_end end;  /* set by step */
	bool lasting;           /* of EXCHANGE_UNKNOWN: another try would end like it, as with a reply that is too large */
	int status;
	struct buf body;        /* of the reply, where it is not taken; released by exchange_release */
	uint64_t bytes;         /* of the body, decompressed, so far */
	uint64_t expected;      /* that there will be, where the reply says so; 0: it does not */
	char retry_after[128];  /* headers of the reply as they came, cut; "" where absent */
	char date[64];
	char location[512];
	char type[128];         /* Content-Type */
	char problem[256];      /* where there is no reply: why, as a clause: "connection refused" */
};

void exchange_release(struct exchange *x);

struct transport {
	/* Starts the exchange. Fails (ERR_INTERNAL) only where the machine refuses; what the
	 * network does is seen in step. */
	int (*submit)(struct transport *t, struct exchange *x, struct err *e);
	/* Works for at most `timeout_ms` and gives back one exchange that ended, or null. */
	struct exchange *(*step)(struct transport *t, int64_t timeout_ms);
	/* Takes back an exchange that is under way: its connection is closed, its outcome stays unknown. */
	void (*cancel)(struct transport *t, struct exchange *x);
	/* Cancels what is under way and frees. */
	void (*close)(struct transport *t);
};

/* `c` must outlive the transport. ERR_USAGE where the CA file cannot be used. */
struct transport *transport_http_open(const struct connection *c, struct err *e);

/* The versions of libcurl and of what it stands on, "libcurl/7.88.1 OpenSSL/3.0.15 …". */
const char *transport_library(void);

#endif
