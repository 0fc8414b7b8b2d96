#include <stdio.h>

#include "qonduit/log.h"
#include "qonduit/retry.h"
#include "deliver_parts.h"

#define SLICE_MS 1000  /* the longest wait between two looks at the signal flag */
#define DRAIN_MS 2500  /* how long a signal lets the request at hand go on */
#define FLIGHTS_MAX 256
#define STUCK_POLLS 5  /* a younger job is asked when the ones before it were asked so much more often */

static bool ended(const struct task *t)
{
	return t->parcel.state == PARCEL_DONE || t->parcel.state == PARCEL_REFUSED;
}

static bool to_send(const struct task *t)
{
	return t->parcel.state == PARCEL_PENDING || t->parcel.state == PARCEL_DOUBT;
}

/* ---- telling ---- */

static void tell(struct loop *l, enum deliver_wait wait, int64_t wait_ms)
{
	if (!l->d->progress)
		return;
	struct deliver_state s = {
		.target = l->d->contract->target, .parcels = l->task_count, .wait = wait, .wait_ms = wait_ms
	};
	s.why = wait == DELIVER_WAITS_SERVER || wait == DELIVER_WAITS_RETRY || wait == DELIVER_WAITS_OTHER ? l->why : "";
	for (size_t i = 0; i < l->task_count; i++) {
		const struct task *t = &l->tasks[i];
		s.ended += ended(t);
		s.sent += !to_send(t) && t->parcel.state != PARCEL_SENDING;
		s.jobs_running += t->parcel.state == PARCEL_JOB;
		s.records += t->parcel.file.records;
		s.accepted += t->parcel.accepted;
		s.refused += t->parcel.refused;
	}
	l->d->progress(l->d->arg, &s);
}

static bool signalled(struct loop *l)
{
	if (l->d->signal && *l->d->signal)
		l->out->signal = (int)*l->d->signal;
	return l->out->signal != 0;
}

/* ---- sending ---- */

static struct flight *free_flight(struct loop *l)
{
	for (size_t i = 0; i < l->flight_count; i++) {
		if (!l->flights[i].task)
			return &l->flights[i];
	}
	return NULL;
}

static void land(struct loop *l, struct flight *f)
{
	f->task->flying = false;
	f->task = NULL;
	l->flying--;
	arena_release(&f->arena);
	buf_release(&f->body);
	exchange_release(&f->x);
	f->x = (struct exchange){ 0 };
}

static int launch(struct loop *l, struct flight *f, struct task *t, bool poll, uint64_t slot)
{
	f->task = t;
	f->poll = poll;
	f->slot = slot;
	f->x.tag = f;
	t->flying = true;
	l->flying++;
	l->out->http.requests++;
	l->out->http.retries += t->tries > 0;
	return l->d->transport->submit(l->d->transport, &f->x, l->e);
}

/* Intent on disk, then the request. */
static int send_parcel(struct loop *l, struct task *t, uint64_t slot)
{
	struct flight *f = free_flight(l);
	struct payload_body body;
	if (task_read_body(l, t, &f->arena, &body) != 0 ||
	    payload_body_for(&body, l->d->contract, l->d->connection->account, &f->body, l->e) != 0)
		return -1;
	if (t->parcel.state == PARCEL_DOUBT) {
		if (!l->wire->idempotent)
			return err_set(l->e, ERR_DELIVERY, "delivery.doubt",
				"whether %.*s was taken is not known, and its target does not allow to send it "
				"again",
				STR_ARG(t->parcel.file.name));
		l->out->doubts++;
		log_line(LOG_LEVEL_WARNING, "in_doubt", "%.*s is in doubt and is sent again: records are kept by their %.*s",
			STR_ARG(t->parcel.file.name), STR_ARG(l->d->contract->key));
	}
	if (accepted_drop(l->accepted, &body, l->e) != 0 || run_intent(l->d->run, &t->parcel, l->e) != 0)
		return -1;
	f->x.request = (struct request){ arena_copy(&f->arena, l->wire->method).p,
		connection_url(l->d->connection, l->wire->path, NULL, &f->arena), buf_str(&f->body) };
	return launch(l, f, t, false, slot);
}

