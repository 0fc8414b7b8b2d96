#include "qonduit/draft.h"

#include <stdio.h>

#include "qonduit/io.h"
#include "qonduit/json_rows.h"
#include "qonduit/program.h"
#include "unit.h"

#define QOGITA "GTIN,Name,Category,Brand,€ Lowest Price inc. shipping,Unit,Lowest Priced Offer Inventory,Is a pre-order?,Estimated " \
	"Delivery Time (weeks),Number of Offers,Total Inventory of All Offers,Product URL,Image URL\n"

static const char shop[] = "{'qonduit_contract': 1, 'target': 'shop.prices', 'title': 'Shop', 'key': 'sku', 'fields': {"
	"'sku': {'type': 'string', 'required': true, 'max_length': 20},"
	"'title': {'type': 'string', 'max_length': 9},"
	"'price': {'type': 'number', 'required': true, 'places': 2, 'style': 'string', 'minimum': 0.01},"
	"'currency': {'type': 'string', 'required': true, 'values': ['EUR', 'GBP']},"
	"'lot': {'type': 'integer', 'minimum': 0.5, 'required': true},"
	"'live': {'type': 'boolean', 'required': true},"
	"'note': {'type': 'string', 'min_length': 6, 'required': true},"
	"'size': {'type': 'object', 'required': true, 'fields': {'unit': {'type': 'string', 'required': true}, 'width': {'type': 'number'}}},"
	"'tags': {'type': 'list', 'element': 'string', 'required': true},"
	"'any': {'type': 'any', 'required': true}, 'colour': {'type': 'string'}, 'LIVE': {'type': 'integer'}},"
	"'file': {'style': 'array', 'extension': 'json'}}";

static struct arena arena;
static struct faults faults;
static struct contracts contracts;

static void load_contracts(void)
{
	static struct contract own;
	static const struct contract *all[32];
	struct str text = arena_copy(&arena, str_of(shop));
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\'')
			((char *)(uintptr_t)text.p)[i] = '"';
	CU_ASSERT_EQUAL_FATAL(contracts_load(NULL, &arena, &contracts, &faults), 0);
	CU_ASSERT_EQUAL_FATAL(contract_read(text, "shop.json", &arena, &own, &faults), 0);
	memcpy(all, contracts.all, contracts.count * sizeof *all);
	all[contracts.count++] = &own;
	contracts.all = all;
}

static const struct source_options usual = { .format = "auto", .encoding = "auto" };

/* The draft from a CSV text to a target, or "!" and the error. */
static const char *draft(const char *content, const struct source_options *options, const char *target)
{
	static const char *folder;
	static struct buf out;
	struct source s = { 0 };
	struct profile p = { 0 };
	struct err e = { 0 };
	if (!contracts.count) {
		arena_init(&arena, 0);
		faults_init(&faults, &arena);
		load_contracts();
		folder = unit_folder();
	}
	buf_clear(&out);
	const char *path = arena_printf(&arena, "%s/in.csv", folder).p;
	CU_ASSERT_EQUAL_FATAL(io_replace_file(path, str_of(content), 0600, &e), 0);
	CU_ASSERT_EQUAL_FATAL(source_open(&s, path, STR("in.csv"), options, &e), 0);
	CU_ASSERT_EQUAL_FATAL(profile_read(&p, &s, &e), 0);
	if (draft_write(&p, &s, contracts_find(&contracts, str_of(target)), &out, &e)) {
		buf_addc(&out, '!');
		err_print(&e, &out);
	}
	profile_release(&p);
	source_close(&s);
	return buf_text(&out);
}

