#include "qonduit/summary.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "qonduit/clock.h"
#include "qonduit/io.h"
#include "qonduit/json_write.h"
#include "qonduit/log.h"
#include "qonduit/progress.h"
#include "qonduit/shipped.h"
#include "qonduit/utf8.h"

#define VALUE_SHOWN 60 /* bytes */

static uint64_t still_to_send(const struct run_output *o)
{
	return o->records - o->unchanged - o->accepted - o->refused;
}

int summary_check(const struct summary *s, struct err *e)
{
	const struct payload_counts *n = &s->run.rows;
	if (n->read != n->filtered + n->duplicates + n->rejected + n->written)
		return err_set(e, ERR_INTERNAL, "summary.rows",
			"the rows do not add up: %llu read, %llu filtered, %llu duplicates, %llu rejected, %llu written",
			(unsigned long long)n->read, (unsigned long long)n->filtered, (unsigned long long)n->duplicates,
			(unsigned long long)n->rejected, (unsigned long long)n->written);
	for (size_t i = 0; i < s->run.output_count; i++) {
		const struct run_output *o = &s->run.outputs[i];
		if (o->unchanged + o->accepted + o->refused > o->records || o->accepted + o->refused > o->sent ||
			o->sent + o->unchanged > o->records)
			return err_set(e, ERR_INTERNAL, "summary.records",
				"the records of %.*s do not add up: "
				"%llu in all, %llu unchanged, %llu sent, %llu accepted, %llu refused",
				STR_ARG(o->target), (unsigned long long)o->records, (unsigned long long)o->unchanged,
				(unsigned long long)o->sent, (unsigned long long)o->accepted, (unsigned long long)o->refused);
	}
	return 0;
}

/* ---- JSON ---- */

static void seconds(struct json_out *w, const char *key, int64_t ms)
{
	char shown[32];
	snprintf(shown, sizeof shown, "%lld.%03d", (long long)(ms / 1000), (int)(ms % 1000));
	json_key(w, str_of(key));
	json_raw(w, str_of(shown));
}

static void json_inputs(const struct run_record *r, struct json_out *w)
{
	struct buf all = { 0 };
	for (size_t i = 0; i < r->input_count; i++) {
		if (i)
			buf_addc(&all, ' ');
		buf_add(&all, r->inputs[i]);
	}
	json_member_string(w, "input", buf_str(&all));
	buf_release(&all);
}

static void json_outputs(const struct run_record *r, struct json_out *w)
{
	json_key(w, STR("outputs"));
	json_open(w, '{');
	for (size_t i = 0; i < r->output_count; i++) {
		const struct run_output *o = &r->outputs[i];
		json_key(w, o->target);
		json_open(w, '{');
		json_member_int(w, "records", o->records);
		json_member_int(w, "requests", o->requests);
		json_member_int(w, "sent", o->sent);
		json_member_int(w, "accepted", o->accepted);
		json_member_int(w, "refused", o->refused);
		json_member_int(w, "unchanged", o->unchanged);
		json_member_int(w, "jobs", o->jobs);
		json_close(w, '}');
	}
	json_close(w, '}');
}

