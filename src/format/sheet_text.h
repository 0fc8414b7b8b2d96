/* sheet_text - what all text of a workbook has in common, wherever it stands. */
#ifndef QONDUIT_SHEET_TEXT_H
#define QONDUIT_SHEET_TEXT_H

#include "qonduit/buf.h"

/* Resolves _xHHHH_ escapes (ECMA-376 part 1, 22.9.2.19) in the content, in place, from the offset `from` on: it never
 * grows. Two that are halves of one character are joined; one of a lone half, and _x0000_, stay as they stand. */
void sheet_text_unescape_from(struct buf *b, size_t from);

static inline void sheet_text_unescape(struct buf *b)
{
	sheet_text_unescape_from(b, 0);
}

#endif
