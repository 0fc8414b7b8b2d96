/* One row through a program: columns → values → keep → fields → shape check. */
#include <stdlib.h>

#include "running.h"

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

/* What is kept out of running_value's way, so that its frame stays small. */
#define RARE __attribute__((noinline))
/* What is inlined into run_output, though it is large and elsewhere too. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

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

static inline bool cond_tells(const struct cond *c, struct runner *r, bool *fine)
{
	const struct value *v;

	if (c->kind != COND_TEST || !c->test.holds)
		return cond_holds(c, r, fine);
	v = &r->columns[c->column];
	return (v->type != VALUE_EMPTY || c->test.sees_empty) && c->test.holds(&c->test, v);
}

/* The rule of the first case that holds; null where none does. */
static inline const struct rule *choose(const struct rule *rule, struct runner *r, bool *fine)
{
	*fine = true;
	for (const struct rule_case *c = rule->cases, *end = c + rule->case_count; c < end; c++) {
		if (cond_tells(&c->cond, r, fine))
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

/* Most rules are a column or a constant, or choose one, with steps or without. */
static ALWAYS_INLINE int give(const struct rule *rule, struct runner *r, struct value *out)
{
	if (!copy(rule, r, out) && (rule->way == RULE_CHOOSES ? run_when(rule, r, out) : run_rule(rule, r, out)) != 0)
		return -1;
	return rule->step_count == 0 ? 0 : steps_run(rule->steps, rule->step_count, out, &r->run);
}

int running_value(const struct rule *rule, struct runner *r, struct value *out)
{
	return give(rule, r, out);
}

void runner_fault(struct runner *r, int at, struct str column, struct str value, struct str reason)
{
	if (r->fault_count < ROW_FAULTS_MAX)
		r->faults[r->fault_count++] = (struct row_fault){ column, value, reason, at };
}

static RARE bool refuse_cell(struct runner *r, size_t column, struct cell cell)
{
	struct str found = cell.kind == CELL_ASTRAY ? (struct str){ 0 } : cell_str(cell);

	r->columns[column] = value_empty();
	runner_fault(r, r->binding->at[column], r->program->columns[column].name, found,
		arena_copy(r->run.arena, buf_str(&r->run.why)));
	buf_clear(&r->run.why);
	return false;
}

static RARE bool refuse_empty(struct runner *r, size_t column, struct cell cell)
{
	runner_fault(r, r->binding->at[column], r->program->columns[column].name, cell_str(cell),
		STR("the cell is empty, and the column is required"));
	return false;
}

/* One column of a row; false where it is at fault. */
static bool read_cell(struct runner *r, const struct batch *b, size_t row, size_t column)
{
	const struct column *c = &r->program->columns[column];
	int at = r->binding->at[column];
	struct cell cell = at >= 0 ? batch_get(b, row, (size_t)at) : (struct cell){ 0 };

	if (!column_read_cell(c, cell, r->run.arena, &r->columns[column], &r->run.why))
		return refuse_cell(r, column, cell);
	return !c->required || r->columns[column].type != VALUE_EMPTY || refuse_empty(r, column, cell);
}

static bool read_star(struct runner *r, size_t column)
{
	const struct column *c = &r->program->columns[column];
	struct str shown = r->binding->star[c->header_of];

	r->columns[column] = r->stars[column];
	if (r->star_faults[column].n)
		runner_fault(r, -1, c->name, shown, r->star_faults[column]);
	else if (c->required && r->stars[column].type == VALUE_EMPTY)
		runner_fault(r, -1, c->name, shown, STR("the header has no text for it, and the column is required"));
	else
		return true;
	return false;
}

/* Reads what a usual cell, or none where none is needed, is worth; false for any other. */
static inline bool read_usual(const struct cell_reader *c, const struct cell *cells, size_t width, struct value *out)
{
	if ((unsigned)c->at >= width)
		return false;
	const struct cell *cell = &cells[c->at];
	if (cell->linked)
		return false;
	if (cell->kind == CELL_TEXT)
		return c->usual && c->usual(cell_str(*cell), out);
	*out = c->column->standard;
	return cell->kind == CELL_EMPTY && (!c->column->required || out->type != VALUE_EMPTY);
}

static RARE void read_other(struct runner *r, const struct batch *b, size_t row, const struct cell_reader *c)
{
	bool fine = c->column->header_of >= 0 ? read_star(r, c->index) : read_cell(r, b, row, c->index);

	r->bad[c->index] = !fine;
	r->any_bad = r->any_bad || !fine;
}

/* All columns, read or at fault. */
static void read_columns(struct runner *r, const struct batch *b, size_t row)
{
	const struct batch_row *at = &b->row[row];
	const struct cell *cells = b->cells + at->first;

	buf_clear(&r->run.why);
	if (r->any_bad)
		memset(r->bad, false, r->program->column_count * sizeof *r->bad);
	r->any_bad = false;
	for (const struct cell_reader *c = r->readers, *end = c + r->reader_count; c < end; c++) {
		if (!read_usual(c, cells, at->width, &r->columns[c->index]))
			read_other(r, b, row, c);
	}
}

static bool keep_can_tell(const struct runner *r)
{
	for (size_t i = 0; r->fault_count && i < r->program->column_count; i++)
		if (r->bad[i] && r->program->keep_uses[i])
			return false;
	return true;
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
		r->warnings[output]);

	for (size_t i = 0; i < count && i < ROW_FAULTS_MAX; i++)
		runner_fault_of(r, o, faults[i].field, faults[i].reason);
}

static void run_output(struct runner *r, size_t output)
{
	const struct program_output *o = &r->program->outputs[output];
	const struct record_field *field = o->shape.fields;
	struct value *v = r->values[output];
	size_t before = r->fault_count;
	bool sure = true;

	buf_clear(&r->run.why);
	for (const struct rule *rule = o->rules, *end = rule + o->shape.count; rule < end; rule++, field++, v++) {
		if (give(rule, r, v) != 0) {
			refuse_field(r, o, (size_t)(rule - o->rules));
			*v = value_empty();
		}
		sure = record_is_sure(field, v) && sure;
	}
	r->sure[output] = sure;
	if (r->fault_count == before && !sure)
		check_output(r, output);
}

/* A row that is not as wide as the header. */
static void judge_width(struct runner *r, const struct batch *b, size_t row)
{
	size_t found = b->row[row].width, width = r->width;

	if (found == width || r->program->mapping->source.pad_ragged)
		return;
	runner_fault(r, -1, (struct str){ 0 }, (struct str){ 0 }, arena_printf(r->run.arena,
		"the row has %zu cells, the header %zu (\"ragged\": \"pad\" would take it)", found, width));
}

/* Sets the columns that no row changes, and says how the others are read. */
static void bind_readers(struct runner *r)
{
	const struct program *p = r->program;

	r->readers = ARENA_ARRAY(&r->bound, p->column_count, struct cell_reader);
	r->reader_count = 0;
	r->any_bad = false;
	for (size_t i = 0; i < p->column_count; i++) {
		const struct column *c = &p->columns[i];
		int at = c->header_of >= 0 ? -1 : r->binding->at[i];
		r->columns[i] = c->header_of >= 0 ? r->stars[i] : c->standard;
		r->bad[i] = false;
		if (at >= 0 || r->star_faults[i].n || (c->required && r->columns[i].type == VALUE_EMPTY))
			r->readers[r->reader_count++] = (struct cell_reader){ column_usual_of(c), c, i, at };
	}
}

void runner_bind(struct runner *r, const struct binding *binding, size_t width)
{
	const struct program *p = r->program;

	arena_clear(&r->bound);
	r->binding = binding;
	r->width = width;
	r->stars = ARENA_ARRAY(&r->bound, p->column_count, struct value);
	r->star_faults = ARENA_ARRAY(&r->bound, p->column_count, struct str);
	for (size_t i = 0; i < p->column_count; i++) {
		const struct column *c = &p->columns[i];
		buf_clear(&r->run.why);
		if (c->header_of >= 0 && !column_read(c, (struct cell){ 0 }, binding->star[c->header_of], &r->bound,
		    &r->stars[i], &r->run.why))
			r->star_faults[i] = arena_copy(&r->bound, buf_str(&r->run.why));
		else if (r->stars[i].type == VALUE_TEXT)
			value_traits(&r->stars[i]);
	}
	bind_readers(r);
}

enum verdict program_row(struct runner *r, const struct batch *b, size_t row, struct arena *arena)
{
	const struct program *p = r->program;
	bool fine = true;

	r->run.arena = arena;
	r->run.columns = r->columns;
	r->fault_count = 0;
	judge_width(r, b, row);
	if (r->fault_count)
		return ROW_REJECTED;
	read_columns(r, b, row);
	if (p->keep && keep_can_tell(r)) {
		buf_clear(&r->run.why);
		bool kept = cond_tells(p->keep, r, &fine);
		if (!fine)
			runner_fault(r, -1, STR("keep"), (struct str){ 0 }, arena_copy(arena, buf_str(&r->run.why)));
		else if (!kept)
			return ROW_FILTERED;
	}
	for (size_t i = 0; i < p->output_count && !r->fault_count; i++)
		run_output(r, i);
	return r->fault_count ? ROW_REJECTED : ROW_WRITTEN;
}

/* Parts are told apart by their lengths, whatever stands in them. */
static RARE struct str unique_key_of_parts(const struct runner *r, struct arena *arena)
{
	struct buf key = { 0 }, number = { 0 };
	bool any = false;

	for (size_t i = 0; i < r->program->unique_count; i++) {
		const struct value *v = &r->columns[r->program->unique[i]];
		struct str part = { 0 };
		buf_clear(&number);
		if (v->type == VALUE_INTEGER || v->type == VALUE_DECIMAL) {
			decimal_add_to(decimal_trim(v->number), &number);
			part = buf_str(&number);
		} else if (v->type != VALUE_EMPTY) {
			part = value_print(arena, v);
		}
		any = any || part.n;
		buf_printf(&key, "%zu:", part.n);
		buf_add(&key, part);
	}
	struct str copy = any ? arena_copy(arena, buf_str(&key)) : (struct str){ 0 };
	buf_release(&key);
	buf_release(&number);
	return copy;
}

struct str program_unique_key(const struct runner *r, struct arena *arena)
{
	const struct value *first = &r->columns[r->program->unique[0]];

	return r->program->unique_count == 1 && first->type == VALUE_TEXT ? first->text : unique_key_of_parts(r, arena);
}

void runner_init(struct runner *r, const struct program *p)
{
	*r = (struct runner){ .program = p };
	arena_init(&r->bound, 4096);
	buf_init(&r->run.why, 4096);
	r->run.scratch = pattern_scratch_new();
	r->run.seen = fingerprints_new();
	r->columns = mem_alloc((p->column_count + 1) * sizeof *r->columns);
	r->bad = mem_alloc((p->column_count + 1) * sizeof *r->bad);
	r->values = mem_alloc((p->output_count + 1) * sizeof *r->values);
	r->warnings = mem_alloc((p->output_count + 1) * sizeof *r->warnings);
	r->sure = mem_alloc((p->output_count + 1) * sizeof *r->sure);
	for (size_t i = 0; i < p->output_count; i++) {
		size_t count = p->outputs[i].shape.count + 1;
		r->values[i] = mem_alloc(count * sizeof **r->values);
		r->warnings[i] = mem_alloc(count * sizeof **r->warnings);
	}
	runner_forget_warnings(r);
}

void runner_forget_warnings(struct runner *r)
{
	for (size_t i = 0; i < r->program->output_count; i++)
		memset(r->warnings[i], 0, r->program->outputs[i].shape.count * sizeof **r->warnings);
}

void runner_release(struct runner *r)
{
	for (size_t i = 0; r->program && i < r->program->output_count; i++) {
		free(r->values[i]);
		free(r->warnings[i]);
	}
	free(r->values);
	free(r->warnings);
	free(r->sure);
	free(r->columns);
	free(r->bad);
	arena_release(&r->bound);
	buf_release(&r->run.why);
	pattern_scratch_free(r->run.scratch);
	fingerprints_free(r->run.seen);
	*r = (struct runner){ 0 };
}
