#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qonduit/log.h"
#include "unit.h"

#define TARGET "quotiza.products"
#define LINES_FILE "shop.things.ndjson"
#define LINE_OF "{\"sku\":\"K%d\",\"price\":\"1.00\"}"

/* ---- the server and the clock ---- */

static struct script *of_clock(struct clock *c)
{
	return (struct script *)(void *)((char *)c - offsetof(struct script, clock));
}

static int64_t script_wall(struct clock *c)
{
	return START_MS + of_clock(c)->now_ms;
}

static int64_t script_mono(struct clock *c)
{
	return 5000 + of_clock(c)->now_ms;
}

static int script_sleep(struct clock *c, int64_t ms)
{
	of_clock(c)->now_ms += ms > 0 ? ms : 0;
	return 0;
}

static _Noreturn void end_process(const struct script *s)
{
	usleep((useconds_t)s->kill_ms * 1000);
	_exit(9);
}

static void kill_at(struct script *s, enum script_kill point)
{
	if (s->kill == point && s->kill_line == s->at)
		end_process(s);
}

static int script_submit(struct transport *t, struct exchange *x, struct err *e)
{
	struct script *s = (struct script *)t;
	bool post = strcmp(x->request.method, "POST") == 0;
	const struct line *line = &s->lines[s->at];
	kill_at(s, KILL_BEFORE_SENDING);
	if (s->under_way || !line->method || strcmp(line->method, x->request.method) != 0)
		s->wrong = true;
	s->under_way = x;
	s->times[(s->posts + s->gets) % 64] = s->now_ms;
	if (post)
		snprintf(s->bodies[s->posts % 8], sizeof s->bodies[0], "%.*s",
			(int)(x->request.body.n < 399 ? x->request.body.n : 399), x->request.body.p);
	s->posts += post;
	s->gets += !post;
	snprintf(s->last_url, sizeof s->last_url, "%s", x->request.url);
	return 0;
}

static struct exchange *script_step(struct transport *t, int64_t timeout_ms)
{
	struct script *s = (struct script *)t;
	struct exchange *x = s->under_way;
	const struct line *line = &s->lines[s->at];
	if (s->signal_at == s->at + 1)
		s->signal = 15;
	if (!x || s->hangs) {
		s->now_ms += timeout_ms;
		return NULL;
	}
	kill_at(s, KILL_BEFORE_REPLY);
	s->now_ms += line->takes_ms ? line->takes_ms : 100;
	s->under_way = NULL;
	if (!line->method) {
		x->end = EXCHANGE_REFUSED;
		snprintf(x->problem, sizeof x->problem, "the script is over");
		return x;
	}
	x->end = line->status ? EXCHANGE_REPLY : line->end;
	x->status = line->status;
	snprintf(x->problem, sizeof x->problem, "connection reset");
	snprintf(x->retry_after, sizeof x->retry_after, "%s", line->retry_after ? line->retry_after : "");
	x->date[0] = x->location[0] = '\0';
	buf_clear(&x->body);
	buf_add(&x->body, str_of(line->body));
	s->at++;
	return x;
}

static void script_cancel(struct transport *t, struct exchange *x)
{
	struct script *s = (struct script *)t;
	s->under_way = NULL;
	s->cancelled++;
}

static void on_progress(void *arg, const struct deliver_state *state)
{
	struct script *s = arg;
	if (state->why[0])
		snprintf(s->why, sizeof s->why, "%s", state->why);
	s->busy += state->wait == DELIVER_WAITS_OTHER;
	if (s->busy > 2)
		s->signal = 2;
	if (s->kill == KILL_AFTER_REPLY && s->at == s->kill_line + 1)
		end_process(s);
}

static int on_renew(void *arg, struct err *e)
{
	struct script *s = arg;
	if (s->under_way)
		s->wrong = true;
	if (s->renewals_max && s->renewals == s->renewals_max)
		return err_set(e, ERR_CREDENTIALS, "login.refused", "the login is refused");
	s->renewals++;
	s->now_ms += 100;
	if (s->signal_at_renewal)
		s->signal = 15;
	return 0;
}

static struct script script_of(const struct line *lines)
{
	return (struct script){ .transport = { script_submit, script_step, script_cancel, NULL },
		.clock = { script_wall, script_mono, script_sleep }, .lines = lines };
}

