#include <stdio.h>
#include <unistd.h>

#include "script.h"
#include "unit.h"

#define KNOWN "\"idempotent\":true"
#define UNKNOWN "\"idempotent\":false"
#define WORD KNOWN ",\"ok\":{\"path\":\"status\",\"values\":[\"OK\"]}"
#define REPLY(code, text) { .method = "POST", .status = code, .body = text }
#define OK REPLY(200, "{\"id\":1}")
#define BROKEN { .method = "POST", .end = EXCHANGE_UNKNOWN }
#define END { .method = NULL }

/* So many replies that take the record. */
static const struct line *taken(struct stage *s, int count)
{
	struct line *lines = ARENA_ARRAY(&s->arena, (size_t)count + 1, struct line);
	for (int i = 0; i < count; i++)
		lines[i] = (struct line)OK;
	return lines;
}

static void sends_every_line_as_it_stands(void)
{
	static const struct line lines[] = { OK, OK, REPLY(200, ""), END };
	struct stage s;
	stage_open_lines(&s, 3, KNOWN);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_STRING_EQUAL(s.script.bodies[1], "{\"sku\":\"K2\",\"price\":\"1.00\"}");
	CU_ASSERT_STRING_EQUAL(s.script.last_url, "https://quotiza.test/api/things");
	CU_ASSERT_EQUAL(s.result.http.requests, 3);
	stage_sums(&s, 3, 3, 0);
	CU_ASSERT_TRUE(stage_accepted(&s, "K1") && stage_accepted(&s, "K3"));
	stage_close(&s);
}

static void cuts_lines_into_parcels_of_any_number(void)
{
	static const int sizes[] = { 0, 1, PARCEL_LINES - 1, PARCEL_LINES, PARCEL_LINES + 1, 2 * PARCEL_LINES + 1 };
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct stage s;
		struct run_totals t;
		stage_open_lines(&s, sizes[i], KNOWN);
		CU_ASSERT_EQUAL(run_totals(s.run, s.contract->target, &t, &s.e), 0);
		CU_ASSERT_EQUAL(t.parcels, (uint64_t)(sizes[i] + PARCEL_LINES - 1) / PARCEL_LINES);
		CU_ASSERT_EQUAL(t.records, (uint64_t)sizes[i]);
		CU_ASSERT_EQUAL(stage_deliver(&s, taken(&s, sizes[i])), 0);
		CU_ASSERT_EQUAL(s.script.posts, sizes[i]);
		stage_sums(&s, (uint64_t)sizes[i], (uint64_t)sizes[i], 0);
		stage_close(&s);
	}
}

static void gives_a_refused_record_back_with_its_field_and_goes_on(void)
{
	static const struct line lines[] = { OK,
		REPLY(400, "{\"nothing\":[\"At all.\"],\"price\":[\"A valid number is required.\",\"Really.\"],\"code\":\"invalid\"}"),
		REPLY(409, ""), REPLY(413, "<html>"), OK, END };
	struct stage s;
	stage_open_lines(&s, 5, KNOWN);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	stage_sums(&s, 5, 2, 3);
	CU_ASSERT_STRING_EQUAL(stage_refused(&s),
		"K2 catalog.csv:3 invalid/price: price: A valid number is required. Really.; nothing: At all.\n"
		"K3 catalog.csv:4 http.409: 409\n"
		"K4 catalog.csv:5 http.413: 413: <html>\n");
	CU_ASSERT_TRUE(stage_accepted(&s, "K1") && !stage_accepted(&s, "K2") && stage_accepted(&s, "K5"));
	stage_close(&s);
}

static void ends_at_once_where_credentials_are_refused_and_keeps_what_is_known(void)
{
	static const struct line lines[] = { OK, REPLY(400, "{\"code\":\"bad\"}"), REPLY(401, "{\"detail\":\"No.\"}"), END };
	struct stage s;
	stage_open_lines(&s, 300, KNOWN);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_CREDENTIALS);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.e.message, "K3 (catalog.csv:4): 401: detail: No."));
	CU_ASSERT_EQUAL(s.script.posts, 3);
	stage_sums(&s, 2, 1, 1);
	CU_ASSERT_TRUE(stage_accepted(&s, "K1") && !stage_accepted(&s, "K3"));
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, taken(&s, 298)), 0);
	CU_ASSERT_EQUAL(s.script.posts, 298);
	CU_ASSERT_EQUAL(s.result.doubts, 0);
	stage_sums(&s, 300, 299, 1);
	CU_ASSERT_TRUE(stage_accepted(&s, "K1") && !stage_accepted(&s, "K2") && stage_accepted(&s, "K3"));
	stage_close(&s);
}

