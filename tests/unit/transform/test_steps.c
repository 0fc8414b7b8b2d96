#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "qonduit/moment.h"
#include "qonduit/unicode.h"

#include "step_bench.h"

struct example {
	const char *type, *in, *step, *out;
};

static void check_all(const struct example *cases)
{
	for (const struct example *c = cases; c->type; c++) {
		const char *found = bench_outcome(c->type, c->in, c->step);
		if (strcmp(found, c->out) != 0)
			fprintf(stderr, "\n  %s %s\n", c->in, c->step);
		ASSERT_STR(str_of(found), c->out);
	}
}

/* The type of an example's input: that of its JSON, a date where the kind takes no text. */
static const char *type_of(const struct step_kind *kind, const struct json *in)
{
	switch (in->kind) {
	case JSON_NULL:
		return value_type_name(VALUE_TEXT);
	case JSON_NUMBER:
		return value_type_name(memchr(in->text.p, '.', in->text.n) ? VALUE_DECIMAL : VALUE_INTEGER);
	case JSON_STRING:
		return value_type_name(kind->takes & TYPES_TEXT ? VALUE_TEXT : VALUE_DATE);
	default:
		return value_type_name(VALUE_BOOLEAN);
	}
}

static void every_example_of_the_table_holds(void)
{
	for (const struct step_kind *kind = step_kinds; kind->name; kind++) {
		struct bench b;
		bench_open(&b);
		const struct json *in = bench_json(&b, kind->example.in), *out = bench_json(&b, kind->example.out);
		const char *found = bench_outcome(type_of(kind, in), kind->example.in, kind->example.step), *value = strchr(found, ' ');
		if (out->kind == JSON_NULL)
			CU_ASSERT_STRING_EQUAL(found, "empty")
		else if (out->kind == JSON_STRING || out->kind == JSON_NUMBER)
			unit_str(str_of(value ? value + 1 : found), out->text.p, kind->name, 0);
		else
			CU_ASSERT_STRING_EQUAL(found, out->kind == JSON_TRUE ? "boolean true" : "boolean false");
		CU_ASSERT(kind->help && kind->help[0]);
		CU_ASSERT(kind->compile || kind->word);
		CU_ASSERT_EQUAL(kind->argument[0] == '\0', kind->compile == NULL);
		CU_ASSERT_PTR_EQUAL(step_find(str_of(kind->name)), kind);
		bench_close(&b);
	}
}

static void the_table_has_every_word_once_in_order_of_its_groups(void)
{
	size_t count = 0;
	for (const struct step_kind *kind = step_kinds; kind->name; kind++, count++)
		CU_ASSERT(kind == step_kinds || kind[-1].group <= kind->group);
	CU_ASSERT_EQUAL(count, 23 + 11 + 10 + 4 + 13);
}

static void text_steps_change_text(void)
{
	static const struct example cases[] = {
		{ "text", "\"\\u00a0 \\t\"", "\"trim\"", "empty" },
		{ "text", "\"\\u2003a\\u3000\"", "\"trim\"", "text a" },
		{ "text", "\"  \"", "\"squeeze\"", "empty" },
		{ "text", "\"plain\"", "\"repair_encoding\"", "text plain" },
		{ "text", "\"ÉCOLE\"", "[\"lower\", \"title\"]", "text École" },
		{ "text", "\"abcdef\"", "{ \"truncate\": 3 }", "text abc" },
		{ "text", "\"abc\"", "{ \"truncate\": 3 }", "text abc" },
		{ "text", "\"abc\"", "{ \"truncate\": \"2\" }", "text ab" },
		{ "text", "\"abc\"", "{ \"truncate\": { \"param\": \"places\" } }", "text ab" },
		{ "text", "\"e\\u0301e\\u0301e\\u0301\"", "[{ \"truncate\": 2 }, \"nfc\"]", "text éé" },
		{ "text", "\"👩‍👩‍👧x\"", "{ \"truncate\": 1 }", "text 👩‍👩‍👧" },
		{ "text", "\"Eau de Parfum\"", "{ \"truncate\": { \"to\": 6, \"at\": \"word\" } }", "text Eau de" },
		{ "text", "\"Eau de Parfum\"", "{ \"truncate\": { \"to\": 7, \"at\": \"word\" } }", "text Eau de" },
		{ "text", "\"Eau  de\"", "{ \"truncate\": { \"to\": 5, \"at\": \"word\" } }", "text Eau" },
		{ "text", "\"Eau de Parfum\"", "{ \"truncate\": { \"to\": 2, \"at\": \"word\" } }", "text Ea" },
		{ "text", "\"  Parfum\"", "{ \"truncate\": { \"to\": 4, \"at\": \"word\" } }", "text   Pa" },
		{ "text", "\"Eau de Parfum\"", "{ \"truncate\": { \"to\": 13, \"at\": \"word\" } }", "text Eau de Parfum" },
		{ "text", "\"Eau de Parfum\"", "{ \"truncate\": { \"to\": 5 } }", "text Eau d" },
		{ "text", "\"1\"", "{ \"prefix\": { \"param\": \"label\" } }", "text Q-1" },
		{ "text", "\"1\"", "{ \"prefix\": \"\" }", "text 1" },
		{ "text", "\"1\"", "{ \"prefix\": { \"param\": \"blank\" } }", "text 1" },
		{ "text", "\"1\"", "{ \"suffix\": { \"column\": \"currency\" } }", "text 1USD" },
		{ "text", "null", "{ \"suffix\": \"x\" }", "empty" },
		{ "text", "\"12345\"", "{ \"pad_left\": { \"to\": 3, \"with\": \"0\" } }", "text 12345" },
		{ "text", "\"é\"", "{ \"pad_left\": { \"to\": 3, \"with\": \"·\" } }", "text ··é" },
		{ "text", "\"aaa\"", "{ \"replace\": { \"find\": \"a\", \"with\": \"\" } }", "empty" },
		{ "text", "\"aaa\"", "{ \"replace\": { \"find\": \"aa\", \"with\": \"b\" } }", "text ba" },
		{ "text", "\"abc\"", "{ \"replace\": { \"find\": \"x\", \"with\": \"y\" } }", "text abc" },
		{ "text", "\"in USD\"", "{ \"replace\": { \"find\": { \"column\": \"currency\" }, \"with\": { \"param\": \"label\" } } }", "text in Q-" },
		{ "text", "\"a1b2\"", "{ \"replace_pattern\": { \"find\": \"\\\\d\", \"with\": \"\" } }", "text ab" },
		{ "text", "\"1\"", "{ \"replace_pattern\": { \"find\": \"\\\\d\", \"with\": \"\" } }", "empty" },
		{ "text", "\"Eau 50 ml\"", "{ \"extract\": \"\\\\d+ ml\" }", "text 50 ml" },
		{ "text", "\"Eau\"", "{ \"extract\": \"\\\\d+ ml\" }", "empty" },
		{ "text", "\"Eau\"", "{ \"extract\": \"Eau|(x)\" }", "empty" },
		{ "text", "\"a,b,c\"", "{ \"split\": { \"by\": \",\", \"take\": 1 } }", "text a" },
		{ "text", "\"a,b,c\"", "{ \"split\": { \"by\": \",\", \"take\": 3 } }", "text c" },
		{ "text", "\"a,b,c\"", "{ \"split\": { \"by\": \",\", \"take\": 4 } }", "empty" },
		{ "text", "\"a,b,c\"", "{ \"split\": { \"by\": \",\", \"take\": -3 } }", "text a" },
		{ "text", "\"a,b,c\"", "{ \"split\": { \"by\": \",\", \"take\": -4 } }", "empty" },
		{ "text", "\"a,,c\"", "{ \"split\": { \"by\": \",\", \"take\": 2 } }", "empty" },
		{ "text", "\"abc\"", "{ \"split\": { \"by\": \",\", \"take\": 1 } }", "text abc" },
		{ "text", "\"abc\"", "{ \"split\": { \"by\": \",\", \"take\": -1 } }", "text abc" },
		{ "text", "\"<br>\"", "\"strip_html\"", "empty" },
		{ "text", "\"--ÉTÉ  à Łódź!--\"", "\"slug\"", "text ete-a-lodz" },
		{ "text", "\"Straße Œuvre\"", "\"slug\"", "text strasse-oeuvre" },
		{ "text", "\"!!!\"", "\"slug\"", "empty" },
		{ "text", "\"no digits ٣\"", "\"digits\"", "empty" },
		{ "text", "\"007\"", "\"digits\"", "text 007" },
		{ "text", "\"a-b.c_d~e f+g%\"", "\"url_encode\"", "text a-b.c_d~e%20f%2Bg%25" },
		{ "text", "null", "\"sha256\"", "empty" },
		{ 0 },
	};
	check_all(cases);
}

