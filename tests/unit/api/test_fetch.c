#include <stdio.h>
#include <unistd.h>

#include "api_script.h"
#include "qonduit/fetch.h"
#include "qonduit/io.h"
#include "unit.h"

#define BASE "https://shop.test/v1"
#define CSV "text/csv; charset=utf-8"

static const struct str order_needs[] = { { "qid", 3 } };
static const struct str catalog_needs[] = { { "GTIN", 4 }, { "Name", 4 } };

static const struct resource orders = { .name = { "orders", 6 }, .method = { "GET", 3 }, .path = { "/orders/", 8 },
	.paged = true, .needs = order_needs, .need_count = 1 };
static const struct resource search = { .name = { "search", 6 }, .method = { "GET", 3 }, .path = { "/orders/", 8 },
	.paged = true, .needs = order_needs, .need_count = 1, .most = 4 };
static const struct resource catalog = { .name = { "catalog", 7 }, .method = { "GET", 3 }, .path = { "/catalog/", 9 },
	.format = RESOURCE_CSV, .needs = catalog_needs, .need_count = 2 };
static const struct resource workbook = { .name = { "book", 4 }, .method = { "GET", 3 }, .path = { "/catalog/", 9 },
	.format = RESOURCE_XLSX };
static const struct resource exported = { .name = { "export", 6 }, .method = { "GET", 3 }, .path = { "/export", 7 },
	.records = { "data.orders", 11 }, .needs = order_needs, .need_count = 1 };
static const struct resource order = { .name = { "order", 5 }, .method = { "GET", 3 }, .path = { "/order/7/", 9 },
	.needs = order_needs, .need_count = 1 };

struct got {
	struct fetched out;
	struct err e;
	char text[4096];
	size_t n;
	char fields[4][32];
	int rc;
	int fd;
};

static void fetch_with(struct shop *s, const struct wanted *w, struct got *g)
{
	*g = (struct got){ 0 };
	struct wanted asked = *w;
	asked.system = &s->system;
	asked.format = w->resource->format;
	asked.paged = w->resource->paged;
	asked.text = STR("shop:things");
	g->fd = io_unnamed_file(&g->e);
	CU_ASSERT_TRUE_FATAL(g->fd >= 0);
	g->rc = fetch(s->session, &asked, g->fd, &s->arena, &g->out, &g->e);
	CU_ASSERT_EQUAL(g->rc == 0, g->e.class == ERR_NONE);
	ssize_t n = pread(g->fd, g->text, sizeof g->text - 1, 0);
	g->n = n > 0 ? (size_t)n : 0;
	if (g->rc == 0)
		CU_ASSERT_EQUAL(g->out.bytes, g->n);
	for (size_t i = 0; i < 4 && i < g->out.field_count; i++)
		snprintf(g->fields[i], sizeof g->fields[0], "%.*s", STR_ARG(g->out.fields[i]));
	close(g->fd);
}

static void play(const struct resource *r, const struct reply *script, struct got *g)
{
	struct shop s;
	shop_open(&s, script, true, false, NULL, 0);
	fetch_with(&s, &(struct wanted){ .resource = r }, g);
	shop_close(&s);
}

static void gives(const struct resource *r, const struct reply *script, const char *expected, struct got *g)
{
	play(r, script, g);
	if (g->rc != 0)
		fprintf(stderr, "\n%s: %s\n", g->e.code, g->e.message);
	CU_ASSERT_EQUAL(g->rc, 0);
	ASSERT_STR(((struct str){ g->text, g->n }), expected);
}

static void fails(const struct resource *r, const struct reply *script, enum err_class class, const char *code,
	const char *words)
{
	struct got g;
	play(r, script, &g);
	CU_ASSERT_EQUAL(g.rc, -1);
	CU_ASSERT_EQUAL(g.e.class, class);
	CU_ASSERT_STRING_EQUAL(g.e.code, code);
	CU_ASSERT_PTR_NOT_NULL(strstr(g.e.message, words));
	if (!strstr(g.e.message, words))
		fprintf(stderr, "\nfound \"%s\", expected \"%s\"\n", g.e.message, words);
	if (class == ERR_INPUT)
		CU_ASSERT_STRING_EQUAL(g.e.file, "shop:things");
}

#define SCRIPT(...) ((const struct reply[]){ __VA_ARGS__, { 0 } })
#define PAGE(count, next, records) "{\"count\":" count ",\"next\":" next ",\"previous\":null,\"results\":[" records "]}"
#define AT(query) "\"" BASE "/orders/?" query "\""

