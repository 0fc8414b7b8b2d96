#include "qonduit/payload.h"

#include <fcntl.h>
#include <unistd.h>

#include "unit.h"

#define SUM_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SUM_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct arena arena;
static struct err e;

static const struct contract products = {
	.target = { "shop.products", 13 }, .key = { "sku", 3 }, .style = FILE_BATCHES, .records = { "products", 8 },
	.account = { "account_id", 10 },
};

static void put(const char *dir, const char *name, const char *text)
{
	CU_ASSERT_EQUAL(io_replace_file(arena_printf(&arena, "%s/%s", dir, name).p, str_of(text), 0600, &e), 0);
}

static const char *error_text(void)
{
	struct buf b = { 0 };
	err_print(&e, &b);
	const char *text = arena_copy(&arena, buf_str(&b)).p;
	buf_release(&b);
	err_clear(&e);
	return text;
}

static struct manifest example(void)
{
	static struct str names[] = { { "margin", 6 }, { "shop", 4 } }, values[] = { { "1.35", 4 }, { "a \"b\"", 5 } };
	static struct payload_input inputs[] = { { .name = { "catalog.csv", 11 }, .sha256 = SUM_A, .bytes = 4000000000, .rows = 12 } };
	static struct payload_output outputs[] = {
		{ .target = { "shop.products", 13 }, .contract = { "0123456789abcdef", 16 }, .account = { "1", 1 }, .records = 9, .requests = 1 },
	};
	static struct payload_file files[] = {
		{ .name = { "shop.products-00001.json", 24 }, .target = { "shop.products", 13 }, .records = 9, .bytes = 100, .sha256 = SUM_B },
		{ .name = { "rejects.csv", 11 }, .target = { "", 0 }, .records = 1, .bytes = 50, .sha256 = SUM_A },
	};
	return (struct manifest){
		.program = STR("qonduit 0.1.0"), .mapping = STR("map.json"), .mapping_sha256 = SUM_B,
		.param_names = names, .param_values = values, .param_count = 2, .inputs = inputs, .input_count = 1,
		.rows = { .read = 12, .filtered = 1, .duplicates = 1, .rejected = 1, .written = 9 },
		.outputs = outputs, .output_count = 1, .files = files, .file_count = 2,
	};
}

static struct str printed(const struct manifest *m)
{
	struct buf b = { 0 };
	manifest_print(m, &b);
	struct str text = arena_copy(&arena, buf_str(&b));
	buf_release(&b);
	return text;
}

static void prints_a_manifest_for_people_too(void)
{
	struct manifest m = example();
	ASSERT_STR(printed(&m),
		"{\n  \"qonduit\":1,\n  \"program\":\"qonduit 0.1.0\",\n"
		"  \"mapping\":{\"name\":\"map.json\",\"sha256\":\"" SUM_B "\"},\n"
		"  \"params\":{\"margin\":\"1.35\",\"shop\":\"a \\\"b\\\"\"},\n"
		"  \"inputs\":[\n    {\"name\":\"catalog.csv\",\"sha256\":\"" SUM_A "\",\"bytes\":4000000000,\"rows\":12}\n  ],\n"
		"  \"rows\":{\"read\":12,\"filtered\":1,\"duplicates\":1,\"rejected\":1,\"written\":9},\n"
		"  \"outputs\":{\n    \"shop.products\":{\"contract\":\"0123456789abcdef\",\"account\":\"1\",\"records\":9,\"requests\":1}\n  },\n"
		"  \"files\":[\n"
		"    {\"name\":\"shop.products-00001.json\",\"target\":\"shop.products\",\"records\":9,\"bytes\":100,\"sha256\":\"" SUM_B "\"},\n"
		"    {\"name\":\"rejects.csv\",\"target\":\"\",\"records\":1,\"bytes\":50,\"sha256\":\"" SUM_A "\"}\n  ]\n}\n");
	arena_release(&arena);
}

