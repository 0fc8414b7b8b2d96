/* column_parts - what the files that read cells share. */
#ifndef QONDUIT_TRANSFORM_COLUMN_PARTS_H
#define QONDUIT_TRANSFORM_COLUMN_PARTS_H

#include "qonduit/column.h"

/* Adds the text in quotes, shortened where it is long, and the sentence to `why`. Returns false. */
bool column_refuse(struct buf *why, struct str text, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The number that a trimmed text is in the column's marks; `native` says that it is a number cell's own
 * text, which knows no marks. */
bool column_number(const struct column *c, struct str text, bool native, struct decimal *out, struct buf *why);

/* The date, or date and time, that a cell is in the column's forms and zone; `text` is what it holds, trimmed. */
bool column_moment(const struct column *c, struct cell cell, struct str text, struct arena *a, struct value *out,
	struct buf *why);

#endif
