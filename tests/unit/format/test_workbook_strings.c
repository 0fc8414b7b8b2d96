#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "../../../src/format/xml_scan.h"
#include "book_try.h"

/* The strings, each in brackets. */
static const char *strings_of(struct workbook *w)
{
	static struct buf out;
	struct str text;
	buf_clear(&out);
	for (size_t i = 0; w && workbook_string(w, i, &text); i++)
		buf_printf(&out, "[%.*s]", STR_ARG(text));
	if (!w)
		buf_printf(&out, "%s", try_fault.message);
	workbook_free(w);
	return buf_text(&out);
}

static void has_strings(const char *items, const char *expected)
{
	char text[2000];
	snprintf(text, sizeof text, "<sst " XLSX_MAIN " count='9' uniqueCount='7'>%s</sst>", items);
	ASSERT_STR(str_of(strings_of(TRY({ "xl/sharedStrings.xml", text, 0 }))), expected);
}

static void strings_are_plain_rich_or_empty(void)
{
	has_strings("<si><t>a</t></si><si><t xml:space='preserve'> b </t></si><si><t> c\n</t></si>", "[a][ b ][ c\n]");
	has_strings("<si/><si><t/></si><si><r><t/></r></si><si><t>&lt;x&gt;<![CDATA[&]]></t></si>", "[][][][<x>&]");
	has_strings("<si><r><rPr><b/><sz val='11'/></rPr><t>bold</t></r><r><t> plain</t></r></si><si><t>x</t></si>",
		"[bold plain][x]");
	has_strings("", "");
}

static void phonetic_runs_are_left_out(void)
{
	has_strings("<si><t>\xe8\xaa\xb2</t><rPh sb='0' eb='1'><t>\xe3\x82\xab</t></rPh><phoneticPr fontId='1'/></si>"
		"<si><t>b</t></si>", "[\xe8\xaa\xb2][b]");
	has_strings("<si><r><t>a</t></r><rPh sb='0' eb='1'><t>no</t></rPh><r><t>b</t></r></si>", "[ab]");
}

static void what_else_stands_there_is_no_string(void)
{
	has_strings("\n <si> \n <t>a</t> x </si>\n y <other><t>no</t></other>", "[a]");
	has_strings("<si><t>a</t></si><extLst><ext><si><t>no</t></si></ext></extLst>", "[a]");
	has_strings("<si><r><rPr><t>no</t></rPr><t>a</t></r></si>", "[a]");
	has_strings("<x:si xmlns:x='y'><x:t>no</x:t></x:si><si><t>a</t><x:t xmlns:x='y'>no</x:t></si>", "[a]");
}

static void escapes_are_resolved(void)
{
	has_strings("<si><t>a_x000D_\n_x0041_</t></si>", "[a\r\nA]");
	has_strings("<si><t>_x005F_x0041_ _x005f__x00e9_</t></si>", "[_x0041_ _\xc3\xa9]");
	has_strings("<si><t>_xD83D__xDE00_</t></si>", "[\xf0\x9f\x98\x80]");
	has_strings("<si><t>_xD83D_ _xDE00_ _xD83D__x0041_</t></si>", "[_xD83D_ _xDE00_ _xD83D_A]");
	has_strings("<si><t>_xD83D__xE000_ _xDBFF__xDFFF_</t></si>", "[_xD83D_\xee\x80\x80 \xf4\x8f\xbf\xbf]");
	has_strings("<si><t>_x0000_ _X0041_ _x041_ _x00G1_ _x0041 _ __x0041__</t></si>",
		"[_x0000_ _X0041_ _x041_ _x00G1_ _x0041 _ _A_]");
	has_strings("<si><t>_xD83D__xD83D__xDE00_</t></si><si><t>_x20AC__x20AC_ x_x20AC_</t></si>",
		"[_xD83D_\xf0\x9f\x98\x80][\xe2\x82\xac\xe2\x82\xac x\xe2\x82\xac]");
	has_strings("<si><r><t>_x00</t></r><r><t>41_</t></r></si><si><t>_x0</t></si><si><t>041_</t></si>",
		"[_x0041_][_x0][041_]");
}

static void a_string_that_is_not_there_is_told(void)
{
	struct str text;
	struct workbook *w = TRY({ "xl/sharedStrings.xml", "<sst " XLSX_MAIN "><si><t>a</t></si></sst>", 0 });
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT_EQUAL(workbook_string_count(w), 1);
	CU_ASSERT_TRUE(workbook_string(w, 0, &text));
	CU_ASSERT_FALSE(workbook_string(w, 1, &text));
	CU_ASSERT_FALSE(workbook_string(w, UINT64_MAX, &text));
	workbook_free(w);
	w = TRY({ "docProps/app.xml", "<x/>", 0 });
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT_FALSE(workbook_string(w, 0, &text));
	workbook_free(w);
}