static void stops_where_no_other_request_fares_better(void)
{
	static const int statuses[] = { 404, 301 };
	for (size_t i = 0; i < 2; i++) {
		struct line lines[] = { REPLY(statuses[i], ""), END };
		struct stage s;
		stage_open_lines(&s, 3, KNOWN);
		CU_ASSERT_EQUAL(stage_deliver(&s, lines), -1);
		CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
		stage_sums(&s, 0, 0, 0);
		stage_close(&s);
	}
}

static void tries_again_and_lets_others_go_on_meanwhile(void)
{
	static const struct line lines[] = { REPLY(500, ""), OK, OK, OK, END };
	struct stage s;
	stage_open_lines(&s, 3, KNOWN);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_STRING_EQUAL(s.script.bodies[1], "{\"sku\":\"K2\",\"price\":\"1.00\"}");
	CU_ASSERT_STRING_EQUAL(s.script.bodies[3], "{\"sku\":\"K1\",\"price\":\"1.00\"}");
	CU_ASSERT_EQUAL(s.result.http.retries, 1);
	CU_ASSERT_EQUAL(s.result.doubts, 0);
	stage_sums(&s, 3, 3, 0);
	stage_close(&s);
}

static void holds_everything_where_two_fail_in_a_row(void)
{
	static const struct line lines[] = { REPLY(500, ""), REPLY(502, ""), OK, OK, OK, END };
	struct stage s;
	stage_open_lines(&s, 3, KNOWN);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_TRUE(s.script.times[1] - s.script.times[0] < 200);
	CU_ASSERT_TRUE(s.script.times[2] - s.script.times[1] >= 500);
	stage_sums(&s, 3, 3, 0);
	stage_close(&s);
}

static void waits_as_long_as_the_server_asks(void)
{
	static const struct line lines[] = { OK, { .method = "POST", .status = 429, .retry_after = "30" }, OK, OK, END };
	struct stage s;
	stage_open_lines(&s, 3, KNOWN);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_TRUE(s.script.times[2] - s.script.times[1] >= 30000);
	CU_ASSERT_EQUAL(s.result.http.throttled, 1);
	stage_sums(&s, 3, 3, 0);
	stage_close(&s);
}

/* As if each were an answer to any record. */
static const struct line *failing(struct stage *s, int count, int status)
{
	struct line *lines = ARENA_ARRAY(&s->arena, (size_t)count + 1, struct line);
	for (int i = 0; i < count; i++)
		lines[i] = (struct line)REPLY(status, "");
	return lines;
}

static void stops_where_ten_records_in_a_row_fail(void)
{
	struct stage s;
	stage_open_lines(&s, 300, KNOWN);
	CU_ASSERT_EQUAL(stage_deliver(&s, failing(&s, 100, 503)), -1);
	CU_ASSERT_STRING_EQUAL(s.e.code, "delivery.trouble");
	CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.e.message, "10 in a row failed"));
	CU_ASSERT_EQUAL(s.script.posts, 10);
	for (int i = 2; i < 10; i++) /* ever more slowly */
		CU_ASSERT_TRUE(s.script.times[i] - s.script.times[i - 1] >= (i < 8 ? 500 << (i - 1) : 60000));
	stage_sums(&s, 0, 0, 0);
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, taken(&s, 300)), 0);
	CU_ASSERT_EQUAL(s.result.doubts, 0);
	stage_sums(&s, 300, 300, 0);
	stage_close(&s);
}

static void outlives_nine_that_fail_in_a_row(void)
{
	struct stage s;
	struct line lines[40] = { { 0 } };
	stage_open_lines(&s, 20, KNOWN);
	for (int i = 0; i < 29; i++)
		lines[i] = i < 9 ? (struct line)REPLY(502, "") : (struct line)OK;
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	stage_sums(&s, 20, 20, 0);
	stage_close(&s);
}

