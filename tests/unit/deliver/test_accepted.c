/* What is kept of a place between deliveries: how long its jobs take, and files of earlier programs. */
#include <stdlib.h>

#include "qonduit/db.h"
#include "script.h"
#include "unit.h"

#define TAKEN { .method = "POST", .status = 202, .body = "{\"job_id\":\"7\"}" }
#define RUNNING { .method = "GET", .status = 200, .body = "{\"job_id\":\"7\",\"status\":\"processing\"}" }
#define COMPLETED \
	{ .method = "GET", .status = 200, \
		.body = "{\"job_id\":\"7\",\"status\":\"completed\",\"total\":2,\"processed\":2,\"successes\":2,\"failures\":0,\"errors\":[]}" }
#define END { .method = NULL }

static bool give_up(void *arg, const char *holder)
{
	return false;
}

static struct accepted *open_place(struct stage *s, const char *account)
{
	struct accepted *a = NULL;
	CU_ASSERT_EQUAL_FATAL(accepted_open(s->state, s->contract, str_of(s->connection.host), str_of(account), s->id,
		give_up, NULL, &a, &s->e), 0);
	return a;
}

static int64_t pace(struct stage *s, struct accepted *a, uint64_t records)
{
	int64_t ms = -1;
	CU_ASSERT_EQUAL(accepted_pace(a, records, &ms, &s->e), 0);
	return ms;
}

static void note(struct stage *s, struct accepted *a, uint64_t records, int64_t ms)
{
	CU_ASSERT_EQUAL(accepted_note_pace(a, records, ms, &s->e), 0);
}

static void tells_the_time_of_jobs_of_about_the_size(void)
{
	struct stage s;
	stage_open(&s, 1, 2);
	struct accepted *a = open_place(&s, "1");
	CU_ASSERT_EQUAL(pace(&s, a, 1000), 0);
	note(&s, a, 1000, 4000);
	CU_ASSERT_EQUAL(pace(&s, a, 1000), 4000);
	CU_ASSERT_EQUAL(pace(&s, a, 512), 4000); /* of the same size, less than twice as many */
	CU_ASSERT_EQUAL(pace(&s, a, 1023), 4000);
	CU_ASSERT_EQUAL(pace(&s, a, 1024), 4096); /* by the record */
	CU_ASSERT_EQUAL(pace(&s, a, 511), 2044);
	CU_ASSERT_EQUAL(pace(&s, a, 1), 4);
	CU_ASSERT_EQUAL(pace(&s, a, 0), 0);
	CU_ASSERT_EQUAL(pace(&s, a, (uint64_t)1 << 40), 4398046511104);
	accepted_close(a);
	stage_close(&s);
}

static void takes_the_nearest_size_and_the_larger_of_two(void)
{
	struct stage s;
	stage_open(&s, 1, 2);
	struct accepted *a = open_place(&s, "1");
	note(&s, a, 4, 1000);    /* size 2 */
	note(&s, a, 1024, 2000); /* size 10 */
	CU_ASSERT_EQUAL(pace(&s, a, 8), 2000);   /* twice as long as four */
	CU_ASSERT_EQUAL(pace(&s, a, 512), 1000); /* half as long as 1,024 */
	CU_ASSERT_EQUAL(pace(&s, a, 64), 125);   /* size 6 is as far from both */
	note(&s, a, 1500, 500); /* in the place of 1,024 */
	CU_ASSERT_EQUAL(pace(&s, a, 1024), 500);
	CU_ASSERT_EQUAL(pace(&s, a, 4), 1000);
	accepted_close(a);
	stage_close(&s);
}

static void keeps_it_for_each_place(void)
{
	struct stage s;
	stage_open(&s, 1, 2);
	struct accepted *a = open_place(&s, "1");
	note(&s, a, 1000, 4000);
	accepted_close(a);
	a = open_place(&s, "2");
	CU_ASSERT_EQUAL(pace(&s, a, 1000), 0);
	accepted_close(a);
	a = open_place(&s, "1");
	CU_ASSERT_EQUAL(pace(&s, a, 1000), 4000);
	accepted_close(a);
	stage_close(&s);
}

/* A job took some 9 s: the next delivery asks first a little before that, and once. */
static void asks_when_jobs_used_to_end(void)
{
	static const struct line slow[] = { TAKEN, RUNNING, RUNNING, RUNNING, COMPLETED, END };
	static const struct line known[] = { TAKEN, COMPLETED, END };
	struct stage s;
	stage_open(&s, 1, 2);
	CU_ASSERT_EQUAL(stage_deliver(&s, slow), 0);
	int64_t first = s.script.times[1] - s.script.times[0], took = s.script.times[4] - s.script.times[0];
	CU_ASSERT(first <= 2 * s.connection.poll_ms && took > 4 * first);
	stage_new_run(&s, 1, 2);
	CU_ASSERT_EQUAL(stage_deliver(&s, known), 0);
	first = s.script.times[1] - s.script.times[0];
	CU_ASSERT(first >= took * 3 / 4 && first <= took + 200);
	stage_close(&s);
}

/* What the place says of jobs of two records, before a delivery or after it. */
static void take_pace(struct stage *s, int64_t ms)
{
	struct accepted *a = open_place(s, "1");
	note(s, a, 2, ms);
	accepted_close(a);
}

static int64_t pace_kept(struct stage *s)
{
	struct accepted *a = open_place(s, "1");
	int64_t ms = pace(s, a, 2);
	accepted_close(a);
	return ms;
}

