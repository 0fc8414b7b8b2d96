/* push --dry-run: what would be sent, and how long the rate limits make it last. */
#include "qonduit/deliver.h"
#include "qonduit/delivery.h"
#include "qonduit/json_write.h"
#include "qonduit/log.h"
#include "qonduit/progress.h"
#include "qonduit/summary.h"

static void plan_text(const struct run_output *p, const struct deliver_plan *plan, const char *host, struct buf *to)
{
	char records[32], left_out[32], requests[32], polls[32], least[48];
	buf_printf(to, "  %.*s: %s %s in %s %s to %s", STR_ARG(p->target), progress_number(plan->records, records),
		plan->records == 1 ? "record" : "records", progress_number(plan->requests, requests),
		plan->requests == 1 ? "request" : "requests", host ? host : "an address that is not known yet");
	if (p->unchanged)
		buf_printf(to, " (%s unchanged)", progress_number(p->unchanged, left_out));
	if (plan->polls)
		buf_printf(to, " and at least %s %s", progress_number(plan->polls, polls), plan->polls == 1 ? "poll" : "polls");
	buf_printf(to, ", at least %s under the rate limits\n", progress_duration(plan->least_ms, least));
}

static void plan_json(const struct run_output *p, const struct deliver_plan *plan, bool compared, struct json_out *w)
{
	json_key(w, p->target);
	json_open(w, '{');
	json_key(w, STR("records"));
	json_int(w, (int64_t)plan->records);
	if (compared) {
		json_key(w, STR("unchanged"));
		json_int(w, (int64_t)p->unchanged);
	}
	json_key(w, STR("requests"));
	json_int(w, (int64_t)plan->requests);
	json_key(w, STR("polls"));
	json_int(w, (int64_t)plan->polls);
	json_key(w, STR("least_ms"));
	json_int(w, plan->least_ms);
	json_close(w, '}');
}

/* What of each output would be left out. */
static int plan_outputs(struct options *o, const char *state, const char *dir, const struct manifest *m,
	const struct contracts *contracts, struct run_record *out, struct err *e)
{
	out->outputs = ARENA_ARRAY(&o->arena, m->output_count, struct run_output);
	for (size_t i = 0; i < m->output_count; i++) {
		const struct contract *contract = contracts_find(contracts, m->outputs[i].target);
		struct run_output *to = &out->outputs[out->output_count++];
		struct connection c;
		struct pack_plan pack;
		*to = (struct run_output){ .target = m->outputs[i].target, .records = m->outputs[i].records,
			.requests = m->outputs[i].requests };
		if (!o->changed_only || !contract || !contract->has_wire)
			continue;
		if (delivery_connection(o, contract, CONNECTION_SETTINGS, &c, e) != 0)
			return -1;
		if (!c.host) /* nothing is known of a place that is not known */
			continue;
		if (ledger_plan(state, dir, m, contract, str_of(c.host), c.account, &pack, e) != 0)
			return -1;
		to->unchanged = pack.unchanged;
		to->requests = pack.requests;
	}
	return 0;
}

static int plan_all(struct options *o, const struct run_record *r, const struct contracts *contracts, struct buf *text,
	struct json_out *w, struct err *e)
{
	for (size_t i = 0; i < r->output_count; i++) {
		const struct run_output *p = &r->outputs[i];
		const struct contract *contract = contracts_find(contracts, p->target);
		struct connection c;
		struct deliver_plan plan;
		if (!contract || !contract->has_wire)
			continue;
		if (delivery_connection(o, contract, CONNECTION_SETTINGS, &c, e) != 0)
			return -1;
		deliver_plan(contract, &c, p->records - p->unchanged, p->requests, &plan);
		plan_text(p, &plan, c.host, text);
		plan_json(p, &plan, o->changed_only, w);
	}
	return 0;
}

/* The plan, as text and as JSON; the whole of it is known before any is printed. */
static int make_plan(struct options *o, struct summary *sum, const struct contracts *contracts, struct buf *text,
	struct buf *json, struct err *e)
{
	struct json_out w = json_out(json);
	json_open(&w, '{');
	json_key(&w, STR("dry_run"));
	json_bool(&w, true);
	summary_json_members(&sum->run, &w);
	json_key(&w, STR("plan"));
	json_open(&w, '{');
	buf_add(text, STR("dry run, nothing is sent\n"));
	summary_rows(&sum->run.rows, text);
	if (plan_all(o, &sum->run, contracts, text, &w, e) != 0)
		return -1;
	json_close(&w, '}');
	json_member_int(&w, "exit", sum->exit);
	summary_suspects(sum->payload, &w);
	json_close(&w, '}');
	buf_addc(json, '\n');
	return 0;
}

int delivery_plan(
	struct options *o, const char *state, const char *dir, const struct contracts *contracts, struct err *e)
{
	struct arena arena = { 0 };
	struct buf text = { 0 }, json = { 0 };
	struct manifest m;
	struct summary sum = { .run = { .command = STR("push"), .status = RUN_DONE }, .payload = &m };
	int rc = manifest_read(dir, &arena, &m, e);
	if (rc == 0) {
		sum.exit = m.rows.rejected ? ERR_ROWS : 0;
		sum.run.mapping = summary_mapping(m.mapping.p);
		sum.run.shard = m.shard;
		sum.run.rows = m.rows;
		rc = plan_outputs(o, state, dir, &m, contracts, &sum.run, e);
	}
	if (rc == 0)
		rc = summary_check(&sum, e);
	if (rc == 0)
		rc = make_plan(o, &sum, contracts, &text, &json, e);
	if (rc != 0)
		sum.exit = summary_stopped("push", m.mapping.n ? m.mapping.p : "", o->json, (int)e->class, e);
	else if (!o->json)
		log_text("plan", buf_str(&text));
	else if (summary_output(buf_str(&json), e) != 0)
		sum.exit = (int)e->class;
	buf_release(&text);
	buf_release(&json);
	arena_release(&arena);
	return sum.exit;
}
