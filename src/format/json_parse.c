/* The text is read twice. cJSON makes a tree of it or refuses it; then one walk goes over text and tree side by side
 * and takes from the text what the tree does not keep. Where cJSON refused, the walk goes without a tree, for the
 * reason: it is the stricter of the two, so it stops at the fault or before it.
 */
#include "qonduit/json_doc.h"

#include <cjson/cJSON.h>
#include <pthread.h>

#include "json_parts.h"
#include "qonduit/utf8.h"

#define DEPTH_MAX 100
#define NUMBER_MAX 63 /* what cJSON takes */

struct walk {
	const char *p, *end;
	const char *mark; /* line and col are the place of this */
	uint32_t line, col;
	int depth;
	struct arena *arena;
	enum err_class class;
	const char *name;
	struct err *e;
};

/* --- places and faults --- */

/* Moves the mark on to `at`. */
static void place(struct walk *w, const char *at)
{
	for (; w->mark < at; w->mark++) {
		if (*w->mark == '\n') {
			w->line++;
			w->col = 1;
		} else if (((unsigned char)*w->mark & 0xc0) != 0x80) {
			w->col++;
		}
	}
}

static int fail(struct walk *w, const char *at, const char *code, const char *message)
{
	place(w, at);
	err_set(w->e, w->class, code, "%s", message);
	err_at_file(w->e, w->name);
	err_at_line(w->e, w->line, w->col);
	return -1;
}

static int expected(struct walk *w, const char *what)
{
	struct buf b;
	buf_init(&b, 0);
	buf_printf(&b, "expected %s, found ", what);
	json_describe((struct str){ w->p, (size_t)(w->end - w->p) }, &b);
	fail(w, w->p, "json.syntax", buf_text(&b));
	buf_release(&b);
	return -1;
}

/* --- tokens --- */

static void skip_blanks(struct walk *w)
{
	while (w->p < w->end && (*w->p == ' ' || *w->p == '\t' || *w->p == '\n' || *w->p == '\r'))
		w->p++;
}

static bool take(struct walk *w, char c)
{
	if (w->p == w->end || *w->p != c)
		return false;
	w->p++;
	return true;
}

static bool take_word(struct walk *w, struct str word)
{
	if (!str_starts((struct str){ w->p, (size_t)(w->end - w->p) }, word))
		return false;
	if (w->p + word.n < w->end && json_is_word(w->p[word.n]))
		return false;
	w->p += word.n;
	return true;
}

