/* JSON Schema of the mapping language, and of a target's records. */
#include <string.h>
#include <unistd.h>

#include "qonduit/contract_schema.h"
#include "qonduit/draft.h"
#include "qonduit/job.h"
#include "qonduit/mapping_schema.h"
#include "output_file.h"

#define LANGUAGE "mapping" /* a target's name has a dot */

static int unknown(const struct contracts *all, const char *name, struct arena *a, struct err *e)
{
	struct str *names = ARENA_ARRAY(a, all->count + 1, struct str);
	struct buf list = { .max = 1000 };

	for (size_t i = 0; i < all->count; i++) {
		names[i] = all->all[i]->target;
		buf_printf(&list, "%s, ", names[i].p);
	}
	names[all->count] = STR(LANGUAGE);
	int near = str_nearest(str_of(name), names, all->count + 1);
	err_set(e, ERR_USAGE, "usage.target", "there is no target \"%s\"%s%s%s; there are %sand " LANGUAGE
		", the language of mappings", name, near < 0 ? "" : ", did you mean \"", near < 0 ? "" : names[near].p,
		near < 0 ? "" : "\"?", buf_text(&list));
	buf_release(&list);
	return -1;
}

static int make(const struct contracts *all, const char *name, struct arena *a, struct buf *to, struct err *e)
{
	const struct contract *target = contracts_find(all, str_of(name));

	if (strcmp(name, LANGUAGE) == 0)
		mapping_schema(all, to);
	else if (target)
		contract_schema(target, to);
	else
		return unknown(all, name, a, e);
	return 0;
}

/* As people write JSON: what fits in a line is one. */
static int lay_out(struct buf *text, struct arena *a, struct err *e)
{
	const struct json *schema = json_parse(buf_str(text), "schema", ERR_INTERNAL, a, e);

	if (!schema)
		return -1;
	buf_clear(text);
	draft_value(schema, 0, 0, text);
	buf_addc(text, '\n');
	return 0;
}

static int write_file(struct options *o, struct str text, struct err *e)
{
	struct output_file f;
	struct replacement r;

	if (!o->output || strcmp(o->output, "-") == 0)
		return io_write_all(STDOUT_FILENO, text.p, text.n, "standard output", e);
	if (output_file_find(&f, o->output, &o->arena, e) != 0 || io_replace_begin(&r, f.path, f.mode, e) != 0)
		return -1;
	if (io_write_all(r.fd, text.p, text.n, f.path, e) == 0)
		return output_file_commit(&f, &r, e);
	io_replace_abandon(&r);
	return -1;
}

static int run(struct options *o, struct err *e)
{
	struct buf text = { 0 };
	struct job j;

	if (o->operands.count != 1)
		return err_set(e, ERR_USAGE, "usage", "schema takes one name: " LANGUAGE ", or a target"),
			ERR_USAGE;
	int status = job_contracts(&j, o);
	if (status == 0)
		make(&j.contracts, o->operands.all[0], &j.arena, &text, e);
	if (status == 0 && !e->class && lay_out(&text, &j.arena, e) == 0)
		write_file(o, buf_str(&text), e);
	buf_release(&text);
	job_close(&j);
	return e->class ? (int)e->class : status;
}

const struct command command_schema = {
	.name = "schema",
	.synopsis = LANGUAGE " | TARGET [-o FILE]",
	.summary = "JSON Schema of mappings, or of a target's records, for editors and CI",
	.text =
		"schema " LANGUAGE " is for editors, which complete and check a mapping that names the file in \"$schema\".\n"
		"It has all targets with their fields, those of --contracts too. What it cannot say (names of columns,\n"
		"types along the steps) is left to `check`.\n"
		"schema TARGET says what one record of the target is, for those who read what `convert` wrote.\n"
		"Both are of the draft 2020-12.\n",
	.options = "output contracts",
	.run = run,
};
