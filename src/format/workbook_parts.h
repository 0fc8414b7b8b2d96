/* workbook_parts - what the files of the workbook share: the package below it, strings and styles. */
#ifndef QONDUIT_WORKBOOK_PARTS_H
#define QONDUIT_WORKBOOK_PARTS_H

#include "qonduit/workbook.h"
#include "qonduit/xml_read.h"

/* Whether it is the name of an element of SpreadsheetML. */
static inline bool workbook_is(struct xml_name name, const char *local)
{
	return name.space == XML_SHEET && strcmp(name.local, local) == 0;
}

/* ---- workbook_package.c: parts, their types, what leads to what ---- */

enum package_kind {
	PACKAGE_OTHER,
	PACKAGE_WORKBOOK,
	PACKAGE_BINARY, /* .xlsb */
	PACKAGE_DOCUMENT,
	PACKAGE_PRESENTATION,
	PACKAGE_KINDS
};

/* Reads the whole part; a fault of its XML has its name in front. */
int package_read(struct zip_reader *z, size_t part, const struct xml_handler *handler, void *arg, struct err *e);
/* The first part of each kind that the content types name, or -1. */
int package_main_parts(struct zip_reader *z, int main[PACKAGE_KINDS], struct err *e);
/* workbook_relationships, of a package that is no workbook yet. */
int package_relationships(struct zip_reader *z, struct str part, void *arg,
	void (*each)(void *arg, struct str id, struct str type, struct str target, int to), struct err *e);

/* ---- workbook_refuse.c: what comes under the name of a workbook ---- */

/* Refuses OpenDocument files; 0 where it is none. */
int refuse_opendocument(struct zip_reader *z, struct err *e);
/* An archive in which no workbook is to be found. */
int refuse_archive(const struct zip_reader *z, struct err *e);
int refuse_kind(enum package_kind kind, struct err *e);

/* ---- workbook_strings.c ---- */

struct shared_strings {
	struct buf text;   /* of all, one behind the other */
	uint64_t *end;     /* of each, in `text` */
	size_t count, cap;
};

/* Zeroed before. */
int shared_strings_read(struct shared_strings *s, struct zip_reader *z, size_t part,
	const struct workbook_limits *limits, struct err *e);
void shared_strings_release(struct shared_strings *s);

/* ---- workbook_styles.c ---- */

struct cell_styles {
	uint8_t *style; /* enum number_style */
	size_t count;
};

/* Zeroed before. */
int cell_styles_read(struct cell_styles *s, struct zip_reader *z, size_t part, struct err *e);
void cell_styles_release(struct cell_styles *s);
/* What a format code makes of a number. */
enum number_style number_style_of(struct str code);

#endif
