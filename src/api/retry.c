#include "qonduit/retry.h"

#include <stdio.h>

#include "qonduit/http_date.h"
#include "qonduit/log.h"
#include "qonduit/utf8.h"

#define SHOWN_OF_BODY 60        /* bytes of a reply that says nothing */
#define LOOKED_AT ((size_t)64 << 10) /* bytes of a text of which some are shown */

/* ---- text ---- */

/* At most `most` bytes of what `text` looks like once secrets are masked and control bytes made visible. */
static struct str shown_text(struct str text, size_t most, struct arena *arena)
{
	struct buf masked = { 0 }, shown = { 0 };
	log_mask(str_head(text, LOOKED_AT), &masked);
	buf_add_visible(&shown, buf_str(&masked));
	struct str head = shown.n > most ? utf8_head(buf_str(&shown), most - STR("…").n) : buf_str(&shown);
	struct str out = arena_concat(arena, head, head.n < shown.n ? STR("…") : STR(""));
	buf_release(&masked);
	buf_release(&shown);
	return out;
}

struct str retry_text(struct str text, struct arena *arena)
{
	return shown_text(text, RETRY_TEXT_MAX, arena);
}

/* ---- time ---- */

int64_t retry_after(const char *header, int64_t now_ms)
{
	struct str text = str_trim(str_of(header));
	uint64_t seconds;
	int64_t date, wait;
	size_t digits = 0;
	while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
		digits++;
	if (digits && digits == text.n)
		wait = str_to_u64(text, &seconds) && seconds < RETRY_AFTER_MAX_MS / 1000
			? (int64_t)seconds * 1000 : RETRY_AFTER_MAX_MS;
	else if (http_date_parse(text, now_ms, &date))
		wait = date - now_ms;
	else
		return 0;
	return wait < 0 ? 0 : wait > RETRY_AFTER_MAX_MS ? RETRY_AFTER_MAX_MS : wait;
}

int64_t retry_backoff(uint32_t tried, int64_t first_ms, int64_t most_ms, uint32_t jitter, int64_t floor_ms)
{
	int64_t ceiling = first_ms;
	for (uint32_t i = 1; i < tried && ceiling < most_ms; i++)
		ceiling *= 2;
	if (ceiling > most_ms)
		ceiling = most_ms;
	int64_t wait = (int64_t)(((unsigned __int128)ceiling * ((uint64_t)jitter + 1)) >> 32);
	return wait > floor_ms ? wait : floor_ms;
}

/* ---- judging ---- */

static bool is_success(const struct contract_wire *w, int status)
{
	for (const struct json *s = w->success ? w->success->child : NULL; s; s = s->next) {
		int64_t value;
		if (json_to_i64(s, &value) && value == status)
			return true;
	}
	return false;
}

static bool among(const struct str *words, struct str word)
{
	for (; words && words->p; words++) {
		if (str_eq(*words, word))
			return true;
	}
	return false;
}

static bool refuses_records(int status)
{
	switch (status) {
	case 400: case 405: case 409: case 413: case 415: case 422:
		return true;
	default:
		return false;
	}
}

static void set_code(struct judgement *out, struct str code)
{
	snprintf(out->code, sizeof out->code, "%.*s", STR_ARG(code));
}

static void stop(struct judgement *out, enum err_class class)
{
	out->verdict = VERDICT_STOP;
	out->class = class;
}

/* A reply that says nothing about what was asked. */
static void unreadable(struct judgement *out, const struct exchange *x, const char *expected, struct arena *arena)
{
	struct str head = shown_text(buf_str(&x->body), SHOWN_OF_BODY, arena);
	out->verdict = VERDICT_UNKNOWN;
	set_code(out, STR("reply.unreadable"));
	out->message = x->body.n
		? arena_printf(arena, "reply %d with \"%.*s\", expected %s", x->status, STR_ARG(head), expected)
		: arena_printf(arena, "reply %d with nothing in it, expected %s", x->status, expected);
}

