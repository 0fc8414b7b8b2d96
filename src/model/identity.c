#include "qonduit/identity.h"

#include <stdio.h>

struct str identity_add(struct arena *a, struct str before, struct str value)
{
	char length[24];
	int n = snprintf(length, sizeof length, "%zu:", value.n);
	return arena_concat(a, arena_concat(a, before, (struct str){ length, (size_t)n }), value);
}

struct str identity_add_none(struct arena *a, struct str before)
{
	return arena_concat(a, before, STR("-"));
}

struct identity identity_make(struct arena *a, struct str scope, struct str key)
{
	struct str bytes = scope.n ? arena_concat(a, scope, key) : key;
	return (struct identity){ str_from(bytes, scope.n), scope.n };
}

static bool is_text(const struct json *j)
{
	return json_is(j, JSON_STRING) || json_is(j, JSON_NUMBER);
}

const struct json *identity_of(const struct contract *c, const struct json *record, struct arena *a,
	struct identity *out, const char **expected)
{
	*out = (struct identity){ 0 };
	*expected = "a record, an object";
	if (!json_is(record, JSON_OBJECT))
		return record;
	const struct json *key = c->key.n ? json_get(record, c->key.p) : NULL;
	*expected = "a string or a number as the record's key";
	if (key && !is_text(key))
		return key;
	struct str text = json_text(key, (struct str){ 0 }), scope = { 0 };
	for (size_t i = 0; i < c->within_count && text.n; i++) {
		const struct json *value = json_get(record, c->within[i].p);
		if (value && !is_text(value) && !json_is(value, JSON_NULL)) {
			*expected = arena_printf(a, "a string or a number as \"%s\", which the record's key holds within",
				c->within[i].p).p;
			return value;
		}
		scope = is_text(value) ? identity_add(a, scope, value->text) : identity_add_none(a, scope);
	}
	*out = identity_make(a, scope, text);
	return NULL;
}

bool identity_next(struct str *scope, struct str *value)
{
	size_t n = 0, at = 0;
	if (str_starts(*scope, STR("-"))) {
		*scope = str_from(*scope, 1);
		return false;
	}
	while (scope->p[at] != ':')
		n = n * 10 + (size_t)(scope->p[at++] - '0');
	*value = (struct str){ scope->p + at + 1, n };
	*scope = str_from(*scope, at + 1 + n);
	return true;
}

void identity_tell(struct buf *to, const struct str *fields, size_t count, struct str scope)
{
	struct str value;
	for (size_t i = 0; i < count && scope.n; i++) {
		buf_add(to, i ? STR(", ") : STR(" ("));
		if (identity_next(&scope, &value)) {
			buf_printf(to, "%.*s \"", STR_ARG(fields[i]));
			buf_add_visible(to, value);
			buf_addc(to, '"');
		} else {
			buf_printf(to, "no %.*s", STR_ARG(fields[i]));
		}
		if (i + 1 == count)
			buf_addc(to, ')');
	}
}
