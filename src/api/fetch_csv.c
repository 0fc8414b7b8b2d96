#include "fetch_parts.h"

#include <stdlib.h>

#include "qonduit/csv_read.h"

static const struct str mark = { "\xEF\xBB\xBF", 3 };

struct csv_check {
	struct csv_reader *reader;
	struct batch batch;
	struct arena *arena;
	size_t marked;           /* bytes of a byte order mark that came; mark.n: what follows is the text */
	struct str *header;
	size_t width;            /* of the header */
	uint64_t rows;           /* with it */
	uint64_t last_row, last_width, last_line;
	char last;               /* byte that came */
	struct err fault;        /* the first one, told at the end: what comes may not be CSV at all */
};

struct csv_check *csv_check_open(struct arena *arena)
{
	struct csv_check *c = mem_alloc(sizeof *c);
	*c = (struct csv_check){ .reader = csv_reader_open(',', '"'), .arena = arena };
	batch_init(&c->batch);
	return c;
}

static void keep_header(struct csv_check *c)
{
	c->width = c->batch.row[0].width;
	c->header = ARENA_ARRAY(c->arena, c->width, struct str);
	for (size_t i = 0; i < c->width; i++)
		c->header[i] = arena_copy(c->arena, str_trim(cell_str(batch_get(&c->batch, 0, i))));
}

static void count_rows(struct csv_check *c)
{
	const struct batch *b = &c->batch;
	if (b->rows == 0)
		return;
	if (c->rows == 0)
		keep_header(c);
	const struct batch_row *last = &b->row[b->rows - 1];
	c->rows += b->rows;
	c->last_row = last->number;
	c->last_line = last->line;
	c->last_width = last->width;
}

static void feed(struct csv_check *c, struct str piece)
{
	if (c->fault.class)
		return;
	batch_clear(&c->batch);
	csv_reader_feed(c->reader, piece, &c->batch, &c->fault);
	count_rows(c);
}

void csv_check_feed(struct csv_check *c, struct str piece)
{
	if (piece.n)
		c->last = piece.p[piece.n - 1];
	while (piece.n && c->marked < mark.n) {
		if (piece.p[0] == mark.p[c->marked]) {
			c->marked++;
			piece = str_from(piece, 1);
			continue;
		}
		feed(c, str_head(mark, c->marked)); /* it was none */
		c->marked = mark.n;
	}
	feed(c, piece);
}

int csv_check_end(struct csv_check *c, struct fetched *out, struct err *e)
{
	if (c->marked < mark.n)
		feed(c, str_head(mark, c->marked));
	if (c->fault.class == ERR_NONE) {
		batch_clear(&c->batch);
		csv_reader_end(c->reader, &c->batch, &c->fault);
		count_rows(c);
		if (c->fault.class) {
			err_set(e, ERR_INPUT, "fetch.cut",
				"the file ends within the quoted field that begins in line %llu, after %llu "
				"whole rows: it is cut, or not CSV",
				(unsigned long long)c->fault.line, (unsigned long long)c->rows);
			return -1;
		}
	}
	if (c->fault.class) {
		*e = c->fault;
		return -1;
	}
	if (c->last_width < c->width) {
		err_set(e, ERR_INPUT, "fetch.cut",
			"the file ends in a row with %llu fields, expected the %zu of its header: it is cut",
			(unsigned long long)c->last_width, c->width);
		err_at_row(e, c->last_row);
		return -1;
	}
	out->fields = c->header;
	out->field_count = c->width;
	out->records = c->rows ? c->rows - 1 : 0;
	return 0;
}

bool csv_check_ends_open(const struct csv_check *c)
{
	return c->rows > 1 && c->last != '\n' && c->last != '\r';
}

void csv_check_close(struct csv_check *c)
{
	if (!c)
		return;
	csv_reader_close(c->reader);
	batch_release(&c->batch);
	free(c);
}
