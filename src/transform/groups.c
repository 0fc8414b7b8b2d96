/* A table of open addressing over groups that live in an arena; at most half of it is taken. */
#include "qonduit/groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "qonduit/keyset.h"
#include "qonduit/unicode.h"

#define TABLE_FIRST 64 /* slots, a power of two as all sizes */

struct groups {
	struct arena arena;
	size_t tallies, most;
	uint64_t secret[2];
	struct group **table;
	size_t size, count;
	struct group **sorted;
};

struct groups *groups_new(size_t tallies, size_t most)
{
	struct groups *g = mem_alloc(sizeof *g);
	*g = (struct groups){ .tallies = tallies, .most = most, .size = TABLE_FIRST };
	arena_init(&g->arena, 64 << 10);
	g->table = mem_alloc(g->size * sizeof(struct group *));
	memset(g->table, 0, g->size * sizeof(struct group *));
	if (getrandom(g->secret, sizeof g->secret, 0) != (ssize_t)sizeof g->secret)
		g->secret[0] = (uintptr_t)g; /* a kernel without entropy: the addresses of a process are random too */
	return g;
}

void groups_free(struct groups *g)
{
	if (!g)
		return;
	arena_release(&g->arena);
	free(g->table);
	free(g->sorted);
	free(g);
}

size_t groups_count(const struct groups *g)
{
	return g->count;
}

/* Equal values have equal hashes: of a number, 1.0 and 1 are one. */
static uint64_t hash_of(const struct groups *g, const struct value *v)
{
	struct decimal number;
	char text[DECIMAL_TEXT_MAX];
	switch (v->type) {
	case VALUE_EMPTY:
		break;
	case VALUE_TEXT:
	case VALUE_JSON:
		return keyset_hash(g->secret, v->text);
	case VALUE_INTEGER:
	case VALUE_DECIMAL:
		number = decimal_trim(v->number);
		return keyset_hash(g->secret, (struct str){ text, decimal_print(number, text) });
	case VALUE_BOOLEAN:
		return v->truth;
	case VALUE_DATE:
	case VALUE_DATETIME:
		return keyset_hash(g->secret, (struct str){ (const char *)&v->when.ms, sizeof v->when.ms });
	}
	return 0;
}

static struct group **slot_of(const struct groups *g, uint64_t hash, const struct value *v)
{
	size_t at = hash & (g->size - 1);
	while (g->table[at] && (g->table[at]->hash != hash || !value_equal(&g->table[at]->value, v)))
		at = (at + 1) & (g->size - 1);
	return &g->table[at];
}

static void grow(struct groups *g)
{
	struct group **old = g->table;
	size_t size = g->size;
	g->size = size * 2;
	g->table = mem_alloc(g->size * sizeof(struct group *));
	memset(g->table, 0, g->size * sizeof(struct group *));
	for (size_t i = 0; i < size; i++) {
		if (old[i])
			*slot_of(g, old[i]->hash, &old[i]->value) = old[i];
	}
	free(old);
}

struct group *groups_find(struct groups *g, const struct value *value)
{
	uint64_t hash = hash_of(g, value);
	struct group **slot = slot_of(g, hash, value), *found = *slot;
	if (found)
		return found;
	if (g->count == g->most)
		return NULL;
	if (g->count >= g->size / 2) {
		grow(g);
		slot = slot_of(g, hash, value);
	}
	struct group *new = arena_zalloc(&g->arena, sizeof *new + g->tallies * sizeof *new->tallies);
	new->value = *value;
	new->hash = hash;
	if (value->type == VALUE_TEXT)
		new->value.text = arena_copy(&g->arena, value->text);
	*slot = new;
	g->count++;
	return new;
}

static int compare_values(const struct group *a, const struct group *b)
{
	int order = str_cmp(a->collation, b->collation);
	return order ? order : value_compare(&a->value, &b->value);
}

/* What is empty comes last, whatever the direction. */
static int empty_last(const struct value *a, const struct value *b)
{
	return (a->type == VALUE_EMPTY) - (b->type == VALUE_EMPTY);
}

static int compare(const void *left, const void *right, void *arg)
{
	const struct group *a = *(struct group *const *)left, *b = *(struct group *const *)right;
	const struct groups_order *by = arg;
	int order = empty_last(&a->value, &b->value), turn = by->descending ? -1 : 1;
	if (order || !by->by_tally)
		return order ? order : turn * compare_values(a, b);
	if ((order = empty_last(&a->rank, &b->rank)) != 0)
		return order;
	order = turn * value_compare(&a->rank, &b->rank);
	return order ? order : compare_values(a, b);
}

struct group *const *groups_sort(struct groups *g, struct groups_order order)
{
	size_t count = 0;
	free(g->sorted);
	g->sorted = mem_alloc((g->count + 1) * sizeof(struct group *));
	for (size_t i = 0; i < g->size; i++) {
		struct group *group = g->table[i];
		if (!group)
			continue;
		if (order.by_tally && !tally_result(&group->tallies[order.tally], order.kind, &group->rank))
			return NULL;
		if (group->value.type == VALUE_TEXT)
			group->collation = uni_strip_accents(&g->arena, uni_fold(&g->arena, group->value.text));
		g->sorted[count++] = group;
	}
	qsort_r(g->sorted, count, sizeof *g->sorted, compare, &order);
	return g->sorted;
}
