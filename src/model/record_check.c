/* Records against the contract: what is wrong with a value, in a sentence. */
#include "qonduit/record.h"
#include "qonduit/utf8.h"

#define SHOWN_MAX 40 /* bytes of a value in a sentence */
#define SHOWN_VALUES 40

/* A field, or what is within one; index is that of an item of a list, -1 where it has a name. */
struct place {
	const struct place *around;
	struct str name;
	int64_t index;
};

struct checking {
	struct str target;
	struct arena *arena;
	struct record_fault *faults;
	size_t max, found;
	size_t field;
	const struct place *at;
	bool *warned;      /* of the field; null: nobody asks */
};

static void fault(struct checking *c, struct str reason)
{
	if (c->found < c->max)
		c->faults[c->found] = (struct record_fault){ c->field, reason };
	c->found++;
}

/* "categories.0.id" */
static struct str name_of(const struct place *p, struct arena *a)
{
	if (!p->around)
		return p->name;
	struct str around = name_of(p->around, a);
	return p->index < 0 ? arena_printf(a, "%.*s.%.*s", STR_ARG(around), STR_ARG(p->name))
		: arena_printf(a, "%.*s.%lld", STR_ARG(around), (long long)p->index);
}

static struct str name(const struct checking *c)
{
	return name_of(c->at, c->arena);
}

/* Whether the text has fewer or more characters than allowed; a limit of 0 is none. Its bytes say
 * so at once most of the time. */
static bool out_of_limits(struct str text, uint32_t least, uint32_t most, size_t *length)
{
	bool surely = text.n / 4 >= least && (!most || text.n <= most);
	if (surely)
		return false;
	*length = utf8_count(text);
	return *length < least || (most && *length > most);
}

static void check_allowed(struct checking *c, const struct contract_field *f, struct str text)
{
	for (size_t i = 0; i < f->value_count; i++) {
		if (str_eq(text, f->values[i]))
			return;
	}
	struct buf values = { 0 };
	for (size_t i = 0; i < f->value_count && i < SHOWN_VALUES; i++)
		buf_printf(&values, "%s\"%.*s\"", i ? ", " : "", STR_ARG(f->values[i]));
	if (f->value_count > SHOWN_VALUES)
		buf_printf(&values, " or one of %zu more", f->value_count - SHOWN_VALUES);
	struct str head = utf8_head(text, SHOWN_MAX);
	fault(c, arena_printf(c->arena, "\"%.*s\" is \"%.*s%s\"; %.*s takes %s", STR_ARG(name(c)), STR_ARG(head),
		head.n < text.n ? "…" : "", STR_ARG(c->target), buf_text(&values)));
	buf_release(&values);
}

static void check_characters(struct checking *c, const struct contract_field *f, struct str text)
{
	size_t at = 0;
	while (at < text.n && f->character[(unsigned char)text.p[at]])
		at++;
	if (at == text.n)
		return;
	uint32_t found;
	struct str head = utf8_head(text, SHOWN_MAX), bad = { text.p + at, utf8_next(str_from(text, at), &found) };
	struct buf sentence = { 0 };
	buf_printf(&sentence, "\"%.*s\" is \"", STR_ARG(name(c)));
	buf_add_visible(&sentence, head);
	buf_printf(&sentence, "%s\", with \"", head.n < text.n ? "…" : "");
	buf_add_visible(&sentence, bad);
	buf_printf(&sentence, "\" as character %zu; %.*s takes only %.*s", utf8_count(str_head(text, at)) + 1,
		STR_ARG(c->target), STR_ARG(f->characters));
	fault(c, arena_copy(c->arena, buf_str(&sentence)));
	buf_release(&sentence);
}

