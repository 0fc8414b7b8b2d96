#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qonduit/log.h"
#include "ledger_parts.h"

const char *run_status_name(enum run_status s)
{
	static const char *const names[] = { "running", "done", "stopped", "superseded" };
	return names[s];
}

int ledger_folder(const char *option, struct arena *arena, const char **out, struct err *e)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	if (option)
		*out = option;
	else if (state && state[0] == '/')
		*out = arena_printf(arena, "%s/qonduit", state).p;
	else if (home && home[0])
		*out = arena_printf(arena, "%s/.local/state/qonduit", home).p;
	else
		return err_set(e, ERR_USAGE, "ledger.folder",
			"there is no place for the ledger: neither --state, XDG_STATE_HOME nor HOME is given");
	struct stat st;
	if (io_make_folders(*out, 0700, e) != 0)
		return -1;
	/* Not refused: a volume that was mounted has this mode; where it is as /tmp is, none but its owner takes a file away. */
	if (stat(*out, &st) == 0 && st.st_mode & S_IWOTH && !(st.st_mode & S_ISVTX))
		log_once(LOG_LEVEL_WARNING, "state_open",
			"the state folder has mode %04o, others may change what is known of deliveries: chmod o-w %s",
			(unsigned)(st.st_mode & 07777), *out);
	char *resolved = realpath(*out, NULL); /* SQLite follows no link on its way to a file */
	if (resolved)
		*out = arena_copy(arena, str_of(resolved)).p;
	free(resolved);
	return 0;
}

/* ---- earlier versions ---- */

static int version_of(struct db *db, int64_t *out, struct err *e)
{
	struct db_rows *q = db_query(db, e, "PRAGMA user_version", "");
	int rc = q ? db_next(q, e) : -1;
	*out = rc == 1 ? db_int(q, 0) : 0;
	db_end(q);
	return rc == 1 ? 0 : -1;
}

int run_upgrade(struct db *db, struct err *e)
{
	static const struct { int64_t from; const char *sql; } steps[] = {
		/* 1 knew no lines: a parcel was a whole file, and nothing was told of fields. */
		{ 1, "ALTER TABLE parcel ADD COLUMN records INTEGER NOT NULL DEFAULT 0" },
		{ 1, "ALTER TABLE parcel ADD COLUMN first INTEGER NOT NULL DEFAULT 0" },
		{ 1, "ALTER TABLE parcel ADD COLUMN at INTEGER NOT NULL DEFAULT 0" },
		{ 1, "ALTER TABLE parcel ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0" },
		{ 1, "ALTER TABLE parcel ADD COLUMN rows_at INTEGER NOT NULL DEFAULT 0" },
		{ 1, "ALTER TABLE parcel ADD COLUMN rows_bytes INTEGER NOT NULL DEFAULT 0" },
		{ 1, "ALTER TABLE parcel ADD COLUMN sum BLOB NOT NULL DEFAULT x''" },
		{ 1, "ALTER TABLE parcel ADD COLUMN ended BLOB NOT NULL DEFAULT x''" },
		{ 1, "UPDATE parcel SET records=(SELECT records FROM file WHERE n=parcel.file)" },
		{ 1, "ALTER TABLE refused ADD COLUMN field TEXT NOT NULL DEFAULT ''" },
		/* 2 did not tell which record of its parcel was refused. */
		{ 2, "ALTER TABLE refused ADD COLUMN record INTEGER NOT NULL DEFAULT 0" },
		{ 2, "PRAGMA user_version=3" },
	};
	int64_t version;
	if (version_of(db, &version, e) != 0)
		return -1;
	if (version == RUN_DB_VERSION)
		return 0;
	int rc = db_begin(db, e);
	if (rc == 0) /* another process may have done it by now */
		rc = version_of(db, &version, e);
	for (size_t i = 0; rc == 0 && i < sizeof steps / sizeof *steps; i++) {
		if (version <= steps[i].from)
			rc = db_run(db, e, steps[i].sql, "");
	}
	if (rc == 0)
		return db_commit(db, e);
	db_undo(db);
	return -1;
}

/* ---- reading a run ---- */

