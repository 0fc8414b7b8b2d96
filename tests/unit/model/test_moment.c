#include "unit.h"

#include "qonduit/moment.h"

static struct arena arena;

static const char *iso(const char *text, bool date_only)
{
	struct value v;
	if (!moment_parse_iso(str_of(text), date_only, &v))
		return "refused";
	return arena_copy(&arena, moment_print_iso(&arena, &v)).p;
}

static const char *form(const char *text, const char *f, bool date_only)
{
	struct value v;
	if (!moment_parse_form(str_of(text), f, date_only, &v))
		return "refused";
	return arena_copy(&arena, moment_print_iso(&arena, &v)).p;
}

static const char *placed(const char *text, const char *zone)
{
	struct value v;
	if (!moment_parse_iso(str_of(text), false, &v) || !moment_place(&v, zone))
		return "refused";
	return arena_copy(&arena, moment_print_iso(&arena, &v)).p;
}

#define ASSERT_IS(call, expected) ASSERT_STR(str_of(call), expected)

static void reads_iso_8601(void)
{
	ASSERT_IS(iso("2026-11-21", true), "2026-11-21");
	ASSERT_IS(iso("2026-11-21", false), "2026-11-21T00:00:00");
	ASSERT_IS(iso("2026-11-21T18:00", false), "2026-11-21T18:00:00");
	ASSERT_IS(iso("2026-11-21 18:00:07", false), "2026-11-21T18:00:07");
	ASSERT_IS(iso("2026-11-21T18:00:07Z", false), "2026-11-21T18:00:07Z");
	ASSERT_IS(iso("2026-11-21T18:00:07.5Z", false), "2026-11-21T18:00:07.500Z");
	ASSERT_IS(iso("2026-11-21T18:00:07.123456", false), "2026-11-21T18:00:07.123");
	ASSERT_IS(iso("2026-11-21T00:30:00+01:00", false), "2026-11-20T23:30:00Z");
	ASSERT_IS(iso("2026-11-21T18:00-0230", false), "2026-11-21T20:30:00Z");
	ASSERT_IS(iso("0001-01-01", true), "0001-01-01");
	ASSERT_IS(iso("9999-12-31T23:59:59Z", false), "9999-12-31T23:59:59Z");
	ASSERT_IS(iso("1969-12-31T23:59:59.999", false), "1969-12-31T23:59:59.999");
	arena_release(&arena);
}

