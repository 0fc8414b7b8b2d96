#include "step_functions.h"

#define TYPES_ALL (TYPES_SCALAR | 1u << VALUE_JSON)
#define TYPES_ORDERED (TYPES_NUMBER | TYPES_MOMENT)

const struct step_kind step_kinds[] = {
	{ "trim", STEP_TEXT, "", TYPES_TEXT, VALUE_TEXT, .word = true, .run = step_trim,
	  .idle = TEXT_CLEAR | TEXT_TIDY,
	  .help = "takes white space off both ends (Unicode's too)",
	  .example = { "\" Eau de Parfum  \"", "\"trim\"", "\"Eau de Parfum\"" } },
	{ "squeeze", STEP_TEXT, "", TYPES_TEXT, VALUE_TEXT, .word = true, .run = step_squeeze,
	  .idle = TEXT_CLEAR | TEXT_TIDY,
	  .help = "trims, and makes each run of white space one blank",
	  .example = { "\" Eau \\u00a0 de\\tParfum \"", "\"squeeze\"", "\"Eau de Parfum\"" } },
	{ "clean", STEP_TEXT, "", TYPES_TEXT, VALUE_TEXT, .word = true, .run = step_clean, .idle = TEXT_CLEAR,
	  .help = "drops control characters other than tab and line ends, zero-width and direction marks, soft hyphens",
	  .example = { "\"Par\\u00adfum\\u200b\\u0007\"", "\"clean\"", "\"Parfum\"" } },
	{ "repair_encoding", STEP_TEXT, "", TYPES_TEXT, VALUE_TEXT, .word = true, .run = step_repair_encoding,
	  .idle = TEXT_PLAIN,
	  .help = "mends UTF-8 that was encoded twice; other text stays as it is",
	  .example = { "\"CrÃ¨me\"", "\"repair_encoding\"", "\"Crème\"" } },
	{ "lower", STEP_TEXT, "", TYPES_TEXT, VALUE_TEXT, .word = true, .run = step_lower,
	  .help = "lower case",
	  .example = { "\"CRÈME\"", "\"lower\"", "\"crème\"" } },
	{ "upper", STEP_TEXT, "", TYPES_TEXT, VALUE_TEXT, .word = true, .run = step_upper,
	  .help = "upper case",
	  .example = { "\"crème\"", "\"upper\"", "\"CRÈME\"" } },
	{ "title", STEP_TEXT, "", TYPES_TEXT, VALUE_TEXT, .word = true, .run = step_title,
	  .help = "the first letter of each word upper case, the others lower",
	  .example = { "\"EAU DE PARFUM\"", "\"title\"", "\"Eau De Parfum\"" } },
	{ "sentence", STEP_TEXT, "", TYPES_TEXT, VALUE_TEXT, .word = true, .run = step_sentence,
	  .help = "the first letter upper case, the others lower",
	  .example = { "\"EAU DE PARFUM\"", "\"sentence\"", "\"Eau de parfum\"" } },
	{ "truncate", STEP_TEXT, "n, or { to: n, at: \"word\" }", TYPES_TEXT, VALUE_TEXT,
	  .compile = step_compile_truncate, .run = step_truncate, .idle = TEXT_SEEN,
	  .help = "at most n characters as a reader counts them; at: \"word\" ends at the last white space before, if any",
	  .example = { "\"Eau de Parfum\"", "{ \"truncate\": { \"to\": 9, \"at\": \"word\" } }", "\"Eau de\"" } },
	{ "prefix", STEP_TEXT, "text", TYPES_TEXT, VALUE_TEXT, .compile = step_compile_text, .run = step_prefix,
	  .help = "puts a text before it",
	  .example = { "\"100\"", "{ \"prefix\": \"SKU-\" }", "\"SKU-100\"" } },
	{ "suffix", STEP_TEXT, "text", TYPES_TEXT, VALUE_TEXT, .compile = step_compile_text, .run = step_suffix,
	  .help = "puts a text behind it",
	  .example = { "\"100\"", "{ \"suffix\": \" ml\" }", "\"100 ml\"" } },
	{ "pad_left", STEP_TEXT, "{ to: n, with: character }", TYPES_TEXT, VALUE_TEXT,
	  .compile = step_compile_pad_left, .run = step_pad_left,
	  .help = "puts a character in front until there are n",
	  .example = { "\"42\"", "{ \"pad_left\": { \"to\": 5, \"with\": \"0\" } }", "\"00042\"" } },
	{ "replace", STEP_TEXT, "{ find: text, with: text }", TYPES_TEXT, VALUE_TEXT,
	  .compile = step_compile_replace, .run = step_replace,
	  .help = "puts a text in the place of each occurrence of another",
	  .example = { "\"a/b/c\"", "{ \"replace\": { \"find\": \"/\", \"with\": \" > \" } }", "\"a > b > c\"" } },
	{ "replace_pattern", STEP_TEXT, "{ find: pattern, with: text }", TYPES_TEXT, VALUE_TEXT,
	  .compile = step_compile_replace_pattern, .run = step_replace_pattern,
	  .help = "the same with a regular expression (PCRE); $1 in the text is its first group",
	  .example = { "\"100ML\"",
		"{ \"replace_pattern\": { \"find\": \"(\\\\d+) *(?i:ml)\", \"with\": \"$1 ml\" } }", "\"100 ml\"" } },
	{ "extract", STEP_TEXT, "pattern", TYPES_TEXT, VALUE_TEXT, .compile = step_compile_pattern, .run = step_extract,
	  .help = "what a regular expression (PCRE) matches, or its group 1 if it has one; no match is empty",
	  .example = { "\"Parfum 100 ml\"", "{ \"extract\": \"(\\\\d+) ml\" }", "\"100\"" } },
	{ "split", STEP_TEXT, "{ by: text, take: n }", TYPES_TEXT, VALUE_TEXT,
	  .compile = step_compile_split, .run = step_split,
	  .help = "the nth part, from 1, or from -1 at the end; a part that is not there is empty",
	  .example = { "\"Home > Beauty > Fragrance\"",
		"{ \"split\": { \"by\": \" > \", \"take\": -1 } }", "\"Fragrance\"" } },
	{ "strip_html", STEP_TEXT, "", TYPES_TEXT, VALUE_TEXT, .word = true, .run = step_strip_html,
	  .help = "takes tags off and decodes entities",
	  .example = { "\"<p>Dolce &amp; <b>Gabbana</b></p>\"", "\"strip_html\"", "\"Dolce & Gabbana\"" } },
	{ "slug", STEP_TEXT, "", TYPES_TEXT, VALUE_TEXT, .word = true, .run = step_slug,
	  .help = "lower case without accents, all but a-z and 0-9 to single hyphens",
	  .example = { "\"Crème & Soin (50 ml)\"", "\"slug\"", "\"creme-soin-50-ml\"" } },
	{ "strip_accents", STEP_TEXT, "", TYPES_TEXT, VALUE_TEXT, .word = true, .run = step_strip_accents,
	  .idle = TEXT_PLAIN,
	  .help = "letters without their accents",
	  .example = { "\"Crème brûlée\"", "\"strip_accents\"", "\"Creme brulee\"" } },
	{ "nfc", STEP_TEXT, "", TYPES_TEXT, VALUE_TEXT, .word = true, .run = step_nfc, .idle = TEXT_PLAIN,
	  .help = "Unicode's composed form (NFC)",
	  .example = { "\"Cre\\u0300me\"", "\"nfc\"", "\"Cr\\u00e8me\"" } },
	{ "digits", STEP_TEXT, "", TYPES_TEXT, VALUE_TEXT, .word = true, .run = step_digits,
	  .help = "keeps the digits 0 to 9 and nothing else",
	  .example = { "\"+48 (22) 555-01\"", "\"digits\"", "\"482255501\"" } },
	{ "url_encode", STEP_TEXT, "", TYPES_TEXT, VALUE_TEXT, .word = true, .run = step_url_encode,
	  .help = "percent-encodes all but letters, digits and - . _ ~ (RFC 3986)",
	  .example = { "\"crème/1\"", "\"url_encode\"", "\"cr%C3%A8me%2F1\"" } },
	{ "sha256", STEP_TEXT, "", TYPES_TEXT, VALUE_TEXT, .word = true, .run = step_sha256,
	  .help = "SHA-256 of the UTF-8 bytes, as 64 hexadecimal digits",
	  .example = { "\"abc\"", "\"sha256\"", "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"" } },

	{ "add", STEP_NUMBER, "number", TYPES_NUMBER, STEP_OWN, .compile = step_compile_number, .run = step_add,
	  .help = "adds a number; integers give an integer",
	  .example = { "12.50", "{ \"add\": \"3.5\" }", "16.00" } },
	{ "subtract", STEP_NUMBER, "number", TYPES_NUMBER, STEP_OWN, .compile = step_compile_number, .run = step_subtract,
	  .help = "subtracts a number; integers give an integer",
	  .example = { "10", "{ \"subtract\": 3 }", "7" } },
	{ "multiply", STEP_NUMBER, "number", TYPES_NUMBER, STEP_OWN, .compile = step_compile_number, .run = step_multiply,
	  .help = "multiplies by a number, exactly; integers give an integer",
	  .example = { "10.00", "{ \"multiply\": \"1.35\" }", "13.5000" } },
	{ "divide", STEP_NUMBER, "number", TYPES_NUMBER, VALUE_DECIMAL, .compile = step_compile_divide, .run = step_divide,
	  .help = "divides by a number, to 12 places, half even, without trailing zeros",
	  .example = { "10", "{ \"divide\": 3 }", "3.333333333333" } },
	{ "percent", STEP_NUMBER, "number", TYPES_NUMBER, VALUE_DECIMAL,
	  .compile = step_compile_number, .run = step_percent,
	  .help = "n % of it, exactly, without trailing zeros",
	  .example = { "80", "{ \"percent\": 23 }", "18.4" } },
	{ "round", STEP_NUMBER, "n, { to: n, mode } or { step: number, mode }", TYPES_NUMBER, VALUE_DECIMAL,
	  .compile = step_compile_round, .run = step_round,
	  .help = "to n places (-2: hundreds) or multiples of a step; "
		"half_up (default, away from zero), half_even, up, down",
	  .example = { "12.345", "{ \"round\": 2 }", "12.35" } },
	{ "charm", STEP_NUMBER, "ending", TYPES_NUMBER, VALUE_DECIMAL, .compile = step_compile_charm, .run = step_charm,
	  .help = "the lowest price with that ending that is not below; \"0.99\" repeats every 1, \"9.99\" every 10",
	  .example = { "12.31", "{ \"charm\": \"0.99\" }", "12.99" } },
	{ "tiers", STEP_NUMBER, "[ { up_to, multiply, add }, … ]", TYPES_NUMBER, VALUE_DECIMAL,
	  .compile = step_compile_tiers, .run = step_tiers,
	  .help = "multiplies, then adds what the first tier says that the number is not above; the last has no up_to",
	  .example = { "20",
		"{ \"tiers\": [ { \"up_to\": 10, \"multiply\": 2 }, { \"multiply\": \"1.5\", \"add\": 1 } ] }", "31.0" } },
	{ "not_below", STEP_NUMBER, "number", TYPES_NUMBER, STEP_OWN, .compile = step_compile_number, .run = step_not_below,
	  .help = "at least that number: a lower one becomes it",
	  .example = { "3", "{ \"not_below\": 5 }", "5" } },
	{ "not_above", STEP_NUMBER, "number", TYPES_NUMBER, STEP_OWN, .compile = step_compile_number, .run = step_not_above,
	  .help = "at most that number: a higher one becomes it",
	  .example = { "1200", "{ \"not_above\": 999 }", "999" } },
	{ "negate", STEP_NUMBER, "", TYPES_NUMBER, STEP_SAME, .word = true, .run = step_negate,
	  .help = "changes the sign",
	  .example = { "2.50", "\"negate\"", "-2.50" } },

	{ "to_text", STEP_TYPE, "", TYPES_SCALAR, VALUE_TEXT, .word = true, .run = step_to_text,
	  .help = "as text: numbers with their places, true or false, dates in ISO 8601",
	  .example = { "10.00", "\"to_text\"", "\"10.00\"" } },
	{ "to_integer", STEP_TYPE, "", TYPES_TEXT | TYPES_NUMBER, VALUE_INTEGER, .word = true, .run = step_to_integer,
	  .help = "as a whole number; a fraction rejects the row",
	  .example = { "\"12\"", "\"to_integer\"", "12" } },
	{ "to_decimal", STEP_TYPE, "", TYPES_TEXT | TYPES_NUMBER, VALUE_DECIMAL, .word = true, .run = step_to_decimal,
	  .help = "as a number; text must be a plain one",
	  .example = { "\"12.50\"", "\"to_decimal\"", "12.50" } },
	{ "to_boolean", STEP_TYPE, "", TYPES_TEXT | 1u << VALUE_INTEGER, VALUE_BOOLEAN,
	  .word = true, .run = step_to_boolean,
	  .help = "yes, true, 1, y or no, false, 0, n in any case",
	  .example = { "\"Yes\"", "\"to_boolean\"", "true" } },
	{ "to_date", STEP_TYPE, "strftime form", TYPES_MOMENT, VALUE_TEXT,
	  .compile = step_compile_to_date, .run = step_to_date,
	  .help = "a date as text in a form of strftime",
	  .example = { "\"2026-11-21\"", "{ \"to_date\": \"%d.%m.%Y\" }", "\"21.11.2026\"" } },
	{ "to_epoch", STEP_TYPE, "", TYPES_MOMENT, VALUE_INTEGER, .word = true, .run = step_to_epoch,
	  .help = "a date as Unix seconds; without a time zone it counts as UTC",
	  .example = { "\"2026-11-21\"", "\"to_epoch\"", "1795219200" } },
	{ "gtin", STEP_TYPE, "8, 12, 13 or 14", TYPES_TEXT, VALUE_TEXT, .compile = step_compile_gtin, .run = step_gtin,
	  .help = "an article number with a right check digit, in that many digits",
	  .example = { "\"036000291452\"", "{ \"gtin\": 13 }", "\"0036000291452\"" } },
	{ "currency", STEP_TYPE, "", TYPES_TEXT, VALUE_TEXT, .word = true, .run = step_currency,
	  .help = "the ISO 4217 code of a currency's sign or code",
	  .example = { "\"€\"", "\"currency\"", "\"EUR\"" } },
	{ "parse_json", STEP_TYPE, "path", TYPES_TEXT, VALUE_TEXT,
	  .compile = step_compile_parse_json, .run = step_parse_json,
	  .help = "what stands at a path in a text that is JSON, as text; nothing there is empty",
	  .example = { "\"{\\\"sizes\\\": [50, 100]}\"", "{ \"parse_json\": \"sizes.1\" }", "\"100\"" } },
	{ "fingerprint", STEP_TYPE, "", TYPES_TEXT, VALUE_INTEGER, .word = true, .run = step_fingerprint,
	  .help = "a number from 1 to 2147483647, of its SHA-256, that is the same in every run: an id for a name; "
		"a row whose text has the number of another text of the run is rejected",
	  .example = { "\"Fragrance\"", "\"fingerprint\"", "1789574042" } },

	{ "empty_if", STEP_CHOICE, "[value, …]", TYPES_SCALAR, STEP_SAME,
	  .compile = step_compile_list, .run = step_empty_if,
	  .help = "empty where it equals one of these",
	  .example = { "\"n/a\"", "{ \"empty_if\": [\"n/a\", \"-\"] }", "null" } },
	{ "default", STEP_CHOICE, "value", TYPES_SCALAR, STEP_OWN, .sees_empty = true, .compile = step_compile_default,
	  .run = step_default,
	  .help = "that value where it is empty",
	  .example = { "null", "{ \"default\": \"unknown\" }", "\"unknown\"" } },
	{ "lookup", STEP_CHOICE, "table, or { table, missing: \"reject\", \"empty\" or \"keep\" }", TYPES_TEXT, VALUE_TEXT,
	  .compile = step_compile_lookup, .run = step_lookup,
	  .help = "what a table has for it; what the table does not have rejects the row, unless it is to be empty or kept",
	  .example = { "\"Fragrance\"", "{ \"lookup\": \"categories\" }", "\"Perfume\"" } },
	{ "map", STEP_CHOICE, "{ from: to, … }", TYPES_TEXT | TYPES_BOOLEAN | 1u << VALUE_INTEGER, STEP_OWN,
	  .compile = step_compile_map, .run = step_map,
	  .help = "a table written in place; \"*\" is for any other, null is empty, "
		"without \"*\" any other rejects the row",
	  .example = { "\"M\"", "{ \"map\": { \"M\": \"men\", \"W\": \"women\", \"*\": \"unisex\" } }", "\"men\"" } },

	{ "equals", STEP_CONDITION, "value", TYPES_SCALAR, VALUE_BOOLEAN,
	  .compile = step_compile_compared, .run = step_equals,
	  .holds = equals_holds,
	  .help = "whether it is that value; numbers by size, text exactly",
	  .example = { "10.00", "{ \"equals\": 10 }", "true" } },
	{ "not_equals", STEP_CONDITION, "value", TYPES_SCALAR, VALUE_BOOLEAN,
	  .compile = step_compile_compared, .run = step_not_equals,
	  .holds = not_equals_holds,
	  .help = "whether it is another value",
	  .example = { "\"EUR\"", "{ \"not_equals\": \"USD\" }", "true" } },
	{ "one_of", STEP_CONDITION, "[value, …]", TYPES_SCALAR, VALUE_BOOLEAN,
	  .compile = step_compile_list, .run = step_one_of,
	  .help = "whether it is one of these",
	  .example = { "\"GBP\"", "{ \"one_of\": [\"EUR\", \"USD\"] }", "false" } },
	{ "at_least", STEP_CONDITION, "number or date", TYPES_ORDERED, VALUE_BOOLEAN,
	  .compile = step_compile_compared, .run = step_at_least,
	  .holds = at_least_holds,
	  .help = "whether it is that or more",
	  .example = { "5", "{ \"at_least\": 5 }", "true" } },
	{ "more_than", STEP_CONDITION, "number or date", TYPES_ORDERED, VALUE_BOOLEAN,
	  .compile = step_compile_compared, .run = step_more_than,
	  .holds = more_than_holds,
	  .help = "whether it is more than that",
	  .example = { "5", "{ \"more_than\": 5 }", "false" } },
	{ "at_most", STEP_CONDITION, "number or date", TYPES_ORDERED, VALUE_BOOLEAN,
	  .compile = step_compile_compared, .run = step_at_most,
	  .holds = at_most_holds,
	  .help = "whether it is that or less",
	  .example = { "4.99", "{ \"at_most\": \"4.99\" }", "true" } },
	{ "less_than", STEP_CONDITION, "number or date", TYPES_ORDERED, VALUE_BOOLEAN,
	  .compile = step_compile_compared, .run = step_less_than,
	  .holds = less_than_holds,
	  .help = "whether it is less than that",
	  .example = { "\"2026-11-20\"", "{ \"less_than\": \"2026-11-21\" }", "true" } },
	{ "matches", STEP_CONDITION, "pattern", TYPES_TEXT, VALUE_BOOLEAN,
	  .compile = step_compile_pattern, .run = step_matches,
	  .help = "whether a regular expression (PCRE) matches in it; ^ and $ are its ends",
	  .example = { "\"SKU-100\"", "{ \"matches\": \"^SKU-\\\\d+$\" }", "true" } },
	{ "contains", STEP_CONDITION, "text", TYPES_TEXT, VALUE_BOOLEAN, .compile = step_compile_text, .run = step_contains,
	  .holds = contains_holds,
	  .help = "whether a text stands in it, in the same case",
	  .example = { "\"Eau de Parfum\"", "{ \"contains\": \"parfum\" }", "false" } },
	{ "starts_with", STEP_CONDITION, "text", TYPES_TEXT, VALUE_BOOLEAN,
	  .compile = step_compile_text, .run = step_starts_with,
	  .holds = starts_with_holds,
	  .help = "whether it begins with a text",
	  .example = { "\"Eau de Parfum\"", "{ \"starts_with\": \"Eau\" }", "true" } },
	{ "ends_with", STEP_CONDITION, "text", TYPES_TEXT, VALUE_BOOLEAN,
	  .compile = step_compile_text, .run = step_ends_with,
	  .holds = ends_with_holds,
	  .help = "whether it ends with a text",
	  .example = { "\"Eau de Parfum\"", "{ \"ends_with\": \"Parfum\" }", "true" } },
	{ "empty", STEP_CONDITION, "true or false, true if left out", TYPES_ALL, VALUE_BOOLEAN,
	  .sees_empty = true, .word = true, .compile = step_compile_empty, .run = step_empty,
	  .holds = empty_holds,
	  .help = "whether there is nothing",
	  .example = { "null", "\"empty\"", "true" } },
	{ "present", STEP_CONDITION, "true or false, true if left out", TYPES_ALL, VALUE_BOOLEAN,
	  .sees_empty = true, .word = true, .compile = step_compile_empty, .run = step_present,
	  .holds = present_holds,
	  .help = "whether there is something",
	  .example = { "null", "\"present\"", "false" } },
	{ 0 },
};

#define KIND_COUNT (sizeof step_kinds / sizeof *step_kinds - 1)

static int unknown_word(struct scope *scope, const struct json *at, bool at_key, struct str word)
{
	struct str names[KIND_COUNT];
	for (size_t i = 0; i < KIND_COUNT; i++)
		names[i] = str_of(step_kinds[i].name);
	const char *near = scope_near(scope, word, names, KIND_COUNT);
	return at_key
		? scope_fault_key(scope, at, "step.unknown", "there is no step \"%.*s\"%s", STR_ARG(word), near)
		: scope_fault(scope, at, "step.unknown", "there is no step \"%.*s\"%s", STR_ARG(word), near);
}

/* What a person can do where `in` comes to a kind that does not take it. */
static const char *remedy(unsigned takes, enum value_type in)
{
	bool moment = TYPES_MOMENT & 1u << in, number = TYPES_NUMBER & 1u << in;
	if (takes & 1u << VALUE_INTEGER && in == VALUE_DECIMAL)
		return "; put \"to_integer\" before it";
	if (takes & TYPES_TEXT)
		return in == VALUE_JSON ? "" : "; put \"to_text\" before it";
	if (takes & TYPES_NUMBER && in == VALUE_TEXT)
		return "; put \"to_decimal\" before it, or give the column the type \"decimal\"";
	if (takes & TYPES_NUMBER && moment)
		return "; put \"to_epoch\" before it";
	if (takes & TYPES_MOMENT && (in == VALUE_TEXT || number))
		return "; give the column the type \"date\" or \"datetime\"";
	return "";
}

static int check_type(const struct step_kind *kind, const struct json *at, bool at_key, enum value_type in,
	struct scope *scope)
{
	static const char *const names[] = { "nothing", "text", "an integer", "a decimal", "a boolean", "a date",
		"a datetime", "an object or a list" }; /* as enum value_type */
	if (in == VALUE_EMPTY || kind->takes & 1u << in)
		return 0;
	const char *fault = arena_printf(scope->arena, "%s takes %s, but %s comes in here%s", kind->name,
		scope_types(scope, kind->takes), names[in], remedy(kind->takes, in)).p;
	return at_key ? scope_fault_key(scope, at, "step.type", "%s", fault)
		: scope_fault(scope, at, "step.type", "%s", fault);
}

/* `arg` is null where the step is a mere word; `at` is where it stands. */
static int compile(struct step *s, const struct step_kind *kind, const struct json *at, const struct json *arg,
	enum value_type in, struct scope *scope)
{
	*s = (struct step){ .kind = kind, .run = kind->run, .sees_empty = kind->sees_empty, .idle_bytes = SIZE_MAX,
		.in = in };
	if (kind->gives != STEP_OWN)
		s->out = kind->gives == STEP_SAME ? in : (enum value_type)kind->gives;
	if (!arg && !kind->word)
		return scope_fault(scope, at, "step.argument", "%s needs an argument: %s", kind->name, kind->argument);
	if (arg && !kind->compile)
		return scope_fault_key(scope, arg, "step.argument", "%s takes no argument: write \"%s\"", kind->name,
			kind->name);
	if (check_type(kind, arg ? arg : at, arg != NULL, in, scope) != 0)
		return -1;
	return kind->compile ? kind->compile(s, arg, scope) : 0;
}

const struct step_kind *step_find(struct str name)
{
	for (const struct step_kind *kind = step_kinds; kind->name; kind++) {
		if (str_eq(name, str_of(kind->name)))
			return kind;
	}
	return NULL;
}

int step_compile(struct step *s, const struct json *node, enum value_type in, struct scope *scope)
{
	const struct json *arg = NULL;
	for (const struct json *j = json_is(node, JSON_OBJECT) ? node->child : NULL; j; j = j->next) {
		if (str_eq(j->key, STR("$comment")))
			continue;
		if (arg)
			return scope_fault_key(scope, j, "step.words", "a step is an object of one word, but \"%.*s\" was found "
				"behind \"%.*s\"; each step is an element of the list", STR_ARG(j->key), STR_ARG(arg->key));
		arg = j;
	}
	if (!arg && node->kind != JSON_STRING)
		return scope_fault(scope, node, "step.words",
			"a step is a word, or an object of one word and its argument, but %s was found", scope_found(scope, node));
	struct str word = arg ? arg->key : node->text;
	const struct step_kind *kind = step_find(word);
	return kind ? compile(s, kind, node, arg, in, scope) : unknown_word(scope, arg ? arg : node, arg != NULL, word);
}

int step_compile_condition(struct step *s, const struct step_kind *kind, const struct json *at, const struct json *arg,
	enum value_type in, struct scope *scope)
{
	return compile(s, kind, at, arg, in, scope);
}
