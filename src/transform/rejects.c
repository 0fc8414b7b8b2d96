#include "qonduit/rejects.h"

#include <stdio.h>
#include <stdlib.h>

#include "qonduit/csv_write.h"

#define OWN_COLUMNS 4

static const struct str own_columns[OWN_COLUMNS] = { { "_source", 7 }, { "_column", 7 }, { "_value", 6 },
	{ "_reason", 7 } };

/* The file of all inputs that have the same header. */
struct group {
	struct str *header; /* without our own columns */
	size_t width;
	size_t number;      /* of the file; 0: there is none yet */
	char delimiter, quote;
	struct file file;
	uint64_t records;
};

struct rejects {
	int dirfd;
	struct arena arena;
	const struct source *source;
	size_t *columns;     /* of the source: those that are the file's */
	size_t now;          /* the source's group */
	struct group *groups;
	size_t group_count, group_cap;
	size_t files;
	struct buf row, joined;
	uint64_t count;
};

static int own_column(struct str name)
{
	for (int i = 0; i < OWN_COLUMNS; i++) {
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
	return seen == (1u << OWN_COLUMNS) - 1;
}

static bool same_header(const struct group *g, const struct str *header, size_t width)
{
	if (g->width != width)
		return false;
	for (size_t i = 0; i < width; i++) {
		if (!str_eq(g->header[i], header[i]))
			return false;
	}
	return true;
}

static size_t group_of(struct rejects *r, struct str *header, size_t width)
{
	for (size_t i = 0; i < r->group_count; i++) {
		if (same_header(&r->groups[i], header, width))
			return i;
	}
	r->groups = mem_grow(r->groups, &r->group_cap, r->group_count + 1, sizeof *r->groups);
	for (size_t i = 0; i < width; i++)
		header[i] = arena_copy(&r->arena, header[i]);
	r->groups[r->group_count] = (struct group){
		.header = header, .width = width, .delimiter = r->source->delimiter ? r->source->delimiter : ',',
		.quote = r->source->quote ? r->source->quote : '"',
	};
	return r->group_count++;
}

static int write_row(struct rejects *r, struct group *g, struct err *e)
{
	int status = file_write(&g->file, buf_str(&r->row), e);
	buf_clear(&r->row);
	return status;
}

/* The rows above a header that the mapping has fixed, each in its place: readers count blank ones too. */
static void print_preamble(struct rejects *r, const struct group *g)
{
	const struct batch *above = &r->source->preamble;
	uint64_t row = 1;
	for (size_t i = 0; i < above->rows; i++, row++) {
		for (; row < above->row[i].number; row++)
			buf_addc(&r->row, '\n');
		struct csv_out w = csv_out(&r->row, g->delimiter, g->quote);
		for (size_t c = 0; c < above->row[i].width; c++)
			csv_field(&w, cell_str(batch_get(above, i, c)));
		csv_end_row(&w);
	}
	for (; row < r->source->options->header_row; row++)
		buf_addc(&r->row, '\n');
}

static int begin_file(struct rejects *r, struct group *g, struct err *e)
{
	const struct source *s = r->source;
	char name[40] = "rejects.csv";
	if (r->files)
		snprintf(name, sizeof name, "rejects-%zu.csv", r->files + 1);
	if (file_create(&g->file, r->dirfd, name, e) != 0)
		return -1;
	g->number = ++r->files;
	const char *declared = s->options->encoding;
	bool other = declared && !str_eq_nocase(str_of(declared), STR("auto")) &&
		!str_eq_nocase(str_of(declared), STR("UTF-8"));
	if (s->bom || other)
		buf_add(&r->row, STR("\xef\xbb\xbf"));
	if (s->options->header_row > 1)
		print_preamble(r, g);
	struct csv_out w = csv_out(&r->row, g->delimiter, g->quote);
	for (size_t i = 0; i < g->width; i++)
		csv_field(&w, g->header[i]);
	for (int i = 0; i < OWN_COLUMNS; i++) {
		if (g->quote == '"')
			csv_field(&w, own_columns[i]);
		else /* so that a reader can tell by them how the file is written */
			buf_printf(&r->row, "%c%c%.*s%c", g->delimiter, g->quote, STR_ARG(own_columns[i]), g->quote);
	}
	csv_end_row(&w);
	return write_row(r, g, e);
}

static void join(struct buf *to, struct str part)
{
	if (to->n && part.n)
		buf_add(to, STR("; "));
	buf_add(to, part);
}

static void join_extra_cells(struct buf *to, const struct group *g, const struct batch *b, size_t row, size_t from)
{
	struct buf extra = { 0 };
	struct csv_out w = csv_out(&extra, g->delimiter, g->quote);
	for (size_t i = from; i < b->row[row].width; i++)
		csv_field(&w, cell_str(batch_get(b, row, i)));
	join(to, buf_str(&extra));
	buf_release(&extra);
}

static void print_row(struct rejects *r, struct group *g, const struct batch *b, size_t row, struct str origin,
	const struct row_fault *faults, size_t count)
{
	struct csv_out w = csv_out(&r->row, g->delimiter, g->quote);
	for (size_t i = 0; i < g->width; i++)
		csv_field(&w, cell_str(batch_get(b, row, r->columns[i])));
	buf_clear(&r->joined);
	buf_add_visible(&r->joined, origin);
	csv_field(&w, buf_str(&r->joined));
	static const size_t parts[] = {
		offsetof(struct row_fault, column), offsetof(struct row_fault, value), offsetof(struct row_fault, reason),
	};
	for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
		buf_clear(&r->joined);
		for (size_t i = 0; i < count; i++)
			join(&r->joined, *(const struct str *)((const char *)&faults[i] + parts[p]));
		if (parts[p] == offsetof(struct row_fault, value))
			join_extra_cells(&r->joined, g, b, row, r->source->width);
		csv_field(&w, buf_str(&r->joined));
	}
	csv_end_row(&w);
}

static void release(struct rejects *r)
{
	for (size_t i = 0; i < r->group_count; i++)
		file_abandon(&r->groups[i].file);
	free(r->groups);
	free(r->columns);
	buf_release(&r->row);
	buf_release(&r->joined);
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
	r->columns = mem_resize(r->columns, s->width * sizeof *r->columns);
	for (size_t i = 0; i < s->width; i++) {
		if (own && own_column(s->header[i]) >= 0)
			continue;
		r->columns[width] = i;
		header[width++] = s->header[i];
	}
	r->now = group_of(r, header, width);
}

int rejects_add(struct rejects *r, const struct batch *b, size_t row, struct str origin, const struct row_fault *faults,
	size_t count, struct err *e)
{
	r->count++;
	if (r->dirfd < 0)
		return 0;
	struct group *g = &r->groups[r->now];
	if (!g->number && begin_file(r, g, e) != 0)
		return -1;
	g->records++;
	print_row(r, g, b, row, origin, faults, count);
	return write_row(r, g, e);
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
	*files = mem_grow(*files, cap, first + r->files, sizeof **files);
	for (size_t i = 0; i < r->group_count && status == 0; i++) {
		struct group *g = &r->groups[i];
		if (!g->number)
			continue;
		struct payload_file *f = &(*files)[first + g->number - 1];
		*f = (struct payload_file){ .name = arena_copy(arena, str_of(g->file.name)), .target = STR(""),
			.records = g->records };
		status = file_close(&g->file, f->sha256, &f->bytes, e);
	}
	if (status == 0)
		*count = first + r->files;
	release(r);
	return status;
}

void rejects_abandon(struct rejects *r)
{
	release(r);
}
