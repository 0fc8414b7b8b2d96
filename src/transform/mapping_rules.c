/* The part of a mapping's parse that reads rules and conditions. */
#include "parse.h"

#include <stdio.h>

enum shape { TAKES_NAMES, TAKES_ANY, TAKES_NAME, TAKES_TEXT, TAKES_CASES, TAKES_FIELDS, TAKES_RULES, TAKES_PATH };

/* The forms of a rule: the word that says which it is. */
static const struct form {
	const char *word;
	enum rule_kind kind;
	enum shape shape;
} forms[] = {
	{ "from", RULE_COLUMN, TAKES_NAMES },
	{ "value", RULE_VALUE, TAKES_ANY },
	{ "param", RULE_PARAM, TAKES_NAME },
	{ "template", RULE_TEMPLATE, TAKES_TEXT },
	{ "when", RULE_WHEN, TAKES_CASES },
	{ "each", RULE_EACH, TAKES_PATH },
	{ "object", RULE_OBJECT, TAKES_FIELDS },
	{ "list", RULE_LIST, TAKES_RULES },
};

static void read_cases(struct parse *p, const struct json *list, struct mapping_rule *out)
{
	if (!parse_kind(p, list, JSON_ARRAY, "a list of { \"if\": condition, \"use\": rule }"))
		return;
	if (!list->count)
		parse_fault(p, list, "mapping.empty", "\"when\" is empty: at least one { \"if\", \"use\" } is expected");
	out->cases = ARENA_ARRAY(&p->m->arena, list->count, struct mapping_case);
	for (const struct json *j = list->child; j; j = j->next) {
		struct mapping_case *c = &out->cases[out->case_count];
		if (!parse_kind(p, j, JSON_OBJECT, "{ \"if\": condition, \"use\": rule }"))
			continue;
		parse_keys(p, j, language_case, "a case of \"when\"");
		if (!json_get(j, "if") || !json_get(j, "use")) {
			parse_fault(p, j, "mapping.missing", "a case of \"when\" needs \"if\" and \"use\"");
			continue;
		}
		parse_cond(p, json_get(j, "if"), &c->cond);
		parse_rule(p, json_get(j, "use"), &c->use);
		out->case_count++;
	}
}

static void read_items(struct parse *p, const struct json *list, struct mapping_rule *out)
{
	if (!parse_kind(p, list, JSON_ARRAY, "a list of rules"))
		return;
	out->members = ARENA_ARRAY(&p->m->arena, list->count, struct mapping_field);
	for (const struct json *j = list->child; j; j = j->next) {
		out->members[out->member_count].at = j;
		parse_rule(p, j, &out->members[out->member_count++].rule);
	}
}

void parse_fields(struct parse *p, const struct json *j, struct mapping_field **out, size_t *count)
{
	*count = 0;
	if (!parse_kind(p, j, JSON_OBJECT, "an object of field: rule"))
		return;
	*out = ARENA_ARRAY(&p->m->arena, j->count, struct mapping_field);
	for (const struct json *member = j->child; member; member = member->next) {
		if (parse_is_comment(member))
			continue;
		struct mapping_field *f = &(*out)[(*count)++];
		f->name = member->key;
		f->at = member;
		parse_rule(p, member, &f->rule);
	}
}

/* { "each": path, "object": fields } */
static void read_each(struct parse *p, const struct json *j, const struct json *path, struct mapping_rule *out)
{
	const struct json *object = json_get(j, "object");
	bool before = p->in_each;

	out->each = -1;
	if (!parse_kind(p, path, JSON_STRING, "the path of an array"))
		out->subject = NULL;
	else if (!before)
		out->each = parse_array(p, path);
	if (!object) {
		parse_fault(p, j, "mapping.each",
			"\"each\" needs \"object\", the fields of what each element becomes (a list of values as it stands is a "
			"column of the type \"json\")");
		return;
	}
	p->in_each = true;
	parse_fields(p, object, &out->members, &out->member_count);
	p->in_each = before;
	if (json_is(object, JSON_OBJECT) && !out->member_count)
		parse_fault(p, object, "mapping.empty", "\"object\" is empty: nothing would be taken from the elements");
}

static void read_form(struct parse *p, const struct form *form, const struct json *j, const struct json *subject,
	struct mapping_rule *out)
{
	out->kind = form->kind;
	out->subject = subject;
	switch (form->shape) {
	case TAKES_NAMES:
		if (parse_names(p, subject, true, "a column or a list of columns") && subject->kind == JSON_ARRAY)
			out->kind = RULE_FIRST_OF;
		break;
	case TAKES_NAME:
	case TAKES_TEXT:
		parse_kind(p, subject, JSON_STRING, form->shape == TAKES_NAME ? "the name of a parameter" : "a template text");
		break;
	case TAKES_CASES:
		read_cases(p, subject, out);
		if (json_get(j, "else")) {
			out->otherwise = ARENA_NEW(&p->m->arena, struct mapping_rule);
			parse_rule(p, json_get(j, "else"), out->otherwise);
		}
		break;
	case TAKES_FIELDS:
		parse_fields(p, subject, &out->members, &out->member_count);
		break;
	case TAKES_RULES:
		read_items(p, subject, out);
		break;
	case TAKES_PATH:
		read_each(p, j, subject, out);
		break;
	case TAKES_ANY:
		break;
	}
}

