/* The part of a mapping's parse that reads the sheets of a workbook. */
#include <stdio.h>

#include "parse.h"
#include "qonduit/unicode.h"

#define TITLE_MAX 255
#define WIDTH_MAX 255

/* A whole number of that range. */
static bool read_whole(struct parse *p, const struct json *j, int64_t most, uint64_t *out)
{
	int64_t n;

	if (!json_to_i64(j, &n) || n < 1 || n > most) {
		parse_fault(p, j, "mapping.number", "found %s, expected a whole number from 1%s%s",
			json_is(j, JSON_NUMBER) ? j->text.p : json_kind_name(j), most == INT64_MAX ? "" : " to ",
			most == INT64_MAX ? "" : arena_printf(&p->m->arena, "%lld", (long long)most).p);
		return false;
	}
	*out = (uint64_t)n;
	return true;
}

/* One of `words`, ended by null: its index, or -1 after a fault. */
static int read_word(struct parse *p, const struct json *j, const char *const *words, const char *what)
{
	struct str list[8];
	struct buf all = { .max = 256 };
	size_t count = 0;

	for (; words[count]; count++) {
		list[count] = str_of(words[count]);
		if (json_is(j, JSON_STRING) && str_eq(j->text, list[count]))
			return buf_release(&all), (int)count;
		buf_printf(&all, "%s\"%s\"", count ? ", " : "", words[count]);
	}
	bool word = json_is(j, JSON_STRING);
	parse_fault(p, j, "mapping.word", "found %s%s%s, expected %s: one of %s%s", word ? "\"" : "",
		word ? j->text.p : json_kind_name(j), word ? "\"" : "", what, buf_text(&all),
		word ? parse_near(p, j->text, list, count) : "");
	buf_release(&all);
	return -1;
}

/* ---- columns ---- */

/* What of a number format stands at `s`, in bytes: a text in quotes, a part in brackets, a character behind one that
 * takes the next as it is, or one character. 0 where its end is missing. */
static size_t format_part(struct str s)
{
	uint32_t c;
	size_t taken = s.p[0] == '\\' || s.p[0] == '_' || s.p[0] == '*' ? 1 : 0;

	if (s.p[0] == '"' || s.p[0] == '[') {
		ptrdiff_t end = str_find(str_from(s, 1), s.p[0] == '"' ? STR("\"") : STR("]"));
		return end < 0 ? 0 : (size_t)end + 2;
	}
	if (str_starts(s, STR("General")))
		return 7;
	if (str_starts(s, STR("AM/PM")))
		return 5;
	return taken == s.n ? 0 : taken + utf8_next(str_from(s, taken), &c);
}

/* Spreadsheets refuse a workbook whole for a number format that they cannot read. */
static const char *format_fault(struct str format)
{
	static const char letters[] = "yYmMdDhHsSEe";
	size_t sections = 1;

	if (!format.n || format.n > SHEET_FORMAT_MAX)
		return "it is empty, or longer than a workbook keeps";
	for (size_t n; format.n; format = str_from(format, n)) {
		char c = format.p[0];
		n = format_part(format);
		if (n == 0)
			return c == '"' ? "a quote is not closed" : c == '[' ? "a bracket is not closed" : "it ends too soon";
		if ((unsigned char)c < ' ')
			return "a control character stands in it";
		if (n == 1 && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) && !strchr(letters, c))
			return "letters that are to be shown stand in quotes, such as 0 \\\"pcs\\\"";
		sections += c == ';';
	}
	return sections > 4 ? "it has more than four sections" : NULL;
}

/* "format" and "width" of the object, where it is one. */
static void read_look(struct parse *p, const struct json *object, struct mapping_sheet_column *c)
{
	const struct json *format = json_get(object, "format"), *width = json_get(object, "width");
	uint64_t characters;

	if (format && parse_kind(p, format, JSON_STRING, "a number format such as \"#,##0.00\"")) {
		const char *why = format_fault(format->text);
		if (why)
			parse_fault(p, format, "mapping.format", "\"%s\" is no number format: %s", format->text.p, why);
		else
			c->format = format;
	}
	if (width && read_whole(p, width, WIDTH_MAX, &characters))
		c->width = (uint32_t)characters;
}

static void check_title(struct parse *p, const struct json *at, bool key, struct str title)
{
	size_t length = uni_length(title);

	if (uni_trim(title).n && length <= TITLE_MAX)
		return;
	(key ? parse_fault_key : parse_fault)(p, at, "mapping.title", "found %zu characters, a title has 1 to %d%s", length,
		TITLE_MAX, length && length <= TITLE_MAX ? ", and not only blanks" : "");
}

static void read_field(struct parse *p, const struct json *member, struct mapping_sheet_column *c)
{
	check_title(p, member, true, member->key);
	*c = (struct mapping_sheet_column){ .title = member->key, .at = member };
	parse_cell_rule(p, member, &c->rule);
	read_look(p, member, c);
}