static void number_steps_are_exact(void)
{
	static const struct example cases[] = {
		{ "integer", "2", "{ \"add\": 3 }", "integer 5" },
		{ "integer", "2", "{ \"add\": \"3.0\" }", "decimal 5.0" },
		{ "decimal", "2", "{ \"add\": 3 }", "decimal 5" },
		{ "integer", "2", "{ \"multiply\": { \"column\": \"stock\" } }", "integer 14" },
		{ "integer", "2", "{ \"multiply\": { \"param\": \"margin\" } }", "decimal 2.70" },
		{ "decimal", "2.00", "{ \"multiply\": { \"lookup\": \"rates\", \"of\": \"currency\" } }", "decimal 2.2000" },
		{ "integer", "2", "{ \"multiply\": { \"lookup\": \"rates\", \"of\": \"stock\" } }", "decimal 1.0" },
		{ "decimal", "0.1", "[{ \"add\": 0.2 }, { \"equals\": 0.3 }]", "boolean true" },
		{ "integer", "2", "{ \"subtract\": 5 }", "integer -3" },
		{ "decimal", "99999999999999999999999999999999999999", "{ \"multiply\": \"1.35\" }",
		  "-999999999999… × 1.35 has more than 38 digits" },
		{ "integer", "99999999999999999999999999999999999999", "{ \"add\": 1 }", "-999999999999… + 1 has more than 38 digits" },
		{ "integer", "6", "{ \"divide\": 3 }", "decimal 2" },
		{ "integer", "1", "{ \"divide\": { \"subtract\": 1 } }",
		  "!a value has no \"subtract\", it may have \"param\", \"column\", \"lookup\" and \"of\"" },
		{ "integer", "1", "{ \"divide\": \"0.00\" }", "!a number other than zero is expected here: nothing can be divided by zero" },
		{ "integer", "1", "[{ \"multiply\": 0 }, { \"divide\": { \"column\": \"stock\" } }]", "decimal 0" },
		{ "decimal", "19.99", "{ \"percent\": 10 }", "decimal 1.999" },
		{ "decimal", "10.00", "{ \"percent\": 50 }", "decimal 5" },
		{ "decimal", "2.5", "{ \"round\": 0 }", "decimal 3" },
		{ "decimal", "-2.5", "{ \"round\": 0 }", "decimal -3" },
		{ "decimal", "2.5", "{ \"round\": { \"to\": 0, \"mode\": \"half_even\" } }", "decimal 2" },
		{ "decimal", "2.01", "{ \"round\": { \"to\": 1, \"mode\": \"up\" } }", "decimal 2.1" },
		{ "decimal", "-2.09", "{ \"round\": { \"to\": 1, \"mode\": \"down\" } }", "decimal -2.0" },
		{ "integer", "7", "{ \"round\": 2 }", "decimal 7.00" },
		{ "decimal", "7.123", "{ \"round\": { \"param\": \"places\" } }", "decimal 7.12" },
		{ "decimal", "1250", "{ \"round\": -2 }", "decimal 1300" },
		{ "decimal", "12.32", "{ \"round\": { \"step\": \"0.05\" } }", "decimal 12.30" },
		{ "decimal", "12.32", "{ \"round\": { \"step\": \"0.05\", \"mode\": \"up\" } }", "decimal 12.35" },
		{ "decimal", "12.99", "{ \"charm\": \"0.99\" }", "decimal 12.99" },
		{ "decimal", "12.990", "{ \"charm\": \"0.99\" }", "decimal 12.99" },
		{ "decimal", "12.991", "{ \"charm\": \"0.99\" }", "decimal 13.99" },
		{ "decimal", "13.00", "{ \"charm\": \"0.99\" }", "decimal 13.99" },
		{ "decimal", "0", "{ \"charm\": \"0.99\" }", "decimal 0.99" },
		{ "decimal", "12.31", "{ \"charm\": \"9.99\" }", "decimal 19.99" },
		{ "decimal", "12.31", "{ \"charm\": \"0.90\" }", "decimal 12.90" },
		{ "decimal", "12.95", "{ \"charm\": \"0.90\" }", "decimal 13.90" },
		{ "decimal", "12.31", "{ \"charm\": \"0.00\" }", "decimal 13.00" },
		{ "decimal", "12.31", "{ \"charm\": \"0.09\" }", "decimal 13.09" },
		{ "integer", "101", "{ \"charm\": 95 }", "decimal 195" },
		{ "integer", "5", "{ \"charm\": 1 }", "decimal 11" },
		{ "decimal", "-0.01", "{ \"charm\": \"0.99\" }", "--0.01 is below zero and has no price above it that ends so" },
		{ "decimal", "1", "{ \"charm\": \"-1\" }", "!an ending such as \"0.99\" is expected here, but \"-1\" was found" },
		{ "decimal", "10", "{ \"tiers\": [ { \"up_to\": 10, \"add\": 1 }, { \"multiply\": 2 } ] }", "decimal 11" },
		{ "decimal", "10.01", "{ \"tiers\": [ { \"up_to\": 10, \"add\": 1 }, { \"multiply\": 2, \"add\": \"0.5\" } ] }", "decimal 20.52" },
		{ "integer", "10", "{ \"tiers\": [ { \"multiply\": { \"column\": \"stock\" } } ] }", "decimal 70" },
		{ "decimal", "4.999", "{ \"not_below\": { \"column\": \"price\" } }", "decimal 10.00" },
		{ "decimal", "10", "{ \"not_below\": { \"column\": \"price\" } }", "decimal 10" },
		{ "integer", "3", "{ \"not_below\": 5 }", "integer 5" },
		{ "integer", "3", "{ \"not_below\": 2.5 }", "decimal 3" },
		{ "integer", "30", "{ \"not_above\": 5 }", "integer 5" },
		{ "integer", "30", "\"negate\"", "integer -30" },
		{ "decimal", "0", "\"negate\"", "decimal 0" },
		{ "decimal", "1", "{ \"add\": { \"column\": \"cost\" } }", "-the column \"cost\" is empty" },
		{ "decimal", "1", "{ \"add\": { \"param\": \"unset\" } }", "-the parameter \"unset\" has no value" },
		{ "decimal", "1", "{ \"multiply\": { \"lookup\": \"rates\", \"of\": \"other\" } }", "-\"SEK\" is not in the table \"rates\"" },
		{ "decimal", "1", "{ \"divide\": { \"param\": \"unset\" } }", "-the parameter \"unset\" has no value" },
		{ 0 },
	};
	check_all(cases);
}

