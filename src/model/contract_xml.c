/* The parts of a contract that say how records stand in an XML file: "xml" of a field and of the file. */
#include "contract_parts.h"
#include "qonduit/xml_write.h"

#define NAME_EXPECTED "a name of XML: letters, digits, _, - and ., beginning with a letter or _, and at most one " \
	"prefix before a colon"

static const struct str places[] = { [XML_ELEMENT] = { "element", 7 }, [XML_ATTRIBUTE] = { "attribute", 9 },
	[XML_TEXT] = { "text", 4 } };

/* ---- reading ---- */

static void read_place(struct slot_reading *r, const struct json *j, void *into)
{
	unsigned found;
	if (slot_choice(r, j, "place in XML", places, sizeof places / sizeof *places, &found))
		*(enum xml_place *)into = (enum xml_place)found;
}

static bool check_held(struct slot_reading *r, const struct json *j, struct str text)
{
	uint32_t character;
	size_t place;
	if (xml_holds(text, &character, &place))
		return true;
	err_set(slot_fault(r, j, false), ERR_MAPPING, "contract.xml_text",
		"found U+%04X, which XML does not have, expected another character", (unsigned)character);
	return false;
}

static void read_held(struct slot_reading *r, const struct json *j, void *into)
{
	struct str text = { 0 };
	slot_text(r, j, &text);
	if (text.n && check_held(r, j, text))
		*(struct str *)into = text;
}

void contract_read_xml(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct slot slots[] = {
		{ "name", false, slot_text, offsetof(struct contract_xml, name) },
		{ "place", false, read_place, offsetof(struct contract_xml, place) },
		{ "cdata", false, slot_flag, offsetof(struct contract_xml, cdata) },
		{ "true", false, read_held, offsetof(struct contract_xml, yes) },
		{ "false", false, read_held, offsetof(struct contract_xml, no) },
		{ 0 },
	};
	slot_object(r, j, slots, into);
}

static void read_attributes(struct slot_reading *r, const struct json *j, void *into)
{
	struct contract_element *element = into;
	if (!slot_expect(r, j, json_is(j, JSON_OBJECT), "an object"))
		return;
	struct str *names = ARENA_ARRAY(r->arena, j->count, struct str);
	struct str *values = ARENA_ARRAY(r->arena, j->count, struct str);
	for (const struct json *m = j->child; m; m = m->next) {
		if (str_eq(m->key, STR("$comment")))
			continue;
		names[element->attribute_count] = m->key;
		read_held(r, m, &values[element->attribute_count]);
		element->attribute_count += values[element->attribute_count].n > 0;
	}
	element->attributes = names;
	element->values = values;
}

static void read_elements(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct slot slots[] = {
		{ "name", true, slot_text, offsetof(struct contract_element, name) },
		{ "attributes", false, read_attributes, 0 },
		{ 0 },
	};
	struct contract_frame *frame = into;
	if (!slot_expect(r, j, json_is(j, JSON_ARRAY) && j->count, "a list with an element or more"))
		return;
	struct contract_element *elements = ARENA_ARRAY(r->arena, j->count, struct contract_element);
	for (const struct json *m = j->child; m; m = m->next)
		slot_object(r, m, slots, &elements[frame->element_count++]);
	frame->elements = elements;
}

static void read_head(struct slot_reading *r, const struct json *j, void *into)
{
	struct contract_frame *frame = into;
	contract_read_fields(r, j, &frame->head, &frame->head_count);
}

void contract_read_frame(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct slot slots[] = {
		{ "elements", true, read_elements, 0 },
		{ "record", true, slot_text, offsetof(struct contract_frame, record) },
		{ "head", false, read_head, 0 },
		{ 0 },
	};
	slot_object(r, j, slots, into);
}

/* ---- checking ---- */

struct checking {
	struct slot_reading *r;
	const struct contract_frame *frame;
};

static void fault_at(struct checking *c, const struct json *j, bool at_key, const char *sentence)
{
	err_set(slot_fault(c->r, j, at_key), ERR_MAPPING, "contract.xml", "%s", sentence);
}

/* Whether one of the first `count` elements of the frame declares the prefix. */
static bool is_declared(const struct checking *c, struct str prefix, size_t count)
{
	struct str space, before;
	for (size_t i = 0; i < count; i++) {
		for (size_t a = 0; a < c->frame->elements[i].attribute_count; a++) {
			before = str_cut(c->frame->elements[i].attributes[a], ':', &space);
			if (str_eq(before, STR("xmlns")) && str_eq(space, prefix))
				return true;
		}
	}
	return false;
}

