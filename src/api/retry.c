#include "qonduit/retry.h"

#include <stdio.h>

#include "qonduit/log.h"

#define DAY_MS ((int64_t)86400 * 1000)
#define SHOWN_OF_BODY 60        /* bytes of a reply that says nothing */
#define LOOKED_AT ((size_t)64 << 10) /* bytes of a text of which some are shown */

/* ---- text ---- */

/* At most `most` bytes of what `text` looks like once secrets are masked and control bytes made visible. */
static struct str shown_text(struct str text, size_t most, struct arena *arena)
{
	struct buf masked = { 0 }, shown = { 0 };
	log_mask(str_head(text, LOOKED_AT), &masked);
	buf_add_visible(&shown, buf_str(&masked));
	size_t n = shown.n;
	if (n > most) {
		n = most - 3;
		while (n && ((unsigned char)shown.p[n] & 0xc0) == 0x80)
			n--;
	}
	struct str out = arena_concat(arena, (struct str){ shown.p, n }, n < shown.n ? STR("…") : STR(""));
	buf_release(&masked);
	buf_release(&shown);
	return out;
}

struct str retry_text(struct str text, struct arena *arena)
{
	return shown_text(text, RETRY_TEXT_MAX, arena);
}

/* ---- time ---- */

static int64_t days_from_civil(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool take_number(struct str *s, size_t digits, int *out)
{
	int value = 0;
	if (s->n < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		value = value * 10 + (s->p[i] - '0');
	}
	*s = str_from(*s, digits);
	*out = value;
	return true;
}

static bool take_text(struct str *s, struct str text)
{
	if (!str_starts(*s, text))
		return false;
	*s = str_from(*s, text.n);
	return true;
}

static bool take_month(struct str *s, int *out)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	for (int i = 0; i < 12; i++) {
		if (take_text(s, (struct str){ months + (size_t)i * 3, 3 })) {
			*out = i + 1;
			return true;
		}
	}
	return false;
}

/* Short name, or the whole one where `whole`. */
static bool take_weekday(struct str *s, bool whole)
{
	static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };
	for (size_t i = 0; i < 7; i++) {
		if (take_text(s, whole ? str_of(days[i]) : str_head(str_of(days[i]), 3)))
			return true;
	}
	return false;
}

static bool take_time(struct str *s, int *seconds)
{
	int hour, minute, second;
	if (!take_number(s, 2, &hour) || !take_text(s, STR(":")) || !take_number(s, 2, &minute) ||
	    !take_text(s, STR(":")) || !take_number(s, 2, &second) || hour > 23 || minute > 59 || second > 60)
		return false;
	*seconds = (hour * 60 + minute) * 60 + second;
	return true;
}

struct http_time {
	int year, month, day, seconds;
};

static bool read_fixdate(struct str s, struct http_time *t)
{
	return take_weekday(&s, false) && take_text(&s, STR(", ")) && take_number(&s, 2, &t->day) &&
		take_text(&s, STR(" ")) && take_month(&s, &t->month) && take_text(&s, STR(" ")) &&
		take_number(&s, 4, &t->year) && take_text(&s, STR(" ")) && take_time(&s, &t->seconds) &&
		str_eq(s, STR(" GMT"));
}

static bool read_rfc850(struct str s, int64_t now_ms, struct http_time *t)
{
	int short_year;
	if (!take_weekday(&s, true) || !take_text(&s, STR(", ")) || !take_number(&s, 2, &t->day) ||
	    !take_text(&s, STR("-")) || !take_month(&s, &t->month) || !take_text(&s, STR("-")) ||
	    !take_number(&s, 2, &short_year) || !take_text(&s, STR(" ")) || !take_time(&s, &t->seconds) ||
	    !str_eq(s, STR(" GMT")))
		return false;
	int this_year = 1970 + (int)(now_ms * 4 / (DAY_MS * 1461));
	t->year = this_year - this_year % 100 + short_year;
	if (t->year > this_year + 50) /* such a year is the latest past one with these digits */
		t->year -= 100;
	return true;
}

static bool read_asctime(struct str s, struct http_time *t)
{
	if (!take_weekday(&s, false) || !take_text(&s, STR(" ")) || !take_month(&s, &t->month) || !take_text(&s, STR(" ")))
		return false;
	if (!(take_text(&s, STR(" ")) ? take_number(&s, 1, &t->day) : take_number(&s, 2, &t->day)))
		return false;
	return take_text(&s, STR(" ")) && take_time(&s, &t->seconds) && take_text(&s, STR(" ")) &&
		take_number(&s, 4, &t->year) && s.n == 0;
}

bool retry_http_date(struct str text, int64_t now_ms, int64_t *out)
{
	struct http_time t = { 0 };
	if (!read_fixdate(text, &t) && !read_rfc850(text, now_ms, &t) && !read_asctime(text, &t))
		return false;
	if (t.day < 1 || t.day > 31)
		return false;
	*out = days_from_civil(t.year, t.month, t.day) * DAY_MS + (int64_t)t.seconds * 1000;
	return true;
}

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
	else if (retry_http_date(text, now_ms, &date))
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
	out->wait_ms = retry_after(x->retry_after,
		retry_http_date(str_of(x->date), now_ms, &server_ms) ? server_ms : now_ms);
	struct str none = { 0 }, code = json_text(json_path(out->body, w->code), none);
	struct str text = json_text(json_path(out->body, w->message), none);
	char status_code[32];
	snprintf(status_code, sizeof status_code, "http.%d", x->status);
	set_code(out, code.n ? retry_text(code, arena) : str_of(status_code));
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

/* A reply with a status of success whose body must say yes too, and does not: it says no, or nothing. */
static void judge_other_word(const struct contract *c, const struct exchange *x, struct str word,
	struct judgement *out, struct arena *arena)
{
	const struct contract_wire *w = &c->wire;
	struct retry_words words = { w->error_code, w->error_message };
	bool coded = has_code(&words, out);
	if (word.n == 0 && !coded && out->text.n == 0) {
		char expected[160];
		snprintf(expected, sizeof expected, "JSON with \"%.*s\"", STR_ARG(w->ok.path));
		unreadable(out, x, expected, arena);
		return;
	}
	out->verdict = VERDICT_REFUSED;
	if (!coded)
		set_code(out, STR("reply.no"));
	if (w->error_fields)
		read_field_messages(&words, c, out, arena);
	if (out->text.n == 0)
		out->text = retry_text(arena_printf(arena, "\"%.*s\" is \"%.*s\", expected \"%.*s\"", STR_ARG(w->ok.path),
			STR_ARG(word), STR_ARG(w->ok.words[0])), arena);
	say_what_came(x, coded, out, arena);
	if (coded && among(w->stop_codes, str_of(out->code)))
		stop(out, ERR_CREDENTIALS);
}

/* A reply with a status of success. */
static void judge_success(const struct contract *c, const struct exchange *x, struct judgement *out,
	struct arena *arena)
{
	const struct contract_wire *w = &c->wire;
	struct str word, none = { 0 };
	char expected[160];
	out->verdict = VERDICT_DONE;
	if (w->ok.path.n && !retry_says_yes(&w->ok, out->body, &word)) {
		judge_other_word(c, x, word, out, arena);
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
