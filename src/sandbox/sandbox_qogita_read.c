/* Qogita's orders, catalog, offers, and the lists beside them. */
#include "sandbox_qogita.h"

enum { SEARCH_MOST = 10000 };

static void list(struct qogita *g, enum qogita_list which, const struct sandbox_filter *filters,
	const struct sandbox_request *q, struct sandbox_reply *r)
{
	if (qogita_check(g, q, r))
		sandbox_rest_records(&qogita_rest, &g->lists[which], filters, "order", q, r);
}

static void reply_record(const struct json *record, struct sandbox_reply *r)
{
	if (!record) {
		qogita_not_found(r);
		return;
	}
	sandbox_begin(r, 200);
	json_print(record, &r->body);
}

static void one(struct qogita *g, enum qogita_list which, const struct sandbox_request *q, struct sandbox_reply *r)
{
	if (!qogita_check(g, q, r))
		return;
	const struct json *record = sandbox_records_find(&g->lists[which], "qid", q->arguments[0]);
	reply_record(record ? record : sandbox_records_find(&g->lists[which], "slug", q->arguments[0]), r);
}

/* --- orders --- */

static const struct sandbox_filter order_filters[] = {
	{ "status", "status", SANDBOX_ANY },
	{ "buyer_order_status", "status", SANDBOX_ANY },
	{ "fid", "fid", SANDBOX_EQUALS },
	{ "search", "", SANDBOX_ICONTAINS },
	{ 0 },
};

static const struct sandbox_filter line_filters[] = {
	{ "gtin", "variant.gtin", SANDBOX_EQUALS },
	{ "name", "variant.name", SANDBOX_ICONTAINS },
	{ 0 },
};

static const struct sandbox_filter sale_filters[] = {
	{ "gtin", "salelines", SANDBOX_CONTAINS },
	{ "name", "salelines", SANDBOX_ICONTAINS },
	{ "status", "status", SANDBOX_ANY },
	{ 0 },
};

void qogita_orders(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	list(state, ORDERS, order_filters, q, r);
}

/* Null, with the reply made, where there is no such order. */
static const struct json *find_order(struct qogita *g, const struct sandbox_request *q, struct sandbox_reply *r)
{
	if (!qogita_check(g, q, r))
		return NULL;
	const struct json *order = sandbox_records_find(&g->lists[ORDERS], "qid", q->arguments[0]);
	if (!order)
		qogita_not_found(r);
	return order;
}

static void reply_workbook(const struct sandbox_records *records, struct sandbox_reply *r)
{
	if (!sandbox_records_workbook(records, r))
		sandbox_rest_refuse(&qogita_rest, 500, r);
}

/* The details may say more than the list. */
void qogita_order(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	const struct json *order = find_order(g, q, r);
	if (!order)
		return;
	if (str_eq(sandbox_parameter(q, "format"), STR("xlsx"))) {
		const struct sandbox_records lines = qogita_lines_of(g, order, q->arena);
		reply_workbook(&lines, r);
		return;
	}
	const struct json *details = sandbox_records_find(&g->order, "qid", q->arguments[0]);
	reply_record(details ? details : order, r);
}

void qogita_order_lines(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	const struct json *order = find_order(g, q, r);
	if (!order)
		return;
	const struct sandbox_records lines = qogita_lines_of(g, order, q->arena);
	sandbox_rest_records(&qogita_rest, &lines, line_filters, "order", q, r);
}

void qogita_sales(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	const struct json *order = find_order(g, q, r);
	if (!order)
		return;
	const struct sandbox_records sales = qogita_sales_of(g, order, q->arena);
	sandbox_rest_records(&qogita_rest, &sales, sale_filters, "order", q, r);
}

/* --- the lists beside them --- */

static const struct sandbox_filter address_filters[] = {
	{ "address_line_one", "addressLineOne", SANDBOX_EQUALS },
	{ "address_line_two", "addressLineTwo", SANDBOX_EQUALS },
	{ "city", "city", SANDBOX_EQUALS },
	{ "country", "country", SANDBOX_ANY },
	{ "usage_types", "usageTypes", SANDBOX_CONTAINS },
	{ "zip_code", "zipCode", SANDBOX_EQUALS },
	{ 0 },
};

static const struct sandbox_filter category_filters[] = { { "slug", "slug", SANDBOX_ANY }, { 0 } };

static const struct sandbox_filter brand_filters[] = {
	{ "premium", "premium", SANDBOX_EQUALS },
	{ "slug", "slug", SANDBOX_ANY },
	{ 0 },
};

void qogita_addresses(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	list(state, ADDRESSES, address_filters, q, r);
}

void qogita_address(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	one(state, ADDRESSES, q, r);
}

void qogita_categories(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	list(state, CATEGORIES, category_filters, q, r);
}

void qogita_category(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	one(state, CATEGORIES, q, r);
}

void qogita_brands(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	list(state, BRANDS, brand_filters, q, r);
}

void qogita_brand(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	one(state, BRANDS, q, r);
}

/* --- the catalog --- */

void qogita_catalog(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (qogita_check(g, q, r))
		sandbox_catalog_download(&g->catalog, q, r);
}

static void search(struct qogita *g, bool supplier, uint64_t most, const struct sandbox_request *q,
	struct sandbox_reply *r)
{
	if (!qogita_check(g, q, r))
		return;
	struct sandbox_search *s = sandbox_search_open(&g->catalog, supplier, q);
	sandbox_rest_pages(&qogita_rest, &(struct sandbox_pages){ .count = sandbox_search_count(s), .most = most,
		.print = sandbox_search_print, .arg = s }, q, r);
	sandbox_search_close(s);
}

void qogita_search(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	search(state, sandbox_parameter(q, "cart_allocation_qid").n > 0, SEARCH_MOST, q, r);
}

void qogita_supplier_offers(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	search(state, true, 0, q, r);
}

void qogita_offers(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (!qogita_check(g, q, r))
		return;
	struct json_out w = sandbox_begin(r, 200);
	if (!sandbox_catalog_offers(&g->catalog, q->arguments[0], &w))
		qogita_not_found(r);
}
