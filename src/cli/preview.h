/* preview - what the files of `preview` share: a row that was run, and how it is shown. */
#ifndef QONDUIT_CLI_PREVIEW_H
#define QONDUIT_CLI_PREVIEW_H

#include "qonduit/program.h"
#include "qonduit/trace.h"

struct preview {
	const struct source *source;
	const struct program *program;
	struct runner runner;
	struct batch batch;
	size_t row;             /* of the batch, the runner's last */
	enum verdict verdict;
	struct str origin;      /* as rejects and `runs` call it */
	size_t width;           /* characters of a line */
	struct trace **traces;  /* of each output, by field; null: the row is shown as a whole */
	struct buf out;         /* what is to be printed */
};

/* "written", "filtered", "rejected" */
struct str preview_verdict(const struct preview *p);
/* Whether the column stands in the input and is not there under another name already. */
bool preview_has(const struct preview *p, size_t column);
struct cell preview_cell(const struct preview *p, size_t column);
/* What the column gave: the fault of the row that is its own, or null. */
const struct row_fault *preview_fault(const struct preview *p, size_t column);

/* Append the row to `out`: as a table, as steps, as a line of JSON. */
void preview_table(struct preview *p);
void preview_steps(struct preview *p);
void preview_json(struct preview *p);

#endif
