/* Qogita's buyer API: the login, the limits, and the table of endpoints; the other files answer. */
#include "sandbox_qogita.h"

#include <stdlib.h>

enum { CATALOG_WINDOWS = 15 };

const struct sandbox_rest qogita_rest = { .codes = false, .size = "size" };

static const struct sandbox_field login_fields[] = {
	{ "email", .type = SANDBOX_TEXT, .required = true, .least = 1 },
	{ "password", .type = SANDBOX_TEXT, .required = true, .least = 1 },
	{ 0 },
};

/* --- what all answers share --- */

static void refuse_token(struct sandbox_reply *r)
{
	sandbox_rest_detail(&qogita_rest, r, 401, "", "Given token not valid for any token type");
}

bool qogita_check(struct qogita *g, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct str token = sandbox_bearer(q->authorization);
	enum sandbox_token state = sandbox_login_token(&g->logins, token, q->at);
	if (q->traits & TRAIT_EXPIRE_TOKEN && token.n) {
		sandbox_login_expire(&g->logins, token);
		state = TOKEN_EXPIRED;
	}
	if (state == TOKEN_GOOD || (state == TOKEN_UNKNOWN && sandbox_token_fits(g->setup, token)))
		return true;
	if (token.n)
		refuse_token(r);
	else
		sandbox_rest_refuse(&qogita_rest, 401, r);
	return false;
}

void qogita_put(struct json_out *w, const char *key, struct str json)
{
	json_key(w, str_of(key));
	json_raw(w, json.n ? json : STR("null"));
}

void qogita_put_text(struct json_out *w, const char *key, struct str text)
{
	json_key(w, str_of(key));
	json_string(w, text);
}

void qogita_not_found(struct sandbox_reply *r)
{
	sandbox_rest_refuse(&qogita_rest, 404, r);
}

void qogita_workbook(const struct qogita *g, const struct sandbox_listing *l, const struct sandbox_request *q,
	struct sandbox_reply *r)
{
	struct buf text = { 0 };
	struct json_out w = json_out(&text);
	struct sandbox_records records;
	json_open(&w, '[');
	for (size_t i = 0; i < l->shelf->count; i++)
		l->print(g, l->shelf->all[i], &w);
	json_close(&w, ']');
	sandbox_records_of(arena_copy(q->arena, buf_str(&text)), q->arena, &records);
	if (!sandbox_records_workbook(&records, r))
		sandbox_rest_refuse(&qogita_rest, 500, r);
	buf_release(&text);
}

/* --- the login --- */

/* The documentation has an expiration and a signature, and no names for them. */
static void put_token(struct qogita *g, const struct sandbox_request *q, struct sandbox_reply *r, struct json_out *w)
{
	struct str token = sandbox_login_issue(&g->logins, q, r);
	int64_t life = g->setup->token_life_ms ? g->setup->token_life_ms : 3600000;
	qogita_put_text(w, "accessToken", token);
	json_key(w, STR("accessExp"));
	json_int(w, q->wall + life);
	qogita_put_text(w, "signature", str_from(token, token.n - 8));
}

static void answer_login(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (!sandbox_rest_media(&qogita_rest, q, r) || !sandbox_rest_body(&qogita_rest, login_fields, q, r))
		return;
	if (!sandbox_token_fits(g->setup, json_get(q->json, "password")->text)) {
		sandbox_rest_detail(&qogita_rest, r, 401, "", "No active account found with the given credentials");
		return;
	}
	struct json_out w = sandbox_begin(r, 200);
	json_open(&w, '{');
	put_token(g, q, r, &w);
	json_key(&w, STR("user"));
	json_open(&w, '{');
	qogita_put_text(&w, "email", json_get(q->json, "email")->text);
	qogita_put_text(&w, "activeCartQid", STR(CART_QID));
	json_close(&w, '}');
	json_close(&w, '}');
}

static void answer_refresh(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (!sandbox_login_refresh(&g->logins, q)) {
		sandbox_rest_detail(&qogita_rest, r, 401, "", "Token is invalid or expired");
		return;
	}
	struct json_out w = sandbox_begin(r, 200);
	json_open(&w, '{');
	put_token(g, q, r, &w);
	json_close(&w, '}');
}

/* --- the system --- */

