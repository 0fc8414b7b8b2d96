#include "unit.h"

#include <stdio.h>

#include "book_try.h"

static const char *style_name(enum number_style style)
{
	static const char *const names[] = { "number", "date", "datetime", "time", "elapsed" };
	return names[style];
}

static void means(struct str code, const char *expected)
{
	char text[1000], what[300];
	snprintf(text, sizeof text, "<styleSheet " XLSX_MAIN ">"
		"<numFmts><numFmt numFmtId='164' formatCode='%.*s'/></numFmts>"
		"<cellXfs><xf numFmtId='0'/><xf numFmtId='164'/></cellXfs></styleSheet>", STR_ARG(code));
	struct workbook *w = TRY({ "xl/styles.xml", text, 0 });
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	const char *found = style_name(workbook_style(w, 1));
	snprintf(what, sizeof what, "%.*s is %s, expected %s", STR_ARG(code), found, expected);
	CU_assertImplementation(strcmp(found, expected) == 0, __LINE__, what, __FILE__, "", CU_FALSE);
	workbook_free(w);
}

/* Codes with a | between them, as they stand in XML. */
static void all_mean(const char *codes, const char *expected)
{
	for (struct str rest = str_of(codes); rest.p;)
		means(str_cut(rest, '|', &rest), expected);
}

static void numbers_stay_numbers(void)
{
	all_mean("|General|GENERAL|0|0.00|#,##0|0.00E+00|##0.0E-0|0e+0|# ?/?|0%|@|;;;", "number");
	all_mean("[Red]0|0;[Red]-0|[Magenta]General|[Black]|[&gt;=100]0;General|[DBNum1]General", "number");
	all_mean("&quot;ymd&quot;0|&quot;days h:mm&quot;|0.0 &quot;h&quot;|\\d\\a\\y\\s\\ 0|_d0_y|*m0", "number");
	all_mean("\\d|*d|_d", "number");
	all_mean("[$EUR] 0.00|#,##0.00\\ [$\xe2\x82\xac-407]|_-* #,##0.00\\ _\xe2\x82\xac_-;-* #,##0.00", "number");
	all_mean("0;yyyy|0 dd|\\|[|[h|&quot;h", "number");
}

static void days_months_and_years_are_dates(void)
{
	all_mean("yyyy-mm-dd|YYYY\\-MM\\-DD|d/m/yy|mmm|mm|m|mmmm yyyy|dddd|yy|dd.mm.yyyy|d-mmm-yy;@|mm/yy|d;0", "date");
	all_mean("[$-409]d-mmm-yyyy|[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy|[Red]yyyy|yyyy\\x|&quot;KW&quot; d", "date");
	all_mean("yyyy&quot;\xe5\xb9\xb4&quot;m&quot;\xe6\x9c\x88&quot;|[$-411]ggge.m.d|[$-411]e-m|d/m/bbbb", "date");
}

static void hours_and_seconds_are_times(void)
{
	all_mean("h:mm|hh:mm:ss|h:mm AM/PM|h am/pm|h A/P|[$-F400]h:mm:ss\\ AM/PM|h|hh&quot;:&quot;mm|h\\:m", "time");
	all_mean("mm:ss|m:ss|mm:ss.0|mmss.000|ss|s.00", "time");
}

static void both_are_dates_with_a_time(void)
{
	all_mean("yyyy-mm-dd hh:mm:ss|d/m/yy h:mm|h:mm d/m|yyyy-mm-ddThh:mm:ssZ|m/d/yy h:mm AM/PM|mmm h|h mmm", "datetime");
	all_mean("hh:mm:ss.000 dd.mm.yyyy|mm hh:mm|d [h]:mm|m h|m/d mm:ss", "datetime");
}

static void brackets_make_elapsed_time(void)
{
	all_mean("[h]:mm:ss|[hh]:mm|[mm]:ss|[ss].00|[H]|[h]:mm:ss;@|[Red][h]:mm|[m]", "elapsed");
}

/* The styles of a workbook, by their first letters: n d D(datetime) t e. */
static const char *styles_of(const char *inner)
{
	static char out[200];
	char text[8000];
	snprintf(text, sizeof text, "<styleSheet " XLSX_MAIN ">%s</styleSheet>", inner);
	struct workbook *w = TRY({ "xl/styles.xml", text, 0 });
	if (!w)
		return try_fault.message;
	for (size_t i = 0; i < sizeof out; i++)
		out[i] = "ndDte"[workbook_style(w, i)];
	out[100] = '\0';
	workbook_free(w);
	return out;
}