static void a_row_that_divides_by_zero_is_rejected(void)
{
	struct bench b;
	bench_open(&b);
	struct step s;
	CU_ASSERT_EQUAL_FATAL(step_compile(&s, bench_json(&b, "{ \"divide\": { \"column\": \"price\" } }"), VALUE_DECIMAL, &b.scope), 0);
	struct value v = b.row[1];
	b.row[1].number = decimal_of(0);
	CU_ASSERT_EQUAL(steps_run(&s, 1, &v, &b.run), -1);
	CU_ASSERT_STRING_EQUAL(buf_text(&b.run.why), "10.00 cannot be divided by zero");
	bench_close(&b);
}

static void type_steps_convert_or_say_why_not(void)
{
	static const struct example cases[] = {
		{ "boolean", "true", "\"to_text\"", "text true" },
		{ "date", "\"2026-11-21\"", "\"to_text\"", "text 2026-11-21" },
		{ "datetime", "\"2026-11-21T18:00:00Z\"", "\"to_text\"", "text 2026-11-21T18:00:00Z" },
		{ "text", "\"a\"", "\"to_text\"", "text a" },
		{ "decimal", "12.00", "\"to_integer\"", "integer 12" },
		{ "decimal", "12.5", "\"to_integer\"", "-12.5 is not a whole number" },
		{ "text", "\"12.5\"", "\"to_integer\"", "-12.5 is not a whole number" },
		{ "text", "\"1e3\"", "\"to_integer\"", "integer 1000" },
		{ "text", "\"abc\"", "\"to_integer\"", "-\"abc\" is not a number" },
		{ "text", "\"1,5\"", "\"to_decimal\"", "-\"1,5\" is not a number" },
		{ "text", "\"1\\u001b[31m\"", "\"to_decimal\"", "-\"1\\x1b[31m\" is not a number" },
		{ "text", "\"999999999999999999999999999999999999999\"", "\"to_decimal\"",
		  "-\"999999999999999999999999999999999999999\" has more than 38 digits" },
		{ "integer", "5", "\"to_decimal\"", "decimal 5" },
		{ "text", "\"N\"", "\"to_boolean\"", "boolean false" },
		{ "text", "\"TRUE\"", "\"to_boolean\"", "boolean true" },
		{ "integer", "0", "\"to_boolean\"", "boolean false" },
		{ "integer", "2", "\"to_boolean\"", "-2 is neither true (yes, true, 1, y) nor false (no, false, 0, n)" },
		{ "text", "\"maybe\"", "\"to_boolean\"", "-\"maybe\" is neither true (yes, true, 1, y) nor false (no, false, 0, n)" },
		{ "datetime", "\"2026-11-21T18:05:09Z\"", "{ \"to_date\": \"%H:%M\" }", "text 18:05" },
		{ "datetime", "\"1970-01-01T00:00:01Z\"", "\"to_epoch\"", "integer 1" },
		{ "datetime", "\"1969-12-31T23:59:59.500Z\"", "\"to_epoch\"", "integer -1" },
		{ "text", "\"96385074\"", "{ \"gtin\": 13 }", "text 0000096385074" },
		{ "text", "\"0000096385074\"", "{ \"gtin\": 8 }", "text 96385074" },
		{ "text", "\"3349668566372\"", "{ \"gtin\": \"14\" }", "text 03349668566372" },
		{ "text", "\"usd\"", "\"currency\"", "text USD" },
		{ "text", "\"kr\"", "\"currency\"", "-\"kr\" is not the code or sign of one currency" },
		{ "text", "\"{\\\"a\\\": {\\\"b\\\": [1.50, \\\"x\\\", true, null, \\\"\\\"]}}\"", "{ \"parse_json\": \"a.b.0\" }", "text 1.50" },
		{ "text", "\"{\\\"a\\\": {\\\"b\\\": [1.50, \\\"x\\\", true, null, \\\"\\\"]}}\"", "{ \"parse_json\": \"a.b.1\" }", "text x" },
		{ "text", "\"{\\\"a\\\": {\\\"b\\\": [1.50, \\\"x\\\", true, null, \\\"\\\"]}}\"", "{ \"parse_json\": \"a.b.2\" }", "text true" },
		{ "text", "\"{\\\"a\\\": {\\\"b\\\": [1.50, \\\"x\\\", true, null, \\\"\\\"]}}\"", "{ \"parse_json\": \"a.b.3\" }", "empty" },
		{ "text", "\"{\\\"a\\\": {\\\"b\\\": [1.50, \\\"x\\\", true, null, \\\"\\\"]}}\"", "{ \"parse_json\": \"a.b.4\" }", "empty" },
		{ "text", "\"{\\\"a\\\": {\\\"b\\\": [1.50, \\\"x\\\", true, null, \\\"\\\"]}}\"", "{ \"parse_json\": \"a.c\" }", "empty" },
		{ "text", "\"{\\\"a\\\": {\\\"b\\\": [1.50, \\\"x\\\" ]}}\"", "{ \"parse_json\": \"a\" }", "text {\"b\":[1.50,\"x\"]}" },
		{ 0 },
	};
	check_all(cases);
	CU_ASSERT(strncmp(bench_outcome("text", "\"{a\"", "{ \"parse_json\": \"a\" }"), "-\"{a\" is not JSON: ", 18) == 0);
	CU_ASSERT(strncmp(bench_outcome("text", "\"3349668566373\"", "{ \"gtin\": 13 }"), "-", 1) == 0);
	CU_ASSERT(strncmp(bench_outcome("text", "\"3349668566372\"", "{ \"gtin\": 8 }"), "-", 1) == 0);
}

