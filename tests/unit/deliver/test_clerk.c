/* Where lines go fast, parcels are noted in the ledger while others are under way (src/deliver/clerk.c). */
#include <stdio.h>
#include <unistd.h>

#include "qonduit/db.h"
#include "script.h"
#include "unit.h"

#ifdef __SANITIZE_ADDRESS__ /* slow */
#define EVERY 3
#else
#define EVERY 1
#endif

#define KNOWN "\"idempotent\":true"

/* A reply takes a millisecond: while a parcel is under way, the next one is prepared. */
static struct line *taken_quickly(struct stage *s, int count)
{
	struct line *lines = ARENA_ARRAY(&s->arena, (size_t)count + 1, struct line);
	for (int i = 0; i < count; i++)
		lines[i] = (struct line){ .method = "POST", .status = 200, .body = "{}", .takes_ms = 1 };
	return lines;
}

static uint64_t parcels_in(struct stage *s, enum parcel_state state)
{
	struct arena arena = { 0 };
	struct parcel *all;
	size_t count;
	uint64_t n = 0;
	CU_ASSERT_EQUAL_FATAL(run_parcels(s->run, s->contract->target, &arena, &all, &count, &s->e), 0);
	for (size_t i = 0; i < count; i++)
		n += all[i].state == state;
	arena_release(&arena);
	return n;
}

static void notes_parcels_while_others_are_under_way(void)
{
	static const int sizes[] = { 1, PARCEL_LINES, PARCEL_LINES + 1, 2 * PARCEL_LINES, 3 * PARCEL_LINES + 1,
		6 * PARCEL_LINES + 7 };
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct stage s;
		stage_open_lines(&s, sizes[i], KNOWN);
		struct line *lines = taken_quickly(&s, sizes[i]);
		int refused = sizes[i] > 2 * PARCEL_LINES ? 2 * PARCEL_LINES : 0; /* the last one of a parcel, and the first */
		if (refused)
			lines[refused - 1].status = lines[refused].status = 422;
		CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
		CU_ASSERT_EQUAL(s.script.posts, sizes[i]);
		stage_sums(&s, (uint64_t)sizes[i], (uint64_t)sizes[i] - (refused ? 2 : 0), refused ? 2 : 0);
		CU_ASSERT_EQUAL(parcels_in(&s, PARCEL_DONE), (uint64_t)(sizes[i] + PARCEL_LINES - 1) / PARCEL_LINES);
		CU_ASSERT_EQUAL(s.result.doubts, 0);
		for (int k = 1; k <= sizes[i]; k += PARCEL_LINES / 2) {
			char key[16];
			snprintf(key, sizeof key, "K%d", k);
			CU_ASSERT_EQUAL(stage_accepted(&s, key), !refused || k != refused + 1);
		}
		stage_close(&s);
	}
}

/* Where the machine is slow, the clerk is not done when the process ends, and what it had in hand is in doubt too. */
static void repeats_two_parcels_at_most_where_it_was_killed(void)
{
	enum { ALL = 6 * PARCEL_LINES };
	static const int lines[] = { PARCEL_LINES - 1, PARCEL_LINES, 2 * PARCEL_LINES, 3 * PARCEL_LINES - 1,
		3 * PARCEL_LINES, 5 * PARCEL_LINES + 7, ALL - 1 };
	for (size_t i = 0; i < 4 * sizeof lines / sizeof *lines; i += EVERY) {
		struct stage s;
		int line = lines[i / 4], gone = line / PARCEL_LINES * PARCEL_LINES;
		stage_open_lines(&s, ALL, KNOWN);
		s.script.kill_ms = i % 2 ? 100 : 0;
		stage_die(&s, taken_quickly(&s, ALL), (size_t)line, i % 4 < 2 ? KILL_BEFORE_REPLY : KILL_BEFORE_SENDING, false);
		CU_ASSERT_EQUAL_FATAL(stage_resume(&s), 0);
		CU_ASSERT_TRUE(parcels_in(&s, PARCEL_DOUBT) <= 2);
		CU_ASSERT_EQUAL(stage_go_on(&s, taken_quickly(&s, ALL)), 0);
		CU_ASSERT_TRUE(s.script.posts >= ALL - gone - PARCEL_LINES && s.script.posts <= ALL - gone + PARCEL_LINES);
		CU_ASSERT_TRUE(s.result.doubts <= 2 * PARCEL_LINES);
		CU_ASSERT_EQUAL(stage_record(&s).doubts, s.result.doubts);
		stage_sums(&s, ALL, ALL, 0);
		CU_ASSERT_TRUE(stage_accepted(&s, "K1") && stage_accepted(&s, "K3072"));
		stage_close(&s);
	}
}

