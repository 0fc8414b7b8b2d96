/* What the fields of an output are worth for a row: conditions and rules, then the look at what the contract wants. */
#include "running.h"

/* What is inlined into running_output, though it is large and elsewhere too. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

static bool cond_holds(const struct cond *c, struct runner *r, bool *fine)
{
	const struct value *v;
	struct value answer;

	switch (c->kind) {
	case COND_ALL:
		for (size_t i = 0; i < c->part_count; i++)
			if (!cond_holds(&c->parts[i], r, fine))
				return false;
		return true;
	case COND_ANY:
		for (size_t i = 0; i < c->part_count; i++)
			if (cond_holds(&c->parts[i], r, fine))
				return true;
		return false;
	case COND_NOT:
		return !cond_holds(c->parts, r, fine);
	case COND_TEST:
		break;
	}
	v = &r->columns[c->column];
	if (v->type == VALUE_EMPTY && !c->test.sees_empty)
		return false;
	if (c->test.holds)
		return c->test.holds(&c->test, v);
	answer = *v;
	if (c->test.run(&c->test, &answer, &r->run) != 0) {
		*fine = false;
		return false;
	}
	return answer.type == VALUE_BOOLEAN && answer.truth;
}

static RARE struct value template_value(const struct rule *rule, struct runner *r)
{
	struct str *texts = arena_alloc(r->run.arena, rule->part_count * sizeof *texts);
	size_t length = 0;

	for (size_t i = 0; i < rule->part_count; i++) {
		const struct template_part *part = &rule->parts[i];
		struct str text = part->text;
		if (part->column >= 0) {
			const struct value *v = &r->columns[part->column];
			if (v->type == VALUE_EMPTY && !part->optional)
				return value_empty();
			text = v->type == VALUE_EMPTY ? (struct str){ 0 } : value_print(r->run.arena, v);
		}
		texts[i] = text;
		length += text.n;
	}
	char *p = arena_alloc(r->run.arena, length + 1), *at = p;
	for (size_t i = 0; i < rule->part_count; i++) {
		if (texts[i].n)
			memcpy(at, texts[i].p, texts[i].n);
		at += texts[i].n;
	}
	return value_text((struct str){ p, length });
}

/* Whether the members of an object are what the contract says; the first fault goes to run.why. */
static bool members_fit(const struct rule *rule, const struct value *values, struct runner *r)
{
	struct record_fault fault;

	if (!rule->shape || record_check(rule->shape, values, r->run.arena, &fault, 1, NULL) == 0)
		return true;
	buf_clear(&r->run.why);
	buf_add(&r->run.why, fault.reason);
	return false;
}

int running_members(const struct rule *rule, struct runner *r, struct value *values, bool *any)
{
	for (size_t i = 0; i < rule->member_count; i++) {
		if (running_value(&rule->members[i].rule, r, &values[i]) != 0) {
			r->member = i;
			return -1;
		}
		*any = *any || values[i].type != VALUE_EMPTY;
	}
	return 0;
}

void running_print(const struct rule *rule, const struct value *values, struct arena *scratch, struct buf *to)
{
	bool object = rule->kind == RULE_OBJECT, comma = false;

	buf_addc(to, object ? '{' : '[');
	for (size_t i = 0; i < rule->member_count; i++) {
		if (values[i].type == VALUE_EMPTY)
			continue;
		if (comma)
			buf_addc(to, ',');
		comma = true;
		if (object)
			buf_add(to, rule->members[i].field.json_key);
		record_print_value(&rule->members[i].field, &values[i], scratch, to);
	}
	buf_addc(to, object ? '}' : ']');
}

/* An object or a list as JSON text; empty where nothing is in it. */
static RARE int members_value(const struct rule *rule, struct runner *r, struct value *out)
{
	struct value *values = arena_alloc(r->run.arena, rule->member_count * sizeof *values);
	bool any = false;
	struct buf text = { 0 };

	*out = value_empty();
	if (running_members(rule, r, values, &any) != 0)
		return -1;
	if (!any)
		return 0;
	if (!members_fit(rule, values, r))
		return -1;
	running_print(rule, values, r->run.arena, &text);
	*out = (struct value){ .type = VALUE_JSON, .text = arena_copy(r->run.arena, buf_str(&text)) };
	buf_release(&text);
	return 0;
}

