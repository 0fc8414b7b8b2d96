#include "suspects.h"

#include <stdatomic.h>
#include <stdlib.h>

enum look { LOOK_ABSENT, LOOK_SUSPECT, LOOK_OTHER };

struct suspects {
	atomic_size_t open;       /* fields that are looked at */
	size_t count;
	struct suspect {
		size_t output, field;
		const struct record_field *of;
		uint64_t records;
		atomic_bool cleared;  /* a record that is written has another value */
	} all[];
};

static bool is_looked_at(const struct record_field *f)
{
	return f->contract && f->contract->suspect.type != VALUE_EMPTY;
}

static size_t add_output(struct suspects *s, const struct program *p, size_t output, size_t at)
{
	const struct record_shape *shape = &p->outputs[output].shape;
	for (size_t i = 0; i < shape->count; i++) {
		if (!is_looked_at(&shape->fields[i]))
			continue;
		if (s) {
			s->all[at].output = output;
			s->all[at].field = i;
			s->all[at].of = &shape->fields[i];
		}
		at++;
	}
	return at;
}

struct suspects *suspects_open(const struct program *p)
{
	size_t count = 0, at = 0;
	for (size_t i = 0; i < p->output_count; i++)
		count = add_output(NULL, p, i, count);
	if (!count)
		return NULL;
	struct suspects *s = mem_alloc(sizeof *s + count * sizeof *s->all);
	s->count = count;
	for (size_t i = 0; i < p->output_count; i++)
		at = add_output(s, p, i, at);
	suspects_begin(s);
	return s;
}

void suspects_begin(struct suspects *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++) {
		s->all[i].records = 0;
		atomic_init(&s->all[i].cleared, false);
	}
	atomic_init(&s->open, s->count);
}

static bool is_cleared(const struct suspect *s)
{
	return atomic_load_explicit(&s->cleared, memory_order_relaxed);
}

/* "0.00 EUR" begins with a number. */
static bool begins_with(struct str text, struct decimal number)
{
	struct decimal found;
	struct str rest;
	return decimal_parse(str_cut(text, ' ', &rest), &found) == DECIMAL_OK && decimal_compare(found, number) == 0;
}

static bool is_suspect(const struct value *suspect, const struct value *v)
{
	if (suspect->type == VALUE_DECIMAL && v->type == VALUE_TEXT)
		return begins_with(v->text, suspect->number);
	if (suspect->type == VALUE_DECIMAL)
		return 1u << v->type & TYPES_NUMBER && decimal_compare(v->number, suspect->number) == 0;
	if (suspect->type == VALUE_BOOLEAN)
		return v->type == VALUE_BOOLEAN && v->truth == suspect->truth;
	return v->type == VALUE_TEXT && str_eq(v->text, suspect->text);
}

const unsigned char *suspects_look(const struct suspects *s, struct value *const *values, struct arena *a)
{
	if (!s || atomic_load_explicit(&s->open, memory_order_relaxed) == 0)
		return NULL;
	unsigned char *look = arena_zalloc(a, s->count);
	for (size_t i = 0; i < s->count; i++) {
		const struct suspect *one = &s->all[i];
		const struct value *v = &values[one->output][one->field];
		if (v->type != VALUE_EMPTY && !is_cleared(one))
			look[i] = is_suspect(&one->of->contract->suspect, v) ? LOOK_SUSPECT : LOOK_OTHER;
	}
	return look;
}

void suspects_take(struct suspects *s, const unsigned char *look)
{
	for (size_t i = 0; look && i < s->count; i++) {
		struct suspect *one = &s->all[i];
		if (look[i] == LOOK_ABSENT || is_cleared(one))
			continue;
		one->records++;
		if (look[i] == LOOK_OTHER) {
			atomic_store_explicit(&one->cleared, true, memory_order_relaxed);
			atomic_fetch_sub_explicit(&s->open, 1, memory_order_relaxed);
		}
	}
}

static bool is_told(const struct suspect *s)
{
	return !is_cleared(s) && s->records >= PAYLOAD_SUSPECT_LEAST;
}

void suspects_tell(const struct suspects *s, struct arena *a, struct manifest *m)
{
	for (size_t output = 0; s && output < m->output_count; output++) {
		struct payload_suspect *told = ARENA_ARRAY(a, s->count, struct payload_suspect);
		size_t count = 0;
		for (size_t i = 0; i < s->count; i++) {
			const struct suspect *one = &s->all[i];
			if (one->output == output && is_told(one))
				told[count++] = (struct payload_suspect){ one->of->name, value_print(a, &one->of->contract->suspect),
					one->records };
		}
		m->outputs[output].suspects = told;
		m->outputs[output].suspect_count = count;
	}
}

void suspects_close(struct suspects *s)
{
	free(s);
}
