#include "qonduit/sandbox.h"

#include <stdio.h>

#include "ask.h"
#include "qonduit/io.h"
#include "unit.h"

static void paths_and_methods_that_are_not_there_are_refused_in_json(void)
{
	struct ask a = { .faults = { "any:500" } };
	ask_open(&a);
	CU_ASSERT_EQUAL(ask_any(&a, 0, "GET", "/", "", STR("")), 404);
	CU_ASSERT(ask_says(&a, "{\"error\":{\"code\":\"not_found\""));
	CU_ASSERT_EQUAL(ask_any(&a, 0, "POST", "/api/v2/products/import", "", STR("")), 404);
	CU_ASSERT_EQUAL(ask_any(&a, 0, "POST", "/api/v1/api/v1/products/import", "", STR("")), 404);
	CU_ASSERT_EQUAL(ask_any(&a, 0, "POST", "/sandbox/products", "", STR("")), 404);
	CU_ASSERT_EQUAL(ask_any(&a, 0, "GET", "/products/import", "", STR("")), 405);
	CU_ASSERT(ask_says(&a, "method_not_allowed"));
	ASSERT_STR(str_of(a.reply.allow), "POST");
	ask_close(&a);
}

static void the_journal_has_every_request_and_no_token(void)
{
	struct ask a = { .faults = { "2@import:reset" } };
	ask_open(&a);
	a.authorization = "Bearer canary-token";
	ask_import(&a, 5, IMPORT(PRODUCT("A")));
	ask_import(&a, 6, IMPORT(PRODUCT("A")));
	CU_ASSERT_EQUAL(a.reply.manner, MANNER_RESET);
	ask_any(&a, 7, "GET", "/no\xffwhere", "a=\"b\"", STR(""));
	ask_any(&a, 8, "GET", "/sandbox/journal", "", STR(""));
	ASSERT_STR(ask_body(&a),
		"[{\"n\":1,\"at\":5,\"wall\":1800000000005,\"method\":\"POST\",\"path\":\"/products/import\",\"query\":\"\",\"status\":202,"
		"\"bytes\":66,\"sha256\":\"feed\",\"account\":\"1\",\"products\":1,\"job\":\"100\",\"connection\":7,"
		"\"address\":\"10.0.0.1\",\"headers\":[\"Host\",\"Authorization\"],"
		"\"token_sha256\":\"4b598de5faa6a2208f99f7b8a6b61378ac7d7a36d9524056e9be61c17c37667f\",\"fault\":null,\"whole\":true},"
		"{\"n\":2,\"at\":6,\"wall\":1800000000006,\"method\":\"POST\",\"path\":\"/products/import\",\"query\":\"\",\"status\":null,"
		"\"bytes\":66,\"sha256\":\"feed\",\"account\":\"1\",\"products\":1,\"job\":null,\"connection\":7,"
		"\"address\":\"10.0.0.1\",\"headers\":[\"Host\",\"Authorization\"],"
		"\"token_sha256\":\"4b598de5faa6a2208f99f7b8a6b61378ac7d7a36d9524056e9be61c17c37667f\",\"fault\":\"reset\",\"whole\":true},"
		"{\"n\":3,\"at\":7,\"wall\":1800000000007,\"method\":\"GET\",\"path\":\"/no\\\\xffwhere\",\"query\":\"a=\\\"b\\\"\","
		"\"status\":404,\"bytes\":0,\"sha256\":\"feed\",\"account\":null,\"products\":null,\"job\":null,\"connection\":7,"
		"\"address\":\"10.0.0.1\",\"headers\":[\"Host\",\"Authorization\"],"
		"\"token_sha256\":\"4b598de5faa6a2208f99f7b8a6b61378ac7d7a36d9524056e9be61c17c37667f\",\"fault\":null,\"whole\":true}]");
	ask_close(&a);
}

