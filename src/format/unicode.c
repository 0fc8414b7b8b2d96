#include "qonduit/unicode.h"

#include <stdlib.h>
#include <utf8proc.h>

#define CAPITAL_SHARP_S 0x1e9e
#define SHARP_S 0xdf
#define CAPITAL_SIGMA 0x3a3
#define FINAL_SIGMA 0x3c2
#define SIGMA 0x3c3
#define APOSTROPHE 0x2019

enum letters { LOWER, UPPER, TITLE, SENTENCE, FOLD };

/* Text being made, in room that is known to be enough. */
struct out {
	char *p;
	size_t n;
};

/* --- characters --- */

/* The character at `at` and its length; a byte that is not UTF-8 counts as U+FFFD of length 1. */
static size_t next(struct str s, size_t at, uint32_t *codepoint)
{
	size_t n = utf8_next(str_from(s, at), codepoint);
	if (n)
		return n;
	*codepoint = 0xfffd;
	return 1;
}

/* Where the character before `at` begins. */
static size_t previous(struct str s, size_t at, uint32_t *codepoint)
{
	size_t from = at - 1;
	while (from && at - from < 4 && ((unsigned char)s.p[from] & 0xc0) == 0x80)
		from--;
	if (next(str_head(s, at), from, codepoint) != at - from)
		from = at - 1;
	return from;
}

static void put(struct out *out, uint32_t codepoint)
{
	out->n += utf8_put(codepoint, out->p + out->n);
}

static void put_part(struct out *out, struct str s, size_t from, size_t to)
{
	if (to > from)
		memcpy(out->p + out->n, s.p + from, to - from);
	out->n += to - from;
}

/* `s` where the text made is the same. */
static struct str made(struct out out, struct str s)
{
	struct str text = { out.p, out.n };
	return str_eq(text, s) ? s : text;
}

static bool is_letter(uint32_t codepoint)
{
	utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)codepoint);
	return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO;
}

static bool is_mark(uint32_t codepoint)
{
	utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)codepoint);
	return c >= UTF8PROC_CATEGORY_MN && c <= UTF8PROC_CATEGORY_ME;
}

static bool is_number(uint32_t codepoint)
{
	utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)codepoint);
	return c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO;
}

static bool is_dropped(uint32_t codepoint)
{
	if (codepoint < 0x20)
		return codepoint != '\t' && codepoint != '\n' && codepoint != '\r';
	return (codepoint >= 0x7f && codepoint < 0xa0) || uni_is_invisible(codepoint);
}

/* A mark that sits on letters of any script, as accents do. Vowel signs and the like have blocks of their own. */
static bool is_accent(uint32_t codepoint)
{
	return (codepoint >= 0x300 && codepoint <= 0x36f) || (codepoint >= 0x1ab0 && codepoint <= 0x1aff) ||
		(codepoint >= 0x1dc0 && codepoint <= 0x1dff) || (codepoint >= 0x20d0 && codepoint <= 0x20ff);
}

/* What is written for a letter whose accent is part of its shape, or null. */
static const char *plain_letter(uint32_t codepoint)
{
	static const struct {
		uint16_t letter;
		char plain[3];
	} letters[] = {
		{ 0x00c6, "AE" }, { 0x00d0, "D" }, { 0x00d8, "O" }, { 0x00de, "Th" }, { 0x00df, "ss" }, { 0x00e6, "ae" },
		{ 0x00f0, "d" }, { 0x00f8, "o" }, { 0x00fe, "th" }, { 0x0110, "D" }, { 0x0111, "d" }, { 0x0126, "H" },
		{ 0x0127, "h" }, { 0x0131, "i" }, { 0x0141, "L" }, { 0x0142, "l" }, { 0x0152, "OE" }, { 0x0153, "oe" },
		{ 0x0166, "T" }, { 0x0167, "t" }, { CAPITAL_SHARP_S, "SS" },
	};
	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
		if (letters[i].letter == codepoint)
			return letters[i].plain;
	}
	return NULL;
}

/* --- letter cases --- */