static void reads_back_what_it_prints(void)
{
	struct manifest m = example(), empty = { .program = STR("p"), .mapping = STR("m"), .mapping_sha256 = SUM_A }, read;
	const char *dir = unit_folder();
	put(dir, "manifest.json", printed(&m).p);
	CU_ASSERT_EQUAL(manifest_read(dir, &arena, &read, &e), 0);
	CU_ASSERT(str_eq(printed(&m), printed(&read)));
	CU_ASSERT_EQUAL(read.inputs[0].bytes, 4000000000);
	put(dir, "manifest.json", printed(&empty).p);
	CU_ASSERT_EQUAL(manifest_read(dir, &arena, &read, &e), 0);
	CU_ASSERT(str_eq(printed(&empty), printed(&read)));
	CU_ASSERT_TRUE(payload_is_ours(dir));
	arena_release(&arena);
}

static void keeps_what_is_suspect(void)
{
	static const struct payload_suspect stock = { { "stock", 5 }, { "0", 1 }, 12 };
	struct payload_output output = { .target = STR("shop.stocks"), .contract = STR("0123456789abcdef"), .records = 12,
		.suspects = &stock, .suspect_count = 1 };
	struct manifest m = example(), read;
	const char *dir = unit_folder();
	m.outputs = &output;
	put(dir, "manifest.json", printed(&m).p);
	CU_ASSERT_EQUAL_FATAL(manifest_read(dir, &arena, &read, &e), 0);
	CU_ASSERT_EQUAL_FATAL(read.outputs[0].suspect_count, 1);
	ASSERT_STR(read.outputs[0].suspects[0].field, "stock");
	CU_ASSERT_EQUAL(read.outputs[0].suspects[0].records, 12);
	CU_ASSERT(str_eq(printed(&m), printed(&read)));
	CU_ASSERT_EQUAL(payload_refuse_suspects(&read, ": nothing was sent", &e), -1);
	CU_ASSERT_EQUAL(e.class, ERR_GUARD);
	CU_ASSERT_STRING_EQUAL(error_text(),
		"shop.stocks: every \"stock\" is 0, in all 12 records that have one (--refuse-suspect): nothing was sent");
	for (size_t i = 0; i < 3; i++) {
		static const char *const wrong[] = { "\"suspect\":7", "\"suspect\":[7]", "\"suspect\":[{\"field\":\"f\",\"value\":\"0\"}]" };
		ptrdiff_t at = str_find(printed(&m), STR("\"suspect\":["));
		CU_ASSERT_FATAL(at > 0);
		put(dir, "manifest.json", arena_printf(&arena, "%.*s%s}},\"files\":[]}", (int)at, printed(&m).p, wrong[i]).p);
		CU_ASSERT_EQUAL(manifest_read(dir, &arena, &read, &e), -1);
		CU_ASSERT_EQUAL(e.class, ERR_INPUT);
		err_clear(&e);
	}
	m = example();
	CU_ASSERT_EQUAL(payload_refuse_suspects(&m, "", &e), 0);
	arena_release(&arena);
}

static void makes_any_name_of_a_file_valid_json(void)
{
	struct manifest m = example(), read;
	m.mapping = STR("a\nb\xff.json");
	const char *dir = unit_folder();
	put(dir, "manifest.json", printed(&m).p);
	CU_ASSERT_EQUAL(manifest_read(dir, &arena, &read, &e), 0);
	ASSERT_STR(read.mapping, "a\\x0ab\\xff.json");
	arena_release(&arena);
}

/* The example's text with one part of it replaced. */
static const char *but(const char *from, const char *to)
{
	struct manifest m = example();
	struct str text = printed(&m);
	ptrdiff_t at = str_find(text, str_of(from));
	CU_ASSERT_FATAL(at >= 0);
	return arena_printf(&arena, "%.*s%s%s", (int)at, text.p, to, text.p + at + strlen(from)).p;
}