static const struct sandbox_endpoint endpoints[] = {
	{ "POST", "/auth/login/", "login", answer_login, false },
	{ "POST", "/auth/refresh/", "refresh", answer_refresh, false },
	{ "GET", "/variants/search/download/", "catalog", qogita_catalog, false },
	{ "GET", "/search/offers/", "search", qogita_search, false },
	{ "GET", "/variants/offers/search/{}/", "supplier-offers", qogita_supplier_offers, false },
	{ "GET", "/variants/{}/{}/offers/", "offers", qogita_offers, false },
	{ "GET", "/orders/", "orders", qogita_orders, false },
	{ "GET", "/orders/{}/", "order", qogita_order, false },
	{ "GET", "/orders/{}/lines/", "order-lines", qogita_order_lines, false },
	{ "GET", "/orders/{}/sales/", "sales", qogita_sales, false },
	{ "GET", "/addresses/", "addresses", qogita_addresses, false },
	{ "GET", "/addresses/{}/", "address", qogita_address, false },
	{ "GET", "/categories/", "categories", qogita_categories, false },
	{ "GET", "/categories/{}/", "category", qogita_category, false },
	{ "GET", "/brands/", "brands", qogita_brands, false },
	{ "GET", "/brands/{}/", "brand", qogita_brand, false },
	{ "GET", "/carts/", "carts", qogita_carts, false },
	{ "GET", "/carts/{}/", "read-cart", qogita_cart, false },
	{ "POST", "/carts/{}/lines/", "cart", qogita_add_line, true },
	{ "GET", "/carts/{}/lines/", "list-cart", qogita_lines, false },
	{ "PATCH", "/carts/{}/lines/{}/", "change-line", qogita_change_line, true },
	{ "DELETE", "/carts/{}/lines/{}/", "delete-line", qogita_delete_line, false },
	{ "GET", "/carts/{}/allocations/", "allocations", qogita_allocations, false },
	{ "GET", "/carts/{}/allocation-lines/", "allocation-lines", qogita_allocation_lines, false },
	{ "GET", "/carts/{}/allocation-summary/", "allocation-summary", qogita_allocation_summary, false },
	{ "POST", "/carts/{}/empty/", "empty", qogita_empty, false },
	{ "POST", "/carts/{}/optimize/", "optimize", qogita_optimize, false },
	{ "GET", "/checkouts/active/", "checkout", qogita_checkout, false },
	{ "PATCH", "/checkouts/active/", "change-checkout", qogita_change_checkout, false },
	{ "POST", "/checkouts/active/validate/", "validate", qogita_validate, false },
	{ "POST", "/checkouts/active/complete/", "complete", qogita_complete, false },
	{ "POST", "/watchlist/items/", "watchlist", qogita_watch, true },
	{ "GET", "/watchlist/items/", "list-watchlist", qogita_watched, false },
	{ "DELETE", "/watchlist/items/", "clear-watchlist", qogita_clear_watched, false },
	{ "PATCH", "/watchlist/items/{}/", "change-watched", qogita_change_watched, true },
	{ "DELETE", "/watchlist/items/{}/", "delete-watched", qogita_delete_watched, false },
	{ 0 },
};

static void close_qogita(void *state)
{
	struct qogita *g = state;
	sandbox_logins_release(&g->logins);
	sandbox_window_release(&g->downloads);
	sandbox_window_release(&g->attempts);
	sandbox_shelf_release(&g->cart);
	sandbox_shelf_release(&g->watchlist);
	for (size_t i = 0; i < CHECKOUT_MEMBERS; i++)
		free(g->checkout[i]);
	arena_release(&g->arena);
	free(g);
}

static void *open_qogita(const struct sandbox_setup *setup, struct err *e)
{
	struct qogita *g = mem_alloc(sizeof *g);
	*g = (struct qogita){
		.setup = setup,
		.logins = { .setup = setup },
		.downloads = { .limit = setup->catalog_limit, .ms = setup->window_ms * CATALOG_WINDOWS },
		.attempts = { .limit = setup->login_limit, .ms = setup->window_ms },
		.cart = { .fields = qogita_line_fields },
		.watchlist = { .fields = qogita_watch_fields },
	};
	if (qogita_data_open(g, e) == 0)
		return g;
	close_qogita(g);
	return NULL;
}

/* A throttled request is told so in "message". */
static void reply_throttled(int64_t wait_ms, struct sandbox_reply *r)
{
	struct json_out w = sandbox_begin(r, 429);
	struct arena arena = { 0 };
	json_open(&w, '{');
	qogita_put_text(&w, "message", wait_ms ? arena_printf(&arena, "Request was throttled. Expected available in %lld "
		"seconds.", (long long)((wait_ms + 999) / 1000)) : STR("Request was throttled."));
	json_close(&w, '}');
	arena_release(&arena);
}

static void refuse(unsigned status, int64_t wall, struct sandbox_reply *r)
{
	if (status == 429)
		reply_throttled(0, r);
	else
		sandbox_rest_refuse(&qogita_rest, status, r);
}

static bool admit(void *state, const struct sandbox_endpoint *to, const struct sandbox_request *q,
	struct sandbox_reply *r)
{
	struct qogita *g = state;
	struct sandbox_window *window = to->answer == qogita_catalog ? &g->downloads
		: to->answer == answer_login || to->answer == answer_refresh ? &g->attempts : NULL;
	int64_t wait = window ? sandbox_window_wait(window, q->address, q->at) : 0;
	if (wait > 0) {
		reply_throttled(wait, r);
		sandbox_retry_after(r, wait);
	} else if (window) {
		sandbox_window_take(window, q->address, q->at);
	}
	return wait == 0;
}

static void show(void *state, const struct sandbox_request *q, struct buf *to)
{
	const struct qogita *g = state;
	buf_add(to, STR("{\"cart\":"));
	sandbox_shelf_print(&g->cart, to);
	buf_add(to, STR(",\"watchlist\":"));
	sandbox_shelf_print(&g->watchlist, to);
	buf_addc(to, '}');
}

const struct sandbox_system sandbox_qogita = {
	.name = "qogita",
	.prefix = "",
	.endpoints = endpoints,
	.open = open_qogita,
	.admit = admit,
	.refuse = refuse,
	.invalid = 400,
	.page = "qogita",
	.show = show,
	.close = close_qogita,
};
