#include "qonduit/sandbox_fault.h"

#include <stdio.h>
#include <time.h>

enum kind { STATUS, THROTTLE, REDIRECT, HTML, EMPTY, GARBAGE, ERROR_200, TRUNCATE, MANNER, NO_JOB_ID, NUMBER_JOB_ID,
	CUT, TRAIT };
enum value { NO_VALUE, VALUE_MAY_BE, BYTES_MAY_BE, URL };

static const struct word {
	const char *name;
	enum kind kind;
	bool instead;
	enum value value;
	unsigned detail; /* a status, a manner or a trait */
} words[] = {
	{ "html", HTML, true, NO_VALUE, 0 },
	{ "empty", EMPTY, true, NO_VALUE, 0 },
	{ "garbage", GARBAGE, true, NO_VALUE, 0 },
	{ "error-200", ERROR_200, true, NO_VALUE, 0 },
	{ "big", MANNER, true, NO_VALUE, MANNER_BIG },
	{ "reset", MANNER, true, NO_VALUE, MANNER_RESET },
	{ "hang", MANNER, true, NO_VALUE, MANNER_HANG },
	{ "redirect", REDIRECT, true, URL, 307 },
	{ "301", REDIRECT, true, URL, 301 },
	{ "302", REDIRECT, true, URL, 302 },
	{ "303", REDIRECT, true, URL, 303 },
	{ "307", REDIRECT, true, URL, 307 },
	{ "308", REDIRECT, true, URL, 308 },
	{ "reset-after", MANNER, false, NO_VALUE, MANNER_RESET },
	{ "hang-after", MANNER, false, NO_VALUE, MANNER_HANG },
	{ "truncate", TRUNCATE, false, NO_VALUE, 0 },
	{ "cut", CUT, false, BYTES_MAY_BE, 0 },
	{ "slow", MANNER, false, NO_VALUE, MANNER_SLOW },
	{ "no-job-id", NO_JOB_ID, false, NO_VALUE, 0 },
	{ "number-job-id", NUMBER_JOB_ID, false, NO_VALUE, 0 },
	{ "same-job-id", TRAIT, false, NO_VALUE, TRAIT_SAME_ID },
	{ "stuck", TRAIT, false, NO_VALUE, TRAIT_STUCK },
	{ "fail-job", TRAIT, false, VALUE_MAY_BE, TRAIT_FAILS },
	{ "unknown-state", TRAIT, false, NO_VALUE, TRAIT_UNKNOWN_STATE },
	{ "regress", TRAIT, false, NO_VALUE, TRAIT_REGRESS },
	{ "lost-job", TRAIT, false, NO_VALUE, TRAIT_LOST },
	{ "bad-counts", TRAIT, false, NO_VALUE, TRAIT_BAD_COUNTS },
	{ "no-sku-errors", TRAIT, false, NO_VALUE, TRAIT_NO_SKU },
	{ "wrong-sku-errors", TRAIT, false, NO_VALUE, TRAIT_WRONG_SKU },
	{ "nasty-errors", TRAIT, false, NO_VALUE, TRAIT_NASTY_ERRORS },
	{ "expire-token", TRAIT, false, NO_VALUE, TRAIT_EXPIRE_TOKEN },
	{ "next-loops", TRAIT, false, NO_VALUE, TRAIT_NEXT_LOOPS },
	{ "next-other-host", TRAIT, false, NO_VALUE, TRAIT_NEXT_OTHER_HOST },
	{ "next-http", TRAIT, false, NO_VALUE, TRAIT_NEXT_HTTP },
	{ "next-https", TRAIT, false, NO_VALUE, TRAIT_NEXT_HTTPS },
	{ "count-lies", TRAIT, false, NO_VALUE, TRAIT_COUNT_LIES },
	{ "page-repeats", TRAIT, false, NO_VALUE, TRAIT_PAGE_REPEATS },
	{ "page-shrinks", TRAIT, false, NO_VALUE, TRAIT_PAGE_SHRINKS },
	{ "page-grows", TRAIT, false, NO_VALUE, TRAIT_PAGE_GROWS },
	{ "page-short", TRAIT, false, NO_VALUE, TRAIT_PAGE_SHORT },
	{ "header-renamed", TRAIT, false, NO_VALUE, TRAIT_HEADER_RENAMED },
	{ "cut-csv", TRAIT, false, NO_VALUE, TRAIT_CUT_CSV },
};

enum { WORDS = sizeof words / sizeof *words };

/* What the common statuses carry; the code and message of others are made from their number. */
static const struct known {
	unsigned status;
	const char *code, *message;
} known[] = {
	{ 400, "invalid_products_data", "Invalid products data" },
	{ 401, "unauthorized", "Authentication token is missing or invalid" },
	{ 404, "account_not_found", "Account not found" },
	{ 413, "too_many_products", "Too many products. Maximum allowed is 1000." },
	{ 429, "throttle_limit_reached", "Rate limit exceeded. Try again later." },
	{ 500, "internal_server_error", "Internal Server Error" },
};

