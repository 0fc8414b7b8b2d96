#include "qonduit/charset.h"

#include "unit.h"

#define BYTES(literal) ((struct str){ "" literal, sizeof(literal) - 1 })

/* Converts in pieces of every size and expects the same of each. */
static void converts(const char *from, struct str in, const char *expected)
{
	for (size_t piece = 1; piece <= in.n; piece++) {
		struct err e = { 0 };
		struct buf out;
		buf_init(&out, 0);
		struct charset *c = charset_open(from, &e);
		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		for (size_t at = 0; at < in.n; at += piece)
			CU_ASSERT_EQUAL(charset_convert(c, str_head(str_from(in, at), piece), &out, &e), 0);
		CU_ASSERT_EQUAL(charset_end(c, &out, &e), 0);
		ASSERT_STR(buf_str(&out), expected);
		ASSERT_STR(str_of(e.message), "");
		charset_close(c);
		buf_release(&out);
	}
}

/* The same, expecting a refusal. */
static void refuses(const char *from, struct str in, const char *message)
{
	for (size_t piece = 1; piece <= in.n; piece++) {
		struct err e = { 0 };
		struct buf out;
		buf_init(&out, 0);
		struct charset *c = charset_open(from, &e);
		CU_ASSERT_PTR_NOT_NULL_FATAL(c);
		int result = 0;
		for (size_t at = 0; at < in.n && result == 0; at += piece)
			result = charset_convert(c, str_head(str_from(in, at), piece), &out, &e);
		if (result == 0)
			result = charset_end(c, &out, &e);
		CU_ASSERT_EQUAL(result, -1);
		CU_ASSERT_EQUAL(e.class, ERR_INPUT);
		ASSERT_STR(str_of(e.message), message);
		charset_close(c);
		buf_release(&out);
	}
}

static void encodings_are_converted_in_pieces_of_any_size(void)
{
	converts("windows-1252", BYTES("Lanc\xf4me 5 \x80\x92"), "Lancôme 5 €’");
	converts("iso-8859-2", BYTES("\xa3\xf3" "d\xbc"), "Łódź");
	converts("UTF-16LE", BYTES("a\0\xe9\0\xac\x20\x3d\xd8\x00\xde"), "aé€😀");
	converts("UTF-16BE", BYTES("\0a\0\xe9\x20\xac\xd8\x3d\xde\x00"), "aé€😀");
	converts("UTF-32LE", BYTES("a\0\0\0\x00\xf6\x01\0"), "a😀");
	converts("utf-8", BYTES("aé€😀"), "aé€😀");
	converts("gb18030", BYTES("\xd6\xd0\x94\x39\xfc\x36"), "中😀");
	converts("shift_jis", BYTES("\x93\xfa\x96\x7b"), "日本");
	converts("iso-2022-jp", BYTES("\x1b$BF|\x1b(Ba"), "日a");
	converts("big5-hkscs", BYTES("\x88\x62" "a"), "\xc3\x8a\xcc\x84" "a");
}

static void bytes_that_are_no_characters_are_refused_with_their_offset(void)
{
	refuses("windows-1252", BYTES("abc\x81" "d"),
		"expected text in windows-1252, found the byte 0x81 at offset 3, which is no character there");
	refuses("utf-8", BYTES("a\xc3\xa9\xe2\x82z"),
		"expected text in utf-8, found the byte 0xE2 at offset 3, which is no character there");
	refuses("utf-16le", BYTES("a\0\x00\xdc" "b\0"),
		"expected text in utf-16le, found the byte 0x00 at offset 2, which is no character there");
}

static void a_stream_that_ends_within_a_character_is_refused(void)
{
	refuses("utf-16le", BYTES("a\0b"),
		"expected the rest of a character in utf-16le, found the end of the text at offset 3");
	refuses("utf-8", BYTES("a\xe2\x82"),
		"expected the rest of a character in utf-8, found the end of the text at offset 3");
	refuses("shift_jis", BYTES("\x93"),
		"expected the rest of a character in shift_jis, found the end of the text at offset 1");
}

static void offsets_count_from_the_start_of_the_stream(void)
{
	static char block[100000];
	struct err e = { 0 };
	struct buf out;
	buf_init(&out, 0);
	struct charset *c = charset_open("windows-1252", &e);
	memset(block, 0xe9, sizeof block);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(charset_convert(c, (struct str){ block, sizeof block }, &out, &e), 0);
	CU_ASSERT_EQUAL(out.n, 2 * 3 * sizeof block);
	block[7] = (char)0x8d;
	CU_ASSERT_EQUAL(charset_convert(c, (struct str){ block, sizeof block }, &out, &e), -1);
	ASSERT_STR(str_of(e.message), "expected text in windows-1252, found the byte 0x8D at offset 300007, which is no "
		"character there");
	charset_close(c);
	buf_release(&out);
}

