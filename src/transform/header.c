#include <stdio.h>

#include "qonduit/column.h"
#include "qonduit/sheet_read.h"
#include "qonduit/unicode.h"

#define NEAR_MAX 1000  /* headers among which a near one is looked for */

struct search {
	const struct column *columns;
	size_t count, width;
	const struct str *headers;  /* the cells of the row */
	struct str *folded;
	struct arena *arena;
	struct binding *out;
	struct faults *faults;      /* or null */
};

/* Whether `name` fits `alias`, in which each * stands for any text; name[*from, *to) is what the first one matched. */
static bool fits(struct str alias, struct str name, size_t *from, size_t *to)
{
	size_t a = 0, n = 0, star = 0, mark = 0, stars = 0;
	*from = *to = 0;
	while (n < name.n || (a < alias.n && alias.p[a] == '*')) {
		if (a < alias.n && alias.p[a] == '*') {
			stars++;
			star = ++a;
			mark = n;
			if (stars == 1)
				*from = *to = n;
		} else if (a < alias.n && alias.p[a] == name.p[n]) {
			a++;
			n++;
		} else if (stars) {
			a = star;
			n = ++mark;
			if (stars == 1)
				*to = mark;
		} else {
			return false;
		}
	}
	return a == alias.n;
}

/* The text without what nobody sees in it, which is no part of a name. */
static struct str seen(struct arena *a, struct str s)
{
	size_t at = 0, n;
	uint32_t codepoint;
	while ((n = utf8_next(str_from(s, at), &codepoint)) && !uni_is_invisible(codepoint))
		at += n;
	if (n == 0)
		return s;
	char *p = arena_alloc(a, s.n), *to = p;
	for (at = 0; (n = utf8_next(str_from(s, at), &codepoint)); at += n) {
		if (!uni_is_invisible(codepoint))
			to = mempcpy(to, s.p + at, n);
	}
	return (struct str){ p, (size_t)(to - p) };
}

/* Offset of the code point `index`. */
static size_t offset_of(struct str s, size_t index)
{
	size_t at = 0;
	for (; at < s.n; at++) {
		if (((unsigned char)s.p[at] & 0xc0) != 0x80 && index-- == 0)
			break;
	}
	return at;
}

/* The part of a header, in its own case, that is `from` to `to` of the folded header. */
static struct str unfolded(struct search *s, size_t at, size_t from, size_t to)
{
	struct str folded = s->folded[at], whole = uni_nfc(s->arena, uni_squeeze(s->arena, seen(s->arena, s->headers[at])));
	struct str before = str_head(folded, from), part = { folded.p + from, to - from };
	if (utf8_count(whole) == utf8_count(folded)) { /* a few letters become two when they are folded */
		size_t begin = offset_of(whole, utf8_count(before));
		struct str rest = str_from(whole, begin);
		part = str_head(rest, offset_of(rest, utf8_count(part)));
	}
	return arena_copy(s->arena, uni_trim(part));
}

static void tell_twice(struct search *s, const struct column *c, struct str alias, size_t first, size_t second)
{
	char a[SHEET_LETTERS_MAX], b[SHEET_LETTERS_MAX];
	struct str one = s->headers[first], other = s->headers[second];
	if (!s->faults)
		return;
	struct err *e = faults_add(s->faults, FAULT_ERROR);
	if (str_eq(one, other))
		err_set(e, ERR_INPUT, "source.header_twice", "header \"%.*s\" stands in column %s and column %s",
			STR_ARG(one), sheet_letters(first, a), sheet_letters(second, b));
	else
		err_set(e, ERR_INPUT, "source.header_twice", "headers \"%.*s\" in column %s and \"%.*s\" in column %s are both "
			"\"%.*s\" (column \"%.*s\" of the mapping)", STR_ARG(one), sheet_letters(first, a), STR_ARG(other),
			sheet_letters(second, b), STR_ARG(alias), STR_ARG(c->name));
}

/* The header nearest to an alias, or -1; where the alias begins with *, a header's first word stands for that. */
static int nearest(struct search *s, struct str alias)
{
	size_t among = s->width < NEAR_MAX ? s->width : NEAR_MAX;
	struct str behind, before = str_cut(alias, '*', &behind);
	if (before.n || !behind.n)
		return str_nearest(uni_trim(before), s->headers, among);
	struct str *names = ARENA_ARRAY(s->arena, among, struct str);
	for (size_t i = 0; i < among; i++) {
		str_cut(uni_trim(s->headers[i]), ' ', &names[i]);
		if (!names[i].n)
			names[i] = s->headers[i];
	}
	return str_nearest(uni_trim(behind), names, among);
}

