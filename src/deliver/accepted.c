#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "accepted_parts.h"

#define DB_VERSION 1
#define HASH_BYTES 16 /* of the SHA-256 of the contract's version and the record's text */

/* Keys are identities. An empty hash: run number `delivery` sent something for the key, and what stands there is not
 * known. */
static const char schema[] =
	"CREATE TABLE accepted(key BLOB PRIMARY KEY, hash BLOB NOT NULL, delivery INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE delivery(n INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL UNIQUE);";
/* A file of an earlier program gets these too; one that does not know them is not disturbed. */
static const char pace_table[] =
	"CREATE TABLE IF NOT EXISTS pace(size INTEGER PRIMARY KEY, records INTEGER NOT NULL, ms INTEGER NOT NULL)";
/* Deliveries that left something out because it stands already: what they wanted is not told by their keys. */
static const char claim_table[] = "CREATE TABLE IF NOT EXISTS claim(delivery INTEGER PRIMARY KEY)";
/* What they wanted it for, where keys are within something (identity.h); without a row: for anything. */
static const char scope_table[] = "CREATE TABLE IF NOT EXISTS scope(delivery INTEGER NOT NULL, name BLOB NOT NULL,"
	" PRIMARY KEY(delivery, name)) WITHOUT ROWID";

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

void accepted_place(struct str target, struct str host, struct str account, struct buf *out)
{
	add_name(out, target);
	buf_addc(out, '@');
	add_name(out, host);
	buf_addc(out, '@');
	add_name(out, account);
}

void accepted_file(const char *state, struct str target, struct str host, struct str account, struct buf *out)
{
	buf_printf(out, "%s/accepted/", state);
	accepted_place(target, host, account, out);
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

int accepted_read(const char *path, struct db **out, struct err *e)
{
	return db_open(path, DB_READ, DB_VERSION, schema, out, e);
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
	accepted_file(state, contract->target, host, account, &path);
	size_t stem = path.n;
	buf_add(&path, STR(".lock"));
	if (rc == 0)
		rc = wait_for_lock(a, buf_text(&path), run, wait, arg, e);
	path.n = stem;
	buf_add(&path, STR(".db"));
	if (rc == 0)
		rc = db_open(buf_text(&path), DB_CREATE, DB_VERSION, schema, &a->db, e);
	if (rc == 0)
		rc = db_run(a->db, e, pace_table, "") | db_run(a->db, e, claim_table, "") | db_run(a->db, e, scope_table, "");
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
	accepted_file(state, contract->target, host, account, &path);
	buf_add(&path, STR(".db"));
	int rc = access(buf_text(&path), F_OK) == 0
		? accepted_read(buf_text(&path), &a->db, e) : 0;
	buf_release(&path);
	if (rc != 0) {
		accepted_close(a);
		return -1;
	}
	*out = a;
	return 0;
}

int accepted_drop(struct accepted *a, const struct payload_body *body, const bool *except, struct err *e)
{
	int64_t delivery;
	int rc = db_begin(a->db, e);
	if (rc != 0)
		return -1;
	rc = accepted_note_delivery(a, &delivery, e);
	for (size_t i = 0; rc == 0 && i < body->records; i++) {
		if (body->keys[i].n && !(except && except[i]))
			rc = db_run(a->db, e, "INSERT OR REPLACE INTO accepted(key, hash, delivery) VALUES(?,x'',?)", "bi",
				identity_bytes(payload_identity(body, i)), delivery);
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
			identity_bytes(payload_identity(body, i)), (struct str){ (const char *)hash, HASH_BYTES }, a->delivery);
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

int accepted_has(struct accepted *a, struct str identity, struct str text, bool *out, struct err *e)
{
	return ask(a, "SELECT 1 FROM accepted WHERE key=? AND hash=?", identity, text, out, e);
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

static int begin_comparison(struct accepted *a, struct err *e)
{
	a->compares = db_run(a->db, e, "CREATE TEMP TABLE changed(key BLOB PRIMARY KEY) WITHOUT ROWID", "") == 0 &&
		db_run(a->db, e, "CREATE TEMP TABLE within(name BLOB PRIMARY KEY) WITHOUT ROWID", "") == 0;
	return a->compares ? 0 : -1;
}

int accepted_compare(struct accepted *a, const struct payload_body *body, bool *unchanged, struct err *e)
{
	struct err ignored = { 0 };
	for (size_t i = 0; i < body->records; i++)
		unchanged[i] = false;
	if (!a->db)
		return 0;
	if (!a->compares && begin_comparison(a, e) != 0)
		return -1;
	int rc = db_run(a->db, e, "BEGIN", ""); /* not db_begin: who only looks holds no writer up for longer than this */
	for (size_t i = 0; rc == 0 && i < body->records; i++) {
		struct identity id = payload_identity(body, i);
		if (id.scope && accepted_is_new_scope(body, i))
			rc = db_run(a->db, e, "INSERT OR IGNORE INTO temp.within(name) VALUES(?)", "b", identity_scope(id));
		if (rc == 0 && id.key.n)
			rc = compare_one(a, identity_bytes(id), body->texts[i], &unchanged[i], e);
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
