#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "csv_show.h"

/* --- both engines --- */

static const enum csv_engine engines[] = { CSV_ENGINE_AVX2, CSV_ENGINE_SSE2, CSV_ENGINE_PORTABLE };
#define ENGINES (sizeof engines / sizeof *engines)

static struct buf shown, expected;

static void show_expected(struct str text, char delimiter)
{
	csv_show(&expected, text, (struct csv_show){ delimiter, '"', CSV_ENGINE_LIBCSV, text.n, 0, 0 });
}

/* Whether an engine reads what show_expected has shown; with the text in two pieces, the first of `cut` bytes. */
static bool is_same(struct str text, char delimiter, enum csv_engine engine, size_t cut, size_t rows)
{
	csv_show(&shown, text, (struct csv_show){ delimiter, '"', engine, cut, 0, rows });
	if (str_eq(buf_str(&shown), buf_str(&expected)))
		return true;
	struct buf visible = { 0 };
	buf_add_visible(&visible, text);
	printf("\n    %s, cut at %zu, engine %d:\n    %s\n    expected\n    %s\n", buf_text(&visible), cut, (int)engine, buf_text(&shown),
		buf_text(&expected));
	buf_release(&visible);
	CU_FAIL("not what libcsv reads");
	return false;
}

/* Whether every engine reads what libcsv reads, where the text is cut at some places. */
static bool is_alike(struct str text, char delimiter)
{
	show_expected(text, delimiter);
	for (size_t i = 0; i < ENGINES; i++) {
		for (size_t cut = 0; csv_engine_known(engines[i]) && cut <= text.n; cut += text.n / 16 + 1) {
			if (!is_same(text, delimiter, engines[i], cut, cut % 3))
				return false;
		}
	}
	return true;
}

#define LETTERS "a,\"\r\n "
#define LETTER_COUNT (sizeof LETTERS - 1)
#define EACH_CUT 4 /* longer texts are cut at one place */
#ifdef __SANITIZE_ADDRESS__
#define LONGEST 6
#else
#define LONGEST 7
#endif

static bool is_short_alike(struct str text, size_t turn)
{
	size_t from = text.n <= EACH_CUT ? 0 : turn % text.n, to = text.n <= EACH_CUT ? text.n : from;
	show_expected(text, ',');
	for (size_t cut = from; cut <= to; cut++) {
		if (!is_same(text, ',', turn % 2 ? CSV_ENGINE_BEST : CSV_ENGINE_PORTABLE, cut, turn % 3))
			return false;
	}
	return true;
}

static void every_short_text_reads_alike(void)
{
	char text[LONGEST];
	for (size_t length = 0, count = 1; length <= LONGEST; length++, count *= LETTER_COUNT) {
		for (size_t n = 0; n < count; n++) {
			for (size_t i = 0, rest = n; i < length; i++, rest /= LETTER_COUNT)
				text[i] = LETTERS[rest % LETTER_COUNT];
			if (!is_short_alike((struct str){ text, length }, n))
				return;
		}
	}
}

/* Short texts at each place of a block and across its end. */
static void blocks_may_end_anywhere(void)
{
	static const char *const texts[] = { "a,b\n", "a,b\r\n", "\"a\",\"b\"\r\n", "\"a\"\"b\",\"\"\n", "\"a\nb\r\nc\",d\n", "\"\"\"\"\n",
		"\n\na\r\n\r\n", "\"a\"x\n", "a\"b\n", "a\rb\n", "\"a\r\",b\n", "\"a\"\r\"b\"", "\"a" };
	char text[3 * 64];
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		for (size_t before = 50; before < 130; before++) {
			size_t n = strlen(texts[i]);
			memset(text, 'x', before);
			text[before - 1] = "x\n,"[before % 3];
			memcpy(text + before, texts[i], n);
			memcpy(text + before + n, "y,\"z\"\n", 6);
			if (!is_alike((struct str){ text, before + n + 6 }, ','))
				return;
		}
	}
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void add_field(struct buf *out, uint32_t *state, bool odd)
{
	static const char *const quoted[] = { "", "a", "\"\"", ",", "\n", "\r\n", "x y", "\xc3\xa9", "a long text that goes over the end of its block, as they do" };
	static const char *const odds[] = { "\"a\"b", "5\" x", "\r", " \"a\"", "\"\r\"" };
	uint32_t random = next_random(state);
	if (odd && random % 16 == 0) {
		buf_add(out, str_of(odds[random / 16 % 5]));
	} else if (random % 2) {
		buf_addc(out, '"');
		for (size_t i = random / 2 % 4; i; i--)
			buf_add(out, str_of(quoted[next_random(state) % 9]));
		buf_addc(out, '"');
	} else {
		for (size_t i = random / 2 % 20; i; i--)
			buf_addc(out, (char)('a' + i));
	}
}