/* The four digits behind "\u", or -1. */
static int32_t hex4(const struct walk *w, const char *at)
{
	int32_t value = 0;
	for (int i = 0; i < 4; i++, at++) {
		int digit = at < w->end ? str_hex(*at) : -1;
		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* The character after a backslash at w->p and what belongs to it. */
static int take_escape(struct walk *w)
{
	const char *at = w->p;
	if (at + 1 < w->end && at[1] && strchr("\"\\/bfnrt", at[1])) {
		w->p += 2;
		return 0;
	}
	int32_t unit = at + 1 < w->end && at[1] == 'u' ? hex4(w, at + 2) : -1;
	if (unit < 0)
		return fail(w, at, "json.syntax", JSON_BAD_ESCAPE);
	if (unit == 0)
		return fail(w, at, "json.syntax", "expected a character that text can hold, found \\u0000");
	w->p += 6;
	if ((unit & 0xf800) != 0xd800)
		return 0;
	bool pair = unit < 0xdc00 && w->end - w->p >= 6 && w->p[0] == '\\' && w->p[1] == 'u';
	if (!pair || (hex4(w, w->p + 2) & ~0x3ff) != 0xdc00)
		return fail(w, at, "json.syntax", JSON_HALF_PAIR);
	w->p += 6;
	return 0;
}

/* A string, w->p on its opening quote. */
static int take_string(struct walk *w)
{
	w->p++;
	while (!take(w, '"')) {
		uint32_t codepoint;
		size_t n = utf8_next((struct str){ w->p, (size_t)(w->end - w->p) }, &codepoint);
		if (n == 0 || *w->p == '\n' || *w->p == '\r')
			return expected(w, w->p < w->end && n == 0 ? "UTF-8" : "a \" that ends the string");
		if (codepoint < 0x20)
			return expected(w, "an escape such as \\t or \\u0001");
		if (codepoint != '\\')
			w->p += n;
		else if (take_escape(w))
			return -1;
	}
	return 0;
}

static size_t take_digits(struct walk *w)
{
	const char *from = w->p;
	while (w->p < w->end && *w->p >= '0' && *w->p <= '9')
		w->p++;
	return (size_t)(w->p - from);
}

/* A number, w->p on its first character. */
static int take_number(struct walk *w)
{
	const char *from = w->p;
	take(w, '-');
	bool zero = w->p < w->end && *w->p == '0';
	size_t digits = take_digits(w);
	bool right = digits && !(zero && digits > 1);
	if (right && take(w, '.'))
		right = take_digits(w) > 0;
	if (right && (take(w, 'e') || take(w, 'E'))) {
		if (!take(w, '+'))
			take(w, '-');
		right = take_digits(w) > 0;
	}
	if (right && (w->p == w->end || !json_is_word(*w->p)) && w->p - from <= NUMBER_MAX)
		return 0;
	bool long_one = right && w->p - from > NUMBER_MAX;
	w->p = from;
	return expected(w, long_one ? "a number of at most 63 characters" : "a number as JSON writes them (10, -0.5, 1e3)");
}

/* --- values --- */

static int refuse_duplicates(struct walk *w, const struct json *object)
{
	const struct json *first, *second = json_twice(object, &first);
	if (!second)
		return 0;
	err_set(w->e, w->class, "json.duplicate_key",
		"expected each key once, found \"%.*s\" again: line %u has it already", STR_ARG(second->key),
		(unsigned)first->key_line);
	err_at_file(w->e, w->name);
	json_place(second, true, w->e);
	return -1;
}

/* The text of a string as cJSON unescaped it. */
static struct str unescaped(struct walk *w, const char *text)
{
	return text ? arena_copy(w->arena, str_of(text)) : STR("");
}

static int take_value(struct walk *w, const cJSON *node, struct json *j);

static int take_member(struct walk *w, const cJSON *node, struct json *j, bool first)
{
	if (w->p == w->end || *w->p != '"')
		return expected(w, first ? "a key in double quotes or \"}\"" : "a key in double quotes");
	place(w, w->p);
	j->key_line = w->line;
	j->key_col = w->col;
	if (take_string(w))
		return -1;
	j->key = unescaped(w, node ? node->string : NULL);
	skip_blanks(w);
	if (!take(w, ':'))
		return expected(w, "\":\" behind the key");
	skip_blanks(w);
	return take_value(w, node, j);
}

/* The members or elements of `j`, w->p behind the opening brace. */
static int take_children(struct walk *w, const cJSON *node, struct json *j)
{
	bool object = j->kind == JSON_OBJECT, known = node != NULL; /* without a tree no key is known */
	char close = object ? '}' : ']';
	const struct json **tail = &j->child;
	if (++w->depth > DEPTH_MAX)
		return fail(w, w->p - 1, "json.depth", "expected at most 100 levels of nesting, found more");
	node = node ? node->child : NULL;
	skip_blanks(w);
	while (j->count || !take(w, close)) {
		struct json *child = ARENA_NEW(w->arena, struct json);
		child->parent = j;
		child->index = j->count;
		*tail = child;
		tail = &child->next;
		if (object ? take_member(w, node, child, j->count == 0) : take_value(w, node, child))
			return -1;
		j->count++;
		node = node ? node->next : NULL;
		skip_blanks(w);
		if (take(w, close))
			break;
		if (!take(w, ','))
			return expected(w, object ? "\",\" or \"}\"" : "\",\" or \"]\"");
		skip_blanks(w);
	}
	w->depth--;
	return object && known ? refuse_duplicates(w, j) : 0;
}

/* A value, w->p on its first character. `node` is its place in cJSON's tree, null where there is none. */
static int take_value(struct walk *w, const cJSON *node, struct json *j)
{
	const char *from = w->p;
	place(w, from);
	j->line = w->line;
	j->col = w->col;
	char c = w->p < w->end ? *w->p : '\0';
	if (c == '{' || c == '[') {
		j->kind = c == '{' ? JSON_OBJECT : JSON_ARRAY;
		w->p++;
		return take_children(w, node, j);
	}
	if (c == '"') {
		j->kind = JSON_STRING;
		if (take_string(w))
			return -1;
		j->text = unescaped(w, node ? node->valuestring : NULL);
		return 0;
	}
	if (c == '-' || c == '+' || c == '.' || (c >= '0' && c <= '9')) {
		j->kind = JSON_NUMBER;
		if (take_number(w))
			return -1;
		j->text = arena_copy(w->arena, (struct str){ from, (size_t)(w->p - from) });
		return 0;
	}
	if (take_word(w, STR("true")))
		j->kind = JSON_TRUE;
	else if (take_word(w, STR("false")))
		j->kind = JSON_FALSE;
	else if (take_word(w, STR("null")))
		j->kind = JSON_NULL;
	else
		return expected(w, "a value");
	return 0;
}

static const struct json *take_document(struct walk *w, const cJSON *tree)
{
	struct json *root = ARENA_NEW(w->arena, struct json);
	skip_blanks(w);
	if (take_value(w, tree, root))
		return NULL;
	skip_blanks(w);
	if (w->p < w->end) {
		expected(w, "the end of the text behind the document");
		return NULL;
	}
	if (!tree) { /* only where memory ended */
		fail(w, w->p, "json.unreadable", "expected JSON that can be held in memory, found more");
		return NULL;
	}
	return root;
}

/* cJSON notes its last error in a global. */
static cJSON *make_tree(struct str text)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&lock);
	cJSON *tree = cJSON_ParseWithLength(text.p, text.n);
	pthread_mutex_unlock(&lock);
	return tree;
}

const struct json *json_parse(struct str text, const char *name, enum err_class class, struct arena *arena,
	struct err *e)
{
	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = str_from(text, 3);
	if (text.n == 0)
		text = STR("");
	cJSON *tree = make_tree(text);
	struct walk w = { .p = text.p, .end = text.p + text.n, .mark = text.p, .line = 1, .col = 1, .arena = arena,
		.class = class, .name = name, .e = e };
	const struct json *root = take_document(&w, tree);
	cJSON_Delete(tree);
	return root;
}
