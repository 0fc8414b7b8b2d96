#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "book_try.h"

#define CATALOG TRY_SHEET("Catalog", "rId1")
#define USUAL_SHEET "Catalog(xl/worksheets/sheet1.xml)"
#define EMPTY_SHEET "<worksheet " XLSX_MAIN "><sheetData/></worksheet>"

/* The sheets: NAME(PART), with - and -- before hidden ones, ! behind one without cells. */
static const char *sheets_of(const struct workbook *w)
{
	static char out[500];
	size_t n = 0;
	if (!w)
		return try_fault.message;
	for (size_t i = 0; i < workbook_sheet_count(w); i++) {
		const struct workbook_sheet *s = workbook_sheet(w, i);
		const char *mark = s->state == SHEET_HIDDEN ? "-" : s->state == SHEET_VERY_HIDDEN ? "--" : "";
		struct str part = s->part < 0 ? STR("none") : zip_reader_name(workbook_archive(w), (size_t)s->part);
		n += (size_t)snprintf(out + n, sizeof out - n, "%s%s%.*s(%.*s)%s", i ? " " : "", mark, STR_ARG(s->name),
			STR_ARG(part), s->has_cells ? "" : "!");
	}
	return out;
}

static void has_sheets(struct workbook *w, const char *expected)
{
	ASSERT_STR(str_of(sheets_of(w)), expected);
	workbook_free(w);
}

/* ---- the package ---- */

static void a_usual_workbook_is_read(void)
{
	struct workbook *w = TRY({ "docProps/app.xml", "<x/>", 0 });
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT_FALSE(workbook_is_1904(w));
	CU_ASSERT_EQUAL(workbook_limits(w)->parts, 2000);
	CU_ASSERT_EQUAL(workbook_limits(w)->part_bytes, (uint64_t)1 << 30);
	CU_ASSERT_EQUAL(workbook_limits(w)->cell_bytes, 1 << 20);
	has_sheets(w, USUAL_SHEET);
}

static void parts_are_found_wherever_they_are(void)
{
	struct str text = { 0 };
	struct workbook *w = TRY_ARCHIVE(
		{ "_rels/.rels", TRY_RELATIONS(TRY_RELATION("a", "officeDocument", "/here/book")), 0 },
		{ "here/book", TRY_BOOK(TRY_SHEET("A", "x")), 0 },
		{ "here/_rels/book.rels", TRY_RELATIONS(TRY_RELATION("x", "worksheet", "../there/first")
			TRY_RELATION("y", "sharedStrings", "./texts")), 0 },
		{ "there/first", EMPTY_SHEET, 0 },
		{ "here/texts", "<sst " XLSX_MAIN "><si><t>found</t></si></sst>", 0 });
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT_TRUE(workbook_string(w, 0, &text));
	ASSERT_STR(text, "found");
	has_sheets(w, "A(there/first)");
}

/* The workbook is xl/workbook.xml and leads to one sheet by `target`. */
static void leads_to(const char *target, const char *part)
{
	char rels[1000], expected[200];
	snprintf(rels, sizeof rels, TRY_RELATIONS(TRY_RELATION("rId1", "worksheet", "%s")), target);
	snprintf(expected, sizeof expected, "Catalog(%s)", part);
	has_sheets(TRY({ "xl/_rels/workbook.xml.rels", rels, 0 }, { part, EMPTY_SHEET, 0 }), expected);
}

static void targets_have_many_forms(void)
{
	leads_to("a.xml", "xl/a.xml");
	leads_to("./a.xml", "xl/a.xml");
	leads_to("b/../a.xml", "xl/a.xml");
	leads_to("../a.xml", "a.xml");
	leads_to("../../../a.xml", "a.xml");
	leads_to("/xl/b/a.xml", "xl/b/a.xml");
	leads_to("/xl/../a.xml", "a.xml");
	leads_to("//a.xml", "a.xml");
	leads_to("/a", "a");
	leads_to("b\\a.xml", "xl/b/a.xml");
	leads_to("b%20c/%41.xml", "xl/b c/A.xml");
	leads_to("b%20c.xml", "xl/b%20c.xml");
	leads_to("%c3%A9.xml", "xl/\xc3\xa9.xml");
	leads_to("\xc3\xa9.xml", "xl/\xc3\xa9.xml");
	leads_to("100%.xml", "xl/100%.xml");
	leads_to("%4", "xl/%4");
	leads_to("A.XML", "xl/a.xml");
	leads_to("a.xml#there", "xl/a.xml");
}

