/* sheet_links - where the cells of a sheet lead: its hyperlinks to addresses outside of the workbook.
 *
 * They stand behind the rows, hence a pass over the sheet before its rows are read. Memory and work are bounded: what
 * goes over is refused.
 */
#ifndef QONDUIT_SHEET_LINKS_H
#define QONDUIT_SHEET_LINKS_H

#include "qonduit/workbook.h"

struct sheet_links;

/* *out is null where the sheet has none: then it is not read. */
int sheet_links_open(struct workbook *w, size_t part, struct sheet_links **out, struct err *e);
void sheet_links_close(struct sheet_links *l); /* null is allowed */

/* The address at a cell, empty where there is none; of several the last one in the sheet. `first`: the cell is the
 * first one of those that the hyperlink covers. Fast where calls go row by row. */
int sheet_links_find(struct sheet_links *l, uint32_t col, uint32_t row, struct str *address, bool *first,
	struct err *e);

#endif
