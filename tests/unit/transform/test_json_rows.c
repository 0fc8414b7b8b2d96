#include "unit.h"

#include <stdlib.h>

#include "qonduit/json_rows.h"

#define COLUMNS_MAX 12

/* Columns are written "id, customer.email|email, ?note": alternatives, and those that may be missing. */
struct asked {
	struct arena arena;
	struct column columns[COLUMNS_MAX];
	size_t count;
	struct records records;
	const struct records *given;
};

static void ask_column(struct asked *a, struct str text)
{
	struct column *c = &a->columns[a->count++];
	struct column_path *paths = ARENA_ARRAY(&a->arena, 8, struct column_path);
	struct buf why = { 0 };
	*c = (struct column){ .paths = paths, .header_of = -1, .optional = text.p[0] == '?' };
	text = str_from(text, c->optional);
	c->name = text;
	for (struct str rest = text; rest.p; c->path_count++) {
		struct str path = str_cut(rest, '|', &rest);
		CU_ASSERT_FATAL(column_path_parse(path, &a->arena, &paths[c->path_count], &why));
	}
	buf_release(&why);
}

static void ask(struct asked *a, const char *records, const char *columns)
{
	struct buf why = { 0 };
	*a = (struct asked){ 0 };
	arena_init(&a->arena, 0);
	for (struct str rest = str_of(columns); rest.p;)
		ask_column(a, str_trim(str_cut(rest, ',', &rest)));
	if (records) {
		CU_ASSERT_FATAL(records_parse(str_of(records), &a->arena, &a->records, &why));
		a->given = &a->records;
	}
	buf_release(&why);
}

/* A text in pieces of `piece` bytes; each in memory of its own, so that what reads over its end is seen. */
struct pieces {
	struct str rest;
	size_t piece;
	char *now;
};

static int next_piece(void *arg, struct str *piece, struct err *e)
{
	struct pieces *p = arg;
	size_t n = p->rest.n < p->piece ? p->rest.n : p->piece;
	free(p->now);
	p->now = malloc(n + 1);
	memcpy(p->now, p->rest.p, n);
	*piece = (struct str){ p->now, n };
	p->rest = str_from(p->rest, n);
	return 0;
}

static void add_cell(struct buf *out, struct cell cell)
{
	static const char marks[] = { [CELL_TEXT] = 't', [CELL_NUMBER] = 'n', [CELL_BOOLEAN] = 'b', [CELL_JSON] = 'j',
		[CELL_ASTRAY] = '!' };
	if (cell.kind == CELL_EMPTY)
		buf_addc(out, '-');
	else
		buf_printf(out, "%c:%.*s", marks[cell.kind], STR_ARG(cell_str(cell)));
}

/* "NUMBER PLACE[cell|cell] …", and the error behind that. `out` is the caller's to release. */
static void read_rows(const struct asked *a, bool lines, struct str text, size_t piece, size_t most, struct buf *out)
{
	struct pieces pieces = { text, piece, NULL };
	struct json_pull *p = json_pull_open(&(struct json_pull_input){ .next = next_piece, .arg = &pieces, .many = lines });
	struct json_rows *r = json_rows_open(a->columns, a->count, a->given, lines);
	struct err e = { 0 };
	struct batch b;
	int result;
	batch_init(&b);
	do {
		batch_clear(&b);
		result = json_rows_fill(r, p, &b, most, &e);
		for (size_t i = 0; i < b.rows && out->n < 100000 && result == 0; i++) {
			CU_ASSERT_EQUAL(b.row[i].width, a->count);
			buf_printf(out, "%s%llu %.*s[", out->n ? " " : "", (unsigned long long)b.row[i].number,
				STR_ARG(b.row[i].place));
			for (size_t c = 0; c < b.row[i].width; c++) {
				if (c)
					buf_addc(out, '|');
				add_cell(out, batch_get(&b, i, c));
			}
			buf_addc(out, ']');
		}
	} while (result == 0 && b.rows);
	if (result == 0)
		result = json_rows_missing(r, &e);
	if (result) {
		buf_add(out, out->n ? STR(" ! ") : STR("! "));
		err_print(&e, out);
		CU_ASSERT_EQUAL(e.class, ERR_INPUT);
	}
	batch_release(&b);
	json_rows_close(r);
	json_pull_close(p);
	free(pieces.now);
}

