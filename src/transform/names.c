#include "qonduit/names.h"

#include <stdlib.h>

#define SLOTS_FIRST 64

struct name_slot {
	struct str name;   /* a null pointer: free */
	size_t next;       /* the number to try for the next of that name */
};

static struct name_slot *slot_of(const struct names *n, struct str name)
{
	size_t at = str_hash(name) & (n->cap - 1);
	while (n->slots[at].name.p && !str_eq(n->slots[at].name, name))
		at = (at + 1) & (n->cap - 1);
	return &n->slots[at];
}

static void grow(struct names *n)
{
	struct name_slot *old = n->slots;
	size_t cap = n->cap;
	n->cap = cap ? cap * 2 : SLOTS_FIRST;
	n->slots = mem_alloc(n->cap * sizeof *n->slots);
	memset(n->slots, 0, n->cap * sizeof *n->slots);
	for (size_t i = 0; i < cap; i++) {
		if (old[i].name.p)
			*slot_of(n, old[i].name) = old[i];
	}
	free(old);
}

static struct str put(struct names *n, struct str name)
{
	struct name_slot *slot = slot_of(n, name);
	*slot = (struct name_slot){ arena_copy(n->arena, name), 2 };
	n->count++;
	return slot->name;
}

struct str names_take(struct names *n, struct str wanted, const char *before, const char *behind)
{
	if (n->count * 2 >= n->cap)
		grow(n);
	struct name_slot *slot = slot_of(n, wanted);
	if (!slot->name.p)
		return put(n, wanted);
	struct str name;
	do
		name = arena_concat(n->arena, wanted, arena_printf(n->arena, "%s%zu%s", before, slot->next++, behind));
	while (slot_of(n, name)->name.p);
	return put(n, name);
}

bool names_has(const struct names *n, struct str name)
{
	return n->cap && slot_of(n, name)->name.p;
}

void names_release(struct names *n)
{
	free(n->slots);
	*n = (struct names){ .arena = n->arena };
}
