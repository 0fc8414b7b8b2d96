#include "connection_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "qonduit/address.h"
#include "qonduit/log.h"

#define ACCOUNT_MAX 64

int connection_address(const struct system *s, struct str text, struct arena *arena, struct connection *out,
	struct err *e)
{
	struct address a;
	if (address_parse(text, s->base_url.n ? s->base_url.p : NULL, arena, &a, e) != 0)
		return -1;
	out->base_url = a.base;
	out->host = a.host;
	return 0;
}

static const char *process_variable(const char *name)
{
	return getenv(name);
}

/* What goes into a header or a body must be printable ASCII without blanks; quotes are those of who set the variable.
 * `name`: the variable, or who gave it. */
static int check_plain(struct str value, struct str name, struct err *e)
{
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] <= ' ' || value.p[i] > '~' || value.p[i] == '"')
			return err_set(e, ERR_CREDENTIALS, "credentials.characters",
				"%.*s holds the byte 0x%02x at position %zu, expected printable ASCII without blanks and quotes",
				STR_ARG(name), (unsigned)(unsigned char)value.p[i], i + 1);
	}
	return 0;
}

static bool is_known(const struct systems *systems, struct str variable)
{
	for (size_t i = 0; i < systems->count; i++) {
		const struct system *s = systems->all[i];
		const struct str names[] = { s->base_variable, s->token_variable, s->user_variable, s->password_variable,
			s->account_variable };
		for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
			if (names[j].n && str_starts(variable, names[j]) &&
			    (variable.n == names[j].n || str_eq(str_from(variable, names[j].n), STR("_FILE"))))
				return true;
		}
	}
	return false;
}

/* What the env file seems to have for the variable under a name that nobody knows; else nothing. */
static const char *misspelt(struct loading *l, struct str wanted)
{
	const struct env_entry **entries = ARENA_ARRAY(l->arena, l->env.count, const struct env_entry *);
	struct str *names = ARENA_ARRAY(l->arena, l->env.count, struct str);
	size_t count = 0;
	for (size_t i = 0; i < l->env.count; i++) {
		if (is_known(l->systems, l->env.all[i].name))
			continue;
		entries[count] = &l->env.all[i];
		names[count++] = l->env.all[i].name;
	}
	int near = wanted.n ? str_nearest(wanted, names, count) : -1;
	return near < 0 ? "" : arena_printf(l->arena, "; line %llu of the env file has %.*s, did you mean %.*s?",
		(unsigned long long)entries[near]->line, STR_ARG(names[near]), STR_ARG(wanted)).p;
}

static int missing(struct loading *l, const char *what, struct str name)
{
	return err_set(l->e, ERR_CREDENTIALS, "credentials.missing",
		"%s of %.*s is missing: give it as %.*s in the environment or in the env file (.env.local)%s",
		what, STR_ARG(l->system->name), STR_ARG(name), misspelt(l, name));
}

static int missing_token(struct loading *l)
{
	const struct system *s = l->system;
	if (!s->login.path.n)
		return missing(l, "the token", s->token_variable);
	if (l->out->user)
		return missing(l, "the password", s->password_variable);
	if (l->out->password)
		return missing(l, "the user", s->user_variable);
	return err_set(l->e, ERR_CREDENTIALS, "credentials.missing",
		"the credentials of %.*s are missing: give %.*s and %.*s, or a token that is ready as %.*s, in the environment "
		"or in the env file (.env.local)%s%s%s", STR_ARG(s->name), STR_ARG(s->user_variable),
		STR_ARG(s->password_variable), STR_ARG(s->token_variable), misspelt(l, s->user_variable),
		misspelt(l, s->password_variable), misspelt(l, s->token_variable));
}

/* The config file overrides the environment, which the one who gave both should know. */
static void tell_overridden(struct loading *l, struct str variable, const char *key, struct str holds)
{
	log_once(LOG_LEVEL_INFO, "config_overrides", "%.*s: the config file's %s holds, %.*s; %.*s is left aside",
		STR_ARG(l->system->name), key, STR_ARG(holds), STR_ARG(variable));
}

static int take_account(struct loading *l)
{
	const struct system *s = l->system;
	struct connection *out = l->out;
	bool by_config = out->account.n;
	const char *given = by_config ? connection_variable(l, s->account_variable) : NULL;
	if (given && !str_eq(str_of(given), out->account))
		tell_overridden(l, s->account_variable, "account_id", out->account);
	if (!by_config && connection_credential(l, s->account_variable, false, &given) != 0)
		return -1;
	if (!by_config && given)
		out->account = arena_copy(l->arena, str_of(given));
	if (check_plain(out->account, by_config ? STR("account_id") : s->account_variable, l->e) != 0)
		return -1;
	if (out->account.n > ACCOUNT_MAX)
		return err_set(l->e, ERR_CREDENTIALS, "credentials.account", "the account of %.*s is longer than %d characters",
			STR_ARG(s->name), ACCOUNT_MAX);
	return 0;
}

/* The config may name another header: then the token goes nowhere else. */
static void put_token(struct connection *c, struct str token, struct arena *arena)
{
	const struct system *s = c->of;
	c->header = arena_printf(arena, "%s%.*s", c->auth_header, STR_ARG(token)).p;
	if (s && s->read_auth_header.n && c->auth_header == s->auth_header.p)
		c->read_header = arena_printf(arena, "%.*s%.*s", STR_ARG(s->read_auth_header), STR_ARG(token)).p;
}

