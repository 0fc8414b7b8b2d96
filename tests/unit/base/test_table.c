#include "unit.h"

#include "qonduit/table.h"

static void keeps_rows_of_different_width(void)
{
	struct batch b;
	batch_init(&b);
	batch_begin_row(&b, 1, 1);
	batch_add_cell(&b, cell_of(STR("a"), CELL_TEXT));
	batch_begin_row(&b, 3, 4);
	batch_add_cell(&b, cell_of(STR("b"), CELL_TEXT));
	batch_add_cell(&b, cell_of(STR("c"), CELL_NUMBER));
	CU_ASSERT_EQUAL(b.rows, 2);
	CU_ASSERT_EQUAL(b.row[0].width, 1);
	CU_ASSERT_EQUAL(b.row[1].width, 2);
	CU_ASSERT_EQUAL(b.row[1].number, 3);
	CU_ASSERT_EQUAL(b.row[1].line, 4);
	ASSERT_STR(cell_str(batch_get(&b, 0, 0)), "a");
	ASSERT_STR(cell_str(batch_get(&b, 1, 1)), "c");
	CU_ASSERT_EQUAL(batch_get(&b, 1, 1).kind, CELL_NUMBER);
	batch_release(&b);
}

static void a_cell_behind_the_row_is_empty(void)
{
	struct batch b;
	batch_init(&b);
	batch_begin_row(&b, 1, 1);
	batch_begin_row(&b, 2, 2);
	batch_add_cell(&b, cell_of(STR("x"), CELL_TEXT));
	CU_ASSERT_EQUAL(batch_get(&b, 0, 0).kind, CELL_EMPTY);
	CU_ASSERT_EQUAL(batch_get(&b, 1, 1).kind, CELL_EMPTY);
	batch_release(&b);
}

static void grows_and_is_used_again(void)
{
	struct batch b;
	batch_init(&b);
	for (int round = 0; round < 2; round++) {
		batch_clear(&b);
		for (uint64_t row = 0; row < 1000; row++) {
			batch_begin_row(&b, row + 1, row + 1);
			for (int i = 0; i < 7; i++)
				batch_add_cell(&b, cell_of(arena_copy(&b.arena, STR("text")), CELL_TEXT));
		}
	}
	CU_ASSERT_EQUAL(b.rows, 1000);
	CU_ASSERT_EQUAL(b.cell_count, 7000);
	ASSERT_STR(cell_str(batch_get(&b, 999, 6)), "text");
	batch_release(&b);
}

UNIT_SUITE(table, UNIT(keeps_rows_of_different_width), UNIT(a_cell_behind_the_row_is_empty), UNIT(grows_and_is_used_again))