static void choice_steps_choose(void)
{
	static const struct example cases[] = {
		{ "decimal", "0.00", "{ \"empty_if\": [0] }", "empty" },
		{ "decimal", "0.01", "{ \"empty_if\": [0, \"1\"] }", "decimal 0.01" },
		{ "date", "\"2026-11-21\"", "{ \"empty_if\": [\"2026-11-21\"] }", "empty" },
		{ "date", "\"2026-11-22\"", "{ \"empty_if\": [{ \"column\": \"day\" }] }", "date 2026-11-22" },
		{ "text", "\"x\"", "{ \"empty_if\": \"x\" }", "!a list of values is expected here, but \"x\" was found" },
		{ "text", "\"x\"", "{ \"empty_if\": [] }", "!a list of values is expected here, but an empty array was found" },
		{ "text", "\"x\"", "[{ \"empty_if\": [\"x\"] }, \"upper\", { \"default\": \"y\" }]", "text y" },
		{ "text", "\"x\"", "{ \"default\": \"y\" }", "text x" },
		{ "text", "null", "{ \"default\": { \"param\": \"label\" } }", "text Q-" },
		{ "text", "null", "{ \"default\": { \"column\": \"name\" } }", "text Eau de Parfum" },
		{ "text", "null", "{ \"default\": \"\" }", "empty" },
		{ "text", "null", "{ \"default\": 5 }", "!text is expected here, but 5 was found; write \"5\"" },
		{ "integer", "null", "{ \"default\": 5 }", "integer 5" },
		{ "integer", "7", "{ \"default\": \"0.5\" }", "decimal 7" },
		{ "decimal", "null", "{ \"default\": 5 }", "decimal 5" },
		{ "decimal", "null", "{ \"default\": \"five\" }", "!a number is expected here, but \"five\" was found" },
		{ "decimal", "null", "{ \"default\": { \"column\": \"cost\" } }", "empty" },
		{ "decimal", "null", "{ \"default\": { \"lookup\": \"rates\", \"of\": \"currency\" } }", "decimal 1.10" },
		{ "decimal", "null", "{ \"default\": { \"lookup\": \"rates\", \"of\": \"other\" } }", "-\"SEK\" is not in the table \"rates\"" },
		{ "boolean", "null", "{ \"default\": false }", "boolean false" },
		{ "boolean", "null", "{ \"default\": { \"column\": \"day\" } }",
		  "!true or false is expected here, but the column \"day\" is a date" },
		{ "date", "null", "{ \"default\": \"2026-11-21\" }", "date 2026-11-21" },
		{ "date", "null", "{ \"default\": \"2026-02-30\" }", "!a date is expected here, but \"2026-02-30\" was found" },
		{ "empty", "null", "[{ \"default\": 5 }, { \"add\": 1 }]", "integer 6" },
		{ "empty", "null", "[{ \"default\": \"5\" }, { \"prefix\": \"1\" }]", "text 15" },
		{ "empty", "null", "[\"upper\", { \"add\": 1 }]", "!add takes a number, but text comes in here; put \"to_decimal\" before it, "
		  "or give the column the type \"decimal\"" },
		{ "text", "\" Fragrance \"", "{ \"lookup\": \"categories\" }", "text Perfume" },
		{ "text", "\"Nothing\"", "{ \"lookup\": \"categories\" }", "empty" },
		{ "text", "\"Parfums\"", "{ \"lookup\": \"categories\" }", "-\"Parfums\" is not in the table \"categories\"" },
		{ "text", "\"Parfums\"", "{ \"lookup\": { \"table\": \"categories\", \"missing\": \"reject\" } }",
		  "-\"Parfums\" is not in the table \"categories\"" },
		{ "text", "\"Parfums\"", "{ \"lookup\": { \"table\": \"categories\", \"missing\": \"empty\" } }", "empty" },
		{ "text", "\"Parfums\"", "{ \"lookup\": { \"table\": \"categories\", \"missing\": \"keep\" } }", "text Parfums" },
		{ "text", "\"Parfums\"", "{ \"lookup\": { \"table\": \"categories\", \"missing\": \"keeps\" } }",
		  "!\"reject\", \"empty\" or \"keep\" is expected here, but \"keeps\" was found, did you mean \"keep\"?" },
		{ "text", "\"Parfums\"", "{ \"lookup\": \"categorie\" }", "!there is no table \"categorie\", did you mean \"categories\"?" },
		{ "text", "\"W\"", "{ \"map\": { \"M\": 1, \"W\": 2 } }", "integer 2" },
		{ "text", "\"W\"", "{ \"map\": { \"M\": 1.5, \"W\": 2 } }", "decimal 2" },
		{ "text", "\"W\"", "{ \"map\": { \"M\": true, \"*\": false } }", "boolean false" },
		{ "text", "\"W\"", "{ \"map\": { \"$comment\": \"x\", \"M\": \"m\", \"W\": null } }", "empty" },
		{ "integer", "7", "{ \"map\": { \"$comment\": 1, \"*\": \"x\", \"7\": \"a\", \"7.0\": \"b\" } }",
		  "!\"7.0\" finds the same as a key before it" },
		{ "text", "\"a\"", "{ \"map\": { \"a\": \"b\", \" a \": \"c\" } }", "!\" a \" finds the same as a key before it" },
		{ "text", "\"W\"", "{ \"map\": { \"M\": \"m\", \"W\": \"\" } }", "empty" },
		{ "text", "\"W\"", "{ \"map\": { \"W\": \"\", \"*\": \"x\" } }", "empty" },
		{ "text", "\"W\"", "[{ \"map\": { \"*\": { \"param\": \"blank\" } } }, { \"default\": \"d\" }]", "text d" },
		{ "text", "\"W\"", "{ \"map\": { \"M\": 1.5, \"W\": \"x\" } }",
		  "!all results of a map have one type, but \"x\" was found behind a decimal number" },
		{ "text", "\"U\"", "{ \"map\": { \"M\": \"m\", \"W\": \"w\" } }",
		  "-\"U\" is not in the map, which has no \"*\" for what it does not name" },
		{ "text", "\"U\"", "{ \"map\": { \"M\": \"m\", \"W\": 5 } }",
		  "!all results of a map have one type, but 5 was found behind text" },
		{ "text", "\"U\"", "{ \"map\": { \"M\": [1] } }",
		  "!text, a number or true or false is expected here, but an array was found" },
		{ "integer", "7", "{ \"map\": { \"7.0\": \"seven\" } }", "text seven" },
		{ "integer", "7", "{ \"map\": { \"seven\": \"7\" } }", "!an integer comes in here, which is never \"seven\"" },
		{ "boolean", "true", "{ \"map\": { \"true\": \"on\", \"false\": \"off\" } }", "text on" },
		{ "boolean", "true", "{ \"map\": { \"yes\": \"on\" } }",
		  "!a boolean comes in here, which is true or false and never \"yes\"" },
		{ "text", "\"a\"", "{ \"map\": {} }",
		  "!an object of what to find and what it becomes is expected here, but an empty object was found" },
		{ 0 },
	};
	check_all(cases);
}

