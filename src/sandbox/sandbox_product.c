#include "qonduit/sandbox_product.h"

const struct sandbox_field sandbox_product_fields[] = {
	{ "sku", .type = SANDBOX_TEXT, .required = true },
	{ "name", .type = SANDBOX_TEXT, .required = true },
	{ "description", .type = SANDBOX_TEXT },
	{ "cost", .type = SANDBOX_NUMBER },
	{ "upc", .type = SANDBOX_TEXT },
	{ "brand", .type = SANDBOX_TEXT, .required = true },
	{ "msrp", .type = SANDBOX_NUMBER },
	{ "base_price", .type = SANDBOX_NUMBER },
	{ "category", .type = SANDBOX_TEXT },
	{ "active", .type = SANDBOX_BOOLEAN },
	{ "custom1_name", .type = SANDBOX_TEXT },
	{ "custom1_value", .type = SANDBOX_TEXT },
	{ "custom2_name", .type = SANDBOX_TEXT },
	{ "custom2_value", .type = SANDBOX_TEXT },
	{ "custom3_name", .type = SANDBOX_TEXT },
	{ "custom3_value", .type = SANDBOX_TEXT },
	{ "image_url", .type = SANDBOX_TEXT },
	{ "sales_unit", .type = SANDBOX_TEXT },
	{ "base_unit_of_measure", .type = SANDBOX_TEXT },
	{ "base_units_per_sales_unit", .type = SANDBOX_INTEGER },
	{ 0 },
};

static void give_reason(struct buf *reasons, struct str what, const char *is)
{
	if (reasons->n)
		buf_add(reasons, STR(", "));
	buf_add(reasons, what);
	buf_add(reasons, str_of(is));
}

/* "Base units per sales unit is …". */
static void give_breach(struct buf *reasons, const struct sandbox_field *f, const char *is)
{
	give_reason(reasons, (struct str){ 0 }, "");
	buf_addc(reasons, (char)(f->name[0] - 'a' + 'A'));
	for (const char *c = f->name + 1; *c; c++)
		buf_addc(reasons, *c == '_' ? ' ' : *c);
	buf_add(reasons, str_of(is));
}

static bool is_blank(const struct json *value)
{
	return !value || json_is(value, JSON_NULL) || (json_is(value, JSON_STRING) && str_trim(value->text).n == 0);
}

/* Null where the value is of the type. */
static const char *breach_of_type(enum sandbox_type type, const struct json *value)
{
	if (type == SANDBOX_TEXT)
		return json_is(value, JSON_STRING) ? NULL : " is not a string";
	if (type == SANDBOX_NUMBER)
		return json_is(value, JSON_NUMBER) ? NULL : " is not a number";
	if (type == SANDBOX_INTEGER)
		return sandbox_is_integer(value) ? NULL : " must be an integer";
	return json_is_bool(value) ? NULL : " must be true or false";
}

void sandbox_product_check(const struct json *product, struct buf *reasons)
{
	for (const struct sandbox_field *f = sandbox_product_fields; f->name; f++) {
		const struct json *value = json_get(product, f->name);
		const char *breach = f->required && is_blank(value) ? " can't be blank"
			: value ? breach_of_type(f->type, value) : NULL;
		if (breach)
			give_breach(reasons, f, breach);
	}
	for (const struct json *member = product->child; member; member = member->next) {
		if (!sandbox_field_find(sandbox_product_fields, member->key))
			give_reason(reasons, member->key, " is an unknown attribute");
	}
}
