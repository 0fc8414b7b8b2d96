/* The config file: settings of systems, and nothing secret. */
#include "connection_parts.h"

#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/json_doc.h"

#define CONFIG_MAX ((size_t)1 << 20)
#define LONGEST_MS 86400000 /* a day: no timeout is longer */

struct number_key {
	const char *name;
	size_t offset;
	bool wide; /* int64_t, else uint32_t */
	int64_t least, most;
};

#define NUMBER(member, wide, least, most) { #member, offsetof(struct connection, member), wide, least, most }
static const struct number_key number_keys[] = {
	NUMBER(connect_timeout_ms, true, 1, LONGEST_MS), NUMBER(timeout_ms, true, 1, LONGEST_MS),
	NUMBER(retries, false, 0, 100), NUMBER(backoff_ms, true, 0, LONGEST_MS),
	NUMBER(backoff_max_ms, true, 0, LONGEST_MS), NUMBER(concurrency, false, 1, 256),
	NUMBER(poll_ms, true, 1, LONGEST_MS), NUMBER(poll_max_ms, true, 1, LONGEST_MS),
	NUMBER(job_timeout_ms, true, 1, 31 * (int64_t)LONGEST_MS), NUMBER(download_max_mib, true, 1, 1 << 20),
};
enum { NUMBER_KEYS = sizeof number_keys / sizeof *number_keys };

/* Each take_… takes one setting; false where `e` is filled. */

static bool at_value(const struct json *j, struct err *e)
{
	json_place(j, false, e);
	return false;
}

static bool wants(const struct json *j, const char *expected, struct err *e)
{
	err_set(e, ERR_USAGE, "config.type", "\"%.*s\" is %s, expected %s", STR_ARG(j->key), json_kind_name(j), expected);
	return at_value(j, e);
}

static bool take_text(const struct json *j, const char *expected, struct str *out, struct err *e)
{
	if (!json_is(j, JSON_STRING) || j->text.n == 0)
		return wants(j, expected, e);
	*out = j->text;
	return true;
}

static bool take_number(const struct json *j, int64_t least, int64_t most, int64_t *out, struct err *e)
{
	if (json_to_i64(j, out) && *out >= least && *out <= most)
		return true;
	struct str shown = j->kind == JSON_NUMBER ? j->text : str_of(json_kind_name(j));
	err_set(e, ERR_USAGE, "config.number", "\"%.*s\" is %.*s, expected a whole number from %lld to %lld",
		STR_ARG(j->key), STR_ARG(shown), (long long)least, (long long)most);
	return at_value(j, e);
}

/* The nearest of the keys, or the one that goes on where the word ends: "timeout" for "timeout_ms". */
static int near_key(struct str word, const struct str *known, size_t count)
{
	int near = str_nearest(word, known, count);
	for (size_t i = 0; near < 0 && i < count; i++) {
		if (str_starts(known[i], word) && known[i].n > word.n && known[i].p[word.n] == '_')
			near = (int)i;
	}
	return near;
}

static bool unknown_key(const struct json *j, const struct str *known, size_t count, struct err *e)
{
	struct buf meant = { 0 };
	int near = near_key(j->key, known, count);
	if (near >= 0)
		buf_printf(&meant, ", did you mean \"%.*s\"?", STR_ARG(known[near]));
	for (size_t i = 0; near < 0 && i < count; i++)
		buf_printf(&meant, "%s%.*s", i == 0 ? ", expected one of " : ", ", STR_ARG(known[i]));
	err_set(e, ERR_USAGE, "config.key", "unknown key \"%.*s\"%s", STR_ARG(j->key), buf_text(&meant));
	buf_release(&meant);
	json_place(j, true, e);
	return false;
}

static bool take_auth_header(const struct json *j, struct connection *out, struct arena *arena, struct err *e)
{
	struct str text;
	if (!take_text(j, "a header, such as \"Authorization: Bearer\"", &text, e))
		return false;
	struct str header = system_auth_header(text, arena);
	if (header.p) {
		out->auth_header = header.p;
		return true;
	}
	err_set(e, ERR_USAGE, "config.auth_header", /* not shown: it may be a token in the wrong place */
		"\"%.*s\" is not the name of a header of its own, a colon and at most one word, such as "
		"\"Authorization: Bearer\"; the token comes from the environment", STR_ARG(j->key));
	return at_value(j, e);
}

