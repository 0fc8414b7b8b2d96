#include <stdio.h>

#include "ask.h"
#include "unit.h"

#define LIST "4f61bf48-7f9f-49a5-b5be-ea55b020e058"
#define OTHER "a9af0aed-5984-43c2-bb72-1886c6f87b2a"
#define PRICE(sku, price) "{\"sku\":\"" sku "\",\"price_list\":\"" LIST "\",\"price\":" price ",\"currency_type\":\"USD\"}"
#define STOCK(sku, stock) "{\"sku\":\"" sku "\",\"stock_list\":\"" LIST "\",\"stock\":" stock "}"

static const char prices[] = "/api/i1/product-prices/", stocks[] = "/api/i1/product-stocks/";

static void an_upsert_stands_and_keeps_its_id(void)
{
	struct ask a = { 0 };
	ask_open(&a);
	CU_ASSERT_EQUAL(ask_post(&a, prices, PRICE("SP-A", "\"10.00\"")), 200);
	ASSERT_STR(ask_body(&a), "{\"id\":\"00000001-0001-4000-8000-000000000064\"}");
	CU_ASSERT_EQUAL(ask_post(&a, prices, PRICE("SP-B", "\"11.00\"")), 200);
	ASSERT_STR(ask_body(&a), "{\"id\":\"00000002-0001-4000-8000-000000000064\"}");
	CU_ASSERT_EQUAL(ask_post(&a, prices, PRICE("SP-A", "12.5")), 200);
	ASSERT_STR(ask_body(&a), "{\"id\":\"00000001-0001-4000-8000-000000000064\"}");
	CU_ASSERT_EQUAL(ask_post(&a, stocks, STOCK("SP-A", "100")), 200);
	ASSERT_STR(ask_body(&a), "{\"id\":\"00000001-0002-4000-8000-000000000064\"}");
	CU_ASSERT_PTR_NULL(a.reply.type);
	CU_ASSERT_EQUAL(ask_get(&a, "/sandbox/marketplace", ""), 200);
	ASSERT_STR(ask_body(&a), "{\"prices\":{"
		"\"SP-A/" LIST "\":{\"sku\":\"SP-A\",\"price_list\":\"" LIST "\",\"price\":12.5,\"currency_type\":\"USD\"},"
		"\"SP-B/" LIST "\":{\"sku\":\"SP-B\",\"price_list\":\"" LIST "\",\"price\":\"11.00\",\"currency_type\":\"USD\"}},"
		"\"stocks\":{\"SP-A/" LIST "\":{\"sku\":\"SP-A\",\"stock_list\":\"" LIST "\",\"stock\":100}}}");
	ask_close(&a);
}

static void the_list_is_part_of_the_key_in_either_case(void)
{
	struct ask a = { 0 };
	ask_open(&a);
	ask_post(&a, stocks, "{\"sku\":\"A\",\"stock_list\":\"" LIST "\",\"stock\":1}");
	ask_post(&a, stocks, "{\"sku\":\"A\",\"stock_list\":\"" OTHER "\",\"stock\":2}");
	ask_post(&a, stocks, "{\"sku\":\"A\",\"stock_list\":\"4F61BF48-7F9F-49A5-B5BE-EA55B020E058\",\"stock\":3}");
	ask_get(&a, stocks, "");
	CU_ASSERT(ask_says(&a, "{\"count\":2,"));
	ask_get(&a, "/sandbox/marketplace", "");
	CU_ASSERT(ask_says(&a, "\"A/" LIST "\":{"));
	CU_ASSERT(ask_says(&a, "\"stock\":3"));
	CU_ASSERT(!ask_says(&a, "\"stock\":1"));
	ask_close(&a);
}

