#include "qonduit/drift.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "qonduit/clock.h"
#include "qonduit/digest.h"
#include "qonduit/io.h"
#include "qonduit/json_write.h"
#include "qonduit/log.h"
#include "qonduit/utf8.h"

#define TOLD_MAX 10 /* fields that a sentence names */

static const char *const formats[] = { "json", "csv", "xlsx" };

struct field {
	struct str name;
	int64_t seen_ms;
};

/* What is remembered of a resource. */
struct memory {
	struct str path;
	struct field *fields;
	size_t count;
	bool known; /* it was there */
};

static bool has(const struct str *names, size_t count, struct str name)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

static bool remembers(const struct memory *m, struct str name)
{
	for (size_t i = 0; i < m->count; i++)
		if (str_eq(m->fields[i].name, name))
			return true;
	return false;
}

/* ---- the file ---- */

static struct str resource_name(const struct drift *d)
{
	return arena_printf(d->arena, "%.*s:%.*s", STR_ARG(d->wanted->system->name), STR_ARG(d->wanted->resource->name));
}

static struct str memory_path(const struct drift *d)
{
	struct str resource = resource_name(d);
	struct str key = arena_printf(d->arena, "%.*s\n%.*s\n%s", STR_ARG(d->host), STR_ARG(resource),
		formats[d->wanted->format]);
	unsigned char sum[DIGEST_BYTES];
	char hex[DIGEST_HEX];
	digest_of(key, sum);
	digest_hex(sum, hex);
	return arena_printf(d->arena, "%s/fields/%.32s.json", d->state, hex);
}

static bool read_field(const struct json *j, struct field *to)
{
	const struct json *name = json_get(j, "name");
	to->name = json_text(name, (struct str){ 0 });
	return json_is(name, JSON_STRING) && to->name.n && json_to_i64(json_get(j, "seen"), &to->seen_ms) &&
		to->seen_ms >= 0;
}

static bool read_fields(const struct drift *d, const struct json *root, struct memory *m)
{
	const struct json *list = json_get(root, "fields");
	if (!json_is(list, JSON_ARRAY) || list->count > DRIFT_FIELDS)
		return false;
	m->fields = ARENA_ARRAY(d->arena, list->count, struct field);
	for (const struct json *j = list->child; j; j = j->next)
		if (!read_field(j, &m->fields[m->count++]))
			return false;
	return true;
}

/* What cannot be understood is as good as nothing. */
static void recall(const struct drift *d, struct memory *m)
{
	struct err e = { 0 };
	struct str text;
	struct stat st;
	*m = (struct memory){ .path = memory_path(d) };
	if (lstat(m->path.p, &st) != 0)
		return;
	const struct json *root = io_read_file(m->path.p, DRIFT_FILE, d->arena, &text, &e) == 0
		? json_parse(text, m->path.p, ERR_INPUT, d->arena, &e) : NULL;
	m->known = root && read_fields(d, root, m);
	if (m->known)
		return;
	m->count = 0;
	log_line(LOG_LEVEL_WARNING, "fields_damaged", "%s: the memory of the fields of %.*s cannot be read; it begins anew",
		m->path.p, STR_ARG(d->wanted->text));
}

static void write_field(struct json_out *w, struct str name, int64_t seen_ms)
{
	json_open(w, '{');
	json_key(w, STR("name"));
	json_string(w, name);
	json_key(w, STR("seen"));
	json_int(w, seen_ms);
	json_close(w, '}');
}

/* Whether the memory can hold it. */
static bool is_plain(struct str name)
{
	return name.n && utf8_invalid_at(name) == name.n && !memchr(name.p, '\0', name.n);
}

/* A field that was there long ago is not missed any more. */
static bool is_missed(const struct drift *d, const struct field *f, const struct fetched *got)
{
	return !has(got->fields, got->field_count, f->name) && d->now_ms - f->seen_ms < DRIFT_KEEP_MS;
}

static void write_memory(const struct drift *d, const struct memory *m, const struct fetched *got, struct buf *to)
{
	struct json_out w = json_out(to);
	json_open(&w, '{');
	json_key(&w, STR("host"));
	json_string(&w, d->host);
	json_key(&w, STR("resource"));
	json_string(&w, resource_name(d));
	json_key(&w, STR("format"));
	json_string(&w, str_of(formats[d->wanted->format]));
	json_key(&w, STR("fields"));
	json_open(&w, '[');
	for (size_t i = 0; i < got->field_count; i++)
		if (is_plain(got->fields[i]) && !has(got->fields, i, got->fields[i]))
			write_field(&w, got->fields[i], d->now_ms);
	for (size_t i = 0; i < m->count; i++)
		if (is_missed(d, &m->fields[i], got))
			write_field(&w, m->fields[i].name, m->fields[i].seen_ms);
	json_close(&w, ']');
	json_close(&w, '}');
	buf_addc(to, '\n');
}

