#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qonduit/db.h"
#include "qonduit/log.h"
#include "script.h"
#include "unit.h"

static const struct line one_refused[] = {
	{ .method = "POST", .status = 202, .body = "{\"job_id\":\"7\"}" },
	{ .method = "GET",
		.status = 200,
		.body =
			"{\"status\":\"completed\",\"successes\":1,\"failures\":1,\"errors\":[{\"sku\":\"K2\",\"message\":\"bad\"}]}" },
	{ .method = NULL },
};

static const char *path_of(struct stage *s, const char *name)
{
	return arena_printf(&s->arena, "%s/runs/%s/%s", s->state, s->id, name).p;
}

static void tells_what_a_run_has_done(void)
{
	struct stage s;
	stage_open(&s, 1, 2);
	CU_ASSERT_EQUAL(stage_record(&s).status, RUN_RUNNING);
	CU_ASSERT_EQUAL(stage_deliver(&s, one_refused), 0);
	run_set_transform_ms(s.run, 1234);
	CU_ASSERT_EQUAL(run_finish(s.run, RUN_DONE, STR(""), 5678, &s.e), 0);
	struct run_record r = stage_record(&s);
	ASSERT_STR(r.command, "push");
	ASSERT_STR(r.mapping, "test.json");
	ASSERT_STR(r.started, "2026-11-21T18:10:00.000Z");
	CU_ASSERT_EQUAL(r.status, RUN_DONE);
	CU_ASSERT_EQUAL(r.rows.read, 3);
	CU_ASSERT_EQUAL(r.rows.written, 2);
	CU_ASSERT_EQUAL_FATAL(r.input_count, 1);
	ASSERT_STR(r.inputs[0], "catalog.csv");
	CU_ASSERT_EQUAL_FATAL(r.output_count, 1);
	ASSERT_STR(r.outputs[0].host, "quotiza.test");
	ASSERT_STR(r.outputs[0].account, "1");
	CU_ASSERT_EQUAL(r.outputs[0].records, 2);
	CU_ASSERT_EQUAL(r.outputs[0].accepted, 1);
	CU_ASSERT_EQUAL(r.outputs[0].refused, 1);
	CU_ASSERT_EQUAL(r.http.requests, 2);
	CU_ASSERT_EQUAL(r.transform_ms, 1234);
	CU_ASSERT_EQUAL(r.deliver_ms, 5678);
	CU_ASSERT_EQUAL(r.file_count, 1);
	stage_close(&s);
}

static void gives_runs_sortable_ids_and_lists_the_newest_first(void)
{
	struct stage s;
	struct run_record *all;
	struct run *later;
	size_t count;
	char first[RUN_ID_SIZE], second[RUN_ID_SIZE];
	stage_open(&s, 1, 1);
	strcpy(first, s.id);
	CU_ASSERT_EQUAL(strlen(first), 20);
	CU_ASSERT_EQUAL(strncmp(first, "20261121-181000-", 16), 0);
	CU_ASSERT_EQUAL_FATAL(run_create(s.state, "push", STR("m"), NULL, 0, START_MS + 1, &later, &s.e), 0);
	strcpy(second, run_id(later));
	CU_ASSERT_EQUAL(ledger_list(s.state, &s.arena, &all, &count, &s.e), 0);
	CU_ASSERT_EQUAL_FATAL(count, 2);
	ASSERT_STR(all[0].id, second);
	ASSERT_STR(all[1].id, first);
	run_forget(later);
	CU_ASSERT_EQUAL(ledger_list(s.state, &s.arena, &all, &count, &s.e), 0);
	CU_ASSERT_EQUAL(count, 1);
	CU_ASSERT_EQUAL(ledger_list("/nowhere/at/all", &s.arena, &all, &count, &s.e), 0);
	CU_ASSERT_EQUAL(count, 0);
	stage_close(&s);
}

