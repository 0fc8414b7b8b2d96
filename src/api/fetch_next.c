#include "fetch_parts.h"

/* scheme://authority and what stands behind it. */
struct parts {
	struct str scheme, authority, rest;
};

static bool split(struct str address, struct parts *out)
{
	ptrdiff_t colon = str_find(address, STR("://"));
	if (colon < 0)
		return false;
	struct str behind = str_from(address, (size_t)colon + 3);
	size_t n = 0;
	while (n < behind.n && behind.p[n] != '/' && behind.p[n] != '?')
		n++;
	*out = (struct parts){ str_head(address, (size_t)colon), str_head(behind, n), str_from(behind, n) };
	struct str usual = str_eq_nocase(out->scheme, STR("https")) ? STR(":443") : STR(":80");
	if (str_ends(out->authority, usual))
		out->authority.n -= usual.n;
	return true;
}

static bool same_origin(const struct parts *base, const struct parts *next)
{
	bool scheme = str_eq_nocase(base->scheme, next->scheme) ||
		(str_eq_nocase(base->scheme, STR("https")) && str_eq_nocase(next->scheme, STR("http")));
	return scheme && str_eq_nocase(base->authority, next->authority);
}

/* What stands behind the base address, a query alone as it is; false where it leads elsewhere. */
static bool below_base(struct str base_url, struct str next, struct str *out)
{
	struct parts base = { .rest = { 0 } }, to;
	split(base_url, &base);
	*out = next;
	if (str_starts(next, STR("?")))
		return true;
	if (!str_starts(next, STR("/")) || str_starts(next, STR("//"))) {
		if (!split(next, &to) || !same_origin(&base, &to))
			return false;
		next = to.rest;
	}
	*out = str_from(next, base.rest.n);
	return str_starts(next, base.rest);
}

/* ---- queries ---- */

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* Percent-decoded; `plus`: a plus sign is a blank. */
static struct str decode(struct str s, bool plus, struct arena *arena)
{
	char *to = arena_alloc(arena, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		int high = s.p[i] == '%' && i + 2 < s.n ? digit(s.p[i + 1]) : -1, low = high < 0 ? -1 : digit(s.p[i + 2]);
		to[n++] = low >= 0 ? (char)(high << 4 | low) : plus && s.p[i] == '+' ? ' ' : s.p[i];
		i += low >= 0 ? 2 : 0;
	}
	return (struct str){ to, n };
}

/* How often the name, and how often the name with that value, stands in a query. */
static size_t count_pairs(struct str query, struct str name, const struct str *value, struct arena *arena)
{
	size_t count = 0;
	while (query.n) {
		struct str found, key = str_cut(str_cut(query, '&', &query), '=', &found);
		if (str_eq(decode(key, true, arena), name))
			count += !value || str_eq(decode(found, true, arena), *value);
	}
	return count;
}

/* What is not plain ASCII is encoded. */
static void add_query(struct buf *to, struct str query)
{
	for (size_t i = 0; i < query.n; i++) {
		if (query.p[i] > ' ' && query.p[i] <= '~' && query.p[i] != '\\')
			buf_addc(to, query.p[i]);
		else
			buf_printf(to, "%%%02X", (unsigned)(unsigned char)query.p[i]);
	}
}

/* What was asked for and `query` does not ask for any more, the page aside. */
static void add_lost(struct fetching *f, struct buf *to, struct str asked, struct str query, struct arena *arena)
{
	for (struct str left = asked; left.n;) {
		struct str pair = str_cut(left, '&', &left), value, name = decode(str_cut(pair, '=', &value), true, arena);
		value = decode(value, true, arena);
		if (str_eq(name, f->w->system->paging.page) || count_pairs(query, name, &value, arena) ||
		    count_pairs(query, name, NULL, arena) >= count_pairs(asked, name, NULL, arena))
			continue;
		buf_addc(to, '&');
		buf_add(to, pair);
	}
}

int fetch_next(struct fetching *f, struct str next, struct buf *path)
{
	const struct connection *c = session_connection(f->session);
	struct arena arena = { 0 };
	struct str asked, own = str_cut(str_of(f->path), '?', &asked), below, query, ignored;
	bool good = below_base(str_of(c->base_url), str_cut(next, '#', &ignored), &below);
	struct str its = str_cut(below, '?', &query);
	arena_init(&arena, 4096);
	good = good && (its.n == 0 || str_eq(decode(its, false, &arena), decode(own, false, &arena)));
	if (good) {
		buf_clear(path);
		buf_add(path, own);
		buf_addc(path, '?');
		add_query(path, query);
		add_lost(f, path, asked, query, &arena);
	} else {
		struct str shown = retry_text(next, &arena);
		err_set(f->e, ERR_INPUT, "fetch.next", "the next page is said to be at \"%.*s\", expected it below %s%.*s",
			STR_ARG(shown), c->base_url, STR_ARG(own));
	}
	arena_release(&arena);
	return good ? 0 : -1;
}
