#include "qonduit/contract.h"
#include "unit.h"

static struct arena arena;

#define BATCHES "\"style\":\"batches\",\"extension\":\"json\""
#define LINES "\"style\":\"lines\",\"extension\":\"ndjson\""

/* A contract with `wire` behind what every wire needs; its first fault, or "". */
static struct str read(const char *key, const char *file, const char *wire, struct contract *out)
{
	struct faults faults;
	struct buf shown = { 0 };
	struct str text = arena_printf(&arena,
		"{\"qonduit_contract\":1,\"target\":\"a.b\",\"title\":\"T\",%s\"open\":true,\"fields\":{\"id\":{\"type\":\"string\"}},\"file\":{%s},"
		"\"wire\":{\"system\":\"s\",\"method\":\"POST\",\"path\":\"/p\",\"success\":[200],%s}}", key, file, wire);
	faults_init(&faults, &arena);
	contract_read(text, "x.json", &arena, out, &faults);
	if (faults.first)
		err_print_sentence(&faults.first->what, &shown);
	struct str first = arena_copy(&arena, buf_str(&shown));
	buf_release(&shown);
	return first;
}

#define KEY "\"key\":\"id\","

static void reads_how_a_reply_is_judged(void)
{
	struct contract c;
	ASSERT_STR(read(KEY, BATCHES, "\"ok\":{\"path\":\"status\",\"values\":[\"OK\",\"done\"]},\"error\":{\"code\":\"c\",\"message\":\"m\","
		"\"fields\":true},\"items\":{\"list\":\"results\",\"key\":\"id\",\"code\":\"code\",\"message\":\"text\","
		"\"ok\":{\"path\":\"ok\",\"values\":[\"true\"]}}", &c), "");
	const struct contract_wire *w = &c.wire;
	ASSERT_STR(w->ok.path, "status");
	ASSERT_STR(w->ok.words[1], "done");
	CU_ASSERT_PTR_NULL(w->ok.words[2].p);
	CU_ASSERT(w->error_fields && w->has_items);
	ASSERT_STR(w->items.list, "results");
	ASSERT_STR(w->items.key, "id");
	ASSERT_STR(w->items.code, "code");
	ASSERT_STR(w->items.message, "text");
	ASSERT_STR(w->items.ok.path, "ok");
	ASSERT_STR(w->items.ok.words[0], "true");
	CU_ASSERT_PTR_NULL(w->needs[0].p);
	ASSERT_STR(read(KEY, LINES, "\"needs\":[\"id\",\"data.when\"]", &c), "");
	ASSERT_STR(c.wire.needs[0], "id");
	ASSERT_STR(c.wire.needs[1], "data.when");
	CU_ASSERT_PTR_NULL(c.wire.needs[2].p);
	arena_release(&arena);
}

static void takes_what_is_not_said_for_nothing(void)
{
	struct contract c;
	ASSERT_STR(read(KEY, LINES, "\"idempotent\":true", &c), "");
	CU_ASSERT(c.wire.ok.path.n == 0 && !c.wire.error_fields && !c.wire.has_items && c.wire.items.ok.path.n == 0);
	arena_release(&arena);
}

static void refuses_what_makes_no_sense(void)
{
	static const struct { const char *key, *file, *wire, *fault; } table[] = {
		{ KEY, LINES, "\"ok\":{\"path\":\"status\"}", "the key \"values\" is missing" },
		{ KEY, LINES, "\"ok\":{\"values\":[\"OK\"]}", "the key \"path\" is missing" },
		{ KEY, LINES, "\"ok\":{\"path\":\"status\",\"values\":[]}", "expected a list of one word or more that say yes" },
		{ KEY, LINES, "\"ok\":{\"path\":\"status\",\"values\":\"OK\"}", "expected a list of one word or more that say yes" },
		{ KEY, LINES, "\"ok\":\"status\"", "found a string, expected an object" },
		{ KEY, LINES, "\"error\":{\"fields\":[\"id\"]}", "expected true or false" },
		{ KEY, LINES, "\"needs\":\"id\"", "found a string, expected" },
		{ KEY, LINES, "\"items\":{\"list\":\"r\",\"key\":\"id\"}", "\"items\" is for requests of many records" },
		{ KEY, LINES, "\"job\":{\"id\":\"j\",\"path\":\"/j\",\"id_parameter\":\"j\",\"state\":\"s\",\"done\":[\"d\"]}",
			"\"job\" is for requests of many records" },
		{ KEY, BATCHES, "\"items\":{\"list\":\"r\"}", "the key \"key\" is missing" },
		{ "", BATCHES, "\"items\":{\"list\":\"r\",\"key\":\"id\"}", "expected \"key\" at the top" },
		{ KEY, BATCHES, "\"items\":{\"list\":\"r\",\"key\":\"id\"},"
			"\"job\":{\"id\":\"j\",\"path\":\"/j\",\"id_parameter\":\"j\",\"state\":\"s\",\"done\":[\"d\"]}", "expected \"items\" or \"job\", not both" },
	};
	struct contract c;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct str found = read(table[i].key, table[i].file, table[i].wire, &c);
		if (str_find(found, str_of(table[i].fault)) < 0)
			ASSERT_STR(found, table[i].fault);
	}
	arena_release(&arena);
}

UNIT_SUITE(contract_wire, UNIT(reads_how_a_reply_is_judged), UNIT(takes_what_is_not_said_for_nothing),
	UNIT(refuses_what_makes_no_sense))
