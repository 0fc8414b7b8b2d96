#include "qonduit/json_outline.h"

#define SLOTS 1024 /* a power of two, more than twice the places */
#define DOCUMENT STR("$")

/* A place in the documents: a member, all elements of an array, or a document. */
struct json_outline_place {
	struct str key;                /* of a member */
	uint64_t hash;
	struct json_outline_place *parent, *child, *last, *next; /* members, in order of first appearance */
	struct json_outline_place *expected; /* the member that comes next where objects are alike */
	struct json_outline_place *element;
	uint64_t objects, arrays, scalars, nulls;
};

struct json_outline_shape {
	struct json_outline *outline;
	struct json_outline_place *document;
	struct json_outline_place *slots[SLOTS];
	size_t count;
	struct json_outline_place *member;  /* whose value comes next */
	struct json_outline_place *open[JSON_PULL_DEPTH];
	bool in_array[JSON_PULL_DEPTH];
	unsigned depth;
	uint64_t end_line;                  /* in which the last document ended */
};

/* ---- places ---- */

static struct json_outline_place *add_place(struct json_outline_shape *s, struct json_outline_place *parent)
{
	if (s->count == JSON_OUTLINE_PLACES)
		return NULL;
	struct json_outline_place *at = ARENA_NEW(&s->outline->arena, struct json_outline_place);
	at->parent = parent;
	s->count++;
	return at;
}

static struct json_outline_place *add_member(struct json_outline_shape *s, struct json_outline_place *object,
	struct str key, uint64_t hash)
{
	struct json_outline_place *at = key.n <= JSON_OUTLINE_KEY ? add_place(s, object) : NULL;
	if (!at)
		return NULL;
	at->key = arena_copy(&s->outline->arena, key);
	at->hash = hash;
	if (object->last)
		object->last->next = at;
	else
		object->child = at;
	object->last = at;
	return at;
}

/* The member of that key; null where there is no room for it. */
static struct json_outline_place *find_member(struct json_outline_shape *s, struct json_outline_place *object,
	struct str key)
{
	struct json_outline_place *at = object->expected;
	if (!at || !str_eq(at->key, key)) {
		uint64_t hash = str_hash(key) ^ (uint64_t)(uintptr_t)object >> 4;
		size_t slot = hash & (SLOTS - 1);
		while ((at = s->slots[slot]) && (at->hash != hash || at->parent != object || !str_eq(at->key, key)))
			slot = (slot + 1) & (SLOTS - 1);
		if (!at)
			at = s->slots[slot] = add_member(s, object, key, hash);
	}
	if (at)
		object->expected = at->next;
	return at;
}

/* Of the value whose first token was given. */
static struct json_outline_place *place_of_value(struct json_outline_shape *s)
{
	struct json_outline_place *in = s->depth ? s->open[s->depth - 1] : NULL;
	if (!in)
		return s->document;
	if (!s->in_array[s->depth - 1])
		return s->member;
	if (!in->element)
		in->element = add_place(s, in);
	return in->element;
}

/* ---- the pass ---- */

static void open_value(struct json_outline_shape *s, struct json_outline_place *at, bool array)
{
	s->in_array[s->depth] = array;
	s->open[s->depth++] = at;
	at->expected = at->child;
	at->arrays += array;
	at->objects += !array;
}

static int take_value(struct json_outline_shape *s, struct json_pull *p, enum json_token token, struct err *e)
{
	struct json_outline_place *at = place_of_value(s);
	s->outline->documents += s->depth == 0;
	if (!at) {
		s->outline->further++;
		return json_pull_skip(p, e);
	}
	if (token == JSON_PULL_OBJECT || token == JSON_PULL_ARRAY)
		open_value(s, at, token == JSON_PULL_ARRAY);
	else if (token == JSON_PULL_NULL)
		at->nulls++;
	else
		at->scalars++;
	return 0;
}

static int take_key(struct json_outline_shape *s, struct json_pull *p, struct err *e)
{
	s->member = find_member(s, s->open[s->depth - 1], json_pull_text(p));
	if (s->member)
		return 0;
	s->outline->further++;
	return json_pull_skip(p, e);
}

/* Documents that follow each other stand one a line. */
static int check_line(struct json_outline_shape *s, struct json_pull *p, struct err *e)
{
	uint64_t line;
	uint32_t col;
	json_pull_place(p, &line, &col);
	if (s->depth || s->outline->documents == 0 || line != s->end_line)
		return 0;
	err_at_line(e, line, col);
	return err_set(e, ERR_INPUT, "json.document", "found a second document in the line, expected the end of the line "
		"behind the first");
}

