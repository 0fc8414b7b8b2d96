#include "qonduit/sink.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink_tools.h"
#include "unit.h"

static struct arena arena, scratch;
static struct err e;
static struct buf why;
static const char *dir;
static int dirfd;

static struct contract contract = { .target = { "shop.things", 11 }, .extension = { "json", 4 } };

static const struct record_field fields[] = {
	{ { "id", 2 }, { "\"id\":", 5 }, VALUE_INTEGER, NULL, { 0 } },
	{ { "na,me", 5 }, { "\"na,me\":", 8 }, VALUE_TEXT, NULL, { 0 } },
};

static const struct record_shape shape = { .contract = &contract, .fields = fields, .count = 2, .key = 0 };

static void begin(enum file_style style, const char *target, const char *extension)
{
	contract = (struct contract){ .target = str_of(target), .extension = str_of(extension), .style = style, .open = true };
	dir = unit_folder();
	dirfd = open(dir, O_RDONLY | O_DIRECTORY);
}

/* 1 where no request can hold the record. */
static int add(struct sink *s, int64_t id, const char *name, const char *origin)
{
	struct value values[2] = { value_number(decimal_of(id), VALUE_INTEGER), value_text(str_of(name)) };
	size_t field;
	int status = sink_fits(s, values, &scratch, &field, &why) ? sink_add(s, values, str_of(origin), &scratch, &e) : 1;
	arena_clear(&scratch);
	return status;
}

static struct str content(const char *name)
{
	struct str text = { 0 };
	CU_ASSERT_EQUAL(io_read_file(arena_printf(&arena, "%s/%s", dir, name).p, 1 << 24, &arena, &text, &e), 0);
	return text;
}

static bool is_there(const char *name)
{
	struct stat st;
	return fstatat(dirfd, name, &st, 0) == 0;
}

/* What is noted of each file is so. */
static void check_notes(const struct sink *s)
{
	uint64_t records = 0;
	for (size_t i = 0; i < s->file_count; i++) {
		struct str text = content(s->files[i].name.p);
		unsigned char sum[DIGEST_BYTES];
		char hex[DIGEST_HEX];
		digest_of(text, sum);
		digest_hex(sum, hex);
		CU_ASSERT_STRING_EQUAL(s->files[i].sha256, hex);
		CU_ASSERT_EQUAL(s->files[i].bytes, text.n);
		CU_ASSERT(str_eq(s->files[i].target, contract.target));
		records += s->files[i].records;
	}
	CU_ASSERT_EQUAL(records, s->records);
}

static void end(struct sink *s)
{
	CU_ASSERT_EQUAL(e.class, ERR_NONE);
	check_notes(s);
	sink_release(s);
	buf_release(&why);
	arena_release(&scratch);
	arena_release(&arena);
	close(dirfd);
}

static void splits_bodies_by_records(void)
{
	begin(FILE_BATCHES, "shop.things", "json");
	contract.records = STR("things");
	contract.account = STR("account");
	contract.records_per_request = 2;
	struct sink s = { 0 };
	CU_ASSERT_EQUAL(sink_open(&s, &shape, dirfd, STR("a\"1"), &arena, &e), 0);
	for (int i = 1; i <= 5; i++)
		CU_ASSERT_EQUAL(add(&s, i, i == 2 ? "" : "x", arena_printf(&arena, "in.csv:%d", i + 1).p), 0);
	CU_ASSERT_EQUAL(sink_close(&s, &e), 0);
	CU_ASSERT_EQUAL_FATAL(s.file_count, 3);
	ASSERT_STR(s.files[0].name, "shop.things-00001.json");
	ASSERT_STR(content("shop.things-00001.json"), "{\"account\":\"a\\\"1\",\"things\":[{\"id\":1,\"na,me\":\"x\"},{\"id\":2}]}");
	ASSERT_STR(content("shop.things-00003.json"), "{\"account\":\"a\\\"1\",\"things\":[{\"id\":5,\"na,me\":\"x\"}]}");
	ASSERT_STR(content("shop.things-00001.json.rows"), "in.csv:2\nin.csv:3\n");
	ASSERT_STR(content("shop.things-00003.json.rows"), "in.csv:6\n");
	CU_ASSERT_EQUAL(s.files[2].records, 1);
	end(&s);
}

