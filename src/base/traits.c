/* Blocks of sixteen bytes: a mask has a bit for each byte of a block, the first byte's lowest. A text's last block ends
 * where the text ends and so overlaps the one before it. A text of less than sixteen bytes is one block, of two halves
 * that overlap, filled up with letters. */
#include "qonduit/traits.h"

#define BLOCK 16
#define FILLER 0x7878787878787878u /* xxxxxxxx */

#ifdef __SSE2__

#include <emmintrin.h>

typedef __m128i block;

static inline block block_load(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline void block_store(char *to, block b)
{
	_mm_storeu_si128((__m128i *)(void *)to, b);
}

static inline block block_of(uint64_t first, uint64_t second)
{
	return _mm_set_epi64x((int64_t)second, (int64_t)first);
}

static inline unsigned mask(block b)
{
	return (unsigned)_mm_movemask_epi8(b);
}

static inline block either(block a, block b)
{
	return _mm_or_si128(a, b);
}

static inline block least(block a, block b)
{
	return _mm_min_epu8(a, b);
}

static inline block most(block a, block b)
{
	return _mm_max_epu8(a, b);
}

static inline block all_of(unsigned char c)
{
	return _mm_set1_epi8((char)c);
}

static inline block equal(block a, block b)
{
	return _mm_cmpeq_epi8(a, b);
}

static inline block minus(block a, block b)
{
	return _mm_sub_epi8(a, b);
}

#else

typedef struct {
	unsigned char byte[BLOCK];
} block;

static inline block block_load(const char *p)
{
	block b;
	memcpy(b.byte, p, BLOCK);
	return b;
}

static inline void block_store(char *to, block b)
{
	memcpy(to, b.byte, BLOCK);
}

static inline block block_of(uint64_t first, uint64_t second)
{
	block b;
	memcpy(b.byte, &first, 8);
	memcpy(b.byte + 8, &second, 8);
	return b;
}

static unsigned mask(block b)
{
	unsigned mask = 0;
	for (int i = 0; i < BLOCK; i++)
		mask |= (unsigned)(b.byte[i] >> 7) << i;
	return mask;
}

#define EACH_BYTE(name, result) \
	static block name(block a, block b) \
	{ \
		for (int i = 0; i < BLOCK; i++) { \
			unsigned char x = a.byte[i], y = b.byte[i]; \
			a.byte[i] = (unsigned char)(result); \
		} \
		return a; \
	}

EACH_BYTE(either, x | y)
EACH_BYTE(least, x < y ? x : y)
EACH_BYTE(most, x > y ? x : y)
EACH_BYTE(equal, x == y ? 0xff : 0)
EACH_BYTE(minus, x - y)

static block all_of(unsigned char c)
{
	block b;
	memset(b.byte, c, BLOCK);
	return b;
}

#endif

static inline block is(block b, unsigned char c)
{
	return equal(b, all_of(c));
}

static inline block at_most(block b, unsigned char c)
{
	return equal(least(b, all_of(c)), b);
}

static inline block at_least(block b, unsigned char c)
{
	return equal(most(b, all_of(c)), b);
}

/* '"', '\' and control characters below the blank. */
static inline block escaped(block b)
{
	return either(at_most(b, 0x1f), either(is(b, '"'), is(b, '\\')));
}

/* Whether there is anything but letters, digits and signs that nobody asks for. */
static inline bool is_special(block b)
{
	return mask(either(either(at_most(b, '"'), at_least(b, 0x7f)), is(b, '\\')));
}

/* The same for the four blocks from `p` on. */
static inline bool is_any_special(const char *p)
{
	block a = block_load(p), b = block_load(p + BLOCK), c = block_load(p + 2 * BLOCK), d = block_load(p + 3 * BLOCK);
	block low = least(least(a, b), least(c, d)), high = most(most(a, b), most(c, d));
	block backslash = either(either(is(a, '\\'), is(b, '\\')), either(is(c, '\\'), is(d, '\\')));
	return mask(either(either(at_most(low, '"'), at_least(high, 0x7f)), backslash));
}

static inline uint64_t load_8(const char *p)
{
	uint64_t word;
	memcpy(&word, p, 8);
	return word;
}

static inline uint32_t load_4(const char *p)
{
	uint32_t word;
	memcpy(&word, p, 4);
	return word;
}

/* A text of 1 to 15 bytes; *seam is the bit whose byte does not stand behind the one before it in the text. */
static inline block short_block(struct str s, unsigned *seam)
{
	if (s.n >= 8) {
		*seam = 1u << 8;
		return block_of(load_8(s.p), load_8(s.p + s.n - 8));
	}
	char eight[8] = "xxxxxxxx";
	if (s.n >= 4) {
		uint32_t halves[2] = { load_4(s.p), load_4(s.p + s.n - 4) };
		memcpy(eight, halves, 8);
		*seam = 1u << 4;
	} else { /* one byte stands for two or three where there are no more, which changes nothing */
		eight[0] = s.p[0];
		eight[1] = s.p[s.n / 2];
		eight[2] = s.p[s.n - 1];
		*seam = 0;
	}
	return block_of(load_8(eight), FILLER);
}

/* What was found so far. */
struct look {
	block escaped, unclear, blank; /* bits of all blocks */
	block bytes;
	unsigned pairs; /* of blanks */
	unsigned last;  /* the last byte of the block before is a blank */
};

/* The first bytes of U+00C0 to U+033F are 0xc3 to 0xcc. */
static inline void look_at(struct look *l, block b, unsigned seam)
{
	block low = at_most(b, 0x1f), blank = is(b, ' ');
	block far = either(at_least(b, 0xcd), at_most(minus(b, all_of(0xc0)), 0xc2 - 0xc0));
	unsigned blanks = mask(blank);
	l->escaped = either(l->escaped, either(low, either(is(b, '"'), is(b, '\\'))));
	l->unclear = either(l->unclear, either(low, either(is(b, 0x7f), far)));
	l->blank = either(l->blank, blank);
	l->bytes = either(l->bytes, b);
	l->pairs |= blanks & (blanks << 1 | l->last) & ~seam;
	l->last = blanks >> (BLOCK - 1);
}

static inline unsigned traits_found(const struct look *l, struct str s)
{
	bool clear = !mask(l->unclear), tidy = !l->pairs && s.p[0] != ' ' && s.p[s.n - 1] != ' ';
	return TEXT_SEEN | (clear && !mask(l->bytes) ? TEXT_PLAIN : 0) | (tidy ? TEXT_TIDY : 0) |
		(mask(l->escaped) ? 0 : TEXT_BARE) | (mask(l->blank) ? 0 : TEXT_SOLID) | (clear ? TEXT_CLEAR : 0);
}

static unsigned look_short(struct str s)
{
	unsigned seam;
	block b = short_block(s, &seam), none = all_of(0);
	if (!is_special(b))
		return TEXT_ALL;
	struct look l = { none, none, none, none, 0, 0 };
	look_at(&l, b, seam);
	return traits_found(&l, s);
}

/* From the first block that may have something, which begins at `p`. */
static unsigned look_long(struct str s, const char *p)
{
	const char *end = s.p + s.n;
	block none = all_of(0);
	struct look l = { none, none, none, none, 0, 0 };
	for (; end - p >= BLOCK; p += BLOCK)
		look_at(&l, block_load(p), 0);
	l.last = 0;
	if (p < end)
		look_at(&l, block_load(end - BLOCK), 0);
	return traits_found(&l, s);
}

unsigned text_traits(struct str s)
{
	const char *p = s.p, *end = p + s.n;
	if (s.n == 0)
		return TEXT_ALL;
	if (s.n < BLOCK)
		return look_short(s);
	while (end - p >= 4 * BLOCK && !is_any_special(p))
		p += 4 * BLOCK;
	while (end - p >= BLOCK && !is_special(block_load(p)))
		p += BLOCK;
	if (end - p < BLOCK && !is_special(block_load(end - BLOCK)))
		return TEXT_ALL;
	return look_long(s, p);
}

static bool must_escape(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\';
}

static size_t copy_bytes(char *to, struct str s)
{
	size_t n = 0;
	for (; n < s.n && !must_escape((unsigned char)s.p[n]); n++)
		to[n] = s.p[n];
	return n;
}

static size_t copy_short(char *to, struct str s)
{
	uint64_t first, last;
	if (s.n >= 8) {
		first = load_8(s.p);
		last = load_8(s.p + s.n - 8);
		memcpy(to, &first, 8);
		memcpy(to + s.n - 8, &last, 8);
	} else if (s.n >= 4) {
		uint32_t head = load_4(s.p), tail = load_4(s.p + s.n - 4);
		memcpy(to, &head, 4);
		memcpy(to + s.n - 4, &tail, 4);
		first = (uint64_t)head << 32 | tail;
		last = FILLER;
	} else {
		return copy_bytes(to, s);
	}
	return mask(escaped(block_of(first, last))) ? copy_bytes(to, s) : s.n;
}

size_t text_copy_bare(char *to, struct str s)
{
	if (s.n < BLOCK)
		return copy_short(to, s);
	for (size_t at = 0;; at += BLOCK) {
		if (s.n - at < BLOCK)
			at = s.n - BLOCK;
		block b = block_load(s.p + at);
		unsigned found = mask(escaped(b));
		block_store(to + at, b);
		if (found)
			return at + (size_t)__builtin_ctz(found);
		if (s.n - at == BLOCK)
			return s.n;
	}
}
