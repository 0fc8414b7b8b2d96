/* The marketplace: upserts of product prices and stocks, one record each; their lists, and those of products and
 * offers. */
#include <stdlib.h>

#include "qonduit/clock.h"
#include "qonduit/decimal.h"
#include "qonduit/sandbox_goods.h"
#include "qonduit/sandbox_records.h"
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

#define TIME_FILTERS \
	{ "created_at__gte", "created_at", SANDBOX_GTE }, { "created_at__gt", "created_at", SANDBOX_GT }, \
	{ "created_at__lte", "created_at", SANDBOX_LTE }, { "created_at__lt", "created_at", SANDBOX_LT }, \
	{ "updated_at__gte", "updated_at", SANDBOX_GTE }, { "updated_at__gt", "updated_at", SANDBOX_GT }, \
	{ "updated_at__lte", "updated_at", SANDBOX_LTE }, { "updated_at__lt", "updated_at", SANDBOX_LT }

#define TEXT_FILTERS(name) \
	{ name, name, SANDBOX_EQUALS }, { name "__contains", name, SANDBOX_CONTAINS }, \
	{ name "__icontains", name, SANDBOX_ICONTAINS }

static const struct sandbox_filter price_filters[] = {
	TEXT_FILTERS("sku"),
	{ "price_list", "price_list", SANDBOX_EQUALS },
	{ "retail_price", "retail_price", SANDBOX_SAME },
	{ "price", "price", SANDBOX_SAME },
	{ "currency_type", "currency_type", SANDBOX_EQUALS },
	{ "tax_rate", "tax_rate", SANDBOX_SAME },
	{ "discount_percentage", "discount_percentage", SANDBOX_SAME },
	{ "is_active", "is_active", SANDBOX_EQUALS },
	{ "price__lt", "price", SANDBOX_LT },
	{ "price__gt", "price", SANDBOX_GT },
	{ "price__lte", "price", SANDBOX_LTE },
	{ "price__gte", "price", SANDBOX_GTE },
	TIME_FILTERS,
	{ 0 },
};

static const struct sandbox_filter stock_filters[] = {
	TEXT_FILTERS("sku"),
	{ "stock_list", "stock_list", SANDBOX_EQUALS },
	{ "unit_type", "unit_type", SANDBOX_EQUALS },
	{ "stock", "stock", SANDBOX_SAME },
	{ "sold_quantity_unreported", "sold_quantity_unreported", SANDBOX_SAME },
	{ "is_active", "is_active", SANDBOX_EQUALS },
	{ "stock__lt", "stock", SANDBOX_LT },
	{ "stock__gt", "stock", SANDBOX_GT },
	{ "stock__lte", "stock", SANDBOX_LTE },
	{ "stock__gte", "stock", SANDBOX_GTE },
	TIME_FILTERS,
	{ 0 },
};

static const struct sandbox_filter product_filters[] = {
	TEXT_FILTERS("name"),
	TEXT_FILTERS("base_code"),
	TEXT_FILTERS("sku"),
	{ "category", "category", SANDBOX_EQUALS },
	{ "category__contains", "category", SANDBOX_CONTAINS },
	{ "attributes", "attributes", SANDBOX_MEMBERS },
	TIME_FILTERS,
	{ 0 },
};

static const struct sandbox_filter offer_filters[] = {
	TEXT_FILTERS("sku"),
	{ "status", "status", SANDBOX_SAME },
	{ "attributes", "attributes", SANDBOX_MEMBERS },
	TIME_FILTERS,
	{ 0 },
};

struct marketplace {
	const struct sandbox_setup *setup;
	struct sandbox_shelf prices, stocks;
	struct arena arena;
	struct sandbox_records products, offers;
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
	buf_add(&r->body, STR("{\"id\":\""));
	buf_add(&r->body, str_of(id));
	buf_add(&r->body, STR("\"}"));
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
	if (!value.n || s->fields[field].type != SANDBOX_MONEY)
		return value;
	struct str text = value.p[0] == '"' ? (struct str){ value.p + 1, value.n - 2 } : value;
	char digits[DECIMAL_TEXT_MAX];
	if (decimal_parse(text, &d) != DECIMAL_OK || decimal_round(d, 2, ROUND_HALF_UP, &d) != DECIMAL_OK)
		return value;
	return arena_printf(arena, "\"%.*s\"", (int)decimal_print(d, digits), digits);
}

