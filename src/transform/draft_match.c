/* Which column of the file feeds which field of the target. */
#include "draft_parts.h"

#include <stdlib.h>

#include "qonduit/json_write.h"
#include "qonduit/mapping.h"
#include "qonduit/shipped.h"
#include "qonduit/unicode.h"

#define SHIPPED_FOLDER STR("mappings/")
#define SHIPPED_ENDING STR(".json")

/* ---- types ---- */

/* Reads the column as `type` from now on; false where it is read otherwise already, or too few cells can be read so. */
static bool settle(struct draft_column *c, enum column_type type)
{
	uint64_t others;
	if (c->settled)
		return c->reading->type == type;
	const struct column *reading = profile_reading(c->profile, type, &others);
	if (!reading)
		return false;
	c->reading = reading;
	c->others = others;
	return true;
}

/* A step, and room for one more. */
static void add_step(struct buf *steps, struct str step)
{
	buf_add(steps, steps->n ? STR(", ") : STR("["));
	buf_add(steps, step);
}

static struct str take_steps(struct draft *d, struct buf *steps)
{
	if (steps->n)
		buf_addc(steps, ']');
	struct str taken = arena_copy(&d->arena, buf_str(steps));
	buf_release(steps);
	return taken;
}

static bool is_text_type(enum column_type type)
{
	return type == COLUMN_TEXT || type == COLUMN_GTIN || type == COLUMN_URL || type == COLUMN_CURRENCY;
}

static void fit_string(const struct draft *d, const struct contract_field *f, enum column_type type, struct buf *steps)
{
	bool identifies = str_eq(f->name, d->target->key);
	if (!is_text_type(type))
		add_step(steps, STR("\"to_text\""));
	if (type == COLUMN_TEXT && f->max_length && !identifies) {
		add_step(steps, STR("{ \"truncate\": "));
		buf_printf(steps, "%u }", f->max_length);
	}
}

static void fit_places(const struct contract_field *f, enum column_type type, struct buf *steps)
{
	if (type != COLUMN_DECIMAL || f->places < 0)
		return;
	add_step(steps, STR("{ \"round\": "));
	buf_printf(steps, "%d }", f->places);
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

struct str draft_words(struct draft *d, struct str text)
{
	if (!draft_is_json(d))
		return text;
	char *p = arena_alloc(&d->arena, text.n * 2);
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		if (i && is_upper(text.p[i]) && (unsigned char)(text.p[i - 1] - 'a') < 26)
			p[n++] = ' ';
		p[n++] = text.p[i];
	}
	return (struct str){ p, n };
}

struct str draft_tail(struct str path, size_t parts)
{
	size_t at = path.n;
	while (at && (path.p[at - 1] != '.' || --parts))
		at--;
	return str_from(path, at);
}

/* Whether the field takes the column, and by which steps; the column is then read as the field asks for. */
static bool fit(struct draft *d, struct draft_field *f, size_t column)
{
	struct draft_column *c = &d->columns[column];
	struct buf steps = { 0 };
	bool fits = true;
	switch (f->contract->type) {
	case FIELD_ANY:
		break;
	case FIELD_STRING:
		fits = c->reading->type != COLUMN_JSON;
		fit_string(d, f->contract, c->reading->type, &steps);
		break;
	case FIELD_NUMBER:
		fits = c->reading->type == COLUMN_INTEGER || settle(c, COLUMN_DECIMAL);
		fit_places(f->contract, c->reading->type, &steps);
		break;
	case FIELD_INTEGER:
		fits = settle(c, COLUMN_INTEGER) || settle(c, COLUMN_DECIMAL);
		if (c->reading->type == COLUMN_DECIMAL)
			add_step(&steps, STR("\"to_integer\""));
		break;
	case FIELD_BOOLEAN:
		fits = settle(c, COLUMN_BOOLEAN);
		break;
	case FIELD_OBJECT:
	case FIELD_LIST:
		fits = false;
		break;
	}
	f->then = take_steps(d, &steps);
	return fits;
}

