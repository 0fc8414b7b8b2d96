/* The clerk of a delivery of lines: reads parcels back and notes them in the ledger. Where lines go fast, a thread of
 * its own puts the outcome of a parcel and the intent of the one after the next on disk while the next one is under way.
 */
#include "deliver_parts.h"
#include "key_index.h"

/* ---- in either thread ---- */

static int read_lines(const struct deliver *d, struct load *to, struct err *e)
{
	struct err failed = { 0 };
	if (payload_read_lines(run_spool(d->run), &to->parcel.file, &to->parcel.part, d->contract, &to->arena, &to->body,
	    &failed) == 0)
		return 0;
	return err_set(e, ERR_DELIVERY, "spool.changed", "the spool of run %s is not what it was: %.*s: %s",
		run_id(d->run), STR_ARG(to->parcel.file.name), failed.message);
}

static void set_out(struct load *to)
{
	size_t n = to->body.records;
	to->all = ARENA_ARRAY(&to->arena, n, struct line);
	to->waiting = ARENA_ARRAY(&to->arena, n, struct line *);
	to->refusals = ARENA_ARRAY(&to->arena, n, struct refused);
	to->known = ARENA_ARRAY(&to->arena, n, bool);
	to->except = ARENA_ARRAY(&to->arena, n, bool);
	for (size_t i = 0; i < n; i++) {
		to->known[i] = i < to->parcel.ended.n && to->parcel.ended.p[i];
		to->ended += to->known[i];
		to->except[i] = true;
	}
}

/* 1: there is one, 0: none. */
static int load_after(const struct deliver *d, int64_t after, struct load *to, struct err *e)
{
	arena_clear(&to->arena);
	*to = (struct load){ .arena = to->arena, .parcel = { .id = after } };
	int rc = run_next_parcel(d->run, d->contract->target, after, &to->arena, &to->parcel, e);
	if (rc == 1 && read_lines(d, to, e) != 0)
		rc = -1;
	if (rc == 1)
		set_out(to);
	else
		to->parcel.part.records = 0;
	return rc;
}

/* Else each of its lines has an outcome, and that of the parcel is all that it lacks. */
static bool is_to_go(const struct load *load)
{
	return load->ended < load->body.records;
}

static int put_in_run(const struct deliver *d, struct load *ended, struct load *next, uint64_t again, struct err *e)
{
	int rc = run_begin(d->run, e);
	if (rc == 0 && ended) {
		const struct parcel *p = &ended->parcel;
		bool none = p->accepted == 0 && p->refused + ended->refusal_count == p->part.records;
		rc = run_outcome(d->run, &ended->parcel, none ? PARCEL_REFUSED : PARCEL_DONE, ended->refusals,
			ended->refusal_count, e);
	}
	if (rc == 0 && ended && ended->doubts)
		rc = run_add_doubts(d->run, ended->doubts, e);
	if (rc == 0 && next)
		rc = run_intent(d->run, &next->parcel, again, e);
	return run_end(d->run, rc, e);
}

/* What is accepted is known as such only once the run knows it too. */
static int put_in_accepted(struct accepted *a, const char *run, const struct load *ended, const struct load *next,
	struct err *e)
{
	if (ended && next)
		return accepted_turn(a, &ended->body, ended->except, run, &next->body, next->known, e);
	return ended ? accepted_add(a, &ended->body, ended->except, run, e) : accepted_drop(a, &next->body, next->known, e);
}

/* The outcome of the one and the intent of the other (either may be null), on disk together. */
static int note(struct lines *l, struct load *ended, struct load *next, uint64_t again, struct err *e)
{
	const struct deliver *d = l->c.d;
	struct clerk *k = &l->clerk;
	struct parcel was_ended = ended ? ended->parcel : (struct parcel){ 0 };
	struct parcel was_next = next ? next->parcel : (struct parcel){ 0 };
	if (put_in_run(d, ended, next, again, e) != 0) {
		if (ended)
			ended->parcel = was_ended;
		if (next)
			next->parcel = was_next;
		return -1;
	}
	if (ended == k->owes)
		k->owes = NULL;
	return put_in_accepted(l->c.accepted, run_id(d->run), ended, next, e);
}

/* ---- in the thread ---- */

