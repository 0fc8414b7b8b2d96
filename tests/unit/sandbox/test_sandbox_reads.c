#include <stdio.h>

#include "ask.h"
#include "unit.h"

static const char orders[] = "/orders/", catalog[] = "/variants/search/download/", refresh[] = "/auth/refresh/",
	login[] = "/auth/login/", credentials[] = "{\"email\":\"a@b.pl\",\"password\":\"p\"}", export[] = "/api/v1/orders/export";

static size_t count_of(const struct ask *a, const char *text)
{
	size_t n = 0;
	struct str rest = ask_body(a), what = str_of(text);
	for (ptrdiff_t at; (at = str_find(rest, what)) >= 0; n++)
		rest = str_from(rest, (size_t)at + what.n);
	return n;
}

static void orders_come_in_pages_that_lead_to_each_other(void)
{
	static const struct { const char *query; const char *start; size_t records; } cases[] = {
		{ "", "{\"count\":25,\"next\":\"http://127.0.0.1:1/orders/?page=2\",\"previous\":null,", 10 },
		{ "page=3", "{\"count\":25,\"next\":null,\"previous\":\"http://127.0.0.1:1/orders/?page=2\",", 5 },
		{ "status=FINANCED&size=3", "{\"count\":8,\"next\":\"http://127.0.0.1:1/orders/?status=FINANCED&size=3&page=2\",", 3 },
		{ "status=PAID&status=FINANCED&size=100", "{\"count\":25,\"next\":null,", 25 },
		{ "status=PAID,FINANCED&size=100", "{\"count\":25,\"next\":null,", 25 },
		{ "status=PAI", "{\"count\":0,\"next\":null,\"previous\":null,\"results\":[]}", 0 },
		{ "fid=QX0007", "{\"count\":1,", 1 },
		{ "search=qx0007", "{\"count\":1,", 1 },
	};
	struct ask a = { 0 };
	ask_open(&a);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CU_ASSERT_EQUAL(ask_get(&a, orders, cases[i].query), 200);
		CU_ASSERT(str_starts(ask_body(&a), str_of(cases[i].start)));
		CU_ASSERT_EQUAL(count_of(&a, "\"submittedAt\""), cases[i].records);
	}
	CU_ASSERT_EQUAL(ask_get(&a, orders, "page=4"), 404);
	ask_get(&a, orders, "order=-submittedAt&size=1");
	CU_ASSERT(ask_says(&a, "\"QX0001\""));
	ask_get(&a, orders, "order=submittedAt&size=1");
	CU_ASSERT(ask_says(&a, "\"QX0025\""));
	a.proto = "https";
	ask_get(&a, orders, "");
	CU_ASSERT(ask_says(&a, "\"next\":\"https://127.0.0.1:1/orders/?page=2\""));
	ask_close(&a);
}

static void an_order_is_found_by_its_qid_alone(void)
{
	struct ask a = { 0 };
	ask_open(&a);
	CU_ASSERT_EQUAL(ask_get(&a, "/orders/00000001-0005-4000-8000-000000000000/", ""), 200);
	CU_ASSERT(ask_says(&a, "\"QX0001\""));
	CU_ASSERT_EQUAL(ask_get(&a, "/orders/00000001-0005-4000-8000-000000000000/lines/", ""), 200);
	CU_ASSERT(str_starts(ask_body(&a), STR("{\"count\":3,")));
	CU_ASSERT_EQUAL(ask_get(&a, "/orders/00000001-0005-4000-8000-000000000000/sales/", "status=SHIPPED"), 200);
	CU_ASSERT(ask_says(&a, "{\"count\":1,"));
	CU_ASSERT_EQUAL(ask_get(&a, "/orders/00000001-0005-4000-8000-000000000000/", "format=xlsx"), 200);
	CU_ASSERT(str_starts(ask_body(&a), STR("PK\x03\x04")));
	static const char *const nowhere[] = { "/orders/x/", "/orders/%30/", "/orders//", "/orders/1/2/",
		"/orders/00000001-0005-4000-8000-000000000000", "/orders/00000001-0005-4000-8000-000000000000/lines" };
	for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++)
		CU_ASSERT_EQUAL(ask_get(&a, nowhere[i], ""), 404);
	ask_close(&a);
}

