/* session_parts - what the rooms of session share: session.c has the requests, session_login.c the tokens. Private to
 * src/api.
 */
#ifndef QONDUIT_SESSION_PARTS_H
#define QONDUIT_SESSION_PARTS_H

#include "qonduit/session.h"

struct session {
	struct session_setup to;
	struct arena kept;       /* tokens */
	struct arena arena;      /* what the request at hand needs, and its reply */
	struct exchange x;
	uint64_t requests, bytes; /* bytes: of the replies before the one at hand */
	int64_t told_ms;
	const char *first_header; /* the connection's own */
	bool logged_in;          /* the connection's token comes from a login */
};

/* One request with all its tries. */
struct errand {
	const struct session_request *q;
	struct str path;         /* below the base address, without query */
	const char *url;
	struct str name;         /* "qogita: GET /orders/" */
	bool repeatable;         /* to send it twice is as good as once */
	bool bare;               /* goes without the token */
	uint64_t slot;           /* of the rate limits; 0: given back */
	bool given;              /* `take` has had bytes of this try */
	struct session *s;
	struct err *e;
};

/* Address and name; ERR_USAGE where the path is not below the base address. */
int errand_begin(struct session *s, const struct session_request *q, struct errand *er, struct err *e);
/* 0: a whole reply came, in s->x. */
int errand_run(struct errand *er, struct judgement *j);

/* Whether a login can give a token. */
bool session_can_log_in(const struct session *s);
/* Refreshes what a login gave, or logs in. */
int session_renew(struct session *s, struct err *e);
/* ERR_CREDENTIALS: the system does not take the token. */
int session_refused(struct session *s, struct str message, struct err *e);

#endif