/* Of the schema's members those that are no fields are times. */
static struct str value_of(const struct sandbox_shelf *s, const struct sandbox_item *item, struct str member,
	struct arena *arena)
{
	char text[25];
	bool created = str_eq(member, STR("created_at"));
	for (size_t i = 0; s->fields[i].name; i++) {
		if (str_eq(member, str_of(s->fields[i].name)))
			return listed_value(s, item, i, arena);
	}
	clock_iso(created ? item->created : item->updated, text);
	return arena_printf(arena, "\"%s\"", text);
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
		struct str value = listed_value(s, item, i, &arena);
		json_raw(w, value.n ? value : STR("null"));
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
	list(m, &(struct sandbox_listing){ &m->prices, print_price, price_filters, value_of }, q, r);
}

static void answer_stocks(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct marketplace *m = state;
	list(m, &(struct sandbox_listing){ &m->stocks, print_stock, stock_filters, value_of }, q, r);
}

static void list_records(const struct marketplace *m, const struct sandbox_records *records,
	const struct sandbox_filter *filters, const struct sandbox_request *q, struct sandbox_reply *r)
{
	if (check_token(m, q, true, r) && sandbox_rest_media(&rest, q, r))
		sandbox_rest_records(&rest, records, filters, NULL, q, r);
}

static void answer_products(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	const struct marketplace *m = state;
	list_records(m, &m->products, product_filters, q, r);
}

/* Those that were deleted are passive, as the documentation has it. */
static void answer_offers(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	const struct marketplace *m = state;
	list_records(m, &m->offers, offer_filters, q, r);
}

/* Sets "status" to 0 in a copy of the offer. */
static const struct json *passive(struct marketplace *m, const struct json *offer)
{
	struct json *copy = ARENA_NEW(&m->arena, struct json), **last = (struct json **)&copy->child;
	*copy = *offer;
	for (const struct json *p = offer->child; p; p = p->next, last = (struct json **)&(*last)->next) {
		*last = ARENA_NEW(&m->arena, struct json);
		**last = *p;
		if (str_eq(p->key, STR("status")))
			(*last)->text = STR("0");
	}
	*last = NULL;
	return copy;
}

static void answer_delete(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct marketplace *m = state;
	if (!check_token(m, q, false, r) || !sandbox_rest_media(&rest, q, r))
		return;
	for (size_t i = 0; i < m->offers.count; i++) {
		if (!str_eq(json_text(json_get(m->offers.all[i], "sku"), (struct str){ 0 }), q->arguments[0]))
			continue;
		m->offers.all[i] = passive(m, m->offers.all[i]);
		r->status = 204;
		return;
	}
	sandbox_rest_refuse(&rest, 404, r);
}

static const struct sandbox_endpoint endpoints[] = {
	{ "GET", "/products/", "products", answer_products, false },
	{ "GET", "/product-offers/", "product-offers", answer_offers, false },
	{ "DELETE", "/product-offers/{}/", "delete-offer", answer_delete, false },
	{ "POST", "/product-prices/", "prices", answer_price, true },
	{ "GET", "/product-prices/", "list-prices", answer_prices, false },
	{ "POST", "/product-stocks/", "stocks", answer_stock, true },
	{ "GET", "/product-stocks/", "list-stocks", answer_stocks, false },
	{ 0 },
};

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
	arena_release(&m->arena);
	free(m);
}

/* --- what is there to be read --- */

enum { PRODUCT = 11, META = 12, PRODUCT_OFFER = 13, CATEGORY = 14, CATEGORIES = 8, HOUR_MS = 3600000 };

static const int64_t first_ms = 1546300800000; /* 2019-01-01T00:00:00Z, and one an hour */

