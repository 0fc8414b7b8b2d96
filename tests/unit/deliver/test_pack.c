#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "script.h"
#include "unit.h"

#define TAKEN(job) { .method = "POST", .status = 202, .body = "{\"job_id\":\"" job "\"}" }
#define ENDED(errors) { .method = "GET", .status = 200, .body = "{\"status\":\"completed\",\"errors\":[" errors "]}" }
#define END { .method = NULL }
#define RECORD(key) "{\"sku\":\"" key "\",\"name\":\"Thing\",\"brand\":\"B\"}"

static const struct line nothing[] = { END };

/* The same payload in a run of changed records. */
static void begin_again(struct stage *s)
{
	const char *dir = arena_copy(&s->arena, str_of(run_spool(s->run))).p;
	run_close(s->run);
	CU_ASSERT_EQUAL_FATAL(run_create(s->state, "push", STR("test.json"), NULL, 0, START_MS + 5, &s->run, &s->e), 0);
	strcpy(s->id, run_id(s->run));
	CU_ASSERT_EQUAL_FATAL(run_changed_only(s->run, &s->e), 0);
	CU_ASSERT_EQUAL_FATAL(run_adopt(s->run, dir, &s->e), 0);
	CU_ASSERT_EQUAL_FATAL(run_register(s->run, &s->contracts, &s->e), 0);
}

static void check(struct stage *s, uint64_t requests, uint64_t sent, uint64_t accepted, uint64_t unchanged)
{
	struct run_record r = stage_record(s);
	CU_ASSERT_EQUAL_FATAL(r.output_count, 1);
	CU_ASSERT_EQUAL(r.outputs[0].requests, requests);
	CU_ASSERT_EQUAL(r.outputs[0].sent, sent);
	CU_ASSERT_EQUAL(r.outputs[0].accepted, accepted);
	CU_ASSERT_EQUAL(r.outputs[0].unchanged, unchanged);
}

/* Two bodies of three were delivered, and one record of each was refused. */
static void two_refused(struct stage *s)
{
	static const struct line lines[] = { TAKEN("1"), TAKEN("2"), ENDED("{\"sku\":\"K2\",\"message\":\"no\"}"),
		ENDED("{\"sku\":\"K6\",\"message\":\"no\"}"), END };
	stage_open(s, 2, 3);
	CU_ASSERT_EQUAL_FATAL(stage_deliver(s, lines), 0);
	check(s, 2, 6, 4, 0);
	begin_again(s);
}

static void packs_what_is_not_accepted_into_one_body(void)
{
	static const struct line lines[] = { TAKEN("3"), ENDED(""), END };
	struct stage s;
	two_refused(&s);
	check(&s, 2, 0, 0, 0); /* nothing is compared yet */
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_STRING_EQUAL(s.script.bodies[0],
		"{\"account_id\":\"1\",\"products\":[" RECORD("K2") "," RECORD("K6") "]}");
	check(&s, 1, 2, 2, 4);
	begin_again(&s);
	CU_ASSERT_EQUAL(stage_deliver(&s, nothing), 0);
	CU_ASSERT_EQUAL(s.script.posts + s.script.gets, 0);
	check(&s, 0, 0, 0, 6);
	stage_close(&s);
}

static void gives_the_origins_of_what_is_packed(void)
{
	static const struct line lines[] = { TAKEN("3"), ENDED("{\"sku\":\"K6\",\"message\":\"no\"}"), END };
	struct stage s;
	two_refused(&s);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_STRING_EQUAL(stage_refused(&s), "K6 catalog.csv:7 import_error: no\n");
	check(&s, 1, 2, 1, 4);
	stage_close(&s);
}

static void sends_all_as_it_is_where_nothing_is_known(void)
{
	static const struct line lines[] = { TAKEN("1"), TAKEN("2"), ENDED(""), ENDED(""), END };
	struct stage s;
	struct stat st;
	stage_open(&s, 2, 2);
	begin_again(&s);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	check(&s, 2, 4, 4, 0);
	CU_ASSERT_EQUAL(stat(arena_printf(&s.arena, "%s/quotiza.products.changed", run_spool(s.run)).p, &st), -1);
	stage_close(&s);
}

/* Killed at each point of it, it goes on with what it had compared. */
static void goes_on_with_what_was_compared(void)
{
	static const struct line lines[] = { TAKEN("3"), ENDED(""), END };
	static const struct { size_t line; enum script_kill kill; } points[] = {
		{ 0, KILL_BEFORE_SENDING }, { 0, KILL_BEFORE_REPLY }, { 0, KILL_AFTER_REPLY }, { 1, KILL_BEFORE_REPLY } };
	for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
		struct stage s;
		two_refused(&s);
		stage_die(&s, lines, points[i].line, points[i].kill, false);
		check(&s, 1, i < 2 ? 0 : 2, 0, 4);
		CU_ASSERT_EQUAL_FATAL(stage_resume(&s), 0);
		CU_ASSERT_EQUAL(stage_go_on(&s, i < 2 ? lines : lines + 1), 0);
		check(&s, 1, 2, 2, 4);
		begin_again(&s);
		CU_ASSERT_EQUAL(stage_deliver(&s, nothing), 0);
		stage_close(&s);
	}
}

