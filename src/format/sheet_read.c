#include "qonduit/sheet_read.h"

#include <stdlib.h>

#include "qonduit/xml_read.h"
#include "sheet_sight.h"

#define SLICE ((size_t)4 << 10) /* bytes of XML between two looks at how much a batch holds */
#define BATCH_BYTES ((size_t)256 << 10)
#define CELL_BYTES_MAX ((uint64_t)1 << 30)

/* The elements that count. Whatever else there is, and whatever stands in it, is left out. */
enum place { OUTSIDE, WORKSHEET, DATA, ROW, CELL, VALUE, FORMULA, INLINE, INLINE_TEXT, RUN, RUN_TEXT, ELSEWHERE };

static const enum place outer[] = {
	[WORKSHEET] = OUTSIDE, [DATA] = WORKSHEET, [ROW] = DATA, [CELL] = ROW, [VALUE] = CELL, [FORMULA] = CELL,
	[INLINE] = CELL, [INLINE_TEXT] = INLINE, [RUN] = INLINE, [RUN_TEXT] = RUN,
};

struct sheet_reader {
	struct workbook *workbook;
	const struct workbook_sheet *sheet;
	struct zip_part *part;
	struct xml_reader *xml;
	struct str piece;                /* of the part, what is left of it */
	bool ended;

	enum place place;
	unsigned elsewhere;              /* elements within each other that do not count */

	struct sheet_row row;
	bool placed;                     /* it is known which row the <row> under way is */
	uint32_t next_col;
	struct sheet_value cell;
	struct sheet_sight seen;
};

static int refuse_at(struct sheet_reader *r, struct err *e)
{
	err_at_row(e, r->row.number);
	return -1;
}

/* --- where rows and cells stand --- */

static int place_row(struct sheet_reader *r, uint32_t number, struct err *e)
{
	uint32_t before = r->row.number;
	if (number > SHEET_ROWS_MAX) {
		err_set(e, ERR_INPUT, "sheet.reference", "a row comes behind the last one that a sheet can have");
		return refuse_at(r, e);
	}
	if (sheet_row_begin(&r->row, number, e))
		return -1;
	if (number != before)
		r->next_col = 0;
	r->placed = true;
	return 0;
}

static int begin_row(struct sheet_reader *r, const char *const *attributes, struct err *e)
{
	const char *ref = xml_attribute(attributes, XML_NONE, "r");
	uint64_t number;

	r->placed = false;
	if (!ref) /* the one after the last, or where its first cell says */
		return 0;
	if (str_to_u64(str_of(ref), &number) && number >= 1 && number <= SHEET_ROWS_MAX)
		return place_row(r, (uint32_t)number, e);
	err_set(e, ERR_INPUT, "sheet.reference", "found a row of the number \"%.*s\", expected 1 to %u",
		STR_ARG(str_head(str_of(ref), SHEET_SHOWN)), SHEET_ROWS_MAX);
	return refuse_at(r, e);
}

static int end_row(struct sheet_reader *r, struct err *e)
{
	return r->placed ? 0 : place_row(r, r->row.number + 1, e);
}

static int place_cell(struct sheet_reader *r, const char *ref, uint32_t *to, struct err *e)
{
	uint32_t col = SHEET_COLUMNS_MAX, row = r->row.number + !r->placed;

	if (ref && !sheet_reference(ref, &col, &row)) {
		err_set(e, ERR_INPUT, "sheet.reference", "found a cell at \"%.*s\", expected A1 to XFD%u",
			STR_ARG(str_head(str_of(ref), SHEET_SHOWN)), SHEET_ROWS_MAX);
		return refuse_at(r, e);
	}
	if (!r->placed && place_row(r, row, e))
		return -1;
	*to = ref ? col : r->next_col;
	r->next_col = *to + 1;
	if (row == r->row.number && *to < SHEET_COLUMNS_MAX)
		return 0;
	if (row != r->row.number)
		err_set(e, ERR_INPUT, "sheet.reference", "found the cell %s in another row than its own", ref);
	else
		err_set(e, ERR_INPUT, "sheet.reference", "a cell comes behind the last column that a sheet can have, XFD");
	return refuse_at(r, e);
}

static bool read_type(const char *word, enum sheet_type *type)
{
	static const struct {
		const char *word;
		enum sheet_type type;
	} types[] = { { "s", TYPE_SHARED }, { "n", TYPE_NUMBER }, { "inlineStr", TYPE_INLINE }, { "str", TYPE_TEXT },
		{ "b", TYPE_BOOLEAN }, { "d", TYPE_DATE }, { "e", TYPE_ERROR } };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (strcmp(word, types[i].word) == 0) {
			*type = types[i].type;
			return true;
		}
	}
	return false;
}

