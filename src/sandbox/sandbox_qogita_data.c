/* What Qogita gives to be read: the files of --data, or what is made here. */
#include "qonduit/decimal.h"
#include "qonduit/sandbox_goods.h"
#include "sandbox_qogita.h"

enum { ORDERS_MADE = 25, DAY_MS = 86400000, ORDER = 5, LINE = 6, ADDRESS = 7, CATEGORY = 8, BRAND = 9,
	ALLOCATION = 10 };

static const int64_t first_order_ms = 1795075200000; /* 2026-11-19T08:00:00Z: the newest; one a day before it */

static void put_id(struct json_out *w, const char *key, unsigned kind, uint64_t number)
{
	char id[SANDBOX_UUID_TEXT];
	sandbox_rest_id(0, kind, number, id);
	qogita_put_text(w, key, str_of(id));
}

static void put_money(struct json_out *w, const char *key, const char *currency, struct decimal d)
{
	char digits[DECIMAL_TEXT_MAX];
	decimal_round(d, 2, ROUND_HALF_UP, &d);
	qogita_put_text(w, key, (struct str){ digits, decimal_print(d, digits) });
	qogita_put_text(w, currency, STR("EUR"));
}

/* --- orders --- */

struct line {
	struct sandbox_good good;
	uint64_t asked, sent;
	struct decimal subtotal;
};

/* The lines of the k-th order: some have more than a page. */
static size_t lines_made(uint64_t k)
{
	return 3 + k * 5 % 14;
}

/* Of every ninth product a third is missing. */
static struct line make_line(const struct qogita *g, uint64_t k, uint64_t j, struct arena *arena)
{
	struct line l;
	struct decimal price = decimal_of(0);
	uint64_t i = (k * 7 + j * 3) % g->catalog.products;
	sandbox_good_make(i, arena, &l.good);
	l.asked = l.good.unit * (1 + j % 4) * 3;
	l.sent = i % 9 == 4 ? l.asked / 3 * 2 : l.asked;
	decimal_parse(l.good.price, &price);
	decimal_multiply(price, decimal_of((int64_t)l.sent), &l.subtotal);
	return l;
}

static void print_line(const struct line *l, struct json_out *w)
{
	struct decimal price = decimal_of(0);
	decimal_parse(l->good.price, &price);
	json_key(w, STR("variant"));
	json_open(w, '{');
	qogita_put_text(w, "gtin", l->good.gtin);
	qogita_put_text(w, "name", l->good.name);
	json_close(w, '}');
	json_member_int(w, "quantity", (int64_t)l->sent);
	json_member_int(w, "requestedQuantity", (int64_t)l->asked);
	put_money(w, "price", "priceCurrency", price);
	put_money(w, "subtotal", "subtotalCurrency", l->subtotal);
}

static struct decimal total_of(const struct qogita *g, uint64_t k, struct arena *arena)
{
	struct decimal total = decimal_of(0);
	for (size_t j = 0; j < lines_made(k); j++)
		decimal_add(total, make_line(g, k, j, arena).subtotal, &total);
	return total;
}

static void put_files(struct json_out *w, const char *what, uint64_t k, struct arena *arena)
{
	unsigned long long n = k;
	qogita_put_text(w, "excel", arena_printf(arena, "https://files.example/%s-%llu.xlsx", what, n));
	qogita_put_text(w, "pdf", arena_printf(arena, "https://files.example/%s-%llu.pdf", what, n));
}

static void print_order(const struct qogita *g, uint64_t k, struct arena *arena, struct json_out *w)
{
	static const char *const states[] = { "PAID", "FINANCED", "PAID" };
	unsigned long long number = k + 1;
	json_open(w, '{');
	put_id(w, "qid", ORDER, number);
	qogita_put_text(w, "fid", arena_printf(arena, "QX%04llu", number));
	qogita_put_text(w, "status", str_of(states[k % 3]));
	put_money(w, "total", "totalCurrency", total_of(g, k, arena));
	json_member_int(w, "submittedAt", first_order_ms - (int64_t)k * DAY_MS);
	json_key(w, STR("invoices"));
	json_open(w, '[');
	for (uint64_t i = 0; i < k % 3; i++) {
		json_open(w, '{');
		qogita_put_text(w, "fid", arena_printf(arena, "INV-%llu", (unsigned long long)(number * 10 + i)));
		qogita_put_text(w, "invoicedAt", STR("2026-11-20"));
		put_files(w, "invoice", number * 10 + i, arena);
		json_close(w, '}');
	}
	json_close(w, ']');
	json_key(w, STR("proformas"));
	json_open(w, '{');
	put_files(w, "proforma", number, arena);
	json_close(w, '}');
	json_close(w, '}');
}

static void make_orders(const struct qogita *g, struct arena *arena, struct json_out *w)
{
	for (uint64_t k = 0; k < ORDERS_MADE; k++)
		print_order(g, k, arena, w);
}

