#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/source.h"

static const struct str gtin_headers[] = { { "GTIN", 4 } }, name_headers[] = { { "Name", 4 } };
static const struct str price_headers[] = { { "* Lowest Price inc. shipping", 28 }, { "* Price inc. shipping", 21 } };
static const struct str unit_headers[] = { { "Unit", 4 } };
static const struct column columns[] = {
	{ .name = { "gtin", 4 }, .headers = gtin_headers, .header_count = 1, .header_of = -1, .type = COLUMN_GTIN, .required = true },
	{ .name = { "name", 4 }, .headers = name_headers, .header_count = 1, .header_of = -1, .required = true },
	{ .name = { "price", 5 }, .headers = price_headers, .header_count = 2, .header_of = -1, .type = COLUMN_DECIMAL },
	{ .name = { "currency", 8 }, .header_of = 2, .type = COLUMN_CURRENCY },
	{ .name = { "unit", 4 }, .headers = unit_headers, .header_count = 1, .header_of = -1, .optional = true },
};
static const struct source_options usual = { .format = "auto", .encoding = "auto", .columns = columns, .column_count = 5 };
#define HEADER "GTIN,Name,€ Lowest Price inc. shipping\n"

static const char *write_input(struct str content)
{
	static char path[300];
	static int count;
	struct err e = { 0 };
	static const char *folder;
	if (!folder)
		folder = unit_folder();
	snprintf(path, sizeof path, "%s/in-%d.csv", folder, count++);
	CU_ASSERT_EQUAL_FATAL(io_replace_file(path, content, 0600, &e), 0);
	return path;
}

/* All of an input: "HEADER_ROW DELIMITER ENCODING STAR: NUMBER[cell|cell]…", with "!" and the error where there is one. */
static const char *read_path(const char *path, const struct source_options *options)
{
	static struct buf out;
	struct source s = { 0 };
	struct batch b;
	struct err e = { 0 };
	buf_release(&out);
	batch_init(&b);
	int result = source_open(&s, path, STR("in.csv"), options, &e);
	if (result == 0)
		buf_printf(&out, "%llu %c %s%s %.*s:", (unsigned long long)s.header_row, s.delimiter == '\t' ? 'T' : s.delimiter, s.encoding,
			s.bom ? "+mark" : "", options->column_count ? (int)s.binding.star[3].n : 0, options->column_count ? s.binding.star[3].p : "");
	while (result == 0 && (result = source_fill(&s, &b, &e)) == 0 && b.rows) {
		for (size_t i = 0; i < b.rows && out.n < 4000; i++) {
			buf_printf(&out, " %llu[", (unsigned long long)b.row[i].number);
			for (size_t c = 0; c < b.row[i].width; c++) {
				if (c)
					buf_addc(&out, '|');
				buf_add(&out, cell_str(batch_get(&b, i, c)));
			}
			buf_addc(&out, ']');
		}
	}
	if (result) {
		buf_add(&out, STR("!"));
		err_print(&e, &out);
		CU_ASSERT_EQUAL(e.class, ERR_INPUT);
	}
	source_close(&s);
	batch_release(&b);
	buf_addc(&out, '\0');
	return buf_text(&out);
}

#define ASSERT_READS(content, options, expected) ASSERT_STR(str_of(read_path(write_input(content), options)), expected)
#define ASSERT_FAILS(content, options, part) fails(read_path(write_input(content), options), part)

static void fails(const char *found, const char *part)
{
	if (!strchr(found, '!') || !strstr(found, part))
		ASSERT_STR(str_of(found), part);
}

/* --- the header --- */