/* The same, however the text is cut and however many rows are asked for at once; an error loses the rows of its fill. */
static void check(const char *records, const char *columns, bool lines, struct str text, const char *expected)
{
	struct asked a;
	struct buf found = { 0 }, other = { 0 };
	ask(&a, records, columns);
	read_rows(&a, lines, text, SIZE_MAX >> 1, 1000000, &found);
	ASSERT_STR(buf_str(&found), expected);
	bool failed = memchr(found.p ? found.p : "", '!', found.n) != NULL;
	for (size_t piece = 1; piece < 4; piece++) {
		buf_clear(&other);
		read_rows(&a, lines, text, piece, failed ? 1000000 : piece, &other);
		ASSERT_STR(buf_str(&other), buf_text(&found));
	}
	buf_release(&found);
	buf_release(&other);
	arena_release(&a.arena);
}

#define READS(records, columns, text, expected) check(records, columns, false, STR(text), expected)
#define READS_LINES(records, columns, text, expected) check(records, columns, true, STR(text), expected)

/* ---- cells ---- */

static void values_become_cells_that_keep_their_text(void)
{
	READS("[]", "a, b, c, d, e, f", "[{\"a\":\"x\",\"b\":135.10,\"c\":true,\"d\":null,\"e\":\"\",\"f\":[1,{\"x\" : \"\\u00e9\\n\"}]}]",
		"1 /0[t:x|n:135.10|b:true|-|-|j:[1,{\"x\":\"é\\n\"}]]");
	READS("[]", "a, b, c", "[{\"a\":9007199254740993,\"b\":1E-7,\"c\":-0.0}]", "1 /0[n:9007199254740993|n:1E-7|n:-0.0]");
	READS("[]", "a, b", "[{\"a\":{},\"b\":[]},{\"a\":{\"\":{\"\":[]}},\"b\":[[],{},null,false]}]",
		"1 /0[j:{}|j:[]] 2 /1[j:{\"\":{\"\":[]}}|j:[[],{},null,false]]");
	READS("[]", "a, a.b, a.c, a.c.0", "[{\"a\":{\"x\":1,\"b\":2,\"c\":[3,\"4\"]}}]",
		"1 /0[j:{\"x\":1,\"b\":2,\"c\":[3,\"4\"]}|n:2|j:[3,\"4\"]|n:3]");
}

static void paths_lead_into_objects_and_arrays(void)
{
	READS("[]", "variant.gtin, ?images.0, ?images.1, ?images.2.src", "[{\"images\":[\"x\",\"y\",{\"src\":\"z\"}],\"variant\":{\"gtin\":1}},"
		"{\"images\":[],\"variant\":{}},{\"images\":{\"0\":\"m\",\"2\":null}}]", "1 /0[n:1|t:x|t:y|t:z] 2 /1[-|-|-|-] 3 /2[-|t:m|-|-]");
	READS("[]", "a.01, a.1", "[{\"a\":{\"01\":1,\"1\":2}},{\"a\":[3,4]}]", "1 /0[n:1|n:2] 2 /1[!:found an array at \"a\"|n:4]");
	READS("[]", "a.b.c.d.e", "[{\"a\":{\"x\":{\"b\":0},\"b\":{\"b\":0,\"c\":{\"d\":{\"e\":\"deep\"}}}}}]", "1 /0[t:deep]");
}

static void the_first_path_that_leads_to_a_value_counts(void)
{
	READS("[]", "a|b|c.d", "[{\"b\":2,\"a\":1},{\"b\":2,\"a\":null},{\"c\":{\"d\":3},\"a\":\"\"},{\"a\":null},{\"c\":4,\"b\":5},{\"c\":6}]",
		"1 /0[n:1] 2 /1[n:2] 3 /2[n:3] 4 /3[-] 5 /4[n:5] 6 /5[!:found a number at \"c\"]");
	READS("o[].l[]", "x|o.x|$.x", "{\"o\":[{\"l\":[{\"x\":1},{\"y\":1},{\"x\":null}],\"x\":2},{\"l\":[{}]}],\"x\":3}",
		"1 /o/0/l/0[n:1] 2 /o/0/l/1[n:2] 3 /o/0/l/2[n:2] 4 /o/1/l/0[n:3]");
	READS("o[].l[]", "$.x|o.x|x", "{\"o\":[{\"l\":[{\"x\":1},{\"y\":1},{\"x\":null}],\"x\":2},{\"l\":[{}]}],\"x\":3}",
		"1 /o/0/l/0[n:3] 2 /o/0/l/1[n:3] 3 /o/0/l/2[n:3] 4 /o/1/l/0[n:3]");
}

