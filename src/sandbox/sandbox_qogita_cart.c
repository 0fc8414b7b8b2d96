/* Qogita's cart and what becomes of it: lines, allocations, the checkout. */
#include <stdlib.h>

#include "sandbox_qogita.h"

enum { QUANTITY, GTIN, DEAL, OFFER };

const struct sandbox_field qogita_line_fields[] = {
	[QUANTITY] = { "quantity", .type = SANDBOX_INTEGER, .required = true, .least = 1, .most = INT32_MAX },
	[GTIN] = { "gtin", .type = SANDBOX_TEXT, .least = 1, .most = 300 },
	[DEAL] = { "dealId", .type = SANDBOX_INTEGER, .nullable = true },
	[OFFER] = { "offerQid", .type = SANDBOX_UUID },
	{ 0 },
};

/* Of a line that is changed. */
static const struct sandbox_field change_fields[] = {
	{ "quantity", .type = SANDBOX_INTEGER, .least = 1, .most = INT32_MAX },
	{ 0 },
};

/* False, with the reply made, without a token or where the path names another cart. */
static bool check_cart(struct qogita *g, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct str qid = q->arguments[0];
	if (!qogita_check(g, q, r))
		return false;
	if (str_eq(qid, STR("active")) || str_eq_nocase(qid, STR(CART_QID)))
		return true;
	qogita_not_found(r);
	return false;
}

/* --- lines --- */

static void print_line(const void *state, const struct sandbox_item *item, struct json_out *w)
{
	const struct qogita *g = state;
	char qid[SANDBOX_UUID_TEXT];
	sandbox_rest_id(g->setup->first_job, CART, item->number, qid);
	json_open(w, '{');
	qogita_put_text(w, "qid", str_of(qid));
	for (size_t i = 0; qogita_line_fields[i].name; i++)
		qogita_put(w, qogita_line_fields[i].name, str_of(item->values[i]));
	json_close(w, '}');
}

/* GTIN, OFFER or GTIN/OFFER; empty where it has neither. */
static struct str key_of_line(const struct sandbox_request *q)
{
	struct str gtin = json_text(json_get(q->json, "gtin"), (struct str){ 0 });
	struct str offer = json_text(json_get(q->json, "offerQid"), (struct str){ 0 });
	if (gtin.n && offer.n)
		return arena_concat(q->arena, arena_concat(q->arena, gtin, STR("/")), offer);
	return gtin.n ? gtin : offer;
}

/* The quantity with what stands in the line already. */
static uint64_t quantity_of(const struct qogita *g, struct str key, const struct sandbox_request *q)
{
	const struct sandbox_item *item = sandbox_shelf_find(&g->cart, key);
	uint64_t before = 0, more = 0;
	if (item)
		str_to_u64(str_of(item->values[QUANTITY]), &before);
	str_to_u64(json_get(q->json, "quantity")->text, &more);
	return before + more;
}

void qogita_add_line(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (!check_cart(g, q, r) || !sandbox_rest_media(&qogita_rest, q, r) ||
	    !sandbox_rest_body(&qogita_rest, qogita_line_fields, q, r))
		return;
	struct str key = key_of_line(q), gtin = json_text(json_get(q->json, "gtin"), key);
	if (!key.n) {
		sandbox_rest_invalid(&qogita_rest, r, "non_field_errors", "Either gtin or offerQid is required.");
		return;
	}
	if (sandbox_is_refused(g->setup, gtin)) {
		sandbox_rest_invalid(&qogita_rest, r, "gtin", "Refused by the sandbox.");
		return;
	}
	uint64_t quantity = quantity_of(g, key, q);
	if (quantity > INT32_MAX) {
		sandbox_rest_invalid(&qogita_rest, r, "quantity", "Ensure this value is less than or equal to 2147483647.");
		return;
	}
	struct sandbox_item *item = sandbox_shelf_put(&g->cart, key, q->json, q->wall);
	sandbox_item_set(item, QUANTITY, arena_printf(q->arena, "%llu", (unsigned long long)quantity));
	struct json_out w = sandbox_begin(r, 201);
	print_line(g, item, &w);
}