static void all_shapes_of_the_export_are_read(void)
{
	static const char *const headers[] = {
		"GTIN,Name,Category,Brand,€ Lowest Price inc. shipping,Unit,Lowest Priced Offer Inventory,Is a pre-order?,Estimated Delivery Time "
		"(weeks),Number of Offers,Total Inventory of All Offers,Product URL,Image URL",
		"GTIN,Name,Category,Brand,£ Lowest Price inc. shipping,Unit,Lowest Priced Offer Inventory,Is a pre-order?,Estimated Delivery Time "
		"(weeks),Number of Offers,Total Inventory of All Offers,Product Link,Image URL",
		"GTIN,Name,Category,Brand,$ Lowest Price inc. shipping,Unit,Lowest Priced Offer Inventory,Is a pre-order?,Estimated Delivery Time "
		"(weeks),Number of Offers,Total Inventory of All Offers,Product Link",
		"GTIN,Name,Category,Brand,€ Price inc. shipping,Unit,Inventory,Is a pre-order?,Estimated Delivery Time (weeks),Product URL,Image "
		"URL",
		"GTIN,Name,Category,Brand,â‚¬ Lowest Price inc. shipping,Unit,Lowest Priced Offer Inventory,Has Extended Delivery Time,Expected "
		"Delivery Time,Number of Offers,Total Inventory of All Offers,Product Link",
	};
	static const char *const codes[] = { "€", "£", "$", "€", "â‚¬" };
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		char text[1000], expected[100];
		snprintf(text, sizeof text, "%s\n3349668566372,Eau,Fragrance,X,10.00\n", headers[i]);
		snprintf(expected, sizeof expected, "1 , UTF-8 %s: 2[3349668566372|Eau|Fragrance|X|10.00]", codes[i]);
		ASSERT_READS(str_of(text), &usual, expected);
	}
}

static void the_preamble_is_skipped_and_kept(void)
{
	struct str text = STR("Qogita Catalog,,\nCatalog As Of 2026-09-24T13-28-40,,\n\n\"For Illustrative Purposes Only, prices may differ\",,\n"
		HEADER "1,a,2\n");
	ASSERT_READS(text, &usual, "5 , UTF-8 €: 6[1|a|2]");
	struct source s = { 0 };
	struct err e = { 0 };
	CU_ASSERT_EQUAL(source_open(&s, write_input(text), STR("in.csv"), &usual, &e), 0);
	CU_ASSERT_EQUAL(s.preamble.rows, 3);
	ASSERT_STR(cell_str(batch_get(&s.preamble, 2, 0)), "For Illustrative Purposes Only, prices may differ");
	CU_ASSERT_EQUAL(s.width, 3);
	ASSERT_STR(s.header[2], "€ Lowest Price inc. shipping");
	CU_ASSERT_EQUAL(s.binding.at[4], -1);
	source_close(&s);
}

static void the_delimiter_is_the_one_with_which_the_header_is_found(void)
{
	ASSERT_READS(STR("GTIN;Name;€ Price inc. shipping\n1;a,b;2\n"), &usual, "1 ; UTF-8 €: 2[1|a,b|2]");
	ASSERT_READS(STR("\"GTIN\";\"Name\";\"€ Price inc. shipping\"\n\"1\";\"a\";\"2\"\n"), &usual, "1 ; UTF-8 €: 2[1|a|2]");
	ASSERT_READS(STR("GTIN\tName\t€ Price inc. shipping\n1\ta\t2\n"), &usual, "1 T UTF-8 €: 2[1|a|2]");
	ASSERT_READS(STR("a, b, c\nGTIN|Name|€ Price inc. shipping\n1|a|2\n"), &usual, "2 | UTF-8 €: 3[1|a|2]");
	ASSERT_READS(STR("sep=;\nGTIN;Name;€ Price inc. shipping\n1;a;2\n"), &usual, "2 ; UTF-8 €: 3[1|a|2]");
	struct source_options o = usual;
	o.delimiter = '~';
	o.quote = '\'';
	ASSERT_READS(STR("GTIN~Name~€ Price inc. shipping\n'1~'~\"a\"~2\n"), &o, "1 ~ UTF-8 €: 2[1~|\"a\"|2]");
}

