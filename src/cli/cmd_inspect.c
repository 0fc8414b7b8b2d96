/* What a file is, for people and as JSON, and a draft of a mapping for it. */
#include <stdio.h>

#include "qonduit/draft.h"
#include "qonduit/job.h"
#include "qonduit/json_input.h"
#include "qonduit/json_write.h"
#include "qonduit/progress.h"
#include "qonduit/sheet_read.h"
#include "qonduit/unicode.h"

#define SHOWN_MAX 40 /* characters of a header or an example in the table */

/* What is known of the input. */
struct found {
	const struct source *source;
	const struct profile *profile;
	const struct json_input *json; /* of JSON; else null */
};

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

static void column_json(struct json_out *w, const struct found *f, size_t at)
{
	const struct profile_column *c = &f->profile->columns[at];
	char letters[SHEET_LETTERS_MAX];
	json_open(w, '{');
	if (!f->json)
		member(w, "letter", str_of(sheet_letters(at, letters)));
	member(w, f->json ? "path" : "header", c->header);
	member(w, "type", str_of(column_type_name(c->type)));
	json_member_int(w, "empty", c->empty);
	json_member_int(w, "filled", c->filled);
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

/* Where records are, and where they may be too. */
static void records_json(struct json_out *w, const struct json_input *in)
{
	const struct json_outline *o = &in->outline;
	json_member_int(w, "documents", o->documents);
	member(w, "records", o->levels[in->level].records);
	json_key(w, STR("levels"));
	json_open(w, '[');
	for (size_t i = 0; i < o->level_count; i++) {
		json_open(w, '{');
		member(w, "records", o->levels[i].records);
		json_member_int(w, "count", o->levels[i].count);
		json_close(w, '}');
	}
	json_close(w, ']');
	json_key(w, STR("unnamed"));
	json_open(w, '[');
	for (size_t i = 0; i < in->unnamed_count; i++)
		json_string(w, in->paths[in->path_count + i].path.text);
	json_close(w, ']');
	json_member_int(w, "further", o->further);
}

static void print_json(const struct found *f, struct buf *to)
{
	const struct source *s = f->source;
	const struct profile *p = f->profile;
	struct json_out w = json_out(to);
	json_open(&w, '{');
	member(&w, "file", s->name);
	member(&w, "format", str_of(s->kind->name));
	member(&w, "encoding", str_of(s->workbook ? NULL : s->encoding));
	json_key(&w, STR("byte_order_mark"));
	json_bool(&w, s->bom);
	if (f->json) {
		records_json(&w, f->json);
	} else {
		member(&w, "delimiter", s->workbook ? (struct str){ 0 } : (struct str){ &s->delimiter, 1 });
		sheets_json(&w, s);
		json_member_int(&w, "header_row", s->header_row);
	}
	json_member_int(&w, "rows", p->rows);
	if (!f->json)
		json_member_int(&w, "ragged", p->ragged);
	json_key(&w, STR("columns"));
	json_open(&w, '[');
	for (size_t i = 0; i < p->column_count; i++)
		column_json(&w, f, i);
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

static size_t longest_header(const struct profile *p, const char *title)
{
	size_t longest = strlen(title);
	for (size_t i = 0; i < p->column_count; i++) {
		struct buf shown = { 0 };
		buf_add_visible(&shown, p->columns[i].header);
		size_t n = uni_length(buf_str(&shown));
		longest = n > longest ? n : longest;
		buf_release(&shown);
	}
	return longest < SHOWN_MAX ? longest : SHOWN_MAX;
}

static void print_column(const struct found *f, size_t at, size_t width, struct buf *to)
{
	const struct profile *p = f->profile;
	const struct profile_column *c = &p->columns[at];
	char letters[SHEET_LETTERS_MAX];
	if (!f->json)
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
		buf_printf(to, "%s%*s  %.*s\n", f->json ? "" : "     ", (int)width, "", STR_ARG(c->note));
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

static void print_levels(const struct json_input *in, struct buf *to)
{
	const struct json_outline *o = &in->outline;
	char count[32];
	buf_printf(to, "documents   %s%s\nrecords     ", progress_number(o->documents, count),
		o->lines ? ", one a line" : "");
	for (size_t i = 0; i < o->level_count; i++) {
		const struct json_outline_level *level = &o->levels[i];
		buf_add(to, i ? STR(", ") : STR(""));
		if (level->records.n)
			buf_add_visible(to, level->records);
		else
			buf_add(to, o->lines ? STR("each document") : STR("the document"));
		buf_printf(to, " (%s%s)", progress_number(level->count, count), i == in->level ? ", these" : "");
	}
	buf_addc(to, '\n');
}

static void print_unnamed(const struct found *f, struct buf *to)
{
	if (f->profile->unnamed.n) {
		buf_add(to, STR("\nno mapping can name these paths, whose keys hold a dot or name an outer level: "));
		buf_add_visible(to, f->profile->unnamed);
		buf_addc(to, '\n');
	}
	if (f->json && f->json->outline.further)
		buf_printf(to, "\n%llu values stand at further places: no more than %d are told apart\n",
			(unsigned long long)f->json->outline.further, JSON_OUTLINE_PLACES);
}

static void print_form(const struct found *f, struct buf *to)
{
	const struct source *s = f->source;
	if (s->workbook)
		print_sheets(s, to);
	else
		buf_printf(to, "encoding    %s%s\n", s->encoding, s->bom ? " (byte order mark)" : "");
	if (f->json)
		print_levels(f->json, to);
	else if (!s->workbook)
		buf_printf(to, "delimiter   %.*s\n", s->delimiter == '\t' ? 3 : 1,
			s->delimiter == '\t' ? "tab" : &s->delimiter);
	if (!f->json)
		buf_printf(to, "header row  %llu\n", (unsigned long long)s->header_row);
}

static void print_table(const struct found *f, struct buf *to)
{
	const struct profile *p = f->profile;
	const char *title = f->json ? "path" : "header";
	char count[32];
	size_t width = longest_header(p, title);
	buf_add(to, STR("file        "));
	buf_add_visible(to, f->source->name);
	buf_printf(to, "\nformat      %s\n", f->source->kind->name);
	print_form(f, to);
	buf_printf(to, "rows        %s", progress_number(p->rows, count));
	if (p->ragged)
		buf_printf(to, ", %s of them with more or fewer cells than the header", progress_number(p->ragged, count));
	buf_printf(to, "\n\n%s%-*s  %-8s  %6s  %s\n", f->json ? "" : "     ", (int)width, title, "type", "empty",
		"examples");
	for (size_t i = 0; i < p->column_count; i++)
		print_column(f, i, width, to);
	print_unnamed(f, to);
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

static int check_kind(const struct options *o, const struct source *s, struct err *e)
{
	if (o->records)
		return err_set(e, ERR_USAGE, "usage.records", "--records: %s is not JSON", s->name.p);
	if (o->sheet && !s->workbook)
		return err_set(e, ERR_USAGE, "usage.sheets", "--sheet: %s is a CSV file, which has no sheets", s->name.p);
	return 0;
}

/* As many rows as the outline has seen; the file may have become another between the two. */
static int check_count(const struct json_input *in, const struct profile *p, struct err *e)
{
	uint64_t count = in->outline.levels[in->level].count;
	if (count == p->rows)
		return 0;
	err_at_file(e, in->source->name.p);
	return err_set(e, ERR_INPUT, "source.changed", "the file had %llu records when it was read first and %llu then: it "
		"is being written", (unsigned long long)count, (unsigned long long)p->rows);
}

static void list_unnamed(const struct json_input *in, struct profile *p)
{
	struct buf text = { 0 };
	for (size_t i = 0; i < in->unnamed_count; i++) {
		buf_add(&text, i ? STR(", ") : STR(""));
		buf_add(&text, in->paths[in->path_count + i].path.text);
	}
	p->unnamed = arena_copy(&p->arena, buf_str(&text));
	buf_release(&text);
}

static int read_profile(const struct options *o, struct source *s, struct json_input *in, struct profile *p,
	struct err *e)
{
	if (s->kind != &source_json)
		return check_kind(o, s, e) != 0 ? -1 : profile_read(p, s, e);
	if (json_input_begin(in, o, s, e) || json_input_whole(in, e))
		return -1;
	if (in->path_count == 0) { /* nothing that a mapping could ask for */
		p->rows = in->outline.levels[in->level].count;
		arena_init(&p->arena, 0);
	} else if (profile_read(p, s, e) || check_count(in, p, e)) {
		return -1;
	}
	list_unnamed(in, p);
	return 0;
}

static int inspect(struct options *o, const struct contract *target, struct err *e)
{
	struct source_options options = { .format = "auto", .encoding = "auto" };
	struct source s = { 0 };
	struct profile p = { 0 };
	struct json_input in = { 0 };
	struct buf text = { 0 };
	struct live_input input;
	if (job_source(o, &options, e) != 0 || live_input_open(&input, o, o->operands.all[0], e) != 0)
		return -1;
	int result = source_open(&s, input.path, input.name, &options, e);
	if (result == 0)
		result = read_profile(o, &s, &in, &p, e);
	struct found found = { &s, &p, in.options ? &in : NULL };
	if (result == 0 && target)
		result = draft_write(&p, &s, target, &text, e);
	else if (result == 0)
		(o->json ? print_json : print_table)(&found, &text);
	if (result == 0)
		fwrite(text.p, 1, text.n, stdout);
	buf_release(&text);
	profile_release(&p);
	source_close(&s);
	json_input_end(&in);
	live_input_close(&input);
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
		status = live_status(e);
	if (o->draft)
		job_close(&j);
	return e->class ? live_status(e) : status;
}

const struct command command_inspect = {
	.name = "inspect",
	.synopsis = "INPUT [--records PATH] [--json | --draft TARGET]",
	.summary = "what a file is: its columns with their likely types, and a draft mapping",
	.text =
		"INPUT is a CSV file, a workbook or JSON, - for standard input, or a resource such as\n"
		"qogita:orders?status=PAID, which is fetched. All rows are read. The likely type of a\n"
		"column is the narrowest that reads every cell; a note says what has to be declared, and what is doubtful.\n"
		"Of JSON the columns are the paths in its records: those of the innermost array of objects, or where\n"
		"--records \"orders[].lines[]\" says.\n"
		"--draft TARGET prints a mapping to TARGET that passes `check`; where it says \"todo\", it could not know.\n",
	.options = "draft json records sheet format delimiter encoding header-row contracts max-part max-parts max-strings "
		"max-cell max-wait state config env-file",
	.run = run,
};
