#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "qonduit/clock.h"
#include "qonduit/log.h"
#include "ledger_parts.h"

#define LOCK_TRIES 20 /* a reader holds the lock for a moment, to see whether it is free */

static const char schema[] =
	"CREATE TABLE fact(name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE input(n INTEGER PRIMARY KEY, name TEXT NOT NULL);"
	"CREATE TABLE output(n INTEGER PRIMARY KEY, target TEXT NOT NULL UNIQUE, host TEXT NOT NULL, account TEXT NOT NULL,"
	" records INTEGER NOT NULL, requests INTEGER NOT NULL, unchanged INTEGER NOT NULL);"
	"CREATE TABLE file(n INTEGER PRIMARY KEY, name TEXT NOT NULL, target TEXT NOT NULL, records INTEGER NOT NULL,"
	" bytes INTEGER NOT NULL, sha256 TEXT NOT NULL);"
	"CREATE TABLE parcel(id INTEGER PRIMARY KEY, file INTEGER NOT NULL REFERENCES file(n), state INTEGER NOT NULL,"
	" sends INTEGER NOT NULL, job TEXT NOT NULL, taken_ms INTEGER NOT NULL, accepted INTEGER NOT NULL,"
	" refused INTEGER NOT NULL, records INTEGER NOT NULL, first INTEGER NOT NULL, at INTEGER NOT NULL,"
	" bytes INTEGER NOT NULL, rows_at INTEGER NOT NULL, rows_bytes INTEGER NOT NULL, sum BLOB NOT NULL,"
	" ended BLOB NOT NULL);"
	"CREATE TABLE refused(id INTEGER PRIMARY KEY, parcel INTEGER NOT NULL REFERENCES parcel(id), target TEXT NOT NULL,"
	" key TEXT NOT NULL, origin TEXT NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL, field TEXT NOT NULL,"
	" record INTEGER NOT NULL);";

char *run_join(const char *folder, const char *name)
{
	struct buf b = { 0 };
	buf_printf(&b, "%s/%s", folder, name);
	char *path = mem_copy(buf_text(&b));
	buf_release(&b);
	return path;
}

static struct run *run_new(const char *state, const char *id)
{
	struct run *r = mem_alloc(sizeof *r);
	char *runs = run_join(state, "runs");
	*r = (struct run){ .lock = -1, .state = mem_copy(state), .folder = run_join(runs, id) };
	snprintf(r->id, sizeof r->id, "%s", id);
	r->spool = run_join(r->folder, "spool");
	free(runs);
	return r;
}

static int take_lock(struct run *r, struct err *e)
{
	char *path = run_join(r->folder, "lock"), holder[HOLDER_SIZE], mark[HOLDER_SIZE];
	snprintf(mark, sizeof mark, "process %ld", (long)getpid());
	int rc = 0;
	for (int i = 0; rc == 0 && i < LOCK_TRIES; i++) {
		if (i)
			nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
		rc = lock_file(path, mark, &r->lock, holder, e);
	}
	free(path);
	if (rc == 0)
		err_set(e, ERR_DELIVERY, "run.busy", "run %s is under way in another process (%s)", r->id, holder);
	return rc == 1 ? 0 : -1;
}

static int open_db(struct run *r, enum db_mode mode, struct err *e)
{
	char *path = run_join(r->folder, "run.db");
	int rc = db_open(path, mode, RUN_DB_VERSION, schema, &r->db, e);
	free(path);
	return rc == 0 ? run_upgrade(r->db, e) : rc;
}

int run_set_text(struct run *r, const char *name, struct str value, struct err *e)
{
	return db_run(r->db, e, "INSERT OR REPLACE INTO fact(name, value) VALUES(?,?)", "ss", str_of(name), value);
}

int run_set_int(struct run *r, const char *name, int64_t value, struct err *e)
{
	return db_run(r->db, e, "INSERT OR REPLACE INTO fact(name, value) VALUES(?,?)", "si", str_of(name), value);
}

int run_add_int(struct run *r, const char *name, int64_t more, struct err *e)
{
	return db_run(r->db, e,
		"INSERT INTO fact(name, value) VALUES(?,?) ON CONFLICT(name) DO UPDATE SET value = value + excluded.value",
		"si", str_of(name), more);
}

