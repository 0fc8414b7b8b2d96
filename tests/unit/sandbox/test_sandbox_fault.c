#include "qonduit/sandbox_fault.h"

#include <stdio.h>

#include "qonduit/options.h"
#include "unit.h"

static const struct str routes[] = { { "import", 6 }, { "status", 6 } };

static int parse(const char *spec, struct sandbox_fault *f, struct err *e)
{
	*e = (struct err){ 0 };
	return sandbox_fault_parse(spec, routes, 2, f, e);
}

static bool hits(const char *spec, const char *route, uint64_t of_route, uint64_t of_all)
{
	struct sandbox_fault f;
	struct err e;
	CU_ASSERT_EQUAL_FATAL(parse(spec, &f, &e), 0);
	return sandbox_fault_hits(&f, str_of(route), of_route, of_all);
}

/* Which of the first ten imports are hit. */
static void hit_list(const char *spec, char list[11])
{
	for (uint64_t n = 1; n <= 10; n++)
		list[n - 1] = hits(spec, "import", n, n + 100) ? 'x' : '.';
	list[10] = '\0';
}

static void numbers_lists_ranges_and_every_say_which_requests(void)
{
	static const struct { const char *spec, *list; } cases[] = {
		{ "import:500", "xxxxxxxxxx" },
		{ "3@import:500", "..x......." },
		{ "1,4,7@import:500", "x..x..x..." },
		{ "2-4@import:500", ".xxx......" },
		{ "1,8-@import:500", "x......xxx" },
		{ "every/3@import:500", "..x..x..x." },
		{ "status:500", ".........." },
		{ "101,103-104@any:500", "x.xx......" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char list[11];
		hit_list(cases[i].spec, list);
		ASSERT_STR(str_of(list), cases[i].list);
	}
}

static void a_malformed_spec_is_wrong_usage_and_says_what_was_expected(void)
{
	static const struct { const char *spec, *says; } cases[] = {
		{ "", "[N@]ROUTE:WHAT" },
		{ "import", "[N@]ROUTE:WHAT" },
		{ "import:", "[N@]ROUTE:WHAT" },
		{ "0@import:500", "\"0\" does not say which requests" },
		{ "x@import:500", "\"x\" does not say" },
		{ "4-2@import:500", "\"4-2\" does not say" },
		{ "1,@import:500", "\"1,\" does not say" },
		{ "@import:500", "\"\" does not say" },
		{ "every/0@import:500", "\"every/0\" does not say" },
		{ "99999999999999999999@import:500", "does not say" },
		{ "imports:500", "\"imports\" is no route; expected one of import, status, any" },
		{ "import:200", "\"200\" is no fault" },
		{ "import:600", "\"600\" is no fault" },
		{ "import:500=1", "\"500=1\" is no fault" },
		{ "import:429=soon", "\"429=soon\" is no fault" },
		{ "import:429=", "\"429=\" is no fault" },
		{ "import:redirect", "\"redirect\" is no fault" },
		{ "import:redirect=", "is no fault" },
		{ "import:redirect=http://a/\r\nX: y", "is no fault" },
		{ "import:stuck=1", "is no fault" },
		{ "import:stuk", "did you mean \"stuck\"?" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sandbox_fault f;
		struct err e;
		CU_ASSERT_EQUAL(parse(cases[i].spec, &f, &e), -1);
		CU_ASSERT_EQUAL(e.class, ERR_USAGE);
		if (!strstr(e.message, cases[i].says))
			ASSERT_STR(str_of(e.message), cases[i].says);
	}
}

static void too_many_ranges_are_refused(void)
{
	struct buf spec = { 0 };
	struct sandbox_fault f;
	struct err e;
	for (int i = 0; i < FAULT_RANGES; i++)
		buf_add(&spec, STR("1,"));
	buf_add(&spec, STR("1@import:500"));
	CU_ASSERT_EQUAL(parse(buf_text(&spec), &f, &e), -1);
	buf_release(&spec);
}

static void every_kind_is_understood_and_told_in_the_help(void)
{
	for (size_t i = 0; sandbox_fault_word(i); i++) {
		char spec[100];
		struct sandbox_fault f;
		struct err e;
		snprintf(spec, sizeof spec, "import:%s", sandbox_fault_word(i));
		if (parse(spec, &f, &e) != 0) {
			strcat(spec, "=http://127.0.0.1/");
			CU_ASSERT_EQUAL(parse(spec, &f, &e), 0);
		}
		CU_ASSERT_PTR_NOT_NULL(strstr(command_sandbox.text, sandbox_fault_word(i)));
	}
}

static void apply(const char *spec, struct sandbox_reply *r)
{
	struct sandbox_fault f;
	struct err e;
	CU_ASSERT_EQUAL_FATAL(parse(spec, &f, &e), 0);
	buf_release(&r->body);
	*r = (struct sandbox_reply){ .status = 202, .job = STR("100") };
	buf_add(&r->body, STR("{\"job_id\":\"100\"}"));
	sandbox_fault_apply(&f, &sandbox_quotiza, 1800000000000, r);
}

static void statuses_carry_the_documented_bodies(void)
{
	struct sandbox_reply r = { 0 };
	apply("import:401", &r);
	CU_ASSERT_EQUAL(r.status, 401);
	ASSERT_STR(buf_str(&r.body),
		"{\"error\":{\"code\":\"unauthorized\",\"message\":\"Authentication token is missing or invalid\",\"status\":401}}");
	apply("import:500", &r);
	CU_ASSERT_EQUAL(r.status, 500);
	CU_ASSERT_PTR_NULL(r.type);
	apply("import:503", &r);
	CU_ASSERT_EQUAL(r.status, 503);
	ASSERT_STR(str_of(r.type), "text/html");
	apply("import:418", &r);
	CU_ASSERT_EQUAL(r.status, 418);
	buf_release(&r.body);
}

static void retry_after_comes_in_every_form(void)
{
	static const struct { const char *spec, *header; } cases[] = {
		{ "import:429", "" },
		{ "import:429=0", "0" },
		{ "import:429=7200", "7200" },
		{ "import:429=-5", "-5" },
		{ "import:429=100000000000000000000", "100000000000000000000" },
		{ "import:429=date", "Fri, 15 Jan 2027 08:00:02 GMT" },
		{ "import:429=past", "Fri, 15 Jan 2027 07:59:00 GMT" },
		{ "import:429=garbage", "soon" },
	};
	struct sandbox_reply r = { 0 };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		apply(cases[i].spec, &r);
		CU_ASSERT_EQUAL(r.status, 429);
		ASSERT_STR(str_of(r.retry_after), cases[i].header);
	}
	buf_release(&r.body);
}

static void a_redirect_names_its_target(void)
{
	struct sandbox_reply r = { 0 };
	apply("import:redirect=http://127.0.0.1:9/x?a=b", &r);
	CU_ASSERT_EQUAL(r.status, 307);
	ASSERT_STR(r.location, "http://127.0.0.1:9/x?a=b");
	apply("import:303=/y", &r);
	CU_ASSERT_EQUAL(r.status, 303);
	ASSERT_STR(r.location, "/y");
	buf_release(&r.body);
}

static void replies_are_spoiled_as_said(void)
{
	struct sandbox_reply r = { 0 };
	apply("import:truncate", &r);
	CU_ASSERT_EQUAL(r.status, 202);
	ASSERT_STR(buf_str(&r.body), "{\"job_id");
	apply("import:no-job-id", &r);
	ASSERT_STR(buf_str(&r.body), "{}");
	apply("import:number-job-id", &r);
	ASSERT_STR(buf_str(&r.body), "{\"job_id\":100}");
	apply("import:empty", &r);
	CU_ASSERT_EQUAL(r.status, 200);
	CU_ASSERT_EQUAL(r.body.n, 0);
	apply("import:reset-after", &r);
	CU_ASSERT_EQUAL(r.manner, MANNER_RESET);
	apply("import:big", &r);
	CU_ASSERT_EQUAL(r.manner, MANNER_BIG);
	buf_release(&r.body);
}

UNIT_SUITE(sandbox_fault, UNIT(numbers_lists_ranges_and_every_say_which_requests),
	UNIT(a_malformed_spec_is_wrong_usage_and_says_what_was_expected), UNIT(too_many_ranges_are_refused),
	UNIT(every_kind_is_understood_and_told_in_the_help), UNIT(statuses_carry_the_documented_bodies),
	UNIT(retry_after_comes_in_every_form), UNIT(a_redirect_names_its_target), UNIT(replies_are_spoiled_as_said))