#define NINE "{\"qid\":2},{\"qid\":3},{\"qid\":4},{\"qid\":5},{\"qid\":6},{\"qid\":7},{\"qid\":8},{\"qid\":9},{\"qid\":10}"

/* ---- pages ---- */

static void gives_a_single_page_as_it_came(void)
{
	static const char page[] =
		" { \"count\" : 2,\n\"results\": [ {\"qid\":\"a\",\"n\":1.10E+2} ,{\"qid\":\"b\"} ], \"next\" : null }\n";
	struct got g;
	gives(&orders, SCRIPT(REPLY("GET /orders/", 200, page)), page, &g);
	CU_ASSERT_EQUAL(g.out.records, 2);
	CU_ASSERT_EQUAL(g.out.pages, 1);
	CU_ASSERT_EQUAL(g.out.count, 2);
	CU_ASSERT_EQUAL(g.out.field_count, 2);
	CU_ASSERT_STRING_EQUAL(g.fields[1], "n");
	gives(&orders, SCRIPT(REPLY("GET /orders/", 200, PAGE("0", "null", ""))), PAGE("0", "null", ""), &g);
	CU_ASSERT_EQUAL(g.out.records, 0);
	gives(&orders, SCRIPT(REPLY("GET /orders/", 200, "\xEF\xBB\xBF" PAGE("0", "null", ""))), PAGE("0", "null", ""), &g);
}

static void puts_pages_together_byte_for_byte(void)
{
	struct got g;
	gives(&orders,
		SCRIPT(REPLY("GET /orders/", 200, PAGE("5", AT("page=2"), "{\"qid\":1,\"price\":0.10}, {\"qid\":12345678901234567890}")),
			REPLY("GET /orders/?page=2", 200, PAGE("5", AT("page=3"), " {\"qid\":3,\"t\":\"\\u00e9\\/\"},{\"qid\":1e400} ")),
			REPLY("GET /orders/?page=3", 200, PAGE("5", "null", "{\"qid\":5}"))),
		PAGE("5", "null",
			"{\"qid\":1,\"price\":0.10}, {\"qid\":12345678901234567890},{\"qid\":3,\"t\":\"\\u00e9\\/\"},{\"qid\":1e400},"
			"{\"qid\":5}"),
		&g);
	CU_ASSERT_EQUAL(g.out.pages, 3);
	CU_ASSERT_EQUAL(g.out.records, 5);
}

static void puts_the_count_right_wherever_it_stands(void)
{
	struct got g;
	gives(&orders, SCRIPT(REPLY("GET /orders/", 200, PAGE("9", AT("page=2"), "{\"qid\":1}")),
		REPLY("GET /orders/?page=2", 200, PAGE("2", "null", "{\"qid\":2}"))), /* got fewer: told */
		PAGE("2", "null", "{\"qid\":1},{\"qid\":2}"), &g);
	gives(&orders, SCRIPT(REPLY("GET /orders/", 200, PAGE("10", AT("page=2"), "{\"qid\":1}")),
		REPLY("GET /orders/?page=2", 200, PAGE("2", "null", "{\"qid\":2}"))),
		PAGE("2 ", "null", "{\"qid\":1},{\"qid\":2}"), &g);
	gives(&orders, SCRIPT(REPLY("GET /orders/", 200, PAGE("1", AT("page=2"), "{\"qid\":1}")),
		REPLY("GET /orders/?page=2", 200, PAGE("10", "null", NINE))),
		PAGE("10", "null", "{\"qid\":1}," NINE), &g);
	gives(&orders, SCRIPT(REPLY("GET /orders/", 200, PAGE("\"1\"", AT("page=2"), "{\"qid\":1}")),
		REPLY("GET /orders/?page=2", 200, PAGE("\"10\"", "null", NINE))),
		PAGE("\"10\"", "null", "{\"qid\":1}," NINE), &g);
	gives(&orders, SCRIPT(
		REPLY("GET /orders/", 200, "{\"results\":[{\"qid\":1}],\"x\":[1],\"count\":3,\"next\":" AT("page=2") "}"),
		REPLY("GET /orders/?page=2", 200, PAGE("2", "null", "{\"qid\":2}"))),
		"{\"results\":[{\"qid\":1},{\"qid\":2}],\"x\":[1],\"count\":2,\"next\":null}", &g);
	gives(&orders,
		SCRIPT(REPLY("GET /orders/", 200, "{\"count\":null,\"next\":" AT("page=2") ",\"results\":[{\"qid\":1}]}"),
			REPLY("GET /orders/?page=2", 200, "{\"results\":[{\"qid\":2}]}")),
		"{\"count\":null,\"next\":null,\"results\":[{\"qid\":1},{\"qid\":2}]}", &g);
}

