/* key_index - the records of a parcel by what they are known by. Private to src/deliver. */
#ifndef QONDUIT_KEY_INDEX_H
#define QONDUIT_KEY_INDEX_H

#include "qonduit/payload.h"

struct key_index {
	uint32_t *slots; /* record number + 1 */
	size_t size;
	const struct payload_body *body;
};

void key_index_make(struct key_index *x, const struct payload_body *body, struct arena *arena);
/* The record that is known by that, or `records` where there is none. */
size_t key_index_find(const struct key_index *x, struct str identity);

#endif