static void conditions_answer_by_value(void)
{
	static const struct example cases[] = {
		{ "text", "\"EUR\"", "{ \"equals\": \"eur\" }", "boolean false" },
		{ "decimal", "10.00", "{ \"equals\": \"10\" }", "boolean true" },
		{ "decimal", "10.00", "{ \"equals\": \"ten\" }", "!a number is expected here, but \"ten\" was found" },
		{ "text", "\"5\"", "{ \"equals\": 5 }", "!text is expected here, but 5 was found; write \"5\"" },
		{ "boolean", "true", "{ \"equals\": true }", "boolean true" },
		{ "boolean", "true", "{ \"equals\": \"false\" }", "boolean false" },
		{ "date", "\"2026-11-21\"", "{ \"equals\": { \"column\": \"day\" } }", "boolean true" },
		{ "decimal", "10", "{ \"equals\": { \"column\": \"price\" } }", "boolean true" },
		{ "decimal", "10", "{ \"equals\": { \"column\": \"cost\" } }", "boolean false" },
		{ "decimal", "10", "{ \"not_equals\": 10.0 }", "boolean false" },
		{ "integer", "3", "{ \"one_of\": [1, 2, \"3.00\"] }", "boolean true" },
		{ "integer", "3", "{ \"one_of\": [1, 2, \"x\"] }", "!a number is expected here, but \"x\" was found" },
		{ "integer", "4", "{ \"at_least\": 5 }", "boolean false" },
		{ "decimal", "5.01", "{ \"more_than\": 5 }", "boolean true" },
		{ "integer", "6", "{ \"at_most\": 5 }", "boolean false" },
		{ "integer", "5", "{ \"less_than\": 5 }", "boolean false" },
		{ "date", "\"2026-11-21\"", "{ \"at_least\": { \"column\": \"day\" } }", "boolean true" },
		{ "datetime", "\"2026-11-21T10:00:00\"", "{ \"more_than\": \"2026-11-21\" }", "boolean true" },
		{ "date", "\"2026-11-21\"", "{ \"more_than\": 5 }", "!a date is expected here, but 5 was found" },
		{ "text", "\"abc\"", "{ \"matches\": \"^b\" }", "boolean false" },
		{ "text", "\"abc\"", "{ \"contains\": \"bc\" }", "boolean true" },
		{ "text", "\"abc\"", "{ \"starts_with\": \"bc\" }", "boolean false" },
		{ "text", "\"abc\"", "{ \"ends_with\": \"bc\" }", "boolean true" },
		{ "text", "\"in USD\"", "{ \"ends_with\": { \"column\": \"currency\" } }", "boolean true" },
		{ "text", "null", "{ \"equals\": \"a\" }", "empty" },
		{ "text", "null", "{ \"empty\": false }", "boolean false" },
		{ "text", "\"a\"", "{ \"empty\": false }", "boolean true" },
		{ "text", "\"a\"", "\"empty\"", "boolean false" },
		{ "text", "\"a\"", "\"present\"", "boolean true" },
		{ "text", "\"a\"", "{ \"present\": false }", "boolean false" },
		{ "text", "\"a\"", "{ \"present\": \"no\" }", "!true or false is expected here, but \"no\" was found" },
		{ "date", "null", "[\"present\", \"to_text\"]", "text false" },
		{ 0 },
	};
	check_all(cases);
}

