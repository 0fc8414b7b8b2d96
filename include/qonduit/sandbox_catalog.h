/* sandbox_catalog - Qogita's catalog: the invented products, or the CSV files of --data, chosen from by the query; as a
 * CSV stream of any length, and as records.
 *
 * A file may have the columns of any of the documented forms, in any order, with a header in its first row. What the
 * query chooses: category_name (a name or its slug), brand_name (given several times: one of them), stock_availability
 * (in_stock, out_of_stock), query (all its words stand in the name). ASCII letters count alike in either case.
 */
#ifndef QONDUIT_SANDBOX_CATALOG_H
#define QONDUIT_SANDBOX_CATALOG_H

#include "qonduit/json_write.h"
#include "qonduit/sandbox_system.h"

struct sandbox_catalog {
	const char *file, *supplier; /* CSV files; null: the invented products */
	uint64_t products;           /* of these */
};

/* Both files can be read and have a header with what is needed; else ERR_INPUT. */
int sandbox_catalog_check(const struct sandbox_catalog *c, struct err *e);

/* The CSV file that the query asks for, as the reply's stream. */
void sandbox_catalog_download(const struct sandbox_catalog *c, const struct sandbox_request *q,
	struct sandbox_reply *r);

/* What the query asks for as numbered records. */
struct sandbox_search;

struct sandbox_search *sandbox_search_open(const struct sandbox_catalog *c, bool supplier,
	const struct sandbox_request *q);
uint64_t sandbox_search_count(struct sandbox_search *s);
/* Quickest in order. `state` is the struct sandbox_search. */
void sandbox_search_print(const void *state, size_t index, struct json_out *w);
void sandbox_search_close(struct sandbox_search *s);

/* {"offers":[…]} of the product with that fid; false where there is none. */
bool sandbox_catalog_offers(const struct sandbox_catalog *c, struct str fid, struct json_out *w);

#endif
