#include "qonduit/fingerprint.h"

#include <stdio.h>

#include "unit.h"

/* Found by trying: both are 1732634329. */
#define ONE "Category 35211"
#define OTHER "Category 122663"

static struct str other;

static enum fingerprint_status add(struct fingerprints *f, const char *text, uint32_t *number)
{
	return fingerprints_add(f, str_of(text), number, &other);
}

static void is_the_same_number_everywhere(void)
{
	/* int(sha256(text)[:16], 16) % (2**31 - 1) + 1 */
	CU_ASSERT_EQUAL(fingerprint_of(STR("Fragrance")), 1789574042);
	CU_ASSERT_EQUAL(fingerprint_of(STR(ONE)), 1732634329);
	CU_ASSERT_EQUAL(fingerprint_of(STR(OTHER)), 1732634329);
	CU_ASSERT_NOT_EQUAL(fingerprint_of(STR("fragrance")), 1789574042);
	struct fingerprints *f = fingerprints_new();
	uint32_t number = 0;
	CU_ASSERT(add(f, "Fragrance", &number) == FINGERPRINT_OK && number == 1789574042);
	CU_ASSERT(add(f, "Fragrance", &number) == FINGERPRINT_OK && number == 1789574042);
	fingerprints_free(f);
	fingerprints_free(NULL);
}

static void tells_two_texts_of_one_number(void)
{
	struct fingerprints *f = fingerprints_new();
	uint32_t number;
	CU_ASSERT_EQUAL(add(f, ONE, &number), FINGERPRINT_OK);
	CU_ASSERT_EQUAL(add(f, OTHER, &number), FINGERPRINT_TAKEN);
	ASSERT_STR(other, ONE);
	CU_ASSERT_EQUAL(add(f, ONE, &number), FINGERPRINT_OK);
	CU_ASSERT_EQUAL(add(f, OTHER, &number), FINGERPRINT_TAKEN);
	fingerprints_free(f);
}

static void keeps_as_many_as_it_says_and_still_knows_them(void)
{
	struct fingerprints *f = fingerprints_new();
	uint32_t number;
	char text[32];
	int kept = 0, taken = 0;
	for (int i = 0; kept < FINGERPRINTS_MAX; i++) {
		snprintf(text, sizeof text, "name %d", i);
		enum fingerprint_status status = add(f, text, &number);
		kept += status == FINGERPRINT_OK;
		taken += status == FINGERPRINT_TAKEN;
		CU_ASSERT_NOT_EQUAL_FATAL(status, FINGERPRINT_FULL);
		CU_ASSERT(number >= 1 && number <= INT32_MAX);
	}
	CU_ASSERT(taken < 8);
	CU_ASSERT_EQUAL(add(f, "one more", &number), FINGERPRINT_FULL);
	CU_ASSERT_EQUAL(add(f, "name 0", &number), FINGERPRINT_OK);
	CU_ASSERT_EQUAL(add(f, "name 40000", &number), FINGERPRINT_OK);
	fingerprints_free(f);
}

static void long_texts_are_told_apart_by_all_that_they_are(void)
{
	static char text[100000];
	struct fingerprints *f = fingerprints_new();
	uint32_t one, two;
	memset(text, 'x', sizeof text);
	CU_ASSERT_EQUAL(fingerprints_add(f, (struct str){ text, sizeof text }, &one, &other), FINGERPRINT_OK);
	text[sizeof text - 1] = 'y';
	CU_ASSERT_EQUAL(fingerprints_add(f, (struct str){ text, sizeof text }, &two, &other), FINGERPRINT_OK);
	CU_ASSERT_NOT_EQUAL(one, two);
	fingerprints_free(f);
}

UNIT_SUITE(fingerprint, UNIT(is_the_same_number_everywhere), UNIT(tells_two_texts_of_one_number),
	UNIT(keeps_as_many_as_it_says_and_still_knows_them), UNIT(long_texts_are_told_apart_by_all_that_they_are))
