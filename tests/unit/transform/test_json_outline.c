#include "qonduit/json_outline.h"

#include "qonduit/json_rows.h"
#include "unit.h"

/* ---- a text, and what is told of it ---- */

static struct buf seen;
static size_t piece_size;

static int next_piece(void *arg, struct str *piece, struct err *e)
{
	struct str *rest = arg;
	*piece = str_head(*rest, piece_size ? piece_size : rest->n);
	*rest = str_from(*rest, piece->n);
	return 0;
}

static int read_outline(struct str text, bool lines, struct json_outline *o, struct err *e)
{
	struct json_pull *p = json_pull_open(&(struct json_pull_input){ .next = next_piece, .arg = &text, .many = true });
	int result = json_outline_read(o, p, lines, e);
	json_pull_close(p);
	return result;
}

/* "orders[] 2*, orders[].lines[] 5": the levels, their records, and * behind the likely one. */
static const char *levels_as(const char *text, bool lines)
{
	struct json_outline o;
	struct err e = { 0 };
	read_outline(str_of(text), lines, &o, &e);
	buf_clear(&seen);
	for (size_t i = 0; i < o.level_count; i++)
		buf_printf(&seen, "%s%.*s %llu%s", i ? ", " : "", STR_ARG(o.levels[i].records),
			(unsigned long long)o.levels[i].count, i == o.likely ? "*" : "");
	if (e.class)
		buf_printf(&seen, " (%s)", e.code);
	json_outline_release(&o);
	return buf_text(&seen);
}

static void has_levels(const char *text, const char *expected)
{
	for (piece_size = 0; piece_size < 3; piece_size++)
		ASSERT_STR(str_of(levels_as(text, false)), expected);
	piece_size = 0;
}

static void add_paths(const struct json_outline *o, size_t level)
{
	struct json_outline_path *paths;
	struct arena a;
	arena_init(&a, 0);
	size_t count = json_outline_paths(o, level, &a, &paths);
	buf_clear(&seen);
	for (size_t i = 0; i < count; i++)
		buf_printf(&seen, "%s%.*s %llu%s%s", i ? ", " : "", STR_ARG(paths[i].path.text),
			(unsigned long long)paths[i].count, paths[i].whole ? " whole" : "", paths[i].named ? "" : " unnamed");
	arena_release(&a);
}

/* The paths of the level called `records`, or of the deepest (null). */
static void has_paths(const char *text, const char *records, const char *expected)
{
	struct json_outline o;
	struct err e = { 0 };
	size_t level = 0;
	CU_ASSERT_EQUAL(read_outline(str_of(text), false, &o, &e), 0);
	while (records && level < o.level_count && !str_eq(o.levels[level].records, str_of(records)))
		level++;
	CU_ASSERT_FATAL(level < o.level_count);
	add_paths(&o, records ? level : json_outline_deepest(&o, o.likely));
	ASSERT_STR(buf_str(&seen), expected);
	json_outline_release(&o);
}

/* ---- where records are ---- */

static void records_are_likely_in_the_first_array_of_objects(void)
{
	has_levels("{\"count\":2,\"results\":[{\"a\":1},{\"a\":2}],\"links\":[{\"b\":1}]}", " 1, results[] 2*, links[] 1");
	has_levels("{\"data\":{\"page\":1,\"orders\":[{\"a\":1}]}}", " 1, data.orders[] 1*");
	has_levels("[{\"a\":1},{\"a\":2},{}]", " 1, [] 3*");
}

static void arrays_in_records_are_further_levels(void)
{
	has_levels("{\"orders\":[{\"cart_data\":[{\"sku\":1},{\"sku\":2}]},{\"cart_data\":[]},{\"cart_data\":[{\"tax\":[{}]}]}]}",
		" 1, orders[] 3*, orders[].cart_data[] 3, orders[].cart_data[].tax[] 1");
	has_levels("[{\"shipping\":{\"parcels\":[{}]}}]", " 1, [] 1*, [].shipping.parcels[] 1");
	has_levels("{\"orders\":[{\"note\":1},{\"lines\":[{}]}]}", " 1, orders[] 2*, orders[].lines[] 1");
}

static void a_document_without_such_an_array_is_the_record(void)
{
	has_levels("{\"id\":1,\"tags\":[\"a\",\"b\"],\"none\":[]}", " 1*");
	has_levels("{\"mixed\":[{},1],\"nulls\":[{},null],\"grid\":[[{}]]}", " 1*");
	has_levels("17", " 1*");
	has_levels("{}", " 1*");
}

