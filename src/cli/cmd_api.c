/* One request to an API. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "qonduit/address.h"
#include "qonduit/clock.h"
#include "qonduit/io.h"
#include "qonduit/json_pull.h"
#include "qonduit/live.h"
#include "qonduit/log.h"
#include "qonduit/progress.h"

#define BODY_MAX ((size_t)64 << 20)
#define BODY_STEP ((size_t)64 << 10)

struct call {
	struct options *o;
	const char *method;
	struct buf path;        /* below the base address, with the query */
	struct str body;        /* null pointer: none */
	uint64_t printed;       /* bytes of the reply */
	char last;              /* of them */
};

static bool changes(const struct call *c)
{
	return strcmp(c->method, "GET") != 0;
}

/* ---- what is asked for ---- */

static int read_method(struct call *c, const char *text, struct err *e)
{
	static const struct str methods[] = { { "GET", 3 }, { "POST", 4 }, { "PUT", 3 }, { "PATCH", 5 }, { "DELETE", 6 } };
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (str_eq_nocase(str_of(text), methods[i])) {
			c->method = methods[i].p;
			return 0;
		}
	return err_set(e, ERR_USAGE, "api.method", "found the method \"%s\", expected GET, POST, PUT, PATCH or DELETE",
		text);
}

static int check_segments(struct str text, struct err *e)
{
	struct str query, dots = address_dots(str_cut(text, '?', &query));
	if (!dots.p)
		return 0;
	return err_set(e, ERR_USAGE, "api.path", "the path holds \"%.*s\", which may lead elsewhere: write it out",
		STR_ARG(dots));
}

static bool is_hex(struct str s, size_t at)
{
	return at < s.n && isxdigit((unsigned char)s.p[at]);
}

/* It goes out as it stands: only what may stand in an address. */
static int check_bytes(struct str path, struct err *e)
{
	static const char marks[] = "-._~!$&'()*+,;=:@/?%[]";
	for (size_t i = 0; i < path.n; i++) {
		char at = path.p[i];
		if (!isalnum((unsigned char)at) && (at == '\0' || !strchr(marks, at)))
			return err_set(e, ERR_USAGE, "api.path", "byte %zu of the path, 0x%02X, cannot stand in an address: "
				"percent-encode it, or give the value with --query", i + 1, (unsigned char)at);
		if (at == '%' && !(is_hex(path, i + 1) && is_hex(path, i + 2)))
			return err_set(e, ERR_USAGE, "api.path",
				"byte %zu of the path is a %% without two hexadecimal digits behind it", i + 1);
	}
	return 0;
}

/* The part of a whole address that is below the base address, or the path itself. */
static int below_base(const struct connection *c, struct str text, struct str *path, struct err *e)
{
	struct str base = str_of(c->base_url);
	*path = text;
	if (str_starts(text, STR("/")) && !str_starts(text, STR("//")))
		return 0;
	if (str_find(text, STR("://")) < 0 && !str_starts(text, STR("//")))
		return err_set(e, ERR_USAGE, "api.path", "found the path \"%.*s\", expected one that begins with /",
			STR_ARG(text));
	*path = str_from(text, base.n);
	if (base.n && str_starts(text, base) && str_starts(*path, STR("/")))
		return 0;
	return err_set(e, ERR_USAGE, "api.host", "\"%.*s\" does not lie below %s, and the credentials go nowhere else",
		STR_ARG(text), c->base_url ? c->base_url : "the system's address, which is not known");
}

static int add_query(struct call *c, struct err *e)
{
	bool any = str_find(buf_str(&c->path), STR("?")) >= 0;
	for (size_t i = 0; i < c->o->query.count; i++) {
		struct str value, name = str_cut(str_of(c->o->query.all[i]), '=', &value);
		if (!name.n || !value.p)
			return err_set(e, ERR_USAGE, "usage.argument", "--query: found \"%s\", expected NAME=VALUE",
				c->o->query.all[i]);
		buf_addc(&c->path, any ? '&' : '?');
		any = true;
		buf_add_percent(&c->path, name);
		buf_addc(&c->path, '=');
		buf_add_percent(&c->path, value);
	}
	return 0;
}

/* ---- the body ---- */

