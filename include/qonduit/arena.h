/* arena - memory by lifetime: allocate freely, let go of everything at once.
 *
 * One arena for the run, one per batch that is cleared at each turn of the loop. arena_init, any number of allocations,
 * arena_clear (keeps the blocks for the next round) or arena_release. Zeroed memory is asked for by name
 * (arena_zalloc). Allocation never returns NULL: where memory ends, the process says so and exits 70.
 */
#ifndef QONDUIT_ARENA_H
#define QONDUIT_ARENA_H

#include "qonduit/str.h"

struct arena_block;

struct arena {
	struct arena_block *first; /* all blocks, oldest first */
	struct arena_block *now;   /* the block that is being filled */
	char *p, *end;             /* free space in it */
	size_t block_size;         /* bytes of a usual block; a larger request gets its own */
};

void arena_init(struct arena *a, size_t block_size);
/* Frees nothing: the next allocations reuse the blocks. Blocks of more than usual size are given back. */
void arena_clear(struct arena *a);
/* Gives all back; the arena may be used again. A zeroed arena may be released. */
void arena_release(struct arena *a);

/* The room that arena_alloc makes when a block is full. */
void *arena_grow(struct arena *a, size_t size);

/* Uninitialised, aligned to 16 bytes. */
static inline void *arena_alloc(struct arena *a, size_t size)
{
	size_t room = (size + 15) & ~(size_t)15;
	if (room - 1 >= (size_t)(a->end - a->p)) /* too little; also where `room` is 0: nothing asked for, or too much */
		return arena_grow(a, size);
	void *at = a->p;
	a->p += room;
	return at;
}

/* Gives back what is behind the first `size` bytes of the last allocation, where that is in a usual block. */
void arena_trim(struct arena *a, void *last, size_t size);

void *arena_zalloc(struct arena *a, size_t size);
/* `count` zeroed elements; a product that overflows ends the process like any other want of memory. */
void *arena_array(struct arena *a, size_t count, size_t size);
#define ARENA_NEW(a, type) ((type *)arena_zalloc((a), sizeof(type)))
#define ARENA_ARRAY(a, count, type) ((type *)arena_array((a), (count), sizeof(type)))

/* A copy, with a NUL behind it that is not counted. */
struct str arena_copy(struct arena *a, struct str s);
struct str arena_concat(struct arena *a, struct str left, struct str right);
struct str arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* malloc family for what does not live in an arena: they end the process instead of returning NULL. */
void *mem_alloc(size_t size);
void *mem_resize(void *p, size_t size);
/* Room for at least `need` elements of `size` bytes, doubling *cap; returns the (moved) array. */
void *mem_grow(void *p, size_t *cap, size_t need, size_t size);
char *mem_copy(const char *text);

#endif
