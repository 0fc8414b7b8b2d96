/* The part of a mapping's parse that reads the source: its columns, and how the file is written. */
#include "parse.h"

#include "qonduit/charset.h"
#include "qonduit/moment.h"
#include "qonduit/unicode.h"

#define TYPES_EXPECTED "a type: text, integer, decimal, boolean, date, datetime, gtin, url, currency or json"

const struct str *parse_texts(struct parse *p, const struct json *j, size_t *count)
{
	struct str *texts = ARENA_ARRAY(&p->m->arena, j->kind == JSON_ARRAY ? j->count : 1, struct str);

	*count = 0;
	if (j->kind == JSON_STRING)
		texts[(*count)++] = j->text;
	else
		for (const struct json *item = j->child; item; item = item->next)
			texts[(*count)++] = item->text;
	return texts;
}

/* A constant of the type json: what is written, as it stands. */
static bool read_json(struct parse *p, const struct json *j, struct value *out)
{
	struct buf text = { 0 };

	if (!parse_kind(p, j, j->kind == JSON_OBJECT ? JSON_OBJECT : JSON_ARRAY, "an object or an array"))
		return false;
	json_print(j, &text);
	*out = (struct value){ .type = VALUE_JSON, .text = arena_copy(&p->m->arena, buf_str(&text)) };
	buf_release(&text);
	return true;
}

bool parse_constant(struct parse *p, const struct json *j, enum column_type type, struct value *out)
{
	if (type == COLUMN_JSON)
		return read_json(p, j, out);
	struct column plain = { .type = type, .header_of = -1, .decimal_mark = '.' };
	struct buf why = { .max = 1024 };
	struct str text = json_is_bool(j) ? (j->kind == JSON_TRUE ? STR("true") : STR("false"))
		: json_text(j, (struct str){ 0 });
	bool fine = json_is_bool(j) || json_is(j, JSON_STRING) || json_is(j, JSON_NUMBER);

	if (!fine)
		parse_fault(p, j, "mapping.kind", "found %s, expected a text or a number", json_kind_name(j));
	else if (!column_read(&plain, cell_of(text, CELL_TEXT), (struct str){ 0 },
	    &p->m->arena, out, &why))
		fine = (parse_fault(p, j, "mapping.constant", "%s", buf_text(&why)), false);
	buf_release(&why);
	return fine;
}

enum column_type parse_type(struct parse *p, const struct json *j)
{
	static const struct str names[] = { STR("text"), STR("integer"), STR("decimal"), STR("boolean"), STR("date"),
		STR("datetime"), STR("gtin"), STR("url"), STR("currency"), STR("json") };

	if (!j || !parse_kind(p, j, JSON_STRING, TYPES_EXPECTED))
		return COLUMN_TEXT;
	int type = column_type_of(j->text);
	if (type >= 0)
		return (enum column_type)type;
	parse_fault(p, j, "mapping.unknown_type", "\"%s\" is not " TYPES_EXPECTED "%s", j->text.p,
		parse_near(p, j->text, names, sizeof names / sizeof *names));
	return COLUMN_TEXT;
}

/* A fault where a text is empty, or nothing but white space. */
static void check_text(struct parse *p, const struct json *at, struct str text, const char *what)
{
	if (!uni_trim(text).n)
		parse_fault(p, at, "mapping.empty", "found an empty text, expected %s", what);
}

static uint32_t read_mark(struct parse *p, const struct json *object, const char *key, uint32_t standard)
{
	const struct json *j = json_get(object, key);
	uint32_t mark = standard;

	if (!j || !parse_kind(p, j, JSON_STRING, "one character"))
		return standard;
	if (j->text.n == 0 || utf8_next(j->text, &mark) != j->text.n || strchr("0123456789+-", j->text.p[0]))
		parse_fault(p, j, "mapping.mark", "found \"%s\", expected one character that is neither a digit nor a sign",
			j->text.p);
	return mark;
}

static void read_words(struct parse *p, const struct json *object, const char *key, const struct str **words,
	size_t *count)
{
	const struct json *j = json_get(object, key);
	if (j && parse_names(p, j, true, "a list of words"))
		*words = parse_texts(p, j, count);
}

