#include "qonduit/unicode.h"

#include "unit.h"

static struct arena arena;

struct pair {
	const char *given, *expected;
};

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static void check(struct str (*function)(struct arena *, struct str), const struct pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct str given = str_of(pairs[i].given), found = function(&arena, given);
		ASSERT_STR(found, pairs[i].expected);
		if (strcmp(pairs[i].given, pairs[i].expected) == 0)
			CU_ASSERT_PTR_EQUAL(found.p, given.p);
	}
	arena_release(&arena);
}

static void white_space_is_what_unicode_says_and_the_byte_order_mark(void)
{
	static const uint32_t spaces[] = { '\t', '\n', '\v', '\f', '\r', ' ', 0x85, 0xa0, 0x1680, 0x2000, 0x200a, 0x2028,
		0x2029, 0x202f, 0x205f, 0x3000, 0xfeff };
	static const uint32_t others[] = { 0, 8, 0x0e, 'a', 0x84, 0xad, 0x180e, 0x200b, 0x200e, 0x2060, 0x2800, 0x110000 };
	for (size_t i = 0; i < LENGTH(spaces); i++)
		CU_ASSERT(uni_is_space(spaces[i]));
	for (size_t i = 0; i < LENGTH(others); i++)
		CU_ASSERT_FALSE(uni_is_space(others[i]));
	size_t all = 0;
	for (uint32_t c = 0; c <= 0x10ffff; c++)
		all += uni_is_space(c);
	CU_ASSERT_EQUAL(all, 26);
}

static void what_shows_nothing_is_invisible(void)
{
	static const uint32_t invisible[] = { 0xad, 0x34f, 0x61c, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x202a,
		0x202e, 0x2060, 0x2064, 0x2066, 0x2069, 0xfeff, 0xfff9, 0xe0001, 0xe007f };
	static const uint32_t shown[] = { 'a', ' ', 0xa0, 0xe9, 0x301, 0x600, 0x6dd, 0x2028, 0x20ac, 0x3000, 0x1f600 };
	for (size_t i = 0; i < LENGTH(invisible); i++)
		CU_ASSERT(uni_is_invisible(invisible[i]));
	for (size_t i = 0; i < LENGTH(shown); i++)
		CU_ASSERT_FALSE(uni_is_invisible(shown[i]));
	CU_ASSERT(uni_is_currency_sign('$') && uni_is_currency_sign(0xa3) && uni_is_currency_sign(0x20ac));
	CU_ASSERT_FALSE(uni_is_currency_sign('E') || uni_is_currency_sign('%'));
}

static void trim_takes_white_space_of_either_side(void)
{
	static const struct pair pairs[] = {
		{ "a b", "a b" }, { "", "" }, { "  ", "" }, { "\xc2\xa0", "" }, { " \t\r\na b\xe2\x80\xa8", "a b" },
		{ "\xef\xbb\xbf\xe3\x80\x80é\xc2\xa0\xe2\x80\x82 ", "é" }, { "\xc2\x85x\xc2\x85", "x" },
		{ "\xe2\x80\x8b a", "\xe2\x80\x8b a" },
	};
	for (size_t i = 0; i < LENGTH(pairs); i++)
		ASSERT_STR(uni_trim(str_of(pairs[i].given)), pairs[i].expected);
	CU_ASSERT_EQUAL(uni_trim((struct str){ 0 }).n, 0);
}

static void squeeze_leaves_one_blank(void)
{
	static const struct pair pairs[] = {
		{ "Eau de Parfum", "Eau de Parfum" }, { " Eau  de\tParfum ", "Eau de Parfum" }, { "", "" }, { " \t ", "" },
		{ "a\xc2\xa0" "b", "a b" }, { "a \xe2\x80\x83 b\r\n\r\nc", "a b c" }, { "é  é", "é é" }, { "é é à", "é é à" },
		{ "a\nb", "a b" }, { "a\xe2\x80\x8b b", "a\xe2\x80\x8b b" },
	};
	check(uni_squeeze, pairs, LENGTH(pairs));
}

