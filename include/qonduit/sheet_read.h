/* sheet_read - the rows of one sheet of a workbook, streamed into batches, one pass over the sheet.
 *
 * sheet_reader_open, sheet_reader_fill until it adds no row, sheet_reader_close. A row has the number that a
 * spreadsheet shows; its cells stand where their references say, in whatever order they come, with empty ones between;
 * it ends with its last cell that holds something. Rows in which nothing stands are left out. Rows may come in any
 * order; a number that comes again at once is the same row, one that comes again later is refused.
 *
 * What a cell is worth (table.h):
 *   text      shared, inline and formula strings; rich text joined, phonetic runs left out; _x000D_ escapes resolved
 *   number    the shortest text of the number, without an exponent where it has up to 21 digits: 1.1 where the file
 *             says 1.1000000000000001 (a double needs 17 digits at most), 3349668566372 where it says
 *             3.349668566372E+12; whole numbers keep every digit; one beyond 2^53 is CELL_ROUNDED
 *   date      by number format or t="d": 2026-11-21, or 2026-11-21T18:00:00 where the value or the format has a time;
 *             18:00:00 for less than a day, 26:30:00 for elapsed time; to the millisecond, in both epochs; day 60 of
 *             the 1900 epoch is 1900-02-29, as Excel has it, which is no date. A negative one, or one behind the year
 *             9999, is a number
 *   boolean   true, false
 *   error     #N/A and the like; a shared string that does not exist
 *   formula   by its cached value; one without is CELL_FORMULA, except HYPERLINK("address", "text") with constants,
 *             which is a linked text
 *   link      where `links` is asked for, the address of a hyperlink stands behind the text (cell_link): of the
 *             HYPERLINK formula, or of the sheet's hyperlinks that lead out of the workbook, which takes a first pass
 *             over a sheet that has any. An empty cell that is the first or only one of a hyperlink has its address
 *             as text. A CELL_FORMULA is linked where its address is a constant and its text is not
 * The value of merged cells is that of the first, once; the others are as they stand, which is empty. Of a cell that
 * comes twice the last counts. Text of shared strings lives as long as the workbook, all other text as the batch.
 *
 * Refused (ERR_INPUT, with sheet and row): references outside of A1:XFD1048576 or not of the form E17, a cell in a row
 * other than its own, a cell longer than the limit, a row longer than 16 MiB, white space without end between cells,
 * cells so far apart that nearly all between them are empty, hyperlinks without end, numbers and indexes that are none.
 */
#ifndef QONDUIT_SHEET_READ_H
#define QONDUIT_SHEET_READ_H

#include "qonduit/table.h"
#include "qonduit/workbook.h"

#define SHEET_ROWS_MAX 1048576
#define SHEET_COLUMNS_MAX 16384

struct sheet_reader;

struct sheet_reader *sheet_reader_open(struct workbook *w, size_t sheet, bool links, struct err *e);
/* Appends whole rows to `b` until it holds at least `rows`, or so many bytes that more would not be kind to a cache;
 * a few more may come. Adds none at the end, and only there. */
int sheet_reader_fill(struct sheet_reader *r, struct batch *b, size_t rows, struct err *e);
/* The rows that come have at least so many cells, empty ones at their end (0, as at first: none). Not while another
 * thread is in sheet_reader_fill. */
void sheet_reader_pad(struct sheet_reader *r, size_t width);
/* Thousandths of the sheet that are read. */
unsigned sheet_reader_progress(const struct sheet_reader *r);
void sheet_reader_close(struct sheet_reader *r); /* null is allowed */

/* A, B, … Z, AA: how a spreadsheet calls the column `at` (from 0). */
#define SHEET_LETTERS_MAX 8
const char *sheet_letters(size_t at, char out[SHEET_LETTERS_MAX]);

#endif
