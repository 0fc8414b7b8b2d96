/* A key's hash says by its first byte which part it is in, by the next four where in it the key belongs (its home: the
 * larger the hash, the further behind). A part is an array in which all entries stand in order of their hashes, each at
 * its home or as near behind it as there was room. So a search ends at the first larger hash even where the array is
 * nearly full, and a part that has grown is spread out in one pass.
 *
 * Parts are whole pages straight from the system: on a heap, so many arrays that grow in steps leave a sixth idle.
 * They grow where they are (mremap): arrays made anew for a million keys touched a dozen times the memory that they kept.
 */
#include "qonduit/keyset.h"

#include <endian.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "qonduit/log.h"

#define PARTS 256
#define PAGE ((size_t)4096)
#define HASH_IN_PART (((uint64_t)1 << 56) - 1)
#define SLACK 48 /* slots behind the last home, for what is pushed beyond it */

/* Ranks are the values compared, in 64 bits. */
#define RANK_EMPTY INT64_MIN
#define RANK_ASIDE ((int64_t)1 << 62) /* from here on, a rank is the index of a value kept aside */
#define RANK_SCALE 6

/* Words of an entry: 32 bits of hash; 24 bits of hash and 8 of the ordinal plus one; its other 32; where there is an
 * order by value, the rank. No entry is all zero. */
enum { WORD_HASH, WORD_BOTH, WORD_ORDINAL, WORD_RANK, WORDS_PLAIN = WORD_RANK, WORDS_RANKED = WORD_RANK + 2 };

struct part {
	uint32_t *slots;
	uint32_t room, homes; /* slots, and those of them that are homes */
	uint32_t count, most;
};

struct keyset {
	enum keyset_order order;
	uint32_t words; /* of an entry */
	uint64_t secret[2];
	struct part parts[PARTS];
	size_t count;
	enum value_type ranked; /* type of the values that are ranks */
	struct value *aside;
	size_t aside_count, aside_cap;
};

/* The state of SipHash. */
struct sip {
	uint64_t a, b, c, d;
};

static uint64_t rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static inline struct sip sip_round(struct sip v)
{
	v.a += v.b;
	v.c += v.d;
	v.b = rotate(v.b, 13) ^ v.a;
	v.d = rotate(v.d, 16) ^ v.c;
	v.a = rotate(v.a, 32);
	v.c += v.b;
	v.a += v.d;
	v.b = rotate(v.b, 17) ^ v.c;
	v.d = rotate(v.d, 21) ^ v.a;
	v.c = rotate(v.c, 32);
	return v;
}

static inline struct sip sip_word(struct sip v, uint64_t word)
{
	v.d ^= word;
	v = sip_round(v);
	v.a ^= word;
	return v;
}

static inline uint64_t load_8(const char *p)
{
	uint64_t word;
	memcpy(&word, p, sizeof word);
	return le64toh(word);
}

/* The last bytes of a key, fewer than eight, the first of them lowest. */
static inline uint64_t load_rest(const char *key, size_t n, size_t rest)
{
	uint64_t word = 0;
	if (n >= 8)
		return rest ? load_8(key + n - 8) >> 8 * (8 - rest) : 0;
	for (size_t i = 0; i < rest; i++)
		word |= (uint64_t)(unsigned char)key[i] << 8 * i;
	return word;
}

uint64_t keyset_hash(const uint64_t secret[2], struct str s)
{
	struct sip v = {
		secret[0] ^ 0x736f6d6570736575, secret[1] ^ 0x646f72616e646f6d,
		secret[0] ^ 0x6c7967656e657261, secret[1] ^ 0x7465646279746573,
	};
	size_t at = 0;
	for (; s.n - at >= 8; at += 8)
		v = sip_word(v, load_8(s.p + at));
	v = sip_word(v, (uint64_t)s.n << 56 | load_rest(s.p, s.n, s.n - at));
	v.c ^= 0xff;
	v = sip_round(sip_round(sip_round(v)));
	return v.a ^ v.b ^ v.c ^ v.d;
}