static void clean_drops_what_nobody_sees(void)
{
	static const struct pair pairs[] = {
		{ "a\tb\r\nc", "a\tb\r\nc" }, { "Lancôme € 中", "Lancôme € 中" },
		{ "\xef\xbb\xbf" "a\xe2\x80\x8b" "b\xc2\xad" "c\xe2\x80\x8e\xe2\x81\xa0", "abc" },
		{ "\x01" "a\x7f" "b\x1b[0m\v", "ab[0m" }, { "a\xc2\x85" "b\xc2\x9b" "c", "abc" }, { "\x01", "" }, { "", "" },
		{ "a\xc2\xa0" "b", "a\xc2\xa0" "b" },
	};
	check(uni_clean, pairs, LENGTH(pairs));
	ASSERT_STR(uni_clean(&arena, (struct str){ "a\0b", 3 }), "ab");
	arena_release(&arena);
}

static void what_needs_no_change_is_returned_without_an_allocation(void)
{
	struct str s = STR("Eau de Parfum 50 ml");
	CU_ASSERT_PTR_EQUAL(uni_squeeze(NULL, s).p, s.p);
	CU_ASSERT_PTR_EQUAL(uni_clean(NULL, s).p, s.p);
	CU_ASSERT_PTR_EQUAL(uni_nfc(NULL, s).p, s.p);
	CU_ASSERT_PTR_EQUAL(uni_strip_accents(NULL, s).p, s.p);
	CU_ASSERT_PTR_EQUAL(uni_repair(NULL, s).p, s.p);
	s = STR("already folded 50 ml");
	CU_ASSERT_PTR_EQUAL(uni_lower(NULL, s).p, s.p);
	CU_ASSERT_PTR_EQUAL(uni_fold(NULL, s).p, s.p);
	CU_ASSERT_EQUAL(uni_fold(NULL, (struct str){ 0 }).n, 0);
}

static void letters_change_case(void)
{
	static const struct pair lower[] = {
		{ "EAU É Ω Ж", "eau é ω ж" }, { "abc é", "abc é" }, { "ΟΔΥΣΣΕΥΣ ΣΑ", "οδυσσευς σα" }, { "Σ", "σ" }, { "İ", "i" },
	};
	static const struct pair upper[] = { { "eau é ω ж ÿ", "EAU É Ω Ж Ÿ" }, { "Straße", "STRASSE" }, { "AB 1", "AB 1" } };
	check(uni_lower, lower, LENGTH(lower));
	check(uni_upper, upper, LENGTH(upper));
}

static void titles_begin_each_word_with_a_capital(void)
{
	static const struct pair pairs[] = {
		{ "EAU DE PARFUM 50ML", "Eau De Parfum 50ml" }, { "jean-paul gaultier", "Jean-Paul Gaultier" },
		{ "L'ORÉAL men’s DON'T d’or", "L'Oréal Men’s Don't D’Or" }, { "o'neill i'm i'll", "O'Neill I'm I'll" },
		{ "élan/épée (ÉTÉ)", "Élan/Épée (Été)" }, { "Eau", "Eau" }, { "", "" },
		{ "e\xcc\x81te\xcc\x81", "E\xcc\x81te\xcc\x81" },
		{ "ǆ", "ǅ" }, { "'quoted'", "'Quoted'" },
	};
	check(uni_title, pairs, LENGTH(pairs));
}

static void sentences_begin_with_a_capital(void)
{
	static const struct pair pairs[] = {
		{ "EAU DE PARFUM", "Eau de parfum" }, { "¡hola MUNDO", "¡Hola mundo" }, { "élan", "Élan" },
		{ "50ML EAU", "50ml eau" }, { "Eau. de", "Eau. de" },
	};
	check(uni_sentence, pairs, LENGTH(pairs));
}

