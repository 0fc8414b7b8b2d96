/* One request body a file. A record is printed right behind the ones before it; where it turns out to be one too many
 * for the request's bytes, the body before it is written and the record becomes the first of the next. */
#include <stdlib.h>

#include "qonduit/json_write.h"
#include "qonduit/scribe.h"
#include "qonduit/sink.h"

struct batches {
	struct str head, tail; /* of each body: {"account_id":"1","products":[ and ]} */
	struct buf body, next; /* the one that is made, and room for the one after it; both begin with the head */
	struct buf origins;    /* of the body's records, a line each */
	size_t records;        /* in the body */
	size_t number;         /* of the file */
	struct scribe *scribe;
};

static int batches_open(struct sink *s, struct err *e)
{
	const struct contract *c = s->shape->contract;
	struct batches *b = mem_alloc(sizeof *b);
	*b = (struct batches){ .tail = c->records.n ? STR("]}") : STR("]"), .scribe = scribe_new(s->dirfd) };
	struct json_out w = json_out(&b->body);
	if (c->records.n) {
		json_open(&w, '{');
		if (c->account.n && s->account.n) {
			json_key(&w, c->account);
			json_string(&w, s->account);
		}
		json_key(&w, c->records);
	}
	json_open(&w, '[');
	b->head = arena_copy(s->arena, buf_str(&b->body));
	s->frame = b->head.n + b->tail.n;
	s->state = b;
	return 0;
}

/* Writes the body up to `end`; what stands behind it begins the next one. */
static int end_file(struct sink *s, struct batches *b, size_t end, struct err *e)
{
	const struct contract *c = s->shape->contract;
	struct payload_file file = { .target = c->target, .records = b->records };

	file.name = arena_printf(s->arena, "%.*s-%05zu.%.*s", STR_ARG(c->target), ++b->number, STR_ARG(c->extension));
	buf_clear(&b->next);
	buf_add(&b->next, b->head);
	buf_add(&b->next, str_from(buf_str(&b->body), end));
	b->body.n = end;
	buf_add(&b->body, b->tail);
	if (scribe_put(b->scribe, file, &b->body, &b->origins, e) != 0)
		return -1;
	struct buf room = b->body;
	b->body = b->next;
	b->next = room;
	b->records = 0;
	return 0;
}

static int batches_add(struct sink *s, const struct value *values, struct str origin, struct arena *scratch,
	struct err *e)
{
	const struct contract *c = s->shape->contract;
	struct batches *b = s->state;
	size_t before = b->body.n;
	if (b->records)
		buf_addc(&b->body, ',');
	size_t start = b->body.n;
	record_print(s->shape, values, scratch, &b->body);
	if (b->records && c->bytes_per_request && b->body.n + b->tail.n > c->bytes_per_request) {
		memmove(b->body.p + before, b->body.p + start, b->body.n - start);
		b->body.n -= start - before;
		if (end_file(s, b, before, e) != 0)
			return -1;
	}
	sink_add_origin(&b->origins, origin);
	b->records++;
	return b->records == c->records_per_request ? end_file(s, b, b->body.n, e) : 0;
}

static void batches_abandon(struct sink *s)
{
	struct batches *b = s->state;
	scribe_abandon(b->scribe);
	buf_release(&b->body);
	buf_release(&b->next);
	buf_release(&b->origins);
	free(b);
}

static int batches_close(struct sink *s, struct err *e)
{
	struct batches *b = s->state;
	struct scribe *scribe = b->scribe;
	if (b->records && end_file(s, b, b->body.n, e) != 0)
		return -1;
	b->scribe = NULL;
	sink_abandon(s);
	return scribe_end(scribe, &s->files, &s->file_count, &s->file_cap, e);
}

const struct sink_kind sink_batches = { batches_open, batches_add, batches_close, batches_abandon, NULL };
