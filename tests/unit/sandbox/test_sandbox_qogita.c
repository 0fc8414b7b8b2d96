#include <stdio.h>

#include "ask.h"
#include "unit.h"

#define OFFER "4f61bf48-7f9f-49a5-b5be-ea55b020e058"

static const char cart[] = "/carts/active/lines/", watchlist[] = "/watchlist/items/", login[] = "/auth/login/";

static void quantities_of_a_line_add_up(void)
{
	struct ask a = { 0 };
	ask_open(&a);
	CU_ASSERT_EQUAL(ask_post(&a, cart, "{\"gtin\":\"3600542525701\",\"quantity\":2}"), 201);
	ASSERT_STR(ask_body(&a), "{\"qid\":\"00000001-0003-4000-8000-000000000064\",\"quantity\":2,\"gtin\":\"3600542525701\","
		"\"dealId\":null,\"offerQid\":null}");
	CU_ASSERT_EQUAL(ask_post(&a, cart, "{\"gtin\":\"3600542525701\",\"quantity\":3}"), 201);
	CU_ASSERT(ask_says(&a, "{\"qid\":\"00000001-0003-4000-8000-000000000064\",\"quantity\":5,"));
	CU_ASSERT_EQUAL(ask_post(&a, cart, "{\"offerQid\":\"" OFFER "\",\"quantity\":1,\"dealId\":null}"), 201);
	CU_ASSERT_EQUAL(ask_post(&a, cart, "{\"gtin\":\"1\",\"offerQid\":\"" OFFER "\",\"quantity\":1,\"dealId\":7}"), 201);
	ask_get(&a, "/sandbox/qogita", "");
	ASSERT_STR(ask_body(&a), "{\"cart\":{\"3600542525701\":{\"quantity\":5,\"gtin\":\"3600542525701\"},"
		"\"" OFFER "\":{\"quantity\":1,\"dealId\":null,\"offerQid\":\"" OFFER "\"},"
		"\"1/" OFFER "\":{\"quantity\":1,\"gtin\":\"1\",\"dealId\":7,\"offerQid\":\"" OFFER "\"}},\"watchlist\":{}}");
	ask_close(&a);
}

static void a_line_that_is_not_valid_is_refused_by_attribute(void)
{
	static const struct { const char *body, *reply; } cases[] = {
		{ "{}", "{\"quantity\":[\"This field is required.\"]}" },
		{ "{\"quantity\":1}", "{\"non_field_errors\":[\"Either gtin or offerQid is required.\"]}" },
		{ "{\"gtin\":\"\",\"quantity\":1}", "{\"gtin\":[\"This field may not be blank.\"]}" },
		{ "{\"gtin\":3600542525701,\"quantity\":1}", "{\"gtin\":[\"Not a valid string.\"]}" },
		{ "{\"gtin\":\"1\",\"quantity\":0}", "{\"quantity\":[\"Ensure this value is greater than or equal to 1.\"]}" },
		{ "{\"gtin\":\"1\",\"quantity\":2147483648}",
			"{\"quantity\":[\"Ensure this value is less than or equal to 2147483647.\"]}" },
		{ "{\"gtin\":\"1\",\"quantity\":\"1\"}", "{\"quantity\":[\"A valid integer is required.\"]}" },
		{ "{\"gtin\":\"1\",\"quantity\":1,\"offerQid\":\"x\"}", "{\"offerQid\":[\"Must be a valid UUID.\"]}" },
		{ "{\"gtin\":\"BAD\",\"quantity\":1}", "{\"gtin\":[\"Refused by the sandbox.\"]}" },
		{ "no JSON", "{\"detail\":\"JSON parse error\"}" },
		{ "[]", "{\"non_field_errors\":[\"Invalid data. Expected a dictionary.\"]}" },
	};
	struct ask a = { .fail_sku = "BAD" };
	ask_open(&a);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CU_ASSERT_EQUAL(ask_post(&a, cart, cases[i].body), 400);
		ASSERT_STR(ask_body(&a), cases[i].reply);
	}
	ask_get(&a, "/sandbox/qogita", "");
	ASSERT_STR(ask_body(&a), "{\"cart\":{},\"watchlist\":{}}");
	ask_close(&a);
}

