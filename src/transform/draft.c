/* A draft as text. */
#include "draft_parts.h"

#include <stdlib.h>

#include "qonduit/io.h"
#include "qonduit/json_write.h"
#include "qonduit/mapping.h"
#include "qonduit/names.h"
#include "qonduit/sheet_read.h"
#include "qonduit/unicode.h"

#define NAME_LETTERS 40   /* of a column's name */
#define TITLE_BYTES ((size_t)200) /* of a column in a workbook, whose limit is 255 characters */

/* ---- the source ---- */

/* small_letters_and_digits; empty where the text has neither. */
static struct str slug(struct draft *d, struct str text)
{
	struct str plain = uni_lower(&d->arena, uni_strip_accents(&d->arena, draft_words(d, text)));
	char *p = arena_alloc(&d->arena, NAME_LETTERS + 1);
	size_t n = 0;
	bool gap = false;
	for (size_t i = 0; i < plain.n && n + 1 < NAME_LETTERS; i++) {
		char c = plain.p[i];
		bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (kept && gap && n)
			p[n++] = '_';
		if (kept)
			p[n++] = c;
		gap = !kept;
	}
	return (struct str){ p, n };
}

/* Whether an alias that is the column's header finds it, and it alone. */
static bool is_addressable(struct draft *d, size_t column)
{
	const struct str *header = &d->profile->columns[column].header;
	struct column one = { .name = STR("x"), .headers = header, .header_count = 1, .header_of = -1, .optional = true };
	struct arena scratch;
	struct faults faults;
	struct binding binding;
	arena_init(&scratch, 0);
	faults_init(&faults, &scratch);
	columns_bind(&one, 1, &d->header, 0, &scratch, &binding, &faults);
	bool found = faults.errors == 0 && binding.at[0] == (int)column;
	arena_release(&scratch);
	return found;
}

/* The text of a mapping cannot hold it. */
static bool has_nul(struct str s)
{
	return s.n && memchr(s.p, '\0', s.n);
}

/* All headers at once, one by one only where two of them are in each other's way. */
static bool *find_addressable(struct draft *d)
{
	size_t count = d->profile->column_count;
	bool *found = ARENA_ARRAY(&d->arena, count, bool);
	struct column *all = ARENA_ARRAY(&d->arena, count, struct column);
	struct faults faults;
	struct binding binding;
	faults_init(&faults, &d->arena);
	for (size_t i = 0; i < count; i++)
		all[i] = (struct column){ .name = STR("x"), .headers = &d->profile->columns[i].header, .header_count = 1,
			.header_of = -1, .optional = true };
	columns_bind(all, count, &d->header, 0, &d->arena, &binding, &faults);
	for (size_t i = 0; i < count; i++)
		found[i] = !has_nul(d->profile->columns[i].header) &&
			(faults.errors ? is_addressable(d, i) : binding.at[i] == (int)i);
	return found;
}

/* What the name of a column is made of: its header; of a path the last part where no other ends so, else all of it. */
static struct str name_source(const struct draft *d, size_t column)
{
	struct str header = d->profile->columns[column].header, last = draft_tail(header, 1);
	if (!draft_is_json(d))
		return header;
	for (size_t i = 0; i < d->profile->column_count; i++) {
		if (i != column && str_eq(draft_tail(d->profile->columns[i].header, 1), last))
			return header;
	}
	return last;
}

static int refuse_header(const struct draft *d, struct err *e)
{
	if (draft_is_json(d))
		return err_set(e, ERR_INPUT, "draft.columns", "the records have no value that a mapping can name");
	return err_set(e, ERR_INPUT, "draft.columns",
		"the header in row %llu has no cell that a mapping can name: they are empty or there twice",
		(unsigned long long)d->source->header_row);
}

