/* step - one step of a rule: a row in one table, compiled once, run for each value.
 *
 * A step kind says what types it takes and gives, how its argument is compiled, how it runs, one line of help and
 * an example; the check, the run, `help`, the reference page and the tests all come from that row. A new step is
 * one row in steps.c and one function in the file of its group: step_text.c, step_number.c, step_type.c,
 * step_choice.c, step_condition.c.
 *
 * step_compile is called by the mapping's compile with the type that comes in; it reports faults with their place in
 * the mapping and settles the type that comes out. A kind's run changes a value in place; -1 rejects the row, the
 * reason is in r->why. Compiled steps are immutable and may be shared by threads; what a run needs is in struct run.
 * They point into the mapping's tree, which must live as long as they do.
 */
#ifndef QONDUIT_STEP_H
#define QONDUIT_STEP_H

#include "qonduit/column.h"
#include "qonduit/fingerprint.h"
#include "qonduit/json_doc.h"
#include "qonduit/lookup.h"
#include "qonduit/pattern.h"

/* A parameter with its value settled (--set or default). */
struct param {
	struct str name;
	enum value_type type;
	struct value value;
};

/* What a compile can see. */
struct scope {
	struct arena *arena;             /* of the program */
	struct faults *faults;
	const char *file;                /* the mapping, for faults */
	struct column *columns;
	size_t column_count;
	bool *column_used;               /* parallel; set by whoever refers to a column; null: nobody asks */
	const char *no_columns;          /* where there are none, why: the end of a sentence; null: there are */
	/* In "each" names are paths from an element. They become columns as they are named, of a type that the place takes
	 * where it stands: `wanted` is a set of them. */
	bool by_path;
	unsigned wanted;
	size_t column_cap;
	const struct param *params;
	size_t param_count;
	const struct lookup *const *tables; /* by name */
	size_t table_count;
	/* Releases what an arena cannot (patterns): called with the pointer when the program is released. */
	void (*defer)(struct scope *s, void (*release)(void *), void *p);
	void *owner;
};

/* A fault at a place of the mapping; returns -1. The message says found, expected and, where
 * one is near, "did you mean". */
