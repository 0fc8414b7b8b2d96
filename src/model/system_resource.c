/* What can be asked of a system: its resources and their parameters. */
#include "system_parts.h"

#include "qonduit/moment.h"

#define ARGUMENTS_MAX 8 /* of a resource */

static const struct str type_words[] = {
	[PARAMETER_TEXT] = { "text", 4 }, [PARAMETER_INTEGER] = { "integer", 7 }, [PARAMETER_DECIMAL] = { "decimal", 7 },
	[PARAMETER_BOOLEAN] = { "boolean", 7 }, [PARAMETER_TIME] = { "time", 4 }, [PARAMETER_UUID] = { "uuid", 4 },
};
enum { TYPES = sizeof type_words / sizeof *type_words };

static const struct str format_words[] = {
	[RESOURCE_JSON] = { "json", 4 }, [RESOURCE_CSV] = { "csv", 3 }, [RESOURCE_XLSX] = { "xlsx", 4 },
};
enum { FORMATS = sizeof format_words / sizeof *format_words };

const char *parameter_type_word(enum parameter_type t)
{
	return type_words[t].p;
}

const char *resource_format_word(enum resource_format f)
{
	return format_words[f].p;
}

bool system_is_argument(struct str segment)
{
	for (size_t i = 0; i < segment.n; i++) {
		char c = segment.p[i];
		if (!(c >= 'A' && c <= 'Z') && (i == 0 || !((c >= '0' && c <= '9') || c == '_')))
			return false;
	}
	return segment.n > 0;
}

bool system_split_key(struct str name, struct str *front, struct str *behind)
{
	ptrdiff_t at = str_find(name, STR("{KEY}"));
	if (at < 0)
		return false;
	*front = str_head(name, (size_t)at);
	*behind = str_from(name, (size_t)at + 5);
	return true;
}

/* ---- values ---- */

static bool is_uuid(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
		if (i == 8 || i == 13 || i == 18 || i == 23 ? c != '-' : !hex)
			return false;
	}
	return s.n == 36;
}

/* Digits, and a minus in front where the parameter takes such: what any server reads alike. */
static bool is_whole(const struct parameter *p, struct str s)
{
	bool minus = s.n > 1 && s.p[0] == '-';
	uint64_t n;
	if (!str_to_u64(str_from(s, minus), &n) || n > INT64_MAX)
		return false;
	int64_t value = minus ? -(int64_t)n : (int64_t)n;
	return value >= p->minimum && value <= p->maximum;
}

static const char *whole_expected(const struct parameter *p, struct arena *arena)
{
	if (p->minimum != INT64_MIN && p->maximum != INT64_MAX)
		return arena_printf(arena, "a whole number from %lld to %lld", (long long)p->minimum, (long long)p->maximum).p;
	if (p->minimum != INT64_MIN)
		return arena_printf(arena, "a whole number from %lld", (long long)p->minimum).p;
	return p->maximum == INT64_MAX ? "a whole number"
		: arena_printf(arena, "a whole number up to %lld", (long long)p->maximum).p;
}

static bool is_plain_decimal(struct str s)
{
	struct decimal d;
	return decimal_parse(s, &d) == DECIMAL_OK && !memchr(s.p, 'e', s.n) && !memchr(s.p, 'E', s.n) && s.p[0] != '+' &&
		s.p[0] != '.' && s.p[s.n - 1] != '.';
}

/* ISO 8601 only: Unix time is a number that another field may mean. */
static bool is_time(struct str s)
{
	struct value v;
	return memchr(s.p, '-', s.n) && moment_parse_iso(s, false, &v);
}

