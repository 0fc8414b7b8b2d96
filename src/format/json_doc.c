#include "qonduit/json_doc.h"

#include "qonduit/decimal.h"
#include "qonduit/json_write.h"

void json_pointer_key(struct buf *to, struct str key)
{
	buf_addc(to, '/');
	for (size_t i = 0; i < key.n; i++) {
		if (key.p[i] == '~' || key.p[i] == '/')
			buf_add(to, key.p[i] == '~' ? STR("~0") : STR("~1"));
		else
			buf_addc(to, key.p[i]);
	}
}

void json_pointer(const struct json *j, struct buf *to)
{
	if (!j->parent)
		return;
	json_pointer(j->parent, to);
	if (j->parent->kind == JSON_ARRAY)
		buf_printf(to, "/%zu", j->index);
	else
		json_pointer_key(to, j->key);
}

static void print(const struct json *j, struct json_out *w)
{
	switch (j->kind) {
	case JSON_NULL:
		json_raw(w, STR("null"));
		break;
	case JSON_FALSE:
	case JSON_TRUE:
		json_bool(w, j->kind == JSON_TRUE);
		break;
	case JSON_NUMBER:
		json_raw(w, j->text);
		break;
	case JSON_STRING:
		json_string(w, j->text);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		json_open(w, j->kind == JSON_ARRAY ? '[' : '{');
		for (const struct json *c = j->child; c; c = c->next) {
			if (j->kind == JSON_OBJECT)
				json_key(w, c->key);
			print(c, w);
		}
		json_close(w, j->kind == JSON_ARRAY ? ']' : '}');
		break;
	}
}

const struct json *json_get(const struct json *j, const char *key)
{
	if (!json_is(j, JSON_OBJECT))
		return NULL;
	const struct json *member = j->child;
	while (member && !str_eq(member->key, str_of(key)))
		member = member->next;
	return member;
}

const struct json *json_path(const struct json *j, struct str path)
{
	while (j && path.n) {
		struct str step = str_cut(path, '.', &path);
		uint64_t index = UINT64_MAX;
		bool array = j->kind == JSON_ARRAY;
		if (array ? !str_to_u64(step, &index) : j->kind != JSON_OBJECT)
			return NULL;
		j = j->child;
		while (j && (array ? j->index != index : !str_eq(j->key, step)))
			j = j->next;
	}
	return j;
}

bool json_is_bool(const struct json *j)
{
	return json_is(j, JSON_TRUE) || json_is(j, JSON_FALSE);
}

struct str json_text(const struct json *j, struct str otherwise)
{
	return json_is(j, JSON_STRING) || json_is(j, JSON_NUMBER) ? j->text : otherwise;
}

bool json_to_i64(const struct json *j, int64_t *out)
{
	struct decimal d;
	return json_is(j, JSON_NUMBER) && decimal_parse(j->text, &d) == DECIMAL_OK && decimal_to_i64(d, out);
}

const char *json_kind_name(const struct json *j)
{
	static const char *const names[] = {
		[JSON_NULL] = "null", [JSON_FALSE] = "false", [JSON_TRUE] = "true", [JSON_NUMBER] = "a number",
		[JSON_STRING] = "a string", [JSON_ARRAY] = "an array", [JSON_OBJECT] = "an object",
	};
	return j ? names[j->kind] : "nothing";
}

void json_place(const struct json *j, bool at_key, struct err *e)
{
	if (!j || e->line)
		return;
	bool key = at_key && j->key_line;
	err_at_line(e, key ? j->key_line : j->line, key ? j->key_col : j->col);
	struct buf pointer;
	buf_init(&pointer, 0);
	json_pointer(j, &pointer);
	if (pointer.n < sizeof e->pointer)
		memcpy(e->pointer, buf_text(&pointer), pointer.n + 1);
	buf_release(&pointer);
}

void json_print(const struct json *j, struct buf *to)
{
	struct json_out w = json_out(to);
	print(j, &w);
}

struct str json_printed(const struct json *j, struct arena *a)
{
	struct buf text = { 0 };
	json_print(j, &text);
	struct str copy = arena_copy(a, buf_str(&text));
	buf_release(&text);
	return copy;
}