static void a_declared_header_row_is_taken_at_its_word(void)
{
	struct source_options o = usual;
	o.header_row = 3;
	ASSERT_READS(STR(HEADER "\n" HEADER "1,a,2\n"), &o, "3 , UTF-8 €: 4[1|a|2]");
	ASSERT_FAILS(STR(HEADER "x,y\nGTIN,Nam\n"), &o, "in.csv:3: row 3 (\"header_row\") is not the mapping's header: no header \"Name\" for "
		"column \"name\" (did you mean \"Nam\"?); no header \"* Lowest Price inc. shipping\"");
	ASSERT_FAILS(STR(HEADER "\n\nx\n"), &o, "row 3 (\"header_row\") is blank or behind the end");
	ASSERT_FAILS(STR(HEADER), &o, "row 3 (\"header_row\") is blank or behind the end");
	struct buf text = { 0 };
	for (int i = 1; i < 4000; i++)
		buf_printf(&text, "row %d,with as many bytes as five rows that are short\n", i);
	buf_add(&text, STR(HEADER "1,a,2\n"));
	o.header_row = 4000;
	ASSERT_READS(buf_str(&text), &o, "4000 , UTF-8 €: 4001[1|a|2]");
	buf_release(&text);
}

static void the_header_must_stand_in_the_first_rows(void)
{
	struct buf text = { 0 };
	for (int i = 1; i < SOURCE_HEADER_ROWS; i++)
		buf_printf(&text, "%s", i % 2 ? "\n" : "x\n");
	buf_add(&text, STR(HEADER "1,a,2\n"));
	ASSERT_READS(buf_str(&text), &usual, "50 , UTF-8 €: 51[1|a|2]");
	struct buf more = { 0 };
	buf_add(&more, STR("GTIN,Mame\n"));
	buf_add(&more, buf_str(&text));
	ASSERT_FAILS(buf_str(&more), &usual, "in.csv: none of the first 50 rows is the mapping's header; row 1 comes nearest: no header \"Name\" "
		"for column \"name\" (did you mean \"Mame\"?); no header \"* Lowest Price inc. shipping\" or \"* Price inc. shipping\" for column "
		"\"price\"; it has \"GTIN\", \"Mame\"");
	buf_release(&more);
	buf_release(&text);
}

static void a_long_preamble_is_read_as_far_as_needed(void)
{
	struct buf text = { 0 };
	buf_addc(&text, '"');
	for (int i = 0; i < 900000; i++)
		buf_addc(&text, 'x');
	buf_add(&text, STR("\"\n" HEADER "1,a,2\n"));
	ASSERT_READS(buf_str(&text), &usual, "2 , UTF-8 €: 3[1|a|2]");
	buf_release(&text);
}

static void the_header_must_stand_in_the_first_bytes(void)
{
	struct buf text = { 0 };
	while (text.n < SOURCE_HEAD_MAX * 3 / 2)
		buf_add(&text, STR("name,"));
	buf_add(&text, STR("\n" HEADER));
	ASSERT_FAILS(buf_str(&text), &usual, "in.csv: the header must stand in the first 2 MiB of the input, and it does not");
	buf_release(&text);
}

static void missing_and_double_headers_are_told_at_once(void)
{
	ASSERT_FAILS(STR("GTIN,Name,Price\n1,a,2\n"), &usual, "in.csv:1: the header in row 1 does not fit the mapping: no header \"* Lowest Price inc. "
		"shipping\" or \"* Price inc. shipping\" for column \"price\"");
	ASSERT_FAILS(STR("GTIN,Name,€ Price inc. shipping,gtin\n"), &usual, "are both \"GTIN\"");
	ASSERT_FAILS(STR("GTIN,Name,€ Price inc. shipping,GTIN\n"), &usual, "header \"GTIN\" stands in column A and column D");
	ASSERT_FAILS(STR("a;b\n1;2\n"), &usual, "row 1 comes nearest: no header \"GTIN\" for column \"gtin\"; no header \"Name\" for column \"name\"");
}

static void without_columns_the_widest_row_is_the_header(void)
{
	struct source_options o = { 0 };
	ASSERT_READS(STR("title\n\na;b;c\n1;2;3\n4,5;6;7\n"), &o, "3 ; UTF-8 : 4[1|2|3] 5[4,5|6|7]");
	ASSERT_READS(STR("one\ntwo\n"), &o, "1 , UTF-8 : 2[two]");
}

/* --- encodings --- */

