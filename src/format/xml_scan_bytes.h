/* What xml_scan looks for in bytes, sixteen at a time where the processor can. */
#ifndef QONDUIT_FORMAT_XML_SCAN_BYTES_H
#define QONDUIT_FORMAT_XML_SCAN_BYTES_H

#include "qonduit/str.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define XML_STOP_SLACK 16 /* bytes behind the end that may be read; not less than XML_SIGHT_SLACK */

/* Kinds of bytes. */
enum {
	XML_NAME = 1,       /* of a name */
	XML_FIRST = 2,      /* … that may be its first */
	XML_AMPERSAND = 4,
	XML_ANGLE = 8,      /* < */
	XML_CONTROL = 16,   /* that XML has not, and the carriage return */
	XML_BREAK = 32,     /* tab, line feed */
	XML_WIDE = 64,      /* not ASCII */
	XML_BRACKET = 128,  /* ] */
};
extern const unsigned char xml_look[256];

static inline bool xml_is_name(char c)
{
	return xml_look[(unsigned char)c] & XML_NAME;
}

static inline bool xml_begins_name(char c)
{
	return xml_look[(unsigned char)c] & XML_FIRST;
}

static inline bool xml_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline int xml_digit(char c, bool hex)
{
	return hex ? str_hex(c) : str_is_digit(c) ? c - '0' : -1;
}

static inline bool xml_is_character(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' || (c >= ' ' && c < 0xD800) || (c >= 0xE000 && c < 0xFFFE) || c >= 0x10000;
}

/* The first < & ] or control byte from `p` on; `end` where there is none. *wide: a byte before it is not ASCII. */
static inline const char *xml_stop_plain(const char *p, const char *end, bool *wide)
{
	for (; p < end; p++) {
		unsigned look = xml_look[(unsigned char)*p];
		if (look & (XML_ANGLE | XML_AMPERSAND | XML_BRACKET | XML_CONTROL | XML_BREAK))
			return p;
		*wide = *wide || look & XML_WIDE;
	}
	return end;
}

/* The same; XML_STOP_SLACK bytes behind the end may be read. */
static inline const char *xml_stop(const char *p, const char *end, bool *wide)
{
#ifdef __SSE2__
	const __m128i angle = _mm_set1_epi8('<'), ampersand = _mm_set1_epi8('&'), bracket = _mm_set1_epi8(']'),
		control = _mm_set1_epi8(0x1F);
	for (; p < end; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i stops = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, angle), _mm_cmpeq_epi8(v, ampersand)),
			_mm_or_si128(_mm_cmpeq_epi8(v, bracket), _mm_cmpeq_epi8(_mm_min_epu8(v, control), v)));
		unsigned mask = (unsigned)_mm_movemask_epi8(stops), high = (unsigned)_mm_movemask_epi8(v);
		if (end - p < 16) /* what is behind the end counts as a stop */
			mask |= ~0u << (end - p);
		if (mask) {
			unsigned at = (unsigned)__builtin_ctz(mask);
			*wide = *wide || (high & ((1u << at) - 1));
			return p + at;
		}
		*wide = *wide || high;
	}
	return end;
#else
	return xml_stop_plain(p, end, wide);
#endif
}

/* Moves a place, line and column in characters, over the text. */
void xml_count(struct str text, uint64_t *line, uint64_t *column);

#endif
