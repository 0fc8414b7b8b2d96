/* JSON and NDJSON: records found by their path, their cells by those of the columns, read a few batches ahead of the
 * program by a thread. */
#include <stdlib.h>

#include "qonduit/charset.h"
#include "qonduit/json_rows.h"
#include "qonduit/relay.h"
#include "qonduit/source.h"
#include "qonduit/source_text.h"

#define BATCH_ROWS 512
#define AHEAD 3                     /* batches */
#define HEAD_FIRST ((size_t)64 << 10) /* bytes in which is looked first for what the document is */

/* A batch that the thread has filled, or failed to fill. */
struct ahead {
	struct batch batch;
	uint64_t behind;
	struct err fault;
};

struct json_source {
	struct source *source;
	struct source_text *text;
	struct buf head;             /* text that was read to choose the records */
	struct str pending;          /* what of it was not given yet */
	bool head_ended;             /* nothing comes after it: the end, or a fault */
	struct err head_fault;
	struct json_pull *pull;
	struct json_rows *rows;
	struct column *columns;      /* those with a path; of several with the same paths one */
	size_t column_count;
	size_t batch_rows;
	struct relay relay;
	struct ahead ahead[AHEAD];
	bool begun;                  /* with or without a thread */
	bool ended;                  /* the thread's */
	const struct err *failed;    /* the fault that ended it; null: none yet */
};

/* ---- what it is ---- */

static bool has_extension(const char *name, const char *extension)
{
	struct str path = str_of(name), end = str_of(extension);
	return path.n > end.n && str_eq_nocase(str_from(path, path.n - end.n), end);
}

/* The first byte that is no white space; those of UTF-16 are passed over. 0: none. */
static char first_byte(struct str head)
{
	size_t mark, at;
	charset_bom(head, &mark);
	for (at = mark; at < head.n && (head.p[at] == '\0' || str_trim((struct str){ head.p + at, 1 }).n == 0); at++)
		;
	return at < head.n ? head.p[at] : '\0';
}

static bool is_opening(char c)
{
	return c == '{' || c == '[';
}

bool source_names_lines(const char *name)
{
	return has_extension(name, ".ndjson") || has_extension(name, ".jsonl");
}

/* By its name it is where nothing else is surer. */
static int json_recognise(struct str head, const char *name)
{
	if (is_opening(first_byte(head)))
		return 2;
	return has_extension(name, ".json") || source_names_lines(name);
}

static bool is_lines(const struct source *s)
{
	return s->options->records_count == 0 || source_names_lines(s->path) ||
		(s->options->format && strcmp(s->options->format, "ndjson") == 0);
}

/* What begins as a value does is left to the parser to judge. */
static bool may_begin(const struct source *s, char first)
{
	struct str text = str_trim((struct str){ s->head, s->head_n });
	return strchr("{[\"-0123456789", first) || str_starts(text, STR("true")) || str_starts(text, STR("false")) ||
		str_starts(text, STR("null"));
}

static int refuse_other(const struct source *s, struct err *e)
{
	struct str text = { s->head, s->head_n }, head = str_trim(str_head(text, 40));
	size_t at = 0, line = 1, begins = 0;
	struct buf shown = { 0 };
	charset_bom(text, &at);
	for (begins = at; at < text.n && str_trim((struct str){ text.p + at, 1 }).n == 0; at++) {
		line += text.p[at] == '\n';
		begins = text.p[at] == '\n' ? at + 1 : begins;
	}
	buf_add_visible(&shown, str_cut(head, '\n', &(struct str){ 0 }));
	if (s->options->format && strcmp(s->options->format, "auto") != 0)
		err_set(e, ERR_INPUT, "source.format", "the input is not JSON, though \"format\" says \"%s\": it begins with "
			"\"%s\"", s->options->format, buf_text(&shown));
	else
		err_set(e, ERR_INPUT, "source.format", "the input is not JSON, though its name says so: it begins with \"%s\" "
			"(if it is CSV, the format is \"csv\")", buf_text(&shown));
	err_at_line(e, line, (uint32_t)(at - begins) + 1);
	buf_release(&shown);
	return -1;
}

/* ---- columns ---- */

static bool same_paths(const struct column *a, const struct column *b)
{
	bool same = a->path_count == b->path_count;
	for (size_t i = 0; same && i < a->path_count; i++)
		same = str_eq(a->paths[i].text, b->paths[i].text);
	return same;
}

