/* source_text - the bytes of a source as UTF-8 text without a byte order mark, in pieces.
 *
 * What a byte order mark says wins over what is declared; without either it is UTF-8. Bytes that are not valid are an
 * error with their offset and advice, never replaced.
 */
#ifndef QONDUIT_SOURCE_TEXT_H
#define QONDUIT_SOURCE_TEXT_H

#include "qonduit/source.h"

struct source_text;

/* Decides the encoding: s->encoding, s->bom. Null and *e where that is not possible. */
struct source_text *source_text_open(struct source *s, struct err *e);
/* The next piece, valid until the next call; empty at the end. Text before a fault is given first, and the
 * fault then at each further call. */
int source_text_next(struct source_text *t, struct str *piece, struct err *e);
void source_text_close(struct source_text *t);

#endif
