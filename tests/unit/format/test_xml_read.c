#include "unit.h"

#include <malloc.h>
#include <stdio.h>

#include "../../../src/format/xml_scan.h"

#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

static struct buf told;

static void tell_name(struct xml_name name)
{
	static const char *const marks[] = { "", "main:", "r:", "rels:", "types:", "other:" };
	buf_printf(&told, "%s%s", marks[name.space], name.local);
}

static int tell_start(void *arg, struct xml_name name, const char *const *attributes, struct err *e)
{
	const char *id = xml_attribute(attributes, XML_NONE, "id"), *to = xml_attribute(attributes, XML_RELATION, "id");
	buf_addc(&told, '<');
	tell_name(name);
	if (id)
		buf_printf(&told, " id=%s", id);
	if (to)
		buf_printf(&told, " r:id=%s", to);
	buf_addc(&told, '>');
	return strcmp(name.local, "stop") == 0 ? err_set(e, ERR_INPUT, "test.stop", "found <stop>") : 0;
}

static int tell_end(void *arg, struct xml_name name, struct err *e)
{
	buf_add(&told, STR("</"));
	tell_name(name);
	buf_addc(&told, '>');
	return strcmp(name.local, "last") == 0 ? err_set(e, ERR_INPUT, "test.last", "found </last>") : 0;
}

static int tell_text(void *arg, struct str text, struct err *e)
{
	buf_add(&told, text);
	return str_find(text, STR("!")) >= 0 ? err_set(e, ERR_INPUT, "test.text", "found !") : 0;
}

static const struct xml_handler teller = { .start = tell_start, .end = tell_end, .text = tell_text };

/* What the handlers were told, or !CODE behind it. */
static struct str told_of(struct str text, size_t step, struct err *e)
{
	struct xml_reader *x = xml_reader_open(&teller, NULL);
	int result = 0;
	buf_clear(&told);
	err_clear(e);
	for (struct str rest = text; rest.n && result == 0; rest = str_from(rest, step))
		result = xml_reader_feed(x, str_head(rest, step), false, e);
	if (result == 0)
		result = xml_reader_feed(x, STR(""), true, e);
	CU_ASSERT_EQUAL(result, e->class ? -1 : 0);
	if (e->class)
		buf_printf(&told, "!%s", e->code);
	xml_reader_close(x);
	return buf_str(&told);
}

static void reads(struct str text, const char *expected)
{
	struct err e;
	for (size_t step = 1; step <= text.n; step += step < 40 ? 1 : 37)
		ASSERT_STR(told_of(text, step, &e), expected);
	ASSERT_STR(told_of(text, text.n, &e), expected);
}

static void refuses(const char *text, const char *code, const char *sentence)
{
	struct err e;
	told_of(str_of(text), SIZE_MAX, &e);
	ASSERT_STR(str_of(e.code), code);
	ASSERT_STR(str_of(e.message), sentence);
	CU_ASSERT_EQUAL(e.class, ERR_INPUT);
}

/* ---- what is read ---- */

static void elements_and_text_come_in_order(void)
{
	reads(STR("<a id='1'>x<b/>y</a>"), "<a id=1>x<b></b>y</a>");
	reads(STR("<?xml version='1.0'?>\n<!-- c -->\n<a>\r\n<!-- <b> --><?pi x?></a>\n"), "<a>\n</a>");
}

static void references_and_cdata_are_text(void)
{
	reads(STR("<a id='&lt;&#49;'>&amp;&#x20AC;<![CDATA[<b>]]]]><![CDATA[>&amp;]]></a>"),
		"<a id=<1>&\xe2\x82\xac<b>]]>&amp;</a>");
	struct buf many = { 0 }, expected = { 0 };
	buf_add(&many, STR("<a>"));
	buf_add(&expected, STR("<a>"));
	for (int i = 0; i < 10000; i++) {
		buf_add(&many, STR("<![CDATA[x]]>"));
		buf_addc(&expected, 'x');
	}
	buf_add(&many, STR("</a>"));
	buf_add(&expected, STR("</a>"));
	struct err e;
	ASSERT_STR(told_of(buf_str(&many), SIZE_MAX, &e), buf_text(&expected));
	buf_release(&many);
	buf_release(&expected);
}

