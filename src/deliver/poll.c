#include "qonduit/poll.h"

#include <stdio.h>

#include "qonduit/retry.h"
#include "key_index.h"

#define UNNAMED_CODE "unnamed"

static bool among(const struct str *words, struct str word)
{
	for (; words && words->p; words++) {
		if (str_eq_nocase(*words, word))
			return true;
	}
	return false;
}

/* A count that the reply gives as a number or as its text; false where it gives none. */
static bool read_count(const struct json *body, struct str path, uint64_t *out)
{
	*out = 0;
	return path.n && str_to_u64(json_text(json_path(body, path), (struct str){ 0 }), out);
}

void poll_read(const struct contract_job *job, const struct json *body, struct poll_answer *out)
{
	*out = (struct poll_answer){ .end = POLL_RUNNING, .known_word = true };
	out->word = json_text(json_path(body, job->state), (struct str){ 0 });
	if (among(job->done, out->word))
		out->end = POLL_COMPLETED;
	else if (among(job->failed, out->word))
		out->end = POLL_FAILED;
	else
		out->known_word = among(job->running, out->word);
	read_count(body, job->total, &out->total);
	read_count(body, job->processed, &out->processed);
}

int64_t poll_left(const struct poll_answer *a, int64_t age_ms)
{
	if (!a->processed || a->processed >= a->total || age_ms <= 0)
		return -1;
	uint64_t begun = a->processed + 1;
	unsigned __int128 left = (unsigned __int128)age_ms * (a->total - begun) / begun;
	return left > INT64_MAX ? INT64_MAX : (int64_t)left;
}

int64_t poll_pause(uint32_t polls, int64_t first_ms, int64_t most_ms, const struct poll_answer *a, int64_t age_ms)
{
	int64_t pause = first_ms, left = a ? poll_left(a, age_ms) : -1;
	for (uint32_t i = 0; i < polls && pause < most_ms; i++)
		pause += pause / 2 + 1;
	if (left >= 0)
		pause = left > age_ms / 8 ? left : age_ms / 8;
	return pause < first_ms ? first_ms : pause > most_ms ? most_ms : pause;
}

/* ---- the end of a job ---- */

struct judging {
	const struct contract *contract;
	const struct payload_body *body;
	struct str file, code;
	struct arena *arena;
	struct poll_verdict *out;
	struct str *messages;  /* of each record; "" where it is not refused */
	struct str *nameless;  /* messages of errors that name nobody */
	size_t nameless_count, named;
};

static struct str joined(struct str so_far, struct str more, struct arena *arena)
{
	if (so_far.n == 0)
		return more;
	if (str_find(so_far, more) >= 0)
		return so_far;
	return retry_text(arena_printf(arena, "%.*s; %.*s", STR_ARG(so_far), STR_ARG(more)), arena);
}

static void take_error(struct judging *g, const struct key_index *x, const struct json *error)
{
	const struct contract_job *job = &g->contract->wire.job;
	struct str none = { 0 };
	struct str key = json_text(json_path(error, job->error_key), none);
	struct str text = retry_sentences(json_path(error, job->error_message), g->arena);
	uint64_t line = 0;
	bool has_line = read_count(error, job->error_line, &line);
	if (text.n == 0 && error->kind == JSON_STRING)
		text = retry_text(error->text, g->arena);
	struct str message = text.n ? text : STR("refused without a reason");
	size_t record = key.n ? key_index_find(x, key) : g->body->records;
	if (record == g->body->records && key.n == 0 && has_line && line >= 1 && line <= g->body->records &&
		g->contract->key.n) {
		record = line - 1; /* only a hint: where lines are counted from is not documented */
		message = arena_printf(g->arena, "%.*s (told by its line, %llu)", STR_ARG(message), (unsigned long long)line);
		g->out->certain = false;
	}
	if (record < g->body->records) {
		g->named += !g->out->is_refused[record];
		g->out->is_refused[record] = true;
		g->messages[record] = joined(g->messages[record], message, g->arena);
		return;
	}
	if (key.n)
		message = arena_printf(g->arena, "%.*s (of %.*s, which is not in this file)", STR_ARG(message),
			STR_ARG(retry_text(key, g->arena)));
	if (g->nameless_count < g->body->records)
		g->nameless[g->nameless_count++] = message;
	g->out->certain = false;
}

static void add_refused(
	struct judging *g, size_t record, struct str key, struct str origin, struct str code, struct str message)
{
	g->out->refused[g->out->count++] = (struct refused){ .target = g->contract->target, .key = key, .origin = origin,
		.code = code, .message = message, .record = record };
}

static void warn(struct judging *g, struct str text)
{
	g->out->warning = g->out->warning.n
		? arena_printf(g->arena, "%.*s; %.*s", STR_ARG(g->out->warning), STR_ARG(text)) : text;
}

