#include "qonduit/json_lines.h"

#include <stdlib.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/json_echo.h"
#include "qonduit/json_rows.h"
#include "qonduit/json_write.h"
#include "qonduit/utf8.h"

#define OUT_STEP ((size_t)256 << 10)
#define MEMBERS_SHOWN 10
#define KEY_SHOWN 40 /* bytes */

/* One level on the way to the records. */
struct level {
	uint64_t index;      /* of the element at hand */
	bool seen;           /* its array stood somewhere */
	struct buf there;    /* what the first object has that has not its next member */
	size_t key;          /* that one */
};

struct walk {
	struct json_lines *to;
	struct json_pull *p;
	enum json_token token;
	struct level *levels;
	uint64_t line;       /* where the document begins */
	struct buf out;      /* not yet written */
	bool enough;         /* as many as were asked for */
};

static int flush(struct walk *w, struct err *e)
{
	int result = io_write_all(STDOUT_FILENO, w->out.p, w->out.n, "standard output", e);
	buf_clear(&w->out);
	return result;
}

static int next(struct walk *w, struct err *e)
{
	return json_pull_next(w->p, &w->token, e);
}

/* ---- faults ---- */

/* At the token that was given last. */
static int place_here(const struct walk *w, struct err *e)
{
	uint64_t line;
	uint32_t col;
	json_pull_place(w->p, &line, &col);
	err_at_line(e, line, col);
	return -1;
}

static int refuse(const struct walk *w, struct err *e, const char *code, const char *sentence)
{
	err_set(e, ERR_INPUT, code, "%s", sentence);
	return place_here(w, e);
}

static void add_shown(struct buf *to, struct str key)
{
	struct str shown = utf8_head(key, KEY_SHOWN);
	buf_printf(to, "\"%.*s%s\"", STR_ARG(shown), shown.n < key.n ? "…" : "");
}

/* Another value stands where an object, or the array of a level, should. */
static int refuse_kind(const struct walk *w, size_t level, size_t key, struct err *e)
{
	const struct records *r = w->to->records;
	struct buf text = { .max = 1000 };
	bool array = key == r->levels[level].key_count;
	buf_printf(&text, "found %s, expected %s", json_token_name(w->token), array ? "an array" : "an object with ");
	if (!array)
		add_shown(&text, r->levels[level].keys[key]);
	buf_printf(&text, ": the records are looked for at \"%.*s\"", STR_ARG(r->text));
	refuse(w, e, "json.records", buf_text(&text));
	buf_release(&text);
	return -1;
}

/* `where` has no such member; `there` says what it has. */
static int refuse_missing(const struct walk *w, const char *where, struct str key, const struct buf *there,
	struct err *e)
{
	struct buf text = { .max = 1000 };
	buf_printf(&text, "%s has ", where);
	add_shown(&text, key);
	buf_printf(&text, ", where the records are looked for (\"%.*s\"); ", STR_ARG(w->to->records->text));
	buf_add(&text, STR("the first one has "));
	buf_add(&text, buf_str(there));
	err_set(e, ERR_INPUT, "json.records", "%s", buf_text(&text));
	buf_release(&text);
	return -1;
}

/* ---- values ---- */

/* The value whose first token was given. */
static int add_value(struct walk *w, struct err *e)
{
	struct json_echo echo = { .to = &w->out };
	unsigned depth = json_pull_depth(w->p) - json_token_opens(w->token);
	json_echo(&echo, w->p, w->token);
	while (json_pull_depth(w->p) > depth) {
		if (next(w, e))
			return -1;
		json_echo(&echo, w->p, w->token);
		if (w->out.n > JSON_ROWS_WAIT + OUT_STEP)
			return refuse(w, e, "json.wait", "expected a record of at most 64 MiB, found a longer one");
	}
	return 0;
}

static int add_cells(struct walk *w, struct err *e)
{
	bool any = false;
	if (!json_token_opens(w->token))
		return add_value(w, e);
	while (next(w, e) == 0) {
		if (json_token_closes(w->token))
			return 0;
		if (any)
			buf_addc(&w->out, ',');
		any = true;
		if ((w->token == JSON_PULL_KEY && next(w, e)) || add_value(w, e))
			return -1;
	}
	return -1;
}

/* ---- records ---- */

static void add_place(struct walk *w)
{
	const struct records *r = w->to->records;
	struct buf place = { 0 };
	if (w->to->lines)
		buf_printf(&place, "%llu", (unsigned long long)w->line);
	for (size_t i = 0; i < r->level_count; i++) {
		for (size_t k = 0; k < r->levels[i].key_count; k++)
			json_pointer_key(&place, r->levels[i].keys[k]);
		buf_printf(&place, "/%llu", (unsigned long long)w->levels[i].index);
	}
	json_escape(&w->out, buf_str(&place));
	buf_release(&place);
}

static int add_record(struct walk *w, struct err *e)
{
	if (!w->to->raw)
		return add_value(w, e);
	buf_printf(&w->out, "{\"row\":%llu,\"place\":", (unsigned long long)w->to->written + 1);
	add_place(w);
	buf_add(&w->out, STR(",\"cells\":["));
	int result = add_cells(w, e);
	buf_add(&w->out, STR("]}"));
	return result;
}

