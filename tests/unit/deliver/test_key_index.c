/* What tells the records of a body apart while it is delivered. */
#include "../../../src/deliver/deliver_parts.h"
#include "../../../src/deliver/key_index.h"
#include "unit.h"

static struct arena arena;

/* Four records of one key: within x, within nothing, within yy, and one without a key. */
static struct payload_body four_records(void)
{
	static const char text[] = "[{},{},{},{}]";
	static const char *const identities[] = { "1:xA", "-A", "2:yyA", "" };
	static const size_t scopes[] = { 3, 1, 4, 0 };
	struct payload_body b = { .text = str_of(text), .records = 4, .keys = ARENA_ARRAY(&arena, 4, struct str),
		.scopes = ARENA_ARRAY(&arena, 4, size_t), .texts = ARENA_ARRAY(&arena, 4, struct str) };
	for (size_t i = 0; i < 4; i++) {
		b.keys[i] = str_from(str_of(identities[i]), scopes[i]);
		b.scopes[i] = scopes[i];
		b.texts[i] = (struct str){ text + 1 + 3 * i, 2 };
	}
	b.origins = b.keys;
	return b;
}

static void finds_records_by_what_they_are_known_by(void)
{
	struct payload_body b = four_records();
	struct key_index x;
	key_index_make(&x, &b, &arena);
	CU_ASSERT_EQUAL(key_index_find(&x, STR("1:xA")), 0);
	CU_ASSERT_EQUAL(key_index_find(&x, STR("-A")), 1);
	CU_ASSERT_EQUAL(key_index_find(&x, STR("2:yyA")), 2);
	CU_ASSERT_EQUAL(key_index_find(&x, STR("A")), 4);
	CU_ASSERT_EQUAL(key_index_find(&x, STR("1:yA")), 4);
	b.scopes = NULL; /* as of a contract that names the key alone */
	key_index_make(&x, &b, &arena);
	CU_ASSERT_EQUAL(key_index_find(&x, STR("A")), 0);
	arena_release(&arena);
}

static void keeps_them_apart_in_half_a_body(void)
{
	struct payload_body b = four_records();
	const struct payload_lines part = { .first = 1, .records = 2 };
	bodies_slice(&part, &b, &arena);
	ASSERT_STR(b.text, "[{},{}]");
	ASSERT_STR(identity_bytes(payload_identity(&b, 0)), "-A");
	ASSERT_STR(identity_bytes(payload_identity(&b, 1)), "2:yyA");
	arena_release(&arena);
}

UNIT_SUITE(key_index, UNIT(finds_records_by_what_they_are_known_by), UNIT(keeps_them_apart_in_half_a_body))
