#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qonduit/address.h"
#include "qonduit/connection.h"
#include "qonduit/io.h"
#include "qonduit/log.h"
#include "unit.h"
#include "variables.h"

#define TOKEN "tok-0123456789"

static struct arena arena;

static const char *write_file(const char *name, const char *text, unsigned mode)
{
	struct err e = { 0 };
	const char *path = arena_printf(&arena, "%s/%s", unit_folder(), name).p;
	CU_ASSERT_EQUAL_FATAL(io_replace_file(path, str_of(text), mode, &e), 0);
	return path;
}

static int load(const char *config, const char *env_file, const char *const *env, const char *system,
	enum connection_need need, struct connection *c, struct err *e)
{
	/* An env file and a config of their own, so that those of the working folder play no part. */
	struct connection_files files = { config ? config : write_file("empty.json", "{}", 0600),
		env_file ? env_file : write_file("empty.env", "", 0600), variables_get, NULL };
	variables_set(env);
	*e = (struct err){ 0 };
	return connection_load(&files, str_of(system), need, &arena, c, e);
}

static void end(void)
{
	log_release();
	arena_release(&arena);
}

static void knows_the_documented_settings(void)
{
	static const char *const env[] = { "QUOTIZA_API_TOKEN=" TOKEN, "QUOTIZA_ACCOUNT_ID=1", NULL };
	struct connection c;
	struct err e;
	CU_ASSERT_EQUAL(load(NULL, NULL, env, "quotiza", CONNECTION_READY, &c, &e), 0);
	CU_ASSERT_STRING_EQUAL(c.base_url, "https://app.quotiza.com/api/v1");
	CU_ASSERT_STRING_EQUAL(c.host, "app.quotiza.com");
	CU_ASSERT_STRING_EQUAL(c.header, "Authorization: Bearer " TOKEN);
	ASSERT_STR(c.account, "1");
	CU_ASSERT_EQUAL(c.limit_count, 5);
	CU_ASSERT_EQUAL(c.retries, 6);
	CU_ASSERT_EQUAL(c.concurrency, 1);
	CU_ASSERT_EQUAL(c.poll_max_ms, 15000);
	CU_ASSERT_EQUAL(c.job_timeout_ms, 3600000);
	CU_ASSERT_EQUAL(c.download_max_mib, 4096);
	static const char *const quarticon[] = { "QUARTICON_API_KEY=" TOKEN, NULL };
	CU_ASSERT_EQUAL(load(NULL, NULL, quarticon, "quarticon", CONNECTION_READY, &c, &e), 0);
	CU_ASSERT_STRING_EQUAL(c.header, "x-api-key: " TOKEN);
	end();
}

static void masks_every_secret_it_has_read(void)
{
	struct connection c;
	struct err e;
	struct buf shown = { 0 };
	const char *file = write_file("env", "QUOTIZA_API_TOKEN=" TOKEN "\nQUARTICON_API_KEY='other-secret-77'\n", 0600);
	CU_ASSERT_EQUAL(load(NULL, file, NULL, "quotiza", CONNECTION_SETTINGS, &c, &e), 0);
	log_mask(STR("a " TOKEN " b other-secret-77 c"), &shown);
	ASSERT_STR(buf_str(&shown), "a *** b *** c");
	buf_release(&shown);
	end();
}

static void names_the_credentials_that_are_missing(void)
{
	static const char *const no_account[] = { "QUOTIZA_API_TOKEN=" TOKEN, "QUOTIZA_ACCOUNT_ID=", NULL };
	struct connection c;
	struct err e;
	CU_ASSERT_EQUAL(load(NULL, NULL, NULL, "quotiza", CONNECTION_READY, &c, &e), -1);
	CU_ASSERT_EQUAL(e.class, ERR_CREDENTIALS);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "QUOTIZA_API_TOKEN"));
	CU_ASSERT_EQUAL(load(NULL, NULL, no_account, "quotiza", CONNECTION_READY, &c, &e), -1);
	CU_ASSERT_EQUAL(e.class, ERR_CREDENTIALS);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "QUOTIZA_ACCOUNT_ID"));
	CU_ASSERT_EQUAL(load(NULL, NULL, NULL, "quotiza", CONNECTION_SETTINGS, &c, &e), 0);
	CU_ASSERT_PTR_NULL(c.header);
	CU_ASSERT_EQUAL(load(NULL, NULL, (const char *const[]){ "MARKETPLACE_API_TOKEN=" TOKEN, NULL }, "marketplace",
																		CONNECTION_READY, &c, &e),
		-1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "MARKETPLACE_BASE_URL"));
	end();
}

