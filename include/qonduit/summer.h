/* summer - the SHA-256 of a stream beside the work on it: the first bytes are summed at once, those of a long stream by
 * a thread of its own, so that the sum costs the reader a copy.
 *
 * summer_new, summer_add with every piece in order, summer_end or summer_free. For one thread at a time.
 */
#ifndef QONDUIT_SUMMER_H
#define QONDUIT_SUMMER_H

#include "qonduit/digest.h"

struct summer;

struct summer *summer_new(void);
void summer_add(struct summer *s, struct str bytes);
/* Says that there will be no thread: whoever adds has others to work beside it. */
void summer_alone(struct summer *s);
/* Ends the sum and frees it. */
void summer_end_hex(struct summer *s, char out[DIGEST_HEX]);
/* Frees without a result; null is allowed. */
void summer_free(struct summer *s);

#endif
