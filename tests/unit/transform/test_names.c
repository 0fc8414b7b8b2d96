#include "qonduit/names.h"
#include "unit.h"

static void the_second_of_a_name_has_a_number(void)
{
	struct arena a;
	arena_init(&a, 0);
	struct names n = { .arena = &a };
	ASSERT_STR(names_take(&n, STR("Name"), " (", ")"), "Name");
	ASSERT_STR(names_take(&n, STR("Name"), " (", ")"), "Name (2)");
	ASSERT_STR(names_take(&n, STR("name"), " (", ")"), "name");
	ASSERT_STR(names_take(&n, STR("Name"), " (", ")"), "Name (3)");
	ASSERT_STR(names_take(&n, STR(""), "_", ""), "");
	ASSERT_STR(names_take(&n, STR(""), "_", ""), "_2");
	names_release(&n);
	arena_release(&a);
}

static void a_number_that_is_taken_is_passed_over(void)
{
	struct arena a;
	arena_init(&a, 0);
	struct names n = { .arena = &a };
	CU_ASSERT_FALSE(names_has(&n, STR("x_2")));
	names_take(&n, STR("x_2"), "_", "");
	names_take(&n, STR("x"), "_", "");
	CU_ASSERT_TRUE(names_has(&n, STR("x_2")));
	ASSERT_STR(names_take(&n, STR("x"), "_", ""), "x_3");
	ASSERT_STR(names_take(&n, STR("x_2"), "_", ""), "x_2_2");
	names_release(&n);
	arena_release(&a);
}

static void many_names_stay_apart(void)
{
	struct arena a;
	arena_init(&a, 0);
	struct names n = { .arena = &a };
	for (int i = 0; i < 50000; i++)
		names_take(&n, i % 2 ? STR("same") : arena_printf(&a, "n%d", i), "_", "");
	CU_ASSERT_EQUAL(n.count, 50000);
	CU_ASSERT_TRUE(names_has(&n, STR("same_25000")));
	CU_ASSERT_FALSE(names_has(&n, STR("same_25001")));
	names_release(&n);
	arena_release(&a);
}

UNIT_SUITE(names, UNIT(the_second_of_a_name_has_a_number), UNIT(a_number_that_is_taken_is_passed_over),
	UNIT(many_names_stay_apart))