/* Which of the orders made it is. */
static uint64_t number_of(const struct qogita *g, const struct json *order)
{
	uint64_t k = 0;
	while (k + 1 < g->lists[ORDERS].count && g->lists[ORDERS].all[k] != order)
		k++;
	return k;
}

static struct sandbox_records end_list(struct buf *text, struct json_out *w, struct arena *arena)
{
	struct sandbox_records out;
	json_close(w, ']');
	sandbox_records_of(arena_copy(arena, buf_str(text)), arena, &out);
	buf_release(text);
	return out;
}

struct sandbox_records qogita_lines_of(const struct qogita *g, const struct json *order, struct arena *arena)
{
	struct buf text = { 0 };
	struct json_out w = json_out(&text);
	uint64_t k = number_of(g, order);
	if (g->has_lines)
		return g->lines;
	json_open(&w, '[');
	for (size_t j = 0; j < lines_made(k); j++) {
		struct line l = make_line(g, k, j, arena);
		json_open(&w, '{');
		put_id(&w, "qid", LINE, k * 100 + j);
		print_line(&l, &w);
		json_close(&w, '}');
	}
	return end_list(&text, &w, arena);
}

static void print_shipment(uint64_t k, unsigned seller, struct arena *arena, struct json_out *w)
{
	struct str code = arena_printf(arena, "0034043416%04llu%u", (unsigned long long)k, seller);
	json_open(w, '{');
	qogita_put_text(w, "code", code);
	qogita_put_text(w, "url", arena_concat(arena, STR("https://track.example/"), code));
	json_key(w, STR("carrier"));
	json_open(w, '{');
	qogita_put_text(w, "name", STR("Parcel & Co"));
	json_close(w, '}');
	json_close(w, '}');
}

/* Every second line is the second seller's, who has not sent anything yet. */
static void print_sale(const struct qogita *g, uint64_t k, unsigned seller, struct arena *arena, struct json_out *w)
{
	uint64_t quantity = 0;
	json_open(w, '{');
	qogita_put_text(w, "seller", seller ? STR("ZW81PA") : STR("KQ4TZ"));
	qogita_put_text(w, "status", seller ? STR("CONFIRMED") : STR("SHIPPED"));
	json_key(w, STR("salelines"));
	json_open(w, '[');
	for (size_t j = seller; j < lines_made(k); j += 2) {
		struct line l = make_line(g, k, j, arena);
		quantity += l.sent;
		json_open(w, '{');
		print_line(&l, w);
		json_close(w, '}');
	}
	json_close(w, ']');
	json_member_int(w, "qty", (int64_t)quantity);
	json_key(w, STR("shipments"));
	json_open(w, '[');
	if (!seller)
		print_shipment(k, seller, arena, w);
	json_close(w, ']');
	json_close(w, '}');
}

struct sandbox_records qogita_sales_of(const struct qogita *g, const struct json *order, struct arena *arena)
{
	struct buf text = { 0 };
	struct json_out w = json_out(&text);
	if (g->has_sales)
		return g->sales;
	json_open(&w, '[');
	for (unsigned seller = 0; seller < 2; seller++)
		print_sale(g, number_of(g, order), seller, arena, &w);
	return end_list(&text, &w, arena);
}

/* --- the other lists --- */

static void make_addresses(const struct qogita *g, struct arena *arena, struct json_out *w)
{
	static const char *const cities[][3] = { { "Rosa 1", "Warszawa", "PL" }, { "Hoofdweg 20", "Amsterdam", "NL" },
		{ "Calle Mayor 3", "Madrid", "ES" } };
	for (size_t i = 0; i < sizeof cities / sizeof *cities; i++) {
		json_open(w, '{');
		put_id(w, "qid", ADDRESS, i + 1);
		qogita_put_text(w, "addressLineOne", str_of(cities[i][0]));
		qogita_put_text(w, "addressLineTwo", STR(""));
		qogita_put_text(w, "city", str_of(cities[i][1]));
		qogita_put_text(w, "zipCode", arena_printf(arena, "0%zu-100", i));
		qogita_put_text(w, "country", str_of(cities[i][2]));
		json_key(w, STR("usageTypes"));
		json_open(w, '[');
		json_string(w, STR("SHIPPING"));
		json_close(w, ']');
		json_close(w, '}');
	}
}

static void put_named(struct json_out *w, unsigned kind, size_t i, const char *name, struct arena *arena)
{
	put_id(w, "qid", kind, i + 1);
	qogita_put_text(w, "slug", sandbox_slug(str_of(name), arena));
	qogita_put_text(w, "name", str_of(name));
}

static void make_categories(const struct qogita *g, struct arena *arena, struct json_out *w)
{
	for (size_t i = 0; sandbox_good_category(i); i++) {
		json_open(w, '{');
		put_named(w, CATEGORY, i, sandbox_good_category(i), arena);
		json_key(w, STR("path"));
		json_open(w, '[');
		json_string(w, STR("All"));
		json_string(w, i % 2 ? STR("Body") : STR("Beauty"));
		json_close(w, ']');
		json_close(w, '}');
	}
}

