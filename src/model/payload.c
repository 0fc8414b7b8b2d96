#include "qonduit/payload.h"

#include <stdio.h>

#include "qonduit/json_doc.h"
#include "qonduit/json_write.h"

#define MANIFEST_MAX ((size_t)64 << 20)

/* A new line before the next member or element. */
static void new_line(struct json_out *w, int depth)
{
	if (w->comma)
		buf_addc(w->to, ',');
	w->comma = false;
	buf_printf(w->to, "\n%*s", 2 * depth, "");
}

static void key_on_new_line(struct json_out *w, int depth, struct str key)
{
	new_line(w, depth);
	json_key(w, key);
}

static void end_list(struct json_out *w, size_t count, char brace)
{
	w->comma = false;
	if (count)
		new_line(w, 1);
	json_close(w, brace);
}

/* Names of files may hold any bytes; JSON may not. */
static void print_name(struct json_out *w, struct str key, struct str name)
{
	struct buf visible = { 0 };
	buf_add_visible(&visible, name);
	json_key(w, key);
	json_string(w, buf_str(&visible));
	buf_release(&visible);
}

static void print_text(struct json_out *w, struct str key, struct str text)
{
	json_key(w, key);
	json_string(w, text);
}

static void print_count(struct json_out *w, struct str key, uint64_t n)
{
	json_key(w, key);
	json_int(w, (int64_t)n);
}

static void print_suspects(struct json_out *w, const struct payload_output *o)
{
	if (!o->suspect_count)
		return;
	json_member_open(w, "suspect", '[');
	for (size_t i = 0; i < o->suspect_count; i++) {
		json_open(w, '{');
		print_text(w, STR("field"), o->suspects[i].field);
		print_text(w, STR("value"), o->suspects[i].value);
		print_count(w, STR("records"), o->suspects[i].records);
		json_close(w, '}');
	}
	json_close(w, ']');
}

void manifest_print(const struct manifest *m, struct buf *to)
{
	struct json_out w = json_out(to);
	json_open(&w, '{');
	key_on_new_line(&w, 1, STR("qonduit"));
	json_int(&w, 1);
	key_on_new_line(&w, 1, STR("program"));
	json_string(&w, m->program);

	key_on_new_line(&w, 1, STR("mapping"));
	json_open(&w, '{');
	print_name(&w, STR("name"), m->mapping);
	print_text(&w, STR("sha256"), str_of(m->mapping_sha256));
	json_close(&w, '}');

	key_on_new_line(&w, 1, STR("params"));
	json_open(&w, '{');
	for (size_t i = 0; i < m->param_count; i++)
		print_text(&w, m->param_names[i], m->param_values[i]);
	json_close(&w, '}');
	if (m->shard.n) {
		key_on_new_line(&w, 1, STR("shard"));
		json_string(&w, m->shard);
	}

	key_on_new_line(&w, 1, STR("inputs"));
	json_open(&w, '[');
	for (size_t i = 0; i < m->input_count; i++) {
		new_line(&w, 2);
		json_open(&w, '{');
		print_name(&w, STR("name"), m->inputs[i].name);
		print_text(&w, STR("sha256"), str_of(m->inputs[i].sha256));
		print_count(&w, STR("bytes"), m->inputs[i].bytes);
		print_count(&w, STR("rows"), m->inputs[i].rows);
		json_close(&w, '}');
	}
	end_list(&w, m->input_count, ']');

	key_on_new_line(&w, 1, STR("rows"));
	json_open(&w, '{');
	print_count(&w, STR("read"), m->rows.read);
	print_count(&w, STR("filtered"), m->rows.filtered);
	print_count(&w, STR("duplicates"), m->rows.duplicates);
	print_count(&w, STR("rejected"), m->rows.rejected);
	print_count(&w, STR("written"), m->rows.written);
	json_close(&w, '}');

	key_on_new_line(&w, 1, STR("outputs"));
	json_open(&w, '{');
	for (size_t i = 0; i < m->output_count; i++) {
		key_on_new_line(&w, 2, m->outputs[i].target);
		json_open(&w, '{');
		print_text(&w, STR("contract"), m->outputs[i].contract);
		print_text(&w, STR("account"), m->outputs[i].account);
		print_count(&w, STR("records"), m->outputs[i].records);
		print_count(&w, STR("requests"), m->outputs[i].requests);
		print_suspects(&w, &m->outputs[i]);
		json_close(&w, '}');
	}
	end_list(&w, m->output_count, '}');

	key_on_new_line(&w, 1, STR("files"));
	json_open(&w, '[');
	for (size_t i = 0; i < m->file_count; i++) {
		new_line(&w, 2);
		json_open(&w, '{');
		print_text(&w, STR("name"), m->files[i].name);
		print_text(&w, STR("target"), m->files[i].target);
		print_count(&w, STR("records"), m->files[i].records);
		print_count(&w, STR("bytes"), m->files[i].bytes);
		print_text(&w, STR("sha256"), str_of(m->files[i].sha256));
		json_close(&w, '}');
	}
	end_list(&w, m->file_count, ']');
	w.comma = false;
	new_line(&w, 0);
	json_close(&w, '}');
	buf_addc(to, '\n');
}

