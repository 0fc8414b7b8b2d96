#include "qonduit/err.h"

#include <stdio.h>

#include "qonduit/utf8.h"

/* Where a text was cut to `n` bytes, within a character perhaps. */
static void end_whole(char *text, size_t n)
{
	text[utf8_whole((struct str){ text, n }).n] = '\0';
}

static void copy_text(char *to, size_t room, const char *from)
{
	if ((size_t)snprintf(to, room, "%s", from) >= room)
		end_whole(to, room - 1);
}

static __attribute__((format(printf, 4, 0))) void fill(struct err *e, enum err_class class, const char *code,
	const char *format, va_list args)
{
	e->class = class;
	copy_text(e->code, sizeof e->code, code);
	if (vsnprintf(e->message, sizeof e->message, format, args) >= (int)sizeof e->message)
		end_whole(e->message, sizeof e->message - 1);
}

int err_set(struct err *e, enum err_class class, const char *code, const char *format, ...)
{
	if (e->class == ERR_NONE) {
		va_list args;
		va_start(args, format);
		fill(e, class, code, format, args);
		va_end(args);
	}
	return -1;
}

int err_sys(struct err *e, enum err_class class, const char *code, int errnum, const char *format, ...)
{
	if (e->class == ERR_NONE) {
		va_list args;
		va_start(args, format);
		fill(e, class, code, format, args);
		va_end(args);
		char reason[128];
		size_t n = strlen(e->message);
		snprintf(e->message + n, sizeof e->message - n, ": %s", strerror_r(errnum, reason, sizeof reason));
	}
	return -1;
}

void err_clear(struct err *e)
{
	*e = (struct err){ 0 };
}

void err_at_file(struct err *e, const char *file)
{
	if (!e->file[0])
		copy_text(e->file, sizeof e->file, file);
}

void err_at_line(struct err *e, uint64_t line, uint32_t col)
{
	if (!e->line) {
		e->line = line;
		e->col = col;
	}
}

void err_at_row(struct err *e, uint64_t row)
{
	if (!e->row)
		e->row = row;
}

void err_at_sheet(struct err *e, struct str sheet)
{
	if (!e->sheet[0] && sheet.n) {
		struct str shown = utf8_head(sheet, sizeof e->sheet - 1);
		memcpy(e->sheet, shown.p, shown.n);
		e->sheet[shown.n] = '\0';
	}
}

void err_print_place(const struct err *e, struct buf *to)
{
	buf_add_visible(to, str_of(e->file));
	if (e->sheet[0]) {
		buf_addc(to, '!');
		buf_add_visible(to, str_of(e->sheet));
	}
	bool place = e->file[0] || e->sheet[0];
	if (e->line) {
		buf_printf(to, "%s%llu", place ? ":" : "line ", (unsigned long long)e->line);
		if (e->col)
			buf_printf(to, ":%u", e->col);
	} else if (e->row) {
		buf_printf(to, "%srow %llu", place ? ": " : "", (unsigned long long)e->row);
	}
	if (place || e->line || e->row)
		buf_add(to, STR(": "));
}

void err_print_sentence(const struct err *e, struct buf *to)
{
	buf_add_visible(to, str_of(e->message));
	if (e->pointer[0]) {
		buf_add(to, STR(" (at "));
		buf_add_visible(to, str_of(e->pointer));
		buf_addc(to, ')');
	}
}

void err_print(const struct err *e, struct buf *to)
{
	err_print_place(e, to);
	err_print_sentence(e, to);
}

void faults_init(struct faults *f, struct arena *arena)
{
	*f = (struct faults){ .arena = arena };
	f->last = &f->first;
}

struct err *faults_add(struct faults *f, enum severity severity)
{
	struct fault *fault = ARENA_NEW(f->arena, struct fault);
	fault->severity = severity;
	*f->last = fault;
	f->last = &fault->next;
	if (severity == FAULT_ERROR)
		f->errors++;
	else
		f->warnings++;
	return &fault->what;
}