/* The 56 bits behind the first byte. */
static uint64_t hash_in(const uint32_t *entry)
{
	return (uint64_t)entry[WORD_HASH] << 24 | entry[WORD_BOTH] >> 8;
}

static uint64_t ordinal_in(const uint32_t *entry)
{
	return ((uint64_t)(entry[WORD_BOTH] & 0xff) << 32 | entry[WORD_ORDINAL]) - 1;
}

static void set_ordinal(uint32_t *entry, uint64_t ordinal)
{
	entry[WORD_BOTH] = (entry[WORD_BOTH] & ~(uint32_t)0xff) | (uint32_t)((ordinal + 1) >> 32);
	entry[WORD_ORDINAL] = (uint32_t)(ordinal + 1);
}

static bool is_free(const uint32_t *entry)
{
	return (entry[WORD_ORDINAL] | (entry[WORD_BOTH] & 0xff)) == 0;
}

static int64_t rank_in(const uint32_t *entry)
{
	int64_t rank;
	memcpy(&rank, entry + WORD_RANK, sizeof rank);
	return rank;
}

static void set_rank(uint32_t *entry, int64_t rank)
{
	memcpy(entry + WORD_RANK, &rank, sizeof rank);
}

static uint32_t home_of(uint32_t homes, uint32_t word)
{
	return (uint32_t)((uint64_t)word * homes >> 32);
}

/* Spreads the entries that stand close at the end over the part, each to its home or as near behind it as there is room.
 * What is still to be spread stands where it may end at the latest, so no entry is written upon another. */
static inline void spread(struct part *p, uint32_t words)
{
	uint32_t next = 0;
	for (uint32_t i = p->room - p->count; i < p->room; i++) {
		uint32_t *entry = p->slots + (size_t)i * words;
		uint32_t home = home_of(p->homes, entry[WORD_HASH]), at = home > next ? home : next;
		if (at != i) {
			memcpy(p->slots + (size_t)at * words, entry, words * sizeof *entry);
			memset(entry, 0, words * sizeof *entry);
		}
		next = at + 1;
	}
}

/* Moves all entries, of which the first `room` slots have some, close to the end. */
static inline void gather(struct part *p, uint32_t words, uint32_t room)
{
	uint32_t *to = p->slots + (size_t)p->room * words;
	for (uint32_t *entry = p->slots + (size_t)room * words; entry > p->slots;) {
		entry -= words;
		if (is_free(entry))
			continue;
		to -= words;
		memcpy(to, entry, words * sizeof *entry);
		memset(entry, 0, words * sizeof *entry);
	}
}

/* Each key is moved a dozen times until there are a million: the compiler is to know how long an entry is. */
static void settle(struct part *p, uint32_t words, uint32_t room)
{
	if (words == WORDS_PLAIN) {
		gather(p, WORDS_PLAIN, room);
		spread(p, WORDS_PLAIN);
	} else {
		gather(p, WORDS_RANKED, room);
		spread(p, WORDS_RANKED);
	}
}

static size_t part_bytes(const struct part *p, uint32_t words)
{
	return ((size_t)p->room * words * sizeof *p->slots + PAGE - 1) / PAGE * PAGE;
}

static void free_part(struct part *p, uint32_t words)
{
	if (p->slots)
		munmap(p->slots, part_bytes(p, words));
	p->slots = NULL;
}

/* Keys fall evenly upon the parts, which would all grow at once: so that the memory idle in all of them stays the same,
 * each has steps of its own, of a sixth. */
static size_t more_pages(size_t pages, size_t part)
{
	return pages < 6 ? pages + 1 : pages + (pages + part % 6) / 6;
}

/* The fuller a part may be, the longer are searches and what is moved for a new key: entries with ranks need it. */
static void grow(struct keyset *k, struct part *p)
{
	uint32_t words = k->words;
	size_t had = part_bytes(p, words), bytes = more_pages(had / PAGE, (size_t)(p - k->parts)) * PAGE;
	uint32_t room = p->room;
	void *slots = had ? mremap(p->slots, had, bytes, MREMAP_MAYMOVE)
		: mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (slots == MAP_FAILED)
		log_give_up("out of memory");
	p->slots = slots;
	p->room = (uint32_t)(bytes / (words * sizeof *p->slots));
	p->homes = p->room - SLACK;
	p->most = p->homes - p->homes / (words == WORDS_PLAIN ? 8 : 16);
	settle(p, words, room);
}