static int read_facts(struct db *db, struct arena *arena, struct run_record *out, struct err *e)
{
	const struct { const char *name; struct str *text; } texts[] = {
		{ "command", &out->command }, { "mapping", &out->mapping }, { "started", &out->started },
		{ "reason", &out->reason }, { "shard", &out->shard },
	};
	int64_t status = RUN_STOPPED, waited = 0, transform = 0, deliver = 0, resume = 0;
	const struct { const char *name; uint64_t *number; } numbers[] = {
		{ "rows_read", &out->rows.read },
		{ "rows_filtered", &out->rows.filtered },
		{ "rows_duplicates", &out->rows.duplicates },
		{ "rows_rejected", &out->rows.rejected },
		{ "rows_written", &out->rows.written },
		{ "http_requests", &out->http.requests },
		{ "http_retries", &out->http.retries },
		{ "http_throttled", &out->http.throttled },
		{ "doubts", &out->doubts },
	};
	const struct { const char *name; int64_t *number; } times[] = {
		{ "status", &status }, { "http_waited_ms", &waited }, { "transform_ms", &transform },
		{ "deliver_ms", &deliver }, { "resume_ms", &resume },
	};
	struct db_rows *q = db_query(db, e, "SELECT name, value FROM fact", "");
	int rc = q ? 1 : -1;
	while (rc == 1 && (rc = db_next(q, e)) == 1) {
		struct str name = db_text(q, 0, arena);
		for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
			if (str_eq(name, str_of(texts[i].name)))
				*texts[i].text = db_text(q, 1, arena);
		}
		for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
			if (str_eq(name, str_of(numbers[i].name)))
				*numbers[i].number = (uint64_t)db_int(q, 1);
		}
		for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
			if (str_eq(name, str_of(times[i].name)))
				*times[i].number = db_int(q, 1);
		}
	}
	db_end(q);
	out->status = status >= RUN_RUNNING && status <= RUN_SUPERSEDED ? (enum run_status)status : RUN_STOPPED;
	out->http.waited_ms = waited;
	out->transform_ms = transform;
	out->deliver_ms = deliver;
	out->resume_ms = resume;
	return rc;
}

static int count_rows(struct db *db, const char *sql, size_t *out, struct err *e)
{
	struct db_rows *q = db_query(db, e, sql, "");
	int rc = q ? db_next(q, e) : -1;
	*out = rc == 1 ? (size_t)db_int(q, 0) : 0;
	db_end(q);
	return rc == 1 ? 0 : -1;
}

static int read_inputs(struct db *db, struct arena *arena, struct run_record *out, struct err *e)
{
	size_t most;
	if (count_rows(db, "SELECT count(*) FROM input", &most, e) != 0)
		return -1;
	out->inputs = ARENA_ARRAY(arena, most, struct str);
	struct db_rows *q = db_query(db, e, "SELECT name FROM input ORDER BY n", "");
	int rc = q ? 1 : -1;
	while (rc == 1 && (rc = db_next(q, e)) == 1 && out->input_count < most)
		out->inputs[out->input_count++] = db_text(q, 0, arena);
	db_end(q);
	return rc;
}

static int read_outputs(struct db *db, struct arena *arena, struct run_record *out, struct err *e)
{
	size_t most;
	if (count_rows(db, "SELECT count(*) FROM output", &most, e) != 0)
		return -1;
	out->outputs = ARENA_ARRAY(arena, most, struct run_output);
	struct db_rows *q =
		db_query(db, e, "SELECT target, account, host, records, requests, unchanged FROM output ORDER BY n", "");
	int rc = q ? 1 : -1;
	while (rc == 1 && (rc = db_next(q, e)) == 1 && out->output_count < most)
		out->outputs[out->output_count++] = (struct run_output){ .target = db_text(q, 0, arena),
			.account = db_text(q, 1, arena),
			.host = db_text(q, 2, arena),
			.records = (uint64_t)db_int(q, 3),
			.requests = (uint64_t)db_int(q, 4),
			.unchanged = db_int(q, 5) == UNCHANGED_UNKNOWN ? 0 : (uint64_t)db_int(q, 5) };
	db_end(q);
	for (size_t i = 0; rc == 0 && i < out->output_count; i++) {
		struct run_output *o = &out->outputs[i];
		q = db_query(db, e,
			"SELECT total(CASE WHEN state >= ?1 THEN parcel.records ELSE accepted + refused END), total(accepted),"
			" total(refused), total(job <> ''), count(*) FROM parcel JOIN file ON file.n=parcel.file WHERE target=?2",
			"is", (int64_t)PARCEL_JOB, o->target);
		rc = q ? db_next(q, e) : -1;
		if (rc == 1) {
			o->sent = (uint64_t)db_int(q, 0);
			o->accepted = (uint64_t)db_int(q, 1);
			o->refused = (uint64_t)db_int(q, 2);
			o->jobs = (uint64_t)db_int(q, 3);
			o->parcels = (uint64_t)db_int(q, 4);
			rc = 0;
		}
		db_end(q);
	}
	return rc;
}

