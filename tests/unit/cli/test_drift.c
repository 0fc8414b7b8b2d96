#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "qonduit/drift.h"
#include "qonduit/io.h"
#include "qonduit/log.h"
#include "unit.h"

#define DAY ((int64_t)86400000)
#define START 1795154400000 /* 2026-11-20 06:00 UTC */

static struct arena arena;
static const struct system shop = { .name = { "shop", 4 } };
static const struct resource catalog = { .name = { "catalog", 7 } };
static struct wanted wanted = { .text = { "shop:catalog?brand=X", 20 }, .system = &shop, .resource = &catalog,
	.format = RESOURCE_CSV };
static const char *state;

static void begin(void)
{
	arena_init(&arena, 0);
	state = unit_folder();
	wanted.format = RESOURCE_CSV;
	log_setup(LOG_LEVEL_ERROR, LOG_TEXT, false); /* warnings are told by the sentence */
}

static void end(void)
{
	log_setup(LOG_LEVEL_INFO, LOG_TEXT, false);
	arena_release(&arena);
}

/* A fetch that gives the fields, with commas between; the sentence, if any. */
static const char *after(const char *fields, int64_t at, const char *host)
{
	struct fetched got = { .fields = NULL };
	struct str *list = ARENA_ARRAY(&arena, 16, struct str), rest = str_of(fields), gone;
	struct drift d = { .state = state, .host = str_of(host), .wanted = &wanted, .now_ms = at, .arena = &arena };
	while (rest.n)
		list[got.field_count++] = str_cut(rest, ',', &rest);
	got.fields = list;
	drift_check(&d, &got, &gone);
	return gone.p ? gone.p : "";
}

static const char *memory(void)
{
	static char path[600];
	char command[600];
	snprintf(command, sizeof command, "ls %s/fields/", state);
	FILE *f = popen(command, "r");
	char name[200] = "";
	CU_ASSERT_PTR_NOT_NULL_FATAL(fgets(name, sizeof name, f));
	pclose(f);
	name[strcspn(name, "\n")] = '\0';
	snprintf(path, sizeof path, "%s/fields/%s", state, name);
	return path;
}

static void says_what_is_gone_and_until_when_it_was_there(void)
{
	begin();
	CU_ASSERT_STRING_EQUAL(after("GTIN,Name,Unit", START - DAY, "a"), "");
	CU_ASSERT_STRING_EQUAL(after("GTIN,Name,Unit", START, "a"), "");
	CU_ASSERT_STRING_EQUAL(after("GTIN,Unit", START + DAY, "a"), "\"Name\" was there until 2026-11-20 06:00 UTC");
	/* until it is back, and the nearest of what is new is named */
	CU_ASSERT_STRING_EQUAL(after("GTIN,Units,Names", START + 2 * DAY, "a"),
		"\"Unit\" was there until 2026-11-21 06:00 UTC, now there is \"Units\"; "
		"\"Name\" was there until 2026-11-20 06:00 UTC, now there is \"Names\"");
	CU_ASSERT_STRING_EQUAL(after("GTIN,Name,Unit", START + 3 * DAY, "a"),
		"\"Units\" was there until 2026-11-22 06:00 UTC; \"Names\" was there until 2026-11-22 06:00 UTC");
	end();
}

static void forgets_what_is_gone_for_long(void)
{
	begin();
	after("GTIN,Name", START, "a");
	CU_ASSERT_STRING_NOT_EQUAL(after("GTIN", START + 29 * DAY, "a"), "");
	CU_ASSERT_STRING_EQUAL(after("GTIN", START + 30 * DAY, "a"), "");
	end();
}

static void keeps_hosts_and_formats_apart(void)
{
	begin();
	after("GTIN,Name", START, "a");
	CU_ASSERT_STRING_EQUAL(after("GTIN", START, "b"), "");
	wanted.format = RESOURCE_JSON;
	CU_ASSERT_STRING_EQUAL(after("gtin", START, "a"), "");
	end();
}

static void says_nothing_of_a_reply_without_fields(void)
{
	begin();
	after("GTIN,Name", START, "a");
	CU_ASSERT_STRING_EQUAL(after("", START + DAY, "a"), "");
	CU_ASSERT_STRING_NOT_EQUAL(after("GTIN", START + DAY, "a"), "");
	end();
}

static void begins_anew_where_its_memory_is_damaged(void)
{
	static const char *const damaged[] = { "", "{", "[]", "{\"fields\":[{}]}",
		"{\"fields\":[{\"name\":\"x\",\"seen\":1e99}]}",
		"{\"fields\":[{\"name\":\"x\",\"seen\":-1}]}", "\xff", "{\"fields\":{\"name\":\"GTIN\"}}" };
	struct err e = { 0 };
	struct stat st;
	begin();
	for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
		after("GTIN,Name", START, "a");
		CU_ASSERT_EQUAL(io_replace_file(memory(), str_of(damaged[i]), 0600, &e), 0);
		CU_ASSERT_STRING_EQUAL(after("GTIN,Name", START + DAY, "a"), "");
		CU_ASSERT_STRING_EQUAL(after("GTIN", START + DAY, "a"), "\"Name\" was there until 2026-11-21 06:00 UTC");
	}
	CU_ASSERT_EQUAL(stat(memory(), &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	end();
}

static void remembers_no_field_that_is_not_text(void)
{
	begin();
	after("GTIN,\xff\xfe,Name", START, "a");
	CU_ASSERT_STRING_EQUAL(after("GTIN,Name", START + DAY, "a"), "");
	CU_ASSERT_STRING_EQUAL(after("GTIN,Name,Name", START + DAY, "a"), "");
	CU_ASSERT_STRING_EQUAL(after("\x1b[2J", START + 2 * DAY, "a"),
		"\"GTIN\" was there until 2026-11-21 06:00 UTC, now there is \"\\x1b[2J\"; "
		"\"Name\" was there until 2026-11-21 06:00 UTC, now there is \"\\x1b[2J\"");
	end();
}

static void stands_behind_an_error_of_a_missing_column_only(void)
{
	struct err header = { 0 }, other = { 0 };
	begin();
	err_set(&header, ERR_INPUT, "source.no_header", "none is it");
	err_set(&other, ERR_INPUT, "csv.unclosed_quote", "a quote");
	drift_tell(STR("\"Name\" was there until x"), &header);
	drift_tell(STR("\"Name\" was there until x"), &other);
	CU_ASSERT_STRING_EQUAL(header.message, "none is it; \"Name\" was there until x");
	CU_ASSERT_STRING_EQUAL(other.message, "a quote");
	/* a long error is cut for it, between characters */
	memset(header.message, 'x', sizeof header.message - 1);
	for (size_t i = 1370; i < 1390; i += 2)
		memcpy(header.message + i, "\xc3\xa9", 2);
	drift_tell(STR("gone for good"), &header);
	CU_ASSERT_TRUE(str_ends(str_of(header.message), STR("\xc3\xa9…; gone for good")));
	end();
}

UNIT_SUITE(drift, UNIT(says_what_is_gone_and_until_when_it_was_there), UNIT(forgets_what_is_gone_for_long),
	UNIT(keeps_hosts_and_formats_apart), UNIT(says_nothing_of_a_reply_without_fields),
	UNIT(begins_anew_where_its_memory_is_damaged), UNIT(remembers_no_field_that_is_not_text),
	UNIT(stands_behind_an_error_of_a_missing_column_only))
