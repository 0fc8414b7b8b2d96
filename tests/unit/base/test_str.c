#include "unit.h"

static int nearest(const char *word, const struct str *words, size_t n)
{
	return str_nearest(str_of(word), words, n);
}

static void compares_bytes_and_puts_the_shorter_first(void)
{
	CU_ASSERT_TRUE(str_cmp(STR("abc"), STR("abd")) < 0);
	CU_ASSERT_TRUE(str_cmp(STR("b"), STR("abc")) > 0);
	CU_ASSERT_TRUE(str_cmp(STR("ab"), STR("abc")) < 0);
	CU_ASSERT_TRUE(str_cmp(STR("\xff"), STR("a")) > 0);
	CU_ASSERT_EQUAL(str_cmp((struct str){ 0 }, STR("")), 0);
	CU_ASSERT_TRUE(str_eq((struct str){ 0 }, STR("")));
	CU_ASSERT_FALSE(str_eq(STR("a\0b"), STR("a\0c")));
}

static void ignores_the_case_of_ascii_letters_only(void)
{
	CU_ASSERT_TRUE(str_eq_nocase(STR("Brand@Name"), STR("bRAND@nAME")));
	CU_ASSERT_FALSE(str_eq_nocase(STR("a["), STR("A{")));
	CU_ASSERT_FALSE(str_eq_nocase(STR("\xc3\xa9"), STR("\xc3\x89")));
	CU_ASSERT_FALSE(str_eq_nocase(STR("ab"), STR("abc")));
}

static void knows_beginnings_and_ends(void)
{
	CU_ASSERT_TRUE(str_starts(STR("catalog.csv"), STR("catalog")));
	CU_ASSERT_TRUE(str_ends(STR("catalog.csv"), STR(".csv")));
	CU_ASSERT_FALSE(str_starts(STR("cat"), STR("catalog")));
	CU_ASSERT_FALSE(str_ends(STR("csv"), STR(".csv")));
	CU_ASSERT_TRUE(str_starts(STR("x"), STR("")) && str_ends((struct str){ 0 }, STR("")));
}

static void finds_the_first_place(void)
{
	CU_ASSERT_EQUAL(str_find(STR("a,b,c"), STR(",")), 1);
	CU_ASSERT_EQUAL(str_find(STR("a\0bc"), STR("bc")), 2);
	CU_ASSERT_EQUAL(str_find(STR("abc"), STR("d")), -1);
	CU_ASSERT_EQUAL(str_find(STR("ab"), STR("abc")), -1);
	CU_ASSERT_EQUAL(str_find((struct str){ 0 }, STR("")), 0);
	CU_ASSERT_EQUAL(str_find((struct str){ 0 }, STR("x")), -1);
}

static void takes_parts_without_leaving_the_slice(void)
{
	ASSERT_STR(str_from(STR("abc"), 1), "bc");
	ASSERT_STR(str_from(STR("abc"), 9), "");
	ASSERT_STR(str_from((struct str){ 0 }, 3), "");
	ASSERT_STR(str_head(STR("abc"), 2), "ab");
	ASSERT_STR(str_head(STR("abc"), 9), "abc");
}

static void trims_ascii_white_space(void)
{
	ASSERT_STR(str_trim(STR(" \t\r\n\v\fa b\f\v\n\r\t ")), "a b");
	ASSERT_STR(str_trim(STR("   ")), "");
	ASSERT_STR(str_trim((struct str){ 0 }), "");
	ASSERT_STR(str_trim(STR("\xc2\xa0x")), "\xc2\xa0x");
}

static void cuts_at_the_first_byte(void)
{
	struct str rest;
	ASSERT_STR(str_cut(STR("a=b=c"), '=', &rest), "a");
	ASSERT_STR(rest, "b=c");
	ASSERT_STR(str_cut(STR("a="), '=', &rest), "a");
	CU_ASSERT_TRUE(rest.n == 0 && rest.p);
	ASSERT_STR(str_cut(STR("a"), '=', &rest), "a");
	CU_ASSERT_PTR_NULL(rest.p);
	ASSERT_STR(str_cut((struct str){ 0 }, '=', &rest), "");
}

static void takes_a_byte_that_stands_in_front(void)
{
	struct str s = STR("--5");
	CU_ASSERT_TRUE(str_take(&s, '-'));
	CU_ASSERT_FALSE(str_take(&s, '5'));
	CU_ASSERT_TRUE(str_take(&s, '-'));
	CU_ASSERT_TRUE(str_take(&s, '5'));
	CU_ASSERT_EQUAL(s.n, 0);
	CU_ASSERT_FALSE(str_take(&s, '5'));
	s = (struct str){ 0 };
	CU_ASSERT_FALSE(str_take(&s, '\0'));
}

/* Of all bytes, so that none of another alphabet passes for one. */
static void tells_digits_and_bytes_of_addresses(void)
{
	static const char hex[] = "0123456789abcdef";
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	for (int i = -128; i < 256; i++) {
		char c = (char)i;
		char lower = c >= 'A' && c <= 'F' ? (char)(c + 32) : c;
		const char *found = c ? strchr(hex, lower) : NULL;
		CU_ASSERT_EQUAL(str_hex(c), found ? found - hex : -1);
		CU_ASSERT_EQUAL(str_is_digit(c), found && found - hex < 10);
		CU_ASSERT_EQUAL(str_is_unreserved(c), c && strchr(plain, c));
	}
	CU_ASSERT_EQUAL(str_hex(-1), -1);
	CU_ASSERT_EQUAL(str_hex(0x130), -1);
}

