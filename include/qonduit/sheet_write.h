/* sheet_write - a workbook in the making: rows streamed into sheets, in constant memory, then widths, filters, charts.
 *
 * book_open, book_look for each look of a cell, book_sheet for each sheet, sheet_put_* for cells and comments in order
 * of rows (columns in any order within one), book_close. Rows of different sheets may be written in turns. All
 * functions that can fail return -1 (or null) with the reason; afterwards only book_abandon is allowed. Rows wait in
 * files without a name (io_unnamed_file). A full disk is met by one of the next rows, by book_close at the latest: a
 * book that is closed is whole.
 *
 * Text, which must be valid UTF-8, is always a string cell: nothing that stands in it is ever a formula, and all of it
 * is read again as it was, control characters (but NUL) and what looks like an escape (_x000D_) among it. Numbers are
 * given as decimals; what a double would not give back digit for digit (more than 15 of them) is written as text, so
 * that none is lost. The document carries no clock and no name: equal calls, equal bytes.
 *
 * Names of sheets are the caller's to choose, never data. libxlsxwriter 1.1.4 reads before the start of an empty one
 * (its issue 442; 444 to 447 are in functions that are not called here) and cuts long ones, within a character if need
 * be: for that of an autofilter it has room for 103 bytes in quotes. 31 characters as Excel counts them, which is in
 * UTF-16, take 95 at most.
 */
#ifndef QONDUIT_SHEET_WRITE_H
#define QONDUIT_SHEET_WRITE_H

#include "qonduit/decimal.h"
#include "qonduit/digest.h"
#include "qonduit/err.h"

#define SHEET_TEXT_MAX 32767 /* of a cell, in UTF-16 units, as Excel counts */
#define SHEET_LINKS_MAX 4000 /* real hyperlinks of a sheet: libxlsxwriter takes 3 KB for each, until the end */
#define SHEET_COMMENTS_MAX 10000 /* of a sheet, likewise; those behind are left out */
#define SHEET_FORMAT_MAX 127 /* bytes of a number format */

struct book;
struct sheet; /* owned by the book */

struct book_look {
	const char *number_format; /* "#,##0.00"; null, too long or with control characters: General */
	bool bold, link;
	uint32_t fill;             /* 0xRRGGBB; 0: none */
};

/* Creates `name` in the folder `dirfd`. */
struct book *book_open(int dirfd, const char *name, struct err *e);
/* A look for sheet_put_*; 0 is the plain one. Equal looks are one. */
int book_look(struct book *b, const struct book_look *look);
struct sheet *book_sheet(struct book *b, struct str name, struct err *e);
/* Writes what is pending; the file is whole and synced, with its SHA-256 and length. Frees whatever the result. */
int book_close(struct book *b, char hex[DIGEST_HEX], uint64_t *bytes, struct err *e);
void book_abandon(struct book *b); /* removes nothing: the folder's temporary name is the caller's */

/* Why `name` cannot be that of a sheet, or null: 1 to 31 characters, none of []:*?/\ and no control character, no
 * apostrophe at either end, not "History". No two names of a book may differ in case alone. */
const char *sheet_name_fault(struct str name);
/* Whether a cell can hold the text. */
bool sheet_text_fits(struct str text);

/* Rows and columns from 0. */
int sheet_put_text(struct sheet *s, uint32_t row, uint32_t col, struct str text, int look, struct err *e);
int sheet_put_number(struct sheet *s, uint32_t row, uint32_t col, struct decimal number, int look, struct err *e);
int sheet_put_boolean(struct sheet *s, uint32_t row, uint32_t col, bool truth, int look, struct err *e);
/* Milliseconds since 1970-01-01T00:00:00 on the wall; before 1900-03-01 or behind 9999 as text. A look without a number
 * format shows it as yyyy-mm-dd, with `has_time` as yyyy-mm-dd hh:mm:ss; without, the time of day is left out. */
int sheet_put_moment(struct sheet *s, uint32_t row, uint32_t col, int64_t ms, bool has_time, int look, struct err *e);
/* An error of a workbook, "#N/A": it stays an error when it is read again. */
int sheet_put_error(struct sheet *s, uint32_t row, uint32_t col, struct str error, int look, struct err *e);
/* A text that leads to an address of the web or of a mailbox (http, https, mailto; any other is plain text): a
 * hyperlink, behind SHEET_LINKS_MAX of them a HYPERLINK formula, which holds at most 255 characters; more is plain
 * text. An empty text shows the address. Just what is a link has the look of one, whatever `look` says of that. */
int sheet_put_link(struct sheet *s, uint32_t row, uint32_t col, struct str text, struct str address, int look,
	struct err *e);
int sheet_put_comment(struct sheet *s, uint32_t row, uint32_t col, struct str text, struct err *e);

/* At any time before book_close: width of a column in characters, at most 255. */
int sheet_width(struct sheet *s, uint32_t col, double characters, struct err *e);
/* The rows above `row` stay in sight. */
int sheet_freeze(struct sheet *s, uint32_t row, struct err *e);
int sheet_filter(struct sheet *s, uint32_t first_row, uint32_t last_row, uint32_t last_col, struct err *e);

enum chart_kind { CHART_BAR, CHART_COLUMN, CHART_LINE, CHART_PIE };

struct chart {
	enum chart_kind kind;
	struct str title;             /* empty: none of its own */
	uint32_t first_row, last_row; /* of the data; the header, which names the series, stands above it */
	uint32_t category_col;
	const uint32_t *value_cols;
	size_t value_count;
	uint32_t at_row, at_col;      /* where its upper left corner is */
};

int sheet_chart(struct sheet *s, const struct chart *c, struct err *e);

#endif
