#include "unit.h"

#include "sheet_show.h"

/* --- text --- */

static void shared_strings_are_found_by_their_number(void)
{
	static const char strings[] = "<si><t>one</t></si><si><r><t>t</t></r><r><t>wo</t></r></si><si><t/></si>";
	READS_CELLS("two|one||two", "<c t='s'><v>1</v></c><c t='s'><v> 0\n</v></c><c t='s'><v>2</v></c>"
		"<c t='s'><v>1</v></c>", .strings = strings);
	READS_CELLS("|one", "<c t='s'/><c t='s'><v>0</v></c><c t='s'><v/></c>", .strings = strings);
}

static void a_shared_string_that_does_not_exist_is_an_error_never_empty(void)
{
	static const char strings[] = "<si><t>one</t></si>";
	READS_CELLS("!shared string 1 of 1|!shared string -1 of 1|!shared string 4294967296 of 1",
		"<c t='s'><v>1</v></c><c t='s'><v>-1</v></c><c t='s'><v>4294967296</v></c>", .strings = strings);
	READS_CELLS("!shared string 99999999999999999999 of 1", "<c t='s'><v>99999999999999999999</v></c>",
		.strings = strings);
	REFUSES("sheet.value", "1", "<row><c t='s'><v>1.5</v></c></row>", .strings = strings);
	SAYS("found \"1.5\" in cell A1, expected the number of a shared string");
}

static void inline_text_is_joined_without_what_says_how_it_is_spoken(void)
{
	READS_CELLS("plain| a  b ", "<c t='inlineStr'><is><t>plain</t></is></c>"
		"<c t='inlineStr'><is><t xml:space='preserve'> a  b </t></is></c>");
	READS_CELLS("rich text", "<c t='inlineStr'><is><r><rPr><b/></rPr><t>rich</t></r><r><t> text</t></r>"
		"<rPh sb='0' eb='1'><t>spoken</t></rPh><phoneticPr fontId='1'/></is></c>");
	READS_CELLS("a<b&c>\xe2\x82\xac", "<c t='inlineStr'><is><t>a&lt;b<![CDATA[&c>]]>&#x20ac;</t></is></c>");
	READS_CELLS("|x", "<c t='inlineStr'/><c t='inlineStr'><is><t>x</t></is></c><c t='inlineStr'><is/></c>");
}

static void text_is_read_where_a_writer_put_it_beside_its_type(void)
{
	READS_CELLS("text|more|both", "<c t='inlineStr'><v>text</v></c><c><is><t>more</t></is></c>"
		"<c t='inlineStr'><is><t>both</t></is><v>0</v></c>");
	READS_CELLS("both", "<c t='inlineStr'><v>0</v><is><t>both</t></is></c>");
}

static void escapes_of_characters_are_resolved(void)
{
	READS_CELLS("a\r\nb|_x000D_|c\td", "<c t='inlineStr'><is><t>a_x000D_&#10;b</t></is></c>"
		"<c t='inlineStr'><is><t>_x005F_x000D_</t></is></c><c t='str'><v>c_x0009_d</v></c>");
	READS_CELLS("_x0009_", "<c t='inlineStr'><is><r><t>_x00</t></r><r><t>09_</t></r></is></c>");
}

static void text_of_formulas_is_text(void)
{
	READS_CELLS("007| x ", "<c t='str'><f>A2</f><v>007</v></c><c t='str'><v> x </v></c>");
	READS_CELLS("|#1", "<c t='str'><f>IF(A2=\"\",\"\",1)</f><v></v></c><c><v>1</v></c>");
}

/* --- other values --- */

static void numbers_are_as_short_as_they_can_be(void)
{
	READS_CELLS("#1.1|#3349668566372|#5012345678900|#7", "<c><v>1.1000000000000001</v></c>"
		"<c><v>3.349668566372E+12</v></c><c t='n'><v> 5012345678900\n</v></c><c t='n'><v>007</v></c>");
	READS_CELLS("~12345678901234567890|#9007199254740992", "<c><v>12345678901234567890</v></c>"
		"<c><v>9007199254740992</v></c>");
	READS_CELLS("#12.5", "<c><v>1</v><v>12<!-- in pieces -->.<![CDATA[5]]></v></c>");
}

static void what_is_no_number_is_refused_with_its_cell(void)
{
	REFUSES("sheet.value", "3", "<row r='3'><c r='E3'><v>abc</v></c></row>");
	SAYS("found \"abc\" in cell E3, expected a number");
	REFUSES("sheet.value", "1", "<row><c><v>1e400</v></c></row>");
	REFUSES("sheet.value", "1", "<row><c t='n'><v>NaN</v></c></row>");
}

