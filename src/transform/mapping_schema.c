#include "qonduit/mapping_schema.h"

#include "qonduit/json_write.h"
#include "qonduit/language.h"
#include "qonduit/tally.h"
#include "step_functions.h"

/* The shape of a step's argument, by what compiles it. */
static const struct {
	step_compiles *compile;
	const char *shape;
} arguments[] = {
	{ step_compile_text, "text_value" },
	{ step_compile_truncate, "truncation" },
	{ step_compile_pad_left, "pad_left" },
	{ step_compile_replace, "replace" },
	{ step_compile_replace_pattern, "replace_pattern" },
	{ step_compile_pattern, "known_text" },
	{ step_compile_split, "split" },
	{ step_compile_number, "number_value" },
	{ step_compile_divide, "divisor" },
	{ step_compile_round, "round" },
	{ step_compile_charm, "ending" },
	{ step_compile_tiers, "tiers" },
	{ step_compile_to_date, "known_text" },
	{ step_compile_gtin, "digits" },
	{ step_compile_parse_json, "known_text" },
	{ step_compile_default, "any_value" },
	{ step_compile_lookup, "lookup" },
	{ step_compile_map, "map" },
	{ step_compile_compared, "any_value" },
	{ step_compile_list, "any_values" },
	{ step_compile_empty, "flag" },
};

static const char *argument_of(const struct step_kind *k)
{
	if (k->compile == step_compile_compared && !(k->takes & TYPES_BOOLEAN))
		return "ordered_value";
	for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
		if (arguments[i].compile == k->compile)
			return arguments[i].shape;
	return "anything";
}

/* ---- what schemas are made of ---- */

/* Keywords, in which ' stands for ". */
static void keywords(struct json_out *w, const char *words)
{
	struct buf json = { 0 };

	for (; *words; words++)
		buf_addc(&json, *words == '\'' ? '"' : *words);
	if (json.n)
		json_raw(w, buf_str(&json));
	buf_release(&json);
}

/* The members of a reference to a definition. */
static void reference(struct json_out *w, const char *shape, struct str help)
{
	struct buf target = { 0 };

	buf_printf(&target, "#/$defs/%s", shape);
	json_member_string(w, "$ref", buf_str(&target));
	if (help.n) {
		json_member_string(w, "description", help);
	}
	buf_release(&target);
}

static void property(struct json_out *w, const char *name, const char *shape, const char *help)
{
	json_member_open(w, name, '{');
	reference(w, shape, help ? str_of(help) : (struct str){ 0 });
	json_close(w, '}');
}

static void closed(struct json_out *w)
{
	json_member_bool(w, "additionalProperties", false);
}

static void comment(struct json_out *w)
{
	json_member_bool(w, "$comment", true);
}

/* ---- objects of words ---- */

static void conditions(struct json_out *w)
{
	for (const struct step_kind *k = step_kinds; k->name; k++)
		if (k->group == STEP_CONDITION)
			property(w, k->name, argument_of(k), k->help);
}

static void properties(struct json_out *w, const struct language_word *words)
{
	json_member_open(w, "properties", '{');
	comment(w);
	for (const struct language_word *one = words; one->name; one++)
		property(w, one->name, one->shape, one->help);
	if (words == language_cond)
		conditions(w);
	json_close(w, '}');
}

/* Opens the list before its first item: there are no empty ones. */
static void begin_list(struct json_out *w, const char *name, bool *open)
{
	if (*open)
		return;
	json_member_open(w, name, '[');
	*open = true;
}

static void required(struct json_out *w, const struct language_word *words)
{
	bool open = false;

	for (const struct language_word *one = words; one->name; one++) {
		if (one->need != WORD_MUST)
			continue;
		begin_list(w, "required", &open);
		json_string(w, str_of(one->name));
	}
	if (open)
		json_close(w, ']');
}

/* { "required": ["object"], "properties": { "each": false } } */
static void choice(struct json_out *w, const struct language_word *word)
{
	json_open(w, '{');
	json_member_open(w, "required", '[');
	json_string(w, str_of(word->name));
	json_close(w, ']');
	if (word->beside) {
		json_member_open(w, "properties", '{');
		json_member_bool(w, word->beside, false);
		json_close(w, '}');
	}
	json_close(w, '}');
}

/* That exactly one of the words is there which are marked so. */
static void choices(struct json_out *w, const struct language_word *words)
{
	bool open = false;

	for (const struct language_word *one = words; one->name; one++) {
		if (one->need != WORD_ONE)
			continue;
		begin_list(w, "oneOf", &open);
		choice(w, one);
	}
	if (open)
		json_close(w, ']');
}

