#include "json_show.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

static struct arena arena;
static struct err err;

/* The same in one piece, cut anywhere into two, and byte by byte: tokens, their places, and the fault. */
static void reads_alike(struct str text, bool many)
{
	char *whole = strdup(json_show(text, many, true, 0, 0));
	for (size_t cut = 1; cut < text.n; cut++)
		ASSERT_STR(str_of(json_show(text, many, true, cut, 0)), whole);
	ASSERT_STR(str_of(json_show(text, many, true, 1, 1)), whole);
	free(whole);
}

static void reads_text(struct str text, bool many, const char *expected)
{
	ASSERT_STR(str_of(json_show(text, many, false, 0, 0)), expected);
	reads_alike(text, many);
}

static void reads(const char *text, const char *expected)
{
	reads_text(str_of(text), false, expected);
}

/* Ends with this fault, whatever stands before it. */
static void refuses_text(struct str text, const char *fault)
{
	const char *shown = json_show(text, false, false, 0, 0), *at = strchr(shown, '!');
	ASSERT_STR(str_of(at ? at : shown), fault);
	reads_alike(text, false);
}

static void refuses(const char *text, const char *fault)
{
	refuses_text(str_of(text), fault);
}

static void a_document_is_a_row_of_tokens(void)
{
	reads("{\"orders\":[{\"id\":7,\"total\":135.10},{}],\"more\":true}",
		"{ k:orders [ { k:id n:7 k:total n:135.10 } { } ] k:more t } $");
	reads(" [ null , false,\r\n\ttrue ,[ ] , { } ] \n", "[ z f t [ ] { } ] $");
	reads("\"\"", "s: $");
	reads("-0.5", "n:-0.5 $");
	reads("null", "z $");
}

static void numbers_keep_their_text(void)
{
	reads("[135.10,-0,1E-7,1e+400,0.0e0,9007199254740993,0,10]",
		"[ n:135.10 n:-0 n:1E-7 n:1e+400 n:0.0e0 n:9007199254740993 n:0 n:10 ] $");
	char digits[405] = { 0 };
	char expected[420];
	memset(digits, '7', 400);
	snprintf(expected, sizeof expected, "n:%s $", digits);
	reads(digits, expected);
}

static void strings_are_given_as_they_read(void)
{
	reads("[\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"]", "[ s:a\"\\/\b\f\n\r\tz ] $");
	reads("{\"k\\u00e9y\":\"\\u20AC\\ud83d\\uDE00\"}", "{ k:kéy s:€😀 } $");
	reads("[\"é\",\"日本語\",\"a😀b\"]", "[ s:é s:日本語 s:a😀b ] $");
	reads("[\"\x7f\",\"\xe2\x80\xa8\"]", "[ s:\x7f s:\xe2\x80\xa8 ] $");
	reads("\"a\\u0000b\"", "s:a\\0b $");
	reads("\"plain text that is longer than a word of eight bytes, żółć and \\\"quotes\\\"\"",
		"s:plain text that is longer than a word of eight bytes, żółć and \"quotes\" $");
}

static void all_of_ascii_is_plain_but_three(void)
{
	for (int c = 0x20; c < 0x80; c++) {
		for (size_t at = 0; at < 20; at++) {
			char text[] = "\"....................\"", expected[] = "s:.................... $";
			text[at + 1] = expected[at + 2] = c == '"' || c == '\\' ? '.' : (char)c;
			ASSERT_STR(str_of(json_show(str_of(text), false, false, 0, 0)), expected);
		}
	}
	for (int c = 0; c < 0x20; c++) {
		for (size_t at = 0; at < 20; at++) {
			char text[] = "\"....................\"", fault[20];
			text[at + 1] = (char)c;
			snprintf(fault, sizeof fault, "!json.syntax@1:%zu ", at + 2);
			CU_ASSERT(str_starts(str_of(json_show((struct str){ text, 22 }, false, false, 0, 0)), str_of(fault)));
		}
	}
}

static void a_token_knows_its_place_in_characters(void)
{
	struct str text = STR("{\n\t\"é😀\": [1,\r\n \"x\"],\"\\u00e9\":\"żó\", \"z\":null}");
	ASSERT_STR(str_of(json_show(text, false, true, 0, 0)),
		"{@1:1 k:é😀@2:2 [@2:8 n:1@2:9 s:x@3:2 ]@3:5 k:é@3:7 s:żó@3:16 k:z@3:22 z@3:26 }@3:30 $@3:31");
	reads_alike(text, false);
	refuses("{\"ééé\":\n\"é\",\"é日\\n😀\":x}", "!json.syntax@2:13 expected a value, found \"x\"");
}

