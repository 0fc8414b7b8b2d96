#include "qonduit/keyset.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

#define KEYS 3000
#define OPERATIONS 60000

/* The plain model: what stands for each key. */
struct model {
	bool there;
	uint64_t ordinal;
	struct value best;
};

static uint64_t state;

static uint64_t random_below(uint64_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % n;
}

static struct str key_of(uint64_t i, char room[32])
{
	return (struct str){ room, (size_t)snprintf(room, 32, "%013llu", (unsigned long long)(3349668000000 + i * 7)) };
}

/* Values of which some have a rank and some are kept aside, some are equal, some empty. */
static struct value random_number(void)
{
	static const struct decimal odd[] = {
		{ 1, 7 }, { 50000001, 7 }, { 5000000, 6 }, { 5, 0 }, { 500, 2 }, { (__int128)1 << 100, 0 }, { -((__int128)1 << 100), 3 },
		{ (__int128)INT64_MAX + 1, 6 }, { (__int128)1 << 62, 6 }, { ((__int128)1 << 62) - 1, 6 }, { -((__int128)1 << 62), 6 }, { 5000000000, 9 },
		{ (__int128)1 << 61, 0 }, { -((__int128)1 << 61), 1 }, { (__int128)9223372036855, 0 }, { (__int128)-4611686018428, 0 },
	};
	uint64_t which = random_below(10);
	if (which == 0)
		return value_empty();
	if (which < 4)
		return value_number(odd[random_below(sizeof odd / sizeof *odd)], VALUE_DECIMAL);
	return value_number((struct decimal){ (int64_t)random_below(40) - 20, (int)random_below(3) }, VALUE_DECIMAL);
}

static struct value random_text(void)
{
	static const char *const words[] = { "a", "b", "ab", "abc", "\xff", "aa", "zz top of the list of all words" };
	return random_below(8) == 0 ? value_empty() : value_text(str_of(words[random_below(sizeof words / sizeof *words)]));
}

static struct value random_day(void)
{
	return (struct value){ .type = VALUE_DATE, .when = { .ms = (int64_t)random_below(50) * 86400000 - 86400000 } };
}

static bool model_offer(struct model *m, enum keyset_order order, uint64_t ordinal, const struct value *by)
{
	bool better = !m->there || order == KEEP_LAST;
	if (m->there && order >= KEEP_LOWEST && by->type != VALUE_EMPTY) {
		int c = m->best.type == VALUE_EMPTY ? 0 : value_compare(by, &m->best);
		better = m->best.type == VALUE_EMPTY || (order == KEEP_LOWEST ? c < 0 : c > 0);
	}
	if (better)
		*m = (struct model){ true, ordinal, *by };
	return better;
}

