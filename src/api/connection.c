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

/* What goes into a header or a body must be printable ASCII without blanks. `name`: the variable, or who gave it. */
static int check_plain(struct str value, struct str name, struct err *e)
{
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] <= ' ' || value.p[i] > '~')
			return err_set(e, ERR_CREDENTIALS, "credentials.characters",
				"%.*s holds the byte 0x%02x at position %zu, expected printable ASCII without blanks",
				STR_ARG(name), (unsigned)(unsigned char)value.p[i], i + 1);
	}
	return 0;
}

static int missing(struct loading *l, const char *what, struct str name)
{
	return err_set(l->e, ERR_CREDENTIALS, "credentials.missing",
		"%s of %.*s is missing: give it as %.*s in the environment or in the env file (.env.local)",
		what, STR_ARG(l->system->name), STR_ARG(name));
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
		"or in the env file (.env.local)", STR_ARG(s->name), STR_ARG(s->user_variable), STR_ARG(s->password_variable),
		STR_ARG(s->token_variable));
}

static int take_credentials(struct loading *l, enum connection_need need)
{
	const struct system *s = l->system;
	struct connection *out = l->out;
	bool ready = need == CONNECTION_READY;
	const char *token, *account;
	if (connection_credential(l, s->token_variable, true, &token) != 0 ||
	    connection_credential(l, s->user_variable, false, &out->user) != 0 ||
	    connection_credential(l, s->password_variable, true, &out->password) != 0 ||
	    connection_credential(l, s->account_variable, false, &account) != 0)
		return -1;
	if (token && check_plain(str_of(token), s->token_variable, l->e) != 0)
		return -1;
	if (token)
		out->header = arena_printf(l->arena, "%s%s", out->auth_header, token).p;
	if (account)
		out->account = arena_copy(l->arena, str_of(account));
	if (check_plain(out->account, s->account_variable, l->e) != 0)
		return -1;
	if (out->account.n > ACCOUNT_MAX)
		return err_set(l->e, ERR_CREDENTIALS, "credentials.account", "the account of %.*s is longer than %d characters",
			STR_ARG(s->name), ACCOUNT_MAX);
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
	if (!given && l->out->base_url)
		return 0;
	if (!given && !s->base_url.n && need == CONNECTION_SETTINGS)
		return 0;
	if (!given && !s->base_url.n)
		return err_set(l->e, ERR_USAGE, "connection.address",
			"the address of %.*s is not known: give it as %.*s, such as https://shop.example/api/i1",
			STR_ARG(s->name), STR_ARG(s->base_variable));
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
		.poll_max_ms = 15000, .job_timeout_ms = 3600000 };
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
	c->header = arena_printf(arena, "%s%.*s", c->auth_header, STR_ARG(token)).p;
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