/* No reply, or one that is no success and means the same whatever was asked. False where it is left to the caller. */
static bool judge_failure(
	const struct str *stop_codes, const struct exchange *x, struct judgement *out, struct arena *arena)
{
	if (x->end != EXCHANGE_REPLY) {
		set_code(out, x->end == EXCHANGE_UNKNOWN ? STR("network.broken") : STR("network.failed"));
		out->message = retry_text(str_of(x->problem), arena);
		out->verdict = x->end == EXCHANGE_UNKNOWN ? VERDICT_UNKNOWN : VERDICT_AGAIN;
		if (x->end == EXCHANGE_REFUSED)
			stop(out, ERR_DELIVERY);
		return true;
	}
	int status = x->status;
	if (status >= 300 && status < 400) {
		struct str target = retry_text(str_of(x->location), arena);
		set_code(out, STR("http.redirect"));
		out->message = arena_printf(arena,
			"reply %d, a redirect to \"%.*s\", which is not followed: check the base address", status,
			STR_ARG(target));
		stop(out, ERR_DELIVERY);
	} else if (status == 401 || status == 403 || (status >= 400 && among(stop_codes, str_of(out->code)))) {
		stop(out, ERR_CREDENTIALS);
	} else if (status == 429 || status == 408 || status == 425 || status >= 500) {
		out->verdict = VERDICT_AGAIN;
		out->throttled = status == 429;
	} else {
		return false;
	}
	return true;
}

/* What stands in `j` as sentences: strings as they are, anything else as JSON. */
static void add_sentences(const struct json *j, struct buf *to)
{
	if (json_is(j, JSON_STRING)) {
		buf_add(to, j->text);
		return;
	}
	if (!json_is(j, JSON_ARRAY)) {
		json_print(j, to);
		return;
	}
	for (const struct json *m = j->child; m; m = m->next) {
		if (m->index)
			buf_addc(to, ' ');
		add_sentences(m, to);
	}
}

struct str retry_sentences(const struct json *j, struct arena *arena)
{
	struct buf text = { 0 };
	if (j && !json_is(j, JSON_NULL))
		add_sentences(j, &text);
	struct str shown = text.n ? retry_text(buf_str(&text), arena) : (struct str){ 0 };
	buf_release(&text);
	return shown;
}

/* A message, a list of them, or what stands in their place for a field that is an object. */
static bool holds_messages(const struct json *j)
{
	return json_is(j, JSON_STRING) || ((json_is(j, JSON_ARRAY) || json_is(j, JSON_OBJECT)) && j->count);
}

/* "price: A valid number is required.; detail: …": every member of an error body that holds messages, those that are
 * called like fields first. */
static void read_field_messages(const struct retry_words *w, const struct contract *c, struct judgement *out,
	struct arena *arena)
{
	struct buf text = { 0 };
	buf_add(&text, out->text);
	for (int pass = 0; pass < 2 && json_is(out->body, JSON_OBJECT); pass++) {
		for (const struct json *m = out->body->child; m; m = m->next) {
			const struct contract_field *field = c ? contract_field(c, m->key) : NULL;
			if ((field != NULL) != (pass == 0) || !holds_messages(m) || str_eq(m->key, w->code) ||
			    str_eq(m->key, w->message))
				continue;
			if (field && out->field.n == 0)
				out->field = field->name;
			if (text.n)
				buf_add(&text, STR("; "));
			buf_add(&text, m->key);
			buf_add(&text, STR(": "));
			add_sentences(m, &text);
		}
	}
	out->text = text.n ? retry_text(buf_str(&text), arena) : (struct str){ 0 };
	buf_release(&text);
}

/* What came, as a clause. */
static void say_what_came(const struct exchange *x, bool coded, struct judgement *out, struct arena *arena)
{
	struct str shown = out->text.n ? out->text : shown_text(buf_str(&x->body), SHOWN_OF_BODY, arena);
	out->message = arena_printf(arena, "%d%s%s%s%.*s", x->status, coded ? " " : "", coded ? out->code : "",
		shown.n ? ": " : "", STR_ARG(shown));
}

