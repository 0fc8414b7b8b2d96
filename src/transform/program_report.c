/* The part of the compile that makes the report of a workbook: its columns become the fields of one record. */
#include "compile.h"

/* One sheet that is compiled. */
struct sheeting {
	struct scope *scope;
	const struct mapping_sheet *from;
	struct report_sheet *to;
	struct report_column *columns;
};

/* A title is the name of its field, so that tests and rejects can name it; one that is taken already, and those of
 * groups, stand behind the name of their sheet. */
static struct str field_name(const struct sheeting *c, const struct mapping_sheet_column *column,
	const struct program_output *out)
{
	bool taken = c->from->grouped;

	for (size_t i = 0; i < out->shape.count && !taken; i++)
		taken = str_eq(out->shape.fields[i].name, column->title);
	return taken ? arena_printf(c->scope->arena, "%.*s!%.*s", STR_ARG(c->from->name), STR_ARG(column->title)) :
		column->title;
}

/* The titles of the sheet, from column `from` on. */
static const char *near_title(const struct sheeting *c, struct str title, size_t from)
{
	struct str *titles = ARENA_ARRAY(c->scope->arena, c->from->column_count, struct str);
	size_t count = 0;

	for (size_t i = from; i < c->from->column_count; i++)
		titles[count++] = c->from->columns[i].title;
	return scope_near(c->scope, title, titles, count);
}

/* The column with that title, from column `from` on; -1 where there is none. */
static int find_title(const struct sheeting *c, struct str title, size_t from)
{
	for (size_t i = from; i < c->from->column_count; i++) {
		if (str_eq(c->from->columns[i].title, title))
			return (int)i;
	}
	return -1;
}

static void check_measure(struct sheeting *c, enum measure_kind kind, enum value_type type, const struct json *at)
{
	bool number = kind == MEASURE_SUM || kind == MEASURE_AVERAGE;

	if (type == VALUE_EMPTY || measure_takes(kind) & 1u << type)
		return;
	scope_fault(c->scope, at, "mapping.type", "\"%s\" takes %s, but here is %s%s", measure_word(kind),
		number ? "numbers" : "numbers and dates", value_type_name(type),
		type == VALUE_TEXT && number ? ": give the column \"type\": \"decimal\", or put \"to_decimal\" behind it" : "");
}

static bool is_link(const struct rule *rule, const struct scope *s)
{
	if ((rule->kind != RULE_COLUMN && rule->kind != RULE_FIRST_OF) || rule->step_count)
		return false;
	for (size_t i = 0; i < rule->column_count; i++) {
		if (s->columns[rule->columns[i]].type != COLUMN_URL)
			return false;
	}
	return rule->column_count != 0;
}

static void compile_column(struct sheeting *c, size_t i, struct record_field *field, struct rule *rule,
	const struct program_output *out)
{
	const struct mapping_sheet_column *from = &c->from->columns[i];
	size_t before = c->scope->faults->errors;

	field->name = field_name(c, from, out);
	field->json_key = compile_json_key(field->name, c->scope->arena);
	compile_rule(rule, &from->rule, NULL, c->scope);
	field->type = rule->type;
	compile_sure(field, rule);
	c->columns[i] = (struct report_column){ .title = from->title, .type = rule->type, .measure = from->measure,
		.number_format = from->format ? from->format->text.p : NULL, .width = from->width,
		.link = !from->measure && is_link(rule, c->scope) };
	if (from->measure)
		c->columns[i].type = measure_gives(from->measure, rule->type);
	if (c->scope->faults->errors != before)
		return;
	if (from->measure)
		check_measure(c, from->measure, rule->type, from->at);
	else if (rule->type == VALUE_JSON)
		scope_fault(c->scope, from->rule.at, "mapping.type",
			"\"%s\" is an object or a list, which cannot stand in a cell: put it apart, or take one value of it",
			from->title.p);
}

/* Below a measure stands the same measure of all rows; counts may be summed, which is the same. */
static void check_group_total(struct sheeting *c, const struct mapping_total *t, size_t column)
{
	enum measure_kind own = column ? c->columns[column].measure : MEASURE_COUNT;

	if (t->kind == own || (column && own == MEASURE_COUNT && t->kind == MEASURE_SUM))
		return;
	scope_fault(c->scope, t->at, "mapping.total", "the total of \"%s\" is over all rows: expected \"%s\", not \"%s\"",
		t->at->key.p, measure_word(own), t->at->text.p);
}

