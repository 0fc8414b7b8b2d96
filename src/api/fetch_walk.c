#include "fetch_parts.h"

#include <stdlib.h>

#define NAMES_MAX 400   /* bytes of names in a sentence */
#define FIELDS_MAX 4096 /* members of a record that are kept */

static int walk_object(struct json_walk *w, struct json_pull *p);

void json_walk_begin(struct json_walk *w, struct fetching *f, struct arena *arena)
{
	const struct system *system = f->w->system;
	const struct resource *resource = f->w->resource;
	*w = (struct json_walk){ .f = f, .arena = arena, .records = resource->records };
	if (w->records.n == 0 && resource->paged)
		w->records = system->paging.records;
	if (resource->paged) {
		w->spots[SPOT_COUNT].path = system->paging.count;
		w->spots[SPOT_NEXT].path = system->paging.next;
	}
	w->spots[SPOT_OK].path = system->ok;
	w->spots[SPOT_CODE].path = system->error_code;
	w->spots[SPOT_MESSAGE].path = system->error_message;
}

void json_walk_end(struct json_walk *w)
{
	free(w->fields);
	buf_release(&w->names);
	buf_release(&w->path);
}

static void add_field(struct json_walk *w, struct str name)
{
	if (w->field_count == FIELDS_MAX)
		return;
	w->fields = mem_grow(w->fields, &w->field_cap, w->field_count + 1, sizeof *w->fields);
	w->fields[w->field_count++] = arena_copy(w->arena, name);
}

/* The members of the first record, up to its end. */
static int walk_fields(struct json_walk *w, struct json_pull *p)
{
	enum json_token token;
	for (;;) {
		if (json_pull_next(p, &token, w->f->e) != 0)
			return -1;
		if (token == JSON_PULL_END_OBJECT)
			return 0;
		add_field(w, json_pull_text(p));
		if (json_pull_skip(p, w->f->e) != 0)
			return -1;
	}
}

static int walk_record(struct json_walk *w, struct json_pull *p, enum json_token token)
{
	uint64_t from, to, ignored;
	json_pull_span(p, &from, &to);
	if (token != JSON_PULL_OBJECT)
		return err_set(w->f->e, ERR_INPUT, "fetch.shape", "record %llu is %s, expected an object",
			(unsigned long long)w->count + 1, json_token_name(token));
	if ((w->count == 0 ? walk_fields(w, p) : json_pull_skip(p, w->f->e)) != 0)
		return -1;
	json_pull_span(p, &ignored, &to);
	if (w->count++ == 0)
		w->first_from = from;
	w->last_to = to;
	if (w->record)
		w->record(w->arg, from, to);
	return 0;
}

static int walk_list(struct json_walk *w, struct json_pull *p)
{
	uint64_t ignored;
	enum json_token token;
	w->listed = true;
	json_pull_span(p, &ignored, &w->list_from);
	for (;;) {
		if (json_pull_next(p, &token, w->f->e) != 0)
			return -1;
		if (token == JSON_PULL_END_ARRAY) {
			json_pull_span(p, &w->list_to, &ignored);
			return 0;
		}
		if (walk_record(w, p, token) != 0)
			return -1;
	}
}

static int walk_records(struct json_walk *w, struct json_pull *p)
{
	if (w->listed)
		return err_set(w->f->e, ERR_INPUT, "fetch.shape", "\"%.*s\" stands there twice", STR_ARG(w->records));
	return walk_list(w, p);
}

static int walk_spot(struct json_walk *w, struct json_pull *p, enum json_token token, struct json_spot *s)
{
	uint64_t ignored;
	s->kind = token;
	s->text = arena_copy(w->arena, json_pull_text(p));
	json_pull_span(p, &s->from, &s->to);
	if (json_token_opens(token) && json_pull_skip(p, w->f->e) != 0)
		return -1;
	json_pull_span(p, &ignored, &s->to);
	return 0;
}

static struct json_spot *spot_at(struct json_walk *w, struct str path)
{
	for (size_t i = 0; i < SPOTS; i++) {
		if (w->spots[i].path.n && str_eq(w->spots[i].path, path))
			return &w->spots[i];
	}
	return NULL;
}

static bool leads_below(struct str path, struct str member)
{
	return path.n > member.n && path.p[member.n] == '.' && str_starts(path, member);
}

/* Whether something that is looked for may stand in the member. */
static bool leads_on(const struct json_walk *w, struct str member)
{
	bool on = leads_below(w->records, member);
	for (size_t i = 0; i < SPOTS; i++)
		on = on || leads_below(w->spots[i].path, member);
	return on;
}

static void add_name(struct json_walk *w, struct str name)
{
	if (w->names.n < NAMES_MAX)
		buf_printf(&w->names, "%s\"%.*s\"", w->names.n ? ", " : "", STR_ARG(name));
}

