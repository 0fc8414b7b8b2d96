#include <stdio.h>

#include "script.h"
#include "unit.h"

#define TAKEN(id) { .method = "POST", .status = 202, .body = "{\"job_id\":\"" id "\"}" }
#define RUNNING(id) { .method = "GET", .status = 200, .body = "{\"job_id\":\"" id "\",\"status\":\"processing\"}" }
#define COMPLETED(id, n) \
	{ \
		.method = "GET", .status = 200, \
		.body = "{\"job_id\":\"" id "\",\"status\":\"completed\",\"total\":" #n ",\"processed\":" #n ",\"successes\":" #n \
										",\"failures\":0,\"errors\":[]}" \
	}
#define STATUS(m, code) \
	{ \
		.method = m, .status = code, .body = "{\"error\":{\"code\":\"c" #code "\",\"message\":\"m" #code "\"}}" \
	}
#define BROKEN(m) { .method = m, .end = EXCHANGE_UNKNOWN }
#define END { .method = NULL }

static void check(struct stage *s, uint64_t accepted, uint64_t refused, uint64_t left)
{
	struct run_record r = stage_record(s);
	CU_ASSERT_EQUAL_FATAL(r.output_count, 1);
	const struct run_output *o = &r.outputs[0];
	CU_ASSERT_EQUAL(o->accepted, accepted);
	CU_ASSERT_EQUAL(o->refused, refused);
	CU_ASSERT_EQUAL(o->records - o->accepted - o->refused - o->unchanged, left);
}

static void delivers_a_batch_and_polls_its_job_to_the_end(void)
{
	static const struct line lines[] = { TAKEN("7"), RUNNING("7"), RUNNING("7"), COMPLETED("7", 3), END };
	struct stage s;
	stage_open(&s, 1, 3);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	check(&s, 3, 0, 0);
	CU_ASSERT_STRING_EQUAL(s.script.last_url, "https://quotiza.test/api/products/import_status?account_id=1&job_id=7");
	CU_ASSERT_PTR_NOT_NULL(strstr(s.script.bodies[0], "\"account_id\":\"1\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.script.bodies[0], "\"sku\":\"K3\""));
	CU_ASSERT_EQUAL(s.result.http.requests, 4);
	CU_ASSERT_EQUAL(s.result.http.retries, 0);
	CU_ASSERT_TRUE(stage_accepted(&s, "K1") && stage_accepted(&s, "K3"));
	CU_ASSERT_FALSE(stage_accepted(&s, "K4"));
	struct run_record r = stage_record(&s);
	CU_ASSERT_EQUAL(r.outputs[0].jobs, 1);
	CU_ASSERT_EQUAL(r.outputs[0].sent, 3);
	CU_ASSERT_EQUAL(r.http.requests, 4);
	stage_close(&s);
}

static void sends_ten_batches_within_the_limits_in_little_more_than_a_minute(void)
{
	static const struct line lines[] = { TAKEN("1"), TAKEN("2"), TAKEN("3"), TAKEN("4"), TAKEN("5"), COMPLETED("1", 1),
		COMPLETED("2", 1), COMPLETED("3", 1), COMPLETED("4", 1), COMPLETED("5", 1), TAKEN("6"), TAKEN("7"), TAKEN("8"),
		TAKEN("9"), TAKEN("10"), COMPLETED("6", 1), COMPLETED("7", 1), COMPLETED("8", 1), COMPLETED("9", 1),
		COMPLETED("10", 1), END };
	struct stage s;
	stage_open(&s, 10, 1);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	check(&s, 10, 0, 0);
	CU_ASSERT_EQUAL(s.script.posts, 10);
	CU_ASSERT_TRUE(s.script.now_ms < 75000);
	for (int i = 10; i < s.script.posts + s.script.gets; i++)
		CU_ASSERT_TRUE(s.script.times[i] - s.script.times[i - 10] >= 60000);
	CU_ASSERT_TRUE(s.result.http.waited_ms > 50000);
	stage_close(&s);
}

