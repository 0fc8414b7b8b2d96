#include "sandbox_quotiza_orders.h"

#include "qonduit/clock.h"
#include "qonduit/json_write.h"
#include "qonduit/moment.h"
#include "qonduit/sandbox_goods.h"

enum { ORDERS_MADE = 25, DAYS_USUAL = 7, DAYS_MOST = 100000, DAY_MS = 86400000, ORDER_EVERY_MS = DAY_MS / 2 };

static const int64_t newest_made = 1795082400000; /* 2026-11-19T10:00:00Z */
static const char *const states[] = { "open", "approved", "cancelled" };

enum { STATES = sizeof states / sizeof *states };

/* --- orders that are made --- */

/* Cents as a JSON number: 12.5 is written so, and so is 12.0. */
static void put_cents(struct json_out *w, const char *key, uint64_t cents)
{
	struct arena arena = { 0 };
	json_key(w, str_of(key));
	if (cents % 10)
		json_raw(w, arena_printf(&arena, "%u.%02u", (unsigned)(cents / 100), (unsigned)(cents % 100)));
	else
		json_raw(w, arena_printf(&arena, "%u.%u", (unsigned)(cents / 100), (unsigned)(cents / 10 % 10)));
	arena_release(&arena);
}

static uint64_t lines_of(uint64_t k)
{
	return 1 + k % 4;
}

struct line {
	uint64_t good, quantity, cents, discount;
};

/* Prices are multiples of ten cents, so that a discount of ten per cent comes out even. */
static struct line make_line(uint64_t k, uint64_t j)
{
	return (struct line){ .good = (k * 5 + j * 2) % SANDBOX_PRODUCTS, .quantity = 1 + (k + j) % 12,
		.cents = 1000 + (k * 70 + j * 130) % 9000, .discount = j % 3 == 1 ? 10 : 0 };
}

static uint64_t discounted(const struct line *l)
{
	return l->cents - l->cents / 100 * l->discount;
}

static void print_line(const struct line *l, struct json_out *w)
{
	struct arena arena = { 0 };
	struct sandbox_good good;
	sandbox_good_make(l->good, &arena, &good);
	json_open(w, '{');
	json_member_string(w, "sku", good.gtin);
	json_member_int(w, "quantity", l->quantity);
	put_cents(w, "price", l->cents);
	json_member_string(w, "name", good.name);
	json_member_string(w, "brand", good.brand);
	put_cents(w, "subtotal", l->cents * l->quantity);
	json_member_string(w, "format", arena_printf(&arena, "Case - %u Piece", (unsigned)good.unit));
	put_cents(w, "price_discounted", discounted(l));
	put_cents(w, "subtotal_discounted", discounted(l) * l->quantity);
	json_member_string(w, "discount_rules", l->discount ? STR("{\"type\":\"percentage\",\"value\":10}") : STR(""));
	json_member_int(w, "discount", l->discount);
	json_close(w, '}');
	arena_release(&arena);
}

static void put_customer(uint64_t k, struct json_out *w)
{
	static const char *const names[][2] = { { "Łucja Nowak ", "Salon Rosa" }, { "Juan Pérez", "Los 3 Chanchitos Inc." },
		{ "Ann O'Neil", "Ann & Sons" } };
	struct arena arena = { 0 };
	json_key(w, STR("customer_info"));
	json_open(w, '{');
	json_member_string(w, "name", str_of(names[k % 3][0]));
	json_member_string(w, "email", arena_printf(&arena, "customer%u@shop.example", (unsigned)(k % 3)));
	json_member_string(w, "phone", STR("+48 22 555 01 10"));
	json_member_string(w, "company_name", str_of(names[k % 3][1]));
	json_close(w, '}');
	arena_release(&arena);
}

static void put_time(struct json_out *w, const char *key, int64_t wall)
{
	char text[25];
	clock_iso(wall, text);
	json_member_string(w, key, str_of(text));
}

