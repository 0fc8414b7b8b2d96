/* mapping - a mapping file as it was written: every word known, every kind of value right, nothing resolved yet.
 *
 * First of three steps: mapping_read (this: text → struct mapping), program_compile (names, types, arguments →
 * struct program), program_run (a row → records). The parse refuses unknown keys, wrong kinds of JSON values and
 * impossible combinations, all of them at once, each with line, column and pointer. It knows nothing of
 * contracts and of the meaning of steps.
 *
 * The language is described in mappings/README.md. Everything lives in the mapping's arena; mapping_release at the end.
 */
#ifndef QONDUIT_MAPPING_H
#define QONDUIT_MAPPING_H

#include "qonduit/column.h"
#include "qonduit/digest.h"
#include "qonduit/json_doc.h"
#include "qonduit/report.h"
#include "qonduit/source.h"

#define MAPPING_TODO "todo" /* a constant that a draft leaves to be filled in: the check lets it pass */

enum rule_kind { RULE_COLUMN, RULE_FIRST_OF, RULE_VALUE, RULE_PARAM, RULE_TEMPLATE, RULE_WHEN, RULE_OBJECT, RULE_LIST,
	RULE_EACH };

struct mapping_rule {
	enum rule_kind kind;
	const struct json *at;            /* the rule, for faults */
	const struct json *subject;       /* name of a column or parameter, list of names, constant, template text, path */
	struct mapping_case *cases;       /* of when */
	size_t case_count;
	struct mapping_rule *otherwise;   /* else; null: empty */
	struct mapping_field *members;    /* of an object; of a list, with empty names */
	size_t member_count;
	int each;                         /* of each: index of the column with the array; -1: its path is from an element of
	                                   * the each around it. Its object is `members`, whose rules name paths from an
	                                   * element */
	const struct json *then;          /* list of steps, or null */
};

struct mapping_field {
	struct str name;
	const struct json *at;
	struct mapping_rule rule;
};

enum cond_kind { COND_TEST, COND_ALL, COND_ANY, COND_NOT };

struct mapping_cond {
	enum cond_kind kind;
	const struct json *at;
	const struct json *column;        /* of a test: name */
	const struct json *test;          /* of a test: the member whose key is the condition's word */
	struct mapping_cond *parts;
	size_t part_count;
};

struct mapping_case {
	struct mapping_cond cond;
	struct mapping_rule use;
};

struct mapping_param {
	struct str name;
	const struct json *at;
	enum column_type type;
	const struct json *standard;      /* "default", or null */
};

struct mapping_table {
	struct str name;
	const struct json *at, *file, *key, *value;
};

/* A column of a sheet; of a sheet of groups the first is the group itself. */
struct mapping_sheet_column {
	struct str title;
	const struct json *at;            /* the member whose key is the title; of the group: "group_by" */
	enum measure_kind measure;        /* NONE: of rows, and the group */
	struct mapping_rule rule;
	const struct json *format;        /* the number format, a text; or null */
	uint32_t width;                   /* in characters; 0: what fits */
};

/* A number below a column of a sheet. */
struct mapping_total {
	const struct json *at;            /* the member: its key is the title, its text the measure */
	enum measure_kind kind;
};

struct mapping_chart {
	const struct json *at;
	const struct json *values;        /* a title, or a list of them */
	enum chart_kind kind;
	struct str title;                 /* empty: the sheet's name */
	uint64_t top;                     /* groups that are drawn; 0: all that are shown */
};

/* One sheet of a workbook: of rows ("fields"), or of groups ("group_by"). The compile resolves what names a title. */
struct mapping_sheet {
	const struct json *at;
	struct str name;
	bool grouped;
	struct mapping_sheet_column *columns;
	size_t column_count;
	struct mapping_total *totals;
	size_t total_count;
	const struct json *sort_by;       /* a title; null: the group itself */
	bool descending;
	uint64_t top;                     /* groups that are shown; 0: all */
	struct mapping_chart *chart;      /* null: none */
};

struct mapping_output {
	struct str target;
	const struct json *at, *fields_at;
	struct mapping_field *fields;
	size_t field_count;
	const struct json *head_at;       /* fields that stand once before the records of an XML file; null: none */
	struct mapping_field *head;
	size_t head_count;
	const struct json *sheets_at;     /* of a workbook, instead of fields */
	struct mapping_sheet *sheets;
	size_t sheet_count;
};

enum prefer { PREFER_FIRST, PREFER_LAST, PREFER_LOWEST, PREFER_HIGHEST };

struct mapping_test {
	const struct json *at, *given;
	const struct json *expect, *reject; /* one of the three */
	bool filtered;
	const struct json *set;             /* parameters of this test, an object; null: none */
};

struct mapping {
	struct arena arena;
	char *file;                       /* as faults call it */
	bool shipped;                     /* part of the program: its tables are too */
	struct str text;
	char sha256[DIGEST_HEX];
	const struct json *root;

	struct str description;
	struct mapping_param *params;
	size_t param_count;
	bool for_json;                    /* a column that is a string is a path, what tests give is a document */
	struct source_options source;     /* with the columns */
	const struct json **column_at;    /* place of each column */
	size_t declared_count;            /* columns that can be named; those behind them hold the arrays of "each" */
	struct mapping_table *tables;
	size_t table_count;
	struct mapping_cond *keep;        /* null: none */
	const struct json *unique_by;     /* list of column names; null: none */
	enum prefer prefer;
	const struct json *prefer_column;
	struct mapping_output *outputs;
	size_t output_count;
	struct mapping_test *tests;
	size_t test_count;
};

/* `name` is a file, or the name of a shipped mapping where no such file exists. -1 where there is any error in `faults`
 * (which must outlive the mapping's arena). What could be read is in `m` all the same, so that more can be checked. */
int mapping_read(struct mapping *m, const char *name, struct faults *faults);
void mapping_release(struct mapping *m);

#endif
