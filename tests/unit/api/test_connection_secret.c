#include <sys/stat.h>
#include <unistd.h>

#include "qonduit/connection.h"
#include "qonduit/io.h"
#include "qonduit/log.h"
#include "unit.h"
#include "variables.h"

#define SECRET "from-a-file-0123"

static struct arena arena;
static const char *folder;   /* of this test */

static const char *path_of(const char *name)
{
	return arena_printf(&arena, "%s/%s", folder, name).p;
}

static const char *put(const char *name, struct str text, unsigned mode)
{
	struct err e = { 0 };
	CU_ASSERT_EQUAL_FATAL(io_replace_file(path_of(name), text, mode, &e), 0);
	return path_of(name);
}

/* "NAME=VALUE" */
static const char *set(const char *name, const char *value)
{
	return arena_printf(&arena, "%s=%s", name, value).p;
}

static int load(const char *const *env, const char *env_file, struct connection *c, struct err *e)
{
	struct connection_files files = { put("c.json", STR("{}"), 0600), put("c.env", str_of(env_file), 0600),
		variables_get, NULL };
	variables_set(env);
	*e = (struct err){ 0 };
	return connection_load(&files, STR("qogita"), CONNECTION_READY, &arena, c, e);
}

static void begin(void)
{
	folder = unit_folder();
}

static void end(void)
{
	log_release();
	arena_release(&arena);
}

static void reads_a_secret_from_the_file_that_a_variable_names(void)
{
	static const char *const contents[] = { SECRET, SECRET "\n", SECRET "\r\n", "\n " SECRET " \n\n" };
	begin();
	for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
		const char *const env[] = { set("QOGITA_API_KEY_FILE", put("token", str_of(contents[i]), 0400)), NULL };
		struct connection c;
		struct err e;
		struct buf shown = { 0 };
		CU_ASSERT_EQUAL(load(env, "", &c, &e), 0);
		CU_ASSERT_STRING_EQUAL(c.header, "Authorization: Bearer " SECRET);
		log_mask(STR("a " SECRET " b"), &shown);
		ASSERT_STR(buf_str(&shown), "a *** b");
		buf_release(&shown);
	}
	end();
}

static void takes_the_first_place_that_has_it(void)
{
	begin();
	put("QOGITA_API_KEY", STR("third\n"), 0400);
	const char *named = set("QOGITA_API_KEY_FILE", put("second", STR("second"), 0600)), *given =
		set("CREDENTIALS_DIRECTORY", folder);
	const char *const all[] = { "QOGITA_API_KEY=first", named, given, NULL };
	const char *const wanted[] = { "Authorization: Bearer first", "Authorization: Bearer second",
		"Authorization: Bearer third", "Authorization: Bearer fourth" };
	for (size_t i = 0; i < 4; i++) {
		struct connection c;
		struct err e;
		CU_ASSERT_EQUAL(load(all + i, "QOGITA_API_KEY=fourth\n", &c, &e), 0);
		CU_ASSERT_STRING_EQUAL(c.header, wanted[i]);
	}
	struct connection c;
	struct err e;
	const char *text = arena_printf(&arena, "QOGITA_API_KEY_FILE=%s/second\n", folder).p;
	CU_ASSERT_EQUAL(load(NULL, text, &c, &e), 0);
	CU_ASSERT_STRING_EQUAL(c.header, wanted[1]);
	const char *const empty[] = { "QOGITA_API_KEY=", "QOGITA_API_KEY_FILE=", "CREDENTIALS_DIRECTORY=", NULL };
	CU_ASSERT_EQUAL(load(empty, "QOGITA_API_KEY=fourth\n", &c, &e), 0);
	CU_ASSERT_STRING_EQUAL(c.header, wanted[3]);
	end();
}

static void takes_a_login_from_files_too(void)
{
	begin();
	put("QOGITA_EMAIL", STR("a@b.example\n"), 0444);
	put("QOGITA_PASSWORD", STR("p\xc3\xa4ss w\xc3\xb6rd\n"), 0444);
	const char *const env[] = { set("CREDENTIALS_DIRECTORY", folder), NULL };
	struct connection c;
	struct err e;
	CU_ASSERT_EQUAL(load(env, "", &c, &e), 0);
	CU_ASSERT_STRING_EQUAL(c.user, "a@b.example");
	CU_ASSERT_STRING_EQUAL(c.password, "p\xc3\xa4ss w\xc3\xb6rd");
	end();
}

