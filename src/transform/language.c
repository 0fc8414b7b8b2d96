#include "qonduit/language.h"

#include <stddef.h>

#include "qonduit/sheet_write.h"

/* Keywords that several shapes have. */
#define REF(shape) "{'$ref':'#/$defs/" shape "'}"
#define LIST_OF(shape) "'type':'array','minItems':1,'items':" REF(shape)
#define OBJECT_OF(shape) "'type':'object','properties':{'$comment':true},'additionalProperties':" REF(shape)
#define NEVER(word) "'" word "':false"
/* A text or a list of such texts. */
#define TEXTS(text) "'type':['string','array'],'minItems':1," text ",'items':{'type':'string'," text "}"
/* Words that only columns of some types, or sources of some formats, may have; what is `auto` says nothing. */
#define OF_TYPES(types, words) "{'if':{'properties':{'type':{'enum':[" types "]}},'required':['type']}," \
	"'else':{'properties':{" words "}}}"
#define OF_FORMATS(formats, words) "{'if':{'properties':{'format':{'enum':['auto'," formats "]}}}," \
	"'else':{'properties':{" words "}}}"
#define AUTO(word) "'" word "':{'const':'auto'}"
#define NUMBER "'pattern':'^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$'"
#define WHOLE "'pattern':'^[+-]?[0-9]+$'"
#define PATH_PART "[^\\\\[\\\\].]+"
#define PATH PATH_PART "([.]" PATH_PART ")*"
#define ARRAY "\\\\[\\\\]"
/* So many members, besides a comment; with one, `with`. */
#define COUNT(with, without) "'if':{'required':['$comment']}," \
	"'then':{'minProperties':" with ",'maxProperties':" with "}," \
	"'else':{'minProperties':" without ",'maxProperties':" without "}"
#define OF_RULES "'dependentRequired':{'else':['when']}," \
	"'dependentSchemas':{'each':{'required':['object'],'properties':{" NEVER("then") "," \
	"'object':{" LANGUAGE_SOME "}}}}"
#define TITLES LANGUAGE_SOME ",'propertyNames':{'pattern':'\\\\S'}"
/* A default of the type json, or of another. */
#define DEFAULT "'if':{'properties':{'type':{'const':'json'}},'required':['type']}," \
	"'then':{'properties':{'default':{'type':['object','array']}}}," \
	"'else':{'properties':{'default':{'type':['string','number','boolean']}}}"
/* A constant of those types, or an object of that shape. */
#define OR(constant, shape) "'anyOf':[{" constant "}," REF(shape) "]"
#define EITHER(one, other) "'anyOf':[" REF(one) "," REF(other) "]"
#define WHOLE_OR_PARAM(limits) OR("'type':['integer','string']," limits WHOLE, "known")

const char *const language_formats[] = { "auto", "csv", "xlsx", "json", "ndjson", NULL };
const char *const language_ragged[] = { "reject", "pad", NULL };
const char *const language_charts[] = { [CHART_BAR] = "bar", [CHART_COLUMN] = "column", [CHART_LINE] = "line",
	[CHART_PIE] = "pie", NULL };

const struct language_word language_mapping[] = {
	{ "qonduit", WORD_MUST, "version", .help = "the version of the language" },
	{ "$schema", WORD_MAY, "text", .help = "address or file of this schema, for editors" },
	{ "description", WORD_MAY, "text", .help = "one line for people" },
	{ "params", WORD_MAY, "params", .help = "parameters by name, which --set gives their values" },
	{ "source", WORD_MUST, "source", .help = "how the input is read" },
	{ "tables", WORD_MAY, "tables", .help = "tables by name, for lookups" },
	{ "keep", WORD_MAY, "cond", .help = "the rows that are kept; others count as filtered" },
	{ "unique", WORD_MAY, "unique", .help = "keeps one row for each key; others count as duplicates" },
	{ "outputs", WORD_MUST, "outputs", .help = "what is written, by target" },
	{ "tests", WORD_MAY, "tests", .help = "rows and what must come of them; check runs them" },
	{ 0 },
};

