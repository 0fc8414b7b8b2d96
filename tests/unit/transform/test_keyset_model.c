/* A keyset beside a plain model: 300,000 keys in each order, put, offered and asked for in random order, with ordinals
 * at every edge of their 40 bits; and what the keys cost.
 */
#include "qonduit/keyset.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

#ifdef __SANITIZE_ADDRESS__ /* slow */
#define KEYS 90000
#else
#define KEYS 300000
#endif
#define TEXTS (KEYS / 6 * 5) /* of the keys; the others are hashes that lie as badly as they can */
#define KEY_MAX 40
#define OPERATIONS (KEYS / 3 * 4)
#define MANY 600000
#define PART_BYTES 4096 /* a part has whole pages */
#define PARTS 256
#define ORDINAL_MAX (((uint64_t)1 << 40) - 2)

static const uint64_t secret[2] = { 0x243f6a8885a308d3, 0x13198a2e03707344 };

/* What stands for one key. */
struct stands {
	uint64_t key, ordinal;
	bool there, has_best;
	int best; /* whole thousandths */
};

static uint64_t state;

static uint64_t random_below(uint64_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % n;
}

/* ---- keys ---- */

/* A text of 0 to 40 bytes. Most differ from others only in the last byte, in their length, or in zeros behind. */
static struct str hostile_text(uint64_t i, char room[KEY_MAX + 1])
{
	static const char *const heads[] = { "", "3349668", "SKU-", "\xff\xfe\xff\xfe\xff\xfe\xff\xfe" };
	size_t n = (size_t)random_below(KEY_MAX + 1);
	memset(room, i & 1 ? '0' : '\0', KEY_MAX + 1);
	if (i % 3 == 0)
		return (struct str){ room,
			(size_t)snprintf(room, KEY_MAX + 1, "%s%05llu", heads[i / 3 % 4], (unsigned long long)i) };
	for (size_t at = n - n % 8; at < n && i % 3 == 1; at++)
		room[at] = (char)random_below(256);
	if (i % 3 == 2 && n)
		memcpy(room + n - (n < 4 ? n : 4), &i, n < 4 ? n : 4);
	return (struct str){ room, n };
}

/* Runs of one home, of one after the other, and the ends of each part. */
static uint64_t hostile_hash(uint64_t i)
{
	uint64_t part = i % 251 << 56, run = i / 251;
	switch (run % 5) {
	case 0: /* one home, which is the last of its part for forty keys */
		return part | 0x00ffffffff000000 | run / 5 % 40;
	case 1:
		return part | run << 23;
	case 2: /* the first home */
		return part | run;
	case 3:
		return part | 0x0080000000000000 | run / 5 << 24;
	default:
		return part | (run * 0x9e3779b97f4a7c15 >> 8);
	}
}

static int in_order(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
	return (left > right) - (left < right);
}

static uint64_t keys[KEYS];
static size_t key_count;

/* Different ones, in order of nothing; the same for each order. */
static void make_keys(void)
{
	char room[KEY_MAX + 1];
	if (key_count)
		return;
	struct keyset *k = keyset_new_under(KEEP_FIRST, secret);
	state = 0x9e3779b97f4a7c15;
	for (uint64_t i = 0; i < KEYS; i++)
		keys[i] = i < TEXTS ? keyset_key(k, hostile_text(i, room)) : hostile_hash(i - TEXTS);
	keyset_free(k);
	keys[0] = 0;
	keys[1] = UINT64_MAX;
	qsort(keys, KEYS, sizeof *keys, in_order);
	for (size_t i = 0; i < KEYS; i++) {
		if (i == 0 || keys[i] != keys[key_count - 1])
			keys[key_count++] = keys[i];
	}
	for (size_t i = key_count; i > 1; i--) {
		size_t other = (size_t)random_below(i);
		uint64_t key = keys[i - 1];
		keys[i - 1] = keys[other];
		keys[other] = key;
	}
	CU_ASSERT(key_count > KEYS * 9 / 10);
}

/* ---- the model ---- */

static uint64_t random_ordinal(void)
{
	static const uint64_t edges[] = { 0, 1, 0xfe, 0xff, 0xfffffffe, 0xffffffff, 0x100000000, 0x1ffffffff, 0xfeffffffff,
		ORDINAL_MAX - 1, ORDINAL_MAX };
	return random_below(4) ? random_below(ORDINAL_MAX + 1) : edges[random_below(sizeof edges / sizeof *edges)];
}

