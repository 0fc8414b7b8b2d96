#include "sheet_value.h"

#include <stdio.h>

#include "sheet_text.h"

static int refuse_at(struct sheet_value *v, struct err *e)
{
	err_at_row(e, v->row->number);
	return -1;
}

int sheet_value_refuse(struct sheet_value *v, struct str found, const char *expected, struct err *e)
{
	char letters[SHEET_LETTERS_MAX];
	err_set(e, ERR_INPUT, "sheet.value", "found \"%.*s\" in cell %s%u, expected %s",
		STR_ARG(str_head(found, SHEET_SHOWN)), sheet_letters(v->col, letters), v->row->number, expected);
	return refuse_at(v, e);
}

static int refuse_long(struct sheet_value *v, struct err *e)
{
	char letters[SHEET_LETTERS_MAX];
	err_set(e, ERR_INPUT, "sheet.cell_too_long", "cell %s%u is longer than %zu bytes (--max-cell)",
		sheet_letters(v->col, letters), v->row->number, v->max);
	return refuse_at(v, e);
}

static struct str raw_value(const struct sheet_value *v)
{
	return str_from(buf_str(&v->row->text), v->from);
}

/* The cell is a part of its raw value. */
static struct sheet_row_cell keep(struct sheet_value *v, struct str part, enum cell_kind kind)
{
	struct sheet_row_cell c = { .at = v->from, .n = (uint32_t)part.n, .kind = part.n ? (uint8_t)kind : CELL_EMPTY };
	if (part.n)
		c.at = (size_t)(part.p - v->row->text.p);
	v->row->text.n = c.at + c.n;
	return c;
}

/* The cell is another text than its raw value. */
static struct sheet_row_cell put(struct sheet_value *v, struct str text, enum cell_kind kind)
{
	v->row->text.n = v->from;
	buf_add(&v->row->text, text);
	return keep(v, raw_value(v), kind);
}

static int take_number(struct sheet_value *v, struct sheet_row_cell *c, struct err *e)
{
	char number[SHEET_NUMBER_MAX], moment[SHEET_MOMENT_MAX];
	struct str raw = str_trim(raw_value(v)), text;
	enum cell_kind kind;
	enum number_style style = workbook_style(v->workbook, v->style);

	if (raw.n == 0) {
		*c = keep(v, raw, CELL_EMPTY);
		return 0;
	}
	text = sheet_number(raw, number, &kind);
	if (text.n == 0)
		return sheet_value_refuse(v, raw, "a number", e);
	if (style == STYLE_LOST)
		return sheet_value_refuse(v, raw, "styles that say whether it is a date: their part is missing", e);
	if (style != STYLE_NUMBER) {
		struct str date = sheet_moment(raw, style, workbook_is_1904(v->workbook), moment);
		kind = date.n ? CELL_DATE : kind;
		text = date.n ? date : text;
	}
	*c = text.p == raw.p ? keep(v, text, kind) : put(v, text, kind);
	return 0;
}

static bool is_whole(struct str s)
{
	size_t at = s.n && (s.p[0] == '-' || s.p[0] == '+');
	if (at == s.n)
		return false;
	while (at < s.n && s.p[at] >= '0' && s.p[at] <= '9')
		at++;
	return at == s.n;
}

static int take_shared(struct sheet_value *v, struct sheet_row_cell *c, struct err *e)
{
	struct str raw = str_trim(raw_value(v)), text;
	uint64_t index;

	if (raw.n == 0) {
		*c = keep(v, raw, CELL_EMPTY);
	} else if (str_to_u64(raw, &index) && workbook_string(v->workbook, index, &text)) {
		if (text.n > v->max)
			return refuse_long(v, e);
		*c = keep(v, (struct str){ 0 }, CELL_EMPTY);
		c->shared = text.p;
		c->n = (uint32_t)text.n;
		c->kind = text.n ? CELL_TEXT : CELL_EMPTY;
	} else if (is_whole(raw)) {
		char missing[120];
		int n = snprintf(missing, sizeof missing, "shared string %.*s of %zu", STR_ARG(str_head(raw, SHEET_SHOWN)),
			workbook_string_count(v->workbook));
		*c = put(v, (struct str){ missing, (size_t)n }, CELL_ERROR);
	} else {
		return sheet_value_refuse(v, raw, "the number of a shared string", e);
	}
	return 0;
}

static int take_boolean(struct sheet_value *v, struct sheet_row_cell *c, struct err *e)
{
	struct str raw = str_trim(raw_value(v));
	bool is_true = str_eq(raw, STR("1")) || str_eq(raw, STR("true"));

	if (raw.n == 0)
		*c = keep(v, raw, CELL_EMPTY);
	else if (is_true || str_eq(raw, STR("0")) || str_eq(raw, STR("false")))
		*c = put(v, is_true ? STR("true") : STR("false"), CELL_BOOLEAN);
	else
		return sheet_value_refuse(v, raw, "0 or 1", e);
	return 0;
}

