#include "qonduit/scribe.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define SLOTS 2

struct page {
	struct payload_file file;
	struct buf body, rows;
};

struct scribe {
	int dirfd;
	bool threaded;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t change;     /* of what is below */
	unsigned filled, emptied;  /* pages since the start; page i is in slot i % SLOTS */
	bool ended;                /* nothing more will be filled */
	struct page slot[SLOTS];
	struct err failed;         /* the first failure; nothing is written after it */
	struct payload_file *files;
	size_t count, cap;
};

static int write_whole(int dirfd, struct str name, struct str content, char hex[DIGEST_HEX], uint64_t *bytes, struct err *e)
{
	struct file f = { 0 };

	if (file_create(&f, dirfd, name.p, e) == 0 && file_write(&f, content, e) == 0 && file_close(&f, hex, bytes, e) == 0)
		return 0;
	file_abandon(&f);
	return -1;
}

static int write_page(struct scribe *s, struct page *p, struct err *e)
{
	char rows[512];
	int length = snprintf(rows, sizeof rows, "%.*s.rows", STR_ARG(p->file.name));

	if (write_whole(s->dirfd, p->file.name, buf_str(&p->body), p->file.sha256, &p->file.bytes, e) != 0 ||
		write_whole(s->dirfd, (struct str){ rows, (size_t)length }, buf_str(&p->rows), NULL, NULL, e) != 0)
		return -1;
	s->files = mem_grow(s->files, &s->cap, s->count + 1, sizeof *s->files);
	s->files[s->count++] = p->file;
	return 0;
}

static void *work(void *arg)
{
	struct scribe *s = arg;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		while (s->emptied == s->filled && !s->ended)
			pthread_cond_wait(&s->change, &s->lock);
		if (s->emptied == s->filled)
			break;
		struct page *p = &s->slot[s->emptied % SLOTS];
		struct err e = s->failed;
		pthread_mutex_unlock(&s->lock);
		if (!e.class)
			write_page(s, p, &e);
		pthread_mutex_lock(&s->lock);
		s->failed = e;
		s->emptied++;
		pthread_cond_signal(&s->change);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* Waits for the thread, if there is one. */
static void join(struct scribe *s)
{
	if (!s->threaded)
		return;
	pthread_mutex_lock(&s->lock);
	s->ended = true;
	pthread_cond_signal(&s->change);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	s->threaded = false;
}

static void exchange(struct buf *a, struct buf *b)
{
	struct buf held = *a;
	*a = *b;
	*b = held;
}

struct scribe *scribe_new(int dirfd)
{
	struct scribe *s = mem_alloc(sizeof *s);

	*s = (struct scribe){ .dirfd = dirfd };
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->change, NULL);
	return s;
}

int scribe_put(struct scribe *s, struct payload_file file, struct buf *body, struct buf *rows, struct err *e)
{
	pthread_mutex_lock(&s->lock);
	while (s->filled - s->emptied == SLOTS)
		pthread_cond_wait(&s->change, &s->lock);
	struct page *p = &s->slot[s->filled % SLOTS];
	bool failed = s->failed.class != ERR_NONE;
	if (failed)
		*e = s->failed;
	pthread_mutex_unlock(&s->lock);
	if (failed)
		return -1;
	p->file = file;
	exchange(&p->body, body);
	exchange(&p->rows, rows);
	buf_clear(body);
	buf_clear(rows);
	if (!s->threaded && s->filled)
		s->threaded = pthread_create(&s->thread, NULL, work, s) == 0;
	if (!s->threaded) { /* the first file, and all where no thread is to be had */
		s->filled++;
		s->emptied++;
		return write_page(s, p, e);
	}
	pthread_mutex_lock(&s->lock);
	s->filled++;
	pthread_cond_signal(&s->change);
	pthread_mutex_unlock(&s->lock);
	return 0;
}

int scribe_end(struct scribe *s, struct payload_file **files, size_t *count, size_t *cap, struct err *e)
{
	join(s);
	int result = s->failed.class ? -1 : 0;
	if (result != 0)
		*e = s->failed;
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
	join(s);
	for (int i = 0; i < SLOTS; i++) {
		buf_release(&s->slot[i].body);
		buf_release(&s->slot[i].rows);
	}
	pthread_cond_destroy(&s->change);
	pthread_mutex_destroy(&s->lock);
	free(s->files);
	free(s);
}
