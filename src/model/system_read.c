/* A system file becomes a struct system: each object of the format is a table of its keys, as for contracts. */
#include "system_parts.h"

#define LONGEST_MS 86400000 /* a day */

static bool is_word(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!(c >= 'a' && c <= 'z') && (i == 0 || !((c >= '0' && c <= '9') || c == '-')))
			return false;
	}
	return s.n > 0;
}

static void read_name(struct slot_reading *r, const struct json *j, void *into)
{
	struct str name = { 0 };
	slot_text(r, j, &name);
	if (is_word(name))
		*(struct str *)into = name;
	else if (name.n)
		err_set(slot_fault(r, j, false), ERR_MAPPING, "system.name",
			"found \"%.*s\", expected small letters, digits and -, a letter first: \"shop\"", STR_ARG(name));
}

static void read_variable(struct slot_reading *r, const struct json *j, void *into)
{
	struct str name = { 0 };
	slot_text(r, j, &name);
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		if ((c >= 'A' && c <= 'Z') || c == '_' || (i && c >= '0' && c <= '9'))
			continue;
		err_set(slot_fault(r, j, false), ERR_MAPPING, "system.variable",
			"found \"%.*s\", expected the name of a variable in capitals, digits and _: \"SHOP_API_TOKEN\"",
			STR_ARG(name));
		return;
	}
	if (name.n)
		*(struct str *)into = name;
}

static void read_variables(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct slot slots[] = {
		{ "base_url", false, read_variable, offsetof(struct system, base_variable) },
		{ "token", false, read_variable, offsetof(struct system, token_variable) },
		{ "user", false, read_variable, offsetof(struct system, user_variable) },
		{ "password", false, read_variable, offsetof(struct system, password_variable) },
		{ "account", false, read_variable, offsetof(struct system, account_variable) },
		{ 0 },
	};
	slot_object(r, j, slots, into);
}

static void read_auth_header(struct slot_reading *r, const struct json *j, void *into)
{
	struct str text = { 0 };
	slot_text(r, j, &text);
	struct str header = text.n ? system_auth_header(text, r->arena) : text;
	if (header.p)
		*(struct str *)into = header;
	else if (text.n) /* not shown: it may be a token in the wrong place */
		err_set(slot_fault(r, j, false), ERR_MAPPING, "system.auth_header",
			"this is not the name of a header of its own, a colon and at most one word, such as "
			"\"Authorization: Bearer\"");
}

static void read_login(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct slot slots[] = {
		{ "path", true, slot_path, offsetof(struct system_login, path) },
		{ "user", true, slot_text, offsetof(struct system_login, user) },
		{ "password", true, slot_text, offsetof(struct system_login, password) },
		{ "token", true, slot_text, offsetof(struct system_login, token) },
		{ "refresh", false, slot_path, offsetof(struct system_login, refresh) },
		{ 0 },
	};
	slot_object(r, j, slots, into);
}

static void read_requests(struct slot_reading *r, const struct json *j, void *into)
{
	int64_t n;
	if (slot_whole(r, j, 1, 100000, &n))
		*(uint32_t *)into = (uint32_t)n;
}

static void read_span(struct slot_reading *r, const struct json *j, void *into)
{
	slot_whole(r, j, 1, 31 * (int64_t)LONGEST_MS, into);
}

static void read_scope(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct str words[] = { { "ip", 2 }, { "account", 7 } };
	unsigned found;
	if (slot_choice(r, j, "scope of a limit", words, 2, &found))
		*(bool *)into = found == 1;
}

static void read_limits(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct slot slots[] = {
		{ "path", false, slot_path, offsetof(struct system_limit, path) },
		{ "requests", true, read_requests, offsetof(struct system_limit, requests) },
		{ "per_ms", true, read_span, offsetof(struct system_limit, per_ms) },
		{ "scope", false, read_scope, offsetof(struct system_limit, per_account) },
		{ 0 },
	};
	struct system *s = into;
	if (!slot_expect(r, j, json_is(j, JSON_ARRAY), "a list of limits"))
		return;
	struct system_limit *limits = ARENA_ARRAY(r->arena, j->count, struct system_limit);
	for (const struct json *m = j->child; m; m = m->next)
		slot_object(r, m, slots, &limits[m->index]);
	s->limits = limits;
	s->limit_count = j->count;
}

static void read_concurrency(struct slot_reading *r, const struct json *j, void *into)
{
	int64_t n;
	if (slot_whole(r, j, 1, 256, &n))
		*(uint32_t *)into = (uint32_t)n;
}

static void read_ok(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct slot slots[] = {
		{ "path", true, slot_text, offsetof(struct system, ok) },
		{ "values", true, slot_yes_words, offsetof(struct system, ok_words) },
		{ 0 },
	};
	slot_object(r, j, slots, into);
}

static void read_error(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct slot slots[] = {
		{ "code", false, slot_text, offsetof(struct system, error_code) },
		{ "message", false, slot_text, offsetof(struct system, error_message) },
		{ 0 },
	};
	slot_object(r, j, slots, into);
}