static void follow_the_model(enum keyset_order order, struct value (*random_value)(void))
{
	struct keyset *k = keyset_new(order);
	struct model *model = calloc(KEYS, sizeof *model);
	char room[32];
	size_t count = 0, wrong = 0;
	state = 88172645463325252u + order;
	for (uint64_t i = 0; i < OPERATIONS; i++) {
		uint64_t n = random_below(KEYS), ordinal = i * 17000000; /* over 32 bits soon */
		struct model *m = &model[n];
		struct value by = random_value();
		bool there = m->there, displaced = !there;
		bool best = model_offer(m, order, ordinal, &by);
		wrong += keyset_offer(k, keyset_key(k, key_of(n, room)), ordinal, &by, &displaced) != best;
		wrong += displaced != (there && best);
		count += !there;
		n = random_below(KEYS);
		wrong += keyset_keeps(k, keyset_key(k, key_of(n, room)), model[n].ordinal) != model[n].there;
		wrong += keyset_keeps(k, keyset_key(k, key_of(n, room)), model[n].ordinal + 1);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(keyset_count(k), count);
	free(model);
	keyset_free(k);
}

static void keeps_the_first_as_a_plain_model_does(void)
{
	follow_the_model(KEEP_FIRST, random_number);
}

static void keeps_the_last_as_a_plain_model_does(void)
{
	follow_the_model(KEEP_LAST, random_number);
}

static void keeps_the_lowest_number_as_a_plain_model_does(void)
{
	follow_the_model(KEEP_LOWEST, random_number);
}

static void keeps_the_highest_number_as_a_plain_model_does(void)
{
	follow_the_model(KEEP_HIGHEST, random_number);
}

static void keeps_the_lowest_text_as_a_plain_model_does(void)
{
	follow_the_model(KEEP_LOWEST, random_text);
}

static void keeps_the_latest_day_as_a_plain_model_does(void)
{
	follow_the_model(KEEP_HIGHEST, random_day);
}

static void put_all_twice(enum keyset_order order)
{
	struct keyset *k = keyset_new(order);
	char room[32];
	uint64_t first = 0, wrong = 0, most = ((uint64_t)1 << 40) - 2;
	for (uint64_t i = 0; i < 200000; i++)
		wrong += !keyset_put(k, keyset_key(k, key_of(i, room)), i, &first);
	for (uint64_t i = 0; i < 200000; i++)
		wrong += keyset_put(k, keyset_key(k, key_of(i, room)), i + 1, &first) || first != i;
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(keyset_count(k), 200000);
	CU_ASSERT_TRUE(keyset_put(k, keyset_key(k, STR("x")), most, &first));
	CU_ASSERT_FALSE(keyset_put(k, keyset_key(k, STR("x")), 1, &first));
	CU_ASSERT_EQUAL(first, most);
	keyset_free(k);
}

static void tells_where_a_key_was_first_seen(void)
{
	put_all_twice(KEEP_FIRST);
	put_all_twice(KEEP_LOWEST);
}

/* Keys whose hashes are the largest of one part all belong at its end, beyond which there is little room. */
static void takes_keys_that_crowd_at_one_place(void)
{
	const uint64_t secret[2] = { 1, 2 };
	struct keyset *k = keyset_new_under(KEEP_FIRST, secret);
	uint64_t crowd[150], first, wrong = 0;
	size_t n = 0;
	char room[32];
	for (uint64_t i = 0; n < 150; i++) {
		if (keyset_hash(secret, key_of(i, room)) >> 48 >= 0xfff0)
			crowd[n++] = i;
	}
	for (size_t i = 0; i < n; i++)
		wrong += !keyset_put(k, keyset_key(k, key_of(crowd[i], room)), crowd[i], &first);
	for (size_t i = 0; i < n; i++)
		wrong += keyset_put(k, keyset_key(k, key_of(crowd[i], room)), 1, &first) || first != crowd[i];
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(keyset_count(k), n);
	keyset_free(k);
}

static void knows_nothing_at_the_start(void)
{
	struct keyset *k = keyset_new(KEEP_LOWEST);
	CU_ASSERT_FALSE(keyset_keeps(k, keyset_key(k, STR("a")), 0));
	CU_ASSERT_EQUAL(keyset_count(k), 0);
	keyset_free(k);
	keyset_free(NULL);
}

/* As any SipHash-1-3 gives it: key 00 01 … 0f, input 00 01 … of each length. */
static void hashes_as_siphash_is_published(void)
{
	const uint64_t secret[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	const char in[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 };
	CU_ASSERT_EQUAL(keyset_hash(secret, (struct str){ 0 }), 0xabac0158050fc4dc);
	CU_ASSERT_EQUAL(keyset_hash(secret, (struct str){ in, 1 }), 0xc9f49bf37d57ca93);
	CU_ASSERT_EQUAL(keyset_hash(secret, (struct str){ in, 8 }), 0x369095118d299a8e);
	CU_ASSERT_EQUAL(keyset_hash(secret, (struct str){ in, 15 }), 0xd320d86d2a519956);
}

UNIT_SUITE(keyset, UNIT(keeps_the_first_as_a_plain_model_does), UNIT(keeps_the_last_as_a_plain_model_does),
	UNIT(keeps_the_lowest_number_as_a_plain_model_does), UNIT(keeps_the_highest_number_as_a_plain_model_does),
	UNIT(keeps_the_lowest_text_as_a_plain_model_does), UNIT(keeps_the_latest_day_as_a_plain_model_does),
	UNIT(tells_where_a_key_was_first_seen), UNIT(takes_keys_that_crowd_at_one_place),
	UNIT(knows_nothing_at_the_start), UNIT(hashes_as_siphash_is_published))