static void gives_up_a_record_where_no_other_is_left_and_goes_on_with_the_next_parcel(void)
{
	struct stage s;
	struct line lines[PARCEL_LINES + 10] = { { 0 } };
	stage_open_lines(&s, PARCEL_LINES + 2, KNOWN);
	s.connection.retries = 2;
	for (int i = 0; i < PARCEL_LINES + 4; i++) /* the last of the first parcel, three times */
		lines[i] = i >= PARCEL_LINES - 1 && i < PARCEL_LINES + 2 ? (struct line)REPLY(500, "") : (struct line)OK;
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), -1);
	CU_ASSERT_STRING_EQUAL(s.e.code, "delivery.tries");
	CU_ASSERT_PTR_NOT_NULL(strstr(s.e.message,
		"K512 (catalog.csv:513): sending it failed 3 times, the last time with: 500; it stays to be sent"));
	CU_ASSERT_EQUAL(s.script.posts, PARCEL_LINES + 4);
	stage_sums(&s, PARCEL_LINES + 1, PARCEL_LINES + 1, 0);
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, taken(&s, 1)), 0);
	CU_ASSERT_EQUAL(s.script.posts, 1);
	stage_sums(&s, PARCEL_LINES + 2, PARCEL_LINES + 2, 0);
	stage_close(&s);
}

static void stops_where_the_tries_of_a_record_are_used_up(void)
{
	static const struct line lines[] = { OK, REPLY(500, ""), OK, REPLY(500, ""), REPLY(500, ""), END };
	struct stage s;
	stage_open_lines(&s, 3, KNOWN);
	s.connection.retries = 2;
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), -1);
	CU_ASSERT_STRING_EQUAL(s.e.code, "delivery.tries");
	CU_ASSERT_PTR_NOT_NULL(strstr(s.e.message, "K2 (catalog.csv:3): sending it failed 3 times"));
	stage_sums(&s, 2, 2, 0);
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, taken(&s, 1)), 0);
	stage_sums(&s, 3, 3, 0);
	stage_close(&s);
}

static void sends_what_is_in_doubt_again_where_records_are_known_by_their_key(void)
{
	static const struct line lines[] = { BROKEN, OK, REPLY(200, "<html>"), OK, OK, END };
	struct stage s;
	stage_open_lines(&s, 3, KNOWN);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_EQUAL(s.result.doubts, 2);
	CU_ASSERT_EQUAL(stage_record(&s).doubts, 2);
	stage_sums(&s, 3, 3, 0);
	stage_close(&s);
}

static void never_sends_what_is_in_doubt_again_where_they_are_not(void)
{
	static const struct line lines[] = { OK, BROKEN, REPLY(500, ""), REPLY(503, ""), OK, OK, END };
	struct stage s;
	stage_open_lines(&s, 5, UNKNOWN);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	stage_sums(&s, 5, 3, 2);
	CU_ASSERT_EQUAL(s.result.doubts, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(stage_refused(&s), "K2 catalog.csv:3 in_doubt: whether it was taken is not known"));
	CU_ASSERT_PTR_NOT_NULL(strstr(stage_refused(&s), "K3 catalog.csv:4 in_doubt: "));
	CU_ASSERT_FALSE(stage_accepted(&s, "K2"));
	stage_close(&s);
}

static void stops_where_nothing_certain_is_heard_of_many_in_a_row(void)
{
	static const struct line lines[] = { BROKEN, BROKEN, BROKEN, END };
	struct stage s;
	stage_open_lines(&s, 9, UNKNOWN);
	s.connection.retries = 2;
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
	stage_sums(&s, 3, 0, 3);
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, taken(&s, 6)), 0);
	stage_sums(&s, 9, 6, 3);
	stage_close(&s);
}

static void believes_a_body_that_says_no_and_none_that_says_nothing(void)
{
	static const struct line lines[] = { REPLY(200, "{\"status\":\"ok\"}"), REPLY(200, "{\"status\":\"ERROR\",\"code\":\"c7\"}"),
		REPLY(200, "<html>welcome</html>"), REPLY(200, "{\"status\":\"OK\"}"), END };
	struct stage s;
	stage_open_lines(&s, 3, WORD);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	stage_sums(&s, 3, 2, 1);
	CU_ASSERT_EQUAL(s.result.doubts, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(stage_refused(&s), "K2 catalog.csv:3 c7: "));
	stage_close(&s);
}

