#include <stdio.h>

#include "script.h"
#include "unit.h"

#define TAKEN(id) { .method = "POST", .status = 202, .body = "{\"job_id\":\"" id "\"}" }
#define LARGE { .method = "POST", .status = 413, .body = "<html>Request Entity Too Large</html>" }
#define COMPLETED(id, n) \
	{ \
		.method = "GET", .status = 200, \
		.body = "{\"job_id\":\"" id "\",\"status\":\"completed\",\"total\":" #n ",\"processed\":" #n ",\"successes\":" #n \
				",\"failures\":0,\"errors\":[]}" \
	}
#define END { .method = NULL }

/* Whether the body of POST number `n` (from 0) is one of the records `first` to `last`, and of no others. */
static bool holds(struct stage *s, int n, int first, int last)
{
	struct buf expected = { 0 };
	buf_add(&expected, STR("{\"account_id\":\"1\",\"products\":["));
	for (int i = first; i <= last; i++)
		buf_printf(&expected, "%s{\"sku\":\"K%d\",\"name\":\"Thing\",\"brand\":\"B\"}", i > first ? "," : "", i);
	buf_add(&expected, STR("]}"));
	size_t shown = sizeof s->script.bodies[n] - 1; /* a longer one is cut */
	bool same = strncmp(s->script.bodies[n], buf_text(&expected), shown) == 0;
	buf_release(&expected);
	return same;
}

static void a_body_that_is_too_large_goes_in_two_halves_in_its_place(void)
{
	static const struct line lines[] = { LARGE, TAKEN("1"), TAKEN("2"), TAKEN("3"), COMPLETED("1", 3), COMPLETED("2", 2),
		COMPLETED("3", 5), END };
	struct stage s;
	stage_open(&s, 2, 5);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_TRUE(holds(&s, 0, 1, 5) && holds(&s, 1, 1, 3) && holds(&s, 2, 4, 5) && holds(&s, 3, 6, 10));
	stage_sums(&s, 10, 10, 0);
	CU_ASSERT_TRUE(stage_accepted(&s, "K3") && stage_accepted(&s, "K4") && stage_accepted(&s, "K10"));
	CU_ASSERT_EQUAL(s.result.http.retries, 0);
	CU_ASSERT_EQUAL(s.result.doubts, 0);
	stage_close(&s);
}

static void halves_go_down_to_a_single_record_which_is_refused(void)
{
	/* 5: 3 2, 3: 2 1, 2: 1 1 */
	static const struct line lines[] = { LARGE, LARGE, LARGE, TAKEN("1"), LARGE, TAKEN("2"), TAKEN("3"),
		COMPLETED("1", 1), COMPLETED("2", 1), COMPLETED("3", 2), END };
	struct stage s;
	stage_open(&s, 1, 5);
	s.connection.limit_count = 0;
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_FALSE(s.script.wrong);
	CU_ASSERT_EQUAL(s.script.posts, 7);
	CU_ASSERT_TRUE(holds(&s, 1, 1, 3) && holds(&s, 2, 1, 2) && holds(&s, 3, 1, 1) && holds(&s, 4, 2, 2));
	CU_ASSERT_TRUE(holds(&s, 5, 3, 3) && holds(&s, 6, 4, 5));
	stage_sums(&s, 5, 4, 1);
	CU_ASSERT_STRING_EQUAL(stage_refused(&s), "K2 catalog.csv:3 http.413: 413: <html>Request Entity Too Large</html>\n");
	CU_ASSERT_TRUE(stage_accepted(&s, "K1") && !stage_accepted(&s, "K2") && stage_accepted(&s, "K5"));
	stage_close(&s);
}

static void a_server_that_takes_nothing_refuses_every_record_once(void)
{
	static const struct line lines[] = { LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, END };
	struct stage s;
	stage_open(&s, 1, 4);
	s.connection.limit_count = 0;
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_EQUAL(s.script.posts, 7);
	stage_sums(&s, 4, 0, 4);
	stage_close(&s);
}

