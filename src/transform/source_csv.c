/* Delimited text: the delimiter is the one with which the header is found; where no columns say what that is, the one
 * that parts the first rows evenly. */
#include <stdlib.h>

#include "qonduit/csv_read.h"
#include "qonduit/source.h"
#include "qonduit/source_text.h"

#define BATCH_ROWS 512
#define BATCH_BYTES ((size_t)256 << 10)
#define HEAD_FIRST ((size_t)64 << 10)  /* bytes in which the header is looked for first */

struct csv_source {
	struct source_text *text;
	struct csv_reader *reader;
	struct buf head;          /* the text in which the header is looked for */
	bool head_ended;          /* nothing comes after it: the end, or a fault */
	struct err fault;         /* that one */
	struct str pending;       /* text that is not parsed yet */
	bool ended;
};

/* Where a header stands, or what comes nearest to one. */
struct place {
	char delimiter;
	uint64_t row;
	struct source_match match; /* without columns: wanted where the rows are even */
};

/* One pass over the head with one delimiter. */
struct trial {
	struct csv_reader *reader;
	struct str rest;
	bool end;                 /* nothing comes after `rest` */
	struct batch batch;       /* the row at hand */
	struct err fault;
};

static char quote_of(const struct source *s)
{
	return s->options->quote ? s->options->quote : '"';
}

/* Adds the next row to the batch; false where there is none, or none that is whole. */
static bool next_row(struct trial *t)
{
	size_t before = t->batch.rows;
	if (csv_reader_feed_rows(t->reader, &t->rest, before + 1, &t->batch, &t->fault))
		return false;
	if (t->batch.rows == before && t->end)
		csv_reader_end(t->reader, &t->batch, &t->fault);
	return t->batch.rows > before;
}

static struct trial trial_begin(const struct source *s, char delimiter)
{
	const struct csv_source *c = s->state;
	struct trial t = { .reader = csv_reader_open(delimiter, quote_of(s)), .rest = buf_str(&c->head),
		.end = c->head_ended && !c->fault.class };
	batch_init(&t.batch);
	return t;
}

/* The first fault of all trials is kept. */
static int trial_end(struct trial *t, struct err *fault)
{
	csv_reader_close(t->reader);
	batch_release(&t->batch);
	if (!t->fault.class)
		return 0;
	if (!fault->class)
		*fault = t->fault;
	return -1;
}

/* Looks for the header with one delimiter. *more says that the head ended before the rows did in which it may stand. */
static int try_delimiter(const struct source *s, char delimiter, struct place *best, bool *more, struct err *fault)
{
	uint64_t only = s->options->header_row, last = only ? only : SOURCE_HEADER_ROWS, number = 0;
	struct trial t = trial_begin(s, delimiter);
	while (number < last && next_row(&t)) {
		number = t.batch.row[0].number;
		bool may_be = only ? number == only : number <= last;
		if (may_be && source_match_row(s, &t.batch, 0, &best->match)) {
			best->delimiter = delimiter;
			best->row = number;
		}
		if (may_be && best->match.wanted)
			break;
		batch_clear(&t.batch);
	}
	*more = *more || (number < last && !t.fault.class);
	return trial_end(&t, fault);
}

/* What one delimiter makes of the first rows, or of those from the declared header on, where no columns say what a
 * header is. */
static void try_likely(const struct source *s, char delimiter, struct place *best, bool *more, struct err *fault)
{
	uint64_t only = s->options->header_row, first = only ? only : 1, number = 0;
	struct trial t = trial_begin(s, delimiter);
	struct batch *b = &t.batch;
	while (number + 1 < first + SOURCE_HEADER_ROWS && next_row(&t)) {
		number = b->row[b->rows - 1].number;
		if (number < first)
			batch_clear(b);
		else if (number >= first + SOURCE_HEADER_ROWS || (only && b->row[0].number != only))
			b->cell_count = b->row[--b->rows].first;
	}
	*more = *more || (number + 1 < first + SOURCE_HEADER_ROWS && !t.fault.class);
	if (b->rows && !t.fault.class) {
		size_t row = only ? 0 : source_likely_header(b, b->rows);
		struct place here = { delimiter, b->row[row].number, { source_is_even(b, row), 0, b->row[row].width } };
		if (best->match.width == 0 || here.match.wanted > best->match.wanted || (here.match.wanted && here.match.width > best->match.width))
			*best = here;
	}
	trial_end(&t, fault);
}

/* Adds text to the head until it has `size` bytes. */
static void read_text(struct csv_source *c, size_t size)
{
	struct str piece;
	while (!c->head_ended && c->head.n < size) {
		c->head_ended = source_text_next(c->text, &piece, &c->fault) != 0 || piece.n == 0;
		buf_add(&c->head, piece);
	}
}

static const char delimiters[] = { ',', ';', '\t', '|' };

/* The header's place, or the one that comes nearest. *fault is the first delimiter's where none reads to the end. */
static struct place find_header(struct source *s, struct err *fault)
{
	struct csv_source *c = s->state;
	const char *tried = s->options->delimiter ? &s->options->delimiter : delimiters;
	size_t count = s->options->delimiter ? 1 : sizeof delimiters;
	struct place best = { 0 };
	bool more = true;
	for (size_t size = HEAD_FIRST; more && !best.match.wanted; size *= 2) {
		bool readable = false;
		read_text(c, size);
		best = (struct place){ 0 };
		more = false;
		for (size_t i = 0; i < count && !best.match.wanted; i++)
			readable = try_delimiter(s, tried[i], &best, &more, fault) == 0 || readable;
		if (readable)
			err_clear(fault);
		more = more && !c->head_ended && size < SOURCE_HEAD_MAX;
	}
	return best;
}

