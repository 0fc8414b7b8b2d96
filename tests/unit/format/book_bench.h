/* book_bench - a workbook in the making and a look into what became of it, for tests. */
#ifndef QONDUIT_UNIT_BOOK_BENCH_H
#define QONDUIT_UNIT_BOOK_BENCH_H

#include "qonduit/sheet_read.h"
#include "qonduit/sheet_write.h"

/* Of a test; bench_finish gives all back. */
extern struct arena bench_arena;
extern struct err bench_error;
extern char bench_hex[DIGEST_HEX];
extern uint64_t bench_length;

/* In a folder of its own. */
const char *bench_path(void);
struct book *bench_begin(const char *path);
struct sheet *bench_sheet(struct book *b, const char *name);
/* Closes it, which must succeed. */
void bench_end(struct book *b);
void bench_finish(void);

/* A part of the archive. */
struct str bench_part(const char *path, const char *name);
bool bench_holds(struct str s, const char *needle);
size_t bench_count(struct str s, const char *needle);
/* The cell (all from 0) as a source reads it. */
struct cell bench_cell(const char *path, size_t sheet, uint64_t row, size_t col);
/* Of the first sheet. */
void bench_assert_cell(const char *path, uint64_t row, size_t col, enum cell_kind kind, const char *text, int line);
#define ASSERT_CELL(path, row, col, kind, text) bench_assert_cell((path), (row), (col), (kind), (text), __LINE__)

#endif
