/* What a header looks like where nothing says what it is. */
#include "qonduit/source.h"

static size_t rows_of_width(const struct batch *b, size_t rows, size_t width)
{
	size_t count = 0;
	for (size_t i = 0; i < rows; i++)
		count += b->row[i].width == width;
	return count;
}

/* How many cells most rows have; of equals the first that has more than one. */
static size_t usual_width(const struct batch *b, size_t rows)
{
	size_t best = b->row[0].width, most = rows_of_width(b, rows, best);
	for (size_t i = 1; i < rows; i++) {
		size_t width = b->row[i].width, count = rows_of_width(b, rows, width);
		if (count > most || (count == most && best == 1)) {
			best = width;
			most = count;
		}
	}
	return best;
}

static bool is_filled(struct cell c)
{
	return c.kind != CELL_EMPTY && str_trim(cell_str(c)).n;
}

/* Neither blank nor a title: a text in front of cells that are mostly empty. */
static bool is_header_like(const struct batch *b, size_t row)
{
	size_t filled = 0, width = b->row[row].width;
	for (size_t i = 0; i < width; i++)
		filled += is_filled(batch_get(b, row, i));
	return filled && (filled * 2 >= width || !is_filled(batch_get(b, row, 0)));
}

size_t source_likely_header(const struct batch *b, size_t rows)
{
	size_t usual = usual_width(b, rows), first = rows;
	for (size_t i = 0; i < rows; i++) {
		if (b->row[i].width < usual)
			continue;
		if (is_header_like(b, i))
			return i;
		first = first < i ? first : i;
	}
	return first;
}

bool source_is_even(const struct batch *b, size_t header)
{
	size_t width = b->row[header].width, even = 0;
	for (size_t i = header; i < b->rows; i++)
		even += b->row[i].width == width;
	return width >= 2 && even * 10 >= (b->rows - header) * 9;
}
