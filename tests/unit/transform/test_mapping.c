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

#define ORDERS "{'qonduit': 1, 'params': {'many': {'type': 'integer', 'default': 3}, 'shop': {'default': 'x'}}, " \
	"'source': {'records': ['orders[].lines[]', '$'], 'columns': {'id': 'orders.id', 'price': {'header': 'Price', " \
	"'path': ['price', 'unit.price'], 'type': 'decimal'}, 'raw': {'path': 'raw', 'type': 'json'}}},\n"

static void a_string_is_a_path_where_the_source_is_json(void)
{
	struct compiled c;
	compile_text(&c, ORDERS "'outputs': {'file.csv': {'fields': {'x': 'id', 'y': 'price', 'z': 'raw'}}}}", NULL, 0);
	const struct source_options *s = &c.mapping.source;
	CU_ASSERT_EQUAL(c.faults.errors, 0);
	CU_ASSERT_TRUE(c.mapping.for_json);
	CU_ASSERT_EQUAL(s->records_count, 2);
	CU_ASSERT_EQUAL(s->records[0].level_count, 2);
	CU_ASSERT_EQUAL(s->records[1].level_count, 0);
	CU_ASSERT_EQUAL(s->columns[0].path_count, 1);
	CU_ASSERT_EQUAL(s->columns[0].paths[0].count, 2);
	CU_ASSERT_EQUAL(s->columns[1].path_count, 2);
	CU_ASSERT_EQUAL(s->columns[1].header_count, 3);
	ASSERT_STR(s->columns[1].headers[0], "Price");
	ASSERT_STR(s->columns[1].headers[2], "unit.price");
	CU_ASSERT_EQUAL(c.program.outputs[0].rules[2].type, VALUE_JSON);
	compiled_release(&c);
}

