/* Records of a payload, picked out into fewer files. */
#include <stdlib.h>

#include "qonduit/payload.h"

struct payload_picker {
	const struct contract *contract;
	int dirfd;
	struct buf head, tail;    /* of the file under way */
	struct file body, rows;
	char *name;               /* of the file under way; null: none is */
	uint64_t records, bytes;  /* in it */
	uint64_t requests;
	struct payload_file *files; /* their names are the picker's */
	size_t count, cap;
};

struct payload_picker *payload_pick_begin(const struct contract *c, int dirfd)
{
	struct payload_picker *p = mem_alloc(sizeof *p);
	*p = (struct payload_picker){ .contract = c, .dirfd = dirfd, .body = { .fd = -1 }, .rows = { .fd = -1 } };
	return p;
}

static bool is_lines(const struct payload_picker *p)
{
	return p->contract->style == FILE_LINES;
}

static int put(struct payload_picker *p, struct file *to, struct str text, struct err *e)
{
	return p->dirfd < 0 ? 0 : file_write(to, text, e);
}

static int create_files(struct payload_picker *p, struct err *e)
{
	struct buf rows = { 0 };
	buf_printf(&rows, "%s.rows", p->name);
	int rc = file_create(&p->body, p->dirfd, p->name, e);
	if (rc == 0)
		rc = file_create(&p->rows, p->dirfd, buf_text(&rows), e);
	buf_release(&rows);
	return rc;
}

static int begin_file(struct payload_picker *p, const struct payload_body *b, struct err *e)
{
	const struct contract *c = p->contract;
	struct buf name = { 0 };
	if (is_lines(p))
		buf_printf(&name, "%.*s.%.*s", STR_ARG(c->target), STR_ARG(c->extension));
	else
		buf_printf(&name, "%.*s-%05llu.%.*s", STR_ARG(c->target), (unsigned long long)++p->requests,
			STR_ARG(c->extension));
	p->name = mem_copy(buf_text(&name));
	buf_release(&name);
	buf_clear(&p->head);
	buf_add(&p->head, b->head);
	buf_clear(&p->tail);
	buf_add(&p->tail, b->tail);
	p->records = 0;
	p->bytes = b->head.n + b->tail.n;
	if (p->dirfd >= 0 && create_files(p, e) != 0)
		return -1;
	return put(p, &p->body, b->head, e);
}

static int end_file(struct payload_picker *p, struct err *e)
{
	struct payload_file f = { .target = p->contract->target, .records = p->records };
	if (!p->name)
		return 0;
	if (p->dirfd >= 0) {
		if (put(p, &p->body, buf_str(&p->tail), e) != 0 || file_close(&p->body, f.sha256, &f.bytes, e) != 0 ||
		    file_close(&p->rows, NULL, NULL, e) != 0)
			return -1;
		f.name = str_of(p->name);
		p->files = mem_grow(p->files, &p->cap, p->count + 1, sizeof *p->files);
		p->files[p->count++] = f;
	} else {
		free(p->name);
	}
	p->name = NULL;
	return 0;
}

/* Whether a record of so many bytes is one too many for the body under way. */
static bool is_full(const struct payload_picker *p, size_t more)
{
	const struct contract *c = p->contract;
	if (is_lines(p) || p->records == 0)
		return false;
	return (c->records_per_request && p->records == c->records_per_request) ||
		(c->bytes_per_request && p->bytes + 1 + more > c->bytes_per_request);
}

static bool is_framed_so(const struct payload_picker *p, const struct payload_body *b)
{
	return str_eq(buf_str(&p->head), b->head) && str_eq(buf_str(&p->tail), b->tail);
}

static int put_record(struct payload_picker *p, struct str text, struct str origin, struct err *e)
{
	bool comma = !is_lines(p) && p->records;
	p->records++;
	p->bytes += text.n + comma;
	p->requests += is_lines(p);
	if ((comma && put(p, &p->body, STR(","), e) != 0) || put(p, &p->body, text, e) != 0 ||
	    (is_lines(p) && put(p, &p->body, STR("\n"), e) != 0) || put(p, &p->rows, origin, e) != 0)
		return -1;
	return put(p, &p->rows, STR("\n"), e);
}

int payload_pick(struct payload_picker *p, const struct payload_body *b, const bool *leave, struct err *e)
{
	for (size_t i = 0; i < b->records; i++) {
		if (leave[i])
			continue;
		if (p->name && (is_full(p, b->texts[i].n) || !is_framed_so(p, b)) && end_file(p, e) != 0)
			return -1;
		if (!p->name && begin_file(p, b, e) != 0)
			return -1;
		if (put_record(p, b->texts[i], b->origins[i], e) != 0)
			return -1;
	}
	return 0;
}

int payload_pick_end(struct payload_picker *p, struct arena *arena, struct payload_file **files, size_t *count,
	uint64_t *requests, struct err *e)
{
	if (end_file(p, e) != 0)
		return -1;
	*files = ARENA_ARRAY(arena, p->count, struct payload_file);
	for (size_t i = 0; i < p->count; i++) {
		(*files)[i] = p->files[i];
		(*files)[i].name = arena_copy(arena, p->files[i].name);
	}
	*count = p->count;
	*requests = p->requests;
	return 0;
}

void payload_pick_free(struct payload_picker *p)
{
	file_abandon(&p->body);
	file_abandon(&p->rows);
	for (size_t i = 0; i < p->count; i++)
		free((char *)p->files[i].name.p);
	free(p->files);
	free(p->name);
	buf_release(&p->head);
	buf_release(&p->tail);
	free(p);
}
