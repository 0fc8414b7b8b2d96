/* table - rows on their way from a source to a program, a batch at a time.
 *
 * A batch holds the rows that a source filled in one go: `rows` rows, each a run of cells in `cells`, with the row
 * number that a spreadsheet would show. Rows may differ in width (ragged files). A cell is a kind and the slice of its
 * original text: numbers stay text until someone asks, so ids, leading zeros and prices survive.
 *
 * batch_init once; the source calls batch_clear, then batch_begin_row and batch_add_cell; readers use batch_get. Text
 * lives in the batch's arena until the next batch_clear. batch_release at the end. A batch leans on nothing of its
 * source: one thread may work on it while another fills the next one.
 */
#ifndef QONDUIT_TABLE_H
#define QONDUIT_TABLE_H

#include "qonduit/arena.h"

enum cell_kind {
	CELL_EMPTY,   /* no cell there, or nothing in it */
	CELL_TEXT,
	CELL_NUMBER,  /* of a workbook or JSON: the number's own text */
	CELL_ROUNDED, /* of a workbook: a whole number beyond 2^53, whose last digits a spreadsheet does not keep */
	CELL_BOOLEAN, /* text is true or false */
	CELL_DATE,    /* of a workbook: ISO 8601 */
	CELL_ERROR,   /* of a workbook: #N/A */
	CELL_FORMULA, /* of a workbook: a formula without a stored value; text is the formula */
	CELL_JSON,    /* of JSON: an object or an array, as it stands */
	CELL_ASTRAY,  /* of JSON: the path leads through a value without members; text says which */
};

struct cell {
	const char *p;
	uint32_t n;
	uint8_t kind; /* enum cell_kind */
	bool linked;  /* the address of a hyperlink stands behind the text */
};

struct batch {
	struct arena arena;
	struct cell *cells;
	size_t cell_count, cell_cap;
	struct batch_row {
		size_t first;    /* in cells */
		uint32_t width;
		uint64_t number; /* row as a spreadsheet counts, from 1 */
		uint64_t line;   /* line of a text file where the row begins, from 1; 0 where there are no lines */
		struct str place; /* of JSON: how its origin calls it, "/orders/3/cart_data/0"; empty: by its number */
	} *row;
	size_t rows, row_cap;
};

void batch_init(struct batch *b);
void batch_clear(struct batch *b);
void batch_release(struct batch *b);

/* Begins a row; cells added next belong to it. */
void batch_begin_row(struct batch *b, uint64_t number, uint64_t line);
/* Room for one more cell in `cells`. */
void batch_grow_cells(struct batch *b);
/* Room for `cells` cells and `rows` rows in all, for who fills both without batch_begin_row and batch_add_cell. */
void batch_grow(struct batch *b, size_t cells, size_t rows);

static inline void batch_room(struct batch *b, size_t cells, size_t rows)
{
	if (b->cell_cap < cells || b->row_cap < rows)
		batch_grow(b, cells, rows);
}

static inline void batch_add_cell(struct batch *b, struct cell c)
{
	if (b->cell_count == b->cell_cap)
		batch_grow_cells(b);
	b->cells[b->cell_count++] = c;
	b->row[b->rows - 1].width++;
}

/* The cell in `column` (from 0) of `row`, or an empty one where the row is shorter. */
static inline struct cell batch_get(const struct batch *b, size_t row, size_t column)
{
	const struct batch_row *r = &b->row[row];
	return column < r->width ? b->cells[r->first + column] : (struct cell){ 0 };
}

/* A cell of that text; an empty text is an empty cell. */
static inline struct cell cell_of(struct str text, enum cell_kind kind)
{
	return (struct cell){ .p = text.p, .n = (uint32_t)text.n, .kind = (uint8_t)(text.n ? kind : CELL_EMPTY) };
}

static inline struct str cell_str(struct cell c)
{
	return (struct str){ c.p, c.n };
}

/* Where a linked cell leads; else empty. The address ends with a NUL. */
static inline struct str cell_link(struct cell c)
{
	return c.linked ? str_of(c.p + c.n) : (struct str){ 0 };
}

#endif
