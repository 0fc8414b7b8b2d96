#include <stdio.h>

#include "qonduit/log.h"
#include "qonduit/poll.h"
#include "qonduit/retry.h"
#include "deliver_parts.h"

static int64_t wall(struct loop *l)
{
	return l->d->clock->wall(l->d->clock);
}

int task_read_body(struct loop *l, struct task *t, struct arena *arena, struct payload_body *out)
{
	unsigned char sum[DIGEST_BYTES];
	char hex[DIGEST_HEX];
	struct err failed = { 0 };
	if (payload_read_body(run_spool(l->d->run), &t->parcel.file, l->d->contract, arena, out, &failed) == 0) {
		digest_of(out->text, sum);
		digest_hex(sum, hex);
		if (strcmp(hex, t->parcel.file.sha256) == 0)
			return 0;
		err_set(&failed, ERR_INPUT, "spool.changed", "found SHA-256 %s, expected %s", hex, t->parcel.file.sha256);
	}
	return err_set(l->e, ERR_DELIVERY, "spool.changed", "the spool of run %s is not what it was: %.*s: %s",
		run_id(l->d->run), STR_ARG(t->parcel.file.name), failed.message);
}

static int stop(struct loop *l, enum err_class class, const char *code, struct task *t, const char *reason)
{
	return err_set(l->e, class, code, "%.*s: %s", STR_ARG(t->parcel.file.name), reason);
}

/* Not taken, or not known to be: again after a pause, unless the tries or the patience are used up. */
static int again(struct loop *l, struct flight *f, const struct judgement *j)
{
	const struct connection *c = l->d->connection;
	struct task *t = f->task;
	char until[25];
	t->tries++;
	l->out->http.throttled += j->throttled;
	if (j->wait_ms > l->d->max_wait_ms) {
		l->out->resume_ms = wall(l) + j->wait_ms;
		clock_iso(l->out->resume_ms, until);
		return err_set(l->e, ERR_DELIVERY, "delivery.long_wait",
			"the server asks to wait %lld s, until %s, which is longer than the %lld s of "
			"--max-wait (%.*s)",
			(long long)(j->wait_ms / 1000), until, (long long)(l->d->max_wait_ms / 1000), STR_ARG(j->message));
	}
	if (t->tries > c->retries) {
		struct str told = arena_printf(&f->arena, "%s failed %u times, the last time with: %.*s",
			f->poll ? "asking for its job" : "sending it", t->tries, STR_ARG(j->message));
		return stop(l, ERR_DELIVERY, "delivery.tries", t, told.p);
	}
	uint32_t jitter = l->d->random ? l->d->random(l->d->arg) : UINT32_MAX;
	int64_t wait = retry_backoff(t->tries, c->backoff_ms, c->backoff_max_ms, jitter, j->wait_ms);
	l->hold_ms = loop_mono(l) + wait;
	l->hold_why = j->wait_ms ? DELIVER_WAITS_SERVER : DELIVER_WAITS_RETRY;
	snprintf(l->why, sizeof l->why, "%.*s", STR_ARG(j->message));
	log_line(LOG_LEVEL_INFO, j->throttled ? "throttled" : "retry", "%.*s: %.*s; try %u of %u in %lld ms",
		STR_ARG(t->parcel.file.name), STR_ARG(j->message), t->tries + 1, c->retries + 1, (long long)wait);
	return 0;
}

static int refuse_all(struct loop *l, struct flight *f, const struct judgement *j)
{
	struct task *t = f->task;
	struct payload_body body;
	if (task_read_body(l, t, &f->arena, &body) != 0)
		return -1;
	struct refused *all = ARENA_ARRAY(&f->arena, body.records, struct refused);
	for (size_t i = 0; i < body.records; i++)
		all[i] = (struct refused){ t->parcel.target, body.keys[i], body.origins[i], str_of(j->code),
			j->text.n ? j->text : j->message };
	log_line(LOG_LEVEL_WARNING, "refused", "%.*s is refused as a whole: %.*s", STR_ARG(t->parcel.file.name),
		STR_ARG(j->message));
	return run_outcome(l->d->run, &t->parcel, PARCEL_REFUSED, all, body.records, l->e);
}

/* One answer cannot stand for two parcels: neither can be taken for done. */
static int check_job_is_new(struct loop *l, struct task *t, struct str job)
{
	for (size_t i = 0; i < l->task_count; i++) {
		struct task *other = &l->tasks[i];
		if (other == t || !str_eq(other->parcel.job, job))
			continue;
		if (run_back(l->d->run, &t->parcel, true, l->e) == 0 && other->parcel.state == PARCEL_JOB)
			run_back(l->d->run, &other->parcel, true, l->e);
		return err_set(l->e, ERR_DELIVERY, "delivery.same_job",
			"the server gave the same job \"%.*s\" to %.*s and %.*s: neither can be "
			"taken for done",
			STR_ARG(retry_text(job, &l->arena)), STR_ARG(other->parcel.file.name), STR_ARG(t->parcel.file.name));
	}
	return 0;
}