static int take_record(struct walk *w, struct err *e)
{
	size_t before = w->out.n;
	if (add_record(w, e)) {
		w->out.n = before;
		return -1;
	}
	buf_addc(&w->out, '\n');
	w->enough = ++w->to->written == w->to->limit;
	return w->out.n >= OUT_STEP ? flush(w, e) : 0;
}

/* ---- the way to them ---- */

static int walk_value(struct walk *w, size_t level, size_t key, struct err *e);

static int walk_array(struct walk *w, size_t level, struct err *e)
{
	struct level *at = &w->levels[level];
	at->seen = true;
	for (at->index = 0; !w->enough; at->index++) {
		if (next(w, e))
			return -1;
		if (w->token == JSON_PULL_END_ARRAY)
			return 0;
		if (walk_value(w, level + 1, 0, e))
			return -1;
	}
	return 0;
}

/* A record may be without an inner array; that none has it is told at the end. */
static int take_missing(struct walk *w, size_t level, size_t key, const struct buf *there, struct err *e)
{
	struct level *at = &w->levels[level];
	if (!at->there.n) {
		buf_add(&at->there, there->n ? buf_str(there) : STR("no member at all"));
		at->key = key;
	}
	if (level > 0 || w->to->lines)
		return 0;
	refuse_missing(w, "no document", w->to->records->levels[0].keys[key], &at->there, e);
	return place_here(w, e);
}

static int walk_members(struct walk *w, size_t level, size_t key, struct buf *there, struct err *e)
{
	struct str wanted = w->to->records->levels[level].keys[key];
	bool found = false;
	for (size_t count = 0; !w->enough; count++) {
		if (next(w, e))
			return -1;
		if (w->token == JSON_PULL_END_OBJECT)
			return found ? 0 : take_missing(w, level, key, there, e);
		struct str name = json_pull_text(w->p);
		if (str_eq(name, wanted)) {
			if (found)
				return refuse(w, e, "json.duplicate_key",
					"expected each key once, found one on the way to the records again");
			found = true;
			if (next(w, e) || walk_value(w, level, key + 1, e))
				return -1;
			continue;
		}
		if (!found && !w->levels[level].seen && count <= MEMBERS_SHOWN) {
			buf_add(there, count ? STR(", ") : STR(""));
			if (count < MEMBERS_SHOWN)
				add_shown(there, name);
			else
				buf_add(there, STR("…"));
		}
		if (json_pull_skip(w->p, e))
			return -1;
	}
	return 0;
}

/* The value whose first token was given: a record, or what leads to the array of a level. */
static int walk_value(struct walk *w, size_t level, size_t key, struct err *e)
{
	const struct records *r = w->to->records;
	if (level == r->level_count)
		return take_record(w, e);
	bool array = key == r->levels[level].key_count;
	if (w->token == JSON_PULL_NULL && level > 0)
		return 0;
	if (w->token != (array ? JSON_PULL_ARRAY : JSON_PULL_OBJECT))
		return refuse_kind(w, level, key, e);
	if (array)
		return walk_array(w, level, e);
	struct buf there = { 0 };
	int result = walk_members(w, level, key, &there, e);
	buf_release(&there);
	return result;
}

/* ---- documents ---- */

static int walk_documents(struct walk *w, struct err *e)
{
	uint64_t last = 0; /* the line on which the document before ended */
	uint32_t col;
	while (!w->enough) {
		if (next(w, e))
			return -1;
		if (w->token == JSON_PULL_END)
			return 0;
		json_pull_place(w->p, &w->line, &col);
		if (w->line == last)
			return refuse(w, e, "json.document",
				"expected the end of the line behind the document, found a second one");
		if (walk_value(w, 0, 0, e))
			return -1;
		json_pull_place(w->p, &last, &col);
	}
	return 0;
}

static int check_seen(struct walk *w, struct err *e)
{
	const struct records *r = w->to->records;
	for (size_t i = 0; i < r->level_count && !w->to->written; i++) {
		if (!w->levels[i].seen && w->levels[i].there.n)
			return refuse_missing(w, i ? "no record" : "no document", r->levels[i].keys[w->levels[i].key],
				&w->levels[i].there, e);
	}
	if (w->to->written)
		return 0;
	if (w->line == 0) { /* in which a document would begin */
		uint32_t col;
		json_pull_place(w->p, &w->line, &col);
		err_at_line(e, w->line, col);
		return err_set(e, ERR_INPUT, "json.document", "found no document, expected one");
	}
	return err_set(e, ERR_INPUT, "source.no_rows", "there is no record%s%.*s%s in the input",
		r->level_count ? " at \"" : "", STR_ARG(r->level_count ? r->text : STR("")), r->level_count ? "\"" : "");
}

int json_lines_print(struct json_lines *l, struct json_pull *p, struct err *e)
{
	struct walk w = { .to = l, .p = p };
	struct err ignored = { 0 };
	l->written = 0;
	w.levels = mem_alloc((l->records->level_count + 1) * sizeof *w.levels);
	memset(w.levels, 0, (l->records->level_count + 1) * sizeof *w.levels);
	int result = walk_documents(&w, e);
	if (w.out.n && flush(&w, result ? &ignored : e))
		result = -1;
	if (result == 0)
		result = check_seen(&w, e);
	for (size_t i = 0; i < l->records->level_count; i++)
		buf_release(&w.levels[i].there);
	free(w.levels);
	buf_release(&w.out);
	return result;
}
