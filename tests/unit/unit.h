/* unit - how a unit test joins the run: a file states its suite, and the runner finds it.
 *
 *     static void adds_exactly(void) { CU_ASSERT_EQUAL(…); }
 *     UNIT_SUITE(decimal, UNIT(adds_exactly))
 *
 * Test names are sentences about the module. tests/unit/ mirrors src/.
 */
#ifndef QONDUIT_UNIT_H
#define QONDUIT_UNIT_H

#include <CUnit/CUnit.h>

#include "qonduit/str.h"

struct unit_test {
	const char *name;
	void (*run)(void);
};

struct unit_suite {
	const char *name;
	const struct unit_test *tests;
	struct unit_suite *next;
};

void unit_join(struct unit_suite *s);

#define UNIT(function) { #function, function }
#define UNIT_SUITE(suite, ...) \
	static const struct unit_test suite##_tests[] = { __VA_ARGS__, { 0 } }; \
	static struct unit_suite suite##_suite = { #suite, suite##_tests, 0 }; \
	__attribute__((constructor)) static void unit_join_##suite(void) { unit_join(&suite##_suite); }

/* Slices equal, with both shown where they are not. */
void unit_str(struct str found, const char *expected, const char *file, int line);
#define ASSERT_STR(found, expected) unit_str((found), (expected), __FILE__, __LINE__)

/* A new empty folder, in memory where the machine has that; removed at the end of the run. Its path stays valid until 64
 * more were made. */
const char *unit_folder(void);

#endif