static void finds_a_list_in_an_envelope(void)
{
	struct shop s;
	struct got g;
	shop_open(&s, SCRIPT(REPLY("GET /orders/", 200, "{\"meta\":{\"total\":2,\"more\":\"?page=2\"},\"results\":{\"a\":1}}")), true,
		false, NULL, 0);
	s.system.paging = (struct system_paging){ STR("page"), STR("size"), 0, STR("meta.total"), STR("meta.more"),
		STR("data.list") };
	fetch_with(&s, &(struct wanted){ .resource = &orders }, &g);
	CU_ASSERT_STRING_EQUAL(g.e.code, "fetch.shape");
	CU_ASSERT_STRING_EQUAL(g.e.message, "page 1: the reply has no \"data.list\", found \"meta\", \"results\"");
	s.replies = SCRIPT(REPLY("GET /orders/", 200, "{\"meta\":{\"total\":2,\"more\":\"?page=2\"},\"data\":{\"list\":[{\"qid\":1}]}}"),
		REPLY("GET /orders/?page=2", 200, "{\"data\":{\"list\":[{\"qid\":2}]},\"meta\":{\"total\":2,\"more\":null}}"));
	s.at = 0;
	fetch_with(&s, &(struct wanted){ .resource = &orders }, &g);
	ASSERT_STR(((struct str){ g.text, g.n }),
		"{\"meta\":{\"total\":2,\"more\":null},\"data\":{\"list\":[{\"qid\":1},{\"qid\":2}]}}");
	shop_close(&s);
}

static void follows(const char *base, const char *next, const char *expected)
{
	struct shop s;
	struct got g;
	char page[600];
	struct reply script[] = { REPLY("GET /orders/", 200, page), REPLY(expected, 200, PAGE("2", "null", "{\"qid\":2}")), { 0 } };
	snprintf(page, sizeof page, "{\"count\":2,\"next\":\"%s\",\"results\":[{\"qid\":1}]}", next);
	shop_open(&s, script, true, false, NULL, 0);
	s.connection.base_url = base;
	s.base = base;
	fetch_with(&s, &(struct wanted){ .resource = &orders }, &g);
	CU_ASSERT_EQUAL(g.out.records, expected ? 2 : 1);
	if (!expected) {
		CU_ASSERT_EQUAL(g.e.class, ERR_INPUT);
		CU_ASSERT_STRING_EQUAL(g.e.code, "fetch.next");
		if (g.e.class == ERR_NONE || strcmp(g.e.code, "fetch.next") != 0)
			fprintf(stderr, "\n%s\n", next);
	}
	shop_close(&s);
}

static void follows_next_below_the_base_address_only(void)
{
	static const char *const wrong[] = { "https://evil.test/v1/orders/?page=2", "https://shop.test.evil/v1/orders/?page=2",
		"https://shop.test@evil/v1/orders/?page=2", "ftp://shop.test/v1/orders/?page=2", "//evil/v1/orders/?page=2",
		"https://shop.test/v2/orders/?page=2", "https://shop.test:444/v1/orders/?page=2", "/orders/?page=2",
		"https://shop.test/v1/carts/?page=2", "https://shop.test/v1/orders/../carts/?page=2", "page=2", "javascript:x" };
	follows(BASE, BASE "/orders/?page=2", "GET /orders/?page=2");
	follows(BASE, "http://shop.test/v1/orders/?page=2", "GET /orders/?page=2");
	follows(BASE, "http://SHOP.test:80/v1/orders?page=2&x=%C3%A9#top", NULL);
	follows(BASE, "http://SHOP.test:80/v1/orders/?page=2&x=\xC3\xA9 y#top", "GET /orders/?page=2&x=%C3%A9%20y");
	follows(BASE, "https://shop.test:443/v1/orders/?cursor=a%2Bb", "GET /orders/?cursor=a%2Bb");
	follows(BASE, "/v1/orders/?page=2", "GET /orders/?page=2");
	follows(BASE, "?page=2", "GET /orders/?page=2");
	follows("http://127.0.0.1:8080", "http://127.0.0.1:8080/orders/?page=2", "GET /orders/?page=2");
	follows("http://127.0.0.1:8080", "https://127.0.0.1:8080/orders/?page=2", NULL);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		follows(BASE, wrong[i], NULL);
}