const char *parameter_expects(const struct parameter *p, struct str value, struct arena *arena)
{
	bool fits = value.n > 0;
	switch (p->type) {
	case PARAMETER_INTEGER:
		return is_whole(p, value) ? NULL : whole_expected(p, arena);
	case PARAMETER_DECIMAL:
		return fits && is_plain_decimal(value) ? NULL : "a number, such as 9.90";
	case PARAMETER_BOOLEAN:
		return str_eq(value, STR("true")) || str_eq(value, STR("false")) ? NULL : "true or false";
	case PARAMETER_TIME:
		return fits && is_time(value) ? NULL : "a date or time, such as 2026-11-21 or 2026-11-21T18:00:00Z";
	case PARAMETER_UUID:
		return is_uuid(value) ? NULL : "a UUID, such as 5f2b6a10-0c4e-4f6a-9d3e-7a1b2c3d4e01";
	case PARAMETER_TEXT:
		for (size_t i = 0; p->character && i < value.n; i++)
			fits = fits && p->character[(unsigned char)value.p[i]];
		return fits ? NULL : p->character ? "letters, digits and signs that are allowed there" : "some text";
	}
	return NULL;
}

/* ---- a parameter ---- */


static void read_type(struct slot_reading *r, const struct json *j, void *into)
{
	unsigned found;
	if (slot_choice(r, j, "type of a parameter", type_words, TYPES, &found))
		*(enum parameter_type *)into = (enum parameter_type)found;
}

static void read_values(struct slot_reading *r, const struct json *j, void *into)
{
	struct parameter *p = into;
	p->value_count = slot_strings(r, j, &p->values);
	slot_expect(r, j, !json_is(j, JSON_ARRAY) || j->count, "a list of one value or more");
}

static void read_many(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct str words[] = { { "repeated", 8 }, { "commas", 6 } };
	struct parameter *p = into;
	unsigned found;
	if (slot_choice(r, j, "way to send several values", words, 2, &found)) {
		p->many = true;
		p->commas = found == 1;
	}
}

static void read_bound(struct slot_reading *r, const struct json *j, void *into)
{
	slot_whole(r, j, INT64_MIN, INT64_MAX, into);
}

static void read_characters(struct slot_reading *r, const struct json *j, void *into)
{
	struct str set;
	*(const bool **)into = slot_characters(r, j, &set);
}

/* What '&', '=' or '%' in it would make of the text that people write. */
static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] <= ' ' || s.p[i] > '~' || strchr("&=?#%", s.p[i]))
			return false;
	}
	return s.n > 0;
}

static void check_parameter(struct slot_reading *r, const struct json *j, const struct parameter *p)
{
	if (!is_name(p->name))
		err_set(slot_fault(r, j, true), ERR_MAPPING, "system.parameter",
			"found \"%.*s\", expected a name of visible ASCII without & = ? # %%", STR_ARG(p->name));
	if (p->type != PARAMETER_INTEGER && (json_get(j, "minimum") || json_get(j, "maximum")))
		err_set(slot_fault(r, j, false), ERR_MAPPING, "system.bounds",
			"\"minimum\" and \"maximum\" are for the type \"integer\"; expected without them");
	if (p->type != PARAMETER_TEXT && json_get(j, "characters"))
		err_set(slot_fault(r, json_get(j, "characters"), true), ERR_MAPPING, "system.characters",
			"\"characters\" are for the type \"text\"; expected without them");
	for (size_t i = 0; i < p->value_count; i++) {
		const char *expected = parameter_expects(p, p->values[i], r->arena);
		if (expected)
			err_set(slot_fault(r, json_get(j, "values"), false), ERR_MAPPING, "system.value",
				"found \"%.*s\", expected %s", STR_ARG(p->values[i]), expected);
	}
}

static void read_parameter(struct slot_reading *r, const struct json *j, struct parameter *p)
{
	static const struct slot slots[] = {
		{ "doc", false, slot_text, offsetof(struct parameter, doc) },
		{ "type", false, read_type, offsetof(struct parameter, type) },
		{ "values", false, read_values, 0 },
		{ "many", false, read_many, 0 },
		{ "required", false, slot_flag, offsetof(struct parameter, required) },
		{ "minimum", false, read_bound, offsetof(struct parameter, minimum) },
		{ "maximum", false, read_bound, offsetof(struct parameter, maximum) },
		{ "characters", false, read_characters, offsetof(struct parameter, character) },
		{ "with", false, slot_text, offsetof(struct parameter, with) },
		{ 0 },
	};
	size_t errors = r->faults->errors;
	*p = (struct parameter){ .name = j->key, .minimum = INT64_MIN, .maximum = INT64_MAX };
	slot_object(r, j, slots, p);
	if (r->faults->errors == errors)
		check_parameter(r, j, p);
}

