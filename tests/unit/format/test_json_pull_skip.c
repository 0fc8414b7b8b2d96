#include "json_show.h"

#include <stdio.h>

#include "unit.h"

#define MOST 300

struct seen {
	enum json_token token;
	unsigned depth;
	uint64_t line;
	uint32_t col;
	struct str text;
};

struct reading {
	struct seen tokens[MOST];
	size_t n;
	struct err fault;
};

static struct arena arena;

/* All tokens but those that are passed over at the token of this number; behind it they are told as ever. */
static void reads(struct reading *r, struct json_cutter c, size_t skipped)
{
	struct json_pull *p = json_cutter_open(&c, true);
	enum json_token token = JSON_PULL_NULL;
	*r = (struct reading){ 0 };
	while (token != JSON_PULL_END && json_pull_next(p, &token, &r->fault) == 0) {
		struct seen s = { .token = token, .depth = json_pull_depth(p), .text = arena_copy(&arena, json_pull_text(p)) };
		json_pull_place(p, &s.line, &s.col);
		CU_ASSERT_FATAL(r->n < MOST);
		r->tokens[r->n++] = s;
		if (r->n - 1 == skipped && json_pull_skip(p, &r->fault))
			break;
	}
	json_cutter_close(&c, p);
}

/* The first token that is told again, where those of the value that begins at `i`, or of the member, are not. */
static size_t behind(const struct reading *all, size_t i)
{
	unsigned depth;
	i += all->tokens[i].token == JSON_PULL_KEY;
	if (i >= all->n)
		return i;
	depth = all->tokens[i].depth;
	if (all->tokens[i].token == JSON_PULL_OBJECT || all->tokens[i].token == JSON_PULL_ARRAY) {
		while (i < all->n && all->tokens[i].depth >= depth)
			i++;
	}
	return i + 1;
}

static bool same(const struct seen *a, const struct seen *b)
{
	return a->token == b->token && a->depth == b->depth && a->line == b->line && a->col == b->col &&
		str_eq(a->text, b->text);
}

static bool is_without(const struct reading *r, const struct reading *all, size_t skipped)
{
	size_t to = skipped < all->n ? behind(all, skipped) : all->n;
	size_t missing = to > all->n ? all->n - skipped - 1 : to - skipped - 1;
	if (r->n != all->n - missing || r->fault.class != all->fault.class || r->fault.line != all->fault.line ||
		r->fault.col != all->fault.col || strcmp(r->fault.message, all->fault.message) != 0)
		return false;
	for (size_t i = 0; i < r->n; i++) {
		if (!same(&r->tokens[i], &all->tokens[i > skipped ? i + missing : i]))
			return false;
	}
	return true;
}

/* At each token, the text cut into two at each byte, and into pieces of one to four. */
static void skips_alike(struct str text)
{
	static struct reading all, r;
	reads(&all, (struct json_cutter){ .text = text }, SIZE_MAX);
	for (size_t skipped = 0; skipped < all.n; skipped++) {
		for (size_t cut = 0; cut < text.n + 4; cut++) {
			size_t step = cut < text.n ? 0 : cut - text.n + 1;
			reads(&r, (struct json_cutter){ .text = text, .first = step ? step : cut, .rest = step }, skipped);
			if (!is_without(&r, &all, skipped)) {
				fprintf(stderr, "%.*s\nat token %zu, cut at %zu: %s\n", STR_ARG(text), skipped, cut, r.fault.message);
				CU_FAIL("read in another way");
				break;
			}
		}
	}
	arena_release(&arena);
}

static void skip_alike(const char *text)
{
	skips_alike(str_of(text));
}

