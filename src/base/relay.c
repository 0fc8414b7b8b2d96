#include "qonduit/relay.h"

static bool refused;

static void *run(void *arg)
{
	struct relay *r = arg;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		while (r->emptied == r->filled && !r->ended)
			pthread_cond_wait(&r->change, &r->lock);
		if (r->emptied == r->filled)
			break;
		unsigned slot = r->emptied % r->slots;
		pthread_mutex_unlock(&r->lock);
		r->work(r->arg, slot);
		pthread_mutex_lock(&r->lock);
		r->emptied++;
		pthread_cond_signal(&r->change);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

void relay_allow(bool threads)
{
	refused = !threads;
}

bool relay_start(struct relay *r, unsigned slots, void (*work)(void *arg, unsigned slot), void *arg)
{
	*r = (struct relay){ .slots = slots, .work = work, .arg = arg };
	if (refused)
		return false;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->change, NULL);
	r->running = pthread_create(&r->thread, NULL, run, r) == 0;
	return r->running;
}

unsigned relay_claim(struct relay *r)
{
	pthread_mutex_lock(&r->lock);
	while (r->filled - r->emptied == r->slots)
		pthread_cond_wait(&r->change, &r->lock);
	unsigned slot = r->filled % r->slots;
	pthread_mutex_unlock(&r->lock);
	return slot;
}

void relay_send(struct relay *r)
{
	pthread_mutex_lock(&r->lock);
	r->filled++;
	pthread_cond_signal(&r->change);
	pthread_mutex_unlock(&r->lock);
}

void relay_join(struct relay *r)
{
	if (!r->running)
		return;
	pthread_mutex_lock(&r->lock);
	r->ended = true;
	pthread_cond_signal(&r->change);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	pthread_cond_destroy(&r->change);
	pthread_mutex_destroy(&r->lock);
	r->running = false;
}
