#include "step_functions.h"

#include "qonduit/digest.h"
#include "qonduit/html.h"
#include "qonduit/unicode.h"

#define LENGTH_MAX 100000 /* characters that truncate and pad_left can be told */

typedef struct str text_function(struct arena *a, struct str s);

static int change(struct value *v, struct run *r, text_function *function)
{
	struct str text = function(r->arena, v->text);
	if (text.p != v->text.p || text.n != v->text.n)
		*v = value_text(text);
	return 0;
}

/* The same where the text's traits do not tell that nothing changes. */
static int change_odd(const struct step *s, struct value *v, struct run *r, text_function *function)
{
	unsigned idle = s->kind->idle;
	return (value_traits(v) & idle) == idle ? 0 : change(v, r, function);
}

static void release_pattern(void *p)
{
	pattern_free(p);
}

static struct pattern *compile_pattern(const struct json *arg, struct scope *scope)
{
	struct str text;
	char why[256];
	if (operand_text(&text, arg, "a pattern", scope) != 0)
		return NULL;
	struct pattern *p = pattern_compile(text, why, sizeof why);
	if (p)
		scope->defer(scope, release_pattern, p);
	else
		scope_fault(scope, arg, "step.pattern", "the pattern is not right: %s", why);
	return p;
}

/* Bytes of `text` up to the end of the last word that is whole within the first `n` bytes; `n` where none is. */
static size_t end_of_word(struct str text, size_t n)
{
	size_t end = 0, at = 0;
	bool in_word = false;
	while (at < text.n) {
		uint32_t c = 0;
		size_t step = utf8_next(str_from(text, at), &c);
		bool space = uni_is_space(c);
		if (space && in_word)
			end = at;
		if (at >= n)
			break;
		in_word = !space;
		at += step ? step : 1;
	}
	return end ? end : n;
}

static int replaced_too_long(const struct value *v, struct run *r)
{
	return run_refuse(r, "%s becomes a text of more than %zu MiB", run_shown(r, v), PATTERN_REPLACED_MAX >> 20);
}

int step_compile_text(struct step *s, const struct json *arg, struct scope *scope)
{
	return step_compile_known(s, operand_compile(&s->a, arg, TYPES_TEXT, scope));
}

int step_compile_truncate(struct step *s, const struct json *arg, struct scope *scope)
{
	static const struct str word = { "word", 4 };
	struct member members[] = { { .name = "to", .required = true }, { .name = "at" } };
	if (!operand_is(arg)) {
		if (scope_members(scope, arg, "truncate", members, 2) != 0)
			return -1;
		const struct json *at = members[1].found;
		if (at && scope_word(scope, at, &word, 1) != 0)
			return -1;
		s->flag = at != NULL;
		arg = members[0].found;
	}
	int status = operand_whole(&s->n, arg, 1, LENGTH_MAX, scope);
	s->idle_bytes = (size_t)s->n; /* no character is shorter than a byte */
	return status;
}

int step_compile_pad_left(struct step *s, const struct json *arg, struct scope *scope)
{
	struct member members[] = { { .name = "to", .required = true }, { .name = "with", .required = true } };
	struct str with;
	if (scope_members(scope, arg, "pad_left", members, 2) != 0 ||
	    operand_whole(&s->n, members[0].found, 1, LENGTH_MAX, scope) != 0 ||
	    operand_text(&with, members[1].found, "a character", scope) != 0)
		return -1;
	if (uni_length(with) != 1)
		return scope_expected(scope, members[1].found, "one character");
	s->a.constant = value_text(with);
	return 0;
}

int step_compile_replace(struct step *s, const struct json *arg, struct scope *scope)
{
	struct member members[] = { { .name = "find", .required = true }, { .name = "with", .required = true } };
	if (scope_members(scope, arg, "replace", members, 2) != 0 ||
	    operand_compile(&s->a, members[0].found, TYPES_TEXT, scope) != 0 ||
	    operand_compile(&s->b, members[1].found, TYPES_TEXT, scope) != 0)
		return -1;
	if (s->a.from == OPERAND_CONSTANT && s->a.constant.text.n == 0)
		return scope_fault(scope, members[0].found, "argument",
			"a text to find is expected here, but the text is empty");
	return 0;
}

int step_compile_pattern(struct step *s, const struct json *arg, struct scope *scope)
{
	s->data = compile_pattern(arg, scope);
	return s->data ? 0 : -1;
}

