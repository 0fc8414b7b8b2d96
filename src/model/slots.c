#include "slots.h"

#define KEYS_MAX 24 /* of one object */

struct err *slot_fault(struct slot_reading *r, const struct json *at, bool at_key)
{
	struct err *e = faults_add(r->faults, FAULT_ERROR);
	err_at_file(e, r->name);
	json_place(at, at_key, e);
	return e;
}

/* code(r, "kind") */
static const char *code(struct slot_reading *r, const char *word)
{
	return arena_printf(r->arena, "%s.%s", r->what, word).p;
}

bool slot_expect(struct slot_reading *r, const struct json *j, bool fits, const char *expected)
{
	if (!fits)
		err_set(slot_fault(r, j, false), ERR_MAPPING, code(r, "kind"), "found %s, expected %s", json_kind_name(j),
			expected);
	return fits;
}

void slot_suggest(struct err *e, const char *code, const char *what, struct str found, const struct str *words,
	size_t count)
{
	int near = str_nearest(found, words, count);
	if (near >= 0) {
		err_set(e, ERR_MAPPING, code, "\"%.*s\" is no %s; did you mean \"%.*s\"?", STR_ARG(found), what,
			STR_ARG(words[near]));
		return;
	}
	struct buf known = { 0 };
	for (size_t i = 0; i < count; i++)
		buf_printf(&known, "%s%.*s", i ? ", " : "", STR_ARG(words[i]));
	err_set(e, ERR_MAPPING, code, "\"%.*s\" is no %s; expected one of %s", STR_ARG(found), what, buf_text(&known));
	buf_release(&known);
}

void slot_object(struct slot_reading *r, const struct json *j, const struct slot *slots, void *into)
{
	if (!slot_expect(r, j, json_is(j, JSON_OBJECT), "an object"))
		return;
	struct str words[KEYS_MAX];
	size_t count = 0;
	for (const struct slot *s = slots; s->key; s++)
		words[count++] = str_of(s->key);
	for (const struct json *m = j->child; m; m = m->next) {
		const struct slot *s = slots;
		while (s->key && !str_eq(str_of(s->key), m->key))
			s++;
		if (s->key)
			s->read(r, m, (char *)into + s->at);
		else if (!str_eq(m->key, STR("$comment")))
			slot_suggest(slot_fault(r, m, true), code(r, "unknown_key"),
				arena_printf(r->arena, "key of a %s here", r->what).p, m->key, words, count);
	}
	for (const struct slot *s = slots; s->key; s++) {
		if (s->required && !json_get(j, s->key))
			err_set(slot_fault(r, j, false), ERR_MAPPING, code(r, "missing"), "the key \"%s\" is missing here", s->key);
	}
}

void slot_nothing(struct slot_reading *r, const struct json *j, void *into)
{
}

void slot_text(struct slot_reading *r, const struct json *j, void *into)
{
	if (!slot_expect(r, j, json_is(j, JSON_STRING), "a string"))
		return;
	if (j->text.n)
		*(struct str *)into = j->text;
	else
		err_set(slot_fault(r, j, false), ERR_MAPPING, code(r, "empty"), "found an empty string, expected some text");
}

void slot_flag(struct slot_reading *r, const struct json *j, void *into)
{
	if (slot_expect(r, j, json_is_bool(j), "true or false"))
		*(bool *)into = json_is(j, JSON_TRUE);
}

bool slot_whole(struct slot_reading *r, const struct json *j, int64_t least, int64_t most, int64_t *out)
{
	if (!slot_expect(r, j, json_is(j, JSON_NUMBER), "a whole number"))
		return false;
	if (json_to_i64(j, out) && *out >= least && *out <= most)
		return true;
	err_set(slot_fault(r, j, false), ERR_MAPPING, code(r, "range"),
		"found %.*s, expected a whole number from %lld to %lld", STR_ARG(j->text), (long long)least,
		(long long)most);
	return false;
}

void slot_length(struct slot_reading *r, const struct json *j, void *into)
{
	int64_t n;
	if (slot_whole(r, j, 1, UINT32_MAX, &n))
		*(uint32_t *)into = (uint32_t)n;
}

void slot_size(struct slot_reading *r, const struct json *j, void *into)
{
	int64_t n;
	if (slot_whole(r, j, 1, (int64_t)1 << 40, &n))
		*(size_t *)into = (size_t)n;
}

