/* reference - the pages that come from tables of the program. */
#ifndef QONDUIT_REFERENCE_H
#define QONDUIT_REFERENCE_H

#include "qonduit/buf.h"

/* Every step: what it takes and gives, a line of help, an example. Markdown. */
void reference_steps(struct buf *to);

#endif