static int begin_cell(struct sheet_reader *r, const char *const *attributes, struct err *e)
{
	const char *ref = NULL, *style = NULL, *type = NULL;
	uint32_t col;

	for (const char *const *a = attributes; *a; a += 2) {
		if (a[0][1])
			continue;
		if (a[0][0] == 'r')
			ref = a[1];
		else if (a[0][0] == 's')
			style = a[1];
		else if (a[0][0] == 't')
			type = a[1];
	}
	if (place_cell(r, ref, &col, e))
		return -1;
	sheet_value_begin(&r->cell, col);
	if (style && !str_to_u64(str_of(style), &r->cell.style))
		return sheet_value_refuse(&r->cell, str_of(style), "the number of a style", e);
	if (type && !read_type(type, &r->cell.type))
		return sheet_value_refuse(&r->cell, str_of(type), "a cell of the type b, d, e, inlineStr, n, s or str", e);
	return 0;
}

/* --- elements and text --- */

/* Where the element `local` of the main namespace leads from `at`. */
static enum place inside(enum place at, const char *local)
{
	switch (at) {
	case OUTSIDE:
		return strcmp(local, "worksheet") == 0 ? WORKSHEET : ELSEWHERE;
	case WORKSHEET:
		return strcmp(local, "sheetData") == 0 ? DATA : ELSEWHERE;
	case DATA:
		return strcmp(local, "row") == 0 ? ROW : ELSEWHERE;
	case ROW:
		return local[0] == 'c' && !local[1] ? CELL : ELSEWHERE;
	case CELL:
		if (local[0] && !local[1])
			return local[0] == 'v' ? VALUE : local[0] == 'f' ? FORMULA : ELSEWHERE;
		return strcmp(local, "is") == 0 ? INLINE : ELSEWHERE;
	case INLINE:
		if (local[0] && !local[1])
			return local[0] == 't' ? INLINE_TEXT : local[0] == 'r' ? RUN : ELSEWHERE;
		return ELSEWHERE;
	case RUN:
		return local[0] == 't' && !local[1] ? RUN_TEXT : ELSEWHERE;
	default:
		return ELSEWHERE;
	}
}

static int enter(struct sheet_reader *r, const char *const *attributes, struct err *e)
{
	switch (r->place) {
	case ROW:
		return begin_row(r, attributes, e);
	case CELL:
		return begin_cell(r, attributes, e);
	case VALUE:
		r->cell.has_value = true;
		sheet_value_again(&r->cell);
		return 0;
	case INLINE:
		r->cell.has_inline = true;
		sheet_value_again(&r->cell);
		return 0;
	case INLINE_TEXT:
	case RUN_TEXT:
		sheet_value_begin_text(&r->cell);
		return 0;
	case FORMULA: {
		const char *type = xml_attribute(attributes, XML_NONE, "t");
		r->cell.has_formula = true;
		r->cell.is_shared_formula = type && strcmp(type, "shared") == 0;
		return 0;
	}
	default:
		return 0;
	}
}

static int on_start(void *arg, struct xml_name name, const char *const *attributes, struct err *e)
{
	struct sheet_reader *r = arg;
	enum place to = r->elsewhere || name.space != XML_SHEET ? ELSEWHERE : inside(r->place, name.local);

	if (to == VALUE && r->cell.has_inline)
		to = ELSEWHERE;
	if (to != ELSEWHERE) {
		r->place = to;
		return enter(r, attributes, e);
	}
	if (r->place == OUTSIDE && !r->elsewhere)
		return err_set(e, ERR_INPUT, "sheet.no_worksheet", "found <%.*s> in the sheet's part, expected <worksheet> of "
			"a workbook", STR_ARG(str_head(str_of(name.local), SHEET_SHOWN)));
	r->elsewhere++;
	return 0;
}

static int on_end(void *arg, struct xml_name name, struct err *e)
{
	struct sheet_reader *r = arg;
	enum place left = r->place;

	if (r->elsewhere) {
		r->elsewhere--;
		return 0;
	}
	r->place = outer[left];
	if (left == INLINE_TEXT || left == RUN_TEXT)
		sheet_value_end_text(&r->cell);
	return left == CELL ? sheet_value_end(&r->cell, e) : left == ROW ? end_row(r, e) : 0;
}

static int on_text(void *arg, struct str text, struct err *e)
{
	struct sheet_reader *r = arg;
	enum place at = r->elsewhere ? ELSEWHERE : r->place;

	if (at == VALUE || at == INLINE_TEXT || at == RUN_TEXT)
		return sheet_value_add(&r->cell, text, e);
	if (at == FORMULA)
		return sheet_value_add_formula(&r->cell, text, e);
	return XML_UNUSED;
}

