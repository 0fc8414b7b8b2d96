#include "qonduit/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qonduit/clock.h"
#include "qonduit/log.h"
#include "qonduit/summary.h"

#define FIRST_LINE "# Written by qonduit: one file a job, gauges of its last run."
#define LAST_LINE "# EOF"
#define LAST_RUN "qonduit_last_run_timestamp_seconds"
#define LAST_SUCCESS "qonduit_last_success_timestamp_seconds"
#define LAST_COMPLETED "qonduit_last_completed_timestamp_seconds"
#define AHEAD_MS 300000 /* by so much another machine's clock, or ours a while ago, may be ahead */

/* The file of this process. */
static struct {
	char *path;
	struct arena arena;
	struct metrics metrics;
} state;

/* ---- printing ---- */

void metrics_label(struct str text, struct buf *to)
{
	struct buf masked = { 0 }, shown = { 0 };

	log_mask(text, &masked);
	buf_add_visible(&shown, buf_str(&masked));
	for (size_t i = 0; i < shown.n; i++) {
		if (shown.p[i] == '\\' || shown.p[i] == '"')
			buf_addc(to, '\\');
		buf_addc(to, shown.p[i]);
	}
	buf_release(&masked);
	buf_release(&shown);
}

/* A family of samples begins. */
static void begin(struct buf *to, const char *name, const char *help)
{
	buf_printf(to, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

struct label {
	const char *key;
	struct str value;
};

/* A sample up to its value; of the further labels those that are empty are left out. */
static void sample(struct buf *to, const struct metrics *m, const char *name, const struct label *labels, size_t count)
{
	buf_printf(to, "%s{mapping=\"", name);
	buf_add(to, m->label);
	buf_addc(to, '"');
	for (size_t i = 0; i < count; i++) {
		if (labels[i].value.n == 0)
			continue;
		buf_printf(to, ",%s=\"", labels[i].key);
		metrics_label(labels[i].value, to);
		buf_addc(to, '"');
	}
	buf_add(to, STR("} "));
}

static void count(struct buf *to, const struct metrics *m, const char *name, const char *help, uint64_t value)
{
	begin(to, name, help);
	sample(to, m, name, NULL, 0);
	buf_printf(to, "%llu\n", (unsigned long long)value);
}

static void seconds(struct buf *to, const struct metrics *m, const char *name, const char *help, int64_t ms)
{
	ms = ms < 0 ? 0 : ms;
	begin(to, name, help);
	sample(to, m, name, NULL, 0);
	buf_printf(to, "%lld.%03d\n", (long long)(ms / 1000), (int)(ms % 1000));
}

static void print_rows(struct buf *to, const struct metrics *m)
{
	const struct payload_counts *n = &m->run.rows;
	const struct { struct str result; uint64_t rows; } parts[] = {
		{ STR("read"), n->read }, { STR("filtered"), n->filtered }, { STR("duplicate"), n->duplicates },
		{ STR("rejected"), n->rejected }, { STR("written"), n->written },
	};

	begin(to, "qonduit_rows", "Rows of the input in the last run; read is the sum of the others.");
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		sample(to, m, "qonduit_rows", &(struct label){ "result", parts[i].result }, 1);
		buf_printf(to, "%llu\n", (unsigned long long)parts[i].rows);
	}
}

static void print_record_count(
	struct buf *to, const struct metrics *m, const struct run_output *o, struct str result, uint64_t records)
{
	const struct label labels[] = { { "target", o->target }, { "result", result } };

	sample(to, m, "qonduit_records", labels, 2);
	buf_printf(to, "%llu\n", (unsigned long long)records);
}

static void print_records(struct buf *to, const struct metrics *m)
{
	if (m->run.output_count)
		begin(to, "qonduit_records", "Records of each target, by what became of them in the last run.");
	for (size_t i = 0; i < m->run.output_count; i++) {
		const struct run_output *o = &m->run.outputs[i];
		uint64_t ended = o->accepted + o->refused + o->unchanged;
		if (!m->delivers || (!o->host.n && !o->requests)) {
			print_record_count(to, m, o, STR("written"), o->records);
			continue;
		}
		print_record_count(to, m, o, STR("accepted"), o->accepted);
		print_record_count(to, m, o, STR("refused"), o->refused);
		print_record_count(to, m, o, STR("unchanged"), o->unchanged);
		print_record_count(to, m, o, STR("pending"), o->records > ended ? o->records - ended : 0);
	}
}

static void print_http(struct buf *to, const struct metrics *m)
{
	const struct run_record *r = &m->run;

	count(to, m, "qonduit_http_requests", "Requests of the last run.", r->http.requests);
	count(to, m, "qonduit_http_retries", "Requests that were tried again.", r->http.retries);
	count(to, m, "qonduit_http_throttled", "Requests that were answered by 429.", r->http.throttled);
	seconds(to, m, "qonduit_http_waited_seconds", "Time waited for limits, tries and jobs.", r->http.waited_ms);
	count(to, m, "qonduit_requests_in_doubt", "Requests sent again as their outcome was not known.", r->doubts);
}

void metrics_print(const struct metrics *m, struct buf *to)
{
	const struct label info[] = { { "command", str_of(m->command) }, { "run", m->run.id } };

	buf_add(to, STR(FIRST_LINE "\n"));
	seconds(to, m, LAST_RUN, "When the last run ended, since 1970.", m->now_ms);
	seconds(to, m, LAST_SUCCESS, "When a run last ended with exit status 0; 0: none is known.", m->success_ms);
	seconds(to, m, LAST_COMPLETED, "When a run last ended with exit status 0 or 1; 0: none is known.",
		m->completed_ms);
	begin(to, "qonduit_last_exit_status", "Exit status of the last run.");
	sample(to, m, "qonduit_last_exit_status", NULL, 0);
	buf_printf(to, "%d\n", m->status);
	begin(to, "qonduit_last_run_info", "The last run, by its labels.");
	sample(to, m, "qonduit_last_run_info", info, 2);
	buf_add(to, STR("1\n"));
	if (m->known) {
		print_rows(to, m);
		print_records(to, m);
		seconds(to, m, "qonduit_transform_seconds", "Time taken to write the payload.", m->run.transform_ms);
	}
	if (m->known && m->delivers) {
		print_http(to, m);
		seconds(to, m, "qonduit_deliver_seconds", "Time taken to deliver.", m->run.deliver_ms);
	}
	buf_add(to, STR(LAST_LINE "\n"));
}

/* ---- reading back ---- */

/* The end of an escaped value that a quote closes, or -1. */
static ptrdiff_t label_end(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			return (ptrdiff_t)i;
		if (s.p[i] == '\\' && (++i == s.n || (s.p[i] != '\\' && s.p[i] != '"')))
			return -1;
	}
	return -1;
}

