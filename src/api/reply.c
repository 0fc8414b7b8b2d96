#include "reply.h"

#include "qonduit/log.h"

void reply_begin(struct exchange *x)
{
	x->end = EXCHANGE_UNKNOWN;
	x->lasting = false;
	x->status = 0;
	x->bytes = x->expected = 0;
	x->retry_after[0] = x->date[0] = x->location[0] = x->type[0] = x->problem[0] = '\0';
	buf_clear(&x->body);
}

static void keep(struct str value, char *to, size_t room)
{
	size_t n = value.n < room ? value.n : room - 1;
	if (n)
		memcpy(to, value.p, n);
	to[n] = '\0';
}

static void hide_cookie(struct str cookie)
{
	struct str value;
	str_cut(str_cut(cookie, ';', &cookie), '=', &value);
	log_secret(str_trim(value));
}

void reply_line(struct reply_head *h, struct str line)
{
	struct exchange *x = h->x;
	if (str_starts(line, STR("HTTP/"))) { /* a new reply: what an interim one said is void */
		x->retry_after[0] = x->date[0] = x->location[0] = x->type[0] = '\0';
		h->encoded = false;
		return;
	}
	struct str value, key = str_cut(line, ':', &value);
	value = str_trim(value);
	if (str_eq_nocase(key, STR("Retry-After")))
		keep(value, x->retry_after, sizeof x->retry_after);
	else if (str_eq_nocase(key, STR("Date")))
		keep(value, x->date, sizeof x->date);
	else if (str_eq_nocase(key, STR("Location")))
		keep(value, x->location, sizeof x->location);
	else if (str_eq_nocase(key, STR("Content-Type")))
		keep(value, x->type, sizeof x->type);
	else if (str_eq_nocase(key, STR("Content-Encoding")))
		h->encoded = h->encoded || (value.n && !str_eq_nocase(value, STR("identity")));
	else if (h->cookies && str_eq_nocase(key, STR("Set-Cookie")))
		hide_cookie(value);
}
