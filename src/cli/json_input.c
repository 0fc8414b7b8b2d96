#include "qonduit/json_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/json_rows.h"

#define CHUNK ((size_t)256 << 10)

/* ---- options ---- */

static int check_options(const struct options *o, const char *path, struct err *e)
{
	const struct {
		const char *name;
		bool given;
		const char *missing;
	} unknown[] = {
		{ "--sheets", o->sheets, "sheets" },
		{ "--sheet", o->sheet, "sheets" },
		{ "--header-row", o->header_row, "header" },
		{ "--delimiter", o->delimiter, "delimiter" },
	};
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
		if (unknown[i].given)
			return err_set(e, ERR_USAGE, "usage.json", "%s: %s is JSON, which has no %s", unknown[i].name, path,
				unknown[i].missing);
	}
	return 0;
}

/* "" and "." stand for the document. */
static int read_records(struct json_input *in, struct err *e)
{
	struct str text = str_of(in->options->records);
	struct buf why = { 0 };
	if (text.n == 0 || str_eq(text, STR(".")) || records_parse(text, &in->arena, &in->records, &why))
		return 0;
	err_set(e, ERR_USAGE, "usage.argument", "--records: found \"%.*s\", expected the way to the records, such as "
		"\"orders[].lines[]\", \"[]\", or \".\" for the document: %s", STR_ARG(text), buf_text(&why));
	buf_release(&why);
	return -1;
}

/* The input is said to be documents one a line, by its format or by its name. */
static bool says_lines(const struct json_input *in)
{
	return (in->options->format && strcmp(in->options->format, "ndjson") == 0) ||
		source_names_lines(in->source->path);
}

int json_input_begin(struct json_input *in, const struct options *o, struct source *s, struct err *e)
{
	*in = (struct json_input){ .options = o, .source = s, .reading = *s->options, .unnamed = -1 };
	arena_init(&in->arena, 0);
	return check_options(o, s->name.p, e) || (o->records && read_records(in, e)) ? -1 : 0;
}

/* ---- the text ---- */

static int open_text(struct json_input *in, struct err *e)
{
	in->text = source_text_open(in->source, e);
	return in->text ? 0 : -1;
}

static int next_piece(void *arg, struct str *piece, struct err *e)
{
	struct json_input *in = arg;
	if (in->pending.n == 0)
		return source_text_next(in->text, piece, e);
	*piece = in->pending;
	in->pending = (struct str){ 0 };
	return 0;
}

/* The head alone, as if the text ended with it. */
static int next_of_head(void *arg, struct str *piece, struct err *e)
{
	struct json_input *in = arg;
	*piece = in->pending;
	in->pending = (struct str){ 0 };
	return 0;
}

static struct json_pull *pull_from(struct json_input *in, int (*next)(void *, struct str *, struct err *), bool many)
{
	return json_pull_open(&(struct json_pull_input){ .next = next, .arg = in, .many = many });
}

struct json_pull *json_input_pull(struct json_input *in)
{
	in->pending = buf_str(&in->head);
	return pull_from(in, next_piece, in->lines);
}

/* ---- where the records are ---- */

static size_t find_level(const struct json_outline *o, struct str records)
{
	size_t i = 0;
	while (i < o->level_count && !str_eq(o->levels[i].records, records))
		i++;
	return i;
}

/* By the option, or by the outline. Where the document is the record, there may be more of them. */
static int choose_level(struct json_input *in, bool deepest, struct err *e)
{
	const struct json_outline *o = &in->outline;
	struct buf why = { 0 };
	in->level = deepest ? json_outline_deepest(o, o->likely) : o->likely;
	if (in->options->records)
		in->level = find_level(o, in->records.level_count ? in->records.text : STR(""));
	else if (!records_parse(in->level ? o->levels[in->level].records : STR("$"), &in->arena, &in->records, &why))
		err_set(e, ERR_INTERNAL, "json.records", "the outline is no way to records: %s", buf_text(&why));
	in->lines = o->lines || in->records.level_count == 0;
	buf_release(&why);
	return e->class ? -1 : 0;
}

/* What the head ends within, or is wrong in it, is told when it is read again. */
int json_input_head(struct json_input *in, struct err *e)
{
	struct str piece = { 0 };
	struct err later = { 0 };
	if (open_text(in, e))
		return -1;
	do {
		if (source_text_next(in->text, &piece, &later))
			break;
		buf_add(&in->head, piece);
	} while (piece.n && in->head.n < SOURCE_HEAD_MAX);
	in->pending = buf_str(&in->head);
	struct json_pull *p = pull_from(in, next_of_head, true);
	struct err ignored = { 0 };
	json_outline_read(&in->outline, p, says_lines(in), &ignored);
	json_pull_close(p);
	return choose_level(in, false, e);
}

