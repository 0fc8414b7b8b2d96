#include "qonduit/scribe.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define WAITING_MAX 2

/* A file to be written, or room for one. */
struct page {
	struct page *next;            /* of those with nothing in them */
	size_t number;                /* of the file */
	struct buf body, rows;
};

struct scribe {
	int dirfd;
	pthread_mutex_t lock;         /* of what is below */
	struct page *waiting[WAITING_MAX], *idle;
	size_t waiting_count;
	struct payload_file *files;   /* by number; length and sum once they are written */
	size_t count, cap;
	struct err failure;           /* the earliest file's; nothing is begun after it */
	size_t failed;                /* that file's number */
};

static struct page *page_new(void)
{
	struct page *p = mem_alloc(sizeof *p);

	*p = (struct page){ 0 };
	return p;
}

static void page_free(struct page *p)
{
	buf_release(&p->body);
	buf_release(&p->rows);
	free(p);
}

static int write_files(int dirfd, struct str name, const struct page *p, struct err *e)
{
	char rows[512];

	snprintf(rows, sizeof rows, "%.*s.rows", STR_ARG(name));
	return io_write_file(dirfd, name.p, buf_str(&p->body), e) == 0 ? io_write_file(dirfd, rows, buf_str(&p->rows), e) : -1;
}

/* Notes how it went; the page may be used again. */
static void end_page(struct scribe *s, struct page *p, const unsigned char sum[DIGEST_BYTES], const struct err *fault)
{
	pthread_mutex_lock(&s->lock);
	digest_hex(sum, s->files[p->number].sha256);
	s->files[p->number].bytes = p->body.n;
	if (fault->class && (!s->failure.class || p->number < s->failed)) {
		s->failure = *fault;
		s->failed = p->number;
	}
	p->next = s->idle;
	s->idle = p;
	pthread_mutex_unlock(&s->lock);
}

static void write_page(struct scribe *s, struct page *p, struct str name)
{
	unsigned char sum[DIGEST_BYTES];
	struct err fault = { 0 };

	digest_of(buf_str(&p->body), sum);
	write_files(s->dirfd, name, p, &fault);
	end_page(s, p, sum, &fault);
}

static void exchange(struct buf *a, struct buf *b)
{
	struct buf held = *a;

	*a = *b;
	*b = held;
	buf_clear(a);
}

/* A page for a new file; the lock is held. */
static struct page *begin_page(struct scribe *s, struct payload_file file)
{
	struct page *p = s->idle;

	if (p)
		s->idle = p->next;
	else
		p = page_new();
	s->files = mem_grow(s->files, &s->cap, s->count + 1, sizeof *s->files);
	p->number = s->count;
	s->files[s->count++] = file;
	return p;
}

static int tell_failure(struct scribe *s, struct err *e)
{
	pthread_mutex_lock(&s->lock);
	bool failed = s->failure.class;
	if (failed)
		*e = s->failure;
	pthread_mutex_unlock(&s->lock);
	return failed ? -1 : 0;
}

struct scribe *scribe_new(int dirfd)
{
	struct scribe *s = mem_alloc(sizeof *s);

	*s = (struct scribe){ .dirfd = dirfd };
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

int scribe_put(struct scribe *s, struct payload_file file, struct buf *body, struct buf *rows, struct err *e)
{
	if (tell_failure(s, e) != 0)
		return -1;
	pthread_mutex_lock(&s->lock);
	struct page *p = begin_page(s, file);
	exchange(body, &p->body);
	exchange(rows, &p->rows);
	bool waits = s->waiting_count < WAITING_MAX;
	if (waits)
		s->waiting[s->waiting_count++] = p;
	pthread_mutex_unlock(&s->lock);
	if (!waits)
		write_page(s, p, file.name);
	return tell_failure(s, e);
}

/* The first page that waits, with the file's name; null where none does, or none is to be begun. */
static struct page *take_page(struct scribe *s, struct str *name)
{
	struct page *p = NULL;

	pthread_mutex_lock(&s->lock);
	if (s->waiting_count && !s->failure.class) {
		p = s->waiting[0];
		*name = s->files[p->number].name;
		s->waiting_count--;
		for (size_t i = 0; i < s->waiting_count; i++)
			s->waiting[i] = s->waiting[i + 1];
	}
	pthread_mutex_unlock(&s->lock);
	return p;
}

void scribe_work(struct scribe *s)
{
	struct str name;

	for (struct page *p; (p = take_page(s, &name));)
		write_page(s, p, name);
}

int scribe_end(struct scribe *s, struct payload_file **files, size_t *count, size_t *cap, struct err *e)
{
	scribe_work(s);
	int result = tell_failure(s, e);
	if (result == 0)
		*files = mem_grow(*files, cap, *count + s->count, sizeof **files);
	for (size_t i = 0; i < s->count && result == 0; i++)
		(*files)[(*count)++] = s->files[i];
	scribe_abandon(s);
	return result;
}

void scribe_abandon(struct scribe *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->waiting_count; i++)
		page_free(s->waiting[i]);
	for (struct page *p; (p = s->idle);) {
		s->idle = p->next;
		page_free(p);
	}
	pthread_mutex_destroy(&s->lock);
	free(s->files);
	free(s);
}