static void one_value_may_be_wanted_by_several_columns(void)
{
	READS("[]", "a, a, b|a", "[{\"a\":1},{\"b\":2}]", "1 /0[n:1|n:1|n:1] 2 /1[-|-|n:2]");
}

static void a_path_through_a_value_without_members_is_astray(void)
{
	READS("[]", "customer.email, customer.name.first", "[{\"customer\":\"John\"},{\"customer\":null},{\"customer\":{\"name\":[1]}},"
		"{\"customer\":false},{\"customer\":[]},{}]",
		"1 /0[!:found a text at \"customer\"|!:found a text at \"customer\"] 2 /1[-|-] 3 /2[-|!:found an array at \"customer.name\"] "
		"4 /3[!:found a boolean at \"customer\"|!:found a boolean at \"customer\"] "
		"5 /4[!:found an array at \"customer\"|!:found an array at \"customer\"] 6 /5[-|-]");
	READS("[]", "p.excel|p.0.excel", "[{\"p\":[{\"excel\":null}]},{\"p\":{\"excel\":null}},{\"p\":[{\"excel\":\"x\"}]},{\"p\":[1]},{\"p\":2}]",
		"1 /0[-] 2 /1[-] 3 /2[t:x] 4 /3[!:found an array at \"p\"] 5 /4[!:found a number at \"p\"]");
	READS("o[].l[]", "o.c.d, x", "{\"o\":[{\"l\":[{\"x\":1}],\"c\":5}]}", "1 /o/0/l/0[!:found a number at \"o.c\"|n:1]");
	READS("o[]", "$.o.0.x, x", "{\"o\":[{\"x\":1}]}", "1 /o/0[!:found an array at \"$.o\"|n:1]");
}

/* ---- levels ---- */

#define ORDERS "{\"orders\":[{\"id\":7,\"cart_data\":[{\"sku\":\"A\"},{\"sku\":\"B\"}],\"customer\":{\"email\":\"j@x\"}}," \
	"{\"customer\":{\"email\":\"k@x\"},\"cart_data\":[{\"sku\":\"C\"}],\"id\":8}],\"count\":2}"

static void outer_values_reach_the_rows_wherever_they_stand(void)
{
	READS("orders[].cart_data[]", "sku, orders.id, orders.customer.email, $.count", ORDERS,
		"1 /orders/0/cart_data/0[t:A|n:7|t:j@x|n:2] 2 /orders/0/cart_data/1[t:B|n:7|t:j@x|n:2] 3 /orders/1/cart_data/0[t:C|n:8|t:k@x|n:2]");
	READS("orders[]", "id, customer.email, $.count, cart_data", ORDERS, "1 /orders/0[n:7|t:j@x|n:2|j:[{\"sku\":\"A\"},{\"sku\":\"B\"}]] "
		"2 /orders/1[n:8|t:k@x|n:2|j:[{\"sku\":\"C\"}]]");
	READS("orders[].cart_data[]", "orders.cart_data, orders", "{\"orders\":[{\"a\":1,\"cart_data\":[{\"sku\":\"A\"},{}]}]}",
		"1 /orders/0/cart_data/0[j:[{\"sku\":\"A\"},{}]|j:{\"a\":1,\"cart_data\":[{\"sku\":\"A\"},{}]}] "
		"2 /orders/0/cart_data/1[j:[{\"sku\":\"A\"},{}]|j:{\"a\":1,\"cart_data\":[{\"sku\":\"A\"},{}]}]");
	READS("[].lines[]", "sku, $.id", "[{\"id\":1,\"lines\":[{\"sku\":\"a\"}]},{\"lines\":[{\"sku\":\"b\"},{\"sku\":\"c\"}],\"id\":2}]",
		"1 /0/lines/0[t:a|n:1] 2 /1/lines/0[t:b|n:2] 3 /1/lines/1[t:c|n:2]");
	READS("a[].b[].c[]", "v, b.v, a.v, $.v", "{\"v\":0,\"a\":[{\"b\":[{\"c\":[{\"v\":1},{\"v\":2}],\"v\":3},{\"v\":4,\"c\":[{}]}],\"v\":5}]}",
		"1 /a/0/b/0/c/0[n:1|n:3|n:5|n:0] 2 /a/0/b/0/c/1[n:2|n:3|n:5|n:0] 3 /a/0/b/1/c/0[-|n:4|n:5|n:0]");
	READS("data.orders[]", "id, $.data.page, $.meta.x", "{\"meta\":{\"x\":9},\"data\":{\"orders\":[{\"id\":1}],\"page\":3}}",
		"1 /data/orders/0[n:1|n:3|n:9]");
	READS("a~b[].c/d[]", "x", "{\"a~b\":[{\"c/d\":[{\"x\":1}]}]}", "1 /a~0b/0/c~1d/0[n:1]");
}

