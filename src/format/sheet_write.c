/* A book is a workbook of libxlsxwriter in constant-memory mode: a cell waits in the row under way, a row goes to a
 * temporary file (sheet_write_rows.c) when the next one begins, and book_close packs the files. What the library
 * does not do, or does wrong in 1.1.4, is done here around it, each time with the reason. */
#include "sheet_write_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "qonduit/io.h"
#include "qonduit/unicode.h"

#define CREATED 315532800         /* 1980-01-01, as all else in the file; 0 would be now */
#define WIDTH_MAX 255             /* of a column */
#define LINK_COLOR 0x0563c1
#define DATE_FORMAT "yyyy-mm-dd"
#define MOMENT_FORMAT "yyyy-mm-dd hh:mm:ss"

struct sheet {
	struct book *book;
	struct sheet *next;
	lxw_worksheet *lib;
	uint32_t row;        /* under way */
	bool row_has_errors;
	size_t links, comments;
};

struct look {
	struct book_look asked; /* its number_format is a copy */
	lxw_format *format;     /* null: the plain one */
};

struct book {
	lxw_workbook *lib;
	char *name;          /* as it is named in errors */
	int fd;              /* the file, to be read again at the end */
	int without_rows;    /* what the library makes of it */
	struct sheet *sheets;
	struct look *looks;
	size_t look_count, look_cap;
	struct buf text, more; /* what is given to the library, and copied by it */
	struct scratch scratch;
};

/* ---- failures ---- */

static int placed(const struct sheet *s, uint32_t row, struct err *e)
{
	err_at_file(e, s->book->name);
	err_at_sheet(e, str_of(s->lib->name));
	err_at_row(e, (uint64_t)row + 1);
	return -1;
}

