/* A book is a workbook of libxlsxwriter in constant-memory mode: a cell waits in the row under way, a row goes to a
 * temporary file (sheet_write_rows.c) when the next one begins, and book_close packs the files. What the library
 * does not do, or does wrong in 1.1.4, is done here around it, each time with the reason. */
#include "sheet_write_lib.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/unicode.h"

#define CREATED 315532800         /* 1980-01-01, as all else in the file; 0 would be now */
#define LINK_COLOR 0x0563c1

int book_scratch_failed(const struct book *b, struct err *e)
{
	if (e->class == ERR_NONE)
		*e = b->scratch.failed;
	err_at_file(e, b->name);
	return -1;
}

/* ---- looks ---- */

/* libxlsxwriter would cut a longer one, within a character if need be. */
static bool format_fits(const char *format)
{
	for (const char *p = format; *p; p++) {
		if ((unsigned char)*p < ' ')
			return false;
	}
	return strlen(format) <= SHEET_FORMAT_MAX;
}

static bool same_look(const struct book_look *a, const struct book_look *b)
{
	return a->bold == b->bold && a->link == b->link && a->fill == b->fill && !a->number_format == !b->number_format &&
		(!a->number_format || strcmp(a->number_format, b->number_format) == 0);
}

static lxw_format *make_format(struct book *b, const struct book_look *look)
{
	lxw_format *f = workbook_add_format(b->lib);
	if (look->number_format)
		format_set_num_format(f, look->number_format);
	if (look->bold)
		format_set_bold(f);
	if (look->link) {
		format_set_font_color(f, LINK_COLOR);
		format_set_underline(f, LXW_UNDERLINE_SINGLE);
	}
	if (look->fill)
		format_set_bg_color(f, look->fill);
	return f;
}

int book_look(struct book *b, const struct book_look *look)
{
	struct book_look wanted = *look;
	if (wanted.number_format && !format_fits(wanted.number_format))
		wanted.number_format = NULL;
	for (size_t i = 0; i < b->look_count; i++) {
		if (same_look(&b->looks[i].asked, &wanted))
			return (int)i;
	}
	struct look made = { .asked = wanted, .format = b->look_count ? make_format(b, &wanted) : NULL };
	if (wanted.number_format)
		made.asked.number_format = mem_copy(wanted.number_format);
	b->looks = mem_grow(b->looks, &b->look_cap, b->look_count + 1, sizeof *b->looks);
	b->looks[b->look_count] = made;
	return (int)b->look_count++;
}

/* ---- sheets ---- */

/* Excel compares names without regard to case, in all scripts; the library in ASCII. */
static bool name_is_taken(const struct book *b, struct str name)
{
	struct arena a;
	bool taken = false;
	arena_init(&a, 1024);
	struct str folded = uni_fold(&a, name);
	for (const struct sheet *s = b->sheets; s && !taken; s = s->next)
		taken = str_eq(folded, uni_fold(&a, str_of(s->lib->name)));
	arena_release(&a);
	return taken;
}

static lxw_worksheet *add_worksheet(struct book *b, struct str name)
{
	scratch_serve(&b->scratch);
	b->scratch.of_rows = true;
	lxw_worksheet *made = workbook_add_worksheet(b->lib, sheet_escaped(&b->text, name, false));
	b->scratch.of_rows = false;
	scratch_rest(&b->scratch);
	if (made) {
		free(made->quoted_name);
		made->quoted_name = mem_copy(sheet_quoted_name(&b->text, name));
	}
	return made;
}

struct sheet *book_sheet(struct book *b, struct str name, struct err *e)
{
	const char *why = sheet_name_fault(name);
	if (!why && name_is_taken(b, name))
		why = "another sheet has it";
	if (why) {
		err_set(e, ERR_MAPPING, "sheet_write.name", "\"%.*s\" cannot be the name of a sheet: %s", STR_ARG(name), why);
		err_at_file(e, b->name);
		return NULL;
	}
	lxw_worksheet *made = add_worksheet(b, name);
	if (!made || !b->scratch.used) {
		if (b->scratch.failed.class)
			book_scratch_failed(b, e);
		err_set(e, ERR_INTERNAL, "sheet_write.sheet", "libxlsxwriter cannot begin a sheet%s",
			b->scratch.used ? "" : ": its temporary files are not made here");
		err_at_file(e, b->name);
		return NULL;
	}
	struct sheet *s = mem_alloc(sizeof *s), **last = &b->sheets;
	*s = (struct sheet){ .book = b, .lib = made };
	while (*last)
		last = &(*last)->next;
	*last = s;
	return s;
}

/* ---- the book ---- */

static void book_free(struct book *b)
{
	scratch_end(&b->scratch);
	packing_free(b->scratch.packing);
	close(b->fd);
	if (b->without_rows >= 0)
		close(b->without_rows);
	for (struct sheet *s = b->sheets, *next; s; s = next) {
		next = s->next;
		free(s);
	}
	for (size_t i = 0; i < b->look_count; i++)
		free((char *)b->looks[i].asked.number_format);
	free(b->looks);
	buf_release(&b->text);
	buf_release(&b->more);
	free(b->name);
	free(b);
}

struct book *book_open(int dirfd, const char *name, struct err *e)
{
	char path[32];
	lxw_workbook_options options = { .constant_memory = LXW_TRUE };
	lxw_doc_properties properties = { .created = CREATED };
	int fd = sheet_file_create(dirfd, name, e);
	if (fd < 0)
		return NULL;
	struct book *b = mem_alloc(sizeof *b);
	*b = (struct book){ .name = mem_copy(name), .fd = fd, .without_rows = io_unnamed_file(e) };
	b->scratch.packing = packing_new();
	snprintf(path, sizeof path, "/proc/self/fd/%d", b->without_rows);
	b->lib = b->without_rows < 0 ? NULL : workbook_new_opt(path, &options);
	if (b->lib && workbook_set_properties(b->lib, &properties) == LXW_NO_ERROR) {
		book_look(b, &(struct book_look){ 0 });
		return b;
	}
	err_set(e, ERR_INTERNAL, "sheet_write.open", "libxlsxwriter cannot begin a workbook");
	err_at_file(e, name);
	book_abandon(b);
	return NULL;
}

void book_abandon(struct book *b)
{
	lxw_workbook_free(b->lib);
	book_free(b);
}

static int pack(struct book *b, struct err *e)
{
	for (struct sheet *s = b->sheets; s; s = s->next)
		sheet_end_row(s);
	scratch_serve(&b->scratch);
	errno = 0;
	lxw_error result = workbook_close(b->lib);
	int errnum = errno;
	scratch_rest(&b->scratch);
	scratch_end(&b->scratch);
	if (b->scratch.failed.class || packing_failed(b->scratch.packing, &b->scratch.failed))
		return book_scratch_failed(b, e);
	if (result == LXW_NO_ERROR && packing_write(b->scratch.packing, b->without_rows, b->fd, b->name, e) == 0)
		return 0;
	if (errnum)
		err_sys(e, ERR_INPUT, "io.write", errnum, "cannot be written");
	else
		err_set(e, ERR_INPUT, "io.write", "cannot be written: %s", lxw_strerror(result));
	err_at_file(e, b->name);
	return -1;
}

int book_close(struct book *b, char hex[DIGEST_HEX], uint64_t *bytes, struct err *e)
{
	int status = -1;
	if (b->scratch.failed.class) {
		book_scratch_failed(b, e);
		lxw_workbook_free(b->lib);
	} else if (pack(b, e) == 0) {
		status = sheet_file_sum(b->fd, b->name, hex, bytes, e);
	}
	book_free(b);
	return status;
}