#define FORMATS "<xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='22'/><xf numFmtId='21'/><xf numFmtId='46'/>"

static void numbers_with_a_format_of_dates_are_dates(void)
{
	READS_CELLS("#46347|@2026-11-21|@2026-11-21T18:00:00|@2026-11-21T00:00:00|@18:00:00|@26:30:00",
		"<c s='0'><v>46347</v></c><c s='1'><v>46347</v></c><c s='1'><v>46347.75</v></c><c s='2'><v>46347</v></c>"
		"<c s='3'><v>0.75</v></c><c s='4'><v>1.1041666666666667</v></c>", .formats = FORMATS);
	READS_CELLS("@2026-11-21", "<c s='1'><v>44885</v></c>", .formats = FORMATS, .from_1904 = true);
	READS_CELLS("@1900-02-29|#-1|#2958466", "<c s='1'><v>60</v></c><c s='1'><v>-1</v></c><c s='1'><v>2958466</v></c>",
		.formats = FORMATS);
}

static void a_cell_without_a_style_has_the_first_one(void)
{
	READS_CELLS("@2026-11-21|#46347", "<c><v>46347</v></c><c s='1'><v>46347</v></c>",
		.formats = "<xf numFmtId='14'/><xf numFmtId='0'/>");
	REFUSES("sheet.value", "1", "<row><c s='x'><v>1</v></c></row>");
}

static void dates_as_text_stand_as_they_are(void)
{
	READS_CELLS("@2026-11-21|@2026-11-21T18:00:00Z|", "<c t='d'><v>2026-11-21</v></c><c t='d'>"
		"<v> 2026-11-21T18:00:00Z </v></c>"
		"<c t='d'/>", .pad = 3);
}

static void booleans_are_true_or_false(void)
{
	READS_CELLS("?true|?false|?true|?false|", "<c t='b'><v>1</v></c><c t='b'><v>0</v></c><c t='b'><v>true</v></c>"
		"<c t='b'><v> false</v></c><c t='b'><v/></c>", .pad = 5);
	REFUSES("sheet.value", "1", "<row><c t='b'><v>2</v></c></row>");
	SAYS("found \"2\" in cell A1, expected 0 or 1");
}

static void errors_are_errors(void)
{
	READS_CELLS("!#N/A|!#DIV/0!", "<c t='e'><v>#N/A</v></c><c t='e'><f>1/0</f><v>#DIV/0!</v></c>");
}

static void an_unknown_type_is_refused(void)
{
	REFUSES("sheet.value", "1", "<row><c t='x'><v>1</v></c></row>");
	SAYS("found \"x\" in cell A1, expected a cell of the type b, d, e, inlineStr, n, s or str");
}

/* --- formulas and links --- */

static void formulas_count_by_their_stored_value(void)
{
	READS_CELLS("#3|?true", "<c><f>A2+1</f><v>3</v></c><c t='b'><f>TRUE()</f><v>1</v></c>");
}

static void a_formula_without_a_stored_value_is_one(void)
{
	READS_CELLS("=A2+1|=SUM(A2:A3)|=B2", "<c><f>A2+1</f></c><c><f>SUM(A2:A3)</f><v></v></c><c t='str'><f>B2</f></c>");
	READS_CELLS("=a shared formula|=a formula|=C2", "<c><f t='shared' si='0'/></c><c><f/></c><c t='e'><f>C2</f></c>");
}

#define VIEW "HYPERLINK(&quot;https://a.example/1/&quot;, &quot;View Product&quot;)"

static void a_hyperlink_formula_without_a_stored_value_is_its_text(void)
{
	READS_CELLS("View Product|https://a.example/", "<c><f>" VIEW "</f></c><c><f>HYPERLINK(\"https://a.example/\")</f>"
		"<v></v></c>");
	READS_CELLS("View Product->https://a.example/1/|#1", "<c><f>" VIEW "</f></c><c><v>1</v></c>", .links = true);
	READS_CELLS("=HYPERLINK(A2)|x", "<c><f>HYPERLINK(A2)</f></c><c t='str'><f>HYPERLINK(\"y\"&amp;A2)</f><v>x</v></c>",
		.links = true);
}