static int begin_columns(struct draft *d, struct err *e)
{
	size_t count = d->profile->column_count, named = 0;
	struct names names = { .arena = &d->arena };
	if (count > DRAFT_COLUMNS_MAX)
		return err_set(e, ERR_INPUT, "draft.columns", "the header has %zu cells; a draft is made for at most %d", count,
			DRAFT_COLUMNS_MAX);
	batch_begin_row(&d->header, 1, 1);
	for (size_t i = 0; i < count; i++)
		batch_add_cell(&d->header, cell_of(d->profile->columns[i].header, CELL_TEXT));
	d->columns = ARENA_ARRAY(&d->arena, count, struct draft_column);
	const bool *addressable = find_addressable(d);
	for (size_t i = 0; i < count; i++) {
		struct draft_column *c = &d->columns[i];
		char letters[SHEET_LETTERS_MAX];
		struct str name = slug(d, name_source(d, i));
		c->profile = &d->profile->columns[i];
		c->reading = profile_reading(c->profile, c->profile->type, &c->others);
		if (!addressable[i])
			continue;
		if (!name.n)
			name = arena_printf(&d->arena, "column_%s", sheet_letters(i, letters));
		c->name = names_take(&names, name, "_", "");
		named++;
	}
	names_release(&names);
	return named ? 0 : refuse_header(d, e);
}

static void comment_column(const struct draft_column *c, struct buf *to)
{
	struct buf text = { 0 };
	if (c->others)
		buf_printf(&text, MAPPING_TODO ": %llu cell%s no %s, and their rows are rejected", (unsigned long long)c->others,
			c->others == 1 ? " is" : "s are", column_type_name(c->reading->type));
	if (c->profile->doubt.n && c->profile->type == c->reading->type)
		buf_printf(&text, "%s%.*s", text.n ? "; " : MAPPING_TODO ": ", STR_ARG(c->profile->doubt));
	if (text.n) {
		buf_add(to, STR("\"$comment\": "));
		json_escape(to, buf_str(&text));
		buf_add(to, STR(", "));
	}
	buf_release(&text);
}

static void print_column(struct draft_lines *l, const struct draft *d, const struct draft_column *c, size_t width)
{
	const char *declared = profile_declaration(c->reading);
	enum column_type type = c->reading->type;
	bool alone = type == COLUMN_TEXT && c->settled && !c->required && !c->profile->doubt.n;
	draft_line(l, c->name, width);
	if (alone) {
		json_escape(l->to, c->profile->header);
		return;
	}
	buf_add(l->to, STR("{ "));
	comment_column(c, l->to);
	buf_add(l->to, draft_is_json(d) ? STR("\"path\": ") : STR("\"header\": "));
	json_escape(l->to, c->profile->header);
	if (type != COLUMN_TEXT)
		buf_printf(l->to, ", \"type\": \"%s\"%s%s", column_type_name(type), *declared ? ", " : "", declared);
	if (c->required || !c->settled)
		buf_printf(l->to, ", \"%s\": true", c->required ? "required" : "optional");
	buf_add(l->to, STR(" }"));
}

/* What the draft leaves out of the source, or does not know of it. */
static void comment_source(struct draft_lines *l, const struct draft *d)
{
	struct buf text = { 0 };
	char letters[SHEET_LETTERS_MAX];
	bool any = false;
	if (d->profile->ragged)
		buf_printf(&text, MAPPING_TODO ": rows with more or fewer cells than the header are rejected (%llu in this file), "
			"unless \"ragged\" is \"pad\"", (unsigned long long)d->profile->ragged);
	for (size_t i = 0; i < d->profile->column_count; i++) {
		if (d->columns[i].name.n)
			continue;
		buf_printf(&text, "%s%s%s", text.n == 0 ? MAPPING_TODO ": " : any ? "" : "; ", any ? ", " :
			"no mapping can name these headers, which are empty or there twice: ", sheet_letters(i, letters));
		any = true;
	}
	if (d->profile->unnamed.n)
		buf_printf(&text, MAPPING_TODO ": no mapping can name these paths, whose keys hold a dot or name an outer level: %.*s",
			STR_ARG(d->profile->unnamed));
	if (text.n)
		draft_text(l, "$comment", buf_str(&text));
	buf_release(&text);
}

