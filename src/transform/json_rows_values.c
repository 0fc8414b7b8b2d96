/* What becomes of a value that is wanted: it fills slots, opens a frame, or is refused. */
#include "json_rows_parts.h"

/* ---- tokens ---- */

int json_rows_watch(struct json_rows *r, enum json_token token)
{
	if (r->captures)
		json_echo(&r->echo, r->pull, token);
	if (r->now->collecting)
		json_rows_collect(r, token);
	if (!r->captured.full)
		return 0;
	return json_rows_fail(r, NULL, "json.wait", "expected a value of at most %zu MiB, found a longer one",
		JSON_ROWS_WAIT >> 20);
}

/* To the end of the value whose first token, or of the member whose key, was given last. */
int json_rows_pass(struct json_rows *r, enum json_token token)
{
	if (!json_rows_is_watched(r))
		return json_pull_skip(r->pull, r->err);
	if (token == JSON_PULL_KEY && json_rows_next(r, &token))
		return -1;
	if (!json_token_opens(token))
		return 0;
	for (unsigned depth = json_pull_depth(r->pull); json_pull_depth(r->pull) >= depth;) {
		if (json_rows_next(r, &token))
			return -1;
	}
	return 0;
}

/* ---- slots ---- */

/* No member that leads to these slots comes any more in this record. */
static void decide(struct json_rows *r, size_t scope, size_t slot, size_t count)
{
	if (scope == r->levels)
		return;
	for (size_t i = slot; i < slot + count; i++) {
		r->scopes[scope].undecided -= !r->decided[i];
		r->decided[i] = true;
	}
}

static void fill_slots(struct json_rows *r, const struct json_node *node, struct cell cell)
{
	for (size_t i = node->slot; i < node->slot + node->own; i++)
		r->cells[i] = cell;
}

/* Nothing can be told of members of what is null, or leads astray. */
static void meet_all(struct json_node *node)
{
	if (node->all_met)
		return;
	node->met = node->all_met = true;
	for (size_t i = 0; i < node->child_count; i++)
		meet_all(&node->children[i]);
	if (node->any)
		meet_all(node->any);
}

/* A path goes on below `node` where nothing can: those that no array can follow, or all. */
static void children_astray(struct json_rows *r, struct json_node *node, size_t scope, enum json_token token,
	bool all)
{
	struct str text = { 0 };
	for (size_t i = 0; i < node->child_count; i++) {
		struct json_node *child = &node->children[i];
		if (child->all == 0 || (child->is_index && !all))
			continue;
		meet_all(child);
		if (!text.n)
			text = arena_printf(json_rows_arena(r, scope), "found %s at \"%.*s\"", json_token_name(token),
				STR_ARG(node->path.n ? node->path : STR("$")));
		for (size_t slot = child->slot; slot < child->slot + child->all; slot++)
			r->cells[slot] = cell_of(text, CELL_ASTRAY);
	}
	r->bytes += scope == r->levels ? text.n : 0;
}

/* ---- records ---- */

static void begin_record(struct json_rows *r, size_t scope)
{
	struct json_scope *s = &r->scopes[scope];
	uint32_t col;
	memset(r->cells + s->slot, 0, s->slots * sizeof *r->cells);
	if (scope < r->levels) {
		memset(r->decided + s->slot, 0, s->slots * sizeof *r->decided);
		memset(r->given_in + s->slot, 0, s->slots * sizeof *r->given_in);
		s->undecided = s->slots;
		arena_clear(&s->arena);
	}
	json_pull_place(r->pull, &s->line, &col);
	s->root.met = true;
	s->collecting = s->records++ == 0;
	s->depth = json_pull_depth(r->pull);
	r->now = s;
	r->within = scope == r->levels;
}

static int end_record(struct json_rows *r, size_t scope)
{
	struct json_scope *s = &r->scopes[scope];
	s->collecting = r->within = false;
	if (scope == r->levels)
		return json_rows_add(r);
	json_rows_complete(r, scope);
	if (scope == 0 && !r->lines && !r->level_met)
		return json_rows_no_level(r);
	return 0;
}

/* ---- frames ---- */

static struct json_frame *push(struct json_rows *r, struct json_node *node, size_t scope, enum json_frame_kind kind)
{
	struct json_frame *f = &r->frames[r->depth++];
	*f = (struct json_frame){ .node = node, .serial = ++r->serial, .capture = JSON_ROWS_NONE, .scope = scope,
		.kind = kind };
	return f;
}

/* Where the text of an object or array begins whose brace was given last. */
static size_t begin_capture(struct json_rows *r, enum json_token token)
{
	if (r->captures++ == 0) {
		buf_clear(&r->captured);
		r->echo = (struct json_echo){ .to = &r->captured };
		json_echo(&r->echo, r->pull, token);
	}
	return r->captured.n - 1;
}

static void end_capture(struct json_rows *r, const struct json_node *node, size_t scope, size_t from)
{
	struct str text = json_rows_keep(r, scope, str_from(buf_str(&r->captured), from));
	r->captures--;
	fill_slots(r, node, cell_of(text, CELL_JSON));
}

