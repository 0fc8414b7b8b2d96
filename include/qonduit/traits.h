/* traits - what is known of a text's bytes, so that nobody looks at them twice.
 *
 * Most texts are short and plain. text_traits looks at one once, sixteen bytes at a time; what holds is kept beside the
 * text (value.h), and steps, checks and JSON pass such a text through as it stands.
 */
#ifndef QONDUIT_TRAITS_H
#define QONDUIT_TRAITS_H

#include "qonduit/str.h"

/* A set of these; 0: nobody has looked yet. */
enum {
	TEXT_SEEN = 1,   /* the others are known */
	TEXT_PLAIN = 2,  /* printing ASCII and blanks only, 0x20 to 0x7e: a byte is a character, none is invisible */
	TEXT_TIDY = 4,   /* no blank (0x20) at either end, and no two of them together */
	TEXT_BARE = 8,   /* JSON need not escape anything in it */
	TEXT_SOLID = 16, /* no blank in it */
	TEXT_CLEAR = 32, /* no control character, and beyond ASCII only U+00C0 to U+033F: no white space but 0x20, nothing
	                  * that cannot be seen */
	TEXT_ALL = 63,
};

unsigned text_traits(struct str s);

/* Copies as much of `s` as JSON need not escape; returns how much that is. `to` has room for all of it, and may be
 * written beyond what is copied. */
size_t text_copy_bare(char *to, struct str s);

#endif
