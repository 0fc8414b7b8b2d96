/* The runner of the unit tests: `unit [SUITE]`. */
#include "unit.h"

#include <CUnit/Basic.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct unit_suite *suites;
static char folders[64][64];
static int folder_count;

void unit_join(struct unit_suite *s)
{
	struct unit_suite **at = &suites;
	while (*at && strcmp((*at)->name, s->name) < 0)
		at = &(*at)->next;
	s->next = *at;
	*at = s;
}

void unit_str(struct str found, const char *expected, const char *file, int line)
{
	bool equal = found.n == strlen(expected) && (found.n == 0 || memcmp(found.p, expected, found.n) == 0);
	char what[600];
	snprintf(what, sizeof what, "found \"%.*s\", expected \"%s\"", STR_ARG(found), expected);
	CU_assertImplementation(equal, (unsigned)line, what, file, "", CU_FALSE);
}

const char *unit_folder(void)
{
	char *path = folders[folder_count++ % 64];
	strcpy(path, "/tmp/qonduit-unit-XXXXXX");
	return mkdtemp(path);
}

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

int main(int argc, char **argv)
{
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 2;
	for (struct unit_suite *s = suites; s; s = s->next) {
		if (argc > 1 && strcmp(argv[1], s->name) != 0)
			continue;
		CU_pSuite suite = CU_add_suite(s->name, NULL, NULL);
		for (const struct unit_test *t = s->tests; t->name; t++)
			CU_add_test(suite, t->name, t->run);
	}
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	unsigned failures = CU_get_number_of_failures() + CU_get_number_of_suites_failed();
	CU_cleanup_registry();
	for (int i = 0; i < folder_count && i < 64; i++)
		nftw(folders[i], remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	return failures ? 1 : 0;
}