static void check_text(struct checking *c, const struct contract_field *f, struct str text)
{
	size_t length;
	if (out_of_limits(text, f->min_length, f->max_length, &length))
		fault(c, arena_printf(c->arena, "\"%.*s\" has %zu character%s; %.*s takes %s %u", STR_ARG(name(c)), length,
			length == 1 ? "" : "s", STR_ARG(c->target), length < f->min_length ? "at least" : "at most",
			length < f->min_length ? f->min_length : f->max_length));
	if (f->values)
		check_allowed(c, f, text);
	if (f->character)
		check_characters(c, f, text);
	if (c->warned && out_of_limits(text, f->warn_min_length, f->warn_max_length, &length))
		*c->warned = true;
}

static struct str number_text(struct arena *a, struct decimal d)
{
	struct value v = value_number(d, VALUE_DECIMAL);
	return value_print(a, &v);
}

static void check_range(struct checking *c, const struct contract_field *f, struct decimal d)
{
	bool less = f->has_minimum && decimal_compare(d, f->minimum) < 0;
	bool more = f->has_maximum && decimal_compare(d, f->maximum) > 0;
	if (less || more)
		fault(c, arena_printf(c->arena, "\"%.*s\" is %.*s; %.*s takes %.*s or %s", STR_ARG(name(c)),
			STR_ARG(number_text(c->arena, d)), STR_ARG(c->target),
			STR_ARG(number_text(c->arena, less ? f->minimum : f->maximum)), less ? "more" : "less"));
	if (c->warned && ((f->warn_has_minimum && decimal_compare(d, f->warn_minimum) < 0) ||
	    (f->warn_has_maximum && decimal_compare(d, f->warn_maximum) > 0)))
		*c->warned = true;
}

static void check_number(struct checking *c, const struct contract_field *f, struct decimal d)
{
	check_range(c, f, d);
	int places = f->type == FIELD_INTEGER ? 0 : f->places;
	if (places >= 0 && d.scale > places && (d = decimal_trim(d)).scale > places) {
		struct str found = number_text(c->arena, d);
		if (f->type == FIELD_INTEGER)
			fault(c, arena_printf(c->arena, "\"%.*s\" is %.*s; %.*s takes a whole number", STR_ARG(name(c)),
				STR_ARG(found), STR_ARG(c->target)));
		else
			fault(c, arena_printf(c->arena, "\"%.*s\" is %.*s, with %d places; %.*s takes at most %d", STR_ARG(name(c)),
				STR_ARG(found), d.scale, STR_ARG(c->target), places));
	}
}

/* ---- what stands within a value that is JSON ---- */

static void check_tree(struct checking *c, const struct contract_field *f, const struct json *j);

static void check_required(struct checking *c)
{
	fault(c, arena_printf(c->arena, "\"%.*s\" is required by %.*s and is empty", STR_ARG(name(c)), STR_ARG(c->target)));
}

/* A part of what `c` is at. */
static void check_part(struct checking *c, struct place part, const struct contract_field *f, const struct json *j)
{
	part.around = c->at;
	c->at = &part;
	if (j && j->kind != JSON_NULL)
		check_tree(c, f, j);
	else if (f->required)
		check_required(c);
	c->at = part.around;
}

static void check_members(struct checking *c, const struct contract_field *f, const struct json *object)
{
	for (size_t i = 0; f->fields && i < f->field_count; i++)
		check_part(c, (struct place){ .name = f->fields[i].name, .index = -1 }, &f->fields[i],
			json_get(object, f->fields[i].name.p));
	for (const struct json *m = object->child; m && f->fields; m = m->next) {
		size_t i = 0;
		while (i < f->field_count && !str_eq(f->fields[i].name, m->key))
			i++;
		if (i == f->field_count)
			fault(c, arena_printf(c->arena, "\"%.*s\" has \"%.*s\", which %.*s does not know", STR_ARG(name(c)),
				STR_ARG(utf8_head(m->key, SHOWN_MAX)), STR_ARG(c->target)));
	}
}

