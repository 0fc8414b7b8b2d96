#include "proxy.h"

#include "qonduit/log.h"
#include "qonduit/str.h"

/* "http://user:password@proxy.example:3128", the scheme may be missing. */
static void keep_secret(struct str address)
{
	size_t begin = 0, at = 0, colon = 0;
	for (size_t i = 0; i + 3 <= address.n; i++) {
		if (str_starts(str_from(address, i), STR("://"))) {
			begin = i + 3;
			break;
		}
	}
	for (size_t i = begin; i < address.n; i++) {
		if (address.p[i] == '@')
			at = i;
		if (address.p[i] == ':' && !colon)
			colon = i;
	}
	if (at && colon && colon < at)
		log_secret((struct str){ address.p + colon + 1, at - colon - 1 });
}

void proxy_keep_secrets(char *(*variable)(const char *name))
{
	static const char *const names[] = { "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY",
		"http_proxy" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = variable(names[i]);
		if (value)
			keep_secret(str_of(value));
	}
}