static int read_files(struct db *db, struct arena *arena, struct run_record *out, struct err *e)
{
	size_t most;
	if (count_rows(db, "SELECT count(*) FROM file", &most, e) != 0)
		return -1;
	out->files = ARENA_ARRAY(arena, most, struct payload_file);
	struct db_rows *q = db_query(db, e, "SELECT name, target, records, bytes, sha256 FROM file ORDER BY n", "");
	int rc = q ? 1 : -1;
	while (rc == 1 && (rc = db_next(q, e)) == 1 && out->file_count < most) {
		struct payload_file *f = &out->files[out->file_count++];
		*f = (struct payload_file){ .name = db_text(q, 0, arena),
			.target = db_text(q, 1, arena),
			.records = (uint64_t)db_int(q, 2),
			.bytes = (uint64_t)db_int(q, 3) };
		snprintf(f->sha256, sizeof f->sha256, "%s", db_text(q, 4, arena).p);
	}
	db_end(q);
	return rc;
}

/* A run that nobody holds does not run; one that could go on cannot where a later one delivered. */
static int settle_status(
	struct db *db, const char *state, const char *id, bool held, struct run_record *out, struct err *e)
{
	if (out->status == RUN_RUNNING && !held)
		out->status = RUN_STOPPED;
	for (size_t i = 0; out->status == RUN_STOPPED && i < out->output_count; i++) {
		const struct run_output *o = &out->outputs[i];
		bool superseded = false;
		if (o->host.n && o->accepted + o->refused + o->unchanged < o->records &&
		    accepted_superseded(state, db, o, id, &superseded, e) != 0)
			return -1;
		if (superseded)
			out->status = RUN_SUPERSEDED;
	}
	return 0;
}

int record_read(struct db *db, const char *state, const char *id, bool held, struct arena *arena,
	struct run_record *out, struct err *e)
{
	*out = (struct run_record){ .id = arena_copy(arena, str_of(id)) };
	out->spool = arena_printf(arena, "%s/runs/%s/spool", state, id);
	if (read_facts(db, arena, out, e) != 0 || read_inputs(db, arena, out, e) != 0 ||
		read_outputs(db, arena, out, e) != 0 || read_files(db, arena, out, e) != 0)
		return -1;
	return settle_status(db, state, id, held, out, e);
}

/* Opens the database of a run for reading. */
static int open_run(const char *state, const char *id, struct arena *arena, struct db **db, bool *held, struct err *e)
{
	const char *path = arena_printf(arena, "%s/runs/%s/run.db", state, id).p;
	*db = NULL;
	*held = false;
	if (strchr(id, '/') || id[0] == '.' || access(path, F_OK) != 0)
		return err_set(e, ERR_USAGE, "run.unknown", "no run is called \"%s\"; `qonduit runs` lists them", id);
	*held = lock_held(arena_printf(arena, "%s/runs/%s/lock", state, id).p);
	return db_open(path, DB_READ, RUN_DB_VERSION, "", db, e) == 0 ? run_upgrade(*db, e) : -1;
}

int ledger_show(const char *state, const char *id, struct arena *arena, struct run_record *out, struct err *e)
{
	struct db *db;
	bool held;
	int rc = open_run(state, id, arena, &db, &held, e);
	if (rc == 0)
		rc = record_read(db, state, id, held, arena, out, e);
	if (rc == 0 && held && out->started.n == 0)
		rc = err_set(e, ERR_DELIVERY, "run.begins", "run %s has only begun, and nothing is known of it yet", id);
	db_close(db);
	return rc;
}

