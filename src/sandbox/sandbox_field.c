#include "qonduit/sandbox_field.h"

#include "qonduit/decimal.h"
#include "qonduit/utf8.h"

enum { PLACES_MAX = 2, UUID_LENGTH = 36 };

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static bool is_uuid(const struct json *value)
{
	if (!json_is(value, JSON_STRING) || value->text.n != UUID_LENGTH)
		return false;
	for (size_t i = 0; i < UUID_LENGTH; i++) {
		bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
		if (hyphen ? value->text.p[i] != '-' : !is_hex(value->text.p[i]))
			return false;
	}
	return true;
}

static bool is_id(const struct json *value)
{
	if (!sandbox_is_integer(value) && !json_is(value, JSON_STRING))
		return false;
	for (size_t i = 0; i < value->text.n; i++) {
		char c = value->text.p[i];
		bool letter = (c | 32) >= 'a' && (c | 32) <= 'z', digit = c >= '0' && c <= '9';
		if (!letter && !digit && c != '-' && c != '_')
			return false;
	}
	return value->text.n > 0;
}

static bool is_email(const struct json *value)
{
	struct str domain = { 0 }, local = json_is(value, JSON_STRING) ? str_cut(value->text, '@', &domain) : domain;
	for (size_t i = 0; json_is(value, JSON_STRING) && i < value->text.n; i++) {
		if ((unsigned char)value->text.p[i] <= ' ' || value->text.p[i] == 0x7f)
			return false;
	}
	ptrdiff_t dot = str_find(domain, STR("."));
	return local.n && dot > 0 && domain.p[domain.n - 1] != '.' && str_find(domain, STR("@")) < 0;
}

static struct str breach_of_text(const struct sandbox_field *f, const struct json *value, struct arena *arena)
{
	if (!json_is(value, JSON_STRING))
		return STR("Not a valid string.");
	if (f->least && str_trim(value->text).n == 0)
		return STR("This field may not be blank.");
	if (f->most && utf8_count(value->text) > (size_t)f->most)
		return arena_printf(arena, "Ensure this field has no more than %lld characters.", (long long)f->most);
	return STR("");
}

static struct str breach_of_number(const struct json *value, int places)
{
	struct decimal d;
	struct str text = json_text(value, (struct str){ 0 });
	if (decimal_parse(text, &d) != DECIMAL_OK)
		return STR("A valid number is required.");
	return d.scale > places ? STR("Ensure that there are no more than 2 decimal places.") : STR("");
}

static struct str breach_of_integer(const struct sandbox_field *f, const struct json *value, struct arena *arena)
{
	int64_t whole;
	if (!sandbox_is_integer(value) || !json_to_i64(value, &whole))
		return STR("A valid integer is required.");
	if (f->most && whole > f->most)
		return arena_printf(arena, "Ensure this value is less than or equal to %lld.", (long long)f->most);
	if (f->most && whole < f->least)
		return arena_printf(arena, "Ensure this value is greater than or equal to %lld.", (long long)f->least);
	return STR("");
}

static struct str breach_of_choice(const struct sandbox_field *f, const struct json *value, struct arena *arena)
{
	for (size_t i = 0; json_is(value, JSON_STRING) && f->choices[i]; i++) {
		if (str_eq(value->text, str_of(f->choices[i])))
			return STR("");
	}
	struct str found = json_text(value, str_of(json_kind_name(value)));
	return arena_printf(arena, "\"%.*s\" is not a valid choice.", STR_ARG(found));
}

static struct str breach_of_object(const struct sandbox_field *parts, const struct json *object, struct arena *arena)
{
	if (!json_is(object, JSON_OBJECT))
		return STR("Expected an object.");
	for (const struct sandbox_field *f = parts; f->name; f++) {
		struct str breach = sandbox_field_breach(f, json_get(object, f->name), arena);
		if (breach.n)
			return arena_printf(arena, "%s: %.*s", f->name, STR_ARG(breach));
	}
	return STR("");
}

static struct str breach_of_objects(const struct sandbox_field *f, const struct json *value, struct arena *arena)
{
	if (!json_is(value, JSON_ARRAY))
		return STR("Expected a list of items.");
	if (f->least && value->count == 0)
		return STR("This list may not be empty.");
	for (const struct json *object = value->child; object; object = object->next) {
		struct str breach = breach_of_object(f->parts, object, arena);
		if (breach.n)
			return arena_printf(arena, "Item %zu: %.*s", object->index + 1, STR_ARG(breach));
	}
	return STR("");
}

bool sandbox_is_integer(const struct json *value)
{
	uint64_t whole;
	return json_is(value, JSON_NUMBER) && str_to_u64(str_from(value->text, value->text.p[0] == '-'), &whole);
}

struct str sandbox_field_breach(const struct sandbox_field *f, const struct json *value, struct arena *arena)
{
	if (!value)
		return f->required ? STR("This field is required.") : STR("");
	if (json_is(value, JSON_NULL))
		return f->nullable ? STR("") : STR("This field may not be null.");
	switch (f->type) {
	case SANDBOX_TEXT:
		return breach_of_text(f, value, arena);
	case SANDBOX_UUID:
		return is_uuid(value) ? STR("") : STR("Must be a valid UUID.");
	case SANDBOX_MONEY:
		return breach_of_number(value, PLACES_MAX);
	case SANDBOX_NUMBER:
		return breach_of_number(value, DECIMAL_DIGITS);
	case SANDBOX_INTEGER:
		return breach_of_integer(f, value, arena);
	case SANDBOX_BOOLEAN:
		return json_is_bool(value) ? STR("") : STR("Must be a valid boolean.");
	case SANDBOX_CHOICE:
		return breach_of_choice(f, value, arena);
	case SANDBOX_ID:
		return is_id(value) ? STR("") : STR("Allowed characters are [a-z0-9A-Z-_].");
	case SANDBOX_EMAIL:
		return is_email(value) ? STR("") : STR("Enter a valid email address.");
	case SANDBOX_OBJECTS:
		return breach_of_objects(f, value, arena);
	}
	return STR("");
}

const struct sandbox_field *sandbox_field_find(const struct sandbox_field *fields, struct str name)
{
	for (const struct sandbox_field *f = fields; f->name; f++) {
		if (str_eq(name, str_of(f->name)))
			return f;
	}
	return NULL;
}
