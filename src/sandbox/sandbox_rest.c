#include "qonduit/sandbox_rest.h"

#include <stdio.h>

#include "qonduit/json_write.h"

enum { SIZE_USUAL = 10, SIZE_MOST = 1000 };

/* What the framework says where a view says nothing else. */
static const struct said {
	unsigned status;
	const char *code, *detail;
} said[] = {
	{ 400, "invalid", "Invalid input." },
	{ 401, "not_authenticated", "Authentication credentials were not provided." },
	{ 403, "permission_denied", "You do not have permission to perform this action." },
	{ 404, "not_found", "Not found." },
	{ 413, "payload_too_large", "Request body too large." },
	{ 415, "unsupported_media_type", "Unsupported media type in request." },
	{ 429, "throttled", "Request was throttled." },
	{ 500, "error", "A server error occurred." },
};

static struct json_out begin(struct sandbox_reply *r, unsigned status)
{
	struct json_out w = sandbox_begin(r, status);
	json_open(&w, '{');
	return w;
}

static void put_error(struct json_out *w, const char *field, struct str message)
{
	json_key(w, str_of(field));
	json_open(w, '[');
	json_string(w, message);
	json_close(w, ']');
}

static void end(const struct sandbox_rest *rest, struct json_out *w, const char *code)
{
	if (rest->codes)
		json_member_string(w, "code", str_of(code));
	json_close(w, '}');
}

void sandbox_rest_detail(const struct sandbox_rest *rest, struct sandbox_reply *r, unsigned status, const char *code,
	const char *detail)
{
	struct json_out w = begin(r, status);
	json_member_string(&w, "detail", str_of(detail));
	end(rest, &w, code);
}

void sandbox_rest_refuse(const struct sandbox_rest *rest, unsigned status, struct sandbox_reply *r)
{
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		if (said[i].status == status) {
			sandbox_rest_detail(rest, r, status, said[i].code, said[i].detail);
			return;
		}
	}
	sandbox_rest_detail(rest, r, status, "error", "Answered so by a fault of the sandbox.");
}

void sandbox_rest_invalid(const struct sandbox_rest *rest, struct sandbox_reply *r, const char *field,
	const char *message)
{
	struct json_out w = begin(r, 400);
	put_error(&w, field, str_of(message));
	end(rest, &w, "invalid");
}

bool sandbox_rest_media(const struct sandbox_rest *rest, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct buf visible = { 0 };
	if (sandbox_is_json(q))
		return true;
	buf_add_visible(&visible, q->content_type);
	struct str found = buf_str(&visible);
	struct str detail = arena_printf(q->arena, "Unsupported media type \"%.*s\" in request.", STR_ARG(found));
	sandbox_rest_detail(rest, r, 415, "unsupported_media_type", detail.p);
	buf_release(&visible);
	return false;
}

bool sandbox_rest_body(const struct sandbox_rest *rest, const struct sandbox_field *fields,
	const struct sandbox_request *q, struct sandbox_reply *r)
{
	if (!q->json) {
		sandbox_rest_detail(rest, r, 400, "parse_error", "JSON parse error");
		return false;
	}
	if (!json_is(q->json, JSON_OBJECT)) {
		sandbox_rest_invalid(rest, r, "non_field_errors", "Invalid data. Expected a dictionary.");
		return false;
	}
	struct json_out w = begin(r, 400);
	bool fine = true;
	for (const struct sandbox_field *f = fields; f->name; f++) {
		struct str breach = sandbox_field_breach(f, json_get(q->json, f->name), q->arena);
		if (breach.n)
			put_error(&w, f->name, breach);
		fine = fine && !breach.n;
	}
	end(rest, &w, "invalid");
	return fine;
}

void sandbox_rest_id(int64_t first, unsigned kind, uint64_t number, char out[SANDBOX_UUID_TEXT])
{
	snprintf(out, SANDBOX_UUID_TEXT, "%08x-%04x-4000-8000-%012llx", (unsigned)number, kind & 0xffff,
		(unsigned long long)first & 0xffffffffffff);
}

/* --- lists --- */

/* A number from 1 of the query, or what is usual; 0 where it is none. */
static uint64_t number_asked(const struct sandbox_request *q, const char *name, uint64_t usual)
{
	uint64_t n = 0;
	struct str text = sandbox_parameter(q, name);
	return !text.n ? usual : str_to_u64(text, &n) ? n : 0;
}

static void put_address(const struct sandbox_request *q, struct buf *url)
{
	const char *scheme = str_eq(q->proto, STR("https")) ? "https" : "http";
	if (q->traits & (TRAIT_NEXT_HTTP | TRAIT_NEXT_HTTPS))
		scheme = q->traits & TRAIT_NEXT_HTTP ? "http" : "https";
	struct str host = q->traits & TRAIT_NEXT_OTHER_HOST ? STR("other.example") : q->host;
	buf_printf(url, "%s://%.*s%.*s?", scheme, STR_ARG(host), STR_ARG(q->path));
}

