#include "csv_show.h"

#include <stdlib.h>

#define BLOCK 64 /* of the batch's arena: what is longer lies in memory of its own, whose ends AddressSanitizer guards */

static void add_number(struct buf *out, uint64_t n)
{
	char digits[20];
	size_t at = sizeof digits;
	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	buf_add(out, (struct str){ digits + at, sizeof digits - at });
}

static void add_rows(struct buf *out, const struct batch *b)
{
	for (size_t i = 0; i < b->rows; i++) {
		add_number(out, b->row[i].number);
		buf_addc(out, '@');
		add_number(out, b->row[i].line);
		buf_addc(out, '[');
		for (size_t c = 0; c < b->row[i].width; c++) {
			struct cell cell = batch_get(b, i, c);
			add_number(out, cell.n);
			buf_addc(out, cell.kind == (cell.n ? CELL_TEXT : CELL_EMPTY) && !cell.linked ? ':' : '?');
			buf_add(out, cell_str(cell));
			buf_addc(out, ',');
		}
		buf_addc(out, ']');
	}
}

/* Reads a piece; the rows are shown and forgotten, so that no row may lean on those of an earlier batch. */
static int read_piece(struct csv_reader *r, struct str piece, size_t rows, struct batch *b, struct buf *out, struct err *e)
{
	int result = 0;
	while (piece.n && result == 0) {
		result = csv_reader_feed_rows(r, &piece, rows ? rows : SIZE_MAX, b, e);
		add_rows(out, b);
		batch_clear(b);
	}
	return result;
}

void csv_show(struct buf *out, struct str text, struct csv_show how)
{
	struct csv_reader *r = csv_reader_open_with(how.delimiter, how.quote, how.engine);
	struct batch b;
	struct err e = { 0 };
	int result = 0;
	size_t n = how.first;
	batch_init(&b);
	b.arena.block_size = BLOCK;
	buf_clear(out);
	while (text.n && result == 0) {
		struct str piece = str_head(text, n);
		char *own = memcpy(mem_alloc(piece.n), text.p, piece.n);
		result = read_piece(r, (struct str){ own, piece.n }, how.rows, &b, out, &e);
		free(own);
		text = str_from(text, n);
		n = how.rest ? how.rest : text.n;
	}
	if (result == 0)
		csv_reader_end(r, &b, &e);
	add_rows(out, &b);
	if (e.class) {
		buf_printf(out, "!%s@", e.code);
		add_number(out, e.line);
		buf_printf(out, " %s", e.message);
	} else {
		buf_addc(out, '$');
		add_number(out, csv_reader_line(r));
	}
	csv_reader_close(r);
	batch_release(&b);
}
