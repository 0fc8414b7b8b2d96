#include "sockets.h"

#include <stdlib.h>
#include <string.h>

#include "qonduit/arena.h"

void sockets_want(struct sockets *s, int fd, short events)
{
	size_t i = 0;
	while (i < s->count && s->all[i].fd != fd)
		i++;
	if (events == 0) {
		if (i < s->count)
			s->all[i] = s->all[--s->count];
		return;
	}
	if (i == s->count) {
		s->all = mem_grow(s->all, &s->room, i + 1, sizeof *s->all);
		s->count++;
	}
	s->all[i] = (struct pollfd){ .fd = fd, .events = events };
}

size_t sockets_wait(struct sockets *s, int timeout_ms)
{
	size_t n = s->count;
	s->ready = mem_grow(s->ready, &s->ready_room, n + 1, sizeof *s->ready);
	if (n)
		memcpy(s->ready, s->all, n * sizeof *s->ready);
	return poll(s->ready, n, timeout_ms) > 0 ? n : 0;
}

void sockets_release(struct sockets *s)
{
	free(s->all);
	free(s->ready);
}
