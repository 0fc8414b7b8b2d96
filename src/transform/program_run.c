/* One row through a program: columns → values → keep → outputs. */
#include <stdlib.h>

#include "running.h"

void runner_fault(struct runner *r, int at, struct str column, struct str value, struct str reason)
{
	if (r->fault_count < ROW_FAULTS_MAX)
		r->faults[r->fault_count++] = (struct row_fault){ column, value, reason, at };
}

static RARE bool refuse_cell(struct runner *r, size_t column, struct cell cell)
{
	struct str found = cell.kind == CELL_ASTRAY ? (struct str){ 0 } : cell_str(cell);

	r->columns[column] = value_empty();
	runner_fault(r, r->binding->at[column], r->program->columns[column].name, found,
		arena_copy(r->run.arena, buf_str(&r->run.why)));
	buf_clear(&r->run.why);
	return false;
}

static RARE bool refuse_empty(struct runner *r, size_t column, struct cell cell)
{
	runner_fault(r, r->binding->at[column], r->program->columns[column].name, cell_str(cell),
		STR("the cell is empty, and the column is required"));
	return false;
}

/* One column of a row; false where it is at fault. */
static bool read_cell(struct runner *r, const struct batch *b, size_t row, size_t column)
{
	const struct column *c = &r->program->columns[column];
	int at = r->binding->at[column];
	struct cell cell = at >= 0 ? batch_get(b, row, (size_t)at) : (struct cell){ 0 };

	if (!column_read_cell(c, cell, r->run.arena, &r->columns[column], &r->run.why))
		return refuse_cell(r, column, cell);
	return !c->required || r->columns[column].type != VALUE_EMPTY || refuse_empty(r, column, cell);
}

static bool read_star(struct runner *r, size_t column)
{
	const struct column *c = &r->program->columns[column];
	struct str shown = r->binding->star[c->header_of];

	r->columns[column] = r->stars[column];
	if (r->star_faults[column].n)
		runner_fault(r, -1, c->name, shown, r->star_faults[column]);
	else if (c->required && r->stars[column].type == VALUE_EMPTY)
		runner_fault(r, -1, c->name, shown, STR("the header has no text for it, and the column is required"));
	else
		return true;
	return false;
}

/* Reads what a usual cell, or none where none is needed, is worth; false for any other. */
static inline bool read_usual(const struct cell_reader *c, const struct cell *cells, size_t width)
{
	if ((unsigned)c->at >= width)
		return false;
	const struct cell *cell = &cells[c->at];
	if (cell->linked)
		return false;
	if (cell->kind == CELL_TEXT)
		return c->usual && c->usual(cell_str(*cell), c->to);
	*c->to = c->column->standard;
	return cell->kind == CELL_EMPTY && (!c->column->required || c->to->type != VALUE_EMPTY);
}

static RARE void read_other(struct runner *r, const struct batch *b, size_t row, const struct cell_reader *c)
{
	size_t column = (size_t)(c->to - r->columns);
	bool fine = c->column->header_of >= 0 ? read_star(r, column) : read_cell(r, b, row, column);

	r->bad[column] = !fine;
	r->any_bad = r->any_bad || !fine;
}

/* All columns, read or at fault. */
static void read_columns(struct runner *r, const struct batch *b, size_t row)
{
	const struct batch_row *at = &b->row[row];
	const struct cell *cells = b->cells + at->first;

	buf_clear(&r->run.why);
	if (r->any_bad)
		memset(r->bad, false, r->program->column_count * sizeof *r->bad);
	r->any_bad = false;
	for (const struct cell_reader *c = r->readers, *end = c + r->reader_count; c < end; c++) {
		if (!read_usual(c, cells, at->width))
			read_other(r, b, row, c);
	}
}

static bool keep_can_tell(const struct runner *r)
{
	for (size_t i = 0; r->fault_count && i < r->program->column_count; i++)
		if (r->bad[i] && r->program->keep_uses[i])
			return false;
	return true;
}

/* A row that is not as wide as the header. */
static void judge_width(struct runner *r, const struct batch *b, size_t row)
{
	size_t found = b->row[row].width, width = r->width;

	if (found == width || r->program->mapping->source.pad_ragged)
		return;
	runner_fault(r, -1, (struct str){ 0 }, (struct str){ 0 }, arena_printf(r->run.arena,
		"the row has %zu cells, the header %zu (\"ragged\": \"pad\" would take it)", found, width));
}

/* Sets the columns that no row changes, and says how the others are read. */
static void bind_readers(struct runner *r)
{
	const struct program *p = r->program;

	r->readers = ARENA_ARRAY(&r->bound, p->column_count, struct cell_reader);
	r->reader_count = 0;
	r->any_bad = false;
	for (size_t i = 0; i < p->column_count; i++) {
		const struct column *c = &p->columns[i];
		int at = c->header_of >= 0 ? -1 : r->binding->at[i];
		r->columns[i] = c->header_of >= 0 ? r->stars[i] : c->standard;
		r->bad[i] = false;
		if (at >= 0 || r->star_faults[i].n || (c->required && r->columns[i].type == VALUE_EMPTY))
			r->readers[r->reader_count++] = (struct cell_reader){ column_usual_of(c), c, &r->columns[i], at };
	}
}

