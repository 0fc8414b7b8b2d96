/* Files of lines: each line is a request. The lines of a parcel go out together, as many at once as the connection
 * allows; a parcel has ended when each of its lines has an outcome, and only then comes the next one.
 */
#include <stdio.h>

#include "qonduit/log.h"
#include "deliver_parts.h"

struct line {
	struct errand errand; /* first */
	bool doubt;           /* it was sent, and whether it was taken is not known */
};

static bool is_over(struct courier *c)
{
	return ((const struct lines *)c)->exhausted;
}

static void count(struct courier *c, struct deliver_state *s)
{
	const struct lines *l = (const struct lines *)c;
	s->parcels = s->records = l->before.records;
	s->accepted = l->before.accepted + l->accepted;
	s->refused = l->before.refused + l->refused;
	s->sent = s->ended = s->accepted + s->refused;
}

static size_t number_of(const struct lines *l, const struct line *line)
{
	return (size_t)(line - l->all);
}

/* How a record is called in sentences: by its key, and where it came from. */
static struct str name_of(struct lines *l, const struct line *line)
{
	size_t i = number_of(l, line);
	struct str key = l->body.keys[i].n ? l->body.keys[i] : STR("a record");
	return retry_text(arena_printf(&l->scratch, "%.*s (%.*s)", STR_ARG(key), STR_ARG(l->body.origins[i])), &l->scratch);
}

/* ---- a parcel's end ---- */

static void refuse(struct lines *l, struct line *line, struct str code, struct str message, struct str field)
{
	size_t i = number_of(l, line);
	l->refusals[l->refusal_count++] = (struct refused){ l->parcel.target, l->body.keys[i], l->body.origins[i],
		arena_copy(&l->arena, code), arena_copy(&l->arena, message), arena_copy(&l->arena, field), i };
	log_line(LOG_LEVEL_DEBUG, "refused", "%.*s: %.*s", STR_ARG(name_of(l, line)), STR_ARG(message));
	l->known[i] = true;
	l->ended++;
	l->refused++;
}

static void accept(struct lines *l, struct line *line)
{
	size_t i = number_of(l, line);
	l->except[i] = false;
	l->known[i] = true;
	l->ended++;
	l->accepted++;
}

/* What is accepted is known as such only once the run knows it too. */
static int note_accepted(struct lines *l)
{
	struct courier *c = &l->c;
	if (l->doubts && run_add_doubts(c->d->run, l->doubts, c->e) != 0)
		return -1;
	l->doubts = 0;
	return accepted_add(c->accepted, &l->body, l->except, run_id(c->d->run), c->e);
}

static int end_parcel(struct lines *l)
{
	struct courier *c = &l->c;
	bool none = l->parcel.accepted == 0 && l->parcel.refused + l->refusal_count == l->parcel.part.records;
	int rc = run_outcome(c->d->run, &l->parcel, none ? PARCEL_REFUSED : PARCEL_DONE, l->refusals, l->refusal_count,
		c->e);
	if (rc == 0)
		rc = note_accepted(l);
	l->parcel = (struct parcel){ .id = l->parcel.id };
	return rc;
}

int lines_leave(struct lines *l)
{
	struct courier *c = &l->c;
	struct err *first = c->e;
	uint64_t accepted = 0;
	bool doubt = false;
	if (l->parcel.part.records == 0 || l->parcel.state != PARCEL_SENDING)
		return 0;
	for (size_t i = 0; i < l->body.records; i++) {
		accepted += !l->except[i];
		doubt = doubt || (!l->known[i] && l->all[i].doubt);
	}
	c->late = (struct err){ 0 };
	if (first->class != ERR_NONE)
		c->e = &c->late; /* the first failure is the one that is told */
	struct str known = { (const char *)l->known, l->body.records };
	int rc = run_part_outcome(c->d->run, &l->parcel, doubt, accepted, known, l->refusals, l->refusal_count, c->e);
	if (rc == 0)
		rc = note_accepted(l);
	if (c->late.class != ERR_NONE)
		log_err(&c->late);
	c->e = first;
	return rc;
}

/* ---- a parcel's beginning ---- */

static int read_lines(struct lines *l)
{
	const struct deliver *d = l->c.d;
	struct err failed = { 0 };
	if (payload_read_lines(run_spool(d->run), &l->parcel.file, &l->parcel.part, d->contract, &l->arena, &l->body,
	    &failed) == 0)
		return 0;
	return err_set(l->c.e, ERR_DELIVERY, "spool.changed", "the spool of run %s is not what it was: %.*s: %s",
		run_id(d->run), STR_ARG(l->parcel.file.name), failed.message);
}

