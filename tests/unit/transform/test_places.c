#include "unit.h"

#include <stdio.h>

#include "qonduit/places.h"

static struct str place_of(const struct places *p, uint64_t ordinal, struct arena *a)
{
	struct str found;
	struct err e = { 0 };
	CU_ASSERT_EQUAL(places_find(p, ordinal, a, &found, &e), 0);
	return found;
}

static const char *nth(uint64_t ordinal)
{
	static char text[600];
	snprintf(text, sizeof text, "/orders/%llu/%0*d", (unsigned long long)ordinal, (int)(ordinal % 500) + 1, 0);
	return text;
}

static void places_are_found_again_wherever_they_are(void)
{
	struct err e = { 0 };
	struct arena a;
	struct places *p = places_new(&e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	arena_init(&a, 0);
	ASSERT_STR(place_of(p, 5, &a), "");
	for (uint64_t i = 1; i <= 5000; i++) { /* more than a megabyte, some of it not written yet */
		if (i % 700 != 0)
			CU_ASSERT_EQUAL_FATAL(places_add(p, i, str_of(nth(i)), &e), 0);
		uint64_t earlier = i / 2 % 700 ? i / 2 : 1;
		ASSERT_STR(place_of(p, earlier, &a), nth(earlier));
		arena_clear(&a);
	}
	for (uint64_t i = 1; i <= 5000; i++) {
		ASSERT_STR(place_of(p, i, &a), i % 700 ? nth(i) : "");
		arena_clear(&a);
	}
	ASSERT_STR(place_of(p, 0, &a), "");
	ASSERT_STR(place_of(p, 5001, &a), "");
	CU_ASSERT_EQUAL(places_add(p, 1ull << 39, STR("far"), &e), 0);
	ASSERT_STR(place_of(p, 1ull << 39, &a), "far");
	ASSERT_STR(place_of(p, (1ull << 39) - 1, &a), "");
	arena_release(&a);
	places_free(p);
}

UNIT_SUITE(places, UNIT(places_are_found_again_wherever_they_are))
