#include "qonduit/record.h"

#include "qonduit/json_write.h"

#define SURE_BYTES 4096 /* a longer text is never sure */
#define AROUND 3 /* bytes around a value: a comma before its key, and two quotes */
#define ROOM (RECORD_LEAD_MAX + DECIMAL_TEXT_MAX + 2) /* bytes that a field may write to, besides its text */

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

static void settle_lead(struct record_sure *sure, struct str json_key)
{
	size_t n = json_key.n + 2;
	if (n > sizeof sure->lead || !json_key.n)
		return;
	sure->lead[0] = ',';
	memcpy(sure->lead + 1, json_key.p, json_key.n);
	sure->lead[n - 1] = '"';
	sure->lead_bytes = (uint8_t)n;
}

void record_field_settle(struct record_field *f)
{
	const struct contract_field *c = f->contract;
	bool json = f->sure.json;
	f->sure = (struct record_sure){ .empty = !c || !c->required, .json = json };
	settle_lead(&f->sure, f->json_key);
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

/* A text with its key, where there is room; null where something in it must be escaped. */
static inline char *print_text(const struct record_sure *sure, const struct value *v, char *p)
{
	struct str text = v->text;
	memcpy(p, sure->lead, RECORD_LEAD_MAX);
	p += sure->lead_bytes;
	if (v->traits & TEXT_BARE)
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
	memcpy(p, f->sure.lead, RECORD_LEAD_MAX);
	p += f->sure.lead_bytes - 1;
	if (v->type == VALUE_BOOLEAN) {
		memcpy(p, v->truth ? "true " : "false", sizeof "false" - 1);
		return p + 5 - v->truth;
	}
	bool as_it_is = v->number.scale <= f->sure.places && f->sure.as_it_is;
	return p + (as_it_is ? decimal_print(v->number, p) : number_print(f->contract, v->number, p));
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
		size_t room = (size_t)(end - p);
		if (v->type == VALUE_EMPTY)
			continue;
		if (!f->sure.lead_bytes)
			next = NULL;
		else if (v->type == VALUE_TEXT)
			next = room < ROOM + v->text.n ? NULL : print_text(&f->sure, v, p);
		else
			next = room < ROOM ? NULL : print_short(f, v, p);
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
	if (v->type != VALUE_INTEGER && v->type != VALUE_DECIMAL)
		return value_print(a, v);
	struct value number = value_number(styled(f ? f->contract : NULL, v->number), v->type);
	return value_print(a, &number);
}

/* What identifies a record: a number by its size, unless it goes out as a string. */
static struct str identifying(const struct record_field *f, const struct value *v, struct arena *a)
{
	bool number = v->type == VALUE_INTEGER || v->type == VALUE_DECIMAL;
	if (!number || (f->contract && f->contract->number_as_string))
		return record_value_text(f, v, a);
	struct value size = value_number(decimal_trim(v->number), v->type);
	return value_print(a, &size);
}

struct str record_key(const struct record_shape *s, const struct value *values, struct arena *a)
{
	return s->key < 0 ? (struct str){ 0 } : identifying(&s->fields[s->key], &values[s->key], a);
}

struct identity record_identity(const struct record_shape *s, const struct value *values, struct arena *a)
{
	struct str key = record_key(s, values, a), scope = { 0 };
	for (size_t i = 0; i < s->within_count && key.n; i++) {
		const struct value *v = &values[s->within[i]];
		scope = v->type == VALUE_EMPTY ? identity_add_none(a, scope)
			: identity_add(a, scope, identifying(&s->fields[s->within[i]], v, a));
	}
	return identity_make(a, scope, key);
}