static void half_an_escape_is_none(void)
{
	static const char rels[] = TRY_RELATIONS(TRY_RELATION("rId1", "worksheet", "%4"));
	REFUSED(TRY({ "xl/_rels/workbook.xml.rels", rels, 0 }, { "xl/N", EMPTY_SHEET, 0 }), "workbook.missing",
		"the part %4, which is the sheet \"Catalog\", is missing: the file is damaged");
}

static void without_package_relationships_the_type_says_what_the_workbook_is(void)
{
	static const char *const types[] = {
		TRY_TYPES(TRY_TYPE("/xl/workbook.xml", "openxmlformats-officedocument.spreadsheetml.sheet.main+xml")),
		TRY_TYPES(TRY_TYPE("/xl/workbook.xml", "openxmlformats-officedocument.spreadsheetml.template.main+xml")),
		TRY_TYPES(TRY_TYPE("xl/workbook.xml", "ms-excel.sheet.macroEnabled.main+xml")),
		TRY_TYPES(TRY_TYPE("/XL/Workbook.xml", "MS-Excel.Template.macroenabled.main+xml")),
	};
	static const char picture[] = TRY_RELATIONS(TRY_RELATION("a", "thumbnail", "a.png"));
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		has_sheets(TRY({ "_rels/.rels", NULL, 0 }, { "[Content_Types].xml", types[i], 0 }), USUAL_SHEET);
		has_sheets(TRY({ "_rels/.rels", picture, 0 }, { "[Content_Types].xml", types[i], 0 }), USUAL_SHEET);
	}
}

static void backslashes_are_slashes(void)
{
	static const char rels[] = TRY_RELATIONS(TRY_RELATION("a", "officeDocument", "xl\\book"));
	static const char book_rels[] = TRY_RELATIONS(TRY_RELATION("rId1", "worksheet", "sheets\\1.xml"));
	has_sheets(TRY_ARCHIVE({ "_rels\\.rels", rels, 0 }, { "xl\\book", TRY_BOOK(CATALOG), 0 },
		{ "xl\\_rels\\book.rels", book_rels, 0 }, { "xl\\sheets\\1.xml", EMPTY_SHEET, 0 }),
		"Catalog(xl\\sheets\\1.xml)");
}

static void content_types_that_are_missing_or_wrong_do_no_harm(void)
{
	has_sheets(TRY({ "[Content_Types].xml", NULL, 0 }), USUAL_SHEET);
	has_sheets(TRY({ "[Content_Types].xml", TRY_TYPES(""), 0 }), USUAL_SHEET);
	has_sheets(TRY({ "[Content_Types].xml", TRY_TYPES(TRY_TYPE("/xl/workbook.xml", "x")), 0 }), USUAL_SHEET);
	has_sheets(TRY({ "[Content_Types].xml",
		TRY_TYPES(TRY_TYPE("/gone", "ms-excel.sheet.binary.macroEnabled.main")), 0 }), USUAL_SHEET);
}

static void strict_workbooks_and_odd_prefixes_are_read(void)
{
	static const char rels[] = "<q:Relationships "
		"xmlns:q='http://schemas.openxmlformats.org/package/2006/relationships'>"
		"<q:Relationship Id='a' Type='http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument' "
		"Target='xl/workbook.xml'/></q:Relationships>";
	static const char book[] = "<a:workbook xmlns:a='http://purl.oclc.org/ooxml/spreadsheetml/main' "
		"xmlns:b='http://purl.oclc.org/ooxml/officeDocument/relationships' conformance='strict'>"
		"<a:sheets><a:sheet name='Strict' sheetId='1' b:id='c'/></a:sheets></a:workbook>";
	static const char book_rels[] = TRY_RELATIONS("<Relationship Id='c' "
		"Type='http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet' Target='worksheets/sheet1.xml'/>");
	has_sheets(TRY({ "_rels/.rels", rels, 0 }, { "xl/workbook.xml", book, 0 },
		{ "xl/_rels/workbook.xml.rels", book_rels, 0 }), "Strict(xl/worksheets/sheet1.xml)");
}

