#include "qonduit/address.h"

#include <stdio.h>

struct parts {
	bool secure;
	struct str host, port, path;
};

/* Only what is spelled as loopback: nothing is looked up. */
static bool is_loopback(struct str host)
{
	if (str_eq_nocase(host, STR("localhost")) || str_eq(host, STR("[::1]")))
		return true;
	struct str rest = host;
	for (int i = 0; i < 4; i++) {
		uint64_t value;
		struct str part = str_cut(rest, '.', &rest);
		if (part.n > 3 || !str_to_u64(part, &value) || value > 255 || (i == 0 && value != 127))
			return false;
	}
	return rest.p == NULL;
}

static bool host_ok(struct str host)
{
	bool literal = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
	if (literal)
		host = (struct str){ host.p + 1, host.n - 2 };
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];
		bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
		if (literal ? !hex && c != ':' && c != '.' : !str_is_unreserved(c) || c == '~')
			return false;
	}
	return host.n > 0 && host.p[0] != '.' && host.p[0] != '-';
}

static bool is_dots(struct str segment)
{
	size_t dots = 0;
	while (segment.n && dots < 3) {
		size_t n = segment.p[0] == '.' ? 1 : str_eq_nocase(str_head(segment, 3), STR("%2e")) ? 3 : 0;
		if (n == 0)
			return false;
		segment = str_from(segment, n);
		dots++;
	}
	return dots == 1 || dots == 2;
}

struct str address_dots(struct str path)
{
	while (path.p) {
		struct str segment = str_cut(path, '/', &path);
		if (is_dots(segment))
			return segment;
	}
	return path;
}

/* Null where the address is fine, else what is wrong with it. */
static const char *split(struct str text, struct parts *out)
{
	*out = (struct parts){ .secure = str_starts(text, STR("https://")) };
	if (!out->secure && !str_starts(text, STR("http://")))
		return "expected https://";
	struct str rest = str_from(text, out->secure ? 8 : 7), port = { 0 };
	size_t end = 0;
	while (end < rest.n && rest.p[end] != '/')
		end++;
	struct str authority = str_head(rest, end);
	out->path = str_from(rest, end);
	if (memchr(authority.p, '@', authority.n))
		return "a name or password does not belong in it";
	if (authority.n && authority.p[0] == '[') {
		struct str inside = str_cut(authority, ']', &port);
		out->host = str_head(authority, inside.n + 1);
		if (port.n && port.p[0] != ':')
			return "expected a port behind ]";
		port = str_from(port, 1);
	} else {
		out->host = str_cut(authority, ':', &port);
	}
	uint64_t number = 0;
	if (!host_ok(out->host))
		return "its host is not one";
	if (port.n && (!str_to_u64(port, &number) || number == 0 || number > 65535 || port.n > 5))
		return "its port is not one";
	if (number != (out->secure ? 443 : 80))
		out->port = port;
	while (out->path.n && out->path.p[out->path.n - 1] == '/')
		out->path.n--;
	for (size_t i = 0; i < out->path.n; i++) {
		if (!str_is_unreserved(out->path.p[i]) && out->path.p[i] != '/' && out->path.p[i] != '%')
			return "its path holds a character that does not belong there";
	}
	if (address_dots(out->path).p)
		return "its path leads upwards";
	if (!out->secure && !is_loopback(out->host))
		return "http: is for loopback only, expected https://";
	return NULL;
}

int address_parse(struct str text, const char *own, struct arena *arena, struct address *out, struct err *e)
{
	struct parts a, usual;
	const char *wrong = split(text, &a);
	if (!wrong && own && !split(str_of(own), &usual) && a.host.n > usual.host.n && a.host.p[usual.host.n] == '.' &&
	    str_eq_nocase(str_head(a.host, usual.host.n), usual.host))
		wrong = "its host only begins like the system's own";
	if (wrong)
		return err_set(e, ERR_USAGE, "connection.address", "the address \"%.*s\" cannot be used: %s", STR_ARG(text),
			wrong);
	char *host = arena_alloc(arena, a.host.n + 1);
	for (size_t i = 0; i < a.host.n; i++)
		host[i] = a.host.p[i] >= 'A' && a.host.p[i] <= 'Z' ? (char)(a.host.p[i] + 32) : a.host.p[i];
	host[a.host.n] = '\0';
	out->host = arena_printf(arena, "%s%s%.*s", host, a.port.n ? ":" : "", STR_ARG(a.port)).p;
	out->base = arena_printf(arena, "%s://%s%.*s", a.secure ? "https" : "http", out->host, STR_ARG(a.path)).p;
	return 0;
}
