/* A row of `preview` for people: a table, or the way of each field. */
#include "preview.h"
#include "qonduit/unicode.h"

#define CHARACTER_BYTES 16 /* looked at, for each character that is shown */
#define LINES_AROUND 4
#define VALUE_CHARACTERS 200
#define EMPTY STR("(empty)")

/* Made visible and cut, in the arena. */
static struct str shown(struct preview *p, struct str text, size_t characters)
{
	struct str head = utf8_head(text, characters * CHARACTER_BYTES);
	struct buf visible = { 0 };

	buf_add_visible(&visible, head);
	struct str all = buf_str(&visible);
	if (head.n < text.n || uni_prefix(all, characters) < all.n) {
		visible.n = uni_prefix(all, characters - 1);
		buf_add(&visible, STR("…"));
	}
	struct str copy = arena_copy(&p->batch.arena, buf_str(&visible));
	buf_release(&visible);
	return copy;
}

static void add_line(struct preview *p, size_t indent, struct str text)
{
	for (size_t i = 0; i < indent; i++)
		buf_addc(&p->out, ' ');
	buf_add(&p->out, text);
	buf_addc(&p->out, '\n');
}

static void pad(struct preview *p, struct str text, size_t width)
{
	buf_add(&p->out, text);
	for (size_t n = uni_length(text); n < width; n++)
		buf_addc(&p->out, ' ');
}

static void add_head(struct preview *p)
{
	buf_add_visible(&p->out, p->origin);
	buf_add(&p->out, STR("  "));
	buf_add(&p->out, preview_verdict(p));
	if (p->verdict == ROW_FILTERED)
		buf_add(&p->out, STR(" by keep"));
	buf_addc(&p->out, '\n');
}

static void add_faults(struct preview *p)
{
	for (size_t i = 0; i < p->runner.fault_count; i++) {
		const struct row_fault *f = &p->runner.faults[i];
		buf_add(&p->out, STR("  rejected: "));
		buf_add_visible(&p->out, f->column);
		if (f->value.n) {
			buf_add(&p->out, STR(" \""));
			buf_add(&p->out, shown(p, f->value, VALUE_CHARACTERS));
			buf_addc(&p->out, '"');
		}
		buf_add(&p->out, f->column.n || f->value.n ? STR(": ") : STR(""));
		buf_add_visible(&p->out, f->reason);
		buf_addc(&p->out, '\n');
	}
}

static struct str cell_text(struct cell cell)
{
	return cell.kind == CELL_EMPTY || cell.kind == CELL_ASTRAY ? EMPTY : cell_str(cell);
}

/* As it will be written: JSON, or for the cells of other files their text. */
static struct str written_text(struct preview *p, const struct program_output *o, size_t field, const struct value *v)
{
	const struct contract *c = o->shape.contract;
	struct buf text = { 0 };

	if (c && (c->style == FILE_TABLE || c->style == FILE_WORKBOOK || c->style == FILE_XML))
		return record_value_text(&o->shape.fields[field], v, &p->batch.arena);
	record_print_value(&o->shape.fields[field], v, &p->batch.arena, &text);
	struct str copy = arena_copy(&p->batch.arena, buf_str(&text));
	buf_release(&text);
	return copy;
}

/* ---- the table ---- */

static struct str pair(struct preview *p, struct str name, struct str text, size_t characters)
{
	struct str line = arena_printf(&p->batch.arena, "%.*s = %.*s", STR_ARG(shown(p, name, characters * 2 / 3)),
		STR_ARG(shown(p, text, characters)));
	return shown(p, line, characters);
}

static size_t source_lines(struct preview *p, struct str *lines, size_t characters)
{
	size_t count = 0;

	for (size_t i = 0; i < p->program->column_count; i++)
		if (preview_has(p, i))
			lines[count++] = pair(p, p->source->binding.header[i], cell_text(preview_cell(p, i)), characters);
	return count;
}

/* Fields that are left out are not shown. */
static size_t output_lines(struct preview *p, struct str *lines, size_t characters)
{
	size_t count = 0;

	for (size_t i = 0; i < p->program->output_count && p->verdict == ROW_WRITTEN; i++) {
		const struct program_output *o = &p->program->outputs[i];
		lines[count++] = shown(p, o->target, characters);
		for (size_t f = 0; f < o->shape.count; f++) {
			const struct value *v = &p->runner.values[i][f];
			if (v->type != VALUE_EMPTY)
				lines[count++] = arena_concat(&p->batch.arena, STR("  "),
					pair(p, o->shape.fields[f].name, written_text(p, o, f, v), characters - 2));
		}
	}
	return count;
}