static void the_faults_of_paging_are_what_they_are_called(void)
{
	static const struct { const char *fault, *query, *start; size_t records; } cases[] = {
		{ "orders:next-loops", "page=2", "{\"count\":25,\"next\":\"http://127.0.0.1:1/orders/?page=2\",", 10 },
		{ "orders:next-other-host", "", "{\"count\":25,\"next\":\"http://other.example/orders/?page=2\",", 10 },
		{ "orders:next-https", "", "{\"count\":25,\"next\":\"https://127.0.0.1:1/orders/?page=2\",", 10 },
		{ "orders:count-lies", "page=3", "{\"count\":26,\"next\":null,", 5 },
		{ "orders:page-short", "page=3", "{\"count\":25,", 4 },
		{ "orders:page-shrinks", "page=3", "{\"count\":24,", 4 },
		{ "orders:page-grows", "page=3", "{\"count\":26,", 6 },
		{ "orders:page-repeats", "page=2", "{\"count\":25,", 10 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ask a = { .faults = { cases[i].fault } };
		CU_ASSERT_FATAL(ask_open(&a));
		ask_get(&a, orders, cases[i].query);
		CU_ASSERT(str_starts(ask_body(&a), str_of(cases[i].start)));
		CU_ASSERT_EQUAL(count_of(&a, "\"submittedAt\""), cases[i].records);
		ask_close(&a);
	}
	struct ask a = { .faults = { "orders:page-repeats", "orders:header-renamed" } };
	ask_open(&a);
	ask_get(&a, orders, "page=2&size=1");
	CU_ASSERT(ask_says(&a, "\"QX0001\""));
	CU_ASSERT(ask_says(&a, "\"results\":[{\"qid_renamed\":\"00000001-"));
	ask_close(&a);
}

static void the_catalog_is_chosen_from_by_the_query(void)
{
	static const struct { const char *query; size_t rows; } cases[] = {
		{ "", 200 }, { "page=1&size=10", 200 }, { "brand_name=aurika", 17 }, { "brand_name=Aurika&brand_name=ori+%26+co", 33 },
		{ "category_name=face-care", 25 }, { "category_name=Face%20Care", 25 }, { "category_name=face", 0 },
		{ "stock_availability=in_stock", 195 }, { "stock_availability=out_of_stock", 5 }, { "cart_allocation_qid=KQ4TZ", 40 },
	};
	struct ask a = { 0 };
	ask_open(&a);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CU_ASSERT_EQUAL(ask_get(&a, catalog, cases[i].query), 200);
		CU_ASSERT(str_starts(ask_body(&a), STR("GTIN,Name,Category,Brand,€ ")));
		CU_ASSERT_EQUAL(count_of(&a, "\n"), cases[i].rows + 1);
	}
	ask_close(&a);
}

static void a_catalog_may_be_cut_and_called_otherwise(void)
{
	struct ask a = { .faults = { "1@catalog:cut-csv", "2@catalog:header-renamed", "3@catalog:truncate" } };
	ask_open(&a);
	ask_get(&a, catalog, "");
	CU_ASSERT(str_ends(ask_body(&a), STR(",")));
	CU_ASSERT(ask_body(&a).n > 10000);
	ask_get(&a, catalog, "");
	CU_ASSERT(str_starts(ask_body(&a), STR("GTIN_renamed,Name,")));
	size_t whole = ask_body(&a).n - 8;
	ask_get(&a, catalog, "");
	CU_ASSERT_EQUAL(ask_body(&a).n, whole / 2);
	ask_close(&a);
}