static int later_first(const void *a, const void *b)
{
	const struct run_record *x = a, *y = b;
	return -str_cmp(x->id, y->id);
}

int ledger_list(const char *state, struct arena *arena, struct run_record **out, size_t *count, struct err *e)
{
	const char *folder = arena_printf(arena, "%s/runs", state).p;
	DIR *dir = opendir(folder);
	size_t cap = 0;
	struct run_record *all = NULL;
	*out = NULL;
	*count = 0;
	if (!dir && errno == ENOENT)
		return 0;
	if (!dir) {
		err_sys(e, ERR_INPUT, "ledger.folder", errno, "the runs cannot be listed");
		err_at_file(e, folder);
		return -1;
	}
	for (struct dirent *entry; (entry = readdir(dir));) {
		struct err failed = { 0 };
		struct run_record r;
		if (entry->d_name[0] == '.')
			continue;
		if (ledger_show(state, entry->d_name, arena, &r, &failed) != 0) {
			const char *run = arena_printf(arena, "%s/%s", folder, entry->d_name).p;
			bool begins = lock_held(arena_printf(arena, "%s/lock", run).p), gone = access(run, F_OK) != 0;
			log_line(begins || gone ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, "run_unreadable",
				"run %s cannot be read: %s", entry->d_name, failed.message);
			continue;
		}
		all = mem_grow(all, &cap, *count + 1, sizeof *all);
		all[(*count)++] = r;
	}
	closedir(dir);
	if (*count) {
		qsort(all, *count, sizeof *all, later_first);
		*out = ARENA_ARRAY(arena, *count, struct run_record);
		memcpy(*out, all, *count * sizeof *all);
	}
	free(all);
	return 0;
}

/* ---- refused records ---- */

/* Of parcels in the order of their records, whenever each of them ended. */
#define REFUSED \
	"SELECT refused.target, key, origin, code, message, field, record FROM refused" \
	" LEFT JOIN parcel ON parcel.id=refused.parcel ORDER BY parcel.file, first, record, refused.id"

static struct refused read_refused(struct db_rows *q, struct arena *arena)
{
	return (struct refused){ db_text(q, 0, arena), db_text(q, 1, arena), db_text(q, 2, arena), db_text(q, 3, arena),
		db_text(q, 4, arena), db_text(q, 5, arena), (uint64_t)db_int(q, 6) };
}

int ledger_refused(const char *state, const char *id, size_t most, struct arena *arena, struct refused **out,
	size_t *count, struct err *e)
{
	struct db *db;
	bool held;
	size_t all = 0, n = 0;
	*out = NULL;
	*count = 0;
	int rc = open_run(state, id, arena, &db, &held, e);
	if (rc == 0)
		rc = count_rows(db, "SELECT count(*) FROM refused", &all, e);
	most = most < all ? most : all;
	*out = ARENA_ARRAY(arena, most, struct refused);
	struct db_rows *q = rc == 0 ? db_query(db, e, REFUSED " LIMIT ?", "i", (int64_t)most) : NULL;
	rc = q ? 1 : -1;
	while (rc == 1 && (rc = db_next(q, e)) == 1 && n < most)
		(*out)[n++] = read_refused(q, arena);
	*count = all;
	db_end(q);
	db_close(db);
	return rc < 0 ? -1 : 0;
}

int ledger_each_refused(const char *state, const char *id,
	int (*take)(void *arg, const struct refused *r, struct err *e), void *arg, struct err *e)
{
	struct arena arena = { 0 };
	struct db *db;
	bool held;
	struct db_rows *q = open_run(state, id, &arena, &db, &held, e) == 0 ? db_query(db, e, REFUSED, "") : NULL;
	int rc = q ? 1 : -1;
	while (rc == 1 && (rc = db_next(q, e)) == 1) {
		arena_clear(&arena);
		struct refused r = read_refused(q, &arena);
		if (take(arg, &r, e) != 0)
			rc = -1;
	}
	db_end(q);
	db_close(db);
	arena_release(&arena);
	return rc;
}
