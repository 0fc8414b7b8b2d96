#include "unit.h"

#include <stdlib.h>
#include <time.h>

#include "qonduit/io.h"
#include "qonduit/zone.h"

static const char *const names[] = { "Europe/Warsaw", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo",
	"Africa/Casablanca", "Europe/Dublin", "Pacific/Chatham", "Asia/Tehran", "UTC" };

/* What the C library says, which reads the same database. */
static int32_t expected_offset(int64_t t)
{
	time_t at = (time_t)t;
	struct tm tm;
	localtime_r(&at, &tm);
	return (int32_t)tm.tm_gmtoff;
}

static void compare_with_c_library(const char *name)
{
	const struct zone *z = zone_get(name);
	size_t differences = 0;
	CU_ASSERT_PTR_NOT_NULL_FATAL(z);
	setenv("TZ", name, 1);
	tzset();
	/* from 1900 to 2100 in steps of a week less an hour */
	for (int64_t t = -2208988800; t < 4102444800; t += 601200)
		differences += zone_offset(z, t) != expected_offset(t);
	CU_ASSERT_EQUAL(differences, 0);
	unsetenv("TZ");
	tzset();
}

static void agrees_with_the_c_library(void)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		compare_with_c_library(names[i]);
}

static void finds_the_instant_of_a_wall_time(void)
{
	const struct zone *z = zone_get("Europe/Warsaw");
	size_t wrong = 0;
	for (int64_t t = 1700000000; t < 1900000000; t += 40009) {
		int64_t back;
		bool found = zone_instant(z, t + zone_offset(z, t), &back);
		wrong += !found || (back != t && back != t - 3600); /* an hour that comes twice */
	}
	CU_ASSERT_EQUAL(wrong, 0);
}

static void the_same_zone_is_read_once(void)
{
	CU_ASSERT_PTR_EQUAL(zone_get("Asia/Kolkata"), zone_get("Asia/Kolkata"));
	CU_ASSERT_PTR_NULL(zone_get("No/Such"));
	CU_ASSERT_PTR_NULL(zone_get("No/Such"));
}

/* The first byte that is cut off makes no zone of the rest, or one without its rule. */
static void a_cut_file_is_no_harm(void)
{
	struct arena a;
	struct str file;
	struct err e = { 0 };
	arena_init(&a, 0);
	CU_ASSERT_EQUAL_FATAL(io_read_file("/usr/share/zoneinfo/Europe/Warsaw", 1 << 20, &a, &file, &e), 0);
	CU_ASSERT_PTR_NOT_NULL(zone_read(file, &a));
	for (size_t n = 0; n < file.n; n++) {
		struct str copy = arena_copy(&a, str_head(file, n));
		struct zone *z = zone_read(copy, &a);
		if (z)
			zone_offset(z, 4102444800);
	}
	CU_ASSERT_PTR_NULL(zone_read(STR("TZif"), &a));
	CU_ASSERT_PTR_NULL(zone_read(str_head(file, file.n / 4), &a));
	arena_release(&a);
}

UNIT_SUITE(zone, UNIT(agrees_with_the_c_library), UNIT(finds_the_instant_of_a_wall_time), UNIT(the_same_zone_is_read_once),
	UNIT(a_cut_file_is_no_harm))
