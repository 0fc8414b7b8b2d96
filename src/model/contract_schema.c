#include "qonduit/contract_schema.h"

#include "qonduit/json_write.h"
#include "qonduit/value.h"

/* What a field is asked beyond its contract by where it stands. */
struct place {
	bool nested;   /* within an object or a list, where null is as good as left out */
	bool item;     /* of a list, where null is nothing */
	const struct contract *key_of; /* null: identifies no record */
};

/* An exact decimal. */
static void number(struct json_out *w, const char *name, struct decimal d)
{
	char digits[DECIMAL_TEXT_MAX];

	json_key(w, str_of(name));
	json_raw(w, (struct str){ digits, decimal_print(d, digits) });
}

/* ---- descriptions ---- */

/* "from 1 to 255", "at least 1", "at most 255" */
static void add_range(struct buf *to, const struct decimal *least, const struct decimal *most, const char *unit)
{
	buf_add(to, least && most ? STR("from ") : least ? STR("at least ") : STR("at most "));
	if (least)
		decimal_add_to(*least, to);
	if (least && most)
		buf_add(to, STR(" to "));
	if (most)
		decimal_add_to(*most, to);
	buf_add(to, str_of(unit));
}

static void sentence(struct buf *to, const char *words)
{
	if (to->n)
		buf_add(to, to->p[to->n - 1] == '.' ? STR(" ") : STR(". "));
	buf_add(to, str_of(words));
}

static void add_value(const struct value *v, struct buf *to)
{
	if (v->type == VALUE_TEXT)
		buf_add(to, v->text);
	else if (v->type == VALUE_BOOLEAN)
		buf_add(to, v->truth ? STR("true") : STR("false"));
	else
		decimal_add_to(v->number, to);
}

/* Limits that a schema does not hold records to. */
static void add_limits(const struct contract_field *f, struct buf *to)
{
	struct decimal least = decimal_of(f->warn_min_length), most = decimal_of(f->warn_max_length);

	if (f->number_as_string && (f->has_minimum || f->has_maximum)) {
		sentence(to, "Takes ");
		add_range(to, f->has_minimum ? &f->minimum : NULL, f->has_maximum ? &f->maximum : NULL, ".");
	}
	if (f->warn_min_length || f->warn_max_length) {
		sentence(to, "Clients keep to ");
		add_range(to, f->warn_min_length ? &least : NULL, f->warn_max_length ? &most : NULL, " characters.");
	}
	if (f->warn_has_minimum || f->warn_has_maximum) {
		sentence(to, "Clients keep to ");
		add_range(to, f->warn_has_minimum ? &f->warn_minimum : NULL,
			f->warn_has_maximum ? &f->warn_maximum : NULL, ".");
	}
	if (f->suspect.type != VALUE_EMPTY) {
		sentence(to, "Suspect where all records have ");
		add_value(&f->suspect, to);
		buf_addc(to, '.');
	}
}

static void add_key(const struct contract *c, struct buf *to)
{
	sentence(to, "The key: no two records of one output have the same");
	for (size_t i = 0; i < c->within_count; i++)
		buf_printf(to, "%s%.*s", i ? " and " : " with the same ", STR_ARG(c->within[i]));
	buf_addc(to, '.');
}

static void description(struct json_out *w, const struct contract_field *f, struct place at)
{
	struct buf words = { 0 };

	buf_add(&words, f->doc);
	if (at.key_of)
		add_key(at.key_of, &words);
	add_limits(f, &words);
	if (words.n)
		json_member_string(w, "description", buf_str(&words));
	buf_release(&words);
}

/* ---- types ---- */

static void type(struct json_out *w, const struct contract_field *f, struct place at, const char *name)
{
	bool null = at.nested && !at.item && !f->required;

	json_key(w, STR("type"));
	if (null)
		json_open(w, '[');
	json_string(w, str_of(name));
	if (null) {
		json_string(w, STR("null"));
		json_close(w, ']');
	}
}

/* All but the characters that may be there: a class of a regular expression. */
static void characters(struct json_out *w, const bool *taken)
{
	struct buf others = { 0 };

	buf_add(&others, STR("[^"));
	for (unsigned c = ' ', end; c <= '~'; c = end + 1) {
		for (end = c; taken[c] && end < '~' && taken[end + 1]; end++)
			;
		for (unsigned edge = c; taken[c] && edge <= end; edge += edge == c && end > c + 1 ? end - c : 1) {
			if (strchr("\\]^-[", (int)edge))
				buf_addc(&others, '\\');
			buf_addc(&others, (char)edge);
			if (edge == c && end > c + 1)
				buf_addc(&others, '-');
		}
	}
	buf_addc(&others, ']');
	json_member_open(w, "not", '{');
	json_member_string(w, "type", STR("string"));
	json_member_string(w, "pattern", buf_str(&others));
	json_close(w, '}');
	buf_release(&others);
}

static void string(struct json_out *w, const struct contract_field *f, struct place at)
{
	uint32_t least = f->min_length;

	if (f->required && !at.nested && !f->values && !least)
		least = 1; /* an empty text is left out */
	type(w, f, at, "string");
	if (least) {
		json_member_int(w, "minLength", least);
	}
	if (f->max_length) {
		json_member_int(w, "maxLength", f->max_length);
	}
	if (f->character)
		characters(w, f->character);
	if (!f->values)
		return;
	json_member_open(w, "enum", '[');
	for (size_t i = 0; i < f->value_count; i++)
		json_string(w, f->values[i]);
	if (at.nested && !at.item && !f->required)
		json_raw(w, STR("null"));
	json_close(w, ']');
}