/* Whether the text is a mapping without a fault, compiled as `check` does. */
static bool passes(const char *text)
{
	struct mapping m;
	struct program p;
	struct err e = { 0 };
	struct buf all = { 0 };
	size_t before = faults.errors + faults.warnings;
	const char *path = arena_printf(&arena, "%s/mapping.json", unit_folder()).p;
	CU_ASSERT_EQUAL_FATAL(io_replace_file(path, str_of(text), 0600, &e), 0);
	if (mapping_read(&m, path, &faults) == 0) {
		program_compile(&p, &m, &contracts, NULL, 0, false, &faults);
		program_release(&p);
	}
	mapping_release(&m);
	if (faults.errors + faults.warnings == before)
		return true;
	for (const struct fault *f = faults.first; f; f = f->next)
		err_print(&f->what, &all);
	printf("\n%s\n%s\n", text, buf_text(&all));
	buf_release(&all);
	return false;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		printf("\n%s\nhas not: %s\n", text, part);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, part));
}

static void has_not(const char *text, const char *part)
{
	CU_ASSERT_PTR_NULL(strstr(text, part));
}

static void a_draft_for_any_target_passes_the_check(void)
{
	static const char *const contents[] = {
		QOGITA "3349668566372,Eau,Fragrance,X,10.00,1,3,No,,2,40,https://a.example/1,https://a.example/1.jpg\n",
		QOGITA,
		QOGITA "x,,,,n/a,y,z,perhaps,soon,,,no,none\n",
		"a\n1\n", ",a,a,B\n1,2,3,4\n", "Название,名前,Ü\nx,y,z\n", "sku,SKU ,brand\n1,2,3\n",
		"\"a \"\"b\"\"\",\"c\nd\",*,back\\slash\n1,2,3,4\n",
		"sku;cost;active;name;brand\n1;1,5;1;x;y\n2;2,25;0;z;w\n",
	};
	draft(contents[0], &usual, "file.csv"); /* loads the contracts */
	for (size_t i = 0; i < sizeof contents / sizeof *contents; i++)
		for (size_t c = 0; c < contracts.count; c++)
			CU_ASSERT_TRUE(passes(draft(contents[i], &usual, contracts.all[c]->target.p)));
}

static void a_shipped_mapping_is_followed(void)
{
	const char *text = draft(QOGITA "3349668566372,Eau,Fragrance,X,10,1,3,No,,2,40,https://a.example/1,\n", &usual, "quotiza.products");
	has(text, "\"params\": { \"margin\": { \"type\": \"decimal\", \"default\": \"1.35\" } }");
	has(text, "{ \"header\": \"GTIN\", \"type\": \"gtin\", \"required\": true }");
	has(text, "{ \"header\": \"€ Lowest Price inc. shipping\", \"type\": \"decimal\" }"); /* though this one is whole */
	has(text, "{ \"header\": \"Image URL\", \"type\": \"url\" }"); /* though it is empty */
	has(text, "{ \"header\": \"Number of Offers\", \"type\": \"integer\", \"optional\": true }");
	has(text, "\"unique\": { \"by\": [\"gtin\"] }");
	has(text, "\"sku\": \"gtin\",");
	has(text, "\"cost\": \"lowest_price_inc_shipping\",");
	has(text, "\"base_price\": { \"from\": \"lowest_price_inc_shipping\", \"then\": [{ \"multiply\": { \"param\": \"margin\" } }, { \"round\": 2 }] }");
	has(text, "\"active\": { \"from\": \"total_inventory_of_all_offers\", \"then\": [{ \"at_least\": 1 }] }");
	has(text, "{ \"if\": { \"column\": \"is_a_pre_order\", \"equals\": false }, \"use\": { \"value\": \"No\" } }");
	has(text, "\"$comment\": \"todo: no column was found for description, msrp, custom1_name, custom1_value\"");
}

static void a_field_that_cannot_be_read_is_left_out(void)
{
	const char *text = draft(QOGITA "3349668566372,Eau,Fragrance,X,on request,1,3,No,,2,40,https://a.example/1,\n", &usual, "quotiza.products");
	has(text, "no column was found for description, cost, msrp, base_price,");
	has(text, "{ \"header\": \"€ Lowest Price inc. shipping\", \"optional\": true }");
}