static void put_lower(struct out *out, struct str s, size_t at, uint32_t codepoint, bool within_word)
{
	if (codepoint < 0x80) {
		out->p[out->n++] = (char)(codepoint >= 'A' && codepoint <= 'Z' ? codepoint | 32 : codepoint);
	} else if (codepoint == CAPITAL_SIGMA && within_word) {
		uint32_t behind;
		next(s, at + 2, &behind);
		put(out, at + 2 < s.n && is_letter(behind) ? SIGMA : FINAL_SIGMA);
	} else {
		put(out, (uint32_t)utf8proc_tolower((utf8proc_int32_t)codepoint));
	}
}

static void put_upper(struct out *out, uint32_t codepoint)
{
	if (codepoint < 0x80)
		out->p[out->n++] = (char)(codepoint >= 'a' && codepoint <= 'z' ? codepoint & ~32u : codepoint);
	else if (codepoint == SHARP_S)
		put_part(out, STR("SS"), 0, 2);
	else
		put(out, (uint32_t)utf8proc_toupper((utf8proc_int32_t)codepoint));
}

static struct str lower_or_upper(struct arena *a, struct str s, enum letters to)
{
	char first = to == UPPER ? 'a' : 'A', last = to == UPPER ? 'z' : 'Z';
	size_t at = 0;
	while (at < s.n && (unsigned char)s.p[at] < 0x80 && (s.p[at] < first || s.p[at] > last))
		at++;
	if (at == s.n)
		return s;
	struct out out = { arena_alloc(a, s.n * 2), 0 };
	uint32_t codepoint, before = 0;
	put_part(&out, s, 0, at);
	for (size_t n; at < s.n; at += n, before = codepoint) {
		n = next(s, at, &codepoint);
		if (codepoint == 0xfffd)
			put_part(&out, s, at, at + n);
		else if (to == UPPER)
			put_upper(&out, codepoint);
		else if (to == FOLD && codepoint == FINAL_SIGMA)
			put(&out, SIGMA);
		else
			put_lower(&out, s, at, codepoint, to == LOWER && is_letter(before));
	}
	return made(out, s);
}

/* Words are letters, marks, numbers and the apostrophes among them. An apostrophe ends the word where a single letter
 * stands before it (L'Oréal, O'Neill), but for I (I'm, I'll). */
static struct str title_or_sentence(struct arena *a, struct str s, enum letters to)
{
	struct out out = { arena_alloc(a, s.n * 2), 0 };
	size_t in_word = 0;
	uint32_t codepoint, first = 0;
	bool begun = false;
	for (size_t n, at = 0; at < s.n; at += n) {
		n = next(s, at, &codepoint);
		if (is_letter(codepoint) || is_number(codepoint)) {
			if (to == TITLE ? in_word == 0 : !begun)
				put(&out, (uint32_t)utf8proc_totitle((utf8proc_int32_t)codepoint));
			else
				put_lower(&out, s, at, codepoint, in_word > 0);
			first = in_word++ ? first : codepoint;
			begun = true;
			continue;
		}
		put_part(&out, s, at, at + n);
		bool apostrophe = codepoint == '\'' || codepoint == APOSTROPHE;
		if (!is_mark(codepoint) && !(apostrophe && (in_word > 1 || (first | 32) == 'i')))
			in_word = 0;
	}
	return made(out, s);
}

/* --- normal forms --- */

/* utf8proc_map with its result in the arena; `s` where it fails or changes nothing. */
static struct str map(struct arena *a, struct str s, utf8proc_option_t options)
{
	utf8proc_uint8_t *mapped = NULL;
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &mapped,
		UTF8PROC_STABLE | options);
	struct str result = { (const char *)mapped, n > 0 ? (size_t)n : 0 };
	result = n < 0 || str_eq(result, s) ? s : arena_copy(a, result);
	free(mapped);
	return result;
}

/* Whether all characters are below U+0300, where every text is in NFC. */
static bool is_simple(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] >= 0xcc)
			return false;
	}
	return true;
}

/* --- characters as readers count them --- */

