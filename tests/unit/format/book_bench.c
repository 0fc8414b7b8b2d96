#include "book_bench.h"

#include <fcntl.h>
#include <unistd.h>

#include "unit.h"

struct arena bench_arena;
struct err bench_error;
char bench_hex[DIGEST_HEX];
uint64_t bench_length;

const char *bench_path(void)
{
	return arena_printf(&bench_arena, "%s/book.xlsx", unit_folder()).p;
}

struct book *bench_begin(const char *path)
{
	struct book *b = book_open(AT_FDCWD, path, &bench_error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b);
	return b;
}

struct sheet *bench_sheet(struct book *b, const char *name)
{
	struct sheet *s = book_sheet(b, str_of(name), &bench_error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	return s;
}

void bench_end(struct book *b)
{
	int status = book_close(b, bench_hex, &bench_length, &bench_error);
	ASSERT_STR(str_of(bench_error.message), "");
	CU_ASSERT_EQUAL_FATAL(status, 0);
}

void bench_finish(void)
{
	err_clear(&bench_error);
	arena_release(&bench_arena);
}

struct str bench_part(const char *path, const char *name)
{
	struct buf content = { 0 };
	struct str piece;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct zip_reader *z = zip_reader_open(fd, &(struct zip_limits){ (uint64_t)1 << 30, 100 }, &bench_error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(z);
	int at = zip_reader_find(z, str_of(name));
	struct zip_part *p = at < 0 ? NULL : zip_part_open(z, (size_t)at, &bench_error);
	while (p && zip_part_next(p, &piece, &bench_error) == 0 && piece.n)
		buf_add(&content, piece);
	zip_part_close(p);
	zip_reader_close(z);
	close(fd);
	struct str copy = arena_copy(&bench_arena, buf_str(&content));
	buf_release(&content);
	return copy;
}

bool bench_holds(struct str s, const char *needle)
{
	return str_find(s, str_of(needle)) >= 0;
}

size_t bench_count(struct str s, const char *needle)
{
	size_t n = 0;
	for (ptrdiff_t at; (at = str_find(s, str_of(needle))) >= 0; n++)
		s = str_from(s, (size_t)at + 1);
	return n;
}

struct cell bench_cell(const char *path, size_t at, uint64_t row, size_t col)
{
	struct batch b;
	struct cell found = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct workbook *w = workbook_open(fd, &(struct workbook_limits){ 0 }, &bench_error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(w);
	struct sheet_reader *r = sheet_reader_open(w, at, true, &bench_error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	batch_init(&b);
	for (size_t rows = 1; rows; rows = b.rows) {
		batch_clear(&b);
		if (sheet_reader_fill(r, &b, 1000, &bench_error) != 0)
			break;
		for (size_t i = 0; i < b.rows; i++) {
			if (b.row[i].number != row + 1)
				continue;
			found = batch_get(&b, i, col);
			struct str link = cell_link(found);
			found.p = arena_concat(&bench_arena, cell_str(found), link).p;
		}
	}
	batch_release(&b);
	sheet_reader_close(r);
	workbook_free(w);
	close(fd);
	return found;
}

void bench_assert_cell(const char *path, uint64_t row, size_t col, enum cell_kind kind, const char *text, int line)
{
	struct cell found = bench_cell(path, 0, row, col);
	unit_str(cell_str(found), text, __FILE__, line);
	CU_assertImplementation(found.kind == kind, (unsigned)line, "kind", __FILE__, "", CU_FALSE);
}