void summary_json_members(const struct run_record *r, struct json_out *w)
{
	json_key(w, STR("run"));
	if (r->id.n)
		json_string(w, r->id);
	else
		json_raw(w, STR("null"));
	json_member_string(w, "command", r->command);
	json_member_string(w, "mapping", r->mapping);
	if (r->started.n)
		json_member_string(w, "started", r->started);
	if (r->input_count)
		json_inputs(r, w);
	if (r->shard.n)
		json_member_string(w, "shard", r->shard);
	json_member_string(w, "status", str_of(run_status_name(r->status)));
	if (r->reason.n)
		json_member_string(w, "reason", r->reason);
	if (r->status == RUN_STOPPED && r->resume_ms) {
		char at[25];
		clock_iso(r->resume_ms, at);
		json_member_string(w, "resume_after", str_of(at));
	}
	json_key(w, STR("rows"));
	json_open(w, '{');
	json_member_int(w, "read", r->rows.read);
	json_member_int(w, "filtered", r->rows.filtered);
	json_member_int(w, "duplicates", r->rows.duplicates);
	json_member_int(w, "rejected", r->rows.rejected);
	json_member_int(w, "written", r->rows.written);
	json_close(w, '}');
	json_outputs(r, w);
	json_key(w, STR("http"));
	json_open(w, '{');
	json_member_int(w, "requests", r->http.requests);
	json_member_int(w, "retries", r->http.retries);
	json_member_int(w, "throttled", r->http.throttled);
	json_member_int(w, "waited_ms", (uint64_t)r->http.waited_ms);
	json_close(w, '}');
	json_member_int(w, "in_doubt", r->doubts);
	if (r->spool.n)
		json_member_string(w, "folder", r->spool);
	json_key(w, STR("files"));
	json_open(w, '[');
	for (size_t i = 0; i < r->file_count; i++)
		json_string(w, r->files[i].name);
	json_close(w, ']');
	json_key(w, STR("seconds"));
	json_open(w, '{');
	seconds(w, "transform", r->transform_ms);
	seconds(w, "deliver", r->deliver_ms);
	json_close(w, '}');
}

static const char *class_name(enum err_class c)
{
	switch (c) {
	case ERR_NONE: return "none";
	case ERR_ROWS: return "rows";
	case ERR_USAGE: return "usage";
	case ERR_MAPPING: return "mapping";
	case ERR_INPUT: return "input";
	case ERR_DELIVERY: return "delivery";
	case ERR_CREDENTIALS: return "credentials";
	case ERR_GUARD: return "guard";
	case ERR_INTERNAL: break;
	}
	return "internal";
}

void summary_error(const struct err *e, struct json_out *w)
{
	struct buf said = { 0 }, masked = { 0 };
	err_print(e, &said);
	log_mask(buf_str(&said), &masked);
	json_key(w, STR("error"));
	json_open(w, '{');
	json_member_string(w, "class", str_of(class_name(e->class)));
	json_member_string(w, "code", str_of(e->code));
	json_member_string(w, "message", buf_str(&masked));
	json_close(w, '}');
	buf_release(&said);
	buf_release(&masked);
}

static void suspect(const struct payload_output *o, const struct payload_suspect *s, struct json_out *w)
{
	json_open(w, '{');
	json_member_string(w, "target", o->target);
	json_member_string(w, "field", s->field);
	json_member_string(w, "value", s->value);
	json_member_int(w, "records", (int64_t)s->records);
	json_close(w, '}');
}

void summary_suspects(const struct manifest *m, struct json_out *w)
{
	size_t count = 0;
	for (size_t i = 0; m && i < m->output_count; i++)
		count += m->outputs[i].suspect_count;
	if (count == 0)
		return;
	json_member_open(w, "suspect", '[');
	for (size_t i = 0; i < m->output_count; i++)
		for (size_t k = 0; k < m->outputs[i].suspect_count; k++)
			suspect(&m->outputs[i], &m->outputs[i].suspects[k], w);
	json_close(w, ']');
}

static bool is_guarded(const struct summary *s)
{
	return s->error && s->error->class == ERR_GUARD;
}

/* What a guard saw. */
static void json_guarded(const struct summary *s, struct json_out *w)
{
	if (s->so_far)
		json_member_bool(w, "so_far", true);
	json_member_open(w, "rejected", '[');
	for (size_t i = 0; i < s->rejected_count; i++) {
		json_open(w, '{');
		json_member_string(w, "origin", s->rejected[i].origin);
		json_member_string(w, "column", s->rejected[i].column);
		json_member_string(w, "value", s->rejected[i].value);
		json_member_string(w, "reason", s->rejected[i].reason);
		json_close(w, '}');
	}
	json_close(w, ']');
}

