/* An XML document: the frame of the contract, the fields of its head, then an element a record. Fields come in the
 * order of the contract, whatever that of the mapping is; record_check has seen that they are what it says. */
#include <stdlib.h>

#include "qonduit/json_pull.h"
#include "qonduit/sink.h"
#include "qonduit/xml_write.h"

struct document {
	struct sink_file file;
	struct buf text;     /* not yet written */
	struct xml_out out;  /* into it */
	int *order;          /* for each field of the contract its place in the shape, -1: none */
};

/* ---- what XML cannot hold ---- */

static const char *remedy(uint32_t character)
{
	return character < ' ' ? "; the step \"clean\" takes it out"
		: character != UINT32_MAX ? "; the step \"replace_pattern\" can take it out" : "";
}

static bool text_fits(struct str name, struct str text, struct buf *why)
{
	uint32_t character;
	size_t place;
	if (xml_holds(text, &character, &place))
		return true;
	buf_clear(why);
	buf_printf(why, "\"%.*s\" has ", STR_ARG(name));
	if (character == UINT32_MAX)
		buf_add(why, STR("what is not UTF-8"));
	else
		buf_printf(why, "U+%04X", (unsigned)character);
	buf_printf(why, " as character %zu, which XML cannot hold%s", place, remedy(character));
	return false;
}

/* The name of a part goes on behind that of the whole: "categories.0.name". */
static bool tree_fits(struct str name, const struct json *j, struct arena *a, struct buf *why)
{
	if (j->kind == JSON_STRING && !text_fits(name, j->text, why))
		return false;
	for (const struct json *part = j->child; part; part = part->next) {
		struct str within = j->kind == JSON_OBJECT ? part->key : arena_printf(a, "%zu", part->index);
		if (!tree_fits(arena_printf(a, "%.*s.%.*s", STR_ARG(name), STR_ARG(within)), part, a, why))
			return false;
	}
	return true;
}

/* Whether there are escapes of JSON that may stand for such a character: \b, \f, \u0001. */
static bool has_escapes(struct str json)
{
	const char *end = json.p + json.n, *at = json.p;
	while (at < end && (at = memchr(at, '\\', (size_t)(end - at))) && at + 1 < end) {
		if (at[1] == 'b' || at[1] == 'f' || at[1] == 'u')
			return true;
		at += 2;
	}
	return false;
}

/* A tree is only made of JSON that may hold such a character: as it stands, or as an escape. */
static bool json_fits(struct str name, struct str text, struct arena *a, struct buf *why)
{
	uint32_t character;
	size_t place;
	struct err e = { 0 };
	if (!has_escapes(text) && xml_holds(text, &character, &place))
		return true;
	const struct json *j = json_parse(text, "the value", ERR_INPUT, a, &e);
	if (j)
		return tree_fits(name, j, a, why);
	buf_clear(why);
	buf_printf(why, "\"%.*s\" cannot be read as JSON: %s", STR_ARG(name), e.message);
	return false;
}

static bool value_fits(struct str name, const struct value *v, struct arena *a, struct buf *why)
{
	return v->type == VALUE_TEXT ? v->traits & TEXT_PLAIN || text_fits(name, v->text, why) :
		v->type == VALUE_JSON ? json_fits(name, v->text, a, why) : true;
}

static bool document_fits(const struct sink *s, const struct value *values, struct arena *scratch, size_t *field,
	struct buf *why)
{
	for (size_t i = 0; i < s->shape->count; i++) {
		if (!value_fits(s->shape->fields[i].name, &values[i], scratch, why)) {
			*field = i;
			return false;
		}
	}
	return true;
}

/* ---- records ---- */

static struct str name_of(const struct contract_field *f)
{
	return f->xml.name.n ? f->xml.name : f->name;
}

static struct str truth_text(const struct contract_field *f, bool truth)
{
	struct str given = truth ? f->xml.yes : f->xml.no;
	return given.n ? given : truth ? STR("true") : STR("false");
}

static void put_text(struct xml_out *w, const struct contract_field *f, struct str text)
{
	if (f->xml.cdata)
		xml_out_cdata(w, text);
	else
		xml_out_text(w, text);
}

