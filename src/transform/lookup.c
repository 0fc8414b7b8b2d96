#include "qonduit/lookup.h"

#include "qonduit/csv_read.h"
#include "qonduit/unicode.h"

#define NO_COLUMN ((size_t)-1)

/* The two columns in the header, and how they were looked for. */
struct header {
	struct str key, value;     /* as the mapping writes them */
	size_t key_at, value_at;   /* in the row, or NO_COLUMN */
	struct str twice;          /* a name that two columns have; empty: none */
};

static void make_room(struct lookup *l, size_t count, struct arena *a)
{
	l->slot_count = 8;
	while (l->slot_count < count * 2)
		l->slot_count *= 2;
	l->slots = ARENA_ARRAY(a, l->slot_count, uint32_t);
}

/* The slot of a key: where it stands, or the free one where it would. */
static uint32_t *slot_of(const struct lookup *l, struct str key)
{
	size_t mask = l->slot_count - 1, at = str_hash(key) & mask;
	while (l->slots[at] && !str_eq(l->keys[l->slots[at] - 1], key))
		at = (at + 1) & mask;
	return &l->slots[at];
}

/* Where the column called `name` stands in the first row. */
static size_t find_column(struct batch *b, struct str name, struct header *h)
{
	struct str wanted = uni_fold(&b->arena, name);
	size_t found = NO_COLUMN;
	for (size_t i = 0; i < b->row[0].width; i++) {
		if (!str_eq(uni_fold(&b->arena, cell_str(batch_get(b, 0, i))), wanted))
			continue;
		if (found != NO_COLUMN)
			h->twice = name;
		else
			found = i;
	}
	return found;
}

/* Parses all of the text with one delimiter. */
static int parse(struct batch *b, struct str csv, char delimiter, struct err *e)
{
	batch_clear(b);
	struct csv_reader *reader = csv_reader_open(delimiter, '"');
	int status = csv_reader_feed(reader, csv, b, e);
	if (status == 0)
		status = csv_reader_end(reader, b, e);
	csv_reader_close(reader);
	return status;
}

static int header_fault(struct batch *b, struct str csv, const struct header *h, const char *file, struct err *e)
{
	if (parse(b, csv, ',', e) != 0 && b->rows == 0) {
		e->class = ERR_MAPPING;
		err_at_file(e, file);
		return -1;
	}
	err_clear(e);
	if (b->rows == 0) {
		err_set(e, ERR_MAPPING, "table.empty", "the table is empty, expected a header with \"%.*s\" and \"%.*s\"",
			STR_ARG(h->key), STR_ARG(h->value));
		err_at_file(e, file);
		return -1;
	}
	size_t width = b->row[0].width;
	struct str *names = ARENA_ARRAY(&b->arena, width, struct str);
	struct str all = { 0 };
	for (size_t i = 0; i < width; i++) {
		names[i] = cell_str(batch_get(b, 0, i));
		all = arena_printf(&b->arena, "%.*s%s\"%.*s\"", STR_ARG(all), i ? ", " : "", STR_ARG(names[i]));
	}
	struct header found = *h;
	struct str missing = find_column(b, h->key, &found) == NO_COLUMN ? h->key : h->value;
	int nearest = str_nearest(missing, names, width);
	struct str near = nearest < 0 ? STR("")
		: arena_printf(&b->arena, ", did you mean \"%.*s\"?", STR_ARG(names[nearest]));
	err_set(e, ERR_MAPPING, "table.header", "the table has no column \"%.*s\" in its header: %.*s%.*s",
		STR_ARG(missing), STR_ARG(all), STR_ARG(near));
	err_at_file(e, file);
	err_at_line(e, b->row[0].line, 0);
	return -1;
}

/* Whether all that stands behind the columns of the header is empty: more cells are most often a mark that is the
 * delimiter too (EUR,4,25). */
static int check_width(const struct batch *b, size_t row, const char *file, struct err *e)
{
	size_t width = b->row[0].width;
	for (size_t i = width; i < b->row[row].width; i++) {
		if (uni_trim(cell_str(batch_get(b, row, i))).n == 0)
			continue;
		err_set(e, ERR_MAPPING, "table.ragged", "the row has %u cells, the header %u; a cell with the delimiter in it "
			"stands in quotes", (unsigned)b->row[row].width, (unsigned)width);
		err_at_file(e, file);
		err_at_line(e, b->row[row].line, 0);
		return -1;
	}
	return 0;
}

