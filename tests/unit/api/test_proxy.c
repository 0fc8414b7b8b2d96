#include "../../../src/api/proxy.h"
#include "qonduit/buf.h"
#include "qonduit/log.h"
#include "unit.h"

static const char *address;

static char *variable(const char *name)
{
	return strcmp(name, "https_proxy") == 0 ? (char *)address : NULL;
}

/* Whether the word is masked once the address is known. */
static bool masked(const char *proxy, const char *word)
{
	struct buf shown = { 0 };
	address = proxy;
	log_release();
	proxy_keep_secrets(variable);
	log_mask(str_of(word), &shown);
	bool gone = !strstr(buf_text(&shown), word);
	buf_release(&shown);
	log_release();
	return gone;
}

static void masks_the_password_in_the_address_of_a_proxy(void)
{
	CU_ASSERT_TRUE(masked("http://user:pass-word@proxy.test:3128", "pass-word"));
	CU_ASSERT_TRUE(masked("user:pass-word@proxy.test", "pass-word"));
	CU_ASSERT_TRUE(masked("socks5://:pass-word@proxy.test/", "pass-word"));
	CU_ASSERT_TRUE(masked("http://user:pass@word:7@proxy.test", "pass@word:7"));
}

static void masks_nothing_where_there_is_none(void)
{
	static const char *const addresses[] = { "http://proxy.test:3128", "proxy.test:3128", "http://proxy.test@:3128", "@", ":",
		"://", "", "http://user@proxy.test:3128" };
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		CU_ASSERT_FALSE(masked(addresses[i], "proxy.test"));
		CU_ASSERT_FALSE(masked(addresses[i], "3128"));
	}
}

UNIT_SUITE(proxy, UNIT(masks_the_password_in_the_address_of_a_proxy), UNIT(masks_nothing_where_there_is_none))