static void set_out(struct lines *l)
{
	size_t n = l->body.records;
	l->all = ARENA_ARRAY(&l->arena, n, struct line);
	l->waiting = ARENA_ARRAY(&l->arena, n, struct line *);
	l->refusals = ARENA_ARRAY(&l->arena, n, struct refused);
	l->known = ARENA_ARRAY(&l->arena, n, bool);
	l->except = ARENA_ARRAY(&l->arena, n, bool);
	l->next = l->ended = l->left = l->waiting_count = l->refusal_count = 0;
	for (size_t i = 0; i < n; i++) {
		l->known[i] = i < l->parcel.ended.n && l->parcel.ended.p[i];
		l->ended += l->known[i];
		l->except[i] = true;
	}
}

/* Of a contract that is not idempotent: nothing of it is sent again. */
static int refuse_doubts(struct lines *l)
{
	struct str message = deliver_in_doubt(STR("the program ended while it was under way"), &l->scratch);
	for (size_t i = 0; i < l->body.records; i++) {
		if (!l->known[i])
			refuse(l, &l->all[i], STR(LEDGER_IN_DOUBT), message, (struct str){ 0 });
	}
	log_line(LOG_LEVEL_WARNING, "in_doubt", "%.*s: %.*s", STR_ARG(name_of(l, l->all)), STR_ARG(message));
	return end_parcel(l);
}

/* Intent on disk; then its lines may go. */
static int set_off(struct lines *l)
{
	struct courier *c = &l->c;
	const struct parcel *p = &l->parcel;
	uint64_t again = p->state == PARCEL_DOUBT ? l->body.records - l->ended : 0;
	if (again)
		log_line(LOG_LEVEL_WARNING, "in_doubt",
			"lines %llu to %llu of %.*s are in doubt and are sent again: records are kept by their %.*s",
			(unsigned long long)p->part.first + 1, (unsigned long long)(p->part.first + p->part.records),
			STR_ARG(p->file.name), STR_ARG(c->d->contract->key));
	c->out->doubts += again;
	if (accepted_drop(c->accepted, &l->body, l->known, c->e) != 0)
		return -1;
	return run_intent(c->d->run, &l->parcel, again, c->e);
}

static int next_parcel(struct lines *l)
{
	struct courier *c = &l->c;
	int64_t after = l->parcel.id;
	arena_clear(&l->arena);
	l->parcel = (struct parcel){ .id = after };
	int rc = run_next_parcel(c->d->run, c->d->contract->target, after, &l->arena, &l->parcel, c->e);
	if (rc <= 0) {
		l->exhausted = rc == 0;
		return rc;
	}
	if (read_lines(l) != 0)
		return -1;
	set_out(l);
	bool doubt = l->parcel.state == PARCEL_DOUBT;
	return doubt && !c->wire->idempotent ? refuse_doubts(l) : set_off(l);
}

/* ---- sending ---- */

/* The one that may go first: one whose pause is over, else one that was never sent, else the one whose pause ends
 * first. Null where all are under way. In trouble one that was never sent tells more. */
static struct line **choose(struct lines *l, struct line **fresh)
{
	struct line **first = NULL;
	for (size_t i = 0; i < l->waiting_count; i++) {
		if (!first || l->waiting[i]->errand.next_ms < (*first)->errand.next_ms)
			first = &l->waiting[i];
	}
	if (first && !l->c.failures && (*first)->errand.next_ms <= courier_mono(&l->c))
		return first;
	while (l->next < l->body.records && l->known[l->next])
		l->next++;
	if (l->next == l->body.records)
		return first;
	*fresh = &l->all[l->next];
	return fresh;
}

static int send_line(struct lines *l, struct line *line, uint64_t slot)
{
	struct courier *c = &l->c;
	struct flight *f = courier_free_flight(c);
	c->out->doubts += line->doubt;
	l->doubts += line->doubt;
	line->doubt = false;
	f->x.request = (struct request){ l->method, l->url, l->body.texts[number_of(l, line)] };
	return courier_launch(c, f, &line->errand, false, slot);
}

static int start(struct courier *c, int64_t *wait_ms, enum deliver_wait *why)
{
	struct lines *l = (struct lines *)c;
	struct line *fresh, **at;
	uint64_t slot;
	if (l->parcel.part.records == 0) {
		*wait_ms = 0;
		return next_parcel(l);
	}
	if (!courier_free_flight(c) || !(at = choose(l, &fresh)))
		return 0;
	struct rate_request q = { .path = c->wire->path };
	struct line *line = *at;
	if (courier_take_slot(c, line->errand.next_ms, DELIVER_WAITS_RETRY, &q, &slot, wait_ms, why) != 0)
		return -1;
	if (slot == 0)
		return 0;
	*wait_ms = 0;
	if (at == &fresh)
		l->next++;
	else
		*at = l->waiting[--l->waiting_count];
	return send_line(l, line, slot);
}