/* The documentation does not say which fields are required; the contracts ask for no more either. */
static void a_record_may_do_without_a_list(void)
{
	struct ask a = { 0 };
	ask_open(&a);
	CU_ASSERT_EQUAL(ask_post(&a, prices, "{\"sku\":\"A\",\"price\":\"1.00\"}"), 200);
	CU_ASSERT_EQUAL(ask_post(&a, prices, "{\"sku\":\"A\",\"price\":\"2.00\"}"), 200);
	CU_ASSERT_EQUAL(ask_post(&a, prices, PRICE("A", "3")), 200);
	CU_ASSERT_EQUAL(ask_post(&a, stocks, "{\"sku\":\"A\",\"stock\":4}"), 200);
	ask_get(&a, "/sandbox/marketplace", "");
	ASSERT_STR(ask_body(&a), "{\"prices\":{\"A/\":{\"sku\":\"A\",\"price\":\"2.00\"},"
		"\"A/" LIST "\":{\"sku\":\"A\",\"price_list\":\"" LIST "\",\"price\":3,\"currency_type\":\"USD\"}},"
		"\"stocks\":{\"A/\":{\"sku\":\"A\",\"stock\":4}}}");
	ask_close(&a);
}

/* The sentences of the documentation and of its framework. */
static void what_is_wrong_is_said_by_attribute(void)
{
	static const struct { const char *path, *body; unsigned status; const char *reply; } cases[] = {
		{ prices, "{}", 400, "{\"sku\":[\"This field is required.\"],\"price\":[\"This field is required.\"],"
			"\"code\":\"invalid\"}" },
		{ stocks, "{}", 400, "{\"sku\":[\"This field is required.\"],\"stock\":[\"This field is required.\"],"
			"\"code\":\"invalid\"}" },
		{ prices, PRICE(" ", "1"), 400, "{\"sku\":[\"This field may not be blank.\"],\"code\":\"invalid\"}" },
		{ prices, PRICE("A", "\"x\""), 400, "{\"price\":[\"A valid number is required.\"],\"code\":\"invalid\"}" },
		{ prices, PRICE("A", "1.005"), 400,
			"{\"price\":[\"Ensure that there are no more than 2 decimal places.\"],\"code\":\"invalid\"}" },
		{ prices, "{\"sku\":\"A\",\"price_list\":\"" LIST "\",\"price\":1,\"currency_type\":\"CHF\"}", 400,
			"{\"currency_type\":[\"\\\"CHF\\\" is not a valid choice.\"],\"code\":\"invalid\"}" },
		{ prices, "{\"sku\":\"A\",\"price_list\":\"x\",\"price\":1,\"currency_type\":\"usd\",\"is_active\":1}", 400,
			"{\"price_list\":[\"Must be a valid UUID.\"],\"currency_type\":[\"\\\"usd\\\" is not a valid choice.\"],"
			"\"is_active\":[\"Must be a valid boolean.\"],\"code\":\"invalid\"}" },
		{ stocks, STOCK("A", "\"5\""), 400, "{\"stock\":[\"A valid integer is required.\"],\"code\":\"invalid\"}" },
		{ stocks, "{\"sku\":\"A\",\"stock_list\":\"" LIST "\",\"stock\":1,\"unit_type\":\"g\"}", 400,
			"{\"unit_type\":[\"\\\"g\\\" is not a valid choice.\"],\"code\":\"invalid\"}" },
		{ prices, "", 400, "{\"detail\":\"JSON parse error\",\"code\":\"parse_error\"}" },
		{ prices, "{", 400, "{\"detail\":\"JSON parse error\",\"code\":\"parse_error\"}" },
		{ prices, "{\"sku\":\"A\",\"sku\":\"B\"}", 400, "{\"detail\":\"JSON parse error\",\"code\":\"parse_error\"}" },
		{ prices, "{\"sku\":\"\xff\"}", 400, "{\"detail\":\"JSON parse error\",\"code\":\"parse_error\"}" },
		{ prices, "[" PRICE("A", "1") "]", 400,
			"{\"non_field_errors\":[\"Invalid data. Expected a dictionary.\"],\"code\":\"invalid\"}" },
		{ prices, PRICE("BAD", "1"), 400, "{\"sku\":[\"Refused by the sandbox.\"],\"code\":\"invalid\"}" },
	};
	struct ask a = { .fail_sku = "BAD" };
	ask_open(&a);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CU_ASSERT_EQUAL(ask_post(&a, cases[i].path, cases[i].body), cases[i].status);
		ASSERT_STR(ask_body(&a), cases[i].reply);
	}
	ask_get(&a, "/sandbox/marketplace", "");
	ASSERT_STR(ask_body(&a), "{\"prices\":{},\"stocks\":{}}");
	ask_close(&a);
}

