/* Files of the style "lines", which may be longer than memory: cut into parts once, read back a part at a time. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/payload.h"

#define PIECE ((size_t)64 << 10)

/* A file on its way through, line by line. */
struct reader {
	const char *path;
	int fd;
	char *piece;
	size_t n, at;        /* bytes in the piece, and how many are taken */
	uint64_t offset;     /* of what is taken, in the file */
	bool ended;
	struct digest *whole, *part; /* null: not summed */
};

static int fail(const char *path, struct err *e)
{
	err_sys(e, ERR_INPUT, "payload.read", errno, "the file cannot be read");
	err_at_file(e, path);
	return -1;
}

static int reader_open(struct reader *r, const char *path, struct err *e)
{
	*r = (struct reader){ .path = path, .fd = open(path, O_RDONLY | O_CLOEXEC) };
	if (r->fd < 0)
		return fail(path, e);
	r->piece = mem_alloc(PIECE);
	return 0;
}

static void reader_close(struct reader *r)
{
	if (r->piece)
		close(r->fd);
	free(r->piece);
	digest_free(r->whole);
	digest_free(r->part);
}

static int reader_fill(struct reader *r, struct err *e)
{
	ssize_t n = io_read(r->fd, r->piece, PIECE, NULL);
	if (n < 0)
		return fail(r->path, e);
	r->n = (size_t)n;
	r->at = 0;
	r->ended = n == 0;
	return 0;
}

/* Takes lines until there are `most`, or they have so many bytes, or the file ends. */
static int take_lines(struct reader *r, uint64_t most, uint64_t bytes, uint64_t *lines, struct err *e)
{
	uint64_t start = r->offset;
	bool within = false; /* a line */
	*lines = 0;
	while (within || (*lines < most && r->offset - start < bytes)) {
		if (r->at == r->n && (r->ended || reader_fill(r, e) != 0 || r->ended))
			break;
		const char *from = r->piece + r->at, *end = memchr(from, '\n', r->n - r->at);
		size_t n = end ? (size_t)(end - from) + 1 : r->n - r->at;
		if (r->whole)
			digest_add(r->whole, from, n);
		if (r->part)
			digest_add(r->part, from, n);
		r->at += n;
		r->offset += n;
		within = !end;
		*lines += end != NULL;
	}
	if (e->class != ERR_NONE)
		return -1;
	if (!within)
		return 0;
	err_set(e, ERR_INPUT, "payload.lines", "the last line is not ended, expected a line feed behind it");
	err_at_file(e, r->path);
	return -1;
}

static int wrong_rows(const struct reader *rows, struct err *e)
{
	err_set(e, ERR_INPUT, "payload.rows",
		"is not the file of origins of the one beside it, expected a line for each of its records");
	err_at_file(e, rows->path);
	return -1;
}

/* The next part; without records at the end of the file. */
static int next_part(struct reader *body, struct reader *rows, uint64_t most, struct payload_lines *part, struct err *e)
{
	uint64_t lines;
	*part = (struct payload_lines){ .first = part->first + part->records, .at = body->offset, .rows_at = rows->offset };
	body->part = digest_new();
	if (take_lines(body, most, PAYLOAD_LINES_BYTES, &part->records, e) != 0)
		return -1;
	digest_end(body->part, part->sum);
	body->part = NULL;
	part->bytes = body->offset - part->at;
	/* one more at the end: there must be none */
	if (take_lines(rows, part->records ? part->records : 1, UINT64_MAX, &lines, e) != 0)
		return -1;
	part->rows_bytes = rows->offset - part->rows_at;
	return lines == part->records ? 0 : wrong_rows(rows, e);
}

static int check_whole(struct reader *body, const struct payload_file *f, uint64_t records, struct err *e)
{
	char hex[DIGEST_HEX];
	digest_end_hex(body->whole, hex);
	body->whole = NULL;
	if (strcmp(hex, f->sha256) == 0 && records == f->records && body->offset == f->bytes)
		return 0;
	err_set(e, ERR_INPUT, "payload.changed",
		"the file is not what the manifest says: found %llu records and SHA-256 %s, expected %llu and %s",
		(unsigned long long)records, hex, (unsigned long long)f->records, f->sha256);
	err_at_file(e, body->path);
	return -1;
}

