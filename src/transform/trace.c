/* Rules run one step at a time, for people who want to see what each one does. */
#include "qonduit/trace.h"

#include "running.h"

struct tracer {
	struct runner *runner;
	struct arena *arena;
	struct trace *to;
	struct str member;
};

static struct trace_step *add(struct tracer *t, enum trace_kind kind, struct str what)
{
	struct trace_step *step = ARENA_NEW(t->arena, struct trace_step);

	*step = (struct trace_step){ .kind = kind, .member = t->member, .what = what };
	if (t->to->last)
		t->to->last->next = step;
	else
		t->to->first = step;
	t->to->last = step;
	return step;
}

static void add_value(struct tracer *t, struct str what, const struct value *v)
{
	add(t, TRACE_VALUE, what)->value = *v;
}

/* The reason is in run.why, and within an "each" with its place. */
static int add_refused(struct tracer *t, struct str what)
{
	struct runner *r = t->runner;

	add(t, TRACE_REFUSED, what)->why = arena_printf(t->arena, "%.*s%s%.*s", STR_ARG(r->where), r->where.n ? ": " : "",
		STR_ARG(buf_str(&r->run.why)));
	t->to->refused = true;
	buf_clear(&r->run.why);
	r->where = r->shown = (struct str){ 0 };
	return -1;
}

/* ---- names ---- */

/* A parameter or a column of the mapping, by its name, with what it holds. */
static bool name_value(const struct tracer *t, const struct json *arg, struct str *name, const struct value **v)
{
	const struct program *p = t->runner->program;
	const struct json *param = json_get(arg, "param"), *column = json_get(arg, "column");

	*name = json_text(param ? param : column, (struct str){ 0 });
	for (size_t i = 0; param && i < p->param_count; i++)
		if (str_eq(p->params[i].name, *name))
			return *v = &p->params[i].value, true;
	for (size_t i = 0; column && i < p->column_count && t->runner->columns == t->runner->run.columns; i++)
		if (str_eq(p->columns[i].name, *name))
			return *v = &t->runner->columns[i], true;
	return false;
}

/* "clean", "round 2", "multiply margin (1.35)", "truncate {"to":255}" */
static struct str step_text(const struct tracer *t, const struct json *node)
{
	const struct value *v;
	struct str name;

	if (node->kind != JSON_OBJECT || !node->child)
		return node->kind == JSON_STRING ? node->text : json_printed(node, t->arena);
	const struct json *arg = node->child;
	if (arg->kind == JSON_OBJECT && arg->count == 1 && name_value(t, arg, &name, &v))
		return arena_printf(t->arena, "%.*s %.*s (%.*s)", STR_ARG(arg->key), STR_ARG(name),
			STR_ARG(v->type == VALUE_EMPTY ? STR("empty") : value_print(t->arena, v)));
	return arena_printf(t->arena, "%.*s %.*s", STR_ARG(arg->key), STR_ARG(json_printed(arg, t->arena)));
}

static struct str first_of_text(const struct tracer *t, const struct rule *rule)
{
	const struct runner *r = t->runner;

	for (size_t i = 0; i < rule->column_count; i++)
		if (r->columns[rule->columns[i]].type != VALUE_EMPTY)
			return arena_concat(t->arena, STR("first_of: column "), r->program->columns[rule->columns[i]].name);
	return STR("first_of: all columns are empty");
}

/* What the value comes from. */
static struct str origin_text(const struct tracer *t, const struct rule *rule, const struct mapping_rule *from)
{
	struct str subject = json_text(from->subject, (struct str){ 0 });

	switch (from->kind) {
	case RULE_COLUMN:
		return arena_concat(t->arena, STR("column "), t->runner->program->columns[rule->columns[0]].name);
	case RULE_FIRST_OF:
		return first_of_text(t, rule);
	case RULE_VALUE:
		return STR("value");
	case RULE_PARAM:
		return arena_concat(t->arena, STR("param "), subject);
	case RULE_TEMPLATE:
		return arena_concat(t->arena, STR("template "), subject);
	case RULE_OBJECT:
		return STR("object");
	case RULE_LIST:
		return STR("list");
	case RULE_EACH:
		return arena_concat(t->arena, STR("each "), subject);
	case RULE_WHEN:
		break;
	}
	return STR("when");
}

/* ---- rules ---- */

static int trace_rule(struct tracer *t, const struct rule *rule, const struct mapping_rule *from, struct value *out);

static struct str case_text(const struct tracer *t, const struct mapping_case *c, size_t number)
{
	return arena_printf(t->arena, "case %zu: %.*s", number, STR_ARG(json_printed(c->cond.at, t->arena)));
}