static void a_hyperlink_formula_with_a_stored_value_is_that_and_linked(void)
{
	READS_CELLS("View->https://a.example/1/|#0->https://a.example/1/", "<c t='str'><f>" VIEW "</f><v>View</v></c>"
		"<c><f>" VIEW "</f><v>0</v></c>", .links = true);
	READS_CELLS("View->x", "<c t='s'><f>HYPERLINK(\"x\",A2)</f><v>0</v></c>", .links = true, .strings = "<si>"
		"<t>View</t></si>");
	READS_CELLS("View Product->https://a.example/1/", "<c t='str'><f>" VIEW "</f><v></v></c>", .links = true);
}

static void an_address_is_known_though_the_text_is_not(void)
{
	READS_CELLS("=HYPERLINK(\"x\",A2)->x", "<c><f>HYPERLINK(\"x\",A2)</f></c>", .links = true);
}

static void a_place_in_the_workbook_is_no_address(void)
{
	READS_CELLS("there", "<c><f>HYPERLINK(\"#Sheet2!A1\",\"there\")</f></c>", .links = true);
}

#define LEADS(id, target) \
	"<Relationship Id='" id "' " XLSX_TYPE("hyperlink") " Target='" target "' TargetMode='External'/>"

static const char linked_rows[] =
	"<row r='1'><c><v>1</v></c><c t='s'><v>0</v></c><c t='inlineStr'><is><t>x</t></is></c></row>"
	"<row r='2'><c s='0'/><c><v>2</v></c></row>";

static void hyperlinks_of_the_sheet_stand_behind_the_text(void)
{
	READS("1[#1|View->https://a.example/1/|x->https://a.example/2/#part]"
		"2[https://a.example/3/->https://a.example/3/|#2]",
		.rows = linked_rows, .strings = "<si><t>View</t></si>", .links = true,
		.behind = "<hyperlinks><hyperlink ref='B1' r:id='r1'/><hyperlink ref='C1' r:id='r2' location='part'/>"
			"<hyperlink ref='A2' r:id='r3' display='no matter'/></hyperlinks>",
		.relationships = LEADS("r3", "https://a.example/3/") LEADS("r1", "https://a.example/1/")
			LEADS("r2", "https://a.example/2/"));
}

static void hyperlinks_are_left_out_where_nobody_asks(void)
{
	READS("1[#1|View|x]2[|#2]", .rows = linked_rows, .strings = "<si><t>View</t></si>",
		.behind = "<hyperlinks><hyperlink ref='B1' r:id='r1'/></hyperlinks>", .relationships = LEADS("r1", "x"));
}

static void hyperlinks_within_the_workbook_are_none(void)
{
	READS("1[#1|View|x]2[|#2]", .rows = linked_rows, .strings = "<si><t>View</t></si>", .links = true,
		.behind = "<hyperlinks><hyperlink ref='B1' location='Sheet2!A1'/><hyperlink ref='C1' r:id='r7'/>"
			"<hyperlink ref='B1' r:id='r2'/><hyperlink ref='B1' r:id='r3'/></hyperlinks>"
			"<others><hyperlink ref='B1' r:id='r1'/></others>",
		.relationships = LEADS("r1", "x") "<Relationship Id='r2' " XLSX_TYPE("hyperlink") " Target='../styles.xml'/>"
			"<Relationship Id='r3' " XLSX_TYPE("image") " Target='y' TargetMode='External'/>");
}

#define ONE(r, c) "<row r=\"" r "\"><c r=\"" c r "\"><v>1</v></c></row>"

static void hyperlinks_come_in_any_order(void)
{
	READS("1[#1->a]2[#1->b]3[#1]4[|#1->c]6[|#1->c]10[|#1]", .links = true,
		.rows = ONE("1", "A") ONE("2", "A") ONE("3", "A") ONE("4", "B") ONE("6", "B") ONE("10", "B"),
		.behind = "<hyperlinks><hyperlink ref='A4:A5' r:id='r4'/><hyperlink ref='A2' r:id='r2'/>"
			"<hyperlink ref='B3:B9' r:id='r3'/><hyperlink ref='A1' r:id='r1'/></hyperlinks>",
		.relationships = LEADS("r1", "a") LEADS("r2", "b") LEADS("r3", "c") LEADS("r4", "d"));
	READS("5[#1]6[|#1->c]", .links = true, .rows = ONE("5", "A") ONE("6", "B"),
		.behind = "<hyperlinks><hyperlink ref='A1:A4' r:id='r4'/><hyperlink ref='B1:B9' r:id='r3'/>"
			"<hyperlink ref='A2:A3' r:id='r4'/></hyperlinks>", .relationships = LEADS("r3", "c") LEADS("r4", "d"));
}

