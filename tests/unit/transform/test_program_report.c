/* The parse and the compile of "sheets": what is wrong is told whole, with its place; what is right becomes a report. */
#include <stdio.h>

#include "mapping_texts.h"
#include "unit.h"

#define HEAD "{'qonduit': 1, 'source': {'columns': {'id': 'I', 'name': 'N', 'page': {'header': 'P', 'type': 'url'}, " \
	"'image': {'header': 'M', 'type': 'url'}, 'price': {'header': 'E', 'type': 'decimal'}, " \
	"'day': {'header': 'D', 'type': 'date'}}},\n'outputs': {'report.xlsx': {'sheets': "
#define TAIL "}}}"
#define GROUPS "{'name': 'G', 'group_by': 'name', 'measures': {'Count': {'count': 'id'}, 'Sum': {'sum': 'price'}, 'First': {'lowest': 'day'}}"

static struct compiled c;

static const struct report *compile_sheets(const char *sheets)
{
	char text[4000];
	snprintf(text, sizeof text, HEAD "%s" TAIL, sheets);
	compile_text(&c, text, NULL, 0);
	return c.compiled ? c.program.outputs[0].report : NULL;
}

static void sheets_of_rows_and_of_groups_become_one_record(void)
{
	const struct report *r = compile_sheets("[{'name': 'Rows', 'fields': {'Id': 'id', 'Price': {'from': 'price', 'format': '0.00', 'width': 12}}, "
		"'totals': {'Price': 'average'}},"
		"{'name': 'By name', 'group_by': 'name', 'measures': {'Number': {'count': 'id'}, 'Mean': {'average': 'price', 'format': '0'}},"
		"'sort_by': 'Number', 'descending': true, 'top': 5,"
		"'chart': {'type': 'pie', 'values': 'Mean', 'top': 3}},"
		"{'name': 'More', 'fields': {'Id': 'id', 'Day': 'day'}}]");
	CU_ASSERT_EQUAL_FATAL(c.faults.errors, 0);
	CU_ASSERT_EQUAL_FATAL(r->sheet_count, 3);
	struct buf text = { 0 };
	program_print(&c.program, &text);
	ASSERT_STR(buf_str(&text), "report.xlsx.Id: text = column id\nreport.xlsx.Price: decimal = column price\n"
		"report.xlsx.By name!name: text = column name\nreport.xlsx.By name!Number: text = column id\n"
		"report.xlsx.By name!Mean: decimal = column price\nreport.xlsx.More!Id: text = column id\n"
		"report.xlsx.Day: date = column day\n");
	buf_release(&text);
	const struct report_sheet *rows = &r->sheets[0], *groups = &r->sheets[1];
	CU_ASSERT(rows->first == 0 && rows->count == 2 && !rows->grouped && rows->has_totals);
	CU_ASSERT_STRING_EQUAL(rows->columns[1].number_format, "0.00");
	CU_ASSERT(rows->columns[1].width == 12 && rows->columns[1].total == MEASURE_AVERAGE);
	CU_ASSERT(groups->first == 2 && groups->count == 3 && groups->grouped && !groups->has_totals);
	CU_ASSERT(groups->sort_by == 1 && groups->descending && groups->top == 5);
	ASSERT_STR(groups->columns[0].title, "name");
	CU_ASSERT(groups->columns[1].type == VALUE_INTEGER && groups->columns[1].measure == MEASURE_COUNT);
	CU_ASSERT(groups->columns[2].type == VALUE_DECIMAL && groups->columns[2].measure == MEASURE_AVERAGE);
	CU_ASSERT(groups->chart->kind == CHART_PIE && groups->chart->value_count == 1 && groups->chart->values[0] == 2);
	CU_ASSERT_EQUAL(groups->chart->top, 3);
	ASSERT_STR(groups->chart->title, "By name");
	CU_ASSERT_EQUAL(r->sheets[2].first, 5);
	compiled_release(&c);
}

static void a_column_of_addresses_is_a_link_unless_steps_change_it(void)
{
	const struct report *r = compile_sheets("[{'name': 'R', 'fields': {'a': 'page', 'b': {'from': ['page', 'image']}, "
		"'c': {'from': 'page', 'then': ['trim']}, 'd': {'from': ['page', 'name']}, 'e': {'template': '{page}'}, 'f': 'name'}}]");
	CU_ASSERT_EQUAL_FATAL(c.faults.errors, 0);
	for (size_t i = 0; i < 6; i++)
		CU_ASSERT_EQUAL(r->sheets[0].columns[i].link, i < 2);
	compiled_release(&c);
}

