/* clock - the door to time. Whoever waits or stamps gets a clock; tests pass one of their own and never sleep.
 *
 * Two times, both in milliseconds: `wall` since 1970 (UTC; may jump), `mono` since some start (never goes back, and
 * goes on while the machine sleeps).
 */
#ifndef QONDUIT_CLOCK_H
#define QONDUIT_CLOCK_H

#include <stdint.h>

struct clock {
	int64_t (*wall)(struct clock *c);
	int64_t (*mono)(struct clock *c);
	/* Sleeps until `ms` have gone by or a signal arrived; returns 0, or -1 where a signal cut it short. */
	int (*sleep)(struct clock *c, int64_t ms);
};

/* The machine's own. */
struct clock *clock_system(void);
/* "2026-11-21T17:56:10.123Z" (25 bytes with the NUL). */
void clock_iso(int64_t wall_ms, char out[25]);

#endif