/* What was said on the command line has to be said again; of JSON, where the records were found. */
static void print_declared(struct draft_lines *l, const struct draft *d)
{
	const struct source *s = d->source;
	const struct source_options *o = s->options;
	if (o->format && strcmp(o->format, "auto") != 0)
		draft_text(l, "format", str_of(o->format));
	if (o->records_count)
		draft_text(l, "records", o->records[0].text);
	if (o->sheet.n)
		draft_text(l, "sheet", s->sheet);
	if (o->header_row) {
		draft_line(l, STR("header_row"), 0);
		buf_printf(l->to, "%llu", (unsigned long long)o->header_row);
	}
	if (!s->workbook && o->encoding && strcmp(o->encoding, "auto") != 0)
		draft_text(l, "encoding", str_of(o->encoding));
	if (!s->workbook && o->delimiter)
		draft_text(l, "delimiter", (struct str){ &o->delimiter, 1 });
}

static size_t padding(const struct draft *d)
{
	size_t width = 0;
	for (size_t i = 0; i < d->profile->column_count; i++) {
		size_t n = d->columns[i].name.n;
		width = n > width ? n : width;
	}
	return width;
}

static void print_source(struct draft_lines *l, const struct draft *d)
{
	size_t width = padding(d);
	draft_open(l, STR("source"));
	comment_source(l, d);
	print_declared(l, d);
	draft_open(l, STR("columns"));
	for (size_t i = 0; i < d->profile->column_count; i++) {
		if (d->columns[i].name.n)
			print_column(l, d, &d->columns[i], width);
	}
	draft_close(l);
	draft_close(l);
}

/* ---- fields ---- */

static void print_filler(const struct contract_field *f, struct buf *to)
{
	struct buf text = { 0 };
	do
		buf_add(&text, STR(MAPPING_TODO));
	while (text.n < f->min_length);
	if (f->max_length && text.n > f->max_length)
		text.n = f->max_length;
	json_escape(to, f->value_count ? f->values[0] : buf_str(&text));
	buf_release(&text);
}

static void print_least(const struct contract_field *f, struct buf *to)
{
	struct decimal least = f->has_minimum ? f->minimum : decimal_of(0);
	if (f->has_maximum && decimal_compare(least, f->maximum) > 0)
		least = f->maximum;
	if (f->type == FIELD_INTEGER)
		decimal_round(least, 0, ROUND_UP, &least);
	decimal_add_to(least, to);
}

/* The rule of a field for which there is no column: "value": … or "object": …, as members. */
static void print_placeholder(const struct contract_field *f, struct buf *to)
{
	bool object = f->type == FIELD_OBJECT && f->field_count, any = false;
	buf_add(to, object ? STR("\"object\": { ") : STR("\"value\": "));
	if (f->type == FIELD_NUMBER || f->type == FIELD_INTEGER)
		print_least(f, to);
	else if (f->type == FIELD_BOOLEAN)
		buf_add(to, STR("false"));
	else if (f->type == FIELD_LIST || (f->type == FIELD_OBJECT && !object))
		buf_add(to, f->type == FIELD_LIST ? STR("[]") : STR("{}"));
	else if (!object)
		print_filler(f, to);
	for (size_t i = 0; object && i < f->field_count; i++) {
		if (!f->fields[i].required)
			continue;
		buf_add(to, any ? STR(", ") : STR(""));
		json_escape(to, f->fields[i].name);
		buf_add(to, STR(": { "));
		print_placeholder(&f->fields[i], to);
		buf_add(to, STR(" }"));
		any = true;
	}
	if (object)
		buf_add(to, STR(" }"));
}

