/* What became of a body, or of its job. */
#include "qonduit/log.h"
#include "deliver_parts.h"

int bodies_read(struct bodies *b, struct task *t, struct arena *arena, struct payload_body *out)
{
	unsigned char sum[DIGEST_BYTES];
	char hex[DIGEST_HEX];
	struct err failed = { 0 };
	if (payload_read_body(run_spool(b->c.d->run), &t->parcel.file, b->c.d->contract, arena, out, &failed) == 0) {
		digest_of(out->text, sum);
		digest_hex(sum, hex);
		const struct payload_lines *part = &t->parcel.part;
		if (strcmp(hex, t->parcel.file.sha256) == 0 && part->first + part->records <= out->records) {
			bodies_slice(part, out, arena);
			return 0;
		}
		err_set(&failed, ERR_INPUT, "spool.changed", "found SHA-256 %s, expected %s", hex, t->parcel.file.sha256);
	}
	return err_set(b->c.e, ERR_DELIVERY, "spool.changed", "the spool of run %s is not what it was: %.*s: %s",
		run_id(b->c.d->run), STR_ARG(t->parcel.file.name), failed.message);
}

/* Every record of the parcel, with the same reason. */
static int refuse_all(struct bodies *b, struct task *t, struct refused reason, struct arena *arena)
{
	struct payload_body body;
	if (bodies_read(b, t, arena, &body) != 0)
		return -1;
	struct refused *all = ARENA_ARRAY(arena, body.records, struct refused);
	for (size_t i = 0; i < body.records; i++) {
		all[i] = reason;
		all[i].target = t->parcel.target;
		all[i].key = body.keys[i];
		all[i].origin = body.origins[i];
		all[i].record = i;
	}
	log_line(LOG_LEVEL_WARNING, "refused", "%.*s is refused as a whole: %.*s", STR_ARG(t->parcel.file.name),
		STR_ARG(reason.message));
	return run_outcome(b->c.d->run, &t->parcel, PARCEL_REFUSED, all, body.records, b->c.e);
}

static int refuse(struct bodies *b, struct flight *f, const struct judgement *j)
{
	struct refused reason = { .code = str_of(j->code), .message = j->text.n ? j->text : j->message, .field = j->field };
	return refuse_all(b, (struct task *)f->errand, reason, &f->arena);
}

struct str deliver_in_doubt(struct str reason, struct arena *arena)
{
	return arena_printf(arena, "whether it was taken is not known (%.*s), and sending it again is not allowed: look "
		"whether it is there before it is sent once more", STR_ARG(reason));
}

int bodies_refuse_doubt(struct bodies *b, struct task *t, struct str reason, struct arena *arena)
{
	struct refused all = { .code = STR(LEDGER_IN_DOUBT), .message = deliver_in_doubt(reason, arena) };
	return refuse_all(b, t, all, arena);
}

/* One answer cannot stand for two parcels: neither can be taken for done. */
static int check_job_is_new(struct bodies *b, struct task *t, struct str job)
{
	for (size_t i = 0; i < b->task_count; i++) {
		struct task *other = b->tasks[i];
		if (other == t || !str_eq(other->parcel.job, job))
			continue;
		if (run_back(b->c.d->run, &t->parcel, true, b->c.e) == 0 && other->parcel.state == PARCEL_JOB)
			run_back(b->c.d->run, &other->parcel, true, b->c.e);
		return err_set(b->c.e, ERR_DELIVERY, "delivery.same_job",
			"the server gave the same job \"%.*s\" to %.*s and %.*s: neither can be "
			"taken for done",
			STR_ARG(retry_text(job, &b->c.arena)), STR_ARG(other->parcel.file.name), STR_ARG(t->parcel.file.name));
	}
	return 0;
}