static void gives_refused_records_back_to_their_rows(void)
{
	static const struct line lines[] = { TAKEN("7"),
		{ .method = "GET",
			.status = 200,
			.body =
				"{\"job_id\":\"7\",\"status\":\"completed\",\"total\":4,"
				"\"processed\":4,\"successes\":2,\"failures\":2,\"errors\":[{\"line\":9,\"sku\":\"K4\",\"message\":\"Name can't be blank\"},"
				"{\"sku\":\"K2\",\"message\":\"Cost is bad\"},{\"sku\":\"K2\",\"message\":\"Brand is bad\"}]}" },
		END };
	struct stage s;
	stage_open(&s, 1, 4);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	check(&s, 2, 2, 0);
	CU_ASSERT_STRING_EQUAL(stage_refused(&s), "K2 catalog.csv:3 import_error: Cost is bad; Brand is bad\n"
		"K4 catalog.csv:5 import_error: Name can't be blank\n");
	CU_ASSERT_TRUE(stage_accepted(&s, "K1") && stage_accepted(&s, "K3"));
	CU_ASSERT_FALSE(stage_accepted(&s, "K2") || stage_accepted(&s, "K4"));
	stage_close(&s);
}

static void refuses_the_batch_of_a_job_that_failed(void)
{
	static const struct line lines[] = { TAKEN("7"),
		{ .method = "GET",
			.status = 200,
			.body = "{\"job_id\":\"7\",\"status\":\"failed\","
											"\"errors\":[{\"message\":\"Account is suspended\"}]}" },
		END };
	struct stage s;
	stage_open(&s, 1, 2);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	check(&s, 0, 2, 0);
	CU_ASSERT_STRING_EQUAL(stage_refused(&s),
		"K1 catalog.csv:2 job_failed: Account is suspended\nK2 catalog.csv:3 job_failed: Account is suspended\n");
	CU_ASSERT_FALSE(stage_accepted(&s, "K1"));
	stage_close(&s);
}

static void refuses_the_records_of_a_request_that_is_refused_and_goes_on(void)
{
	static const struct line lines[] = { STATUS("POST", 400), TAKEN("8"), STATUS("POST", 413), COMPLETED("8", 1), END };
	struct stage s;
	stage_open(&s, 3, 1);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	check(&s, 1, 2, 0);
	CU_ASSERT_STRING_EQUAL(stage_refused(&s), "K1 catalog.csv:2 c400: m400\nK3 catalog.csv:4 c413: m413\n");
	stage_close(&s);
}

static void waits_as_long_as_a_429_asks(void)
{
	static const struct line lines[] = { { .method = "POST", .status = 429, .retry_after = "30" }, TAKEN("7"),
		{ .method = "GET", .status = 429, .retry_after = "40" }, COMPLETED("7", 1), END };
	struct stage s;
	stage_open(&s, 1, 1);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	check(&s, 1, 0, 0);
	CU_ASSERT_TRUE(s.script.times[1] - s.script.times[0] >= 30000);
	CU_ASSERT_TRUE(s.script.times[3] - s.script.times[2] >= 40000);
	CU_ASSERT_EQUAL(s.result.http.throttled, 2);
	CU_ASSERT_EQUAL(s.result.http.retries, 2);
	CU_ASSERT_TRUE(s.result.http.waited_ms >= 70000);
	stage_close(&s);
}

static void stops_where_the_server_asks_for_too_long_a_wait(void)
{
	static const struct line lines[] = { TAKEN("7"), { .method = "POST", .status = 429, .retry_after = "7200" }, END };
	static const struct line rest[] = { COMPLETED("7", 1), TAKEN("8"), COMPLETED("8", 1), END };
	struct stage s;
	stage_open(&s, 2, 1);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.e.message, "2026-11-21T20:10:00.2"));
	CU_ASSERT_EQUAL(s.result.resume_ms, START_MS + s.script.now_ms + 7200000);
	check(&s, 0, 0, 2);
	s.script.now_ms += 7200000;
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, rest), 0);
	check(&s, 2, 0, 0);
	stage_close(&s);
}