static void the_ceiling_of_the_output_is_kept(void)
{
	struct err e = { 0 };
	struct buf out;
	buf_init(&out, 4);
	struct charset *c = charset_open("windows-1252", &e);
	CU_ASSERT_EQUAL(charset_convert(c, STR("abc"), &out, &e), 0);
	CU_ASSERT_EQUAL(charset_convert(c, STR("defg"), &out, &e), -1);
	ASSERT_STR(str_of(e.code), "charset.too_long");
	charset_close(c);
	buf_release(&out);
}

static void unknown_encodings_are_refused(void)
{
	static const char *const unknown[] = { "", "latin-9000", "utf-8//IGNORE", "windows-1252//TRANSLIT", "a b", "utf-8,x" };
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
		struct err e = { 0 };
		CU_ASSERT_FALSE(charset_known(unknown[i]));
		CU_ASSERT_PTR_NULL(charset_open(unknown[i], &e));
		CU_ASSERT_EQUAL(e.class, ERR_MAPPING);
		CU_ASSERT_PTR_NOT_NULL(strstr(e.message, unknown[i]));
	}
	static const char *const known[] = { "windows-1252", "iso-8859-2", "latin1", "UTF-16", "cp437", "koi8-r" };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		CU_ASSERT(charset_known(known[i]));
}

static void a_byte_order_mark_names_the_encoding(void)
{
	static const struct {
		struct str head;
		const char *name;
		size_t length;
	} cases[] = {
		{ { "\xef\xbb\xbf" "a", 4 }, "UTF-8", 3 },        { { "\xff\xfe" "a\0", 4 }, "UTF-16LE", 2 },
		{ { "\xfe\xff\0a", 4 }, "UTF-16BE", 2 },          { { "\xff\xfe\0\0a\0\0\0", 8 }, "UTF-32LE", 4 },
		{ { "\0\0\xfe\xff\0\0\0a", 8 }, "UTF-32BE", 4 }, { { "\xff\xfe", 2 }, "UTF-16LE", 2 },
		{ { "\xef\xbb", 2 }, NULL, 0 },                   { { "abc", 3 }, NULL, 0 },
		{ { NULL, 0 }, NULL, 0 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t length = 99;
		const char *name = charset_bom(cases[i].head, &length);
		CU_ASSERT_EQUAL(length, cases[i].length);
		CU_ASSERT(cases[i].name ? name && strcmp(name, cases[i].name) == 0 : !name);
	}
}

static void guesses_are_written_as_people_write_them(void)
{
	char out[40];
	ASSERT_STR(str_of(charset_guess(BYTES("G\0T\0I\0N\0\n\0"), out)), "UTF-16LE without a byte order mark");
	ASSERT_STR(str_of(charset_guess(BYTES("\0G\0T\0I\0N\0\n"), out)), "UTF-16BE without a byte order mark");
	ASSERT_STR(str_of(charset_guess(BYTES("\xff\xfeG\0"), out)), "UTF-16LE");
	struct str french = BYTES("Cr\xe8me br\xfbl\xe9" "e \x80 5, l\x92" "eau d\x92\xe9t\xe9 \xe0 la fran\xe7" "aise; "
		"Lanc\xf4me, Est\xe9" "e Lauder, Herm\xe8s, Chlo\xe9");
	ASSERT_STR(str_of(charset_guess(french, out)), "windows-1252");
	ASSERT_STR(str_of(charset_guess(BYTES("Eau de Parfum Cr\xe8me"), out)), "windows-1252");
	ASSERT_STR(str_of(charset_guess(STR("Crème brûlée € 5, l’eau d’été"), out)), "UTF-8");
	CU_ASSERT_PTR_NULL(strstr(charset_guess(BYTES("G\0\0\0T\0\0\0I\0\0\0"), out), "UTF-16"));
	ASSERT_STR(str_of(charset_guess(STR(""), out)), "");
	ASSERT_STR(str_of(charset_guess((struct str){ 0 }, out)), "");
}

UNIT_SUITE(charset,
	UNIT(encodings_are_converted_in_pieces_of_any_size),
	UNIT(bytes_that_are_no_characters_are_refused_with_their_offset),
	UNIT(a_stream_that_ends_within_a_character_is_refused),
	UNIT(offsets_count_from_the_start_of_the_stream),
	UNIT(the_ceiling_of_the_output_is_kept),
	UNIT(unknown_encodings_are_refused),
	UNIT(a_byte_order_mark_names_the_encoding),
	UNIT(guesses_are_written_as_people_write_them))