static void asks_again_for_what_next_does_not_repeat(void)
{
	static const struct parameter names[] = { { .name = { "brand", 5 }, .many = true }, { .name = { "size", 4 } },
		{ .name = { "q", 1 } } };
	const struct wanted_pair pairs[] = { { &names[0], STR("brand"), STR("A B") }, { &names[0], STR("brand"), STR("C") },
		{ &names[1], STR("size"), STR("2") }, { &names[2], STR("q"), STR("x") } };
	static const struct resource lists = { .name = { "lists", 5 }, .method = { "GET", 3 }, .path = { "/orders/", 8 },
		.parameters = names, .parameter_count = 3, .paged = true };
	struct shop s;
	struct got g;
	shop_open(&s,
		SCRIPT(REPLY("GET /orders/?brand=A%20B&brand=C&size=2&q=x", 200, PAGE("3", AT("q=y&page=2&brand=C"), "{\"qid\":1}")),
			REPLY("GET /orders/?q=y&page=2&brand=C&brand=A%20B&size=2", 200,
				PAGE("3", AT("brand=A+B&brand=C&page=3&size=2&q=x"), "{\"qid\":2}")),
			REPLY("GET /orders/?brand=A+B&brand=C&page=3&size=2&q=x", 200, PAGE("3", "null", "{\"qid\":3}"))),
		true, false, NULL, 0);
	fetch_with(&s, &(struct wanted){ .resource = &lists, .pairs = pairs, .pair_count = 4 }, &g);
	CU_ASSERT_EQUAL(g.rc, 0);
	shop_close(&s);
}

static void refuses_pages_that_come_again(void)
{
	fails(&orders, SCRIPT(REPLY("GET /orders/", 200, PAGE("9", AT("page=2"), "{\"qid\":1}")),
		REPLY("GET /orders/?page=2", 200, PAGE("9", AT("page=2"), "{\"qid\":2}"))), ERR_INPUT, "fetch.loop", "page 2");
	fails(&orders, SCRIPT(REPLY("GET /orders/", 200, PAGE("9", AT("page=2"), "{\"qid\":1}")),
		REPLY("GET /orders/?page=2", 200, PAGE("9", AT("page=3"), "{\"qid\":2}")),
		REPLY("GET /orders/?page=3", 200, PAGE("9", AT("page=2"), "{\"qid\":3}"))), ERR_INPUT, "fetch.loop", "page 3");
	fails(&orders,
		SCRIPT(REPLY("GET /orders/", 200, PAGE("9", AT("page=2"), "{\"qid\":1}")),
			REPLY("GET /orders/?page=2", 200, PAGE("9", AT("page=3"), "{\"qid\":2}")),
			REPLY("GET /orders/?page=3", 200, PAGE("9", AT("page=4"), "{\"qid\":1}"))),
		ERR_INPUT, "fetch.repeated", "page 3");
	fails(&orders, SCRIPT(REPLY("GET /orders/", 200, PAGE("9", AT("page=2"), "{\"qid\":1}")),
		REPLY("GET /orders/?page=2", 200, PAGE("9", AT("page=3"), ""))), ERR_INPUT, "fetch.empty_page", "page 2");
}

static void refuses_counts_that_lie(void)
{
	fails(&orders, SCRIPT(REPLY("GET /orders/", 200, PAGE("3", AT("page=2"), "{\"qid\":1}")),
		REPLY("GET /orders/?page=2", 200, PAGE("3", "null", "{\"qid\":2}"))), ERR_INPUT, "fetch.count",
		"there are 3 records and gave 2");
	fails(&orders, SCRIPT(REPLY("GET /orders/", 200, PAGE("1", "null", ""))), ERR_INPUT, "fetch.count", "1 records and gave 0");
	fails(&orders,
		SCRIPT(REPLY("GET /orders/", 200, PAGE("1", AT("page=2"), "{\"qid\":1}")),
			REPLY("GET /orders/?page=2", 200, PAGE("1", AT("page=3"), "{\"qid\":2}"))),
		ERR_INPUT, "fetch.count", "by page 2");
	fails(&orders, SCRIPT(REPLY("GET /orders/", 200, PAGE("-1", "null", "{\"qid\":1}"))), ERR_INPUT, "fetch.count",
		"page 1: \"count\" is -1, expected a whole number");
	fails(&orders, SCRIPT(REPLY("GET /orders/", 200, PAGE("1e30", "null", "{\"qid\":1}"))), ERR_INPUT, "fetch.count", "1e30");
	fails(&orders, SCRIPT(REPLY("GET /orders/", 200, PAGE("99999999999999999999", "null", "{\"qid\":1}"))), ERR_INPUT,
		"fetch.count", "99999999999999999999");
	fails(&orders, SCRIPT(REPLY("GET /orders/", 200, PAGE("\"many\"", "null", "{\"qid\":1}"))), ERR_INPUT, "fetch.count", "many");
	fails(&orders, SCRIPT(REPLY("GET /orders/", 200, PAGE("{}", "null", "{\"qid\":1}"))), ERR_INPUT, "fetch.count", "an object");
}

