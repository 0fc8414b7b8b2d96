/* rejects - the rows that were not written, in the source's own columns, to be mended and run again.
 *
 * rejects.csv has the header of the source as it was, then _source, _column, _value, _reason; a mapping ignores columns
 * that it does not name, so the file is a valid input once the cells are mended. It is written with the source's
 * delimiter and quote, in UTF-8 (with a byte order mark where the mapping declares another encoding or the source had
 * one). Rows that the mapping fixes above the header ("header_row": 4) are written above it. Several faults of a row
 * are joined with "; ". Cells of a ragged row that stand behind the header's end go into _value. Where the source is
 * itself such a file, its four columns are replaced. Inputs whose headers differ get files of their own: rejects.csv,
 * rejects-2.csv, … A file exists only where there are rejects.
 *
 * Where the source is a workbook it is rejects.xlsx, with one sheet (SOURCE_REJECTS_SHEET), which a workbook source reads
 * whatever sheet the mapping names. Cells keep their kinds; those at fault are coloured, and their reasons are comments
 * too (on the first thousands of them). What a workbook cannot hold as it was (a formula without a value, an error, a
 * text of more than 32,767 characters) becomes an error cell, which is rejected again until it is mended.
 */
#ifndef QONDUIT_REJECTS_H
#define QONDUIT_REJECTS_H

#include "qonduit/payload.h"
#include "qonduit/source.h"

struct row_fault {
	struct str column; /* column or field of the mapping that is at fault; empty: the row as a whole */
	struct str value;  /* what stood there, as it was */
	struct str reason; /* a sentence */
	int at;            /* cell of the row, from 0; -1: not known, or not one alone */
};

struct rejects;

/* `dirfd` -1: nothing is written, rows are only counted. */
struct rejects *rejects_open(int dirfd);
/* The rows that follow are from this source. */
void rejects_source(struct rejects *r, const struct source *s);
int rejects_add(struct rejects *r, const struct batch *b, size_t row, struct str origin, const struct row_fault *faults,
	size_t count, struct err *e);
uint64_t rejects_count(const struct rejects *r);
/* Closes and frees, whatever the result; appends the files to `files` (grown with mem_grow; names live in `arena`). */
int rejects_close(struct rejects *r, struct arena *arena, struct payload_file **files, size_t *count, size_t *cap,
	struct err *e);
void rejects_abandon(struct rejects *r);

#endif
