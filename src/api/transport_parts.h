/* transport_parts - what the rooms of transport share: transport_http.c has the flights and waits for them,
 * transport_flight.c what libcurl is told of one of them, and hears of it. Private to src/api.
 */
#ifndef QONDUIT_TRANSPORT_PARTS_H
#define QONDUIT_TRANSPORT_PARTS_H

#include <curl/curl.h>

#include "qonduit/transport.h"
#include "reply.h"

/* An exchange under way, or one that has ended well, whose handle is there for the next of its kind: to set up a new
 * one takes longer than a small request. */
struct flight {
	const struct connection *connection;
	CURLSH *cookies;            /* null: none are kept */
	struct exchange *x;
	struct reply_head head;
	CURL *easy;                 /* its CURLOPT_PRIVATE is the flight */
	CURLU *parsed;              /* `url`, while that stays the same; null: libcurl is to say what is wrong with it */
	char *url;
	struct curl_slist *headers; /* kept while they say the same */
	const char *accept, *credentials; /* of them; null: none */
	char method[16];
	bool has_body, takes;       /* `takes`: the reply's body goes to the caller as it comes */
	bool too_large, unasked;    /* the reply's body: over its maximum, compressed unasked */
	unsigned begun;     /* how often it was about to leave, on a connection that stands, behind a proxy's tunnel:
	                     * a second time is stopped */
	size_t header_bytes;
	char reason[CURL_ERROR_SIZE];
	struct flight *next;
};

/* Null where libcurl refuses. */
struct flight *flight_new(const struct connection *c, CURLSH *cookies, const struct exchange *x);
/* Whether the exchange is of its kind. */
bool flight_suits(const struct flight *f, const struct exchange *x);
/* Makes it ready for the exchange. */
CURLcode flight_load(struct flight *f, struct exchange *x);
/* Says in the exchange what became of it. */
void flight_end(struct flight *f, CURLcode rc);
void flight_free(struct flight *f);

#endif
