#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/json_rows.h"

static const struct str id_part[] = { { "id", 2 } }, email_part[] = { { "customer", 8 }, { "email", 5 } };
static const struct column_path id_path[] = { { { "id", 2 }, id_part, 1 } };
static const struct column_path email_path[] = { { { "customer.email", 14 }, email_part, 2 } };
static const struct str id_header[] = { { "id", 2 } }, email_header[] = { { "customer.email", 14 } };
static const struct str note_header[] = { { "Note", 4 } };
static const struct column columns[] = {
	{ .name = { "id", 2 }, .headers = id_header, .header_count = 1, .paths = id_path, .path_count = 1, .header_of = -1 },
	{ .name = { "email", 5 }, .headers = email_header, .header_count = 1, .paths = email_path, .path_count = 1, .header_of = -1,
		.optional = true },
	{ .name = { "number", 6 }, .headers = id_header, .header_count = 1, .paths = id_path, .path_count = 1, .header_of = -1,
		.optional = true },
	{ .name = { "note", 4 }, .headers = note_header, .header_count = 1, .header_of = -1, .optional = true },
};

static struct str data_key[] = { { "data", 4 } }, results_key[] = { { "results", 7 } };
static struct records_level document[] = { { 0 } }, data[] = { { data_key, 1, { "data", 4 } } };
static struct records_level results[] = { { results_key, 1, { "results", 7 } } };
static const struct records records[] = {
	{ { "results[]", 9 }, results, 1 }, { { "[]", 2 }, document, 1 }, { { "$", 1 }, NULL, 0 }, { { "data[]", 6 }, data, 1 },
};
static const struct source_options usual = { .format = "auto", .encoding = "auto", .columns = columns, .column_count = 4 };

static struct source_options with_records(size_t first, size_t count)
{
	struct source_options o = usual;
	o.records = records + first;
	o.records_count = count;
	return o;
}

static const char *write_input(struct str content, const char *extension)
{
	static char path[300];
	static int count;
	static const char *folder;
	struct err e = { 0 };
	if (!folder)
		folder = unit_folder();
	snprintf(path, sizeof path, "%s/in-%d.%s", folder, count++, extension);
	CU_ASSERT_EQUAL_FATAL(io_replace_file(path, content, 0600, &e), 0);
	return path;
}

static void add_rows(const struct batch *b, struct buf *out)
{
	for (size_t i = 0; i < b->rows && out->n < 4000; i++) {
		buf_printf(out, "%s%llu %.*s[", out->n ? " " : "", (unsigned long long)b->row[i].number, STR_ARG(b->row[i].place));
		for (size_t c = 0; c < b->row[i].width; c++)
			buf_printf(out, "%s%.*s", c ? "|" : "", STR_ARG(cell_str(batch_get(b, i, c))));
		buf_addc(out, ']');
	}
}

/* "NUMBER PLACE[cell|cell] …", with "!" and the error where there is one. */
static const char *read_path(const char *path, const struct source_options *options)
{
	static struct buf out;
	struct source s = { 0 };
	struct batch b;
	struct err e = { 0 };
	buf_clear(&out);
	batch_init(&b);
	int result = source_open(&s, path, STR("in"), options, &e);
	while (result == 0 && (result = source_fill(&s, &b, &e)) == 0 && b.rows)
		add_rows(&b, &out);
	if (result) {
		buf_addc(&out, '!');
		err_print(&e, &out);
		CU_ASSERT_EQUAL(e.class, ERR_INPUT);
	} else {
		CU_ASSERT_EQUAL(strlen(s.sha256), DIGEST_HEX - 1);
		CU_ASSERT_EQUAL(s.bytes, s.size);
		CU_ASSERT_EQUAL(s.behind, s.bytes);
	}
	source_close(&s);
	batch_release(&b);
	return buf_text(&out);
}

#define READS(content, extension, options, expected) \
	ASSERT_STR(str_of(read_path(write_input(content, extension), options)), expected)

