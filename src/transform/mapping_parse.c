/* From the text of a mapping to struct mapping. The order of the functions is the order of the design's text. */
#include "parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/shipped.h"

#define MAPPING_MAX (16u << 20) /* bytes of a mapping file */

__attribute__((format(printf, 5, 0)))
static int add_fault(struct parse *p, const struct json *at, bool key, const char *code, const char *format,
	va_list args)
{
	char sentence[1200];
	struct err *e = faults_add(p->faults, FAULT_ERROR);

	vsnprintf(sentence, sizeof sentence, format, args);
	err_set(e, ERR_MAPPING, code, "%s", sentence);
	err_at_file(e, p->m->file);
	json_place(at, key, e);
	return -1;
}

int parse_fault(struct parse *p, const struct json *at, const char *code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add_fault(p, at, false, code, format, args);
	va_end(args);
	return -1;
}

int parse_fault_key(struct parse *p, const struct json *at, const char *code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add_fault(p, at, true, code, format, args);
	va_end(args);
	return -1;
}

const char *parse_near(struct parse *p, struct str word, const struct str *words, size_t count)
{
	int near = str_nearest(word, words, count);
	return near < 0 ? "" : arena_printf(&p->m->arena, ", did you mean \"%.*s\"?", STR_ARG(words[near])).p;
}

bool parse_is_comment(const struct json *member)
{
	return str_eq(member->key, STR("$comment"));
}

size_t parse_count(const struct json *object)
{
	return object->count - (json_get(object, "$comment") ? 1 : 0);
}

void parse_keys(struct parse *p, const struct json *object, const struct language_word *keys, const char *what)
{
	struct str words[24];
	size_t count = 0;

	for (; keys[count].name; count++)
		words[count] = str_of(keys[count].name);
	for (const struct json *j = object->child; j; j = j->next) {
		size_t i = 0;
		while (i < count && !str_eq(words[i], j->key))
			i++;
		if (i < count || parse_is_comment(j))
			continue;
		parse_fault_key(p, j, "mapping.unknown_key", "\"%s\" is not a key of %s%s", j->key.p, what,
			parse_near(p, j->key, words, count));
	}
}

bool parse_kind(struct parse *p, const struct json *j, enum json_kind kind, const char *what)
{
	if (json_is(j, kind))
		return true;
	parse_fault(p, j, "mapping.kind", "found %s, expected %s", json_kind_name(j), what);
	return false;
}

bool parse_names(struct parse *p, const struct json *j, bool single, const char *what)
{
	if (single && json_is(j, JSON_STRING))
		return true;
	if (!parse_kind(p, j, JSON_ARRAY, what))
		return false;
	if (!j->count) {
		parse_fault(p, j, "mapping.empty", "the list is empty, expected %s", what);
		return false;
	}
	for (const struct json *item = j->child; item; item = item->next)
		if (!parse_kind(p, item, JSON_STRING, "a text"))
			return false;
	return true;
}

bool parse_bool(struct parse *p, const struct json *object, const char *key)
{
	const struct json *j = json_get(object, key);
	if (j && !json_is_bool(j))
		parse_fault(p, j, "mapping.kind", "found %s, expected true or false", json_kind_name(j));
	return json_is(j, JSON_TRUE);
}

static void read_params(struct parse *p, const struct json *j)
{
	if (!j || !parse_kind(p, j, JSON_OBJECT, "an object of name: { \"type\", \"default\" }"))
		return;
	p->m->params = ARENA_ARRAY(&p->m->arena, j->count, struct mapping_param);
	for (const struct json *member = j->child; member; member = member->next) {
		if (parse_is_comment(member) || !parse_kind(p, member, JSON_OBJECT, "{ \"type\", \"default\" }"))
			continue;
		struct mapping_param *param = &p->m->params[p->m->param_count++];
		struct value ignored;
		parse_keys(p, member, language_param, "a parameter");
		*param = (struct mapping_param){ member->key, member, parse_type(p, json_get(member, "type")),
			json_get(member, "default") };
		if (param->standard && !parse_constant(p, param->standard, param->type, &ignored))
			param->standard = NULL;
	}
}

static void read_tables(struct parse *p, const struct json *j)
{
	if (!j || !parse_kind(p, j, JSON_OBJECT, "an object of name: { \"file\", \"key\", \"value\" }"))
		return;
	p->m->tables = ARENA_ARRAY(&p->m->arena, j->count, struct mapping_table);
	for (const struct json *member = j->child; member; member = member->next) {
		struct mapping_table *t = &p->m->tables[p->m->table_count];
		bool whole = true;
		if (parse_is_comment(member) || !parse_kind(p, member, JSON_OBJECT, "{ \"file\", \"key\", \"value\" }"))
			continue;
		parse_keys(p, member, language_table, "a table");
		*t = (struct mapping_table){ member->key, member, json_get(member, "file"), json_get(member, "key"),
			json_get(member, "value") };
		for (const struct language_word *key = language_table; key->name; key++) {
			const struct json *part = json_get(member, key->name);
			if (!part)
				whole = (parse_fault(p, member, "mapping.missing", "table \"%s\" needs \"%s\"", member->key.p,
					key->name), false);
			else
				whole = parse_kind(p, part, JSON_STRING, "a text") && whole;
		}
		p->m->table_count += whole;
	}
}

