#include "unit.h"

#include <unistd.h>

#include "../../../src/format/xml_scan.h"
#include "sheet_show.h"

/* A sheet that a test reads by itself. */
struct opened {
	int fd;
	struct workbook *workbook;
	struct sheet_reader *reader;
	struct batch batch;
};

static struct opened open_sheet(const char *rows)
{
	struct opened o = { .fd = sheet_make(&(struct sheet_given){ .rows = rows }) };
	err_clear(&sheet_error);
	o.workbook = workbook_open(o.fd, &(struct workbook_limits){ 0 }, &sheet_error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(o.workbook);
	o.reader = sheet_reader_open(o.workbook, 0, false, &sheet_error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(o.reader);
	batch_init(&o.batch);
	return o;
}

static void close_sheet(struct opened *o)
{
	batch_release(&o->batch);
	sheet_reader_close(o->reader);
	workbook_free(o->workbook);
	close(o->fd);
}

/* --- where things stand --- */

static void cells_stand_where_their_references_say(void)
{
	READS("1[#1||#3]4[|#2]", .rows = "<row r='1'><c r='A1'><v>1</v></c><c r='C1'><v>3</v></c></row>"
		"<row r='4'><c r='B4'><v>2</v></c></row>");
	READS("1[#1|#2|#3]", .rows = "<row r='1'><c r='C1'><v>3</v></c><c r='A1'><v>1</v></c><c r='B1'><v>2</v></c></row>");
	READS("7[|||||||||||||||||||||||||||#5]", .rows = "<row r='7'><c r='ab7'><v>5</v></c></row>");
}

static void cells_without_a_reference_follow_each_other(void)
{
	READS("1[#1|#2]2[#3]", .rows = "<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>");
	READS("1[|#1|#2||#3|#4]", .rows = "<row r='1'><c r='B1'><v>1</v></c><c><v>2</v></c><c r='E1'><v>3</v></c>"
		"<c><v>4</v></c></row>");
}

static void rows_without_a_number_follow_each_other_or_their_first_cell(void)
{
	READS("5[#1]6[#2]", .rows = "<row r='5'><c><v>1</v></c></row><row><c><v>2</v></c></row>");
	READS("3[#1]", .rows = "<row/><row/><row><c><v>1</v></c></row>");
	READS("9[#1]10[#2]", .rows = "<row><c r='A9'><v>1</v></c></row><row><c><v>2</v></c></row>");
	READS("3[#1]", .rows = "<row r='2'/><row><c><v>1</v></c></row>");
}

static void rows_come_in_any_order(void)
{
	READS("3[#3]1[#1]2[#2]", .rows = "<row r='3'><c><v>3</v></c></row><row r='1'><c><v>1</v></c></row>"
		"<row r='2'><c><v>2</v></c></row>");
}

static void a_row_that_comes_again_at_once_goes_on(void)
{
	READS("2[#1|#2|#3]3[#4]", .rows = "<row r='2'><c><v>1</v></c></row><row r='2'><c><v>2</v></c></row>"
		"<row><c r='C2'><v>3</v></c></row><row><c><v>4</v></c></row>");
}

static void a_row_that_comes_again_later_is_refused(void)
{
	READS("2[#1]3[#2]!sheet.row_again in Catalog@2", .rows = "<row r='2'><c><v>1</v></c></row>"
		"<row r='3'><c><v>2</v></c></row><row r='2'><c r='B2'><v>3</v></c></row>");
	SAYS("row 2 comes a second time, after others");
	REFUSES("sheet.row_again", "2", "<row r='2'/><row r='3'/><row r='2'/>");
}

static void of_a_cell_that_comes_twice_the_last_counts(void)
{
	READS_CELLS("#2|#3", "<c r='A1'><v>1</v></c><c r='B1'><v>3</v></c><c r='A1'><v>2</v></c>");
	READS_CELLS("|#3", "<c r='A1'><v>1</v></c><c r='B1'><v>3</v></c><c r='A1'/>");
	READS_CELLS("#1", "<c r='A1'><v>1</v></c><c r='B1'><v>3</v></c><c r='B1'/>");
}

static void a_row_ends_with_its_last_cell_that_holds_something(void)
{
	READS_CELLS("#1", "<c><v>1</v></c><c/><c s='0'/><c t='inlineStr'><is><t></t></is></c>");
	READS("2[#1]", .rows = "<row r='1'/><row r='2'><c><v>1</v></c></row><row r='3'><c/></row>"
		"<row r='4'><c><v/></c></row>");
	READS("", .rows = "<row r='1'><c r='XFD1'/></row>");
	READS("", .rows = "");
}

static void rows_are_padded_where_that_is_wanted(void)
{
	READS("1[#1||]3[#1|#2|#3|#4]", .pad = 3, .rows = "<row><c><v>1</v></c></row><row/>"
		"<row><c><v>1</v></c><c><v>2</v></c><c><v>3</v></c><c><v>4</v></c></row>");
}

static void the_corners_of_a_sheet_can_be_read(void)
{
	struct sheet_given g = { .rows = "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>" };
	const char *text = sheet_show(&g);
	ASSERT_STR(str_head(str_of(text), 10), "1048576[||");
	CU_ASSERT_EQUAL(strlen(text), 8 + 16383 + 3);
}

static void references_outside_of_a_sheet_are_refused(void)
{
	REFUSES("sheet.reference", "1", "<row r='1'><c r='XFE1'/></row>");
	SAYS("found a cell at \"XFE1\", expected A1 to XFD1048576");
	REFUSES("sheet.reference", "1", "<row r='1'><c r='AAAAAAAAA1'/></row>");
	REFUSES("sheet.reference", "1", "<row r='1'><c r='A-1'/></row>");
	REFUSES("sheet.reference", "1", "<row r='1'><c r='$A$1'/></row>");
	REFUSES("sheet.reference", "1", "<row r='1'><c r=''/></row>");
	REFUSES("sheet.reference", "0", "<row><c r='A4294967297'/></row>");
	REFUSES("sheet.reference", "2", "<row r='2'/><row r='1048577'/>");
	SAYS("found a row of the number \"1048577\", expected 1 to 1048576");
	REFUSES("sheet.reference", "0", "<row r='0'/>");
	REFUSES("sheet.reference", "0", "<row r='+1'/>");
	REFUSES("sheet.reference", "0", "<row r=''/>");
	REFUSES("sheet.reference", "1", "<row r='1'><c r='XFD1'/><c/></row>");
	REFUSES("sheet.reference", "1048576", "<row r='1048576'/><row><c><v>1</v></c></row>");
	REFUSES("sheet.reference", "1048576", "<row r='1048576'/><row/>");
}

static void a_cell_in_another_row_than_its_own_is_refused(void)
{
	REFUSES("sheet.reference", "4", "<row r='4'><c r='A4'><v>1</v></c><c r='B5'><v>2</v></c></row>");
	SAYS("found the cell B5 in another row than its own");
	REFUSES("sheet.reference", "1", "<row><c><v>1</v></c><c r='B2'><v>2</v></c></row>");
}

/* --- elements --- */

static void only_cells_of_the_sheet_count(void)
{
	READS("1[#1]", .rows = "<row><c><v>1</v><extLst><ext><v>9</v></ext></extLst><x:v xmlns:x='y'>8</x:v></c>"
		"<x:c xmlns:x='y'><v>7</v></x:c><d><c><v>6</v></c></d></row><x:row xmlns:x='y'><c><v>5</v></c></x:row>"
		"<alternate><row><c><v>4</v></c></row></alternate>",
		.behind = "<row><c><v>3</v></c></row>"
			"<extLst><ext><sheetData><row><c><v>2</v></c></row></sheetData></ext></extLst>");
	READS("1[#1]", .rows = "<row><c>9<v>1<x:w xmlns:x='y'>7</x:w></v>8</c>6</row>5");
	READS("1[a]", .rows = "<row><c t='inlineStr'><is><t>a<t>b</t></t><x><t>c</t></x></is><v>d</v></c></row>");
}

static void any_prefix_and_the_strict_namespace_are_read(void)
{
	READS("1[#1|x]", .sheet = "<w:worksheet xmlns:w='http://purl.oclc.org/ooxml/spreadsheetml/main'><w:sheetData>"
		"<w:row>"
		"<w:c><w:v>1</w:v></w:c><w:c t='inlineStr'><w:is><w:t>x</w:t></w:is></w:c></w:row>"
		"</w:sheetData></w:worksheet>");
	READS("1[#1]", .sheet = "<worksheet " XLSX_MAIN " xmlns:z='z'><dimension ref='A1:XFD1048576'/><sheetData>"
		"<row z:r='9' spans='1:1'>"
		"<c z:r='B1' z:t='s' cm='1' ref='B9' style='x' type='s'><v>1</v></c></row></sheetData></worksheet>");
}

static void a_part_that_is_no_worksheet_is_refused(void)
{
	READS("!sheet.no_worksheet in Catalog@0", .sheet = "<chartsheet " XLSX_MAIN "/>");
	SAYS("found <chartsheet> in the sheet's part, expected <worksheet> of a workbook");
	READS("!sheet.no_worksheet in Catalog@0", .sheet = "<worksheet xmlns='urn:other'/>");
	READS("!xml.malformed in Catalog@0", .sheet = " ");
	READS("1[#1]!xml.malformed in Catalog@0", .sheet = "<worksheet " XLSX_MAIN "><sheetData><row><c><v>1</v></c></row>"
		"<row><c></row></sheetData></worksheet>");
}

static void a_sheet_without_cells_is_refused(void)
{
	static const struct xlsx_part parts[] = {
		{ "xl/workbook.xml", XLSX_XML "<workbook " XLSX_MAIN " " XLSX_RELATION "><sheets>"
			"<sheet name='Chart' sheetId='2' "
			"r:id=\"rId2\"/><sheet name='Catalog' sheetId='1' r:id='rId1'/></sheets></workbook>", 0 },
		{ "xl/_rels/workbook.xml.rels", XLSX_XML "<Relationships " XLSX_RELATIONSHIPS ">"
			"<Relationship Id='rId1' " XLSX_TYPE("worksheet") " Target='worksheets/sheet1.xml'/>"
			"<Relationship Id='rId2' " XLSX_TYPE("chartsheet") " Target='chart.xml'/></Relationships>", 0 },
		{ "xl/chart.xml", XLSX_XML "<chartsheet " XLSX_MAIN "/>", 0 },
	};
	int fd = xlsx_make_book(parts, sizeof parts / sizeof *parts);
	err_clear(&sheet_error);
	struct workbook *w = workbook_open(fd, &(struct workbook_limits){ 0 }, &sheet_error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT_PTR_NULL(sheet_reader_open(w, 0, false, &sheet_error));
	CU_ASSERT_STRING_EQUAL(sheet_error.code, "sheet.no_cells");
	CU_ASSERT_STRING_EQUAL(sheet_error.sheet, "Chart");
	workbook_free(w);
	close(fd);
}

/* --- cells that are known by sight --- */

#ifdef __SANITIZE_ADDRESS__ /* slow */
#define EVERY 4
#else
#define EVERY 1
#endif

/* What is read, by one engine and by the other (src/format/xml_scan.h). */
static void reads_alike(const char *rows, bool *refused)
{
	struct sheet_given g = { .rows = rows, .strings = "<si><t>one</t></si><si><t xml:space='preserve'> two </t></si>",
		.formats = "<xf numFmtId='0'/><xf numFmtId='14'/>" };
	struct err scanned_error;
	struct buf scanned = { 0 };
	xml_read_judged = false;
	err_clear(&sheet_error);
	buf_add(&scanned, str_of(sheet_show(&g)));
	scanned_error = sheet_error;
	xml_read_judged = true;
	err_clear(&sheet_error);
	ASSERT_STR(str_of(sheet_show(&g)), buf_text(&scanned));
	if (!str_starts(str_of(sheet_error.code), STR("xml."))) /* engines place what is malformed in their own ways */
		CU_ASSERT_STRING_EQUAL(sheet_error.message, scanned_error.message);
	*refused = sheet_error.class != ERR_NONE;
	xml_read_judged = false;
	buf_release(&scanned);
}

/* A byte of it left out, or another in its place, which says something elsewhere. */
static void every_byte_of_a_plain_cell_says_the_same_to_both_engines(void)
{
	static const char *const cells[] = { "<c r=\"B2\" s=\"1\"><v>46000.5</v></c>", "<c r='B2' t=\"s\"><v>1</v></c>",
		"<c r=\"B2\" t=\"inlineStr\"><is><t>a &amp; b]c_x0041_</t></is></c>",
		"<c t=\"str\" s='0'><v>\xe2\x82\xac</v></c>",
		"<c t=\"inlineStr\"><is><t xml:space=\"preserve\"> &#x20AC;</t></is></c>",
		"<c r=\"B2\" s=\"1\"/><c t='b'><v>1</v></c>" };
	static const char odd[] = " \r\"'<>/&;]#:Arstv9.\x01\xe2";
	size_t read = 0, refused = 0;
	for (size_t i = 0; i < sizeof cells / sizeof *cells && !xml_read_judged; i++) {
		for (size_t at = i % EVERY; at < strlen(cells[i]); at += EVERY) {
			for (const char *byte = odd; ; byte++) { /* its NUL: the byte is left out */
				struct buf rows = { 0 };
				bool is_refused;
				buf_printf(&rows, "<row r=\"2\"><c r=\"A2\"><v>7</v></c>%.*s%s%s<c><v>8</v></c></row>", (int)at,
					cells[i], (char[]){ *byte, '\0' }, cells[i] + at + 1);
				reads_alike(buf_text(&rows), &is_refused);
				refused += is_refused;
				read += !is_refused;
				buf_release(&rows);
				if (!*byte)
					break;
			}
		}
	}
	CU_ASSERT(xml_read_judged || (read > 500 / EVERY && refused > 500 / EVERY));
}

static void cells_are_read_alike_wherever_pieces_of_the_sheet_end(void)
{
	static const char cells[] = "<c r=\"A1\" t=\"inlineStr\"><is><t>a&amp;b</t></is></c>"
		"<c r=\"B1\" s=\"1\"><v>46000</v></c>";
	struct buf rows = { 0 };
	bool refused = true;
	for (size_t blanks = 0; blanks < sizeof cells && !xml_read_judged; blanks++) {
		buf_clear(&rows);
		buf_printf(&rows, "<row r='1'>%*s", (int)blanks, "");
		buf_add(&rows, str_of(sheet_many(cells, 80)));
		buf_add(&rows, STR("</row>"));
		reads_alike(buf_text(&rows), &refused);
		CU_ASSERT_FALSE(refused);
	}
	buf_release(&rows);
}

/* --- bounds --- */

static void rows_come_in_batches_and_none_is_lost(void)
{
	static const char row[] = "<row><c t='inlineStr'><is><t>some text</t></is></c><c><v>1.50</v></c></row>";
	struct sheet_given g = { .rows = sheet_many(row, 5000) };
	struct buf expected = { 0 };
	for (int i = 1; i <= 5000; i++)
		buf_printf(&expected, "%d[some text|#1.5]", i);
	ASSERT_STR(str_of(sheet_show(&g)), buf_text(&expected));
	g.batch_rows = 7;
	ASSERT_STR(str_of(sheet_show(&g)), buf_text(&expected));
	buf_release(&expected);
}

static void a_batch_that_is_full_still_takes_a_row(void)
{
	struct opened o = open_sheet("<row><c><v>1</v></c></row>");
	batch_begin_row(&o.batch, 1, 0);
	CU_ASSERT_EQUAL(sheet_reader_fill(o.reader, &o.batch, 1, &sheet_error), 0);
	CU_ASSERT_EQUAL(o.batch.rows, 2);
	CU_ASSERT_EQUAL(sheet_reader_fill(o.reader, &o.batch, 1, &sheet_error), 0);
	CU_ASSERT_EQUAL(o.batch.rows, 2);
	close_sheet(&o);
}

static void a_batch_stays_small_where_rows_are_wide(void)
{
	struct opened o = open_sheet(sheet_many("<row><c><v>1</v></c></row>", 3000));
	size_t rows = 0;

	sheet_reader_pad(o.reader, 100);
	do {
		batch_clear(&o.batch);
		CU_ASSERT_EQUAL_FATAL(sheet_reader_fill(o.reader, &o.batch, 100000, &sheet_error), 0);
		CU_ASSERT_TRUE(o.batch.cell_count * sizeof(struct cell) < (size_t)1 << 20);
		rows += o.batch.rows;
	} while (o.batch.rows);
	CU_ASSERT_EQUAL(rows, 3000);
	close_sheet(&o);
}

static void cells_may_be_as_long_as_the_limit_and_no_longer(void)
{
	READS_CELLS("12345678|12345678", "<c t='inlineStr'><is><t>12345678</t></is></c><c t='str'><v>12345678</v></c>",
		.cell_bytes = 8);
	REFUSES("sheet.cell_too_long", "2", "<row r='2'><c/><c t='inlineStr'><is><t>12345678</t>"
		"<r><t>9</t></r></is></c></row>",
		.cell_bytes = 8);
	SAYS("cell B2 is longer than 8 bytes (--max-cell)");
	REFUSES("sheet.cell_too_long", "1", "<row><c><f>123456789</f></c></row>", .cell_bytes = 8);
	REFUSES("sheet.cell_too_long", "1", "<row><c><v>123456789</v></c></row>", .cell_bytes = 8);
}

static void a_row_without_end_is_refused(void)
{
	struct buf rows = { 0 };
	for (int i = 0; i < 66; i++) /* the first half is rows of one cell, the other one row */
		buf_printf(&rows, "%s<c t='inlineStr'><is><t>%s</t></is></c>%s", i <= 33 ? "<row>" : "",
			sheet_many("0123456789abcdef", 1 << 15), i < 33 || i == 65 ? "</row>" : "");
	struct sheet_given g = { .rows = buf_text(&rows) };
	err_clear(&sheet_error);
	CU_ASSERT_TRUE(str_ends(str_of(sheet_show(&g)), STR("def]!sheet.row_too_long in Catalog@34")));
	buf_release(&rows);
}

static void white_space_without_end_is_refused_but_not_between_elements(void)
{
	static const char row[] = "<row>\n                              </row>\n                    ";
	struct sheet_given endless = { .rows = sheet_many("                ", (1 << 20) + 1000) };
	err_clear(&sheet_error);
	ASSERT_STR(str_of(sheet_show(&endless)), "!xml.unused in Catalog@0");
	struct sheet_given indented = { .rows = sheet_many(row, 350000) };
	err_clear(&sheet_error);
	ASSERT_STR(str_of(sheet_show(&indented)), "");
}

/* Every row has its last cell alone. */
static void a_sheet_of_far_cells_alone_is_refused(void)
{
	struct buf rows = { 0 };
	for (int i = 1; i <= 5000; i++)
		buf_printf(&rows, "<row><c r='XFD%d'><v>1</v></c></row>", i);
	struct opened o = open_sheet(buf_text(&rows));
	do
		batch_clear(&o.batch);
	while (sheet_reader_fill(o.reader, &o.batch, 512, &sheet_error) == 0 && o.batch.rows);
	CU_ASSERT_STRING_EQUAL(sheet_error.code, "sheet.sparse");
	CU_ASSERT_EQUAL(sheet_error.row, 4162);
	close_sheet(&o);
	buf_release(&rows);
}

UNIT_SUITE(sheet_read, UNIT(cells_stand_where_their_references_say), UNIT(cells_without_a_reference_follow_each_other),
	UNIT(rows_without_a_number_follow_each_other_or_their_first_cell), UNIT(rows_come_in_any_order),
	UNIT(a_row_that_comes_again_at_once_goes_on), UNIT(a_row_that_comes_again_later_is_refused),
	UNIT(of_a_cell_that_comes_twice_the_last_counts), UNIT(a_row_ends_with_its_last_cell_that_holds_something),
	UNIT(rows_are_padded_where_that_is_wanted), UNIT(the_corners_of_a_sheet_can_be_read),
	UNIT(references_outside_of_a_sheet_are_refused), UNIT(a_cell_in_another_row_than_its_own_is_refused),
	UNIT(only_cells_of_the_sheet_count), UNIT(any_prefix_and_the_strict_namespace_are_read),
	UNIT(a_part_that_is_no_worksheet_is_refused), UNIT(a_sheet_without_cells_is_refused),
	UNIT(every_byte_of_a_plain_cell_says_the_same_to_both_engines),
	UNIT(cells_are_read_alike_wherever_pieces_of_the_sheet_end),
	UNIT(rows_come_in_batches_and_none_is_lost), UNIT(a_batch_that_is_full_still_takes_a_row),
	UNIT(a_batch_stays_small_where_rows_are_wide), UNIT(cells_may_be_as_long_as_the_limit_and_no_longer),
	UNIT(a_row_without_end_is_refused), UNIT(white_space_without_end_is_refused_but_not_between_elements),
	UNIT(a_sheet_of_far_cells_alone_is_refused))