static void values_may_follow_each_other_where_that_is_asked_for(void)
{
	reads_text(STR("{\"a\":1}\n{\"a\":2}\r\n\n[3]"), true, "{ k:a n:1 } { k:a n:2 } [ n:3 ] $");
	reads_text(STR("1 2\"a\"{}[]null"), true, "n:1 n:2 s:a { } [ ] z $");
	reads_text(STR(""), true, "$");
	reads_text(STR(" \n"), true, "$");
	reads_text(STR("{},{}"), true, "{ } !json.syntax@1:3 expected a value, found \",\"");
	reads_text(STR("{}\n{\"a\":"), true, "{ } { k:a !json.unclosed@2:6 expected a value, found the end of the "
		"text: the object that begins in line 2, column 1, is not closed");
}

static void one_value_is_all_there_is_elsewhere(void)
{
	reads("{} \n", "{ } $");
	refuses("{} {}", "!json.syntax@1:4 expected the end of the text behind the document, found a second one");
	refuses("{}\n[", "!json.syntax@2:1 expected the end of the text behind the document, found a second one");
	refuses("1\n2", "!json.syntax@2:1 expected the end of the text behind the document, found \"2\"");
	refuses("[]]", "!json.syntax@1:3 expected the end of the text behind the document, found \"]\"");
	refuses("{}\nThe end", "!json.syntax@2:1 expected the end of the text behind the document, found \"The\"");
	refuses_text(STR("{}\0"),
		"!json.syntax@1:3 expected the end of the text behind the document, found the control character U+0000");
	refuses("", "!json.syntax@1:1 expected a value, found the end of the text");
	refuses(" \n", "!json.syntax@2:1 expected a value, found the end of the text");
}

static void faults_say_what_was_expected_and_found(void)
{
	refuses("{\"a\": 1 x}", "!json.syntax@1:9 expected \",\" or \"}\", found \"x\"");
	refuses("[1 2]", "!json.syntax@1:4 expected \",\" or \"]\", found \"2\"");
	refuses("[1}", "!json.syntax@1:3 expected \",\" or \"]\", found \"}\"");
	refuses("{\"a\" 1}", "!json.syntax@1:6 expected \":\" behind the key, found \"1\"");
	refuses("{\"a\":1,}", "!json.syntax@1:8 expected a key in double quotes, found \"}\"");
	refuses("{a:1}", "!json.syntax@1:2 expected a key in double quotes or \"}\", found \"a\"");
	refuses("[1,]", "!json.syntax@1:4 expected a value, found \"]\"");
	refuses("[True]", "!json.syntax@1:2 expected a value, found \"True\"");
	refuses("[nullx]", "!json.syntax@1:2 expected a value, found \"nullx\"");
	refuses("[tru", "!json.syntax@1:2 expected a value, found \"tru\"");
	refuses("[NaN]", "!json.syntax@1:2 expected a value, found \"NaN\"");
	refuses("[Infinity]", "!json.syntax@1:2 expected a value, found \"Infinity\"");
	refuses("['é']", "!json.syntax@1:2 expected a value, found a single quote, where JSON has double ones");
	refuses("{'a':1}",
		"!json.syntax@1:2 expected a key in double quotes or \"}\", found a single quote, where JSON has double ones");
	refuses("[\"é\", é]", "!json.syntax@1:7 expected a value, found \"é\" (U+00E9)");
	refuses("[\xc2\xa0" "1]", "!json.syntax@1:2 expected a value, found \"\xc2\xa0\" (U+00A0)");
	refuses("\xef\xbb\xbf{}", "!json.syntax@1:1 expected a value, found \"\xef\xbb\xbf\" (U+FEFF)");
	refuses("\xff\xfe{", "!json.syntax@1:1 expected a value, found the byte 0xFF");
	refuses("[1, // one\n2]", "!json.syntax@1:5 expected a value, found a comment, which JSON does not have");
	refuses("[1 /* one */]", "!json.syntax@1:4 expected \",\" or \"]\", found a comment, which JSON does not have");
	refuses("[1 / 2]", "!json.syntax@1:4 expected \",\" or \"]\", found \"/\"");
	refuses("# one\n[]", "!json.syntax@1:1 expected a value, found \"#\"");
	refuses("[\f1]", "!json.syntax@1:2 expected a value, found the control character U+000C");
	refuses("[\v1]", "!json.syntax@1:2 expected a value, found the control character U+000B");
	refuses_text(STR("[\0]"), "!json.syntax@1:2 expected a value, found the control character U+0000");
	refuses("[abcdefghijklmnopqrstuvwxyz]", "!json.syntax@1:2 expected a value, found \"abcdefghijklmnopqrstuvwx\"");
}

