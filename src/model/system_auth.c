#include "qonduit/system.h"

static bool is_token(struct str s)
{
	static const char signs[] = "!#$%&'*+-.^_`|~";
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!plain && (c == '\0' || !strchr(signs, c)))
			return false;
	}
	return s.n > 0;
}

/* A token in their place would make another request of it. */
static bool frames_a_request(struct str name)
{
	static const char *const names[] = { "host", "content-length", "content-type", "content-encoding",
		"transfer-encoding", "connection", "expect", "accept", "accept-encoding", "te", "trailer", "upgrade",
		"user-agent" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (str_eq_nocase(name, str_of(names[i])))
			return true;
	}
	return false;
}

struct str system_auth_header(struct str text, struct arena *arena)
{
	struct str rest, name = str_cut(text, ':', &rest), word = str_trim(rest);
	if (!rest.p || !is_token(name) || frames_a_request(name) || (word.n && !is_token(word)))
		return (struct str){ 0 };
	return arena_printf(arena, "%.*s: %.*s%s", STR_ARG(name), STR_ARG(word), word.n ? " " : "");
}
