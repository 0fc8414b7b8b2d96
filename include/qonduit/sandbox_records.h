/* sandbox_records - what a system gives to be read: JSON records from a file of --data, or from text that is made.
 *
 * A file has an array of records, an object that has them in a list (`results`, `orders`), or one record.
 */
#ifndef QONDUIT_SANDBOX_RECORDS_H
#define QONDUIT_SANDBOX_RECORDS_H

#include "qonduit/sandbox_filter.h"

enum { SANDBOX_FILE_MAX = 256 << 20 }; /* bytes of a JSON file */

struct sandbox_records {
	const struct json **all;
	size_t count;
};

/* Text that is made: an array, which must be JSON. */
void sandbox_records_of(struct str text, struct arena *arena, struct sandbox_records *out);
/* `file` in `folder`; where there is no such file (or `folder` is null), 0 is returned and `out` is left alone. -1 with
 * ERR_INPUT where it cannot be read. *read says which (null: nobody wants to know). */
int sandbox_records_read(const char *folder, const char *file, struct arena *arena, struct sandbox_records *out,
	bool *read, struct err *e);
/* The path of a file of the folder; null where it is not there. */
const char *sandbox_data_file(const char *folder, const char *file, struct arena *arena);
/* The first whose member is that text; null where there is none. */
const struct json *sandbox_records_find(const struct sandbox_records *records, const char *member, struct str text);
/* Those that the query's parameters choose, in the order of the parameter `order` (null: none). In the arena. */
struct sandbox_records sandbox_records_choose(const struct sandbox_records *records,
	const struct sandbox_filter *filters, const char *order, const struct sandbox_request *q);

/* A workbook with a row for each record and a column for each member of the first one ("variant.gtin" of one in an
 * object), as the whole reply; lists are left out. False where it could not be made. */
bool sandbox_records_workbook(const struct sandbox_records *records, struct sandbox_reply *r);

#endif
