/* From struct mapping to struct program: parameters, tables, keep, unique, outputs. */
#include "compile.h"

#include <stdio.h>

#include "qonduit/io.h"
#include "qonduit/shipped.h"
#include "qonduit/utf8.h"

#define TABLE_MAX (256u << 20) /* bytes of a lookup table's file */

/* What is released with the program: a list, newest first. */
struct deferred {
	void (*release)(void *);
	void *what;
	struct deferred *next;
};

static void defer(struct scope *s, void (*release)(void *), void *what)
{
	struct program *p = s->owner;
	struct deferred *d = ARENA_NEW(&p->arena, struct deferred);

	*d = (struct deferred){ release, what, p->deferred };
	p->deferred = d;
}

/* ---- parameters ---- */

static bool read_param(const struct mapping_param *p, struct str text, struct arena *a, struct value *out,
	struct buf *why)
{
	struct column plain = { .type = p->type, .header_of = -1, .decimal_mark = '.' };
	return column_read(&plain, cell_of(text, CELL_TEXT), (struct str){ 0 }, a, out, why);
}

/* A default as --set would give it. */
static struct str constant_text(const struct json *j, struct arena *a)
{
	return j->kind == JSON_STRING || j->kind == JSON_NUMBER ? j->text : json_printed(j, a);
}

static int usage_fault(struct faults *faults, const char *code, struct str name, const char *sentence, const char *more)
{
	return err_set(faults_add(faults, FAULT_ERROR), ERR_USAGE, code, "parameter \"%.*s\" %s%s", STR_ARG(name),
		sentence, more);
}

static void compile_params(struct program *p, const char *const *set, size_t set_count, bool lenient,
	struct faults *faults)
{
	const struct mapping *m = p->mapping;
	struct str *names = ARENA_ARRAY(&p->arena, m->param_count, struct str);
	bool *given = ARENA_ARRAY(&p->arena, m->param_count, bool);
	struct buf why = { .max = 1024 };

	p->params = ARENA_ARRAY(&p->arena, m->param_count, struct param);
	p->param_count = m->param_count;
	for (size_t i = 0; i < m->param_count; i++) {
		struct column plain = { .type = m->params[i].type };
		const struct json *j = m->params[i].standard;
		names[i] = m->params[i].name;
		p->params[i] = (struct param){ names[i], column_value_type(&plain), value_empty() };
		if (j)
			read_param(&m->params[i], constant_text(j, &p->arena), &p->arena, &p->params[i].value, &why);
	}
	for (size_t n = 0; n < set_count; n++) {
		struct str value, name = str_cut(str_of(set[n]), '=', &value);
		size_t i = 0;
		while (i < m->param_count && !str_eq(names[i], name))
			i++;
		buf_clear(&why);
		if (value.p && i < m->param_count)
			given[i] = true;
		if (utf8_invalid_at(str_of(set[n])) < strlen(set[n])) {
			usage_fault(faults, "param.value", STR("--set"), "is not UTF-8", "");
		} else if (!value.p) {
			usage_fault(faults, "param.syntax", name, "has no value: expected --set NAME=VALUE", "");
		} else if (i == m->param_count) {
			int near = str_nearest(name, names, m->param_count);
			usage_fault(faults, "param.unknown", name, "is not one of the mapping's", near < 0 ? "" :
				arena_printf(&p->arena, ", did you mean \"%.*s\"?", STR_ARG(names[near])).p);
		} else if (!read_param(&m->params[i], value, &p->arena, &p->params[i].value, &why)) {
			usage_fault(faults, "param.value", name, "cannot be set: ", buf_text(&why));
		} else if (p->params[i].value.type == VALUE_EMPTY && p->params[i].type != VALUE_TEXT) {
			usage_fault(faults, "param.value", name, "cannot be set to nothing: expected a value of type ",
				column_type_name(m->params[i].type));
		} else if (p->params[i].value.type == VALUE_EMPTY && !m->params[i].standard) { /* a shell's unset variable */
			usage_fault(faults, "param.value", name, "cannot be set to nothing: it has no default, so it must be given", "");
		}
	}
	for (size_t i = 0; i < m->param_count && !lenient; i++)
		if (p->params[i].value.type == VALUE_EMPTY && !m->params[i].standard && !given[i])
			usage_fault(faults, "param.missing", names[i], "has no default: give it with --set", "");
	buf_release(&why);
}

