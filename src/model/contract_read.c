/* A contract file becomes a struct contract. Each object of the format is a table of its keys; a key knows how its
 * value is read and where it goes. What the tables cannot say (a key that needs another one) is checked at the end.
 */
#include "contract_parts.h"

static void read_minimum(struct slot_reading *r, const struct json *j, void *into)
{
	struct contract_field *f = into;
	f->has_minimum = slot_number(r, j, &f->minimum);
}

static void read_maximum(struct slot_reading *r, const struct json *j, void *into)
{
	struct contract_field *f = into;
	f->has_maximum = slot_number(r, j, &f->maximum);
}

static void read_warn_minimum(struct slot_reading *r, const struct json *j, void *into)
{
	struct contract_field *f = into;
	f->warn_has_minimum = slot_number(r, j, &f->warn_minimum);
}

static void read_warn_maximum(struct slot_reading *r, const struct json *j, void *into)
{
	struct contract_field *f = into;
	f->warn_has_maximum = slot_number(r, j, &f->warn_maximum);
}

static void read_values(struct slot_reading *r, const struct json *j, void *into)
{
	struct contract_field *f = into;
	f->value_count = slot_strings(r, j, &f->values);
}

static void read_type(struct slot_reading *r, const struct json *j, void *into)
{
	struct str words[FIELD_LIST + 1];
	for (int i = 0; i <= FIELD_LIST; i++)
		words[i] = str_of(field_type_word((enum field_type)i));
	unsigned found;
	if (slot_choice(r, j, "type of a field", words, FIELD_LIST + 1, &found))
		*(enum field_type *)into = (enum field_type)found;
}

static void read_number_style(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct str words[] = { { "number", 6 }, { "string", 6 } };
	unsigned found;
	if (slot_choice(r, j, "style of a number", words, 2, &found))
		*(bool *)into = found == 1;
}

static void read_file_style(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct str words[] = {
		[FILE_BATCHES] = { "batches", 7 },
		[FILE_LINES] = { "lines", 5 },
		[FILE_ARRAY] = { "array", 5 },
		[FILE_TABLE] = { "table", 5 },
		[FILE_WORKBOOK] = { "workbook", 8 },
		[FILE_XML] = { "xml", 3 },
	};
	unsigned found;
	if (slot_choice(r, j, "style of a file", words, sizeof words / sizeof *words, &found))
		*(enum file_style *)into = (enum file_style)found;
}

static void read_warn(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct slot slots[] = {
		{ "min_length", false, slot_length, offsetof(struct contract_field, warn_min_length) },
		{ "max_length", false, slot_length, offsetof(struct contract_field, warn_max_length) },
		{ "minimum", false, read_warn_minimum, 0 },
		{ "maximum", false, read_warn_maximum, 0 },
		{ 0 },
	};
	slot_object(r, j, slots, into);
}

static void read_characters(struct slot_reading *r, const struct json *j, void *into)
{
	struct contract_field *f = into;
	f->character = slot_characters(r, j, &f->characters);
}

static void read_suspect(struct slot_reading *r, const struct json *j, void *into)
{
	struct value *suspect = into;
	struct decimal number;
	struct str text = { 0 };
	if (json_is(j, JSON_STRING)) {
		slot_text(r, j, &text);
		*suspect = value_text(text);
	} else if (json_is(j, JSON_NUMBER)) {
		if (slot_number(r, j, &number))
			*suspect = value_number(number, VALUE_DECIMAL);
	} else if (slot_expect(r, j, json_is_bool(j), "a string, a number, true or false")) {
		*suspect = value_truth(json_is(j, JSON_TRUE));
	}
}

static void read_members(struct slot_reading *r, const struct json *j, void *into)
{
	struct contract_field *f = into;
	contract_read_fields(r, j, &f->fields, &f->field_count);
}

