/* What a file is, for people and as JSON, and a draft of a mapping for it. */
#include <stdio.h>

#include "qonduit/draft.h"
#include "qonduit/job.h"
#include "qonduit/json_write.h"
#include "qonduit/progress.h"
#include "qonduit/sheet_read.h"
#include "qonduit/unicode.h"

#define SHOWN_MAX 40 /* characters of a header or an example in the table */

static const char *const states[] = { "visible", "hidden", "very hidden" };

/* ---- as JSON ---- */

static void member(struct json_out *w, const char *key, struct str value)
{
	json_key(w, str_of(key));
	if (value.p)
		json_string(w, value);
	else
		json_raw(w, STR("null"));
}

static void column_json(struct json_out *w, const struct profile_column *c, size_t at)
{
	char letters[SHEET_LETTERS_MAX];
	json_open(w, '{');
	member(w, "letter", str_of(sheet_letters(at, letters)));
	member(w, "header", c->header);
	member(w, "type", str_of(column_type_name(c->type)));
	json_key(w, STR("empty"));
	json_int(w, (int64_t)c->empty);
	json_key(w, STR("filled"));
	json_int(w, (int64_t)c->filled);
	json_key(w, STR("examples"));
	json_open(w, '[');
	for (size_t i = 0; i < c->example_count; i++)
		json_string(w, c->examples[i]);
	json_close(w, ']');
	if (c->note.n)
		member(w, "note", c->note);
	json_close(w, '}');
}

static void sheets_json(struct json_out *w, const struct source *s)
{
	const struct workbook *book = s->workbook;
	json_key(w, STR("sheets"));
	json_open(w, '[');
	for (size_t i = 0; book && i < workbook_sheet_count(book); i++) {
		const struct workbook_sheet *sheet = workbook_sheet(book, i);
		json_open(w, '{');
		member(w, "sheet", sheet->name);
		member(w, "state", str_of(states[sheet->state]));
		json_key(w, STR("cells"));
		json_bool(w, sheet->has_cells);
		json_close(w, '}');
	}
	json_close(w, ']');
	member(w, "sheet", book ? s->sheet : (struct str){ 0 });
}

static void print_json(const struct source *s, const struct profile *p, struct buf *to)
{
	struct json_out w = json_out(to);
	json_open(&w, '{');
	member(&w, "file", s->name);
	member(&w, "format", str_of(s->kind->name));
	member(&w, "encoding", str_of(s->workbook ? NULL : s->encoding));
	json_key(&w, STR("byte_order_mark"));
	json_bool(&w, s->bom);
	member(&w, "delimiter", s->workbook ? (struct str){ 0 } : (struct str){ &s->delimiter, 1 });
	sheets_json(&w, s);
	json_key(&w, STR("header_row"));
	json_int(&w, (int64_t)s->header_row);
	json_key(&w, STR("rows"));
	json_int(&w, (int64_t)p->rows);
	json_key(&w, STR("ragged"));
	json_int(&w, (int64_t)p->ragged);
	json_key(&w, STR("columns"));
	json_open(&w, '[');
	for (size_t i = 0; i < p->column_count; i++)
		column_json(&w, &p->columns[i], i);
	json_close(&w, ']');
	json_close(&w, '}');
	buf_addc(to, '\n');
}

/* ---- as a table ---- */

/* Text for a terminal, cut after `most` characters and filled up to `width`. */
static void add_cut(struct buf *to, struct str text, size_t most, size_t width)
{
	struct buf shown = { 0 };
	buf_add_visible(&shown, str_head(text, uni_prefix(text, most)));
	struct str all = buf_str(&shown);
	bool cut = uni_length(all) > most || shown.n < text.n;
	all = cut ? str_head(all, uni_prefix(all, most - 1)) : all;
	buf_add(to, all);
	if (cut)
		buf_add(to, STR("…"));
	for (size_t n = uni_length(all) + cut; n < width; n++)
		buf_addc(to, ' ');
	buf_release(&shown);
}

static void add_share(struct buf *to, uint64_t part, uint64_t of)
{
	uint64_t percent = of ? part * 100 / of : 0;
	if (part && percent == 0)
		buf_printf(to, "%6s", "<1 %");
	else
		buf_printf(to, "%4llu %%", (unsigned long long)percent);
}

static size_t longest_header(const struct profile *p)
{
	size_t longest = strlen("header");
	for (size_t i = 0; i < p->column_count; i++) {
		struct buf shown = { 0 };
		buf_add_visible(&shown, p->columns[i].header);
		size_t n = uni_length(buf_str(&shown));
		longest = n > longest ? n : longest;
		buf_release(&shown);
	}
	return longest < SHOWN_MAX ? longest : SHOWN_MAX;
}

static void print_column(const struct profile *p, size_t at, size_t width, struct buf *to)
{
	const struct profile_column *c = &p->columns[at];
	char letters[SHEET_LETTERS_MAX];
	buf_printf(to, "%-3s  ", sheet_letters(at, letters));
	add_cut(to, c->header, SHOWN_MAX, width);
	buf_printf(to, "  %-8s  ", column_type_name(c->type));
	add_share(to, c->empty, p->rows);
	buf_add(to, STR("  "));
	for (size_t i = 0; i < c->example_count; i++) {
		buf_add(to, i ? STR(" · ") : STR(""));
		add_cut(to, c->examples[i], SHOWN_MAX, 0);
	}
	while (to->n && to->p[to->n - 1] == ' ')
		to->n--;
	buf_addc(to, '\n');
	if (c->note.n)
		buf_printf(to, "     %*s  %.*s\n", (int)width, "", STR_ARG(c->note));
}

