/* The marketplace's product prices and product stocks: upserts of one record each, and lists. */
#include <stdlib.h>

#include "qonduit/clock.h"
#include "qonduit/decimal.h"
#include "qonduit/sandbox_rest.h"

enum { PRICES = 1, STOCKS = 2, SECONDS = 19 };

static const struct sandbox_rest rest = { .codes = true, .size = "limit" };

static const char *const currencies[] = { "TRY", "USD", "EUR", "EGP", "GBP", "MAD", "PLN", "SAR", "RON", "UAH", "CZK",
	"HUF", "RUB", "BGN", "IQD", "KWD", "BHD", "OMR", "QAR", "AED", "NGN", NULL };

static const char *const units[] = { "qty", "kg", NULL };

/* The list comes second in both: with the sku it is the key. The documentation does not say which fields are required:
 * here those without which a record says nothing, as in the contracts. */
static const struct sandbox_field price_fields[] = {
	{ "sku", .type = SANDBOX_TEXT, .required = true, .least = 1 },
	{ "price_list", .type = SANDBOX_UUID },
	{ "retail_price", .type = SANDBOX_MONEY },
	{ "price", .type = SANDBOX_MONEY, .required = true },
	{ "currency_type", .type = SANDBOX_CHOICE, .choices = currencies },
	{ "tax_rate", .type = SANDBOX_MONEY },
	{ "discount_percentage", .type = SANDBOX_MONEY },
	{ "is_active", .type = SANDBOX_BOOLEAN },
	{ 0 },
};

static const struct sandbox_field stock_fields[] = {
	{ "sku", .type = SANDBOX_TEXT, .required = true, .least = 1 },
	{ "stock_list", .type = SANDBOX_UUID },
	{ "unit_type", .type = SANDBOX_CHOICE, .choices = units },
	{ "stock", .type = SANDBOX_INTEGER, .required = true },
	{ "sold_quantity_unreported", .type = SANDBOX_INTEGER },
	{ "is_active", .type = SANDBOX_BOOLEAN },
	{ 0 },
};

struct marketplace {
	const struct sandbox_setup *setup;
	struct sandbox_shelf prices, stocks;
};

/* Reads may carry the token in either header, as the documentation has them. */
static bool check_token(const struct marketplace *m, const struct sandbox_request *q, bool reads,
	struct sandbox_reply *r)
{
	struct str token = sandbox_bearer(q->authorization);
	if (reads && !token.n)
		token = sandbox_bearer(q->authentication);
	if (sandbox_token_fits(m->setup, token))
		return true;
	if (token.n)
		sandbox_rest_detail(&rest, r, 401, "authentication_failed", "Invalid token.");
	else
		sandbox_rest_refuse(&rest, 401, r);
	return false;
}

/* SKU/LIST, the list in lower case, in which UUIDs are compared; SKU/ without one. */
static struct str key_of(const struct sandbox_request *q, const struct sandbox_field *fields)
{
	struct str sku = json_get(q->json, fields[0].name)->text, list = json_text(json_get(q->json, fields[1].name), STR(""));
	char *key = arena_alloc(q->arena, sku.n + 1 + list.n);
	memcpy(key, sku.p, sku.n);
	key[sku.n] = '/';
	for (size_t i = 0; i < list.n; i++)
		key[sku.n + 1 + i] = list.p[i] >= 'A' && list.p[i] <= 'F' ? (char)(list.p[i] | 32) : list.p[i];
	return (struct str){ key, sku.n + 1 + list.n };
}

static void upsert(struct marketplace *m, struct sandbox_shelf *shelf, unsigned kind, const struct sandbox_request *q,
	struct sandbox_reply *r)
{
	if (!check_token(m, q, false, r) || !sandbox_rest_media(&rest, q, r) ||
	    !sandbox_rest_body(&rest, shelf->fields, q, r))
		return;
	if (sandbox_is_refused(m->setup, json_get(q->json, "sku")->text)) {
		sandbox_rest_invalid(&rest, r, "sku", "Refused by the sandbox.");
		return;
	}
	char id[SANDBOX_UUID_TEXT];
	const struct sandbox_item *item = sandbox_shelf_put(shelf, key_of(q, shelf->fields), q->json, q->wall);
	sandbox_rest_id(m->setup->first_job, kind, item->number, id);
	r->status = 200;
	buf_clear(&r->body);
	buf_printf(&r->body, "{\"id\":\"%s\"}", id);
}

static void answer_price(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct marketplace *m = state;
	upsert(m, &m->prices, PRICES, q, r);
}

static void answer_stock(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct marketplace *m = state;
	upsert(m, &m->stocks, STOCKS, q, r);
}

