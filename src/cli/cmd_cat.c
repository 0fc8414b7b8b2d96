/* The rows of an input as JSON lines. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/job.h"
#include "qonduit/json_input.h"
#include "qonduit/json_lines.h"
#include "qonduit/json_write.h"
#include "qonduit/names.h"
#include "qonduit/sheet_read.h"
#include "qonduit/unicode.h"

#define OUT_STEP ((size_t)256 << 10)

struct cat {
	const struct source *source;
	struct arena arena;
	struct names names;
	struct str *keys;        /* of each column, as JSON with its colon */
	size_t key_count, key_cap;
	struct buf out;          /* not yet written */
	uint64_t rows, limit;
};

static int flush(struct cat *c, struct err *e)
{
	int result = io_write_all(STDOUT_FILENO, c->out.p, c->out.n, "standard output", e);
	buf_clear(&c->out);
	return result;
}

/* --- keys --- */

static void set_key(struct cat *c, size_t column, struct str name)
{
	struct buf text = { 0 };
	json_escape(&text, names_take(&c->names, name, " (", ")"));
	buf_addc(&text, ':');
	c->keys[column] = arena_copy(&c->arena, buf_str(&text));
	buf_release(&text);
}

/* Where a column has no name: the letter that a spreadsheet calls it by. */
static void set_letter(struct cat *c, size_t column)
{
	char letters[SHEET_LETTERS_MAX];
	set_key(c, column, str_of(sheet_letters(column, letters)));
}

static bool is_named(const struct source *s, size_t column)
{
	return uni_trim(s->header[column]).n > 0;
}

/* Names first, so that a letter never takes the name of a header. */
static void set_keys(struct cat *c)
{
	const struct source *s = c->source;
	c->keys = mem_grow(c->keys, &c->key_cap, s->width, sizeof *c->keys);
	c->key_count = s->width;
	for (int letters = 0; letters < 2; letters++) {
		for (size_t i = 0; i < s->width; i++) {
			if (is_named(s, i) && !letters)
				set_key(c, i, s->header[i]);
			else if (!is_named(s, i) && letters)
				set_letter(c, i);
		}
	}
}

/* A row has cells behind the header's end. */
static void widen(struct cat *c, size_t width)
{
	c->keys = mem_grow(c->keys, &c->key_cap, width, sizeof *c->keys);
	while (c->key_count < width)
		set_letter(c, c->key_count++);
}

/* --- rows --- */

/* An error that is not the sheet's own is one of the file: a text that it does not have. */
static void add_cell(struct buf *out, struct cell cell)
{
	if (cell.kind == CELL_EMPTY || cell.kind == CELL_FORMULA)
		buf_add(out, STR("null"));
	else if (cell.kind == CELL_ERROR && cell.p[0] != '#')
		buf_add(out, STR("\"#N/A\""));
	else
		json_escape(out, cell_str(cell));
}

static void add_raw_row(struct cat *c, const struct batch *b, size_t row)
{
	buf_printf(&c->out, "{\"row\":%llu,\"cells\":[", (unsigned long long)b->row[row].number);
	for (size_t i = 0; i < b->row[row].width; i++) {
		if (i)
			buf_addc(&c->out, ',');
		add_cell(&c->out, batch_get(b, row, i));
	}
	buf_add(&c->out, STR("]}\n"));
}

static void add_row(struct cat *c, const struct batch *b, size_t row)
{
	size_t width = b->row[row].width > c->source->width ? b->row[row].width : c->source->width;
	if (width > c->key_count)
		widen(c, width);
	buf_addc(&c->out, '{');
	for (size_t i = 0; i < width; i++) {
		if (i)
			buf_addc(&c->out, ',');
		buf_add(&c->out, c->keys[i]);
		add_cell(&c->out, batch_get(b, row, i));
	}
	buf_add(&c->out, STR("}\n"));
}

static int add_batch(struct cat *c, const struct batch *b, struct err *e)
{
	bool raw = c->source->options->raw;
	for (size_t row = 0; row < b->rows && c->rows < c->limit; row++, c->rows++) {
		(raw ? add_raw_row : add_row)(c, b, row);
		if (c->out.n >= OUT_STEP && flush(c, e) != 0)
			return -1;
	}
	return 0;
}

static int refuse_empty(const struct cat *c, struct err *e)
{
	const struct source *s = c->source;
	err_at_file(e, s->name.p);
	if (s->options->raw)
		return err_set(e, ERR_INPUT, "source.no_rows", "there is no row in the %s", s->workbook ? "sheet" : "input");
	return err_set(e, ERR_INPUT, "source.no_rows", "there is no row below the header in row %llu",
		(unsigned long long)s->header_row);
}

static int print_rows(struct source *s, uint64_t limit, struct err *e)
{
	struct cat c = { .source = s, .limit = limit ? limit : UINT64_MAX };
	struct batch b;
	struct err ignored = { 0 };
	int result = 0;
	batch_init(&b);
	arena_init(&c.arena, 0);
	c.names.arena = &c.arena;
	if (!s->options->raw)
		set_keys(&c);
	do { /* the rows before a fault are printed too */
		result = source_fill(s, &b, e);
		if (add_batch(&c, &b, result ? &ignored : e) != 0)
			result = -1;
	} while (result == 0 && b.rows && c.rows < c.limit);
	if (c.out.n && flush(&c, result ? &ignored : e) != 0)
		result = -1;
	if (result == 0 && c.rows == 0)
		result = refuse_empty(&c, e);
	names_release(&c.names);
	buf_release(&c.out);
	free(c.keys);
	arena_release(&c.arena);
	batch_release(&b);
	return result;
}

