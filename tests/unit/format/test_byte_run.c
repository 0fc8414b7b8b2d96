#include "../../../src/format/byte_run.h"

#include <stdlib.h>

#include "unit.h"

#define LONGEST 34

static size_t text_run(struct str s)
{
	size_t n = 0;
	while (n < s.n && (unsigned char)s.p[n] >= 0x20 && (unsigned char)s.p[n] < 0x80)
		n++;
	return n;
}

static size_t run_until(struct str s)
{
	size_t n = 0;
	while (n < s.n && !memchr("&<>\r", s.p[n], 4))
		n++;
	return n;
}

static bool is_right(struct str s)
{
	return byte_run_text(s) == text_run(s) && byte_run_until(s, '&', '<', '>', '\r') == run_until(s);
}

/* Texts end where their memory ends, so that a sanitizer sees who reads on. */
static bool is_right_at(size_t length, size_t at, int byte)
{
	char *p = malloc(length);
	memset(p, byte == 'x' ? 'y' : 'x', length);
	p[at] = (char)byte;
	bool right = is_right((struct str){ p, length });
	memset(p + at, byte, length - at);
	right = right && is_right((struct str){ p, length });
	free(p);
	return right;
}

static void each_byte_is_found_wherever_it_stands(void)
{
	size_t wrong = 0;
	for (size_t length = 1; length <= LONGEST; length++) {
		for (size_t at = 0; at < length; at++) {
			for (int byte = 0; byte < 256; byte++)
				wrong += !is_right_at(length, at, byte);
		}
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT(is_right((struct str){ 0 }));
}

static void a_neighbour_in_value_is_no_find(void)
{
	static const char neighbours[] = "%'=;?\x0c\x0e\x8d\xa6\xbc\xbe\x1f !\x7f\x80";
	struct str s = { neighbours, sizeof neighbours - 1 };
	CU_ASSERT_EQUAL(byte_run_until(s, '&', '<', '>', '\r'), s.n);
	for (size_t i = 0; i < s.n; i++)
		CU_ASSERT(is_right(str_from(s, i)));
}

UNIT_SUITE(byte_run, UNIT(each_byte_is_found_wherever_it_stands), UNIT(a_neighbour_in_value_is_no_find))