static void the_title_of_groups_is_given_or_that_of_their_column(void)
{
	const struct report *r = compile_sheets("[" GROUPS "}, {'name': 'H', 'group_by': {'when': [{'if': {'column': 'price', 'less_than': 5}, "
		"'use': {'value': 'low'}}]}, 'measures': {'n': {'count': 'id'}}}, {'name': 'I', 'group_by': 'day', 'title': 'Day', 'measures': {'n': {'count': 'id'}}},"
		"{'name': 'J', 'group_by': {'from': 'id', 'then': ['upper']}, 'measures': {'n': {'count': 'id'}}}]");
	CU_ASSERT_EQUAL_FATAL(c.faults.errors, 0);
	ASSERT_STR(r->sheets[0].columns[0].title, "name");
	ASSERT_STR(r->sheets[1].columns[0].title, "Group");
	ASSERT_STR(r->sheets[2].columns[0].title, "Day");
	ASSERT_STR(r->sheets[3].columns[0].title, "id");
	CU_ASSERT_EQUAL(r->sheets[2].columns[0].type, VALUE_DATE);
	compiled_release(&c);
}

/* Each of them is one fault, in line 2, whose message has these words. */
static void each_fault_has_its_place_and_its_reason(void)
{
	static const struct {
		const char *sheets, *code, *message;
	} cases[] = {
		{ "[]", "mapping.empty", "at least one" },
		{ "{}", "mapping.kind", "a list of sheets" },
		{ "[7]", "mapping.kind", "a sheet" },
		{ "[{'fields': {'a': 'id'}}]", "mapping.missing", "needs \"name\"" },
		{ "[{'name': 'a/b', 'fields': {'a': 'id'}}]", "mapping.sheet_name", "\"a/b\" cannot be the name" },
		{ "[{'name': 'A', 'fields': {'a': 'id'}}, {'name': 'a', 'fields': {'a': 'id'}}]", "mapping.sheet_name", "two sheets are called \"a\"" },
		{ "[{'name': 'R'}]", "mapping.missing", "needs \"fields\"" },
		{ "[{'name': 'R', 'fields': {}}]", "mapping.empty", "\"fields\" is empty" },
		{ "[{'name': 'R', 'field': {'a': 'id'}, 'fields': {'a': 'id'}}]", "mapping.unknown_key", "did you mean \"fields\"?" },
		{ "[{'name': 'R', 'fields': {'a': 'id'}, 'top': 3}]", "mapping.unknown_key", "a sheet of rows" },
		{ "[{'name': 'R', 'fields': {'a': 'idd'}}]", "column.unknown", "did you mean \"id\"?" },
		{ "[{'name': 'R', 'fields': {'a': 'id', 'A ': 'id'}}]", "mapping.title", "stands twice" },
		{ "[{'name': 'R', 'fields': {'': 'id'}}]", "mapping.title", "1 to 255" },
		{ "[{'name': 'R', 'fields': {' ': 'id'}}]", "mapping.title", "not only blanks" },
		{ "[{'name': 'R', 'fields': {'a': {'from': 'id', 'fromat': '0'}}}]", "mapping.unknown_key", "did you mean \"format\"?" },
		{ "[{'name': 'R', 'fields': {'a': {'from': 'id', 'format': 0}}}]", "mapping.kind", "a number format" },
		{ "[{'name': 'R', 'fields': {'a': {'from': 'id', 'format': '0 [Red'}}}]", "mapping.format", "bracket" },
		{ "[{'name': 'R', 'fields': {'a': {'from': 'id', 'format': '0 \\'pcs'}}}]", "mapping.format", "quote" },
		{ "[{'name': 'R', 'fields': {'a': {'from': 'id', 'format': '0 pcs'}}}]", "mapping.format", "letters" },
		{ "[{'name': 'R', 'fields': {'a': {'from': 'id', 'format': '0;0;0;0;0'}}}]", "mapping.format", "four sections" },
		{ "[{'name': 'R', 'fields': {'a': {'from': 'id', 'format': '0_'}}}]", "mapping.format", "ends too soon" },
		{ "[{'name': 'R', 'fields': {'a': {'from': 'id', 'width': 0}}}]", "mapping.number", "from 1 to 255" },
		{ "[{'name': 'R', 'fields': {'a': {'from': 'id', 'width': 256}}}]", "mapping.number", "found 256" },
		{ "[{'name': 'R', 'fields': {'a': {'from': 'id', 'width': '9'}}}]", "mapping.number", "found a string" },
		{ "[{'name': 'R', 'fields': {'a': {'object': {'b': 'id'}}}}]", "mapping.type", "cannot stand in a cell" },
		{ "[{'name': 'R', 'fields': {'a': {'when': [{'if': {'column': 'id', 'present': true}, 'use': {'from': 'id', 'width': 9}}]}}}]",
			"mapping.unknown_key", "\"width\" is not a key of a rule" },
		{ "[{'name': 'R', 'fields': {'Price': 'price'}, 'totals': {'Prize': 'sum'}}]", "mapping.unknown_title", "did you mean \"Price\"?" },
		{ "[{'name': 'R', 'fields': {'Price': 'price'}, 'totals': {'Price': 'summ'}}]", "mapping.word", "did you mean \"sum\"?" },
		{ "[{'name': 'R', 'fields': {'Name': 'name'}, 'totals': {'Name': 'sum'}}]", "mapping.type", "to_decimal" },
		{ "[{'name': 'R', 'fields': {'Name': 'name'}, 'totals': {'Name': 'highest'}}]", "mapping.type", "numbers and dates" },
		{ "[{'name': 'R', 'fields': {'Day': 'day'}, 'totals': {'Day': 'average'}}]", "mapping.type", "takes numbers" },
		{ "[{'name': 'R', 'fields': {'a': 'id'}, 'group_by': 'name', 'measures': {'n': {'count': 'id'}}}]", "mapping.two_forms", "not both" },
		{ "[{'name': 'G', 'group_by': 'name'}]", "mapping.missing", "needs \"measures\"" },
		{ "[{'name': 'G', 'measures': {'n': {'count': 'id'}}}]", "mapping.missing", "needs \"group_by\"" },
		{ "[{'name': 'G', 'group_by': 'name', 'measures': {}}]", "mapping.empty", "\"measures\" is empty" },
		{ "[{'name': 'G', 'group_by': 'name', 'measures': {'n': 'id'}}]", "mapping.kind", "a measure" },
		{ "[{'name': 'G', 'group_by': 'name', 'measures': {'n': {'format': '0'}}}]", "mapping.missing", "one of \"count\"" },
		{ "[{'name': 'G', 'group_by': 'name', 'measures': {'n': {'count': 'id', 'sum': 'price'}}}]", "mapping.two_forms", "\"count\" and \"sum\"" },
		{ "[{'name': 'G', 'group_by': 'name', 'measures': {'n': {'count': 'id', 'summ': 'price'}}}]", "mapping.unknown_key", "did you mean \"sum\"?" },
		{ "[{'name': 'G', 'group_by': 'name', 'measures': {'n': {'sum': 'name'}}}]", "mapping.type", "takes numbers" },
		{ "[{'name': 'G', 'group_by': 'name', 'measures': {'NAME': {'count': 'id'}}}]", "mapping.title", "stands twice" },
		{ "[{'name': 'G', 'group_by': {'list': ['name']}, 'measures': {'n': {'count': 'id'}}}]", "mapping.type", "cannot stand in a cell" },
		{ "[{'name': 'G', 'group_by': 'name', 'title': 5, 'measures': {'n': {'count': 'id'}}}]", "mapping.kind", "the title" },
		{ "[" GROUPS ", 'sort_by': 'count'}]", "mapping.unknown_title", "did you mean \"Count\"?" },
		{ "[" GROUPS ", 'top': 0}]", "mapping.number", "from 1" },
		{ "[" GROUPS ", 'descending': 'yes'}]", "mapping.kind", "true or false" },
		{ "[" GROUPS ", 'totals': {'Sum': 'average'}}]", "mapping.total", "expected \"sum\"" },
		{ "[" GROUPS ", 'totals': {'name': 'sum'}}]", "mapping.total", "expected \"count\"" },
		{ "[" GROUPS ", 'chart': {'type': 'bars', 'values': ['Sum']}}]", "mapping.word", "did you mean \"bar\"?" },
		{ "[" GROUPS ", 'chart': {'type': 'bar'}}]", "mapping.missing", "\"values\"" },
		{ "[" GROUPS ", 'chart': {'type': 'bar', 'values': []}}]", "mapping.empty", "is empty" },
		{ "[" GROUPS ", 'chart': {'type': 'bar', 'values': ['Summ']}}]", "mapping.unknown_title", "did you mean \"Sum\"?" },
		{ "[" GROUPS ", 'chart': {'type': 'bar', 'values': ['name']}}]", "mapping.unknown_title", "no measure \"name\"" },
		{ "[" GROUPS ", 'chart': {'type': 'bar', 'values': ['First']}}]", "mapping.type", "a chart draws numbers" },
		{ "[" GROUPS ", 'chart': {'type': 'pie', 'values': ['Sum', 'Count']}}]", "mapping.chart", "a pie shows one" },
		{ "[" GROUPS ", 'chart': {'type': 'bar', 'values': 'Sum', 'colour': 'red'}}]", "mapping.unknown_key", "a chart" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		compile_sheets(cases[i].sheets);
		struct str place = fault_place(&c, 0);
		struct str expected = arena_printf(&c.arena, " %s", cases[i].code);
		bool right = c.faults.errors == 1 && str_ends(place, expected) && str_starts(place, STR("2:")) &&
			strstr(fault_message(&c, 0), cases[i].message);
		if (!right)
			printf("\n%s\n  %zu faults, %s: %s\n", cases[i].sheets, c.faults.errors, place.p, fault_message(&c, 0));
		CU_ASSERT(right);
		compiled_release(&c);
	}
}

static void number_formats_of_spreadsheets_are_taken(void)
{
	static const char *const formats[] = { "#,##0.00", "€ #,##0.00", "[$€-407] #,##0.00;[Red]-#,##0.00", "0.0%", "0.00E+00", "yyyy-mm-dd hh:mm",
		"d.m.yy h:mm AM/PM", "General", "0 \\x", "_-* #,##0_-", "# ?/?", "@" };
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		struct buf escaped = { 0 };
		char sheets[300];
		for (const char *p = formats[i]; *p; p++)
			buf_printf(&escaped, *p == '\\' ? "\\\\" : "%c", *p);
		snprintf(sheets, sizeof sheets, "[{'name': 'R', 'fields': {'a': {'from': 'price', 'format': '%s'}}}]", buf_text(&escaped));
		compile_sheets(sheets);
		if (c.faults.errors)
			printf("\n%s: %s\n", formats[i], fault_message(&c, 0));
		CU_ASSERT_EQUAL(c.faults.errors, 0);
		compiled_release(&c);
		buf_release(&escaped);
	}
}