const struct language_word language_param[] = {
	{ "type", WORD_MAY, "type", .help = "text where it is left out" },
	{ "default", WORD_MAY, "constant", .help = "its value where --set gives none" },
	{ "description", WORD_MAY, "text", .help = "one line for people" },
	{ 0 },
};

const struct language_word language_table[] = {
	{ "file", WORD_MUST, "text", .help = "a CSV file, beside the mapping" },
	{ "key", WORD_MUST, "text", .help = "header of what is looked for" },
	{ "value", WORD_MUST, "text", .help = "header of what is found" },
	{ 0 },
};

const struct language_word language_source[] = {
	{ "format", WORD_MAY, "format", .help = "auto (by content, then by name) where it is left out" },
	{ "columns", WORD_MUST, "columns", .help = "name of a column and where it is found" },
	{ "header_row", WORD_MAY, "header_row",
		.help = "auto (the first row in which every required column is found), or its number from 1" },
	{ "encoding", WORD_MAY, "text", .help = "auto (a byte order mark, else UTF-8), or a name such as windows-1252" },
	{ "delimiter", WORD_MAY, "character", .help = "auto, tab, or the character that parts the cells of a CSV file" },
	{ "quote", WORD_MAY, "character", .help = "auto, or the character around cells of a CSV file" },
	{ "ragged", WORD_MAY, "ragged", .help = "what becomes of a row that is not as wide as the header: reject or pad" },
	{ "sheet", WORD_MAY, "sheet_name", .help = "name of a sheet, or its number from 1" },
	{ "records", WORD_MAY, "records", .help = "of JSON: the arrays in which the records are, orders[].lines[]" },
	{ 0 },
};

const struct language_word language_column[] = {
	{ "header", WORD_MAY, "filled", .help = "its header, or some in order of preference; * stands for any text" },
	{ "header_of", WORD_MAY, "text", .help = "the column in whose header * matched the text that is wanted" },
	{ "path", WORD_MAY, "paths", .help = "of JSON: the way from the record, variant.gtin, or some, in order" },
	{ "type", WORD_MAY, "type", .help = "text where it is left out" },
	{ "required", WORD_MAY, "flag", .help = "the column must exist, and a row with an empty cell is rejected" },
	{ "optional", WORD_MAY, "flag", .help = "the column may be missing from the file" },
	{ "default", WORD_MAY, "constant", .help = "the value of an empty cell" },
	{ "decimal_mark", WORD_MAY, "mark", .help = "of numbers; a point where it is left out" },
	{ "group_mark", WORD_MAY, "mark", .help = "of numbers; none where it is left out" },
	{ "true", WORD_MAY, "filled", .help = "words that say yes" },
	{ "false", WORD_MAY, "filled", .help = "words that say no" },
	{ "format", WORD_MAY, "filled", .help = "of dates: forms of strptime, tried in order" },
	{ "timezone", WORD_MAY, "text", .help = "of dates that do not say theirs: Europe/Warsaw" },
	{ 0 },
};

const struct language_word language_unique[] = {
	{ "by", WORD_MUST, "texts", .help = "the columns that make the key" },
	{ "prefer", WORD_MAY, "preferred", .help = "the row that stays; first where it is left out" },
	{ 0 },
};

const struct language_word language_prefer[] = {
	{ "lowest", WORD_ONE, "text", .help = "the row with the lowest value in this column" },
	{ "highest", WORD_ONE, "text", .help = "the row with the highest value in this column" },
	{ 0 },
};

const struct language_word language_output[] = {
	{ "fields", WORD_MAY, "fields", .help = "the fields of a record, each with the rule that gives its value" },
	{ "head", WORD_MAY, "fields", .help = "what stands once before the records, known before the first row" },
	{ "sheets", WORD_MAY, "sheets", .help = "the sheets of a workbook" },
	{ 0 },
};

const struct language_word language_test[] = {
	{ "given", WORD_MUST, "given", .help = "cells by header; of JSON a document with one record" },
	{ "set", WORD_MAY, "values", .help = "parameters of this test" },
	{ "expect", WORD_MAY, "expect", .help = "fields by target that must be equal; null: left out" },
	{ "reject", WORD_MAY, "text", .help = "the column or field that must be at fault" },
	{ "filtered", WORD_MAY, "flag", .help = "that the row is not kept" },
	{ 0 },
};