static void takes_back_what_was_prepared_when_a_signal_comes(void)
{
	enum { ALL = 4 * PARCEL_LINES, AT = PARCEL_LINES + 9 };
	struct stage s;
	stage_open_lines(&s, ALL, KNOWN);
	s.script.signal_at = AT;
	CU_ASSERT_EQUAL(stage_deliver(&s, taken_quickly(&s, ALL)), 0);
	CU_ASSERT_EQUAL(s.script.posts, AT);
	stage_sums(&s, AT, AT, 0);
	CU_ASSERT_EQUAL(parcels_in(&s, PARCEL_PENDING), 3);
	s.script.signal_at = 0;
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, taken_quickly(&s, ALL)), 0);
	CU_ASSERT_EQUAL(s.script.posts, ALL - AT);
	CU_ASSERT_EQUAL(s.result.doubts, 0);
	stage_sums(&s, ALL, ALL, 0);
	stage_close(&s);
}

/* What was not sent is not in doubt. */
static void takes_back_what_was_prepared_where_lines_go_slowly(void)
{
	enum { ALL = 4 * PARCEL_LINES, SLOW = PARCEL_LINES + 4 };
	struct stage s;
	stage_open_lines(&s, ALL, KNOWN);
	struct line *lines = taken_quickly(&s, ALL);
	lines[SLOW].takes_ms = 2500; /* the line behind it is noted with all before it */
	stage_die(&s, lines, SLOW + 4, KILL_BEFORE_SENDING, false);
	CU_ASSERT_EQUAL_FATAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(parcels_in(&s, PARCEL_DOUBT), 1);
	CU_ASSERT_EQUAL(stage_go_on(&s, taken_quickly(&s, ALL)), 0);
	CU_ASSERT_EQUAL(s.script.posts, ALL - SLOW - 2);
	CU_ASSERT_EQUAL(s.result.doubts, 2 * PARCEL_LINES - SLOW - 2);
	stage_sums(&s, ALL, ALL, 0);
	stage_close(&s);
}

static void gives_up_a_record_and_goes_on_with_what_was_prepared(void)
{
	enum { ALL = 4 * PARCEL_LINES, BAD = 2 * PARCEL_LINES - 1 };
	struct stage s;
	stage_open_lines(&s, ALL, KNOWN);
	s.connection.retries = 1;
	s.connection.backoff_ms = 1;
	struct line *lines = taken_quickly(&s, ALL + 1);
	lines[BAD].status = lines[BAD + 1].status = 500; /* the last one of the second parcel, twice */
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), -1);
	CU_ASSERT_STRING_EQUAL(s.e.code, "delivery.tries");
	CU_ASSERT_EQUAL(s.script.posts, ALL + 1);
	stage_sums(&s, ALL - 1, ALL - 1, 0);
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, taken_quickly(&s, 1)), 0);
	CU_ASSERT_STRING_EQUAL(s.script.bodies[0], "{\"sku\":\"K1024\",\"price\":\"1.00\"}");
	stage_sums(&s, ALL, ALL, 0);
	stage_close(&s);
}

/* The outcome of an earlier line of that key may be put on disk in between. */
static void knows_nothing_of_a_key_while_another_value_of_it_is_under_way(void)
{
	enum { ALL = 4 * PARCEL_LINES };
	struct stage s;
	stage_open_lines(&s, 0, KNOWN);
	s.keys = PARCEL_LINES;
	stage_new_run(&s, ALL, 1);
	s.script.kill_ms = 200;
	stage_die(&s, taken_quickly(&s, ALL), 3 * PARCEL_LINES + 9, KILL_BEFORE_REPLY, false);
	CU_ASSERT_FALSE(stage_accepted(&s, "K1") || stage_accepted(&s, "K10") || stage_accepted(&s, "K512"));
	CU_ASSERT_EQUAL_FATAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(parcels_in(&s, PARCEL_DONE), 3);
	CU_ASSERT_EQUAL(stage_go_on(&s, taken_quickly(&s, ALL)), 0);
	CU_ASSERT_TRUE(stage_accepted(&s, "K1") && stage_accepted(&s, "K10") && stage_accepted(&s, "K512"));
	stage_sums(&s, ALL, ALL, 0);
	stage_close(&s);
}

static void says_at_its_turn_that_a_line_has_changed(void)
{
	enum { ALL = 3 * PARCEL_LINES };
	struct stage s;
	stage_open_lines(&s, ALL, KNOWN);
	const char *path = arena_printf(&s.arena, "%s/shop.things.ndjson", run_spool(s.run)).p;
	CU_ASSERT_EQUAL(truncate(path, (off_t)(ALL - 1) * 28), 0);
	CU_ASSERT_EQUAL(stage_deliver(&s, taken_quickly(&s, ALL)), -1);
	CU_ASSERT_STRING_EQUAL(s.e.code, "spool.changed");
	CU_ASSERT_EQUAL(s.script.posts, 2 * PARCEL_LINES);
	stage_sums(&s, 2 * PARCEL_LINES, 2 * PARCEL_LINES, 0);
	CU_ASSERT_EQUAL(parcels_in(&s, PARCEL_PENDING), 1);
	stage_close(&s);
}

