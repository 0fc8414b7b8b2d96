/* bare_report CELLS.tsv OUT.xlsx WIDTH… - the workbook of the report by libxlsxwriter and nothing else, in constant
 * memory.
 *
 * CELLS.tsv has a cell between tabs, the header first. A cell of the rows begins with t (text) or n (number); an empty
 * one is left out. No input is judged, nothing is summed or synced, no origin is kept. Without arguments it prints the
 * version of the library. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xlsxwriter.h>

static void put_header(lxw_worksheet *sheet, lxw_format *bold, char *line, int columns, char **widths)
{
	for (int col = 0; col < columns; col++) {
		worksheet_write_string(sheet, 0, (lxw_col_t)col, strsep(&line, "\t"), bold);
		worksheet_set_column(sheet, (lxw_col_t)col, (lxw_col_t)col, atoi(widths[col]), NULL);
	}
	worksheet_freeze_panes(sheet, 1, 0);
}

static void put_row(lxw_worksheet *sheet, lxw_row_t row, char *line)
{
	char *cell;
	for (lxw_col_t col = 0; (cell = strsep(&line, "\t")); col++) {
		if (*cell == 't')
			worksheet_write_string(sheet, row, col, cell + 1, NULL);
		else if (*cell == 'n')
			worksheet_write_number(sheet, row, col, strtod(cell + 1, NULL), NULL);
	}
}

int main(int argc, char **argv)
{
	FILE *file = argc > 3 ? fopen(argv[1], "rb") : NULL;
	lxw_workbook_options options = { .constant_memory = LXW_TRUE };
	char *line = NULL;
	size_t room = 0;
	lxw_row_t row = 0;
	if (argc == 1)
		return puts(lxw_version()), 0;
	if (!file)
		return perror("bare_report CELLS.tsv OUT.xlsx WIDTH…"), 1;
	lxw_workbook *book = workbook_new_opt(argv[2], &options);
	lxw_worksheet *sheet = workbook_add_worksheet(book, "Catalog");
	lxw_format *bold = workbook_add_format(book);
	format_set_bold(bold);
	for (ssize_t n; (n = getline(&line, &room, file)) > 0; row++) {
		line[n - 1] = '\0';
		if (row)
			put_row(sheet, row, line);
		else
			put_header(sheet, bold, line, argc - 3, argv + 3);
	}
	sheet->optimize = LXW_FALSE; /* else it refuses a filter over rows that are written */
	worksheet_autofilter(sheet, 0, 0, row - 1, (lxw_col_t)(argc - 4));
	sheet->optimize = LXW_TRUE;
	free(line);
	fclose(file);
	return workbook_close(book) == LXW_NO_ERROR ? 0 : 1;
}
