/* json_driver - json_pull for an outside judge: texts on standard input, what they hold on standard output.
 *
 * A request is "MANY TREE SPLIT LENGTH\n" (0 or 1, 0 or 1, offset, bytes) and LENGTH bytes, which are fed in two
 * pieces, cut at SPLIT. The answer is one line: the values as compact JSON, a tab behind each, or "!CODE LINE:COL
 * MESSAGE". With TREE they are read as trees, else by their tokens.
 */
#include <stdio.h>
#include <stdlib.h>

#include "qonduit/json_pull.h"
#include "qonduit/json_write.h"

struct pieces {
	struct str first, second;
};

static int next_piece(void *arg, struct str *piece, struct err *e)
{
	struct pieces *left = arg;
	*piece = left->first.n ? left->first : left->second;
	if (left->first.n)
		left->first.n = 0;
	else
		left->second.n = 0;
	return 0;
}

static void print_token(const struct json_pull *p, enum json_token token, struct json_out *w)
{
	switch (token) {
	case JSON_PULL_OBJECT:
	case JSON_PULL_ARRAY:
		json_open(w, token == JSON_PULL_OBJECT ? '{' : '[');
		break;
	case JSON_PULL_END_OBJECT:
	case JSON_PULL_END_ARRAY:
		json_close(w, token == JSON_PULL_END_OBJECT ? '}' : ']');
		break;
	case JSON_PULL_KEY:
		json_key(w, json_pull_text(p));
		break;
	case JSON_PULL_STRING:
		json_string(w, json_pull_text(p));
		break;
	case JSON_PULL_NUMBER:
		json_raw(w, json_pull_text(p));
		break;
	default:
		json_raw(w, token == JSON_PULL_TRUE ? STR("true") : token == JSON_PULL_FALSE ? STR("false") : STR("null"));
	}
}

/* The value that begins with this token. */
static int print_value(struct json_pull *p, enum json_token token, bool tree, struct buf *out, struct err *e)
{
	unsigned depth = json_pull_depth(p) - (token == JSON_PULL_OBJECT || token == JSON_PULL_ARRAY);
	struct json_out w = json_out(out);
	struct arena arena = { 0 };
	const struct json *j;
	int result = 0;
	if (tree) {
		result = json_pull_tree(p, &arena, SIZE_MAX, &j, e);
		if (result == 0)
			json_print(j, out);
	} else {
		print_token(p, token, &w);
		while (result == 0 && json_pull_depth(p) > depth) {
			result = json_pull_next(p, &token, e);
			if (result == 0)
				print_token(p, token, &w);
		}
	}
	arena_release(&arena);
	buf_addc(out, '\t');
	return result;
}

static void answer(bool many, bool tree, struct str text, size_t split)
{
	struct pieces pieces = { str_head(text, split), str_from(text, split) };
	struct json_pull *p = json_pull_open(&(struct json_pull_input){ .next = next_piece, .arg = &pieces, .many = many });
	enum json_token token;
	struct err e = { 0 };
	struct buf out = { 0 };
	while (json_pull_next(p, &token, &e) == 0 && token != JSON_PULL_END) {
		if (print_value(p, token, tree, &out, &e))
			break;
	}
	if (e.class)
		printf("!%s %llu:%u %s", e.code, (unsigned long long)e.line, (unsigned)e.col, e.message);
	else
		fputs(buf_text(&out), stdout);
	putchar('\n');
	buf_release(&out);
	json_pull_close(p);
}

int main(void)
{
	int many, tree;
	size_t split, length;
	while (scanf("%d %d %zu %zu", &many, &tree, &split, &length) == 4 && getchar() == '\n') {
		char *text = mem_alloc(length);
		if (fread(text, 1, length, stdin) != length)
			return 1;
		answer(many, tree, (struct str){ text, length }, split);
		free(text);
	}
	return 0;
}
