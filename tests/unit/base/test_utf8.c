#include "qonduit/utf8.h"

#include "unit.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static void every_character_goes_there_and_back(void)
{
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		char bytes[4];
		uint32_t back = 0;
		struct str s = { bytes, utf8_put(c, bytes) };
		if (utf8_next(s, &back) != s.n || back != c || utf8_invalid_at(s) != s.n)
			CU_FAIL("a character is not read as it was written");
		if (s.n > 1 && (utf8_next(str_head(s, s.n - 1), &back) || utf8_invalid_at(str_head(s, s.n - 1))))
			CU_FAIL("a cut character is taken for a whole one");
	}
	CU_ASSERT_EQUAL(utf8_next((struct str){ 0 }, &(uint32_t){ 0 }), 0);
	CU_ASSERT_EQUAL(utf8_invalid_at((struct str){ 0 }), 0);
}

static void bytes_that_are_not_utf8_are_found_at_every_place(void)
{
	static const char *const wrong[] = {
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3\xc3\xa9",
		"\xe2\x82z", "\xe9t\xe9",
	};
	for (size_t i = 0; i < LENGTH(wrong); i++) {
		for (size_t at = 0; at < 20; at++) {
			char text[40] = "";
			memset(text, 'a', at);
			if (at >= 2)
				memcpy(text + at - 2, "\xc3\xa9", 2);
			strcpy(text + at, wrong[i]);
			CU_ASSERT_EQUAL(utf8_invalid_at(str_of(text)), at);
			strcat(text, "zzzzzzzzz");
			CU_ASSERT_EQUAL(utf8_invalid_at(str_of(text)), at);
		}
	}
}

static void characters_are_counted(void)
{
	CU_ASSERT_EQUAL(utf8_count((struct str){ 0 }), 0);
	CU_ASSERT_EQUAL(utf8_count(STR("abc")), 3);
	CU_ASSERT_EQUAL(utf8_count(STR("a\0c")), 3);
	CU_ASSERT_EQUAL(utf8_count(STR("é€😀e\u0301")), 5); /* a mark is a character of its own */
}

/* Length of the longest run of whole characters, counted from the front, in `most` bytes of valid text. */
static size_t whole_in(struct str s, size_t most)
{
	uint32_t codepoint;
	size_t at = 0, n;
	while ((n = utf8_next(str_from(s, at), &codepoint)) && at + n <= most)
		at += n;
	return at;
}

static void a_cut_never_parts_a_character(void)
{
	static const char *const texts[] = {
		"", "a", "plain text", "é", "€", "😀", "aé", "a€", "a😀", "éa€b😀c", "😀€é", "éééé", "€€€€", "😀😀😀😀",
		"\xc2\x80\u07ff\u0800\uffff", "\U00010000\U0010ffff", "x\U0010ffffy",
	};
	for (size_t i = 0; i < LENGTH(texts); i++) {
		struct str s = str_of(texts[i]);
		for (size_t most = 0; most <= s.n + 2; most++) {
			struct str head = utf8_head(s, most), whole = utf8_whole(str_head(s, most));
			CU_ASSERT_EQUAL(head.n, whole_in(s, most));
			CU_ASSERT_EQUAL(whole.n, head.n);
			CU_ASSERT_PTR_EQUAL(head.p, s.p);
			CU_ASSERT_EQUAL(utf8_invalid_at(head), head.n);
		}
	}
}

static void a_text_that_fits_is_not_cut(void)
{
	static const char *const texts[] = { "é", "ab\xff", "ab\xe2\x82", "\xf0\x9f\x98", "\x80\x80\x80\x80\x80" };
	for (size_t i = 0; i < LENGTH(texts); i++) {
		struct str s = str_of(texts[i]);
		CU_ASSERT_EQUAL(utf8_head(s, s.n).n, s.n);
		CU_ASSERT_EQUAL(utf8_head(s, SIZE_MAX).n, s.n);
	}
	CU_ASSERT_EQUAL(utf8_head((struct str){ 0 }, 0).n, 0);
	CU_ASSERT_EQUAL(utf8_head((struct str){ 0 }, 9).n, 0);
	CU_ASSERT_EQUAL(utf8_whole((struct str){ 0 }).n, 0);
}

/* Broken bytes are no reason to lose the text in front of them, or to look further back than a character reaches. */
static void broken_text_is_cut_where_it_is_long(void)
{
	static const struct {
		const char *text;
		size_t most, kept;
	} cuts[] = {
		{ "\x80\x80\x80\x80\x80\x80", 5, 5 }, /* what continues nothing */
		{ "\x80\x80\x80\x80\x80\x80", 0, 0 },
		{ "ab\x80\x80", 3, 3 },
		{ "\xf0\x80\x80\x80\x80\x80", 5, 5 }, /* more than a character has */
		{ "\xc3\xa9\xa9\xa9", 3, 3 }, /* é is whole, what follows it is not its own */
		{ "\xff\xff\xff\xff", 1, 0 }, /* may begin four bytes */
		{ "a\xe2zz", 2, 1 }, /* begins three, of which two do not come */
		{ "a\xe2zz", 3, 3 },
		{ "a\xf0\x9f\x98zz", 4, 1 },
		{ "\xed\xa0\x80z", 3, 3 }, /* a surrogate, whole */
		{ "\xed\xa0\x80z", 2, 0 },
		{ "\xc0\x80z", 2, 2 }, /* overlong */
		{ "\xffz\xc3\xa9", 3, 2 },
	};
	for (size_t i = 0; i < LENGTH(cuts); i++)
		CU_ASSERT_EQUAL(utf8_head(str_of(cuts[i].text), cuts[i].most).n, cuts[i].kept);
}

/* Of any four bytes a cut takes nothing but the beginning of a character. */
static void a_cut_takes_three_bytes_at_most(void)
{
	static const unsigned char bytes[] = { 'a', 0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xc3, 0xdf, 0xe0, 0xe2, 0xef, 0xf0, 0xf4,
		0xff };
	size_t base = LENGTH(bytes);
	for (size_t i = 0; i < base * base * base * base; i++) {
		char text[4] = { (char)bytes[i % base], (char)bytes[i / base % base], (char)bytes[i / base / base % base],
			(char)bytes[i / base / base / base] };
		for (size_t most = 0; most < 4; most++) {
			struct str head = utf8_head((struct str){ text, 4 }, most);
			bool cut = head.n < most && most - head.n <= 3 && (unsigned char)text[head.n] >= 0xc0;
			if (head.p != text || (head.n != most && !cut))
				CU_FAIL("a cut takes more than the beginning of a character");
		}
	}
}

UNIT_SUITE(utf8,
	UNIT(every_character_goes_there_and_back),
	UNIT(bytes_that_are_not_utf8_are_found_at_every_place),
	UNIT(characters_are_counted),
	UNIT(a_cut_never_parts_a_character),
	UNIT(a_text_that_fits_is_not_cut),
	UNIT(broken_text_is_cut_where_it_is_long),
	UNIT(a_cut_takes_three_bytes_at_most))