static void splits_bodies_by_bytes(void)
{
	begin(FILE_BATCHES, "shop.things", "json");
	contract.records = STR("r");
	contract.bytes_per_request = strlen("{\"r\":[{\"id\":1},{\"id\":2}]}");
	struct sink s = { 0 };
	CU_ASSERT_EQUAL(sink_open(&s, &shape, dirfd, STR("1"), &arena, &e), 0);
	CU_ASSERT_EQUAL(add(&s, 1, "", "f:1"), 0);
	CU_ASSERT_EQUAL(add(&s, 2, "", "f:2"), 0);
	CU_ASSERT_EQUAL(add(&s, 33, "", "f:3"), 0);
	CU_ASSERT_EQUAL(add(&s, 4, "", "f:4"), 0);
	CU_ASSERT_EQUAL(sink_close(&s, &e), 0);
	CU_ASSERT_EQUAL(s.file_count, 3);
	ASSERT_STR(content("shop.things-00001.json"), "{\"r\":[{\"id\":1},{\"id\":2}]}");
	ASSERT_STR(content("shop.things-00002.json"), "{\"r\":[{\"id\":33}]}");
	ASSERT_STR(content("shop.things-00003.json"), "{\"r\":[{\"id\":4}]}");
	ASSERT_STR(content("shop.things-00002.json.rows"), "f:3\n");
	end(&s);
}

static void refuses_a_record_that_no_request_can_hold(void)
{
	begin(FILE_BATCHES, "shop.things", "json");
	contract.bytes_per_request = strlen("[{\"id\":1},{\"id\":2}]");
	struct sink s = { 0 };
	CU_ASSERT_EQUAL(sink_open(&s, &shape, dirfd, STR(""), &arena, &e), 0);
	CU_ASSERT_EQUAL(add(&s, 1, "", "f:1"), 0);
	CU_ASSERT_EQUAL(add(&s, 2, "too long", "f:2"), 1);
	ASSERT_STR(buf_str(&why), "the record alone makes a request of 29 bytes; shop.things takes at most 19");
	CU_ASSERT_EQUAL(add(&s, 3, "", "f:3"), 0);
	CU_ASSERT_EQUAL(sink_close(&s, &e), 0);
	CU_ASSERT_EQUAL(s.records, 2);
	ASSERT_STR(content("shop.things-00001.json"), "[{\"id\":1},{\"id\":3}]");
	ASSERT_STR(content("shop.things-00001.json.rows"), "f:1\nf:3\n");
	end(&s);
}

static void refuses_a_line_that_no_request_can_hold(void)
{
	begin(FILE_LINES, "shop.things", "ndjson");
	contract.bytes_per_request = strlen("{\"id\":1}");
	struct sink s = { 0 };
	CU_ASSERT_EQUAL(sink_open(&s, &shape, dirfd, STR(""), &arena, &e), 0);
	CU_ASSERT_EQUAL(add(&s, 1, "", "f:1"), 0);
	CU_ASSERT_EQUAL(add(&s, 22, "", "f:2"), 1);
	CU_ASSERT_EQUAL(add(&s, 3, "", "f:3"), 0);
	CU_ASSERT_EQUAL(sink_close(&s, &e), 0);
	ASSERT_STR(content("shop.things.ndjson"), "{\"id\":1}\n{\"id\":3}\n");
	ASSERT_STR(content("shop.things.ndjson.rows"), "f:1\nf:3\n");
	end(&s);
}

static void leaves_no_batch_file_without_records(void)
{
	begin(FILE_BATCHES, "shop.things", "json");
	struct sink s = { 0 };
	CU_ASSERT_EQUAL(sink_open(&s, &shape, dirfd, STR(""), &arena, &e), 0);
	CU_ASSERT_EQUAL(sink_close(&s, &e), 0);
	CU_ASSERT_EQUAL(s.file_count, 0);
	CU_ASSERT_FALSE(is_there("shop.things-00001.json"));
	end(&s);
}