/* Copies the rows behind the header. */
static int take_rows(struct lookup *l, const struct batch *b, const struct header *h, const char *file, struct arena *a,
	struct err *e)
{
	uint64_t *lines = ARENA_ARRAY(a, b->rows, uint64_t);
	l->keys = ARENA_ARRAY(a, b->rows, struct str);
	l->values = ARENA_ARRAY(a, b->rows, struct str);
	make_room(l, b->rows, a);
	for (size_t i = 1; i < b->rows; i++) {
		struct str key = uni_trim(cell_str(batch_get(b, i, h->key_at)));
		if (check_width(b, i, file, e) != 0)
			return -1;
		if (key.n == 0)
			continue;
		uint32_t *slot = slot_of(l, key);
		if (*slot) {
			err_set(e, ERR_MAPPING, "table.duplicate", "the key \"%.*s\" stands twice: in line %llu and in line %llu",
				STR_ARG(key), (unsigned long long)lines[*slot - 1], (unsigned long long)b->row[i].line);
			err_at_file(e, file);
			err_at_line(e, b->row[i].line, 0);
			return -1;
		}
		l->keys[l->count] = arena_copy(a, key);
		l->values[l->count] = arena_copy(a, uni_trim(cell_str(batch_get(b, i, h->value_at))));
		lines[l->count] = b->row[i].line;
		*slot = (uint32_t)++l->count;
	}
	return 0;
}

static int read_rows(struct lookup *l, struct batch *b, struct str csv, const char *file, struct header *h,
	struct arena *a, struct err *e)
{
	static const char delimiters[] = { ',', ';', '\t', '|' };
	for (size_t i = 0; i < sizeof delimiters; i++) {
		struct err trouble = { 0 };
		int status = parse(b, csv, delimiters[i], &trouble);
		if (b->rows == 0)
			continue;
		h->twice = (struct str){ 0 };
		h->key_at = find_column(b, h->key, h);
		h->value_at = find_column(b, h->value, h);
		if (h->key_at == NO_COLUMN || h->value_at == NO_COLUMN)
			continue;
		if (status != 0) {
			err_at_file(&trouble, file);
			*e = trouble;
			e->class = ERR_MAPPING;
			return -1;
		}
		if (h->twice.n) {
			err_set(e, ERR_MAPPING, "table.header", "the table has two columns \"%.*s\"", STR_ARG(h->twice));
			err_at_file(e, file);
			err_at_line(e, b->row[0].line, 0);
			return -1;
		}
		return take_rows(l, b, h, file, a, e);
	}
	return header_fault(b, csv, h, file, e);
}

int lookup_read(struct lookup *l, struct str csv, const char *file, struct str key, struct str value, struct arena *a,
	struct err *e)
{
	*l = (struct lookup){ .name = l->name };
	if (str_starts(csv, STR("\xef\xbb\xbf")))
		csv = str_from(csv, 3);
	size_t invalid = utf8_invalid_at(csv);
	if (invalid < csv.n) {
		uint64_t line = 1;
		for (size_t i = 0; i < invalid; i++)
			line += csv.p[i] == '\n';
		err_set(e, ERR_MAPPING, "table.encoding", "the table is not UTF-8: byte 0x%02x was found",
			(unsigned char)csv.p[invalid]);
		err_at_file(e, file);
		err_at_line(e, line, 0);
		return -1;
	}
	struct header h = { .key = key, .value = value };
	struct batch b;
	batch_init(&b);
	int status = read_rows(l, &b, csv, file, &h, a, e);
	batch_release(&b);
	return status;
}

void lookup_of(struct lookup *l, struct str *keys, struct str *values, size_t count, struct arena *a)
{
	*l = (struct lookup){ .name = l->name, .count = count, .keys = keys, .values = values };
	make_room(l, count, a);
	for (size_t i = 0; i < count; i++) {
		keys[i] = uni_trim(keys[i]);
		uint32_t *slot = slot_of(l, keys[i]);
		if (!*slot)
			*slot = (uint32_t)i + 1;
	}
}

ptrdiff_t lookup_index(const struct lookup *l, struct str key)
{
	return l->slot_count ? (ptrdiff_t)*slot_of(l, uni_trim(key)) - 1 : -1;
}

const struct str *lookup_find(const struct lookup *l, struct str key)
{
	ptrdiff_t at = lookup_index(l, key);
	return at < 0 ? NULL : &l->values[at];
}
