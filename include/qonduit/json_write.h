/* json_write - JSON text into a buf. Compact; the caller writes the braces it needs.
 *
 *     struct json_out w = json_out(&buf);
 *     json_open(&w, '{'); json_member_string(&w, "sku", sku); json_close(&w, '}');
 *
 * Commas are put where they belong. Strings must be UTF-8; escaped are '"', '\', and control characters (\b \f \n \r
 * \t, else \u00XX), and nothing else. The hot path uses json_escape and its own separators.
 */
#ifndef QONDUIT_JSON_WRITE_H
#define QONDUIT_JSON_WRITE_H

#include "qonduit/buf.h"

struct json_out {
	struct buf *to;
	bool comma; /* something stands before at this level */
};

struct json_out json_out(struct buf *to);
void json_open(struct json_out *w, char brace);  /* '{' or '[' */
void json_close(struct json_out *w, char brace); /* '}' or ']' */
void json_key(struct json_out *w, struct str key);
void json_string(struct json_out *w, struct str value);
/* Text that is JSON already: a number, a nested value, "null". */
void json_raw(struct json_out *w, struct str value);
void json_int(struct json_out *w, int64_t value);
void json_bool(struct json_out *w, bool value);

/* A key and its value. */
void json_member_open(struct json_out *w, const char *key, char brace);
void json_member_string(struct json_out *w, const char *key, struct str value);
void json_member_int(struct json_out *w, const char *key, int64_t value);
void json_member_bool(struct json_out *w, const char *key, bool value);

/* The string with its quotes. Finds what must be escaped eight bytes at a time. */
void json_escape(struct buf *to, struct str value);

#endif