static void downloads_are_limited_in_fifteen_windows(void)
{
	struct ask a = { .setup = { .catalog_limit = 5, .window_ms = 1000 } };
	ask_open(&a);
	for (int i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(ask_any(&a, i * 1000, "GET", catalog, "", (struct str){ 0 }), 200);
	CU_ASSERT_EQUAL(ask_any(&a, 14001, "GET", catalog, "", (struct str){ 0 }), 429);
	ASSERT_STR(str_of(a.reply.retry_after), "1");
	ASSERT_STR(ask_body(&a), "{\"message\":\"Request was throttled. Expected available in 1 seconds.\"}");
	CU_ASSERT_EQUAL(ask_any(&a, 15000, "GET", catalog, "", (struct str){ 0 }), 200);
	CU_ASSERT_EQUAL(ask_any(&a, 15001, "GET", catalog, "", (struct str){ 0 }), 429);
	ask_close(&a);
}

static void a_search_gives_ten_thousand_at_most(void)
{
	struct ask a = { .setup = { .products = 10500 } };
	ask_open(&a);
	ask_get(&a, "/search/offers/", "size=1000&page=10");
	CU_ASSERT(str_starts(ask_body(&a), STR("{\"count\":10500,\"next\":null,")));
	CU_ASSERT_EQUAL(count_of(&a, "\"gtin\""), 1000);
	CU_ASSERT_EQUAL(ask_get(&a, "/search/offers/", "size=1000&page=11"), 404);
	ask_close(&a);
}

/* "refreshToken=…" of the reply's cookie. */
static void keep_cookie(const struct ask *a, char to[100])
{
	struct str rest;
	snprintf(to, 100, "%.*s", STR_ARG(str_cut(a->reply.cookie, ';', &rest)));
}

static void keep_token(const struct ask *a, char to[100])
{
	struct str rest, text = str_from(ask_body(a), 16);
	snprintf(to, 100, "Bearer %.*s", STR_ARG(str_cut(text, '"', &rest)));
}

static void a_cookie_is_good_for_one_refresh(void)
{
	char first[100], second[100], token[100];
	struct ask a = { .setup = { .token = "p" } };
	ask_open(&a);
	a.authorization = "";
	CU_ASSERT_EQUAL(ask_post(&a, refresh, ""), 401);
	CU_ASSERT_EQUAL(ask_post(&a, login, credentials), 200);
	CU_ASSERT(str_find(a.reply.cookie, STR("; HttpOnly")) > 0);
	keep_cookie(&a, first);
	a.cookie = first;
	CU_ASSERT_EQUAL(ask_post(&a, refresh, ""), 200);
	keep_cookie(&a, second);
	keep_token(&a, token);
	CU_ASSERT_EQUAL(ask_post(&a, refresh, ""), 401);
	a.cookie = second;
	CU_ASSERT_EQUAL(ask_post(&a, refresh, ""), 200);
	a.authorization = token;
	CU_ASSERT_EQUAL(ask_get(&a, orders, ""), 200);
	ask_close(&a);
}

static void tokens_end_with_their_life_or_by_a_fault(void)
{
	char token[100];
	struct ask a = { .setup = { .token_life_ms = 1000 }, .faults = { "3@orders:expire-token" } };
	ask_open(&a);
	ask_any(&a, 0, "POST", login, "", str_of(credentials));
	keep_token(&a, token);
	a.authorization = token;
	CU_ASSERT_EQUAL(ask_any(&a, 999, "GET", orders, "", (struct str){ 0 }), 200);
	CU_ASSERT_EQUAL(ask_any(&a, 1000, "GET", orders, "", (struct str){ 0 }), 401);
	ask_any(&a, 2000, "POST", login, "", str_of(credentials));
	keep_token(&a, token);
	CU_ASSERT_EQUAL(ask_any(&a, 2001, "GET", orders, "", (struct str){ 0 }), 401);
	CU_ASSERT_EQUAL(ask_any(&a, 2002, "GET", catalog, "", (struct str){ 0 }), 401);
	ask_close(&a);
}

static void logins_are_limited(void)
{
	struct ask a = { .setup = { .login_limit = 2 } };
	ask_open(&a);
	CU_ASSERT_EQUAL(ask_post(&a, login, credentials), 200);
	CU_ASSERT_EQUAL(ask_post(&a, login, "{}"), 400);
	CU_ASSERT_EQUAL(ask_post(&a, login, credentials), 429);
	ASSERT_STR(str_of(a.reply.retry_after), "60");
	CU_ASSERT_EQUAL(ask_get(&a, orders, ""), 200);
	ask_close(&a);
}

static void exports_are_refused_word_for_word(void)
{
	static const struct { const char *query; unsigned status; const char *reply; } cases[] = {
		{ "", 400, "{\"error\":{\"code\":\"missing_account_id\",\"message\":\"account_id is required\",\"status\":400}}" },
		{ "account_id=1&n_days=0", 400, "{\"error\":{\"code\":\"invalid_n_days\",\"message\":\"n_days must be a positive integer\","
			"\"status\":400}}" },
		{ "account_id=1&n_days=-1", 400, "{\"error\":{\"code\":\"invalid_n_days\"" },
		{ "account_id=1&status=Open", 400, "{\"error\":{\"code\":\"invalid_status\",\"message\":\"status must be one of: open, "
			"approved, cancelled\",\"status\":400}}" },
		{ "account_id=2", 404, "{\"error\":{\"code\":\"account_not_found\",\"message\":\"Account not found\",\"status\":404}}" },
	};
	struct ask a = { .setup = { .account = "1" } };
	ask_open(&a);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CU_ASSERT_EQUAL(ask_any(&a, (int64_t)i * 60000, "GET", export, cases[i].query, (struct str){ 0 }), cases[i].status);
		CU_ASSERT(str_starts(ask_body(&a), str_of(cases[i].reply)));
	}
	ask_close(&a);
}

