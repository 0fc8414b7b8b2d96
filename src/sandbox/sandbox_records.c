#include "qonduit/sandbox_records.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/sandbox_rest.h"
#include "qonduit/sheet_write.h"

static const struct json *list_of(const struct json *j)
{
	static const char *const names[] = { "results", "orders" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (json_is(json_get(j, names[i]), JSON_ARRAY))
			return json_get(j, names[i]);
	}
	return NULL;
}

static void take(const struct json *j, struct arena *arena, struct sandbox_records *out)
{
	const struct json *list = json_is(j, JSON_ARRAY) ? j : list_of(j);
	size_t count = list ? list->count : 1;
	*out = (struct sandbox_records){ ARENA_ARRAY(arena, count, const struct json *), 0 };
	for (const struct json *p = list ? list->child : j; p && out->count < count; p = p->next)
		out->all[out->count++] = p;
}

void sandbox_records_of(struct str text, struct arena *arena, struct sandbox_records *out)
{
	struct err ignored = { 0 };
	take(json_parse(text, "built-in data", ERR_INTERNAL, arena, &ignored), arena, out);
}

const char *sandbox_data_file(const char *folder, const char *file, struct arena *arena)
{
	const char *path = folder ? arena_printf(arena, "%s/%s", folder, file).p : NULL;
	return path && access(path, F_OK) == 0 ? path : NULL;
}

int sandbox_records_read(const char *folder, const char *file, struct arena *arena, struct sandbox_records *out,
	bool *read, struct err *e)
{
	const char *path = sandbox_data_file(folder, file, arena);
	struct str text;
	if (read)
		*read = path != NULL;
	if (!path)
		return 0;
	if (io_read_file(path, SANDBOX_FILE_MAX, arena, &text, e) != 0)
		return -1;
	const struct json *j = json_parse(text, path, ERR_INPUT, arena, e);
	if (!j)
		return -1;
	take(j, arena, out);
	return 0;
}

const struct json *sandbox_records_find(const struct sandbox_records *records, const char *member, struct str text)
{
	for (size_t i = 0; i < records->count; i++) {
		if (str_eq(json_text(json_get(records->all[i], member), (struct str){ 0 }), text))
			return records->all[i];
	}
	return NULL;
}

/* --- choosing and ordering --- */

static struct sandbox_value value_in(const struct json *record, struct str member, struct arena *arena)
{
	return sandbox_value_of(member.n ? json_path(record, member) : record, arena);
}

static bool passes(const struct json *record, const struct sandbox_asked *asked, size_t n, struct arena *arena)
{
	for (size_t i = 0; i < n; i++) {
		if (!sandbox_passes(&asked[i], value_in(record, asked[i].member, arena)))
			return false;
	}
	return true;
}

struct place {
	const struct json *record;
	struct str value;
	size_t index;
};

static int compare(const void *a, const void *b)
{
	const struct place *left = a, *right = b;
	int order = sandbox_value_compare(left->value, right->value);
	return order ? order : left->index < right->index ? -1 : 1;
}

static void sort(struct sandbox_records *records, struct str by, struct arena *arena)
{
	bool down = str_starts(by, STR("-"));
	struct place *places = ARENA_ARRAY(arena, records->count, struct place);
	for (size_t i = 0; i < records->count; i++)
		places[i] = (struct place){ records->all[i],
			value_in(records->all[i], str_from(by, down), arena).text, i };
	if (records->count)
		qsort(places, records->count, sizeof *places, compare);
	for (size_t i = 0; i < records->count; i++)
		records->all[i] = places[down ? records->count - 1 - i : i].record;
}

struct sandbox_records sandbox_records_choose(const struct sandbox_records *records,
	const struct sandbox_filter *filters, const char *order, const struct sandbox_request *q)
{
	struct sandbox_asked asked[SANDBOX_ASKED];
	size_t n = filters ? sandbox_asked(filters, q, asked) : 0;
	struct sandbox_records out = { ARENA_ARRAY(q->arena, records->count, const struct json *), 0 };
	for (size_t i = 0; i < records->count; i++) {
		if (passes(records->all[i], asked, n, q->arena))
			out.all[out.count++] = records->all[i];
	}
	struct str by = order ? sandbox_parameter(q, order) : (struct str){ 0 };
	if (by.n)
		sort(&out, by, q->arena);
	return out;
}