/* ---- tables ---- */

static struct str table_path(const struct mapping *m, struct str file, struct arena *a)
{
	const char *slash = strrchr(m->file, '/');

	if (!slash || file.p[0] == '/')
		return file;
	return arena_printf(a, "%.*s/%s", (int)(slash - m->file), m->file, file.p);
}

static int read_table(struct lookup *l, const struct mapping *m, const struct mapping_table *t, struct arena *a,
	struct err *e)
{
	struct str path = table_path(m, t->file->text, a), csv = { 0 };

	if (m->shipped)
		csv = shipped_find(path.p);
	else if (io_read_file(path.p, TABLE_MAX, a, &csv, e) != 0)
		return -1;
	if (!csv.p)
		return err_set(e, ERR_MAPPING, "table.missing", "this table is not part of the program");
	return lookup_read(l, csv, path.p, t->key->text, t->value->text, a, e);
}

static void compile_tables(struct program *p, struct scope *s)
{
	const struct mapping *m = p->mapping;

	p->tables = ARENA_ARRAY(&p->arena, m->table_count, const struct lookup *);
	for (size_t i = 0; i < m->table_count; i++) {
		struct lookup *l = ARENA_NEW(&p->arena, struct lookup);
		struct err e = { 0 };
		if (read_table(l, m, &m->tables[i], &p->arena, &e) != 0) {
			struct buf place = { .max = 2048 };
			err_print(&e, &place);
			scope_fault(s, m->tables[i].file, e.code[0] ? e.code : "table.unreadable", "table \"%s\": %s",
				m->tables[i].name.p, buf_text(&place));
			buf_release(&place);
		}
		l->name = m->tables[i].name;
		p->tables[p->table_count++] = l;
	}
	s->tables = p->tables;
	s->table_count = p->table_count;
}

/* ---- keep, unique ---- */

static void mark_columns(const struct cond *c, bool *uses)
{
	if (c->kind == COND_TEST && c->column >= 0)
		uses[c->column] = true;
	for (size_t i = 0; i < c->part_count; i++)
		mark_columns(&c->parts[i], uses);
}

static void compile_keep(struct program *p, struct scope *s)
{
	if (!p->mapping->keep)
		return;
	p->keep = ARENA_NEW(&p->arena, struct cond);
	p->keep_uses = ARENA_ARRAY(&p->arena, p->column_count, bool);
	compile_cond(p->keep, p->mapping->keep, s);
	mark_columns(p->keep, p->keep_uses);
}

static void compile_unique(struct program *p, struct scope *s)
{
	const struct json *by = p->mapping->unique_by, *prefer = p->mapping->prefer_column;

	p->prefer = p->mapping->prefer;
	p->prefer_column = -1;
	if (!by)
		return;
	const struct json *name = by->kind == JSON_ARRAY ? by->child : by;
	int *columns = ARENA_ARRAY(&p->arena, by->kind == JSON_ARRAY ? by->count : 1, int);
	for (; name; name = by->kind == JSON_ARRAY ? name->next : NULL) {
		int column = scope_column(s, name, name->text);
		if (column >= 0)
			columns[p->unique_count++] = column;
	}
	p->unique = columns;
	if (!prefer)
		return;
	p->prefer_column = scope_column(s, prefer, prefer->text);
	if (p->prefer_column >= 0 &&
	    !(1u << column_value_type(&p->columns[p->prefer_column]) & (TYPES_NUMBER | TYPES_MOMENT)))
		scope_fault(s, prefer, "mapping.type", "\"%s\" is %s: only numbers and dates have a lowest and a highest",
			prefer->text.p, value_type_name(column_value_type(&p->columns[p->prefer_column])));
}

/* ---- outputs ---- */