static void refuses_tokens_that_are_not_fit_for_a_header(void)
{
	static const char *const tokens[] = { "QUOTIZA_API_TOKEN=good\r\nX-Evil: 1", "QUOTIZA_API_TOKEN=with blank",
		"QUOTIZA_API_TOKEN=t\xc3\xa9st", "QUOTIZA_API_TOKEN=line\n", "QUOTIZA_API_TOKEN=\"quoted\"" };
	for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
		const char *const env[] = { tokens[i], "QUOTIZA_ACCOUNT_ID=1", NULL };
		struct connection c;
		struct err e;
		CU_ASSERT_EQUAL(load(NULL, NULL, env, "quotiza", CONNECTION_READY, &c, &e), -1);
		CU_ASSERT_EQUAL(e.class, ERR_CREDENTIALS);
		CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "QUOTIZA_API_TOKEN"));
		CU_ASSERT_PTR_NULL(strstr(e.message, tokens[i] + 18));
	}
	end();
}

static void reads_the_env_file_and_lets_the_environment_win(void)
{
	struct connection c;
	struct err e;
	const char *file = write_file("env",
		"# credentials\n\nexport QUOTIZA_API_TOKEN=\"" TOKEN
		"\" # ours\nQUOTIZA_ACCOUNT_ID = 7 # seven\r\nQUOTIZA_BASE_URL=http://localhost:8080/\n",
		0600);
	CU_ASSERT_EQUAL(load(NULL, file, NULL, "quotiza", CONNECTION_READY, &c, &e), 0);
	CU_ASSERT_STRING_EQUAL(c.header, "Authorization: Bearer " TOKEN);
	ASSERT_STR(c.account, "7");
	CU_ASSERT_STRING_EQUAL(c.base_url, "http://localhost:8080");
	CU_ASSERT_STRING_EQUAL(c.host, "localhost:8080");
	CU_ASSERT_EQUAL(
		load(NULL, file, (const char *const[]){ "QUOTIZA_ACCOUNT_ID=8", NULL }, "quotiza", CONNECTION_READY, &c, &e), 0);
	ASSERT_STR(c.account, "8");
	end();
}

static void the_config_file_overrides_the_environment_but_for_secrets(void)
{
	static const char *const env[] = { "QUOTIZA_API_TOKEN=" TOKEN, "QUOTIZA_ACCOUNT_ID=1",
		"QUOTIZA_BASE_URL=https://env.test/v1", NULL };
	static const char *const wrong[] = { "QUOTIZA_BASE_URL=http://plain.test", "QUOTIZA_ACCOUNT_ID_FILE=/nowhere", NULL };
	struct connection c;
	struct err e;
	const char *file = write_file("qonduit.json",
		"{\"quotiza\":{\"base_url\":\"https://config.test/v2/\",\"account_id\":42}}", 0600);
	log_setup(LOG_LEVEL_WARNING, LOG_TEXT, false);
	CU_ASSERT_EQUAL(load(file, NULL, env, "quotiza", CONNECTION_READY, &c, &e), 0);
	CU_ASSERT_STRING_EQUAL(c.base_url, "https://config.test/v2");
	CU_ASSERT_STRING_EQUAL(c.host, "config.test");
	ASSERT_STR(c.account, "42");
	CU_ASSERT_STRING_EQUAL(c.header, "Authorization: Bearer " TOKEN);
	CU_ASSERT_EQUAL(load(file, NULL, wrong, "quotiza", CONNECTION_SETTINGS, &c, &e), 0);
	CU_ASSERT_STRING_EQUAL(c.base_url, "https://config.test/v2");
	CU_ASSERT_EQUAL(load(write_file("qonduit.json", "{\"quotiza\":{\"account_id\":\"4 2\"}}", 0600), NULL, env, "quotiza",
		CONNECTION_READY, &c, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "account_id holds the byte 0x20"));
	log_setup(LOG_LEVEL_INFO, LOG_TEXT, false);
	end();
}