static void every_documented_currency_and_unit_is_taken(void)
{
	static const char *const currencies[] = { "TRY", "USD", "EUR", "EGP", "GBP", "MAD", "PLN", "SAR", "RON", "UAH", "CZK",
		"HUF", "RUB", "BGN", "IQD", "KWD", "BHD", "OMR", "QAR", "AED", "NGN" };
	struct ask a = { 0 };
	char body[300];
	ask_open(&a);
	for (size_t i = 0; i < sizeof currencies / sizeof *currencies; i++) {
		snprintf(body, sizeof body, "{\"sku\":\"A\",\"price_list\":\"" LIST "\",\"price\":1,\"currency_type\":\"%s\"}",
			currencies[i]);
		CU_ASSERT_EQUAL(ask_post(&a, prices, body), 200);
	}
	CU_ASSERT_EQUAL(ask_post(&a, stocks, "{\"sku\":\"A\",\"stock_list\":\"" LIST "\",\"stock\":-1,\"unit_type\":\"kg\","
		"\"sold_quantity_unreported\":0,\"is_active\":true,\"something\":[]}"), 200);
	ask_close(&a);
}

static void token_and_content_type_come_before_the_body(void)
{
	struct ask a = { .setup = { .token = "t" } };
	ask_open(&a);
	a.authorization = "";
	a.content_type = "text/plain";
	CU_ASSERT_EQUAL(ask_post(&a, prices, "{"), 401);
	ASSERT_STR(ask_body(&a),
		"{\"detail\":\"Authentication credentials were not provided.\",\"code\":\"not_authenticated\"}");
	a.authorization = "Bearer x";
	CU_ASSERT_EQUAL(ask_post(&a, prices, "{"), 401);
	ASSERT_STR(ask_body(&a), "{\"detail\":\"Invalid token.\",\"code\":\"authentication_failed\"}");
	a.authorization = "Bearer t";
	CU_ASSERT_EQUAL(ask_post(&a, prices, "{"), 415);
	CU_ASSERT(ask_says(&a, "text/plain"));
	a.content_type = "";
	CU_ASSERT_EQUAL(ask_post(&a, prices, PRICE("A", "1")), 415);
	a.content_type = "application/json; charset=utf-8";
	CU_ASSERT_EQUAL(ask_post(&a, prices, PRICE("A", "1")), 200);
	ask_close(&a);
}

static void the_token_of_reads_may_stand_in_either_header(void)
{
	struct ask a = { .setup = { .token = "t" } };
	ask_open(&a);
	a.authorization = "";
	a.authentication = "Bearer t";
	CU_ASSERT_EQUAL(ask_get(&a, prices, ""), 200);
	CU_ASSERT_EQUAL(ask_post(&a, prices, PRICE("A", "1")), 401);
	a.authentication = "Bearer x";
	CU_ASSERT_EQUAL(ask_get(&a, stocks, ""), 401);
	a.authentication = "";
	CU_ASSERT_EQUAL(ask_get(&a, stocks, ""), 401);
	ask_get(&a, "/sandbox/journal", "");
	CU_ASSERT(ask_says(&a, "\"e3b98a4da31a127d4bde6e43033f66ba274cab0eb7eb1c70ec41402bf6273dd8\""));
	ask_close(&a);
}

