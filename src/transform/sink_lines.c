/* One JSON object a line, into a file or, for `-o -`, to a file descriptor. */
#include <stdlib.h>

#include "qonduit/sink.h"

#define OUT_STEP ((size_t)64 << 10)

struct lines {
	struct sink_file file; /* where there is a folder */
	struct buf text;       /* for standard output, not yet written */
};

static int write_text(struct sink *s, struct lines *l, struct err *e)
{
	int status = io_write_all(s->out_fd, l->text.p, l->text.n, "standard output", e);
	buf_clear(&l->text);
	return status;
}

static int lines_open(struct sink *s, struct err *e)
{
	struct lines *l = s->state = mem_alloc(sizeof *l);
	*l = (struct lines){ 0 };
	return s->dirfd < 0 ? 0 : sink_file_open(s, &l->file, sink_file_name(s), e);
}

static int lines_take(struct sink *s, const struct sink_record *r, struct err *e)
{
	struct lines *l = s->state;
	if (s->dirfd >= 0)
		return file_write(&l->file.body, r->text, e) == 0 && file_write(&l->file.body, STR("\n"), e) == 0 ?
			sink_file_origin(&l->file, r->origin, e) : -1;
	buf_add(&l->text, r->text);
	buf_addc(&l->text, '\n');
	return l->text.n < OUT_STEP ? 0 : write_text(s, l, e);
}

static void lines_abandon(struct sink *s)
{
	struct lines *l = s->state;
	sink_file_abandon(&l->file);
	buf_release(&l->text);
	free(l);
}

static int lines_close(struct sink *s, struct err *e)
{
	struct lines *l = s->state;
	if ((s->dirfd < 0 ? write_text(s, l, e) : sink_file_close(s, &l->file, e)) != 0)
		return -1;
	sink_abandon(s);
	return 0;
}

const struct sink_kind sink_lines = {
	.open = lines_open, .print = sink_print_json, .take = lines_take, .close = lines_close, .abandon = lines_abandon,
};
