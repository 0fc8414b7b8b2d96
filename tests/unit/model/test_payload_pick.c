#include <fcntl.h>
#include <unistd.h>

#include "qonduit/payload.h"
#include "unit.h"

static struct arena arena;

/* What a picker is given: records "aa", "bbb", …, of which those in `leave` ('x') are left. */
struct offer {
	const char *head, *tail, *leave;
};

static int pick_all(const struct contract *c, int dirfd, const struct offer *all, size_t count,
	struct payload_file **files, size_t *file_count, uint64_t *requests)
{
	static const char *const texts[] = { "{1}", "{2222}", "{3}", "{4}" };
	struct payload_picker *p = payload_pick_begin(c, dirfd);
	struct err e = { 0 };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct str records[4], origins[4];
		bool leave[4];
		size_t n = strlen(all[i].leave);
		for (size_t j = 0; j < n; j++) {
			records[j] = str_of(texts[j]);
			origins[j] = arena_printf(&arena, "o%zu.%zu", i, j);
			leave[j] = all[i].leave[j] == 'x';
		}
		const struct payload_body b = { .records = n, .texts = records, .origins = origins,
			.head = str_of(all[i].head), .tail = str_of(all[i].tail) };
		rc = payload_pick(p, &b, leave, &e);
	}
	if (rc == 0)
		rc = payload_pick_end(p, &arena, files, file_count, requests, &e);
	payload_pick_free(p);
	return rc;
}

/* Picks into a folder, and only counts: the bodies with their origins as one text. */
static const char *picked(const struct contract *c, const struct offer *all, size_t count)
{
	const char *path = unit_folder();
	int dir = open(path, O_RDONLY | O_DIRECTORY);
	struct payload_file *files;
	struct buf out = { 0 };
	size_t n, none;
	uint64_t requests, counted;
	struct err e = { 0 };
	CU_ASSERT_EQUAL_FATAL(pick_all(c, -1, all, count, &files, &none, &counted), 0);
	CU_ASSERT_EQUAL(none, 0);
	CU_ASSERT_EQUAL_FATAL(pick_all(c, dir, all, count, &files, &n, &requests), 0);
	CU_ASSERT_EQUAL(requests, counted);
	for (size_t i = 0; i < n; i++) {
		struct str text, rows;
		unsigned char sum[DIGEST_BYTES];
		char hex[DIGEST_HEX];
		const char *name = arena_printf(&arena, "%s/%.*s", path, STR_ARG(files[i].name)).p;
		CU_ASSERT_EQUAL_FATAL(io_read_file(name, 1000, &arena, &text, &e), 0);
		CU_ASSERT_EQUAL_FATAL(io_read_file(arena_printf(&arena, "%s.rows", name).p, 1000, &arena, &rows, &e), 0);
		digest_of(text, sum);
		digest_hex(sum, hex);
		CU_ASSERT_STRING_EQUAL(hex, files[i].sha256);
		CU_ASSERT_EQUAL(files[i].bytes, text.n);
		buf_printf(&out, "%.*s %llu: %.*s<%.*s>", STR_ARG(files[i].name), (unsigned long long)files[i].records,
			STR_ARG(text), STR_ARG(rows));
	}
	buf_printf(&out, "%llu", (unsigned long long)requests);
	const char *copy = arena_copy(&arena, buf_str(&out)).p;
	buf_release(&out);
	close(dir);
	return copy;
}

static void fills_bodies_as_far_as_records_are_allowed(void)
{
	static const struct contract c = { .target = { "a.b", 3 }, .extension = { "json", 4 }, .style = FILE_BATCHES,
		.records_per_request = 2 };
	static const struct offer some[] = { { "[", "]", "xx.x" }, { "[", "]", "xxx" }, { "[", "]", "..x." } };
	CU_ASSERT_STRING_EQUAL(picked(&c, some, 3),
		"a.b-00001.json 2: [{3},{1}]<o0.2\no2.0\n>a.b-00002.json 2: [{2222},{4}]<o2.1\no2.3\n>2");
	static const struct offer none[] = { { "[", "]", "xx" }, { "[", "]", "" } };
	CU_ASSERT_STRING_EQUAL(picked(&c, none, 2), "0");
	arena_release(&arena);
}

