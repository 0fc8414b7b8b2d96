/* The runner of the unit tests: `unit [SUITE]`. */
#include "unit.h"

#include <CUnit/Basic.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../src/format/xml_scan.h"

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

/* Workbooks are read the same whichever engine reads their XML (src/format/xml_scan.h). */
static const char *const by_expat_too[] = { "sheet_read", "sheet_value", "sink_workbook", "workbook", "workbook_refuse",
	"workbook_strings", "workbook_styles", "xml_read", NULL };

static int expat_alone(void)
{
	xml_read_judged = true;
	return 0;
}

static int both_engines(void)
{
	xml_read_judged = false;
	return 0;
}

static void add_suite(const struct unit_suite *s, const char *name, CU_InitializeFunc begin, CU_CleanupFunc end)
{
	CU_pSuite suite = CU_add_suite(name, begin, end);
	for (const struct unit_test *t = s->tests; t->name; t++)
		CU_add_test(suite, t->name, t->run);
}

int main(int argc, char **argv)
{
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 2;
	for (struct unit_suite *s = suites; s; s = s->next) {
		if (argc > 1 && strcmp(argv[1], s->name) != 0)
			continue;
		add_suite(s, s->name, NULL, NULL);
		for (size_t i = 0; by_expat_too[i]; i++) {
			char name[64];
			snprintf(name, sizeof name, "%s by expat", s->name);
			if (strcmp(s->name, by_expat_too[i]) == 0)
				add_suite(s, name, expat_alone, both_engines);
		}
	}
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	unsigned failures = CU_get_number_of_failures() + CU_get_number_of_suites_failed();
	CU_cleanup_registry();
	for (int i = 0; i < folder_count && i < 64; i++)
		nftw(folders[i], remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	return failures ? 1 : 0;
}
