#include "sheet_write_lib.h"

#include <stdio.h>
#include <stdlib.h>

#define WIDTH_MAX 255             /* of a column */
#define DATE_FORMAT "yyyy-mm-dd"
#define MOMENT_FORMAT "yyyy-mm-dd hh:mm:ss"

static int placed(const struct sheet *s, uint32_t row, struct err *e)
{
	err_at_file(e, s->book->name);
	err_at_sheet(e, str_of(s->lib->name));
	err_at_row(e, (uint64_t)row + 1);
	return -1;
}

/* The result of a call of the library for a cell. */
static int done(const struct sheet *s, uint32_t row, lxw_error result, struct err *e)
{
	if (result == LXW_NO_ERROR)
		return 0;
	err_set(e, ERR_INTERNAL, "sheet_write.refused", "libxlsxwriter refuses what is to be written: %s",
		lxw_strerror(result));
	return placed(s, row, e);
}

static lxw_format *format_of(const struct sheet *s, int look)
{
	return s->book->looks[look].format;
}

/* The look with the format where it has none of its own. */
static int with_format(struct book *b, int look, const char *format)
{
	struct book_look wanted = b->looks[look].asked;
	if (!wanted.number_format)
		wanted.number_format = format;
	return book_look(b, &wanted);
}

static int with_link(struct book *b, int look, bool link)
{
	struct book_look wanted = b->looks[look].asked;
	wanted.link = link;
	return book_look(b, &wanted);
}

/* The library knows no cell that is an error: a formula stands for one, and becomes one when its row is complete. */
void sheet_end_row(struct sheet *s)
{
	FILE *rows = s->lib->file;
	char *xml = NULL;
	size_t n = 0;
	if (!s->row_has_errors)
		return;
	s->row_has_errors = false;
	FILE *memory = open_memstream(&xml, &n);
	if (!memory) {
		err_set(&s->book->scratch.failed, ERR_INTERNAL, "sheet_write.memory", "there is no memory for a row");
		return;
	}
	s->lib->file = memory;
	lxw_worksheet_write_single_row(s->lib);
	s->lib->file = rows;
	fclose(memory);
	sheet_mend_errors((struct str){ xml, n }, rows);
	free(xml);
}

/* Before each cell. */
static int begin_cell(struct sheet *s, uint32_t row, uint32_t col, struct err *e)
{
	if (row >= LXW_ROW_MAX || col >= LXW_COL_MAX) {
		err_set(e, ERR_INPUT, "sheet_write.beyond", "found more than a sheet holds: %d rows of %d columns", LXW_ROW_MAX,
			LXW_COL_MAX);
		return placed(s, row, e);
	}
	struct scratch *scratch = &s->book->scratch;
	if (scratch->failed.class || packing_failed(scratch->packing, &scratch->failed))
		return book_scratch_failed(s->book, e);
	if (row < s->row) {
		err_set(e, ERR_INTERNAL, "sheet_write.order", "a cell of row %u comes behind row %u", row + 1, s->row + 1);
		return placed(s, row, e);
	}
	if (row > s->row)
		sheet_end_row(s);
	s->row = row;
	return 0;
}

/* ---- cells ---- */

int sheet_put_text(struct sheet *s, uint32_t row, uint32_t col, struct str text, int look, struct err *e)
{
	if (begin_cell(s, row, col, e) != 0)
		return -1;
	if (!sheet_text_fits(text)) {
		err_set(e, ERR_INPUT, "sheet_write.too_long", "found a text of %zu bytes, expected at most %d characters",
			text.n, SHEET_TEXT_MAX);
		return placed(s, row, e);
	}
	const char *escaped = sheet_escaped(&s->book->text, text, false);
	return done(s, row, worksheet_write_string(s->lib, row, (lxw_col_t)col, escaped, format_of(s, look)), e);
}