static void what_is_wrong_in_a_step_is_named(void)
{
	static const struct example cases[] = {
		{ "text", "\"a\"", "\"trimm\"", "!there is no step \"trimm\", did you mean \"trim\"?" },
		{ "text", "\"a\"", "\"xyzzy\"", "!there is no step \"xyzzy\"" },
		{ "text", "\"a\"", "{ \"roundd\": 2 }", "!there is no step \"roundd\", did you mean \"round\"?" },
		{ "text", "\"a\"", "{ \"trim\": true }", "!trim takes no argument: write \"trim\"" },
		{ "text", "\"a\"", "\"truncate\"", "!truncate needs an argument: n, or { to: n, at: \"word\" }" },
		{ "text", "\"a\"", "5", "!a step is a word, or an object of one word and its argument, but 5 was found" },
		{ "text", "\"a\"", "{}", "!a step is a word, or an object of one word and its argument, but an empty object was found" },
		{ "text", "\"a\"", "{ \"prefix\": \"a\", \"suffix\": \"b\" }",
		  "!a step is an object of one word, but \"suffix\" was found behind \"prefix\"; each step is an element of the list" },
		{ "text", "\"a\"", "{ \"$comment\": \"why\", \"prefix\": \"b\" }", "text ba" },
		{ "decimal", "1.5", "\"trim\"", "!trim takes text, but a decimal comes in here; put \"to_text\" before it" },
		{ "date", "\"2026-11-21\"", "\"upper\"", "!upper takes text, but a date comes in here; put \"to_text\" before it" },
		{ "text", "\"1\"", "{ \"round\": 2 }", "!round takes a number, but text comes in here; put \"to_decimal\" before it, or give "
		  "the column the type \"decimal\"" },
		{ "boolean", "true", "\"negate\"", "!negate takes a number, but a boolean comes in here" },
		{ "text", "\"x\"", "{ \"to_date\": \"%Y\" }", "!to_date takes a date, but text comes in here; give the column the type "
		  "\"date\" or \"datetime\"" },
		{ "text", "\"x\"", "{ \"at_least\": 1 }", "!at_least takes a number or a date, but text comes in here; put \"to_decimal\" before "
		  "it, or give the column the type \"decimal\"" },
		{ "decimal", "1.5", "\"to_boolean\"", "!to_boolean takes text or a whole number, but a decimal comes in here; put "
		  "\"to_integer\" before it" },
		{ "text", "\"x\"", "{ \"truncate\": 0 }", "!a whole number from 1 to 100000 is expected here, but 0 was found" },
		{ "text", "\"x\"", "{ \"gtin\": { \"param\": \"places\" } }",
		  "!a whole number from 8 to 14 is expected here, but the parameter \"places\" (2) was found" },
		{ "text", "\"x\"", "{ \"pad_left\": { \"to\": 5, \"with\": { \"param\": \"label\" } } }",
		  "!one character is expected here, but the parameter \"label\" (Q-) was found" },
		{ "text", "\"x\"", "{ \"truncate\": \"ten\" }", "!a whole number is expected here, but \"ten\" was found" },
		{ "text", "\"x\"", "{ \"truncate\": 1.5 }", "!a whole number is expected here, but 1.5 was found" },
		{ "text", "\"x\"", "{ \"truncate\": { \"column\": \"stock\" } }",
		  "!a whole number that is known before the first row is expected here: a constant or a parameter" },
		{ "text", "\"x\"", "{ \"truncate\": { \"to\": 5, \"at\": \"words\" } }", "!\"word\" is expected here, but \"words\" was found, did "
		  "you mean \"word\"?" },
		{ "text", "\"x\"", "{ \"truncate\": { \"too\": 5 } }", "!truncate has no \"too\", did you mean \"to\"?" },
		{ "text", "\"x\"", "{ \"truncate\": { \"at\": \"word\" } }", "!truncate needs \"to\"" },
		{ "text", "\"x\"", "{ \"pad_left\": { \"to\": 5 } }", "!pad_left needs \"with\"" },
		{ "text", "\"x\"", "{ \"pad_left\": 5 }", "!pad_left is an object, but 5 was found" },
		{ "text", "\"x\"", "{ \"pad_left\": { \"to\": 5, \"with\": \"00\" } }", "!one character is expected here, but \"00\" was found" },
		{ "text", "\"x\"", "{ \"replace\": { \"find\": \"\", \"with\": \"a\" } }",
		  "!a text to find is expected here, but the text is empty" },
		{ "text", "\"x\"", "{ \"split\": { \"by\": \",\", \"take\": 0 } }",
		  "!a part, from 1, or from -1 at the end, is expected here, but 0 was found" },
		{ "decimal", "1", "{ \"round\": { \"to\": 2, \"step\": 5 } }", "!round needs either \"to\", the places, or \"step\"" },
		{ "decimal", "1", "{ \"round\": { \"mode\": \"up\" } }", "!round needs either \"to\", the places, or \"step\"" },
		{ "decimal", "1", "{ \"round\": { \"to\": 2, \"mode\": \"half_upp\" } }", "!\"half_up\", \"half_even\", \"up\" or \"down\" is "
		  "expected here, but \"half_upp\" was found, did you mean \"half_up\"?" },
		{ "decimal", "1", "{ \"round\": { \"step\": 0 } }", "!a step above zero is expected here, but 0 was found" },
		{ "decimal", "1", "{ \"round\": 40 }", "!a whole number from -37 to 38 is expected here, but 40 was found" },
		{ "decimal", "1", "{ \"tiers\": [] }", "!a list of tiers is expected here, but an empty array was found" },
		{ "decimal", "1", "{ \"tiers\": [ { \"add\": 1 }, { \"add\": 2 } ] }",
		  "!only the last tier has no \"up_to\": the tiers behind this one would never be used" },
		{ "decimal", "1", "{ \"tiers\": [ { \"up_to\": 1, \"add\": 1 } ] }",
		  "!the last tier has no \"up_to\": it is for all numbers above the others" },
		{ "decimal", "1", "{ \"tiers\": [ { \"up_to\": 5, \"add\": 1 }, { \"up_to\": \"5.0\", \"add\": 1 }, { \"add\": 1 } ] }",
		  "!\"up_to\" must rise from tier to tier, but \"5.0\" was found behind a number that is not below it" },
		{ "decimal", "1", "{ \"tiers\": [ {} ] }", "!a tier needs \"multiply\", \"add\" or both" },
		{ "decimal", "1", "{ \"tiers\": [ { \"times\": 2 } ] }", "!a tier has no \"times\", it may have \"up_to\", \"multiply\" and \"add\"" },
		{ "text", "\"x\"", "{ \"gtin\": 10 }", "!8, 12, 13 or 14 is expected here, but 10 was found" },
		{ "text", "\"x\"", "\"gtin\"", "!gtin needs an argument: 8, 12, 13 or 14" },
		{ "text", "\"x\"", "{ \"parse_json\": \"\" }",
		  "!a path such as \"attributes.color\" is expected here, but the text is empty" },
		{ 0 },
	};
	check_all(cases);
	CU_ASSERT(strncmp(bench_outcome("text", "\"x\"", "{ \"extract\": \"(\" }"), "!the pattern is not right: ", 27) == 0);
	CU_ASSERT(strncmp(bench_outcome("text", "\"x\"", "{ \"replace_pattern\": { \"find\": \"a\", \"with\": \"$2\" } }"),
		"!the replacement is not right: ", 31) == 0);
	CU_ASSERT(strncmp(bench_outcome("date", "\"2026-11-21\"", "{ \"to_date\": \"%\" }"), "!the form \"%\" is not right: ", 28) == 0);
}