static int taken(struct loop *l, struct flight *f, const struct judgement *j)
{
	struct task *t = f->task;
	t->tries = 0;
	if (!l->wire->has_job) {
		struct payload_body body;
		if (task_read_body(l, t, &f->arena, &body) != 0 ||
			run_outcome(l->d->run, &t->parcel, PARCEL_DONE, NULL, 0, l->e) != 0)
			return -1;
		return accepted_add(l->accepted, &body, ARENA_ARRAY(&f->arena, body.records, bool), run_id(l->d->run), l->e);
	}
	struct str job = arena_copy(&l->arena, j->job);
	if (check_job_is_new(l, t, job) != 0)
		return -1;
	t->began_ms = loop_mono(l);
	t->polls = 0;
	t->next_ms = t->began_ms +
		(l->job_ms ? l->job_ms : poll_pause(0, l->d->connection->poll_ms, l->d->connection->poll_max_ms, NULL, 0));
	log_line(LOG_LEVEL_DEBUG, "sent", "%.*s was taken as job %.*s", STR_ARG(t->parcel.file.name),
		STR_ARG(retry_text(job, &f->arena)));
	return run_taken(l->d->run, &t->parcel, job, wall(l), l->e);
}

int outcome_of_upload(struct loop *l, struct flight *f)
{
	struct task *t = f->task;
	struct judgement j;
	retry_judge_upload(l->wire, &f->x, wall(l), &f->arena, &j);
	switch (j.verdict) {
	case VERDICT_DONE:
		return taken(l, f, &j);
	case VERDICT_REFUSED:
		return refuse_all(l, f, &j);
	case VERDICT_AGAIN:
	case VERDICT_UNKNOWN:
		if (run_back(l->d->run, &t->parcel, j.verdict == VERDICT_UNKNOWN, l->e) != 0)
			return -1;
		return again(l, f, &j);
	default:
		if (run_back(l->d->run, &t->parcel, false, l->e) != 0)
			return -1;
		return stop(l, j.class, j.class == ERR_CREDENTIALS ? "credentials.refused" : j.code, t, j.message.p);
	}
}

/* The server does not know the job: whether the parcel was imported is in doubt. */
static int job_gone(struct loop *l, struct task *t, const struct judgement *j)
{
	log_line(LOG_LEVEL_WARNING, "job_gone", "%.*s: the server does not know its job (%.*s)",
		STR_ARG(t->parcel.file.name), STR_ARG(j->message));
	if (run_back(l->d->run, &t->parcel, true, l->e) != 0)
		return -1;
	if (t->gone)
		return stop(l, ERR_DELIVERY, "delivery.job_gone", t, "the server has forgotten its job twice");
	t->gone = true;
	t->tries = 0;
	t->next_ms = 0;
	return 0;
}

static int job_ended(struct loop *l, struct flight *f, const struct judgement *j, enum poll_end end)
{
	struct task *t = f->task;
	struct payload_body body;
	struct poll_verdict v;
	if (task_read_body(l, t, &f->arena, &body) != 0)
		return -1;
	poll_judge(l->d->contract, j->body, end, &body, t->parcel.file.name, &f->arena, &v);
	if (v.warning.n)
		log_line(LOG_LEVEL_WARNING, "job_numbers", "%.*s: %.*s", STR_ARG(t->parcel.file.name), STR_ARG(v.warning));
	if (run_outcome(l->d->run, &t->parcel, end == POLL_FAILED ? PARCEL_REFUSED : PARCEL_DONE, v.refused, v.count,
	    l->e) != 0)
		return -1;
	return v.certain ? accepted_add(l->accepted, &body, v.is_refused, run_id(l->d->run), l->e) : 0;
}

/* How long jobs take: no longer than the age at which one was found ended, longer than that at which one still ran. */
static void learn(struct loop *l, int64_t age_ms, bool ended)
{
	if (age_ms < 1)
		age_ms = 1;
	if (ended && (l->job_ms == 0 || age_ms < l->job_ms))
		l->job_ms = age_ms;
	else if (!ended && l->job_ms && age_ms >= l->job_ms)
		l->job_ms = age_ms + age_ms / 2;
	if (!ended && age_ms > l->ran_ms)
		l->ran_ms = age_ms;
}

static int poll_answered(struct loop *l, struct flight *f, const struct judgement *j)
{
	const struct connection *c = l->d->connection;
	struct task *t = f->task;
	struct poll_answer a;
	poll_read(&l->wire->job, j->body, &a);
	t->tries = 0;
	if (!a.known_word && !t->word_told)
		log_line(LOG_LEVEL_WARNING, "job_state",
			"%.*s: its job has the state \"%.*s\", which is not known and taken for running",
			STR_ARG(t->parcel.file.name), STR_ARG(retry_text(a.word, &f->arena)));
	t->word_told = t->word_told || !a.known_word;
	int64_t now = loop_mono(l);
	learn(l, now - t->began_ms, a.end != POLL_RUNNING);
	if (a.end != POLL_RUNNING)
		return job_ended(l, f, j, a.end);
	t->polls++;
	t->next_ms = now + poll_pause(t->polls, c->poll_ms, c->poll_max_ms, &a, now - t->began_ms);
	t->overdue = now - t->began_ms >= c->job_timeout_ms;
	return 0;
}

int outcome_of_poll(struct loop *l, struct flight *f)
{
	struct judgement j;
	retry_judge_poll(l->wire, &f->x, f->task->parcel.job, wall(l), &f->arena, &j);
	f->task->ask_first = f->task->ask_first && j.verdict != VERDICT_DONE && j.verdict != VERDICT_GONE;
	switch (j.verdict) {
	case VERDICT_DONE:
		return poll_answered(l, f, &j);
	case VERDICT_GONE:
		return job_gone(l, f->task, &j);
	case VERDICT_AGAIN:
	case VERDICT_UNKNOWN:
		return again(l, f, &j);
	default:
		return stop(l, j.class, j.class == ERR_CREDENTIALS ? "credentials.refused" : j.code, f->task, j.message.p);
	}
}