/* Status, code, text and body of a reply. */
static void read_words(const struct retry_words *w, const struct exchange *x, int64_t now_ms, struct arena *arena,
	struct judgement *out)
{
	*out = (struct judgement){ .verdict = VERDICT_STOP, .class = ERR_DELIVERY };
	if (x->end != EXCHANGE_REPLY)
		return;
	struct err ignored = { 0 };
	if (x->body.n)
		out->body = json_parse(arena_copy(arena, buf_str(&x->body)), "the reply", ERR_DELIVERY, arena, &ignored);
	int64_t server_ms;
	if (x->retry_after[0])
		out->wait_ms = retry_after(x->retry_after,
			http_date_parse(str_of(x->date), now_ms, &server_ms) ? server_ms : now_ms);
	struct str none = { 0 }, code = json_text(json_path(out->body, w->code), none);
	struct str text = json_text(json_path(out->body, w->message), none);
	if (code.n)
		set_code(out, retry_text(code, arena));
	else
		snprintf(out->code, sizeof out->code, "http.%d", x->status);
	out->text = text.n ? retry_text(text, arena) : none;
	if (x->status >= 300) /* of a success there is nothing to say yet */
		say_what_came(x, code.n > 0, out, arena);
}

static bool has_code(const struct retry_words *w, const struct judgement *j)
{
	return json_text(json_path(j->body, w->code), (struct str){ 0 }).n > 0;
}

static void read_reply(const struct contract *c, const struct exchange *x, int64_t now_ms, struct arena *arena,
	struct judgement *out)
{
	struct retry_words words = { c->wire.error_code, c->wire.error_message };
	read_words(&words, x, now_ms, arena, out);
	if (x->end != EXCHANGE_REPLY || !c->wire.error_fields || x->status < 400)
		return;
	read_field_messages(&words, c, out, arena);
	say_what_came(x, has_code(&words, out), out, arena);
}

void retry_judge_request(const struct retry_words *w, const struct exchange *x, int64_t now_ms, struct arena *arena,
	struct judgement *out)
{
	*out = (struct judgement){ .verdict = VERDICT_DONE };
	if (x->end == EXCHANGE_REPLY && x->status < 300)
		return;
	read_words(w, x, now_ms, arena, out);
	if (x->end == EXCHANGE_REPLY && x->status >= 400 && out->text.n == 0) {
		read_field_messages(w, NULL, out, arena);
		say_what_came(x, has_code(w, out), out, arena);
	}
	if (!judge_failure(NULL, x, out, arena))
		out->verdict = VERDICT_REFUSED;
}

bool retry_says_yes(const struct contract_word *w, const struct json *body, struct str *word)
{
	const struct json *j = json_path(body, w->path);
	*word = j && json_is_bool(j) ? str_of(json_kind_name(j)) : json_text(j, (struct str){ 0 });
	for (const struct str *yes = w->words; word->n && yes->p; yes++) {
		if (str_eq_nocase(*yes, *word))
			return true;
	}
	return false;
}

/* A reply with a status of success whose body lacks what must stand at `path`: it says no, or nothing. `word`: what
 * stands there in place of the word of "ok". */
static void judge_other_body(const struct contract *c, const struct exchange *x, struct str path, struct str word,
	struct judgement *out, struct arena *arena)
{
	const struct contract_wire *w = &c->wire;
	struct retry_words words = { w->error_code, w->error_message };
	bool coded = has_code(&words, out);
	bool said = json_is(out->body, JSON_OBJECT) && out->text.n;
	if (word.n == 0 && !coded && !said) {
		char expected[160];
		snprintf(expected, sizeof expected, "JSON with \"%.*s\"", STR_ARG(path));
		unreadable(out, x, expected, arena);
		return;
	}
	out->verdict = VERDICT_REFUSED;
	if (!coded)
		set_code(out, STR("reply.no"));
	if (w->error_fields)
		read_field_messages(&words, c, out, arena);
	if (out->text.n == 0 && word.n)
		out->text = retry_text(arena_printf(arena, "\"%.*s\" is \"%.*s\", expected \"%.*s\"", STR_ARG(path),
			STR_ARG(word), STR_ARG(w->ok.words[0])), arena);
	say_what_came(x, coded, out, arena);
	if (coded && among(w->stop_codes, str_of(out->code)))
		stop(out, ERR_CREDENTIALS);
}

