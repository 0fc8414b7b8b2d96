#include "json_parts.h"

#include <stdlib.h>

#include "qonduit/utf8.h"

#define FEW 16 /* members that are compared one by one, which needs no memory */

void json_describe(struct str rest, struct buf *to)
{
	uint32_t codepoint;
	size_t n = utf8_next(rest, &codepoint);
	if (rest.n == 0)
		buf_add(to, STR("the end of the text"));
	else if (n == 0)
		buf_printf(to, "the byte 0x%02X", (unsigned)(unsigned char)*rest.p);
	else if (*rest.p == '\n' || *rest.p == '\r')
		buf_add(to, STR("the end of the line"));
	else if (codepoint < 0x20)
		buf_printf(to, "the control character U+%04X", (unsigned)codepoint);
	else if (*rest.p == '"')
		buf_add(to, STR("a string"));
	else if (*rest.p == '\'')
		buf_add(to, STR("a single quote, where JSON has double ones"));
	else if (str_starts(rest, STR("//")) || str_starts(rest, STR("/*")))
		buf_add(to, STR("a comment, which JSON does not have"));
	else if (n > 1)
		buf_printf(to, "\"%.*s\" (U+%04X)", (int)n, rest.p, (unsigned)codepoint);
	else {
		while (n < rest.n && n < JSON_DESCRIBED && json_is_word(*rest.p) && json_is_word(rest.p[n]))
			n++;
		buf_printf(to, "\"%.*s\"", (int)n, rest.p);
	}
}

static const struct json *twice_of_few(const struct json *object, const struct json **first)
{
	for (const struct json *m = object->child; m; m = m->next) {
		for (const struct json *before = object->child; before != m; before = before->next) {
			if (str_eq(before->key, m->key)) {
				*first = before;
				return m;
			}
		}
	}
	return NULL;
}

static int by_key(const void *left, const void *right)
{
	const struct json *a = *(const struct json *const *)left, *b = *(const struct json *const *)right;
	int order = str_cmp(a->key, b->key);
	return order ? order : a->index < b->index ? -1 : a->index > b->index;
}

const struct json *json_twice(const struct json *object, const struct json **first)
{
	if (object->count <= FEW)
		return twice_of_few(object, first);
	const struct json **members = mem_alloc(object->count * sizeof *members), *second = NULL;
	for (const struct json *m = object->child; m; m = m->next)
		members[m->index] = m;
	qsort(members, object->count, sizeof *members, by_key);
	for (size_t i = 1; i < object->count; i++) {
		if (str_eq(members[i - 1]->key, members[i]->key) && (!second || members[i]->index < second->index)) {
			*first = members[i - 1];
			second = members[i];
		}
	}
	free(members);
	return second;
}