/* A word that cannot be met, or that says both. */
static void check_words(struct parse *p, const struct json *object, const struct column *c)
{
	for (size_t t = 0; t < c->true_count; t++)
		for (size_t f = 0; f < c->false_count; f++)
			if (str_eq(uni_fold(&p->m->arena, c->true_words[t]), uni_fold(&p->m->arena, c->false_words[f])))
				parse_fault(p, json_get(object, "false"), "mapping.words",
					"\"%s\" stands in \"true\" and in \"false\"", c->true_words[t].p);
	for (size_t t = 0; t < c->true_count; t++)
		check_text(p, json_get(object, "true"), c->true_words[t], "a word");
	for (size_t f = 0; f < c->false_count; f++)
		check_text(p, json_get(object, "false"), c->false_words[f], "a word");
}

static void read_dates(struct parse *p, const struct json *j, struct column *c)
{
	const struct json *format = json_get(j, "format"), *zone = json_get(j, "timezone");

	if (format && parse_names(p, format, true, "a strptime form or a list of them")) {
		const struct str *texts = parse_texts(p, format, &c->form_count);
		const char **forms = ARENA_ARRAY(&p->m->arena, c->form_count, const char *);
		for (size_t i = 0; i < c->form_count; i++) {
			forms[i] = texts[i].p;
			if (!moment_form_reads(forms[i], c->type == COLUMN_DATE))
				parse_fault(p, format, "mapping.form",
					"no %s can be read with the form \"%s\", expected one of strptime such as \"%%d.%%m.%%Y\"",
					column_type_name(c->type), forms[i]);
		}
		c->forms = forms;
	}
	if (zone && parse_kind(p, zone, JSON_STRING, "a time zone such as \"Europe/Warsaw\"")) {
		c->zone = zone->text.p;
		if (!moment_zone_known(c->zone))
			parse_fault(p, zone, "mapping.zone", "\"%s\" is not a time zone that this machine knows", c->zone);
	}
}

/* Keys that only some types read say so when they stand on another. */
static void check_column_keys(struct parse *p, const struct json *j, enum column_type type)
{
	static const struct {
		const char *key;
		unsigned types;
		const char *goes_with;
	} rules[] = {
		{ "decimal_mark", 1u << COLUMN_INTEGER | 1u << COLUMN_DECIMAL, "integer and decimal" },
		{ "group_mark", 1u << COLUMN_INTEGER | 1u << COLUMN_DECIMAL, "integer and decimal" },
		{ "true", 1u << COLUMN_BOOLEAN, "boolean" },
		{ "false", 1u << COLUMN_BOOLEAN, "boolean" },
		{ "format", 1u << COLUMN_DATE | 1u << COLUMN_DATETIME, "date and datetime" },
		{ "timezone", 1u << COLUMN_DATE | 1u << COLUMN_DATETIME, "date and datetime" },
	};

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (json_get(j, rules[i].key) && !(rules[i].types & 1u << type))
			parse_fault_key(p, json_get(j, rules[i].key), "mapping.key_of_type",
				"\"%s\" goes with %s columns, this one is %s", rules[i].key, rules[i].goes_with,
				column_type_name(type));
}

static void read_headers(struct parse *p, const struct json *j, struct column *c)
{
	c->headers = parse_texts(p, j, &c->header_count);
	for (size_t i = 0; i < c->header_count; i++)
		check_text(p, j, c->headers[i], "a header");
}

/* Where a column is found, and what does not go together. */
static void read_place(struct parse *p, const struct json *j, struct column *c)
{
	const struct json *header = json_get(j, "header"), *path = json_get(j, "path"), *of = json_get(j, "header_of");
	const char *format = p->m->source.format;
	bool json = strcmp(format, "json") == 0 || strcmp(format, "ndjson") == 0;

	if (header && parse_names(p, header, true, "a header or a list of headers"))
		read_headers(p, header, c);
	if (path && parse_names(p, path, true, "a path or a list of paths"))
		parse_paths(p, path, c);
	if (path && !json && strcmp(format, "auto") != 0)
		parse_fault_key(p, path, "mapping.key_of_format", "\"path\" goes with JSON, \"format\" is \"%s\"", format);
	if (of && (header || path))
		parse_fault_key(p, of, "mapping.two_forms", "\"header_of\" stands alone: \"%s\" stands beside it",
			header ? "header" : "path");
	else if (of && json)
		parse_fault_key(p, of, "mapping.key_of_format",
			"\"header_of\" goes with CSV and workbooks, \"format\" is \"%s\"", format);
	else if (!of && !path && json)
		parse_fault(p, j, "mapping.missing", "a column of a JSON source needs \"path\"");
	else if (!of && !path && !header)
		parse_fault(p, j, "mapping.missing", "a column needs one of \"header\", \"path\" and \"header_of\"");
}