static void put_element(struct xml_out *w, const struct contract_field *f, struct str name, struct str text)
{
	xml_out_begin(w, name);
	put_text(w, f, text);
	xml_out_end(w, name);
}

/* The text of a string, number or boolean; empty where there is none. A number is written without an exponent. */
static struct str tree_text(const struct contract_field *f, const struct json *j, struct arena *a)
{
	struct decimal number;
	char digits[DECIMAL_TEXT_MAX];
	if (json_is_bool(j))
		return truth_text(f, j->kind == JSON_TRUE);
	if (json_is(j, JSON_NUMBER) && decimal_parse(j->text, &number) == DECIMAL_OK)
		return arena_copy(a, (struct str){ digits, decimal_print(number, digits) });
	return json_text(j, (struct str){ 0 });
}

static void put_field(struct xml_out *w, const struct contract_field *f, const struct json *j, struct arena *a);

static void put_object(struct xml_out *w, const struct contract_field *f, struct str name, const struct json *object,
	struct arena *a)
{
	xml_out_begin(w, name);
	for (size_t i = 0; i < f->field_count; i++) {
		const struct contract_field *m = &f->fields[i];
		struct str text = tree_text(m, json_get(object, m->name.p), a);
		if (m->xml.place == XML_ATTRIBUTE && text.n)
			xml_out_attribute(w, name_of(m), text);
	}
	for (size_t i = 0; i < f->field_count; i++) {
		const struct contract_field *m = &f->fields[i];
		const struct json *j = json_get(object, m->name.p);
		if (m->xml.place == XML_ELEMENT)
			put_field(w, m, j, a);
		else if (m->xml.place == XML_TEXT && tree_text(m, j, a).n)
			put_text(w, m, tree_text(m, j, a));
	}
	xml_out_end(w, name);
}

/* One element: of the field, or of an item of the list that it is. */
static void put_tree(struct xml_out *w, const struct contract_field *f, struct str name, const struct json *j,
	struct arena *a)
{
	if (json_is(j, JSON_OBJECT))
		put_object(w, f, name, j, a);
	else if (tree_text(f, j, a).n)
		put_element(w, f, name, tree_text(f, j, a));
}

static struct str numbered(struct str name, size_t number, struct arena *a)
{
	struct str behind, before = str_cut(name, '#', &behind);
	char digits[DECIMAL_TEXT_MAX];
	if (!behind.p)
		return name;
	before = arena_concat(a, before, (struct str){ digits, decimal_print(decimal_of((int64_t)number), digits) });
	return arena_concat(a, before, behind);
}

static void put_field(struct xml_out *w, const struct contract_field *f, const struct json *j, struct arena *a)
{
	if (!json_is(j, JSON_ARRAY)) {
		put_tree(w, f, name_of(f), j, a);
		return;
	}
	size_t number = 0;
	for (const struct json *item = j->child; item; item = item->next) {
		if (item->kind == JSON_OBJECT || tree_text(f, item, a).n)
			put_tree(w, f, numbered(name_of(f), ++number, a), item, a);
	}
}

/* The tree of a value that was found to be JSON before. */
static const struct json *tree_of(struct str text, struct arena *a, struct err *e)
{
	struct str rest = text;
	struct json_pull *p = json_pull_open(&(struct json_pull_input){ .next = json_pull_whole, .arg = &rest });
	const struct json *j = NULL;
	enum json_token token;
	if (json_pull_next(p, &token, e) == 0)
		json_pull_tree(p, a, text.n, &j, e);
	json_pull_close(p);
	return j;
}

static int put_value(struct xml_out *w, const struct record_field *field, const struct value *v, struct arena *a,
	struct err *e)
{
	const struct contract_field *f = field->contract;
	if (v->type == VALUE_EMPTY)
		return 0;
	if (v->type == VALUE_JSON) {
		const struct json *j = tree_of(v->text, a, e);
		if (!j)
			return -1;
		put_field(w, f, j, a);
		return 0;
	}
	put_element(w, f, name_of(f), v->type == VALUE_BOOLEAN ? truth_text(f, v->truth) : record_value_text(field, v, a));
	return 0;
}

