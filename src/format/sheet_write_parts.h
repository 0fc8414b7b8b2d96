/* sheet_write_parts - what the files of sheet_write share. Private to src/format. */
#ifndef QONDUIT_FORMAT_SHEET_WRITE_PARTS_H
#define QONDUIT_FORMAT_SHEET_WRITE_PARTS_H

#include <stdio.h>

#include "qonduit/sheet_write.h"

/* ---- what stands in cells (sheet_write_text.c) ---- */

/* `text` such that a reader gets it back as it was, NUL-terminated in `b`: what looks like an escape _xHHHH_, NUL,
 * U+FFFE and U+FFFF are escaped, and with `controls` the other control characters too, but tab and line feed.
 * libxlsxwriter does that in cells (where it counts a text before), and nowhere else. */
const char *sheet_escaped(struct buf *b, struct str text, bool controls);
/* Whether a double gives the number back digit for digit, which is sure for 15 of them. */
bool sheet_number_fits(struct decimal number, double *out);
/* Days since 1899-12-30, or false where Excel knows none (1900-02-29, which never was, is day 60 to it). */
bool sheet_moment_serial(int64_t ms, bool has_time, double *out);
/* "2026-11-21", "2026-11-21T18:00:00", "2026-11-21T18:00:00.123" */
#define SHEET_MOMENT_TEXT_MAX 64
struct str sheet_moment_text(int64_t ms, bool has_time, char out[SHEET_MOMENT_TEXT_MAX]);
/* The error as Excel knows it, or "#N/A". */
const char *sheet_error_text(struct str error);

/* Whether it is an address that a reader may be led to: of the web or of a mailbox, without blanks. */
bool sheet_is_address(struct str address);
/* Whether libxlsxwriter keeps the address as it is. */
bool sheet_address_fits(struct str address);
/* HYPERLINK("address","text") in `b`, with the address alone where it is the text; null where a formula cannot hold
 * them. */
const char *sheet_link_formula(struct buf *b, struct str address, struct str text);

/* 'Best of "2026"', as formulas have it, in `b`. Always in quotes: libxlsxwriter leaves them out where they are needed
 * (2026, Q1, R1C1). */
const char *sheet_quoted_name(struct buf *b, struct str name);

/* Writes the row, in which formulas stand for errors, with the errors themselves. */
void sheet_mend_errors(struct str row, FILE *to);

/* ---- files (sheet_write_files.c) ---- */

/* Creates the file, to be read too; -1 on failure. */
int sheet_file_create(int dirfd, const char *name, struct err *e);
/* Its SHA-256 and length, read again, for libxlsxwriter goes back in it to fill in lengths; then it is synced. */
int sheet_file_sum(int fd, const char *name, char hex[DIGEST_HEX], uint64_t *bytes, struct err *e);

struct scratch_file;
struct packing;

/* The temporary files that libxlsxwriter has of one book. */
struct scratch {
	struct scratch_file *files; /* that are open, but for those of rows */
	struct packing *packing;    /* which has those */
	struct err failed;          /* the first failure to make, write or read one */
	bool of_rows;               /* the next one is that of a sheet's rows */
	bool used;
	FILE *heard;                /* while it serves: the standard error output */
};

/* From here to scratch_rest libxlsxwriter's new temporary files, in this thread, are those of `s`; and what it would
 * print is not seen, since it returns it too. */
void scratch_serve(struct scratch *s);
void scratch_rest(struct scratch *s);
/* Closes what libxlsxwriter has left open. */
void scratch_end(struct scratch *s);

/* ---- rows (sheet_write_rows.c) ---- */

struct packing *packing_new(void);
/* The temporary file of the rows of one more sheet; null on failure. */
FILE *packing_rows(struct packing *p, struct err *e);
/* Whether rows could not be kept, and why. */
bool packing_failed(struct packing *p, struct err *e);
/* The workbook: what libxlsxwriter has packed in `without_rows`, with the rows. */
int packing_write(struct packing *p, int without_rows, int fd, const char *name, struct err *e);
void packing_free(struct packing *p); /* null is allowed */

#endif