static struct workbook *open_strings(struct str items, struct workbook_limits limits)
{
	struct buf text = { 0 };
	buf_add(&text, STR("<sst " XLSX_MAIN ">"));
	buf_add(&text, items);
	buf_add(&text, STR("</sst>"));
	const struct xlsx_part part = { "xl/sharedStrings.xml", text.p, text.n };
	int fd = xlsx_make_book(&part, 1);
	struct workbook *w = try_file(fd, limits);
	close(fd);
	buf_release(&text);
	return w;
}

static void opens_strings(struct str items, struct workbook_limits limits)
{
	struct workbook *w = open_strings(items, limits);
	CU_ASSERT_PTR_NOT_NULL(w);
	workbook_free(w);
}

static struct buf repeated(const char *item, unsigned count)
{
	struct buf b = { 0 };
	while (count--)
		buf_add(&b, str_of(item));
	return b;
}

static void the_memory_of_strings_has_its_limit(void)
{
	static const char sentence[] = "the workbook's shared strings need more than 1 MiB of memory (--max-strings)";
	struct workbook_limits just = { .string_bytes = 1800000 }, less = { .string_bytes = 1799999 };
	struct buf items = repeated("<si><t>0123456789</t></si>", 100000);
	opens_strings(buf_str(&items), just);
	REFUSED(open_strings(buf_str(&items), less), "workbook.strings", sentence);
	buf_release(&items);
	items = repeated("<si/>", 225001);
	REFUSED(open_strings(buf_str(&items), just), "workbook.strings", sentence);
	buf_release(&items);
}

static void the_length_of_a_string_has_its_limit(void)
{
	struct workbook_limits ten = { .cell_bytes = 10 };
	opens_strings(STR("<si><t>0123456789</t></si><si><t>0123456789</t></si>"), ten);
	REFUSED(open_strings(STR("<si/><si><r><t>01234567</t></r><r><t>89a</t></r></si>"), ten), "workbook.string_length",
		"the shared string 1 (from 0) is longer than 10 bytes (--max-cell)");
}

/* The strings, or the code of the refusal, as one engine reads them (src/format/xml_scan.h). */
static struct buf told(struct str items, bool judged)
{
	struct buf b = { 0 };
	struct workbook *w;
	xml_read_judged = judged;
	w = open_strings(items, (struct workbook_limits){ 0 });
	buf_add(&b, str_of(w ? strings_of(w) : try_fault.code));
	return b;
}

/* A byte of it left out, or another in its place, which says something elsewhere. */
static void every_byte_of_a_plain_string_says_the_same_to_both_engines(void)
{
	static const char items[] = "<si><t>a &lt;b]_x0041_</t></si>"
		"<si><t xml:space=\"preserve\"> \xe2\x82\xac&#xA;</t></si>";
	static const char odd[] = " \t\r\"'<>/&;]#:_sit0x\x01\xe2\xef";
	bool by_expat = xml_read_judged;
	for (size_t at = 0; at < sizeof items - 1 && !by_expat; at++) {
		for (size_t i = 0; i < sizeof odd; i++) { /* its NUL: the byte is left out */
			struct buf text = { 0 };
			buf_printf(&text, "<si><t>before</t></si>%.*s%s%s<si><t>behind</t></si>", (int)at, items,
				(char[]){ odd[i], '\0' }, items + at + 1);
			struct buf scanned = told(buf_str(&text), false), judged = told(buf_str(&text), true);
			ASSERT_STR(buf_str(&scanned), buf_text(&judged));
			buf_release(&scanned);
			buf_release(&judged);
			buf_release(&text);
		}
	}
	xml_read_judged = by_expat;
}

UNIT_SUITE(workbook_strings, UNIT(strings_are_plain_rich_or_empty), UNIT(phonetic_runs_are_left_out),
	UNIT(what_else_stands_there_is_no_string), UNIT(escapes_are_resolved), UNIT(a_string_that_is_not_there_is_told),
	UNIT(the_memory_of_strings_has_its_limit), UNIT(the_length_of_a_string_has_its_limit),
	UNIT(every_byte_of_a_plain_string_says_the_same_to_both_engines))
