/* The command line as data. */
#include <stdio.h>

#include "qonduit/options.h"
#include "unit.h"

static int parse(struct options *o, const struct command *c, char *words, struct err *e)
{
	char *argv[16];
	int argc = 0;

	for (char *word = strtok(words, " "); word && argc < 16; word = strtok(NULL, " "))
		argv[argc++] = word;
	*e = (struct err){ 0 };
	return options_parse(o, c, argc, argv, e);
}

static void options_and_operands_may_stand_in_any_order(void)
{
	char words[] = "a.json -o out --set x=1 in.csv --limit=5 -qv --set y=2 -- -z";
	struct options o;
	struct err e;

	CU_ASSERT_EQUAL(parse(&o, &command_convert, words, &e), 0);
	CU_ASSERT_EQUAL(o.operands.count, 3);
	CU_ASSERT_STRING_EQUAL(o.operands.all[2], "-z");
	CU_ASSERT_STRING_EQUAL(o.output, "out");
	CU_ASSERT_EQUAL(o.set.count, 2);
	CU_ASSERT_EQUAL(o.limit, 5);
	CU_ASSERT_TRUE(o.quiet && o.verbose);
	options_release(&o);
}

static void wrong_words_are_usage_errors_that_help(void)
{
	static const struct {
		const char *words, *message;
	} cases[] = {
		{ "--ouput x", "did you mean --output?" },
		{ "--limit many", "a whole number" },
		{ "--max-rejects 200%", "0% to 100%" },
		{ "-o", "needs an argument" },
		{ "--force=yes", "takes no argument" },
		{ "--no-wait", "has no option --no-wait" },
		{ "--log-format xml", "text|json" },
		{ "-x", "has no option -x" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char words[64];
		struct options o;
		struct err e;
		strcpy(words, cases[i].words);
		CU_ASSERT_EQUAL(parse(&o, &command_convert, words, &e), -1);
		CU_ASSERT_EQUAL(e.class, ERR_USAGE);
		CU_ASSERT_PTR_NOT_NULL(strstr(e.message, cases[i].message));
		options_release(&o);
	}
}

static void max_rejects_is_a_number_or_a_share(void)
{
	char number[] = "--max-rejects 0", share[] = "--max-rejects 2.5%";
	struct options o;
	struct err e;

	CU_ASSERT_EQUAL(parse(&o, &command_push, number, &e), 0);
	CU_ASSERT_TRUE(o.has_max_rejects && o.max_rejects == 0);
	options_release(&o);
	CU_ASSERT_EQUAL(parse(&o, &command_push, share, &e), 0);
	CU_ASSERT_EQUAL(o.max_rejects_percent, 250);
	options_release(&o);
}

static void a_share_of_shrinking_needs_no_sign(void)
{
	static const struct {
		const char *text;
		int64_t hundredths; /* -1: refused */
	} cases[] = { { "30%", 3000 }, { "30", 3000 }, { "0", 0 }, { "100%", 10000 }, { "2.5%", 250 }, { "0.25", 25 },
		{ "100.01%", -1 }, { "101", -1 }, { "1.234", -1 }, { "-1", -1 }, { "%", -1 }, { "3%%", -1 }, { "1.", -1 },
		{ "18446744073709551646", -1 } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char words[64];
		struct options o;
		struct err e;
		snprintf(words, sizeof words, "--allow-shrink %s", cases[i].text);
		CU_ASSERT_EQUAL(parse(&o, &command_push, words, &e), cases[i].hundredths < 0 ? -1 : 0);
		CU_ASSERT_EQUAL(o.has_allow_shrink, cases[i].hundredths >= 0);
		CU_ASSERT_TRUE(cases[i].hundredths < 0 || o.allow_shrink == (uint32_t)cases[i].hundredths);
		options_release(&o);
	}
}

static void what_says_how_to_report_holds_behind_an_error_too(void)
{
	char words[] = "--bogus --limit x -Z --log-format json --metrics m.prom -q";
	struct options o;
	struct err e;

	CU_ASSERT_EQUAL(parse(&o, &command_push, words, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.message, "--bogus"));
	CU_ASSERT_STRING_EQUAL(o.log_format, "json");
	CU_ASSERT_STRING_EQUAL(o.metrics, "m.prom");
	CU_ASSERT_TRUE(o.quiet);
	options_release(&o);
}

static void durations_have_units(void)
{
	int64_t ms = 0;

	CU_ASSERT_TRUE(duration_parse(STR("15m"), &ms) && ms == 900000);
	CU_ASSERT_TRUE(duration_parse(STR("90"), &ms) && ms == 90000);
	CU_ASSERT_TRUE(duration_parse(STR("250ms"), &ms) && ms == 250);
	CU_ASSERT_TRUE(duration_parse(STR("2h"), &ms) && ms == 7200000);
	CU_ASSERT_FALSE(duration_parse(STR("m"), &ms));
	CU_ASSERT_FALSE(duration_parse(STR("5 m"), &ms));
}

static void sizes_are_bytes_or_have_units(void)
{
	uint64_t bytes = 0;

	CU_ASSERT_TRUE(size_parse(STR("65536"), &bytes) && bytes == 65536);
	CU_ASSERT_TRUE(size_parse(STR("64k"), &bytes) && bytes == 65536);
	CU_ASSERT_TRUE(size_parse(STR("3M"), &bytes) && bytes == 3 << 20);
	CU_ASSERT_TRUE(size_parse(STR("5g"), &bytes) && bytes == (uint64_t)5 << 30);
	CU_ASSERT_FALSE(size_parse(STR("0"), &bytes));
	CU_ASSERT_FALSE(size_parse(STR("k"), &bytes));
	CU_ASSERT_FALSE(size_parse(STR("1.5M"), &bytes));
	CU_ASSERT_FALSE(size_parse(STR("17179869184G"), &bytes)); /* 2^64 */
}

static void every_option_of_a_command_stands_in_its_help(void)
{
	for (size_t i = 0; commands[i]; i++) {
		struct buf text = { 0 };
		options_help(commands[i], &text);
		for (const char *p = commands[i]->options; p && *p;) {
			const char *end = strchrnul(p, ' ');
			char name[64];
			snprintf(name, sizeof name, "--%.*s ", (int)(end - p), p);
			CU_ASSERT_PTR_NOT_NULL(strstr(buf_text(&text), name));
			p = *end ? end + 1 : end;
		}
		buf_release(&text);
	}
}

UNIT_SUITE(options, UNIT(options_and_operands_may_stand_in_any_order), UNIT(wrong_words_are_usage_errors_that_help),
	UNIT(max_rejects_is_a_number_or_a_share), UNIT(a_share_of_shrinking_needs_no_sign), UNIT(what_says_how_to_report_holds_behind_an_error_too),
	UNIT(durations_have_units),
	UNIT(sizes_are_bytes_or_have_units), UNIT(every_option_of_a_command_stands_in_its_help))