/* The same without columns: the delimiter is a comma, unless another one parts the rows evenly and into more cells. A
 * fault that the comma leads to is a fault of the text, unless another one is as good as that. */
static struct place find_likely(struct source *s, struct err *fault)
{
	struct csv_source *c = s->state;
	const char *tried = s->options->delimiter ? &s->options->delimiter : delimiters;
	size_t count = s->options->delimiter ? 1 : sizeof delimiters;
	struct place best = { 0 };
	bool more = true;
	for (size_t size = HEAD_FIRST; more; size *= 2) {
		read_text(c, size);
		best = (struct place){ 0 };
		more = false;
		err_clear(fault);
		for (size_t i = 0; i < count; i++) {
			struct err others = { 0 };
			try_likely(s, tried[i], &best, &more, i ? &others : fault);
		}
		more = more && !c->head_ended && size < SOURCE_HEAD_MAX;
	}
	if (best.match.wanted)
		err_clear(fault);
	if (best.match.width == 0 && s->options->raw && !c->head_ended && !fault->class) /* a very long row */
		best = (struct place){ .delimiter = tried[0], .match.width = 1 };
	return best;
}

static uint64_t lines_of(struct str s)
{
	uint64_t lines = 1;
	for (size_t i = 0; i < s.n; i++)
		lines += s.p[i] == '\n' || (s.p[i] == '\r' && (i + 1 == s.n || s.p[i + 1] != '\n'));
	return lines;
}

/* Why no header can be told, not even a near one. */
static int refuse(const struct source *s, const struct err *fault, struct err *e)
{
	const struct csv_source *c = s->state;
	*e = c->fault.class ? c->fault : *fault;
	if (c->fault.class)
		err_at_line(e, lines_of(buf_str(&c->head)), 0);
	if (!c->head_ended)
		return err_set(e, ERR_INPUT, "source.no_header",
			"the header must stand in the first %u MiB of the input, and it does not", SOURCE_HEAD_MAX >> 20);
	if (s->options->header_row)
		return err_set(e, ERR_INPUT, "source.no_header", "row %llu (\"header_row\") is blank or behind the end of the "
			"input", (unsigned long long)s->options->header_row);
	return err_set(e, ERR_INPUT, "source.no_header", "there is no row in the input, expected a header and rows");
}

/* Begins to read for good: what is above the header and the header itself go to the preamble. */
static int read_to(struct source *s, const struct place *header, struct err *e)
{
	struct csv_source *c = s->state;
	struct batch *b = &s->preamble;
	c->reader = csv_reader_open(header->delimiter, quote_of(s));
	c->pending = buf_str(&c->head);
	do {
		if (csv_reader_feed_rows(c->reader, &c->pending, b->rows + 1, b, e))
			return -1;
		if (c->pending.n == 0 && (b->rows == 0 || b->row[b->rows - 1].number < header->row)) {
			c->ended = true;
			return csv_reader_end(c->reader, b, e);
		}
	} while (b->row[b->rows - 1].number < header->row);
	return 0;
}

static int csv_recognise(struct str head, const char *name)
{
	return 1; /* any text may be a table */
}

static int csv_open(struct source *s, struct err *e)
{
	struct csv_source *c = ARENA_NEW(&s->arena, struct csv_source);
	struct err fault = { 0 };
	struct place header = { .delimiter = s->options->delimiter };
	bool likely = s->options->raw || s->options->column_count == 0;
	s->state = c;
	c->text = source_text_open(s, e);
	if (!c->text)
		return -1;
	if (!(s->options->raw && header.delimiter)) {
		header = likely ? find_likely(s, &fault) : find_header(s, &fault);
		if ((likely || !header.match.wanted) && (c->fault.class || fault.class || header.match.width == 0))
			return refuse(s, &fault, e);
	}
	s->delimiter = header.delimiter;
	s->quote = quote_of(s);
	if (s->options->raw) {
		c->reader = csv_reader_open(s->delimiter, s->quote);
		c->pending = buf_str(&c->head);
		return 0;
	}
	if (read_to(s, &header, e))
		return -1;
	struct batch *b = &s->preamble;
	if (source_bind(s, b, b->rows - 1, header.match.wanted || s->options->column_count == 0, e))
		return -1;
	b->cell_count = b->row[--b->rows].first;
	return 0;
}

/* The next text to parse, or the last row where there is none. */
static int refill(struct csv_source *c, struct batch *b, struct err *e)
{
	buf_release(&c->head);
	if (source_text_next(c->text, &c->pending, e)) {
		err_at_line(e, csv_reader_line(c->reader), 0);
		return -1;
	}
	c->ended = c->pending.n == 0;
	return c->ended ? csv_reader_end(c->reader, b, e) : 0;
}

static int csv_fill(struct source *s, struct batch *b, struct err *e)
{
	struct csv_source *c = s->state;
	size_t rows = s->options->batch_rows ? s->options->batch_rows : BATCH_ROWS, bytes = 0;
	while (!c->ended && (b->rows == 0 || (b->rows < rows && bytes < BATCH_BYTES))) {
		if (c->pending.n == 0) {
			if (refill(c, b, e))
				return -1;
			continue;
		}
		size_t before = c->pending.n;
		if (csv_reader_feed_rows(c->reader, &c->pending, rows, b, e))
			return -1;
		bytes += before - c->pending.n;
	}
	return 0;
}

static void csv_close(struct source *s)
{
	struct csv_source *c = s->state;
	if (!c)
		return;
	source_text_close(c->text);
	if (c->reader)
		csv_reader_close(c->reader);
	buf_release(&c->head);
}

const struct source_kind source_csv = {
	.name = "csv", .recognise = csv_recognise, .open = csv_open, .fill = csv_fill, .close = csv_close,
};
