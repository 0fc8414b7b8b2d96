#include "qonduit/http_date.h"

#include "unit.h"

#define NOW 1795284600000 /* 2026-11-21T18:10:00Z */

static void reads_three_forms(void)
{
	int64_t ms;
	CU_ASSERT_TRUE(http_date_parse(STR("Thu, 01 Jan 1970 00:00:00 GMT"), NOW, &ms) && ms == 0);
	CU_ASSERT_TRUE(http_date_parse(STR("Sun, 06 Nov 1994 08:49:37 GMT"), NOW, &ms) && ms == 784111777000);
	CU_ASSERT_TRUE(http_date_parse(STR("Sunday, 06-Nov-94 08:49:37 GMT"), NOW, &ms) && ms == 784111777000);
	CU_ASSERT_TRUE(http_date_parse(STR("Sun Nov  6 08:49:37 1994"), NOW, &ms) && ms == 784111777000);
	CU_ASSERT_TRUE(http_date_parse(STR("Thu, 29 Feb 2024 12:00:00 GMT"), NOW, &ms) && ms == 1709208000000);
	CU_ASSERT_FALSE(http_date_parse(STR("Sun, 06 Nov 1994 08:49:37 GMT and more"), NOW, &ms));
}

static void two_digits_are_a_year_that_is_not_far_ahead(void)
{
	int64_t ms;
	CU_ASSERT_TRUE(http_date_parse(STR("Friday, 01-Jan-99 00:00:00 GMT"), NOW, &ms) && ms == 915148800000);
	CU_ASSERT_TRUE(http_date_parse(STR("Wednesday, 01-Jan-76 00:00:00 GMT"), NOW, &ms) && ms == 3345062400000);
	CU_ASSERT_TRUE(http_date_parse(STR("Saturday, 01-Jan-77 00:00:00 GMT"), NOW, &ms) && ms == 220924800000);
	CU_ASSERT_TRUE(http_date_parse(STR("Saturday, 01-Jan-00 00:00:00 GMT"), NOW, &ms) && ms == 946684800000);
}

static void what_is_no_date_is_refused(void)
{
	static const char *const none[] = {
		"", " ", "Sun", "Sun,", "06 Nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
		"sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
		"Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 94 08:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT",
		"Sun, 06-Nov-94 08:49:37 GMT", "Sun Nov 6 08:49:37 1994", "Sun Nov  6 08:49:37 94",
		"Sun Nov  6 08:49:37 1994 GMT", "Sun, 06 Nov 1994 08:49:3\xc3\xa9 GMT", "\xff",
	};
	int64_t ms;
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		CU_ASSERT_FALSE(http_date_parse(str_of(none[i]), NOW, &ms));
	CU_ASSERT_FALSE(http_date_parse((struct str){ 0 }, NOW, &ms));
	CU_ASSERT_FALSE(http_date_parse(STR("Sun, 06 Nov 1994 08:49:37 GMT\0"), NOW, &ms));
}

/* Every beginning of a date is none. */
static void a_date_that_is_cut_is_none(void)
{
	static const char *const dates[] = { "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994" };
	int64_t ms;
	for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
		for (size_t n = 0; n < strlen(dates[i]); n++)
			CU_ASSERT_FALSE(http_date_parse((struct str){ dates[i], n }, NOW, &ms));
	}
}

static void a_leap_second_is_one_more(void)
{
	int64_t ms;
	CU_ASSERT_TRUE(http_date_parse(STR("Sat, 31 Dec 2016 23:59:60 GMT"), NOW, &ms) && ms == 1483228800000);
}

UNIT_SUITE(http_date, UNIT(reads_three_forms), UNIT(two_digits_are_a_year_that_is_not_far_ahead),
	UNIT(what_is_no_date_is_refused), UNIT(a_date_that_is_cut_is_none), UNIT(a_leap_second_is_one_more))