static void outlives_a_burst_of_500s(void)
{
	static const struct line lines[] = { STATUS("POST", 500), STATUS("POST", 502),
		{ .method = "POST", .end = EXCHANGE_UNSENT }, STATUS("POST", 503), STATUS("POST", 504), TAKEN("7"),
		STATUS("GET", 500), COMPLETED("7", 1), END };
	struct stage s;
	stage_open(&s, 1, 1);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	check(&s, 1, 0, 0);
	for (int i = 1; i < 5; i++)
		CU_ASSERT_TRUE(s.script.times[i] - s.script.times[i - 1] >= 500 << (i - 1));
	CU_ASSERT_EQUAL(s.result.http.retries, 6);
	CU_ASSERT_EQUAL(s.result.doubts, 0);
	stage_close(&s);
}

static void stops_when_its_tries_are_used_up(void)
{
	static const struct line lines[] = { STATUS("POST", 500), STATUS("POST", 500), STATUS("POST", 500),
		STATUS("POST", 500), STATUS("POST", 500), STATUS("POST", 500), STATUS("POST", 500), END };
	static const struct line rest[] = { TAKEN("7"), COMPLETED("7", 2), END };
	struct stage s;
	stage_open(&s, 1, 2);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
	CU_ASSERT_EQUAL(s.script.posts, 7);
	check(&s, 0, 0, 2);
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, rest), 0);
	check(&s, 2, 0, 0);
	stage_close(&s);
}

static void sends_what_is_in_doubt_again_and_counts_it(void)
{
	static const struct line lines[] = { BROKEN("POST"), { .method = "POST", .status = 202, .body = "<html>" }, TAKEN("7"),
		COMPLETED("7", 1), END };
	struct stage s;
	stage_open(&s, 1, 1);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	check(&s, 1, 0, 0);
	CU_ASSERT_EQUAL(s.result.doubts, 2);
	CU_ASSERT_EQUAL(stage_record(&s).doubts, 2);
	CU_ASSERT_STRING_EQUAL(s.script.bodies[0], s.script.bodies[2]);
	stage_close(&s);
}

static void stops_at_once_when_credentials_are_refused(void)
{
	static const struct line lines[] = { TAKEN("7"), STATUS("POST", 401), END };
	static const struct line polled[] = { TAKEN("7"), STATUS("GET", 401), END };
	struct stage s;
	stage_open(&s, 3, 1);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_CREDENTIALS);
	CU_ASSERT_EQUAL(s.script.posts, 2);
	check(&s, 0, 0, 3);
	stage_close(&s);
	stage_open(&s, 1, 1);
	CU_ASSERT_EQUAL(stage_deliver(&s, polled), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_CREDENTIALS);
	stage_close(&s);
}

static void stops_at_a_redirect(void)
{
	static const struct line lines[] = { { .method = "POST", .status = 307 }, END };
	struct stage s;
	stage_open(&s, 1, 1);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
	CU_ASSERT_STRING_EQUAL(s.e.code, "http.redirect");
	stage_close(&s);
}

static void sends_again_once_when_the_server_forgets_a_job(void)
{
	static const struct line once[] = { TAKEN("7"),
		{ .method = "GET", .status = 404, .body = "{\"error\":{\"code\":\"job_not_found\"}}" }, TAKEN("8"), COMPLETED("8", 1),
		END };
	static const struct line twice[] = { TAKEN("7"),
		{ .method = "GET", .status = 404, .body = "{\"error\":{\"code\":\"job_not_found\"}}" }, TAKEN("8"),
		{ .method = "GET", .status = 404, .body = "{\"error\":{\"code\":\"job_not_found\"}}" }, END };
	struct stage s;
	stage_open(&s, 1, 1);
	CU_ASSERT_EQUAL(stage_deliver(&s, once), 0);
	check(&s, 1, 0, 0);
	CU_ASSERT_EQUAL(s.result.doubts, 1);
	stage_close(&s);
	stage_open(&s, 1, 1);
	CU_ASSERT_EQUAL(stage_deliver(&s, twice), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
	check(&s, 0, 0, 1);
	stage_close(&s);
}

static void takes_an_unknown_state_for_running(void)
{
	static const struct line lines[] = { TAKEN("7"),
		{ .method = "GET", .status = 200, .body = "{\"job_id\":\"7\",\"status\":\"defrosting\"}" }, COMPLETED("7", 1), END };
	struct stage s;
	stage_open(&s, 1, 1);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	check(&s, 1, 0, 0);
	stage_close(&s);
}

static void leaves_a_job_that_does_not_end_and_delivers_the_rest(void)
{
	static const struct line lines[] = { TAKEN("7"), TAKEN("8"), RUNNING("7"), COMPLETED("8", 1), RUNNING("7"),
		RUNNING("7"), END };
	static const struct line rest[] = { COMPLETED("7", 1), END };
	struct stage s;
	stage_open(&s, 2, 1);
	s.connection.job_timeout_ms = 4000;
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
	CU_ASSERT_STRING_EQUAL(s.e.code, "delivery.job_timeout");
	check(&s, 1, 0, 1);
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, rest), 0); /* polled, not sent again */
	check(&s, 2, 0, 0);
	stage_close(&s);
}