/* `alone`: the field is empty where the column is. */
static void feed(struct draft *d, struct draft_field *f, size_t column, enum draft_from from, bool alone)
{
	struct draft_column *c = &d->columns[column];
	f->from = from;
	f->column = column;
	c->settled = true;
	c->required = c->required || (alone && f->contract->required);
}

/* ---- by the shipped mappings ---- */

/* A shipped mapping, bound to the header of the file. */
struct example {
	struct mapping mapping;
	struct binding binding;
};

/* A rule of it that is being written with the names of the draft. */
struct following {
	struct draft *draft;
	const struct example *example;
	struct buf rule;
	bool *uses;               /* columns of the draft that it looks at */
	size_t first;             /* of them; SIZE_MAX: none */
};

/* The column of the file that a column of the shipped mapping is, read as that one or with values of the same type. */
static bool find_column(struct following *f, struct str theirs, size_t *ours)
{
	const struct source_options *from = &f->example->mapping.source;
	for (size_t i = 0; i < from->column_count; i++) {
		const struct column *c = &from->columns[i];
		int at = f->example->binding.at[i];
		if (!str_eq(c->name, theirs) || c->header_of >= 0 || at < 0 || !f->draft->columns[at].name.n)
			continue;
		struct draft_column *own = &f->draft->columns[at];
		*ours = (size_t)at;
		return settle(own, c->type) || column_value_type(own->reading) == column_value_type(c);
	}
	return false;
}

static bool write_column(struct following *f, struct str theirs)
{
	size_t at;
	if (!find_column(f, theirs, &at))
		return false;
	json_escape(&f->rule, f->draft->columns[at].name);
	f->uses[at] = true;
	f->first = f->first == SIZE_MAX ? at : f->first;
	return true;
}

/* Of several columns those that the file has. */
static bool write_columns(struct following *f, const struct json *j)
{
	bool any = false;
	size_t at;
	if (j->kind == JSON_STRING)
		return write_column(f, j->text);
	buf_addc(&f->rule, '[');
	for (const struct json *name = j->child; name; name = name->next) {
		if (!find_column(f, name->text, &at))
			continue;
		buf_add(&f->rule, any ? STR(", ") : STR(""));
		any = write_column(f, name->text);
	}
	buf_addc(&f->rule, ']');
	return any;
}

static void take_param(struct draft *d, const struct json *param)
{
	struct buf value = { 0 };
	for (size_t i = 0; param && i < d->param_count; i++) {
		if (str_eq(d->params[i].name, param->key))
			return;
	}
	if (!param)
		return;
	draft_print(param, &value);
	d->params = mem_grow(d->params, &d->param_cap, d->param_count + 1, sizeof *d->params);
	d->params[d->param_count++] = (struct draft_param){ arena_copy(&d->arena, param->key),
		arena_copy(&d->arena, buf_str(&value)) };
	buf_release(&value);
}

static bool write_rule(struct following *f, const struct json *j);

static bool has_objects(const struct json *j)
{
	bool any = false;
	for (const struct json *child = j->child; child; child = child->next)
		any = any || child->kind == JSON_OBJECT;
	return any;
}

/* What names a column is written with the draft's name, a parameter is taken along. Tables stay with their mapping, and
 * templates and nested rules are more than a beginning needs. */
static bool write_member(struct following *f, const struct json *j)
{
	static const char *const refused[] = { "lookup", "template", "object", "list", "each" };
	struct str key = j->key;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		if (str_eq(key, str_of(refused[i])))
			return false;
	}
	json_escape(&f->rule, key);
	buf_add(&f->rule, STR(": "));
	if (str_eq(key, STR("from")) || str_eq(key, STR("column")))
		return write_columns(f, j);
	if ((str_eq(key, STR("use")) || str_eq(key, STR("else"))) && j->kind == JSON_STRING)
		return write_column(f, j->text);
	if (str_eq(key, STR("param")))
		take_param(f->draft, json_get(json_get(f->example->mapping.root, "params"), j->text.p));
	if (!str_eq(key, STR("value")) && !str_eq(key, STR("map")))
		return write_rule(f, j);
	draft_print(j, &f->rule);
	return !has_objects(j);
}