static void lets_one_process_at_a_time_have_a_run(void)
{
	struct stage s;
	struct run *again;
	stage_open(&s, 1, 1);
	CU_ASSERT_EQUAL(run_resume(s.state, s.id, &again, &s.e), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
	CU_ASSERT_STRING_EQUAL(s.e.code, "run.busy");
	CU_ASSERT_PTR_NOT_NULL(strstr(s.e.message, "process "));
	CU_ASSERT_EQUAL(stage_resume(&s), 0); /* once it is let go of */
	stage_close(&s);
}

static void keeps_what_it_writes_to_its_owner(void)
{
	static const char *const files[] = { "run.db", "lock" };
	struct stage s;
	struct stat st;
	stage_open(&s, 1, 2);
	CU_ASSERT_EQUAL(stage_deliver(&s, one_refused), 0);
	for (size_t i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(stat(path_of(&s, files[i]), &st), 0);
		CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	}
	CU_ASSERT_EQUAL(stat(path_of(&s, ""), &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0700);
	CU_ASSERT_EQUAL(stat(arena_printf(&s.arena, "%s/accepted/quotiza.products@quotiza.test@1.db", s.state).p, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	CU_ASSERT_EQUAL(stat(arena_printf(&s.arena, "%s/accepted", s.state).p, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0700);
	stage_close(&s);
}

static void knows_a_run_by_its_id_only(void)
{
	static const char *const ids[] = { "", "..", "../x", "20261121-181000-zzzz", "a/b",
		"012345678901234567890123456789012345" };
	struct stage s;
	struct run *r;
	struct run_record record;
	stage_open(&s, 1, 1);
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		struct err e = { 0 };
		CU_ASSERT_EQUAL(run_resume(s.state, ids[i], &r, &e), -1);
		CU_ASSERT_EQUAL(e.class, ERR_USAGE);
		e = (struct err){ 0 };
		CU_ASSERT_EQUAL(ledger_show(s.state, ids[i], &s.arena, &record, &e), -1);
		CU_ASSERT_EQUAL(e.class, ERR_USAGE);
	}
	char near[RUN_ID_SIZE];
	struct err e = { 0 };
	strcpy(near, s.id);
	near[19] = near[19] == '0' ? '1' : '0';
	CU_ASSERT_EQUAL(run_resume(s.state, near, &r, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, s.id));
	stage_close(&s);
}

static void damage(const char *path, off_t at)
{
	int fd = open(path, O_RDWR);
	char bytes[512];
	memset(bytes, 0xa5, sizeof bytes);
	CU_ASSERT_EQUAL(pwrite(fd, bytes, sizeof bytes, at), (ssize_t)sizeof bytes);
	close(fd);
}

static void sends_nothing_on_a_ledger_that_cannot_be_trusted(void)
{
	static const off_t places[] = { 0, 4096, 8192, 12288 };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct stage s;
		stage_open(&s, 1, 1);
		run_close(s.run);
		s.run = NULL;
		damage(path_of(&s, "run.db"), places[i]);
		CU_ASSERT_EQUAL(stage_resume(&s), -1);
		CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
		CU_ASSERT_PTR_NULL(s.run);
		stage_close(&s);
	}
	struct stage s;
	stage_open(&s, 1, 1);
	run_close(s.run);
	s.run = NULL;
	CU_ASSERT_EQUAL(truncate(path_of(&s, "run.db"), 0), 0);
	CU_ASSERT_EQUAL(stage_resume(&s), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_DELIVERY);
	stage_close(&s);
}

static void refuses_a_database_of_a_later_version(void)
{
	struct stage s;
	struct db *d;
	stage_open(&s, 1, 1);
	run_close(s.run);
	s.run = NULL;
	CU_ASSERT_EQUAL_FATAL(db_open(path_of(&s, "run.db"), DB_WRITE, 3, "", &d, &s.e), 0);
	CU_ASSERT_EQUAL(db_run(d, &s.e, "PRAGMA user_version=4", ""), 0);
	db_close(d);
	CU_ASSERT_EQUAL(stage_resume(&s), -1);
	CU_ASSERT_STRING_EQUAL(s.e.code, "ledger.version");
	CU_ASSERT_PTR_NOT_NULL(strstr(s.e.message, "version 4, expected at most 3"));
	stage_close(&s);
}

static void brings_a_database_of_the_first_version_up_to_this_one(void)
{
	static const char *const columns[] = { "parcel DROP COLUMN records", "parcel DROP COLUMN first",
		"parcel DROP COLUMN at", "parcel DROP COLUMN bytes", "parcel DROP COLUMN rows_at", "parcel DROP COLUMN rows_bytes",
		"parcel DROP COLUMN sum", "parcel DROP COLUMN ended", "refused DROP COLUMN field", "refused DROP COLUMN record" };
	struct stage s;
	struct db *d;
	stage_open(&s, 1, 2);
	run_close(s.run);
	s.run = NULL;
	CU_ASSERT_EQUAL_FATAL(db_open(path_of(&s, "run.db"), DB_WRITE, 3, "", &d, &s.e), 0);
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		CU_ASSERT_EQUAL_FATAL(db_run(d, &s.e, arena_printf(&s.arena, "ALTER TABLE %s", columns[i]).p, ""), 0);
	CU_ASSERT_EQUAL(db_run(d, &s.e, "PRAGMA user_version=1", ""), 0);
	db_close(d);
	CU_ASSERT_EQUAL(stage_record(&s).outputs[0].records, 2); /* reading is enough */
	CU_ASSERT_EQUAL(stage_record(&s).outputs[0].sent, 0);
	CU_ASSERT_EQUAL_FATAL(stage_resume(&s), 0);
	CU_ASSERT_EQUAL(stage_deliver(&s, one_refused), 0);
	CU_ASSERT_EQUAL(stage_record(&s).outputs[0].accepted, 1);
	CU_ASSERT_EQUAL(stage_record(&s).outputs[0].sent, 2);
	stage_close(&s);
}

static void leaves_unreadable_runs_out_of_the_list(void)
{
	struct stage s;
	struct run_record *all;
	size_t count;
	stage_open(&s, 1, 1);
	stage_new_run(&s, 1, 1);
	run_close(s.run);
	s.run = NULL;
	damage(path_of(&s, "run.db"), 0);
	log_setup(LOG_LEVEL_ERROR, LOG_TEXT, false);
	CU_ASSERT_EQUAL(ledger_list(s.state, &s.arena, &all, &count, &s.e), 0);
	CU_ASSERT_EQUAL(count, 1);
	stage_close(&s);
}

static void leaves_out_a_run_that_has_only_begun(void)
{
	struct stage s;
	struct run_record *all, one;
	struct db *db;
	size_t count;
	stage_open(&s, 1, 1);
	stage_new_run(&s, 1, 1);
	CU_ASSERT_EQUAL_FATAL(db_open(path_of(&s, "run.db"), DB_WRITE, 3, "", &db, &s.e), 0);
	CU_ASSERT_EQUAL(db_run(db, &s.e, "DELETE FROM fact", ""), 0); /* as it is before the first commit */
	db_close(db);
	CU_ASSERT_EQUAL(ledger_list(s.state, &s.arena, &all, &count, &s.e), 0);
	CU_ASSERT_EQUAL(count, 1);
	CU_ASSERT_EQUAL(ledger_show(s.state, s.id, &s.arena, &one, &s.e), -1);
	CU_ASSERT_STRING_EQUAL(s.e.code, "run.begins");
	run_close(s.run);
	s.run = NULL;
	CU_ASSERT_EQUAL(ledger_list(s.state, &s.arena, &all, &count, &s.e), 0);
	CU_ASSERT_EQUAL(count, 2);
	CU_ASSERT_EQUAL(all[0].status, RUN_STOPPED);
	stage_close(&s);
}

static void keeps_hostile_text_as_text(void)
{
	static const struct line lines[] = {
		{ .method = "POST",
			.status = 400,
			.body = "{\"error\":{\"code\":\"x'; DROP TABLE refused; --\",\"message\":\"'); DELETE FROM parcel; --\"}}" },
		{ .method = NULL }
	};
	struct stage s;
	stage_open(&s, 1, 1);
	CU_ASSERT_EQUAL(stage_deliver(&s, lines), 0);
	CU_ASSERT_STRING_EQUAL(stage_refused(&s), "K1 catalog.csv:2 x'; DROP TABLE refused; --: '); DELETE FROM parcel; --\n");
	stage_close(&s);
}

static void takes_over_a_payload_folder_byte_for_byte(void)
{
	struct stage s;
	struct run *other;
	stage_open(&s, 2, 3);
	const char *dir = arena_copy(&s.arena, str_of(run_spool(s.run))).p;
	CU_ASSERT_EQUAL_FATAL(run_create(s.state, "push", STR(""), NULL, 0, START_MS, &other, &s.e), 0);
	CU_ASSERT_EQUAL(run_adopt(other, dir, &s.e), 0);
	CU_ASSERT_EQUAL(run_register(other, &s.contracts, &s.e), 0);
	struct str a, b;
	CU_ASSERT_EQUAL(
		io_read_file(arena_printf(&s.arena, "%s/quotiza.products-00002.json.rows", dir).p, 1000, &s.arena, &a, &s.e), 0);
	CU_ASSERT_EQUAL(io_read_file(arena_printf(&s.arena, "%s/quotiza.products-00002.json.rows", run_spool(other)).p, 1000,
																		&s.arena, &b, &s.e),
		0);
	CU_ASSERT_TRUE(str_eq(a, b) && a.n > 0);
	run_forget(other);
	CU_ASSERT_EQUAL_FATAL(run_create(s.state, "push", STR(""), NULL, 0, START_MS, &other, &s.e), 0);
	CU_ASSERT_EQUAL(
		io_replace_file(arena_printf(&s.arena, "%s/quotiza.products-00002.json", dir).p, STR("{}"), 0600, &s.e), 0);
	CU_ASSERT_EQUAL(run_adopt(other, dir, &s.e), -1);
	CU_ASSERT_EQUAL(s.e.class, ERR_INPUT);
	CU_ASSERT_STRING_EQUAL(s.e.code, "payload.changed");
	run_forget(other);
	stage_close(&s);
}

static struct run_record with_rejects(struct stage *s, const char *text)
{
	static struct payload_file file = { .name = { "rejects.csv", 11 } };
	struct run_record r = { .files = &file, .file_count = 1 };
	const char *folder = unit_folder();
	CU_ASSERT_EQUAL(io_replace_file(arena_printf(&s->arena, "%s/rejects.csv", folder).p, str_of(text), 0600, &s->e), 0);
	r.spool = str_of(folder);
	return r;
}

static void reads_rejected_rows_back_whatever_the_delimiter(void)
{
	static const char *const texts[] = {
		"GTIN,Name,_source,_column,_value,_reason\n1,\"a,b\",c.csv:2,gtin,1,\"is 1, expected 13 digits\"\n",
		"\xef\xbb\xbfsep line above\nGTIN;Name;_source;_column;_value;_reason\n1;a,b;c.csv:2;gtin;1;is 1, expected 13 digits\n",
		"GTIN\tName\t_source\t_column\t_value\t_reason\n1\t\"a\nb\"\tc.csv:2\tgtin\t1\tis 1, expected 13 digits\n",
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct stage s;
		struct rejected *all;
		size_t count;
		stage_open(&s, 1, 1);
		struct run_record r = with_rejects(&s, texts[i]);
		CU_ASSERT_EQUAL(ledger_rejected(&r, &s.arena, &all, &count, &s.e), 0);
		CU_ASSERT_EQUAL_FATAL(count, 1);
		ASSERT_STR(all[0].origin, "c.csv:2");
		ASSERT_STR(all[0].column, "gtin");
		ASSERT_STR(all[0].value, "1");
		ASSERT_STR(all[0].reason, "is 1, expected 13 digits");
		stage_close(&s);
	}
}

static void needs_few_bytes_for_an_accepted_key(void)
{
	enum { KEYS = 20000 };
	static struct str keys[KEYS];
	static bool refused[KEYS];
	struct stage s;
	struct accepted *a;
	struct stat st;
	stage_open(&s, 1, 1);
	for (size_t i = 0; i < KEYS; i++)
		keys[i] = arena_printf(&s.arena, "33496685%05zu", i);
	const struct contract contract = { .target = STR("t"), .version = STR("0123456789abcdef") };
	const struct payload_body body = { .records = KEYS, .keys = keys, .texts = keys };
	CU_ASSERT_EQUAL_FATAL(accepted_open(s.state, &contract, STR("h"), STR("a/b"), s.id, NULL, NULL, &a, &s.e), 0);
	CU_ASSERT_EQUAL(accepted_begin(a, s.run, &s.e), 0);
	CU_ASSERT_EQUAL(accepted_add(a, &body, refused, s.id, &s.e), 0);
	accepted_close(a);
	CU_ASSERT_EQUAL(stat(arena_printf(&s.arena, "%s/accepted/t@h@a%%2Fb.db", s.state).p, &st), 0);
	CU_ASSERT_TRUE(st.st_size < KEYS * 100);
	stage_close(&s);
}

UNIT_SUITE(ledger, UNIT(tells_what_a_run_has_done), UNIT(gives_runs_sortable_ids_and_lists_the_newest_first),
	UNIT(lets_one_process_at_a_time_have_a_run), UNIT(keeps_what_it_writes_to_its_owner), UNIT(knows_a_run_by_its_id_only),
	UNIT(sends_nothing_on_a_ledger_that_cannot_be_trusted), UNIT(refuses_a_database_of_a_later_version),
	UNIT(brings_a_database_of_the_first_version_up_to_this_one),
	UNIT(leaves_unreadable_runs_out_of_the_list), UNIT(leaves_out_a_run_that_has_only_begun), UNIT(keeps_hostile_text_as_text),
	UNIT(takes_over_a_payload_folder_byte_for_byte), UNIT(reads_rejected_rows_back_whatever_the_delimiter),
	UNIT(needs_few_bytes_for_an_accepted_key))