/* The address of another page, with the other parameters as they came. */
static void put_link(struct json_out *w, const char *key, bool is, const struct sandbox_request *q, uint64_t page)
{
	struct buf url = { 0 }, visible = { 0 };
	json_key(w, str_of(key));
	if (!is) {
		json_raw(w, STR("null"));
		return;
	}
	put_address(q, &url);
	for (struct str part, rest, from = q->query; from.n; from = rest) {
		part = str_cut(from, '&', &rest);
		if (!str_starts(part, STR("page=")) && part.n)
			buf_printf(&url, "%.*s&", STR_ARG(part));
	}
	buf_printf(&url, "page=%llu", (unsigned long long)page);
	buf_add_visible(&visible, buf_str(&url));
	json_string(w, buf_str(&visible));
	buf_release(&url);
	buf_release(&visible);
}

/* Gives the first member of the object that stands from `at` on another name. */
static void rename_first(struct buf *to, size_t at)
{
	struct str key = str_from(buf_str(to), at + 2);
	ptrdiff_t end = str_find(key, STR("\""));
	if (to->n < at + 2 || to->p[at + 1] != '"' || end < 0)
		return;
	struct buf rest = { 0 };
	buf_add(&rest, str_from(key, (size_t)end));
	to->n = at + 2 + (size_t)end;
	buf_add(to, STR("_renamed"));
	buf_add(to, buf_str(&rest));
	buf_release(&rest);
}

static void print_records(const struct sandbox_pages *p, const struct sandbox_request *q, uint64_t from, uint64_t n,
	struct json_out *w)
{
	json_key(w, STR("results"));
	json_open(w, '[');
	for (uint64_t i = 0; i < n; i++) {
		size_t at = w->to->n + w->comma;
		p->print(p->arg, (size_t)(from + i), w);
		if (q->traits & TRAIT_HEADER_RENAMED)
			rename_first(w->to, at);
	}
	json_close(w, ']');
}

/* A page as it is asked for, or as the faults have it. */
struct page {
	uint64_t number, size, count, from; /* `from`: the record that comes first */
};

static struct page page_asked(const struct sandbox_rest *rest, const struct sandbox_request *q, uint64_t count)
{
	struct page p = { .number = number_asked(q, "page", 1), .size = number_asked(q, rest->size, SIZE_USUAL),
		.count = count };
	p.size = p.size == 0 ? SIZE_USUAL : p.size > SIZE_MOST ? SIZE_MOST : p.size;
	return p;
}

static void strike_page(struct page *p, unsigned traits)
{
	if (p->number == 1)
		return;
	if (traits & TRAIT_PAGE_REPEATS)
		p->from -= p->size;
	if (traits & TRAIT_PAGE_GROWS)
		p->from--;
	if (traits & TRAIT_PAGE_SHRINKS)
		p->from++;
}

void sandbox_rest_pages(const struct sandbox_rest *rest, const struct sandbox_pages *l, const struct sandbox_request *q,
	struct sandbox_reply *r)
{
	uint64_t given = l->most && l->most < l->count ? l->most : l->count;
	struct page p = page_asked(rest, q, l->count);
	uint64_t pages = given ? (given + p.size - 1) / p.size : 1;
	if (p.number == 0 || p.number > pages) {
		sandbox_rest_detail(rest, r, 404, "not_found", "Invalid page.");
		return;
	}
	p.from = (p.number - 1) * p.size;
	strike_page(&p, q->traits);
	uint64_t left = given - (p.from < given ? p.from : given), n = left < p.size ? left : p.size;
	int64_t more = q->traits & (TRAIT_COUNT_LIES | TRAIT_PAGE_GROWS) ? 1 : q->traits & TRAIT_PAGE_SHRINKS ? -1 : 0;
	bool loops = q->traits & TRAIT_NEXT_LOOPS;
	struct json_out w = begin(r, 200);
	json_key(&w, STR("count"));
	json_int(&w, (int64_t)l->count + more);
	put_link(&w, "next", loops || p.number < pages, q, loops ? p.number : p.number + 1);
	put_link(&w, "previous", p.number > 1, q, p.number - 1);
	print_records(l, q, p.from, n && q->traits & TRAIT_PAGE_SHORT ? n - 1 : n, &w);
	json_close(&w, '}');
}

/* What sandbox_rest_list chose of a shelf. */
struct chosen {
	const struct sandbox_listing *l;
	const void *state;
	struct sandbox_item **items;
};

static void print_chosen(const void *arg, size_t i, struct json_out *w)
{
	const struct chosen *c = arg;
	c->l->print(c->state, c->items[i], w);
}

static bool passes(const struct sandbox_listing *l, const struct sandbox_item *item, const struct sandbox_asked *asked,
	size_t n, struct arena *arena)
{
	for (size_t i = 0; i < n; i++) {
		struct sandbox_value value = sandbox_value_of_text(l->value(l->shelf, item, asked[i].member, arena), arena);
		if (!sandbox_passes(&asked[i], value))
			return false;
	}
	return true;
}

void sandbox_rest_list(const struct sandbox_rest *rest, const struct sandbox_listing *l, const void *state,
	const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct chosen c = { l, state, ARENA_ARRAY(q->arena, l->shelf->count, struct sandbox_item *) };
	struct sandbox_asked asked[SANDBOX_ASKED];
	size_t asked_count = l->filters ? sandbox_asked(l->filters, q, asked) : 0, count = 0;
	for (size_t i = 0; i < l->shelf->count; i++) {
		if (passes(l, l->shelf->all[i], asked, asked_count, q->arena))
			c.items[count++] = l->shelf->all[i];
	}
	sandbox_rest_pages(rest, &(struct sandbox_pages){ .count = count, .print = print_chosen, .arg = &c }, q, r);
}