static void numbers_that_json_does_not_know_are_refused(void)
{
	static const char *const wrong[] = { "01", "-01", "+1", ".5", "1.", "-", "--1", "1e", "1e+", "1E-", "00", "1x",
		"-a", "0x10", "1.2.3", "1-2", "-Infinity", "1.e5", "1e5.5", "-.5", "1_000" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char text[40], fault[140];
		snprintf(text, sizeof text, "[ %s]", wrong[i]);
		snprintf(fault, sizeof fault,
			"!json.syntax@1:3 expected a number as JSON writes them (10, -0.5, 1e3), found \"%s\"", wrong[i]);
		refuses(text, fault);
		refuses_text(str_head(str_of(text), strlen(text) - 1), fault);
	}
}

static void strings_that_are_not_text_are_refused(void)
{
	refuses("[\"a\nb\"]", "!json.syntax@1:4 expected a \" that ends the string, found the end of the line");
	refuses("[\"\t\"]",
		"!json.syntax@1:3 expected an escape such as \\t or \\u0001, found the control character U+0009");
	refuses_text(STR("[\"a\0b\"]"),
		"!json.syntax@1:4 expected an escape such as \\t or \\u0001, found the control character U+0000");
	static const char *const escapes[] = { "\\x41", "\\u12g4", "\\u", "\\U0041", "\\'", "\\\n", "\\u+123", "\\u 123" };
	for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
		char text[40];
		snprintf(text, sizeof text, "[\"é%s\"]", escapes[i]);
		refuses(text, "!json.syntax@1:4 expected an escape that JSON knows (\\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u "
			"and four hexadecimal digits), found another behind \"\\\"");
	}
}

static void bytes_that_are_not_utf8_are_refused_where_they_stand(void)
{
	refuses("[\"ab\xe9\"]", "!json.syntax@1:5 expected UTF-8, found the byte 0xE9");
	refuses("[\"\xc0\x80\"]", "!json.syntax@1:3 expected UTF-8, found the byte 0xC0");
	refuses("[\"\xed\xa0\x80\"]", "!json.syntax@1:3 expected UTF-8, found the byte 0xED");
	refuses("[\"\xf4\x90\x80\x80\"]", "!json.syntax@1:3 expected UTF-8, found the byte 0xF4");
	refuses("[\"\xf8\x88\x80\x80\x80\"]", "!json.syntax@1:3 expected UTF-8, found the byte 0xF8");
	refuses("\"\xe2\x82\\u0041\"", "!json.syntax@1:2 expected UTF-8, found the byte 0xE2");
	refuses("[\n\"é\\né日\xf0\x9f\x98\"]", "!json.syntax@2:7 expected UTF-8, found the byte 0xF0");
	refuses("\"é\xe2\x82", "!json.syntax@1:3 expected UTF-8, found the byte 0xE2");
	refuses("\"é\x80", "!json.syntax@1:3 expected UTF-8, found the byte 0x80");
	refuses("{\"\xb9\":1}", "!json.syntax@1:3 expected UTF-8, found the byte 0xB9");
}

static void half_a_surrogate_pair_is_refused(void)
{
	static const char *const halves[] = { "\\ud800", "\\uDFFF", "\\ud800\\n", "\\udc00\\udc00", "\\ud800\\ud800",
		"\\ud800\\u0041", "\\ud83dx", "\\ud83d\\u00" };
	for (size_t i = 0; i < sizeof halves / sizeof *halves; i++) {
		char text[40];
		snprintf(text, sizeof text, "{\"%s\":0}", halves[i]);
		refuses(text, "!json.syntax@1:3 expected a pair of surrogates (\\uD83D\\uDE00), found half of one");
	}
}

/* The fault is that of a text that ends there, where `open` is not closed. */
static void is_cut(const char *text, const char *place, const char *expected, const char *open)
{
	char fault[300];
	snprintf(fault, sizeof fault, "!json.unclosed@%s expected %s, found the end of the text: the %s, is not closed",
		place, expected, open);
	refuses(text, fault);
}

