/* sheet_value - the cell under way: what its element says and holds, and from that what it is worth.
 *
 * sheet_value_begin at each <c>, then the fields by hand and the functions for text, then sheet_value_end: the cell is
 * in the row. The bytes of its value are gathered at the end of the row's own, so that none is copied twice.
 */
#ifndef QONDUIT_SHEET_VALUE_H
#define QONDUIT_SHEET_VALUE_H

#include "sheet_cell.h"
#include "sheet_links.h"
#include "sheet_row.h"

enum sheet_type { TYPE_NUMBER, TYPE_SHARED, TYPE_INLINE, TYPE_TEXT, TYPE_BOOLEAN, TYPE_DATE, TYPE_ERROR };

struct sheet_value {
	const struct workbook *workbook;
	struct sheet_row *row;
	struct sheet_links *links;       /* null: there are none, or nobody asks */
	bool with_links;
	size_t max;                      /* bytes of a value, and of a formula */

	uint32_t col;
	enum sheet_type type;
	uint64_t style;
	size_t from;                     /* where in `row->text` its value begins */
	size_t text_from;                /* the same of a <t> of it */
	bool has_value, has_inline, has_formula, is_shared_formula;
	struct buf formula;
	struct buf address, link_text;   /* of a HYPERLINK formula */
};

void sheet_value_release(struct sheet_value *v);

void sheet_value_begin(struct sheet_value *v, uint32_t col);
/* A <v> or an <is>: what was gathered for the value so far does not count. */
void sheet_value_again(struct sheet_value *v);
/* Around the text of a <t>: escapes do not reach from one into the next. */
void sheet_value_begin_text(struct sheet_value *v);
void sheet_value_end_text(struct sheet_value *v);
int sheet_value_add(struct sheet_value *v, struct str text, struct err *e);
int sheet_value_add_formula(struct sheet_value *v, struct str text, struct err *e);
int sheet_value_end(struct sheet_value *v, struct err *e);

/* Refuses what was found in the cell. Always -1. */
int sheet_value_refuse(struct sheet_value *v, struct str found, const char *expected, struct err *e);

#endif