static void note_end(struct json_outline_shape *s, struct json_pull *p)
{
	uint32_t col;
	if (s->depth == 0)
		json_pull_place(p, &s->end_line, &col);
}

static int read_all(struct json_outline_shape *s, struct json_pull *p, struct err *e)
{
	enum json_token token;
	int result;
	while ((result = json_pull_next(p, &token, e)) == 0 && token != JSON_PULL_END) {
		if (token == JSON_PULL_END_OBJECT || token == JSON_PULL_END_ARRAY)
			s->depth--;
		else if (token == JSON_PULL_KEY)
			result = take_key(s, p, e);
		else if ((result = check_line(s, p, e)) == 0)
			result = take_value(s, p, token, e);
		if (result)
			break;
		note_end(s, p);
	}
	return result;
}

/* ---- levels ---- */

/* A key that a path can hold. */
static bool is_plain(struct str key)
{
	return key.n && !memchr(key.p, '.', key.n) && !memchr(key.p, '[', key.n) && !memchr(key.p, ']', key.n) &&
		!memchr(key.p, '\0', key.n);
}

static bool holds_records(const struct json_outline_place *at)
{
	const struct json_outline_place *element = at->element;
	return element && element->objects && !element->arrays && !element->scalars && !element->nulls && !at->objects &&
		!at->scalars;
}

static size_t add_level(struct json_outline *o, size_t outer, struct str records,
	const struct json_outline_place *record)
{
	struct json_outline_level *level = &o->levels[o->level_count];
	const struct json_outline_place *array = record->parent;
	*level = (struct json_outline_level){ .records = records, .name = array && array->key.p ? array->key : DOCUMENT,
		.depth = array ? o->levels[outer].depth + 1 : 0, .outer = outer, .record = record,
		.count = record->objects + record->arrays + record->scalars + record->nulls };
	return o->level_count++;
}

/* The levels below an object, whose own way from its record is `way`: "" or "data.". */
static void find_levels(struct json_outline *o, size_t outer, const struct json_outline_place *object, struct str way)
{
	struct str before = o->levels[outer].records;
	for (const struct json_outline_place *at = object->child; at; at = at->next) {
		if (!is_plain(at->key))
			continue;
		if (holds_records(at)) {
			struct str records = arena_printf(&o->arena, "%.*s%s%.*s%.*s[]", STR_ARG(before), before.n ? "." : "",
				STR_ARG(way), STR_ARG(at->key));
			find_levels(o, add_level(o, outer, records, at->element), at->element, STR(""));
		} else if (at->child) {
			find_levels(o, outer, at, arena_printf(&o->arena, "%.*s%.*s.", STR_ARG(way), STR_ARG(at->key)));
		}
	}
}

static void conclude(struct json_outline *o, bool lines)
{
	struct json_outline_place *document = o->shape->document;
	o->lines = lines || o->documents > 1;
	o->levels = ARENA_ARRAY(&o->arena, JSON_OUTLINE_PLACES + 1, struct json_outline_level);
	add_level(o, 0, STR(""), document);
	if (!o->lines && document->arrays) {
		if (!document->element) { /* it is empty */
			document->element = ARENA_NEW(&o->arena, struct json_outline_place);
			document->element->parent = document;
		}
		find_levels(o, add_level(o, 0, STR("[]"), document->element), document->element, STR(""));
	} else {
		find_levels(o, 0, document, STR(""));
	}
	o->likely = !o->lines && o->level_count > 1;
}

int json_outline_read(struct json_outline *o, struct json_pull *p, bool lines, struct err *e)
{
	*o = (struct json_outline){ 0 };
	arena_init(&o->arena, 0);
	o->shape = ARENA_NEW(&o->arena, struct json_outline_shape);
	o->shape->outline = o;
	o->shape->document = ARENA_NEW(&o->arena, struct json_outline_place);
	int result = read_all(o->shape, p, e);
	conclude(o, lines);
	return result;
}

void json_outline_release(struct json_outline *o)
{
	arena_release(&o->arena);
	*o = (struct json_outline){ 0 };
}