static void fields_are_found_by_their_names(void)
{
	const char *text = draft("Sku,TITLE,Price,Curency,lot\n00012,Eau,10.505,EUR,2\n00013,Eau,1.50,GBP,3\n", &usual, "shop.prices");
	has(text, "\"sku\": \"sku\",");
	has(text, "\"unique\": { \"by\": [\"sku\"] }");
	has(text, "\"title\": { \"from\": \"title\", \"then\": [{ \"truncate\": 9 }] }");
	has(text, "\"price\": { \"from\": \"price\", \"then\": [{ \"round\": 2 }] }");
	has(text, "\"currency\": { \"$comment\": \"todo: the header is only nearly the field's name\", \"from\": \"curency\" }");
	has(text, "\"lot\": \"lot\",");
	has(text, "{ \"header\": \"Price\", \"type\": \"decimal\", \"required\": true }");
	has(text, "no column was found for colour, LIVE\"");
}

static void a_key_within_other_fields_is_unique_with_them(void)
{
	const char *text = draft("sku,price_list,price\nA,1,1.50\nA,2,1.70\n", &usual, "marketplace.prices");
	has(text, "\"unique\": { \"by\": [\"sku\", \"price_list\"] }");
	CU_ASSERT_TRUE(passes(text));
	text = draft("sku,price\nA,1.50\n", &usual, "marketplace.prices");
	has(text, "\"unique\": { \"by\": [\"sku\"] }");
}

static void a_column_is_guessed_for_one_field_only(void)
{
	const char *text = draft("not\n5\n", &usual, "shop.prices");
	has(text, "\"lot\": { \"$comment\": \"todo: the header is only nearly the field's name\", \"from\": \"not\" }");
	has(text, "\"note\": { \"$comment\": \"todo: no column was found");
}

static void a_column_has_one_type_for_all_fields(void)
{
	const char *text = draft("live\n1\n0\n", &usual, "shop.prices");
	has(text, "\"type\": \"boolean\"");
	has(text, "\"live\": \"live\"");
	has(text, "no column was found for title, colour, LIVE\"");
	CU_ASSERT_TRUE(passes(text));
}

static void what_is_required_and_missing_gets_a_constant_that_is_allowed(void)
{
	const char *text = draft("x\n1\n", &usual, "shop.prices");
	static const char *const values[] = { "\"value\": \"todo\" }", "\"value\": 0.01 }", "\"value\": \"EUR\" }", "\"value\": 1 }",
		"\"value\": false }", "\"value\": \"todotodo\" }", "\"object\": { \"unit\": { \"value\": \"todo\" } } }", "\"value\": [] }" };
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		has(text, values[i]);
	has(text, "\"$comment\": \"todo: no column was found; this stands in every record\"");
	has_not(text, "\"unique\"");
	CU_ASSERT_TRUE(passes(text));
}

static void types_are_brought_together(void)
{
	const char *text = draft("sku,price,lot,live,any\n1,5,1.5,1,x\n2,6,2,0,y\n", &usual, "shop.prices");
	has(text, "\"sku\": { \"from\": \"sku\", \"then\": [\"to_text\"] }");
	has(text, "\"price\": \"price\",");
	has(text, "\"lot\": { \"from\": \"lot\", \"then\": [\"to_integer\"] }");
	has(text, "{ \"header\": \"live\", \"type\": \"boolean\", \"required\": true }"); /* though 0 and 1 are numbers too */
	CU_ASSERT_TRUE(passes(text));
}

static void what_a_type_needs_is_declared(void)
{
	const char *text = draft("price;day;either\n1,5;01/02/2026;1.234\n2,25;03/04/2026;2.345\n", &usual, "file.csv");
	has(text, "{ \"header\": \"price\", \"type\": \"decimal\", \"decimal_mark\": \",\" }");
	has(text, "{ \"$comment\": \"todo: day and month may be the other way round: none is above 12\", \"header\": \"day\", \"type\": \"date\", "
		"\"format\": \"%d/%m/%Y\" }");
	has(text, "{ \"$comment\": \"todo: three digits behind every point: is it a group mark?\", \"header\": \"either\", \"type\": \"decimal\" }");
	CU_ASSERT_TRUE(passes(text));
}