static void names_a_misspelt_variable_of_the_env_file(void)
{
	struct connection c;
	struct err e;
	const char *file = write_file("env", "# ours\nQUOTIZA_API_TOEKN=" TOKEN "\nQOGITA_API_KEY=x1y2\n", 0600);
	static const char *const account[] = { "QUOTIZA_ACCOUNT_ID=1", NULL };
	CU_ASSERT_EQUAL(load(NULL, file, account, "quotiza", CONNECTION_READY, &c, &e), -1);
	CU_ASSERT_EQUAL(e.class, ERR_CREDENTIALS);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message,
		"; line 2 of the env file has QUOTIZA_API_TOEKN, did you mean QUOTIZA_API_TOKEN?"));
	CU_ASSERT_PTR_NULL(strstr(e.message, TOKEN));
	/* what another system knows is nobody's mistake, however near */
	file = write_file("env", "QOGITA_PASSWORD=x1y2\nQOGITA_PASSWORD_FILE=/x\n", 0600);
	CU_ASSERT_EQUAL(load(NULL, file, account, "quotiza", CONNECTION_READY, &c, &e), -1);
	CU_ASSERT_PTR_NULL(strstr(e.message, "did you mean"));
	file = write_file("env", "MARKETPLACE_BASEURL=https://shop.example\n", 0600);
	CU_ASSERT_EQUAL(load(NULL, file, NULL, "marketplace", CONNECTION_READY, &c, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "has MARKETPLACE_BASEURL, did you mean MARKETPLACE_BASE_URL?"));
	file = write_file("env", "QOGITA_EMAIL=a@b.example\nQOGITA_PASWORD=x1y2\n", 0600);
	CU_ASSERT_EQUAL(load(NULL, file, NULL, "qogita", CONNECTION_READY, &c, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "has QOGITA_PASWORD, did you mean QOGITA_PASSWORD?"));
	end();
}

static void refuses_an_env_file_that_others_may_replace(void)
{
	struct connection c;
	struct err e;
	const char *file = write_file("env", "QUOTIZA_ACCOUNT_ID=7\n", 0600), *folder = unit_folder();
	const char *link = arena_printf(&arena, "%s/link", folder).p, *own = arena_printf(&arena, "%s/own", folder).p,
		*far = arena_printf(&arena, "%s/far", own).p;
	CU_ASSERT_EQUAL(symlink(file, link), 0);
	CU_ASSERT_EQUAL(mkdir(own, 0700), 0);
	CU_ASSERT_EQUAL(symlink(file, far), 0);
	CU_ASSERT_EQUAL(load(NULL, link, NULL, "quotiza", CONNECTION_SETTINGS, &c, &e), 0);
	const char *const files[] = { file, link, far };
	char *parent = mem_copy(file);
	*strrchr(parent, '/') = '\0';
	CU_ASSERT_EQUAL(chmod(parent, 0777), 0);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		CU_ASSERT_EQUAL(load(NULL, files[i], NULL, "quotiza", CONNECTION_SETTINGS, &c, &e), -1);
		CU_ASSERT_EQUAL(e.class, ERR_CREDENTIALS);
		CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "has mode 0777, others may put another file in its place: chmod o-w "));
	}
	CU_ASSERT_EQUAL(chmod(parent, 01777), 0); /* as /tmp: none but its owner takes a file away */
	CU_ASSERT_EQUAL(load(NULL, file, NULL, "quotiza", CONNECTION_SETTINGS, &c, &e), 0);
	ASSERT_STR(c.account, "7");
	CU_ASSERT_EQUAL(chmod(parent, 0700), 0);
	free(parent);
	end();
}