void summary_json(const struct summary *s, struct buf *to)
{
	struct json_out w = json_out(to);
	json_open(&w, '{');
	summary_json_members(&s->run, &w);
	json_member_int(&w, "exit", (uint64_t)s->exit);
	if (s->error && s->error->class != ERR_NONE)
		summary_error(s->error, &w);
	summary_suspects(s->payload, &w);
	if (is_guarded(s))
		json_guarded(s, &w);
	json_close(&w, '}');
	buf_addc(to, '\n');
}

/* ---- text ---- */

static void count(struct buf *to, uint64_t n, const char *one, const char *many)
{
	char shown[32];
	buf_printf(to, "%s %s", progress_number(n, shown), n == 1 ? one : many);
}

static void text_rows(const struct payload_counts *n, const char *read, const char *written, struct buf *to)
{
	buf_add(to, STR("  "));
	count(to, n->read, "row", "rows");
	buf_printf(to, " %s: ", read);
	count(to, n->written, written, written);
	const struct { uint64_t n; const char *word; } rest[] = {
		{ n->filtered, "filtered" },
		{ n->duplicates, n->duplicates == 1 ? "duplicate" : "duplicates" },
		{ n->rejected, "rejected" },
	};
	for (size_t i = 0; i < 3; i++) {
		if (rest[i].n) {
			buf_add(to, STR(", "));
			count(to, rest[i].n, rest[i].word, rest[i].word);
		}
	}
	buf_addc(to, '\n');
}

void summary_rows(const struct payload_counts *n, struct buf *to)
{
	text_rows(n, "read", "written", to);
}

static void text_rejected(const struct summary *s, struct buf *to)
{
	for (size_t i = 0; i < s->rejected_count; i++) {
		const struct rejected *r = &s->rejected[i];
		struct str value = utf8_head(r->value, VALUE_SHOWN);
		buf_add(to, STR("  rejected "));
		buf_add_visible(to, r->origin);
		buf_add(to, STR("  "));
		buf_add_visible(to, r->column.n ? r->column : STR("-"));
		buf_add(to, STR(" \""));
		buf_add_visible(to, value);
		buf_printf(to, "%s\": ", value.n < r->value.n ? "…" : "");
		buf_add_visible(to, r->reason);
		buf_addc(to, '\n');
	}
	if (s->rejected_count < s->run.rows.rejected && s->rejected_count)
		buf_printf(to, "  … and %llu more\n", (unsigned long long)(s->run.rows.rejected - s->rejected_count));
}

static void text_output(const struct run_output *o, bool delivers, struct buf *to)
{
	buf_printf(to, "  %.*s: ", STR_ARG(o->target));
	count(to, o->records, "record", "records");
	if (o->requests) {
		buf_add(to, STR(" in "));
		count(to, o->requests, "request", "requests");
	}
	if (delivers && (o->host.n || o->parcels)) {
		const struct { uint64_t n; const char *word; bool always; } parts[] = {
			{ o->accepted, "accepted", true }, { o->refused, "refused", false }, { o->unchanged, "unchanged", false },
			{ still_to_send(o), "still to be sent", false },
		};
		for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
			if (parts[i].n || parts[i].always) {
				buf_add(to, i == 0 ? STR(": ") : STR(", "));
				count(to, parts[i].n, parts[i].word, parts[i].word);
			}
		}
	}
	buf_addc(to, '\n');
}

static void text_refused(const struct summary *s, struct buf *to)
{
	for (size_t i = 0; i < s->refused_count && i < SUMMARY_REFUSED; i++) {
		const struct refused *r = &s->refused[i];
		buf_add(to, STR("  refused "));
		if (s->run.output_count > 1)
			buf_printf(to, "%.*s ", STR_ARG(r->target));
		buf_add_visible(to, r->key.n ? r->key : STR("a record"));
		buf_add(to, STR(" ("));
		buf_add_visible(to, r->origin);
		buf_add(to, STR("): "));
		buf_add_visible(to, r->message);
		buf_addc(to, '\n');
	}
	if (s->refused_count > SUMMARY_REFUSED)
		buf_printf(to, "  … and %zu more: qonduit runs show %.*s\n", s->refused_count - SUMMARY_REFUSED,
			STR_ARG(s->run.id));
}

