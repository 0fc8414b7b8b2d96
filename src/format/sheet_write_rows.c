/* Rows on their way into a workbook. libxlsxwriter writes those of a sheet to a temporary file, reads them again at the
 * end and compresses them then, which takes longer than all the rest. Here the file compresses what it is given, in a
 * thread beside, and when it is read says only where its rows belong: a mark, which no other byte of a workbook's XML
 * can be. What the library then packs is a workbook without rows; its parts and the rows make the workbook. */
#include "sheet_write_parts.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/deflate.h"
#include "qonduit/io.h"
#include "qonduit/relay.h"
#include "qonduit/zip_read.h"
#include "qonduit/zip_write.h"

#define STEP ((size_t)64 << 10)
#define SLOTS 4
#define MARK_LENGTH 12
#define MARK_BEGINS STR("\001rows ")

struct rows {
	struct packing *packing;
	struct rows *next;
	FILE *stream;
	struct deflater *deflater;
	struct deflated sums;
	int fd;                /* of what is compressed */
	off64_t written, at;   /* bytes given; where a reader of the mark is, from the beginning of the file */
	char mark[MARK_LENGTH + 1];
	char room[STEP];       /* of the stream */
};

struct packing {
	struct rows *all, **last;
	unsigned count;
	struct relay relay;
	struct slot {
		struct rows *rows;
		size_t n;
		char bytes[STEP];
	} *slots;
	atomic_bool ill;
	struct err failed;     /* of the thread, until it has ended */
};

/* ---- in the thread ---- */

static int keep(void *arg, struct str packed, struct err *e)
{
	struct rows *r = arg;
	struct err failed = { 0 };
	if (io_write_all(r->fd, packed.p, packed.n, "", &failed) == 0)
		return 0;
	return err_sys(e, ERR_INPUT, "sheet_write.scratch", errno, "the temporary file of its rows cannot be written");
}

static void compress(struct packing *p, struct rows *r, struct str bytes)
{
	if (!p->ill && deflater_add(r->deflater, bytes, &p->failed))
		p->ill = true;
}

static void compress_slot(void *arg, unsigned slot)
{
	struct packing *p = arg;
	compress(p, p->slots[slot].rows, (struct str){ p->slots[slot].bytes, p->slots[slot].n });
}

/* ---- the file, as the library sees it ---- */

static ssize_t rows_write(void *arg, const char *bytes, size_t n)
{
	struct rows *r = arg;
	struct packing *p = r->packing;
	for (struct str rest = { bytes, n }; rest.n && !p->ill; rest = str_from(rest, STEP)) {
		struct str step = str_head(rest, STEP);
		if (!p->relay.running) {
			compress(p, r, step);
			continue;
		}
		struct slot *slot = &p->slots[relay_claim(&p->relay)];
		slot->rows = r;
		slot->n = step.n;
		memcpy(slot->bytes, step.p, step.n);
		relay_send(&p->relay);
	}
	r->written += (off64_t)n;
	r->at = r->written;
	return p->ill ? 0 : (ssize_t)n;
}

static ssize_t rows_read(void *arg, char *to, size_t n)
{
	struct rows *r = arg;
	size_t left = r->at < MARK_LENGTH ? MARK_LENGTH - (size_t)r->at : 0;
	n = n < left ? n : left;
	memcpy(to, r->mark + r->at, n);
	r->at += (off64_t)n;
	return (ssize_t)n;
}

static int rows_seek(void *arg, off64_t *offset, int whence)
{
	struct rows *r = arg;
	r->at = *offset = *offset + (whence == SEEK_END ? r->written : whence == SEEK_CUR ? r->at : 0);
	return 0;
}

static int rows_close(void *arg)
{
	struct rows *r = arg;
	r->stream = NULL;
	return 0;
}

FILE *packing_rows(struct packing *p, struct err *e)
{
	static const cookie_io_functions_t functions = {
		.read = rows_read, .write = rows_write, .seek = rows_seek, .close = rows_close,
	};
	struct rows *r = mem_alloc(sizeof *r);
	*r = (struct rows){ .packing = p, .fd = io_unnamed_file(e) };
	r->stream = r->fd < 0 ? NULL : fopencookie(r, "w+", functions);
	if (!r->stream) {
		if (r->fd >= 0)
			close(r->fd);
		free(r);
		return NULL;
	}
	setvbuf(r->stream, r->room, _IOFBF, sizeof r->room);
	snprintf(r->mark, sizeof r->mark, "\001rows %05u\001", p->count++);
	r->deflater = deflater_new(keep, r);
	*p->last = r;
	p->last = &r->next;
	return r->stream;
}

struct packing *packing_new(void)
{
	struct packing *p = mem_alloc(sizeof *p);
	*p = (struct packing){ .slots = mem_alloc(SLOTS * sizeof *p->slots) };
	p->last = &p->all;
	relay_start(&p->relay, SLOTS, compress_slot, p);
	return p;
}

