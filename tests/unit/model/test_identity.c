#include "qonduit/identity.h"

#include <fcntl.h>
#include <unistd.h>

#include "qonduit/payload.h"
#include "qonduit/record.h"
#include "unit.h"

static struct arena arena;

static const struct str within[] = { { "list", 4 }, { "lot", 3 } };
static const struct contract keyed = { .target = { "a.b", 3 }, .key = { "id", 2 } };
static const struct contract scoped = { .target = { "a.b", 3 }, .key = { "id", 2 }, .within = within, .within_count = 2 };

/* ---- as bytes ---- */

static struct str bytes_of(const char *list, const char *lot, const char *key)
{
	struct str scope = list ? identity_add(&arena, (struct str){ 0 }, str_of(list)) : identity_add_none(&arena, (struct str){ 0 });
	scope = lot ? identity_add(&arena, scope, str_of(lot)) : identity_add_none(&arena, scope);
	return identity_bytes(identity_make(&arena, scope, str_of(key)));
}

static void is_the_key_where_nothing_is_within_anything(void)
{
	struct identity id = identity_make(&arena, (struct str){ 0 }, STR("A-1"));
	ASSERT_STR(identity_bytes(id), "A-1");
	ASSERT_STR(identity_scope(id), "");
	CU_ASSERT_EQUAL(identity_bytes((struct identity){ 0 }).n, 0);
	arena_release(&arena);
}

static void tells_any_two_apart(void)
{
	static const char *const texts[] = { NULL, "", "-", "1", ":", "1:", "1:1", "-1:1", "3:1:1", "0:", "11", "1:-", "--" };
	enum { TEXTS = sizeof texts / sizeof *texts, ALL = TEXTS * TEXTS * (TEXTS - 1) };
	struct str *all = ARENA_ARRAY(&arena, ALL, struct str);
	size_t n = 0, equal = 0;
	for (size_t i = 0; i < TEXTS; i++)
		for (size_t j = 0; j < TEXTS; j++)
			for (size_t k = 1; k < TEXTS; k++)
				all[n++] = bytes_of(texts[i], texts[j], texts[k]);
	CU_ASSERT_EQUAL_FATAL(n, ALL);
	for (size_t i = 0; i < ALL; i++)
		for (size_t j = i + 1; j < ALL; j++)
			equal += str_eq(all[i], all[j]);
	CU_ASSERT_EQUAL(equal, 0);
	arena_release(&arena);
}

static struct str told(const char *list, const char *lot)
{
	struct buf b = { 0 };
	struct str bytes = bytes_of(list, lot, "K");
	identity_tell(&b, within, 2, str_head(bytes, bytes.n - 1));
	struct str text = arena_copy(&arena, buf_str(&b));
	buf_release(&b);
	return text;
}

static void is_told_to_people(void)
{
	struct buf none = { 0 };
	ASSERT_STR(told("spring", "2"), " (list \"spring\", lot \"2\")");
	ASSERT_STR(told(NULL, "2"), " (no list, lot \"2\")");
	ASSERT_STR(told("", NULL), " (list \"\", no lot)");
	ASSERT_STR(told("3:a\n", "-"), " (list \"3:a\\x0a\", lot \"-\")");
	identity_tell(&none, within, 2, (struct str){ 0 });
	CU_ASSERT_EQUAL(none.n, 0);
	arena_release(&arena);
}

/* ---- of records ---- */

/* "bytes of the scope/all bytes", or "!" and what is at fault. */
static struct str found(const struct contract *c, const char *text)
{
	struct err e = { 0 };
	struct identity id;
	const char *expected;
	const struct json *record = json_parse(str_of(text), "t", ERR_INPUT, &arena, &e);
	const struct json *bad = identity_of(c, record, &arena, &id, &expected);
	if (bad)
		return arena_printf(&arena, "!%s, expected %s", json_kind_name(bad), expected);
	return arena_printf(&arena, "%zu/%.*s", id.scope, STR_ARG(identity_bytes(id)));
}

