#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger_parts.h"

#define ACCEPTED_DB_VERSION 1
#define HASH_BYTES 16 /* of the SHA-256 of a record's text */

static const char schema[] =
	"CREATE TABLE accepted(key BLOB PRIMARY KEY, hash BLOB NOT NULL, delivery INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE delivery(n INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL UNIQUE);";

struct accepted {
	struct db *db;
	int lock;
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

static void file_name(const char *state, struct str target, struct str host, struct str account, struct buf *out)
{
	buf_printf(out, "%s/accepted/", state);
	add_name(out, target);
	buf_addc(out, '@');
	add_name(out, host);
	buf_addc(out, '@');
	add_name(out, account);
}

static int wait_for_lock(struct accepted *a, const char *path, const char *run,
	bool (*wait)(void *arg, const char *holder), void *arg, struct err *e)
{
	char mark[HOLDER_SIZE], holder[HOLDER_SIZE];
	snprintf(mark, sizeof mark, "run %s, process %ld", run, (long)getpid());
	int rc;
	while ((rc = lock_file(path, mark, &a->lock, holder, e)) == 0) {
		if (!wait(arg, holder))
			return err_set(e, ERR_DELIVERY, "delivery.busy",
				"another delivery to the same target and account is under way: %s", holder);
	}
	return rc == 1 ? 0 : -1;
}

int accepted_open(const char *state, struct str target, struct str host, struct str account, const char *run,
	bool (*wait)(void *arg, const char *holder), void *arg, struct accepted **out, struct err *e)
{
	struct buf path = { 0 };
	struct accepted *a = mem_alloc(sizeof *a);
	*a = (struct accepted){ .lock = -1 };
	*out = NULL;
	buf_printf(&path, "%s/accepted", state);
	int rc = io_make_folders(buf_text(&path), 0700, e);
	buf_clear(&path);
	file_name(state, target, host, account, &path);
	size_t stem = path.n;
	buf_add(&path, STR(".lock"));
	if (rc == 0)
		rc = wait_for_lock(a, buf_text(&path), run, wait, arg, e);
	path.n = stem;
	buf_add(&path, STR(".db"));
	if (rc == 0)
		rc = db_open(buf_text(&path), DB_CREATE, ACCEPTED_DB_VERSION, schema, &a->db, e);
	buf_release(&path);
	if (rc != 0) {
		accepted_close(a);
		return -1;
	}
	*out = a;
	return 0;
}

/* The number of the run's own delivery (0: none), and a run that delivered later, or whose id is later where there is
 * none of its own. 1: there is a later one. */
static int later_delivery(
	struct db *db, const char *run, int64_t *own, struct str *later, struct arena *arena, struct err *e)
{
	struct db_rows *q = db_query(db, e, "SELECT n FROM delivery WHERE run=?", "s", str_of(run));
	int rc = q ? db_next(q, e) : -1;
	*own = rc == 1 ? db_int(q, 0) : 0;
	db_end(q);
	if (rc < 0)
		return -1;
	q = db_query(db, e,
		"SELECT run FROM delivery WHERE CASE WHEN ?1 > 0 THEN n > ?1 ELSE run > ?2 END ORDER BY n DESC LIMIT 1",
		"is", *own, str_of(run));
	rc = q ? db_next(q, e) : -1;
	if (rc == 1)
		*later = db_text(q, 0, arena);
	db_end(q);
	return rc;
}

int accepted_begin(struct accepted *a, const char *run, bool resumed, struct err *e)
{
	struct arena arena = { 0 };
	struct str later;
	int rc = later_delivery(a->db, run, &a->delivery, &later, &arena, e);
	if (rc == 1 && resumed)
		rc = err_set(e, ERR_DELIVERY, "run.superseded",
			"run %.*s has since delivered to the same target and account: going on with run %s "
			"would put older values over its newer ones",
			STR_ARG(later), run);
	else if (rc >= 0)
		rc = 0;
	snprintf(a->run, sizeof a->run, "%s", run);
	arena_release(&arena);
	return rc;
}

int accepted_drop(struct accepted *a, const struct payload_body *body, const bool *except, struct err *e)
{
	int rc = db_begin(a->db, e);
	if (rc != 0)
		return -1;
	int64_t delivery = a->delivery;
	if (delivery == 0) { /* from here on the run is one that delivers */
		rc = db_run(a->db, e, "INSERT INTO delivery(run) VALUES(?)", "s", str_of(a->run));
		delivery = db_last_id(a->db);
	}
	for (size_t i = 0; rc == 0 && i < body->records; i++) {
		if (body->keys[i].n && !(except && except[i]))
			rc = db_run(a->db, e, "DELETE FROM accepted WHERE key=?", "b", body->keys[i]);
	}
	if (rc == 0 && db_commit(a->db, e) == 0) {
		a->delivery = delivery;
		return 0;
	}
	db_undo(a->db);
	return -1;
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
		digest_of(body->texts[i], hash);
		rc = db_run(a->db, e, "INSERT OR REPLACE INTO accepted(key, hash, delivery) VALUES(?,?,?)", "bbi",
			body->keys[i], (struct str){ (const char *)hash, HASH_BYTES }, a->delivery);
	}
	if (rc == 0)
		return db_commit(a->db, e);
	db_undo(a->db);
	return -1;
}

int accepted_has(struct accepted *a, struct str key, struct str text, bool *out, struct err *e)
{
	unsigned char hash[DIGEST_BYTES];
	digest_of(text, hash);
	struct db_rows *q = db_query(a->db, e, "SELECT 1 FROM accepted WHERE key=? AND hash=?", "bb", key,
		(struct str){ (const char *)hash, HASH_BYTES });
	int rc = q ? db_next(q, e) : -1;
	*out = rc == 1;
	db_end(q);
	return rc < 0 ? -1 : 0;
}

void accepted_close(struct accepted *a)
{
	if (!a)
		return;
	db_close(a->db);
	if (a->lock >= 0)
		close(a->lock);
	free(a);
}

int accepted_superseded(const char *state, const struct run_output *o, const char *id, bool *out, struct err *e)
{
	struct buf path = { 0 };
	struct db *db = NULL;
	file_name(state, o->target, o->host, o->account, &path);
	buf_add(&path, STR(".db"));
	*out = false;
	int rc = access(buf_text(&path), F_OK) == 0
		? db_open(buf_text(&path), DB_READ, ACCEPTED_DB_VERSION, schema, &db, e) : 0;
	if (rc == 0 && db) {
		struct arena arena = { 0 };
		struct str later;
		int64_t own;
		rc = later_delivery(db, id, &own, &later, &arena, e);
		*out = rc == 1;
		arena_release(&arena);
	}
	db_close(db);
	buf_release(&path);
	return rc < 0 ? -1 : 0;
}
