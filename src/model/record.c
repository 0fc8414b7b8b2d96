#include "qonduit/record.h"

#include "qonduit/json_write.h"
#include "qonduit/unicode.h"

#define SHOWN_MAX 40 /* bytes of a value in a sentence */
#define SHOWN_VALUES 40
#define SURE_BYTES 4096 /* a longer text is never sure */
#define AROUND 3 /* bytes around a value: a comma before its key, and two quotes */

/* A field, or what is within one; index is that of an item of a list, -1 where it has a name. */
struct place {
	const struct place *around;
	struct str name;
	int64_t index;
};

struct checking {
	struct str target;
	struct arena *arena;
	struct record_fault *faults;
	size_t max, found;
	size_t field;
	const struct place *at;
	uint64_t *warning; /* of the field; null: none */
};

static void fault(struct checking *c, struct str reason)
{
	if (c->found < c->max)
		c->faults[c->found] = (struct record_fault){ c->field, reason };
	c->found++;
}

/* "categories.0.id" */
static struct str name_of(const struct place *p, struct arena *a)
{
	if (!p->around)
		return p->name;
	struct str around = name_of(p->around, a);
	return p->index < 0 ? arena_printf(a, "%.*s.%.*s", STR_ARG(around), STR_ARG(p->name))
		: arena_printf(a, "%.*s.%lld", STR_ARG(around), (long long)p->index);
}

static struct str name(const struct checking *c)
{
	return name_of(c->at, c->arena);
}