static void fills_bodies_as_far_as_bytes_are_allowed(void)
{
	struct contract c = { .target = STR("a.b"), .extension = STR("json"), .style = FILE_BATCHES,
		.records_per_request = 1000 };
	static const struct offer all[] = { { "[", "]", "...." } };
	c.bytes_per_request = 12; /* [{1},{2222}] */
	CU_ASSERT_STRING_EQUAL(picked(&c, all, 1),
		"a.b-00001.json 2: [{1},{2222}]<o0.0\no0.1\n>a.b-00002.json 2: [{3},{4}]<o0.2\no0.3\n>2");
	c.bytes_per_request = 11;
	CU_ASSERT_STRING_EQUAL(picked(&c, all, 1), "a.b-00001.json 1: [{1}]<o0.0\n>a.b-00002.json 1: [{2222}]<o0.1\n>"
		"a.b-00003.json 2: [{3},{4}]<o0.2\no0.3\n>3");
	c.bytes_per_request = 1; /* one that is too large goes alone */
	CU_ASSERT_EQUAL(picked(&c, all, 1)[strlen(picked(&c, all, 1)) - 1], '4');
	arena_release(&arena);
}

static void keeps_what_stands_around_the_records(void)
{
	static const struct contract c = { .target = { "a.b", 3 }, .extension = { "json", 4 }, .style = FILE_BATCHES };
	static const struct offer all[] = { { "{\"a\":1,\"p\":[", "]}", "." }, { "{\"a\":1,\"p\":[", "]}", "." },
		{ "{\"a\":2,\"p\":[", "]}", "." }, { "{\"a\":2,\"p\":[", "],\"x\":1}", "." } };
	CU_ASSERT_STRING_EQUAL(picked(&c, all, 4), "a.b-00001.json 2: {\"a\":1,\"p\":[{1},{1}]}<o0.0\no1.0\n>"
		"a.b-00002.json 1: {\"a\":2,\"p\":[{1}]}<o2.0\n>a.b-00003.json 1: {\"a\":2,\"p\":[{1}],\"x\":1}<o3.0\n>3");
	arena_release(&arena);
}

static void puts_lines_into_one_file(void)
{
	static const struct contract c = { .target = { "a.b", 3 }, .extension = { "ndjson", 6 }, .style = FILE_LINES };
	static const struct offer all[] = { { "", "", "x.x" }, { "", "", "xx" }, { "", "", "..xx" } };
	CU_ASSERT_STRING_EQUAL(picked(&c, all, 3), "a.b.ndjson 3: {2222}\n{1}\n{2222}\n<o0.1\no2.0\no2.1\n>3");
	arena_release(&arena);
}

static void tells_where_a_file_cannot_be_written(void)
{
	static const struct contract c = { .target = { "a.b", 3 }, .extension = { "json", 4 }, .style = FILE_BATCHES };
	static const struct offer all[] = { { "[", "]", "." } };
	int dir = open(unit_folder(), O_RDONLY | O_DIRECTORY);
	struct payload_file *files;
	size_t n;
	uint64_t requests;
	struct err e = { 0 };
	CU_ASSERT_EQUAL(io_write_file(dir, "a.b-00001.json.rows", STR(""), &e), 0);
	CU_ASSERT_EQUAL(pick_all(&c, dir, all, 1, &files, &n, &requests), -1);
	close(dir);
	arena_release(&arena);
}

UNIT_SUITE(payload_pick, UNIT(fills_bodies_as_far_as_records_are_allowed),
	UNIT(fills_bodies_as_far_as_bytes_are_allowed), UNIT(keeps_what_stands_around_the_records),
	UNIT(puts_lines_into_one_file), UNIT(tells_where_a_file_cannot_be_written))