static inline bool holds(const struct cond *c, struct runner *r, bool *fine)
{
	const struct value *v;

	if (c->kind != COND_TEST || !c->test.holds)
		return cond_holds(c, r, fine);
	v = &r->columns[c->column];
	return (v->type != VALUE_EMPTY || c->test.sees_empty) && c->test.holds(&c->test, v);
}

bool running_holds(const struct cond *c, struct runner *r, bool *fine)
{
	return holds(c, r, fine);
}

/* The rule of the first case that holds; null where none does. */
static inline const struct rule *choose(const struct rule *rule, struct runner *r, bool *fine)
{
	*fine = true;
	for (const struct rule_case *c = rule->cases, *end = c + rule->case_count; c < end; c++) {
		if (holds(&c->cond, r, fine))
			return &c->use;
		if (!*fine)
			return NULL;
	}
	return rule->otherwise;
}

const struct rule *running_choice(const struct rule *rule, struct runner *r, bool *fine)
{
	return choose(rule, r, fine);
}

static RARE void first_value(const struct rule *rule, struct runner *r, struct value *out)
{
	*out = value_empty();
	for (size_t i = 0; i < rule->column_count && out->type == VALUE_EMPTY; i++)
		*out = r->columns[rule->columns[i]];
}

static RARE int run_rule(const struct rule *rule, struct runner *r, struct value *out)
{
	switch (rule->kind) {
	case RULE_FIRST_OF:
		first_value(rule, r, out);
		return 0;
	case RULE_TEMPLATE:
		*out = template_value(rule, r);
		return 0;
	case RULE_OBJECT:
	case RULE_LIST:
		return members_value(rule, r, out);
	case RULE_EACH:
		return running_each(rule, r, out);
	default: /* has another way */
		return 0;
	}
}

/* Whether the rule's value needs no more than a copy. */
static inline bool copy(const struct rule *rule, const struct runner *r, struct value *out)
{
	if (rule->way == RULE_COPIES)
		*out = r->columns[rule->columns[0]];
	else if (rule->way == RULE_IS_KNOWN)
		*out = rule->constant;
	else
		return false;
	return true;
}

static inline int run_when(const struct rule *rule, struct runner *r, struct value *out)
{
	bool fine;
	const struct rule *use = choose(rule, r, &fine);

	if (use)
		return copy(use, r, out) && use->step_count == 0 ? 0 : running_value(use, r, out);
	*out = value_empty();
	return fine ? 0 : -1;
}

/* The rule's steps, without those that would leave the value as it is. */
static inline int run_steps(const struct rule *rule, struct runner *r, struct value *v)
{
	size_t idle = rule->idle_steps;

	if (idle && (v->type != VALUE_TEXT || v->text.n > rule->idle_bytes || (value_traits(v) & rule->idle) != rule->idle))
		idle = 0;
	return steps_run(rule->steps + idle, rule->step_count - idle, v, &r->run);
}

/* Most rules are a column or a constant, or choose one, with steps or without. */
static ALWAYS_INLINE int give(const struct rule *rule, struct runner *r, struct value *out)
{
	if (!copy(rule, r, out) && (rule->way == RULE_CHOOSES ? run_when(rule, r, out) : run_rule(rule, r, out)) != 0)
		return -1;
	return rule->step_count == 0 ? 0 : run_steps(rule, r, out);
}

int running_value(const struct rule *rule, struct runner *r, struct value *out)
{
	return give(rule, r, out);
}

/* A fault of a field: with it what stood in the cell that it comes from, and where that is. */
void runner_fault_of(struct runner *r, const struct program_output *o, size_t field, struct str reason)
{
	const struct rule *rule = &o->rules[field];
	struct str shown = { 0 }, name = o->shape.fields[field].name;
	int at = rule->column_count == 1 ? r->binding->at[rule->columns[0]] : -1;

	if (r->where.n) {
		runner_fault(r, at, arena_concat(r->run.arena, name, r->where), r->shown, reason);
		return;
	}
	for (size_t i = 0; i < rule->column_count && !shown.n; i++) {
		if (r->columns[rule->columns[i]].type == VALUE_EMPTY)
			continue;
		shown = value_print(r->run.arena, &r->columns[rule->columns[i]]);
		at = r->binding->at[rule->columns[i]];
	}
	runner_fault(r, at, name, shown, reason);
}

