/* The sheets of a workbook as they are begun, filled and ended; report_parts.h says how they go together. */
#include "qonduit/report.h"

#include <stdlib.h>

#include "qonduit/unicode.h"
#include "report_parts.h"

#define WIDTH_LEAST 8
#define WIDTH_MOST 60
#define FILTER_BUTTON 3   /* characters that the button of a filter takes beside a title */
#define NUMBER_END 1000000000000000 /* the first with more digits than a number of a spreadsheet keeps */

/* ---- names ---- */

static bool name_is_taken(const struct report_writer *w, struct str folded)
{
	for (size_t i = 0; i < w->name_count; i++) {
		if (str_eq(w->names[i], folded))
			return true;
	}
	return false;
}

static void take_name(struct report_writer *w, struct str name)
{
	w->names = mem_grow(w->names, &w->name_cap, w->name_count + 1, sizeof *w->names);
	w->names[w->name_count++] = uni_fold(&w->arena, name);
}

/* The name with the tail behind it, shortened as far as it must be. */
static struct str with_tail(struct report_writer *w, struct str name, struct str tail)
{
	struct str whole = arena_concat(&w->arena, name, tail);
	for (size_t keep = uni_length(name); keep && sheet_name_fault(whole); keep--)
		whole = arena_concat(&w->arena, uni_trim(str_head(name, uni_prefix(name, keep - 1))), tail);
	return whole;
}

/* "Catalog (2)", or the next number that is free. */
static struct str next_name(struct report_writer *w, struct str name)
{
	for (unsigned n = 2;; n++) {
		struct str next = with_tail(w, name, arena_printf(&w->arena, " (%u)", n));
		if (!name_is_taken(w, uni_fold(&w->arena, next)))
			return next;
	}
}

/* ---- one sheet ---- */

static void grow_column(struct laying *c, const struct value *v)
{
	if (c->plan->width || c->widest >= WIDTH_MOST)
		return;
	uint32_t width = report_width(v, c, c->widest);
	if (width > c->widest)
		c->widest = width;
}

int report_put(struct making *m, size_t column, const struct value *v, int look, struct err *e)
{
	struct laying *c = &m->columns[column];
	uint32_t row = m->rows, col = (uint32_t)column;
	grow_column(c, v);
	switch (v->type) {
	case VALUE_EMPTY:
		break;
	case VALUE_TEXT:
	case VALUE_JSON:
		return c->plan->link ? sheet_put_link(m->sheet, row, col, v->text, v->text, look, e) :
			sheet_put_text(m->sheet, row, col, v->text, look, e);
	case VALUE_INTEGER:
	case VALUE_DECIMAL:
		return sheet_put_number(m->sheet, row, col, v->number, look, e);
	case VALUE_BOOLEAN:
		return sheet_put_boolean(m->sheet, row, col, v->truth, look, e);
	case VALUE_DATE:
	case VALUE_DATETIME:
		return sheet_put_moment(m->sheet, row, col, v->when.ms, v->type == VALUE_DATETIME, look, e);
	}
	return 0;
}

int report_begin_sheet(struct report_writer *w, struct making *m, struct str name, struct err *e)
{
	m->sheet = book_sheet(w->book, name, e);
	m->rows = 0;
	if (!m->sheet)
		return -1;
	for (size_t i = 0; i < m->plan->count; i++) {
		struct laying *c = &m->columns[i];
		uint32_t width = (uint32_t)uni_length(c->plan->title) + FILTER_BUTTON;
		c->widest = width > WIDTH_LEAST ? width : WIDTH_LEAST;
		if (sheet_put_text(m->sheet, 0, (uint32_t)i, c->plan->title, w->bold, e) != 0)
			return -1;
	}
	m->rows = 1;
	return sheet_freeze(m->sheet, 1, e);
}

int report_overflow(const struct making *m, size_t column, struct err *e)
{
	return err_set(e, ERR_INPUT, "report.overflow",
		"sheet \"%.*s\": the numbers of \"%.*s\" add up to more than the %d digits that can be told exactly",
		STR_ARG(m->plan->name), STR_ARG(m->plan->columns[column].title), DECIMAL_DIGITS);
}

/* An average as a number of a spreadsheet keeps it; any other number that it would not keep is written as a text. */
static void shorten(struct decimal *d)
{
	int places = d->scale;
	for (__int128 rest = d->mantissa; places > 0 && (rest >= NUMBER_END || rest <= -NUMBER_END); rest /= 10)
		places--;
	decimal_round(*d, places, ROUND_HALF_EVEN, d);
}

int report_result(const struct making *m, size_t column, const struct tally *t, enum measure_kind kind,
	struct value *out, struct err *e)
{
	if (!tally_result(t, kind, out))
		return report_overflow(m, column, e);
	if (kind == MEASURE_AVERAGE && out->type != VALUE_EMPTY)
		shorten(&out->number);
	return 0;
}

static int put_total(struct report_writer *w, struct making *m, size_t column, struct err *e)
{
	const struct report_column *c = &m->plan->columns[column];
	enum measure_kind kind = c->measure ? c->measure : c->total;
	int look = kind == MEASURE_COUNT && !c->measure ? w->bold : m->columns[column].total_look;
	struct value total;
	if (report_result(m, column, &m->totals[column], kind, &total, e) != 0)
		return -1;
	return report_put(m, column, &total, look, e);
}

