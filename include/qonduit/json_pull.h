/* json_pull - JSON as a stream of tokens, in the memory of one token: for data, which may be long. Trees of what is
 * short are json_doc's.
 *
 * json_pull_open with a function that brings the text in pieces, cut anywhere; then json_pull_next for each token,
 * json_pull_skip for a value that nobody wants, json_pull_tree for one that is wanted whole; json_pull_close. RFC 8259
 * knows one value, and a second one is an error unless `many` is asked for (NDJSON). What stands behind the last value
 * is judged where JSON_PULL_END is asked for.
 *
 * Strict RFC 8259: what the grammar does not have is refused (ERR_INPUT) with line and column, what was found and what
 * was expected; so are bytes that are not UTF-8, half a surrogate pair, values deeper than JSON_PULL_DEPTH, a string or
 * number of more than JSON_PULL_TOKEN bytes. Where the text ends too early, the error says what is open and where that
 * began. A byte order mark is the source's to take off. Numbers keep their text: 135.10, 1E-7 and ids beyond 2^53 come
 * as they stand. \u0000 is text like any other (a NUL byte that stands for itself is not): a slice may hold it, a C
 * string not. Members that stand twice are told by json_pull_tree, which sees the object whole; json_pull_next gives
 * both.
 *
 * Codes: json.syntax, json.unclosed (the text ends within a value), json.depth, json.too_long, json.duplicate_key.
 */
#ifndef QONDUIT_JSON_PULL_H
#define QONDUIT_JSON_PULL_H

#include "qonduit/json_doc.h"

#define JSON_PULL_DEPTH 128
#define JSON_PULL_TOKEN ((size_t)16 << 20)

enum json_token {
	JSON_PULL_END,          /* of the text; comes again and again */
	JSON_PULL_OBJECT, JSON_PULL_END_OBJECT,
	JSON_PULL_ARRAY, JSON_PULL_END_ARRAY,
	JSON_PULL_KEY,
	JSON_PULL_STRING, JSON_PULL_NUMBER, JSON_PULL_TRUE, JSON_PULL_FALSE, JSON_PULL_NULL,
};

/* "an object", "a text": what its value is called in sentences. */
const char *json_token_name(enum json_token token);

static inline bool json_token_opens(enum json_token token)
{
	return token == JSON_PULL_OBJECT || token == JSON_PULL_ARRAY;
}

static inline bool json_token_closes(enum json_token token)
{
	return token == JSON_PULL_END_OBJECT || token == JSON_PULL_END_ARRAY;
}

struct json_pull_input {
	/* The next piece of the text, valid until the next call; empty at the end, behind which it is not called again. */
	int (*next)(void *arg, struct str *piece, struct err *e);
	void *arg;
	bool many;              /* values of the top level may follow each other, with or without white space between */
	bool twice;             /* json_pull_tree leaves it to who reads the tree that a member may stand twice */
};

/* For `next`: the text that `arg` points to (struct str), whole; it becomes empty. */
int json_pull_whole(void *arg, struct str *piece, struct err *e);

struct json_pull;

struct json_pull *json_pull_open(const struct json_pull_input *input);
/* 0 and the token, or -1, then and ever after. */
int json_pull_next(struct json_pull *p, enum json_token *token, struct err *e);
/* Of a key or a string the text, of a number its own; valid until the next call. */
struct str json_pull_text(const struct json_pull *p);
/* Where the token begins: line and column in characters, from 1; a column of more than 32 bits is given as 0. */
void json_pull_place(const struct json_pull *p, uint64_t *line, uint32_t *col);
/* Offsets in the text: of the token's first byte, and of what stands behind all that was read or skipped so far. */
void json_pull_span(const struct json_pull *p, uint64_t *from, uint64_t *to);
/* How many objects and arrays are open behind the token. */
unsigned json_pull_depth(const struct json_pull *p);
/* To the end of the value whose first token was given last, or of the member whose key was; nothing to do where that is
 * all of it. Judged as strictly as what json_pull_next gives, and cheaper: where a member is not wanted, it is best
 * skipped at its key. There is no text then, and no place. */
int json_pull_skip(struct json_pull *p, struct err *e);
/* The same value as a tree in the arena, with the places of its values (json_doc.h). Refused: a member that stands
 * twice in an object, unless `twice`, and a value that takes more than `most` bytes of the text (of which two may become a node of
 * 100). */
int json_pull_tree(struct json_pull *p, struct arena *arena, size_t most, const struct json **out, struct err *e);
void json_pull_close(struct json_pull *p); /* null is allowed */

#endif
