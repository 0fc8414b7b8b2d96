#include "unit.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qonduit/arena.h"

/* Exit status of a child that runs `act`, with what it says on standard error. */
static int status_of(void (*act)(void), char *said, size_t room)
{
	int ends[2];
	if (pipe(ends) != 0)
		return -1;
	pid_t child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		act();
		_exit(0);
	}
	close(ends[1]);
	ssize_t n = read(ends[0], said, room - 1);
	said[n > 0 ? n : 0] = '\0';
	close(ends[0]);
	int status = 0;
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void ask_for_too_many(void)
{
	struct arena a;
	arena_init(&a, 1024);
	arena_array(&a, SIZE_MAX / 8 + 2, 8);
}

static void ask_for_too_much(void)
{
	struct arena a;
	arena_init(&a, 1024);
	arena_alloc(&a, SIZE_MAX - 3);
}

static void gives_aligned_room_that_does_not_overlap(void)
{
	struct arena a;
	arena_init(&a, 256);
	char *at[100];
	for (int i = 0; i < 100; i++) {
		at[i] = arena_alloc(&a, (size_t)i % 37 + 1);
		CU_ASSERT_EQUAL((uintptr_t)at[i] % 16, 0);
		memset(at[i], i, (size_t)i % 37 + 1);
	}
	for (int i = 0; i < 100; i++)
		CU_ASSERT_TRUE(at[i][0] == i && at[i][i % 37] == i);
	arena_release(&a);
}

static void never_returns_null_for_nothing(void)
{
	struct arena a = { 0 };
	CU_ASSERT_PTR_NOT_NULL(arena_alloc(&a, 0));
	CU_ASSERT_PTR_NOT_NULL(arena_array(&a, 0, 8));
	arena_release(&a);
	arena_release(&a);
}

static void keeps_filling_a_block_around_a_large_request(void)
{
	struct arena a;
	arena_init(&a, 1024);
	char *one = arena_alloc(&a, 16), *large = arena_alloc(&a, 100000), *two = arena_alloc(&a, 16);
	memset(large, 1, 100000);
	CU_ASSERT_PTR_EQUAL(two, one + 16);
	arena_release(&a);
}

static void clears_and_starts_over(void)
{
	struct arena a;
	arena_init(&a, 1000);
	size_t first_round = 0, blocks = 0;
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 50; i++)
			memset(arena_alloc(&a, 100), 1, 100);
		arena_alloc(&a, 5000);
		blocks = 0;
		for (char *const *b = (char *const *)a.first; b; b = (char *const *)*b)
			blocks++;
		first_round = first_round ? first_round : blocks;
		arena_clear(&a);
	}
	CU_ASSERT_EQUAL(blocks, first_round);
	arena_release(&a);
	CU_ASSERT_PTR_NULL(a.first);
}

static void zeroes_what_was_used_before(void)
{
	struct arena a;
	arena_init(&a, 1024);
	memset(arena_alloc(&a, 512), 255, 512);
	arena_clear(&a);
	char *p = arena_zalloc(&a, 512);
	for (int i = 0; i < 512; i++)
		CU_ASSERT_EQUAL(p[i], 0);
	arena_release(&a);
}

static void copies_and_joins_text_with_a_nul_behind(void)
{
	struct arena a = { 0 };
	struct str copy = arena_copy(&a, STR("a\0b")), empty = arena_copy(&a, (struct str){ 0 });
	CU_ASSERT_TRUE(copy.n == 3 && memcmp(copy.p, "a\0b\0", 4) == 0);
	CU_ASSERT_TRUE(empty.n == 0 && empty.p[0] == '\0');
	ASSERT_STR(arena_concat(&a, STR("cat"), STR("alog")), "catalog");
	struct str printed = arena_printf(&a, "%s:%d", "row", 17);
	ASSERT_STR(printed, "row:17");
	CU_ASSERT_EQUAL(printed.p[printed.n], '\0');
	arena_release(&a);
}

static void grows_lists_by_doubling(void)
{
	int *list = NULL;
	size_t cap = 0, moves = 0;
	for (size_t i = 0; i < 1000; i++) {
		size_t before = cap;
		list = mem_grow(list, &cap, i + 1, sizeof *list);
		list[i] = (int)i;
		moves += cap != before;
	}
	CU_ASSERT_TRUE(moves <= 9 && list[999] == 999 && cap >= 1000);
	free(list);
	char *copy = mem_copy("text");
	CU_ASSERT_STRING_EQUAL(copy, "text");
	free(copy);
}

static void ends_with_70_where_memory_ends(void)
{
	char said[100];
	CU_ASSERT_EQUAL(status_of(ask_for_too_many, said, sizeof said), 70);
	CU_ASSERT_STRING_EQUAL(said, "qonduit: out of memory\n");
	CU_ASSERT_EQUAL(status_of(ask_for_too_much, said, sizeof said), 70);
	CU_ASSERT_STRING_EQUAL(said, "qonduit: out of memory\n");
}

static void takes_back_the_end_of_the_last_allocation(void)
{
	struct arena a;
	arena_init(&a, 1024);
	char *first = arena_alloc(&a, 1000);
	arena_trim(&a, first, 100);
	CU_ASSERT_PTR_EQUAL(arena_alloc(&a, 16), first + 112);
	char *own = arena_alloc(&a, 5000), *free_at = a.p;
	arena_trim(&a, own, 10);
	CU_ASSERT_PTR_EQUAL(a.p, free_at);
	char *last = arena_alloc(&a, 500);
	arena_trim(&a, last, 0);
	CU_ASSERT_PTR_EQUAL(arena_alloc(&a, 16), last);
	arena_release(&a);
}

UNIT_SUITE(arena, UNIT(takes_back_the_end_of_the_last_allocation), UNIT(gives_aligned_room_that_does_not_overlap), UNIT(never_returns_null_for_nothing),
	UNIT(keeps_filling_a_block_around_a_large_request), UNIT(clears_and_starts_over),
	UNIT(zeroes_what_was_used_before), UNIT(copies_and_joins_text_with_a_nul_behind), UNIT(grows_lists_by_doubling),
	UNIT(ends_with_70_where_memory_ends))