static void values_of_one_record_do_not_stay_for_the_next(void)
{
	READS("o[].l[]", "o.a, o.b.c, x", "{\"o\":[{\"a\":1,\"b\":{\"c\":2},\"l\":[{\"x\":3}]},{\"l\":[{}]},{\"b\":null,\"l\":[{\"x\":4}],\"a\":5}]}",
		"1 /o/0/l/0[n:1|n:2|n:3] 2 /o/1/l/0[-|-|-] 3 /o/2/l/0[n:5|-|n:4]");
}

static void the_document_may_be_the_record(void)
{
	READS(NULL, "id, a.b", " {\"id\":1,\"a\":{\"b\":2}}\n", "1 [n:1|n:2]");
	READS("$", "id, $.a.b", "{\"id\":1,\"a\":{\"b\":2}}", "1 [n:1|n:2]");
	READS(NULL, "$", "{\"id\":1}", "1 [j:{\"id\":1}]");
}

static void inner_arrays_may_be_empty_null_or_missing(void)
{
	READS("o[].l[]", "x, o.i", "{\"o\":[{\"i\":1,\"l\":[]},{\"i\":2,\"l\":null},{\"i\":3},{\"i\":4,\"l\":[{\"x\":5}]}]}", "1 /o/3/l/0[n:5|n:4]");
	READS("o[].d.l[]", "x", "{\"o\":[{\"d\":null},{\"d\":{}},{},{\"d\":{\"l\":[{\"x\":1}]}}]}", "1 /o/3/d/l/0[n:1]");
	READS("o[].l[]", "x, o.i", "{\"o\":[{\"i\":1,\"l\":[]},{\"i\":2,\"l\":[]}]}", "");
	READS("o[]", "x", "{\"o\":[]}", "");
	READS("[]", "x", "[]", "");
	READS("o[].l[]", "x", "{\"o\":[{\"i\":1,\"lines\":[]},{\"i\":2}]}",
		"! no record of \"o\" has \"l\", where records should be; the first one has \"i\", \"lines\"");
}

/* ---- documents one a line ---- */

static void documents_may_stand_one_a_line(void)
{
	READS_LINES(NULL, "id", "{\"id\":1}\r\n\r\n  {\"id\":2}\n\n{\"id\":\n3}", "1 1[n:1] 2 3[n:2] 3 5[n:3]");
	READS_LINES("cart[]", "sku, $.id", "{\"id\":1,\"cart\":[{\"sku\":\"a\"},{\"sku\":\"b\"}]}\n{\"cart\":[{\"sku\":\"c\"}],\"id\":2}\n{\"id\":3}\n",
		"1 1/cart/0[t:a|n:1] 2 1/cart/1[t:b|n:1] 3 2/cart/0[t:c|n:2]");
	READS_LINES("[]", "a", "[{\"a\":1},{\"a\":2}]\n[{\"a\":3}]\n[]", "1 1/0[n:1] 2 1/1[n:2] 3 2/0[n:3]");
	READS_LINES(NULL, "id", "{\"id\":1} {\"id\":2}\n",
		"! line 1:10: found a second document in the line, expected the end of the line behind the first");
	READS_LINES(NULL, "id", "{\"id\":1}\n{\"id\":2\n}{\"id\":3}\n",
		"! line 3:2: found a second document in the line, expected the end of the line behind the first");
	READS_LINES(NULL, "id", "{\"id\":1}\n5\n", "! line 2:1: found a number, expected an object: a record");
	READS_LINES(NULL, "id", "[{\"id\":1}]\n",
		"! line 1:1: the document is an array, expected an object: a record (for the records in it, declare \"records\": \"[]\")");
	READS_LINES("l[]", "x", "{\"id\":1,\"ll\":[]}\n{\"id\":2}\n",
		"! no record has \"l\", where records should be; the first document has \"id\", \"ll\"");
	READS_LINES(NULL, "id", " \n", "! line 2:1: found no document, expected one");
}

