#include "qonduit/sandbox_product.h"

#include "unit.h"

static const struct json *product(const char *text, struct arena *arena)
{
	struct err e = { 0 };
	const struct json *j = json_parse(str_of(text), "product", ERR_INPUT, arena, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(j);
	return j;
}

static void each_breach_is_named(void)
{
	static const struct { const char *members, *reasons; } cases[] = {
		{ "\"sku\":\"A\",\"name\":\"N\",\"brand\":\"B\"", "" },
		{ "\"sku\":\"A\",\"name\":\"N\",\"brand\":\"B\",\"cost\":1.50,\"active\":false,\"base_units_per_sales_unit\":6", "" },
		{ "\"sku\":\"A\",\"brand\":\"B\"", "Name can't be blank" },
		{ "\"sku\":\"A\",\"name\":\" \\t\",\"brand\":\"\"", "Name can't be blank, Brand can't be blank" },
		{ "\"sku\":null,\"name\":\"N\",\"brand\":\"B\"", "Sku can't be blank" },
		{ "\"sku\":12,\"name\":\"N\",\"brand\":\"B\"", "Sku is not a string" },
		{ "\"sku\":\"A\",\"name\":\"N\",\"brand\":\"B\",\"upc\":123", "Upc is not a string" },
		{ "\"sku\":\"A\",\"name\":\"N\",\"brand\":\"B\",\"upc\":null", "Upc is not a string" },
		{ "\"sku\":\"A\",\"name\":\"N\",\"brand\":\"B\",\"cost\":\"1.50\"", "Cost is not a number" },
		{ "\"sku\":\"A\",\"name\":\"N\",\"brand\":\"B\",\"active\":\"true\"", "Active must be true or false" },
		{ "\"sku\":\"A\",\"name\":\"N\",\"brand\":\"B\",\"active\":1", "Active must be true or false" },
		{ "\"sku\":\"A\",\"name\":\"N\",\"brand\":\"B\",\"base_units_per_sales_unit\":1.0",
			"Base units per sales unit must be an integer" },
		{ "\"sku\":\"A\",\"name\":\"N\",\"brand\":\"B\",\"base_units_per_sales_unit\":\"1\"",
			"Base units per sales unit must be an integer" },
		{ "\"sku\":\"A\",\"name\":\"N\",\"brand\":\"B\",\"stock\":3", "stock is an unknown attribute" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena arena = { 0 };
		struct buf reasons = { 0 };
		struct str text = arena_printf(&arena, "{%s}", cases[i].members);
		sandbox_product_check(product(text.p, &arena), &reasons);
		ASSERT_STR(buf_str(&reasons), cases[i].reasons);
		buf_release(&reasons);
		arena_release(&arena);
	}
}

UNIT_SUITE(sandbox_product, UNIT(each_breach_is_named))
