#include <stdio.h>

#include "qonduit/poll.h"
#include "unit.h"

static struct arena arena;

static const struct str running[] = { { "pending", 7 }, { "processing", 10 }, { 0 } },
																								done[] = { { "completed", 9 }, { 0 } }, failed[] = { { "failed", 6 }, { 0 } };

static const struct contract contract = { .target = { "t", 1 },
	.key = { "sku", 3 },
	.has_wire = true,
	.wire = { .has_job = true,
		.job = { .id = { "job_id", 6 },
			.state = { "status", 6 },
			.running = running,
			.done = done,
			.failed = failed,
			.total = { "total", 5 },
			.processed = { "processed", 9 },
			.successes = { "successes", 9 },
			.failures = { "failures", 8 },
			.errors = { "errors", 6 },
			.error_key = { "sku", 3 },
			.error_line = { "line", 4 },
			.error_message = { "message", 7 } } } };

static const struct json *parse(const char *text)
{
	struct err e = { 0 };
	const struct json *j = json_parse(str_of(text), "test", ERR_DELIVERY, &arena, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(j);
	return j;
}

/* The verdict on a parcel of K1 to K4, as "KEY ORIGIN CODE: MESSAGE\n"; '!' before them where it is not certain, and the
 * warning behind. */
static const char *judge(const char *body, enum poll_end end)
{
	static struct str keys[] = { { "K1", 2 }, { "K2", 2 }, { "K3", 2 }, { "K4", 2 } },
																			origins[] = { { "c:2", 3 }, { "c:3", 3 }, { "c:4", 3 }, { "c:5", 3 } };
	const struct payload_body parcel = { .records = 4, .keys = keys, .origins = origins };
	struct poll_verdict v;
	struct buf text = { 0 };
	poll_judge(&contract, parse(body), end, &parcel, STR("f.json"), &arena, &v);
	buf_add(&text, v.certain ? STR("") : STR("!"));
	for (size_t i = 0; i < v.count; i++)
		buf_printf(&text, "%.*s %.*s %.*s: %.*s\n", STR_ARG(v.refused[i].key), STR_ARG(v.refused[i].origin),
			STR_ARG(v.refused[i].code), STR_ARG(v.refused[i].message));
	if (v.warning.n)
		buf_printf(&text, "(%.*s)", STR_ARG(v.warning));
	const char *copy = arena_copy(&arena, buf_str(&text)).p;
	buf_release(&text);
	return copy;
}

static void finds_no_fault_where_none_is_told(void)
{
	CU_ASSERT_STRING_EQUAL(
		judge("{\"total\":4,\"processed\":4,\"successes\":4,\"failures\":0,\"errors\":[]}", POLL_COMPLETED), "");
	CU_ASSERT_STRING_EQUAL(judge("{}", POLL_COMPLETED), "");
	CU_ASSERT_STRING_EQUAL(judge("{\"errors\":null}", POLL_COMPLETED), "");
	arena_release(&arena);
}

static void misses_no_errors_where_the_contract_names_none(void)
{
	const struct payload_body parcel = { 0 };
	struct contract without = contract;
	struct poll_verdict v;
	without.wire.job.errors = (struct str){ 0 };
	poll_judge(&without, parse("{\"status\":\"completed\"}"), POLL_COMPLETED, &parcel, STR("f.json"), &arena, &v);
	CU_ASSERT_EQUAL(v.warning.n, 0);
	CU_ASSERT_TRUE(v.certain);
	arena_release(&arena);
}

static void goes_by_key_before_line(void)
{
	CU_ASSERT_STRING_EQUAL(
		judge(
			"{\"successes\":3,\"failures\":1,\"errors\":[{\"line\":1,\"sku\":\"K3\",\"message\":\"bad\"}]}", POLL_COMPLETED),
		"K3 c:4 import_error: bad\n");
	CU_ASSERT_STRING_EQUAL(
		judge("{\"successes\":3,\"failures\":1,\"errors\":[{\"line\":2,\"message\":\"bad\"}]}", POLL_COMPLETED),
		"!K2 c:3 import_error: bad (told by its line, 2)\n");
	arena_release(&arena);
}

static void never_loses_a_failure_that_names_nobody(void)
{
	CU_ASSERT_STRING_EQUAL(judge("{\"successes\":2,\"failures\":2,\"errors\":[]}", POLL_COMPLETED),
		"! f.json unnamed: the job counts a failure and does not say of which record\n"
		" f.json unnamed: the job counts a failure and does not say of which record\n");
	CU_ASSERT_STRING_EQUAL(
		judge(
			"{\"successes\":2,\"failures\":2,\"errors\":[{\"sku\":\"K1\",\"message\":\"bad\"},{\"sku\":\"ZZ\",\"message\":\"odd\"}]}",
			POLL_COMPLETED),
		"!K1 c:2 import_error: bad\n f.json import_error: odd (of ZZ, which is not in this file)\n");
	CU_ASSERT_STRING_EQUAL(
		judge("{\"successes\":3,\"failures\":1,\"errors\":[{\"sku\":\"K1\",\"message\":[\"bad\",{\"at\":2}]}]}", POLL_COMPLETED),
		"K1 c:2 import_error: bad {\"at\":2}\n");
	CU_ASSERT_STRING_EQUAL(judge("{\"errors\":[{\"message\":\"odd\"},\"plain text\"]}", POLL_COMPLETED),
		"! f.json import_error: odd\n f.json import_error: plain text\n");
	arena_release(&arena);
}

static void believes_a_count_of_failures_that_stands_alone(void)
{
	CU_ASSERT_STRING_EQUAL(judge("{\"failures\":1,\"errors\":[]}", POLL_COMPLETED),
		"! f.json unnamed: the job counts a failure and does not say of which record\n");
	arena_release(&arena);
}

static void warns_where_numbers_contradict_and_takes_the_worse(void)
{
	CU_ASSERT_STRING_EQUAL(judge("{\"total\":4,\"successes\":3,\"failures\":0,\"errors\":[]}", POLL_COMPLETED),
		"! f.json unnamed: the job counts a failure and does not say of which record\n(the job counts 3 successes and 0 failures, 4 were sent)");
	CU_ASSERT_STRING_EQUAL(
		judge("{\"total\":3,\"errors\":[]}", POLL_COMPLETED), "(the job counts 3 records in all, 4 were sent)");
	CU_ASSERT_STRING_EQUAL(judge("{\"total\":4,\"processed\":3,\"successes\":4,\"failures\":0,\"errors\":[]}", POLL_COMPLETED),
		"(the job has ended and counts 3 records as processed, 4 were sent)");
	CU_ASSERT_STRING_EQUAL(judge("{\"processed\":\"5\",\"errors\":[]}", POLL_COMPLETED),
		"(the job has ended and counts 5 records as processed, 4 were sent)");
	CU_ASSERT_STRING_EQUAL(
		judge("{\"successes\":4,\"failures\":0,\"errors\":[{\"sku\":\"K1\",\"message\":\"bad\"}]}", POLL_COMPLETED),
		"K1 c:2 import_error: bad\n(the job counts 0 failures and names 1)");
	CU_ASSERT_STRING_EQUAL(judge("{\"total\":9,\"successes\":0,\"failures\":99,\"errors\":[]}", POLL_COMPLETED) + 0,
		"! f.json unnamed: the job counts a failure and does not say of which record\n"
		" f.json unnamed: the job counts a failure and does not say of which record\n"
		" f.json unnamed: the job counts a failure and does not say of which record\n"
		" f.json unnamed: the job counts a failure and does not say of which record\n"
		"(the job counts 9 records in all, 4 were sent; the job counts 0 successes and 99 failures, 4 were sent)");
	arena_release(&arena);
}

static void refuses_every_record_of_a_failed_job(void)
{
	CU_ASSERT_STRING_EQUAL(judge("{\"errors\":[{\"sku\":\"K2\",\"message\":\"bad\"}]}", POLL_FAILED),
		"K1 c:2 job_failed: the job failed as a whole\nK2 c:3 job_failed: bad\nK3 c:4 job_failed: the job failed as a whole\n"
		"K4 c:5 job_failed: the job failed as a whole\n");
	arena_release(&arena);
}

static void takes_hostile_errors_calmly(void)
{
	struct buf text = { 0 };
	buf_add(&text, STR("{\"successes\":0,\"failures\":4,\"errors\":["));
	for (int i = 0; i < 100000; i++)
		buf_printf(&text, "%s{\"line\":%d,\"sku\":\"X%d\",\"message\":\"\\u001b[2Jboo\"}", i ? "," : "", i, i);
	buf_add(&text, STR("]}"));
	const char *shown = judge(buf_text(&text), POLL_COMPLETED);
	CU_ASSERT_PTR_NULL(strchr(shown, 0x1b));
	CU_ASSERT_PTR_NOT_NULL(strstr(shown, "\\x1b[2Jboo (of X3, "));
	CU_ASSERT_PTR_NULL(strstr(shown, "X4"));
	buf_release(&text);
	CU_ASSERT_STRING_EQUAL(judge("{\"errors\":[null,7,[],{},{\"sku\":{}}]}", POLL_COMPLETED) + 1,
		" f.json import_error: refused without a reason\n f.json import_error: refused without a reason\n"
		" f.json import_error: refused without a reason\n f.json import_error: refused without a reason\n");
	arena_release(&arena);
}

static void reads_the_state_and_the_progress(void)
{
	struct poll_answer a;
	poll_read(&contract.wire.job, parse("{\"status\":\"processing\",\"total\":100,\"processed\":\"25\"}"), &a);
	CU_ASSERT_TRUE(a.end == POLL_RUNNING && a.known_word && a.total == 100 && a.processed == 25);
	poll_read(&contract.wire.job, parse("{\"status\":\"COMPLETED\"}"), &a);
	CU_ASSERT_EQUAL(a.end, POLL_COMPLETED);
	poll_read(&contract.wire.job, parse("{\"status\":\"failed\"}"), &a);
	CU_ASSERT_EQUAL(a.end, POLL_FAILED);
	poll_read(&contract.wire.job, parse("{\"status\":\"queued\"}"), &a);
	CU_ASSERT_TRUE(a.end == POLL_RUNNING && !a.known_word);
	arena_release(&arena);
}

static void asks_less_often_as_time_goes_by_and_sooner_near_the_end(void)
{
	int64_t last = 0;
	for (uint32_t i = 0; i < 20; i++) {
		int64_t pause = poll_pause(i, 1000, 15000, NULL, 0);
		CU_ASSERT_TRUE(pause >= last && pause >= 1000 && pause <= 15000);
		last = pause;
	}
	CU_ASSERT_EQUAL(last, 15000);
	const struct poll_answer half = { .processed = 49, .total = 100 }, nearly = { .processed = 99, .total = 100 };
	const struct poll_answer begun = { .processed = 1, .total = 1000 }, one_of_two = { .processed = 1, .total = 2 };
	CU_ASSERT_EQUAL(poll_pause(9, 1000, 15000, &half, 6000), 6000);
	CU_ASSERT_EQUAL(poll_pause(9, 1000, 15000, &nearly, 6000), 1000);
	CU_ASSERT_EQUAL(poll_pause(9, 1000, 15000, &nearly, 40000), 5000);
	CU_ASSERT_EQUAL(poll_pause(0, 1000, 15000, &begun, 6000), 15000);
	CU_ASSERT_EQUAL(poll_left(&one_of_two, 6000), 0); /* the second may be all but done */
	CU_ASSERT_EQUAL(poll_pause(9, 1000, 15000, &one_of_two, 16000), 2000);
}

UNIT_SUITE(poll, UNIT(finds_no_fault_where_none_is_told), UNIT(misses_no_errors_where_the_contract_names_none),
	UNIT(goes_by_key_before_line),
	UNIT(never_loses_a_failure_that_names_nobody), UNIT(believes_a_count_of_failures_that_stands_alone),
	UNIT(warns_where_numbers_contradict_and_takes_the_worse), UNIT(refuses_every_record_of_a_failed_job),
	UNIT(takes_hostile_errors_calmly), UNIT(reads_the_state_and_the_progress),
	UNIT(asks_less_often_as_time_goes_by_and_sooner_near_the_end))
