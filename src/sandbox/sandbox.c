/* The sandbox without its sockets: finds the endpoint, strikes with the faults, keeps the journal. */
#include "qonduit/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/json_write.h"
#include "qonduit/log.h"
#include "qonduit/sandbox_fault.h"
#include "qonduit/sandbox_system.h"

static const struct sandbox_system *const systems[] = { &sandbox_quotiza };

enum { SYSTEMS = sizeof systems / sizeof *systems, ROUTES_MAX = 32 };

/* Endpoints of all systems are counted through: one number says which. */
struct sandbox {
	struct arena arena;
	void *states[SYSTEMS];
	struct str routes[ROUTES_MAX];
	uint64_t counts[ROUTES_MAX]; /* requests so far */
	size_t route_count;
	uint64_t all;                /* requests so far to any of them */
	struct sandbox_fault *faults;
	size_t fault_count;
	uint64_t entries;            /* of the journal */
	struct buf journal;          /* all of them, commas between */
	int log;                     /* -1: none */
	const char *log_file;
};

struct target {
	size_t system, route;
	const struct sandbox_endpoint *endpoint;
};

/* True where the path is known; the endpoint is then null where the method is not. */
static bool find_target(const struct sandbox_request *q, struct target *to, const char **allow)
{
	size_t route = 0;
	bool known = false;
	*to = (struct target){ 0 };
	for (size_t i = 0; i < SYSTEMS; i++) {
		struct str path = q->path, prefix = str_of(systems[i]->prefix);
		if (str_starts(path, prefix))
			path = str_from(path, prefix.n);
		for (const struct sandbox_endpoint *p = systems[i]->endpoints; p->path; p++, route++) {
			if (!str_eq(path, str_of(p->path)))
				continue;
			known = true;
			*allow = p->method;
			if (str_eq(q->method, str_of(p->method)))
				*to = (struct target){ i, route, p };
		}
	}
	return known;
}

static void put_text(struct json_out *w, const char *key, struct str value)
{
	struct buf visible = { 0 };
	json_key(w, str_of(key));
	buf_add_visible(&visible, value);
	json_string(w, buf_str(&visible));
	buf_release(&visible);
}

static void put_text_or_null(struct json_out *w, const char *key, struct str value)
{
	if (value.n) {
		put_text(w, key, value);
	} else {
		json_key(w, str_of(key));
		json_raw(w, STR("null"));
	}
}

static void put_int(struct json_out *w, const char *key, uint64_t value)
{
	json_key(w, str_of(key));
	json_int(w, (int64_t)value);
}

static void put_int_or_null(struct json_out *w, const char *key, bool is, uint64_t value)
{
	if (is)
		put_int(w, key, value);
	else
		put_text_or_null(w, key, (struct str){ 0 });
}

static void put_headers(struct json_out *w, const struct sandbox_request *q)
{
	json_key(w, STR("headers"));
	json_open(w, '[');
	for (size_t i = 0; i < q->header_count; i++) {
		struct buf visible = { 0 };
		buf_add_visible(&visible, q->headers[i]);
		json_string(w, buf_str(&visible));
		buf_release(&visible);
	}
	json_close(w, ']');
}

static void put_token(struct json_out *w, struct str token)
{
	unsigned char sum[DIGEST_BYTES];
	char hex[DIGEST_HEX] = "";
	if (token.n) {
		digest_of(token, sum);
		digest_hex(sum, hex);
	}
	put_text_or_null(w, "token_sha256", str_of(hex));
}

static void enter(struct sandbox *s, const struct sandbox_request *q, const struct sandbox_reply *r, struct str fault,
	bool whole)
{
	size_t from = s->journal.n + (s->entries > 0);
	if (s->entries++)
		buf_addc(&s->journal, ',');
	struct json_out w = json_out(&s->journal);
	bool answered = whole && r->manner != MANNER_RESET && r->manner != MANNER_HANG;
	json_open(&w, '{');
	put_int(&w, "n", s->entries);
	put_int(&w, "at", (uint64_t)q->at);
	put_int(&w, "wall", (uint64_t)q->wall);
	put_text(&w, "method", q->method);
	put_text(&w, "path", q->path);
	put_text(&w, "query", q->query);
	put_int_or_null(&w, "status", answered, r->status);
	put_int(&w, "bytes", q->body_bytes);
	put_text(&w, "sha256", str_of(q->body_sha256));
	put_text_or_null(&w, "account", r->account);
	put_int_or_null(&w, "products", r->has_records, r->records);
	put_text_or_null(&w, "job", r->job);
	put_int(&w, "connection", q->connection);
	put_text(&w, "address", q->address);
	put_headers(&w, q);
	put_token(&w, sandbox_bearer(q->authorization));
	put_text_or_null(&w, "fault", fault);
	json_key(&w, STR("whole"));
	json_bool(&w, whole);
	json_close(&w, '}');
	struct str entry = str_from(buf_str(&s->journal), from);
	log_line(LOG_LEVEL_DEBUG, "sandbox_request", "%.*s", STR_ARG(entry));
	if (s->log < 0)
		return;
	struct buf line = { 0 };
	struct err e = { 0 };
	buf_add(&line, entry);
	buf_addc(&line, '\n');
	if (io_write_all(s->log, line.p, line.n, s->log_file, &e) != 0)
		log_err(&e);
	buf_release(&line);
}

