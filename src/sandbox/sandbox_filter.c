#include "qonduit/sandbox_filter.h"

#include "qonduit/moment.h"

static const struct { const char *word; enum sandbox_test test; } words[] = {
	{ "contains", SANDBOX_CONTAINS }, { "icontains", SANDBOX_ICONTAINS }, { "startswith", SANDBOX_STARTS },
	{ "endswith", SANDBOX_ENDS }, { "isnull", SANDBOX_ISNULL },
};

struct sandbox_value sandbox_value_of(const struct json *j, struct arena *arena)
{
	struct buf text = { 0 };
	if (!j || j->kind == JSON_NULL)
		return (struct sandbox_value){ 0 };
	if (j->kind == JSON_STRING || j->kind == JSON_NUMBER)
		return (struct sandbox_value){ true, j->text };
	json_print(j, &text);
	struct sandbox_value value = { true, arena_copy(arena, buf_str(&text)) };
	buf_release(&text);
	return value;
}

struct sandbox_value sandbox_value_of_text(struct str json, struct arena *arena)
{
	struct err ignored = { 0 };
	return json.n ? sandbox_value_of(json_parse(json, "value", ERR_INPUT, arena, &ignored), arena)
		: (struct sandbox_value){ 0 };
}

int sandbox_value_compare(struct str a, struct str b)
{
	struct decimal left, right;
	struct value before, after;
	if (decimal_parse(a, &left) == DECIMAL_OK && decimal_parse(b, &right) == DECIMAL_OK)
		return decimal_compare(left, right);
	if (moment_parse_iso(a, false, &before) && moment_parse_iso(b, false, &after))
		return before.when.ms < after.when.ms ? -1 : before.when.ms > after.when.ms;
	return str_cmp(a, b);
}

static bool contains_nocase(struct str in, struct str what)
{
	for (size_t i = 0; i + what.n <= in.n; i++) {
		if (str_eq_nocase(str_head(str_from(in, i), what.n), what))
			return true;
	}
	return false;
}

static bool is_any(struct str value, struct str wanted)
{
	while (wanted.n) {
		if (str_eq(str_trim(str_cut(wanted, ',', &wanted)), value))
			return true;
	}
	return false;
}

bool sandbox_passes(const struct sandbox_asked *asked, struct sandbox_value value)
{
	struct str wanted = asked->wanted;
	if (asked->test == SANDBOX_ISNULL)
		return value.is != str_eq_nocase(wanted, STR("true"));
	if (asked->test == SANDBOX_POSITIVE)
		return (value.is && sandbox_value_compare(value.text, STR("0")) > 0) == str_eq_nocase(wanted, STR("true"));
	if (!value.is)
		return false;
	int order = asked->test >= SANDBOX_GTE || asked->test == SANDBOX_SAME
		? sandbox_value_compare(value.text, wanted) : 0;
	switch (asked->test) {
	case SANDBOX_ANY:
		return is_any(value.text, wanted);
	case SANDBOX_CONTAINS:
		return str_find(value.text, wanted) >= 0;
	case SANDBOX_ICONTAINS:
		return contains_nocase(value.text, wanted);
	case SANDBOX_STARTS:
		return str_starts(value.text, wanted);
	case SANDBOX_ENDS:
		return str_ends(value.text, wanted);
	case SANDBOX_GTE:
		return order >= 0;
	case SANDBOX_GT:
		return order > 0;
	case SANDBOX_LTE:
		return order <= 0;
	case SANDBOX_LT:
		return order < 0;
	case SANDBOX_SAME:
		return order == 0;
	default:
		return str_eq(value.text, wanted);
	}
}

/* KEY[__TEST] behind the parameter's own name. */
static void take_member(struct str key, const struct sandbox_filter *f, struct arena *arena, struct sandbox_asked *a)
{
	a->test = SANDBOX_EQUALS;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct str end = arena_concat(arena, STR("__"), str_of(words[i].word));
		if (!str_ends(key, end) || key.n == end.n)
			continue;
		key.n -= end.n;
		a->test = words[i].test;
	}
	a->member = arena_printf(arena, "%s.%.*s", f->member, STR_ARG(key));
}

static const struct sandbox_filter *find(const struct sandbox_filter *filters, struct str name, struct str *key)
{
	for (const struct sandbox_filter *f = filters; f->parameter; f++) {
		struct str parameter = str_of(f->parameter);
		*key = str_from(name, parameter.n + 2);
		if (f->test == SANDBOX_MEMBERS
		    ? key->n && str_starts(name, parameter) && str_eq(str_head(str_from(name, parameter.n), 2), STR("__"))
		    : str_eq(name, parameter))
			return f;
	}
	return NULL;
}

/* The place of a filter of several values that was asked for before; else a new one. */
static struct sandbox_asked *place_of(const struct sandbox_filter *f, struct sandbox_asked *asked, size_t *n)
{
	for (size_t i = 0; i < *n; i++) {
		if (asked[i].filter == f && f->test == SANDBOX_ANY)
			return &asked[i];
	}
	if (*n == SANDBOX_ASKED)
		return NULL;
	asked[*n] = (struct sandbox_asked){ .filter = f, .member = str_of(f->member), .test = f->test };
	return &asked[(*n)++];
}

size_t sandbox_asked(const struct sandbox_filter *filters, const struct sandbox_request *q,
	struct sandbox_asked asked[SANDBOX_ASKED])
{
	struct str rest = q->query, name, value, key;
	size_t n = 0;
	while (sandbox_next_parameter(&rest, q->arena, &name, &value)) {
		const struct sandbox_filter *f = find(filters, name, &key);
		struct sandbox_asked *a = f && value.n ? place_of(f, asked, &n) : NULL;
		if (!a)
			continue;
		a->wanted = a->wanted.n ? arena_printf(q->arena, "%.*s,%.*s", STR_ARG(a->wanted), STR_ARG(value)) : value;
		if (f->test == SANDBOX_MEMBERS)
			take_member(key, f, q->arena, a);
	}
	return n;
}