static void takes_the_place_of_a_comparison_that_was_cut_off(void)
{
	static const struct line lines[] = { TAKEN("3"), ENDED(""), END };
	struct stage s;
	struct stat st;
	two_refused(&s);
	const char *left = arena_printf(&s.arena, "%s/quotiza.products.changed", run_spool(s.run)).p;
	const char *file = arena_printf(&s.arena, "%s/quotiza.products-00001.json", left).p;
	const char *other = arena_printf(&s.arena, "%s/quotiza.products-00002.json", left).p;
	CU_ASSERT_EQUAL_FATAL(mkdir(left, 0700), 0);
	CU_ASSERT_EQUAL(io_replace_file(file, STR("{\"products\":[" RECORD("K1")), 0600, &s.e), 0);
	CU_ASSERT_EQUAL(io_replace_file(other, STR("{}"), 0600, &s.e), 0);
	CU_ASSERT_EQUAL_FATAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, lines), 0);
	check(&s, 1, 2, 2, 4);
	CU_ASSERT_EQUAL(stat(other, &st), -1);
	stage_close(&s);
}

static void sends_nothing_of_a_spool_that_is_not_what_it_was(void)
{
	struct stage s;
	two_refused(&s);
	const char *file = arena_printf(&s.arena, "%s/quotiza.products-00002.json", run_spool(s.run)).p;
	struct str text = STR("{\"products\":[" RECORD("K4") "," RECORD("K5") "," RECORD("K7") "]}");
	CU_ASSERT_EQUAL_FATAL(io_replace_file(file, text, 0600, &s.e), 0);
	CU_ASSERT_EQUAL(stage_deliver(&s, nothing), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
	CU_ASSERT_STRING_EQUAL(s.e.code, "payload.changed");
	check(&s, 2, 0, 0, 0);
	stage_close(&s);
}

static void packs_lines(void)
{
	static const struct line ok = { .method = "POST", .status = 200, .body = "{}" };
	static const struct line no = { .method = "POST", .status = 400, .body = "{\"code\":\"no\"}" };
	static const char *const wires[] = { "\"idempotent\":true", "\"idempotent\":false" };
	enum { RECORDS = PARCEL_LINES + 4 };
	for (size_t w = 0; w < 2; w++) {
		struct stage s;
		struct line first[RECORDS + 1], again[] = { ok, ok, END };
		for (size_t i = 0; i < RECORDS; i++)
			first[i] = i == 2 || i == RECORDS - 1 ? no : ok;
		first[RECORDS] = (struct line)END;
		stage_open_lines(&s, RECORDS, wires[w]);
		CU_ASSERT_EQUAL_FATAL(stage_deliver(&s, first), 0);
		begin_again(&s);
		CU_ASSERT_EQUAL(stage_deliver(&s, again), 0);
		CU_ASSERT_STRING_EQUAL(s.script.bodies[0], "{\"sku\":\"K3\",\"price\":\"1.00\"}");
		CU_ASSERT_STRING_EQUAL(s.script.bodies[1], "{\"sku\":\"K516\",\"price\":\"1.00\"}");
		check(&s, 2, 2, 2, RECORDS - 2);
		begin_again(&s);
		CU_ASSERT_EQUAL(stage_deliver(&s, nothing), 0);
		check(&s, 0, 0, 0, RECORDS);
		stage_close(&s);
	}
}

/* ---- comparing ---- */

static const struct contract things = { .target = { "t", 1 }, .version = { "0123456789abcdef", 16 } };

/* The records of a text such as "a1 b2 =3": a key of one letter (= none), a text of one digit. */
static struct payload_body body_of(struct arena *arena, const char *text)
{
	size_t n = (strlen(text) + 1) / 3;
	struct payload_body b = { .records = n, .keys = ARENA_ARRAY(arena, n, struct str),
		.texts = ARENA_ARRAY(arena, n, struct str) };
	for (size_t i = 0; i < n; i++) {
		b.keys[i] = (struct str){ text + 3 * i, text[3 * i] != '=' };
		b.texts[i] = (struct str){ text + 3 * i + 1, 1 };
	}
	return b;
}

static struct accepted *open_things(struct stage *s, const struct contract *c)
{
	struct accepted *a;
	CU_ASSERT_EQUAL_FATAL(accepted_open(s->state, c, STR("h"), STR("1"), s->id, NULL, NULL, &a, &s->e), 0);
	CU_ASSERT_EQUAL_FATAL(accepted_begin(a, s->run, &s->e), 0);
	return a;
}

/* "u" for each record that is unchanged, "." for the others. */
static const char *compared(struct stage *s, struct accepted *a, const char *text)
{
	struct payload_body b = body_of(&s->arena, text);
	bool unchanged[16];
	char *out = arena_alloc(&s->arena, b.records + 1);
	CU_ASSERT_EQUAL_FATAL(accepted_compare(a, &b, unchanged, &s->e), 0);
	for (size_t i = 0; i < b.records; i++)
		out[i] = unchanged[i] ? 'u' : '.';
	out[b.records] = '\0';
	return out;
}

static void accept_all(struct stage *s, struct accepted *a, const char *text)
{
	static const bool none[16];
	struct payload_body b = body_of(&s->arena, text);
	CU_ASSERT_EQUAL(accepted_add(a, &b, none, s->id, &s->e), 0);
}

static void compares_by_key_and_content(void)
{
	struct stage s;
	stage_open(&s, 1, 1);
	struct accepted *a = open_things(&s, &things);
	CU_ASSERT_STRING_EQUAL(compared(&s, a, "a1 =1"), "..");
	accept_all(&s, a, "a1 b2 =3 c3");
	accepted_close(a);
	a = open_things(&s, &things);
	CU_ASSERT_STRING_EQUAL(compared(&s, a, "a1 b1 =3 c3 d4"), "u..u.");
	accepted_close(a);
	stage_close(&s);
}

/* Else an older record of a key would stand in the end. */
static void sends_all_records_of_a_key_behind_one_that_is_sent(void)
{
	struct stage s;
	stage_open(&s, 1, 1);
	struct accepted *a = open_things(&s, &things);
	accept_all(&s, a, "a2 b2 c2");
	CU_ASSERT_STRING_EQUAL(compared(&s, a, "a1 a2 b2 b1 b2 c2"), "..u..u");
	CU_ASSERT_STRING_EQUAL(compared(&s, a, "a2 b2 c2 c2"), "..uu"); /* the next body of the same payload */
	accepted_close(a);
	a = open_things(&s, &things); /* the next payload */
	CU_ASSERT_STRING_EQUAL(compared(&s, a, "a2 b2 c2"), "uuu");
	accepted_close(a);
	stage_close(&s);
}

static void forgets_all_under_a_changed_contract(void)
{
	static const struct contract later = { .target = { "t", 1 }, .version = { "0123456789abcdee", 16 } };
	struct stage s;
	stage_open(&s, 1, 1);
	struct accepted *a = open_things(&s, &things);
	accept_all(&s, a, "a1 b1");
	accepted_close(a);
	a = open_things(&s, &later);
	CU_ASSERT_STRING_EQUAL(compared(&s, a, "a1"), ".");
	accept_all(&s, a, "a1");
	CU_ASSERT_STRING_EQUAL(compared(&s, a, "b1"), ".");
	accepted_close(a);
	a = open_things(&s, &later);
	CU_ASSERT_STRING_EQUAL(compared(&s, a, "a1 b1"), "u.");
	accepted_close(a);
	stage_close(&s);
}

static void looks_without_waiting_and_makes_nothing(void)
{
	struct stage s;
	struct stat st;
	struct accepted *a, *look;
	stage_open(&s, 1, 1);
	CU_ASSERT_EQUAL_FATAL(accepted_look(s.state, &things, STR("h"), STR("1"), &look, &s.e), 0);
	CU_ASSERT_STRING_EQUAL(compared(&s, look, "a1"), ".");
	accepted_close(look);
	CU_ASSERT_EQUAL(stat(arena_printf(&s.arena, "%s/accepted", s.state).p, &st), -1);
	a = open_things(&s, &things); /* which has the lock */
	accept_all(&s, a, "a1");
	CU_ASSERT_EQUAL_FATAL(accepted_look(s.state, &things, STR("h"), STR("1"), &look, &s.e), 0);
	CU_ASSERT_STRING_EQUAL(compared(&s, look, "a1 b1"), "u.");
	accept_all(&s, a, "b1"); /* it holds up no writer */
	accepted_close(look);
	accepted_close(a);
	stage_close(&s);
}

UNIT_SUITE(pack, UNIT(packs_what_is_not_accepted_into_one_body), UNIT(gives_the_origins_of_what_is_packed),
	UNIT(sends_all_as_it_is_where_nothing_is_known), UNIT(goes_on_with_what_was_compared),
	UNIT(takes_the_place_of_a_comparison_that_was_cut_off), UNIT(sends_nothing_of_a_spool_that_is_not_what_it_was),
	UNIT(packs_lines), UNIT(compares_by_key_and_content), UNIT(sends_all_records_of_a_key_behind_one_that_is_sent),
	UNIT(forgets_all_under_a_changed_contract), UNIT(looks_without_waiting_and_makes_nothing))