void slot_places(struct slot_reading *r, const struct json *j, void *into)
{
	int64_t n;
	if (slot_whole(r, j, 0, DECIMAL_DIGITS, &n))
		*(int *)into = (int)n;
}

bool slot_number(struct slot_reading *r, const struct json *j, struct decimal *out)
{
	return slot_expect(r, j, json_is(j, JSON_NUMBER), "a number") &&
		slot_expect(r, j, decimal_parse(j->text, out) == DECIMAL_OK, "a number of at most 38 digits");
}

size_t slot_strings(struct slot_reading *r, const struct json *j, const struct str **out)
{
	if (!slot_expect(r, j, json_is(j, JSON_ARRAY), "a list of strings"))
		return 0;
	struct str *words = ARENA_ARRAY(r->arena, j->count + 1, struct str);
	size_t count = 0;
	for (const struct json *x = j->child; x; x = x->next) {
		slot_text(r, x, &words[count]);
		count += words[count].n > 0;
	}
	*out = words;
	return count;
}

void slot_words(struct slot_reading *r, const struct json *j, void *into)
{
	slot_strings(r, j, into);
}

void slot_yes_words(struct slot_reading *r, const struct json *j, void *into)
{
	if (slot_expect(r, j, json_is(j, JSON_ARRAY) && j->count, "a list of one word or more that say yes"))
		slot_words(r, j, into);
}

void slot_statuses(struct slot_reading *r, const struct json *j, void *into)
{
	if (!slot_expect(r, j, json_is(j, JSON_ARRAY) && j->count, "a list of HTTP statuses"))
		return;
	int64_t n;
	for (const struct json *x = j->child; x; x = x->next)
		slot_whole(r, x, 100, 599, &n);
	*(const struct json **)into = j;
}

void slot_json(struct slot_reading *r, const struct json *j, void *into)
{
	*(struct str *)into = json_printed(j, r->arena);
}

bool slot_choice(struct slot_reading *r, const struct json *j, const char *what, const struct str *words, size_t count,
	unsigned *out)
{
	if (!slot_expect(r, j, json_is(j, JSON_STRING), "a string"))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (str_eq(j->text, words[i])) {
			*out = (unsigned)i;
			return true;
		}
	}
	slot_suggest(slot_fault(r, j, false), code(r, "word"), what, j->text, words, count);
	return false;
}

void slot_path(struct slot_reading *r, const struct json *j, void *into)
{
	struct str path = { 0 };
	slot_text(r, j, &path);
	if (path.n && path.p[0] == '/')
		*(struct str *)into = path;
	else if (path.n)
		err_set(slot_fault(r, j, false), ERR_MAPPING, code(r, "path"),
			"found \"%.*s\", expected a path that begins with \"/\"", STR_ARG(path));
}

void slot_format(struct slot_reading *r, const struct json *j, void *into)
{
	int64_t n;
	if (!json_to_i64(j, &n) || n != 1)
		err_set(slot_fault(r, j, false), ERR_MAPPING, code(r, "format"),
			"found %s, expected 1: the format of %ss that is known here",
			json_is(j, JSON_NUMBER) ? j->text.p : json_kind_name(j), r->what);
}

/* What stands between two characters with a hyphen is meant too; a hyphen at either end is one. */
const bool *slot_characters(struct slot_reading *r, const struct json *j, struct str *set)
{
	bool *taken = arena_zalloc(r->arena, 256 * sizeof *taken);
	*set = (struct str){ 0 };
	slot_text(r, j, set);
	for (size_t i = 0; i < set->n; i++) {
		bool range = i + 2 < set->n && set->p[i + 1] == '-';
		unsigned char from = (unsigned char)set->p[i], to = (unsigned char)set->p[range ? i + 2 : i];
		if (from < ' ' || from > '~' || to > '~' || to < from) {
			err_set(slot_fault(r, j, false), ERR_MAPPING, code(r, "characters"),
				"found \"%.*s\", expected ASCII characters and ranges that ascend: \"A-Za-z0-9_-\"", STR_ARG(*set));
			return NULL;
		}
		for (unsigned c = from; c <= to; c++)
			taken[c] = true;
		i += range ? 2 : 0;
	}
	return set->n ? taken : NULL;
}
