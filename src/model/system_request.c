/* What is sent for what is wanted: path, query and body. */
#include "system_parts.h"

#include <stdio.h>

#include "qonduit/json_write.h"

static void add_argument(const struct wanted *w, struct str name, struct buf *to)
{
	for (size_t i = 0; i < w->argument_count; i++) {
		if (str_eq(w->resource->arguments[i].name, name))
			buf_add_percent(to, w->arguments[i]);
	}
}

static void add_path(const struct wanted *w, struct buf *to)
{
	for (struct str path = w->resource->path; path.p;) {
		buf_add(to, str_cut(path, '{', &path));
		if (path.p)
			add_argument(w, str_cut(path, '}', &path), to);
	}
}

/* Whether an earlier pair has sent this one's value too. */
static bool is_joined(const struct wanted *w, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (str_eq(w->pairs[i].name, w->pairs[at].name))
			return true;
	}
	return false;
}

static void add_pair(struct buf *to, char *separator, struct str name, struct str value)
{
	buf_addc(to, *separator);
	buf_add_percent(to, name);
	buf_addc(to, '=');
	buf_add_percent(to, value);
	*separator = '&';
}

static void add_query(const struct wanted *w, struct str account, struct buf *to)
{
	const struct resource *r = w->resource;
	const struct system_paging *paging = &w->system->paging;
	char number[24], separator = memchr(r->path.p, '?', r->path.n) ? '&' : '?';
	if (r->account.n && account.n)
		add_pair(to, &separator, r->account, account);
	for (size_t i = 0; i < w->pair_count && !r->in_body; i++) {
		const struct wanted_pair *p = &w->pairs[i];
		if (p->parameter->commas && is_joined(w, i))
			continue;
		add_pair(to, &separator, p->name, p->value);
		for (size_t k = i + 1; k < w->pair_count && p->parameter->commas; k++) {
			if (str_eq(w->pairs[k].name, p->name)) {
				buf_addc(to, ',');
				buf_add_percent(to, w->pairs[k].value);
			}
		}
	}
	if (w->paged && paging->size_asked && !wanted_given(w, paging->size)) {
		int n = snprintf(number, sizeof number, "%u", (unsigned)paging->size_asked);
		add_pair(to, &separator, paging->size, (struct str){ number, (size_t)n });
	}
}

static void add_value(struct json_out *out, const struct wanted_pair *p)
{
	struct decimal d;
	enum parameter_type type = p->parameter->type;
	if (type == PARAMETER_BOOLEAN) {
		json_bool(out, str_eq(p->value, STR("true")));
	} else if ((type == PARAMETER_INTEGER || type == PARAMETER_DECIMAL) && decimal_parse(p->value, &d) == DECIMAL_OK) {
		char text[DECIMAL_TEXT_MAX];
		json_raw(out, (struct str){ text, decimal_print(d, text) });
	} else {
		json_string(out, p->value);
	}
}

static void add_body(const struct wanted *w, struct str account, struct buf *to)
{
	struct json_out out = json_out(to);
	json_open(&out, '{');
	if (w->resource->account.n && account.n) {
		json_key(&out, w->resource->account);
		json_string(&out, account);
	}
	for (size_t i = 0; i < w->pair_count; i++) {
		const struct wanted_pair *p = &w->pairs[i];
		if (is_joined(w, i))
			continue;
		json_key(&out, p->name);
		if (p->parameter->many)
			json_open(&out, '[');
		add_value(&out, p);
		for (size_t k = i + 1; k < w->pair_count; k++) {
			if (str_eq(w->pairs[k].name, p->name))
				add_value(&out, &w->pairs[k]);
		}
		if (p->parameter->many)
			json_close(&out, ']');
	}
	json_close(&out, '}');
}

const char *wanted_path(const struct wanted *w, struct str account, struct arena *arena, struct str *body)
{
	struct buf text = { 0 };
	*body = (struct str){ 0 };
	if (w->resource->in_body) {
		add_body(w, account, &text);
		*body = arena_copy(arena, buf_str(&text));
		buf_clear(&text);
	}
	add_path(w, &text);
	add_query(w, w->resource->in_body ? (struct str){ 0 } : account, &text);
	const char *path = arena_copy(arena, buf_str(&text)).p;
	buf_release(&text);
	return path;
}