/* Whether it stands within `outer`, and every record on the way has one of the next on the average. */
static bool is_likely_within(const struct json_outline *o, size_t level, size_t outer)
{
	const struct json_outline_level *levels = o->levels;
	while (level != outer && level != levels[level].outer && levels[level].count >= levels[levels[level].outer].count)
		level = levels[level].outer;
	return level == outer;
}

size_t json_outline_deepest(const struct json_outline *o, size_t level)
{
	size_t best = level;
	for (size_t i = level + 1; i < o->level_count; i++) {
		if (is_likely_within(o, i, level) && o->levels[i].depth > o->levels[best].depth)
			best = i;
	}
	return best;
}

/* ---- paths ---- */

/* The paths of a level in the making. */
struct listing {
	const struct json_outline *outline;
	struct arena *arena;
	size_t own, of;                /* the level asked for; the one whose records are looked at */
	struct json_outline_path *paths;
	size_t count;
	struct str parts[JSON_PULL_DEPTH + 1]; /* of the place at hand */
	size_t depth;
};

/* Whether a path that begins with `name` reads from an outer level. */
static bool names_outer(const struct listing *l, struct str name)
{
	const struct json_outline_level *levels = l->outline->levels;
	for (size_t i = l->own; i != levels[i].outer; i = levels[i].outer) {
		if (str_eq(levels[levels[i].outer].name, name))
			return true;
	}
	return str_eq(name, DOCUMENT);
}

/* Whether a level between the one asked for and this one has its name. */
static bool is_hidden(const struct listing *l)
{
	const struct json_outline_level *levels = l->outline->levels;
	for (size_t i = levels[l->own].outer; i != l->of; i = levels[i].outer) {
		if (str_eq(levels[i].name, levels[l->of].name))
			return true;
	}
	return false;
}

static bool is_nameable(const struct listing *l)
{
	for (size_t i = 0; i < l->depth; i++) {
		if (!is_plain(l->parts[i]) && !(i == 0 && l->of != l->own))
			return false;
	}
	return l->of == l->own ? !names_outer(l, l->parts[0]) : !is_hidden(l);
}

static void add_path(struct listing *l, const struct json_outline_place *at)
{
	struct json_outline_path *to = &l->paths[l->count++];
	struct str *parts = ARENA_ARRAY(l->arena, l->depth, struct str);
	struct buf text = { 0 };
	for (size_t i = 0; i < l->depth; i++) {
		parts[i] = arena_copy(l->arena, l->parts[i]);
		buf_add(&text, i ? STR(".") : STR(""));
		buf_add(&text, parts[i]);
	}
	*to = (struct json_outline_path){ .path = { arena_copy(l->arena, buf_str(&text)), parts, l->depth },
		.count = at->scalars + at->arrays + (at->child ? 0 : at->objects),
		.whole = at->arrays || (at->objects && !at->child), .named = is_nameable(l) };
	buf_release(&text);
}

/* Whether the array is the one in which the records of the level asked for stand, or those of a level between. */
static bool leads_inside(const struct listing *l, const struct json_outline_place *at)
{
	const struct json_outline_level *levels = l->outline->levels;
	for (size_t i = l->own; i != l->of; i = levels[i].outer) {
		if (levels[i].record->parent == at)
			return true;
	}
	return false;
}

/* What is null alone, or an object without members, is a value only where nothing else was seen of it. */
static bool is_value(const struct listing *l, const struct json_outline_place *at)
{
	if (leads_inside(l, at) || (l->of != l->own && at->arrays))
		return false;
	return at->scalars || at->arrays || !at->child;
}

static void list_members(struct listing *l, const struct json_outline_place *object)
{
	for (const struct json_outline_place *at = object->child; at; at = at->next) {
		l->parts[l->depth++] = at->key;
		if (is_value(l, at))
			add_path(l, at);
		list_members(l, at);
		l->depth--;
	}
}

size_t json_outline_paths(const struct json_outline *o, size_t level, struct arena *a, struct json_outline_path **out)
{
	struct listing l = { .outline = o, .arena = a, .own = level, .of = level };
	l.paths = *out = ARENA_ARRAY(a, JSON_OUTLINE_PLACES, struct json_outline_path);
	for (;;) {
		const struct json_outline_level *of = &o->levels[l.of];
		l.depth = 0;
		if (l.of != level)
			l.parts[l.depth++] = of->name;
		list_members(&l, of->record);
		bool outermost = of->outer == l.of || (of->outer == 0 && !o->lines);
		if (outermost)
			return l.count;
		l.of = of->outer;
	}
}
