/* Files of bodies: each a request, and where the target works later, a job that is polled to its end. */
#include <stdlib.h>

#include "qonduit/log.h"
#include "deliver_parts.h"

#define STUCK_POLLS 5  /* a younger job is asked when the ones before it were asked so much more often */

static bool ended(const struct task *t)
{
	return t->parcel.state == PARCEL_DONE || t->parcel.state == PARCEL_REFUSED;
}

static bool to_send(const struct task *t)
{
	return t->parcel.state == PARCEL_PENDING || t->parcel.state == PARCEL_DOUBT;
}

static void count(struct courier *c, struct deliver_state *s)
{
	struct bodies *b = (struct bodies *)c;
	s->parcels = b->task_count;
	for (size_t i = 0; i < b->task_count; i++) {
		const struct task *t = b->tasks[i];
		s->ended += ended(t);
		s->sent += !to_send(t) && t->parcel.state != PARCEL_SENDING;
		s->jobs_running += t->parcel.state == PARCEL_JOB;
		s->records += t->parcel.part.records;
		s->accepted += t->parcel.accepted;
		s->refused += t->parcel.refused;
	}
}

/* ---- sending ---- */

/* Intent on disk, then the request. */
static int send_parcel(struct bodies *b, struct task *t, uint64_t slot)
{
	struct courier *c = &b->c;
	struct flight *f = courier_free_flight(c);
	struct payload_body body;
	bool doubt = t->parcel.state == PARCEL_DOUBT;
	if (bodies_read(b, t, &f->arena, &body) != 0 ||
	    payload_body_for(&body, c->d->contract, c->d->connection->account, &f->body, c->e) != 0)
		return -1;
	if (doubt) {
		c->out->doubts++;
		log_line(LOG_LEVEL_WARNING, "in_doubt", "%.*s is in doubt and is sent again: records are kept by their %.*s",
			STR_ARG(t->parcel.file.name), STR_ARG(c->d->contract->key));
	}
	if (accepted_drop(c->accepted, &body, NULL, c->e) != 0 || run_intent(c->d->run, &t->parcel, doubt, c->e) != 0)
		return -1;
	f->x.request = (struct request){ arena_copy(&f->arena, c->wire->method).p,
		connection_url(c->d->connection, c->wire->path, NULL, &f->arena), buf_str(&f->body) };
	return courier_launch(c, f, &t->errand, false, slot);
}

static int send_poll(struct bodies *b, struct task *t, uint64_t slot)
{
	struct courier *c = &b->c;
	struct flight *f = courier_free_flight(c);
	const struct connection *to = c->d->connection;
	struct connection_pair pairs[3] = { 0 };
	size_t n = 0;
	if (c->d->contract->account.n)
		pairs[n++] = (struct connection_pair){ c->d->contract->account, to->account };
	pairs[n++] = (struct connection_pair){ c->wire->job.id_parameter, t->parcel.job };
	f->x.request = (struct request){ "GET", connection_url(to, c->wire->job.path, pairs, &f->arena), { 0 } };
	return courier_launch(c, f, &t->errand, true, slot);
}

/* ---- choosing ---- */

static uint64_t still_to_send(struct bodies *b)
{
	uint64_t n = 0;
	for (size_t i = 0; i < b->task_count; i++)
		n += to_send(b->tasks[i]);
	return n;
}

/* Whether a job is so old that it has most likely ended. */
static bool is_of_age(struct bodies *b, const struct task *t, int64_t now)
{
	return b->job_ms && now - t->began_ms >= bodies_sure_age(b);
}

static struct task *next_upload(struct bodies *b)
{
	struct task *next = NULL;
	for (size_t i = b->task_count; i-- > 0;) {
		if (b->tasks[i]->ask_first)
			return NULL;
		if (to_send(b->tasks[i]) && !b->tasks[i]->errand.flying)
			next = b->tasks[i];
	}
	return next;
}