static int send_poll(struct loop *l, struct task *t, uint64_t slot)
{
	struct flight *f = free_flight(l);
	const struct connection *c = l->d->connection;
	struct connection_pair pairs[3] = { 0 };
	size_t n = 0;
	if (l->d->contract->account.n)
		pairs[n++] = (struct connection_pair){ l->d->contract->account, c->account };
	pairs[n++] = (struct connection_pair){ l->wire->job.id_parameter, t->parcel.job };
	f->x.request = (struct request){ "GET", connection_url(c, l->wire->job.path, pairs, &f->arena), { 0 } };
	return launch(l, f, t, true, slot);
}

/* ---- what became of it ---- */

static int exchange_ended(struct loop *l, struct exchange *x)
{
	struct flight *f = x->tag;
	int rc = rate_done(l->d->rate, f->slot, l->e);
	if (rc == 0)
		rc = f->poll ? outcome_of_poll(l, f) : outcome_of_upload(l, f);
	land(l, f);
	tell(l, DELIVER_WORKS, 0);
	return rc;
}

/* ---- choosing ---- */

static uint64_t still_to_send(struct loop *l)
{
	uint64_t n = 0;
	for (size_t i = 0; i < l->task_count; i++)
		n += to_send(&l->tasks[i]);
	return n;
}

/* Whether a job is so old that it has most likely ended. */
static bool is_of_age(struct loop *l, const struct task *t, int64_t now)
{
	return l->job_ms && now - t->began_ms >= l->job_ms;
}

static struct task *next_upload(struct loop *l)
{
	struct task *next = NULL;
	for (size_t i = l->task_count; i-- > 0;) {
		if (l->tasks[i].ask_first)
			return NULL;
		if (to_send(&l->tasks[i]) && !l->tasks[i].flying)
			next = &l->tasks[i];
	}
	return next;
}

/* Polls are dear: while a job is waited for, asking another tells little. As long as there is something to send, the
 * oldest is asked, and a younger one once it is as old as jobs were that ended, or once those before it were asked so
 * often that they may be stuck. After that take_slot sees to it that polls are left for all. */
static struct task *next_poll(struct loop *l, int64_t now)
{
	struct task *best = NULL;
	uint32_t fewest = UINT32_MAX; /* polls of a job before this one */
	bool sending = still_to_send(l) > 0;
	for (size_t i = 0; i < l->task_count; i++) {
		struct task *t = &l->tasks[i];
		if (t->parcel.state != PARCEL_JOB || t->overdue)
			continue;
		bool in_turn = !sending || t->ask_first || fewest == UINT32_MAX || fewest >= t->polls + STUCK_POLLS ||
			is_of_age(l, t, now);
		if (t->polls < fewest)
			fewest = t->polls;
		if (t->flying || !in_turn)
			continue;
		if (t->next_ms <= now)
			return t;
		if (!best || t->next_ms < best->next_ms)
			best = t;
	}
	return best;
}

static uint64_t jobs_running(const struct loop *l)
{
	uint64_t n = 0;
	for (size_t i = 0; i < l->task_count; i++)
		n += l->tasks[i].parcel.state == PARCEL_JOB && !l->tasks[i].overdue;
	return n;
}

/* The age at which a job is asked at all events. Before it, where nothing is left to send, a poll must leave one for
 * every job that runs: what it spoils would cost them a whole window. */
static int64_t sure_age(const struct loop *l)
{
	int64_t most = l->d->connection->poll_max_ms;
	return l->job_ms ? l->job_ms : 2 * l->ran_ms > most ? 2 * l->ran_ms : most;
}

/* A slot for the task's request, if it may go now; else *wait_ms is how long not, at least. */
static int take_slot(
	struct loop *l, struct task *t, bool poll, int64_t now, uint64_t *slot, int64_t *wait_ms, enum deliver_wait *why)
{
	int64_t not_before = t->next_ms > l->hold_ms ? t->next_ms : l->hold_ms;
	struct rate_request q = { .path = poll ? l->wire->job.path : l->wire->path, .low = poll,
		.pending_path = l->wire->path, .pending = poll && !t->ask_first ? still_to_send(l) : 0 };
	int64_t sure_ms = t->began_ms + sure_age(l) - now;
	if (poll && !t->ask_first && q.pending == 0 && sure_ms > 0)
		q.spare = (uint32_t)jobs_running(l);
	*slot = 0;
	*wait_ms = not_before - now;
	*why = l->hold_ms >= t->next_ms ? l->hold_why : poll ? DELIVER_WAITS_JOB : DELIVER_WAITS_RETRY;
	if (*wait_ms > 0)
		return 0;
	*why = DELIVER_WAITS_RATE;
	if (rate_take(l->d->rate, &q, slot, wait_ms, l->e) != 0)
		return -1;
	if (*slot == 0 && q.spare && sure_ms < *wait_ms) {
		*wait_ms = sure_ms;
		*why = DELIVER_WAITS_JOB;
	}
	return 0;
}

