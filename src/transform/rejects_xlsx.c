/* Rejects of a workbook: its own cells as they were, the ones at fault coloured, with the reason in a comment. */
#include <stdlib.h>

#include "qonduit/moment.h"
#include "qonduit/sheet_write.h"
#include "qonduit/utf8.h"
#include "rejects_parts.h"

#define FAULT_FILL 0xffc7ceu
#define DIGITS_KEPT 15 /* of a number, by a spreadsheet */
#define SHOWN_BYTES ((size_t)8000) /* of what we say in a cell, so that it fits */

enum look { LOOK_PLAIN, LOOK_DATE, LOOK_DATETIME, LOOK_LINK, LOOKS };

struct rejects_book {
	struct book *book;
	struct sheet *sheet;
	int look[2][LOOKS];   /* of a cell, and of one at fault */
	int bold;
	uint32_t row;
};

/* A place in the sheet that is written. */
struct spot {
	struct rejects_book *b;
	uint32_t row, col;
	bool fault;
};

static int put_text(const struct spot *at, struct str text, struct err *e)
{
	return sheet_put_text(at->b->sheet, at->row, at->col, text, at->b->look[at->fault][LOOK_PLAIN], e);
}

static int put_error(const struct spot *at, struct str error, struct err *e)
{
	return sheet_put_error(at->b->sheet, at->row, at->col, error, at->b->look[at->fault][LOOK_PLAIN], e);
}

/* A number that was rounded before we saw it stays a number, as far as a spreadsheet keeps its digits: as text it would
 * pass for exact when it is read again. */
static int put_number(const struct spot *at, struct cell cell, struct err *e)
{
	struct decimal d, unit = { .scale = 0 };
	if (decimal_parse(cell_str(cell), &d) != DECIMAL_OK)
		return put_text(at, cell_str(cell), e);
	if (cell.kind == CELL_ROUNDED) {
		char step[DECIMAL_TEXT_MAX];
		size_t digits = cell.n - (cell.p[0] == '-'), zeros = digits > DIGITS_KEPT ? digits - DIGITS_KEPT : 0;
		step[0] = '1';
		memset(step + 1, '0', zeros);
		if (zeros + 1 > DECIMAL_DIGITS || decimal_parse((struct str){ step, zeros + 1 }, &unit) != DECIMAL_OK ||
			decimal_round_step(d, unit, ROUND_HALF_UP, &d) != DECIMAL_OK)
			return put_error(at, STR("#NUM!"), e);
	}
	return sheet_put_number(at->b->sheet, at->row, at->col, d, at->b->look[at->fault][LOOK_PLAIN], e);
}

/* A time of day, and the day that only Excel knows, stay the text that they were read as. */
static int put_date(const struct spot *at, struct cell cell, struct err *e)
{
	struct value v;
	bool has_time = memchr(cell.p, 'T', cell.n) != NULL;
	if (cell.n < 10 || !moment_parse_iso(cell_str(cell), false, &v) || v.when.zoned)
		return put_text(at, cell_str(cell), e);
	return sheet_put_moment(at->b->sheet, at->row, at->col, v.when.ms, has_time,
		at->b->look[at->fault][has_time ? LOOK_DATETIME : LOOK_DATE], e);
}

static int put_cell(const struct spot *at, struct cell cell, struct err *e)
{
	struct str text = cell_str(cell);
	switch ((enum cell_kind)cell.kind) {
	case CELL_EMPTY:
		return at->fault ? put_text(at, (struct str){ 0 }, e) : 0;
	case CELL_NUMBER:
	case CELL_ROUNDED:
		return put_number(at, cell, e);
	case CELL_BOOLEAN:
		return sheet_put_boolean(at->b->sheet, at->row, at->col, str_eq(text, STR("true")),
			at->b->look[at->fault][LOOK_PLAIN], e);
	case CELL_DATE:
		return put_date(at, cell, e);
	case CELL_ERROR:
		return put_error(at, text, e);
	case CELL_FORMULA: /* what it refers to is not here */
		return put_error(at, STR("#N/A"), e);
	case CELL_ASTRAY: /* as CELL_JSON, of no workbook */
	case CELL_JSON:
	case CELL_TEXT:
		break;
	}
	if (!sheet_text_fits(text)) /* cut, it would pass for whole when it is read again */
		return put_error(at, STR("#VALUE!"), e);
	if (cell.linked)
		return sheet_put_link(at->b->sheet, at->row, at->col, text, cell_link(cell),
			at->b->look[at->fault][LOOK_LINK], e);
	return put_text(at, text, e);
}