static void an_array_that_is_the_document_is_a_level_whatever_stands_in_it(void)
{
	has_levels("[]", " 1, [] 0*");
	has_levels("[1,2,\"x\",null]", " 1, [] 4*");
	has_levels("[[1],[2]]", " 1, [] 2*");
}

static void documents_that_follow_each_other_are_records(void)
{
	has_levels("{\"id\":1,\"lines\":[{\"a\":1}]}\n{\"id\":2,\"lines\":[{},{}]}\n", " 2*, lines[] 3");
	has_levels("[1]\n[2]\n", " 2*");
	ASSERT_STR(str_of(levels_as("{\"lines\":[{}]}", true)), " 1*, lines[] 1");
	has_levels("", " 0*");
}

static void keys_that_no_path_can_hold_lead_to_no_level(void)
{
	has_levels("{\"a.b\":[{}],\"\":[{}],\"a[]\":[{}],\"x\\u0000\":[{}],\"c\":[{}]}", " 1, c[] 1*");
	has_levels("{\"a.b\":{\"c\":[{}]}}", " 1*");
}

static void what_stands_before_a_fault_is_told(void)
{
	has_levels("{\"orders\":[{\"a\":1},{\"a\":", " 1, orders[] 2* (json.unclosed)");
	has_levels("{\"orders\":[{\"a\":1},{\"a\":01}]}", " 1, orders[] 2* (json.syntax)");
	has_levels("[", " 1, [] 0* (json.unclosed)");
}

static void every_level_is_one_that_records_can_be_read_from(void)
{
	static const char text[] = "{\"$\":[{}],\"ü.\":[{}],\"ü\":[{\"a b\":{\"0\":[{\"x\":[{}]}]}}],\" \":[{}],\"\\\\\":[{}]}";
	struct json_outline o;
	struct err e = { 0 };
	struct arena a;
	struct buf why = { 0 };
	arena_init(&a, 0);
	CU_ASSERT_EQUAL(read_outline(str_of(text), false, &o, &e), 0);
	CU_ASSERT_EQUAL(o.level_count, 7);
	for (size_t i = 1; i < o.level_count; i++) {
		struct records r;
		CU_ASSERT_TRUE(records_parse(o.levels[i].records, &a, &r, &why));
		CU_ASSERT_EQUAL(r.level_count, o.levels[i].depth);
	}
	buf_release(&why);
	arena_release(&a);
	json_outline_release(&o);
}

/* ---- the deepest ---- */

static void has_deepest(const char *text, const char *expected)
{
	struct json_outline o;
	struct err e = { 0 };
	CU_ASSERT_EQUAL(read_outline(str_of(text), false, &o, &e), 0);
	ASSERT_STR(o.levels[json_outline_deepest(&o, o.likely)].records, expected);
	json_outline_release(&o);
}

static void the_deepest_level_is_the_first_of_those(void)
{
	has_deepest("{\"orders\":[{\"a\":[{}],\"b\":[{}]}]}", "orders[].a[]");
	has_deepest("{\"orders\":[{\"a\":[{}],\"b\":[{\"c\":[{}]}]}]}", "orders[].b[].c[]");
	has_deepest("{\"orders\":[{}],\"others\":[{\"a\":[{\"b\":[{}]}]}]}", "orders[]");
	has_deepest("{\"a\":1}", "");
}

static void a_level_that_most_records_have_not_is_passed_over(void)
{
	has_deepest("{\"orders\":[{\"refunds\":[{}]},{},{}]}", "orders[]");
	has_deepest("{\"orders\":[{\"lines\":[{},{},{}]},{},{}]}", "orders[].lines[]");
	has_deepest("{\"orders\":[{\"refunds\":[{\"lines\":[{},{},{},{}]}]},{},{}]}", "orders[]");
}

/* ---- paths ---- */

static void paths_stand_in_order_of_first_appearance(void)
{
	has_paths("[{\"b\":1,\"a\":{\"y\":1,\"x\":null}},{\"c\":true,\"b\":\"2\",\"a\":{\"x\":0}}]", NULL, "b 2, a.y 1, a.x 1, c 1");
	has_paths("[{\"images\":[\"a\"]},{\"images\":[]},{\"images\":null}]", NULL, "images 2 whole");
}