static void add_unit(struct buf *to, unsigned unit, bool big)
{
	char high = (char)(unit >> 8), low = (char)(unit & 0xff);
	buf_addc(to, big ? high : low);
	buf_addc(to, big ? low : high);
}

/* UTF-16 of ASCII text and of the euro sign, which @ stands for. */
static struct buf utf16(const char *text, bool big, bool mark)
{
	struct buf out = { 0 };
	if (mark)
		add_unit(&out, 0xfeff, big);
	for (const char *p = text; *p; p++)
		add_unit(&out, *p == '@' ? 0x20ac : (unsigned)*p, big);
	return out;
}

static void a_byte_order_mark_is_read_and_removed(void)
{
	static const char text[] = "GTIN,Name,@ Price inc. shipping\n1,a,2\n";
	struct source_options o = usual;
	o.encoding = "windows-1252"; /* the mark wins */
	ASSERT_READS(STR("\xef\xbb\xbf" HEADER "1,é,2\n"), &o, "1 , UTF-8+mark €: 2[1|é|2]");
	for (int big = 0; big < 2; big++) {
		struct buf wide = utf16(text, big, true), bare = utf16(text, big, false);
		ASSERT_READS(buf_str(&wide), &usual, big ? "1 , UTF-16BE+mark €: 2[1|a|2]" : "1 , UTF-16LE+mark €: 2[1|a|2]");
		ASSERT_FAILS(buf_str(&bare), &usual, big ? "looks like UTF-16BE without a byte order mark" : "declare \"encoding\": \"UTF-16LE\"");
		o.encoding = big ? "UTF-16BE" : "UTF-16LE";
		ASSERT_READS(buf_str(&bare), &o, big ? "1 , UTF-16BE €: 2[1|a|2]" : "1 , UTF-16LE €: 2[1|a|2]");
		buf_release(&wide);
		buf_release(&bare);
	}
}

static void a_declared_encoding_is_decoded(void)
{
	struct source_options o = usual;
	o.encoding = "windows-1252";
	ASSERT_READS(STR("GTIN,Name,\x80 Price inc. shipping\n1,Cr\xe8me,2\n"), &o, "1 , windows-1252 €: 2[1|Crème|2]");
	o.encoding = "iso-8859-2";
	ASSERT_READS(STR("GTIN,Name,PLN Price inc. shipping\n1,\xa3\xf3" "d\xbc,2\n"), &o, "1 , iso-8859-2 PLN: 2[1|Łódź|2]");
	o.encoding = "utf8";
	ASSERT_READS(STR(HEADER "1,é,2\n"), &o, "1 , UTF-8 €: 2[1|é|2]");
}

static void bytes_that_are_not_valid_are_refused_with_their_place(void)
{
	struct buf text = { 0 };
	buf_add(&text, STR(HEADER));
	for (int i = 0; i < 200; i++)
		buf_add(&text, STR("1,Cr\xc3\xa8me br\xc3\xbbl\xc3\xa9" "e,2\n"));
	size_t offset = text.n + 4;
	buf_add(&text, STR("1,Cr\xe8me br\xfbl\xe9" "e,2\n"));
	char expected[100];
	snprintf(expected, sizeof expected, "in.csv:202: the byte 0xE8 at offset %zu is not valid UTF-8", offset);
	ASSERT_FAILS(buf_str(&text), &usual, expected);
	buf_release(&text);
	ASSERT_FAILS(STR("GTIN,Name,\x80 Price inc. shipping\n1,Cr\xe8me br\xfbl\xe9" "e \xe0 la carte,2\n"), &usual, "in.csv:1: the byte 0x80 at offset 10");
	ASSERT_FAILS(STR("GTIN,Name,\x80 Price inc. shipping\n1,Cr\xe8me br\xfbl\xe9" "e \xe0 la carte,2\n"), &usual, "declare \"encoding\": \"windows-1252\"");
	ASSERT_FAILS(STR(HEADER "1,a,2\n1,\xc0\xaf,2\n"), &usual, "in.csv:3: the byte 0xC0"); /* overlong */
	ASSERT_FAILS(STR(HEADER "1,\xed\xa0\x80,2\n"), &usual, "in.csv:2: the byte 0xED"); /* a surrogate */
	ASSERT_FAILS(STR(HEADER "1,a\xe2\x82"), &usual, "in.csv:2: the byte 0xE2"); /* cut off */
	ASSERT_FAILS(STR("\xef\xbb\xbf" HEADER "1,\xff,2\n"), &usual, "which the byte order mark promises");
}

