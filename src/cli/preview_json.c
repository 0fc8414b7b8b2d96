/* A row of `preview` as one line of JSON. */
#include "preview.h"
#include "qonduit/json_write.h"

/* As `cat` has it: texts as they stand, objects and lists of JSON as such. */
static void write_cell(struct json_out *w, struct cell cell)
{
	if (cell.kind == CELL_EMPTY || cell.kind == CELL_FORMULA || cell.kind == CELL_ASTRAY)
		json_raw(w, STR("null"));
	else if (cell.kind == CELL_JSON)
		json_raw(w, cell_str(cell));
	else
		json_string(w, cell_str(cell));
}

static void write_value(struct json_out *w, const struct record_field *f, const struct value *v, struct arena *scratch)
{
	struct buf text = { 0 };

	record_print_value(f, v, scratch, &text);
	json_raw(w, buf_str(&text));
	buf_release(&text);
}

static void write_member(struct json_out *w, struct str key, struct str text)
{
	json_key(w, key);
	json_string(w, text);
}

static void write_source(struct json_out *w, const struct preview *p)
{
	json_key(w, STR("source"));
	json_open(w, '{');
	for (size_t i = 0; i < p->program->column_count; i++) {
		if (!preview_has(p, i))
			continue;
		json_key(w, p->source->binding.header[i]);
		write_cell(w, preview_cell(p, i));
	}
	json_close(w, '}');
}

static void write_outputs(struct json_out *w, struct preview *p)
{
	struct buf text = { 0 };

	json_key(w, STR("outputs"));
	json_open(w, '{');
	for (size_t i = 0; i < p->program->output_count && p->verdict == ROW_WRITTEN; i++) {
		const struct program_output *o = &p->program->outputs[i];
		buf_clear(&text);
		record_print(&o->shape, p->runner.values[i], &p->batch.arena, &text);
		json_key(w, o->target);
		json_raw(w, buf_str(&text));
	}
	json_close(w, '}');
	buf_release(&text);
}

static void write_faults(struct json_out *w, const struct preview *p)
{
	json_key(w, STR("faults"));
	json_open(w, '[');
	for (size_t i = 0; i < p->runner.fault_count; i++) {
		const struct row_fault *f = &p->runner.faults[i];
		json_open(w, '{');
		write_member(w, STR("column"), f->column);
		write_member(w, STR("value"), f->value);
		write_member(w, STR("reason"), f->reason);
		json_close(w, '}');
	}
	json_close(w, ']');
}

/* What was read: the mapping's columns, with their cells. */
static void write_columns(struct json_out *w, struct preview *p)
{
	const struct binding *b = &p->source->binding;

	json_key(w, STR("columns"));
	json_open(w, '{');
	for (size_t i = 0; i < p->program->mapping->declared_count; i++) {
		const struct row_fault *fault = preview_fault(p, i);
		json_key(w, p->program->columns[i].name);
		json_open(w, '{');
		if (b->at[i] >= 0) {
			write_member(w, STR("header"), b->header[i]);
			json_key(w, STR("cell"));
			write_cell(w, preview_cell(p, i));
		}
		if (fault) {
			write_member(w, STR("refused"), fault->reason);
		} else {
			json_key(w, STR("value"));
			write_value(w, NULL, &p->runner.columns[i], &p->batch.arena);
		}
		json_close(w, '}');
	}
	json_close(w, '}');
}

static void write_step(struct json_out *w, const struct trace_step *s, struct arena *scratch)
{
	json_open(w, '{');
	if (s->member.n)
		write_member(w, STR("member"), s->member);
	write_member(w, STR("step"), s->what);
	if (s->kind == TRACE_VALUE || s->kind == TRACE_SKIPPED) {
		json_key(w, STR("value"));
		write_value(w, NULL, &s->value, scratch);
	} else if (s->kind == TRACE_REFUSED) {
		write_member(w, STR("refused"), s->why);
	}
	json_close(w, '}');
}

static void write_steps(struct json_out *w, struct preview *p)
{
	json_key(w, STR("steps"));
	json_open(w, '{');
	for (size_t i = 0; i < p->program->output_count && p->traces[i]; i++) {
		const struct program_output *o = &p->program->outputs[i];
		json_key(w, o->target);
		json_open(w, '{');
		for (size_t f = 0; f < o->shape.count; f++) {
			json_key(w, o->shape.fields[f].name);
			json_open(w, '[');
			for (const struct trace_step *s = p->traces[i][f].first; s; s = s->next)
				write_step(w, s, &p->batch.arena);
			json_close(w, ']');
		}
		json_close(w, '}');
	}
	json_close(w, '}');
}

void preview_json(struct preview *p)
{
	struct json_out w = json_out(&p->out);

	json_open(&w, '{');
	json_key(&w, STR("row"));
	json_int(&w, (int64_t)p->batch.row[p->row].number);
	write_member(&w, STR("origin"), p->origin);
	write_member(&w, STR("verdict"), preview_verdict(p));
	write_source(&w, p);
	write_outputs(&w, p);
	write_faults(&w, p);
	if (p->traces) {
		if (p->batch.row[p->row].width == p->runner.width || p->program->mapping->source.pad_ragged)
			write_columns(&w, p);
		write_steps(&w, p);
	}
	json_close(&w, '}');
	buf_addc(&p->out, '\n');
}
