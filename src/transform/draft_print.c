/* JSON as people write it. */
#include "draft_parts.h"

#include "qonduit/json_write.h"

#define LINE_LENGTH 140 /* of a rule; a longer one is broken */

static void print_members(const struct json *j, struct buf *to)
{
	for (const struct json *child = j->child; child; child = child->next) {
		if (child != j->child)
			buf_add(to, STR(", "));
		if (j->kind == JSON_OBJECT) {
			json_escape(to, child->key);
			buf_add(to, STR(": "));
		}
		draft_print(child, to);
	}
}

void draft_print(const struct json *j, struct buf *to)
{
	if (!j->child || (j->kind != JSON_OBJECT && j->kind != JSON_ARRAY)) {
		json_print(j, to);
		return;
	}
	buf_add(to, j->kind == JSON_OBJECT ? STR("{ ") : STR("["));
	print_members(j, to);
	buf_add(to, j->kind == JSON_OBJECT ? STR(" }") : STR("]"));
}

static void new_line(struct buf *to, int depth)
{
	buf_addc(to, '\n');
	while (depth--)
		buf_add(to, STR("  "));
}

void draft_value(const struct json *j, int depth, size_t column, struct buf *to)
{
	struct buf text = { 0 };
	draft_print(j, &text);
	bool whole = column + text.n <= LINE_LENGTH || !j->child;
	if (whole)
		buf_add(to, buf_str(&text));
	buf_release(&text);
	if (whole)
		return;
	buf_addc(to, j->kind == JSON_OBJECT ? '{' : '[');
	for (const struct json *child = j->child; child; child = child->next) {
		size_t from = to->n + 1;
		new_line(to, depth + 1);
		if (j->kind == JSON_OBJECT) {
			json_escape(to, child->key);
			buf_add(to, STR(": "));
		}
		draft_value(child, depth + 1, to->n - from + 1, to);
		buf_add(to, child->next ? STR(",") : STR(""));
	}
	new_line(to, depth);
	buf_addc(to, j->kind == JSON_OBJECT ? '}' : ']');
}

void draft_line(struct draft_lines *l, struct str key, size_t width)
{
	buf_add(l->to, l->comma ? STR(",") : STR(""));
	new_line(l->to, l->depth);
	size_t from = l->to->n;
	json_escape(l->to, key);
	buf_addc(l->to, ':');
	do
		buf_addc(l->to, ' ');
	while (l->to->n - from < width + 4);
	l->comma = true;
}

void draft_open(struct draft_lines *l, struct str key)
{
	draft_line(l, key, 0);
	buf_addc(l->to, '{');
	l->depth++;
	l->comma = false;
}

void draft_close(struct draft_lines *l)
{
	new_line(l->to, --l->depth);
	buf_addc(l->to, '}');
	l->comma = true;
}

void draft_text(struct draft_lines *l, const char *key, struct str text)
{
	draft_line(l, str_of(key), 0);
	json_escape(l->to, text);
}
