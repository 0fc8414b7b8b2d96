/* sheet_sight - cells of a sheet as nearly all writers write them, <c r="A1" s="1" t="s"><v>0</v></c> and the like,
 * read at one look. Whatever else a cell can be is told of element by element (xml_read.h) and means the same.
 */
#ifndef QONDUIT_SHEET_SIGHT_H
#define QONDUIT_SHEET_SIGHT_H

#include "sheet_value.h"
#include "xml_sight.h"

struct sheet_sight {
	uint32_t col, row;          /* where it says that it stands; row 0: it does not say */
	uint64_t style;
	enum sheet_type type;
	enum { SIGHT_EMPTY, SIGHT_VALUE, SIGHT_INLINE } holds;
	struct xml_sight_text text; /* of the <v>, or of the one <t> of the <is> */
	unsigned elements;
	/* The row of the last reference that was read: its number, and the bytes of that. The next cell is likely to be
	 * in the same one. */
	uint32_t last_row;
	size_t last_digits;
	uint64_t last, last_mask;
};

/* The cell at *p, behind which *p is then; XML_SIGHT_SLACK bytes behind the end may be read. False: it is not all
 * there, or not one of those. `c` is zeroed before the first one, and kept. */
bool sheet_sight_cell(const char **p, const char *end, struct sheet_sight *c);

#endif