static void object(struct json_out *w, const struct language_shape *s)
{
	bool one = false;

	json_key(w, STR("type"));
	json_raw(w, s->text ? STR("[\"string\",\"object\"]") : STR("\"object\""));
	properties(w, s->words);
	required(w, s->words);
	for (const struct language_word *word = s->words; word->name; word++)
		one = one || word->need == WORD_ONE;
	if (one && s->text) { /* a text has all that is required */
		keywords(w, "'if':{'type':'object'}");
		json_member_open(w, "then", '{');
		choices(w, s->words);
		json_close(w, '}');
	} else {
		choices(w, s->words);
	}
	closed(w);
}

static void words_of(struct json_out *w, const char *const *words)
{
	json_member_open(w, "enum", '[');
	for (; *words; words++)
		json_string(w, str_of(*words));
	json_close(w, ']');
}

static void definition(struct json_out *w, const struct language_shape *s)
{
	json_member_open(w, s->name, '{');
	if (s->words)
		object(w, s);
	if (s->choices)
		words_of(w, s->choices);
	if (s->keywords)
		keywords(w, s->keywords);
	json_close(w, '}');
}

/* ---- words of other tables ---- */

static void types(struct json_out *w)
{
	const char *names[COLUMN_JSON - COLUMN_TEXT + 2] = { NULL };

	for (int t = COLUMN_TEXT; t <= COLUMN_JSON; t++)
		names[t - COLUMN_TEXT] = column_type_name((enum column_type)t);
	definition(w, &(struct language_shape){ .name = "type", .choices = names });
}

static void totals(struct json_out *w)
{
	const char *names[MEASURE_HIGHEST - MEASURE_COUNT + 2] = { NULL };

	for (int kind = MEASURE_COUNT; kind <= MEASURE_HIGHEST; kind++)
		names[kind - MEASURE_COUNT] = measure_word((enum measure_kind)kind);
	definition(w, &(struct language_shape){ .name = "total", .choices = names });
}

/* A step as a mere word. */
static void step_words(struct json_out *w)
{
	json_member_open(w, "oneOf", '[');
	for (const struct step_kind *k = step_kinds; k->name; k++) {
		if (!k->word)
			continue;
		json_open(w, '{');
		json_member_string(w, "const", str_of(k->name));
		json_member_string(w, "description", str_of(k->help));
		json_close(w, '}');
	}
	json_close(w, ']');
}

/* An object of one step and its argument, and maybe a comment. */
static void step_objects(struct json_out *w)
{
	json_member_string(w, "type", STR("object"));
	json_member_open(w, "properties", '{');
	comment(w);
	for (const struct step_kind *k = step_kinds; k->name; k++)
		if (k->compile)
			property(w, k->name, argument_of(k), k->help);
	json_close(w, '}');
	keywords(w, "'if':{'required':['$comment']},'then':{'minProperties':2,'maxProperties':2},"
		"'else':{'minProperties':1,'maxProperties':1}");
	closed(w);
}

static void steps(struct json_out *w)
{
	json_member_open(w, "step", '{');
	keywords(w, "'if':{'type':'string'}");
	json_member_open(w, "then", '{');
	step_words(w);
	json_close(w, '}');
	json_member_open(w, "else", '{');
	step_objects(w);
	json_close(w, '}');
	json_close(w, '}');
}

/* ---- targets ---- */

/* What fields are worth: a rule, and in a head one that names no column. */
enum worth { WORTH_RULE, WORTH_KNOWN };

static void fields(struct json_out *w, const struct contract_field *all, size_t count, bool open, enum worth worth);

/* What stands within the rule of a field whose objects, or those in its list, have fields of their own. */
static void nested(struct json_out *w, const struct contract_field *f)
{
	json_member_open(w, "properties", '{');
	json_member_open(w, "object", '{');
	fields(w, f->fields, f->field_count, false, WORTH_RULE);
	json_close(w, '}');
	if (f->type == FIELD_LIST) {
		json_member_open(w, "list", '{');
		json_member_open(w, "items", '{');
		nested(w, &(struct contract_field){ .fields = f->fields, .field_count = f->field_count });
		json_close(w, '}');
		json_close(w, '}');
	}
	json_close(w, '}');
}

static void field(struct json_out *w, const struct contract_field *f, enum worth worth)
{
	json_key(w, f->name);
	json_open(w, '{');
	reference(w, "rule", f->doc);
	if (worth == WORTH_KNOWN)
		keywords(w, "'type':'object','properties':{'from':false,'each':false}");
	else if (f->fields)
		nested(w, f);
	json_close(w, '}');
}

