/* The part of a contract that says how a payload is sent and how a reply is read. */
#include "contract_parts.h"

static const struct str no_words[1];

void contract_wire_init(struct contract_wire *w)
{
	*w = (struct contract_wire){ .ok = { .words = no_words }, .needs = no_words, .stop_codes = no_words,
		.items = { .ok = { .words = no_words } },
		.job = { .running = no_words, .done = no_words, .failed = no_words } };
}

static void read_method(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct str words[] = { { "POST", 4 }, { "PUT", 3 }, { "PATCH", 5 } };
	unsigned found;
	if (slot_choice(r, j, "method of a request with a body", words, sizeof words / sizeof *words, &found))
		*(struct str *)into = words[found];
}

static void read_job_error(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct slot slots[] = {
		{ "key", false, slot_text, offsetof(struct contract_job, error_key) },
		{ "line", false, slot_text, offsetof(struct contract_job, error_line) },
		{ "message", true, slot_text, offsetof(struct contract_job, error_message) },
		{ 0 },
	};
	slot_object(r, j, slots, into);
}

static void read_job(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct slot slots[] = {
		{ "id", true, slot_text, offsetof(struct contract_job, id) },
		{ "path", true, slot_path, offsetof(struct contract_job, path) },
		{ "id_parameter", true, slot_text, offsetof(struct contract_job, id_parameter) },
		{ "state", true, slot_text, offsetof(struct contract_job, state) },
		{ "running", false, slot_words, offsetof(struct contract_job, running) },
		{ "done", true, slot_words, offsetof(struct contract_job, done) },
		{ "failed", false, slot_words, offsetof(struct contract_job, failed) },
		{ "total", false, slot_text, offsetof(struct contract_job, total) },
		{ "processed", false, slot_text, offsetof(struct contract_job, processed) },
		{ "successes", false, slot_text, offsetof(struct contract_job, successes) },
		{ "failures", false, slot_text, offsetof(struct contract_job, failures) },
		{ "errors", false, slot_text, offsetof(struct contract_job, errors) },
		{ "error", false, read_job_error, 0 },
		{ "gone_code", false, slot_text, offsetof(struct contract_job, gone_code) },
		{ 0 },
	};
	struct contract_wire *w = into;
	w->has_job = true;
	slot_object(r, j, slots, &w->job);
}

static void read_wire_error(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct slot slots[] = {
		{ "code", false, slot_text, offsetof(struct contract_wire, error_code) },
		{ "message", false, slot_text, offsetof(struct contract_wire, error_message) },
		{ "fields", false, slot_flag, offsetof(struct contract_wire, error_fields) },
		{ 0 },
	};
	slot_object(r, j, slots, into);
}

static void read_word(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct slot slots[] = {
		{ "path", true, slot_text, offsetof(struct contract_word, path) },
		{ "values", true, slot_yes_words, offsetof(struct contract_word, words) },
		{ 0 },
	};
	slot_object(r, j, slots, into);
}

static void read_items(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct slot slots[] = {
		{ "list", true, slot_text, offsetof(struct contract_items, list) },
		{ "key", true, slot_text, offsetof(struct contract_items, key) },
		{ "code", false, slot_text, offsetof(struct contract_items, code) },
		{ "message", false, slot_text, offsetof(struct contract_items, message) },
		{ "ok", false, read_word, offsetof(struct contract_items, ok) },
		{ 0 },
	};
	struct contract_wire *w = into;
	w->has_items = true;
	slot_object(r, j, slots, &w->items);
}

void contract_read_wire(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct slot slots[] = {
		{ "system", true, slot_text, offsetof(struct contract_wire, system) },
		{ "method", true, read_method, offsetof(struct contract_wire, method) },
		{ "path", true, slot_path, offsetof(struct contract_wire, path) },
		{ "success", true, slot_statuses, offsetof(struct contract_wire, success) },
		{ "idempotent", false, slot_flag, offsetof(struct contract_wire, idempotent) },
		{ "ok", false, read_word, offsetof(struct contract_wire, ok) },
		{ "needs", false, slot_words, offsetof(struct contract_wire, needs) },
		{ "error", false, read_wire_error, 0 },
		{ "items", false, read_items, 0 },
		{ "stop_codes", false, slot_words, offsetof(struct contract_wire, stop_codes) },
		{ "job", false, read_job, 0 },
		{ 0 },
	};
	struct contract *c = into;
	c->has_wire = true;
	slot_object(r, j, slots, &c->wire);
}

/* A warning: its files can be made all the same, but not sent. */
static void check_system(struct slot_reading *r, const struct systems *systems, const struct json *j, struct str name)
{
	if (!systems || !name.n || systems_find(systems, name))
		return;
	struct str *names = ARENA_ARRAY(r->arena, systems->count, struct str);
	for (size_t i = 0; i < systems->count; i++)
		names[i] = systems->all[i]->name;
	struct err *e = faults_add(r->faults, FAULT_WARNING);
	slot_suggest(e, "contract.system", "system", name, names, systems->count);
	err_at_file(e, r->name);
	json_place(j, false, e);
}

void contract_check_wire(struct slot_reading *r, const struct systems *systems, const struct json *root,
	const struct contract *c)
{
	const struct json *wire = json_get(root, "wire"), *job = json_get(wire, "job"), *items = json_get(wire, "items");
	check_system(r, systems, json_get(wire, "system"), c->wire.system);
	if (c->wire.idempotent && !c->key.n)
		err_set(slot_fault(r, json_get(wire, "idempotent"), true), ERR_MAPPING, "contract.idempotent",
			"a record without a key cannot be known again; expected \"key\" at the top");
	if (c->wire.job.error_message.n && !c->wire.job.errors.n)
		err_set(slot_fault(r, json_get(job, "error"), true), ERR_MAPPING, "contract.errors",
			"nothing says where the errors are; expected \"errors\" beside it");
	if (items && (!c->key.n || c->wire.has_job))
		err_set(slot_fault(r, items, true), ERR_MAPPING, "contract.items", c->key.n
			? "the end of a job tells what became of each record; expected \"items\" or \"job\", not both"
			: "results are tied to records by their key; expected \"key\" at the top");
	if (c->style == FILE_LINES && (items || c->wire.has_job))
		err_set(slot_fault(r, items ? items : job, true), ERR_MAPPING, "contract.lines",
			"\"%s\" is for requests of many records, those of the style \"lines\" have one; expected without it",
			items ? "items" : "job");
}