static size_t code_points(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

/* Whether the text has fewer or more characters than allowed; a limit of 0 is none. Its bytes say
 * so at once most of the time. */
static bool out_of_limits(struct str text, uint32_t least, uint32_t most, size_t *length)
{
	bool surely = text.n / 4 >= least && (!most || text.n <= most);
	if (surely)
		return false;
	*length = code_points(text);
	return *length < least || (most && *length > most);
}

/* The text, cut where it is long, between characters. */
static struct str shown(struct str s)
{
	size_t n = s.n;
	if (n > SHOWN_MAX) {
		for (n = SHOWN_MAX; n && ((unsigned char)s.p[n] & 0xc0) == 0x80;)
			n--;
	}
	return str_head(s, n);
}

static void check_allowed(struct checking *c, const struct contract_field *f, struct str text)
{
	for (size_t i = 0; i < f->value_count; i++) {
		if (str_eq(text, f->values[i]))
			return;
	}
	struct buf values = { 0 };
	for (size_t i = 0; i < f->value_count && i < SHOWN_VALUES; i++)
		buf_printf(&values, "%s\"%.*s\"", i ? ", " : "", STR_ARG(f->values[i]));
	if (f->value_count > SHOWN_VALUES)
		buf_printf(&values, " or one of %zu more", f->value_count - SHOWN_VALUES);
	struct str head = shown(text);
	fault(c, arena_printf(c->arena, "\"%.*s\" is \"%.*s%s\"; %.*s takes %s", STR_ARG(name(c)), STR_ARG(head),
		head.n < text.n ? "…" : "", STR_ARG(c->target), buf_text(&values)));
	buf_release(&values);
}

static void check_characters(struct checking *c, const struct contract_field *f, struct str text)
{
	size_t at = 0;
	while (at < text.n && f->character[(unsigned char)text.p[at]])
		at++;
	if (at == text.n)
		return;
	uint32_t found;
	struct str head = shown(text), bad = { text.p + at, utf8_next(str_from(text, at), &found) };
	struct buf sentence = { 0 };
	buf_printf(&sentence, "\"%.*s\" is \"", STR_ARG(name(c)));
	buf_add_visible(&sentence, head);
	buf_printf(&sentence, "%s\", with \"", head.n < text.n ? "…" : "");
	buf_add_visible(&sentence, bad);
	buf_printf(&sentence, "\" as character %zu; %.*s takes only %.*s", code_points(str_head(text, at)) + 1,
		STR_ARG(c->target), STR_ARG(f->characters));
	fault(c, arena_copy(c->arena, buf_str(&sentence)));
	buf_release(&sentence);
}

static void check_text(struct checking *c, const struct contract_field *f, struct str text)
{
	size_t length;
	if (out_of_limits(text, f->min_length, f->max_length, &length))
		fault(c, arena_printf(c->arena, "\"%.*s\" has %zu character%s; %.*s takes %s %u", STR_ARG(name(c)), length,
			length == 1 ? "" : "s", STR_ARG(c->target), length < f->min_length ? "at least" : "at most",
			length < f->min_length ? f->min_length : f->max_length));
	if (f->values)
		check_allowed(c, f, text);
	if (f->character)
		check_characters(c, f, text);
	if (c->warning && out_of_limits(text, f->warn_min_length, f->warn_max_length, &length))
		++*c->warning;
}

static struct str number_text(struct arena *a, struct decimal d)
{
	char digits[DECIMAL_TEXT_MAX];
	return arena_copy(a, (struct str){ digits, decimal_print(d, digits) });
}

static void check_range(struct checking *c, const struct contract_field *f, struct decimal d)
{
	bool less = f->has_minimum && decimal_compare(d, f->minimum) < 0;
	bool more = f->has_maximum && decimal_compare(d, f->maximum) > 0;
	if (less || more)
		fault(c, arena_printf(c->arena, "\"%.*s\" is %.*s; %.*s takes %.*s or %s", STR_ARG(name(c)),
			STR_ARG(number_text(c->arena, d)), STR_ARG(c->target),
			STR_ARG(number_text(c->arena, less ? f->minimum : f->maximum)), less ? "more" : "less"));
	if (c->warning && ((f->warn_has_minimum && decimal_compare(d, f->warn_minimum) < 0) ||
	    (f->warn_has_maximum && decimal_compare(d, f->warn_maximum) > 0)))
		++*c->warning;
}

static void check_number(struct checking *c, const struct contract_field *f, struct decimal d)
{
	check_range(c, f, d);
	int places = f->type == FIELD_INTEGER ? 0 : f->places;
	if (places >= 0 && d.scale > places && (d = decimal_trim(d)).scale > places) {
		struct str found = number_text(c->arena, d);
		if (f->type == FIELD_INTEGER)
			fault(c, arena_printf(c->arena, "\"%.*s\" is %.*s; %.*s takes a whole number", STR_ARG(name(c)),
				STR_ARG(found), STR_ARG(c->target)));
		else
			fault(c, arena_printf(c->arena, "\"%.*s\" is %.*s, with %d places; %.*s takes at most %d", STR_ARG(name(c)),
				STR_ARG(found), d.scale, STR_ARG(c->target), places));
	}
}

/* ---- what stands within a value that is JSON ---- */

static void check_tree(struct checking *c, const struct contract_field *f, const struct json *j);

static void check_required(struct checking *c)
{
	fault(c, arena_printf(c->arena, "\"%.*s\" is required by %.*s and is empty", STR_ARG(name(c)), STR_ARG(c->target)));
}

/* A part of what `c` is at. */
static void check_part(struct checking *c, struct place part, const struct contract_field *f, const struct json *j)
{
	part.around = c->at;
	c->at = &part;
	if (j && j->kind != JSON_NULL)
		check_tree(c, f, j);
	else if (f->required)
		check_required(c);
	c->at = part.around;
}

static void check_members(struct checking *c, const struct contract_field *f, const struct json *object)
{
	for (size_t i = 0; f->fields && i < f->field_count; i++)
		check_part(c, (struct place){ .name = f->fields[i].name, .index = -1 }, &f->fields[i],
			json_get(object, f->fields[i].name.p));
	for (const struct json *m = object->child; m && f->fields; m = m->next) {
		size_t i = 0;
		while (i < f->field_count && !str_eq(f->fields[i].name, m->key))
			i++;
		if (i == f->field_count)
			fault(c, arena_printf(c->arena, "\"%.*s\" has \"%.*s\", which %.*s does not know", STR_ARG(name(c)),
				STR_ARG(shown(m->key)), STR_ARG(c->target)));
	}
}

static void check_items(struct checking *c, const struct contract_field *f, const struct json *list)
{
	struct contract_field item = { .name = f->name, .type = f->element, .places = -1, .fields = f->fields,
		.field_count = f->field_count, .required = true };
	if (f->max_items && list->count > f->max_items)
		fault(c, arena_printf(c->arena, "\"%.*s\" has %zu items; %.*s takes at most %zu", STR_ARG(name(c)), list->count,
			STR_ARG(c->target), f->max_items));
	for (const struct json *j = item.type == FIELD_ANY ? NULL : list->child; j; j = j->next)
		check_part(c, (struct place){ .index = (int64_t)j->index }, &item, j);
}

static bool is_kind(const struct contract_field *f, const struct json *j)
{
	switch (f->type) {
	case FIELD_ANY:
		return true;
	case FIELD_STRING:
		return j->kind == JSON_STRING;
	case FIELD_NUMBER:
	case FIELD_INTEGER:
		return j->kind == (f->number_as_string ? JSON_STRING : JSON_NUMBER);
	case FIELD_BOOLEAN:
		return json_is_bool(j);
	case FIELD_OBJECT:
		return j->kind == JSON_OBJECT;
	case FIELD_LIST:
		return j->kind == JSON_ARRAY;
	}
	return false;
}

static void check_tree(struct checking *c, const struct contract_field *f, const struct json *j)
{
	struct decimal number;
	bool is_number = f->type == FIELD_NUMBER || f->type == FIELD_INTEGER;
	if (!is_kind(f, j) || (is_number && decimal_parse(j->text, &number) != DECIMAL_OK))
		fault(c, arena_printf(c->arena, "\"%.*s\" is %s; %.*s takes %s%s", STR_ARG(name(c)), json_kind_name(j),
			STR_ARG(c->target), field_type_name(f->type), !is_number ? "" : f->number_as_string
			? " of at most 38 digits, as a string" : " of at most 38 digits"));
	else if (f->type == FIELD_STRING)
		check_text(c, f, j->text);
	else if (is_number)
		check_number(c, f, number);
	else if (f->type == FIELD_OBJECT)
		check_members(c, f, j);
	else if (f->type == FIELD_LIST)
		check_items(c, f, j);
}

/* An object or a list; it is only read where the contract says something of what is in it. */
static void check_json(struct checking *c, const struct contract_field *f, struct str text)
{
	struct err e = { 0 };
	bool any_list = f->type == FIELD_LIST && f->element == FIELD_ANY && !f->max_items && str_starts(text, STR("["));
	bool any_object = f->type == FIELD_OBJECT && !f->fields && str_starts(text, STR("{"));
	if (f->type == FIELD_ANY || any_list || any_object)
		return;
	struct arena tree;
	arena_init(&tree, 4096);
	const struct json *j = json_parse(text, "the value", ERR_INPUT, &tree, &e);
	if (j)
		check_tree(c, f, j);
	else
		fault(c, arena_printf(c->arena, "\"%.*s\" cannot be read as JSON: %s", STR_ARG(name(c)), e.message));
	arena_release(&tree);
}

static uint32_t lower_limit(uint32_t a, uint32_t b)
{
	return a && (!b || a < b) ? a : b;
}

static bool from_zero(bool has_minimum, struct decimal minimum)
{
	return !has_minimum || decimal_compare(minimum, decimal_of(0)) <= 0;
}

static uint64_t lower_end(uint64_t end, bool has_maximum, struct decimal maximum)
{
	struct decimal whole;
	int64_t most;
	if (!has_maximum)
		return end;
	if (maximum.mantissa < 0 || decimal_round(maximum, 0, ROUND_DOWN, &whole) != DECIMAL_OK ||
	    !decimal_to_i64(whole, &most))
		return 0;
	return (uint64_t)most < end ? (uint64_t)most : end;
}

void record_field_settle(struct record_field *f)
{
	const struct contract_field *c = f->contract;
	bool json = f->sure.json;
	f->sure = (struct record_sure){ .empty = !c || !c->required, .json = json };
	f->sure.as_it_is = !c || !c->number_as_string;
	if (!c) {
		f->sure.most = SURE_BYTES;
		f->sure.below = INT64_MAX;
		f->sure.places = DECIMAL_DIGITS;
		return;
	}
	f->sure.places = c->type == FIELD_INTEGER ? 0 : c->places >= 0 ? c->places : DECIMAL_DIGITS;
	if (from_zero(c->has_minimum, c->minimum) && from_zero(c->warn_has_minimum, c->warn_minimum))
		f->sure.below = lower_end(lower_end(INT64_MAX, c->has_maximum, c->maximum), c->warn_has_maximum,
			c->warn_maximum);
	if (c->values || c->character)
		return;
	f->sure.least = c->min_length > c->warn_min_length ? c->min_length : c->warn_min_length;
	f->sure.most = lower_limit(lower_limit(c->max_length, c->warn_max_length), SURE_BYTES);
}

/* Every byte of a text may become six. */
size_t record_sure_bytes(const struct record_shape *s)
{
	size_t bytes = 2;
	for (const struct record_field *f = s->fields, *end = f + s->count; f < end; f++) {
		if (f->sure.json)
			return SIZE_MAX;
		bytes += f->json_key.n + AROUND + DECIMAL_TEXT_MAX + 6 * (size_t)f->sure.most;
	}
	return bytes;
}

static __attribute__((noinline)) void check_value(struct checking *c, const struct record_field *field,
	const struct value *v)
{
	const struct contract_field *f = field->contract;
	const struct place at = { .name = field->name };
	c->at = &at;
	if (v->type == VALUE_EMPTY && f->required)
		check_required(c);
	else if (v->type == VALUE_TEXT)
		check_text(c, f, v->text);
	else if (v->type == VALUE_INTEGER || v->type == VALUE_DECIMAL)
		check_number(c, f, v->number);
	else if (v->type == VALUE_JSON)
		check_json(c, f, v->text);
	c->at = NULL;
}

size_t record_check(const struct record_shape *s, const struct value *values, struct arena *a,
	struct record_fault *faults, size_t max, uint64_t *warnings)
{
	struct checking c = { .target = s->contract->target, .arena = a, .faults = faults, .max = max };
	for (c.field = 0; c.field < s->count; c.field++) {
		const struct record_field *field = &s->fields[c.field];
		if (!field->contract || record_is_sure(field, &values[c.field]))
			continue;
		c.warning = warnings ? &warnings[c.field] : NULL;
		check_value(&c, field, &values[c.field]);
	}
	return c.found;
}

/* memcpy for what is mostly a few bytes long: two moves that overlap, without a call. */
static inline void copy_bytes(char *to, struct str s)
{
	if (s.n > 32) {
		memcpy(to, s.p, s.n);
	} else if (s.n >= 16) {
		memcpy(to, s.p, 16);
		memcpy(to + s.n - 16, s.p + s.n - 16, 16);
	} else if (s.n >= 8) {
		memcpy(to, s.p, 8);
		memcpy(to + s.n - 8, s.p + s.n - 8, 8);
	} else if (s.n >= 4) {
		memcpy(to, s.p, 4);
		memcpy(to + s.n - 4, s.p + s.n - 4, 4);
	} else if (s.n) { /* the second of one or two is the last as well */
		char first = s.p[0], middle = s.p[s.n / 2], last = s.p[s.n - 1];
		to[0] = first;
		to[s.n / 2] = middle;
		to[s.n - 1] = last;
	}
}

/* The number with the places that its field asks for; one that cannot have them stays as it is. */
static inline struct decimal styled(const struct contract_field *f, struct decimal d)
{
	int places = !f ? -1 : f->type == FIELD_INTEGER ? 0 : f->places;
	if (places >= 0 && (d.scale > places || (f->number_as_string && d.scale < places)))
		decimal_round(d, places, ROUND_DOWN, &d);
	return d;
}

/* Writes the number, in quotes where its field asks for them; at most DECIMAL_TEXT_MAX + 2 bytes. */
static inline size_t number_print(const struct contract_field *f, struct decimal d, char *out)
{
	if (!f || !f->number_as_string)
		return decimal_print(styled(f, d), out);
	size_t n = decimal_print(styled(f, d), out + 1);
	out[0] = out[n + 1] = '"';
	return n + 2;
}

void record_print_value(const struct record_field *f, const struct value *v, struct arena *scratch, struct buf *to)
{
	switch (v->type) {
	case VALUE_EMPTY:
		buf_add(to, STR("null"));
		break;
	case VALUE_TEXT:
		json_escape(to, v->text);
		break;
	case VALUE_INTEGER:
	case VALUE_DECIMAL:
		if (buf_room(to, DECIMAL_TEXT_MAX + 2))
			to->n += number_print(f ? f->contract : NULL, v->number, to->p + to->n);
		break;
	case VALUE_BOOLEAN:
		buf_add(to, v->truth ? STR("true") : STR("false"));
		break;
	case VALUE_DATE:
	case VALUE_DATETIME:
		json_escape(to, value_print(scratch, v));
		break;
	case VALUE_JSON:
		buf_add(to, v->text);
		break;
	}
}

static inline char *print_key(const struct record_field *f, char *p)
{
	struct str key = f->json_key;
	*p++ = ',';
	copy_bytes(p, key);
	return p + key.n;
}

/* A text with its key, where there is room; null where something in it must be escaped. */
static inline char *print_text(const struct record_field *f, struct str text, bool bare, char *p)
{
	p = print_key(f, p);
	*p++ = '"';
	if (bare)
		copy_bytes(p, text);
	else if (text_copy_bare(p, text) != text.n)
		return NULL;
	p[text.n] = '"';
	return p + text.n + 1;
}

/* A number or a boolean with its key, where there is room; null for what is neither. */
static inline char *print_short(const struct record_field *f, const struct value *v, char *p)
{
	if (!(1u << v->type & (TYPES_NUMBER | TYPES_BOOLEAN)))
		return NULL;
	p = print_key(f, p);
	if (v->type != VALUE_BOOLEAN && v->number.scale <= f->sure.places && f->sure.as_it_is)
		return p + decimal_print(v->number, p);
	if (v->type != VALUE_BOOLEAN)
		return p + number_print(f->contract, v->number, p);
	struct str word = v->truth ? STR("true") : STR("false");
	copy_bytes(p, word);
	return p + word.n;
}

static __attribute__((noinline)) void print_other(const struct record_field *f, const struct value *v,
	struct arena *scratch, struct buf *to)
{
	buf_addc(to, ',');
	buf_add(to, f->json_key);
	record_print_value(f, v, scratch, to);
}

/* Every field is written with a comma before it; the first one's then becomes the brace. */
void record_print(const struct record_shape *s, const struct value *values, struct arena *scratch, struct buf *to)
{
	size_t first = to->n;
	if (to->cap - to->n < 2 && !buf_room(to, 2))
		return;
	char *p = to->p + to->n, *end = to->p + to->cap, *next;
	const struct value *v = values;
	for (const struct record_field *f = s->fields, *behind = f + s->count; f < behind; f++, v++) {
		size_t room = (size_t)(end - p), around = f->json_key.n + AROUND;
		if (v->type == VALUE_EMPTY)
			continue;
		if (v->type == VALUE_TEXT)
			next = room < around + v->text.n ? NULL : print_text(f, v->text, v->traits & TEXT_BARE, p);
		else
			next = room < around + DECIMAL_TEXT_MAX ? NULL : print_short(f, v, p);
		if (!next) {
			to->n = (size_t)(p - to->p);
			print_other(f, v, scratch, to);
			next = to->p + to->n;
			end = to->p + to->cap;
		}
		p = next;
	}
	to->n = (size_t)(p - to->p) + (p == to->p + first);
	to->p[first] = '{';
	buf_addc(to, '}');
}

struct str record_value_text(const struct record_field *f, const struct value *v, struct arena *a)
{
	if (v->type == VALUE_TEXT || v->type == VALUE_JSON)
		return v->text;
	if (v->type == VALUE_INTEGER || v->type == VALUE_DECIMAL)
		return number_text(a, styled(f ? f->contract : NULL, v->number));
	return value_print(a, v);
}

struct str record_key(const struct record_shape *s, const struct value *values, struct arena *a)
{
	if (s->key < 0)
		return (struct str){ 0 };
	const struct record_field *f = &s->fields[s->key];
	const struct value *v = &values[s->key];
	bool number = v->type == VALUE_INTEGER || v->type == VALUE_DECIMAL;
	if (number && !(f->contract && f->contract->number_as_string))
		return number_text(a, decimal_trim(v->number));
	return record_value_text(f, v, a);
}
