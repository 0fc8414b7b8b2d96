/* draft - the beginning of a mapping from a file to a target, as a mapping's text that passes `check` as it stands.
 *
 * The source's columns are all there, named after their headers and with the types of the profile; those that feed
 * nothing are optional. A field of the target's contract comes from the column
 *   1. that a shipped mapping for the same target feeds it from, with that mapping's rule where the types are the same;
 *   2. whose header is the field's name, or, with a "todo" beside it, nearly so, where the type fits.
 * Of JSON the header is the path: its last parts may be the field's name too, with a "todo", and a column is named after
 * its last part where no other ends so.
 * A required field without one gets a constant and a "todo"; the others are named in one comment. What feeds the
 * contract's key is made unique. A target that takes any field gets every column, a workbook as one sheet of rows.
 */
#ifndef QONDUIT_DRAFT_H
#define QONDUIT_DRAFT_H

#include "qonduit/contract.h"
#include "qonduit/inspect.h"

#define DRAFT_COLUMNS_MAX 4096

/* The profile is that of the source. Fails where the header has no cell that a mapping can name, or too many. */
int draft_write(const struct profile *p, const struct source *s, const struct contract *target, struct buf *to,
	struct err *e);

/* Appends a value as people write JSON: in one line where it fits behind `column`, else broken into one member a line,
 * indented for `depth` + 1. */
void draft_value(const struct json *j, int depth, size_t column, struct buf *to);

#endif
