#include "qonduit/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/address.h"
#include "qonduit/env_file.h"
#include "qonduit/io.h"
#include "qonduit/json_doc.h"
#include "qonduit/log.h"
#include "auth_header.h"

#define CONFIG_MAX ((size_t)1 << 20)
#define ACCOUNT_MAX 64
#define LONGEST_MS 86400000 /* a day: no timeout is longer */

static const struct rate_rule quotiza_limits[] = {
	{ { "/products/import", 16 }, 5, 60000, false },
	{ { "/products/import", 16 }, 5, 60000, true },
	{ { "/orders/export", 14 }, 5, 60000, false },
	{ { "/orders/export", 14 }, 5, 60000, true },
	{ { "", 0 }, 10, 60000, false },
};

static const struct rate_rule qogita_limits[] = {
	{ { "/variants/search/download", 25 }, 5, 900000, false },
};

/* How a system is called, where it is, and how it wants to be spoken to. Null: it knows no such thing. */
struct system {
	const char *name;
	const char *base_variable, *base_url;
	const char *token_variable, *user_variable, *password_variable, *account_variable;
	const char *header; /* before the token */
	const struct rate_rule *limits;
	size_t limit_count;
	uint32_t concurrency;
};

static const struct system systems[] = {
	{ "qogita", "QOGITA_BASE_URL", "https://api.qogita.com", "QOGITA_API_KEY", "QOGITA_EMAIL", "QOGITA_PASSWORD", NULL,
		"Authorization: Bearer ", qogita_limits, 1, 1 },
	{ "quotiza", "QUOTIZA_BASE_URL", "https://app.quotiza.com/api/v1", "QUOTIZA_API_TOKEN", NULL, NULL,
		"QUOTIZA_ACCOUNT_ID", "Authorization: Bearer ", quotiza_limits,
		sizeof quotiza_limits / sizeof *quotiza_limits, 1 },
	{ "marketplace", "MARKETPLACE_BASE_URL", NULL, "MARKETPLACE_API_TOKEN", NULL, NULL, NULL, "Authorization: Bearer ",
		NULL, 0, 8 },
	{ "quarticon", "QUARTICON_BASE_URL", "https://restapi.quartic.pl/store", "QUARTICON_API_KEY", NULL, NULL, NULL,
		"x-api-key: ", NULL, 0, 4 },
};
enum { SYSTEMS = sizeof systems / sizeof *systems };

struct loading {
	const struct connection_files *from;
	const struct system *system;
	struct env_file env;
	struct arena *arena;
	struct connection *out;
	struct err *e;
};

static int use_address(
	const struct system *s, struct str text, struct arena *arena, struct connection *out, struct err *e)
{
	struct address a;
	if (address_parse(text, s->base_url, arena, &a, e) != 0)
		return -1;
	out->base_url = a.base;
	out->host = a.host;
	return 0;
}

/* ---- the config file ---- */

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
	NUMBER(job_timeout_ms, true, 1, 31 * (int64_t)LONGEST_MS),
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

static bool unknown_key(const struct json *j, const char *const *known, size_t count, struct err *e)
{
	struct str words[32];
	for (size_t i = 0; i < count; i++)
		words[i] = str_of(known[i]);
	int near = str_nearest(j->key, words, count);
	err_set(e, ERR_USAGE, "config.key", "unknown key \"%.*s\"%s%s%s", STR_ARG(j->key),
		near >= 0 ? ", did you mean \"" : "", near >= 0 ? known[near] : "", near >= 0 ? "\"?" : "");
	json_place(j, true, e);
	return false;
}

static bool take_auth_header(const struct json *j, struct connection *out, struct arena *arena, struct err *e)
{
	struct str text;
	if (!take_text(j, "a header, such as \"Authorization: Bearer\"", &text, e))
		return false;
	const char *header = auth_header(text, arena);
	if (header) {
		out->auth_header = header;
		return true;
	}
	err_set(e, ERR_USAGE, "config.auth_header", /* not shown: it may be a token in the wrong place */
		"\"%.*s\" is not the name of a header of its own, a colon and at most one word, such as "
		"\"Authorization: Bearer\"; the token comes from the environment", STR_ARG(j->key));
	return at_value(j, e);
}

