#include "qonduit/sandbox_field.h"

#include "unit.h"

static const char *const choices[] = { "a", "b", NULL };
static const struct sandbox_field parts[] = {
	{ "id", .type = SANDBOX_INTEGER, .required = true },
	{ "name", .type = SANDBOX_TEXT, .required = true },
	{ 0 },
};

enum { TEXT, TITLE, UUID, MONEY, NUMBER, INTEGER, COUNT, BOOLEAN, CHOICE, ID, EMAIL, OBJECTS, SOME, NULLABLE };

static const struct sandbox_field fields[] = {
	[TEXT] = { "text", .type = SANDBOX_TEXT },
	[TITLE] = { "title", .type = SANDBOX_TEXT, .least = 1, .most = 3 },
	[UUID] = { "uuid", .type = SANDBOX_UUID, .required = true },
	[MONEY] = { "money", .type = SANDBOX_MONEY },
	[NUMBER] = { "number", .type = SANDBOX_NUMBER },
	[INTEGER] = { "integer", .type = SANDBOX_INTEGER },
	[COUNT] = { "count", .type = SANDBOX_INTEGER, .least = 1, .most = 5 },
	[BOOLEAN] = { "boolean", .type = SANDBOX_BOOLEAN },
	[CHOICE] = { "choice", .type = SANDBOX_CHOICE, .choices = choices },
	[ID] = { "id", .type = SANDBOX_ID },
	[EMAIL] = { "email", .type = SANDBOX_EMAIL },
	[OBJECTS] = { "objects", .type = SANDBOX_OBJECTS, .parts = parts },
	[SOME] = { "some", .type = SANDBOX_OBJECTS, .least = 1, .parts = parts },
	[NULLABLE] = { "nullable", .type = SANDBOX_INTEGER, .nullable = true },
	{ 0 },
};

