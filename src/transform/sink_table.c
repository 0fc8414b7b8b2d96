/* A CSV file: a header of the fields' names, then a row a record. */
#include <stdlib.h>

#include "qonduit/csv_write.h"
#include "qonduit/sink.h"

struct table {
	struct sink_file file;
	struct buf text; /* of one row */
};

static int write_row(struct table *t, struct csv_out *w, struct err *e)
{
	csv_end_row(w);
	int status = file_write(&t->file.body, buf_str(&t->text), e);
	buf_clear(&t->text);
	return status;
}

static int table_open(struct sink *s, struct err *e)
{
	struct table *t = s->state = mem_alloc(sizeof *t);
	*t = (struct table){ 0 };
	if (sink_file_open(s, &t->file, sink_file_name(s), e) != 0)
		return -1;
	struct csv_out w = csv_out(&t->text, ',', '"');
	for (size_t i = 0; i < s->shape->count; i++)
		csv_field(&w, s->shape->fields[i].name);
	return write_row(t, &w, e);
}

static int table_add(struct sink *s, const struct value *values, struct str origin, struct arena *scratch,
	struct err *e)
{
	struct table *t = s->state;
	struct csv_out w = csv_out(&t->text, ',', '"');
	for (size_t i = 0; i < s->shape->count; i++)
		csv_field(&w, record_value_text(&s->shape->fields[i], &values[i], scratch));
	if (write_row(t, &w, e) != 0)
		return -1;
	return sink_file_origin(&t->file, origin, e);
}

static void table_abandon(struct sink *s)
{
	struct table *t = s->state;
	sink_file_abandon(&t->file);
	buf_release(&t->text);
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

const struct sink_kind sink_table = { table_open, table_add, table_close, table_abandon, NULL };