static void where_the_text_ends_too_early_is_said_what_is_open(void)
{
	is_cut("{\"a\":\n [1", "2:4", "\",\" or \"]\"", "array that begins in line 2, column 2");
	is_cut("[{\"a\":1", "1:8", "\",\" or \"}\"", "object that begins in line 1, column 2");
	is_cut("[{", "1:3", "a key in double quotes or \"}\"", "object that begins in line 1, column 2");
	is_cut("{\"a\"\n", "2:1", "\":\" behind the key", "object that begins in line 1, column 1");
	is_cut("{\"a\": ", "1:7", "a value", "object that begins in line 1, column 1");
	is_cut("[[],", "1:5", "a value", "array that begins in line 1, column 1");
}

static void a_string_may_be_cut_anywhere(void)
{
	static const char *const texts[] = { "abc", "ab\\", "abc\\u", "a\\u00e", "a\\ud83d", "a\\ud83d\\", "a\\ud83d\\u",
		"a\\ud83d\\ude0", "\\\"", "" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char text[40], place[30];
		snprintf(text, sizeof text, "[[],\n \"%s", texts[i]);
		snprintf(place, sizeof place, "2:%zu", strlen(texts[i]) + 3);
		is_cut(text, place, "a \" that ends the string", "string that begins in line 2, column 2");
	}
	is_cut("\"żó", "1:4", "a \" that ends the string", "string that begins in line 1, column 1");
}

static struct str nested(struct buf *b, size_t levels, const char *open, const char *close)
{
	buf_clear(b);
	for (size_t i = 0; i < levels; i++)
		buf_add(b, str_of(open));
	for (size_t i = 0; i < levels; i++)
		buf_add(b, str_of(close));
	return buf_str(b);
}

static void nesting_ends_at_128(void)
{
	struct buf b = { 0 };
	const char *shown = json_show(nested(&b, 128, "[", "]"), false, false, 0, 0);
	ASSERT_STR(str_from(str_of(shown), strlen(shown) - 3), "] $");
	refuses_text(nested(&b, 129, "[", "]"), "!json.depth@1:129 expected at most 128 levels of nesting, found more");
	refuses_text(nested(&b, 70, "{\"\":[", ""), "!json.depth@1:321 expected at most 128 levels of nesting, found more");
	buf_release(&b);
}

/* Feeds a text that is made as it goes: `before`, so many times `byte`, `after`. */
struct mill {
	const char *before, *after;
	char byte;
	size_t count;
	char piece[65536];
};

static int mill_next(void *arg, struct str *piece, struct err *e)
{
	struct mill *m = arg;
	*piece = str_of(m->before);
	m->before = "";
	if (piece->n == 0 && m->count) {
		*piece = (struct str){ m->piece, m->count < sizeof m->piece ? m->count : sizeof m->piece };
		m->count -= piece->n;
	} else if (piece->n == 0) {
		*piece = str_of(m->after);
		m->after = "";
	}
	return 0;
}

static void mills(const char *before, char byte, size_t count, const char *after, const char *message)
{
	static struct mill m;
	m = (struct mill){ .before = before, .byte = byte, .count = count, .after = after };
	memset(m.piece, byte, sizeof m.piece);
	struct json_pull *p = json_pull_open(&(struct json_pull_input){ .next = mill_next, .arg = &m });
	enum json_token token = JSON_PULL_NULL;
	size_t longest = 0;
	err_clear(&err);
	while (token != JSON_PULL_END && json_pull_next(p, &token, &err) == 0)
		longest = json_pull_text(p).n > longest ? json_pull_text(p).n : longest;
	ASSERT_STR(str_of(err.message), message);
	CU_ASSERT_EQUAL(longest == JSON_PULL_TOKEN, *message == '\0');
	CU_ASSERT(!*message || (err.line == 2 && err.col == 2));
	json_pull_close(p);
}

