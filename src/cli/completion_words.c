/* What the kinds of operands and arguments stand for. */
#include "completion.h"

#include <sys/stat.h>

#include "qonduit/contract.h"
#include "qonduit/ledger.h"
#include "qonduit/mapping.h"
#include "qonduit/shipped.h"
#include "qonduit/system.h"

#define MAPPINGS STR("mappings/")
#define ENDING   STR(".json")

void completion_word(struct completion *c, struct str word, struct str help)
{
	for (size_t i = 0; i < word.n; i++)
		if ((unsigned char)word.p[i] < ' ') /* a name out of a file: no line can hold it */
			return;
	buf_add(&c->words, c->before);
	buf_add(&c->words, word);
	if (help.n) {
		buf_addc(&c->words, '\t');
		buf_add_visible(&c->words, help);
	}
	buf_addc(&c->words, '\n');
}

void completion_list(struct completion *c, struct str list)
{
	while (list.n)
		completion_word(c, str_cut(list, '|', &list), (struct str){ 0 });
}

static void add_mappings(struct completion *c)
{
	for (const struct shipped_file *f = shipped_files; f->name; f++) {
		struct str name = str_of(f->name);
		struct err e = { 0 };

		if (!str_starts(name, MAPPINGS) || !str_ends(name, ENDING))
			continue;
		name = str_from(str_head(name, name.n - ENDING.n), MAPPINGS.n);
		if (str_find(name, STR("/")) >= 0)
			continue;
		struct str text = { f->from, (size_t)(f->to - f->from) };
		const struct json *root = json_parse(text, f->name, ERR_MAPPING, c->arena, &e);
		completion_word(c, name, json_text(json_get(root, "description"), (struct str){ 0 }));
	}
}

static void add_targets(struct completion *c)
{
	struct contracts contracts;
	struct faults faults;

	faults_init(&faults, c->arena);
	if (contracts_load(NULL, c->arena, &contracts, &faults) != 0)
		return;
	for (size_t i = 0; i < contracts.count; i++)
		completion_word(c, contracts.all[i]->target, contracts.all[i]->title);
}

static bool load_systems(struct completion *c, struct systems *systems)
{
	struct faults faults;

	faults_init(&faults, c->arena);
	return systems_load(NULL, c->arena, systems, &faults) == 0;
}

static void add_systems(struct completion *c)
{
	struct systems systems;

	if (!load_systems(c, &systems))
		return;
	for (size_t i = 0; i < systems.count; i++)
		completion_word(c, systems.all[i]->name, systems.all[i]->title);
}

/* Without its arguments, which are the segments in capitals: "order-lines/" of "order-lines/QID". */
static struct str fixed_part(struct str name)
{
	for (size_t i = 0; i + 1 < name.n; i++)
		if (name.p[i] == '/' && name.p[i + 1] >= 'A' && name.p[i + 1] <= 'Z')
			return str_head(name, i + 1);
	return name;
}

/* Whether "order-lines/1b9d…" asks for "order-lines/QID". */
static bool asks_for(struct str asked, struct str name)
{
	while (asked.n && name.n) {
		struct str segment = str_cut(asked, '/', &asked), other = str_cut(name, '/', &name);
		bool argument = other.p[0] >= 'A' && other.p[0] <= 'Z';

		if (!argument && !str_eq(segment, other))
			return false;
	}
	return !asked.n && !name.n;
}

static void add_values(struct completion *c, const struct parameter *p, struct str before)
{
	if (p->type == PARAMETER_BOOLEAN) {
		completion_word(c, arena_concat(c->arena, before, STR("true")), (struct str){ 0 });
		completion_word(c, arena_concat(c->arena, before, STR("false")), (struct str){ 0 });
	}
	for (size_t i = 0; i < p->value_count; i++)
		completion_word(c, arena_concat(c->arena, before, p->values[i]), (struct str){ 0 });
}

/* The names of parameters, or behind "NAME=" its values. `at` is where in the word that is begun this one begins. */
static void add_parameters(struct completion *c, const struct resource *r, size_t at)
{
	struct str value, name = str_cut(str_from(c->begun, at), '=', &value), before = str_head(c->begun, at);

	for (size_t i = 0; i < r->parameter_count; i++) {
		const struct parameter *p = &r->parameters[i];
		struct str whole = arena_printf(c->arena, "%.*s%.*s=", STR_ARG(before), STR_ARG(p->name));

		if (value.p && str_eq(name, p->name))
			add_values(c, p, whole);
		else if (!value.p && !memchr(p->name.p, '{', p->name.n))
			completion_word(c, whole, p->doc);
	}
}