int json_rows_pop(struct json_rows *r)
{
	struct json_frame *f = &r->frames[r->depth - 1];
	struct json_node *node = f->node;
	size_t scope = f->scope;
	if (f->capture != JSON_ROWS_NONE)
		end_capture(r, node, scope, f->capture);
	if (f->kind == JSON_FRAME_LEVEL)
		r->now = &r->scopes[scope];
	int result = 0;
	if (f->record)
		result = end_record(r, scope);
	else
		decide(r, scope, node->slot, node->all);
	r->depth--;
	if (r->depth == 0) {
		uint32_t col;
		json_pull_place(r->pull, &r->end_line, &col);
	}
	return result;
}

/* An object that is a record. */
void json_rows_push_record(struct json_rows *r, size_t scope)
{
	struct json_node *root = &r->scopes[scope].root;
	begin_record(r, scope);
	struct json_frame *f = push(r, root, scope, JSON_FRAME_OBJECT);
	f->record = true;
	if (root->own)
		f->capture = begin_capture(r, JSON_PULL_OBJECT);
}

/* An array whose elements are the records of the next scope. */
static void push_level(struct json_rows *r, struct json_node *node, size_t scope)
{
	struct json_scope *inner = &r->scopes[scope + 1];
	r->level_met = true;
	children_astray(r, node, scope, JSON_PULL_ARRAY, true);
	push(r, node, scope, JSON_FRAME_LEVEL);
	buf_clear(&inner->place);
	json_rows_pointer(r, r->depth, true, &inner->place);
	inner->place_array = inner->place.n;
	r->now = inner;
}

/* ---- values ---- */

static bool is_outermost(const struct json_rows *r, size_t scope)
{
	return scope == 0 && !r->lines;
}

static int refuse_level(struct json_rows *r, struct json_node *node, enum json_token token)
{
	const char *expected = node->level ? "an array" : "an object";
	if (r->depth)
		return json_rows_fail(r, node, "json.records", "found %s, expected %s: \"records\" is \"%.*s\"",
			json_token_name(token), expected, STR_ARG(r->records->text));
	return json_rows_fail(r, NULL, "json.records", "the document is %s, expected %s: \"records\" is \"%.*s\"",
		json_token_name(token), expected, STR_ARG(r->records->text));
}

/* Whether a level can stand below a node that is an object or an array. */
static bool leads_on(const struct json_node *node, bool array)
{
	for (size_t i = 0; i < node->child_count && !node->level; i++) {
		if (node->children[i].leads && (!array || node->children[i].is_index))
			return true;
	}
	return false;
}

/* An object or array at a node. */
static int enter(struct json_rows *r, struct json_node *node, size_t scope, enum json_token token)
{
	bool array = token == JSON_PULL_ARRAY, goes_on = array ? node->indexes || node->any : node->child_count > 0;
	size_t from = node->own ? begin_capture(r, token) : JSON_ROWS_NONE;
	if (array && node->level) {
		push_level(r, node, scope);
	} else if (node->leads && !leads_on(node, array)) {
		return refuse_level(r, node, token);
	} else if (goes_on) {
		push(r, node, scope, array ? JSON_FRAME_ARRAY : JSON_FRAME_OBJECT);
		if (array)
			children_astray(r, node, scope, token, false);
	} else {
		if (array)
			children_astray(r, node, scope, token, true);
		if (json_rows_pass(r, token))
			return -1;
		if (from != JSON_ROWS_NONE)
			end_capture(r, node, scope, from);
		decide(r, scope, node->slot, node->all);
		return 0;
	}
	r->frames[r->depth - 1].capture = from;
	return 0;
}

static struct cell scalar(struct json_rows *r, size_t scope, enum json_token token)
{
	switch (token) {
	case JSON_PULL_STRING:
		return cell_of(json_rows_keep(r, scope, json_pull_text(r->pull)), CELL_TEXT);
	case JSON_PULL_NUMBER:
		return cell_of(json_rows_keep(r, scope, json_pull_text(r->pull)), CELL_NUMBER);
	case JSON_PULL_TRUE:
		return cell_of(STR("true"), CELL_BOOLEAN);
	case JSON_PULL_FALSE:
		return cell_of(STR("false"), CELL_BOOLEAN);
	default: /* null: there, and empty */
		return cell_of(STR(""), CELL_EMPTY);
	}
}

/* The value, by its first token, of a wanted member. */
int json_rows_take(struct json_rows *r, struct json_node *node, size_t scope, enum json_token token)
{
	node->met = true;
	if (json_token_opens(token))
		return enter(r, node, scope, token);
	if (node->leads && (token != JSON_PULL_NULL || is_outermost(r, scope)))
		return refuse_level(r, node, token);
	if (token == JSON_PULL_NULL)
		meet_all(node);
	if (node->own)
		fill_slots(r, node, scalar(r, scope, token));
	if (token != JSON_PULL_NULL && node->child_count)
		children_astray(r, node, scope, token, true);
	decide(r, scope, node->slot, node->all);
	return 0;
}