static bool parse_range(struct str text, struct sandbox_fault *f)
{
	struct str rest, head = str_cut(text, '-', &rest);
	uint64_t from, to;
	if (!str_to_u64(head, &from) || from == 0 || f->range_count == FAULT_RANGES)
		return false;
	if (head.n == text.n)
		to = from;
	else if (head.n + 1 == text.n)
		to = UINT64_MAX;
	else if (!str_to_u64(rest, &to) || to < from)
		return false;
	f->ranges[f->range_count].from = from;
	f->ranges[f->range_count++].to = to;
	return true;
}

static bool parse_when(struct str text, struct sandbox_fault *f)
{
	if (str_starts(text, STR("every/")))
		return str_to_u64(str_from(text, 6), &f->every) && f->every > 0;
	for (;;) {
		struct str rest, head = str_cut(text, ',', &rest);
		if (!parse_range(head, f))
			return false;
		if (head.n == text.n)
			return true;
		text = rest;
	}
}

static bool parse_retry_after(struct str value)
{
	struct str digits = str_from(value, value.n && value.p[0] == '-');
	if (str_eq(value, STR("date")) || str_eq(value, STR("past")) || str_eq(value, STR("garbage")))
		return true;
	for (size_t i = 0; i < digits.n; i++) {
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return false;
	}
	return digits.n > 0 && digits.n < 40;
}

static bool is_url(struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] <= ' ' || value.p[i] > '~')
			return false;
	}
	return value.n > 0;
}

static bool parse_word(struct str name, bool has_value, struct sandbox_fault *f)
{
	for (size_t i = 0; i < WORDS; i++) {
		const struct word *w = &words[i];
		if (!str_eq(name, str_of(w->name)))
			continue;
		f->kind = w->kind;
		f->instead = w->instead;
		f->reply = w->kind != TRAIT;
		f->traits = w->kind == TRAIT ? w->detail : 0;
		f->status = w->detail;
		uint64_t bytes;
		return w->value == NO_VALUE ? !has_value : w->value == VALUE_MAY_BE ? true
			: w->value == BYTES_MAY_BE ? !has_value || (str_to_u64(f->value, &bytes) && bytes > 0) : is_url(f->value);
	}
	return false;
}

static bool parse_what(struct str text, struct sandbox_fault *f)
{
	struct str name = str_cut(text, '=', &f->value);
	bool has_value = name.n < text.n;
	uint64_t status;
	f->what = text;
	if (name.n != 3 || !str_to_u64(name, &status) || status < 400 || status > 599)
		return parse_word(name, has_value, f);
	f->kind = status == 429 ? THROTTLE : STATUS;
	f->status = (unsigned)status;
	f->reply = f->instead = true;
	return !has_value || (status == 429 && parse_retry_after(f->value));
}

static void name_routes(const struct str *routes, size_t n, struct buf *to)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(to, "%.*s, ", STR_ARG(routes[i]));
	buf_add(to, STR("any"));
}

static bool parse_route(struct str text, const struct str *routes, size_t n, struct sandbox_fault *f)
{
	f->route = text;
	bool found = str_eq(text, STR("any"));
	for (size_t i = 0; i < n && !found; i++)
		found = str_eq(text, routes[i]);
	return found;
}

/* Which of the words is meant, for a sentence; null where none is near. */
static const char *nearest_word(struct str what)
{
	struct str names[WORDS], rest;
	for (size_t i = 0; i < WORDS; i++)
		names[i] = str_of(words[i].name);
	int i = str_nearest(str_cut(what, '=', &rest), names, WORDS);
	return i < 0 ? NULL : words[i].name;
}

int sandbox_fault_parse(const char *spec, const struct str *routes, size_t route_count, struct sandbox_fault *f,
	struct err *e)
{
	*f = (struct sandbox_fault){ 0 };
	struct str rest, head = str_cut(str_of(spec), ':', &rest), route = head, after;
	struct str when = str_cut(head, '@', &after);
	bool has_when = when.n < head.n;
	if (rest.n == 0)
		return err_set(e, ERR_USAGE, "sandbox.fault", "--fault \"%s\": expected [N@]ROUTE:WHAT, such as 2@import:500",
			spec);
	if (has_when) {
		route = after;
		if (!parse_when(when, f))
			return err_set(e, ERR_USAGE, "sandbox.fault", "--fault \"%s\": \"%.*s\" does not say which requests; "
				"expected a number from 1, a list (1,4,7), a range (2-4, 5-) or every/3", spec, STR_ARG(when));
	}
	if (!parse_route(route, routes, route_count, f)) {
		struct buf all = { 0 };
		name_routes(routes, route_count, &all);
		err_set(e, ERR_USAGE, "sandbox.fault", "--fault \"%s\": \"%.*s\" is no route; expected one of %s", spec,
			STR_ARG(route), buf_text(&all));
		buf_release(&all);
		return -1;
	}
	if (!parse_what(rest, f)) {
		const char *near = nearest_word(rest);
		return err_set(e, ERR_USAGE, "sandbox.fault", "--fault \"%s\": \"%.*s\" is no fault; %s%s%sexpected a status "
			"from 400 to 599, or a word that `help sandbox` lists, with a value where it says so", spec, STR_ARG(rest),
			near ? "did you mean \"" : "", near ? near : "", near ? "\"? " : "");
	}
	return 0;
}

