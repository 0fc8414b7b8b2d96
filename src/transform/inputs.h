/* inputs - the inputs of a run: how they are called, and which row of which of them is meant.
 *
 * A row of the run has an ordinal (below 2^40): it grows from row to row and from input to input, and leads back
 * to the row's origin, "catalog.csv:17", "catalog.xlsx!Catalog!17" or, where a row has a place of its own,
 * "orders.json:/orders/3/cart_data/0". Inputs are called by their file's name without its folder, or, where two have
 * the same, as they were given.
 *
 * inputs_open, then for each pass inputs_rewind, inputs_begin and inputs_ended around each input. Where inputs_origin_of
 * will be asked, inputs_keep for each row: its place is kept, outside of memory. inputs_close at the end. Names live in
 * the arena.
 */
#ifndef QONDUIT_TRANSFORM_INPUTS_H
#define QONDUIT_TRANSFORM_INPUTS_H

#include <signal.h>

#include "qonduit/places.h"
#include "qonduit/rejects.h"

struct inputs {
	const char *const *paths;
	size_t count;
	struct str *names;
	struct str *before; /* what stands before the row in an origin; known once the input was opened */
	struct str *visible; /* the same as a line of .rows has it */
	bool *is_sheet;     /* rows of a workbook, whose cells have names */
	uint64_t *base;     /* ordinal of row 0 of each; UINT64_MAX where it is not known yet */
	uint64_t bytes;     /* of all files; standard input counts only where it is a file */
	bool kept_stdin;
	struct places *places; /* of rows that have one; null: none was kept */
};

/* `twice` says that a second pass may come: standard input ("-") then goes into an unnamed file, which takes its place,
 * and what else can be read only once is refused. `names` (null allowed) calls inputs something else than their files.
 * `stop` (null allowed) ends a wait for standard input. */
int inputs_open(struct inputs *in, const char *const *paths, const struct str *names, size_t count, bool twice,
	const volatile sig_atomic_t *stop, struct arena *a, struct err *e);
/* At the start of each pass. */
int inputs_rewind(struct inputs *in, struct err *e);
/* Before the first row of an input; `sheet` is empty where it is no workbook. */
void inputs_begin(struct inputs *in, size_t input, struct str sheet, struct arena *a);
/* After the last row of an input. */
void inputs_ended(struct inputs *in, size_t input, uint64_t last_row);
uint64_t inputs_ordinal(const struct inputs *in, size_t input, uint64_t row);
struct str inputs_origin(const struct inputs *in, size_t input, const struct batch_row *row, struct arena *a);
/* The same as a line of .rows (sink_add_origin). */
void inputs_add_origin(const struct inputs *in, size_t input, const struct batch_row *row, struct buf *to);
/* The cells at fault, "catalog.xlsx!Catalog!E17", joined with "; "; the row's origin where no cell is known or it has
 * no name. */
struct str inputs_cells(const struct inputs *in, size_t input, const struct batch_row *row,
	const struct row_fault *faults, size_t count, struct arena *a);
/* Keeps the row's place, where it has one. Rows come in order. */
int inputs_keep(struct inputs *in, size_t input, const struct batch_row *row, struct err *e);
/* The origin of a row whose place was kept, or that has none. */
int inputs_origin_of(const struct inputs *in, uint64_t ordinal, struct arena *a, struct str *out, struct err *e);
/* A zeroed one may be closed. */
void inputs_close(struct inputs *in);

#endif