static void required_fields(struct json_out *w, const struct contract_field *all, size_t count)
{
	bool open = false;

	for (size_t i = 0; i < count; i++) {
		if (!all[i].required)
			continue;
		begin_list(w, "required", &open);
		json_string(w, all[i].name);
	}
	if (open)
		json_close(w, ']');
}

static void fields(struct json_out *w, const struct contract_field *all, size_t count, bool open, enum worth worth)
{
	json_member_string(w, "type", STR("object"));
	json_member_open(w, "properties", '{');
	comment(w);
	for (size_t i = 0; i < count; i++)
		field(w, &all[i], worth);
	json_close(w, '}');
	required_fields(w, all, count);
	if (!open)
		closed(w);
	else
		keywords(w, "'additionalProperties':{'$ref':'#/$defs/rule'}");
}

/* One key of an output. */
static void part(struct json_out *w, const char *name, const struct contract_field *all, size_t count, bool open,
	enum worth worth)
{
	const struct language_word *word = language_output;

	while (strcmp(word->name, name) != 0)
		word++;
	json_member_open(w, name, '{');
	json_member_string(w, "description", str_of(word->help));
	fields(w, all, count, open, worth);
	keywords(w, LANGUAGE_SOME);
	json_close(w, '}');
}

static bool has_required(const struct contract_field *all, size_t count)
{
	while (count && !all[count - 1].required)
		count--;
	return count > 0;
}

static void output(struct json_out *w, const struct contract *c)
{
	json_key(w, c->target);
	json_open(w, '{');
	json_member_string(w, "description", c->title);
	json_member_string(w, "type", STR("object"));
	json_member_open(w, "properties", '{');
	comment(w);
	if (c->style == FILE_WORKBOOK)
		property(w, "sheets", "sheets", NULL);
	else
		part(w, "fields", c->fields, c->field_count, c->open, WORTH_RULE);
	if (c->frame.head_count)
		part(w, "head", c->frame.head, c->frame.head_count, false, WORTH_KNOWN);
	json_close(w, '}');
	keywords(w, c->style == FILE_WORKBOOK ? "'required':['sheets']" :
		has_required(c->frame.head, c->frame.head_count) ? "'required':['fields','head']" : "'required':['fields']");
	closed(w);
	json_close(w, '}');
}

static void outputs(struct json_out *w, const struct contracts *contracts)
{
	json_member_open(w, "outputs", '{');
	json_member_string(w, "type", STR("object"));
	json_member_open(w, "properties", '{');
	comment(w);
	for (size_t i = 0; i < contracts->count; i++)
		output(w, contracts->all[i]);
	json_close(w, '}');
	keywords(w, LANGUAGE_SOME);
	closed(w);
	json_close(w, '}');
}

/* Any of a target's fields, each with any value. */
static void expected(struct json_out *w, const struct contract *c)
{
	json_key(w, c->target);
	json_open(w, '{');
	json_member_string(w, "type", STR("object"));
	json_member_open(w, "properties", '{');
	comment(w);
	for (size_t i = 0; i < c->field_count; i++) {
		json_key(w, c->fields[i].name);
		json_bool(w, true);
	}
	json_close(w, '}');
	if (!c->open)
		closed(w);
	json_close(w, '}');
}

static void expectations(struct json_out *w, const struct contracts *contracts)
{
	json_member_open(w, "expect", '{');
	json_member_string(w, "type", STR("object"));
	json_member_open(w, "properties", '{');
	comment(w);
	for (size_t i = 0; i < contracts->count; i++)
		expected(w, contracts->all[i]);
	json_close(w, '}');
	closed(w);
	json_close(w, '}');
}

void mapping_schema(const struct contracts *contracts, struct buf *to)
{
	struct json_out w = json_out(to);

	json_open(&w, '{');
	json_member_string(&w, "$schema", STR("https://json-schema.org/draft/2020-12/schema"));
	json_member_string(&w, "$id", STR("urn:qonduit:schema:mapping"));
	json_member_string(&w, "title", STR("qonduit: a mapping"));
	reference(&w, language_shapes->name, STR("How rows of a source become records of targets."));
	json_member_open(&w, "$defs", '{');
	for (const struct language_shape *s = language_shapes; s->name; s++)
		if (s->words != language_output)
			definition(&w, s);
	types(&w);
	totals(&w);
	steps(&w);
	outputs(&w, contracts);
	expectations(&w, contracts);
	json_close(&w, '}');
	json_close(&w, '}');
}