static void rows_before_a_fault_are_given(void)
{
	ASSERT_STR(str_head(str_of(read_path(write_input(STR(HEADER "1,a,2\n3,b,4\n5,\xff,6\n")), &usual)), 15), "1 , UTF-8 €:!");
	struct source_options o = usual;
	o.batch_rows = 1;
	ASSERT_FAILS(STR(HEADER "1,a,2\n3,b,4\n5,\"x,6\n"), &o, "1 , UTF-8 €: 2[1|a|2] 3[3|b|4]!in.csv:4: the quote that opens here is never closed");
}

/* Characters of every length at every place where a chunk may end. */
static void characters_may_be_cut_by_the_end_of_a_chunk(void)
{
	for (size_t shift = 0; shift < 5; shift++) {
		struct buf text = { 0 };
		buf_add(&text, STR(HEADER "1,"));
		for (size_t i = 0; i < shift; i++)
			buf_addc(&text, 'x');
		size_t cells = 0;
		while (text.n < 300 << 10) {
			buf_add(&text, STR("\xf0\x9f\x98\x80\xe2\x82\xac\xc3\xa9"));
			if (++cells % 1000 == 0)
				buf_add(&text, STR(",2\n1,"));
		}
		const char *found = read_path(write_input(buf_str(&text)), &usual);
		CU_ASSERT_PTR_NULL(strchr(found, '!'));
		char expected[60];
		snprintf(expected, sizeof expected, "the byte 0xFF at offset %zu ", text.n);
		buf_addc(&text, '\xff');
		ASSERT_FAILS(buf_str(&text), &usual, expected);
		buf_release(&text);
	}
}

/* --- inputs that are something else --- */

