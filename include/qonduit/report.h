/* report - what a workbook of records is made of: sheets of rows and sheets of groups with measures, totals and charts.
 *
 * The compile makes a report once (program_report.c); the sink (sink_workbook.c) writes it (report.c, report_groups.c).
 * All values that the sheets need of a row are fields of one record: those of a sheet, parallel to its columns, from
 * `first` to `first + count`. In a sheet of groups the first is the group, the others are what its measures look at.
 * Names of sheets and titles are the mapping's, never data.
 */
#ifndef QONDUIT_REPORT_H
#define QONDUIT_REPORT_H

#include "qonduit/sheet_write.h"
#include "qonduit/tally.h"

#define REPORT_ROWS_MAX 1048576u   /* of a sheet, header and totals included */
#define REPORT_GROUPS_MAX 1048000u /* of a sheet */
#define REPORT_COLUMNS_MAX 16384u
#define REPORT_BLANK "(blank)"     /* the group of empty values */

struct report_column {
	struct str title;
	enum value_type type;          /* of what stands below: of a count an integer, of a sum what is summed */
	enum measure_kind measure;     /* of a sheet of groups; NONE for the group itself and for rows */
	enum measure_kind total;       /* below the column, over all rows; NONE: nothing */
	const char *number_format;     /* null: the usual one of the type */
	uint32_t width;                /* in characters; 0: what fits */
	bool link;                     /* its texts are addresses */
};

struct report_chart {
	enum chart_kind kind;
	struct str title;
	const uint32_t *values;        /* columns of the sheet */
	size_t value_count;
	uint64_t top;                  /* groups that are drawn; 0: all that are shown */
};

struct report_sheet {
	struct str name;
	size_t first, count;           /* fields of the record */
	const struct report_column *columns; /* `count` of them */
	bool grouped;
	size_t sort_by;                /* a column; 0 is the group */
	bool descending;
	uint64_t top;
	const struct report_chart *chart; /* null: none */
	bool has_totals;
};

struct report {
	const struct report_sheet *sheets;
	size_t sheet_count;
	uint32_t rows_max, groups_max; /* the limits above; tests lower them */
};

#endif