static void writes_one_object_a_line(void)
{
	begin(FILE_LINES, "file.ndjson", "ndjson");
	struct sink s = { 0 };
	CU_ASSERT_EQUAL(sink_open(&s, &shape, dirfd, STR(""), &arena, &e), 0);
	CU_ASSERT_EQUAL(add(&s, 1, "a\nb", "f:1"), 0);
	CU_ASSERT_EQUAL(add(&s, 2, "", "f:2"), 0);
	CU_ASSERT_EQUAL(sink_close(&s, &e), 0);
	ASSERT_STR(content("file.ndjson"), "{\"id\":1,\"na,me\":\"a\\nb\"}\n{\"id\":2}\n");
	ASSERT_STR(content("file.ndjson.rows"), "f:1\nf:2\n");
	end(&s);
}

static void names_a_file_after_its_target(void)
{
	begin(FILE_LINES, "shop.prices", "ndjson");
	struct sink s = { 0 };
	CU_ASSERT_EQUAL(sink_open(&s, &shape, dirfd, STR(""), &arena, &e), 0);
	CU_ASSERT_EQUAL(sink_close(&s, &e), 0);
	ASSERT_STR(s.files[0].name, "shop.prices.ndjson");
	ASSERT_STR(content("shop.prices.ndjson"), "");
	end(&s);
}

static void writes_one_array(void)
{
	begin(FILE_ARRAY, "file.json", "json");
	struct sink s = { 0 };
	CU_ASSERT_EQUAL(sink_open(&s, &shape, dirfd, STR(""), &arena, &e), 0);
	CU_ASSERT_EQUAL(add(&s, 1, "a", "f:1"), 0);
	CU_ASSERT_EQUAL(add(&s, 2, "", "f:2"), 0);
	CU_ASSERT_EQUAL(sink_close(&s, &e), 0);
	ASSERT_STR(content("file.json"), "[\n{\"id\":1,\"na,me\":\"a\"},\n{\"id\":2}\n]\n");
	ASSERT_STR(content("file.json.rows"), "f:1\nf:2\n");
	end(&s);
}

static void writes_an_empty_array_without_records(void)
{
	begin(FILE_ARRAY, "file.json", "json");
	struct sink s = { 0 };
	CU_ASSERT_EQUAL(sink_open(&s, &shape, dirfd, STR(""), &arena, &e), 0);
	CU_ASSERT_EQUAL(sink_close(&s, &e), 0);
	ASSERT_STR(content("file.json"), "[]\n");
	end(&s);
}

static void writes_a_table_with_a_header(void)
{
	begin(FILE_TABLE, "file.csv", "csv");
	struct sink s = { 0 };
	CU_ASSERT_EQUAL(sink_open(&s, &shape, dirfd, STR(""), &arena, &e), 0);
	CU_ASSERT_EQUAL(add(&s, 1, "5\" tube", "f:1"), 0);
	CU_ASSERT_EQUAL(add(&s, 2, "", "f:2"), 0);
	CU_ASSERT_EQUAL(sink_close(&s, &e), 0);
	ASSERT_STR(content("file.csv"), "id,\"na,me\"\n1,\"5\"\" tube\"\n2,\n");
	ASSERT_STR(content("file.csv.rows"), "f:1\nf:2\n");
	end(&s);
}

static void writes_the_header_of_a_table_without_records(void)
{
	begin(FILE_TABLE, "file.csv", "csv");
	struct sink s = { 0 };
	CU_ASSERT_EQUAL(sink_open(&s, &shape, dirfd, STR(""), &arena, &e), 0);
	CU_ASSERT_EQUAL(sink_close(&s, &e), 0);
	ASSERT_STR(content("file.csv"), "id,\"na,me\"\n");
	end(&s);
}