static void each_type_takes_what_is_documented_and_nothing_else(void)
{
	static const struct { int field; const char *value, *breach; } cases[] = {
		{ TEXT, "\"\"", "" },
		{ TEXT, "5", "Not a valid string." },
		{ TEXT, "null", "This field may not be null." },
		{ TITLE, "\"łóż\"", "" },
		{ TITLE, "\"łóżk\"", "Ensure this field has no more than 3 characters." },
		{ TITLE, "\" \\t\"", "This field may not be blank." },
		{ UUID, "\"4F61bf48-7f9f-49a5-b5be-ea55b020e058\"", "" },
		{ UUID, "\"4f61bf48-7f9f-49a5-b5be-ea55b020e05\"", "Must be a valid UUID." },
		{ UUID, "\"4f61bf48-7f9f-49a5-b5be-ea55b020e0588\"", "Must be a valid UUID." },
		{ UUID, "\"4f61bf4807f9f-49a5-b5be-ea55b020e058\"", "Must be a valid UUID." },
		{ UUID, "\"4g61bf48-7f9f-49a5-b5be-ea55b020e058\"", "Must be a valid UUID." },
		{ UUID, "4", "Must be a valid UUID." },
		{ MONEY, "\"10.00\"", "" },
		{ MONEY, "10", "" },
		{ MONEY, "\"-0.5\"", "" },
		{ MONEY, "1e2", "" },
		{ MONEY, "\"10.000\"", "Ensure that there are no more than 2 decimal places." },
		{ MONEY, "0.001", "Ensure that there are no more than 2 decimal places." },
		{ MONEY, "1e-3", "Ensure that there are no more than 2 decimal places." },
		{ MONEY, "\"\"", "A valid number is required." },
		{ MONEY, "\"10,00\"", "A valid number is required." },
		{ MONEY, "\" 1\"", "A valid number is required." },
		{ MONEY, "\"NaN\"", "A valid number is required." },
		{ MONEY, "\"1e999999999\"", "A valid number is required." },
		{ MONEY, "true", "A valid number is required." },
		{ MONEY, "[1]", "A valid number is required." },
		{ NUMBER, "\"19.999\"", "" },
		{ NUMBER, "\"x\"", "A valid number is required." },
		{ INTEGER, "-3", "" },
		{ INTEGER, "9223372036854775807", "" },
		{ INTEGER, "9223372036854775808", "A valid integer is required." },
		{ INTEGER, "99999999999999999999999999999999999999999999", "A valid integer is required." },
		{ INTEGER, "1.0", "A valid integer is required." },
		{ INTEGER, "1e2", "A valid integer is required." },
		{ INTEGER, "\"5\"", "A valid integer is required." },
		{ INTEGER, "true", "A valid integer is required." },
		{ COUNT, "5", "" },
		{ COUNT, "0", "Ensure this value is greater than or equal to 1." },
		{ COUNT, "6", "Ensure this value is less than or equal to 5." },
		{ BOOLEAN, "false", "" },
		{ BOOLEAN, "0", "Must be a valid boolean." },
		{ BOOLEAN, "\"true\"", "Must be a valid boolean." },
		{ CHOICE, "\"b\"", "" },
		{ CHOICE, "\"A\"", "\"A\" is not a valid choice." },
		{ CHOICE, "1", "\"1\" is not a valid choice." },
		{ CHOICE, "{}", "\"an object\" is not a valid choice." },
		{ ID, "\"Ab-9_\"", "" },
		{ ID, "2", "" },
		{ ID, "2.5", "Allowed characters are [a-z0-9A-Z-_]." },
		{ ID, "\"\"", "Allowed characters are [a-z0-9A-Z-_]." },
		{ ID, "\"a b\"", "Allowed characters are [a-z0-9A-Z-_]." },
		{ ID, "\"[\"", "Allowed characters are [a-z0-9A-Z-_]." },
		{ ID, "\"é\"", "Allowed characters are [a-z0-9A-Z-_]." },
		{ EMAIL, "\"a@b.pl\"", "" },
		{ EMAIL, "\"a@b\"", "Enter a valid email address." },
		{ EMAIL, "\"@b.pl\"", "Enter a valid email address." },
		{ EMAIL, "\"a@.pl\"", "Enter a valid email address." },
		{ EMAIL, "\"a@b.pl.\"", "Enter a valid email address." },
		{ EMAIL, "\"a@b@c.pl\"", "Enter a valid email address." },
		{ EMAIL, "\"a @b.pl\"", "Enter a valid email address." },
		{ EMAIL, "\"\"", "Enter a valid email address." },
		{ EMAIL, "7", "Enter a valid email address." },
		{ OBJECTS, "[]", "" },
		{ OBJECTS, "[{\"id\":1,\"name\":\"\"}]", "" },
		{ OBJECTS, "{}", "Expected a list of items." },
		{ OBJECTS, "[{\"id\":1,\"name\":\"\"},{\"id\":2}]", "Item 2: name: This field is required." },
		{ OBJECTS, "[[1]]", "Item 1: Expected an object." },
		{ SOME, "[]", "This list may not be empty." },
		{ NULLABLE, "null", "" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena arena = { 0 };
		struct err e = { 0 };
		const struct json *value = json_parse(str_of(cases[i].value), "value", ERR_INPUT, &arena, &e);
		CU_ASSERT_PTR_NOT_NULL_FATAL(value);
		ASSERT_STR(sandbox_field_breach(&fields[cases[i].field], value, &arena), cases[i].breach);
		arena_release(&arena);
	}
}

static void only_what_is_required_must_be_there(void)
{
	ASSERT_STR(sandbox_field_breach(&fields[UUID], NULL, NULL), "This field is required.");
	ASSERT_STR(sandbox_field_breach(&fields[TEXT], NULL, NULL), "");
}

static void a_field_is_found_by_its_name(void)
{
	CU_ASSERT_PTR_EQUAL(sandbox_field_find(fields, STR("count")), &fields[COUNT]);
	CU_ASSERT_PTR_NULL(sandbox_field_find(fields, STR("Count")));
	CU_ASSERT_PTR_NULL(sandbox_field_find(fields, STR("")));
}

UNIT_SUITE(sandbox_field, UNIT(each_type_takes_what_is_documented_and_nothing_else),
	UNIT(only_what_is_required_must_be_there), UNIT(a_field_is_found_by_its_name))