static void there_is_one_document_where_records_are_named(void)
{
	READS("o[]", "x", "{\"o\":[{\"x\":1}]}\n{\"o\":[]}", "! line 2:1: found a second document behind the first, expected the end of the input "
		"(where each line is a document, declare \"format\": \"ndjson\")");
	READS("o[]", "x", "{\"o\":[{\"x\":1}]} x", "! line 1:17: expected the end of the text behind the document, found \"x\"");
	READS("o[]", "x", "{\"o\":[{\"x\":1}]", "! line 1:15: expected \",\" or \"}\", found the end of the text: the object that begins in line 1, "
		"column 1, is not closed");
}

/* ---- what is wrong ---- */

static void records_that_are_not_there_are_told_with_what_is(void)
{
	READS("orders[]", "x", "{\"order\":[{\"x\":1}],\"count\":1,\"meta\":{\"page\":1}}",
		"! the document has no \"orders\" (did you mean \"order\"?); it has \"order\", \"count\", \"meta.page\"");
	READS("data.orders[]", "x", "{\"data\":{\"order\":[],\"n\":0}}",
		"! the document has no \"data.orders\" (did you mean \"data.order\"?); it has \"data.order\", \"data.n\"");
	READS("orders[]", "x", "{}", "! the document has no \"orders\"; it has no members");
	READS("results[]", "x", "{\"results\":{\"x\":1}}", "! line 1:12: found an object, expected an array: \"records\" is \"results[]\" (at /results)");
	READS("results[]", "x", "{\"results\":null}", "! line 1:12: found null, expected an array: \"records\" is \"results[]\" (at /results)");
	READS("data.o[]", "x", "{\"data\":[{\"o\":1}]}", "! line 1:9: found an array, expected an object: \"records\" is \"data.o[]\" (at /data)");
	READS("o[].l[]", "x", "{\"o\":[{\"l\":[]},{\"l\":\"\"}]}", "! line 1:21: found a text, expected an array: \"records\" is \"o[].l[]\" (at /o/1/l)");
	READS("[]", "x", "{\"x\":1}", "! line 1:1: the document is an object, expected an array: \"records\" is \"[]\"");
	READS("orders[]", "x", "[{\"x\":1}]", "! line 1:1: the document is an array, expected an object with \"orders\": \"records\" is \"orders[]\" "
		"(an array that is the document is \"[]\")");
}

static void records_must_be_objects(void)
{
	READS("[]", "x", "[{\"x\":1},5]", "! line 1:10: found a number, expected an object: a record (at /1)");
	READS("o[].l[]", "x", "{\"o\":[{\"l\":[{},\n null]}]}", "! line 2:2: found null, expected an object: a record (at /o/0/l/1)");
	READS("[]", "x", "[[{\"x\":1}]]", "! line 1:2: found an array, expected an object: a record (at /0)");
}

static void members_that_are_wanted_may_stand_once(void)
{
	READS("[]", "a", "[{\"a\":1,\"b\":1,\"b\":2,\"a\":2}]", "! line 1:21: found \"a\" a second time in its object, expected it once (at /0/a)");
	READS("[]", "a", "[{\"a\":1,\"b\":1,\"b\":2},{\"a\":1,\"\\u0062\":1}]", "1 /0[n:1] 2 /1[n:1]");
	READS("[]", "a.b", "[{\"a\":{\"b\":1},\"\\u0061\":null}]", "! line 1:15: found \"a\" a second time in its object, expected it once (at /0/a)");
	READS("o[]", "x", "{\"o\":[{\"x\":1}],\"o\":[]}", "! line 1:16: found \"o\" a second time in its object, expected it once (at /o)");
}

