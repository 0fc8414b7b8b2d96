#include "qonduit/sheet_write.h"

#include <stdlib.h>

#include "book_bench.h"
#include "unit.h"

static struct decimal number(const char *text)
{
	struct decimal d = { 0 };
	CU_ASSERT_EQUAL(decimal_parse(str_of(text), &d), DECIMAL_OK);
	return d;
}

/* ---- names and texts ---- */

static void a_name_is_what_excel_takes_for_one(void)
{
	static const char *const good[] = { "Catalog", "By brand", "2026", "Q1", "it's", "Größe & <Maß>!", "a\"b", " x ",
		"1234567890123456789012345678901", "日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日" };
	static const char *const bad[] = { "", "12345678901234567890123456789012", "a/b", "a\\b", "a:b", "a*b", "a?b", "[a",
		"a]", "'a", "a'", "history", "HISTORY", "a\nb", "a\x01", "\xff", "a\xef\xbf\xbe", "_x0041_",
		"😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		CU_ASSERT_PTR_NULL(sheet_name_fault(str_of(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CU_ASSERT_PTR_NOT_NULL(sheet_name_fault(str_of(bad[i])));
}

static void two_sheets_never_have_the_same_name_to_excel(void)
{
	struct book *b = bench_begin(bench_path());
	bench_sheet(b, "Größe");
	CU_ASSERT_PTR_NULL(book_sheet(b, STR("GRÖßE"), &bench_error));
	CU_ASSERT_EQUAL(bench_error.class, ERR_MAPPING);
	err_clear(&bench_error);
	CU_ASSERT_PTR_NULL(book_sheet(b, STR("a/b"), &bench_error));
	CU_ASSERT_TRUE(bench_holds(str_of(bench_error.message), "one of the characters"));
	book_abandon(b);
	bench_finish();
}

static void a_cell_holds_32767_characters_as_utf16_counts(void)
{
	char *text = arena_alloc(&bench_arena, 140000);
	memset(text, 'x', 140000);
	CU_ASSERT_TRUE(sheet_text_fits((struct str){ text, 32767 }));
	CU_ASSERT_FALSE(sheet_text_fits((struct str){ text, 32768 }));
	for (size_t i = 0; i < 35000; i++)
		memcpy(text + 4 * i, "😀", 4);
	CU_ASSERT_TRUE(sheet_text_fits((struct str){ text, 4 * 16383 }));
	CU_ASSERT_FALSE(sheet_text_fits((struct str){ text, 4 * 16384 }));
	for (size_t i = 0; i < 20000; i++)
		memcpy(text + 7 * i, "_x000D_", 7); /* each takes six more in the file */
	CU_ASSERT_TRUE(sheet_text_fits((struct str){ text, 7 * 2520 }));
	CU_ASSERT_FALSE(sheet_text_fits((struct str){ text, 7 * 2521 }));
	bench_finish();
}

static void the_longest_texts_are_written_and_longer_ones_refused_with_their_place(void)
{
	const char *path = bench_path();
	struct book *b = bench_begin(path);
	struct sheet *s = bench_sheet(b, "Catalog");
	char *text = arena_alloc(&bench_arena, 33000);
	memset(text, '\r', 33000); /* escaped by the library */
	CU_ASSERT_EQUAL(sheet_put_text(s, 0, 0, (struct str){ text, 32767 }, 0, &bench_error), 0);
	for (size_t i = 0; i < 2520; i++)
		memcpy(text + 7 * i, "_x000D_", 7);
	CU_ASSERT_EQUAL(sheet_put_text(s, 0, 1, (struct str){ text, 7 * 2520 }, 0, &bench_error), 0);
	CU_ASSERT_EQUAL(sheet_put_text(s, 4, 1, (struct str){ text, 32768 }, 0, &bench_error), -1);
	CU_ASSERT_TRUE(bench_error.class == ERR_INPUT && bench_error.row == 5);
	ASSERT_STR(str_of(bench_error.sheet), "Catalog");
	ASSERT_STR(str_of(bench_error.file), path);
	book_abandon(b);
	bench_finish();
}

static void every_text_is_read_again_as_it_was_and_none_is_a_formula(void)
{
	static const char *const texts[] = { "=1+1", "+1", "-1", "@x", "=HYPERLINK(\"http://x\")", "a\x01\x1f\x7f",
		"tab\t", "\nlf\n", "cr\r", "crlf\r\n", "_x000D_", "_x000D_x000D_", "__x000d__", "_x0041\x02", "_x0041", "_x",
		"_", "_xZZZZ_", "\xef\xbf\xbe", "\xef\xbf\xbf\xef\xbf\xbd", "  blanks  ",
		"<b>&amp;\"'</b>]]>", "😀 \xc2\xa0", "0001234", "#N/A", "1e5", "TRUE",
		"<f>#N/A</f> t=\"str\"><f>#", "_x0000_", "_x005F_" };
	size_t n = sizeof texts / sizeof *texts;
	const char *path = bench_path();
	struct book *b = bench_begin(path);
	struct sheet *s = bench_sheet(b, "Texts");
	int bold = book_look(b, &(struct book_look){ .bold = true });
	for (size_t i = 0; i < n; i++) {
		CU_ASSERT_EQUAL(sheet_put_text(s, (uint32_t)i, 0, str_of(texts[i]), 0, &bench_error), 0);
		CU_ASSERT_EQUAL(sheet_put_text(s, (uint32_t)i, 1, str_of(texts[i]), bold, &bench_error), 0);
	}
	CU_ASSERT_EQUAL(sheet_put_text(s, (uint32_t)n, 0, STR("a\0b"), 0, &bench_error), 0);
	bench_end(b);
	ASSERT_CELL(path, n, 0, CELL_TEXT, "a_x0000_b"); /* which no workbook can hold */
	for (size_t i = 0; i < n; i++) {
		ASSERT_CELL(path, i, 0, CELL_TEXT, texts[i]);
		ASSERT_CELL(path, i, 1, CELL_TEXT, texts[i]);
	}
	struct str xml = bench_part(path, "xl/worksheets/sheet1.xml");
	CU_ASSERT_FALSE(bench_holds(xml, "<f>"));
	CU_ASSERT_EQUAL(bench_count(xml, "t=\"inlineStr\""), 2 * n + 1);
	bench_finish();
}

/* ---- numbers, moments, errors ---- */

static void numbers_of_up_to_15_digits_are_numbers_and_longer_ones_texts(void)
{
	static const char *const kept[] = { "0", "9.95", "0.1", "-0.05", "1.1", "179.99", "3349668566372",
		"123456789012345", "-999999999999999", "0.123456789012345", "12345678.9012345", "123456789012345000" };
	static const char *const texts[] = { "1234567890123456", "0.1234567890123456", "9.949999999999999",
		"-9007199254740993", "12345678901234567890123456789012345678" };
	const char *path = bench_path();
	struct book *b = bench_begin(path);
	struct sheet *s = bench_sheet(b, "Numbers");
	uint32_t row = 0;
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		CU_ASSERT_EQUAL(sheet_put_number(s, row++, 0, number(kept[i]), 0, &bench_error), 0);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		CU_ASSERT_EQUAL(sheet_put_number(s, row++, 0, number(texts[i]), 0, &bench_error), 0);
	CU_ASSERT_EQUAL(sheet_put_number(s, row++, 0, number("10.00"), 0, &bench_error), 0);
	struct decimal least = { 1, DECIMAL_DIGITS };
	CU_ASSERT_EQUAL(sheet_put_number(s, row, 0, least, 0, &bench_error), 0);
	bench_end(b);
	row = 0;
	for (size_t i = 0; i < sizeof kept / sizeof *kept - 1; i++)
		ASSERT_CELL(path, row++, 0, CELL_NUMBER, kept[i]);
	ASSERT_CELL(path, row++, 0, CELL_ROUNDED, "123456789012345000");
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		ASSERT_CELL(path, row++, 0, CELL_TEXT, texts[i]);
	ASSERT_CELL(path, row++, 0, CELL_NUMBER, "10");
	bench_finish();
}

/* The library prints 16 digits: they must lead to the double that is nearest to the number. */
static void what_stands_in_the_file_is_the_nearest_double(void)
{
	const char *path = bench_path();
	struct book *b = bench_begin(path);
	struct sheet *s = bench_sheet(b, "Numbers");
	uint64_t seed = 1;
	struct decimal *all = ARENA_ARRAY(&bench_arena, 20000, struct decimal);
	for (uint32_t i = 0; i < 20000; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		all[i] = i < 10000 ? (struct decimal){ i, 2 } :
			(struct decimal){ (int64_t)(seed >> 8) % 1000000000000000, (int)(seed >> 59) % 30 };
		CU_ASSERT_EQUAL(sheet_put_number(s, i, 0, all[i], 0, &bench_error), 0);
	}
	bench_end(b);
	struct str xml = bench_part(path, "xl/worksheets/sheet1.xml");
	size_t wrong = 0;
	for (uint32_t i = 0; i < 20000; i++) {
		char text[DECIMAL_TEXT_MAX + 1];
		text[decimal_print(all[i], text)] = '\0';
		xml = str_from(xml, (size_t)str_find(xml, STR("<v>")) + 3);
		wrong += strtod(xml.p, NULL) != strtod(text, NULL);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	bench_finish();
}

static void moments_are_dates_where_excel_has_them(void)
{
	static const struct { int64_t ms; bool has_time; enum cell_kind kind; const char *text; } moments[] = {
		{ 1795284000000, true, CELL_DATE, "2026-11-21T18:00:00" },
		{ 1795284000123, true, CELL_DATE, "2026-11-21T18:00:00.123" },
		{ 1795219200000, true, CELL_DATE, "2026-11-21T00:00:00" },
		{ 1795284000123, false, CELL_DATE, "2026-11-21" },
		{ 0, false, CELL_DATE, "1970-01-01" },
		{ -1, true, CELL_DATE, "1969-12-31T23:59:59.999" },
		{ -1, false, CELL_DATE, "1969-12-31" },
		{ -2203891200000, false, CELL_DATE, "1900-03-01" },
		{ -2203891200001, true, CELL_TEXT, "1900-02-28T23:59:59.999" },
		{ 253402300799000, true, CELL_DATE, "9999-12-31T23:59:59" },
		{ 253402300800000, false, CELL_TEXT, "10000-01-01" },
		{ -62135596800000, true, CELL_TEXT, "0001-01-01T00:00:00" },
	};
	size_t n = sizeof moments / sizeof *moments;
	const char *path = bench_path();
	struct book *b = bench_begin(path);
	struct sheet *s = bench_sheet(b, "Moments");
	int own = book_look(b, &(struct book_look){ .number_format = "dd.mm.yyyy" });
	for (size_t i = 0; i < n; i++)
		CU_ASSERT_EQUAL(sheet_put_moment(s, (uint32_t)i, 0, moments[i].ms, moments[i].has_time, 0, &bench_error), 0);
	CU_ASSERT_EQUAL(sheet_put_moment(s, (uint32_t)n, 0, 0, false, own, &bench_error), 0);
	bench_end(b);
	for (size_t i = 0; i < n; i++)
		ASSERT_CELL(path, i, 0, moments[i].kind, moments[i].text);
	ASSERT_CELL(path, n, 0, CELL_DATE, "1970-01-01");
	struct str styles = bench_part(path, "xl/styles.xml");
	CU_ASSERT_TRUE(bench_holds(styles, "dd.mm.yyyy"));
	CU_ASSERT_TRUE(bench_holds(styles, "\"yyyy-mm-dd\""));
	CU_ASSERT_TRUE(bench_holds(styles, "\"yyyy-mm-dd hh:mm:ss\""));
	bench_finish();
}

static void an_error_is_an_error_when_it_is_read_again(void)
{
	static const char *const errors[][2] = { { "#NULL!", "#NULL!" }, { "#DIV/0!", "#DIV/0!" }, { "#VALUE!", "#VALUE!" },
		{ "#REF!", "#REF!" }, { "#NAME?", "#NAME?" }, { "#NUM!", "#NUM!" }, { "#N/A", "#N/A" },
		{ "#GETTING_DATA", "#GETTING_DATA" }, { "=cmd()", "#N/A" }, { "", "#N/A" } };
	size_t n = sizeof errors / sizeof *errors;
	const char *path = bench_path();
	struct book *b = bench_begin(path);
	struct sheet *s = bench_sheet(b, "Errors"), *other = bench_sheet(b, "Other");
	int red = book_look(b, &(struct book_look){ .fill = 0xFFC7CE });
	for (uint32_t i = 0; i < n; i++) {
		CU_ASSERT_EQUAL(sheet_put_error(s, 2 * i, 2, str_of(errors[i][0]), red, &bench_error), 0);
		CU_ASSERT_EQUAL(sheet_put_text(other, i, 0, STR("between"), 0, &bench_error), 0);
		CU_ASSERT_EQUAL(sheet_put_text(s, 2 * i, 1, STR("<f>#N/A</f>"), 0, &bench_error), 0);
		CU_ASSERT_EQUAL(sheet_put_error(s, 2 * i, 0, str_of(errors[i][0]), 0, &bench_error), 0);
	}
	bench_end(b);
	for (size_t i = 0; i < n; i++) {
		ASSERT_CELL(path, 2 * i, 0, CELL_ERROR, errors[i][1]);
		ASSERT_CELL(path, 2 * i, 1, CELL_TEXT, "<f>#N/A</f>");
		ASSERT_CELL(path, 2 * i, 2, CELL_ERROR, errors[i][1]);
	}
	struct str xml = bench_part(path, "xl/worksheets/sheet1.xml");
	CU_ASSERT_TRUE(!bench_holds(xml, "<f>"));
	CU_ASSERT_TRUE(bench_count(xml, "<row ") == n);
	CU_ASSERT_TRUE(bench_count(xml, " t=\"e\">") == 2 * n);
	bench_finish();
}

/* ---- links ---- */

static void only_addresses_of_the_web_and_of_mailboxes_become_links(void)
{
	static const char *const real[] = { "https://www.qogita.com/products/1/x/", "http://x.com/a?b=c&d=e#top",
		"mailto:a@b.c", "HTTPS://X.COM", "https://x.com/ü" };
	static const char *const formulas[] = { "http://x.com/internal:5", "https://x.com/external:5?\"q\"" };
	static const char *const plain[] = { "internal:Sheet!A1", "external:c:\\x", "file:///etc/passwd",
		"javascript:alert(1)", "https://", "https://x.com/a b", "https://x.com/a\x01", "ftp://x", "www.x.com", "" };
	const char *path = bench_path();
	struct book *b = bench_begin(path);
	struct sheet *s = bench_sheet(b, "Links");
	uint32_t row = 0;
	for (size_t i = 0; i < sizeof real / sizeof *real; i++)
		CU_ASSERT_EQUAL(sheet_put_link(s, row++, 0, STR("View \"it\""), str_of(real[i]), 0, &bench_error), 0);
	for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++)
		CU_ASSERT_EQUAL(sheet_put_link(s, row++, 0, STR("View \"it\""), str_of(formulas[i]), 0, &bench_error), 0);
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		CU_ASSERT_EQUAL(sheet_put_link(s, row++, 0, STR("View \"it\""), str_of(plain[i]), 0, &bench_error), 0);
	bench_end(b);
	row = 0;
	for (size_t i = 0; i < sizeof real / sizeof *real; i++, row++) {
		ASSERT_CELL(path, row, 0, CELL_TEXT, "View \"it\"");
		ASSERT_STR(cell_link(bench_cell(path, 0, row, 0)), real[i]);
	}
	for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++, row++) {
		ASSERT_CELL(path, row, 0, CELL_TEXT, "View \"it\"");
		ASSERT_STR(cell_link(bench_cell(path, 0, row, 0)), formulas[i]);
	}
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++, row++) {
		ASSERT_CELL(path, row, 0, CELL_TEXT, "View \"it\"");
		CU_ASSERT_FALSE(bench_cell(path, 0, row, 0).linked);
	}
	struct str xml = bench_part(path, "xl/worksheets/sheet1.xml");
	CU_ASSERT_EQUAL(bench_count(xml, "<hyperlink "), sizeof real / sizeof *real);
	CU_ASSERT_EQUAL(bench_count(xml, "<f>HYPERLINK("), sizeof formulas / sizeof *formulas);
	bench_finish();
}