void runner_bind(struct runner *r, const struct binding *binding, size_t width)
{
	const struct program *p = r->program;

	arena_clear(&r->bound);
	r->binding = binding;
	r->width = width;
	r->stars = ARENA_ARRAY(&r->bound, p->column_count, struct value);
	r->star_faults = ARENA_ARRAY(&r->bound, p->column_count, struct str);
	for (size_t i = 0; i < p->column_count; i++) {
		const struct column *c = &p->columns[i];
		buf_clear(&r->run.why);
		if (c->header_of >= 0 && !column_read(c, (struct cell){ 0 }, binding->star[c->header_of], &r->bound,
		    &r->stars[i], &r->run.why))
			r->star_faults[i] = arena_copy(&r->bound, buf_str(&r->run.why));
		else if (r->stars[i].type == VALUE_TEXT)
			value_traits(&r->stars[i]);
	}
	bind_readers(r);
	running_bind_outputs(r);
}

enum verdict program_row(struct runner *r, const struct batch *b, size_t row, struct arena *arena)
{
	const struct program *p = r->program;
	bool fine = true;

	r->run.arena = arena;
	r->run.columns = r->columns;
	r->fault_count = 0;
	judge_width(r, b, row);
	if (r->fault_count)
		return ROW_REJECTED;
	read_columns(r, b, row);
	if (p->keep && keep_can_tell(r)) {
		buf_clear(&r->run.why);
		bool kept = running_holds(p->keep, r, &fine);
		if (!fine)
			runner_fault(r, -1, STR("keep"), (struct str){ 0 }, arena_copy(arena, buf_str(&r->run.why)));
		else if (!kept)
			return ROW_FILTERED;
	}
	for (size_t i = 0; i < p->output_count && !r->fault_count; i++)
		running_output(r, i);
	return r->fault_count ? ROW_REJECTED : ROW_WRITTEN;
}

/* Parts are told apart by their lengths, whatever stands in them. */
static RARE struct str unique_key_of_parts(const struct runner *r, struct arena *arena)
{
	struct buf key = { 0 }, number = { 0 };
	bool any = false;

	for (size_t i = 0; i < r->program->unique_count; i++) {
		const struct value *v = &r->columns[r->program->unique[i]];
		struct str part = { 0 };
		buf_clear(&number);
		if (v->type == VALUE_INTEGER || v->type == VALUE_DECIMAL) {
			decimal_add_to(decimal_trim(v->number), &number);
			part = buf_str(&number);
		} else if (v->type != VALUE_EMPTY) {
			part = value_print(arena, v);
		}
		any = any || part.n;
		buf_printf(&key, "%zu:", part.n);
		buf_add(&key, part);
	}
	struct str copy = any ? arena_copy(arena, buf_str(&key)) : (struct str){ 0 };
	buf_release(&key);
	buf_release(&number);
	return copy;
}

struct str program_unique_key(const struct runner *r, struct arena *arena)
{
	const struct value *first = &r->columns[r->program->unique[0]];

	return r->program->unique_count == 1 && first->type == VALUE_TEXT ? first->text : unique_key_of_parts(r, arena);
}

void runner_init(struct runner *r, const struct program *p)
{
	*r = (struct runner){ .program = p };
	arena_init(&r->bound, 4096);
	buf_init(&r->run.why, 4096);
	r->run.scratch = pattern_scratch_new();
	r->run.seen = fingerprints_new();
	r->columns = mem_alloc((p->column_count + 1) * sizeof *r->columns);
	r->bad = mem_alloc((p->column_count + 1) * sizeof *r->bad);
	r->values = mem_alloc((p->output_count + 1) * sizeof *r->values);
	r->warned = mem_alloc((p->output_count + 1) * sizeof *r->warned);
	r->sure = mem_alloc((p->output_count + 1) * sizeof *r->sure);
	for (size_t i = 0; i < p->output_count; i++) {
		size_t count = p->outputs[i].shape.count + 1;
		r->values[i] = mem_alloc(count * sizeof **r->values);
		r->warned[i] = mem_alloc(count * sizeof **r->warned);
	}
	runner_forget_warnings(r);
}

void runner_forget_warnings(struct runner *r)
{
	for (size_t i = 0; i < r->program->output_count; i++)
		memset(r->warned[i], false, r->program->outputs[i].shape.count * sizeof **r->warned);
	r->any_warned = false;
}

void runner_release(struct runner *r)
{
	for (size_t i = 0; r->program && i < r->program->output_count; i++) {
		free(r->values[i]);
		free(r->warned[i]);
	}
	free(r->values);
	free(r->warned);
	free(r->sure);
	free(r->columns);
	free(r->bad);
	arena_release(&r->bound);
	buf_release(&r->run.why);
	pattern_scratch_free(r->run.scratch);
	fingerprints_free(r->run.seen);
	*r = (struct runner){ 0 };
}