static void lists_have_the_documented_members(void)
{
	struct ask a = { 0 };
	ask_open(&a);
	ask_get(&a, prices, "");
	ASSERT_STR(ask_body(&a), "{\"count\":0,\"next\":null,\"previous\":null,\"results\":[]}");
	ask_post(&a, prices, "{\"sku\":\"A\",\"price_list\":\"" LIST "\",\"price\":10,\"retail_price\":\"1e1\","
		"\"currency_type\":\"USD\",\"is_active\":true}");
	CU_ASSERT_EQUAL(ask_get(&a, prices, ""), 200);
	ASSERT_STR(ask_body(&a), "{\"count\":1,\"next\":null,\"previous\":null,\"results\":["
		"{\"id\":\"00000001-0001-4000-8000-000000000064\",\"sku\":\"A\",\"price_list\":\"" LIST "\","
		"\"retail_price\":\"10.00\",\"price\":\"10.00\",\"currency_type\":\"USD\",\"tax_rate\":null,"
		"\"discount_percentage\":null,\"is_active\":true,\"created_at\":\"2027-01-15T08:00:00Z\","
		"\"updated_at\":\"2027-01-15T08:00:00Z\"}]}");
	ask_post(&a, stocks, STOCK("A", "7"));
	ask_get(&a, stocks, "");
	CU_ASSERT(ask_says(&a, "\"stock\":7,\"sold_quantity_unreported\":null,\"is_active\":null,"
		"\"created_at\":\"2027-01-15T08:00:00.000Z\""));
	ask_close(&a);
}

static void lists_come_in_pages_with_links(void)
{
	struct ask a = { 0 };
	char body[300];
	ask_open(&a);
	for (int i = 1; i <= 25; i++) {
		snprintf(body, sizeof body, STOCK("S%02d", "%d"), i, i);
		ask_post(&a, stocks, body);
	}
	ask_get(&a, stocks, "");
	CU_ASSERT(ask_says(&a, "{\"count\":25,\"next\":\"http://127.0.0.1:1/api/i1/product-stocks/?page=2\",\"previous\":null,"));
	CU_ASSERT(ask_says(&a, "\"S10\""));
	CU_ASSERT(!ask_says(&a, "\"S11\""));
	ask_get(&a, stocks, "limit=12&page=3");
	CU_ASSERT(ask_says(&a, "{\"count\":25,\"next\":null,"
		"\"previous\":\"http://127.0.0.1:1/api/i1/product-stocks/?limit=12&page=2\",\"results\":[{"));
	CU_ASSERT(!ask_says(&a, "\"S24\""));
	CU_ASSERT(ask_says(&a, "\"S25\""));
	CU_ASSERT_EQUAL(ask_get(&a, stocks, "page=4"), 404);
	ASSERT_STR(ask_body(&a), "{\"detail\":\"Invalid page.\",\"code\":\"not_found\"}");
	CU_ASSERT_EQUAL(ask_get(&a, stocks, "page=0"), 404);
	CU_ASSERT_EQUAL(ask_get(&a, stocks, "page=18446744073709551615&limit=1000"), 404);
	CU_ASSERT_EQUAL(ask_get(&a, stocks, "page=x"), 404);
	ask_get(&a, stocks, "limit=99999999999");
	CU_ASSERT(ask_says(&a, "\"S25\""));
	ask_close(&a);
}

static void lists_are_filtered_by_attributes(void)
{
	static const struct { const char *query; int count; } cases[] = {
		{ "sku=A", 2 }, { "sku=a", 0 }, { "sku=B%22", 1 }, { "sku=A&price_list=" OTHER, 1 }, { "price=10.00", 2 },
		{ "price=10", 2 }, { "price=10.01", 0 }, { "price__gt=7", 2 }, { "price__gte=7.00", 3 },
		{ "price__lt=10", 1 }, { "price__lte=6.99", 0 }, { "sku__contains=%22", 1 }, { "sku__icontains=a", 2 },
		{ "sku__contains=a", 0 }, { "created_at__gte=2027-01-15T08:00:00Z", 3 }, { "updated_at__lt=2027-01-15T08:00:00Z", 0 },
		 { "currency_type=EUR", 1 }, { "unknown=1", 3 }, { "sku=", 3 }, { "is_active=true", 0 },
	};
	struct ask a = { 0 };
	char count[30];
	ask_open(&a);
	ask_post(&a, prices, PRICE("A", "10"));
	ask_post(&a, prices, "{\"sku\":\"A\",\"price_list\":\"" OTHER "\",\"price\":\"10.0\",\"currency_type\":\"EUR\"}");
	ask_post(&a, prices, PRICE("B\\\"", "7"));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(count, sizeof count, "{\"count\":%d,", cases[i].count);
		ask_get(&a, prices, cases[i].query);
		CU_ASSERT(ask_says(&a, count));
	}
	ask_close(&a);
}