static void other_formats_are_named(void)
{
	ASSERT_FAILS(STR("PK\3\4\x14\0\0\0"), &usual, "in.csv: the archive is cut short");
	ASSERT_FAILS(STR("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), &usual, "an old Office document that is cut short");
	ASSERT_FAILS(STR("%PDF-1.7"), &usual, "a PDF");
	ASSERT_FAILS(STR("\x1f\x8b\x08"), &usual, "gzip: unpack it first");
	ASSERT_FAILS(STR(" \n{\"results\": []}"), &usual, "the input is JSON, and no column of the mapping has a \"path\"");
	ASSERT_FAILS(STR("\xef\xbb\xbf[1]"), &usual, "(if it is CSV, declare \"format\": \"csv\")");
	ASSERT_FAILS(STR("<!doctype html><title>Log in</title>"), &usual, "the input is a web page");
	struct source_options o = usual;
	o.format = "csv";
	ASSERT_READS(STR("[x]\n" HEADER "1,a,2\n"), &o, "2 , UTF-8 €: 3[1|a|2]");
	ASSERT_FAILS(STR("[{\"GTIN\":1}]\n"), &o, "; the input looks like JSON, though \"format\" says \"csv\"");
	ASSERT_FAILS(STR("PK\3\4"), &o, "a workbook or another archive, though \"format\" says \"csv\"");
	o.format = "xlsx";
	ASSERT_FAILS(STR(HEADER "1,a,2\n"), &o, "not a workbook, though \"format\" says so");
}

static void inputs_without_rows(void)
{
	ASSERT_FAILS(STR(""), &usual, "in.csv: the input is empty, expected a header and rows");
	ASSERT_FAILS(STR("\xef\xbb\xbf"), &usual, "there is no row in the input");
	ASSERT_FAILS(STR("\n\r\n\n"), &usual, "there is no row in the input");
	ASSERT_READS(STR(HEADER), &usual, "1 , UTF-8 €:");
	ASSERT_READS(STR("GTIN,Name,€ Price inc. shipping"), &usual, "1 , UTF-8 €:");
	ASSERT_READS(STR(HEADER "\n\n"), &usual, "1 , UTF-8 €:");
}

static void inputs_that_cannot_be_read(void)
{
	fails(read_path("/nowhere/at/all.csv", &usual), "/nowhere/at/all.csv: the file cannot be opened: No such file or directory");
	fails(read_path("/tmp", &usual), "/tmp: found a folder, expected a file");
	fails(read_path("/dev/null", &usual), "the input is empty");
	const char *path = write_input(STR(HEADER));
	CU_ASSERT_EQUAL(chmod(path, 0), 0);
	if (geteuid() != 0)
		fails(read_path(path, &usual), "Permission denied");
}

static void faults_of_the_table_have_their_line(void)
{
	ASSERT_FAILS(STR(HEADER "1,\"a\"b,2\n"), &usual, "in.csv:2: found text after a closing quote");
	ASSERT_FAILS(STR(HEADER "\n1,a,2\n3,\"b\n4,c"), &usual, "in.csv:4: the quote that opens here is never closed");
	ASSERT_FAILS(STR("\"a\nb,c\n"), &usual, "in.csv:1: the quote that opens here is never closed");
}

static void ragged_rows_are_given_as_they_stand(void)
{
	ASSERT_READS(STR(HEADER "1,a\n1,a,2,x\n\n9\n"), &usual, "1 , UTF-8 €: 2[1|a] 3[1|a|2|x] 5[9]");
}

/* --- reading --- */

static void the_size_of_batches_changes_nothing(void)
{
	struct buf text = { 0 };
	buf_add(&text, STR(HEADER));
	for (int i = 0; i < 1500; i++)
		buf_printf(&text, i % 7 ? "%d,\"a \"\"%d\"\"\nb\",2\r\n" : "%d,%d,2\n\n", i, i);
	const char *path = write_input(buf_str(&text));
	struct source_options o = usual;
	struct str expected = { 0 };
	struct arena arena;
	arena_init(&arena, 0);
	for (size_t rows = 0; rows < 4; rows++) {
		struct source s = { 0 };
		struct batch b;
		struct err e = { 0 };
		struct buf all = { 0 };
		size_t most = 0;
		o.batch_rows = rows * rows;
		batch_init(&b);
		CU_ASSERT_EQUAL(source_open(&s, path, STR("in.csv"), &o, &e), 0);
		while (source_fill(&s, &b, &e) == 0 && b.rows) {
			most = b.rows > most ? b.rows : most;
			for (size_t i = 0; i < b.rows; i++) {
				buf_printf(&all, "%llu:%llu", (unsigned long long)b.row[i].number, (unsigned long long)b.row[i].line);
				for (size_t c = 0; c < b.row[i].width; c++)
					buf_add(&all, cell_str(batch_get(&b, i, c)));
			}
		}
		CU_ASSERT_EQUAL(most, rows ? rows * rows : 512);
		if (rows == 0)
			expected = arena_copy(&arena, buf_str(&all));
		CU_ASSERT_TRUE(str_eq(buf_str(&all), expected));
		CU_ASSERT_EQUAL(s.bytes, text.n);
		buf_release(&all);
		source_close(&s);
		batch_release(&b);
	}
	arena_release(&arena);
	buf_release(&text);
}

static void long_rows_make_small_batches(void)
{
	struct buf text = { 0 };
	struct source s = { 0 };
	struct batch b;
	struct err e = { 0 };
	buf_add(&text, STR(HEADER));
	for (int i = 0; i < 300; i++)
		buf_printf(&text, "1,%010000d,2\n", i);
	batch_init(&b);
	CU_ASSERT_EQUAL(source_open(&s, write_input(buf_str(&text)), STR("in.csv"), &usual, &e), 0);
	CU_ASSERT_EQUAL(source_fill(&s, &b, &e), 0);
	CU_ASSERT_TRUE(b.rows > 10 && b.rows < 60);
	source_close(&s);
	batch_release(&b);
	buf_release(&text);
}

static void the_sum_is_that_of_all_bytes(void)
{
	struct buf text = { 0 };
	unsigned char raw[DIGEST_BYTES];
	char expected[DIGEST_HEX], room[1000];
	buf_add(&text, STR("\xef\xbb\xbf" HEADER));
	for (int i = 0; i < 30000; i++)
		buf_printf(&text, "%d,name,2\n", i);
	digest_of(buf_str(&text), raw);
	digest_hex(raw, expected);
	for (int drained = 0; drained < 2; drained++) {
		struct source s = { 0 };
		struct batch b;
		struct err e = { 0 };
		size_t got = 1;
		batch_init(&b);
		CU_ASSERT_EQUAL(source_open(&s, write_input(buf_str(&text)), STR("in.csv"), &usual, &e), 0);
		while (source_fill(&s, &b, &e) == 0 && b.rows && !drained)
			continue;
		while (got && source_read(&s, room, sizeof room, &got, &e) == 0)
			continue;
		ASSERT_STR(str_of(s.sha256), expected);
		CU_ASSERT_EQUAL(s.bytes, text.n);
		source_close(&s);
		batch_release(&b);
	}
	buf_release(&text);
}

static void a_file_that_grows_is_refused_at_its_end(void)
{
	struct source s = { 0 };
	struct batch b;
	struct err e = { 0 }, ignored = { 0 };
	struct buf text = { 0 };
	batch_init(&b);
	buf_add(&text, STR(HEADER));
	while (text.n < 600 << 10)
		buf_add(&text, STR("1,a,2\n"));
	const char *path = write_input(buf_str(&text));
	CU_ASSERT_EQUAL(source_open(&s, path, STR("in.csv"), &usual, &e), 0);
	int fd = open(path, O_WRONLY | O_APPEND);
	CU_ASSERT_EQUAL(io_write_all(fd, "1,b,2\n", 6, "in.csv", &ignored), 0);
	close(fd);
	while (source_fill(&s, &b, &e) == 0 && b.rows)
		continue;
	ASSERT_STR(str_of(e.code), "source.changed");
	source_close(&s);
	batch_release(&b);
	buf_release(&text);
}

/* A pipe that brings one byte at a time. */
static void a_pipe_is_read_as_a_file_is(void)
{
	static const char text[] = "x\n" HEADER "1,é,2\n";
	int ends[2];
	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		for (const char *p = text; *p; p++) {
			if (write(ends[1], p, 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	close(ends[1]);
	char path[40];
	snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
	ASSERT_STR(str_of(read_path(path, &usual)), "2 , UTF-8 €: 3[1|é|2]");
	close(ends[0]);
}

static void a_zeroed_source_may_be_closed(void)
{
	struct source s = { 0 };
	source_close(&s);
	CU_ASSERT_PTR_NULL(s.path);
}

UNIT_SUITE(source, UNIT(all_shapes_of_the_export_are_read), UNIT(the_preamble_is_skipped_and_kept),
	UNIT(the_delimiter_is_the_one_with_which_the_header_is_found), UNIT(a_declared_header_row_is_taken_at_its_word),
	UNIT(the_header_must_stand_in_the_first_rows), UNIT(a_long_preamble_is_read_as_far_as_needed),
	UNIT(the_header_must_stand_in_the_first_bytes), UNIT(missing_and_double_headers_are_told_at_once), UNIT(without_columns_the_widest_row_is_the_header),
	UNIT(a_byte_order_mark_is_read_and_removed), UNIT(a_declared_encoding_is_decoded),
	UNIT(bytes_that_are_not_valid_are_refused_with_their_place), UNIT(rows_before_a_fault_are_given),
	UNIT(characters_may_be_cut_by_the_end_of_a_chunk), UNIT(other_formats_are_named), UNIT(inputs_without_rows),
	UNIT(inputs_that_cannot_be_read), UNIT(faults_of_the_table_have_their_line), UNIT(ragged_rows_are_given_as_they_stand),
	UNIT(the_size_of_batches_changes_nothing), UNIT(long_rows_make_small_batches), UNIT(the_sum_is_that_of_all_bytes), UNIT(a_file_that_grows_is_refused_at_its_end),
	UNIT(a_pipe_is_read_as_a_file_is), UNIT(a_zeroed_source_may_be_closed))
