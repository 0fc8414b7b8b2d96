/* mappings/README.md holds what `qonduit help steps` prints. */
#include "qonduit/io.h"
#include "qonduit/reference.h"
#include "unit.h"

static void the_reference_of_the_steps_is_up_to_date(void)
{
	struct arena a = { 0 };
	struct buf table = { 0 };
	struct err e = { 0 };
	struct str page;

	arena_init(&a, 4096);
	CU_ASSERT_EQUAL_FATAL(io_read_file("mappings/README.md", 1 << 20, &a, &page, &e), 0);
	reference_steps(&table);
	if (str_find(page, buf_str(&table)) < 0)
		CU_FAIL("run `make reference`");
	buf_release(&table);
	arena_release(&a);
}

UNIT_SUITE(reference, UNIT(the_reference_of_the_steps_is_up_to_date))