static void what_stands_behind_is_as_without_skipping(void)
{
	skip_alike("[{\"a\":[1,{}],\"b\":{}},2]");
	skip_alike("{\"orders\":[{\"id\":7,\"lines\":[{\"sku\":\"a\",\"n\":1.50},{\"sku\":\"b\"}],\"who\":{\"n\":null}}]}");
	skip_alike(" [ true , false ,null\t,\r\n\"\" , -0.5e+3 , [ [ ] , { } ] ]\n");
	skip_alike("{\n  \"a\": {\n    \"b\": [\n      1,\n      2\n    ],\n    \"c\": \"x\"\n  },\n  \"d\": true\n}\n");
	skip_alike("1 \"a\" [2]{\"k\":3}\n{\"k\":[4]}\n5");
	skip_alike("[]{}[[]]");
	skip_alike("");
}

static void strings_of_all_kinds_are_passed_over(void)
{
	skip_alike("[\"żółć, grüße, 日本語, \xf0\x9f\x98\x80\",\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",1]");
	skip_alike("{\"zażółć\":\"\\\"é\\\"\",\"\\\\\":\"a \\u00e9 \\ud83d\\ude00\",\"k\":[\"\\\\\"],"
		"\"é\":{\"\\n\":\"\\\\é\"}}");
	skip_alike("[\"sixteen bytes 16\",\"seventeen bytes 17\",\"0123456789abcdef0123456789abcdef\\\"\","
		"\"0123456é\",\"\"]");
	skips_alike(STR("[\"\\u0000\x7f\",\"a\"]"));
}

static void columns_are_counted_in_characters_behind_it(void)
{
	skip_alike("[[\"é\"],\"日\",\n[\"日\",\"é\"] , [\"\xf0\x9f\x98\x80\\n\xf0\x9f\x98\x80\"],\"x\"]");
	skip_alike("{\"é\":\"é\",\"日\":[\"é\", 01]}");
	skip_alike("[[[\"é\n");
}

static void faults_are_those_of_the_tokens(void)
{
	static const char *const wrong[] = { "01", "1.", "-", "1e", "1x", "+1", ".5", "tru", "True", "nullx", "falsee",
		"NaN", "'a'", "//", "/**/ 1", "\"\\x\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\n\"", "\"\t\"", "\"\x01\"",
		"\"\xe9\"", "\"é\xc3\"", "\"\xed\xa0\x80\"", "\"é\xc0\xaf\\n\"", "[1,]", "[,1]", "[1 2]", "[1}",
		"{\"a\"}", "{\"a\" 1}", "{\"a\":}", "{\"a\":1,}", "{,}", "{1:2}", "{\"a\":1]", "{\"a\":1 \"b\":2}",
		"{\"a\"::1}", "{\"é\":1,é}", "[\f]", "[\xc2\xa0]", "[", "{", "[[", "{\"a\"", "{\"a\":", "{\"a\":[", "[1",
		"[1,", "\"", "\"a", "\"é", "\"\\", "\"\\u00", "]", "}" };
	char text[100];
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		snprintf(text, sizeof text, "[\"é\",[{\"a\":%s", wrong[i]);
		skip_alike(text);
		snprintf(text, sizeof text, "[\"é\",[{\"a\":%s}],0]", wrong[i]);
		skip_alike(text);
		snprintf(text, sizeof text, "{\"k\":[1, %s ],\"b\":[]}", wrong[i]);
		skip_alike(text);
	}
	skips_alike(STR("[[\"a\0b\"]]"));
	skips_alike(STR("[[\0]]"));
}

static void nesting_ends_where_it_does_for_tokens(void)
{
	for (int levels = 127; levels <= 130; levels++) {
		struct json_cutter c = { 0 };
		struct buf b = { 0 };
		enum json_token token;
		struct err e = { 0 };
		for (int i = 0; i < 2 * levels; i++)
			buf_addc(&b, i < levels ? '[' : ']');
		c.text = buf_str(&b);
		struct json_pull *p = json_cutter_open(&c, false);
		CU_ASSERT_EQUAL(json_pull_next(p, &token, &e), 0);
		CU_ASSERT_EQUAL(json_pull_skip(p, &e), levels <= JSON_PULL_DEPTH ? 0 : -1);
		CU_ASSERT(levels <= JSON_PULL_DEPTH || (strcmp(e.code, "json.depth") == 0 && e.col == JSON_PULL_DEPTH + 1));
		CU_ASSERT(e.class || (json_pull_next(p, &token, &e) == 0 && token == JSON_PULL_END));
		json_cutter_close(&c, p);
		buf_release(&b);
	}
}

