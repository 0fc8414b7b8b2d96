/* auth_header - what the config says of the header of the credentials. Private to src/api. */
#ifndef QONDUIT_AUTH_HEADER_H
#define QONDUIT_AUTH_HEADER_H

#include "qonduit/arena.h"

/* "Authorization: Bearer" or "x-token:" as what stands before the token, "Authorization: Bearer " or "x-token: ". Null
 * where it is anything but a name, a colon and at most one word (RFC 9110, 5.1 and 11.4), or a header that says how a
 * request is to be read. */
const char *auth_header(struct str text, struct arena *arena);

#endif