/* The sandbox's own pages. False where the path is none of them. */
static bool show(struct sandbox *s, struct sandbox_request *q, struct sandbox_reply *r)
{
	r->status = 200;
	if (str_eq(q->path, STR("/sandbox/journal"))) {
		buf_addc(&r->body, '[');
		buf_add(&r->body, buf_str(&s->journal));
		buf_addc(&r->body, ']');
		return true;
	}
	for (size_t i = 0; i < SYSTEMS; i++) {
		if (str_starts(q->path, STR("/sandbox/")) && str_eq(str_from(q->path, 9), str_of(systems[i]->page))) {
			systems[i]->show(s->states[i], q, &r->body);
			return true;
		}
	}
	r->status = 0;
	return false;
}

/* The fault that shapes the reply, or null; `names` is filled with what struck. */
static const struct sandbox_fault *strike(struct sandbox *s, size_t route, struct sandbox_request *q, struct buf *names)
{
	const struct sandbox_fault *shaping = NULL;
	for (size_t i = 0; i < s->fault_count; i++) {
		const struct sandbox_fault *f = &s->faults[i];
		if (!sandbox_fault_hits(f, s->routes[route], s->counts[route], s->all) || (f->reply && shaping))
			continue;
		if (f->reply)
			shaping = f;
		q->traits |= f->traits;
		if (f->traits & TRAIT_FAILS)
			q->trait_message = f->value;
		buf_printf(names, "%s%.*s", names->n ? "," : "", STR_ARG(f->what));
	}
	return shaping;
}

static void answer(struct sandbox *s, const struct target *to, struct sandbox_request *q, struct sandbox_reply *r,
	struct buf *names)
{
	const struct sandbox_system *system = systems[to->system];
	void *state = s->states[to->system];
	s->counts[to->route]++;
	s->all++;
	const struct sandbox_fault *fault = strike(s, to->route, q, names);
	bool admitted = system->admit(state, to->endpoint, q, r);
	if (admitted && q->too_large)
		sandbox_error(r, 413, "payload_too_large", "Request body too large. Maximum allowed is 32 MiB.");
	else if (admitted && !(fault && fault->instead))
		to->endpoint->answer(state, q, r);
	if (fault)
		sandbox_fault_apply(fault, q->wall, r);
}

static int open_log(struct sandbox *s, const char *path, struct err *e)
{
	s->log_file = path;
	if (path)
		s->log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	return path && s->log < 0
		? err_sys(e, ERR_INPUT, "sandbox.log", errno, "cannot write the journal \"%s\"", path) : 0;
}

struct sandbox *sandbox_open(const struct sandbox_setup *setup, struct err *e)
{
	struct sandbox *s = mem_alloc(sizeof *s);
	*s = (struct sandbox){ .log = -1 };
	for (size_t i = 0; i < SYSTEMS; i++) {
		s->states[i] = systems[i]->open(setup);
		for (const struct sandbox_endpoint *p = systems[i]->endpoints; p->path; p++)
			s->routes[s->route_count++] = str_of(p->route);
	}
	s->faults = ARENA_ARRAY(&s->arena, setup->fault_count, struct sandbox_fault);
	for (; s->fault_count < setup->fault_count; s->fault_count++) {
		const char *spec = setup->fault[s->fault_count];
		if (sandbox_fault_parse(spec, s->routes, s->route_count, &s->faults[s->fault_count], e) != 0)
			goto fail;
	}
	if (open_log(s, setup->log_file, e) != 0)
		goto fail;
	return s;
fail:
	sandbox_close(s);
	return NULL;
}

void sandbox_handle(struct sandbox *s, struct sandbox_request *q, struct sandbox_reply *r)
{
	struct target to;
	struct buf names = { 0 };
	struct err ignored = { 0 };
	const char *allow = "GET";
	if (str_eq(q->method, STR("GET")) && show(s, q, r))
		return;
	q->json = q->body.n ? json_parse(q->body, "body", ERR_INPUT, q->arena, &ignored) : NULL;
	if (!find_target(q, &to, &allow)) {
		sandbox_error(r, 404, "not_found", "There is no such endpoint");
	} else if (!to.endpoint) {
		sandbox_error(r, 405, "method_not_allowed", "The endpoint does not know this method");
		r->allow = allow;
	} else {
		answer(s, &to, q, r, &names);
	}
	enter(s, q, r, buf_str(&names), true);
	buf_release(&names);
}

void sandbox_cut_off(struct sandbox *s, struct sandbox_request *q)
{
	enter(s, q, &(struct sandbox_reply){ 0 }, (struct str){ 0 }, false);
}

void sandbox_close(struct sandbox *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < SYSTEMS; i++)
		systems[i]->close(s->states[i]);
	if (s->log >= 0)
		close(s->log);
	buf_release(&s->journal);
	arena_release(&s->arena);
	free(s);
}
