#include "qonduit/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "qonduit/clock.h"
#include "qonduit/drift.h"
#include "qonduit/log.h"
#include "qonduit/progress.h"

int live_systems(struct options *o, struct systems *out, struct err *e)
{
	struct faults faults;
	const struct fault *first = NULL;
	faults_init(&faults, &o->arena);
	if (systems_load(o->contracts, &o->arena, out, &faults) == 0)
		return 0;
	for (const struct fault *f = faults.first; f; f = f->next) {
		if (!first && f->severity == FAULT_ERROR)
			first = f;
		else
			log_fault(f);
	}
	if (first)
		*e = first->what;
	return first ? -1 : err_set(e, ERR_INTERNAL, "systems", "the systems cannot be read");
}

int live_system_near(const struct systems *s, struct str name)
{
	struct str *names = mem_alloc((s->count + 1) * sizeof *names);
	for (size_t i = 0; i < s->count; i++)
		names[i] = s->all[i]->name;
	int near = str_nearest(name, names, s->count);
	free(names);
	return near;
}

const struct system *live_system(struct options *o, const struct systems *s, const char *name, struct err *e)
{
	const struct system *found = systems_find(s, str_of(name));
	if (found)
		return found;
	int near = live_system_near(s, str_of(name));
	struct str meant = near < 0 ? (struct str){ 0 } : s->all[near]->name;
	err_set(e, ERR_USAGE, "usage.system", "there is no system \"%s\"%s%.*s%s; expected %.*s", name,
		near < 0 ? "" : ", did you mean \"", STR_ARG(meant), near < 0 ? "" : "\"?", STR_ARG(systems_names(s, &o->arena)));
	return NULL;
}

uint32_t live_chance(void *arg)
{
	uint32_t value = UINT32_MAX;
	ssize_t n = getrandom(&value, sizeof value, 0);
	(void)n; /* without chance the whole ceiling is waited */
	return value;
}

/* "3.2 MB of 8.0 MB, 1.1 MB/s, 5 s left", "waits 12 s (the rate limit)" */
static void show_progress(void *arg, uint64_t bytes, uint64_t expected, int64_t wait_ms, const char *why)
{
	struct live *l = arg;
	struct clock *clock = clock_system();
	int64_t now = clock->mono(clock);
	char had[32], all[48] = "", speed[32], left[64] = "", wait[48];
	if (wait_ms > 0 || why[0]) {
		progress_show("%s: waits %s%s%s%s", buf_text(&l->text), progress_duration(wait_ms, wait),
			why[0] ? " (" : "", why, why[0] ? ")" : "");
		return;
	}
	if (!l->since_ms || bytes < l->last_bytes)
		l->since_ms = now;
	l->last_bytes = bytes;
	uint64_t ms = now > l->since_ms ? (uint64_t)(now - l->since_ms) : 1;
	uint64_t a_second = bytes / ms * 1000 + bytes % ms * 1000 / ms;
	if (expected > bytes && ms >= 1000 && a_second) {
		progress_duration((int64_t)((expected - bytes) / a_second) * 1000, wait);
		snprintf(left, sizeof left, ", %s left", wait);
	}
	if (expected >= bytes && expected)
		snprintf(all, sizeof all, " of %s", progress_bytes(expected, speed));
	progress_show("%s: %s%s, %s/s%s", buf_text(&l->text), progress_bytes(bytes, had), all,
		progress_bytes(a_second, speed), left);
}

static int open_session(struct live *l, struct options *o, const struct system *system, struct err *e)
{
	const struct connection *c = &l->connection;
	if (ledger_folder(o->state, &o->arena, &l->state, e) != 0)
		return -1;
	l->transport = transport_http_open(c, e);
	if (!l->transport || rate_open(l->state, str_of(c->host), c->account, c->limits, c->limit_count, c->timeout_ms,
		clock_system(), &l->rate, e) != 0)
		return -1;
	struct session_setup setup = { .system = system, .connection = &l->connection, .transport = l->transport,
		.rate = l->rate, .clock = clock_system(), .random = live_chance, .signal = &delivery_signal,
		.max_wait_ms = o->max_wait_ms, .progress = show_progress, .arg = l };
	l->session = session_open(&setup);
	return l->session ? 0 : err_set(e, ERR_INTERNAL, "session", "no session could be opened");
}

int live_open(struct live *l, struct options *o, const struct system *system, struct str text,
	enum connection_need need, struct err *e)
{
	struct systems systems;
	struct connection_files files = { .config = o->config, .env_file = o->env_file, .systems = &systems };
	*l = (struct live){ 0 };
	buf_add_visible(&l->text, text);
	if (live_systems(o, &systems, e) != 0 ||
	    connection_load(&files, system->name, need, &o->arena, &l->connection, e) != 0 ||
	    (need == CONNECTION_READY && open_session(l, o, system, e) != 0)) {
		live_close(l);
		return -1;
	}
	return 0;
}

void live_close(struct live *l)
{
	if (l->session)
		session_close(l->session);
	rate_close(l->rate);
	if (l->transport)
		l->transport->close(l->transport);
	buf_release(&l->text);
	*l = (struct live){ 0 };
}

static int fetch_all(struct live *l, struct options *o, const struct wanted *w, int fd, struct live_result *out,
	struct err *e)
{
	struct clock *clock = clock_system();
	progress_begin(o);
	int result = fetch(l->session, w, fd, &o->arena, &out->got, e);
	progress_end();
	out->requests = session_requests(l->session);
	struct drift d = { .state = l->state, .host = str_of(l->connection.host), .wanted = w,
		.now_ms = clock->wall(clock), .arena = &o->arena };
	if (result == 0) {
		drift_check(&d, &out->got, &out->gone);
		return 0;
	}
	if (e->class == ERR_INPUT) {
		drift_recall(&d, &out->got, &out->gone);
		drift_tell(out->gone, e);
	}
	return -1;
}

int live_fetch(struct options *o, const struct wanted *w, int fd, struct live_result *out, struct err *e)
{
	struct clock *clock = clock_system();
	int64_t start = clock->mono(clock);
	struct live l;
	*out = (struct live_result){ 0 };
	int result = live_open(&l, o, w->system, w->text, CONNECTION_READY, e);
	if (result == 0) {
		result = fetch_all(&l, o, w, fd, out, e);
		live_close(&l);
	}
	out->ms = clock->mono(clock) - start;
	return result;
}

int live_status(const struct err *e)
{
	return delivery_signal ? 128 + delivery_signal : (int)e->class;
}
