#include <stdarg.h>
#include <stdio.h>

#include "qonduit/step.h"
#include "qonduit/unicode.h"

#define SHOWN_CHARACTERS 60
#define SHOWN_DIGITS 24

int run_refuse(struct run *r, const char *format, ...)
{
	char reason[1200];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(reason, sizeof reason, format, args);
	va_end(args);
	buf_clear(&r->why);
	buf_add(&r->why, str_head((struct str){ reason, n < 0 ? 0 : (size_t)n }, sizeof reason - 1));
	return -1;
}

const char *run_shown_text(struct run *r, struct str text)
{
	struct buf shown;
	buf_init(&shown, 0);
	size_t n = uni_prefix(text, SHOWN_CHARACTERS);
	buf_addc(&shown, '"');
	buf_add_visible(&shown, str_head(text, n));
	buf_add(&shown, n < text.n ? STR("…\"") : STR("\""));
	const char *result = arena_copy(r->arena, buf_str(&shown)).p;
	buf_release(&shown);
	return result;
}

const char *run_shown(struct run *r, const struct value *v)
{
	if (v->type == VALUE_EMPTY)
		return "nothing";
	struct str text = value_print(r->arena, v);
	if (v->type == VALUE_TEXT || v->type == VALUE_JSON)
		return run_shown_text(r, text);
	const char *more = text.n > SHOWN_DIGITS ? "…" : "";
	return arena_printf(r->arena, "%.*s%s", (int)(*more ? SHOWN_DIGITS / 2 : text.n), text.p, more).p;
}
