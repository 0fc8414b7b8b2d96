/* sandbox_system - what the sandbox needs to know of a system to play it, and what it gives to it.
 *
 * A system is one file: a table of endpoints, each with the function that answers, and one const struct sandbox_system;
 * it joins by a row in the table of sandbox.c. A system sees requests one at a time, whole, with the time they came; it
 * keeps its state behind the pointer that its open() made. It never waits and knows no sockets.
 */
#ifndef QONDUIT_SANDBOX_SYSTEM_H
#define QONDUIT_SANDBOX_SYSTEM_H

#include "qonduit/json_doc.h"
#include "qonduit/json_write.h"
#include "qonduit/sandbox.h"

/* What a fault asks of the job that a request begins or asks about; see the table in sandbox.h. */
enum sandbox_trait {
	TRAIT_STUCK = 1 << 0,
	TRAIT_FAILS = 1 << 1,
	TRAIT_UNKNOWN_STATE = 1 << 2,
	TRAIT_REGRESS = 1 << 3,
	TRAIT_NO_SKU = 1 << 4,
	TRAIT_WRONG_SKU = 1 << 5,
	TRAIT_LOST = 1 << 6,
	TRAIT_SAME_ID = 1 << 7,
	TRAIT_BAD_COUNTS = 1 << 8,
	TRAIT_NASTY_ERRORS = 1 << 9,
	/* … and of what a request reads. */
	TRAIT_EXPIRE_TOKEN = 1 << 10,
	TRAIT_NEXT_LOOPS = 1 << 11,
	TRAIT_NEXT_OTHER_HOST = 1 << 12,
	TRAIT_NEXT_HTTP = 1 << 13,
	TRAIT_NEXT_HTTPS = 1 << 14,
	TRAIT_COUNT_LIES = 1 << 15,
	TRAIT_PAGE_REPEATS = 1 << 16,
	TRAIT_PAGE_SHRINKS = 1 << 17,
	TRAIT_PAGE_GROWS = 1 << 18,
	TRAIT_PAGE_SHORT = 1 << 19,
	TRAIT_HEADER_RENAMED = 1 << 20,
	TRAIT_CUT_CSV = 1 << 21,
};

enum { SANDBOX_ARGUMENTS = 3 };

struct sandbox_request {
	int64_t at;           /* ms since the sandbox began */
	int64_t wall;         /* ms since 1970 */
	struct str method;
	struct str path;      /* as sent, without the query */
	struct str query;     /* as sent, without '?' */
	struct str authorization, authentication, api_key, content_type, host, cookie, proto; /* headers; empty:
	                         not sent; proto is X-Forwarded-Proto */
	struct str address;   /* the client's */
	uint64_t connection;
	const struct str *headers; /* names */
	size_t header_count;
	struct str body;      /* empty where it was too large */
	uint64_t body_bytes;  /* as received */
	const char *body_sha256;
	bool too_large;
	struct arena *arena;  /* lives as long as the request */

	/* Set by the sandbox for the system. */
	struct str arguments[SANDBOX_ARGUMENTS]; /* what stands at each {} of the endpoint's path, percent-decoded */
	const struct json *json;   /* the body, or null where it is not JSON */
	unsigned traits;
	struct str trait_message;  /* of TRAIT_FAILS; empty: none */
};

enum sandbox_manner {
	MANNER_SEND,  /* as usual */
	MANNER_RESET, /* nothing is sent; the connection is reset */
	MANNER_HANG,  /* nothing is sent, ever */
	MANNER_SLOW,  /* a byte a second */
	MANNER_BIG,   /* `body`, then so much more that the body is 64 MiB long, in chunks */
	MANNER_CUT,   /* the length of `body` is told, `cut` bytes of it are sent, the connection is closed */
};

/* A body that is made while it goes out. It is asked from a thread of its own, where nothing of the system's state may
 * be touched. */
struct sandbox_stream {
	/* Adds the next bytes; false where there are no more. */
	bool (*more)(void *arg, struct buf *to);
	void (*rewind)(void *arg); /* to the first byte */
	void (*close)(void *arg);
	void *arg;
	uint64_t end;              /* no byte from here on is sent; 0: all are */
};