static void cells_that_do_not_fit_are_told(void)
{
	struct buf text = { 0 };
	buf_add(&text, STR("sku,price\n"));
	for (int i = 0; i < 30; i++)
		buf_printf(&text, "%d,%s\n", i, i ? "1.5" : "n/a");
	has(draft(buf_text(&text), &usual, "shop.prices"), "\"$comment\": \"todo: 1 cell is no decimal, and their rows are rejected\"");
	buf_release(&text);
}

static void headers_that_cannot_be_told_apart_are_left_out(void)
{
	const char *text = draft("a,b,A ,,c*\n1,2,3,4,5\n", &usual, "file.csv");
	has(text, "\"$comment\": \"todo: no mapping can name these headers, which are empty or there twice: A, C, D\"");
	has(text, "\"b\": { \"header\": \"b\", \"type\": \"integer\" }");
	has(text, "\"c\": { \"header\": \"c*\", \"type\": \"integer\" }");
	ASSERT_STR(str_of(draft("a,a\n1,2\n", &usual, "file.csv")), "!in.csv: the header in row 1 has no cell that a mapping can name: they are "
		"empty or there twice");
	has(draft("a,a,b\n1,2\n", &usual, "file.csv"), "is \\\"pad\\\"; no mapping can name these headers, which are empty or there twice: A, B\"");
}

static void every_column_is_a_field_where_any_is_taken(void)
{
	const char *text = draft("GTIN,Product  Name,日本\n1,x,y\n", &usual, "file.ndjson");
	has(text, "\"product_name\": \"Product  Name\"");
	has(text, "\"GTIN\": \"gtin\",");
	has(text, "\"Product Name\": \"product_name\"");
	has(text, "\"日本\": \"column_C\"");
	text = draft("a,b\n1,x\n", &usual, "report.xlsx");
	has(text, "\"report.xlsx\": {\n      \"sheets\": [{\n        \"name\": \"Rows\",\n        \"fields\": {\n          \"a\": \"a\",\n          \"b\": \"b\"\n"
		"        }\n      }]\n    }");
}

static void titles_of_a_workbook_are_cut(void)
{
	struct buf text = { 0 };
	for (int i = 0; i < 600; i++)
		buf_add(&text, i % 300 == 299 ? (i < 300 ? STR("1,") : STR("2\n1,2\n")) : STR("é"));
	CU_ASSERT_TRUE(passes(draft(buf_text(&text), &usual, "report.xlsx")));
	buf_release(&text);
}

static void what_was_declared_is_declared_again(void)
{
	struct source_options o = usual;
	o.delimiter = '~';
	o.header_row = 2;
	o.encoding = "windows-1252";
	o.format = "csv";
	const char *text = draft("[x]\na~b\n1~caf\xe9\n", &o, "file.csv");
	has(text, "\"source\": {\n    \"format\": \"csv\",\n    \"header_row\": 2,\n    \"encoding\": \"windows-1252\",\n    \"delimiter\": \"~\",\n");
	CU_ASSERT_TRUE(passes(text));
}

static void rows_of_another_width_are_told(void)
{
	has(draft("a,b\n1,2\n1\n", &usual, "file.csv"), "(1 in this file), unless \\\"ragged\\\" is \\\"pad\\\"\"");
}

/* Paths, parted by blanks, of records in an array that is the document. */
static const char *draft_json(const char *content, const char *paths, const char *target)
{
	struct source_options o = usual;
	struct column *columns = ARENA_ARRAY(&arena, 20, struct column);
	struct records *records = ARENA_NEW(&arena, struct records);
	struct buf why = { 0 };
	draft("a\n1\n", &usual, "file.csv"); /* loads the contracts */
	CU_ASSERT_TRUE_FATAL(records_parse(STR("[]"), &arena, records, &why));
	o.format = "json";
	o.records = records;
	o.records_count = 1;
	o.columns = columns;
	for (; *paths; o.column_count++) {
		struct column_path *path = ARENA_NEW(&arena, struct column_path);
		size_t n = strcspn(paths, " ");
		CU_ASSERT_TRUE_FATAL(column_path_parse(arena_copy(&arena, (struct str){ paths, n }), &arena, path, &why));
		columns[o.column_count] = (struct column){ .name = path->text, .headers = &path->text, .header_count = 1,
			.paths = path, .path_count = 1, .header_of = -1, .optional = true, .decimal_mark = '.' };
		paths += n + (paths[n] == ' ');
	}
	return draft(content, &o, target);
}

