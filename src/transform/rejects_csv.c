/* Rejects of delimited text, written with its delimiter and quote. */
#include <stdlib.h>

#include "qonduit/csv_write.h"
#include "rejects_parts.h"

struct rejects_text {
	struct file file;
	struct buf row;
};

static int write_row(struct rejects_text *t, struct err *e)
{
	int status = file_write(&t->file, buf_str(&t->row), e);
	buf_clear(&t->row);
	return status;
}

/* The rows above a header that the mapping has fixed, each in its place: readers count blank ones too. */
static void print_preamble(struct buf *to, const struct rejects_file *f, const struct source *s)
{
	const struct batch *above = &s->preamble;
	uint64_t row = 1;
	for (size_t i = 0; i < above->rows; i++, row++) {
		for (; row < above->row[i].number; row++)
			buf_addc(to, '\n');
		struct csv_out w = csv_out(to, f->delimiter, f->quote);
		for (size_t c = 0; c < above->row[i].width; c++)
			csv_field(&w, cell_str(batch_get(above, i, c)));
		csv_end_row(&w);
	}
	for (; row < s->options->header_row; row++)
		buf_addc(to, '\n');
}

static int text_begin(struct rejects_file *f, const struct source *s, int dirfd, struct err *e)
{
	struct rejects_text *t = mem_alloc(sizeof *t);
	*t = (struct rejects_text){ 0 };
	if (file_create(&t->file, dirfd, f->name.p, e) != 0) {
		free(t);
		return -1;
	}
	f->state = t;
	const char *declared = s->options->encoding;
	bool other = declared && !str_eq_nocase(str_of(declared), STR("auto")) &&
		!str_eq_nocase(str_of(declared), STR("UTF-8"));
	if (s->bom || other)
		buf_add(&t->row, STR("\xef\xbb\xbf"));
	if (s->options->header_row > 1)
		print_preamble(&t->row, f, s);
	struct csv_out w = csv_out(&t->row, f->delimiter, f->quote);
	for (size_t i = 0; i < f->width; i++)
		csv_field(&w, f->header[i]);
	for (int i = 0; i < REJECTS_OWN; i++) {
		if (f->quote == '"')
			csv_field(&w, f->own[i]);
		else /* so that a reader can tell by them how the file is written */
			buf_printf(&t->row, "%c%c%.*s%c", f->delimiter, f->quote, STR_ARG(f->own[i]), f->quote);
	}
	csv_end_row(&w);
	return write_row(t, e);
}

/* What the source has there: nothing, where a path leads astray. What is said of that stands in _reason. */
static struct str own_text(struct cell cell)
{
	return cell.kind == CELL_ASTRAY ? (struct str){ 0 } : cell_str(cell);
}

static int text_add(struct rejects_file *f, const struct rejects_row *row, struct err *e)
{
	struct rejects_text *t = f->state;
	struct csv_out w = csv_out(&t->row, f->delimiter, f->quote);
	for (size_t i = 0; i < f->width; i++)
		csv_field(&w, own_text(batch_get(row->batch, row->row, row->columns[i])));
	for (size_t i = 0; i < REJECTS_OWN; i++)
		csv_field(&w, row->own[i]);
	csv_end_row(&w);
	return write_row(t, e);
}

static void text_abandon(struct rejects_file *f)
{
	struct rejects_text *t = f->state;
	if (!t)
		return;
	file_abandon(&t->file);
	buf_release(&t->row);
	free(t);
	f->state = NULL;
}

static int text_close(struct rejects_file *f, char hex[DIGEST_HEX], uint64_t *bytes, struct err *e)
{
	struct rejects_text *t = f->state;
	if (file_close(&t->file, hex, bytes, e) != 0)
		return -1;
	text_abandon(f);
	return 0;
}

const struct rejects_kind rejects_csv = {
	.extension = "csv", .begin = text_begin, .add = text_add, .close = text_close, .abandon = text_abandon,
};
