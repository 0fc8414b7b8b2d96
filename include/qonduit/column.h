/* column - one column of a mapping: how it is found in a header, and what its cells are worth.
 *
 * The description (struct column) comes from the mapping and is immutable. columns_bind matches all columns against one
 * header row; column_read turns one cell into a value or a reason why not.
 */
#ifndef QONDUIT_COLUMN_H
#define QONDUIT_COLUMN_H

#include "qonduit/err.h"
#include "qonduit/table.h"
#include "qonduit/value.h"

enum column_type { COLUMN_TEXT, COLUMN_INTEGER, COLUMN_DECIMAL, COLUMN_BOOLEAN, COLUMN_DATE, COLUMN_DATETIME,
	COLUMN_GTIN, COLUMN_URL, COLUMN_CURRENCY, COLUMN_JSON };

/* "variant.gtin", "images.0": the way from a record to a value in JSON, a number being an index of an array or the name
 * of a member. The first part may be the name of an outer level, or $ (source.h). */
struct column_path {
	struct str text;
	const struct str *parts;
	size_t count;
};

/* What an "each" reads: paths from an element of a column's array. */
struct column_within {
	const struct column *columns;
	size_t column_count;
	const struct column_within *next;
};

struct column {
	struct str name;              /* as the mapping calls it */
	const struct str *headers;    /* aliases in order of preference; * stands for any text. Paths are among the last, so
	                               * that the rejects of a JSON source, which are CSV, can be read again */
	size_t header_count;
	const struct column_path *paths; /* where the source is JSON: the first that leads to a value counts */
	size_t path_count;
	int header_of;                /* index of the column whose * is read instead, or -1 */
	enum column_type type;
	bool required, optional;
	struct value standard;        /* "default": worth of an empty cell; of the column's type */
	uint32_t decimal_mark, group_mark; /* code points; group_mark 0: none */
	const struct str *true_words, *false_words; /* null: the usual ones */
	size_t true_count, false_count;
	const char *const *forms;     /* of dates, tried in order; null: ISO 8601 */
	size_t form_count;
	const char *zone;             /* null: none */
	const struct column_within *within; /* of an array: what each "each" of it reads; null: none */
};

/* The type of its values: gtin, url and currency are text. */
enum value_type column_value_type(const struct column *c);
const char *column_type_name(enum column_type t);
/* The type called `name`, or -1. */
int column_type_of(struct str name);

struct binding {
	int *at;            /* for each column, its index in the row; -1: not in this file */
	struct str *star;   /* for each column, the text its first * matched (trimmed), for header_of; empty: none */
	struct str *header; /* for each column, the header as the file has it; empty where at < 0 */
	size_t found;       /* columns with at >= 0 */
};

/* Matches columns against the cells of row `row` of `b`. A header_of column stands where its other column stands, and
 * is missing where that header has no text for its *. Two header cells that one alias matches are a fault. Missing
 * columns that are not optional are a fault each, with the nearest headers of the file. Returns the number of required
 * columns that are missing (those without `optional` where none is `required`), so that 0 says: this row is the header.
 * `faults` may be null (while a header is looked for). The result lives in the arena, copies included. */
size_t columns_bind(const struct column *columns, size_t count, const struct batch *b, size_t row, struct arena *a,
	struct binding *out, struct faults *faults);

/* What a cell is worth. False and a reason in `why` ("\"abc\" is not a decimal number") where it does not parse.
 * `star` is the header's text for a header_of column (then `cell` is not looked at). Text results may be slices of
 * the cell, or live in `a`. A cell of white space is empty and gives the default; whether a required column may be
 * empty is the caller's to judge. */
bool column_read(const struct column *c, struct cell cell, struct str star, struct arena *a, struct value *out,
	struct buf *why);
/* Takes a cell's text of the shape that most cells of a type have, and gives what column_read would; false for any
 * other, which is column_read's. The text is not "", the cell has no link. */
typedef bool column_usual(struct str text, struct value *out);
/* That of the column; null where its own words, marks or forms want a look at every cell. */
column_usual *column_usual_of(const struct column *c);

/* The same as column_read for a column that has cells of its own. */
bool column_read_other(const struct column *c, struct cell cell, struct arena *a, struct value *out, struct buf *why);
static inline bool column_read_cell(const struct column *c, struct cell cell, struct arena *a, struct value *out,
	struct buf *why)
{
	if (cell.kind == CELL_EMPTY && !cell.linked) {
		*out = c->standard;
		return true;
	}
	if (c->type != COLUMN_TEXT || cell.kind != CELL_TEXT || !cell.n || !(*cell.p > ' ' && *cell.p < 0x7f))
		return column_read_other(c, cell, a, out, why);
	*out = (struct value){ .type = VALUE_TEXT, .text = cell_str(cell) };
	return true;
}

#endif