/* Decimals are strings of two places in lists, however they were sent. */
static struct str listed_value(const struct sandbox_shelf *s, const struct sandbox_item *item, size_t field,
	struct arena *arena)
{
	struct decimal d;
	struct str value = str_of(item->values[field]);
	if (!value.n)
		return STR("null");
	if (s->fields[field].type != SANDBOX_MONEY)
		return value;
	struct str text = value.p[0] == '"' ? (struct str){ value.p + 1, value.n - 2 } : value;
	char digits[DECIMAL_TEXT_MAX];
	if (decimal_parse(text, &d) != DECIMAL_OK || decimal_round(d, 2, ROUND_HALF_UP, &d) != DECIMAL_OK)
		return value;
	return arena_printf(arena, "\"%.*s\"", (int)decimal_print(d, digits), digits);
}

static void print_time(struct json_out *w, const char *key, int64_t wall, bool milliseconds)
{
	char text[25];
	clock_iso(wall, text);
	if (!milliseconds)
		memcpy(text + SECONDS, "Z", 2);
	json_key(w, str_of(key));
	json_string(w, str_of(text));
}

static void print(const struct marketplace *m, const struct sandbox_shelf *s, unsigned kind,
	const struct sandbox_item *item, struct json_out *w)
{
	struct arena arena = { 0 };
	char id[SANDBOX_UUID_TEXT];
	sandbox_rest_id(m->setup->first_job, kind, item->number, id);
	json_open(w, '{');
	json_key(w, STR("id"));
	json_string(w, str_of(id));
	for (size_t i = 0; s->fields[i].name; i++) {
		json_key(w, str_of(s->fields[i].name));
		json_raw(w, listed_value(s, item, i, &arena));
	}
	print_time(w, "created_at", item->created, kind == STOCKS);
	print_time(w, "updated_at", item->updated, kind == STOCKS);
	json_close(w, '}');
	arena_release(&arena);
}

static void print_price(const void *state, const struct sandbox_item *item, struct json_out *w)
{
	const struct marketplace *m = state;
	print(m, &m->prices, PRICES, item, w);
}

static void print_stock(const void *state, const struct sandbox_item *item, struct json_out *w)
{
	const struct marketplace *m = state;
	print(m, &m->stocks, STOCKS, item, w);
}

static void list(const struct marketplace *m, const struct sandbox_listing *l, const struct sandbox_request *q,
	struct sandbox_reply *r)
{
	if (check_token(m, q, true, r) && sandbox_rest_media(&rest, q, r))
		sandbox_rest_list(&rest, l, m, q, r);
}

static void answer_prices(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct marketplace *m = state;
	list(m, &(struct sandbox_listing){ &m->prices, print_price, listed_value }, q, r);
}

static void answer_stocks(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct marketplace *m = state;
	list(m, &(struct sandbox_listing){ &m->stocks, print_stock, listed_value }, q, r);
}

static const struct sandbox_endpoint endpoints[] = {
	{ "POST", "/product-prices/", "prices", answer_price, true },
	{ "GET", "/product-prices/", "list-prices", answer_prices, false },
	{ "POST", "/product-stocks/", "stocks", answer_stock, true },
	{ "GET", "/product-stocks/", "list-stocks", answer_stocks, false },
	{ 0 },
};

static void *open_marketplace(const struct sandbox_setup *setup)
{
	struct marketplace *m = mem_alloc(sizeof *m);
	*m = (struct marketplace){ setup, { .fields = price_fields }, { .fields = stock_fields } };
	return m;
}

static void refuse(unsigned status, int64_t wall, struct sandbox_reply *r)
{
	if (status == 400)
		sandbox_rest_invalid(&rest, r, "non_field_errors", "Invalid input.");
	else
		sandbox_rest_refuse(&rest, status, r);
}

static void show(void *state, const struct sandbox_request *q, struct buf *to)
{
	const struct marketplace *m = state;
	buf_add(to, STR("{\"prices\":"));
	sandbox_shelf_print(&m->prices, to);
	buf_add(to, STR(",\"stocks\":"));
	sandbox_shelf_print(&m->stocks, to);
	buf_addc(to, '}');
}

static void close_marketplace(void *state)
{
	struct marketplace *m = state;
	sandbox_shelf_release(&m->prices);
	sandbox_shelf_release(&m->stocks);
	free(m);
}

const struct sandbox_system sandbox_marketplace = {
	.name = "marketplace",
	.prefix = "/api/i1",
	.endpoints = endpoints,
	.open = open_marketplace,
	.refuse = refuse,
	.invalid = 400,
	.page = "marketplace",
	.show = show,
	.close = close_marketplace,
};