/* `as` is the name as it will be written. */
static bool check_spelling(struct checking *c, const struct json *j, bool at_key, struct str name, struct str as)
{
	if (!xml_is_name(as))
		err_set(slot_fault(c->r, j, at_key), ERR_MAPPING, "contract.xml_name", "found \"%.*s\", expected %s",
			STR_ARG(name), NAME_EXPECTED);
	return xml_is_name(as);
}

/* The prefix of a name that stands within the first `depth` elements of the frame. */
static void check_prefix(struct checking *c, const struct json *j, bool at_key, struct str name, bool attribute,
	size_t depth)
{
	struct str local, prefix = str_cut(name, ':', &local);
	if (str_eq(prefix, STR("xmlns")))
		fault_at(c, j, at_key, "a namespace is declared among the \"attributes\" of the file's \"elements\"; expected "
			"another name");
	else if (local.p && !(attribute && str_eq(prefix, STR("xml"))) && !is_declared(c, prefix, depth))
		err_set(slot_fault(c->r, j, at_key), ERR_MAPPING, "contract.xml_prefix",
			"nothing declares the prefix of \"%.*s\"; expected \"xmlns:%.*s\" among the \"attributes\" of an element "
			"around it", STR_ARG(name), STR_ARG(prefix));
}

static void check_name(struct checking *c, const struct json *j, bool at_key, struct str name, bool attribute,
	size_t depth)
{
	if (check_spelling(c, j, at_key, name, name))
		check_prefix(c, j, at_key, name, attribute, depth);
}

static void check_frame(struct checking *c, const struct json *xml)
{
	const struct json *at = json_get(xml, "elements"), *record = json_get(xml, "record");
	at = json_is(at, JSON_ARRAY) ? at->child : NULL;
	for (size_t i = 0; at && i < c->frame->element_count; i++, at = at->next) {
		const struct contract_element *element = &c->frame->elements[i];
		if (element->name.n)
			check_name(c, json_get(at, "name"), false, element->name, false, i + 1);
		for (size_t a = 0; a < element->attribute_count; a++) {
			struct str space, name = element->attributes[a];
			const struct json *j = json_get(json_get(at, "attributes"), name.p);
			if (!str_eq(str_cut(name, ':', &space), STR("xmlns")))
				check_name(c, j, true, name, true, i + 1);
			else if (space.p && (!xml_is_name(space) || memchr(space.p, ':', space.n) || str_starts(space, STR("xml"))))
				fault_at(c, j, true,
					"this is no prefix; expected letters, digits, _, - and ., not beginning with \"xml\"");
		}
	}
	if (c->frame->record.n)
		check_name(c, record, false, c->frame->record, false, c->frame->element_count);
}

static struct str name_in_xml(const struct contract_field *f)
{
	return f->xml.name.n ? f->xml.name : f->name;
}

static bool is_scalar(enum field_type t)
{
	return t == FIELD_STRING || t == FIELD_NUMBER || t == FIELD_INTEGER || t == FIELD_BOOLEAN;
}

static enum field_type type_of_items(const struct contract_field *f)
{
	return f->type == FIELD_LIST ? f->element : f->type;
}

static void check_field_name(struct checking *c, const struct json *j, const struct contract_field *f)
{
	const struct json *given = json_get(json_get(j, "xml"), "name"), *at = given ? given : j;
	struct str name = name_in_xml(f), as = name;
	ptrdiff_t number = str_find(name, STR("#"));
	if (number >= 0 && f->type != FIELD_LIST) {
		fault_at(c, at, !given, "\"#\" is the number of an item; expected it only in the name of a list");
		return;
	}
	if (number >= 0)
		as = arena_printf(c->r->arena, "%.*s1%s", (int)number, name.p, name.p + number + 1);
	if (check_spelling(c, at, !given, name, as))
		check_prefix(c, at, !given, name, f->xml.place == XML_ATTRIBUTE, c->frame->element_count);
}

