/* The trees of keys: from the columns' paths and the levels' to what the walk looks up. */
#include "json_rows_parts.h"

/* A node while the tree grows; its children are a list. */
struct sprout {
	struct str key, path;
	struct sprout *child, *next;
	struct sprout *any;    /* each element, where an "each" reads from it */
	bool within;           /* of an element, and not optional there */
	struct grown_end *ends;
	size_t level;
};

struct grown_end {
	size_t column, path;
	struct grown_end *next;
};

static struct sprout *grow(struct sprout *in, struct str key, struct arena *a)
{
	struct sprout **at = &in->child;
	for (; *at; at = &(*at)->next) {
		if (str_eq((*at)->key, key))
			return *at;
	}
	*at = ARENA_NEW(a, struct sprout);
	(*at)->key = key;
	(*at)->path = in->path.n ? arena_printf(a, "%.*s.%.*s", STR_ARG(in->path), STR_ARG(key)) : key;
	return *at;
}

/* The scope from which a path starts; *parts of it only say so. */
static size_t scope_of(const struct json_rows *r, const struct column_path *path, size_t *parts)
{
	bool bare = r->levels && r->records->levels[0].key_count == 0;
	*parts = path->count && str_eq(path->parts[0], STR("$"));
	if (*parts)
		return bare;
	for (size_t level = r->levels; level > 1; level--) {
		struct str name = r->records->levels[level - 2].name;
		*parts = path->count && name.n && str_eq(path->parts[0], name);
		if (*parts)
			return level - 1;
	}
	return r->levels;
}

/* What "each" reads out of elements is only watched: its values come with the array. */
static void plant_within(struct sprout *array, const struct column *c, struct arena *a)
{
	for (const struct column_within *w = c->within; w; w = w->next) {
		if (!array->any) {
			array->any = ARENA_NEW(a, struct sprout);
			array->any->path = arena_printf(a, "%.*s[]", STR_ARG(array->path));
		}
		for (size_t i = 0; i < w->column_count; i++) {
			const struct column_path *path = w->columns[i].paths;
			struct sprout *at = array->any;
			for (size_t part = 0; part < path->count; part++)
				at = grow(at, path->parts[part], a);
			at->within = at->within || !w->columns[i].optional;
			plant_within(at, &w->columns[i], a);
		}
	}
}

static void plant_path(const struct json_rows *r, struct sprout *roots, size_t column, size_t index, struct arena *a)
{
	const struct column_path *path = &r->columns[column].paths[index];
	size_t parts;
	struct sprout *at = &roots[scope_of(r, path, &parts)];
	for (size_t i = parts; i < path->count; i++)
		at = grow(at, path->parts[i], a);
	struct grown_end *end = ARENA_NEW(a, struct grown_end);
	*end = (struct grown_end){ column, index, at->ends };
	at->ends = end;
	plant_within(at, &r->columns[column], a);
}

static void plant_level(const struct json_rows *r, struct sprout *roots, size_t level, struct arena *a)
{
	const struct records_level *l = &r->records->levels[level - 1];
	struct sprout *at = &roots[level - 1];
	for (size_t i = 0; i < l->key_count; i++)
		at = grow(at, l->keys[i], a);
	at->level = level;
}

/* Numbers the slots of a node and of all below it. */
static void settle(struct json_rows *r, struct json_node *to, const struct sprout *from, size_t scope, size_t **slots)
{
	size_t at = 0;
	to->key = arena_copy(&r->arena, from->key);
	to->path = arena_copy(&r->arena, from->path);
	to->is_index = json_rows_index(to->key, &to->index);
	to->level = from->level;
	to->within = from->within;
	to->leads = from->level != 0;
	to->slot = r->slot_count;
	for (const struct grown_end *e = from->ends; e; e = e->next) {
		slots[e->column][e->path] = r->slot_count;
		r->scope_of[r->slot_count] = scope;
		r->node_of[r->slot_count++] = to;
		to->own++;
	}
	for (const struct sprout *s = from->child; s; s = s->next)
		to->child_count++;
	to->children = ARENA_ARRAY(&r->arena, to->child_count, struct json_node);
	for (const struct sprout *s = from->child; s; s = s->next, at++) {
		settle(r, &to->children[at], s, scope, slots);
		to->keys |= json_key_bit(s->key);
		to->indexes = to->indexes || to->children[at].is_index;
		to->leads = to->leads || to->children[at].leads;
	}
	if (from->any) {
		to->any = ARENA_NEW(&r->arena, struct json_node);
		settle(r, to->any, from->any, scope, slots);
	}
	to->all = r->slot_count - to->slot;
}

static void note_ends(struct json_rows *r, size_t column, const size_t *slots)
{
	struct json_ends *e = &r->ends[column];
	*e = (struct json_ends){ .slots = slots, .count = r->columns[column].path_count, .scope = (int)r->levels };
	for (size_t i = 0; i < e->count; i++) {
		int scope = (int)r->scope_of[slots[i]];
		e->scope = i == 0 || e->scope == scope ? scope : -1;
		if (e->scope < 0)
			break;
	}
	if (e->scope < 0)
		e->rank = r->mixed++;
}

static void make_slots(struct json_rows *r, size_t count)
{
	struct arena *a = &r->arena;
	r->cells = ARENA_ARRAY(a, count, struct cell);
	r->given = ARENA_ARRAY(a, count, struct cell);
	r->decided = ARENA_ARRAY(a, count, bool);
	r->given_in = ARENA_ARRAY(a, count, uint64_t);
	r->scope_of = ARENA_ARRAY(a, count, size_t);
	r->node_of = ARENA_ARRAY(a, count, struct json_node *);
}

void json_rows_plant(struct json_rows *r)
{
	struct arena *a = &r->arena;
	struct sprout *roots = ARENA_ARRAY(a, r->levels + 1, struct sprout);
	size_t **slots = ARENA_ARRAY(a, r->column_count, size_t *), count = 0;
	for (size_t i = 0; i < r->levels; i++) /* of the innermost, paths say nothing */
		roots[i].path = i && r->records->levels[i - 1].name.n ? r->records->levels[i - 1].name : STR("$");
	for (size_t i = 0; i < r->column_count; i++) {
		size_t paths = r->columns[i].path_count;
		slots[i] = ARENA_ARRAY(a, paths, size_t);
		count += paths;
		for (size_t k = 0; k < paths; k++)
			plant_path(r, roots, i, k, a);
	}
	for (size_t level = 1; level <= r->levels; level++)
		plant_level(r, roots, level, a);
	make_slots(r, count);
	for (size_t i = 0; i <= r->levels; i++) {
		struct json_scope *s = &r->scopes[i];
		s->slot = r->slot_count;
		settle(r, &s->root, &roots[i], i, slots);
		s->slots = r->slot_count - s->slot;
	}
	r->ends = ARENA_ARRAY(a, r->column_count, struct json_ends);
	for (size_t i = 0; i < r->column_count; i++)
		note_ends(r, i, slots[i]);
}
