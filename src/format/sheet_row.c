#include "sheet_row.h"

#include <stdlib.h>

void sheet_row_init(struct sheet_row *r)
{
	*r = (struct sheet_row){ 0 };
	r->seen = mem_alloc(SHEET_ROWS_MAX / 8);
	memset(r->seen, 0, SHEET_ROWS_MAX / 8);
}

void sheet_row_release(struct sheet_row *r)
{
	buf_release(&r->text);
	free(r->cells);
	free(r->seen);
	*r = (struct sheet_row){ 0 };
}

void sheet_row_put(struct sheet_row *r, uint32_t col, struct sheet_row_cell cell)
{
	if (col >= r->width) {
		if (cell.kind == CELL_EMPTY)
			return;
		r->cells = mem_grow(r->cells, &r->cap, col + 1, sizeof *r->cells);
		memset(r->cells + r->width, 0, (col - r->width) * sizeof *r->cells);
		r->width = col + 1;
	}
	r->cells[col] = cell;
}

/* The bytes of the row are now at `text`. */
static void give_cells(struct sheet_row *r, const char *text)
{
	struct batch *b = r->batch;
	size_t width = r->width > r->pad ? r->width : r->pad, filled = 0;

	b->cells = mem_grow(b->cells, &b->cell_cap, b->cell_count + width, sizeof *b->cells);
	struct cell *to = b->cells + b->cell_count;
	for (size_t i = 0; i < r->width; i++) {
		const struct sheet_row_cell *c = &r->cells[i];
		to[i] = (struct cell){ 0 };
		if (c->kind == CELL_EMPTY)
			continue;
		to[i].p = c->shared ? c->shared : text + c->at;
		to[i].n = c->n;
		to[i].kind = c->kind;
		to[i].linked = c->linked;
		filled++;
	}
	for (size_t i = r->width; i < width; i++)
		to[i] = (struct cell){ 0 };
	b->row[b->rows - 1].width = (uint32_t)width;
	b->cell_count += width;
	r->given += width * sizeof *to;
	r->filled += filled;
	r->blanks += width - filled;
}

int sheet_row_flush(struct sheet_row *r, struct err *e)
{
	while (r->width && r->cells[r->width - 1].kind == CELL_EMPTY)
		r->width--;
	if (r->width) {
		batch_begin_row(r->batch, r->number, 0);
		give_cells(r, r->text.n ? arena_copy(&r->batch->arena, buf_str(&r->text)).p : NULL);
		r->given += r->text.n;
	}
	r->width = 0;
	buf_clear(&r->text);
	if (r->blanks <= SHEET_BLANKS_MAX + SHEET_BLANKS_EACH * r->filled)
		return 0;
	err_set(e, ERR_INPUT, "sheet.sparse", "the sheet is too sparse: %llu cells are empty between %llu others",
		(unsigned long long)r->blanks, (unsigned long long)r->filled);
	err_at_row(e, r->number);
	return -1;
}

int sheet_row_begin(struct sheet_row *r, uint32_t number, struct err *e)
{
	uint64_t *word = &r->seen[(number - 1) / 64], bit = UINT64_C(1) << ((number - 1) % 64);

	if (number == r->number)
		return 0;
	if (sheet_row_flush(r, e))
		return -1;
	if (*word & bit) {
		err_set(e, ERR_INPUT, "sheet.row_again", "row %u comes a second time, after others", number);
		err_at_row(e, number);
		return -1;
	}
	*word |= bit;
	r->number = number;
	return 0;
}