static void passes_over_a_byte_order_mark_of_the_env_file(void)
{
	struct connection c;
	struct err e;
	const char *file = write_file("env", "\xef\xbb\xbfQUOTIZA_ACCOUNT_ID=\"\"\r\nQUOTIZA_ACCOUNT_ID=\"7\" #x\n", 0600);
	CU_ASSERT_EQUAL(load(NULL, file, NULL, "quotiza", CONNECTION_SETTINGS, &c, &e), 0);
	ASSERT_STR(c.account, "7");
	end();
}

static void refuses_an_env_file_that_others_may_read(void)
{
	static const unsigned modes[] = { 0644, 0640, 0660, 0604, 0602 };
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		const char *file = write_file("env", "QUOTIZA_API_TOKEN=" TOKEN "\n", modes[i]);
		struct connection c;
		struct err e;
		CU_ASSERT_EQUAL(chmod(file, modes[i]), 0);
		CU_ASSERT_EQUAL(load(NULL, file, NULL, "quotiza", CONNECTION_SETTINGS, &c, &e), -1);
		CU_ASSERT_EQUAL(e.class, ERR_CREDENTIALS);
		CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "chmod 600"));
	}
	end();
}

static void shows_nothing_of_a_wrong_line_of_the_env_file(void)
{
	static const char *const lines[] = { "\nsecret stuff\n", "\n=secret\n", "\nA B=secret\n", "\nA=\"secret\n",
		"\nA='secret' more\n", "\n  export\n", "\nA=\"\n" };
	static const unsigned columns[] = { 1, 1, 1, 3, 12, 3, 3 };
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct connection c;
		struct err e;
		CU_ASSERT_EQUAL(load(NULL, write_file("env", lines[i], 0600), NULL, "quotiza", CONNECTION_SETTINGS, &c, &e), -1);
		CU_ASSERT_EQUAL(e.class, ERR_CREDENTIALS);
		CU_ASSERT_EQUAL(e.line, 2);
		CU_ASSERT_EQUAL(e.col, columns[i]);
		CU_ASSERT_PTR_NULL(strstr(e.message, "secret"));
	}
	end();
}

static void reads_every_key_of_the_config(void)
{
	struct connection c;
	struct err e;
	const char *file = write_file("qonduit.json",
		"{\"$comment\":\"x\",\"quotiza\":{\"base_url\":\"https://quotiza.test:8443/v2/\",\"account_id\":\"42\",\"ca_file\":\"/ca.pem\",\"limits\":["
		"{\"path\":\"/products/import\",\"requests\":7,\"per_ms\":1000,\"scope\":\"account\"},{\"requests\":9,\"per_ms\":2000}],"
		"\"connect_timeout_ms\":1,\"timeout_ms\":2,\"retries\":0,\"backoff_ms\":4,\"backoff_max_ms\":5,\"concurrency\":6,\"poll_ms\":7,"
		"\"poll_max_ms\":8,\"job_timeout_ms\":9,\"download_max_mib\":10},\"marketplace\":{\"concurrency\":16}}",
		0600);
	CU_ASSERT_EQUAL(load(file, NULL, NULL, "quotiza", CONNECTION_SETTINGS, &c, &e), 0);
	CU_ASSERT_STRING_EQUAL(c.base_url, "https://quotiza.test:8443/v2");
	CU_ASSERT_STRING_EQUAL(c.ca_file, "/ca.pem");
	ASSERT_STR(c.account, "42");
	CU_ASSERT_EQUAL_FATAL(c.limit_count, 2);
	ASSERT_STR(c.limits[0].path, "/products/import");
	CU_ASSERT_TRUE(c.limits[0].per_account && c.limits[0].requests == 7 && c.limits[0].per_ms == 1000);
	CU_ASSERT_TRUE(!c.limits[1].per_account && c.limits[1].path.n == 0 && c.limits[1].requests == 9);
	CU_ASSERT_EQUAL(c.connect_timeout_ms * 100 + c.timeout_ms * 10 + c.retries, 120);
	CU_ASSERT_EQUAL(c.backoff_ms * 100 + c.backoff_max_ms * 10 + c.concurrency, 456);
	CU_ASSERT_EQUAL(c.poll_ms * 100 + c.poll_max_ms * 10 + c.job_timeout_ms, 789);
	CU_ASSERT_EQUAL(c.download_max_mib, 10);
	CU_ASSERT_EQUAL(load(file, NULL, NULL, "marketplace", CONNECTION_SETTINGS, &c, &e), 0);
	CU_ASSERT_EQUAL(c.concurrency, 16);
	CU_ASSERT_PTR_NULL(c.base_url);
	end();
}

