/* lookup - a table of the mapping: key → value, both text, from two columns of a CSV file or written in place.
 *
 * Keys are matched exactly, but for white space around them, which counts on neither side. A key that stands twice is
 * an error that names both lines; a row with an empty key is skipped; an empty value is an empty result.
 */
#ifndef QONDUIT_LOOKUP_H
#define QONDUIT_LOOKUP_H

#include "qonduit/err.h"

struct lookup {
	struct str name;           /* the caller's to set */
	size_t count;
	struct str *keys, *values; /* in order of the file */
	uint32_t *slots;           /* hash → index + 1 */
	size_t slot_count;
};

/* Reads the columns headed `key` and `value` (compared as headers of sources are) of CSV text; the delimiter
 * is that of , ; and tab with which both are found in the first row; a byte order mark is skipped.
 * ERR_MAPPING with the place in `file`. */
int lookup_read(struct lookup *l, struct str csv, const char *file, struct str key, struct str value, struct arena *a,
	struct err *e);
/* From pairs that are known already; of duplicates the first counts. The arrays are taken over, keys trimmed. */
void lookup_of(struct lookup *l, struct str *keys, struct str *values, size_t count, struct arena *a);
/* Index in keys and values, or -1 where the key is not there. */
ptrdiff_t lookup_index(const struct lookup *l, struct str key);
/* The value, or null where the key is not there. */
const struct str *lookup_find(const struct lookup *l, struct str key);

#endif