/* Which keys mean something for which types. */
static void check_field(struct slot_reading *r, const struct json *j, const struct contract_field *f)
{
	static const struct {
		const char *key;
		unsigned types;
	} rules[] = {
		{ "min_length", 1u << FIELD_STRING },
		{ "max_length", 1u << FIELD_STRING },
		{ "values", 1u << FIELD_STRING },
		{ "characters", 1u << FIELD_STRING },
		{ "minimum", 1u << FIELD_NUMBER | 1u << FIELD_INTEGER },
		{ "maximum", 1u << FIELD_NUMBER | 1u << FIELD_INTEGER },
		{ "style", 1u << FIELD_NUMBER | 1u << FIELD_INTEGER },
		{ "places", 1u << FIELD_NUMBER },
		{ "fields", 1u << FIELD_OBJECT | 1u << FIELD_LIST },
		{ "element", 1u << FIELD_LIST },
		{ "max_items", 1u << FIELD_LIST },
	};
	const struct json *warn = json_get(j, "warn");
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		const struct json *keys[] = { json_get(j, rules[i].key), json_get(warn, rules[i].key) };
		for (int k = 0; k < 2; k++) {
			if (keys[k] && !(rules[i].types & 1u << f->type))
				err_set(slot_fault(r, keys[k], true), ERR_MAPPING, "contract.key_of_other_type",
					"\"%s\" says nothing about %s; expected without it, or another \"type\"", rules[i].key,
					field_type_name(f->type));
		}
	}
	if (f->max_length && f->min_length > f->max_length)
		err_set(slot_fault(r, json_get(j, "min_length"), false), ERR_MAPPING, "contract.range",
			"found %u, expected at most the \"max_length\" of %u", f->min_length, f->max_length);
	if (f->has_minimum && f->has_maximum && decimal_compare(f->minimum, f->maximum) > 0)
		err_set(slot_fault(r, json_get(j, "minimum"), false), ERR_MAPPING, "contract.range",
			"found %.*s, expected at most the \"maximum\" of %.*s", STR_ARG(json_get(j, "minimum")->text),
			STR_ARG(json_get(j, "maximum")->text));
	if (f->fields && f->type == FIELD_LIST && f->element != FIELD_OBJECT)
		err_set(slot_fault(r, json_get(j, "fields"), true), ERR_MAPPING, "contract.element",
			"\"fields\" of a list are those of its objects; expected \"element\": \"object\" beside it");
}

/* A text may begin with a number: "0.00 EUR". */
static void check_suspect(struct slot_reading *r, const struct json *j, const struct contract_field *f)
{
	static const unsigned types[] = {
		[VALUE_EMPTY] = ~0u, /* told already */
		[VALUE_TEXT] = 1u << FIELD_STRING,
		[VALUE_DECIMAL] = 1u << FIELD_NUMBER | 1u << FIELD_INTEGER | 1u << FIELD_STRING,
		[VALUE_BOOLEAN] = 1u << FIELD_BOOLEAN,
	};
	if (j && !(types[f->suspect.type] & 1u << f->type))
		err_set(slot_fault(r, j, false), ERR_MAPPING, "contract.suspect", "found %s, but the field takes %s",
			json_kind_name(j), field_type_name(f->type));
}

/* Fields within fields are not looked at, nor what stands once before the records. */
static void refuse_suspects(struct slot_reading *r, const struct json *fields)
{
	for (const struct json *f = fields ? fields->child : NULL; f; f = f->next) {
		const struct json *j = json_get(f, "suspect");
		if (j)
			err_set(slot_fault(r, j, true), ERR_MAPPING, "contract.suspect",
				"\"suspect\" is for a record's own fields; expected without it");
		refuse_suspects(r, json_get(f, "fields"));
	}
}

static void check_suspects(struct slot_reading *r, const struct json *root)
{
	const struct json *fields = json_get(root, "fields");
	for (const struct json *f = fields ? fields->child : NULL; f; f = f->next)
		refuse_suspects(r, json_get(f, "fields"));
	refuse_suspects(r, json_get(json_get(json_get(root, "file"), "xml"), "head"));
}