static void random_tables_read_alike(void)
{
	struct buf text = { 0 };
	uint32_t state = 7;
	for (unsigned table = 0; table < 60; table++) {
		char delimiter = ",;\t|"[table % 4];
		buf_clear(&text);
		for (size_t row = next_random(&state) % 12; row; row--) {
			for (size_t field = next_random(&state) % 8; field; field--) {
				add_field(&text, &state, table % 2);
				buf_addc(&text, delimiter);
			}
			buf_add(&text, table % 3 ? STR("\n") : STR("\r\n"));
		}
		if (!is_alike(buf_str(&text), delimiter))
			break;
	}
	buf_release(&text);
}

/* --- what is regular --- */

/* How many bytes of the text the scanner takes. */
static size_t taken(const char *text, char delimiter, char quote)
{
	size_t done = 0;
	for (size_t i = 0; i < ENGINES; i++) {
		struct csv_scan s;
		struct batch b;
		csv_scan_init(&s, delimiter, quote, engines[i]);
		batch_init(&b);
		size_t here = csv_scan_rows(&s, str_of(text), SIZE_MAX, &b);
		if (i)
			CU_ASSERT_EQUAL(here, done);
		done = here;
		batch_release(&b);
	}
	return done;
}

static void takes(const char *rows, const char *rest)
{
	char text[200];
	snprintf(text, sizeof text, "%s%s", rows, rest);
	CU_ASSERT_EQUAL(taken(text, ',', '"'), strlen(rows));
}

static void regular_rows_need_no_parser(void)
{
	takes("a,b\n\"c\",\"d\"\r\n,\"\"\n\n\"e \"\"f\"\"\",\"\"\"\"\n\"g,\nh\",\"i\r\nj\"\n", "");
	takes(" a , b \n\t\n", "");
}

static void irregular_rows_are_left_alone(void)
{
	takes("a,b\n", "5\" tube,c\nd\n");
	takes("a,b\n", "\"c\"d,e\nf\n");
	takes("a,b\n", "\"c\" ,e\nf\n");
	takes("a,b\n", " \"c\",e\nf\n");
	takes("a,b\n", "c\rd\ne\n");
	takes("a,b\n", "\"c\rd\"\ne\n");
	takes("a,b\n", "\"c\nd\n");
	takes("a,b\n", "c");
	takes("a,b\n", "c\r");
}

static void any_two_bytes_part_and_quote(void)
{
	CU_ASSERT_EQUAL(taken("a\x01'b\x01'\x01 c\n", '\x01', '\''), 10);
	CU_ASSERT_EQUAL(taken("a\xff\xfe" "b\xff\xfe\n", '\xff', '\xfe'), 7);
	CU_ASSERT_EQUAL(taken("a b \"c d\"\n", ' ', '"'), 10);
	CU_ASSERT_EQUAL(taken("a,b\n", ',', ','), 0);
	CU_ASSERT_EQUAL(taken("a,b\n", '\n', '"'), 0);
	CU_ASSERT_EQUAL(taken("a,b\n", ',', '\r'), 0);
}

static void an_engine_that_is_not_there_is_replaced(void)
{
	struct csv_scan s;
	csv_scan_init(&s, ',', '"', CSV_ENGINE_BEST);
	CU_ASSERT_NOT_EQUAL(s.engine, CSV_ENGINE_BEST);
	CU_ASSERT_NOT_EQUAL(s.engine, CSV_ENGINE_LIBCSV);
	CU_ASSERT_TRUE(csv_engine_known(s.engine));
	CU_ASSERT_TRUE(csv_engine_known(CSV_ENGINE_PORTABLE));
}

/* A row of `size` bytes, then a short one; libcsv reads what is longer than the scanner looks. */
static void long_rows_read_alike(void)
{
	static const size_t sizes[] = { 65470, 65534, 65535, 65536, 65537, 200000 };
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct buf text = { 0 };
		buf_add(&text, STR("a,b\n\""));
		for (size_t n = 0; n < sizes[i]; n++)
			buf_addc(&text, n % 1000 == 999 ? '\n' : n % 100 == 99 ? ',' : 'x');
		buf_add(&text, STR("\",\"y\"\"\"\nc,d\n"));
		show_expected(buf_str(&text), ',');
		is_same(buf_str(&text), ',', CSV_ENGINE_BEST, text.n, 0);
		is_same(buf_str(&text), ',', CSV_ENGINE_PORTABLE, 65536, 1);
		buf_release(&text);
	}
	buf_release(&shown);
	buf_release(&expected);
}

UNIT_SUITE(csv_scan, UNIT(every_short_text_reads_alike), UNIT(blocks_may_end_anywhere), UNIT(random_tables_read_alike),
	UNIT(regular_rows_need_no_parser), UNIT(irregular_rows_are_left_alone), UNIT(any_two_bytes_part_and_quote),
	UNIT(an_engine_that_is_not_there_is_replaced), UNIT(long_rows_read_alike))