/* What was sent for a key since is not known yet. */
static void leave_out(struct load *ended, const struct payload_body *at_hand, struct arena *arena)
{
	struct key_index x;
	key_index_make(&x, at_hand, arena);
	for (size_t i = 0; i < ended->body.records; i++) {
		if (!ended->except[i])
			ended->except[i] = key_index_find(&x, identity_bytes(payload_identity(&ended->body, i))) < at_hand->records;
	}
}

static void work(void *arg, unsigned slot)
{
	struct lines *l = arg;
	struct clerk *k = &l->clerk;
	struct load *next = NULL;
	/* Where the next one cannot be read, that is told when its turn comes. One in doubt is told of first. */
	struct err ignored = { 0 };
	if (k->prepares && load_after(l->c.d, k->after, &l->next, &ignored) == 1 && is_to_go(&l->next) &&
	    l->next.parcel.state == PARCEL_PENDING)
		next = &l->next;
	if (k->owes)
		leave_out(k->owes, &l->load.body, &l->next.arena);
	if (k->owes || next)
		note(l, k->owes, next, 0, &k->e);
	if (!next)
		l->next.parcel.part.records = 0;
}

/* ---- its hours ---- */

static bool is_prepared(const struct lines *l)
{
	return l->next.parcel.part.records && l->next.parcel.state == PARCEL_SENDING;
}

static int wait_for_it(struct lines *l)
{
	struct clerk *k = &l->clerk;
	if (!k->busy)
		return 0;
	relay_claim(&k->relay);
	k->busy = false;
	if (k->e.class == ERR_NONE)
		return 0;
	if (l->c.e->class == ERR_NONE)
		*l->c.e = k->e;
	err_clear(&k->e);
	return -1;
}

/* False where there is no thread. */
static bool is_there(struct clerk *k, struct lines *l)
{
	if (!k->asked)
		relay_start(&k->relay, 1, work, l);
	k->asked = true;
	return k->relay.running;
}

static void set_to_work(struct lines *l, bool prepares)
{
	struct clerk *k = &l->clerk;
	k->after = l->load.parcel.id;
	k->prepares = prepares;
	relay_claim(&k->relay);
	k->busy = true;
	relay_send(&k->relay);
}

int clerk_back(struct lines *l)
{
	const struct deliver *d = l->c.d;
	int rc = wait_for_it(l);
	if (l->clerk.owes && note(l, l->clerk.owes, NULL, 0, l->c.e) != 0)
		rc = -1;
	if (is_prepared(l) && run_back(d->run, &l->next.parcel, false, l->c.e) != 0)
		rc = -1;
	l->next.parcel.part.records = 0;
	return rc;
}

int clerk_load(struct lines *l)
{
	int64_t after = l->load.parcel.id;
	return clerk_back(l) == 0 ? load_after(l->c.d, after, &l->load, l->c.e) : -1;
}

int clerk_begin(struct lines *l, uint64_t again)
{
	l->began_ms = courier_mono(&l->c);
	return note(l, NULL, &l->load, again, l->c.e);
}

int clerk_end(struct lines *l)
{
	int rc = clerk_back(l);
	return note(l, &l->load, NULL, 0, l->c.e) == 0 ? rc : -1;
}

int clerk_turn(struct lines *l, uint64_t (*tell)(struct lines *l))
{
	struct clerk *k = &l->clerk;
	struct err ignored = { 0 };
	int64_t now = courier_mono(&l->c);
	if (wait_for_it(l) != 0) {
		clerk_end(l);
		return -1;
	}
	bool quick = now - l->began_ms <= CLERK_QUICK_MS && is_there(k, l), prepared = is_prepared(l);
	if (!prepared && (load_after(l->c.d, l->load.parcel.id, &l->next, &ignored) != 1 || !is_to_go(&l->next))) {
		l->next.parcel.part.records = 0;
		return 0;
	}
	struct load before = l->last;
	l->last = l->load;
	l->load = l->next;
	l->next = before;
	l->next.parcel.part.records = 0;
	l->began_ms = l->noted_ms = now;
	k->owes = &l->last;
	if (!prepared && note(l, &l->last, &l->load, tell(l), l->c.e) != 0)
		return -1;
	if (prepared || quick)
		set_to_work(l, quick);
	return 1;
}

void clerk_close(struct lines *l)
{
	relay_join(&l->clerk.relay);
}