static bool take_limit(const struct json *j, struct rate_rule *out, struct err *e)
{
	static const struct str keys[] = { { "path", 4 }, { "requests", 8 }, { "per_ms", 6 }, { "scope", 5 },
		{ "$comment", 8 } };
	int64_t requests = 0, per_ms = 0;
	if (!json_is(j, JSON_OBJECT)) {
		err_set(e, ERR_USAGE, "config.type", "a limit is %s, expected an object", json_kind_name(j));
		return at_value(j, e);
	}
	for (const struct json *m = j->child; m; m = m->next) {
		struct str scope = { 0 };
		bool good;
		if (str_eq(m->key, STR("path"))) {
			good = take_text(m, "the start of an endpoint's path", &out->path, e);
			if (good && out->path.p[0] != '/') { /* it would cover nothing */
				err_set(e, ERR_USAGE, "config.path", "\"path\" is \"%.*s\", expected the start of an endpoint's path, "
					"such as \"/products/import\"", STR_ARG(out->path));
				good = at_value(m, e);
			}
		} else if (str_eq(m->key, STR("requests"))) {
			good = take_number(m, 1, 100000, &requests, e);
		} else if (str_eq(m->key, STR("per_ms"))) {
			good = take_number(m, 1, 31 * (int64_t)LONGEST_MS, &per_ms, e);
		} else if (str_eq(m->key, STR("scope"))) {
			good = take_text(m, "\"ip\" or \"account\"", &scope, e);
			out->per_account = str_eq(scope, STR("account"));
			if (good && !out->per_account && !str_eq(scope, STR("ip"))) {
				err_set(e, ERR_USAGE, "config.scope", "\"scope\" is \"%.*s\", expected \"ip\" or \"account\"",
					STR_ARG(scope));
				good = at_value(m, e);
			}
		} else {
			good = str_eq(m->key, STR("$comment")) || unknown_key(m, keys, 5, e);
		}
		if (!good)
			return false;
	}
	if (requests == 0 || per_ms == 0) {
		err_set(e, ERR_USAGE, "config.limit", "a limit has no \"%s\"", requests == 0 ? "requests" : "per_ms");
		return at_value(j, e);
	}
	out->requests = (uint32_t)requests;
	out->per_ms = per_ms;
	return true;
}

static bool take_limits(const struct json *j, struct connection *out, struct arena *arena, struct err *e)
{
	if (!json_is(j, JSON_ARRAY))
		return wants(j, "a list of limits", e);
	struct rate_rule *rules = ARENA_ARRAY(arena, j->count, struct rate_rule);
	for (const struct json *m = j->child; m; m = m->next) {
		if (!take_limit(m, &rules[m->index], e))
			return false;
	}
	out->limits = rules;
	out->limit_count = j->count;
	return true;
}

static bool looks_secret(struct str key)
{
	static const char *const parts[] = { "token", "password", "passwd", "secret", "api_key", "apikey", "authorization",
		"credential", "bearer" };
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct str part = str_of(parts[i]);
		for (size_t at = 0; at + part.n <= key.n; at++) {
			if (str_eq_nocase(str_head(str_from(key, at), part.n), part))
				return true;
		}
	}
	return str_eq_nocase(key, STR("key"));
}

