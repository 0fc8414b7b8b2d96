/* Pieces through a pipeline: everything once and in order, whatever the number of threads; where it stops, nothing more. */
#include "qonduit/pipeline.h"

#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

#define PIECES_MAX 10

struct piece {
	unsigned number, sum;
	bool worked;
};

struct belt {
	unsigned last;               /* the piece behind which nothing comes */
	unsigned stop;               /* the piece whose end says so */
	unsigned slow;               /* pieces with this remainder of 7 take long */
	unsigned filled, ended, wrong;
	atomic_uint filling, ending, under_way, most, threads, after;
};

static void alone(struct belt *b, atomic_uint *stage)
{
	if (atomic_fetch_add(stage, 1) != 0)
		b->wrong++;
	atomic_fetch_sub(stage, 1);
}

static bool fill(void *arg, void *piece)
{
	struct belt *b = arg;
	struct piece *p = piece;
	unsigned now = atomic_fetch_add(&b->under_way, 1) + 1;
	if (now > b->most)
		b->most = now;
	alone(b, &b->filling);
	*p = (struct piece){ .number = b->filled++ };
	return p->number != b->last;
}

static void work(void *arg, unsigned thread, void *piece)
{
	struct belt *b = arg;
	struct piece *p = piece;
	atomic_fetch_or(&b->threads, 1u << thread);
	if (p->number % 7 == b->slow)
		usleep(300);
	for (unsigned i = 0; i <= p->number; i++)
		p->sum += i;
	p->worked = true;
}

static bool end(void *arg, void *piece)
{
	struct belt *b = arg;
	struct piece *p = piece;
	alone(b, &b->ending);
	b->wrong += p->number != b->ended || !p->worked || p->sum != p->number * (p->number + 1) / 2;
	b->ended++;
	atomic_fetch_sub(&b->under_way, 1);
	return p->number != b->stop;
}

static void after(void *arg)
{
	struct belt *b = arg;
	atomic_fetch_add(&b->after, 1);
}

static void run(struct belt *b, size_t pieces, unsigned threads)
{
	static const struct pipeline_stages stages = { fill, work, end, after };
	struct piece all[PIECES_MAX];
	void *list[PIECES_MAX];
	for (size_t i = 0; i < pieces; i++)
		list[i] = &all[i];
	pipeline_run(&stages, b, list, pieces, threads);
	CU_ASSERT_EQUAL(b->wrong, 0);
	CU_ASSERT_EQUAL(b->after, b->ended); /* none is left behind */
	CU_ASSERT_TRUE(b->most <= pieces);
}

static void all_is_done_once_and_in_order(void)
{
	static const struct { size_t pieces; unsigned threads; } runs[] = { { 1, 1 }, { 3, 1 }, { 2, 2 }, { 4, 2 }, { 5, 3 },
		{ 10, 8 }, { 3, 8 } };
	for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
		for (unsigned last = 0; last < 1200; last = last * 3 + 1) {
			struct belt b = { .last = last, .stop = UINT_MAX, .slow = last % 9 };
			run(&b, runs[i].pieces, runs[i].threads);
			CU_ASSERT_EQUAL(b.ended, last + 1);
			CU_ASSERT_EQUAL(b.filled, last + 1);
		}
	}
}

static void stops_where_a_piece_says_so(void)
{
	for (unsigned threads = 1; threads < 6; threads++) {
		for (unsigned stop = 0; stop < 300; stop = stop * 2 + 1) {
			struct belt b = { .last = 1000, .stop = stop, .slow = stop % 7 };
			run(&b, threads + 2, threads);
			CU_ASSERT_EQUAL(b.ended, stop + 1);
			CU_ASSERT_TRUE(b.filled <= stop + 1 + threads + 2);
		}
	}
}

/* A thread costs more than two pieces do. */
static void a_short_input_has_one_thread(void)
{
	struct belt b = { .last = 1, .stop = UINT_MAX, .slow = 9 };
	run(&b, 4, 4);
	CU_ASSERT_EQUAL(b.threads, 1);
}

static void several_threads_work(void)
{
	struct belt b = { .last = 300, .stop = UINT_MAX, .slow = 3 };
	run(&b, 5, 3);
	CU_ASSERT_NOT_EQUAL(b.threads & ~1u, 0);
	CU_ASSERT_TRUE(pipeline_cores() >= 1);
}

UNIT_SUITE(pipeline, UNIT(all_is_done_once_and_in_order), UNIT(stops_where_a_piece_says_so),
	UNIT(a_short_input_has_one_thread), UNIT(several_threads_work))
