#include "qonduit/csv_read.h"

#include <csv.h>
#include <stdlib.h>

#include "qonduit/csv_scan.h"

#define SLICE ((size_t)64 << 10) /* bytes between two looks at the length of a field */
#define OPTIONS (CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL)

enum trouble { TROUBLE_NONE, TROUBLE_FIELD, TROUBLE_ROW, TROUBLE_COLUMNS };

struct csv_reader {
	struct csv_parser parser;
	struct csv_scan scan;    /* its row is the next one or the one under way, its line that of the next byte */
	struct batch *batch;     /* while libcsv runs */
	uint64_t row_line;       /* where the row under way began */
	uint64_t field_line;     /* where the field under way began */
	bool within;             /* a row is under way */
	bool cr_ended;           /* the last row or blank line was ended by a CR */
	char last;               /* byte */
	enum trouble trouble;    /* found by a callback, which cannot stop libcsv */
	struct buf text;         /* of the row's fields so far */
	size_t *ends;            /* of each field in `text` */
	size_t fields, cap;
};

static int no_space(unsigned char c)
{
	return 0;
}

static void take_field(void *p, size_t n, void *arg)
{
	struct csv_reader *r = arg;
	if (r->trouble)
		return;
	if (n > CSV_FIELD_MAX)
		r->trouble = TROUBLE_FIELD;
	else if (r->text.n + n > CSV_ROW_MAX)
		r->trouble = TROUBLE_ROW;
	else if (r->fields == CSV_COLUMNS_MAX)
		r->trouble = TROUBLE_COLUMNS;
	if (r->trouble)
		return;
	buf_add(&r->text, (struct str){ p, n });
	if (r->fields == r->cap)
		r->ends = mem_grow(r->ends, &r->cap, r->fields + 1, sizeof *r->ends);
	r->ends[r->fields++] = r->text.n;
	r->field_line = r->scan.line;
}

/* `end` is the byte that ended it, or -1 at the end of the file. */
static void take_row(int end, void *arg)
{
	struct csv_reader *r = arg;
	bool second_half = end == '\n' && r->cr_ended && r->fields == 0;
	if (r->trouble)
		return;
	if (r->fields) {
		const char *text = arena_copy(&r->batch->arena, buf_str(&r->text)).p;
		batch_begin_row(r->batch, r->scan.number, r->row_line);
		for (size_t i = 0, from = 0; i < r->fields; from = r->ends[i++])
			batch_add_cell(r->batch, cell_of((struct str){ text + from, r->ends[i] - from }, CELL_TEXT));
	}
	r->scan.number += !second_half;
	r->cr_ended = end == '\r';
	r->within = false;
	r->fields = 0;
	buf_clear(&r->text);
}

/* Through the first line end, CRLF taken as one, or all where there is none; at most SLICE bytes. */
static struct str next_line(struct str s)
{
	s = str_head(s, SLICE);
	const char *lf = memchr(s.p, '\n', s.n);
	struct str line = lf ? str_head(s, (size_t)(lf - s.p) + 1) : s;
	const char *cr = memchr(line.p, '\r', line.n);
	return cr && cr + 1 != lf ? str_head(line, (size_t)(cr - line.p) + 1) : line;
}

static int fail_at(struct err *e, uint64_t line)
{
	err_at_line(e, line, 0);
	return -1;
}

static int fail_trouble(const struct csv_reader *r, struct err *e)
{
	if (r->trouble == TROUBLE_COLUMNS)
		err_set(e, ERR_INPUT, "csv.too_many_columns", "the row has more than %u columns", CSV_COLUMNS_MAX);
	else if (r->trouble == TROUBLE_ROW)
		err_set(e, ERR_INPUT, "csv.row_too_long", "the row that begins here is longer than %u MiB", CSV_ROW_MAX >> 20);
	else
		err_set(e, ERR_INPUT, "csv.field_too_long",
			"the field that begins here is longer than %u MiB: is a closing quote missing?", CSV_FIELD_MAX >> 20);
	return fail_at(e, r->trouble == TROUBLE_FIELD ? r->field_line : r->row_line);
}

/* A field that is under way; it may hold the quote that ends it. */
static bool is_too_long(const struct csv_parser *p)
{
	return p->entry_pos > (size_t)CSV_FIELD_MAX + 1;
}

