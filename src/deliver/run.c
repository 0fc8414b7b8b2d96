#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "qonduit/clock.h"
#include "qonduit/log.h"
#include "ledger_parts.h"

#define COPY_BYTES ((size_t)1 << 20)
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
	" refused INTEGER NOT NULL);"
	"CREATE TABLE refused(id INTEGER PRIMARY KEY, parcel INTEGER NOT NULL REFERENCES parcel(id), target TEXT NOT NULL,"
	" key TEXT NOT NULL, origin TEXT NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL);";

struct run {
	char *state, *folder, *spool;
	char id[RUN_ID_SIZE];
	int lock;
	struct db *db;
};

static char *join(const char *folder, const char *name)
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
	char *runs = join(state, "runs");
	*r = (struct run){ .lock = -1, .state = mem_copy(state), .folder = join(runs, id) };
	snprintf(r->id, sizeof r->id, "%s", id);
	r->spool = join(r->folder, "spool");
	free(runs);
	return r;
}

static int take_lock(struct run *r, struct err *e)
{
	char *path = join(r->folder, "lock"), holder[HOLDER_SIZE], mark[HOLDER_SIZE];
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
	char *path = join(r->folder, "run.db");
	int rc = db_open(path, mode, RUN_DB_VERSION, schema, &r->db, e);
	free(path);
	return rc;
}

static int set_text(struct run *r, const char *name, struct str value, struct err *e)
{
	return db_run(r->db, e, "INSERT OR REPLACE INTO fact(name, value) VALUES(?,?)", "ss", str_of(name), value);
}

static int set_int(struct run *r, const char *name, int64_t value, struct err *e)
{
	return db_run(r->db, e, "INSERT OR REPLACE INTO fact(name, value) VALUES(?,?)", "si", str_of(name), value);
}

static int add_int(struct run *r, const char *name, int64_t more, struct err *e)
{
	return db_run(r->db, e,
		"INSERT INTO fact(name, value) VALUES(?,?) ON CONFLICT(name) DO UPDATE SET value = value + excluded.value",
		"si", str_of(name), more);
}

static int commit_if(struct run *r, int rc, struct err *e)
{
	if (rc == 0)
		return db_commit(r->db, e);
	db_undo(r->db);
	return -1;
}

/* ---- beginning ---- */

/* A folder of its own under a new id. */
static int make_folder(const char *state, int64_t started_ms, struct run **out, struct err *e)
{
	char *runs = join(state, "runs");
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
	int rc = set_text(r, "command", str_of(command), e) | set_text(r, "mapping", mapping, e) |
		set_text(r, "started", str_of(started), e) | set_int(r, "status", RUN_RUNNING, e) |
		set_text(r, "reason", STR(""), e);
	for (size_t i = 0; rc == 0 && i < input_count; i++)
		rc = db_run(r->db, e, "INSERT INTO input(name) VALUES(?)", "s", inputs[i]);
	return commit_if(r, rc, e);
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
	if (rc == 0 && (rc = db_begin(r->db, e)) == 0) {
		rc = set_int(r, "status", RUN_RUNNING, e);
		if (rc == 0)
			rc = db_run(r->db, e, "UPDATE parcel SET state=? WHERE state=?", "ii", (int64_t)PARCEL_DOUBT,
				(int64_t)PARCEL_SENDING);
		rc = commit_if(r, rc, e);
	}
	if (rc != 0) {
		run_close(r);
		return -1;
	}
	*out = r;
	return 0;
}

/* ---- the spool ---- */

/* Copies one file, and compares it with what the manifest says of it (null: nothing). */
static int copy_file(const char *from, int to_dir, const char *name, const struct payload_file *expected, struct err *e)
{
	struct file to;
	char hex[DIGEST_HEX];
	uint64_t bytes;
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err_sys(e, ERR_INPUT, "payload.open", errno, "the file cannot be read");
		err_at_file(e, from);
		return -1;
	}
	char *piece = mem_alloc(COPY_BYTES);
	ssize_t n = 0;
	int rc = file_create(&to, to_dir, name, e);
	while (rc == 0 && (n = read(fd, piece, COPY_BYTES)) != 0) {
		if (n > 0)
			rc = file_write(&to, (struct str){ piece, (size_t)n }, e);
		else if (errno != EINTR)
			rc = err_sys(e, ERR_INPUT, "payload.read", errno, "the file cannot be read");
	}
	if (rc == 0)
		rc = file_close(&to, hex, &bytes, e);
	else
		file_abandon(&to);
	if (rc == 0 && expected && (strcmp(hex, expected->sha256) != 0 || bytes != expected->bytes))
		rc = err_set(e, ERR_INPUT, "payload.changed",
			"the file is not what the manifest says: found SHA-256 %s, expected %s", hex, expected->sha256);
	if (rc != 0)
		err_at_file(e, from);
	free(piece);
	close(fd);
	return rc;
}