/* `cell`: the look of a workbook's cells may stand beside it. */
static void read_rule(struct parse *p, const struct json *j, bool cell, struct mapping_rule *out)
{
	const struct form *form = NULL;
	const struct json *subject = NULL;

	out->at = j;
	out->kind = RULE_VALUE;
	if (j->kind == JSON_STRING) {
		out->kind = RULE_COLUMN;
		out->subject = j;
		return;
	}
	if (!parse_kind(p, j, JSON_OBJECT, "a rule: the name of a column, or an object such as { \"from\": column }"))
		return;
	parse_keys(p, j, cell ? language_cell : language_rule, "a rule");
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		const struct json *found = json_get(j, forms[i].word);
		if (!found || (form && form->kind == RULE_EACH && forms[i].kind == RULE_OBJECT))
			continue;
		if (form) {
			parse_fault_key(p, found, "mapping.two_forms", "a rule has one form: \"%s\" and \"%s\" stand side by side",
				form->word, forms[i].word);
			continue;
		}
		form = &forms[i];
		subject = found;
	}
	if (!form) {
		parse_fault(p, j, "mapping.no_form",
			"a rule needs one of \"from\", \"value\", \"param\", \"template\", \"when\", \"object\", \"list\", "
			"\"each\"");
		return;
	}
	if (json_get(j, "else") && form->kind != RULE_WHEN)
		parse_fault_key(p, json_get(j, "else"), "mapping.else", "\"else\" goes with \"when\"");
	read_form(p, form, j, subject, out);
	out->then = json_get(j, "then");
	if (out->then && form->kind == RULE_EACH) {
		parse_fault_key(p, out->then, "mapping.each",
			"\"then\" does not go with \"each\": put the steps behind the rules in its \"object\"");
		out->then = NULL;
	}
	if (out->then && !parse_kind(p, out->then, JSON_ARRAY, "a list of steps"))
		out->then = NULL;
}

void parse_rule(struct parse *p, const struct json *j, struct mapping_rule *out)
{
	read_rule(p, j, false, out);
}

void parse_cell_rule(struct parse *p, const struct json *j, struct mapping_rule *out)
{
	read_rule(p, j, true, out);
}

static void read_parts(struct parse *p, const struct json *list, struct mapping_cond *out)
{
	if (!parse_kind(p, list, JSON_ARRAY, "a list of conditions"))
		return;
	if (!list->count)
		parse_fault(p, list, "mapping.empty", "the list of conditions is empty");
	out->parts = ARENA_ARRAY(&p->m->arena, list->count, struct mapping_cond);
	for (const struct json *j = list->child; j; j = j->next)
		parse_cond(p, j, &out->parts[out->part_count++]);
}

/* Of a condition without "column": what seems to be meant by this key, or nothing. */
static const char *near_join(struct parse *p, const struct json *member)
{
	struct str words[8];
	size_t count = 0;

	for (; language_cond[count].name; count++)
		words[count] = str_of(language_cond[count].name);
	return parse_near(p, member->key, words, count);
}

/* { "column": name, word: argument } */
static void read_test(struct parse *p, const struct json *j, struct mapping_cond *out)
{
	bool named = json_get(j, "column"), misspelt = false;

	out->kind = COND_TEST;
	for (const struct json *member = j->child; member; member = member->next) {
		if (parse_is_comment(member))
			continue;
		if (str_eq(member->key, STR("column"))) {
			if (parse_kind(p, member, JSON_STRING, "the name of a column"))
				out->column = member;
		} else if (!named && *near_join(p, member)) {
			misspelt = true;
			parse_fault_key(p, member, "mapping.unknown_key", "\"%s\" is not a key of a condition%s", member->key.p,
				near_join(p, member));
		} else if (out->test) {
			parse_fault_key(p, member, "mapping.two_conditions",
				"\"%s\" and \"%s\" stand side by side: join two conditions with \"all\" or \"any\"", out->test->key.p,
				member->key.p);
		} else {
			out->test = member;
		}
	}
	if (misspelt)
		return;
	if (!named)
		parse_fault(p, j, "mapping.missing", "a condition needs \"column\", or is \"all\", \"any\" or \"not\"");
	else if (!out->test)
		parse_fault(p, j, "mapping.missing", "a condition needs a word such as \"equals\" beside \"column\"");
}

void parse_cond(struct parse *p, const struct json *j, struct mapping_cond *out)
{
	const struct language_word *joins = language_cond + 1; /* as enum cond_kind, which begins with "column" */

	out->at = j;
	if (!parse_kind(p, j, JSON_OBJECT, "a condition such as { \"column\": name, \"more_than\": 0 }"))
		return;
	for (size_t i = 0; joins[i].name; i++) {
		const struct json *found = json_get(j, joins[i].name);
		if (!found)
			continue;
		out->kind = (enum cond_kind)(COND_ALL + i);
		parse_keys(p, j, (const struct language_word[]){ joins[i], { 0 } }, "this condition");
		if (out->kind != COND_NOT) {
			read_parts(p, found, out);
			return;
		}
		out->parts = ARENA_NEW(&p->m->arena, struct mapping_cond);
		out->part_count = 1;
		parse_cond(p, found, out->parts);
		return;
	}
	read_test(p, j, out);
}
