#include "qonduit/xml_write.h"

#include <stdio.h>
#include <stdlib.h>

#include "qonduit/unicode.h"
#include "qonduit/xml_read.h"
#include "unit.h"

static struct buf text;

static struct str written(void)
{
	return buf_str(&text);
}

static struct xml_out fresh(void)
{
	buf_release(&text);
	buf_init(&text, 0);
	return xml_out(&text);
}

static void an_element_stands_on_a_line_indented_by_its_depth(void)
{
	struct xml_out w = fresh();
	xml_out_declare(&w);
	xml_out_begin(&w, STR("a"));
	xml_out_attribute(&w, STR("x"), STR("1"));
	xml_out_attribute(&w, STR("y"), STR(""));
	xml_out_begin(&w, STR("b"));
	xml_out_begin(&w, STR("c"));
	xml_out_text(&w, STR("t"));
	xml_out_text(&w, STR(" u"));
	xml_out_end(&w, STR("c"));
	xml_out_begin(&w, STR("d"));
	xml_out_end(&w, STR("d"));
	xml_out_end(&w, STR("b"));
	xml_out_begin(&w, STR("e"));
	xml_out_cdata(&w, STR("v"));
	xml_out_end(&w, STR("e"));
	xml_out_end(&w, STR("a"));
	xml_out_finish(&w);
	ASSERT_STR(written(), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a x=\"1\" y=\"\">\n  <b>\n    <c>t u</c>\n    <d/>\n"
		"  </b>\n  <e><![CDATA[v]]></e>\n</a>\n");
	buf_release(&text);
}

static void the_buffer_may_be_emptied_at_any_time(void)
{
	struct xml_out w = fresh();
	struct buf all = { 0 };
	for (int step = 0; step < 5; step++) {
		if (step == 0)
			xml_out_begin(&w, STR("a"));
		else if (step == 1)
			xml_out_begin(&w, STR("b"));
		else if (step == 2)
			xml_out_text(&w, STR("t"));
		else
			xml_out_end(&w, step == 3 ? STR("b") : STR("a"));
		buf_add(&all, written());
		buf_clear(&text);
	}
	ASSERT_STR(buf_str(&all), "<a>\n  <b>t</b>\n</a>");
	buf_release(&all);
	buf_release(&text);
}

static void text_and_attributes_are_escaped(void)
{
	struct xml_out w = fresh();
	xml_out_begin(&w, STR("a"));
	xml_out_attribute(&w, STR("x"), STR("&<>\"'\t\n\r]]>"));
	xml_out_text(&w, STR("&<>\"'\t\n\r]]>&amp;"));
	xml_out_end(&w, STR("a"));
	ASSERT_STR(written(), "<a x=\"&amp;&lt;&gt;&quot;'&#9;&#10;&#13;]]&gt;\">&amp;&lt;&gt;\"'\t\n&#13;]]&gt;&amp;amp;</a>");
	buf_release(&text);
}

static struct str as_cdata(struct str s)
{
	struct xml_out w = fresh();
	xml_out_begin(&w, STR("a"));
	xml_out_cdata(&w, s);
	return (struct str){ text.p + 3, text.n - 3 };
}

static void a_cdata_section_never_holds_its_end(void)
{
	ASSERT_STR(as_cdata(STR("<b>&")), "<![CDATA[<b>&]]>");
	ASSERT_STR(as_cdata(STR("]]>")), "<![CDATA[]]]]><![CDATA[>]]>");
	ASSERT_STR(as_cdata(STR("a]]]>]]>b")), "<![CDATA[a]]]]]><![CDATA[>]]]]><![CDATA[>b]]>");
	ASSERT_STR(as_cdata(STR("]]")), "<![CDATA[]]]]>");
	ASSERT_STR(as_cdata(STR(">")), "<![CDATA[>]]>");
	ASSERT_STR(as_cdata(STR("")), "");
	buf_release(&text);
}

static void a_carriage_return_survives_in_cdata(void)
{
	ASSERT_STR(as_cdata(STR("a\r\nb")), "<![CDATA[a]]>&#13;<![CDATA[\nb]]>");
	ASSERT_STR(as_cdata(STR("\r\r")), "&#13;&#13;");
	ASSERT_STR(as_cdata(STR("]]\r>")), "<![CDATA[]]]]>&#13;<![CDATA[>]]>");
	buf_release(&text);
}

