/* What Qogita lets its buyers write: lines of the active cart and the watchlist; and the login before it. */
#include <stdlib.h>

#include "qonduit/digest.h"
#include "qonduit/sandbox_rest.h"

enum { CART = 3, WATCHLIST = 4, TOKEN_DIGITS = 32 };

#define CART_QID "5a9d8f0e-0000-4000-8000-00000000ca27"

static const struct sandbox_rest rest = { .codes = false, .size = "size" };

enum { QUANTITY, GTIN, DEAL, OFFER };

static const struct sandbox_field line_fields[] = {
	[QUANTITY] = { "quantity", .type = SANDBOX_INTEGER, .required = true, .least = 1, .most = INT32_MAX },
	[GTIN] = { "gtin", .type = SANDBOX_TEXT, .least = 1, .most = 300 },
	[DEAL] = { "dealId", .type = SANDBOX_INTEGER, .nullable = true },
	[OFFER] = { "offerQid", .type = SANDBOX_UUID },
	{ 0 },
};

static const struct sandbox_field watch_fields[] = {
	{ "gtin", .type = SANDBOX_TEXT, .required = true, .least = 1 },
	{ 0 },
};

static const struct sandbox_field login_fields[] = {
	{ "email", .type = SANDBOX_TEXT, .required = true, .least = 1 },
	{ "password", .type = SANDBOX_TEXT, .required = true, .least = 1 },
	{ 0 },
};

struct qogita {
	const struct sandbox_setup *setup;
	struct sandbox_shelf cart, watchlist;
};

/* The token that a login with the password issues: always the same. */
static struct str token_issued(struct str password, struct arena *arena)
{
	unsigned char sum[DIGEST_BYTES];
	char hex[DIGEST_HEX];
	digest_of(password, sum);
	digest_hex(sum, hex);
	return arena_printf(arena, "issued-%.*s", TOKEN_DIGITS, hex);
}

static bool check_token(const struct qogita *g, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct str token = sandbox_bearer(q->authorization);
	bool issued = g->setup->token && str_eq(token, token_issued(str_of(g->setup->token), q->arena));
	if (issued || sandbox_token_fits(g->setup, token))
		return true;
	if (token.n)
		sandbox_rest_detail(&rest, r, 401, "", "Given token not valid for any token type");
	else
		sandbox_rest_refuse(&rest, 401, r);
	return false;
}

static void put(struct json_out *w, const char *key, struct str json)
{
	json_key(w, str_of(key));
	json_raw(w, json.n ? json : STR("null"));
}

static void put_text(struct json_out *w, const char *key, struct str text)
{
	json_key(w, str_of(key));
	json_string(w, text);
}

static struct json_out begin(struct sandbox_reply *r, unsigned status)
{
	r->status = status;
	buf_clear(&r->body);
	return json_out(&r->body);
}

static void answer_login(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	const struct qogita *g = state;
	if (!sandbox_rest_media(&rest, q, r) || !sandbox_rest_body(&rest, login_fields, q, r))
		return;
	struct str password = json_get(q->json, "password")->text;
	if (!sandbox_token_fits(g->setup, password)) {
		sandbox_rest_detail(&rest, r, 401, "", "No active account found with the given credentials");
		return;
	}
	struct json_out w = begin(r, 200);
	json_open(&w, '{');
	put_text(&w, "accessToken", token_issued(password, q->arena));
	json_key(&w, STR("user"));
	json_open(&w, '{');
	put_text(&w, "email", json_get(q->json, "email")->text);
	put_text(&w, "activeCartQid", STR(CART_QID));
	json_close(&w, '}');
	json_close(&w, '}');
}

/* --- the cart --- */

