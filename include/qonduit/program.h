/* program - a mapping compiled against contracts and parameters: immutable, printable, shared by threads.
 *
 * All names are indexes, all arguments parsed, all types known before row 1. program_compile reports every fault at
 * once. A program is run row by row: program_row turns a row of a batch into records of each output, or says that the
 * row is filtered, or rejected and why. What a run needs besides is in struct runner, one a thread.
 */
#ifndef QONDUIT_PROGRAM_H
#define QONDUIT_PROGRAM_H

#include "qonduit/mapping.h"
#include "qonduit/record.h"
#include "qonduit/rejects.h"
#include "qonduit/step.h"

struct rule {
	enum rule_kind kind;
	/* What its steps begin with: a column, a constant, what a "when" chooses, or any other. */
	enum { RULE_RUNS, RULE_COPIES, RULE_IS_KNOWN, RULE_CHOOSES } way;
	enum value_type type;             /* after the steps; VALUE_EMPTY: always empty */
	const int *columns;               /* of column and first-of; of a template's parts */
	size_t column_count;
	struct value constant;
	const struct template_part *parts;
	size_t part_count;
	const struct rule_case *cases;
	size_t case_count;
	const struct rule *otherwise;
	const struct rule_member *members;
	size_t member_count;
	const struct record_shape *shape; /* of an object that the contract describes; else null */
	const struct rule_each *each;     /* of each; else null */
	const struct step *steps;
	size_t step_count;
	/* So many of the steps, the first ones, leave a text alone that has the traits `idle` and at most `idle_bytes`. */
	size_t idle_steps, idle_bytes;
	unsigned idle;
};

/* An object for each element of an array. The rules of `object` see an element's values as their columns. The rule's
 * columns are the one with the array: of the row or, within another each, of its element. */
struct rule_each {
	const struct column *columns;     /* paths from an element */
	size_t column_count;
	const struct rule *object;
};

struct template_part {
	struct str text;                  /* where column < 0 */
	int column;
	bool optional;                    /* {name?} */
};

struct cond {
	enum cond_kind kind;
	int column;
	struct step test;
	const struct cond *parts;
	size_t part_count;
};

struct rule_case {
	struct cond cond;
	struct rule use;
};

struct rule_member {
	struct record_field field;
	struct rule rule;
};

struct program_output {
	struct str target;
	struct record_shape shape;
	const struct rule *rules;         /* parallel to shape.fields */
	const struct report *report;      /* of a workbook; else null */
	struct record_shape head;         /* of an XML file: what stands once before the records; known before row 1 */
	const struct value *head_values;  /* parallel to its fields */
};

struct program {
	struct arena arena;
	const struct mapping *mapping;
	struct source_options source;     /* the mapping's, with these columns */
	const struct column *columns;     /* the mapping's, with what each "each" reads within them */
	size_t column_count;
	struct param *params;
	size_t param_count;
	const struct lookup **tables;
	size_t table_count;
	struct cond *keep;                /* null: none */
	bool *keep_uses;                  /* columns that keep looks at */
	const int *unique;                /* columns of the key */
	size_t unique_count;
	enum prefer prefer;
	int prefer_column;
	struct program_output *outputs;
	size_t output_count;
	struct deferred *deferred;        /* what an arena cannot release */
};

/* `set` are NAME=VALUE texts. With `lenient` a parameter that has no value is taken for empty (check); without, it is a
 * fault of class ERR_USAGE. The mapping must outlive the program. */
int program_compile(struct program *p, const struct mapping *m, const struct contracts *contracts,
	const char *const *set, size_t set_count, bool lenient, struct faults *faults);
void program_release(struct program *p);
/* The compiled program, for people and for tests: one line a field. */
void program_print(const struct program *p, struct buf *to);

enum verdict { ROW_WRITTEN, ROW_FILTERED, ROW_REJECTED };

#define ROW_FAULTS_MAX 32

/* How a column is read while a binding lasts. */
struct cell_reader {
	column_usual *usual;              /* null: there is none */
	const struct column *column;
	struct value *to;                 /* the column's in the runner's columns */
	int at;                           /* where its cells are; -1: nowhere */
};

/* A field that is a column as it stands. */
struct field_copy {
	const struct value *from;
	struct value *to;
	const struct record_field *field;
};

/* A field of which anything else may change from row to row. */
struct field_work {
	const struct rule *rule;
	struct value *to;
	const struct record_field *field;
};

/* What of an output's values is to be worked out for each row while a binding lasts. */
struct output_plan {
	struct field_copy *copies;
	size_t copy_count;
	struct field_work *works;         /* in order of the fields */
	size_t work_count;
	bool sure;                        /* the values that no row changes are surely right (record.h) */
};

struct runner {
	const struct program *program;
	struct run run;
	const struct binding *binding;    /* of the source at hand */
	size_t width;                     /* of its header */
	struct arena bound;               /* lives as long as the binding */
	struct cell_reader *readers;      /* of the columns whose values change from row to row; the others are settled */
	size_t reader_count;
	struct value *stars;              /* of header_of columns: the same in every row of a source */
	struct str *star_faults;          /* why one of them cannot be read; empty: it can */
	struct value *columns;            /* of the row */
	bool *bad;                        /* parallel: those at fault */
	bool any_bad;                     /* of the last row whose columns were read */
	struct output_plan *plans;        /* of each output */
	struct value **values;            /* of each output, parallel to its fields; those that no row changes stay */
	struct row_fault faults[ROW_FAULTS_MAX];
	size_t fault_count;
	struct str where, shown;          /* of a fault in an each: the way to it, "/2/price", and what stands there */
	size_t member;                    /* of the object or list that was refused last: the member at fault */
	bool *sure;                       /* of each output: whether all values of the row are surely right (record.h) */
	bool **warned;                    /* of each output: fields outside of limits that only clients enforce; of the rows */
	bool any_warned;                  /* … since runner_forget_warnings */
};

void runner_init(struct runner *r, const struct program *p);
void runner_release(struct runner *r);
/* The rows that follow come from a source with this binding and a header of `width` cells. */
void runner_bind(struct runner *r, const struct binding *binding, size_t width);
/* Runs row `row` of `b`; results live in `arena`, texts where the batch has them. */
enum verdict program_row(struct runner *r, const struct batch *b, size_t row, struct arena *arena);
/* The row's key for `unique`, in the arena; empty where every part of it is. */
struct str program_unique_key(const struct runner *r, struct arena *arena);
void runner_forget_warnings(struct runner *r);
void runner_fault(struct runner *r, int at, struct str column, struct str value, struct str reason);
/* Of a field of an output, with what its columns hold. */
void runner_fault_of(struct runner *r, const struct program_output *o, size_t field, struct str reason);

/* Runs the mapping's inline tests; a failing one is a fault at its place. Returns how many passed. A test that sets
 * parameters has a program of its own; the others have `p`, which was compiled without any that are set. */
size_t program_test(const struct program *p, const struct contracts *contracts, struct faults *faults);

#endif