int step_compile_replace_pattern(struct step *s, const struct json *arg, struct scope *scope)
{
	struct member members[] = { { .name = "find", .required = true }, { .name = "with", .required = true } };
	char why[256];
	if (scope_members(scope, arg, "replace_pattern", members, 2) != 0 ||
	    step_compile_pattern(s, members[0].found, scope) != 0 ||
	    operand_compile_known(&s->a, members[1].found, TYPES_TEXT, scope) != 0)
		return -1;
	if (!pattern_check_with(s->data, s->a.constant.text, why, sizeof why))
		return scope_fault(scope, members[1].found, "step.pattern", "the replacement is not right: %s", why);
	return 0;
}

int step_compile_split(struct step *s, const struct json *arg, struct scope *scope)
{
	struct member members[] = { { .name = "by", .required = true }, { .name = "take", .required = true } };
	struct str by;
	if (scope_members(scope, arg, "split", members, 2) != 0 ||
	    operand_text(&by, members[0].found, "a separator", scope) != 0 ||
	    operand_whole(&s->n, members[1].found, -LENGTH_MAX, LENGTH_MAX, scope) != 0)
		return -1;
	s->a.constant = value_text(by);
	return s->n ? 0 : scope_expected(scope, members[1].found, "a part, from 1, or from -1 at the end,");
}

int step_pattern_limit(const struct step *s, struct str text, struct run *r)
{
	return run_refuse(r, "the pattern of %s has too many ways to match %s", s->kind->name, run_shown_text(r, text));
}

int step_trim(const struct step *s, struct value *v, struct run *r)
{
	struct str text = uni_trim(v->text);
	if (text.n != v->text.n)
		*v = value_text(text);
	return 0;
}

int step_squeeze(const struct step *s, struct value *v, struct run *r)
{
	return change_odd(s, v, r, uni_squeeze);
}

int step_clean(const struct step *s, struct value *v, struct run *r)
{
	return change_odd(s, v, r, uni_clean);
}

int step_repair_encoding(const struct step *s, struct value *v, struct run *r)
{
	return change_odd(s, v, r, uni_repair);
}

int step_lower(const struct step *s, struct value *v, struct run *r)
{
	return change(v, r, uni_lower);
}

int step_upper(const struct step *s, struct value *v, struct run *r)
{
	return change(v, r, uni_upper);
}

int step_title(const struct step *s, struct value *v, struct run *r)
{
	return change(v, r, uni_title);
}

int step_sentence(const struct step *s, struct value *v, struct run *r)
{
	return change(v, r, uni_sentence);
}

int step_truncate(const struct step *s, struct value *v, struct run *r)
{
	if (v->text.n <= s->idle_bytes)
		return 0;
	size_t n = value_traits(v) & TEXT_PLAIN ? (size_t)s->n : uni_prefix(v->text, (size_t)s->n);
	if (n < v->text.n)
		value_set_text(v, str_head(v->text, s->flag ? end_of_word(v->text, n) : n));
	return 0;
}

int step_prefix(const struct step *s, struct value *v, struct run *r)
{
	struct value prefix;
	if (operand_value(&s->a, r, &prefix) != 0)
		return -1;
	if (prefix.text.n)
		value_set_text(v, arena_concat(r->arena, prefix.text, v->text));
	return 0;
}

int step_suffix(const struct step *s, struct value *v, struct run *r)
{
	struct value suffix;
	if (operand_value(&s->a, r, &suffix) != 0)
		return -1;
	if (suffix.text.n)
		value_set_text(v, arena_concat(r->arena, v->text, suffix.text));
	return 0;
}

int step_pad_left(const struct step *s, struct value *v, struct run *r)
{
	size_t length = uni_length(v->text), wanted = (size_t)s->n;
	if (length >= wanted)
		return 0;
	struct str with = s->a.constant.text;
	size_t padding = (wanted - length) * with.n;
	char *p = arena_alloc(r->arena, padding + v->text.n);
	for (size_t i = 0; i < padding; i += with.n)
		memcpy(p + i, with.p, with.n);
	memcpy(p + padding, v->text.p, v->text.n);
	value_set_text(v, (struct str){ p, padding + v->text.n });
	return 0;
}

int step_replace(const struct step *s, struct value *v, struct run *r)
{
	struct value find, with;
	if (operand_value(&s->a, r, &find) != 0 || operand_value(&s->b, r, &with) != 0)
		return -1;
	size_t count = 0;
	struct str rest = v->text;
	for (ptrdiff_t at; (at = str_find(rest, find.text)) >= 0; count++)
		rest = str_from(rest, (size_t)at + find.text.n);
	if (count == 0)
		return 0;
	size_t n = v->text.n - count * find.text.n + count * with.text.n;
	if (n > PATTERN_REPLACED_MAX)
		return replaced_too_long(v, r);
	char *p = arena_alloc(r->arena, n + 1), *to = p;
	rest = v->text;
	for (size_t i = 0; i < count; i++) {
		size_t at = (size_t)str_find(rest, find.text);
		to = mempcpy(to, rest.p, at);
		to = with.text.n ? mempcpy(to, with.text.p, with.text.n) : to;
		rest = str_from(rest, at + find.text.n);
	}
	if (rest.n)
		memcpy(to, rest.p, rest.n);
	*v = value_text((struct str){ p, n });
	return 0;
}

