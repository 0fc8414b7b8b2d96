#include "qonduit/sandbox_shelf.h"

#include <stdlib.h>

#include "qonduit/json_write.h"

enum { SLOTS_FIRST = 1024 };

static char *copy(struct str s)
{
	char *p = mem_alloc(s.n + 1);
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

static struct str key_of(const struct sandbox_item *item)
{
	return (struct str){ item->key, item->key_length };
}

static struct sandbox_item **slot_of(const struct sandbox_shelf *s, struct str key)
{
	return &s->slots[str_hash(key) & (s->slot_count - 1)];
}

static void widen(struct sandbox_shelf *s)
{
	s->slot_count = s->slot_count ? s->slot_count * 2 : SLOTS_FIRST;
	free(s->slots);
	s->slots = mem_alloc(s->slot_count * sizeof(struct sandbox_item *));
	memset(s->slots, 0, s->slot_count * sizeof(struct sandbox_item *));
	for (size_t i = 0; i < s->count; i++) {
		struct sandbox_item *item = s->all[i], **slot = slot_of(s, key_of(item));
		item->next = *slot;
		*slot = item;
	}
}

static size_t field_count(const struct sandbox_shelf *s)
{
	size_t n = 0;
	while (s->fields[n].name)
		n++;
	return n;
}

static struct sandbox_item *add(struct sandbox_shelf *s, struct str key, int64_t wall)
{
	if (s->count >= s->slot_count)
		widen(s);
	size_t size = sizeof(struct sandbox_item) + field_count(s) * sizeof(char *);
	struct sandbox_item *item = mem_alloc(size), **slot = slot_of(s, key);
	memset(item, 0, size);
	item->key = copy(key);
	item->key_length = key.n;
	item->number = ++s->last;
	item->created = wall;
	item->next = *slot;
	*slot = item;
	s->all = mem_grow(s->all, &s->cap, s->count + 1, sizeof(struct sandbox_item *));
	s->all[s->count++] = item;
	return item;
}

struct sandbox_item *sandbox_shelf_find(const struct sandbox_shelf *s, struct str key)
{
	struct sandbox_item *item = s->slot_count ? *slot_of(s, key) : NULL;
	while (item && !str_eq(key_of(item), key))
		item = item->next;
	return item;
}

struct sandbox_item *sandbox_shelf_put(struct sandbox_shelf *s, struct str key, const struct json *object, int64_t wall)
{
	struct buf text = { 0 };
	struct sandbox_item *item = sandbox_shelf_find(s, key);
	if (!item)
		item = add(s, key, wall);
	item->updated = wall;
	for (size_t i = 0; s->fields[i].name; i++) {
		const struct json *value = json_get(object, s->fields[i].name);
		if (value) {
			buf_clear(&text);
			json_print(value, &text);
			sandbox_item_set(item, i, buf_str(&text));
		}
	}
	buf_release(&text);
	return item;
}

static void release_item(const struct sandbox_shelf *s, struct sandbox_item *item)
{
	for (size_t k = 0; s->fields[k].name; k++)
		free(item->values[k]);
	free(item->key);
	free(item);
}

bool sandbox_shelf_remove(struct sandbox_shelf *s, struct str key)
{
	struct sandbox_item *item = sandbox_shelf_find(s, key), **slot;
	size_t i = 0;
	if (!item)
		return false;
	slot = slot_of(s, key);
	while (*slot != item)
		slot = &(*slot)->next;
	*slot = item->next;
	while (s->all[i] != item)
		i++;
	s->count--;
	memmove(s->all + i, s->all + i + 1, (s->count - i) * sizeof(struct sandbox_item *));
	release_item(s, item);
	return true;
}

void sandbox_item_set(struct sandbox_item *item, size_t field, struct str json)
{
	free(item->values[field]);
	item->values[field] = copy(json);
}

void sandbox_item_print(const struct sandbox_shelf *s, const struct sandbox_item *item, struct buf *to)
{
	struct json_out w = json_out(to);
	json_open(&w, '{');
	for (size_t i = 0; s->fields[i].name; i++) {
		if (item->values[i]) {
			json_key(&w, str_of(s->fields[i].name));
			json_raw(&w, str_of(item->values[i]));
		}
	}
	json_close(&w, '}');
}

void sandbox_shelf_print(const struct sandbox_shelf *s, struct buf *to)
{
	buf_addc(to, '{');
	for (size_t i = 0; i < s->count; i++) {
		buf_add(to, i ? STR(",") : STR(""));
		json_escape(to, key_of(s->all[i]));
		buf_addc(to, ':');
		sandbox_item_print(s, s->all[i], to);
	}
	buf_addc(to, '}');
}

void sandbox_shelf_print_list(const struct sandbox_shelf *s, struct buf *to)
{
	buf_addc(to, '[');
	for (size_t i = 0; i < s->count; i++) {
		buf_add(to, i ? STR(",") : STR(""));
		sandbox_item_print(s, s->all[i], to);
	}
	buf_addc(to, ']');
}

void sandbox_shelf_release(struct sandbox_shelf *s)
{
	for (size_t i = 0; i < s->count; i++)
		release_item(s, s->all[i]);
	free(s->all);
	free(s->slots);
	*s = (struct sandbox_shelf){ .fields = s->fields };
}