static void paths_of_outer_levels_begin_with_their_names(void)
{
	static const char orders[] = "{\"page\":1,\"orders\":[{\"id\":7,\"tags\":[1],\"cart_data\":[{\"sku\":1,\"tax\":[{\"rate\":2}]},"
		"{\"sku\":2}],\"customer_info\":{\"email\":\"x\"}}]}";
	has_paths(orders, "orders[].cart_data[]", "sku 2, tax 1 whole, orders.id 1, orders.customer_info.email 1");
	has_paths(orders, "orders[].cart_data[].tax[]", "rate 1, cart_data.sku 2, orders.id 1, orders.customer_info.email 1");
	has_paths(orders, "orders[]", "id 1, tags 1 whole, cart_data 1 whole, customer_info.email 1");
	has_paths(orders, "", "page 1, orders 1 whole");
	has_paths("[{\"id\":1,\"lines\":[{\"sku\":2}]}]", NULL, "sku 1, $.id 1");
	has_paths("{\"id\":1,\"lines\":[{\"sku\":2}]}\n{\"id\":3,\"lines\":[{\"sku\":4}]}", NULL, "sku 2, $.id 2");
}

static void what_is_null_or_without_members_is_a_path_where_nothing_else_is_known(void)
{
	has_paths("[{\"a\":null,\"b\":{},\"c\":null},{\"a\":{\"x\":1},\"b\":{\"y\":2}}]", NULL, "a.x 1, b.y 1, c 0");
	has_paths("[{\"b\":{}}]", NULL, "b 1 whole");
	has_paths("[{\"a\":5},{\"a\":{\"x\":1}},{\"a\":[1]}]", NULL, "a 2 whole, a.x 1");
}

static void paths_that_mean_something_else_are_not_named(void)
{
	has_paths("[{\"a.b\":1,\"\":{\"c\":2},\"$\":3,\"d\":4}]", NULL, "a.b 1 unnamed, .c 1 unnamed, $ 1 unnamed, d 1");
	has_paths("{\"orders\":[{\"id\":1,\"lines\":[{\"orders\":{\"id\":2},\"lines\":3}]}]}", NULL,
		"orders.id 1 unnamed, lines 1, orders.id 1");
	has_paths("{\"a\":[{\"x\":1,\"a\":[{\"y\":2,\"b\":[{\"z\":3}]}]}]}", NULL, "z 1, a.y 1, a.x 1 unnamed");
}

/* What a path is made of is what its text is read as. */
static void named_paths_are_read_as_they_are_written(void)
{
	static const char text[] = "[{\"0\":1,\"a b\":{\"ü\":2,\"00\":3,\"\\\"\":4},\"x\":{\"$\":5},\"*\":6}]";
	struct json_outline o;
	struct json_outline_path *paths;
	struct err e = { 0 };
	struct arena a;
	struct buf why = { 0 };
	arena_init(&a, 0);
	CU_ASSERT_EQUAL(read_outline(str_of(text), false, &o, &e), 0);
	size_t count = json_outline_paths(&o, 1, &a, &paths);
	CU_ASSERT_EQUAL(count, 6);
	for (size_t i = 0; i < count; i++) {
		struct column_path read;
		CU_ASSERT_TRUE(paths[i].named);
		CU_ASSERT_TRUE_FATAL(column_path_parse(paths[i].path.text, &a, &read, &why));
		CU_ASSERT_EQUAL_FATAL(read.count, paths[i].path.count);
		for (size_t part = 0; part < read.count; part++)
			CU_ASSERT_TRUE(str_eq(read.parts[part], paths[i].path.parts[part]));
	}
	buf_release(&why);
	arena_release(&a);
	json_outline_release(&o);
}

/* ---- hostile ---- */

static void members_that_stand_twice_are_one_place(void)
{
	has_paths("[{\"a\":1,\"b\":2,\"a\":3,\"a\":null}]", NULL, "a 2, b 1");
	has_levels("{\"rows\":[{}],\"rows\":[{},{}]}", " 1, rows[] 3*");
}

