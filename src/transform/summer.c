#include "qonduit/summer.h"

#include <stdlib.h>

#include "qonduit/arena.h"
#include "qonduit/relay.h"

#define ALONE ((size_t)4 << 20)  /* bytes that are summed without a thread */
#define SLOT ((size_t)256 << 10)
#define SLOTS 4

struct summer {
	struct digest *sum;
	size_t alone;                /* bytes summed without a thread so far */
	bool stays_alone;
	struct relay relay;
	char *slot[SLOTS];
	size_t length[SLOTS];
};

static void sum_slot(void *arg, unsigned slot)
{
	struct summer *s = arg;

	digest_add(s->sum, s->slot[slot], s->length[slot]);
}

/* Without a thread, where none is to be had, the sum goes on as it began. */
static void start(struct summer *s)
{
	for (int i = 0; i < SLOTS; i++)
		s->slot[i] = mem_alloc(SLOT);
	relay_start(&s->relay, SLOTS, sum_slot, s);
}

/* Waits for the thread and frees all but the sum. */
static struct digest *finish(struct summer *s)
{
	struct digest *sum = s->sum;

	relay_join(&s->relay);
	for (int i = 0; i < SLOTS; i++)
		free(s->slot[i]);
	free(s);
	return sum;
}

struct summer *summer_new(void)
{
	struct summer *s = mem_alloc(sizeof *s);

	*s = (struct summer){ .sum = digest_new() };
	return s;
}

void summer_alone(struct summer *s)
{
	s->stays_alone = true;
}

void summer_add(struct summer *s, struct str bytes)
{
	if (!s->relay.running) {
		digest_add(s->sum, bytes.p, bytes.n);
		s->alone += bytes.n;
		if (s->alone > ALONE && !s->slot[0] && !s->stays_alone)
			start(s);
		return;
	}
	for (struct str part; bytes.n; bytes = str_from(bytes, part.n)) {
		unsigned slot = relay_claim(&s->relay);
		part = str_head(bytes, SLOT);
		memcpy(s->slot[slot], part.p, part.n);
		s->length[slot] = part.n;
		relay_send(&s->relay);
	}
}

void summer_end_hex(struct summer *s, char out[DIGEST_HEX])
{
	digest_end_hex(finish(s), out);
}

void summer_free(struct summer *s)
{
	if (s)
		digest_free(finish(s));
}