/* Starts the request that may go first; where none may go, says how long to wait and why. */
static int start_next(struct loop *l, int64_t *wait_ms, enum deliver_wait *why)
{
	int64_t now = loop_mono(l);
	struct task *upload = next_upload(l), *poll = next_poll(l, now);
	uint64_t slot;
	*wait_ms = RATE_NEVER;
	*why = DELIVER_WORKS;
	if (!free_flight(l))
		return 0;
	if (upload) {
		if (take_slot(l, upload, false, now, &slot, wait_ms, why) != 0)
			return -1;
		if (slot) {
			*wait_ms = 0;
			return send_parcel(l, upload, slot);
		}
	}
	if (poll) {
		int64_t poll_wait;
		enum deliver_wait poll_why;
		if (take_slot(l, poll, true, now, &slot, &poll_wait, &poll_why) != 0)
			return -1;
		if (slot) {
			*wait_ms = 0;
			return send_poll(l, poll, slot);
		}
		if (poll_wait < *wait_ms) {
			*wait_ms = poll_wait;
			*why = poll_why;
		}
	}
	return 0;
}

/* ---- the loop ---- */

static bool over(struct loop *l)
{
	for (size_t i = 0; i < l->task_count; i++) {
		if (!ended(&l->tasks[i]) && !l->tasks[i].overdue)
			return false;
	}
	return true;
}

static int wait_a_little(struct loop *l, int64_t wait_ms, enum deliver_wait why)
{
	int64_t slice = wait_ms < SLICE_MS ? wait_ms : SLICE_MS, start = loop_mono(l);
	tell(l, l->flying ? DELIVER_WORKS : why, l->flying ? 0 : wait_ms);
	if (l->flying) {
		struct exchange *x = l->d->transport->step(l->d->transport, slice);
		return x ? exchange_ended(l, x) : 0;
	}
	l->d->clock->sleep(l->d->clock, slice);
	if (why != DELIVER_WAITS_JOB)
		l->out->http.waited_ms += loop_mono(l) - start;
	return 0;
}

/* The requests at hand may end for a while; what has not is abandoned: an upload is then in doubt. */
static void drain(struct loop *l, int64_t most_ms)
{
	int64_t end = loop_mono(l) + most_ms;
	struct err *first = l->e;
	if (first->class != ERR_NONE)
		l->e = &l->late;
	while (l->flying && loop_mono(l) < end) {
		int64_t left = end - loop_mono(l);
		struct exchange *x = l->d->transport->step(l->d->transport, left < SLICE_MS ? left : SLICE_MS);
		if (x)
			exchange_ended(l, x);
	}
	for (size_t i = 0; i < l->flight_count; i++) {
		struct flight *f = &l->flights[i];
		if (!f->task) { /* nothing there, or what could not be sent */
			arena_release(&f->arena);
			buf_release(&f->body);
			continue;
		}
		l->d->transport->cancel(l->d->transport, &f->x);
		rate_done(l->d->rate, f->slot, l->e);
		if (!f->poll && f->task->parcel.state == PARCEL_SENDING)
			run_back(l->d->run, &f->task->parcel, true, l->e);
		land(l, f);
	}
	l->e = first;
}

static int run_loop(struct loop *l)
{
	int rc = 0;
	while (rc == 0 && !(over(l) && l->flying == 0) && !signalled(l)) {
		int64_t wait_ms;
		enum deliver_wait why;
		rc = start_next(l, &wait_ms, &why);
		if (rc == 0 && wait_ms > 0)
			rc = wait_a_little(l, wait_ms, why);
	}
	drain(l, rc == 0 ? DRAIN_MS : 0);
	return rc;
}