/* The first path of the contract's "needs" that leads to nothing in the reply; "" where none does. */
static struct str missing_need(const struct contract_wire *w, const struct json *body)
{
	for (const struct str *need = w->needs; need && need->p; need++) {
		const struct json *j = json_path(body, *need);
		if (!j || json_is(j, JSON_NULL) || (json_is(j, JSON_STRING) && j->text.n == 0))
			return *need;
	}
	return (struct str){ 0 };
}

/* A reply with a status of success. */
static void judge_success(const struct contract *c, const struct exchange *x, struct judgement *out,
	struct arena *arena)
{
	const struct contract_wire *w = &c->wire;
	struct str word, none = { 0 }, missing = missing_need(w, out->body);
	char expected[160];
	out->verdict = VERDICT_DONE;
	if (w->ok.path.n && !retry_says_yes(&w->ok, out->body, &word)) {
		judge_other_body(c, x, w->ok.path, word, out, arena);
	} else if (missing.n) {
		judge_other_body(c, x, missing, none, out, arena);
	} else if (w->has_job) {
		out->job = json_text(json_path(out->body, w->job.id), none);
		snprintf(expected, sizeof expected, "JSON with \"%.*s\"", STR_ARG(w->job.id));
		if (out->job.n == 0)
			unreadable(out, x, expected, arena);
	} else if (w->has_items && !json_is(json_path(out->body, w->items.list), JSON_ARRAY)) {
		snprintf(expected, sizeof expected, "JSON with a list as \"%.*s\"", STR_ARG(w->items.list));
		unreadable(out, x, expected, arena);
	} else if (!out->body && x->body.n) {
		unreadable(out, x, "JSON or nothing", arena);
	}
}

void retry_judge_upload(const struct contract *c, const struct exchange *x, int64_t now_ms, struct arena *arena,
	struct judgement *out)
{
	const struct contract_wire *w = &c->wire;
	read_reply(c, x, now_ms, arena, out);
	if (judge_failure(w->stop_codes, x, out, arena)) {
		bool may_be_taken = out->verdict == VERDICT_AGAIN && x->end == EXCHANGE_REPLY && x->status >= 500 &&
			x->status != 503;
		if (may_be_taken && !w->idempotent)
			out->verdict = VERDICT_UNKNOWN;
	} else if (is_success(w, x->status) || (w->has_job && x->status < 300)) { /* a job is not begun a second time */
		judge_success(c, x, out, arena);
	} else if (x->status < 300) {
		unreadable(out, x, "another status", arena);
	} else if (refuses_records(x->status)) {
		out->verdict = VERDICT_REFUSED;
		out->too_large = x->status == 413;
	}
}

void retry_judge_poll(const struct contract *c, const struct exchange *x, struct str job, int64_t now_ms,
	struct arena *arena, struct judgement *out)
{
	const struct contract_wire *w = &c->wire;
	read_reply(c, x, now_ms, arena, out);
	if (judge_failure(w->stop_codes, x, out, arena))
		return;
	if (x->status == 404 && w->job.gone_code.n && str_eq(str_of(out->code), w->job.gone_code)) {
		out->verdict = VERDICT_GONE;
	} else if (x->status < 300) {
		struct str none = { 0 }, id = json_text(json_path(out->body, w->job.id), none);
		char expected[160];
		snprintf(expected, sizeof expected, "JSON with \"%.*s\" of job %.*s", STR_ARG(w->job.state), STR_ARG(job));
		out->verdict = VERDICT_DONE;
		if (x->status != 200 || json_text(json_path(out->body, w->job.state), none).n == 0 ||
		    (id.n && !str_eq(id, job)))
			unreadable(out, x, expected, arena);
	}
}
