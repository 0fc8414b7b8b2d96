#include "qonduit/traits.h"

#include <stdlib.h>

#include "unit.h"

/* The same, a byte at a time. */
static unsigned slowly(struct str s)
{
	unsigned traits = TEXT_ALL;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c < 0x20 || c > 0x7e)
			traits &= ~(unsigned)TEXT_PLAIN;
		if (c < 0x20 || c == 0x7f || (c >= 0xc0 && c < 0xc3) || c > 0xcc)
			traits &= ~(unsigned)TEXT_CLEAR;
		if (c < 0x20 || c == '"' || c == '\\')
			traits &= ~(unsigned)TEXT_BARE;
		if (c == ' ')
			traits &= ~(unsigned)TEXT_SOLID;
		if (c == ' ' && (i == 0 || i + 1 == s.n || s.p[i + 1] == ' '))
			traits &= ~(unsigned)TEXT_TIDY;
	}
	return traits;
}

/* The traits, and what is copied, of a text in memory of its own: what is read beyond it is found out by the sanitizers. */
static void check(const char *text, size_t n)
{
	char *copy = malloc(n ? n : 1), *to = malloc(n ? n : 1);
	if (n)
		memcpy(copy, text, n);
	struct str s = { copy, n };
	unsigned traits = text_traits(s);
	CU_ASSERT_EQUAL(traits, slowly(s));
	size_t bare = text_copy_bare(to, s);
	CU_ASSERT(bare <= n && memcmp(to, copy, bare) == 0);
	CU_ASSERT_EQUAL(bare == n, (traits & TEXT_BARE) != 0);
	CU_ASSERT_EQUAL(slowly(str_head(s, bare)) & TEXT_BARE, TEXT_BARE);
	if (bare < n)
		CU_ASSERT_EQUAL(slowly(str_head(s, bare + 1)) & TEXT_BARE, 0);
	free(copy);
	free(to);
}

static void sees_every_byte_at_every_place(void)
{
	char text[140];
	for (size_t n = 1; n <= sizeof text; n += n < 70 ? 1 : 9) {
		for (size_t at = 0; at < n; at++) {
			memset(text, 'a', n);
			for (int c = 0; c < 256; c += at % 16 ? 1 : 3) {
				text[at] = (char)c;
				check(text, n);
			}
		}
	}
}

static void sees_blanks_at_the_ends_and_side_by_side(void)
{
	char text[140];
	for (size_t n = 1; n <= sizeof text; n += n < 70 ? 1 : 9) {
		for (size_t first = 0; first < n; first++) {
			for (size_t second = first; second < n && second < first + 4; second++) {
				memset(text, 'a', n);
				text[first] = text[second] = ' ';
				check(text, n);
			}
		}
	}
}

static void takes_texts_as_they_come(void)
{
	static const char signs[] = "ab  \"\\\n\x7f\x80\xff\xc3\xa9";
	char text[200];
	srand(7);
	check("", 0);
	for (int round = 0; round < 20000; round++) {
		size_t n = (size_t)rand() % sizeof text;
		int often = 1 + rand() % 40;
		for (size_t i = 0; i < n; i++)
			text[i] = rand() % often ? 'x' : signs[(size_t)rand() % (sizeof signs - 1)];
		check(text, n);
	}
}

UNIT_SUITE(traits, UNIT(sees_every_byte_at_every_place), UNIT(sees_blanks_at_the_ends_and_side_by_side), UNIT(takes_texts_as_they_come))