static void the_log_has_the_journal_a_line_each_and_is_added_to(void)
{
	struct arena arena = { 0 };
	struct err e = { 0 };
	struct str path = arena_printf(&arena, "%s/log", unit_folder()), text;
	for (int i = 0; i < 2; i++) {
		struct ask a = { .setup = { .log_file = path.p } };
		ask_open(&a);
		ask_import(&a, 0, IMPORT(PRODUCT("A")));
		ask_status(&a, 0, "100");
		ask_close(&a);
	}
	CU_ASSERT_EQUAL(io_read_file(path.p, 1 << 20, &arena, &text, &e), 0);
	int lines = 0;
	for (struct str rest, line; text.n; text = rest, lines++) {
		line = str_cut(text, '\n', &rest);
		CU_ASSERT_PTR_NOT_NULL(json_parse(line, "log", ERR_INPUT, &arena, &e));
	}
	CU_ASSERT_EQUAL(lines, 4);
	arena_release(&arena);
}

static void a_log_that_cannot_be_written_is_said_at_once(void)
{
	struct ask a = { .setup = { .log_file = "/nowhere/at/all" } };
	CU_ASSERT(!ask_open(&a));
	CU_ASSERT_EQUAL(a.e.class, ERR_INPUT);
	ask_close(&a);
}

static void a_malformed_fault_is_wrong_usage(void)
{
	struct ask a = { .faults = { "import:500", "nowhere:500" } };
	CU_ASSERT(!ask_open(&a));
	CU_ASSERT_EQUAL(a.e.class, ERR_USAGE);
	ask_close(&a);
}

/* What a fault puts in the reply's place is not done; what it does to the reply is. */
static void what_stands_after_a_fault(void)
{
	static const struct { const char *fault; bool stands; } cases[] = {
		{ "import:500", false }, { "import:429", false }, { "import:redirect=/", false }, { "import:html", false },
		{ "import:empty", false }, { "import:garbage", false }, { "import:big", false }, { "import:reset", false },
		{ "import:hang", false }, { "import:reset-after", true }, { "import:hang-after", true }, { "import:truncate", true },
		{ "import:cut", true }, { "import:slow", true }, { "import:no-job-id", true }, { "import:number-job-id", true },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ask a = { .faults = { cases[i].fault } };
		ask_open(&a);
		ask_import(&a, 0, IMPORT(PRODUCT("A")));
		ask_any(&a, 0, "GET", "/sandbox/products", "account_id=1", STR(""));
		CU_ASSERT_EQUAL(ask_says(&a, "\"A\":"), cases[i].stands);
		ask_close(&a);
	}
}

static void the_first_fault_given_shapes_the_reply_and_jobs_take_all(void)
{
	struct ask a = { .fail_sku = "A", .faults = { "import:no-sku-errors", "2@import:503", "import:truncate",
		"import:bad-counts" } };
	ask_open(&a);
	ask_import(&a, 0, IMPORT(PRODUCT("A") "," PRODUCT("B")));
	ASSERT_STR(ask_body(&a), "{\"job_id");
	CU_ASSERT_EQUAL(ask_import(&a, 0, IMPORT(PRODUCT("A"))), 503);
	ask_status(&a, 400, "100");
	CU_ASSERT(ask_says(&a, "\"successes\":0,\"failures\":1,\"errors\":[{\"line\":1,\"message\""));
	ask_any(&a, 0, "GET", "/sandbox/journal", "", STR(""));
	CU_ASSERT(ask_says(&a, "\"fault\":\"no-sku-errors,truncate,bad-counts\""));
	CU_ASSERT(ask_says(&a, "\"fault\":\"no-sku-errors,503,bad-counts\""));
	ask_close(&a);
}

static void faulty_requests_take_their_place_in_the_limits(void)
{
	struct ask a = { .faults = { "1-5@import:500" } };
	ask_open(&a);
	for (int i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(ask_import(&a, 0, IMPORT(PRODUCT("A"))), 500);
	CU_ASSERT_EQUAL(ask_import(&a, 0, IMPORT(PRODUCT("A"))), 429);
	ask_close(&a);
}

UNIT_SUITE(sandbox, UNIT(paths_and_methods_that_are_not_there_are_refused_in_json),
	UNIT(the_journal_has_every_request_and_no_token), UNIT(the_log_has_the_journal_a_line_each_and_is_added_to),
	UNIT(a_log_that_cannot_be_written_is_said_at_once), UNIT(a_malformed_fault_is_wrong_usage),
	UNIT(what_stands_after_a_fault), UNIT(the_first_fault_given_shapes_the_reply_and_jobs_take_all),
	UNIT(faulty_requests_take_their_place_in_the_limits))
