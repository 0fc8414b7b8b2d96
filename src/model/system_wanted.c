/* What one means by "qogita:orders?status=PAID". What is sent for it is in system_request.c. */
#include "system_parts.h"

#include <stdio.h>

#include "qonduit/utf8.h"

#define PAIRS_MAX 1000

struct parsing {
	const struct systems *systems;
	struct arena *arena;
	struct wanted *out;
	struct wanted_pair *pairs;
	struct err *e;
};

/* `"x" is no WHAT; did you mean "y"?`, or all there are. */
static bool unknown(struct parsing *p, const char *code, struct str found, const char *what, const struct str *words,
	size_t count)
{
	int near = str_nearest(found, words, count);
	struct buf known = { 0 };
	for (size_t i = 0; i < count; i++)
		buf_printf(&known, "%s%.*s", i ? ", " : "", STR_ARG(words[i]));
	if (near >= 0)
		err_set(p->e, ERR_USAGE, code, "\"%.*s\" is no %s; did you mean \"%.*s\"?", STR_ARG(found), what,
			STR_ARG(words[near]));
	else if (count)
		err_set(p->e, ERR_USAGE, code, "\"%.*s\" is no %s; expected one of %s", STR_ARG(found), what,
			buf_text(&known));
	else
		err_set(p->e, ERR_USAGE, code, "\"%.*s\" is no %s, there is none", STR_ARG(found), what);
	buf_release(&known);
	return false;
}

/* "qogita:order/QID" */
static const char *called(const struct parsing *p)
{
	const struct wanted *w = p->out;
	return arena_printf(p->arena, "%.*s:%.*s", STR_ARG(w->system->name), STR_ARG(w->resource->name)).p;
}

/* `what` is the name of what is decoded. */
static bool decode(struct parsing *p, struct str text, struct str what, struct str *out)
{
	char *to = arena_alloc(p->arena, text.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++, n++) {
		to[n] = text.p[i];
		if (to[n] == '%') {
			int high = i + 2 < text.n ? str_hex(text.p[i + 1]) : -1, low = i + 2 < text.n ? str_hex(text.p[i + 2]) : -1;
			if (i + 2 >= text.n || high < 0 || low < 0) {
				err_set(p->e, ERR_USAGE, "resource.percent",
					"%.*s holds a %% that two hexadecimal digits do not follow; a percent sign is written %%25",
					STR_ARG(what));
				return false;
			}
			to[n] = (char)(high * 16 + low);
			i += 2;
		}
		if ((unsigned char)to[n] < ' ' || to[n] == 0x7f) {
			err_set(p->e, ERR_USAGE, "resource.control", "%.*s holds the control character 0x%02x, expected text",
				STR_ARG(what), (unsigned)(unsigned char)to[n]);
			return false;
		}
	}
	to[n] = '\0';
	*out = (struct str){ to, n };
	if (utf8_invalid_at(*out) < n) {
		err_set(p->e, ERR_USAGE, "resource.utf8", "%.*s is not UTF-8", STR_ARG(what));
		return false;
	}
	return true;
}

/* ---- which resource ---- */

static struct str next_part(struct str *rest)
{
	return str_cut(*rest, '/', rest);
}

enum match { OTHER, SHORT, LONG, MATCHES };

/* How `path` fits to `name`; SHORT and LONG where the words are the same. */
static enum match match(struct str name, struct str path)
{
	bool first = true;
	while (name.p && path.p) {
		struct str want = next_part(&name), have = next_part(&path);
		if (!system_is_argument(want) && !str_eq(want, have))
			return first ? OTHER : SHORT; /* "search" of "search/offers" is there */
		first = false;
	}
	return name.p ? SHORT : path.p ? LONG : MATCHES;
}

