#include "qonduit/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

#include "qonduit/buf.h"
#include "qonduit/utf8.h"

/* One match may take this many steps; a row's text needs a few thousand at most, a runaway pattern more than exist. */
#define MATCH_LIMIT 1000000
#define DEPTH_LIMIT 250000
#define HEAP_LIMIT_KIB (32u << 10)
#define JIT_STACK_START ((size_t)32 << 10)
#define JIT_STACK_MAX ((size_t)1 << 20)
#define NAME_MAX_LENGTH 32

struct pattern {
	pcre2_code *code;
	uint32_t groups;
};

struct pattern_scratch {
	pcre2_general_context *memory;
	pcre2_match_context *context;
	pcre2_match_data *data;
	pcre2_jit_stack *stack;
	uint32_t pairs; /* that `data` has room for */
	struct buf replaced;
};

/* A part of the replacement: text, or what a group matched. */
struct piece {
	struct str text;
	int group; /* -1 for text */
};

static void *allocate(size_t size, void *unused)
{
	return mem_alloc(size);
}

static void release(void *p, void *unused)
{
	free(p);
}

/* Takes the next piece off `with`. Null, or what is wrong with it. */
static const char *next_piece(const struct pattern *p, struct str *with, struct piece *piece)
{
	struct str s = *with;
	if (s.p[0] != '$') {
		const char *dollar = memchr(s.p, '$', s.n);
		size_t n = dollar ? (size_t)(dollar - s.p) : s.n;
		*piece = (struct piece){ str_head(s, n), -1 };
		*with = str_from(s, n);
		return NULL;
	}
	char c = s.n > 1 ? s.p[1] : '\0';
	if (c == '$') {
		*piece = (struct piece){ str_head(s, 1), -1 };
		*with = str_from(s, 2);
		return NULL;
	}
	if (c >= '0' && c <= '9') {
		*piece = (struct piece){ .group = c - '0' };
		*with = str_from(s, 2);
		return piece->group <= (int)p->groups ? NULL : "names a group that the pattern does not have";
	}
	const char *close = c == '{' ? memchr(s.p, '}', s.n) : NULL;
	if (!close)
		return "is none of $0 to $9, ${12}, ${name} and $$";
	char name[NAME_MAX_LENGTH + 1];
	size_t n = (size_t)(close - s.p) - 2;
	if (n > NAME_MAX_LENGTH)
		return "names a group that the pattern does not have";
	memcpy(name, s.p + 2, n);
	name[n] = '\0';
	uint64_t number;
	bool numbered = str_to_u64(str_of(name), &number) && number <= p->groups;
	*piece = (struct piece){ .group = numbered ? (int)number
		: pcre2_substring_number_from_name(p->code, (PCRE2_SPTR)name) };
	*with = str_from(s, n + 3);
	return numbered || piece->group > 0 ? NULL : "names a group that the pattern does not have";
}

static struct str group_text(const struct pattern_scratch *s, struct str text, int group)
{
	const size_t *at = pcre2_get_ovector_pointer(s->data) + 2 * group;
	if (at[0] == PCRE2_UNSET)
		return str_head(text, 0);
	return str_from(str_head(text, at[1]), at[0]);
}

static void make_room(struct pattern_scratch *s, uint32_t pairs)
{
	if (s->data && s->pairs >= pairs)
		return;
	pcre2_match_data_free(s->data);
	s->pairs = pairs < 16 ? 16 : pairs;
	s->data = pcre2_match_data_create(s->pairs, s->memory);
}

static enum pattern_result match_from(const struct pattern *p, struct pattern_scratch *s, struct str text, size_t from,
	uint32_t options)
{
	make_room(s, p->groups + 1);
	int found = pcre2_match(p->code, (PCRE2_SPTR)(text.p ? text.p : ""), text.n, from, options | PCRE2_NO_UTF_CHECK,
		s->data, s->context);
	return found > 0 ? PATTERN_MATCH : found == PCRE2_ERROR_NOMATCH ? PATTERN_NO_MATCH : PATTERN_LIMIT;
}

static void add_replacement(const struct pattern *p, struct pattern_scratch *s, struct str text, struct str with)
{
	struct piece piece;
	while (with.n && !next_piece(p, &with, &piece))
		buf_add(&s->replaced, piece.group < 0 ? piece.text : group_text(s, text, piece.group));
}

/* Length of the character at `at`. */
static size_t character_length(struct str text, size_t at)
{
	size_t n = 1;
	while (at + n < text.n && ((unsigned char)text.p[at + n] & 0xc0) == 0x80)
		n++;
	return n;
}

