/* Paths and records as a mapping writes them. */
#include "json_rows_parts.h"

#define INDEX_DIGITS 9

bool json_rows_index(struct str part, uint64_t *index)
{
	bool plain = part.n == 1 || (part.n && part.n <= INDEX_DIGITS && part.p[0] != '0');
	return plain && str_to_u64(part, index);
}

static size_t count_parts(struct str text)
{
	size_t n = 1;
	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '.';
	return n;
}

/* The parts between dots; false where one is empty or has brackets. */
static bool split(struct str text, struct arena *a, const struct str **parts, size_t *count, struct buf *why)
{
	struct str *part = ARENA_ARRAY(a, count_parts(text), struct str), rest = text;
	*parts = part;
	for (*count = 0; rest.p; part++, ++*count) {
		struct str more;
		*part = str_cut(rest, '.', &more);
		if (part->n == 0) {
			buf_printf(why, "\"%.*s\" has nothing between two dots, or before the first or behind the last",
				STR_ARG(text));
			return false;
		}
		if (memchr(part->p, '[', part->n) || memchr(part->p, ']', part->n)) {
			buf_printf(why, "\"%.*s\" has brackets in it: an element of an array is named by its number, \"images.0\"",
				STR_ARG(text));
			return false;
		}
		rest = more;
	}
	return true;
}

bool column_path_parse(struct str text, struct arena *a, struct column_path *out, struct buf *why)
{
	*out = (struct column_path){ .text = text };
	if (text.n == 0) {
		buf_add(why, STR("found an empty text, expected a path (\"variant.gtin\")"));
		return false;
	}
	return split(text, a, &out->parts, &out->count, why);
}

/* One level with its "[]" taken off; empty only where it is the first. */
static bool read_level(struct str text, struct str whole, bool first, struct arena *a, struct records_level *out,
	struct buf *why)
{
	*out = (struct records_level){ 0 };
	if (text.n == 0 && first)
		return true;
	if (text.n == 0) {
		buf_printf(why, "\"%.*s\" has an array without a name in another; only the document itself may be one",
			STR_ARG(whole));
		return false;
	}
	if (!split(text, a, &out->keys, &out->key_count, why))
		return false;
	out->name = out->keys[out->key_count - 1];
	return true;
}

bool records_parse(struct str text, struct arena *a, struct records *out, struct buf *why)
{
	size_t most = count_parts(text);
	struct str rest = text;
	*out = (struct records){ .text = text, .levels = ARENA_ARRAY(a, most, struct records_level) };
	if (str_eq(text, STR("$")))
		return true;
	do {
		ptrdiff_t end = str_find(rest, STR("[]"));
		if (end < 0) {
			buf_printf(why, "found \"%.*s\", expected the arrays in which the records are, each with [] behind it "
				"(\"orders[]\", \"orders[].lines[]\", \"[]\"), or \"$\" where the document is a record", STR_ARG(text));
			return false;
		}
		struct records_level *level = &out->levels[out->level_count];
		if (!read_level(str_head(rest, (size_t)end), text, out->level_count++ == 0, a, level, why))
			return false;
		rest = str_from(rest, (size_t)end + 2);
		if (rest.n == 0)
			return true;
		if (rest.p[0] != '.' || rest.n == 1) {
			buf_printf(why, "found \"%.*s\" behind [] in \"%.*s\", expected a dot and the next array", STR_ARG(rest),
				STR_ARG(text));
			return false;
		}
		rest = str_from(rest, 1);
	} while (true);
}

static const struct json *child_of(const struct json *j, struct str part)
{
	uint64_t index = UINT64_MAX;
	if (j->kind == JSON_ARRAY && !json_rows_index(part, &index))
		return NULL;
	for (const struct json *c = j->child; c; c = c->next) {
		if (j->kind == JSON_ARRAY ? c->index == index : str_eq(c->key, part))
			return c;
	}
	return NULL;
}

const struct json *column_path_find(const struct column_path *path, const struct json *from, bool *misled)
{
	uint64_t index;
	*misled = false;
	for (size_t i = 0; i < path->count && from; i++) {
		if (from->kind == JSON_NULL)
			return NULL;
		*misled = from->kind != JSON_OBJECT && (from->kind != JSON_ARRAY || !json_rows_index(path->parts[i], &index));
		if (*misled)
			return NULL;
		from = child_of(from, path->parts[i]);
	}
	return from && from->kind != JSON_NULL ? from : NULL;
}

bool column_path_is_twice(const struct column_path *path, const struct json *from)
{
	for (size_t i = 0; i < path->count && from; i++) {
		const struct json *found = child_of(from, path->parts[i]);
		if (!found)
			return false;
		for (const struct json *c = from->kind == JSON_OBJECT ? found->next : NULL; c; c = c->next) {
			if (str_eq(c->key, found->key))
				return true;
		}
		from = found;
	}
	return false;
}
