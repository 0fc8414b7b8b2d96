#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "qonduit/log.h"

static FILE *caught;
static int kept;
static char text[4000];

/* Between catch_lines and caught_lines standard error goes to a file. */
static void catch_lines(void)
{
	fflush(stderr);
	caught = tmpfile();
	kept = dup(STDERR_FILENO);
	dup2(fileno(caught), STDERR_FILENO);
}

static struct str caught_lines(void)
{
	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	close(kept);
	rewind(caught);
	size_t n = fread(text, 1, sizeof text, caught);
	fclose(caught);
	log_setup(LOG_LEVEL_INFO, LOG_TEXT, false);
	return (struct str){ text, n };
}

static void assert_masked(struct str in, const char *expected, int line)
{
	struct buf b = { 0 };
	log_mask(in, &b);
	unit_str(buf_str(&b), expected, __FILE__, line);
	buf_release(&b);
}

#define ASSERT_MASKED(in, expected) assert_masked(STR(in), (expected), __LINE__)

static void note(void *arg)
{
	fprintf(stderr, "%s", (const char *)arg);
}

static void writes_text_for_people(void)
{
	catch_lines();
	log_line(LOG_LEVEL_INFO, "run_started", "run %d", 7);
	log_line(LOG_LEVEL_WARNING, "shrunk", "fewer records");
	log_line(LOG_LEVEL_ERROR, "refused", "no");
	log_line(LOG_LEVEL_DEBUG, "detail", "not shown");
	struct err e = { 0 };
	err_set(&e, ERR_INPUT, "csv.quote", "unclosed quote");
	err_at_file(&e, "a.csv");
	err_at_line(&e, 17, 0);
	log_err(&e);
	ASSERT_STR(caught_lines(), "qonduit: run 7\nqonduit: warning: fewer records\nqonduit: no\n"
		"qonduit: a.csv:17: unclosed quote\n");
}

static void says_once_what_would_be_said_again(void)
{
	catch_lines();
	log_setup(LOG_LEVEL_WARNING, LOG_TEXT, false);
	log_once(LOG_LEVEL_INFO, "override", "the file's %s holds", "address"); /* not shown, so it has not been said */
	log_setup(LOG_LEVEL_INFO, LOG_TEXT, false);
	for (int i = 0; i < 3; i++) {
		log_once(LOG_LEVEL_INFO, "override", "the file's %s holds", "address");
		log_once(LOG_LEVEL_INFO, "override", "the file's %s holds", i < 2 ? "account" : "limits");
	}
	log_release();
	log_once(LOG_LEVEL_INFO, "override", "the file's %s holds", "address");
	ASSERT_STR(caught_lines(), "qonduit: the file's address holds\nqonduit: the file's account holds\n"
		"qonduit: the file's limits holds\nqonduit: the file's address holds\n");
}

static void colours_the_words_that_say_how_it_went(void)
{
	static const struct log_word words[] = { { "done", LOG_GOOD }, { "rejected", LOG_NOTED },
		{ "still to be sent", LOG_NOTED }, { "stopped", LOG_BAD }, { 0 } };
	static const struct { const char *line, *shown; } table[] = {
		{ "push m: done, 1.0 s", "push m: \x1b[32mdone\x1b[0m, 1.0 s" },
		{ "  1,204 rows read: 1,203 written, 1,003 rejected", "  1,204 rows read: 1,203 written, \x1b[1;33m1,003 rejected\x1b[0m" },
		{ "  rejected rows: out/rejected 3", "  \x1b[1;33mrejected\x1b[0m rows: out/rejected 3" },
		{ "7 still to be sent", "\x1b[1;33m7 still to be sent\x1b[0m" },
		{ "all is done, none rejected", "all is done, none rejected" },
		{ "done3 donee: undone a9 rejected 9rejected", "\x1b[32mdone\x1b[0m3 donee: undone a9 rejected 9rejected" },
		{ "x: stopped", "x: \x1b[1;31mstopped\x1b[0m" },
		{ "9", "9" },
		{ "a\x1b[31m: done", "a\\x1b[31m: \x1b[32mdone\x1b[0m" },
	};
	log_words(words);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		catch_lines();
		log_setup(LOG_LEVEL_INFO, LOG_TEXT, true);
		log_text("summary", str_of(table[i].line));
		struct str shown = caught_lines();
		ASSERT_STR(str_head(shown, shown.n - 1), table[i].shown);
		catch_lines();
		log_text("summary", str_of(table[i].line));
		CU_ASSERT_EQUAL(str_find(caught_lines(), STR("\x1b")), -1);
	}
	log_words(NULL);
	catch_lines();
	log_setup(LOG_LEVEL_INFO, LOG_TEXT, true);
	log_text("summary", STR("x: done"));
	log_line(LOG_LEVEL_ERROR, "refused", "no");
	log_line(LOG_LEVEL_WARNING, "odd", "hm");
	log_line(LOG_LEVEL_INFO, "said", "3 rejected");
	ASSERT_STR(caught_lines(), "x: done\n\x1b[1;31mqonduit:\x1b[0m no\nqonduit: \x1b[1;33mwarning:\x1b[0m hm\n"
		"qonduit: 3 rejected\n");
}

