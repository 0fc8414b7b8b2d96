/* byte_run - how far a text goes on before a byte that matters, eight bytes at a time. */
#ifndef QONDUIT_FORMAT_BYTE_RUN_H
#define QONDUIT_FORMAT_BYTE_RUN_H

#include <endian.h>

#include "qonduit/str.h"

#define BYTE_RUN_EACH(byte) (0x0101010101010101u * (unsigned char)(byte))

/* The first byte of the text is the lowest. */
static inline uint64_t byte_run_load(const char *p)
{
	uint64_t word;
	memcpy(&word, p, sizeof word);
	return le64toh(word);
}

/* Sets the highest bit of each byte that is `byte`; what is subtracted borrows from bytes behind a find only. */
static inline uint64_t byte_run_mark(uint64_t word, char byte)
{
	uint64_t other = word ^ BYTE_RUN_EACH(byte);
	return (other - BYTE_RUN_EACH(1)) & ~other;
}

/* Where the next eight bytes begin: the last ones end where the text ends, and so overlap those before them. */
static inline size_t byte_run_next(struct str s, size_t i)
{
	i += 8;
	return i < s.n && s.n - i < 8 ? s.n - 8 : i;
}

/* Offset of the first byte that is one of these, or s.n. */
static inline size_t byte_run_until(struct str s, char a, char b, char c, char d)
{
	size_t i = 0;
	for (; s.n - i >= 8; i = byte_run_next(s, i)) {
		uint64_t word = byte_run_load(s.p + i), found = byte_run_mark(word, a) | byte_run_mark(word, b) |
			byte_run_mark(word, c) | byte_run_mark(word, d);
		found &= BYTE_RUN_EACH(0x80);
		if (found)
			return i + (size_t)__builtin_ctzll(found) / 8;
	}
	while (i < s.n && s.p[i] != a && s.p[i] != b && s.p[i] != c && s.p[i] != d)
		i++;
	return i;
}

/* Offset of the first control character (below 0x20) or byte that is not ASCII, or s.n. */
static inline size_t byte_run_text(struct str s)
{
	size_t i = 0;
	for (; s.n - i >= 8; i = byte_run_next(s, i)) {
		uint64_t word = byte_run_load(s.p + i), found = (word | (word - BYTE_RUN_EACH(' '))) & BYTE_RUN_EACH(0x80);
		if (found)
			return i + (size_t)__builtin_ctzll(found) / 8;
	}
	while (i < s.n && (unsigned char)s.p[i] >= ' ' && (unsigned char)s.p[i] < 0x80)
		i++;
	return i;
}

#endif