/* "1763770000.123" */
static bool read_seconds(struct str s, int64_t *ms)
{
	struct str places, whole = str_cut(s, '.', &places);
	uint64_t w, p;

	if (whole.n > 12 || places.n != 3 || !str_to_u64(whole, &w) || !str_to_u64(places, &p))
		return false;
	*ms = (int64_t)(w * 1000 + p);
	return true;
}

/* The one sample `name` of the file: its mapping, as it is escaped, and its time. */
static bool read_time(struct str file, const char *name, struct str *label, int64_t *ms)
{
	size_t found = 0;

	for (struct str line; file.n;) {
		line = str_cut(file, '\n', &file);
		if (!str_starts(line, str_of(name)))
			continue;
		line = str_from(line, strlen(name));
		if (!str_starts(line, STR("{mapping=\"")))
			return false;
		line = str_from(line, strlen("{mapping=\""));
		ptrdiff_t end = label_end(line);
		struct str rest = end < 0 ? (struct str){ 0 } : str_from(line, (size_t)end);
		if (!str_starts(rest, STR("\"} ")) || !read_seconds(str_from(rest, 3), ms))
			return false;
		*label = str_head(line, (size_t)end);
		found++;
	}
	return found == 1;
}

/* What the program wrote itself looks the same when it is shown. */
static bool is_visible(struct str label)
{
	struct buf shown = { 0 };

	buf_add_visible(&shown, label);
	bool same = str_eq(buf_str(&shown), label);
	buf_release(&shown);
	return same;
}