/* ---- the whole ---- */

/* The source again, from its beginning. */
static int reopen(struct json_input *in, const char *path, struct err *e)
{
	struct source *s = in->source;
	struct str name = arena_copy(&in->arena, s->name);
	source_text_close(in->text);
	in->text = NULL;
	source_close(s);
	return source_open(s, path, name, &in->reading, e);
}

static int copy_all(struct json_input *in, struct err *e)
{
	char *room = mem_alloc(CHUNK);
	size_t got = 1;
	int result = (in->unnamed = io_unnamed_file(e)) < 0 ? -1 : 0;
	while (result == 0 && (result = source_read(in->source, room, CHUNK, &got, e)) == 0 && got)
		result = io_write_all(in->unnamed, room, got, "the copy of the input", e);
	free(room);
	return result;
}

/* What comes through a pipe comes once. */
static int make_readable_twice(struct json_input *in, struct err *e)
{
	struct source *s = in->source;
	struct stat st;
	if (strcmp(s->path, "-") != 0 && fstat(s->fd, &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	if (copy_all(in, e))
		return -1;
	snprintf(in->copy, sizeof in->copy, "/dev/fd/%d", in->unnamed);
	return reopen(in, in->copy, e);
}

static int refuse_records(const struct json_input *in, struct err *e)
{
	const struct json_outline *o = &in->outline;
	struct buf text = { .max = 1000 };
	for (size_t i = 1; i < o->level_count; i++)
		buf_printf(&text, "%s\"%.*s\"", i > 1 ? ", " : "", STR_ARG(o->levels[i].records));
	err_set(e, ERR_INPUT, "json.records", "there are no records at \"%.*s\"%s%s", STR_ARG(in->records.text),
		text.n ? "; there are some at " : "", buf_text(&text));
	buf_release(&text);
	return -1;
}

/* A column for each path that a mapping can name; the others behind them. */
static void make_columns(struct json_input *in)
{
	struct json_outline_path *all;
	size_t count = json_outline_paths(&in->outline, in->level, &in->arena, &all);
	struct column *columns = ARENA_ARRAY(&in->arena, count, struct column);
	in->paths = ARENA_ARRAY(&in->arena, count, struct json_outline_path);
	for (size_t i = 0; i < count; i++) {
		if (all[i].named)
			in->paths[in->path_count++] = all[i];
	}
	for (size_t i = 0; i < count; i++) {
		if (!all[i].named)
			in->paths[in->path_count + in->unnamed_count++] = all[i];
	}
	for (size_t i = 0; i < in->path_count; i++) {
		const struct column_path *path = &in->paths[i].path;
		columns[i] = (struct column){ .name = path->text, .headers = &path->text, .header_count = 1, .paths = path,
			.path_count = 1, .header_of = -1, .optional = true, .decimal_mark = '.' };
	}
	in->reading.columns = columns;
	in->reading.column_count = in->path_count;
	in->reading.records = in->records.level_count ? &in->records : NULL;
	in->reading.records_count = in->records.level_count > 0;
	in->reading.format = in->outline.lines ? "ndjson" : "json";
}

/* The outline of all of it. */
static int read_outline(struct json_input *in, struct err *e)
{
	struct json_pull *p = pull_from(in, next_piece, true);
	uint64_t line;
	uint32_t col;
	int result = json_outline_read(&in->outline, p, says_lines(in), e);
	json_pull_place(p, &line, &col);
	json_pull_close(p);
	if (result || in->outline.documents)
		return result;
	err_at_line(e, line, col);
	return err_set(e, ERR_INPUT, "json.document", "found no document, expected one");
}

int json_input_whole(struct json_input *in, struct err *e)
{
	if (make_readable_twice(in, e))
		return -1;
	const char *path = in->source->path;
	int result = open_text(in, e) || read_outline(in, e) ? -1 : 0;
	if (result == 0)
		result = choose_level(in, true, e);
	if (result == 0 && in->level == in->outline.level_count)
		result = refuse_records(in, e);
	if (result) {
		err_at_file(e, in->source->name.p);
		return -1;
	}
	make_columns(in);
	return in->path_count ? reopen(in, path, e) : 0;
}

void json_input_end(struct json_input *in)
{
	if (!in->options)
		return;
	source_text_close(in->text);
	json_outline_release(&in->outline);
	buf_release(&in->head);
	arena_release(&in->arena);
	if (in->unnamed >= 0)
		close(in->unnamed);
	*in = (struct json_input){ 0 };
}
