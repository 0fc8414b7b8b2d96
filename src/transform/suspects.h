/* suspects - fields that have one value in all records, where their contract calls it suspect: stock 0 in the whole
 * export.
 *
 * Any thread looks at the values of a record (suspects_look); what it saw is counted in the order of the rows, of those
 * that are written (suspects_take). A field that has had another value is not looked at any more, so that a usual file
 * costs next to nothing.
 */
#ifndef QONDUIT_TRANSFORM_SUSPECTS_H
#define QONDUIT_TRANSFORM_SUSPECTS_H

#include "qonduit/payload.h"
#include "qonduit/program.h"

struct suspects;

/* Null where no field that is mapped has a suspect value; all of these take null then. */
struct suspects *suspects_open(const struct program *p);
/* At the start of each pass. */
void suspects_begin(struct suspects *s);
/* What the record has of each field that is still looked at; null: there is none. `values` are those of each output. */
const unsigned char *suspects_look(const struct suspects *s, struct value *const *values, struct arena *a);
/* The record is written. */
void suspects_take(struct suspects *s, const unsigned char *look);
/* Puts what is suspect into the outputs of the manifest. */
void suspects_tell(const struct suspects *s, struct arena *a, struct manifest *m);
void suspects_close(struct suspects *s);

#endif
