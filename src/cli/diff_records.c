#include "diff_records.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORDS_MOST ((size_t)UINT32_MAX - 1)
#define RECORD_BYTES ((size_t)256 << 20)
#define PIECE        ((size_t)256 << 10)

/* A file on its way through, record by record. */
struct reading {
	struct diff_records *to;
	const struct contract *c;
	const char *path;
	int fd;
	struct digest *sum;
	struct buf pending;      /* what is read and not taken yet, … */
	size_t from, looked;     /* … from here on, and how far it was looked through for an end */
	uint64_t at;             /* of `pending` in the file */
	bool quoted, ended;
};

bool diff_can_read(enum file_style style)
{
	return style == FILE_BATCHES || style == FILE_LINES || style == FILE_ARRAY || style == FILE_TABLE;
}

/* --- files --- */

static int fail(const char *path, int errnum, struct err *e)
{
	err_sys(e, ERR_INPUT, "payload.open", errnum, "the file cannot be read");
	err_at_file(e, path);
	return -1;
}

static int open_file(const char *path, struct err *e)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return fd;
	fail(path, fd < 0 ? errno : EINVAL, e);
	if (fd >= 0)
		close(fd);
	return -1;
}

static int check_sum(const char *path, const char *found, const char *expected, struct err *e)
{
	if (strcmp(found, expected) == 0)
		return 0;
	err_clear(e); /* what is wrong in the file follows from that */
	err_set(e, ERR_INPUT, "payload.changed", "the file is not what the manifest says: found SHA-256 %s, expected %s",
		found, expected);
	err_at_file(e, path);
	return -1;
}

static void shorten(struct str text, unsigned char to[DIFF_DIGEST])
{
	unsigned char sum[DIGEST_BYTES];
	digest_of(text, sum);
	memcpy(to, sum, DIFF_DIGEST);
}

struct identity diff_identity(const struct contract *c, struct str record, struct arena *arena)
{
	struct err ignored = { 0 };
	struct identity id = { 0 };
	const char *expected;
	const struct json *j = c->key.n ? json_parse(record, "record", ERR_INPUT, arena, &ignored) : NULL;
	return j && !identity_of(c, j, arena, &id, &expected) ? id : (struct identity){ 0 };
}

/* It stands in the last file of `r`, at `at`. */
static int add(struct diff_records *r, const struct contract *c, struct str text, uint64_t at, struct err *e)
{
	struct arena arena = { 0 };
	if (r->count == RECORDS_MOST)
		return err_set(e, ERR_INPUT, "diff.size", "found more than %zu records, expected fewer", RECORDS_MOST);
	struct diff_entry entry = { .at = at, .n = (uint32_t)text.n, .file = (uint32_t)(r->file_count - 1) };
	struct identity id = diff_identity(c, text, &arena);
	shorten(text, entry.content);
	shorten(id.key.n ? identity_bytes(id) : text, entry.key);
	arena_release(&arena);
	r->all = mem_grow(r->all, &r->cap, r->count + 1, sizeof *r->all);
	r->all[r->count++] = entry;
	return 0;
}

/* --- where records are --- */

/* Reads on behind what is pending. */
static int fill(struct reading *f, struct err *e)
{
	struct buf *b = &f->pending;
	size_t left = b->n - f->from;
	if (f->from)
		memmove(b->p, b->p + f->from, left);
	f->at += f->from;
	f->looked -= f->from;
	f->from = 0;
	b->n = left;
	buf_room(b, PIECE);
	ssize_t got = io_read(f->fd, b->p + left, PIECE, NULL);
	if (got < 0)
		return fail(f->path, errno, e);
	digest_add(f->sum, b->p + left, (size_t)got);
	b->n += (size_t)got;
	f->ended = got == 0;
	return 0;
}

/* Goes on to the line end behind the record, if it is there. In a table one in quotes is data; quotes in quotes are
 * doubled, so that counting them is enough. */
static bool look(struct reading *f)
{
	const char *p = f->pending.p, *end = p + f->pending.n, *at = p + f->looked;
	if (f->c->style == FILE_TABLE) {
		while (at < end && (f->quoted || *at != '\n'))
			f->quoted ^= *at++ == '"';
	} else {
		const char *found = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
		at = found ? found : end;
	}
	f->looked = (size_t)(at - p);
	return at < end;
}

/* A row is a record, and the header too: another one is another table. A line is one; in an array it has a comma
 * behind it, and the brackets have lines of their own. */
static int take(struct reading *f, struct str text, struct err *e)
{
	uint64_t at = f->at + f->from;
	if (f->c->style != FILE_TABLE) {
		bool bracket = text.n <= 2 && f->c->style == FILE_ARRAY;
		if (f->c->style == FILE_ARRAY && str_ends(text, STR(",")))
			text.n--;
		if (!text.n || bracket)
			return 0;
	}
	return add(f->to, f->c, text, at, e);
}

