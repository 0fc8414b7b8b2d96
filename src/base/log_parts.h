/* log_parts - what the files of the log share. Private to src/base. */
#ifndef QONDUIT_BASE_LOG_PARTS_H
#define QONDUIT_BASE_LOG_PARTS_H

#include "qonduit/log.h"

/* Adds `text` in the style's colour. */
void log_style(struct buf *to, enum log_style style, struct str text);
/* Adds a line in which the words are coloured where they stand first, behind a colon, or behind a number, which is
 * coloured with them. */
void log_style_words(struct buf *to, const struct log_word *words, struct str line);

#endif
