/* The reference of the steps, from the table that the check and the run come from: `qonduit help steps`, and the
 * section of mappings/README.md that a test compares with it. */
#include "qonduit/reference.h"

#include "qonduit/step.h"

static void add_types(unsigned types, struct buf *to)
{
	static const struct {
		unsigned types;
		const char *name;
	} names[] = { { TYPES_TEXT, "text" }, { TYPES_NUMBER, "number" }, { TYPES_BOOLEAN, "boolean" },
		{ TYPES_MOMENT, "date" } };
	bool any = false;

	if (types == TYPES_SCALAR || types & 1u << VALUE_JSON) {
		buf_add(to, STR("any"));
		return;
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (types & names[i].types) {
			buf_printf(to, "%s%s", any ? ", " : "", names[i].name);
			any = true;
		}
}

/* In a Markdown table a bar would end the cell. */
static void add_code(const char *text, struct buf *to)
{
	buf_addc(to, '`');
	for (; *text; text++) {
		if (*text == '|')
			buf_addc(to, '\\');
		buf_addc(to, *text);
	}
	buf_addc(to, '`');
}

static void add_step(const struct step_kind *k, struct buf *to)
{
	buf_add(to, STR("| "));
	add_code(k->name, to);
	if (k->argument && *k->argument) {
		buf_add(to, STR(": "));
		add_code(k->argument, to);
	}
	buf_add(to, STR(" | "));
	add_types(k->takes, to);
	buf_printf(to, " → %s | %s | ", k->gives == STEP_SAME ? "the same" : k->gives == STEP_OWN ? "see there" :
		value_type_name((enum value_type)k->gives), k->help);
	add_code(k->example.in, to);
	buf_addc(to, ' ');
	add_code(k->example.step, to);
	buf_add(to, STR(" → "));
	add_code(k->example.out, to);
	buf_add(to, STR(" |\n"));
}

void reference_steps(struct buf *to)
{
	static const char *const groups[] = { "Text", "Number", "To another type", "Choice",
		"Condition (gives a boolean)" };

	for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
		buf_printf(to, "%s### %s\n\n| step | takes → gives | what it does | example |\n| --- | --- | --- | --- |\n",
			g ? "\n" : "", groups[g]);
		for (const struct step_kind *k = step_kinds; k->name; k++)
			if ((size_t)k->group == g)
				add_step(k, to);
	}
}