static bool take_limit(const struct json *j, struct rate_rule *out, struct err *e)
{
	static const char *const keys[] = { "path", "requests", "per_ms", "scope", "$comment" };
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
	static const char *const keys[] = { "base_url", "account_id", "limits", "ca_file", "auth_header", "$comment",
		"connect_timeout_ms", "timeout_ms", "retries", "backoff_ms", "backoff_max_ms", "concurrency", "poll_ms",
		"poll_max_ms", "job_timeout_ms" };
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
		return use_address(s, text, arena, out, e) == 0 || at_value(m, e);
	}
	if (str_eq(m->key, STR("account_id"))) {
		int64_t number;
		if (!s->account_variable) {
			err_set(e, ERR_USAGE, "config.key", "%s knows no account, expected no \"account_id\"", s->name);
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
			"\"%.*s\" looks like a secret, which does not belong in the config file: give it in "
			"the environment or the env file as %s",
			STR_ARG(m->key), s->token_variable);
		json_place(m, true, e);
		return false;
	}
	return unknown_key(m, keys, sizeof keys / sizeof *keys, e);
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
		const char *names[SYSTEMS + 2] = { "$schema", "$comment" };
		const struct system *s = NULL;
		for (size_t i = 0; i < SYSTEMS; i++) {
			names[i + 2] = systems[i].name;
			if (str_eq(m->key, str_of(systems[i].name)))
				s = &systems[i];
		}
		if (!s) {
			good = str_starts(m->key, STR("$")) && (str_eq(m->key, STR("$schema")) || str_eq(m->key, STR("$comment")));
			good = good || unknown_key(m, names, SYSTEMS + 2, e);
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

static bool find_config(struct loading *l)
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

/* ---- the environment ---- */

static const char *process_variable(const char *name)
{
	return getenv(name);
}

/* The environment's value, else the env file's; null where neither has one that is not empty. */
static const char *variable_of(struct loading *l, const char *name)
{
	const char *value = name ? l->from->variable(name) : NULL;
	if (!value || !value[0])
		value = name ? env_file_get(&l->env, name) : NULL;
	return value && value[0] ? value : NULL;
}

static const char *secret_of(struct loading *l, const char *name)
{
	const char *value = variable_of(l, name);
	if (value)
		log_secret(str_of(value));
	return value;
}

static int missing(struct loading *l, const char *what, const char *name)
{
	return err_set(l->e, ERR_CREDENTIALS, "credentials.missing",
		"%s of %s is missing: give it as %s in the environment or in the env file (.env.local)",
		what, l->system->name, name);
}

/* What goes into a header or a body must be printable ASCII without blanks. */
static int check_plain(struct loading *l, const char *value, const char *name)
{
	for (const char *p = value; *p; p++) {
		if (*p <= ' ' || *p > '~')
			return err_set(l->e, ERR_CREDENTIALS, "credentials.characters",
				"%s holds the byte 0x%02x at position %zu, expected printable ASCII without blanks",
				name, (unsigned)(unsigned char)*p, (size_t)(p - value) + 1);
	}
	return 0;
}

static int take_credentials(struct loading *l, enum connection_need need)
{
	const struct system *s = l->system;
	struct connection *out = l->out;
	bool ready = need == CONNECTION_READY;
	const char *token = secret_of(l, s->token_variable), *account = variable_of(l, s->account_variable);
	out->user = variable_of(l, s->user_variable);
	out->password = secret_of(l, s->password_variable);
	if (token) {
		if (check_plain(l, token, s->token_variable) != 0)
			return -1;
		out->header = arena_printf(l->arena, "%s%s", out->auth_header, token).p;
	}
	if (account)
		out->account = arena_copy(l->arena, str_of(account));
	if (out->account.n && check_plain(l, out->account.p, s->account_variable) != 0)
		return -1;
	if (out->account.n > ACCOUNT_MAX)
		return err_set(l->e, ERR_CREDENTIALS, "credentials.account", "the account of %s is longer than %d characters",
			s->name, ACCOUNT_MAX);
	if (ready && !token && out->user && out->password)
		return err_set(l->e, ERR_CREDENTIALS, "credentials.login",
			"this version does not log in to %s with %s and %s: give a token that is ready as %s",
			s->name, s->user_variable, s->password_variable, s->token_variable);
	if (ready && !token)
		return missing(l, "the token", s->token_variable);
	if (ready && s->account_variable && out->account.n == 0)
		return missing(l, "the account", s->account_variable);
	return 0;
}

static int take_base(struct loading *l, enum connection_need need)
{
	const struct system *s = l->system;
	const char *base = variable_of(l, s->base_variable);
	if (!base && l->out->base_url)
		return 0;
	if (!base)
		base = s->base_url;
	if (!base && need == CONNECTION_SETTINGS)
		return 0;
	if (!base)
		return err_set(l->e, ERR_USAGE, "connection.address", "the address of %s is not known: give it as %s, such as "
			"https://shop.example/api/i1", s->name, s->base_variable);
	if (use_address(s, str_of(base), l->arena, l->out, l->e) == 0)
		return 0;
	size_t n = strlen(l->e->message);
	snprintf(l->e->message + n, sizeof l->e->message - n, " (%s)", s->base_variable);
	return -1;
}

static void register_secrets(const struct env_file *env)
{
	for (size_t i = 0; i < SYSTEMS; i++) {
		const char *const names[] = { systems[i].token_variable, systems[i].password_variable };
		for (size_t j = 0; j < 2; j++) {
			const char *value = names[j] ? env_file_get(env, names[j]) : NULL;
			if (value)
				log_secret(str_of(value));
		}
	}
}

int connection_load(const struct connection_files *from, struct str system, enum connection_need need,
	struct arena *arena, struct connection *out, struct err *e)
{
	struct connection_files files = *from;
	if (!files.variable)
		files.variable = process_variable;
	struct loading l = { .from = &files, .arena = arena, .out = out, .e = e };
	for (size_t i = 0; i < SYSTEMS; i++) {
		if (str_eq(system, str_of(systems[i].name)))
			l.system = &systems[i];
	}
	if (!l.system)
		return err_set(e, ERR_USAGE, "connection.system",
			"no system is called \"%.*s\", expected qogita, quotiza, marketplace or quarticon", STR_ARG(system));
	*out = (struct connection){ .system = l.system->name, .auth_header = l.system->header, .limits = l.system->limits,
		.limit_count = l.system->limit_count, .connect_timeout_ms = 10000, .timeout_ms = 60000, .backoff_ms = 500,
		.backoff_max_ms = 60000, .retries = 6, .concurrency = l.system->concurrency, .poll_ms = 1000,
		.poll_max_ms = 15000, .job_timeout_ms = 3600000 };
	if (env_file_read(files.env_file, arena, &l.env, e) != 0)
		return -1;
	register_secrets(&l.env);
	if (!find_config(&l) || take_base(&l, need) != 0)
		return -1;
	return take_credentials(&l, need);
}

const char *connection_url(
	const struct connection *c, struct str path, const struct connection_pair *pairs, struct arena *arena)
{
	struct buf b = { 0 };
	buf_printf(&b, "%s%.*s", c->base_url, STR_ARG(path));
	for (char separator = '?'; pairs && pairs->name.p; pairs++, separator = '&') {
		buf_addc(&b, separator);
		address_encode(pairs->name, &b);
		buf_addc(&b, '=');
		address_encode(pairs->value, &b);
	}
	const char *url = arena_copy(arena, buf_str(&b)).p;
	buf_release(&b);
	return url;
}
