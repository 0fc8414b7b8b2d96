#include "unit.h"

#include <stdio.h>

#include "step_bench.h"

/* Compiles a value for the types and reads it off the row: "decimal 1.35", "-reason" or "!fault". */
static const char *value_of(const char *json, unsigned types)
{
	static char out[1600];
	struct bench b;
	bench_open(&b);
	struct operand o;
	struct value v;
	if (operand_compile(&o, bench_json(&b, json), types, &b.scope) != 0) {
		snprintf(out, sizeof out, "!%s", bench_fault(&b));
	} else if (operand_value(&o, &b.run, &v) != 0) {
		snprintf(out, sizeof out, "-%s", buf_text(&b.run.why));
	} else {
		CU_ASSERT_EQUAL(v.type, o.type);
		struct str text = value_print(&b.arena, &v);
		snprintf(out, sizeof out, "%s %.*s", value_type_name(v.type), STR_ARG(text));
	}
	bench_close(&b);
	return out;
}

static void constants_are_read_as_the_type_that_is_wanted(void)
{
	CU_ASSERT_STRING_EQUAL(value_of("\"1.35\"", TYPES_NUMBER), "decimal 1.35");
	CU_ASSERT_STRING_EQUAL(value_of("1.350", TYPES_NUMBER), "decimal 1.350");
	CU_ASSERT_STRING_EQUAL(value_of("7", TYPES_NUMBER), "integer 7");
	CU_ASSERT_STRING_EQUAL(value_of("7", 1u << VALUE_DECIMAL), "decimal 7");
	CU_ASSERT_STRING_EQUAL(value_of("\"7\"", TYPES_TEXT), "text 7");
	CU_ASSERT_STRING_EQUAL(value_of("\"7\"", TYPES_SCALAR), "text 7");
	CU_ASSERT_STRING_EQUAL(value_of("7", TYPES_SCALAR), "integer 7");
	CU_ASSERT_STRING_EQUAL(value_of("false", TYPES_SCALAR), "boolean false");
	CU_ASSERT_STRING_EQUAL(value_of("\"2026-11-21\"", 1u << VALUE_DATE), "date 2026-11-21");
	CU_ASSERT_STRING_EQUAL(value_of("\"1.5\"", 1u << VALUE_INTEGER), "!a whole number is expected here, but \"1.5\" was found");
	CU_ASSERT_STRING_EQUAL(value_of("\"\"", TYPES_NUMBER), "!a number is expected here, but \"\" was found");
	CU_ASSERT_STRING_EQUAL(value_of("null", TYPES_TEXT), "!text is expected here, but null was found");
	CU_ASSERT_STRING_EQUAL(value_of("true", TYPES_TEXT), "!text is expected here, but true was found; write \"true\"");
	CU_ASSERT_STRING_EQUAL(value_of("[1]", TYPES_NUMBER), "!a number is expected here, but an array was found");
}

static void parameters_are_settled(void)
{
	CU_ASSERT_STRING_EQUAL(value_of("{ \"param\": \"margin\" }", TYPES_NUMBER), "decimal 1.35");
	CU_ASSERT_STRING_EQUAL(value_of("{ \"param\": \"unset\" }", TYPES_NUMBER), "-the parameter \"unset\" has no value");
	CU_ASSERT_STRING_EQUAL(value_of("{ \"param\": \"margn\" }", TYPES_NUMBER),
		"!there is no parameter \"margn\", did you mean \"margin\"?");
	CU_ASSERT_STRING_EQUAL(value_of("{ \"param\": \"label\" }", TYPES_NUMBER),
		"!a number is expected here, but the parameter \"label\" is text");
	CU_ASSERT_STRING_EQUAL(value_of("{ \"param\": \"margin\" }", TYPES_TEXT),
		"!text is expected here, but the parameter \"margin\" is a decimal number");
}

static void columns_are_read_off_the_row(void)
{
	CU_ASSERT_STRING_EQUAL(value_of("{ \"column\": \"price\", \"$comment\": \"x\" }", TYPES_NUMBER), "decimal 10.00");
	CU_ASSERT_STRING_EQUAL(value_of("{ \"column\": \"cost\" }", TYPES_NUMBER), "-the column \"cost\" is empty");
	CU_ASSERT_STRING_EQUAL(value_of("{ \"column\": \"prise\" }", TYPES_NUMBER),
		"!the source has no column \"prise\", did you mean \"price\"?");
	CU_ASSERT_STRING_EQUAL(value_of("{ \"column\": \"name\" }", TYPES_NUMBER),
		"!a number is expected here, but the column \"name\" is text");
	CU_ASSERT_STRING_EQUAL(value_of("{ \"column\": 5 }", TYPES_NUMBER), "!a name is expected here, but 5 was found");
}