int step_replace_pattern(const struct step *s, struct value *v, struct run *r)
{
	struct str out;
	enum pattern_result result = pattern_replace(s->data, r->scratch, v->text, s->a.constant.text, r->arena, &out);
	if (result == PATTERN_TOO_LONG)
		return replaced_too_long(v, r);
	if (result == PATTERN_LIMIT)
		return step_pattern_limit(s, v->text, r);
	*v = value_text(out);
	return 0;
}

int step_extract(const struct step *s, struct value *v, struct run *r)
{
	struct str out;
	enum pattern_result result = pattern_extract(s->data, r->scratch, v->text, &out);
	if (result == PATTERN_LIMIT)
		return step_pattern_limit(s, v->text, r);
	*v = result == PATTERN_MATCH ? value_text(out) : value_empty();
	return 0;
}

int step_split(const struct step *s, struct value *v, struct run *r)
{
	struct str by = s->a.constant.text, rest = v->text;
	int64_t parts = 1, wanted = s->n;
	if (wanted < 0) {
		for (ptrdiff_t at; (at = str_find(rest, by)) >= 0; parts++)
			rest = str_from(rest, (size_t)at + by.n);
		wanted += parts + 1;
		rest = v->text;
	}
	*v = value_empty();
	for (int64_t part = 1; part <= wanted; part++) {
		ptrdiff_t at = str_find(rest, by);
		if (part == wanted)
			*v = value_text(at < 0 ? rest : str_head(rest, (size_t)at));
		if (at < 0)
			break;
		rest = str_from(rest, (size_t)at + by.n);
	}
	return 0;
}

int step_strip_html(const struct step *s, struct value *v, struct run *r)
{
	return change(v, r, html_text);
}

int step_slug(const struct step *s, struct value *v, struct run *r)
{
	struct str text = uni_lower(r->arena, uni_strip_accents(r->arena, v->text));
	char *p = arena_alloc(r->arena, text.n + 1);
	size_t n = 0;
	bool gap = false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (kept && gap && n)
			p[n++] = '-';
		if (kept)
			p[n++] = c;
		gap = !kept;
	}
	*v = value_text((struct str){ p, n });
	return 0;
}

int step_strip_accents(const struct step *s, struct value *v, struct run *r)
{
	return change_odd(s, v, r, uni_strip_accents);
}

int step_nfc(const struct step *s, struct value *v, struct run *r)
{
	return change_odd(s, v, r, uni_nfc);
}

int step_digits(const struct step *s, struct value *v, struct run *r)
{
	struct str text = v->text;
	size_t n = 0;
	while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
		n++;
	if (n == text.n)
		return 0;
	char *p = arena_alloc(r->arena, text.n);
	memcpy(p, text.p, n);
	for (size_t i = n; i < text.n; i++) {
		if (text.p[i] >= '0' && text.p[i] <= '9')
			p[n++] = text.p[i];
	}
	*v = value_text((struct str){ p, n });
	return 0;
}

int step_url_encode(const struct step *s, struct value *v, struct run *r)
{
	static const char hex[] = "0123456789ABCDEF";
	struct str text = v->text;
	size_t n = 0;
	while (n < text.n && str_is_unreserved(text.p[n]))
		n++;
	if (n == text.n)
		return 0;
	char *p = arena_alloc(r->arena, text.n * 3);
	memcpy(p, text.p, n);
	for (size_t i = n; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (str_is_unreserved(text.p[i])) {
			p[n++] = text.p[i];
		} else {
			p[n++] = '%';
			p[n++] = hex[c >> 4];
			p[n++] = hex[c & 15];
		}
	}
	value_set_text(v, (struct str){ p, n });
	return 0;
}

int step_sha256(const struct step *s, struct value *v, struct run *r)
{
	unsigned char sum[DIGEST_BYTES];
	char *hex = arena_alloc(r->arena, DIGEST_HEX);
	digest_of(v->text, sum);
	digest_hex(sum, hex);
	value_set_text(v, (struct str){ hex, DIGEST_HEX - 1 });
	return 0;
}