static uint64_t check_put(struct keyset *k, struct stands *s)
{
	uint64_t ordinal = random_ordinal(), first = 0;
	bool new = keyset_put(k, s->key, ordinal, &first);
	uint64_t wrong = new == s->there || (s->there && first != s->ordinal);
	if (!s->there)
		*s = (struct stands){ .key = s->key, .ordinal = ordinal, .there = true };
	return wrong;
}

static bool is_better(const struct stands *s, enum keyset_order order, bool empty, int value)
{
	if (!s->there || order == KEEP_LAST)
		return true;
	if (order == KEEP_FIRST || empty)
		return false;
	return !s->has_best || (order == KEEP_LOWEST ? value < s->best : value > s->best);
}

static uint64_t check_offer(struct keyset *k, struct stands *s, enum keyset_order order)
{
	int value = (int)random_below(20001) - 10000;
	bool empty = random_below(8) == 0, displaced = !s->there;
	uint64_t ordinal = random_ordinal();
	struct value by = empty ? value_empty() : value_number((struct decimal){ value, 3 }, VALUE_DECIMAL);
	bool better = is_better(s, order, empty, value);
	uint64_t wrong = keyset_offer(k, s->key, ordinal, order < KEEP_LOWEST ? NULL : &by, &displaced) != better;
	wrong += displaced != (s->there && better);
	if (better)
		*s = (struct stands){ s->key, ordinal, true, !empty, empty ? 0 : value };
	return wrong;
}

static uint64_t check_asked(const struct keyset *k, const struct stands *s)
{
	uint64_t found = 0;
	bool there = keyset_find(k, s->key, &found);
	return there != s->there || (there && found != s->ordinal) || keyset_keeps(k, s->key, s->ordinal) != s->there ||
		keyset_keeps(k, s->key, s->ordinal + 1);
}

static void follow_the_model(enum keyset_order order)
{
	make_keys();
	struct keyset *k = keyset_new_under(order, secret);
	struct stands *all = calloc(key_count, sizeof *all);
	uint64_t wrong = 0;
	state = 88172645463325252u + order;
	for (size_t i = 0; i < key_count; i++)
		all[i].key = keys[i];
	for (size_t i = 0; i < OPERATIONS; i++) {
		/* all in turn, and others in between */
		struct stands *s = &all[i % 4 ? (i - i / 4 - 1) % key_count : random_below(key_count)];
		keyset_expect(k, s->key);
		wrong += check_asked(k, s);
		wrong += random_below(2) ? check_put(k, s) : check_offer(k, s, order);
	}
	for (size_t i = 0; i < key_count; i++)
		wrong += !all[i].there || check_asked(k, &all[i]);
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(keyset_count(k), key_count);
	free(all);
	keyset_free(k);
}

static void keeps_the_first_of_many_keys(void)
{
	follow_the_model(KEEP_FIRST);
}

static void keeps_the_last_of_many_keys(void)
{
	follow_the_model(KEEP_LAST);
}

static void keeps_the_lowest_of_many_keys(void)
{
	follow_the_model(KEEP_LOWEST);
}

static void keeps_the_highest_of_many_keys(void)
{
	follow_the_model(KEEP_HIGHEST);
}

/* ---- memory ---- */

/* Bytes that the process has mapped; the parts of a keyset are mapped for themselves. */
static size_t mapped(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	CU_ASSERT_EQUAL(fscanf(f, "%lu", &pages), 1);
	fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* At any number of keys; from half a million on, the pages that each part has begun are among the bytes of its keys. */
static void cost_at_most(enum keyset_order order, size_t bytes)
{
	mapped(); /* it has its buffer */
	struct keyset *k = keyset_new_under(order, secret);
	size_t before = mapped(), wrong = 0;
	uint64_t first;
	for (uint64_t i = 0; i < MANY; i++) {
		keyset_put(k, keyset_key(k, (struct str){ (const char *)&i, sizeof i }), i, &first);
		if (i % 5000 == 4999)
			wrong += mapped() - before > (i + 1) * bytes + 2 * PARTS * PART_BYTES;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT(mapped() - before <= MANY * bytes);
	keyset_free(k);
	CU_ASSERT(mapped() <= before);
}

static void costs_at_most_16_bytes_a_key(void)
{
	cost_at_most(KEEP_LAST, 16);
}

static void costs_at_most_24_bytes_a_key_with_a_value(void)
{
	cost_at_most(KEEP_HIGHEST, 24);
}

UNIT_SUITE(keyset_model, UNIT(keeps_the_first_of_many_keys), UNIT(keeps_the_last_of_many_keys),
	UNIT(keeps_the_lowest_of_many_keys), UNIT(keeps_the_highest_of_many_keys), UNIT(costs_at_most_16_bytes_a_key),
	UNIT(costs_at_most_24_bytes_a_key_with_a_value))
