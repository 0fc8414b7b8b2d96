#include "qonduit/delivery.h"

#include <stdio.h>
#include <sys/stat.h>

#include "qonduit/clock.h"
#include "qonduit/deliver.h"
#include "qonduit/guards.h"
#include "qonduit/live.h"
#include "qonduit/log.h"
#include "qonduit/metrics.h"
#include "qonduit/progress.h"
#include "qonduit/session.h"
#include "qonduit/summary.h"

volatile sig_atomic_t delivery_signal;

/* One delivery of a run, from its connections to its summary. */
struct passage {
	struct options *o;
	struct run *run;
	const struct contracts *contracts;
	const char *state;
	bool resumed;
	struct arena arena;
	struct deliver_result result; /* of all outputs so far */
	struct err *e;
};

static void on_signal(int number)
{
	__atomic_store_n(&delivery_signal, number, __ATOMIC_RELAXED); /* other threads look at it */
}

void delivery_signals(void)
{
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
	sigemptyset(&act.sa_mask);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	struct sigaction was;
	if (sigaction(SIGHUP, NULL, &was) != 0 || was.sa_handler != SIG_IGN) /* nohup */
		sigaction(SIGHUP, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int delivery_connection(struct options *o, const struct contract *contract, enum connection_need need,
	struct connection *out, struct err *e)
{
	struct systems systems;
	struct connection_files files = { .config = o->config, .env_file = o->env_file, .systems = &systems };
	*out = (struct connection){ 0 };
	if (contract->has_wire && live_systems(o, &systems, e) != 0)
		return -1;
	return contract->has_wire ? connection_load(&files, contract->wire.system, need, &o->arena, out, e) : 0;
}

static void show_progress(void *arg, const struct deliver_state *s)
{
	static const char *const whys[] = { "", "for the rate limit", "as the server asked", "before another try",
		"for jobs", "for another delivery" };
	char number[32], wait[48], waits[256] = "", jobs[48] = "";
	if (s->wait != DELIVER_WORKS && s->wait_ms > 0 && s->wait_ms < INT64_MAX)
		snprintf(waits, sizeof waits, ", waits %s %s", progress_duration(s->wait_ms, wait), whys[s->wait]);
	else if (s->wait != DELIVER_WORKS)
		snprintf(waits, sizeof waits, ", waits %s", whys[s->wait]);
	if (s->jobs_running)
		snprintf(jobs, sizeof jobs, " %llu %s running,", (unsigned long long)s->jobs_running,
			s->jobs_running == 1 ? "job" : "jobs");
	progress_show("%.*s: %llu of %llu sent,%s %s accepted, %llu refused%s%s%s", STR_ARG(s->target),
		(unsigned long long)s->sent, (unsigned long long)s->parcels, jobs, progress_number(s->accepted, number),
		(unsigned long long)s->refused, waits, s->why[0] ? ": " : "", s->why);
}

static int log_in_again(void *arg, struct err *e)
{
	return session_token(arg, true, e);
}

/* A system that gives tokens for a user and a password is logged in to before anything is sent. */
static int log_in(
	struct passage *s, struct deliver *d, struct connection *c, struct session **out, struct err *e)
{
	struct session_setup setup = { .system = c->of, .connection = c, .transport = d->transport, .rate = d->rate,
		.clock = d->clock, .random = live_chance, .signal = &delivery_signal, .max_wait_ms = s->o->max_wait_ms };
	*out = session_open(&setup);
	d->renew = log_in_again;
	d->arg = *out;
	return session_token(*out, false, e);
}

/* Where they can be changed. */
static void name_credentials(const struct connection *c, struct err *e)
{
	const struct system *system = c->of;
	struct err said = *e;
	char account[256] = "";
	if (!system || system->anonymous || strcmp(e->code, "credentials.refused") != 0)
		return;
	err_clear(e);
	if (c->account.n)
		snprintf(account, sizeof account, ", the account \"%.*s\" that of %.*s or of the configuration",
			STR_ARG(c->account), STR_ARG(system->account_variable));
	if (c->user && system->user_variable.n)
		err_set(e, said.class, said.code, "%s; the login of %.*s is that of %.*s and %.*s", said.message,
			STR_ARG(system->name), STR_ARG(system->user_variable), STR_ARG(system->password_variable));
	else
		err_set(e, said.class, said.code, "%s; the token of %.*s is that of %.*s%s", said.message,
			STR_ARG(system->name), STR_ARG(system->token_variable), account);
}

static int deliver_logged_in(struct passage *s, struct deliver *d, struct connection *c, struct deliver_result *result)
{
	struct session *session = NULL;
	int rc = c->user && c->password ? log_in(s, d, c, &session, s->e) : 0;
	if (rc == 0)
		rc = deliver_output(d, result, s->e);
	else if (delivery_signal)
		result->signal = (int)delivery_signal;
	if (rc != 0)
		name_credentials(c, s->e);
	if (session) {
		struct run_http logins = { .requests = session_requests(session) };
		struct err failed = { 0 };
		if (logins.requests && run_add_http(s->run, &logins, &failed) != 0)
			log_err(&failed);
		session_close(session);
	}
	return rc;
}

static int deliver_target(struct passage *s, const struct contract *contract)
{
	struct connection c;
	struct rate *rate = NULL;
	struct deliver_result result = { 0 };
	if (delivery_connection(s->o, contract, CONNECTION_READY, &c, s->e) != 0)
		return -1;
	struct transport *transport = transport_http_open(&c, s->e);
	int rc = transport
		? rate_open(s->state, str_of(c.host), c.account, c.limits, c.limit_count, c.timeout_ms, clock_system(), &rate,
			s->e)
		: -1;
	struct deliver d = { .run = s->run,
		.state = s->state,
		.contract = contract,
		.connection = &c,
		.transport = transport,
		.rate = rate,
		.clock = clock_system(),
		.random = live_chance,
		.signal = &delivery_signal,
		.max_wait_ms = s->o->max_wait_ms,
		.no_wait = s->o->no_wait,
		.progress = show_progress };
	if (rc == 0)
		rc = deliver_logged_in(s, &d, &c, &result);
	s->result.signal = result.signal;
	s->result.resume_ms = result.resume_ms;
	rate_close(rate);
	if (transport)
		transport->close(transport);
	return rc;
}

static int deliver_all(struct passage *s)
{
	struct run_record record;
	int rc = run_record(s->run, &s->arena, &record, s->e);
	progress_begin(s->o);
	for (size_t i = 0; rc == 0 && s->result.signal == 0 && i < record.output_count; i++) {
		const struct contract *contract = contracts_find(s->contracts, record.outputs[i].target);
		if (!contract)
			rc = err_set(s->e, ERR_USAGE, "delivery.target", "no contract is called \"%.*s\" (--contracts)",
				STR_ARG(record.outputs[i].target));
		else if (contract->has_wire)
			rc = deliver_target(s, contract);
	}
	progress_end();
	return rc;
}

/* Where all went well, every record has an outcome. Else it is the ledger that is not right, however well it reads. */
static int account_for_all(struct passage *s)
{
	struct run_record record;
	if (run_record(s->run, &s->arena, &record, s->e) != 0)
		return -1;
	for (size_t i = 0; i < record.output_count; i++) {
		const struct run_output *o = &record.outputs[i];
		const struct contract *contract = contracts_find(s->contracts, o->target);
		if (contract && contract->has_wire && o->accepted + o->refused + o->unchanged != o->records)
			return err_set(s->e, ERR_DELIVERY, "ledger.damaged", "the ledger of run %s is damaged (of %llu records of %.*s "
				"it knows what became of %llu, and nothing is left to send): move its folder away and push again",
				run_id(s->run), (unsigned long long)o->records, STR_ARG(o->target),
				(unsigned long long)(o->accepted + o->refused + o->unchanged));
	}
	return 0;
}

static enum run_status status_of(const struct passage *s, int rc)
{
	if (rc == 0 && s->result.signal == 0)
		return RUN_DONE;
	return strcmp(s->e->code, "run.superseded") == 0 ? RUN_SUPERSEDED : RUN_STOPPED;
}

static int exit_of(const struct passage *s, const struct run_record *r)
{
	uint64_t refused = 0;
	for (size_t i = 0; i < r->output_count; i++)
		refused += r->outputs[i].refused;
	if (s->result.signal)
		return 128 + s->result.signal;
	if (s->e->class != ERR_NONE)
		return (int)s->e->class;
	return r->rows.rejected || refused ? ERR_ROWS : 0;
}

/* What is known of the run, in the summary; less where its ledger cannot be read any more. */
static int look_back(struct passage *s, struct summary *sum, struct err *e)
{
	struct refused *refused = NULL;
	int rc = run_record(s->run, &s->arena, &sum->run, e);
	if (rc == 0)
		rc = ledger_refused(s->state, run_id(s->run), SUMMARY_REFUSED, &s->arena, &refused, &sum->refused_count, e);
	sum->refused = refused;
	if (rc != 0)
		*sum = (struct summary){ .delivers = true, .error = s->e, .run = { .id = str_of(run_id(s->run)),
			.command = STR("push") } };
	return rc;
}

/* Records the end and prints what was done, in every case. */
static int conclude(struct passage *s, int rc, int64_t ms)
{
	enum run_status status = status_of(s, rc);
	struct summary sum = { .delivers = true, .error = s->e };
	struct err unrecorded = { 0 }, unread = { 0 }, failed = { 0 }, ignored = { 0 };
	struct manifest m;
	struct str reason = str_of(s->e->message);
	char text[48];
	if (s->result.signal) {
		snprintf(text, sizeof text, "ended by signal %d", s->result.signal);
		reason = str_of(text);
	}
	if (manifest_read(run_spool(s->run), &s->arena, &m, &ignored) == 0)
		sum.payload = &m;
	if (sum.payload && s->resumed) /* else it was told when it was made */
		guard_warn(&m);
	run_set_resume_ms(s->run, s->result.resume_ms);
	int end = run_finish(s->run, status, reason, ms, &unrecorded) | look_back(s, &sum, &unread);
	if (end != 0) {
		sum.run.status = RUN_STOPPED;
		*s->e = unrecorded.class ? unrecorded : unread;
	}
	sum.exit = exit_of(s, &sum.run);
	metrics_take(&sum.run, true);
	if (summary_print(&sum, s->o->json, &failed) != 0) {
		*s->e = failed;
		return (int)failed.class;
	}
	return sum.exit;
}

/* A new run is registered here, and an old one that ended between its payload and this. */
static int register_run(struct passage *s)
{
	struct run_record record;
	if (!s->resumed)
		return run_register(s->run, s->contracts, s->e);
	if (run_record(s->run, &s->arena, &record, s->e) != 0)
		return -1;
	if (record.output_count)
		return 0;
	if (!payload_is_ours(run_spool(s->run)))
		return err_set(s->e, ERR_DELIVERY, "run.no_payload",
			"run %s ended before its payload was whole and sent nothing: push again", run_id(s->run));
	return run_register(s->run, s->contracts, s->e);
}

static int run_session(
	struct options *o, struct run *run, const struct contracts *contracts, bool resumed, struct err *e)
{
	struct passage s = { .o = o, .run = run, .contracts = contracts, .resumed = resumed, .e = e };
	struct clock *clock = clock_system();
	int64_t start = clock->mono(clock);
	log_run(run_id(run));
	int rc = ledger_folder(o->state, &s.arena, &s.state, e);
	if (rc == 0)
		rc = register_run(&s);
	if (rc == 0)
		rc = deliver_all(&s);
	if (rc == 0 && s.result.signal == 0)
		rc = account_for_all(&s);
	int status = s.state ? conclude(&s, rc, clock->mono(clock) - start)
		: summary_stopped("push", "", o->json, (int)e->class, e);
	run_close(run);
	arena_release(&s.arena);
	return status;
}

int delivery_run(struct options *o, struct run *run, const struct contracts *contracts, struct err *e)
{
	return run_session(o, run, contracts, false, e);
}

int delivery_resume(struct options *o, const char *id, const struct contracts *contracts, struct err *e)
{
	struct arena arena = { 0 };
	const char *state;
	struct run *run;
	umask(077); /* what is packed is part of the ledger */
	int rc = ledger_folder(o->state, &arena, &state, e);
	if (rc == 0)
		rc = run_resume(state, id, &run, e);
	arena_release(&arena);
	return rc == 0 ? run_session(o, run, contracts, true, e)
		: summary_stopped("push", "", o->json, (int)e->class, e);
}