static bool take_key(
	const struct system *s, const struct json *m, struct connection *out, struct arena *arena, struct err *e)
{
	struct str text;
	for (size_t i = 0; i < NUMBER_KEYS; i++) {
		const struct number_key *k = &number_keys[i];
		if (!str_eq(m->key, str_of(k->name)))
			continue;
		int64_t value;
		if (!take_number(m, k->least, k->most, &value, e))
			return false;
		if (k->wide)
			*(int64_t *)((char *)out + k->offset) = value;
		else
			*(uint32_t *)((char *)out + k->offset) = (uint32_t)value;
		return true;
	}
	if (str_eq(m->key, STR("base_url"))) {
		if (!take_text(m, "an address", &text, e))
			return false;
		return connection_address(s, text, arena, out, e) == 0 || at_value(m, e);
	}
	if (str_eq(m->key, STR("account_id"))) {
		int64_t number;
		if (!s->account_variable.n) {
			err_set(e, ERR_USAGE, "config.key", "%.*s knows no account, expected no \"account_id\"",
				STR_ARG(s->name));
			json_place(m, true, e);
			return false;
		}
		if (!json_to_i64(m, &number))
			return take_text(m, "an account, such as \"1\"", &out->account, e);
		out->account = m->text;
		return true;
	}
	if (str_eq(m->key, STR("ca_file"))) {
		if (!take_text(m, "the name of a file", &text, e))
			return false;
		out->ca_file = text.p;
		return true;
	}
	if (str_eq(m->key, STR("auth_header")))
		return take_auth_header(m, out, arena, e);
	if (str_eq(m->key, STR("limits")))
		return take_limits(m, out, arena, e);
	if (str_eq(m->key, STR("$comment")))
		return true;
	if (looks_secret(m->key)) {
		err_set(e, ERR_USAGE, "config.secret",
			"\"%.*s\" looks like a secret, which does not belong in the config file%s%.*s",
			STR_ARG(m->key), s->token_variable.n ? ": give it in the environment or the env file as " : "",
			STR_ARG(s->token_variable));
		json_place(m, true, e);
		return false;
	}
	static const char *const others[] = { "base_url", "account_id", "limits", "ca_file", "auth_header", "$comment" };
	struct str keys[sizeof others / sizeof *others + NUMBER_KEYS];
	size_t count = 0;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		keys[count++] = str_of(others[i]);
	for (size_t i = 0; i < NUMBER_KEYS; i++)
		keys[count++] = str_of(number_keys[i].name);
	return unknown_key(m, keys, count, e);
}

static bool unknown_system(struct loading *l, const struct json *m)
{
	struct str *names = ARENA_ARRAY(l->arena, l->systems->count + 2, struct str);
	for (size_t i = 0; i < l->systems->count; i++)
		names[i] = l->systems->all[i]->name;
	names[l->systems->count] = STR("$schema");
	names[l->systems->count + 1] = STR("$comment");
	return unknown_key(m, names, l->systems->count + 2, l->e);
}

/* The whole file is checked, also what is said of other systems. */
static bool read_config(struct loading *l, const char *path)
{
	struct err *e = l->e;
	struct err failed = { 0 };
	struct str text;
	if (io_read_file(path, CONFIG_MAX, l->arena, &text, &failed) != 0) {
		err_set(e, ERR_USAGE, "config.file", "%s", failed.message);
		err_at_file(e, path);
		return false;
	}
	const struct json *root = json_parse(text, path, ERR_USAGE, l->arena, e);
	bool good = root != NULL;
	if (good && !json_is(root, JSON_OBJECT)) {
		err_set(e, ERR_USAGE, "config.type", "the config is %s, expected an object with the names of systems",
			json_kind_name(root));
		good = at_value(root, e);
	}
	for (const struct json *m = good ? root->child : NULL; good && m; m = m->next) {
		const struct system *s = systems_find(l->systems, m->key);
		if (!s) {
			good = str_eq(m->key, STR("$schema")) || str_eq(m->key, STR("$comment")) || unknown_system(l, m);
			continue;
		}
		if (!json_is(m, JSON_OBJECT)) {
			good = wants(m, "an object", e);
			continue;
		}
		struct connection other = *l->out, *to = s == l->system ? l->out : &other;
		for (const struct json *k = m->child; good && k; k = k->next)
			good = take_key(s, k, to, l->arena, e);
	}
	if (!good)
		err_at_file(e, path);
	return good;
}

bool connection_config(struct loading *l)
{
	if (l->from->config)
		return read_config(l, l->from->config);
	if (access("qonduit.json", F_OK) == 0)
		return read_config(l, "qonduit.json");
	const char *(*variable)(const char *) = l->from->variable;
	const char *folder = variable("XDG_CONFIG_HOME"), *home = variable("HOME");
	struct str path = { 0 };
	if (folder && folder[0] == '/')
		path = arena_printf(l->arena, "%s/qonduit/config.json", folder);
	else if (home && home[0])
		path = arena_printf(l->arena, "%s/.config/qonduit/config.json", home);
	return !path.p || access(path.p, F_OK) != 0 || read_config(l, path.p);
}
