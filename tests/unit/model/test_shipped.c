#include "qonduit/shipped.h"

#include "unit.h"

static void finds_a_file_of_the_program(void)
{
	struct str text = shipped_find("mappings/contracts/file.csv.json");
	CU_ASSERT_PTR_NOT_NULL_FATAL(text.p);
	CU_ASSERT(str_find(text, STR("\"target\": \"file.csv\"")) > 0);
	CU_ASSERT(str_ends(text, STR("}\n")));
}

static void knows_no_other(void)
{
	CU_ASSERT_PTR_NULL(shipped_find("mappings/contracts/file.csv").p);
	CU_ASSERT_PTR_NULL(shipped_find("").p);
}

static void stands_in_order_of_name(void)
{
	for (const struct shipped_file *f = shipped_files; f->name && f[1].name; f++)
		CU_ASSERT(strcmp(f[0].name, f[1].name) < 0);
}

UNIT_SUITE(shipped, UNIT(finds_a_file_of_the_program), UNIT(knows_no_other), UNIT(stands_in_order_of_name))
