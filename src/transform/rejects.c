#include "rejects_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "qonduit/csv_write.h"

static const struct str own_columns[REJECTS_OWN] = { { "_source", 7 }, { "_column", 7 }, { "_value", 6 },
	{ "_reason", 7 } };

struct rejects {
	int dirfd;
	struct arena arena;
	const struct source *source;
	size_t *columns;     /* of the source: those that are the file's */
	size_t now;          /* the source's file */
	struct rejects_file *files;
	size_t file_count, file_cap;
	size_t begun;        /* of the files */
	struct buf own[REJECTS_OWN];
	uint64_t count;
};

static int own_column(struct str name)
{
	for (int i = 0; i < REJECTS_OWN; i++) {
		if (str_eq_nocase(str_trim(name), own_columns[i]))
			return i;
	}
	return -1;
}

/* A header with all four of our columns is one that we wrote. */
static bool is_rejects(const struct source *s)
{
	unsigned seen = 0;
	for (size_t i = 0; i < s->width; i++) {
		int own = own_column(s->header[i]);
		if (own >= 0)
			seen |= 1u << own;
	}
	return seen == (1u << REJECTS_OWN) - 1;
}

static bool is_for(const struct rejects_file *f, const struct rejects_kind *kind, const struct str *header,
	size_t width)
{
	if (f->kind != kind || f->width != width)
		return false;
	for (size_t i = 0; i < width; i++) {
		if (!str_eq(f->header[i], header[i]))
			return false;
	}
	return true;
}

static size_t file_of(struct rejects *r, struct str *header, size_t width)
{
	const struct rejects_kind *kind = r->source->sheet.n ? &rejects_xlsx : &rejects_csv;
	for (size_t i = 0; i < r->file_count; i++) {
		if (is_for(&r->files[i], kind, header, width))
			return i;
	}
	r->files = mem_grow(r->files, &r->file_cap, r->file_count + 1, sizeof *r->files);
	for (size_t i = 0; i < width; i++)
		header[i] = arena_copy(&r->arena, header[i]);
	r->files[r->file_count] = (struct rejects_file){
		.kind = kind, .header = header, .own = own_columns, .width = width,
		.delimiter = r->source->delimiter ? r->source->delimiter : ',',
		.quote = r->source->quote ? r->source->quote : '"',
	};
	return r->file_count++;
}

/* rejects.csv, rejects-2.csv, …; workbooks are counted by themselves. */
static int begin_file(struct rejects *r, struct rejects_file *f, struct err *e)
{
	size_t of_kind = 1;
	for (size_t i = 0; i < r->file_count; i++)
		of_kind += r->files[i].kind == f->kind && r->files[i].number;
	f->name = of_kind > 1 ? arena_printf(&r->arena, "rejects-%zu.%s", of_kind, f->kind->extension) :
		arena_printf(&r->arena, "rejects.%s", f->kind->extension);
	if (f->kind->begin(f, r->source, r->dirfd, e) != 0)
		return -1;
	f->number = ++r->begun;
	return 0;
}

static void join(struct buf *to, struct str part)
{
	if (to->n && part.n)
		buf_add(to, STR("; "));
	buf_add(to, part);
}

/* Cells behind the header's end, as CSV. */
static void join_extra_cells(struct buf *to, const struct rejects_file *f, const struct batch *b, size_t row,
	size_t from)
{
	struct buf extra = { 0 };
	struct csv_out w = csv_out(&extra, f->delimiter, f->quote);
	for (size_t i = from; i < b->row[row].width; i++)
		csv_field(&w, cell_str(batch_get(b, row, i)));
	join(to, buf_str(&extra));
	buf_release(&extra);
}

/* What stands in our four columns. */
static void join_faults(struct rejects *r, const struct rejects_row *row)
{
	for (size_t i = 0; i < REJECTS_OWN; i++)
		buf_clear(&r->own[i]);
	buf_add_visible(&r->own[0], row->origin);
	for (size_t i = 0; i < row->fault_count; i++) {
		join(&r->own[1], row->faults[i].column);
		join(&r->own[2], row->faults[i].value);
		join(&r->own[3], row->faults[i].reason);
	}
	join_extra_cells(&r->own[2], &r->files[r->now], row->batch, row->row, r->source->width);
}

static void release(struct rejects *r)
{
	for (size_t i = 0; i < r->file_count; i++) {
		if (r->files[i].state)
			r->files[i].kind->abandon(&r->files[i]);
	}
	for (size_t i = 0; i < REJECTS_OWN; i++)
		buf_release(&r->own[i]);
	free(r->files);
	free(r->columns);
	arena_release(&r->arena);
	free(r);
}

struct rejects *rejects_open(int dirfd)
{
	struct rejects *r = mem_alloc(sizeof *r);
	*r = (struct rejects){ .dirfd = dirfd };
	return r;
}

void rejects_source(struct rejects *r, const struct source *s)
{
	r->source = s;
	bool own = is_rejects(s);
	struct str *header = ARENA_ARRAY(&r->arena, s->width, struct str);
	size_t width = 0;
	r->columns = mem_resize(r->columns, (s->width + 1) * sizeof *r->columns);
	for (size_t i = 0; i < s->width; i++) {
		if (own && own_column(s->header[i]) >= 0)
			continue;
		r->columns[width] = i;
		header[width++] = s->header[i];
	}
	r->now = file_of(r, header, width);
}

int rejects_add(struct rejects *r, const struct batch *b, size_t row, struct str origin, const struct row_fault *faults,
	size_t count, struct err *e)
{
	struct rejects_row line = { .batch = b, .row = row, .columns = r->columns, .origin = origin, .faults = faults,
		.fault_count = count };
	r->count++;
	if (r->dirfd < 0)
		return 0;
	struct rejects_file *f = &r->files[r->now];
	if (!f->number && begin_file(r, f, e) != 0)
		return -1;
	join_faults(r, &line);
	for (size_t i = 0; i < REJECTS_OWN; i++)
		line.own[i] = buf_str(&r->own[i]);
	f->records++;
	return f->kind->add(f, &line, e);
}

uint64_t rejects_count(const struct rejects *r)
{
	return r->count;
}

int rejects_close(struct rejects *r, struct arena *arena, struct payload_file **files, size_t *count, size_t *cap,
	struct err *e)
{
	int status = 0;
	size_t first = *count;
	*files = mem_grow(*files, cap, first + r->begun, sizeof **files);
	for (size_t i = 0; i < r->file_count && status == 0; i++) {
		struct rejects_file *f = &r->files[i];
		if (!f->number)
			continue;
		struct payload_file *out = &(*files)[first + f->number - 1];
		*out = (struct payload_file){ .name = arena_copy(arena, f->name), .target = STR(""), .records = f->records };
		status = f->kind->close(f, out->sha256, &out->bytes, e);
	}
	if (status == 0)
		*count = first + r->begun;
	release(r);
	return status;
}

void rejects_abandon(struct rejects *r)
{
	release(r);
}