/* ---- the stage ---- */

static void write_spool(struct stage *s, int batches, int each)
{
	struct folder f;
	struct manifest m = {
		.program = STR("qonduit test"), .mapping = STR("test.json"), .output_count = 1, .file_count = (size_t)batches
	};
	uint64_t records = (uint64_t)batches * (uint64_t)each;
	struct str target = s->contract->target;
	struct payload_output output = { .target = target, .contract = s->contract->version, .records = records,
		.requests = (uint64_t)batches };
	struct buf text = { 0 };
	memset(m.mapping_sha256, '0', 64);
	m.rows = (struct payload_counts){ .read = records + 1, .filtered = 1, .written = records };
	m.outputs = &output;
	m.files = ARENA_ARRAY(&s->arena, (size_t)batches, struct payload_file);
	CU_ASSERT_EQUAL_FATAL(folder_begin(&f, run_spool(s->run), false, &s->e), 0);
	for (int i = 0; i < batches; i++) {
		struct payload_file *file = &m.files[i];
		unsigned char sum[DIGEST_BYTES];
		file->target = target;
		file->records = (uint64_t)each;
		file->name = arena_printf(&s->arena, "%.*s-%05d.json", STR_ARG(target), i + 1);
		buf_clear(&text);
		buf_add(&text, STR("{\"products\":["));
		for (int j = 0; j < each; j++)
			buf_printf(&text, "%s{\"sku\":\"K%d\",\"name\":\"Thing\",\"brand\":\"B\"}", j ? "," : "", i * each + j + 1);
		buf_add(&text, STR("]}"));
		file->bytes = text.n;
		digest_of(buf_str(&text), sum);
		digest_hex(sum, file->sha256);
		CU_ASSERT_EQUAL_FATAL(io_write_file(f.fd, file->name.p, buf_str(&text), &s->e), 0);
		buf_clear(&text);
		for (int j = 0; j < each; j++)
			buf_printf(&text, "catalog.csv:%d\n", i * each + j + 2);
		CU_ASSERT_EQUAL_FATAL(
			io_write_file(f.fd, arena_printf(&s->arena, "%s.rows", file->name.p).p, buf_str(&text), &s->e), 0);
	}
	buf_clear(&text);
	manifest_print(&m, &text);
	CU_ASSERT_EQUAL_FATAL(io_write_file(f.fd, PAYLOAD_MANIFEST, buf_str(&text), &s->e), 0);
	CU_ASSERT_EQUAL_FATAL(folder_commit(&f, &s->e), 0);
	buf_release(&text);
}

static void add_file(struct stage *s, int dirfd, const char *name, struct buf *text)
{
	CU_ASSERT_EQUAL_FATAL(io_write_file(dirfd, name, buf_str(text), &s->e), 0);
	buf_clear(text);
}

static void write_lines(struct stage *s, int records)
{
	struct folder f;
	struct payload_output output = { .target = s->contract->target, .contract = s->contract->version,
		.records = (uint64_t)records, .requests = (uint64_t)records };
	struct payload_file file = { .name = STR(LINES_FILE), .target = s->contract->target, .records = (uint64_t)records };
	struct manifest m = { .program = STR("qonduit test"), .mapping = STR("test.json"), .outputs = &output,
		.output_count = 1, .files = &file, .file_count = 1 };
	struct buf text = { 0 };
	unsigned char sum[DIGEST_BYTES];
	memset(m.mapping_sha256, '0', 64);
	m.rows = (struct payload_counts){ .read = (uint64_t)records, .written = (uint64_t)records };
	CU_ASSERT_EQUAL_FATAL(folder_begin(&f, run_spool(s->run), false, &s->e), 0);
	for (int i = 1; i <= records; i++)
		buf_printf(&text, LINE_OF "\n", s->keys ? (i - 1) % s->keys + 1 : i);
	file.bytes = text.n;
	digest_of(buf_str(&text), sum);
	digest_hex(sum, file.sha256);
	add_file(s, f.fd, LINES_FILE, &text);
	for (int i = 1; i <= records; i++)
		buf_printf(&text, "catalog.csv:%d\n", i + 1);
	add_file(s, f.fd, LINES_FILE ".rows", &text);
	manifest_print(&m, &text);
	add_file(s, f.fd, PAYLOAD_MANIFEST, &text);
	CU_ASSERT_EQUAL_FATAL(folder_commit(&f, &s->e), 0);
	buf_release(&text);
}