static void what_is_no_workbook_is_not_read_as_one(void)
{
	REFUSED(TRY({ "xl/workbook.xml", "<workbook xmlns='x'><sheets/></workbook>", 0 }), "workbook.format",
		"found the element <workbook> where the workbook begins, expected <workbook> of a spreadsheet");
	REFUSED(TRY({ "xl/workbook.xml", EMPTY_SHEET, 0 }), "workbook.format",
		"found the element <worksheet> where the workbook begins, expected <workbook> of a spreadsheet");
}

static void parts_may_be_utf_16(void)
{
	static const char text[] = TRY_BOOK(TRY_SHEET("Caf\xe9", "rId1")); /* ISO-8859-1 */
	static char wide[2 * sizeof text] = "\xff\xfe";
	for (size_t i = 0; i + 1 < sizeof text; i++)
		wide[2 + 2 * i] = text[i];
	has_sheets(TRY({ "xl/workbook.xml", wide, 2 * sizeof text }), "Caf\xc3\xa9(xl/worksheets/sheet1.xml)");
}

/* ---- sheets ---- */

static void sheets_stand_in_the_order_of_their_tabs(void)
{
	static const char book[] = TRY_BOOK(TRY_SHEET("Second", "b") TRY_SHEET("First &amp; last", "a")
		"<sheet name='Hidden' r:id='c' state='hidden'/><sheet name='Very' r:id='a' state='veryHidden'/>"
		"<sheet name='Seen' r:id='c' state='visible'/>");
	static const char rels[] = TRY_RELATIONS(TRY_RELATION("a", "worksheet", "1.xml")
		TRY_RELATION("b", "worksheet", "2.xml") TRY_RELATION("c", "worksheet", "3.xml"));
	has_sheets(TRY({ "xl/workbook.xml", book, 0 }, { "xl/_rels/workbook.xml.rels", rels, 0 },
		{ "xl/1.xml", EMPTY_SHEET, 0 }, { "xl/2.xml", EMPTY_SHEET, 0 }, { "xl/3.xml", EMPTY_SHEET, 0 }),
		"Second(xl/2.xml) First & last(xl/1.xml) -Hidden(xl/3.xml) --Very(xl/1.xml) Seen(xl/3.xml)");
}

static void names_of_sheets_may_have_escapes(void)
{
	has_sheets(TRY({ "xl/workbook.xml", TRY_BOOK(TRY_SHEET("a_x0041__x005F_x0042_", "rId1")), 0 }),
		"aA_x0042_(xl/worksheets/sheet1.xml)");
}

static void charts_dialogs_and_macro_sheets_have_no_cells(void)
{
	static const char rels[] = TRY_RELATIONS(TRY_RELATION("a", "worksheet", "1.xml")
		TRY_RELATION("b", "chartsheet", "2.xml") TRY_RELATION("c", "dialogsheet", "3.xml")
		"<Relationship Id='d' Target='4.xml' Type='http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet'"
		"/>");
	static const char all[] = TRY_BOOK(TRY_SHEET("C", "b") TRY_SHEET("A", "a") TRY_SHEET("D", "c") TRY_SHEET("M", "d"));
	static const char others[] = TRY_BOOK(TRY_SHEET("C", "b") TRY_SHEET("M", "d"));
	has_sheets(TRY({ "xl/workbook.xml", all, 0 }, { "xl/_rels/workbook.xml.rels", rels, 0 },
		{ "xl/1.xml", EMPTY_SHEET, 0 }, { "xl/2.xml", "<x/>", 0 }), "C(xl/2.xml)! A(xl/1.xml) D(none)! M(none)!");
	REFUSED(TRY({ "xl/workbook.xml", others, 0 }, { "xl/_rels/workbook.xml.rels", rels, 0 }), "workbook.empty",
		"the workbook has no sheet with cells, only charts, dialogs or macros");
	REFUSED(TRY({ "xl/workbook.xml", TRY_BOOK(""), 0 }), "workbook.empty", "the workbook has no sheet with cells");
}

