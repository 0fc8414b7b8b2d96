/* deflate - compresses bytes (zlib, raw deflate of RFC 1951) in segments that may be made apart, in threads of their own,
 * and put one behind the other: together they are one stream, where the last one was ended as such.
 *
 *     d = deflater_new(put, arg)
 *     deflater_add(d, bytes, e)…             `put` is given what is ready
 *     deflater_end(d, last, &sums, e)        the rest of it; behind it d can only be freed
 *     deflater_free(d)
 *
 * Equal bytes in equal segments give equal bytes. Errors are those of `put`.
 */
#ifndef QONDUIT_DEFLATE_H
#define QONDUIT_DEFLATE_H

#include "qonduit/err.h"

struct deflated {
	uint32_t crc;          /* CRC-32 of the bytes before compression */
	uint64_t plain, packed; /* lengths */
};

struct deflater;

struct deflater *deflater_new(int (*put)(void *arg, struct str packed, struct err *e), void *arg);
int deflater_add(struct deflater *d, struct str bytes, struct err *e);
/* A segment that is not the last ends on a byte, so that another may follow. */
int deflater_end(struct deflater *d, bool last, struct deflated *out, struct err *e);
void deflater_free(struct deflater *d); /* null is allowed */

/* `to` becomes the sums of itself and of what follows. */
void deflated_join(struct deflated *to, const struct deflated *next);

/* The version of zlib that runs, "1.2.13". */
const char *deflate_library(void);

#endif