static void the_namespaces_of_workbooks_are_known_in_both_spellings(void)
{
	reads(STR("<a xmlns='" MAIN "'/>"), "<main:a></main:a>");
	reads(STR("<a xmlns='http://purl.oclc.org/ooxml/spreadsheetml/main'/>"), "<main:a></main:a>");
	reads(STR("<a xmlns='http://schemas.openxmlformats.org/officeDocument/2006/relationships'/>"), "<r:a></r:a>");
	reads(STR("<a xmlns='http://purl.oclc.org/ooxml/officeDocument/relationships'/>"), "<r:a></r:a>");
	reads(STR("<a xmlns='http://schemas.openxmlformats.org/package/2006/relationships'/>"), "<rels:a></rels:a>");
	reads(STR("<a xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"), "<types:a></types:a>");
	reads(STR("<a xmlns='" MAIN "/'/>"), "<other:a></other:a>");
	reads(STR("<a xmlns='x'/>"), "<other:a></other:a>");
}

static void prefixes_may_be_any(void)
{
	reads(STR("<q:a xmlns:q='" MAIN "' xmlns:s='http://purl.oclc.org/ooxml/spreadsheetml/main'><s:b/><b/><c "
		"xmlns='x'/></q:a>"),
		"<main:a><main:b></main:b><b></b><other:c></other:c></main:a>");
	reads(STR("<a xmlns='" MAIN "'><b xmlns=''><c/></b><\xc3\xa9:d xmlns:\xc3\xa9='y'><e/></\xc3\xa9:d></a>"),
		"<main:a><b><c></c></b><other:d><main:e></main:e></other:d></main:a>");
}

static void attributes_are_found_by_namespace(void)
{
	reads(STR("<a xmlns:r='http://purl.oclc.org/ooxml/officeDocument/relationships' id='1' r:id='2'/>"),
		"<a id=1 r:id=2></a>");
	reads(STR("<a xmlns:z='http://schemas.openxmlformats.org/officeDocument/2006/relationships' z:id='2'/>"),
		"<a r:id=2></a>");
	reads(STR("<a xmlns:r='" MAIN "' r:id='2' Id='3'/>"), "<a></a>");
}

static void other_encodings_are_read(void)
{
	reads(STR("\xef\xbb\xbf<a>\xc3\xa9</a>"), "<a>\xc3\xa9</a>");
	reads(STR("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>"), "<a>\xc3\xa9</a>");
	reads(STR("<?xml version='1.0' encoding='us-ascii'?><a>e</a>"), "<a>e</a>");
	reads(STR("\xff\xfe<\0a\0>\0\xe9\0=\xd8\0\xde<\0/\0a\0>\0"), "<a>\xc3\xa9\xf0\x9f\x98\x80</a>");
	reads(STR("\xfe\xff\0<\0a\0>\0\xe9\0<\0/\0a\0>"), "<a>\xc3\xa9</a>");
}

/* ---- what is refused ---- */

