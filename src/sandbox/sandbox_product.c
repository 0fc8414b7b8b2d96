#include "qonduit/sandbox_product.h"

#include <stdlib.h>

#include "qonduit/json_write.h"

enum type { TEXT, NUMBER, INTEGER, BOOLEAN };

static const struct attribute {
	const char *name, *human;
	enum type type;
	bool required;
} attributes[] = {
	{ "sku", "Sku", TEXT, true },
	{ "name", "Name", TEXT, true },
	{ "description", "Description", TEXT, false },
	{ "cost", "Cost", NUMBER, false },
	{ "upc", "Upc", TEXT, false },
	{ "brand", "Brand", TEXT, true },
	{ "msrp", "Msrp", NUMBER, false },
	{ "base_price", "Base price", NUMBER, false },
	{ "category", "Category", TEXT, false },
	{ "active", "Active", BOOLEAN, false },
	{ "custom1_name", "Custom1 name", TEXT, false },
	{ "custom1_value", "Custom1 value", TEXT, false },
	{ "custom2_name", "Custom2 name", TEXT, false },
	{ "custom2_value", "Custom2 value", TEXT, false },
	{ "custom3_name", "Custom3 name", TEXT, false },
	{ "custom3_value", "Custom3 value", TEXT, false },
	{ "image_url", "Image url", TEXT, false },
	{ "sales_unit", "Sales unit", TEXT, false },
	{ "base_unit_of_measure", "Base unit of measure", TEXT, false },
	{ "base_units_per_sales_unit", "Base units per sales unit", INTEGER, false },
};

enum { ATTRIBUTES = sizeof attributes / sizeof *attributes, SLOTS_FIRST = 1024 };

struct sandbox_product {
	char *values[ATTRIBUTES];     /* JSON text; null: not given. The first is the sku */
	struct sandbox_product *next; /* in its slot */
};

static char *copy(struct str s)
{
	char *p = mem_alloc(s.n + 1);
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

static void give_reason(struct buf *reasons, struct str what, const char *is)
{
	if (reasons->n)
		buf_add(reasons, STR(", "));
	buf_add(reasons, what);
	buf_add(reasons, str_of(is));
}

static bool is_blank(const struct json *value)
{
	return !value || json_is(value, JSON_NULL) || (json_is(value, JSON_STRING) && str_trim(value->text).n == 0);
}

/* 1.0 and 1e3 are numbers, but not integers as a program would write them. */
static bool is_integer(const struct json *value)
{
	uint64_t whole;
	return json_is(value, JSON_NUMBER) && str_to_u64(str_from(value->text, value->text.p[0] == '-'), &whole);
}

/* Null where the value is of the type. */
static const char *breach_of_type(enum type type, const struct json *value)
{
	switch (type) {
	case TEXT:
		return json_is(value, JSON_STRING) ? NULL : " is not a string";
	case NUMBER:
		return json_is(value, JSON_NUMBER) ? NULL : " is not a number";
	case INTEGER:
		return is_integer(value) ? NULL : " must be an integer";
	case BOOLEAN:
		return json_is_bool(value) ? NULL : " must be true or false";
	}
	return NULL;
}

static bool is_attribute(struct str name)
{
	for (size_t i = 0; i < ATTRIBUTES; i++) {
		if (str_eq(name, str_of(attributes[i].name)))
			return true;
	}
	return false;
}

static struct sandbox_product **slot_of(const struct sandbox_shelf *s, struct str sku)
{
	return &s->slots[str_hash(sku) & (s->slot_count - 1)];
}

static void widen(struct sandbox_shelf *s)
{
	s->slot_count = s->slot_count ? s->slot_count * 2 : SLOTS_FIRST;
	free(s->slots);
	s->slots = mem_alloc(s->slot_count * sizeof(struct sandbox_product *));
	memset(s->slots, 0, s->slot_count * sizeof(struct sandbox_product *));
	for (size_t i = 0; i < s->count; i++) {
		struct sandbox_product *p = s->all[i], **slot = slot_of(s, str_of(p->values[0]));
		p->next = *slot;
		*slot = p;
	}
}

static struct sandbox_product *need_product(struct sandbox_shelf *s, struct str sku)
{
	if (s->count >= s->slot_count)
		widen(s);
	struct sandbox_product **slot = slot_of(s, sku);
	for (struct sandbox_product *p = *slot; p; p = p->next) {
		if (str_eq(str_of(p->values[0]), sku))
			return p;
	}
	struct sandbox_product *p = mem_alloc(sizeof *p);
	*p = (struct sandbox_product){ .values[0] = copy(sku), .next = *slot };
	*slot = p;
	s->all = mem_grow(s->all, &s->cap, s->count + 1, sizeof(struct sandbox_product *));
	s->all[s->count++] = p;
	return p;
}

void sandbox_product_check(const struct json *product, struct buf *reasons)
{
	for (size_t i = 0; i < ATTRIBUTES; i++) {
		const struct attribute *a = &attributes[i];
		const struct json *value = json_get(product, a->name);
		const char *breach = a->required && is_blank(value) ? " can't be blank"
			: value ? breach_of_type(a->type, value) : NULL;
		if (breach)
			give_reason(reasons, str_of(a->human), breach);
	}
	for (const struct json *member = product->child; member; member = member->next) {
		if (!is_attribute(member->key))
			give_reason(reasons, member->key, " is an unknown attribute");
	}
}

void sandbox_shelf_put(struct sandbox_shelf *s, const struct json *product)
{
	struct buf text = { 0 };
	json_print(json_get(product, attributes[0].name), &text);
	struct sandbox_product *p = need_product(s, buf_str(&text));
	for (size_t i = 1; i < ATTRIBUTES; i++) {
		const struct json *value = json_get(product, attributes[i].name);
		if (value) {
			buf_clear(&text);
			json_print(value, &text);
			free(p->values[i]);
			p->values[i] = copy(buf_str(&text));
		}
	}
	buf_release(&text);
}

void sandbox_shelf_print(const struct sandbox_shelf *s, struct buf *to)
{
	struct json_out w = json_out(to);
	json_open(&w, '{');
	for (size_t i = 0; i < s->count; i++) {
		const struct sandbox_product *p = s->all[i];
		json_raw(&w, str_of(p->values[0]));
		buf_addc(to, ':');
		w.comma = false;
		json_open(&w, '{');
		for (size_t k = 0; k < ATTRIBUTES; k++) {
			if (p->values[k]) {
				json_key(&w, str_of(attributes[k].name));
				json_raw(&w, str_of(p->values[k]));
			}
		}
		json_close(&w, '}');
	}
	json_close(&w, '}');
}

void sandbox_shelf_release(struct sandbox_shelf *s)
{
	for (size_t i = 0; i < s->count; i++) {
		for (size_t k = 0; k < ATTRIBUTES; k++)
			free(s->all[i]->values[k]);
		free(s->all[i]);
	}
	free(s->all);
	free(s->slots);
	*s = (struct sandbox_shelf){ 0 };
}