/* { word: rule, "format", "width" } */
static void read_measure(struct parse *p, const struct json *member, struct mapping_sheet_column *c)
{
	check_title(p, member, true, member->key);
	*c = (struct mapping_sheet_column){ .title = member->key, .at = member };
	if (!parse_kind(p, member, JSON_OBJECT, "a measure such as { \"sum\": column }"))
		return;
	parse_keys(p, member, language_measure, "a measure");
	for (const struct json *j = member->child; j; j = j->next) {
		enum measure_kind kind = measure_of(j->key);
		if (kind && c->measure) {
			parse_fault_key(p, j, "mapping.two_forms", "a measure has one word: \"%s\" and \"%s\" stand side by side",
				measure_word(c->measure), j->key.p);
		} else if (kind) {
			c->measure = kind;
			parse_rule(p, j, &c->rule);
		}
	}
	if (!c->measure)
		parse_fault(p, member, "mapping.missing",
			"a measure needs one of \"count\", \"sum\", \"average\", \"lowest\", \"highest\"");
	read_look(p, member, c);
}

/* The group's own column; its title is the column's name where none is given. */
static void read_group(struct parse *p, const struct json *sheet, struct mapping_sheet_column *c)
{
	const struct json *by = json_get(sheet, "group_by"), *title = json_get(sheet, "title");

	*c = (struct mapping_sheet_column){ .title = STR("Group"), .at = title ? title : by };
	parse_cell_rule(p, by, &c->rule);
	read_look(p, by, c);
	if (c->rule.kind == RULE_COLUMN && json_is(c->rule.subject, JSON_STRING))
		c->title = c->rule.subject->text;
	if (title && parse_kind(p, title, JSON_STRING, "the title of the groups' column")) {
		check_title(p, title, false, title->text);
		c->title = title->text;
	}
}

/* Titles are alike where a reader would take one for the other: case and white space do not count. */
static void check_unique(struct parse *p, const struct mapping_sheet *s)
{
	struct str *folded = ARENA_ARRAY(&p->m->arena, s->column_count, struct str);

	if (s->column_count > REPORT_COLUMNS_MAX) {
		parse_fault(p, s->at, "mapping.columns", "found %zu columns, a sheet holds %u", s->column_count,
			REPORT_COLUMNS_MAX);
		return;
	}
	for (size_t i = 0; i < s->column_count; i++) {
		folded[i] = uni_fold(&p->m->arena, s->columns[i].title);
		for (size_t other = 0; other < i; other++) {
			if (!str_eq(folded[i], folded[other]))
				continue;
			parse_fault_key(p, s->columns[i].at, "mapping.title",
				"the title \"%s\" stands twice in this sheet: case does not tell titles apart", s->columns[i].title.p);
			break;
		}
	}
}

/* "fields" or "measures", or null after a fault. */
static const struct json *columns_of(struct parse *p, const struct json *sheet, bool grouped)
{
	const struct json *members = json_get(sheet, grouped ? "measures" : "fields");

	if (!members) {
		parse_fault(p, sheet, "mapping.missing", grouped ? "a sheet of groups needs \"measures\"" :
			"a sheet needs \"fields\", or \"group_by\" and \"measures\"");
		return NULL;
	}
	if (!parse_kind(p, members, JSON_OBJECT, grouped ? "an object of title: measure" : "an object of title: rule"))
		return NULL;
	if (parse_count(members))
		return members;
	parse_fault(p, members, "mapping.empty", "\"%s\" is empty", members->key.p);
	return NULL;
}

/* Those of a sheet of groups stand behind the group. */
static void read_columns(struct parse *p, const struct json *sheet, struct mapping_sheet *s)
{
	const struct json *members = columns_of(p, sheet, s->grouped);

	s->columns = ARENA_ARRAY(&p->m->arena, (members ? members->count : 0) + 1, struct mapping_sheet_column);
	if (s->grouped && json_get(sheet, "group_by"))
		read_group(p, sheet, &s->columns[s->column_count++]);
	else if (s->grouped)
		parse_fault(p, sheet, "mapping.missing",
			"a sheet with \"measures\" needs \"group_by\": what puts rows together");
	for (const struct json *j = members ? members->child : NULL; j; j = j->next)
		if (!parse_is_comment(j))
			(s->grouped ? read_measure : read_field)(p, j, &s->columns[s->column_count++]);
	check_unique(p, s);
}

/* ---- what stands around them ---- */

static void read_totals(struct parse *p, const struct json *j, struct mapping_sheet *s)
{
	static const char *const words[] = { "count", "sum", "average", "lowest", "highest", NULL };

	if (!j || !parse_kind(p, j, JSON_OBJECT, "an object of title: measure"))
		return;
	s->totals = ARENA_ARRAY(&p->m->arena, j->count, struct mapping_total);
	for (const struct json *member = j->child; member; member = member->next) {
		int word = parse_is_comment(member) ? -1 : read_word(p, member, words, "a measure");
		if (word >= 0)
			s->totals[s->total_count++] = (struct mapping_total){ member, measure_of(member->text) };
	}
}