static void columns_that_are_nowhere_are_told_at_the_end(void)
{
	READS("[]", "id, emial, ?none", "[{\"id\":1,\"email\":2,\"c\":{\"name\":3,\"d\":{\"e\":4}}},{}]", "1 /0[n:1|-|-] 2 /1[-|-|-] ! no record has "
		"\"emial\" for column \"emial\" (did you mean \"email\"?); the first one has \"id\", \"email\", \"c.name\", \"c.d\"");
	READS("o[].l[]", "x|y, o.z.w", "{\"o\":[{\"a\":{\"b\":1},\"l\":[{\"xx\":1}]}]}", "1 /o/0/l/0[-|-] ! no record of \"o\" has \"o.z.w\" for column "
		"\"o.z.w\"; the first one has \"a.b\", \"l\"; no record of \"l\" has \"x\" or \"y\" for column \"x|y\"; the "
		"first one has \"xx\"");
	READS("o[]", "x, $.currency", "{\"o\":[{\"x\":1}],\"curency\":5}", "1 /o/0[n:1|-] ! the document never has \"$.currency\" for column "
		"\"$.currency\" (did you mean \"curency\"?); the first document has \"o\", \"curency\"");
	READS("[]", "a.b, c.0", "[{\"a\":null,\"c\":[]}]", "1 /0[-|-]");
}

/* ---- size ---- */

static void add_members(struct buf *to, int count)
{
	for (int i = 0; i < count; i++)
		buf_printf(to, "\"m%d\":%d,", i, i);
}

static void many_members_cost_nothing(void)
{
	struct buf text = { 0 };
	buf_add(&text, STR("[{"));
	add_members(&text, 100000);
	buf_add(&text, STR("\"x\":1},{"));
	add_members(&text, 100000);
	buf_add(&text, STR("\"x\":2}]"));
	struct asked a;
	struct buf found = { 0 };
	ask(&a, "[]", "x, m99999, m5");
	read_rows(&a, false, buf_str(&text), 100000, 10, &found);
	ASSERT_STR(buf_str(&found), "1 /0[n:1|n:99999|n:5] 2 /1[n:2|n:99999|n:5]");
	arena_release(&a.arena);
	ask(&a, "[]", "y");
	buf_clear(&found);
	read_rows(&a, false, buf_str(&text), 100000, 10, &found);
	CU_ASSERT(str_find(buf_str(&found), STR("\"m19\" and at least 180 more")) > 0);
	arena_release(&a.arena);
	buf_release(&found);
	buf_release(&text);
}

static void long_texts_are_whole(void)
{
	struct buf text = { 0 }, expected = { 0 };
	buf_add(&text, STR("[{\"a\":\""));
	buf_add(&expected, STR("1 /0[t:"));
	for (int i = 0; i < 20000; i++) {
		buf_add(&text, STR("é\\u00e9"));
		buf_add(&expected, STR("éé"));
	}
	buf_add(&text, STR("\"}]"));
	buf_add(&expected, STR("]"));
	check("[]", "a", false, buf_str(&text), buf_text(&expected));
	buf_release(&text);
	buf_release(&expected);
}

/* An array of orders with `more` behind it. */
static struct buf long_document(size_t size, const char *before, const char *more)
{
	struct buf text = { 0 };
	buf_printf(&text, "{%s\"o\":[", before);
	for (int i = 0; text.n < size; i++)
		buf_printf(&text, "%s{\"i\":%d,\"t\":\"%0900d\"}", i ? "," : "", i, 0);
	buf_printf(&text, "]%s}", more);
	return text;
}

#define LONG 300000 /* bytes: more than a batch is to have */

/* Rows whose first cell is that long and whose last one is "end". */
static size_t count_long(const char *records, const char *columns, bool lines, struct str text)
{
	struct asked a;
	struct pieces pieces = { text, 100000, NULL };
	struct json_pull *p = json_pull_open(&(struct json_pull_input){ .next = next_piece, .arg = &pieces, .many = lines });
	struct err e = { 0 };
	struct batch b;
	size_t count = 0;
	ask(&a, records, columns);
	struct json_rows *r = json_rows_open(a.columns, a.count, a.given, lines);
	do {
		batch_init(&b); /* of its own, so that what points into another one is seen */
		CU_ASSERT_EQUAL(json_rows_fill(r, p, &b, 1000, &e), 0);
		size_t rows = b.rows;
		for (size_t i = 0; i < rows; i++)
			count += batch_get(&b, i, 0).n == LONG && str_eq(cell_str(batch_get(&b, i, a.count - 1)), STR("end"));
		batch_release(&b);
		if (rows == 0)
			break;
	} while (true);
	CU_ASSERT_EQUAL(json_rows_missing(r, &e), 0);
	json_rows_close(r);
	json_pull_close(p);
	free(pieces.now);
	arena_release(&a.arena);
	return count;
}