static void exports_are_of_some_days_and_limited_apart_from_imports(void)
{
	static const struct { const char *query; size_t orders; } cases[] = {
		{ "account_id=1", 15 }, { "account_id=1&n_days=1", 3 }, { "account_id=1&n_days=99999999999", 25 },
		{ "account_id=1&n_days=99&status=cancelled", 8 }, { "account_id=1&status=", 15 },
	};
	struct ask a = { 0 };
	ask_open(&a);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CU_ASSERT_EQUAL(ask_get(&a, export, cases[i].query), 200);
		CU_ASSERT_EQUAL(count_of(&a, "\"sequential_id\""), cases[i].orders);
	}
	CU_ASSERT_EQUAL(ask_get(&a, export, "account_id=1"), 429);
	CU_ASSERT_EQUAL(ask_import(&a, 0, IMPORT(PRODUCT("A"))), 202);
	ask_close(&a);
}

static void what_is_deleted_or_changed_stays_so(void)
{
	static const char line[] = "/carts/active/lines/00000001-0003-4000-8000-000000000064/", item[] = "/watchlist/items/7/",
		offer[] = "/api/i1/product-offers/MA-SP-00002-1/";
	struct ask a = { 0 };
	ask_open(&a);
	ask_post(&a, "/carts/active/lines/", "{\"gtin\":\"1\",\"quantity\":2}");
	CU_ASSERT_EQUAL(ask_any(&a, 0, "PATCH", line, "", STR("{\"quantity\":9}")), 200);
	CU_ASSERT(ask_says(&a, "\"quantity\":9,"));
	CU_ASSERT_EQUAL(ask_any(&a, 0, "PATCH", line, "", STR("{\"quantity\":0}")), 400);
	CU_ASSERT_EQUAL(ask_any(&a, 0, "DELETE", line, "", (struct str){ 0 }), 204);
	CU_ASSERT_EQUAL(ask_any(&a, 0, "DELETE", line, "", (struct str){ 0 }), 404);
	ask_post(&a, "/watchlist/items/", "{\"gtin\":\"7\",\"targetQuantity\":3}");
	CU_ASSERT(ask_says(&a, "\"targetQuantity\":null"));
	CU_ASSERT_EQUAL(ask_any(&a, 0, "PATCH", item, "", STR("{\"targetPrice\":\"1.50\"}")), 200);
	ask_get(&a, "/watchlist/items/", "");
	CU_ASSERT(ask_says(&a, "\"targetPrice\":\"1.50\""));
	CU_ASSERT_EQUAL(ask_any(&a, 0, "DELETE", item, "", (struct str){ 0 }), 204);
	CU_ASSERT_EQUAL(ask_any(&a, 0, "PATCH", item, "", STR("{}")), 404);
	CU_ASSERT_EQUAL(ask_any(&a, 0, "DELETE", offer, "", (struct str){ 0 }), 204);
	ask_get(&a, "/api/i1/product-offers/", "sku=MA-SP-00002-1");
	CU_ASSERT(ask_says(&a, "\"status\":0,"));
	CU_ASSERT_EQUAL(ask_any(&a, 0, "DELETE", "/api/i1/product-offers/X/", "", (struct str){ 0 }), 404);
	ask_close(&a);
}

UNIT_SUITE(sandbox_reads, UNIT(orders_come_in_pages_that_lead_to_each_other), UNIT(an_order_is_found_by_its_qid_alone),
	UNIT(the_faults_of_paging_are_what_they_are_called), UNIT(the_catalog_is_chosen_from_by_the_query),
	UNIT(a_catalog_may_be_cut_and_called_otherwise), UNIT(downloads_are_limited_in_fifteen_windows),
	UNIT(a_search_gives_ten_thousand_at_most), UNIT(a_cookie_is_good_for_one_refresh),
	UNIT(tokens_end_with_their_life_or_by_a_fault), UNIT(logins_are_limited), UNIT(exports_are_refused_word_for_word),
	UNIT(exports_are_of_some_days_and_limited_apart_from_imports), UNIT(what_is_deleted_or_changed_stays_so))