static void writes_findings_as_compilers_do(void)
{
	struct fault f = { .severity = FAULT_ERROR };
	err_set(&f.what, ERR_MAPPING, "mapping.kind", "found a number");
	err_at_file(&f.what, "m.json");
	err_at_line(&f.what, 3, 7);
	strcpy(f.what.pointer, "/keep");
	catch_lines();
	log_fault(&f);
	f.severity = FAULT_WARNING;
	log_fault(&f);
	ASSERT_STR(caught_lines(), "m.json:3:7: error: found a number (at /keep)\nm.json:3:7: warning: found a number (at /keep)\n");
	catch_lines();
	log_setup(LOG_LEVEL_INFO, LOG_TEXT, true);
	log_fault(&f);
	log_line(LOG_LEVEL_WARNING, "x", "\x1b[31mred\x1b[0m");
	ASSERT_STR(caught_lines(), "m.json:3:7: \x1b[1;33mwarning:\x1b[0m found a number (at /keep)\n"
		"qonduit: \x1b[1;33mwarning:\x1b[0m \\x1b[31mred\\x1b[0m\n");
}

static void shows_what_the_level_asks_for(void)
{
	catch_lines();
	log_setup(LOG_LEVEL_WARNING, LOG_TEXT, false);
	CU_ASSERT_TRUE(log_shows(LOG_LEVEL_ERROR) && !log_shows(LOG_LEVEL_INFO));
	log_line(LOG_LEVEL_INFO, "x", "hidden");
	log_line(LOG_LEVEL_WARNING, "x", "shown");
	log_setup(LOG_LEVEL_DEBUG, LOG_TEXT, false);
	log_line(LOG_LEVEL_DEBUG, "x", "detail");
	ASSERT_STR(caught_lines(), "qonduit: warning: shown\nqonduit: detail\n");
}

static void writes_one_json_object_a_line(void)
{
	catch_lines();
	log_setup(LOG_LEVEL_INFO, LOG_JSON, false);
	log_line(LOG_LEVEL_WARNING, "row_rejected", "say \"no\"\n\x1b[0m \xe2\x82\xac \\ \xff");
	struct str line = caught_lines();
	CU_ASSERT_TRUE(str_starts(line, STR("{\"ts\":\"20")));
	ASSERT_STR(str_from(line, 30), "Z\",\"level\":\"warning\",\"event\":\"row_rejected\",\"message\":"
		"\"say \\\"no\\\"\\\\x0a\\\\x1b[0m \xe2\x82\xac \\\\ \\\\xff\"}\n");
}

static void tells_place_and_run_in_json(void)
{
	struct err e = { .sheet = "A \"B\"", .row = 3, .pointer = "/a\n" };
	err_set(&e, ERR_INPUT, "x.y", "bad s3cr3t-token");
	err_at_file(&e, "s3cr3t-token.csv");
	err_at_line(&e, 17, 4);
	catch_lines();
	log_setup(LOG_LEVEL_INFO, LOG_JSON, false);
	log_secret(STR("s3cr3t-token"));
	log_run("20261121-181500-3f9a");
	log_err(&e);
	log_run(NULL);
	log_row(STR("a.csv:2"), STR("price"), STR("no"));
	log_row(STR("a.csv:3"), STR(""), STR("no"));
	struct str lines = caught_lines();
	struct str one = str_cut(lines, '\n', &lines), two = str_cut(lines, '\n', &lines);
	CU_ASSERT_TRUE(str_ends(one, STR("\"run\":\"20261121-181500-3f9a\",\"file\":\"***.csv\",\"sheet\":\"A \\\"B\\\"\","
		"\"row\":3,\"line\":17,\"column\":4,\"pointer\":\"/a\\\\x0a\"}")));
	ASSERT_STR(str_from(two, 30), "Z\",\"level\":\"warning\",\"event\":\"row_rejected\","
		"\"message\":\"a.csv:2: price: no\",\"origin\":\"a.csv:2\",\"field\":\"price\"}");
	CU_ASSERT_TRUE(str_ends(lines, STR("\"message\":\"a.csv:3: no\",\"origin\":\"a.csv:3\"}\n")));
	log_release();
}

static void writes_lines_for_people_as_one_object(void)
{
	catch_lines();
	log_text("summary", STR("one\n  two\x1b\n"));
	log_setup(LOG_LEVEL_INFO, LOG_JSON, false);
	log_text("summary", STR("one\n  two\x1b\n"));
	log_text("summary", STR(""));
	log_setup(LOG_LEVEL_WARNING, LOG_JSON, false);
	log_text("summary", STR("hidden"));
	struct str lines = caught_lines();
	CU_ASSERT_TRUE(str_starts(lines, STR("one\n  two\\x1b\n{")));
	CU_ASSERT_TRUE(str_ends(lines, STR(",\"event\":\"summary\",\"message\":\"one\\n  two\\\\x1b\"}\n")));
}