static void a_workbook_takes_sheets_and_other_targets_fields(void)
{
	static const struct {
		const char *output, *message;
	} cases[] = {
		{ "'report.xlsx': {'fields': {'a': 'id'}}", "is a workbook: it takes \"sheets\"" },
		{ "'file.csv': {'sheets': [{'name': 'R', 'fields': {'a': 'id'}}]}", "is no workbook: it takes \"fields\"" },
		{ "'report.xlsx': {'fields': {'a': 'id'}, 'sheets': [{'name': 'R', 'fields': {'a': 'id'}}]}", "side by side" },
		{ "'report.xlsx': {}", "needs \"fields\" or, where it is a workbook, \"sheets\"" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[400];
		snprintf(text, sizeof text, "{'qonduit': 1, 'source': {'columns': {'id': 'I'}}, 'outputs': {%s}}", cases[i].output);
		compile_text(&c, text, NULL, 0);
		CU_ASSERT_EQUAL(c.faults.errors, 1);
		if (!strstr(fault_message(&c, 0), cases[i].message))
			printf("\n%s: %s\n", cases[i].output, fault_message(&c, 0));
		CU_ASSERT_PTR_NOT_NULL(strstr(fault_message(&c, 0), cases[i].message));
		compiled_release(&c);
	}
}

UNIT_SUITE(program_report, UNIT(sheets_of_rows_and_of_groups_become_one_record), UNIT(a_column_of_addresses_is_a_link_unless_steps_change_it),
	UNIT(the_title_of_groups_is_given_or_that_of_their_column), UNIT(each_fault_has_its_place_and_its_reason),
	UNIT(number_formats_of_spreadsheets_are_taken), UNIT(a_workbook_takes_sheets_and_other_targets_fields))