static void make_brands(const struct qogita *g, struct arena *arena, struct json_out *w)
{
	for (size_t i = 0; sandbox_good_brand(i); i++) {
		json_open(w, '{');
		put_named(w, BRAND, i, sandbox_good_brand(i), arena);
		json_key(w, STR("premium"));
		json_bool(w, i % 3 == 0);
		json_close(w, '}');
	}
}

static void make_allocations(const struct qogita *g, struct arena *arena, struct json_out *w)
{
	static const char *const all[][4] = { { "KQ4TZ", "1000.00", "0.750", "750.00" },
		{ "ZW81PA", "500.00", "1.000", "612.40" } };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		json_open(w, '{');
		put_id(w, "qid", ALLOCATION, i + 1);
		qogita_put_text(w, "fid", str_of(all[i][0]));
		qogita_put_text(w, "mov", str_of(all[i][1]));
		qogita_put_text(w, "movCurrency", STR("EUR"));
		qogita_put_text(w, "movProgress", str_of(all[i][2]));
		qogita_put_text(w, "subtotal", str_of(all[i][3]));
		qogita_put_text(w, "subtotalCurrency", STR("EUR"));
		json_member_int(w, "lines", (int64_t)i + 2);
		json_close(w, '}');
	}
}

static void make_allocation_lines(const struct qogita *g, struct arena *arena, struct json_out *w)
{
	static const char *const states[] = { "ALLOCATED", "PARTIALLY_ALLOCATED", "NOT_ALLOCATED" };
	for (size_t i = 0; i < 12; i++) {
		struct line l = make_line(g, i, 0, arena);
		json_open(w, '{');
		put_id(w, "qid", LINE, 5000 + i);
		qogita_put_text(w, "allocationStatus", str_of(states[i % 3]));
		qogita_put_text(w, "seller", i % 2 ? STR("ZW81PA") : STR("KQ4TZ"));
		print_line(&l, w);
		json_member_int(w, "createdAt", first_order_ms + (int64_t)i * 1000);
		json_close(w, '}');
	}
}

static const struct {
	const char *file;
	void (*make)(const struct qogita *g, struct arena *arena, struct json_out *w);
} lists[QOGITA_LISTS] = {
	[ORDERS] = { "qogita-orders.json", make_orders },
	[ADDRESSES] = { "qogita-addresses.json", make_addresses },
	[CATEGORIES] = { "qogita-categories.json", make_categories },
	[BRANDS] = { "qogita-brands.json", make_brands },
	[ALLOCATIONS] = { "qogita-allocations.json", make_allocations },
	[ALLOCATION_LINES] = { "qogita-allocation-lines.json", make_allocation_lines },
};

static struct sandbox_records make_list(struct qogita *g, size_t i)
{
	struct buf text = { 0 };
	struct json_out w = json_out(&text);
	json_open(&w, '[');
	lists[i].make(g, &g->arena, &w);
	return end_list(&text, &w, &g->arena);
}

static void fill_watchlist(struct qogita *g, const struct sandbox_records *items)
{
	for (size_t i = 0; i < items->count; i++) {
		struct str gtin = json_text(json_get(items->all[i], "gtin"), (struct str){ 0 });
		if (gtin.n)
			sandbox_shelf_put(&g->watchlist, gtin, items->all[i], first_order_ms);
	}
}

int qogita_data_open(struct qogita *g, struct err *e)
{
	const char *folder = g->setup->data;
	struct sandbox_records items = { 0 };
	g->catalog = (struct sandbox_catalog){ sandbox_data_file(folder, "qogita-catalog.csv", &g->arena),
		sandbox_data_file(folder, "qogita-supplier.csv", &g->arena),
		g->setup->products ? g->setup->products : SANDBOX_PRODUCTS };
	for (size_t i = 0; i < QOGITA_LISTS; i++) {
		bool read;
		if (sandbox_records_read(folder, lists[i].file, &g->arena, &g->lists[i], &read, e) != 0)
			return -1;
		if (!read)
			g->lists[i] = make_list(g, i);
	}
	if (sandbox_records_read(folder, "qogita-order.json", &g->arena, &g->order, NULL, e) != 0 ||
	    sandbox_records_read(folder, "qogita-order-lines.json", &g->arena, &g->lines, &g->has_lines, e) != 0 ||
	    sandbox_records_read(folder, "qogita-sales.json", &g->arena, &g->sales, &g->has_sales, e) != 0 ||
	    sandbox_records_read(folder, "qogita-watchlist.json", &g->arena, &items, NULL, e) != 0)
		return -1;
	fill_watchlist(g, &items);
	return sandbox_catalog_check(&g->catalog, e);
}
