/* Qogita's watchlist. */
#include "sandbox_qogita.h"

enum { GTIN, NAME, PRICE, PRICE_CURRENCY, TARGET_PRICE, TARGET_CURRENCY, TARGET_QUANTITY, AVAILABLE, MET };

const struct sandbox_field qogita_watch_fields[] = {
	[GTIN] = { "gtin", .type = SANDBOX_TEXT, .required = true, .least = 1 },
	[NAME] = { "name", .type = SANDBOX_TEXT },
	[PRICE] = { "price", .type = SANDBOX_MONEY, .nullable = true },
	[PRICE_CURRENCY] = { "priceCurrency", .type = SANDBOX_TEXT, .nullable = true },
	[TARGET_PRICE] = { "targetPrice", .type = SANDBOX_MONEY, .nullable = true },
	[TARGET_CURRENCY] = { "targetPriceCurrency", .type = SANDBOX_TEXT, .nullable = true },
	[TARGET_QUANTITY] = { "targetQuantity", .type = SANDBOX_INTEGER, .nullable = true },
	[AVAILABLE] = { "availableQuantity", .type = SANDBOX_INTEGER },
	[MET] = { "areTargetsMet", .type = SANDBOX_BOOLEAN },
	{ 0 },
};

/* What a buyer sends. */
static const struct sandbox_field add_fields[] = {
	{ "gtin", .type = SANDBOX_TEXT, .required = true, .least = 1 },
	{ 0 },
};

static const struct sandbox_field change_fields[] = {
	{ "targetPrice", .type = SANDBOX_MONEY, .nullable = true },
	{ "targetQuantity", .type = SANDBOX_INTEGER, .nullable = true },
	{ 0 },
};

/* What stands in a list where nothing else is known. */
static const char *const otherwise[] = { [NAME] = "\"\"", [PRICE_CURRENCY] = "\"EUR\"", [TARGET_CURRENCY] = "\"EUR\"",
	[AVAILABLE] = "0", [MET] = "false" };

static const struct sandbox_filter filters[] = {
	{ "are_targets_met", "areTargetsMet", SANDBOX_EQUALS },
	{ "is_available", "availableQuantity", SANDBOX_POSITIVE },
	{ "search", "name", SANDBOX_ICONTAINS },
	{ 0 },
};

static struct str value_at(const struct sandbox_item *item, size_t field)
{
	return str_of(item->values[field] ? item->values[field] : otherwise[field]);
}

static struct str value_of(const struct sandbox_shelf *s, const struct sandbox_item *item, struct str member,
	struct arena *arena)
{
	for (size_t i = 0; s->fields[i].name; i++) {
		if (str_eq(member, str_of(s->fields[i].name)))
			return value_at(item, i);
	}
	return (struct str){ 0 };
}

static void print_watched(const void *state, const struct sandbox_item *item, struct json_out *w)
{
	json_open(w, '{');
	for (size_t i = 0; qogita_watch_fields[i].name; i++)
		qogita_put(w, qogita_watch_fields[i].name, value_at(item, i));
	json_close(w, '}');
}

void qogita_watch(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (!qogita_check(g, q, r) || !sandbox_rest_media(&qogita_rest, q, r) ||
	    !sandbox_rest_body(&qogita_rest, add_fields, q, r))
		return;
	const struct json *gtin = json_get(q->json, "gtin");
	struct buf text = { 0 };
	if (sandbox_is_refused(g->setup, gtin->text)) {
		sandbox_rest_invalid(&qogita_rest, r, "gtin", "Refused by the sandbox.");
		return;
	}
	struct sandbox_item *item = sandbox_shelf_put(&g->watchlist, gtin->text, NULL, q->wall);
	json_print(gtin, &text);
	sandbox_item_set(item, GTIN, buf_str(&text));
	buf_release(&text);
	struct json_out w = sandbox_begin(r, 201);
	print_watched(g, item, &w);
}

void qogita_watched(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (!qogita_check(g, q, r))
		return;
	if (str_eq(sandbox_parameter(q, "format"), STR("xlsx")))
		qogita_workbook(g, &(struct sandbox_listing){ .shelf = &g->watchlist, .print = print_watched }, q, r);
	else
		sandbox_rest_list(&qogita_rest, &(struct sandbox_listing){ &g->watchlist, print_watched, filters, value_of }, g,
			q, r);
}

void qogita_clear_watched(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (!qogita_check(g, q, r))
		return;
	sandbox_shelf_release(&g->watchlist);
	r->status = 204;
}

void qogita_change_watched(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	struct sandbox_item *item;
	if (!qogita_check(g, q, r) || !sandbox_rest_media(&qogita_rest, q, r) ||
	    !sandbox_rest_body(&qogita_rest, change_fields, q, r))
		return;
	item = sandbox_shelf_find(&g->watchlist, q->arguments[0]);
	if (!item) {
		qogita_not_found(r);
		return;
	}
	for (size_t i = TARGET_PRICE; i <= TARGET_QUANTITY; i += TARGET_QUANTITY - TARGET_PRICE) {
		const struct json *value = json_get(q->json, qogita_watch_fields[i].name);
		struct buf text = { 0 };
		if (!value)
			continue;
		json_print(value, &text);
		sandbox_item_set(item, i, buf_str(&text));
		buf_release(&text);
	}
	item->updated = q->wall;
	struct json_out w = sandbox_begin(r, 200);
	print_watched(g, item, &w);
}

void qogita_delete_watched(void *state, const struct sandbox_request *q, struct sandbox_reply *r)
{
	struct qogita *g = state;
	if (!qogita_check(g, q, r))
		return;
	if (sandbox_shelf_remove(&g->watchlist, q->arguments[0]))
		r->status = 204;
	else
		qogita_not_found(r);
}
