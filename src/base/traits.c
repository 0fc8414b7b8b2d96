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

static inline unsigned mask(block matches)
{
	return (unsigned)_mm_movemask_epi8(matches);
}

static inline block equal(block b, char c)
{
	return _mm_cmpeq_epi8(b, _mm_set1_epi8(c));
}

/* '"', '\' and control characters. */
static inline unsigned escaped(block b)
{
	block controls = _mm_cmpeq_epi8(_mm_min_epu8(b, _mm_set1_epi8(0x1f)), b);
	return mask(_mm_or_si128(controls, _mm_or_si128(equal(b, '"'), equal(b, '\\'))));
}

/* Control characters and what is not ASCII. */
static inline unsigned odd(block b)
{
	return mask(_mm_or_si128(_mm_cmplt_epi8(b, _mm_set1_epi8(' ')), equal(b, 0x7f)));
}

static inline unsigned blanks(block b)
{
	return mask(equal(b, ' '));
}

/* Whether one of the others finds something. */
static inline bool is_special(block b)
{
	block low = _mm_or_si128(_mm_cmplt_epi8(b, _mm_set1_epi8(' ' + 1)), equal(b, 0x7f));
	return mask(_mm_or_si128(low, _mm_or_si128(equal(b, '"'), equal(b, '\\'))));
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

static unsigned escaped(block b)
{
	unsigned mask = 0;
	for (int i = 0; i < BLOCK; i++)
		mask |= (unsigned)(b.byte[i] < 0x20 || b.byte[i] == '"' || b.byte[i] == '\\') << i;
	return mask;
}

static unsigned odd(block b)
{
	unsigned mask = 0;
	for (int i = 0; i < BLOCK; i++)
		mask |= (unsigned)(b.byte[i] < 0x20 || b.byte[i] > 0x7e) << i;
	return mask;
}

static unsigned blanks(block b)
{
	unsigned mask = 0;
	for (int i = 0; i < BLOCK; i++)
		mask |= (unsigned)(b.byte[i] == ' ') << i;
	return mask;
}

static bool is_special(block b)
{
	return escaped(b) | odd(b) | blanks(b);
}

#endif

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

struct look {
	unsigned escaped, odd, blank, pairs; /* of blanks */
};

static inline void look_at(struct look *l, block b, unsigned seam)
{
	if (!is_special(b))
		return;
	unsigned blank = blanks(b);
	l->escaped |= escaped(b);
	l->odd |= odd(b);
	l->blank |= blank;
	l->pairs |= blank & blank << 1 & ~seam;
}

unsigned text_traits(struct str s)
{
	struct look l = { 0 };
	unsigned seam = 0;
	if (s.n == 0)
		return TEXT_SEEN | TEXT_PLAIN | TEXT_TIDY | TEXT_BARE | TEXT_SOLID;
	if (s.n < BLOCK) {
		block b = short_block(s, &seam);
		look_at(&l, b, seam);
	} else {
		size_t at = 0;
		for (; s.n - at >= BLOCK; at += BLOCK) {
			look_at(&l, block_load(s.p + at), 0);
			l.pairs |= at && s.p[at] == ' ' && s.p[at - 1] == ' ';
		}
		if (at < s.n)
			look_at(&l, block_load(s.p + s.n - BLOCK), 0);
	}
	bool tidy = !l.pairs && s.p[0] != ' ' && s.p[s.n - 1] != ' ';
	return TEXT_SEEN | (l.odd ? 0 : TEXT_PLAIN) | (tidy ? TEXT_TIDY : 0) | (l.escaped ? 0 : TEXT_BARE) |
		(l.blank ? 0 : TEXT_SOLID);
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
	return escaped(block_of(first, last)) ? copy_bytes(to, s) : s.n;
}

size_t text_copy_bare(char *to, struct str s)
{
	if (s.n < BLOCK)
		return copy_short(to, s);
	for (size_t at = 0;; at += BLOCK) {
		if (s.n - at < BLOCK)
			at = s.n - BLOCK;
		block b = block_load(s.p + at);
		unsigned found = escaped(b);
		block_store(to + at, b);
		if (found)
			return at + (size_t)__builtin_ctz(found);
		if (s.n - at == BLOCK)
			return s.n;
	}
}