static void read_chart(struct parse *p, const struct json *j, struct mapping_sheet *s)
{
	const struct json *type, *values, *title;

	if (!j || !parse_kind(p, j, JSON_OBJECT, "a chart: { \"type\", \"values\" }"))
		return;
	parse_keys(p, j, language_chart, "a chart");
	type = json_get(j, "type");
	values = json_get(j, "values");
	title = json_get(j, "title");
	if (!type || !values) {
		parse_fault(p, j, "mapping.missing", "a chart needs \"type\" and \"values\"");
		return;
	}
	int kind = read_word(p, type, language_charts, "a kind of chart");
	if (!parse_names(p, values, true, "a title or a list of titles") || kind < 0)
		return;
	struct mapping_chart *c = s->chart = ARENA_NEW(&p->m->arena, struct mapping_chart);
	*c = (struct mapping_chart){ .at = j, .values = values, .kind = (enum chart_kind)kind };
	if (kind == CHART_PIE && values->kind == JSON_ARRAY && values->count > 1)
		parse_fault(p, values, "mapping.chart", "found %zu titles: a pie shows one", values->count);
	if (title && parse_kind(p, title, JSON_STRING, "a text")) {
		check_title(p, title, false, title->text);
		c->title = title->text;
	}
	if (json_get(j, "top"))
		read_whole(p, json_get(j, "top"), INT64_MAX, &c->top);
}

static void read_order(struct parse *p, const struct json *j, struct mapping_sheet *s)
{
	const struct json *by = json_get(j, "sort_by");

	if (by && parse_kind(p, by, JSON_STRING, "a title of this sheet"))
		s->sort_by = by;
	s->descending = parse_bool(p, j, "descending");
	if (json_get(j, "top"))
		read_whole(p, json_get(j, "top"), INT64_MAX, &s->top);
}

static void read_name(struct parse *p, const struct json *j, struct mapping_sheet *s)
{
	const struct json *name = json_get(j, "name");

	if (!name) {
		parse_fault(p, j, "mapping.missing", "a sheet needs \"name\"");
		return;
	}
	if (!parse_kind(p, name, JSON_STRING, "the name of a sheet"))
		return;
	s->name = name->text;
	const char *why = sheet_name_fault(s->name);
	if (why)
		parse_fault(p, name, "mapping.sheet_name", "\"%s\" cannot be the name of a sheet: %s", s->name.p, why);
}

static void read_sheet(struct parse *p, const struct json *j, struct mapping_sheet *s)
{
	*s = (struct mapping_sheet){ .at = j };
	if (!parse_kind(p, j, JSON_OBJECT, "a sheet: { \"name\", \"fields\" } or { \"name\", \"group_by\", \"measures\" }"))
		return;
	s->grouped = json_get(j, "group_by") || json_get(j, "measures");
	if (s->grouped && json_get(j, "fields"))
		parse_fault_key(p, json_get(j, "fields"), "mapping.two_forms",
			"a sheet is one of rows (\"fields\") or one of groups (\"group_by\" and \"measures\"), not both");
	bool rows = !s->grouped && json_get(j, "fields");
	parse_keys(p, j, rows ? language_sheet_of_rows : language_sheet, s->grouped ? "a sheet of groups" :
		rows ? "a sheet of rows" : "a sheet");
	read_name(p, j, s);
	read_columns(p, j, s);
	read_totals(p, json_get(j, "totals"), s);
	read_order(p, j, s);
	read_chart(p, json_get(j, "chart"), s);
}

/* Spreadsheets tell sheets apart without regard to case. */
static void check_names(struct parse *p, const struct mapping_output *o)
{
	for (size_t i = 0; i < o->sheet_count; i++) {
		for (size_t other = 0; o->sheets[i].name.n && other < i; other++) {
			if (!str_eq(uni_fold(&p->m->arena, o->sheets[i].name), uni_fold(&p->m->arena, o->sheets[other].name)))
				continue;
			parse_fault(p, json_get(o->sheets[i].at, "name"), "mapping.sheet_name",
				"two sheets are called \"%s\": case does not tell them apart", o->sheets[i].name.p);
			break;
		}
	}
}

void parse_sheets(struct parse *p, const struct json *j, struct mapping_output *out)
{
	if (!parse_kind(p, j, JSON_ARRAY, "a list of sheets"))
		return;
	if (!j->count)
		parse_fault(p, j, "mapping.empty", "\"sheets\" is empty: a workbook has at least one");
	out->sheets = ARENA_ARRAY(&p->m->arena, j->count, struct mapping_sheet);
	for (const struct json *item = j->child; item; item = item->next)
		read_sheet(p, item, &out->sheets[out->sheet_count++]);
	check_names(p, out);
}