/* Lets libcsv have a part of the input in which at most the last byte ends a line, and that at most one. */
static int parse(struct csv_reader *r, struct str s, struct err *e)
{
	char last = s.p[s.n - 1];
	if (!r->within) {
		r->row_line = r->field_line = r->scan.line;
		r->within = true;
	}
	for (struct str rest = s; rest.n;) {
		size_t done = csv_parse(&r->parser, rest.p, rest.n, take_field, take_row, r);
		rest = str_from(rest, done);
		if (rest.n == 0 || r->trouble || is_too_long(&r->parser))
			break;
		if (r->parser.quoted) {
			err_set(e, ERR_INPUT, "csv.text_after_quote", "found text after a closing quote, expected \"%c\" or the "
				"end of the row; a quote within quotes is written twice", (char)r->scan.delimiter);
			return fail_at(e, r->scan.line);
		}
		csv_set_opts(&r->parser, OPTIONS & ~CSV_STRICT); /* a quote inside an unquoted field */
		csv_parse(&r->parser, rest.p, 1, take_field, take_row, r);
		csv_set_opts(&r->parser, OPTIONS);
		rest = str_from(rest, 1);
	}
	if (!r->trouble && is_too_long(&r->parser))
		r->trouble = TROUBLE_FIELD;
	if (r->trouble)
		return fail_trouble(r, e);
	bool second_half = s.n == 1 && last == '\n' && r->last == '\r';
	r->scan.line += (last == '\n' || last == '\r') && !second_half;
	r->last = last;
	return 0;
}

/* The regular rows that the piece begins with; 0 bytes where libcsv has to go on: a row or a line end is under way, or
 * what comes is irregular. */
static size_t scan(struct csv_reader *r, struct str piece, size_t rows)
{
	if (r->within || (r->last == '\r' && piece.p[0] == '\n'))
		return 0;
	size_t done = csv_scan_rows(&r->scan, piece, rows, r->batch);
	if (done) {
		r->cr_ended = false;
		r->last = '\n';
	}
	return done;
}

struct csv_reader *csv_reader_open(char delimiter, char quote)
{
	return csv_reader_open_with(delimiter, quote, CSV_ENGINE_BEST);
}

struct csv_reader *csv_reader_open_with(char delimiter, char quote, enum csv_engine engine)
{
	struct csv_reader *r = mem_alloc(sizeof *r);
	*r = (struct csv_reader){ 0 };
	csv_scan_init(&r->scan, delimiter, quote, engine);
	csv_init(&r->parser, OPTIONS);
	csv_set_delim(&r->parser, (unsigned char)delimiter);
	csv_set_quote(&r->parser, (unsigned char)quote);
	csv_set_space_func(&r->parser, no_space);
	csv_set_realloc_func(&r->parser, mem_resize);
	csv_set_blk_size(&r->parser, SLICE);
	return r;
}

int csv_reader_feed(struct csv_reader *r, struct str piece, struct batch *b, struct err *e)
{
	return csv_reader_feed_rows(r, &piece, SIZE_MAX, b, e);
}

int csv_reader_feed_rows(struct csv_reader *r, struct str *piece, size_t rows, struct batch *b, struct err *e)
{
	r->batch = b;
	while (piece->n && b->rows < rows) {
		size_t done = scan(r, *piece, rows);
		if (done == 0) {
			struct str line = next_line(*piece);
			if (parse(r, line, e))
				return -1;
			done = line.n;
		}
		*piece = str_from(*piece, done);
	}
	return 0;
}

int csv_reader_end(struct csv_reader *r, struct batch *b, struct err *e)
{
	r->batch = b;
	if (csv_fini(&r->parser, take_field, take_row, r)) {
		err_set(e, ERR_INPUT, "csv.unclosed_quote", "the quote that opens here is never closed");
		return fail_at(e, r->field_line);
	}
	return r->trouble ? fail_trouble(r, e) : 0;
}

uint64_t csv_reader_line(const struct csv_reader *r)
{
	return r->scan.line;
}

void csv_reader_close(struct csv_reader *r)
{
	csv_free(&r->parser);
	buf_release(&r->text);
	free(r->ends);
	free(r);
}
