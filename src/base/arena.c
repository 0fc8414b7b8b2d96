#include "qonduit/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "qonduit/log.h"

#define USUAL_BLOCK ((size_t)64 << 10)

struct arena_block {
	struct arena_block *next;
	size_t size;
	_Alignas(16) char data[];
};

/* Under AddressSanitizer arena_clear gives every block back, so that a slice which outlives its batch is reported. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CLEAR_KEEPS false
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define CLEAR_KEEPS false
#endif
#ifndef CLEAR_KEEPS
#define CLEAR_KEEPS true
#endif

static _Noreturn void out_of_memory(void)
{
	log_give_up("out of memory");
}

static struct arena_block *block_new(size_t size)
{
	if (size > PTRDIFF_MAX - sizeof(struct arena_block))
		out_of_memory();
	struct arena_block *b = mem_alloc(sizeof *b + size);
	b->next = NULL;
	b->size = size;
	return b;
}

static void use_block(struct arena *a, struct arena_block *b)
{
	a->now = b;
	a->p = b ? b->data : NULL;
	a->end = b ? b->data + b->size : NULL;
}

void arena_init(struct arena *a, size_t block_size)
{
	*a = (struct arena){ .block_size = block_size };
}

void arena_clear(struct arena *a)
{
	struct arena_block **at = &a->first;
	while (*at) {
		struct arena_block *b = *at;
		if (CLEAR_KEEPS && b->size == a->block_size) {
			at = &b->next;
		} else {
			*at = b->next;
			free(b);
		}
	}
	use_block(a, a->first);
}

void arena_release(struct arena *a)
{
	while (a->first) {
		struct arena_block *b = a->first;
		a->first = b->next;
		free(b);
	}
	use_block(a, NULL);
}

void *arena_grow(struct arena *a, size_t size)
{
	if (size > PTRDIFF_MAX)
		out_of_memory();
	size = size ? (size + 15) & ~(size_t)15 : 16;
	if (a->block_size == 0)
		a->block_size = USUAL_BLOCK;
	a->block_size = (a->block_size + 15) & ~(size_t)15;
	if (size > a->block_size) { /* in front of the others: the block that is being filled stays in use */
		struct arena_block *b = block_new(size);
		b->next = a->first;
		a->first = b;
		return b->data;
	}
	if (!a->now || !a->now->next) {
		struct arena_block **at = a->now ? &a->now->next : &a->first;
		while (*at)
			at = &(*at)->next;
		*at = block_new(a->block_size);
		use_block(a, *at);
	} else {
		use_block(a, a->now->next);
	}
	void *at = a->p;
	a->p += size;
	return at;
}

void arena_trim(struct arena *a, void *last, size_t size)
{
	uintptr_t at = (uintptr_t)last;
	if (a->now && at >= (uintptr_t)a->now->data && at < (uintptr_t)a->p)
		a->p = (char *)last + ((size + 15) & ~(size_t)15);
}

void *arena_zalloc(struct arena *a, size_t size)
{
	return memset(arena_alloc(a, size), 0, size);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes))
		out_of_memory();
	return arena_zalloc(a, bytes);
}

struct str arena_copy(struct arena *a, struct str s)
{
	return arena_concat(a, s, (struct str){ 0 });
}

struct str arena_concat(struct arena *a, struct str left, struct str right)
{
	size_t n;
	if (__builtin_add_overflow(left.n, right.n, &n))
		out_of_memory();
	char *p = arena_alloc(a, n + 1);
	if (left.n)
		memcpy(p, left.p, left.n);
	if (right.n)
		memcpy(p + left.n, right.p, right.n);
	p[n] = '\0';
	return (struct str){ p, n };
}

struct str arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return (struct str){ 0 };
	char *p = arena_alloc(a, (size_t)n + 1);
	va_start(args, format);
	vsnprintf(p, (size_t)n + 1, format, args);
	va_end(args);
	return (struct str){ p, (size_t)n };
}

void *mem_alloc(size_t size)
{
	void *p = malloc(size ? size : 1);
	if (!p)
		out_of_memory();
	return p;
}

void *mem_resize(void *p, size_t size)
{
	p = realloc(p, size ? size : 1);
	if (!p)
		out_of_memory();
	return p;
}

void *mem_grow(void *p, size_t *cap, size_t need, size_t size)
{
	if (need <= *cap)
		return p;
	size_t more = *cap > SIZE_MAX / 2 ? SIZE_MAX : *cap * 2, bytes;
	if (more < 8)
		more = 8;
	if (more < need)
		more = need;
	if (__builtin_mul_overflow(more, size, &bytes))
		out_of_memory();
	p = mem_resize(p, bytes);
	*cap = more;
	return p;
}

char *mem_copy(const char *text)
{
	size_t n = strlen(text) + 1;
	return memcpy(mem_alloc(n), text, n);
}
