#include "qonduit/sink.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "sink_tools.h"
#include "unit.h"

static struct arena arena, scratch;
static struct err e;
static struct faults faults;
static struct buf why;
static struct contract contract;
static struct record_shape shape, head;
static const char *dir;
static int dirfd;

static const char things[] =
	"{\"qonduit_contract\":1,\"target\":\"shop.feed\",\"title\":\"T\",\"fields\":{"
	"\"id\":{\"type\":\"string\"},"
	"\"title\":{\"type\":\"string\",\"xml\":{\"name\":\"g:title\",\"cdata\":true}},"
	"\"price\":{\"type\":\"number\",\"style\":\"string\",\"places\":2},"
	"\"weight\":{\"type\":\"number\"},"
	"\"status\":{\"type\":\"boolean\",\"xml\":{\"true\":\"1\",\"false\":\"0\"}},"
	"\"plain\":{\"type\":\"boolean\"},"
	"\"categories\":{\"type\":\"list\",\"element\":\"object\",\"xml\":{\"name\":\"category_#\"},\"fields\":{"
	"  \"id\":{\"type\":\"integer\",\"xml\":{\"place\":\"attribute\"}},"
	"  \"main\":{\"type\":\"boolean\",\"xml\":{\"place\":\"attribute\",\"name\":\"m\",\"true\":\"y\"}},"
	"  \"name\":{\"type\":\"string\",\"xml\":{\"place\":\"text\",\"cdata\":true}}}},"
	"\"image\":{\"type\":\"list\",\"element\":\"string\"},"
	"\"maker\":{\"type\":\"object\",\"fields\":{\"name\":{\"type\":\"string\"},\"land\":{\"type\":\"string\"},"
	"  \"tags\":{\"type\":\"list\",\"element\":\"number\",\"xml\":{\"name\":\"tag#\"}}}}},"
	"\"file\":{\"style\":\"xml\",\"extension\":\"xml\",\"xml\":{\"record\":\"g:item\",\"elements\":["
	"  {\"name\":\"rss\",\"attributes\":{\"version\":\"2.0\",\"xmlns:g\":\"http://a?b&c\"}},{\"name\":\"channel\"}],"
	"\"head\":{\"title\":{\"type\":\"string\"},\"link\":{\"type\":\"string\"}}}}}";

/* A shape of these fields, in this order. */
static struct record_shape shape_of(const struct contract_field *all, size_t all_count, const char *const *names, size_t count)
{
	struct record_field *fields = ARENA_ARRAY(&arena, count, struct record_field);
	for (size_t i = 0; i < count; i++) {
		fields[i].name = str_of(names[i]);
		fields[i].json_key = arena_printf(&arena, "\"%s\":", names[i]);
		for (size_t f = 0; f < all_count; f++)
			if (str_eq(all[f].name, fields[i].name))
				fields[i].contract = &all[f];
		CU_ASSERT_PTR_NOT_NULL_FATAL(fields[i].contract);
	}
	return (struct record_shape){ .contract = &contract, .fields = fields, .count = count, .key = -1 };
}

#define OPEN(s, ...) open_with(s, (const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static int open_with(struct sink *s, const char *const *names, size_t count)
{
	faults_init(&faults, &arena);
	err_clear(&e);
	CU_ASSERT_EQUAL_FATAL(contract_read(str_of(things), "shop.feed.json", &arena, &contract, &faults), 0);
	shape = shape_of(contract.fields, contract.field_count, names, count);
	dir = unit_folder();
	dirfd = open(dir, O_RDONLY | O_DIRECTORY);
	return sink_open(s, &shape, dirfd, STR(""), &arena, &e);
}

static struct value text(const char *s)
{
	return value_text(str_of(s));
}

static struct value number(const char *s)
{
	struct decimal d;
	CU_ASSERT_EQUAL_FATAL(decimal_parse(str_of(s), &d), DECIMAL_OK);
	return value_number(d, VALUE_DECIMAL);
}

static struct value json(const char *s)
{
	return (struct value){ .type = VALUE_JSON, .text = str_of(s) };
}

static size_t at_fault;

/* 1 where the record does not fit, for a field at fault. */
static int add(struct sink *s, const struct value *values)
{
	int status = sink_fits(s, values, &scratch, &at_fault, &why) ? sink_add(s, values, STR("in.csv:2"), &scratch, &e) : 1;
	arena_clear(&scratch);
	return status;
}

