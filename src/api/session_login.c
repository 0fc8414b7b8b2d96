#include "session_parts.h"

#include "qonduit/json_write.h"
#include "qonduit/log.h"

#define SHOWN_NAMES 12

bool session_can_log_in(const struct session *s)
{
	const struct connection *c = s->to.connection;
	return s->to.system->login.path.n && c->user && c->password;
}

int session_refused(struct session *s, struct str message, struct err *e)
{
	const struct system *system = s->to.system;
	if (s->logged_in)
		return err_set(e, ERR_CREDENTIALS, "credentials.refused",
			"%.*s refuses the token that it gave for %.*s and %.*s: %.*s", STR_ARG(system->name),
			STR_ARG(system->user_variable), STR_ARG(system->password_variable), STR_ARG(message));
	return err_set(e, ERR_CREDENTIALS, "credentials.refused", "%.*s refuses the token in %.*s: %.*s",
		STR_ARG(system->name), STR_ARG(system->token_variable), STR_ARG(message));
}

/* "access", "user" */
static struct str names_in(const struct json *body, struct arena *arena)
{
	struct buf names = { 0 };
	if (!json_is(body, JSON_OBJECT))
		return str_of(json_kind_name(body));
	for (const struct json *m = body->child; m && m->index < SHOWN_NAMES; m = m->next)
		buf_printf(&names, "%s\"%.*s\"", m->index ? ", " : "", STR_ARG(m->key));
	struct str shown = names.n ? retry_text(buf_str(&names), arena) : STR("an object with nothing in it");
	buf_release(&names);
	return shown;
}

/* Of the reply in s->x. */
static int take_token(struct session *s, const struct errand *er, struct err *e)
{
	struct str path = s->to.system->login.token, none = { 0 };
	struct err unreadable = { 0 };
	const struct json *body = json_parse(buf_str(&s->x.body), "the reply", ERR_DELIVERY, &s->arena, &unreadable);
	struct str token = json_text(json_path(body, path), none);
	log_secret(token);
	if (token.n) {
		s->logged_in = true;
		return connection_set_token(s->to.connection, &s->kept, token, e);
	}
	struct str found = body ? names_in(body, &s->arena) : STR("no JSON");
	return err_set(e, ERR_DELIVERY, "session.token", "%.*s: the reply has no \"%.*s\", found %.*s", STR_ARG(er->name),
		STR_ARG(path), STR_ARG(found));
}

/* 0: there is a token, 1: refused, as `j` says. */
static int ask_for_token(struct session *s, struct str path, struct str body, struct errand *er, struct judgement *j,
	struct err *e)
{
	struct session_request q = { .method = "POST", .path = path, .body = body };
	if (errand_begin(s, &q, er, e) != 0)
		return -1;
	er->repeatable = er->bare = true;
	if (errand_run(er, j) != 0)
		return -1;
	return j->verdict == VERDICT_DONE ? take_token(s, er, e) : 1;
}

static int login_refused(struct session *s, const struct errand *er, const struct judgement *j, struct err *e)
{
	const struct system *system = s->to.system;
	int status = s->x.status;
	if (status == 400 || status == 401 || status == 403 || status == 422)
		return err_set(e, ERR_CREDENTIALS, "credentials.login", "%.*s refuses the login with %.*s and %.*s: %.*s",
			STR_ARG(system->name), STR_ARG(system->user_variable), STR_ARG(system->password_variable),
			STR_ARG(j->message));
	return err_set(e, ERR_DELIVERY, j->code, "%.*s: %.*s", STR_ARG(er->name), STR_ARG(j->message));
}

static int log_in(struct session *s, struct err *e)
{
	const struct connection *c = s->to.connection;
	const struct system_login *login = &s->to.system->login;
	struct buf body = { 0 };
	struct json_out w = json_out(&body);
	struct errand er;
	struct judgement j;
	json_open(&w, '{');
	json_key(&w, login->user);
	json_string(&w, str_of(c->user));
	json_key(&w, login->password);
	json_string(&w, str_of(c->password));
	json_close(&w, '}');
	int rc = ask_for_token(s, login->path, buf_str(&body), &er, &j, e);
	explicit_bzero(body.p, body.n);
	buf_release(&body);
	return rc == 1 ? login_refused(s, &er, &j, e) : rc;
}

int session_renew(struct session *s, struct err *e)
{
	struct errand er;
	struct judgement j;
	struct str path = s->to.system->login.refresh, nothing = { 0 };
	if (!s->logged_in || path.n == 0)
		return log_in(s, e);
	int rc = ask_for_token(s, path, nothing, &er, &j, e);
	if (rc != 1)
		return rc;
	log_line(LOG_LEVEL_INFO, "login", "%.*s: %.*s; logging in afresh", STR_ARG(er.name), STR_ARG(j.message));
	return log_in(s, e);
}