static void nfc_composes(void)
{
	static const struct pair pairs[] = {
		{ "e\xcc\x81", "é" }, { "é", "é" }, { "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "한" }, { "\xe2\x84\xab", "Å" },
		{ "中文", "中文" },
	};
	check(uni_nfc, pairs, LENGTH(pairs));
}

static void accents_are_stripped_and_scripts_without_them_kept(void)
{
	static const struct pair pairs[] = {
		{ "Crème brûlée", "Creme brulee" }, { "Łódź Ørsted", "Lodz Orsted" }, { "Straße Æsop œuvre", "Strasse AEsop oeuvre" },
		{ "đ ð þ Þ ı ħ", "d d th Th i h" }, { "Ångström e\xcc\x81", "Angstrom e" }, { "ไทยที่", "ไทยที่" }, { "が한", "が한" },
		{ "Tiếng Việt", "Tieng Viet" }, { "abc", "abc" }, { "€ 5", "€ 5" }, { "¼", "¼" },
	};
	check(uni_strip_accents, pairs, LENGTH(pairs));
}

static void names_are_compared_folded(void)
{
	static const struct pair pairs[] = {
		{ "  * Lowest\xc2\xa0  Price ", "* lowest price" }, { "E\xcc\x81TE\xcc\x81", "été" }, { "ΟΔΟΣ οδος", "οδοσ οδοσ" },
		{ "gtin", "gtin" },
	};
	check(uni_fold, pairs, LENGTH(pairs));
}

static void characters_are_counted_as_readers_do(void)
{
	static const struct {
		const char *text;
		size_t length, of_two;
	} cases[] = {
		{ "", 0, 0 }, { "abc", 3, 2 }, { "e\xcc\x81" "e\xcc\x81x", 3, 6 }, { "\r\n\r\nx", 3, 4 }, { "👨‍👩‍👧a", 2, 19 },
		{ "🇩🇪🇫🇷🇵🇱", 3, 16 }, { "é", 1, 2 }, { "한국어", 3, 6 }, { "👍🏽!", 2, 9 }, { "a\xcc\x81\xcc\x82" "b", 2, 6 },
	};
	for (size_t i = 0; i < LENGTH(cases); i++) {
		CU_ASSERT_EQUAL(uni_length(str_of(cases[i].text)), cases[i].length);
		CU_ASSERT_EQUAL(uni_prefix(str_of(cases[i].text), 2), cases[i].of_two);
		CU_ASSERT_EQUAL(uni_prefix(str_of(cases[i].text), 0), 0);
	}
}

static void text_encoded_twice_is_repaired(void)
{
	static const struct pair pairs[] = {
		{ "Ã©", "é" }, { "â‚¬", "€" }, { "LancÃ´me", "Lancôme" }, { "â€œEauâ€\xc2\x9d", "“Eau”" },
		{ "Itâ€™s 5 â‚¬", "It’s 5 €" },
		{ "\xc3\xa2\xc2\x82\xc2\xac", "€" }, { "\xc3\x83\xc2\x89t\xc3\x83\xc2\xa9", "Été" }, { "Ã‰tÃ©", "Été" },
		{ "ðŸ˜€", "😀" }, { "Ð’ Ð¸ Ñ‚", "В и т" }, { "Ã©t\xc3\x83\xc2\xa0", "ét\xc3\xa0" },
		{ "Ã‚Â©", "Â©" }, { "CafÃ© – naïve", "Café – naïve" },
	};
	check(uni_repair, pairs, LENGTH(pairs));
}

static void text_that_is_right_is_not_repaired(void)
{
	static const struct pair pairs[] = {
		{ "é", "é" }, { "Ã", "Ã" }, { "Ãé", "Ãé" }, { "€", "€" }, { "naïve café", "naïve café" }, { "SÃO", "SÃO" },
		{ "BEAUTÉ™", "BEAUTÉ™" }, { "«CAFÉ»", "«CAFÉ»" }, { "ROSÉ®", "ROSÉ®" }, { "中Ã", "中Ã" }, { "", "" }, { "Â", "Â" },
		{ "MENÜ®", "MENÜ®" },
	};
	check(uni_repair, pairs, LENGTH(pairs));
}

UNIT_SUITE(unicode,
	UNIT(white_space_is_what_unicode_says_and_the_byte_order_mark),
	UNIT(what_shows_nothing_is_invisible),
	UNIT(trim_takes_white_space_of_either_side),
	UNIT(squeeze_leaves_one_blank),
	UNIT(clean_drops_what_nobody_sees),
	UNIT(what_needs_no_change_is_returned_without_an_allocation),
	UNIT(letters_change_case),
	UNIT(titles_begin_each_word_with_a_capital),
	UNIT(sentences_begin_with_a_capital),
	UNIT(nfc_composes),
	UNIT(accents_are_stripped_and_scripts_without_them_kept),
	UNIT(names_are_compared_folded),
	UNIT(characters_are_counted_as_readers_do),
	UNIT(text_encoded_twice_is_repaired),
	UNIT(text_that_is_right_is_not_repaired))
