/* fetch - all of a resource as one document: pages are put together, downloads are checked to be whole.
 *
 * What is written for a paged list of JSON is one document of the API's own form: the list holds the records of all
 * pages, each byte for byte as it came; the count is that of the records that are there, next and previous are null,
 * and what else stands beside the list is the first page's. So a mapping takes it like a single reply. Other replies
 * are written as they came.
 *
 * What is not whole fails (ERR_INPUT) and what was written is void: a page that came before, or whose records did; one
 * without records that is not the last; a `next` that leads to another host, scheme or path than the request's (the
 * scheme may be http where the base is https and the rest is equal: it is asked for by https), or to a page that was
 * had; a count that is no whole number; fewer records than the count of the last page says, or more; a reply that is
 * not of the format (HTML, JSON or a workbook that is cut short or empty); a CSV file that ends within a quoted field
 * or in a row that is shorter than its header; a reply without what the resource needs (named, with what is there
 * instead), or whose word says no. A CSV file with a header alone, or with nothing at all, is whole: nothing was found.
 * Parameters of the request that a `next` does not repeat are asked for again.
 *
 * Warnings: more records than a resource ever gives (`most`), with how many are missing. A list that changes while it
 * is read: identical records in two pages that follow each other are told, and a count that gets smaller. A CSV file
 * without a line end behind its last row.
 *
 * A reply 4xx is ERR_INPUT with the server's words (401 and 403: ERR_CREDENTIALS), other replies than 200 ERR_DELIVERY.
 */
#ifndef QONDUIT_FETCH_H
#define QONDUIT_FETCH_H

#include "qonduit/session.h"

struct fetched {
	uint64_t bytes, pages, records; /* records: rows below the header of CSV; 0 for XLSX and for single objects 1 */
	uint64_t count;                 /* what the server said there are; 0: nothing */
	uint64_t missing;               /* that the server does not give (`most`) */
	uint64_t repeated;              /* records that stood, byte for byte, in the page before too */
	const struct str *fields;       /* the CSV header, or the members of the first record: for schema drift */
	size_t field_count;
};

/* Writes to `fd`, which must be empty and open for reading and writing; it may be cut back. */
int fetch(struct session *s, const struct wanted *w, int fd, struct arena *arena, struct fetched *out, struct err *e);

#endif
