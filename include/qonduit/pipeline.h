/* pipeline - pieces of work that come in order, are worked on by several threads at once, and are ended in order.
 *
 *     fill    the next piece; one thread at a time, in order
 *     work    any piece; every thread at a time
 *     end     the next piece whose work is done; one thread at a time, in order
 *     after   what an end has left to be done; every thread at a time
 *
 * No thread has a stage of its own: whoever is free ends what is to be ended, else fills the next piece and goes on with
 * its work, so that all are busy whatever the stages cost. At most `piece_count` pieces are under way. What one stage
 * wrote, the next one sees, whichever thread runs it.
 *
 * The calling thread is the first of the threads. The others begin with the third piece, so that a short input costs
 * none, with all signals blocked; with one thread, or where no others are to be had, it does all, each piece in turn.
 */
#ifndef QONDUIT_PIPELINE_H
#define QONDUIT_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>

#define PIPELINE_THREADS_MAX 64

struct pipeline_stages {
	/* Fills a piece, which is worked on and ended in any case; false where nothing comes after it. */
	bool (*fill)(void *arg, void *piece);
	/* `thread` counts from 0. */
	void (*work)(void *arg, unsigned thread, void *piece);
	/* False: pieces behind it are not ended, and no more are filled. */
	bool (*end)(void *arg, void *piece);
	/* After each end, by its thread; null: nothing. The piece may be in use again. */
	void (*after)(void *arg);
};

/* Runs to the end. `pieces` are at least one for one thread, two for more; the array is used up. */
void pipeline_run(const struct pipeline_stages *stages, void *arg, void **pieces, size_t piece_count, unsigned threads);

/* The cores that this process may use, at least 1. */
unsigned pipeline_cores(void);

#endif