/* Polls are dear: while a job is waited for, asking another tells little. As long as there is something to send, the
 * oldest is asked, and a younger one once it is as old as jobs were that ended, or once those before it were asked so
 * often that they may be stuck. After that take_slot sees to it that polls are left for all. */
static struct task *next_poll(struct bodies *b, int64_t now)
{
	struct task *best = NULL;
	uint32_t fewest = UINT32_MAX; /* polls of a job before this one */
	bool sending = still_to_send(b) > 0;
	for (size_t i = 0; i < b->task_count; i++) {
		struct task *t = b->tasks[i];
		if (t->parcel.state != PARCEL_JOB || t->overdue)
			continue;
		bool in_turn = !sending || t->ask_first || fewest == UINT32_MAX || fewest >= t->polls + STUCK_POLLS ||
			is_of_age(b, t, now);
		if (t->polls < fewest)
			fewest = t->polls;
		if (t->errand.flying || !in_turn)
			continue;
		if (t->errand.next_ms <= now)
			return t;
		if (!best || t->errand.next_ms < best->errand.next_ms)
			best = t;
	}
	return best;
}

static uint64_t jobs_running(const struct bodies *b)
{
	uint64_t n = 0;
	for (size_t i = 0; i < b->task_count; i++)
		n += b->tasks[i]->parcel.state == PARCEL_JOB && !b->tasks[i]->overdue;
	return n;
}

/* A little before its end is expected: where jobs take less time than they did, nothing else would tell. */
int64_t bodies_first_look(const struct bodies *b)
{
	const struct connection *to = b->c.d->connection;
	int64_t first = b->job_ms - b->job_ms / 8;
	return b->job_ms == 0 ? poll_pause(0, to->poll_ms, to->poll_max_ms, NULL, 0) : first;
}

/* Before it, where nothing is left to send, a poll must leave one for every job that runs: what it spoils would cost them
 * a whole window. For the same reason it is a little more than the time that jobs took. */
int64_t bodies_sure_age(const struct bodies *b)
{
	int64_t most = b->c.d->connection->poll_max_ms;
	return b->job_ms ? b->job_ms + b->job_ms / 32 : 2 * b->ran_ms > most ? 2 * b->ran_ms : most;
}

static int take_slot(
	struct bodies *b, struct task *t, bool poll, int64_t now, uint64_t *slot, int64_t *wait_ms, enum deliver_wait *why)
{
	const struct contract_wire *w = b->c.wire;
	struct rate_request q = { .path = poll ? w->job.path : w->path, .low = poll, .pending_path = w->path,
		.pending = poll && !t->ask_first ? still_to_send(b) : 0 };
	int64_t sure_ms = t->began_ms + bodies_sure_age(b) - now, next_ms = t->errand.next_ms;
	if (q.pending && b->job_ms && t->polls == 0 && next_ms < now + sure_ms)
		next_ms = now + sure_ms;
	if (poll && !t->ask_first && q.pending == 0 && sure_ms > 0)
		q.spare = (uint32_t)jobs_running(b);
	if (courier_take_slot(&b->c, next_ms, poll ? DELIVER_WAITS_JOB : DELIVER_WAITS_RETRY, &q, slot, wait_ms,
	    why) != 0)
		return -1;
	if (*slot == 0 && *why == DELIVER_WAITS_RATE && q.spare && sure_ms < *wait_ms) {
		*wait_ms = sure_ms;
		*why = DELIVER_WAITS_JOB;
	}
	return 0;
}