static void trusts_no_answer_that_stands_for_two_batches(void)
{
	static const struct line lines[] = { TAKEN("7"), TAKEN("7"), END };
	static const struct line rest[] = { TAKEN("8"), TAKEN("9"), COMPLETED("8", 1), COMPLETED("9", 1), END };
	struct stage s;
	stage_open(&s, 2, 1);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), -1);
	CU_ASSERT_STRING_EQUAL(s.e.code, "delivery.same_job");
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, rest), 0);
	check(&s, 2, 0, 0);
	stage_close(&s);
}

static void goes_on_from_wherever_it_was_killed(void)
{
	static const struct line lines[] = { TAKEN("7"), TAKEN("8"), RUNNING("7"), COMPLETED("8", 2), COMPLETED("7", 2), END };
	static const struct {
		size_t line;
		enum script_kill kill;
		struct line rest[8];
		uint64_t doubts;
	} table[] = {
		/* the intent stands, nothing left: not known to whoever reads the ledger, so in doubt */
		{ 0, KILL_BEFORE_SENDING, { TAKEN("1"), TAKEN("2"), COMPLETED("1", 2), COMPLETED("2", 2), END }, 1 },
		/* sent, no answer */
		{ 0, KILL_BEFORE_REPLY, { TAKEN("1"), TAKEN("2"), COMPLETED("1", 2), COMPLETED("2", 2), END }, 1 },
		/* the answer is noted: polled first, sent once */
		{ 0, KILL_AFTER_REPLY, { COMPLETED("7", 2), TAKEN("2"), COMPLETED("2", 2), END }, 0 },
		{ 1, KILL_BEFORE_REPLY, { COMPLETED("7", 2), TAKEN("2"), COMPLETED("2", 2), END }, 1 },
		{ 2, KILL_BEFORE_SENDING, { COMPLETED("7", 2), COMPLETED("8", 2), END }, 0 },
		{ 2, KILL_BEFORE_REPLY, { COMPLETED("7", 2), COMPLETED("8", 2), END }, 0 },
		{ 2, KILL_AFTER_REPLY, { COMPLETED("7", 2), COMPLETED("8", 2), END }, 0 },
		{ 3, KILL_BEFORE_REPLY, { COMPLETED("7", 2), COMPLETED("8", 2), END }, 0 },
		{ 3, KILL_AFTER_REPLY, { COMPLETED("7", 2), END }, 0 },
		{ 4, KILL_AFTER_REPLY, { END }, 0 },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct stage s;
		stage_open(&s, 2, 2);
		stage_die(&s, lines, table[i].line, table[i].kill, false);
		CU_ASSERT_EQUAL(stage_record(&s).status, RUN_STOPPED);
		CU_ASSERT_EQUAL_FATAL(stage_resume(&s), 0);
		CU_ASSERT_EQUAL(stage_record(&s).status, RUN_RUNNING);
		s.script.now_ms = 300000; /* of the run that died its clock knows nothing */
		CU_ASSERT_EQUAL(stage_go_on(&s, table[i].rest), 0);
		CU_ASSERT_EQUAL(s.script.at, (size_t)(s.script.posts + s.script.gets));
		CU_ASSERT_PTR_NULL(table[i].rest[s.script.at].method);
		CU_ASSERT_EQUAL(s.result.doubts, table[i].doubts);
		check(&s, 4, 0, 0);
		CU_ASSERT_TRUE(stage_accepted(&s, "K4"));
		stage_close(&s);
	}
}