/* "GTIN" or "EAN", and the nearest header of the file. */
static void tell_missing(struct search *s, const struct column *c)
{
	struct buf text = { 0 };
	int near = -1;
	for (size_t h = 0; h < c->header_count; h++) {
		buf_printf(&text, "%s\"%.*s\"", h ? " or " : "", STR_ARG(c->headers[h]));
		if (near < 0)
			near = nearest(s, c->headers[h]);
	}
	buf_printf(&text, " for column \"%.*s\"", STR_ARG(c->name));
	if (near >= 0)
		buf_printf(&text, " (did you mean \"%.*s\"?)", STR_ARG(s->headers[near]));
	err_set(faults_add(s->faults, FAULT_ERROR), ERR_INPUT, "source.missing_column", "no header %s", buf_text(&text));
	buf_release(&text);
}

/* Only where the other column is there: else that one is told. */
static void tell_no_star(struct search *s, const struct column *c)
{
	const struct column *other = &s->columns[c->header_of];
	if (s->out->header[c->header_of].n)
		err_set(faults_add(s->faults, FAULT_ERROR), ERR_INPUT, "source.missing_column", "header \"%.*s\" of column "
			"\"%.*s\" has no text for the * that column \"%.*s\" reads", STR_ARG(s->out->header[c->header_of]),
			STR_ARG(other->name), STR_ARG(c->name));
}

/* The first alias that stands in the header; a path as it is written, without a * in it. */
static void bind_header(struct search *s, size_t column)
{
	const struct column *c = &s->columns[column];
	for (size_t h = 0; h < c->header_count; h++) {
		struct str alias = uni_fold(s->arena, seen(s->arena, c->headers[h]));
		bool path = h >= c->header_count - c->path_count;
		for (size_t i = 0; i < s->width; i++) {
			size_t from = 0, to = 0;
			bool found = path ? str_eq(uni_trim(c->headers[h]), uni_trim(s->headers[i]))
				: fits(alias, s->folded[i], &from, &to);
			if (s->folded[i].n == 0 || !found)
				continue;
			if (s->out->at[column] >= 0) {
				tell_twice(s, c, c->headers[h], (size_t)s->out->at[column], i);
				return;
			}
			s->out->at[column] = (int)i;
			s->out->header[column] = arena_copy(s->arena, s->headers[i]);
			s->out->star[column] = unfolded(s, i, from, to);
		}
		if (s->out->at[column] >= 0)
			return;
	}
}

static void bind_header_of(struct search *s, size_t column)
{
	int other = s->columns[column].header_of;
	if (s->out->at[other] < 0 || s->out->star[other].n == 0)
		return;
	s->out->at[column] = s->out->at[other];
	s->out->header[column] = s->out->header[other];
	s->out->star[column] = s->out->star[other];
}

size_t columns_bind(const struct column *columns, size_t count, const struct batch *b, size_t row, struct arena *a,
	struct binding *out, struct faults *faults)
{
	size_t width = b->row[row].width, missing = 0;
	struct str *headers = ARENA_ARRAY(a, width, struct str);
	struct search s = { columns, count, width, headers, ARENA_ARRAY(a, width, struct str), a, out, faults };
	bool any_required = false;
	*out = (struct binding){ .at = ARENA_ARRAY(a, count, int), .star = ARENA_ARRAY(a, count, struct str),
		.header = ARENA_ARRAY(a, count, struct str) };
	for (size_t i = 0; i < width; i++) {
		headers[i] = cell_str(batch_get(b, row, i));
		s.folded[i] = uni_fold(a, seen(a, headers[i]));
	}
	for (size_t i = 0; i < count; i++) {
		out->at[i] = -1;
		any_required = any_required || columns[i].required;
		if (columns[i].header_of < 0)
			bind_header(&s, i);
	}
	for (size_t i = 0; i < count; i++) {
		if (columns[i].header_of >= 0)
			bind_header_of(&s, i);
		out->found += out->at[i] >= 0;
		if (out->at[i] >= 0 || columns[i].optional)
			continue;
		missing += any_required ? columns[i].required : 1;
		if (faults && columns[i].header_of >= 0)
			tell_no_star(&s, &columns[i]);
		else if (faults)
			tell_missing(&s, &columns[i]);
	}
	return missing;
}
