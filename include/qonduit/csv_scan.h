/* csv_scan - rows that are regular by RFC 4180, cut at their delimiters 64 bytes at a time.
 *
 * Regular is a row that ends in LF or CRLF and in whose fields quotes stand around all of the field or nowhere, those
 * between them doubled; delimiters, LF and CRLF in quotes are data. All else (a quote in an unquoted field, text
 * behind a closing quote, a CR that no LF follows, a row that does not end) is not judged here: csv_read lets libcsv do
 * that. On regular rows both say the same.
 *
 * The text of the rows is copied to the batch's arena, in which doubled quotes are undone in place.
 */
#ifndef QONDUIT_CSV_SCAN_H
#define QONDUIT_CSV_SCAN_H

#include "qonduit/table.h"

/* Which instructions find the bytes that matter; all give the same rows. */
enum csv_engine {
	CSV_ENGINE_BEST,     /* the fastest that this processor has */
	CSV_ENGINE_AVX2,
	CSV_ENGINE_SSE2,
	CSV_ENGINE_PORTABLE, /* eight bytes in a word */
	CSV_ENGINE_LIBCSV,   /* none: no row is regular */
};

struct csv_scan {
	unsigned char delimiter, quote;
	enum csv_engine engine; /* never CSV_ENGINE_BEST */
	uint64_t number;        /* of the row that comes next; blank lines count */
	uint64_t line;          /* in which it begins */
};

/* Whether this processor and this build have the engine. */
bool csv_engine_known(enum csv_engine engine);
/* Delimiter and quote that are the same, or line ends, leave all rows to libcsv. The engine must be known. */
void csv_scan_init(struct csv_scan *s, char delimiter, char quote, enum csv_engine engine);
/* Appends the rows at the beginning of `text` that are regular, until the batch has `rows` of them. Returns the bytes
 * they take; 0: the first one is not regular, or not whole. */
size_t csv_scan_rows(struct csv_scan *s, struct str text, size_t rows, struct batch *b);

#endif
