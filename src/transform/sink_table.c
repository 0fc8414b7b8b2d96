/* A CSV file: a header of the fields' names, then a row a record. */
#include <stdlib.h>

#include "qonduit/csv_write.h"
#include "qonduit/sink.h"

struct table {
	struct sink_file file;
};

static int table_open(struct sink *s, struct err *e)
{
	struct table *t = s->state = mem_alloc(sizeof *t);
	*t = (struct table){ 0 };
	if (sink_file_open(s, &t->file, sink_file_name(s), e) != 0)
		return -1;
	struct buf text = { 0 };
	struct csv_out w = csv_out(&text, ',', '"');
	for (size_t i = 0; i < s->shape->count; i++)
		csv_field(&w, s->shape->fields[i].name);
	csv_end_row(&w);
	int status = file_write(&t->file.body, buf_str(&text), e);
	buf_release(&text);
	return status;
}

/* A text that a spreadsheet would take for a formula, behind the apostrophe that tells it not to. */
static struct str quoted_formula(struct str text, struct arena *scratch)
{
	static const char starts[] = { '=', '+', '-', '@', '\t', '\r', '\n' };
	if (!text.n || !memchr(starts, text.p[0], sizeof starts))
		return text;
	char *quoted = arena_alloc(scratch, text.n + 1);
	quoted[0] = '\'';
	memcpy(quoted + 1, text.p, text.n);
	return (struct str){ quoted, text.n + 1 };
}

static int table_print(const struct sink *s, const struct value *values, struct arena *scratch, struct buf *to,
	struct err *e)
{
	struct csv_out w = csv_out(to, ',', '"');
	for (size_t i = 0; i < s->shape->count; i++) {
		struct str text = record_value_text(&s->shape->fields[i], &values[i], scratch);
		bool quotes = s->shape->contract->quote_formulas && values[i].type == VALUE_TEXT;
		csv_field(&w, quotes ? quoted_formula(text, scratch) : text);
	}
	csv_end_row(&w);
	return 0;
}

static int table_take(struct sink *s, const struct sink_record *r, struct err *e)
{
	struct table *t = s->state;
	return file_write(&t->file.body, r->text, e) == 0 ? sink_file_origin(&t->file, r->origin, e) : -1;
}

static void table_abandon(struct sink *s)
{
	struct table *t = s->state;
	sink_file_abandon(&t->file);
	free(t);
}

static int table_close(struct sink *s, struct err *e)
{
	struct table *t = s->state;
	if (sink_file_close(s, &t->file, e) != 0)
		return -1;
	sink_abandon(s);
	return 0;
}

const struct sink_kind sink_table = {
	.open = table_open, .print = table_print, .take = table_take, .close = table_close, .abandon = table_abandon,
};
