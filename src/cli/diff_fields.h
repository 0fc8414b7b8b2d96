/* The fields in which two records differ, by value; for cmd_diff.c. */
#ifndef QONDUIT_DIFF_FIELDS_H
#define QONDUIT_DIFF_FIELDS_H

#include "qonduit/json_doc.h"

struct diff_field {
	struct str path;              /* "attributes.color" */
	const struct json *old, *new; /* null: not there */
};

struct diff_fields {
	struct diff_field *all;
	size_t count, cap;
};

/* Appends those of `old` in their order, then those that only `new` has. Members of objects are compared one by one,
 * numbers by size, lists as a whole. Paths are in the arena, or the records' own. */
void diff_fields_compare(const struct json *old, const struct json *new, struct arena *arena, struct diff_fields *out);
void diff_fields_release(struct diff_fields *f);

#endif