static void the_paths_are_the_header(void)
{
	struct source s = { 0 };
	struct err e = { 0 };
	struct batch b;
	batch_init(&b);
	CU_ASSERT_EQUAL_FATAL(source_open(&s, write_input(STR("{\"id\":1,\"customer\":{\"email\":\"a\"}}"), "json"), STR("in"), &usual, &e), 0);
	CU_ASSERT_EQUAL(s.header_row, 0);
	CU_ASSERT_EQUAL_FATAL(s.width, 2); /* columns with the same paths share a cell */
	ASSERT_STR(s.header[0], "id");
	ASSERT_STR(s.header[1], "customer.email");
	CU_ASSERT_EQUAL(s.binding.at[0], 0);
	CU_ASSERT_EQUAL(s.binding.at[1], 1);
	CU_ASSERT_EQUAL(s.binding.at[2], 0);
	CU_ASSERT_EQUAL(s.binding.at[3], -1);
	CU_ASSERT_EQUAL(source_fill(&s, &b, &e), 0);
	CU_ASSERT_EQUAL(b.rows, 1);
	CU_ASSERT_EQUAL(source_fill(&s, &b, &e), 0);
	CU_ASSERT_EQUAL(b.rows, 0);
	CU_ASSERT_EQUAL(source_fill(&s, &b, &e), 0);
	CU_ASSERT_EQUAL(b.rows, 0);
	source_close(&s);
	batch_release(&b);
}

static void one_object_or_one_a_line(void)
{
	READS(STR("{\"id\":1}"), "json", &usual, "1 1[1|]");
	READS(STR("{\n\"id\":1\n}\n"), "x", &usual, "1 1[1|]");
	READS(STR("{\"id\":1}\r\n\r\n{\"id\":2}\r\n"), "csv", &usual, "1 1[1|] 2 3[2|]");
	READS(STR("{\"id\":1}{\"id\":2}"), "ndjson", &usual, "!in:1:9: found a second document in the line, expected the end of the line behind "
		"the first");
	READS(STR("[{\"id\":1}]"), "json", &usual, "!in:1:1: the document is an array, expected an object: a record (for the records in it, "
		"declare \"records\": \"[]\")");
}

static void records_of_lines_are_found_in_each(void)
{
	struct source_options o = with_records(3, 1);
	READS(STR("{\"data\":[{\"id\":1}]}\n{\"data\":[]}\n{\"data\":[{\"id\":2},{\"id\":3}]}"), "NDJSON", &o, "1 1/data/0[1|] 2 3/data/0[2|] 3 3/data/1[3|]");
	READS(STR("{\"data\":[{\"id\":1}]}\n{\"data\":[{\"id\":2}]}"), "jsonl", &o, "1 1/data/0[1|] 2 2/data/0[2|]");
	READS(STR("{\"data\":[{\"id\":1}]}\n{\"data\":[{\"id\":2}]}"), "json", &o, "!in:2:1: found a second document behind the first, expected the "
		"end of the input (where each line is a document, declare \"format\": \"ndjson\")");
	o.format = "ndjson";
	READS(STR("{\"data\":[{\"id\":1}]}\n{\"data\":[{\"id\":2}]}"), "json", &o, "1 1/data/0[1|] 2 2/data/0[2|]");
}

static void the_first_of_the_records_that_fits_counts(void)
{
	struct source_options o = with_records(0, 4);
	READS(STR("{\"x\":[{}],\"results\":[{\"id\":1}],\"id\":2}"), "json", &o, "1 /results/0[1|]");
	READS(STR("{\"data\":[{\"id\":3}],\"results\":[{\"id\":1}]}"), "json", &o, "1 /results/0[1|]");
	READS(STR("{\"data\":[{\"id\":3}],\"id\":2}"), "json", &o, "1 /data/0[3|]");
	READS(STR("{\"id\":2}"), "json", &o, "1 [2|]");
	READS(STR("[{\"id\":2}]"), "json", &o, "1 /0[2|]");
	READS(STR("{\"x\":{\"results\":[]},\"id\":2}"), "json", &o, "1 [2|]");
	o = with_records(0, 2);
	READS(STR("{\"result\":[{\"id\":2}]}"), "json", &o, "!in: the document has no \"results\" (did you mean \"result\"?); it has \"result\"");
	READS(STR("5"), "json", &o, "!in:1:1: the document is a number, expected an object with \"results\": \"records\" is \"results[]\"");
}