void qogita_lines(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (check_cart(g, q, r))
		sandbox_rest_list(&qogita_rest, &(struct sandbox_listing){ .shelf = &g->cart, .print = print_line }, g, q, r);
}

/* Null, with the reply made, where there is no such line. */
static struct sandbox_item *find_line(struct qogita *g, const struct sandbox_request *q, struct sandbox_reply *r)
{
	if (!check_cart(g, q, r))
		return NULL;
	for (size_t i = 0; i < g->cart.count; i++) {
		char qid[SANDBOX_UUID_TEXT];
		sandbox_rest_id(g->setup->first_job, CART, g->cart.all[i]->number, qid);
		if (str_eq_nocase(q->arguments[1], str_of(qid)))
			return g->cart.all[i];
	}
	qogita_not_found(r);
	return NULL;
}

void qogita_change_line(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	struct sandbox_item *item = find_line(g, q, r);
	if (!item || !sandbox_rest_media(&qogita_rest, q, r) || !sandbox_rest_body(&qogita_rest, change_fields, q, r))
		return;
	const struct json *quantity = json_get(q->json, "quantity");
	if (quantity)
		sandbox_item_set(item, QUANTITY, quantity->text);
	item->updated = q->wall;
	struct json_out w = sandbox_begin(r, 200);
	print_line(g, item, &w);
}

void qogita_delete_line(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	struct sandbox_item *item = find_line(g, q, r);
	if (!item)
		return;
	sandbox_shelf_remove(&g->cart, (struct str){ item->key, item->key_length });
	r->status = 204;
}

/* --- the cart --- */

static void print_cart(const void *state, size_t i, struct json_out *w)
{
	const struct qogita *g = state;
	uint64_t quantity = 0, line;
	for (size_t k = 0; k < g->cart.count; k++)
		quantity += str_to_u64(str_of(g->cart.all[k]->values[QUANTITY]), &line) ? line : 0;
	json_open(w, '{');
	qogita_put_text(w, "qid", STR(CART_QID));
	qogita_put_text(w, "status", STR("ACTIVE"));
	json_key(w, STR("lineCount"));
	json_int(w, (int64_t)g->cart.count);
	json_key(w, STR("totalQuantity"));
	json_int(w, (int64_t)quantity);
	json_close(w, '}');
}

void qogita_carts(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (qogita_check(g, q, r))
		sandbox_rest_pages(&qogita_rest, &(struct sandbox_pages){ .count = 1, .print = print_cart, .arg = g }, q, r);
}

void qogita_cart(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (!check_cart(g, q, r))
		return;
	if (str_eq(sandbox_parameter(q, "format"), STR("xlsx"))) {
		qogita_workbook(g, &(struct sandbox_listing){ .shelf = &g->cart, .print = print_line }, q, r);
		return;
	}
	struct json_out w = sandbox_begin(r, 200);
	print_cart(g, 0, &w);
}

void qogita_empty(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (!check_cart(g, q, r))
		return;
	sandbox_shelf_release(&g->cart);
	struct json_out w = sandbox_begin(r, 200);
	print_cart(g, 0, &w);
}

/* --- allocations --- */

static const struct sandbox_filter allocation_filters[] = {
	{ "allocation_status", "allocationStatus", SANDBOX_ANY },
	{ 0 },
};

void qogita_allocations(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (check_cart(g, q, r))
		sandbox_rest_records(&qogita_rest, &g->lists[ALLOCATIONS], NULL, NULL, q, r);
}

/* `sort` names the members as Python does. */
void qogita_allocation_lines(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	struct sandbox_request asked = *q;
	struct str by = sandbox_parameter(q, "sort");
	const char *member = str_ends(by, STR("created_at")) ? "createdAt" : "allocationStatus";
	if (by.n)
		asked.query = arena_printf(q->arena, "%.*s&by=%s%s", STR_ARG(q->query), str_starts(by, STR("-")) ? "-" : "",
			member);
	if (!check_cart(g, q, r))
		return;
	const struct sandbox_records chosen = sandbox_records_choose(&g->lists[ALLOCATION_LINES], allocation_filters, "by",
		&asked);
	sandbox_rest_records(&qogita_rest, &chosen, NULL, NULL, q, r);
}