static void print_field(struct draft_lines *l, const struct draft *d, const struct draft_field *f)
{
	const struct draft_column *c = &d->columns[f->column];
	draft_line(l, f->name, 0);
	if (f->from == DRAFT_NOTHING) {
		buf_add(l->to, STR("{ \"$comment\": \"" MAPPING_TODO ": no column was found; this stands in every record\", "));
		print_placeholder(f->contract, l->to);
		buf_add(l->to, STR(" }"));
		return;
	}
	if (f->rule) {
		draft_value(f->rule, l->depth, (size_t)l->depth * 2 + f->name.n + 4, l->to);
		return;
	}
	if (f->from != DRAFT_NEAR && f->from != DRAFT_TAIL && f->from != DRAFT_BARE && !f->then.n) {
		json_escape(l->to, c->name);
		return;
	}
	buf_add(l->to, STR("{ "));
	if (f->from == DRAFT_NEAR)
		buf_add(l->to, STR("\"$comment\": \"" MAPPING_TODO ": the header is only nearly the field's name\", "));
	if (f->from == DRAFT_TAIL)
		buf_add(l->to, STR("\"$comment\": \"" MAPPING_TODO ": only the end of the path is the field's name\", "));
	if (f->from == DRAFT_BARE)
		buf_add(l->to, STR("\"$comment\": \"" MAPPING_TODO ": a shipped mapping does more with the column\", "));
	buf_add(l->to, STR("\"from\": "));
	json_escape(l->to, c->name);
	if (f->then.n)
		buf_printf(l->to, ", \"then\": %.*s", STR_ARG(f->then));
	buf_add(l->to, STR(" }"));
}

static void comment_fields(struct draft_lines *l, const struct draft *d)
{
	struct buf text = { 0 };
	for (size_t i = 0; i < d->field_count; i++) {
		const struct draft_field *f = &d->fields[i];
		if (f->from == DRAFT_NOTHING && !f->contract->required)
			buf_printf(&text, "%s%.*s", text.n ? ", " : MAPPING_TODO ": no column was found for ", STR_ARG(f->name));
	}
	if (text.n)
		draft_text(l, "$comment", buf_str(&text));
	buf_release(&text);
}

static void print_fields(struct draft_lines *l, const struct draft *d)
{
	draft_open(l, STR("fields"));
	for (size_t i = 0; i < d->field_count; i++) {
		const struct draft_field *f = &d->fields[i];
		if (f->from != DRAFT_NOTHING || f->contract->required)
			print_field(l, d, f);
	}
	draft_close(l);
}

/* What stands once before the records, of which a file's columns know nothing. */
static void print_head(struct draft_lines *l, const struct draft *d)
{
	const struct contract *target = d->target;
	bool any = false;
	for (size_t i = 0; i < target->frame.head_count; i++) {
		const struct contract_field *f = &target->frame.head[i];
		if (!f->required)
			continue;
		if (!any)
			draft_open(l, STR("head"));
		any = true;
		draft_line(l, f->name, 0);
		buf_add(l->to, STR("{ \"$comment\": \"" MAPPING_TODO "\", "));
		print_placeholder(f, l->to);
		buf_add(l->to, STR(" }"));
	}
	if (any)
		draft_close(l);
}

/* A workbook has its fields in a sheet. */
static void print_sheet(struct draft_lines *l, const struct draft *d)
{
	draft_line(l, STR("sheets"), 0);
	buf_add(l->to, STR("[{"));
	l->depth++;
	l->comma = false;
	draft_text(l, "name", STR("Rows"));
	print_fields(l, d);
	draft_close(l);
	buf_addc(l->to, ']');
}

static void print_outputs(struct draft_lines *l, const struct draft *d)
{
	draft_open(l, STR("outputs"));
	draft_open(l, d->target->target);
	comment_fields(l, d);
	print_head(l, d);
	if (d->target->style == FILE_WORKBOOK)
		print_sheet(l, d);
	else
		print_fields(l, d);
	draft_close(l);
	draft_close(l);
}

/* ---- the whole ---- */

