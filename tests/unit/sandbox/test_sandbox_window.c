#include "qonduit/sandbox_window.h"

#include "unit.h"

static void so_many_fit_and_no_more(void)
{
	struct sandbox_window w = { .limit = 3, .ms = 1000 };
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(sandbox_window_wait(&w, STR("a"), i * 100), 0);
		sandbox_window_take(&w, STR("a"), i * 100);
	}
	CU_ASSERT_EQUAL(sandbox_window_wait(&w, STR("a"), 300), 700);
	CU_ASSERT_EQUAL(sandbox_window_wait(&w, STR("a"), 999), 1);
	sandbox_window_release(&w);
}

static void a_place_is_free_again_after_exactly_the_window(void)
{
	struct sandbox_window w = { .limit = 1, .ms = 1000 };
	sandbox_window_take(&w, STR("a"), 5);
	CU_ASSERT_EQUAL(sandbox_window_wait(&w, STR("a"), 1004), 1);
	CU_ASSERT_EQUAL(sandbox_window_wait(&w, STR("a"), 1005), 0);
	sandbox_window_release(&w);
}

static void keys_do_not_share(void)
{
	struct sandbox_window w = { .limit = 1, .ms = 1000 };
	sandbox_window_take(&w, STR("a"), 0);
	CU_ASSERT_EQUAL(sandbox_window_wait(&w, STR("b"), 0), 0);
	CU_ASSERT_EQUAL(sandbox_window_wait(&w, STR("a"), 0), 1000);
	sandbox_window_release(&w);
}

static void a_limit_of_none_never_waits(void)
{
	struct sandbox_window w = { .limit = 0, .ms = 1000 };
	for (int i = 0; i < 100; i++)
		sandbox_window_take(&w, STR("a"), 0);
	CU_ASSERT_EQUAL(sandbox_window_wait(&w, STR("a"), 0), 0);
	sandbox_window_release(&w);
}

/* Requests at odd times against the plain definition: never more than 5 admitted within any 100 ms. */
static void no_stretch_holds_more_than_the_limit(void)
{
	struct sandbox_window w = { .limit = 5, .ms = 100 };
	static int64_t admitted[20000];
	size_t count = 0;
	uint32_t seed = 1;
	int64_t now = 0;
	for (int i = 0; i < 20000; i++) {
		seed = seed * 1664525 + 1013904223;
		now += seed >> 28;
		int64_t wait = sandbox_window_wait(&w, STR("a"), now);
		bool must_wait = count >= 5 && admitted[count - 5] > now - 100;
		CU_ASSERT_EQUAL(wait, must_wait ? admitted[count - 5] + 100 - now : 0);
		if (wait == 0) {
			sandbox_window_take(&w, STR("a"), now);
			admitted[count++] = now;
		}
	}
	CU_ASSERT(count > 1000);
	sandbox_window_release(&w);
}

UNIT_SUITE(sandbox_window, UNIT(so_many_fit_and_no_more), UNIT(a_place_is_free_again_after_exactly_the_window),
	UNIT(keys_do_not_share), UNIT(a_limit_of_none_never_waits), UNIT(no_stretch_holds_more_than_the_limit))