static void remember(const struct drift *d, const struct memory *m, const struct fetched *got)
{
	struct buf text = { 0 };
	struct err e = { 0 };
	struct str folder = arena_printf(d->arena, "%s/fields", d->state);
	write_memory(d, m, got, &text);
	if (io_make_folders(folder.p, 0700, &e) != 0 || io_replace_file(m->path.p, buf_str(&text), 0600, &e) != 0)
		log_line(LOG_LEVEL_WARNING, "fields_not_kept", "%s: what fields %.*s has cannot be remembered: %s", e.file,
			STR_ARG(d->wanted->text), e.message);
	buf_release(&text);
}

/* ---- what is told ---- */

/* The nearest of the fields that are new; else, where one is new, that one. */
static struct str instead(const struct drift *d, const struct memory *m, const struct fetched *got, struct str name)
{
	struct str *fresh = ARENA_ARRAY(d->arena, got->field_count, struct str);
	size_t count = 0;
	for (size_t i = 0; i < got->field_count; i++)
		if (!remembers(m, got->fields[i]))
			fresh[count++] = got->fields[i];
	int near = str_nearest(name, fresh, count);
	return near >= 0 ? fresh[near] : count == 1 ? fresh[0] : (struct str){ 0 };
}

static void tell_field(const struct drift *d, const struct memory *m, const struct fetched *got, const struct field *f,
	struct buf *to)
{
	char when[25];
	struct str other = instead(d, m, got, f->name);
	clock_iso(f->seen_ms, when);
	buf_printf(to, "%s\"", to->n ? "; " : "");
	buf_add_visible(to, f->name);
	buf_printf(to, "\" was there until %.10s %.5s UTC", when, when + 11);
	if (other.n) {
		buf_add(to, STR(", now there is \""));
		buf_add_visible(to, other);
		buf_addc(to, '"');
	}
}

static struct str find_gone(const struct drift *d, const struct memory *m, const struct fetched *got)
{
	struct buf text = { .max = 1000 };
	size_t count = 0;
	for (size_t i = 0; i < m->count; i++)
		if (is_missed(d, &m->fields[i], got) && ++count <= TOLD_MAX)
			tell_field(d, m, got, &m->fields[i], &text);
	if (count > TOLD_MAX)
		buf_printf(&text, "; and %zu more", count - TOLD_MAX);
	struct str gone = arena_copy(d->arena, buf_str(&text));
	buf_release(&text);
	return gone;
}

static void tell_new(const struct drift *d, const struct memory *m, const struct fetched *got)
{
	struct buf text = { .max = 1000 };
	for (size_t i = 0; i < got->field_count; i++) {
		if (remembers(m, got->fields[i]))
			continue;
		buf_add(&text, text.n ? STR(", \"") : STR("\""));
		buf_add_visible(&text, got->fields[i]);
		buf_addc(&text, '"');
	}
	if (text.n)
		log_line(LOG_LEVEL_DEBUG, "fields_new", "%.*s: new since the last fetch: %.*s", STR_ARG(d->wanted->text),
			STR_ARG(buf_str(&text)));
	buf_release(&text);
}

/* ---- interface ---- */

void drift_check(const struct drift *d, const struct fetched *got, struct str *gone)
{
	struct memory m;
	*gone = (struct str){ 0 };
	if (!got->field_count || got->field_count > DRIFT_FIELDS)
		return;
	recall(d, &m);
	*gone = find_gone(d, &m, got);
	if (gone->n)
		log_line(LOG_LEVEL_WARNING, "fields_gone", "%.*s: fields are gone: %.*s", STR_ARG(d->wanted->text),
			STR_ARG(*gone));
	if (m.known)
		tell_new(d, &m, got);
	remember(d, &m, got);
}

void drift_recall(const struct drift *d, const struct fetched *got, struct str *gone)
{
	struct memory m;
	*gone = (struct str){ 0 };
	if (!got->field_count || got->field_count > DRIFT_FIELDS)
		return;
	recall(d, &m);
	*gone = find_gone(d, &m, got);
}

void drift_tell(struct str gone, struct err *e)
{
	static const char *const codes[] = { "source.header", "source.no_header", "json.missing", "fetch.needs" };
	bool fits = false;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		fits = fits || strcmp(e->code, codes[i]) == 0;
	if (!fits || !gone.n)
		return;
	struct buf text = { 0 };
	size_t room = sizeof e->message - sizeof "…; " - (gone.n < 1000 ? gone.n : 1000);
	struct str said = utf8_head(str_of(e->message), room);
	buf_printf(&text, "%.*s%s; %.*s", STR_ARG(said), said.n < strlen(e->message) ? "…" : "", STR_ARG(gone));
	snprintf(e->message, sizeof e->message, "%s", buf_text(&text));
	buf_release(&text);
}
