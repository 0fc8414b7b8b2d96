#include "inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qonduit/io.h"
#include "qonduit/sheet_read.h"

/* Standard input into an unnamed file, which takes its place: a program may have to read it twice. */
static int keep_stdin(const volatile sig_atomic_t *stop, struct err *e)
{
	char *room = mem_alloc(256 << 10);
	int fd = io_unnamed_file(e), result = fd < 0 ? -1 : 0;
	ssize_t got;

	while (result == 0 && (got = io_read(STDIN_FILENO, room, 256 << 10, stop)) != 0) {
		if (got < 0)
			result = err_sys(e, ERR_INPUT, "input.read", errno, "standard input cannot be read");
		else
			result = io_write_all(fd, room, (size_t)got, "the copy of standard input", e);
	}
	free(room);
	if (result == 0 && dup2(fd, STDIN_FILENO) < 0)
		result = err_sys(e, ERR_INPUT, "input.keep", errno, "standard input cannot be kept");
	if (fd >= 0)
		close(fd);
	return result;
}

static bool is_stdin(const char *path)
{
	return strcmp(path, "-") == 0;
}

int inputs_open(struct inputs *in, const char *const *paths, const struct str *names, size_t count, bool twice,
	const volatile sig_atomic_t *stop, struct arena *a, struct err *e)
{
	*in = (struct inputs){ .paths = paths, .count = count };
	in->names = ARENA_ARRAY(a, count, struct str);
	in->before = ARENA_ARRAY(a, count, struct str);
	in->visible = ARENA_ARRAY(a, count, struct str);
	in->is_sheet = ARENA_ARRAY(a, count, bool);
	in->base = ARENA_ARRAY(a, count, uint64_t);
	for (size_t i = 0; i < count; i++) {
		const char *name = io_basename(paths[i]);
		struct stat st;
		for (size_t k = 0; k < count; k++)
			if (k != i && strcmp(name, io_basename(paths[k])) == 0)
				name = paths[i];
		in->names[i] = arena_copy(a, names && names[i].n ? names[i] : str_of(name));
		in->base[i] = i ? UINT64_MAX : 0;
		if (!is_stdin(paths[i]) && twice && stat(paths[i], &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
			err_at_file(e, paths[i]);
			return err_set(e, ERR_INPUT, "input.once",
				"this can be read only once, and \"unique\" may need it twice: give a file, or standard input (-)");
		}
		if (is_stdin(paths[i]) && twice) {
			if (keep_stdin(stop, e) != 0)
				return -1;
			in->kept_stdin = true;
		}
		if ((is_stdin(paths[i]) ? fstat(STDIN_FILENO, &st) : stat(paths[i], &st)) == 0)
			in->bytes += (uint64_t)st.st_size;
	}
	return 0;
}

int inputs_rewind(struct inputs *in, struct err *e)
{
	places_free(in->places);
	in->places = NULL;
	if (in->kept_stdin && lseek(STDIN_FILENO, 0, SEEK_SET) < 0)
		return err_sys(e, ERR_INPUT, "input.read", errno, "standard input cannot be read again");
	return 0;
}

void inputs_ended(struct inputs *in, size_t input, uint64_t last_row)
{
	if (input + 1 < in->count)
		in->base[input + 1] = in->base[input] + last_row + 1;
}

uint64_t inputs_ordinal(const struct inputs *in, size_t input, uint64_t row)
{
	return in->base[input] + row;
}

/* "catalog.xlsx!Catalog!" or "catalog.csv:" */
void inputs_begin(struct inputs *in, size_t input, struct str sheet, struct arena *a)
{
	in->is_sheet[input] = sheet.n > 0;
	in->before[input] = sheet.n ? arena_printf(a, "%.*s!%.*s!", STR_ARG(in->names[input]), STR_ARG(sheet)) :
		arena_concat(a, in->names[input], STR(":"));
	struct buf visible = { 0 };
	buf_add_visible(&visible, in->before[input]);
	in->visible[input] = arena_copy(a, buf_str(&visible));
	buf_release(&visible);
}

/* Once a row, so not by printf. */
static struct str number_text(uint64_t row, char digits[DECIMAL_TEXT_MAX])
{
	return (struct str){ digits, decimal_print(decimal_of((int64_t)row), digits) };
}

struct str inputs_origin(const struct inputs *in, size_t input, const struct batch_row *row, struct arena *a)
{
	if (row->place.n)
		return arena_concat(a, in->before[input], row->place);
	char digits[DECIMAL_TEXT_MAX];
	return arena_concat(a, in->before[input], number_text(row->number, digits));
}

void inputs_add_origin(const struct inputs *in, size_t input, const struct batch_row *row, struct buf *to)
{
	struct str before = in->visible[input];

	if (row->place.n) {
		buf_add(to, before);
		buf_add_visible(to, row->place);
		buf_addc(to, '\n');
	} else if (to->cap - to->n > before.n + DECIMAL_TEXT_MAX || buf_room(to, before.n + DECIMAL_TEXT_MAX + 1)) {
		char *p = to->p + to->n;
		memcpy(p, before.p, before.n);
		p += before.n;
		p += decimal_print(decimal_of((int64_t)row->number), p);
		*p++ = '\n';
		to->n = (size_t)(p - to->p);
	}
}

/* Whether a fault before this one has the same cell. */
static bool is_told(const struct row_fault *faults, size_t fault)
{
	for (size_t i = 0; i < fault; i++)
		if (faults[i].at == faults[fault].at)
			return true;
	return false;
}

struct str inputs_cells(const struct inputs *in, size_t input, const struct batch_row *row,
	const struct row_fault *faults, size_t count, struct arena *a)
{
	struct buf text = { 0 };
	char letters[SHEET_LETTERS_MAX];

	for (size_t i = 0; in->is_sheet[input] && i < count; i++)
		if (faults[i].at >= 0 && !is_told(faults, i))
			buf_printf(&text, "%s%.*s%s%llu", text.n ? "; " : "", STR_ARG(in->before[input]),
				sheet_letters((size_t)faults[i].at, letters), (unsigned long long)row->number);
	struct str cells = text.n ? arena_copy(a, buf_str(&text)) : inputs_origin(in, input, row, a);
	buf_release(&text);
	return cells;
}

int inputs_keep(struct inputs *in, size_t input, const struct batch_row *row, struct err *e)
{
	if (!row->place.n)
		return 0;
	if (!in->places && !(in->places = places_new(e)))
		return -1;
	return places_add(in->places, inputs_ordinal(in, input, row->number), row->place, e);
}

int inputs_origin_of(const struct inputs *in, uint64_t ordinal, struct arena *a, struct str *out, struct err *e)
{
	size_t input = in->count - 1;
	struct batch_row row = { 0 };

	while (input && in->base[input] > ordinal)
		input--;
	row.number = ordinal - in->base[input];
	if (in->places && places_find(in->places, ordinal, a, &row.place, e) != 0)
		return -1;
	*out = inputs_origin(in, input, &row, a);
	return 0;
}

void inputs_close(struct inputs *in)
{
	places_free(in->places);
	in->places = NULL;
}