static void refuses_a_wrong_config_by_its_place(void)
{
	static const struct { const char *text, *says; uint32_t line, col;
	} table[] = {
		{ "{\"quotiza\":\n {\"retires\":3}}", "did you mean \"retries\"", 2, 3 },
		{ "{\"quotisa\":{}}", "did you mean \"quotiza\"", 1, 2 },
		{ "{\"retries\":3}", "unknown key \"retries\", expected one of ", 1, 2 },
		{ "{\"quotiza\":{\"timeout\":3}}", "did you mean \"timeout_ms\"", 1, 13 },
		{ "{\"quotiza\":{\"t\":3}}", "unknown key \"t\", expected one of base_url, account_id, ", 1, 13 },
		{ "{\"quotiza\":{\"\":3}}", "unknown key \"\", expected one of base_url, ", 1, 13 },
		{ "{\"quotiza\":{\"limits\":[{\"request\":5,\"per_ms\":1}]}}", "did you mean \"requests\"", 1, 24 },
		{ "{\"marketplace\":{\"api_token\":\"abc\"}}", "MARKETPLACE_API_TOKEN", 1, 17 },
		{ "{\"quotiza\":{\"token\":\"abc\"}}", "looks like a secret", 1, 13 },
		{ "{\"quotiza\":{\"retries\":-1}}", "from 0 to 100", 1, 23 },
		{ "{\"quotiza\":{\"retries\":1.5}}", "1.5", 1, 23 },
		{ "{\"quotiza\":{\"timeout_ms\":\"60\"}}", "a string", 1, 26 },
		{ "{\"quotiza\":{\"limits\":{}}}", "a list of limits", 1, 22 },
		{ "{\"quotiza\":{\"limits\":[{\"requests\":5}]}}", "no \"per_ms\"", 1, 23 },
		{ "{\"quotiza\":{\"limits\":[{\"path\":\"products/import\",\"requests\":5,\"per_ms\":1}]}}",
			"\"path\" is \"products/import\", expected the start of an endpoint's path", 1, 31 },
		{ "{\"quotiza\":{\"limits\":[{\"requests\":5,\"per_ms\":1,\"scope\":\"host\"}]}}", "expected \"ip\" or \"account\"",
			1, 56 },
		{ "{\"quotiza\":{\"base_url\":\"http://quotiza.test\"}}", "https", 1, 24 },
		{ "{\"quotiza\":[]}", "expected an object", 1, 12 },
		{ "{\"quarticon\":{\"account_id\":\"1\"}}", "knows no account", 1, 15 },
		{ "[]", "expected an object", 1, 1 },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct connection c;
		struct err e;
		CU_ASSERT_EQUAL(
			load(write_file("qonduit.json", table[i].text, 0600), NULL, NULL, "quotiza", CONNECTION_SETTINGS, &c, &e), -1);
		CU_ASSERT_EQUAL(e.class, ERR_USAGE);
		CU_ASSERT_PTR_NOT_NULL(strstr(e.message, table[i].says));
		CU_ASSERT_EQUAL(e.line, table[i].line);
		CU_ASSERT_EQUAL(e.col, table[i].col);
		CU_ASSERT_PTR_NULL(strstr(e.message, "abc"));
	}
	struct connection c;
	struct err e;
	CU_ASSERT_EQUAL(load("/nowhere/qonduit.json", NULL, NULL, "quotiza", CONNECTION_SETTINGS, &c, &e), -1);
	CU_ASSERT_EQUAL(e.class, ERR_USAGE);
	end();
}