static void records_are_looked_for_as_far_as_the_head_goes(void)
{
	struct source_options o = with_records(0, 3);
	for (size_t size = 60 << 10; size < (3u << 20); size *= 7) {
		struct buf text = { 0 };
		buf_add(&text, STR("{\"id\":5,\"é\":\""));
		while (text.n < size)
			buf_add(&text, STR("ééé\\n"));
		buf_add(&text, STR("\",\"results\":[{\"id\":1}]}"));
		READS(buf_str(&text), "json", &o, text.n < SOURCE_HEAD_MAX ? "1 /results/0[1|]" : "1 [5|]");
		buf_release(&text);
	}
}

static void what_is_no_json_is_named(void)
{
	struct source_options o = usual;
	o.format = "json";
	READS(STR("id,customer.email\n1,a\n"), "json", &o, "!in:1:1: the input is not JSON, though \"format\" says \"json\": it begins with "
		"\"id,customer.email\"");
	READS(STR("PK\3\4rest"), "json", &o, "!in: the input is a workbook or another archive, though \"format\" says \"json\"");
	READS(STR(" \n \n"), "json", &o, "!in:3:1: found no document, expected one");
	o.format = "ndjson";
	READS(STR("\n <?xml"), "json", &o, "!in:2:2: the input is not JSON, though \"format\" says \"ndjson\": it begins with \"<?xml\"");
	o.format = "yaml";
	READS(STR("{}"), "json", &o, "!in: found a source of format \"yaml\", expected \"csv\", \"xlsx\", \"json\" or \"ndjson\"");
	o = usual;
	READS(STR("id,customer.email\n1,a\n"), "txt", &o, "2 [1|a]");
	READS(STR("id,customer.email\n1,a\n"), "json", &o, "!in:1:1: the input is not JSON, though its name says so: it begins with "
		"\"id,customer.email\" (if it is CSV, the format is \"csv\")");
	READS(STR("tru"), "NDJSON", &o, "!in:1:1: the input is not JSON, though its name says so: it begins with \"tru\" "
		"(if it is CSV, the format is \"csv\")");
	READS(STR("trues"), "jsonl", &o, "!in:1:1: expected a value, found \"trues\"");
	o = with_records(1, 1);
	READS(STR(""), "json", &o, "!in:1:1: the input is empty, expected a document");
	READS(STR(""), "csv", &o, "!in: the input is empty, expected a header and rows");
	READS(STR("[\n{\"id\":\"é\xe9\"}]"), "json", &o, "!in:2:9: the byte 0xE9 at offset 11 is not valid UTF-8; the text looks like windows-1252: if "
		"it is, declare \"encoding\": \"windows-1252\" in the mapping's source");
	o.raw = true;
	READS(STR("{}"), "json", &o, "!in: the input is JSON, which has no rows and no header of its own: columns with a \"path\" say what is a cell");
}

static void rejects_of_json_are_read_again(void)
{
	struct source_options o = usual;
	o.format = "json";
	READS(STR("id,customer.email,_source,_column,_value,_reason\n1,a,x,y,z,w\n"), "csv", &o, "2 [1|a|x|y|z|w]");
}