/* It is sent as JSON, so it has to be JSON. */
static int check_json(struct str body, const char *name, struct err *e)
{
	struct str left = body;
	struct json_pull *p = json_pull_open(&(struct json_pull_input){ .next = json_pull_whole, .arg = &left });
	enum json_token token;
	int result = json_pull_next(p, &token, e);
	if (result == 0 && token == JSON_PULL_END)
		result = err_set(e, ERR_INPUT, "api.body", "found nothing, expected JSON");
	if (result == 0)
		result = json_pull_skip(p, e) != 0 || json_pull_next(p, &token, e) != 0 ? -1 : 0;
	json_pull_close(p);
	if (result != 0)
		err_at_file(e, name);
	return result;
}

static int read_stdin(struct call *c, struct err *e)
{
	struct buf text = { .max = BODY_MAX };
	ssize_t got = 1;
	while (got && !text.full) {
		if (!buf_room(&text, BODY_STEP))
			break;
		got = io_read(STDIN_FILENO, text.p + text.n, BODY_STEP, &delivery_signal);
		if (got < 0)
			break;
		text.n += (size_t)got;
	}
	int result = got < 0 ? -1 : 0;
	if (got < 0 && errno != EINTR) /* which is left where a signal ends it */
		err_sys(e, ERR_INPUT, "api.body", errno, "standard input cannot be read");
	if (text.full)
		result = err_set(e, ERR_INPUT, "api.body", "standard input is larger than %zu MiB", BODY_MAX >> 20);
	c->body = arena_copy(&c->o->arena, buf_str(&text));
	buf_release(&text);
	return result;
}

static int read_body(struct call *c, struct err *e)
{
	const char *name = c->o->body;
	bool standard = name && strcmp(name, "-") == 0;
	if (!name)
		return 0;
	if (!changes(c))
		return err_set(e, ERR_USAGE, "usage", "a GET has no body: leave --body out");
	if (standard && isatty(STDIN_FILENO) && !c->o->yes && !c->o->dry_run)
		return err_set(e, ERR_USAGE, "usage",
			"--body - reads the terminal, where nothing can be asked then: give --yes, or a file");
	if ((standard ? read_stdin(c, e) : io_read_file(name, BODY_MAX, &c->o->arena, &c->body, e)) != 0)
		return -1;
	return check_json(c->body, standard ? "standard input" : name, e);
}

/* ---- before it is sent ---- */

static void describe(const struct call *c, const struct connection *to, struct buf *text)
{
	buf_printf(text, "%s %s", c->method, to->base_url ? to->base_url : "(address not known)");
	buf_add(text, buf_str(&c->path));
	if (c->body.p) {
		char bytes[32];
		buf_printf(text, ", %s of JSON", progress_bytes(c->body.n, bytes));
	}
}

/* On a terminal somebody can be asked; a job in cron goes. */
static int ask(const struct call *c, const struct connection *to, struct err *e)
{
	struct buf text = { 0 };
	char answer[16] = "";
	if (!changes(c) || c->o->yes || !isatty(STDIN_FILENO))
		return 0;
	describe(c, to, &text);
	fprintf(stderr, "%s\nThis may change something there. Send it? [y/N] ", buf_text(&text));
	fflush(stderr);
	buf_release(&text);
	if (fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
		return 0;
	return err_set(e, ERR_USAGE, "api.not_sent", "nothing was sent (--yes does not ask)");
}

static int show(const struct call *c, const struct connection *to)
{
	struct buf text = { 0 };
	describe(c, to, &text);
	buf_addc(&text, '\n');
	fwrite(text.p, 1, text.n, stdout);
	buf_release(&text);
	return 0;
}

/* ---- the reply ---- */

static int take(void *arg, struct str bytes, struct err *e)
{
	struct call *c = arg;
	if (isatty(STDOUT_FILENO))
		progress_end(); /* what is printed there would be wiped with it */
	if (bytes.n)
		c->last = bytes.p[bytes.n - 1];
	c->printed += bytes.n;
	return io_write_all(STDOUT_FILENO, bytes.p, bytes.n, "standard output", e);
}

static int again(void *arg, struct err *e)
{
	const struct call *c = arg;
	if (!c->printed)
		return 0;
	return err_set(e, ERR_DELIVERY, "api.broken_off", "the reply broke off after %llu bytes, which were printed",
		(unsigned long long)c->printed);
}

static enum err_class class_of(int status)
{
	if (status == 401 || status == 403)
		return ERR_CREDENTIALS;
	return status >= 500 || status == 429 || status == 408 || status == 425 ? ERR_DELIVERY : ERR_ROWS;
}

/* Where a reader sees both, what is said stands in a line of its own. */
static void end_line(const struct call *c)
{
	if (c->printed && c->last != '\n' && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO))
		fputc('\n', stderr);
}

