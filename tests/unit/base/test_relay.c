/* Work handed to a thread: everything, once, in order. */
#include "qonduit/relay.h"

#include "unit.h"

#define PIECES 10000

struct belt {
	int slot[3];
	int seen, wrong;
};

static void take(void *arg, unsigned slot)
{
	struct belt *b = arg;

	b->wrong += b->slot[slot] != b->seen;
	b->seen++;
}

static void all_work_is_done_once_and_in_order(void)
{
	struct belt b = { 0 };
	struct relay r = { 0 };

	CU_ASSERT_TRUE_FATAL(relay_start(&r, 3, take, &b));
	for (int i = 0; i < PIECES; i++) {
		b.slot[relay_claim(&r)] = i;
		relay_send(&r);
	}
	relay_join(&r);
	CU_ASSERT_EQUAL(b.seen, PIECES);
	CU_ASSERT_EQUAL(b.wrong, 0);
	relay_join(&r);
}

UNIT_SUITE(relay, UNIT(all_work_is_done_once_and_in_order))