/* The cell of a column, which those with the same paths share. */
static int add_column(struct json_source *j, const struct column *c)
{
	for (size_t i = 0; i < j->column_count; i++) {
		if (same_paths(&j->columns[i], c)) {
			if (j->columns[i].optional && !c->optional) {
				j->columns[i].optional = false;
				j->columns[i].name = c->name;
			}
			if (c->within)
				j->columns[i].within = c->within;
			return (int)i;
		}
	}
	j->columns[j->column_count] = *c;
	return (int)j->column_count++;
}

static int refuse_column(const struct column *c, struct err *e)
{
	return err_set(e, ERR_INPUT, "source.missing_column",
		"column \"%.*s\" has a header, but the input is JSON: it needs a \"path\"", STR_ARG(c->name));
}

static int bind_columns(struct source *s, struct err *e)
{
	const struct source_options *o = s->options;
	struct json_source *j = s->state;
	struct arena *a = &s->arena;
	size_t count = o->column_count;
	j->columns = ARENA_ARRAY(a, count, struct column);
	s->binding = (struct binding){ .at = ARENA_ARRAY(a, count, int), .star = ARENA_ARRAY(a, count, struct str),
		.header = ARENA_ARRAY(a, count, struct str) };
	for (size_t i = 0; i < count; i++) {
		s->binding.at[i] = o->columns[i].path_count ? add_column(j, &o->columns[i]) : -1;
		s->binding.found += o->columns[i].path_count > 0;
		if (o->columns[i].path_count)
			s->binding.header[i] = o->columns[i].paths[0].text;
	}
	if (s->binding.found == 0)
		return err_set(e, ERR_INPUT, "source.no_path", "the input is JSON, and no column of the mapping has a \"path\" "
			"to its values (if it is CSV, declare \"format\": \"csv\")");
	for (size_t i = 0; i < count; i++) {
		if (o->columns[i].path_count == 0 && !o->columns[i].optional)
			return refuse_column(&o->columns[i], e);
	}
	s->width = j->column_count;
	s->header = ARENA_ARRAY(a, s->width, struct str);
	for (size_t i = 0; i < s->width; i++)
		s->header[i] = j->columns[i].paths[0].text;
	return 0;
}

/* ---- which of several records it is ---- */

/* Adds text to the head until it has `size` bytes. */
static void read_head(struct json_source *j, size_t size)
{
	struct str piece;
	while (!j->head_ended && j->head.n < size) {
		j->head_ended = source_text_next(j->text, &piece, &j->head_fault) != 0 || piece.n == 0;
		buf_add(&j->head, piece);
	}
}

/* What the first document is, and which of the records' first keys are members of it; as far as the head goes. */
struct outline {
	enum json_token kind;
	size_t found;        /* the first of the records that fits, or their count */
};

static bool fits(const struct records *r, enum json_token kind, struct str key)
{
	if (r->level_count == 0)
		return false; /* only where no other does */
	if (r->levels[0].key_count == 0)
		return kind == JSON_PULL_ARRAY;
	return kind == JSON_PULL_OBJECT && key.p && str_eq(r->levels[0].keys[0], key);
}

static void note_fit(const struct source_options *o, struct outline *out, struct str key)
{
	for (size_t i = 0; i < out->found; i++) {
		if (fits(&o->records[i], out->kind, key)) {
			out->found = i;
			return;
		}
	}
}

static struct outline outline_of(const struct source_options *o, struct str text)
{
	struct json_pull_input input = { .next = json_pull_whole, .arg = &text, .many = true };
	struct json_pull *p = json_pull_open(&input);
	struct outline out = { .kind = JSON_PULL_END, .found = o->records_count };
	struct err fault = { 0 };
	enum json_token token;
	if (json_pull_next(p, &out.kind, &fault) == 0)
		note_fit(o, &out, (struct str){ 0 });
	while (out.kind == JSON_PULL_OBJECT && out.found && json_pull_next(p, &token, &fault) == 0 &&
		token == JSON_PULL_KEY) {
		note_fit(o, &out, json_pull_text(p));
		if (json_pull_skip(p, &fault))
			break;
	}
	json_pull_close(p);
	return out;
}

/* The first that fits; where none does, the one that takes any object; else the first, which then says what is not
 * there. */
static const struct records *choose_records(struct source *s)
{
	const struct source_options *o = s->options;
	struct json_source *j = s->state;
	struct outline seen = { .found = 0 };
	if (o->records_count < 2)
		return o->records_count ? &o->records[0] : NULL;
	for (size_t size = HEAD_FIRST; size <= SOURCE_HEAD_MAX; size *= 2) {
		read_head(j, size);
		seen = outline_of(o, buf_str(&j->head));
		if (seen.found == 0 || j->head_ended)
			break;
	}
	if (seen.found < o->records_count)
		return &o->records[seen.found];
	for (size_t i = 0; i < o->records_count; i++) {
		if (o->records[i].level_count == 0 && seen.kind == JSON_PULL_OBJECT)
			return &o->records[i];
	}
	return &o->records[0];
}

