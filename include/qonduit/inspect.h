/* inspect - what the columns of a source look like: a profile, from which a mapping can be begun (draft.h).
 *
 * profile_read goes over all rows of an open source in constant memory; profile_release at the end. A column's likely
 * type is the narrowest that reads every cell which is not empty, judged by column_read itself, so that what is
 * proposed is what a mapping takes:
 *
 *     gtin, integer, decimal, boolean, date, datetime, url, currency, json, text
 *
 * Besides what column_read asks for: a GTIN shows at least 8 digits; a number has no leading zeros and no plus sign,
 * and an integer no exponent, for these are identifiers; digits alone are no date. Where a plain number does not do,
 * other marks are tried (1,5 or 1.234,50 or 1,234.50 or 1 234,5), and other forms of dates (21.11.2026, 21/11/2026,
 * 11/21/2026). What has to be declared for a reading, and what makes it doubtful, stands in the note. Where "1,234" may
 * be either, nothing is proposed but text.
 */
#ifndef QONDUIT_INSPECT_H
#define QONDUIT_INSPECT_H

#include "qonduit/source.h"

#define PROFILE_EXAMPLES 3
#define PROFILE_EXAMPLE_BYTES 400 /* of an example; a longer one ends with … */

struct profile_column {
	struct str header;                 /* as it stands; of JSON the path */
	enum column_type type;             /* the likely one */
	uint64_t empty, filled;            /* cells; white space alone is empty */
	struct str examples[PROFILE_EXAMPLES]; /* the first values that differ; of a link its address */
	size_t example_count;
	struct str doubt;                  /* what makes the type doubtful; empty: nothing does */
	struct str note;                   /* that, and what has to be declared and what is odd; empty: nothing */
	struct evidence *evidence;         /* the profile's own */
};

struct profile {
	struct arena arena;
	struct profile_column *columns;    /* one for each cell of the header */
	size_t column_count;
	uint64_t rows;
	uint64_t ragged;                   /* rows of a CSV file with more or fewer cells than the header */
	struct str unnamed;                /* paths of JSON that no mapping can name, in a list; the caller's */
};

/* The source was opened without columns and not raw; of JSON with a column of the type text for each path. */
int profile_read(struct profile *p, struct source *s, struct err *e);
void profile_release(struct profile *p);

/* How the column is read as `type`: the column of a mapping but for its name and headers, with the marks or forms that
 * have to be declared; null where less than nine of ten cells can be read so. *others says how many cells cannot. */
const struct column *profile_reading(const struct profile_column *c, enum column_type type, uint64_t *others);
/* What has to be declared for such a reading, as members of a JSON object: `"decimal_mark": ","`; "" for nothing. */
const char *profile_declaration(const struct column *reading);

#endif
