/* workbook - an Excel workbook (.xlsx, .xlsm): which sheets it has, its shared strings and what its styles mean.
 *
 * workbook_open reads the package: parts are found by relationships and content types, never by their usual names;
 * Transitional and Strict are read alike. Then sheet_read.h for the rows of a sheet; workbook_free last. What else
 * comes under the name of a workbook is refused by name (ERR_INPUT): a workbook with a password, .xls, .xlsb, .ods, a
 * document or a presentation, a ZIP archive that holds a workbook or none; and so are a workbook without a sheet with
 * cells, and one of whose sheets a part is missing. Shared strings that are missing are a matter of the cells.
 *
 * Memory: the shared strings once, as UTF-8, and eight bytes for each. All of it is bounded by the limits.
 */
#ifndef QONDUIT_WORKBOOK_H
#define QONDUIT_WORKBOOK_H

#include "qonduit/zip_read.h"

/* 0 in any of them stands for its default. */
struct workbook_limits {
	uint64_t part_bytes;   /* of one part, unpacked; 1 GiB */
	uint64_t parts;        /* 2000 */
	uint64_t string_bytes; /* memory for shared strings; 512 MiB */
	uint64_t cell_bytes;   /* text of one cell; 1 MiB (Excel itself ends at 32,767 characters) */
};

enum sheet_state { SHEET_VISIBLE, SHEET_HIDDEN, SHEET_VERY_HIDDEN };

struct workbook_sheet {
	struct str name;
	enum sheet_state state;
	bool has_cells;        /* false: a chart, a dialog or a macro sheet */
	int part;              /* in the archive; -1: none, never of a sheet with cells */
};

/* What a number format makes of a number. */
enum number_style { STYLE_NUMBER, STYLE_DATE, STYLE_DATETIME, STYLE_TIME, STYLE_ELAPSED,
	STYLE_LOST, /* the workbook's styles are missing, though it says where they are */
};

struct workbook;

/* What the first bytes of a file say: 0, or -1 and the refusal where they are those of an old or protected workbook
 * (OLE); `fd` is looked at further to tell which. */
int workbook_refuse_ole(int fd, struct err *e);

/* `fd` can seek and must stay open. Limits are copied. */
struct workbook *workbook_open(int fd, const struct workbook_limits *limits, struct err *e);
void workbook_free(struct workbook *w); /* null is allowed */

/* In the order of their tabs, hidden ones included. */
size_t workbook_sheet_count(const struct workbook *w);
const struct workbook_sheet *workbook_sheet(const struct workbook *w, size_t index);

/* For sheet_read. */
struct zip_reader *workbook_archive(const struct workbook *w);
const struct workbook_limits *workbook_limits(const struct workbook *w);
bool workbook_is_1904(const struct workbook *w);
/* False where there is no such string. It lives as long as the workbook. */
bool workbook_string(const struct workbook *w, uint64_t index, struct str *out);
size_t workbook_string_count(const struct workbook *w);
enum number_style workbook_style(const struct workbook *w, uint64_t index);

/* Calls `each` for the relationships of a part ("" is the package's own): its id, the last word of its type
 * ("worksheet", "hyperlink"), its target as it stands, and the part that it leads to (-1: outside, or missing). 0 where
 * the part has none. */
int workbook_relationships(const struct workbook *w, struct str part, void *arg,
	void (*each)(void *arg, struct str id, struct str type, struct str target, int to), struct err *e);

#endif