struct sandbox_reply {
	enum sandbox_manner manner;
	unsigned status;
	const char *type;        /* Content-Type; null: JSON */
	char retry_after[64];    /* "": none */
	struct str location;     /* empty: none */
	const char *allow;       /* null: none */
	struct str cookie;       /* Set-Cookie, which lives as long as the request; empty: none */
	struct buf body;
	struct sandbox_stream stream; /* in place of `body`, where it has a `more` */
	uint64_t cut;            /* of MANNER_CUT */

	/* For the journal. */
	struct str account, job; /* empty: none */
	bool has_records;
	size_t records;
};

struct sandbox_endpoint {
	const char *method, *path; /* behind the system's prefix; {} is any one segment. The first that fits is taken */
	const char *route;         /* its name in faults; several may share one */
	void (*answer)(void *state, const struct sandbox_request *q, struct sandbox_reply *r);
	bool is_record;            /* the body is one record, for the journal */
};

struct sandbox_system {
	const char *name;
	const char *prefix;                       /* of all paths */
	bool bare;                                /* the client may leave the prefix out */
	const struct sandbox_endpoint *endpoints; /* ended by a null path */
	void *(*open)(const struct sandbox_setup *setup, struct err *e); /* null on failure */
	/* Fills what the journal wants to know and counts the request against the limits; false, with the reply made, where
	 * one of them is reached. Called for every request, also where a fault answers it. Null: all are admitted. */
	bool (*admit)(void *state, const struct sandbox_endpoint *to, const struct sandbox_request *q,
		struct sandbox_reply *r);
	/* The reply to a request that a fault refuses. Null: sandbox_error's. */
	void (*refuse)(unsigned status, int64_t wall, struct sandbox_reply *r);
	unsigned invalid;                         /* its status of data that is not valid */
	const char *page;                         /* "products": GET /sandbox/products shows what stands */
	/* As one JSON object. */
	void (*show)(void *state, const struct sandbox_request *q, struct buf *to);
	void (*close)(void *state);
};

extern const struct sandbox_system sandbox_quotiza, sandbox_marketplace, sandbox_quarticon, sandbox_qogita;

/* The reply begun anew, as JSON. */
struct json_out sandbox_begin(struct sandbox_reply *r, unsigned status);
/* {"error":{"code":…,"message":…,"status":…}} as the whole reply. */
void sandbox_error(struct sandbox_reply *r, unsigned status, const char *code, const char *message);
/* The token of "Bearer TOKEN"; empty where there is none. */
struct str sandbox_bearer(struct str authorization);
/* What proves who the client is: a bearer token of either header, or the key. */
struct str sandbox_credential(const struct sandbox_request *q);
/* There is a token, and it is the one of the setup where that has one. */
bool sandbox_token_fits(const struct sandbox_setup *setup, struct str token);
/* The key is one of --fail-sku. */
bool sandbox_is_refused(const struct sandbox_setup *setup, struct str key);
/* Content-Type says application/json, parameters aside. */
bool sandbox_is_json(const struct sandbox_request *q);
/* A parameter of the query, percent-decoded into the arena; null pointer where it is not there. */
struct str sandbox_parameter(const struct sandbox_request *q, const char *name);
/* The parameters of the query one after the other, percent-decoded; `*rest` is the query at first. False behind the
 * last. */
bool sandbox_next_parameter(struct str *rest, struct arena *arena, struct str *name, struct str *value);
struct str sandbox_decode(struct str text, struct arena *arena);
/* 429 with Retry-After in whole seconds, as the system says it. */
void sandbox_retry_after(struct sandbox_reply *r, int64_t wait_ms);
/* How many bytes the stream has; it stands at its beginning afterwards. */
uint64_t sandbox_stream_length(const struct sandbox_stream *stream);
/* Ends the stream, where there is one. */
void sandbox_stream_close(struct sandbox_reply *r);

#endif
