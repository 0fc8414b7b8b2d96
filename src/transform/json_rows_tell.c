/* What stands where, and what there is instead of what was asked for. */
#include "json_rows_parts.h"

#include <stdarg.h>
#include <stdio.h>

#include "qonduit/utf8.h"

#define NAMES_SHOWN 20

/* ---- places ---- */

void json_rows_pointer(const struct json_rows *r, size_t frames, bool with_line, struct buf *to)
{
	if (with_line && r->lines)
		buf_printf(to, "%llu", (unsigned long long)r->line);
	for (size_t i = 1; i < frames; i++) {
		const struct json_frame *in = &r->frames[i - 1];
		if (in->kind == JSON_FRAME_OBJECT)
			json_pointer_key(to, r->frames[i].node->key);
		else
			buf_printf(to, "/%llu", (unsigned long long)in->index - 1);
	}
}

int json_rows_fail(struct json_rows *r, const struct json_node *node, const char *code, const char *format, ...)
{
	char message[sizeof r->err->message];
	struct buf pointer = { .max = sizeof r->err->pointer - 1 };
	uint64_t line;
	uint32_t col;
	va_list args;
	if (r->err->class)
		return -1;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	err_set(r->err, ERR_INPUT, code, "%s", message);
	json_pull_place(r->pull, &line, &col);
	err_at_line(r->err, line, col);
	json_rows_pointer(r, r->depth, false, &pointer);
	const struct json_frame *in = r->depth ? &r->frames[r->depth - 1] : NULL;
	if (in && in->kind != JSON_FRAME_OBJECT && in->index)
		buf_printf(&pointer, "/%llu", (unsigned long long)in->index - 1);
	else if (node && in && in->kind == JSON_FRAME_OBJECT)
		json_pointer_key(&pointer, node->key);
	if (!pointer.full)
		snprintf(r->err->pointer, sizeof r->err->pointer, "%s", buf_text(&pointer));
	buf_release(&pointer);
	return -1;
}

/* ---- names ---- */

static struct str shown(struct str name)
{
	return utf8_head(name, JSON_ROWS_NAME_BYTES);
}

static void add_name(struct json_rows *r, struct json_scope *s, struct str name)
{
	if (s->name_count == JSON_ROWS_NAMES) {
		s->collecting = false;
		return;
	}
	if (!s->names)
		s->names = ARENA_ARRAY(&r->arena, JSON_ROWS_NAMES, struct str);
	s->names[s->name_count++] = name;
}

void json_rows_collect(struct json_rows *r, enum json_token token)
{
	struct json_scope *s = r->now;
	unsigned depth = json_pull_depth(r->pull);
	if (token != JSON_PULL_KEY || depth > s->depth + 1)
		return;
	struct str key = shown(json_pull_text(r->pull));
	if (depth == s->depth) {
		s->parent = s->name_count;
		s->parent_name = arena_copy(&r->arena, key);
		add_name(r, s, s->parent_name);
		return;
	}
	if (s->parent + 1 == s->name_count)
		s->name_count--;
	s->parent = JSON_ROWS_NONE - 1;
	add_name(r, s, arena_printf(&r->arena, "%.*s.%.*s", STR_ARG(s->parent_name), STR_ARG(key)));
}

static void add_names(const struct json_scope *s, struct buf *to)
{
	for (size_t i = 0; i < s->name_count && i < NAMES_SHOWN; i++)
		buf_printf(to, "%s \"%.*s\"", i ? "," : "", STR_ARG(s->names[i]));
	if (s->name_count > NAMES_SHOWN)
		buf_printf(to, " and %s%zu more", s->name_count == JSON_ROWS_NAMES ? "at least " : "",
			s->name_count - NAMES_SHOWN);
	if (s->name_count == 0)
		buf_add(to, STR(" no members"));
}

static void add_nearest(const struct json_scope *s, struct str name, struct buf *to)
{
	int near = str_nearest(name, s->names, s->name_count);
	if (near >= 0)
		buf_printf(to, " (did you mean \"%.*s\"?)", STR_ARG(s->names[near]));
}

/* ---- what is not there ---- */

static void add_level_path(const struct records_level *level, struct buf *to)
{
	for (size_t i = 0; i < level->key_count; i++)
		buf_printf(to, "%s%.*s", i ? "." : "", STR_ARG(level->keys[i]));
}

