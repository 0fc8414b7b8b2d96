/* json_parts - what the readers of JSON have in common: json_parse, for trees of what is short, and json_pull.
 */
#ifndef QONDUIT_JSON_PARTS_H
#define QONDUIT_JSON_PARTS_H

#include "qonduit/json_doc.h"

#define JSON_DESCRIBED 24 /* bytes that json_describe looks at */

#define JSON_BAD_ESCAPE "expected an escape that JSON knows (\\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and four " \
	"hexadecimal digits), found another behind \"\\\""
#define JSON_HALF_PAIR "expected a pair of surrogates (\\uD83D\\uDE00), found half of one"

/* What readers take for part of a word or a number, be it JSON or not. */
static inline bool json_is_word(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '+' || c == '-' || c == '.' ||
		c == '_' || c == '$';
}

/* Names what the text goes on with, for a sentence; where it is empty, that is its end. */
void json_describe(struct str rest, struct buf *to);


/* The first member of an object whose key one before it has, which is *first; null where each key stands once. */
const struct json *json_twice(const struct json *object, const struct json **first);

#endif
