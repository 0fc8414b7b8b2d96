#include "qonduit/log.h"
#include "qonduit/retry.h"
#include "unit.h"

#define NOW 1795284600000 /* 2026-11-21T18:10:00Z */

static struct arena arena;

static const struct str stop_codes[] = { { "account_not_found", 17 }, { 0 } };

static struct contract contract(void)
{
	struct err e = { 0 };
	struct contract c = { .has_wire = true };
	struct contract_wire w = { .system = STR("quotiza"),
		.method = STR("POST"),
		.path = STR("/products/import"),
		.idempotent = true,
		.error_code = STR("error.code"),
		.error_message = STR("error.message"),
		.stop_codes = stop_codes,
		.has_job = true,
		.job = { .id = STR("job_id"), .state = STR("status"), .gone_code = STR("job_not_found") } };
	w.success = json_parse(STR("[202]"), "test", ERR_MAPPING, &arena, &e);
	c.wire = w;
	return c;
}

static struct judgement judge(bool poll, int status, const char *body, const char *retry_after_header)
{
	struct contract w = contract();
	struct exchange x = { .end = EXCHANGE_REPLY, .status = status };
	struct judgement j;
	buf_add(&x.body, str_of(body));
	strcpy(x.retry_after, retry_after_header ? retry_after_header : "");
	if (poll)
		retry_judge_poll(&w, &x, STR("7"), NOW, &arena, &j);
	else
		retry_judge_upload(&w, &x, NOW, &arena, &j);
	exchange_release(&x);
	return j;
}

static struct judgement judge_end(enum exchange_end end, const char *problem)
{
	struct contract w = contract();
	struct exchange x = { .end = end };
	struct judgement j;
	strcpy(x.problem, problem);
	retry_judge_upload(&w, &x, NOW, &arena, &j);
	return j;
}

static void tells_a_body_that_is_too_large_from_others_that_are_refused(void)
{
	CU_ASSERT_TRUE(judge(false, 413, "<html>", NULL).too_large);
	CU_ASSERT_FALSE(judge(false, 400, "", NULL).too_large);
	CU_ASSERT_FALSE(judge(false, 429, "", NULL).too_large);
	CU_ASSERT_FALSE(judge(true, 413, "", NULL).too_large);
}

static void reads_retry_after_in_seconds_and_three_date_forms(void)
{
	CU_ASSERT_EQUAL(retry_after("30", NOW), 30000);
	CU_ASSERT_EQUAL(retry_after("  7200 ", NOW), 7200000);
	CU_ASSERT_EQUAL(retry_after("Sat, 21 Nov 2026 18:11:30 GMT", NOW), 90000);
	CU_ASSERT_EQUAL(retry_after("Saturday, 21-Nov-26 18:11:30 GMT", NOW), 90000);
	CU_ASSERT_EQUAL(retry_after("Sat Nov 21 18:11:30 2026", NOW), 90000);
	CU_ASSERT_EQUAL(retry_after("Tue Dec  1 00:00:00 2026", NOW), 798600000);
}

static void takes_past_zero_and_garbage_for_absent(void)
{
	static const char *const none[] = { "", "0", "-5", "1.5", "3, 9", "soon", "5s", "Sat, 21 Nov 2026 18:09:59 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT", "Sat, 21 Nov 2026 25:00:00 GMT", "Sat, 21 Foo 2026 18:11:30 GMT",
		"Sat, 21 Nov 2026 18:11:30 CET" };
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		CU_ASSERT_EQUAL(retry_after(none[i], NOW), 0);
}

static void clamps_what_is_out_of_reach(void)
{
	CU_ASSERT_EQUAL(retry_after("99999999999999999999", NOW), RETRY_AFTER_MAX_MS);
	CU_ASSERT_EQUAL(retry_after("4000000000", NOW), RETRY_AFTER_MAX_MS);
	CU_ASSERT_EQUAL(retry_after("Sat, 21 Nov 2138 18:11:30 GMT", NOW), RETRY_AFTER_MAX_MS);
}

