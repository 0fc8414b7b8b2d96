/* json_doc - a JSON document as a tree, each value with its place in the text.
 *
 * For mappings, contracts, configuration and replies: small documents. (Data is streamed.) cJSON parses and judges;
 * one walk over the text beside its tree adds what cJSON does not keep: where each key and value stands, and the text
 * of each number, so that 0.10 stays 0.10. Refused besides what cJSON refuses: anything behind the document,
 * duplicate keys in an object, numbers that JSON does not know (01, +1, .5), raw control characters and invalid UTF-8
 * in strings, NUL in strings, nesting deeper than 100. A byte order mark is skipped.
 *
 * Everything lives in the arena given; the tree is immutable.
 */
#ifndef QONDUIT_JSON_DOC_H
#define QONDUIT_JSON_DOC_H

#include "qonduit/err.h"

enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_kind kind;
	struct str key;   /* of a member; unescaped, NUL behind */
	struct str text;  /* of a string: unescaped, NUL behind; of a number: as written */
	size_t count;     /* members or elements */
	size_t index;     /* place among its siblings, from 0 */
	const struct json *parent, *child, *next;
	uint32_t line, col;         /* of the value */
	uint32_t key_line, key_col; /* of the key, where it is a member */
};

/* Fails with class `class` (ERR_MAPPING for a mapping, …), the line and column, and what was expected. `name` is how
 * the document is called in errors. */
const struct json *json_parse(struct str text, const char *name, enum err_class class, struct arena *arena,
	struct err *e);

/* The member `key` of an object (exact), or null; null where `j` is null or no object. */
const struct json *json_get(const struct json *j, const char *key);
/* Follows "a.b.0" through objects and arrays; null where it leads nowhere. */
const struct json *json_path(const struct json *j, struct str path);
static inline bool json_is(const struct json *j, enum json_kind kind)
{
	return j && j->kind == kind;
}

bool json_is_bool(const struct json *j);
/* The string's or number's text, or `otherwise`. */
struct str json_text(const struct json *j, struct str otherwise);
/* A JSON number that is a whole number (1e3 is) within the range; false where it is not (or null). */
bool json_to_i64(const struct json *j, int64_t *out);
/* "an object", "a string", "true", … for sentences; "nothing" where `j` is null. */
const char *json_kind_name(const struct json *j);
/* "/outputs/file.csv/fields/a~1b" into the buffer. */
void json_pointer(const struct json *j, struct buf *to);
/* One step of such a pointer, into a member: "/key". */
void json_pointer_key(struct buf *to, struct str key);
/* Adds the value's place (`at_key`: the key's) to `e`, where it has none: pointer, line, column. A pointer too long
 * for `e` is left out. */
void json_place(const struct json *j, bool at_key, struct err *e);
/* The value as compact JSON: strings escaped as json_write does, numbers as written. */
void json_print(const struct json *j, struct buf *to);
/* The same as a text in the arena. */
struct str json_printed(const struct json *j, struct arena *a);

#endif
