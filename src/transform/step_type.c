#include "step_functions.h"

#include "qonduit/currency.h"
#include "qonduit/gtin.h"
#include "qonduit/moment.h"
#include "qonduit/unicode.h"

/* The number that a text is. */
static int read_number(struct value *v, struct run *r)
{
	if (v->type != VALUE_TEXT)
		return 0;
	struct decimal number;
	enum decimal_status status = decimal_parse(uni_trim(v->text), &number);
	if (status == DECIMAL_OVERFLOW)
		return run_refuse(r, "%s has more than %d digits", run_shown(r, v), DECIMAL_DIGITS);
	if (status != DECIMAL_OK)
		return run_refuse(r, "%s is not a number", run_shown(r, v));
	*v = value_number(number, VALUE_DECIMAL);
	return 0;
}

int step_compile_to_date(struct step *s, const struct json *arg, struct scope *scope)
{
	char why[256];
	if (operand_text(&s->a.constant.text, arg, "a form such as \"%Y-%m-%d\"", scope) != 0)
		return -1;
	if (!moment_form_ok(s->a.constant.text.p, why))
		return scope_fault(scope, arg, "argument", "the form %s is not right: %s", scope_found(scope, arg), why);
	return 0;
}

int step_compile_gtin(struct step *s, const struct json *arg, struct scope *scope)
{
	if (operand_whole(&s->n, arg, 8, 14, scope) != 0)
		return -1;
	if (s->n == 8 || s->n >= 12)
		return 0;
	return scope_expected(scope, arg, "8, 12, 13 or 14");
}

int step_compile_parse_json(struct step *s, const struct json *arg, struct scope *scope)
{
	return operand_text(&s->a.constant.text, arg, "a path such as \"attributes.color\"", scope);
}

int step_to_text(const struct step *s, struct value *v, struct run *r)
{
	if (v->type != VALUE_TEXT)
		*v = value_text(value_print(r->arena, v));
	return 0;
}

int step_to_integer(const struct step *s, struct value *v, struct run *r)
{
	if (read_number(v, r) != 0)
		return -1;
	if (!decimal_is_whole(v->number))
		return run_refuse(r, "%s is not a whole number", run_shown(r, v));
	*v = value_number(decimal_trim(v->number), VALUE_INTEGER);
	return 0;
}

int step_to_decimal(const struct step *s, struct value *v, struct run *r)
{
	if (read_number(v, r) != 0)
		return -1;
	v->type = VALUE_DECIMAL;
	return 0;
}

int step_to_boolean(const struct step *s, struct value *v, struct run *r)
{
	static const char *const words[2][4] = { { "no", "false", "0", "n" }, { "yes", "true", "1", "y" } };
	struct str text = uni_trim(value_print(r->arena, v));
	for (int truth = 0; truth < 2; truth++) {
		for (int i = 0; i < 4; i++) {
			if (str_eq_nocase(text, str_of(words[truth][i]))) {
				*v = value_truth(truth);
				return 0;
			}
		}
	}
	return run_refuse(r, "%s is neither true (yes, true, 1, y) nor false (no, false, 0, n)", run_shown(r, v));
}

int step_to_date(const struct step *s, struct value *v, struct run *r)
{
	*v = value_text(moment_print_form(r->arena, v, s->a.constant.text.p));
	return 0;
}

int step_to_epoch(const struct step *s, struct value *v, struct run *r)
{
	int64_t ms = v->when.ms;
	*v = value_number(decimal_of(ms / 1000 - (ms % 1000 < 0)), VALUE_INTEGER);
	return 0;
}

int step_gtin(const struct step *s, struct value *v, struct run *r)
{
	char digits[15], why[256];
	size_t length;
	if (!gtin_read(v->text, false, digits, &length, why) ||
	    !gtin_resize((struct str){ digits, length }, (int)s->n, digits, why))
		return run_refuse(r, "%s", why);
	value_set_text(v, arena_copy(r->arena, str_of(digits)));
	return 0;
}

int step_currency(const struct step *s, struct value *v, struct run *r)
{
	const char *code = currency_code(v->text);
	if (!code)
		return run_refuse(r, "%s is not the code or sign of one currency", run_shown(r, v));
	value_set_text(v, str_of(code));
	return 0;
}

int step_parse_json(const struct step *s, struct value *v, struct run *r)
{
	struct err e = { 0 };
	const struct json *doc = json_parse(v->text, "the text", ERR_INPUT, r->arena, &e);
	if (!doc)
		return run_refuse(r, "%s is not JSON: %s", run_shown(r, v), e.message);
	const struct json *found = json_path(doc, s->a.constant.text);
	if (!found || found->kind == JSON_NULL) {
		*v = value_empty();
	} else if (found->kind == JSON_STRING || found->kind == JSON_NUMBER) {
		*v = value_text(found->text);
	} else {
		struct buf text;
		buf_init(&text, 0);
		json_print(found, &text);
		*v = value_text(arena_copy(r->arena, buf_str(&text)));
		buf_release(&text);
	}
	return 0;
}

int step_fingerprint(const struct step *s, struct value *v, struct run *r)
{
	uint32_t number;
	struct str other;
	enum fingerprint_status status = FINGERPRINT_OK;
	if (r->seen)
		status = fingerprints_add(r->seen, v->text, &number, &other);
	else
		number = fingerprint_of(v->text);
	if (status == FINGERPRINT_TAKEN)
		return run_refuse(r, "%s has the fingerprint %u, which %s before it has too: they cannot be told apart by it",
			run_shown(r, v), (unsigned)number, run_shown_text(r, other));
	if (status == FINGERPRINT_FULL)
		return run_refuse(r, "%s would be one more than the %d different texts whose fingerprints a run can keep apart",
			run_shown(r, v), FINGERPRINTS_MAX);
	*v = value_number(decimal_of(number), VALUE_INTEGER);
	return 0;
}
