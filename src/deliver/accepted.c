#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/log.h"

#include "ledger_parts.h"

#define ACCEPTED_DB_VERSION 1
#define HASH_BYTES 16 /* of the SHA-256 of the contract's version and the record's text */

/* An empty hash: run number `delivery` sent something for the key, and what stands there is not known. */
static const char schema[] =
	"CREATE TABLE accepted(key BLOB PRIMARY KEY, hash BLOB NOT NULL, delivery INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE delivery(n INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL UNIQUE);";
/* A file of an earlier program gets these too; one that does not know them is not disturbed. */
static const char pace_table[] =
	"CREATE TABLE IF NOT EXISTS pace(size INTEGER PRIMARY KEY, records INTEGER NOT NULL, ms INTEGER NOT NULL)";
/* Deliveries that left something out because it stands already: what they wanted is not told by their keys. */
static const char claim_table[] = "CREATE TABLE IF NOT EXISTS claim(delivery INTEGER PRIMARY KEY)";

struct accepted {
	struct db *db;            /* null: there is none yet, and it is only looked at */
	int lock;                 /* -1: it is only looked at */
	const struct contract *contract;
	bool compares;
	char *place;      /* target, host and account, as its file is called */
	bool rivalled;    /* a run that was made later has delivered since this one was made */
	int64_t seen;     /* deliveries by then */
	int64_t delivery; /* of this run; 0: it has not begun to send */
	char run[RUN_ID_SIZE];
};

/* A part of a file's name: letters, digits and a few signs as they stand, the rest as %XX. */
static void add_name(struct buf *to, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
			c == '_' || c == ':' || (c == '.' && i);
		if (plain)
			buf_addc(to, c);
		else
			buf_printf(to, "%%%02X", (unsigned)(unsigned char)c);
	}
}

static void place_name(struct str target, struct str host, struct str account, struct buf *out)
{
	add_name(out, target);
	buf_addc(out, '@');
	add_name(out, host);
	buf_addc(out, '@');
	add_name(out, account);
}

static void file_name(const char *state, struct str target, struct str host, struct str account, struct buf *out)
{
	buf_printf(out, "%s/accepted/", state);
	place_name(target, host, account, out);
}

static int wait_for_lock(struct accepted *a, const char *path, const char *run,
	bool (*wait)(void *arg, const char *holder), void *arg, struct err *e)
{
	char mark[HOLDER_SIZE], holder[HOLDER_SIZE];
	snprintf(mark, sizeof mark, "run %s, process %ld", run, (long)getpid());
	int rc, place = -1;
	while ((rc = lock_in_turn(path, run, mark, &place, &a->lock, holder, e)) == 0 && wait(arg, holder))
		;
	lock_leave(path, run, place);
	if (rc == 0)
		err_set(e, ERR_DELIVERY, "delivery.busy", "another delivery to the same target and account is under way: %s",
			holder);
	return rc == 1 ? 0 : -1;
}

int accepted_open(const char *state, const struct contract *contract, struct str host, struct str account,
	const char *run, bool (*wait)(void *arg, const char *holder), void *arg, struct accepted **out, struct err *e)
{
	struct buf path = { 0 };
	struct accepted *a = mem_alloc(sizeof *a);
	*a = (struct accepted){ .lock = -1, .contract = contract };
	*out = NULL;
	buf_printf(&path, "%s/accepted", state);
	int rc = io_make_folders(buf_text(&path), 0700, e);
	buf_clear(&path);
	file_name(state, contract->target, host, account, &path);
	size_t stem = path.n;
	buf_add(&path, STR(".lock"));
	if (rc == 0)
		rc = wait_for_lock(a, buf_text(&path), run, wait, arg, e);
	path.n = stem;
	buf_add(&path, STR(".db"));
	if (rc == 0)
		rc = db_open(buf_text(&path), DB_CREATE, ACCEPTED_DB_VERSION, schema, &a->db, e);
	if (rc == 0)
		rc = db_run(a->db, e, pace_table, "") | db_run(a->db, e, claim_table, "");
	path.n = stem;
	a->place = mem_copy(buf_text(&path) + strlen(state) + strlen("/accepted/"));
	buf_release(&path);
	if (rc != 0) {
		accepted_close(a);
		return -1;
	}
	*out = a;
	return 0;
}

int accepted_look(const char *state, const struct contract *contract, struct str host, struct str account,
	struct accepted **out, struct err *e)
{
	struct buf path = { 0 };
	struct accepted *a = mem_alloc(sizeof *a);
	*a = (struct accepted){ .lock = -1, .contract = contract };
	*out = NULL;
	file_name(state, contract->target, host, account, &path);
	buf_add(&path, STR(".db"));
	int rc = access(buf_text(&path), F_OK) == 0
		? db_open(buf_text(&path), DB_READ, ACCEPTED_DB_VERSION, schema, &a->db, e) : 0;
	buf_release(&path);
	if (rc != 0) {
		accepted_close(a);
		return -1;
	}
	*out = a;
	return 0;
}