static void what_makes_a_source_json_is_its_format_its_records_or_a_path(void)
{
	static const struct {
		const char *source;
		bool json;
	} cases[] = {
		{ "'format': 'json'", true }, { "'format': 'ndjson'", true }, { "'records': '[]'", true },
		{ "'format': 'auto'", false }, { "'format': 'csv'", false }, { "'format': 'xlsx'", false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct compiled c;
		char text[300];
		snprintf(text, sizeof text, "{'qonduit': 1, 'source': {%s, 'columns': {'a': 'A'}}, "
			"'outputs': {'file.csv': {'fields': {'x': 'a'}}}}", cases[i].source);
		compile_text(&c, text, NULL, 0);
		CU_ASSERT_EQUAL(c.faults.errors, 0);
		CU_ASSERT_EQUAL(c.mapping.for_json, cases[i].json);
		CU_ASSERT_EQUAL(c.mapping.source.columns[0].path_count, cases[i].json);
		compiled_release(&c);
	}
}

static void an_array_of_each_is_a_column_that_nobody_can_name(void)
{
	struct compiled c;
	compile_text(&c, ORDERS "'outputs': {'file.ndjson': {'fields': {'a': {'each': 'parts', 'object': {'x': 'n'}}, "
		"'b': {'each': 'parts', 'object': {'x': 'n'}}, 'c': {'each': 'orders.tags', 'object': {'x': 'n'}}, "
		"'d': {'each': 'raw', 'object': {'x': {'each': 'parts', 'object': {'y': 'n'}}}}, 'e': 'parts'}}}}", NULL, 0);
	CU_ASSERT_EQUAL(c.faults.errors, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(fault_message(&c, 0), "no column \"parts\""));
	CU_ASSERT_EQUAL(c.mapping.declared_count, 3);
	CU_ASSERT_EQUAL(c.mapping.source.column_count, 5);
	const struct rule *rules = c.program.outputs[0].rules;
	CU_ASSERT_EQUAL(rules[0].columns[0], 3);
	CU_ASSERT_EQUAL(rules[1].columns[0], 3);
	CU_ASSERT_EQUAL(rules[2].columns[0], 4);
	CU_ASSERT_EQUAL(rules[3].columns[0], 2);
	CU_ASSERT_EQUAL(c.mapping.source.columns[3].type, COLUMN_JSON);
	CU_ASSERT_TRUE(c.mapping.source.columns[3].optional);
	ASSERT_STR(c.mapping.source.columns[4].headers[0], "orders.tags");
	struct buf text = { 0 };
	program_print(&c.program, &text);
	CU_ASSERT_TRUE(str_starts(buf_str(&text), STR("file.ndjson.a: json = each parts\n")));
	buf_release(&text);
	compiled_release(&c);
}

/* The types of the paths in the first field's each, as "name:type name:type". */
static struct str path_types(struct compiled *c)
{
	const struct rule_each *each = c->program.outputs[0].rules[0].each;
	struct str all = { 0 };
	for (size_t i = 0; i < each->column_count; i++)
		all = arena_printf(&c->arena, "%.*s%s%.*s:%s", STR_ARG(all), i ? " " : "", STR_ARG(each->columns[i].name),
			column_type_name(each->columns[i].type));
	return all;
}

static void a_path_in_each_has_the_type_that_its_place_takes(void)
{
	static const struct {
		const char *object, *types;
	} cases[] = {
		{ "'x': 'a'", "a:text" },
		{ "'x': {'from': ['a', 'b']}", "a:text b:text" },
		{ "'x': {'template': '{a}{b?}'}", "a:text b:text" },
		{ "'x': {'from': 'a', 'then': [{'multiply': 2}]}", "a:decimal" },
		{ "'x': {'from': 'a', 'then': [{'multiply': {'column': 'b'}}]}", "a:decimal b:decimal" },
		{ "'x': {'from': 'a', 'then': ['to_integer']}", "a:text" },
		{ "'x': {'from': 'a', 'then': ['to_epoch']}", "a:datetime" },
		{ "'x': {'from': 'a', 'then': [{'equals': 'x'}]}", "a:text" },
		{ "'x': {'from': 'a', 'then': [{'equals': 1}]}", "a:decimal" },
		{ "'x': {'from': 'a', 'then': [{'equals': true}]}", "a:boolean" },
		{ "'x': {'from': 'a', 'then': [{'equals': {'param': 'many'}}]}", "a:decimal" },
		{ "'x': {'from': 'a', 'then': [{'one_of': [1, 2]}]}", "a:decimal" },
		{ "'x': {'from': 'a', 'then': [{'default': 0}]}", "a:decimal" },
		{ "'x': {'from': 'a', 'then': [{'default': 'none'}, 'upper']}", "a:text" },
		{ "'x': {'from': 'a', 'then': ['present']}", "a:json" },
		{ "'x': {'when': [{'if': {'column': 'a', 'at_least': 1}, 'use': 'b'}], 'else': 'c'}", "a:decimal b:text c:text" },
		{ "'x': {'when': [{'if': {'column': 'a', 'empty': true}, 'use': 'b'}], 'else': 'c', 'then': ['negate']}",
			"a:json b:decimal c:decimal" },
		{ "'x': {'object': {'y': 'a'}}, 'z': {'list': ['a', 'b']}", "a:text b:text" },
		{ "'x': {'each': 'a', 'object': {'y': 'b'}}", "a:json" },
		{ "'x': 'a', 'y': {'from': 'a', 'then': [{'multiply': 2}]}, 'z': 'a'", "a:text a:decimal" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct compiled c;
		char text[900];
		snprintf(text, sizeof text, ORDERS "'outputs': {'file.ndjson': {'fields': {'f': {'each': 'parts', 'object': {%s}}}}}}",
			cases[i].object);
		compile_text(&c, text, NULL, 0);
		CU_ASSERT_EQUAL(c.faults.errors, 0);
		if (c.faults.errors)
			printf("\n%s: %s\n", cases[i].object, fault_message(&c, 0));
		ASSERT_STR(path_types(&c), cases[i].types);
		compiled_release(&c);
	}
}

#define FEED "{'qonduit': 1, 'params': {'shop': {'default': 'D'}}, 'source': {'columns': {'id': 'I'}}, 'outputs': {'google.feed': {" \
	"'head': {%s}, 'fields': {'id': 'id', 'title': 'id', 'description': 'id', 'link': 'id', 'image_link': 'id', " \
	"'availability': {'value': 'in_stock'}, 'price': {'value': '1 EUR'}}}}}"

static void a_head_is_known_before_the_first_row(void)
{
	struct compiled c;
	char text[900];
	snprintf(text, sizeof text, FEED, "'link': {'value': 'l'}, 'title': {'param': 'shop'}, "
		"'description': {'template': 'all', 'then': ['upper', {'suffix': {'param': 'shop'}}]}");
	compile_text(&c, text, (const char *const[]){ "shop=S" }, 1);
	CU_ASSERT_EQUAL(c.faults.errors, 0);
	const struct program_output *o = &c.program.outputs[0];
	CU_ASSERT_EQUAL_FATAL(o->head.count, 3);
	ASSERT_STR(o->head.fields[2].name, "description");
	ASSERT_STR(o->head_values[0].text, "l");
	ASSERT_STR(o->head_values[1].text, "S");
	ASSERT_STR(o->head_values[2].text, "ALLS");
	compiled_release(&c);
	compile_text(&c, text, (const char *const[]){ "shop=" }, 1);
	CU_ASSERT_EQUAL(c.faults.errors, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(fault_message(&c, 0), "\"title\" is required by the head of google.feed"));
	compiled_release(&c);
	snprintf(text, sizeof text, FEED, "'link': 'id', 'titel': {'value': 'x'}, 'description': {'value': 'x'}");
	compile_text(&c, text, (const char *const[]){ "shop=S" }, 1);
	CU_ASSERT_EQUAL(c.faults.errors, 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(fault_message(&c, 0), "before the first row"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault_message(&c, 1), "did you mean \"title\"?"));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault_message(&c, 2), "requires \"title\""));
	compiled_release(&c);
}

UNIT_SUITE(mapping, UNIT(a_small_mapping_compiles_without_a_fault), UNIT(all_faults_are_told_at_once_with_line_and_column),
	UNIT(types_are_checked_before_a_row_is_read), UNIT(required_fields_without_a_rule_are_faults), UNIT(a_rule_has_one_form),
	UNIT(parameters_come_from_set_or_their_default), UNIT(a_string_is_a_path_where_the_source_is_json),
	UNIT(what_makes_a_source_json_is_its_format_its_records_or_a_path),
	UNIT(an_array_of_each_is_a_column_that_nobody_can_name), UNIT(a_path_in_each_has_the_type_that_its_place_takes),
	UNIT(a_head_is_known_before_the_first_row))