void metrics_keep(struct metrics *m, struct str file)
{
	struct str label, others[2];
	int64_t last, success, completed, most = m->now_ms + AHEAD_MS;

	if (file.n > METRICS_MAX || !str_starts(file, STR(FIRST_LINE "\n")) || !str_ends(file, STR("\n" LAST_LINE "\n")) ||
		!read_time(file, LAST_RUN, &label, &last) || !read_time(file, LAST_SUCCESS, &others[0], &success) ||
		!read_time(file, LAST_COMPLETED, &others[1], &completed))
		return;
	if (!str_eq(label, others[0]) || !str_eq(label, others[1]) || !is_visible(label))
		return;
	if (m->label.n == 0)
		m->label = label;
	if (!str_eq(m->label, label))
		return;
	m->success_ms = success <= most ? success : 0;
	m->completed_ms = completed <= most ? completed : 0;
}

/* ---- the file of this process ---- */

/* Told before anything is done, as a run whose end cannot be told should not begin. */
static int check_place(const char *path, struct err *e)
{
	struct stat st;
	char *folder = mem_copy(path), *slash = strrchr(folder, '/');
	const char *parent = slash == folder ? "/" : slash ? folder : ".";
	int rc = 0;

	if (slash)
		*slash = '\0';
	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		rc = err_set(e, ERR_USAGE, "metrics.file", "--metrics: %s is not a plain file", path);
	else if (stat(parent, &st) != 0 || !S_ISDIR(st.st_mode) || access(parent, W_OK | X_OK) != 0)
		rc = err_set(e, ERR_USAGE, "metrics.file",
			"--metrics: %s cannot be written: its folder is missing, or does not let this user write", path);
	free(folder);
	return rc;
}

static struct str label_of(struct str mapping)
{
	struct buf label = { 0 };

	metrics_label(mapping, &label);
	struct str kept = arena_copy(&state.arena, buf_str(&label));
	buf_release(&label);
	return kept;
}

int metrics_begin(const char *path, const char *command, const char *mapping, struct err *e)
{
	if (check_place(path, e) != 0)
		return -1;
	state.path = mem_copy(path);
	state.metrics = (struct metrics){ .command = command, .label = label_of(mapping ? summary_mapping(mapping) : STR("")) };
	return 0;
}

void metrics_take(const struct run_record *r, bool delivers)
{
	struct metrics *m = &state.metrics;

	if (!state.path)
		return;
	m->known = true;
	m->delivers = delivers;
	m->run = (struct run_record){ .id = arena_copy(&state.arena, r->id), .rows = r->rows, .http = r->http,
		.transform_ms = r->transform_ms, .deliver_ms = r->deliver_ms, .doubts = r->doubts,
		.outputs = ARENA_ARRAY(&state.arena, r->output_count, struct run_output), .output_count = r->output_count };
	for (size_t i = 0; i < r->output_count; i++) {
		m->run.outputs[i] = r->outputs[i];
		m->run.outputs[i].target = arena_copy(&state.arena, r->outputs[i].target);
		m->run.outputs[i].host = r->outputs[i].host.n ? STR("known") : (struct str){ 0 };
		m->run.outputs[i].account = (struct str){ 0 };
	}
	if (r->mapping.n)
		m->label = label_of(r->mapping);
}

void metrics_forget(void)
{
	free(state.path);
	arena_release(&state.arena);
	state.path = NULL;
	state.metrics = (struct metrics){ 0 };
}

int metrics_finish(int status)
{
	struct metrics *m = &state.metrics;
	struct clock *clock = clock_system();
	struct buf text = { 0 };
	struct str standing = { 0 };
	struct err e = { 0 }, ignored = { 0 };
	struct stat st;

	if (!state.path)
		return status;
	m->status = status;
	m->now_ms = clock->wall(clock);
	if (lstat(state.path, &st) == 0 && S_ISREG(st.st_mode) &&
		io_read_file(state.path, METRICS_MAX, &state.arena, &standing, &ignored) == 0)
		metrics_keep(m, standing);
	m->success_ms = status == 0 ? m->now_ms : m->success_ms;
	m->completed_ms = status == 0 || status == ERR_ROWS ? m->now_ms : m->completed_ms;
	metrics_print(m, &text);
	mode_t mask = umask(022);
	if (io_replace_file(state.path, buf_str(&text), 0644, &e) != 0) {
		log_err(&e);
		status = status ? status : ERR_INPUT;
	}
	umask(mask);
	buf_release(&text);
	metrics_forget();
	return status;
}