static void check_items(struct checking *c, const struct contract_field *f, const struct json *list)
{
	struct contract_field item = { .name = f->name, .type = f->element, .places = -1, .fields = f->fields,
		.field_count = f->field_count, .required = true };
	if (f->max_items && list->count > f->max_items)
		fault(c, arena_printf(c->arena, "\"%.*s\" has %zu items; %.*s takes at most %zu", STR_ARG(name(c)), list->count,
			STR_ARG(c->target), f->max_items));
	for (const struct json *j = item.type == FIELD_ANY ? NULL : list->child; j; j = j->next)
		check_part(c, (struct place){ .index = (int64_t)j->index }, &item, j);
}

static bool is_kind(const struct contract_field *f, const struct json *j)
{
	switch (f->type) {
	case FIELD_ANY:
		return true;
	case FIELD_STRING:
		return j->kind == JSON_STRING;
	case FIELD_NUMBER:
	case FIELD_INTEGER:
		return j->kind == (f->number_as_string ? JSON_STRING : JSON_NUMBER);
	case FIELD_BOOLEAN:
		return json_is_bool(j);
	case FIELD_OBJECT:
		return j->kind == JSON_OBJECT;
	case FIELD_LIST:
		return j->kind == JSON_ARRAY;
	}
	return false;
}

static void check_tree(struct checking *c, const struct contract_field *f, const struct json *j)
{
	struct decimal number;
	bool is_number = f->type == FIELD_NUMBER || f->type == FIELD_INTEGER;
	if (!is_kind(f, j) || (is_number && decimal_parse(j->text, &number) != DECIMAL_OK))
		fault(c, arena_printf(c->arena, "\"%.*s\" is %s; %.*s takes %s%s", STR_ARG(name(c)), json_kind_name(j),
			STR_ARG(c->target), field_type_name(f->type), !is_number ? "" : f->number_as_string
			? " of at most 38 digits, as a string" : " of at most 38 digits"));
	else if (f->type == FIELD_STRING)
		check_text(c, f, j->text);
	else if (is_number)
		check_number(c, f, number);
	else if (f->type == FIELD_OBJECT)
		check_members(c, f, j);
	else if (f->type == FIELD_LIST)
		check_items(c, f, j);
}

/* An object or a list; it is only read where the contract says something of what is in it. */
static void check_json(struct checking *c, const struct contract_field *f, struct str text)
{
	struct err e = { 0 };
	bool any_list = f->type == FIELD_LIST && f->element == FIELD_ANY && !f->max_items && str_starts(text, STR("["));
	bool any_object = f->type == FIELD_OBJECT && !f->fields && str_starts(text, STR("{"));
	if (f->type == FIELD_ANY || any_list || any_object)
		return;
	struct arena tree;
	arena_init(&tree, 4096);
	const struct json *j = json_parse(text, "the value", ERR_INPUT, &tree, &e);
	if (j)
		check_tree(c, f, j);
	else
		fault(c, arena_printf(c->arena, "\"%.*s\" cannot be read as JSON: %s", STR_ARG(name(c)), e.message));
	arena_release(&tree);
}

static __attribute__((noinline)) void check_value(struct checking *c, const struct record_field *field,
	const struct value *v)
{
	const struct contract_field *f = field->contract;
	const struct place at = { .name = field->name };
	c->at = &at;
	if (v->type == VALUE_EMPTY && f->required)
		check_required(c);
	else if (v->type == VALUE_TEXT)
		check_text(c, f, v->text);
	else if (v->type == VALUE_INTEGER || v->type == VALUE_DECIMAL)
		check_number(c, f, v->number);
	else if (v->type == VALUE_JSON)
		check_json(c, f, v->text);
	c->at = NULL;
}

size_t record_check(const struct record_shape *s, const struct value *values, struct arena *a,
	struct record_fault *faults, size_t max, bool *warned)
{
	struct checking c = { .target = s->contract->target, .arena = a, .faults = faults, .max = max };
	for (c.field = 0; c.field < s->count; c.field++) {
		const struct record_field *field = &s->fields[c.field];
		if (!field->contract || record_is_sure(field, &values[c.field]))
			continue;
		c.warned = warned ? &warned[c.field] : NULL;
		check_value(&c, field, &values[c.field]);
	}
	return c.found;
}