/* The ledger takes the intent of that parcel, by its id, or does not. */
static void refuse_intent(struct stage *s, int id, bool refuses)
{
	struct db *db;
	const char *path = arena_printf(&s->arena, "%s/runs/%s/run.db", s->state, s->id).p;
	const char *sql = refuses
		? arena_printf(&s->arena, "CREATE TRIGGER refuses BEFORE UPDATE ON parcel WHEN NEW.id=%d AND NEW.state=%d"
			" BEGIN SELECT RAISE(ABORT, 'refused'); END", id, PARCEL_SENDING).p
		: "DROP TRIGGER refuses";
	CU_ASSERT_EQUAL_FATAL(db_open(path, DB_WRITE, 3, "", &db, &s->e), 0);
	CU_ASSERT_EQUAL(db_run(db, &s->e, sql, ""), 0);
	db_close(db);
}

/* The outcome of the parcel before it was to come with it in one commit: it comes without. */
static void loses_no_outcome_where_the_ledger_takes_no_intent(void)
{
	for (int id = 2; id < 6; id++) {
		enum { ALL = 6 * PARCEL_LINES };
		struct stage s;
		int sent = (id - 1) * PARCEL_LINES;
		stage_open_lines(&s, ALL, KNOWN);
		refuse_intent(&s, id, true);
		CU_ASSERT_EQUAL(stage_deliver(&s, taken_quickly(&s, ALL)), -1);
		CU_ASSERT_STRING_EQUAL(s.e.code, "ledger.database");
		CU_ASSERT_EQUAL(s.script.posts, sent);
		stage_sums(&s, (uint64_t)sent, (uint64_t)sent, 0);
		CU_ASSERT_EQUAL(parcels_in(&s, PARCEL_DONE), (uint64_t)id - 1);
		CU_ASSERT_EQUAL(parcels_in(&s, PARCEL_PENDING), 7 - (uint64_t)id);
		CU_ASSERT_EQUAL(stage_resume(&s), 0);
		refuse_intent(&s, id, false);
		CU_ASSERT_EQUAL(stage_go_on(&s, taken_quickly(&s, ALL)), 0);
		CU_ASSERT_EQUAL(s.script.posts, ALL - sent);
		CU_ASSERT_EQUAL(s.result.doubts, 0);
		stage_sums(&s, ALL, ALL, 0);
		stage_close(&s);
	}
}

static void ends_a_parcel_whose_lines_are_all_known(void)
{
	struct stage s;
	struct arena arena = { 0 };
	struct parcel p;
	stage_open_lines(&s, PARCEL_LINES + 3, KNOWN);
	char *known = arena_alloc(&arena, PARCEL_LINES);
	memset(known, 1, PARCEL_LINES);
	CU_ASSERT_EQUAL_FATAL(run_next_parcel(s.run, s.contract->target, 0, &arena, &p, &s.e), 1);
	CU_ASSERT_EQUAL(run_intent(s.run, &p, 0, &s.e), 0);
	CU_ASSERT_EQUAL(run_part_outcome(s.run, &p, PARCEL_PENDING, PARCEL_LINES, (struct str){ known, PARCEL_LINES },
		NULL, 0, &s.e), 0);
	CU_ASSERT_EQUAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_go_on(&s, taken_quickly(&s, 3)), 0);
	CU_ASSERT_EQUAL(s.script.posts, 3);
	CU_ASSERT_EQUAL(parcels_in(&s, PARCEL_DONE), 2);
	stage_sums(&s, PARCEL_LINES + 3, PARCEL_LINES + 3, 0);
	arena_release(&arena);
	stage_close(&s);
}

UNIT_SUITE(clerk, UNIT(notes_parcels_while_others_are_under_way),
	UNIT(repeats_two_parcels_at_most_where_it_was_killed), UNIT(takes_back_what_was_prepared_when_a_signal_comes),
	UNIT(takes_back_what_was_prepared_where_lines_go_slowly),
	UNIT(gives_up_a_record_and_goes_on_with_what_was_prepared),
	UNIT(knows_nothing_of_a_key_while_another_value_of_it_is_under_way),
	UNIT(says_at_its_turn_that_a_line_has_changed), UNIT(loses_no_outcome_where_the_ledger_takes_no_intent),
	UNIT(ends_a_parcel_whose_lines_are_all_known))