static int wrong(struct err *e, const struct json *at, const char *expected)
{
	err_set(e, ERR_INPUT, "payload.manifest", "is no manifest of this program: found %s, expected %s",
		json_kind_name(at), expected);
	json_place(at, false, e);
	return -1;
}

static const struct json *member(const struct json *j, const char *key, enum json_kind kind, const char *expected,
	struct err *e)
{
	const struct json *m = json_get(j, key);
	if (json_is(m, kind))
		return m;
	char what[160];
	snprintf(what, sizeof what, "%s as \"%s\"", expected, key);
	wrong(e, m ? m : j, what);
	return NULL;
}

static int read_text(const struct json *j, const char *key, struct str *out, struct err *e)
{
	const struct json *m = member(j, key, JSON_STRING, "a string", e);
	if (m)
		*out = m->text;
	return m ? 0 : -1;
}

static int read_count(const struct json *j, const char *key, uint64_t *out, struct err *e)
{
	int64_t n;
	const struct json *m = member(j, key, JSON_NUMBER, "a number", e);
	if (m && json_to_i64(m, &n) && n >= 0) {
		*out = (uint64_t)n;
		return 0;
	}
	return m ? wrong(e, m, "a whole number that is not negative") : -1;
}

static int read_sum(const struct json *j, char out[DIGEST_HEX], struct err *e)
{
	const struct json *m = member(j, "sha256", JSON_STRING, "a string", e);
	if (!m)
		return -1;
	if (m->text.n != DIGEST_HEX - 1 || strspn(m->text.p, "0123456789abcdef") != DIGEST_HEX - 1)
		return wrong(e, m, "64 hexadecimal digits as \"sha256\"");
	memcpy(out, m->text.p, DIGEST_HEX);
	return 0;
}

/* A name that leads nowhere but into the folder itself. */
static bool is_plain(struct str name)
{
	return name.n && name.p[0] != '.' && !memchr(name.p, '/', name.n) && !memchr(name.p, 0, name.n);
}

static int read_params(const struct json *root, struct arena *arena, struct manifest *out, struct err *e)
{
	const struct json *params = member(root, "params", JSON_OBJECT, "an object", e);
	if (!params)
		return -1;
	struct str *names = ARENA_ARRAY(arena, params->count, struct str);
	struct str *values = ARENA_ARRAY(arena, params->count, struct str);
	for (const struct json *m = params->child; m; m = m->next) {
		if (!json_is(m, JSON_STRING))
			return wrong(e, m, "a string as the value of a parameter");
		names[m->index] = m->key;
		values[m->index] = m->text;
	}
	out->param_names = names;
	out->param_values = values;
	out->param_count = params->count;
	return 0;
}

static int read_inputs(const struct json *root, struct arena *arena, struct manifest *out, struct err *e)
{
	const struct json *inputs = member(root, "inputs", JSON_ARRAY, "an array", e);
	if (!inputs)
		return -1;
	out->inputs = ARENA_ARRAY(arena, inputs->count, struct payload_input);
	out->input_count = inputs->count;
	for (const struct json *j = inputs->child; j; j = j->next) {
		struct payload_input *i = &out->inputs[j->index];
		if (read_text(j, "name", &i->name, e) != 0 || read_sum(j, i->sha256, e) != 0 ||
		    read_count(j, "bytes", &i->bytes, e) != 0 || read_count(j, "rows", &i->rows, e) != 0)
			return -1;
	}
	return 0;
}

static int read_suspects(const struct json *output, struct arena *arena, struct payload_output *out, struct err *e)
{
	if (!json_get(output, "suspect"))
		return 0;
	const struct json *list = member(output, "suspect", JSON_ARRAY, "an array", e);
	if (!list)
		return -1;
	struct payload_suspect *all = ARENA_ARRAY(arena, list->count, struct payload_suspect);
	for (const struct json *j = list->child; j; j = j->next) {
		struct payload_suspect *s = &all[j->index];
		if (read_text(j, "field", &s->field, e) != 0 || read_text(j, "value", &s->value, e) != 0 ||
		    read_count(j, "records", &s->records, e) != 0)
			return -1;
	}
	out->suspects = all;
	out->suspect_count = list->count;
	return 0;
}

