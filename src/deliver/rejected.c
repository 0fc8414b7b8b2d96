#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/csv_read.h"
#include "qonduit/ledger.h"
#include "qonduit/sheet_read.h"

#define FILE_MAX ((size_t)4 << 30)
#define PIECE ((size_t)256 << 10)
#define ROWS 512
#define OURS 4 /* columns at the end of each row: _source, _column, _value, _reason */

struct reading {
	struct arena *arena;
	struct rejected *all;
	size_t count, cap;
	bool header_seen; /* in the file at hand; what stands above it is the source's own */
};

/* How the file is written, told by our columns in its header, which are quoted where the quote is not the usual one.
 * Where they are not found, nothing but a header will be. */
static void find_dialect(struct str text, char *delimiter, char *quote)
{
	struct str rest = text;
	*delimiter = ',';
	*quote = '"';
	for (ptrdiff_t at; (at = str_find(rest, STR("_source"))) >= 0;) {
		rest = str_from(rest, (size_t)at + 7);
		if (rest.n > 1 && str_starts(str_from(rest, 1), STR("_column"))) {
			*delimiter = rest.p[0];
			return;
		}
		if (rest.n > 3 && rest.p[0] == rest.p[2] && str_starts(str_from(rest, 3), STR("_column"))) {
			*quote = rest.p[0];
			*delimiter = rest.p[1];
			return;
		}
	}
}

static void take_rows(struct reading *r, const struct batch *b)
{
	for (size_t i = 0; i < b->rows; i++) {
		struct str cell[OURS];
		size_t width = b->row[i].width;
		if (width < OURS)
			continue;
		for (size_t j = 0; j < OURS; j++)
			cell[j] = cell_str(batch_get(b, i, width - OURS + j));
		if (!r->header_seen) {
			r->header_seen = str_eq(cell[0], STR("_source")) && str_eq(cell[3], STR("_reason"));
			continue;
		}
		r->all = mem_grow(r->all, &r->cap, r->count + 1, sizeof *r->all);
		r->all[r->count++] = (struct rejected){ arena_copy(r->arena, cell[0]), arena_copy(r->arena, cell[1]),
			arena_copy(r->arena, cell[2]), arena_copy(r->arena, cell[3]) };
	}
}

static int read_text(struct reading *r, const char *path, struct err *e)
{
	struct arena own = { 0 };
	struct batch b;
	struct str text, rest;
	if (io_read_file(path, FILE_MAX, &own, &text, e) != 0) {
		arena_release(&own);
		return -1;
	}
	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = str_from(text, 3);
	char delimiter, quote;
	find_dialect(text, &delimiter, &quote);
	struct csv_reader *csv = csv_reader_open(delimiter, quote);
	r->header_seen = false;
	batch_init(&b);
	int rc = 0;
	for (rest = text; rc == 0 && rest.n; rest = str_from(rest, PIECE)) {
		rc = csv_reader_feed(csv, str_head(rest, PIECE), &b, e);
		if (rc == 0) {
			take_rows(r, &b);
			batch_clear(&b);
		}
	}
	if (rc == 0 && (rc = csv_reader_end(csv, &b, e)) == 0)
		take_rows(r, &b);
	csv_reader_close(csv);
	batch_release(&b);
	arena_release(&own);
	if (rc != 0)
		err_at_file(e, path);
	return rc;
}

static int read_workbook(struct reading *r, const char *path, struct err *e)
{
	struct workbook_limits usual = { 0 };
	struct workbook *w = NULL;
	struct sheet_reader *sheet = NULL;
	struct batch b;
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = -1;
	if (fd < 0)
		err_sys(e, ERR_INPUT, "ledger.rejects", errno, "cannot be opened");
	else if ((w = workbook_open(fd, &usual, e)) && (sheet = sheet_reader_open(w, 0, false, e)))
		rc = 0;
	r->header_seen = false;
	batch_init(&b);
	do {
		batch_clear(&b);
		if (rc == 0 && (rc = sheet_reader_fill(sheet, &b, ROWS, e)) == 0)
			take_rows(r, &b);
	} while (rc == 0 && b.rows);
	batch_release(&b);
	sheet_reader_close(sheet);
	workbook_free(w);
	if (fd >= 0)
		close(fd);
	if (rc != 0)
		err_at_file(e, path);
	return rc;
}

static int read_file(struct reading *r, const char *path, struct err *e)
{
	return str_ends(str_of(path), STR(".xlsx")) ? read_workbook(r, path, e) : read_text(r, path, e);
}

int ledger_rejected(
	const struct run_record *record, struct arena *arena, struct rejected **out, size_t *count, struct err *e)
{
	struct reading r = { .arena = arena };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < record->file_count; i++) {
		const struct payload_file *f = &record->files[i];
		if (f->target.n == 0 && str_starts(f->name, STR("rejects")))
			rc = read_file(&r, arena_printf(arena, "%.*s/%.*s", STR_ARG(record->spool), STR_ARG(f->name)).p, e);
	}
	*count = rc == 0 ? r.count : 0;
	*out = ARENA_ARRAY(arena, *count, struct rejected);
	if (*count)
		memcpy(*out, r.all, *count * sizeof *r.all);
	free(r.all);
	return rc;
}