static void takes_only_addresses_that_keep_a_token_safe(void)
{
	static const struct { const char *text, *base, *host; } good[] = {
		{ "https://app.quotiza.com/api/v1/", "https://app.quotiza.com/api/v1", "app.quotiza.com" },
		{ "https://APP.Quotiza.com:443", "https://app.quotiza.com", "app.quotiza.com" },
		{ "http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x", "127.0.0.1:8080" },
		{ "http://localhost", "http://localhost", "localhost" },
		{ "http://[::1]:81", "http://[::1]:81", "[::1]:81" },
	};
	static const char *const bad[] = { "", "app.quotiza.com", "ftp://app.quotiza.com", "file:///etc",
		"http://app.quotiza.com", "http://127.0.0.1.evil.test", "http://localhost.evil.test", "http://10.0.0.1",
		"https://user:pw@app.quotiza.com", "http://localhost@evil.test", "https://app.quotiza.com.com/api/v1",
		"https://app.quotiza.com:0", "https://app.quotiza.com:99999", "https://app.quotiza.com:80x", "https://", "https:///x",
		"https://a b", "https://a/b?c=d", "https://a/#x", "https://a/../b", "https://a/%2E%2e/b", "https://a/b/.", "https://[::1]x", "https://ev\xc3\xadl.test",
		"https://a\nb", "http://127.1" };
	struct address a;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct err e = { 0 };
		CU_ASSERT_EQUAL(address_parse(str_of(good[i].text), "https://app.quotiza.com/api/v1", &arena, &a, &e), 0);
		CU_ASSERT_STRING_EQUAL(a.base, good[i].base);
		CU_ASSERT_STRING_EQUAL(a.host, good[i].host);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e = { 0 };
		CU_ASSERT_EQUAL(address_parse(str_of(bad[i]), "https://app.quotiza.com/api/v1", &arena, &a, &e), -1);
		CU_ASSERT_EQUAL(e.class, ERR_USAGE);
	}
	end();
}

static void puts_the_token_into_the_header_that_the_config_names(void)
{
	static const char *const env[] = { "MARKETPLACE_API_TOKEN=" TOKEN, "MARKETPLACE_BASE_URL=https://shop.example/api", NULL };
	static const struct { const char *config, *header; } good[] = {
		{ "{}", "Authorization: Bearer " TOKEN },
		{ "{\"marketplace\":{\"auth_header\":\"Authentication: Bearer\"}}", "Authentication: Bearer " TOKEN },
		{ "{\"marketplace\":{\"auth_header\":\"Authentication:Token  \"}}", "Authentication: Token " TOKEN },
		{ "{\"marketplace\":{\"auth_header\":\"x-token:\"}}", "x-token: " TOKEN },
		{ "{\"quarticon\":{\"auth_header\":\"x-token:\"}}", "Authorization: Bearer " TOKEN },
	};
	static const char *const bad[] = { "Authentication", ": Bearer", "x token:", "x-token: a b", "x:\\r\\nEvil: 1", "Host:",
		"content-length:", "Transfer-Encoding: chunked", "x: a\\u0001", "x\\u00e9:", "x: y:z" };
	struct connection c;
	struct err e;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		const char *file = write_file("good.json", good[i].config, 0600);
		CU_ASSERT_EQUAL_FATAL(load(file, NULL, env, "marketplace", CONNECTION_READY, &c, &e), 0);
		CU_ASSERT_STRING_EQUAL(c.header, good[i].header);
		if (str_starts(str_of(c.header), STR("Authorization:")))
			CU_ASSERT_STRING_EQUAL_FATAL(c.read_header, "Authentication: Bearer " TOKEN);
		CU_ASSERT_EQUAL(c.read_header != NULL, str_starts(str_of(c.header), STR("Authorization:")));
		CU_ASSERT_EQUAL(c.concurrency, 8);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const char *text = arena_printf(&arena, "{\"marketplace\":{\"auth_header\":\"%s\"}}", bad[i]).p;
		CU_ASSERT_EQUAL(load(write_file("bad.json", text, 0600), NULL, env, "marketplace", CONNECTION_READY, &c, &e), -1);
		CU_ASSERT_EQUAL(e.class, ERR_USAGE);
		CU_ASSERT_STRING_EQUAL(e.code, "config.auth_header");
		CU_ASSERT_EQUAL(e.col, 31);
	}
	end();
}

