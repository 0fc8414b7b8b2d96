#include <stdlib.h>

#include "qonduit/log.h"
#include "qonduit/metrics.h"
#include "unit.h"

#define AT_MS 1795310916122 /* the run's end */

static struct metrics example(struct str label)
{
	return (struct metrics){ .label = label, .command = "push", .now_ms = AT_MS, .success_ms = 1795000000007,
		.completed_ms = 1795310000000, .status = 5 };
}

static bool has(const struct buf *text, const char *line)
{
	return str_find(buf_str(text), str_of(line)) >= 0;
}

static void assert_label(struct str text, const char *expected, int line)
{
	struct buf b = { 0 };
	metrics_label(text, &b);
	unit_str(buf_str(&b), expected, __FILE__, line);
	buf_release(&b);
}

static void labels_are_escaped(void)
{
	assert_label(STR("a b.json"), "a b.json", __LINE__);
	assert_label(STR("say \"no\"\\"), "say \\\"no\\\"\\\\", __LINE__);
	assert_label(STR("a\nb\xff\x1b"), "a\\\\x0ab\\\\xff\\\\x1b", __LINE__);
	log_secret(STR("s3cr3t"));
	assert_label(STR("a-s3cr3t"), "a-***", __LINE__);
	log_release();
}

static void what_is_printed_is_kept(void)
{
	struct metrics m = example(STR("a\\\\\\\"b"));
	struct buf text = { 0 };
	metrics_print(&m, &text);
	CU_ASSERT_TRUE(has(&text, "qonduit_last_success_timestamp_seconds{mapping=\"a\\\\\\\"b\"} 1795000000.007\n"));
	CU_ASSERT_FALSE(has(&text, "qonduit_rows"));
	struct metrics same = { .label = m.label, .now_ms = AT_MS }, unknown = { .now_ms = AT_MS },
		other = { .label = STR("b"), .now_ms = AT_MS }, before = { .label = m.label, .now_ms = 1795000000007 - 300001 };
	metrics_keep(&same, buf_str(&text));
	CU_ASSERT_TRUE(same.success_ms == m.success_ms && same.completed_ms == m.completed_ms);
	metrics_keep(&unknown, buf_str(&text));
	ASSERT_STR(unknown.label, "a\\\\\\\"b");
	CU_ASSERT_TRUE(unknown.success_ms == m.success_ms);
	metrics_keep(&other, buf_str(&text));
	CU_ASSERT_TRUE(other.success_ms == 0 && other.completed_ms == 0);
	metrics_keep(&before, buf_str(&text));
	CU_ASSERT_TRUE(before.success_ms == 0 && before.completed_ms == 0);
	buf_release(&text);
}

/* Each byte of a file in turn is missing, or another one: what is kept is right or nothing, and nothing is read that is
 * not there. */
static void a_damaged_file_gives_what_was_there_or_nothing(void)
{
	struct metrics m = example(STR("m.json"));
	struct buf text = { 0 };
	metrics_print(&m, &text);
	for (size_t n = 0; n < text.n; n++) {
		struct metrics cut = { .label = m.label, .now_ms = AT_MS };
		char *exact = memcpy(mem_alloc(n + !n), text.p, n);
		metrics_keep(&cut, (struct str){ exact, n });
		CU_ASSERT_EQUAL(cut.success_ms, 0);
		free(exact);
		for (int bit = 0; bit < 8; bit++) {
			struct metrics flipped = { .label = m.label, .now_ms = AT_MS };
			text.p[n] = (char)(text.p[n] ^ 1 << bit);
			metrics_keep(&flipped, buf_str(&text));
			CU_ASSERT_TRUE(flipped.success_ms >= 0 && flipped.success_ms <= AT_MS + 300000);
			text.p[n] = (char)(text.p[n] ^ 1 << bit);
		}
	}
	buf_release(&text);
}

static void what_does_not_add_up_is_not_pending(void)
{
	struct run_output o = { .target = STR("t"), .host = STR("h"), .records = 3, .accepted = 2, .refused = 2 };
	struct metrics m = example(STR("m"));
	struct buf text = { 0 };
	m.known = m.delivers = true;
	m.run = (struct run_record){ .outputs = &o, .output_count = 1, .http = { .waited_ms = -5 } };
	m.run.deliver_ms = INT64_MAX;
	metrics_print(&m, &text);
	CU_ASSERT_TRUE(has(&text, "qonduit_records{mapping=\"m\",target=\"t\",result=\"pending\"} 0\n"));
	CU_ASSERT_TRUE(has(&text, "qonduit_http_waited_seconds{mapping=\"m\"} 0.000\n"));
	CU_ASSERT_TRUE(has(&text, "qonduit_deliver_seconds{mapping=\"m\"} 9223372036854775.807\n"));
	buf_release(&text);
}

UNIT_SUITE(metrics, UNIT(labels_are_escaped), UNIT(what_is_printed_is_kept),
	UNIT(a_damaged_file_gives_what_was_there_or_nothing), UNIT(what_does_not_add_up_is_not_pending))
