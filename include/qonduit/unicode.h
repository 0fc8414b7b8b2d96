/* unicode - what text needs to know of Unicode (utf8proc): characters as readers count them, cases, white space.
 *
 * Input is valid UTF-8 unless said otherwise (sources validate once, charset.h). Results live in the arena, or are the
 * input itself where nothing changes.
 */
#ifndef QONDUIT_UNICODE_H
#define QONDUIT_UNICODE_H

#include "qonduit/arena.h"
#include "qonduit/utf8.h"

/* Length of the visible ASCII (! to ~) that `s` begins with; eight bytes at a time. */
size_t uni_visible(struct str s);
/* White space by Unicode's property, and U+FEFF; NO-BREAK SPACE is white space, ZERO WIDTH SPACE is invisible. */
bool uni_is_space(uint32_t codepoint);
/* Zero-width characters, direction marks, soft hyphen, BOM, other format characters that show nothing. */
bool uni_is_invisible(uint32_t codepoint);
/* The sign of a currency (category Sc). */
bool uni_is_currency_sign(uint32_t codepoint);

struct str uni_trim(struct str s);                     /* a part of s */
struct str uni_squeeze(struct arena *a, struct str s); /* trim, runs of white space to one blank */
/* Without control characters but tab, CR, LF, and without invisible ones. */
struct str uni_clean(struct arena *a, struct str s);
struct str uni_lower(struct arena *a, struct str s);
struct str uni_upper(struct arena *a, struct str s); /* ß is SS */
/* First letter of each word upper, the rest lower. Anything but letters, numbers and marks parts words (Jean-Paul); a
 * word that begins with a number has no capital (50ml); an apostrophe parts them where one letter stands before it
 * (L'Oréal, O'Neill; not Men's, I'm). */
struct str uni_title(struct arena *a, struct str s);
/* First letter upper, the rest lower; "50ML EAU" is "50ml eau". */
struct str uni_sentence(struct arena *a, struct str s);
struct str uni_nfc(struct arena *a, struct str s);
/* é e, ł l, ø o, ß ss, æ ae; vowel signs of Asian scripts stay. */
struct str uni_strip_accents(struct arena *a, struct str s);
/* How names are compared: squeezed, lower case, NFC. */
struct str uni_fold(struct arena *a, struct str s);
/* Number of characters as readers count them (grapheme clusters). */
size_t uni_length(struct str s);
/* Bytes of the first `characters` grapheme clusters. */
size_t uni_prefix(struct str s, size_t characters);
/* UTF-8 that was taken for windows-1252 or Latin-1 and encoded again ("Ã©", "â‚¬") decoded once, where the whole run
 * decodes to valid UTF-8; other text is returned as it is. A run of two characters that may as well be right
 * ("BEAUTÉ™") is too. */
struct str uni_repair(struct arena *a, struct str s);

#endif