/* What the keys of "xml" say with each other and with the type. */
static void check_keys(struct checking *c, const struct json *j, const struct contract_field *f, bool within)
{
	const struct json *xml = json_get(j, "xml"), *place = json_get(xml, "place");
	if (f->xml.place != XML_ELEMENT && !within)
		fault_at(c, place, false, "a record has no attributes and no text of its own; expected \"element\", or an "
			"object around the field");
	else if (f->xml.place != XML_ELEMENT && !is_scalar(f->type))
		fault_at(c, place, false, "objects and lists are elements; expected a string, a number or true or false here");
	if (f->xml.place == XML_TEXT && f->xml.name.n)
		fault_at(c, json_get(xml, "name"), true, "text has no name; expected \"place\": \"text\" without it");
	if (f->xml.cdata && (f->xml.place == XML_ATTRIBUTE || type_of_items(f) != FIELD_STRING))
		fault_at(c, json_get(xml, "cdata"), true, "CDATA is for strings in elements; expected without it");
	if ((f->xml.yes.n || f->xml.no.n) && type_of_items(f) != FIELD_BOOLEAN)
		fault_at(c, json_get(xml, f->xml.yes.n ? "true" : "false"), true,
			"\"true\" and \"false\" are the texts of a boolean; expected without them");
	if (f->xml.yes.n && f->xml.no.n && str_eq(f->xml.yes, f->xml.no))
		fault_at(c, json_get(xml, "false"), false, "true and false are the same text; expected two");
}

/* Whether it is known how all of the field would stand in XML. */
static void check_shape(struct checking *c, const struct json *j, const struct contract_field *f)
{
	enum field_type items = type_of_items(f);
	if (items == FIELD_OBJECT && !f->fields)
		fault_at(c, j, false, "nothing says how this object stands in XML; expected \"fields\"");
	else if (items == FIELD_ANY || items == FIELD_LIST)
		fault_at(c, j, false, f->type == FIELD_LIST
			? "nothing says how the items stand in XML; expected an \"element\" that is no list"
			: "nothing says how any value stands in XML; expected a type");
}

/* Fields of one object beside each other: one text and no element beside it, no attribute twice. */
static void check_siblings(struct checking *c, const struct json *fields, const struct contract_field *all,
	size_t count)
{
	const struct contract_field *text = NULL;
	for (size_t i = 0; i < count; i++)
		text = all[i].xml.place == XML_TEXT ? &all[i] : text;
	for (size_t i = 0; i < count; i++) {
		const struct json *j = json_get(fields, all[i].name.p);
		if (text && &all[i] != text && all[i].xml.place != XML_ATTRIBUTE)
			fault_at(c, j, true, "an object that is text holds nothing else; expected an attribute here, or no text");
		for (size_t k = 0; k < i && all[i].xml.place == XML_ATTRIBUTE; k++) {
			if (all[k].xml.place == XML_ATTRIBUTE && str_eq(name_in_xml(&all[i]), name_in_xml(&all[k])))
				fault_at(c, j, true, "an attribute before it has this name; expected another");
		}
	}
}

static void check_fields(struct checking *c, const struct json *fields, const struct contract_field *all, size_t count,
	bool within)
{
	check_siblings(c, fields, all, count);
	for (size_t i = 0; i < count; i++) {
		const struct json *j = json_get(fields, all[i].name.p);
		if (all[i].xml.place != XML_TEXT)
			check_field_name(c, j, &all[i]);
		check_keys(c, j, &all[i], within);
		check_shape(c, j, &all[i]);
		if (all[i].fields)
			check_fields(c, json_get(j, "fields"), all[i].fields, all[i].field_count, true);
	}
}

/* "xml" of fields whose file is none of XML. */
static void refuse_xml(struct checking *c, const struct json *fields)
{
	for (const struct json *j = json_is(fields, JSON_OBJECT) ? fields->child : NULL; j; j = j->next) {
		if (json_get(j, "xml"))
			fault_at(c, json_get(j, "xml"), true, "\"xml\" is for the style \"xml\"; expected without it");
		refuse_xml(c, json_get(j, "fields"));
	}
}

void contract_check_xml(struct slot_reading *r, const struct json *root, const struct contract *contract)
{
	struct checking c = { r, &contract->frame };
	const struct json *file = json_get(root, "file"), *xml = json_get(file, "xml"), *style = json_get(file, "style");
	if (!json_is(style, JSON_STRING))
		return;
	if (contract->style != FILE_XML) {
		if (xml)
			fault_at(&c, xml, true, "\"xml\" is for the style \"xml\"; expected without it");
		refuse_xml(&c, json_get(root, "fields"));
		return;
	}
	if (contract->open || !contract->field_count)
		fault_at(&c, style, false,
			"the elements of a record are the fields of its contract; expected \"fields\", and no \"open\"");
	if (!xml) {
		fault_at(&c, style, false, "nothing says what stands around the records; expected \"xml\" beside it");
		return;
	}
	check_frame(&c, xml);
	check_fields(&c, json_get(root, "fields"), contract->fields, contract->field_count, false);
	check_fields(&c, json_get(xml, "head"), contract->frame.head, contract->frame.head_count, false);
}