/* Jobs took 8 s: a look at 7 s that comes too early is followed by one at 8 s, whatever the first record's half of the
 * progress says, and 8 s stays what is known. */
static void pays_a_short_step_for_a_look_too_early(void)
{
	static const struct line half = { .method = "GET", .status = 200,
		.body = "{\"job_id\":\"7\",\"status\":\"processing\",\"total\":2,\"processed\":1}" };
	const struct line lines[] = { TAKEN, half, COMPLETED, END };
	struct stage s;
	stage_open(&s, 1, 2);
	take_pace(&s, 8000);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	int64_t found = s.script.times[2] - s.script.times[0];
	CU_ASSERT(found >= 8000 && found < 8500);
	CU_ASSERT_EQUAL(pace_kept(&s), 8000);
	stage_close(&s);
}

/* Jobs took 4 s, this one takes longer: it is asked again soon, and what is learned is little more than that. */
static void learns_a_longer_time_by_small_steps(void)
{
	const struct line lines[] = { TAKEN, RUNNING, RUNNING, COMPLETED, END };
	struct stage s;
	stage_open(&s, 1, 2);
	take_pace(&s, 4000);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	int64_t ran = s.script.times[2] - s.script.times[0];
	int64_t learned = pace_kept(&s);
	CU_ASSERT(learned > ran && learned <= ran + ran / 8 + 200);
	stage_close(&s);
}

/* As half the time that a job may take is the longest that is believed. */
static void believes_no_time_that_would_miss_the_end(void)
{
	static const struct line lines[] = { TAKEN, COMPLETED, END };
	struct stage s;
	stage_open(&s, 1, 2);
	take_pace(&s, INT64_MAX);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT(s.script.times[1] - s.script.times[0] <= s.connection.job_timeout_ms / 2);
	stage_close(&s);
}

/* ---- files of earlier programs ---- */

static const char *place_path(struct stage *s)
{
	return arena_printf(&s->arena, "%s/accepted/quotiza.products@quotiza.test@1.db", s->state).p;
}

/* As the first program made them: without what was learned of jobs, and without claims. */
static void make_old(struct stage *s)
{
	struct db *d;
	CU_ASSERT_EQUAL_FATAL(db_open(place_path(s), DB_WRITE, 1, "", &d, &s->e), 0);
	CU_ASSERT_EQUAL(db_run(d, &s->e, "DROP TABLE pace", ""), 0);
	CU_ASSERT_EQUAL(db_run(d, &s->e, "DROP TABLE claim", ""), 0);
	db_close(d);
}

static void brings_an_old_file_up_to_date_and_keeps_what_is_in_it(void)
{
	static const struct line lines[] = { TAKEN, COMPLETED, END };
	struct stage s;
	bool has = false;
	stage_open(&s, 1, 2);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	make_old(&s);
	/* to look at it changes nothing */
	struct accepted *a;
	CU_ASSERT_EQUAL_FATAL(accepted_look(s.state, s.contract, STR("quotiza.test"), STR("1"), &a, &s.e), 0);
	CU_ASSERT_EQUAL(accepted_has(a, STR("K1"), STR("{\"sku\":\"K1\",\"name\":\"Thing\",\"brand\":\"B\"}"), &has, &s.e), 0);
	CU_ASSERT_TRUE(has);
	accepted_close(a);
	struct db *d;
	struct err gone = { 0 };
	CU_ASSERT_EQUAL_FATAL(db_open(place_path(&s), DB_READ, 1, "", &d, &s.e), 0);
	CU_ASSERT_EQUAL(db_run(d, &gone, "SELECT * FROM pace", ""), -1);
	db_close(d);
	stage_new_run(&s, 1, 2);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_TRUE(stage_accepted(&s, "K1") && stage_accepted(&s, "K2"));
	a = open_place(&s, "1");
	CU_ASSERT(pace(&s, a, 2) > 0);
	accepted_close(a);
	stage_close(&s);
}

static void refuses_a_file_of_a_later_program(void)
{
	static const struct line none[] = { END };
	static const struct line lines[] = { TAKEN, COMPLETED, END };
	struct stage s;
	struct db *d;
	stage_open(&s, 1, 2);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_EQUAL_FATAL(db_open(place_path(&s), DB_WRITE, 1, "", &d, &s.e), 0);
	CU_ASSERT_EQUAL(db_run(d, &s.e, "PRAGMA user_version=2", ""), 0);
	db_close(d);
	stage_new_run(&s, 1, 2);
	CU_ASSERT_EQUAL(stage_deliver(&s, none), -1);
	CU_ASSERT_STRING_EQUAL(s.e.code, "ledger.version");
	CU_ASSERT_EQUAL(s.script.posts, 0);
	stage_close(&s);
}

UNIT_SUITE(accepted, UNIT(tells_the_time_of_jobs_of_about_the_size), UNIT(takes_the_nearest_size_and_the_larger_of_two),
	UNIT(keeps_it_for_each_place), UNIT(asks_when_jobs_used_to_end), UNIT(pays_a_short_step_for_a_look_too_early),
	UNIT(learns_a_longer_time_by_small_steps), UNIT(believes_no_time_that_would_miss_the_end),
	UNIT(brings_an_old_file_up_to_date_and_keeps_what_is_in_it), UNIT(refuses_a_file_of_a_later_program))
