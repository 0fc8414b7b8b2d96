/* One request body a file. A record is printed right behind the ones before it; where it turns out to be one too many for the
 * request's bytes, the body before it is written and the record becomes the first of the next. */
#include <stdlib.h>

#include "qonduit/json_write.h"
#include "qonduit/sink.h"

struct batches {
	struct str head, tail; /* of each body: {"account_id":"1","products":[ and ]} */
	struct buf body;       /* begins with the head */
	size_t records;        /* in the body */
	size_t number;         /* of the file */
	struct sink_file file; /* open where there are records */
};

static int batches_open(struct sink *s, struct err *e)
{
	const struct contract *c = s->shape->contract;
	struct batches *b = mem_alloc(sizeof *b);
	*b = (struct batches){ .tail = c->records.n ? STR("]}") : STR("]") };
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
	s->state = b;
	return 0;
}

static int begin_file(struct sink *s, struct batches *b, struct err *e)
{
	const struct contract *c = s->shape->contract;
	struct str name = arena_printf(s->arena, "%.*s-%05zu.%.*s", STR_ARG(c->target), ++b->number, STR_ARG(c->extension));
	return sink_file_open(s, &b->file, name, e);
}

/* Writes the body up to `end`; what stands behind it begins the next one. */
static int end_file(struct sink *s, struct batches *b, size_t end, struct err *e)
{
	if (file_write(&b->file.body, str_head(buf_str(&b->body), end), e) != 0 || file_write(&b->file.body, b->tail, e) != 0 ||
	    sink_file_close(s, &b->file, e) != 0)
		return -1;
	size_t rest = b->body.n - end;
	memmove(b->body.p + b->head.n, b->body.p + end, rest);
	b->body.n = b->head.n + rest;
	b->records = 0;
	return 0;
}

static int batches_add(struct sink *s, const struct value *values, struct str origin, struct arena *scratch, struct buf *why,
	struct err *e)
{
	const struct contract *c = s->shape->contract;
	struct batches *b = s->state;
	size_t before = b->body.n;
	if (b->records)
		buf_addc(&b->body, ',');
	size_t start = b->body.n;
	record_print(s->shape, values, scratch, &b->body);
	if (sink_too_large(s, b->head.n + (b->body.n - start) + b->tail.n, why)) {
		b->body.n = before;
		return 1;
	}
	if (b->records && c->bytes_per_request && b->body.n + b->tail.n > c->bytes_per_request) {
		memmove(b->body.p + before, b->body.p + start, b->body.n - start);
		b->body.n -= start - before;
		if (end_file(s, b, before, e) != 0)
			return -1;
	}
	if (b->records == 0 && begin_file(s, b, e) != 0)
		return -1;
	if (sink_file_origin(&b->file, origin, e) != 0)
		return -1;
	b->records++;
	return b->records == c->records_per_request ? end_file(s, b, b->body.n, e) : 0;
}

static void batches_abandon(struct sink *s)
{
	struct batches *b = s->state;
	sink_file_abandon(&b->file);
	buf_release(&b->body);
	free(b);
}

static int batches_close(struct sink *s, struct err *e)
{
	struct batches *b = s->state;
	if (b->records && end_file(s, b, b->body.n, e) != 0)
		return -1;
	sink_abandon(s);
	return 0;
}

const struct sink_kind sink_batches = { batches_open, batches_add, batches_close, batches_abandon };
