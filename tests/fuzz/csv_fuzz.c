/* Any bytes as CSV. The first two bytes choose delimiter and quote, the next two the pieces in which the text comes and how
 * many rows are asked for at a time. Every engine must give the rows, or the refusal, that libcsv gives for the text in
 * one piece.
 */
#include <stdlib.h>

#include "../unit/format/csv_show.h"

#define SETTINGS 4

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct buf shown, expected;

/* The usual ones, or the byte itself. */
static char choose(uint8_t byte, const char *usual, size_t count)
{
	return byte < count ? usual[byte] : (char)byte;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const enum csv_engine engines[] = { CSV_ENGINE_AVX2, CSV_ENGINE_SSE2, CSV_ENGINE_PORTABLE, CSV_ENGINE_LIBCSV };
	if (n < SETTINGS)
		return 0;
	struct str text = { (const char *)bytes + SETTINGS, n - SETTINGS };
	struct csv_show how = { choose(bytes[0], ",;\t|", 4), choose(bytes[1], "\"'", 2), CSV_ENGINE_LIBCSV, text.n, 0, 0 };
	csv_show(&expected, text, how);
	how.first = bytes[2];
	how.rest = bytes[2] & 1 ? bytes[3] : 0;
	how.rows = bytes[3] % 5;
	for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
		how.engine = engines[i];
		if (!csv_engine_known(how.engine))
			continue;
		csv_show(&shown, text, how);
		if (!str_eq(buf_str(&shown), buf_str(&expected)))
			abort();
	}
	return 0;
}
