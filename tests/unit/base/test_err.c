#include "unit.h"

#include <errno.h>

#include "qonduit/err.h"

static void assert_print(const struct err *e, const char *expected, int line)
{
	struct buf text = { 0 };
	err_print(e, &text);
	unit_str(buf_str(&text), expected, __FILE__, line);
	buf_release(&text);
}

#define ASSERT_PRINT(e, expected) assert_print((e), (expected), __LINE__)

static void keeps_the_first_error(void)
{
	struct err e = { 0 };
	CU_ASSERT_EQUAL(err_set(&e, ERR_MAPPING, "mapping.step", "step %d is unknown", 3), -1);
	CU_ASSERT_EQUAL(err_set(&e, ERR_INPUT, "csv.quote", "later"), -1);
	CU_ASSERT_EQUAL(err_sys(&e, ERR_INPUT, "io.open", ENOENT, "later"), -1);
	CU_ASSERT_EQUAL(e.class, ERR_MAPPING);
	CU_ASSERT_STRING_EQUAL(e.code, "mapping.step");
	CU_ASSERT_STRING_EQUAL(e.message, "step 3 is unknown");
	err_clear(&e);
	CU_ASSERT_TRUE(e.class == ERR_NONE && e.message[0] == '\0');
}

static void adds_the_text_of_an_errno(void)
{
	struct err e = { 0 };
	err_sys(&e, ERR_INPUT, "io.write", ENOSPC, "cannot write %s", "a.json");
	CU_ASSERT_STRING_EQUAL(e.message, "cannot write a.json: No space left on device");
}

static void keeps_the_place_that_was_known_first(void)
{
	struct err e = { 0 };
	err_set(&e, ERR_INPUT, "csv.quote", "unclosed quote");
	err_at_line(&e, 17, 3);
	err_at_line(&e, 99, 9);
	err_at_file(&e, "catalog.csv");
	err_at_file(&e, "other.csv");
	ASSERT_PRINT(&e, "catalog.csv:17:3: unclosed quote");
	e.col = 0;
	ASSERT_PRINT(&e, "catalog.csv:17: unclosed quote");
}

static void prints_each_kind_of_place(void)
{
	struct err e = { 0 };
	err_set(&e, ERR_INPUT, "x", "wrong");
	ASSERT_PRINT(&e, "wrong");
	err_at_row(&e, 5);
	err_at_row(&e, 6);
	ASSERT_PRINT(&e, "row 5: wrong");
	err_at_file(&e, "a.xlsx");
	ASSERT_PRINT(&e, "a.xlsx: row 5: wrong");
	strcpy(e.sheet, "Catalog");
	ASSERT_PRINT(&e, "a.xlsx!Catalog: row 5: wrong");
	e.row = 0;
	strcpy(e.pointer, "/outputs/0");
	ASSERT_PRINT(&e, "a.xlsx!Catalog: wrong (at /outputs/0)");
}

static void sends_no_escape_to_a_terminal(void)
{
	struct err e = { 0 };
	err_set(&e, ERR_INPUT, "x", "value \"%s\"", "\x1b]0;owned\a\n\xe2\x82\xac");
	err_at_file(&e, "a\x1b.csv");
	ASSERT_PRINT(&e, "a\\x1b.csv: value \"\\x1b]0;owned\\x07\\x0a\xe2\x82\xac\"");
}

static void cuts_long_text_between_characters(void)
{
	struct err e = { 0 };
	char text[3000];
	for (size_t shift = 0; shift < 3; shift++) {
		err_clear(&e);
		memset(text, 'a', sizeof text);
		for (size_t i = shift; i + 3 < sizeof text; i += 3)
			memcpy(text + i, "\xe2\x82\xac", 3);
		text[sizeof text - 1] = '\0';
		err_set(&e, ERR_INPUT, "x", "%s", text);
		size_t n = strlen(e.message);
		CU_ASSERT_TRUE(n >= sizeof e.message - 3 && (n - shift) % 3 == 0);
		err_at_file(&e, text);
		n = strlen(e.file);
		CU_ASSERT_TRUE(n >= sizeof e.file - 3 && (n - shift) % 3 == 0);
	}
	err_clear(&e);
	memset(text, 'a', sizeof e.message - 4);
	strcpy(text + sizeof e.message - 4, "\xe2\x82\xac" "b");
	err_set(&e, ERR_INPUT, "x", "%s", text);
	CU_ASSERT_TRUE(str_ends(str_of(e.message), STR("\xe2\x82\xac")));
}

static void lists_faults_in_order_and_counts_them(void)
{
	struct arena a = { 0 };
	struct faults f;
	faults_init(&f, &a);
	err_set(faults_add(&f, FAULT_ERROR), ERR_MAPPING, "one", "first");
	err_set(faults_add(&f, FAULT_WARNING), ERR_MAPPING, "two", "second");
	err_set(faults_add(&f, FAULT_ERROR), ERR_MAPPING, "three", "third");
	CU_ASSERT_TRUE(f.errors == 2 && f.warnings == 1);
	CU_ASSERT_STRING_EQUAL(f.first->what.message, "first");
	CU_ASSERT_EQUAL(f.first->next->severity, FAULT_WARNING);
	CU_ASSERT_STRING_EQUAL(f.first->next->next->what.message, "third");
	CU_ASSERT_PTR_NULL(f.first->next->next->next);
	arena_release(&a);
}

UNIT_SUITE(err, UNIT(keeps_the_first_error), UNIT(adds_the_text_of_an_errno),
	UNIT(keeps_the_place_that_was_known_first), UNIT(prints_each_kind_of_place), UNIT(sends_no_escape_to_a_terminal),
	UNIT(cuts_long_text_between_characters), UNIT(lists_faults_in_order_and_counts_them))
