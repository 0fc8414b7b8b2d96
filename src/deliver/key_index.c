/* Open addressing. */
#include "key_index.h"

static struct str known_by(const struct payload_body *body, size_t record)
{
	return identity_bytes(payload_identity(body, record));
}

void key_index_make(struct key_index *x, const struct payload_body *body, struct arena *arena)
{
	for (x->size = 16; x->size < body->records * 2;)
		x->size *= 2;
	x->slots = ARENA_ARRAY(arena, x->size, uint32_t);
	x->body = body;
	for (size_t i = 0; i < body->records; i++) {
		size_t at = str_hash(known_by(body, i)) & (x->size - 1);
		while (x->slots[at])
			at = (at + 1) & (x->size - 1);
		x->slots[at] = (uint32_t)i + 1;
	}
}

size_t key_index_find(const struct key_index *x, struct str identity)
{
	for (size_t at = str_hash(identity) & (x->size - 1); x->slots[at]; at = (at + 1) & (x->size - 1)) {
		if (str_eq(known_by(x->body, x->slots[at] - 1), identity))
			return x->slots[at] - 1;
	}
	return x->body->records;
}
