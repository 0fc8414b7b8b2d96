#include "unit.h"

#include "qonduit/gtin.h"

static void reads(const char *text, bool number, const char *expected)
{
	char out[15] = "", why[200] = "";
	size_t length = 0;
	CU_ASSERT_TRUE(gtin_read(str_of(text), number, out, &length, why));
	ASSERT_STR(((struct str){ out, length }), expected);
	ASSERT_STR(str_of(why), "");
}

static void refuses(const char *text, bool number, const char *reason)
{
	char out[15], why[200] = "";
	size_t length;
	CU_ASSERT_FALSE(gtin_read(str_of(text), number, out, &length, why));
	if (!strstr(why, reason))
		ASSERT_STR(str_of(why), reason);
}

static void accepts_the_four_lengths(void)
{
	reads("96385074", false, "0000096385074");
	reads("614141007349", false, "0614141007349");
	reads("3349668566372", false, "3349668566372");
	reads("10614141007346", false, "10614141007346");
}

static void ignores_what_cannot_be_seen_and_an_apostrophe(void)
{
	reads(" 3349668566372\xc2\xa0", false, "3349668566372");
	reads("\xe2\x80\x8b" "3349668566372\xe2\x80\x8b", false, "3349668566372");
	reads("334966\xe2\x80\x8b" "8566372", false, "3349668566372");
	reads("'0000030162822", false, "0000030162822");
	reads("\t '3349668566372\r\n", false, "3349668566372");
}

static void a_number_cell_gets_its_zeros_back(void)
{
	reads("33000002668", true, "0033000002668");
	reads("96385074", true, "0000096385074");
	reads("5012345678900", true, "5012345678900");
	reads("5.0123456789E+12", true, "5012345678900");
	reads("10614141007346", true, "10614141007346");
	refuses("33000002667", true, "check digit 7, expected 8");
	refuses("33000002668", false, "has 11 digits");
}

static void scientific_text_is_lost_digits(void)
{
	refuses("3.34967E+12", false, "\"3.34967E+12\" is scientific text whose last digits are lost");
	refuses("5,01235E+12", false, "digits are lost");
	refuses("5e12", false, "digits are lost");
}

static void the_right_check_digit_is_named_not_taken(void)
{
	refuses("3349668566373", false, "\"3349668566373\" has the check digit 3, expected 2");
	refuses("96385075", false, "expected 4");
}

static void other_texts_are_refused(void)
{
	refuses("", false, "is not a GTIN");
	refuses("abc", false, "expected digits only");
	refuses("334966 8566372", false, "expected digits only");
	refuses("-3349668566372", false, "expected digits only");
	refuses("\xd9\xa3\xd9\xa3\xd9\xa4\xd9\xa9", false, "expected digits only");
	refuses("123456789", false, "has 9 digits; a GTIN has 8, 12, 13 or 14");
	refuses("123456789012345", false, "has 15 digits");
	refuses("0000000000000", false, "all its digits are zero");
	refuses("0", true, "all its digits are zero");
	refuses("12.5", true, "is not a GTIN");
	refuses("123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890",
		false, "123456789012345678901234567890123456789012345678901234567890…\" is not a GTIN");
}

static void every_single_wrong_digit_is_found(void)
{
	char out[15], why[200];
	size_t length;
	for (int i = 0; i < 13; i++) {
		for (char c = '0'; c <= '9'; c++) {
			char text[] = "3349668566372";
			bool same = text[i] == c;
			text[i] = c;
			CU_ASSERT_EQUAL(gtin_read(str_of(text), false, out, &length, why), same);
			CU_ASSERT_EQUAL(gtin_is_right(str_of(text)), same);
		}
	}
}

static void thirteen_digits_are_right_as_they_stand(void)
{
	CU_ASSERT_TRUE(gtin_is_right(STR("0000096385074")));
	CU_ASSERT_FALSE(gtin_is_right(STR("0000000000000")));
	CU_ASSERT_FALSE(gtin_is_right(STR("96385074")));
	CU_ASSERT_FALSE(gtin_is_right(STR("00000096385074")));
	CU_ASSERT_FALSE(gtin_is_right(STR("33496685663:2")));
	CU_ASSERT_FALSE(gtin_is_right(STR("/349668566372")));
	CU_ASSERT_FALSE(gtin_is_right(STR("3349668\xb1" "66372")));
}

static void changes_the_length_by_zeros_only(void)
{
	char out[15], why[200];
	CU_ASSERT_TRUE(gtin_resize(STR("0000096385074"), 8, out, why));
	ASSERT_STR(str_of(out), "96385074");
	CU_ASSERT_TRUE(gtin_resize(STR("0614141007349"), 12, out, why));
	ASSERT_STR(str_of(out), "614141007349");
	CU_ASSERT_TRUE(gtin_resize(STR("96385074"), 14, out, why));
	ASSERT_STR(str_of(out), "00000096385074");
	CU_ASSERT_TRUE(gtin_resize(str_of(out), 13, out, why));
	ASSERT_STR(str_of(out), "0000096385074");
	CU_ASSERT_FALSE(gtin_resize(STR("3349668566372"), 12, out, why));
	ASSERT_STR(str_of(why), "\"3349668566372\" does not fit into 12 digits: only leading zeros can be left out");
}

UNIT_SUITE(gtin, UNIT(accepts_the_four_lengths), UNIT(ignores_what_cannot_be_seen_and_an_apostrophe),
	UNIT(a_number_cell_gets_its_zeros_back), UNIT(scientific_text_is_lost_digits),
	UNIT(the_right_check_digit_is_named_not_taken), UNIT(other_texts_are_refused), UNIT(every_single_wrong_digit_is_found),
	UNIT(thirteen_digits_are_right_as_they_stand),
	UNIT(changes_the_length_by_zeros_only))
