#include "qonduit/poll.h"
#include "unit.h"

static struct arena arena;
static const struct str yes[] = { { "OK", 2 }, { 0 } };

/* What the reply makes of K1, K2 and K3, as "KEY ORIGIN CODE: MESSAGE\n". */
static const char *judge(bool has_ok, const char *reply, struct poll_verdict *v)
{
	struct contract c = { .target = STR("shop.things") };
	struct str keys[] = { STR("K1"), STR("K2"), STR("K3") }, origins[] = { STR("a:1"), STR("a:2"), STR("a:3") };
	struct payload_body body = { .records = 3, .keys = keys, .origins = origins };
	struct buf text = { 0 };
	struct err e = { 0 };
	c.wire.items = (struct contract_items){ .list = STR("results"), .key = STR("id"), .code = STR("code"),
		.message = STR("text") };
	if (has_ok)
		c.wire.items.ok = (struct contract_word){ STR("state"), yes };
	const struct json *root = json_parse(str_of(reply), "the reply", ERR_DELIVERY, &arena, &e);
	CU_ASSERT_PTR_NOT_NULL_FATAL(root);
	items_judge(&c, root, &body, STR("a.json"), &arena, v);
	for (size_t i = 0; i < v->count; i++)
		buf_printf(&text, "%.*s %.*s %.*s: %.*s\n", STR_ARG(v->refused[i].key), STR_ARG(v->refused[i].origin),
			STR_ARG(v->refused[i].code), STR_ARG(v->refused[i].message));
	const char *copy = arena_copy(&arena, buf_str(&text)).p;
	buf_release(&text);
	return copy;
}

static void accepts_only_records_that_are_named_with_a_yes(void)
{
	struct poll_verdict v;
	CU_ASSERT_STRING_EQUAL(judge(true, "{\"results\":[{\"id\":\"K3\",\"state\":\"ok\"},{\"id\":\"K1\",\"state\":\"no\",\"code\":\"c\","
		"\"text\":\"Bad\"}]}", &v),
		"K1 a:1 c: Bad\nK2 a:2 no_result: the reply gives no result for it: whether it was accepted is not known\n");
	CU_ASSERT(v.is_refused[0] && v.is_refused[1] && !v.is_refused[2] && v.certain && v.warning.n == 0);
	CU_ASSERT_STRING_EQUAL(judge(true, "{\"results\":[{\"id\":\"K1\",\"state\":\"OK\"},{\"id\":\"K1\",\"state\":\"no\"},"
		"{\"id\":\"K2\"},{\"id\":\"K3\",\"state\":\"OK\"}]}", &v),
		"K1 a:1 refused: \"state\" is \"no\"\nK2 a:2 refused: refused without a reason\n");
	arena_release(&arena);
}

static void refuses_only_records_that_are_named_where_every_result_is_a_refusal(void)
{
	struct poll_verdict v;
	CU_ASSERT_STRING_EQUAL(judge(false, "{\"results\":[]}", &v), "");
	CU_ASSERT_TRUE(v.certain);
	CU_ASSERT_STRING_EQUAL(judge(false, "{\"results\":[{\"id\":\"K2\",\"text\":\"Bad\"}]}", &v), "K2 a:2 refused: Bad\n");
	CU_ASSERT_TRUE(v.certain);
	arena_release(&arena);
}

static void tells_of_results_that_no_record_fits(void)
{
	struct poll_verdict v;
	CU_ASSERT_STRING_EQUAL(judge(false, "{\"results\":[{\"id\":\"K9\",\"text\":\"Bad\"},7]}", &v),
		" a.json refused: Bad\n a.json refused: refused without a reason\n");
	CU_ASSERT(!v.certain && v.warning.n > 0);
	CU_ASSERT_STRING_EQUAL(judge(false, "{\"results\":[1,2,3,4,5,6]}", &v),
		" a.json refused: refused without a reason\n a.json refused: refused without a reason\n"
		" a.json refused: refused without a reason\n"); /* never more than there are records */
	judge(true, "{\"results\":[{\"id\":\"K9\",\"state\":\"OK\"}]}", &v);
	CU_ASSERT(v.count == 3 && v.warning.n > 0);
	arena_release(&arena);
}

UNIT_SUITE(items, UNIT(accepts_only_records_that_are_named_with_a_yes),
	UNIT(refuses_only_records_that_are_named_where_every_result_is_a_refusal), UNIT(tells_of_results_that_no_record_fits))
