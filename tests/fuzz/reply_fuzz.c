/* Any bytes as a server's reply, to an upload and to a poll of each contract: "CSH header\nbody", where C says whose, S
 * which status, H what header (Retry-After or Date). A verdict must be one that the status allows, what is told of it
 * must be fit to be shown, and no more records are refused than there are, each once.
 */
#include <stdlib.h>

#include "qonduit/poll.h"
#include "qonduit/retry.h"
#include "qonduit/utf8.h"

#define NOW_MS 1795284600000
#define RECORDS 3

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const int statuses[] = { 200, 201, 202, 204, 302, 400, 401, 403, 404, 408, 409, 413, 422, 425, 429, 500, 503, 0 };
enum { STATUSES = sizeof statuses / sizeof *statuses };

#define THINGS(wire) \
	"{\"qonduit_contract\":1,\"target\":\"shop.things\",\"title\":\"T\",\"key\":\"sku\",\"fields\":{\"sku\":{\"type\":\"string\"}}," \
	"\"file\":{\"style\":\"batches\",\"extension\":\"json\",\"records_per_request\":9},\"wire\":{\"system\":\"quotiza\"," \
	"\"method\":\"POST\",\"path\":\"/things\",\"success\":[200],\"idempotent\":false,\"error\":{\"code\":\"code\",\"fields\":true}," wire "}}"

static const char *const own[] = {
	THINGS("\"items\":{\"list\":\"results\",\"key\":\"id\",\"code\":\"code\",\"message\":\"text\"}"),
	THINGS("\"items\":{\"list\":\"data.results\",\"key\":\"id\",\"message\":\"text\",\"ok\":{\"path\":\"state\",\"values\":[\"OK\"]}}"),
	THINGS("\"ok\":{\"path\":\"status\",\"values\":[\"OK\",\"done\"]}"),
};
enum { OWN = sizeof own / sizeof *own, MOST = 64 };

static struct arena forever;

static size_t contracts_to_try(const struct contract *out[MOST])
{
	static const struct contract *all[MOST];
	static size_t count;
	struct contracts shipped;
	struct faults faults;
	if (count == 0) {
		faults_init(&faults, &forever);
		if (contracts_load(NULL, &forever, &shipped, &faults) != 0)
			abort();
		for (size_t i = 0; i < shipped.count; i++)
			if (shipped.all[i]->has_wire)
				all[count++] = shipped.all[i];
		for (size_t i = 0; i < OWN; i++) {
			struct contract *c = ARENA_NEW(&forever, struct contract);
			if (contract_read(str_of(own[i]), "own.json", &forever, c, &faults) != 0)
				abort();
			all[count++] = c;
		}
	}
	memcpy(out, all, count * sizeof *out);
	return count;
}

/* On one line, of a length that is bounded. */
static void shown(struct str text, size_t most)
{
	if (text.n > most || utf8_invalid_at(text) != text.n)
		abort();
	for (size_t i = 0; i < text.n; i++) {
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			abort();
	}
}

static void judged(const struct judgement *j, const struct exchange *x)
{
	bool good = x->end == EXCHANGE_REPLY && x->status >= 200 && x->status < 300;
	if (j->wait_ms < 0 || j->wait_ms > RETRY_AFTER_MAX_MS || (j->verdict == VERDICT_DONE && !good))
		abort();
	if (j->verdict == VERDICT_STOP && j->class != ERR_CREDENTIALS && j->class != ERR_DELIVERY)
		abort();
	shown(j->text, SIZE_MAX);
	shown(j->message, SIZE_MAX);
	shown(str_of(j->code), sizeof j->code);
}

static void refused(const struct poll_verdict *v)
{
	size_t tied = 0;
	for (size_t i = 0; i < RECORDS; i++)
		tied += v->is_refused[i];
	if (v->count > RECORDS || tied > v->count || (v->certain && tied != v->count))
		abort();
	for (size_t i = 0; i < v->count; i++) {
		shown(v->refused[i].message, SIZE_MAX);
		shown(v->refused[i].code, SIZE_MAX);
	}
	shown(v->warning, SIZE_MAX);
}

static void poll(const struct contract *c, const struct judgement *j, const struct payload_body *body, struct arena *arena)
{
	struct poll_answer a;
	struct poll_verdict v;
	poll_read(&c->wire.job, j->body, &a);
	if (poll_left(&a, 5000) < -1 || poll_pause(3, 1000, 15000, &a, 5000) <= 0)
		abort();
	if (a.end != POLL_RUNNING) {
		poll_judge(c, j->body, a.end, body, STR("f.json"), arena, &v);
		refused(&v);
	}
}

static void answer(const struct contract *c, struct exchange *x, struct arena *arena)
{
	struct str keys[RECORDS] = { STR("K1"), STR("K2"), STR("7") }, origins[RECORDS] = { STR("a:1"), STR("a:2"), STR("a:3") };
	const struct payload_body body = { .records = RECORDS, .keys = keys, .origins = origins };
	struct judgement j;
	struct poll_verdict v;
	retry_judge_upload(c, x, NOW_MS, arena, &j);
	judged(&j, x);
	if (j.verdict == VERDICT_DONE && c->wire.has_job && j.job.n == 0)
		abort();
	if (j.verdict == VERDICT_DONE && !c->wire.has_job && c->wire.has_items) {
		items_judge(c, j.body, &body, STR("f.json"), arena, &v);
		refused(&v);
	}
	if (!c->wire.has_job)
		return;
	retry_judge_poll(c, x, STR("7"), NOW_MS, arena, &j);
	judged(&j, x);
	if (j.verdict == VERDICT_DONE)
		poll(c, &j, &body, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct contract *all[MOST];
	struct arena arena;
	struct exchange x = { .end = EXCHANGE_REPLY };
	size_t count = contracts_to_try(all);
	if (n < 3)
		return 0;
	struct str rest = { (const char *)bytes + 3, n - 3 }, text;
	struct str header = str_cut(rest, '\n', &text);
	x.status = statuses[bytes[1] % STATUSES];
	if (x.status == 0)
		x.end = EXCHANGE_UNKNOWN;
	struct str cut = str_head(header, sizeof x.date - 1);
	memcpy(bytes[2] & 1 ? x.date : x.retry_after, cut.p, cut.n);
	arena_init(&arena, 1 << 14);
	buf_add(&x.body, text);
	answer(all[bytes[0] % count], &x, &arena);
	exchange_release(&x);
	arena_release(&arena);
	return 0;
}