static void keeps_a_message_on_one_line(void)
{
	catch_lines();
	log_line(LOG_LEVEL_INFO, "x", "%s", "one\r\nqonduit: forged\x1b[2J");
	ASSERT_STR(caught_lines(), "qonduit: one\\x0d\\x0aqonduit: forged\\x1b[2J\n");
}

static void lets_a_progress_line_step_aside(void)
{
	char dash[] = "-";
	catch_lines();
	log_aside(note, note, dash);
	log_line(LOG_LEVEL_INFO, "x", "line");
	log_line(LOG_LEVEL_DEBUG, "x", "hidden");
	log_aside(NULL, NULL, NULL);
	log_line(LOG_LEVEL_INFO, "x", "line");
	ASSERT_STR(caught_lines(), "-qonduit: line\n-qonduit: line\n");
}

static void masks_a_secret_wherever_it_is_shown(void)
{
	log_secret(STR("s3cr3t-token"));
	ASSERT_MASKED("Bearer s3cr3t-token, again s3cr3t-token.", "Bearer ***, again ***.");
	ASSERT_MASKED("s3cr3t-toke", "s3cr3t-toke");
	ASSERT_MASKED("s3cr3ts3cr3t-token", "s3cr3t***");
	catch_lines();
	log_line(LOG_LEVEL_INFO, "x", "token %s", "s3cr3t-token");
	struct err e = { 0 };
	err_set(&e, ERR_CREDENTIALS, "auth.refused", "token s3cr3t-token was refused");
	log_err(&e);
	ASSERT_STR(caught_lines(), "qonduit: token ***\nqonduit: token *** was refused\n");
	log_release();
	ASSERT_MASKED("s3cr3t-token", "s3cr3t-token");
}

static void masks_encoded_secrets(void)
{
	log_secret(STR("p\xc3\xa4ss w\"rd/1+?"));
	ASSERT_MASKED("a=p%C3%A4ss%20w%22rd%2F1%2B%3F&b", "a=***&b");
	ASSERT_MASKED("a=p%c3%a4ss%20w%22rd%2f1%2b%3f&b", "a=***&b");
	ASSERT_MASKED("a=p%C3%A4ss+w%22rd%2F1%2B%3F&b", "a=***&b");
	ASSERT_MASKED("{\"password\":\"p\xc3\xa4ss w\\\"rd/1+?\"}", "{\"password\":\"***\"}");
	log_release();
}

static void masks_base64_wherever_the_secret_begins_in_it(void)
{
	log_secret(STR("s3cr3t-token"));
	ASSERT_MASKED("czNjcjN0LXRva2Vu", "***");
	ASSERT_MASKED("Basic dXNlcjpzM2NyM3QtdG9rZW4=", "Basic dXNlcjp***=");    /* user: */
	ASSERT_MASKED("Basic dXNlcnM6czNjcjN0LXRva2Vu", "Basic dXNlcnM6***");    /* users: */
	ASSERT_MASKED("Basic dXNlcjE6czNjcjN0LXRva2VuCg==", "Basic dXNlcjE6***Cg=="); /* with a line end */
	ASSERT_MASKED("Basic dXNlcjEyOnMzY3IzdC10b2tlbg==", "Basic dXNlcjEyOn***==");  /* user12: */
	log_release();
	log_secret(STR("\xfb\xff\xfe\xfb\xff\xfe"));
	ASSERT_MASKED("+//++//+ and -__--__-", "*** and ***");
	log_release();
}

static void hides_overlapping_secrets_whole(void)
{
	log_secret(STR("abcdef"));
	log_secret(STR("defghi"));
	log_secret(STR("abcdef-long"));
	ASSERT_MASKED("x abcdefghi y", "x *** y");
	ASSERT_MASKED("abcdef-long abcdef-lon", "*** ***-lon");
	log_release();
}

static void ignores_what_is_too_short_to_mask(void)
{
	log_secret(STR("abc"));
	log_secret((struct str){ 0 });
	ASSERT_MASKED("abc", "abc");
	log_release();
}

UNIT_SUITE(log, UNIT(writes_text_for_people), UNIT(says_once_what_would_be_said_again),
	UNIT(colours_the_words_that_say_how_it_went), UNIT(writes_findings_as_compilers_do), UNIT(shows_what_the_level_asks_for), UNIT(writes_one_json_object_a_line), UNIT(tells_place_and_run_in_json), UNIT(writes_lines_for_people_as_one_object),
	UNIT(keeps_a_message_on_one_line), UNIT(lets_a_progress_line_step_aside),
	UNIT(masks_a_secret_wherever_it_is_shown), UNIT(masks_encoded_secrets),
	UNIT(masks_base64_wherever_the_secret_begins_in_it), UNIT(hides_overlapping_secrets_whole),
	UNIT(ignores_what_is_too_short_to_mask))
