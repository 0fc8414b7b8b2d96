/* Ledgers that SQLite finds in order, and that say what cannot be. */
#include "qonduit/db.h"
#include "script.h"
#include "unit.h"

#define RUN_DB_VERSION 3

/* Resumes a run of two bodies of two records after `sql` was run on its ledger. */
static int resumed_after(struct stage *s, const char *sql)
{
	struct db *d;
	stage_open(s, 2, 2);
	run_close(s->run);
	s->run = NULL;
	const char *path = arena_printf(&s->arena, "%s/runs/%s/run.db", s->state, s->id).p;
	CU_ASSERT_EQUAL_FATAL(db_open(path, DB_WRITE, RUN_DB_VERSION, "", &d, &s->e), 0);
	CU_ASSERT_EQUAL_FATAL(db_run(d, &s->e, "PRAGMA foreign_keys=OFF", ""), 0);
	CU_ASSERT_EQUAL_FATAL(db_run(d, &s->e, sql, ""), 0);
	db_close(d);
	return stage_resume(s);
}

static void sends_nothing_on_numbers_that_do_not_go_together(void)
{
	static const struct { const char *sql, *why; } damages[] = {
		{ "UPDATE parcel SET file=9 WHERE id=1", "parcels belong to no file: 1" },
		{ "UPDATE output SET target='other'", "files belong to no output: 2" },
		{ "UPDATE parcel SET state=6 WHERE id=2", "parcels are in no state that there is: 1" },
		{ "UPDATE parcel SET state=-1", "parcels are in no state that there is: 2" },
		{ "UPDATE parcel SET state='sent'", "parcels are in no state that there is: 2" },
		{ "UPDATE parcel SET state=3, job='' WHERE id=1", "parcels are in no state that there is: 1" },
		{ "UPDATE parcel SET accepted=-1 WHERE id=1", "parcels have numbers that do not go together: 1" },
		{ "UPDATE parcel SET refused=3 WHERE id=1", "parcels have numbers that do not go together: 1" },
		{ "UPDATE parcel SET accepted=2, refused=1", "parcels have numbers that do not go together: 2" },
		{ "UPDATE parcel SET state=4, accepted=1 WHERE id=1", "parcels have numbers that do not go together: 1" },
		{ "UPDATE file SET records=3 WHERE n=1", "files have other records than their parcels: 1" },
		{ "UPDATE parcel SET records=1", "files have other records than their parcels: 2" },
		{ "DELETE FROM parcel WHERE id=2", "files have no parcel: 1" },
		{ "UPDATE output SET records=5", "outputs have other records than their parcels: 1" },
		{ "UPDATE fact SET value=7 WHERE name='rows_read'", "numbers of rows do not add up: 1" },
		{ "DELETE FROM fact WHERE name='rows_written'", "numbers of rows do not add up: 1" },
	};
	for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
		struct stage s;
		CU_ASSERT_EQUAL(resumed_after(&s, damages[i].sql), -1);
		CU_ASSERT_PTR_NULL(s.run);
		CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
		CU_ASSERT_STRING_EQUAL(s.e.code, "ledger.damaged");
		if (!strstr(s.e.message, damages[i].why))
			CU_FAIL(damages[i].sql);
		stage_close(&s);
	}
}

static void goes_on_where_the_numbers_go_together(void)
{
	static const char *const changes[] = {
		"UPDATE parcel SET state=4, accepted=1, refused=1 WHERE id=1",
		"UPDATE parcel SET state=3, job='7' WHERE id=2",
		"UPDATE output SET records=5, unchanged=1", /* what was left out has no parcel */
		"UPDATE file SET records=0 WHERE n=9",
	};
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		struct stage s;
		CU_ASSERT_EQUAL(resumed_after(&s, changes[i]), 0);
		CU_ASSERT_PTR_NOT_NULL(s.run);
		stage_close(&s);
	}
}

UNIT_SUITE(run_check, UNIT(sends_nothing_on_numbers_that_do_not_go_together),
	UNIT(goes_on_where_the_numbers_go_together))