static int trace_when(struct tracer *t, const struct rule *rule, const struct mapping_rule *from, struct value *out)
{
	bool fine;
	const struct rule *use = running_choice(rule, t->runner, &fine);

	*out = value_empty();
	if (!fine)
		return add_refused(t, STR("when"));
	for (size_t i = 0; use && i < rule->case_count; i++) {
		if (use != &rule->cases[i].use)
			continue;
		add(t, TRACE_CHOICE, case_text(t, &from->cases[i], i + 1));
		return trace_rule(t, use, &from->cases[i].use, out);
	}
	if (use) {
		add(t, TRACE_CHOICE, STR("else"));
		return trace_rule(t, use, from->otherwise, out);
	}
	add_value(t, STR("when: no case holds"), out);
	return 0;
}

static int trace_members(struct tracer *t, const struct rule *rule, const struct mapping_rule *from)
{
	struct str around = t->member;
	struct value v;
	int result = 0;

	for (size_t i = 0; i < rule->member_count && result == 0; i++) {
		struct str name = from->kind == RULE_LIST ? arena_printf(t->arena, "%zu", i) : rule->members[i].field.name;
		t->member = around.n ? arena_printf(t->arena, "%.*s/%.*s", STR_ARG(around), STR_ARG(name)) : name;
		result = trace_rule(t, &rule->members[i].rule, &from->members[i].rule, &v);
	}
	t->member = around;
	return result;
}

/* What stands before the steps. */
static int trace_origin(struct tracer *t, const struct rule *rule, const struct mapping_rule *from, struct value *out)
{
	struct rule bare = *rule;

	if (from->kind == RULE_WHEN)
		return trace_when(t, rule, from, out);
	if ((from->kind == RULE_OBJECT || from->kind == RULE_LIST) && trace_members(t, rule, from) != 0)
		return -1;
	bare.step_count = 0;
	if (running_value(&bare, t->runner, out) != 0)
		return add_refused(t, origin_text(t, rule, from));
	add_value(t, origin_text(t, rule, from), out);
	return 0;
}

static int trace_rule(struct tracer *t, const struct rule *rule, const struct mapping_rule *from, struct value *out)
{
	if (trace_origin(t, rule, from, out) != 0)
		return -1;
	const struct json *node = from->then ? from->then->child : NULL;
	for (size_t i = 0; i < rule->step_count && node; i++, node = node->next) {
		struct str what = step_text(t, node);
		if (out->type == VALUE_EMPTY && !rule->steps[i].sees_empty) {
			add(t, TRACE_SKIPPED, what);
			continue;
		}
		if (steps_run(&rule->steps[i], 1, out, &t->runner->run) != 0)
			return add_refused(t, what);
		add_value(t, what, out);
	}
	return 0;
}

/* ---- outputs ---- */

/* The rule as it was written: the fields of a workbook are the columns of its sheets. */
static const struct mapping_rule *written_rule(const struct mapping_output *o, size_t field)
{
	if (!o->sheets_at)
		return &o->fields[field].rule;
	size_t sheet = 0;
	for (; field >= o->sheets[sheet].column_count; sheet++)
		field -= o->sheets[sheet].column_count;
	return &o->sheets[sheet].columns[field].rule;
}

static void add_breaches(struct tracer *t, const struct record_shape *shape, const struct value *values,
	struct trace *traces)
{
	struct record_fault faults[ROW_FAULTS_MAX];
	size_t count = record_check(shape, values, t->arena, faults, ROW_FAULTS_MAX, NULL);

	for (size_t i = 0; i < count && i < ROW_FAULTS_MAX; i++) {
		t->to = &traces[faults[i].field];
		if (t->to->refused)
			continue;
		add(t, TRACE_REFUSED, STR("contract"))->why = faults[i].reason;
		t->to->refused = true;
	}
}

bool trace_is_possible(const struct runner *r, const struct batch *b, size_t row)
{
	return (b->row[row].width == r->width || r->program->mapping->source.pad_ragged) && !r->any_bad;
}

void trace_output(struct runner *r, size_t output, struct trace *traces)
{
	const struct program_output *o = &r->program->outputs[output];
	const struct mapping_output *from = &r->program->mapping->outputs[output];
	struct value *values = ARENA_ARRAY(r->run.arena, o->shape.count, struct value);
	struct tracer t = { .runner = r, .arena = r->run.arena };

	buf_clear(&r->run.why);
	for (size_t i = 0; i < o->shape.count; i++) {
		traces[i] = (struct trace){ 0 };
		t.to = &traces[i];
		if (trace_rule(&t, &o->rules[i], written_rule(from, i), &values[i]) != 0)
			values[i] = value_empty();
	}
	add_breaches(&t, &o->shape, values, traces);
}
