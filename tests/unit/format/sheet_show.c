#include "sheet_show.h"

#include <unistd.h>

#include "unit.h"

struct err sheet_error;
static struct buf shown;

static void show_cell(struct cell c)
{
	static const char marks[][2] = { [CELL_EMPTY] = "", [CELL_TEXT] = "", [CELL_NUMBER] = "#", [CELL_ROUNDED] = "~",
		[CELL_BOOLEAN] = "?", [CELL_DATE] = "@", [CELL_ERROR] = "!", [CELL_FORMULA] = "=" };
	buf_add(&shown, str_of(marks[c.kind]));
	buf_add(&shown, cell_str(c));
	if (c.linked)
		buf_printf(&shown, "->%s", cell_link(c).p);
}

static void show_rows(const struct batch *b)
{
	for (size_t i = 0; i < b->rows; i++) {
		buf_printf(&shown, "%llu[", (unsigned long long)b->row[i].number);
		for (size_t c = 0; c < b->row[i].width; c++) {
			if (c)
				buf_addc(&shown, '|');
			show_cell(batch_get(b, i, c));
		}
		buf_addc(&shown, ']');
	}
}

static void show_sheet(struct workbook *w, const struct sheet_given *g)
{
	struct sheet_reader *r = sheet_reader_open(w, 0, g->links, &sheet_error);
	struct batch b;
	int result = r ? 0 : -1;

	batch_init(&b);
	if (r)
		sheet_reader_pad(r, g->pad);
	while (result == 0) {
		batch_clear(&b);
		result = sheet_reader_fill(r, &b, g->batch_rows ? g->batch_rows : 512, &sheet_error);
		show_rows(&b);
		if (b.rows == 0)
			break;
	}
	CU_ASSERT_TRUE(result != 0 || sheet_reader_progress(r) == 1000);
	if (result != 0)
		buf_printf(&shown, "!%s in %s@%llu", sheet_error.code, sheet_error.sheet, (unsigned long long)sheet_error.row);
	batch_release(&b);
	sheet_reader_close(r);
}

int sheet_make(const struct sheet_given *g)
{
	struct buf sheet = { 0 }, strings = { 0 }, styles = { 0 }, relationships = { 0 };
	buf_printf(&sheet, XLSX_XML "<worksheet " XLSX_MAIN " " XLSX_RELATION "><sheetData>%s</sheetData>%s</worksheet>",
		g->rows ? g->rows : "", g->behind ? g->behind : "");
	buf_printf(&strings, XLSX_XML "<sst " XLSX_MAIN ">%s</sst>", g->strings ? g->strings : "");
	buf_printf(&styles, XLSX_XML "<styleSheet " XLSX_MAIN "><cellXfs>%s</cellXfs></styleSheet>",
		g->formats ? g->formats : "<xf numFmtId='0'/>");
	buf_printf(&relationships, XLSX_XML "<Relationships " XLSX_RELATIONSHIPS ">%s</Relationships>",
		g->relationships ? g->relationships : "");
	const struct xlsx_part parts[] = {
		{ "xl/worksheets/sheet1.xml", g->sheet ? g->sheet : buf_text(&sheet), 0 },
		{ "xl/sharedStrings.xml", buf_text(&strings), 0 },
		{ "xl/styles.xml", buf_text(&styles), 0 },
		{ "xl/worksheets/_rels/sheet1.xml.rels", buf_text(&relationships), 0 },
		{ "xl/workbook.xml", XLSX_XML "<workbook " XLSX_MAIN " " XLSX_RELATION "><workbookPr date1904='1'/><sheets>"
			"<sheet name='Catalog' sheetId='1' r:id='rId1'/></sheets></workbook>", 0 },
	};
	int fd = xlsx_make_book(parts, sizeof parts / sizeof *parts - !g->from_1904);
	buf_release(&sheet);
	buf_release(&strings);
	buf_release(&styles);
	buf_release(&relationships);
	return fd;
}

const char *sheet_show(const struct sheet_given *g)
{
	int fd = sheet_make(g);
	struct workbook *w = workbook_open(fd, &(struct workbook_limits){ .cell_bytes = g->cell_bytes }, &sheet_error);
	buf_release(&shown);
	if (w)
		show_sheet(w, g);
	else
		buf_printf(&shown, "!%s", sheet_error.code);
	workbook_free(w);
	close(fd);
	return buf_text(&shown);
}

void sheet_reads(const struct sheet_given *given, const char *expected, const char *file, int line)
{
	struct sheet_given single = *given;
	err_clear(&sheet_error);
	unit_str(str_of(sheet_show(given)), expected, file, line);
	single.batch_rows = 1;
	err_clear(&sheet_error);
	unit_str(str_of(sheet_show(&single)), expected, file, line);
}

const char *sheet_many(const char *text, size_t times)
{
	static struct buf b;
	buf_clear(&b);
	for (size_t i = 0; i < times; i++)
		buf_add(&b, str_of(text));
	return buf_text(&b);
}