static void limits_of_gtin_and_quantity_are_inclusive(void)
{
	char body[500];
	struct ask a = { 0 };
	ask_open(&a);
	snprintf(body, sizeof body, "{\"gtin\":\"%0300d\",\"quantity\":2147483647}", 0);
	CU_ASSERT_EQUAL(ask_post(&a, cart, body), 201);
	CU_ASSERT_EQUAL(ask_post(&a, cart, body), 400);
	CU_ASSERT(ask_says(&a, "less than or equal to 2147483647"));
	snprintf(body, sizeof body, "{\"gtin\":\"%0301d\",\"quantity\":1}", 0);
	CU_ASSERT_EQUAL(ask_post(&a, cart, body), 400);
	CU_ASSERT(ask_says(&a, "no more than 300 characters"));
	ask_close(&a);
}

static void a_watched_gtin_stays_one(void)
{
	struct ask a = { .fail_sku = "BAD" };
	ask_open(&a);
	for (int i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(ask_post(&a, watchlist, "{\"gtin\":\"1\"}"), 201);
	CU_ASSERT_EQUAL(ask_post(&a, watchlist, "{}"), 400);
	ASSERT_STR(ask_body(&a), "{\"gtin\":[\"This field is required.\"]}");
	CU_ASSERT_EQUAL(ask_post(&a, watchlist, "{\"gtin\":\"BAD\"}"), 400);
	CU_ASSERT_EQUAL(ask_get(&a, watchlist, ""), 200);
	ASSERT_STR(ask_body(&a), "{\"count\":1,\"next\":null,\"previous\":null,\"results\":[{\"gtin\":\"1\",\"name\":\"\","
		"\"price\":null,\"priceCurrency\":\"EUR\",\"targetPrice\":null,\"targetPriceCurrency\":\"EUR\",\"targetQuantity\":null,"
		"\"availableQuantity\":0,\"areTargetsMet\":false}]}");
	ask_close(&a);
}

/* "Bearer TOKEN" of the reply. */
static void keep_token(const struct ask *a, char to[100])
{
	struct str rest, text = ask_body(a), token;
	ptrdiff_t at = str_find(text, STR("\"accessToken\":\""));
	CU_ASSERT_FATAL(at >= 0);
	token = str_cut(str_from(text, (size_t)at + 15), '"', &rest);
	snprintf(to, 100, "Bearer %.*s", STR_ARG(token));
}

static void a_login_leads_to_the_cart(void)
{
	struct ask a = { .setup = { .token = "secret" } };
	ask_open(&a);
	a.authorization = "";
	CU_ASSERT_EQUAL(ask_post(&a, login, "{\"email\":\"a@b.pl\",\"password\":\"wrong\"}"), 401);
	ASSERT_STR(ask_body(&a), "{\"detail\":\"No active account found with the given credentials\"}");
	CU_ASSERT_EQUAL(ask_post(&a, login, "{\"email\":\"\"}"), 400);
	ASSERT_STR(ask_body(&a), "{\"email\":[\"This field may not be blank.\"],\"password\":[\"This field is required.\"]}");
	CU_ASSERT_EQUAL(ask_post(&a, login, "{\"email\":\"a@b.pl\",\"password\":\"secret\"}"), 200);
	CU_ASSERT(ask_says(&a, "\"user\":{\"email\":\"a@b.pl\",\"activeCartQid\":\"5a9d8f0e-0000-4000-8000-00000000ca27\"}}"));
	char issued[100];
	keep_token(&a, issued);
	CU_ASSERT_EQUAL(ask_get(&a, cart, ""), 401);
	ASSERT_STR(ask_body(&a), "{\"detail\":\"Authentication credentials were not provided.\"}");
	a.authorization = "Bearer x";
	CU_ASSERT_EQUAL(ask_get(&a, watchlist, ""), 401);
	a.authorization = issued;
	CU_ASSERT_EQUAL(ask_post(&a, "/carts/5a9d8f0e-0000-4000-8000-00000000ca27/lines/",
		"{\"gtin\":\"1\",\"quantity\":1}"), 201);
	a.authorization = "Bearer secret";
	CU_ASSERT_EQUAL(ask_get(&a, cart, ""), 200);
	CU_ASSERT(ask_says(&a, "{\"count\":1,"));
	ask_get(&a, "/sandbox/journal", "");
	CU_ASSERT(!ask_says(&a, "secret"));
	CU_ASSERT(!ask_says(&a, "issued"));
	ask_close(&a);
}

static void lists_come_in_pages(void)
{
	struct ask a = { 0 };
	char body[60];
	ask_open(&a);
	for (int i = 1; i <= 3; i++) {
		snprintf(body, sizeof body, "{\"gtin\":\"%d\",\"quantity\":%d}", i, i);
		ask_post(&a, cart, body);
	}
	ask_get(&a, cart, "page=2&size=2");
	ASSERT_STR(ask_body(&a), "{\"count\":3,\"next\":null,"
		"\"previous\":\"http://127.0.0.1:1/carts/active/lines/?size=2&page=1\",\"results\":["
		"{\"qid\":\"00000003-0003-4000-8000-000000000064\",\"quantity\":3,\"gtin\":\"3\",\"dealId\":null,\"offerQid\":null}]}");
	ask_close(&a);
}

static void content_that_is_not_called_json_is_415(void)
{
	struct ask a = { 0 };
	ask_open(&a);
	a.content_type = "application/x-www-form-urlencoded";
	CU_ASSERT_EQUAL(ask_post(&a, login, "email=a&password=b"), 415);
	ASSERT_STR(ask_body(&a), "{\"detail\":\"Unsupported media type \\\"application/x-www-form-urlencoded\\\" in request.\"}");
	CU_ASSERT_EQUAL(ask_post(&a, cart, "{}"), 415);
	CU_ASSERT_EQUAL(ask_get(&a, cart, ""), 200);
	ask_close(&a);
}

/* Both ways to the cart are one route. */
static void faults_strike_the_cart_by_its_route(void)
{
	struct ask a = { .faults = { "2@cart:429=7", "3@cart:401", "list-cart:404" } };
	ask_open(&a);
	ask_post(&a, cart, "{\"gtin\":\"1\",\"quantity\":1}");
	CU_ASSERT_EQUAL(ask_get(&a, cart, ""), 404);
	CU_ASSERT_EQUAL(ask_post(&a, "/carts/5a9d8f0e-0000-4000-8000-00000000ca27/lines/",
		"{\"gtin\":\"1\",\"quantity\":1}"), 429);
	ASSERT_STR(ask_body(&a), "{\"message\":\"Request was throttled.\"}");
	ASSERT_STR(str_of(a.reply.retry_after), "7");
	CU_ASSERT_EQUAL(ask_post(&a, cart, "{\"gtin\":\"1\",\"quantity\":1}"), 401);
	ASSERT_STR(ask_body(&a), "{\"detail\":\"Authentication credentials were not provided.\"}");
	ask_get(&a, "/sandbox/qogita", "");
	CU_ASSERT(ask_says(&a, "\"quantity\":1,"));
	ask_close(&a);
}

UNIT_SUITE(sandbox_qogita, UNIT(quantities_of_a_line_add_up), UNIT(a_line_that_is_not_valid_is_refused_by_attribute),
	UNIT(limits_of_gtin_and_quantity_are_inclusive), UNIT(a_watched_gtin_stays_one), UNIT(a_login_leads_to_the_cart),
	UNIT(lists_come_in_pages), UNIT(content_that_is_not_called_json_is_415), UNIT(faults_strike_the_cart_by_its_route))
