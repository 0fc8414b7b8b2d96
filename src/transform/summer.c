#include "qonduit/summer.h"

#include <pthread.h>
#include <stdlib.h>

#include "qonduit/arena.h"

#define ALONE ((size_t)4 << 20)  /* bytes that are summed without a thread */
#define SLOT ((size_t)256 << 10)
#define SLOTS 4

struct summer {
	struct digest *sum;
	size_t alone;                /* bytes summed without a thread so far */
	bool threaded;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t change;       /* of what is below */
	unsigned filled, emptied;    /* slots since the start; slot i is i % SLOTS */
	bool ended;                  /* nothing more will be filled */
	char *slot[SLOTS];
	size_t length[SLOTS];
};

static void *work(void *arg)
{
	struct summer *s = arg;
	pthread_mutex_lock(&s->lock);
	for (;;) {
		while (s->emptied == s->filled && !s->ended)
			pthread_cond_wait(&s->change, &s->lock);
		if (s->emptied == s->filled)
			break;
		unsigned i = s->emptied % SLOTS;
		pthread_mutex_unlock(&s->lock);
		digest_add(s->sum, s->slot[i], s->length[i]);
		pthread_mutex_lock(&s->lock);
		s->emptied++;
		pthread_cond_signal(&s->change);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* Without a thread, where none is to be had, the sum goes on as it began. */
static void start(struct summer *s)
{
	for (int i = 0; i < SLOTS; i++)
		s->slot[i] = mem_alloc(SLOT);
	s->threaded = pthread_create(&s->thread, NULL, work, s) == 0;
}

static void hand_over(struct summer *s, struct str bytes)
{
	pthread_mutex_lock(&s->lock);
	while (s->filled - s->emptied == SLOTS)
		pthread_cond_wait(&s->change, &s->lock);
	unsigned i = s->filled % SLOTS;
	pthread_mutex_unlock(&s->lock);
	memcpy(s->slot[i], bytes.p, bytes.n);
	s->length[i] = bytes.n;
	pthread_mutex_lock(&s->lock);
	s->filled++;
	pthread_cond_signal(&s->change);
	pthread_mutex_unlock(&s->lock);
}

/* Waits for the thread and frees all but the sum. */
static struct digest *finish(struct summer *s)
{
	struct digest *sum = s->sum;
	if (s->threaded) {
		pthread_mutex_lock(&s->lock);
		s->ended = true;
		pthread_cond_signal(&s->change);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->thread, NULL);
	}
	for (int i = 0; i < SLOTS; i++)
		free(s->slot[i]);
	pthread_cond_destroy(&s->change);
	pthread_mutex_destroy(&s->lock);
	free(s);
	return sum;
}

struct summer *summer_new(void)
{
	struct summer *s = mem_alloc(sizeof *s);
	*s = (struct summer){ .sum = digest_new() };
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->change, NULL);
	return s;
}

void summer_add(struct summer *s, struct str bytes)
{
	if (!s->threaded) {
		digest_add(s->sum, bytes.p, bytes.n);
		s->alone += bytes.n;
		if (s->alone > ALONE && !s->slot[0])
			start(s);
		return;
	}
	for (struct str part; bytes.n; bytes = str_from(bytes, part.n)) {
		part = str_head(bytes, SLOT);
		hand_over(s, part);
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
