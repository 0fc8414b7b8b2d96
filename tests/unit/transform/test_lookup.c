#include "unit.h"

#include <stdio.h>

#include "qonduit/lookup.h"

static struct arena arena;

/* Reads a table with columns qogita and quotiza; the message where it fails. */
static const char *read_table(struct lookup *l, const char *csv)
{
	static struct err e;
	err_clear(&e);
	*l = (struct lookup){ .name = STR("categories") };
	static char out[2400];
	out[0] = '\0';
	if (lookup_read(l, str_of(csv), "categories.csv", STR("qogita"), STR("quotiza"), &arena, &e) != 0)
		snprintf(out, sizeof out, "%s:%llu: %s", e.file, (unsigned long long)e.line, e.message);
	return out;
}

static void expect(const struct lookup *l, const char *key, const char *value)
{
	const struct str *found = lookup_find(l, str_of(key));
	CU_ASSERT_PTR_NOT_NULL_FATAL(found);
	ASSERT_STR(*found, value);
}

static void finds_values_by_key_as_they_stand(void)
{
	struct lookup l;
	CU_ASSERT_STRING_EQUAL(read_table(&l, "qogita,quotiza\nFragrance,Perfume\n Skin care , Care \nEmpty,\n,ignored\n"), "");
	CU_ASSERT_EQUAL(l.count, 3);
	expect(&l, "Fragrance", "Perfume");
	expect(&l, "Skin care", "Care");
	expect(&l, "\tSkin care ", "Care");
	expect(&l, "Empty", "");
	CU_ASSERT_PTR_NULL(lookup_find(&l, STR("fragrance")));
	CU_ASSERT_PTR_NULL(lookup_find(&l, STR("")));
	CU_ASSERT_EQUAL(lookup_index(&l, STR("Empty")), 2);
	CU_ASSERT_EQUAL(lookup_index(&l, STR("x")), -1);
	ASSERT_STR(l.name, "categories");
	arena_release(&arena);
}

static void headers_may_differ_in_case_and_blanks_and_stand_anywhere(void)
{
	struct lookup l;
	CU_ASSERT_STRING_EQUAL(read_table(&l, "\xef\xbb\xbfnote, QUOTIZA ,x,Qogita\r\nn,\"a, \"\"b\"\"\",y,k\r\n"), "");
	expect(&l, "k", "a, \"b\"");
	arena_release(&arena);
}

static void takes_the_delimiter_of_the_header(void)
{
	struct lookup l;
	CU_ASSERT_STRING_EQUAL(read_table(&l, "qogita;quotiza\na,b;c\n"), "");
	expect(&l, "a,b", "c");
	CU_ASSERT_STRING_EQUAL(read_table(&l, "qogita\tquotiza\na;\"b\"\tc"), "");
	expect(&l, "a;\"b\"", "c");
	arena_release(&arena);
}

static void a_key_that_stands_twice_is_an_error_with_both_lines(void)
{
	struct lookup l;
	CU_ASSERT_STRING_EQUAL(read_table(&l, "qogita,quotiza\na,1\n\nb,2\n a,3\n"),
		"categories.csv:5: the key \"a\" stands twice: in line 2 and in line 5");
	arena_release(&arena);
}

static void what_is_wrong_in_a_table_is_named_with_its_place(void)
{
	struct lookup l;
	CU_ASSERT_STRING_EQUAL(read_table(&l, "qogitta,quotiza\na,1\n"),
		"categories.csv:1: the table has no column \"qogita\" in its header: \"qogitta\", \"quotiza\", did you mean \"qogitta\"?");
	CU_ASSERT_STRING_EQUAL(read_table(&l, "qogita,other\na,1\n"),
		"categories.csv:1: the table has no column \"quotiza\" in its header: \"qogita\", \"other\"");
	CU_ASSERT_STRING_EQUAL(read_table(&l, "qogita,quotiza,Quotiza\na,1,2\n"),
		"categories.csv:1: the table has two columns \"quotiza\"");
	CU_ASSERT_STRING_EQUAL(read_table(&l, ""),
		"categories.csv:0: the table is empty, expected a header with \"qogita\" and \"quotiza\"");
	CU_ASSERT_STRING_EQUAL(read_table(&l, "qogita,quotiza\na,\xff\n"),
		"categories.csv:2: the table is not UTF-8: byte 0xff was found");
	CU_ASSERT(strncmp(read_table(&l, "qogita;quotiza\na;1\nb;\"2\n"), "categories.csv:3: ", 18) == 0);
	arena_release(&arena);
}

static void a_row_with_more_cells_than_the_header_is_an_error(void)
{
	struct lookup l;
	CU_ASSERT_STRING_EQUAL(read_table(&l, "qogita,quotiza\na,1,\nEUR,4,25\n"),
		"categories.csv:3: the row has 3 cells, the header 2; a cell with the delimiter in it stands in quotes");
	CU_ASSERT_STRING_EQUAL(read_table(&l, "qogita,quotiza\nEUR,\"4,25\"\na,1,, \n"), "");
	expect(&l, "EUR", "4,25");
	expect(&l, "a", "1");
	arena_release(&arena);
}

static void rows_may_be_short(void)
{
	struct lookup l;
	CU_ASSERT_STRING_EQUAL(read_table(&l, "quotiza,qogita\nx\ny,b\n"), "");
	CU_ASSERT_EQUAL(l.count, 1);
	expect(&l, "b", "y");
	arena_release(&arena);
}

static void thousands_of_keys_are_all_found(void)
{
	enum { COUNT = 5000 };
	struct str *keys = ARENA_ARRAY(&arena, COUNT, struct str), *values = ARENA_ARRAY(&arena, COUNT, struct str);
	for (int i = 0; i < COUNT; i++) {
		keys[i] = arena_printf(&arena, " key %d", i % (COUNT - 1));
		values[i] = arena_printf(&arena, "%d", i);
	}
	struct lookup l = { 0 };
	lookup_of(&l, keys, values, COUNT, &arena);
	char key[32], value[32];
	for (int i = 0; i < COUNT - 1; i++) {
		snprintf(key, sizeof key, "key %d", i);
		snprintf(value, sizeof value, "%d", i);
		expect(&l, key, value);
	}
	CU_ASSERT_PTR_NULL(lookup_find(&l, STR("key 4999")));
	arena_release(&arena);
}

static void an_empty_table_finds_nothing(void)
{
	struct lookup none = { 0 }, l;
	CU_ASSERT_PTR_NULL(lookup_find(&none, STR("a")));
	CU_ASSERT_STRING_EQUAL(read_table(&l, "qogita,quotiza\n"), "");
	CU_ASSERT_PTR_NULL(lookup_find(&l, STR("a")));
	arena_release(&arena);
}

UNIT_SUITE(lookup, UNIT(finds_values_by_key_as_they_stand), UNIT(headers_may_differ_in_case_and_blanks_and_stand_anywhere),
	UNIT(takes_the_delimiter_of_the_header), UNIT(a_key_that_stands_twice_is_an_error_with_both_lines),
	UNIT(what_is_wrong_in_a_table_is_named_with_its_place), UNIT(rows_may_be_short),
	UNIT(a_row_with_more_cells_than_the_header_is_an_error),
	UNIT(thousands_of_keys_are_all_found), UNIT(an_empty_table_finds_nothing))