static void takes_a_list_that_changes_meanwhile(void)
{
	struct got g;
	gives(&orders,
		SCRIPT(REPLY("GET /orders/", 200, PAGE("3", AT("page=2"), "{\"qid\":3},{\"qid\":2}")), /* one more, in front */
			REPLY("GET /orders/?page=2", 200, PAGE("4", "null", "{\"qid\":2},{\"qid\":1}"))),
		PAGE("4", "null", "{\"qid\":3},{\"qid\":2},{\"qid\":2},{\"qid\":1}"), &g);
	CU_ASSERT_EQUAL(g.out.repeated, 1);
	gives(&orders, SCRIPT(REPLY("GET /orders/", 200, PAGE("3", AT("page=2"), "{\"qid\":3},{\"qid\":2}")),
		REPLY("GET /orders/?page=2", 200, PAGE("2", "null", "{\"qid\":1}"))),
		PAGE("3", "null", "{\"qid\":3},{\"qid\":2},{\"qid\":1}"), &g);
	CU_ASSERT_EQUAL(g.out.repeated, 0);
}

static void says_what_a_resource_never_gives(void)
{
	struct got g;
	gives(&search, SCRIPT(REPLY("GET /orders/", 200, PAGE("9", AT("page=2"), "{\"qid\":1},{\"qid\":2}")),
		REPLY("GET /orders/?page=2", 200, PAGE("9", AT("page=3"), "{\"qid\":3},{\"qid\":4}"))),
		PAGE("4", "null", "{\"qid\":1},{\"qid\":2},{\"qid\":3},{\"qid\":4}"), &g);
	CU_ASSERT_EQUAL(g.out.missing, 5);
	CU_ASSERT_EQUAL(g.out.count, 9);
	gives(&search, SCRIPT(REPLY("GET /orders/", 200, PAGE("9", AT("page=2"), "{\"qid\":1},{\"qid\":2},{\"qid\":3}")),
		REPLY("GET /orders/?page=2", 400, "{\"message\":\"too deep\"}")),
		PAGE("3", "null", "{\"qid\":1},{\"qid\":2},{\"qid\":3}"), &g);
	CU_ASSERT_EQUAL(g.out.missing, 6);
	gives(&search, SCRIPT(REPLY("GET /orders/", 200, PAGE("4", "null", "{\"qid\":1},{\"qid\":2},{\"qid\":3},{\"qid\":4}"))),
		PAGE("4", "null", "{\"qid\":1},{\"qid\":2},{\"qid\":3},{\"qid\":4}"), &g);
	CU_ASSERT_EQUAL(g.out.missing, 0);
	fails(&search, SCRIPT(REPLY("GET /orders/", 200, PAGE("9", AT("page=2"), "{\"qid\":1}")),
		REPLY("GET /orders/?page=2", 400, "{\"message\":\"bad\"}")), ERR_INPUT, "fetch.refused", "400: bad");
	fails(&search, SCRIPT(REPLY("GET /orders/", 200, PAGE("3", "null", "{\"qid\":1}"))), ERR_INPUT, "fetch.count", "gave 1");
}

