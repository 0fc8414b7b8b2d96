/* One JSON array with a record a line. */
#include <stdlib.h>

#include "qonduit/sink.h"

struct array {
	struct sink_file file;
	struct buf text; /* of one record */
};

static int array_open(struct sink *s, struct err *e)
{
	struct array *a = s->state = mem_alloc(sizeof *a);
	*a = (struct array){ 0 };
	if (sink_file_open(s, &a->file, sink_file_name(s), e) != 0)
		return -1;
	return file_write(&a->file.body, STR("["), e);
}

static int array_add(struct sink *s, const struct value *values, struct str origin, struct arena *scratch,
	struct err *e)
{
	struct array *a = s->state;
	buf_clear(&a->text);
	buf_add(&a->text, a->file.records ? STR(",\n") : STR("\n"));
	record_print(s->shape, values, scratch, &a->text);
	if (file_write(&a->file.body, buf_str(&a->text), e) != 0)
		return -1;
	return sink_file_origin(&a->file, origin, e);
}

static void array_abandon(struct sink *s)
{
	struct array *a = s->state;
	sink_file_abandon(&a->file);
	buf_release(&a->text);
	free(a);
}

static int array_close(struct sink *s, struct err *e)
{
	struct array *a = s->state;
	if (file_write(&a->file.body, a->file.records ? STR("\n]\n") : STR("]\n"), e) != 0 ||
	    sink_file_close(s, &a->file, e) != 0)
		return -1;
	sink_abandon(s);
	return 0;
}

const struct sink_kind sink_array = { array_open, array_add, array_close, array_abandon, NULL };