/* p is at the member's key. */
static int walk_member(struct json_walk *w, struct json_pull *p)
{
	struct str key = json_pull_text(p), outer = w->prefix, member = key;
	enum json_token token;
	if (outer.n) {
		buf_clear(&w->path);
		buf_printf(&w->path, "%.*s.%.*s", STR_ARG(outer), STR_ARG(key));
		member = buf_str(&w->path);
	} else {
		add_name(w, key);
		if (w->records.n == 0)
			add_field(w, key);
	}
	struct json_spot *spot = spot_at(w, member);
	bool records = w->records.n && str_eq(w->records, member);
	if (!spot && !records && !leads_on(w, member))
		return json_pull_skip(p, w->f->e);
	member = arena_copy(w->arena, member);
	if (json_pull_next(p, &token, w->f->e) != 0)
		return -1;
	if (records && token == JSON_PULL_ARRAY)
		return walk_records(w, p);
	if (records)
		w->instead = json_token_name(token);
	if (spot)
		return walk_spot(w, p, token, spot);
	if (token != JSON_PULL_OBJECT)
		return json_token_opens(token) ? json_pull_skip(p, w->f->e) : 0;
	w->prefix = member;
	int rc = walk_object(w, p);
	w->prefix = outer;
	return rc;
}

static int walk_object(struct json_walk *w, struct json_pull *p)
{
	for (;;) {
		enum json_token token;
		if (json_pull_next(p, &token, w->f->e) != 0)
			return -1;
		if (token == JSON_PULL_END_OBJECT)
			return 0;
		if (walk_member(w, p) != 0)
			return -1;
	}
}

static int walk_document(struct json_walk *w, struct json_pull *p)
{
	struct err *e = w->f->e;
	enum json_token token;
	if (json_pull_next(p, &token, e) != 0)
		return -1;
	if (token == JSON_PULL_OBJECT) {
		if (walk_object(w, p) != 0)
			return -1;
		w->count += w->records.n == 0;
	} else if (token == JSON_PULL_ARRAY && w->records.n == 0) {
		if (walk_list(w, p) != 0)
			return -1;
	} else {
		return err_set(e, ERR_INPUT, "fetch.shape", "the reply is %s, expected an object%s%.*s%s",
			json_token_name(token), w->records.n ? " with \"" : "", STR_ARG(w->records), w->records.n ? "\"" : "");
	}
	return json_pull_next(p, &token, e);
}

int json_walk_run(struct json_walk *w, const struct json_pull_input *input)
{
	struct json_pull *p = json_pull_open(input);
	int rc = walk_document(w, p);
	json_pull_close(p);
	return rc;
}

/* ---- what it says ---- */

/* "E1: No such account": the error's code, and its message or what else is said. */
static struct str words_of(struct json_walk *w, struct str otherwise)
{
	const struct json_spot *code = &w->spots[SPOT_CODE], *message = &w->spots[SPOT_MESSAGE];
	struct str words = message->text.n ? message->text : otherwise;
	const char *between = code->text.n && words.n ? ": " : "";
	return retry_text(arena_printf(w->arena, "%.*s%s%.*s", STR_ARG(code->text), between, STR_ARG(words)), w->arena);
}

static int says_no(struct json_walk *w)
{
	const struct json_spot *ok = &w->spots[SPOT_OK];
	const struct system *system = w->f->w->system;
	struct str words = words_of(w, ok->text);
	return err_set(w->f->e, ERR_INPUT, "fetch.refused", "the reply's \"%.*s\" does not say \"%.*s\": %.*s",
		STR_ARG(ok->path), STR_ARG(system->ok_words[0]), STR_ARG(words));
}

static bool says_yes(const struct json_walk *w)
{
	const struct json_spot *ok = &w->spots[SPOT_OK];
	struct str word = ok->kind == JSON_PULL_TRUE ? STR("true") : ok->kind == JSON_PULL_FALSE ? STR("false") : ok->text;
	if (ok->path.n == 0 || ok->kind == JSON_PULL_END || !w->f->w->system->ok_words)
		return true;
	for (const struct str *yes = w->f->w->system->ok_words; yes->p; yes++) {
		if (str_eq_nocase(*yes, word))
			return true;
	}
	return false;
}

static int no_list(struct json_walk *w)
{
	struct str words = words_of(w, STR("")), found = w->names.n ? buf_str(&w->names) : STR("nothing");
	const char *but = words.n ? ", but says: " : "";
	if (w->instead)
		return err_set(w->f->e, ERR_INPUT, "fetch.shape", "\"%.*s\" is %s, expected a list of records%s%.*s",
			STR_ARG(w->records), w->instead, but, STR_ARG(words));
	found = retry_text(found, w->arena);
	return err_set(w->f->e, ERR_INPUT, "fetch.shape", "the reply has no \"%.*s\", found %.*s%s%.*s",
		STR_ARG(w->records), STR_ARG(found), but, STR_ARG(words));
}

int json_walk_judge(struct json_walk *w)
{
	if (!says_yes(w))
		return says_no(w);
	if (w->records.n && (!w->listed || w->instead))
		return no_list(w);
	return w->count ? fetch_has_needs(w->f, w->fields, w->field_count, "member of a record") : 0;
}