static void add_long(struct buf *to, const char *before, const char *behind)
{
	buf_add(to, str_of(before));
	for (size_t i = 0; i < LONG; i++)
		buf_addc(to, 'x');
	buf_add(to, str_of(behind));
}

/* What a record has before an object within it stands in one batch with what it has behind that. */
static void a_record_is_never_parted(void)
{
	struct buf text = { 0 };
	for (int i = 0; i < 5; i++)
		add_long(&text, "{\"a\":\"", "\",\"o\":{\"x\":{\"y\":1}},\"z\":\"end\"}\n");
	CU_ASSERT_EQUAL(count_long(NULL, "a, o.x.y, z", true, buf_str(&text)), 5);
	buf_clear(&text);
	for (int i = 0; i < 5; i++)
		add_long(&text, i ? ",{\"a\":\"" : "[{\"a\":\"", "\",\"o\":[[1],[2]],\"z\":\"end\"}");
	buf_addc(&text, ']');
	CU_ASSERT_EQUAL(count_long("[]", "a, o.1.0, z", false, buf_str(&text)), 5);
	buf_release(&text);
}

/* However much an outer record has before its first inner one, that is not the end. */
static void long_outer_values_end_nothing(void)
{
	struct buf text = { 0 };
	for (int i = 0; i < 5; i++)
		add_long(&text, i ? ",{\"a\":\"" : "{\"o\":[{\"a\":\"",
			i % 2 ? "\",\"l\":[]}" : "\",\"l\":[{\"z\":\"end\"},{\"z\":\"end\"}]}");
	buf_add(&text, STR("]}"));
	CU_ASSERT_EQUAL(count_long("o[].l[]", "o.a, z", false, buf_str(&text)), 6);
	buf_release(&text);
}

static void what_stands_before_the_records_does_not_make_them_wait(void)
{
	struct asked a;
	struct buf text = long_document(JSON_ROWS_WAIT + (2 << 20), "\"c\":\"EUR\",", "");
	struct pieces pieces = { buf_str(&text), 1 << 20, NULL };
	struct json_pull *p = json_pull_open(&(struct json_pull_input){ .next = next_piece, .arg = &pieces });
	struct err e = { 0 };
	struct batch b;
	size_t rows = 0;
	ask(&a, "o[]", "i, t, $.c");
	struct json_rows *r = json_rows_open(a.columns, a.count, a.given, false);
	batch_init(&b);
	do {
		batch_clear(&b);
		CU_ASSERT_EQUAL_FATAL(json_rows_fill(r, p, &b, 512, &e), 0);
		CU_ASSERT(b.rows <= 512);
		for (size_t i = 0; i < b.rows; i++)
			CU_ASSERT(str_eq(cell_str(batch_get(&b, i, 2)), STR("EUR")));
		rows += b.rows;
	} while (b.rows);
	CU_ASSERT(rows > JSON_ROWS_WAIT / 1000);
	json_rows_close(r);
	json_pull_close(p);
	batch_release(&b);
	free(pieces.now);
	buf_release(&text);
	arena_release(&a.arena);
}

static void not_more_than_a_bound_waits(void)
{
	struct asked a;
	struct buf text = long_document(JSON_ROWS_WAIT + (8 << 20), "", ",\"c\":\"EUR\""), found = { 0 };
	ask(&a, "o[]", "i, t, $.c");
	read_rows(&a, false, buf_str(&text), 1 << 20, 512, &found);
	CU_ASSERT(str_find(buf_str(&found), STR("wait for \"$.c\", which has not come yet, and more than 64 MiB would have to wait")) > 0);
	arena_release(&a.arena);
	buf_clear(&found);
	ask(&a, "$", "o");
	read_rows(&a, false, buf_str(&text), 1 << 20, 512, &found);
	CU_ASSERT(str_find(buf_str(&found), STR("expected a value of at most 64 MiB, found a longer one")) > 0);
	arena_release(&a.arena);
	buf_release(&found);
	buf_release(&text);
}

static void deep_nesting_is_passed_over_or_refused(void)
{
	struct buf text = { 0 };
	buf_add(&text, STR("[{\"a\":"));
	for (int i = 0; i < 126; i++)
		buf_addc(&text, '[');
	for (int i = 0; i < 126; i++)
		buf_addc(&text, ']');
	buf_add(&text, STR(",\"b\":1}]"));
	check("[]", "b", false, buf_str(&text), "1 /0[n:1]");
	buf_clear(&text);
	buf_add(&text, STR("[{\"a\":"));
	for (int i = 0; i < 127; i++)
		buf_addc(&text, '[');
	check("[]", "b", false, buf_str(&text), "! line 1:133: expected at most 128 levels of nesting, found more");
	buf_release(&text);
}