/* ---- a resource ---- */

struct resource_reading {
	struct resource resource;
	const struct json *arguments, *parameters;
};

static void keep(struct slot_reading *r, const struct json *j, void *into)
{
	if (slot_expect(r, j, json_is(j, JSON_OBJECT), "an object"))
		*(const struct json **)into = j;
}

static void read_method(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct str words[] = { { "GET", 3 }, { "POST", 4 } };
	unsigned found;
	if (slot_choice(r, j, "method that asks for data", words, 2, &found))
		*(struct str *)into = words[found];
}

static void read_format(struct slot_reading *r, const struct json *j, void *into)
{
	unsigned found;
	if (slot_choice(r, j, "format of a reply", format_words, FORMATS, &found))
		*(enum resource_format *)into = (enum resource_format)found;
}

static void read_most(struct slot_reading *r, const struct json *j, void *into)
{
	int64_t n;
	if (slot_whole(r, j, 1, INT64_MAX, &n))
		*(uint64_t *)into = (uint64_t)n;
}

static void read_needs(struct slot_reading *r, const struct json *j, void *into)
{
	struct resource *resource = into;
	resource->need_count = slot_strings(r, j, &resource->needs);
}

static void read_one_of(struct slot_reading *r, const struct json *j, void *into)
{
	struct resource *resource = into;
	resource->one_of_count = slot_strings(r, j, &resource->one_of);
}

/* The arguments of the name, each of which stands in the path once. */
static void take_arguments(struct slot_reading *r, const struct json *j, const struct resource_reading *it,
	struct resource *out)
{
	struct parameter *all = ARENA_ARRAY(r->arena, ARGUMENTS_MAX, struct parameter);
	struct str names[ARGUMENTS_MAX], rest = out->name;
	size_t n = 0, places = 0;
	while (rest.p) {
		struct str part = str_cut(rest, '/', &rest);
		if (!system_is_argument(part))
			continue;
		if (n == ARGUMENTS_MAX)
			break;
		names[n] = part;
		const struct json *said = it->arguments ? json_get(it->arguments, arena_copy(r->arena, part).p) : NULL;
		if (said)
			read_parameter(r, said, &all[n]);
		else
			all[n] = (struct parameter){ .name = part, .minimum = INT64_MIN, .maximum = INT64_MAX };
		struct str place = arena_printf(r->arena, "{%.*s}", STR_ARG(part));
		ptrdiff_t at = str_find(out->path, place);
		if (out->path.n && (at < 0 || str_find(str_from(out->path, (size_t)at + place.n), place) >= 0))
			err_set(slot_fault(r, json_get(j, "path"), false), ERR_MAPPING, "system.argument",
				"found \"%.*s\", expected {%.*s} in it once: the name has that argument", STR_ARG(out->path),
				STR_ARG(part));
		n++;
	}
	for (size_t i = 0; i < out->path.n; i++)
		places += out->path.p[i] == '{';
	if (out->path.n && places > n)
		err_set(slot_fault(r, json_get(j, "path"), false), ERR_MAPPING, "system.argument",
			"found \"%.*s\", expected no other {} than those of the arguments in the name", STR_ARG(out->path));
	for (const struct json *m = it->arguments ? it->arguments->child : NULL; m; m = m->next) {
		bool known = str_eq(m->key, STR("$comment"));
		for (size_t i = 0; i < n; i++)
			known = known || str_eq(m->key, names[i]);
		if (!known)
			slot_suggest(slot_fault(r, m, true), "system.argument", "argument in the name", m->key, names, n);
	}
	out->arguments = all;
	out->argument_count = n;
}

static const struct parameter *find(const struct parameter *all, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(all[i].name, name))
			return &all[i];
	}
	return NULL;
}