static void hashes_differ_in_low_bits_too(void)
{
	unsigned used[64] = { 0 }, slots = 0;
	for (int i = 0; i < 256; i++) {
		char text[3] = { 'k', (char)i, 0 };
		slots += used[str_hash((struct str){ text, 2 }) % 64]++ == 0;
	}
	CU_ASSERT_TRUE(slots > 50);
	CU_ASSERT_EQUAL(str_hash(STR("gtin")), str_hash(STR("gtin")));
	CU_ASSERT_NOT_EQUAL(str_hash(STR("a\0b")), str_hash(STR("a\0c")));
}

static void reads_whole_numbers_up_to_the_last(void)
{
	uint64_t n = 7;
	CU_ASSERT_TRUE(str_to_u64(STR("18446744073709551615"), &n));
	CU_ASSERT_EQUAL(n, UINT64_MAX);
	CU_ASSERT_TRUE(str_to_u64(STR("007"), &n));
	CU_ASSERT_EQUAL(n, 7);
	CU_ASSERT_FALSE(str_to_u64(STR("18446744073709551616"), &n));
	CU_ASSERT_FALSE(str_to_u64(STR(""), &n));
	CU_ASSERT_FALSE(str_to_u64(STR("-1"), &n));
	CU_ASSERT_FALSE(str_to_u64(STR("1 "), &n));
	CU_ASSERT_FALSE(str_to_u64(STR("1\0"), &n));
	CU_ASSERT_EQUAL(n, 7);
}

static void suggests_the_nearest_word(void)
{
	const struct str steps[] = { STR("multiply"), STR("subtract"), STR("strip_html"), STR("round"), STR("slug") };
	CU_ASSERT_EQUAL(nearest("mutliply", steps, 5), 0);
	CU_ASSERT_EQUAL(nearest("MULTIPLI", steps, 5), 0);
	CU_ASSERT_EQUAL(nearest("substract", steps, 5), 1);
	CU_ASSERT_EQUAL(nearest("rond", steps, 5), 3);
	CU_ASSERT_EQUAL(nearest("slgu", steps, 5), 4);
	CU_ASSERT_EQUAL(nearest("divide", steps, 5), -1);
	CU_ASSERT_EQUAL(nearest("x", steps, 5), -1);
	CU_ASSERT_EQUAL(nearest("", steps, 5), -1);
	CU_ASSERT_EQUAL(nearest("rund", steps, 0), -1);
}

static void suggests_words_that_differ_in_joints_and_case(void)
{
	const struct str steps[] = { STR("strip_html"), STR("base_price"), STR("Lowest Price inc. shipping") };
	CU_ASSERT_EQUAL(nearest("StripHTML", steps, 3), 0);
	CU_ASSERT_EQUAL(nearest("basePrice", steps, 3), 1);
	CU_ASSERT_EQUAL(nearest("b a s e - P R I C E", steps, 3), 1);
	CU_ASSERT_EQUAL(nearest("lowest_price_inc_shipping", steps, 3), 2);
	CU_ASSERT_EQUAL(nearest("_", (struct str[]){ STR("-") }, 1), -1);
}

static void prefers_fewer_edits_then_the_first_word(void)
{
	const struct str words[] = { STR("gtin13"), STR("gtin"), STR("gtim") };
	CU_ASSERT_EQUAL(nearest("gtn", words, 3), 1);
	CU_ASSERT_EQUAL(nearest("gtim", words, 3), 2);
	CU_ASSERT_EQUAL(nearest("gtix", words, 3), 1);
}

static void survives_words_of_any_length(void)
{
	static char text[400];
	memset(text, 'a', sizeof text);
	struct str words[] = { { text, 399 }, { text, 96 } };
	CU_ASSERT_EQUAL(str_nearest((struct str){ text, 400 }, words, 2), -1);
	CU_ASSERT_EQUAL(str_nearest((struct str){ text, 95 }, words, 2), 1);
	CU_ASSERT_EQUAL(str_nearest((struct str){ text, 399 }, words, 2), 0);
}

UNIT_SUITE(str, UNIT(compares_bytes_and_puts_the_shorter_first), UNIT(ignores_the_case_of_ascii_letters_only),
	UNIT(knows_beginnings_and_ends), UNIT(finds_the_first_place), UNIT(takes_parts_without_leaving_the_slice),
	UNIT(trims_ascii_white_space), UNIT(cuts_at_the_first_byte), UNIT(takes_a_byte_that_stands_in_front),
	UNIT(tells_digits_and_bytes_of_addresses), UNIT(hashes_differ_in_low_bits_too),
	UNIT(reads_whole_numbers_up_to_the_last), UNIT(suggests_the_nearest_word),
	UNIT(suggests_words_that_differ_in_joints_and_case), UNIT(prefers_fewer_edits_then_the_first_word),
	UNIT(survives_words_of_any_length))
