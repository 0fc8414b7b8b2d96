#include "unit.h"

#include <string.h>

#include "../../../src/format/xml_scan_bytes.h"

/* Every byte at every place of texts up to three vectors long, in front of what may be read and does not count. */
static void vectors_stop_where_single_bytes_do(void)
{
	char text[64];
	for (unsigned byte = 0; byte < 256; byte++) {
		for (size_t n = 0; n <= 40; n++) {
			for (size_t at = 0; at <= n; at++) {
				bool wide = false, plainly = false;
				memset(text, 'x', sizeof text);
				memset(text + n, '<', XML_STOP_SLACK);
				text[at] = (char)byte;
				const char *found = xml_stop(text, text + n, &wide), *expected = xml_stop_plain(text, text + n, &plainly);
				if (found != expected || wide != plainly)
					CU_FAIL("a vector stops elsewhere");
			}
		}
	}
	CU_PASS("");
}

static void places_count_characters(void)
{
	uint64_t line = 1, column = 0;
	xml_count(STR("ab\r\n0123456789012345678é日😀"), &line, &column);
	CU_ASSERT_EQUAL(line, 2);
	CU_ASSERT_EQUAL(column, 22);
	xml_count(STR("x\n\n"), &line, &column);
	CU_ASSERT_EQUAL(line, 4);
	CU_ASSERT_EQUAL(column, 0);
}

UNIT_SUITE(xml_scan, UNIT(vectors_stop_where_single_bytes_do), UNIT(places_count_characters))
