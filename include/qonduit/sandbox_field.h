/* sandbox_field - the attributes that an API documents, as a table, and what is wrong with a value of one.
 *
 * Tables end with a null name. Sentences are those of Django REST framework, in which the marketplace answers; types
 * are taken as documented: "5" is no integer, 1 no boolean, null nothing but null.
 */
#ifndef QONDUIT_SANDBOX_FIELD_H
#define QONDUIT_SANDBOX_FIELD_H

#include "qonduit/json_doc.h"

enum sandbox_type {
	SANDBOX_TEXT,    /* a string of `least` (1: not blank) to `most` characters; 0: no limit */
	SANDBOX_UUID,    /* a string, with hyphens */
	SANDBOX_MONEY,   /* a string or a number of at most 2 places as it is written */
	SANDBOX_NUMBER,  /* a number, or a string that is one */
	SANDBOX_INTEGER, /* a number without point and exponent, from `least` to `most` where `most` is not 0 */
	SANDBOX_BOOLEAN,
	SANDBOX_CHOICE,  /* one of `choices` */
	SANDBOX_ID,      /* a string of A-Z a-z 0-9 - _, or a whole number */
	SANDBOX_EMAIL,   /* a string that looks like one */
	SANDBOX_OBJECTS, /* a list of objects of `parts` */
};

struct sandbox_field {
	const char *name;
	enum sandbox_type type;
	bool required, nullable;
	int64_t least, most;
	const char *const *choices; /* ended by null */
	const struct sandbox_field *parts;
};

/* Of the number as JSON has it: -1 and 10 are; 1.0 and 1e3 are not. */
bool sandbox_is_integer(const struct json *value);
/* A sentence, in the arena or static; empty where nothing is wrong. `value` is null where it is not there. */
struct str sandbox_field_breach(const struct sandbox_field *f, const struct json *value, struct arena *arena);
/* Null where there is no such attribute. */
const struct sandbox_field *sandbox_field_find(const struct sandbox_field *fields, struct str name);

#endif
