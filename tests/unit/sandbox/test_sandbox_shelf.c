#include "qonduit/sandbox_shelf.h"

#include "qonduit/sandbox_product.h"
#include "unit.h"

static struct sandbox_item *put(struct sandbox_shelf *s, const char *key, const char *text, int64_t wall)
{
	struct arena arena = { 0 };
	struct err e = { 0 };
	const struct json *j = json_parse(str_of(text), "record", ERR_INPUT, &arena, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(j);
	struct sandbox_item *item = sandbox_shelf_put(s, str_of(key), j, wall);
	arena_release(&arena);
	return item;
}

static void values_stand_as_they_were_written_in_the_order_of_their_table(void)
{
	struct sandbox_shelf s = { .fields = sandbox_product_fields };
	struct buf text = { 0 };
	put(&s, "\"A", "{\"cost\":0.10,\"msrp\":1e3,\"sku\":\"\\\"A\",\"name\":\"é\",\"brand\":\"B\",\"other\":1}", 0);
	sandbox_shelf_print(&s, &text);
	ASSERT_STR(buf_str(&text), "{\"\\\"A\":{\"sku\":\"\\\"A\",\"name\":\"é\",\"cost\":0.10,\"brand\":\"B\",\"msrp\":1e3}}");
	buf_clear(&text);
	sandbox_shelf_print_list(&s, &text);
	ASSERT_STR(buf_str(&text), "[{\"sku\":\"\\\"A\",\"name\":\"é\",\"cost\":0.10,\"brand\":\"B\",\"msrp\":1e3}]");
	buf_release(&text);
	sandbox_shelf_release(&s);
}

static void an_update_keeps_what_it_does_not_name(void)
{
	struct sandbox_shelf s = { .fields = sandbox_product_fields };
	struct buf text = { 0 };
	struct sandbox_item *first = put(&s, "A", "{\"sku\":\"A\",\"name\":\"N\",\"cost\":1,\"upc\":\"9\"}", 5);
	CU_ASSERT_PTR_EQUAL(put(&s, "A", "{\"sku\":\"A\",\"name\":\"N2\",\"cost\":2}", 7), first);
	CU_ASSERT_EQUAL(first->created, 5);
	CU_ASSERT_EQUAL(first->updated, 7);
	sandbox_item_set(first, 3, STR("3"));
	sandbox_shelf_print(&s, &text);
	ASSERT_STR(buf_str(&text), "{\"A\":{\"sku\":\"A\",\"name\":\"N2\",\"cost\":3,\"upc\":\"9\"}}");
	CU_ASSERT_EQUAL(s.count, 1);
	buf_release(&text);
	sandbox_shelf_release(&s);
}

static void many_records_are_each_found_again(void)
{
	struct sandbox_shelf s = { .fields = sandbox_product_fields };
	for (int round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 5000; i++) {
			struct arena arena = { 0 };
			struct str key = arena_printf(&arena, "S%u", i);
			CU_ASSERT_EQUAL(put(&s, key.p, "{\"name\":\"N\"}", round)->number, i + 1);
			arena_release(&arena);
		}
	}
	CU_ASSERT_EQUAL(s.count, 5000);
	CU_ASSERT(s.slot_count >= s.count);
	CU_ASSERT_PTR_NULL(sandbox_shelf_find(&s, STR("S5000")));
	CU_ASSERT_PTR_NOT_NULL(sandbox_shelf_find(&s, STR("S4999")));
	sandbox_shelf_release(&s);
	CU_ASSERT_PTR_NULL(sandbox_shelf_find(&s, STR("S1")));
}

UNIT_SUITE(sandbox_shelf, UNIT(values_stand_as_they_were_written_in_the_order_of_their_table),
	UNIT(an_update_keeps_what_it_does_not_name), UNIT(many_records_are_each_found_again))
