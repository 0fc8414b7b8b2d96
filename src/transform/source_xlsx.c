/* Workbooks: the rows of one sheet, read a batch ahead of the program by a thread. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/relay.h"
#include "qonduit/sheet_read.h"
#include "qonduit/source.h"
#include "qonduit/unicode.h"

#define BATCH_ROWS 512
#define CHUNK ((size_t)256 << 10)
#define AHEAD 3 /* batches */

/* A batch that the thread has filled, or failed to fill. */
struct ahead {
	struct batch batch;
	unsigned progress;
	struct err fault;
};

struct xlsx_source {
	int unnamed;                 /* a copy of an input that cannot seek, or -1 */
	struct sheet_reader *reader;
	struct batch head;           /* the rows up to the header and those read with them; its texts outlive the search */
	size_t given;                /* rows of it that lie behind us */
	bool only_head;              /* the sheet ended in it */
	size_t batch_rows;
	struct relay relay;
	struct ahead ahead[AHEAD];
	bool begun;                  /* with or without a thread */
	bool ended;
};

/* Where a header stands, or what comes nearest to one. */
struct place {
	size_t sheet, row;           /* `row` in the batch */
	struct source_match match;
};

/* ---- the archive ---- */

static bool is_zip(struct str head)
{
	return str_starts(head, STR("PK\3\4")) || str_starts(head, STR("PK\5\6"));
}

static bool is_ole(struct str head)
{
	return str_starts(head, STR("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"));
}

static int xlsx_recognise(struct str head, const char *name)
{
	struct str path = str_of(name);
	if (is_zip(head) || is_ole(head))
		return 2;
	return path.n > 5 && (str_eq_nocase(str_from(path, path.n - 5), STR(".xlsx")) ||
		str_eq_nocase(str_from(path, path.n - 5), STR(".xlsm")));
}

/* An archive is read from its end: what cannot seek goes into an unnamed file first. The sum is that of all its
 * bytes. */
static int take_all(struct source *s, struct xlsx_source *x, struct err *e)
{
	struct stat st;
	size_t got = 1;
	int result = 0;
	if (fstat(s->fd, &st) == 0 && !S_ISREG(st.st_mode) && (x->unnamed = io_unnamed_file(e)) < 0)
		return -1;
	char *room = mem_alloc(CHUNK);
	while (result == 0 && got) {
		result = source_read(s, room, CHUNK, &got, e);
		if (result == 0 && got && x->unnamed >= 0)
			result = io_write_all(x->unnamed, room, got, "the copy of the input", e);
	}
	free(room);
	return result;
}

static int open_workbook(struct source *s, struct xlsx_source *x, struct err *e)
{
	struct str head = { s->head, s->head_n };
	bool zip = is_zip(head), ole = is_ole(head);
	if (!zip && !ole)
		return err_set(e, ERR_INPUT, "source.format", "the input is not a workbook, though %s: it is text or something "
			"else (if it is CSV, declare \"format\": \"csv\" or name it so)",
			s->options->format && strcmp(s->options->format, "xlsx") == 0 ? "\"format\" says so" : "its name says so");
	if (take_all(s, x, e))
		return -1;
	int fd = x->unnamed >= 0 ? x->unnamed : s->fd;
	if (ole)
		return workbook_refuse_ole(fd, e);
	s->workbook = workbook_open(fd, &s->options->limits, e);
	return s->workbook ? 0 : -1;
}

/* ---- the sheet and the header ---- */

static bool wants_links(const struct source *s)
{
	for (size_t i = 0; i < s->options->column_count; i++) {
		if (s->options->columns[i].type == COLUMN_URL)
			return true;
	}
	return s->options->column_count == 0;
}

static int open_sheet(struct source *s, size_t sheet, struct err *e)
{
	struct xlsx_source *x = s->state;
	sheet_reader_close(x->reader);
	batch_clear(&x->head);
	s->sheet = workbook_sheet(s->workbook, sheet)->name;
	x->reader = sheet_reader_open(s->workbook, sheet, wants_links(s), e);
	return x->reader ? 0 : -1;
}

/* Where no columns say what a header is: the likely one of `rows` rows. Raw rows have none: then it says that there are
 * rows. */
static void take_likely(const struct source *s, const struct batch *b, size_t rows, size_t sheet, struct place *best)
{
	if (s->options->column_count || rows == 0 || best->match.width)
		return;
	size_t row = s->options->header_row || s->options->raw ? rows - 1 : source_likely_header(b, rows);
	*best = (struct place){ sheet, row, { true, 0, b->row[row].width } };
}