bool packing_failed(struct packing *p, struct err *e)
{
	if (!p->ill)
		return false;
	relay_join(&p->relay);
	*e = p->failed;
	return true;
}

void packing_free(struct packing *p)
{
	if (!p)
		return;
	relay_join(&p->relay);
	for (struct rows *r = p->all, *next; r; r = next) {
		next = r->next;
		if (r->stream)
			fclose(r->stream);
		deflater_free(r->deflater);
		close(r->fd);
		free(r);
	}
	free(p->slots);
	free(p);
}

/* ---- the workbook ---- */

static int to_buf(void *arg, struct str packed, struct err *e)
{
	buf_add(arg, packed);
	return 0;
}

static void compress_text(struct str text, bool last, struct buf *to, struct deflated *sums)
{
	struct err never = { 0 };
	struct deflater *d = deflater_new(to_buf, to);
	deflater_add(d, text, &never);
	deflater_end(d, last, sums, &never);
	deflater_free(d);
}

static int read_part(struct zip_reader *z, size_t part, struct buf *to, struct err *e)
{
	struct zip_part *p = zip_part_open(z, part, e);
	struct str piece = { 0 };
	int status = p ? 0 : -1;
	buf_clear(to);
	while (status == 0 && (status = zip_part_next(p, &piece, e)) == 0 && piece.n)
		buf_add(to, piece);
	zip_part_close(p);
	return status;
}

static struct rows *rows_of(const struct packing *p, struct str text, size_t *at)
{
	ptrdiff_t found = str_find(text, MARK_BEGINS);
	struct rows *r = p->all;
	if (found < 0)
		return NULL;
	*at = (size_t)found;
	while (r && !str_starts(str_from(text, *at), str_of(r->mark)))
		r = r->next;
	return r;
}

static int copy_rows(struct zip_writer *w, const struct rows *r, struct err *e)
{
	char *room = mem_alloc(STEP);
	int status = 0;
	for (uint64_t at = 0; status == 0 && at < r->sums.packed;) {
		ssize_t n = io_read_at(r->fd, room, STEP, (off_t)at);
		if (n <= 0)
			status = err_set(e, ERR_INPUT, "sheet_write.scratch", "the temporary file of its rows cannot be read");
		else
			status = zip_writer_data(w, (struct str){ room, (size_t)n }, e);
		at += n > 0 ? (uint64_t)n : 0;
	}
	free(room);
	return status;
}

/* Three segments: what stands before the rows, the rows, and what stands behind them. */
static int write_sheet(struct zip_writer *w, struct str name, struct str text, struct rows *r, size_t at, struct err *e)
{
	struct buf before = { 0 }, behind = { 0 };
	struct deflated sums, last;
	int status = deflater_end(r->deflater, false, &r->sums, e);
	compress_text(str_head(text, at), false, &before, &sums);
	compress_text(str_from(text, at + MARK_LENGTH), true, &behind, &last);
	deflated_join(&sums, &r->sums);
	deflated_join(&sums, &last);
	if (status == 0)
		status = zip_writer_part(w, name, &sums, e);
	if (status == 0)
		status = zip_writer_data(w, buf_str(&before), e);
	if (status == 0)
		status = copy_rows(w, r, e);
	if (status == 0)
		status = zip_writer_data(w, buf_str(&behind), e);
	buf_release(&before);
	buf_release(&behind);
	return status;
}

static int write_other(struct zip_writer *w, struct str name, struct str text, struct err *e)
{
	struct buf packed = { 0 };
	struct deflated sums;
	compress_text(text, true, &packed, &sums);
	int status = zip_writer_part(w, name, &sums, e);
	if (status == 0)
		status = zip_writer_data(w, buf_str(&packed), e);
	buf_release(&packed);
	return status;
}

static int write_parts(struct packing *p, struct zip_reader *z, struct zip_writer *w, struct err *e)
{
	struct buf text = { 0 };
	int status = 0;
	for (size_t i = 0; status == 0 && i < zip_reader_count(z); i++) {
		size_t at = 0;
		status = read_part(z, i, &text, e);
		if (status)
			break;
		struct rows *r = rows_of(p, buf_str(&text), &at);
		struct str name = zip_reader_name(z, i);
		status = r ? write_sheet(w, name, buf_str(&text), r, at, e) : write_other(w, name, buf_str(&text), e);
	}
	buf_release(&text);
	return status ? -1 : zip_writer_end(w, e);
}

int packing_write(struct packing *p, int without_rows, int fd, const char *name, struct err *e)
{
	const struct zip_limits limits = { .part_bytes = UINT64_C(1) << 40, .parts = UINT16_MAX };
	struct zip_writer w = { .fd = fd, .name = name };
	relay_join(&p->relay);
	if (packing_failed(p, e))
		return -1;
	struct zip_reader *z = zip_reader_open(without_rows, &limits, e);
	int status = z ? write_parts(p, z, &w, e) : -1;
	zip_reader_close(z);
	zip_writer_release(&w);
	return status;
}
