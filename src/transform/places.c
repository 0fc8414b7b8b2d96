#include "qonduit/places.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/io.h"

#define BLOCK_ROWS 256
#define PIECE ((size_t)256 << 10) /* that is written at once */

/* Rows whose ordinals follow each other; in the file each is a length (32 bits, as the machine has them) and the
 * text. */
struct block {
	uint64_t first;   /* ordinal */
	uint64_t offset;  /* in the file */
};

struct places {
	int fd;
	struct block *blocks;
	size_t count, cap;
	uint64_t next;         /* ordinal that goes on in the last block */
	uint64_t written;      /* bytes in the file */
	struct buf pending;    /* behind them */
};

struct places *places_new(struct err *e)
{
	int fd = io_unnamed_file(e);
	if (fd < 0)
		return NULL;
	struct places *p = mem_alloc(sizeof *p);
	*p = (struct places){ .fd = fd };
	return p;
}

static void begin_block(struct places *p, uint64_t ordinal)
{
	p->blocks = mem_grow(p->blocks, &p->cap, p->count + 1, sizeof *p->blocks);
	p->blocks[p->count++] = (struct block){ ordinal, p->written + p->pending.n };
	p->next = ordinal;
}

int places_add(struct places *p, uint64_t ordinal, struct str place, struct err *e)
{
	uint32_t length = (uint32_t)place.n;
	if (p->count == 0 || ordinal != p->next || ordinal - p->blocks[p->count - 1].first == BLOCK_ROWS)
		begin_block(p, ordinal);
	buf_add(&p->pending, (struct str){ (const char *)&length, sizeof length });
	buf_add(&p->pending, place);
	p->next++;
	if (p->pending.n < PIECE)
		return 0;
	if (io_write_all(p->fd, p->pending.p, p->pending.n, "the places of rows", e) != 0)
		return -1;
	p->written += p->pending.n;
	buf_clear(&p->pending);
	return 0;
}

/* Bytes from an offset, from the file or from what is not there yet. A row may stand astride of both. */
static int read_at(const struct places *p, uint64_t offset, char *to, size_t n, struct err *e)
{
	if (offset < p->written) {
		size_t want = n < p->written - offset ? n : (size_t)(p->written - offset);
		ssize_t got = io_read_at(p->fd, to, want, (off_t)offset);
		if (got != (ssize_t)want)
			return err_sys(e, ERR_INPUT, "places.read", got < 0 ? errno : EIO, "the places of rows cannot be read again");
		to += want;
		n -= want;
		offset += want;
	}
	if (n)
		memcpy(to, p->pending.p + (offset - p->written), n);
	return 0;
}

/* The last block that begins at the ordinal or before, or null. */
static const struct block *block_of(const struct places *p, uint64_t ordinal)
{
	size_t low = 0, high = p->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (p->blocks[middle].first <= ordinal)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &p->blocks[low - 1] : NULL;
}

int places_find(const struct places *p, uint64_t ordinal, struct arena *a, struct str *out, struct err *e)
{
	const struct block *b = block_of(p, ordinal);
	*out = (struct str){ 0 };
	if (!b)
		return 0;
	bool last = b == &p->blocks[p->count - 1];
	uint64_t end = last ? p->written + p->pending.n : b[1].offset;
	char *text = arena_alloc(a, (size_t)(end - b->offset));
	if (read_at(p, b->offset, text, (size_t)(end - b->offset), e) != 0)
		return -1;
	const char *to = text + (end - b->offset);
	for (uint64_t at = b->first; text < to; at++) {
		uint32_t length;
		memcpy(&length, text, sizeof length);
		if (at == ordinal) {
			*out = (struct str){ text + sizeof length, length };
			return 0;
		}
		text += sizeof length + length;
	}
	return 0;
}

void places_free(struct places *p)
{
	if (!p)
		return;
	close(p->fd);
	free(p->blocks);
	buf_release(&p->pending);
	free(p);
}