/* ---- which run delivered last ---- */

/* The deliveries that a place had seen when the run was made, as the run's ledger says. */
static int seen_before(struct db *run, struct str place, int64_t *out, struct err *e)
{
	struct db_rows *q = db_query(run, e, "SELECT value FROM fact WHERE name='seen ' || ?", "s", place);
	int rc = q ? db_next(q, e) : -1;
	*out = rc == 1 ? db_int(q, 0) : 0;
	db_end(q);
	return rc < 0 ? -1 : 0;
}

static int count_seen(const char *path, int64_t *out, struct err *e)
{
	struct db *db = NULL;
	*out = 0;
	if (db_open(path, DB_READ, ACCEPTED_DB_VERSION, schema, &db, e) != 0)
		return -1;
	struct db_rows *q = db_query(db, e, "SELECT max(n) FROM delivery", "");
	int rc = q ? db_next(q, e) : -1;
	if (rc == 1)
		*out = db_int(q, 0);
	db_end(q);
	db_close(db);
	return rc < 0 ? -1 : 0;
}

int accepted_note_seen(struct run *r, struct err *e)
{
	char *folder = run_join(r->state, "accepted");
	DIR *dir = opendir(folder);
	int rc = 0;
	for (struct dirent *entry; dir && rc == 0 && (entry = readdir(dir));) {
		struct str name = str_of(entry->d_name);
		struct err failed = { 0 };
		int64_t seen;
		if (!str_ends(name, STR(".db")))
			continue;
		char *path = run_join(folder, entry->d_name);
		if (count_seen(path, &seen, &failed) != 0) /* another place's fault is not this run's */
			log_line(LOG_LEVEL_DEBUG, "ledger", "%s", failed.message);
		else if (seen)
			rc = db_run(r->db, e, "INSERT OR REPLACE INTO fact(name, value) VALUES('seen ' || ?, ?)", "si",
				str_head(name, name.n - 3), seen);
		free(path);
	}
	if (dir)
		closedir(dir);
	free(folder);
	return rc;
}

/* The number of the run's own delivery (0: none), and a run that delivered later; where there is none of its own, one
 * that was made later and has delivered since this one was made. Both are asked: a clock that goes back gives later
 * runs lesser ids. 1: there is one. */
static int later_delivery(struct db *db, const char *run, int64_t seen, int64_t *own, struct str *later,
	struct arena *arena, struct err *e)
{
	struct db_rows *q = db_query(db, e, "SELECT n FROM delivery WHERE run=?", "s", str_of(run));
	int rc = q ? db_next(q, e) : -1;
	*own = rc == 1 ? db_int(q, 0) : 0;
	db_end(q);
	if (rc < 0)
		return -1;
	q = db_query(db, e,
		"SELECT run FROM delivery WHERE CASE WHEN ?1 > 0 THEN n > ?1 ELSE n > ?2 AND run > ?3 END"
		" ORDER BY n DESC LIMIT 1", "iis", *own, seen, str_of(run));
	rc = q ? db_next(q, e) : -1;
	if (rc == 1)
		*later = db_text(q, 0, arena);
	db_end(q);
	return rc;
}

int accepted_begin(struct accepted *a, struct run *r, struct err *e)
{
	struct arena arena = { 0 };
	struct str later;
	if (seen_before(r->db, str_of(a->place), &a->seen, e) != 0)
		return -1;
	int rc = later_delivery(a->db, r->id, a->seen, &a->delivery, &later, &arena, e);
	a->rivalled = rc == 1 && a->delivery == 0;
	if (rc == 1 && !a->rivalled)
		rc = err_set(e, ERR_DELIVERY, "run.superseded",
			"run %.*s, which is later, has since delivered to the same target and account: going on with run %s "
			"would put older values over its newer ones; there is nothing to resume", STR_ARG(later), r->id);
	snprintf(a->run, sizeof a->run, "%s", r->id);
	arena_release(&arena);
	return rc < 0 ? -1 : 0;
}

bool accepted_rivalled(const struct accepted *a)
{
	return a->rivalled;
}