static void missing_parts_are_named(void)
{
	static const char nowhere[] = "nothing in the file says where the sheet \"Catalog\" is: the file is damaged";
	REFUSED(TRY({ "xl/_rels/workbook.xml.rels", NULL, 0 }), "workbook.missing", nowhere);
	REFUSED(TRY({ "xl/workbook.xml", TRY_BOOK("<sheet name='Catalog'/>"), 0 }), "workbook.missing", nowhere);
	REFUSED(TRY({ "xl/worksheets/sheet1.xml", NULL, 0 }), "workbook.missing",
		"the part worksheets/sheet1.xml, which is the sheet \"Catalog\", is missing: the file is damaged");
	REFUSED(TRY({ "xl/workbook.xml", NULL, 0 }), "workbook.missing",
		"the part xl/workbook.xml, which is the workbook, is missing: the file is damaged");
}

static void external_targets_are_no_parts(void)
{
	static const char rels[] = TRY_RELATIONS("<Relationship Id='rId1' " XLSX_TYPE("worksheet")
		" Target='worksheets/sheet1.xml' TargetMode='External'/>");
	REFUSED(TRY({ "xl/_rels/workbook.xml.rels", rels, 0 }), "workbook.missing",
		"the part worksheets/sheet1.xml, which is the sheet \"Catalog\", is missing: the file is damaged");
}

/* Each writes "id type target part; ". */
static void note(void *arg, struct str id, struct str type, struct str target, int to)
{
	buf_printf(arg, "%.*s %.*s %.*s %d; ", STR_ARG(id), STR_ARG(type), STR_ARG(target), to);
}

static void relationships_of_a_part_are_told(void)
{
	static const struct xlsx_part parts[] = {
		{ "xl/worksheets/_rels/sheet1.xml.rels", TRY_RELATIONS("<Relationship Id='a' " XLSX_TYPE("hyperlink")
			" Target='https://example.com/a%20b?c=1&amp;d#e' TargetMode='External'/>"
			TRY_RELATION("b", "drawing", "../drawings/d.xml") TRY_RELATION("c", "hyperlink", "#Catalog!A1")), 0 },
		{ "xl/drawings/d.xml", "<x/>", 0 },
	};
	struct buf told = { 0 };
	int fd = xlsx_make_book(parts, 2);
	struct workbook *w = try_file(fd, (struct workbook_limits){ 0 });
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT_EQUAL(workbook_relationships(w, STR("xl/worksheets/sheet1.xml"), &told, note, &try_fault), 0);
	ASSERT_STR(buf_str(&told), "a hyperlink https://example.com/a%20b?c=1&d#e -1; b drawing ../drawings/d.xml 6; "
		"c hyperlink #Catalog!A1 -1; ");
	buf_clear(&told);
	CU_ASSERT_EQUAL(workbook_relationships(w, STR("xl/worksheets/none.xml"), &told, note, &try_fault), 0);
	CU_ASSERT_EQUAL(workbook_relationships(w, STR(""), &told, note, &try_fault), 0);
	ASSERT_STR(buf_str(&told), "rId1 officeDocument xl/workbook.xml 2; ");
	buf_release(&told);
	workbook_free(w);
	close(fd);
}

static void epoch_is(const char *attribute, bool is_1904)
{
	char text[500];
	snprintf(text, sizeof text, "<workbook " XLSX_MAIN " " XLSX_RELATION "><workbookPr %s/><sheets>" CATALOG
		"</sheets></workbook>", attribute);
	struct workbook *w = TRY({ "xl/workbook.xml", text, 0 });
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT_EQUAL(workbook_is_1904(w), is_1904);
	workbook_free(w);
}

