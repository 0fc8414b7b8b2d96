/* digest - SHA-256 (libcrypto), in one go or in pieces. Results are 64 lower-case hexadecimal digits. */
#ifndef QONDUIT_DIGEST_H
#define QONDUIT_DIGEST_H

#include "qonduit/str.h"

#define DIGEST_BYTES 32
#define DIGEST_HEX 65 /* with the NUL */

struct digest; /* a running sum */

struct digest *digest_new(void);
void digest_add(struct digest *d, const void *bytes, size_t n);
/* Ends the sum and frees it. */
void digest_end(struct digest *d, unsigned char out[DIGEST_BYTES]);
void digest_end_hex(struct digest *d, char out[DIGEST_HEX]);
/* Frees without a result; null is allowed. */
void digest_free(struct digest *d);

void digest_of(struct str s, unsigned char out[DIGEST_BYTES]);
void digest_hex(const unsigned char in[DIGEST_BYTES], char out[DIGEST_HEX]);

#endif