static void print_record(const void *arg, size_t i, struct json_out *w)
{
	const struct sandbox_records *records = arg;
	struct buf text = { 0 };
	json_print(records->all[i], &text);
	json_raw(w, buf_str(&text));
	buf_release(&text);
}

void sandbox_rest_records(const struct sandbox_rest *rest, const struct sandbox_records *records,
	const struct sandbox_filter *filters, const char *order, const struct sandbox_request *q, struct sandbox_reply *r)
{
	const struct sandbox_records chosen = sandbox_records_choose(records, filters, order, q);
	sandbox_rest_pages(rest, &(struct sandbox_pages){ .count = chosen.count, .print = print_record, .arg = &chosen }, q,
		r);
}

/* --- workbooks --- */

static int put_cell(struct sheet *s, uint32_t row, uint32_t col, const struct json *j, struct err *e)
{
	struct decimal d;
	if (json_is(j, JSON_NUMBER) && decimal_parse(j->text, &d) == DECIMAL_OK)
		return sheet_put_number(s, row, col, d, 0, e);
	if (json_is_bool(j))
		return sheet_put_boolean(s, row, col, j->kind == JSON_TRUE, 0, e);
	return json_is(j, JSON_STRING) && j->text.n ? sheet_put_text(s, row, col, j->text, 0, e) : 0;
}

enum { COLUMNS_MAX = 64, DEPTH_MAX = 4 };

struct columns {
	struct str path[COLUMNS_MAX]; /* "variant.gtin" */
	uint32_t count;
	struct arena arena;
};

static void find_columns(const struct json *object, struct str within, int depth, struct columns *out)
{
	for (const struct json *p = object->child; p; p = p->next) {
		struct str path = within.n ? arena_printf(&out->arena, "%.*s.%.*s", STR_ARG(within), STR_ARG(p->key)) : p->key;
		if (json_is(p, JSON_OBJECT) && depth < DEPTH_MAX)
			find_columns(p, path, depth + 1, out);
		else if (!json_is(p, JSON_ARRAY) && out->count < COLUMNS_MAX)
			out->path[out->count++] = path;
	}
}

static int put_rows(struct sheet *s, const struct sandbox_records *records, const struct columns *columns,
	struct err *e)
{
	for (uint32_t col = 0; col < columns->count; col++) {
		if (sheet_put_text(s, 0, col, columns->path[col], 0, e) != 0)
			return -1;
	}
	for (size_t i = 0; i < records->count; i++) {
		for (uint32_t col = 0; col < columns->count; col++) {
			if (put_cell(s, (uint32_t)i + 1, col, json_path(records->all[i], columns->path[col]), e) != 0)
				return -1;
		}
	}
	return 0;
}

static int write_book(const char *path, const struct sandbox_records *records, struct err *e)
{
	struct book *b = book_open(AT_FDCWD, path, e);
	struct sheet *s = b ? book_sheet(b, STR("Sheet1"), e) : NULL;
	struct columns columns = { 0 };
	if (records->count)
		find_columns(records->all[0], (struct str){ 0 }, 0, &columns);
	int failed = !s || put_rows(s, records, &columns, e) != 0;
	arena_release(&columns.arena);
	if (failed) {
		if (b)
			book_abandon(b);
		return -1;
	}
	char hex[DIGEST_HEX];
	uint64_t bytes;
	return book_close(b, hex, &bytes, e);
}

bool sandbox_records_workbook(const struct sandbox_records *records, struct sandbox_reply *r)
{
	struct arena arena = { 0 };
	struct err e = { 0 };
	struct str bytes;
	const char *temporary = getenv("TMPDIR");
	char *folder = mem_copy(arena_printf(&arena, "%s/qonduit-XXXXXX", temporary ? temporary : "/tmp").p);
	bool made = mkdtemp(folder) != NULL;
	const char *path = arena_printf(&arena, "%s/book.xlsx", folder).p;
	bool fine = made && write_book(path, records, &e) == 0 &&
		io_read_file(path, SANDBOX_FILE_MAX, &arena, &bytes, &e) == 0;
	if (fine) {
		r->status = 200;
		r->type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
		buf_clear(&r->body);
		buf_add(&r->body, bytes);
	}
	if (made)
		io_remove_tree(folder, &e);
	free(folder);
	arena_release(&arena);
	return fine;
}