/* Those that are listed, and those that choose a page. */
static void take_parameters(struct slot_reading *r, const struct json *listed, const struct system *s,
	struct resource *out)
{
	struct parameter *all = ARENA_ARRAY(r->arena, (listed ? listed->count : 0) + 2, struct parameter);
	size_t n = 0;
	for (const struct json *m = listed ? listed->child : NULL; m; m = m->next) {
		if (!str_eq(m->key, STR("$comment")))
			read_parameter(r, m, &all[n++]);
	}
	const struct parameter pages[] = {
		{ .name = s->paging.page, .type = PARAMETER_INTEGER, .minimum = 1, .maximum = INT64_MAX,
			.doc = STR("that page alone") },
		{ .name = s->paging.size, .type = PARAMETER_INTEGER, .minimum = 1, .maximum = INT64_MAX,
			.doc = STR("records in a page") },
	};
	for (size_t i = 0; out->paged && i < 2; i++) {
		if (pages[i].name.n && !find(all, n, pages[i].name))
			all[n++] = pages[i];
	}
	out->parameters = all;
	out->parameter_count = n;
}

static void must_be_parameter(struct slot_reading *r, const struct json *j, const struct resource *of, struct str name)
{
	if (!name.n || find(of->parameters, of->parameter_count, name))
		return;
	struct str *names = ARENA_ARRAY(r->arena, of->parameter_count + 1, struct str);
	for (size_t i = 0; i < of->parameter_count; i++)
		names[i] = of->parameters[i].name;
	slot_suggest(slot_fault(r, j, false), "system.parameter", "parameter of this resource", name, names,
		of->parameter_count);
}

static void check_format(struct slot_reading *r, const struct json *j, const struct resource *of)
{
	const struct parameter *p = find(of->parameters, of->parameter_count, of->format_parameter);
	bool good = p && p->value_count && !p->many;
	for (size_t i = 0; good && i < p->value_count; i++) {
		bool known = false;
		for (size_t k = 0; k < FORMATS; k++)
			known = known || str_eq(p->values[i], format_words[k]);
		good = known;
	}
	if (p && !good)
		err_set(slot_fault(r, json_get(j, "format_parameter"), false), ERR_MAPPING, "system.format",
			"the parameter \"%.*s\" chooses the format; expected its values to be of json, csv and xlsx",
			STR_ARG(of->format_parameter));
}

static void check_resource(struct slot_reading *r, const struct json *j, const struct system *s,
	const struct resource *of)
{
	const struct json *listed = json_get(j, "parameters");
	for (const struct json *m = listed ? listed->child : NULL; m; m = m->next)
		must_be_parameter(r, json_get(m, "with"), of, json_text(json_get(m, "with"), (struct str){ 0 }));
	for (size_t i = 0; i < of->one_of_count; i++)
		must_be_parameter(r, json_get(j, "one_of"), of, of->one_of[i]);
	must_be_parameter(r, json_get(j, "format_parameter"), of, of->format_parameter);
	if (of->format_parameter.n)
		check_format(r, j, of);
	if (of->paged && !s->paging.next.n)
		err_set(slot_fault(r, json_get(j, "paged"), true), ERR_MAPPING, "system.paging",
			"nothing says how lists come in pages; expected \"paging\" at the top");
	if (of->paged && (of->format != RESOURCE_JSON || of->in_body))
		err_set(slot_fault(r, json_get(j, "paged"), true), ERR_MAPPING, "system.paging",
			"pages are of JSON and asked for in the query; expected without \"paged\"");
	if (of->account.n && !s->account_variable.n)
		err_set(slot_fault(r, json_get(j, "account"), true), ERR_MAPPING, "system.account",
			"the system knows no account; expected \"account\": true at the top");
	if (of->account.n && find(of->parameters, of->parameter_count, of->account))
		err_set(slot_fault(r, json_get(j, "account"), false), ERR_MAPPING, "system.account",
			"\"%.*s\" comes from the connection; expected it not to be among the parameters", STR_ARG(of->account));
}

