/* sheet_show - a sheet made from the text of its rows and shown as it is read, for tests. */
#ifndef QONDUIT_UNIT_SHEET_SHOW_H
#define QONDUIT_UNIT_SHEET_SHOW_H

#include "qonduit/sheet_read.h"
#include "xlsx_maker.h"

/* What differs from a workbook whose one sheet "Catalog" has no row. */
struct sheet_given {
	const char *rows;          /* within <sheetData> */
	const char *behind;        /* <sheetData> */
	const char *sheet;         /* the whole part instead */
	const char *strings;       /* within <sst> */
	const char *formats;       /* of cells, within <cellXfs> */
	const char *relationships; /* of the sheet */
	bool from_1904, links;
	size_t pad, batch_rows;
	uint64_t cell_bytes;
};

/* Of the last sheet that was shown. */
extern struct err sheet_error;

/* The workbook as a file. */
int sheet_make(const struct sheet_given *given);
/* NUMBER[cell|cell] for each row, then !CODE in SHEET@ROW where it is refused. A mark says the kind of a cell that is
 * no text: #number, ~rounded, ?boolean, @date, !error, =formula; -> is followed by its link. */
const char *sheet_show(const struct sheet_given *given);
/* What is shown, and that it is the same where it is read row by row. */
void sheet_reads(const struct sheet_given *given, const char *expected, const char *file, int line);
/* `text` so many times; until the next call. */
const char *sheet_many(const char *text, size_t times);

#define READS(expected, ...) sheet_reads(&(struct sheet_given){ __VA_ARGS__ }, (expected), __FILE__, __LINE__)
/* Cells of the row 1, in the first columns. */
#define READS_CELLS(expected, cells, ...) READS("1[" expected "]", .rows = "<row r='1'>" cells "</row>", __VA_ARGS__)
#define REFUSES(code, row, given_rows, ...) READS("!" code " in Catalog@" row, .rows = given_rows, __VA_ARGS__)
#define SAYS(expected) CU_ASSERT_STRING_EQUAL(sheet_error.message, expected)

#endif