static int read_outputs(const struct json *root, struct arena *arena, struct manifest *out, struct err *e)
{
	const struct json *outputs = member(root, "outputs", JSON_OBJECT, "an object", e);
	if (!outputs)
		return -1;
	out->outputs = ARENA_ARRAY(arena, outputs->count, struct payload_output);
	out->output_count = outputs->count;
	for (const struct json *j = outputs->child; j; j = j->next) {
		struct payload_output *o = &out->outputs[j->index];
		o->target = j->key;
		if (read_text(j, "contract", &o->contract, e) != 0 || read_text(j, "account", &o->account, e) != 0 ||
		    read_count(j, "records", &o->records, e) != 0 || read_count(j, "requests", &o->requests, e) != 0 ||
		    read_suspects(j, arena, o, e) != 0)
			return -1;
	}
	return 0;
}

static int read_files(const struct json *root, struct arena *arena, struct manifest *out, struct err *e)
{
	const struct json *files = member(root, "files", JSON_ARRAY, "an array", e);
	if (!files)
		return -1;
	out->files = ARENA_ARRAY(arena, files->count, struct payload_file);
	out->file_count = files->count;
	for (const struct json *j = files->child; j; j = j->next) {
		struct payload_file *f = &out->files[j->index];
		if (read_text(j, "name", &f->name, e) != 0 || read_text(j, "target", &f->target, e) != 0 ||
		    read_count(j, "records", &f->records, e) != 0 || read_count(j, "bytes", &f->bytes, e) != 0 ||
		    read_sum(j, f->sha256, e) != 0)
			return -1;
		if (!is_plain(f->name))
			return wrong(e, json_get(j, "name"), "the name of a file in the same folder");
	}
	return 0;
}

static int read_rows(const struct json *rows, struct payload_counts *out, struct err *e)
{
	if (read_count(rows, "read", &out->read, e) != 0 || read_count(rows, "filtered", &out->filtered, e) != 0 ||
	    read_count(rows, "duplicates", &out->duplicates, e) != 0 ||
	    read_count(rows, "rejected", &out->rejected, e) != 0)
		return -1;
	return read_count(rows, "written", &out->written, e);
}

static int read_manifest(const struct json *root, struct arena *arena, struct manifest *out, struct err *e)
{
	int64_t format;
	if (!json_is(root, JSON_OBJECT))
		return wrong(e, root, "an object");
	const struct json *version = member(root, "qonduit", JSON_NUMBER, "the number 1", e);
	if (!version)
		return -1;
	if (!json_to_i64(version, &format) || format != 1) {
		err_set(e, ERR_INPUT, "payload.format",
			"is of format %.*s, expected 1: another version of the program wrote it", STR_ARG(version->text));
		json_place(version, false, e);
		return -1;
	}
	const struct json *mapping = member(root, "mapping", JSON_OBJECT, "an object", e),
		*rows = mapping ? member(root, "rows", JSON_OBJECT, "an object", e) : NULL;
	if (!rows || read_text(root, "program", &out->program, e) != 0 ||
	    read_text(mapping, "name", &out->mapping, e) != 0 || read_sum(mapping, out->mapping_sha256, e) != 0 ||
	    (json_get(root, "shard") && read_text(root, "shard", &out->shard, e) != 0) ||
	    read_rows(rows, &out->rows, e) != 0 || read_params(root, arena, out, e) != 0 ||
	    read_inputs(root, arena, out, e) != 0 || read_outputs(root, arena, out, e) != 0)
		return -1;
	return read_files(root, arena, out, e);
}

int manifest_read(const char *dir, struct arena *arena, struct manifest *out, struct err *e)
{
	*out = (struct manifest){ 0 };
	const char *path = arena_printf(arena, "%s/%s", dir, PAYLOAD_MANIFEST).p;
	struct str text;
	if (io_read_file(path, MANIFEST_MAX, arena, &text, e) != 0)
		return -1;
	const struct json *root = json_parse(text, path, ERR_INPUT, arena, e);
	if (root && read_manifest(root, arena, out, e) == 0)
		return 0;
	err_at_file(e, path);
	return -1;
}

bool payload_is_ours(const char *dir)
{
	struct arena arena = { 0 };
	struct manifest m;
	struct err e = { 0 };
	bool ours = manifest_read(dir, &arena, &m, &e) == 0;
	arena_release(&arena);
	return ours;
}

void payload_suspect_print(const struct payload_output *o, const struct payload_suspect *s, struct buf *to)
{
	buf_printf(to, "%.*s: every \"%.*s\" is %.*s, in all %llu records that have one", STR_ARG(o->target),
		STR_ARG(s->field), STR_ARG(s->value), (unsigned long long)s->records);
}

int payload_refuse_suspects(const struct manifest *m, const char *end, struct err *e)
{
	for (size_t i = 0; i < m->output_count; i++) {
		if (!m->outputs[i].suspect_count)
			continue;
		struct buf what = { 0 };
		payload_suspect_print(&m->outputs[i], &m->outputs[i].suspects[0], &what);
		err_set(e, ERR_GUARD, "guard.suspect", "%s (--refuse-suspect)%s", buf_text(&what), end);
		buf_release(&what);
		return -1;
	}
	return 0;
}