static bool unknown_resource(struct parsing *p, struct str path)
{
	const struct system *s = p->out->system;
	struct str rest, *words = ARENA_ARRAY(p->arena, s->resource_count * 2 + 1, struct str);
	const char *what = arena_printf(p->arena, "resource of %.*s", STR_ARG(s->name)).p;
	for (size_t i = 0; i < s->resource_count; i++) {
		words[i] = s->resources[i].name;
		words[s->resource_count + i] = str_cut(words[i], '/', &rest);
	}
	struct str head = str_cut(path, '/', &rest);
	if (str_nearest(path, words, s->resource_count) >= 0)
		return unknown(p, "resource.name", path, what, words, s->resource_count);
	int near = str_nearest(head, words + s->resource_count, s->resource_count);
	if (near >= 0) {
		err_set(p->e, ERR_USAGE, "resource.name", "\"%.*s\" is no %s; did you mean \"%.*s\"?", STR_ARG(path), what,
			STR_ARG(words[near]));
		return false;
	}
	return unknown(p, "resource.name", path, what, words, s->resource_count);
}

static bool find_resource(struct parsing *p, struct str path)
{
	const struct system *s = p->out->system;
	const struct resource *near = NULL;
	enum match how = OTHER;
	for (size_t i = 0; i < s->resource_count; i++) {
		const struct resource *r = &s->resources[i];
		enum match m = match(r->name, path);
		bool literal = m == MATCHES && str_eq(r->name, path);
		if (m > how || literal) {
			near = r;
			how = m;
		}
		if (literal)
			break;
	}
	p->out->resource = near;
	if (how == MATCHES)
		return true;
	if (how == OTHER)
		return unknown_resource(p, path);
	err_set(p->e, ERR_USAGE, "resource.arguments", "\"%.*s:%.*s\" has %s; expected %s", STR_ARG(s->name),
		STR_ARG(path), how == SHORT ? "too little behind its name" : "too much behind its name", called(p));
	return false;
}

static bool take_arguments(struct parsing *p, struct str path)
{
	const struct resource *r = p->out->resource;
	struct str name = r->name, *all = ARENA_ARRAY(p->arena, r->argument_count, struct str);
	for (size_t n = 0; name.p;) {
		struct str want = next_part(&name), have = next_part(&path), value;
		if (!system_is_argument(want))
			continue;
		if (!decode(p, have, want, &value))
			return false;
		const char *expected = parameter_expects(&r->arguments[n], value, p->arena);
		if (!expected && (str_eq(value, STR(".")) || str_eq(value, STR(".."))))
			expected = "neither . nor .., which lead elsewhere";
		if (!expected && str_eq(value, want))
			expected = arena_printf(p->arena, "what %.*s stands for", STR_ARG(want)).p;
		if (!expected && (memchr(value.p, '/', value.n) || memchr(value.p, '\\', value.n)))
			expected = "no / and no \\, which lead elsewhere";
		if (expected) {
			err_set(p->e, ERR_USAGE, "resource.argument", "%.*s of %s is \"%.*s\", expected %s", STR_ARG(want),
				called(p), STR_ARG(value), expected);
			return false;
		}
		all[n++] = value;
	}
	p->out->arguments = all;
	p->out->argument_count = r->argument_count;
	return true;
}

/* ---- its parameters ---- */

/* Of names with {KEY} the one with the most besides: "attributes__a__contains" is not attributes__{KEY}. */
static const struct parameter *find_parameter(const struct resource *r, struct str name)
{
	const struct parameter *found = NULL;
	size_t most = 0;
	for (size_t i = 0; i < r->parameter_count; i++) {
		const struct parameter *p = &r->parameters[i];
		struct str front, behind;
		if (str_eq(p->name, name))
			return p;
		if (system_split_key(p->name, &front, &behind) && name.n > front.n + behind.n && str_starts(name, front) &&
		    str_ends(name, behind) && front.n + behind.n >= most) {
			found = p;
			most = front.n + behind.n;
		}
	}
	return found;
}

