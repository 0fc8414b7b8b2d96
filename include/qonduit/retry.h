/* retry - what the end of an exchange means, and how long to wait before the next try. Pure functions.
 *
 * An outcome is judged by status and body, as the target's contract says; the verdict is one of a few:
 *   done      taken: for a target with jobs `job` is known, for a poll the body says the state
 *   refused   the records are at fault (400 405 409 413 415 422, or a body that says no): the same request again would
 *             be refused again
 *   gone      the job that was asked for is not known (404 with the contract's gone_code)
 *   again     not taken, the same request may succeed later (429 408 425 5xx, nothing sent)
 *   unknown   may have been taken: no reply, or a reply that says nothing (2xx with HTML, cut, without a job id,
 *             without the word that must say yes); for contracts that are not idempotent also 5xx other than 503
 *   stop      no request can succeed: credentials or account refused (class ERR_CREDENTIALS), a redirect, a route that
 *             does not exist, a certificate that is not trusted (ERR_DELIVERY)
 *
 * A success is one by its status, and where the contract names a word of the body ("ok"), or what the body has
 * ("needs"), by that too: a body without it that has an error's code or message says no. Where it names neither, an
 * empty body is as good as JSON; anything else is a reply that says nothing.
 */
#ifndef QONDUIT_RETRY_H
#define QONDUIT_RETRY_H

#include "qonduit/contract.h"
#include "qonduit/transport.h"

enum verdict { VERDICT_DONE, VERDICT_REFUSED, VERDICT_GONE, VERDICT_AGAIN, VERDICT_UNKNOWN, VERDICT_STOP };

struct judgement {
	enum verdict verdict;
	enum err_class class;    /* of VERDICT_STOP */
	char code[64];           /* the server's error code, or one of ours: "http.503", "reply.unreadable" */
	struct str text;         /* the server's own words, fit to be shown; "" where it said nothing: its message, and what
	                          * it says of each field, "price: A valid number is required.; stock: …" */
	struct str field;        /* the first field at fault, as the contract calls it; "" where none is named */
	struct str message;      /* what came, as a clause: "400 invalid_products_data: Invalid products data" */
	struct str job;          /* id of the job, where an upload was taken */
	const struct json *body; /* of a reply that is JSON */
	int64_t wait_ms;         /* what the server asked for; 0: nothing */
	bool throttled;          /* 429 */
	bool too_large;          /* refused for its size: 413 */
};

/* The outcome of an upload. All text in `arena`. `now_ms`: wall clock, for a Retry-After date without a Date header. */
void retry_judge_upload(const struct contract *c, const struct exchange *x, int64_t now_ms, struct arena *arena,
	struct judgement *out);
/* The outcome of a poll for the job `job`. */
void retry_judge_poll(const struct contract *c, const struct exchange *x, struct str job, int64_t now_ms,
	struct arena *arena, struct judgement *out);

/* Where an error body has its code and its message: paths; empty: nowhere. */
struct retry_words { struct str code, message; };

/* The outcome of any other request, by its status alone: 2xx is done, and the body is read for its words only where it
 * is not. What is left is refused; a redirect, 401 and 403 stop. */
void retry_judge_request(const struct retry_words *w, const struct exchange *x, int64_t now_ms, struct arena *arena,
	struct judgement *out);

/* Whether the word at its path in `body` is one that says yes; *word is what stands there, "" for nothing. */
bool retry_says_yes(const struct contract_word *w, const struct json *body, struct str *word);

#define RETRY_AFTER_MAX_MS ((int64_t)366 * 86400 * 1000)

/* Milliseconds that a Retry-After header asks for: seconds, or a date in one of HTTP's three forms against `now_ms`.
 * 0 where it is absent, past, or garbage; never more than RETRY_AFTER_MAX_MS. */
int64_t retry_after(const char *header, int64_t now_ms);
/* Wait before try number `tried` + 1 (`tried` from 1): full jitter over an exponential ceiling, `jitter` from 0 to
 * UINT32_MAX; never less than `floor_ms` (what the server asked for). */
int64_t retry_backoff(uint32_t tried, int64_t first_ms, int64_t most_ms, uint32_t jitter, int64_t floor_ms);

/* What a server wrote, fit to be shown and stored: secrets masked, control bytes as \xNN, cut. */
#define RETRY_TEXT_MAX 300
struct str retry_text(struct str text, struct arena *arena);
/* The same of what stands in a reply: texts as they are, those of a list one after the other, anything else as JSON;
 * "" for nothing and null. */
struct str retry_sentences(const struct json *j, struct arena *arena);

#endif
