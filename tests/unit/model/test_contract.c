#include "qonduit/contract.h"

#include <fcntl.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "unit.h"

static struct arena arena;
static struct faults faults;
static struct contracts contracts;

/* A folder with one file of this text. */
static const char *folder_with(const char *name, const char *text)
{
	const char *dir = unit_folder();
	struct err e = { 0 };
	struct str path = arena_printf(&arena, "%s/%s", dir, name);
	CU_ASSERT_EQUAL(io_replace_file(path.p, str_of(text), 0600, &e), 0);
	return dir;
}

static int load(const char *folder)
{
	faults_init(&faults, &arena);
	return contracts_load(folder, &arena, &contracts, &faults);
}

/* Reads one contract and gives back its faults, one a line. */
static struct str faults_of(const char *text)
{
	struct contract c;
	struct buf all = { 0 };
	faults_init(&faults, &arena);
	contract_read(str_of(text), "x.json", &arena, &c, &faults);
	for (const struct fault *f = faults.first; f; f = f->next) {
		err_print(&f->what, &all);
		buf_addc(&all, '\n');
	}
	struct str lines = arena_copy(&arena, buf_str(&all));
	buf_release(&all);
	return lines;
}

/* A contract that is right but for what is put in place of %s, in front of its file. */
#define WITH(part) "{\"qonduit_contract\":1,\"target\":\"shop.things\",\"title\":\"T\"," part "\"file\":{\"style\":\"lines\",\"extension\":\"ndjson\"}}"

static void knows_the_shipped_targets(void)
{
	CU_ASSERT_EQUAL(load(NULL), 0);
	CU_ASSERT_EQUAL(faults.errors, 0);
	const char *const targets[] = { "file.csv", "file.json", "file.ndjson", "google.feed", "quarticon.feed", "quotiza.products" };
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
		CU_ASSERT_PTR_NOT_NULL(contracts_find(&contracts, str_of(targets[i])));
	for (size_t i = 1; i < contracts.count; i++)
		CU_ASSERT(str_cmp(contracts.all[i - 1]->target, contracts.all[i]->target) < 0);
	CU_ASSERT_PTR_NULL(contracts_find(&contracts, STR("quotiza.product")));
	arena_release(&arena);
}