/* A count of the answer; what stands there and is none is told. */
static bool take_count(struct judging *g, const struct json *answer, struct str path, uint64_t *out)
{
	const struct json *j = path.n ? json_path(answer, path) : NULL;
	if (read_count(answer, path, out))
		return true;
	if (j && j->kind != JSON_NULL)
		warn(g, arena_printf(g->arena, "the job gives %s as \"%.*s\", expected a whole number",
			j->kind == JSON_NUMBER ? j->text.p : json_kind_name(j), STR_ARG(path)));
	return false;
}

/* How many records must count as refused: all that are named, and as many as the server's numbers say at least. */
static size_t count_refused(struct judging *g, const struct json *answer)
{
	const struct contract_job *job = &g->contract->wire.job;
	uint64_t total, processed, successes, failures, records = g->body->records, refused = g->named;
	bool has_total = take_count(g, answer, job->total, &total);
	bool has_processed = take_count(g, answer, job->processed, &processed);
	bool has_successes = take_count(g, answer, job->successes, &successes);
	bool has_failures = take_count(g, answer, job->failures, &failures);
	const struct json *errors = job->errors.n ? json_path(answer, job->errors) : NULL;
	unsigned long long n = records;
	if (has_total && total != records)
		warn(g, arena_printf(g->arena, "the job counts %llu records in all, %llu were sent",
			(unsigned long long)total, n));
	if (has_processed && processed != (has_total ? total : records))
		warn(g, arena_printf(g->arena, "the job has ended and counts %llu records as processed, %llu were sent",
			(unsigned long long)processed, n));
	if (has_successes && has_failures && successes + failures != records)
		warn(g, arena_printf(g->arena, "the job counts %llu successes and %llu failures, %llu were sent",
			(unsigned long long)successes, (unsigned long long)failures, n));
	if (has_failures && failures < g->named)
		warn(g, arena_printf(g->arena, "the job counts %llu failures and names %zu", (unsigned long long)failures,
			g->named));
	if (has_failures && failures > refused)
		refused = failures;
	if (has_successes && successes < records && records - successes > refused)
		refused = records - successes;
	if (!has_failures && !has_successes && g->named + g->nameless_count > refused)
		refused = g->named + g->nameless_count;
	if (errors && errors->kind != JSON_ARRAY && errors->kind != JSON_NULL)
		warn(g, arena_printf(g->arena, "the job gives %s as its errors, expected a list", json_kind_name(errors)));
	if (refused < g->named + g->nameless_count)
		warn(g, arena_printf(g->arena,
			"the job tells %zu errors that name no record of it and counts no failure for them", g->nameless_count));
	return refused > records ? records : refused;
}

/* The records that nobody named, on the parcel's file. */
static void add_nameless(struct judging *g, size_t refused)
{
	struct str code = g->nameless_count ? g->code : STR(UNNAMED_CODE);
	for (size_t i = 0; g->out->count < refused; i++) {
		struct str message = i < g->nameless_count ? g->nameless[i]
			: g->nameless_count ? g->nameless[g->nameless_count - 1]
			: STR("the job counts a failure and does not say of which record");
		add_refused(g, g->body->records, (struct str){ 0 }, g->file, i < g->nameless_count ? code : STR(UNNAMED_CODE), message);
		g->out->certain = false;
	}
}

void poll_judge(const struct contract *c, const struct json *body, enum poll_end end, const struct payload_body *parcel,
	struct str file, struct arena *arena, struct poll_verdict *out)
{
	struct judging g = { .contract = c, .body = parcel, .file = file, .arena = arena, .out = out };
	struct key_index x;
	g.code = end == POLL_FAILED ? STR("job_failed") : STR("import_error");
	*out = (struct poll_verdict){ .certain = true };
	out->refused = ARENA_ARRAY(arena, parcel->records, struct refused);
	out->is_refused = ARENA_ARRAY(arena, parcel->records, bool);
	g.messages = ARENA_ARRAY(arena, parcel->records, struct str);
	g.nameless = ARENA_ARRAY(arena, parcel->records, struct str);
	key_index_make(&x, parcel, arena);
	const struct json *errors = json_path(body, c->wire.job.errors);
	for (const struct json *error = json_is(errors, JSON_ARRAY) ? errors->child : NULL; error; error = error->next)
		take_error(&g, &x, error);
	size_t refused = parcel->records;
	struct str reason = g.nameless_count ? g.nameless[0] : STR("the job failed as a whole");
	if (end == POLL_COMPLETED)
		refused = count_refused(&g, body);
	for (size_t i = 0; i < parcel->records; i++) {
		if (out->is_refused[i] || end == POLL_FAILED)
			add_refused(&g, i, parcel->keys[i], parcel->origins[i], g.code, out->is_refused[i] ? g.messages[i] : reason);
		out->is_refused[i] = out->is_refused[i] || end == POLL_FAILED;
	}
	add_nameless(&g, refused);
}