static void print_line(const void *state, const struct sandbox_item *item, struct json_out *w)
{
	const struct qogita *g = state;
	char qid[SANDBOX_UUID_TEXT];
	sandbox_rest_id(g->setup->first_job, CART, item->number, qid);
	json_open(w, '{');
	put_text(w, "qid", str_of(qid));
	for (size_t i = 0; line_fields[i].name; i++)
		put(w, line_fields[i].name, str_of(item->values[i]));
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

static void answer_line(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (!check_token(g, q, r) || !sandbox_rest_media(&rest, q, r) || !sandbox_rest_body(&rest, line_fields, q, r))
		return;
	struct str key = key_of_line(q), gtin = json_text(json_get(q->json, "gtin"), key);
	if (!key.n) {
		sandbox_rest_invalid(&rest, r, "non_field_errors", "Either gtin or offerQid is required.");
		return;
	}
	if (sandbox_is_refused(g->setup, gtin)) {
		sandbox_rest_invalid(&rest, r, "gtin", "Refused by the sandbox.");
		return;
	}
	uint64_t quantity = quantity_of(g, key, q);
	if (quantity > INT32_MAX) {
		sandbox_rest_invalid(&rest, r, "quantity", "Ensure this value is less than or equal to 2147483647.");
		return;
	}
	struct sandbox_item *item = sandbox_shelf_put(&g->cart, key, q->json, q->wall);
	sandbox_item_set(item, QUANTITY, arena_printf(q->arena, "%llu", (unsigned long long)quantity));
	struct json_out w = begin(r, 201);
	print_line(g, item, &w);
}

static void answer_lines(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	const struct qogita *g = state;
	if (check_token(g, q, r))
		sandbox_rest_list(&rest, &(struct sandbox_listing){ &g->cart, print_line, NULL }, g, q, r);
}

/* --- the watchlist --- */

static void print_watched(const void *state, const struct sandbox_item *item, struct json_out *w)
{
	json_open(w, '{');
	put(w, "gtin", str_of(item->values[0]));
	put(w, "name", STR("\"\""));
	put(w, "price", STR(""));
	put(w, "priceCurrency", STR("\"EUR\""));
	put(w, "targetPrice", STR(""));
	put(w, "targetPriceCurrency", STR("\"EUR\""));
	put(w, "targetQuantity", STR(""));
	put(w, "availableQuantity", STR("0"));
	put(w, "areTargetsMet", STR("false"));
	json_close(w, '}');
}

static void answer_watch(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (!check_token(g, q, r) || !sandbox_rest_media(&rest, q, r) || !sandbox_rest_body(&rest, watch_fields, q, r))
		return;
	struct str gtin = json_get(q->json, "gtin")->text;
	if (sandbox_is_refused(g->setup, gtin)) {
		sandbox_rest_invalid(&rest, r, "gtin", "Refused by the sandbox.");
		return;
	}
	struct json_out w = begin(r, 201);
	print_watched(g, sandbox_shelf_put(&g->watchlist, gtin, q->json, q->wall), &w);
}

static void answer_watched(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	const struct qogita *g = state;
	if (check_token(g, q, r))
		sandbox_rest_list(&rest, &(struct sandbox_listing){ &g->watchlist, print_watched, NULL }, g, q, r);
}

/* --- the system --- */

static const struct sandbox_endpoint endpoints[] = {
	{ "POST", "/auth/login/", "login", answer_login, false },
	{ "POST", "/carts/active/lines/", "cart", answer_line, true },
	{ "GET", "/carts/active/lines/", "list-cart", answer_lines, false },
	{ "POST", "/carts/" CART_QID "/lines/", "cart", answer_line, true },
	{ "GET", "/carts/" CART_QID "/lines/", "list-cart", answer_lines, false },
	{ "POST", "/watchlist/items/", "watchlist", answer_watch, true },
	{ "GET", "/watchlist/items/", "list-watchlist", answer_watched, false },
	{ 0 },
};

static void *open_qogita(const struct sandbox_setup *setup)
{
	struct qogita *g = mem_alloc(sizeof *g);
	*g = (struct qogita){ setup, { .fields = line_fields }, { .fields = watch_fields } };
	return g;
}

/* A throttled request is told so in "message". */
static void refuse(unsigned status, int64_t wall, struct sandbox_reply *r)
{
	sandbox_rest_refuse(&rest, status, r);
	if (status == 429) {
		struct json_out w = begin(r, 429);
		json_open(&w, '{');
		put_text(&w, "message", STR("Request was throttled."));
		json_close(&w, '}');
	}
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

static void close_qogita(void *state)
{
	struct qogita *g = state;
	sandbox_shelf_release(&g->cart);
	sandbox_shelf_release(&g->watchlist);
	free(g);
}

const struct sandbox_system sandbox_qogita = {
	.name = "qogita",
	.prefix = "",
	.endpoints = endpoints,
	.open = open_qogita,
	.refuse = refuse,
	.invalid = 400,
	.page = "qogita",
	.show = show,
	.close = close_qogita,
};
