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

static void numbers_stand_as_they_were_written(void)
{
	struct arena arena = { 0 };
	struct sandbox_shelf s = { 0 };
	struct buf text = { 0 };
	sandbox_shelf_put(&s, product("{\"cost\":0.10,\"msrp\":1e3,\"sku\":\"\\\"A\",\"name\":\"é\",\"brand\":\"B\"}", &arena));
	sandbox_shelf_print(&s, &text);
	ASSERT_STR(buf_str(&text), "{\"\\\"A\":{\"sku\":\"\\\"A\",\"name\":\"é\",\"cost\":0.10,\"brand\":\"B\",\"msrp\":1e3}}");
	buf_release(&text);
	sandbox_shelf_release(&s);
	arena_release(&arena);
}

static void an_update_keeps_what_it_does_not_name(void)
{
	struct arena arena = { 0 };
	struct sandbox_shelf s = { 0 };
	struct buf text = { 0 };
	sandbox_shelf_put(&s, product("{\"sku\":\"A\",\"name\":\"N\",\"brand\":\"B\",\"cost\":1,\"upc\":\"9\"}", &arena));
	sandbox_shelf_put(&s, product("{\"sku\":\"A\",\"name\":\"N2\",\"brand\":\"B\",\"cost\":2}", &arena));
	sandbox_shelf_print(&s, &text);
	ASSERT_STR(buf_str(&text), "{\"A\":{\"sku\":\"A\",\"name\":\"N2\",\"cost\":2,\"upc\":\"9\",\"brand\":\"B\"}}");
	CU_ASSERT_EQUAL(s.count, 1);
	buf_release(&text);
	sandbox_shelf_release(&s);
	arena_release(&arena);
}

static void many_products_are_each_found_again(void)
{
	struct sandbox_shelf s = { 0 };
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 5000; i++) {
			struct arena arena = { 0 };
			struct str text = arena_printf(&arena, "{\"sku\":\"S%d\",\"name\":\"N\",\"brand\":\"B\"}", i);
			sandbox_shelf_put(&s, product(text.p, &arena));
			arena_release(&arena);
		}
	}
	CU_ASSERT_EQUAL(s.count, 5000);
	sandbox_shelf_release(&s);
}

UNIT_SUITE(sandbox_product, UNIT(each_breach_is_named), UNIT(numbers_stand_as_they_were_written),
	UNIT(an_update_keeps_what_it_does_not_name), UNIT(many_products_are_each_found_again))
