#include "qonduit/sandbox_login.h"

#include <stdio.h>
#include <stdlib.h>

#include "qonduit/digest.h"

enum { TOKEN_DIGITS = 32, TOKEN_TEXT = 48 };

struct sandbox_login {
	char access[TOKEN_TEXT], refresh[TOKEN_TEXT];
	int64_t issued;
	bool expired; /* its access token, before its time */
	bool used;    /* its refresh token */
};

static void make_token(const struct sandbox_logins *l, const char *kind, char to[TOKEN_TEXT])
{
	char text[80], hex[DIGEST_HEX];
	unsigned char sum[DIGEST_BYTES];
	int n = snprintf(text, sizeof text, "%s %zu of %lld", kind, l->count, (long long)l->setup->first_job);
	digest_of((struct str){ text, (size_t)n }, sum);
	digest_hex(sum, hex);
	snprintf(to, TOKEN_TEXT, "%s-%.*s", kind, TOKEN_DIGITS, hex);
}

struct str sandbox_login_issue(struct sandbox_logins *l, const struct sandbox_request *q, struct sandbox_reply *r)
{
	l->all = mem_grow(l->all, &l->cap, l->count + 1, sizeof *l->all);
	struct sandbox_login *login = &l->all[l->count];
	*login = (struct sandbox_login){ .issued = q->at };
	make_token(l, "issued", login->access);
	make_token(l, "refresh", login->refresh);
	l->count++;
	r->cookie = arena_printf(q->arena, SANDBOX_COOKIE "=%s; Path=/auth/; HttpOnly; SameSite=Lax; Max-Age=604800",
		login->refresh);
	return arena_copy(q->arena, str_of(login->access));
}

static struct sandbox_login *find(const struct sandbox_logins *l, struct str token)
{
	for (size_t i = 0; i < l->count; i++) {
		if (str_eq(token, str_of(l->all[i].access)))
			return &l->all[i];
	}
	return NULL;
}

enum sandbox_token sandbox_login_token(const struct sandbox_logins *l, struct str token, int64_t now)
{
	const struct sandbox_login *login = find(l, token);
	int64_t life = l->setup->token_life_ms;
	if (!login)
		return TOKEN_UNKNOWN;
	return login->expired || (life && now - login->issued >= life) ? TOKEN_EXPIRED : TOKEN_GOOD;
}

void sandbox_login_expire(struct sandbox_logins *l, struct str token)
{
	struct sandbox_login *login = find(l, token);
	if (login)
		login->expired = true;
}

static struct str cookie_value(struct str cookies)
{
	while (cookies.n) {
		struct str value, name = str_cut(str_trim(str_cut(cookies, ';', &cookies)), '=', &value);
		if (str_eq(name, STR(SANDBOX_COOKIE)))
			return value;
	}
	return (struct str){ 0 };
}

bool sandbox_login_refresh(struct sandbox_logins *l, const struct sandbox_request *q)
{
	struct str token = cookie_value(q->cookie);
	for (size_t i = 0; i < l->count; i++) {
		if (l->all[i].used || !str_eq(token, str_of(l->all[i].refresh)))
			continue;
		l->all[i].used = true;
		return true;
	}
	return false;
}

void sandbox_logins_release(struct sandbox_logins *l)
{
	free(l->all);
	*l = (struct sandbox_logins){ .setup = l->setup };
}