static void writes_lines_to_a_descriptor_whatever_the_style(void)
{
	begin(FILE_BATCHES, "shop.things", "json");
	contract.records = STR("things");
	int fd = openat(dirfd, "out", O_CREAT | O_WRONLY, 0600);
	struct sink s = { .out_fd = fd };
	CU_ASSERT_EQUAL(sink_open(&s, &shape, -1, STR("1"), &arena, &e), 0);
	CU_ASSERT_EQUAL(add(&s, 1, "", "f:1"), 0);
	CU_ASSERT_EQUAL(add(&s, 2, "", "f:2"), 0);
	CU_ASSERT_EQUAL(sink_close(&s, &e), 0);
	close(fd);
	ASSERT_STR(content("out"), "{\"id\":1}\n{\"id\":2}\n");
	CU_ASSERT(s.records == 2 && s.file_count == 0);
	s.records = 0; /* none is noted of a file */
	end(&s);
}

static void keeps_an_origin_on_one_line(void)
{
	begin(FILE_ARRAY, "file.json", "json");
	struct sink s = { 0 };
	CU_ASSERT_EQUAL(sink_open(&s, &shape, dirfd, STR(""), &arena, &e), 0);
	CU_ASSERT_EQUAL(add(&s, 1, "", "a\nb\xff.csv:1"), 0);
	CU_ASSERT_EQUAL(add(&s, 2, "", "Märkte.csv:2"), 0);
	CU_ASSERT_EQUAL(sink_close(&s, &e), 0);
	ASSERT_STR(content("file.json.rows"), "a\\x0ab\\xff.csv:1\nMärkte.csv:2\n");
	end(&s);
}

static void holds_many_records_whole(void)
{
	static const enum file_style styles[] = { FILE_BATCHES, FILE_LINES, FILE_ARRAY, FILE_TABLE };
	for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
		begin(styles[i], "shop.things", "x");
		struct sink s = { 0 };
		CU_ASSERT_EQUAL(sink_open(&s, &shape, dirfd, STR(""), &arena, &e), 0);
		struct buf expected = { 0 };
		for (int n = 0; n < 20000; n++) {
			char origin[32];
			snprintf(origin, sizeof origin, "a/long/path.csv:%d", n);
			buf_printf(&expected, "%s\n", origin);
			CU_ASSERT_EQUAL(add(&s, n, "some name", origin), 0);
		}
		CU_ASSERT_EQUAL(sink_close(&s, &e), 0);
		CU_ASSERT_EQUAL(s.file_count, 1);
		struct str rows = content(arena_concat(&arena, s.files[0].name, STR(".rows")).p);
		CU_ASSERT(str_eq(rows, buf_str(&expected)));
		buf_release(&expected);
		end(&s);
	}
}

static void fails_where_a_file_is_there_already(void)
{
	static const enum file_style styles[] = { FILE_BATCHES, FILE_LINES, FILE_ARRAY, FILE_TABLE };
	static const char *const names[] = { "shop.things-00001.x", "shop.things.x", "shop.things.x", "shop.things.x.rows" };
	for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
		begin(styles[i], "shop.things", "x");
		close(openat(dirfd, names[i], O_CREAT | O_WRONLY, 0600));
		struct sink s = { 0 };
		int status = sink_open(&s, &shape, dirfd, STR(""), &arena, &e);
		if (status == 0)
			status = add(&s, 1, "", "f:1");
		if (status == 0) /* a body is written when it is whole */
			status = sink_close(&s, &e);
		CU_ASSERT_EQUAL(status, -1);
		s.records = 0;
		CU_ASSERT_EQUAL(e.class, ERR_INPUT);
		err_clear(&e);
		sink_abandon(&s);
		sink_abandon(&s);
		end(&s);
	}
}

UNIT_SUITE(sink, UNIT(splits_bodies_by_records), UNIT(splits_bodies_by_bytes), UNIT(refuses_a_record_that_no_request_can_hold),
	UNIT(refuses_a_line_that_no_request_can_hold),
	UNIT(leaves_no_batch_file_without_records), UNIT(writes_one_object_a_line), UNIT(names_a_file_after_its_target),
	UNIT(writes_one_array), UNIT(writes_an_empty_array_without_records), UNIT(writes_a_table_with_a_header),
	UNIT(writes_the_header_of_a_table_without_records), UNIT(writes_lines_to_a_descriptor_whatever_the_style),
	UNIT(keeps_an_origin_on_one_line), UNIT(holds_many_records_whole), UNIT(fails_where_a_file_is_there_already))