static void print_sheets(const struct source *s, struct buf *to)
{
	for (size_t i = 0; i < workbook_sheet_count(s->workbook); i++) {
		const struct workbook_sheet *sheet = workbook_sheet(s->workbook, i);
		buf_add(to, i ? STR(", ") : STR("sheets      "));
		buf_add_visible(to, sheet->name);
		if (sheet->state != SHEET_VISIBLE)
			buf_printf(to, " (%s)", states[sheet->state]);
		if (!sheet->has_cells)
			buf_add(to, STR(" (no cells)"));
		if (str_eq(sheet->name, s->sheet))
			buf_add(to, STR(" (this one)"));
	}
	buf_addc(to, '\n');
}

static void print_table(const struct source *s, const struct profile *p, struct buf *to)
{
	char number[32];
	size_t width = longest_header(p);
	buf_add(to, STR("file        "));
	buf_add_visible(to, s->name);
	buf_printf(to, "\nformat      %s\n", s->kind->name);
	if (s->workbook)
		print_sheets(s, to);
	else
		buf_printf(to, "encoding    %s%s\ndelimiter   %.*s\n", s->encoding, s->bom ? " (byte order mark)" : "",
			s->delimiter == '\t' ? 3 : 1, s->delimiter == '\t' ? "tab" : &s->delimiter);
	buf_printf(to, "header row  %llu\nrows        %s", (unsigned long long)s->header_row,
		progress_number(p->rows, number));
	if (p->ragged)
		buf_printf(to, ", %s of them with more or fewer cells than the header", progress_number(p->ragged, number));
	buf_printf(to, "\n\n     %-*s  %-8s  %6s  %s\n", (int)width, "header", "type", "empty", "examples");
	for (size_t i = 0; i < p->column_count; i++)
		print_column(p, i, width, to);
}

/* ---- the command ---- */

static const struct contract *find_target(const struct contracts *all, const char *target, struct err *e)
{
	const struct contract *found = contracts_find(all, str_of(target));
	struct buf list = { .max = 1000 };
	struct str names[64];
	size_t count = 0;
	if (found)
		return found;
	for (; count < all->count && count < sizeof names / sizeof *names; count++) {
		names[count] = all->all[count]->target;
		buf_printf(&list, "%s%s", count ? ", " : "", names[count].p);
	}
	int near = str_nearest(str_of(target), names, count);
	err_set(e, ERR_USAGE, "usage.target", "--draft: there is no target \"%s\"%s%s%s; there are %s", target,
		near < 0 ? "" : ", did you mean \"", near < 0 ? "" : names[near].p, near < 0 ? "" : "\"?", buf_text(&list));
	buf_release(&list);
	return NULL;
}

static int inspect(const struct options *o, const struct contract *target, struct err *e)
{
	struct source_options options = { .format = "auto", .encoding = "auto" };
	struct source s = { 0 };
	struct profile p = { 0 };
	struct buf text = { 0 };
	const char *input = o->operands.all[0];
	if (job_source(o, &options, e) != 0)
		return -1;
	int result = source_open(&s, input, str_of(input), &options, e);
	if (result == 0 && o->sheet && !s.workbook)
		result = err_set(e, ERR_USAGE, "usage.sheets", "--sheet: %s is a CSV file, which has no sheets", input);
	if (result == 0)
		result = profile_read(&p, &s, e);
	if (result == 0 && target)
		result = draft_write(&p, &s, target, &text, e);
	else if (result == 0)
		(o->json ? print_json : print_table)(&s, &p, &text);
	if (result == 0)
		fwrite(text.p, 1, text.n, stdout);
	buf_release(&text);
	profile_release(&p);
	source_close(&s);
	return result;
}

static int run(struct options *o, struct err *e)
{
	const struct contract *target = NULL;
	struct job j = { 0 };
	int status = 0;
	if (o->operands.count != 1)
		return err_set(e, ERR_USAGE, "usage", "inspect takes one input: qonduit inspect INPUT"), ERR_USAGE;
	if (o->draft && o->json)
		return err_set(e, ERR_USAGE, "usage", "--draft prints a mapping, --json a profile: give one"), ERR_USAGE;
	if (o->draft) {
		status = job_contracts(&j, o);
		target = status == 0 ? find_target(&j.contracts, o->draft, e) : NULL;
	}
	if (status == 0 && !e->class && inspect(o, target, e) != 0)
		status = (int)e->class;
	if (o->draft)
		job_close(&j);
	return e->class ? (int)e->class : status;
}

const struct command command_inspect = {
	.name = "inspect",
	.synopsis = "INPUT [--json | --draft TARGET]",
	.summary = "what a file is: its columns with their likely types, and a draft mapping",
	.text =
		"INPUT is a CSV file or a workbook, or - for standard input. All rows are read. The likely type of a column\n"
		"is the narrowest that reads every cell of it; a note says what has to be declared, and what is doubtful.\n"
		"--draft TARGET prints a mapping to TARGET that passes `check`; where it says \"todo\", it could not know.\n",
	.options = "draft json sheet format delimiter encoding header-row contracts max-part max-parts max-strings "
		"max-cell",
	.run = run,
};