/* A key with "__" in it is rather a misspelled end: "attributes__colour__contain". */
static bool check_key(struct parsing *p, const struct parameter *of, struct str name)
{
	struct str front, behind;
	if (str_eq(of->name, name) || !system_split_key(of->name, &front, &behind))
		return true;
	struct str key = str_head(str_from(name, front.n), name.n - front.n - behind.n);
	ptrdiff_t at = str_find(key, STR("__"));
	if (at < 0)
		return true;
	const struct resource *r = p->out->resource;
	struct str *ends = ARENA_ARRAY(p->arena, r->parameter_count, struct str), wrong = str_from(key, (size_t)at);
	size_t n = 0;
	for (size_t i = 0; i < r->parameter_count; i++) {
		if (system_split_key(r->parameters[i].name, &front, &behind) && behind.n)
			ends[n++] = behind;
	}
	return unknown(p, "resource.parameter", wrong, arena_printf(p->arena, "end of \"%.*s\"", STR_ARG(name)).p, ends, n);
}

static bool unknown_parameter(struct parsing *p, struct str name)
{
	const struct resource *r = p->out->resource;
	struct str *names = ARENA_ARRAY(p->arena, r->parameter_count, struct str);
	for (size_t i = 0; i < r->parameter_count; i++)
		names[i] = r->parameters[i].name;
	return unknown(p, "resource.parameter", name, arena_printf(p->arena, "parameter of %s", called(p)).p, names,
		r->parameter_count);
}

static bool check_value(struct parsing *p, const struct parameter *of, struct str name, struct str value)
{
	const char *expected = parameter_expects(of, value, p->arena);
	for (size_t i = 0; i < of->value_count; i++) {
		if (str_eq(of->values[i], value))
			return true;
	}
	if (of->value_count && value.n)
		return unknown(p, "resource.value", value, arena_printf(p->arena, "value of \"%.*s\"", STR_ARG(name)).p,
			of->values, of->value_count);
	if (!expected)
		return true;
	if (value.n)
		err_set(p->e, ERR_USAGE, "resource.value", "\"%.*s\" is \"%.*s\", expected %s", STR_ARG(name), STR_ARG(value),
			expected);
	else
		err_set(p->e, ERR_USAGE, "resource.value", "\"%.*s\" has no value, expected %s, or to be left out",
			STR_ARG(name), expected);
	return false;
}

static bool take_pair(struct parsing *p, struct str name, struct str text)
{
	const struct resource *r = p->out->resource;
	const struct parameter *of = find_parameter(r, name);
	if (!of && r->account.n && str_eq(name, r->account)) {
		err_set(p->e, ERR_USAGE, "resource.account", "\"%.*s\" comes from the connection; expected without it",
			STR_ARG(name));
		return false;
	}
	if (!of)
		return unknown_parameter(p, name);
	if (!check_key(p, of, name))
		return false;
	for (size_t i = 0; i < p->out->pair_count; i++) {
		if (str_eq(p->pairs[i].name, name) && !of->many) {
			err_set(p->e, ERR_USAGE, "resource.twice", "\"%.*s\" is given twice, expected once", STR_ARG(name));
			return false;
		}
	}
	struct str rest = text;
	do {
		struct str value = of->commas ? str_cut(rest, ',', &rest) : text;
		if (!check_value(p, of, name, value))
			return false;
		if (p->out->pair_count == PAIRS_MAX) {
			err_set(p->e, ERR_USAGE, "resource.many", "there are more than %d values", PAIRS_MAX);
			return false;
		}
		p->pairs[p->out->pair_count++] = (struct wanted_pair){ of, name, value };
	} while (of->commas && rest.p);
	return true;
}

