/* sheet_cell - what the raw text of a cell is worth: references, numbers, dates, HYPERLINK formulas. Nothing in it
 * knows of XML. */
#ifndef QONDUIT_SHEET_CELL_H
#define QONDUIT_SHEET_CELL_H

#include "qonduit/table.h"
#include "qonduit/workbook.h"

/* Columns from 0, rows from 1. */
struct sheet_area {
	uint32_t col, row;           /* upper left */
	uint32_t last_col, last_row; /* lower right, which may be the same */
};

/* What follows the reference at `p`, "AB17" in front of any other byte, or null where there is none. */
const char *sheet_reference_take(const char *p, uint32_t *col, uint32_t *row);
/* "AB17". False for all else ("$A$1", "A0", "A-1") and for what is outside of A1:XFD1048576. */
bool sheet_reference(const char *text, uint32_t *col, uint32_t *row);
/* "AB17" or "A1:B2". */
bool sheet_area_read(const char *text, struct sheet_area *out);

/* The text of the number `raw`, which is `raw` itself wherever it is fine as it stands, else in `out`; and its kind,
 * CELL_NUMBER or CELL_ROUNDED. Empty where it is no number, or one that no double can hold. */
#define SHEET_NUMBER_MAX 352 /* a double has at most 309 digits before its point */
struct str sheet_number(struct str raw, char out[SHEET_NUMBER_MAX], enum cell_kind *kind);

/* The number `raw` as days since the epoch, in ISO 8601. Empty where it is negative or behind the year 9999. */
#define SHEET_MOMENT_MAX 48
struct str sheet_moment(struct str raw, enum number_style style, bool from_1904, char out[SHEET_MOMENT_MAX]);

/* What HYPERLINK("address", "text") says, where its arguments are constants (joined by & or not). */
enum sheet_hyperlink {
	HYPERLINK_NONE,    /* another formula, or an address that has to be computed */
	HYPERLINK_ADDRESS, /* the text has to be computed */
	HYPERLINK_BOTH,    /* a text that is left out, or empty, is the address */
};
enum sheet_hyperlink sheet_hyperlink(struct str formula, struct buf *address, struct buf *text);

#endif
