#include "contract_parts.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "qonduit/digest.h"
#include "qonduit/io.h"
#include "qonduit/shipped.h"

#define CONTRACT_FILE_MAX ((size_t)4 << 20)
#define SHIPPED_FOLDER "mappings/contracts/"
#define VERSION_DIGITS 16

struct loading {
	struct arena *arena;
	struct faults *faults;
	struct systems systems;
	struct contract **all;
	size_t count, cap;
	size_t built_in; /* how many of `all` came with the program, from the start */
};

static const struct {
	const char *word, *name;
} types[] = {
	[FIELD_ANY] = { "any", "any value" },
	[FIELD_STRING] = { "string", "a string" },
	[FIELD_NUMBER] = { "number", "a number" },
	[FIELD_INTEGER] = { "integer", "a whole number" },
	[FIELD_BOOLEAN] = { "boolean", "true or false" },
	[FIELD_OBJECT] = { "object", "an object" },
	[FIELD_LIST] = { "list", "a list" },
};

#define TYPES (sizeof types / sizeof *types)

static int by_target(const void *a, const void *b)
{
	const struct contract *const *x = a, *const *y = b;
	return str_cmp((*x)->target, (*y)->target);
}

static int by_name(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	return str_cmp(*x, *y);
}

static struct contract **place_of(const struct loading *l, struct str target)
{
	for (size_t i = 0; i < l->count; i++) {
		if (str_eq(l->all[i]->target, target))
			return &l->all[i];
	}
	return NULL;
}

static void add(struct loading *l, struct str text, const char *name)
{
	struct contract *c = ARENA_NEW(l->arena, struct contract);
	if (contract_read_for(&l->systems, text, name, l->arena, c, l->faults) != 0)
		return;
	char hex[DIGEST_HEX];
	unsigned char sum[DIGEST_BYTES];
	digest_of(text, sum);
	digest_hex(sum, hex);
	c->version = arena_copy(l->arena, (struct str){ hex, VERSION_DIGITS });

	struct contract **there = place_of(l, c->target);
	if (!there) {
		l->all = mem_grow(l->all, &l->cap, l->count + 1, sizeof(struct contract *));
		l->all[l->count++] = c;
	} else if ((size_t)(there - l->all) < l->built_in) {
		*there = c;
	} else {
		struct err *e = faults_add(l->faults, FAULT_ERROR);
		err_set(e, ERR_MAPPING, "contract.twice",
			"the target \"%.*s\" has a contract already, in another file of this folder", STR_ARG(c->target));
		err_at_file(e, name);
	}
}

static void add_built_in(struct loading *l)
{
	for (const struct shipped_file *f = shipped_files; f->name; f++) {
		if (str_starts(str_of(f->name), STR(SHIPPED_FOLDER)))
			add(l, (struct str){ f->from, (size_t)(f->to - f->from) }, f->name);
	}
	l->built_in = l->count;
}

static void add_folder(struct loading *l, const char *folder)
{
	DIR *dir = opendir(folder);
	if (!dir) {
		struct err *e = faults_add(l->faults, FAULT_ERROR);
		err_sys(e, ERR_USAGE, "contract.folder", errno, "the folder of contracts cannot be opened");
		err_at_file(e, folder);
		return;
	}
	struct str *names = NULL;
	size_t count = 0, cap = 0;
	for (struct dirent *entry; (entry = readdir(dir));) {
		struct str name = str_of(entry->d_name);
		if (name.p[0] == '.' || !str_ends(name, STR(".json")))
			continue;
		names = mem_grow(names, &cap, count + 1, sizeof *names);
		names[count++] = arena_printf(l->arena, "%s/%s", folder, entry->d_name);
	}
	closedir(dir);
	if (count)
		qsort(names, count, sizeof *names, by_name);
	for (size_t i = 0; i < count; i++) {
		struct str text;
		struct err e = { 0 };
		if (io_read_file(names[i].p, CONTRACT_FILE_MAX, l->arena, &text, &e) == 0)
			add(l, text, names[i].p);
		else
			*faults_add(l->faults, FAULT_ERROR) = e;
	}
	free(names);
}

int contracts_load(const char *folder, struct arena *arena, struct contracts *out, struct faults *faults)
{
	struct loading l = { .arena = arena, .faults = faults };
	size_t errors = faults->errors;
	if (systems_load(folder, arena, &l.systems, faults) != 0)
		return -1; /* a contract may be for one that has faults */
	add_built_in(&l);
	if (folder)
		add_folder(&l, folder);
	const struct contract **all = ARENA_ARRAY(arena, l.count, const struct contract *);
	for (size_t i = 0; i < l.count; i++)
		all[i] = l.all[i];
	if (l.count)
		qsort(all, l.count, sizeof *all, by_target);
	free(l.all);
	*out = (struct contracts){ all, l.count };
	return faults->errors > errors ? -1 : 0;
}

const struct contract *contracts_find(const struct contracts *c, struct str target)
{
	for (size_t i = 0; i < c->count; i++) {
		if (str_eq(c->all[i]->target, target))
			return c->all[i];
	}
	return NULL;
}

const struct contract_field *contract_field(const struct contract *c, struct str name)
{
	for (size_t i = 0; i < c->field_count; i++) {
		if (str_eq(c->fields[i].name, name))
			return &c->fields[i];
	}
	return NULL;
}

const char *field_type_name(enum field_type t)
{
	return types[t].name;
}

const char *field_type_word(enum field_type t)
{
	return types[t].word;
}

int field_type_of(struct str word)
{
	for (size_t i = 0; i < TYPES; i++) {
		if (str_eq(word, str_of(types[i].word)))
			return (int)i;
	}
	return -1;
}