/* The entry with this hash, or the place where it would stand; *there tells which. */
static uint32_t *search(const struct part *p, uint32_t words, uint64_t hash, bool *there)
{
	uint32_t *at = p->slots + (size_t)home_of(p->homes, (uint32_t)(hash >> 24)) * words;
	const uint32_t *end = p->slots + (size_t)p->room * words;
	while (at < end && !is_free(at) && hash_in(at) < hash)
		at += words;
	*there = at < end && !is_free(at) && hash_in(at) == hash;
	return at;
}

/* Makes a free slot of `at` by moving it and what follows it up to the next free one; false where there is none. */
static bool make_room(const struct part *p, uint32_t words, uint32_t *at)
{
	uint32_t *gap = at;
	const uint32_t *end = p->slots + (size_t)p->room * words;
	while (gap < end && !is_free(gap))
		gap += words;
	if (gap == end)
		return false;
	memmove(at + words, at, (size_t)(gap - at) * sizeof *at);
	return true;
}

/* The key's entry; a new one where *there is false. */
static uint32_t *put(struct keyset *k, uint64_t key, uint64_t ordinal, bool *there)
{
	struct part *p = &k->parts[key >> 56];
	uint64_t hash = key & HASH_IN_PART;
	if (!p->slots)
		grow(k, p);
	uint32_t *at = search(p, k->words, hash, there);
	if (*there)
		return at;
	bool full = p->count >= p->most;
	while (full || !make_room(p, k->words, at)) {
		grow(k, p);
		at = search(p, k->words, hash, there);
		full = false;
	}
	at[WORD_HASH] = (uint32_t)(hash >> 24);
	at[WORD_BOTH] = (uint32_t)hash << 8;
	set_ordinal(at, ordinal);
	if (k->words == WORDS_RANKED)
		set_rank(at, RANK_EMPTY);
	p->count++;
	k->count++;
	return at;
}

/* The value as a rank, where it has one. */
static bool to_rank(const struct value *v, int64_t *rank)
{
	static const int64_t powers[] = { 1, 10, 100, 1000, 10000, 100000, 1000000 };
	struct decimal d = v->number;
	switch (v->type) {
	case VALUE_INTEGER:
	case VALUE_DECIMAL:
		if (d.scale > RANK_SCALE)
			d = decimal_trim(d);
		if (d.scale > RANK_SCALE || d.mantissa <= -RANK_ASIDE || d.mantissa >= RANK_ASIDE)
			return false;
		d.mantissa *= powers[RANK_SCALE - d.scale];
		*rank = (int64_t)d.mantissa;
		return d.mantissa > -RANK_ASIDE && d.mantissa < RANK_ASIDE;
	case VALUE_DATE:
	case VALUE_DATETIME:
		*rank = v->when.ms;
		return v->when.ms > -RANK_ASIDE && v->when.ms < RANK_ASIDE;
	default:
		return false;
	}
}

static struct value from_rank(const struct keyset *k, int64_t rank)
{
	if (rank >= RANK_ASIDE)
		return k->aside[rank - RANK_ASIDE];
	if (k->ranked == VALUE_DATETIME)
		return (struct value){ .type = VALUE_DATETIME, .when = { .ms = rank } };
	return value_number((struct decimal){ rank, RANK_SCALE }, VALUE_DECIMAL);
}

static int compare(const struct keyset *k, const struct value *v, int64_t rank)
{
	int64_t own;
	if (rank < RANK_ASIDE && to_rank(v, &own))
		return (own > rank) - (own < rank);
	struct value other = from_rank(k, rank);
	return value_compare(v, &other);
}

static bool is_better(const struct keyset *k, const struct value *by, int64_t rank)
{
	if (by->type == VALUE_EMPTY)
		return false;
	if (rank == RANK_EMPTY)
		return true;
	int order = compare(k, by, rank);
	return k->order == KEEP_LOWEST ? order < 0 : order > 0;
}

