#include <stdio.h>

#include "qonduit/json_doc.h"
#include "qonduit/log.h"
#include "qonduit/summary.h"
#include "unit.h"

static struct run_output output = { .target = { "quotiza.products", 16 },
	.account = { "1", 1 },
	.host = { "h", 1 },
	.records = 10,
	.requests = 2,
	.sent = 6,
	.accepted = 4,
	.refused = 1,
	.unchanged = 2,
	.jobs = 1 };
static struct payload_file file = { .name = { "quotiza.products-00001.json", 27 },
	.target = { "quotiza.products", 16 } };

static struct summary example(void)
{
	struct summary s = { .delivers = true, .exit = 5 };
	s.run = (struct run_record){ .id = STR("20261121-181000-abcd"),
		.command = STR("push"),
		.mapping = STR("m"),
		.status = RUN_STOPPED,
		.rows = { .read = 15, .filtered = 2, .duplicates = 1, .rejected = 2, .written = 10 },
		.outputs = &output,
		.output_count = 1,
		.http = { .requests = 9, .retries = 2, .throttled = 1, .waited_ms = 65432 },
		.files = &file,
		.file_count = 1,
		.transform_ms = 42,
		.deliver_ms = 61005 };
	return s;
}

static void prints_one_json_object_as_documented(void)
{
	struct summary s = example();
	struct buf text = { 0 };
	struct arena arena = { 0 };
	struct err e = { 0 }, why = { .class = ERR_DELIVERY, .code = "delivery.tries", .message = "the last of canary-9876" };
	log_secret(STR("canary-9876"));
	s.error = &why;
	summary_json(&s, &text);
	const struct json *j = json_parse(buf_str(&text), "summary", ERR_INTERNAL, &arena, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(j);
	struct str none = { 0 };
	ASSERT_STR(json_text(json_get(j, "run"), none), "20261121-181000-abcd");
	ASSERT_STR(json_text(json_get(j, "status"), none), "stopped");
	ASSERT_STR(json_text(json_path(j, STR("rows.duplicates")), none), "1");
	const struct json *o = json_get(json_get(j, "outputs"), "quotiza.products");
	ASSERT_STR(json_text(json_get(o, "records"), none), "10");
	ASSERT_STR(json_text(json_get(o, "sent"), none), "6");
	ASSERT_STR(json_text(json_get(o, "unchanged"), none), "2");
	ASSERT_STR(json_text(json_path(j, STR("http.waited_ms")), none), "65432");
	ASSERT_STR(json_text(json_path(j, STR("files.0")), none), "quotiza.products-00001.json");
	ASSERT_STR(json_text(json_path(j, STR("seconds.transform")), none), "0.042");
	ASSERT_STR(json_text(json_path(j, STR("seconds.deliver")), none), "61.005");
	ASSERT_STR(json_text(json_path(j, STR("error.message")), none), "the last of ***");
	ASSERT_STR(json_text(json_get(j, "exit"), none), "5");
	buf_release(&text);
	arena_release(&arena);
	log_release();
}

static void says_for_people_what_was_done_and_how_to_go_on(void)
{
	struct summary s = example();
	struct buf text = { 0 };
	const struct refused refused = { output.target, STR("K1"), STR("catalog.csv:2"), STR("c"), STR("bad\x1b[2J"),
		{ 0 }, 0 };
	s.refused = &refused;
	s.refused_count = 1;
	summary_text(&s, &text);
	ASSERT_STR(buf_str(&text), "push m: stopped, run 20261121-181000-abcd, 61.0 s\n"
		"  15 rows read: 10 written, 2 filtered, 1 duplicate, 2 rejected\n"
		"  quotiza.products: 10 records in 2 requests: 4 accepted, 1 refused, 2 unchanged, 3 still to be sent\n"
		"  refused K1 (catalog.csv:2): bad\\x1b[2J\n"
		"  http: 9 requests, 2 retried, 1 throttled, waited 65 s\n"
		"  to go on: qonduit runs resume 20261121-181000-abcd\n");
	struct run_output two[] = { output, output };
	s.run.outputs = two;
	s.run.output_count = 2;
	buf_clear(&text);
	summary_text(&s, &text);
	CU_ASSERT(str_find(buf_str(&text), STR("  refused quotiza.products K1 (catalog.csv:2): bad")) >= 0);
	buf_release(&text);
}

static void says_what_a_guard_saw_so_far(void)
{
	static const struct rejected rows[] = { { { "c.csv:7", 7 }, { "price", 5 }, { "n/a\x1b", 4 }, { "is no number", 12 } },
		{ { "c.csv:9", 7 }, { 0 }, { 0 }, { "too short", 9 } } };
	struct err why = { .class = ERR_GUARD, .code = "guard.max_rejects", .message = "more" };
	struct summary s = { .exit = ERR_GUARD, .error = &why, .rejected = rows, .rejected_count = 2, .so_far = true };
	struct buf text = { 0 };
	s.run = (struct run_record){ .command = STR("convert"), .mapping = STR("m"), .status = RUN_STOPPED,
		.rows = { .read = 9, .filtered = 1, .rejected = 3, .written = 5 }, .transform_ms = 99 };
	summary_text(&s, &text);
	ASSERT_STR(buf_str(&text), "convert m: stopped\n  9 rows read so far: 5 without fault, 1 filtered, 3 rejected\n"
		"  rejected c.csv:7  price \"n/a\\x1b\": is no number\n  rejected c.csv:9  - \"\": too short\n  … and 1 more\n");
	buf_clear(&text);
	summary_json(&s, &text);
	CU_ASSERT(str_find(buf_str(&text), STR("\"rows\":{\"read\":9,\"filtered\":1,\"duplicates\":0,\"rejected\":3,\"written\":5}")) >= 0);
	CU_ASSERT(str_find(buf_str(&text), STR("\"so_far\":true,\"rejected\":[{\"origin\":\"c.csv:7\",\"column\":\"price\",")) >= 0);
	buf_clear(&text);
	s.so_far = false;
	summary_json(&s, &text);
	CU_ASSERT(str_find(buf_str(&text), STR("so_far")) < 0);
	buf_release(&text);
}

static void calls_a_mapping_the_same_however_it_is_given(void)
{
	static const char *const names[][2] = {
		{ "m.json", "m.json" }, { "/some/where/m.json", "m.json" }, { "./m", "m" }, { "qogita-to-quotiza", "qogita-to-quotiza" },
		{ "qogita-to-quotiza.json", "qogita-to-quotiza" }, { "a/qogita-to-quotiza.json", "qogita-to-quotiza" },
		{ "", "" }, { ".json", ".json" }, { "contracts/quotiza.products.json", "quotiza.products.json" },
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		ASSERT_STR(summary_mapping(names[i][0]), names[i][1]);
}

static void refuses_numbers_that_do_not_add_up(void)
{
	struct err e = { 0 };
	struct summary s = example();
	CU_ASSERT_EQUAL(summary_check(&s, &e), 0);
	s.run.rows.read++;
	CU_ASSERT_EQUAL(summary_check(&s, &e), -1);
	CU_ASSERT_EQUAL(e.class, ERR_INTERNAL);
	struct run_output wrong = output;
	s = example();
	s.run.outputs = &wrong;
	wrong.accepted = 8;
	e = (struct err){ 0 };
	CU_ASSERT_EQUAL(summary_check(&s, &e), -1);
	CU_ASSERT_EQUAL(e.class, ERR_INTERNAL);
}

UNIT_SUITE(summary, UNIT(prints_one_json_object_as_documented), UNIT(says_for_people_what_was_done_and_how_to_go_on),
	UNIT(refuses_numbers_that_do_not_add_up), UNIT(says_what_a_guard_saw_so_far),
	UNIT(calls_a_mapping_the_same_however_it_is_given))