static const struct rate_rule limits[] = {
	{ { "/products/import", 16 }, 5, 60000, false },
	{ { "/products/import", 16 }, 5, 60000, true },
	{ { "", 0 }, 10, 60000, false },
};

void stage_new_run(struct stage *s, int batches, int each)
{
	const struct str input = STR("catalog.csv");
	run_close(s->run);
	CU_ASSERT_EQUAL_FATAL(run_create(s->state, "push", STR("test.json"), &input, 1, START_MS, &s->run, &s->e), 0);
	strcpy(s->id, run_id(s->run));
	if (s->contract->style == FILE_LINES)
		write_lines(s, batches);
	else
		write_spool(s, batches, each);
	CU_ASSERT_EQUAL_FATAL(run_register(s->run, &s->contracts, &s->e), 0);
}

void stage_open(struct stage *s, int batches, int each)
{
	struct faults faults;
	*s = (struct stage){ .state = unit_folder() };
	log_setup(LOG_LEVEL_ERROR, LOG_TEXT, false);
	faults_init(&faults, &s->arena);
	CU_ASSERT_EQUAL_FATAL(contracts_load(NULL, &s->arena, &s->contracts, &faults), 0);
	s->contract = contracts_find(&s->contracts, STR(TARGET));
	s->connection = (struct connection){ .system = "quotiza",
		.base_url = "https://quotiza.test/api",
		.host = "quotiza.test",
		.account = STR("1"),
		.limits = limits,
		.limit_count = 3,
		.timeout_ms = 60000,
		.backoff_ms = 500,
		.backoff_max_ms = 60000,
		.retries = 6,
		.concurrency = 1,
		.poll_ms = 1000,
		.poll_max_ms = 15000,
		.job_timeout_ms = 3600000 };
	stage_new_run(s, batches, each);
}

/* A target whose contract has `file` as its file, and `wire` in its wire. */
static void open_things(struct stage *s, const char *file, const char *wire)
{
	static const struct contract *one[1];
	struct faults faults;
	struct contract *c;
	stage_open(s, 0, 0);
	faults_init(&faults, &s->arena);
	c = ARENA_NEW(&s->arena, struct contract);
	struct str text = arena_printf(&s->arena,
		"{\"qonduit_contract\":1,\"target\":\"shop.things\",\"title\":\"T\",\"key\":\"sku\",\"fields\":{\"sku\":{\"type\":\"string\"},"
		"\"price\":{\"type\":\"string\"}},\"file\":{%s},\"wire\":{\"system\":\"quotiza\",\"method\":\"POST\","
		"\"path\":\"/things\",\"success\":[200],\"error\":{\"code\":\"code\",\"fields\":true},%s}}", file, wire);
	CU_ASSERT_EQUAL_FATAL(contract_read(text, "x.json", &s->arena, c, &faults), 0);
	one[0] = s->contract = c;
	s->contracts = (struct contracts){ one, 1 };
	s->connection.limit_count = 0;
}

void stage_open_lines(struct stage *s, int records, const char *wire)
{
	open_things(s, "\"style\":\"lines\",\"extension\":\"ndjson\"", wire);
	stage_new_run(s, records, 1);
}

void stage_open_batches(struct stage *s, int batches, int each, const char *wire)
{
	open_things(s, "\"style\":\"batches\",\"extension\":\"json\",\"records\":\"products\",\"records_per_request\":1000", wire);
	stage_new_run(s, batches, each);
}

int stage_resume(struct stage *s)
{
	run_close(s->run);
	s->run = NULL;
	s->e = (struct err){ 0 };
	return run_resume(s->state, s->id, &s->run, &s->e);
}