static void lookups_read_the_table_as_the_type_that_is_wanted(void)
{
	CU_ASSERT_STRING_EQUAL(value_of("{ \"lookup\": \"rates\", \"of\": \"currency\" }", TYPES_NUMBER), "decimal 1.10");
	CU_ASSERT_STRING_EQUAL(value_of("{ \"lookup\": \"rates\", \"of\": \"currency\" }", TYPES_TEXT), "text 1.10");
	CU_ASSERT_STRING_EQUAL(value_of("{ \"lookup\": \"rates\", \"of\": \"stock\" }", TYPES_NUMBER), "decimal 0.5");
	CU_ASSERT_STRING_EQUAL(value_of("{ \"lookup\": \"rates\", \"of\": \"other\" }", TYPES_NUMBER),
		"-\"SEK\" is not in the table \"rates\"");
	CU_ASSERT_STRING_EQUAL(value_of("{ \"lookup\": \"rates\", \"of\": \"cost\" }", TYPES_NUMBER), "-the column \"cost\" is empty");
	CU_ASSERT_STRING_EQUAL(value_of("{ \"lookup\": \"rate\", \"of\": \"currency\" }", TYPES_NUMBER),
		"!there is no table \"rate\", did you mean \"rates\"?");
	CU_ASSERT_STRING_EQUAL(value_of("{ \"lookup\": \"rates\" }", TYPES_NUMBER),
		"!\"lookup\" as a value needs \"of\", the column to look up");
	CU_ASSERT_STRING_EQUAL(value_of("{ \"of\": \"currency\" }", TYPES_NUMBER), "!a value is a constant, { \"param\": name }, "
		"{ \"column\": name } or { \"lookup\": table, \"of\": column }");
	CU_ASSERT_STRING_EQUAL(value_of("{ \"lookup\": \"rates\", \"column\": \"price\" }", TYPES_NUMBER), "!a value is a constant, "
		"{ \"param\": name }, { \"column\": name } or { \"lookup\": table, \"of\": column }");
}

/* One row after the other with another key in the column. */
static void what_a_table_has_must_be_of_the_type(void)
{
	struct bench b;
	bench_open(&b);
	struct operand o;
	struct value v;
	CU_ASSERT_EQUAL_FATAL(operand_compile(&o, bench_json(&b, "{ \"lookup\": \"rates\", \"of\": \"currency\" }"), TYPES_NUMBER,
		&b.scope), 0);
	b.row[6] = value_text(STR("GBP"));
	CU_ASSERT_EQUAL(operand_value(&o, &b.run, &v), -1);
	CU_ASSERT_STRING_EQUAL(buf_text(&b.run.why), "\"abc\", which the table \"rates\" has for \"GBP\", is not a number");
	CU_ASSERT_EQUAL_FATAL(operand_compile(&o, bench_json(&b, "{ \"lookup\": \"categories\", \"of\": \"name\" }"), TYPES_TEXT,
		&b.scope), 0);
	b.row[0] = value_text(STR("Nothing"));
	CU_ASSERT_EQUAL(operand_read(&o, &b.run, &v), 0);
	CU_ASSERT_EQUAL(v.type, VALUE_EMPTY);
	CU_ASSERT_EQUAL(operand_value(&o, &b.run, &v), -1);
	CU_ASSERT_STRING_EQUAL(buf_text(&b.run.why), "the table \"categories\" has no value for \"Nothing\"");
	bench_close(&b);
}

static void a_column_that_is_referred_to_counts_as_used(void)
{
	struct bench b;
	bench_open(&b);
	struct operand o;
	operand_compile(&o, bench_json(&b, "{ \"column\": \"price\" }"), TYPES_NUMBER, &b.scope);
	operand_compile(&o, bench_json(&b, "{ \"lookup\": \"rates\", \"of\": \"currency\" }"), TYPES_NUMBER, &b.scope);
	CU_ASSERT(b.used[1] && b.used[6] && !b.used[0]);
	bench_close(&b);
}

static void long_and_strange_texts_are_cut_and_made_visible(void)
{
	struct bench b;
	bench_open(&b);
	CU_ASSERT_STRING_EQUAL(run_shown_text(&b.run, STR("a\x1b\nb")), "\"a\\x1b\\x0ab\"");
	CU_ASSERT_STRING_EQUAL(run_shown_text(&b.run, STR("éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé")),
		"\"éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé…\"");
	CU_ASSERT_STRING_EQUAL(run_shown(&b.run, &b.row[1]), "10.00");
	CU_ASSERT_STRING_EQUAL(run_shown(&b.run, &b.row[2]), "nothing");
	bench_close(&b);
}

UNIT_SUITE(operand, UNIT(constants_are_read_as_the_type_that_is_wanted), UNIT(parameters_are_settled),
	UNIT(columns_are_read_off_the_row), UNIT(lookups_read_the_table_as_the_type_that_is_wanted),
	UNIT(what_a_table_has_must_be_of_the_type), UNIT(a_column_that_is_referred_to_counts_as_used),
	UNIT(long_and_strange_texts_are_cut_and_made_visible))