/* ---- rows ---- */

/* Text for json_pull: first what was read to choose the records. */
static int give_text(void *arg, struct str *piece, struct err *e)
{
	struct json_source *j = arg;
	if (j->pending.n) {
		*piece = j->pending;
		j->pending = (struct str){ 0 };
		return 0;
	}
	buf_release(&j->head);
	if (!j->head_ended)
		return source_text_next(j->text, piece, e);
	*piece = (struct str){ 0 };
	if (!j->head_fault.class)
		return 0;
	*e = j->head_fault;
	return -1;
}

static void fill_ahead(void *arg, unsigned slot)
{
	struct json_source *j = arg;
	struct ahead *a = &j->ahead[slot];
	batch_clear(&a->batch);
	if (j->ended)
		return;
	if (json_rows_fill(j->rows, j->pull, &a->batch, j->batch_rows, &a->fault) ||
		(a->batch.rows == 0 && json_rows_missing(j->rows, &a->fault)) || a->batch.rows == 0)
		j->ended = true;
	if (j->ended && !a->fault.class)
		json_rows_unseen(j->rows, &j->source->unseen);
	a->behind = j->source->bytes;
}

static void start(struct json_source *j)
{
	j->begun = true;
	for (unsigned i = 0; i < AHEAD; i++)
		batch_init(&j->ahead[i].batch);
	j->source->ahead = true;
	if (!relay_start(&j->relay, AHEAD, fill_ahead, j))
		j->source->ahead = false;
	for (unsigned i = 0; i < AHEAD && j->relay.running; i++)
		relay_send(&j->relay);
}

/* The next batch, from the thread or, where there is none, filled here. */
static struct ahead *take_ahead(struct json_source *j)
{
	if (j->relay.running)
		return &j->ahead[relay_claim(&j->relay)];
	fill_ahead(j, 0);
	return &j->ahead[0];
}

static int json_fill(struct source *s, struct batch *b, struct err *e)
{
	struct json_source *j = s->state;
	if (!j->pull)
		return err_set(e, ERR_INPUT, "source.format", "the input is JSON, which has no rows and no header of its own: "
			"columns with a \"path\" say what is a cell");
	struct ahead *a = take_ahead(j);
	if (!j->failed && a->fault.class)
		j->failed = &a->fault;
	if (j->failed) {
		*e = *j->failed;
		return -1;
	}
	struct batch cleared = *b;
	*b = a->batch;
	a->batch = cleared;
	s->behind = a->behind;
	if (j->relay.running)
		relay_send(&j->relay);
	return 0;
}

/* ---- opening and closing ---- */

static int json_open(struct source *s, struct err *e)
{
	struct json_source *j = ARENA_NEW(&s->arena, struct json_source);
	bool lines = is_lines(s);
	char first = first_byte((struct str){ s->head, s->head_n });
	s->state = j;
	j->source = s;
	j->batch_rows = s->options->batch_rows ? s->options->batch_rows : BATCH_ROWS;
	if (first && !may_begin(s, first))
		return refuse_other(s, e);
	if (s->options->raw || s->options->column_count == 0)
		return 0; /* for who reads its text */
	if (bind_columns(s, e))
		return -1;
	j->text = source_text_open(s, e);
	if (!j->text)
		return -1;
	j->rows = json_rows_open(j->columns, j->column_count, choose_records(s), lines);
	j->pending = buf_str(&j->head);
	j->pull = json_pull_open(&(struct json_pull_input){ .next = give_text, .arg = j, .many = lines });
	start(j);
	return 0;
}

/* The thread reads no more: what it still had to do is left. */
static void json_settle(struct source *s)
{
	struct json_source *j = s->state;
	if (!j || !j->begun)
		return;
	source_give_up(s);
	relay_join(&j->relay);
	j->begun = false;
	for (unsigned i = 0; i < AHEAD; i++)
		batch_release(&j->ahead[i].batch);
}

static void json_close(struct source *s)
{
	struct json_source *j = s->state;
	if (!j)
		return;
	json_settle(s);
	json_rows_close(j->rows);
	json_pull_close(j->pull);
	source_text_close(j->text);
	buf_release(&j->head);
}

const struct source_kind source_json = {
	.name = "json", .recognise = json_recognise, .open = json_open, .fill = json_fill, .settle = json_settle,
	.close = json_close,
};