static void any_doctype_is_refused(void)
{
	static const char *const texts[] = {
		"<!DOCTYPE a><a/>",
		"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
		"<!DOCTYPE a PUBLIC \"-//x\" \"http://127.0.0.1/x.dtd\"><a/>",
		"<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>",
		"<!DOCTYPE a [<!ENTITY % b SYSTEM \"file:///etc/passwd\"> %b;]><a/>",
		"<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;\">]><a>&d;</a>",
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		reads(str_of(texts[i]), "!xml.doctype");
	refuses("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "xml.doctype",
		"the XML at line 1, column 13 has a document type declaration (DOCTYPE), which no workbook needs");
	reads(STR("\xff\xfe<\0!\0D\0O\0C\0T\0Y\0P\0E\0 \0a\0>\0<\0a\0/\0>\0"), "!xml.doctype");
}

static void entities_of_ones_own_are_malformed(void)
{
	reads(STR("<a>x&b;</a>"), "<a>x!xml.malformed");
}

static struct str nested(struct buf *b, unsigned depth)
{
	buf_clear(b);
	for (unsigned i = 0; i < depth; i++)
		buf_add(b, STR("<a>"));
	for (unsigned i = 0; i < depth; i++)
		buf_add(b, STR("</a>"));
	return buf_str(b);
}

static void elements_nest_to_64(void)
{
	struct buf b = { 0 };
	struct err e;
	told_of(nested(&b, XML_DEPTH_MAX), SIZE_MAX, &e);
	CU_ASSERT_EQUAL(e.class, ERR_NONE);
	told_of(nested(&b, XML_DEPTH_MAX + 1), SIZE_MAX, &e);
	ASSERT_STR(str_of(e.code), "xml.depth");
	ASSERT_STR(str_of(e.message), "the XML at line 1, column 193 has more than 64 elements within each other");
	told_of(nested(&b, 1000000), SIZE_MAX, &e);
	ASSERT_STR(str_of(e.code), "xml.depth");
	buf_release(&b);
	reads(STR("<a><b><c/></b><b><c/></b></a>"), "<a><b><c></c></b><b><c></c></b></a>");
}

/* One element with attributes of numbered names: `before`0`behind`. */
static const char *code_of_attributes(const char *before, const char *behind, unsigned count)
{
	static struct err e;
	struct buf b = { 0 };
	buf_add(&b, STR("<a"));
	for (unsigned i = 0; i < count; i++)
		buf_printf(&b, "%s%u%s", before, i, behind);
	buf_add(&b, STR("/>"));
	told_of(buf_str(&b), SIZE_MAX, &e);
	buf_release(&b);
	return e.code;
}

static void an_element_has_up_to_256_attributes(void)
{
	ASSERT_STR(str_of(code_of_attributes(" a", "=''", XML_ATTRIBUTES_MAX)), "");
	ASSERT_STR(str_of(code_of_attributes(" a", "=''", XML_ATTRIBUTES_MAX + 1)), "xml.attributes");
	ASSERT_STR(str_of(code_of_attributes(" a", "=''", 1000000)), "xml.tag");
	ASSERT_STR(str_of(code_of_attributes(" xmlns:a", "='b'", XML_ATTRIBUTES_MAX)), "");
	ASSERT_STR(str_of(code_of_attributes(" xmlns:a", "='b'", XML_ATTRIBUTES_MAX + 1)), "xml.attributes");
	ASSERT_STR(str_of(code_of_attributes(" xmlns:a", "='b'", 50000)), "xml.attributes");
}

static void each_element_has_namespaces_of_its_own(void)
{
	struct buf b = { 0 };
	struct err e;
	buf_add(&b, STR("<r>"));
	for (int i = 0; i < 5 * XML_ATTRIBUTES_MAX; i++)
		buf_printf(&b, "%s xmlns:a%d='b'%s", i % 100 ? "" : "<a", i, i % 100 == 99 ? "/>" : "");
	buf_add(&b, STR("/></r>"));
	told_of(buf_str(&b), SIZE_MAX, &e);
	ASSERT_STR(str_of(e.message), "");
	buf_release(&b);
}

/* `before`, `count` times `byte`, `behind`; in pieces of `step`. */
static void tell_long(const char *before, char byte, size_t count, const char *behind, size_t step, struct err *e)
{
	struct buf b = { 0 };
	buf_add(&b, str_of(before));
	CU_ASSERT_TRUE_FATAL(buf_room(&b, count));
	memset(b.p + b.n, byte, count);
	b.n += count;
	buf_add(&b, str_of(behind));
	told_of(buf_str(&b), step, e);
	buf_release(&b);
}

static void a_tag_has_up_to_a_mebibyte(void)
{
	static const struct {
		const char *before, *behind;
	} long_ones[] = {
		{ "<a id='", "'/>" }, { "<a ", "/>" }, { "<", "/>" }, { "<a><!--", "--></a>" }, { "<a><?p ", "?></a>" }, {
			"<!--", "--><a/>" },
	};
	struct err e;
	for (size_t i = 0; i < sizeof long_ones / sizeof *long_ones; i++) {
		for (size_t step = 40000; step <= 4000000; step *= 10) {
			char byte = i == 1 ? ' ' : 'x';
			tell_long(long_ones[i].before, byte, 1000000, long_ones[i].behind, step, &e);
			ASSERT_STR(str_of(e.message), "");
			tell_long(long_ones[i].before, byte, 3000000, long_ones[i].behind, step, &e);
			ASSERT_STR(str_of(e.code), "xml.tag");
		}
	}
	tell_long("<a id='", 'x', XML_TAG_MAX - 10, "'/>", SIZE_MAX, &e);
	ASSERT_STR(str_of(e.code), "");
	tell_long("<a id='", 'x', XML_TAG_MAX - 9, "'/>", SIZE_MAX, &e);
	ASSERT_STR(str_of(e.message), "the XML at line 1, column 1 has a tag or a comment of more than 1024 KiB");
}

static void a_namespace_has_up_to_255_bytes(void)
{
	struct err e;
	tell_long("<a xmlns='", 'x', 255, "'/>", SIZE_MAX, &e);
	ASSERT_STR(buf_str(&told), "<other:a></other:a>");
	tell_long("<a xmlns='", 'x', 256, "'/>", SIZE_MAX, &e);
	ASSERT_STR(str_of(e.code), "xml.namespace");
}

static void encodings_that_are_not_known_are_named(void)
{
	refuses("<?xml version='1.0' encoding='windows-1252'?><a/>", "xml.encoding",
		"the XML at line 1, column 1 is encoded in \"windows-1252\", expected UTF-8, UTF-16, ISO-8859-1 or US-ASCII");
	reads(STR("<?xml version='1.0' encoding='UTF-16'?><a/>"), "!xml.malformed");
}

static void what_is_malformed_is_named_with_its_place(void)
{
	refuses("<a>\n  <b></c>", "xml.malformed", "the XML at line 2, column 8 is not well-formed (mismatched tag)");
	refuses("", "xml.malformed", "the XML at line 1, column 1 is not well-formed (no element found)");
	refuses("<a>", "xml.malformed", "the XML at line 1, column 4 is not well-formed (no element found)");
	reads(STR("<a>x"), "<a>x!xml.malformed");
	reads(STR("<a/><b/>"), "<a></a>!xml.malformed");
	reads(STR("<a>\xc3(</a>"), "<a>!xml.malformed");
	reads(STR("<a>&#0;</a>"), "<a>!xml.malformed");
	reads(STR("<a id='1' id='2'/>"), "!xml.malformed");
	reads(STR("<a b:c='1'/>"), "!xml.malformed");
	reads(STR("PK\3\4"), "!xml.malformed");
}

static void a_handler_ends_the_reading_with_its_reason(void)
{
	reads(STR("<a><stop/><b/></a>"), "<a><stop>!test.stop");
	reads(STR("<a><last></last><b/></a>"), "<a><last></last>!test.last");
	reads(STR("<a><last/></b>"), "<a><last></last>!test.last");
	struct err e;
	ASSERT_STR(told_of(STR("<a>x!y</b>"), SIZE_MAX, &e), "<a>x!y!test.text");
}

/* ---- memory ---- */

struct meter {
	struct xml_reader *x;
	size_t before;
	struct err e;
};

static void meter_open(struct meter *m)
{
	static const struct xml_handler silent = { 0 };
	*m = (struct meter){ .before = mallinfo2().uordblks };
	m->x = xml_reader_open(&silent, NULL);
}

/* KiB that the reader holds at its end. */
static size_t meter_close(struct meter *m)
{
	size_t held = mallinfo2().uordblks - m->before;
	xml_reader_close(m->x);
	return held >> 10;
}

static void memory_does_not_grow_with_the_length(void)
{
	static char blanks[1 << 20];
	struct meter m;
	memset(blanks, ' ', sizeof blanks);
	meter_open(&m);
	CU_ASSERT_EQUAL(xml_reader_feed(m.x, STR("<a>"), false, &m.e), 0);
	for (int i = 0; i < 16; i++)
		CU_ASSERT_EQUAL(xml_reader_feed(m.x, (struct str){ blanks, sizeof blanks }, false, &m.e), 0);
	CU_ASSERT_TRUE(meter_close(&m) < 1024);
	meter_open(&m);
	CU_ASSERT_EQUAL(xml_reader_feed(m.x, STR("<a>"), false, &m.e), 0);
	for (int i = 0; i < 200000; i++)
		CU_ASSERT_EQUAL(xml_reader_feed(m.x, STR("<b c='d'>x</b>"), false, &m.e), 0);
	CU_ASSERT_TRUE(meter_close(&m) < 1024);
}

static void text_that_does_not_count_is_not_read_without_end(void)
{
	static char blanks[1 << 20];
	struct meter m;
	memset(blanks, ' ', sizeof blanks);
	meter_open(&m);
	CU_ASSERT_EQUAL(xml_reader_feed(m.x, STR("<a>"), false, &m.e), 0);
	for (int i = 0; i < 16; i++)
		CU_ASSERT_EQUAL(xml_reader_feed(m.x, (struct str){ blanks, sizeof blanks }, false, &m.e), 0);
	CU_ASSERT_EQUAL(xml_reader_feed(m.x, (struct str){ blanks, XML_UNUSED_EACH }, false, &m.e), 0);
	CU_ASSERT_EQUAL(xml_reader_feed(m.x, STR(" "), false, &m.e), -1);
	ASSERT_STR(str_of(m.e.code), "xml.unused");
	meter_close(&m);
}

/* What is plain is read without any memory of its names; the parser remembers each name until the end. */
static void names_without_end_are_refused(void)
{
	struct meter m;
	char element[64];
	meter_open(&m);
	CU_ASSERT_EQUAL(xml_reader_feed(m.x, STR("<a>"), false, &m.e), 0);
	for (int i = 0; i < 200000 && !xml_read_judged; i++) {
		int n = snprintf(element, sizeof element, "<name%d attribute%d=''/>", i, i);
		CU_ASSERT_EQUAL(xml_reader_feed(m.x, (struct str){ element, (size_t)n }, false, &m.e), 0);
	}
	CU_ASSERT_TRUE(meter_close(&m) < 1024);
	meter_open(&m);
	CU_ASSERT_EQUAL(xml_reader_feed(m.x, STR("<!-- -->"), false, &m.e), 0);
	int result = xml_reader_feed(m.x, STR("<a>"), false, &m.e);
	for (int i = 0; i < 2000000 && result == 0; i++) {
		int n = snprintf(element, sizeof element, "<name%d attribute%d=''/>", i, i);
		result = xml_reader_feed(m.x, (struct str){ element, (size_t)n }, false, &m.e);
	}
	ASSERT_STR(str_of(m.e.code), "xml.memory");
	CU_ASSERT_TRUE(meter_close(&m) < 32 << 10);
}

UNIT_SUITE(xml_read, UNIT(elements_and_text_come_in_order), UNIT(references_and_cdata_are_text),
	UNIT(the_namespaces_of_workbooks_are_known_in_both_spellings), UNIT(prefixes_may_be_any),
	UNIT(attributes_are_found_by_namespace), UNIT(other_encodings_are_read), UNIT(any_doctype_is_refused),
	UNIT(entities_of_ones_own_are_malformed), UNIT(elements_nest_to_64), UNIT(an_element_has_up_to_256_attributes),
	UNIT(each_element_has_namespaces_of_its_own), UNIT(a_tag_has_up_to_a_mebibyte),
	UNIT(a_namespace_has_up_to_255_bytes),
	UNIT(encodings_that_are_not_known_are_named),
	UNIT(what_is_malformed_is_named_with_its_place), UNIT(a_handler_ends_the_reading_with_its_reason),
	UNIT(memory_does_not_grow_with_the_length),
	UNIT(text_that_does_not_count_is_not_read_without_end), UNIT(names_without_end_are_refused))