/* Whether that query names a run; then the error says so. */
static int ask_rival(struct accepted *a, const char *sql, struct str key, struct err *e)
{
	struct arena arena = { 0 };
	struct db_rows *q = db_query(a->db, e, sql, "isb", a->seen, str_of(a->run), key);
	int rc = q ? db_next(q, e) : -1;
	if (rc == 1)
		rc = err_set(e, ERR_DELIVERY, "run.superseded",
			"run %.*s, which is later, has since delivered to the same target and account%s%.*s%s: run %s would put older "
			"values over its newer ones; there is nothing to resume", STR_ARG(db_text(q, 0, &arena)), key.n ? ", " : "", STR_ARG(key),
			key.n ? " among others" : "", a->run);
	db_end(q);
	arena_release(&arena);
	return rc;
}

int accepted_check_order(struct accepted *a, const struct payload_body *body, struct err *e)
{
	int rc = ask_rival(a, "SELECT run FROM claim JOIN delivery ON n=delivery WHERE n>? AND run>? AND ?=x''",
		(struct str){ 0 }, e);
	for (size_t i = 0; rc == 0 && i < body->records; i++)
		rc = ask_rival(a, "SELECT run FROM accepted JOIN delivery ON n=delivery WHERE n>? AND run>? AND key=?",
			body->keys[i], e);
	return rc;
}

/* From here on the run is one that delivers. */
static int note_delivery(struct accepted *a, int64_t *delivery, struct err *e)
{
	*delivery = a->delivery;
	if (a->delivery)
		return 0;
	int rc = db_run(a->db, e, "INSERT INTO delivery(run) VALUES(?)", "s", str_of(a->run));
	*delivery = db_last_id(a->db);
	return rc;
}

int accepted_supersede(struct accepted *a, struct err *e)
{
	int64_t delivery;
	if (db_begin(a->db, e) != 0)
		return -1;
	int rc = note_delivery(a, &delivery, e);
	if (rc == 0)
		rc = db_run(a->db, e, "INSERT OR IGNORE INTO claim(delivery) VALUES(?)", "i", delivery);
	if (rc == 0 && db_commit(a->db, e) == 0) {
		a->delivery = delivery;
		return 0;
	}
	db_undo(a->db);
	return -1;
}

int accepted_drop(struct accepted *a, const struct payload_body *body, const bool *except, struct err *e)
{
	int64_t delivery;
	int rc = db_begin(a->db, e);
	if (rc != 0)
		return -1;
	rc = note_delivery(a, &delivery, e);
	for (size_t i = 0; rc == 0 && i < body->records; i++) {
		if (body->keys[i].n && !(except && except[i]))
			rc = db_run(a->db, e, "INSERT OR REPLACE INTO accepted(key, hash, delivery) VALUES(?,x'',?)", "bi",
				body->keys[i], delivery);
	}
	if (rc == 0 && db_commit(a->db, e) == 0) {
		a->delivery = delivery;
		return 0;
	}
	db_undo(a->db);
	return -1;
}

static void hash_record(const struct accepted *a, struct str text, unsigned char out[DIGEST_BYTES])
{
	struct digest *d = digest_new();
	digest_add(d, a->contract->version.p, a->contract->version.n);
	digest_add(d, "\n", 1);
	digest_add(d, text.p, text.n);
	digest_end(d, out);
}

int accepted_add(
	struct accepted *a, const struct payload_body *body, const bool *except, const char *run, struct err *e)
{
	int rc = db_begin(a->db, e);
	if (rc != 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < body->records; i++) {
		unsigned char hash[DIGEST_BYTES];
		if (body->keys[i].n == 0 || except[i])
			continue;
		hash_record(a, body->texts[i], hash);
		rc = db_run(a->db, e, "INSERT OR REPLACE INTO accepted(key, hash, delivery) VALUES(?,?,?)", "bbi",
			body->keys[i], (struct str){ (const char *)hash, HASH_BYTES }, a->delivery);
	}
	if (rc == 0)
		return db_commit(a->db, e);
	db_undo(a->db);
	return -1;
}

int accepted_turn(struct accepted *a, const struct payload_body *ended, const bool *except, const char *run,
	const struct payload_body *next, const bool *next_except, struct err *e)
{
	int rc = db_begin(a->db, e);
	if (rc == 0)
		rc = accepted_add(a, ended, except, run, e);
	if (rc == 0)
		rc = accepted_drop(a, next, next_except, e);
	if (rc == 0)
		return db_commit(a->db, e);
	db_undo(a->db);
	return -1;
}

static int ask(
	struct accepted *a, const char *sql, struct str key, struct str text, bool *out, struct err *e)
{
	unsigned char hash[DIGEST_BYTES];
	hash_record(a, text, hash);
	struct db_rows *q =
		db_query(a->db, e, sql, "bb", key, (struct str){ (const char *)hash, HASH_BYTES });
	int rc = q ? db_next(q, e) : -1;
	*out = rc == 1;
	db_end(q);
	return rc < 0 ? -1 : 0;
}

