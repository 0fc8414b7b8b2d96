/* One JSON array with a record a line. */
#include <stdlib.h>

#include "qonduit/sink.h"

struct array {
	struct sink_file file;
};

static int array_open(struct sink *s, struct err *e)
{
	struct array *a = s->state = mem_alloc(sizeof *a);
	*a = (struct array){ 0 };
	if (sink_file_open(s, &a->file, sink_file_name(s), e) != 0)
		return -1;
	return file_write(&a->file.body, STR("["), e);
}

static int array_take(struct sink *s, const struct sink_record *r, struct err *e)
{
	struct array *a = s->state;
	if (file_write(&a->file.body, a->file.records ? STR(",\n") : STR("\n"), e) != 0 ||
	    file_write(&a->file.body, r->text, e) != 0)
		return -1;
	return sink_file_origin(&a->file, r->origin, e);
}

static void array_abandon(struct sink *s)
{
	struct array *a = s->state;
	sink_file_abandon(&a->file);
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

const struct sink_kind sink_array = {
	.open = array_open, .print = sink_print_json, .take = array_take, .close = array_close, .abandon = array_abandon,
};
