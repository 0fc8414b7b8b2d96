#include "qonduit/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t milliseconds(clockid_t id)
{
	struct timespec now;
	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_wall(struct clock *c)
{
	return milliseconds(CLOCK_REALTIME);
}

static int64_t system_mono(struct clock *c)
{
	return milliseconds(CLOCK_BOOTTIME);
}

static int system_sleep(struct clock *c, int64_t ms)
{
	if (ms <= 0)
		return 0;
	struct timespec span = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	return nanosleep(&span, NULL) == 0 ? 0 : -1;
}

struct clock *clock_system(void)
{
	static struct clock machine = { system_wall, system_mono, system_sleep };
	return &machine;
}

void clock_iso(int64_t wall_ms, char out[25])
{
	int64_t ms = wall_ms % 1000;
	if (ms < 0)
		ms += 1000;
	time_t seconds = (wall_ms - ms) / 1000;
	struct tm t = { 0 };
	gmtime_r(&seconds, &t);
	/* The remainders say to the compiler what fits; they change no date of this era. */
	snprintf(out, 25, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", ((unsigned)t.tm_year + 1900) % 10000,
		((unsigned)t.tm_mon + 1) % 100, (unsigned)t.tm_mday % 100, (unsigned)t.tm_hour % 100,
		(unsigned)t.tm_min % 100, (unsigned)t.tm_sec % 100, (unsigned)ms % 1000);
}