static int deliver_now(struct stage *s, bool resumed)
{
	struct rate *rate;
	s->e = (struct err){ 0 };
	CU_ASSERT_EQUAL_FATAL(rate_open(s->state, str_of(s->connection.host), s->connection.account, s->connection.limits,
		s->connection.limit_count, s->connection.timeout_ms, &s->script.clock, &rate, &s->e), 0);
	struct deliver d = { .run = s->run,
		.state = s->state,
		.contract = s->contract,
		.connection = &s->connection,
		.transport = &s->script.transport,
		.rate = rate,
		.clock = &s->script.clock,
		.signal = &s->script.signal,
		.max_wait_ms = 900000,
		.renew = s->script.renews ? on_renew : NULL,
		.progress = on_progress,
		.arg = &s->script };
	int rc = deliver_output(&d, &s->result, &s->e);
	rate_close(rate);
	return rc;
}

/* Keeps what a test has set before. */
static void begin_script(struct stage *s, const struct line *lines)
{
	struct script now = script_of(lines);
	now.hangs = s->script.hangs;
	now.now_ms = s->script.now_ms;
	now.signal_at = s->script.signal_at;
	now.renews = s->script.renews;
	now.renewals_max = s->script.renewals_max;
	now.signal_at_renewal = s->script.signal_at_renewal;
	now.kill_ms = s->script.kill_ms;
	s->script = now;
}

int stage_deliver(struct stage *s, const struct line *lines)
{
	begin_script(s, lines);
	int rc = deliver_now(s, false);
	CU_ASSERT_FALSE(s->script.wrong);
	return rc;
}

int stage_go_on(struct stage *s, const struct line *lines)
{
	begin_script(s, lines);
	int rc = deliver_now(s, true);
	CU_ASSERT_FALSE(s->script.wrong);
	return rc;
}

void stage_die(struct stage *s, const struct line *lines, size_t line, enum script_kill kill, bool resumed)
{
	int status;
	run_close(s->run);
	s->run = NULL;
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		begin_script(s, lines);
		s->script.kill_line = line;
		s->script.kill = kill;
		if (run_resume(s->state, s->id, &s->run, &s->e) == 0)
			deliver_now(s, resumed);
		_exit(1);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 9);
}

struct run_record stage_record(struct stage *s)
{
	struct run_record r;
	struct err e = { 0 };
	CU_ASSERT_EQUAL_FATAL(ledger_show(s->state, s->id, &s->arena, &r, &e), 0);
	return r;
}

void stage_sums(struct stage *s, uint64_t sent, uint64_t accepted, uint64_t refused)
{
	struct run_record r = stage_record(s);
	CU_ASSERT_EQUAL_FATAL(r.output_count, 1);
	CU_ASSERT_EQUAL(r.outputs[0].sent, sent);
	CU_ASSERT_EQUAL(r.outputs[0].accepted, accepted);
	CU_ASSERT_EQUAL(r.outputs[0].refused, refused);
}

const char *stage_refused(struct stage *s)
{
	struct refused *all;
	size_t count;
	struct err e = { 0 };
	struct buf text = { 0 };
	CU_ASSERT_EQUAL_FATAL(ledger_refused(s->state, s->id, SIZE_MAX, &s->arena, &all, &count, &e), 0);
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%.*s %.*s %.*s%s%.*s: %.*s\n", STR_ARG(all[i].key), STR_ARG(all[i].origin),
			STR_ARG(all[i].code), all[i].field.n ? "/" : "", STR_ARG(all[i].field), STR_ARG(all[i].message));
	const char *copy = arena_copy(&s->arena, buf_str(&text)).p;
	buf_release(&text);
	return copy;
}

static bool give_up(void *arg, const char *holder)
{
	return false;
}

bool stage_accepted(struct stage *s, const char *key)
{
	struct accepted *a;
	struct err e = { 0 };
	bool has;
	struct str text = s->contract->style == FILE_LINES ? arena_printf(&s->arena, LINE_OF, atoi(key + 1))
		: arena_printf(&s->arena, "{\"sku\":\"%s\",\"name\":\"Thing\",\"brand\":\"B\"}", key);
	CU_ASSERT_EQUAL_FATAL(
		accepted_open(s->state, s->contract, str_of(s->connection.host), s->connection.account, s->id, give_up, NULL, &a, &e),
		0);
	CU_ASSERT_EQUAL(accepted_has(a, str_of(key), text, &has, &e), 0);
	accepted_close(a);
	return has;
}

void stage_close(struct stage *s)
{
	run_close(s->run);
	arena_release(&s->arena);
	log_setup(LOG_LEVEL_INFO, LOG_TEXT, false);
}