/* Two a day, the newest first. */
static void print_order(uint64_t k, struct json_out *w)
{
	struct arena arena = { 0 };
	uint64_t total = 0;
	int64_t created = newest_made - (int64_t)k * ORDER_EVERY_MS;
	for (uint64_t j = 0; j < lines_of(k); j++) {
		struct line l = make_line(k, j);
		total += discounted(&l) * l.quantity;
	}
	json_open(w, '{');
	json_member_int(w, "id", 4100 + ORDERS_MADE - k);
	json_member_string(w, "sequential_id", arena_printf(&arena, "261119-%u", (unsigned)(ORDERS_MADE - k)));
	json_member_string(w, "status", str_of(states[k % STATES]));
	json_member_string(w, "price_list", k % 2 ? STR("Salons") : STR("Default"));
	put_cents(w, "total", total);
	json_member_int(w, "n_items", lines_of(k));
	put_time(w, "created_at", created);
	put_time(w, "updated_at", created + DAY_MS / 4);
	json_key(w, STR("cart_data"));
	json_open(w, '[');
	for (uint64_t j = 0; j < lines_of(k); j++) {
		struct line l = make_line(k, j);
		print_line(&l, w);
	}
	json_close(w, ']');
	put_customer(k, w);
	json_close(w, '}');
	arena_release(&arena);
}

static void make_orders(struct arena *arena, struct sandbox_records *out)
{
	struct buf text = { 0 };
	struct json_out w = json_out(&text);
	json_open(&w, '[');
	for (uint64_t k = 0; k < ORDERS_MADE; k++)
		print_order(k, &w);
	json_close(&w, ']');
	sandbox_records_of(arena_copy(arena, buf_str(&text)), arena, out);
	buf_release(&text);
}

/* --- the export --- */

/* False where it has no time that can be read: such an order is always in time. */
static bool created_at(const struct json *order, int64_t *ms)
{
	struct value v;
	if (!moment_parse_iso(json_text(json_get(order, "created_at"), (struct str){ 0 }), false, &v))
		return false;
	*ms = v.when.ms;
	return true;
}

int quotiza_orders_open(const struct sandbox_setup *setup, struct arena *arena, struct quotiza_orders *out,
	struct err *e)
{
	bool read;
	int64_t ms;
	*out = (struct quotiza_orders){ 0 };
	if (sandbox_records_read(setup->data, "quotiza-orders.json", arena, &out->all, &read, e) != 0)
		return -1;
	if (!read)
		make_orders(arena, &out->all);
	for (size_t i = 0; i < out->all.count; i++) {
		if (created_at(out->all.all[i], &ms) && ms > out->newest)
			out->newest = ms;
	}
	return 0;
}

static bool is_state(struct str status)
{
	for (size_t i = 0; i < STATES; i++) {
		if (str_eq(status, str_of(states[i])))
			return true;
	}
	return false;
}

/* The documentation calls an invalid number of days both an error and the usual number: here it is the error. */
static bool check(const struct sandbox_request *q, uint64_t *days, struct sandbox_reply *r)
{
	struct str number = sandbox_parameter(q, "n_days"), status = sandbox_parameter(q, "status");
	*days = DAYS_USUAL;
	if (number.n && (!str_to_u64(number, days) || *days == 0))
		sandbox_error(r, 400, "invalid_n_days", "n_days must be a positive integer");
	else if (status.n && !is_state(status))
		sandbox_error(r, 400, "invalid_status", "status must be one of: open, approved, cancelled");
	if (*days > DAYS_MOST)
		*days = DAYS_MOST;
	return r->status == 0;
}

void quotiza_export(const struct quotiza_orders *orders, const struct sandbox_request *q, struct sandbox_reply *r)
{
	uint64_t days;
	int64_t ms;
	struct str status = sandbox_parameter(q, "status");
	if (!check(q, &days, r))
		return;
	int64_t since = orders->newest - (int64_t)days * DAY_MS;
	bool first = true;
	r->status = 200;
	buf_add(&r->body, STR("{\"orders\":["));
	for (size_t i = 0; i < orders->all.count; i++) {
		const struct json *order = orders->all.all[i];
		if ((created_at(order, &ms) && ms < since) ||
		    (status.n && !str_eq(json_text(json_get(order, "status"), (struct str){ 0 }), status)))
			continue;
		buf_add(&r->body, first ? STR("") : STR(","));
		json_print(order, &r->body);
		first = false;
	}
	buf_add(&r->body, STR("]}"));
}