static void columns_without_a_path_are_missing(void)
{
	struct column with_header[2] = { columns[0], columns[3] };
	struct source_options o = usual;
	o.columns = with_header;
	o.column_count = 2;
	with_header[1].optional = false;
	READS(STR("{\"id\":1}"), "json", &o, "!in: column \"note\" has a header, but the input is JSON: it needs a \"path\"");
	o.columns = &columns[3];
	o.column_count = 1;
	READS(STR("{\"id\":1}"), "json", &o, "!in: the input is JSON, and no column of the mapping has a \"path\" to its values (if it is CSV, declare "
		"\"format\": \"csv\")");
}

static struct buf utf16(const char *text, bool mark)
{
	struct buf out = { 0 };
	if (mark)
		buf_add(&out, STR("\xff\xfe"));
	for (const char *p = text; *p; p++) {
		buf_addc(&out, *p);
		buf_addc(&out, '\0');
	}
	return out;
}

static void other_encodings_are_read(void)
{
	struct source_options o = usual;
	struct buf marked = utf16("{\"id\":1}\n{\"id\":2}", true), bare = utf16("{\"id\":1}", false);
	READS(STR("\xef\xbb\xbf{\"id\":1}"), "json", &o, "1 1[1|]");
	READS(buf_str(&marked), "json", &o, "1 1[1|] 2 2[2|]");
	CU_ASSERT_PTR_NOT_NULL(strstr(read_path(write_input(buf_str(&bare), "json"), &o), "declare \"encoding\": \"UTF-16LE\""));
	o.encoding = "UTF-16LE";
	READS(buf_str(&bare), "json", &o, "1 1[1|]");
	o.encoding = "windows-1252";
	READS(STR("{\"id\":\"\x80\"}"), "json", &o, "1 1[€|]");
	o.encoding = "auto";
	CU_ASSERT_PTR_NOT_NULL(strstr(read_path(write_input(STR("{\"id\":\"\x80\"}"), "json"), &o), "0x80 at offset 7 is not valid UTF-8"));
	buf_release(&marked);
	buf_release(&bare);
}

static struct buf many_lines(int count, const char *end)
{
	struct buf text = { 0 };
	for (int i = 1; i <= count; i++)
		buf_printf(&text, "{\"id\":%d,\"customer\":{\"email\":\"%d@example\"}}\n", i, i);
	buf_add(&text, str_of(end));
	return text;
}

static void many_rows_come_in_batches_and_in_order(void)
{
	struct buf text = many_lines(20000, "");
	struct source s = { 0 };
	struct err e = { 0 };
	struct batch b;
	uint64_t next = 1;
	size_t batches = 0;
	struct source_options o = usual;
	o.batch_rows = 100;
	batch_init(&b);
	CU_ASSERT_EQUAL_FATAL(source_open(&s, write_input(buf_str(&text), "ndjson"), STR("in"), &o, &e), 0);
	while (source_fill(&s, &b, &e) == 0 && b.rows) {
		batches++;
		for (size_t i = 0; i < b.rows; i++) {
			char number[24];
			snprintf(number, sizeof number, "%llu", (unsigned long long)next++);
			ASSERT_STR(cell_str(batch_get(&b, i, 0)), number);
			ASSERT_STR(b.row[i].place, number);
		}
	}
	CU_ASSERT_EQUAL(next, 20001);
	CU_ASSERT_EQUAL(batches, 200);
	source_close(&s);
	batch_release(&b);
	buf_release(&text);
}