bool sandbox_fault_hits(const struct sandbox_fault *f, struct str route, uint64_t of_route, uint64_t of_all)
{
	bool any = str_eq(f->route, STR("any"));
	uint64_t n = any ? of_all : of_route;
	if (!any && !str_eq(f->route, route))
		return false;
	if (f->every)
		return n % f->every == 0;
	for (size_t i = 0; i < f->range_count; i++) {
		if (n >= f->ranges[i].from && n <= f->ranges[i].to)
			return true;
	}
	return f->range_count == 0;
}

static void reply_gateway(struct sandbox_reply *r, unsigned status)
{
	r->status = status;
	r->type = "text/html";
	buf_clear(&r->body);
	buf_printf(&r->body, "<html>\r\n<head><title>%u</title></head>\r\n<body><h1>%u</h1></body>\r\n</html>\r\n", status,
		status);
}

static void reply_error(struct sandbox_reply *r, unsigned status)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (known[i].status == status) {
			sandbox_error(r, status, known[i].code, known[i].message);
			return;
		}
	}
	char code[32];
	snprintf(code, sizeof code, "status_%u", status);
	sandbox_error(r, status, code, "Answered so by a fault of the sandbox");
}

static void reply_status(struct sandbox_reply *r, const struct sandbox_system *system, unsigned status, int64_t wall)
{
	if (status >= 502 && status <= 504)
		reply_gateway(r, status);
	else if (system->refuse)
		system->refuse(status, wall, r);
	else
		reply_error(r, status);
}

static void put_date(char *to, size_t room, int64_t wall)
{
	time_t seconds = (time_t)(wall / 1000);
	struct tm tm;
	gmtime_r(&seconds, &tm);
	strftime(to, room, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

static void put_retry_after(struct sandbox_reply *r, struct str value, int64_t wall)
{
	size_t room = sizeof r->retry_after;
	if (str_eq(value, STR("date")))
		put_date(r->retry_after, room, wall + 2000);
	else if (str_eq(value, STR("past")))
		put_date(r->retry_after, room, wall - 60000);
	else
		snprintf(r->retry_after, room, "%.*s", STR_ARG(str_eq(value, STR("garbage")) ? STR("soon") : value));
}

static void reply_ok(struct sandbox_reply *r, const char *type, struct str body)
{
	r->status = 200;
	r->type = type;
	buf_clear(&r->body);
	buf_add(&r->body, body);
}

/* The bytes that are sent of a reply cut off: as many as the fault says, else half of them. */
static uint64_t bytes_left(const struct sandbox_fault *f, const struct sandbox_reply *r)
{
	uint64_t n;
	if (f->value.n && str_to_u64(f->value, &n))
		return n;
	return (r->stream.more ? sandbox_stream_length(&r->stream) : r->body.n) / 2;
}

void sandbox_fault_apply(const struct sandbox_fault *f, const struct sandbox_system *system, int64_t wall,
	struct sandbox_reply *r)
{
	switch ((enum kind)f->kind) {
	case STATUS:
		reply_status(r, system, f->status, wall);
		break;
	case THROTTLE:
		reply_status(r, system, f->status, wall);
		put_retry_after(r, f->value, wall);
		break;
	case ERROR_200:
		reply_status(r, system, system->invalid, wall);
		r->status = 200;
		break;
	case REDIRECT:
		reply_ok(r, NULL, STR("{}"));
		r->status = f->status;
		r->location = f->value;
		break;
	case HTML:
		reply_ok(r, "text/html", STR("<!DOCTYPE html>\n<html><body><p>Please log in to continue.</p></body></html>\n"));
		break;
	case EMPTY:
		reply_ok(r, NULL, STR(""));
		break;
	case GARBAGE:
		reply_ok(r, NULL, STR("\x1b]0;\xff\xfe{{\"job_id\":\"\0\x80"));
		break;
	case TRUNCATE:
		if (r->stream.more)
			r->stream.end = bytes_left(f, r);
		r->body.n /= 2;
		break;
	case CUT:
		r->manner = MANNER_CUT;
		r->cut = bytes_left(f, r);
		break;
	case MANNER:
		r->manner = (enum sandbox_manner)f->status;
		if (r->manner == MANNER_BIG)
			reply_ok(r, NULL, STR("{\"job_id\":\""));
		break;
	case NO_JOB_ID:
	case NUMBER_JOB_ID:
		if (r->status == 202) {
			buf_clear(&r->body);
			if (f->kind == NO_JOB_ID)
				buf_add(&r->body, STR("{}"));
			else
				buf_printf(&r->body, "{\"job_id\":%.*s}", STR_ARG(r->job));
		}
		break;
	case TRAIT:
		break;
	}
}

const char *sandbox_fault_word(size_t i)
{
	return i < WORDS ? words[i].name : NULL;
}
