/* html - text out of markup (the gumbo HTML5 parser): tags, comments, scripts and styles off, entities decoded. */
#ifndef QONDUIT_HTML_H
#define QONDUIT_HTML_H

#include "qonduit/arena.h"

/* Words that block elements, line breaks and table cells kept apart are kept apart by one blank, which takes the
 * place of the white space around it; other white space stays (uni_squeeze). Text without '<' and '&' is returned as
 * it is. A '<' that begins no tag ("a < b", "size <M") stays. */
struct str html_text(struct arena *a, struct str markup);

#endif
