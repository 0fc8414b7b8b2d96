#include "qonduit/pipeline.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

#include "qonduit/arena.h"

#define ALONE 2 /* pieces that the calling thread fills before the others begin */

struct pipeline {
	const struct pipeline_stages *stages;
	void *arg;
	pthread_mutex_t lock;
	pthread_cond_t change;    /* of what is below */
	void **idle;              /* pieces that nobody has: the one used last is taken first, while it is in the caches */
	size_t idle_count, piece_count;
	void **done;              /* by number, modulo piece_count: pieces to be ended; null: not yet */
	uint64_t filled, ended;   /* so far */
	unsigned waiting;         /* threads with nothing to do */
	bool filling, ending;     /* a thread is about it */
	bool last;                /* no more are to be filled */
	bool stopped;             /* no more are to be ended */
};

/* One of the threads besides the caller's. */
struct hand {
	struct pipeline *pipeline;
	unsigned number;
	pthread_t thread;
};

static bool is_over(const struct pipeline *p)
{
	return p->stopped || (p->last && p->ended == p->filled);
}

static void wake(struct pipeline *p)
{
	if (p->waiting)
		pthread_cond_broadcast(&p->change);
}

/* The lock is held whenever these begin and return, but not while a stage runs. */
static void end_piece(struct pipeline *p)
{
	void **place = &p->done[p->ended % p->piece_count], *piece = *place;

	p->ending = true;
	pthread_mutex_unlock(&p->lock);
	bool goes_on = p->stages->end(p->arg, piece);
	pthread_mutex_lock(&p->lock);
	*place = NULL;
	p->idle[p->idle_count++] = piece;
	p->ended++;
	p->ending = false;
	p->stopped = p->stopped || !goes_on;
	wake(p);
	if (p->stages->after) {
		pthread_mutex_unlock(&p->lock);
		p->stages->after(p->arg);
		pthread_mutex_lock(&p->lock);
	}
}

static void take_piece(struct pipeline *p, unsigned thread)
{
	void *piece = p->idle[--p->idle_count];
	uint64_t number = p->filled++;

	p->filling = true;
	pthread_mutex_unlock(&p->lock);
	bool more = p->stages->fill(p->arg, piece);
	pthread_mutex_lock(&p->lock);
	p->filling = false;
	p->last = p->last || !more;
	wake(p);
	pthread_mutex_unlock(&p->lock);
	p->stages->work(p->arg, thread, piece);
	pthread_mutex_lock(&p->lock);
	p->done[number % p->piece_count] = piece;
	wake(p);
}

/* Does what can be done; false where that is nothing for now. */
static bool take_turn(struct pipeline *p, unsigned thread)
{
	if (!p->ending && p->done[p->ended % p->piece_count])
		end_piece(p);
	else if (!p->filling && !p->last && p->idle_count)
		take_piece(p, thread);
	else
		return false;
	return true;
}

/* Until all is done or, for the calling thread before there are others, until there should be. */
static void work_on(struct pipeline *p, unsigned thread, uint64_t until)
{
	pthread_mutex_lock(&p->lock);
	while (!is_over(p) && p->filled < until) {
		if (take_turn(p, thread))
			continue;
		p->waiting++;
		pthread_cond_wait(&p->change, &p->lock);
		p->waiting--;
	}
	wake(p);
	pthread_mutex_unlock(&p->lock);
}

static void *run_hand(void *arg)
{
	struct hand *h = arg;

	work_on(h->pipeline, h->number, UINT64_MAX);
	return NULL;
}

/* Signals stay with the threads that were there. Returns how many were to be had. */
static unsigned start_hands(struct pipeline *p, struct hand *hands, unsigned count)
{
	sigset_t all, before;
	unsigned started = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (; started < count; started++) {
		hands[started] = (struct hand){ .pipeline = p, .number = started + 1 };
		if (pthread_create(&hands[started].thread, NULL, run_hand, &hands[started]) != 0)
			break;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

void pipeline_run(const struct pipeline_stages *stages, void *arg, void **pieces, size_t piece_count, unsigned threads)
{
	struct pipeline p = { .stages = stages, .arg = arg, .idle = pieces, .idle_count = piece_count,
		.piece_count = piece_count };
	struct hand hands[PIPELINE_THREADS_MAX];
	unsigned started = 0;

	p.done = mem_alloc(piece_count * sizeof *p.done);
	memset(p.done, 0, piece_count * sizeof *p.done);
	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.change, NULL);
	work_on(&p, 0, threads > 1 ? ALONE : UINT64_MAX);
	if (threads > 1 && !is_over(&p))
		started = start_hands(&p, hands, (threads < PIPELINE_THREADS_MAX ? threads : PIPELINE_THREADS_MAX) - 1);
	work_on(&p, 0, UINT64_MAX);
	for (unsigned i = 0; i < started; i++)
		pthread_join(hands[i].thread, NULL);
	pthread_cond_destroy(&p.change);
	pthread_mutex_destroy(&p.lock);
	free(p.done);
}

unsigned pipeline_cores(void)
{
	cpu_set_t cores;

	return sched_getaffinity(0, sizeof cores, &cores) == 0 && CPU_COUNT(&cores) > 1 ? (unsigned)CPU_COUNT(&cores) : 1;
}
