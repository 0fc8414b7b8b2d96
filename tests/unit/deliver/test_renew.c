/* Credentials that run out under way: others are got, the request goes again, and nothing is lost or sent twice. */
#include "script.h"
#include "unit.h"

#define KNOWN "\"idempotent\":true"
#define REPLY(m, code, text) { .method = m, .status = code, .body = text }
#define DENIED(m) REPLY(m, 401, "{\"detail\":\"No.\"}")
#define OK REPLY("POST", 200, "{\"id\":1}")
#define BROKEN { .method = "POST", .end = EXCHANGE_UNKNOWN }
#define TAKEN REPLY("POST", 202, "{\"job_id\":\"7\"}")
#define COMPLETED \
	REPLY("GET", 200, "{\"job_id\":\"7\",\"status\":\"completed\",\"total\":2,\"processed\":2,\"successes\":2,\"failures\":0,\"errors\":[]}")
#define END { .method = NULL }

static void check(struct stage *s, uint64_t sent, uint64_t accepted)
{
	struct run_record r = stage_record(s);
	CU_ASSERT_EQUAL_FATAL(r.output_count, 1);
	CU_ASSERT_EQUAL(r.outputs[0].sent, sent);
	CU_ASSERT_EQUAL(r.outputs[0].accepted, accepted);
	CU_ASSERT_EQUAL(r.outputs[0].refused, 0);
}

static void sends_again_with_other_credentials(void)
{
	static const struct line lines[] = { OK, DENIED("POST"), OK, OK, END };
	struct stage s;
	stage_open_lines(&s, 3, KNOWN);
	s.script.renews = true;
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_EQUAL(s.script.renewals, 1);
	CU_ASSERT_EQUAL(s.script.posts, 4);
	CU_ASSERT_STRING_EQUAL(s.script.bodies[1], s.script.bodies[2]);
	CU_ASSERT_STRING_EQUAL(s.script.bodies[3], "{\"sku\":\"K3\",\"price\":\"1.00\"}");
	CU_ASSERT_TRUE(s.script.times[2] - s.script.times[1] < s.connection.backoff_ms); /* no trouble of the server */
	CU_ASSERT_EQUAL(s.result.doubts, 0);
	check(&s, 3, 3);
	stage_close(&s);
}

static void renews_as_often_as_a_delivery_outlives_its_credentials(void)
{
	enum { TIMES = 20 };
	struct line lines[2 * TIMES + 1];
	struct stage s;
	for (int i = 0; i < TIMES; i++) {
		lines[2 * i] = (struct line)DENIED("POST");
		lines[2 * i + 1] = (struct line)OK;
	}
	lines[2 * TIMES] = (struct line)END;
	stage_open_lines(&s, TIMES, KNOWN);
	s.script.renews = true;
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_EQUAL(s.script.renewals, TIMES);
	check(&s, TIMES, TIMES);
	stage_close(&s);
}

static void renews_for_bodies_and_for_polls(void)
{
	static const struct line lines[] = { DENIED("POST"), TAKEN, DENIED("GET"), COMPLETED, END };
	struct stage s;
	stage_open(&s, 1, 2);
	s.script.renews = true;
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_EQUAL(s.script.renewals, 2);
	CU_ASSERT_EQUAL(s.result.doubts, 0);
	check(&s, 2, 2);
	stage_close(&s);
}

static void ends_where_the_same_request_is_refused_again(void)
{
	static const struct line lines[] = { OK, DENIED("POST"), DENIED("POST"), END };
	static const struct line rest[] = { OK, OK, END };
	struct stage s;
	stage_open_lines(&s, 3, KNOWN);
	s.script.renews = true;
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_CREDENTIALS);
	CU_ASSERT_STRING_EQUAL(s.e.code, "credentials.refused");
	CU_ASSERT_PTR_NOT_NULL(strstr(s.e.message, "K2 (catalog.csv:3)"));
	CU_ASSERT_EQUAL(s.script.renewals, 1);
	check(&s, 1, 1);
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, rest), 0);
	CU_ASSERT_EQUAL(s.script.posts, 2);
	CU_ASSERT_EQUAL(s.result.doubts, 0);
	check(&s, 3, 3);
	stage_close(&s);
}

/* Another request, too: nothing was answered otherwise since, so others would fare no better. */
static void ends_where_new_credentials_were_good_for_nothing(void)
{
	static const struct line lines[] = { DENIED("POST"), BROKEN, DENIED("POST"), END };
	struct stage s;
	stage_open_lines(&s, 3, KNOWN);
	s.script.renews = true;
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_CREDENTIALS);
	CU_ASSERT_EQUAL(s.script.renewals, 1);
	stage_close(&s);
}

static void ends_with_the_fault_of_the_renewal(void)
{
	static const struct line lines[] = { DENIED("POST"), OK, DENIED("POST"), END };
	static const struct line rest[] = { OK, OK, END };
	struct stage s;
	stage_open_lines(&s, 3, KNOWN);
	s.script.renews = true;
	s.script.renewals_max = 1;
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), -1);
	CU_ASSERT_STRING_EQUAL(s.e.code, "login.refused");
	CU_ASSERT_EQUAL(s.script.posts, 3);
	check(&s, 1, 1);
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, rest), 0);
	CU_ASSERT_EQUAL(s.result.doubts, 0);
	check(&s, 3, 3);
	stage_close(&s);
}

static void sends_nothing_after_a_signal_that_came_meanwhile(void)
{
	static const struct line lines[] = { OK, DENIED("POST"), END };
	static const struct line rest[] = { OK, OK, END };
	struct stage s;
	stage_open_lines(&s, 3, KNOWN);
	s.script.renews = s.script.signal_at_renewal = true;
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_EQUAL(s.result.signal, 15);
	CU_ASSERT_EQUAL(s.script.posts, 2);
	check(&s, 1, 1);
	s.script.signal_at_renewal = false;
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, rest), 0);
	CU_ASSERT_EQUAL(s.result.doubts, 0);
	check(&s, 3, 3);
	stage_close(&s);
}

UNIT_SUITE(renew, UNIT(sends_again_with_other_credentials),
	UNIT(renews_as_often_as_a_delivery_outlives_its_credentials), UNIT(renews_for_bodies_and_for_polls), UNIT(ends_where_the_same_request_is_refused_again),
	UNIT(ends_where_new_credentials_were_good_for_nothing), UNIT(ends_with_the_fault_of_the_renewal),
	UNIT(sends_nothing_after_a_signal_that_came_meanwhile))
