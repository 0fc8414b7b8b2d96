#include "unit.h"

#include "qonduit/buf.h"

static void adds_bytes_and_text(void)
{
	struct buf b = { 0 };
	CU_ASSERT_STRING_EQUAL(buf_text(&b), "");
	buf_add(&b, (struct str){ 0 });
	buf_add(&b, STR("row "));
	buf_printf(&b, "%d of %s", 17, "many");
	buf_addc(&b, '!');
	ASSERT_STR(buf_str(&b), "row 17 of many!");
	CU_ASSERT_STRING_EQUAL(buf_text(&b), "row 17 of many!");
	buf_clear(&b);
	CU_ASSERT_STRING_EQUAL(buf_text(&b), "");
	buf_release(&b);
}

static void grows_through_any_size(void)
{
	struct buf b = { 0 };
	for (int i = 0; i < 5000; i++) {
		buf_printf(&b, "%d,", i);
		buf_addc(&b, (char)('a' + i % 26));
	}
	ASSERT_STR(str_head(buf_str(&b), 12), "0,a1,b2,c3,d");
	CU_ASSERT_TRUE(str_ends(buf_str(&b), STR("4999,h")));
	CU_ASSERT_FALSE(b.full);
	buf_release(&b);
}

static void stops_at_its_ceiling_and_says_so(void)
{
	struct buf b;
	buf_init(&b, 8);
	buf_add(&b, STR("12345678"));
	CU_ASSERT_FALSE(b.full);
	CU_ASSERT_STRING_EQUAL(buf_text(&b), "12345678");
	buf_addc(&b, '9');
	CU_ASSERT_TRUE(b.full);
	ASSERT_STR(buf_str(&b), "12345678");
	buf_clear(&b);
	CU_ASSERT_FALSE(b.full);
	buf_printf(&b, "%s", "123456789");
	CU_ASSERT_TRUE(b.full && b.n == 0);
	CU_ASSERT_FALSE(buf_room(&b, SIZE_MAX));
	buf_release(&b);
}

static void prints_up_to_the_last_byte_of_the_ceiling(void)
{
	struct buf b;
	buf_init(&b, 8);
	buf_printf(&b, "%s", "12345678");
	CU_ASSERT_FALSE(b.full);
	ASSERT_STR(buf_str(&b), "12345678");
	buf_release(&b);
}

static void shows_control_bytes_instead_of_sending_them(void)
{
	struct buf b = { 0 };
	buf_add_visible(&b, STR("a\x1b[31m\n\t\x7f\0z"));
	ASSERT_STR(buf_str(&b), "a\\x1b[31m\\x0a\\x09\\x7f\\x00z");
	buf_clear(&b);
	buf_add_visible(&b, STR("\xc2\x9b\x31m"));
	ASSERT_STR(buf_str(&b), "\\xc2\\x9b1m");
	buf_release(&b);
}

static void passes_utf_8_and_shows_what_is_none(void)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "\xc2\xa0\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc2\xa0\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\xe9t\xe9", "\\xe9t\\xe9" },
		{ "\xc3", "\\xc3" },
		{ "\xc0\x80", "\\xc0\\x80" },
		{ "\xe0\x80\x80", "\\xe0\\x80\\x80" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
		{ "\xed\x9f\xbf", "\xed\x9f\xbf" },
		{ "\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf" },
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
		{ "\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80" },
		{ "\xe2\x82x", "\\xe2\\x82x" },
	};
	struct buf b = { 0 };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&b);
		buf_add_visible(&b, str_of(cases[i].in));
		ASSERT_STR(buf_str(&b), cases[i].out);
	}
	buf_release(&b);
}

UNIT_SUITE(buf, UNIT(adds_bytes_and_text), UNIT(grows_through_any_size), UNIT(stops_at_its_ceiling_and_says_so),
	UNIT(prints_up_to_the_last_byte_of_the_ceiling), UNIT(shows_control_bytes_instead_of_sending_them),
	UNIT(passes_utf_8_and_shows_what_is_none))