static void read_unique(struct parse *p, const struct json *j)
{
	static const struct str words[] = { STR("first"), STR("last") };
	const struct json *by, *prefer;

	if (!j || !parse_kind(p, j, JSON_OBJECT, "{ \"by\": [columns], \"prefer\": … }"))
		return;
	parse_keys(p, j, language_unique, "\"unique\"");
	by = json_get(j, "by");
	if (!by)
		parse_fault(p, j, "mapping.missing", "\"unique\" needs \"by\": a list of columns");
	else if (parse_names(p, by, true, "a list of columns"))
		p->m->unique_by = by;
	prefer = json_get(j, "prefer");
	if (!prefer || str_eq(json_text(prefer, (struct str){ 0 }), STR("first")))
		return;
	if (str_eq(json_text(prefer, (struct str){ 0 }), STR("last"))) {
		p->m->prefer = PREFER_LAST;
		return;
	}
	if (json_is(prefer, JSON_OBJECT) && parse_count(prefer) == 1) {
		parse_keys(p, prefer, language_prefer, "\"prefer\"");
		p->m->prefer = json_get(prefer, "lowest") ? PREFER_LOWEST : PREFER_HIGHEST;
		p->m->prefer_column = json_get(prefer, p->m->prefer == PREFER_LOWEST ? "lowest" : "highest");
		if (p->m->prefer_column && !parse_kind(p, p->m->prefer_column, JSON_STRING, "the name of a column"))
			p->m->prefer_column = NULL;
		return;
	}
	bool word = json_is(prefer, JSON_STRING);
	parse_fault(p, prefer, "mapping.prefer",
		"found %s%s%s, expected \"first\", \"last\", { \"lowest\": column } or { \"highest\": column }%s",
		word ? "\"" : "", word ? prefer->text.p : json_kind_name(prefer), word ? "\"" : "",
		word ? parse_near(p, prefer->text, words, 2) : "");
}

static void read_output(struct parse *p, const struct json *j, struct mapping_output *o)
{
	*o = (struct mapping_output){ .target = j->key, .at = j };
	if (!parse_kind(p, j, JSON_OBJECT, "{ \"fields\": { … } }"))
		return;
	parse_keys(p, j, language_output, "an output");
	o->fields_at = json_get(j, "fields");
	o->sheets_at = json_get(j, "sheets");
	if (o->fields_at)
		parse_fields(p, o->fields_at, &o->fields, &o->field_count);
	o->head_at = json_get(j, "head");
	if (o->head_at)
		parse_fields(p, o->head_at, &o->head, &o->head_count);
	if (o->sheets_at)
		parse_sheets(p, o->sheets_at, o);
	if (o->fields_at && o->sheets_at)
		parse_fault_key(p, o->sheets_at, "mapping.two_forms",
			"an output has \"fields\" or, where it is a workbook, \"sheets\": they stand side by side");
	else if (!o->fields_at && !o->sheets_at)
		parse_fault(p, j, "mapping.missing", "output \"%s\" needs \"fields\" or, where it is a workbook, \"sheets\"",
			j->key.p);
}

static void read_outputs(struct parse *p, const struct json *j)
{
	if (!parse_kind(p, j, JSON_OBJECT, "an object of target: { \"fields\" }"))
		return;
	p->m->outputs = ARENA_ARRAY(&p->m->arena, j->count, struct mapping_output);
	for (const struct json *member = j->child; member; member = member->next)
		if (!parse_is_comment(member))
			read_output(p, member, &p->m->outputs[p->m->output_count++]);
	if (!p->m->output_count)
		parse_fault(p, j, "mapping.empty", "\"outputs\" is empty: there is nothing to write");
}

static void read_tests(struct parse *p, const struct json *j)
{
	if (!j || !parse_kind(p, j, JSON_ARRAY, "a list of tests"))
		return;
	p->m->tests = ARENA_ARRAY(&p->m->arena, j->count, struct mapping_test);
	for (const struct json *item = j->child; item; item = item->next) {
		struct mapping_test *t = &p->m->tests[p->m->test_count];
		if (!parse_kind(p, item, JSON_OBJECT, "{ \"given\", and one of \"expect\", \"reject\", \"filtered\" }"))
			continue;
		parse_keys(p, item, language_test, "a test");
		*t = (struct mapping_test){ item, json_get(item, "given"), json_get(item, "expect"), json_get(item, "reject"),
			parse_bool(p, item, "filtered"), json_get(item, "set") };
		if (t->set && !parse_kind(p, t->set, JSON_OBJECT, "an object of parameter: value"))
			continue;
		if (!t->given) {
			parse_fault(p, item, "mapping.missing", "a test needs \"given\"");
			continue;
		}
		if (!(p->m->for_json && t->given->kind == JSON_ARRAY) &&
		    !parse_kind(p, t->given, JSON_OBJECT, p->m->for_json ? "a document with one record"
			: "an object of header: cell"))
			continue;
		if (!!t->expect + !!t->reject + t->filtered != 1) {
			parse_fault(p, item, "mapping.test",
				"a test has exactly one of \"expect\", \"reject\" and \"filtered\": true");
			continue;
		}
		if (t->expect && !parse_kind(p, t->expect, JSON_OBJECT, "an object of target: fields"))
			continue;
		if (t->reject && !parse_kind(p, t->reject, JSON_STRING, "the column or field at fault"))
			continue;
		p->m->test_count++;
	}
}

