#include "diff_records.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RECORDS_MOST = UINT32_MAX - 1 };

bool diff_can_read(enum file_style style)
{
	return style == FILE_BATCHES || style == FILE_LINES || style == FILE_ARRAY || style == FILE_TABLE;
}

static int changed(const char *path, const char *found, const char *expected, struct err *e)
{
	err_set(e, ERR_INPUT, "payload.changed", "the file is not what the manifest says: found SHA-256 %s, expected %s",
		found, expected);
	err_at_file(e, path);
	return -1;
}

static int map_file(const char *path, const struct payload_file *f, struct str *out, struct err *e)
{
	char hex[DIGEST_HEX];
	unsigned char sum[DIGEST_BYTES];
	struct stat status;
	void *bytes = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		err_sys(e, ERR_INPUT, "payload.open", fd < 0 ? errno : EINVAL, "the file cannot be read");
		err_at_file(e, path);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	size_t n = (size_t)status.st_size;
	if (n)
		bytes = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (bytes == MAP_FAILED) {
		err_sys(e, ERR_INPUT, "payload.open", errno, "the file cannot be read");
		err_at_file(e, path);
		return -1;
	}
	*out = (struct str){ bytes, n };
	digest_of(*out, sum);
	digest_hex(sum, hex);
	return strcmp(hex, f->sha256) == 0 ? 0 : changed(path, hex, f->sha256, e);
}

static void shorten(struct str text, unsigned char to[DIFF_DIGEST])
{
	unsigned char sum[DIGEST_BYTES];
	digest_of(text, sum);
	memcpy(to, sum, DIFF_DIGEST);
}

struct str diff_key(const struct contract *c, struct str record, struct arena *arena)
{
	struct err ignored = { 0 };
	const struct json *j = c->key.n ? json_parse(record, "record", ERR_INPUT, arena, &ignored) : NULL;
	return json_text(json_get(j, c->key.p), (struct str){ 0 });
}

static void add(struct diff_records *r, const struct contract *c, struct str text)
{
	struct arena arena = { 0 };
	struct diff_entry entry = { .text = text };
	struct str key = diff_key(c, text, &arena);
	shorten(text, entry.content);
	shorten(key.n ? key : text, entry.key);
	arena_release(&arena);
	r->all = mem_grow(r->all, &r->cap, r->count + 1, sizeof *r->all);
	r->all[r->count++] = entry;
}

/* --- where records are --- */

/* A line end in quotes is data; quotes in quotes are doubled, so that counting them is enough. */
static struct str cut_row(struct str *rest)
{
	struct str all = *rest;
	bool quoted = false;
	size_t n = 0;
	while (n < all.n && (quoted || all.p[n] != '\n'))
		quoted ^= all.p[n++] == '"';
	*rest = str_from(all, n + 1);
	return str_head(all, n);
}

/* The header is a record too: another one is another table. */
static void take_rows(struct diff_records *r, const struct contract *c, struct str text)
{
	while (text.n)
		add(r, c, cut_row(&text));
}

/* A record a line; in an array, with a comma behind and the brackets on lines of their own. */
static void take_lines(struct diff_records *r, const struct contract *c, struct str text)
{
	while (text.n) {
		struct str line = str_cut(text, '\n', &text);
		bool bracket = line.n <= 2 && c->style == FILE_ARRAY;
		if (c->style == FILE_ARRAY && str_ends(line, STR(",")))
			line.n--;
		if (line.n && !bracket)
			add(r, c, line);
	}
}

/* `at` is behind the value there. */
static const char *skip_value(const char *p, const char *end)
{
	int depth = 0;
	bool quoted = false;
	for (; p < end; p++) {
		if (quoted && *p == '\\') {
			p++;
		} else if (*p == '"') {
			quoted = !quoted;
		} else if (!quoted && (*p == '{' || *p == '[')) {
			depth++;
		} else if (!quoted && (*p == '}' || *p == ']')) {
			if (depth-- == 0)
				return p;
		} else if (!quoted && depth == 0 && *p == ',') {
			return p;
		}
	}
	return p;
}