static void a_fault_comes_behind_the_rows_and_stays(void)
{
	struct buf text = many_lines(5000, "{\"id\":1,\"id\":2}\n{\"id\":3}\n");
	struct source s = { 0 };
	struct err e = { 0 };
	struct batch b;
	size_t rows = 0;
	int result;
	batch_init(&b);
	CU_ASSERT_EQUAL_FATAL(source_open(&s, write_input(buf_str(&text), "ndjson"), STR("in"), &usual, &e), 0);
	while ((result = source_fill(&s, &b, &e)) == 0 && b.rows)
		rows += b.rows;
	CU_ASSERT_EQUAL(result, -1);
	CU_ASSERT(rows > 4000);
	ASSERT_STR(str_of(e.code), "json.duplicate_key");
	CU_ASSERT_EQUAL(e.line, 5001);
	CU_ASSERT_EQUAL(e.col, 9);
	for (int i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(source_fill(&s, &b, &e), -1);
	source_close(&s);
	batch_release(&b);
	buf_release(&text);
}

static void what_is_left_is_summed(void)
{
	struct buf text = many_lines(50000, "no JSON at all");
	const char *path = write_input(buf_str(&text), "ndjson");
	struct source s = { 0 };
	struct err e = { 0 };
	struct batch b;
	unsigned char bytes[DIGEST_BYTES];
	char expected[DIGEST_HEX];
	batch_init(&b);
	CU_ASSERT_EQUAL_FATAL(source_open(&s, path, STR("in"), &usual, &e), 0);
	CU_ASSERT_EQUAL(source_fill(&s, &b, &e), 0);
	CU_ASSERT_EQUAL(b.rows, 512);
	CU_ASSERT(s.behind > 0 && s.behind < text.n);
	CU_ASSERT_EQUAL(source_drain(&s, &e), 0);
	digest_of(buf_str(&text), bytes);
	digest_hex(bytes, expected);
	ASSERT_STR(str_of(s.sha256), expected);
	CU_ASSERT_EQUAL(s.bytes, text.n);
	source_close(&s);
	batch_release(&b);
	buf_release(&text);
}

/* Whoever lets go of a source whose input does not come is not held. */
static void a_source_that_waits_can_be_closed(void)
{
	char path[300];
	struct source s = { 0 };
	struct err e = { 0 };
	struct batch b;
	struct buf text = many_lines(2000, "");
	snprintf(path, sizeof path, "%s/pipe", unit_folder());
	CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	CU_ASSERT_EQUAL_FATAL(fcntl(fd, F_SETPIPE_SZ, 1 << 20) >= (int)text.n, true);
	CU_ASSERT_EQUAL(write(fd, text.p, text.n), (ssize_t)text.n);
	batch_init(&b);
	CU_ASSERT_EQUAL_FATAL(source_open(&s, path, STR("in"), &usual, &e), 0);
	source_close(&s);
	batch_release(&b);
	buf_release(&text);
	close(fd);
}

static void a_signal_ends_the_wait(void)
{
	volatile sig_atomic_t stop = 0;
	char path[300];
	struct source s = { .stop = &stop };
	struct err e = { 0 };
	struct batch b;
	struct buf text = many_lines(500, "");
	snprintf(path, sizeof path, "%s/pipe", unit_folder());
	CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	CU_ASSERT_EQUAL(write(fd, text.p, text.n), (ssize_t)text.n);
	batch_init(&b);
	CU_ASSERT_EQUAL_FATAL(source_open(&s, path, STR("in"), &usual, &e), 0);
	stop = 1;
	CU_ASSERT_EQUAL(source_fill(&s, &b, &e), -1);
	ASSERT_STR(str_of(e.code), "source.read");
	source_close(&s);
	batch_release(&b);
	buf_release(&text);
	close(fd);
}

UNIT_SUITE(source_json, UNIT(the_paths_are_the_header), UNIT(one_object_or_one_a_line), UNIT(records_of_lines_are_found_in_each),
	UNIT(the_first_of_the_records_that_fits_counts), UNIT(records_are_looked_for_as_far_as_the_head_goes), UNIT(what_is_no_json_is_named),
	UNIT(rejects_of_json_are_read_again), UNIT(columns_without_a_path_are_missing), UNIT(other_encodings_are_read),
	UNIT(many_rows_come_in_batches_and_in_order), UNIT(a_fault_comes_behind_the_rows_and_stays), UNIT(what_is_left_is_summed),
	UNIT(a_source_that_waits_can_be_closed), UNIT(a_signal_ends_the_wait))
