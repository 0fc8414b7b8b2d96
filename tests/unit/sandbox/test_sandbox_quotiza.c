#include <stdio.h>

#include "ask.h"
#include "unit.h"

static void an_import_is_accepted_and_stands(void)
{
	struct ask a = { 0 };
	ask_open(&a);
	CU_ASSERT_EQUAL(ask_import(&a, 0, IMPORT(PRODUCT("A") "," PRODUCT("B"))), 202);
	ASSERT_STR(ask_body(&a), "{\"job_id\":\"100\"}");
	CU_ASSERT_EQUAL(ask_any(&a, 0, "GET", "/sandbox/products", "account_id=1", STR("")), 200);
	ASSERT_STR(ask_body(&a), "{\"A\":{\"sku\":\"A\",\"name\":\"N\",\"brand\":\"B\"},\"B\":{\"sku\":\"B\",\"name\":\"N\",\"brand\":\"B\"}}");
	CU_ASSERT_EQUAL(ask_any(&a, 0, "GET", "/sandbox/products", "account_id=2", STR("")), 200);
	ASSERT_STR(ask_body(&a), "{}");
	ask_any(&a, 0, "GET", "/sandbox/products", "", STR(""));
	CU_ASSERT(ask_says(&a, "{\"1\":{\"A\":{"));
	ask_close(&a);
}

static void both_paths_are_one(void)
{
	struct ask a = { 0 };
	ask_open(&a);
	CU_ASSERT_EQUAL(ask_any(&a, 0, "POST", "/api/v1/products/import", "", STR(IMPORT(PRODUCT("A")))), 202);
	CU_ASSERT_EQUAL(ask_any(&a, 0, "POST", "/products/import", "", STR(IMPORT(PRODUCT("B")))), 202);
	CU_ASSERT_EQUAL(ask_any(&a, 500, "GET", "/products/import_status", "account_id=1&job_id=101", STR("")), 200);
	ask_close(&a);
}

/* The documented error bodies, word for word. */
static void errors_are_worded_as_documented(void)
{
	static const struct { const char *authorization, *body; unsigned status; const char *error; } cases[] = {
		{ "", IMPORT(PRODUCT("A")), 401, "\"unauthorized\",\"message\":\"Authentication token is missing or invalid\"" },
		{ "Bearer ", IMPORT(PRODUCT("A")), 401, "\"unauthorized\"" },
		{ "Basic dDp0", IMPORT(PRODUCT("A")), 401, "\"unauthorized\"" },
		{ "Bearer x", IMPORT(PRODUCT("A")), 401, "\"unauthorized\"" },
		{ "Bearer t", "{\"products\":[" PRODUCT("A") "]}", 400,
			"\"missing_account_id\",\"message\":\"account_id is required\"" },
		{ "Bearer t", "{\"account_id\":1,\"products\":[" PRODUCT("A") "]}", 400, "\"missing_account_id\"" },
		{ "Bearer t", "{\"account_id\":\" \",\"products\":[" PRODUCT("A") "]}", 400, "\"missing_account_id\"" },
		{ "Bearer t", "{\"account_id\":\"2\",\"products\":[" PRODUCT("A") "]}", 404,
			"\"account_not_found\",\"message\":\"Account not found\"" },
		{ "Bearer t", "no JSON", 400, "\"invalid_products_data\",\"message\":\"Invalid products data\"" },
		{ "Bearer t", "", 400, "\"invalid_products_data\"" },
		{ "Bearer t", "[]", 400, "\"invalid_products_data\"" },
		{ "Bearer t", IMPORT(""), 400, "\"invalid_products_data\"" },
		{ "Bearer t", IMPORT("1"), 400, "\"invalid_products_data\"" },
		{ "Bearer t", "{\"account_id\":\"1\",\"products\":{}}", 400, "\"invalid_products_data\"" },
		{ "Bearer t", "{\"account_id\":\"1\"}", 400, "\"invalid_products_data\"" },
	};
	struct ask a = { .setup = { .account = "1", .token = "t" } };
	ask_open(&a);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		a.authorization = cases[i].authorization;
		CU_ASSERT_EQUAL(ask_import(&a, (int64_t)i * 60000, cases[i].body), cases[i].status);
		CU_ASSERT(ask_says(&a, cases[i].error));
	}
	ASSERT_STR(ask_body(&a),
		"{\"error\":{\"code\":\"invalid_products_data\",\"message\":\"Invalid products data\",\"status\":400}}");
	ask_any(&a, 9000000, "GET", "/sandbox/products", "", STR(""));
	ASSERT_STR(ask_body(&a), "{}");
	ask_close(&a);
}

