#include "json_show.h"

#include <stdlib.h>

static int next_piece(void *arg, struct str *piece, struct err *e)
{
	struct json_cutter *c = arg;
	size_t n = c->first ? c->first : c->rest ? c->rest : c->text.n;
	struct str part = str_head(c->text, n);
	free(c->piece);
	c->piece = NULL;
	*piece = STR("what is left there");
	if (part.n == 0 && c->fault)
		return err_set(e, ERR_INPUT, "io.read", "%s", c->fault);
	if (part.n)
		c->piece = memcpy(mem_alloc(part.n), part.p, part.n);
	*piece = (struct str){ c->piece, part.n };
	c->text = str_from(c->text, part.n);
	c->first = 0;
	return 0;
}

struct json_pull *json_cutter_open(struct json_cutter *c, bool many)
{
	return json_pull_open(&(struct json_pull_input){ .next = next_piece, .arg = c, .many = many });
}

void json_cutter_close(struct json_cutter *c, struct json_pull *p)
{
	json_pull_close(p);
	free(c->piece);
}

static void show_token(const struct json_pull *p, enum json_token token, bool places, struct buf *out)
{
	static const char *const signs[] = { "$", "{", "}", "[", "]", "k:", "s:", "n:", "t", "f", "z" };
	struct str text = json_pull_text(p);
	uint64_t line;
	uint32_t col;
	json_pull_place(p, &line, &col);
	if (out->n)
		buf_addc(out, ' ');
	buf_add(out, str_of(signs[token]));
	for (size_t i = 0; i < text.n; i++)
		buf_add(out, text.p[i] ? (struct str){ text.p + i, 1 } : STR("\\0"));
	if (places)
		buf_printf(out, "@%llu:%u", (unsigned long long)line, (unsigned)col);
}

const char *json_show(struct str text, bool many, bool places, size_t first, size_t rest)
{
	static struct buf out;
	struct json_cutter cutter = { .text = text, .first = first, .rest = rest };
	struct json_pull *p = json_cutter_open(&cutter, many);
	struct err e = { 0 };
	enum json_token token = JSON_PULL_NULL;
	buf_clear(&out);
	while (token != JSON_PULL_END && json_pull_next(p, &token, &e) == 0)
		show_token(p, token, places, &out);
	if (e.class)
		buf_printf(&out, "%s!%s@%llu:%u %s", out.n ? " " : "", e.code, (unsigned long long)e.line, (unsigned)e.col,
			e.message);
	json_cutter_close(&cutter, p);
	return buf_text(&out);
}
