/* The sandbox without its sockets: finds the endpoint, strikes with the faults. */
#include "qonduit/sandbox.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "qonduit/sandbox_fault.h"
#include "qonduit/sandbox_system.h"
#include "sandbox_journal.h"

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
	struct sandbox_journal journal;
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

/* The sandbox's own pages. False where the path is none of them. */
static bool show(struct sandbox *s, struct sandbox_request *q, struct sandbox_reply *r)
{
	r->status = 200;
	if (str_eq(q->path, STR("/sandbox/journal"))) {
		sandbox_journal_print(&s->journal, &r->body);
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
	*s = (struct sandbox){ .journal = { .log = -1 } };
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
	if (sandbox_journal_open(&s->journal, setup->log_file, e) != 0)
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
	sandbox_journal_enter(&s->journal, q, r, buf_str(&names), true);
	buf_release(&names);
	buf_release(&allow);
}

void sandbox_cut_off(struct sandbox *s, struct sandbox_request *q)
{
	sandbox_journal_enter(&s->journal, q, &(struct sandbox_reply){ 0 }, (struct str){ 0 }, false);
}

void sandbox_close(struct sandbox *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < SYSTEMS; i++) {
		if (s->states[i])
			systems[i]->close(s->states[i]);
	}
	sandbox_journal_close(&s->journal);
	arena_release(&s->arena);
	free(s);
}
