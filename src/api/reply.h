/* reply - the head of a reply, line by line, into the exchange that it answers. Private to src/api.
 */
#ifndef QONDUIT_REPLY_H
#define QONDUIT_REPLY_H

#include "qonduit/transport.h"

struct reply_head {
	struct exchange *x;
	bool cookies;     /* are kept: what they hold is as good as a token */
	bool encoded;     /* the body comes compressed */
};

/* Nothing was heard yet. */
void reply_begin(struct exchange *x);
/* A line of the head, the one of the status included; a second one of these voids what stood before it. */
void reply_line(struct reply_head *h, struct str line);

#endif
