/* Any bytes as the XML of a sheet, or, split at a NUL, of a sheet, the shared strings, the styles and the sheet's relationships: rows
 * in cells whose texts lie in readable memory, or a reason; the same whichever engine reads the XML (xml_scan.h). */
#include <stdlib.h>
#include <unistd.h>

#include "qonduit/sheet_read.h"
#include "qonduit/unicode.h"

#include "../../src/format/xml_scan.h"
#include "../unit/format/xlsx_maker.h"

#define PARTS 4

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_rows(const struct batch *b, struct buf *told)
{
	for (size_t row = 0; row < b->rows; row++) {
		buf_printf(told, "\n%llu", (unsigned long long)b->row[row].number);
		if (b->row[row].number < 1 || b->row[row].number > SHEET_ROWS_MAX || b->row[row].width > SHEET_COLUMNS_MAX)
			abort();
		for (size_t c = 0; c < b->row[row].width; c++) {
			struct cell cell = batch_get(b, row, c);
			struct str text = cell_str(cell), link = cell_link(cell);
			if ((text.n == 0) != (cell.kind == CELL_EMPTY) || utf8_invalid_at(text) != text.n || utf8_invalid_at(link) != link.n)
				abort();
			buf_printf(told, "|%d %d ", cell.kind, cell.linked);
			buf_add(told, text);
			buf_add(told, link);
		}
	}
}

/* What the rows hold, or the code of the refusal. */
static struct buf read_sheet(int fd, bool judged)
{
	static const struct workbook_limits limits = { .part_bytes = 1 << 20, .string_bytes = 1 << 20, .cell_bytes = 1 << 16 };
	struct err e = { 0 };
	struct buf told = { 0 };
	struct batch b;
	xml_read_judged = judged;
	struct workbook *w = workbook_open(fd, &limits, &e);
	struct sheet_reader *r = w ? sheet_reader_open(w, 0, true, &e) : NULL;
	int result = r ? 0 : -1;
	batch_init(&b);
	do {
		batch_clear(&b);
		if (result == 0)
			result = sheet_reader_fill(r, &b, 64, &e);
		check_rows(&b, &told);
	} while (result == 0 && b.rows);
	if ((result != 0) != (e.class != ERR_NONE))
		abort();
	batch_release(&b);
	sheet_reader_close(r);
	workbook_free(w);
	if (result) { /* how many rows came before depends on how far was looked ahead */
		buf_clear(&told);
		buf_add(&told, str_of(e.code));
	}
	return told;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct xlsx_part parts[PARTS] = { { .name = "xl/worksheets/sheet1.xml" }, { .name = "xl/sharedStrings.xml" },
		{ .name = "xl/styles.xml" }, { .name = "xl/worksheets/_rels/sheet1.xml.rels" } };
	struct str rest = { (const char *)bytes, n };
	size_t count = 0;
	for (; count < PARTS && rest.n; count++) {
		struct str part = str_cut(rest, '\0', &rest);
		parts[count].text = part.n ? part.p : " ";
		parts[count].n = part.n ? part.n : 1;
	}
	int fd = xlsx_make_book(parts, count);
	if (fd < 0)
		abort();
	struct buf scanned = read_sheet(fd, false), judged = read_sheet(fd, true);
	if (!str_eq(buf_str(&scanned), buf_str(&judged)))
		abort();
	buf_release(&scanned);
	buf_release(&judged);
	close(fd);
	return 0;
}
