#include "qonduit/str.h"

#define NEAREST_MAX 96 /* longer words are compared by their letters only */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool joins_words(char c)
{
	return c == '_' || c == '-' || c == '.' || is_blank(c);
}

/* Equal but for case and for what stands between words. */
static bool same_letters(struct str a, struct str b)
{
	size_t i = 0, j = 0;
	bool any = false;
	for (;;) {
		while (i < a.n && joins_words(a.p[i]))
			i++;
		while (j < b.n && joins_words(b.p[j]))
			j++;
		if (i == a.n || j == b.n)
			return any && i == a.n && j == b.n;
		if (lower(a.p[i++]) != lower(b.p[j++]))
			return false;
		any = true;
	}
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* Edits that turn one word into the other; a swap of neighbours is one. Both at most NEAREST_MAX long. */
static int edit_distance(struct str a, struct str b)
{
	int rows[3][NEAREST_MAX + 1];
	int *before = rows[0], *last = rows[1], *now = rows[2];
	for (size_t j = 0; j <= b.n; j++)
		last[j] = (int)j;
	for (size_t i = 1; i <= a.n; i++) {
		now[0] = (int)i;
		for (size_t j = 1; j <= b.n; j++) {
			char x = lower(a.p[i - 1]), y = lower(b.p[j - 1]);
			int edits = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == lower(b.p[j - 2]) && y == lower(a.p[i - 2]))
				edits = least(edits, before[j - 2] + 1);
			now[j] = edits;
		}
		int *spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return last[b.n];
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;
	return order ? order : (a.n > b.n) - (a.n < b.n);
}

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		if (a.p[i] != b.p[i] && lower(a.p[i]) != lower(b.p[i]))
			return false;
	}
	return true;
}

bool str_starts(struct str s, struct str with)
{
	return s.n >= with.n && str_eq(str_head(s, with.n), with);
}

bool str_ends(struct str s, struct str with)
{
	return s.n >= with.n && str_eq(str_from(s, s.n - with.n), with);
}

ptrdiff_t str_find(struct str s, struct str needle)
{
	if (needle.n == 0)
		return 0;
	if (s.n < needle.n)
		return -1;
	const char *at = memmem(s.p, s.n, needle.p, needle.n);
	return at ? at - s.p : -1;
}

struct str str_trim(struct str s)
{
	while (s.n && is_blank(s.p[0]))
		s.p++, s.n--;
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct str str_cut(struct str s, char byte, struct str *rest)
{
	const char *at = s.n ? memchr(s.p, byte, s.n) : NULL;
	if (!at) {
		*rest = (struct str){ 0 };
		return s;
	}
	size_t n = (size_t)(at - s.p);
	*rest = str_from(s, n + 1);
	return str_head(s, n);
}

uint64_t str_hash(struct str s)
{
	uint64_t h = 0xcbf29ce484222325u;
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	return h ^ h >> 32;
}

bool str_to_u64(struct str s, uint64_t *out)
{
	uint64_t value = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(s.p[i] - '0'), &value))
			return false;
	}
	if (s.n == 0)
		return false;
	*out = value;
	return true;
}

int str_nearest(struct str s, const struct str *words, size_t n)
{
	/* About a third of the letters may differ; a word that would be replaced whole is no suggestion. */
	int most = s.n < 6 ? 1 : s.n < 9 ? 2 : 3, found = -1;
	for (size_t i = 0; i < n; i++) {
		if (same_letters(s, words[i]))
			return (int)i;
		if (s.n > NEAREST_MAX || words[i].n > NEAREST_MAX)
			continue;
		int edits = edit_distance(s, words[i]);
		if ((found < 0 ? edits <= most : edits < most) && (size_t)edits < s.n) {
			most = edits;
			found = (int)i;
		}
	}
	return found;
}