static void read_field(struct slot_reading *r, const struct json *j, struct contract_field *f)
{
	static const struct slot slots[] = {
		{ "type", true, read_type, offsetof(struct contract_field, type) },
		{ "required", false, slot_flag, offsetof(struct contract_field, required) },
		{ "min_length", false, slot_length, offsetof(struct contract_field, min_length) },
		{ "max_length", false, slot_length, offsetof(struct contract_field, max_length) },
		{ "values", false, read_values, 0 },
		{ "characters", false, read_characters, 0 },
		{ "minimum", false, read_minimum, 0 },
		{ "maximum", false, read_maximum, 0 },
		{ "places", false, slot_places, offsetof(struct contract_field, places) },
		{ "style", false, read_number_style, offsetof(struct contract_field, number_as_string) },
		{ "warn", false, read_warn, 0 },
		{ "element", false, read_type, offsetof(struct contract_field, element) },
		{ "max_items", false, slot_size, offsetof(struct contract_field, max_items) },
		{ "fields", false, read_members, 0 },
		{ "xml", false, contract_read_xml, offsetof(struct contract_field, xml) },
		{ "suspect", false, read_suspect, offsetof(struct contract_field, suspect) },
		{ "default", false, slot_json, offsetof(struct contract_field, standard) },
		{ "doc", false, slot_text, offsetof(struct contract_field, doc) },
		{ 0 },
	};
	*f = (struct contract_field){ .name = j->key, .places = -1 };
	slot_object(r, j, slots, f);
	if (json_is(json_get(j, "type"), JSON_STRING)) {
		check_field(r, j, f);
		check_suspect(r, json_get(j, "suspect"), f);
	}
}

void contract_read_fields(struct slot_reading *r, const struct json *j, const struct contract_field **fields,
	size_t *count)
{
	if (!slot_expect(r, j, json_is(j, JSON_OBJECT) && j->count, "an object with a field or more"))
		return;
	struct contract_field *all = ARENA_ARRAY(r->arena, j->count, struct contract_field);
	size_t n = 0;
	for (const struct json *m = j->child; m; m = m->next) {
		if (!str_eq(m->key, STR("$comment")))
			read_field(r, m, &all[n++]);
	}
	*fields = all;
	*count = n;
}

static void read_shape(struct slot_reading *r, const struct json *j, void *into)
{
	struct contract *c = into;
	contract_read_fields(r, j, &c->fields, &c->field_count);
}

static void read_within(struct slot_reading *r, const struct json *j, void *into)
{
	struct contract *c = into;
	if (slot_expect(r, j, json_is(j, JSON_ARRAY) && j->count, "a list of one field or more"))
		c->within_count = slot_strings(r, j, &c->within);
}

static void read_file(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct slot slots[] = {
		{ "style", true, read_file_style, offsetof(struct contract, style) },
		{ "extension", true, slot_text, offsetof(struct contract, extension) },
		{ "records", false, slot_text, offsetof(struct contract, records) },
		{ "account", false, slot_text, offsetof(struct contract, account) },
		{ "records_per_request", false, slot_size, offsetof(struct contract, records_per_request) },
		{ "bytes_per_request", false, slot_size, offsetof(struct contract, bytes_per_request) },
		{ "quote_formulas", false, slot_flag, offsetof(struct contract, quote_formulas) },
		{ "xml", false, contract_read_frame, offsetof(struct contract, frame) },
		{ 0 },
	};
	slot_object(r, j, slots, into);
}

/* Lower-case words of letters, digits, '-' and '_', joined by `joint` where it is not 0. It
 * becomes the name of a file. */