static void put_id(struct json_out *w, const char *key, unsigned kind, uint64_t number)
{
	char id[SANDBOX_UUID_TEXT];
	sandbox_rest_id(0, kind, number, id);
	json_key(w, str_of(key));
	json_string(w, str_of(id));
}

static void put_attributes(struct json_out *w, const struct sandbox_good *good)
{
	json_key(w, STR("attributes"));
	json_open(w, '{');
	json_member_string(w, "brand", good->brand);
	json_member_string(w, "barcode", good->gtin);
	json_close(w, '}');
}

/* Every tenth offer is passive. */
static void print_made(uint64_t i, bool offer, struct json_out *w)
{
	struct arena arena = { 0 };
	struct sandbox_good good;
	unsigned long long number = i + 1;
	sandbox_good_make(i, &arena, &good);
	json_open(w, '{');
	put_id(w, "id", offer ? PRODUCT_OFFER : PRODUCT, number);
	json_member_string(w, "sku", arena_printf(&arena, offer ? "MA-SP-%05llu-1" : "SP-%05llu", number));
	if (offer) {
		put_id(w, "product", PRODUCT, number);
		json_key(w, STR("status"));
		json_int(w, i % 10 != 9);
	} else {
		json_member_string(w, "name", good.name);
		json_member_string(w, "base_code", arena_printf(&arena, "SP-%05llu", number));
		put_id(w, "category", CATEGORY, i % CATEGORIES + 1);
		put_id(w, "meta", META, number);
	}
	put_attributes(w, &good);
	print_time(w, "created_at", first_ms + (int64_t)i * HOUR_MS, false);
	print_time(w, "updated_at", first_ms + (int64_t)i * 2 * HOUR_MS, false);
	json_close(w, '}');
	arena_release(&arena);
}

static struct sandbox_records make_records(struct marketplace *m, bool offers)
{
	struct sandbox_records out;
	struct buf text = { 0 };
	struct json_out w = json_out(&text);
	json_open(&w, '[');
	for (uint64_t i = 0; i < SANDBOX_PRODUCTS; i++)
		print_made(i, offers, &w);
	json_close(&w, ']');
	sandbox_records_of(arena_copy(&m->arena, buf_str(&text)), &m->arena, &out);
	buf_release(&text);
	return out;
}

static int read_records(struct marketplace *m, struct err *e)
{
	bool products, offers;
	if (sandbox_records_read(m->setup->data, "marketplace-products.json", &m->arena, &m->products, &products, e) != 0 ||
	    sandbox_records_read(m->setup->data, "marketplace-offers.json", &m->arena, &m->offers, &offers, e) != 0)
		return -1;
	if (!products)
		m->products = make_records(m, false);
	if (!offers)
		m->offers = make_records(m, true);
	return 0;
}

static int fill_shelf(struct marketplace *m, struct sandbox_shelf *shelf, const char *file, struct err *e)
{
	struct sandbox_records records = { 0 };
	if (sandbox_records_read(m->setup->data, file, &m->arena, &records, NULL, e) != 0)
		return -1;
	for (size_t i = 0; i < records.count; i++) {
		struct sandbox_request q = { .json = records.all[i], .arena = &m->arena };
		if (json_is(json_get(records.all[i], "sku"), JSON_STRING))
			sandbox_shelf_put(shelf, key_of(&q, shelf->fields), records.all[i], first_ms);
	}
	return 0;
}

static void *open_marketplace(const struct sandbox_setup *setup, struct err *e)
{
	struct marketplace *m = mem_alloc(sizeof *m);
	*m = (struct marketplace){ .setup = setup, .prices = { .fields = price_fields },
		.stocks = { .fields = stock_fields } };
	if (read_records(m, e) == 0 && fill_shelf(m, &m->prices, "marketplace-prices.json", e) == 0 &&
	    fill_shelf(m, &m->stocks, "marketplace-stocks.json", e) == 0)
		return m;
	close_marketplace(m);
	return NULL;
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