/* Reads the rows in which the header may stand, in one sheet. */
static int search_sheet(struct source *s, size_t sheet, struct place *best, struct err *e)
{
	struct xlsx_source *x = s->state;
	const struct source_options *o = s->options;
	uint64_t only = o->header_row, last = only ? only : o->raw ? 0 : SOURCE_HEADER_ROWS;
	struct batch *b = &x->head;
	size_t row = 0;
	if (open_sheet(s, sheet, e))
		return -1;
	for (x->only_head = false;; row++) {
		if (row == b->rows && sheet_reader_fill(x->reader, b, b->rows + 1, e))
			return -1;
		x->only_head = row == b->rows;
		if (x->only_head || b->row[row].number > last)
			break;
		if (!o->column_count || (only && b->row[row].number != only))
			continue;
		if (source_match_row(s, b, row, &best->match)) {
			best->sheet = sheet;
			best->row = row;
		}
		if (best->match.wanted)
			break;
	}
	bool reached = !only || (row && b->row[row - 1].number == only);
	take_likely(s, b, o->raw ? b->rows != 0 : reached ? row : 0, sheet, best);
	return 0;
}

/* The sheet that the options name, or -1. */
static ptrdiff_t named_sheet(const struct source *s, struct err *e)
{
	const struct source_options *o = s->options;
	size_t count = workbook_sheet_count(s->workbook);
	struct arena a;
	if (count == 1 && str_eq(workbook_sheet(s->workbook, 0)->name, STR(SOURCE_REJECTS_SHEET)))
		return 0;
	for (size_t i = 0; i < count; i++) {
		if (str_eq(workbook_sheet(s->workbook, i)->name, o->sheet))
			return (ptrdiff_t)i;
	}
	arena_init(&a, 0);
	struct str *names = ARENA_ARRAY(&a, count, struct str), wanted = uni_fold(&a, o->sheet);
	ptrdiff_t found = -1;
	for (size_t i = 0; i < count; i++) {
		names[i] = workbook_sheet(s->workbook, i)->name;
		if (found < 0 && str_eq(uni_fold(&a, names[i]), wanted)) /* as spreadsheets tell sheets apart */
			found = (ptrdiff_t)i;
	}
	struct buf all = { .max = 600 };
	if (found < 0 && o->sheet_number && o->sheet_number <= count)
		found = (ptrdiff_t)o->sheet_number - 1;
	for (size_t i = 0; i < count; i++)
		buf_printf(&all, "%s\"%.*s\"", i ? ", " : "", STR_ARG(names[i]));
	if (found < 0 && o->sheet.n)
		err_set(e, ERR_INPUT, "source.sheet", "there is no sheet \"%.*s\"; the workbook has %s", STR_ARG(o->sheet),
			buf_text(&all));
	else if (found < 0)
		err_set(e, ERR_INPUT, "source.sheet", "there is no sheet %llu; the workbook has %zu: %s",
			(unsigned long long)o->sheet_number, count, buf_text(&all));
	buf_release(&all);
	arena_release(&a);
	return found;
}

static int search_named(struct source *s, struct place *best, struct err *e)
{
	ptrdiff_t sheet = named_sheet(s, e);
	if (sheet < 0)
		return -1;
	s->sheet = workbook_sheet(s->workbook, (size_t)sheet)->name;
	if (!workbook_sheet(s->workbook, (size_t)sheet)->has_cells)
		return err_set(e, ERR_INPUT, "source.sheet",
			"the sheet has no cells: it is a chart, a dialog or a macro sheet");
	return search_sheet(s, (size_t)sheet, best, e);
}

/* The first visible sheet with the header, else the one that comes nearest. */
static int search_visible(struct source *s, struct place *best, struct err *e)
{
	size_t count = workbook_sheet_count(s->workbook), last = count, looked = 0;
	for (size_t i = 0; i < count && !best->match.wanted; i++) {
		const struct workbook_sheet *sheet = workbook_sheet(s->workbook, i);
		if (sheet->state != SHEET_VISIBLE || !sheet->has_cells)
			continue;
		if (search_sheet(s, i, best, e))
			return -1;
		last = i;
		looked++;
		if (s->options->column_count == 0 && best->match.width)
			return 0;
	}
	if (!looked)
		return err_set(e, ERR_INPUT, "source.sheet", "all sheets with cells are hidden: name the one that is meant "
			"(\"sheet\")");
	if (best->match.width && best->sheet != last)
		return search_sheet(s, best->sheet, best, e);
	return 0;
}

static int refuse_blank(const struct source *s, struct err *e)
{
	if (s->options->header_row)
		return err_set(e, ERR_INPUT, "source.no_header",
			"row %llu (\"header_row\") is blank or behind the end of the sheet",
			(unsigned long long)s->options->header_row);
	return err_set(e, ERR_INPUT, "source.no_header", "there is no row in the %s, expected a header and rows",
		s->options->sheet.n || s->options->sheet_number ? "sheet" : "workbook's visible sheets");
}