#define RULE_WORDS \
	{ "from", WORD_ONE, "texts", .help = "the column, or the first of several that is not empty" }, \
	{ "value", WORD_ONE, "anything", .help = "a constant" }, \
	{ "param", WORD_ONE, "text", .help = "a parameter" }, \
	{ "template", WORD_ONE, "text", .help = "text with columns in it: {brand} {name}; {unit?} may be empty" }, \
	{ "when", WORD_ONE, "cases", .help = "the first case that holds" }, \
	{ "else", WORD_MAY, "rule", .help = "where no case holds" }, \
	{ "object", WORD_ONE, "fields", .help = "an object of these members", .beside = "each" }, \
	{ "list", WORD_ONE, "rules", .help = "a list of these items" }, \
	{ "each", WORD_ONE, "path", .help = "of JSON: an object for each element of the array at this path" }, \
	{ "then", WORD_MAY, "steps", .help = "what becomes of the value, step by step" }, \
	{ 0 }

#define LOOK_WORDS \
	{ "format", WORD_MAY, "number_format", .help = "number format as spreadsheets know them: #,##0.00" }, \
	{ "width", WORD_MAY, "width", .help = "of the column, in characters" }

const struct language_word language_rule[] = { RULE_WORDS };
const struct language_word language_cell[] = { LOOK_WORDS, RULE_WORDS };

const struct language_word language_case[] = {
	{ "if", WORD_MUST, "cond", .help = "when it holds" },
	{ "use", WORD_MUST, "rule", .help = "what the value is then" },
	{ 0 },
};

/* In the order of enum cond_kind. */
const struct language_word language_cond[] = {
	{ "column", WORD_ONE, "text", .help = "the column that is looked at; beside it stands one condition" },
	{ "all", WORD_ONE, "conds", .help = "each of these" },
	{ "any", WORD_ONE, "conds", .help = "one of these or more" },
	{ "not", WORD_ONE, "cond", .help = "where this one is false" },
	{ 0 },
};

#define SHEET_WORDS \
	{ "name", WORD_MUST, "sheet_title", .help = "1 to 31 characters" }, \
	{ "fields", WORD_ONE, "cells", .help = "of a sheet of rows: title and rule" }, \
	{ "totals", WORD_MAY, "totals", .help = "what stands below a column, by its title" }

const struct language_word language_sheet_of_rows[] = { SHEET_WORDS, { 0 } };

const struct language_word language_sheet[] = {
	SHEET_WORDS,
	{ "group_by", WORD_MAY, "cell", .help = "of a sheet of groups: what puts rows together" },
	{ "title", WORD_MAY, "title", .help = "of the groups' own column" },
	{ "measures", WORD_ONE, "measures", .help = "of a sheet of groups: title and measure" },
	{ "sort_by", WORD_MAY, "text", .help = "the title that groups are sorted by" },
	{ "descending", WORD_MAY, "flag", .help = "the greatest first" },
	{ "top", WORD_MAY, "whole", .help = "only the first so many groups" },
	{ "chart", WORD_MAY, "chart", .help = "a chart of the groups" },
	{ 0 },
};

const struct language_word language_measure[] = {
	{ "count", WORD_ONE, "rule", .help = "how many values are not empty" },
	{ "sum", WORD_ONE, "rule", .help = "the exact sum" },
	{ "average", WORD_ONE, "rule", .help = "the sum by the number of values" },
	{ "lowest", WORD_ONE, "rule", .help = "the lowest number or date" },
	{ "highest", WORD_ONE, "rule", .help = "the highest number or date" },
	LOOK_WORDS,
	{ 0 },
};

const struct language_word language_chart[] = {
	{ "type", WORD_MUST, .shape = "chart_type" },
	{ "values", WORD_MUST, "texts", .help = "titles of measures" },
	{ "title", WORD_MAY, "title", .help = "the sheet's name where it is left out" },
	{ "top", WORD_MAY, "whole", .help = "only the first so many of the groups that are shown" },
	{ 0 },
};

