/* Sheets of groups: rows are added to the tallies of their group, and the groups are written at the end. */
#include "report_parts.h"

int report_add_to_group(struct report_writer *w, struct making *m, const struct value *values, struct err *e)
{
	struct group *group = groups_find(m->groups, &values[0]);
	if (!group)
		return err_set(e, ERR_INPUT, "report.groups", "sheet \"%.*s\": \"%.*s\" makes more than %u groups",
			STR_ARG(m->plan->name), STR_ARG(m->plan->columns[0].title), w->report->groups_max);
	for (size_t i = 1; i < m->plan->count; i++) {
		const struct report_column *c = &m->plan->columns[i];
		if (!tally_add(&group->tallies[i - 1], c->measure, &values[i]) ||
		    (c->total && !tally_add(&m->totals[i], c->measure, &values[i])))
			return report_overflow(m, i, e);
	}
	return 0;
}

static int put_group(struct making *m, const struct group *group, struct err *e)
{
	struct value result;
	if (group->value.type == VALUE_EMPTY) {
		if (sheet_put_text(m->sheet, m->rows, 0, STR(REPORT_BLANK), 0, e) != 0)
			return -1;
	} else if (report_put(m, 0, &group->value, m->columns[0].look, e) != 0) {
		return -1;
	}
	for (size_t i = 1; i < m->plan->count; i++) {
		if (report_result(m, i, &group->tallies[i - 1], m->plan->columns[i].measure, &result, e) != 0 ||
		    report_put(m, i, &result, m->columns[i].look, e) != 0)
			return -1;
	}
	m->rows++;
	return 0;
}

/* Beside the columns; it draws the first groups of those that are shown. */
static int draw_chart(struct making *m, struct err *e)
{
	const struct report_chart *plan = m->plan->chart;
	uint32_t shown = m->rows - 1;
	struct chart chart = { .kind = plan->kind, .title = plan->title, .first_row = 1, .value_cols = plan->values,
		.last_row = plan->top && plan->top < shown ? (uint32_t)plan->top : shown,
		.value_count = plan->value_count, .at_row = 1, .at_col = (uint32_t)m->plan->count + 1 };
	return shown ? sheet_chart(m->sheet, &chart, e) : 0;
}

/* How many groups there are, but for that of empty values. */
static uint64_t count_groups(const struct making *m, struct group *const *sorted)
{
	size_t count = groups_count(m->groups);
	return count && sorted[count - 1]->value.type == VALUE_EMPTY ? count - 1 : count;
}

int report_write_groups(struct report_writer *w, struct making *m, struct err *e)
{
	const struct report_sheet *plan = m->plan;
	struct groups_order order = { plan->sort_by != 0, plan->sort_by ? plan->sort_by - 1 : 0,
		plan->columns[plan->sort_by].measure, plan->descending };
	struct group *const *sorted = groups_sort(m->groups, order);
	size_t count = groups_count(m->groups);
	if (!sorted)
		return report_overflow(m, plan->sort_by, e);
	m->totals[0].count = count_groups(m, sorted);
	for (size_t i = 0; i < count && (!plan->top || i < plan->top); i++) {
		if (put_group(m, sorted[i], e) != 0)
			return -1;
	}
	if (report_end_sheet(w, m, true, e) != 0)
		return -1;
	return plan->chart ? draw_chart(m, e) : 0;
}