static void a_hyperlink_covers_a_range_and_the_last_one_counts(void)
{
	READS("1[#1->y|View->z|x->y]2[|#2->y]", .rows = linked_rows, .strings = "<si><t>View</t></si>", .links = true,
		.behind = "<hyperlinks><hyperlink ref='C1:C1048576' r:id='r1'/><hyperlink ref='A1:XFD2' r:id='r2'/>"
			"<hyperlink ref='B1' r:id='r3'/></hyperlinks>",
		.relationships = LEADS("r1", "x") LEADS("r2", "y") LEADS("r3", "z"));
}

static void of_empty_cells_under_one_hyperlink_only_the_first_has_its_address(void)
{
	READS("1[x->x||#1]", .rows = "<row r='1'><c/><c/><c><v>1</v></c></row><row r='2'><c/></row>", .links = true,
		.behind = "<hyperlinks><hyperlink ref='A1:B2' r:id='r1'/></hyperlinks>", .relationships = LEADS("r1", "x"));
}

static void a_hyperlink_at_no_cell_is_refused(void)
{
	READS("!sheet.link in Catalog@0", .links = true, .relationships = LEADS("r1", "x"),
		.behind = "<hyperlinks><hyperlink ref='B0' r:id='r1'/></hyperlinks>");
	SAYS("found a hyperlink at \"B0\", expected cells such as A1 or A1:B2");
}

static void hyperlinks_without_end_are_refused(void)
{
	struct buf address = { 0 }, links = { 0 }, row = { 0 };
	buf_printf(&address, LEADS("r1", "%s"), sheet_many("x", 32768));
	READS("!sheet.link in Catalog@0", .links = true, .relationships = buf_text(&address),
		.behind = "<hyperlinks><hyperlink ref='A1' r:id='r1'/></hyperlinks>");
	buf_printf(&links, "<hyperlinks>%s</hyperlinks>", sheet_many("<hyperlink ref='A1:GR99999' r:id='r1'/>", 20000));
	buf_printf(&row, "<row>%s</row>", sheet_many("<c><v>1</v></c>", 200));
	struct sheet_given g = { .links = true, .rows = sheet_many(buf_text(&row), 100), .behind = buf_text(&links),
		.relationships = LEADS("r1", "x") };
	err_clear(&sheet_error);
	sheet_show(&g);
	CU_ASSERT_STRING_EQUAL(sheet_error.message, "the sheet's hyperlinks cover too many cells, or each other");
	buf_release(&address);
	buf_release(&links);
	buf_release(&row);
}

UNIT_SUITE(sheet_value, UNIT(shared_strings_are_found_by_their_number),
	UNIT(a_shared_string_that_does_not_exist_is_an_error_never_empty),
	UNIT(inline_text_is_joined_without_what_says_how_it_is_spoken),
	UNIT(text_is_read_where_a_writer_put_it_beside_its_type), UNIT(escapes_of_characters_are_resolved),
	UNIT(text_of_formulas_is_text), UNIT(numbers_are_as_short_as_they_can_be),
	UNIT(what_is_no_number_is_refused_with_its_cell), UNIT(numbers_with_a_format_of_dates_are_dates),
	UNIT(a_cell_without_a_style_has_the_first_one), UNIT(dates_as_text_stand_as_they_are),
	UNIT(booleans_are_true_or_false), UNIT(errors_are_errors), UNIT(an_unknown_type_is_refused),
	UNIT(formulas_count_by_their_stored_value), UNIT(a_formula_without_a_stored_value_is_one),
	UNIT(a_hyperlink_formula_without_a_stored_value_is_its_text),
	UNIT(a_hyperlink_formula_with_a_stored_value_is_that_and_linked), UNIT(an_address_is_known_though_the_text_is_not),
	UNIT(a_place_in_the_workbook_is_no_address), UNIT(hyperlinks_of_the_sheet_stand_behind_the_text),
	UNIT(hyperlinks_are_left_out_where_nobody_asks), UNIT(hyperlinks_within_the_workbook_are_none),
	UNIT(hyperlinks_come_in_any_order), UNIT(a_hyperlink_covers_a_range_and_the_last_one_counts),
	UNIT(of_empty_cells_under_one_hyperlink_only_the_first_has_its_address), UNIT(a_hyperlink_at_no_cell_is_refused),
	UNIT(hyperlinks_without_end_are_refused))