static void goes_on_from_wherever_it_was_killed(void)
{
	enum { ALL = PARCEL_LINES + 44 };
	static const struct {
		size_t line;
		enum script_kill kill;
		int again;      /* requests of the next process */
		uint64_t doubts;
	} table[] = {
		{ 0, KILL_BEFORE_SENDING, ALL, PARCEL_LINES },
		{ 0, KILL_BEFORE_REPLY, ALL, PARCEL_LINES },
		{ 19, KILL_AFTER_REPLY, ALL, PARCEL_LINES },
		/* A reply takes 100 ms here: what is known is noted with every twentieth. */
		{ 20, KILL_AFTER_REPLY, ALL - 21, PARCEL_LINES - 21 },
		{ 59, KILL_BEFORE_REPLY, ALL - 41, PARCEL_LINES - 41 },
		{ PARCEL_LINES - 1, KILL_BEFORE_REPLY, 55, 11 },
		{ PARCEL_LINES - 1, KILL_AFTER_REPLY, 44, 44 }, /* the intent of the others is on disk with its outcome */
		{ PARCEL_LINES, KILL_BEFORE_SENDING, 44, 44 },
		{ ALL - 1, KILL_BEFORE_REPLY, 3, 3 },
		{ ALL - 1, KILL_AFTER_REPLY, 0, 0 },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct stage s;
		stage_open_lines(&s, ALL, KNOWN);
		stage_die(&s, taken(&s, ALL), table[i].line, table[i].kill, false);
		CU_ASSERT_EQUAL_FATAL(stage_resume(&s), 0);
		CU_ASSERT_EQUAL(stage_go_on(&s, taken(&s, ALL)), 0);
		CU_ASSERT_EQUAL(s.script.posts, table[i].again);
		CU_ASSERT_EQUAL(s.result.doubts, table[i].doubts);
		CU_ASSERT_EQUAL(stage_record(&s).doubts, table[i].doubts);
		stage_sums(&s, ALL, ALL, 0);
		CU_ASSERT_TRUE(stage_accepted(&s, "K1") && stage_accepted(&s, "K556"));
		stage_close(&s);
	}
}

static void knows_nothing_of_a_key_while_its_value_is_in_doubt(void)
{
	struct stage s;
	stage_open_lines(&s, 3, KNOWN);
	CU_ASSERT_EQUAL(stage_deliver(&s, taken(&s, 3)), 0);
	CU_ASSERT_TRUE(stage_accepted(&s, "K3"));
	stage_new_run(&s, 3, 1);
	stage_die(&s, taken(&s, 3), 0, KILL_BEFORE_REPLY, false);
	CU_ASSERT_FALSE(stage_accepted(&s, "K1") || stage_accepted(&s, "K3"));
	stage_close(&s);
}

static void names_the_one_record_that_a_crash_left_in_doubt(void)
{
	struct stage s;
	stage_open_lines(&s, 5, UNKNOWN);
	stage_die(&s, taken(&s, 5), 2, KILL_BEFORE_REPLY, false);
	CU_ASSERT_EQUAL_FATAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, taken(&s, 2)), 0);
	CU_ASSERT_EQUAL(s.script.posts, 2);
	stage_sums(&s, 5, 4, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(stage_refused(&s), "K3 catalog.csv:4 in_doubt: "));
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, taken(&s, 0)), 0); /* it does not come up a second time */
	stage_sums(&s, 5, 4, 1);
	stage_close(&s);
}

static void keeps_what_is_known_when_a_signal_comes(void)
{
	struct stage s;
	stage_open_lines(&s, 300, KNOWN);
	s.script.signal_at = 5;
	CU_ASSERT_EQUAL(stage_deliver(&s, taken(&s, 300)), 0);
	CU_ASSERT_EQUAL(s.result.signal, 15);
	CU_ASSERT_EQUAL(s.script.posts, 5);
	stage_sums(&s, 5, 5, 0);
	s.script.signal_at = 0;
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, taken(&s, 300)), 0);
	CU_ASSERT_EQUAL(s.script.posts, 295);
	CU_ASSERT_EQUAL(s.result.doubts, 0);
	stage_sums(&s, 300, 300, 0);
	stage_close(&s);
}

