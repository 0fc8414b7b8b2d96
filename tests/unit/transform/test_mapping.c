/* The parse and the compile: what is wrong with a mapping is told whole, with its place. */
#include <stdio.h>

#include "mapping_texts.h"
#include "unit.h"

static void a_small_mapping_compiles_without_a_fault(void)
{
	struct compiled c;
	compile_text(&c, "{'qonduit': 1, 'source': {'columns': {'a': 'A', 'n': {'header': 'N', 'type': 'integer'}}},\n"
		"'outputs': {'file.csv': {'fields': {'x': 'a', 'y': {'from': 'n', 'then': [{'multiply': '1.5'}, {'round': 2}]}}}}}", NULL, 0);
	CU_ASSERT_EQUAL(c.faults.errors, 0);
	CU_ASSERT_EQUAL(c.program.outputs[0].shape.fields[0].type, VALUE_TEXT);
	CU_ASSERT_EQUAL(c.program.outputs[0].shape.fields[1].type, VALUE_DECIMAL);
	struct buf text = { 0 };
	program_print(&c.program, &text);
	ASSERT_STR(buf_str(&text), "file.csv.x: text = column a\nfile.csv.y: decimal = column n | multiply | round\n");
	buf_release(&text);
	compiled_release(&c);
}

static void all_faults_are_told_at_once_with_line_and_column(void)
{
	struct compiled c;
	compile_text(&c, "{'qonduit': 1,\n 'descripton': 'x',\n 'source': {'columns': {'a': 'A'}},\n"
		" 'outputs': {'file.csv': {'fields': {'x': 'b',\n  'y': {'from': 'a', 'then': ['sqeeze']}}}}}", NULL, 0);
	CU_ASSERT_EQUAL(c.faults.errors, 3);
	ASSERT_STR(fault_place(&c, 0), "2:2 mapping.unknown_key");
	CU_ASSERT_PTR_NOT_NULL(strstr(fault_message(&c, 0), "did you mean \"description\"?"));
	CU_ASSERT_EQUAL(fault_place(&c, 1).p[0], '4');
	CU_ASSERT_EQUAL(fault_place(&c, 2).p[0], '5');
	CU_ASSERT_PTR_NOT_NULL(strstr(fault_message(&c, 2), "squeeze"));
	compiled_release(&c);
}

static void types_are_checked_before_a_row_is_read(void)
{
	static const struct {
		const char *field, *message;
	} cases[] = {
		{ "'cost': 'name'", "takes a number" },
		{ "'name': 'price'", "to_text" },
		{ "'active': 'price'", "takes true or false" },
		{ "'base_units_per_sales_unit': 'price'", "to_integer" },
		{ "'name': {'from': ['name', 'price']}", "one field has one type" },
		{ "'name': {'from': 'price', 'then': ['trim']}", "takes text" },
		{ "'name': {'object': {'a': 'name'}}", "takes a string" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct compiled c;
		char text[600];
		snprintf(text, sizeof text, "{'qonduit': 1, 'source': {'columns': {'id': 'I', 'name': 'N', 'brand': 'B', 'price': {'header': 'P', 'type': 'decimal'}}},"
			"'outputs': {'quotiza.products': {'fields': {'sku': 'id', 'brand': 'brand', %s%s}}}}", strstr(cases[i].field, "'name'") == cases[i].field ? "" :
			"'name': 'name', ", cases[i].field);
		compile_text(&c, text, NULL, 0);
		CU_ASSERT_EQUAL(c.faults.errors, 1);
		if (!strstr(fault_message(&c, 0), cases[i].message))
			printf("\n%s: %s\n", cases[i].field, fault_message(&c, 0));
		CU_ASSERT_PTR_NOT_NULL(strstr(fault_message(&c, 0), cases[i].message));
		compiled_release(&c);
	}
}

static void required_fields_without_a_rule_are_faults(void)
{
	struct compiled c;
	compile_text(&c, "{'qonduit': 1, 'source': {'columns': {'a': 'A'}}, 'outputs': {'quotiza.products': {'fields': {'sku': 'a', 'nam': 'a'}}}}", NULL, 0);
	CU_ASSERT_EQUAL(c.faults.errors, 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(fault_message(&c, 0), "did you mean \"name\"?"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault_message(&c, 1), "requires \"name\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault_message(&c, 2), "requires \"brand\""));
	compiled_release(&c);
}

static void a_rule_has_one_form(void)
{
	struct compiled c;
	compile_text(&c, "{'qonduit': 1, 'source': {'columns': {'a': 'A'}}, 'outputs': {'file.csv': {'fields': {"
		"'x': {'from': 'a', 'value': 1}, 'y': {'then': []}, 'z': {'from': 'a', 'else': 'a'}, 'w': 7, 'v': {'template': '{a} {'}}}}}", NULL, 0);
	CU_ASSERT_EQUAL(c.faults.errors, 5);
	CU_ASSERT_PTR_NOT_NULL(strstr(fault_message(&c, 0), "side by side"));
	compiled_release(&c);
}

static void parameters_come_from_set_or_their_default(void)
{
	static const char text[] = "{'qonduit': 1, 'params': {'margin': {'type': 'decimal', 'default': 1.35}, 'shop': {}},"
		"'source': {'columns': {'a': 'A'}}, 'outputs': {'file.csv': {'fields': {'x': {'param': 'margin'}, 'y': {'param': 'shop'}}}}}";
	struct compiled c;

	compile_text(&c, text, (const char *const[]){ "shop=x", "margin=1.40" }, 2);
	CU_ASSERT_EQUAL(c.faults.errors, 0);
	ASSERT_STR(value_print(&c.arena, &c.program.params[0].value), "1.40");
	compiled_release(&c);
	compile_text(&c, text, NULL, 0);
	CU_ASSERT_EQUAL(c.faults.errors, 1);
	CU_ASSERT_EQUAL(c.faults.first->what.class, ERR_USAGE);
	compiled_release(&c);
	compile_text(&c, text, (const char *const[]){ "shop=x", "marge=2", "margin=a lot", "margin" }, 4);
	CU_ASSERT_EQUAL(c.faults.errors, 3);
	compiled_release(&c);
}

static void what_later_versions_read_is_named_as_such(void)
{
	struct compiled c;
	compile_text(&c, "{'qonduit': 1, 'source': {'format': 'json', 'records': 'x[]', 'columns': {'a': {'path': 'a.b'}}},"
		"'outputs': {'file.csv': {'fields': {'x': {'each': 'lines', 'object': {}}}}}}", NULL, 0);
	CU_ASSERT_EQUAL(c.faults.errors, 4);
	for (size_t i = 0; i < 4; i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(fault_message(&c, i), "this version"));
	compiled_release(&c);
}

UNIT_SUITE(mapping, UNIT(a_small_mapping_compiles_without_a_fault), UNIT(all_faults_are_told_at_once_with_line_and_column),
	UNIT(types_are_checked_before_a_row_is_read), UNIT(required_fields_without_a_rule_are_faults), UNIT(a_rule_has_one_form),
	UNIT(parameters_come_from_set_or_their_default), UNIT(what_later_versions_read_is_named_as_such))