/* ---- arguments of steps ---- */

static const struct language_word value[] = {
	{ "param", WORD_ONE, "text", .help = "a parameter" },
	{ "column", WORD_ONE, "text", .help = "a column" },
	{ "lookup", WORD_ONE, "text", .help = "a table; of says what is looked for" },
	{ "of", WORD_MAY, "text", .help = "the column to look up" },
	{ 0 },
};

static const struct language_word known[] = { { "param", WORD_MUST, "text", .help = "a parameter" }, { 0 } };

static const struct language_word truncate_words[] = {
	{ "to", WORD_MUST, "length", .help = "characters at most" },
	{ "at", WORD_MAY, "truncate_at", .help = "ends at the last white space before" },
	{ 0 },
};

static const struct language_word pad_left[] = {
	{ "to", WORD_MUST, "length", .help = "characters at least" },
	{ "with", WORD_MUST, "known_text", .help = "one character" },
	{ 0 },
};

static const struct language_word replace[] = {
	{ "find", WORD_MUST, "text_to_find", .help = "what is replaced, all of it" },
	{ "with", WORD_MUST, "text_value", .help = "what takes its place" },
	{ 0 },
};

static const struct language_word replace_pattern[] = {
	{ "find", WORD_MUST, "known_text", .help = "a pattern (PCRE)" },
	{ "with", WORD_MUST, "known_text_or_none", .help = "what takes its place; $1 is the first group" },
	{ 0 },
};

static const struct language_word split[] = {
	{ "by", WORD_MUST, "known_text", .help = "the separator" },
	{ "take", WORD_MUST, "part", .help = "the part that is wanted, from 1, or from -1 at the end" },
	{ 0 },
};

static const struct language_word round_words[] = {
	{ "to", WORD_ONE, "places", .help = "decimal places; -2: hundreds" },
	{ "step", WORD_ONE, "step_width", .help = "multiples of this" },
	{ "mode", WORD_MAY, "rounding", .help = "half_up (away from zero) where it is left out" },
	{ 0 },
};

static const struct language_word tier[] = {
	{ "up_to", WORD_MAY, "known_number", .help = "the tier is for numbers not above this; the last tier has none" },
	{ "multiply", WORD_MAY, .shape = "number_value" },
	{ "add", WORD_MAY, .shape = "number_value" },
	{ 0 },
};

static const struct language_word lookup[] = {
	{ "table", WORD_MUST, "text", .help = "the table" },
	{ "missing", WORD_MAY, "missing", .help = "what the table does not have: reject (where left out), empty or keep" },
	{ 0 },
};

static const char *const truncate_at[] = { "word", NULL };
static const char *const roundings[] = { "half_up", "half_even", "up", "down", NULL };
static const char *const missing[] = { "reject", "empty", "keep", NULL };

/* ---- shapes ---- */

