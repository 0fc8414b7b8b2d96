/* sockets - those that are waited for, and for what. Private to src/api.
 */
#ifndef QONDUIT_SOCKETS_H
#define QONDUIT_SOCKETS_H

#include <poll.h>
#include <stddef.h>

/* Zeroed: none. */
struct sockets {
	struct pollfd *all;
	struct pollfd *ready; /* those of a turn, as it began */
	size_t count, room, ready_room;
};

/* `events` as poll has them; 0: it is waited for no longer. */
void sockets_want(struct sockets *s, int fd, short events);
/* How many of s->ready, from the first on, are to be looked at: those with `revents` are ready. */
size_t sockets_wait(struct sockets *s, int timeout_ms);
void sockets_release(struct sockets *s);

#endif
