#include <fcntl.h>
#include <unistd.h>

#include "qonduit/payload.h"
#include "unit.h"

static struct arena arena;

static const struct contract contract = { .target = { "a.b", 3 }, .key = { "id", 2 }, .style = FILE_LINES };

static void write_at(int dir, const char *name, struct str text)
{
	struct err e = { 0 };
	CU_ASSERT_EQUAL_FATAL(io_write_file(dir, name, text, &e), 0);
}

/* A folder with the two files. */
static const char *stage(struct str body, struct str rows, uint64_t records, struct payload_file *f)
{
	const char *path = unit_folder();
	int dir = open(path, O_RDONLY | O_DIRECTORY);
	unsigned char sum[DIGEST_BYTES];
	write_at(dir, "a.b.ndjson", body);
	write_at(dir, "a.b.ndjson.rows", rows);
	close(dir);
	*f = (struct payload_file){ .name = STR("a.b.ndjson"), .target = STR("a.b"), .records = records, .bytes = body.n };
	digest_of(body, sum);
	digest_hex(sum, f->sha256);
	return path;
}

struct parts {
	struct payload_lines all[64];
	size_t count;
};

static int take(void *arg, const struct payload_lines *part, struct err *e)
{
	struct parts *p = arg;
	if (p->count < 64)
		p->all[p->count++] = *part;
	return 0;
}

static void cuts_a_file_and_reads_each_part_back(void)
{
	static const uint64_t most[] = { 1, 2, 3, 4, 100 };
	struct payload_file f;
	const char *dir = stage(STR("{\"id\":\"a\"}\n{\"id\":2.50,\"x\":\"\\n\"}\n{}\n{\"id\":\"d\"}\n"), STR("o1\no2\n\no4\n"), 4, &f);
	for (size_t m = 0; m < sizeof most / sizeof *most; m++) {
		struct parts p = { .count = 0 };
		struct err e = { 0 };
		struct buf seen = { 0 };
		CU_ASSERT_EQUAL(payload_cut_lines(dir, &f, most[m], take, &p, &e), 0);
		CU_ASSERT_EQUAL(p.count, (4 + most[m] - 1) / most[m]);
		for (size_t i = 0; i < p.count; i++) {
			struct payload_body b;
			CU_ASSERT_EQUAL_FATAL(payload_read_lines(dir, &f, &p.all[i], &contract, &arena, &b, &e), 0);
			for (size_t j = 0; j < b.records; j++)
				buf_printf(&seen, "%.*s %.*s %.*s\n", STR_ARG(b.keys[j]), STR_ARG(b.origins[j]), STR_ARG(b.texts[j]));
		}
		ASSERT_STR(buf_str(&seen), "a o1 {\"id\":\"a\"}\n2.50 o2 {\"id\":2.50,\"x\":\"\\n\"}\n  {}\nd o4 {\"id\":\"d\"}\n");
		buf_release(&seen);
	}
	arena_release(&arena);
}

static void ends_a_part_where_it_has_grown_large(void)
{
	struct payload_file f;
	struct buf body = { 0 };
	struct parts p = { .count = 0 };
	struct err e = { 0 };
	for (int i = 0; i < 3; i++) {
		buf_add(&body, STR("{\"id\":\""));
		for (unsigned n = 0; n < PAYLOAD_LINES_BYTES; n++)
			buf_addc(&body, 'x');
		buf_add(&body, STR("\"}\n"));
	}
	const char *dir = stage(buf_str(&body), STR("1\n2\n3\n"), 3, &f);
	CU_ASSERT_EQUAL(payload_cut_lines(dir, &f, 256, take, &p, &e), 0);
	CU_ASSERT_EQUAL(p.count, 3);
	buf_release(&body);
	arena_release(&arena);
}

static void takes_an_empty_file(void)
{
	struct payload_file f;
	struct parts p = { .count = 0 };
	struct err e = { 0 };
	const char *dir = stage(STR(""), STR(""), 0, &f);
	CU_ASSERT_EQUAL(payload_cut_lines(dir, &f, 256, take, &p, &e), 0);
	CU_ASSERT_EQUAL(p.count, 0);
	arena_release(&arena);
}

static void refuses_files_that_are_not_what_the_manifest_says(void)
{
	static const struct { const char *body, *rows; uint64_t records; const char *code; } table[] = {
		{ "{}\n{}\n", "1\n2\n", 3, "payload.changed" },
		{ "{}\n{}\n", "1\n", 2, "payload.rows" },
		{ "{}\n{}\n", "1\n2\n3\n", 2, "payload.rows" },
		{ "{}\n{}", "1\n2\n", 2, "payload.lines" },
		{ "{}\n", "1", 1, "payload.lines" },
		{ "", "1\n", 0, "payload.rows" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct payload_file f;
		struct parts p = { .count = 0 };
		struct err e = { 0 };
		const char *dir = stage(str_of(table[i].body), str_of(table[i].rows), table[i].records, &f);
		CU_ASSERT_EQUAL(payload_cut_lines(dir, &f, 256, take, &p, &e), -1);
		CU_ASSERT_STRING_EQUAL(e.code, table[i].code);
		CU_ASSERT_EQUAL(e.class, ERR_INPUT);
	}
	arena_release(&arena);
}

static void says_which_line_is_no_record(void)
{
	static const char *const bodies[] = { "{}\n[]\n", "{}\n{\"id\":\n", "{}\n{\"id\":[]}\n", "{}\n\n" };
	for (size_t i = 0; i < 4; i++) {
		struct payload_file f;
		struct payload_body b;
		struct parts p = { .count = 0 };
		struct err e = { 0 };
		const char *dir = stage(str_of(bodies[i]), STR("1\n2\n"), 2, &f);
		CU_ASSERT_EQUAL_FATAL(payload_cut_lines(dir, &f, 256, take, &p, &e), 0);
		CU_ASSERT_EQUAL(payload_read_lines(dir, &f, &p.all[0], &contract, &arena, &b, &e), -1);
		CU_ASSERT_EQUAL(e.line, 2);
	}
	arena_release(&arena);
}

UNIT_SUITE(payload_lines, UNIT(cuts_a_file_and_reads_each_part_back), UNIT(ends_a_part_where_it_has_grown_large),
	UNIT(takes_an_empty_file), UNIT(refuses_files_that_are_not_what_the_manifest_says), UNIT(says_which_line_is_no_record))
