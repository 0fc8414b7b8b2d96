#include "qonduit/record.h"

#include "qonduit/json_write.h"

#define SHOWN_MAX 40 /* bytes of a value in a sentence */
#define SHOWN_VALUES 12

struct checking {
	const struct record_shape *shape;
	struct arena *arena;
	struct record_fault *faults;
	size_t max, found;
	size_t field;
};

static void fault(struct checking *c, struct str reason)
{
	if (c->found < c->max)
		c->faults[c->found] = (struct record_fault){ c->field, reason };
	c->found++;
}

static struct str target(const struct checking *c)
{
	return c->shape->contract->target;
}

static struct str name(const struct checking *c)
{
	return c->shape->fields[c->field].name;
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
		head.n < text.n ? "…" : "", STR_ARG(target(c)), buf_text(&values)));
	buf_release(&values);
}

static void check_text(struct checking *c, const struct contract_field *f, struct str text, uint64_t *warnings)
{
	size_t length;
	if (out_of_limits(text, f->min_length, f->max_length, &length))
		fault(c, arena_printf(c->arena, "\"%.*s\" has %zu character%s; %.*s takes %s %u", STR_ARG(name(c)), length,
			length == 1 ? "" : "s", STR_ARG(target(c)), length < f->min_length ? "at least" : "at most",
			length < f->min_length ? f->min_length : f->max_length));
	if (f->values)
		check_allowed(c, f, text);
	if (warnings && out_of_limits(text, f->warn_min_length, f->warn_max_length, &length))
		warnings[c->field]++;
}

static struct str number_text(struct arena *a, struct decimal d)
{
	char digits[DECIMAL_TEXT_MAX];
	return arena_copy(a, (struct str){ digits, decimal_print(d, digits) });
}

static void check_number(struct checking *c, const struct contract_field *f, struct decimal d, uint64_t *warnings)
{
	if (f->has_minimum && decimal_compare(d, f->minimum) < 0)
		fault(c, arena_printf(c->arena, "\"%.*s\" is %.*s; %.*s takes %.*s or more", STR_ARG(name(c)),
			STR_ARG(number_text(c->arena, d)), STR_ARG(target(c)), STR_ARG(number_text(c->arena, f->minimum))));
	int places = f->type == FIELD_INTEGER ? 0 : f->places;
	if (places >= 0 && d.scale > places && (d = decimal_trim(d)).scale > places) {
		struct str found = number_text(c->arena, d);
		if (f->type == FIELD_INTEGER)
			fault(c, arena_printf(c->arena, "\"%.*s\" is %.*s; %.*s takes a whole number", STR_ARG(name(c)),
				STR_ARG(found), STR_ARG(target(c))));
		else
			fault(c, arena_printf(c->arena, "\"%.*s\" is %.*s, with %d places; %.*s takes at most %d", STR_ARG(name(c)),
				STR_ARG(found), d.scale, STR_ARG(target(c)), places));
	}
	if (warnings && f->warn_has_minimum && decimal_compare(d, f->warn_minimum) < 0)
		warnings[c->field]++;
}

size_t record_check(const struct record_shape *s, const struct value *values, struct arena *a,
	struct record_fault *faults, size_t max, uint64_t *warnings)
{
	struct checking c = { .shape = s, .arena = a, .faults = faults, .max = max };
	for (c.field = 0; c.field < s->count; c.field++) {
		const struct contract_field *f = s->fields[c.field].contract;
		const struct value *v = &values[c.field];
		if (!f)
			continue;
		if (v->type == VALUE_EMPTY && f->required)
			fault(&c, arena_printf(a, "\"%.*s\" is required by %.*s and is empty", STR_ARG(name(&c)),
				STR_ARG(target(&c))));
		else if (v->type == VALUE_TEXT)
			check_text(&c, f, v->text, warnings);
		else if (v->type == VALUE_INTEGER || v->type == VALUE_DECIMAL)
			check_number(&c, f, v->number, warnings);
	}
	return c.found;
}

/* The number with the places that its field asks for; one that cannot have them stays as it is. */
static struct decimal styled(const struct contract_field *f, struct decimal d)
{
	int places = !f ? -1 : f->type == FIELD_INTEGER ? 0 : f->places;
	if (places >= 0 && (d.scale > places || (f->number_as_string && d.scale < places)))
		decimal_round(d, places, ROUND_DOWN, &d);
	return d;
}

static void print_number(const struct contract_field *f, struct decimal d, struct buf *to)
{
	bool quoted = f && f->number_as_string;
	if (!buf_room(to, DECIMAL_TEXT_MAX + 2))
		return;
	if (quoted)
		buf_addc(to, '"');
	to->n += decimal_print(styled(f, d), to->p + to->n);
	if (quoted)
		buf_addc(to, '"');
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
		print_number(f ? f->contract : NULL, v->number, to);
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

void record_print(const struct record_shape *s, const struct value *values, struct arena *scratch, struct buf *to)
{
	buf_addc(to, '{');
	bool comma = false;
	for (size_t i = 0; i < s->count; i++) {
		if (values[i].type == VALUE_EMPTY)
			continue;
		if (comma)
			buf_addc(to, ',');
		comma = true;
		buf_add(to, s->fields[i].json_key);
		record_print_value(&s->fields[i], &values[i], scratch, to);
	}
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
