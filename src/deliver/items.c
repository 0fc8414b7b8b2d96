/* A reply that gives a result for each record of its request. */
#include "qonduit/poll.h"
#include "qonduit/retry.h"
#include "key_index.h"

#define NO_RESULT_CODE "no_result"

struct reading {
	const struct contract *contract;
	const struct payload_body *body;
	struct str file;
	struct arena *arena;
	struct poll_verdict *out;
	struct refused *refused; /* of each record */
	bool *told;              /* records that were named with a yes */
	struct refused *nameless;
	size_t nameless_count;
};

static void warn(struct reading *r, struct str text)
{
	r->out->warning = r->out->warning.n
		? retry_text(arena_printf(r->arena, "%.*s; %.*s", STR_ARG(r->out->warning), STR_ARG(text)), r->arena) : text;
}

/* What one result says against its record. */
static struct refused refusal(struct reading *r, const struct json *result, struct str word)
{
	const struct contract_items *items = &r->contract->wire.items;
	struct str none = { 0 }, code = json_text(json_path(result, items->code), none);
	struct str message = json_text(json_path(result, items->message), none);
	struct refused out = { .target = r->contract->target, .origin = r->file, .record = r->body->records };
	out.code = code.n ? retry_text(code, r->arena) : STR("refused");
	if (message.n)
		out.message = retry_text(message, r->arena);
	else if (word.n)
		out.message = retry_text(arena_printf(r->arena, "\"%.*s\" is \"%.*s\"", STR_ARG(items->ok.path), STR_ARG(word)),
			r->arena);
	else
		out.message = STR("refused without a reason");
	return out;
}

static void take_result(struct reading *r, const struct key_index *x, const struct json *result)
{
	const struct contract_items *items = &r->contract->wire.items;
	struct str key = json_text(json_path(result, items->key), (struct str){ 0 }), word = { 0 };
	bool yes = items->ok.path.n && retry_says_yes(&items->ok, result, &word);
	size_t record = key.n ? key_index_find(x, key) : r->body->records;
	if (record == r->body->records) {
		warn(r, arena_printf(r->arena, "the reply tells of \"%.*s\", which is not in the request",
			STR_ARG(retry_text(key, r->arena))));
		if (!yes && r->nameless_count < r->body->records)
			r->nameless[r->nameless_count++] = refusal(r, result, word);
	} else if (yes) {
		r->told[record] = true;
	} else if (!r->out->is_refused[record]) {
		r->out->is_refused[record] = true;
		r->refused[record] = refusal(r, result, word);
		r->refused[record].key = r->body->keys[record];
		r->refused[record].origin = r->body->origins[record];
		r->refused[record].record = record;
	}
}

void items_judge(const struct contract *c, const struct json *reply, const struct payload_body *body, struct str file,
	struct arena *arena, struct poll_verdict *out)
{
	const struct contract_items *items = &c->wire.items;
	struct reading r = { .contract = c, .body = body, .file = file, .arena = arena, .out = out };
	struct key_index x;
	*out = (struct poll_verdict){ .certain = true };
	out->refused = ARENA_ARRAY(arena, body->records, struct refused);
	out->is_refused = ARENA_ARRAY(arena, body->records, bool);
	r.refused = ARENA_ARRAY(arena, body->records, struct refused);
	r.told = ARENA_ARRAY(arena, body->records, bool);
	r.nameless = ARENA_ARRAY(arena, body->records, struct refused);
	key_index_make(&x, body, arena);
	for (const struct json *result = json_path(reply, items->list)->child; result; result = result->next)
		take_result(&r, &x, result);
	for (size_t i = 0; i < body->records; i++) {
		if (items->ok.path.n && !r.told[i] && !out->is_refused[i]) {
			r.refused[i] = (struct refused){ c->target, body->keys[i], body->origins[i], STR(NO_RESULT_CODE),
				STR("the reply gives no result for it: whether it was accepted is not known"), { 0 }, i };
			out->is_refused[i] = true;
		}
		if (out->is_refused[i])
			out->refused[out->count++] = r.refused[i];
	}
	/* Where every result is a refusal, one of a record that is not here was of one that is. */
	for (size_t i = 0; !items->ok.path.n && i < r.nameless_count && out->count < body->records; i++) {
		out->refused[out->count++] = r.nameless[i];
		out->certain = false;
	}
}