/* What stands in the file between the frame's start and its end. */
static struct str content(struct sink *s)
{
	struct str all = { 0 };
	static const char end[] = "\n  </channel>\n</rss>\n";
	CU_ASSERT_EQUAL(sink_close(s, &e), 0);
	CU_ASSERT_EQUAL(e.class, ERR_NONE);
	CU_ASSERT_EQUAL(io_read_file(arena_printf(&arena, "%s/shop.feed.xml", dir).p, 1 << 24, &arena, &all, &e), 0);
	static const char start[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:g=\"http://a?b&amp;c\">\n"
		"  <channel>\n";
	CU_ASSERT(str_starts(all, str_of(start)) && str_ends(all, str_of(end)));
	all = str_from(all, sizeof start - 1);
	return str_head(all, all.n > sizeof end - 1 ? all.n - (sizeof end - 1) : 0);
}

static void end(struct sink *s)
{
	sink_release(s);
	buf_release(&why);
	arena_release(&scratch);
	arena_release(&arena);
	close(dirfd);
}

static void fields_come_in_the_order_of_the_contract(void)
{
	struct sink s = { 0 };
	CU_ASSERT_EQUAL(OPEN(&s, "plain", "status", "weight", "price", "title", "id"), 0);
	struct value values[6] = { value_truth(true), value_truth(false), number("1.10"), number("10"), text("a<b"), text("a<b") };
	CU_ASSERT_EQUAL(add(&s, values), 0);
	struct value others[6] = { value_truth(false), value_truth(true), number("1E3"), value_empty(), value_empty(), text("x") };
	CU_ASSERT_EQUAL(add(&s, others), 0);
	ASSERT_STR(content(&s), "    <g:item>\n      <id>a&lt;b</id>\n      <g:title><![CDATA[a<b]]></g:title>\n      <price>10.00</price>\n"
		"      <weight>1.10</weight>\n      <status>0</status>\n      <plain>true</plain>\n    </g:item>\n"
		"    <g:item>\n      <id>x</id>\n      <weight>1000</weight>\n      <status>1</status>\n      <plain>false</plain>\n    </g:item>");
	CU_ASSERT_EQUAL(s.records, 2);
	CU_ASSERT_EQUAL(s.file_count, 1);
	ASSERT_STR(s.files[0].name, "shop.feed.xml");
	struct str rows = { 0 };
	CU_ASSERT_EQUAL(io_read_file(arena_printf(&arena, "%s/shop.feed.xml.rows", dir).p, 100, &arena, &rows, &e), 0);
	ASSERT_STR(rows, "in.csv:2\nin.csv:2\n");
	end(&s);
}

static void lists_and_objects_become_elements(void)
{
	struct sink s = { 0 };
	CU_ASSERT_EQUAL(OPEN(&s, "maker", "image", "categories"), 0);
	struct value values[3] = {
		json("{\"land\":\"F\\\"R\",\"tags\":[1.50,2E1],\"name\":\"A&B\"}"), json("[\"http://a\",\"\",\"\\u00e9\"]"),
		json("[{\"name\":\"]]>\",\"id\":7,\"main\":true},{\"main\":false,\"name\":\"\"},{\"id\":null,\"name\":\"c\"}]") };
	CU_ASSERT_EQUAL(add(&s, values), 0);
	ASSERT_STR(content(&s), "    <g:item>\n      <category_1 id=\"7\" m=\"y\"><![CDATA[]]]]><![CDATA[>]]></category_1>\n"
		"      <category_2 m=\"false\"/>\n      <category_3><![CDATA[c]]></category_3>\n"
		"      <image>http://a</image>\n      <image>é</image>\n"
		"      <maker>\n        <name>A&amp;B</name>\n        <land>F\"R</land>\n        <tag1>1.50</tag1>\n        <tag2>20</tag2>\n"
		"      </maker>\n    </g:item>");
	end(&s);
}

static void the_head_stands_once_before_the_records(void)
{
	struct sink s = { 0 };
	CU_ASSERT_EQUAL(OPEN(&s, "id"), 0);
	sink_release(&s);
	head = shape_of(contract.frame.head, contract.frame.head_count, (const char *const[]){ "link", "title" }, 2);
	struct value given[2] = { text("http://a?b&c"), text("Shop") }, values[1] = { text("1") };
	s = (struct sink){ .head = &head, .head_values = given };
	dir = unit_folder();
	close(dirfd);
	dirfd = open(dir, O_RDONLY | O_DIRECTORY);
	CU_ASSERT_EQUAL(sink_open(&s, &shape, dirfd, STR(""), &arena, &e), 0);
	CU_ASSERT_EQUAL(add(&s, values), 0);
	ASSERT_STR(content(&s), "    <title>Shop</title>\n    <link>http://a?b&amp;c</link>\n    <g:item>\n      <id>1</id>\n    </g:item>");
	end(&s);
}

static void a_head_that_xml_cannot_hold_ends_the_run(void)
{
	struct sink s = { 0 };
	CU_ASSERT_EQUAL(OPEN(&s, "id"), 0);
	sink_release(&s);
	head = shape_of(contract.frame.head, contract.frame.head_count, (const char *const[]){ "title" }, 1);
	struct value given[1] = { text("a\x1b") };
	s = (struct sink){ .head = &head, .head_values = given };
	CU_ASSERT_EQUAL(sink_open(&s, &shape, dirfd, STR(""), &arena, &e), -1);
	CU_ASSERT(e.class == ERR_MAPPING && strstr(e.message, "\"title\" has U+001B as character 2"));
	end(&s);
}

static void without_records_the_document_is_its_frame(void)
{
	struct sink s = { 0 };
	struct str all = { 0 };
	CU_ASSERT_EQUAL(OPEN(&s, "id"), 0);
	CU_ASSERT_EQUAL(sink_close(&s, &e), 0);
	CU_ASSERT_EQUAL(io_read_file(arena_printf(&arena, "%s/shop.feed.xml", dir).p, 1000, &arena, &all, &e), 0);
	ASSERT_STR(all, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:g=\"http://a?b&amp;c\">\n  <channel/>\n</rss>\n");
	end(&s);
}

static void a_record_without_anything_is_an_empty_element(void)
{
	struct sink s = { 0 };
	struct value values[1] = { value_empty() };
	CU_ASSERT_EQUAL(OPEN(&s, "id"), 0);
	CU_ASSERT_EQUAL(add(&s, values), 0);
	ASSERT_STR(content(&s), "    <g:item/>");
	end(&s);
}

static void refuses_what_xml_cannot_hold(void)
{
	struct sink s = { 0 };
	struct value values[2] = { 0 };
	CU_ASSERT_EQUAL(OPEN(&s, "title", "categories"), 0);
	for (char c = 0; c < ' '; c++) {
		char with[] = { 'a', c, 'b' }, escaped[64];
		values[0] = value_text((struct str){ with, 3 });
		int expected = c == '\t' || c == '\n' || c == '\r' ? 0 : 1;
		CU_ASSERT_EQUAL(add(&s, values), expected);
		CU_ASSERT_EQUAL(at_fault, expected ? 0 : SIZE_MAX);
		if (expected)
			ASSERT_STR(buf_str(&why), arena_printf(&arena, "\"title\" has U+%04X as character 2, which XML cannot hold; "
				"the step \"clean\" takes it out", (unsigned)c).p);
		if (!c)
			continue;
		snprintf(escaped, sizeof escaped, "[{\"id\":1},{\"name\":\"ä\\u%04x\"}]", (unsigned)c);
		values[0] = value_empty();
		values[1] = json(escaped);
		CU_ASSERT_EQUAL(add(&s, values), expected);
		CU_ASSERT_EQUAL(at_fault, expected ? 1 : SIZE_MAX);
		if (expected)
			ASSERT_STR(buf_str(&why), arena_printf(&arena, "\"categories.1.name\" has U+%04X as character 2, which XML cannot hold; "
				"the step \"clean\" takes it out", (unsigned)c).p);
		values[1] = value_empty();
	}
	values[0] = text("\xef\xbf\xbf");
	CU_ASSERT_EQUAL(add(&s, values), 1);
	ASSERT_STR(buf_str(&why), "\"title\" has U+FFFF as character 1, which XML cannot hold; the step \"replace_pattern\" can take it out");
	values[0] = value_empty();
	values[1] = json("[{\"name\":\"\xef\xbf\xbe\"}]");
	CU_ASSERT_EQUAL(add(&s, values), 1);
	values[1] = json("[{\"name\":\"\\u0000\"}]");
	CU_ASSERT_EQUAL(add(&s, values), 1);
	values[1] = json("[{\"name\":\"\\b\"}]");
	CU_ASSERT_EQUAL(add(&s, values), 1);
	values[1] = json("[{\"name\":\"\\\\\\f\"}]");
	CU_ASSERT_EQUAL(add(&s, values), 1);
	values[1] = json("[{\"name\":\"\\\\b\\\\u0001\\n\\r\\t\\\"\"}]");
	CU_ASSERT_EQUAL(add(&s, values), 0);
	values[1] = json("[{\"name\":\"\\uD83D\\uDE00\"}]");
	CU_ASSERT_EQUAL(add(&s, values), 0);
	sink_abandon(&s);
	end(&s);
}

static void lines_to_standard_output_are_json(void)
{
	struct sink s = { 0 };
	char line[100] = "";
	int ends[2];
	CU_ASSERT_EQUAL(OPEN(&s, "id", "price"), 0);
	sink_release(&s);
	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	s = (struct sink){ .out_fd = ends[1] };
	struct value values[2] = { text("\x01"), number("1") };
	CU_ASSERT_EQUAL(sink_open(&s, &shape, -1, STR(""), &arena, &e), 0);
	CU_ASSERT_EQUAL(add(&s, values), 0);
	CU_ASSERT_EQUAL(sink_close(&s, &e), 0);
	CU_ASSERT(read(ends[0], line, sizeof line - 1) > 0);
	CU_ASSERT_STRING_EQUAL(line, "{\"id\":\"\\u0001\",\"price\":\"1.00\"}\n");
	close(ends[0]);
	close(ends[1]);
	end(&s);
}

UNIT_SUITE(sink_xml, UNIT(fields_come_in_the_order_of_the_contract), UNIT(lists_and_objects_become_elements),
	UNIT(the_head_stands_once_before_the_records), UNIT(a_head_that_xml_cannot_hold_ends_the_run),
	UNIT(without_records_the_document_is_its_frame), UNIT(a_record_without_anything_is_an_empty_element),
	UNIT(refuses_what_xml_cannot_hold), UNIT(lines_to_standard_output_are_json))
