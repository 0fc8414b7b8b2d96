/* csv_read - delimited text to rows, in pieces.
 *
 * libcsv decides what a row is; what it leaves open is settled here, and refused rather than guessed:
 *   - rows end at CR, LF or CRLF outside quotes; inside quotes they are data. Blank lines are no rows but count in
 *     the row number, as in a spreadsheet.
 *   - a quote inside an unquoted field is data (5" tube). Anything but a delimiter or a row's end after a closing
 *     quote is an error with its line.
 *   - a quote still open at the end of the file, or a field over CSV_FIELD_MAX, is an error with the line where it
 *     opened.
 *   - blanks around fields are data. NUL is data.
 * Rows that are regular by RFC 4180 need no parser: csv_scan cuts them, with the same result in a fraction of the
 * time. All else is libcsv's.
 * Input must be UTF-8 without a byte order mark (source_text sees to it).
 *
 * csv_reader_open, csv_reader_feed with each piece (rows are appended to the batch), csv_reader_end, csv_reader_close.
 */
#ifndef QONDUIT_CSV_READ_H
#define QONDUIT_CSV_READ_H

#include "qonduit/csv_scan.h"
#include "qonduit/err.h"

#define CSV_FIELD_MAX (1u << 20)   /* bytes; a longer field is nearly always a quote left open */
#define CSV_ROW_MAX (64u << 20)    /* bytes */
#define CSV_COLUMNS_MAX (1u << 20)

struct csv_reader;

struct csv_reader *csv_reader_open(char delimiter, char quote);
/* The same with an engine of one's choice, for tests; one that is not known is replaced by the next one that is. */
struct csv_reader *csv_reader_open_with(char delimiter, char quote, enum csv_engine engine);
/* Parses all of `piece`; rows that are complete are in `b`. A last row that is not complete is kept and goes on with
 * the next piece. On failure the rows before the fault are in `b`. */
int csv_reader_feed(struct csv_reader *r, struct str piece, struct batch *b, struct err *e);
/* The same, but stops where the batch holds `rows` rows; *piece is then what is left. */
int csv_reader_feed_rows(struct csv_reader *r, struct str *piece, size_t rows, struct batch *b, struct err *e);
/* The end of the input: a last row without a line end is added. */
int csv_reader_end(struct csv_reader *r, struct batch *b, struct err *e);
/* The line, from 1, in which the next byte will stand. */
uint64_t csv_reader_line(const struct csv_reader *r);
void csv_reader_close(struct csv_reader *r);

#endif