static void is_ready_with_a_login_alone(void)
{
	static const char *const user[] = { "QOGITA_EMAIL=a@b.example", NULL };
	static const char *const login[] = { "QOGITA_EMAIL=a@b.example", "QOGITA_PASSWORD=secret-word-9", NULL };
	static const char *const token[] = { "QOGITA_EMAIL=a@b.example", "QOGITA_PASSWORD=secret-word-9", "QOGITA_API_KEY=" TOKEN,
		NULL };
	struct connection c;
	struct err e;
	CU_ASSERT_EQUAL(load(NULL, NULL, login, "qogita", CONNECTION_READY, &c, &e), 0);
	CU_ASSERT_STRING_EQUAL(c.user, "a@b.example");
	CU_ASSERT_STRING_EQUAL(c.password, "secret-word-9");
	CU_ASSERT_PTR_NULL(c.header);
	CU_ASSERT_EQUAL(connection_set_token(&c, &arena, STR(TOKEN), &e), 0);
	CU_ASSERT_STRING_EQUAL(c.header, "Authorization: Bearer " TOKEN);
	CU_ASSERT_EQUAL(connection_set_token(&c, &arena, STR("new\r\nX-Evil: 1"), &e), -1);
	CU_ASSERT_EQUAL(e.class, ERR_CREDENTIALS);
	CU_ASSERT_PTR_NULL(strstr(e.message, "Evil"));
	CU_ASSERT_STRING_EQUAL(c.header, "Authorization: Bearer " TOKEN);
	CU_ASSERT_EQUAL(load(NULL, NULL, user, "qogita", CONNECTION_READY, &c, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "the password of qogita is missing: give it as QOGITA_PASSWORD"));
	CU_ASSERT_EQUAL(load(NULL, NULL, NULL, "qogita", CONNECTION_READY, &c, &e), -1);
	CU_ASSERT_EQUAL(e.class, ERR_CREDENTIALS);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "QOGITA_EMAIL and QOGITA_PASSWORD, or a token that is ready as QOGITA_API_KEY"));
	CU_ASSERT_EQUAL(load(NULL, NULL, token, "qogita", CONNECTION_READY, &c, &e), 0);
	CU_ASSERT_STRING_EQUAL(c.header, "Authorization: Bearer " TOKEN);
	end();
}

