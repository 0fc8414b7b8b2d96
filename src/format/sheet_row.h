/* sheet_row - a row of a sheet in the making: its cells come in any order, then it goes into a batch as a whole.
 *
 * sheet_row_begin at each <row>, sheet_row_put for each cell, sheet_row_flush at the end of the sheet. The bytes of its
 * cells are gathered in `text` and reach the batch in one copy; shared strings are only pointed at. A row is held until
 * another begins: the same number may come again at once.
 */
#ifndef QONDUIT_SHEET_ROW_H
#define QONDUIT_SHEET_ROW_H

#include "qonduit/err.h"
#include "qonduit/sheet_read.h"

#define SHEET_ROW_BYTES_MAX ((size_t)16 << 20) /* of the cells of a row, without shared strings */
/* Empty cells that are put between others, in all: so many, and more of them for each cell that holds something. */
#define SHEET_BLANKS_MAX ((uint64_t)64 << 20)
#define SHEET_BLANKS_EACH 256

#define SHEET_SHOWN 40 /* bytes of a wrong value that a message shows */

struct sheet_row_cell {
	const char *shared; /* where its text is; null: in `text` of the row, from `at` */
	size_t at;
	uint32_t n;
	uint8_t kind;
	bool linked;
};

struct sheet_row {
	uint32_t number;      /* 0: none has begun */
	struct buf text;
	struct sheet_row_cell *cells;
	size_t width, cap;
	size_t pad;           /* least width of a row in a batch */
	uint64_t filled, blanks; /* cells that went into batches */
	uint64_t *seen;       /* a bit for each number that has come */
	struct batch *batch;  /* where rows go; set by the caller */
	size_t given;         /* bytes that went there; the caller sets it back */
};

void sheet_row_init(struct sheet_row *r);
void sheet_row_release(struct sheet_row *r);
/* Row `number` (1 to SHEET_ROWS_MAX) begins, or goes on; the one before goes into the batch. */
int sheet_row_begin(struct sheet_row *r, uint32_t number, struct err *e);
/* A cell that was there already is replaced. */
void sheet_row_put(struct sheet_row *r, uint32_t col, struct sheet_row_cell cell);
/* Puts what is held into the batch, if it has any cell that is not empty. */
int sheet_row_flush(struct sheet_row *r, struct err *e);

#endif