void preview_table(struct preview *p)
{
	size_t most = 0, half = p->width / 2 - LINES_AROUND;

	for (size_t i = 0; i < p->program->output_count; i++)
		most += p->program->outputs[i].shape.count + 1;
	struct str *left = ARENA_ARRAY(&p->batch.arena, p->program->column_count, struct str);
	struct str *right = ARENA_ARRAY(&p->batch.arena, most, struct str);
	size_t lefts = source_lines(p, left, p->verdict == ROW_WRITTEN ? half : p->width - LINES_AROUND);
	size_t rights = output_lines(p, right, half);
	add_head(p);
	for (size_t i = 0; i < lefts || i < rights; i++) {
		struct str line = i < lefts ? left[i] : (struct str){ 0 };
		buf_add(&p->out, STR("  "));
		if (i < rights) {
			pad(p, line, half);
			buf_add(&p->out, STR(" | "));
			line = right[i];
		}
		add_line(p, 0, line);
	}
	add_faults(p);
	buf_addc(&p->out, '\n');
}

/* ---- the steps ---- */

/* The condition that does not hold. */
static void add_keep(struct preview *p)
{
	struct buf text = { 0 };

	json_print(p->program->mapping->keep->at, &text);
	buf_add(&p->out, STR("  keep: "));
	buf_add_visible(&p->out, buf_str(&text));
	buf_addc(&p->out, '\n');
	buf_release(&text);
}

static void add_value(struct preview *p, const struct value *v)
{
	struct buf text = { 0 };

	record_print_value(NULL, v, &p->batch.arena, &text);
	buf_add(&p->out, STR(" → "));
	buf_add(&p->out, shown(p, v->type == VALUE_EMPTY ? EMPTY : buf_str(&text), VALUE_CHARACTERS));
	buf_release(&text);
}

static void add_column(struct preview *p, size_t column)
{
	const struct column *c = &p->program->columns[column];
	const struct binding *b = &p->source->binding;
	const struct row_fault *fault = preview_fault(p, column);

	buf_add(&p->out, STR("  "));
	buf_add_visible(&p->out, c->name);
	buf_add(&p->out, STR(": "));
	if (c->header_of >= 0) {
		buf_add(&p->out, STR("header of "));
		buf_add_visible(&p->out, p->program->columns[c->header_of].name);
		buf_add(&p->out, STR(" → "));
		buf_add(&p->out, shown(p, b->star[c->header_of], VALUE_CHARACTERS));
	} else if (b->at[column] >= 0) {
		buf_add_visible(&p->out, b->header[column]);
		buf_add(&p->out, STR(" → "));
		buf_add(&p->out, shown(p, cell_text(preview_cell(p, column)), VALUE_CHARACTERS));
	} else {
		buf_add(&p->out, STR("not in this input"));
	}
	if (fault) {
		buf_add(&p->out, STR(" → rejected: "));
		buf_add_visible(&p->out, fault->reason);
	} else {
		add_value(p, &p->runner.columns[column]);
	}
	buf_addc(&p->out, '\n');
}

static void add_step(struct preview *p, const struct trace_step *s)
{
	buf_add(&p->out, STR("    "));
	if (s->member.n) {
		buf_add_visible(&p->out, s->member);
		buf_add(&p->out, STR(": "));
	}
	buf_add(&p->out, shown(p, s->what, VALUE_CHARACTERS));
	if (s->kind == TRACE_VALUE) {
		add_value(p, &s->value);
	} else if (s->kind == TRACE_SKIPPED) {
		buf_add(&p->out, STR(" (passed over: there is no value)"));
	} else if (s->kind == TRACE_REFUSED) {
		buf_add(&p->out, STR(" → rejected: "));
		buf_add_visible(&p->out, s->why);
	}
	buf_addc(&p->out, '\n');
}

static void add_field(struct preview *p, size_t output, size_t field)
{
	const struct program_output *o = &p->program->outputs[output];
	const struct trace *t = &p->traces[output][field];
	const struct value *v = &p->runner.values[output][field];

	buf_add(&p->out, STR("  "));
	buf_add_visible(&p->out, o->shape.fields[field].name);
	if (p->verdict == ROW_WRITTEN && v->type == VALUE_EMPTY) {
		buf_add(&p->out, STR(" is left out"));
	} else if (p->verdict == ROW_WRITTEN) {
		buf_add(&p->out, STR(" = "));
		buf_add(&p->out, shown(p, written_text(p, o, field, v), VALUE_CHARACTERS));
	}
	buf_addc(&p->out, '\n');
	for (const struct trace_step *s = t->first; s; s = s->next)
		add_step(p, s);
	if (!t->refused && o->shape.fields[field].contract)
		add_line(p, 4, STR("contract: fine"));
}

void preview_steps(struct preview *p)
{
	bool read = p->batch.row[p->row].width == p->runner.width || p->program->mapping->source.pad_ragged;

	add_head(p);
	add_faults(p);
	if (p->verdict == ROW_FILTERED)
		add_keep(p);
	if (read)
		add_line(p, 0, STR("\ncolumns"));
	for (size_t i = 0; read && i < p->program->mapping->declared_count; i++)
		add_column(p, i);
	for (size_t i = 0; i < p->program->output_count && p->traces[i]; i++) {
		buf_addc(&p->out, '\n');
		add_line(p, 0, shown(p, p->program->outputs[i].target, VALUE_CHARACTERS));
		for (size_t f = 0; f < p->program->outputs[i].shape.count; f++)
			add_field(p, i, f);
	}
}