static void text_http(const struct run_record *r, struct buf *to)
{
	if (r->http.requests == 0)
		return;
	buf_add(to, STR("  http: "));
	count(to, r->http.requests, "request", "requests");
	if (r->http.retries)
		buf_printf(to, ", %llu retried", (unsigned long long)r->http.retries);
	if (r->http.throttled)
		buf_printf(to, ", %llu throttled", (unsigned long long)r->http.throttled);
	if (r->http.waited_ms >= 1000)
		buf_printf(to, ", waited %lld s", (long long)(r->http.waited_ms / 1000));
	if (r->doubts)
		buf_printf(to, ", %llu in doubt, sent again", (unsigned long long)r->doubts);
	buf_addc(to, '\n');
}

void summary_text(const struct summary *s, struct buf *to)
{
	const struct run_record *r = &s->run;
	int64_t ms = r->transform_ms + r->deliver_ms;
	buf_printf(to, "%.*s %.*s: %s", STR_ARG(r->command), STR_ARG(r->mapping), run_status_name(r->status));
	if (r->id.n)
		buf_printf(to, ", run %.*s", STR_ARG(r->id));
	if (!is_guarded(s)) /* equal inputs end alike */
		buf_printf(to, ", %lld.%d s", (long long)(ms / 1000), (int)(ms % 1000 / 100));
	buf_addc(to, '\n');
	text_rows(&r->rows, s->so_far ? "read so far" : "read", is_guarded(s) ? "without fault" : "written", to);
	text_rejected(s, to);
	for (size_t i = 0; i < r->output_count; i++)
		text_output(&r->outputs[i], s->delivers, to);
	text_refused(s, to);
	if (s->delivers)
		text_http(r, to);
	for (size_t i = 0; r->spool.n && r->rows.rejected && i < r->file_count; i++) {
		if (r->files[i].target.n == 0)
			buf_printf(to, "  rejected rows: %.*s/%.*s\n", STR_ARG(r->spool), STR_ARG(r->files[i].name));
	}
	if (s->delivers && r->status == RUN_STOPPED && r->id.n && r->output_count) { /* without, its payload is not whole */
		buf_printf(to, "  to go on: qonduit runs resume %.*s", STR_ARG(r->id));
		char at[25];
		clock_iso(r->resume_ms, at);
		buf_printf(to, r->resume_ms ? " (not before %s)\n" : "\n", at);
	}
}

int summary_output(struct str text, struct err *e)
{
	if (fflush(stdout) == 0 && io_write_all(STDOUT_FILENO, text.p, text.n, "standard output", e) == 0)
		return 0;
	return e->class ? -1 : err_sys(e, ERR_INPUT, "output", errno, "standard output cannot be written");
}

int summary_print(const struct summary *s, bool json, struct err *e)
{
	struct buf out = { 0 };
	int rc = 0;
	if (summary_check(s, e) != 0)
		return -1;
	if (json) {
		summary_json(s, &out);
		rc = summary_output(buf_str(&out), e);
	} else {
		summary_text(s, &out);
		log_text("summary", buf_str(&out));
	}
	buf_release(&out);
	return rc;
}

struct str summary_mapping(const char *given)
{
	struct str name = str_of(io_basename(given)), ending = STR(".json");
	char path[NAME_MAX + sizeof "mappings/"];
	snprintf(path, sizeof path, "mappings/%s", name.p);
	return str_ends(name, ending) && shipped_find(path).p ? str_head(name, name.n - ending.n) : name;
}

int summary_stopped(const char *command, const char *mapping, bool json, int exit, const struct err *e)
{
	struct err broken = { 0 };
	struct err faults = { .class = ERR_MAPPING, .code = "mapping", .message = "the mapping has faults" };
	struct summary s = { .exit = exit, .error = e->class ? e : exit == ERR_MAPPING ? &faults : NULL };
	s.run = (struct run_record){ .command = str_of(command), .mapping = summary_mapping(mapping),
		.status = RUN_STOPPED };
	if (json && summary_print(&s, true, &broken) != 0)
		log_err(&broken);
	return exit;
}
