#include "unit.h"

#include <signal.h>
#include <sys/time.h>

#include "qonduit/clock.h"

static void on_signal(int number)
{
	(void)number;
}

static void prints_times_as_iso_8601(void)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ 951782399999, "2000-02-28T23:59:59.999Z" },
		{ 951782400000, "2000-02-29T00:00:00.000Z" },
		{ 1795283770123, "2026-11-21T17:56:10.123Z" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[25];
		clock_iso(cases[i].ms, text);
		CU_ASSERT_STRING_EQUAL(text, cases[i].text);
	}
}

static void reads_the_machine(void)
{
	struct clock *c = clock_system();
	CU_ASSERT_TRUE(c->wall(c) > 1700000000000);
	int64_t before = c->mono(c);
	CU_ASSERT_EQUAL(c->sleep(c, 0), 0);
	CU_ASSERT_EQUAL(c->sleep(c, -5), 0);
	CU_ASSERT_EQUAL(c->sleep(c, 1), 0);
	CU_ASSERT_TRUE(c->mono(c) > before);
}

static void wakes_up_for_a_signal(void)
{
	struct clock *c = clock_system();
	struct sigaction act = { .sa_handler = on_signal }, old;
	sigaction(SIGALRM, &act, &old);
	setitimer(ITIMER_REAL, &(struct itimerval){ .it_value.tv_usec = 1000 }, NULL);
	CU_ASSERT_EQUAL(c->sleep(c, 60000), -1);
	sigaction(SIGALRM, &old, NULL);
}

UNIT_SUITE(clock, UNIT(prints_times_as_iso_8601), UNIT(reads_the_machine), UNIT(wakes_up_for_a_signal))