static int take_value(struct sheet_value *v, struct sheet_row_cell *c, struct err *e)
{
	switch (v->has_inline ? TYPE_INLINE : v->type) {
	case TYPE_NUMBER:
		return take_number(v, c, e);
	case TYPE_SHARED:
		return take_shared(v, c, e);
	case TYPE_BOOLEAN:
		return take_boolean(v, c, e);
	case TYPE_DATE:
	case TYPE_ERROR:
		*c = keep(v, str_trim(raw_value(v)), v->type == TYPE_DATE ? CELL_DATE : CELL_ERROR);
		return 0;
	default:
		if (!v->has_inline)
			sheet_text_unescape_from(&v->row->text, v->from);
		*c = keep(v, raw_value(v), CELL_TEXT);
		return 0;
	}
}

/* What a cell without a stored value is worth, by its formula; of any formula, `address` if it leads somewhere. */
static void take_formula(struct sheet_value *v, bool stored, struct sheet_row_cell *c)
{
	enum sheet_hyperlink found = sheet_hyperlink(buf_str(&v->formula), &v->address, &v->link_text);
	struct str unknown = v->is_shared_formula ? STR("a shared formula") : STR("a formula");

	if (c->kind == CELL_EMPTY && found == HYPERLINK_BOTH)
		*c = put(v, buf_str(&v->link_text), CELL_TEXT);
	else if (!stored)
		*c = put(v, v->formula.n ? buf_str(&v->formula) : unknown, CELL_FORMULA);
	if (found == HYPERLINK_NONE || (v->address.n && v->address.p[0] == '#')) /* a place in the workbook */
		buf_clear(&v->address);
}

/* Puts the address behind the text. Of cells that one hyperlink covers together, as merged ones are, only the first has
 * it where they are empty. */
static int take_link(struct sheet_value *v, struct sheet_row_cell *c, struct err *e)
{
	struct str address = buf_str(&v->address);
	bool first = true;

	if (address.n == 0 && v->links && sheet_links_find(v->links, v->col, v->row->number, &address, &first, e))
		return refuse_at(v, e);
	if (address.n == 0 || (c->kind == CELL_EMPTY && !first))
		return 0;
	if (c->kind == CELL_EMPTY)
		*c = put(v, address, CELL_TEXT);
	else if (c->shared)
		*c = put(v, (struct str){ c->shared, c->n }, c->kind);
	buf_add(&v->row->text, address);
	buf_addc(&v->row->text, '\0');
	c->linked = true;
	return 0;
}

/* An empty text is a value too. */
static bool is_stored(const struct sheet_value *v)
{
	return v->has_inline || (v->has_value && (v->type == TYPE_TEXT || str_trim(raw_value(v)).n));
}

int sheet_value_end(struct sheet_value *v, struct err *e)
{
	struct sheet_row_cell c = { 0 };
	bool stored = v->has_formula && is_stored(v);

	buf_clear(&v->address);
	if (take_value(v, &c, e))
		return -1;
	if (v->has_formula)
		take_formula(v, stored, &c);
	if (v->with_links && take_link(v, &c, e))
		return -1;
	sheet_row_put(v->row, v->col, c);
	if (v->from && v->row->text.n > SHEET_ROW_BYTES_MAX) {
		err_set(e, ERR_INPUT, "sheet.row_too_long", "the row is longer than %zu MiB", SHEET_ROW_BYTES_MAX >> 20);
		return refuse_at(v, e);
	}
	return 0;
}

static int add_text(struct sheet_value *v, struct buf *to, size_t from, struct str text, struct err *e)
{
	if (to->n - from + text.n > v->max)
		return refuse_long(v, e);
	buf_add(to, text);
	return 0;
}

int sheet_value_add(struct sheet_value *v, struct str text, struct err *e)
{
	return add_text(v, &v->row->text, v->from, text, e);
}

int sheet_value_add_formula(struct sheet_value *v, struct str text, struct err *e)
{
	return add_text(v, &v->formula, 0, text, e);
}

void sheet_value_begin(struct sheet_value *v, uint32_t col)
{
	v->col = col;
	v->type = TYPE_NUMBER;
	v->style = 0;
	v->from = v->row->text.n;
	v->has_value = v->has_inline = v->has_formula = false;
	buf_clear(&v->formula);
}

void sheet_value_again(struct sheet_value *v)
{
	v->row->text.n = v->from;
}

void sheet_value_begin_text(struct sheet_value *v)
{
	v->text_from = v->row->text.n;
}

void sheet_value_end_text(struct sheet_value *v)
{
	sheet_text_unescape_from(&v->row->text, v->text_from);
}

void sheet_value_release(struct sheet_value *v)
{
	buf_release(&v->formula);
	buf_release(&v->address);
	buf_release(&v->link_text);
}
