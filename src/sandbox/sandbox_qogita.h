/* What the files of sandbox_qogita*.c share. */
#ifndef QONDUIT_SANDBOX_QOGITA_H
#define QONDUIT_SANDBOX_QOGITA_H

#include "qonduit/sandbox_catalog.h"
#include "qonduit/sandbox_login.h"
#include "qonduit/sandbox_records.h"
#include "qonduit/sandbox_rest.h"
#include "qonduit/sandbox_window.h"

#define CART_QID "5a9d8f0e-0000-4000-8000-00000000ca27"

enum { CART = 3, WATCHLIST = 4, CHECKOUT_MEMBERS = 3 };
enum qogita_list { ORDERS, ADDRESSES, CATEGORIES, BRANDS, ALLOCATIONS, ALLOCATION_LINES, QOGITA_LISTS };

struct qogita {
	const struct sandbox_setup *setup;
	struct sandbox_logins logins;
	struct sandbox_window downloads, attempts; /* attempts: to log in, or to refresh */
	struct sandbox_shelf cart, watchlist;
	struct arena arena;
	struct sandbox_catalog catalog;
	struct sandbox_records lists[QOGITA_LISTS];
	struct sandbox_records order, lines, sales; /* of --data; lines and sales are those of every order */
	bool has_lines, has_sales;
	char *checkout[CHECKOUT_MEMBERS];           /* JSON text, as it was last set; null: not yet */
};

extern const struct sandbox_rest qogita_rest;
extern const struct sandbox_field qogita_line_fields[], qogita_watch_fields[];

/* False, with the reply made, where there is no token that is good. */
bool qogita_check(struct qogita *g, const struct sandbox_request *q, struct sandbox_reply *r);
void qogita_put(struct json_out *w, const char *key, struct str json); /* empty: null */
void qogita_put_text(struct json_out *w, const char *key, struct str text);
void qogita_not_found(struct sandbox_reply *r);
/* What stands on the shelf, as records; of an empty one a workbook without a column. */
void qogita_workbook(const struct qogita *g, const struct sandbox_listing *l, const struct sandbox_request *q,
	struct sandbox_reply *r);

/* sandbox_qogita_data.c: what is there to be read. */
int qogita_data_open(struct qogita *g, struct err *e);
/* Of an order, in the request's arena. */
struct sandbox_records qogita_lines_of(const struct qogita *g, const struct json *order, struct arena *arena);
struct sandbox_records qogita_sales_of(const struct qogita *g, const struct json *order, struct arena *arena);

typedef void qogita_answer(void *state, const struct sandbox_request *q, struct sandbox_reply *r);

/* sandbox_qogita_cart.c */
qogita_answer qogita_add_line, qogita_lines, qogita_change_line, qogita_delete_line, qogita_carts, qogita_cart,
	qogita_allocations, qogita_allocation_lines, qogita_allocation_summary, qogita_empty, qogita_optimize,
	qogita_checkout, qogita_change_checkout, qogita_validate, qogita_complete;
/* sandbox_qogita_watch.c */
qogita_answer qogita_watch, qogita_watched, qogita_change_watched, qogita_delete_watched, qogita_clear_watched;
/* sandbox_qogita_read.c */
qogita_answer qogita_orders, qogita_order, qogita_order_lines, qogita_sales, qogita_addresses, qogita_address,
	qogita_categories, qogita_category, qogita_brands, qogita_brand, qogita_catalog, qogita_search,
	qogita_supplier_offers, qogita_offers;

#endif