static void puts_in_doubt_what_does_not_end_after_a_signal(void)
{
	struct stage s;
	stage_open_lines(&s, 3, KNOWN);
	s.script.hangs = true;
	s.script.signal_at = 1;
	CU_ASSERT_EQUAL(stage_deliver(&s, taken(&s, 3)), 0);
	CU_ASSERT_EQUAL(s.script.cancelled, 1);
	s.script.hangs = false;
	s.script.signal_at = 0;
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, taken(&s, 3)), 0);
	CU_ASSERT_EQUAL(s.result.doubts, 3);
	stage_sums(&s, 3, 3, 0);
	stage_close(&s);
}

static void sends_no_line_that_has_changed(void)
{
	struct stage s;
	struct err e = { 0 };
	stage_open_lines(&s, 1, KNOWN);
	const char *path = arena_printf(&s.arena, "%s/shop.things.ndjson", run_spool(s.run)).p;
	CU_ASSERT_EQUAL(io_replace_file(path, STR("{\"sku\":\"K1\",\"price\":\"9.00\"}\n"), 0600, &e), 0);
	CU_ASSERT_EQUAL(stage_deliver(&s, taken(&s, 1)), -1);
	CU_ASSERT_STRING_EQUAL(s.e.code, "spool.changed");
	CU_ASSERT_EQUAL(s.script.posts, 0);
	CU_ASSERT_EQUAL(io_replace_file(path, STR(""), 0600, &e), 0);
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, taken(&s, 1)), -1);
	CU_ASSERT_STRING_EQUAL(s.e.code, "spool.changed");
	stage_close(&s);
}

static void reads_one_parcel_at_a_time(void)
{
	struct stage s;
	struct arena arena = { 0 };
	struct parcel p;
	int64_t after = 0;
	uint64_t next = 0, at = 0, parcels = 0;
	stage_open_lines(&s, 5000, KNOWN);
	while (run_next_parcel(s.run, s.contract->target, after, &arena, &p, &s.e) == 1) {
		CU_ASSERT_TRUE(p.id > after && p.part.first == next && p.part.at == at && p.part.records <= PARCEL_LINES);
		after = p.id;
		next += p.part.records;
		at += p.part.bytes;
		parcels++;
		arena_clear(&arena);
	}
	CU_ASSERT_EQUAL(next, 5000);
	CU_ASSERT_EQUAL(parcels, (5000 + PARCEL_LINES - 1) / PARCEL_LINES);
	CU_ASSERT_EQUAL(run_next_parcel(s.run, STR("another.target"), 0, &arena, &p, &s.e), 0);
	arena_release(&arena);
	stage_close(&s);
}

UNIT_SUITE(lines, UNIT(sends_every_line_as_it_stands), UNIT(cuts_lines_into_parcels_of_any_number),
	UNIT(gives_a_refused_record_back_with_its_field_and_goes_on),
	UNIT(ends_at_once_where_credentials_are_refused_and_keeps_what_is_known),
	UNIT(stops_where_no_other_request_fares_better), UNIT(tries_again_and_lets_others_go_on_meanwhile),
	UNIT(holds_everything_where_two_fail_in_a_row), UNIT(waits_as_long_as_the_server_asks),
	UNIT(stops_where_ten_records_in_a_row_fail), UNIT(outlives_nine_that_fail_in_a_row),
	UNIT(gives_up_a_record_where_no_other_is_left_and_goes_on_with_the_next_parcel),
	UNIT(stops_where_the_tries_of_a_record_are_used_up),
	UNIT(sends_what_is_in_doubt_again_where_records_are_known_by_their_key),
	UNIT(never_sends_what_is_in_doubt_again_where_they_are_not),
	UNIT(stops_where_nothing_certain_is_heard_of_many_in_a_row),
	UNIT(believes_a_body_that_says_no_and_none_that_says_nothing), UNIT(goes_on_from_wherever_it_was_killed),
	UNIT(knows_nothing_of_a_key_while_its_value_is_in_doubt), UNIT(names_the_one_record_that_a_crash_left_in_doubt),
	UNIT(keeps_what_is_known_when_a_signal_comes), UNIT(puts_in_doubt_what_does_not_end_after_a_signal),
	UNIT(sends_no_line_that_has_changed), UNIT(reads_one_parcel_at_a_time))
