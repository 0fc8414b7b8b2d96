/* Values that nobody wants. They are judged like any other, but nothing is made of them: what stands whole in the
 * piece is passed over here, without telling of any token. Where it does not, or something is wrong with it, this stops
 * behind the last child that was right, and json_pull_next, which knows every case, goes on from there.
 */
#include "json_pull_parts.h"

#include "qonduit/utf8.h"

/* Behind a child that was right. */
struct mark {
	const char *at;
	uint64_t line, line_at;
};

static inline struct mark mark(const struct json_pull *p, const char *at)
{
	return (struct mark){ at, p->line, p->line_at };
}

static inline void go_back(struct json_pull *p, const struct mark *m)
{
	p->p = m->at;
	p->line = m->line;
	p->line_at = m->line_at;
}

/* Each of these takes where something should begin and gives where it ends, or null where it does not stand whole in
 * the piece or is not right. Then the lines that p counts are wrong until go_back. */

static inline const char *pass_blanks(struct json_pull *p, const char *at)
{
	if (at < p->end && (unsigned char)*at > ' ')
		return at;
	p->p = at;
	return json_pull_blanks(p) < 0 ? NULL : p->p;
}

/* A string that is more than plain ASCII; `to` is where that ends. */
static const char *pass_other_string(struct json_pull *p, const char *from, const char *to)
{
	const char *end = p->end;
	for (to = json_run_end(to, end); to < end && *to == '\\'; to = json_run_end(to + 2, end)) {
		if (end - to < 2 || !json_escapes[(unsigned char)to[1]])
			return NULL;
	}
	struct str whole = { from, (size_t)(to - from) };
	if (to == end || *to != '"' || whole.n > JSON_PULL_TOKEN || utf8_invalid_at(whole) != whole.n)
		return NULL;
	p->line_at += json_continuations(whole);
	return to + 1;
}

static inline const char *pass_string(struct json_pull *p, const char *at)
{
	const char *to = json_plain_end(++at, p->end);
	if (to == p->end || *to != '"' || to - at > (ptrdiff_t)JSON_PULL_TOKEN)
		return pass_other_string(p, at, to);
	return to + 1;
}

static inline const char *pass_number(const struct json_pull *p, const char *at)
{
	const char *to = json_number_end(at, p->end);
	return to && to < p->end && !json_is_word(*to) && to - at <= (ptrdiff_t)JSON_PULL_TOKEN ? to : NULL;
}

static inline const char *pass_scalar(struct json_pull *p, const char *at)
{
	switch (*at) {
	case '"':
		return pass_string(p, at);
	case 't':
		return json_word_end(at, p->end, STR("true"));
	case 'f':
		return json_word_end(at, p->end, STR("false"));
	case 'n':
		return json_word_end(at, p->end, STR("null"));
	default:
		return pass_number(p, at);
	}
}

/* A byte between white space. */
static inline const char *pass_byte(struct json_pull *p, const char *at, char c)
{
	return at && (at = pass_blanks(p, at)) && *at == c ? pass_blanks(p, at + 1) : NULL;
}

/* To a child of what is open: a comma, and its key. */
static inline const char *pass_to_value(struct json_pull *p, const char *at, bool first)
{
	if (!first)
		at = pass_byte(p, at, ',');
	if (!at || !p->in_object)
		return at;
	return *at == '"' ? pass_byte(p, pass_string(p, at), ':') : NULL;
}

/* Children of what is open, and of what opens then, as far as that goes. What is open at `depth` stays open. */
static void pass_children(struct json_pull *p, unsigned depth)
{
	const char *at = p->p;
	struct mark right;
	bool first = p->awaited == JSON_AWAITS_FIRST;
	for (;;) {
		right = mark(p, at);
		at = pass_blanks(p, at);
		if (at && *at == (p->in_object ? '}' : ']') && p->depth > depth) {
			p->p = at++;
			json_pull_pop(p);
			first = false;
		} else if (!at || !(at = pass_to_value(p, at, first))) {
			break;
		} else if (*at == '{' || *at == '[') {
			if (p->depth == JSON_PULL_DEPTH)
				break;
			p->p = at++;
			json_pull_push(p, *p->p == '{');
			first = true;
		} else {
			if (!(at = pass_scalar(p, at)))
				break;
			first = false;
		}
	}
	go_back(p, &right);
	p->awaited = first ? JSON_AWAITS_FIRST : JSON_AWAITS_COMMA;
}

/* The value behind a key, where it is neither object nor array. */
static bool pass_member(struct json_pull *p)
{
	struct mark key = mark(p, p->p);
	const char *at = pass_byte(p, p->p, ':');
	if (!at || !(at = pass_scalar(p, at))) {
		go_back(p, &key);
		return false;
	}
	p->p = at;
	p->awaited = JSON_AWAITS_COMMA;
	p->token = JSON_PULL_NULL; /* that the key is not the last token any more */
	p->text = (struct str){ 0 };
	return true;
}
int json_pull_skip(struct json_pull *p, struct err *e)
{
	enum json_token token = p->token;
	if (p->fault.class)
		return json_pull_failed(p, e);
	if (token == JSON_PULL_KEY) {
		if (pass_member(p))
			return 0;
		if (json_pull_next(p, &token, e))
			return -1;
	}
	if (token != JSON_PULL_OBJECT && token != JSON_PULL_ARRAY)
		return 0;
	for (unsigned depth = p->depth; p->depth >= depth;) {
		if (p->awaited != JSON_AWAITS_COLON)
			pass_children(p, depth);
		if (json_pull_next(p, &token, e))
			return -1;
	}
	return 0;
}
