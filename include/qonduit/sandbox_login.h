/* sandbox_login - the tokens that logins have issued: an access token, good for a time, and the refresh token that
 * stands in a cookie and is good for one refresh.
 *
 * Tokens are made from the number of the login: equal requests, equal tokens, in sandboxes begun at the same time.
 */
#ifndef QONDUIT_SANDBOX_LOGIN_H
#define QONDUIT_SANDBOX_LOGIN_H

#include "qonduit/sandbox_system.h"

#define SANDBOX_COOKIE "refreshToken"

struct sandbox_login;

struct sandbox_logins {
	const struct sandbox_setup *setup;
	struct sandbox_login *all;
	size_t count, cap;
};

enum sandbox_token { TOKEN_UNKNOWN, TOKEN_GOOD, TOKEN_EXPIRED };

/* Issues both tokens: the access token is returned (it lives in the arena), r->cookie is set. */
struct str sandbox_login_issue(struct sandbox_logins *l, const struct sandbox_request *q, struct sandbox_reply *r);
enum sandbox_token sandbox_login_token(const struct sandbox_logins *l, struct str token, int64_t now);
/* From now on it is TOKEN_EXPIRED. */
void sandbox_login_expire(struct sandbox_logins *l, struct str token);
/* The refresh token of the request's cookie is good; it is used up then. */
bool sandbox_login_refresh(struct sandbox_logins *l, const struct sandbox_request *q);
void sandbox_logins_release(struct sandbox_logins *l);

#endif
