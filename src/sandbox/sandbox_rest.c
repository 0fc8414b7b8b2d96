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
	r->status = status;
	r->type = NULL;
	buf_clear(&r->body);
	struct json_out w = json_out(&r->body);
	json_open(&w, '{');
	return w;
}

static void put(struct json_out *w, const char *key, struct str value)
{
	json_key(w, str_of(key));
	json_string(w, value);
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
		put(w, "code", str_of(code));
	json_close(w, '}');
}

void sandbox_rest_detail(const struct sandbox_rest *rest, struct sandbox_reply *r, unsigned status, const char *code,
	const char *detail)
{
	struct json_out w = begin(r, status);
	put(&w, "detail", str_of(detail));
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

/* A filter: the value of a field, as a string and as it stands. */
struct filter {
	size_t field;
	struct str string, bare;
};

static size_t take_filters(const struct sandbox_listing *l, const struct sandbox_request *q, struct filter *filters)
{
	size_t n = 0;
	for (size_t i = 0; l->value && l->shelf->fields[i].name; i++) {
		struct buf string = { 0 };
		struct str bare = sandbox_parameter(q, l->shelf->fields[i].name);
		if (!bare.n)
			continue;
		json_escape(&string, bare);
		filters[n++] = (struct filter){ i, arena_copy(q->arena, buf_str(&string)), bare };
		buf_release(&string);
	}
	return n;
}

static bool passes(const struct sandbox_listing *l, const struct sandbox_item *item, const struct filter *filters,
	size_t n, struct arena *arena)
{
	for (size_t i = 0; i < n; i++) {
		struct str value = l->value(l->shelf, item, filters[i].field, arena);
		if (!str_eq(value, filters[i].string) && !str_eq(value, filters[i].bare))
			return false;
	}
	return true;
}

/* A number from 1 of the query, or what is usual; 0 where it is none. */
static uint64_t number_asked(const struct sandbox_request *q, const char *name, uint64_t usual)
{
	uint64_t n = 0;
	struct str text = sandbox_parameter(q, name);
	return !text.n ? usual : str_to_u64(text, &n) ? n : 0;
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
	buf_printf(&url, "http://%.*s%.*s?", STR_ARG(q->host), STR_ARG(q->path));
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

static void print_page(const struct sandbox_listing *l, const void *state, struct sandbox_item **found, size_t n,
	struct json_out *w)
{
	json_key(w, STR("results"));
	json_open(w, '[');
	for (size_t i = 0; i < n; i++)
		l->print(state, found[i], w);
	json_close(w, ']');
}

void sandbox_rest_list(const struct sandbox_rest *rest, const struct sandbox_listing *l, const void *state,
	const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct sandbox_item **found = ARENA_ARRAY(q->arena, l->shelf->count, struct sandbox_item *);
	struct filter filters[32];
	size_t filter_count = take_filters(l, q, filters), count = 0;
	for (size_t i = 0; i < l->shelf->count; i++) {
		if (passes(l, l->shelf->all[i], filters, filter_count, q->arena))
			found[count++] = l->shelf->all[i];
	}
	uint64_t size = number_asked(q, rest->size, SIZE_USUAL), page = number_asked(q, "page", 1);
	size = size == 0 ? SIZE_USUAL : size > SIZE_MOST ? SIZE_MOST : size;
	uint64_t pages = count ? (count + size - 1) / size : 1;
	if (page == 0 || page > pages) {
		sandbox_rest_detail(rest, r, 404, "not_found", "Invalid page.");
		return;
	}
	size_t from = (size_t)((page - 1) * size), left = count - from;
	struct json_out w = begin(r, 200);
	json_key(&w, STR("count"));
	json_int(&w, (int64_t)count);
	put_link(&w, "next", page < pages, q, page + 1);
	put_link(&w, "previous", page > 1, q, page - 1);
	print_page(l, state, found + from, left < size ? left : (size_t)size, &w);
	json_close(&w, '}');
}