/* A rule, or a part of one. */
static bool write_rule(struct following *f, const struct json *j)
{
	bool object = j->kind == JSON_OBJECT;
	if (!object && j->kind != JSON_ARRAY) {
		draft_print(j, &f->rule);
		return true;
	}
	buf_add(&f->rule, object ? STR("{ ") : STR("["));
	for (const struct json *child = j->child; child; child = child->next) {
		buf_add(&f->rule, child == j->child ? STR("") : STR(", "));
		if (!(object ? write_member : write_rule)(f, child))
			return false;
	}
	buf_add(&f->rule, object ? STR(" }") : STR("]"));
	return true;
}

/* The column of the file that a rule is made of, even where it cannot be read as the shipped mapping does; or false. */
static bool only_column(struct following *f, const struct mapping_rule *rule, size_t *at)
{
	*at = SIZE_MAX;
	if (rule->kind == RULE_COLUMN && json_is(rule->subject, JSON_STRING))
		find_column(f, rule->subject->text, at);
	return *at != SIZE_MAX;
}

/* The field as the shipped mapping has it, or at least from the same column. */
static void follow(struct draft *d, struct draft_field *field, const struct example *x, const struct mapping_rule *rule)
{
	struct following f = { .draft = d, .example = x, .first = SIZE_MAX,
		.uses = ARENA_ARRAY(&d->arena, d->profile->column_count, bool) };
	bool plain_column = rule->at->kind == JSON_STRING;
	struct err e = { 0 };
	size_t at, params = d->param_count;
	if ((plain_column ? write_column(&f, rule->at->text) : write_rule(&f, rule->at)) && f.first != SIZE_MAX) {
		feed(d, field, f.first, DRAFT_SHIPPED, rule->kind == RULE_COLUMN);
		field->rule = json_parse(arena_copy(&d->arena, buf_str(&f.rule)), "rule", ERR_INTERNAL, &d->arena, &e);
		for (size_t i = 0; i < d->profile->column_count; i++)
			d->columns[i].settled = d->columns[i].settled || f.uses[i];
	} else {
		d->param_count = params; /* without those of a rule that is not taken over */
		if (only_column(&f, rule, &at) && fit(d, field, at))
			feed(d, field, at, rule->then ? DRAFT_BARE : DRAFT_SHIPPED, true);
	}
	buf_release(&f.rule);
}

static void follow_output(struct draft *d, const struct example *x, const struct mapping_output *o)
{
	for (size_t i = 0; i < d->field_count; i++) {
		struct draft_field *f = &d->fields[i];
		for (size_t n = 0; n < o->field_count && f->from == DRAFT_NOTHING; n++) {
			if (str_eq(o->fields[n].name, f->name))
				follow(d, f, x, &o->fields[n].rule);
		}
	}
}

/* "mappings/NAME.json" → NAME; empty for tables and contracts. */
static struct str shipped_name(const char *path, struct arena *a)
{
	struct str s = str_of(path);
	if (!str_starts(s, SHIPPED_FOLDER) || !str_ends(s, SHIPPED_ENDING))
		return (struct str){ 0 };
	s = str_from(str_head(s, s.n - SHIPPED_ENDING.n), SHIPPED_FOLDER.n);
	return str_find(s, STR("/")) < 0 ? arena_copy(a, s) : (struct str){ 0 };
}

