/* The runner of the unit tests: `unit [SUITE]`. */
#include "unit.h"

#include <CUnit/Basic.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/format/xml_scan.h"

static struct unit_suite *suites;
static char scratch[] = "/dev/shm/qonduit-unit-XXXXXX"; /* in memory, where there is that: a sync costs nothing */
static bool has_scratch;

#ifdef __SANITIZE_ADDRESS__
/* Of what is freed 16 MB are kept from being used again, not 256, whose pages cost more time than most tests. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=16";
}
#endif

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

static bool make_scratch(void)
{
	if (mkdtemp(scratch))
		return true;
	strcpy(scratch, "/tmp/qonduit-unit-XXXXXX");
	return mkdtemp(scratch) != NULL;
}

const char *unit_folder(void)
{
	static char paths[64][sizeof scratch + 8];
	static unsigned count;
	char *path = paths[count % 64];
	if (!has_scratch)
		return NULL;
	snprintf(path, sizeof paths[0], "%s/%u", scratch, count++);
	return mkdir(path, 0700) == 0 ? path : NULL;
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
	has_scratch = make_scratch();
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	unsigned failures = CU_get_number_of_failures() + CU_get_number_of_suites_failed();
	CU_cleanup_registry();
	if (has_scratch)
		nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	return failures ? 1 : 0;
}
