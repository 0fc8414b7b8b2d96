/* str - a slice of text: a pointer and a length, passed by value.
 *
 * A slice owns nothing. It is not NUL-terminated and may hold NUL bytes. Whoever made the bytes (a batch, an arena, a
 * literal) decides how long it lives; copy with arena_copy() where a slice must outlive its home. An empty slice may
 * have a null pointer.
 */
#ifndef QONDUIT_STR_H
#define QONDUIT_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
/* For printf("%.*s", STR_ARG(s)). */
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str str_of(const char *text)
{
	return (struct str){ text, text ? strlen(text) : 0 };
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* The part from `from` (at most the length) to the end. */
static inline struct str str_from(struct str s, size_t from)
{
	size_t skip = from < s.n ? from : s.n;
	return (struct str){ skip ? s.p + skip : s.p, s.n - skip };
}

/* The first `n` bytes, or all. */
static inline struct str str_head(struct str s, size_t n)
{
	return (struct str){ s.p, n < s.n ? n : s.n };
}

/* Takes the byte off the front, where it stands there. */
static inline bool str_take(struct str *s, char byte)
{
	if (s->n == 0 || s->p[0] != byte)
		return false;
	*s = str_from(*s, 1);
	return true;
}

static inline bool str_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What a hexadecimal digit in either case is worth, or -1 (also of -1). */
static inline int str_hex(int c)
{
	int lower = c | 0x20;
	return c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* What stands for itself anywhere in an address (RFC 3986). */
static inline bool str_is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
		c == '_' || c == '~';
}

/* Byte order; shorter first where one begins the other. Negative, 0, positive. */
int str_cmp(struct str a, struct str b);
/* ASCII letters alike in either case; other bytes as they stand. */
bool str_eq_nocase(struct str a, struct str b);
bool str_starts(struct str s, struct str with);
bool str_ends(struct str s, struct str with);
/* Offset of the first `needle`, or -1. An empty needle is found at 0. */
ptrdiff_t str_find(struct str s, struct str needle);
/* Without blanks, tabs, CR, LF, VT, FF on either side (ASCII only; unicode.h knows the others). */
struct str str_trim(struct str s);
/* Cuts at the first `byte`: head is returned, *rest is what follows it (empty, null pointer, where it is not there). */
struct str str_cut(struct str s, char byte, struct str *rest);
/* FNV-1a with a final mix: for tables in memory, not for anything stored or adversarial. */
uint64_t str_hash(struct str s);
/* A plain decimal unsigned number that fills the slice, or false (empty, other bytes, overflow). */
bool str_to_u64(struct str s, uint64_t *out);
/* Nearest of `n` words by edit distance (ASCII case ignored), or -1 where none is near enough to suggest. */
int str_nearest(struct str s, const struct str *words, size_t n);

#endif