static void read_root(struct parse *p, const struct json *root)
{
	const struct json *version;

	if (!parse_kind(p, root, JSON_OBJECT, "a mapping: { \"qonduit\": 1, \"source\": …, \"outputs\": … }"))
		return;
	parse_keys(p, root, language_mapping, "a mapping");
	version = json_get(root, "qonduit");
	if (!version)
		parse_fault(p, root, "mapping.version", "\"qonduit\": 1 is missing");
	else if (!json_is(version, JSON_NUMBER) || !str_eq(version->text, STR("1")))
		parse_fault(p, version, "mapping.version",
			"found %s, expected 1, the version of the language that this program knows",
			version->kind == JSON_NUMBER ? version->text.p : json_kind_name(version));
	if (json_get(root, "description") && parse_kind(p, json_get(root, "description"), JSON_STRING, "a text"))
		p->m->description = json_get(root, "description")->text;
	read_params(p, json_get(root, "params"));
	if (!json_get(root, "source"))
		parse_fault(p, root, "mapping.missing", "\"source\" is missing");
	parse_source(p, json_get(root, "source"));
	read_tables(p, json_get(root, "tables"));
	if (json_get(root, "keep")) {
		p->m->keep = ARENA_NEW(&p->m->arena, struct mapping_cond);
		parse_cond(p, json_get(root, "keep"), p->m->keep);
	}
	read_unique(p, json_get(root, "unique"));
	if (json_get(root, "outputs"))
		read_outputs(p, json_get(root, "outputs"));
	else
		parse_fault(p, root, "mapping.missing", "\"outputs\" is missing");
	read_tests(p, json_get(root, "tests"));
}

/* The names of the shipped mappings, for "did you mean". */
static int find_shipped(struct mapping *m, const char *name, struct err *e)
{
	struct str path = arena_printf(&m->arena, "mappings/%s.json", name), names[64];
	size_t count = 0;

	m->text = shipped_find(path.p);
	if (m->text.p) {
		m->shipped = true;
		m->file = (char *)(uintptr_t)path.p;
		return 0;
	}
	for (const struct shipped_file *f = shipped_files; f->name && count < 64; f++) {
		struct str shipped = str_of(f->name);
		if (str_find(shipped, STR("contracts/")) < 0 && str_ends(shipped, STR(".json")))
			names[count++] = arena_copy(&m->arena, str_head(str_from(shipped, 9), shipped.n - 14));
	}
	int near = str_nearest(str_of(name), names, count);
	return err_set(e, ERR_MAPPING, "mapping.not_found", "no file and no shipped mapping has this name%s%s%s",
		near < 0 ? "" : ", did you mean \"", near < 0 ? "" : names[near].p, near < 0 ? "" : "\"?");
}

static int load(struct mapping *m, const char *name, struct err *e)
{
	if (!strchr(name, '/') && access(name, F_OK) != 0)
		return find_shipped(m, name, e);
	if (io_read_file(name, MAPPING_MAX, &m->arena, &m->text, e) != 0) {
		e->class = ERR_MAPPING;
		return -1;
	}
	return 0;
}

int mapping_read(struct mapping *m, const char *name, struct faults *faults)
{
	struct parse p = { .m = m, .faults = faults };
	size_t before = faults->errors;
	struct err e = { 0 };
	unsigned char sum[DIGEST_BYTES];

	*m = (struct mapping){ .source = { .format = "auto", .encoding = "auto" } };
	arena_init(&m->arena, 64 << 10);
	m->file = (char *)(uintptr_t)arena_copy(&m->arena, str_of(name)).p;
	if (load(m, name, &e) == 0) {
		digest_of(m->text, sum);
		digest_hex(sum, m->sha256);
		m->root = json_parse(m->text, m->file, ERR_MAPPING, &m->arena, &e);
	}
	if (m->root) {
		read_root(&p, m->root);
	} else {
		err_at_file(&e, m->file);
		*faults_add(faults, FAULT_ERROR) = e;
	}
	return faults->errors == before ? 0 : -1;
}

void mapping_release(struct mapping *m)
{
	arena_release(&m->arena);
}