int run_commit_if(struct run *r, int rc, struct err *e)
{
	if (rc == 0)
		return db_commit(r->db, e);
	db_undo(r->db);
	return -1;
}

int run_begin(struct run *r, struct err *e)
{
	return db_begin(r->db, e);
}

int run_end(struct run *r, int rc, struct err *e)
{
	return run_commit_if(r, rc, e);
}

/* ---- beginning ---- */

/* A folder of its own under a new id. */
static int make_folder(const char *state, int64_t started_ms, struct run **out, struct err *e)
{
	char *runs = run_join(state, "runs");
	int rc = io_make_folders(runs, 0700, e);
	free(runs);
	while (rc == 0) {
		time_t seconds = (time_t)(started_ms / 1000);
		struct tm t = { 0 };
		uint8_t random = 0;
		char id[RUN_ID_SIZE], stamp[24];
		ssize_t n = getrandom(&random, sizeof random, 0);
		(void)n; /* whatever came is as good as any */
		gmtime_r(&seconds, &t);
		strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &t);
		unsigned suffix = (unsigned)(started_ms % 1000) << 6 | (random & 63u); /* sorts within the second too */
		snprintf(id, sizeof id, "%s-%04x", stamp, suffix);
		*out = run_new(state, id);
		if (mkdir((*out)->folder, 0700) == 0)
			return 0;
		if (errno != EEXIST) {
			rc = err_sys(e, ERR_INPUT, "ledger.folder", errno, "the folder of a new run cannot be made");
			err_at_file(e, (*out)->folder);
		}
		run_close(*out);
	}
	return -1;
}

static int write_begin(struct run *r, const char *command, struct str mapping, const struct str *inputs,
	size_t input_count, int64_t started_ms, struct err *e)
{
	char started[25];
	clock_iso(started_ms, started);
	if (db_begin(r->db, e) != 0)
		return -1;
	int rc = run_set_text(r, "command", str_of(command), e) | run_set_text(r, "mapping", mapping, e) |
		run_set_text(r, "started", str_of(started), e) | run_set_int(r, "status", RUN_RUNNING, e) |
		run_set_text(r, "reason", STR(""), e);
	for (size_t i = 0; rc == 0 && i < input_count; i++)
		rc = db_run(r->db, e, "INSERT INTO input(name) VALUES(?)", "s", inputs[i]);
	if (rc == 0)
		rc = accepted_note_seen(r, e);
	return run_commit_if(r, rc, e);
}

int run_create(const char *state, const char *command, struct str mapping, const struct str *inputs, size_t input_count,
	int64_t started_ms, struct run **out, struct err *e)
{
	struct run *r = NULL;
	*out = NULL;
	if (make_folder(state, started_ms, &r, e) != 0)
		return -1;
	if (take_lock(r, e) != 0 || open_db(r, DB_CREATE, e) != 0 ||
	    write_begin(r, command, mapping, inputs, input_count, started_ms, e) != 0) {
		run_forget(r);
		return -1;
	}
	*out = r;
	return 0;
}

static int no_such_run(const char *state, const char *id, struct err *e)
{
	struct arena arena = { 0 };
	struct run_record *all;
	size_t count = 0;
	struct err ignored = { 0 };
	int near = -1;
	if (ledger_list(state, &arena, &all, &count, &ignored) == 0) {
		struct str *ids = ARENA_ARRAY(&arena, count, struct str);
		for (size_t i = 0; i < count; i++)
			ids[i] = all[i].id;
		near = str_nearest(str_of(id), ids, count);
		err_set(e, ERR_USAGE, "run.unknown", "no run is called \"%s\"%s%.*s%s", id,
			near >= 0 ? ", did you mean \"" : "", near >= 0 ? (int)ids[near].n : 0, near >= 0 ? ids[near].p : "",
			near >= 0 ? "\"?" : "; `qonduit runs` lists them");
	}
	arena_release(&arena);
	return err_set(e, ERR_USAGE, "run.unknown", "no run is called \"%s\"", id);
}

