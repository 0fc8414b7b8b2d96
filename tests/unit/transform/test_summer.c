#include "unit.h"

#include <stdlib.h>

#include "qonduit/arena.h"
#include "qonduit/summer.h"

/* Pieces of changing size; the sum must be that of the whole. */
static void sums_so(size_t size, size_t piece, bool alone)
{
	char *bytes = mem_alloc(size), expected[DIGEST_HEX], found[DIGEST_HEX];
	unsigned char raw[DIGEST_BYTES];
	struct summer *s = summer_new();
	struct str rest = { bytes, size };
	if (alone)
		summer_alone(s);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)(i * 31 + i / 251);
	for (size_t n = piece; rest.n; rest = str_from(rest, n), n = n % 7 ? n + 1 : piece)
		summer_add(s, str_head(rest, n));
	summer_end_hex(s, found);
	digest_of((struct str){ bytes, size }, raw);
	digest_hex(raw, expected);
	ASSERT_STR(str_of(found), expected);
	free(bytes);
}

static void sums(size_t size, size_t piece)
{
	sums_so(size, piece, false);
	sums_so(size, piece, true);
}

static void sums_short_streams(void)
{
	sums(0, 1);
	sums(1, 1);
	sums(100000, 4096);
}

static void sums_long_streams_in_its_thread(void)
{
	sums(20 << 20, 128 << 10);
	sums(9 << 20, 1 << 20);
	sums(5 << 20, 1000);
}

static void may_be_given_up(void)
{
	char *bytes = mem_alloc(8 << 20);
	memset(bytes, 'x', 8 << 20);
	summer_free(NULL);
	summer_free(summer_new());
	struct summer *s = summer_new();
	summer_add(s, (struct str){ bytes, 8 << 20 });
	summer_add(s, (struct str){ bytes, 8 << 20 });
	summer_free(s);
	free(bytes);
}

UNIT_SUITE(summer, UNIT(sums_short_streams), UNIT(sums_long_streams_in_its_thread), UNIT(may_be_given_up))