static void tokens_end_at_16_mebibytes(void)
{
	mills("[\n \"", 'x', JSON_PULL_TOKEN, "\"]", "");
	mills("[\n \"", 'x', JSON_PULL_TOKEN + 1, "\"]", "expected a string of at most 16 MiB, found a longer one");
	mills("[\n \"\\n", 'x', JSON_PULL_TOKEN, "\"]", "expected a string of at most 16 MiB, found a longer one");
	mills("[\n 1", '1', JSON_PULL_TOKEN - 1, "]", "");
	mills("[\n 1", '1', JSON_PULL_TOKEN, "]", "expected a number of at most 16 MiB, found a longer one");
	struct buf b = { 0 };
	buf_add(&b, STR("[\n \""));
	for (size_t i = 0; i <= JSON_PULL_TOKEN; i++)
		buf_addc(&b, 'x');
	mills(buf_text(&b), ' ', 0, "\"]", "expected a string of at most 16 MiB, found a longer one");
	buf_addc(&b, '"');
	mills(buf_text(&b), ' ', 0, "]", "expected a string of at most 16 MiB, found a longer one");
	b.p[b.n - 2] = '"';
	b.p[b.n - 1] = ']';
	mills(buf_text(&b), ' ', 0, "", "");
	memset(b.p + 3, '7', b.n - 4);
	mills(buf_text(&b), ' ', 0, "", "expected a number of at most 16 MiB, found a longer one");
	b.p[3] = ' ';
	b.p[4] = ' ';
	mills(buf_text(&b), ' ', 0, "", "");
	buf_release(&b);
}

static void a_fault_stays_and_so_does_the_end(void)
{
	struct json_cutter cutter = { .text = STR("[x,1]") };
	struct json_pull *p = json_cutter_open(&cutter, false);
	enum json_token token;
	const struct json *tree;
	CU_ASSERT_EQUAL(json_pull_next(p, &token, &err), 0);
	for (int i = 0; i < 3; i++) {
		err_clear(&err);
		CU_ASSERT_EQUAL(i == 0 ? json_pull_next(p, &token, &err) : i == 1 ? json_pull_skip(p, &err) :
			json_pull_tree(p, &arena, 100, &tree, &err), -1);
		ASSERT_STR(str_of(err.message), "expected a value, found \"x\"");
		CU_ASSERT(err.class == ERR_INPUT && err.line == 1 && err.col == 2);
	}
	json_cutter_close(&cutter, p);
	cutter = (struct json_cutter){ .text = STR("1 ") };
	p = json_cutter_open(&cutter, false);
	err_clear(&err);
	CU_ASSERT(json_pull_next(p, &token, &err) == 0 && token == JSON_PULL_NUMBER);
	for (int i = 0; i < 3; i++)
		CU_ASSERT(json_pull_next(p, &token, &err) == 0 && token == JSON_PULL_END);
	json_cutter_close(&cutter, p);
	json_pull_close(NULL);
}

static void what_cannot_be_read_is_no_end_of_the_text(void)
{
	static const char *const texts[] = { "", "[1", "[12", "{\"a\"", "\"ab", "\"ab\\u00", "tru", "[true",
		"[1]", "[x", "\"\xe2" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct json_cutter cutter = { .text = str_of(texts[i]), .fault = "the disk is gone" };
		struct json_pull *p = json_cutter_open(&cutter, true);
		enum json_token token = JSON_PULL_NULL;
		err_clear(&err);
		while (token != JSON_PULL_END && json_pull_next(p, &token, &err) == 0)
			;
		CU_ASSERT(token != JSON_PULL_NUMBER && token != JSON_PULL_TRUE);
		ASSERT_STR(str_of(err.code), "io.read");
		ASSERT_STR(str_of(err.message), "the disk is gone");
		CU_ASSERT_EQUAL(err.line, 1);
		CU_ASSERT(err.col >= 1 && err.col <= str_of(texts[i]).n + 1);
		json_cutter_close(&cutter, p);
	}
}

UNIT_SUITE(json_pull,
	UNIT(a_document_is_a_row_of_tokens),
	UNIT(numbers_keep_their_text),
	UNIT(strings_are_given_as_they_read),
	UNIT(all_of_ascii_is_plain_but_three),
	UNIT(a_token_knows_its_place_in_characters),
	UNIT(values_may_follow_each_other_where_that_is_asked_for),
	UNIT(one_value_is_all_there_is_elsewhere),
	UNIT(faults_say_what_was_expected_and_found),
	UNIT(numbers_that_json_does_not_know_are_refused),
	UNIT(strings_that_are_not_text_are_refused),
	UNIT(bytes_that_are_not_utf8_are_refused_where_they_stand),
	UNIT(half_a_surrogate_pair_is_refused),
	UNIT(where_the_text_ends_too_early_is_said_what_is_open),
	UNIT(a_string_may_be_cut_anywhere),
	UNIT(nesting_ends_at_128),
	UNIT(tokens_end_at_16_mebibytes),
	UNIT(a_fault_stays_and_so_does_the_end),
	UNIT(what_cannot_be_read_is_no_end_of_the_text))