static void the_epoch_is_1900_or_1904(void)
{
	epoch_is("date1904='1'", true);
	epoch_is("date1904='true'", true);
	epoch_is("date1904='0'", false);
	epoch_is("date1904='false'", false);
	epoch_is("", false);
}

/* ---- too much of it ---- */

/* `head`, then `before`NUMBER`behind` so often, `tail`. */
static struct buf many(const char *head, const char *before, const char *behind, unsigned count, const char *tail)
{
	struct buf b = { 0 };
	buf_add(&b, str_of(head));
	for (unsigned i = 0; i < count; i++)
		buf_printf(&b, "%s%u%s", before, i, behind);
	buf_add(&b, str_of(tail));
	return b;
}

static struct buf many_sheets(unsigned count)
{
	return many("<workbook " XLSX_MAIN " " XLSX_RELATION "><sheets>", "<sheet name='s' r:id='r", "'/>", count,
		"</sheets></workbook>");
}

static struct buf many_relations(unsigned count)
{
	return many("<Relationships " XLSX_RELATIONSHIPS ">", "<Relationship Id='r", "' " XLSX_TYPE("worksheet")
		" Target='worksheets/sheet1.xml'/>", count, "</Relationships>");
}

static void sheets_and_relationships_have_their_limits(void)
{
	struct buf rels = many_relations(10000), sheets = many_sheets(10000);
	struct workbook *w = TRY({ "xl/_rels/workbook.xml.rels", rels.p, rels.n },
		{ "xl/workbook.xml", sheets.p, sheets.n });
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT_EQUAL(workbook_sheet_count(w), 10000);
	workbook_free(w);
	buf_release(&sheets);
	sheets = many("<workbook " XLSX_MAIN " " XLSX_RELATION "><sheets>", "<sheet name='s", "' r:id='rId1'/>", 10001,
		"</sheets></workbook>");
	REFUSED(TRY({ "xl/workbook.xml", sheets.p, sheets.n }), "workbook.sheets",
		"the workbook has more than 10000 sheets");
	buf_release(&rels);
	rels = many_relations(10001);
	REFUSED(TRY({ "xl/_rels/workbook.xml.rels", rels.p, rels.n }), "workbook.sheets",
		"the workbook has more than 10000 relationships");
	buf_release(&rels);
	buf_release(&sheets);
}

static void names_of_sheets_have_their_limit(void)
{
	struct buf sheets = many("<workbook " XLSX_MAIN " " XLSX_RELATION "><sheets><sheet r:id='rId1' name='", "x", "",
		1000, "'/></sheets></workbook>");
	REFUSED(TRY({ "xl/workbook.xml", sheets.p, sheets.n }), "workbook.sheets",
		"the workbook has a sheet whose name is longer than 1000 bytes");
	buf_release(&sheets);
}

UNIT_SUITE(workbook, UNIT(a_usual_workbook_is_read), UNIT(parts_are_found_wherever_they_are),
	UNIT(targets_have_many_forms), UNIT(half_an_escape_is_none),
	UNIT(without_package_relationships_the_type_says_what_the_workbook_is),
	UNIT(backslashes_are_slashes), UNIT(content_types_that_are_missing_or_wrong_do_no_harm),
	UNIT(strict_workbooks_and_odd_prefixes_are_read),
	UNIT(what_is_no_workbook_is_not_read_as_one), UNIT(parts_may_be_utf_16),
	UNIT(sheets_stand_in_the_order_of_their_tabs), UNIT(names_of_sheets_may_have_escapes),
	UNIT(charts_dialogs_and_macro_sheets_have_no_cells), UNIT(missing_parts_are_named),
	UNIT(external_targets_are_no_parts), UNIT(relationships_of_a_part_are_told), UNIT(the_epoch_is_1900_or_1904),
	UNIT(sheets_and_relationships_have_their_limits), UNIT(names_of_sheets_have_their_limit))