int sheet_put_number(struct sheet *s, uint32_t row, uint32_t col, struct decimal number, int look, struct err *e)
{
	char text[DECIMAL_TEXT_MAX];
	double value;
	if (!sheet_number_fits(number, &value))
		return sheet_put_text(s, row, col, (struct str){ text, decimal_print(number, text) }, look, e);
	if (begin_cell(s, row, col, e) != 0)
		return -1;
	return done(s, row, worksheet_write_number(s->lib, row, (lxw_col_t)col, value, format_of(s, look)), e);
}

int sheet_put_boolean(struct sheet *s, uint32_t row, uint32_t col, bool truth, int look, struct err *e)
{
	if (begin_cell(s, row, col, e) != 0)
		return -1;
	return done(s, row, worksheet_write_boolean(s->lib, row, (lxw_col_t)col, truth, format_of(s, look)), e);
}

int sheet_put_moment(struct sheet *s, uint32_t row, uint32_t col, int64_t ms, bool has_time, int look, struct err *e)
{
	char text[SHEET_MOMENT_TEXT_MAX];
	double days;
	if (!sheet_moment_serial(ms, has_time, &days))
		return sheet_put_text(s, row, col, sheet_moment_text(ms, has_time, text), look, e);
	if (begin_cell(s, row, col, e) != 0)
		return -1;
	look = with_format(s->book, look, has_time ? MOMENT_FORMAT : DATE_FORMAT);
	return done(s, row, worksheet_write_number(s->lib, row, (lxw_col_t)col, days, format_of(s, look)), e);
}

int sheet_put_error(struct sheet *s, uint32_t row, uint32_t col, struct str error, int look, struct err *e)
{
	const char *text = sheet_error_text(error);
	if (begin_cell(s, row, col, e) != 0)
		return -1;
	s->row_has_errors = true;
	return done(s, row, worksheet_write_formula_str(s->lib, row, (lxw_col_t)col, text, format_of(s, look), text), e);
}

int sheet_put_link(struct sheet *s, uint32_t row, uint32_t col, struct str text, struct str address, int look,
	struct err *e)
{
	struct book *b = s->book;
	struct str shown = text.n ? text : address;
	bool leads = sheet_is_address(address) && sheet_text_fits(shown);
	bool real = leads && s->links < SHEET_LINKS_MAX && sheet_address_fits(address);
	const char *formula = leads && !real ? sheet_link_formula(&b->more, address, shown) : NULL;
	if (!real && !formula)
		return sheet_put_text(s, row, col, shown, with_link(b, look, false), e);
	if (begin_cell(s, row, col, e) != 0)
		return -1;
	lxw_format *format = format_of(s, with_link(b, look, true));
	const char *escaped = sheet_escaped(&b->text, shown, false);
	if (formula)
		return done(s, row, worksheet_write_formula_str(s->lib, row, (lxw_col_t)col, formula, format, escaped), e);
	s->links++;
	buf_clear(&b->more);
	buf_add(&b->more, address);
	const char *url = buf_text(&b->more);
	return done(s, row, worksheet_write_url_opt(s->lib, row, (lxw_col_t)col, url, format, escaped, NULL), e);
}

int sheet_put_comment(struct sheet *s, uint32_t row, uint32_t col, struct str text, struct err *e)
{
	lxw_comment_options box = { .x_scale = 2 };
	if (s->comments == SHEET_COMMENTS_MAX || text.n == 0)
		return 0;
	if (begin_cell(s, row, col, e) != 0)
		return -1;
	s->comments++;
	const char *escaped = sheet_escaped(&s->book->text, text, true);
	return done(s, row, worksheet_write_comment_opt(s->lib, row, (lxw_col_t)col, escaped, &box), e);
}

/* ---- what a sheet has beside its cells ---- */

int sheet_width(struct sheet *s, uint32_t col, double characters, struct err *e)
{
	double width = characters > WIDTH_MAX ? WIDTH_MAX : characters > 0 ? characters : 0;
	if (begin_cell(s, s->row, col, e) != 0)
		return -1;
	return done(s, s->row, worksheet_set_column(s->lib, (lxw_col_t)col, (lxw_col_t)col, width, NULL), e);
}

int sheet_freeze(struct sheet *s, uint32_t row, struct err *e)
{
	if (row >= LXW_ROW_MAX)
		return begin_cell(s, row, 0, e);
	worksheet_freeze_panes(s->lib, row, 0);
	return 0;
}

