/* A workbook: the records of a report in its sheets. */
#include <stdlib.h>

#include "qonduit/sink.h"
#include "report_parts.h"

struct sheets {
	struct sink_file file; /* only its rows: the body is the report's to write */
	struct report_writer *writer;
};

static int sheets_open(struct sink *s, struct err *e)
{
	struct sheets *w = s->state = mem_alloc(sizeof *w);
	*w = (struct sheets){ 0 };
	if (sink_rows_open(s, &w->file, sink_file_name(s), e) != 0)
		return -1;
	w->writer = report_open(s->report, s->dirfd, w->file.name.p, e);
	return w->writer ? 0 : -1;
}

/* What is written as it stands: all of a sheet of rows, of a sheet of groups the group. */
static bool sheets_fits(const struct sink *s, const struct value *values, struct arena *scratch, size_t *field,
	struct buf *why)
{
	for (size_t i = 0; i < s->report->sheet_count; i++) {
		const struct report_sheet *sheet = &s->report->sheets[i];
		for (size_t c = 0; c < (sheet->grouped ? 1 : sheet->count); c++) {
			const struct value *v = &values[sheet->first + c];
			if (v->type != VALUE_TEXT || sheet_text_fits(v->text))
				continue;
			*field = sheet->first + c;
			buf_clear(why);
			buf_printf(why, "\"%.*s\" is too long for a cell: a workbook takes at most %d characters",
				STR_ARG(sheet->columns[c].title), SHEET_TEXT_MAX);
			return false;
		}
	}
	return true;
}

static int sheets_take(struct sink *s, const struct sink_record *r, struct err *e)
{
	struct sheets *w = s->state;
	return report_add(w->writer, r->values, e) == 0 ? sink_file_origin(&w->file, r->origin, e) : -1;
}

static void sheets_abandon(struct sink *s)
{
	struct sheets *w = s->state;
	if (w->writer)
		report_abandon(w->writer);
	sink_file_abandon(&w->file);
	free(w);
}

static int sheets_close(struct sink *s, struct err *e)
{
	struct sheets *w = s->state;
	struct payload_file done = { 0 };
	struct report_writer *writer = w->writer;
	w->writer = NULL;
	if (report_close(writer, done.sha256, &done.bytes, e) != 0 || sink_rows_close(s, &w->file, done, e) != 0)
		return -1;
	sink_abandon(s);
	return 0;
}

const struct sink_kind sink_workbook = {
	.open = sheets_open, .take = sheets_take, .close = sheets_close, .abandon = sheets_abandon, .fits = sheets_fits,
};