/* Called while another delivery has the target. */
static bool wait_for_other(void *arg, const char *holder)
{
	struct loop *l = arg;
	if (l->d->no_wait || signalled(l))
		return false;
	if (strcmp(l->why, holder) != 0)
		log_line(LOG_LEVEL_INFO, "busy", "waiting for another delivery to %.*s, account \"%.*s\": %s",
			STR_ARG(l->d->contract->target), STR_ARG(l->d->connection->account), holder);
	snprintf(l->why, sizeof l->why, "%s", holder);
	tell(l, DELIVER_WAITS_OTHER, 0);
	l->d->clock->sleep(l->d->clock, SLICE_MS);
	return !signalled(l);
}

static int load_tasks(struct loop *l)
{
	struct parcel *parcels;
	if (run_parcels(l->d->run, l->d->contract->target, &l->arena, &parcels, &l->task_count, l->e) != 0)
		return -1;
	l->tasks = ARENA_ARRAY(&l->arena, l->task_count, struct task);
	for (size_t i = 0; i < l->task_count; i++)
		l->tasks[i] = (struct task){ .parcel = parcels[i], .began_ms = loop_mono(l),
			.ask_first = parcels[i].state == PARCEL_JOB };
	return 0;
}

static int check_overdue(struct loop *l)
{
	for (size_t i = 0; i < l->task_count; i++) {
		const struct task *t = &l->tasks[i];
		if (t->overdue)
			return err_set(l->e, ERR_DELIVERY, "delivery.job_timeout",
				"%.*s: its job %.*s has not ended after %lld s (job_timeout_ms)", STR_ARG(t->parcel.file.name),
				STR_ARG(retry_text(t->parcel.job, &l->arena)), (long long)(l->d->connection->job_timeout_ms / 1000));
	}
	return 0;
}

static int deliver_locked(struct loop *l)
{
	const struct deliver *d = l->d;
	const struct connection *c = d->connection;
	if (run_bind(d->run, d->contract->target, str_of(c->host), c->account, l->e) != 0 ||
		accepted_open(d->state, d->contract->target, str_of(c->host), c->account, run_id(d->run), wait_for_other, l,
			&l->accepted, l->e) != 0)
		return -1;
	l->why[0] = '\0';
	if (accepted_begin(l->accepted, run_id(d->run), d->resumed, l->e) != 0)
		return -1;
	int rc = run_loop(l);
	struct err failed = { 0 };
	if (run_add_http(d->run, &l->out->http, &failed) != 0)
		log_err(&failed);
	return rc == 0 && !l->out->signal ? check_overdue(l) : rc;
}

int deliver_output(const struct deliver *d, struct deliver_result *out, struct err *e)
{
	struct loop l = { .d = d, .out = out, .wire = &d->contract->wire, .e = e };
	*out = (struct deliver_result){ 0 };
	if (d->contract->style != FILE_BATCHES && d->contract->style != FILE_ARRAY)
		return err_set(e, ERR_USAGE, "delivery.style", "%.*s is written as %s, which this version does not deliver",
			STR_ARG(d->contract->target),
			d->contract->style == FILE_LINES ? "one request a line" : "a file of its own");
	int rc = load_tasks(&l);
	l.flight_count = d->connection->concurrency < FLIGHTS_MAX ? d->connection->concurrency : FLIGHTS_MAX;
	l.flights = ARENA_ARRAY(&l.arena, l.flight_count, struct flight);
	if (rc == 0 && !over(&l))
		rc = deliver_locked(&l);
	if (out->signal) { /* it ended the wait or the loop; nothing has failed */
		err_clear(e);
		rc = 0;
	}
	accepted_close(l.accepted);
	arena_release(&l.arena);
	return rc;
}

void deliver_plan(const struct contract *contract, const struct connection *connection, uint64_t records,
	uint64_t requests, struct deliver_plan *out)
{
	const struct contract_wire *w = &contract->wire;
	*out = (struct deliver_plan){ .records = records, .requests = requests, .polls = w->has_job ? requests : 0 };
	struct rate_load loads[] = { { w->path, requests }, { w->job.path, out->polls } };
	out->least_ms = rate_least(connection->limits, connection->limit_count, loads, w->has_job ? 2 : 1);
}