static int scratch_failed(const struct book *b, struct err *e)
{
	if (e->class == ERR_NONE)
		*e = b->scratch.failed;
	err_at_file(e, b->name);
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

/* ---- looks ---- */

/* libxlsxwriter would cut a longer one, within a character if need be. */
static bool format_fits(const char *format)
{
	for (const char *p = format; *p; p++) {
		if ((unsigned char)*p < ' ')
			return false;
	}
	return strlen(format) <= SHEET_FORMAT_MAX;
}

static bool same_look(const struct book_look *a, const struct book_look *b)
{
	return a->bold == b->bold && a->link == b->link && a->fill == b->fill && !a->number_format == !b->number_format &&
		(!a->number_format || strcmp(a->number_format, b->number_format) == 0);
}

static lxw_format *make_format(struct book *b, const struct book_look *look)
{
	lxw_format *f = workbook_add_format(b->lib);
	if (look->number_format)
		format_set_num_format(f, look->number_format);
	if (look->bold)
		format_set_bold(f);
	if (look->link) {
		format_set_font_color(f, LINK_COLOR);
		format_set_underline(f, LXW_UNDERLINE_SINGLE);
	}
	if (look->fill)
		format_set_bg_color(f, look->fill);
	return f;
}

int book_look(struct book *b, const struct book_look *look)
{
	struct book_look wanted = *look;
	if (wanted.number_format && !format_fits(wanted.number_format))
		wanted.number_format = NULL;
	for (size_t i = 0; i < b->look_count; i++) {
		if (same_look(&b->looks[i].asked, &wanted))
			return (int)i;
	}
	struct look made = { .asked = wanted, .format = b->look_count ? make_format(b, &wanted) : NULL };
	if (wanted.number_format)
		made.asked.number_format = mem_copy(wanted.number_format);
	b->looks = mem_grow(b->looks, &b->look_cap, b->look_count + 1, sizeof *b->looks);
	b->looks[b->look_count] = made;
	return (int)b->look_count++;
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

/* ---- sheets ---- */

/* Excel compares names without regard to case, in all scripts; the library in ASCII. */
static bool name_is_taken(const struct book *b, struct str name)
{
	struct arena a;
	bool taken = false;
	arena_init(&a, 1024);
	struct str folded = uni_fold(&a, name);
	for (const struct sheet *s = b->sheets; s && !taken; s = s->next)
		taken = str_eq(folded, uni_fold(&a, str_of(s->lib->name)));
	arena_release(&a);
	return taken;
}

static lxw_worksheet *add_worksheet(struct book *b, struct str name)
{
	scratch_serve(&b->scratch);
	b->scratch.of_rows = true;
	lxw_worksheet *made = workbook_add_worksheet(b->lib, sheet_escaped(&b->text, name, false));
	b->scratch.of_rows = false;
	scratch_rest(&b->scratch);
	if (made) {
		free(made->quoted_name);
		made->quoted_name = mem_copy(sheet_quoted_name(&b->text, name));
	}
	return made;
}

struct sheet *book_sheet(struct book *b, struct str name, struct err *e)
{
	const char *why = sheet_name_fault(name);
	if (!why && name_is_taken(b, name))
		why = "another sheet has it";
	if (why) {
		err_set(e, ERR_MAPPING, "sheet_write.name", "\"%.*s\" cannot be the name of a sheet: %s", STR_ARG(name), why);
		err_at_file(e, b->name);
		return NULL;
	}
	lxw_worksheet *made = add_worksheet(b, name);
	if (!made || !b->scratch.used) {
		if (b->scratch.failed.class)
			scratch_failed(b, e);
		err_set(e, ERR_INTERNAL, "sheet_write.sheet", "libxlsxwriter cannot begin a sheet%s",
			b->scratch.used ? "" : ": its temporary files are not made here");
		err_at_file(e, b->name);
		return NULL;
	}
	struct sheet *s = mem_alloc(sizeof *s), **last = &b->sheets;
	*s = (struct sheet){ .book = b, .lib = made };
	while (*last)
		last = &(*last)->next;
	*last = s;
	return s;
}

/* The library knows no cell that is an error: a formula stands for one, and becomes one when its row is complete. */
static void write_row_with_errors(struct sheet *s)
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
		return scratch_failed(s->book, e);
	if (row < s->row) {
		err_set(e, ERR_INTERNAL, "sheet_write.order", "a cell of row %u comes behind row %u", row + 1, s->row + 1);
		return placed(s, row, e);
	}
	if (row > s->row)
		write_row_with_errors(s);
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

/* ---- the book ---- */

static void book_free(struct book *b)
{
	scratch_end(&b->scratch);
	packing_free(b->scratch.packing);
	close(b->fd);
	if (b->without_rows >= 0)
		close(b->without_rows);
	for (struct sheet *s = b->sheets, *next; s; s = next) {
		next = s->next;
		free(s);
	}
	for (size_t i = 0; i < b->look_count; i++)
		free((char *)b->looks[i].asked.number_format);
	free(b->looks);
	buf_release(&b->text);
	buf_release(&b->more);
	free(b->name);
	free(b);
}

struct book *book_open(int dirfd, const char *name, struct err *e)
{
	char path[32];
	lxw_workbook_options options = { .constant_memory = LXW_TRUE };
	lxw_doc_properties properties = { .created = CREATED };
	int fd = sheet_file_create(dirfd, name, e);
	if (fd < 0)
		return NULL;
	struct book *b = mem_alloc(sizeof *b);
	*b = (struct book){ .name = mem_copy(name), .fd = fd, .without_rows = io_unnamed_file(e) };
	b->scratch.packing = packing_new();
	snprintf(path, sizeof path, "/proc/self/fd/%d", b->without_rows);
	b->lib = b->without_rows < 0 ? NULL : workbook_new_opt(path, &options);
	if (b->lib && workbook_set_properties(b->lib, &properties) == LXW_NO_ERROR) {
		book_look(b, &(struct book_look){ 0 });
		return b;
	}
	err_set(e, ERR_INTERNAL, "sheet_write.open", "libxlsxwriter cannot begin a workbook");
	err_at_file(e, name);
	book_abandon(b);
	return NULL;
}

void book_abandon(struct book *b)
{
	lxw_workbook_free(b->lib);
	book_free(b);
}

static int pack(struct book *b, struct err *e)
{
	for (struct sheet *s = b->sheets; s; s = s->next)
		write_row_with_errors(s);
	scratch_serve(&b->scratch);
	errno = 0;
	lxw_error result = workbook_close(b->lib);
	int errnum = errno;
	scratch_rest(&b->scratch);
	scratch_end(&b->scratch);
	if (b->scratch.failed.class || packing_failed(b->scratch.packing, &b->scratch.failed))
		return scratch_failed(b, e);
	if (result == LXW_NO_ERROR && packing_write(b->scratch.packing, b->without_rows, b->fd, b->name, e) == 0)
		return 0;
	if (errnum)
		err_sys(e, ERR_INPUT, "io.write", errnum, "cannot be written");
	else
		err_set(e, ERR_INPUT, "io.write", "cannot be written: %s", lxw_strerror(result));
	err_at_file(e, b->name);
	return -1;
}

int book_close(struct book *b, char hex[DIGEST_HEX], uint64_t *bytes, struct err *e)
{
	int status = -1;
	if (b->scratch.failed.class) {
		scratch_failed(b, e);
		lxw_workbook_free(b->lib);
	} else if (pack(b, e) == 0) {
		status = sheet_file_sum(b->fd, b->name, hex, bytes, e);
	}
	book_free(b);
	return status;
}