static void a_fault_has_the_place_of_what_is_wrong(void)
{
	struct bench b;
	bench_open(&b);
	const struct json *doc = bench_json(&b, "{ \"then\": [\n  \"squeeze\",\n  { \"truncate\": { \"to\": 5,\n  \"att\": 1 } }\n] }");
	struct step s;
	CU_ASSERT_EQUAL(step_compile(&s, doc->child->child->next, VALUE_TEXT, &b.scope), -1);
	const struct err *e = &b.faults.first->what;
	CU_ASSERT_EQUAL(e->class, ERR_MAPPING);
	CU_ASSERT_STRING_EQUAL(e->file, "m.json");
	CU_ASSERT_STRING_EQUAL(e->pointer, "/then/1/truncate/att");
	CU_ASSERT_EQUAL(e->line, 4);
	CU_ASSERT_EQUAL(e->col, 3);
	CU_ASSERT_STRING_EQUAL(e->message, "truncate has no \"att\", did you mean \"at\"?");
	bench_close(&b);
}

static void a_condition_compiles_as_it_stands_in_a_cond(void)
{
	struct bench b;
	bench_open(&b);
	const struct json *cond = bench_json(&b, "{ \"column\": \"price\", \"more_than\": \"0\" }");
	struct step s;
	CU_ASSERT_EQUAL_FATAL(step_compile_condition(&s, step_find(STR("more_than")), cond, json_get(cond, "more_than"), VALUE_DECIMAL,
		&b.scope), 0);
	struct value v = b.row[1];
	CU_ASSERT_EQUAL(s.kind->run(&s, &v, &b.run), 0);
	CU_ASSERT(v.type == VALUE_BOOLEAN && v.truth);
	CU_ASSERT_EQUAL(step_compile_condition(&s, s.kind, cond, json_get(cond, "more_than"), VALUE_TEXT, &b.scope), -1);
	CU_ASSERT_STRING_EQUAL(b.faults.first->what.pointer, "/more_than");
	bench_close(&b);
}