/* The rows above the header are the preamble; they share the head's texts. */
static void keep_preamble(struct source *s, const struct batch *head, size_t rows)
{
	for (size_t i = 0; i < rows; i++) {
		batch_begin_row(&s->preamble, head->row[i].number, 0);
		for (size_t c = 0; c < head->row[i].width; c++)
			batch_add_cell(&s->preamble, batch_get(head, i, c));
	}
}

/* ---- rows ---- */

static void fill_ahead(void *arg, unsigned slot)
{
	struct xlsx_source *x = arg;
	struct ahead *a = &x->ahead[slot];
	batch_clear(&a->batch);
	if (!a->fault.class && sheet_reader_fill(x->reader, &a->batch, x->batch_rows, &a->fault) == 0)
		a->progress = sheet_reader_progress(x->reader);
}

/* The rows behind the header that were read with it. */
static void give_head(struct source *s, struct batch *b)
{
	struct xlsx_source *x = s->state;
	const struct batch *head = &x->head;
	for (; x->given < head->rows && b->rows < x->batch_rows; x->given++) {
		batch_begin_row(b, head->row[x->given].number, 0);
		for (size_t c = 0; c < head->row[x->given].width || c < s->width; c++)
			batch_add_cell(b, batch_get(head, x->given, c));
	}
}

static void start(struct xlsx_source *x)
{
	x->begun = true;
	for (unsigned i = 0; i < AHEAD; i++)
		batch_init(&x->ahead[i].batch);
	relay_start(&x->relay, AHEAD, fill_ahead, x);
	for (unsigned i = 0; i < AHEAD && x->relay.running; i++)
		relay_send(&x->relay);
}

/* The next batch, from the thread or, where there is none, filled here. */
static struct ahead *take_ahead(struct xlsx_source *x)
{
	if (!x->begun)
		start(x);
	if (x->relay.running)
		return &x->ahead[relay_claim(&x->relay)];
	fill_ahead(x, 0);
	return &x->ahead[0];
}

static int next_ahead(struct source *s, struct batch *b, struct err *e)
{
	struct xlsx_source *x = s->state;
	struct ahead *a = take_ahead(x);
	if (a->fault.class) {
		*e = a->fault;
		return -1;
	}
	struct batch cleared = *b;
	*b = a->batch;
	a->batch = cleared;
	s->behind = s->bytes / 1000 * a->progress;
	x->ended = b->rows == 0;
	if (x->relay.running)
		relay_send(&x->relay);
	return 0;
}

static int xlsx_fill(struct source *s, struct batch *b, struct err *e)
{
	struct xlsx_source *x = s->state;
	if (x->given < x->head.rows)
		give_head(s, b);
	if (b->rows || x->only_head || x->ended)
		return 0;
	return next_ahead(s, b, e);
}

/* ---- opening and closing ---- */

static int xlsx_open(struct source *s, struct err *e)
{
	struct xlsx_source *x = ARENA_NEW(&s->arena, struct xlsx_source);
	const struct source_options *o = s->options;
	struct place best = { 0 };
	s->state = x;
	x->unnamed = -1;
	x->batch_rows = o->batch_rows ? o->batch_rows : BATCH_ROWS;
	batch_init(&x->head);
	if (open_workbook(s, x, e))
		return -1;
	int result = o->sheet.n || o->sheet_number ? search_named(s, &best, e) : search_visible(s, &best, e);
	if (result == 0 && o->raw)
		return 0;
	if (result == 0 && best.match.width == 0)
		result = refuse_blank(s, e);
	if (result == 0) {
		keep_preamble(s, &x->head, best.row);
		x->given = best.row + 1;
		result = source_bind(s, &x->head, best.row, best.match.wanted || o->column_count == 0, e);
	}
	if (result == 0)
		sheet_reader_pad(x->reader, s->width);
	else
		err_at_sheet(e, s->sheet);
	return result;
}

static void xlsx_close(struct source *s)
{
	struct xlsx_source *x = s->state;
	if (!x)
		return;
	relay_join(&x->relay);
	for (unsigned i = 0; x->begun && i < AHEAD; i++)
		batch_release(&x->ahead[i].batch);
	sheet_reader_close(x->reader);
	workbook_free(s->workbook);
	batch_release(&x->head);
	if (x->unnamed >= 0)
		close(x->unnamed);
}

const struct source_kind source_xlsx = {
	.name = "xlsx", .recognise = xlsx_recognise, .open = xlsx_open, .fill = xlsx_fill, .close = xlsx_close,
};