static int too_long(const struct reading *f, struct err *e)
{
	err_set(e, ERR_INPUT, "diff.size", "the record that begins behind byte %llu is longer than %zu MiB",
		(unsigned long long)(f->at + f->from), RECORD_BYTES >> 20);
	err_at_file(e, f->path);
	return -1;
}

static int take_all(struct reading *f, struct err *e)
{
	for (;;) {
		bool found = look(f);
		if (!found && !f->ended) {
			if (f->pending.n - f->from > RECORD_BYTES)
				return too_long(f, e);
			if (fill(f, e) != 0)
				return -1;
			continue;
		}
		if (!found && f->from == f->pending.n)
			return 0;
		if (take(f, (struct str){ f->pending.p + f->from, f->looked - f->from }, e) != 0)
			return -1;
		f->looked += found;
		f->from = f->looked;
		f->quoted = false;
	}
}

static int take_lines(struct diff_records *r, const struct contract *c, const char *path,
	const struct payload_file *file, struct err *e)
{
	char hex[DIGEST_HEX];
	struct reading f = { .to = r, .c = c, .path = path, .fd = open_file(path, e) };
	if (f.fd < 0)
		return -1;
	f.sum = digest_new();
	int rc = take_all(&f, e);
	digest_end_hex(f.sum, hex);
	close(f.fd);
	buf_release(&f.pending);
	return rc != 0 ? -1 : check_sum(path, hex, file->sha256, e);
}

/* One body, compact JSON as convert writes it. */
static int take_body(struct diff_records *r, const struct contract *c, const char *dir, const char *path,
	const struct payload_file *file, struct err *e)
{
	char hex[DIGEST_HEX];
	unsigned char sum[DIGEST_BYTES];
	struct payload_body body;
	struct arena arena = { 0 };
	int rc = payload_read_body(dir, file, c, &arena, &body, e);
	if (body.text.p) {
		digest_of(body.text, sum);
		digest_hex(sum, hex);
		rc = check_sum(path, hex, file->sha256, e) != 0 ? -1 : rc;
	}
	for (size_t i = 0; rc == 0 && i < body.records; i++)
		rc = add(r, c, body.texts[i], (uint64_t)(body.texts[i].p - body.text.p), e);
	arena_release(&arena);
	return rc;
}

static int take_file(struct diff_records *r, const struct contract *c, const char *dir, const struct payload_file *f,
	struct err *e)
{
	const char *path = arena_printf(&r->arena, "%s/%.*s", dir, STR_ARG(f->name)).p;
	r->files = mem_resize(r->files, (r->file_count + 1) * sizeof *r->files);
	r->files[r->file_count++] = path;
	return c->style == FILE_BATCHES ? take_body(r, c, dir, path, f, e) : take_lines(r, c, path, f, e);
}

int diff_records_read(const char *dir, const struct manifest *m, const struct contract *c, struct diff_records *out,
	struct err *e)
{
	*out = (struct diff_records){ 0 };
	for (size_t i = 0; i < m->file_count; i++) {
		if (str_eq(m->files[i].target, c->target) && take_file(out, c, dir, &m->files[i], e) != 0)
			return -1;
	}
	return 0;
}

/* --- a record again --- */

static int open_again(struct diff_records *r, uint32_t file, struct err *e)
{
	if (r->fd > 0 && r->open == file)
		return 0;
	if (r->fd > 0)
		close(r->fd);
	r->open = file;
	r->fd = open_file(r->files[file], e);
	return r->fd < 0 ? -1 : 0;
}

int diff_text(struct diff_records *r, const struct diff_entry *entry, struct str *out, struct err *e)
{
	unsigned char content[DIFF_DIGEST];
	const char *path = r->files[entry->file];
	if (open_again(r, entry->file, e) != 0)
		return -1;
	buf_clear(&r->text);
	buf_room(&r->text, (size_t)entry->n + 1);
	ssize_t got = io_read_at(r->fd, r->text.p, entry->n, (off_t)entry->at);
	if (got < 0)
		return fail(path, errno, e);
	r->text.n = (size_t)got;
	*out = buf_str(&r->text);
	shorten(*out, content);
	if (memcmp(content, entry->content, DIFF_DIGEST) == 0)
		return 0;
	err_set(e, ERR_INPUT, "payload.changed", "the file was changed while it was compared");
	err_at_file(e, path);
	return -1;
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
	if (r->fd > 0)
		close(r->fd);
	free(r->files);
	buf_release(&r->text);
	free(r->all);
	free(r->slots);
	arena_release(&r->arena);
	*r = (struct diff_records){ 0 };
}
