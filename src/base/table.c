#include "qonduit/table.h"

#include <stdlib.h>

#define BATCH_BLOCK ((size_t)128 << 10)

void batch_init(struct batch *b)
{
	*b = (struct batch){ 0 };
	arena_init(&b->arena, BATCH_BLOCK);
}

void batch_clear(struct batch *b)
{
	arena_clear(&b->arena);
	b->cell_count = 0;
	b->rows = 0;
}

void batch_release(struct batch *b)
{
	arena_release(&b->arena);
	free(b->cells);
	free(b->row);
	*b = (struct batch){ 0 };
}

void batch_begin_row(struct batch *b, uint64_t number, uint64_t line)
{
	if (b->rows == b->row_cap)
		b->row = mem_grow(b->row, &b->row_cap, b->rows + 1, sizeof *b->row);
	b->row[b->rows++] = (struct batch_row){ .first = b->cell_count, .number = number, .line = line };
}

void batch_grow_cells(struct batch *b)
{
	b->cells = mem_grow(b->cells, &b->cell_cap, b->cell_count + 1, sizeof *b->cells);
}

void batch_grow(struct batch *b, size_t cells, size_t rows)
{
	b->cells = mem_grow(b->cells, &b->cell_cap, cells, sizeof *b->cells);
	b->row = mem_grow(b->row, &b->row_cap, rows, sizeof *b->row);
}