int run_resume(const char *state, const char *id, struct run **out, struct err *e)
{
	*out = NULL;
	struct stat st;
	if (!id[0] || strchr(id, '/') || id[0] == '.' || strlen(id) >= RUN_ID_SIZE)
		return no_such_run(state, id, e);
	struct run *r = run_new(state, id);
	if (stat(r->folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
		run_close(r);
		return no_such_run(state, id, e);
	}
	int rc = take_lock(r, e);
	if (rc == 0)
		rc = open_db(r, DB_WRITE, e);
	if (rc == 0)
		rc = run_check(r, e);
	if (rc == 0 && (rc = db_begin(r->db, e)) == 0) {
		rc = run_set_int(r, "status", RUN_RUNNING, e);
		if (rc == 0)
			rc = db_run(r->db, e, "UPDATE parcel SET state=? WHERE state=?", "ii", (int64_t)PARCEL_DOUBT,
				(int64_t)PARCEL_SENDING);
		rc = run_commit_if(r, rc, e);
	}
	if (rc != 0) {
		run_close(r);
		return -1;
	}
	*out = r;
	return 0;
}

/* ---- where it goes ---- */

int run_bind(struct run *r, struct str target, struct str host, struct str account, struct err *e)
{
	struct arena arena = { 0 };
	struct str was_host = { 0 }, was_account = { 0 };
	struct db_rows *q = db_query(r->db, e, "SELECT host, account FROM output WHERE target=?", "s", target);
	int rc = q ? db_next(q, e) : -1;
	if (rc == 1) {
		was_host = db_text(q, 0, &arena);
		was_account = db_text(q, 1, &arena);
	}
	db_end(q);
	if (rc == 1 && was_host.n && (!str_eq(was_host, host) || !str_eq(was_account, account)))
		rc = err_set(e, ERR_DELIVERY, "run.other_place",
			"run %s went to %.*s, account \"%.*s\", and cannot go on to %.*s, account "
			"\"%.*s\"",
			r->id, STR_ARG(was_host), STR_ARG(was_account), STR_ARG(host), STR_ARG(account));
	else if (rc == 1 && was_host.n == 0)
		rc = db_run(r->db, e, "UPDATE output SET host=?, account=? WHERE target=?", "sss", host, account, target);
	arena_release(&arena);
	return rc < 0 ? -1 : 0;
}

int run_add_http(struct run *r, const struct run_http *more, struct err *e)
{
	if (db_begin(r->db, e) != 0)
		return -1;
	return run_commit_if(r, run_add_int(r, "http_requests", (int64_t)more->requests, e) |
		run_add_int(r, "http_retries", (int64_t)more->retries, e) |
		run_add_int(r, "http_throttled", (int64_t)more->throttled, e) |
		run_add_int(r, "http_waited_ms", more->waited_ms, e), e);
}

/* ---- the end ---- */

int run_finish(struct run *r, enum run_status status, struct str reason, int64_t deliver_ms, struct err *e)
{
	if (db_begin(r->db, e) != 0)
		return -1;
	return run_commit_if(r, run_set_int(r, "status", status, e) | run_set_text(r, "reason", reason, e) |
		run_add_int(r, "deliver_ms", deliver_ms, e), e);
}

void run_set_transform_ms(struct run *r, int64_t ms)
{
	struct err failed = { 0 };
	if (run_set_int(r, "transform_ms", ms, &failed) != 0)
		log_err(&failed);
}

void run_set_resume_ms(struct run *r, int64_t ms)
{
	struct err failed = { 0 };
	if (run_set_int(r, "resume_ms", ms, &failed) != 0)
		log_err(&failed);
}

int run_record(struct run *r, struct arena *arena, struct run_record *out, struct err *e)
{
	return record_read(r->db, r->state, r->id, true, arena, out, e);
}

const char *run_id(const struct run *r)
{
	return r->id;
}

const char *run_spool(const struct run *r)
{
	return r->spool;
}

void run_forget(struct run *r)
{
	if (!r)
		return;
	struct err failed = { 0 };
	db_close(r->db);
	r->db = NULL;
	if (io_remove_tree(r->folder, &failed) != 0)
		log_err(&failed);
	run_close(r);
}

void run_close(struct run *r)
{
	if (!r)
		return;
	db_close(r->db);
	if (r->lock >= 0)
		close(r->lock);
	free(r->state);
	free(r->folder);
	free(r->spool);
	free(r);
}