static void knows_nothing_of_a_key_while_its_value_is_in_doubt(void)
{
	static const struct line first[] = { TAKEN("1"), COMPLETED("1", 1), END };
	static const struct line second[] = { TAKEN("2"), END };
	struct stage s;
	stage_open(&s, 1, 1);
	CU_ASSERT_EQUAL(stage_deliver(&s, first), 0);
	CU_ASSERT_TRUE(stage_accepted(&s, "K1"));
	stage_new_run(&s, 1, 1);
	stage_die(&s, second, 0, KILL_BEFORE_REPLY, false);
	CU_ASSERT_FALSE(stage_accepted(&s, "K1"));
	stage_close(&s);
}

static void does_not_put_older_values_over_newer_ones(void)
{
	static const struct line first[] = { TAKEN("1"), END };
	static const struct line second[] = { TAKEN("2"), COMPLETED("2", 1), END };
	static const struct line none[] = { END };
	struct stage s;
	char old[RUN_ID_SIZE];
	stage_open(&s, 2, 1);
	stage_die(&s, first, 1, KILL_BEFORE_SENDING, false);
	strcpy(old, s.id);
	CU_ASSERT_EQUAL(stage_record(&s).status, RUN_STOPPED);
	stage_new_run(&s, 1, 1);
	CU_ASSERT_EQUAL(stage_deliver(&s, second), 0);
	strcpy(s.id, old);
	CU_ASSERT_EQUAL(stage_record(&s).status, RUN_SUPERSEDED);
	CU_ASSERT_EQUAL_FATAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, none), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
	CU_ASSERT_STRING_EQUAL(s.e.code, "run.superseded");
	CU_ASSERT_EQUAL(s.script.posts + s.script.gets, 0);
	stage_close(&s);
}

static void does_not_go_on_to_another_place(void)
{
	static const struct line first[] = { TAKEN("1"), END };
	static const struct line none[] = { END };
	struct stage s;
	stage_open(&s, 2, 1);
	stage_die(&s, first, 1, KILL_BEFORE_SENDING, false);
	CU_ASSERT_EQUAL_FATAL(stage_resume(&s), 0);
	s.connection.host = "sandbox.test";
	CU_ASSERT_EQUAL(stage_go_on(&s, none), -1);
	CU_ASSERT_STRING_EQUAL(s.e.code, "run.other_place");
	stage_close(&s);
}

static void lets_one_delivery_at_a_time_through_and_says_for_whom_it_waits(void)
{
	static const struct line none[] = { END };
	struct stage s;
	struct accepted *other;
	stage_open(&s, 1, 1);
	CU_ASSERT_EQUAL_FATAL(accepted_open(s.state, s.contract, str_of(s.connection.host), s.connection.account,
																								"20260101-000000-abcd", NULL, NULL, &other, &s.e),
		0);
	CU_ASSERT_EQUAL(stage_deliver(&s, none), 0); /* ended by the signal that the script gives while it waits */
	CU_ASSERT_EQUAL(s.result.signal, 2);
	CU_ASSERT_TRUE(s.script.busy > 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.script.why, "run 20260101-000000-abcd, process "));
	accepted_close(other);
	stage_close(&s);
}

static void lets_the_request_at_hand_end_when_a_signal_comes(void)
{
	static const struct line lines[] = { TAKEN("7"), TAKEN("8"), END };
	static const struct line rest[] = { COMPLETED("7", 1), COMPLETED("8", 1), TAKEN("9"), COMPLETED("9", 1), END };
	struct stage s;
	stage_open(&s, 3, 1);
	s.script.signal_at = 2;
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_EQUAL(s.result.signal, 15);
	CU_ASSERT_EQUAL(s.script.posts, 2);
	CU_ASSERT_EQUAL(s.script.cancelled, 0);
	CU_ASSERT_EQUAL(stage_record(&s).outputs[0].jobs, 2);
	check(&s, 0, 0, 3);
	s.script.signal_at = 0;
	s.script.now_ms += 20000;
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, rest), 0);
	CU_ASSERT_EQUAL(s.result.doubts, 0);
	check(&s, 3, 0, 0);
	stage_close(&s);
}