static void a_thousand_products_are_taken_and_one_more_is_not(void)
{
	struct ask a = { 0 };
	struct buf body = { 0 };
	ask_open(&a);
	for (int n = 1000; n <= 1001; n++) {
		buf_clear(&body);
		buf_add(&body, STR("{\"account_id\":\"1\",\"products\":["));
		for (int i = 0; i < n; i++)
			buf_printf(&body, "%s{\"sku\":\"S%d\",\"name\":\"N\",\"brand\":\"B\"}", i ? "," : "", i);
		buf_add(&body, STR("]}"));
		CU_ASSERT_EQUAL(ask_import(&a, 0, buf_text(&body)), n == 1000 ? 202u : 413u);
	}
	ASSERT_STR(ask_body(&a), "{\"error\":{\"code\":\"too_many_products\","
		"\"message\":\"Too many products. Maximum allowed is 1000.\",\"status\":413}}");
	buf_release(&body);
	ask_close(&a);
}

static void a_sixth_import_in_a_minute_is_throttled(void)
{
	struct ask a = { 0 };
	ask_open(&a);
	for (int i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(ask_import(&a, i * 1000, IMPORT(PRODUCT("A"))), 202);
	CU_ASSERT_EQUAL(ask_import(&a, 30001, IMPORT(PRODUCT("A"))), 429);
	ASSERT_STR(ask_body(&a), "{\"error\":{\"code\":\"throttle_limit_reached\","
		"\"message\":\"Rate limit exceeded. Try again in 30 seconds.\",\"status\":429}}");
	ASSERT_STR(str_of(a.reply.retry_after), "30");
	CU_ASSERT_EQUAL(ask_import(&a, 59999, IMPORT(PRODUCT("A"))), 429);
	CU_ASSERT_EQUAL(ask_import(&a, 60000, IMPORT(PRODUCT("A"))), 202);
	CU_ASSERT_EQUAL(ask_import(&a, 60000, IMPORT(PRODUCT("A"))), 429);
	ask_close(&a);
}

static void an_account_is_limited_over_all_addresses(void)
{
	struct ask a = { 0 };
	ask_open(&a);
	for (int i = 0; i < 5; i++) {
		a.address = i % 2 ? "10.0.0.1" : "10.0.0.2";
		CU_ASSERT_EQUAL(ask_import(&a, 0, IMPORT(PRODUCT("A"))), 202);
	}
	a.address = "10.0.0.3";
	CU_ASSERT_EQUAL(ask_import(&a, 0, IMPORT(PRODUCT("A"))), 429);
	CU_ASSERT_EQUAL(ask_import(&a, 0, "{\"account_id\":\"2\",\"products\":[" PRODUCT("A") "]}"), 202);
	ask_close(&a);
}

static void an_address_is_limited_over_all_accounts(void)
{
	struct ask a = { 0 };
	ask_open(&a);
	for (int i = 0; i <= 5; i++) {
		char body[200];
		snprintf(body, sizeof body, "{\"account_id\":\"%d\",\"products\":[%s]}", i, PRODUCT("A"));
		CU_ASSERT_EQUAL(ask_import(&a, 0, body), i < 5 ? 202u : 429u);
	}
	ask_close(&a);
}

static void ten_requests_of_any_kind_fill_the_minute(void)
{
	struct ask a = { 0 };
	ask_open(&a);
	for (int i = 0; i < 3; i++)
		ask_import(&a, 0, IMPORT(PRODUCT("A")));
	for (int i = 0; i < 7; i++)
		CU_ASSERT_EQUAL(ask_status(&a, 0, "100"), 200);
	CU_ASSERT_EQUAL(ask_status(&a, 0, "100"), 429);
	CU_ASSERT_EQUAL(ask_import(&a, 0, IMPORT(PRODUCT("A"))), 429);
	for (int i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(ask_any(&a, 0, "GET", "/sandbox/journal", "", STR("")), 200);
	CU_ASSERT_EQUAL(ask_status(&a, 60000, "100"), 200);
	ask_close(&a);
}

static void refused_requests_count_as_others_do(void)
{
	struct ask a = { 0 };
	ask_open(&a);
	a.authorization = "";
	for (int i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(ask_import(&a, 0, IMPORT(PRODUCT("A"))), 401);
	a.authorization = "Bearer t";
	CU_ASSERT_EQUAL(ask_import(&a, 0, IMPORT(PRODUCT("A"))), 429);
	ask_close(&a);
}

static void a_job_goes_from_pending_over_processing_to_completed(void)
{
	struct ask a = { .fail_sku = "C" };
	ask_open(&a);
	ask_import(&a, 1000, IMPORT(PRODUCT("A") "," PRODUCT("B") "," PRODUCT("C") "," PRODUCT("D")));
	ask_status(&a, 1099, "100");
	ASSERT_STR(ask_body(&a), "{\"job_id\":\"100\",\"status\":\"pending\",\"total\":4,\"processed\":0,\"successes\":0,"
		"\"failures\":0,\"errors\":[]}");
	ask_status(&a, 1250, "100");
	ASSERT_STR(ask_body(&a), "{\"job_id\":\"100\",\"status\":\"processing\",\"total\":4,\"processed\":2,\"successes\":2,"
		"\"failures\":0,\"errors\":[]}");
	ask_status(&a, 1399, "100");
	CU_ASSERT(ask_says(&a, "\"processing\",\"total\":4,\"processed\":3,\"successes\":2,\"failures\":1"));
	ask_status(&a, 1400, "100");
	ASSERT_STR(ask_body(&a), "{\"job_id\":\"100\",\"status\":\"completed\",\"total\":4,\"processed\":4,\"successes\":3,"
		"\"failures\":1,\"errors\":[{\"line\":3,\"sku\":\"C\",\"message\":\"Validation failed: Sku was refused by the sandbox\"}]}");
	ask_any(&a, 0, "GET", "/sandbox/products", "account_id=1", STR(""));
	CU_ASSERT(ask_says(&a, "\"D\":") && !ask_says(&a, "\"C\":"));
	ask_close(&a);
}

static void a_status_is_asked_by_query_or_by_body(void)
{
	struct ask a = { 0 };
	ask_open(&a);
	ask_import(&a, 0, IMPORT(PRODUCT("A")));
	CU_ASSERT_EQUAL(ask_any(&a, 0, "GET", "/products/import_status", "job%5Fid=1%300&account_id=1", STR("")), 200);
	CU_ASSERT_EQUAL(ask_any(&a, 0, "GET", "/products/import_status", "", STR("{\"account_id\":\"1\",\"job_id\":\"100\"}")), 200);
	CU_ASSERT_EQUAL(ask_any(&a, 0, "GET", "/products/import_status", "job_id=100", STR("")), 400);
	CU_ASSERT(ask_says(&a, "missing_account_id"));
	CU_ASSERT_EQUAL(ask_any(&a, 0, "GET", "/products/import_status", "account_id=1", STR("")), 404);
	ASSERT_STR(ask_body(&a), "{\"error\":{\"code\":\"job_not_found\",\"message\":\"Job not found\",\"status\":404}}");
	CU_ASSERT_EQUAL(ask_status(&a, 0, "101"), 404);
	CU_ASSERT_EQUAL(ask_status(&a, 0, "99"), 404);
	CU_ASSERT_EQUAL(ask_any(&a, 0, "GET", "/products/import_status", "account_id=2&job_id=100", STR("")), 404);
	ask_close(&a);
}

static void errors_name_what_was_sent_even_where_it_is_no_sku(void)
{
	struct ask a = { 0 };
	ask_open(&a);
	ask_import(&a, 0, IMPORT("{\"name\":\"N\",\"brand\":\"B\"},{\"sku\":7,\"name\":\"N\",\"brand\":\"B\"}"));
	ask_status(&a, 400, "100");
	CU_ASSERT(ask_says(&a, "{\"line\":1,\"sku\":null,\"message\":\"Validation failed: Sku can't be blank\"}"));
	CU_ASSERT(ask_says(&a, "{\"line\":2,\"sku\":7,\"message\":\"Validation failed: Sku is not a string\"}"));
	ask_close(&a);
}

/* One import of A, B, C, D (C refused) under a fault of its job, then status requests at the times given. */
static void misbehave(struct ask *a, const char *fault, int64_t at)
{
	if (!a->sandbox) {
		a->fail_sku = "C";
		a->faults[0] = fault;
		CU_ASSERT_FATAL(ask_open(a));
		ask_import(a, 0, IMPORT(PRODUCT("A") "," PRODUCT("B") "," PRODUCT("C") "," PRODUCT("D")));
	}
	ask_status(a, at, "100");
}

static void a_stuck_job_never_ends(void)
{
	struct ask a = { 0 };
	misbehave(&a, "import:stuck", 50);
	CU_ASSERT(ask_says(&a, "\"pending\""));
	misbehave(&a, NULL, 1000000);
	CU_ASSERT(ask_says(&a, "\"processing\",\"total\":4,\"processed\":2"));
	ask_any(&a, 0, "GET", "/sandbox/products", "account_id=1", STR(""));
	CU_ASSERT(ask_says(&a, "\"B\":") && !ask_says(&a, "\"D\":"));
	ask_close(&a);
}

static void a_failed_job_did_nothing_and_may_say_why(void)
{
	struct ask a = { 0 };
	misbehave(&a, "import:fail-job", 400);
	CU_ASSERT(ask_says(&a, "\"failed\",\"total\":4,\"processed\":0,\"successes\":0,\"failures\":0,\"errors\":[]"));
	ask_any(&a, 0, "GET", "/sandbox/products", "account_id=1", STR(""));
	ASSERT_STR(ask_body(&a), "{}");
	ask_close(&a);
	a = (struct ask){ 0 };
	misbehave(&a, "import:fail-job=Disk full", 400);
	CU_ASSERT(ask_says(&a, "\"errors\":[{\"message\":\"Disk full\"}]"));
	ask_close(&a);
}

static void an_unknown_state_is_told_at_least_once(void)
{
	struct ask a = { 0 };
	misbehave(&a, "import:unknown-state", 400);
	CU_ASSERT(ask_says(&a, "\"status\":\"reticulating\""));
	misbehave(&a, NULL, 401);
	CU_ASSERT(ask_says(&a, "\"status\":\"completed\""));
	ask_close(&a);
}

static void a_regressing_job_falls_back_before_and_after_its_end(void)
{
	static const char *const told[] = { "\"processing\",\"total\":4,\"processed\":2", "\"pending\",\"total\":4,\"processed\":0",
		"\"completed\"", "\"processing\"", "\"completed\"" };
	struct ask a = { 0 };
	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		misbehave(&a, "import:regress", 400);
		CU_ASSERT(ask_says(&a, told[i]));
	}
	ask_close(&a);
}

static void a_lost_job_is_not_found_and_not_done(void)
{
	struct ask a = { 0 };
	misbehave(&a, "import:lost-job", 400);
	CU_ASSERT(ask_says(&a, "job_not_found"));
	ask_any(&a, 0, "GET", "/sandbox/products", "account_id=1", STR(""));
	ASSERT_STR(ask_body(&a), "{}");
	ask_close(&a);
}

static void a_fault_of_a_status_request_sticks_to_the_job(void)
{
	struct ask a = { 0 };
	misbehave(&a, "2@status:lost-job", 400);
	CU_ASSERT(ask_says(&a, "completed"));
	misbehave(&a, NULL, 400);
	CU_ASSERT(ask_says(&a, "job_not_found"));
	misbehave(&a, NULL, 400);
	CU_ASSERT(ask_says(&a, "job_not_found"));
	ask_close(&a);
}

static void errors_can_be_useless(void)
{
	struct ask a = { 0 };
	misbehave(&a, "import:no-sku-errors", 400);
	CU_ASSERT(ask_says(&a, "[{\"line\":3,\"message\":"));
	ask_close(&a);
	a = (struct ask){ 0 };
	misbehave(&a, "import:wrong-sku-errors", 400);
	CU_ASSERT(ask_says(&a, "\"sku\":\"NEVER-SENT-3\""));
	ask_close(&a);
	a = (struct ask){ 0 };
	misbehave(&a, "import:nasty-errors", 400);
	CU_ASSERT(ask_says(&a, "<script>") && ask_says(&a, "\\u001b[2J") && ask_body(&a).n > 5000);
	ask_close(&a);
	a = (struct ask){ 0 };
	misbehave(&a, "import:bad-counts", 400);
	CU_ASSERT(ask_says(&a, "\"total\":4,\"processed\":4,\"successes\":2,\"failures\":1"));
	ask_close(&a);
}

static void a_second_job_can_be_given_the_id_of_the_first(void)
{
	struct ask a = { .faults = { "2@import:same-job-id" } };
	ask_open(&a);
	ask_import(&a, 0, IMPORT(PRODUCT("A")));
	ask_import(&a, 0, IMPORT(PRODUCT("B")));
	ASSERT_STR(ask_body(&a), "{\"job_id\":\"100\"}");
	ask_close(&a);
}

UNIT_SUITE(sandbox_quotiza, UNIT(an_import_is_accepted_and_stands), UNIT(both_paths_are_one),
	UNIT(errors_are_worded_as_documented), UNIT(a_thousand_products_are_taken_and_one_more_is_not),
	UNIT(a_sixth_import_in_a_minute_is_throttled), UNIT(an_account_is_limited_over_all_addresses),
	UNIT(an_address_is_limited_over_all_accounts), UNIT(ten_requests_of_any_kind_fill_the_minute),
	UNIT(refused_requests_count_as_others_do), UNIT(a_job_goes_from_pending_over_processing_to_completed),
	UNIT(a_status_is_asked_by_query_or_by_body), UNIT(errors_name_what_was_sent_even_where_it_is_no_sku),
	UNIT(a_stuck_job_never_ends), UNIT(a_failed_job_did_nothing_and_may_say_why),
	UNIT(an_unknown_state_is_told_at_least_once), UNIT(a_regressing_job_falls_back_before_and_after_its_end),
	UNIT(a_lost_job_is_not_found_and_not_done), UNIT(a_fault_of_a_status_request_sticks_to_the_job),
	UNIT(errors_can_be_useless), UNIT(a_second_job_can_be_given_the_id_of_the_first))