/* The bodies are those of convert, compact JSON, whose SHA-256 was right: payload_read_body has judged them. */
static int take_body(struct diff_records *r, const struct contract *c, const char *dir, const struct payload_file *f,
	struct str text, struct err *e)
{
	struct payload_body body;
	struct arena arena = { 0 };
	if (payload_read_body(dir, f, c, &arena, &body, e) != 0) {
		arena_release(&arena);
		return -1;
	}
	const char *p = text.p + body.head.n, *end = text.p + text.n;
	for (size_t i = 0; i < body.records && p < end; i++) {
		const char *behind = skip_value(p, end);
		add(r, c, (struct str){ p, (size_t)(behind - p) });
		p = behind + 1;
	}
	arena_release(&arena);
	return 0;
}

static int take_file(struct diff_records *r, const struct contract *c, const char *dir, const struct payload_file *f,
	struct err *e)
{
	const char *path = arena_printf(&r->arena, "%s/%.*s", dir, STR_ARG(f->name)).p;
	struct str text = { 0 };
	int rc = map_file(path, f, &text, e);
	r->maps = mem_resize(r->maps, (r->map_count + 1) * sizeof *r->maps);
	r->maps[r->map_count++] = text;
	if (rc != 0)
		return -1;
	if (c->style == FILE_BATCHES)
		return take_body(r, c, dir, f, text, e);
	if (c->style == FILE_TABLE)
		take_rows(r, c, text);
	else
		take_lines(r, c, text);
	return 0;
}

int diff_records_read(const char *dir, const struct manifest *m, const struct contract *c, struct diff_records *out,
	struct err *e)
{
	*out = (struct diff_records){ 0 };
	for (size_t i = 0; i < m->file_count; i++) {
		if (str_eq(m->files[i].target, c->target) && take_file(out, c, dir, &m->files[i], e) != 0)
			return -1;
	}
	if (out->count <= RECORDS_MOST)
		return 0;
	return err_set(e, ERR_INPUT, "diff.size", "found more than %u records, expected fewer", RECORDS_MOST);
}

/* --- finding --- */

static size_t slot_of(const struct diff_records *r, const struct diff_entry *entry)
{
	uint64_t hash;
	memcpy(&hash, entry->key, sizeof hash);
	return hash & (r->slot_count - 1);
}

void diff_index(struct diff_records *r)
{
	for (r->slot_count = 16; r->slot_count < r->count;)
		r->slot_count *= 2;
	r->slots = mem_alloc(r->slot_count * sizeof *r->slots);
	memset(r->slots, 0, r->slot_count * sizeof *r->slots);
	for (size_t i = r->count; i-- > 0;) {
		uint32_t *slot = &r->slots[slot_of(r, &r->all[i])];
		r->all[i].next = *slot;
		*slot = (uint32_t)i + 1;
	}
}

const struct diff_entry *diff_find(struct diff_records *r, const struct diff_entry *other)
{
	for (uint32_t *at = &r->slots[slot_of(r, other)]; *at; at = &r->all[*at - 1].next) {
		struct diff_entry *entry = &r->all[*at - 1];
		if (memcmp(entry->key, other->key, DIFF_DIGEST) == 0) {
			entry->met = true;
			*at = entry->next; /* many may be equal */
			return entry;
		}
	}
	return NULL;
}

void diff_records_release(struct diff_records *r)
{
	for (size_t i = 0; i < r->map_count; i++) {
		if (r->maps[i].n)
			munmap((void *)r->maps[i].p, r->maps[i].n);
	}
	free(r->maps);
	free(r->all);
	free(r->slots);
	arena_release(&r->arena);
	*r = (struct diff_records){ 0 };
}
