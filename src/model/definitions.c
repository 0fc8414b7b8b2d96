#include "qonduit/definitions.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "qonduit/io.h"
#include "qonduit/shipped.h"

struct loading {
	const struct definition_kind *kind;
	struct arena *arena;
	struct faults *faults;
	struct definition *all;
	size_t count, cap;
	size_t built_in; /* how many of `all` came with the program, from the start */
};

static int by_name(const void *a, const void *b)
{
	const struct definition *x = a, *y = b;
	return str_cmp(x->name, y->name);
}

static int by_text(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	return str_cmp(*x, *y);
}

static void add(struct loading *l, struct str text, const char *file)
{
	struct definition d;
	size_t at = 0;
	d.thing = l->kind->read(l->kind->arg, text, file, &d.name);
	if (!d.thing)
		return;
	while (at < l->count && !str_eq(l->all[at].name, d.name))
		at++;
	if (at == l->count) {
		l->all = mem_grow(l->all, &l->cap, l->count + 1, sizeof *l->all);
		l->all[l->count++] = d;
	} else if (at < l->built_in) {
		l->all[at] = d;
	} else {
		struct err *e = faults_add(l->faults, FAULT_ERROR);
		err_set(e, ERR_MAPPING, l->kind->code_twice, "%s \"%.*s\" is described already, in another file of this folder",
			l->kind->thing, STR_ARG(d.name));
		err_at_file(e, file);
	}
}

static void add_built_in(struct loading *l)
{
	for (const struct shipped_file *f = shipped_files; f->name; f++) {
		if (str_starts(str_of(f->name), str_of(l->kind->shipped)))
			add(l, (struct str){ f->from, (size_t)(f->to - f->from) }, f->name);
	}
	l->built_in = l->count;
}

/* Paths of the JSON files in it, in order. */
static size_t list_files(struct arena *arena, DIR *dir, const char *folder, struct str **names)
{
	size_t count = 0, cap = 0;
	for (struct dirent *entry; (entry = readdir(dir));) {
		struct str name = str_of(entry->d_name);
		if (name.p[0] == '.' || !str_ends(name, STR(".json")))
			continue;
		*names = mem_grow(*names, &cap, count + 1, sizeof **names);
		(*names)[count++] = arena_printf(arena, "%s/%s", folder, entry->d_name);
	}
	if (count)
		qsort(*names, count, sizeof **names, by_text);
	return count;
}

static void add_folder(struct loading *l, const char *folder)
{
	struct str *names = NULL;
	DIR *dir = opendir(folder);
	if (!dir && errno == ENOENT && l->kind->optional)
		return;
	if (!dir) {
		struct err *e = faults_add(l->faults, FAULT_ERROR);
		err_sys(e, ERR_USAGE, l->kind->code_folder, errno, "the folder of %s cannot be opened", l->kind->plural);
		err_at_file(e, folder);
		return;
	}
	size_t count = list_files(l->arena, dir, folder, &names);
	closedir(dir);
	for (size_t i = 0; i < count; i++) {
		struct str text;
		struct err e = { 0 };
		if (io_read_file(names[i].p, DEFINITION_FILE_MAX, l->arena, &text, &e) == 0)
			add(l, text, names[i].p);
		else
			*faults_add(l->faults, FAULT_ERROR) = e;
	}
	free(names);
}

int definitions_load(const struct definition_kind *kind, const char *folder, struct arena *arena,
	struct definition **out, size_t *count, struct faults *faults)
{
	struct loading l = { .kind = kind, .arena = arena, .faults = faults };
	size_t errors = faults->errors;
	add_built_in(&l);
	if (folder)
		add_folder(&l, folder);
	*out = ARENA_ARRAY(arena, l.count, struct definition);
	*count = l.count;
	for (size_t i = 0; i < l.count; i++)
		(*out)[i] = l.all[i];
	if (l.count)
		qsort(*out, l.count, sizeof **out, by_name);
	free(l.all);
	return faults->errors > errors ? -1 : 0;
}