static void refuses_files_that_others_may_read(void)
{
	static const unsigned modes[] = { 0640, 0604, 0620, 0660, 0444 };
	begin();
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		const char *path = put("token", STR(SECRET), 0600), *inside = set("CREDENTIALS_DIRECTORY", folder);
		CU_ASSERT_EQUAL(chmod(path, modes[i]), 0);
		const char *const env[] = { set("QOGITA_API_KEY_FILE", path), NULL };
		const char *const trusted[] = { env[0], inside, NULL };
		const char *const outside[] = { env[0], arena_printf(&arena, "%s/tok", inside).p, NULL };
		struct connection c;
		struct err e;
		CU_ASSERT_EQUAL(load(env, "", &c, &e), -1);
		CU_ASSERT_EQUAL(e.class, ERR_CREDENTIALS);
		CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "the file of QOGITA_API_KEY_FILE has mode"));
		CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "chmod 600"));
		CU_ASSERT_STRING_EQUAL(e.file, path);
		CU_ASSERT_EQUAL(load(trusted, "", &c, &e), 0);
		CU_ASSERT_EQUAL(load(outside, "", &c, &e), -1);
	}
	end();
}

static void refuses_files_that_hold_no_single_line(void)
{
	static const struct str contents[] = { { "", 0 }, { " \n", 2 }, { "one-line\nX-Evil: 1", 18 }, { "one-line\rX-Evil", 15 },
		{ "a\0b", 3 } };
	begin();
	for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
		const char *const env[] = { set("QOGITA_API_KEY_FILE", put("token", contents[i], 0600)), NULL };
		struct connection c;
		struct err e;
		CU_ASSERT_EQUAL(load(env, "QOGITA_API_KEY=" SECRET "\n", &c, &e), -1);
		CU_ASSERT_EQUAL(e.class, ERR_CREDENTIALS);
		CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "QOGITA_API_KEY_FILE"));
		CU_ASSERT_PTR_NULL(strstr(e.message, "one-line"));
		CU_ASSERT_PTR_NULL(strstr(e.message, "Evil"));
	}
	char *much = arena_zalloc(&arena, 70000);
	memset(much, 'x', 70000);
	const char *const large[] = { set("QOGITA_API_KEY_FILE", put("token", (struct str){ much, 70000 }, 0600)), NULL };
	struct connection c;
	struct err e;
	CU_ASSERT_EQUAL(load(large, "", &c, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "longer than 65536 bytes"));
	end();
}

static void names_files_that_cannot_be_read(void)
{
	begin();
	const char *const missing[] = { set("QOGITA_API_KEY_FILE", path_of("nowhere")), NULL };
	const char *const a_folder[] = { set("QOGITA_API_KEY_FILE", folder), NULL };
	const char *const no_credential[] = { set("CREDENTIALS_DIRECTORY", path_of("nowhere")), "QOGITA_API_KEY=t", NULL };
	struct connection c;
	struct err e;
	CU_ASSERT_EQUAL(load(missing, "QOGITA_API_KEY=" SECRET, &c, &e), -1);
	CU_ASSERT_EQUAL(e.class, ERR_CREDENTIALS);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "the file of QOGITA_API_KEY_FILE cannot be opened"));
	CU_ASSERT_EQUAL(load(a_folder, "", &c, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "names a folder"));
	CU_ASSERT_EQUAL(load(no_credential, "", &c, &e), 0);
	end();
}

static void refuses_control_characters_in_a_password(void)
{
	static const char *const passwords[] = { "QOGITA_PASSWORD=secret\nmore", "QOGITA_PASSWORD=secret\x7f", "QOGITA_PASSWORD=secret\xff" };
	begin();
	for (size_t i = 0; i < sizeof passwords / sizeof *passwords; i++) {
		const char *const env[] = { "QOGITA_EMAIL=a@b.example", passwords[i], NULL };
		struct connection c;
		struct err e;
		CU_ASSERT_EQUAL(load(env, "", &c, &e), -1);
		CU_ASSERT_EQUAL(e.class, ERR_CREDENTIALS);
		CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "QOGITA_PASSWORD holds the byte"));
		CU_ASSERT_PTR_NULL(strstr(e.message, "secret"));
	}
	end();
}

UNIT_SUITE(connection_secret, UNIT(reads_a_secret_from_the_file_that_a_variable_names),
	UNIT(takes_the_first_place_that_has_it), UNIT(takes_a_login_from_files_too),
	UNIT(refuses_files_that_others_may_read), UNIT(refuses_files_that_hold_no_single_line),
	UNIT(names_files_that_cannot_be_read), UNIT(refuses_control_characters_in_a_password))