static void read_paging(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct slot slots[] = {
		{ "page", false, slot_text, offsetof(struct system_paging, page) },
		{ "size", false, slot_text, offsetof(struct system_paging, size) },
		{ "size_asked", false, slot_length, offsetof(struct system_paging, size_asked) },
		{ "count", false, slot_text, offsetof(struct system_paging, count) },
		{ "next", true, slot_text, offsetof(struct system_paging, next) },
		{ "records", true, slot_text, offsetof(struct system_paging, records) },
		{ 0 },
	};
	struct system_paging *p = into;
	slot_object(r, j, slots, into);
	if (p->size_asked && !p->size.n)
		err_set(slot_fault(r, json_get(j, "size_asked"), true), ERR_MAPPING, "system.paging",
			"nothing says how a size is asked for; expected \"size\" beside it");
}

/* NAME_API_TOKEN of a system without a word about it. */
static void name_variable(struct slot_reading *r, const struct system *s, const char *end, struct str *variable)
{
	if (variable->n || !s->name.n)
		return;
	struct str text = arena_printf(r->arena, "%.*s_%s", STR_ARG(s->name), end);
	char *p = arena_alloc(r->arena, text.n + 1);
	for (size_t i = 0; i <= text.n; i++) {
		char c = text.p[i];
		p[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
		if (c == '-')
			p[i] = '_';
	}
	*variable = (struct str){ p, text.n };
}

static void refuse_variable(struct slot_reading *r, const struct json *root, const char *key, const char *why)
{
	const struct json *j = json_get(json_get(root, "variables"), key);
	if (j)
		err_set(slot_fault(r, j, true), ERR_MAPPING, "system.variable", "%s; expected without \"%s\"", why, key);
}

static void settle_variables(struct slot_reading *r, const struct json *root, struct system *s, bool account)
{
	name_variable(r, s, "BASE_URL", &s->base_variable);
	if (s->anonymous) {
		static const char *const keys[] = { "token", "user", "password", "account" };
		for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
			refuse_variable(r, root, keys[i], "a system that is anonymous knows no credentials");
		if (json_get(root, "login") || json_get(root, "auth_header") || json_get(root, "read_auth_header"))
			err_set(slot_fault(r, json_get(root, "anonymous"), true), ERR_MAPPING, "system.anonymous",
				"a system that is anonymous knows no credentials; expected without \"login\" and headers for them");
		return;
	}
	name_variable(r, s, "API_TOKEN", &s->token_variable);
	if (!s->auth_header.n)
		s->auth_header = STR("Authorization: Bearer ");
	if (account)
		name_variable(r, s, "ACCOUNT_ID", &s->account_variable);
	if (s->login.path.n) {
		name_variable(r, s, "USER", &s->user_variable);
		name_variable(r, s, "PASSWORD", &s->password_variable);
	} else {
		refuse_variable(r, root, "user", "the system has no \"login\"");
		refuse_variable(r, root, "password", "the system has no \"login\"");
	}
}

int system_read(struct str text, const char *name, struct arena *arena, struct system *out, struct faults *faults)
{
	static const struct str no_words[1];
	struct reading {
		struct system system;
		bool account;
	} it = { .system = { .concurrency = 1, .ok_words = no_words } };
	static const struct slot slots[] = {
		{ "qonduit_system", true, slot_format, 0 },
		{ "$schema", false, slot_nothing, 0 },
		{ "system", true, read_name, offsetof(struct reading, system.name) },
		{ "title", true, slot_text, offsetof(struct reading, system.title) },
		{ "documentation", false, slot_text, offsetof(struct reading, system.documentation) },
		{ "base_url", false, slot_text, offsetof(struct reading, system.base_url) },
		{ "variables", false, read_variables, offsetof(struct reading, system) },
		{ "account", false, slot_flag, offsetof(struct reading, account) },
		{ "anonymous", false, slot_flag, offsetof(struct reading, system.anonymous) },
		{ "content_type", false, slot_flag, offsetof(struct reading, system.content_type) },
		{ "auth_header", false, read_auth_header, offsetof(struct reading, system.auth_header) },
		{ "read_auth_header", false, read_auth_header, offsetof(struct reading, system.read_auth_header) },
		{ "login", false, read_login, offsetof(struct reading, system.login) },
		{ "limits", false, read_limits, offsetof(struct reading, system) },
		{ "concurrency", false, read_concurrency, offsetof(struct reading, system.concurrency) },
		{ "ok", false, read_ok, offsetof(struct reading, system) },
		{ "error", false, read_error, offsetof(struct reading, system) },
		{ "paging", false, read_paging, offsetof(struct reading, system.paging) },
		{ "resources", false, slot_nothing, 0 }, /* last, they need what is said of pages and accounts */
		{ 0 },
	};
	struct slot_reading r = { .arena = arena, .faults = faults, .name = name, .what = "system" };
	size_t errors = faults->errors;
	struct err e = { 0 };
	const struct json *root = json_parse(text, name, ERR_MAPPING, arena, &e);
	if (!root) {
		*faults_add(faults, FAULT_ERROR) = e;
		return -1;
	}
	slot_object(&r, root, slots, &it);
	settle_variables(&r, root, &it.system, it.account);
	if (json_get(root, "resources"))
		system_read_resources(&r, json_get(root, "resources"), &it.system);
	*out = it.system;
	return faults->errors > errors ? -1 : 0;
}