static void read_column(struct parse *p, const struct json *j, struct column *c)
{
	const struct json *standard;

	c->name = j->key;
	c->header_of = -1;
	c->decimal_mark = '.';
	if (j->kind == JSON_STRING) {
		(p->m->for_json ? parse_paths : read_headers)(p, j, c);
		return;
	}
	if (!parse_kind(p, j, JSON_OBJECT, "a header, or an object such as { \"header\": \"GTIN\", \"type\": \"gtin\" }"))
		return;
	parse_keys(p, j, language_column, "a column");
	c->type = parse_type(p, json_get(j, "type"));
	c->required = parse_bool(p, j, "required");
	c->optional = parse_bool(p, j, "optional");
	check_column_keys(p, j, c->type);
	read_place(p, j, c);
	c->decimal_mark = read_mark(p, j, "decimal_mark", '.');
	c->group_mark = read_mark(p, j, "group_mark", 0);
	if (c->group_mark == c->decimal_mark)
		parse_fault_key(p, json_get(j, "group_mark") ? json_get(j, "group_mark") : json_get(j, "decimal_mark"),
			"mapping.mark", "decimal_mark and group_mark are the same character");
	read_words(p, j, "true", &c->true_words, &c->true_count);
	read_words(p, j, "false", &c->false_words, &c->false_count);
	check_words(p, j, c);
	read_dates(p, j, c);
	standard = json_get(j, "default");
	if (standard)
		parse_constant(p, standard, c->type, &c->standard);
	if (c->required && c->optional)
		parse_fault_key(p, json_get(j, "optional"), "mapping.contradiction",
			"a column is either \"required\" or \"optional\"");
}

/* header_of names another column that has a * in one of its headers. */
static void resolve_header_of(struct parse *p, struct column *columns, size_t count)
{
	struct str *names = ARENA_ARRAY(&p->m->arena, count, struct str);

	for (size_t i = 0; i < count; i++)
		names[i] = columns[i].name;
	for (size_t i = 0; i < count; i++) {
		const struct json *j = json_get(p->m->column_at[i], "header_of");
		bool star = false;
		size_t at = 0;
		if (!j || columns[i].header_count || !parse_kind(p, j, JSON_STRING, "the name of a column"))
			continue;
		while (at < count && !str_eq(names[at], j->text))
			at++;
		if (at == count) {
			parse_fault(p, j, "mapping.unknown_column", "there is no column \"%s\"%s", j->text.p,
				parse_near(p, j->text, names, count));
			continue;
		}
		for (size_t h = 0; h < columns[at].header_count - columns[at].path_count; h++)
			star = star || str_find(columns[at].headers[h], STR("*")) >= 0;
		if (!star)
			parse_fault(p, j, "mapping.no_star", "no header of \"%s\" has a * whose text could be read", j->text.p);
		columns[i].header_of = (int)at;
	}
}

static void read_columns(struct parse *p, const struct json *j)
{
	struct column *columns;
	size_t count = 0;

	if (!parse_kind(p, j, JSON_OBJECT, "an object of name: column"))
		return;
	columns = ARENA_ARRAY(&p->m->arena, j->count, struct column);
	p->m->column_at = ARENA_ARRAY(&p->m->arena, j->count, const struct json *);
	for (const struct json *member = j->child; member; member = member->next) {
		if (parse_is_comment(member))
			continue;
		p->m->column_at[count] = member;
		read_column(p, member, &columns[count++]);
	}
	if (!count)
		parse_fault(p, j, "mapping.empty", "\"columns\" is empty: there is nothing to read");
	resolve_header_of(p, columns, count);
	p->m->source.columns = columns;
	p->m->source.column_count = count;
	p->m->declared_count = count;
}

static char read_char(struct parse *p, const struct json *object, const char *key)
{
	const struct json *j = json_get(object, key);

	if (!j || !parse_kind(p, j, JSON_STRING, "\"auto\" or one character") || str_eq(j->text, STR("auto")))
		return 0;
	if (str_eq(j->text, STR("\\t")) || str_eq_nocase(j->text, STR("tab")))
		return '\t';
	if (j->text.n == 1 && j->text.p[0] != '\n' && j->text.p[0] != '\r')
		return j->text.p[0];
	parse_fault(p, j, "mapping.character", "found \"%s\", expected \"auto\" or one ASCII character", j->text.p);
	return 0;
}

