#include "mapping_texts.h"

#include <stdio.h>

#include "unit.h"

void compile_text(struct compiled *c, const char *text, const char *const *set, size_t set_count)
{
	char path[128];
	struct str copy;

	*c = (struct compiled){ 0 };
	arena_init(&c->arena, 4096);
	faults_init(&c->faults, &c->arena);
	copy = arena_copy(&c->arena, str_of(text));
	for (size_t i = 0; i < copy.n; i++)
		if (copy.p[i] == '\'')
			((char *)(uintptr_t)copy.p)[i] = '"';
	snprintf(path, sizeof path, "%s/mapping.json", unit_folder());
	FILE *f = fopen(path, "w");
	fwrite(copy.p, 1, copy.n, f);
	fclose(f);
	CU_ASSERT_EQUAL_FATAL(contracts_load(NULL, &c->arena, &c->contracts, &c->faults), 0);
	mapping_read(&c->mapping, path, &c->faults);
	if (c->mapping.root) {
		program_compile(&c->program, &c->mapping, &c->contracts, set, set_count, false, &c->faults);
		c->compiled = true;
	}
}

void compiled_release(struct compiled *c)
{
	if (c->compiled)
		program_release(&c->program);
	mapping_release(&c->mapping);
	arena_release(&c->arena);
}

static const struct err *fault(struct compiled *c, size_t n)
{
	const struct fault *f = c->faults.first;

	while (f && n--)
		f = f->next;
	return f ? &f->what : NULL;
}

struct str fault_place(struct compiled *c, size_t n)
{
	const struct err *e = fault(c, n);
	return e ? arena_printf(&c->arena, "%llu:%u %s", (unsigned long long)e->line, e->col, e->code) : STR("no fault");
}

const char *fault_message(struct compiled *c, size_t n)
{
	const struct err *e = fault(c, n);
	return e ? e->message : "no fault";
}
