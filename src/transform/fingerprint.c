#include "qonduit/fingerprint.h"

#include <stdlib.h>

#include "qonduit/arena.h"
#include "qonduit/digest.h"
#include "qonduit/utf8.h"

#define KEPT_MAX 64 /* bytes of a text that are kept to be shown */

struct noted {
	unsigned char sum[DIGEST_BYTES];
	struct str text;
};

struct fingerprints {
	struct arena arena; /* of the texts */
	struct noted *noted;
	size_t count, cap;
	uint32_t *slots;    /* 1 + index, 0: free; twice as many as texts or more, a power of two */
	size_t slot_count;
};

static uint32_t number_of(const unsigned char sum[DIGEST_BYTES])
{
	uint64_t bits = 0;
	for (int i = 0; i < 8; i++)
		bits = bits << 8 | sum[i];
	return (uint32_t)(bits % INT32_MAX) + 1;
}

uint32_t fingerprint_of(struct str text)
{
	unsigned char sum[DIGEST_BYTES];
	digest_of(text, sum);
	return number_of(sum);
}

/* The slot of the number: where it stands, or the free one where it would. */
static uint32_t *slot_of(const struct fingerprints *f, uint32_t number)
{
	size_t mask = f->slot_count - 1, at = number & mask;
	while (f->slots[at] && number_of(f->noted[f->slots[at] - 1].sum) != number)
		at = (at + 1) & mask;
	return &f->slots[at];
}

static void make_room(struct fingerprints *f)
{
	if (f->count * 2 < f->slot_count)
		return;
	free(f->slots);
	f->slot_count = f->slot_count ? f->slot_count * 2 : 64;
	f->slots = mem_alloc(f->slot_count * sizeof *f->slots);
	memset(f->slots, 0, f->slot_count * sizeof *f->slots);
	for (size_t i = 0; i < f->count; i++)
		*slot_of(f, number_of(f->noted[i].sum)) = (uint32_t)i + 1;
}

struct fingerprints *fingerprints_new(void)
{
	struct fingerprints *f = mem_alloc(sizeof *f);
	*f = (struct fingerprints){ 0 };
	arena_init(&f->arena, 4096);
	return f;
}

enum fingerprint_status fingerprints_add(struct fingerprints *f, struct str text, uint32_t *number, struct str *other)
{
	struct noted new;
	digest_of(text, new.sum);
	*number = number_of(new.sum);
	make_room(f);
	uint32_t *slot = slot_of(f, *number);
	if (*slot) {
		const struct noted *there = &f->noted[*slot - 1];
		*other = there->text;
		return memcmp(there->sum, new.sum, DIGEST_BYTES) == 0 ? FINGERPRINT_OK : FINGERPRINT_TAKEN;
	}
	if (f->count == FINGERPRINTS_MAX)
		return FINGERPRINT_FULL;
	new.text = arena_copy(&f->arena, utf8_head(text, KEPT_MAX));
	f->noted = mem_grow(f->noted, &f->cap, f->count + 1, sizeof *f->noted);
	f->noted[f->count] = new;
	*slot = (uint32_t)++f->count;
	return FINGERPRINT_OK;
}

void fingerprints_free(struct fingerprints *f)
{
	if (!f)
		return;
	arena_release(&f->arena);
	free(f->noted);
	free(f->slots);
	free(f);
}