/* The reply is final: for all records, or for each that it names. */
static int accepted(struct bodies *b, struct task *t, struct flight *f, const struct judgement *j)
{
	struct courier *c = &b->c;
	struct payload_body body;
	struct poll_verdict v = { .certain = true };
	if (bodies_read(b, t, &f->arena, &body) != 0)
		return -1;
	v.is_refused = ARENA_ARRAY(&f->arena, body.records, bool);
	if (c->wire->has_items)
		items_judge(c->d->contract, j->body, &body, t->parcel.file.name, &f->arena, &v);
	if (v.warning.n)
		log_line(LOG_LEVEL_WARNING, "items", "%.*s: %.*s", STR_ARG(t->parcel.file.name), STR_ARG(v.warning));
	if (run_outcome(c->d->run, &t->parcel, PARCEL_DONE, v.refused, v.count, c->e) != 0)
		return -1;
	return v.certain ? accepted_add(c->accepted, &body, v.is_refused, run_id(c->d->run), c->e) : 0;
}

static int taken(struct bodies *b, struct flight *f, const struct judgement *j)
{
	struct task *t = (struct task *)f->errand;
	t->errand.tries = 0;
	if (!b->c.wire->has_job)
		return accepted(b, t, f, j);
	struct str job = arena_copy(&b->c.arena, j->job);
	if (check_job_is_new(b, t, job) != 0)
		return -1;
	t->began_ms = courier_mono(&b->c);
	t->polls = 0;
	t->errand.next_ms = t->began_ms + bodies_first_look(b);
	log_line(LOG_LEVEL_DEBUG, "sent", "%.*s was taken as job %.*s", STR_ARG(t->parcel.file.name),
		STR_ARG(retry_text(job, &f->arena)));
	return run_taken(b->c.d->run, &t->parcel, job, courier_wall(&b->c), b->c.e);
}

int bodies_outcome_of_upload(struct bodies *b, struct flight *f)
{
	struct courier *c = &b->c;
	struct task *t = (struct task *)f->errand;
	struct judgement j;
	retry_judge_upload(c->d->contract, &f->x, courier_wall(c), &f->arena, &j);
	switch (j.verdict) {
	case VERDICT_DONE:
		courier_answered(c);
		return taken(b, f, &j);
	case VERDICT_REFUSED:
		courier_answered(c);
		return j.too_large && t->parcel.part.records > 1 ? bodies_halve(b, t, &j) : refuse(b, f, &j);
	case VERDICT_UNKNOWN:
		if (!c->wire->idempotent)
			return bodies_refuse_doubt(b, t, j.message, &f->arena) == 0
				? courier_in_doubt(c, t->parcel.file.name, &j) : -1;
		/* fall through */
	case VERDICT_AGAIN:
		if (run_back(c->d->run, &t->parcel, j.verdict == VERDICT_UNKNOWN, c->e) != 0)
			return -1;
		return courier_again(c, &t->errand, t->parcel.file.name, "sending it", true, &j);
	default:
		if (run_back(c->d->run, &t->parcel, false, c->e) != 0)
			return -1;
		return courier_stop(c, f, t->parcel.file.name, &j);
	}
}

/* The server does not know the job: whether the parcel was imported is in doubt. */
static int job_gone(struct bodies *b, struct task *t, const struct judgement *j)
{
	log_line(LOG_LEVEL_WARNING, "job_gone", "%.*s: the server does not know its job (%.*s)",
		STR_ARG(t->parcel.file.name), STR_ARG(j->message));
	if (run_back(b->c.d->run, &t->parcel, true, b->c.e) != 0)
		return -1;
	if (t->gone)
		return err_set(b->c.e, ERR_DELIVERY, "delivery.job_gone", "%.*s: the server has forgotten its job twice",
			STR_ARG(t->parcel.file.name));
	t->gone = true;
	t->errand.tries = 0;
	t->errand.next_ms = 0;
	return 0;
}