/* ---- what became of it ---- */

/* It is not the system's fault alone: others are answered. */
static int give_up(struct lines *l, struct line *line, const struct judgement *j)
{
	struct str name = name_of(l, line);
	if (courier_give_up(&l->c, &line->errand, name, j) != 0)
		return -1;
	l->left++;
	if (l->given_up++ == 0)
		l->why_given_up = arena_printf(&l->c.arena, "%.*s: sending it failed %u times, the last time with: %.*s",
			STR_ARG(name), line->errand.tries, STR_ARG(j->message));
	return 0;
}

/* The first failure after an answer holds up its own line only; where another one follows, the system has trouble, and
 * nothing goes. */
static int try_again(struct lines *l, struct line *line, const struct judgement *j)
{
	struct courier *c = &l->c;
	bool all = j->throttled || j->wait_ms || c->failures;
	line->doubt = j->verdict == VERDICT_UNKNOWN;
	if (line->errand.tries >= c->d->connection->retries && !j->throttled && !j->wait_ms)
		return give_up(l, line, j);
	if (courier_again(c, &line->errand, name_of(l, line), "sending it", all, j) != 0)
		return -1;
	l->waiting[l->waiting_count++] = line;
	return 0;
}

static int take_outcome(struct lines *l, struct flight *f, const struct judgement *j)
{
	struct courier *c = &l->c;
	struct line *line = (struct line *)f->errand;
	struct str none = { 0 };
	switch (j->verdict) {
	case VERDICT_DONE:
		courier_answered(c);
		accept(l, line);
		return 0;
	case VERDICT_REFUSED:
		courier_answered(c);
		refuse(l, line, str_of(j->code), j->text.n ? j->text : j->message, j->field);
		return 0;
	case VERDICT_UNKNOWN:
		if (!c->wire->idempotent) {
			refuse(l, line, STR(LEDGER_IN_DOUBT), deliver_in_doubt(j->message, &l->scratch), none);
			return courier_in_doubt(c, name_of(l, line), j);
		}
		return try_again(l, line, j);
	case VERDICT_AGAIN:
		return try_again(l, line, j);
	default:
		if (courier_stop(c, f, name_of(l, line), j) != 0)
			return -1;
		l->waiting[l->waiting_count++] = line;
		return 0;
	}
}

static int ended(struct courier *c, struct flight *f)
{
	struct lines *l = (struct lines *)c;
	struct judgement j;
	arena_clear(&l->scratch);
	retry_judge_upload(c->d->contract, &f->x, courier_wall(c), &l->scratch, &j);
	int rc = take_outcome(l, f, &j);
	if (l->ended == l->body.records)
		return end_parcel(l) == 0 ? rc : -1;
	if (rc != 0 || l->ended + l->left < l->body.records)
		return rc;
	rc = lines_leave(l); /* what was given up is for the next time */
	l->parcel = (struct parcel){ .id = l->parcel.id };
	return rc;
}

static void abandoned(struct courier *c, struct flight *f)
{
	((struct line *)f->errand)->doubt = true;
}

int lines_open(struct lines *l, const struct deliver *d, struct accepted *accepted, struct deliver_result *out,
	struct err *e)
{
	static const struct cargo cargo = { start, ended, abandoned, is_over, count };
	courier_open(&l->c, &cargo, d, accepted, out, e);
	if (run_totals(d->run, d->contract->target, &l->before, e) != 0)
		return -1;
	l->exhausted = l->before.ended == l->before.parcels;
	l->method = arena_copy(&l->c.arena, l->c.wire->method).p;
	l->url = connection_url(d->connection, l->c.wire->path, NULL, &l->c.arena);
	return 0;
}

int lines_check(struct lines *l)
{
	if (l->given_up == 0)
		return 0;
	char others[64] = "; it stays to be sent";
	if (l->given_up > 1)
		snprintf(others, sizeof others, "; it and %llu others stay to be sent", (unsigned long long)l->given_up - 1);
	return err_set(l->c.e, ERR_DELIVERY, "delivery.tries", "%.*s%s", STR_ARG(l->why_given_up), others);
}

void lines_close(struct lines *l)
{
	arena_release(&l->arena);
	arena_release(&l->scratch);
	courier_close(&l->c);
}