int scope_fault(struct scope *s, const struct json *at, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The same at the key of a member. */
int scope_fault_key(struct scope *s, const struct json *at, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Indexes by name, or -1 after a fault with "did you mean". scope_column marks the column as used. */
int scope_column(struct scope *s, const struct json *at, struct str name);
/* The same for a place that takes those types; only a path cares. */
int scope_column_as(struct scope *s, const struct json *at, struct str name, unsigned types);
int scope_param(struct scope *s, const struct json *at, struct str name);
const struct lookup *scope_table(struct scope *s, const struct json *at, struct str name);
/* `, did you mean "x"?` or "" in a buffer of the arena. */
const char *scope_near(struct scope *s, struct str word, const struct str *words, size_t count);

/* A member that an object may have. */
struct member {
	const char *name;
	bool required;
	const struct json *found; /* set by scope_members; null where it is not there */
};

/* Takes an object apart: a fault for what is no object, for each unknown key and each missing one. `what` names it in
 * faults: "a tier". "$comment" is passed over. */
int scope_members(struct scope *s, const struct json *object, const char *what, struct member *members, size_t count);

/* "text", "a number", "text or a date": what a set of types is called in sentences. */
const char *scope_types(struct scope *s, unsigned types);
/* What stands at a place, for sentences: `"abc"`, `12`, `an array`. */
const char *scope_found(struct scope *s, const struct json *at);
/* The fault "… is expected here, but … was found"; returns -1. */
int scope_expected(struct scope *s, const struct json *at, const char *expected);
/* The index of the word that must stand at a place, or -1 after a fault. */
int scope_word(struct scope *s, const struct json *at, const struct str *words, size_t count);

/* An argument that is a value: a constant, a parameter (settled: a constant), a column, or a lookup of a column. */
struct operand {
	enum { OPERAND_CONSTANT, OPERAND_COLUMN, OPERAND_LOOKUP } from;
	enum value_type type;
	struct value constant;         /* empty where a parameter has no value */
	struct str name;               /* of the column or the parameter, for reasons */
	int column;                    /* of both others */
	const struct lookup *table;
};

/* What one thread needs while it runs a program over the rows of a batch. */
struct run {
	struct arena *arena;           /* results of the row live here: the batch's */
	const struct value *columns;   /* of the row, by index of the mapping */
	struct pattern_scratch *scratch;
	struct fingerprints *seen;     /* texts that have a fingerprint; null: nobody asks whether two have the same */
	struct buf why;                /* reason of the last -1 */
};

/* Sets the reason; returns -1. */
int run_refuse(struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A value for a reason: a text in quotes, what does not print made visible, long ones cut. */
const char *run_shown(struct run *r, const struct value *v);
const char *run_shown_text(struct run *r, struct str text);

/* Compiles a value argument for a step that wants one of `types`; a number may be a JSON number or text. */
int operand_compile(struct operand *o, const struct json *arg, unsigned types, struct scope *s);
/* The same for what must be known before the first row: a constant or a parameter. */
int operand_compile_known(struct operand *o, const struct json *arg, unsigned types, struct scope *s);
/* Such a one that is a whole number from `least` to `most`. */
int operand_whole(int64_t *out, const struct json *arg, int64_t least, int64_t most, struct scope *s);
/* Such a one that is text, NUL behind it; `what` ("a pattern") for the fault where it is "". */
int operand_text(struct str *out, const struct json *arg, const char *what, struct scope *s);
/* Whether `arg` is written as a value: not an object, or one with "param", "column" or "lookup". */
bool operand_is(const struct json *arg);

/* The value, which may be empty: an empty column, nothing in the table for its key. -1, reason in r->why: a key that is
 * not in the table, text that is not what was wanted. */
int operand_read(const struct operand *o, struct run *r, struct value *out);
/* The same where an empty value is no use: -1 for it too. */
int operand_value(const struct operand *o, struct run *r, struct value *out);

struct step;

enum step_group { STEP_TEXT, STEP_NUMBER, STEP_TYPE, STEP_CHOICE, STEP_CONDITION };

#define STEP_SAME  (-1) /* gives what it takes */
#define STEP_OWN   (-2) /* its compile sets step->out */

struct step_kind {
	const char *name;
	enum step_group group;
	const char *argument;          /* for people: "", "n", "{ to: n, with: s }" */
	unsigned takes;                /* set of TYPES_… */
	int gives;                     /* enum value_type, STEP_SAME or STEP_OWN */
	bool sees_empty;               /* default, empty, present: runs on an empty value too */
	bool word;                     /* may stand as a mere word, without an argument */
	uint8_t idle;                  /* leaves a text with these traits as it is; 0: nothing is known */
	int (*compile)(struct step *s, const struct json *arg, struct scope *scope); /* null: takes no argument */
	int (*run)(const struct step *s, struct value *v, struct run *r);
	/* Of a condition: its answer where the argument is known. */
	bool (*holds)(const struct step *s, const struct value *v);
	const char *help;              /* one line */
	/* JSON texts: "\" a  b \"", "\"squeeze\"", "\"a b\""; null is an empty value, a text before a kind that takes no
	 * text is a date. The table that examples look into is "categories", with "Fragrance" → "Perfume". */
	struct {
		const char *in, *step, *out;
	} example;
};

struct step {
	const struct step_kind *kind;
	int (*run)(const struct step *s, struct value *v, struct run *r); /* the kind's */
	bool sees_empty;               /* so is this */
	size_t idle_bytes;             /* a longer text may change whatever its traits */
	enum value_type in, out;
	struct operand a, b;           /* arguments that are values, as the kind uses them */
	int64_t n;                     /* a whole number, as the kind uses it */
	bool flag;                     /* a yes or no, as the kind uses it */
	const void *data;              /* of the kind: pattern, tiers, list, table */
	bool (*holds)(const struct step *s, const struct value *v); /* the kind's, where it can be asked; else null */
};

/* All kinds, in order of group and the design's text; ended by a null name. */
extern const struct step_kind step_kinds[];
const struct step_kind *step_find(struct str name);

/* `node` is the word or the object of one word; `in` the type that comes in (VALUE_EMPTY: not known to be anything,
 * always empty). -1 after a fault. */
int step_compile(struct step *s, const struct json *node, enum value_type in, struct scope *scope);
/* A condition by its word with its argument, as it stands in a COND: `arg` is the member, `at` the COND. */
int step_compile_condition(struct step *s, const struct step_kind *kind, const struct json *at, const struct json *arg,
	enum value_type in, struct scope *scope);

/* Runs the steps in turn; an empty value skips up to one that sees it. */
static inline int steps_run(const struct step *steps, size_t count, struct value *v, struct run *r)
{
	for (size_t i = 0; i < count; i++)
		if ((v->type != VALUE_EMPTY || steps[i].sees_empty) && steps[i].run(&steps[i], v, r) != 0)
			return -1;
	return 0;
}

#endif
