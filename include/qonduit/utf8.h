/* utf8 - UTF-8 itself: where it is valid, one character at a time, cuts between characters. What needs to know more of
 * a character is in unicode.h.
 *
 * A character is a code point here. Input may be any bytes unless said otherwise.
 */
#ifndef QONDUIT_UTF8_H
#define QONDUIT_UTF8_H

#include "qonduit/str.h"

/* Offset of the first byte that does not begin a valid sequence (overlong forms, surrogates and > U+10FFFF are
 * invalid), or s.n. A sequence cut by the end counts as invalid at its start. ASCII runs go eight bytes at a time. */
size_t utf8_invalid_at(struct str s);
/* How many bytes of ASCII the text begins with. */
size_t utf8_ascii(struct str s);
/* Decodes the character at s.p; returns its length (1 to 4), 0 where s is empty or invalid. */
size_t utf8_decode(struct str s, uint32_t *codepoint);

static inline size_t utf8_next(struct str s, uint32_t *codepoint)
{
	if (s.n == 0 || (unsigned char)s.p[0] >= 0x80)
		return utf8_decode(s, codepoint);
	*codepoint = (unsigned char)s.p[0];
	return 1;
}

/* Returns the length written (at most 4). */
size_t utf8_put(uint32_t codepoint, char out[4]);

/* How many characters valid UTF-8 has. */
size_t utf8_count(struct str s);
/* A text that does not fit is cut between characters: at most the first `most` bytes of it, of a character that `most`
 * would part nothing. A text that fits is returned as it is, and broken bytes stay where they are. */
struct str utf8_head(struct str s, size_t most);
/* The same for a text that was cut already: without the beginning of a character at its end that is not whole. */
struct str utf8_whole(struct str s);

#endif
