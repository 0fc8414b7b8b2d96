/* relay - work handed to one thread, in order, through a few slots: whoever fills a slot
 * waits only where all are taken.
 *
 *     relay_start(&r, 4, work, arg)          work(arg, slot) runs in the thread, for each slot that was sent
 *     i = relay_claim(&r); fill slot i; relay_send(&r);
 *     relay_join(&r)                         waits until all is done
 *
 * What a slot holds is the caller's: an array of its own, indexed by the slot. Between relay_claim and relay_send the
 * slot belongs to the caller, from then until its work is done to the thread.
 */
#ifndef QONDUIT_RELAY_H
#define QONDUIT_RELAY_H

#include <pthread.h>
#include <stdbool.h>

struct relay {
	bool running;
	unsigned slots;
	void (*work)(void *arg, unsigned slot);
	void *arg;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t change;       /* of what is below */
	unsigned filled, emptied;    /* since the start */
	bool ended;                  /* nothing more will be sent */
};

/* Whether relays may have threads; of the process, said before the first of them. They may unless it is said. */
void relay_allow(bool threads);
/* False where no thread is to be had: the caller then does the work itself. */
bool relay_start(struct relay *r, unsigned slots, void (*work)(void *arg, unsigned slot), void *arg);
unsigned relay_claim(struct relay *r);
void relay_send(struct relay *r);
/* A relay that never started, or was joined, is fine. */
void relay_join(struct relay *r);

#endif