/* Whether its columns mean the same in this source. */
static bool reads_alike(const struct draft *d, const struct source_options *theirs)
{
	const struct source_options *ours = d->source->options;
	bool json = theirs->records_count || (theirs->format && strcmp(theirs->format, "auto") != 0 &&
		strcmp(theirs->format, "csv") != 0 && strcmp(theirs->format, "xlsx") != 0);
	if (json != draft_is_json(d) || ours->records_count == 0)
		return json == draft_is_json(d);
	for (size_t i = 0; i < theirs->records_count; i++) {
		if (str_eq(theirs->records[i].text, ours->records[0].text))
			return true;
	}
	return false;
}

static void match_shipped(struct draft *d)
{
	for (const struct shipped_file *file = shipped_files; file->name; file++) {
		struct str name = shipped_name(file->name, &d->arena);
		struct example x;
		struct faults faults;
		if (!name.n)
			continue;
		faults_init(&faults, &d->arena);
		if (mapping_read(&x.mapping, name.p, &faults) == 0 && x.mapping.shipped &&
			reads_alike(d, &x.mapping.source)) {
			columns_bind(x.mapping.source.columns, x.mapping.source.column_count, &d->header, 0, &d->arena, &x.binding,
				NULL);
			for (size_t i = 0; i < x.mapping.output_count; i++) {
				if (str_eq(x.mapping.outputs[i].target, d->target->target))
					follow_output(d, &x, &x.mapping.outputs[i]);
			}
		}
		mapping_release(&x.mapping);
	}
}

/* ---- by name ---- */

/* A name as it is compared: words with single blanks between, in small letters. */
static struct str plain(struct draft *d, struct str name)
{
	struct arena *a = &d->arena;
	struct str folded = uni_fold(a, draft_words(d, name));
	char *p = arena_alloc(a, folded.n + 1);
	for (size_t i = 0; i < folded.n; i++)
		p[i] = strchr("_-./", folded.p[i]) ? ' ' : folded.p[i];
	return uni_squeeze(a, (struct str){ p, folded.n });
}

static void match_equal(struct draft *d, const struct str *headers, enum draft_from from)
{
	for (size_t i = 0; i < d->field_count; i++) {
		struct draft_field *f = &d->fields[i];
		struct str name = plain(d, f->name);
		for (size_t c = 0; c < d->profile->column_count && f->from == DRAFT_NOTHING; c++) {
			if (d->columns[c].name.n && str_eq(headers[c], name) && fit(d, f, c))
				feed(d, f, c, from, true);
		}
	}
}

/* Only columns that feed nothing yet: a second guess at one would be worth little. */
static void match_near(struct draft *d, const struct str *headers)
{
	struct str *free_headers = ARENA_ARRAY(&d->arena, d->profile->column_count, struct str);
	for (size_t i = 0; i < d->field_count; i++) {
		struct draft_field *f = &d->fields[i];
		if (f->from != DRAFT_NOTHING)
			continue;
		for (size_t c = 0; c < d->profile->column_count; c++)
			free_headers[c] = d->columns[c].name.n && !d->columns[c].settled ? headers[c] : STR("");
		int near = str_nearest(plain(d, f->name), free_headers, d->profile->column_count);
		if (near >= 0 && fit(d, f, (size_t)near))
			feed(d, f, (size_t)near, DRAFT_NEAR, true);
	}
}

/* The headers as they are compared; of paths the last parts, 0: all of it. */
static void take_headers(struct draft *d, size_t parts, struct str *headers)
{
	for (size_t i = 0; i < d->profile->column_count; i++) {
		struct str header = d->columns[i].profile->header;
		headers[i] = plain(d, parts ? draft_tail(header, parts) : header);
	}
}

void draft_match(struct draft *d)
{
	struct str *headers = ARENA_ARRAY(&d->arena, d->profile->column_count, struct str);
	match_shipped(d);
	take_headers(d, 0, headers);
	match_equal(d, headers, DRAFT_NAME);
	for (size_t parts = draft_is_json(d) ? 2 : 0; parts; parts--) {
		take_headers(d, parts, headers);
		match_equal(d, headers, DRAFT_TAIL);
	}
	match_near(d, headers);
}
