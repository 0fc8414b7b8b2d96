/* The part of the compile that makes the head of an XML file: fields that are known before the first row. */
#include "compile.h"
#include "running.h"

#define HEAD_FAULTS 8 /* that are told of values which the contract does not take */

/* Whether a rule names a parameter that has no value. */
static bool is_open(const struct json *rule, const struct scope *s)
{
	const struct json *param = json_get(rule, "param");

	for (size_t i = 0; json_is(param, JSON_STRING) && i < s->param_count; i++)
		if (str_eq(s->params[i].name, param->text) && s->params[i].value.type == VALUE_EMPTY)
			return true;
	for (const struct json *j = rule->child; j; j = j->next)
		if (is_open(j, s))
			return true;
	return false;
}

/* A parameter without a value, which only a check may meet, leaves its field empty. */
static void evaluate(struct program_output *head, const struct mapping_output *from, bool settled, struct scope *s)
{
	struct value *values = ARENA_ARRAY(s->arena, head->shape.count, struct value);
	struct runner r = { .run = { .arena = s->arena, .scratch = pattern_scratch_new() } };
	struct record_fault fault[HEAD_FAULTS];
	size_t before = s->faults->errors;

	for (size_t i = 0; i < head->shape.count; i++) {
		buf_clear(&r.run.why);
		if (running_value(&head->rules[i], &r, &values[i]) == 0)
			continue;
		values[i] = value_empty();
		if (settled || !is_open(from->fields[i].at, s))
			scope_fault(s, from->fields[i].at, "mapping.head", "\"%s\": %s", from->fields[i].name.p,
				buf_text(&r.run.why));
	}
	size_t count = s->faults->errors > before ? 0
		: record_check(&head->shape, values, s->arena, fault, HEAD_FAULTS, NULL);
	for (size_t i = 0; i < count && i < HEAD_FAULTS; i++)
		if (settled || !is_open(from->fields[fault[i].field].at, s))
			scope_fault(s, from->fields[fault[i].field].at, "mapping.head", "%.*s", STR_ARG(fault[i].reason));
	head->head_values = values;
	buf_release(&r.run.why);
	pattern_scratch_free(r.run.scratch);
}

/* The fields of the head as a contract of their own. */
static const struct contract *contract_of_head(const struct contract *c, struct scope *s)
{
	struct contract *head = ARENA_NEW(s->arena, struct contract);

	head->target = arena_printf(s->arena, "the head of %.*s", STR_ARG(c->target));
	head->fields = c->frame.head;
	head->field_count = c->frame.head_count;
	return head;
}

static void require_head(const struct contract *c, const struct mapping_output *o, struct scope *s)
{
	for (size_t i = 0; i < c->frame.head_count; i++)
		if (c->frame.head[i].required)
			scope_fault_key(s, o->at, "mapping.required", "%s requires \"%s\" in a \"head\", which is missing here",
				c->target.p, c->frame.head[i].name.p);
}

void compile_head(struct program_output *out, const struct mapping_output *o, bool settled, struct scope *s)
{
	const struct contract *c = out->shape.contract;
	size_t before = s->faults->errors;

	if (!c)
		return;
	if (!o->head_at) {
		require_head(c, o, s);
		return;
	}
	if (c->style != FILE_XML || !c->frame.head_count) {
		scope_fault_key(s, o->head_at, "mapping.head", "%s takes no \"head\": nothing stands before its records",
			c->target.p);
		return;
	}
	struct mapping_output from = { .target = o->target, .at = o->at, .fields_at = o->head_at, .fields = o->head,
		.field_count = o->head_count };
	struct program_output head = { .target = o->target,
		.shape = { .contract = contract_of_head(c, s), .key = -1 } };
	struct scope known = *s;
	known.columns = NULL;
	known.column_count = 0;
	known.no_columns = "the head stands before the first row: expected a constant, a parameter or a template without "
		"columns";
	compile_fields(&head, &from, &known);
	out->head = head.shape;
	if (s->faults->errors == before)
		evaluate(&head, &from, settled, s);
	out->head_values = head.head_values;
}
