/* json_pull_parts - what the rooms of json_pull share: json_pull.c has the tokens, json_pull_string.c what stands
 * between quotes, json_pull_tree.c whole values.
 */
#ifndef QONDUIT_JSON_PULL_PARTS_H
#define QONDUIT_JSON_PULL_PARTS_H

#include "qonduit/json_pull.h"

#include "json_parts.h"

struct json_place {
	uint64_t line;
	uint32_t col; /* 0 where it is too large to be told */
};

struct json_level {
	struct json_place at; /* of its opening brace */
	bool object;
};

enum json_awaited {
	JSON_AWAITS_DOCUMENT, /* the first, or any where there may be many */
	JSON_AWAITS_END,      /* of the text */
	JSON_AWAITS_FIRST,    /* member or element, or the closing brace */
	JSON_AWAITS_COLON,
	JSON_AWAITS_COMMA,    /* or the closing brace */
};

/* Columns cost nothing where text is ASCII: line_at is where the line begins, and one byte later for each byte up to
 * `p` that only continues a character. Those stand in strings alone, which count theirs as they are read. */
struct json_pull {
	struct json_pull_input input;
	const char *p, *end;      /* what is left of the piece */
	uint64_t end_at;          /* offset of `end` in the text */
	bool ended;               /* there is no further piece */
	uint64_t line, line_at;
	enum json_awaited awaited;
	enum json_token token;
	uint64_t token_at;        /* offset of the token */
	struct json_place place;  /* of the token */
	struct str text;
	struct buf buf;           /* of a token that is no slice of the piece */
	size_t checked;           /* bytes of a string in it that are UTF-8, and counted in line_at */
	unsigned depth;
	bool in_object;           /* the innermost */
	struct json_level levels[JSON_PULL_DEPTH];
	struct err fault;         /* the first one, which stays */
};

static inline uint64_t json_pull_offset(const struct json_pull *p)
{
	return p->end_at - (uint64_t)(p->end - p->p);
}

/* The place of an offset behind which no byte is counted in line_at. */
static inline struct json_place json_pull_place_of(const struct json_pull *p, uint64_t offset)
{
	uint64_t col = offset - p->line_at + 1;
	return (struct json_place){ p->line, col <= UINT32_MAX ? (uint32_t)col : 0 };
}

/* -1, as from all that fails here; the fault is in p->fault, where the first one stays. */
int json_pull_fail(struct json_pull *p, struct json_place at, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* "expected WHAT, found …" at p->p. */
int json_pull_expected(struct json_pull *p, const char *what);
/* The same at the end of the text, where the `kind` that began at `from` is open. */
int json_pull_unclosed(struct json_pull *p, const char *what, const char *kind, struct json_place from);
/* Hands the fault to the caller. */
int json_pull_failed(const struct json_pull *p, struct err *e);
/* The token is longer than JSON_PULL_TOKEN. */
int json_pull_too_long(struct json_pull *p, const char *kind);
/* The next piece, where this one is used up; false at the end of the text, or where it cannot be read. */
bool json_pull_refill(struct json_pull *p);

/* A string, p->p on its opening quote, into p->text. */
int json_pull_string(struct json_pull *p);

#endif
