/* sandbox_window - at most so many requests within any stretch of time, for each key (an address, an account) apart.
 *
 * The window moves: a request counts until exactly `ms` after it came. Only what was taken counts. Times are given and
 * never go back. A limit of 0 is none. The windows here share nothing with the client's own (rate.h): they are its
 * judge.
 */
#ifndef QONDUIT_SANDBOX_WINDOW_H
#define QONDUIT_SANDBOX_WINDOW_H

#include "qonduit/str.h"

struct sandbox_window_key;

struct sandbox_window {
	uint64_t limit;
	int64_t ms;
	struct sandbox_window_key *keys;
};

/* Milliseconds from `now` until one more request of `key` fits; 0: it fits now. */
int64_t sandbox_window_wait(struct sandbox_window *w, struct str key, int64_t now);
void sandbox_window_take(struct sandbox_window *w, struct str key, int64_t now);
void sandbox_window_release(struct sandbox_window *w);

#endif
