#include "qonduit/sink.h"

#include <stdlib.h>
#include <unistd.h>

static const struct sink_kind *const kinds[] = {
	[FILE_BATCHES] = &sink_batches, [FILE_LINES] = &sink_lines, [FILE_ARRAY] = &sink_array, [FILE_TABLE] = &sink_table,
	[FILE_WORKBOOK] = &sink_workbook, [FILE_XML] = &sink_xml,
};

static bool is_printing_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	}
	return true;
}

int sink_open(struct sink *s, const struct record_shape *shape, int dirfd, struct str account, struct arena *arena,
	struct err *e)
{
	*s = (struct sink){
		.kind = dirfd < 0 ? &sink_lines : kinds[shape->contract->style], .shape = shape, .dirfd = dirfd,
		.out_fd = s->out_fd ? s->out_fd : STDOUT_FILENO, .report = s->report, .head = s->head,
		.head_values = s->head_values, .account = account, .arena = arena,
		.sure_bytes = record_sure_bytes(shape),
	};
	return s->kind->open(s, e);
}

/* At most so many bytes: every byte of a text may become six, and no other value takes more than a line. */
static size_t most_bytes(const struct record_shape *shape, const struct value *values)
{
	size_t most = 2;
	for (size_t i = 0; i < shape->count; i++) {
		bool text = values[i].type == VALUE_TEXT || values[i].type == VALUE_JSON;
		most += shape->fields[i].json_key.n + (text ? 6 * values[i].text.n : 0) + 2 * DECIMAL_TEXT_MAX;
	}
	return most;
}

bool sink_fits_sure(const struct sink *s)
{
	size_t limit = s->shape->contract->bytes_per_request;
	return !s->kind->fits && (!limit || (s->frame < limit && s->sure_bytes <= limit - s->frame));
}

bool sink_fits(const struct sink *s, const struct value *values, struct arena *scratch, size_t *field, struct buf *why)
{
	const struct contract *c = s->shape->contract;
	struct buf text = { 0 };
	*field = SIZE_MAX;
	if (s->kind->fits && !s->kind->fits(s, values, scratch, field, why))
		return false;
	if (!c->bytes_per_request || s->frame + most_bytes(s->shape, values) <= c->bytes_per_request)
		return true;
	record_print(s->shape, values, scratch, &text);
	size_t bytes = s->frame + text.n;
	buf_release(&text);
	if (bytes <= c->bytes_per_request)
		return true;
	buf_clear(why);
	buf_printf(why, "the record alone makes a request of %zu bytes; %.*s takes at most %zu", bytes, STR_ARG(c->target),
		c->bytes_per_request);
	return false;
}

bool sink_prints(const struct sink *s)
{
	return s->kind->print;
}

int sink_print(const struct sink *s, const struct value *values, struct arena *scratch, struct buf *to, struct err *e)
{
	return s->kind->print(s, values, scratch, to, e);
}

int sink_print_json(const struct sink *s, const struct value *values, struct arena *scratch, struct buf *to,
	struct err *e)
{
	record_print(s->shape, values, scratch, to);
	return 0;
}

int sink_take(struct sink *s, const struct sink_record *r, struct err *e)
{
	int status = s->kind->take(s, r, e);
	s->records += status == 0;
	return status;
}

void sink_work(struct sink *s)
{
	if (s->kind->work)
		s->kind->work(s);
}

int sink_close(struct sink *s, struct err *e)
{
	return s->kind->close(s, e);
}

void sink_abandon(struct sink *s)
{
	if (s->state)
		s->kind->abandon(s);
	s->state = NULL;
}

void sink_release(struct sink *s)
{
	sink_abandon(s);
	free(s->files);
	*s = (struct sink){ 0 };
}

struct str sink_file_name(const struct sink *s)
{
	const struct contract *c = s->shape->contract;
	struct str ending = arena_concat(s->arena, STR("."), c->extension);
	return str_ends(c->target, ending) ? c->target : arena_concat(s->arena, c->target, ending);
}

static int create_rows(struct sink *s, struct sink_file *f, struct err *e)
{
	if (file_create(&f->rows, s->dirfd, arena_concat(s->arena, f->name, STR(".rows")).p, e) != 0)
		return -1;
	file_unsummed(&f->rows);
	return 0;
}

int sink_file_open(struct sink *s, struct sink_file *f, struct str name, struct err *e)
{
	*f = (struct sink_file){ .name = arena_copy(s->arena, name) };
	return file_create(&f->body, s->dirfd, f->name.p, e) == 0 ? create_rows(s, f, e) : -1;
}

int sink_rows_open(struct sink *s, struct sink_file *f, struct str name, struct err *e)
{
	*f = (struct sink_file){ .name = arena_copy(s->arena, name) };
	return create_rows(s, f, e);
}

void sink_add_origin(struct buf *to, struct str origin)
{
	if (is_printing_ascii(origin))
		buf_add(to, origin);
	else
		buf_add_visible(to, origin);
	buf_addc(to, '\n');
}

int sink_file_origin(struct sink_file *f, struct str origin, struct err *e)
{
	f->records++;
	return file_write(&f->rows, origin, e);
}

static void note_file(struct sink *s, const struct sink_file *f, struct payload_file done)
{
	done.name = f->name;
	done.target = s->shape->contract->target;
	done.records = f->records;
	s->files = mem_grow(s->files, &s->file_cap, s->file_count + 1, sizeof *s->files);
	s->files[s->file_count++] = done;
}

int sink_file_close(struct sink *s, struct sink_file *f, struct err *e)
{
	struct payload_file done = { 0 };
	if (file_close(&f->rows, NULL, NULL, e) != 0 || file_close(&f->body, done.sha256, &done.bytes, e) != 0)
		return -1;
	note_file(s, f, done);
	return 0;
}

int sink_rows_close(struct sink *s, struct sink_file *f, struct payload_file done, struct err *e)
{
	if (file_close(&f->rows, NULL, NULL, e) != 0)
		return -1;
	note_file(s, f, done);
	return 0;
}

void sink_file_abandon(struct sink_file *f)
{
	file_abandon(&f->body);
	file_abandon(&f->rows);
}
