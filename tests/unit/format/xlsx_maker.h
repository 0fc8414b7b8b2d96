/* xlsx_maker - workbooks for the tests, put together from the text of their parts. */
#ifndef QONDUIT_XLSX_MAKER_H
#define QONDUIT_XLSX_MAKER_H

#include <stddef.h>

#define XLSX_XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
#define XLSX_MAIN "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define XLSX_RELATION "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\""
#define XLSX_RELATIONSHIPS "xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\""
#define XLSX_TYPES "xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\""
/* The type of a relationship ends with `word`. */
#define XLSX_TYPE(word) "Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/" word "\""

struct xlsx_part {
	const char *name, *text;
	size_t n; /* bytes of `text`; 0: up to its NUL */
};

/* A ZIP archive of these parts, in an unnamed file: a descriptor for the caller to close. Parts are stored. */
int xlsx_make(const struct xlsx_part *parts, size_t count);

/* The same as a workbook of one sheet "Catalog": what it needs is added unless a part of that name is given, namely
 * [Content_Types].xml, _rels/.rels, xl/workbook.xml, xl/_rels/workbook.xml.rels (to worksheets/sheet1.xml as rId1,
 * sharedStrings.xml and styles.xml) and xl/worksheets/sheet1.xml (without a row). A part whose text is null is left
 * out. */
int xlsx_make_book(const struct xlsx_part *parts, size_t count);

#endif
