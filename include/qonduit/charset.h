/* charset - bytes to UTF-8: byte order marks, declared encodings (iconv), and advice about what bytes look like
 * (libuchardet). The advice is only ever shown; no text is read by a guess.
 */
#ifndef QONDUIT_CHARSET_H
#define QONDUIT_CHARSET_H

#include "qonduit/err.h"

/* What a byte order mark at the start says: "UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE", or null; *length
 * is its length in bytes. */
const char *charset_bom(struct str head, size_t *length);
/* What the bytes look like ("windows-1252", "UTF-16LE without a byte order mark", …); "" where nothing is likely. */
const char *charset_guess(struct str sample, char out[40]);
/* Whether iconv knows the name (a plain one: no "//TRANSLIT"). */
bool charset_known(const char *name);

/* A conversion in pieces. */
struct charset;
/* Null and *e (ERR_MAPPING) where iconv does not know `from`. */
struct charset *charset_open(const char *from, struct err *e);
/* Converts what it can of `in` and appends; an incomplete sequence at the end is kept for the next piece. Where bytes
 * are not valid: -1, class ERR_INPUT, the message naming the encoding and the offset from the start of the stream;
 * likewise where `out` reaches its ceiling. */
int charset_convert(struct charset *c, struct str in, struct buf *out, struct err *e);
/* Fails where the stream ended within a character. */
int charset_end(struct charset *c, struct buf *out, struct err *e);
void charset_close(struct charset *c);

#endif
