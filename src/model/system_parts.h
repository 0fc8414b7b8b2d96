/* system_parts - what the files that read a system share: system_read.c the system itself, system_resource.c what can
 * be asked of it; system_wanted.c what one means by an address, system_request.c what is sent for it. Private to
 * src/model.
 */
#ifndef QONDUIT_MODEL_SYSTEM_PARTS_H
#define QONDUIT_MODEL_SYSTEM_PARTS_H

#include "qonduit/system.h"
#include "slots.h"

/* "resources" of a system whose paging is known, into `s`. */
void system_read_resources(struct slot_reading *r, const struct json *j, struct system *s);

/* A segment of a resource's name that stands for what one asks for: capitals, digits, '_'. */
bool system_is_argument(struct str segment);
/* The part of `name` in front of "{KEY}" and the one behind it; false where it has none. */
bool system_split_key(struct str name, struct str *front, struct str *behind);
/* Null where the value fits, else what was expected: "a whole number from 1". */
const char *parameter_expects(const struct parameter *p, struct str value, struct arena *arena);
const char *parameter_type_word(enum parameter_type t); /* "integer", as a system file says it */
const char *resource_format_word(enum resource_format f); /* "json" */

/* The first pair of the parameter `name`, or null. */
const struct wanted_pair *wanted_given(const struct wanted *w, struct str name);

#endif