static void add_resource(struct completion *c, const struct system *s, const struct resource *r)
{
	struct str behind, asked, system = str_cut(str_cut(c->begun, '?', &behind), ':', &asked);
	struct str name = fixed_part(r->name);
	size_t at = c->begun.n;

	if (!behind.p) {
		completion_word(c, arena_printf(c->arena, "%.*s:%.*s", STR_ARG(s->name), STR_ARG(name)), r->doc);
	} else if (str_eq(system, s->name) && asks_for(asked, r->name)) {
		while (c->begun.p[at - 1] != '?' && c->begun.p[at - 1] != '&')
			at--;
		add_parameters(c, r, at);
	}
}

static void add_resources(struct completion *c)
{
	struct systems systems;

	if (!load_systems(c, &systems))
		return;
	for (size_t i = 0; i < systems.count; i++)
		for (size_t k = 0; k < systems.all[i]->resource_count; k++)
			add_resource(c, systems.all[i], &systems.all[i]->resources[k]);
}

/* A file as a rule: resources are told once a word is begun, and they alone behind "SYSTEM:". */
static void add_resources_begun(struct completion *c)
{
	struct systems systems;

	if (!c->begun.n)
		return;
	if (load_systems(c, &systems) && wanted_is(&systems, c->begun))
		c->files = COMPLETION_NONE;
	add_resources(c);
}

/* The names of the mapping's parameters; of their values nothing is known. */
static void add_mapping_parameters(struct completion *c)
{
	struct mapping m;
	struct faults faults;
	struct stat status;

	if (!c->mapping || memchr(c->begun.p, '=', c->begun.n))
		return;
	if (stat(c->mapping, &status) == 0 && !S_ISREG(status.st_mode)) /* a pipe would be waited for */
		return;
	faults_init(&faults, c->arena);
	mapping_read(&m, c->mapping, &faults); /* also of one that has errors */
	for (size_t i = 0; i < m.param_count; i++) {
		const struct mapping_param *p = &m.params[i];
		completion_word(c, arena_concat(c->arena, p->name, STR("=")),
			json_text(json_get(p->at, "description"), (struct str){ 0 }));
	}
	mapping_release(&m);
}

/* Where they are to be gone on with, those that stopped. */
static void add_runs(struct completion *c)
{
	const char *state;
	struct run_record *runs;
	size_t count = 0;
	struct err e = { 0 };
	bool stopped = c->verb && strcmp(c->verb, "resume") == 0;

	if (ledger_folder(c->state, c->arena, &state, &e) != 0 || ledger_list(state, c->arena, &runs, &count, &e) != 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (!stopped || runs[i].status == RUN_STOPPED)
			completion_word(c, runs[i].id, arena_printf(c->arena, "%.*s, %s", STR_ARG(runs[i].mapping),
				run_status_name(runs[i].status)));
}

static const struct kind {
	const char *name;
	enum completion_files files;
	void (*words)(struct completion *c);
} kinds[] = {
	{ "MAPPING", COMPLETION_MAPPINGS, add_mappings },
	{ "INPUT", COMPLETION_FILES, add_resources_begun },
	{ "FILE", COMPLETION_FILES, NULL },
	{ "DIR", COMPLETION_FOLDERS, NULL },
	{ "OLD", COMPLETION_FOLDERS, NULL },
	{ "NEW", COMPLETION_FOLDERS, NULL },
	{ "RESOURCE", COMPLETION_NONE, add_resources },
	{ "SYSTEM", COMPLETION_NONE, add_systems },
	{ "TARGET", COMPLETION_NONE, add_targets },
	{ "ID", COMPLETION_NONE, add_runs },
	{ "NAME=VALUE", COMPLETION_NONE, add_mapping_parameters },
};

void completion_kind(struct completion *c, struct str kind)
{
	for (const struct kind *k = kinds; k < kinds + sizeof kinds / sizeof *kinds; k++) {
		if (!str_eq(kind, str_of(k->name)))
			continue;
		if (k->files > c->files)
			c->files = k->files;
		if (k->words)
			k->words(c);
	}
}