/* The next body in order, or a poll of the oldest job that is due. */
static int start(struct courier *c, int64_t *wait_ms, enum deliver_wait *why)
{
	struct bodies *b = (struct bodies *)c;
	int64_t now = courier_mono(c);
	struct task *upload = next_upload(b), *poll = next_poll(b, now);
	uint64_t slot;
	if (!courier_free_flight(c))
		return 0;
	if (upload && upload->parcel.state == PARCEL_DOUBT && !c->wire->idempotent) {
		*wait_ms = 0;
		return bodies_refuse_doubt(b, upload, STR("nothing was heard of it"), &c->arena);
	}
	if (upload) {
		if (take_slot(b, upload, false, now, &slot, wait_ms, why) != 0)
			return -1;
		if (slot) {
			*wait_ms = 0;
			return send_parcel(b, upload, slot);
		}
	}
	if (poll) {
		int64_t poll_wait;
		enum deliver_wait poll_why;
		if (take_slot(b, poll, true, now, &slot, &poll_wait, &poll_why) != 0)
			return -1;
		if (slot) {
			*wait_ms = 0;
			return send_poll(b, poll, slot);
		}
		if (poll_wait < *wait_ms) {
			*wait_ms = poll_wait;
			*why = poll_why;
		}
	}
	return 0;
}

static int exchange_ended(struct courier *c, struct flight *f)
{
	struct bodies *b = (struct bodies *)c;
	return f->poll ? bodies_outcome_of_poll(b, f) : bodies_outcome_of_upload(b, f);
}

static void abandoned(struct courier *c, struct flight *f)
{
	struct task *t = (struct task *)f->errand;
	if (!f->poll && t->parcel.state == PARCEL_SENDING)
		run_back(c->d->run, &t->parcel, true, c->e);
}

static bool over(struct courier *c)
{
	const struct bodies *b = (const struct bodies *)c;
	for (size_t i = 0; i < b->task_count; i++) {
		if (!ended(b->tasks[i]) && !b->tasks[i]->overdue)
			return false;
	}
	return true;
}

/* What earlier deliveries tell of how long jobs take. */
static int learn_pace(struct bodies *b)
{
	int64_t most_ms = b->c.d->connection->job_timeout_ms / 2;
	uint64_t records = 0;
	if (!b->c.wire->has_job)
		return 0;
	for (size_t i = 0; i < b->task_count; i++) {
		uint64_t n = b->tasks[i]->parcel.part.records;
		records = n > records ? n : records;
	}
	if (accepted_pace(b->c.accepted, records, &b->job_ms, b->c.e) != 0)
		return -1;
	b->job_ms = b->job_ms < most_ms ? b->job_ms : most_ms;
	return 0;
}

int bodies_open(struct bodies *b, const struct deliver *d, struct accepted *accepted, struct deliver_result *out,
	struct err *e)
{
	static const struct cargo cargo = { start, exchange_ended, abandoned, over, count };
	struct parcel *parcels;
	courier_open(&b->c, &cargo, d, accepted, out, e);
	if (run_parcels(d->run, d->contract->target, &b->c.arena, &parcels, &b->task_count, e) != 0)
		return -1;
	b->tasks = mem_grow(NULL, &b->task_room, b->task_count, sizeof *b->tasks);
	for (size_t i = 0; i < b->task_count; i++) {
		b->tasks[i] = ARENA_NEW(&b->c.arena, struct task);
		*b->tasks[i] = (struct task){ .parcel = parcels[i], .began_ms = courier_mono(&b->c),
			.ask_first = parcels[i].state == PARCEL_JOB };
	}
	return learn_pace(b);
}

void bodies_note_pace(struct bodies *b)
{
	struct err failed = { 0 };
	if (b->jobs_ended && accepted_note_pace(b->c.accepted, b->job_records, b->job_ms, &failed) != 0)
		log_err(&failed);
}

int bodies_check(struct bodies *b)
{
	for (size_t i = 0; i < b->task_count; i++) {
		const struct task *t = b->tasks[i];
		if (t->overdue)
			return err_set(b->c.e, ERR_DELIVERY, "delivery.job_timeout",
				"%.*s: its job %.*s has not ended after %lld s (job_timeout_ms)", STR_ARG(t->parcel.file.name),
				STR_ARG(retry_text(t->parcel.job, &b->c.arena)),
				(long long)(b->c.d->connection->job_timeout_ms / 1000));
	}
	return 0;
}

void bodies_close(struct bodies *b)
{
	free(b->tasks);
	courier_close(&b->c);
}