static void refuses_what_is_no_manifest_of_ours(void)
{
	const char *dir = unit_folder();
	struct manifest m;
	CU_ASSERT_FALSE(payload_is_ours(dir));
	CU_ASSERT_EQUAL(manifest_read(dir, &arena, &m, &e), -1);
	CU_ASSERT_EQUAL(e.class, ERR_INPUT);
	CU_ASSERT_PTR_NOT_NULL(strstr(error_text(), "manifest.json"));
	const char *const wrong[][3] = {
		{ "{\n", "[{", "manifest.json:" },
		{ "\"qonduit\":1", "\"name\":1", "expected the number 1 as \"qonduit\"" },
		{ "\"qonduit\":1", "\"qonduit\":2", "is of format 2, expected 1" },
		{ "\"rejected\":1,\"written\":9", "\"rejected\":1", "expected a number as \"written\"" },
		{ "\"rows\":12", "\"rows\":-12", "a whole number that is not negative" },
		{ "\"name\":\"rejects.csv\"", "\"name\":\"../rejects.csv\"", "the name of a file in the same folder" },
		{ "\"name\":\"rejects.csv\"", "\"name\":\"..\"", "the name of a file in the same folder" },
		{ "\"bytes\":50,\"sha256\":\"a", "\"bytes\":50,\"sha256\":\"A", "64 hexadecimal digits" },
		{ "\"margin\":\"1.35\"", "\"margin\":1.35", "found a number, expected a string as the value of a parameter" },
		{ "\"account\":\"1\"", "\"account\":1", "found a number, expected a string as \"account\"" },
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		put(dir, "manifest.json", but(wrong[i][0], wrong[i][1]));
		CU_ASSERT_EQUAL(manifest_read(dir, &arena, &m, &e), -1);
		CU_ASSERT_EQUAL(e.class, ERR_INPUT);
		struct str found = str_of(error_text());
		if (str_find(found, str_of(wrong[i][2])) < 0)
			ASSERT_STR(found, wrong[i][2]);
	}
	arena_release(&arena);
}

/* Reads `text` back as a body with this many records; its .rows file is beside it. */
static int read_body(const struct contract *c, const char *text, const char *rows, uint64_t records, struct payload_body *body)
{
	const char *dir = unit_folder();
	struct payload_file f = { .name = STR("b-00001.json"), .records = records };
	put(dir, "b-00001.json", text);
	put(dir, "b-00001.json.rows", rows);
	return payload_read_body(dir, &f, c, &arena, body, &e);
}

static void reads_a_body_with_each_record_as_it_stands(void)
{
	struct payload_body b;
	CU_ASSERT_EQUAL(read_body(&products,
		"{\"x\":[1,{\"products\":[]}],\"account_id\":\"1\",\"products\":[{\"sku\":\"a\\\"]}\",\"n\":1.50},  {\"n\":[{}],\"sku\":12.0}\n,{}]}",
		"c.csv:2\nc.csv:3\nx:\\x0a:4\n", 3, &b), 0);
	ASSERT_STR(b.account, "1");
	CU_ASSERT_EQUAL_FATAL(b.records, 3);
	ASSERT_STR(b.texts[0], "{\"sku\":\"a\\\"]}\",\"n\":1.50}");
	ASSERT_STR(b.texts[1], "{\"n\":[{}],\"sku\":12.0}");
	ASSERT_STR(b.texts[2], "{}");
	CU_ASSERT(b.texts[0].p > b.text.p && b.texts[0].p < b.text.p + b.text.n);
	ASSERT_STR(b.keys[0], "a\"]}");
	ASSERT_STR(b.keys[1], "12.0");
	ASSERT_STR(b.keys[2], "");
	ASSERT_STR(b.origins[0], "c.csv:2");
	ASSERT_STR(b.origins[2], "x:\\x0a:4");
	arena_release(&arena);
}

static void reads_a_body_that_is_a_list(void)
{
	struct contract c = { .target = STR("shop.list"), .style = FILE_ARRAY };
	struct payload_body b;
	CU_ASSERT_EQUAL(read_body(&c, "[\n{\"a\":1},\n{\"a\":2}\n]\n", "f:1\nf:2\n", 2, &b), 0);
	ASSERT_STR(b.texts[1], "{\"a\":2}");
	ASSERT_STR(b.account, "");
	ASSERT_STR(b.keys[1], "");
	CU_ASSERT_EQUAL(read_body(&c, "[]\n", "", 0, &b), 0);
	arena_release(&arena);
}