int accepted_has(struct accepted *a, struct str key, struct str text, bool *out, struct err *e)
{
	return ask(a, "SELECT 1 FROM accepted WHERE key=? AND hash=?", key, text, out, e);
}

/* A key that stands twice in a payload: once a record of it is to be sent, so are those behind it. */
static int compare_one(struct accepted *a, struct str key, struct str text, bool *unchanged, struct err *e)
{
	static const char sql[] = "SELECT 1 FROM accepted WHERE key=?1 AND hash=?2"
		" AND NOT EXISTS (SELECT 1 FROM temp.changed WHERE key=?1)";
	if (ask(a, sql, key, text, unchanged, e) != 0)
		return -1;
	return *unchanged ? 0 : db_run(a->db, e, "INSERT OR IGNORE INTO temp.changed(key) VALUES(?)", "b", key);
}

int accepted_compare(struct accepted *a, const struct payload_body *body, bool *unchanged, struct err *e)
{
	struct err ignored = { 0 };
	for (size_t i = 0; i < body->records; i++)
		unchanged[i] = false;
	if (!a->db)
		return 0;
	if (!a->compares &&
	    db_run(a->db, e, "CREATE TEMP TABLE changed(key BLOB PRIMARY KEY) WITHOUT ROWID", "") != 0)
		return -1;
	a->compares = true;
	int rc = db_run(a->db, e, "BEGIN", ""); /* not db_begin: who only looks holds no writer up for longer than this */
	for (size_t i = 0; rc == 0 && i < body->records; i++) {
		if (body->keys[i].n)
			rc = compare_one(a, body->keys[i], body->texts[i], &unchanged[i], e);
	}
	if (rc == 0)
		return db_run(a->db, e, "COMMIT", "");
	db_run(a->db, &ignored, "ROLLBACK", "");
	return -1;
}

void accepted_close(struct accepted *a)
{
	if (!a)
		return;
	db_close(a->db);
	if (a->lock >= 0)
		close(a->lock);
	free(a->place);
	free(a);
}

/* ---- how long jobs take ---- */

/* Jobs of about as many records, up to twice as many, have one pace. */
static int64_t size_of(uint64_t records)
{
	int64_t size = 0;
	while (records >>= 1)
		size++;
	return size;
}

int accepted_pace(struct accepted *a, uint64_t records, int64_t *ms, struct err *e)
{
	*ms = 0;
	struct db_rows *q = db_query(a->db, e,
		"SELECT records, ms FROM pace ORDER BY abs(size - ?), size DESC LIMIT 1", "i", size_of(records));
	int rc = q ? db_next(q, e) : -1;
	int64_t found = rc == 1 ? db_int(q, 0) : 0, took = rc == 1 ? db_int(q, 1) : 0;
	db_end(q);
	if (rc == 1 && found > 0 && took > 0 && records)
		*ms = size_of((uint64_t)found) == size_of(records) ? took
			: (int64_t)((__int128)took * (int64_t)records / found);
	return rc < 0 ? -1 : 0;
}

int accepted_note_pace(struct accepted *a, uint64_t records, int64_t ms, struct err *e)
{
	return db_run(a->db, e, "INSERT OR REPLACE INTO pace(size, records, ms) VALUES(?,?,?)", "iii", size_of(records),
		(int64_t)records, ms);
}

/* ---- looking back ---- */

int accepted_superseded(
	const char *state, struct db *run, const struct run_output *o, const char *id, bool *out, struct err *e)
{
	struct buf path = { 0 }, place = { 0 };
	struct db *db = NULL;
	int64_t seen;
	file_name(state, o->target, o->host, o->account, &path);
	buf_add(&path, STR(".db"));
	place_name(o->target, o->host, o->account, &place);
	*out = false;
	int rc = seen_before(run, buf_str(&place), &seen, e);
	if (rc == 0 && access(buf_text(&path), F_OK) == 0)
		rc = db_open(buf_text(&path), DB_READ, ACCEPTED_DB_VERSION, schema, &db, e);
	if (rc != 0 && strcmp(e->code, "ledger.empty") == 0) { /* a delivery is about to make it, or died before it could */
		err_clear(e);
		rc = 0;
	}
	if (rc == 0 && db) {
		struct arena arena = { 0 };
		struct str later;
		int64_t own;
		rc = later_delivery(db, id, seen, &own, &later, &arena, e);
		*out = rc == 1 && own; /* where it never began, it is its keys that decide, when it goes on */
		arena_release(&arena);
	}
	db_close(db);
	buf_release(&path);
	buf_release(&place);
	return rc < 0 ? -1 : 0;
}
