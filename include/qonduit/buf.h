/* buf - bytes that grow, with a ceiling stated at birth.
 *
 * buf_init(b, max), buf_add*..., then b->p and b->n, buf_clear to use the room again, buf_release. What would go over
 * `max` is not added and sets b->full, which stays set until buf_clear; callers that can meet it check once at the end.
 * The bytes are not NUL-terminated (buf_text terminates them). A zeroed buf with max 0 has no ceiling.
 */
#ifndef QONDUIT_BUF_H
#define QONDUIT_BUF_H

#include "qonduit/str.h"

struct buf {
	char *p;
	size_t n, cap;
	size_t max;
	bool full;
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);

static inline void buf_clear(struct buf *b)
{
	b->n = 0;
	b->full = false;
}

/* Makes room for `more` bytes behind the ones there; false where that goes over the ceiling. */
bool buf_room(struct buf *b, size_t more);

static inline void buf_add(struct buf *b, struct str s)
{
	if (s.n && (b->cap - b->n >= s.n || buf_room(b, s.n))) {
		memcpy(b->p + b->n, s.p, s.n);
		b->n += s.n;
	}
}

static inline void buf_addc(struct buf *b, char c)
{
	if (b->cap > b->n || buf_room(b, 1))
		b->p[b->n++] = c;
}

void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Text for a terminal or a log: control characters and what is not UTF-8 become \xNN. */
void buf_add_visible(struct buf *b, struct str s);
/* For an address: all but RFC 3986's unreserved characters become %XX. */
void buf_add_percent(struct buf *b, struct str s);

static inline struct str buf_str(const struct buf *b)
{
	return (struct str){ b->p, b->n };
}

/* The content as a C string, NUL behind it; valid until the next change. */
const char *buf_text(struct buf *b);

#endif
