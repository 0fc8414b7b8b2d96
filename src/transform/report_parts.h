/* report_parts - what writes a workbook of records, without the payload folder around it: sink_workbook.c hands it one
 * record after the other.
 *
 *     report_open, report_add for each record, report_close or report_abandon
 *
 * Sheets of rows are streamed; of a sheet of groups only the groups are kept, and written at the end. Sheets stand in
 * the report's order; those in which a full one goes on stand behind all of them.
 */
#ifndef QONDUIT_TRANSFORM_REPORT_PARTS_H
#define QONDUIT_TRANSFORM_REPORT_PARTS_H

#include "qonduit/groups.h"
#include "qonduit/report.h"

struct report_writer;

struct report_writer *report_open(const struct report *report, int dirfd, const char *name, struct err *e);
/* `values` are the record's, parallel to the fields of its shape. */
int report_add(struct report_writer *w, const struct value *values, struct err *e);
/* Frees, whatever the result. */
int report_close(struct report_writer *w, char hex[DIGEST_HEX], uint64_t *bytes, struct err *e);
void report_abandon(struct report_writer *w);

/* ---- between the files of the writer ---- */

/* What decides how wide a number is shown. */
struct number_width {
	bool general;     /* as it stands, without zeros at the end */
	bool grouped;     /* 1,234 */
	uint32_t places;
	uint32_t digits;  /* before the point, at least */
	uint32_t others;  /* characters that always stand there */
};

/* A column of a sheet in the making. */
struct laying {
	const struct report_column *plan;
	int look, total_look;
	struct number_width number;
	uint32_t widest;  /* characters, so far */
};

/* A sheet in the making. */
struct making {
	const struct report_sheet *plan;
	struct sheet *sheet;      /* the one at hand: the last of those that the plan's rows fill */
	uint32_t rows;            /* that stand in it, header included */
	struct laying *columns;
	struct tally *totals;     /* parallel: of all rows */
	struct groups *groups;    /* null: of rows */
};

struct report_writer {
	const struct report *report;
	struct arena arena;
	struct book *book;
	struct making *sheets;    /* parallel to the report's */
	struct str *names;        /* of all sheets, as they are compared */
	size_t name_count, name_cap;
	int bold;                 /* a look */
};

/* A new sheet with its header. */
int report_begin_sheet(struct report_writer *w, struct making *m, struct str name, struct err *e);
/* A value in a cell, whose column grows with it. An empty one leaves the cell alone. */
int report_put(struct making *m, size_t column, const struct value *v, int look, struct err *e);
/* Totals, if there are any, filter and widths. Of groups, totals over all rows. */
int report_end_sheet(struct report_writer *w, struct making *m, bool totals, struct err *e);

int report_add_to_group(struct report_writer *w, struct making *m, const struct value *values, struct err *e);
int report_write_groups(struct report_writer *w, struct making *m, struct err *e);
/* What a tally comes to, as a cell can hold it. */
int report_result(const struct making *m, size_t column, const struct tally *t, enum measure_kind kind,
	struct value *out, struct err *e);
/* The error of a sum with too many digits. */
int report_overflow(const struct making *m, size_t column, struct err *e);

/* ---- report_width.c ---- */

struct number_width number_width_of(const char *format);
/* Characters that the value takes as it is shown; of a text those of its longest line, unless they are not more than
 * `already`. */
uint32_t report_width(const struct value *v, const struct laying *c, uint32_t already);

#endif