static void free_aside(struct value *v)
{
	if (v->type == VALUE_TEXT)
		free((char *)v->text.p);
	*v = value_empty();
}

/* The rank to keep for the value; a value kept aside takes the place of `old` where that was one. */
static int64_t keep(struct keyset *k, const struct value *v, int64_t old)
{
	int64_t rank;
	bool had = old >= RANK_ASIDE;
	if (had)
		free_aside(&k->aside[old - RANK_ASIDE]);
	if (to_rank(v, &rank)) {
		k->ranked = v->type == VALUE_DATE ? VALUE_DATETIME : v->type;
		return rank;
	}
	size_t at = had ? (size_t)(old - RANK_ASIDE) : k->aside_count;
	if (!had) {
		k->aside = mem_grow(k->aside, &k->aside_cap, k->aside_count + 1, sizeof *k->aside);
		k->aside_count++;
	}
	k->aside[at] = *v;
	if (v->type == VALUE_TEXT)
		k->aside[at].text.p = memcpy(mem_alloc(v->text.n), v->text.p, v->text.n);
	return RANK_ASIDE + (int64_t)at;
}

struct keyset *keyset_new_under(enum keyset_order order, const uint64_t secret[2])
{
	struct keyset *k = mem_alloc(sizeof *k);
	*k = (struct keyset){ .order = order, .secret = { secret[0], secret[1] } };
	k->words = order == KEEP_LOWEST || order == KEEP_HIGHEST ? WORDS_RANKED : WORDS_PLAIN;
	return k;
}

struct keyset *keyset_new(enum keyset_order order)
{
	uint64_t secret[2];
	if (getrandom(secret, sizeof secret, 0) != sizeof secret)
		log_give_up("the system gives no random bytes");
	return keyset_new_under(order, secret);
}

void keyset_free(struct keyset *k)
{
	if (!k)
		return;
	for (int i = 0; i < PARTS; i++)
		free_part(&k->parts[i], k->words);
	for (size_t i = 0; i < k->aside_count; i++)
		free_aside(&k->aside[i]);
	free(k->aside);
	free(k);
}

size_t keyset_count(const struct keyset *k)
{
	return k->count;
}

uint64_t keyset_key(const struct keyset *k, struct str key)
{
	return keyset_hash(k->secret, key);
}

void keyset_expect(const struct keyset *k, uint64_t key)
{
	const struct part *p = &k->parts[key >> 56];
	if (p->slots)
		__builtin_prefetch(p->slots + (size_t)home_of(p->homes, (uint32_t)(key >> 24)) * k->words, 1);
}

bool keyset_put(struct keyset *k, uint64_t key, uint64_t ordinal, uint64_t *first)
{
	bool there;
	const uint32_t *entry = put(k, key, ordinal, &there);
	if (there)
		*first = ordinal_in(entry);
	return !there;
}

bool keyset_offer(struct keyset *k, uint64_t key, uint64_t ordinal, const struct value *by, bool *displaced)
{
	bool there, ranked = k->words == WORDS_RANKED;
	uint32_t *entry = put(k, key, ordinal, &there);
	int64_t rank = ranked ? rank_in(entry) : 0;
	bool best = !there || (ranked ? is_better(k, by, rank) : k->order == KEEP_LAST);
	*displaced = there && best;
	if (!best)
		return false;
	set_ordinal(entry, ordinal);
	if (ranked && by->type != VALUE_EMPTY)
		set_rank(entry, keep(k, by, rank));
	return true;
}

bool keyset_find(const struct keyset *k, uint64_t key, uint64_t *first)
{
	const struct part *p = &k->parts[key >> 56];
	bool there = false;
	const uint32_t *entry = p->slots ? search(p, k->words, key & HASH_IN_PART, &there) : NULL;
	if (there)
		*first = ordinal_in(entry);
	return there;
}

bool keyset_keeps(const struct keyset *k, uint64_t key, uint64_t ordinal)
{
	uint64_t kept;
	return keyset_find(k, key, &kept) && kept == ordinal;
}