static void what_does_not_change_is_not_copied(void)
{
	static const char *const steps[] = { "\"trim\"", "\"squeeze\"", "\"digits\"", "\"url_encode\"", "\"nfc\"", "\"clean\"",
		"{ \"truncate\": 6 }", "{ \"replace\": { \"find\": \"x\", \"with\": \"y\" } }", "\"repair_encoding\"", "\"strip_html\"",
		"{ \"pad_left\": { \"to\": 6, \"with\": \"0\" } }", "{ \"split\": { \"by\": \",\", \"take\": 1 } }", "{ \"empty_if\": [\"-\"] }",
		"\"lower\"", "\"strip_accents\"", "\"to_text\"" };
	struct bench b;
	bench_open(&b);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		struct step s;
		CU_ASSERT_EQUAL_FATAL(step_compile(&s, bench_json(&b, steps[i]), VALUE_TEXT, &b.scope), 0);
		struct str text = STR("123456");
		struct value v = value_text(text);
		CU_ASSERT_EQUAL(steps_run(&s, 1, &v, &b.run), 0);
		CU_ASSERT_PTR_EQUAL(v.text.p, text.p);
	}
	bench_close(&b);
}

/* What a kind does to a text, without a look at its traits. */
static struct str changed(const struct step_kind *kind, struct arena *a, struct str text)
{
	static const struct {
		const char *name;
		struct str (*change)(struct arena *a, struct str s);
	} changes[] = { { "squeeze", uni_squeeze }, { "clean", uni_clean }, { "repair_encoding", uni_repair },
		{ "strip_accents", uni_strip_accents }, { "nfc", uni_nfc } };
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		if (strcmp(kind->name, changes[i].name) == 0)
			return changes[i].change(a, text);
	}
	if (strcmp(kind->name, "trim") == 0)
		return uni_trim(text);
	CU_ASSERT_STRING_EQUAL(kind->name, "truncate"); /* whose argument says how long a text must be */
	return text;
}

static void a_kind_is_idle_only_where_nothing_changes(void)
{
	static const char *const parts[] = { "a", "B", " ", " ", "é", "ß", "Š", "\u0300", "\u0301", "Ã", "©", "\u00a0", "\u00ad", "\t", "\n", "\"",
		"\u200b", "\ufeff", "\u3000", "Ж", "ﾠ", "7", "-", "\x01", "\x7f", "\u034f", "\u0340" };
	struct arena arena;
	size_t idle_texts = 0;
	arena_init(&arena, 4096);
	srand(11);
	for (int round = 0; round < 20000; round++) {
		struct buf text = { 0 };
		size_t plain = (size_t)rand() % 3 ? 3 : sizeof parts / sizeof *parts; /* of the first parts, most */
		for (int i = rand() % 30; i >= 0; i--)
			buf_add(&text, str_of(parts[(size_t)rand() % (rand() % 8 ? plain : rand() % 2 ? 10 : sizeof parts / sizeof *parts)]));
		struct str s = buf_str(&text);
		unsigned traits = text_traits(s);
		for (const struct step_kind *kind = step_kinds; kind->name; kind++) {
			if (!kind->idle || (traits & kind->idle) != kind->idle)
				continue;
			idle_texts++;
			CU_ASSERT(str_eq(changed(kind, &arena, s), s));
		}
		buf_release(&text);
		arena_clear(&arena);
	}
	CU_ASSERT(idle_texts > 20000);
	arena_release(&arena);
}

static void every_clear_character_is_left_by_clean_and_squeeze(void)
{
	struct arena arena;
	arena_init(&arena, 4096);
	size_t clear = 0;
	for (uint32_t c = 1; c < 0x30000; c++) {
		char text[8] = "a";
		size_t n = 1 + utf8_put(c, text + 1);
		text[n++] = 'b';
		struct str s = { text, n };
		if (!(text_traits(s) & TEXT_CLEAR))
			continue;
		clear++;
		CU_ASSERT(str_eq(uni_clean(&arena, s), s));
		CU_ASSERT(str_eq(uni_squeeze(&arena, s), s));
	}
	CU_ASSERT_EQUAL(clear, 0x7f - 0x20 + 0x340 - 0xc0);
	arena_release(&arena);
}

static void a_pattern_without_end_rejects_the_row(void)
{
	char in[80];
	snprintf(in, sizeof in, "\"%s\"", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
	const char *found = bench_outcome("text", in, "{ \"matches\": \"^(a|aa)+$\" }");
	CU_ASSERT(strncmp(found, "-the pattern of matches has too many ways to match \"aaa", 55) == 0);
}

UNIT_SUITE(steps, UNIT(every_example_of_the_table_holds), UNIT(the_table_has_every_word_once_in_order_of_its_groups),
	UNIT(text_steps_change_text), UNIT(number_steps_are_exact), UNIT(a_row_that_divides_by_zero_is_rejected),
	UNIT(type_steps_convert_or_say_why_not), UNIT(choice_steps_choose), UNIT(conditions_answer_by_value),
	UNIT(what_is_wrong_in_a_step_is_named), UNIT(a_fault_has_the_place_of_what_is_wrong),
	UNIT(a_condition_compiles_as_it_stands_in_a_cond), UNIT(what_does_not_change_is_not_copied),
	UNIT(a_kind_is_idle_only_where_nothing_changes), UNIT(every_clear_character_is_left_by_clean_and_squeeze),
	UNIT(a_pattern_without_end_rejects_the_row))