struct pattern *pattern_compile(struct str text, char *why, size_t why_size)
{
	int code;
	size_t at;
	pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)(text.p ? text.p : ""), text.n,
		PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &code, &at, NULL);
	if (!compiled) {
		char message[160];
		pcre2_get_error_message(code, (PCRE2_UCHAR *)message, sizeof message);
		snprintf(why, why_size, "%s at character %zu", message, utf8_count(str_head(text, at)) + 1);
		return NULL;
	}
	pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE); /* where it cannot, matching is slower but the same */
	struct pattern *p = mem_alloc(sizeof *p);
	*p = (struct pattern){ .code = compiled };
	pcre2_pattern_info(compiled, PCRE2_INFO_CAPTURECOUNT, &p->groups);
	return p;
}

void pattern_free(struct pattern *p)
{
	if (p)
		pcre2_code_free(p->code);
	free(p);
}

struct pattern_scratch *pattern_scratch_new(void)
{
	struct pattern_scratch *s = mem_alloc(sizeof *s);
	*s = (struct pattern_scratch){ .memory = pcre2_general_context_create(allocate, release, NULL) };
	s->context = pcre2_match_context_create(s->memory);
	s->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, s->memory);
	pcre2_set_match_limit(s->context, MATCH_LIMIT);
	pcre2_set_depth_limit(s->context, DEPTH_LIMIT);
	pcre2_set_heap_limit(s->context, HEAP_LIMIT_KIB);
	pcre2_jit_stack_assign(s->context, NULL, s->stack);
	buf_init(&s->replaced, PATTERN_REPLACED_MAX);
	return s;
}

void pattern_scratch_free(struct pattern_scratch *s)
{
	if (!s)
		return;
	pcre2_match_data_free(s->data);
	pcre2_match_context_free(s->context);
	pcre2_jit_stack_free(s->stack);
	pcre2_general_context_free(s->memory);
	buf_release(&s->replaced);
	free(s);
}

enum pattern_result pattern_matches(const struct pattern *p, struct pattern_scratch *s, struct str text)
{
	return match_from(p, s, text, 0, 0);
}

enum pattern_result pattern_extract(const struct pattern *p, struct pattern_scratch *s, struct str text,
	struct str *out)
{
	enum pattern_result result = match_from(p, s, text, 0, 0);
	if (result == PATTERN_MATCH)
		*out = group_text(s, text, p->groups ? 1 : 0);
	return result;
}

enum pattern_result pattern_replace(const struct pattern *p, struct pattern_scratch *s, struct str text,
	struct str with, struct arena *a, struct str *out)
{
	size_t at = 0, copied = 0; /* where to look next, and what of `text` is dealt with */
	uint32_t options = 0;
	bool any = false;
	if (!text.p)
		text = STR("");
	buf_clear(&s->replaced);
	while (at <= text.n) {
		enum pattern_result result = match_from(p, s, text, at, options);
		if (result == PATTERN_LIMIT || s->replaced.full)
			return s->replaced.full ? PATTERN_TOO_LONG : PATTERN_LIMIT;
		if (result == PATTERN_NO_MATCH && !options)
			break;
		if (result == PATTERN_NO_MATCH) { /* nothing but an empty match here, which is done */
			at += character_length(text, at);
			options = 0;
			continue;
		}
		const size_t *match = pcre2_get_ovector_pointer(s->data);
		buf_add(&s->replaced, str_from(str_head(text, match[0]), copied));
		add_replacement(p, s, text, with);
		at = copied = match[1];
		options = match[0] == match[1] ? PCRE2_NOTEMPTY_ATSTART | PCRE2_ANCHORED : 0;
		any = true;
	}
	*out = text;
	if (!any)
		return PATTERN_NO_MATCH;
	buf_add(&s->replaced, str_from(text, copied));
	if (s->replaced.full)
		return PATTERN_TOO_LONG;
	*out = arena_copy(a, buf_str(&s->replaced));
	return PATTERN_MATCH;
}

bool pattern_check_with(const struct pattern *p, struct str with, char *why, size_t why_size)
{
	struct piece piece;
	for (struct str rest = with; rest.n;) {
		size_t at = with.n - rest.n;
		const char *wrong = next_piece(p, &rest, &piece);
		if (wrong) {
			snprintf(why, why_size, "\"$\" at character %zu %s", utf8_count(str_head(with, at)) + 1, wrong);
			return false;
		}
	}
	return true;
}