/* --- cells that are known by sight --- */

static int put_text(void *cell, struct str text, struct err *e)
{
	return sheet_value_add(cell, text, e);
}

static int put_cell(struct sheet_reader *r, struct err *e)
{
	const struct sheet_sight *seen = &r->seen;
	struct sheet_value *v = &r->cell;
	sheet_value_begin(v, r->next_col++);
	v->style = seen->style;
	v->type = seen->type;
	v->has_value = seen->holds == SIGHT_VALUE;
	v->has_inline = seen->holds == SIGHT_INLINE;
	if (v->has_inline)
		sheet_value_begin_text(v);
	if (seen->holds != SIGHT_EMPTY && xml_sight_tell(&seen->text, put_text, v, e))
		return -1;
	if (v->has_inline)
		sheet_value_end_text(v);
	return sheet_value_end(v, e);
}

/* Whether the cell stands in the row under way; where, is then next_col. */
static bool stands_here(struct sheet_reader *r)
{
	if (r->seen.row && r->seen.row != r->row.number)
		return false;
	if (r->seen.row)
		r->next_col = r->seen.col;
	return r->next_col < SHEET_COLUMNS_MAX;
}

static ptrdiff_t on_sight(void *arg, struct str ahead, unsigned *elements, struct err *e)
{
	struct sheet_reader *r = arg;
	const char *p = ahead.p, *next = p, *end = p + ahead.n;
	if (r->place != ROW || r->elsewhere || !r->placed)
		return 0;
	for (; sheet_sight_cell(&next, end, &r->seen) && stands_here(r); p = next) {
		*elements += r->seen.elements;
		if (put_cell(r, e))
			return -1;
	}
	return p - ahead.p;
}

/* --- the reader --- */

static int open_part(struct sheet_reader *r, bool links, struct err *e)
{
	static const struct xml_handler handler = { on_start, on_end, on_text, on_sight };
	size_t part = (size_t)r->sheet->part;

	if (!r->sheet->has_cells || r->sheet->part < 0)
		return err_set(e, ERR_INPUT, "sheet.no_cells", "the sheet has no cells: it is a chart, a dialog or a macro");
	if (links && sheet_links_open(r->workbook, part, &r->cell.links, e))
		return -1;
	r->part = zip_part_open(workbook_archive(r->workbook), part, e);
	r->xml = xml_reader_open(&handler, r);
	return r->part ? 0 : -1;
}

struct sheet_reader *sheet_reader_open(struct workbook *w, size_t sheet, bool links, struct err *e)
{
	struct sheet_reader *r = mem_alloc(sizeof *r);
	uint64_t cell_max = workbook_limits(w)->cell_bytes;

	*r = (struct sheet_reader){ .workbook = w, .sheet = workbook_sheet(w, sheet) };
	r->cell = (struct sheet_value){ .workbook = w, .row = &r->row, .with_links = links,
		.max = cell_max < CELL_BYTES_MAX ? cell_max : CELL_BYTES_MAX };
	sheet_row_init(&r->row);
	if (open_part(r, links, e)) {
		err_at_sheet(e, r->sheet->name);
		sheet_reader_close(r);
		return NULL;
	}
	return r;
}

static int read_slice(struct sheet_reader *r, struct err *e)
{
	if (r->piece.n == 0 && zip_part_next(r->part, &r->piece, e))
		return -1;
	struct str slice = str_head(r->piece, SLICE);
	r->piece = str_from(r->piece, slice.n);
	r->ended = slice.n == 0;
	if (xml_reader_feed(r->xml, slice, r->ended, e))
		return -1;
	return r->ended ? sheet_row_flush(&r->row, e) : 0;
}

int sheet_reader_fill(struct sheet_reader *r, struct batch *b, size_t rows, struct err *e)
{
	size_t before = b->rows;

	r->row.batch = b;
	r->row.given = 0;
	while (!r->ended && (b->rows == before || (b->rows < rows && r->row.given < BATCH_BYTES))) {
		if (read_slice(r, e)) {
			err_at_sheet(e, r->sheet->name);
			return -1;
		}
	}
	return 0;
}

void sheet_reader_pad(struct sheet_reader *r, size_t width)
{
	r->row.pad = width;
}

unsigned sheet_reader_progress(const struct sheet_reader *r)
{
	return zip_part_progress(r->part);
}

void sheet_reader_close(struct sheet_reader *r)
{
	if (!r)
		return;
	xml_reader_close(r->xml);
	zip_part_close(r->part);
	sheet_links_close(r->cell.links);
	sheet_value_release(&r->cell);
	sheet_row_release(&r->row);
	free(r);
}