static const struct contract *find_contract(const struct mapping_output *o, const struct contracts *contracts,
	struct scope *s)
{
	const struct contract *c = contracts_find(contracts, o->target);

	if (!c) {
		struct str *names = ARENA_ARRAY(s->arena, contracts->count, struct str);
		struct buf all = { .max = 1024 };
		for (size_t i = 0; i < contracts->count; i++) {
			names[i] = contracts->all[i]->target;
			buf_printf(&all, "%s%s", i ? ", " : "", names[i].p);
		}
		scope_fault_key(s, o->at, "mapping.unknown_target", "there is no target \"%s\" among %s%s", o->target.p,
			buf_text(&all), scope_near(s, o->target, names, contracts->count));
		buf_release(&all);
	}
	return c;
}

static void find_field(struct record_field *field, const struct mapping_field *f, const struct contract *c,
	struct scope *s)
{
	field->contract = contract_field(c, f->name);
	if (field->contract || c->open)
		return;
	struct str *names = ARENA_ARRAY(s->arena, c->field_count, struct str);
	for (size_t i = 0; i < c->field_count; i++)
		names[i] = c->fields[i].name;
	scope_fault_key(s, f->at, "mapping.unknown_field", "%s has no field \"%s\"%s", c->target.p, f->name.p,
		scope_near(s, f->name, names, c->field_count));
}

/* `faulty` are the rules of which a fault was told already. */
static void check_required(const struct program_output *out, const struct mapping_output *o, const bool *faulty,
	struct scope *s)
{
	const struct contract *c = out->shape.contract;

	for (size_t i = 0; i < c->field_count; i++) {
		size_t f = 0;
		while (f < out->shape.count && !str_eq(out->shape.fields[f].name, c->fields[i].name))
			f++;
		if (!c->fields[i].required)
			continue;
		if (f == out->shape.count)
			scope_fault_key(s, o->fields_at, "mapping.required", "%s requires \"%s\", which has no rule here",
				c->target.p, c->fields[i].name.p);
		else if (out->rules[f].type == VALUE_EMPTY && !faulty[f])
			scope_fault(s, o->fields[f].at, "mapping.required", "%s requires \"%s\", and this rule is always empty",
				c->target.p, c->fields[i].name.p);
	}
}

/* A field without a rule, or with a value that is known, is the same in all records. */
static void find_within(struct program_output *out, const struct contract *c, struct scope *s)
{
	int *within = ARENA_ARRAY(s->arena, c->within_count, int);

	for (size_t i = 0; i < c->within_count; i++)
		for (size_t f = 0; f < out->shape.count; f++)
			if (str_eq(out->shape.fields[f].name, c->within[i]) && out->rules[f].way != RULE_IS_KNOWN)
				within[out->shape.within_count++] = (int)f;
	out->shape.within = within;
}

void compile_fields(struct program_output *out, const struct mapping_output *o, struct scope *s)
{
	const struct contract *c = out->shape.contract;
	struct record_field *fields = ARENA_ARRAY(s->arena, o->field_count, struct record_field);
	struct rule *rules = ARENA_ARRAY(s->arena, o->field_count, struct rule);
	bool *faulty = ARENA_ARRAY(s->arena, o->field_count, bool);

	out->rules = rules;
	out->shape.fields = fields;
	out->shape.count = o->field_count;
	for (size_t i = 0; i < o->field_count; i++) {
		const struct mapping_field *f = &o->fields[i];
		fields[i].name = f->name;
		fields[i].json_key = compile_json_key(f->name, s->arena);
		if (c)
			find_field(&fields[i], f, c, s);
		size_t before = s->faults->errors;
		compile_rule(&rules[i], &f->rule, fields[i].contract, s);
		fields[i].type = rules[i].type;
		compile_sure(&fields[i], &rules[i]);
		faulty[i] = s->faults->errors > before;
		if (!faulty[i])
			compile_field_type(fields[i].contract, rules[i].type, f->at, s);
		if (fields[i].contract && s->faults->errors == before)
			compile_constants(&out->shape, i, &rules[i], &f->rule, s);
		if (c && c->key.n && str_eq(c->key, f->name))
			out->shape.key = (int)i;
	}
	if (c)
		find_within(out, c, s);
	if (c && o->fields_at)
		check_required(out, o, faulty, s);
	if (!o->field_count && o->fields_at)
		scope_fault(s, o->fields_at, "mapping.empty", "\"%s\" is empty", o->fields_at->key.p);
}

