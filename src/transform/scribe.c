#include "qonduit/scribe.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "qonduit/relay.h"

#define SLOTS 2

struct page {
	struct payload_file file;
	struct buf body, rows;
};

struct scribe {
	int dirfd;
	struct relay relay;
	unsigned long put;            /* files so far */
	struct page slot[SLOTS];
	struct payload_file *files;   /* the writer's until relay_join */
	size_t count, cap;
	struct err failure;           /* the first; complete once `failed` is set, and nothing is written after it */
	atomic_bool failed;
};

static int write_whole(int dirfd, const char *name, struct str content, char hex[DIGEST_HEX], uint64_t *bytes,
	struct err *e)
{
	struct file f = { 0 };

	if (file_create(&f, dirfd, name, e) == 0 && file_write(&f, content, e) == 0 && file_close(&f, hex, bytes, e) == 0)
		return 0;
	file_abandon(&f);
	return -1;
}

static void write_page(void *arg, unsigned slot)
{
	struct scribe *s = arg;
	struct page *p = &s->slot[slot];
	char rows[512];

	if (atomic_load(&s->failed))
		return;
	snprintf(rows, sizeof rows, "%.*s.rows", STR_ARG(p->file.name));
	if (write_whole(s->dirfd, p->file.name.p, buf_str(&p->body), p->file.sha256, &p->file.bytes, &s->failure) != 0 ||
		write_whole(s->dirfd, rows, buf_str(&p->rows), NULL, NULL, &s->failure) != 0) {
		atomic_store(&s->failed, true);
		return;
	}
	s->files = mem_grow(s->files, &s->cap, s->count + 1, sizeof *s->files);
	s->files[s->count++] = p->file;
}

static int tell_failure(struct scribe *s, struct err *e)
{
	if (!atomic_load(&s->failed))
		return 0;
	*e = s->failure;
	return -1;
}

static void exchange(struct buf *a, struct buf *b)
{
	struct buf held = *a;

	*a = *b;
	*b = held;
	buf_clear(a);
}

struct scribe *scribe_new(int dirfd)
{
	struct scribe *s = mem_alloc(sizeof *s);

	*s = (struct scribe){ .dirfd = dirfd };
	return s;
}

int scribe_put(struct scribe *s, struct payload_file file, struct buf *body, struct buf *rows, struct err *e)
{
	if (s->put++ == 1)
		relay_start(&s->relay, SLOTS, write_page, s);
	unsigned slot = s->relay.running ? relay_claim(&s->relay) : 0;
	s->slot[slot].file = file;
	exchange(body, &s->slot[slot].body);
	exchange(rows, &s->slot[slot].rows);
	if (s->relay.running)
		relay_send(&s->relay);
	else /* the first file, and all where no thread is to be had */
		write_page(s, slot);
	return tell_failure(s, e);
}

int scribe_end(struct scribe *s, struct payload_file **files, size_t *count, size_t *cap, struct err *e)
{
	relay_join(&s->relay);
	int result = tell_failure(s, e);
	*files = mem_grow(*files, cap, *count + s->count, sizeof **files);
	for (size_t i = 0; i < s->count; i++)
		(*files)[(*count)++] = s->files[i];
	scribe_abandon(s);
	return result;
}

void scribe_abandon(struct scribe *s)
{
	if (!s)
		return;
	relay_join(&s->relay);
	for (int i = 0; i < SLOTS; i++) {
		buf_release(&s->slot[i].body);
		buf_release(&s->slot[i].rows);
	}
	free(s->files);
	free(s);
}