static void paths_are_the_documented_ones_only(void)
{
	struct ask a = { 0 };
	ask_open(&a);
	CU_ASSERT_EQUAL(ask_post(&a, "/api/i1/product-prices", PRICE("A", "1")), 404);
	CU_ASSERT_EQUAL(ask_post(&a, "/product-prices/", PRICE("A", "1")), 404);
	CU_ASSERT_EQUAL(ask_post(&a, "/api/v1/product-prices/", PRICE("A", "1")), 404);
	CU_ASSERT_EQUAL(ask_any(&a, 0, "PUT", prices, "", STR("{}")), 405);
	ASSERT_STR(str_of(a.reply.allow), "POST, GET");
	ask_close(&a);
}

static void faults_speak_as_the_marketplace_does(void)
{
	struct ask a = { .faults = { "1@prices:429=3", "2@prices:500", "3@prices:error-200", "stocks:503" } };
	ask_open(&a);
	CU_ASSERT_EQUAL(ask_post(&a, prices, PRICE("A", "1")), 429);
	ASSERT_STR(ask_body(&a), "{\"detail\":\"Request was throttled.\",\"code\":\"throttled\"}");
	ASSERT_STR(str_of(a.reply.retry_after), "3");
	CU_ASSERT_EQUAL(ask_post(&a, prices, PRICE("A", "1")), 500);
	ASSERT_STR(ask_body(&a), "{\"detail\":\"A server error occurred.\",\"code\":\"error\"}");
	CU_ASSERT_EQUAL(ask_post(&a, prices, PRICE("A", "1")), 200);
	ASSERT_STR(ask_body(&a), "{\"non_field_errors\":[\"Invalid input.\"],\"code\":\"invalid\"}");
	CU_ASSERT_EQUAL(ask_post(&a, stocks, STOCK("A", "1")), 503);
	ASSERT_STR(str_of(a.reply.type), "text/html");
	CU_ASSERT_EQUAL(ask_post(&a, prices, PRICE("A", "1")), 200);
	CU_ASSERT_EQUAL(ask_get(&a, prices, ""), 200);
	CU_ASSERT(ask_says(&a, "{\"count\":1,"));
	ask_close(&a);
}

static void the_journal_counts_a_record_a_request(void)
{
	struct ask a = { 0 };
	ask_open(&a);
	ask_post(&a, prices, PRICE("A", "1"));
	ask_get(&a, "/sandbox/journal", "");
	CU_ASSERT(ask_says(&a, "\"account\":null,\"products\":1,\"job\":null"));
	ask_close(&a);
	ask_open(&a);
	ask_post(&a, prices, "[]");
	ask_get(&a, prices, "");
	ask_get(&a, "/sandbox/journal", "");
	CU_ASSERT(ask_says(&a, "\"products\":null"));
	CU_ASSERT(!ask_says(&a, "\"products\":1"));
	ask_close(&a);
}

UNIT_SUITE(sandbox_marketplace, UNIT(an_upsert_stands_and_keeps_its_id),
	UNIT(the_list_is_part_of_the_key_in_either_case), UNIT(a_record_may_do_without_a_list), UNIT(what_is_wrong_is_said_by_attribute),
	UNIT(every_documented_currency_and_unit_is_taken), UNIT(token_and_content_type_come_before_the_body),
	UNIT(the_token_of_reads_may_stand_in_either_header), UNIT(lists_have_the_documented_members),
	UNIT(lists_come_in_pages_with_links), UNIT(lists_are_filtered_by_attributes),
	UNIT(paths_are_the_documented_ones_only), UNIT(faults_speak_as_the_marketplace_does),
	UNIT(the_journal_counts_a_record_a_request))