static void keys_without_end_are_counted_alone(void)
{
	struct buf text = { 0 };
	struct json_outline o;
	struct err e = { 0 };
	buf_add(&text, STR("[{"));
	for (int i = 0; i < 100000; i++)
		buf_printf(&text, "%s\"key%d\":%d", i ? "," : "", i, i);
	buf_add(&text, STR(",\"key0\":1},{\"key0\":2,\"deep\":{\"a\":[{}]},\"key1\":3}]"));
	CU_ASSERT_EQUAL(read_outline(buf_str(&text), false, &o, &e), 0);
	struct json_outline_path *paths;
	struct arena a;
	arena_init(&a, 0);
	size_t count = json_outline_paths(&o, 1, &a, &paths);
	CU_ASSERT_EQUAL(count, JSON_OUTLINE_PLACES - 1); /* one is the elements */
	CU_ASSERT_EQUAL(o.further, 100000 - count + 1);
	CU_ASSERT_EQUAL(paths[0].count, 3);
	CU_ASSERT_EQUAL(paths[1].count, 2);
	CU_ASSERT_EQUAL(o.levels[1].count, 2);
	arena_release(&a);
	json_outline_release(&o);
	buf_release(&text);
}

static void long_keys_are_counted_alone(void)
{
	struct buf text = { 0 };
	struct json_outline o;
	struct err e = { 0 };
	buf_add(&text, STR("[{\"a\":1,\""));
	for (int i = 0; i <= JSON_OUTLINE_KEY; i++)
		buf_addc(&text, 'k');
	buf_add(&text, STR("\":{\"b\":[1,2,3]}}]"));
	CU_ASSERT_EQUAL(read_outline(buf_str(&text), false, &o, &e), 0);
	CU_ASSERT_EQUAL(o.further, 1);
	add_paths(&o, 1);
	ASSERT_STR(buf_str(&seen), "a 1");
	json_outline_release(&o);
	buf_release(&text);
}

/* Objects and arrays in each other as deep as the reader goes. */
static void depth_is_no_matter(void)
{
	struct buf text = { 0 }, expected = { 0 };
	struct json_outline o;
	struct err e = { 0 };
	for (int i = 0; i < JSON_PULL_DEPTH / 2; i++)
		buf_add(&text, STR("{\"a\":["));
	for (int i = 0; i < JSON_PULL_DEPTH / 2; i++)
		buf_add(&text, STR("]}"));
	CU_ASSERT_EQUAL(read_outline(buf_str(&text), false, &o, &e), 0);
	CU_ASSERT_EQUAL(o.level_count, JSON_PULL_DEPTH / 2);
	CU_ASSERT_EQUAL(json_outline_deepest(&o, o.likely), o.level_count - 1);
	json_outline_release(&o);
	buf_clear(&text);
	for (int i = 0; i < JSON_PULL_DEPTH; i++)
		buf_printf(&text, "{\"%d\":", i);
	buf_add(&text, STR("1"));
	for (int i = 0; i < JSON_PULL_DEPTH; i++)
		buf_addc(&text, '}');
	for (int i = 0; i < JSON_PULL_DEPTH; i++)
		buf_printf(&expected, "%s%d", i ? "." : "", i);
	buf_add(&expected, STR(" 1"));
	has_paths(buf_text(&text), "", buf_text(&expected));
	buf_release(&text);
	buf_release(&expected);
	buf_release(&seen);
}

UNIT_SUITE(json_outline, UNIT(records_are_likely_in_the_first_array_of_objects), UNIT(arrays_in_records_are_further_levels),
	UNIT(a_document_without_such_an_array_is_the_record),
	UNIT(an_array_that_is_the_document_is_a_level_whatever_stands_in_it),
	UNIT(documents_that_follow_each_other_are_records), UNIT(keys_that_no_path_can_hold_lead_to_no_level),
	UNIT(what_stands_before_a_fault_is_told), UNIT(every_level_is_one_that_records_can_be_read_from),
	UNIT(the_deepest_level_is_the_first_of_those), UNIT(a_level_that_most_records_have_not_is_passed_over),
	UNIT(paths_stand_in_order_of_first_appearance), UNIT(paths_of_outer_levels_begin_with_their_names),
	UNIT(what_is_null_or_without_members_is_a_path_where_nothing_else_is_known),
	UNIT(paths_that_mean_something_else_are_not_named), UNIT(named_paths_are_read_as_they_are_written),
	UNIT(members_that_stand_twice_are_one_place), UNIT(keys_without_end_are_counted_alone),
	UNIT(long_keys_are_counted_alone), UNIT(depth_is_no_matter))
