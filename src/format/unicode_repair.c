/* The way back from UTF-8 that was read as windows-1252 or Latin-1 and written as UTF-8 again: each character stands
 * for one byte, and the bytes are UTF-8. Text that was right may look like that too: the sign behind a capital in
 * "BEAUTÉ™" or "CAFÉ»" makes a valid pair with it. A single pair is therefore mended only where it gives a letter or
 * sign of the scripts that are written with it in Europe, not where it gives a phonetic or an Asian one.
 */
#include "qonduit/unicode.h"

/* The byte that the character was in windows-1252 or Latin-1, or -1. */
static int byte_of(uint32_t codepoint)
{
	static const uint16_t windows[32] = {
		0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
		0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
		0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
		0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
	};
	if (codepoint <= 0xff)
		return (int)codepoint;
	for (int i = 0; i < 32; i++) {
		if (windows[i] == codepoint)
			return 0x80 + i;
	}
	return -1;
}

static bool is_likely(struct str bytes)
{
	uint32_t codepoint;
	if (bytes.n == 0 || utf8_invalid_at(bytes) < bytes.n)
		return false;
	if (bytes.n > 2)
		return true;
	utf8_next(bytes, &codepoint);
	bool latin = codepoint < 0x180 || (codepoint >= 0x218 && codepoint <= 0x21b);
	return latin || (codepoint >= 0x380 && codepoint < 0x480);
}

/* Reads a run of characters that were bytes, none of them ASCII, from the start of `s` and writes the bytes to `out`.
 * Returns its length in `s`; *n is the number of bytes. */
static size_t read_run(struct str s, char *out, size_t *n)
{
	size_t at = 0;
	*n = 0;
	while (at < s.n && (unsigned char)s.p[at] >= 0x80) {
		uint32_t codepoint;
		size_t length = utf8_next(str_from(s, at), &codepoint);
		int byte = length ? byte_of(codepoint) : -1;
		if (byte < 0)
			break;
		out[(*n)++] = (char)byte;
		at += length;
	}
	return at;
}

/* Where two characters that are not ASCII stand side by side for the first time: what was
 * encoded twice has at least two. */
static size_t first_pair(struct str s)
{
	size_t at = 0;
	while (at < s.n) {
		size_t from = at += utf8_ascii(str_from(s, at));
		do
			at++;
		while (at < s.n && ((unsigned char)s.p[at] & 0xc0) == 0x80);
		if (at < s.n && (unsigned char)s.p[at] >= 0x80)
			return from;
	}
	return s.n;
}

struct str uni_repair(struct arena *a, struct str s)
{
	size_t first = first_pair(s);
	if (first == s.n)
		return s;
	char *out = arena_alloc(a, s.n);
	size_t n = first;
	bool mended = false;
	memcpy(out, s.p, first);
	for (size_t at = first; at < s.n;) {
		size_t bytes, run = read_run(str_from(s, at), out + n, &bytes);
		if (is_likely((struct str){ out + n, bytes })) {
			mended = true;
			n += bytes;
		} else {
			run = run ? run : 1;
			memcpy(out + n, s.p + at, run);
			n += run;
		}
		at += run;
	}
	return mended ? (struct str){ out, n } : s;
}
