/* The sandbox without its sockets: finds the endpoint, strikes with the faults, keeps the journal. */
#include "qonduit/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/json_write.h"
#include "qonduit/log.h"
#include "qonduit/sandbox_fault.h"
#include "qonduit/sandbox_system.h"

static const struct sandbox_system *const systems[] = { &sandbox_quotiza, &sandbox_marketplace, &sandbox_quarticon,
	&sandbox_qogita };

enum { SYSTEMS = sizeof systems / sizeof *systems, ROUTES_MAX = 64 };

struct sandbox {
	struct arena arena;
	void *states[SYSTEMS];
	struct str routes[ROUTES_MAX]; /* names of the endpoints of all systems, each once */
	uint64_t counts[ROUTES_MAX];   /* requests so far */
	size_t route_count;
	uint64_t all;                  /* requests so far to any of them */
	struct sandbox_fault *faults;
	size_t fault_count;
	uint64_t entries;              /* of the journal */
	struct buf journal;            /* all of them, commas between */
	int log;                       /* -1: none */
	const char *log_file;
};

struct target {
	size_t system;
	const struct sandbox_endpoint *endpoint;
};

/* route_count where it is not among them. */
static size_t find_route(const struct sandbox *s, const char *name)
{
	size_t i = 0;
	while (i < s->route_count && !str_eq(s->routes[i], str_of(name)))
		i++;
	return i;
}

/* The path behind the system's prefix; null where it is not the system's. */
static struct str path_within(const struct sandbox_system *system, struct str path)
{
	struct str prefix = str_of(system->prefix);
	if (str_starts(path, prefix))
		return str_from(path, prefix.n);
	return system->bare ? path : (struct str){ 0 };
}

/* Whether the path is the endpoint's; `arguments` are filled with what stands at each {}. */
static bool path_fits(struct str path, struct str pattern, struct str arguments[SANDBOX_ARGUMENTS])
{
	size_t n = 0;
	while (path.n && pattern.n) {
		struct str part = str_cut(path, '/', &path), wanted = str_cut(pattern, '/', &pattern);
		if (!path.p != !pattern.p)
			return false;
		if (part.n && str_eq(wanted, STR("{}")))
			arguments[n++] = part;
		else if (!str_eq(part, wanted))
			return false;
	}
	return !path.n && !pattern.n;
}

/* True where the path is known; the endpoint is then null where the method is not. */
static bool find_target(struct sandbox_request *q, struct target *to, struct buf *allow)
{
	bool known = false;
	*to = (struct target){ 0 };
	for (size_t i = 0; i < SYSTEMS; i++) {
		struct str path = path_within(systems[i], q->path);
		for (const struct sandbox_endpoint *p = systems[i]->endpoints; p->path; p++) {
			struct str arguments[SANDBOX_ARGUMENTS] = { 0 };
			if (to->endpoint || !path_fits(path, str_of(p->path), arguments))
				continue;
			known = true;
			buf_printf(allow, "%s%s", allow->n ? ", " : "", p->method);
			if (!str_eq(q->method, str_of(p->method)))
				continue;
			*to = (struct target){ i, p };
			for (size_t k = 0; k < SANDBOX_ARGUMENTS; k++)
				q->arguments[k] = sandbox_decode(arguments[k], q->arena);
		}
	}
	return known;
}

/* A line of the journal being written. */
struct entry {
	struct json_out w;
	struct buf visible; /* the text that is being put, of any bytes */
};

static void put_string(struct entry *y, struct str value)
{
	buf_clear(&y->visible);
	buf_add_visible(&y->visible, value);
	json_string(&y->w, buf_str(&y->visible));
}

static void put_text(struct entry *y, const char *key, struct str value)
{
	json_key(&y->w, str_of(key));
	put_string(y, value);
}

static void put_null(struct entry *y, const char *key)
{
	json_key(&y->w, str_of(key));
	json_raw(&y->w, STR("null"));
}

static void put_text_or_null(struct entry *y, const char *key, struct str value)
{
	if (value.n)
		put_text(y, key, value);
	else
		put_null(y, key);
}

static void put_int(struct entry *y, const char *key, uint64_t value)
{
	json_key(&y->w, str_of(key));
	json_int(&y->w, (int64_t)value);
}

static void put_int_or_null(struct entry *y, const char *key, bool is, uint64_t value)
{
	if (is)
		put_int(y, key, value);
	else
		put_null(y, key);
}

static void put_headers(struct entry *y, const struct sandbox_request *q)
{
	json_key(&y->w, STR("headers"));
	json_open(&y->w, '[');
	for (size_t i = 0; i < q->header_count; i++)
		put_string(y, q->headers[i]);
	json_close(&y->w, ']');
}

static void put_token(struct entry *y, struct str token)
{
	unsigned char sum[DIGEST_BYTES];
	char hex[DIGEST_HEX] = "";
	if (token.n) {
		digest_of(token, sum);
		digest_hex(sum, hex);
	}
	put_text_or_null(y, "token_sha256", str_of(hex));
}

