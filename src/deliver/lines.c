/* Files of lines: each line is a request. The lines of a parcel go out together, as many at once as the connection
 * allows; a parcel has ended when each of its lines has an outcome, and only then comes the next one.
 */
#include <stdio.h>

#include "qonduit/log.h"
#include "deliver_parts.h"

#define NOTE_MS 2000 /* between two looks at what is known of a parcel under way */

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
	return (size_t)(line - l->load.all);
}

/* How a record is called in sentences: by its key, and where it came from. */
static struct str name_of(struct lines *l, const struct line *line)
{
	size_t i = number_of(l, line);
	struct str key = l->load.body.keys[i].n ? l->load.body.keys[i] : STR("a record");
	struct str name = arena_printf(&l->scratch, "%.*s (%.*s)", STR_ARG(key), STR_ARG(l->load.body.origins[i]));
	return retry_text(name, &l->scratch);
}

/* ---- a parcel's end ---- */

static void refuse(struct lines *l, struct line *line, struct str code, struct str message, struct str field)
{
	size_t i = number_of(l, line);
	struct load *of = &l->load;
	of->refusals[of->refusal_count++] = (struct refused){ of->parcel.target, of->body.keys[i], of->body.origins[i],
		arena_copy(&of->arena, code), arena_copy(&of->arena, message), arena_copy(&of->arena, field), i };
	log_line(LOG_LEVEL_DEBUG, "refused", "%.*s: %.*s", STR_ARG(name_of(l, line)), STR_ARG(message));
	l->load.known[i] = true;
	l->load.ended++;
	l->refused++;
}

static void accept(struct lines *l, struct line *line)
{
	size_t i = number_of(l, line);
	l->load.except[i] = false;
	l->load.known[i] = true;
	l->load.ended++;
	l->accepted++;
}

static int end_parcel(struct lines *l)
{
	int rc = clerk_end(l);
	l->load.parcel = (struct parcel){ .id = l->load.parcel.id };
	return rc;
}

/* What is known of some of its lines. */
static int put_part(struct lines *l, enum parcel_state state)
{
	struct courier *c = &l->c;
	struct load *of = &l->load;
	uint64_t accepted = 0;
	if (clerk_back(l) != 0)
		return -1;
	for (size_t i = 0; i < of->body.records; i++)
		accepted += !of->except[i];
	struct str known = { (const char *)of->known, of->body.records };
	int rc = run_part_outcome(c->d->run, &of->parcel, state, accepted, known, of->refusals, of->refusal_count, c->e);
	if (rc == 0 && of->doubts)
		rc = run_add_doubts(c->d->run, of->doubts, c->e);
	of->doubts = 0;
	if (rc == 0)
		rc = accepted_add(c->accepted, &of->body, of->except, run_id(c->d->run), c->e);
	of->refusal_count = 0;
	for (size_t i = 0; i < of->body.records; i++)
		of->except[i] = true;
	return rc;
}

/* Where its lines go slowly, a crash is to repeat few of them. */
static int note_progress(struct lines *l, int64_t now)
{
	if (now - l->noted_ms < NOTE_MS)
		return 0;
	l->noted_ms = now;
	return put_part(l, PARCEL_SENDING);
}

int lines_leave(struct lines *l)
{
	struct courier *c = &l->c;
	struct err *first = c->e;
	bool doubt = false;
	struct load *of = &l->load;
	c->late = (struct err){ 0 };
	if (first->class != ERR_NONE)
		c->e = &c->late; /* the first failure is the one that is told */
	int rc = clerk_back(l);
	bool within = of->parcel.part.records && of->parcel.state == PARCEL_SENDING;
	for (size_t i = 0; within && i < of->body.records; i++)
		doubt = doubt || (!of->known[i] && of->all[i].doubt);
	if (within && put_part(l, doubt ? PARCEL_DOUBT : PARCEL_PENDING) != 0)
		rc = -1;
	if (c->late.class != ERR_NONE)
		log_err(&c->late);
	c->e = first;
	return rc;
}

/* ---- a parcel's beginning ---- */

/* Of a contract that is not idempotent: nothing of it is sent again. */
static int refuse_doubts(struct lines *l)
{
	struct str message = deliver_in_doubt(STR("the program ended while it was under way"), &l->scratch);
	for (size_t i = 0; i < l->load.body.records; i++) {
		if (!l->load.known[i])
			refuse(l, &l->load.all[i], STR(LEDGER_IN_DOUBT), message, (struct str){ 0 });
	}
	log_line(LOG_LEVEL_WARNING, "in_doubt", "%.*s: %.*s", STR_ARG(name_of(l, l->load.all)), STR_ARG(message));
	return end_parcel(l);
}