/* The name is one of manifest_read's, which lead to no other folder. */
static int copy_named(const char *dir, int to_dir, struct str name, const struct payload_file *expected,
	bool may_be_missing, struct err *e)
{
	struct buf own = { 0 };
	buf_add(&own, name);
	char *from = join(dir, buf_text(&own));
	int rc = 0;
	if (!may_be_missing || access(from, F_OK) == 0)
		rc = copy_file(from, to_dir, buf_text(&own), expected, e);
	free(from);
	buf_release(&own);
	return rc;
}

int run_adopt(struct run *r, const char *dir, struct err *e)
{
	struct arena arena = { 0 };
	struct manifest m;
	struct folder to;
	int rc = manifest_read(dir, &arena, &m, e);
	bool begun = rc == 0 && (rc = folder_begin(&to, r->spool, false, e)) == 0;
	for (size_t i = 0; rc == 0 && i < m.file_count; i++) {
		rc = copy_named(dir, to.fd, m.files[i].name, &m.files[i], false, e);
		if (rc == 0)
			rc = copy_named(dir, to.fd, arena_concat(&arena, m.files[i].name, STR(".rows")), NULL, true, e);
	}
	if (rc == 0)
		rc = copy_named(dir, to.fd, STR(PAYLOAD_MANIFEST), NULL, false, e);
	if (rc == 0)
		rc = folder_commit(&to, e);
	else if (begun)
		folder_abandon(&to);
	arena_release(&arena);
	return rc;
}

static int register_all(struct run *r, const struct manifest *m, const struct contracts *contracts, struct err *e)
{
	const struct payload_counts *n = &m->rows;
	int rc = set_int(r, "rows_read", (int64_t)n->read, e) | set_int(r, "rows_filtered", (int64_t)n->filtered, e) |
		set_int(r, "rows_duplicates", (int64_t)n->duplicates, e) |
		set_int(r, "rows_rejected", (int64_t)n->rejected, e) | set_int(r, "rows_written", (int64_t)n->written, e);
	for (size_t i = 0; rc == 0 && i < m->output_count; i++) {
		const struct payload_output *o = &m->outputs[i];
		if (!contracts_find(contracts, o->target)) /* its files would be taken for such as are not sent */
			return err_set(e, ERR_USAGE, "delivery.target", "no contract is called \"%.*s\" (--contracts)",
				STR_ARG(o->target));
		rc = db_run(r->db, e,
			"INSERT INTO output(target, host, account, records, requests, unchanged) VALUES(?,'','',?,?,0)", "sii",
			o->target, (int64_t)o->records, (int64_t)o->requests);
	}
	for (size_t i = 0; rc == 0 && i < m->file_count; i++) {
		const struct payload_file *f = &m->files[i];
		const struct contract *c = contracts_find(contracts, f->target);
		rc = db_run(r->db, e, "INSERT INTO file(name, target, records, bytes, sha256) VALUES(?,?,?,?,?)", "ssiis",
			f->name, f->target, (int64_t)f->records, (int64_t)f->bytes, str_of(f->sha256));
		if (rc == 0 && c && c->has_wire)
			rc = db_run(r->db, e,
				"INSERT INTO parcel(file, state, sends, job, taken_ms, accepted, refused) VALUES(?,?,0,'',0,0,0)",
				"ii", db_last_id(r->db), (int64_t)PARCEL_PENDING);
	}
	return rc;
}

int run_register(struct run *r, const struct contracts *contracts, struct err *e)
{
	struct arena arena = { 0 };
	struct manifest m;
	int rc = manifest_read(r->spool, &arena, &m, e);
	if (rc == 0 && (rc = db_begin(r->db, e)) == 0)
		rc = commit_if(r, register_all(r, &m, contracts, e), e);
	arena_release(&arena);
	return rc;
}

/* ---- what a delivery does ---- */