void qogita_allocation_summary(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	static const char *const states[] = { "ALLOCATED", "PARTIALLY_ALLOCATED", "NOT_ALLOCATED" };
	const struct sandbox_records *lines = &g->lists[ALLOCATION_LINES];
	if (!check_cart(g, q, r))
		return;
	struct json_out w = sandbox_begin(r, 200);
	json_open(&w, '{');
	json_key(&w, STR("total"));
	json_int(&w, (int64_t)lines->count);
	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		int64_t count = 0;
		for (size_t k = 0; k < lines->count; k++)
			count += str_eq(json_text(json_get(lines->all[k], "allocationStatus"), STR("")), str_of(states[i]));
		json_key(&w, str_of(states[i]));
		json_int(&w, count);
	}
	json_close(&w, '}');
}

/* --- the checkout --- */

static const char *const checkout_members[CHECKOUT_MEMBERS] = { "shippingAddressQid", "billingAddressQid",
	"selectedPaymentMethod" };

static void reply_checkout(const struct qogita *g, struct sandbox_reply *r)
{
	struct json_out w = sandbox_begin(r, 200);
	json_open(&w, '{');
	qogita_put_text(&w, "cartQid", STR(CART_QID));
	for (size_t i = 0; i < CHECKOUT_MEMBERS; i++)
		qogita_put(&w, checkout_members[i], str_of(g->checkout[i]));
	json_close(&w, '}');
}

void qogita_optimize(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	static const char *const strategies[] = { "STANDARD", "FIXED_PRICE", "HEADLESS", NULL };
	static const struct sandbox_field fields[] = {
		{ "optimizerStrategy", .type = SANDBOX_CHOICE, .choices = strategies },
		{ 0 },
	};
	struct qogita *g = state;
	if (check_cart(g, q, r) && (!q->body.n || sandbox_rest_body(&qogita_rest, fields, q, r)))
		reply_checkout(g, r);
}

void qogita_checkout(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (qogita_check(g, q, r))
		reply_checkout(g, r);
}

void qogita_change_checkout(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	static const struct sandbox_field fields[] = {
		{ "shippingAddressQid", .type = SANDBOX_UUID },
		{ "billingAddressQid", .type = SANDBOX_UUID },
		{ 0 },
	};
	struct qogita *g = state;
	if (!qogita_check(g, q, r) || !sandbox_rest_media(&qogita_rest, q, r) ||
	    !sandbox_rest_body(&qogita_rest, fields, q, r))
		return;
	for (size_t i = 0; i < CHECKOUT_MEMBERS; i++) {
		const struct json *value = json_get(q->json, checkout_members[i]);
		struct buf text = { 0 };
		if (!value)
			continue;
		json_print(value, &text);
		free(g->checkout[i]);
		g->checkout[i] = mem_copy(buf_text(&text));
		buf_release(&text);
	}
	reply_checkout(g, r);
}

/* What is still wanting, as {"errors":[…]}; true where nothing is. */
static bool reply_errors(const struct qogita *g, unsigned status, struct sandbox_reply *r)
{
	struct json_out w = sandbox_begin(r, status);
	bool fine = g->cart.count > 0;
	json_open(&w, '{');
	json_key(&w, STR("errors"));
	json_open(&w, '[');
	if (!fine)
		json_string(&w, STR("The cart is empty."));
	for (size_t i = 0; i < CHECKOUT_MEMBERS; i++) {
		struct arena arena = { 0 };
		if (!g->checkout[i])
			json_string(&w, arena_printf(&arena, "%s is not set.", checkout_members[i]));
		fine = fine && g->checkout[i];
		arena_release(&arena);
	}
	json_close(&w, ']');
	json_close(&w, '}');
	return fine;
}

void qogita_validate(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (qogita_check(g, q, r))
		reply_errors(g, 200, r);
}

void qogita_complete(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (!qogita_check(g, q, r) || !reply_errors(g, 400, r))
		return;
	sandbox_shelf_release(&g->cart);
	struct json_out w = sandbox_begin(r, 200);
	json_open(&w, '{');
	qogita_put_text(&w, "status", STR("COMPLETED"));
	json_close(&w, '}');
}