/* --- sheets --- */

static void print_sheets(const struct workbook *w)
{
	static const char *const states[] = { "visible", "hidden", "very hidden" };
	struct buf text = { 0 };
	for (size_t i = 0; i < workbook_sheet_count(w); i++) {
		const struct workbook_sheet *sheet = workbook_sheet(w, i);
		struct json_out o = json_out(&text);
		json_open(&o, '{');
		json_key(&o, STR("sheet"));
		json_string(&o, sheet->name);
		json_key(&o, STR("state"));
		json_string(&o, str_of(states[sheet->state]));
		json_key(&o, STR("cells"));
		json_bool(&o, sheet->has_cells);
		json_close(&o, '}');
		buf_addc(&text, '\n');
	}
	fwrite(text.p, 1, text.n, stdout);
	buf_release(&text);
}

/* A workbook in which no sheet can be read has sheets all the same. */
static int list_sheets(const struct source *s, int opened, struct err *e)
{
	if (s->workbook) {
		err_clear(e);
		print_sheets(s->workbook);
		return 0;
	}
	return opened == 0 ? err_set(e, ERR_USAGE, "usage.sheets", "%s is a CSV file, which has no sheets", s->name.p) : -1;
}

/* ---- JSON ---- */

static int print_json(const struct options *o, struct source *s, struct err *e)
{
	struct json_input in = { 0 };
	struct json_lines lines = { .raw = o->raw, .limit = o->limit };
	if (json_input_begin(&in, o, s, e)) {
		json_input_end(&in);
		return -1;
	}
	int result = json_input_head(&in, e);
	if (result == 0) {
		struct json_pull *p = json_input_pull(&in);
		lines.records = &in.records;
		lines.lines = in.lines;
		result = json_lines_print(&lines, p, e);
		json_pull_close(p);
	}
	if (result)
		err_at_file(e, s->name.p);
	json_input_end(&in);
	return result;
}

static int check_usage(const struct options *o, struct err *e)
{
	if (o->operands.count != 1)
		return err_set(e, ERR_USAGE, "usage", "cat takes one input: qonduit cat INPUT");
	if (o->raw && o->header_row)
		return err_set(e, ERR_USAGE, "usage", "--raw knows no header: leave --header-row out");
	if (o->sheets && (o->raw || o->sheet || o->header_row || o->limit))
		return err_set(e, ERR_USAGE, "usage", "--sheets lists sheets: leave the options for rows out");
	return 0;
}

static int run(struct options *o, struct err *e)
{
	struct source_options options = { .format = "auto", .encoding = "auto", .raw = o->raw || o->sheets };
	struct source s = { 0 };
	struct live_input in;
	if (check_usage(o, e) != 0 || job_source(o, &options, e) != 0 ||
	    live_input_open(&in, o, o->operands.all[0], e) != 0)
		return live_status(e);
	signal(SIGPIPE, SIG_DFL); /* who reads the rows may have enough of them */
	int result = source_open(&s, in.path, in.name, &options, e);
	if (result == 0 && s.kind == &source_json)
		result = print_json(o, &s, e);
	else if (result == 0 && o->records)
		result = err_set(e, ERR_USAGE, "usage.records", "--records: %s is not JSON", s.name.p);
	else if (o->sheets)
		result = list_sheets(&s, result, e);
	else if (result == 0 && o->sheet && !s.workbook)
		result = err_set(e, ERR_USAGE, "usage.sheets", "--sheet: %s is a CSV file, which has no sheets", s.name.p);
	else if (result == 0)
		result = print_rows(&s, o->limit, e);
	source_close(&s);
	live_input_close(&in);
	return result == 0 ? 0 : (int)e->class;
}

const struct command command_cat = {
	.name = "cat",
	.synopsis = "INPUT [--raw] [--records PATH] [--sheet NAME | --sheets]",
	.summary = "the rows of a file as JSON lines, keyed by header",
	.text =
		"INPUT is a CSV file, a workbook or JSON, - for standard input, or a resource such as\n"
		"qogita:orders?status=PAID, which is fetched. Every value is a text or null, as it "
		"stands in the file. A second header of one name is called \"Name (2)\", a column without one by its letter.\n"
		"--raw prints {\"row\":5,\"cells\":[\"…\",null,…]} for every row that is not blank, from the very first.\n"
		"JSON is printed a record a line, as it stands. Where the records are is taken from the first 2 MiB: in the\n"
		"first array of objects, or each document; --records \"orders[].lines[]\" says it. With --raw a record is\n"
		"{\"row\":5,\"place\":\"/orders/4\",\"cells\":[…]}, the cells being the values of its members.\n"
		"--sheets prints {\"sheet\":\"Catalog\",\"state\":\"visible\",\"cells\":true} for each sheet.\n"
		"An input without any row ends with status 4.\n",
	.options = "raw records sheet sheets limit format delimiter encoding header-row max-part max-parts max-strings "
		"max-cell contracts max-wait state config env-file",
	.run = run,
};
