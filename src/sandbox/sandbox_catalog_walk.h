/* A walk over the rows of a catalog that a query chooses. For sandbox_catalog*.c alone. */
#ifndef QONDUIT_SANDBOX_CATALOG_WALK_H
#define QONDUIT_SANDBOX_CATALOG_WALK_H

#include "qonduit/sandbox_catalog.h"

enum catalog_role { ROLE_GTIN, ROLE_NAME, ROLE_CATEGORY, ROLE_BRAND, ROLE_PRICE, ROLE_UNIT, ROLE_INVENTORY, ROLE_OFFERS,
	ROLE_TOTAL, ROLE_PAGE, ROLE_IMAGE, ROLES };

struct catalog_walk;

/* `q` null: all rows. It need not outlive the call. -1 where the file cannot be read. */
struct catalog_walk *catalog_walk_open(const struct sandbox_catalog *c, bool supplier, const struct sandbox_request *q,
	struct err *e);
void catalog_walk_rewind(struct catalog_walk *w);
/* The header. */
const struct str *catalog_walk_header(const struct catalog_walk *w, size_t *n);
/* The next row, valid until the next call; null behind the last. */
const struct str *catalog_walk_next(struct catalog_walk *w, size_t *n);
/* A cell of the row that came last; empty where there is none. */
struct str catalog_walk_cell(const struct catalog_walk *w, enum catalog_role role);
void catalog_walk_close(struct catalog_walk *w);

#endif