/* A field whose rule refuses the row. */
static RARE void refuse_field(struct runner *r, const struct program_output *o, size_t field)
{
	runner_fault_of(r, o, field, arena_copy(r->run.arena, buf_str(&r->run.why)));
	buf_clear(&r->run.why);
	r->where = r->shown = (struct str){ 0 };
}

/* Looks at values of which not all are surely as the contract wants them. */
static RARE void check_output(struct runner *r, size_t output)
{
	const struct program_output *o = &r->program->outputs[output];
	struct record_fault faults[ROW_FAULTS_MAX];
	size_t count = record_check(&o->shape, r->values[output], r->run.arena, faults, ROW_FAULTS_MAX,
		r->warned[output]);

	r->any_warned = r->any_warned || memchr(r->warned[output], true, o->shape.count);

	for (size_t i = 0; i < count && i < ROW_FAULTS_MAX; i++)
		runner_fault_of(r, o, faults[i].field, faults[i].reason);
}

/* Whether the rule gives the same in every row; `settled` are columns that no row changes. */
static bool is_settled(const struct rule *rule, const bool *settled)
{
	if (rule->step_count)
		return false;
	return rule->way == RULE_IS_KNOWN || (rule->way == RULE_COPIES && settled[rule->columns[0]]);
}

static void plan_output(struct runner *r, size_t output, const bool *settled)
{
	const struct program_output *o = &r->program->outputs[output];
	struct output_plan *plan = &r->plans[output];
	size_t count = o->shape.count;

	*plan = (struct output_plan){ .copies = ARENA_ARRAY(&r->bound, count, struct field_copy),
		.works = ARENA_ARRAY(&r->bound, count, struct field_work), .sure = true };
	for (size_t i = 0; i < count; i++) {
		const struct record_field *field = &o->shape.fields[i];
		const struct rule *rule = &o->rules[i];
		struct value *v = &r->values[output][i];
		if (is_settled(rule, settled)) {
			copy(rule, r, v);
			plan->sure = record_is_sure(field, v) && plan->sure;
		} else if (rule->way == RULE_COPIES && !rule->step_count) {
			plan->copies[plan->copy_count++] = (struct field_copy){ &r->columns[rule->columns[0]], v, field };
		} else {
			plan->works[plan->work_count++] = (struct field_work){ rule, v, field };
		}
	}
}

void running_bind_outputs(struct runner *r)
{
	bool *settled = arena_alloc(&r->bound, r->program->column_count * sizeof *settled);

	memset(settled, true, r->program->column_count * sizeof *settled);
	for (size_t i = 0; i < r->reader_count; i++)
		settled[r->readers[i].to - r->columns] = false;
	r->plans = ARENA_ARRAY(&r->bound, r->program->output_count, struct output_plan);
	for (size_t i = 0; i < r->program->output_count; i++)
		plan_output(r, i, settled);
}

void running_output(struct runner *r, size_t output)
{
	const struct program_output *o = &r->program->outputs[output];
	const struct output_plan *plan = &r->plans[output];
	size_t before = r->fault_count;
	bool sure = plan->sure;

	buf_clear(&r->run.why);
	for (const struct field_copy *c = plan->copies, *end = c + plan->copy_count; c < end; c++) {
		*c->to = *c->from;
		sure = record_is_sure(c->field, c->from) && sure;
	}
	for (const struct field_work *w = plan->works, *end = w + plan->work_count; w < end; w++) {
		if (give(w->rule, r, w->to) != 0) {
			refuse_field(r, o, (size_t)(w->rule - o->rules));
			*w->to = value_empty();
		}
		sure = record_is_sure(w->field, w->to) && sure;
	}
	r->sure[output] = sure;
	if (r->fault_count == before && !sure)
		check_output(r, output);
}