static void print_entry(struct entry *y, uint64_t n, const struct sandbox_request *q, const struct sandbox_reply *r,
	struct str fault, bool whole)
{
	bool answered = whole && r->manner != MANNER_RESET && r->manner != MANNER_HANG;
	json_open(&y->w, '{');
	put_int(y, "n", n);
	put_int(y, "at", (uint64_t)q->at);
	put_int(y, "wall", (uint64_t)q->wall);
	put_text(y, "method", q->method);
	put_text(y, "path", q->path);
	put_text(y, "query", q->query);
	put_int_or_null(y, "status", answered, r->status);
	put_int(y, "bytes", q->body_bytes);
	put_text(y, "sha256", str_of(q->body_sha256));
	put_text_or_null(y, "account", r->account);
	put_int_or_null(y, "products", r->has_records, r->records);
	put_text_or_null(y, "job", r->job);
	put_int(y, "connection", q->connection);
	put_text(y, "address", q->address);
	put_headers(y, q);
	put_token(y, sandbox_credential(q));
	put_text_or_null(y, "fault", fault);
	json_key(&y->w, STR("whole"));
	json_bool(&y->w, whole);
	json_close(&y->w, '}');
}

/* One write a line: lines of several sandboxes that share a log stay whole. */
static void write_log(struct sandbox *s, struct str entry)
{
	struct buf line = { 0 };
	struct err e = { 0 };
	buf_add(&line, entry);
	buf_addc(&line, '\n');
	if (io_write_all(s->log, line.p, line.n, s->log_file, &e) != 0)
		log_err(&e);
	buf_release(&line);
}

static void enter(struct sandbox *s, const struct sandbox_request *q, const struct sandbox_reply *r, struct str fault,
	bool whole)
{
	size_t from = s->journal.n + (s->entries > 0);
	if (s->entries++)
		buf_addc(&s->journal, ',');
	struct entry y = { .w = json_out(&s->journal) };
	print_entry(&y, s->entries, q, r, fault, whole);
	buf_release(&y.visible);
	struct str text = str_from(buf_str(&s->journal), from);
	log_line(LOG_LEVEL_DEBUG, "sandbox_request", "%.*s", STR_ARG(text));
	if (s->log >= 0)
		write_log(s, text);
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

static void refuse_size(const struct sandbox_system *system, int64_t wall, struct sandbox_reply *r)
{
	if (system->refuse)
		system->refuse(413, wall, r);
	else
		sandbox_error(r, 413, "payload_too_large", "Request body too large. Maximum allowed is 32 MiB.");
}

static void answer(struct sandbox *s, const struct target *to, struct sandbox_request *q, struct sandbox_reply *r,
	struct buf *names)
{
	const struct sandbox_system *system = systems[to->system];
	void *state = s->states[to->system];
	size_t route = find_route(s, to->endpoint->route);
	s->counts[route]++;
	s->all++;
	const struct sandbox_fault *fault = strike(s, route, q, names);
	r->has_records = to->endpoint->is_record && json_is(q->json, JSON_OBJECT);
	r->records = r->has_records;
	bool admitted = !system->admit || system->admit(state, to->endpoint, q, r);
	if (admitted && q->too_large)
		refuse_size(system, q->wall, r);
	else if (admitted && !(fault && fault->instead))
		to->endpoint->answer(state, q, r);
	if (fault)
		sandbox_fault_apply(fault, system, q->wall, r);
}

static int open_log(struct sandbox *s, const char *path, struct err *e)
{
	s->log_file = path;
	if (path)
		s->log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	return path && s->log < 0
		? err_sys(e, ERR_INPUT, "sandbox.log", errno, "cannot write the journal \"%s\"", path) : 0;
}

static int check_data(const char *folder, struct err *e)
{
	struct stat status;
	if (!folder || (stat(folder, &status) == 0 && S_ISDIR(status.st_mode)))
		return 0;
	return err_set(e, ERR_INPUT, "sandbox.data", "--data \"%s\": expected a folder", folder);
}

struct sandbox *sandbox_open(const struct sandbox_setup *setup, struct err *e)
{
	struct sandbox *s = mem_alloc(sizeof *s);
	*s = (struct sandbox){ .log = -1 };
	if (check_data(setup->data, e) != 0)
		goto fail;
	for (size_t i = 0; i < SYSTEMS; i++) {
		s->states[i] = systems[i]->open(setup, e);
		if (!s->states[i])
			goto fail;
		for (const struct sandbox_endpoint *p = systems[i]->endpoints; p->path; p++) {
			if (find_route(s, p->route) == s->route_count)
				s->routes[s->route_count++] = str_of(p->route);
		}
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
	struct buf names = { 0 }, allow = { 0 };
	struct err ignored = { 0 };
	if (str_eq(q->method, STR("GET")) && show(s, q, r))
		return;
	q->json = q->body.n ? json_parse(q->body, "body", ERR_INPUT, q->arena, &ignored) : NULL;
	if (!find_target(q, &to, &allow)) {
		sandbox_error(r, 404, "not_found", "There is no such endpoint");
	} else if (!to.endpoint) {
		sandbox_error(r, 405, "method_not_allowed", "The endpoint does not know this method");
		r->allow = arena_copy(q->arena, buf_str(&allow)).p;
	} else {
		answer(s, &to, q, r, &names);
	}
	enter(s, q, r, buf_str(&names), true);
	buf_release(&names);
	buf_release(&allow);
}

void sandbox_cut_off(struct sandbox *s, struct sandbox_request *q)
{
	enter(s, q, &(struct sandbox_reply){ 0 }, (struct str){ 0 }, false);
}

void sandbox_close(struct sandbox *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < SYSTEMS; i++) {
		if (s->states[i])
			systems[i]->close(s->states[i]);
	}
	if (s->log >= 0)
		close(s->log);
	buf_release(&s->journal);
	arena_release(&s->arena);
	free(s);
}