int payload_cut_lines(const char *dir, const struct payload_file *f, uint64_t most,
	int (*take)(void *arg, const struct payload_lines *part, struct err *e), void *arg, struct err *e)
{
	struct arena arena = { 0 };
	struct reader body = { 0 }, rows = { 0 };
	struct payload_lines part = { 0 };
	const char *path = arena_printf(&arena, "%s/%.*s", dir, STR_ARG(f->name)).p;
	int rc = reader_open(&body, path, e);
	if (rc == 0)
		rc = reader_open(&rows, arena_printf(&arena, "%s.rows", path).p, e);
	if (rc == 0)
		body.whole = digest_new();
	while (rc == 0 && (rc = next_part(&body, &rows, most, &part, e)) == 0 && part.records)
		rc = take(arg, &part, e);
	if (rc == 0)
		rc = check_whole(&body, f, part.first, e);
	reader_close(&body);
	reader_close(&rows);
	arena_release(&arena);
	return rc;
}

/* ---- a part read back ---- */

static int read_bytes(const char *path, uint64_t at, uint64_t bytes, struct arena *arena, struct str *out,
	struct err *e)
{
	if (bytes > PAYLOAD_BODY_MAX) {
		err_set(e, ERR_INPUT, "payload.too_long", "a part of %llu bytes, expected at most %u",
			(unsigned long long)bytes, PAYLOAD_BODY_MAX);
		err_at_file(e, path);
		return -1;
	}
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(path, e);
	char *text = arena_alloc(arena, (size_t)bytes + 1);
	ssize_t got = io_read_at(fd, text, (size_t)bytes, (off_t)at);
	int rc = got < 0 ? fail(path, e) : 0;
	close(fd);
	*out = (struct str){ text, got < 0 ? 0 : (size_t)got };
	text[out->n] = '\0';
	return rc;
}

/* `text` as lines, which there must be so many of. */
static bool cut(struct str text, struct str *lines, size_t count)
{
	size_t n = 0;
	for (struct str rest; text.n; text = rest, n++) {
		struct str line = str_cut(text, '\n', &rest);
		if (n < count)
			lines[n] = line;
	}
	return n == count;
}

static int read_identity(const struct contract *c, const char *path, struct str text, struct arena *scratch,
	struct arena *arena, struct identity *out, struct err *e)
{
	const char *expected;
	const struct json *record = json_parse(arena_copy(scratch, text), path, ERR_INPUT, scratch, e);
	if (!record)
		return -1;
	const struct json *bad = identity_of(c, record, scratch, out, &expected);
	if (bad)
		return err_set(e, ERR_INPUT, "payload.body", "found %s, expected %s", json_kind_name(bad), expected);
	out->key = str_from(arena_copy(arena, identity_bytes(*out)), out->scope);
	return 0;
}

static int read_keys(const struct contract *c, const char *path, uint64_t first, struct arena *arena,
	struct payload_body *out, struct err *e)
{
	struct arena scratch = { 0 };
	struct identity id = { 0 };
	int rc = 0;
	out->scopes = c->within_count ? ARENA_ARRAY(arena, out->records, size_t) : NULL;
	for (size_t i = 0; rc == 0 && i < out->records; i++) {
		rc = read_identity(c, path, out->texts[i], &scratch, arena, &id, e);
		out->keys[i] = id.key;
		if (out->scopes)
			out->scopes[i] = id.scope;
		arena_clear(&scratch);
		if (rc != 0) {
			e->line = 0; /* within the line it was 1 */
			err_at_line(e, first + i + 1, e->col);
			err_at_file(e, path);
		}
	}
	arena_release(&scratch);
	return rc;
}

int payload_read_lines(const char *dir, const struct payload_file *f, const struct payload_lines *part,
	const struct contract *c, struct arena *arena, struct payload_body *out, struct err *e)
{
	const char *path = arena_printf(arena, "%s/%.*s", dir, STR_ARG(f->name)).p;
	const char *rows_path = arena_printf(arena, "%s.rows", path).p;
	struct str rows;
	unsigned char sum[DIGEST_BYTES];
	*out = (struct payload_body){ .records = (size_t)part->records };
	if (read_bytes(path, part->at, part->bytes, arena, &out->text, e) != 0 ||
	    read_bytes(rows_path, part->rows_at, part->rows_bytes, arena, &rows, e) != 0)
		return -1;
	out->keys = ARENA_ARRAY(arena, out->records, struct str);
	out->origins = ARENA_ARRAY(arena, out->records, struct str);
	out->texts = ARENA_ARRAY(arena, out->records, struct str);
	digest_of(out->text, sum);
	bool same = memcmp(sum, part->sum, sizeof sum) == 0 && cut(out->text, out->texts, out->records);
	if (!same || !cut(rows, out->origins, out->records)) {
		err_set(e, ERR_INPUT, "payload.changed", "lines %llu to %llu are not what they were",
			(unsigned long long)part->first + 1, (unsigned long long)(part->first + part->records));
		err_at_file(e, same ? rows_path : path);
		return -1;
	}
	return read_keys(c, path, part->first, arena, out, e);
}
