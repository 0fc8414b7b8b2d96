/* Cells that are dates and times, and what to say of those that are not. */
#include <stdio.h>

#include "qonduit/moment.h"

#include "column_parts.h"

#define FORM_SHOWN 60
#define UNIX_DIGITS 9 /* of the shortest Unix time that is taken without a form */

struct reading {
	const struct column *c;
	struct cell cell;
	struct str text; /* the cell's, trimmed */
	struct arena *arena;
	struct buf *why;
};

/* In one of the forms that the column has, with a time of day or without one. */
static bool read_text(const struct reading *r, struct str text, bool date_only, struct value *out)
{
	const struct column *c = r->c;
	bool found = false;
	if (c->form_count == 0 || r->cell.kind == CELL_DATE)
		found = moment_parse_iso(text, date_only, out);
	for (size_t i = 0; i < c->form_count && !found; i++)
		found = moment_parse_form(text, c->forms[i], date_only, out);
	return found;
}

/* "a date such as 2026-11-21" */
static const char *expected(const struct reading *r)
{
	const struct column *c = r->c;
	const char *what = c->type == COLUMN_DATE ? "a date" : "a date and time";
	if (c->form_count == 0)
		return arena_printf(r->arena, "%s such as 2026-11-21%s", what, c->type == COLUMN_DATE ? "" : "T18:00:00Z").p;
	return arena_printf(r->arena, "%s in the form %.*s%s", what, FORM_SHOWN, c->forms[0],
		c->form_count > 1 ? " or one of the others declared" : "").p;
}

/* The time of day that ends the text behind a blank or a T, with what separates them; nothing where none does. */
static struct str time_behind(struct str text)
{
	size_t at = text.n;
	while (at > 0 && text.p[at - 1] != ' ' && text.p[at - 1] != 'T')
		at--;
	struct str time = str_from(text, at);
	size_t hour = 0;
	while (hour < time.n && time.p[hour] >= '0' && time.p[hour] <= '9')
		hour++;
	bool clock = at > 1 && (hour == 1 || hour == 2) && time.n >= hour + 3 && time.p[hour] == ':';
	return clock ? str_from(text, at - 1) : (struct str){ 0 };
}

static bool is_number(struct str text)
{
	uint64_t number;
	return str_to_u64(text, &number);
}

static bool refuse(const struct reading *r)
{
	struct value v;
	struct str behind = time_behind(r->text);
	if (r->c->type == COLUMN_DATE && read_text(r, r->text, false, &v))
		return column_refuse(r->why, r->text, "is %.*s, which has a time of day, expected a date alone (declare "
			"the type \"datetime\"; the step \"to_date\" makes a date of it)", STR_ARG(moment_print_iso(r->arena, &v)));
	if (r->c->form_count && behind.n &&
	    read_text(r, str_head(r->text, r->text.n - behind.n), r->c->type == COLUMN_DATE, &v))
		return column_refuse(r->why, r->text, "has a time of day behind what the form %.*s%s reads (declare the "
			"type \"datetime\", and a \"format\" with %%H:%%M%s)", FORM_SHOWN, r->c->forms[0],
			r->c->form_count > 1 ? ", or another one," : "", behind.n > 6 ? ":%S" : "");
	if (r->c->form_count == 0 && is_number(r->text) && r->text.n < UNIX_DIGITS)
		return column_refuse(r->why, r->text, "is not %s, and too short a number for Unix time, which has 9 digits "
			"or more (declare \"format\": \"%%s\" where it is Unix seconds, or a form such as \"%%Y%%m%%d\")",
			expected(r));
	return column_refuse(r->why, r->text, "is not %s%s", expected(r),
		r->c->form_count ? "" : " (other forms: declare \"format\")");
}

bool column_moment(const struct column *c, struct cell cell, struct str text, struct arena *a, struct value *out,
	struct buf *why)
{
	struct reading r = { c, cell, text, a, why };
	if (!read_text(&r, text, c->type == COLUMN_DATE, out))
		return refuse(&r);
	if (c->zone && !moment_place(out, c->zone))
		return column_refuse(why, text, "does not exist in %s: the clock goes forward over it", c->zone);
	return true;
}