/* Bytes of the first `max` clusters, or all; *count says how many they are. */
static size_t clusters(struct str s, size_t max, size_t *count)
{
	size_t at = 0;
	uint32_t before = 0, codepoint;
	utf8proc_int32_t state = 0;
	*count = 0;
	for (size_t n; at < s.n; at += n, before = codepoint) {
		n = next(s, at, &codepoint);
		bool begins = at == 0;
		if (codepoint < 0x80 && before < 0x80 && codepoint != '\n')
			begins = true;
		else if (at)
			begins = utf8proc_grapheme_break_stateful((utf8proc_int32_t)before, (utf8proc_int32_t)codepoint, &state);
		if (codepoint < 0x80)
			state = 0;
		if (begins && *count == max)
			break;
		*count += begins;
	}
	return at;
}

/* --- interface --- */

bool uni_is_space(uint32_t codepoint)
{
	if (codepoint < 0x80)
		return codepoint == ' ' || (codepoint >= '\t' && codepoint <= '\r');
	switch (codepoint) {
	case 0x85: case 0xa0: case 0x1680: case 0x2028: case 0x2029: case 0x202f: case 0x205f: case 0x3000: case 0xfeff:
		return true;
	default:
		return codepoint >= 0x2000 && codepoint <= 0x200a;
	}
}

bool uni_is_invisible(uint32_t codepoint)
{
	if (codepoint < 0xad)
		return false;
	switch (codepoint) {
	case 0x34f: /* combining grapheme joiner */
		return true;
	case 0x600: case 0x601: case 0x602: case 0x603: case 0x604: case 0x605: case 0x6dd: case 0x70f: case 0x890:
	case 0x891: case 0x8e2: case 0x110bd: case 0x110cd: /* format characters that show as signs */
		return false;
	default:
		return utf8proc_category((utf8proc_int32_t)codepoint) == UTF8PROC_CATEGORY_CF;
	}
}

bool uni_is_currency_sign(uint32_t codepoint)
{
	return utf8proc_category((utf8proc_int32_t)codepoint) == UTF8PROC_CATEGORY_SC;
}

/* First bytes of the characters that uni_is_space and is_dropped look for: on other bytes a scan goes on at once. */
#define MAY_BE_SPACE 1
#define MAY_BE_DROPPED 2

static const unsigned char first_bytes[256] = {
	[0x00 ... 0x08] = MAY_BE_DROPPED,
	[0x09 ... 0x0d] = MAY_BE_SPACE | MAY_BE_DROPPED,
	[0x0e ... 0x1f] = MAY_BE_DROPPED,
	[' '] = MAY_BE_SPACE,
	[0x7f] = MAY_BE_DROPPED,
	[0xc2] = MAY_BE_SPACE | MAY_BE_DROPPED,          /* U+0085, U+00A0, U+00AD */
	[0xcd ... 0xff] = MAY_BE_SPACE | MAY_BE_DROPPED, /* U+034F and on */
};

static bool is_visible_ascii(char c)
{
	return c > ' ' && c < 0x7f;
}

#define EACH(byte) (0x0101010101010101u * (byte))

/* How many bytes from `least` to 0x7e the text begins with. */
static inline size_t ascii_from(unsigned char least, struct str s)
{
	size_t at = 0;
	uint64_t word;
	for (; s.n - at >= 8; at += 8) {
		memcpy(&word, s.p + at, 8);
		uint64_t above = (word | EACH(0x80)) - EACH(least), below = word + EACH(0x01);
		if ((word | below | ~above) & EACH(0x80))
			break;
	}
	while (at < s.n && (unsigned char)s.p[at] >= least && (unsigned char)s.p[at] < 0x7f)
		at++;
	return at;
}

size_t uni_visible(struct str s)
{
	return ascii_from('!', s);
}

