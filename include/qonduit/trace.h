/* trace - how the fields of one row came about, step by step.
 *
 *     program_row(&runner, &b, row, &b.arena)
 *     if (trace_is_possible(&runner, &b, row))
 *         trace_output(&runner, output, traces)    traces: one for each field, in the order of the shape
 *
 * The rules run again, one step at a time, with the row's columns as program_row left them; what they give is what
 * program_row gave. Everything lives in the arena that program_row was given.
 */
#ifndef QONDUIT_TRACE_H
#define QONDUIT_TRACE_H

#include "qonduit/program.h"

enum trace_kind {
	TRACE_VALUE,    /* a value stands */
	TRACE_CHOICE,   /* a case of "when" was chosen; no value yet */
	TRACE_SKIPPED,  /* a step that does not look at an empty value */
	TRACE_REFUSED,  /* the row is rejected here, or by the contract; nothing follows */
};

struct trace_step {
	enum trace_kind kind;
	struct str member;  /* within an object or a list: the way to it, "address/city"; empty: the field itself */
	struct str what;    /* "column price", "case 2: {…}", "round 2", "contract" */
	struct value value; /* after it */
	struct str why;     /* of TRACE_REFUSED */
	const struct trace_step *next;
};

struct trace {
	const struct trace_step *first;
	struct trace_step *last;
	bool refused;
};

/* Whether the columns of that row, which was the runner's last, are all read: not where one of them is at fault or the
 * row is not as wide as the header. */
bool trace_is_possible(const struct runner *r, const struct batch *b, size_t row);
/* Fills `traces`; the last step of a field that the contract refuses says so. */
void trace_output(struct runner *r, size_t output, struct trace *traces);

#endif