static bool not_below_zero(const struct contract_field *f)
{
	return f->has_minimum && decimal_compare(f->minimum, decimal_of(0)) >= 0;
}

/* As record_print writes it. */
static void add_digits(struct buf *pattern, bool negative, int places)
{
	buf_add(pattern, negative ? STR("^-?[0-9]+") : STR("^[0-9]+"));
	if (places > 0)
		buf_printf(pattern, "[.][0-9]{%d}$", places);
	else
		buf_add(pattern, places == 0 ? STR("$") : STR("([.][0-9]+)?$"));
}

/* As a source may write it; zeros at the end do not count as places. */
static void add_loose_digits(struct buf *pattern, bool negative, int places)
{
	buf_add(pattern, negative ? STR("^(?=.*[0-9])[+-]?") : STR("^(?=.*[0-9])[+]?"));
	if (places >= 0)
		buf_printf(pattern, "[0-9]*([.][0-9]{0,%d}0*)?$", places);
	else
		buf_add(pattern, STR("[0-9]*[.]?[0-9]*([eE][+-]?[0-9]+)?$"));
}

/* A number that goes out as a string; JSON that a source brings goes out as it is. */
static void digits(struct json_out *w, const struct contract_field *f, struct place at)
{
	int places = f->type == FIELD_INTEGER ? 0 : f->places;
	struct buf pattern = { 0 };

	(at.nested ? add_loose_digits : add_digits)(&pattern, !not_below_zero(f), places);
	type(w, f, at, "string");
	json_member_string(w, "pattern", buf_str(&pattern));
	buf_release(&pattern);
}

static void amount(struct json_out *w, const struct contract_field *f, struct place at)
{
	if (f->number_as_string) {
		digits(w, f, at);
		return;
	}
	type(w, f, at, f->type == FIELD_INTEGER || f->places == 0 ? "integer" : "number");
	if (f->has_minimum)
		number(w, "minimum", f->minimum);
	if (f->has_maximum)
		number(w, "maximum", f->maximum);
	if (f->type == FIELD_NUMBER && f->places > 0)
		number(w, "multipleOf", (struct decimal){ 1, f->places });
}

static void members(struct json_out *w, const struct contract_field *fields, size_t count,
	const struct contract *record);

static void field(struct json_out *w, const struct contract_field *f, struct place at);

static void list(struct json_out *w, const struct contract_field *f, struct place at)
{
	const struct contract_field item = { .name = f->name, .type = f->element, .places = -1, .fields = f->fields,
		.field_count = f->field_count, .required = true };

	type(w, f, at, "array");
	if (f->max_items) {
		json_member_int(w, "maxItems", (int64_t)f->max_items);
	}
	if (f->element == FIELD_ANY)
		return;
	json_member_open(w, "items", '{');
	field(w, &item, (struct place){ .nested = true, .item = true });
	json_close(w, '}');
}

static void field(struct json_out *w, const struct contract_field *f, struct place at)
{
	description(w, f, at);
	switch (f->type) {
	case FIELD_ANY:
		break;
	case FIELD_STRING:
		string(w, f, at);
		break;
	case FIELD_NUMBER:
	case FIELD_INTEGER:
		amount(w, f, at);
		break;
	case FIELD_BOOLEAN:
		type(w, f, at, "boolean");
		break;
	case FIELD_OBJECT:
		type(w, f, at, "object");
		if (f->fields)
			members(w, f->fields, f->field_count, NULL);
		break;
	case FIELD_LIST:
		list(w, f, at);
		break;
	}
	if (f->standard.n) {
		json_key(w, STR("default"));
		json_raw(w, f->standard);
	}
}

/* Of a record, or of an object in one. */
static void members(struct json_out *w, const struct contract_field *fields, size_t count,
	const struct contract *record)
{
	bool any = false;

	json_member_open(w, "properties", '{');
	for (size_t i = 0; i < count; i++) {
		bool key = record && str_eq(record->key, fields[i].name);
		const struct place at = { .nested = !record, .key_of = key ? record : NULL };
		json_key(w, fields[i].name);
		json_open(w, '{');
		field(w, &fields[i], at);
		json_close(w, '}');
		any = any || fields[i].required;
	}
	json_close(w, '}');
	if (any) {
		json_member_open(w, "required", '[');
		for (size_t i = 0; i < count; i++)
			if (fields[i].required)
				json_string(w, fields[i].name);
		json_close(w, ']');
	}
	if (!record || !record->open) {
		json_member_bool(w, "additionalProperties", false);
	}
}

void contract_schema(const struct contract *c, struct buf *to)
{
	struct json_out w = json_out(to);
	struct buf id = { 0 };

	buf_printf(&id, "urn:qonduit:schema:%.*s", STR_ARG(c->target));
	json_open(&w, '{');
	json_member_string(&w, "$schema", STR("https://json-schema.org/draft/2020-12/schema"));
	json_member_string(&w, "$id", buf_str(&id));
	json_member_string(&w, "title", c->title);
	if (c->documentation.n)
		json_member_string(&w, "description", c->documentation);
	json_member_string(&w, "type", STR("object"));
	members(&w, c->fields, c->field_count, c);
	json_close(&w, '}');
	buf_release(&id);
}