static int take_credentials(struct loading *l, enum connection_need need)
{
	const struct system *s = l->system;
	struct connection *out = l->out;
	bool ready = need == CONNECTION_READY;
	const char *token;
	if (connection_credential(l, s->token_variable, true, &token) != 0 ||
	    connection_credential(l, s->user_variable, false, &out->user) != 0 ||
	    connection_credential(l, s->password_variable, true, &out->password) != 0)
		return -1;
	if (token && check_plain(str_of(token), s->token_variable, l->e) != 0)
		return -1;
	if (token)
		put_token(out, str_of(token), l->arena);
	if (take_account(l) != 0)
		return -1;
	if (ready && !s->anonymous && !token && !(out->user && out->password))
		return missing_token(l);
	if (ready && s->account_variable.n && out->account.n == 0)
		return missing(l, "the account", s->account_variable);
	return 0;
}

static int take_base(struct loading *l, enum connection_need need)
{
	const struct system *s = l->system;
	const char *given = connection_variable(l, s->base_variable);
	if (l->out->base_url) {
		struct connection other;
		struct err ignored = { 0 };
		if (given && (connection_address(s, str_of(given), l->arena, &other, &ignored) != 0 ||
			strcmp(other.base_url, l->out->base_url) != 0))
			tell_overridden(l, s->base_variable, "base_url", str_of(l->out->base_url));
		return 0;
	}
	if (!given && !s->base_url.n && need == CONNECTION_SETTINGS)
		return 0;
	if (!given && !s->base_url.n)
		return err_set(l->e, ERR_USAGE, "connection.address",
			"the address of %.*s is not known: give it as %.*s, such as https://shop.example/api/i1%s",
			STR_ARG(s->name), STR_ARG(s->base_variable), misspelt(l, s->base_variable));
	if (connection_address(s, given ? str_of(given) : s->base_url, l->arena, l->out, l->e) == 0)
		return 0;
	size_t n = strlen(l->e->message);
	snprintf(l->e->message + n, sizeof l->e->message - n, " (%s%.*s)", given ? "" : "the base_url of ",
		STR_ARG(given ? s->base_variable : s->name));
	return -1;
}

static void register_secrets(const struct systems *systems, const struct env_file *env)
{
	for (size_t i = 0; i < systems->count; i++) {
		const struct str names[] = { systems->all[i]->token_variable, systems->all[i]->password_variable };
		for (size_t j = 0; j < 2; j++) {
			const char *value = names[j].n ? env_file_get(env, names[j].p) : NULL;
			if (value)
				log_secret(str_of(value));
		}
	}
}

static const struct systems *built_in(struct arena *arena, struct err *e)
{
	struct faults faults;
	faults_init(&faults, arena);
	struct systems *systems = ARENA_NEW(arena, struct systems);
	if (systems_load(NULL, arena, systems, &faults) == 0)
		return systems;
	err_set(e, ERR_INTERNAL, "connection.systems", "the built-in systems have faults: %s", faults.first->what.message);
	return NULL;
}

static void take_facts(const struct system *s, struct arena *arena, struct connection *out)
{
	struct rate_rule *limits = ARENA_ARRAY(arena, s->limit_count, struct rate_rule);
	for (size_t i = 0; i < s->limit_count; i++)
		limits[i] = (struct rate_rule){ s->limits[i].path, s->limits[i].requests, s->limits[i].per_ms,
			s->limits[i].per_account };
	*out = (struct connection){ .of = s, .system = s->name.p, .auth_header = s->auth_header.p, .limits = limits,
		.limit_count = s->limit_count, .connect_timeout_ms = 10000, .timeout_ms = 60000, .backoff_ms = 500,
		.backoff_max_ms = 60000, .retries = 6, .concurrency = s->concurrency, .poll_ms = 1000,
		.poll_max_ms = 15000, .job_timeout_ms = 3600000, .download_max_mib = 4096 };
}

int connection_load(const struct connection_files *from, struct str system, enum connection_need need,
	struct arena *arena, struct connection *out, struct err *e)
{
	struct connection_files files = *from;
	if (!files.variable)
		files.variable = process_variable;
	if (!files.systems && !(files.systems = built_in(arena, e)))
		return -1;
	struct loading l = { .from = &files, .systems = files.systems, .system = systems_find(files.systems, system),
		.arena = arena, .out = out, .e = e };
	if (!l.system)
		return err_set(e, ERR_USAGE, "connection.system", "no system is called \"%.*s\", expected %.*s",
			STR_ARG(system), STR_ARG(systems_names(files.systems, arena)));
	take_facts(l.system, arena, out);
	if (env_file_read(files.env_file, arena, &l.env, e) != 0)
		return -1;
	register_secrets(files.systems, &l.env);
	if (!connection_config(&l) || take_base(&l, need) != 0)
		return -1;
	return take_credentials(&l, need);
}

int connection_set_token(struct connection *c, struct arena *arena, struct str token, struct err *e)
{
	if (token.n)
		log_secret(token);
	if (token.n == 0)
		return err_set(e, ERR_CREDENTIALS, "credentials.token", "%s gave an empty token", c->system);
	if (check_plain(token, arena_printf(arena, "the token that %s gave", c->system), e) != 0)
		return -1;
	put_token(c, token, arena);
	return 0;
}

const char *connection_url(
	const struct connection *c, struct str path, const struct connection_pair *pairs, struct arena *arena)
{
	struct buf b = { 0 };
	buf_printf(&b, "%s%.*s", c->base_url, STR_ARG(path));
	for (char separator = '?'; pairs && pairs->name.p; pairs++, separator = '&') {
		buf_addc(&b, separator);
		buf_add_percent(&b, pairs->name);
		buf_addc(&b, '=');
		buf_add_percent(&b, pairs->value);
	}
	const char *url = arena_copy(arena, buf_str(&b)).p;
	buf_release(&b);
	return url;
}