static int put_values(struct xml_out *w, const struct record_shape *shape, const int *order, size_t count,
	const struct value *values, struct arena *a, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		if (order[i] >= 0 && put_value(w, &shape->fields[order[i]], &values[order[i]], a, e) != 0)
			return -1;
	}
	return 0;
}

/* ---- the document ---- */

static int *order_of(const struct contract_field *fields, size_t count, const struct record_shape *shape,
	struct arena *a)
{
	int *order = ARENA_ARRAY(a, count, int);
	for (size_t i = 0; i < count; i++) {
		order[i] = -1;
		for (size_t k = 0; k < shape->count; k++) {
			if (shape->fields[k].contract == &fields[i])
				order[i] = (int)k;
		}
	}
	return order;
}

static int write_text(struct document *d, struct err *e)
{
	int status = file_write(&d->file.body, buf_str(&d->text), e);
	buf_clear(&d->text);
	return status;
}

static int put_head(struct sink *s, struct document *d, struct arena *scratch, struct err *e)
{
	const struct contract_frame *frame = &s->shape->contract->frame;
	struct buf why = { 0 };
	for (size_t i = 0; s->head && i < s->head->count; i++) {
		if (value_fits(s->head->fields[i].name, &s->head_values[i], scratch, &why))
			continue;
		err_set(e, ERR_MAPPING, "sink.head", "the head cannot be written: %s", buf_text(&why));
		buf_release(&why);
		return -1;
	}
	if (!s->head)
		return 0;
	const int *order = order_of(frame->head, frame->head_count, s->head, s->arena);
	return put_values(&d->out, s->head, order, frame->head_count, s->head_values, scratch, e);
}

static int document_open(struct sink *s, struct err *e)
{
	const struct contract *c = s->shape->contract;
	struct document *d = s->state = mem_alloc(sizeof *d);
	*d = (struct document){ .order = order_of(c->fields, c->field_count, s->shape, s->arena) };
	d->out = xml_out(&d->text);
	xml_out_declare(&d->out);
	for (size_t i = 0; i < c->frame.element_count; i++) {
		const struct contract_element *element = &c->frame.elements[i];
		xml_out_begin(&d->out, element->name);
		for (size_t a = 0; a < element->attribute_count; a++)
			xml_out_attribute(&d->out, element->attributes[a], element->values[a]);
	}
	struct arena scratch;
	arena_init(&scratch, 4096);
	int status = put_head(s, d, &scratch, e);
	arena_release(&scratch);
	if (status != 0 || sink_file_open(s, &d->file, sink_file_name(s), e) != 0)
		return -1;
	return write_text(d, e);
}

static int document_print(const struct sink *s, const struct value *values, struct arena *scratch, struct buf *to,
	struct err *e)
{
	const struct contract *c = s->shape->contract;
	const struct document *d = s->state;
	struct xml_out w = xml_out_within(to, (unsigned)c->frame.element_count);
	xml_out_begin(&w, c->frame.record);
	if (put_values(&w, s->shape, d->order, c->field_count, values, scratch, e) != 0)
		return -1;
	xml_out_end(&w, c->frame.record);
	return 0;
}

static int document_take(struct sink *s, const struct sink_record *r, struct err *e)
{
	struct document *d = s->state;
	xml_out_printed(&d->out, r->text);
	return write_text(d, e) == 0 ? sink_file_origin(&d->file, r->origin, e) : -1;
}

static void document_abandon(struct sink *s)
{
	struct document *d = s->state;
	sink_file_abandon(&d->file);
	buf_release(&d->text);
	free(d);
}

static int document_close(struct sink *s, struct err *e)
{
	const struct contract_frame *frame = &s->shape->contract->frame;
	struct document *d = s->state;
	for (size_t i = frame->element_count; i-- > 0;)
		xml_out_end(&d->out, frame->elements[i].name);
	xml_out_finish(&d->out);
	if (write_text(d, e) != 0 || sink_file_close(s, &d->file, e) != 0)
		return -1;
	sink_abandon(s);
	return 0;
}

const struct sink_kind sink_xml = {
	.open = document_open, .print = document_print, .take = document_take, .close = document_close,
	.abandon = document_abandon, .fits = document_fits,
};
