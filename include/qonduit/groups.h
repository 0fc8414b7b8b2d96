/* groups - rows put together by a value, with a few tallies of each group.
 *
 * groups_find for the group of each row, whose tallies the caller adds to; groups_sort once at the end. Values are
 * equal as conditions see it: numbers by size, moments by time, texts to the byte; empty values are one group. Memory
 * grows with the number of groups, not with that of rows. Hashing is under a secret, so that no input can make it slow.
 */
#ifndef QONDUIT_GROUPS_H
#define QONDUIT_GROUPS_H

#include "qonduit/tally.h"

struct group {
	struct value value;
	uint64_t hash;
	struct value rank;      /* set by groups_sort: what is compared first */
	struct str collation;   /* set by groups_sort: of a text, without case and accents */
	struct tally tallies[];
};

struct groups;

struct groups *groups_new(size_t tallies, size_t most);
void groups_free(struct groups *g);
size_t groups_count(const struct groups *g);
/* The group of the value, new where there was none; null where that would be one more than `most`. */
struct group *groups_find(struct groups *g, const struct value *value);

/* What groups are sorted by: the result of a tally, or the group itself. */
struct groups_order {
	bool by_tally;
	size_t tally;
	enum measure_kind kind; /* of the tally */
	bool descending;
};

/* All groups in order; valid until the next groups_find. Texts are compared without regard to case and accents, then by
 * bytes. Equal ones go by the group, upwards; a group without a result comes behind those with one, and that of empty
 * values behind all, in either direction. Null where a result has no place in a decimal. */
struct group *const *groups_sort(struct groups *g, struct groups_order order);

#endif
