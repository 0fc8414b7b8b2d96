#include "qonduit/pattern.h"

#include <pthread.h>
#include <time.h>

#include "qonduit/buf.h"
#include "unit.h"

static struct arena arena;

static struct pattern *compile(const char *text)
{
	char why[256] = "";
	struct pattern *p = pattern_compile(str_of(text), why, sizeof why);
	ASSERT_STR(str_of(why), "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	return p;
}

static enum pattern_result matches(const char *pattern, struct str text)
{
	struct pattern *p = compile(pattern);
	struct pattern_scratch *s = pattern_scratch_new();
	enum pattern_result result = pattern_matches(p, s, text);
	pattern_scratch_free(s);
	pattern_free(p);
	return result;
}

static void extracted(const char *pattern, const char *text, const char *expected)
{
	struct pattern *p = compile(pattern);
	struct pattern_scratch *s = pattern_scratch_new();
	struct str out = { 0 };
	CU_ASSERT_EQUAL(pattern_extract(p, s, str_of(text), &out), expected ? PATTERN_MATCH : PATTERN_NO_MATCH);
	if (expected) {
		ASSERT_STR(out, expected);
		CU_ASSERT(out.p >= text && out.p + out.n <= text + strlen(text));
	}
	pattern_scratch_free(s);
	pattern_free(p);
}

static void replaced(const char *pattern, const char *text, const char *with, const char *expected)
{
	struct pattern *p = compile(pattern);
	struct pattern_scratch *s = pattern_scratch_new();
	struct str out = { 0 };
	enum pattern_result result = pattern_replace(p, s, str_of(text), str_of(with), &arena, &out);
	ASSERT_STR(out, expected);
	CU_ASSERT_EQUAL(result, out.p == text ? PATTERN_NO_MATCH : PATTERN_MATCH);
	pattern_scratch_free(s);
	pattern_free(p);
	arena_release(&arena);
}

static void patterns_match_anywhere_and_know_unicode(void)
{
	CU_ASSERT_EQUAL(matches("b+", STR("abbc")), PATTERN_MATCH);
	CU_ASSERT_EQUAL(matches("^b+$", STR("abbc")), PATTERN_NO_MATCH);
	CU_ASSERT_EQUAL(matches("^.$", STR("é")), PATTERN_MATCH);
	CU_ASSERT_EQUAL(matches("^\\w+$", STR("été")), PATTERN_MATCH);
	CU_ASSERT_EQUAL(matches("(?i)ÉTÉ", STR("l'été")), PATTERN_MATCH);
	CU_ASSERT_EQUAL(matches("^\\s$", STR("\xc2\xa0")), PATTERN_MATCH);
	CU_ASSERT_EQUAL(matches("", STR("")), PATTERN_MATCH);
	CU_ASSERT_EQUAL(matches("^$", (struct str){ 0 }), PATTERN_MATCH);
	CU_ASSERT_EQUAL(matches("a\\x00b", (struct str){ "a\0b", 3 }), PATTERN_MATCH);
}

static void a_wrong_pattern_is_named_with_its_place(void)
{
	char why[256];
	CU_ASSERT_PTR_NULL(pattern_compile(STR("é(ab"), why, sizeof why));
	ASSERT_STR(str_of(why), "missing closing parenthesis at character 5");
	CU_ASSERT_PTR_NULL(pattern_compile(STR("*a"), why, sizeof why));
	ASSERT_STR(str_of(why), "quantifier does not follow a repeatable item at character 1");
	CU_ASSERT_PTR_NULL(pattern_compile(STR("a\\C"), why, sizeof why));
	CU_ASSERT_PTR_NULL(pattern_compile(STR("[\xff]"), why, sizeof why));
}

static void extract_takes_group_1_or_the_match(void)
{
	extracted("\\d+", "EAU 50 ml 100 ml", "50");
	extracted("(\\d+) ml", "EAU 50 ml", "50");
	extracted("(?:\\d+) (ml|g)", "EAU 50 ml", "ml");
	extracted("(x)?EAU", "EAU", "");
	extracted("\\d+", "EAU", NULL);
	extracted("(?<unit>ml)", "50 ml", "ml");
	extracted("", "abc", "");
}

static void replace_replaces_every_match(void)
{
	replaced("a", "banana", "o", "bonono");
	replaced("(\\d+) (ml)", "50 ml, 100 ml", "$2 $1", "ml 50, ml 100");
	replaced("(?<n>\\d+)", "a1b22", "<${n}>", "a<1>b<22>");
	replaced("\\d", "a1", "$$$0", "a$1");
	replaced("(a)(x)?", "ab", "[$2$1]", "[a]b");
	replaced("(a)", "a", "$10", "a0");
	replaced("(a)", "a", "${1}0${0}", "a0a");
	replaced("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)", "abcdefghij", "${10}${1}", "ja");
	replaced("x", "abc", "y", "abc");
	replaced("", "aé", "-", "-a-é-");
	replaced("x*", "axb", "-", "-a--b-");
	replaced("^", "abc", "> ", "> abc");
	replaced("b$|$", "ab", "!", "a!!");
	replaced("\\s+", " a \xc2\xa0 b ", "", "ab");
	replaced("a", "", "b", "");
	replaced("^", NULL, "x", "x");
	replaced("(?<=a)b", "abab", "", "aa");
}

static void what_stands_for_a_match_is_checked(void)
{
	struct pattern *p = compile("(a)(?<n>b)");
	char why[256] = "";
	CU_ASSERT(pattern_check_with(p, STR("x $0 $1$2 ${n} $$"), why, sizeof why));
	CU_ASSERT(pattern_check_with(p, STR(""), why, sizeof why));
	ASSERT_STR(str_of(why), "");
	static const char *const wrong[][2] = {
		{ "é$3", "\"$\" at character 2 names a group that the pattern does not have" },
		{ "$2${m}", "\"$\" at character 3 names a group that the pattern does not have" },
		{ "${3}", "\"$\" at character 1 names a group that the pattern does not have" },
		{ "${}", "\"$\" at character 1 names a group that the pattern does not have" },
		{ "${aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}", "\"$\" at character 1 names a group that the pattern does not have" },
		{ "5 $", "\"$\" at character 3 is none of $0 to $9, ${12}, ${name} and $$" },
		{ "${n", "\"$\" at character 1 is none of $0 to $9, ${12}, ${name} and $$" },
		{ "$x", "\"$\" at character 1 is none of $0 to $9, ${12}, ${name} and $$" },
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		CU_ASSERT_FALSE(pattern_check_with(p, str_of(wrong[i][0]), why, sizeof why));
		ASSERT_STR(str_of(why), wrong[i][1]);
	}
	pattern_free(p);
}

static void a_runaway_pattern_ends_at_a_limit(void)
{
	static const char *const patterns[] = { "(a+)+$", "(a|a)*$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(?:(?:(?:a*)*)*)*$b" };
	char text[30001];
	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '!';
	clock_t start = clock();
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		CU_ASSERT_NOT_EQUAL(matches(patterns[i], (struct str){ text, sizeof text }), PATTERN_MATCH);
	CU_ASSERT(clock() - start < 5 * CLOCKS_PER_SEC);
	CU_ASSERT_EQUAL(matches("(a+)+$", (struct str){ text, sizeof text }), PATTERN_LIMIT);
}

static void scratch_fits_patterns_of_any_size(void)
{
	struct buf b;
	buf_init(&b, 0);
	for (int i = 0; i < 40; i++)
		buf_add(&b, STR("(.)"));
	struct pattern *few = compile("(.)(.)"), *many = pattern_compile(buf_str(&b), (char[256]){ 0 }, 256);
	struct pattern_scratch *s = pattern_scratch_new();
	CU_ASSERT_EQUAL(pattern_matches(few, s, STR("ab")), PATTERN_MATCH);
	CU_ASSERT_EQUAL(pattern_matches(many, s, STR("0123456789012345678901234567890123456789")), PATTERN_MATCH);
	CU_ASSERT_EQUAL(pattern_matches(few, s, STR("a")), PATTERN_NO_MATCH);
	pattern_scratch_free(s);
	pattern_free(few);
	pattern_free(many);
	buf_release(&b);
}

static void *match_often(void *pattern)
{
	struct pattern_scratch *s = pattern_scratch_new();
	size_t found = 0;
	for (int i = 0; i < 2000; i++)
		found += pattern_matches(pattern, s, i % 2 ? STR("EAU 50 ml") : STR("EAU")) == PATTERN_MATCH;
	pattern_scratch_free(s);
	return found == 1000 ? pattern : NULL;
}

static void threads_share_a_pattern(void)
{
	struct pattern *p = compile("(\\d+) ?(ml|g)");
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, match_often, p);
	for (int i = 0; i < 4; i++) {
		void *right = NULL;
		pthread_join(threads[i], &right);
		CU_ASSERT_PTR_EQUAL(right, p);
	}
	pattern_free(p);
}

UNIT_SUITE(pattern,
	UNIT(patterns_match_anywhere_and_know_unicode),
	UNIT(a_wrong_pattern_is_named_with_its_place),
	UNIT(extract_takes_group_1_or_the_match),
	UNIT(replace_replaces_every_match),
	UNIT(what_stands_for_a_match_is_checked),
	UNIT(a_runaway_pattern_ends_at_a_limit),
	UNIT(scratch_fits_patterns_of_any_size),
	UNIT(threads_share_a_pattern))