static bool is_plain_name(struct str s, char joint)
{
	bool word = false;
	for (size_t i = 0; i < s.n; i++) {
		char ch = s.p[i];
		if (ch == joint && word)
			word = false;
		else if ((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || (word && (ch == '-' || ch == '_')))
			word = true;
		else
			return false;
	}
	return word;
}

static void suggest_field(struct slot_reading *r, const struct json *j, const char *code, const struct contract *c)
{
	struct str *names = ARENA_ARRAY(r->arena, c->field_count, struct str);
	for (size_t i = 0; i < c->field_count; i++)
		names[i] = c->fields[i].name;
	slot_suggest(slot_fault(r, j, false), code, "field of this contract", j->text, names, c->field_count);
}

static bool stands_before(const struct json *j)
{
	for (const struct json *x = j->parent->child; x != j; x = x->next) {
		if (json_is(x, JSON_STRING) && str_eq(x->text, j->text))
			return true;
	}
	return false;
}

static void check_within_field(struct slot_reading *r, const struct json *j, const struct contract *c)
{
	if (!json_is(j, JSON_STRING) || !j->text.n)
		return;
	const struct contract_field *f = contract_field(c, j->text);
	if (str_eq(j->text, c->key) || stands_before(j))
		err_set(slot_fault(r, j, false), ERR_MAPPING, "contract.within", "\"%.*s\" is %s, expected each field once",
			STR_ARG(j->text), str_eq(j->text, c->key) ? "the key itself" : "named twice");
	else if (!f)
		suggest_field(r, j, "contract.within", c);
	else if (f->type != FIELD_STRING && f->type != FIELD_INTEGER)
		err_set(slot_fault(r, j, false), ERR_MAPPING, "contract.within",
			"\"%.*s\" is %s, expected a field that is a string or a whole number", STR_ARG(j->text),
			field_type_name(f->type));
}

static void check_names(struct slot_reading *r, const struct json *root, const struct contract *c)
{
	const struct json *target = json_get(root, "target"), *key = json_get(root, "key"),
		*extension = json_get(json_get(root, "file"), "extension");
	struct str rest;
	struct str first = str_cut(c->target, '.', &rest);
	if (c->target.n && (!is_plain_name(c->target, '.') || !rest.n))
		err_set(slot_fault(r, target, false), ERR_MAPPING, "contract.target",
			"found \"%.*s\", expected two or more words of small letters, digits, - and _, joined by dots: "
			"\"shop.prices\"", STR_ARG(c->target));
	if (str_starts(first, STR("rejects")) || str_eq(first, STR("manifest")))
		err_set(slot_fault(r, target, false), ERR_MAPPING, "contract.target",
			"\"%.*s\" would be mistaken for %s; expected another first word", STR_ARG(c->target),
			str_starts(first, STR("rejects")) ? "rejects.csv" : "manifest.json");
	if (c->extension.n && (!is_plain_name(c->extension, 0) || str_eq(c->extension, STR("rows"))))
		err_set(slot_fault(r, extension, false), ERR_MAPPING, "contract.extension",
			"found \"%.*s\", expected small letters and digits, and not \"rows\"", STR_ARG(c->extension));
	if (c->key.n && !c->open && !contract_field(c, c->key))
		suggest_field(r, key, "contract.key", c);
}

/* What is told of records by their key alone could not be tied to them. */
static void check_within(struct slot_reading *r, const struct json *root, const struct contract *c)
{
	const struct json *within = json_get(root, "within");
	if (!within)
		return;
	if (!c->key.n)
		err_set(slot_fault(r, within, true), ERR_MAPPING, "contract.within",
			"nothing says what is within these fields; expected \"key\" beside it");
	if (c->wire.has_items || c->wire.has_job)
		err_set(slot_fault(r, within, true), ERR_MAPPING, "contract.within",
			"\"%s\" ties results to records by their key alone; expected without one of them",
			c->wire.has_items ? "items" : "job");
	for (const struct json *j = within->child; j; j = j->next)
		check_within_field(r, j, c);
}

static void check_file(struct slot_reading *r, const struct json *root, const struct contract *c)
{
	static const char *const of_batches[] = { "records", "account", "records_per_request" };
	const struct json *file = json_get(root, "file");
	if (!json_is(json_get(file, "style"), JSON_STRING))
		return;
	for (size_t i = 0; i < sizeof of_batches / sizeof *of_batches; i++) {
		const struct json *j = json_get(file, of_batches[i]);
		if (j && c->style != FILE_BATCHES)
			err_set(slot_fault(r, j, true), ERR_MAPPING, "contract.style",
				"\"%s\" is for the style \"batches\"; expected without it", of_batches[i]);
	}
	if (c->quote_formulas && c->style != FILE_TABLE)
		err_set(slot_fault(r, json_get(file, "quote_formulas"), true), ERR_MAPPING, "contract.style",
			"\"quote_formulas\" is for the style \"table\"; expected without it");
	if (c->style == FILE_WORKBOOK && (!c->open || json_get(root, "fields") || c->key.n))
		err_set(slot_fault(r, json_get(file, "style"), false), ERR_MAPPING, "contract.style",
			"the titles of a workbook are those of the mapping; expected \"open\": true, no \"fields\" and no \"key\"");
	if (c->account.n && !c->records.n)
		err_set(slot_fault(r, json_get(file, "account"), true), ERR_MAPPING, "contract.account",
			"an account has no place in a body that is only a list; expected \"records\" beside it");
	if (c->bytes_per_request && c->style != FILE_BATCHES && c->style != FILE_LINES)
		err_set(slot_fault(r, json_get(file, "bytes_per_request"), true), ERR_MAPPING, "contract.style",
			"\"bytes_per_request\" is for the styles \"batches\" and \"lines\"; expected without it");
}

int contract_read(struct str text, const char *name, struct arena *arena, struct contract *out, struct faults *faults)
{
	return contract_read_for(NULL, text, name, arena, out, faults);
}

int contract_read_for(const struct systems *systems, struct str text, const char *name, struct arena *arena,
	struct contract *out, struct faults *faults)
{
	static const struct slot slots[] = {
		{ "qonduit_contract", true, slot_format, 0 },
		{ "$schema", false, slot_nothing, 0 },
		{ "target", true, slot_text, offsetof(struct contract, target) },
		{ "title", true, slot_text, offsetof(struct contract, title) },
		{ "documentation", false, slot_text, offsetof(struct contract, documentation) },
		{ "key", false, slot_text, offsetof(struct contract, key) },
		{ "within", false, read_within, 0 },
		{ "open", false, slot_flag, offsetof(struct contract, open) },
		{ "fields", false, read_shape, 0 },
		{ "file", true, read_file, 0 },
		{ "wire", false, contract_read_wire, 0 },
		{ 0 },
	};
	struct slot_reading r = { .arena = arena, .faults = faults, .name = name, .what = "contract" };
	size_t errors = faults->errors;
	*out = (struct contract){ 0 };
	contract_wire_init(&out->wire);
	struct err e = { 0 };
	const struct json *root = json_parse(text, name, ERR_MAPPING, arena, &e);
	if (!root) {
		*faults_add(faults, FAULT_ERROR) = e;
		return -1;
	}
	slot_object(&r, root, slots, out);
	if (json_is(root, JSON_OBJECT)) {
		if (!out->open && !json_get(root, "fields"))
			err_set(slot_fault(&r, root, false), ERR_MAPPING, "contract.fields",
				"found neither \"fields\" nor \"open\": true, expected one of them");
		check_names(&r, root, out);
		check_within(&r, root, out);
		check_file(&r, root, out);
		check_suspects(&r, root);
		contract_check_xml(&r, root, out);
		contract_check_wire(&r, systems, root, out);
	}
	return faults->errors > errors ? -1 : 0;
}