static void knows_what_xml_does_not_have(void)
{
	uint32_t character = 0;
	size_t place = 0;
	for (uint32_t c = 0; c < 0x110000; c++) {
		char bytes[8] = "ä";
		if (c >= 0xd800 && c < 0xe000)
			continue;
		bool wanted = c >= 0x20 ? c != 0xfffe && c != 0xffff : c == 9 || c == 10 || c == 13;
		struct str s = { bytes, 2 + utf8_put(c, bytes + 2) };
		if (xml_holds(s, &character, &place) == wanted && (wanted || (character == c && place == 2)))
			continue;
		CU_ASSERT_EQUAL_FATAL(c, 0x110000);
	}
	static const struct str broken[] = { { "a\xff", 2 }, { "a\xc3", 2 }, { "a\xed\xa0\x80", 4 }, { "a\xc0\x80", 3 } };
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		CU_ASSERT(!xml_holds(broken[i], &character, &place) && character == UINT32_MAX && place == 2);
	CU_ASSERT(xml_holds(STR(""), &character, &place));
}

static void knows_names(void)
{
	static const char *const names[] = { "a", "_", "g:price", "category_1", "A-b.c", "xsi:schemaLocation" };
	static const char *const others[] = { "", ":", "a:", ":a", "a:b:c", "1a", "-a", ".a", "a b", "a#", "ä", "a\n", "a:1", "a>" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		CU_ASSERT(xml_is_name(str_of(names[i])));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		CU_ASSERT(!xml_is_name(str_of(others[i])));
	CU_ASSERT(!xml_is_name((struct str){ "a\0b", 3 }));
}

/* ---- through a parser and back ---- */

static struct buf heard;

static int hear_start(void *arg, struct xml_name name, const char *const *attributes, struct err *e)
{
	return 0;
}

static int hear_end(void *arg, struct xml_name name, struct err *e)
{
	return 0;
}

static int hear_text(void *arg, struct str piece, struct err *e)
{
	buf_add(&heard, piece);
	return 0;
}

/* Whether an outside parser reads from the element what was put into it. */
static bool comes_back(struct str s, bool cdata)
{
	static const struct xml_handler handler = { .start = hear_start, .end = hear_end, .text = hear_text };
	struct xml_out w = fresh();
	struct err e = { 0 };
	buf_clear(&heard);
	xml_out_declare(&w);
	xml_out_begin(&w, STR("a"));
	if (cdata)
		xml_out_cdata(&w, s);
	else
		xml_out_text(&w, s);
	xml_out_end(&w, STR("a"));
	xml_out_finish(&w);
	struct xml_reader *r = xml_reader_open(&handler, NULL);
	bool fine = xml_reader_feed(r, written(), true, &e) == 0 && str_eq(buf_str(&heard), s);
	xml_reader_close(r);
	return fine;
}

static void what_xml_has_comes_back_as_it_was(void)
{
	static const char *const parts[] = { "]", "]]", ">", "]]>", "\r", "\r\n", "\n", "\t", "&", "&#13;", "<", "<![CDATA[", "\"", "'",
		"x", " ", "😀", "\u200f", "\u202e", "\xc2\x85", "\u2028", "-->", "\x7f", "é" };
	size_t count = sizeof parts / sizeof *parts;
	srand(1);
	for (int round = 0; round < 3000; round++) {
		char s[128];
		size_t n = 0;
		for (int i = rand() % 12; i > 0; i--)
			n += (size_t)snprintf(s + n, sizeof s - n, "%s", parts[(size_t)rand() % count]);
		if (comes_back((struct str){ s, n }, false) && comes_back((struct str){ s, n }, true))
			continue;
		fprintf(stderr, "\n  %.*s\n", (int)n, s);
		CU_FAIL("a text has changed");
	}
	buf_release(&heard);
	buf_release(&text);
}

static void long_texts_cost_what_they_are_long(void)
{
	char *s = malloc(300000);
	for (size_t i = 0; i < 300000; i++)
		s[i] = "]]>"[i % 3];
	CU_ASSERT(comes_back((struct str){ s, 300000 }, true));
	CU_ASSERT(comes_back((struct str){ s, 300000 }, false));
	free(s);
	buf_release(&heard);
	buf_release(&text);
}

UNIT_SUITE(xml_write, UNIT(an_element_stands_on_a_line_indented_by_its_depth), UNIT(the_buffer_may_be_emptied_at_any_time),
	UNIT(text_and_attributes_are_escaped), UNIT(a_cdata_section_never_holds_its_end), UNIT(a_carriage_return_survives_in_cdata),
	UNIT(knows_what_xml_does_not_have), UNIT(knows_names), UNIT(what_xml_has_comes_back_as_it_was),
	UNIT(long_texts_cost_what_they_are_long))