/* How many of its lines are sent again though they may have been taken. */
static uint64_t tell_doubts(struct lines *l)
{
	struct courier *c = &l->c;
	const struct parcel *p = &l->load.parcel;
	uint64_t again = p->state == PARCEL_DOUBT ? l->load.body.records - l->load.ended : 0;
	if (again)
		log_line(LOG_LEVEL_WARNING, "in_doubt",
			"lines %llu to %llu of %.*s are in doubt and are sent again: records are kept by their %.*s",
			(unsigned long long)p->part.first + 1, (unsigned long long)(p->part.first + p->part.records),
			STR_ARG(p->file.name), STR_ARG(c->d->contract->key));
	c->out->doubts += again;
	return again;
}

static int next_parcel(struct lines *l)
{
	int rc = clerk_load(l);
	if (rc <= 0) {
		l->exhausted = rc == 0;
		return rc;
	}
	if (l->load.ended == l->load.body.records) /* the delivery stopped before it could be said of the parcel */
		return end_parcel(l);
	if (l->load.parcel.state == PARCEL_DOUBT && !l->c.wire->idempotent)
		return refuse_doubts(l);
	l->noted_ms = courier_mono(&l->c);
	return clerk_begin(l, tell_doubts(l));
}

/* Where something is in the way, the next one begins by itself. */
static int turn(struct lines *l)
{
	struct courier *c = &l->c;
	bool goes_on = c->e != &c->late && !courier_signalled(c) && c->wire->idempotent;
	int rc = goes_on ? clerk_turn(l, tell_doubts) : 0;
	return rc == 0 ? end_parcel(l) : rc < 0 ? -1 : 0;
}

/* ---- sending ---- */

/* The one that may go first: one whose pause is over, else one that was never sent, else the one whose pause ends
 * first. Null where all are under way. In trouble one that was never sent tells more. */
static struct line **choose(struct lines *l, struct line **fresh)
{
	struct line **first = NULL;
	for (size_t i = 0; i < l->load.waiting_count; i++) {
		if (!first || l->load.waiting[i]->errand.next_ms < (*first)->errand.next_ms)
			first = &l->load.waiting[i];
	}
	if (first && !l->c.failures && (*first)->errand.next_ms <= courier_mono(&l->c))
		return first;
	while (l->load.next < l->load.body.records && l->load.known[l->load.next])
		l->load.next++;
	if (l->load.next == l->load.body.records)
		return first;
	*fresh = &l->load.all[l->load.next];
	return fresh;
}

static int send_line(struct lines *l, struct line *line, uint64_t slot)
{
	struct courier *c = &l->c;
	struct flight *f = courier_free_flight(c);
	c->out->doubts += line->doubt;
	l->load.doubts += line->doubt;
	line->doubt = false;
	f->x.request = (struct request){ l->method, l->url, l->load.body.texts[number_of(l, line)] };
	return courier_launch(c, f, &line->errand, false, slot);
}

static int start(struct courier *c, int64_t *wait_ms, enum deliver_wait *why)
{
	struct lines *l = (struct lines *)c;
	struct line *fresh, **at;
	uint64_t slot;
	if (l->load.parcel.part.records == 0) {
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
		l->load.next++;
	else
		*at = l->load.waiting[--l->load.waiting_count];
	return send_line(l, line, slot);
}

/* ---- what became of it ---- */

/* It is not the system's fault alone: others are answered. */
static int give_up(struct lines *l, struct line *line, const struct judgement *j)
{
	struct str name = name_of(l, line);
	if (courier_give_up(&l->c, &line->errand, name, j) != 0)
		return -1;
	l->load.left++;
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
	l->load.waiting[l->load.waiting_count++] = line;
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
		l->load.waiting[l->load.waiting_count++] = line;
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
	if (l->load.ended == l->load.body.records)
		return (rc == 0 ? turn(l) : end_parcel(l)) == 0 ? rc : -1;
	if (rc == 0 && l->load.ended + l->load.left < l->load.body.records)
		return note_progress(l, f->errand->sent_ms);
	if (rc != 0)
		return rc;
	rc = lines_leave(l); /* what was given up is for the next time */
	l->load.parcel = (struct parcel){ .id = l->load.parcel.id };
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
	clerk_close(l);
	arena_release(&l->load.arena);
	arena_release(&l->last.arena);
	arena_release(&l->next.arena);
	arena_release(&l->scratch);
	courier_close(&l->c);
}
