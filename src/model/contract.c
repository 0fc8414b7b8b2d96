#include "contract_parts.h"

#include "qonduit/definitions.h"
#include "qonduit/digest.h"

#define VERSION_DIGITS 16

struct reading {
	struct arena *arena;
	struct faults *faults;
	struct systems systems;
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

static const void *read_contract(void *arg, struct str text, const char *file, struct str *name)
{
	struct reading *r = arg;
	struct contract *c = ARENA_NEW(r->arena, struct contract);
	char hex[DIGEST_HEX];
	unsigned char sum[DIGEST_BYTES];
	if (contract_read_for(&r->systems, text, file, r->arena, c, r->faults) != 0)
		return NULL;
	digest_of(text, sum);
	digest_hex(sum, hex);
	c->version = arena_copy(r->arena, (struct str){ hex, VERSION_DIGITS });
	*name = c->target;
	return c;
}

int contracts_load(const char *folder, struct arena *arena, struct contracts *out, struct faults *faults)
{
	struct reading r = { .arena = arena, .faults = faults };
	const struct definition_kind kind = { .shipped = "mappings/contracts/", .plural = "contracts", .thing = "the target",
		.code_folder = "contract.folder", .code_twice = "contract.twice", .read = read_contract, .arg = &r };
	struct definition *all;
	if (systems_load(folder, arena, &r.systems, faults) != 0)
		return -1; /* a contract may be for one that has faults */
	int status = definitions_load(&kind, folder, arena, &all, &out->count, faults);
	out->all = ARENA_ARRAY(arena, out->count, const struct contract *);
	for (size_t i = 0; i < out->count; i++)
		out->all[i] = all[i].thing;
	return status;
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