const struct language_shape language_shapes[] = {
	{ "mapping", .words = language_mapping },
	{ "version", .keywords = "'const':1" },
	{ "text", .keywords = "'type':'string'" },
	{ "texts", .keywords = "'type':['string','array'],'minItems':1,'items':{'type':'string'}" },
	{ "filled", .keywords = TEXTS("'pattern':'\\\\S'") },
	{ "flag", .keywords = "'type':'boolean'" },
	{ "whole", .keywords = "'type':'integer','minimum':1" },
	{ "anything", .keywords = "" },
	{ "constant", .keywords = "'type':['string','number','boolean','object','array']" },

	{ "params", .keywords = OBJECT_OF("param") },
	{ "param", .words = language_param, .keywords = DEFAULT },
	{ "tables", .keywords = OBJECT_OF("table") },
	{ "table", .words = language_table },

	{ "source", .words = language_source, .keywords = "'allOf':["
		OF_FORMATS("'xlsx'", AUTO("sheet")) ","
		OF_FORMATS("'csv'", AUTO("delimiter") "," AUTO("quote")) ","
		OF_FORMATS("'csv','json','ndjson'", AUTO("encoding")) ","
		OF_FORMATS("'csv','xlsx'", AUTO("header_row") "," AUTO("ragged")) ","
		OF_FORMATS("'json','ndjson'", AUTO("records") ","
			"'columns':{'properties':{'$comment':true},'additionalProperties':{'properties':{'path':false}}}") ","
		"{'if':{'properties':{'format':{'enum':['json','ndjson']}},'required':['format']},'then':{'properties':{"
		"'columns':{'properties':{'$comment':true},'additionalProperties':{'required':['path'],"
		"'properties':{" NEVER("header_of") "}}}}}}]" },
	{ "format", .choices = language_formats },
	{ "ragged", .choices = language_ragged },
	{ "header_row", .keywords = "'anyOf':[{'const':'auto'},{'type':'integer','minimum':1,'maximum':1000000}]" },
	{ "character", .keywords = "'type':'string','pattern':'^(auto|[Tt][Aa][Bb]|\\\\\\\\t|[\\t -~])$'" },
	{ "sheet_name", .keywords = "'type':['string','integer'],'minLength':1,'minimum':1" },
	{ "records", .keywords = TEXTS("'pattern':'^([$]|(" PATH ")?" ARRAY "([.]" PATH ARRAY ")*)$'") },
	{ "columns", .keywords = OBJECT_OF("column") "," LANGUAGE_SOME },
	{ "column", .words = language_column, .text = true, .keywords = "'minLength':1,'allOf':["
		OF_TYPES("'integer','decimal'", NEVER("decimal_mark") "," NEVER("group_mark")) ","
		OF_TYPES("'boolean'", NEVER("true") "," NEVER("false")) ","
		OF_TYPES("'date','datetime'", NEVER("format") "," NEVER("timezone")) ","
		"{" DEFAULT "}],"
		"'if':{'type':'object'},'then':{"
		"'anyOf':[{'required':['header']},{'required':['path']},{'required':['header_of']}],"
		"'not':{'properties':{'required':{'const':true},'optional':{'const':true}},"
		"'required':['required','optional']}},"
		"'dependentSchemas':{'header_of':{'properties':{" NEVER("header") "," NEVER("path") "}}}" },
	{ "path", .keywords = "'type':'string','pattern':'^" PATH "$'" },
	{ "paths", .keywords = TEXTS("'pattern':'^" PATH "$'") },
	{ "mark", .keywords = "'type':'string','minLength':1,'maxLength':1,'pattern':'^[^0-9+-]'" },

	{ "unique", .words = language_unique },
	{ "preferred", .keywords = "'anyOf':[{'enum':['first','last']}," REF("prefer") "]" },
	{ "prefer", .words = language_prefer },
	{ "conds", .keywords = LIST_OF("cond") },
	/* The schema adds the conditions, of which one stands beside "column". */
	{ "cond", .words = language_cond, .keywords = "'if':{'required':['column']},'then':{" COUNT("3", "2") "},'else':{"
		COUNT("2", "1") "}" },

	{ "output", .words = language_output },
	{ "fields", .keywords = OBJECT_OF("rule") },
	{ "rule", .words = language_rule, .text = true, .keywords = OF_RULES },
	{ "cell", .words = language_cell, .text = true, .keywords = OF_RULES },
	{ "rules", .keywords = "'type':'array','items':" REF("rule") },
	{ "cases", .keywords = LIST_OF("case") },
	{ "case", .words = language_case },
	{ "steps", .keywords = "'type':'array','items':" REF("step") },

	{ "sheets", .keywords = LIST_OF("sheet") },
	{ "sheet", .words = language_sheet, .keywords =
		"'dependentRequired':{'measures':['group_by'],'group_by':['measures']},"
		"'dependentSchemas':{'fields':{'properties':{" NEVER("title") "," NEVER("sort_by") "," NEVER("descending") ","
		NEVER("top") "," NEVER("chart") "}}}" },
	{ "sheet_title", .keywords = "'type':'string','minLength':1,'maxLength':31,"
		"'pattern':'^[^\\\\[\\\\]:*?/\\\\\\\\]+$'" },
	{ "title", .keywords = "'type':'string','pattern':'\\\\S'" },
	{ "cells", .keywords = OBJECT_OF("cell") "," TITLES },
	{ "measures", .keywords = OBJECT_OF("measure") "," TITLES },
	{ "measure", .words = language_measure },
	{ "totals", .keywords = OBJECT_OF("total") },
	{ "number_format", .keywords = "'type':'string','minLength':1" },
	{ "width", .keywords = "'type':'integer','minimum':1,'maximum':255" },
	{ "chart", .words = language_chart, .keywords = "'if':{'properties':{'type':{'const':'pie'}}},"
		"'then':{'properties':{'values':{'maxItems':1}}}" },
	{ "chart_type", .choices = language_charts },

	{ "tests", .keywords = "'type':'array','items':" REF("test") },
	{ "test", .words = language_test, .keywords =
		"'if':{'properties':{'filtered':{'const':true}},'required':['filtered']},"
		"'then':{'properties':{" NEVER("expect") "," NEVER("reject") "}},"
		"'else':{'oneOf':[{'required':['expect']},{'required':['reject']}]}" },
	{ "given", .keywords = "'type':['object','array']" },
	{ "values", .keywords = "'type':'object','properties':{'$comment':true},"
		"'additionalProperties':{'type':['string','number','boolean']}" },

	{ "value", .words = value, .keywords = "'dependentRequired':{'lookup':['of'],'of':['lookup']}" },
	{ "known", .words = known },
	{ "any_value", .keywords = OR("'type':['string','number','boolean']", "value") },
	{ "any_values", .keywords = LIST_OF("any_value") },
	{ "ordered_value", .keywords = OR("'type':['string','number']", "value") },
	{ "text_value", .keywords = OR("'type':'string'", "value") },
	{ "text_to_find", .keywords = OR("'type':'string','minLength':1", "value") },
	{ "number_value", .keywords = OR("'type':['number','string']," NUMBER, "value") },
	{ "divisor", .keywords = OR("'type':['number','string'],'not':{'const':0}," NUMBER, "value") },
	{ "ending", .keywords = OR("'type':['number','string'],'minimum':0," NUMBER, "value") },
	{ "step_width", .keywords = OR("'type':['number','string'],'exclusiveMinimum':0," NUMBER, "value") },
	{ "known_text", .keywords = OR("'type':'string','minLength':1", "known") },
	{ "known_text_or_none", .keywords = OR("'type':'string'", "known") },
	{ "known_number", .keywords = OR("'type':['number','string']," NUMBER, "known") },
	{ "length", .keywords = WHOLE_OR_PARAM("'minimum':1,'maximum':100000,") },
	{ "places", .keywords = WHOLE_OR_PARAM("'minimum':-37,'maximum':38,") },
	{ "part", .keywords = WHOLE_OR_PARAM("'minimum':-100000,'maximum':100000,'not':{'const':0},") },
	{ "digits", .keywords = OR("'enum':[8,12,13,14,'8','12','13','14']", "known") },
	{ "truncation", .keywords = EITHER("length", "truncate") },
	{ "truncate", .words = truncate_words },
	{ "truncate_at", .choices = truncate_at },
	{ "pad_left", .words = pad_left },
	{ "replace", .words = replace },
	{ "replace_pattern", .words = replace_pattern },
	{ "split", .words = split },
	{ "round", .keywords = EITHER("places", "round_to") },
	{ "round_to", .words = round_words },
	{ "rounding", .choices = roundings },
	{ "tiers", .keywords = LIST_OF("tier") ",'contains':{'not':{'required':['up_to']}},'maxContains':1" },
	{ "tier", .words = tier, .keywords = "'anyOf':[{'required':['multiply']},{'required':['add']}]" },
	{ "lookup", .keywords = EITHER("text", "lookup_in") },
	{ "lookup_in", .words = lookup },
	{ "missing", .choices = missing },
	{ "map", .keywords = OBJECT_OF("map_to") ",'minProperties':1,'propertyNames':{'minLength':1}" },
	{ "map_to", .keywords = OR("'type':['string','number','boolean','null']", "known") },
	{ 0 },
};
