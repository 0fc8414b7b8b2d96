/* db - a SQLite file of ours: rollback journal, synchronous EXTRA, bound parameters only, one process writes at a time.
 * Its writer keeps the journal's file from commit to commit, and takes it away when it closes.
 *
 * A statement is given with its parameters' types, a letter each: 's' a struct str (text), 'b' a struct str (bytes),
 * 'i' an int64_t. Statements are string literals: each is prepared once and kept.
 *
 *     db_run(d, e, "UPDATE parcel SET job=? WHERE id=?", "si", job, id);
 *     struct db_rows *q = db_query(d, e, "SELECT name FROM file", "");
 *     while (db_next(q, e) == 1) …db_text(q, 0, arena)…
 *     db_end(q);
 *
 * All failures are class ERR_DELIVERY with the file's name.
 */
#ifndef QONDUIT_DB_H
#define QONDUIT_DB_H

#include "qonduit/err.h"

#define DB_APPLICATION 0x516e6474 /* "Qndt", in the header of every file */

enum db_mode {
	DB_READ,   /* must exist */
	DB_WRITE,  /* must exist; is checked before anything is trusted to it */
	DB_CREATE, /* made where missing, mode 0600 */
};

struct db;
struct db_rows;

/* `schema` makes an empty file what version `version` is. A file of another program, of a later version, or a damaged
 * one is refused; so is, with the code "ledger.empty", one that is to be there and that nobody has made yet. */
int db_open(const char *path, enum db_mode mode, int version, const char *schema, struct db **out, struct err *e);
/* Null is allowed; what was begun and not committed is undone. */
void db_close(struct db *d);

/* May be begun again within: then only the last commit is one. A failure undoes all of it. */
int db_begin(struct db *d, struct err *e);
int db_commit(struct db *d, struct err *e);
void db_undo(struct db *d);

int db_run(struct db *d, struct err *e, const char *sql, const char *types, ...);
/* Null where it fails. One query of the same text at a time. */
struct db_rows *db_query(struct db *d, struct err *e, const char *sql, const char *types, ...);
/* 1 a row, 0 the end, -1 a failure. */
int db_next(struct db_rows *q, struct err *e);
int64_t db_int(struct db_rows *q, int column);
/* Text or bytes, copied into the arena; NUL behind. */
struct str db_text(struct db_rows *q, int column, struct arena *arena);
/* Null is allowed. */
void db_end(struct db_rows *q);
int64_t db_last_id(struct db *d);

/* The version of SQLite that runs, "3.40.1". */
const char *db_library(void);

#endif
