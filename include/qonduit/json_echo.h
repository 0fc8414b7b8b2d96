/* json_echo - tokens of json_pull written back as compact JSON: keys in their order, numbers by their own text.
 *
 *     struct json_echo x = { .to = &text };     once a value
 *     json_echo(&x, pull, token);               for each of its tokens, the first one included
 */
#ifndef QONDUIT_JSON_ECHO_H
#define QONDUIT_JSON_ECHO_H

#include "qonduit/buf.h"
#include "qonduit/json_pull.h"

struct json_echo {
	struct buf *to;
	bool comma; /* one has to follow if anything does */
};

void json_echo(struct json_echo *x, const struct json_pull *p, enum json_token token);

#endif