static void refuses_a_body_that_does_not_fit(void)
{
	struct payload_body b;
	struct contract lines = { .target = STR("shop.lines"), .style = FILE_LINES };
	const struct {
		const struct contract *contract;
		const char *text, *rows;
		uint64_t records;
		const char *expected;
	} wrong[] = {
		{ &products, "{\"products\":[{},{}]}", "a\nb\n", 3, "found 2 records, expected 3 as the manifest says" },
		{ &products, "{\"products\":[{},{}]}", "a\n", 2, ".rows: found 1 lines, expected 2" },
		{ &products, "{\"products\":[{},{}]}", "a\nb\nc\n", 2, ".rows: found 3 lines, expected 2" },
		{ &products, "{\"products\":[{},1]}", "a\nb\n", 2, "found a number, expected a record" },
		{ &products, "{\"products\":[{\"sku\":null}]}", "a\n", 1, "found null, expected a string or a number as the record's key" },
		{ &products, "{\"items\":[]}", "", 0, "expected a list of records" },
		{ &products, "[]", "", 0, "found an array, expected an object with the records in it" },
		{ &products, "{\"account_id\":{},\"products\":[]}", "", 0, "expected a string as the account" },
		{ &products, "{\"products\":[{]}", "a\n", 1, "b-00001.json:1:" },
		{ &lines, "{}\n", "a\n", 1, "is not one request body" },
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		CU_ASSERT_EQUAL(read_body(wrong[i].contract, wrong[i].text, wrong[i].rows, wrong[i].records, &b), -1);
		CU_ASSERT_EQUAL(e.class, ERR_INPUT);
		struct str found = str_of(error_text());
		if (str_find(found, str_of(wrong[i].expected)) < 0)
			ASSERT_STR(found, wrong[i].expected);
	}
	arena_release(&arena);
}

static int body_for(const char *text, const char *in_body, const char *account, struct buf *to)
{
	struct payload_body b = { .text = str_of(text), .account = str_of(in_body) };
	buf_clear(to);
	return payload_body_for(&b, &products, str_of(account), to, &e);
}

static void puts_the_account_in_where_it_is_missing(void)
{
	struct buf to = { 0 };
	CU_ASSERT_EQUAL(body_for("{\"products\":[]}", "", "a\"1", &to), 0);
	ASSERT_STR(buf_str(&to), "{\"account_id\":\"a\\\"1\",\"products\":[]}");
	CU_ASSERT_EQUAL(body_for(" { \"products\":[]}", "", "1", &to), 0);
	ASSERT_STR(buf_str(&to), "{\"account_id\":\"1\", \"products\":[]}");
	CU_ASSERT_EQUAL(body_for("{\"account_id\":\"1\",\"products\":[]}", "1", "1", &to), 0);
	ASSERT_STR(buf_str(&to), "{\"account_id\":\"1\",\"products\":[]}");
	CU_ASSERT_EQUAL(body_for("{\"account_id\":\"1\",\"products\":[]}", "1", "", &to), 0);
	ASSERT_STR(buf_str(&to), "{\"account_id\":\"1\",\"products\":[]}");
	buf_release(&to);
}

static void refuses_the_account_of_somebody_else(void)
{
	struct buf to = { 0 };
	CU_ASSERT_EQUAL(body_for("{\"account_id\":\"1\",\"products\":[]}", "1", "2", &to), -1);
	CU_ASSERT_EQUAL(e.class, ERR_DELIVERY);
	CU_ASSERT_EQUAL(to.n, 0);
	error_text();
	CU_ASSERT_EQUAL(body_for("{\"products\":[]}", "", "", &to), -1);
	CU_ASSERT_EQUAL(e.class, ERR_CREDENTIALS);
	error_text();
	buf_release(&to);
	arena_release(&arena);
}

static void leaves_a_body_alone_that_has_no_place_for_an_account(void)
{
	struct contract c = { .target = STR("shop.list"), .style = FILE_ARRAY };
	struct payload_body b = { .text = STR("[{}]") };
	struct buf to = { 0 };
	CU_ASSERT_EQUAL(payload_body_for(&b, &c, STR("1"), &to, &e), 0);
	ASSERT_STR(buf_str(&to), "[{}]");
	buf_release(&to);
}

UNIT_SUITE(payload, UNIT(prints_a_manifest_for_people_too), UNIT(reads_back_what_it_prints), UNIT(makes_any_name_of_a_file_valid_json),
	UNIT(refuses_what_is_no_manifest_of_ours), UNIT(keeps_what_is_suspect),
	UNIT(reads_a_body_with_each_record_as_it_stands), UNIT(reads_a_body_that_is_a_list), UNIT(refuses_a_body_that_does_not_fit),
	UNIT(puts_the_account_in_where_it_is_missing), UNIT(refuses_the_account_of_somebody_else),
	UNIT(leaves_a_body_alone_that_has_no_place_for_an_account))
