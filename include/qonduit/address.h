/* address - base addresses of systems: https, or http to what is spelled as loopback (localhost, 127.…, [::1]), a host,
 * a port, a path; no name or password, no query, no way upwards.
 */
#ifndef QONDUIT_ADDRESS_H
#define QONDUIT_ADDRESS_H

#include "qonduit/err.h"

struct address {
	const char *base; /* without a final slash */
	const char *host; /* lower case, with ":port" where it is not the usual one */
};

/* `own` is the system's own address (null: none): a host that goes on behind its name, app.quotiza.com.com, is a trap
 * and refused. ERR_USAGE. */
int address_parse(struct str text, const char *own, struct arena *arena, struct address *out, struct err *e);

/* The segment of the path that is "." or "..", its dots perhaps percent-encoded: it may lead out of where the path
 * begins. A null pointer where there is none. */
struct str address_dots(struct str path);

#endif
