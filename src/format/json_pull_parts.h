/* json_pull_parts - what the rooms of json_pull share: json_pull.c has the tokens, json_pull_string.c what stands
 * between quotes, json_pull_skip.c and json_pull_tree.c whole values.
 */
#ifndef QONDUIT_JSON_PULL_PARTS_H
#define QONDUIT_JSON_PULL_PARTS_H

#include "qonduit/json_pull.h"

#include <endian.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

/* The bytes below are those of the piece; nothing here asks for the next one. */

/* Passes over white space and counts its lines: the byte that stands behind it, or -1 at the end of the piece. */
int json_pull_blanks(struct json_pull *p);

/* Behind the number that begins at `p`, or null where none does. */
const char *json_number_end(const char *p, const char *end);
/* Behind the word, or null where it does not stand whole at `p`, or something behind it would be part of it. */
static inline const char *json_word_end(const char *p, const char *end, struct str word)
{
	bool whole = (size_t)(end - p) > word.n && memcmp(p, word.p, word.n) == 0 && !json_is_word(p[word.n]);
	return whole ? p + word.n : NULL;
}

#define JSON_EACH(byte) (0x0101010101010101u * (byte))

/* The first byte that is a quote, a backslash, a control character or above ASCII, or `end`. */
static inline const char *json_plain_end(const char *p, const char *end)
{
#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)p);
		__m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), escape = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
		__m128i other = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)); /* with a sign, so that it has those above ASCII */
		int found = _mm_movemask_epi8(_mm_or_si128(other, _mm_or_si128(quote, escape)));
		if (found)
			return p + __builtin_ctz((unsigned)found);
	}
#endif
	for (; end - p >= 8; p += 8) {
		uint64_t word;
		memcpy(&word, p, 8);
		word = le64toh(word);
		/* A quote (0x22) and what is below 0x20 are those that are below 0x21 when 0x02 is turned. What is subtracted
		 * borrows from bytes behind a find only. */
		uint64_t found = (word | ((word ^ JSON_EACH(0x02)) - JSON_EACH(0x21)) |
			((word ^ JSON_EACH('\\')) - JSON_EACH(0x01))) & JSON_EACH(0x80);
		if (found)
			return p + __builtin_ctzll(found) / 8;
	}
	while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' && *p != '\\')
		p++;
	return p;
}

/* The same, where bytes above ASCII do not matter. */
const char *json_run_end(const char *p, const char *end);
/* Bytes that only continue a character. */
size_t json_continuations(struct str s);
/* What a backslash makes of this byte, or 0 where it makes nothing, or "u" follows. */
extern const char json_escapes[256];

/* An object or an array begins at p->p, the depth allowing it. */
static inline void json_pull_push(struct json_pull *p, bool object)
{
	p->levels[p->depth++] = (struct json_level){ json_pull_place_of(p, json_pull_offset(p)), object };
	p->in_object = object;
	p->awaited = JSON_AWAITS_FIRST;
	p->p++;
}

/* Behind a value. */
static inline void json_pull_await_next(struct json_pull *p)
{
	p->awaited = p->depth ? JSON_AWAITS_COMMA : p->input.many ? JSON_AWAITS_DOCUMENT : JSON_AWAITS_END;
}

/* The innermost ends at p->p. */
static inline void json_pull_pop(struct json_pull *p)
{
	p->p++;
	p->depth--;
	p->in_object = p->depth && p->levels[p->depth - 1].object;
	json_pull_await_next(p);
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

/* A string that is no slice of ASCII. p->p is behind its opening quote, what is plain goes up to `to`. */
int json_pull_other_string(struct json_pull *p, const char *to);

/* A string, p->p on its opening quote, into p->text. */
static inline int json_pull_string(struct json_pull *p)
{
	const char *from = ++p->p, *to = json_plain_end(from, p->end);
	size_t n = (size_t)(to - from);
	if (to == p->end || *to != '"' || n > JSON_PULL_TOKEN)
		return json_pull_other_string(p, to);
	p->text = (struct str){ from, n };
	p->p = to + 1;
	return 0;
}

#endif
