/* `fetch --list`. */
#include "system_parts.h"

static void print_type(const struct parameter *p, struct buf *to)
{
	for (size_t i = 0; i < p->value_count; i++)
		buf_printf(to, "%s%.*s", i ? "|" : "", STR_ARG(p->values[i]));
	if (!p->value_count)
		buf_printf(to, "%s", parameter_type_word(p->type));
	if (p->minimum != INT64_MIN && !p->value_count)
		buf_printf(to, " from %lld", (long long)p->minimum);
	if (p->maximum != INT64_MAX && !p->value_count)
		buf_printf(to, " to %lld", (long long)p->maximum);
	if (p->many)
		buf_printf(to, "%s", p->commas ? ", several joined by commas" : ", may be repeated");
	if (p->required)
		buf_printf(to, ", required");
	if (p->with.n)
		buf_printf(to, ", with %.*s", STR_ARG(p->with));
}

static void print_parameter(const struct parameter *p, size_t width, struct buf *to)
{
	buf_printf(to, "      %-*.*s  ", (int)width, STR_ARG(p->name));
	print_type(p, to);
	if (p->doc.n)
		buf_printf(to, ": %.*s", STR_ARG(p->doc));
	buf_addc(to, '\n');
}

static size_t widest(const struct parameter *all, size_t count, size_t width)
{
	for (size_t i = 0; i < count; i++)
		width = all[i].name.n > width ? all[i].name.n : width;
	return width;
}

static void print_resource(const struct system *s, const struct resource *r, struct buf *to)
{
	size_t width = widest(r->arguments, r->argument_count, widest(r->parameters, r->parameter_count, 0));
	buf_printf(to, "  %.*s:%.*s  %.*s%s\n", STR_ARG(s->name), STR_ARG(r->name), STR_ARG(r->doc),
		r->format == RESOURCE_CSV ? " (CSV)" : r->format == RESOURCE_XLSX ? " (XLSX)" : "");
	for (size_t i = 0; i < r->argument_count; i++)
		print_parameter(&r->arguments[i], width, to);
	for (size_t i = 0; i < r->parameter_count; i++)
		print_parameter(&r->parameters[i], width, to);
	if (r->one_of_count) {
		buf_printf(to, "      (one at least of");
		for (size_t i = 0; i < r->one_of_count; i++)
			buf_printf(to, "%s %.*s", i ? "," : "", STR_ARG(r->one_of[i]));
		buf_printf(to, ")\n");
	}
	if (r->most)
		buf_printf(to, "      (%llu records at most)\n", (unsigned long long)r->most);
}

void systems_print(const struct systems *s, const struct system *only, struct buf *to)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct system *one = s->all[i];
		if (only && one != only)
			continue;
		if (to->n)
			buf_addc(to, '\n');
		buf_printf(to, "%.*s  %.*s\n", STR_ARG(one->name), STR_ARG(one->title));
		for (size_t k = 0; k < one->resource_count; k++)
			print_resource(one, &one->resources[k], to);
		if (!one->resource_count)
			buf_printf(to, "  (nothing to fetch)\n");
	}
}
