/* The part of a contract that says how a payload is sent and how a reply is read. */
#include "contract_parts.h"

static const struct str no_words[1];

void contract_wire_init(struct contract_wire *w)
{
	*w = (struct contract_wire){ .ok = { .words = no_words }, .stop_codes = no_words,
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
		{ 0 },
	};
	slot_object(r, j, slots, into);
}

void contract_read_wire(struct slot_reading *r, const struct json *j, void *into)
{
	static const struct slot slots[] = {
		{ "system", true, slot_text, offsetof(struct contract_wire, system) },
		{ "method", true, read_method, offsetof(struct contract_wire, method) },
		{ "path", true, slot_path, offsetof(struct contract_wire, path) },
		{ "success", true, slot_statuses, offsetof(struct contract_wire, success) },
		{ "idempotent", false, slot_flag, offsetof(struct contract_wire, idempotent) },
		{ "error", false, read_wire_error, 0 },
		{ "stop_codes", false, slot_words, offsetof(struct contract_wire, stop_codes) },
		{ "job", false, read_job, 0 },
		{ 0 },
	};
	struct contract *c = into;
	c->has_wire = true;
	slot_object(r, j, slots, &c->wire);
}

void contract_check_wire(struct slot_reading *r, const struct json *root, const struct contract *c)
{
	const struct json *wire = json_get(root, "wire"), *job = json_get(wire, "job");
	if (c->wire.idempotent && !c->key.n)
		err_set(slot_fault(r, json_get(wire, "idempotent"), true), ERR_MAPPING, "contract.idempotent",
			"a record without a key cannot be known again; expected \"key\" at the top");
	if (c->wire.job.error_message.n && !c->wire.job.errors.n)
		err_set(slot_fault(r, json_get(job, "error"), true), ERR_MAPPING, "contract.errors",
			"nothing says where the errors are; expected \"errors\" beside it");
}