static void print_params(struct draft_lines *l, const struct draft *d)
{
	if (!d->param_count)
		return;
	draft_line(l, STR("params"), 0);
	buf_add(l->to, STR("{ "));
	for (size_t i = 0; i < d->param_count; i++) {
		buf_add(l->to, i ? STR(", ") : STR(""));
		json_escape(l->to, d->params[i].name);
		buf_printf(l->to, ": %.*s", STR_ARG(d->params[i].value));
	}
	buf_add(l->to, STR(" }"));
}

/* Null where no column feeds it. */
static const struct draft_field *fed_field(const struct draft *d, struct str name)
{
	for (size_t i = 0; i < d->field_count; i++) {
		if (str_eq(d->fields[i].name, name))
			return d->fields[i].from == DRAFT_NOTHING ? NULL : &d->fields[i];
	}
	return NULL;
}

static void print_unique(struct draft_lines *l, const struct draft *d)
{
	const struct contract *c = d->target;
	const struct draft_field *key = c->key.n ? fed_field(d, c->key) : NULL;
	if (!key)
		return;
	draft_line(l, STR("unique"), 0);
	buf_add(l->to, STR("{ \"by\": ["));
	json_escape(l->to, d->columns[key->column].name);
	for (size_t i = 0; i < c->within_count; i++) {
		const struct draft_field *f = fed_field(d, c->within[i]);
		if (f && f->column != key->column) {
			buf_add(l->to, STR(", "));
			json_escape(l->to, d->columns[f->column].name);
		}
	}
	buf_add(l->to, STR("] }"));
}

static void print_draft(const struct draft *d, struct buf *to)
{
	struct draft_lines l = { .to = to, .depth = 1 };
	buf_addc(to, '{');
	draft_line(&l, STR("qonduit"), 0);
	buf_addc(to, '1');
	draft_text(&l, "description", arena_printf((struct arena *)&d->arena, "draft: %s to %.*s",
		io_basename(d->source->name.p), STR_ARG(d->target->target)));
	print_params(&l, d);
	print_source(&l, d);
	print_unique(&l, d);
	print_outputs(&l, d);
	buf_add(to, STR("\n}\n"));
}

/* A header as the name of a field. */
static struct str title_of(struct draft *d, struct str header, struct names *names)
{
	struct str title = uni_squeeze(&d->arena, header);
	if (d->target->style == FILE_WORKBOOK)
		title = utf8_head(title, TITLE_BYTES);
	return names_take(names, title, " (", ")");
}

/* The fields of the contract, then, where any field is taken, the columns that feed none of them. */
static void begin_fields(struct draft *d)
{
	const struct contract *target = d->target;
	struct names names = { .arena = &d->arena };
	bool any = target->open || target->style == FILE_WORKBOOK;
	d->fields = ARENA_ARRAY(&d->arena, target->field_count + d->profile->column_count, struct draft_field);
	for (; d->field_count < target->field_count; d->field_count++)
		d->fields[d->field_count] = (struct draft_field){ .name = target->fields[d->field_count].name,
			.contract = &target->fields[d->field_count] };
	draft_match(d);
	for (size_t i = 0; any && i < d->profile->column_count; i++) {
		struct draft_column *c = &d->columns[i];
		if (!c->name.n || c->settled || contract_field(target, c->profile->header))
			continue;
		if (target->style == FILE_WORKBOOK && c->reading->type == COLUMN_JSON) /* no cell can hold it */
			continue;
		struct str name = title_of(d, c->profile->header, &names);
		c->settled = true;
		d->fields[d->field_count++] = (struct draft_field){ .name = name, .from = DRAFT_NAME, .column = i };
	}
	names_release(&names);
}

int draft_write(const struct profile *p, const struct source *s, const struct contract *target, struct buf *to,
	struct err *e)
{
	struct draft d = { .source = s, .profile = p, .target = target };
	arena_init(&d.arena, 0);
	batch_init(&d.header);
	int result = begin_columns(&d, e);
	if (result == 0) {
		begin_fields(&d);
		print_draft(&d, to);
	} else {
		err_at_file(e, s->name.p);
	}
	batch_release(&d.header);
	arena_release(&d.arena);
	free(d.params);
	return result;
}