/* ---- what a mapping writes ---- */

static void why_not(const char *text, bool path, const char *expected)
{
	struct arena a;
	struct buf why = { 0 };
	struct records r;
	struct column_path p;
	arena_init(&a, 0);
	CU_ASSERT_FALSE(path ? column_path_parse(str_of(text), &a, &p, &why) : records_parse(str_of(text), &a, &r, &why));
	ASSERT_STR(buf_str(&why), expected);
	buf_release(&why);
	arena_release(&a);
}

static void malformed_records_and_paths_are_refused(void)
{
	static const char expected[] = "found \"orders\", expected the arrays in which the records are, each with [] behind it (\"orders[]\", "
		"\"orders[].lines[]\", \"[]\"), or \"$\" where the document is a record";
	why_not("orders", false, expected);
	why_not("a[].[]", false, "\"a[].[]\" has an array without a name in another; only the document itself may be one");
	why_not("a[][]", false, "found \"[]\" behind [] in \"a[][]\", expected a dot and the next array");
	why_not("a[].", false, "found \".\" behind [] in \"a[].\", expected a dot and the next array");
	why_not("a..b[]", false, "\"a..b\" has nothing between two dots, or before the first or behind the last");
	why_not("", true, "found an empty text, expected a path (\"variant.gtin\")");
	why_not("a.", true, "\"a.\" has nothing between two dots, or before the first or behind the last");
	why_not(".a", true, "\".a\" has nothing between two dots, or before the first or behind the last");
	why_not("a[0]", true, "\"a[0]\" has brackets in it: an element of an array is named by its number, \"images.0\"");
}

static void paths_are_found_in_trees(void)
{
	static const struct { const char *path, *expected; } cases[] = {
		{ "a.b", "1" }, { "a.c.1", "3" }, { "a.c.2", "nothing" }, { "a.c.01", "misled" }, { "a.b.x", "misled" }, { "n.x", "nothing" },
		{ "n", "nothing" }, { "x.y", "nothing" }, { "a.c.x", "misled" }, { "a.0", "4" },
	};
	struct arena a;
	struct err e = { 0 };
	arena_init(&a, 0);
	const struct json *j = json_parse(STR("{\"a\":{\"b\":1,\"c\":[2,3],\"0\":4},\"n\":null}"), "", ERR_INPUT, &a, &e);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct column_path path;
		struct buf why = { 0 };
		bool misled;
		CU_ASSERT_FATAL(column_path_parse(str_of(cases[i].path), &a, &path, &why));
		const struct json *found = column_path_find(&path, j, &misled);
		ASSERT_STR(found ? found->text : misled ? STR("misled") : STR("nothing"), cases[i].expected);
	}
	arena_release(&a);
}

UNIT_SUITE(json_rows, UNIT(values_become_cells_that_keep_their_text), UNIT(paths_lead_into_objects_and_arrays),
	UNIT(the_first_path_that_leads_to_a_value_counts), UNIT(one_value_may_be_wanted_by_several_columns),
	UNIT(a_path_through_a_value_without_members_is_astray), UNIT(outer_values_reach_the_rows_wherever_they_stand),
	UNIT(values_of_one_record_do_not_stay_for_the_next), UNIT(the_document_may_be_the_record),
	UNIT(inner_arrays_may_be_empty_null_or_missing), UNIT(documents_may_stand_one_a_line),
	UNIT(there_is_one_document_where_records_are_named), UNIT(records_that_are_not_there_are_told_with_what_is),
	UNIT(records_must_be_objects), UNIT(members_that_are_wanted_may_stand_once),
	UNIT(columns_that_are_nowhere_are_told_at_the_end), UNIT(many_members_cost_nothing), UNIT(long_texts_are_whole),
	UNIT(a_record_is_never_parted), UNIT(long_outer_values_end_nothing),
	UNIT(what_stands_before_the_records_does_not_make_them_wait), UNIT(not_more_than_a_bound_waits),
	UNIT(deep_nesting_is_passed_over_or_refused), UNIT(malformed_records_and_paths_are_refused),
	UNIT(paths_are_found_in_trees))