/* Words of small letters, digits, - and _, and arguments, the first a word. */
static bool is_resource_name(struct str name)
{
	struct str rest = name;
	for (size_t i = 0; rest.p; i++) {
		struct str part = str_cut(rest, '/', &rest);
		if (i && system_is_argument(part))
			continue;
		for (size_t k = 0; k < part.n; k++) {
			char c = part.p[k];
			if (!((c >= 'a' && c <= 'z') || (k && ((c >= '0' && c <= '9') || c == '-' || c == '_'))))
				return false;
		}
		if (!part.n)
			return false;
	}
	return name.n > 0;
}

/* Whether some text could mean both. */
static bool same_place(struct str a, struct str b)
{
	while (a.p && b.p) {
		struct str x = str_cut(a, '/', &a), y = str_cut(b, '/', &b);
		if (system_is_argument(x) != system_is_argument(y) || (!system_is_argument(x) && !str_eq(x, y)))
			return false;
	}
	return !a.p && !b.p;
}

static void read_resource(struct slot_reading *r, const struct json *j, const struct system *s, struct resource *out)
{
	static const struct slot slots[] = {
		{ "method", false, read_method, offsetof(struct resource_reading, resource.method) },
		{ "path", true, slot_path, offsetof(struct resource_reading, resource.path) },
		{ "doc", true, slot_text, offsetof(struct resource_reading, resource.doc) },
		{ "documentation", false, slot_text, offsetof(struct resource_reading, resource.documentation) },
		{ "format", false, read_format, offsetof(struct resource_reading, resource.format) },
		{ "format_parameter", false, slot_text, offsetof(struct resource_reading, resource.format_parameter) },
		{ "arguments", false, keep, offsetof(struct resource_reading, arguments) },
		{ "parameters", false, keep, offsetof(struct resource_reading, parameters) },
		{ "one_of", false, read_one_of, offsetof(struct resource_reading, resource) },
		{ "account", false, slot_text, offsetof(struct resource_reading, resource.account) },
		{ "in_body", false, slot_flag, offsetof(struct resource_reading, resource.in_body) },
		{ "paged", false, slot_flag, offsetof(struct resource_reading, resource.paged) },
		{ "most", false, read_most, offsetof(struct resource_reading, resource.most) },
		{ "records", false, slot_text, offsetof(struct resource_reading, resource.records) },
		{ "needs", false, read_needs, offsetof(struct resource_reading, resource) },
		{ 0 },
	};
	struct resource_reading it = { .resource = { .name = j->key, .method = STR("GET") } };
	if (!is_resource_name(j->key))
		err_set(slot_fault(r, j, true), ERR_MAPPING, "system.resource",
			"found \"%.*s\", expected words of small letters and arguments in capitals, joined by /: \"orders\", "
			"\"order-lines/ID\"", STR_ARG(j->key));
	slot_object(r, j, slots, &it);
	*out = it.resource;
	if (out->paged && !out->records.n)
		out->records = s->paging.records;
	take_arguments(r, j, &it, out);
	take_parameters(r, it.parameters, s, out);
	check_resource(r, j, s, out);
}

void system_read_resources(struct slot_reading *r, const struct json *j, struct system *s)
{
	if (!slot_expect(r, j, json_is(j, JSON_OBJECT), "an object"))
		return;
	struct resource *all = ARENA_ARRAY(r->arena, j->count, struct resource);
	size_t n = 0;
	for (const struct json *m = j->child; m; m = m->next) {
		if (str_eq(m->key, STR("$comment")))
			continue;
		read_resource(r, m, s, &all[n]);
		for (size_t i = 0; i < n; i++) {
			if (same_place(all[i].name, all[n].name))
				err_set(slot_fault(r, m, true), ERR_MAPPING, "system.resource",
					"\"%.*s\" cannot be told from \"%.*s\"; expected another name", STR_ARG(all[n].name),
					STR_ARG(all[i].name));
		}
		n++;
	}
	s->resources = all;
	s->resource_count = n;
}
