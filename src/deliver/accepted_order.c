/* Which run's values are newer: of two for the same place those of the one that was made later. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/log.h"

#include "accepted_parts.h"

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
	if (accepted_read(path, &db, e) != 0)
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
	a->rivalled = rc == 1;
	if (a->delivery)
		a->seen = a->delivery;
	snprintf(a->run, sizeof a->run, "%s", r->id);
	arena_release(&arena);
	return rc < 0 ? -1 : 0;
}

bool accepted_rivalled(const struct accepted *a)
{
	return a->rivalled;
}

/* Whether that query names a run; then the error says so. Behind a delivery of its own all that came is later, whatever
 * the clock said. */
static int ask_rival(struct accepted *a, const char *sql, struct str what, struct str named, struct err *e)
{
	struct arena arena = { 0 };
	struct db_rows *q = db_query(a->db, e, sql, "isb", a->seen, str_of(a->delivery ? "" : a->run), what);
	int rc = q ? db_next(q, e) : -1;
	if (rc == 1)
		rc = err_set(e, ERR_DELIVERY, "run.superseded",
			"run %.*s, which is later, has since delivered to the same target and account%s%.*s%s: run %s would put older "
			"values over its newer ones; there is nothing to resume", STR_ARG(db_text(q, 0, &arena)), named.n ? ", " : "",
			STR_ARG(named), named.n ? " among others" : "", a->run);
	db_end(q);
	arena_release(&arena);
	return rc;
}

static int ask_key(struct accepted *a, struct identity id, struct err *e)
{
	static const char sql[] = "SELECT run FROM (SELECT delivery AS d FROM accepted WHERE key=?3 UNION ALL"
		" SELECT delivery FROM temp.wanted WHERE key=?3) JOIN delivery ON n=d WHERE n>?1 AND run>?2";
	const struct contract *c = a->contract;
	struct buf named = { 0 };
	buf_add(&named, id.key);
	identity_tell(&named, c->within, c->within_count, identity_scope(id));
	int rc = ask_rival(a, sql, identity_bytes(id), buf_str(&named), e);
	buf_release(&named);
	return rc;
}

int accepted_claims(struct accepted *a, struct arena *arena, struct accepted_claim **out, size_t *count, struct err *e)
{
	size_t cap = 0;
	struct accepted_claim *all = NULL;
	*out = NULL;
	*count = 0;
	if (db_run(a->db, e, "CREATE TEMP TABLE told(delivery INTEGER PRIMARY KEY)", "") != 0 ||
	    db_run(a->db, e,
		"CREATE TEMP TABLE wanted(key BLOB PRIMARY KEY, delivery INTEGER NOT NULL) WITHOUT ROWID", "") != 0)
		return -1;
	struct db_rows *q = db_query(a->db, e,
		"SELECT n, run FROM claim AS c JOIN delivery ON n=c.delivery WHERE n>? AND run>?", "is", a->seen,
		str_of(a->delivery ? "" : a->run));
	int rc = q ? 1 : -1;
	while (rc == 1 && (rc = db_next(q, e)) == 1) {
		all = mem_grow(all, &cap, *count + 1, sizeof *all);
		all[(*count)++] = (struct accepted_claim){ db_int(q, 0), db_text(q, 1, arena) };
	}
	db_end(q);
	*out = ARENA_ARRAY(arena, *count, struct accepted_claim);
	if (*count)
		memcpy(*out, all, *count * sizeof *all);
	free(all);
	return rc;
}

int accepted_want(struct accepted *a, int64_t delivery, const struct payload_body *body, struct err *e)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < body->records; i++) {
		struct identity id = payload_identity(body, i);
		if (id.key.n)
			rc = db_run(a->db, e, "INSERT OR REPLACE INTO temp.wanted(key, delivery) VALUES(?,?)", "bi",
				identity_bytes(id), delivery);
	}
	return rc;
}

int accepted_want_no_more(struct accepted *a, int64_t delivery, struct err *e)
{
	return db_run(a->db, e, "INSERT INTO temp.told(delivery) VALUES(?)", "i", delivery);
}

