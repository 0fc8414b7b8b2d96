#include "xml_scan_bytes.h"

#include <string.h>

const unsigned char xml_look[256] = {
	[0 ... 8] = XML_CONTROL, ['\t'] = XML_BREAK, ['\n'] = XML_BREAK, [11 ... 31] = XML_CONTROL,
	['&'] = XML_AMPERSAND, ['<'] = XML_ANGLE, [']'] = XML_BRACKET, ['-'] = XML_NAME, ['.'] = XML_NAME,
	['0' ... '9'] = XML_NAME, [':'] = XML_NAME, ['A' ... 'Z'] = XML_NAME | XML_FIRST, ['_'] = XML_NAME | XML_FIRST,
	['a' ... 'z'] = XML_NAME | XML_FIRST, [0x80 ... 0xFF] = XML_WIDE,
};

/* Bytes that begin a character. */
static size_t characters(const char *p, size_t n)
{
	size_t count = 0, i = 0;
#ifdef __SSE2__
	const __m128i last = _mm_set1_epi8(-65); /* of 0x80 to 0xBF, as signed bytes */
	for (; i + 16 <= n; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		__m128i ones = _mm_sub_epi8(_mm_setzero_si128(), _mm_cmpgt_epi8(v, last));
		__m128i sums = _mm_sad_epu8(ones, _mm_setzero_si128());
		count += (size_t)_mm_extract_epi16(sums, 0) + (size_t)_mm_extract_epi16(sums, 4);
	}
#endif
	for (; i < n; i++)
		count += (p[i] & 0xC0) != 0x80;
	return count;
}

void xml_count(struct str text, uint64_t *line, uint64_t *column)
{
	const char *p = text.p, *end = text.n ? p + text.n : p, *feed;
	while (p < end && (feed = memchr(p, '\n', (size_t)(end - p)))) {
		(*line)++;
		*column = 0;
		p = feed + 1;
	}
	if (p < end)
		*column += characters(p, (size_t)(end - p));
}
