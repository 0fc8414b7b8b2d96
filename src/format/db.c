#include "qonduit/db.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BUSY_MS 10000 /* how long a reader of another process may hold a writer up */
#define KEPT 64       /* statements */

/* A statement that is prepared; `sql` tells it. */
struct db_rows {
	struct db *db;
	const char *sql;
	sqlite3_stmt *statement;
};

struct db {
	sqlite3 *handle;
	char *path;
	bool begun, writes;
	unsigned within;  /* so many times begun again */
	struct db_rows kept[KEPT];
	size_t count;
};

static int fail(struct db *d, struct err *e)
{
	int code = sqlite3_errcode(d->handle);
	if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
		err_set(e, ERR_DELIVERY, "ledger.damaged", "the database is damaged (%s): nothing can be sent on it; move its "
			"folder away and push again", sqlite3_errmsg(d->handle));
	else
		err_set(e, ERR_DELIVERY, "ledger.database", "the ledger cannot be used: %s", sqlite3_errmsg(d->handle));
	err_at_file(e, d->path);
	return -1;
}

static int simple(struct db *d, const char *sql, struct err *e)
{
	return sqlite3_exec(d->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(d, e);
}

/* The kept statement of that text, made where it is not there yet, or null. */
static struct db_rows *prepare(struct db *d, const char *sql, struct err *e)
{
	for (size_t i = 0; i < d->count; i++) {
		if (d->kept[i].sql == sql || strcmp(d->kept[i].sql, sql) == 0)
			return &d->kept[i];
	}
	if (d->count == KEPT) {
		err_set(e, ERR_INTERNAL, "ledger.statements", "more than %d statements are kept", KEPT);
		return NULL;
	}
	struct db_rows *q = &d->kept[d->count];
	if (sqlite3_prepare_v3(d->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &q->statement, NULL) != SQLITE_OK) {
		fail(d, e);
		return NULL;
	}
	q->db = d;
	q->sql = sql;
	d->count++;
	return q;
}

static struct db_rows *bind(struct db *d, struct err *e, const char *sql, const char *types, va_list args)
{
	if (d->begun && sqlite3_get_autocommit(d->handle)) { /* a failure has undone it: nothing more may pass for a part of it */
		if (e->class == ERR_NONE)
			fail(d, e);
		return NULL;
	}
	struct db_rows *q = prepare(d, sql, e);
	int rc = SQLITE_OK;
	for (int i = 1; q && rc == SQLITE_OK && *types; i++, types++) {
		if (*types == 'i') {
			rc = sqlite3_bind_int64(q->statement, i, va_arg(args, int64_t));
			continue;
		}
		struct str s = va_arg(args, struct str);
		const char *p = s.p ? s.p : "";
		rc = *types == 'b'
			? sqlite3_bind_blob64(q->statement, i, p, s.n, SQLITE_TRANSIENT)
			: sqlite3_bind_text64(q->statement, i, p, s.n, SQLITE_TRANSIENT, SQLITE_UTF8);
	}
	if (rc != SQLITE_OK) {
		fail(d, e);
		db_end(q);
		return NULL;
	}
	return q;
}

static int pragma_int(struct db *d, const char *sql, int64_t *out, struct err *e)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(d->handle, sql, -1, &s, NULL);
	rc = rc == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW ? 0 : fail(d, e);
	if (rc == 0)
		*out = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return rc;
}

static int make(struct db *d, int version, const char *schema, struct err *e)
{
	char mark[96];
	snprintf(mark, sizeof mark, "PRAGMA application_id=%d; PRAGMA user_version=%d;", DB_APPLICATION, version);
	if (db_begin(d, e) != 0 || simple(d, schema, e) != 0 || simple(d, mark, e) != 0)
		return -1;
	return db_commit(d, e);
}

static int check(struct db *d, enum db_mode mode, int version, const char *schema, struct err *e)
{
	int64_t application, found, tables;
	if (pragma_int(d, "PRAGMA application_id", &application, e) != 0 ||
		pragma_int(d, "PRAGMA user_version", &found, e) != 0 ||
		pragma_int(d, "SELECT count(*) FROM sqlite_schema", &tables, e) != 0)
		return -1;
	if (mode == DB_CREATE && tables == 0)
		return make(d, version, schema, e);
	if (application == 0 && found == 0 && tables == 0) {
		err_set(e, ERR_DELIVERY, "ledger.empty", "this is no database of qonduit: it is empty");
		err_at_file(e, d->path);
		return -1;
	}
	if (application != DB_APPLICATION || found > version || found < 1) {
		err_set(e, ERR_DELIVERY, "ledger.version", application != DB_APPLICATION
			? "this is no database of qonduit"
			: "the database has version %lld, expected at most %d: it is from a later qonduit",
			(long long)found, version);
		err_at_file(e, d->path);
		return -1;
	}
	if (mode != DB_WRITE)
		return 0;
	struct db_rows *q = db_query(d, e, "PRAGMA quick_check(1)", "");
	int rc = q ? db_next(q, e) : -1;
	if (rc == 1 && strcmp((const char *)sqlite3_column_text(q->statement, 0), "ok") != 0) {
		err_set(e, ERR_DELIVERY, "ledger.damaged",
			"the database is damaged (%s): nothing can be sent on it; move its folder away and "
			"push again",
			(const char *)sqlite3_column_text(q->statement, 0));
		err_at_file(e, d->path);
		rc = -1;
	}
	db_end(q);
	return rc == 1 ? 0 : -1;
}