int accepted_check_order(struct accepted *a, const struct payload_body *body, struct err *e)
{
	static const char sql[] = "SELECT run FROM claim AS c JOIN delivery ON n=c.delivery WHERE n>?1 AND run>?2"
		" AND n NOT IN (SELECT delivery FROM temp.told)"
		" AND (?3=x'' OR NOT EXISTS (SELECT 1 FROM scope WHERE scope.delivery=n) OR"
		" EXISTS (SELECT 1 FROM scope WHERE scope.delivery=n AND name=?3))";
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < body->records; i++) {
		struct identity id = payload_identity(body, i);
		if (accepted_is_new_scope(body, i))
			rc = ask_rival(a, sql, identity_scope(id), (struct str){ 0 }, e);
		if (rc == 0)
			rc = ask_key(a, id, e);
	}
	return rc;
}

int accepted_note_delivery(struct accepted *a, int64_t *delivery, struct err *e)
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
	int rc = accepted_note_delivery(a, &delivery, e);
	if (rc == 0)
		rc = db_run(a->db, e, "INSERT OR IGNORE INTO claim(delivery) VALUES(?)", "i", delivery);
	if (rc == 0 && a->compares)
		rc = db_run(a->db, e, "INSERT OR IGNORE INTO scope(delivery, name) SELECT ?, name FROM temp.within", "i",
			delivery);
	if (rc == 0 && db_commit(a->db, e) == 0) {
		a->delivery = delivery;
		return 0;
	}
	db_undo(a->db);
	return -1;
}

/* ---- looking back ---- */

/* How many records the run has begun to send to the target; each of their keys was noted as sent by it. */
static int begun_records(struct db *run, struct str target, int64_t *out, struct err *e)
{
	struct db_rows *q = db_query(run, e, "SELECT total(parcel.records) FROM parcel JOIN file ON file.n=parcel.file"
		" WHERE target=? AND sends>0", "s", target);
	int rc = q ? db_next(q, e) : -1;
	*out = rc == 1 ? db_int(q, 0) : 0;
	db_end(q);
	return rc < 0 ? -1 : 0;
}

/* Whether a later delivery has sent something for one of those keys. A target without keys has none that another could
 * send. */
static int has_lost_keys(struct db *db, int64_t own, int64_t begun, bool *out, struct err *e)
{
	struct db_rows *q = db_query(db, e,
		"SELECT EXISTS(SELECT 1 FROM accepted) AND"
		" (SELECT count(*) FROM (SELECT 1 FROM accepted WHERE delivery=?1 LIMIT ?2)) < ?2", "ii", own, begun);
	int rc = q ? db_next(q, e) : -1;
	*out = rc == 1 && db_int(q, 0);
	db_end(q);
	return rc < 0 ? -1 : 0;
}

int accepted_superseded(
	const char *state, struct db *run, const struct run_output *o, const char *id, bool *out, struct err *e)
{
	struct buf path = { 0 }, place = { 0 };
	struct db *db = NULL;
	int64_t seen;
	accepted_file(state, o->target, o->host, o->account, &path);
	buf_add(&path, STR(".db"));
	accepted_place(o->target, o->host, o->account, &place);
	*out = false;
	int rc = seen_before(run, buf_str(&place), &seen, e);
	if (rc == 0 && access(buf_text(&path), F_OK) == 0)
		rc = accepted_read(buf_text(&path), &db, e);
	if (rc != 0 && strcmp(e->code, "ledger.empty") == 0) { /* a delivery is about to make it, or died before it could */
		err_clear(e);
		rc = 0;
	}
	if (rc == 0 && db) {
		struct arena arena = { 0 };
		struct str later;
		int64_t own, begun;
		rc = later_delivery(db, id, seen, &own, &later, &arena, e);
		/* The keys of what it has not begun to send are asked when it goes on. */
		if (rc == 1 && own)
			rc = begun_records(run, o->target, &begun, e) == 0 ? has_lost_keys(db, own, begun, out, e) : -1;
		arena_release(&arena);
	}
	db_close(db);
	buf_release(&path);
	buf_release(&place);
	return rc < 0 ? -1 : 0;
}
