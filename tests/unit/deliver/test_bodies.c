/* Bodies of many records whose reply is final: without a job. */
#include <stdio.h>

#include "script.h"
#include "unit.h"

#define REPLY(code, text) { .method = "POST", .status = code, .body = text }
#define BROKEN { .method = "POST", .end = EXCHANGE_UNKNOWN }
#define END { .method = NULL }

#define IDEMPOTENT "\"idempotent\":true"
#define ONCE "\"idempotent\":false"
#define ITEMS \
	"\"items\":{\"list\":\"results\",\"key\":\"sku\",\"message\":\"text\"," \
	"\"ok\":{\"path\":\"state\",\"values\":[\"done\"]}}"

#define DOUBT "and sending it again is not allowed: look whether it is there before it is sent once more\n"

static void takes_a_reply_for_the_whole_body(void)
{
	static const struct line lines[] = { REPLY(200, "{}"), REPLY(400, "{\"code\":\"bad\",\"sku\":[\"No such thing.\"]}"),
		REPLY(200, "{}"), END };
	struct stage s;
	stage_open_batches(&s, 3, 2, IDEMPOTENT);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	stage_sums(&s, 6, 4, 2);
	CU_ASSERT_STRING_EQUAL(stage_refused(&s),
		"K3 catalog.csv:4 bad/sku: sku: No such thing.\nK4 catalog.csv:5 bad/sku: sku: No such thing.\n");
	CU_ASSERT_TRUE(stage_accepted(&s, "K1") && stage_accepted(&s, "K2") && stage_accepted(&s, "K6"));
	CU_ASSERT_FALSE(stage_accepted(&s, "K3") || stage_accepted(&s, "K4"));
	CU_ASSERT_EQUAL(stage_record(&s).outputs[0].jobs, 0);
	stage_close(&s);
}

static void gives_each_record_the_result_that_the_reply_has_for_it(void)
{
	static const struct line lines[] = {
		REPLY(200, "{\"results\":[{\"sku\":\"K1\",\"state\":\"done\"},{\"sku\":\"K2\",\"state\":\"no\",\"text\":\"Too dear\"}]}"), END
	};
	struct stage s;
	stage_open_batches(&s, 1, 3, IDEMPOTENT "," ITEMS);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	stage_sums(&s, 3, 1, 2);
	CU_ASSERT_STRING_EQUAL(stage_refused(&s), "K2 catalog.csv:3 refused: Too dear\n"
		"K3 catalog.csv:4 no_result: the reply gives no result for it: whether it was accepted is not known\n");
	CU_ASSERT_TRUE(stage_accepted(&s, "K1"));
	CU_ASSERT_FALSE(stage_accepted(&s, "K2") || stage_accepted(&s, "K3"));
	stage_close(&s);
}

/* Where results fit no record, it is not known which were accepted: none may pass for it. */
static void remembers_no_record_where_a_result_fits_none(void)
{
	static const struct line lines[] = { REPLY(200, "{\"results\":[{\"sku\":\"K9\",\"text\":\"Bad\"}]}"), END };
	struct stage s;
	stage_open_batches(&s, 1, 2, IDEMPOTENT ",\"items\":{\"list\":\"results\",\"key\":\"sku\",\"message\":\"text\"}");
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	stage_sums(&s, 2, 1, 1);
	CU_ASSERT_FALSE(stage_accepted(&s, "K1") || stage_accepted(&s, "K2"));
	stage_close(&s);
}

static void sends_a_body_again_whose_fate_is_not_known(void)
{
	static const struct line lines[] = { BROKEN, REPLY(502, ""), REPLY(200, "<html>"), REPLY(200, "{}"), END };
	struct stage s;
	stage_open_batches(&s, 1, 2, IDEMPOTENT);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	stage_sums(&s, 2, 2, 0);
	CU_ASSERT_EQUAL(s.script.posts, 4);
	CU_ASSERT_TRUE(stage_accepted(&s, "K2"));
	stage_close(&s);
}

static void never_sends_a_body_twice_where_that_counts_twice(void)
{
	static const struct line lines[] = { BROKEN, REPLY(500, ""), REPLY(200, "<html>"), REPLY(503, ""), REPLY(200, "{}"),
		END };
	struct stage s;
	stage_open_batches(&s, 4, 1, ONCE);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	stage_sums(&s, 4, 1, 3);
	CU_ASSERT_EQUAL(s.script.posts, 5); /* a 503 says that nothing was done */
	const char *refused = stage_refused(&s);
	for (int i = 1; i <= 3; i++) {
		char start[40];
		snprintf(start, sizeof start, "K%d catalog.csv:%d in_doubt: ", i, i + 1);
		CU_ASSERT_PTR_NOT_NULL(strstr(refused, start));
	}
	CU_ASSERT_PTR_NOT_NULL(strstr(refused, DOUBT));
	CU_ASSERT_FALSE(stage_accepted(&s, "K1") || stage_accepted(&s, "K2") || stage_accepted(&s, "K3"));
	CU_ASSERT_TRUE(stage_accepted(&s, "K4"));
	stage_close(&s);
}

static void refuses_after_a_crash_what_was_under_way_and_must_not_be_sent_twice(void)
{
	static const struct line first[] = { REPLY(200, "{}"), REPLY(200, "{}"), END };
	static const struct line rest[] = { REPLY(200, "{}"), END };
	struct stage s;
	stage_open_batches(&s, 3, 1, ONCE);
	stage_die(&s, first, 1, KILL_BEFORE_REPLY, false);
	CU_ASSERT_EQUAL_FATAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, rest), 0);
	stage_sums(&s, 3, 2, 1);
	CU_ASSERT_STRING_EQUAL(stage_refused(&s),
		"K2 catalog.csv:3 in_doubt: whether it was taken is not known (nothing was heard of it), " DOUBT);
	CU_ASSERT_TRUE(stage_accepted(&s, "K1") && stage_accepted(&s, "K3"));
	CU_ASSERT_FALSE(stage_accepted(&s, "K2"));
	stage_close(&s);
}

UNIT_SUITE(bodies, UNIT(takes_a_reply_for_the_whole_body), UNIT(gives_each_record_the_result_that_the_reply_has_for_it),
	UNIT(remembers_no_record_where_a_result_fits_none), UNIT(sends_a_body_again_whose_fate_is_not_known),
	UNIT(never_sends_a_body_twice_where_that_counts_twice),
	UNIT(refuses_after_a_crash_what_was_under_way_and_must_not_be_sent_twice))