static void a_draft_of_json_names_paths(void)
{
	const char *text = draft_json("[{\"sku\":\"A\",\"salesPrice\":1.5,\"item\":{\"sku\":\"B\",\"lot\":2},\"tags\":[1]}]",
		"sku salesPrice item.sku item.lot tags", "file.ndjson");
	has(text, "\"format\": \"json\",\n    \"records\": \"[]\",\n    \"columns\"");
	has(text, "\"sku\":         \"sku\",");
	has(text, "\"sales_price\": { \"path\": \"salesPrice\", \"type\": \"decimal\" }");
	has(text, "\"item_sku\":    \"item.sku\"");
	has(text, "\"lot\":         { \"path\": \"item.lot\", \"type\": \"integer\" }");
	has(text, "\"tags\":        { \"path\": \"tags\", \"type\": \"json\" }");
	has(text, "\"item.lot\": \"lot\"");
	CU_ASSERT_TRUE(passes(text));
}

static void fields_are_found_by_the_end_of_a_path(void)
{
	static const char content[] = "[{\"x\":{\"sku\":\"A\",\"live\":true},\"price\":1,\"y\":{\"price\":2},\"tags\":[],\"note\":{}}]";
	const char *text = draft_json(content, "x.sku x.live y.price price tags note", "shop.prices");
	has(text, "\"sku\": { \"$comment\": \"todo: only the end of the path is the field's name\", \"from\": \"sku\" }");
	has(text, "\"price\": \"price\"");
	has(text, "\"live\": { \"$comment\": \"todo: only the end of the path is the field's name\", \"from\": \"live\" }");
	has(text, "\"note\": { \"$comment\": \"todo: no column was found"); /* an object is no text */
	CU_ASSERT_TRUE(passes(text));
}

static void no_cell_of_a_workbook_holds_an_array(void)
{
	const char *text = draft_json("[{\"a\":1,\"b\":[2]}]", "a b", "report.xlsx");
	has(text, "\"b\": { \"path\": \"b\", \"type\": \"json\", \"optional\": true }");
	has(text, "\"fields\": {\n          \"a\": \"a\"\n        }");
	CU_ASSERT_TRUE(passes(text));
}

static void a_head_is_begun(void)
{
	const char *text = draft("id\n1\n", &usual, "google.feed");
	has(text, "\"head\": {\n        \"title\": { \"$comment\": \"todo\", \"value\": \"todo\" },");
	has_not(draft("id\n1\n", &usual, "file.csv"), "\"head\"");
}

UNIT_SUITE(draft, UNIT(a_draft_for_any_target_passes_the_check), UNIT(a_shipped_mapping_is_followed),
	UNIT(a_field_that_cannot_be_read_is_left_out), UNIT(fields_are_found_by_their_names), UNIT(a_key_within_other_fields_is_unique_with_them),
	UNIT(a_column_is_guessed_for_one_field_only), UNIT(a_column_has_one_type_for_all_fields),
	UNIT(what_is_required_and_missing_gets_a_constant_that_is_allowed), UNIT(types_are_brought_together),
	UNIT(what_a_type_needs_is_declared), UNIT(cells_that_do_not_fit_are_told),
	UNIT(headers_that_cannot_be_told_apart_are_left_out), UNIT(every_column_is_a_field_where_any_is_taken),
	UNIT(titles_of_a_workbook_are_cut), UNIT(what_was_declared_is_declared_again), UNIT(rows_of_another_width_are_told),
	UNIT(a_draft_of_json_names_paths), UNIT(fields_are_found_by_the_end_of_a_path), UNIT(no_cell_of_a_workbook_holds_an_array),
	UNIT(a_head_is_begun))
