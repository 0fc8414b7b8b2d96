/* One request body a file. Where a record would be one too many for the request's bytes, the body before it is written
 * and the record becomes the first of the next. */
#include <stdlib.h>

#include "qonduit/json_write.h"
#include "qonduit/scribe.h"
#include "qonduit/sink.h"

struct batches {
	struct str head, tail; /* of each body: {"account_id":"1","products":[ and ]} */
	struct buf body;       /* the one that is made; begins with the head */
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

static int end_file(struct sink *s, struct batches *b, struct err *e)
{
	const struct contract *c = s->shape->contract;
	struct payload_file file = { .target = c->target, .records = b->records };

	file.name = arena_printf(s->arena, "%.*s-%05zu.%.*s", STR_ARG(c->target), ++b->number, STR_ARG(c->extension));
	buf_add(&b->body, b->tail);
	if (scribe_put(b->scribe, file, &b->body, &b->origins, e) != 0)
		return -1;
	buf_add(&b->body, b->head);
	b->records = 0;
	return 0;
}

static int batches_take(struct sink *s, const struct sink_record *r, struct err *e)
{
	const struct contract *c = s->shape->contract;
	struct batches *b = s->state;
	bool full = c->bytes_per_request && b->body.n + 1 + r->text.n + b->tail.n > c->bytes_per_request;
	if (b->records && full && end_file(s, b, e) != 0)
		return -1;
	if (b->records)
		buf_addc(&b->body, ',');
	buf_add(&b->body, r->text);
	buf_add(&b->origins, r->origin);
	b->records++;
	return b->records == c->records_per_request ? end_file(s, b, e) : 0;
}

static void batches_work(struct sink *s)
{
	const struct batches *b = s->state;
	scribe_work(b->scribe);
}

static void batches_abandon(struct sink *s)
{
	struct batches *b = s->state;
	scribe_abandon(b->scribe);
	buf_release(&b->body);
	buf_release(&b->origins);
	free(b);
}

static int batches_close(struct sink *s, struct err *e)
{
	struct batches *b = s->state;
	struct scribe *scribe = b->scribe;
	if (b->records && end_file(s, b, e) != 0)
		return -1;
	b->scribe = NULL;
	sink_abandon(s);
	return scribe_end(scribe, &s->files, &s->file_count, &s->file_cap, e);
}

const struct sink_kind sink_batches = {
	.open = batches_open, .print = sink_print_json, .take = batches_take, .work = batches_work,
	.close = batches_close, .abandon = batches_abandon,
};