static void compile_output(struct program_output *out, const struct mapping_output *o,
	const struct contracts *contracts, bool settled, struct scope *s)
{
	const struct contract *c = find_contract(o, contracts, s);

	*out = (struct program_output){ .target = o->target, .shape = { .contract = c, .key = -1 } };
	if (c && c->style == FILE_WORKBOOK && o->fields_at && !o->sheets_at)
		scope_fault_key(s, o->fields_at, "mapping.sheets", "%s is a workbook: it takes \"sheets\", not \"fields\"",
			c->target.p);
	else if (c && c->style != FILE_WORKBOOK && o->sheets_at)
		scope_fault_key(s, o->sheets_at, "mapping.sheets", "%s is no workbook: it takes \"fields\", not \"sheets\"",
			c->target.p);
	if (o->sheets_at)
		compile_report(out, o, s);
	else
		compile_fields(out, o, s);
	compile_head(out, o, settled, s);
}

int program_compile(struct program *p, const struct mapping *m, const struct contracts *contracts,
	const char *const *set, size_t set_count, bool lenient, struct faults *faults)
{
	size_t before = faults->errors;

	*p = (struct program){ .mapping = m, .source = m->source, .column_count = m->source.column_count };
	arena_init(&p->arena, 64 << 10);
	struct column *columns = ARENA_ARRAY(&p->arena, p->column_count, struct column);
	for (size_t i = 0; i < p->column_count; i++)
		columns[i] = m->source.columns[i];
	p->columns = p->source.columns = columns;
	struct scope s = { .arena = &p->arena, .faults = faults, .file = m->file, .columns = columns,
		.column_count = m->declared_count, .column_used = ARENA_ARRAY(&p->arena, p->column_count, bool),
		.defer = defer, .owner = p };
	compile_params(p, set, set_count, lenient, faults);
	s.params = p->params;
	s.param_count = p->param_count;
	compile_tables(p, &s);
	compile_keep(p, &s);
	compile_unique(p, &s);
	p->outputs = ARENA_ARRAY(&p->arena, m->output_count, struct program_output);
	p->output_count = m->output_count;
	bool settled = true;
	for (size_t i = 0; lenient && i < m->param_count; i++)
		settled = settled && (p->params[i].value.type != VALUE_EMPTY || m->params[i].standard);
	for (size_t i = 0; i < m->output_count; i++)
		compile_output(&p->outputs[i], &m->outputs[i], contracts, settled, &s);
	return faults->errors == before ? 0 : -1;
}

void program_release(struct program *p)
{
	for (struct deferred *d = p->deferred; d; d = d->next)
		d->release(d->what);
	p->deferred = NULL;
	arena_release(&p->arena);
}

void program_print(const struct program *p, struct buf *to)
{
	static const char *const kinds[] = { "column", "first of", "value", "param", "template", "when", "object", "list",
		"each" };

	for (size_t o = 0; o < p->output_count; o++)
		for (size_t f = 0; f < p->outputs[o].shape.count; f++) {
			const struct rule *r = &p->outputs[o].rules[f];
			buf_printf(to, "%.*s.%.*s: %s =", STR_ARG(p->outputs[o].target),
				STR_ARG(p->outputs[o].shape.fields[f].name), value_type_name(r->type));
			buf_printf(to, " %s", kinds[r->kind]);
			for (size_t c = 0; c < r->column_count; c++)
				buf_printf(to, " %.*s", STR_ARG(p->columns[r->columns[c]].name));
			for (size_t s = 0; s < r->step_count; s++)
				buf_printf(to, " | %s", r->steps[s].kind->name);
			buf_addc(to, '\n');
		}
}
