#include "qonduit/json_doc.h"
#include "qonduit/json_write.h"
#include "qonduit/payload.h"

/* The walk below is over text that json_parse has taken, so it need not judge. */

static const char *skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')
		p++;
	return p;
}

static const char *skip_string(const char *p)
{
	for (p++; *p != '"'; p++)
		p += *p == '\\';
	return p + 1;
}

/* `p` is at the first byte of a value; the result is behind its last. */
static const char *skip_value(const char *p)
{
	if (*p == '"')
		return skip_string(p);
	if (*p != '{' && *p != '[')
		return p + strcspn(p, ",]} \t\r\n");
	int depth = 0;
	do {
		if (*p == '"') {
			p = skip_string(p);
			continue;
		}
		depth += *p == '{' || *p == '[';
		depth -= *p == '}' || *p == ']';
		p++;
	} while (depth);
	return p;
}

/* Behind the comma or at the closing brace that follows a value. */
static const char *to_next(const char *p)
{
	p = skip_blanks(p);
	return *p == ',' ? skip_blanks(p + 1) : p;
}

/* The value of the member with this index, in an object whose brace is at `p`. */
static const char *to_member(const char *p, size_t index)
{
	for (p = skip_blanks(p + 1);; p = to_next(skip_value(p))) {
		p = skip_blanks(skip_string(p));
		p = skip_blanks(p + 1);
		if (index-- == 0)
			return p;
	}
}

/* Each element of the array whose bracket is at `p`, as it stands; the result is the bracket that closes it. */
static const char *cut_elements(const char *p, struct str *texts, size_t count)
{
	p = skip_blanks(p + 1);
	for (size_t i = 0; i < count; i++) {
		const char *end = skip_value(p);
		texts[i] = (struct str){ p, (size_t)(end - p) };
		p = to_next(end);
	}
	return p;
}

static const char *behind_mark(struct str text)
{
	return skip_blanks(str_starts(text, STR("\xef\xbb\xbf")) ? text.p + 3 : text.p);
}

static int wrong(struct err *e, const struct json *at, const char *path, const char *expected)
{
	err_set(e, ERR_INPUT, "payload.body", "found %s, expected %s", json_kind_name(at), expected);
	json_place(at, false, e);
	err_at_file(e, path);
	return -1;
}

static int read_keys(const struct json *records, const struct contract *c, const char *path, struct arena *arena,
	struct payload_body *out, struct err *e)
{
	struct identity id;
	const char *expected;
	out->scopes = c->within_count ? ARENA_ARRAY(arena, out->records, size_t) : NULL;
	for (const struct json *r = records->child; r; r = r->next) {
		const struct json *bad = identity_of(c, r, arena, &id, &expected);
		if (bad)
			return wrong(e, bad, path, expected);
		out->keys[r->index] = id.key;
		if (out->scopes)
			out->scopes[r->index] = id.scope;
	}
	return 0;
}

static int read_origins(const char *path, size_t records, struct arena *arena, struct payload_body *out, struct err *e)
{
	const char *rows = arena_printf(arena, "%s.rows", path).p;
	struct str text;
	if (io_read_file(rows, PAYLOAD_BODY_MAX, arena, &text, e) != 0)
		return -1;
	size_t lines = 0;
	for (struct str rest; text.n; text = rest, lines++) {
		struct str line = str_cut(text, '\n', &rest);
		if (lines < records)
			out->origins[lines] = line;
	}
	if (lines == records)
		return 0;
	err_set(e, ERR_INPUT, "payload.rows", "found %zu lines, expected %zu: one for each record of the file beside it",
		lines, records);
	err_at_file(e, rows);
	return -1;
}

int payload_read_body(const char *dir, const struct payload_file *f, const struct contract *c, struct arena *arena,
	struct payload_body *out, struct err *e)
{
	*out = (struct payload_body){ 0 };
	const char *path = arena_printf(arena, "%s/%.*s", dir, STR_ARG(f->name)).p;
	if (c->style != FILE_BATCHES && c->style != FILE_ARRAY) {
		err_set(e, ERR_INPUT, "payload.body", "is not one request body: the contract of %.*s writes its records as %s",
			STR_ARG(c->target), c->style == FILE_LINES ? "lines" : "a file of its own");
		err_at_file(e, path);
		return -1;
	}
	if (io_read_file(path, PAYLOAD_BODY_MAX, arena, &out->text, e) != 0)
		return -1;
	const struct json *root = json_parse(out->text, path, ERR_INPUT, arena, e), *records = root;
	if (!root)
		return -1;
	const char *array = behind_mark(out->text);
	if (c->records.n) {
		if (!json_is(root, JSON_OBJECT))
			return wrong(e, root, path, "an object with the records in it");
		records = json_get(root, c->records.p);
		if (records)
			array = to_member(array, records->index);
	}
	if (!json_is(records, JSON_ARRAY))
		return wrong(e, records ? records : root, path, "a list of records");
	const struct json *account = c->account.n ? json_get(root, c->account.p) : NULL;
	if (account && !json_is(account, JSON_STRING) && !json_is(account, JSON_NUMBER))
		return wrong(e, account, path, "a string as the account");
	out->account = json_text(account, (struct str){ 0 });
	out->records = records->count;
	if (out->records != f->records) {
		err_set(e, ERR_INPUT, "payload.records", "found %zu records, expected %llu as the manifest says", out->records,
			(unsigned long long)f->records);
		err_at_file(e, path);
		return -1;
	}
	out->keys = ARENA_ARRAY(arena, out->records, struct str);
	out->origins = ARENA_ARRAY(arena, out->records, struct str);
	out->texts = ARENA_ARRAY(arena, out->records, struct str);
	const char *end = cut_elements(array, out->texts, out->records);
	out->head = str_head(out->text, (size_t)(array + 1 - out->text.p));
	out->tail = str_from(out->text, (size_t)(end - out->text.p));
	if (read_keys(records, c, path, arena, out, e) != 0)
		return -1;
	return read_origins(path, out->records, arena, out, e);
}

int payload_body_for(const struct payload_body *b, const struct contract *c, struct str account, struct buf *to,
	struct err *e)
{
	if (c->account.n && b->account.n && account.n && !str_eq(b->account, account))
		return err_set(e, ERR_DELIVERY, "payload.account",
			"the payload is for the account \"%.*s\", the connection is that of \"%.*s\"; expected one and the same",
			STR_ARG(b->account), STR_ARG(account));
	if (!c->account.n || b->account.n) {
		buf_add(to, b->text);
		return 0;
	}
	if (!account.n)
		return err_set(e, ERR_CREDENTIALS, "payload.account",
			"no account stands in the payload, and the connection has none; expected one as \"%.*s\"",
			STR_ARG(c->account));
	const char *brace = behind_mark(b->text) + 1;
	struct json_out w = json_out(to);
	buf_addc(to, '{');
	json_key(&w, c->account);
	json_string(&w, account);
	buf_addc(to, ',');
	buf_add(to, str_from(b->text, (size_t)(brace - b->text.p)));
	return 0;
}