static void measures_dates_by_the_servers_own_clock(void)
{
	struct contract w = contract();
	struct exchange x = { .end = EXCHANGE_REPLY, .status = 429, .retry_after = "Sat, 21 Nov 2020 10:00:30 GMT",
		.date = "Sat, 21 Nov 2020 10:00:00 GMT" };
	struct judgement j;
	retry_judge_upload(&w, &x, NOW, &arena, &j);
	CU_ASSERT_EQUAL(j.wait_ms, 30000);
}

static void backs_off_exponentially_with_full_jitter_and_a_floor(void)
{
	CU_ASSERT_EQUAL(retry_backoff(1, 500, 60000, UINT32_MAX, 0), 500);
	CU_ASSERT_EQUAL(retry_backoff(2, 500, 60000, UINT32_MAX, 0), 1000);
	CU_ASSERT_EQUAL(retry_backoff(6, 500, 60000, UINT32_MAX, 0), 16000);
	CU_ASSERT_EQUAL(retry_backoff(40, 500, 60000, UINT32_MAX, 0), 60000);
	CU_ASSERT_EQUAL(retry_backoff(3, 500, 60000, UINT32_MAX / 2, 0), 1000);
	CU_ASSERT_EQUAL(retry_backoff(3, 500, 60000, 0, 0), 0);
	CU_ASSERT_EQUAL(retry_backoff(3, 500, 60000, 0, 30000), 30000);
	CU_ASSERT_EQUAL(retry_backoff(9, 500, 60000, UINT32_MAX, 30000), 60000);
}