static void refuses_days_and_times_that_do_not_exist(void)
{
	static const char *const wrong[] = { "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "2026-04-31", "0000-01-01", "2026-1-1",
		"2026-11-21T24:00:00", "2026-11-21T18:60", "2026-11-21T18:00:60", "2026-11-21T18", "2026-11-21T18:00:", "2026-11-21T18:00:00.",
		"2026-11-21x", "2026-11-21 ", "21.11.2026", "2026-11-21T18:00:00+1", "2026-11-21T18:00:00 +01:00", "", "today" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ASSERT_IS(iso(wrong[i], false), "refused");
	ASSERT_IS(iso("2024-02-29", true), "2024-02-29");
	arena_release(&arena);
}

static void a_date_has_no_time_of_day(void)
{
	ASSERT_IS(iso("2026-11-21T00:00:00", true), "2026-11-21");
	ASSERT_IS(iso("2026-11-21T00:00:00+01:00", true), "2026-11-21");
	ASSERT_IS(iso("2026-11-21T00:00:01", true), "refused");
	arena_release(&arena);
}

static void reads_unix_time(void)
{
	ASSERT_IS(iso("1795284000", false), "2026-11-21T18:00:00Z");
	ASSERT_IS(iso("1795284000123", false), "2026-11-21T18:00:00.123Z");
	ASSERT_IS(iso("1795219200", true), "2026-11-21");
	ASSERT_IS(iso("1795284000", true), "refused");
	ASSERT_IS(iso("20261121", false), "refused");
	ASSERT_IS(form("86400", "%s", false), "1970-01-02T00:00:00Z");
	arena_release(&arena);
}

static void reads_by_form(void)
{
	ASSERT_IS(form("21.11.2026", "%d.%m.%Y", true), "2026-11-21");
	ASSERT_IS(form("11/21/26 6:05 PM", "%m/%d/%y %I:%M %p", false), "2026-11-21T18:05:00");
	ASSERT_IS(form("21 Nov 2026", "%d %b %Y", true), "2026-11-21");
	ASSERT_IS(form("2026-11-21 18:00 +0100", "%Y-%m-%d %H:%M %z", false), "2026-11-21T17:00:00Z");
	ASSERT_IS(form("2026-11-21 18:00 UTC", "%Y-%m-%d %H:%M %Z", false), "2026-11-21T18:00:00Z");
	ASSERT_IS(form("18:00 GMT 2026-11-21", "%H:%M %Z %Y-%m-%d", false), "2026-11-21T18:00:00Z");
	ASSERT_IS(form("2026-09-24T13-28-40", "%Y-%m-%dT%H-%M-%S", false), "2026-09-24T13:28:40");
	ASSERT_IS(form("20261121", "%Y%m%d", true), "2026-11-21");
	arena_release(&arena);
}

static void a_form_must_fit_all_and_give_a_whole_date(void)
{
	ASSERT_IS(form("21.11.2026 ", "%d.%m.%Y", true), "refused");
	ASSERT_IS(form("21.11.2026x", "%d.%m.%Y", true), "refused");
	ASSERT_IS(form("29.02.2026", "%d.%m.%Y", true), "refused");
	ASSERT_IS(form("31.04.2026", "%d.%m.%Y", true), "refused");
	ASSERT_IS(form("2026", "%Y", true), "refused");
	ASSERT_IS(form("21.11.26", "%d.%m.%Y", true), "refused"); /* not the year 26 */
	ASSERT_IS(form("21.11.0026", "%d.%m.%Y", true), "refused");
	ASSERT_IS(form("21.11.1000", "%d.%m.%Y", true), "1000-11-21");
	ASSERT_IS(form("11.2026", "%m.%Y", true), "refused");
	ASSERT_IS(form("18:00", "%H:%M", false), "refused");
	ASSERT_IS(form("2026-11-21 18:00 CET", "%Y-%m-%d %H:%M %Z", false), "refused");
	ASSERT_IS(form("21.11.2026 18:00", "%d.%m.%Y %H:%M", true), "refused");
	ASSERT_IS(form("", "%d.%m.%Y", true), "refused");
	arena_release(&arena);
}

static void places_wall_times_in_zones(void)
{
	ASSERT_IS(placed("2026-11-21T18:00", "Europe/Warsaw"), "2026-11-21T17:00:00Z");
	ASSERT_IS(placed("2026-07-01T18:00:00.250", "Europe/Warsaw"), "2026-07-01T16:00:00.250Z");
	ASSERT_IS(placed("2026-07-01T18:00", "America/New_York"), "2026-07-01T22:00:00Z");
	ASSERT_IS(placed("2026-11-21T18:00", "UTC"), "2026-11-21T18:00:00Z");
	ASSERT_IS(placed("2026-11-21T18:00Z", "Europe/Warsaw"), "2026-11-21T18:00:00Z");
	arena_release(&arena);
}

static void knows_when_clocks_change(void)
{
	ASSERT_IS(placed("2026-03-29T01:59", "Europe/Warsaw"), "2026-03-29T00:59:00Z");
	ASSERT_IS(placed("2026-03-29T02:30", "Europe/Warsaw"), "refused");
	ASSERT_IS(placed("2026-03-29T03:00", "Europe/Warsaw"), "2026-03-29T01:00:00Z");
	ASSERT_IS(placed("2026-10-25T02:30", "Europe/Warsaw"), "2026-10-25T00:30:00Z"); /* the first of two */
	ASSERT_IS(placed("2026-10-25T03:00", "Europe/Warsaw"), "2026-10-25T02:00:00Z");
	arena_release(&arena);
}

static void knows_the_names_of_zones(void)
{
	CU_ASSERT_TRUE(moment_zone_known("Europe/Warsaw"));
	CU_ASSERT_FALSE(moment_zone_known("Europe/Nowhere"));
	CU_ASSERT_FALSE(moment_zone_known("../../etc/passwd"));
	CU_ASSERT_FALSE(moment_zone_known("/etc/localtime"));
	CU_ASSERT_FALSE(moment_zone_known("Europe"));
	CU_ASSERT_FALSE(moment_zone_known(""));
}

static void prints_by_form(void)
{
	struct value v;
	moment_parse_iso(STR("2026-11-21T18:05:07Z"), false, &v);
	ASSERT_STR(moment_print_form(&arena, &v, "%d.%m.%Y %H:%M"), "21.11.2026 18:05");
	ASSERT_STR(moment_print_form(&arena, &v, "%A, %-d %B %Y %Z %z"), "Saturday, 21 November 2026 UTC +0000");
	ASSERT_STR(moment_print_form(&arena, &v, ""), "");
	moment_parse_iso(STR("2026-11-21"), true, &v);
	ASSERT_STR(moment_print_form(&arena, &v, "%F%z%Z"), "2026-11-21");
	arena_release(&arena);
}

static void knows_which_forms_can_be_printed(void)
{
	char why[256] = "";
	CU_ASSERT_TRUE(moment_form_ok("%Y-%m-%d %% %-d %10Y %Ey", why));
	CU_ASSERT_FALSE(moment_form_ok("%Y %Q", why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "\"%Q\""));
	CU_ASSERT_FALSE(moment_form_ok("%s", why));
	CU_ASSERT_FALSE(moment_form_ok("%Y %", why));
	CU_ASSERT_FALSE(moment_form_ok("%100000000Y", why));
}

static void knows_which_forms_can_be_read(void)
{
	static const char *const right[] = { "%d.%m.%Y", "%Y-%m-%d %H:%M:%S", "%B %e, %Y", "%d/%m/%y", "%D %I:%M %p", "%Y-%m-%dT%H:%M:%S%z",
		"%F %T %Z", "%s", "on %F" };
	static const char *const wrong[] = { "", "%d.%m", "%H:%M", "%Q", "%Y", "plain", "%F %s", "%" };
	for (size_t i = 0; i < sizeof right / sizeof *right; i++)
		CU_ASSERT_TRUE(moment_form_reads(right[i], false));
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		CU_ASSERT_FALSE(moment_form_reads(wrong[i], false));
	CU_ASSERT_TRUE(moment_form_reads("%d.%m.%Y %H:%M", true));
	CU_ASSERT_TRUE(moment_form_reads("%s", true));
	CU_ASSERT_FALSE(moment_form_reads("%d.%m", true));
}

UNIT_SUITE(moment, UNIT(reads_iso_8601), UNIT(refuses_days_and_times_that_do_not_exist), UNIT(a_date_has_no_time_of_day),
	UNIT(reads_unix_time), UNIT(reads_by_form), UNIT(a_form_must_fit_all_and_give_a_whole_date), UNIT(places_wall_times_in_zones),
	UNIT(knows_when_clocks_change), UNIT(knows_the_names_of_zones), UNIT(prints_by_form), UNIT(knows_which_forms_can_be_printed),
	UNIT(knows_which_forms_can_be_read))