/* The library refuses rows that are written already, which a filter does not touch. */
int sheet_filter(struct sheet *s, uint32_t first_row, uint32_t last_row, uint32_t last_col, struct err *e)
{
	if (first_row > last_row || last_row >= LXW_ROW_MAX || last_col >= LXW_COL_MAX)
		return done(s, first_row, LXW_ERROR_WORKSHEET_INDEX_OUT_OF_RANGE, e);
	s->lib->optimize = LXW_FALSE;
	lxw_error result = worksheet_autofilter(s->lib, first_row, 0, last_row, (lxw_col_t)last_col);
	s->lib->optimize = LXW_TRUE;
	return done(s, first_row, result, e);
}

static lxw_chart *begin_chart(struct book *b, const struct chart *c)
{
	static const uint8_t kinds[] = {
		[CHART_BAR] = LXW_CHART_BAR, [CHART_COLUMN] = LXW_CHART_COLUMN, [CHART_LINE] = LXW_CHART_LINE,
		[CHART_PIE] = LXW_CHART_PIE,
	};
	lxw_chart *chart = workbook_add_chart(b->lib, kinds[c->kind]);
	struct str title = str_trim(c->title);
	buf_clear(&b->text);
	if (title.n && title.p[0] == '=') /* else a formula to the library */
		buf_addc(&b->text, ' ');
	for (size_t i = 0; i < title.n; i++)
		buf_addc(&b->text, (unsigned char)title.p[i] < ' ' ? ' ' : title.p[i]);
	if (chart && title.n)
		chart_title_set_name(chart, buf_text(&b->text));
	if (chart && c->kind == CHART_BAR) { /* the first row on top */
		chart_axis_set_reverse(chart->y_axis);
		chart_axis_set_crossing_max(chart->y_axis);
	}
	if (chart && c->kind != CHART_PIE && c->value_count == 1)
		chart_legend_set_position(chart, LXW_CHART_LEGEND_NONE);
	return chart;
}

/* Values that the library would keep beside the references are looked for in vain: the rows are gone. */
static void add_series(lxw_chart *chart, const char *sheet, const struct chart *c, uint32_t col)
{
	lxw_chart_series *series = chart_add_series(chart, NULL, NULL);
	lxw_col_t category = (lxw_col_t)c->category_col, value = (lxw_col_t)col;
	if (!series)
		return;
	chart_series_set_categories(series, sheet, c->first_row, category, c->last_row, category);
	chart_series_set_values(series, sheet, c->first_row, value, c->last_row, value);
	if (c->first_row)
		chart_series_set_name_range(series, sheet, c->first_row - 1, value);
	series->categories->has_string_cache = LXW_TRUE; /* makes them texts */
	series->categories->ignore_cache = series->values->ignore_cache = series->title.range->ignore_cache = LXW_TRUE;
}

int sheet_chart(struct sheet *s, const struct chart *c, struct err *e)
{
	struct book *b = s->book;
	lxw_chart_options size = { .x_scale = 1.5, .y_scale = 1.5 };
	if (c->first_row > c->last_row || c->last_row >= LXW_ROW_MAX || c->category_col >= LXW_COL_MAX ||
	    c->at_row >= LXW_ROW_MAX || c->at_col >= LXW_COL_MAX)
		return done(s, c->first_row, LXW_ERROR_WORKSHEET_INDEX_OUT_OF_RANGE, e);
	lxw_chart *chart = begin_chart(b, c);
	for (size_t i = 0; chart && i < c->value_count; i++) {
		if (c->value_cols[i] >= LXW_COL_MAX)
			return done(s, c->first_row, LXW_ERROR_WORKSHEET_INDEX_OUT_OF_RANGE, e);
		add_series(chart, sheet_quoted_name(&b->text, str_of(s->lib->name)), c, c->value_cols[i]);
	}
	return done(s, c->first_row, worksheet_insert_chart_opt(s->lib, c->at_row, (lxw_col_t)c->at_col, chart, &size), e);
}