static void takes_quotiza_from_its_documentation(void)
{
	CU_ASSERT_EQUAL(load(NULL), 0);
	const struct contract *c = contracts_find(&contracts, STR("quotiza.products"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(c->field_count, 20);
	size_t required = 0;
	for (size_t i = 0; i < c->field_count; i++)
		required += c->fields[i].required;
	CU_ASSERT_EQUAL(required, 3);
	const struct contract_field *sku = contract_field(c, STR("sku")), *cost = contract_field(c, STR("cost")),
		*active = contract_field(c, STR("active")), *units = contract_field(c, STR("base_units_per_sales_unit"));
	CU_ASSERT(sku->required && sku->type == FIELD_STRING && sku->warn_min_length == 3 && sku->min_length == 0);
	CU_ASSERT(cost->type == FIELD_NUMBER && cost->warn_has_minimum && !cost->has_minimum && cost->places == -1);
	CU_ASSERT(active->type == FIELD_BOOLEAN && units->type == FIELD_INTEGER);
	ASSERT_STR(active->standard, "true");
	ASSERT_STR(units->standard, "1");
	ASSERT_STR(contract_field(c, STR("name"))->doc, "Name of the product.");
	ASSERT_STR(c->key, "sku");
	ASSERT_STR(c->account, "account_id");
	ASSERT_STR(c->records, "products");
	CU_ASSERT_EQUAL(c->records_per_request, 1000);
	CU_ASSERT_EQUAL(c->bytes_per_request, 8u << 20);
	CU_ASSERT(c->style == FILE_BATCHES && c->has_wire && c->wire.idempotent && c->wire.has_job);
	ASSERT_STR(c->wire.path, "/products/import");
	int64_t status;
	CU_ASSERT(c->wire.success->count == 1 && json_to_i64(c->wire.success->child, &status) && status == 202);
	ASSERT_STR(c->wire.stop_codes[1], "missing_account_id");
	CU_ASSERT_PTR_NULL(c->wire.stop_codes[2].p);
	ASSERT_STR(c->wire.job.running[1], "processing");
	ASSERT_STR(c->wire.job.done[0], "completed");
	ASSERT_STR(c->wire.job.error_key, "sku");
	ASSERT_STR(c->wire.job.gone_code, "job_not_found");
	arena_release(&arena);
}

static void takes_a_target_from_a_folder(void)
{
	const char *dir = folder_with("any-name.json",
		"{ \"qonduit_contract\": 1, \"$comment\": \"made up\", \"target\": \"shop.things\", \"title\": \"Things\", \"key\": \"id\",\n"
		"  \"fields\": {\n"
		"    \"id\": { \"type\": \"integer\", \"required\": true, \"minimum\": 1 },\n"
		"    \"price\": { \"type\": \"number\", \"style\": \"string\", \"places\": 2, \"minimum\": 0.01,\n"
		"      \"maximum\": 99.5, \"warn\": { \"maximum\": 50 } },\n"
		"    \"kind\": { \"type\": \"string\", \"values\": [\"a\", \"b\"], \"min_length\": 1, \"max_length\": 9 },\n"
		"    \"parts\": { \"type\": \"list\", \"element\": \"object\", \"fields\": { \"no\": { \"type\": \"any\" } } } },\n"
		"  \"file\": { \"style\": \"batches\", \"extension\": \"json\" },\n"
		"  \"wire\": { \"system\": \"shop\", \"method\": \"PUT\", \"path\": \"/things\", \"success\": [200, 201] } }");
	CU_ASSERT_EQUAL(load(dir), 0);
	CU_ASSERT_EQUAL(faults.warnings, 1); /* nobody knows the system */
	CU_ASSERT_STRING_EQUAL(faults.first->what.code, "contract.system");
	CU_ASSERT_STRING_EQUAL(faults.first->what.pointer, "/wire/system");
	CU_ASSERT_EQUAL(faults.first->what.line, 9);
	const struct contract *c = contracts_find(&contracts, STR("shop.things"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT(c->field_count == 4 && !c->open && c->style == FILE_BATCHES && c->has_wire && !c->wire.has_job);
	const struct contract_field *price = contract_field(c, STR("price")), *kind = contract_field(c, STR("kind")),
		*parts = contract_field(c, STR("parts"));
	CU_ASSERT(price->number_as_string && price->places == 2 && price->has_minimum && price->minimum.mantissa == 1);
	CU_ASSERT(price->has_maximum && price->maximum.mantissa == 995 && price->warn_has_maximum && price->warn_maximum.mantissa == 50);
	CU_ASSERT(kind->value_count == 2 && kind->min_length == 1 && kind->max_length == 9);
	CU_ASSERT(parts->element == FIELD_OBJECT && parts->field_count == 1 && parts->fields[0].type == FIELD_ANY);
	CU_ASSERT_PTR_NULL(c->wire.stop_codes[0].p);
	CU_ASSERT_PTR_NULL(c->wire.job.failed[0].p);
	CU_ASSERT_PTR_NOT_NULL(contracts_find(&contracts, STR("quotiza.products")));
	arena_release(&arena);
}

static void replaces_a_built_in_contract_and_changes_its_version(void)
{
	CU_ASSERT_EQUAL(load(NULL), 0);
	size_t built_in = contracts.count;
	struct str before = contracts_find(&contracts, STR("file.csv"))->version;
	CU_ASSERT_EQUAL(before.n, 16);
	const char *dir = folder_with("file.csv.json",
		"{\"qonduit_contract\":1,\"target\":\"file.csv\",\"title\":\"Ours\",\"open\":true,\"file\":{\"style\":\"table\",\"extension\":\"csv\"}}");
	CU_ASSERT_EQUAL(load(dir), 0);
	CU_ASSERT_EQUAL(contracts.count, built_in);
	const struct contract *c = contracts_find(&contracts, STR("file.csv"));
	ASSERT_STR(c->title, "Ours");
	CU_ASSERT_FALSE(str_eq(c->version, before));
	arena_release(&arena);
}

static void refuses_two_files_for_one_target(void)
{
	const char *dir = folder_with("a.json", WITH("\"open\":true,"));
	struct err e = { 0 };
	CU_ASSERT_EQUAL(io_replace_file(arena_printf(&arena, "%s/b.json", dir).p, str_of(WITH("\"open\":true,")), 0600, &e), 0);
	CU_ASSERT_EQUAL(load(dir), -1);
	CU_ASSERT_EQUAL(faults.errors, 1);
	CU_ASSERT(str_ends(str_of(faults.first->what.file), STR("/b.json")));
	arena_release(&arena);
}

static void refuses_a_folder_that_is_not_there(void)
{
	CU_ASSERT_EQUAL(load("/nowhere/at/all"), -1);
	CU_ASSERT_EQUAL(faults.first->what.class, ERR_USAGE);
	arena_release(&arena);
}

static void tells_every_fault_with_its_place(void)
{
	ASSERT_STR(faults_of("{\n  \"qonduit_contract\": 2,\n  \"target\": \"shop.things\", \"titel\": \"T\",\n"
		"  \"fields\": { \"a\": { \"type\": \"strnig\", \"required\": \"yes\" } },\n"
		"  \"file\": { \"style\": \"lines\" } }"),
		"x.json:2:23: found 2, expected 1: the format of contracts that is known here (at /qonduit_contract)\n"
		"x.json:3:28: \"titel\" is no key of a contract here; did you mean \"title\"? (at /titel)\n"
		"x.json:4:30: \"strnig\" is no type of a field; did you mean \"string\"? (at /fields/a/type)\n"
		"x.json:4:52: found a string, expected true or false (at /fields/a/required)\n"
		"x.json:5:11: the key \"extension\" is missing here (at /file)\n"
		"x.json:1:1: the key \"title\" is missing here\n");
	arena_release(&arena);
}

static void says_which_words_are_known(void)
{
	CU_ASSERT(str_find(faults_of(WITH("\"open\":true,\"zzzzzz\":1,")),
		STR("\"zzzzzz\" is no key of a contract here; expected one of qonduit_contract, ")) >= 0);
	arena_release(&arena);
}

static void refuses_what_makes_no_sense_together(void)
{
	static const char *const wrong[][2] = {
		{ WITH(""), "neither \"fields\" nor \"open\"" },
		{ WITH("\"key\":\"skuu\",\"fields\":{\"sku\":{\"type\":\"string\"}},"), "did you mean \"sku\"" },
		{ WITH("\"fields\":{\"a\":{\"type\":\"number\",\"max_length\":3}},"), "\"max_length\" says nothing about a number" },
		{ WITH("\"fields\":{\"a\":{\"type\":\"boolean\",\"warn\":{\"minimum\":3}}},"), "\"minimum\" says nothing about true or false" },
		{ WITH("\"fields\":{\"a\":{\"type\":\"string\",\"maximum\":3}},"), "\"maximum\" says nothing about a string" },
		{ WITH("\"fields\":{\"a\":{\"type\":\"number\",\"minimum\":1.5,\"maximum\":1.4}},"), "found 1.5, expected at most the \"maximum\" of 1.4" },
		{ WITH("\"fields\":{\"a\":{\"type\":\"string\",\"min_length\":4,\"max_length\":3}},"), "found 4, expected at most" },
		{ WITH("\"fields\":{\"a\":{\"type\":\"string\",\"min_length\":1.5}},"), "found 1.5, expected a whole number from 1" },
		{ WITH("\"fields\":{\"a\":{\"type\":\"list\",\"fields\":{\"b\":{\"type\":\"any\"}}}},"), "expected \"element\": \"object\"" },
		{ WITH("\"fields\":{\"a\":{\"type\":\"string\",\"values\":[\"x\",1]}},"), "found a number, expected a string (at /fields/a/values/1)" },
		{ WITH("\"fields\":{\"a\":{\"type\":\"number\",\"characters\":\"0-9\"}},"), "\"characters\" says nothing about a number" },
		{ WITH("\"fields\":{\"a\":{\"type\":\"string\",\"characters\":\"z-a\"}},"), "found \"z-a\", expected ASCII characters and ranges" },
		{ WITH("\"fields\":{\"a\":{\"type\":\"string\",\"characters\":\"a-é\"}},"), "expected ASCII characters and ranges" },
		{ WITH("\"fields\":{\"a\":{\"type\":\"string\",\"characters\":\"\\t\"}},"), "expected ASCII characters and ranges" },
		{ WITH("\"fields\":{\"a\":{\"type\":\"string\",\"characters\":\"\"}},"), "found an empty string" },
		{ WITH("\"fields\":{\"a\":{\"type\":\"string\",\"max_items\":3}},"), "\"max_items\" says nothing about a string" },
		{ WITH("\"fields\":{\"a\":{\"type\":\"list\",\"max_items\":0}},"), "found 0, expected a whole number from 1" },
		{ WITH("\"open\":true,\"wire\":{\"system\":\"s\",\"method\":\"POST\",\"path\":\"things\",\"success\":[200]},"), "begins with \"/\"" },
		{ WITH("\"open\":true,\"wire\":{\"system\":\"s\",\"method\":\"GET\",\"path\":\"/t\",\"success\":[200]},"), "\"GET\" is no method" },
		{ WITH("\"open\":true,\"wire\":{\"system\":\"s\",\"method\":\"POST\",\"path\":\"/t\",\"success\":[]},"), "a list of HTTP statuses" },
		{ WITH("\"open\":true,\"wire\":{\"system\":\"s\",\"method\":\"POST\",\"path\":\"/t\",\"success\":[200],\"idempotent\":true},"),
			"expected \"key\" at the top" },
		{ WITH("\"open\":true,\"title\":\"U\","), "x.json:1:" },
		{ "{\"qonduit_contract\":1,\"target\":\"../up\",\"title\":\"T\",\"open\":true,\"file\":{\"style\":\"array\",\"extension\":\"a/b\"}}",
			"found \"a/b\", expected small letters" },
		{ "{\"qonduit_contract\":1,\"target\":\"../up.x\",\"title\":\"T\",\"open\":true,\"file\":{\"style\":\"array\",\"extension\":\"json\"}}",
			"found \"../up.x\", expected two or more words" },
		{ "{\"qonduit_contract\":1,\"target\":\"rejects.csv\",\"title\":\"T\",\"open\":true,\"file\":{\"style\":\"table\",\"extension\":\"csv\"}}",
			"would be mistaken for rejects.csv" },
		{ "{\"qonduit_contract\":1,\"target\":\"a.b\",\"title\":\"T\",\"open\":true,"
			"\"file\":{\"style\":\"table\",\"extension\":\"csv\",\"records\":\"r\"}}", "\"records\" is for the style \"batches\"" },
		{ "{\"qonduit_contract\":1,\"target\":\"a.b\",\"title\":\"T\",\"open\":true,"
			"\"file\":{\"style\":\"batches\",\"extension\":\"json\",\"account\":\"r\"}}", "expected \"records\" beside it" },
		{ "{\"qonduit_contract\":1,\"target\":\"shop.report\",\"title\":\"T\",\"fields\":{\"a\":{\"type\":\"string\"}},"
			"\"file\":{\"style\":\"workbook\",\"extension\":\"xlsx\"}}", "the titles of a workbook are those of the mapping" },
		{ "{\"qonduit_contract\":1,\"target\":\"shop.report\",\"title\":\"T\",\"open\":true,\"key\":\"a\","
			"\"file\":{\"style\":\"workbook\",\"extension\":\"xlsx\"}}", "the titles of a workbook are those of the mapping" },
		{ "[]", "found an array, expected an object" },
		{ "{", "x.json:1:" },
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct str found = faults_of(wrong[i][0]);
		if (str_find(found, str_of(wrong[i][1])) < 0)
			ASSERT_STR(found, wrong[i][1]);
	}
	arena_release(&arena);
}

/* An XML contract whose fields are these, with what is put behind its file's style. */
#define XML_OF(fields, more) "{\"qonduit_contract\":1,\"target\":\"shop.feed\",\"title\":\"T\",\"fields\":{" fields "}," \
	"\"file\":{\"style\":\"xml\",\"extension\":\"xml\"" more "}}"
#define FRAME ",\"xml\":{\"elements\":[{\"name\":\"a\",\"attributes\":{\"xmlns:g\":\"http://g\"}}],\"record\":\"r\"}"
#define XML(fields) XML_OF(fields, FRAME)
#define FRAMED(xml) XML_OF("\"id\":{\"type\":\"string\"}", ",\"xml\":" xml)

static void takes_how_records_stand_in_xml(void)
{
	static const char text[] = XML_OF("\"id\":{\"type\":\"string\",\"characters\":\"-A-Ca_\",\"xml\":{\"name\":\"g:id\",\"cdata\":true}},"
		"\"on\":{\"type\":\"boolean\",\"xml\":{\"true\":\"1\",\"false\":\"0\"}},"
		"\"tags\":{\"type\":\"list\",\"element\":\"object\",\"max_items\":6,\"xml\":{\"name\":\"g:tag_#\"},\"fields\":{"
		"\"no\":{\"type\":\"integer\",\"xml\":{\"place\":\"attribute\",\"name\":\"xml:id\"}},"
		"\"word\":{\"type\":\"string\",\"xml\":{\"place\":\"text\"}}}}",
		",\"xml\":{\"elements\":[{\"name\":\"a\",\"attributes\":{\"xmlns\":\"u\",\"xmlns:g\":\"v\",\"g:x\":\"1\"}},{\"name\":\"g:b\"}],"
		"\"record\":\"g:r\",\"head\":{\"title\":{\"type\":\"string\",\"required\":true}}}");
	struct contract c;
	ASSERT_STR(faults_of(text), "");
	CU_ASSERT_EQUAL_FATAL(contract_read(STR(text), "x.json", &arena, &c, &faults), 0);
	CU_ASSERT(c.style == FILE_XML && c.frame.element_count == 2 && c.frame.head_count == 1 && c.frame.head[0].required);
	ASSERT_STR(c.frame.record, "g:r");
	ASSERT_STR(c.frame.elements[0].attributes[1], "xmlns:g");
	ASSERT_STR(c.frame.elements[0].values[1], "v");
	CU_ASSERT(c.frame.elements[0].attribute_count == 3 && c.frame.elements[1].attribute_count == 0);
	const struct contract_field *id = contract_field(&c, STR("id")), *on = contract_field(&c, STR("on")),
		*tags = contract_field(&c, STR("tags"));
	ASSERT_STR(id->xml.name, "g:id");
	CU_ASSERT(id->xml.cdata && id->xml.place == XML_ELEMENT);
	for (int b = 0; b < 256; b++)
		CU_ASSERT_EQUAL(id->character[b], b && strchr("-ABCa_", b) != NULL);
	ASSERT_STR(on->xml.yes, "1");
	ASSERT_STR(on->xml.no, "0");
	CU_ASSERT(tags->max_items == 6 && tags->fields[0].xml.place == XML_ATTRIBUTE && tags->fields[1].xml.place == XML_TEXT);
	CU_ASSERT_PTR_NULL(on->character);
	arena_release(&arena);
}

static void refuses_what_is_no_xml(void)
{
	static const char *const wrong[][2] = {
		{ WITH("\"fields\":{\"a\":{\"type\":\"string\",\"xml\":{\"cdata\":true}}},"), "\"xml\" is for the style \"xml\"" },
		{ WITH("\"fields\":{\"a\":{\"type\":\"object\",\"fields\":{\"b\":{\"type\":\"string\",\"xml\":{}}}}},"), "/fields/a/fields/b/xml" },
		{ "{\"qonduit_contract\":1,\"target\":\"a.b\",\"title\":\"T\",\"open\":true,"
			"\"file\":{\"style\":\"lines\",\"extension\":\"x\",\"quote_formulas\":true}}", "\"quote_formulas\" is for the style \"table\"" },
		{ "{\"qonduit_contract\":1,\"target\":\"a.b\",\"title\":\"T\",\"open\":true,\"file\":{\"style\":\"lines\",\"extension\":\"x\",\"xml\":"
			"{\"elements\":[{\"name\":\"a\"}],\"record\":\"r\"}}}", "\"xml\" is for the style \"xml\"; expected without it (at /file/xml)" },
		{ XML_OF("\"id\":{\"type\":\"string\"}", ""), "nothing says what stands around the records" },
		{ "{\"qonduit_contract\":1,\"target\":\"a.b\",\"title\":\"T\",\"open\":true,\"file\":{\"style\":\"xml\",\"extension\":\"xml\"" FRAME "}}",
			"expected \"fields\", and no \"open\"" },
		{ FRAMED("{\"elements\":[],\"record\":\"r\"}"), "expected a list with an element or more" },
		{ FRAMED("{\"elements\":[{\"name\":\"a\"}]}"), "the key \"record\" is missing here" },
		{ FRAMED("{\"elements\":[{\"name\":\"a b\"}],\"record\":\"r\"}"), "found \"a b\", expected a name of XML" },
		{ FRAMED("{\"elements\":[{\"name\":\"a\"}],\"record\":\"1\"}"), "found \"1\", expected a name of XML" },
		{ FRAMED("{\"elements\":[{\"name\":\"a\",\"attributes\":{\"x=\":\"1\"}}],\"record\":\"r\"}"), "found \"x=\", expected a name of XML" },
		{ FRAMED("{\"elements\":[{\"name\":\"a\",\"attributes\":{\"x\":1}}],\"record\":\"r\"}"), "found a number, expected a string" },
		{ FRAMED("{\"elements\":[{\"name\":\"a\",\"attributes\":{\"x\":\"\\u0001\"}}],\"record\":\"r\"}"), "found U+0001, which XML does not have" },
		{ FRAMED("{\"elements\":[{\"name\":\"a\"}],\"record\":\"g:r\"}"), "nothing declares the prefix of \"g:r\"; expected \"xmlns:g\"" },
		{ FRAMED("{\"elements\":[{\"name\":\"g:a\"},{\"name\":\"b\",\"attributes\":{\"xmlns:g\":\"u\"}}],\"record\":\"r\"}"),
			"nothing declares the prefix of \"g:a\"" },
		{ FRAMED("{\"elements\":[{\"name\":\"a\",\"attributes\":{\"xmlns:xml\":\"u\"}}],\"record\":\"r\"}"), "this is no prefix" },
		{ FRAMED("{\"elements\":[{\"name\":\"a\",\"attributes\":{\"xmlns:1\":\"u\"}}],\"record\":\"r\"}"), "this is no prefix" },
		{ FRAMED("{\"elements\":[{\"name\":\"a\"}],\"record\":\"r\",\"head\":{\"a b\":{\"type\":\"string\"}}}"), "found \"a b\", expected a name of XML" },
		{ FRAMED("{\"elements\":[{\"name\":\"a\"}],\"record\":\"r\",\"head\":{\"a\":{\"type\":\"any\"}}}"), "nothing says how any value stands in XML" },
		{ XML("\"a b\":{\"type\":\"string\"}"), "found \"a b\", expected a name of XML" },
		{ XML("\"a\":{\"type\":\"string\",\"xml\":{\"name\":\"h:a\"}}"), "nothing declares the prefix of \"h:a\"" },
		{ XML("\"a\":{\"type\":\"string\",\"xml\":{\"name\":\"xmlns:a\"}}"), "a namespace is declared among" },
		{ XML("\"a\":{\"type\":\"string\",\"xml\":{\"element\":\"b\"}}"), "\"element\" is no key of a contract here" },
		{ XML("\"a\":{\"type\":\"string\",\"xml\":{\"name\":\"a_#\"}}"), "expected it only in the name of a list" },
		{ XML("\"a\":{\"type\":\"list\",\"element\":\"string\",\"xml\":{\"name\":\"#a\"}}"), "expected a name of XML" },
		{ XML("\"a\":{\"type\":\"list\",\"element\":\"string\",\"xml\":{\"name\":\"a##\"}}"), "expected a name of XML" },
		{ XML("\"a\":{\"type\":\"list\"}"), "expected an \"element\" that is no list" },
		{ XML("\"a\":{\"type\":\"list\",\"element\":\"list\"}"), "expected an \"element\" that is no list" },
		{ XML("\"a\":{\"type\":\"list\",\"element\":\"object\"}"), "nothing says how this object stands in XML" },
		{ XML("\"a\":{\"type\":\"object\"}"), "nothing says how this object stands in XML" },
		{ XML("\"a\":{\"type\":\"any\"}"), "nothing says how any value stands in XML" },
		{ XML("\"a\":{\"type\":\"string\",\"xml\":{\"place\":\"attribute\"}}"), "a record has no attributes and no text" },
		{ XML("\"a\":{\"type\":\"string\",\"xml\":{\"place\":\"txt\"}}"), "did you mean \"text\"?" },
		{ XML("\"a\":{\"type\":\"number\",\"xml\":{\"cdata\":true}}"), "CDATA is for strings in elements" },
		{ XML("\"a\":{\"type\":\"string\",\"xml\":{\"true\":\"1\"}}"), "are the texts of a boolean" },
		{ XML("\"a\":{\"type\":\"boolean\",\"xml\":{\"true\":\"1\",\"false\":\"1\"}}"), "true and false are the same text" },
		{ XML("\"a\":{\"type\":\"object\",\"fields\":{\"b\":{\"type\":\"string\",\"xml\":{\"place\":\"text\"}},\"c\":{\"type\":\"string\"}}}"),
			"an object that is text holds nothing else" },
		{ XML("\"a\":{\"type\":\"object\",\"fields\":{\"b\":{\"type\":\"string\",\"xml\":{\"place\":\"text\"}},\"c\":{\"type\":\"string\","
			"\"xml\":{\"place\":\"text\"}}}}"), "an object that is text holds nothing else" },
		{ XML("\"a\":{\"type\":\"object\",\"fields\":{\"b\":{\"type\":\"string\",\"xml\":{\"place\":\"text\",\"name\":\"c\"}}}}"), "text has no name" },
		{ XML("\"a\":{\"type\":\"object\",\"fields\":{\"b\":{\"type\":\"string\",\"xml\":{\"place\":\"attribute\"}},\"c\":{\"type\":\"string\","
			"\"xml\":{\"place\":\"attribute\",\"name\":\"b\"}}}}"), "an attribute before it has this name" },
		{ XML("\"a\":{\"type\":\"object\",\"fields\":{\"b\":{\"type\":\"list\",\"element\":\"string\",\"xml\":{\"place\":\"attribute\"}}}}"),
			"objects and lists are elements" },
		{ XML("\"a\":{\"type\":\"object\",\"fields\":{\"b\":{\"type\":\"string\",\"xml\":{\"place\":\"attribute\",\"cdata\":true}}}}"),
			"CDATA is for strings in elements" },
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct str found = faults_of(wrong[i][0]);
		if (str_find(found, str_of(wrong[i][1])) < 0)
			ASSERT_STR(found, wrong[i][1]);
	}
	ASSERT_STR(faults_of(XML("\"a\":{\"type\":\"string\"}")), "");
	arena_release(&arena);
}

static void names_types_both_ways(void)
{
	for (int t = 0; t <= FIELD_LIST; t++)
		CU_ASSERT_EQUAL(field_type_of(str_of(field_type_word((enum field_type)t))), t);
	CU_ASSERT_EQUAL(field_type_of(STR("text")), -1);
	CU_ASSERT_STRING_EQUAL(field_type_name(FIELD_INTEGER), "a whole number");
}

static void takes_what_is_suspect_and_refuses_what_a_field_never_is(void)
{
	struct contract c;
	faults_init(&faults, &arena);
	CU_ASSERT_EQUAL(contract_read(STR(WITH("\"fields\":{\"n\":{\"type\":\"integer\",\"suspect\":0},\"p\":{\"type\":\"string\",\"suspect\":0.50},"
		"\"s\":{\"type\":\"string\",\"suspect\":\"none\"},\"b\":{\"type\":\"boolean\",\"suspect\":false},\"x\":{\"type\":\"any\"}},")), "x.json",
		&arena, &c, &faults), 0);
	CU_ASSERT(c.fields[0].suspect.type == VALUE_DECIMAL && c.fields[0].suspect.number.mantissa == 0);
	CU_ASSERT(c.fields[1].suspect.type == VALUE_DECIMAL && c.fields[2].suspect.type == VALUE_TEXT);
	CU_ASSERT(c.fields[3].suspect.type == VALUE_BOOLEAN && !c.fields[3].suspect.truth && c.fields[4].suspect.type == VALUE_EMPTY);
	static const struct { const char *field, *fault; } wrong[] = {
		{ "{\"type\":\"number\",\"suspect\":\"0\"}", "found a string, but the field takes a number" },
		{ "{\"type\":\"boolean\",\"suspect\":0}", "found a number, but the field takes" },
		{ "{\"type\":\"string\",\"suspect\":false}", "but the field takes" },
		{ "{\"type\":\"list\",\"suspect\":0}", "but the field takes" },
		{ "{\"type\":\"number\",\"suspect\":null}", "expected a string, a number, true or false" },
		{ "{\"type\":\"number\",\"suspect\":[0]}", "expected a string, a number, true or false" },
		{ "{\"type\":\"string\",\"suspect\":\"\"}", "found an empty string" },
		{ "{\"type\":\"number\",\"suspect\":1e99}", "at most 38 digits" },
		{ "{\"type\":\"object\",\"fields\":{\"n\":{\"type\":\"number\",\"suspect\":0}}}", "is for a record's own fields" },
		{ "{\"type\":\"list\",\"element\":\"object\",\"fields\":{\"o\":{\"type\":\"object\",\"fields\":{\"n\":{\"type\":\"number\",\"suspect\":0}}}}}",
			"is for a record's own fields" },
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct str found = faults_of(arena_printf(&arena, WITH("\"fields\":{\"f\":%s},"), wrong[i].field).p);
		CU_ASSERT_TRUE(str_find(found, str_of(wrong[i].fault)) >= 0);
		CU_ASSERT_EQUAL(faults.errors, 1);
		if (faults.errors != 1 || str_find(found, str_of(wrong[i].fault)) < 0)
			printf("\n%s: %.*s\n", wrong[i].field, STR_ARG(found));
	}
	arena_release(&arena);
}

UNIT_SUITE(contract, UNIT(knows_the_shipped_targets), UNIT(takes_quotiza_from_its_documentation), UNIT(takes_a_target_from_a_folder),
	UNIT(replaces_a_built_in_contract_and_changes_its_version), UNIT(refuses_two_files_for_one_target),
	UNIT(refuses_a_folder_that_is_not_there), UNIT(tells_every_fault_with_its_place), UNIT(says_which_words_are_known),
	UNIT(refuses_what_makes_no_sense_together), UNIT(takes_how_records_stand_in_xml), UNIT(refuses_what_is_no_xml),
	UNIT(names_types_both_ways), UNIT(takes_what_is_suspect_and_refuses_what_a_field_never_is))