/* One of the words of a list, or a fault. */
static const char *read_word(struct parse *p, const struct json *object, const char *key, const char *const *words,
	const char *expected)
{
	const struct json *j = json_get(object, key);
	struct str list[8];
	size_t count = 0;

	if (!j || !parse_kind(p, j, JSON_STRING, expected))
		return words[0];
	for (; words[count]; count++) {
		list[count] = str_of(words[count]);
		if (str_eq(j->text, list[count]))
			return words[count];
	}
	parse_fault(p, j, "mapping.word", "found \"%s\", expected %s%s", j->text.p, expected,
		parse_near(p, j->text, list, count));
	return words[0];
}

/* A name or a 1-based number. */
static void read_sheet(struct parse *p, const struct json *j, struct source_options *s)
{
	int64_t number = 0;

	if (!j)
		return;
	if (j->kind == JSON_STRING && j->text.n)
		s->sheet = j->text;
	else if (j->kind == JSON_NUMBER && json_to_i64(j, &number) && number >= 1)
		s->sheet_number = (uint64_t)number;
	else
		parse_fault(p, j, "mapping.sheet", "found %s, expected the name of a sheet or its number from 1",
			json_kind_name(j));
}

/* Keys that only some formats read say so when another is declared. */
static void check_format_keys(struct parse *p, const struct json *source, const char *format)
{
	static const struct {
		const char *key, *formats[4], *goes_with;
	} rules[] = {
		{ "sheet", { "xlsx" }, "workbooks" },
		{ "delimiter", { "csv" }, "CSV" },
		{ "quote", { "csv" }, "CSV" },
		{ "encoding", { "csv", "json", "ndjson" }, "CSV and JSON" },
		{ "header_row", { "csv", "xlsx" }, "CSV and workbooks" },
		{ "ragged", { "csv", "xlsx" }, "CSV and workbooks" },
		{ "records", { "json", "ndjson" }, "JSON" },
	};

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		const struct json *j = json_get(source, rules[i].key);
		bool reads = strcmp(format, "auto") == 0;
		for (size_t f = 0; rules[i].formats[f]; f++)
			reads = reads || strcmp(format, rules[i].formats[f]) == 0;
		if (j && !reads && !str_eq(json_text(j, (struct str){ 0 }), STR("auto")))
			parse_fault_key(p, j, "mapping.key_of_format", "\"%s\" goes with %s, \"format\" is \"%s\"", rules[i].key,
				rules[i].goes_with, format);
	}
}

void parse_source(struct parse *p, const struct json *j)
{
	struct source_options *s = &p->m->source;
	const struct json *row, *encoding;

	if (!j || !parse_kind(p, j, JSON_OBJECT, "an object with \"columns\""))
		return;
	parse_keys(p, j, language_source, "\"source\"");
	s->format = read_word(p, j, "format", language_formats, "\"auto\", \"csv\", \"xlsx\", \"json\" or \"ndjson\"");
	p->m->for_json = parse_is_json(j, s->format);
	check_format_keys(p, j, s->format);
	parse_records(p, json_get(j, "records"), s);
	read_sheet(p, json_get(j, "sheet"), s);
	s->delimiter = read_char(p, j, "delimiter");
	s->quote = read_char(p, j, "quote");
	if (s->delimiter && s->delimiter == (s->quote ? s->quote : '"'))
		parse_fault(p, json_get(j, "delimiter"), "mapping.character", "delimiter and quote are the same character");
	s->pad_ragged = read_word(p, j, "ragged", language_ragged, "\"reject\" or \"pad\"") == language_ragged[1];
	row = json_get(j, "header_row");
	int64_t number = 0;
	if (row && !str_eq(json_text(row, (struct str){ 0 }), STR("auto")) &&
	    (!json_to_i64(row, &number) || number < 1 || number > 1000000))
		parse_fault(p, row, "mapping.row", "found %s, expected \"auto\" or a row number from 1", json_kind_name(row));
	s->header_row = number > 0 ? (uint64_t)number : 0;
	encoding = json_get(j, "encoding");
	if (encoding && parse_kind(p, encoding, JSON_STRING, "\"auto\" or an encoding such as \"windows-1252\"")) {
		s->encoding = encoding->text.p;
		if (!str_eq(encoding->text, STR("auto")) && !charset_known(s->encoding))
			parse_fault(p, encoding, "mapping.encoding", "\"%s\" is not an encoding that this machine knows",
				s->encoding);
	}
	if (json_get(j, "columns"))
		read_columns(p, json_get(j, "columns"));
	else
		parse_fault(p, j, "mapping.missing", "\"source\" needs \"columns\"");
}