static void formats_that_need_no_code_are_known(void)
{
	struct buf b = { 0 };
	buf_add(&b, STR("<cellXfs>"));
	for (int i = 0; i < 100; i++)
		buf_printf(&b, "<xf numFmtId='%d'/>", i);
	buf_add(&b, STR("</cellXfs>"));
	ASSERT_STR(str_of(styles_of(buf_text(&b))), "nnnnnnnnnn" "nnnnddddtt" "ttDnnnnddd" "ddttdddnnn" "nnnnntetnn"
		"dddddddddn" "nnnnnnnnnn" "nddddttDte" "tdnnnnnnnn" "nnnnnnnnnn");
	buf_release(&b);
}

static void only_the_styles_of_cells_count(void)
{
	struct str found = str_of(styles_of("<dxfs><dxf><numFmt numFmtId='165' formatCode='yyyy'/></dxf></dxfs>"
		"<cellStyleXfs><xf numFmtId='14'/></cellStyleXfs><cellXfs><xf/><x><xf numFmtId='14'/></x><xf numFmtId='165'/>"
		"<xf numFmtId='14'/></cellXfs>"));
	ASSERT_STR(str_head(found, 4), "nndn");
}

static void what_the_file_says_goes_before_what_is_built_in(void)
{
	struct str found = str_of(styles_of("<cellXfs><xf numFmtId='14'/><xf numFmtId='164' applyNumberFormat='0'/>"
		"<xf numFmtId='165'/><xf numFmtId='15'/></cellXfs><numFmts><numFmt numFmtId='14' formatCode='h:mm'/>"
		"<numFmt numFmtId='164' formatCode='d'/><numFmt numFmtId='165' formatCode='0'/>"
		"<numFmt numFmtId='15'/></numFmts>"));
	ASSERT_STR(str_head(found, 5), "tdndn");
}

static void numbers_of_formats_that_are_none_are_refused(void)
{
	ASSERT_STR(str_of(styles_of("<cellXfs><xf numFmtId='70000'/></cellXfs>")),
		"found the number format \"70000\" in the styles, expected a number up to 65535");
	ASSERT_STR(str_of(styles_of("<numFmts><numFmt numFmtId='x' formatCode='0'/></numFmts>")),
		"found the number format \"x\" in the styles, expected a number up to 65535");
}

static void a_workbook_without_styles_has_numbers(void)
{
	struct workbook *w = TRY({ "xl/_rels/workbook.xml.rels", TRY_RELATIONS(TRY_RELATION("rId1", "worksheet",
		"worksheets/sheet1.xml")), 0 });
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT_EQUAL(workbook_style(w, 0), STYLE_NUMBER);
	CU_ASSERT_EQUAL(workbook_style(w, UINT64_MAX), STYLE_NUMBER);
	workbook_free(w);
}

static void styles_whose_part_is_missing_are_lost(void)
{
	struct workbook *w = TRY({ "docProps/app.xml", "<x/>", 0 });
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	CU_ASSERT_EQUAL(workbook_style(w, 0), STYLE_NUMBER);
	CU_ASSERT_EQUAL(workbook_style(w, 1), STYLE_LOST);
	workbook_free(w);
}

static void styles_have_their_limit(void)
{
	struct buf b = { 0 };
	buf_add(&b, STR("<styleSheet " XLSX_MAIN "><cellXfs>"));
	for (int i = 0; i < 65536; i++)
		buf_add(&b, STR("<xf/>"));
	size_t n = b.n;
	buf_add(&b, STR("</cellXfs></styleSheet>"));
	struct workbook *w = TRY({ "xl/styles.xml", b.p, b.n });
	CU_ASSERT_PTR_NOT_NULL(w);
	workbook_free(w);
	b.n = n;
	buf_add(&b, STR("<xf/></cellXfs></styleSheet>"));
	REFUSED(TRY({ "xl/styles.xml", b.p, b.n }), "workbook.styles", "the workbook has more than 65536 styles of cells");
	buf_release(&b);
}

UNIT_SUITE(workbook_styles, UNIT(numbers_stay_numbers), UNIT(days_months_and_years_are_dates),
	UNIT(hours_and_seconds_are_times), UNIT(both_are_dates_with_a_time), UNIT(brackets_make_elapsed_time),
	UNIT(formats_that_need_no_code_are_known), UNIT(only_the_styles_of_cells_count),
	UNIT(what_the_file_says_goes_before_what_is_built_in), UNIT(numbers_of_formats_that_are_none_are_refused),
	UNIT(a_workbook_without_styles_has_numbers),
	UNIT(styles_whose_part_is_missing_are_lost), UNIT(styles_have_their_limit))