int json_rows_no_level(struct json_rows *r)
{
	struct buf path = { 0 }, text = { 0 };
	const struct json_scope *s = &r->scopes[0];
	add_level_path(&r->records->levels[0], &path);
	buf_printf(&text, "the document has no \"%.*s\"", STR_ARG(buf_str(&path)));
	add_nearest(s, buf_str(&path), &text);
	buf_add(&text, STR("; it has"));
	add_names(s, &text);
	err_set(r->err, ERR_INPUT, "json.records", "%s", buf_text(&text));
	buf_release(&path);
	buf_release(&text);
	return -1;
}

struct missing {
	const struct json_rows *r;
	struct buf text;
	size_t count;
};

static void begin_missing(struct missing *m, const struct json_scope *s)
{
	if (m->count++)
		buf_add(&m->text, STR("; "));
	if (s->level && s->level->name.n)
		buf_printf(&m->text, "no record of \"%.*s\" has ", STR_ARG(s->level->name));
	else
		buf_printf(&m->text, "%s has ",
			s->level || m->r->levels == 0 || m->r->lines ? "no record" : "the document never");
}

/* The path as it is from the scope's record on. */
static struct str path_in_scope(const struct json_scope *s, const struct json_node *node)
{
	struct str path = node->path, prefix = s->root.path;
	return prefix.n && path.n > prefix.n ? str_from(path, prefix.n + 1) : path;
}

static bool column_is_missing(const struct json_rows *r, size_t column, const struct json_scope **scope)
{
	const struct json_ends *e = &r->ends[column];
	if (r->columns[column].optional || e->count == 0)
		return false;
	for (size_t i = 0; i < e->count; i++) {
		*scope = &r->scopes[r->scope_of[e->slots[i]]];
		if (r->node_of[e->slots[i]]->met || (*scope)->records == 0)
			return false;
	}
	*scope = &r->scopes[r->scope_of[e->slots[0]]];
	return true;
}

static void tell_columns(struct missing *m, const struct json_scope *s)
{
	const struct json_scope *of;
	for (size_t i = 0; i < m->r->column_count; i++) {
		if (!column_is_missing(m->r, i, &of) || of != s)
			continue;
		const struct column *c = &m->r->columns[i];
		begin_missing(m, s);
		for (size_t k = 0; k < c->path_count; k++)
			buf_printf(&m->text, "%s\"%.*s\"", k ? " or " : "", STR_ARG(c->paths[k].text));
		buf_printf(&m->text, " for column \"%.*s\"", STR_ARG(c->name));
		add_nearest(s, path_in_scope(s, m->r->node_of[m->r->ends[i].slots[0]]), &m->text);
	}
}

static const struct json_node *level_node(const struct json_node *in)
{
	for (size_t i = 0; i < in->child_count && !in->level; i++) {
		if (in->children[i].leads)
			return level_node(&in->children[i]);
	}
	return in;
}

/* Whether the array was there, or something that leads to it was null. */
static bool level_is_missing(const struct json_scope *s)
{
	return s->root.leads && s->records && !level_node(&s->root)->met;
}

static void tell_scope(struct missing *m, const struct json_scope *s)
{
	size_t before = m->count;
	if (level_is_missing(s)) {
		const struct json_scope *inner = s + 1;
		struct buf path = { 0 };
		add_level_path(inner->level, &path);
		begin_missing(m, s);
		buf_printf(&m->text, "\"%.*s\", where records should be", STR_ARG(buf_str(&path)));
		add_nearest(s, buf_str(&path), &m->text);
		buf_release(&path);
	}
	tell_columns(m, s);
	if (m->count == before)
		return;
	buf_printf(&m->text, "; the first %s has", s->level || m->r->levels == 0 ? "one" : "document");
	add_names(s, &m->text);
}

int json_rows_missing(const struct json_rows *r, struct err *e)
{
	struct missing m = { .r = r };
	for (size_t i = 0; i <= r->levels && (r->scopes[i].records || i == 0); i++)
		tell_scope(&m, &r->scopes[i]);
	if (m.count)
		err_set(e, ERR_INPUT, "json.missing", "%s", buf_text(&m.text));
	buf_release(&m.text);
	return m.count ? -1 : 0;
}

static void tell_unseen(const struct json_node *node, struct buf *to)
{
	if (node->within && !node->met)
		buf_printf(to, "%s\"%.*s\"", to->n ? ", " : "", STR_ARG(node->path));
	for (size_t i = 0; i < node->child_count; i++)
		tell_unseen(&node->children[i], to);
	if (node->any && node->any->met)
		tell_unseen(node->any, to);
}

void json_rows_unseen(const struct json_rows *r, struct buf *to)
{
	for (size_t i = 0; i <= r->levels; i++)
		tell_unseen(&r->scopes[i].root, to);
}