static void errors_of_a_half_are_those_of_its_records(void)
{
	static const struct line lines[] = { LARGE, TAKEN("1"), TAKEN("2"), COMPLETED("1", 2),
		{ .method = "GET", .status = 200, .body = "{\"job_id\":\"2\",\"status\":\"completed\",\"total\":2,\"processed\":2,"
			"\"successes\":1,\"failures\":1,\"errors\":[{\"line\":2,\"sku\":\"K4\",\"message\":\"bad\"}]}" },
		END };
	struct stage s;
	stage_open(&s, 1, 4);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	stage_sums(&s, 4, 3, 1);
	CU_ASSERT_STRING_EQUAL(stage_refused(&s), "K4 catalog.csv:5 import_error: bad\n");
	CU_ASSERT_TRUE(stage_accepted(&s, "K3") && !stage_accepted(&s, "K4"));
	stage_close(&s);
}

/* Wherever the process ends, the next one goes on with the halves, and sends only what is in doubt a second time. */
static void halves_outlive_a_crash(void)
{
	static const struct line lines[] = { LARGE, TAKEN("1"), TAKEN("2"), COMPLETED("1", 2), COMPLETED("2", 2), END };
	static const struct line again[] = { TAKEN("3"), TAKEN("4"), COMPLETED("3", 2), COMPLETED("4", 2), END };
	static const struct line whole[] = { LARGE, TAKEN("3"), TAKEN("4"), COMPLETED("3", 2), COMPLETED("4", 2), END };
	static const struct line second[] = { COMPLETED("1", 2), TAKEN("4"), COMPLETED("4", 2), END };
	static const struct {
		size_t line;
		enum script_kill kill;
		const struct line *rest;
		uint64_t doubts;
	} table[] = {
		{ 0, KILL_BEFORE_REPLY, whole, 1 },  /* the whole is in doubt, and too large again */
		{ 0, KILL_AFTER_REPLY, again, 0 },
		{ 1, KILL_BEFORE_SENDING, again, 1 },
		{ 1, KILL_BEFORE_REPLY, again, 1 },
		{ 1, KILL_AFTER_REPLY, second, 0 },
		{ 2, KILL_BEFORE_REPLY, second, 1 },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct stage s;
		stage_open(&s, 1, 4);
		stage_die(&s, lines, table[i].line, table[i].kill, false);
		CU_ASSERT_EQUAL_FATAL(stage_resume(&s), 0);
		CU_ASSERT_EQUAL(stage_go_on(&s, table[i].rest), 0);
		CU_ASSERT_FALSE(s.script.wrong);
		CU_ASSERT_EQUAL(s.result.doubts, table[i].doubts);
		stage_sums(&s, 4, 4, 0);
		stage_close(&s);
	}
}

static void halves_keep_their_place_in_the_next_process(void)
{
	static const struct line lines[] = { LARGE, END };
	static const struct line rest[] = { TAKEN("1"), TAKEN("2"), TAKEN("3"), COMPLETED("1", 2), COMPLETED("2", 1),
		COMPLETED("3", 3), END };
	struct stage s;
	stage_open(&s, 2, 3);
	stage_die(&s, lines, 0, KILL_AFTER_REPLY, false);
	CU_ASSERT_EQUAL_FATAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, rest), 0);
	CU_ASSERT_TRUE(holds(&s, 0, 1, 2) && holds(&s, 1, 3, 3) && holds(&s, 2, 4, 6));
	stage_sums(&s, 6, 6, 0);
	stage_close(&s);
}

UNIT_SUITE(halves, UNIT(a_body_that_is_too_large_goes_in_two_halves_in_its_place),
	UNIT(halves_go_down_to_a_single_record_which_is_refused), UNIT(a_server_that_takes_nothing_refuses_every_record_once),
	UNIT(errors_of_a_half_are_those_of_its_records), UNIT(halves_outlive_a_crash),
	UNIT(halves_keep_their_place_in_the_next_process))