static void takes_the_facts_of_a_system_that_was_added(void)
{
	static const char text[] = "{\"qonduit_system\":1,\"system\":\"my-shop\",\"title\":\"T\",\"account\":true,"
		"\"auth_header\":\"x-key:\",\"base_url\":\"https://shop.example/api/\",\"concurrency\":3,"
		"\"limits\":[{\"path\":\"/a\",\"requests\":2,\"per_ms\":1000,\"scope\":\"account\"}]}";
	static const char *const env[] = { "MY_SHOP_API_TOKEN=" TOKEN, "MY_SHOP_ACCOUNT_ID=7", NULL };
	struct system shop, open_one = { .name = STR("open"), .base_variable = STR("OPEN_BASE_URL"), .anonymous = true,
		.base_url = STR("https://open.example"), .auth_header = STR(""), .concurrency = 1 };
	const struct system *all[] = { &shop, &open_one };
	const struct systems systems = { all, 2 };
	struct connection_files files = { write_file("c.json", "{\"my-shop\":{\"retries\":2}}", 0600),
		write_file("c.env", "", 0600), variables_get, &systems };
	struct faults faults;
	struct connection c;
	struct err e = { 0 };
	faults_init(&faults, &arena);
	CU_ASSERT_EQUAL_FATAL(system_read(STR(text), "shop.json", &arena, &shop, &faults), 0);
	variables_set(env);
	CU_ASSERT_EQUAL(connection_load(&files, STR("my-shop"), CONNECTION_READY, &arena, &c, &e), 0);
	CU_ASSERT_PTR_EQUAL(c.of, &shop);
	CU_ASSERT_STRING_EQUAL(c.base_url, "https://shop.example/api");
	CU_ASSERT_STRING_EQUAL(c.header, "x-key: " TOKEN);
	ASSERT_STR(c.account, "7");
	CU_ASSERT_EQUAL(c.retries, 2);
	CU_ASSERT_EQUAL(c.concurrency, 3);
	CU_ASSERT_EQUAL(c.limit_count, 1);
	CU_ASSERT(c.limits[0].per_account && c.limits[0].requests == 2 && c.limits[0].per_ms == 1000);
	variables_set(NULL);
	CU_ASSERT_EQUAL(connection_load(&files, STR("my-shop"), CONNECTION_READY, &arena, &c, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "MY_SHOP_API_TOKEN"));
	err_clear(&e);
	CU_ASSERT_EQUAL(connection_load(&files, STR("open"), CONNECTION_READY, &arena, &c, &e), 0);
	CU_ASSERT_PTR_NULL(c.header);
	CU_ASSERT_EQUAL(connection_load(&files, STR("quotiza"), CONNECTION_READY, &arena, &c, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "expected my-shop or open"));
	err_clear(&e);
	open_one.base_url = STR("ftp://open.example");
	CU_ASSERT_EQUAL(connection_load(&files, STR("open"), CONNECTION_READY, &arena, &c, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "expected https:// (the base_url of open)"));
	end();
}

static void encodes_what_goes_into_an_address(void)
{
	const struct connection c = { .base_url = "https://h/v1" };
	const struct connection_pair pairs[] = { { STR("account_id"), STR("1") },
		{ STR("job_id"), STR("a/b?c&d=e#f %\n\xc3\xa9") }, { { 0 }, { 0 } } };
	CU_ASSERT_STRING_EQUAL(connection_url(&c, STR("/p"), pairs, &arena),
		"https://h/v1/p?account_id=1&job_id=a%2Fb%3Fc%26d%3De%23f%20%25%0A%C3%A9");
	CU_ASSERT_STRING_EQUAL(connection_url(&c, STR("/p"), NULL, &arena), "https://h/v1/p");
	end();
}

UNIT_SUITE(connection, UNIT(knows_the_documented_settings), UNIT(masks_every_secret_it_has_read),
	UNIT(names_the_credentials_that_are_missing), UNIT(refuses_tokens_that_are_not_fit_for_a_header),
	UNIT(reads_the_env_file_and_lets_the_environment_win), UNIT(refuses_an_env_file_that_others_may_read),
	UNIT(the_config_file_overrides_the_environment_but_for_secrets), UNIT(names_a_misspelt_variable_of_the_env_file),
	UNIT(refuses_an_env_file_that_others_may_replace), UNIT(passes_over_a_byte_order_mark_of_the_env_file),
	UNIT(shows_nothing_of_a_wrong_line_of_the_env_file), UNIT(reads_every_key_of_the_config),
	UNIT(refuses_a_wrong_config_by_its_place), UNIT(takes_only_addresses_that_keep_a_token_safe),
	UNIT(puts_the_token_into_the_header_that_the_config_names), UNIT(is_ready_with_a_login_alone),
	UNIT(takes_the_facts_of_a_system_that_was_added),
	UNIT(encodes_what_goes_into_an_address))
