#include "qonduit/system.h"

#include "qonduit/definitions.h"

struct reading {
	struct arena *arena;
	struct faults *faults;
};

static const void *read_system(void *arg, struct str text, const char *file, struct str *name)
{
	struct reading *r = arg;
	struct system *s = ARENA_NEW(r->arena, struct system);
	if (system_read(text, file, r->arena, s, r->faults) != 0)
		return NULL;
	*name = s->name;
	return s;
}

int systems_load(const char *folder, struct arena *arena, struct systems *out, struct faults *faults)
{
	struct reading r = { arena, faults };
	const struct definition_kind kind = { .shipped = "mappings/systems/", .plural = "systems", .thing = "the system",
		.code_folder = "system.folder", .code_twice = "system.twice", .optional = true, .read = read_system, .arg = &r };
	struct definition *all;
	const char *systems = folder ? arena_printf(arena, "%s/systems", folder).p : NULL;
	int status = definitions_load(&kind, systems, arena, &all, &out->count, faults);
	out->all = ARENA_ARRAY(arena, out->count, const struct system *);
	for (size_t i = 0; i < out->count; i++)
		out->all[i] = all[i].thing;
	return status;
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
