/* sheet_write_lib - a book and its sheets as libxlsxwriter has them, for sheet_write.c (the book) and
 * sheet_write_cells.c (what stands in a sheet). This file alone includes the library's header. Private to src/format.
 */
#ifndef QONDUIT_FORMAT_SHEET_WRITE_LIB_H
#define QONDUIT_FORMAT_SHEET_WRITE_LIB_H

#include <xlsxwriter.h>

#include "sheet_write_parts.h"

struct sheet {
	struct book *book;
	struct sheet *next;
	lxw_worksheet *lib;
	uint32_t row;        /* under way */
	bool row_has_errors;
	size_t links, comments;
};

struct look {
	struct book_look asked; /* its number_format is a copy */
	lxw_format *format;     /* null: the plain one */
};

struct book {
	lxw_workbook *lib;
	char *name;          /* as it is named in errors */
	int fd;              /* the file, to be read again at the end */
	int without_rows;    /* what the library makes of it */
	struct sheet *sheets;
	struct look *looks;
	size_t look_count, look_cap;
	struct buf text, more; /* what is given to the library, and copied by it */
	struct scratch scratch;
};

/* -1, with the failure of its temporary files. */
int book_scratch_failed(const struct book *b, struct err *e);
/* Writes the row under way, where it has errors, for which the library knows no cell. */
void sheet_end_row(struct sheet *s);

#endif