struct str uni_trim(struct str s)
{
	uint32_t codepoint;
	if (s.n && is_visible_ascii(s.p[0]) && is_visible_ascii(s.p[s.n - 1]))
		return s;
	size_t from = 0, to = s.n;
	for (size_t n; from < to && (n = next(s, from, &codepoint), uni_is_space(codepoint));)
		from += n;
	for (size_t at; from < to && (at = previous(s, to, &codepoint), uni_is_space(codepoint));)
		to = at;
	return str_from(str_head(s, to), from);
}

struct str uni_squeeze(struct arena *a, struct str s)
{
	s = uni_trim(s);
	struct out out = { NULL, 0 };
	size_t kept = 0; /* what is before this is in `out` */
	uint32_t codepoint;
	for (size_t n, at = 0; at < s.n; at += n) {
		n = 1;
		if (!(first_bytes[(unsigned char)s.p[at]] & MAY_BE_SPACE))
			continue;
		if (s.p[at] == ' ' && at + 1 < s.n && is_visible_ascii(s.p[at + 1]))
			continue;
		n = next(s, at, &codepoint);
		if (!uni_is_space(codepoint))
			continue;
		size_t to = at + n;
		for (size_t more; to < s.n && (more = next(s, to, &codepoint), uni_is_space(codepoint));)
			to += more;
		if (to - at > 1 || s.p[at] != ' ') {
			if (!out.p)
				out.p = arena_alloc(a, s.n);
			put_part(&out, s, kept, at);
			out.p[out.n++] = ' ';
			kept = to;
		}
		n = to - at;
	}
	if (!out.p)
		return s;
	put_part(&out, s, kept, s.n);
	return (struct str){ out.p, out.n };
}

struct str uni_clean(struct arena *a, struct str s)
{
	struct out out = { NULL, 0 };
	size_t kept = 0;
	uint32_t codepoint;
	for (size_t n, at = 0; (at += ascii_from(' ', str_from(s, at))) < s.n; at += n) {
		n = 1;
		if (!(first_bytes[(unsigned char)s.p[at]] & MAY_BE_DROPPED))
			continue;
		n = next(s, at, &codepoint);
		if (!is_dropped(codepoint))
			continue;
		if (!out.p)
			out.p = arena_alloc(a, s.n);
		put_part(&out, s, kept, at);
		kept = at + n;
	}
	if (!out.p)
		return s;
	put_part(&out, s, kept, s.n);
	return (struct str){ out.p, out.n };
}

struct str uni_lower(struct arena *a, struct str s)
{
	return lower_or_upper(a, s, LOWER);
}

struct str uni_upper(struct arena *a, struct str s)
{
	return lower_or_upper(a, s, UPPER);
}

struct str uni_title(struct arena *a, struct str s)
{
	return title_or_sentence(a, s, TITLE);
}

struct str uni_sentence(struct arena *a, struct str s)
{
	return title_or_sentence(a, s, SENTENCE);
}

struct str uni_nfc(struct arena *a, struct str s)
{
	return is_simple(s) ? s : map(a, s, UTF8PROC_COMPOSE);
}

struct str uni_strip_accents(struct arena *a, struct str s)
{
	if (utf8_ascii(s) == s.n)
		return s;
	struct str apart = map(a, s, UTF8PROC_DECOMPOSE);
	struct out out = { arena_alloc(a, apart.n), 0 };
	uint32_t codepoint;
	for (size_t n, at = 0; at < apart.n; at += n) {
		n = next(apart, at, &codepoint);
		const char *plain = plain_letter(codepoint);
		if (plain)
			put_part(&out, str_of(plain), 0, strlen(plain));
		else if (!is_accent(codepoint))
			put_part(&out, apart, at, at + n);
	}
	struct str plain = uni_nfc(a, (struct str){ out.p, out.n });
	return str_eq(plain, s) ? s : plain;
}

struct str uni_fold(struct arena *a, struct str s)
{
	return uni_nfc(a, lower_or_upper(a, uni_squeeze(a, s), FOLD));
}

size_t uni_length(struct str s)
{
	size_t count;
	clusters(s, SIZE_MAX, &count);
	return count;
}

size_t uni_prefix(struct str s, size_t characters)
{
	size_t count;
	return clusters(s, characters, &count);
}