int db_open(const char *path, enum db_mode mode, int version, const char *schema, struct db **out, struct err *e)
{
	struct db *d = mem_alloc(sizeof *d);
	*d = (struct db){ .path = mem_copy(path), .writes = mode != DB_READ };
	*out = NULL;
	int fd = mode == DB_CREATE ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1; /* for its mode */
	if (fd >= 0)
		close(fd);
	/* A reader may write too: it may find a journal to undo. */
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
	int rc = sqlite3_open_v2(path, &d->handle, flags, NULL) == SQLITE_OK ? 0 : fail(d, e);
	if (rc == 0) {
		sqlite3_busy_timeout(d->handle, BUSY_MS);
		sqlite3_extended_result_codes(d->handle, 0);
		rc = simple(d, "PRAGMA synchronous=EXTRA; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;", e);
	}
	if (rc == 0 && d->writes) /* blocks that stand already are on disk sooner than new ones */
		rc = simple(d, "PRAGMA journal_mode=PERSIST;", e);
	if (rc == 0)
		rc = check(d, mode, version, schema, e);
	if (rc != 0) {
		db_close(d);
		return -1;
	}
	*out = d;
	return 0;
}

void db_close(struct db *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->count; i++)
		sqlite3_finalize(d->kept[i].statement);
	if (d->writes && !d->begun) /* takes the journal away, where nobody else is at it */
		sqlite3_exec(d->handle, "PRAGMA journal_mode=DELETE;", NULL, NULL, NULL);
	sqlite3_close(d->handle);
	free(d->path);
	free(d);
}

int db_begin(struct db *d, struct err *e)
{
	if (d->begun) {
		d->within++;
		return 0;
	}
	if (simple(d, "BEGIN IMMEDIATE", e) != 0)
		return -1;
	d->begun = true;
	return 0;
}

int db_commit(struct db *d, struct err *e)
{
	if (d->within) {
		d->within--;
		return 0;
	}
	if (simple(d, "COMMIT", e) != 0) {
		db_undo(d);
		return -1;
	}
	d->begun = false;
	return 0;
}

void db_undo(struct db *d)
{
	if (d->begun)
		sqlite3_exec(d->handle, "ROLLBACK", NULL, NULL, NULL);
	d->begun = false;
	d->within = 0;
}

int db_run(struct db *d, struct err *e, const char *sql, const char *types, ...)
{
	va_list args;
	va_start(args, types);
	struct db_rows *q = bind(d, e, sql, types, args);
	va_end(args);
	if (!q)
		return -1;
	int rc = sqlite3_step(q->statement) == SQLITE_DONE ? 0 : fail(d, e);
	db_end(q);
	return rc;
}

struct db_rows *db_query(struct db *d, struct err *e, const char *sql, const char *types, ...)
{
	va_list args;
	va_start(args, types);
	struct db_rows *q = bind(d, e, sql, types, args);
	va_end(args);
	return q;
}

int db_next(struct db_rows *q, struct err *e)
{
	int rc = sqlite3_step(q->statement);
	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : fail(q->db, e);
}

int64_t db_int(struct db_rows *q, int column)
{
	return sqlite3_column_int64(q->statement, column);
}

struct str db_text(struct db_rows *q, int column, struct arena *arena)
{
	const char *p = sqlite3_column_blob(q->statement, column);
	return arena_copy(arena, (struct str){ p, (size_t)sqlite3_column_bytes(q->statement, column) });
}

void db_end(struct db_rows *q)
{
	if (!q)
		return;
	sqlite3_reset(q->statement);
	sqlite3_clear_bindings(q->statement);
}

int64_t db_last_id(struct db *d)
{
	return sqlite3_last_insert_rowid(d->handle);
}

const char *db_library(void)
{
	return sqlite3_libversion();
}