/* The reasons of the faults in the source's column `at`. */
static void add_reasons(struct buf *to, const struct rejects_row *row, size_t at)
{
	for (size_t i = 0; i < row->fault_count; i++)
		if (row->faults[i].at == (int)at)
			buf_printf(to, "%s%.*s", to->n ? "; " : "", STR_ARG(row->faults[i].reason));
}

/* What fits into a cell or a comment. */
static struct str shown(struct str text)
{
	return utf8_head(text, SHOWN_BYTES);
}

static int book_row(struct rejects_file *f, const struct rejects_row *row, struct err *e)
{
	struct rejects_book *b = f->state;
	struct buf reason = { 0 };
	int result = 0;
	for (size_t i = 0; i < f->width && result == 0; i++) {
		buf_clear(&reason);
		add_reasons(&reason, row, row->columns[i]);
		struct spot at = { b, b->row, (uint32_t)i, reason.n > 0 };
		result = put_cell(&at, batch_get(row->batch, row->row, row->columns[i]), e);
		if (result == 0 && reason.n)
			result = sheet_put_comment(b->sheet, at.row, at.col, shown(buf_str(&reason)), e);
	}
	for (size_t i = 0; i < REJECTS_OWN && result == 0; i++)
		if (row->own[i].n)
			result = sheet_put_text(b->sheet, b->row, (uint32_t)(f->width + i), shown(row->own[i]), 0, e);
	buf_release(&reason);
	b->row++;
	return result;
}

/* The rows above a header that the mapping has fixed, each in its place. */
static int put_preamble(struct rejects_book *b, const struct source *s, struct err *e)
{
	const struct batch *above = &s->preamble;
	for (size_t i = 0; i < above->rows; i++)
		for (size_t c = 0; c < above->row[i].width; c++) {
			struct spot at = { b, (uint32_t)above->row[i].number - 1, (uint32_t)c, false };
			if (put_cell(&at, batch_get(above, i, c), e) != 0)
				return -1;
		}
	b->row = (uint32_t)s->options->header_row - 1;
	return 0;
}

static int put_header(struct rejects_file *f, struct rejects_book *b, struct err *e)
{
	for (size_t i = 0; i < f->width + REJECTS_OWN; i++) {
		struct str name = i < f->width ? f->header[i] : f->own[i - f->width];
		if (name.n && sheet_put_text(b->sheet, b->row, (uint32_t)i, shown(name), b->bold, e) != 0)
			return -1;
		if (sheet_width(b->sheet, (uint32_t)i, i == f->width + REJECTS_OWN - 1 ? 60 : 18, e) != 0)
			return -1;
	}
	return sheet_freeze(b->sheet, ++b->row, e);
}

static void make_looks(struct rejects_book *b)
{
	static const char *const formats[LOOKS] = { [LOOK_DATE] = "yyyy-mm-dd", [LOOK_DATETIME] = "yyyy-mm-dd hh:mm:ss" };
	for (int fault = 0; fault < 2; fault++)
		for (int i = 0; i < LOOKS; i++)
			b->look[fault][i] = book_look(b->book, &(struct book_look){ .number_format = formats[i],
				.link = i == LOOK_LINK, .fill = fault ? FAULT_FILL : 0 });
	b->bold = book_look(b->book, &(struct book_look){ .bold = true });
}

static int book_begin(struct rejects_file *f, const struct source *s, int dirfd, struct err *e)
{
	struct rejects_book *b = mem_alloc(sizeof *b);
	*b = (struct rejects_book){ .book = book_open(dirfd, f->name.p, e) };
	if (!b->book) {
		free(b);
		return -1;
	}
	f->state = b;
	make_looks(b);
	b->sheet = book_sheet(b->book, STR(SOURCE_REJECTS_SHEET), e);
	if (!b->sheet || (s->options->header_row > 1 && put_preamble(b, s, e) != 0))
		return -1;
	return put_header(f, b, e);
}

static void book_drop(struct rejects_file *f)
{
	struct rejects_book *b = f->state;
	if (b->book)
		book_abandon(b->book);
	free(b);
	f->state = NULL;
}

static int book_end(struct rejects_file *f, char hex[DIGEST_HEX], uint64_t *bytes, struct err *e)
{
	struct rejects_book *b = f->state;
	int result = book_close(b->book, hex, bytes, e);
	b->book = NULL;
	book_drop(f);
	return result;
}

const struct rejects_kind rejects_xlsx = {
	.extension = "xlsx", .begin = book_begin, .add = book_row, .close = book_end, .abandon = book_drop,
};