int run_parcels(
	struct run *r, struct str target, struct arena *arena, struct parcel **out, size_t *count, struct err *e)
{
	struct db_rows *q =
		db_query(r->db, e, "SELECT count(*) FROM parcel JOIN file ON file.n=parcel.file WHERE target=?", "s", target);
	*out = NULL;
	*count = 0;
	int rc = q ? db_next(q, e) : -1;
	size_t most = rc == 1 ? (size_t)db_int(q, 0) : 0;
	db_end(q);
	if (rc != 1)
		return -1;
	*out = ARENA_ARRAY(arena, most, struct parcel);
	q = db_query(r->db, e,
		"SELECT id, name, records, bytes, sha256, state, sends, job, taken_ms, accepted, refused FROM parcel"
		" JOIN file ON file.n=parcel.file WHERE target=? ORDER BY id",
		"s", target);
	rc = q ? 1 : -1;
	while (rc == 1 && (rc = db_next(q, e)) == 1 && *count < most) {
		struct parcel *p = &(*out)[(*count)++];
		p->id = db_int(q, 0);
		p->target = target;
		p->file = (struct payload_file){ .name = db_text(q, 1, arena), .target = target,
			.records = (uint64_t)db_int(q, 2), .bytes = (uint64_t)db_int(q, 3) };
		snprintf(p->file.sha256, sizeof p->file.sha256, "%s", db_text(q, 4, arena).p);
		p->state = (enum parcel_state)db_int(q, 5);
		p->sends = (uint32_t)db_int(q, 6);
		p->job = db_text(q, 7, arena);
		p->taken_ms = db_int(q, 8);
		p->accepted = (uint64_t)db_int(q, 9);
		p->refused = (uint64_t)db_int(q, 10);
	}
	db_end(q);
	return rc;
}

static int set_state(struct run *r, struct parcel *p, enum parcel_state state, struct err *e)
{
	if (db_run(r->db, e, "UPDATE parcel SET state=? WHERE id=?", "ii", (int64_t)state, p->id) != 0)
		return -1;
	p->state = state;
	return 0;
}

int run_intent(struct run *r, struct parcel *p, struct err *e)
{
	int rc = db_begin(r->db, e);
	if (rc != 0)
		return -1;
	if (p->state == PARCEL_DOUBT)
		rc = add_int(r, "doubts", 1, e);
	if (rc == 0)
		rc = db_run(r->db, e, "UPDATE parcel SET state=?, sends=sends+1, job='' WHERE id=?", "ii",
			(int64_t)PARCEL_SENDING, p->id);
	rc = commit_if(r, rc, e);
	if (rc == 0) {
		p->state = PARCEL_SENDING;
		p->sends++;
		p->job = (struct str){ 0 };
	}
	return rc;
}

int run_taken(struct run *r, struct parcel *p, struct str job, int64_t now_ms, struct err *e)
{
	if (db_run(r->db, e, "UPDATE parcel SET state=?, job=?, taken_ms=? WHERE id=?", "isii", (int64_t)PARCEL_JOB, job,
	    now_ms, p->id) != 0)
		return -1;
	p->state = PARCEL_JOB;
	p->job = job;
	p->taken_ms = now_ms;
	return 0;
}

int run_back(struct run *r, struct parcel *p, bool doubt, struct err *e)
{
	return set_state(r, p, doubt ? PARCEL_DOUBT : PARCEL_PENDING, e);
}

int run_outcome(struct run *r, struct parcel *p, enum parcel_state state, const struct refused *refused, size_t count,
	struct err *e)
{
	if (count > p->file.records)
		return err_set(e, ERR_INTERNAL, "ledger.counts", "%zu of %llu records of %.*s are refused", count,
			(unsigned long long)p->file.records, STR_ARG(p->file.name));
	uint64_t accepted = p->file.records - count;
	int rc = db_begin(r->db, e);
	if (rc != 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = db_run(r->db, e, "INSERT INTO refused(parcel, target, key, origin, code, message) VALUES(?,?,?,?,?,?)",
			"isssss", p->id, refused[i].target, refused[i].key, refused[i].origin, refused[i].code,
			refused[i].message);
	if (rc == 0)
		rc = db_run(r->db, e, "UPDATE parcel SET state=?, accepted=?, refused=? WHERE id=?", "iiii", (int64_t)state,
			(int64_t)accepted, (int64_t)count, p->id);
	rc = commit_if(r, rc, e);
	if (rc == 0) {
		p->state = state;
		p->accepted = accepted;
		p->refused = count;
	}
	return rc;
}

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
	return commit_if(r, add_int(r, "http_requests", (int64_t)more->requests, e) |
		add_int(r, "http_retries", (int64_t)more->retries, e) |
		add_int(r, "http_throttled", (int64_t)more->throttled, e) |
		add_int(r, "http_waited_ms", more->waited_ms, e), e);
}

/* ---- the end ---- */

int run_finish(struct run *r, enum run_status status, struct str reason, int64_t deliver_ms, struct err *e)
{
	if (db_begin(r->db, e) != 0)
		return -1;
	return commit_if(r, set_int(r, "status", status, e) | set_text(r, "reason", reason, e) |
		add_int(r, "deliver_ms", deliver_ms, e), e);
}

void run_set_transform_ms(struct run *r, int64_t ms)
{
	struct err failed = { 0 };
	if (set_int(r, "transform_ms", ms, &failed) != 0)
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
