/* csv_write - delimited text out (RFC 4180): a field is quoted where it holds the delimiter, a quote, CR or LF, or
 * begins or ends with a blank or tab; rows end with LF. A row of one empty field is written as two quotes: an empty
 * line would be no row to most readers. */
#ifndef QONDUIT_CSV_WRITE_H
#define QONDUIT_CSV_WRITE_H

#include "qonduit/buf.h"

struct csv_out {
	struct buf *to;
	char delimiter, quote;
	bool comma;      /* a field stands before in this row */
	bool lone_empty; /* the row so far is one empty field */
};

struct csv_out csv_out(struct buf *to, char delimiter, char quote);
void csv_field(struct csv_out *w, struct str value);
void csv_end_row(struct csv_out *w);

#endif