static int put_totals(struct report_writer *w, struct making *m, struct err *e)
{
	const struct report_column *columns = m->plan->columns;
	if (!columns[0].total && sheet_put_text(m->sheet, m->rows, 0, STR("Total"), w->bold, e) != 0)
		return -1;
	for (size_t i = 0; i < m->plan->count; i++) {
		if (columns[i].total && put_total(w, m, i, e) != 0)
			return -1;
	}
	return 0;
}

int report_end_sheet(struct report_writer *w, struct making *m, bool totals, struct err *e)
{
	if (totals && m->plan->has_totals && put_totals(w, m, e) != 0)
		return -1;
	for (size_t i = 0; i < m->plan->count; i++) {
		const struct laying *c = &m->columns[i];
		uint32_t width = c->plan->width ? c->plan->width : c->widest < WIDTH_MOST ? c->widest : WIDTH_MOST;
		if (sheet_width(m->sheet, (uint32_t)i, width, e) != 0)
			return -1;
	}
	return sheet_filter(m->sheet, 0, m->rows - 1, (uint32_t)m->plan->count - 1, e);
}

/* ---- the workbook ---- */

static void lay_out(struct report_writer *w, struct making *m, const struct report_sheet *plan)
{
	*m = (struct making){ .plan = plan, .columns = ARENA_ARRAY(&w->arena, plan->count, struct laying),
		.totals = ARENA_ARRAY(&w->arena, plan->count, struct tally) };
	if (plan->grouped)
		m->groups = groups_new(plan->count - 1, w->report->groups_max);
	for (size_t i = 0; i < plan->count; i++) {
		const struct report_column *c = &plan->columns[i];
		struct book_look look = { .number_format = c->number_format, .link = c->link };
		m->columns[i].plan = c;
		m->columns[i].number = number_width_of(c->number_format);
		m->columns[i].look = book_look(w->book, &look);
		look.bold = true;
		look.link = false;
		m->columns[i].total_look = book_look(w->book, &look);
	}
}

struct report_writer *report_open(const struct report *report, int dirfd, const char *name, struct err *e)
{
	struct report_writer *w = mem_alloc(sizeof *w);
	*w = (struct report_writer){ .report = report };
	arena_init(&w->arena, 16 << 10);
	w->sheets = ARENA_ARRAY(&w->arena, report->sheet_count, struct making);
	w->book = book_open(dirfd, name, e);
	if (!w->book)
		return report_abandon(w), NULL;
	w->bold = book_look(w->book, &(struct book_look){ .bold = true });
	for (size_t i = 0; i < report->sheet_count; i++) {
		take_name(w, report->sheets[i].name);
		lay_out(w, &w->sheets[i], &report->sheets[i]);
		if (report_begin_sheet(w, &w->sheets[i], report->sheets[i].name, e) != 0)
			return report_abandon(w), NULL;
	}
	return w;
}

static int add_row(struct report_writer *w, struct making *m, const struct value *values, struct err *e)
{
	if (m->rows == w->report->rows_max - m->plan->has_totals) {
		struct str name = next_name(w, m->plan->name);
		take_name(w, name);
		if (report_end_sheet(w, m, false, e) != 0 || report_begin_sheet(w, m, name, e) != 0)
			return -1;
	}
	for (size_t i = 0; i < m->plan->count; i++) {
		enum measure_kind total = m->plan->columns[i].total;
		if (total && !tally_add(&m->totals[i], total, &values[i]))
			return report_overflow(m, i, e);
		if (report_put(m, i, &values[i], m->columns[i].look, e) != 0)
			return -1;
	}
	m->rows++;
	return 0;
}

int report_add(struct report_writer *w, const struct value *values, struct err *e)
{
	for (size_t i = 0; i < w->report->sheet_count; i++) {
		struct making *m = &w->sheets[i];
		if ((m->groups ? report_add_to_group : add_row)(w, m, values + m->plan->first, e) != 0)
			return -1;
	}
	return 0;
}

static int end_all(struct report_writer *w, struct err *e)
{
	for (size_t i = 0; i < w->report->sheet_count; i++) {
		struct making *m = &w->sheets[i];
		if ((m->groups ? report_write_groups(w, m, e) : report_end_sheet(w, m, true, e)) != 0)
			return -1;
	}
	return 0;
}

/* All but the workbook. */
static void release(struct report_writer *w)
{
	for (size_t i = 0; i < w->report->sheet_count; i++)
		groups_free(w->sheets[i].groups);
	arena_release(&w->arena);
	free(w->names);
	free(w);
}

int report_close(struct report_writer *w, char hex[DIGEST_HEX], uint64_t *bytes, struct err *e)
{
	if (end_all(w, e) != 0)
		return report_abandon(w), -1;
	struct book *book = w->book;
	release(w);
	return book_close(book, hex, bytes, e);
}

void report_abandon(struct report_writer *w)
{
	if (w->book)
		book_abandon(w->book);
	release(w);
}