static int job_ended(struct bodies *b, struct flight *f, const struct judgement *j, enum poll_end end)
{
	struct task *t = (struct task *)f->errand;
	struct payload_body body;
	struct poll_verdict v;
	if (bodies_read(b, t, &f->arena, &body) != 0)
		return -1;
	poll_judge(b->c.d->contract, j->body, end, &body, t->parcel.file.name, &f->arena, &v);
	if (v.warning.n)
		log_line(LOG_LEVEL_WARNING, "job_numbers", "%.*s: %.*s", STR_ARG(t->parcel.file.name), STR_ARG(v.warning));
	if (run_outcome(b->c.d->run, &t->parcel, end == POLL_FAILED ? PARCEL_REFUSED : PARCEL_DONE, v.refused, v.count,
	    b->c.e) != 0)
		return -1;
	return v.certain ? accepted_add(b->c.accepted, &body, v.is_refused, run_id(b->c.d->run), b->c.e) : 0;
}

/* How long jobs take: no longer than the age at which one was found ended, longer than that at which one still ran: by
 * as much as its progress says, an eighth at least. */
static void learn(struct bodies *b, const struct task *t, int64_t age_ms, const struct poll_answer *a)
{
	int64_t most = b->c.d->connection->poll_max_ms;
	if (age_ms < 1)
		age_ms = 1;
	if (a->end != POLL_RUNNING) {
		b->jobs_ended++;
		if (t->parcel.part.records > b->job_records)
			b->job_records = t->parcel.part.records;
		if (b->job_ms == 0 || age_ms < b->job_ms)
			b->job_ms = age_ms;
		return;
	}
	int64_t left = poll_left(a, age_ms);
	if (b->job_ms && age_ms >= b->job_ms && left <= age_ms / 8)
		left = age_ms / 8 + 1;
	left = left < most ? left : most;
	if (left > 0 && age_ms + left > b->job_ms)
		b->job_ms = age_ms + left;
	if (age_ms > b->ran_ms)
		b->ran_ms = age_ms;
}

static int poll_answered(struct bodies *b, struct flight *f, const struct judgement *j)
{
	const struct connection *c = b->c.d->connection;
	struct task *t = (struct task *)f->errand;
	struct poll_answer a;
	poll_read(&b->c.wire->job, j->body, &a);
	t->errand.tries = 0;
	if (!a.known_word && !t->word_told)
		log_line(LOG_LEVEL_WARNING, "job_state",
			"%.*s: its job has the state \"%.*s\", which is not known and taken for running",
			STR_ARG(t->parcel.file.name), STR_ARG(retry_text(a.word, &f->arena)));
	t->word_told = t->word_told || !a.known_word;
	int64_t now = courier_mono(&b->c), sure_ms = b->job_ms ? t->began_ms + bodies_sure_age(b) : now;
	learn(b, t, now - t->began_ms, &a);
	if (a.end != POLL_RUNNING)
		return job_ended(b, f, j, a.end);
	t->polls++;
	t->errand.next_ms = now + poll_pause(t->polls, c->poll_ms, c->poll_max_ms, &a, now - t->began_ms);
	if (now < sure_ms && sure_ms < t->errand.next_ms) /* no later than others were found ended */
		t->errand.next_ms = sure_ms;
	t->overdue = now - t->began_ms >= c->job_timeout_ms;
	return 0;
}

int bodies_outcome_of_poll(struct bodies *b, struct flight *f)
{
	struct courier *c = &b->c;
	struct task *t = (struct task *)f->errand;
	struct judgement j;
	retry_judge_poll(c->d->contract, &f->x, t->parcel.job, courier_wall(c), &f->arena, &j);
	t->ask_first = t->ask_first && j.verdict != VERDICT_DONE && j.verdict != VERDICT_GONE;
	switch (j.verdict) {
	case VERDICT_DONE:
		courier_answered(c);
		return poll_answered(b, f, &j);
	case VERDICT_GONE:
		return job_gone(b, t, &j);
	case VERDICT_AGAIN:
	case VERDICT_UNKNOWN:
		return courier_again(c, &t->errand, t->parcel.file.name, "asking for its job", true, &j);
	default:
		return courier_stop(c, f, t->parcel.file.name, &j);
	}
}