static void judges_uploads_by_status_and_body(void)
{
	static const struct {
		int status;
		const char *body;
		enum verdict verdict;
		enum err_class class;
		const char *code;
	} table[] = {
		{ 202, "{\"job_id\":\"7\"}", VERDICT_DONE, 0, "http.202" },
		{ 202, "{\"job_id\":789012}", VERDICT_DONE, 0, "http.202" },
		{ 200, "{\"job_id\":\"7\"}", VERDICT_DONE, 0, "http.200" },
		{ 202, "\xef\xbb\xbf{\"job_id\":\"7\"}", VERDICT_DONE, 0, "http.202" },
		{ 202, "{\"job_id\":null}", VERDICT_UNKNOWN, 0, "reply.unreadable" },
		{ 202, "{\"job_id\":\"7\",\"job_id\":\"8\"}", VERDICT_UNKNOWN, 0, "reply.unreadable" },
		{ 202, "{\"job_id\":\"7\"", VERDICT_UNKNOWN, 0, "reply.unreadable" },
		{ 202, "<html>welcome</html>", VERDICT_UNKNOWN, 0, "reply.unreadable" },
		{ 202, "", VERDICT_UNKNOWN, 0, "reply.unreadable" },
		{ 204, "", VERDICT_UNKNOWN, 0, "reply.unreadable" },
		{ 400, "{\"error\":{\"code\":\"invalid_products_data\",\"message\":\"Invalid products data\"}}", VERDICT_REFUSED, 0,
			"invalid_products_data" },
		{ 413, "{\"error\":{\"code\":\"too_many_products\"}}", VERDICT_REFUSED, 0, "too_many_products" },
		{ 413, "<html>nginx</html>", VERDICT_REFUSED, 0, "http.413" },
		{ 405, "", VERDICT_REFUSED, 0, "http.405" },
		{ 409, "", VERDICT_REFUSED, 0, "http.409" },
		{ 415, "", VERDICT_REFUSED, 0, "http.415" },
		{ 422, "", VERDICT_REFUSED, 0, "http.422" },
		{ 401, "{\"error\":{\"code\":\"unauthorized\"}}", VERDICT_STOP, ERR_CREDENTIALS, "unauthorized" },
		{ 403, "", VERDICT_STOP, ERR_CREDENTIALS, "http.403" },
		{ 404, "{\"error\":{\"code\":\"account_not_found\"}}", VERDICT_STOP, ERR_CREDENTIALS, "account_not_found" },
		{ 404, "<html>", VERDICT_STOP, ERR_DELIVERY, "http.404" },
		{ 410, "", VERDICT_STOP, ERR_DELIVERY, "http.410" },
		{ 301, "", VERDICT_STOP, ERR_DELIVERY, "http.redirect" },
		{ 302, "", VERDICT_STOP, ERR_DELIVERY, "http.redirect" },
		{ 303, "", VERDICT_STOP, ERR_DELIVERY, "http.redirect" },
		{ 307, "", VERDICT_STOP, ERR_DELIVERY, "http.redirect" },
		{ 308, "", VERDICT_STOP, ERR_DELIVERY, "http.redirect" },
		{ 408, "", VERDICT_AGAIN, 0, "http.408" },
		{ 425, "", VERDICT_AGAIN, 0, "http.425" },
		{ 429, "", VERDICT_AGAIN, 0, "http.429" },
		{ 500, "<html>", VERDICT_AGAIN, 0, "http.500" },
		{ 502, "", VERDICT_AGAIN, 0, "http.502" },
		{ 503, "", VERDICT_AGAIN, 0, "http.503" },
		{ 504, "", VERDICT_AGAIN, 0, "http.504" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct judgement j = judge(false, table[i].status, table[i].body, NULL);
		CU_ASSERT_EQUAL(j.verdict, table[i].verdict);
		CU_ASSERT_STRING_EQUAL(j.code, table[i].code);
		if (table[i].verdict == VERDICT_STOP)
			CU_ASSERT_EQUAL(j.class, table[i].class);
		CU_ASSERT_EQUAL(j.throttled, table[i].status == 429);
	}
	struct judgement j = judge(false, 202, "{\"job_id\":789012}", NULL);
	ASSERT_STR(j.job, "789012");
	arena_release(&arena);
}

/* One record a request, as the contract's wire says it besides. */
static struct judgement judge_line(struct contract_wire more, int status, const char *body)
{
	static const struct contract_field fields[] = { { .name = { "price", 5 } }, { .name = { "stock", 5 } } };
	struct contract c = { .style = FILE_LINES, .fields = fields, .field_count = 2, .wire = more };
	struct err e = { 0 };
	struct exchange x = { .end = EXCHANGE_REPLY, .status = status };
	struct judgement j;
	c.wire.success = json_parse(STR("[200,201]"), "test", ERR_MAPPING, &arena, &e);
	c.wire.stop_codes = stop_codes;
	buf_add(&x.body, str_of(body));
	retry_judge_upload(&c, &x, NOW, &arena, &j);
	exchange_release(&x);
	return j;
}

static const struct str ok_words[] = { { "OK", 2 }, { "true", 4 }, { 0 } };
static const struct contract_wire by_status = { .idempotent = true, .error_code = { "code", 4 }, .error_fields = true };
static const struct contract_wire by_word = { .idempotent = true, .ok = { { "status", 6 }, ok_words },
	.error_code = { "data.error_code", 15 }, .error_message = { "data.error_message", 18 } };

static void judges_a_record_by_its_status_where_nothing_else_is_named(void)
{
	static const struct { int status; const char *body; enum verdict verdict; } table[] = {
		{ 200, "{\"id\":\"7\"}", VERDICT_DONE }, { 201, "", VERDICT_DONE }, { 200, "[]", VERDICT_DONE },
		{ 200, "<html>welcome</html>", VERDICT_UNKNOWN }, { 200, "{\"id\":", VERDICT_UNKNOWN }, { 200, "OK", VERDICT_UNKNOWN },
		{ 204, "", VERDICT_UNKNOWN }, { 400, "", VERDICT_REFUSED }, { 405, "", VERDICT_REFUSED }, { 413, "", VERDICT_REFUSED },
		{ 422, "", VERDICT_REFUSED }, { 415, "", VERDICT_REFUSED }, { 404, "", VERDICT_STOP }, { 401, "", VERDICT_STOP },
		{ 400, "{\"code\":\"account_not_found\"}", VERDICT_STOP }, { 500, "", VERDICT_AGAIN }, { 429, "", VERDICT_AGAIN },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		CU_ASSERT_EQUAL(judge_line(by_status, table[i].status, table[i].body).verdict, table[i].verdict);
	CU_ASSERT_EQUAL(judge_line(by_status, 404, "").class, ERR_DELIVERY);
	arena_release(&arena);
}

static void judges_a_record_by_the_word_of_the_body_where_one_is_named(void)
{
	static const struct { const char *body; enum verdict verdict; const char *code, *text; } table[] = {
		{ "{\"status\":\"OK\"}", VERDICT_DONE, "http.200", "" },
		{ "{\"status\":\"ok\",\"data\":[]}", VERDICT_DONE, "http.200", "" },
		{ "{\"status\":true}", VERDICT_DONE, "http.200", "" },
		{ "{\"status\":\"ERROR\",\"data\":{\"error_code\":\"e.405\",\"error_message\":\"Invalid data\"}}", VERDICT_REFUSED, "e.405",
			"Invalid data" },
		{ "{\"data\":{\"error_code\":\"e.405\"}}", VERDICT_REFUSED, "e.405", "" },
		{ "{\"status\":\"ERROR\"}", VERDICT_REFUSED, "reply.no", "\"status\" is \"ERROR\", expected \"OK\"" },
		{ "{\"status\":false}", VERDICT_REFUSED, "reply.no", "\"status\" is \"false\", expected \"OK\"" },
		{ "{\"status\":\"ERROR\",\"data\":{\"error_code\":\"account_not_found\"}}", VERDICT_STOP, "account_not_found", "" },
		{ "{\"status\":\"\"}", VERDICT_UNKNOWN, "reply.unreadable", "" },
		{ "{\"status\":{\"OK\":1}}", VERDICT_UNKNOWN, "reply.unreadable", "" },
		{ "{}", VERDICT_UNKNOWN, "reply.unreadable", "" }, { "", VERDICT_UNKNOWN, "reply.unreadable", "" },
		{ "OK", VERDICT_UNKNOWN, "reply.unreadable", "" }, { "<html>", VERDICT_UNKNOWN, "reply.unreadable", "" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct judgement j = judge_line(by_word, 200, table[i].body);
		CU_ASSERT_EQUAL(j.verdict, table[i].verdict);
		CU_ASSERT_STRING_EQUAL(j.code, table[i].code);
		if (table[i].text[0])
			ASSERT_STR(j.text, table[i].text);
	}
	CU_ASSERT_EQUAL(judge_line(by_word, 405, "{\"status\":\"ERROR\"}").verdict, VERDICT_REFUSED);
	arena_release(&arena);
}

static void judges_a_record_by_what_the_body_must_have(void)
{
	static const struct str needs[] = { { "id", 2 }, { "at.last", 7 }, { 0 } };
	static const struct contract_wire wire = { .idempotent = true, .needs = needs, .error_code = { "code", 4 }, .error_fields = true };
	static const struct { const char *body; enum verdict verdict; const char *code, *text; } table[] = {
		{ "{\"id\":\"7\",\"at\":{\"last\":0}}", VERDICT_DONE, "http.200", "" },
		{ "{\"id\":7,\"at\":{\"last\":false}}", VERDICT_DONE, "http.200", "" },
		{ "{\"code\":\"odd\",\"id\":\"7\",\"at\":{\"last\":[]}}", VERDICT_DONE, "odd", "" },
		{ "{\"price\":[\"A valid number is required.\"],\"code\":\"invalid\"}", VERDICT_REFUSED, "invalid",
			"price: A valid number is required." },
		{ "{\"id\":7,\"code\":\"invalid\"}", VERDICT_REFUSED, "invalid", "" },
		{ "{\"code\":\"account_not_found\"}", VERDICT_STOP, "account_not_found", "" },
		{ "{\"id\":\"7\"}", VERDICT_UNKNOWN, "reply.unreadable", "" }, { "{\"id\":\"\",\"at\":{\"last\":1}}", VERDICT_UNKNOWN, "reply.unreadable", "" },
		{ "{\"id\":null,\"at\":{\"last\":1}}", VERDICT_UNKNOWN, "reply.unreadable", "" }, { "{}", VERDICT_UNKNOWN, "reply.unreadable", "" },
		{ "", VERDICT_UNKNOWN, "reply.unreadable", "" }, { "\"OK\"", VERDICT_UNKNOWN, "reply.unreadable", "" }, { "[]", VERDICT_UNKNOWN, "reply.unreadable", "" },
		{ "<html>", VERDICT_UNKNOWN, "reply.unreadable", "" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct judgement j = judge_line(wire, 200, table[i].body);
		CU_ASSERT_EQUAL(j.verdict, table[i].verdict);
		CU_ASSERT_STRING_EQUAL(j.code, table[i].code);
		if (j.verdict == VERDICT_REFUSED)
			ASSERT_STR(j.text, table[i].text);
	}
	ASSERT_STR(judge_line(wire, 200, "{\"id\":1}").message, "reply 200 with \"{\"id\":1}\", expected JSON with \"at.last\"");
	CU_ASSERT_EQUAL(judge_line(wire, 400, "{}").verdict, VERDICT_REFUSED);
	arena_release(&arena);
}

static void tells_what_an_error_body_says_of_each_field(void)
{
	static const struct { const char *body, *text, *field; } table[] = {
		{ "{\"price\":[\"A valid number is required.\"],\"code\":\"invalid\"}", "price: A valid number is required.", "price" },
		{ "{\"detail\":\"No.\",\"stock\":[\"Bad.\",\"Worse.\"],\"price\":\"Gone.\",\"code\":\"invalid\"}",
			"stock: Bad. Worse.; price: Gone.; detail: No.", "stock" },
		{ "{\"non_field_errors\":[\"Together.\"],\"status_code\":400,\"nothing\":null,\"none\":[]}", "non_field_errors: Together.", "" },
		{ "{\"price\":{\"amount\":[\"Bad.\"]}}", "price: {\"amount\":[\"Bad.\"]}", "price" },
		{ "{\"price\":[\"\\u001b[2J\"]}", "price: \\x1b[2J", "price" },
		{ "[\"Bad.\"]", "", "" }, { "<html>", "", "" }, { "", "", "" }, { "{\"code\":[\"x\"]}", "", "" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct judgement j = judge_line(by_status, 400, table[i].body);
		CU_ASSERT_EQUAL(j.verdict, VERDICT_REFUSED);
		ASSERT_STR(j.text, table[i].text);
		ASSERT_STR(j.field, table[i].field);
	}
	arena_release(&arena);
}

static void takes_most_5xx_for_unknown_where_nothing_may_be_sent_twice(void)
{
	static const struct contract_wire once = { .error_code = { "code", 4 } };
	CU_ASSERT_EQUAL(judge_line(once, 500, "").verdict, VERDICT_UNKNOWN);
	CU_ASSERT_EQUAL(judge_line(once, 504, "").verdict, VERDICT_UNKNOWN);
	CU_ASSERT_EQUAL(judge_line(once, 503, "").verdict, VERDICT_AGAIN);
	CU_ASSERT_EQUAL(judge_line(once, 429, "").verdict, VERDICT_AGAIN);
	arena_release(&arena);
}

static void judges_polls_by_status_and_body(void)
{
	static const struct { int status; const char *body; enum verdict verdict;
	} table[] = {
		{ 200, "{\"job_id\":\"7\",\"status\":\"completed\"}", VERDICT_DONE },
		{ 200, "{\"job_id\":7,\"status\":\"odd\"}", VERDICT_DONE },
		{ 200, "{\"status\":\"completed\"}", VERDICT_DONE },
		{ 200, "{\"job_id\":\"8\",\"status\":\"completed\"}", VERDICT_UNKNOWN }, /* the answer to another question */
		{ 200, "{\"job_id\":\"7\"}", VERDICT_UNKNOWN },
		{ 200, "[]", VERDICT_UNKNOWN },
		{ 200, "", VERDICT_UNKNOWN },
		{ 404, "{\"error\":{\"code\":\"job_not_found\"}}", VERDICT_GONE },
		{ 404, "{\"error\":{\"code\":\"account_not_found\"}}", VERDICT_STOP },
		{ 404, "", VERDICT_STOP },
		{ 400, "", VERDICT_STOP },
		{ 401, "", VERDICT_STOP },
		{ 429, "", VERDICT_AGAIN },
		{ 503, "", VERDICT_AGAIN },
		{ 307, "", VERDICT_STOP },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		CU_ASSERT_EQUAL(judge(true, table[i].status, table[i].body, NULL).verdict, table[i].verdict);
	arena_release(&arena);
}

static void judges_exchanges_without_a_reply(void)
{
	struct judgement j = judge_end(EXCHANGE_UNSENT, "connection refused");
	CU_ASSERT_EQUAL(j.verdict, VERDICT_AGAIN);
	ASSERT_STR(j.message, "connection refused");
	CU_ASSERT_EQUAL(judge_end(EXCHANGE_UNKNOWN, "reset").verdict, VERDICT_UNKNOWN);
	j = judge_end(EXCHANGE_REFUSED, "certificate");
	CU_ASSERT_EQUAL(j.verdict, VERDICT_STOP);
	CU_ASSERT_EQUAL(j.class, ERR_DELIVERY);
	arena_release(&arena);
}

static void shows_what_the_server_said_but_no_secret_and_no_escape(void)
{
	log_secret(STR("canary-token-123"));
	struct judgement j =
		judge(false, 400, "{\"error\":{\"code\":\"bad\",\"message\":\"\\u001b[31mno canary-token-123\"}}", NULL);
	ASSERT_STR(j.text, "\\x1b[31mno ***");
	ASSERT_STR(j.message, "400 bad: \\x1b[31mno ***");
	j = judge(false, 202, "<p>canary-token-123</p>", NULL);
	CU_ASSERT_EQUAL(str_find(j.message, STR("canary")), -1);
	char longer[4000];
	memset(longer, 'x', sizeof longer);
	memcpy(longer + 40, "canary-token-123", 16);
	longer[sizeof longer - 1] = '\0';
	j = judge(false, 500, longer, NULL);
	CU_ASSERT_EQUAL(str_find(j.message, STR("canary")), -1);
	CU_ASSERT_TRUE(j.message.n < 100);
	CU_ASSERT_EQUAL(retry_text(str_of(longer), &arena).n, RETRY_TEXT_MAX);
	log_release();
	arena_release(&arena);
}

static void names_the_target_of_a_redirect(void)
{
	struct contract w = contract();
	struct exchange x = { .end = EXCHANGE_REPLY, .status = 307, .location = "https://elsewhere.example/" };
	struct judgement j;
	retry_judge_upload(&w, &x, NOW, &arena, &j);
	CU_ASSERT_TRUE(str_find(j.message, STR("https://elsewhere.example/")) > 0);
	arena_release(&arena);
}

UNIT_SUITE(retry, UNIT(reads_retry_after_in_seconds_and_three_date_forms),
	UNIT(tells_a_body_that_is_too_large_from_others_that_are_refused),
	UNIT(takes_past_zero_and_garbage_for_absent), UNIT(clamps_what_is_out_of_reach),
	UNIT(measures_dates_by_the_servers_own_clock), UNIT(backs_off_exponentially_with_full_jitter_and_a_floor),
	UNIT(judges_uploads_by_status_and_body), UNIT(judges_a_record_by_its_status_where_nothing_else_is_named),
	UNIT(judges_a_record_by_the_word_of_the_body_where_one_is_named), UNIT(judges_a_record_by_what_the_body_must_have),
	UNIT(tells_what_an_error_body_says_of_each_field),
	UNIT(takes_most_5xx_for_unknown_where_nothing_may_be_sent_twice), UNIT(judges_polls_by_status_and_body),
	UNIT(judges_exchanges_without_a_reply), UNIT(shows_what_the_server_said_but_no_secret_and_no_escape),
	UNIT(names_the_target_of_a_redirect))
