/* book_try - workbooks opened from the text of their parts, for tests. */
#ifndef QONDUIT_UNIT_BOOK_TRY_H
#define QONDUIT_UNIT_BOOK_TRY_H

#include "qonduit/workbook.h"
#include "xlsx_maker.h"

#define TRY_BOOK(sheets) "<workbook " XLSX_MAIN " " XLSX_RELATION "><sheets>" sheets "</sheets></workbook>"
#define TRY_SHEET(name, id) "<sheet name='" name "' sheetId='1' r:id='" id "'/>"
#define TRY_RELATIONS(list) "<Relationships " XLSX_RELATIONSHIPS ">" list "</Relationships>"
#define TRY_RELATION(id, word, target) "<Relationship Id='" id "' " XLSX_TYPE(word) " Target='" target "'/>"
#define TRY_TYPES(list) "<Types " XLSX_TYPES ">" list "</Types>"
#define TRY_TYPE(part, type) "<Override PartName='" part "' ContentType='application/vnd." type "'/>"

/* Of the last try. */
extern struct err try_fault;

struct workbook *try_file(int fd, struct workbook_limits limits);
/* A usual workbook but for these parts (xlsx_make_book); no sheet of it can be read. */
struct workbook *try_book(const struct xlsx_part *parts, size_t count);
#define TRY(...) try_book((const struct xlsx_part[]){ __VA_ARGS__ }, \
	sizeof((const struct xlsx_part[]){ __VA_ARGS__ }) / sizeof(struct xlsx_part))
/* An archive of these parts alone. */
struct workbook *try_archive(const struct xlsx_part *parts, size_t count);
#define TRY_ARCHIVE(...) try_archive((const struct xlsx_part[]){ __VA_ARGS__ }, \
	sizeof((const struct xlsx_part[]){ __VA_ARGS__ }) / sizeof(struct xlsx_part))

/* `w` is none, for this reason. */
void try_refused(struct workbook *w, const char *code, const char *sentence, int line);
#define REFUSED(w, code, sentence) try_refused((w), (code), (sentence), __LINE__)

#endif
