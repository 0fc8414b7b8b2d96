/* api_script - sessions without a network and without waiting: a server that is a list of replies, a clock that goes
 * only when someone sleeps or waits for a reply, and an invented system, "shop".
 */
#ifndef QONDUIT_API_SCRIPT_H
#define QONDUIT_API_SCRIPT_H

#include "qonduit/session.h"

/* What is expected next and what becomes of it. */
struct reply {
	const char *asked;       /* "GET /orders/?page=2": below the base address; null ends the script */
	int status;              /* 0: no reply, see `end` */
	const char *body;
	const char *type;        /* null: application/json */
	const char *retry_after; /* null: none */
	enum exchange_end end;   /* without a reply: what stands in `body` came before that */
	size_t length;           /* of the body, where it has NUL bytes */
};

#define REPLY(asks, gives, text) { .asked = (asks), .status = (gives), .body = (text) }

struct shop {
	struct transport transport;
	const char *base;        /* what is cut off of addresses */
	struct clock clock;
	int64_t now_ms;
	const struct reply *replies;
	size_t at;
	struct exchange *under_way;
	bool wrong;              /* something else was asked than the script says */
	char first_wrong[300];
	char headers[64][80];    /* the credentials that each request went with; "" for none */
	char bodies[64][200];
	const char *accept[64];
	int64_t times[64];
	int cancelled;
	size_t signal_at;        /* a signal comes while this reply, from 1, is waited for; 0: never */
	bool hangs;              /* replies never come */
	volatile sig_atomic_t signal;
	uint64_t told_bytes;
	char told_why[200];

	struct system system;
	struct connection connection;
	struct rate *rate;
	struct session *session;
	struct arena arena;
	struct err e;
};

/* `limits` may be null. `ready`: with a token; `user`: with user and password. */
void shop_open(struct shop *s, const struct reply *replies, bool ready, bool user, const struct rate_rule *limits,
	size_t limit_count);
/* The whole script was played, and nothing else. */
void shop_close(struct shop *s);
int shop_get(struct shop *s, const char *path, struct session_reply *out);
int shop_send(struct shop *s, const char *method, const char *path, const char *body, struct session_reply *out);

#endif