static void links_behind_the_limit_are_formulas_and_too_long_ones_texts(void)
{
	const char *path = bench_path();
	struct book *b = bench_begin(path);
	struct sheet *s = bench_sheet(b, "Links");
	char address[3000] = "https://x.com/";
	memset(address + 14, 'a', sizeof address - 14);
	CU_ASSERT_EQUAL(sheet_put_link(s, 0, 0, STR("x"), (struct str){ address, 2080 }, 0, &bench_error), 0);
	CU_ASSERT_EQUAL(sheet_put_link(s, 0, 1, STR("x"), (struct str){ address, 2079 }, 0, &bench_error), 0);
	for (uint32_t i = 1; i < SHEET_LINKS_MAX; i++)
		CU_ASSERT_EQUAL(sheet_put_link(s, i, 0, STR("x"), STR("https://x.com"), 0, &bench_error), 0);
	struct str short_one = { address, 255 };
	CU_ASSERT_EQUAL(sheet_put_link(s, SHEET_LINKS_MAX, 0, short_one, short_one, 0, &bench_error), 0);
	CU_ASSERT_EQUAL(sheet_put_link(s, SHEET_LINKS_MAX, 1, STR("a \"b\""), STR("https://x.com"), 0, &bench_error), 0);
	CU_ASSERT_EQUAL(sheet_put_link(s, SHEET_LINKS_MAX, 2, STR("x"), (struct str){ address, 256 }, 0, &bench_error), 0);
	CU_ASSERT_EQUAL(sheet_put_link(s, SHEET_LINKS_MAX, 3, STR("a\tb"), STR("https://x.com"), 0, &bench_error), 0);
	bench_end(b);
	struct str xml = bench_part(path, "xl/worksheets/sheet1.xml");
	CU_ASSERT_EQUAL(bench_count(xml, "<hyperlink "), SHEET_LINKS_MAX);
	CU_ASSERT_EQUAL(bench_count(xml, "<f>"), 2);
	CU_ASSERT_FALSE(bench_cell(path, 0, 0, 0).linked);
	ASSERT_STR(cell_link(bench_cell(path, 0, SHEET_LINKS_MAX, 0)), arena_copy(&bench_arena, short_one).p);
	ASSERT_STR(cell_link(bench_cell(path, 0, SHEET_LINKS_MAX, 1)), "https://x.com");
	ASSERT_CELL(path, SHEET_LINKS_MAX, 1, CELL_TEXT, "a \"b\"");
	CU_ASSERT_FALSE(bench_cell(path, 0, SHEET_LINKS_MAX, 2).linked);
	ASSERT_CELL(path, SHEET_LINKS_MAX, 3, CELL_TEXT, "a\tb");
	bench_finish();
}

UNIT_SUITE(sheet_write,
	UNIT(a_name_is_what_excel_takes_for_one),
	UNIT(two_sheets_never_have_the_same_name_to_excel),
	UNIT(a_cell_holds_32767_characters_as_utf16_counts),
	UNIT(the_longest_texts_are_written_and_longer_ones_refused_with_their_place),
	UNIT(every_text_is_read_again_as_it_was_and_none_is_a_formula),
	UNIT(numbers_of_up_to_15_digits_are_numbers_and_longer_ones_texts),
	UNIT(what_stands_in_the_file_is_the_nearest_double),
	UNIT(moments_are_dates_where_excel_has_them),
	UNIT(an_error_is_an_error_when_it_is_read_again),
	UNIT(only_addresses_of_the_web_and_of_mailboxes_become_links),
	UNIT(links_behind_the_limit_are_formulas_and_too_long_ones_texts))