static int judge(struct call *c, const struct session_reply *r, int64_t ms, struct err *e)
{
	char bytes[32];
	if (r->status >= 200 && r->status < 300) {
		end_line(c);
		log_line(LOG_LEVEL_INFO, "reply", "%s: %d, %s%s%s, %lld.%03d s", c->method, r->status,
			progress_bytes(r->bytes, bytes), r->type[0] ? ", " : "", r->type, (long long)(ms / 1000), (int)(ms % 1000));
		return 0;
	}
	if (take(c, r->body, e) != 0)
		return -1;
	end_line(c);
	if (r->message.n)
		return err_set(e, class_of(r->status), "api.status", "%s: %.*s", c->method, STR_ARG(r->message));
	return err_set(e, class_of(r->status), "api.status", "%s: the server answers with status %d", c->method, r->status);
}

static int send_it(struct call *c, struct live *l, struct err *e)
{
	struct clock *clock = clock_system();
	int64_t start = clock->mono(clock);
	struct session_reply reply;
	struct session_request q = { .method = c->method, .path = buf_str(&c->path), .body = c->body, .accept = "*/*",
		.once = changes(c), .take = take, .again = again, .arg = c };
	progress_begin(c->o);
	int result = session_request(l->session, &q, &reply, e);
	progress_end();
	return result != 0 ? -1 : judge(c, &reply, clock->mono(clock) - start, e);
}

/* ---- the command ---- */

static int call(struct call *c, const struct system *system, struct err *e)
{
	struct options *o = c->o;
	struct str path, text = str_of(o->operands.all[2]);
	struct live l = { 0 };
	enum connection_need need = o->dry_run ? CONNECTION_SETTINGS : CONNECTION_READY;
	if (check_bytes(text, e) != 0 || check_segments(text, e) != 0 || read_body(c, e) != 0 ||
	    live_open(&l, o, system, text, need, e) != 0)
		return -1;
	int result = below_base(&l.connection, text, &path, e);
	if (result == 0) {
		buf_add(&c->path, path);
		result = add_query(c, e);
	}
	if (result == 0 && o->dry_run)
		result = show(c, &l.connection);
	else if (result == 0)
		result = ask(c, &l.connection, e) != 0 || send_it(c, &l, e) != 0 ? -1 : 0;
	live_close(&l);
	return result;
}

static int run(struct options *o, struct err *e)
{
	struct call c = { .o = o };
	struct systems systems;
	const struct system *system;
	if (o->operands.count != 3)
		return err_set(e, ERR_USAGE, "usage", "api takes a system, a method and a path: qonduit api SYSTEM GET /path/"),
			ERR_USAGE;
	if (read_method(&c, o->operands.all[1], e) != 0 || live_systems(o, &systems, e) != 0 ||
	    !(system = live_system(o, &systems, o->operands.all[0], e)))
		return (int)e->class;
	delivery_signals();
	int status = call(&c, system, e) == 0 ? 0 : live_status(e);
	buf_release(&c.path);
	return status;
}

const struct command command_api = {
	.name = "api",
	.synopsis = "SYSTEM GET|POST|PUT|PATCH|DELETE PATH [--query NAME=VALUE]… [--body FILE]",
	.summary = "one request to any endpoint of a system, with its credentials and within its limits",
	.text =
		"PATH begins with / and stands below the system's base address; it goes out as it is, with its final slash.\n"
		"The body of the reply goes to standard output as it came.\n"
		"Only GET is tried again. Before another method a terminal is asked, unless --yes is given; a job is not.\n"
		"Exit status: 0 for 2xx, 6 for 401 and 403, 5 for 5xx, 429 and a network that fails, 1 for any other status.\n",
	.options = "query body yes dry-run contracts max-wait state config env-file",
	.run = run,
};