static void is_read_from_a_record(void)
{
	static const char *const cases[][2] = {
		{ "{\"id\":\"A\",\"list\":\"x\",\"lot\":2.50}", "9/1:x4:2.50A" },
		{ "{\"lot\":\"2\",\"id\":7}", "4/-1:27" },
		{ "{\"id\":\"A\",\"list\":null,\"lot\":\"\"}", "3/-0:A" },
		{ "{\"list\":\"x\",\"lot\":1}", "0/" }, /* nothing is known by no key */
		{ "{\"id\":\"\",\"list\":\"x\"}", "0/" },
		{ "[]", "!an array, expected a record, an object" },
		{ "{\"id\":null}", "!null, expected a string or a number as the record's key" },
		{ "{\"id\":\"A\",\"list\":[\"x\"]}", "!an array, expected a string or a number as \"list\", which the record's key holds within" },
		{ "{\"id\":\"A\",\"lot\":true}", "!true, expected a string or a number as \"lot\", which the record's key holds within" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ASSERT_STR(found(&scoped, cases[i][0]), cases[i][1]);
	ASSERT_STR(found(&keyed, "{\"id\":\"A\",\"list\":[1]}"), "0/A");
	arena_release(&arena);
}

static struct value of_text(const char *s)
{
	return value_text(str_of(s));
}

static struct str of_values(struct value key, struct value list, struct value lot)
{
	static const int at[] = { 2, 0 }; /* in the order of the contract */
	static const struct contract_field lots = { .name = { "lot", 3 }, .type = FIELD_INTEGER };
	static const struct record_field fields[] = { { .name = { "lot", 3 }, .contract = &lots }, { .name = { "id", 2 } },
		{ .name = { "list", 4 } } };
	static const struct record_shape shape = { .contract = &scoped, .fields = fields, .count = 3, .key = 1, .within = at,
		.within_count = 2 };
	const struct value values[] = { lot, key, list };
	struct identity id = record_identity(&shape, values, &arena);
	ASSERT_STR(id.key, arena_copy(&arena, record_key(&shape, values, &arena)).p);
	return identity_bytes(id);
}

static void is_made_of_values(void)
{
	struct decimal d;
	CU_ASSERT_EQUAL_FATAL(decimal_parse(STR("2.00"), &d), DECIMAL_OK);
	struct value two = value_number(d, VALUE_DECIMAL), whole = value_number(decimal_of(2), VALUE_INTEGER);
	ASSERT_STR(of_values(of_text("A"), of_text("x"), two), "1:x1:2A");
	ASSERT_STR(of_values(of_text("A"), of_text("x"), whole), "1:x1:2A"); /* by its size, as a key */
	ASSERT_STR(of_values(of_text("A"), value_empty(), whole), "-1:2A");
	ASSERT_STR(of_values(of_text("A"), of_text("x"), value_empty()), "1:x-A");
	ASSERT_STR(of_values(value_empty(), of_text("x"), two), "");
	arena_release(&arena);
}

/* ---- read back ---- */

static void put(const char *dir, const char *name, const char *text)
{
	struct err e = { 0 };
	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	CU_ASSERT_EQUAL_FATAL(io_write_file(fd, name, str_of(text), &e), 0);
	close(fd);
}

static int read_lines(const struct contract *c, const char *text, struct payload_body *out, struct err *e)
{
	struct payload_file f = { .name = STR("f"), .records = 3 };
	struct payload_lines part = { .records = 3, .bytes = strlen(text), .rows_bytes = 6 };
	const char *dir = unit_folder();
	put(dir, "f", text);
	put(dir, "f.rows", "1\n2\n3\n");
	digest_of(str_of(text), part.sum);
	return payload_read_lines(dir, &f, &part, c, &arena, out, e);
}

static int read_body(const struct contract *c, const char *text, struct payload_body *out, struct err *e)
{
	struct payload_file f = { .name = STR("f"), .records = 3 };
	const char *dir = unit_folder();
	put(dir, "f", text);
	put(dir, "f.rows", "1\n2\n3\n");
	return payload_read_body(dir, &f, c, &arena, out, e);
}

static void check_three(const struct payload_body *b)
{
	static const char *const wanted[][2] = { { "A", "1:x-A" }, { "A", "1:y1:1A" }, { "", "" } };
	for (size_t i = 0; i < 3; i++) {
		ASSERT_STR(b->keys[i], wanted[i][0]);
		ASSERT_STR(identity_bytes(payload_identity(b, i)), wanted[i][1]);
	}
}

static void is_read_back_with_bodies_and_lines(void)
{
	struct contract lines = scoped, array = scoped, plain = keyed;
	struct payload_body b;
	struct err e = { 0 };
	lines.style = plain.style = FILE_LINES;
	array.style = FILE_ARRAY;
	CU_ASSERT_EQUAL_FATAL(read_lines(&lines, "{\"id\":\"A\",\"list\":\"x\"}\n{\"lot\":1,\"id\":\"A\",\"list\":\"y\"}\n{}\n", &b, &e), 0);
	check_three(&b);
	CU_ASSERT_EQUAL_FATAL(read_body(&array, "[{\"id\":\"A\",\"list\":\"x\"},{\"lot\":1,\"id\":\"A\",\"list\":\"y\"},{}]", &b, &e), 0);
	check_three(&b);
	CU_ASSERT_EQUAL_FATAL(read_lines(&plain, "{\"id\":\"A\",\"list\":\"x\"}\n{\"id\":\"A\"}\n{}\n", &b, &e), 0);
	CU_ASSERT_PTR_NULL(b.scopes);
	ASSERT_STR(identity_bytes(payload_identity(&b, 0)), "A");
	arena_release(&arena);
}

static void says_where_it_cannot_be_told(void)
{
	struct contract lines = scoped, array = scoped;
	struct payload_body b;
	struct err e = { 0 }, other = { 0 };
	lines.style = FILE_LINES;
	array.style = FILE_ARRAY;
	CU_ASSERT_EQUAL(read_lines(&lines, "{\"id\":\"A\"}\n{\"id\":\"B\",\"list\":{}}\n{}\n", &b, &e), -1);
	CU_ASSERT_EQUAL(e.line, 2);
	CU_ASSERT(str_find(str_of(e.message), STR("found an object, expected a string or a number as \"list\"")) >= 0);
	CU_ASSERT_EQUAL(read_body(&array, "[{\"id\":\"A\"},\n{\"id\":\"B\",\"list\":{}},{}]", &b, &other), -1);
	CU_ASSERT_EQUAL(other.line, 2);
	CU_ASSERT_STRING_EQUAL(other.pointer, "/1/list");
	arena_release(&arena);
}

/* ---- what a contract says ---- */

#define CONTRACT(top, more) "{\"qonduit_contract\":1,\"target\":\"shop.prices\",\"title\":\"T\"," top \
	"\"fields\":{\"id\":{\"type\":\"string\"},\"list\":{\"type\":\"string\"},\"lot\":{\"type\":\"integer\"}," \
	"\"price\":{\"type\":\"number\"}}" more "}"
#define LINES ",\"file\":{\"style\":\"lines\",\"extension\":\"x\"}"
#define WIRE(more) ",\"file\":{\"style\":\"array\",\"extension\":\"json\"},\"wire\":{\"system\":\"s\",\"method\":\"POST\"," \
	"\"path\":\"/p\",\"success\":[200]," more "}"

static struct str faults_of(const char *text, struct contract *c)
{
	struct faults faults;
	struct buf all = { 0 };
	faults_init(&faults, &arena);
	contract_read(str_of(text), "x.json", &arena, c, &faults);
	for (const struct fault *f = faults.first; f; f = f->next) {
		err_print(&f->what, &all);
		buf_addc(&all, '\n');
	}
	struct str lines = arena_copy(&arena, buf_str(&all));
	buf_release(&all);
	return lines;
}

static void is_named_by_a_contract(void)
{
	struct contract c;
	ASSERT_STR(faults_of(CONTRACT("\"key\":\"id\",\"within\":[\"list\",\"lot\"],", LINES), &c), "");
	CU_ASSERT_EQUAL_FATAL(c.within_count, 2);
	ASSERT_STR(c.within[0], "list");
	ASSERT_STR(c.within[1], "lot");
	ASSERT_STR(faults_of(CONTRACT("\"key\":\"id\",", LINES), &c), "");
	CU_ASSERT_EQUAL(c.within_count, 0);
	arena_release(&arena);
}

static void is_refused_where_it_would_mislead(void)
{
	static const char *const wrong[][2] = {
		{ CONTRACT("\"within\":[\"list\"],", LINES), "expected \"key\" beside it (at /within)" },
		{ CONTRACT("\"key\":\"id\",\"within\":\"list\",", LINES), "found a string, expected a list of one field or more" },
		{ CONTRACT("\"key\":\"id\",\"within\":[],", LINES), "expected a list of one field or more" },
		{ CONTRACT("\"key\":\"id\",\"within\":[1],", LINES), "found a number, expected a string (at /within/0)" },
		{ CONTRACT("\"key\":\"id\",\"within\":[\"lits\"],", LINES), "did you mean \"list\"" },
		{ CONTRACT("\"key\":\"id\",\"within\":[\"list\",\"id\"],", LINES), "\"id\" is the key itself, expected each field once (at /within/1)" },
		{ CONTRACT("\"key\":\"id\",\"within\":[\"list\",\"lot\",\"list\"],", LINES), "\"list\" is named twice" },
		{ CONTRACT("\"key\":\"id\",\"within\":[\"price\"],", LINES), "\"price\" is a number, expected a field that is a string or a whole number" },
		{ CONTRACT("\"key\":\"id\",\"within\":[\"list\"],", WIRE("\"items\":{\"list\":\"r\",\"key\":\"id\"}")),
			"\"items\" ties results to records by their key alone" },
		{ CONTRACT("\"key\":\"id\",\"within\":[\"list\"],", WIRE("\"job\":{\"id\":\"j\",\"path\":\"/j\",\"id_parameter\":\"j\","
			"\"state\":\"s\",\"done\":[\"d\"]}")), "\"job\" ties results to records by their key alone" },
	};
	struct contract c;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct str said = faults_of(wrong[i][0], &c);
		if (str_find(said, str_of(wrong[i][1])) < 0)
			ASSERT_STR(said, wrong[i][1]);
	}
	arena_release(&arena);
}

UNIT_SUITE(identity, UNIT(is_the_key_where_nothing_is_within_anything), UNIT(tells_any_two_apart), UNIT(is_told_to_people),
	UNIT(is_read_from_a_record), UNIT(is_made_of_values), UNIT(is_read_back_with_bodies_and_lines),
	UNIT(says_where_it_cannot_be_told), UNIT(is_named_by_a_contract), UNIT(is_refused_where_it_would_mislead))
