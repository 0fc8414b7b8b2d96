/* slots - a JSON object into a struct: each object of a format is a table of its keys, and a key knows how its value is
 * read and where it goes. Every fault is told, with its place, what was found and what was expected. */
#ifndef QONDUIT_MODEL_SLOTS_H
#define QONDUIT_MODEL_SLOTS_H

#include "qonduit/decimal.h"
#include "qonduit/json_doc.h"

struct slot_reading {
	struct arena *arena;
	struct faults *faults;
	const char *name; /* of the file */
	const char *what; /* "contract": what is read, in sentences and in front of codes */
};

struct slot {
	const char *key; /* null ends a table */
	bool required;
	void (*read)(struct slot_reading *r, const struct json *j, void *into);
	size_t at;       /* what is read goes to `into` plus this */
};

/* Reads the members of an object; faults for what is no object, a key that no slot has, a required one that is missing.
 * "$comment" is passed over. */
void slot_object(struct slot_reading *r, const struct json *j, const struct slot *slots, void *into);

/* For slots; the type of what `into` points to is said behind each. After a fault it is as it was. */
void slot_nothing(struct slot_reading *r, const struct json *j, void *into);
void slot_text(struct slot_reading *r, const struct json *j, void *into);     /* struct str, not empty */
void slot_path(struct slot_reading *r, const struct json *j, void *into);     /* struct str that begins with '/' */
void slot_flag(struct slot_reading *r, const struct json *j, void *into);     /* bool */
void slot_length(struct slot_reading *r, const struct json *j, void *into);   /* uint32_t from 1 */
void slot_size(struct slot_reading *r, const struct json *j, void *into);     /* size_t from 1 */
void slot_places(struct slot_reading *r, const struct json *j, void *into);   /* int from 0 to DECIMAL_DIGITS */
void slot_words(struct slot_reading *r, const struct json *j, void *into);    /* const struct str *, null slice ends */
void slot_yes_words(struct slot_reading *r, const struct json *j, void *into); /* likewise, one or more */
void slot_statuses(struct slot_reading *r, const struct json *j, void *into); /* const struct json *: HTTP statuses */
void slot_json(struct slot_reading *r, const struct json *j, void *into);     /* struct str: any value, compact JSON */
void slot_format(struct slot_reading *r, const struct json *j, void *into);   /* nothing: must be 1 */

/* For readers that slots need besides. */
struct err *slot_fault(struct slot_reading *r, const struct json *at, bool at_key);
bool slot_expect(struct slot_reading *r, const struct json *j, bool fits, const char *expected);
bool slot_whole(struct slot_reading *r, const struct json *j, int64_t least, int64_t most, int64_t *out);
bool slot_number(struct slot_reading *r, const struct json *j, struct decimal *out);
/* "A-Za-z0-9_-" as a set, which says of each byte whether it is in it; null after a fault. */
const bool *slot_characters(struct slot_reading *r, const struct json *j, struct str *set);
size_t slot_strings(struct slot_reading *r, const struct json *j, const struct str **out);
/* The index of the string among `words`; `what` ("style of a file") for the fault. */
bool slot_choice(struct slot_reading *r, const struct json *j, const char *what, const struct str *words, size_t count,
	unsigned *out);
/* Fills `e`: `"x" is no WHAT; did you mean "y"?`, or the words. */
void slot_suggest(struct err *e, const char *code, const char *what, struct str found, const struct str *words,
	size_t count);

#endif
