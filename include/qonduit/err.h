/* err - what went wrong: a class, a code, a sentence and a place.
 *
 * Filled by whoever fails, owned by the caller, who passes it down and sees it come back; each layer above adds the
 * place that it knows (err_at_*), only where nobody below has. The first error stays: err_set on a filled err changes
 * nothing. The class alone decides the exit status (design: exit status table in README.md).
 *
 * A `struct faults` is a list of findings for where one is not enough: a mapping is checked whole, and a row can be
 * wrong in several columns.
 */
#ifndef QONDUIT_ERR_H
#define QONDUIT_ERR_H

#include <stdarg.h>

#include "qonduit/arena.h"
#include "qonduit/buf.h"

/* The value is the exit status. */
enum err_class {
	ERR_NONE = 0,
	ERR_ROWS = 1,        /* done, but rows were rejected or records refused */
	ERR_USAGE = 2,       /* the command line */
	ERR_MAPPING = 3,     /* mapping, contract or table is wrong */
	ERR_INPUT = 4,       /* input cannot be read, or an output file cannot be written */
	ERR_DELIVERY = 5,    /* delivery stopped before its end; resumable */
	ERR_CREDENTIALS = 6, /* missing or refused */
	ERR_GUARD = 7,       /* stopped by a guard before anything was sent */
	ERR_INTERNAL = 70,   /* a fault of this program */
};

struct err {
	enum err_class class;
	char code[40];     /* a short stable word: "csv.unclosed_quote" */
	char message[1400];
	char file[512];    /* place: "" or 0 where it does not apply */
	char sheet[64];
	uint64_t row;      /* row of a table, as a spreadsheet counts: 1 is the first, blank ones count */
	uint64_t line;     /* line of a text file, from 1 */
	uint32_t col;      /* column in that line, in characters, from 1 */
	char pointer[256]; /* JSON pointer */
};

/* Always returns -1, so that `return err_set(…)` fails. Does nothing where `e` is filled. */
int err_set(struct err *e, enum err_class class, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The same, with ": " and the text of `errnum` behind. */
int err_sys(struct err *e, enum err_class class, const char *code, int errnum, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void err_clear(struct err *e);

/* Add to the place what is not known yet. */
void err_at_file(struct err *e, const char *file);
void err_at_line(struct err *e, uint64_t line, uint32_t col);
void err_at_row(struct err *e, uint64_t row);
void err_at_sheet(struct err *e, struct str sheet);

/* "catalog.csv:17:3: " where line is known, "catalog.csv: row 17: ", "catalog.csv: " or nothing ("a.xlsx!Catalog" where
 * a sheet is known), then the sentence and, where there is one, " (at /outputs/…)". Control characters and escapes are
 * shown as \xNN, never sent to a terminal. */
void err_print(const struct err *e, struct buf *to);
/* Its two parts: "catalog.csv:17:3: ", or nothing where no place is known; and the sentence. */
void err_print_place(const struct err *e, struct buf *to);
void err_print_sentence(const struct err *e, struct buf *to);

enum severity { FAULT_ERROR, FAULT_WARNING };

struct fault {
	enum severity severity;
	struct err what;
	struct fault *next;
};

struct faults {
	struct arena *arena; /* holds the faults */
	struct fault *first, **last;
	size_t errors, warnings;
};

void faults_init(struct faults *f, struct arena *arena);
/* A new fault at the end, for the caller to fill with err_set and a place. */
struct err *faults_add(struct faults *f, enum severity severity);

#endif
