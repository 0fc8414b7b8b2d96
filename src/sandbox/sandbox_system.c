#include "qonduit/sandbox_system.h"

#include <stdio.h>


struct str sandbox_decode(struct str text, struct arena *arena)
{
	char *to = arena_alloc(arena, text.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		int high = i + 2 < text.n ? str_hex(text.p[i + 1]) : -1, low = i + 2 < text.n ? str_hex(text.p[i + 2]) : -1;
		if (text.p[i] == '%' && high >= 0 && low >= 0) {
			to[n++] = (char)(high << 4 | low);
			i += 2;
		} else {
			to[n++] = text.p[i] == '+' ? ' ' : text.p[i];
		}
	}
	return (struct str){ to, n };
}

struct json_out sandbox_begin(struct sandbox_reply *r, unsigned status)
{
	r->status = status;
	r->type = NULL;
	buf_clear(&r->body);
	return json_out(&r->body);
}

void sandbox_error(struct sandbox_reply *r, unsigned status, const char *code, const char *message)
{
	struct json_out w = sandbox_begin(r, status);
	json_open(&w, '{');
	json_key(&w, STR("error"));
	json_open(&w, '{');
	json_key(&w, STR("code"));
	json_string(&w, str_of(code));
	json_key(&w, STR("message"));
	json_string(&w, str_of(message));
	json_key(&w, STR("status"));
	json_int(&w, status);
	json_close(&w, '}');
	json_close(&w, '}');
}

struct str sandbox_bearer(struct str authorization)
{
	struct str token, scheme = str_cut(str_trim(authorization), ' ', &token);
	return str_eq_nocase(scheme, STR("Bearer")) ? str_trim(token) : (struct str){ 0 };
}

struct str sandbox_credential(const struct sandbox_request *q)
{
	struct str token = sandbox_bearer(q->authorization);
	if (!token.n)
		token = sandbox_bearer(q->authentication);
	return token.n ? token : q->api_key;
}

bool sandbox_token_fits(const struct sandbox_setup *setup, struct str token)
{
	return token.n && (!setup->token || str_eq(token, str_of(setup->token)));
}

bool sandbox_is_refused(const struct sandbox_setup *setup, struct str key)
{
	for (size_t i = 0; i < setup->fail_sku_count; i++) {
		if (str_eq(key, str_of(setup->fail_sku[i])))
			return true;
	}
	return false;
}

bool sandbox_is_json(const struct sandbox_request *q)
{
	struct str parameters;
	return str_eq_nocase(str_trim(str_cut(q->content_type, ';', &parameters)), STR("application/json"));
}

bool sandbox_next_parameter(struct str *rest, struct arena *arena, struct str *name, struct str *value)
{
	struct str part = { 0 }, after = *rest;
	while (after.n && !part.n)
		part = str_cut(after, '&', &after);
	*rest = after;
	*name = sandbox_decode(str_cut(part, '=', value), arena);
	*value = sandbox_decode(*value, arena);
	return part.n > 0;
}

struct str sandbox_parameter(const struct sandbox_request *q, const char *name)
{
	struct str rest = q->query, found, value;
	while (sandbox_next_parameter(&rest, q->arena, &found, &value)) {
		if (str_eq(found, str_of(name)))
			return value;
	}
	return (struct str){ 0 };
}

void sandbox_retry_after(struct sandbox_reply *r, int64_t wait_ms)
{
	snprintf(r->retry_after, sizeof r->retry_after, "%lld", (long long)((wait_ms + 999) / 1000));
}

uint64_t sandbox_stream_length(const struct sandbox_stream *stream)
{
	struct buf piece = { 0 };
	uint64_t n = 0;
	stream->rewind(stream->arg);
	while (stream->more(stream->arg, &piece)) {
		n += piece.n;
		buf_clear(&piece);
	}
	buf_release(&piece);
	stream->rewind(stream->arg);
	return n;
}

void sandbox_stream_close(struct sandbox_reply *r)
{
	if (r->stream.more)
		r->stream.close(r->stream.arg);
	r->stream = (struct sandbox_stream){ 0 };
}
