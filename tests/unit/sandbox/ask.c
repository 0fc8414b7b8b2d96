#include "ask.h"

#include <stdio.h>

bool ask_open(struct ask *a)
{
	a->setup.window_ms = a->setup.window_ms ? a->setup.window_ms : 60000;
	a->setup.job_ms = 400;
	a->setup.import_limit = 5;
	a->setup.request_limit = 10;
	a->setup.first_job = 100;
	a->setup.fail_sku = &a->fail_sku;
	a->setup.fail_sku_count = a->fail_sku ? 1 : 0;
	a->setup.fault = a->faults;
	while (a->setup.fault_count < 4 && a->faults[a->setup.fault_count])
		a->setup.fault_count++;
	a->address = "10.0.0.1";
	a->authorization = "Bearer t";
	a->api_key = "";
	a->content_type = "application/json";
	a->cookie = a->proto = "";
	a->sandbox = sandbox_open(&a->setup, &a->e);
	return a->sandbox != NULL;
}

void ask_close(struct ask *a)
{
	sandbox_close(a->sandbox);
	buf_release(&a->reply.body);
	arena_release(&a->arena);
}

/* A stream becomes the body, as far as it would be sent. */
static void drain(struct sandbox_reply *r)
{
	if (!r->stream.more)
		return;
	while (r->stream.more(r->stream.arg, &r->body))
		continue;
	if (r->stream.end && r->stream.end < r->body.n)
		r->body.n = (size_t)r->stream.end;
	sandbox_stream_close(r);
}

unsigned ask_any(struct ask *a, int64_t at, const char *method, const char *path, const char *query, struct str body)
{
	static const struct str headers[] = { { "Host", 4 }, { "Authorization", 13 } };
	struct sandbox_request q = {
		.at = at,
		.wall = 1800000000000 + at,
		.method = str_of(method),
		.path = str_of(path),
		.query = str_of(query),
		.authorization = str_of(a->authorization),
		.authentication = str_of(a->authentication),
		.api_key = str_of(a->api_key),
		.content_type = str_of(a->content_type),
		.cookie = str_of(a->cookie),
		.proto = str_of(a->proto),
		.host = STR("127.0.0.1:1"),
		.address = str_of(a->address),
		.connection = 7,
		.headers = headers,
		.header_count = 2,
		.body = body,
		.body_bytes = body.n,
		.body_sha256 = "feed",
		.arena = &a->arena,
	};
	buf_release(&a->reply.body);
	arena_clear(&a->arena);
	a->reply = (struct sandbox_reply){ 0 };
	sandbox_handle(a->sandbox, &q, &a->reply);
	drain(&a->reply);
	return a->reply.status;
}

unsigned ask_import(struct ask *a, int64_t at, const char *body)
{
	return ask_any(a, at, "POST", "/products/import", "", str_of(body));
}

unsigned ask_status(struct ask *a, int64_t at, const char *job)
{
	char query[100];
	snprintf(query, sizeof query, "account_id=1&job_id=%s", job);
	return ask_any(a, at, "GET", "/api/v1/products/import_status", query, (struct str){ 0 });
}

unsigned ask_post(struct ask *a, const char *path, const char *body)
{
	return ask_any(a, 0, "POST", path, "", str_of(body));
}

unsigned ask_get(struct ask *a, const char *path, const char *query)
{
	return ask_any(a, 0, "GET", path, query, (struct str){ 0 });
}

struct str ask_body(const struct ask *a)
{
	return buf_str(&a->reply.body);
}

bool ask_says(const struct ask *a, const char *text)
{
	return str_find(ask_body(a), str_of(text)) >= 0;
}