static void compile_totals(struct sheeting *c)
{
	for (size_t i = 0; i < c->from->total_count; i++) {
		const struct mapping_total *t = &c->from->totals[i];
		int column = find_title(c, t->at->key, 0);
		if (column < 0) {
			scope_fault_key(c->scope, t->at, "mapping.unknown_title", "this sheet has no title \"%s\"%s", t->at->key.p,
				near_title(c, t->at->key, 0));
			continue;
		}
		if (c->from->grouped)
			check_group_total(c, t, (size_t)column);
		else
			check_measure(c, t->kind, c->columns[column].type, t->at);
		c->columns[column].total = t->kind;
		c->to->has_totals = true;
	}
}

static void compile_order(struct sheeting *c)
{
	const struct json *by = c->from->sort_by;
	int column = by ? find_title(c, by->text, 0) : 0;

	if (column < 0)
		scope_fault(c->scope, by, "mapping.unknown_title", "this sheet has no title \"%s\"%s", by->text.p,
			near_title(c, by->text, 0));
	c->to->sort_by = column < 0 ? 0 : (size_t)column;
	c->to->descending = c->from->descending;
	c->to->top = c->from->top;
}

/* What is drawn: a measure that is a number. */
static void compile_value(struct sheeting *c, const struct json *at, uint32_t *values, size_t *count)
{
	int column = find_title(c, at->text, 1);

	if (column < 0)
		scope_fault(c->scope, at, "mapping.unknown_title", "this sheet has no measure \"%s\"%s", at->text.p,
			near_title(c, at->text, 1));
	else if (!(1u << c->columns[column].type & (TYPES_NUMBER | 1u << VALUE_EMPTY)))
		scope_fault(c->scope, at, "mapping.type", "a chart draws numbers, but \"%s\" is %s", at->text.p,
			value_type_name(c->columns[column].type));
	else
		values[(*count)++] = (uint32_t)column;
}

static void compile_chart(struct sheeting *c)
{
	const struct mapping_chart *from = c->from->chart;
	const struct json *list = from->values;
	struct report_chart *chart = ARENA_NEW(c->scope->arena, struct report_chart);
	uint32_t *values = ARENA_ARRAY(c->scope->arena, list->kind == JSON_ARRAY ? list->count : 1, uint32_t);

	*chart = (struct report_chart){ .kind = from->kind, .title = from->title.n ? from->title : c->from->name,
		.values = values, .top = from->top };
	if (list->kind == JSON_STRING)
		compile_value(c, list, values, &chart->value_count);
	else
		for (const struct json *j = list->child; j; j = j->next)
			compile_value(c, j, values, &chart->value_count);
	c->to->chart = chart;
}

/* The sheet's columns become fields behind those that the record has. */
static void compile_sheet(struct report_sheet *to, const struct mapping_sheet *from, struct program_output *out,
	struct record_field *fields, struct rule *rules, struct scope *s)
{
	struct sheeting c = { .scope = s, .from = from, .to = to,
		.columns = ARENA_ARRAY(s->arena, from->column_count, struct report_column) };
	size_t first = out->shape.count;

	*to = (struct report_sheet){ .name = from->name, .first = first, .count = from->column_count, .columns = c.columns,
		.grouped = from->grouped };
	for (size_t i = 0; i < from->column_count; i++) {
		compile_column(&c, i, &fields[first + i], &rules[first + i], out);
		out->shape.count++;
	}
	compile_totals(&c);
	if (!from->grouped)
		return;
	compile_order(&c);
	if (from->chart)
		compile_chart(&c);
}

void compile_report(struct program_output *out, const struct mapping_output *o, struct scope *s)
{
	struct report *report = ARENA_NEW(s->arena, struct report);
	struct report_sheet *sheets = ARENA_ARRAY(s->arena, o->sheet_count, struct report_sheet);
	size_t count = 0;

	for (size_t i = 0; i < o->sheet_count; i++)
		count += o->sheets[i].column_count;
	struct record_field *fields = ARENA_ARRAY(s->arena, count, struct record_field);
	struct rule *rules = ARENA_ARRAY(s->arena, count, struct rule);
	out->shape.fields = fields;
	out->rules = rules;
	for (size_t i = 0; i < o->sheet_count; i++)
		compile_sheet(&sheets[i], &o->sheets[i], out, fields, rules, s);
	*report = (struct report){ sheets, o->sheet_count, REPORT_ROWS_MAX, REPORT_GROUPS_MAX };
	out->report = report;
}