static void refuses_pages_that_are_none(void)
{
	static const struct { const char *body, *type, *code, *words;
	} wrong[] = {
		{ "<!doctype html><title>Login</title>", "text/html", "fetch.format", "HTML" },
		{ "<html>", NULL, "fetch.format", "HTML" },
		{ "", NULL, "fetch.format", "nothing" },
		{ "{\"count\":1,\"next\":null,\"results\":[{\"qid\":1}", NULL, "json.unclosed", "page 2, line 1" },
		{ PAGE("1", "null", "{\"qid\":1}") "x", NULL, "json.syntax", "behind the document" },
		{ PAGE("1", "null", "1"), NULL, "fetch.shape", "record 1 is a number" },
		{ PAGE("1", "null", "{\"id\":1,\"price\":2}"), NULL, "fetch.needs",
			"no member of a record is called \"qid\" (the nearest is \"id\"): found \"id\", \"price\"" },
		{ "{\"count\":1,\"results\":null}", NULL, "fetch.shape", "\"results\" is null" },
		{ "{\"results\":[],\"results\":[]}", NULL, "fetch.shape", "twice" },
		{ "[]", NULL, "fetch.shape", "an array" },
		{ "{\"detail\":\"x\"}", NULL, "fetch.shape", "found \"detail\"" },
		{ PAGE("1", "7", "{\"qid\":1}"), NULL, "fetch.next", "a number" },
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		fails(&orders, SCRIPT(REPLY("GET /orders/", 200, PAGE("9", AT("page=2"), "{\"qid\":0}")),
			{ .asked = "GET /orders/?page=2", .status = 200, .body = wrong[i].body, .type = wrong[i].type }), ERR_INPUT,
			wrong[i].code, wrong[i].words);
}

static void says_what_the_server_says(void)
{
	fails(&orders, SCRIPT(REPLY("GET /orders/", 404, "{\"code\":\"gone\",\"message\":\"No orders\"}")), ERR_INPUT,
		"fetch.refused", "404 gone: No orders");
	fails(&catalog, SCRIPT(REPLY("GET /catalog/", 400, "{\"brand\":[\"Unknown.\"]}")), ERR_INPUT, "fetch.refused", "brand: Unknown.");
	fails(&orders, SCRIPT(REPLY("GET /orders/", 403, "{\"message\":\"Not yours\"}")), ERR_CREDENTIALS, "credentials.refused",
		"Not yours");
	fails(&orders, SCRIPT(REPLY("GET /orders/", 401, "")), ERR_CREDENTIALS, "credentials.refused", "SHOP_TOKEN");
	fails(&orders, SCRIPT(REPLY("GET /orders/", 302, "")), ERR_DELIVERY, "fetch.status", "redirect");
	fails(&orders, SCRIPT(REPLY("GET /orders/", 202, "{}")), ERR_DELIVERY, "fetch.status", "202");
	fails(&catalog, SCRIPT(REPLY("GET /catalog/", 206, "GTIN,Name\n")), ERR_DELIVERY, "fetch.status", "206");
}

/* ---- one reply ---- */

#define FILE_OF(text) { .asked = "GET /catalog/", .status = 200, .body = (text), .type = CSV }

static void takes_csv_that_is_whole(void)
{
	static const char text[] = "\xEF\xBB\xBF\"GTIN\",Name\r\n1,\"a \"\"b\"\"\nc\"\r\n\r\n2,d";
	struct got g;
	gives(&catalog, SCRIPT(FILE_OF(text)), text, &g);
	CU_ASSERT_EQUAL(g.out.records, 2);
	CU_ASSERT_EQUAL(g.out.field_count, 2);
	CU_ASSERT_STRING_EQUAL(g.fields[0], "GTIN");
	gives(&catalog, SCRIPT(FILE_OF("GTIN,Name\n")), "GTIN,Name\n", &g);
	CU_ASSERT_EQUAL(g.out.records, 0);
	gives(&catalog, SCRIPT(FILE_OF("")), "", &g);
	CU_ASSERT_EQUAL(g.out.records, 0);
	gives(&catalog, SCRIPT(FILE_OF("\n")), "\n", &g);
	gives(&catalog, SCRIPT({ .asked = "GET /catalog/", .body = "GTIN,Name\n1,2\n3,4\n", .end = EXCHANGE_UNKNOWN },
		FILE_OF("GTIN,Name\n1,2\n")), "GTIN,Name\n1,2\n", &g);
	CU_ASSERT_EQUAL(g.out.records, 1);
}

static void refuses_csv_that_is_cut(void)
{
	struct got g;
	fails(&catalog, SCRIPT(FILE_OF("GTIN,Name\n1,2\n3,\"half")), ERR_INPUT, "fetch.cut", "begins in line 3");
	fails(&catalog, SCRIPT(FILE_OF("GTIN,Name\n1,2\n\n3")), ERR_INPUT, "fetch.cut", "1 fields, expected the 2");
	fails(&catalog, SCRIPT(FILE_OF("GTI")), ERR_INPUT, "fetch.needs", "\"GTIN\"");
	fails(&catalog, SCRIPT(FILE_OF("GTIN,Name\n\"1\"x,2\n")), ERR_INPUT, "csv.text_after_quote", "");
	play(&orders, SCRIPT(REPLY("GET /orders/", 200, PAGE("1", "null", "{\"id\":1}"))), &g);
	CU_ASSERT_EQUAL(g.rc, -1);
	CU_ASSERT_STRING_EQUAL(g.fields[0], "id"); /* for those who know what there was before */
	play(&catalog, SCRIPT(FILE_OF("GTIN,Name\n1,2\n\n3")), &g);
	CU_ASSERT_EQUAL(g.e.row, 4);
}

static void refuses_what_is_no_csv(void)
{
	static const struct reply wrong[] = {
		{ .asked = "GET /catalog/", .status = 200, .body = "<html><body>Maintenance, \"soon", .type = "text/html" },
		{ .asked = "GET /catalog/", .status = 200, .body = " \n<?xml version=\"1.0\"?>", .type = CSV },
		{ .asked = "GET /catalog/", .status = 200, .body = "{\"message\":\"later\"}", .type = CSV },
		{ .asked = "GET /catalog/", .status = 200, .body = "GTIN,Name\n", .type = "application/json" },
		{ .asked = "GET /catalog/", .status = 200, .body = "PK\3\4....", .type = CSV },
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		fails(&catalog, (struct reply[]){ wrong[i], { 0 } }, ERR_INPUT, "fetch.format", "expected CSV");
	fails(&catalog, SCRIPT(FILE_OF("EAN,Name\n1,2\n")), ERR_INPUT, "fetch.needs",
		"no column is called \"GTIN\": found \"EAN\", \"Name\"");
}

static void judges_workbooks_by_their_directory(void)
{
	static const char empty_zip[] = "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
	static const char one_part[] = "PK\3\4\24\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0a"
		"PK\1\2\24\0\24\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0a"
		"PK\5\6\0\0\0\0\1\0\1\0\57\0\0\0\37\0\0\0\0";
	struct got g;
	play(&workbook, SCRIPT({ .asked = "GET /catalog/", .status = 200, .body = one_part, .length = sizeof one_part }), &g);
	CU_ASSERT_EQUAL(g.rc, 0);
	if (g.rc)
		fprintf(stderr, "\n%s\n", g.e.message);
	play(&workbook, SCRIPT({ .asked = "GET /catalog/", .status = 200, .body = one_part, .length = sizeof one_part - 5 }), &g);
	CU_ASSERT_EQUAL(g.e.class, ERR_INPUT);
	fails(&workbook, SCRIPT({ .asked = "GET /catalog/", .status = 200, .body = empty_zip, .length = sizeof empty_zip }), ERR_INPUT,
		"fetch.format", "expected a workbook");
	fails(&workbook, SCRIPT(REPLY("GET /catalog/", 200, "")), ERR_INPUT, "fetch.format", "nothing");
	fails(&workbook, SCRIPT(REPLY("GET /catalog/", 200, "GTIN,Name\n")), ERR_INPUT, "fetch.format", "something else");
}

static void checks_json_that_is_not_paged(void)
{
	static const char list[] = "{\"status\":\"success\",\"data\":{\"orders\":[{\"qid\":1.0},{\"qid\":2}],\"n\":2}}\n";
	struct got g;
	gives(&exported, SCRIPT(REPLY("GET /export", 200, list)), list, &g);
	CU_ASSERT_EQUAL(g.out.records, 2);
	gives(&exported, SCRIPT(REPLY("GET /export", 200, "{\"data\":{\"orders\":[]}}")), "{\"data\":{\"orders\":[]}}", &g);
	gives(&order, SCRIPT(REPLY("GET /order/7/", 200, "{\"qid\":7}")), "{\"qid\":7}", &g);
	CU_ASSERT_EQUAL(g.out.records, 1);
	CU_ASSERT_STRING_EQUAL(g.fields[0], "qid");
	gives(&order, SCRIPT(REPLY("GET /order/7/", 200, "[{\"qid\":7},{}]")), "[{\"qid\":7},{}]", &g);
	CU_ASSERT_EQUAL(g.out.records, 2);
	fails(&exported, SCRIPT(REPLY("GET /export", 200, "{\"data\":{\"orders\":[{\"qid\":1}")), ERR_INPUT, "json.unclosed", "");
	fails(&exported, SCRIPT(REPLY("GET /export", 200, "{\"data\":{}}")), ERR_INPUT, "fetch.shape", "no \"data.orders\"");
	fails(&exported, SCRIPT(REPLY("GET /export", 200, "{\"data\":{\"orders\":{\"n\":1}}}")), ERR_INPUT, "fetch.shape",
		"\"data.orders\" is an object, expected a list of records");
	fails(&exported, SCRIPT(REPLY("GET /export", 200, "{\"code\":\"E1\",\"message\":\"No\",\"data\":{\"orders\":null}}")), ERR_INPUT,
		"fetch.shape", "\"data.orders\" is null, expected a list of records, but says: E1: No");
	fails(&exported, SCRIPT(REPLY("GET /export", 200, "{\"code\":\"E1\"}")), ERR_INPUT, "fetch.shape",
		"no \"data.orders\", found \"code\", but says: E1");
	fails(&order, SCRIPT(REPLY("GET /order/7/", 200, "{}")), ERR_INPUT, "fetch.needs", "\"qid\": found none");
	fails(&order, SCRIPT(REPLY("GET /order/7/", 200, "7")), ERR_INPUT, "fetch.shape", "a number");
	fails(&order, SCRIPT(REPLY("GET /order/7/", 200, "")), ERR_INPUT, "fetch.format", "nothing");
}

static void hears_a_word_that_says_no(void)
{
	static const struct str words[] = { { "success", 7 }, { NULL, 0 } };
	struct shop s;
	struct got g;
	shop_open(&s,
		SCRIPT(REPLY("GET /export", 200,
			       "{\"status\":\"error\",\"code\":\"E1\",\"message\":\"No such account\",\"data\":{\"orders\":[]}}"),
			REPLY("GET /export", 200, "{\"status\":\"error\",\"data\":{\"orders\":{\"why\":\"No such account\"}}}"),
			REPLY("GET /export", 200, "{\"status\":\"Success\",\"data\":{\"orders\":[]}}")),
		true, false, NULL, 0);
	s.system.ok = STR("status");
	s.system.ok_words = words;
	fetch_with(&s, &(struct wanted){ .resource = &exported }, &g);
	CU_ASSERT_EQUAL(g.e.class, ERR_INPUT);
	CU_ASSERT_STRING_EQUAL(g.e.message, "the reply's \"status\" does not say \"success\": E1: No such account");
	s.system.error_message = STR("data.orders.why"); /* where the list would stand */
	fetch_with(&s, &(struct wanted){ .resource = &exported }, &g);
	CU_ASSERT_STRING_EQUAL(g.e.message, "the reply's \"status\" does not say \"success\": No such account");
	fetch_with(&s, &(struct wanted){ .resource = &exported }, &g);
	CU_ASSERT_EQUAL(g.rc, 0);
	shop_close(&s);
}

static void renews_a_token_between_pages(void)
{
	struct shop s;
	struct got g;
	shop_open(&s, SCRIPT(REPLY("POST /auth/login/", 200, "{\"accessToken\":\"one1\"}"),
		REPLY("GET /orders/", 200, PAGE("2", AT("page=2"), "{\"qid\":1}")), REPLY("GET /orders/?page=2", 401, ""),
		REPLY("POST /auth/refresh/", 200, "{\"accessToken\":\"two2\"}"),
		REPLY("GET /orders/?page=2", 200, PAGE("2", "null", "{\"qid\":2}"))), false, true, NULL, 0);
	fetch_with(&s, &(struct wanted){ .resource = &orders }, &g);
	CU_ASSERT_EQUAL(g.rc, 0);
	ASSERT_STR(((struct str){ g.text, g.n }), PAGE("2", "null", "{\"qid\":1},{\"qid\":2}"));
	CU_ASSERT_STRING_EQUAL(s.headers[1], "Authorization: Bearer one1");
	CU_ASSERT_STRING_EQUAL(s.headers[4], "Authorization: Bearer two2");
	shop_close(&s);
}

UNIT_SUITE(fetch, UNIT(gives_a_single_page_as_it_came), UNIT(puts_pages_together_byte_for_byte),
	UNIT(puts_the_count_right_wherever_it_stands), UNIT(finds_a_list_in_an_envelope),
	UNIT(follows_next_below_the_base_address_only), UNIT(asks_again_for_what_next_does_not_repeat),
	UNIT(refuses_pages_that_come_again), UNIT(refuses_counts_that_lie), UNIT(takes_a_list_that_changes_meanwhile),
	UNIT(says_what_a_resource_never_gives), UNIT(refuses_pages_that_are_none), UNIT(says_what_the_server_says),
	UNIT(takes_csv_that_is_whole), UNIT(refuses_csv_that_is_cut), UNIT(refuses_what_is_no_csv),
	UNIT(judges_workbooks_by_their_directory), UNIT(checks_json_that_is_not_paged), UNIT(hears_a_word_that_says_no),
	UNIT(renews_a_token_between_pages))
