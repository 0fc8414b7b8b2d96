/* csv_show - what csv_read makes of a text: NUMBER@LINE[LENGTH:cell,…] for each row, and !code@line message for a fault.
 */
#ifndef CSV_SHOW_H
#define CSV_SHOW_H

#include "qonduit/csv_read.h"

/* How it is read: the first piece has `first` bytes, the others `rest` (0: all), each in memory of its own; at most
 * `rows` rows at a time (0: all), the batch being cleared between. */
struct csv_show {
	char delimiter, quote;
	enum csv_engine engine;
	size_t first, rest, rows;
};

void csv_show(struct buf *out, struct str text, struct csv_show how);

#endif
