/* The part of a mapping's parse that reads what JSON sources have: records, paths, and the arrays of "each". */
#include "parse.h"

#include "qonduit/json_rows.h"

void parse_records(struct parse *p, const struct json *j, struct source_options *s)
{
	struct buf why = { .max = 1024 };

	if (!j || !parse_names(p, j, true, "a text such as \"orders[].lines[]\" or a list of them"))
		return;
	size_t count;
	const struct str *texts = parse_texts(p, j, &count);
	const struct json *at = j->kind == JSON_ARRAY ? j->child : j;
	struct records *records = ARENA_ARRAY(&p->m->arena, count, struct records);
	for (size_t i = 0; i < count; i++, at = at->next) {
		buf_clear(&why);
		if (records_parse(texts[i], &p->m->arena, &records[s->records_count], &why))
			s->records_count++;
		else
			parse_fault(p, at, "mapping.records", "%s", buf_text(&why));
	}
	s->records = records;
	buf_release(&why);
}

bool parse_is_json(const struct json *source, const char *format)
{
	const struct json *columns = json_get(source, "columns");
	bool path = false;

	if (strcmp(format, "auto") != 0)
		return strcmp(format, "json") == 0 || strcmp(format, "ndjson") == 0;
	for (const struct json *c = json_is(columns, JSON_OBJECT) ? columns->child : NULL; c && !path; c = c->next)
		path = json_get(c, "path");
	return path || json_get(source, "records");
}

/* A path is a header too, behind the others: rejects of a JSON source have it there. */
static void add_headers(struct parse *p, struct column *c)
{
	struct str *headers = ARENA_ARRAY(&p->m->arena, c->header_count + c->path_count, struct str);

	for (size_t i = 0; i < c->header_count; i++)
		headers[i] = c->headers[i];
	for (size_t i = 0; i < c->path_count; i++)
		headers[c->header_count + i] = c->paths[i].text;
	c->headers = headers;
	c->header_count += c->path_count;
}

/* The level in whose array a path goes on, though the records stand there; null: in none. */
static const struct records_level *level_on_way(const struct records *r, const struct column_path *path)
{
	bool document = str_eq(path->parts[0], STR("$"));
	size_t outer = r->level_count, at = 1, key = 0;

	for (size_t i = r->level_count; i-- > 1 && outer == r->level_count && !document;)
		outer = str_eq(r->levels[i - 1].name, path->parts[0]) ? i : outer;
	if (document)
		outer = r->level_count && r->levels[0].key_count == 0;
	if (outer >= r->level_count)
		return NULL;
	const struct records_level *level = &r->levels[outer];
	while (key < level->key_count && at < path->count && str_eq(path->parts[at], level->keys[key])) {
		key++;
		at++;
	}
	return key == level->key_count && at < path->count ? level : NULL;
}

/* A path into the array in which the records stand would read from another record. */
static void check_way(struct parse *p, const struct json *at, const struct column_path *path)
{
	const struct source_options *s = &p->m->source;
	const struct records_level *level = NULL;

	for (size_t i = 0; i < s->records_count; i++) {
		level = level_on_way(&s->records[i], path);
		if (!level)
			return;
	}
	if (level)
		parse_fault(p, at, "mapping.path", "\"%s\" leads into \"%.*s\", the array in which the records stand: a path "
			"to what they have starts at the record", path->text.p, STR_ARG(level->keys[level->key_count - 1]));
}

void parse_paths(struct parse *p, const struct json *j, struct column *c)
{
	size_t count;
	const struct str *texts = parse_texts(p, j, &count);
	const struct json *at = j->kind == JSON_ARRAY ? j->child : j;
	struct column_path *paths = ARENA_ARRAY(&p->m->arena, count, struct column_path);
	struct buf why = { .max = 1024 };

	for (size_t i = 0; i < count; i++, at = at->next) {
		buf_clear(&why);
		if (column_path_parse(texts[i], &p->m->arena, &paths[c->path_count], &why))
			check_way(p, at, &paths[c->path_count++]);
		else
			parse_fault(p, at, "mapping.path", "%s", buf_text(&why));
	}
	c->paths = paths;
	add_headers(p, c);
	buf_release(&why);
}

static void grow_columns(struct parse *p)
{
	struct source_options *s = &p->m->source;
	size_t room = s->column_count * 2 + 8;
	struct column *columns = ARENA_ARRAY(&p->m->arena, room, struct column);
	const struct json **column_at = ARENA_ARRAY(&p->m->arena, room, const struct json *);

	for (size_t i = 0; i < s->column_count; i++) {
		columns[i] = s->columns[i];
		column_at[i] = p->m->column_at[i];
	}
	s->columns = p->columns = columns;
	p->column_room = room;
	p->m->column_at = column_at;
}

/* An array of which "each" is made: a column that nobody declared. */
static int add_array(struct parse *p, const struct json *at, const struct column_path *path)
{
	struct source_options *s = &p->m->source;

	if (s->column_count >= p->column_room)
		grow_columns(p);
	struct column *c = &p->columns[s->column_count];
	*c = (struct column){ .name = path->text, .paths = path, .path_count = 1, .header_of = -1, .type = COLUMN_JSON,
		.optional = true, .decimal_mark = '.' };
	add_headers(p, c);
	p->m->column_at[s->column_count] = at;
	return (int)s->column_count++;
}

int parse_array(struct parse *p, const struct json *j)
{
	const struct source_options *s = &p->m->source;
	struct column_path *path = ARENA_NEW(&p->m->arena, struct column_path);
	struct buf why = { .max = 1024 };
	bool fine = column_path_parse(j->text, &p->m->arena, path, &why);

	if (!fine)
		parse_fault(p, j, "mapping.path", "%s", buf_text(&why));
	buf_release(&why);
	if (!fine)
		return -1;
	if (!p->m->for_json)
		return parse_fault(p, j, "mapping.each",
			"\"each\" goes with JSON: nothing in \"source\" (\"format\", \"records\", a column's \"path\") says that "
			"it is");
	check_way(p, j, path);
	for (size_t i = 0; i < s->column_count; i++) {
		const struct column *c = &s->columns[i];
		if (c->type == COLUMN_JSON && c->path_count == 1 && str_eq(c->paths->text, path->text) &&
		    c->standard.type == VALUE_EMPTY)
			return (int)i;
	}
	return add_array(p, j, path);
}
