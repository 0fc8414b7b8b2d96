#include "qonduit/utf8.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Where the ASCII ends that begins at `p`. */
static inline const unsigned char *ascii_end(const unsigned char *p, const unsigned char *end)
{
#if defined(__SSE2__)
	for (; end - p >= 64; p += 64) {
		const __m128i *b = (const __m128i *)(const void *)p;
		__m128i first = _mm_or_si128(_mm_loadu_si128(b), _mm_loadu_si128(b + 1));
		__m128i last = _mm_or_si128(_mm_loadu_si128(b + 2), _mm_loadu_si128(b + 3));
		if (_mm_movemask_epi8(_mm_or_si128(first, last)))
			break;
	}
	for (; end - p >= 16; p += 16) {
		int others = _mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)p));
		if (others)
			return p + __builtin_ctz((unsigned)others);
	}
#endif
	uint64_t word;
	while (end - p >= 8 && (memcpy(&word, p, 8), (word & 0x8080808080808080u) == 0))
		p += 8;
	while (p < end && *p < 0x80)
		p++;
	return p;
}

size_t utf8_ascii(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	return (size_t)(ascii_end(p, p + s.n) - p);
}

size_t utf8_invalid_at(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p, *end = s.n ? p + s.n : p;
	while (p < end) {
		p = ascii_end(p, end);
		while (p < end && *p >= 0x80) {
			uint32_t codepoint;
			bool two = *p >= 0xc2 && *p < 0xe0 && end - p >= 2 && (p[1] & 0xc0) == 0x80; /* most of them, in Europe */
			size_t n = two ? 2 : utf8_next((struct str){ (const char *)p, (size_t)(end - p) }, &codepoint);
			if (n == 0)
				return (size_t)((const char *)p - s.p);
			p += n;
		}
	}
	return s.n;
}

size_t utf8_decode(struct str s, uint32_t *codepoint)
{
	const unsigned char *p = (const unsigned char *)s.p;
	if (s.n == 0)
		return 0;
	if (p[0] < 0x80) {
		*codepoint = p[0];
		return 1;
	}
	size_t n = p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
	if (n == 0 || n > s.n)
		return 0;
	uint32_t value = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (p[i] & 0x3fu);
	}
	bool overlong = value < (n == 3 ? 0x800u : n == 4 ? 0x10000u : 0x80u);
	if (overlong || value > 0x10ffff || (value & ~0x7ffu) == 0xd800)
		return 0;
	*codepoint = value;
	return n;
}

size_t utf8_count(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

struct str utf8_whole(struct str s)
{
	size_t at = s.n;
	while (at && s.n - at < 3 && ((unsigned char)s.p[at - 1] & 0xc0) == 0x80)
		at--;
	unsigned char first = at ? (unsigned char)s.p[at - 1] : 0;
	size_t n = first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	return s.n - at + 1 < n ? str_head(s, at - 1) : s;
}

struct str utf8_head(struct str s, size_t most)
{
	return s.n > most ? utf8_whole(str_head(s, most)) : s;
}

size_t utf8_put(uint32_t codepoint, char out[4])
{
	if (codepoint < 0x80) {
		out[0] = (char)codepoint;
		return 1;
	}
	size_t n = codepoint < 0x800 ? 2 : codepoint < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i; i--, codepoint >>= 6)
		out[i] = (char)(0x80 | (codepoint & 0x3f));
	out[0] = (char)((0xf00u >> n) | codepoint);
	return n;
}