/* In one piece, which is longer than any token may be. */
static void tokens_end_at_16_mebibytes_here_too(void)
{
	static const char *const ends[] = { "[[\"", "\"]]", "[[1", "]]", "[[\"é", "\"]]", "[[\"\\n", "\"]]" };
	for (int i = 0; i < 8; i += 2) {
		for (size_t more = 0; more < 2; more++) {
			size_t taken = i == 2 || i == 6 ? 1 : i == 4 ? 2 : 0; /* of the token, by what stands before */
			struct buf b = { 0 };
			struct err e = { 0 };
			enum json_token token;
			buf_add(&b, str_of(ends[i]));
			buf_room(&b, JSON_PULL_TOKEN + 8);
			memset(b.p + b.n, '7', JSON_PULL_TOKEN - taken + more);
			b.n += JSON_PULL_TOKEN - taken + more;
			buf_add(&b, str_of(ends[i + 1]));
			struct json_cutter c = { .text = buf_str(&b) };
			struct json_pull *p = json_cutter_open(&c, false);
			CU_ASSERT_EQUAL(json_pull_next(p, &token, &e), 0);
			CU_ASSERT_EQUAL(json_pull_skip(p, &e), more ? -1 : 0);
			ASSERT_STR(str_of(e.code), more ? "json.too_long" : "");
			CU_ASSERT(!more || (e.line == 1 && e.col == 3));
			json_cutter_close(&c, p);
			buf_release(&b);
		}
	}
}

static void skipping_twice_skips_once(void)
{
	static const char *const texts[] = { "{\"a\":1,\"b\":2}", "{\"a\":[1],\"b\":2}", "{\"a\":\"\\n\",\"b\":2}" };
	for (size_t i = 0; i < 3; i++) {
		for (size_t step = 0; step < 3; step++) {
			struct json_cutter c = { .text = str_of(texts[i]), .rest = step };
			struct json_pull *p = json_cutter_open(&c, false);
			enum json_token token;
			struct err e = { 0 };
			CU_ASSERT(json_pull_next(p, &token, &e) == 0 && json_pull_next(p, &token, &e) == 0);
			CU_ASSERT(json_pull_skip(p, &e) == 0 && json_pull_skip(p, &e) == 0);
			CU_ASSERT(json_pull_next(p, &token, &e) == 0 && token == JSON_PULL_KEY);
			ASSERT_STR(json_pull_text(p), "b");
			json_cutter_close(&c, p);
		}
	}
}

static void what_cannot_be_read_ends_a_skip(void)
{
	static const char *const texts[] = { "[", "[[1", "[{\"a\"", "[\"ab", "[[],[]", "[{\"a\":[]}", "[[\"\xe2" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct json_cutter c = { .text = str_of(texts[i]), .fault = "the disk is gone" };
		struct json_pull *p = json_cutter_open(&c, true);
		enum json_token token;
		struct err e = { 0 };
		CU_ASSERT_EQUAL(json_pull_next(p, &token, &e), 0);
		CU_ASSERT_EQUAL(json_pull_skip(p, &e), -1);
		ASSERT_STR(str_of(e.message), "the disk is gone");
		CU_ASSERT_EQUAL(e.line, 1);
		json_cutter_close(&c, p);
	}
}

UNIT_SUITE(json_pull_skip,
	UNIT(what_stands_behind_is_as_without_skipping),
	UNIT(strings_of_all_kinds_are_passed_over),
	UNIT(columns_are_counted_in_characters_behind_it),
	UNIT(faults_are_those_of_the_tokens),
	UNIT(nesting_ends_where_it_does_for_tokens),
	UNIT(tokens_end_at_16_mebibytes_here_too),
	UNIT(skipping_twice_skips_once),
	UNIT(what_cannot_be_read_ends_a_skip))
