#include "qonduit/system.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "qonduit/io.h"
#include "qonduit/shipped.h"

#define SYSTEM_FILE_MAX ((size_t)4 << 20)
#define SHIPPED_FOLDER "mappings/systems/"
#define FOLDER "systems"

struct loading {
	struct arena *arena;
	struct faults *faults;
	const struct system **all;
	size_t count, cap;
	size_t built_in; /* how many of `all` came with the program, from the start */
};

static int by_name(const void *a, const void *b)
{
	const struct system *const *x = a, *const *y = b;
	return str_cmp((*x)->name, (*y)->name);
}

static int by_text(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	return str_cmp(*x, *y);
}

static void add(struct loading *l, struct str text, const char *file)
{
	struct system *s = ARENA_NEW(l->arena, struct system);
	if (system_read(text, file, l->arena, s, l->faults) != 0)
		return;
	size_t at = 0;
	while (at < l->count && !str_eq(l->all[at]->name, s->name))
		at++;
	if (at == l->count) {
		l->all = mem_grow(l->all, &l->cap, l->count + 1, sizeof(struct system *));
		l->all[l->count++] = s;
	} else if (at < l->built_in) {
		l->all[at] = s;
	} else {
		struct err *e = faults_add(l->faults, FAULT_ERROR);
		err_set(e, ERR_MAPPING, "system.twice",
			"the system \"%.*s\" is described already, in another file of this folder", STR_ARG(s->name));
		err_at_file(e, file);
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

/* A folder of contracts needs none of systems. */
static void add_folder(struct loading *l, const char *contracts)
{
	struct str folder = arena_printf(l->arena, "%s/" FOLDER, contracts);
	DIR *dir = opendir(folder.p);
	if (!dir && errno == ENOENT)
		return;
	if (!dir) {
		struct err *e = faults_add(l->faults, FAULT_ERROR);
		err_sys(e, ERR_USAGE, "system.folder", errno, "the folder of systems cannot be opened");
		err_at_file(e, folder.p);
		return;
	}
	struct str *names = NULL;
	size_t count = 0, cap = 0;
	for (struct dirent *entry; (entry = readdir(dir));) {
		struct str name = str_of(entry->d_name);
		if (name.p[0] == '.' || !str_ends(name, STR(".json")))
			continue;
		names = mem_grow(names, &cap, count + 1, sizeof *names);
		names[count++] = arena_printf(l->arena, "%s/%s", folder.p, entry->d_name);
	}
	closedir(dir);
	if (count)
		qsort(names, count, sizeof *names, by_text);
	for (size_t i = 0; i < count; i++) {
		struct str text;
		struct err e = { 0 };
		if (io_read_file(names[i].p, SYSTEM_FILE_MAX, l->arena, &text, &e) == 0)
			add(l, text, names[i].p);
		else
			*faults_add(l->faults, FAULT_ERROR) = e;
	}
	free(names);
}

int systems_load(const char *folder, struct arena *arena, struct systems *out, struct faults *faults)
{
	struct loading l = { .arena = arena, .faults = faults };
	size_t errors = faults->errors;
	add_built_in(&l);
	if (folder)
		add_folder(&l, folder);
	const struct system **all = ARENA_ARRAY(arena, l.count, const struct system *);
	for (size_t i = 0; i < l.count; i++)
		all[i] = l.all[i];
	if (l.count)
		qsort(all, l.count, sizeof *all, by_name);
	free(l.all);
	*out = (struct systems){ all, l.count };
	return faults->errors > errors ? -1 : 0;
}

const struct system *systems_find(const struct systems *s, struct str name)
{
	for (size_t i = 0; i < s->count; i++) {
		if (str_eq(s->all[i]->name, name))
			return s->all[i];
	}
	return NULL;
}

struct str systems_names(const struct systems *s, struct arena *arena)
{
	struct str all = { "", 0 };
	for (size_t i = 0; i < s->count; i++)
		all = arena_printf(arena, "%.*s%s%.*s", STR_ARG(all), i == 0 ? "" : i + 1 < s->count ? ", " : " or ",
			STR_ARG(s->all[i]->name));
	return all;
}