static void abandons_a_request_that_does_not_end_after_a_signal(void)
{
	static const struct line lines[] = { TAKEN("7"), END };
	static const struct line rest[] = { TAKEN("7"), COMPLETED("7", 1), END };
	struct stage s;
	stage_open(&s, 1, 1);
	s.script.hangs = true;
	s.script.signal_at = 1;
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_EQUAL(s.result.signal, 15);
	CU_ASSERT_EQUAL(s.script.cancelled, 1);
	CU_ASSERT_TRUE(s.script.now_ms <= 5000);
	s.script.hangs = false;
	s.script.signal_at = 0;
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, rest), 0);
	CU_ASSERT_EQUAL(s.result.doubts, 1);
	check(&s, 1, 0, 0);
	stage_close(&s);
}

static void refuses_a_spool_that_has_changed(void)
{
	static const struct line none[] = { END };
	struct stage s;
	stage_open(&s, 1, 1);
	const char *path = arena_printf(&s.arena, "%s/quotiza.products-00001.json", run_spool(s.run)).p;
	CU_ASSERT_EQUAL(
		io_replace_file(path, STR("{\"products\":[{\"sku\":\"K9\",\"name\":\"Thing\",\"brand\":\"B\"}]}"), 0600, &s.e), 0);
	CU_ASSERT_EQUAL(stage_deliver(&s, none), -1);
	CU_ASSERT_STRING_EQUAL(s.e.code, "spool.changed");
	CU_ASSERT_EQUAL(s.script.posts, 0);
	stage_close(&s);
}

static void plans_the_least_time(void)
{
	struct stage s;
	struct deliver_plan plan;
	stage_open(&s, 1, 1);
	deliver_plan(s.contract, &s.connection, 9500, 10, &plan);
	CU_ASSERT_EQUAL(plan.records, 9500);
	CU_ASSERT_EQUAL(plan.requests, 10);
	CU_ASSERT_EQUAL(plan.polls, 10);
	CU_ASSERT_EQUAL(plan.least_ms, 60000);
	deliver_plan(s.contract, &s.connection, 1, 1, &plan);
	CU_ASSERT_EQUAL(plan.least_ms, 0);
	deliver_plan(s.contract, &s.connection, 0, 0, &plan);
	CU_ASSERT_EQUAL(plan.least_ms, 0);
	stage_close(&s);
}

UNIT_SUITE(deliver, UNIT(delivers_a_batch_and_polls_its_job_to_the_end),
	UNIT(sends_ten_batches_within_the_limits_in_little_more_than_a_minute), UNIT(gives_refused_records_back_to_their_rows),
	UNIT(refuses_the_batch_of_a_job_that_failed), UNIT(refuses_the_records_of_a_request_that_is_refused_and_goes_on),
	UNIT(waits_as_long_as_a_429_asks), UNIT(stops_where_the_server_asks_for_too_long_a_wait),
	UNIT(outlives_a_burst_of_500s), UNIT(stops_when_its_tries_are_used_up),
	UNIT(sends_what_is_in_doubt_again_and_counts_it), UNIT(stops_at_once_when_credentials_are_refused),
	UNIT(stops_at_a_redirect), UNIT(sends_again_once_when_the_server_forgets_a_job),
	UNIT(takes_an_unknown_state_for_running), UNIT(leaves_a_job_that_does_not_end_and_delivers_the_rest),
	UNIT(trusts_no_answer_that_stands_for_two_batches), UNIT(goes_on_from_wherever_it_was_killed),
	UNIT(knows_nothing_of_a_key_while_its_value_is_in_doubt), UNIT(does_not_put_older_values_over_newer_ones),
	UNIT(does_not_go_on_to_another_place), UNIT(lets_one_delivery_at_a_time_through_and_says_for_whom_it_waits),
	UNIT(lets_the_request_at_hand_end_when_a_signal_comes), UNIT(abandons_a_request_that_does_not_end_after_a_signal),
	UNIT(refuses_a_spool_that_has_changed), UNIT(plans_the_least_time))
