#include "qonduit/groups.h"

#include <stdio.h>

#include "unit.h"

static struct arena arena;

static struct value text(const char *t)
{
	return value_text(str_of(t));
}

static struct value number(const char *t)
{
	struct decimal d = { 0 };
	decimal_parse(str_of(t), &d);
	return value_number(d, d.scale ? VALUE_DECIMAL : VALUE_INTEGER);
}

/* Counts a row in the group of the value, and adds `amount` (null: nothing) to its second tally. */
static void add(struct groups *g, struct value value, const char *amount)
{
	struct group *group = groups_find(g, &value);
	struct value one = value_truth(true), more = amount ? number(amount) : value_empty();
	CU_ASSERT_PTR_NOT_NULL_FATAL(group);
	tally_add(&group->tallies[0], MEASURE_COUNT, &one);
	tally_add(&group->tallies[1], MEASURE_HIGHEST, &more);
}

/* "a:2 b:1": the groups in order with their counts. */
static struct str listed(struct groups *g, struct groups_order order)
{
	struct buf all = { 0 };
	struct group *const *sorted = groups_sort(g, order);
	CU_ASSERT_PTR_NOT_NULL_FATAL(sorted);
	for (size_t i = 0; i < groups_count(g); i++) {
		struct str shown = value_print(&arena, &sorted[i]->value);
		buf_printf(&all, "%s%.*s:%llu", i ? " " : "", STR_ARG(shown.n ? shown : STR("-")),
			(unsigned long long)sorted[i]->tallies[0].count);
	}
	struct str copy = arena_copy(&arena, buf_str(&all));
	buf_release(&all);
	return copy;
}

static const struct groups_order by_group = { 0 }, by_group_down = { .descending = true },
	by_count = { true, 0, MEASURE_COUNT, false }, by_count_down = { true, 0, MEASURE_COUNT, true },
	by_highest = { true, 1, MEASURE_HIGHEST, false }, by_highest_down = { true, 1, MEASURE_HIGHEST, true };

static void end(struct groups *g)
{
	groups_free(g);
	arena_release(&arena);
}

static void puts_equal_values_together(void)
{
	struct groups *g = groups_new(2, 100);
	static const char *const numbers[] = { "1", "1.0", "10", "1.00", "0", "0.0", "-0" };
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		add(g, number(numbers[i]), NULL);
	ASSERT_STR(listed(g, by_group), "0:3 1:3 10:1");
	groups_free(g);
	g = groups_new(2, 100);
	add(g, text("Aurelis"), NULL);
	add(g, text("AURELIS"), NULL);
	add(g, text("Aurelis "), NULL);
	add(g, text("Aurelis"), NULL);
	CU_ASSERT_EQUAL(groups_count(g), 3);
	groups_free(g);
	g = groups_new(2, 100);
	add(g, value_truth(true), NULL);
	add(g, value_truth(false), NULL);
	add(g, value_empty(), NULL);
	add(g, value_truth(true), NULL);
	ASSERT_STR(listed(g, by_group), "false:1 true:2 -:1");
	end(g);
}

static void sorts_texts_as_a_reader_would(void)
{
	struct groups *g = groups_new(2, 100);
	static const char *const texts[] = { "zebra", "Zebra", "Éclat", "apple", "Eclipse", "Banana", "10", "9" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		add(g, text(texts[i]), NULL);
	ASSERT_STR(listed(g, by_group), "10:1 9:1 apple:1 Banana:1 Éclat:1 Eclipse:1 Zebra:1 zebra:1");
	ASSERT_STR(listed(g, by_group_down), "zebra:1 Zebra:1 Eclipse:1 Éclat:1 Banana:1 apple:1 9:1 10:1");
	end(g);
}

static void sorts_by_a_tally_and_equal_ones_by_the_group(void)
{
	struct groups *g = groups_new(2, 100);
	static const char *const texts[] = { "b", "a", "c", "c", "d", "d", "d" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		add(g, text(texts[i]), NULL);
	ASSERT_STR(listed(g, by_count), "a:1 b:1 c:2 d:3");
	ASSERT_STR(listed(g, by_count_down), "d:3 c:2 a:1 b:1");
	end(g);
}

static void what_is_empty_comes_last_in_either_direction(void)
{
	struct groups *g = groups_new(2, 100);
	add(g, value_empty(), "7");
	add(g, value_empty(), "9");
	add(g, text("none"), NULL);
	add(g, text("five"), "5");
	add(g, text("ten"), "10");
	ASSERT_STR(listed(g, by_group), "five:1 none:1 ten:1 -:2");
	ASSERT_STR(listed(g, by_group_down), "ten:1 none:1 five:1 -:2");
	ASSERT_STR(listed(g, by_highest), "five:1 ten:1 none:1 -:2");
	ASSERT_STR(listed(g, by_highest_down), "ten:1 five:1 none:1 -:2");
	end(g);
}

static void keeps_its_own_copy_of_texts(void)
{
	struct groups *g = groups_new(2, 100);
	char name[] = "Aurelis";
	add(g, text(name), NULL);
	memcpy(name, "Nordlys", sizeof name);
	add(g, text(name), NULL);
	ASSERT_STR(listed(g, by_group), "Aurelis:1 Nordlys:1");
	end(g);
}

static void takes_many_groups_and_no_more_than_it_may(void)
{
	struct groups *g = groups_new(2, 5000);
	char name[32];
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 5000; i++) {
			snprintf(name, sizeof name, "group %04d", i);
			add(g, text(name), "1.5");
		}
	}
	CU_ASSERT_EQUAL(groups_count(g), 5000);
	struct value more = text("one more");
	CU_ASSERT_PTR_NULL(groups_find(g, &more));
	struct group *const *sorted = groups_sort(g, by_group);
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "group %04d", i);
		if (!str_eq(sorted[i]->value.text, str_of(name)) || sorted[i]->tallies[0].count != 2) {
			CU_FAIL("a group is out of order, or was counted wrong");
			break;
		}
	}
	end(g);
}

UNIT_SUITE(groups, UNIT(puts_equal_values_together), UNIT(sorts_texts_as_a_reader_would),
	UNIT(sorts_by_a_tally_and_equal_ones_by_the_group), UNIT(what_is_empty_comes_last_in_either_direction),
	UNIT(keeps_its_own_copy_of_texts), UNIT(takes_many_groups_and_no_more_than_it_may))