static bool take_pairs(struct parsing *p, struct str query)
{
	size_t most = 1;
	for (size_t i = 0; i < query.n; i++)
		most += query.p[i] == '&' || query.p[i] == ',' || query.p[i] == '%';
	p->out->pairs = p->pairs = ARENA_ARRAY(p->arena, most, struct wanted_pair);
	while (query.p && query.n) {
		struct str pair = str_cut(query, '&', &query), text, name = str_cut(pair, '=', &text), value;
		if (!pair.n || (query.p && !query.n)) {
			err_set(p->e, ERR_USAGE, "resource.pair",
				"nothing stands on one side of an &, expected name=value (an & in a value is written %%26)");
			return false;
		}
		if (!decode(p, name, STR("the name of a parameter"), &name))
			return false;
		if (!text.p) {
			if (find_parameter(p->out->resource, name))
				err_set(p->e, ERR_USAGE, "resource.pair", "\"%.*s\" has no value, expected %.*s=…", STR_ARG(name),
					STR_ARG(name));
			else
				unknown_parameter(p, name);
			return false;
		}
		if (!decode(p, text, name, &value) || !take_pair(p, name, value))
			return false;
	}
	return true;
}

const struct wanted_pair *wanted_given(const struct wanted *w, struct str name)
{
	for (size_t i = 0; i < w->pair_count; i++) {
		if (str_eq(w->pairs[i].parameter->name, name))
			return &w->pairs[i];
	}
	return NULL;
}

static bool check_whole(struct parsing *p)
{
	const struct wanted *w = p->out;
	const struct resource *r = w->resource;
	for (size_t i = 0; i < r->parameter_count; i++) {
		const struct parameter *of = &r->parameters[i];
		bool is = wanted_given(w, of->name);
		if (of->required && !is) {
			err_set(p->e, ERR_USAGE, "resource.required", "\"%.*s\" is missing, expected %s?%.*s=…",
				STR_ARG(of->name), called(p), STR_ARG(of->name));
			return false;
		}
		if (is && of->with.n && !wanted_given(w, of->with)) {
			err_set(p->e, ERR_USAGE, "resource.required", "\"%.*s\" needs \"%.*s\" beside it", STR_ARG(of->name),
				STR_ARG(of->with));
			return false;
		}
	}
	struct str names = { "", 0 };
	for (size_t i = 0; i < r->one_of_count; i++) {
		if (wanted_given(w, r->one_of[i]))
			return true;
		names = arena_printf(p->arena, "%.*s%s\"%.*s\"", STR_ARG(names), i == 0 ? "" : i + 1 < r->one_of_count ? ", " :
			" or ", STR_ARG(r->one_of[i]));
	}
	if (r->one_of_count)
		err_set(p->e, ERR_USAGE, "resource.required", "%s needs %.*s", called(p), STR_ARG(names));
	return r->one_of_count == 0;
}

static void settle(struct wanted *w)
{
	const struct resource *r = w->resource;
	const struct wanted_pair *format = r->format_parameter.n ? wanted_given(w, r->format_parameter) : NULL;
	w->format = r->format;
	for (int f = RESOURCE_JSON; format && f <= RESOURCE_XLSX; f++) {
		if (str_eq(format->value, str_of(resource_format_word((enum resource_format)f))))
			w->format = (enum resource_format)f;
	}
	w->paged = r->paged && w->format == RESOURCE_JSON;
	w->one_page = w->paged && w->system->paging.page.n && wanted_given(w, w->system->paging.page);
}

bool wanted_is(const struct systems *s, struct str text)
{
	struct str rest, name = str_cut(text, ':', &rest);
	return rest.p && systems_find(s, name);
}

int wanted_parse(const struct systems *s, struct str text, struct arena *arena, struct wanted *out, struct err *e)
{
	struct parsing p = { .systems = s, .arena = arena, .out = out, .e = e };
	*out = (struct wanted){ .text = arena_copy(arena, text) };
	struct str rest, query, name = str_cut(out->text, ':', &rest), path = str_cut(rest, '?', &query);
	out->system = systems_find(s, name);
	if (!out->system) {
		struct str *names = ARENA_ARRAY(arena, s->count, struct str);
		for (size_t i = 0; i < s->count; i++)
			names[i] = s->all[i]->name;
		unknown(&p, "resource.system", name, "system", names, s->count);
		return -1;
	}
	bool good = find_resource(&p, path) && take_arguments(&p, path) && take_pairs(&p, query) && check_whole(&p);
	if (good)
		settle(out);
	return good ? 0 : -1;
}
