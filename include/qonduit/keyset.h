/* keyset - which keys were seen, where first, and which row of equals is to be kept; at most 16 bytes a key once there are half a
 * million, before that up to two pages more for each part.
 *
 * Keys are kept as 64-bit hashes (SipHash-1-3 under a secret of the process: no input can make collisions on purpose;
 * two of a million keys are confused once in 37 million runs), with the 40-bit ordinal of a row. Memory grows in 256
 * parts, each by a sixth at a time, never by doubling the whole.
 *
 * keyset_key makes of a key what the others take, in any thread at any time. Of the others, one thread at a time calls
 * those that put; those that only ask may be called by many while nobody puts. A search among a million keys waits for
 * memory: keyset_expect, some rows ahead, has it fetched meanwhile.
 *
 * With an order by value (lowest, highest) a key also holds the best value so far: at most 24 bytes a key. Numbers that
 * are no multiple of a millionth, or beyond 4.6 * 10^12, and texts are kept whole beside it and cost their own size.
 */
#ifndef QONDUIT_KEYSET_H
#define QONDUIT_KEYSET_H

#include "qonduit/value.h"

enum keyset_order { KEEP_FIRST, KEEP_LAST, KEEP_LOWEST, KEEP_HIGHEST };

struct keyset;

struct keyset *keyset_new(enum keyset_order order);
void keyset_free(struct keyset *k);
size_t keyset_count(const struct keyset *k);

uint64_t keyset_key(const struct keyset *k, struct str key);
void keyset_expect(const struct keyset *k, uint64_t key);

/* Puts a key with the row's ordinal (below 2^40 - 1). True where it was not there. Where it was: *first
 * is the ordinal that stands. */
bool keyset_put(struct keyset *k, uint64_t key, uint64_t ordinal, uint64_t *first);

/* The same question without putting: true where it is there. */
bool keyset_find(const struct keyset *k, uint64_t key, uint64_t *first);

/* For a keyset with an order: offers a row for its key. True where this row is the best so far (the first of equals
 * stays); *displaced tells that another row had been the best before. `by` is the value compared (a number, moment or
 * text; empty loses against everything); not looked at for KEEP_FIRST and KEEP_LAST. */
bool keyset_offer(struct keyset *k, uint64_t key, uint64_t ordinal, const struct value *by, bool *displaced);
/* Whether this row is the one that is kept for the key. */
bool keyset_keeps(const struct keyset *k, uint64_t key, uint64_t ordinal);

/* SipHash-1-3, and a keyset under a known secret: for tests. */
uint64_t keyset_hash(const uint64_t secret[2], struct str s);
struct keyset *keyset_new_under(enum keyset_order order, const uint64_t secret[2]);

#endif
