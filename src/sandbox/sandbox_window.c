#include "qonduit/sandbox_window.h"

#include <stdlib.h>

#include "qonduit/arena.h"

struct sandbox_window_key {
	char *name;
	size_t length;
	int64_t *times; /* of what was taken, oldest first; those before `first` are too old to count */
	size_t first, count, cap;
	struct sandbox_window_key *next;
};

static struct sandbox_window_key *find(const struct sandbox_window *w, struct str name)
{
	struct sandbox_window_key *key = w->keys;
	while (key && !str_eq((struct str){ key->name, key->length }, name))
		key = key->next;
	return key;
}

static struct sandbox_window_key *add(struct sandbox_window *w, struct str name)
{
	struct sandbox_window_key *key = mem_alloc(sizeof *key);
	*key = (struct sandbox_window_key){ .name = mem_alloc(name.n), .length = name.n, .next = w->keys };
	if (name.n)
		memcpy(key->name, name.p, name.n);
	w->keys = key;
	return key;
}

int64_t sandbox_window_wait(struct sandbox_window *w, struct str key, int64_t now)
{
	struct sandbox_window_key *k = w->limit ? find(w, key) : NULL;
	if (!k)
		return 0;
	while (k->first < k->count && k->times[k->first] <= now - w->ms)
		k->first++;
	if (k->count - k->first < w->limit)
		return 0;
	return k->times[k->count - w->limit] + w->ms - now;
}

void sandbox_window_take(struct sandbox_window *w, struct str key, int64_t now)
{
	if (!w->limit)
		return;
	struct sandbox_window_key *k = find(w, key);
	if (!k)
		k = add(w, key);
	if (k->first > k->count / 2) {
		k->count -= k->first;
		memmove(k->times, k->times + k->first, k->count * sizeof *k->times);
		k->first = 0;
	}
	k->times = mem_grow(k->times, &k->cap, k->count + 1, sizeof *k->times);
	k->times[k->count++] = now;
}

void sandbox_window_release(struct sandbox_window *w)
{
	while (w->keys) {
		struct sandbox_window_key *key = w->keys;
		w->keys = key->next;
		free(key->name);
		free(key->times);
		free(key);
	}
}
