/* fetch - all of a resource as one document: pages are put together, downloads are checked to be whole.
 *
 * What is written for a paged list of JSON is one document of the API's own form: the list holds the records of all
 * pages, each byte for byte as it came; the count is that of the records that are there, next and previous are null,
 * and what else stands beside the list is the first page's. So a mapping takes it like a single reply. Other replies
 * are written as they came.
 *
 * What is not whole fails (ERR_INPUT) and what was written is void: a page that came before, or whose records did; a
 * `next` that leads to another host or scheme than the base address (the scheme may be http where the base is https and
 * the rest is equal: it is asked for by https), or to a page that was had; fewer records than the count of the last page
 * says; a reply that is not of the format (HTML, an empty body, JSON cut short); a CSV file that ends within a quoted
 * field or in a row that is shorter than its header; a reply without what the resource needs (named, with what is there
 * instead). More records than a resource ever gives (`most`) are a warning that says how many are missing. A list that
 * grows between two pages may repeat a record: identical records in two pages are told.
 *
 * A reply 4xx is ERR_INPUT with the server's words (401 and 403: ERR_CREDENTIALS).
 */
#ifndef QONDUIT_FETCH_H
#define QONDUIT_FETCH_H

#include "qonduit/session.h"

struct fetched {
	uint64_t bytes, pages, records; /* records: rows below the header of CSV; 0 for XLSX and for single objects 1 */
	uint64_t count;                 /* what the server said there are; 0: nothing */
	uint64_t missing;               /* that the server does not give (`most`) */
	const struct str *fields;       /* the CSV header, or the members of the first record: for schema drift */
	size_t field_count;
};

/* Writes to `fd`, which must be at its beginning and may be cut back. */
int fetch(struct session *s, const struct wanted *w, int fd, struct arena *arena, struct fetched *out, struct err *e);

#endif
